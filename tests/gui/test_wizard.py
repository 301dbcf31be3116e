"""The walk through the wizard, page by page, without a network and without waiting."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from smtpwizard.flow.steps import StepId
from smtpwizard.gui.secret_store_dialogs import PassphraseDialog, StoreDialog
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard, page_titles
from smtpwizard.gui.wizard.pages.form import PAGE_IDS
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method, Security
from smtpwizard.model.errors import SecretStoreError, StorageError, UsageError
from smtpwizard.model.report import Stage, StageResult, Status
from smtpwizard.model.stage_facts import ResolveFacts
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.verify import SecretSources
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import (
    authenticate_page,
    button,
    choose,
    fill_basic,
    fill_name,
    fill_server,
    go_next,
    message_box,
    name_page,
    passed_report,
    press,
    provider_page,
    refused_report,
    test_page,
    walk_to_test,
)
from tests.gui.fake_runner import FakeTaskRunner

OpenWizard = Callable[..., ConnectorWizard]


# -- moving about --------------------------------------------------------------------------------


def test_a_walk_saves_a_verified_connector(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(passed_report())
    assert page.view.verdict.text() == "smtp.example.com accepted the test email"
    button(wizard, "Finish").click()
    assert wizard.isVisible(), "open until it is saved"
    runner.run()
    assert not wizard.isVisible()
    (row,) = list_connectors(ws)
    assert (row.name, row.default, row.status) == ("Invoices", True, "verified")
    assert row.server == "smtp.example.com:587"


def test_next_waits_for_what_is_missing_and_says_what(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    wizard.page_now().show_problems()
    assert not button(wizard, "Next").isEnabled()
    assert "Name" in wizard.page_now().missing.text()
    assert not name_page(wizard).fields[0].error, "an untouched field is not told off"
    fill_name(wizard)
    assert button(wizard, "Next").isEnabled()
    assert wizard.page_now().missing.text() == ""


def test_enter_on_an_unfinished_page_shows_what_is_wrong(
    open_wizard: OpenWizard, qtbot: QtBot
) -> None:
    wizard = open_wizard()
    qtbot.keyClick(name_page(wizard).name_edit, Qt.Key.Key_Return)
    assert name_page(wizard).fields[0].note.text() == "Give the connector a name."


def test_back_loses_nothing(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    test_page(wizard).send_to_edit.setText("someone@example.com")
    for _ in range(3):
        button(wizard, "Back").click()
    assert wizard.currentId() == 0
    draft = wizard.draft_model.draft
    assert (draft.name, draft.host) == ("Invoices", "smtp.example.com")
    assert draft.password is not None
    assert draft.password.reveal() == "not-a-real-one"
    for _ in range(3):
        go_next(wizard)
    assert test_page(wizard).send_to_edit.text() == "someone@example.com"
    assert authenticate_page(wizard).password.edit.text() == "not-a-real-one"


def test_a_sender_address_is_judged_where_it_is_entered(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.email_edit.setText("admin@example.com")
    assert page.sender_edit.placeholderText() == "mailer@example.com"
    wizard.draft_model.change(username="mailer")
    assert page.sender_edit.placeholderText() == "admin@example.com", "as it is sent"
    page.sender_edit.setText("nobody")
    field = next(field for field in page.fields if field.key == "sender.address")
    assert field.error
    assert not button(wizard, "Finish").isEnabled()
    assert not page.test_button.isEnabled()
    page.sender_edit.setText("invoices@example.com")
    assert not field.error
    connector = wizard.draft_model.connector()
    assert connector is not None
    assert connector.sender_address() == "invoices@example.com"
    button(wizard, "Finish").click()
    runner.run()
    (row,) = list_connectors(ws)
    assert row.stored.connector.sender.address == "invoices@example.com"
    again = test_page(open_wizard("Invoices"))
    again.refresh()
    assert again.sender_edit.text() == "invoices@example.com"


@pytest.mark.parametrize("how", ["escape", "close", "cancel"])
def test_leaving_asks_when_something_was_typed(
    open_wizard: OpenWizard, qtbot: QtBot, how: str
) -> None:
    wizard = open_wizard()
    fill_name(wizard)

    def leave() -> None:
        if how == "escape":
            qtbot.keyClick(wizard, Qt.Key.Key_Escape)
        elif how == "close":
            wizard.close()
        else:
            button(wizard, "Cancel").click()

    leave()
    press(message_box(wizard), "Keep editing")
    assert wizard.isVisible()
    leave()
    press(message_box(wizard), "Discard")
    assert not wizard.isVisible()


def test_leaving_an_untouched_wizard_asks_nothing(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    button(wizard, "Cancel").click()
    assert not wizard.isVisible()


def test_typing_keeps_the_focus(open_wizard: OpenWizard, qtbot: QtBot) -> None:
    wizard = open_wizard()
    with qtbot.waitActive(wizard):
        wizard.activateWindow()
    edit = name_page(wizard).name_edit
    assert edit.hasFocus()
    qtbot.keyClicks(edit, "Invoices")
    assert edit.hasFocus()
    assert wizard.draft_model.draft.name == "Invoices"


def test_pages_are_as_large_as_the_largest(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    sizes = {(wizard.width(), wizard.height())}
    walk_to_test(wizard)
    sizes.add((wizard.width(), wizard.height()))
    assert len(sizes) == 1


# -- page 1 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Give the connector a name."),
        ("   ", "Give the connector a name."),
        ("in\u202evoices", "control characters"),
        ("a\nb", "control characters"),
        ("x" * 2000, "too long"),
        ("invoices", "Another connector has this name"),
    ],
)
def test_a_bad_name_is_told_beside_the_field(
    open_wizard: OpenWizard, store: Callable[..., None], name: str, said: str
) -> None:
    store("Invoices")
    wizard = open_wizard()
    name_page(wizard).name_edit.setText("something")
    name_page(wizard).name_edit.setText(name)
    name_page(wizard).description_edit.setFocus()
    field = name_page(wizard).fields[0]
    assert said in field.note.text()
    assert said in field.editor.accessibleDescription()
    assert not button(wizard, "Next").isEnabled()


def test_a_huge_paste_is_capped_and_told(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    name_page(wizard).name_edit.setText("x" * 10_000_000)
    assert len(name_page(wizard).name_edit.text()) == 32_767
    name_page(wizard).description_edit.setFocus()
    assert "too long" in name_page(wizard).fields[0].note.text()


# -- page 2 --------------------------------------------------------------------------------------


def at_provider(wizard: ConnectorWizard) -> ConnectorWizard:
    fill_name(wizard)
    go_next(wizard)
    return wizard


def test_a_known_provider_shows_what_it_brings(open_wizard: OpenWizard) -> None:
    wizard = at_provider(open_wizard())
    page = provider_page(wizard)
    assert [page.provider_box.itemText(i) for i in range(3)] == [
        "Gmail (Google)",
        "Microsoft Exchange",
        "Create a connection",
    ]
    choose(page.provider_box, "Microsoft Exchange")
    assert page.brings_whose.text() == "Microsoft Exchange brings these settings:"
    assert page.brings.text().replace("\u00a0", " ") == (
        "Server smtp.office365.com · Port 587 · STARTTLS"
    )
    assert not page.server_edit.isVisible()
    assert button(wizard, "Next").isEnabled()


def test_the_port_follows_the_encryption_until_typed(open_wizard: OpenWizard) -> None:
    wizard = at_provider(open_wizard())
    fill_server(wizard)
    page = provider_page(wizard)
    assert page.security_box.currentText() == "STARTTLS"
    ports = []
    for words in ("None", "SSL/TLS", "STARTTLS"):
        choose(page.security_box, words)
        ports.append(page.port_edit.text())
    assert ports == ["25", "465", "587"]
    page.port_edit.setText("2525")
    choose(page.security_box, "SSL/TLS")
    assert page.port_edit.text() == "2525", "a port set by hand stays"
    page.port_edit.setText("")
    choose(page.security_box, "None")
    assert page.port_edit.text() == "25", "an emptied port follows again"


@pytest.mark.parametrize(
    ("pasted", "server", "port", "security"),
    [
        ("smtps://mail.example.com:465", "mail.example.com", "465", Security.IMPLICIT_TLS),
        ("mail.example.com:587", "mail.example.com", "587", Security.STARTTLS),
        ("someone@example.com", "example.com", "587", Security.STARTTLS),
    ],
)
def test_a_pasted_server_sorts_itself_out(
    open_wizard: OpenWizard, pasted: str, server: str, port: str, security: Security
) -> None:
    wizard = at_provider(open_wizard())
    page = provider_page(wizard)
    choose(page.provider_box, "Create a connection")
    page.server_edit.setText(pasted)
    assert (page.server_edit.text(), page.port_edit.text()) == (server, port)
    assert wizard.draft_model.draft.security is security


def test_what_is_pasted_with_the_server_is_neither_lost_nor_shown(
    open_wizard: OpenWizard, qtbot: QtBot
) -> None:
    wizard = at_provider(open_wizard())
    page = provider_page(wizard)
    choose(page.provider_box, "Create a connection")
    for text in (
        "smtp://me%40x.example:hunter2@mail.example.com:465",
        "Server: mail.example.com\nPort: 465\nEncryption: SSL\nUser: me@x.example\n"
        "Password: hunter2",
    ):
        page.server_edit.clear()
        page.user_edit.clear()
        QGuiApplication.clipboard().setText(text)
        page.server_edit.paste()
        assert page.server_edit.text() == "mail.example.com"
        assert (page.port_edit.text(), page.user_edit.text()) == ("465", "me@x.example")
        assert wizard.draft_model.draft.password == Secret("hunter2")
        assert page.server_field.note.text() == (
            "The password that you pasted is on the next page, as dots."
        )
        page.server_edit.undo()
        assert page.server_edit.text() == "mail.example.com", "nothing comes back"
    assert not any("hunter2" in label.text() for label in wizard.findChildren(QLabel))
    page.server_edit.setText("you@mail.example.com")
    assert page.user_edit.text() == "me@x.example"
    assert page.server_field.note.text() == (
        "The user in it is you@mail.example.com. The one below stays as it is."
    )
    page.user_edit.setText("you@mail.example.com")
    assert "stays" not in page.server_field.note.text()


@pytest.mark.parametrize(
    ("security", "port", "belongs"),
    [
        ("STARTTLS", "465", "SSL/TLS"),
        ("None", "465", "SSL/TLS"),
        ("SSL/TLS", "587", "STARTTLS"),
        ("SSL/TLS", "25", "STARTTLS"),
        ("STARTTLS", "587", ""),
        ("STARTTLS", "2525", ""),
        ("None", "587", ""),
        ("SSL/TLS", "465", ""),
    ],
)
def test_a_port_of_another_method_is_told_at_the_field(
    open_wizard: OpenWizard, security: str, port: str, belongs: str
) -> None:
    wizard = at_provider(open_wizard())
    fill_server(wizard)
    page = provider_page(wizard)
    assert page.port_field.note.text() == "587 goes with STARTTLS."
    choose(page.security_box, security)
    page.port_edit.setText(port)
    links = [push for push in page.port_field.box.findChildren(QPushButton) if not push.isHidden()]
    if belongs:
        assert page.port_field.note.text() == f"{port} goes with {belongs}."
        assert page.port_field.note.property("tone") == "warning"
        [link] = links
        assert link.text() == "Use that"
        link.click()
        assert (page.security_box.currentText(), page.port_edit.text()) == (belongs, port)
        assert link.isHidden()
    else:
        assert links == []
        assert page.port_field.note.property("tone") == "muted"
    assert button(wizard, "Next").isEnabled()


def test_the_password_page_says_again_that_nothing_is_encrypted(open_wizard: OpenWizard) -> None:
    wizard = at_provider(open_wizard())
    fill_server(wizard)
    page = provider_page(wizard)
    note = authenticate_page(wizard).password.note
    for security, agreed, words in (
        (
            "STARTTLS",
            False,
            "Kept for this session only, never among the settings.",
        ),
        (
            "None",
            False,
            "It is not sent as long as there is no encryption (under Provider):",
        ),
        ("None", True, "It is sent unencrypted, as you agreed: everyone on the way can read it."),
    ):
        choose(page.security_box, security)
        wizard.draft_model.change(allow_cleartext=agreed)
        go_next(wizard)
        fill_basic(wizard)
        assert note.text().startswith(words)
        button(wizard, "Back").click()
    go_next(wizard)
    fill_basic(wizard, "x ")
    assert note.text() == f"{words} It ends with a space. It is kept as typed."


def test_what_nobody_sees_in_a_login_is_said_at_its_field(open_wizard: OpenWizard) -> None:
    wizard = at_provider(open_wizard())
    fill_server(wizard)
    page = provider_page(wizard)
    page.user_edit.setText("mailer@example.com\u200b")
    user = next(f for f in page.fields if f.key == "authentication.username")
    words = "It ends with an invisible character (zero-width). It is kept as typed."
    assert user.note.text() == words
    page.user_edit.setText("mailer@example.com")
    assert "invisible" not in user.note.text()
    page.user_edit.setText("mailer@example.com\u200b")
    go_next(wizard)
    fill_basic(wizard, "abcd\u00a0efgh\u00a0ijkl\u00a0mnop")
    password = authenticate_page(wizard).password
    assert password.note.text() == "It contains 3 no-break spaces. It is kept as typed."
    assert wizard.draft_model.draft.username == "mailer@example.com\u200b"
    assert button(wizard, "Next").isEnabled(), "a remark stops nobody"


def test_a_typed_port_is_not_cut_off_the_server_half_way(
    open_wizard: OpenWizard, qtbot: QtBot
) -> None:
    wizard = at_provider(open_wizard())
    with qtbot.waitActive(wizard):
        wizard.activateWindow()
    page = provider_page(wizard)
    choose(page.provider_box, "Create a connection")
    page.server_edit.setFocus()
    qtbot.keyClicks(page.server_edit, "mail.example.com:2525")
    assert page.server_edit.text() == "mail.example.com:2525"
    page.server_field.touch()  # as after a pause
    assert not page.server_field.error
    page.port_edit.setFocus()
    assert page.server_edit.text() == "mail.example.com"
    assert page.port_edit.text() == "2525"


@pytest.mark.parametrize("port", ["0", "70000", "-1", "5e2", "५८७", "abc"])
def test_a_bad_port_is_told_beside_the_field(open_wizard: OpenWizard, port: str) -> None:
    wizard = at_provider(open_wizard())
    fill_server(wizard)
    page = provider_page(wizard)
    page.port_edit.setText(port)
    assert "1 to 65535" in page.port_field.note.text()
    assert not button(wizard, "Next").isEnabled()


def test_clear_text_needs_two_steps(open_wizard: OpenWizard) -> None:
    wizard = at_provider(open_wizard())
    fill_server(wizard)
    page = provider_page(wizard)
    assert not page.cleartext_box.isEnabled()
    choose(page.security_box, "None")
    page.cleartext_box.setChecked(True)
    assert not page.cleartext_box.isChecked(), "not before the answer"
    press(message_box(page), "Keep it protected")
    assert not wizard.draft_model.draft.allow_cleartext
    page.cleartext_box.setChecked(True)
    press(message_box(page), "Send in clear text")
    assert page.cleartext_box.isChecked()
    assert wizard.draft_model.draft.allow_cleartext
    page.cleartext_box.setChecked(False)
    assert not wizard.draft_model.draft.allow_cleartext


# -- page 3 --------------------------------------------------------------------------------------


def at_authenticate(wizard: ConnectorWizard) -> ConnectorWizard:
    at_provider(wizard)
    fill_server(wizard)
    go_next(wizard)
    return wizard


def test_oauth_is_preselected_for_known_providers(open_wizard: OpenWizard) -> None:
    wizard = at_provider(open_wizard())
    choose(provider_page(wizard).provider_box, "Gmail (Google)")
    go_next(wizard)
    page = authenticate_page(wizard)
    assert page.radios[Method.OAUTH].isChecked()
    page.domain_edit.setText("example.smartflows.com")
    assert page.redirect_edit.text() == "https://login.example.smartflows.com/oauth2/redirect"
    assert page.redirect_edit.isReadOnly()
    assert not button(wizard, "Next").isEnabled()
    page.client_id_edit.setText("an-id")
    page.client_secret.edit.setText("a-secret")
    assert page.missing.text() == "Still needed: sign in once"
    page.oauth.skip_button.click()
    assert button(wizard, "Next").isEnabled()


def test_a_chosen_method_survives_another_provider(open_wizard: OpenWizard) -> None:
    wizard = at_authenticate(open_wizard())
    authenticate_page(wizard).radios[Method.NONE].setChecked(True)
    button(wizard, "Back").click()
    choose(provider_page(wizard).provider_box, "Gmail (Google)")
    assert wizard.draft_model.draft.method is Method.NONE


def test_there_is_one_page_for_each_step(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    assert list(wizard.pages) == list(StepId)
    assert wizard.pageIds() == [PAGE_IDS[step] for step in StepId]
    titles = [page.accessibleName() for page in wizard.pages.values()]
    assert titles == [page.accessibleName() for page in wizard.pages.values()]
    assert titles == list(page_titles().values())


def test_without_authentication_nothing_else_is_asked(open_wizard: OpenWizard) -> None:
    wizard = at_authenticate(open_wizard())
    assert not button(wizard, "Next").isEnabled()
    authenticate_page(wizard).radios[Method.NONE].setChecked(True)
    assert button(wizard, "Next").isEnabled()


@pytest.mark.parametrize(
    ("typed", "kept", "said"),
    [
        ("secret", "secret", ""),
        (" secret", " secret", "space"),
        ("secret\u00a0", "secret\u00a0", "space"),
        ("secret\n", "secret", "line break"),
    ],
)
def test_a_password_is_kept_as_typed_and_oddities_are_told(
    open_wizard: OpenWizard, typed: str, kept: str, said: str
) -> None:
    wizard = at_authenticate(open_wizard())
    fill_basic(wizard, typed)
    password = wizard.draft_model.draft.password
    assert password is not None
    assert password.reveal() == kept
    assert said in authenticate_page(wizard).password.warning


def test_a_password_is_masked_until_shown(open_wizard: OpenWizard) -> None:
    wizard = at_authenticate(open_wizard())
    fill_basic(wizard)
    field = authenticate_page(wizard).password
    assert field.edit.echoMode() is QLineEdit.EchoMode.Password
    field.show_button.click()
    assert field.edit.echoMode() is QLineEdit.EchoMode.Normal
    field.show_button.click()
    assert field.edit.echoMode() is QLineEdit.EchoMode.Password


# -- page 4 --------------------------------------------------------------------------------------


def test_untested_is_said_and_allowed(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    assert page.view.idle.isVisible()
    assert "sends one email to admin@example.com" in page.view.verdict.text()
    assert not page.view.table.isVisible(), "nothing to see before the test"
    assert "as not tested" in page.view.hint.text()
    button(wizard, "Finish").click()
    runner.run()
    assert [row.status for row in list_connectors(ws)] == ["untested"]


def test_the_stages_show_live(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    page = walk_to_test(open_wizard())
    page.test_button.click()
    assert [row.word for row in page.view.table.rows] == ["waiting"] * 9
    runner.report(StageResult(Stage.RESOLVE, running=True))
    assert page.view.table.rows[0].word.startswith("running… ")
    assert page.view.verdict.text() == "Testing smtp.example.com: Find the server"
    runner.report(
        StageResult(Stage.RESOLVE, Status.PASSED, 12, facts=ResolveFacts(addresses=("::1",)))
    )
    first = page.view.table.rows[0]
    assert (first.word, first.time, first.detail) == ("passed", "12 ms", "::1")


def test_while_testing_only_stop_and_back_are_offered(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    assert page.stop_button.isEnabled()
    assert not page.test_button.isEnabled()
    assert not button(wizard, "Finish").isEnabled()
    page.stop_button.click()
    assert not page.view.running
    assert page.test_button.isEnabled()
    assert button(wizard, "Finish").isEnabled()
    assert runner.pending == []
    assert "Stopped" in page.view.verdict.text()


def test_back_stops_a_test(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    button(wizard, "Back").click()
    assert not page.view.running
    assert len(runner.cancelled) == 1


def test_leaving_during_a_test_asks_and_stops_it(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    wizard.reject()
    box = message_box(wizard)
    assert "A test is running" in box.informativeText()
    press(box, "Discard")
    assert not page.view.running


@pytest.mark.parametrize("field", ["port", "password", "send_to"])
def test_a_changed_field_unproves_a_success(
    open_wizard: OpenWizard, runner: FakeTaskRunner, field: str
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(passed_report())
    assert wizard.draft_model.report() is not None
    if field == "send_to":
        page.send_to_edit.setText("else@example.com")
    else:
        button(wizard, "Back").click()
        if field == "password":
            fill_basic(wizard, "another")
        else:
            button(wizard, "Back").click()
            provider_page(wizard).port_edit.setText("2525")
            go_next(wizard)
        go_next(wizard)
    assert wizard.draft_model.report() is None
    assert "Something changed since the test" in page.view.verdict.text()
    assert not page.view.table.isVisible()


def test_a_name_change_keeps_a_success(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test_button.click()
    runner.answer(passed_report())
    wizard.draft_model.change(name="Another name")
    assert wizard.draft_model.report() is not None


def test_a_failure_shows_its_cause_and_the_servers_words(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    page = walk_to_test(open_wizard())
    page.test_button.click()
    runner.answer(refused_report())
    texts = " ".join(label.text() for label in page.view.findChildren(QLabel))
    texts += page.view.causes.card.title.text()
    assert page.view.verdict.text() == "User name or password was not accepted"
    assert page.view.causes.card.kicker.text() == "Stopped at Sign in"
    for words in ("User name or password was not accepted", "Then test again.", "535", "You"):
        assert words in texts
    assert "535" in page.view.transcript.text()
    rows = [(row.title, row.word) for row in page.view.table.rows]
    assert rows == [
        ("5 passed", "folded"),
        ("Sign in", "failed"),
        ("3 not reached", "folded"),
    ]


def test_a_hostile_server_stays_plain_text(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    hostile = '<img src="/etc/passwd"><b>bold</b> \x1b[2J \u202egnp.exe ' + "x" * 5000
    page = walk_to_test(open_wizard())
    page.test_button.click()
    runner.answer(refused_report(hostile))
    for label in page.view.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert "\x1b" not in label.text()
        assert "\u202e" not in label.text()
        assert len(label.text()) < 3000
    assert all(len(line) < 2100 for line in page.view.transcript.text().splitlines())


@pytest.mark.parametrize("address", ["", "admin", "a@b@c", "a@x.org b@x.org", "a@x.org\r\nb"])
def test_a_bad_admin_address_is_told_and_nothing_can_be_tested(
    open_wizard: OpenWizard, address: str
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.email_edit.setText(address)
    page.send_to_edit.setFocus()
    assert page.fields[0].error
    assert not page.test_button.isEnabled()
    assert not button(wizard, "Finish").isEnabled()


# -- editing and saving --------------------------------------------------------------------------


def test_editing_keeps_the_password_and_what_has_no_widget(
    open_wizard: OpenWizard, store: Callable[..., None], runner: FakeTaskRunner, ws: Workspace
) -> None:
    store(server={"host": "smtp.example.com", "proxy": "socks5://proxy.example.com:1080"})
    wizard = open_wizard("Invoices")
    fill_name(wizard, "Bills")
    go_next(wizard)
    go_next(wizard)
    password = authenticate_page(wizard).password.edit
    assert password.text() == ""
    assert "Kept" in password.placeholderText()
    go_next(wizard)
    button(wizard, "Finish").click()
    runner.run()
    (row,) = list_connectors(ws)
    assert row.name == "Bills"
    assert row.stored.connector.server.proxy == "socks5://proxy.example.com:1080"
    kept = kept_secret(ws, row.stored, "password")
    assert kept is not None
    assert kept.reveal() == "stored-secret"


def test_the_test_of_an_edited_connector_uses_the_kept_password(
    open_wizard: OpenWizard,
    store: Callable[..., None],
    runner: FakeTaskRunner,
    ws: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store()
    seen: dict[str, object] = {}

    def verify(ws: Workspace, connector: object, sources: object, **_: object) -> object:
        seen["sources"] = sources
        return passed_report()

    monkeypatch.setattr("smtpwizard.usecases.drafts.verify_connector", verify)
    wizard = open_wizard("Invoices")
    for _ in range(3):
        go_next(wizard)
    test_page(wizard).test_button.click()
    runner.run()
    (row,) = list_connectors(ws)
    assert seen["sources"] == SecretSources({}, row.stored)


def test_a_name_taken_meanwhile_leads_back_to_the_name(
    open_wizard: OpenWizard, runner: FakeTaskRunner, store: Callable[..., None], ws: Workspace
) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    store("INVOICES")
    button(wizard, "Finish").click()
    outcome = runner.run()
    assert isinstance(outcome.error, UsageError)
    assert wizard.currentId() == 0
    assert "Another connector has this name" in name_page(wizard).fields[0].note.text()
    assert wizard.isVisible()


def test_a_connector_changed_elsewhere_is_told(
    open_wizard: OpenWizard, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store()
    wizard = open_wizard("Invoices")
    for _ in range(3):
        go_next(wizard)
    button(wizard, "Finish").click()
    runner.fail(StorageError("changed_elsewhere"))
    box = message_box(wizard)
    assert box.text() == "Not saved"
    assert "another program" in box.informativeText()
    assert wizard.isVisible()


def test_a_slow_save_says_what_it_waits_for_and_can_be_left(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot, ws: Workspace
) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    button(wizard, "Finish").click()
    wizard.reject()
    assert wizard.isVisible(), "a save under way is not walked away from"
    qtbot.waitUntil(lambda: wizard._waiting is not None)
    waiting = wizard._waiting
    assert waiting is not None
    assert waiting.isVisible()
    press(waiting, "Cancel")
    assert runner.pending == []
    button(wizard, "Finish").click()
    runner.run()
    assert len(list_connectors(ws)) == 1


def test_without_a_keyring_the_user_chooses(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    ws._secret_store = None
    button(wizard, "Finish").click()
    runner.fail(SecretStoreError("secret_store_unavailable"))
    (dialog,) = [d for d in wizard.findChildren(StoreDialog) if d.isVisible()]
    dialog._session.setChecked(True)
    press(dialog, "Continue")
    runner.run_all()
    assert not wizard.isVisible()
    (row,) = list_connectors(ws)
    assert row.stored.secrets["password"].startswith("session:")


def test_a_passphrase_file_is_asked_for_twice_when_new(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    ws.passphrase = wizard._recovery._keeper.answer
    ws._secret_store = None
    button(wizard, "Finish").click()
    runner.fail(SecretStoreError("secret_store_unavailable"))
    (choice,) = [d for d in wizard.findChildren(QDialog) if d.isVisible()]
    press(choice, "Continue")
    runner.run_all()
    (ask,) = [d for d in wizard.findChildren(PassphraseDialog) if d.isVisible()]
    ask.first.setText("7 chars")
    ask.second.setText("7 chars")
    assert not ask.go.isEnabled()
    assert ask.first_field.error == error_text("passphrase_too_short", {"limit": 8}, Face.WINDOW)
    ask.second.setText("")
    ask.first.setText("correct horse")
    assert ask.first_field.error == ""
    assert not ask.go.isEnabled()
    ask.second.setText("correct horze")
    assert ask.second_field.error
    ask.second.setText("correct horse")
    assert ask.go.isEnabled()
    press(ask, "Continue")
    runner.run_all()
    assert not wizard.isVisible()
    (row,) = list_connectors(ws)
    assert row.stored.secrets["password"].startswith("file:")
    assert b"not-a-real-one" not in (ws.data_dir / "secrets.enc").read_bytes()


def test_the_domain_is_kept_for_the_project(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = at_provider(open_wizard())
    choose(provider_page(wizard).provider_box, "Gmail (Google)")
    go_next(wizard)
    page = authenticate_page(wizard)
    page.domain_edit.setText("example.smartflows.com")
    page.client_id_edit.setText("an-id")
    page.client_secret.edit.setText("a-secret")
    page.oauth.skip_button.click()
    go_next(wizard)
    test_page(wizard).email_edit.setText("admin@example.com")
    button(wizard, "Finish").click()
    runner.run()
    assert ws.project.domain == "example.smartflows.com"


def test_the_demos_values_fill_the_draft(open_wizard: OpenWizard) -> None:
    demo = {
        "host": "localhost",
        "ports": {"starttls": 2587, "implicit_tls": 2465},
        "security": "starttls",
        "username": "mailer@demo.example",
        "password": "throw-away",
        "ca_file": os.path.abspath("/somewhere/ca.pem"),
    }
    wizard = open_wizard(demo=demo)
    press(wizard.sideWidget(), "Fill in")
    for _ in range(3):
        go_next(wizard)
    assert wizard.draft_model.connector() is not None
    assert wizard.draft_model.problems(StepId.TEST) == ()
