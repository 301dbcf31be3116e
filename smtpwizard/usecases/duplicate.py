"""Duplicating a connector, its secrets included."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import name_key
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import secret_kinds
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace


def free_name(ws: Workspace, name_of: Callable[[int], str]) -> str:
    """The first of the names `name_of(1)`, `name_of(2)`, … that no connector has.

    Raises `StorageError`.
    """
    taken = ws.store.contents.keys()
    return next(name for name in map(name_of, count(1)) if name_key(name) not in taken)


def duplicate_connector(ws: Workspace, stored: StoredConnector, new_name: str) -> StoredConnector:
    """A copy under another name, with secrets of its own; untested, and never the default.

    A sign-in is shared: where tokens rotate, a second copy of one would spoil both. A secret that
    is gone from its store is gone from the copy as well. Raises `UsageError` (the name),
    `StorageError`, `SecretStoreError`.
    """
    document = stored.connector.to_json() | {"name": new_name}
    connector = parse_connector(document, ws.defaults_for)
    secrets: dict[str, Secret] = {}
    shared = {}
    for kind in secret_kinds(connector):
        ref = stored.secrets.get(kind)
        if ref is None:
            continue
        if kind == "refresh_token":
            shared[kind] = ref
            continue
        try:
            secret = kept_secret(ws, stored, kind)
            if secret is not None:
                secrets[kind] = secret
        except SecretStoreError as error:
            if error.code != "secret_missing":
                raise
    return save_connector(ws, connector, secrets=secrets, store_like=stored, shared=shared)
