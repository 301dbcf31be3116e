"""The list of connectors as both faces show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtpwizard.model.connector import Server
from smtpwizard.model.report import Json
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.dates import DatedEvent, dates_of, next_date
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
        }


def list_connectors(
    ws: Workspace, connectors: tuple[StoredConnector, ...] | None = None
) -> tuple[ListedConnector, ...]:
    """All connectors of the project by name (or those of a listing at hand); `StorageError`."""
    if connectors is None:
        connectors = ws.connectors().connectors
    default = ws.store.default_id()
    recorded = ws.store.verified_ids()
    return tuple(
        _list_one(
            ws,
            stored,
            ws.store.read_verification(stored.id) if stored.id in recorded else None,
            default=stored.id == default,
        )
        for stored in connectors
    )


def status_of(stored: StoredConnector, record: Mapping[str, Any] | None) -> str:
    """What the last verification still says about the connector as it is now."""
    if record is None or not isinstance(record.get("ok"), bool):
        return "untested"
    same_inputs = record.get("inputs") == stored.connector.inputs_digest()
    if not same_inputs or record.get("secrets") != dict(stored.secrets):
        return "changed"
    return "verified" if record["ok"] else "failed"


def endpoint(server: Server) -> str:
    """`host:port`, an IPv6 address in brackets."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}"


def _list_one(
    ws: Workspace, stored: StoredConnector, record: Mapping[str, Any] | None, *, default: bool
) -> ListedConnector:
    connector = stored.connector
    verified_at = record.get("verified_at") if record else None
    dates = dates_of(ws, stored, record or {})
    return ListedConnector(
        name=connector.name,
        default=default,
        provider=connector.provider,
        server=endpoint(connector.server),
        method=connector.authentication.method.value,
        username=connector.authentication.username,
        status=status_of(stored, record),
        verified_at=verified_at if isinstance(verified_at, str) else None,
        expires_at=next_date(dates),
        stored=stored,
        dates=dates,
    )
