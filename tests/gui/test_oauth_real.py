"""Signing in through the real page, the real task runner and a real authorization server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from smtpwizard.demo.authorization import AuthorizationServer, Client
from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import Account, ScriptedServer
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.tasks import TaskRunner
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.gui.wizard.pages.oauth.panel import OAuthPanel
from smtpwizard.model.registration import Redirect
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import (
    authenticate_page,
    button,
    choose,
    choose_kind,
    fill_name,
    go_next,
    provider_page,
    test_page,
)
from tests.oauth.browser import Browser

ACCOUNT = "mailer@example.com"
CLIENT_ID = "c1ae2c30-1111-2222-3333-444444444444"
PUBLIC_ID = "c1ae2c30-5555-6666-7777-888888888888"
SECRET = "the-client-secret-of-this-test"
WEB = "https://login.flows.example.com/oauth2/redirect"


@dataclass
class Place:
    """An authorization server, a mail server that takes its tokens, and a window on both."""

    ws: Workspace
    server: AuthorizationServer
    mail: ScriptedServer
    browser: Browser
    wizard: ConnectorWizard

    @property
    def panel(self) -> OAuthPanel:
        return authenticate_page(self.wizard).oauth


@pytest.fixture
def place(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    authority = ThrowAwayAuthority()
    ca_file = str(authority.write_ca(tmp_path / "ca.pem"))
    client = Client(
        CLIENT_ID, SECRET, ("http://localhost", "http://127.0.0.1", WEB), roles=("SMTP.SendAsApp",)
    )
    bugs: list[BaseException] = []
    runner = TaskRunner(bugs.append)
    browser = Browser(ca_file)
    with AuthorizationServer(
        (client, Client(PUBLIC_ID, None)), context=authority.server_context()
    ) as server:
        server.behave(auto="allow", account=ACCOUNT)
        account = Account(
            username=ACCOUNT, takes_token=lambda token: server.token_of(token) is not None
        )
        with ScriptedServer(mechanisms=("XOAUTH2",), account=account) as mail:
            data = tmp_path / "data"
            (data / "providers.d").mkdir(parents=True)
            entry = server.provider_toml(
                "flows", family="generic", host="localhost", port=mail.port, security="none",
                scopes=("openid", "email", "smtp"), ca_file=ca_file,
            )  # fmt: skip
            (data / "providers.d" / "flows.toml").write_text(entry)
            ws = Workspace.open(data, secret_store="session")

            def open_in_browser(url: str) -> bool:
                browser.open(url)
                return True

            monkeypatch.setattr(
                "smtpwizard.gui.sign_in.sign_in_job.open_in_browser", open_in_browser
            )
            wizard = ConnectorWizard(
                ws,
                runner,
                SecretStoreRecovery(ws, runner, PassphraseKeeper()),
                taken_names=frozenset(),
            )
            with qtbot.waitExposed(wizard):
                wizard.show()
            wizard.build_rest()
            yield Place(ws, server, mail, browser, wizard)
            wizard.hide()
            wizard.deleteLater()
            runner.close()
            browser.close()
    assert not bugs


def at_authenticate(place: Place, redirect: Redirect, user: str = ACCOUNT) -> OAuthPanel:
    wizard, panel = place.wizard, place.panel
    fill_name(wizard)
    go_next(wizard)
    choose(provider_page(wizard).provider_box, "flows")
    go_next(wizard)
    choose_kind(panel, redirect)
    if redirect is Redirect.WEB:
        panel.domain_edit.setText("flows.example.com")
    if redirect is Redirect.DEVICE:
        panel.client_id_edit.setText(PUBLIC_ID)
    else:
        panel.client_id_edit.setText(CLIENT_ID)
        panel.client_secret.edit.setText(SECRET)
    panel.user_edit.setText(user)
    return panel


def sign_in(qtbot: QtBot, place: Place, then: Callable[[], None] = lambda: None) -> None:
    """Sign in, do `then` once the page waits for the user, and see the login proven."""
    panel = place.panel
    with qtbot.waitSignal(panel.signing_in.view.reported, timeout=300_000):
        panel.sign_in_button.click()
        then()


def finish(qtbot: QtBot, place: Place) -> None:
    """Through page 4: test, save; the stored connector verifies with the tokens it has kept."""
    wizard = place.wizard
    go_next(wizard)
    page = test_page(wizard)
    page.email_edit.setText("admin@example.com")
    with qtbot.waitSignal(page.view.reported, timeout=300_000) as reported:
        page.test_button.click()
    assert reported.args[0].ok, page.view.verdict.text()
    with qtbot.waitSignal(wizard.saved, timeout=300_000):
        button(wizard, "Finish").click()
    (row,) = list_connectors(place.ws)
    assert row.status == "verified"
    assert len(place.mail.accepted) == 1
    assert place.mail.connections[-1].mechanism == "XOAUTH2"


def test_with_the_browser_on_this_machine(place: Place, qtbot: QtBot) -> None:
    panel = at_authenticate(place, Redirect.LOOPBACK)
    assert panel.redirect_edit.text() == "http://127.0.0.1/"
    sign_in(qtbot, place)
    assert panel.box.verdict.text() == f"Signed in as {ACCOUNT}"
    assert panel.box.hint.text() == "localhost let this account in at once. No email was sent."
    finish(qtbot, place)
    (row,) = list_connectors(place.ws)
    assert set(row.stored.secrets) == {"client_secret", "refresh_token"}


def test_with_the_final_address_pasted_back(place: Place, qtbot: QtBot) -> None:
    panel = at_authenticate(place, Redirect.WEB)
    assert panel.redirect_edit.text() == WEB

    def paste() -> None:
        qtbot.waitUntil(lambda: bool(place.browser.pages), timeout=300_000)
        panel.box.waiting.answer_edit.setText(f"{WEB}?code=another&state=another")
        panel.box.waiting.continue_button.click()
        qtbot.waitUntil(lambda: bool(panel.box.waiting.answer_field.error), timeout=300_000)
        panel.box.waiting.answer_edit.setText(place.browser.pages[-1].url)

    sign_in(qtbot, place, paste)
    assert panel.box.verdict.text() == f"Signed in as {ACCOUNT}"
    finish(qtbot, place)


def test_with_a_device_code(place: Place, qtbot: QtBot) -> None:
    panel = at_authenticate(place, Redirect.DEVICE)

    def enter() -> None:
        qtbot.waitUntil(lambda: bool(panel.box.waiting.code_edit.text()), timeout=300_000)
        assert place.server.approve_device(panel.box.waiting.code_edit.text())

    sign_in(qtbot, place, enter)
    finish(qtbot, place)


def test_without_a_user(place: Place, qtbot: QtBot) -> None:
    panel = at_authenticate(place, Redirect.APP)
    sign_in(qtbot, place)
    assert panel.box.verdict.text() == "The application signed in"
    finish(qtbot, place)
    (row,) = list_connectors(place.ws)
    assert set(row.stored.secrets) == {"client_secret"}


def test_a_rotated_token_is_the_one_that_is_saved(place: Place, qtbot: QtBot) -> None:
    at_authenticate(place, Redirect.LOOPBACK)
    sign_in(qtbot, place)
    first = place.wizard.draft_model.draft.secrets()["refresh_token"]
    # The mail server refuses the first token: a new one is fetched, and the old one is used up.
    place.server._state.access.clear()
    finish(qtbot, place)
    (row,) = list_connectors(place.ws)
    kept = kept_secret(place.ws, row.stored, "refresh_token")
    assert kept is not None
    assert kept != first
    assert kept.reveal() in place.server._state.refresh


def test_refused_consent_is_a_cause_and_a_way_on(place: Place, qtbot: QtBot) -> None:
    panel = at_authenticate(place, Redirect.LOOPBACK)
    place.server.behave(auto="deny")
    with qtbot.waitSignal(panel.box.failed, timeout=300_000):
        panel.sign_in_button.click()
    assert panel.box.verdict.text() == "Not signed in"
    assert panel.box.causes.shown()[0].cause == "oauth_consent_denied"
    assert panel.sign_in_button.isEnabled()


def test_cancel_answers_at_once(place: Place, qtbot: QtBot) -> None:
    panel = at_authenticate(place, Redirect.DEVICE)
    panel.sign_in_button.click()
    qtbot.waitUntil(lambda: bool(panel.box.waiting.code_edit.text()), timeout=300_000)
    panel.box.waiting.cancel_button.click()
    assert not panel.running
    assert panel.box.verdict.text() == "Sign-in cancelled. Nothing was kept."
    assert panel.sign_in_button.isEnabled()
