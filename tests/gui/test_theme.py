"""The theme that was set: in force at the start, and taken over by an open window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smtpwizard.gui.app import make_application
from smtpwizard.gui.console.desktop_events import DesktopWatcher
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.widgets.style import is_dark, set_theme, theme_in_force
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner


@pytest.fixture(autouse=True)
def put_back(qapp: QApplication) -> Iterator[None]:
    yield
    set_theme(qapp, "system")


def test_the_application_begins_with_it(qapp: QApplication) -> None:
    make_application("dark")
    assert theme_in_force() == "dark"
    assert is_dark(qapp.palette())
    make_application("light")
    assert not is_dark(qapp.palette())


def test_an_open_window_takes_it_over_when_one_comes_back(
    qtbot: QtBot, qapp: QApplication, window: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    watcher = DesktopWatcher(qapp, window)
    window.installEventFilter(watcher)

    def come_back() -> None:
        QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
        qtbot.waitUntil(lambda: bool(runner.pending))
        runner.run_all()

    make_application("light")
    change_settings(ws, ["theme=dark"])
    come_back()
    assert theme_in_force() == "dark"
    assert is_dark(qapp.palette())
    before = qapp.styleSheet()
    come_back()
    assert qapp.styleSheet() == before
    change_settings(ws, ["theme="])
    come_back()
    assert theme_in_force() == "system"
