"""`sign-in`, and `verify` with its tokens, as a user types them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Result
from tests.helpers.processes import wait_until
from tests.oauth import browser as browser_module
from tests.oauth.conftest import ACCOUNT, CLIENT_ID, SECRET, WEB_REDIRECT, Lab

BROWSER = f"{sys.executable} {Path(browser_module.__file__)}"
PASSPHRASE = "echo correct-horse"
ENVIRONMENT = {"SMTPWIZARD_PASSPHRASE_COMMAND": PASSPHRASE, "BROWSER": BROWSER}


class Program:
    """Commands in processes of their own, on the lab's data, with secrets in the encrypted file."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.environment = {**os.environ, **ENVIRONMENT}

    def start(self, *argv: str, **options: Any) -> subprocess.Popen[bytes]:
        folder = str(self.lab.ws.data_dir)
        return subprocess.Popen(
            [sys.executable, "-m", "smtpwizard", "--data-dir", folder, "--secret-store", "file",
             *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment, start_new_session=True, **options,
        )  # fmt: skip

    def __call__(self, *argv: str, stdin: str = "") -> Result:
        process = self.start(*argv)
        out, err = process.communicate(stdin.encode(), timeout=60)
        return Result(process.returncode, out.decode(), err.decode())

    def create(self, family: str = "generic", **changes: Any) -> Result:
        connector = self.lab.connector(family, **changes)
        text = json.dumps(connector.to_json())
        result = self("create", "--from", "-", "--secret-stdin", stdin=f"{text}\n{SECRET}")
        assert result.code == 0, result.err
        return result


@pytest.fixture
def program(lab: Lab) -> Program:
    lab.server.behave(auto="allow")
    return Program(lab)


def test_the_browser_signs_in_and_the_token_is_kept(program: Program) -> None:
    program.create()
    done = program("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    answer = done.json
    assert answer["signed_in"] is True
    assert answer["account"] == ACCOUNT
    assert answer["mismatches"] == []
    assert answer["token"]["opaque"] is True
    assert f"{program.lab.server.base}/authorize" in done.err
    stored = program("show", "Invoices", "--json").json
    assert stored["authentication"]["username"] == ACCOUNT
    assert program.lab.grants == ["authorization_code"]
