"""Helper commands that print a secret: run without a shell, and only when approved here.

What they write to their error output is never shown, their output never logged.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError
from smtpwizard.model.secrets import MAX_GIVEN_BYTES, text_flaw
from smtpwizard.usecases.documents import read_secret

if TYPE_CHECKING:
    from smtpwizard.usecases.stopping import CancelToken
    from smtpwizard.usecases.workspace import Workspace

TIME_LIMIT_S = 10.0


def run_secret_command(
    command: Sequence[str], token: CancelToken | None = None, *, timeout_s: float = TIME_LIMIT_S
) -> Secret:
    """The secret that a command prints, one final line break taken off.

    Raises `SecretStoreError` (`secret_command_not_found`, `_failed` with the exit status,
    `_timeout`, `_too_large`, `_not_text`, `secret_missing` for no output) and `Cancelled`.
    """
    program = command[0]
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError):
        raise SecretStoreError("secret_command_not_found", program=program) from None
    output = bytearray()
    finished = threading.Event()
    # A thread, not select(): pipes cannot be waited for on Windows. It ends with the pipe, or
    # stays behind with a grandchild that holds the pipe open.
    reader = threading.Thread(target=_read, args=(process, output, finished), daemon=True)
    reader.start()
    try:
        with token.on_cancel(finished.set) if token is not None else nullcontext():
            in_time = finished.wait(timeout_s)
    except BaseException:  # Ctrl-C
        process.kill()
        process.wait()
        raise
    too_large = len(output) > MAX_GIVEN_BYTES + 2
    stopped = token is not None and token.cancelled
    if not in_time or too_large or stopped:
        process.kill()
    try:
        status = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        status, in_time = process.wait(), False
    if stopped:
        raise Cancelled
    if not in_time:
        raise SecretStoreError("secret_command_timeout", program=program, seconds=timeout_s)
    if too_large:
        raise SecretStoreError("secret_command_too_large", program=program)
    if status != 0:
        raise SecretStoreError("secret_command_failed", program=program, status=status)
    if not output.strip(b"\r\n"):
        raise SecretStoreError("secret_command_empty", program=program)
    try:
        secret = read_secret(bytes(output))
    except UnicodeDecodeError:
        raise SecretStoreError("secret_command_not_text", program=program) from None
    if text_flaw(secret, MAX_GIVEN_BYTES) is not None:
        raise SecretStoreError("secret_command_not_text", program=program)
    return secret


def _read(process: subprocess.Popen[bytes], output: bytearray, finished: threading.Event) -> None:
    stream = process.stdout
    if stream is None:
        return
    with stream:
        while len(output) <= MAX_GIVEN_BYTES + 2:
            part = stream.read1(8192)  # type: ignore[attr-defined]
            if not part:
                break
            output += part
    finished.set()


# -- approval ----------------------------------------------------------------------------------


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
