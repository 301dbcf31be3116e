"""The command line in processes of its own, with secrets in the encrypted file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import IO, Any

from smtpwizard.usecases.command_words import join_command
from tests.cli.conftest import Result
from tests.helpers.programs import prints
from tests.oauth import browser as browser_module
from tests.oauth.conftest import SECRET, Lab

BROWSER = join_command([sys.executable, browser_module.__file__])


class Program:
    """Commands on the lab's data directory, started as a user starts them."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.environment = {
            **os.environ,
            "SMTPWIZARD_PASSPHRASE_COMMAND": join_command(prints("correct-horse")),
            "BROWSER": BROWSER,
        }

    def start(self, *argv: str, **options: Any) -> subprocess.Popen[bytes]:
        folder = str(self.lab.ws.data_dir)
        return subprocess.Popen(
            [sys.executable, "-m", "smtpwizard", "--data-dir", folder, "--secret-store", "file",
             *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment, start_new_session=True, **options,
        )  # fmt: skip

    def __call__(self, *argv: str, stdin: str = "") -> Result:
        return finished(self.start(*argv), stdin)

    def create(self, family: str = "generic", secret: str = SECRET, **changes: Any) -> None:
        text = json.dumps(self.lab.connector(family, **changes).to_json())
        done = self("create", "--from", "-", "--secret-stdin", stdin=f"{text}\n{secret}")
        assert done.code == 0, done.err


def finished(process: subprocess.Popen[bytes], stdin: str = "") -> Result:
    out, err = process.communicate(stdin.encode(), timeout=300)
    return Result(process.returncode, out.decode(), err.decode())


def first_url(stream: IO[bytes] | None) -> str:
    """The address that a command shows on a stream."""
    for line in stream or ():
        if line.strip().startswith(b"http"):
            return line.decode().strip()
    raise AssertionError("no address was shown")
