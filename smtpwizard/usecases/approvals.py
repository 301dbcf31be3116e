"""Which helper commands may run on this machine, and the secrets of those that may."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.usecases.secret_command import run_secret_command
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.net.cancel import CancelToken


def is_approved(ws: Workspace, command: Sequence[str]) -> bool:
    """True when exactly this argument list was approved on this machine; raises nothing."""
    return _fingerprint(command) in _approved(ws)


def approve(ws: Workspace, command: Sequence[str]) -> None:
    """Remember that this argument list may run; raises `StorageError`."""
    approved = sorted({*_approved(ws), _fingerprint(command)})
    document = files.encode_object({"schema": 1, "approved": approved})
    files.write_file(_path(ws), document)
    ws.log.write("command_approved", program=command[0])


def approved_secret(
    ws: Workspace, command: Sequence[str], token: CancelToken | None = None
) -> Secret:
    """Run an approved command.

    Raises `SecretStoreError`: `secret_command_unapproved`, `data_dir_not_private` where others
    could have put the command or its approval there, and those of `run_secret_command`.
    """
    if not ws.data.private():
        raise SecretStoreError("data_dir_not_private", path=str(ws.data_dir))
    if not is_approved(ws, command):
        raise SecretStoreError("secret_command_unapproved", command=list(command))
    return run_secret_command(command, token)


def _path(ws: Workspace) -> Path:
    return ws.data_dir / "approvals.json"


def _approved(ws: Workspace) -> list[str]:
    try:
        document = files.read_object(_path(ws)) or {}
    except (OSError, DamagedContent):
        return []
    found = document.get("approved")
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []


def _fingerprint(command: Sequence[str]) -> str:
    """Binds the argument list to this machine: a copied data directory approves nothing."""
    import hashlib
    import platform

    try:
        machine = Path("/etc/machine-id").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine = platform.node()
    text = json.dumps([machine, *command])
    return hashlib.sha256(text.encode()).hexdigest()
