"""The OAuth part of page 3, state by state, without a network and without waiting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.gui.sign_in.sign_in_job import (
    Answers,
    Complaint,
    NoBrowser,
)
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.gui.wizard.pages.authenticate import AuthenticatePage
from smtpwizard.gui.wizard.pages.oauth.panel import OAuthPanel
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError, UsageError
from smtpwizard.model.registration import Family, Learned
from smtpwizard.model.token_facts import Expectation, Mismatch, TokenFacts
from smtpwizard.net.cancel import CancelToken
from smtpwizard.net.http import HttpError
from smtpwizard.oauth.receiver import ResponseError
from smtpwizard.oauth.registrations import endpoints_for
from smtpwizard.oauth.signed_in import HeldSecrets, Progress, SignedIn
from smtpwizard.oauth.tokens import TokenError, TokenSet
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.sign_in import SignInFailure, causes_of
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import (
    authenticate_page,
    button,
    choose,
    choose_kind,
    fill_name,
    fill_server,
    go_next,
    passed_report,
    provider_page,
    test_page,
)
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless, tab_order
from tests.usecases.conftest import connector

OpenWizard = Callable[..., ConnectorWizard]

GUID = "c1ae2c30-1111-2222-3333-444444444444"
CLIENT_ID = "1234-abc.apps.googleusercontent.com"
SECRET = "GOCSPX-never-to-be-read-out"
REFRESH = "1//refresh-never-to-be-read-out"
DOMAIN = "example.smartflows.com"
WEB = f"https://login.{DOMAIN}/oauth2/redirect"
PAGE = "https://accounts.example.com/authorize?state=abc"


def at_oauth(wizard: ConnectorWizard, provider: str = "Gmail (Google)") -> OAuthPanel:
    fill_name(wizard)
    go_next(wizard)
    choose(provider_page(wizard).provider_box, provider)
    if provider == "Create a connection":
        fill_server(wizard)
    go_next(wizard)
    page = authenticate_page(wizard)
    page.radios[page.draft_model.draft.method.OAUTH].setChecked(True)
    return page.oauth


def filled(wizard: ConnectorWizard, user: str = "mailer@example.com") -> OAuthPanel:
    panel = at_oauth(wizard)
    panel.domain_edit.setText(DOMAIN)
    panel.client_id_edit.setText(CLIENT_ID)
    panel.client_secret.edit.setText(SECRET)
    panel.user_edit.setText(user)
    return panel


def page_of(panel: OAuthPanel) -> AuthenticatePage:
    page = panel._page
    assert isinstance(page, AuthenticatePage)
    return page


def held_sign_in(
    account: str | None = "mailer@example.com", *mismatches: Mismatch, refresh: str = REFRESH
) -> SignedIn:
    held = HeldSecrets({"refresh_token": Secret(refresh)})
    facts = TokenFacts(opaque=True, accounts=(account,) if account else ())
    expected = Expectation(account="mailer@example.com")
    return SignedIn(held, TokenSet(Secret("ya29.access")), facts, mismatches, expected=expected)


def signed_in(panel: OAuthPanel, runner: FakeTaskRunner, held: SignedIn | None = None) -> None:
    """Sign in and see the login proven."""
    panel.sign_in_button.click()
    runner.answer(held or held_sign_in())
    runner.answer(passed_report())


def shown(widget: QWidget) -> bool:
    return widget.isVisibleTo(widget.window())


def ready(panel: OAuthPanel) -> bool:
    """True where nothing but the sign-in is still needed."""
    needed = page_of(panel).missing.text()
    assert (needed == "Still needed: sign in once") == panel.wants_sign_in, needed
    return panel.wants_sign_in


def words(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if shown(label))


# -- the registration ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "redirect", "uri", "says"),
    [
        ("Gmail (Google)", "web", WEB, "Web application: As the guide says."),
        ("Gmail (Google)", "loopback", None, "Desktop app: Google sends you back to this"),
        ("Gmail (Google)", "app", None, "Service account: Nobody signs in"),
        ("Microsoft Exchange", "web", WEB, "Web: As the guide says."),
        ("Microsoft Exchange", "loopback", "http://localhost", "Mobile and desktop applications"),
        ("Microsoft Exchange", "device", None, "Device code: “Allow public client flows”"),
        ("Microsoft Exchange", "app", None, "Application permission: Nobody signs in"),
        ("Create a connection", "loopback", "http://127.0.0.1/", "Desktop app: A native client"),
    ],
)
def test_a_redirect_shows_what_it_needs(
    open_wizard: OpenWizard, provider: str, redirect: str, uri: str | None, says: str
) -> None:
    panel = at_oauth(open_wizard(), provider)
    choose_kind(panel, redirect)
    web = redirect == "web"
    assert shown(panel.domain_edit) == web
    if web:
        panel.domain_edit.setText(DOMAIN)
    assert shown(panel.redirect_edit) == (uri is not None)
    (chosen,) = [radio for radio in panel.form.kinds.radios.values() if radio.isChecked()]
    assert f"{chosen.accessibleName()}: {chosen.accessibleDescription()}".startswith(says)
    assert shown(panel.form.tenant_edit) == (provider == "Microsoft Exchange")
    assert shown(panel.form.issuer_edit) == (provider == "Create a connection")
    assert shown(panel.form.file_button) == (provider == "Gmail (Google)")
    if uri is not None:
        assert panel.redirect_edit.text() == uri
        assert panel.redirect_edit.isReadOnly()
        QGuiApplication.clipboard().clear()
        next(push for push in panel.uri_field.beside).click()  # type: ignore[attr-defined]
        assert QGuiApplication.clipboard().text() == uri
    assert nameless(page_of(panel)) == []


def test_an_own_sign_in_server_may_have_an_authority_of_its_own(
    open_wizard: OpenWizard, qtbot: QtBot
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Create a connection")
    choose_kind(panel, "loopback")
    panel.form.issuer_edit.setText("https://login.corp.example")
    panel.client_id_edit.setText("app")
    assert shown(panel.form.ca_file_edit)
    panel.form.ca_file_button.click()
    (dialog,) = panel.findChildren(QFileDialog)
    ca_file = os.path.abspath("/etc/corp/ca.pem")
    dialog.fileSelected.emit(Path(ca_file).as_posix())
    dialog.reject()
    connector = wizard.draft_model.draft.for_sign_in(wizard.draft_model.flow.defaults_for)
    assert connector is not None
    assert connector.authentication.oauth.ca_file == ca_file
    assert connector.server.ca_file is None, "each server its own"
    button(wizard, "Back").click()
    choose(provider_page(wizard).provider_box, "Gmail (Google)")
    go_next(wizard)
    assert not shown(panel.form.ca_file_edit)
    assert wizard.draft_model.draft.sign_in_ca_file == "", "Google is not trusted by it"


def test_a_sign_in_server_that_is_not_trusted_has_its_field(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    assert not shown(panel.form.ca_file_edit)
    panel.sign_in_button.click()
    runner.answer(SignInFailure(HttpError("http_tls", host="accounts.google.com"), ()))
    assert "as Sign-in CA file (under Authenticate)" in panel.box.hint.text()
    assert shown(panel.form.ca_file_edit)
    assert panel.form.advanced.is_open
    panel.form.ca_file_edit.setText(os.path.abspath("/etc/corp/ca.pem"))
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    runner.answer(passed_report())
    panel.form.ca_file_edit.setText(os.path.abspath("/etc/corp/other.pem"))
    assert wizard.draft_model.draft.holding_sign_in() is not None, "whom we trust is no matter"


def test_the_field_for_an_authority_can_be_asked_for(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard())
    assert not shown(panel.form.ca_file_edit)
    assert panel.form.advanced.button.accessibleName() == "Advanced"
    panel.form.advanced.button.click()
    assert shown(panel.form.ca_file_edit)
    panel.user_edit.setText("mailer@example.com")
    assert shown(panel.form.ca_file_edit)


def test_a_provider_s_authority_is_shown_and_serves_the_mail_server_too(
    open_wizard: OpenWizard, ws: Workspace
) -> None:
    folder = ws.data_dir / "providers.d"
    folder.mkdir(parents=True)
    ca_file = os.path.abspath("/etc/corp/ca.pem")
    (folder / "corp.toml").write_text(
        'id = "corp"\nname = "Corp"\nhost = "smtp.corp.example"\nport = 587\n'
        'security = "starttls"\nissuer = "https://login.corp.example"\n'
        f"ca_file = '{ca_file}'\n"
    )
    wizard = open_wizard()
    panel = at_oauth(wizard, "Corp")
    brought = provider_page(wizard).brings
    assert brought.text().endswith(f"CA file {ca_file}")
    assert brought.isVisibleTo(provider_page(wizard))
    choose_kind(panel, "loopback")
    panel.client_id_edit.setText("app")
    connector = wizard.draft_model.draft.for_sign_in(wizard.draft_model.flow.defaults_for)
    assert connector is not None
    assert connector.server.ca_file == ca_file
    assert endpoints_for(ws.catalogue, connector).ca_file == ca_file


def test_google_offers_no_device_code(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard())
    assert [str(kind) for kind in panel.form.kinds.radios] == ["web", "loopback", "app"]
    assert panel.form.kinds.question.text() == "Which kind of client did you make at Google?"


def test_a_provider_without_oauth_says_so(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "SendGrid")
    assert "SendGrid has no sign-in with OAuth" in words(panel.form.note)


def test_on_premises_the_redirect_follows_the_base_url(
    open_wizard: OpenWizard, ws: Workspace
) -> None:
    from smtpwizard.usecases.project import set_project

    set_project(ws, base_url="https://flows.example.com/app")
    panel = at_oauth(open_wizard())
    assert not shown(panel.domain_edit)
    assert panel.redirect_edit.text() == "https://flows.example.com/app/oauth2/redirect"


def test_a_public_client_needs_no_secret_and_a_web_client_does(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    panel.client_id_edit.setText(GUID)
    choose_kind(panel, "loopback")
    assert ready(panel)
    assert "leave it empty" in panel.client_secret.note.text()
    choose_kind(panel, "web")
    panel.domain_edit.setText(DOMAIN)
    assert not ready(panel)
    assert page_of(panel).missing.text() == "Still needed: Client secret"
    assert not button(wizard, "Next").isEnabled()


def test_an_application_needs_tenant_and_mailbox(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    panel.client_id_edit.setText(GUID)
    panel.client_secret.edit.setText(SECRET)
    choose_kind(panel, "app")
    panel.user_edit.setText("mailer@example.com")
    assert "Tenant" in page_of(panel).missing.text()
    panel.form.tenant_edit.setText("contoso.onmicrosoft.com")
    assert button(wizard, "Next").isEnabled()
    panel.user_edit.setText("")
    assert not button(wizard, "Next").isEnabled()


@pytest.mark.parametrize(
    ("client_id", "secret", "said"),
    [
        (GUID, "11111111-2222-3333-4444-555555555555", "secret's ID"),
        (GUID, "abc def", "spaces"),
        (GUID, GUID, "client ID once more"),
        ("contoso.onmicrosoft.com", SECRET, "tenant or domain"),
        ("1234-abc.apps.googleusercontent.com", SECRET, "client ID of Google"),
    ],
)
def test_what_looks_wrong_is_said_beside_the_field(
    open_wizard: OpenWizard, client_id: str, secret: str, said: str
) -> None:
    panel = at_oauth(open_wizard(), "Microsoft Exchange")
    panel.client_id_edit.setText(client_id)
    panel.client_secret.edit.setText(secret)
    fields = (panel.client_id_field, panel.client_secret)
    (field,) = [f for f in fields if said in f.note.text()]
    assert field.warning
    assert said in field.editor.accessibleDescription()


def test_what_holds_up_the_page_is_not_said_to_be_worth_a_try(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "Microsoft Exchange")
    panel.client_secret.edit.setText("abc def")
    panel.client_id_edit.setText("my app")
    assert panel.client_id_field.error
    said = [label.text() for label in panel.remarks.findChildren(QLabel)]
    assert "Something looks wrong: Client secret" in said
    panel.client_secret.edit.setText(SECRET)
    assert not panel.remarks.has_any


def test_nobody_is_nagged_while_typing(open_wizard: OpenWizard, qtbot: QtBot) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    with qtbot.waitActive(wizard):
        wizard.activateWindow()
    panel.client_id_edit.setFocus()
    qtbot.keyClicks(panel.client_id_edit, "c1ae")
    assert panel.client_id_field.warning == ""
    panel.client_secret.edit.setFocus()
    assert "Microsoft's client IDs" in panel.client_id_field.warning


def test_another_client_id_forgets_what_was_known_about_the_first(
    open_wizard: OpenWizard, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    panel = at_oauth(open_wizard())
    panel.file.read(client_file(tmp_path, "installed"))
    runner.run()
    assert page_of(panel).draft_model.draft.learned == Learned(client_type="desktop")
    panel.client_id_edit.setText("5678-def.apps.googleusercontent.com")
    assert page_of(panel).draft_model.draft.learned == Learned()


# -- the console's file --------------------------------------------------------------------------


def client_file(folder: Path, kind: str, **changes: Any) -> Path:
    document: dict[str, Any] = {
        kind: {
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            **changes,
        }
    }
    path = folder / "client.json"
    path.write_text(json.dumps(document))
    return path


def write(folder: Path, **document: Any) -> Path:
    path = folder / "other.json"
    path.write_text(json.dumps(document))
    return path


def test_a_desktop_client_file_fills_the_page(
    open_wizard: OpenWizard, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard)
    panel.file.read(client_file(tmp_path, "installed"))
    runner.run()
    assert page_of(panel).draft_model.draft.redirect == "loopback"
    assert panel.client_id_edit.text() == CLIENT_ID
    assert panel.client_secret.secret() == Secret(SECRET)
    assert ready(panel)
    assert "Desktop client" in panel.form.kinds.warning
    assert "belong together" in words(panel.remarks)


def test_a_desktop_file_on_a_page_for_the_web_says_that_the_redirect_is_another(
    open_wizard: OpenWizard, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    panel = at_oauth(open_wizard())
    panel.domain_edit.setText(DOMAIN)
    panel.file.read(client_file(tmp_path, "installed"))
    runner.run()
    assert "Desktop client, which returns to this computer" in panel.form.kinds.note.text()


def test_the_content_of_a_client_file_is_read_like_the_file(
    open_wizard: OpenWizard, runner: FakeTaskRunner, tmp_path: Path, qtbot: QtBot
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard)
    content = json.dumps(json.loads(client_file(tmp_path, "installed").read_text()), indent=2)
    QGuiApplication.clipboard().setText(f"{content}\n")
    panel.client_id_edit.paste()
    assert panel.client_id_edit.text() == "", "not for a moment does the secret stand there"
    runner.run()
    assert page_of(panel).draft_model.draft.redirect == "loopback"
    assert panel.client_id_edit.text() == CLIENT_ID
    assert panel.client_secret.secret() == Secret(SECRET)
    assert ready(panel)
    panel.client_id_edit.undo()
    assert panel.client_id_edit.text() == CLIENT_ID, "the secret does not come back"


@pytest.mark.parametrize("pasted", ["{", "two words", "“quoted”"])
def test_what_is_no_client_id_goes_no_further(
    open_wizard: OpenWizard, runner: FakeTaskRunner, pasted: str
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard)
    panel.client_secret.edit.setText(SECRET)
    panel.client_id_edit.setText(CLIENT_ID)
    panel.domain_edit.setText(DOMAIN)
    assert ready(panel)
    panel.client_id_edit.setText(pasted)
    while runner.pending:
        runner.run()
    assert not button(wizard, "Next").isEnabled()
    assert panel.client_id_field.error
    panel.sign_in_button.click()
    assert not runner.pending, "it would go to the provider in an address"


@pytest.mark.parametrize(
    ("registered", "redirect", "uri", "said"),
    [
        ([WEB], "web", WEB, ""),
        (
            ["https://other.example.com/back"],
            "web",
            "https://other.example.com/back",
            f"lacks {WEB}. It has: https://other.example.com/back. The sign-in returns to",
        ),
        (["http://localhost:8400/"], "loopback", "http://localhost:8400/", f"lacks {WEB}. It has"),
        ([], "web", WEB, f"no redirect URI when its file was made. Add {WEB}"),
        (["http://localhost"], "web", WEB, f"lacks {WEB}. It has: http://localhost. Add the"),
    ],
)
def test_a_web_client_file_brings_its_redirect(
    open_wizard: OpenWizard,
    runner: FakeTaskRunner,
    tmp_path: Path,
    registered: list[str],
    redirect: str,
    uri: str,
    said: str,
) -> None:
    panel = at_oauth(open_wizard())
    panel.domain_edit.setText(DOMAIN)
    panel.file.read(client_file(tmp_path, "web", redirect_uris=registered))
    runner.run()
    assert page_of(panel).draft_model.draft.redirect == redirect
    assert panel.redirect_edit.text() == uri
    assert said in panel.uri_field.note.text()
    assert bool(panel.uri_field.warning) == bool(said)
    panel.client_id_edit.setText("9-z.apps.googleusercontent.com")
    assert panel.uri_field.warning == "", "it is about the client of the file"


def test_a_key_file_makes_a_service_account(
    open_wizard: OpenWizard, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    text = json.dumps(
        {
            "type": "service_account",
            "client_id": "117",
            "client_email": "mailer@project.iam.gserviceaccount.com",
            "private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
            "token_uri": "https://oauth2.googleapis.com/token",
        },
        indent=2,
    )
    (tmp_path / "key.json").write_bytes(text.encode() + b"\n")
    wizard = open_wizard()
    panel = at_oauth(wizard)
    panel.file.read(tmp_path / "key.json")
    runner.run()
    assert page_of(panel).draft_model.draft.redirect == "app"
    assert "key of a service account" in panel.form.kinds.note.text()
    assert "User" in page_of(panel).missing.text()
    panel.user_edit.setText("mailer@example.com")
    assert wizard.draft_model.draft.secrets() == {"client_secret": Secret(text + "\n")}
    assert panel.client_secret.warning == ""
    connector = wizard.draft_model.draft.for_sign_in(wizard.draft_model.flow.defaults_for)
    assert connector is not None
    assert connector.authentication.oauth.grant == "service_account"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda f: client_file(f, "web", token_uri="https://evil.example/token"), "own"),
        (lambda f: (f / "big.json", (f / "big.json").write_bytes(b"x" * 70_000))[0], "too large"),
        (lambda f: (f / "no.json", (f / "no.json").write_text("no"))[0], "cannot be read"),
        (lambda f: f / "missing.json", "cannot be read"),
        (lambda f: write(f, type="authorized_user", client_id="1", refresh_token="1//x"), "tokens"),
        (lambda f: write(f, token="ya29.x", client_id="1"), "someone's sign-in"),
        (lambda f: write(f, project_info={"project_id": "p"}), "not the client file"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    open_wizard: OpenWizard,
    runner: FakeTaskRunner,
    tmp_path: Path,
    make: Callable[[Path], Path],
    said: str,
) -> None:
    panel = at_oauth(open_wizard())
    before = page_of(panel).draft_model.draft
    panel.file.read(make(tmp_path))
    runner.run()
    assert page_of(panel).draft_model.draft == before
    assert said in panel.client_id_field.note.text()


def test_a_file_can_be_dropped_anywhere_on_the_page(
    open_wizard: OpenWizard, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    panel = at_oauth(open_wizard())
    assert not panel.client_id_edit.acceptDrops(), "its address would be typed into the field"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(client_file(tmp_path, "installed")))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(1, 1).toPoint(), copy, data, left, none)
    panel.dragEnterEvent(enter)
    assert enter.isAccepted()
    panel.dropEvent(QDropEvent(QPointF(1, 1), copy, data, left, none))
    runner.run()
    assert panel.client_id_edit.text() == CLIENT_ID
    link = QMimeData()
    link.setUrls([QUrl("https://evil.example/client.json")])
    refused = QDragEnterEvent(QPointF(1, 1).toPoint(), copy, link, left, none)
    refused.ignore()
    panel.dragEnterEvent(refused)
    assert not refused.isAccepted()


# -- signing in ----------------------------------------------------------------------------------


def test_an_unfinished_registration_is_told_and_not_tried(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    panel = at_oauth(open_wizard())
    panel.sign_in_button.click()
    assert runner.pending == []
    assert panel.client_id_field.error


def test_a_sign_in_says_what_a_file_overrides(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    folder = ws.data_dir / "providers.d"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(
        'id = "gmail"\nissuer = "https://login.example.test"\nhelp_url = "https://<b>x</b>/"\n'
    )
    panel = filled(open_wizard())
    assert not shown(panel.box.overridden)
    panel.sign_in_button.click()
    assert shown(panel.box.overridden)
    said = panel.box.overridden_label.text()
    assert str(folder / "mine.toml") in said
    assert "issuer of the provider gmail: https://login.example.test in place of" in said
    assert "https://accounts.google.com" in said
    assert "<b>x</b>" in said  # as text
    assert panel.box.overridden_label.textFormat() is Qt.TextFormat.PlainText
    panel.box.clear()
    assert not shown(panel.box.overridden)


def test_a_sign_in_with_what_is_known_says_nothing_of_files(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    folder = ws.data_dir / "providers.d"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('id = "exchange"\nhost = "smtp.example.test"\n')
    panel = filled(open_wizard())
    panel.sign_in_button.click()
    assert not shown(panel.box.overridden)


def test_waiting_for_the_final_address(
    open_wizard: OpenWizard, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr(Answers, "give", lambda _, text: given.append(text))
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    assert not button(wizard, "Next").isEnabled()
    assert page_of(panel).missing.text() == "Still needed: finish signing in, or cancel it"
    assert not panel.sign_in_button.isEnabled()
    assert nameless(page_of(panel)) == []
    runner.report(Progress(PAGE, WEB, seconds=599.4))
    box = panel.box
    assert nameless(page_of(panel)) == []
    assert "9:59" in box.waiting.countdown.text()
    assert box.waiting.address_edit.text() == PAGE
    box.waiting.copy_button.click()
    assert QGuiApplication.clipboard().text() == PAGE
    assert not box.waiting.continue_button.isEnabled()
    box.waiting.answer_edit.setText(f"  {WEB}?code=a&state=b ")
    assert given == [f"{WEB}?code=a&state=b"], "pasting is enough"
    box.waiting.continue_button.click()
    assert len(given) == 1, "and once"
    runner.report(Complaint(ResponseError("response_wrong_state")))
    assert "another sign-in" in box.waiting.answer_field.note.text()
    assert not shown(box.waiting.code_edit)


def test_more_time_reaches_whoever_waits(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    panel = filled(open_wizard())
    panel.sign_in_button.click()
    extended: list[float] = []
    runner.report(Progress(PAGE, WEB, seconds=59.6, extend=extended.append))
    assert panel.box.waiting.countdown.property("tone") == "quiet"
    panel.box.waiting._ends_at -= 20
    panel.box.waiting._tick()
    assert panel.box.waiting.countdown.property("tone") == "warning"
    panel.box.waiting.more_button.click()
    assert extended == [300.0]
    assert "5:40" in panel.box.waiting.countdown.text()


def test_a_code_for_another_device(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    panel = at_oauth(open_wizard(), "Microsoft Exchange")
    choose_kind(panel, "device")
    panel.client_id_edit.setText(GUID)
    panel.sign_in_button.click()
    runner.report(Progress("https://microsoft.com/devicelogin", user_code="ABCD-EFGH"))
    box = panel.box
    assert box.waiting.code_edit.text() == "ABCD-EFGH"
    box.waiting.copy_code_button.click()
    assert QGuiApplication.clipboard().text() == "ABCD-EFGH"
    assert not shown(box.waiting.answer_edit)
    assert nameless(page_of(panel)) == []


def test_no_browser_is_no_dead_end(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    panel = filled(open_wizard())
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    runner.report(NoBrowser())
    waiting = panel.box.waiting
    assert "No browser could be opened" in words(waiting.no_browser)
    assert waiting.copy_button.isDefault(), "the next step"
    assert shown(waiting.address_edit)
    assert nameless(page_of(panel)) == []
    runner.report(Progress(PAGE, WEB))
    assert not shown(waiting.no_browser)


@pytest.mark.parametrize("how", ["button", "back"])
def test_cancelling_answers_at_once(
    open_wizard: OpenWizard, runner: FakeTaskRunner, how: str
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    panel.box.waiting.cancel_button.click() if how == "button" else button(wizard, "Back").click()
    assert runner.pending == []
    assert not panel.running
    assert panel.box.waiting.address_edit.text() == ""
    if how == "button":
        assert ready(panel)
        assert panel.box.verdict.text() == "Sign-in cancelled. Nothing was kept."


def test_a_sign_in_is_kept_and_its_login_proven(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    assert panel.box.verdict.text() == "Signed in as mailer@example.com"
    assert panel.signing_in.view.running, "the login is proven in the same step"
    assert "Checking whether smtp.gmail.com lets this account in…" in words(panel.box)
    assert page_of(panel).missing.text() == ""
    assert button(wizard, "Next").isEnabled()
    runner.answer(passed_report())
    assert "smtp.gmail.com let this account in at once. No email was sent." in words(panel.box)
    assert not shown(panel.signing_in.view), "one sign-in is enough on one page"
    assert nameless(page_of(panel)) == []
    assert wizard.draft_model.draft.secrets()["refresh_token"] == Secret(REFRESH)
    assert wizard.draft_model.dirty


def test_signing_in_is_the_next_step_until_it_is_done(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    assert panel.sign_in_button.isDefault()
    panel.sign_in_button.click()
    runner.answer(SignInFailure(TokenError("token_refused", error="invalid_client"), ()))
    assert panel.sign_in_button.isDefault()
    assert not button(wizard, "Next").isDefault()
    signed_in(panel, runner)
    assert button(wizard, "Next").isDefault()
    assert not panel.sign_in_button.isDefault()


def test_the_user_comes_from_the_sign_in_when_empty(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard, user="")
    signed_in(panel, runner)
    assert panel.user_edit.text() == "mailer@example.com"
    assert wizard.draft_model.draft.holding_sign_in() is not None


def test_what_a_sign_in_learns_is_kept_with_the_registration(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    choose_kind(panel, "loopback")
    panel.client_id_edit.setText(GUID)
    panel.client_secret.edit.setText(SECRET)
    held = held_sign_in()
    held.learned = Learned(public_client=True)
    signed_in(panel, runner, held)
    connector = wizard.draft_model.draft.for_sign_in(wizard.draft_model.flow.defaults_for)
    assert connector is not None
    assert connector.authentication.oauth.public_client is True


def test_another_account_is_asked_about(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    wrong = Mismatch("account", "mailer@example.com", "admin@example.com")
    panel.sign_in_button.click()
    runner.answer(held_sign_in("admin@example.com", wrong))
    said = "You signed in as admin@example.com, this connector is for mailer@example.com."
    assert said in words(panel.box)
    assert runner.pending == []
    assert wizard.draft_model.draft.holding_sign_in() is None
    assert nameless(page_of(panel)) == []
    panel.box.keep_button.click()
    runner.answer(passed_report())
    assert wizard.draft_model.draft.holding_sign_in() is not None
    assert wizard.draft_model.draft.username == "mailer@example.com"
    assert "kept" in [panel.box.token.table.item(row, 3).text() for row in range(1)]  # type: ignore[union-attr]


WRONG = Mismatch("account", "mailer@example.com", "admin@example.com")


@pytest.mark.parametrize("way", ["use", "keep", "skip", "type"])
def test_another_account_holds_up_the_page_until_its_user_decides(
    open_wizard: OpenWizard, runner: FakeTaskRunner, way: str
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(held_sign_in("admin@example.com", WRONG))
    reason = "You signed in as admin@example.com, this connector is for mailer@example.com."
    assert not button(wizard, "Next").isEnabled()
    assert page_of(panel).missing.text() == "Still needed: decide which account it is for"
    assert panel.user_field.error.startswith(reason)
    assert panel.box.verdict.text() == "Signed in with another account"
    # Back and forth changes nothing.
    button(wizard, "Back").click()
    go_next(wizard)
    assert reason in words(panel.box)
    assert not button(wizard, "Next").isEnabled()
    assert panel.box.use_button.text() == "Use admin@example.com"
    draft = wizard.draft_model
    if way == "type":
        panel.user_edit.setText("admin@example.com")
        assert panel.box.verdict.text() == "Signed in as admin@example.com"
    elif way == "skip":
        panel.box.skip_button.click()
        assert "Nobody has signed in yet." in words(panel.box)
        assert draft.draft.holding_sign_in() is None
    else:
        decides = panel.box.use_button if way == "use" else panel.box.keep_button
        decides.setFocus()
        decides.click()
        assert wizard.focusWidget() is button(wizard, "Next")
        assert panel.signing_in.view.running, "the login is proven with it"
        runner.answer(passed_report())
    assert button(wizard, "Next").isEnabled()
    assert panel.user_field.error == ""
    if way != "skip":
        assert draft.draft.secrets()["refresh_token"] == Secret(REFRESH)
        wanted = "mailer@example.com" if way == "keep" else "admin@example.com"
        assert draft.draft.username == wanted


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.user_edit.setText("other@example.com"), "signed in as mailer@example.com"),
        (lambda p: p.client_id_edit.setText("9-z.apps.googleusercontent.com"), CLIENT_ID),
        (lambda p: p.client_secret.edit.setText("another"), "another client secret"),
        (lambda p: p.domain_edit.setText("other.smartflows.com"), "another kind of client"),
        (lambda p: choose_kind(p, "loopback"), "another kind of client"),
    ],
)
def test_a_dropped_sign_in_says_why_and_holds_up_the_page(
    open_wizard: OpenWizard, runner: FakeTaskRunner, change: Callable[[Any], None], said: str
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    before = wizard.draft_model.draft
    change(panel)
    assert said in words(panel.box)
    assert not button(wizard, "Next").isEnabled()
    assert page_of(panel).missing.text().startswith("Still needed: ")
    (field,) = [f for f in page_of(panel).fields if f.error]
    assert said in field.error
    assert nameless(page_of(panel)) == []
    wizard.draft_model.set(before)
    assert button(wizard, "Next").isEnabled()
    change(panel)
    panel.box.again_button.click()
    assert panel.box.running, "what was dropped does not keep from signing in again"


def test_a_sign_in_given_up_leaves_the_ways_out_of_a_dropped_one(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    panel.client_id_edit.setText("9-z.apps.googleusercontent.com")
    panel.box.again_button.click()
    panel.box.cancel()
    assert panel.box.verdict.text() == "Sign-in cancelled. Nothing was kept."
    assert shown(panel.skip_button)
    panel.skip_button.click()
    assert button(wizard, "Next").isEnabled()


def test_another_provider_drops_the_sign_in_and_going_back_finds_it_again(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    button(wizard, "Back").click()
    choose(provider_page(wizard).provider_box, "Microsoft Exchange")
    go_next(wizard)
    assert "The sign-in was for gmail, and this is exchange" in words(panel.box)
    assert not button(wizard, "Next").isEnabled()
    assert page_of(panel).missing.text().startswith("Still needed: sign in again")
    button(wizard, "Back").click()
    choose(provider_page(wizard).provider_box, "Gmail (Google)")
    go_next(wizard)
    assert panel.box.verdict.text() == "Signed in as mailer@example.com"
    assert button(wizard, "Next").isEnabled()


def test_another_method_has_nothing_to_do_with_a_dropped_sign_in(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    panel.client_id_edit.setText("9-z.apps.googleusercontent.com")
    page = page_of(panel)
    page.radios[page.draft_model.draft.method.NONE].setChecked(True)
    assert button(wizard, "Next").isEnabled()


def test_a_failure_does_not_outlive_what_it_was_about(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)

    def fail() -> None:
        panel.sign_in_button.click()
        error = TokenError("token_refused", error="invalid_client")
        connector = wizard.draft_model.draft.for_sign_in(ws.defaults_for)
        assert connector is not None
        runner.answer(SignInFailure(error, causes_of(ws, connector, error)))
        assert panel.box.causes.cards

    fail()
    wizard.draft_model.change(name="Other")
    assert panel.box.verdict.text() == "Not signed in", "the name has nothing to do with it"
    panel.client_id_edit.setText("9-z.apps.googleusercontent.com")
    assert panel.box.verdict.text() == ""
    assert not panel.box.causes.cards, "it is not what is on screen that failed"
    fail()
    button(wizard, "Back").click()
    choose(provider_page(wizard).provider_box, "Microsoft Exchange")
    go_next(wizard)
    assert not panel.box.causes.cards
    assert not words(panel.box)


def test_what_we_refuse_ourselves_stands_at_its_field(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    choose_kind(panel, "loopback")
    panel.client_id_edit.setText(GUID)
    panel.form.tenant_edit.setText("https://contoso.onmicrosoft.com/")
    panel.sign_in_button.click()
    if runner.pending:
        runner.fail(UsageError("tenant_invalid", field="authentication.oauth.tenant"))
    assert "contoso.onmicrosoft.com" in panel.form.tenant_field.error
    assert not words(panel.box)
    assert not panel.box.causes.cards
    panel.form.tenant_edit.setText("contoso.onmicrosoft.com")
    assert panel.form.tenant_field.error == ""
    panel.sign_in_button.click()
    runner.fail(UsageError("oauth_endpoints_missing", field="authentication.oauth.issuer"))
    assert "Enter the issuer" in panel.box.verdict.text(), "no such field here: said where it is"


def test_signing_in_again_shows_the_account_picker(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    def force_picker() -> bool:
        work = runner.pending[0].work
        assert isinstance(work, partial)
        return bool(work.keywords["force_picker"])

    panel = filled(open_wizard())
    panel.sign_in_button.click()
    assert not force_picker()
    wrong = Mismatch("account", "mailer@example.com", "admin@example.com")
    runner.answer(held_sign_in("admin@example.com", wrong))
    panel.box.again_button.click()
    assert force_picker()


@pytest.mark.parametrize("what", ["client_id", "secret", "user", "redirect", "domain"])
def test_a_changed_registration_unproves_the_sign_in(
    open_wizard: OpenWizard, runner: FakeTaskRunner, what: str
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    if what == "client_id":
        panel.client_id_edit.setText("5678-def.apps.googleusercontent.com")
    elif what == "secret":
        panel.client_secret.edit.setText("another")
    elif what == "user":
        panel.user_edit.setText("other@example.com")
    elif what == "redirect":
        choose_kind(panel, "loopback")
    else:
        panel.domain_edit.setText("other.smartflows.com")
    said = "Something changed since the sign-in. Sign in again."
    assert panel.box.verdict.text() == (
        "Signed in with another account" if what == "user" else said
    )
    assert "refresh_token" not in wizard.draft_model.draft.secrets()
    assert not shown(panel.signing_in.view)


def test_a_change_that_is_taken_back_proves_it_again(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    panel = filled(open_wizard())
    signed_in(panel, runner)
    panel.user_edit.setText("other@example.com")
    panel.user_edit.setText("mailer@example.com")
    assert panel.box.verdict.text() == "Signed in as mailer@example.com"


def test_what_was_typed_during_a_sign_in_is_not_proven_by_it(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    panel.user_edit.setText("other@example.com")
    runner.answer(held_sign_in())
    assert wizard.draft_model.draft.sign_in is None
    assert "changed" in panel.box.verdict.text()


def test_a_failure_has_its_cause_and_the_providers_words(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    error = TokenError(
        "token_refused",
        error="invalid_client",
        description="AADSTS7000222: The provided client secret keys are <b>expired</b>.",
        aadsts="7000222",
    )
    connector = wizard.draft_model.draft.for_sign_in(ws.defaults_for)
    assert connector is not None
    runner.answer(SignInFailure(error, causes_of(ws, connector, error)))
    assert panel.box.verdict.text() == "Not signed in"
    assert "<b>expired</b>" in panel.box.hint.text()
    assert panel.box.causes.shown()[0].cause == "oauth_secret_expired"
    assert panel.sign_in_button.isEnabled()
    assert nameless(page_of(panel)) == []
    panel.sign_in_button.click()
    assert panel.box.causes.cards == []


def test_a_failure_does_not_outlive_its_cause(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.answer(SignInFailure(TokenError("token_consent_denied"), ()))
    assert panel.box.verdict.text() == "Not signed in"
    panel.client_id_edit.setText(f"9{CLIENT_ID}")
    assert panel.box.verdict.text() == ""
    panel.sign_in_button.click()
    runner.answer(SignInFailure(TokenError("token_consent_denied"), ()))
    choose_kind(panel, "loopback")
    assert panel.box.verdict.text() == ""
    panel.sign_in_button.click()
    runner.answer(SignInFailure(TokenError("token_consent_denied"), ()))
    button(wizard, "Back").click()
    choose(provider_page(wizard).provider_box, "Microsoft Exchange")
    go_next(wizard)
    assert panel.box.verdict.text() == ""
    assert "denied" not in words(panel)


@pytest.mark.parametrize(
    ("provider", "field", "text"),
    [
        ("Gmail (Google)", "user", "not an address"),
        ("Microsoft Exchange", "user", "hr"),
        ("Microsoft Exchange", "tenant", "my tenant"),
        ("Microsoft Exchange", "client_id", "Smart Flows mailer"),
        ("Gmail (Google)", "domain", "acme"),
    ],
)
def test_next_is_off_after_values_that_cannot_be(
    open_wizard: OpenWizard, provider: str, field: str, text: str
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, provider)
    panel.domain_edit.setText(DOMAIN)
    panel.client_id_edit.setText(GUID if provider.startswith("Microsoft") else CLIENT_ID)
    panel.client_secret.edit.setText(SECRET)
    panel.user_edit.setText("mailer@example.com")
    assert ready(panel)
    edit = getattr(panel.form, f"{field}_edit")
    edit.setText(text)
    assert getattr(panel.form, f"{field}_field").error
    assert not button(wizard, "Next").isEnabled()
    panel.sign_in_button.click()
    assert panel.box.verdict.text() == "", "what is wrong stands at the field, and no card"


def test_a_locked_keyring_can_be_unlocked(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.fail(SecretStoreError("passphrase_needed", new=False))
    assert any(d.isVisible() for d in wizard.findChildren(QDialog)) or any(
        d.isVisible() for d in panel.box.findChildren(QDialog)
    )
    assert not panel.running


def test_a_rotated_token_is_saved_in_place_of_the_first(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    held = held_sign_in()
    signed_in(panel, runner, held)
    go_next(wizard)
    page = test_page(wizard)
    page.email_edit.setText("admin@example.com")
    held.held.keep(Secret("rotated"))
    button(wizard, "Finish").click()
    runner.run_all()
    (row,) = list_connectors(ws)
    assert kept_secret(ws, row.stored, "refresh_token") == Secret("rotated")
    record = ws.store.read_verification(row.stored.id)
    assert record is not None
    assert record["signed_in_at"]


def test_an_edited_connector_remembers_its_sign_in(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    go_next(wizard)
    test_page(wizard).email_edit.setText("admin@example.com")
    button(wizard, "Finish").click()
    runner.run_all()
    again = open_wizard("Invoices")
    for _ in range(2):
        go_next(again)
    panel = authenticate_page(again).oauth
    assert panel.box.verdict.text() == "Signed in earlier; the sign-in is kept."
    assert panel.client_secret.edit.placeholderText().startswith("Kept")
    assert not again.draft_model.dirty
    client_id = panel.client_id_edit.text()
    panel.client_id_edit.setText("other")
    assert panel.box.verdict.text().startswith("Something changed since the sign-in")
    panel.client_id_edit.setText(client_id)
    assert panel.box.verdict.text() == "Signed in earlier; the sign-in is kept."
    signed_in(panel, runner)
    assert again.draft_model.dirty, "the new sign-in would be lost"


def test_no_secret_is_in_any_text(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    signed_in(panel, runner)
    for widget in page_of(panel).findChildren(QWidget):
        if widget is panel.client_secret.edit:
            continue
        texts = [widget.accessibleName(), widget.accessibleDescription(), widget.objectName()]
        if isinstance(widget, QLabel | QPushButton):
            texts.append(widget.text())
        if isinstance(widget, QPlainTextEdit):
            texts.append(widget.toPlainText())
        assert not [t for t in texts if SECRET in t or REFRESH in t or "ya29" in t], widget
    assert REFRESH not in repr(wizard.draft_model.draft)
    assert REFRESH not in repr(wizard.draft_model.draft.sign_in)


def test_every_label_is_plain_text(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    panel = filled(open_wizard())
    signed_in(panel, runner)
    panel.open_guide()
    assert panel.guide is not None
    for widget in (page_of(panel), panel.guide):
        for label in widget.findChildren(QLabel):
            assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
    panel.guide.reject()


def test_mnemonics_are_used_once_in_every_state(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    panel = filled(open_wizard())
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    texts = ["&Next", "&Back", "&Finish"] + [
        widget.text()  # type: ignore[attr-defined]
        for kind in (QLabel, QPushButton)
        for widget in page_of(panel).findChildren(kind)
        if shown(widget)
    ]
    texts += [radio.text() for radio in page_of(panel).radios.values()]
    keys = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(keys) == len(set(keys)), sorted(keys)


def test_tab_goes_down_the_page(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    order = tab_order(wizard)
    assert order[order.index("Smart Flows domain") :][:15] == [
        "Smart Flows domain", "User", "Guide…", "Ask an administrator…",
        "Web application",  # and arrows come to the others
        "Redirect URI", "Copy", "Client ID", "Choose JSON…", "Client secret", "Show client secret",
        "Yes, remind me", "No, it is published", "Sign in", "Go on without signing in",
    ]  # fmt: skip
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    order = tab_order(wizard)
    assert order[order.index("Final address") :][:6] == [
        "Final address", "Copy the link", "Open again", "Five more minutes", "Cancel sign-in",
        "The browser shows an error",
    ]  # fmt: skip


def test_the_focus_follows_what_there_is_to_do(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    with qtbot.waitActive(wizard):
        wizard.activateWindow()
    panel.sign_in_button.setFocus()
    panel.sign_in_button.click()
    assert panel.box.waiting.cancel_button.hasFocus()
    runner.report(Progress(PAGE, WEB))
    assert panel.box.waiting.answer_edit.hasFocus()
    runner.answer(held_sign_in())
    assert button(wizard, "Next").hasFocus()
    runner.answer(passed_report())
    assert button(wizard, "Next").hasFocus()


def test_signing_in_again_does_not_wait_for_the_proof(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    panel = filled(open_wizard())
    panel.sign_in_button.click()
    runner.answer(held_sign_in())
    assert panel.signing_in.view.running
    panel.facts.again_button.click()
    assert panel.box.running
    assert not panel.signing_in.view.running
    assert len(runner.pending) == 1


# -- the guide -----------------------------------------------------------------------------------


def test_the_guide_has_the_real_values(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    panel = filled(open_wizard(), user="mailer@example.com")
    panel.open_guide()
    dialog = panel.guide
    assert dialog is not None
    assert nameless(dialog) == []
    copies = {
        push.accessibleDescription(): push
        for push in dialog.findChildren(QPushButton)
        if push.text() == "Copy"
    }
    copies["Redirect URI"].click()
    assert QGuiApplication.clipboard().text() == WEB
    dialog.tabs.setCurrentIndex(1)
    assert nameless(dialog) == []
    assert "mailer@example.com" in dialog.request_edit.toPlainText()
    assert dialog.script_edit is None
    dialog.copy_all_button.click()
    assert QGuiApplication.clipboard().text().startswith("Request:")
    (link,) = [p for p in dialog.findChildren(QPushButton) if p.text().startswith("Open ")][:1]
    link.click()
    assert len(runner.pending) == 1
    dialog.reject()


def test_nothing_is_offered_for_copying_before_it_is_real(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "Gmail (Google)")
    assert panel.redirect_edit.text() == ""
    assert not panel.form.copy_uri_button.isEnabled()
    panel.open_guide()
    dialog = panel.guide
    assert dialog is not None
    copied = {
        push.accessibleDescription()
        for push in dialog.findChildren(QPushButton)
        if push.text() == "Copy"
    }
    assert copied == {"Name", "Scope"}
    shown = "\n".join(label.text() for label in dialog.findChildren(QLabel))
    assert "127.0.0.1" not in shown
    assert "as it stands here" not in shown
    assert "follows from your Smart Flows domain" in shown
    assert "example.com" not in dialog.request_edit.toPlainText()
    assert not dialog.copy_all_button.isEnabled()
    assert dialog.missing.text() == "Still needed: User, Smart Flows domain"
    dialog.reject()
    panel.domain_edit.setText("https://login.ACME.smartflows.com/oauth2/redirect/")
    assert panel.redirect_edit.text() == "https://login.acme.smartflows.com/oauth2/redirect"
    assert panel.form.copy_uri_button.isEnabled()
    assert not panel.domain_field.error
    panel.domain_edit.setText("acme")
    assert panel.domain_field.error.startswith("This is no Smart Flows domain.")
    assert not panel.form.copy_uri_button.isEnabled()


def test_the_guide_for_exchange_quotes_what_goes_into_commands(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "Microsoft Exchange")
    panel.user_edit.setText("o'brien@example.com")
    panel.client_id_edit.setText(GUID)
    choose_kind(panel, "app")
    panel.open_guide()
    assert panel.guide is not None
    assert panel.guide.script_edit is not None
    assert "'o''brien@example.com'" in panel.guide.script_edit.toPlainText()
    panel.guide.reject()


def test_a_guide_needs_to_know_the_sign_in_server(open_wizard: OpenWizard) -> None:
    panel = at_oauth(open_wizard(), "Create a connection")
    panel.open_guide()
    assert panel.form.issuer_field.error
    assert panel.guide is None


# -- what passes between window and worker -------------------------------------------------------


def test_an_answer_is_waited_for_until_the_time_is_over_or_somebody_cancels() -> None:
    answers = Answers()
    answers.give("an address")
    assert answers.read(CancelToken()) == "an address"
    answers.until(0)
    assert answers.read(CancelToken()) == ""
    cancelled = CancelToken()
    cancelled.cancel()
    with pytest.raises(Cancelled):
        Answers().read(cancelled)


def test_the_start_does_without_all_this() -> None:
    code = (
        "import sys, smtpwizard.gui.app, smtpwizard.gui.console.main_window\n"
        "import smtpwizard.gui.wizard.connector_wizard\n"
        "late = ('sign_in', 'results', 'console.dates', 'wizard.pages.oauth')\n"
        "late = tuple(f'smtpwizard.gui.{room}' for room in late)\n"
        "print([m for m in sys.modules if m.startswith(late)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_saved_connector_is_shown_with_the_fields_of_its_own_family(
    open_wizard: OpenWizard, ws: Workspace
) -> None:
    saved = connector(
        ws, name="Invoices", provider="yahoo",
        authentication={
            "method": "oauth", "username": "mailer@yahoo.com", "oauth": {"client_id": "an-id"},
        },
    )  # fmt: skip
    save_connector(ws, saved, secrets={})
    wizard = open_wizard("Invoices")
    assert wizard.draft_model.draft.family is Family.GENERIC
    assert not wizard.draft_model.dirty
    for _ in range(2):
        go_next(wizard)
    panel = authenticate_page(wizard).oauth
    assert not shown(panel.form.tenant_edit), "only Microsoft has tenants"
