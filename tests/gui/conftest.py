"""Windows on a real workspace in a temporary folder, with a task runner finished by hand."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smtpwizard.gui.app import make_application
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application in our own style."""
    return make_application()


@pytest.fixture(autouse=True)
def _application_first(qapp: QApplication) -> None:
    """A widget without an application ends the process, whichever test comes first."""


_tests = count(1)
# All garbage is looked for after so many tests: that takes long with all that they have loaded.
_ALL_EVERY = 40


@pytest.fixture(autouse=True)
def _garbage_between_tests() -> Iterator[None]:
    """Python looks for garbage where nothing else is done, as in the program: in the middle of what
    Qt does for one window, the end of an earlier test's can end the process."""
    gc.disable()
    yield
    gc.collect(1 if next(_tests) % _ALL_EVERY else 2)
    gc.enable()


@pytest.fixture(autouse=True)
def _questions_go_with_their_test(qapp: QApplication) -> Iterator[None]:
    """What a window asks as it is closed at a test's end would be in the way of the next one's
    questions, until Qt deletes it, which it does when it comes to it."""
    yield
    for widget in qapp.topLevelWidgets():
        if shiboken6.isValid(widget) and widget.isModal():
            widget.hide()


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """Its waits end by what they wait for: its own limits, 1 s and 5 s, are a slow machine's."""
    for name in ("waitUntil", "waitExposed", "waitActive", "waitSignal"):
        monkeypatch.setattr(qtbot, name, partial(getattr(qtbot, name), timeout=300_000))
    return qtbot


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "data", secret_store="session")


@pytest.fixture
def runner() -> FakeTaskRunner:
    return FakeTaskRunner()


@pytest.fixture
def store(ws: Workspace) -> Callable[..., None]:
    """Save a connector, as the command line would."""

    def save(name: str = "Invoices", **changes: Any) -> None:
        document = {
            "name": name,
            "provider": "custom",
            "server": {"host": "smtp.example.com"},
            "authentication": {"method": "basic", "username": "mailer@example.com"},
            "admin": {"email": "admin@example.com"},
        } | changes
        connector, problems = read_connector(document, ws.defaults_for)
        assert connector is not None, problems
        method = connector.authentication.method.value
        kinds = {"basic": "password", "oauth": "client_secret"}
        secrets = {kinds[method]: Secret("stored-secret")} if method in kinds else {}
        save_connector(ws, connector, secrets=secrets)

    return save


@pytest.fixture
def window(qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner) -> MainWindow:
    """The main window, its list not read yet."""
    window = MainWindow(ws, runner)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def open_wizard(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner
) -> Iterator[Callable[..., ConnectorWizard]]:
    """Open the wizard, on the connector of this name where one is given."""
    opened: list[ConnectorWizard] = []

    def open_one(name: str | None = None, **arguments: Any) -> ConnectorWizard:
        rows = list_connectors(ws)
        row = next(r for r in rows if r.name == name) if name else None
        wizard = ConnectorWizard(
            ws,
            runner,
            SecretStoreRecovery(ws, runner, PassphraseKeeper()),
            taken_names=frozenset(r.stored.connector.name_key() for r in rows),
            listed=row,
            **arguments,
        )
        opened.append(wizard)
        with qtbot.waitExposed(wizard):
            wizard.show()
        wizard.build_rest()
        return wizard

    yield open_one
    for wizard in filter(shiboken6.isValid, opened):
        wizard.hide()
        wizard.deleteLater()
