"""Questions and answers on a real terminal."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from smtpwizard.cli import inputs
from smtpwizard.cli.long_lines import LineEditor
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.cli.conftest import Cli
from tests.helpers.certificates import Certificates
from tests.model.documents import MINIMAL, changed

if capabilities.POSIX:
    import pty
    import termios

pytestmark = capabilities.pseudo_terminals

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
def terminal(
    *argv: str, env: dict[str, str] | None = None, stdout: Path | None = None
) -> Iterator[Session]:
    pid, master = pty.fork()
    if pid == 0:
        if stdout is not None:
            os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT), 1)
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


@pytest.fixture
def two_projects(cli: Cli, certificates: Certificates) -> tuple[str, str]:
    """A project that trusts somebody, with a connector, and one that trusts nobody: "There"."""
    cli.create(name="Invoices", authentication={"method": "none"})
    assert cli("project", "create", "There").code == 0
    assert cli("certificates", "trust", str(certificates.ca_file)).code == 0
    return ("--data-dir", str(cli.data_dir))


def trusted_there(cli: Cli) -> int:
    return len(cli("certificates", "list", "--project", "There", "--json").json["certificates"])


@pytest.mark.parametrize("verb", ["move", "copy"])
@pytest.mark.parametrize(
    ("keys", "trusts"), [("y", 1), ("YES", 1), ("n", 0), ("", 0), ("maybe", 0), ("\x04", 0)]
)
def test_whether_trust_goes_along_is_a_question(
    cli: Cli, two_projects: tuple[str, str], verb: str, keys: str, trusts: int
) -> None:
    with terminal(*two_projects, verb, "Invoices", "--to", "There") as session:
        session.expect("The connectors go there either way. [y/N] ", keys)
        assert session.finish() == 0
    done = {"move": "Moved", "copy": "Copied"}[verb]
    assert f"\n{done} to There" in session.shown
    assert trusted_there(cli) == trusts


def test_an_interrupted_question_moves_nothing(cli: Cli, two_projects: tuple[str, str]) -> None:
    with terminal(*two_projects, "move", "Invoices", "--to", "There") as session:
        session.expect("[y/N] ", "\x03")
        assert session.finish() == 130
    assert "Nothing was changed." in session.shown
    assert cli("list", "--project", "There", "--json").json["connectors"] == []


def test_what_is_asked_about_is_shown_where_it_is_asked(
    cli: Cli, two_projects: tuple[str, str], tmp_path: Path
) -> None:
    """The answer goes to a file, and the question to the terminal, with what it is about."""
    answer = tmp_path / "answer"
    with terminal(*two_projects, "move", "Invoices", "--to", "There", stdout=answer) as session:
        session.expect("[y/N] ", "y")
        assert session.finish() == 0
    assert "SHA-256" in session.shown
    assert answer.read_text().startswith("Moved to There: Invoices.")


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


# -- longer than a terminal's own line -----------------------------------------------------------


def test_a_long_password_is_taken_whole(cli: Cli, source: str) -> None:
    password = "x" * 6000 + "-the-end"
    helper = {"SMTPWIZARD_PASSPHRASE_COMMAND": "printf passphrase"}
    data = ("--data-dir", str(cli.data_dir), "--secret-store", "file")
    with terminal(*data, "create", "--from", source, env=helper) as session:
        session.expect("Password of mailer", password)
        assert session.finish() == 0
    assert "xxx" not in session.shown
    assert kept(cli, helper) == password


def kept(cli: Cli, helper: dict[str, str]) -> str:
    before = dict(os.environ)
    os.environ.update(helper)
    try:
        ws = Workspace.open(cli.data_dir)
        stored = ws.find("Invoices")
        secret = kept_secret(ws, stored, next(iter(stored.secrets)))
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert secret is not None
    return secret.reveal()


KEY = {"type": "service_account", "client_email": "r@p.example", "private_key": "k" * 5000}


@pytest.fixture
def key_source(tmp_path: Path) -> str:
    oauth = {"grant": "service_account", "client_id": "1"}
    authentication = {"method": "oauth", "username": "m@example.test", "oauth": oauth}
    path = tmp_path / "key-connector.json"
    path.write_text(json.dumps(changed(MINIMAL, {"authentication": authentication})))
    return str(path)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_pasted_key_is_taken_whole(cli: Cli, key_source: str, indent: int | None) -> None:
    helper = {"SMTPWIZARD_PASSPHRASE_COMMAND": "printf passphrase"}
    data = ("--data-dir", str(cli.data_dir), "--secret-store", "file")
    text = json.dumps(KEY, indent=indent)
    with terminal(*data, "create", "--from", key_source, env=helper) as session:
        session.expect("Client secret of", text)
        assert session.finish() == 0
    assert "kkk" not in session.shown
    assert json.loads(kept(cli, helper)) == KEY


def test_a_file_in_place_of_a_password_is_named(cli: Cli, source: str) -> None:
    data = ("--data-dir", str(cli.data_dir), "--secret-store", "session")
    with terminal(*data, "create", "--from", source) as session:
        session.expect("Password of mailer", json.dumps(KEY, indent=2))
        assert session.finish() == 2
    assert "Several lines were pasted" in session.shown
    assert not cli.files()


def test_lines_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with os.fdopen(slave, "rb", buffering=0, closefd=False) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        lines = inputs.Lines()
        url = "https://flows.example.com/?code=" + "c" * 9000

        def paste() -> None:
            while termios.tcgetattr(slave)[3] & termios.ICANON:
                threading.Event().wait(0.01)  # a person is slower
            os.write(master, f"\x1b[200~{url}\x1b[201~\nab\x7fc\r".encode())

        feeder = threading.Thread(target=paste)
        feeder.start()
        drain = threading.Thread(target=_drain, args=(master,), daemon=True)
        drain.start()
        assert lines.next(CancelToken()) == url
        assert lines.next(CancelToken()) == "ac"
        feeder.join()
        token = CancelToken()
        token.cancel()
        assert lines.next(token) is None
        assert termios.tcgetattr(slave) == before
    os.close(slave)
    drain.join()
    os.close(master)


def _drain(descriptor: int) -> None:
    with suppress(OSError):
        while os.read(descriptor, 65536):
            pass


def test_erasing() -> None:
    shown: list[bytes] = []
    editor = LineEditor(shown.append)
    editor.feed("\x7fäö\x7f\b\x08x\x01".encode() + b"\x04no\x15yes\r")
    assert editor.typed == b"yes\n"
    assert not editor.ended
    editor.feed(b"\x04")
    assert editor.ended
    assert b"".join(shown).endswith(b"yes\n")
    assert b"\x01" not in b"".join(shown)
