"""Finding the settings for an address. Its local part never leaves this machine.

So far the catalogue answers by domain, at once and without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from smtpwizard.model.addresses import ascii_domain, parse_address
from smtpwizard.model.connector import Method
from smtpwizard.model.discovery import Candidate, Discovery, FoundBy, Looked, LookedStatus
from smtpwizard.model.moments import as_date
from smtpwizard.providers import parse_domains
from smtpwizard.resources import packaged_text

if TYPE_CHECKING:
    from datetime import date

    from smtpwizard.providers import Catalogue, ProviderEntry
    from smtpwizard.usecases.workspace import Workspace


def discover(
    ws: Workspace,
    address: str,
    today: date,
    *,
    found: Callable[[Candidate], None] = lambda _: None,
) -> Discovery:
    """Look the domain of a whole address up; `found` hears of every candidate as it comes.

    Raises `AddressError` for anything but one whole address.
    """
    mailbox = parse_address(address.strip())
    domain = ascii_domain(mailbox.domain).lower()
    candidates = []
    for candidate in _known(ws.catalogue, str(mailbox), domain, today):
        candidates.append(candidate)
        found(candidate)
    status = LookedStatus.FOUND if candidates else LookedStatus.NOTHING
    looked = (Looked(FoundBy.CATALOGUE, status),)
    return Discovery(str(mailbox), mailbox.domain, tuple(candidates), looked)


def _known(catalogue: Catalogue, address: str, domain: str, today: date) -> Iterator[Candidate]:
    """The catalogue's answers: the providers of the domain's mailboxes."""
    known = parse_domains(packaged_text("providers/domains.toml"))
    for entry in catalogue.with_mail_of(domain, known):
        yield Candidate(
            entry.defaults(),
            address,
            methods_of(entry, today),
            entry.id,
            FoundBy.CATALOGUE,
            trusted=True,
            why="catalogue",
            facts={
                "domain": domain,
                "provider": entry.name,
                "app_password": entry.app_password,
            },
        )


def methods_of(entry: ProviderEntry, today: date) -> tuple[Method, ...]:
    """How one signs in at a provider on that day, the better way first."""
    off = as_date(entry.more.get("basic_off_since"))
    oauth = entry.has_sign_in and entry.more.get("registration_closed") is not True
    return (
        *((Method.OAUTH,) if oauth else ()),
        *((Method.BASIC,) if off is None or today < off else ()),
    )
