"""*Explain a bounce*: pasted, typed, dropped and opened; the conclusion, recipients, connectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.bounce.page import BouncePage
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.results.ask_dialog import AskDialog
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.usecases.workspace import Workspace
from tests.diagnosis import bounces
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_main_window import listed

MANY = bounces.report(bounces.UNKNOWN, bounces.LATE, bounces.TAKEN)


@pytest.fixture
def page(window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]) -> BouncePage:
    """The page, in a window with two connectors."""
    store("Invoices", sender={"address": "invoices@example.com"})
    store("Payslips", server={"host": "mail.payroll.example"})
    listed(window, runner)
    window.console.actions.places["bounce"].trigger()
    place = window.console.place("bounce")
    assert isinstance(place, BouncePage)
    return place


def card_of(page: BouncePage) -> tuple[str, str]:
    return page.result.cards.card.kicker.text(), page.result.cards.card.title.text()


def mime(text: str = "", path: Path | None = None) -> QMimeData:
    data = QMimeData()
    if text:
        data.setText(text)
    if path is not None:
        data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def drop(window: MainWindow, data: QMimeData) -> bool:
    """Drop it on the window, as far as that is taken."""
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(9, 9), action, data, buttons, keys)
    enter.ignore()
    window.dragEnterEvent(enter)
    if enter.isAccepted():
        window.dropEvent(QDropEvent(QPoint(9, 9).toPointF(), action, data, buttons, keys))
    return enter.isAccepted()


def paste(page: BouncePage, text: str, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText(text)
    page.box.setFocus()
    qtbot.keyClick(page.box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_it_is_found_in_rail_and_menu_and_begins_with_the_box(
    page: BouncePage, window: MainWindow
) -> None:
    assert window.console.place_entries["bounce"].accessibleDescription() == "You are here"
    assert ("Support", window.console.actions.places["bounce"]) in list(
        window.console.actions.made.each()
    )
    assert next_step_of(window) is page.paste_button, "there is nothing to explain yet"
    page.box.setPlainText("550 no")
    assert next_step_of(window) is page.explain_button
    page.box.clear()
    assert QApplication.focusWidget() is page.box
    assert nameless(window) == []


def test_what_is_pasted_is_explained_at_once(
    page: BouncePage, runner: FakeTaskRunner, qtbot: QtBot, window: MainWindow
) -> None:
    paste(page, bounces.MICROSOFT, qtbot)
    assert page.box.toPlainText() == ""
    runner.run_all()
    assert card_of(page) == (
        "Not delivered to bob@example.org",
        "The mail did not pass the domain's DMARC policy",
    )
    assert page.result.cards.ask_button.text() == "Ask your mail administrator…"
    assert next_step_of(window) is page.result.cards.ask_button
    assert "5.7.509 Access denied" in page.result.cards.card.facts.said.text().replace("\u200b", "")
    assert page.result.recipients.isHidden()
    assert nameless(window) == []


def test_typed_text_waits_for_the_button(
    page: BouncePage, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    page.explain_button.click()
    assert page.trouble.isVisible()
    qtbot.keyClicks(page.box, "550 5.1.1 unknown")
    assert page.trouble.isHidden()
    assert page.stack.currentIndex() == 0
    qtbot.keyClick(page.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not page.box.isEnabled()
    runner.run_all()
    assert page.stack.currentIndex() == 1
    assert page.result.cards.card.title.text() == "This recipient does not exist"
    assert page.box.toPlainText() == ""
    assert "550 5.1.1 unknown" in page.result.text.toPlainText()


def test_return_alone_is_a_new_line_and_a_second_paste_adds_to_the_first(
    page: BouncePage, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    qtbot.keyClicks(page.box, "535 no")
    qtbot.keyClick(page.box, Qt.Key.Key_Return)
    assert page.box.toPlainText() == "535 no\n"
    paste(page, "5.7.8 Username and Password not accepted", qtbot)
    runner.run_all()
    assert page.result.text.toPlainText().startswith("535 no")


def test_each_recipient_leads_to_its_own_cause(page: BouncePage, runner: FakeTaskRunner) -> None:
    page.explain(MANY)
    runner.run_all()
    rows = page.result.recipients
    assert rows.isVisible()
    assert rows.count() == 3
    assert card_of(page)[0] == "Not delivered to 1 of 3 recipients"
    rows.setCurrentRow(1)
    assert card_of(page) == (
        "Not delivered yet to cid@example.net; the server goes on trying",
        "The server asks to try again later",
    )
    assert page.result.cards.card.property("cause") == "unknown"
    assert any(
        "tries again by itself" in step.text.text().replace("\u200b", "")
        for step in page.result.cards.card.steps.rows
    )
    rows.setCurrentRow(2)
    assert page.result.cards.isHidden()
    assert page.result.banner.title.text() == "Delivered to dan@example.net"
    rows.setCurrentRow(0)
    assert card_of(page)[0] == "Not delivered to bob@example.org"
    assert page.result.cards.card.property("cause") == "failed"
    page.result._show_recipient(7)
    assert card_of(page)[0] == "Not delivered to bob@example.org"


def test_too_many_different_answers_keep_the_card_of_the_whole(
    page: BouncePage, runner: FakeTaskRunner
) -> None:
    page.explain(
        bounces.report(
            *(bounces.group(f"a{n}@b.example", "5.2.2", f"552 {n} full") for n in range(25))
        )
    )
    runner.run_all()
    before = card_of(page)
    page.result.recipients.setCurrentRow(24)
    assert card_of(page) == before


def test_the_connector_is_named_with_why_and_opened(
    page: BouncePage, runner: FakeTaskRunner, window: MainWindow
) -> None:
    page.explain(bounces.GMAIL)
    runner.run_all()
    whose = page.result.whose
    assert whose.title.text() == "This connector has probably sent it"
    [push] = whose.open_buttons
    assert push.accessibleName() == "Open Invoices"
    words = [label.text() for label in whose.findChildren(type(whose.title))]
    assert any("It sends as invoices@" in text.replace("\u200b", "") for text in words)
    push.click()
    runner.run_all()
    assert window.console.opened.is_shown
    assert window.console.opened.identifier == window.rows[0].id


def test_none_and_many_connectors_are_said(
    page: BouncePage, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    page.explain("535 5.7.8 authentication failed")
    runner.run_all()
    assert "names no server, sender or message" in page.result.whose.title.text()
    page.explain("from=<a@nobody.example>: 535 5.7.8 authentication failed")
    runner.run_all()
    assert page.result.whose.title.text().startswith("No connector of this project has")
    for number in range(7):
        store(f"Copy {number}", sender={"address": "invoices@example.com"})
    page.explain(bounces.GMAIL)
    runner.run_all()
    assert page.result.whose.title.text() == "One of these 8 connectors has probably sent it"
    assert len(page.result.whose.open_buttons) == 5
    whose = page.result.whose
    assert whose.more_button.text() == "Show 3 more"
    whose.more_button.click()
    assert len({push.accessibleName() for push in whose.open_buttons}) == 8
    assert whose.more_button.isHidden()
    for number in range(7, 30):
        store(f"Copy {number}", sender={"address": "invoices@example.com"})
    page.explain(bounces.GMAIL)
    runner.run_all()
    assert whose.more_button.text() == "Show 20 more of 26"
    whose.more_button.click()
    assert whose.more_button.text() == "Show 6 more"
    whose.more_button.click()
    assert len(whose.open_buttons) == 31
    page.explain("535 5.7.8 authentication failed")
    runner.run_all()
    assert whose.more_button.isHidden()


def test_what_fits_no_cause_and_what_did_not_fail(page: BouncePage, runner: FakeTaskRunner) -> None:
    page.explain("hello")
    runner.run_all()
    assert page.result.banner.title.text() == "No known cause"
    assert page.conclusion() == "No known cause"
    page.explain(bounces.report(bounces.TAKEN, words="Delivered."))
    runner.run_all()
    assert page.result.banner.title.text() == "Delivered to dan@example.net"
    assert page.result.banner.tone == "passed"


def test_the_message_for_others_speaks_of_the_email(
    page: BouncePage, runner: FakeTaskRunner
) -> None:
    page.explain(bounces.MICROSOFT)
    runner.run_all()
    page.result.cards.ask_button.click()
    dialog = page.result.cards.dialog
    assert isinstance(dialog, AskDialog)
    text = dialog.findChildren(QPlainTextEdit)[0].toPlainText()
    assert "An email to bob@example.org that Smart Flows sent through" in text
    assert "5.7.509" in text
    dialog.close()


def test_no_secret_is_shown_or_copied(
    page: BouncePage, runner: FakeTaskRunner, ws: Workspace
) -> None:
    page.explain("334 UGFzc3dvcmQ6\ncGFzc3dvcmQxMjM=\n535 5.7.8 no, password=hunter2")
    runner.run_all()
    page.result.fold.set_open(True)
    shown = page.result.text.toPlainText()
    page.result.copy_text_button.click()
    copied = QGuiApplication.clipboard().text()
    page.copy_button.click()
    for text in (shown, copied, QGuiApplication.clipboard().text()):
        assert "cGFzc3dvcmQx" not in text
        assert "hunter2" not in text
    assert page.copy_button.text() == "Copied"
    explained = page.result.explained
    assert explained is not None
    assert (explained.delivery.told, explained.delivery.searched) == ("", "")
    assert not any("hunter2" in path.read_text() for path in ws.data_dir.rglob("*.json"))


def test_the_conclusion_is_copied_as_text(page: BouncePage, runner: FakeTaskRunner) -> None:
    page.explain(MANY)
    runner.run_all()
    page.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("Not delivered to 1 of 3 recipients\n\nThis recipient does not exist")
    assert "This connector has probably sent it:\nInvoices (likely): It sends as" in text
    page.explain("hello")
    runner.run_all()
    page.copy_button.click()
    assert QGuiApplication.clipboard().text() == "Nothing in this text points to a known cause.\n"


def test_another_one_can_be_pasted_over_the_result(
    page: BouncePage, runner: FakeTaskRunner, window: MainWindow, qtbot: QtBot
) -> None:
    page.explain("hello")
    runner.run_all()
    assert QApplication.focusWidget() is page.another_button
    QGuiApplication.clipboard().setText(bounces.QMAIL)
    qtbot.keyClick(page.another_button, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    runner.run_all()
    assert card_of(page)[0] == "Not delivered to bob@example.org"
    page.another_button.click()
    assert QApplication.focusWidget() is page.box
    assert next_step_of(window) is page.paste_button
    QGuiApplication.clipboard().clear()
    page.paste_button.click()
    assert page.trouble_label.text() == "There is no text in the clipboard."
    QGuiApplication.clipboard().setText("550 no")
    page.paste_button.click()
    assert runner.pending


def test_a_second_text_replaces_the_first_before_it_is_read(
    page: BouncePage, runner: FakeTaskRunner
) -> None:
    page.explain("first 535")
    page.explain("second 550")
    assert len(runner.cancelled) == 1
    runner.run_all()
    assert page.result.text.toPlainText() == "second 550"


@pytest.mark.parametrize("name", ["bounce.eml", "mail.log", "notes"])
def test_a_file_can_be_dropped_anywhere(
    window: MainWindow,
    page: BouncePage,
    runner: FakeTaskRunner,
    tmp_path: Path,
    name: str,
) -> None:
    file = tmp_path / name
    file.write_text(MANY)
    window.console.go_to_list()
    assert drop(window, mime(path=file))
    runner.run_all()
    assert window.console.stack.currentWidget() is page
    assert card_of(page)[0] == "Not delivered to 1 of 3 recipients"
    assert page.source.text() == name


def test_what_is_too_long_is_read_in_part_and_said(
    page: BouncePage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    text = "550 5.1.1 unknown\n" + "x\n" * 600_000
    page.explain(text)
    runner.run_all()
    assert "only the first million bytes" in page.result.fold.rest.text()
    file = tmp_path / "long.log"
    file.write_text(text)
    page.explain_file(str(file))
    runner.run_all()
    assert "only the first million bytes" in page.result.fold.rest.text()
    assert page.result.cards.card.title.text() == "This recipient does not exist"
    page.explain("550 5.1.1 unknown")
    runner.run_all()
    assert "million" not in page.result.fold.rest.text()


def test_text_can_be_dropped_anywhere(
    window: MainWindow, page: BouncePage, runner: FakeTaskRunner
) -> None:
    window.console.go_to_list()
    assert drop(window, mime("550 5.1.1 unknown"))
    runner.run_all()
    assert window.console.stack.currentWidget() is page
    assert page.result.cards.card.title.text() == "This recipient does not exist"
    assert not drop(window, mime())


def test_the_box_takes_a_file_too(page: BouncePage, runner: FakeTaskRunner, tmp_path: Path) -> None:
    file = tmp_path / "bounce.eml"
    file.write_text(bounces.GMAIL)
    data = mime(path=file)
    assert page.box.canInsertFromMimeData(data)
    assert page.box.canInsertFromMimeData(mime("x"))
    page.box.insertFromMimeData(data)
    runner.run_all()
    assert card_of(page)[0] == "Not delivered to bob@example.org"


def test_a_file_that_was_copied_is_pasted(
    page: BouncePage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    file = tmp_path / "bounce.eml"
    file.write_text(bounces.GMAIL)
    QGuiApplication.clipboard().setMimeData(mime(path=file))
    page.paste_button.click()
    runner.run_all()
    assert page.source.text() == "bounce.eml"
    assert card_of(page)[0] == "Not delivered to bob@example.org"


def test_a_file_that_cannot_be_read_is_said(
    page: BouncePage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    page.explain_file(str(tmp_path / "none.eml"))
    runner.run_all()
    assert "cannot be read" in page.trouble_label.text()
    outlook = tmp_path / "bounce.msg"
    outlook.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    page.explain_file(str(outlook))
    runner.run_all()
    assert "In Outlook save the message as text" in page.trouble_label.text()


def test_a_file_is_chosen_in_a_dialog(
    page: BouncePage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    file = tmp_path / "bounce.eml"
    file.write_text(bounces.GMAIL)
    page.open_button.click()
    assert page.file_dialog is not None
    page.file_dialog.fileSelected.emit(str(file))
    page.file_dialog.close()
    runner.run_all()
    assert page.stack.currentIndex() == 1


def test_a_case_of_another_name_is_opened_as_one(
    window: MainWindow, page: BouncePage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    file = tmp_path / "case.txt"
    file.write_text('{"format": "smtpwizard-case", "schema": 1}')
    window.open_file(str(file))
    runner.run_all()
    assert page.stack.currentIndex() == 0
    assert window.console.zone.past[0].title == "case.txt is not opened"
    window.open_file(str(tmp_path))
    runner.run_all()
    assert window.console.zone.past[0].title == f"{tmp_path.name} is not opened"


def test_a_project_that_cannot_be_read_stops_nothing(
    page: BouncePage, runner: FakeTaskRunner, ws: Workspace
) -> None:
    ws.__dict__.pop("store", None)
    folder = ws.data_dir / "projects" / "default"
    folder.rename(folder.with_name("away"))
    folder.write_text("no folder")
    page.explain(bounces.GMAIL)
    runner.run_all()
    assert card_of(page)[0] == "Not delivered to bob@example.org"
    folder.unlink()
    folder.with_name("away").rename(folder)


def test_f6_leads_round_the_page(
    page: BouncePage, runner: FakeTaskRunner, window: MainWindow
) -> None:
    assert page.zones() == [page.box, page.explain_button]
    page.explain(MANY)
    runner.run_all()
    zones = page.zones()
    assert zones[0] is page.another_button
    assert page.result.recipients in zones
    assert page.result.fold.button in zones
    assert all(not isinstance(zone, QPushButton) or zone.isEnabled() for zone in zones)


def test_what_ends_while_another_page_is_shown_takes_no_focus(
    page: BouncePage, runner: FakeTaskRunner, window: MainWindow
) -> None:
    page.explain(MANY)
    window.console.go_to_list()
    focused = QApplication.focusWidget()
    runner.run_all()
    assert QApplication.focusWidget() is focused
    page.start_again()
    assert QApplication.focusWidget() is focused
