"""Questions and answers on a real terminal."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.model.documents import MINIMAL, changed

pty = pytest.importorskip("pty")

BASIC = changed(MINIMAL, {"authentication": {"method": "basic", "username": "mailer"}})


class Session:
    """A command on a pseudo terminal, and what it has shown so far."""

    def __init__(self, pid: int, master: int) -> None:
        self._pid = pid
        self._master = master
        self.shown = ""
        self.code: int | None = None

    def expect(self, text: str, answer: str, timeout_s: float = 30) -> None:
        """Wait until the text is shown, then type the answer and Return."""
        end = time.monotonic() + timeout_s
        start = len(self.shown)
        while text not in self.shown[start:]:
            assert time.monotonic() < end, f"{text!r} was never shown: {self.shown!r}"
            assert self._read(1.0) or time.monotonic() < end, self.shown
        os.write(self._master, answer.encode() + b"\n")

    def finish(self) -> int:
        """Wait for the end; the exit code."""
        while self._read(30):
            pass
        _, status = os.waitpid(self._pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def _read(self, timeout_s: float) -> bool:
        if not select.select([self._master], [], [], timeout_s)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # how Linux says that the other end is closed
                raise
            data = b""
        self.shown += data.decode()
        return bool(data)


@contextmanager
def terminal(*argv: str, env: dict[str, str] | None = None) -> Iterator[Session]:
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm", **(env or {})})
        os.execv(sys.executable, [sys.executable, "-m", "smtpwizard", *argv])
    session = Session(pid, master)
    try:
        yield session
    finally:
        if session.code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(master)


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "connector.json"
    path.write_text(json.dumps(BASIC))
    return str(path)


def test_secret_and_passphrase_are_asked_for_without_echo(cli: Cli, source: str) -> None:
    data = ("--data-dir", str(cli.data_dir), "--secret-store", "file")
    with terminal(*data, "create", "--from", source) as session:
        session.expect("Password of mailer", "hunter2")
        session.expect("New passphrase", "open sesame")
        session.expect("again", "open sesame")
        assert session.finish() == 0
    assert "Saved “Invoices”." in session.shown
    assert "hunter2" not in session.shown
    assert "sesame" not in session.shown
    with terminal(*data, "duplicate", "Invoices", "Copy") as session:
        session.expect("Passphrase of the encrypted file", "wrong")
        assert session.finish() == 3
    assert "passphrase is wrong" in session.shown


def test_differing_passphrases_save_nothing(cli: Cli, source: str) -> None:
    data = ("--data-dir", str(cli.data_dir), "--secret-store", "file")
    with terminal(*data, "create", "--from", source) as session:
        session.expect("Password of mailer", "hunter2")
        session.expect("New passphrase", "open sesame")
        session.expect("again", "open sesamo")
        assert session.finish() == 2
    assert not [name for name in cli.files() if "connectors" in name or "secrets" in name]


def test_secret_stdin_on_a_terminal_is_asked_for_without_echo(cli: Cli, source: str) -> None:
    data = ("--data-dir", str(cli.data_dir), "--secret-store", "session")
    with terminal(*data, "create", "--from", source, "--secret-stdin") as session:
        session.expect("Secret: ", "hunter2")
        assert session.finish() == 0
    assert "hunter2" not in session.shown


def test_a_helper_command_is_approved_by_a_person(cli: Cli) -> None:
    authentication = {**BASIC["authentication"], "secret_command": ["/usr/bin/printf", "x y"]}
    cli.create(authentication=authentication, server={"host": "127.0.0.1", "port": 1})
    with terminal("--data-dir", str(cli.data_dir), "verify", "Invoices") as session:
        session.expect("127.0.0.1:1, mailer) [y/N] ", "y")
        assert session.finish() == 11
    assert "/usr/bin/printf 'x y' (program /usr/bin/printf" in session.shown
    assert "owner root" in session.shown
    assert "\x1b[31mfailed" in session.shown
    assert "\r\x1b[K" in session.shown
    assert (cli.data_dir / "approvals.json").exists()


def test_interrupting_a_question_leaves_nothing(cli: Cli, source: str) -> None:
    with terminal("--data-dir", str(cli.data_dir), "create", "--from", source) as session:
        session.expect("Password of mailer", "\x03")
        assert session.finish() == 130
    assert "Traceback" not in session.shown
    assert not cli.data_dir.exists()


def test_interrupting_the_passphrase_of_a_verification_ends_it(cli: Cli, source: str) -> None:
    data = ("--data-dir", str(cli.data_dir))
    with terminal(*data, "--secret-store", "file", "create", "--from", source) as session:
        session.expect("Password of mailer", "hunter2")
        session.expect("New passphrase", "open sesame")
        session.expect("again", "open sesame")
        assert session.finish() == 0
    with terminal(*data, "verify", "Invoices") as session:
        session.expect("Passphrase of the encrypted file", "\x03")
        assert session.finish() == 130
    assert "Traceback" not in session.shown


def test_colours_are_off_for_those_who_say_so(cli: Cli) -> None:
    cli.create(server={"host": "127.0.0.1", "port": 1})
    data = ("--data-dir", str(cli.data_dir), "verify", "Invoices")
    with terminal(*data, env={"NO_COLOR": "1"}) as session:
        assert session.finish() == 11
    assert "\x1b[3" not in session.shown
