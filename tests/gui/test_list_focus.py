"""Where the focus is in the list of connectors: after its keys, and after what is pressed below."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.main_window import MainWindow
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_main_window import page


@pytest.fixture
def three(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None], qtbot: QtBot
) -> MainWindow:
    window.resize(1280, 780)
    for name in ("Invoices", "Payslips", "Reports"):
        store(name)
    window.refresh()
    runner.run_all()
    qtbot.waitActive(window)
    page(window).table.setFocus()
    return window


def test_home_and_end_lead_to_the_first_and_the_last(three: MainWindow, qtbot: QtBot) -> None:
    table = page(three).table
    for key, row in ((Qt.Key.Key_End, 2), (Qt.Key.Key_Home, 0)):
        qtbot.keyClick(table, key)
        assert table.currentIndex().row() == row
        assert [index.row() for index in table.selectionModel().selectedRows()] == [row]
    qtbot.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert len(table.selectionModel().selectedRows()) == 3


@pytest.mark.parametrize("by_key", [False, True])
@pytest.mark.parametrize("which", ["remove_button", "clear_button"])
def test_what_is_pressed_and_goes_leaves_the_focus_to_the_list(
    three: MainWindow, runner: FakeTaskRunner, qtbot: QtBot, which: str, by_key: bool
) -> None:
    page(three).table.selectRow(1)
    push = getattr(page(three), which)
    if by_key:
        push.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(push, Qt.Key.Key_Space)
    else:
        qtbot.mouseClick(push, Qt.MouseButton.LeftButton)
    runner.run_all()
    assert QApplication.focusWidget() is page(three).table


def test_a_space_within_a_name_that_is_typed_selects_nothing(
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    qtbot: QtBot,
    qapp: QApplication,
) -> None:
    for name in ("CRM Accounts", "CRM Web", "CRMs"):
        store(name)
    window.refresh()
    runner.run_all()
    qtbot.waitActive(window)
    table, interval = page(window).table, qapp.keyboardInputInterval()
    table.setFocus()
    table.selectRow(0)
    try:
        qapp.setKeyboardInputInterval(600_000)
        qtbot.keyClicks(table, "CRM W")
        assert table.currentIndex().row() == 1
        assert len(table.chosen()) == 1
        table.clearSelection()
        qapp.setKeyboardInputInterval(0)
        since = QElapsedTimer()
        since.start()
        qtbot.waitUntil(lambda: since.elapsed() > 1)
        qtbot.keyClick(table, Qt.Key.Key_Space)
        assert [index.row() for index in table.selectionModel().selectedRows()] == [1]
    finally:
        qapp.setKeyboardInputInterval(interval)


def test_verify_all_leaves_the_focus_to_the_list(three: MainWindow, qtbot: QtBot) -> None:
    push = page(three).verify_all_button
    push.setFocus()
    qtbot.keyClick(push, Qt.Key.Key_Space)
    assert not push.isEnabled()
    assert QApplication.focusWidget() is page(three).table


def test_after_reset_the_focus_is_back_in_the_field(
    three: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    three.console.open(three.rows[0].id)
    runner.run_all()
    view = three.console.opened.view
    assert view is not None
    view.go_to_field("server.host")
    form = view.configuration
    edit = QApplication.focusWidget()
    assert isinstance(edit, QLineEdit)
    qtbot.keyClicks(edit, "x")
    assert form.bar.isVisible()
    form.bar.reset_button.setFocus()
    qtbot.keyClick(form.bar.reset_button, Qt.Key.Key_Space)
    runner.run_all()
    assert not form.bar.isVisible()
    assert QApplication.focusWidget() is edit
