"""Cause cards: one open, the rest folded; texts to pass on hold no secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

import smtpwizard
from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.messages.causes import cause_text, safe_link
from smtpwizard.messages.face import Face
from smtpwizard.messages.passing_on import request_text, summary_text
from smtpwizard.messages.verification import stage_title
from smtpwizard.model.connector import Security
from smtpwizard.model.report import STAGES, Actor, Cause, Likelihood
from tests.gui.driving import passed_report, refused_report, walk_to_test
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless

OpenWizard = Callable[..., ConnectorWizard]

FIRST = Cause(
    "bad_credentials",
    Likelihood.HIGH,
    Actor.YOU,
    ("auth: 535 5.7.8 Authentication failed",),
    values={"server": "smtp.example.com:587", "username": "mailer@example.com"},
)
SECOND = Cause("smtp_auth_disabled_mailbox", Likelihood.LOW, Actor.MAIL_ADMIN, retryable=True)
TITLES = [cause_text(cause, Face.WINDOW).title for cause in (FIRST, SECOND)]


@pytest.fixture
def cards(qtbot: QtBot, runner: FakeTaskRunner) -> CauseCards:
    cards = CauseCards(runner)
    qtbot.addWidget(cards)
    cards.show_causes((FIRST, SECOND))
    cards.show()
    return cards


def words(cards: CauseCards) -> str:
    shown = [label.text() for label in cards.findChildren(QLabel) if label.isVisibleTo(cards)]
    return "\n".join([*shown, *(fold.button.text() for fold in cards.others)])


def test_one_is_open_and_the_others_are_folded(cards: CauseCards) -> None:
    assert [card.is_open for card in cards.cards] == [True, False]
    said = words(cards)
    for text in ("Most likely", "not accept the login", "Enter Password", "Who must act", "535"):
        assert text in said
    assert "The mailbox of this user" not in said
    assert "possible" in said, "a folded card says how likely it is"
    assert nameless(cards) == []


def test_the_keyboard_opens_and_folds(cards: CauseCards, qtbot: QtBot) -> None:
    [second] = cards.others
    with qtbot.waitActive(cards):
        cards.activateWindow()
    second.button.setFocus()
    assert second.button.hasFocus()
    qtbot.keyClick(second.button, Qt.Key.Key_Right)
    assert [card.is_open for card in cards.cards] == [True, True]
    assert second.button.accessibleDescription() == "open"
    assert "The mailbox of this user" in words(cards)
    qtbot.keyClick(second.button, Qt.Key.Key_Space)
    assert [card.is_open for card in cards.cards] == [True, False]
    assert second.button.accessibleDescription() == "folded"


def test_no_cause_no_card(cards: CauseCards) -> None:
    cards.show_causes(())
    assert not cards.isVisible()


def test_only_https_is_opened(cards: CauseCards, runner: FakeTaskRunner) -> None:
    google = FIRST._replace(family="google")
    cards.show_causes((google,))
    assert cards.card.link_button.text() == "Read more at support.google.com"
    cards.card.link_button.click()
    assert len(runner.pending) == 1
    for odd in ("javascript:alert(1)", "http://example.com", "https:", ""):
        assert safe_link(odd) == ""


def test_markup_and_controls_stay_text(qtbot: QtBot, runner: FakeTaskRunner) -> None:
    cards = CauseCards(runner)
    qtbot.addWidget(cards)
    hostile = FIRST._replace(
        values={"username": "<b>x</b>\u202eevil"},
        evidence=("<img src=x>\x1b[31m" + "y" * 100_000,),
    )
    cards.show_causes((hostile,))
    cards.show()
    for label in cards.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert "\x1b" not in label.text()
        assert len(label.text()) < 2000
        assert "\u202e" not in label.text()


def test_the_text_to_copy_is_ten_lines_for_a_ticket(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    page.test_button.click()
    runner.answer(refused_report()._replace(causes=(FIRST, SECOND)))
    page.view.causes.card.copy_button.click()
    text = QGuiApplication.clipboard().text()
    lines = text.splitlines()
    assert len(lines) == 10
    assert [line.partition(": ")[0] for line in lines] == [
        *("Program", "Connector", "Server", "Login", "Tested", "Result", "The server's words"),
        *("Likely cause", "Who must act", "Next step"),
    ]
    for part in (
        f"Program: smtpwizard {smtpwizard.__version__}, ",
        "Connector: Invoices",
        "smtp.example.com port 587 (STARTTLS)",
        "The server's words: 535 5.7.8 5.7.8 Authentication failed",
        f"Likely cause: {TITLES[0]}",
        "Next step: Enter Password again",
    ):
        assert part in text
    assert "hunter2" not in text


def test_a_success_is_told_in_a_few_lines_too(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    cards = page.view.causes
    assert not cards.isVisible()
    page.test_button.click()
    runner.answer(passed_report()._replace(message_id="<1@example.com>", queue_id="4F2A"))
    assert not cards.isVisible(), "nothing is wrong"
    assert page.view.case_button.isVisible()
    page.view.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.endswith("Message ID: <1@example.com>\nQueue ID: 4F2A\n")
    assert "Result: " in text
    assert "Likely cause" not in text


def test_a_case_is_made_of_the_report_on_screen(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    page.test_button.click()
    report = refused_report()._replace(causes=(FIRST,))
    runner.answer(report)
    with qtbot.waitSignal(page.view.case_wanted) as wanted:
        page.view.causes.card.case_button.click()
    assert wanted.args == [page.view.causes._report]


def test_the_message_to_the_administrator_is_about_the_open_cause(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    page.test_button.click()
    runner.answer(refused_report()._replace(causes=(FIRST, SECOND)))
    cards = page.view.causes
    [other] = cards.others
    other.button.click()
    other.ask_button.click()
    dialog = cards.dialog
    assert isinstance(dialog, TextDialog)
    assert nameless(dialog) == []
    dialog.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text == dialog.edit.toPlainText()
    for part in (
        f"Subject: Help needed with sending email: {TITLES[1]}",
        "smtp.example.com port 587 (STARTTLS) as mailer@example.com",
        "It stopped at “Sign in”",
        "535 5.7.8",
        "The mailbox of this user",
    ):
        assert part in text
    assert "hunter2" not in text
    dialog.close_button.click()


def test_texts_do_without_a_report() -> None:
    assert summary_text(passed_report()).startswith("Connector: ")
    assert "What is needed:" in request_text(FIRST, Face.WINDOW)


def test_what_was_wrong_comes_before_how_far_it_got(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard())
    page.test_button.click()
    runner.answer(refused_report())
    table, causes, transcript = page.view.table, page.view.causes, page.view.transcript
    assert causes.y() < table.y() < transcript.y()


def test_the_stages_stand_in_the_order_in_which_they_come(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    table = page.view.table

    def shown() -> list[str]:
        page.test_button.click()
        runner.answer(refused_report())
        table.set_opened("passed", True)
        return [row.title for row in table.rows[1:6]]

    plain = [stage_title(stage) for stage in STAGES[:5]]
    assert shown() == plain
    wizard.draft_model.change(security=Security.IMPLICIT_TLS, port="465")
    assert shown() == [*plain[:2], plain[3], plain[2], plain[4]]
    wizard.draft_model.change(security=Security.STARTTLS, port="587")
    assert shown() == plain
