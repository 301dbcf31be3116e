"""Running a helper command that prints a secret; without a shell.

What it writes to its error output is never shown, its output never logged.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import MAX_GIVEN_BYTES, text_flaw
from smtpwizard.usecases.given_secrets import read_secret

if TYPE_CHECKING:
    from smtpwizard.net.cancel import CancelToken

TIME_LIMIT_S = 10.0
# How long one that has closed its output may take to say with which status it ends.
STATUS_S = 1.0
# Between being asked to end and being made to.
_GRACE_S = 0.5
_SLICE_S = 0.05

# Helpers that live on after their secret was taken: looked after when they have ended.
_living_on: list[subprocess.Popen[bytes]] = []


def run_secret_command(
    command: Sequence[str],
    token: CancelToken | None = None,
    *,
    timeout_s: float = TIME_LIMIT_S,
    many_lines: bool = False,
    folder: str | None = None,
) -> Secret:
    """The secret that a command prints, one final line break taken off.

    It runs in `folder` (None: where this program does), in a process group of its own, which ends
    with it unless it has closed its output and lives on. More than one line is refused unless
    `many_lines`. Raises `SecretStoreError` (`secret_command_not_found`, `_failed` with the exit
    status, `_timeout`, `_too_large`, `_many_lines`, `_not_text`, `_empty`) and `Cancelled`.
    """
    for past in tuple(_living_on):
        if past.poll() is not None:
            with suppress(ValueError):  # another thread was here first
                _living_on.remove(past)
    program = command[0]
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
            creationflags=_FLAGS,
        )
    except (OSError, ValueError):
        raise SecretStoreError("secret_command_not_found", program=program) from None
    assert process.stdout is not None
    group = _Group(process)
    closed = False
    try:
        with process.stdout as stream:
            output, closed = _output(process, _Pipe(stream), token, timeout_s)
    except SecretStoreError as error:
        raise SecretStoreError(error.code, program=program, **error.facts) from None
    finally:
        if not closed:
            group.end()
        elif process.poll() is None:
            _living_on.append(process)
        group.close()
    if process.returncode:
        raise SecretStoreError("secret_command_failed", program=program, status=process.returncode)
    return _secret(output, program, many_lines)


def _output(
    process: subprocess.Popen[bytes], pipe: _Pipe, token: CancelToken | None, timeout_s: float
) -> tuple[bytes, bool]:
    """What the command has printed, and whether it has closed its output by itself.

    It is over when the command is, or when it has closed its output and says no more: what it has
    started and left behind is not waited for.
    """
    output = bytearray()
    closed = False
    now = time.monotonic()
    end, status_end = now + timeout_s, now + timeout_s
    while True:
        if token is not None:
            token.raise_if_cancelled()
        # Before the look into the pipe: what it had to say is in there by then.
        ended = process.poll() is not None
        if closed:
            if ended or (output and time.monotonic() >= status_end):
                return bytes(output), True
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SLICE_S)
        else:
            part = pipe.read(0 if ended else _SLICE_S)
            if part:
                output += part
                if len(output) > MAX_GIVEN_BYTES + 2:
                    raise SecretStoreError("secret_command_too_large")
                continue
            if part is not None:
                closed, status_end = True, min(end, time.monotonic() + STATUS_S)
            elif ended:
                return bytes(output), False
        if time.monotonic() >= end:
            raise SecretStoreError("secret_command_timeout", seconds=timeout_s)


def _secret(output: bytes, program: str, many_lines: bool) -> Secret:
    if not output.strip(b"\r\n"):
        raise SecretStoreError("secret_command_empty", program=program)
    try:
        secret = read_secret(output)
    except UnicodeDecodeError:
        raise SecretStoreError("secret_command_not_text", program=program) from None
    if text_flaw(secret, MAX_GIVEN_BYTES) is not None:
        raise SecretStoreError("secret_command_not_text", program=program)
    lines = secret.reveal().count("\n") + 1
    if lines > 1 and not many_lines:
        raise SecretStoreError("secret_command_many_lines", program=program, lines=lines)
    return secret


# -- groups and pipes, by platform --------------------------------------------------------------

if sys.platform == "win32":
    import ctypes
    import queue
    import threading
    from ctypes.wintypes import BOOL, DWORD, HANDLE, UINT

    # Our own window has no console, and none is to flash up for the helper.
    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    _FOR_JOBS = 0x0101  # PROCESS_TERMINATE | PROCESS_SET_QUOTA

    _kernel32 = ctypes.WinDLL("kernel32")
    _kernel32.CreateJobObjectW.restype = HANDLE
    _kernel32.OpenProcess.argtypes = (DWORD, BOOL, DWORD)
    _kernel32.OpenProcess.restype = HANDLE
    _kernel32.AssignProcessToJobObject.argtypes = (HANDLE, HANDLE)
    _kernel32.TerminateJobObject.argtypes = (HANDLE, UINT)
    _kernel32.CloseHandle.argtypes = (HANDLE,)

    class _Group:
        """A job: a process and all that it starts, which Windows keeps apart otherwise."""

        def __init__(self, process: subprocess.Popen[bytes]) -> None:
            self._process = process
            self._job = _kernel32.CreateJobObjectW(None, None)
            handle = _kernel32.OpenProcess(_FOR_JOBS, False, process.pid)
            if handle:
                _kernel32.AssignProcessToJobObject(self._job, handle)
                _kernel32.CloseHandle(handle)

        def end(self) -> None:
            _kernel32.TerminateJobObject(self._job, 1)
            # Where it could not be put into a job.
            with suppress(OSError):
                self._process.kill()
            self._process.wait()

        def close(self) -> None:
            """What is still in the job lives on."""
            _kernel32.CloseHandle(self._job)

    class _Pipe:
        """Pipes cannot be waited for: a thread reads, and ends with the pipe."""

        def __init__(self, stream: IO[bytes]) -> None:
            self._parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
            descriptor = os.dup(stream.fileno())
            threading.Thread(target=self._read, args=(descriptor,), daemon=True).start()

        def _read(self, descriptor: int) -> None:
            with open(descriptor, "rb", buffering=0) as stream:
                while part := stream.read(8192):
                    self._parts.put(part)
            self._parts.put(b"")

        def read(self, seconds: float) -> bytes | None:
            try:
                return self._parts.get(timeout=seconds or _SLICE_S)
            except queue.Empty:
                return None

else:
    import select
    import signal

    _FLAGS = 0

    class _Group:
        """A command's process group: the command, and its own children."""

        def __init__(self, process: subprocess.Popen[bytes]) -> None:
            self._process = process

        def end(self) -> None:
            """End what is left of it: asked, then made to."""
            process = self._process
            try:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE_S)
            finally:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

        def close(self) -> None:
            """Nothing is held for it."""

    class _Pipe:
        """A pipe that is waited for in slices."""

        def __init__(self, stream: IO[bytes]) -> None:
            self._descriptor = stream.fileno()

        def read(self, seconds: float) -> bytes | None:
            """Some bytes, none at the end, None where there are none within `seconds`."""
            # poll, not select: a process may have more than a thousand files open.
            waiting = select.poll()
            waiting.register(self._descriptor, select.POLLIN)
            if not waiting.poll(seconds * 1000):
                return None
            return os.read(self._descriptor, 8192)
