"""A connector's page in a window of its own, over a server that can be broken between two runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytestqt.qtbot import QtBot

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import Account, ScriptedServer
from smtpwizard.gui.console.detail.detail_view import DetailView
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.connectors import ListedConnector, list_connectors
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner

PASSWORD = "a password that stays here"
LOGIN = "orders@quay.example"


def broken_server(authority: ThrowAwayAuthority, *answers: bytes) -> Iterator[ScriptedServer]:
    """A server that answers logins with these, one after the other."""
    with ScriptedServer(
        {"AUTH_RESULT": list(answers)},
        context=authority.server_context(),
        starttls=True,
        name="mail.quay.example",
        account=Account(LOGIN, PASSWORD),
    ) as running:
        yield running


def save_for(
    ws: Workspace, server: ScriptedServer, authority: ThrowAwayAuthority, folder: Path
) -> StoredConnector:
    """A connector for that server."""
    document = {
        "name": "Order confirmations",
        "description": "Web shop",
        "provider": "custom",
        "server": {
            "host": "localhost",
            "port": server.port,
            "security": "starttls",
            "ca_file": str(authority.write_ca(folder / "ca.pem")),
        },
        "authentication": {"method": "basic", "username": LOGIN},
        "admin": {"email": "admin@quay.example", "name": "Robin Meyer"},
    }
    connector, problems = read_connector(document, ws.defaults_for)
    assert connector is not None, problems
    return save_connector(ws, connector, secrets={"password": Secret(PASSWORD)})


def row_of(ws: Workspace, stored: StoredConnector) -> ListedConnector:
    """The connector as the list has it now."""
    now = ws.store.read(stored.id)
    assert now is not None
    return list_connectors(ws, (now,))[0]


def open_detail(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, row: ListedConnector
) -> DetailView:
    """The page, everything read."""
    recovery = SecretStoreRecovery(ws, runner, PassphraseKeeper())
    view = DetailView(ws, runner, recovery, row)
    view.resize(1180, 940)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    runner.run_all()
    view.finish()
    return view
