"""Choosing the default connector of a project."""

from __future__ import annotations

from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.workspace import Workspace


def set_default(ws: Workspace, stored: StoredConnector) -> None:
    """Make a connector the project's default; raises `StorageError`."""
    with ws.changes.of(
        Change.DEFAULT, stored.connector.name, lambda: ws.store.default_id() == stored.id
    ):
        ws.store.set_default(stored)
    ws.log.write("default_set", connector=stored.id)
