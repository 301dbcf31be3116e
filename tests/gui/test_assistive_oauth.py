"""Signing in through the accessibility bus by the page's labels, with a browser beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpwizard.demo.authorization import AuthorizationServer, Client
from smtpwizard.demo.scripted import Account, ScriptedServer
from tests.gui.test_assistive import command, connectors
from tests.helpers.desktop import accessible

ACCOUNT = "mailer@example.com"
SECRET = "the-client-secret-of-this-test"

BROWSER = """#!{python}
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(sys.argv[1], timeout=300).read()
"""


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer((Client("the-client", SECRET),)) as server:
        server.behave(auto="allow", account=ACCOUNT)
        yield server


@pytest.fixture
def mail(server: AuthorizationServer) -> Iterator[ScriptedServer]:
    account = Account(
        username=ACCOUNT, takes_token=lambda token: server.token_of(token) is not None
    )
    with ScriptedServer(mechanisms=("XOAUTH2",), account=account) as mail:
        yield mail


def test_the_accessibility_tree_alone_signs_in(
    virtual_display: dict[str, str],
    server: AuthorizationServer,
    mail: ScriptedServer,
    tmp_path: Path,
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(BROWSER.format(python=sys.executable))
    browser.chmod(0o700)
    data = tmp_path / "data"
    argv = command(data, "gui", "--new")
    environment = {**virtual_display, "BROWSER": str(browser)}
    with accessible(environment, argv, tmp_path / "window.log") as (at, _):
        at.set_text("text", "Name", "Invoices")
        at.press("Next")
        at.select("Provider", "Create a connection")
        at.set_text("text", "Server", "localhost")
        at.select("Encryption method", "None")
        at.set_text("text", "Port", str(mail.port))
        at.toggle("check box", "Send credentials in clear text")
        at.press("Send in clear text")
        at.press("Next")
        at.toggle("radio button", "OAuth (recommended)")
        at.toggle("radio button", "Desktop app")
        assert at.find("text", "Redirect URI")["text"] == "http://127.0.0.1/"
        at.set_text("text", "Authorization endpoint", f"{server.base}/authorize")
        at.set_text("text", "Token endpoint", f"{server.base}/token")
        at.set_text("text", "Scopes", "openid email smtp")
        at.set_text("text", "Client ID", "the-client")
        at.set_text("password text", "Client secret", SECRET)
        assert at.nameless() == []
        at.press("Sign in")
        at.wait_text("label", f"Signed in as {ACCOUNT}")
        at.wait_text("label", "localhost let this account in at once. No email was sent.")
        at.press("Change…")
        assert at.find("text", "User")["text"] == ACCOUNT
        assert at.nameless() == []
        assert SECRET not in json.dumps(at.tree())
        at.press("Next")
        at.set_text("text", "Admin user email address", "admin@example.com")
        at.press("Test")
        at.wait_text("label", "localhost accepted the test email")
        at.press("Finish")
        at.wait_gone("push button", "Finish")
        at.find("table", "Connectors")
        said = at.announcements()
    assert any(f"Signed in as {ACCOUNT}" in words for words in said)
    assert len(mail.accepted) == 1
    (connector,) = connectors(data)
    assert (connector["status"], connector["method"]) == ("verified", "oauth")
    for path in tmp_path.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert SECRET.encode() not in content, path
