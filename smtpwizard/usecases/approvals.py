"""Which helper commands may run on this machine, and the secrets of those that may.

An approval is for one program, its arguments, and what its secret is used for.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import takes_key
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.approved_here import change_approved, machine_name, read_approved
from smtpwizard.usecases.kept_secrets import binding_of, refuse_open_places
from smtpwizard.usecases.leftovers import every_store
from smtpwizard.usecases.secret_command import run_secret_command
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.net.cancel import CancelToken


@dataclass(frozen=True, slots=True)
class Program:
    """The program of a helper command: its path, where that leads, and whose file it is."""

    path: str
    real_path: str
    owner: str


def program_of(connector: Connector) -> Program:
    """The program of a connector's helper command, looked at.

    Raises `SecretStoreError`: `secret_command_relative`, `secret_command_not_found` where there
    is no file that can be executed, `secret_command_not_private` where other users could put
    another in its place.
    """
    path = (connector.authentication.secret_command or ("",))[0]
    # Not `os.path.isabs`: on Windows it takes a path without its drive for a whole one.
    if not Path(path).is_absolute():
        raise SecretStoreError("secret_command_relative", program=path)
    try:
        real_path = os.path.realpath(path, strict=True)
        status = os.stat(real_path)
    except (OSError, ValueError):
        raise SecretStoreError("secret_command_not_found", program=path) from None
    if not stat.S_ISREG(status.st_mode) or not os.access(real_path, os.X_OK):
        raise SecretStoreError("secret_command_not_found", program=path)
    part = files.part_open_to_others(Path(path))
    if part is not None:
        raise SecretStoreError("secret_command_not_private", program=path, path=str(part))
    return Program(path, real_path, _owner(status.st_uid))


def is_approved(ws: Workspace, connector: Connector) -> bool:
    """True when the connector's helper command was approved on this machine, for this use.

    Raises `StorageError` for the providers' files alone.
    """
    try:
        return _fingerprint(ws, connector) in read_approved(ws.data)
    except SecretStoreError:
        return False


def approve(ws: Workspace, connector: Connector) -> None:
    """Remember that the helper command may run for this connector.

    Raises `StorageError`, and `SecretStoreError` for a program that cannot be approved.
    """
    fingerprint = _fingerprint(ws, connector)
    change_approved(ws.data, lambda approved: approved | {fingerprint})
    command = connector.authentication.secret_command or ("",)
    ws.log.write("command_approved", program=command[0])


def carry_approval(ws: Workspace, before: StoredConnector, after: Connector | None) -> None:
    """Let an approval go along with a change that the user made to a connector.

    It holds for the old use no longer, unless another connector has just that; of one that runs
    another command now, or is gone (`after` is None), none is left. Raises `StorageError`.
    """
    command = before.connector.authentication.secret_command
    if command is None:
        return
    carried = after is not None and command == after.authentication.secret_command
    with suppress(SecretStoreError):  # its program is gone: there is nothing to carry
        old = _fingerprint(ws, before.connector)
        new = {_fingerprint(ws, after)} if after is not None and carried else set()
        if new == {old} or old not in read_approved(ws.data):
            return
        others = (
            other
            for store in every_store(ws)
            for other in store.list().connectors
            if other.id != before.id
        )
        shared = any(
            other.connector.authentication.secret_command == command
            and _fingerprint(ws, other.connector) == old
            for other in others
        )
        change_approved(ws.data, lambda approved: (approved if shared else approved - {old}) | new)


def approved_secret(
    ws: Workspace,
    stored: StoredConnector,
    connector: Connector | None = None,
    token: CancelToken | None = None,
) -> Secret:
    """The secret from the helper command of a connector that may run it.

    `connector` is a changed state of `stored` that is being tried; the approval is that of
    `stored`. Raises `SecretStoreError`: `secret_command_unapproved`, `data_dir_not_private` where
    others could have put the command or its approval there, and those of `program_of` and
    `run_secret_command`.
    """
    refuse_open_places(ws, stored)
    tried = connector or stored.connector
    program = program_of(tried)
    same = tried.authentication.secret_command == stored.connector.authentication.secret_command
    if not is_approved(ws, tried) and not (same and is_approved(ws, stored.connector)):
        command = list(tried.authentication.secret_command or ())
        raise SecretStoreError("secret_command_unapproved", command=command)
    with ws.program_turn(program.real_path):
        return run_secret_command(
            tried.authentication.secret_command or (),
            token,
            many_lines=takes_key(tried),
            # Its own folder, which nobody else may write: a name among its arguments means the same
            # file wherever this program was started.
            folder=os.path.dirname(program.real_path),
        )


def _fingerprint(ws: Workspace, connector: Connector) -> str:
    """Binds program, arguments and use to this machine: a copied data directory approves nothing.

    Raises what `program_of` does.
    """
    what = {
        "machine": machine_name(),
        "command": list(connector.authentication.secret_command or ()),
        "program": program_of(connector).real_path,
        "use": dict(binding_of(ws, connector).terms),
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _owner(uid: int) -> str:
    """The name of the user that a file belongs to; its number where it has none."""
    if sys.platform == "win32":
        return ""
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
