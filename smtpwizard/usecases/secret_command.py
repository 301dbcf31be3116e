"""Running a helper command that prints a secret; without a shell.

What it writes to its error output is never shown, its output never logged.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError
from smtpwizard.model.secrets import MAX_GIVEN_BYTES, text_flaw
from smtpwizard.usecases.documents import read_secret

if TYPE_CHECKING:
    from smtpwizard.net.cancel import CancelToken

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
