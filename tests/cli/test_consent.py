"""Consent on the command line: what a file says now is asked about, and nothing is sent before."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import secretstore
from smtpwizard.demo.scenario_server import ScenarioServer
from tests import capabilities
from tests.cli.conftest import Cli
from tests.cli.test_verbs import Terminal
from tests.cli.test_verify import settings
from tests.helpers.programs import prints
from tests.usecases.conftest import FolderStore

MAIN = "secret_bound_elsewhere"


@pytest.fixture(scope="module")
def server() -> Iterator[ScenarioServer]:
    with ScenarioServer() as running:
        yield running


class Listener:
    """A server that says nothing, and knows whether anybody came."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def visited(self) -> bool:
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def evil() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def ca_file(server: ScenarioServer, tmp_path: Path) -> str:
    return str(server.write_ca(tmp_path / "ca.pem"))


@pytest.fixture
def created(
    cli: Cli, server: ScenarioServer, ca_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connector whose password a keyring keeps."""
    keyring = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: keyring)
    cli.create(**settings(server, ca_file))
    argv = ("edit", "Invoices", "--secret-stdin", "--secret-store", "keyring")
    assert cli(*argv, stdin=server.password).code == 0


def edit_by_hand(cli: Cli, **server: Any) -> None:
    [path] = cli.data_dir.glob("projects/default/connectors/*.json")
    document = json.loads(path.read_text())
    document["server"].update(server)
    path.write_text(json.dumps(document))


def test_a_file_that_names_another_server_gets_no_password(
    cli: Cli, server: ScenarioServer, evil: Listener, ca_file: str
) -> None:
    assert cli.create(secret=server.password, **settings(server, ca_file)).code == 0
    assert cli("verify", "Invoices").code == 0
    edit_by_hand(cli, port=evil.port)
    result = cli("verify", "Invoices", "--json")
    assert (result.code, result.error["code"], result.error["field"]) == (3, MAIN, "server.port")
    assert server.password not in result.out + result.err
    assert not evil.visited(), "nobody was spoken to"
    # A harmless edit carries nothing on, and one that moves it asks as well.
    assert cli("edit", "Invoices", "--set", "description=x").code == 0
    assert cli("verify", "Invoices").code == 3
    before = cli.files()
    assert cli("edit", "Invoices", "--set", "server.ehlo_name=x.example").code == 0
    moved = cli("edit", "Invoices", "--set", "server.security=implicit_tls", "--json")
    assert (moved.code, moved.error["code"]) == (3, MAIN)
    assert cli("duplicate", "Invoices", "Copy").code == 3
    assert len(cli.files()) == len(before)
    # Given again it is for what the connector says now.
    argv = ("edit", "Invoices", "--secret-stdin", "--secret-store", "session")
    assert cli(*argv, stdin=server.password).code == 0
    assert not evil.visited()
    assert cli("verify", "Invoices", "--timeout", "0.2").code == 12
    assert evil.visited()


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_a_person_is_asked(
    cli: Cli,
    server: ScenarioServer,
    evil: Listener,
    created: None,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    edit_by_hand(cli, port=evil.port)
    terminal = Terminal(monkeypatch, *[answer] * 3)
    result = cli("verify", "Invoices", "--timeout", "0.2")
    assert len(terminal.asked) == 1
    change = f"server.port: {server.ports['starttls']} → {evil.port}"
    assert change in result.err
    if answer == "y":
        assert result.code == 12
        assert cli("verify", "Invoices", "--timeout", "0.2").code == 12
        assert len(terminal.asked) == 1, "once"
    else:
        assert result.code == 3
    assert evil.visited() is (answer == "y")
    assert server.password not in result.out + result.err


def test_nobody_is_asked_beside_json(
    cli: Cli, created: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_by_hand(cli, port=1)
    terminal = Terminal(monkeypatch, "y")
    assert cli("verify", "Invoices", "--json").code == 3
    assert terminal.asked == []


def test_an_edit_takes_the_password_along(cli: Cli, server: ScenarioServer, ca_file: str) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    port = f"server.port={server.ports['implicit_tls']}"
    argv = ("edit", "Invoices", "--set", "server.security=implicit_tls", "--set", port)
    assert cli(*argv).code == 0
    assert cli("verify", "Invoices").code == 0


def test_a_helper_s_approval_is_for_one_server(
    cli: Cli, server: ScenarioServer, evil: Listener, ca_file: str
) -> None:
    changes = settings(server, ca_file)
    changes["authentication"]["secret_command"] = prints(server.password)
    created = cli.create("--approve-command", **changes)
    assert created.code == 0
    assert prints("")[0] in created.err
    assert f":{server.ports['starttls']}" in created.err
    assert cli("verify", "Invoices").code == 0
    edit_by_hand(cli, port=evil.port)
    result = cli("verify", "Invoices", "--json")
    assert (result.code, result.error["code"]) == (3, "secret_command_unapproved")
    changes["server"]["port"] = evil.port
    assert cli.create(name="Foreign", **changes).code == 0
    assert cli("verify", "Foreign").code == 3
    assert not evil.visited()
    assert cli("verify", "Invoices", "--approve-command", "--timeout", "0.2").code == 12


def test_a_relative_program_is_refused_by_every_way_in(cli: Cli) -> None:
    basic = {"method": "basic", "username": "mailer", "secret_command": ["getpw"]}
    result = cli.create(authentication=basic)
    assert (result.code, result.error["field"]) == (2, "authentication.secret_command")
    assert cli.create(authentication={"method": "basic", "username": "mailer"}).code == 0
    argv = ("edit", "Invoices", "--json", "--set", 'authentication.secret_command=["./getpw"]')
    result = cli(*argv)
    assert (result.code, result.error["field"]) == (2, "authentication.secret_command")


def test_what_is_saved_is_saved_though_its_program_cannot_be_approved(cli: Cli) -> None:
    missing = os.path.abspath("/does/not/exist")
    basic = {"method": "basic", "username": "mailer", "secret_command": [missing]}
    result = cli.create("--approve-command", authentication=basic)
    assert result.code == 0
    assert f"{missing} cannot be started" in result.err
    assert cli("verify", "Invoices", "--approve-command").code == 3


@capabilities.access_rights
def test_a_folder_that_others_may_write_is_read_but_gives_no_secret(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    cli.data_dir.chmod(0o777)
    assert cli("list").code == 0
    assert cli("show", "Invoices").code == 0
    for argv in (("verify", "Invoices"), ("verify", "Invoices", "--secret-stdin")):
        result = cli(*argv, "--json", stdin=server.password)
        assert (result.code, result.error["code"]) == (3, "data_dir_not_private")
    assert cli.create(secret="x", name="B", **settings(server, ca_file)).code == 3
    cli.data_dir.chmod(0o700)
    assert cli("verify", "Invoices").code == 0
