"""Windows that go while something is under way: silence after it, and nothing holds the door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console import closing
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.tasks import StoreWaits
from smtpwizard.gui.widgets.dialogs import WaitDialog
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.report import Stage, StageResult, Status
from tests.gui.driving import button, message_box, passed_report, press, walk_to_test
from tests.gui.fake_runner import FakeTaskRunner

OpenWizard = Callable[..., ConnectorWizard]
Store = Callable[..., None]

RESOLVED = StageResult(Stage.RESOLVE, Status.PASSED, 3)
WAITING = "Waiting for the keyring, which may be asking you something."


@pytest.mark.parametrize("focus", ["email_edit", "admin_name_edit", "stop_button"])
def test_a_wizard_that_dies_during_a_test_is_silent(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot, focus: str
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test()
    editor = getattr(page, focus)
    editor.setFocus()
    if focus.endswith("edit"):
        qtbot.keyClicks(editor, "x")
    shiboken6.delete(wizard)
    # Qt's binding shows what a slot raises to pytest-qt, which fails the test.
    runner.report(RESOLVED)
    runner.answer(passed_report())


def test_a_verification_outlives_its_dialog_in_silence(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store()
    window.refresh()
    runner.run_all()
    window.console.verbs.verify()
    runner.run()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    shiboken6.delete(dialog)
    runner.report(RESOLVED)
    runner.answer(passed_report())


def closing_during_a_change(window: MainWindow, runner: FakeTaskRunner, store: Store) -> None:
    store("Invoices")
    store("Reports")
    window.refresh()
    runner.run_all()
    window.console.connectors.table.selectRow(1)
    window.console.connectors.default_button.click()
    window.close()
    assert window.isVisible()


def test_a_save_that_does_not_end_can_be_left(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    closing_during_a_change(window, runner, store)
    window.console.closing.ask_to_quit()
    box = message_box(window)
    assert "keyring" in box.informativeText()
    press(box, "Quit anyway")
    assert not window.isVisible()
    assert runner.cancelled
    assert not runner.pending[1:], "nothing but where the window was"


def test_who_waits_for_a_save_keeps_the_window_until_it_is_done(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    closing_during_a_change(window, runner, store)
    window.console.closing.ask_to_quit()
    press(message_box(window), "Wait")
    assert window.isVisible()
    runner.run_all()
    assert not window.isVisible()


def test_the_question_goes_with_the_save(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    closing_during_a_change(window, runner, store)
    window.console.closing.ask_to_quit()
    runner.run_all()
    assert not window.isVisible()


def test_the_question_comes_by_itself(
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Store,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(closing, "ASK_AFTER_MS", 0)
    closing_during_a_change(window, runner, store)
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(QDialog)))
    press(message_box(window), "Quit anyway")
    assert not window.isVisible()


def test_a_save_after_which_no_list_is_read_lets_the_window_close(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    window.refresh()
    runner.run_all()
    runner.submit(lambda _: None, lambda _: None, must_finish=True)
    window.close()
    assert window.isVisible()
    runner.run_all()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_a_cancelled_save_does_not_hold_the_door(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    window.new()
    wizard = window.wizard
    assert wizard is not None
    wizard.build_rest()
    walk_to_test(wizard)
    button(wizard, "Finish").click()
    qtbot.waitUntil(lambda: any(d.isVisible() for d in wizard.findChildren(WaitDialog)))
    waiting = wizard.findChild(WaitDialog)
    assert waiting is not None
    waiting.reject()
    wizard.reject()
    press(message_box(wizard), "Discard")
    assert window.wizard is None
    window.close()
    assert not window.isVisible()


def test_a_test_that_waits_for_the_keyring_says_so(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard())
    page.test()
    runner.report(StoreWaits())
    assert page.view.verdict.text() == WAITING
    runner.report(RESOLVED)
    assert page.view.verdict.text().startswith("Testing smtp.example.com")
    page.stop_button.click()
    assert not page.view.running


def test_a_change_that_waits_for_the_keyring_says_so(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store()
    window.refresh()
    runner.run_all()
    window.console.verbs.duplicate()
    runner.report(StoreWaits())
    notification = window.console.zone.notification
    assert notification.text.text() == WAITING
    runner.fail(SecretStoreError("keyring_silent"))
    runner.run_all()
    assert notification.title.text() == "Nothing was changed"
    notification.close_button.click()
    assert not notification.isVisible()
