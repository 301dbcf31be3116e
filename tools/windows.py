"""The tests and the bundle with a Python for Windows, on Windows itself or under Wine."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.console import ROOT, Stop, leash, say

if TYPE_CHECKING:
    from collections.abc import Sequence

# What starts a python.exe for Windows that has this project's packages, such as a script with
# `exec wine python.exe "$@"`. CONTRIBUTING.md says how to get one.
VARIABLE = "WINDOWS_PYTHON"

_HOW = (
    f"Set {VARIABLE} to the command that starts a Python for Windows with the packages of this "
    "project; CONTRIBUTING.md, Windows, says how to get one."
)
_PROBE = (
    "import sys, pytest, PySide6, keyring; sys.exit(0 if sys.platform == 'win32' "
    "and sys.version_info >= (3, 11) else 1)"
)


def starter() -> list[str]:
    """The command of `WINDOWS_PYTHON`, tried; raises Stop."""
    text = os.environ.get(VARIABLE, "")
    words = [text] if os.path.isfile(text) else shlex.split(text)
    if not words:
        raise Stop(_HOW)
    if shutil.which(words[0]) is None:
        raise Stop(f"{words[0]} cannot be started. {_HOW}")
    code, output = _run([*words, "-c", _PROBE])
    if code:
        raise Stop(f"{output}\n{text} starts no such Python. {_HOW}")
    return words


def run_tests(python: Sequence[str], arguments: Sequence[str]) -> int:
    """The quick tests; more words go to pytest. Answers its exit code."""
    words = ["-m", "pytest", "-m", "not real"]
    words += arguments or ["-n", "2", "--dist", "loadfile"]
    # Wine keeps its own Credential Manager; on Windows it would be the developer's.
    env = {} if sys.platform == "win32" else {"CREDENTIAL_MANAGER_TESTS": "1"}
    return _show([*python, *words], env)


def build_bundle(python: Sequence[str], arguments: Sequence[str]) -> int:
    """The one-folder bundle in dist/windows, and a try of it where `python` starts it, too."""
    say("Building dist/windows/smtpwizard")
    words = ["-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR"]
    folders = ["--distpath", "dist/windows", "--workpath", "build/windows"]
    code = _show([*python, *words, *folders, *arguments, "smtpwizard.spec"], {})
    if code:
        return code
    folder = ROOT / "dist" / "windows" / "smtpwizard"
    # Python starts the program, so that the same words serve Windows and Wine.
    start = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    program = str(Path("dist", "windows", "smtpwizard", "smtpwizard.exe"))
    with tempfile.TemporaryDirectory(dir=folder.parent) as data:
        env = {"SMTPWIZARD_DATA_DIR": str(Path("dist", "windows", Path(data).name))}
        for tried in (["--version"], ["doctor"], ["demo", "--unattended"]):
            say(f"Trying smtpwizard.exe {' '.join(tried)}")
            code, output = _run([*python, "-c", start, program, *tried], env)
            if code:
                raise Stop(f"{output}\nThe bundle does not work (exit code {code}).")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    say(f"Ready: {folder} ({size / 1e6:.0f} MB)")
    return 0


def _environment(more: dict[str, str]) -> dict[str, str]:
    foreign = ("SMTPWIZARD_", "XDG_", "DBUS_", "QT_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**own, **more}


def _run(command: Sequence[str], more: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and output. Through pipes: Wine gives a program no files as standard streams."""
    done = subprocess.run(
        [*leash(), *command],
        cwd=ROOT,
        env=_environment(more or {}),
        input=b"",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace").strip()


def _show(command: Sequence[str], more: dict[str, str]) -> int:
    """Run a command and pass on what it says, line by line; answers its exit code."""
    with subprocess.Popen(
        [*leash(), *command],
        cwd=ROOT,
        env=_environment(more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        for line in process.stdout:
            print(line.decode("utf-8", "replace").rstrip("\r\n"), flush=True)
    return process.returncode
