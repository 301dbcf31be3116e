"""Finding the settings for an address. Its local part never leaves this machine.

The catalogue answers by domain, at once and without a network; `discover` asks all other sources
as well, and imports what they need when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smtpwizard.discovery.known import domain_of, known_candidates
from smtpwizard.model.addresses import Address
from smtpwizard.model.discovery import (
    Discovery,
    FoundBy,
    Looked,
    LookedStatus,
    Place,
    Remark,
)
from smtpwizard.net.cancel import CancelToken
from smtpwizard.providers import parse_domains
from smtpwizard.resources import packaged_text

if TYPE_CHECKING:
    from datetime import date

    from smtpwizard.model.network_settings import NetworkSettings
    from smtpwizard.usecases.workspace import Workspace

# With the start of a command that is eight.
LIMIT_S = 7.6


def known_settings(ws: Workspace, address: str, today: date) -> Discovery:
    """What the catalogue knows of a whole address; `complete` where nobody else need be asked.

    Raises `AddressError` for anything but one whole address.
    """
    mailbox, domain = domain_of(address)
    known = parse_domains(packaged_text("providers/domains.toml"))
    candidates = tuple(known_candidates(ws.catalogue, known, str(mailbox), domain, today))
    status = LookedStatus.FOUND if candidates else LookedStatus.NOTHING
    names = tuple(Place(candidate.place, LookedStatus.FOUND) for candidate in candidates)
    looked = (Looked(FoundBy.CATALOGUE, status, places=names),)
    return Discovery(
        str(mailbox), mailbox.domain, candidates, looked, complete=_is_literal(mailbox)
    )


def discover(
    ws: Workspace,
    address: str,
    today: date,
    *,
    pointed: NetworkSettings | None = None,
    token: CancelToken | None = None,
    timeout_s: float = LIMIT_S,
    told: Callable[[Discovery], None] = lambda _: None,
) -> Discovery:
    """Look for the settings of a whole address, within `timeout_s` for all of it.

    `told` hears of what is found as it comes, in this thread. `pointed` is how look-ups are made,
    by default as the application's settings say; offline the catalogue alone answers. Stopping by
    the token gives what is known. Raises `AddressError`, and `UsageError` for an unusable CA file.
    """
    found = known_settings(ws, address, today)
    told(found)
    if pointed is None:
        from smtpwizard.usecases.network import (  # noqa: PLC0415 - where the network is asked
            network_settings,
        )

        pointed = network_settings(ws)
    if pointed.offline or found.complete:
        rest = tuple(
            Looked(source, LookedStatus.SKIPPED)
            for source in FoundBy
            if source is not FoundBy.CATALOGUE
        )
        remarks = () if found.complete else (Remark("offline"),)
        return found._replace(looked=(*found.looked, *rest), remarks=remarks, complete=True)
    from smtpwizard.usecases.discover_all import (  # noqa: PLC0415 - with dnspython and h11
        ask_everybody,
    )

    return ask_everybody(
        ws,
        found,
        today,
        pointed=pointed,
        token=token or CancelToken(),
        timeout_s=timeout_s,
        told=told,
    )


def _is_literal(mailbox: Address) -> bool:
    """True for an address at a bare IP address, of which no domain says anything."""
    return mailbox.domain.startswith("[")
