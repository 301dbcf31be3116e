"""Where the focus is in the list of connectors: after its keys, and after what is pressed below."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.connector_words import NAME
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.navigation import NavigationEntry
from smtpwizard.gui.console.shortcut_list import ShortcutList
from tests.gui.driving import passed_report, refused_report
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


def test_history_is_where_one_is_on_the_runs_of_a_connector(
    three: MainWindow, runner: FakeTaskRunner
) -> None:
    console = three.console
    console.open(three.rows[0].id)
    runner.run_all()
    here = [entry.accessibleName() for entry in console.navigation.entries if is_current(entry)]
    assert here == ["Connectors, 3"]
    console.history_entry.click()
    runner.run_all()
    here = [entry.accessibleName() for entry in console.navigation.entries if is_current(entry)]
    assert here == ["History"]
    console.actions.compare.trigger()
    assert console.zone.shown is not None


def is_current(entry: NavigationEntry) -> bool:
    return entry.accessibleDescription() == "You are here"


def test_a_connector_s_own_menu_has_what_the_list_s_has(
    three: MainWindow, runner: FakeTaskRunner
) -> None:
    three.console.open(three.rows[0].id)
    runner.run_all()
    assert three.console.opened.view is not None
    said = [action.text() for action in three.console.opened.view.header.menu.actions()]
    assert {"&Move to project…", "Cop&y to project…", "&Compare…"} <= set(said)
    assert said[-1] == "&Remove"


def test_every_entry_of_the_menus_to_show_and_sort_has_a_letter(three: MainWindow) -> None:
    for menu in three.menuBar().findChildren(QMenu) + three.findChildren(QMenu):
        if menu.title().replace("&", "") in ("Show", "Sort by"):
            letters = [action.text().partition("&")[2][:1].casefold() for action in menu.actions()]
            assert all(letters), menu.title()
            assert len(set(letters)) == len(letters)


@pytest.mark.parametrize(
    ("key", "row"), [(Qt.Key.Key_End, -1), (Qt.Key.Key_Home, 0), (Qt.Key.Key_PageDown, None)]
)
def test_the_keys_for_pages_work_in_the_list_of_shortcuts(
    three: MainWindow, qtbot: QtBot, key: Qt.Key, row: int | None
) -> None:
    shortcuts = ShortcutList(three, three.console.actions.made.each())
    qtbot.addWidget(shortcuts)
    with qtbot.waitActive(shortcuts):
        shortcuts.open()
    table, bar = shortcuts.table, shortcuts.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    qtbot.keyClick(table, key)
    if row is not None:
        assert table.currentRow() == row % table.rowCount()
    else:
        assert 0 < table.currentRow() < table.rowCount() - 1
    assert (bar.value() > 0) is (row != 0), "the page goes along"


def test_sorted_with_nothing_selected_the_first_row_is_seen(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None], qtbot: QtBot
) -> None:
    for number in range(60):
        store(f"Site {number}")
    window.refresh()
    runner.run_all()
    table = page(window).table
    bar = table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    table.clearSelection()
    bar.setValue(bar.maximum())
    table.sort_or_turn(NAME)
    assert bar.value() == 0
    table.selectRow(30)
    table.scrollTo(table.currentIndex())
    table.sort_or_turn(NAME)
    assert table.viewport().rect().intersects(table.visualRect(table.currentIndex()))


def test_after_a_failure_the_focus_is_on_what_may_help(
    three: MainWindow, runner: FakeTaskRunner
) -> None:
    three.console.open(three.rows[0].id)
    runner.run_all()
    view = three.console.opened.view
    assert view is not None
    view.verify()
    assert QApplication.focusWidget() is view.summary.stop_button
    runner.answer(refused_report())
    assert QApplication.focusWidget() is view.summary.next_button()
    runner.run_all()
    view.verify()
    runner.answer(passed_report())
    assert QApplication.focusWidget() is view.header.verify_button
