"""Programs a test starts: waited for without sleeping, and always ended by their own pid."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def missing_programs(packages: Mapping[str, str]) -> str | None:
    """Why a test cannot run here, or None; `packages` maps a program to its Debian package."""
    lacking = [program for program in packages if shutil.which(program, path=SYSTEM_PATH) is None]
    if not lacking:
        return None
    wanted = " ".join(sorted({packages[program] for program in lacking}))
    return f"{', '.join(lacking)} not installed: apt install {wanted}"


def wait_until(condition: Callable[[], T | None], what: str, timeout: float = 120.0) -> T:
    """The first true answer of `condition`, asked every 10 ms; TimeoutError after `timeout` s."""
    end = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        pause.wait(0.01)


def send_to_self(number: int) -> None:
    """A signal for this process, whichever of its threads gets it."""
    if os.name == "posix":
        os.kill(os.getpid(), number)
    else:
        # Elsewhere `os.kill` ends a process at once.
        signal.raise_signal(number)


@contextmanager
def running(argv: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """The program while the block is active; SIGTERM afterwards, SIGKILL 5 s later.

    It also gets SIGTERM when the thread that started it dies, so a killed test run leaves nothing.
    """
    process = subprocess.Popen(["/usr/bin/setpriv", "--pdeathsig", "TERM", *argv], **options)
    try:
        yield process
    finally:
        stop(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def stop(process: subprocess.Popen[Any]) -> None:
    """End exactly this process."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
