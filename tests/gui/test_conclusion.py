"""The conclusion of a failed test is in sight: the cause, who must act, the next click."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.demo.scenarios import GOOD, SCENARIOS, Scenario
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.prefill import fill_in
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.results.ask_dialog import AskDialog
from smtpwizard.gui.results.stage_rows import _WRAPPED, StageTable
from smtpwizard.gui.widgets.elements import breakable, next_step_of
from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.gui.wizard.pages.testing import TestPage
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    Stage,
    StageResult,
    Status,
    TranscriptLine,
)
from tests.demo.test_scenarios import Outcome, cases
from tests.gui.driving import (
    authenticate_page,
    button,
    passed_report,
    refused_report,
    test_page,
    walk_to_test,
)
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless

OpenWizard = Callable[..., ConnectorWizard]
FAILURES = [s for s in SCENARIOS if s is not GOOD and s.stage is not None]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Scenario], Outcome]:
    """Play each scenario once, for both heights."""
    known: dict[str, Outcome] = {}

    def play(scenario: Scenario) -> Outcome:
        if scenario.name not in known:
            known[scenario.name] = Outcome(scenario, tmp_path_factory.mktemp(scenario.name))
        return known[scenario.name]

    return play


def show(wizard: ConnectorWizard, scenario: Scenario, outcome: Outcome, height: int) -> TestPage:
    """The wizard on its last page, as a scenario has filled it in, at this height."""
    wizard.setMinimumHeight(0)
    wizard.resize(960, height)
    draft = fill_in(ConnectorDraft(), outcome.demo, "Demo")
    # The demo's own provider is in the demo's catalogue alone.
    draft = draft._replace(provider="gmail") if scenario.provider else draft
    wizard.draft_model.set(draft.with_family(wizard.draft_model.flow.defaults_for))
    for _ in range(3):
        wizard.next()
    page = test_page(wizard)
    assert wizard.page_now() is page
    return page


def settled(qtbot: QtBot, page: TestPage) -> None:
    """Wait until the page has scrolled to where it wants to be: two turns, then the layout."""
    turns: list[int] = []

    def turn() -> None:
        turns.append(len(turns))
        if len(turns) < 6:
            QTimer.singleShot(0, page, turn)

    turn()
    qtbot.waitUntil(lambda: len(turns) >= 6)


def in_sight(page: TestPage, widget: QWidget) -> bool:
    """Whether all of a widget is within what is seen of the page."""
    viewport = page.area.viewport()
    at = QRect(widget.mapTo(viewport, QPoint(0, 0)), widget.size())
    return widget.isVisible() and viewport.rect().contains(at)


def fail(page: TestPage, runner: FakeTaskRunner, report: Report, qtbot: QtBot) -> QPushButton:
    """Let the test end with this report; the filled button."""
    page.test_button.setFocus()
    page.test_button.click()
    runner.answer(report)
    settled(qtbot, page)
    wizard = page.wizard()
    assert wizard is not None
    filled = next_step_of(wizard)
    assert filled is not None
    assert filled is not button(wizard, "Finish")
    return filled


@pytest.mark.parametrize("height", [780, 540])
@pytest.mark.parametrize("scenario", cases(FAILURES))
def test_cause_actor_and_next_click_are_in_sight(
    scenario: Scenario,
    height: int,
    played: Callable[[Scenario], Outcome],
    open_wizard: OpenWizard,
    runner: FakeTaskRunner,
    qtbot: QtBot,
) -> None:
    outcome, wizard = played(scenario), open_wizard()
    page = show(wizard, scenario, outcome, height)
    filled = fail(page, runner, outcome.reports[0], qtbot)
    assert wizard.height() == height
    card = page.view.causes.card
    assert in_sight(page, card.title), "the cause"
    assert in_sight(page, filled), "the next click"
    assert card.isAncestorOf(filled)
    if height >= 780:
        assert in_sight(page, card.facts.who), "who must act"
    # What does not scroll says it, too.
    if page.area.verticalScrollBar().maximum() > 0:
        assert card.title.text() in page.sentence.text()
    assert page.answers()
    told = wizard.rail.steps[list(StepId).index(StepId.TEST)].answers.text()
    assert told.replace("\n", " ") == page.answers()


# -- before, while it runs, after ----------------------------------------------------------------


def test_before_the_test_one_line_says_what_it_does(open_wizard: OpenWizard) -> None:
    page = walk_to_test(open_wizard())
    view = page.view
    assert view.idle.text().startswith("Test sends one email to admin@example.com and takes")
    page.send_to_edit.setText("else@example.com")
    assert "else@example.com" in view.idle.text()
    assert not any(each.isVisible() for each in (view.table, view.transcript, view.banner))
    assert page.answers() == ""
    assert next_step_of(wizard_of(page)) is page.test_button


def test_while_it_runs_nothing_is_filled_and_stop_has_the_focus(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.report(StageResult(Stage.RESOLVE, running=True))
    view = page.view
    assert view.verdict.text() == "Testing smtp.example.com: Find the server"
    assert re.fullmatch(r"running… \d+ of at most 10 s", view.table.rows[0].detail)
    assert view.banner.tone == "running"
    assert next_step_of(wizard) is None
    assert wizard.focusWidget() is page.stop_button
    assert not page.test_button.isEnabled()
    assert page.answers() == "Testing…"
    wizard.draft_model.change(timeout="7")
    page.stop_button.click()
    assert next_step_of(wizard) is page.test_button
    assert [row.word for row in view.table.rows][:2] == ["stopped", "waiting"]


def test_success_says_which_mailbox_and_which_subject(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.setFocus()
    page.test_button.click()
    runner.answer(passed_report())
    view = page.view
    assert view.banner.isVisible()
    assert view.verdict.text() == "smtp.example.com accepted the test email"
    for words in ("Test email from the connector Invoices", "spam folder", "Finish saves"):
        assert words in view.hint.text()
    assert len(view.table.rows) == 9
    assert not view.causes.isVisible()
    assert next_step_of(wizard) is button(wizard, "Finish")
    assert wizard.focusWidget() is button(wizard, "Finish")
    assert page.answers() == "Test email accepted"
    page.email_edit.setText("someone@example.com")
    assert next_step_of(wizard) is page.test_button, "nothing is proven any more"
    assert page.answers() == ""


# -- the way to a field and back -----------------------------------------------------------------


def test_a_step_leads_to_its_field_and_the_rail_leads_back(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(refused_report())
    card = page.view.causes.card
    links = [link for row in card.steps.rows for link in row.links]
    [link] = [link for link in links if link.text() == "Go to User"]
    link.click()
    assert wizard.page_now() is wizard.pages[StepId.AUTHENTICATE]
    user = authenticate_page(wizard).user_edit
    assert wizard.focusWidget() is user
    back = wizard.rail.steps[list(StepId).index(StepId.TEST)]
    assert back.answers.text() == "Stopped at Sign in"
    back.click()
    assert wizard.page_now() is page
    assert card.isVisible(), "nothing was changed, so the result still holds"
    link.click()
    user.setText("another.one@example.com")
    back.click()
    assert not card.isVisible()
    assert "Something changed since the test" in page.view.idle.text()


def test_a_step_about_this_page_opens_what_is_folded(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    assert not page.advanced.is_open
    page.field_wanted.emit("sender.address")
    assert page.advanced.is_open
    assert wizard.focusWidget() is page.sender_edit


def test_what_is_folded_and_holds_something_is_open(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    wizard.draft_model.change(reply_to="answers@example.com")
    page = walk_to_test(wizard)
    assert page.advanced.is_open
    page.sender_name_edit.setText("Billing")
    assert wizard.draft_model.draft.sender_name == "Billing"


# -- stages, transcript, message -----------------------------------------------------------------


def test_stages_open_by_keyboard_and_by_click(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    page = walk_to_test(open_wizard())
    page.test_button.click()
    runner.answer(refused_report())
    table = page.view.table
    assert [row.title for row in table.rows] == [
        "5 passed",
        "Sign in",
        "3 not reached",
    ]
    table.setCurrentCell(0, 0)
    qtbot.keyClick(table, Qt.Key.Key_Right)
    assert table.rowCount() == 8
    assert table.row_of(Stage.TLS) == 4
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert table.rowCount() == 3
    assert table.row_of(Stage.TLS) == -1
    table.cellClicked.emit(2, 0)
    assert table.rowCount() == 6
    spoken = [table.item(row, 0) for row in range(table.rowCount())]
    texts = [each.data(Qt.ItemDataRole.AccessibleTextRole) for each in spoken if each]
    assert texts[1:4] == ["Sign in, failed", "3 not reached, open", SENDER]


SENDER = "Sender, not reached"


@pytest.mark.parametrize("width", [330, 400, 700])
def test_the_words_of_what_failed_are_never_cut(qtbot: QtBot, width: int) -> None:
    table = StageTable()
    qtbot.addWidget(table)
    words = "a" * 70 + " the mailbox of this person is not known at this place"
    reply = Reply(535, "5.7.8", words)
    failed = StageResult(Stage.AUTH, Status.FAILED, 3, reply=reply)
    before = tuple(StageResult(each, Status.PASSED, 1) for each in STAGES[:5])
    table.resize(width, 400)
    table.show()
    table.show_all((*before, failed), None)
    at = table.row_of(Stage.AUTH)
    room = table.words_room(QRect(0, 0, table.viewport().width(), table.rowHeight(at)))
    needed = table.fontMetrics().boundingRect(room, _WRAPPED, breakable(table.rows[at].detail))
    assert words[:20] in table.rows[at].detail
    assert needed.height() <= room.height()
    assert needed.width() <= room.width()
    assert table.words_below() is (width < 700)
    heights = [table.rowHeight(row) for row in range(table.rowCount())]
    assert heights[0] == table.line_height() < heights[at]
    assert table.height() >= sum(heights)


def test_every_state_of_a_stage_has_its_mark(qtbot: QtBot) -> None:
    table = StageTable()
    qtbot.addWidget(table)
    for status in Status:
        table.show_result(StageResult(Stage.RESOLVE, status, 3))
        assert not pixmap(table.rows[0].mark).isNull(), status
    table.show_result(StageResult(Stage.RESOLVE, running=True))
    assert not pixmap(table.rows[0].mark).isNull()
    table.give_up()
    assert table.rows[0].word == "stopped"
    assert not pixmap(table.rows[0].mark).isNull()


def test_the_transcript_has_a_window_to_search_in(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard())
    page.test_button.click()
    lines = tuple(TranscriptLine(n, "server", f"250 line {n}") for n in range(100))
    runner.answer(refused_report()._replace(transcript=lines))
    fold = page.view.transcript
    assert fold.rest.text() == "– 100 lines, secrets left out"
    fold.button.click()
    assert "line 99" in fold.edit.toPlainText()
    assert "line 50" not in fold.edit.toPlainText(), "the page is no place for all of it"
    assert not fold.edit.verticalScrollBar().isVisible()
    fold.window_button.click()
    dialog = fold.dialog
    assert dialog is not None
    assert nameless(dialog) == []
    dialog.find_edit.setText("line 50")
    assert dialog.found.text() == "1 found"
    assert dialog.edit.textCursor().selectedText() == "line 50"
    dialog.find_edit.setText("nowhere")
    assert dialog.found.text() == "Not found"
    dialog.copy_button.click()
    assert "line 50" in QGuiApplication.clipboard().text()
    dialog.close_button.click()


def test_the_message_opens_in_a_mail_program(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    page.test_button.click()
    runner.answer(refused_report())
    page.view.causes.ask_button.click()
    dialog = page.view.causes.dialog
    assert isinstance(dialog, AskDialog)
    assert dialog._link.startswith("mailto:?subject=Help%20needed")
    assert "hunter2" not in dialog._link
    dialog.mail_button.click()
    runner.answer(False)
    assert "No mail program opened" in dialog.words.text()
    dialog.close_button.click()


def wizard_of(page: TestPage) -> ConnectorWizard:
    wizard = page.wizard()
    assert isinstance(wizard, ConnectorWizard)
    return wizard


# -- what is read out ------------------------------------------------------------------------------


def test_a_conclusion_is_read_out_once(
    open_wizard: OpenWizard, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    for module in ("results.stages", "widgets.banner"):
        monkeypatch.setattr(f"smtpwizard.gui.{module}.announce", lambda _, text: said.append(text))
    page = walk_to_test(open_wizard())
    page.test_button.click()
    runner.report(StageResult(Stage.RESOLVE, running=True))
    runner.report(StageResult(Stage.CONNECT, running=True))
    assert len([text for text in said if "Stop ends it at once" in text]) < 2, said
    runner.answer(refused_report())
    page.show_draft()
    assert len([text for text in said if "was not accepted" in text]) == 1, said
    page.test_button.click()
    runner.answer(refused_report())
    assert len([text for text in said if "was not accepted" in text]) == 2, "another test"


def test_the_whole_result_comes_back_with_what_was_put_back(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(refused_report())
    card, filled = page.view.causes.card, next_step_of(wizard)
    page.send_to_edit.setText("x")
    assert not card.isVisible()
    page.send_to_edit.clear()
    assert card.isVisible()
    assert not page.view.banner.isVisible(), "the card says it"
    assert next_step_of(wizard) is filled
    assert page.answers() == "Stopped at Sign in"


def test_what_may_pass_by_itself_is_no_alarm_anywhere(
    open_wizard: OpenWizard, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "smtpwizard.gui.results.later_button.announce", lambda _, text: said.append(text)
    )
    page = walk_to_test(open_wizard())
    page.test_button.click()
    busy = Cause("greylisted", Likelihood.HIGH, Actor.YOU, (), retryable=True)
    runner.answer(refused_report()._replace(causes=(busy,)))
    assert page.answers_tone() == "warning"
    page.view.causes.card.next.later.click()
    assert said == [page.view.causes.card.next.later.text()]
    assert said[0].startswith("Tests again at ")
