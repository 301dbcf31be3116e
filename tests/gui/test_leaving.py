"""What is left or goes: a running test, what is typed, many connectors, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.connector_verbs import REMOVED_UNASKED
from smtpwizard.gui.console.detail.detail_view import DetailView
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.usecases.list_rows import Kind
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_main_window import failed, listed, page, told

Store = Callable[..., None]


@pytest.fixture
def two(window: MainWindow, runner: FakeTaskRunner, store: Store) -> MainWindow:
    store("Invoices")
    store("Reports")
    return listed(window, runner)


def opened(window: MainWindow, runner: FakeTaskRunner) -> DetailView:
    """The page of the first connector."""
    page(window).table.activated.emit(page(window).model.index(0, words.NAME))
    runner.run_all()
    view = window.console.opened.view
    assert view is not None
    return view


def being_tested(window: MainWindow, runner: FakeTaskRunner) -> DetailView:
    """The same, while it is tested."""
    view = opened(window, runner)
    view.header.verify_button.click()
    assert view.summary.running
    return view


def leave_for_list(window: MainWindow) -> None:
    window.console.connectors_entry.click()


def leave_for_settings(window: MainWindow) -> None:
    window.console.go_to("settings")


def leave_for_another(window: MainWindow) -> None:
    window.console.open(page(window).model.row(1).id)


@pytest.mark.parametrize("leave", [leave_for_list, leave_for_settings, leave_for_another])
def test_leaving_a_running_test_says_so_and_offers_it_again(
    two: MainWindow, runner: FakeTaskRunner, leave: Callable[[MainWindow], None]
) -> None:
    view = being_tested(two, runner)
    leave(two)
    assert not view.summary.running
    assert told(two) == "The test of Invoices was stopped"
    assert two.console.zone.notification.action_button.text() == "Verify again"
    two.console.zone.notification.action_button.click()
    while two.console.verbs.verify_dialog is None:
        runner.run()
    assert two.console.verbs.verify_dialog.verification.stored is not None
    assert two.console.verbs.verify_dialog.verification.stored.connector.name == "Invoices"
    two.console.verbs.verify_dialog.reject()


def test_leaving_where_nothing_is_tested_says_nothing(
    two: MainWindow, runner: FakeTaskRunner
) -> None:
    opened(two, runner)
    leave_for_list(two)
    assert two.console.zone.shown is None


def test_a_test_of_what_was_removed_meanwhile_is_not_run_again(
    two: MainWindow, runner: FakeTaskRunner
) -> None:
    being_tested(two, runner)
    leave_for_list(two)
    said = two.console.zone.shown
    page(two).table.choose([page(two).model.row(0).id])
    two.console.actions.remove.trigger()
    runner.run_all()
    assert said is not None
    assert said.offer is not None
    said.offer.take()
    assert told(two) == "This connector was removed meanwhile."


def test_closing_while_one_is_tested_asks_once(two: MainWindow, runner: FakeTaskRunner) -> None:
    view = being_tested(two, runner)
    two.close()
    box = message_box(two)
    assert box.text() == "The test of Invoices is still running. Quit anyway?"
    press(box, "Keep going")
    assert two.isVisible()
    assert view.summary.running
    two.close()
    press(message_box(two), "Quit anyway")
    assert not two.isVisible()


def test_another_project_asks_about_one_that_is_tested(
    two: MainWindow, runner: FakeTaskRunner
) -> None:
    being_tested(two, runner)
    text, _ = two.console.what_runs()
    assert text == "The test of Invoices is still running. Switch the project anyway?"
    two.console.stop_all()
    assert two.console.what_runs() == ("", "")


def test_quitting_can_save_what_is_typed(
    qtbot: QtBot, two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    view = opened(two, runner)
    view.configuration.model.change(name="Invoices of the day")
    two.close()
    two.close()
    press(message_box(two), "Save changes")
    runner.run_all()
    qtbot.waitUntil(lambda: not two.isVisible())
    assert ws.find("Invoices of the day")


def test_quitting_can_let_go_of_what_is_typed(
    qtbot: QtBot, two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    view = opened(two, runner)
    view.configuration.model.change(name="Invoices of the day")
    two.close()
    press(message_box(two), "Discard")
    qtbot.waitUntil(lambda: not two.isVisible())
    assert ws.find("Invoices")


def test_many_are_removed_only_after_a_question(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    for number in range(REMOVED_UNASKED + 1):
        store(f"Branch {number}")
    listed(window, runner)
    page(window).table.selectAll()
    window.console.actions.remove.trigger()
    box = message_box(window)
    assert box.text() == f"Remove {REMOVED_UNASKED + 1} connectors?"
    assert "Undo" in box.informativeText()
    press(box, "Keep")
    runner.run_all()
    assert len(page(window).model.rows) == REMOVED_UNASKED + 1
    window.console.actions.remove.trigger()
    press(message_box(window), "Remove")
    runner.run_all()
    assert not page(window).model.rows


def test_the_chips_count_what_the_words_let_through(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    for name in ("Invoices", "Reports"):
        failed(ws, name)
    listed(two, runner)
    chips = page(two).chips.chips
    assert page(two).model.count_found() == {Kind.FAILED: 2}
    page(two).filter_edit.setText("invoi")
    assert page(two).model.count_found() == {Kind.FAILED: 1}
    assert "1" in chips[Kind.FAILED].text()
    assert "1" in chips[None].text()
    page(two).filter_edit.setText("nothing has this")
    assert not chips[Kind.FAILED].isVisible()
    page(two).clear_filter()
    assert "2" in chips[Kind.FAILED].text()


def test_the_newest_test_comes_first_at_the_first_click(two: MainWindow) -> None:
    table = page(two).table
    for descending in (True, False, True):
        table.horizontalHeader().sectionClicked.emit(words.VERIFIED)
        assert page(two).model.sorted_by == (words.VERIFIED, descending)
    table.horizontalHeader().sectionClicked.emit(words.ENDS)
    assert page(two).model.sorted_by == (words.ENDS, False), "what ends next is wanted"


def test_without_its_column_nothing_is_sorted_by_it(two: MainWindow) -> None:
    table = page(two).table
    table.sort_or_turn(words.VERIFIED)
    table.show_column(words.ENDS, shown=False)
    assert page(two).model.sorted_by[0] == words.VERIFIED
    table.show_column(words.VERIFIED, shown=False)
    assert page(two).model.sorted_by == (words.NAME, False)


def test_several_files_are_imported_at_once(
    two: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = two.console.files
    seen: list[str] = []
    monkeypatch.setattr(files, "open_file", seen.append)
    files.choose_import()
    dialog = files.file_dialog
    assert isinstance(dialog, QFileDialog)
    assert dialog.fileMode() is QFileDialog.FileMode.ExistingFiles
    dialog.filesSelected.emit(["/a.json", "/b.json"])
    assert seen == ["/a.json", "/b.json"]
    dialog.reject()
