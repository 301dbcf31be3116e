"""What the window remembers of itself, and how it was told to behave."""

from __future__ import annotations

from smtpwizard.model.errors import StorageError
from smtpwizard.usecases.workspace import Workspace

DEFAULT_SECONDS = 8
MAX_SECONDS = 3600


def remember(ws: Workspace, name: str, value: object) -> None:
    """Keep how the window was left; what cannot be written is an entry in the log."""
    try:
        ws.data.set_setting(name, value)
    except StorageError as error:
        ws.log.write("setting_not_kept", code=error.code)


def notification_seconds(ws: Workspace) -> int:
    """How long a notification stays, s; 0 is until it is closed."""
    seconds = ws.data.settings().get("notifications")
    fits = type(seconds) is int and 0 <= seconds <= MAX_SECONDS
    return seconds if fits else DEFAULT_SECONDS
