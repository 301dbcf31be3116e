"""The whole way with a real browser, real mail servers and processes of their own."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.helpers import chromium as chromium_module
from tests.helpers.chromium import chromium, why_no_chromium
from tests.helpers.real_servers import MailServer
from tests.oauth.conftest import SECRET, WEB_REDIRECT, Lab
from tests.oauth.program import Program, finished, first_url

pytestmark = pytest.mark.real

MakeLab = Callable[..., Lab]
USER = "mailer@example.test"  # the mail server's own
ALLOW = (
    "(() => { const b = document.querySelector('#allow'); if (!b) return false;"
    " b.click(); return true })()"
)
ROBOT = f"{sys.executable} {Path(chromium_module.__file__)} {shlex.quote(ALLOW)} %s"


@pytest.fixture
def program(make_lab: MakeLab) -> Callable[..., Program]:
    """Programs whose system browser is a Chromium that clicks Allow on the consent page."""
    if reason := why_no_chromium():
        pytest.skip(reason)

    def made(**behaviour: Any) -> Program:
        lab = make_lab(account=USER, accounts=(USER, "admin@example.test"), **behaviour)
        program = Program(lab)
        program.environment["BROWSER"] = ROBOT
        return program

    return made


@pytest.mark.parametrize(
    ("family", "behaviour"),
    [("generic", {}), ("google", {}), ("microsoft", {"jwt": True, "microsoft": True})],
)
def test_a_real_browser_brings_the_answer_back(
    program: Callable[..., Program], family: str, behaviour: dict[str, Any]
) -> None:
    """With Entra the answer is posted by a form, with the others it is a redirect."""
    commands = program(**behaviour)
    commands.create(family, username=USER)
    done = commands("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    assert done.json["account"] == USER
    assert commands.lab.grants == ["authorization_code"]


def test_a_real_browser_shows_the_page_and_asks_for_more_than_it(make_lab: MakeLab) -> None:
    """Favicons, speculative connections and a reload change nothing; the page tells the truth."""
    if reason := why_no_chromium():
        pytest.skip(reason)
    lab = make_lab()
    titles: list[str] = []
    with chromium() as browser:

        def opened(url: str) -> None:
            browser.open(url)
            browser.until(ALLOW)
            titles.append(browser.until("document.title.endsWith('smtpwizard') && document.title"))

        signed = lab.sign_in(lab.connector("generic"), open_url=opened)
    assert signed.secrets
    assert titles == ["Sign-in received – smtpwizard"]


def test_a_real_browser_shows_the_address_to_paste(make_lab: MakeLab) -> None:
    if reason := why_no_chromium():
        pytest.skip(reason)
    lab = make_lab()
    with chromium() as browser:

        def final() -> str:
            browser.open(lab.shown[0].url)
            browser.until(ALLOW)
            browser.until("location.protocol === 'chrome-error:'")
            return browser.address

        signed = lab.sign_in(
            lab.connector("generic", redirect_uri=WEB_REDIRECT),
            open_url=lambda _: None,
            read_answer=final,
        )
    assert signed.secrets


def introspected_by(lab: Lab, mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Dovecot ask the authorization server whose a token is."""

    def answer(token: str) -> dict[str, object]:
        return lab.server.token_of(token) or {"active": False}

    monkeypatch.setattr(mail.tokens, "answer", answer)


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_from_the_sign_in_to_the_email(
    program: Callable[..., Program],
    postfix: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    mechanism: str,
) -> None:
    commands = program()
    lab = commands.lab
    introspected_by(lab, postfix, monkeypatch)
    commands.create(
        username=USER, mechanism=mechanism, port=postfix.ports[f"starttls/{mechanism}"],
        security="starttls", server_ca_file=str(postfix.ca_file),
    )  # fmt: skip
    done = commands("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    recipient = f"oauth-{mechanism.lower()}@example.test"
    report = commands("verify", "Invoices", "--send-to", recipient, "--json")
    assert report.code == 0, report.out
    assert len(postfix.wait_for_messages(1, recipient)) == 1
    # The next process renews with what the one before has stored, and again after a refusal.
    lab.server.revoke_access()
    assert commands("verify", "Invoices", "--json").code == 0
    assert lab.server.refused == []
    told = report.out + report.err + done.out + done.err
    told += "".join(p.read_text() for p in (lab.ws.data_dir / "log").iterdir())
    for secret in [SECRET, *lab.server.secrets_given()]:
        assert secret not in told


def test_k_01_ten_commands_at_once(
    program: Callable[..., Program], postfix: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = program(auto="allow")
    commands.environment["BROWSER"] = "true"
    lab = commands.lab
    introspected_by(lab, postfix, monkeypatch)
    commands.create(
        username=USER, port=postfix.ports["starttls"], security="starttls",
        server_ca_file=str(postfix.ca_file),
    )  # fmt: skip
    process = commands.start("sign-in", "Invoices")
    assert process.stdout is not None
    lab.browser.open(first_url(process.stdout))
    assert finished(process).code == 0
    recipient = "ten@example.test"
    several = [
        commands.start("verify", "Invoices", "--send-to", recipient, "--json") for _ in range(10)
    ]
    reports = [finished(process) for process in several]
    assert [report.code for report in reports] == [0] * 10
    assert all(json.loads(report.out)["ok"] for report in reports)
    assert len(postfix.wait_for_messages(10, recipient, timeout=300)) == 10
    assert lab.grants.count("refresh_token") == 10
    assert lab.server.refused == []


def test_the_port_of_an_interrupted_sign_in_is_free_again(program: Callable[..., Program]) -> None:
    commands = program()
    commands.environment["BROWSER"] = "true"
    commands.create()
    process = commands.start("sign-in", "Invoices")
    assert process.stdout is not None
    url = first_url(process.stdout)
    assert urlsplit(url).scheme == "http"
    process.terminate()
    process.communicate(timeout=300)
    assert process.returncode == 130
