"""Cases and answers in the window: from a failure to the applied answer, two people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPlainTextEdit
from pytestqt.qtbot import QtBot

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import Account, ScriptedServer
from smtpwizard.gui.cases.answer import AnswerDialog
from smtpwizard.gui.cases.case_list import ASIDE
from smtpwizard.gui.cases.case_side import ReplacedCard
from smtpwizard.gui.cases.compare import CompareDialog
from smtpwizard.gui.cases.opened_case import OpenedCaseView
from smtpwizard.gui.cases.try_change import TryChangeDialog
from smtpwizard.gui.console.cases_page import CasesPage
from smtpwizard.gui.console.detail.detail_view import HISTORY, DetailView
from smtpwizard.gui.console.detail.run_list import RunList
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.style import colour, set_theme
from smtpwizard.gui.widgets.text_dialog import TextDialog, fill_text
from smtpwizard.gui.widgets.two_lines import SECOND
from smtpwizard.messages.case_texts import stand_ins_in
from smtpwizard.messages.history import verdict_word
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.model.report import Stage, Verdict
from smtpwizard.model.run import Summary
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.case import prepare_case, write_case
from smtpwizard.usecases.case_choices import Choices
from smtpwizard.usecases.history import run_for_a_case
from smtpwizard.usecases.project import create_project
from smtpwizard.usecases.propose import propose
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.shots.checks import keys_twice

PASSWORD = "a password that stays here"
LOGIN = "mailer@contoso-private.example"


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture
def server(authority: ThrowAwayAuthority) -> Iterator[ScriptedServer]:
    """A server that lets nobody in by PLAIN."""
    refused = f"535 5.7.8 {LOGIN} is not known here\r\n".encode()
    with ScriptedServer(
        {"AUTH_RESULT": [refused, refused, b"235 2.7.0 ok\r\n"]},
        context=authority.server_context(),
        starttls=True,
        name="mail.contoso-private.example",
        account=Account(LOGIN, PASSWORD),
    ) as running:
        yield running


@pytest.fixture
def stored(
    ws: Workspace, server: ScriptedServer, authority: ThrowAwayAuthority, tmp_path: Path
) -> StoredConnector:
    document = {
        "name": "Invoices",
        "provider": "custom",
        "server": {
            "host": "localhost",
            "port": server.port,
            "security": "starttls",
            "ca_file": str(authority.write_ca(tmp_path / "ca.pem")),
        },
        "authentication": {"method": "basic", "username": LOGIN},
        "admin": {"email": "admin@contoso-private.example"},
    }
    connector, problems = read_connector(document, ws.defaults_for)
    assert connector is not None, problems
    return save_connector(ws, connector, secrets={"password": Secret(PASSWORD)})


@pytest.fixture
def failed(ws: Workspace, stored: StoredConnector) -> StoredConnector:
    """Its verification has failed once."""
    assert verify_stored(ws, stored).exit_code() == 15
    return stored


@pytest.fixture
def case_file(
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    failed: StoredConnector,
    tmp_path: Path,
) -> Path:
    """The case of that failure, as an administrator saves it."""
    dialog = save_case(history(window, runner), runner)
    dialog.note_edit.setPlainText(f"Since Thursday. {LOGIN} worked before.")
    dialog.prepare()
    runner.run_all()
    path = tmp_path / "invoices.smtpcase"
    dialog.save_to(str(path))
    runner.run_all()
    told = window.console.zone.notification
    assert told.title.text() == "The case is saved as invoices.smtpcase"
    assert str(tmp_path) in told.text.text()
    return path


def history(window: MainWindow, runner: FakeTaskRunner) -> DetailView:
    """The connector's own page, turned to its runs."""
    window.refresh()
    runner.run_all()
    window.console.actions.history.trigger()
    runner.run_all()
    view = window.console.opened.view
    assert view is not None
    assert view.tabs.currentIndex() == HISTORY
    return view


def save_case(view: DetailView, runner: FakeTaskRunner) -> SaveCaseDialog:
    """The dialog that makes a case of the newest run."""
    view.history.choose([0])
    runner.run_all()
    view.history.one.case_button.click()
    dialog = view.dialog
    assert isinstance(dialog, SaveCaseDialog)
    return dialog


def opened(window: MainWindow, runner: FakeTaskRunner, path: Path) -> Any:
    """The page of this case, all of it."""
    window.open_file(str(path))
    runner.run_all()
    view = cases(window).view
    assert view is not None
    assert view.isVisible()
    view.finish()
    return view


def cases(window: MainWindow) -> CasesPage:
    """The page *Cases*."""
    page = window.console.place("cases")
    assert isinstance(page, CasesPage)
    return page


def answer_in(window: MainWindow, runner: FakeTaskRunner, path: Path) -> Any:
    """What is shown of an answer."""
    window.open_file(str(path))
    runner.run_all()
    return window.console.files.answer


# -- the history ---------------------------------------------------------------------------------


def test_the_history_lists_every_test_and_shows_the_chosen_one(
    window: MainWindow, runner: FakeTaskRunner, failed: StoredConnector
) -> None:
    view = history(window, runner)
    page = view.history
    assert nameless(view) == []
    assert page.list.runs.rowCount() == 1
    assert page.list.runs.index(0).data(SECOND) == "Failed at Sign in"
    assert page.run is not None
    assert "535" in page.view.transcript.text()
    assert not page.view.causes.card.find_out_more.isVisible()
    assert not page.view.causes.card.case_button.isVisible()


def test_rows_that_would_look_alike_are_told_apart(qtbot: QtBot) -> None:
    runs = RunList("Tests")
    qtbot.addWidget(runs)

    def summary(at: str, cause: str, stage: Stage = Stage.AUTH) -> Summary:
        return Summary("x", at, False, Verdict.STOPPED, 20, stage, None, (cause,))

    def shown(*found: Summary) -> list[tuple[str, str]]:
        runs.runs.show_runs(found)
        rows = [runs.runs.index(row) for row in range(len(found))]
        return [(str(row.data()), str(row.data(SECOND))) for row in rows]

    same = summary("2020-11-30T15:52:12Z", "bad_credentials")
    later = summary("2020-11-30T15:52:47Z", "bad_credentials")
    (when, why), (before, why_before) = shown(later, same)
    assert when.endswith(":47")
    assert before.endswith(":12")
    assert why == why_before == "Failed at Sign in"
    other = summary("2020-11-30T15:53:00Z", "app_password_required")
    elsewhere = summary("2020-11-30T15:54:00Z", "wrong_security_mode", Stage.TLS)
    found = shown(elsewhere, other, same)
    assert all(when.count(":") == 1 for when, _ in found)
    assert [why for _, why in found] == [
        "Failed at Encryption",
        "Failed at Sign in: An app password is needed here",
        "Failed at Sign in: User name or password was not accepted",
    ]


def test_the_same_twice_has_no_differences(window: MainWindow, qtbot: QtBot) -> None:
    dialog = CompareDialog(window, (), "one", "other")
    assert "Nothing differs" in dialog.words.text()
    assert not dialog.differences.table.isVisibleTo(dialog)
    dialog.reject()


def test_a_connector_without_runs_says_where_they_come_from(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("New")
    view = history(window, runner)
    assert "Every test is recorded here" in view.history.empty.text()
    assert not view.header.case_button.isEnabled()


def test_a_history_that_cannot_be_read_says_why(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace, failed: StoredConnector
) -> None:
    page = history(window, runner).history
    for file in (ws.store.directory / "history" / failed.id).iterdir():
        file.unlink()
    page.choose([0])
    runner.run_all()
    assert "not kept any more" in page.empty.text()


def test_the_history_of_an_opened_connector_loses_nothing_that_is_typed(
    window: MainWindow, runner: FakeTaskRunner, failed: StoredConnector
) -> None:
    view = history(window, runner)
    edit = view.configuration.fields["description"].editor
    assert isinstance(edit, QLineEdit)
    edit.setText("typed")
    window.console.actions.history.trigger()
    runner.run_all()
    assert window.console.opened.view is view
    assert view.unsaved == 1


def test_a_stand_in_is_marked_whole_and_once() -> None:
    words = ("user-1@domain-1.example", "domain-1.example", "user-1")
    text = "user-1@domain-1.example, user-10, (user-1)"
    marked = [text[begin:end] for begin, end in stand_ins_in(text, words)]
    assert marked == ["user-1@domain-1.example", "user-1"]
    assert list(stand_ins_in(text, ())) == []


# -- saving a case -------------------------------------------------------------------------------


def test_marks_take_over_another_theme(
    qtbot: QtBot,
    qapp: QApplication,
    window: MainWindow,
    runner: FakeTaskRunner,
    failed: StoredConnector,
) -> None:
    dialog = save_case(history(window, runner), runner)
    runner.run_all()

    def is_marked() -> bool:
        marks = dialog.text.extraSelections()
        grounds = {mark.format.background().color().name() for mark in marks}
        return grounds == {colour("warning_soft").name()}

    try:
        for theme in ("dark", "light"):
            set_theme(qapp, theme)
            qtbot.waitUntil(is_marked)
    finally:
        set_theme(qapp, "system")
    dialog.reject()  # what stays open is in the way of the next test's questions


def test_marks_stand_where_the_stand_ins_are_whatever_stands_before_them(
    window: MainWindow, runner: FakeTaskRunner, failed: StoredConnector
) -> None:
    dialog = save_case(history(window, runner), runner)
    dialog.note_edit.setPlainText("\U0001f600 it worked yesterday \U0001f600\U0001f600")
    dialog.prepare()
    runner.run_all()
    assert "\U0001f600" in dialog.text.toPlainText()
    assert dialog.case is not None
    marked = {mark.cursor.selectedText() for mark in dialog.text.extraSelections()}
    assert marked
    assert marked <= set(dialog.case.stand_ins)


def test_all_that_leaves_is_readable_first_and_holds_no_name(
    window: MainWindow, runner: FakeTaskRunner, failed: StoredConnector
) -> None:
    dialog = save_case(history(window, runner), runner)
    assert not dialog.save_button.isEnabled()
    runner.run_all()
    assert nameless(dialog) == []
    assert "No password and no token" in dialog.safe_label.text()
    readable = dialog.text.toPlainText()
    note = dialog.text.document().findBlockByNumber(readable.split("\n").index(line_of(readable)))
    look = note.blockFormat()
    assert look.leftMargin() == -look.textIndent() > 0, "it goes on below its own words"
    for part in ("Manifest", "Connector", "Report", "user-1@domain-1.example", "535"):
        assert part in readable
    dialog.json_button.setChecked(True)
    as_json = dialog.text.toPlainText()
    assert json.loads(as_json)["format"] == "smtpwizard-case"
    for text in (readable, as_json):
        assert "contoso" not in text
        assert PASSWORD not in text
    assert "Underlined" in dialog.marks_label.text()
    kinds, counts, examples = (label.text().split("\n") for label in dialog.replaced_labels)
    assert dict(zip(kinds, examples, strict=True))["Addresses"] == "user-1@domain-1.example"
    assert all(count.isdigit() for count in counts)
    assert "Encryption method" in readable
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == as_json
    assert ".smtpcase" in dialog.size_label.text()
    dialog.cancel_button.click()


def line_of(text: str) -> str:
    """The one that says what is in the file."""
    return next(line for line in text.split("\n") if line.startswith("What is in it"))


def test_parts_and_names_are_the_customer_s_to_decide(
    window: MainWindow, runner: FakeTaskRunner, failed: StoredConnector, tmp_path: Path
) -> None:
    dialog = save_case(history(window, runner), runner)
    runner.run_all()
    dialog.part_boxes["environment"].setChecked(False)
    dialog.names_box.setChecked(True)
    dialog.prepare()
    dialog.prepare()  # the second takes the place of the first
    runner.run_all()
    assert dialog.case is not None
    assert dialog.case.manifest["omitted"] == ["environment"]
    assert "with-names" in dialog.case.file_name
    assert LOGIN in dialog.text.toPlainText()
    assert "stay as they are" in dialog.replaced_note.text()
    assert not dialog.replaced_labels[0].isVisibleTo(dialog)
    path = tmp_path / "x.smtpcase"
    path.write_text("mine")
    dialog.save_to(str(path))
    runner.run_all()
    assert "not overwritten" in message_box(dialog).informativeText()
    message_box(dialog).reject()
    assert path.read_text() == "mine"
    dialog.save_button.click()
    assert dialog.file_dialog is not None
    dialog.file_dialog.reject()
    dialog.reject()


def test_a_case_is_made_of_a_test_that_is_not_saved_yet(
    window: MainWindow, runner: FakeTaskRunner, failed: StoredConnector, tmp_path: Path
) -> None:
    window.refresh()
    runner.run_all()
    window.console.verbs.verify()
    runner.run()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    runner.run_all()
    dialog.view.causes.card.case_button.click()
    runner.run_all()
    made = dialog.case_dialog
    assert made is not None
    assert made.case is not None
    assert made.focusWidget() is made.note_edit
    made.save_to(str(tmp_path / "now.smtpcase"))
    runner.run_all()
    notice = dialog.view.notice.title.text() + dialog.view.notice.text.text()
    assert "The case is saved as now.smtpcase" in notice, "the window's own is behind the dialog"
    assert str(tmp_path) in notice
    dialog.close_button.click()


# -- the colleague -------------------------------------------------------------------------------


def test_a_case_is_a_place_to_work(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    case = opened(window, runner, case_file)
    assert isinstance(case, OpenedCaseView)
    assert nameless(case) == []
    # Whoever reads it is not the one who can change the connector.
    steps = case.view.causes.card.steps
    owners = {pill.label.text() for pill in steps.findChildren(Pill)}
    assert "Customer" in owners
    assert "You" not in owners
    assert case.view.causes.card.facts.who.text().startswith("The customer")
    case.view.causes.copy()
    assert "Who must act: the customer" in QGuiApplication.clipboard().text()
    assert case.case.note == "Since Thursday. user-1@domain-1.example worked before."
    assert "User name or password was not accepted" in case.view.verdict.text()
    assert "found the same" in case.view.causes.card.facts.found_by.text()
    assert "user-1@domain-1.example is not known here" in case.view.transcript.text()
    assert not case.view.causes.card.find_out_more.isVisible()
    case.read_button.click()
    shown = case.dialog
    assert isinstance(shown, TextDialog)
    assert '"smtpwizard-case"' in shown.edit.toPlainText()
    assert shown.edit.lineWrapMode() is QPlainTextEdit.LineWrapMode.WidgetWidth
    fill_text(shown.edit, "x" * 6000)
    assert shown.edit.lineWrapMode() is QPlainTextEdit.LineWrapMode.NoWrap, "that takes long"
    shown.reject()
    let_go(window)


def test_replay_here_walks_the_wizard_s_own_pages(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path, server: ScriptedServer
) -> None:
    before = len(server.connections)
    case = opened(window, runner, case_file)
    case.replay_button.click()
    runner.run_all()
    wizard = case.wizard
    assert wizard is not None
    case.replay_button.click()
    assert case.wizard is wizard
    page = wizard.page_now()  # the test is one click away
    # What it says of itself is true: nothing is sent, nothing is saved.
    assert page.replay_banner.isVisible()
    assert "recorded server answers" in page.replay_banner.title.text()
    assert "535" in page.view.transcript.text(), "it plays at once"
    assert not page.stop_button.isEnabled()
    which = wizard.WizardButton
    assert not wizard.button(which.FinishButton).isVisible()
    assert wizard.button(which.CancelButton).text() == "Close"
    assert wizard.button(which.CancelButton).accessibleName() == "Close"
    assert nameless(wizard) == []
    assert not page.view.causes.card.find_out_more.isVisible()
    page.draft_model.change(mechanism="LOGIN")
    assert page.view.idle.text().startswith("Test plays what was recorded. No email is sent.")
    page.test_button.click()
    runner.run_all()
    assert page.view.verdict.text() == "The record cannot tell"
    assert "Beyond the record: “Sign in”" in page.view.hint.text()
    assert page.view.banner.tone == "unknown"
    assert not page.view.causes.isVisible(), "there is no cause, and there are no steps"
    assert page.answers() == "Not in the record"
    assert page.answers_tone() == "quiet"
    assert next_step_of(wizard) is page.test_button
    folder = page._ws.data_dir
    assert folder.exists()
    page.draft_model.change(send_to="x@domain-1.example")
    wizard.button(which.CancelButton).click()
    assert not [box for box in wizard.findChildren(QMessageBox) if box.isVisible()]
    runner.run_all()
    assert not folder.exists()
    assert len(server.connections) == before
    let_go(window)


def test_a_change_is_tried_against_the_record(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    case = opened(window, runner, case_file)
    case.try_button.click()
    dialog = case.dialog
    assert isinstance(dialog, TryChangeDialog)
    assert nameless(dialog) == []
    dialog.try_button.setFocus()
    note = dialog.note_edit.geometry()
    dialog.try_button.click()
    dialog.try_button.click()  # once is enough
    assert dialog.words.text() == "Trying…"
    dialog.note_edit.setFocus()
    dialog.note_edit.insertPlainText("Try ")
    runner.run_all()
    assert "The same as recorded" in dialog.words.text()
    assert dialog.focusWidget() is dialog.note_edit, "something is being typed"
    assert dialog.note_edit.geometry() == note
    row = dialog.rows[0]
    row.show("authentication.mechanism", "LOGIN")
    assert "now: auto" in row._value_name.text()
    dialog.try_button.click()
    runner.run_all()
    assert dialog.words.text().startswith("The record cannot tell. Beyond the record: “Sign in”")
    assert not dialog.differences.isVisible(), "none of that would be the server's"
    assert dialog.focusWidget() is dialog.note_edit
    assert dialog.note_edit.geometry() == note
    row.value.setText("NONSENSE")
    dialog.try_button.click()
    runner.run_all()
    assert not dialog.differences.isVisible()
    for _ in range(20):
        dialog.add_row()
    assert len(dialog.rows) == 12
    dialog.close_button.click()
    let_go(window)


def test_what_the_cause_suggests_is_tried_first_and_kept_for_the_answer(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace, tmp_path: Path
) -> None:
    authority = ThrowAwayAuthority()
    with ScriptedServer(context=authority.server_context(), implicit_tls=True) as server:
        ca_file = str(authority.write_ca(tmp_path / "ca.pem"))
        document = {
            "name": "Orders",
            "provider": "custom",
            "server": {"host": "localhost", "port": server.port, "ca_file": ca_file},
            "authentication": {"method": "basic", "username": LOGIN},
            "admin": {"email": "admin@contoso-private.example"},
        }
        connector, problems = read_connector(document, ws.defaults_for)
        assert connector is not None, problems
        stored = save_connector(ws, connector, secrets={"password": Secret("not this one")})
        assert not verify_stored(ws, stored).ok
    run = run_for_a_case(ws, stored)
    assert run is not None
    path = tmp_path / "orders.smtpcase"
    write_case(ws, prepare_case(ws, run, stored, Choices()), str(path))
    case = opened(window, runner, path)
    assert next_step_of(window) is case.replay_button
    case.try_button.click()
    dialog = case.dialog
    assert isinstance(dialog, TryChangeDialog)
    assert dialog.changes() == [("server.security", "implicit_tls")]
    assert dialog.rows[0].choice.currentText() == "SSL/TLS"
    assert "Suggested by the cause" in dialog.words.text()
    assert next_step_of(dialog) is dialog.try_button
    dialog.try_button.click()
    runner.run_all()
    assert next_step_of(dialog) is dialog.save_button, "it went otherwise than recorded"
    dialog.note_edit.setPlainText("It wants SSL/TLS.")
    dialog.close_button.click()
    case.answer_button.click()
    again = case.dialog
    assert isinstance(again, TryChangeDialog)
    assert again.changes() == [("server.security", "implicit_tls")], "nothing is typed twice"
    assert again.note_edit.toPlainText() == "It wants SSL/TLS."
    again.rows[0].show("server.port", "4650")
    assert again.assignments() == ["server.port=4650"]
    again.rows[0].show("server.allow_cleartext", "true")
    assert again.assignments() == ["server.allow_cleartext=true"]
    again.rows[0].show("authentication.method", "none")
    assert again.rows[0].choice.currentText() == "No authentication"
    again.save_to(str(tmp_path / "fix.smtpanswer"))
    runner.run_all()
    assert next_step_of(again) is again.close_button
    again.close_button.click()
    let_go(window)


def test_from_the_case_to_the_applied_answer(
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    failed: StoredConnector,
    case_file: Path,
    tmp_path: Path,
) -> None:
    # Support writes the answer …
    case = opened(window, runner, case_file)
    case.answer_button.click()
    dialog = case.dialog
    dialog.rows[0].show(
        "authentication.username", "user-2@domain-1.example"
    )  # the admin's address, as the case calls it
    dialog.note_edit.setPlainText("Log in as the admin.")
    path = tmp_path / "fix.smtpanswer"
    dialog.save_button.click()
    assert dialog.file_dialog is not None
    [proposed] = dialog.file_dialog.selectedFiles()
    assert Path(proposed).name == f"{case.case.name}.smtpanswer"
    dialog.file_dialog.reject()
    dialog.more_button.click()
    dialog.more_button.click()
    QApplication.sendPostedEvents()  # the layout shows them
    first, second, third = dialog.rows
    second.show("server.proxy", "http://proxy.example:3128")
    assert second.field.currentText() == "Proxy"
    third.show("server.ehlo_name", "host.example")
    second.remove_button.click()
    assert dialog.rows == [first, third]
    assert third.field.accessibleName() == "Field 2"
    assert dialog.focusWidget() is third.field
    third.remove_button.click()
    assert first.remove_button.isHidden(), "one stays"
    assert [key for key, _ in dialog.changes()] == ["authentication.username"]
    dialog.save_to(str(path))
    runner.run_all()
    assert path.exists()
    said = dialog.words.text()
    assert (
        said == f"Saved: fix.smtpanswer, in the folder {tmp_path}. Send the file to the customer."
    )
    dialog.save_to(str(path))
    runner.run_all()
    message_box(dialog).reject()
    dialog.reject()
    let_go(window)
    # … and the customer applies it.
    answer = answer_in(window, runner, path)
    assert isinstance(answer, AnswerDialog)
    assert nameless(answer) == []
    cells = [item.text() if (item := answer.table.item(0, at)) else "" for at in range(4)]
    assert cells == ["User", LOGIN, "admin@contoso-private.example", "as before"]
    assert answer.apply_button.text().replace("&", "") in answer.words.text()
    assert ws.find("Invoices").connector.authentication.username == LOGIN
    answer.apply_button.click()
    runner.run_all()
    now = ws.find("Invoices")
    assert now.connector.authentication.username == "admin@contoso-private.example"
    test = window.console.verbs.verify_dialog
    assert test is not None  # the test runs
    runner.run_all()
    assert test.verification.report is not None
    assert test.verification.report.stage(Stage.AUTH).reply is not None
    test.close_button.click()
    # Once only: the connector is another one now, by this very answer.
    answer_in(window, runner, path)
    assert window.console.zone.notification.title.text() == "This answer is applied already"
    assert window.console.zone.notification.tone == "info"


def test_an_answer_leads_to_the_project_that_it_is_for(
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    case_file: Path,
    tmp_path: Path,
) -> None:
    path = tmp_path / "fix.smtpanswer"
    changes = {"server.timeout_s": 12}
    path.write_bytes(propose(ws, case_file.read_bytes(), changes, "").data)
    there = ws.project
    window.show_workspace(ws.in_project(create_project(ws, "Site B")))
    runner.run_all()
    window.open_file(str(path))
    runner.run_all()
    box = message_box(window)
    assert f"the project {there.name}" in box.text()
    box.reject()
    runner.run_all()
    assert window.console.files._ws.project.name == "Site B"
    window.open_file(str(path))
    runner.run_all()
    message_box(window).defaultButton().click()
    runner.run_all()
    answer = window.console.files.answer
    assert isinstance(answer, AnswerDialog), "it is shown there"
    assert window.console.files._ws.project.id == there.id
    answer.cancel_button.click()


def test_what_weakens_is_accepted_first(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path, tmp_path: Path
) -> None:
    case = opened(window, runner, case_file)
    case.answer_button.click()
    dialog = case.dialog
    dialog.rows[0].show("server.security", "none")
    path = tmp_path / "fix.smtpanswer"
    dialog.save_to(str(path))
    runner.run_all()
    dialog.reject()
    let_go(window)
    answer = answer_in(window, runner, path)
    assert isinstance(answer, AnswerDialog)
    assert answer.weaker_box.isVisible()
    assert not answer.apply_button.isEnabled()
    answer.weaker_box.setChecked(True)
    assert answer.apply_button.isEnabled()
    answer.cancel_button.click()


# -- the page --------------------------------------------------------------------------------------


def another(path: Path) -> Path:
    """The same case with other bytes, as another file."""
    other = path.with_name("other.smtpcase")
    other.write_bytes(path.read_bytes() + b"\n")
    return other


def rows(window: MainWindow) -> list[tuple[str, str]]:
    """File and what became of the answer, of each open case."""
    found = cases(window).list.cases
    indexes = [found.index(row) for row in range(found.rowCount())]
    return [(str(index.data()), str(index.data(ASIDE))) for index in indexes]


def test_cases_stay_open_beside_each_other_with_what_was_begun(
    qtbot: QtBot, window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    console, entry = window.console, window.console.place_entries["cases"]
    first = opened(window, runner, case_file)
    assert entry.accessibleName() == "Cases, 1"
    assert entry.accessibleDescription() == "You are here"
    assert console.header.title.text() == "Name 1"
    assert console.header.pill.isVisible()
    first.try_button.click()
    first.dialog.note_edit.setPlainText("Log in as the admin.")
    first.dialog.close_button.click()
    second = opened(window, runner, another(case_file))
    assert second is not first
    assert entry.accessibleName() == "Cases, 2"
    entry.click()  # from a case to all of them
    page = cases(window)
    assert page.list.isVisible()
    assert nameless(window) == []
    assert rows(window) == [("other.smtpcase", ""), ("invoices.smtpcase", "Answer not saved")]
    assert not console.header.pill.isVisible()
    page.list.activated.emit(page.list.cases.index(1))
    assert first.isVisible()
    console.go_to_list()
    assert console.connectors.isVisible()
    entry.click()  # back where one was
    assert first.isVisible()
    first.answer_button.click()
    assert first.dialog.note_edit.toPlainText() == "Log in as the admin."
    first.dialog.close_button.click()
    again = opened(window, runner, case_file)
    assert again is first, "it is open already"
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    first.replay_button.setFocus()
    QTest.keyClick(first.replay_button, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert entry.accessibleName() == "Cases, 2"
    assert page.list.isVisible()
    let_go(window)
    assert entry.accessibleName() == "Cases"


def test_a_case_is_closed_without_a_word_where_nothing_is_lost(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path, tmp_path: Path
) -> None:
    case = opened(window, runner, case_file)
    case.try_button.click()
    case.dialog.close_button.click()
    assert not case.in_hand.is_unfinished
    case.try_button.click()
    case.dialog.rows[0].show("server.port", "4650")
    case.dialog.close_button.click()
    case.close_button.click()
    box = message_box(window)
    assert "is not saved" in box.text()
    box.reject()
    assert case.isVisible()
    window.close()
    box = message_box(window)
    assert box.text() == "The answer to a case is not saved. Quit anyway?"
    box.reject()
    assert window.isVisible()
    case.answer_button.click()
    case.dialog.save_to(str(tmp_path / "fix.smtpanswer"))
    runner.run_all()
    case.dialog.close_button.click()
    assert rows(window) == [("invoices.smtpcase", "Answer saved")]
    assert next_step_of(window) == case.close_button
    case.answer_button.click()
    case.dialog.note_edit.setPlainText("One more thing.")
    case.dialog.close_button.click()
    assert case.in_hand.is_unfinished, "the file does not have it"
    case.close_button.click()
    press(message_box(window), "Close the case")
    assert cases(window).in_hand == []
    assert cases(window).empty.isVisible()
    wanted = next_step_of(window)
    assert wanted is not None
    assert wanted is cases(window).empty.button
    wanted.click()
    assert window.console.files.file_dialog is not None
    window.console.files.file_dialog.reject()


def let_go(window: MainWindow) -> None:
    """Close what is open, asked about or not: the window would ask at its end."""
    for view in window.findChildren(OpenedCaseView):
        view.closed.emit()


def test_another_project_has_the_open_cases_too(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace, case_file: Path
) -> None:
    case = opened(window, runner, case_file)
    case.try_button.click()
    case.dialog.note_edit.setPlainText("Log in as the admin.")
    case.dialog.close_button.click()
    window.show_workspace(ws.in_project(create_project(ws, "Site B")))
    runner.run_all()
    assert window.console.place_entries["cases"].accessibleName() == "Cases, 1"
    window.console.go_to("cases")
    assert rows(window) == [("invoices.smtpcase", "Answer not saved")]
    again = opened(window, runner, case_file)
    again.answer_button.click()
    assert again.dialog.note_edit.toPlainText() == "Log in as the admin."
    again.dialog.close_button.click()
    let_go(window)


def test_edits_are_asked_about_before_a_case_is_shown(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    view = history(window, runner)
    edit = view.configuration.fields["description"].editor
    assert isinstance(edit, QLineEdit)
    edit.setText("typed")
    window.open_file(str(case_file))
    runner.run_all()
    message_box(window).reject()
    assert window.console.opened.view is view
    assert view.unsaved == 1
    assert len(cases(window).in_hand) == 1, "it is under Cases"
    view.configuration.reset()
    let_go(window)


def test_a_case_is_built_in_turns_where_it_is_shown(
    qtbot: QtBot, window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    window.open_file(str(case_file))
    runner.run_all()
    view = cases(window).view
    assert view is not None
    assert view.replay_button.isVisible()
    assert not hasattr(view, "view"), "the window listens before it is made"
    turns: list[bool] = []
    listener = QTimer(view)
    listener.timeout.connect(lambda: turns.append(view.isVisible() and view.is_built))
    listener.start(0)
    qtbot.waitUntil(lambda: any(turns))
    assert len(turns) > 2
    assert view.view.isVisible()
    assert view.view.transcript.is_open


# -- opening -------------------------------------------------------------------------------------


def test_cases_are_compared_with_each_other(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    case = opened(window, runner, case_file)
    what_to_compare_with(case)[-1].trigger()
    case.dialog.fileSelected.emit(str(case_file))
    case.dialog.reject()
    runner.run_all()
    assert "Nothing differs" in case.dialog.words.text()
    assert case_file.name in case.dialog.heading.text()
    case.dialog.reject()
    case.compare_with(str(case_file) + "x", "x")
    runner.run_all()
    message_box(window).reject()
    let_go(window)


def what_to_compare_with(case: OpenedCaseView) -> list[QAction]:
    """What the button's menu offers."""
    case.compare_menu.aboutToShow.emit()
    return [each for each in case.compare_menu.actions() if not each.isSeparator()]


def test_a_case_is_compared_with_the_other_ones_that_are_open(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "another.smtpcase"
    other.write_text(case_file.read_text().replace("Since Thursday", "Since Friday"))
    opened(window, runner, other)
    case = opened(window, runner, case_file)
    assert [each.text() for each in what_to_compare_with(case)] == [other.name, "A &file…"]
    what_to_compare_with(case)[0].trigger()
    runner.run_all()
    assert "Nothing differs" in case.dialog.words.text()  # a note is no setting
    assert case.dialog.heading.text() == f"This case and {other.name}"
    case.dialog.reject()


def test_a_case_made_here_is_compared_with_the_tests_of_its_connector(
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    failed: StoredConnector,
    case_file: Path,
    tmp_path: Path,
) -> None:
    verify_stored(ws, failed)
    assert verify_stored(ws, failed).ok
    case = opened(window, runner, case_file)
    texts = [each.text() for each in what_to_compare_with(case)]
    assert [text.partition(", ")[0] for text in texts] == ["Invoices", "Invoices", "A &file…"]
    assert texts[0].endswith(f": {verdict_word(Verdict.LET_IN)}")
    assert texts[1].endswith(f": {verdict_word(Verdict.STOPPED)} at Sign in")
    what_to_compare_with(case)[0].trigger()
    runner.run_all()
    assert case.dialog.words.isHidden()
    case.dialog.reject()
    # Elsewhere nobody knows whose case it is.
    stranger = tmp_path / "stranger.smtpcase"
    document = json.loads(case_file.read_text())
    document["manifest"]["connector"] = "ab" * 16
    stranger.write_text(json.dumps(document))
    another = opened(window, runner, stranger)
    assert [each.text() for each in what_to_compare_with(another)] == [case_file.name, "A &file…"]


def test_a_case_says_that_no_secret_was_found_in_it_or_where_one_is(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path, tmp_path: Path
) -> None:
    opened(window, runner, case_file)
    card = replaced(window)
    assert card.pill.label.text() == "No secrets"
    assert "searched" in card.words.text()
    document = json.loads(case_file.read_text())
    document["manifest"]["note"] = "AKIA" + "A" * 16
    told = tmp_path / "told.smtpcase"
    told.write_text(json.dumps(document))
    opened(window, runner, told)
    card = replaced(window)
    assert card.pill.label.text() == "Not safe"
    assert "manifest.note" in card.words.text().replace("\u200b", "")
    assert "AKIA" not in card.words.text()


def replaced(window: MainWindow) -> ReplacedCard:
    view = cases(window).view
    assert view is not None
    return cast("ReplacedCard", view.findChild(ReplacedCard))


def test_what_one_does_with_a_case_stands_beside_its_title(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path, qtbot: QtBot
) -> None:
    window.resize(1280, 800)
    case = opened(window, runner, case_file)
    header = window.console.header
    assert header.isAncestorOf(case.close_button)

    def is_beside() -> bool:
        name = header.title.mapTo(window, header.title.rect().bottomRight())
        push = case.compare_button.mapTo(window, case.compare_button.rect().topLeft())
        return bool(push.x() > name.x() and push.y() < name.y())

    qtbot.waitUntil(is_beside)
    high = header.height()
    window.resize(960, 600)
    qtbot.waitUntil(lambda: not is_beside() and header.height() > high)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(case.close_button, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert cases(window).view is None
    assert not case.close_button.isVisible()
    cases(window).turn_to(case.case.sha256)
    assert case.close_button.isVisible()
    case.close_button.click()
    assert cases(window).in_hand == []


def test_a_file_is_dragged_onto_the_window(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(case_file))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), copy, data, left, none)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    runner.run_all()
    assert len(cases(window).in_hand) == 1
    assert cases(window).isVisible()
    foreign = QMimeData()
    foreign.setUrls([QUrl("https://example.com/x.smtpcase")])
    refused = QDropEvent(QPointF(5, 5), copy, foreign, left, none)
    window.dropEvent(refused)
    assert runner.pending == []


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, b'{"format": "smtpwizard-answer"}'])
def test_a_file_that_is_neither_says_so(
    window: MainWindow, runner: FakeTaskRunner, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.smtpcase"
    path.write_bytes(content)
    window.open_file(str(path))
    runner.run_all()
    assert window.console.files.answer is None
    assert window.console.places.built("cases") is None
    assert window.console.zone.notification.title.text() == "x.smtpcase is not opened"
    assert window.console.zone.notification.text.text()


def test_an_empty_project_opens_cases_too(window: MainWindow, runner: FakeTaskRunner) -> None:
    window.refresh()
    runner.run_all()
    window.console.first_start.open_tile.click()
    assert window.console.files.file_dialog is not None
    window.console.files.file_dialog.reject()


# -- the last result -----------------------------------------------------------------------------


def test_a_connector_that_is_opened_shows_its_last_result(
    window: MainWindow, runner: FakeTaskRunner, failed: StoredConnector
) -> None:
    window.refresh()
    runner.run_all()
    window.console.actions.stepwise.trigger()
    runner.run_all()
    wizard = window.wizard
    assert wizard is not None
    wizard.build_rest()
    for _ in range(3):
        wizard.next()
    runner.run_all()
    page: Any = wizard.page_now()
    assert "User name or password was not accepted" in page.view.verdict.text()
    assert "nothing changed since" in page.view.hint.text()
    assert "535" in page.view.transcript.text()
    wizard.reject()


def test_on_a_case_each_letter_leads_to_one_thing(
    window: MainWindow, runner: FakeTaskRunner, case_file: Path
) -> None:
    opened(window, runner, case_file)
    assert list(keys_twice(window)) == []
