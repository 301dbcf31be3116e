"""The list of connectors as both faces show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtpwizard.model.connector import Server
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.dates import DatedEvent, dates_of, next_date
from smtpwizard.usecases.standing import LOGIN_AT
from smtpwizard.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ListedConnector:
    """One row; `status` is verified, failed, untested or changed, times are ISO 8601 UTC.

    `verified_at` is when it last verified, whatever happened since; `expires_at` the next date
    that matters for it, of all its `dates`.
    """

    name: str
    default: bool
    provider: str
    server: str
    method: str
    username: str | None
    status: str
    verified_at: str | None
    expires_at: str | None
    stored: StoredConnector
    dates: tuple[DatedEvent, ...] = ()
    at: str | None = None
    """When the verification was that the status comes from; with it stage, cause (`told_by` as
    `Cause` has it) and reply of what stopped it, and the id of its run, each where there is one."""
    stage: str | None = None
    cause: str | None = None
    told_by: str | None = None
    reply: str | None = None
    run: str | None = None
    sent: bool | None = None
    """Whether that verification sent an email, and how long it took, where that is known."""
    duration_ms: int | None = None
    login_at: str | None = None
    """When a later test passed that did not come as far as this failure; the login works."""

    def to_json(self) -> Json:
        return {
            "name": self.name,
            "default": self.default,
            "provider": self.provider,
            "server": self.server,
            "method": self.method,
            "username": self.username,
            "status": self.status,
            "verified_at": self.verified_at,
            "expires_at": self.expires_at,
            **(self._result() if self.status != "untested" else {}),
        }

    def _result(self) -> Json:
        found = {"at": self.at, "stage": self.stage, "cause": self.cause, "run": self.run}
        return found | ({"login_at": self.login_at} if self.login_at is not None else {})

    def result_facts(self) -> Mapping[str, str | None]:
        """What `messages.history.last_result_text` tells of the last verification."""
        names = ("at", "stage", "cause", "told_by", "reply", "login_at")
        return {name: getattr(self, name) for name in names}


def list_connectors(
    ws: Workspace, connectors: tuple[StoredConnector, ...] | None = None
) -> tuple[ListedConnector, ...]:
    """All connectors of the project by name (or those of a listing at hand); `StorageError`."""
    if connectors is None:
        connectors = ws.connectors().connectors
    default, trusted = ws.store.default_id(), ws.trusted_fingerprints()
    recorded = ws.store.verified_ids()
    return tuple(
        _list_one(
            ws,
            stored,
            ws.store.read_verification(stored.id) if stored.id in recorded else None,
            default=stored.id == default,
            trusted=trusted,
        )
        for stored in connectors
    )


def list_one(ws: Workspace, stored: StoredConnector, *, default: bool) -> ListedConnector:
    """One connector at hand; nothing else is read than the record of it."""
    record = ws.store.read_verification(stored.id)
    return _list_one(ws, stored, record, default=default, trusted=ws.trusted_fingerprints())


def status_of(
    stored: StoredConnector, record: Mapping[str, Any] | None, trusted: frozenset[str]
) -> str:
    """What the last verification still says about the connector as it is now.

    `trusted` are the fingerprints of what its project trusts now: a server that was trusted for
    one of these may not be any more, and one that was not may be.
    """
    if record is None or not isinstance(record.get("ok"), bool):
        return "untested"
    same_inputs = record.get("inputs") == stored.connector.inputs_digest()
    if not same_inputs or record.get("secrets") != dict(stored.secrets):
        return "changed"
    authority, untrusted_with = record.get("authority"), record.get("untrusted_with")
    if record["ok"]:
        return "changed" if isinstance(authority, str) and authority not in trusted else "verified"
    if isinstance(untrusted_with, list) and not trusted.issubset(map(str, untrusted_with)):
        return "changed"
    return "failed"


def endpoint(server: Server) -> str:
    """`host:port`, an IPv6 address in brackets."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}"


def _list_one(
    ws: Workspace,
    stored: StoredConnector,
    record: Mapping[str, Any] | None,
    *,
    default: bool,
    trusted: frozenset[str],
) -> ListedConnector:
    connector = stored.connector
    known = record or {}
    dates = dates_of(ws, stored, known)
    status = status_of(stored, record, trusted)
    told = known if status != "untested" else {}
    causes, reply = told.get("causes"), told.get("reply")
    return ListedConnector(
        name=connector.name,
        default=default,
        provider=connector.provider,
        server=endpoint(connector.server),
        method=connector.authentication.method.value,
        username=connector.authentication.username,
        status=status,
        verified_at=_text(known.get("verified_at")),
        expires_at=next_date(dates),
        stored=stored,
        dates=dates,
        at=_text(told.get("at")),
        stage=_text(told.get("stage")),
        cause=_text(causes[0]) if isinstance(causes, list) and causes else None,
        told_by=_text(told.get("told_by")),
        reply=_text(reply.get("text")) if isinstance(reply, dict) else None,
        run=_text(told.get("run")),
        sent=_typed(told.get("sent"), bool),
        duration_ms=_typed(told.get("duration_ms"), int),
        login_at=_text(told.get(LOGIN_AT)) if status == "failed" else None,
    )


def _text(value: object) -> str | None:
    """A file may hold anything."""
    return value if isinstance(value, str) else None


def _typed(value: Any, kind: type) -> Any:
    return value if type(value) is kind else None
