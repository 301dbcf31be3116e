"""What the catalogue says of an address's domain, and how one signs in at its providers.

Asks nobody, and needs nothing that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from smtpwizard.model.addresses import Address, ascii_domain, parse_address
from smtpwizard.model.connector import Method
from smtpwizard.model.discovery import Candidate, FoundBy
from smtpwizard.model.moments import as_date
from smtpwizard.providers import Catalogue, ProviderEntry


def domain_of(address: str) -> tuple[Address, str]:
    """An address, and its domain as A-labels in lower case; raises `AddressError`."""
    mailbox = parse_address(address.strip())
    return mailbox, ascii_domain(mailbox.domain).lower().rstrip(".")


def methods_of(entry: ProviderEntry, today: date) -> tuple[Method, ...]:
    """How one signs in at a provider on that day, the better way first."""
    off = as_date(entry.more.get("basic_off_since"))
    oauth = entry.has_sign_in and entry.more.get("registration_closed") is not True
    return (
        *((Method.OAUTH,) if oauth else ()),
        *((Method.BASIC,) if off is None or today < off else ()),
    )


def entry_candidate(
    entry: ProviderEntry, address: str, domain: str, today: date, why: str = "catalogue"
) -> Candidate:
    """A provider with the settings that it brings; trusted where the catalogue has the domain."""
    by_domain = why == "catalogue"
    return Candidate(
        entry.defaults(),
        address,
        methods_of(entry, today),
        entry.id,
        FoundBy.CATALOGUE if by_domain else FoundBy.MX,
        trusted=by_domain,
        why=why,
        facts={
            "domain": address.rpartition("@")[2],
            "provider": entry.name,
            "app_password": entry.app_password,
        },
        place=entry.id if by_domain else f"MX {domain}",
    )


def known_candidates(
    catalogue: Catalogue,
    domains: Mapping[str, tuple[str, ...]],
    address: str,
    domain: str,
    today: date,
) -> Iterator[Candidate]:
    """The catalogue's answers: the providers of the domain's mailboxes."""
    for entry in catalogue.with_mail_of(domain, domains):
        yield entry_candidate(entry, address, domain, today)
