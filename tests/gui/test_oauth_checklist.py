"""The OAuth page as a checklist: what is pasted, remarks with answers, the guide, the ways on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCalendarWidget, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.registration import Redirect
from smtpwizard.model.report import Actor, Cause, Likelihood
from smtpwizard.oauth.signed_in import Progress
from smtpwizard.oauth.tokens import TokenError
from smtpwizard.usecases.sign_in import SignInFailure
from tests.gui.driving import (
    authenticate_page,
    button,
    choose,
    choose_kind,
    fill_name,
    fill_server,
    go_next,
    provider_page,
    refused_report,
    test_page,
)
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_oauth import (
    CLIENT_ID,
    DOMAIN,
    GUID,
    PAGE,
    SECRET,
    WEB,
    at_oauth,
    filled,
    held_sign_in,
    page_of,
    ready,
    shown,
    signed_in,
    words,
)

OpenWizard = Callable[..., ConnectorWizard]

TENANT = "0a1b2c3d-1111-2222-3333-555555555555"
ENTRA_SECRET = "aBc8Q~" + "x" * 34
PORTAL = (
    f"Application (client) ID\n: {GUID}\nObject ID\n: {GUID}\nDirectory (tenant) ID\n: {TENANT}"
)


def paste(edit: QLineEdit, text: str) -> None:
    """Paste over what stands in a box."""
    QGuiApplication.clipboard().setText(text)
    edit.selectAll()
    edit.paste()


# -- whatever is pasted goes to the right box ------------------------------------------------------


@pytest.mark.parametrize("box", ["user", "client_id", "tenant", "domain"])
def test_the_portal_s_text_fills_the_boxes_it_is_for(open_wizard: OpenWizard, box: str) -> None:
    panel = at_oauth(open_wizard(), "Microsoft Exchange")
    panel.user_edit.setText("mailer@example.com")
    paste(getattr(panel.form, f"{box}_edit"), PORTAL)
    assert (panel.client_id_edit.text(), panel.form.tenant_edit.text()) == (GUID, TENANT)
    assert panel.user_edit.text() == "mailer@example.com"
    assert panel.domain_edit.text() == ""
    assert "Sorted into: Client ID, Tenant. The Object ID is not needed." in words(panel.remarks)
    panel.user_edit.setText("other@example.com")
    assert "Sorted" not in words(panel.remarks)


@pytest.mark.parametrize("box", ["user", "client_id", "tenant", "domain"])
def test_a_secret_never_stays_where_it_would_be_seen(open_wizard: OpenWizard, box: str) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    edit = getattr(panel.form, f"{box}_edit")
    paste(edit, f"mail\t31/05/2027\t{ENTRA_SECRET}\t{TENANT}")
    assert panel.client_secret.secret() == Secret(ENTRA_SECRET)
    assert edit.text() == ""
    edit.undo()
    assert ENTRA_SECRET not in edit.text()
    paste(edit, "1//0" + "r" * 40)
    assert edit.text() == ""
    assert "A secret was taken out again" in words(panel.remarks)
    assert ENTRA_SECRET not in json.dumps(wizard.draft_model.draft.to_document())


def test_a_client_file_is_read_in_whatever_box_it_was_pasted(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    panel = at_oauth(open_wizard())
    content = json.dumps({"web": {"client_id": CLIENT_ID, "client_secret": SECRET}}, indent=1)
    paste(panel.domain_edit, content)
    assert panel.domain_edit.text() == ""
    runner.run()
    assert panel.client_id_edit.text() == CLIENT_ID
    assert panel.client_secret.secret() == Secret(SECRET)
    paste(panel.client_id_edit, '{"installed": {}}')
    runner.run()
    assert panel.client_id_edit.text() == CLIENT_ID, "as before"
    assert "The client file cannot be read." in words(panel.remarks)


def test_the_end_of_a_sign_in_says_the_domain_and_leaves_its_code_out(
    open_wizard: OpenWizard,
) -> None:
    panel = at_oauth(open_wizard())
    paste(panel.client_id_edit, f"{WEB}?code=4/0abc&state=b")
    assert panel.domain_edit.text() == DOMAIN
    assert panel.redirect_edit.text() == WEB
    assert panel.client_id_edit.text() == ""
    assert "paste it as Final address" in words(panel.remarks)


def test_typing_is_left_alone(open_wizard: OpenWizard, qtbot: QtBot) -> None:
    panel = at_oauth(open_wizard())
    for letter in SECRET:
        panel.client_id_edit.setText(panel.client_id_edit.text() + letter)
    assert panel.client_id_edit.text() == SECRET
    assert panel.client_secret.secret() is None
    assert panel.client_id_field.error, "and it goes no further"


# -- remarks ---------------------------------------------------------------------------------------


def test_whether_the_app_is_in_testing_is_asked(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    assert "Is the app still in “Testing”?" in words(panel.remarks)
    yes, no = panel.remarks.buttons
    assert (yes.text(), no.text()) == ("Yes, remind me", "No, it is published")
    assert yes.accessibleDescription() == "Is the app still in “Testing”?"
    yes.click()
    assert wizard.draft_model.draft.publishing == "testing"
    assert "ends this sign-in after 7 days" in words(panel.remarks)
    (again,) = panel.remarks.buttons
    again.click()
    panel.remarks.buttons[1].click()
    assert wizard.draft_model.draft.publishing == "production"
    assert "published" in words(panel.remarks)
    choose_kind(panel, "app")
    assert "Testing" not in words(panel.remarks), "nobody signs in there"


def test_what_looks_wrong_is_one_remark_that_leads_to_its_box(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "Microsoft Exchange")
    panel.domain_edit.setText(DOMAIN)
    panel.client_id_edit.setText(GUID)
    panel.client_secret.edit.setText(TENANT)
    assert "Something looks wrong: Client secret" in words(panel.remarks)
    panel.remarks.buttons[0].click()
    assert panel.window().focusWidget() is panel.client_secret.edit
    panel.client_secret.edit.setText("a-secret")
    assert "have the right form" in words(panel.remarks)


# -- the ways on -----------------------------------------------------------------------------------


def test_nothing_is_filled_while_something_is_missing_or_runs(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard)
    assert next_step_of(wizard) is None
    missing = page_of(panel).missing
    assert missing.text() == "Still needed: Smart Flows domain, Client ID, Client secret"
    missing.click()
    assert wizard.focusWidget() is panel.domain_edit
    panel.domain_edit.setText(DOMAIN)
    panel.client_id_edit.setText(CLIENT_ID)
    panel.client_secret.edit.setText(SECRET)
    assert next_step_of(wizard) is panel.sign_in_button
    missing.click()
    assert wizard.focusWidget() is panel.sign_in_button
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    assert next_step_of(wizard) is None
    runner.answer(held_sign_in())
    assert next_step_of(wizard) is button(wizard, "Next")


def test_enter_signs_in(open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    with qtbot.waitActive(wizard):
        wizard.activateWindow()
    panel.user_edit.setFocus()
    qtbot.keyClick(panel.user_edit, Qt.Key.Key_Return)
    assert panel.box.running


def test_one_can_go_on_without_signing_in(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    assert not button(wizard, "Next").isEnabled()
    panel.skip_button.click()
    assert next_step_of(wizard) is button(wizard, "Next")
    assert "Until that is done, the connector cannot send." in words(panel.box)
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    assert "Nobody" not in words(panel.box)
    assert not wizard.draft_model.draft.sign_in_skipped


def test_the_form_is_one_line_while_somebody_signs_in(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    page = page_of(panel)
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    assert not shown(panel.form)
    assert not shown(page.methods)
    assert page.answers() == "OAuth, signing in…"
    assert words(panel.summary).strip() == f"OAuth: Web application\n{CLIENT_ID} · secret in memory"
    steps = words(panel.box.waiting)
    assert "Choose the account mailer@example.com, also if another one is signed in." in steps
    assert "Copy its whole address and paste it here:" in steps
    assert "redirect_uri_mismatch" not in steps
    panel.box.waiting.errors.button.click()
    assert f"The client lacks the redirect URI {WEB}." in words(panel.box.waiting)
    panel.box.waiting.registered = ""
    panel.box.waiting.show_progress(Progress(PAGE, "http://127.0.0.1:43717/"), Redirect.LOOPBACK)
    panel.box.waiting.errors.button.click()
    assert "43717" not in words(panel.box.waiting.errors), "another port each time"
    assert "The client is no Desktop app." in words(panel.box.waiting.errors)
    panel.summary.change_button.click()
    assert runner.pending == [], "which gives it up"
    assert shown(panel.form)
    assert not panel.box.running
    assert ready(panel)


def test_a_sign_in_shows_what_it_is_good_for(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    page = page_of(panel)
    facts = dict(panel.facts.facts)
    assert facts["User"] == "mailer@example.com (the mailbox that sends)"
    assert facts["Permission"].startswith("Send by SMTP https://mail.google.com/")
    assert facts["Lasts"] == "Until it is withdrawn, or 180 days without use"
    assert page.answers() == "OAuth, mailer@example.com"
    assert nameless(page) == []
    panel.summary.change_button.click()
    assert shown(panel.form)
    assert shown(page.methods)
    assert button(wizard, "Next").isEnabled(), "nothing differs yet"
    panel.client_id_edit.setText("9-z.apps.googleusercontent.com")
    assert shown(panel.form), "under the fingers nothing folds"
    panel.client_id_edit.setText(CLIENT_ID)
    go_next(wizard)
    button(wizard, "Back").click()
    assert not shown(panel.form)


def test_a_server_that_does_not_let_the_account_in(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    runner.answer(refused_report())
    assert "smtp.gmail.com did not let this account in." in words(panel.box)
    assert shown(panel.signing_in.view)
    assert not shown(panel.facts)
    assert button(wizard, "Next").isEnabled()
    assert next_step_of(wizard) is panel.signing_in.view.next_button()
    # Another server is another matter.
    button(wizard, "Back").click()
    choose(provider_page(wizard).provider_box, "Create a connection")
    fill_server(wizard)
    go_next(wizard)
    assert not shown(panel.signing_in.view)


def test_enter_does_not_go_past_a_server_that_refuses(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    assert wizard.focusWidget() is button(wizard, "Next")
    revoked = Cause("oauth_token_revoked", Likelihood.HIGH, Actor.YOU, ())
    runner.answer(refused_report()._replace(causes=(revoked,)))
    go = panel.signing_in.view.next_button()
    assert go is not None
    assert wizard.focusWidget() is go
    assert next_step_of(wizard) is go
    go.click()
    assert wizard.focusWidget() is panel.sign_in_button
    assert next_step_of(wizard) is panel.sign_in_button, "not the one that led here"
    # What refused says no more than can be done here.
    rest = [row.step for row in panel.signing_in.view.causes.card.steps.rows]
    assert not any(step.closing for step in rest)


@pytest.mark.parametrize(
    ("cause", "actor", "filled_text"),
    [
        ("oauth_secret_expired", Actor.YOU, "Go to Client secret"),
        ("oauth_consent_required", Actor.MAIL_ADMIN, "Ask your mail administrator…"),
        ("oauth_consent_denied", Actor.YOU, "Sign in"),
    ],
)
def test_after_a_failure_the_next_step_is_not_the_same_try_again(
    open_wizard: OpenWizard, runner: FakeTaskRunner, cause: str, actor: Actor, filled_text: str
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.setFocus()
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    why = Cause(cause, Likelihood.HIGH, actor, ())
    runner.answer(SignInFailure(TokenError("token_refused"), (why,)))
    next_step = next_step_of(wizard)
    assert next_step is not None
    assert next_step.text().replace("&", "") == filled_text
    assert wizard.focusWidget() is next_step
    panel.client_secret.edit.setText("another")
    assert next_step_of(wizard) is panel.sign_in_button


@pytest.mark.parametrize("change", ["client_id", "secret", "user", "kind", "method"])
def test_a_failure_is_gone_with_what_it_was_about(
    open_wizard: OpenWizard, runner: FakeTaskRunner, change: str
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(SignInFailure(TokenError("token_consent_denied"), ()))
    assert panel.box.verdict.text() == "Not signed in"
    if change == "client_id":
        panel.client_id_edit.setText("9-z.apps.googleusercontent.com")
    elif change == "secret":
        panel.client_secret.edit.setText("another")
    elif change == "user":
        panel.user_edit.setText("other@example.com")
    elif change == "kind":
        choose_kind(panel, "loopback")
    else:
        page = page_of(panel)
        page.radios[Method.BASIC].setChecked(True)
        assert "Not signed in" not in words(page)
        return
    assert not words(panel.box)


def test_the_rail_says_how_the_connector_signs_in(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard)
    page = page_of(panel)
    assert page.answers() == "OAuth"
    page.radios[Method.BASIC].setChecked(True)
    assert page.answers() == "Basic"
    page.user_edit.setText("invoices")
    assert page.answers() == "Basic, invoices"
    page.radios[Method.NONE].setChecked(True)
    assert page.answers() == "No authentication"


# -- the guide -------------------------------------------------------------------------------------


def test_a_newcomer_fills_the_boxes_in_the_guide(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard)
    panel.form.guide_button.click()
    guide = panel.guide
    assert guide is not None
    assert nameless(guide) == []
    opens = [card.open_button.text() for card in guide.cards if not card.open_button.isHidden()]
    assert len(opens) == len(set(opens)), opens
    domain = guide.boxes["project.domain"].editor
    assert isinstance(domain, QLineEdit)
    domain.setText("acme")
    assert guide.boxes["project.domain"].error
    domain.setText(f"login.{DOMAIN}")
    assert panel.domain_edit.text() == f"login.{DOMAIN}"
    copies = {
        p.accessibleDescription() for p in guide.findChildren(QPushButton) if p.text() == "Copy"
    }
    assert "Redirect URI" in copies, "at the step that registers it, as soon as it is known"
    secrets = guide.cards[6]
    assert not secrets.tick.isChecked()
    client_id = guide.boxes["authentication.oauth.client_id"].editor
    assert isinstance(client_id, QLineEdit)
    paste(client_id, f"Client ID\n{CLIENT_ID}\nClient secret\nGOCSPX-{'x' * 28}")
    assert client_id.text() == panel.client_id_edit.text() == CLIENT_ID
    assert panel.client_secret.secret() == Secret(f"GOCSPX-{'x' * 28}")
    assert secrets.tick.isChecked(), "what it yields is there"
    guide.reject()
    assert ready(panel)
    assert len([f for f in page_of(panel).fields if f.key == "project.domain"]) == 1


def test_ticks_last_as_long_as_the_wizard(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard())
    panel.open_guide()
    assert panel.guide is not None
    panel.guide.cards[1].tick.click()
    panel.guide.reject()
    panel.open_guide()
    assert [card.tick.isChecked() for card in panel.guide.cards][:3] == [False, True, False]
    choose_kind(panel, "loopback")
    assert panel.guide is not None, "another kind of client has another guide"
    assert panel.guide.windowTitle() == "Register a Desktop app in Google Cloud"
    assert not any(card.tick.isChecked() for card in panel.guide.cards)
    choose_kind(panel, "web")
    assert panel.guide.cards[1].tick.isChecked()
    panel.guide.reject()


def test_somebody_who_may_can_be_asked_at_once(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "Microsoft Exchange")
    panel.form.ask_button.click()
    guide = panel.guide
    assert guide is not None
    assert guide.tabs.currentIndex() == 1
    assert not guide.copy_all_button.isEnabled()
    panel.client_id_edit.setText(GUID)
    panel.user_edit.setText("mailer@example.com")
    assert guide.copy_all_button.isEnabled(), "it keeps up with the page"
    assert GUID in guide.request_edit.toPlainText()
    guide.reject()


# -- dates -----------------------------------------------------------------------------------------


def test_the_end_of_the_secret_is_picked_from_a_calendar(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    panel.domain_edit.setText(DOMAIN)
    panel.client_id_edit.setText(GUID)
    panel.client_secret.edit.setText("a-secret")
    panel.user_edit.setText("mailer@example.com")
    signed_in(panel, runner)
    ends = panel.facts.ends
    assert ends is not None
    assert shown(ends.editor)
    assert isinstance(ends.editor, QLineEdit)
    ends.editor.setText("soon")
    assert ends.error
    assert not button(wizard, "Next").isEnabled()
    calendar = ends.beside[0].open_calendar()  # type: ignore[attr-defined]
    assert isinstance(calendar, QCalendarWidget)
    calendar.clicked.emit(calendar.selectedDate())
    assert ends.error == ""
    assert wizard.draft_model.draft.secret_expires == calendar.selectedDate().toString("yyyy-MM-dd")
    assert panel.form.expires_edit.text() == wizard.draft_model.draft.secret_expires
    assert wizard.draft_model.draft.holding_sign_in() is not None
    runner.pending.clear()


def test_a_saved_sign_in_shows_the_ways_to_sign_in_as_well(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner, held_sign_in())
    go_next(wizard)
    test_page(wizard).email_edit.setText("admin@example.com")
    button(wizard, "Finish").click()
    runner.run_all()
    again = open_wizard("Invoices")
    for _ in range(2):
        go_next(again)
    page = authenticate_page(again)
    assert shown(page.methods)
    assert not shown(page.oauth.form)
    assert dict(page.oauth.facts.facts)["User"].startswith("mailer@example.com")


def test_a_check_that_could_not_be_done_is_no_refusal(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    assert "Checking whether smtp.gmail.com lets this account in…" in words(panel.box)
    runner.fail(SecretStoreError("secret_store_locked"))
    assert "Whether smtp.gmail.com lets this account in was not checked." in words(panel.box)
    assert "keyring is locked" in words(panel.signing_in.view)
    assert button(wizard, "Next").isEnabled()


def test_leaving_the_page_stops_the_check(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    button(wizard, "Back").click()
    assert runner.pending == []
    go_next(wizard)
    assert "Checking" not in words(panel.box)
    assert "Signed in as mailer@example.com" in words(panel.box)


def test_a_step_of_a_cause_leads_to_its_box(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    page = page_of(panel)
    for key, edit in (
        ("authentication.oauth.client_id", panel.client_id_edit),
        ("authentication.oauth.ca_file", panel.form.ca_file_edit),
    ):
        panel.fold_again()
        panel.show_draft()
        page.focus_field(key)
        assert shown(edit)
        assert wizard.focusWidget() is edit
    page.focus_field("authentication.method")
    assert wizard.focusWidget() is page.radios[Method.OAUTH]
    page.radios[Method.BASIC].setChecked(True)
    for key, editor in (
        ("authentication.password", page.password.edit),
        ("authentication.username", page.user_edit),
        ("authentication.mechanism", page.mechanism_box),
    ):
        page.focus_field(key)
        assert wizard.focusWidget() is editor


def test_a_server_of_ones_own_asks_for_what_it_needs(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    fill_name(wizard)
    go_next(wizard)
    fill_server(wizard)
    go_next(wizard)
    page = authenticate_page(wizard)
    page.radios[Method.OAUTH].setChecked(True)
    panel = page.oauth
    choose_kind(panel, "web")
    panel.client_id_edit.setText("my-client")
    page.reveal_problems()
    # A Web client has a secret: nothing says to leave it out.
    assert "Client secret" in page.missing.text()
    assert "empty" not in panel.client_secret.hint
    assert "both endpoints under Advanced" in panel.form.issuer_field.error
    choose_kind(panel, "loopback")
    assert "Client secret" not in page.missing.text()
    assert "empty" in panel.client_secret.hint
    panel.form.issuer_edit.setText("https://sign-in.example.com")
    assert "right form" not in words(panel.remarks), "nobody knows its form"


def test_tab_comes_to_the_kind_that_is_chosen(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "Gmail (Google)")
    choose_kind(panel, "loopback")
    stops = {
        redirect: bool(radio.focusPolicy() & Qt.FocusPolicy.TabFocus)
        for redirect, radio in panel.form.kinds.radios.items()
    }
    assert [redirect for redirect, stop in stops.items() if stop] == [Redirect.LOOPBACK]
