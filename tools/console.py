"""What dev.py says to the person at the keyboard, and the commands it runs for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
TAIL = 30  # lines of a failed command's output that are worth showing


class Stop(Exception):
    """Something the person at the keyboard has to do first; the text says what."""


def say(text: str) -> None:
    """Tell the person what happens; standard output stays the program's own."""
    print(text, file=sys.stderr, flush=True)


def leash() -> list[str]:
    """What to put before a command that has to end with this process, however that ends."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def remove_afterwards(folder: str) -> None:
    """Have a folder removed when this process is gone, also by a signal that nobody can handle."""
    if os.name == "posix":
        script = 'read -r _; while [ -e "$0" ] && ! rm -rf "$0" 2>/dev/null; do sleep 1; done'
        # Its standard input ends with this process; a session of its own hears no Ctrl-C.
        watcher = subprocess.Popen(
            ["sh", "-c", script, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _watchers.append(watcher)


_watchers: list[subprocess.Popen[bytes]] = []  # each with the pipe that has to stay open


def run_quietly(command: Sequence[str], failure: str, env: Mapping[str, str] | None = None) -> None:
    """Run a command without showing it; raise Stop with the end of its output when it fails."""
    done = subprocess.run(
        [*leash(), *command],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        close_fds=False,  # it holds the lock of one_at_a_time as well
    )
    if done.returncode:
        end = "\n".join(done.stdout.rstrip().splitlines()[-TAIL:])
        raise Stop(f"{end}\n\n{failure} (exit code {done.returncode}).")
