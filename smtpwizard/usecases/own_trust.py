"""How single connectors come to trust an authority in place of their project, or as the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from smtpwizard.model.connector import Security, name_order
from smtpwizard.model.errors import SmtpWizardError, UsageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.own_certificates import CA_FILE, SIGN_IN_CA_FILE
from smtpwizard.usecases.workspace import Workspace

_PIN = "server.pinned_certificate"
# What decides in place of the project, for the mail server and for signing in.
_FOR_MAIL = ("server.ca_file", _PIN)
_FOR_SIGNING_IN = ("authentication.oauth.ca_file",)


class TlsServer(NamedTuple):
    """A connector that speaks TLS; `own_trust` is what decides in place of its project, if any."""

    identifier: str
    name: str
    host: str
    own_trust: str | None = None


def servers(ws: Workspace) -> tuple[TlsServer, ...]:
    """Each connector that speaks TLS, by their names; raises `StorageError`."""
    found = [
        TlsServer(stored.id, connector.name, connector.server.host, connector.server.own_trust)
        for stored in ws.connectors().connectors
        if (connector := stored.connector).server.security is not Security.NONE
    ]
    return tuple(sorted(found, key=lambda each: name_order(each.name)))


def pin(ws: Workspace, identifier: str, pem: str) -> StoredConnector:
    """Have one connector trust this certificate alone: a server's own, or an authority for what it
    issued. Its secrets go along.

    Raises `UsageError("connector_unknown")`, `StorageError`, `SecretStoreError`.
    """
    return put_back(ws, identifier, {_PIN: pem})


def use_project_trust(
    ws: Workspace, identifier: str, through: str = CA_FILE
) -> Mapping[str, str | None]:
    """Have one connector trust whom its project trusts: what it has of its own is taken away, for
    its mail server, or for signing in where `through` says so. Its secrets go along.

    Answers what it had, by field, for `put_back`. Raises as `pin` does.
    """
    stored = _stored(ws, identifier)
    fields = _FOR_SIGNING_IN if through == SIGN_IN_CA_FILE else _FOR_MAIL
    oauth = stored.connector.authentication.oauth
    server = stored.connector.server
    had = dict(
        zip(
            (*_FOR_MAIL, *_FOR_SIGNING_IN),
            (server.ca_file, server.pinned_certificate, oauth.ca_file),
            strict=True,
        )
    )
    before = {field: had[field] for field in fields if had[field]}
    edit_connector(ws, stored, dict.fromkeys(before))
    return before


Given = tuple[str, Mapping[str, str | None]]
"""A connector's id, and what it had of its own, by field."""


def use_project_trust_in_all(ws: Workspace, uses: Iterable[tuple[str, str]]) -> tuple[Given, ...]:
    """The same for several connectors, as (id, through): for all of them, or for none."""
    done: list[Given] = []
    try:
        for identifier, through in uses:
            done.append((identifier, use_project_trust(ws, identifier, through)))
    except SmtpWizardError:
        with suppress(SmtpWizardError):
            put_all_back(ws, done)
        raise
    return tuple(done)


def put_all_back(ws: Workspace, given: Iterable[Given]) -> tuple[StoredConnector, ...]:
    """What `use_project_trust_in_all` took away; raises as `put_back`."""
    return tuple(put_back(ws, identifier, values) for identifier, values in given)


def put_back(ws: Workspace, identifier: str, values: Mapping[str, str | None]) -> StoredConnector:
    """Have one connector trust by itself what `use_project_trust` took away; raises as that."""
    return edit_connector(ws, _stored(ws, identifier), values)


# -- inner workings -------------------------------------------------------------------------------


def _stored(ws: Workspace, identifier: str) -> StoredConnector:
    stored = ws.store.read(identifier)
    if stored is None:
        raise UsageError("connector_unknown", name=identifier)
    return stored
