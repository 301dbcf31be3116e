"""Duplicating a connector, its secrets included."""

from __future__ import annotations

from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import secret_kinds
from smtpwizard.storage import StoredConnector
from smtpwizard.usecases.documents import parse_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace


def duplicate_connector(ws: Workspace, stored: StoredConnector, new_name: str) -> StoredConnector:
    """A copy under another name, with secrets of its own; untested, and never the default.

    A sign-in is shared: where tokens rotate, a second copy of one would spoil both. A secret that
    is gone from its store is gone from the copy as well. Raises `UsageError` (the name),
    `StorageError`, `SecretStoreError`.
    """
    document = stored.connector.to_json() | {"name": new_name}
    connector = parse_connector(document, ws.defaults_for)
    secrets = {}
    shared = {}
    for kind in secret_kinds(connector):
        ref = stored.secrets.get(kind)
        if ref is None:
            continue
        if kind == "refresh_token":
            shared[kind] = ref
            continue
        try:
            secrets[kind] = ws.store_of(ref).get(ref)
        except SecretStoreError as error:
            if error.code != "secret_missing":
                raise
    return save_connector(ws, connector, secrets=secrets, store_like=stored, shared=shared)
