"""The list of connectors and what can be done from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console import connector_words as columns
from smtpwizard.gui.console.connectors_page import ConnectorsPage
from smtpwizard.gui.console.detail.detail_view import CONFIGURATION, HISTORY
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.model.errors import StorageError
from smtpwizard.model.report import Stage, StageResult, Status
from smtpwizard.storage import DataDirectory
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import passed_report
from tests.gui.fake_runner import FakeTaskRunner

Store = Callable[..., None]


def listed(window: MainWindow, runner: FakeTaskRunner) -> MainWindow:
    window.refresh()
    runner.run_all()
    return window


def names(window: MainWindow) -> list[str]:
    model = window.console.connectors.model
    return [model.data(model.index(row, columns.NAME)) for row in range(model.rowCount())]


def page(window: MainWindow) -> ConnectorsPage:
    return window.console.connectors


def told(window: MainWindow) -> str:
    """The title of the notification that is shown."""
    assert window.console.zone.notification.isVisible()
    return window.console.zone.notification.title.text()


def failed(ws: Workspace, name: str) -> None:
    """Let the last verification of a connector have failed just now."""
    stored = ws.find(name)
    record = {
        "ok": False,
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "inputs": stored.connector.inputs_digest(),
        "secrets": dict(stored.secrets),
        "stage": "auth",
        "causes": ["bad_credentials"],
    }
    ws.store.change_verification(stored.id, lambda _: record)


def selected_name(window: MainWindow) -> str:
    row = page(window).selected()
    assert row is not None
    return row.name


def test_nothing_is_said_before_the_list_is_read(window: MainWindow) -> None:
    assert not window.console.first_start.isVisible()


def test_an_empty_project_offers_one_button(window: MainWindow, runner: FakeTaskRunner) -> None:
    listed(window, runner)
    assert window.console.first_start.new_button.isVisible()
    tile = window.console.first_start.open_tile
    layout = tile.layout()
    assert layout is not None
    assert tile.height() >= layout.sizeHint().height(), "all of its words are seen"
    window.console.first_start.new_button.click()
    assert window.wizard is not None
    assert window.wizard.isVisible()
    window.wizard.reject()
    assert window.wizard is None


def test_rows_say_everything_in_words(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices", description="Finance")
    store("Reports", provider="gmail", server=None, authentication={"method": "none"})
    listed(window, runner)
    model = page(window).model
    role = Qt.ItemDataRole.AccessibleTextRole
    texts = [[model.data(model.index(r, c), role) for c in range(1, 8)] for r in range(2)]
    assert texts == [
        ["Default", "Invoices, Finance", "Not tested yet", "smtp.example.com, 587 · STARTTLS",
         "mailer@example.com, Basic", "–", "–"],
        ["–", "Reports", "Not tested yet", "smtp.gmail.com, 587 · STARTTLS",
         "–, No authentication", "–", "–"],
    ]  # fmt: skip


def test_a_failure_is_told_with_its_reason_and_time(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> None:
    store("Invoices")
    failed(ws, "Invoices")
    listed(window, runner)
    model = page(window).model
    assert model.lines(0, columns.STATUS) == (
        "Failed at Sign in",
        "User name or password was not accepted",
    )
    when, _ = model.lines(0, columns.VERIFIED)
    assert when.startswith("Today ")


def test_a_new_default_and_a_removal(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> None:
    store("Invoices")
    store("Reports")
    listed(window, runner)
    assert not page(window).default_button.isEnabled(), "it is the default already"
    page(window).table.selectRow(1)
    page(window).default_button.click()
    runner.run_all()
    assert [row.name for row in list_connectors(ws) if row.default] == ["Reports"]
    assert told(window) == "Reports is the default connector now"
    page(window).remove_button.click()
    runner.run_all()
    assert told(window) == "Reports is removed"
    assert names(window) == ["Invoices"]


def test_the_last_removal_leads_back_to_the_beginning(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    listed(window, runner)
    page(window).remove_button.click()
    runner.run_all()
    assert window.console.first_start.new_button.isVisible()


def test_a_row_is_selected_from_right_to_left_too(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    listed(window, runner)
    assert selected_name(window) == "Invoices"
    assert page(window).edit_button.isEnabled()


def test_a_duplicate_gets_a_free_name(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    listed(window, runner)
    for _ in range(2):
        page(window).select(next(row.id for row in window.rows if row.name == "Invoices"))
        window.console.actions.duplicate.trigger()
        runner.run_all()
    assert names(window) == ["Invoices", "Invoices (copy 2)", "Invoices (copy)"]
    assert selected_name(window) == "Invoices (copy 2)", "the copy is selected"


def test_editing_opens_the_settings_of_the_connector(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    listed(window, runner)
    page(window).edit_button.click()
    runner.run_all()
    view = window.console.opened.view
    assert view is not None
    assert view.tabs.currentIndex() == CONFIGURATION
    fields = view.configuration.fields
    assert window.focusWidget() is fields["name"].editor
    description = fields["description"].editor
    assert isinstance(description, QLineEdit)
    description.setText("typed")
    view.go_to(HISTORY)
    window.console.actions.edit.trigger()
    runner.run_all()
    assert window.console.opened.view is view
    assert view.tabs.currentIndex() == CONFIGURATION
    assert view.unsaved == 1, "what was typed is there"
    description.setText("")
    assert view.unsaved == 0


def test_editing_step_by_step_opens_the_wizard_on_the_connector(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    listed(window, runner)
    window.console.actions.stepwise.trigger()
    runner.run_all()
    assert window.wizard is not None
    assert "Invoices" in window.wizard.windowTitle()
    assert window.wizard.draft_model.draft.host == "smtp.example.com"
    window.wizard.reject()


def test_what_was_saved_is_selected(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> None:
    store("Invoices")
    listed(window, runner)
    window.new()
    assert window.wizard is not None
    store("Reports")
    window.wizard.saved.emit(ws.find("Reports"))
    window.wizard.close()
    runner.run_all()
    assert selected_name(window) == "Reports"


def test_verifying_shows_the_stages_and_sends_only_when_asked(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    listed(window, runner)
    page(window).verify_button.click()
    runner.run()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert dialog.verification.send_to is None
    runner.report(StageResult(Stage.RESOLVE, Status.PASSED, 3))
    assert dialog.view.table.rows[0].word == "passed"
    assert dialog.stop_button.isEnabled()
    runner.answer(passed_report())
    assert "accepted" in dialog.view.verdict.text()
    dialog.send_button.click()
    assert dialog.verification.send_to == "admin@example.com"
    dialog.stop_button.click()
    assert runner.pending == []
    dialog.close_button.click()
    runner.run_all()
    assert window.console.verbs.verify_dialog is None


def test_damaged_and_newer_files_are_told_plainly(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> None:
    store("Invoices")
    store("Reports")
    folder = ws.store.directory / "connectors"
    first, second = sorted(folder.glob("*.json"))
    names = {first: "", second: ""}
    first.write_text("{ not json", encoding="utf-8")
    second.write_text('{"schema": 99, "name": "<b>Later</b>"}', encoding="utf-8")
    assert names
    listed(window, runner)
    assert window.console.notice.isVisible()
    text = window.console.notice_label.text()
    assert first.stem in text
    assert "<b>Later</b>" in text
    assert window.console.notice_label.textFormat() is Qt.TextFormat.PlainText


def test_a_list_that_cannot_be_read_is_told(window: MainWindow, runner: FakeTaskRunner) -> None:
    window.refresh()
    runner.fail(StorageError("data_dir_unreadable", path="/x", reason="EACCES"))
    assert "/x" in window.console.notice_label.text()


def test_a_failed_change_is_told(window: MainWindow, runner: FakeTaskRunner, store: Store) -> None:
    store("Invoices")
    store("Reports")
    listed(window, runner)
    page(window).table.selectRow(1)
    page(window).default_button.click()
    runner.fail(StorageError("disk_full"))
    runner.run_all()
    notification = window.console.zone.notification
    assert told(window) == "Nothing was changed"
    assert "disk is full" in notification.text.text()
    notification.close_button.click()
    assert not notification.isVisible()


def test_the_window_stays_until_a_save_is_done(
    window: MainWindow, runner: FakeTaskRunner, store: Store, qtbot: QtBot
) -> None:
    store("Invoices")
    store("Reports")
    listed(window, runner)
    page(window).table.selectRow(1)
    page(window).default_button.click()
    window.close()
    assert window.isVisible()
    assert told(window) == "Saving…"
    runner.run_all()
    assert not window.isVisible()


def test_a_failed_save_keeps_the_window_open(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    store("Reports")
    listed(window, runner)
    page(window).table.selectRow(1)
    page(window).default_button.click()
    window.close()
    runner.fail(StorageError("disk_full"))
    runner.run_all()
    assert window.isVisible()
    assert told(window) == "Nothing was changed"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Delete])
def test_the_list_obeys_the_keyboard(
    window: MainWindow, runner: FakeTaskRunner, store: Store, qtbot: QtBot, key: Qt.Key
) -> None:
    store("Invoices")
    listed(window, runner)
    with qtbot.waitActive(window):
        window.activateWindow()
    page(window).table.setFocus()
    qtbot.keyClick(page(window).table, key)
    runner.run_all()
    if key == Qt.Key.Key_Return:
        assert window.console.opened.is_shown
    else:
        assert window.rows == ()


def test_names_that_were_read_late_count_as_taken(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    window.new()
    assert window.wizard is not None
    window.wizard.draft_model.change(name="invoices")
    listed(window, runner)
    window.wizard.build_rest()
    assert "name_taken" in {
        p.code for p in window.wizard.draft_model.problems(window.wizard.page_now().step)
    }
    window.wizard.draft_model.change(name="")
    assert not window.wizard.draft_model.dirty
    window.wizard.reject()


def test_a_folder_that_can_only_be_read_is_said_above_the_list(
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store("Invoices")
    window.refresh()
    runner.run_all()
    assert not window.console.notice.isVisible()
    monkeypatch.setattr(DataDirectory, "writable", lambda _: False)
    window.refresh()
    runner.run_all()
    assert window.console.notice.isVisible()
    assert "can only be read" in window.console.notice_label.text()
