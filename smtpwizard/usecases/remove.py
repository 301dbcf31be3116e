"""Removing a connector together with its secrets."""

from __future__ import annotations

from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.leftovers import clear_leftovers
from smtpwizard.usecases.save import (
    SecretLeftBehind,
    deciding,
    follow_approval,
    sweep_secrets,
)
from smtpwizard.usecases.unused_secrets import delete_secrets
from smtpwizard.usecases.workspace import Workspace


def remove_connector(ws: Workspace, stored: StoredConnector) -> bool:
    """Remove a connector, its history and its secrets.

    False when it is removed but its secret store would not let go of a secret yet; the next sweep
    tries again. Raises `StorageError` (`changed_elsewhere`, …); everything is then as it was.
    """
    sweep_secrets(ws)
    refs = tuple(stored.secrets.values())
    complete = False
    with deciding(ws, refs):
        with ws.changes.of(
            Change.REMOVED, stored.connector.name, lambda: not ws.store.has(stored.id)
        ):
            ws.store.remove(stored)
        complete = delete_secrets(ws, refs)
        if not complete:
            raise SecretLeftBehind
    ws.log.write("connector_removed", connector=stored.id)
    follow_approval(ws, stored, None)
    clear_leftovers(ws)
    return complete
