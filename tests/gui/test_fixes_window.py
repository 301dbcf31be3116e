"""Fixes as buttons: before and after, a second click for a certificate, kept only if it helped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.flow.fixes import FixId
from smtpwizard.gui.console.detail.detail_view import CONFIGURATION
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.verify_dialog import VerifyDialog
from smtpwizard.gui.results.cause_card import CauseCard
from smtpwizard.gui.results.fix_card import FixCard
from smtpwizard.gui.results.whereabouts import where_text
from smtpwizard.gui.sign_in.sign_in_dialog import SignInDialog
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.model.connector import Method, Security
from smtpwizard.model.errors import StorageError
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Report,
    Stage,
    StageResult,
    Status,
)
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import authenticate_page, passed_report, refused_report, walk_to_test
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_oauth import filled, held_sign_in, signed_in
from tests.helpers.certificates import Certificates
from tests.helpers.stages import read_stage

OpenWizard = Callable[..., ConnectorWizard]

LEAF = {
    "subject": "CN=smtp.example.com",
    "issuer": "CN=Our own authority",
    "names": ["smtp.example.com", "mail.example.com"],
    "not_before": "2026-05-31T00:00:00Z",
    "not_after": "2027-05-31T00:00:00Z",
    "fingerprint": "ab" * 32,
    "pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
}


def stopped_at(stage: Stage, slug: str, **detail: object) -> Report:
    """A report that ended at this stage, for this cause."""
    at = STAGES.index(stage)
    stages = tuple(
        StageResult(each, Status.PASSED, 3)
        if number < at
        else read_stage({"stage": each, "status": "failed", "ms": 9, "detail": detail})
        if number == at
        else StageResult(each)
        for number, each in enumerate(STAGES)
    )
    cause = Cause(slug, Likelihood.HIGH, Actor.YOU)
    return passed_report()._replace(ok=False, stages=stages, causes=(cause,))


def wrong_mode() -> Report:
    return stopped_at(Stage.GREETING, "wrong_security_mode", error="timeout")


def untrusted() -> Report:
    return stopped_at(Stage.TLS, "cert_untrusted", error="cert_untrusted", chain=[LEAF])


def card_of(cards: list[FixCard], which: FixId) -> FixCard:
    (card,) = [card for card in cards if card.fix.id is which]
    return card


def words(widget: QWidget) -> str:
    labels = widget.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisibleTo(widget))


# -- in the wizard -------------------------------------------------------------------------------


def test_a_fix_shows_before_and_after_and_is_kept_when_it_helps(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(wrong_mode())
    card = card_of(page.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY)
    assert card.try_button.text() == "Try SSL/TLS on port 465"
    for text in (
        "Encryption method",
        "now\nSTARTTLS",
        "then\nSSL/TLS",
        "Port",
        "now\n587",
        "then\n465",
    ):
        assert text in words(card)
    assert "Port: 587 → 465" in card.try_button.accessibleDescription()
    assert nameless(page) == []
    card.try_button.click()
    assert page.view.running
    assert wizard.draft_model.draft.security is Security.STARTTLS, (
        "nothing is changed before it helps"
    )
    runner.answer(passed_report())
    draft = wizard.draft_model.draft
    assert (draft.security, draft.port) == (Security.IMPLICIT_TLS, "465")
    assert page.view.verdict.text() == "smtp.example.com accepted the test email"
    assert "The change was kept." in page.view.hint.text()
    report = wizard.draft_model.report()
    assert report is not None
    assert report.ok
    assert page.view.causes.card.next.fixes.cards == []


def test_after_a_failure_the_way_out_is_the_next_step(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.setFocus()
    page.test_button.click()
    runner.answer(wrong_mode())
    view = page.view
    [fix] = view.causes.card.next.fixes.cards
    assert next_step_of(wizard) is fix.try_button
    assert fix.try_button.isDefault()
    assert wizard.focusWidget() is fix.try_button
    tab: list[QWidget] = []
    at: QWidget | None = page.test_button
    while at is not None and at is not view.transcript.button:
        tab.append(at)
        at = at.nextInFocusChain()
    order = [
        fix.try_button,
        view.causes.card.find_out_more.start_button,
        view.causes.ask_button,
        view.causes.card.copy_button,
        view.table,
    ]
    assert [each for each in tab if each in order] == order
    fix.try_button.click()
    assert wizard.focusWidget() is page.stop_button
    runner.answer(wrong_mode())
    assert view.verdict.text() == "That did not help. Nothing was changed."
    assert view.banner.isVisible()
    assert view.causes.card.next.fixes.cards == []
    go = view.causes.card.next.go_button
    assert next_step_of(wizard) is go, "by hand, then"
    assert wizard.focusWidget() is go


def test_a_failure_is_scrolled_to_with_what_it_is_called(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    wizard = open_wizard()
    wizard.resize(wizard.minimumWidth(), 560)
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(wrong_mode())
    area = scroll_area_of(page.view)

    def seen(widget: QWidget) -> bool:
        top = widget.mapTo(area.viewport(), QPoint(0, 0)).y()
        return top >= 0 and top + widget.height() <= area.viewport().height()

    first = page.view.causes.cards[0]
    qtbot.waitUntil(lambda: area.verticalScrollBar().value() > 0)
    assert isinstance(first, CauseCard)
    qtbot.waitUntil(
        lambda: seen(first.head) and seen(page.view.causes.card.next.fixes.cards[0].try_button)
    )


def scroll_area_of(widget: QWidget) -> QScrollArea:
    while not isinstance(widget, QScrollArea):
        parent = widget.parentWidget()
        assert parent is not None
        widget = parent
    return widget


def test_a_fix_that_gets_further_is_kept_and_the_next_one_offered(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(wrong_mode())
    card_of(page.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    runner.answer(refused_report())
    assert wizard.draft_model.draft.security is Security.IMPLICIT_TLS
    assert page.view.verdict.text() == "User name or password was not accepted"
    assert page.view.causes.card.kicker.text() == "Stopped at Sign in"
    assert page.view.notice.isVisible()
    assert "The change was kept." in page.view.hint.text()
    assert [cause.cause for cause in page.view.causes.shown()] == ["bad_credentials"]


def test_a_fix_that_does_not_help_changes_nothing(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(wrong_mode())
    before = wizard.draft_model.draft
    card_of(page.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    runner.answer(stopped_at(Stage.CONNECT, "connection_refused"))
    assert wizard.draft_model.draft == before
    assert page.view.verdict.text() == "That did not help. Nothing was changed."
    assert [cause.cause for cause in page.view.causes.shown()] == ["wrong_security_mode"]
    assert page.view.causes.card.next.fixes.cards == [], "it is not offered twice"
    report = wizard.draft_model.report()
    assert report is not None
    assert report.stopped_at() == wrong_mode().stopped_at()


@pytest.mark.parametrize("how", ["stop", "fail"])
def test_a_fix_that_does_not_come_to_its_end_changes_nothing(
    open_wizard: OpenWizard, runner: FakeTaskRunner, how: str
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(wrong_mode())
    before = wizard.draft_model.draft
    card_of(page.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    if how == "stop":
        page.stop_button.click()
        assert page.view.verdict.text() == "Stopped. Nothing was changed."
    else:
        runner.fail(StorageError("locked"))
    assert wizard.draft_model.draft == before
    assert page.view.causes.cards
    assert not page.view.running


def test_what_was_typed_meanwhile_is_not_overwritten(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(wrong_mode())
    card_of(page.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    page.email_edit.setText("somebody@example.com")
    runner.answer(passed_report())
    assert wizard.draft_model.draft.admin_email == "somebody@example.com"
    assert wizard.draft_model.draft.security is Security.STARTTLS
    assert wizard.draft_model.report() is None
    assert page.view.verdict.text() == "Something changed meanwhile. Test again."


def test_a_certificate_is_shown_and_takes_a_second_click(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(untrusted())
    card = card_of(page.view.causes.card.next.fixes.cards, FixId.TRUST_CERTIFICATE)
    assert card.consent is not None
    assert not card.consent.isVisibleTo(card)
    card.try_button.click()
    assert runner.pending == [], "the first click only shows"
    said = words(card)
    for text in (
        "smtp.example.com, mail.example.com", "CN=Our own authority", "31 May 2026", "31 May 2027",
        group_fingerprint("ab" * 32),
    ):  # fmt: skip
        assert text in said
    assert nameless(page) == []
    card.leave_button.click()
    assert not card.consent.isVisibleTo(card)
    card.try_button.click()
    card.trust_button.click()
    runner.answer(passed_report())
    assert wizard.draft_model.draft.pinned_certificate == LEAF["pem"]


def test_a_ca_file_gives_way_to_what_the_project_trusts(
    open_wizard: OpenWizard, runner: FakeTaskRunner, certificates: Certificates
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    wizard.draft_model.change(ca_file=str(certificates.ca_file))
    page.test_button.click()
    own = {"own_trust": "ca_file", "project_vouches": True, "chain": [LEAF]}
    runner.answer(stopped_at(Stage.TLS, "cert_untrusted", error="cert_untrusted", **own))
    card = card_of(page.view.causes.card.next.fixes.cards, FixId.USE_PROJECT_TRUST)
    assert page.view.next_button() is card.try_button
    assert "then\nnone" in words(card)
    assert nameless(page) == []
    card.try_button.click()
    runner.answer(passed_report())
    assert wizard.draft_model.draft.ca_file == ""
    assert "The change was kept." in page.view.hint.text()


def test_another_name_is_taken_only_after_a_question(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    leaf = {**LEAF, "names": ["mail.other.invalid"]}
    slug = "cert_hostname_mismatch"
    runner.answer(stopped_at(Stage.TLS, slug, error=slug, chain=[leaf]))
    card = card_of(page.view.causes.card.next.fixes.cards, FixId.USE_CERTIFICATE_NAME)
    assert card.try_button.text() == "Use mail.other.invalid…"
    filled = next_step_of(wizard)
    assert filled is not None
    assert filled is not card.try_button, "no question of trust is the next step by itself"
    assert "Shows the certificate first" in words(card)
    card.try_button.click()
    assert runner.pending == [], "the login goes nowhere before the answer"
    assert "Is mail.other.invalid your provider's mail server?" in words(card)
    assert card.leave_button.text() == "Do not use it"
    card.trust_button.click()
    runner.answer(passed_report())
    assert wizard.draft_model.draft.host == "mail.other.invalid"


def test_a_dead_sign_in_leads_back_to_the_button(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    from tests.gui.driving import go_next, test_page

    go_next(wizard)
    page = test_page(wizard)
    page.email_edit.setText("admin@example.com")
    page.test_button.click()
    runner.answer(stopped_at(Stage.AUTH, "oauth_token_revoked", error="auth_refused"))
    card_of(page.view.causes.card.next.fixes.cards, FixId.SIGN_IN_AGAIN).try_button.click()
    assert wizard.page_now() is authenticate_page(wizard)
    assert panel.box.verdict.text() == "The sign-in no longer works. Sign in again."
    assert panel.sign_in_button.isEnabled()
    panel.sign_in_button.click()
    runner.answer(held_sign_in(refresh="another"))
    runner.answer(passed_report())
    assert wizard.draft_model.draft.secrets()["refresh_token"].reveal() == "another"


# -- in the list's own verification --------------------------------------------------------------


@pytest.fixture
def verify_dialog(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> VerifyDialog:
    store("Invoices")
    window.refresh()
    runner.run_all()
    window.console.connectors.verify_button.click()
    runner.run()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    return dialog


def test_a_fix_for_a_saved_connector_is_saved_when_it_helps(
    verify_dialog: VerifyDialog, runner: FakeTaskRunner, ws: Workspace
) -> None:
    runner.answer(wrong_mode())
    card_of(verify_dialog.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    assert list_connectors(ws)[0].server == "smtp.example.com:587"
    runner.answer(passed_report())
    runner.run()
    assert "The change was saved." in verify_dialog.view.hint.text()
    (row,) = list_connectors(ws)
    assert (row.server, row.status) == ("smtp.example.com:465", "verified")
    assert nameless(verify_dialog) == []
    verify_dialog.again_button.click()
    assert len(runner.pending) == 1
    verify_dialog.reject()


def test_a_field_that_a_step_names_is_set_on_the_connector_s_page(
    verify_dialog: VerifyDialog, runner: FakeTaskRunner, window: MainWindow
) -> None:
    runner.answer(refused_report())
    panel = verify_dialog.view.causes.card.next
    assert panel.go_button.text() == "Go to Password"
    told = [label.text() for label in verify_dialog.view.findChildren(QLabel)]
    assert any("under Configuration, Authenticate" in text for text in told), told
    assert not any("(under Authenticate)" in text for text in told)
    for field, where in (
        ("server.ca_file", "under Configuration, Advanced"),
        ("authentication.mechanism", "under Configuration, Advanced"),
        ("sender.address", "under Configuration, Sender"),
        ("authentication.sign_in", "under Configuration, Authenticate"),
    ):
        assert where_text(verify_dialog.view, field) == where
    panel.go_button.click()
    assert not verify_dialog.isVisible()
    opened = window.console.opened
    assert not opened.is_shown, "not before the list knows what the verification has left"
    runner.run_all()
    assert opened.is_shown
    assert opened.view is not None
    assert opened.view.tabs.currentIndex() == CONFIGURATION
    focused = window.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Password"
    window.console.go_to_list()
    window.refresh()
    runner.run_all()
    assert not opened.is_shown, "once"


def test_the_settings_open_once_the_verification_is_read(
    verify_dialog: VerifyDialog, runner: FakeTaskRunner, window: MainWindow
) -> None:
    runner.answer(refused_report())
    verify_dialog.edit_button.click()
    assert not verify_dialog.isVisible()
    assert not window.console.opened.is_shown, "before the list knows what there is by now"
    runner.run_all()
    assert window.wizard is None
    view = window.console.opened.view
    assert view is not None
    assert view.row.stored.connector.name == "Invoices"
    assert view.tabs.currentIndex() == CONFIGURATION
    runner.run_all()
    window.refresh()
    runner.run_all()
    assert window.wizard is None, "once"


def test_what_passes_by_itself_is_no_alarm(
    verify_dialog: VerifyDialog, runner: FakeTaskRunner
) -> None:
    later = stopped_at(Stage.RCPT_TO, "greylisted", error="recipient_refused")
    later = later._replace(causes=tuple(c._replace(retryable=True) for c in later.causes))
    runner.answer(later)
    assert verify_dialog.view.causes.card.property("cause") == "unknown"
    button = verify_dialog.view.causes.card.next.later
    assert next_step_of(verify_dialog) is button
    assert button.text() == "Try in 5 minutes"
    button.click()
    assert button.timer.isActive()
    assert button.text().startswith("Tests again at ")
    assert not button.isEnabled()
    assert runner.pending == []
    button.timer.timeout.emit()
    assert len(runner.pending) == 1
    assert not button.isVisible()
    runner.answer(later)
    button.click()
    verify_dialog.reject()
    assert not button.timer.isActive(), "nobody waits any more"
    assert not verify_dialog.view.running


def test_a_fix_for_a_saved_connector_that_does_not_help_is_not_saved(
    verify_dialog: VerifyDialog, runner: FakeTaskRunner, ws: Workspace
) -> None:
    runner.answer(wrong_mode())
    card_of(verify_dialog.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    runner.answer(stopped_at(Stage.CONNECT, "connection_refused"))
    assert verify_dialog.view.verdict.text() == "That did not help. Nothing was changed."
    assert runner.pending == []
    assert list_connectors(ws)[0].server == "smtp.example.com:587"
    verify_dialog.reject()


def test_a_change_that_cannot_be_saved_is_told(
    verify_dialog: VerifyDialog, runner: FakeTaskRunner
) -> None:
    runner.answer(wrong_mode())
    card_of(verify_dialog.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    runner.answer(passed_report())
    runner.fail(StorageError("changed_elsewhere"))
    assert "could not be saved" in verify_dialog.view.hint.text()
    verify_dialog.reject()


def test_stopping_a_fix_for_a_saved_connector_shows_what_was_there(
    verify_dialog: VerifyDialog, runner: FakeTaskRunner
) -> None:
    runner.answer(wrong_mode())
    card_of(verify_dialog.view.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    verify_dialog.stop_button.click()
    assert verify_dialog.view.verdict.text() == "Stopped. Nothing was changed."
    assert verify_dialog.view.causes.cards
    verify_dialog.reject()


def test_a_saved_connector_can_be_signed_in_again(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None], ws: Workspace
) -> None:
    store(
        "Invoices",
        provider="exchange",
        server={},
        authentication={
            "method": Method.OAUTH.value,
            "username": "mailer@example.com",
            "oauth": {"client_id": "c1ae2c30-1111-2222-3333-444444444444"},
        },
    )
    window.refresh()
    runner.run_all()
    window.console.connectors.verify_button.click()
    runner.run()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    runner.answer(stopped_at(Stage.AUTH, "oauth_token_revoked", error="token_missing"))
    card_of(dialog.view.causes.card.next.fixes.cards, FixId.SIGN_IN_AGAIN).try_button.click()
    sign_in = dialog.sign_in_dialog
    assert isinstance(sign_in, SignInDialog)
    assert nameless(sign_in) == []
    assert not sign_in.again_button.isEnabled()
    sign_in.box.waiting.cancel_button.click()
    assert sign_in.again_button.isEnabled()
    sign_in.again_button.click()
    runner.answer(held_sign_in())
    runner.run()
    assert not sign_in.isVisible()
    (row,) = list_connectors(ws)
    kept = kept_secret(ws, row.stored, "refresh_token")
    assert kept is not None
    assert kept.reveal() == "1//refresh-never-to-be-read-out"
    assert dialog.view.running, "verified again with the new sign-in"
    runner.answer(refused_report())
    dialog.reject()
