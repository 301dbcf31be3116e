"""What the window remembers of itself."""

from __future__ import annotations

from smtpwizard.model.errors import StorageError
from smtpwizard.usecases.workspace import Workspace


def remember(ws: Workspace, name: str, value: object) -> None:
    """Keep how the window was left; what cannot be written is an entry in the log."""
    try:
        ws.data.set_setting(name, value)
    except StorageError as error:
        ws.log.write("setting_not_kept", code=error.code)
