"""Dates that matter for connectors: when a secret, a sign-in or a way of signing in ends, or the
certificate of a server of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from smtpwizard.model.connector import Connector, Method, name_order
from smtpwizard.model.moments import add_days, as_date
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.history import (
    CERTIFICATE,
    OWN_TRUST,
    RENEWED,
    SIGNED_IN,
    trusts_alone,
)
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.providers import ProviderEntry

# Days before a date on which a calendar reminds of it.
REMIND_DAYS = (14, 3)
# An end within so many days is worth a warning: to renew it takes people, and their time.
SOON_DAYS = 60
# What a server or a test renews by itself, mostly a month before.
RENEWED_DAYS = 30
_SOON_DAYS = dict.fromkeys(("server_certificate_ends", "refresh_token_unused"), RENEWED_DAYS)
OWN = "own_certificate_ends"
"""Of a certificate that a connector trusts for itself."""


def ends_soon(what: str | None, days: int) -> bool:
    """Whether what ends in so many days (below 0: has ended) is to be warned of: the one rule."""
    return days <= _SOON_DAYS.get(what or "", SOON_DAYS)


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """One date of one connector, or without one of the project's; `what` is its code, `days` how
    long a term is (None: a fixed date), `source` the page that says so.

    A certificate that is trusted has its name in `certificate`, its `fingerprint` too, and so has a
    server's where that is known. `others` are connectors for which it is the same thing.
    """

    stored: StoredConnector | None
    what: str
    at: date
    days: int | None = None
    source: str | None = None
    certificate: str | None = None
    fingerprint: str | None = None
    others: tuple[StoredConnector, ...] = ()

    @property
    def connector(self) -> str | None:
        return self.stored.connector.name if self.stored is not None else None

    @property
    def identifier(self) -> str | None:
        """What is the same whenever this is told: of the connector, or of the certificate."""
        return self.stored.id if self.stored is not None else self.fingerprint

    def facts(self) -> Json:
        """What a sentence about it may name."""
        return {
            "connector": self.connector,
            "at": self.at.isoformat(),
            "days": self.days,
            "certificate": self.certificate,
            "connectors": [each.connector.name for each in self._stored()],
        }

    def _stored(self) -> Sequence[StoredConnector]:
        found = (*self.others, *([self.stored] if self.stored is not None else []))
        return sorted(found, key=lambda each: name_order(each.connector.name))

    def to_json(self) -> Json:
        return {
            "connector": self.connector,
            "what": self.what,
            "at": self.at.isoformat(),
            "source": self.source,
            "certificate": self.certificate,
            "fingerprint": self.fingerprint,
        }


def dates_of(
    ws: Workspace,
    stored: StoredConnector,
    record: Mapping[str, Any] | None = None,
    *,
    look: bool = False,
) -> tuple[DatedEvent, ...]:
    """The dates of one connector, the next one first; `record` is its history where at hand.

    What it trusts for itself is known from its last test; with `look` its CA files are read, which
    may take a while: they may lie anywhere.
    """
    if record is None:
        record = ws.store.read_verification(stored.id) or {}
    found = [*_dates(ws, stored, record), *_own_dates(stored, record, look=look)]
    own = {event.fingerprint for event in found if event.what == OWN}
    # It is the server's own, and says more of it.
    found = [e for e in found if e.what == OWN or e.fingerprint not in own or not e.fingerprint]
    return tuple(sorted(found, key=lambda event: (event.at, event.what)))


def all_dates(ws: Workspace) -> tuple[DatedEvent, ...]:
    """The dates of every connector of the project, and of whom it trusts, the next one first;
    raises `StorageError`."""
    recorded = ws.store.verified_ids()
    found = [
        event
        for stored in ws.connectors().connectors
        for event in dates_of(ws, stored, None if stored.id in recorded else {}, look=True)
    ]
    found += _trusted_dates(ws)
    return tuple(sorted(found, key=lambda event: (event.at, event.connector or "", event.what)))


def joined(events: Sequence[DatedEvent]) -> tuple[DatedEvent, ...]:
    """The same dates with each thing once that ends for several connectors: a certificate, the
    client secret of one app."""
    groups: dict[tuple[object, ...], list[DatedEvent]] = {}
    for event in events:
        groups.setdefault(_thing(event), []).append(event)
    out = []
    for group in groups.values():
        # What the project trusts says more; and of connectors always the same one goes first.
        first = min(
            group,
            key=lambda one: (one.stored is not None, one.what != OWN, one.identifier or ""),
        )
        stored = {e.stored.id: e.stored for e in group if e.stored is not None}
        others = [one for one in stored.values() if one is not first.stored]
        out.append(replace(first, others=tuple(others)))
    return tuple(out)


def _thing(event: DatedEvent) -> tuple[object, ...]:
    """What ends: equal for two events that are about one thing."""
    if event.fingerprint is not None:
        return ("certificate", event.fingerprint)
    if event.stored is None:
        return (event.what, id(event))
    connector = event.stored.connector
    if event.what == "server_certificate_ends":
        return (event.what, connector.server.host, event.at)
    oauth = connector.authentication.oauth
    if event.what == "client_secret_expires" and oauth.client_id:
        app = (connector.provider, oauth.client_id, oauth.tenant, oauth.token_endpoint)
        return (event.what, app, event.at)
    return (event.what, event.stored.id)


def _trusted_dates(ws: Workspace) -> Iterator[DatedEvent]:
    """When those end that the project trusts on this machine."""
    if not ws.authorities():
        return
    from smtpwizard.usecases.certificates import list_trusted  # noqa: PLC0415 - most projects have none

    for one in list_trusted(ws):
        end = one.ends()
        if one.agreed and end is not None:
            yield DatedEvent(
                *(None, "trusted_certificate_ends", end),
                certificate=one.name,
                fingerprint=one.fingerprint,
            )


def next_date(dates: Sequence[DatedEvent]) -> str | None:
    """The earliest of a connector's dates as ISO 8601 UTC, past ones included: nobody has dealt
    with those."""
    return f"{dates[0].at.isoformat()}T00:00:00Z" if dates else None


def _dates(
    ws: Workspace, stored: StoredConnector, record: Mapping[str, Any]
) -> Iterator[DatedEvent]:
    connector = stored.connector
    method = connector.authentication.method
    entry = _entry(ws, connector)
    more = entry.more if entry is not None else {}
    if entry is None:  # large providers renew theirs themselves
        yield from _certificate_date(stored, record.get(CERTIFICATE))
    if method is Method.BASIC:
        for key in ("basic_off_since", "basic_off_by_default"):
            end = as_date(more.get(key))
            if end is not None and entry is not None:
                yield DatedEvent(stored, key, end, source=entry.source)
    elif method is Method.OAUTH:
        yield from _oauth_dates(stored, record, more)


def _certificate_date(stored: StoredConnector, seen: object) -> Iterator[DatedEvent]:
    if isinstance(seen, Mapping) and seen.get("host") == stored.connector.server.host:
        end = as_date(seen.get("ends"))
        if end is not None:
            shown = seen.get("fingerprint")
            fingerprint = shown if isinstance(shown, str) and shown else None
            yield DatedEvent(stored, "server_certificate_ends", end, fingerprint=fingerprint)


def _own_dates(
    stored: StoredConnector, record: Mapping[str, Any], *, look: bool
) -> Iterator[DatedEvent]:
    """Of what the connector trusts for itself, in place of its project."""
    if not trusts_alone(stored.connector):
        return
    tested = record.get("inputs") == stored.connector.inputs_digest()
    kept = record.get(OWN_TRUST) if tested else None
    found: list[Mapping[str, Any]] = []
    if isinstance(kept, list):
        found = [one for one in kept if isinstance(one, Mapping)]
    if look or (not found and stored.connector.server.own_trust == "pin"):
        from smtpwizard.usecases.own_certificates import own_ends  # noqa: PLC0415 - few have any

        used = {one.get("fingerprint") for one in found}
        now: list[Mapping[str, Any]] = [*own_ends(stored, ())]
        found = [one for one in now if one["fingerprint"] in used] or now
    for one in found:
        end, name, fingerprint = as_date(one.get("ends")), one.get("name"), one.get("fingerprint")
        if end is not None and isinstance(name, str) and isinstance(fingerprint, str):
            yield DatedEvent(stored, OWN, end, certificate=name, fingerprint=fingerprint)


def _oauth_dates(
    stored: StoredConnector, record: Mapping[str, Any], more: Mapping[str, Any]
) -> Iterator[DatedEvent]:
    oauth = stored.connector.authentication.oauth
    end = as_date(oauth.client_secret_expires) or _refused_as_expired(stored, record)
    if end is not None and not oauth.public_client:
        yield DatedEvent(stored, "client_secret_expires", end)
    if "refresh_token" not in stored.secrets:
        return
    signed_in = as_date(record.get(SIGNED_IN))
    used = as_date(record.get(RENEWED)) or signed_in
    idle = more.get("refresh_token_idle_days")
    end = add_days(used, idle) if used is not None else None
    if end is not None:
        yield DatedEvent(stored, "refresh_token_unused", end, idle)
    testing = more.get("testing_refresh_token_days")
    end = add_days(signed_in, testing) if signed_in is not None else None
    if end is not None and oauth.publishing_status == "testing":
        yield DatedEvent(stored, "testing_sign_in_ends", end, testing)


def _refused_as_expired(stored: StoredConnector, record: Mapping[str, Any]) -> date | None:
    """When the provider said that the secret in use has expired, where nobody noted its day."""
    causes = record.get("causes")
    said = isinstance(causes, list) and causes[:1] == ["oauth_secret_expired"]
    same = record.get("secrets") == dict(stored.secrets)
    return as_date(record.get("at")) if said and same else None


def _entry(ws: Workspace, connector: Connector) -> ProviderEntry | None:
    """The provider, known by its id or, for a custom one, by its server's name."""
    oauth = connector.authentication.oauth
    entry = ws.catalogue.get(oauth.cloud or "") or ws.catalogue.get(connector.provider)
    if entry is not None:
        return entry
    host = connector.server.host.lower()
    return next((known for known in ws.catalogue if known.host == host), None)


# -- for a calendar (RFC 5545) -----------------------------------------------------------------


def calendar(events: Sequence[DatedEvent], texts: Sequence[tuple[str, str]]) -> bytes:
    """An iCalendar file with one all-day event a date; `texts` are title and description each.

    Identifiers are stable: a calendar that reads the file again moves its events.
    """
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//smtpwizard//dates//EN"]
    for event, (title, description) in zip(events, texts, strict=True):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.identifier}-{event.what}@smtpwizard.invalid",
            f"DTSTAMP:{now}",
            f"DTSTART;VALUE=DATE:{_day(event.at)}",
            f"SUMMARY:{_escape(title)}",
            f"DESCRIPTION:{_escape(description)}",
            "TRANSP:TRANSPARENT",
        ]
        following = add_days(event.at, 1)
        if following is not None:  # without an end it is that one day (§3.6.1)
            lines.append(f"DTEND;VALUE=DATE:{_day(following)}")
        for days in REMIND_DAYS:
            lines += [
                "BEGIN:VALARM",
                "ACTION:DISPLAY",
                f"DESCRIPTION:{_escape(title)}",
                f"TRIGGER:-P{days}D",
                "END:VALARM",
            ]
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return b"".join(_fold(line) for line in lines)


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _escape(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return "".join(c for c in text if c.isprintable())


def _fold(line: str) -> bytes:
    """At most 75 octets a line, no character cut in two (§3.1)."""
    out, current = b"", b""
    for character in line:
        encoded = character.encode("utf-8", "replace")
        if len(current) + len(encoded) > 75:
            out, current = out + current + b"\r\n", b" "
        current += encoded
    return out + current + b"\r\n"
