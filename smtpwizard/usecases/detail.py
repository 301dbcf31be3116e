"""All that is known of one saved connector: its last run, where its secrets lie, what protects it,
and what of it ends when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from smtpwizard.model.connector import Connector, Method, Security, read_connector
from smtpwizard.model.moments import as_date
from smtpwizard.model.report import Stage, Status
from smtpwizard.model.secrets import main_kind
from smtpwizard.model.stage_facts import TlsFacts
from smtpwizard.usecases.connectors import ListedConnector, list_connectors
from smtpwizard.usecases.dates import DatedEvent, dates_of
from smtpwizard.usecases.history import GIVEN, RENEWED, SIGNED_IN, last_run, list_runs, with_worked
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpwizard.model.run import Run, Summary
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.certificates import Certificate


class SecretFacts(NamedTuple):
    """One secret of a connector: never its text.

    `place` is `keyring`, `file`, `session`, `command`, or empty for one that is missing; `given`
    when somebody gave it and `renewed` when it was renewed last, ISO 8601 UTC, as far as known.
    """

    kind: str
    place: str
    given: str | None = None
    renewed: str | None = None
    ends: str | None = None
    program: str | None = None


class ConnectionFacts(NamedTuple):
    """What a run saw of the encryption; `checked` says with whom: `system`, `project` (the
    system alone would not have done), `ca_file`, `pinned` (this very certificate), `pinned_other`.
    """

    at: str
    version: str | None
    cipher: str | None
    host: str
    subject: str | None = None
    issuer: str | None = None
    names: tuple[str, ...] = ()
    valid_until: str | None = None
    fingerprint: str | None = None
    trusted: bool = False
    checked: str = "system"


@dataclass(frozen=True, slots=True)
class Detail:
    """One connector with all of that; `verified` is the connector as its last run had it, `pinned`
    what it trusts alone."""

    listed: ListedConnector
    run: Run | None
    verified: Connector | None
    secrets: tuple[SecretFacts, ...]
    connection: ConnectionFacts | None
    weaker: tuple[str, ...]
    ends: tuple[DatedEvent, ...]
    runs: Sequence[Summary]
    pinned: tuple[Certificate, ...] = ()


def read_detail(ws: Workspace, identifier: str) -> Detail | None:
    """All that is known of a saved connector; None where it is gone. Raises `StorageError`."""
    stored = ws.store.read(identifier)
    if stored is None:
        return None
    (listed,) = list_connectors(ws, (stored,))
    run = last_run(ws, stored)
    if run is not None and not run.report.ok:
        run = run._replace(report=with_worked(ws, stored, run.connector, run.report))
    verified = read_connector(run.connector, ws.defaults_for)[0] if run is not None else None
    record = ws.store.read_verification(stored.id) or {}
    connection = connection_facts(run, verified)
    pinned = _pinned(stored.connector)
    return Detail(
        listed,
        run,
        verified,
        secret_facts(stored, record, frozenset(filter(ws.has_lost, stored.secrets.values()))),
        connection,
        weaker(stored.connector, pinned),
        ends(dates_of(ws, stored, record, look=True), stored, connection),
        list_runs(ws, stored).runs,
        pinned,
    )


def _pinned(connector: Connector | None) -> tuple[Certificate, ...]:
    if connector is None or not connector.server.pinned_certificate:
        return ()
    from smtpwizard.usecases.own_certificates import pinned_of  # noqa: PLC0415 - few have one

    return pinned_of(connector)


def secret_facts(
    stored: StoredConnector, record: Mapping[str, Any], lost: Collection[str] = ()
) -> tuple[SecretFacts, ...]:
    """Where each secret lies and since when; one that is missing is among them, as are those whose
    references are `lost`."""
    authentication = stored.connector.authentication
    found = []
    main = main_kind(stored.connector)
    if main is not None and authentication.secret_command is not None:
        found.append(SecretFacts(main, "command", program=authentication.secret_command[0]))
    elif main is not None and main not in stored.secrets and not authentication.oauth.public_client:
        found.append(SecretFacts(main, ""))
    for kind, ref in stored.secrets.items():
        if ref in lost:
            found.append(SecretFacts(kind, ""))
            continue
        given = SIGNED_IN if kind == "refresh_token" else GIVEN.get(kind, "")
        end = authentication.oauth.client_secret_expires if kind == "client_secret" else None
        renewed = record.get(RENEWED) if kind == "refresh_token" else None
        found.append(
            SecretFacts(kind, ref.partition(":")[0], _text(record.get(given)), _text(renewed), end)
        )
    signs_in = authentication.method is Method.OAUTH and not authentication.oauth.app_only
    if signs_in and "refresh_token" not in stored.secrets:
        found.append(SecretFacts("refresh_token", ""))
    order = {kind: number for number, kind in enumerate(("password", "client_secret"))}
    return tuple(sorted(found, key=lambda each: order.get(each.kind, len(order))))


def connection_facts(run: Run | None, connector: Connector | None) -> ConnectionFacts | None:
    """What a run saw of the encryption; None where it came to none."""
    if run is None:
        return None
    facts = run.report.facts(TlsFacts)
    failure = run.report.stage(Stage.TLS).failure
    chain = facts.chain or (failure.chain if failure is not None else None)
    leaf = chain[0] if chain else None
    if facts.version is None and leaf is None:
        return None
    checked = "system" if facts.project_authority is None else "project"
    if pinned := [one.fingerprint for one in _pinned(connector)]:
        seen = leaf.fingerprint if leaf else None
        checked = "pinned" if seen in pinned else "pinned_other"
    elif connector is not None and connector.server.ca_file:
        checked = "ca_file"
    return ConnectionFacts(
        run.report.started,
        facts.version,
        facts.cipher,
        connector.server.host if connector is not None else "",
        leaf.subject if leaf else None,
        leaf.issuer if leaf else None,
        tuple(leaf.names) if leaf else (),
        leaf.not_after if leaf else None,
        leaf.fingerprint if leaf else None,
        run.report.stage(Stage.TLS).status is Status.PASSED,
        checked,
    )


def weaker(connector: Connector, pinned: Sequence[Certificate]) -> tuple[str, ...]:
    """What of the usual protection the connector does without, as codes; `pinned` is what it trusts
    alone.

    An authority that is trusted besides the system's is nothing of that, whether a CA file of the
    connector names it or its project: which one vouched is told with the certificate.
    """
    server = connector.server
    found = {
        "unencrypted": server.security is Security.NONE,
        "cleartext": server.allow_cleartext,
        "pinned": any(not one.authority for one in pinned),
        "pinned_authority": any(one.authority for one in pinned),
    }
    return tuple(code for code, holds in found.items() if holds)


def ends(
    dates: Sequence[DatedEvent], stored: StoredConnector, connection: ConnectionFacts | None
) -> tuple[DatedEvent, ...]:
    """The connector's dates, and the day on which the server's certificate ends; the next first."""
    events = list(dates)
    day = as_date(connection.valid_until) if connection is not None else None
    known = {event.fingerprint for event in events if event.fingerprint}
    if (
        day is not None
        and connection is not None
        and connection.fingerprint not in known
        and all(event.what != "server_certificate_ends" for event in events)
    ):
        events.append(DatedEvent(stored, "server_certificate_ends", day))
    return tuple(sorted(events, key=lambda event: (event.at, event.what)))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
