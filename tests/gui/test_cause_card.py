"""Cause cards: one open, the rest folded; texts to pass on hold no secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.messages.causes import cause_text, safe_link
from smtpwizard.messages.face import Face
from smtpwizard.messages.passing_on import failure_text, request_text
from smtpwizard.model.report import Actor, Cause, Likelihood
from tests.gui.driving import refused_report, walk_to_test
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
    return "\n".join([*shown, *(card.fold.text() for card in cards.cards)])


def test_one_is_open_and_the_others_are_folded(cards: CauseCards) -> None:
    assert [card.is_open for card in cards.cards] == [True, False]
    said = words(cards)
    for text in ("most likely", "not accept the login", "2. Enter Password", "To act: you", "535"):
        assert text in said
    assert "The mailbox of this user" not in said
    assert "possible" in said, "a folded card says how likely it is"
    assert nameless(cards) == []


def test_the_keyboard_opens_and_folds(cards: CauseCards, qtbot: QtBot) -> None:
    first, second = cards.cards
    with qtbot.waitActive(cards):
        cards.activateWindow()
    second.fold.setFocus()
    assert second.fold.hasFocus()
    qtbot.keyClick(second.fold, Qt.Key.Key_Space)
    assert [card.is_open for card in cards.cards] == [False, True]
    assert second.fold.accessibleDescription() == "open"
    assert first.fold.accessibleDescription() == "folded"
    assert "The same may work later." in words(cards)
    qtbot.keyClick(second.fold, Qt.Key.Key_Space)
    assert [card.is_open for card in cards.cards] == [False, False]


def test_no_cause_no_card(cards: CauseCards) -> None:
    cards.show_causes(())
    assert not cards.isVisible()


def test_only_https_is_opened(cards: CauseCards, runner: FakeTaskRunner) -> None:
    first = cards.cards[0]
    assert first.link_button.text() == "Read more at www.rfc-editor.org"
    first.link_button.click()
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


def test_the_text_to_copy_has_everything(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    page.test_button.click()
    runner.answer(refused_report()._replace(causes=(FIRST, SECOND)))
    page.view.causes.copy_button.click()
    text = QGuiApplication.clipboard().text()
    for part in (
        "Connector: Invoices",
        "smtp.example.com port 587 (STARTTLS)",
        "535 5.7.8 Authentication failed",
        TITLES[0],
        TITLES[1],
        "1. Check that User",
        "https://www.rfc-editor.org/rfc/rfc4954",
    ):
        assert part in text
    assert "hunter2" not in text


def test_the_message_to_the_administrator_is_about_the_open_cause(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    page.test_button.click()
    runner.answer(refused_report()._replace(causes=(FIRST, SECOND)))
    cards = page.view.causes
    cards.cards[1].fold.click()
    cards.ask_button.click()
    dialog = cards.dialog
    assert isinstance(dialog, TextDialog)
    assert nameless(dialog) == []
    dialog.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text == dialog.edit.toPlainText()
    for part in (
        f"Subject: Help needed with sending email: {TITLES[1]}",
        "smtp.example.com port 587 (STARTTLS) as mailer@example.com",
        "It stopped at “Log in to the server”",
        "535 5.7.8",
        "The mailbox of this user",
    ):
        assert part in text
    assert "hunter2" not in text
    dialog.close_button.click()


def test_texts_do_without_a_report() -> None:
    assert failure_text((FIRST,), Face.WINDOW).startswith(TITLES[0])
    assert "What is needed:" in request_text(FIRST, Face.WINDOW)


def test_the_report_is_under_the_stages(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    page = walk_to_test(open_wizard())
    page.test_button.click()
    runner.answer(refused_report())
    table, causes, transcript = page.view.table, page.view.causes, page.view.transcript
    assert table.y() < causes.y() < transcript.y()
