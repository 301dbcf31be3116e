"""A connector as both faces show it."""

from __future__ import annotations

from smtpwizard.model.problem import Json
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.workspace import Workspace


def connector_document(
    ws: Workspace, stored: StoredConnector, *, from_memory: bool = False
) -> Json:
    """The connector as JSON with `default`, never its secrets; raises `StorageError`.

    `from_memory` reads nothing and raises nothing: for what was just saved.
    """
    default = ws.store.last_default if from_memory else ws.store.default_id()
    document = stored.connector.to_json()
    head = {key: document.pop(key) for key in ("schema", "name", "description", "type")}
    return head | {"default": default == stored.id} | document
