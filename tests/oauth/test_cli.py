"""`sign-in`, and `verify` with its tokens, as a user types them."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cli import inputs
from smtpwizard.cli import sign_in as sign_in_verb
from smtpwizard.cli.output import Screen
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.secretstore.port import SessionStore
from smtpwizard.usecases.browser import when_given_up
from smtpwizard.usecases.command_words import join_command
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.cli.conftest import Cli, Result
from tests.helpers.processes import wait_until
from tests.helpers.programs import fails, succeeds
from tests.oauth.conftest import ACCOUNT, CLIENT_ID, PUBLIC_ID, SECRET, WEB_REDIRECT, Lab
from tests.oauth.program import BROWSER, Program, first_url


class Desk:
    """The command line on the lab's data, in this process; secrets stay in its memory."""

    def __init__(self, cli: Cli, lab: Lab) -> None:
        self.lab = lab
        self._cli = cli
        cli.data_dir = lab.ws.data_dir

    def __call__(self, *argv: str, stdin: str = "") -> Result:
        return self._cli("--secret-store", "session", *argv, stdin=stdin)

    def create(self, family: str = "generic", secret: str = SECRET, **changes: Any) -> None:
        text = json.dumps(self.lab.connector(family, **changes).to_json())
        argv = ["create", "--from", "-", "--json"]
        if secret:
            argv.append("--secret-stdin")
        assert self(*argv, stdin=f"{text}\n{secret}" if secret else text).code == 0


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(tmp_path / "data", monkeypatch, capsys)


@pytest.fixture
def desk(cli: Cli, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    lab.server.behave(auto="allow")
    monkeypatch.setenv("BROWSER", BROWSER)
    return Desk(cli, lab)


def urls(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("http")]


def test_the_browser_signs_in_and_the_sign_in_is_kept(desk: Desk) -> None:
    desk.create()
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    answer = done.json
    assert answer["signed_in"] is True
    assert answer["account"] == ACCOUNT
    assert answer["scopes"] == ["openid", "email", "smtp"]
    assert answer["mismatches"] == []
    assert answer["token"]["opaque"] is True
    assert urls(done.err)[0].startswith(f"{desk.lab.server.base}/authorize?")
    for secret in [SECRET, *desk.lab.server.secrets_given()]:
        assert secret not in done.out + done.err
    shown = desk("show", "Invoices", "--json").json
    assert shown["authentication"]["oauth"]["token_auth"] == "basic"
    listed = desk("list", "--json").json["connectors"][0]
    assert listed["status"] == "untested"


def test_for_people_the_address_is_part_of_the_text(desk: Desk) -> None:
    desk.create()
    done = desk("sign-in", "Invoices")
    assert done.code == 0
    assert urls(done.out)[0].startswith(f"{desk.lab.server.base}/authorize?")
    assert f"Signed in as {ACCOUNT}." in done.out
    assert "kept for this session only, which ends here" in done.err


def test_a_pasted_address(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.create(redirect_uri=WEB_REDIRECT)
    monkeypatch.setenv("BROWSER", join_command(fails()))  # it is not even tried

    shown: list[str] = []
    typed = iter(["", "nonsense"])

    def read() -> bytes:
        """What somebody types who opens the address on the screen elsewhere."""
        for text in typed:
            return f"{text}\n".encode()
        url = wait_until(lambda: urls("\n".join(shown)), "the address")[0]
        return f"{desk.lab.browser.visit(url).url}\n".encode()

    say = Screen.say

    def say_and_keep(self: Screen, text: str) -> None:
        shown.append(text)
        say(self, text)

    monkeypatch.setattr(Screen, "say", say_and_keep)
    monkeypatch.setattr(inputs.Lines, "_read", staticmethod(read))
    done = desk("sign-in", "Invoices", "--paste", "--json")
    assert done.code == 0, done.err
    assert done.json["signed_in"] is True
    assert WEB_REDIRECT in done.err
    assert done.err.count("Paste the whole address again") == 1


def test_nothing_pasted(desk: Desk) -> None:
    desk.create(redirect_uri=WEB_REDIRECT)
    done = desk("sign-in", "Invoices", "--json", stdin="nonsense\n")
    assert done.code == 20
    assert done.error["code"] == "response_not_given"
    assert done.json["signed_in"] is False
    assert "not the address" in done.err


def test_a_device_code(desk: Desk) -> None:
    desk.create(client_id=PUBLIC_ID, secret="")
    server = desk.lab.server
    server.behave(interval=0)

    def approve() -> None:
        while not server._state.user_codes:
            threading.Event().wait(0.01)
        server.approve_device(next(iter(server._state.user_codes)))

    thread = threading.Thread(target=approve)
    thread.start()
    done = desk("sign-in", "Invoices", "--device", "--json")
    thread.join(300)
    assert done.code == 0, done.err
    assert f"{server.base}/device" in urls(done.err)
    assert next(iter(server._state.user_codes)) in done.err


def test_an_application_alone_needs_no_page(desk: Desk) -> None:
    desk.lab.server.behave(jwt=True, microsoft=True)
    desk.create("microsoft", grant="client_credentials", tenant="contoso.example")
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    assert done.json["token"]["roles"] == ["SMTP.SendAsApp"]
    assert urls(done.err) == []


def test_o_22_another_account_is_kept_only_when_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.create(username="shared@example.com")
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 20
    assert done.error["code"] == "token_account_wrong"
    assert done.error["expected"] == "shared@example.com"
    assert done.error["found"] == ACCOUNT
    assert done.json["mismatches"][0]["what"] == "account"
    assert "--accept-account" in done.error["message"]
    assert desk("verify", "Invoices", "--json").json["stages"][0]  # nothing was kept
    done = desk("sign-in", "Invoices", "--accept-account", "--json")
    assert done.code == 0, done.err
    assert done.json["account"] == ACCOUNT
    assert f"note: You signed in as {ACCOUNT}" in done.err
    # The login stays the mailbox's.
    shown = desk("show", "Invoices", "--json").json
    assert shown["authentication"]["username"] == "shared@example.com"


def test_a_refusal_is_explained(desk: Desk) -> None:
    desk.create("microsoft")
    desk.lab.server.behave(
        microsoft=True,
        token_fault={
            "error": "invalid_client",
            "error_description": "AADSTS7000222: The provided client secret keys are expired.",
        },
    )
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 20
    assert done.error["aadsts"] == "7000222"
    assert done.json["causes"][0]["cause"] == "oauth_secret_expired"
    assert desk("sign-in", "Invoices").code == 20


@pytest.mark.parametrize(
    ("family", "refusal", "cause", "next_step"),
    [
        ("microsoft", ("invalid_client", "AADSTS7000215: Invalid client secret provided."),
         "oauth_secret_invalid", "Create a new client secret"),
        ("microsoft", ("unauthorized_client", "AADSTS700016: Application was not found."),
         "oauth_app_not_found", "Copy the Client ID"),
        ("microsoft", ("access_denied", "AADSTS53003: Blocked by Conditional Access."),
         "auth_policy_blocked", "Mail administrator: Open"),
        ("microsoft", ("invalid_request", "AADSTS90002: Tenant 'x' not found."),
         "tenant_wrong", "copy the Tenant ID"),
        ("google", ("admin_policy_enforced", ""), "oauth_admin_policy", "trust the client ID"),
        ("google", ("deleted_client", "The OAuth client was deleted."),
         "oauth_app_not_found", "copy the Client ID"),
        ("generic", ("invalid_scope", ""),
         "oauth_scope_invalid", "Compare authentication.oauth.scopes"),
        ("generic", ("unsupported_grant_type", ""),
         "oauth_request_invalid", "Choose another way"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["token endpoint", "sign-in page"])
def test_the_headline_is_the_cause_s_own_next_step(
    desk: Desk, where: str, family: str, refusal: tuple[str, str], cause: str, next_step: str
) -> None:
    error, description = refusal
    if where == "token endpoint":
        answer = {"error": error, "error_description": description}
        desk.lab.server.behave(token_fault=answer)
    else:
        desk.lab.server.behave(authorize_error=refusal)
    desk.create(family)
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 20
    first = done.json["causes"][0]
    assert first["cause"] == cause
    assert done.error["message"].startswith(f"{first['title']}. ")
    assert next_step in done.error["message"]
    assert "gave no token" not in done.error["message"]
    shown = desk("sign-in", "Invoices")
    assert done.error["message"] in shown.err + shown.out


def test_a_port_in_use_a_wrong_issuer_and_no_refresh_token_have_their_own_causes(
    desk: Desk,
) -> None:
    def first(**changes: Any) -> tuple[str, str]:
        desk("remove", "Invoices", "--json")
        desk.create(**changes)
        done = desk("sign-in", "Invoices", "--json")
        assert done.code == 20
        cause = done.json["causes"][0]
        return done.error["code"], cause["title"]

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, title = first(redirect_uri=f"http://127.0.0.1:{port}/")
    assert (code, title) == ("redirect_port_busy", "The port of the redirect URI is in use")
    desk.lab.server.behave(refresh_token=False)
    assert first() == ("token_no_refresh", "The sign-in brought no refresh token")
    desk.lab.provide("generic", issuer_only=True)
    desk.lab.server.issuer += "/"
    code, title = first()
    assert (code, title) == ("discovery_other_issuer", "The issuer does not fit the sign-in server")


def test_a_field_that_cannot_be_read_is_no_diagnosis(desk: Desk) -> None:
    desk.create("microsoft")
    change = ("edit", "Invoices", "--set", "authentication.oauth.tenant=https://login.example/x")
    refused = desk(*change, "--json")
    assert (refused.code, refused.error["code"]) == (2, "tenant_invalid")
    assert "causes" not in refused.json


def test_consent_denied(desk: Desk) -> None:
    desk.create()
    desk.lab.server.behave(auto="deny")
    done = desk("sign-in", "Invoices", "--json")
    assert (done.code, done.error["code"]) == (20, "token_consent_denied")
    assert done.json["causes"][0]["cause"] == "oauth_consent_denied"


def test_what_looks_wrong_is_said_before_the_browser_opens(desk: Desk) -> None:
    desk.lab.server.behave(jwt=True, microsoft=True)
    desk.create("microsoft", secret="c1ae2c30-1111-2222-3333-999999999999")
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 20
    assert "note: authentication.client_secret: This looks like the secret's ID." in done.err


def test_without_a_browser_the_address_is_still_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.create()
    monkeypatch.setenv("BROWSER", "no-such-browser")
    server = desk.lab.server

    say = Screen.say

    def say_and_follow(self: Screen, text: str) -> None:
        say(self, text)
        if text.strip().startswith("http"):
            desk.lab.browser.open(text.strip())

    monkeypatch.setattr(Screen, "say", say_and_follow)
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    assert "No browser could be started" in done.err
    assert "Paste" not in done.err, "the answer comes to this machine by itself"
    assert server.token_requests == 1


def test_k_06_verify_says_that_the_sign_in_was_not_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.lab.mail_server() as mail:
        desk.create(port=mail.ports["none"])
        assert desk("sign-in", "Invoices").code == 0
        assert "verified" not in desk("list").out
        refusal = SecretStoreError("secret_store_locked")
        put = SessionStore.put

        def refused(self: SessionStore, ref: str, secret: Secret) -> None:
            raise refusal

        monkeypatch.setattr(SessionStore, "put", refused)
        done = desk("verify", "Invoices", "--send-to", "inbox@example.com")
        monkeypatch.setattr(SessionStore, "put", put)
    assert done.code == 0, done.err
    assert "could not be stored" in done.err
    assert len(mail.messages) == 1


def test_verify_without_a_sign_in_says_what_to_do(desk: Desk) -> None:
    with desk.lab.mail_server() as mail:
        desk.create(port=mail.ports["none"])
        done = desk("verify", "Invoices")
        assert done.code == 20
        assert "Nobody has signed in" in done.out
        report = desk("verify", "Invoices", "--json").json
    assert report["stages"][5]["detail"]["token"] == {"problem": "token_none"}


def test_guides_and_dates(desk: Desk, tmp_path: Path) -> None:
    desk.create("microsoft", client_secret_expires="2027-05-31")
    guide = desk("guide", "Invoices", "--json").json
    assert guide["redirect_uri"] == "http://localhost"
    assert "http://localhost" in desk("guide", "Invoices").out
    web = desk("guide", "Invoices", "--paste", "--json")
    assert (web.json["guide"], web.json["redirect_uri"]) == ("microsoft.web", None)
    assert "not known yet; first: smtpwizard project set domain=" in web.err
    typed = "domain=https://login.Acme.smartflows.com/oauth2/redirect"
    assert desk("project", "set", typed, "--json").json["domain"] == "acme.smartflows.com"
    web = desk("guide", "Invoices", "--paste", "--json")
    assert web.json["redirect_uri"] == "https://login.acme.smartflows.com/oauth2/redirect"
    assert web.err == ""
    request = desk("guide", "Invoices", "--request", "--json").json
    assert "Set-CASMailbox" in request["script"]
    assert request["script"] in desk("guide", "Invoices", "--request").out
    [date] = desk("dates", "--json").json["dates"]
    assert (date["what"], date["at"]) == ("client_secret_expires", "2027-05-31")
    assert "31 May 2027" in desk("dates").out
    assert "31 May 2027" in desk("list").out
    path = tmp_path / "dates.ics"
    assert desk("dates", "--ics", str(path), "--json").json == {"written": str(path), "dates": 1}
    assert b"20270531" in path.read_bytes()
    assert desk("dates", "--ics", "-").out.startswith("BEGIN:VCALENDAR")
    assert desk("dates", "--ics", "-", "--json").error["code"] == "arguments_invalid"
    assert desk("dates", "--ics", str(tmp_path), "--json").error["code"] == "file_unwritable"
    assert desk("remove", "Invoices").code == 0
    assert "No dates are known" in desk("dates").out


def test_a_client_file_is_taken_in(desk: Desk, tmp_path: Path) -> None:
    desk.create("google", secret="")
    base = desk.lab.server.base
    client = {
        "client_id": CLIENT_ID, "client_secret": SECRET, "redirect_uris": ["http://localhost"],
        "auth_uri": f"{base}/authorize", "token_uri": f"{base}/token",
    }  # fmt: skip
    path = tmp_path / "client.json"
    path.write_text(json.dumps({"installed": client}))
    done = desk("edit", "Invoices", "--client-json", str(path), "--json")
    assert done.code == 0, done.err
    assert SECRET not in done.out + done.err
    assert done.json["authentication"]["oauth"]["client_type"] == "desktop"
    assert desk("sign-in", "Invoices", "--json").json["signed_in"] is True
    both = desk(
        "edit", "Invoices", "--client-json", str(path), "--secret-stdin", "--json", stdin="x"
    )
    assert both.error["code"] == "secret_twice"
    path.write_text(json.dumps({"installed": {**client, "token_uri": "https://evil.example/"}}))
    done = desk("edit", "Invoices", "--client-json", str(path), "--json")
    assert (done.code, done.error["code"]) == (2, "client_json_endpoint")
    ours = "https://login.flows.example.com/oauth2/redirect"
    assert desk("project", "set", "domain=flows.example.com").code == 0
    for registered, said in (
        ([ours], ""),
        (["http://localhost:8400/"], f"The client lacks {ours}. It has: http://localhost:8400/."),
        ([], f"The client had no redirect URI when its file was made. Add {ours}"),
    ):
        assert desk("edit", "Invoices", "--set", f"authentication.oauth.redirect_uri={ours}")
        path.write_text(json.dumps({"web": {**client, "redirect_uris": registered}}))
        done = desk("edit", "Invoices", "--client-json", str(path), "--json")
        assert done.code == 0, done.err
        assert said in done.err
        assert ("The client" in done.err) is bool(said)


@capabilities.refuses_chains_without_a_root
def test_a_sign_in_server_with_an_authority_of_its_own(
    cli: Cli, make_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make_lab(tls=True)
    desk = Desk(cli, lab)
    lab.server.behave(auto="allow")
    monkeypatch.setenv("BROWSER", f"{BROWSER} {join_command([f'_ca_file={lab.ca_file}'])}")
    oauth = {"client_id": CLIENT_ID, "issuer": lab.server.base, "scopes": ["openid", "smtp"]}
    connector = {
        "name": "Own", "provider": "custom", "server": {"host": "localhost"},
        "authentication": {"method": "oauth", "oauth": oauth},
        "admin": {"email": "admin@example.com"},
    }  # fmt: skip
    text = json.dumps(connector)
    assert desk("create", "--from", "-", "--secret-stdin", stdin=f"{text}\n{SECRET}").code == 0
    done = desk("sign-in", "Own", "--json")
    assert (done.code, done.error["code"]) == (20, "http_tls")
    assert "--set authentication.oauth.ca_file=" in done.error["message"]
    named = f"authentication.oauth.ca_file={lab.ca_file}"
    assert desk("edit", "Own", "--set", named).code == 0
    done = desk("sign-in", "Own", "--json")
    assert (done.code, done.json.get("signed_in")) == (0, True), done.err


def test_an_opener_without_a_browser_is_told_and_nothing_is_to_be_pasted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.create()
    monkeypatch.setenv("BROWSER", join_command(fails()))
    # The address is opened by hand then, which the test does once it has been told.
    seen = threading.Event()

    def by_hand(url: str, tell: Callable[[], None]) -> None:
        def told() -> None:
            tell()
            desk.lab.browser.open(url)
            seen.set()

        when_given_up(url, told)

    monkeypatch.setattr(sign_in_verb, "when_given_up", by_hand)
    done = desk("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    assert seen.is_set()
    assert "No browser could be started from here: open the address by hand" in done.err
    assert "Paste the whole address" not in done.err


def test_a_provider_s_authority_serves_both_servers(
    cli: Cli, make_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make_lab(tls=True)
    desk = Desk(cli, lab)
    desk.create(server_ca_file=None)
    assert desk("show", "Invoices", "--json").json["server"]["ca_file"] == lab.ca_file
    # One's own goes first, and another server is not trusted by it.
    own = os.path.abspath("/own.pem")
    assert desk("edit", "Invoices", "--set", f"server.ca_file={own}").code == 0
    assert desk("show", "Invoices", "--json").json["server"]["ca_file"] == own
    desk.create(name="Elsewhere", host="smtp.example.com")
    assert desk("show", "Elsewhere", "--json").json["server"]["ca_file"] is None


def test_k_08_remove_can_end_the_sign_in(desk: Desk) -> None:
    desk.create()
    desk.lab.provide("generic", revocation_endpoint=f"{desk.lab.server.base}/revoke")
    assert desk("sign-in", "Invoices").code == 0
    done = desk("remove", "Invoices", "--revoke")
    assert (done.code, done.err) == (0, "")
    assert not desk.lab.server._state.refresh
    desk.create()
    desk.lab.provide("generic")
    assert desk("sign-in", "Invoices").code == 0
    done = desk("remove", "Invoices", "--revoke")
    assert done.code == 0
    assert "could not be ended at the provider" in done.err


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["sign-in", "Nobody"], "connector_unknown"),
        (["sign-in", "Invoices", "--browser", "--paste"], "arguments_invalid"),
        (["sign-in", "Plain"], "sign_in_not_used"),
        (["guide", "Plain"], "sign_in_not_used"),
        (["edit", "Invoices", "--client-json", "/nonexistent"], "file_unreadable"),
    ],
)
def test_usage(desk: Desk, cli: Cli, argv: list[str], code: str) -> None:
    desk.create()
    assert cli.create(name="Plain").code == 0
    done = desk(*argv, "--json")
    assert (done.code, done.error["code"]) == (2, code)


def test_a_port_that_is_taken(desk: Desk) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        desk.create(redirect_uri=f"http://127.0.0.1:{port}/")
        done = desk("sign-in", "Invoices", "--json")
    assert (done.code, done.error["code"]) == (20, "redirect_port_busy")
    assert str(port) in done.error["message"]


# -- processes of their own --------------------------------------------------------------------


@pytest.fixture
def program(lab: Lab) -> Program:
    lab.server.behave(auto="allow")
    return Program(lab)


@capabilities.signals_between_processes
def test_from_process_to_process(program: Program) -> None:
    """Signed in by one, used by the next; Ctrl-C and SIGTERM end one at once, and leave nothing."""
    program.create()
    program.environment["BROWSER"] = join_command(succeeds())
    for number in (signal.SIGINT, signal.SIGTERM):
        process = program.start("sign-in", "Invoices", "--json")
        url = first_url(process.stderr)
        process.send_signal(number)
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 130
        assert json.loads(out)["error"]["code"] == "cancelled"
        page = program.lab.browser.visit(url)
        assert page.status == 0  # the port is closed
    program.environment["BROWSER"] = BROWSER
    done = program("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    assert done.json["signed_in"] is True
    # No SMTP server: but the token is not asked for before it could be used.
    before = program.lab.server.token_requests
    assert program("verify", "Invoices", "--json").code == 11
    assert program.lab.server.token_requests == before


def test_a_pasted_address_through_a_pipe(program: Program) -> None:
    program.create(redirect_uri=WEB_REDIRECT)
    process = program.start("sign-in", "Invoices", "--paste", "--json", "--secret-stdin")
    assert process.stdin is not None
    process.stdin.write(f"{SECRET}\n".encode())
    process.stdin.flush()
    final = program.lab.browser.visit(first_url(process.stderr)).url
    out, _ = process.communicate(f"{final}\n".encode(), timeout=300)
    assert process.returncode == 0
    assert json.loads(out)["signed_in"] is True


@capabilities.scripts
def test_o_27_no_argument_of_any_process_holds_a_secret(program: Program) -> None:
    """What `/proc` shows of the browser's command line is the address, and no more."""
    program.create()
    script = program.lab.ws.data_dir / "browser.sh"
    script.write_text(f'#!/bin/sh\necho "$@" > {script}.args\nexec {BROWSER} "$@"\n')
    script.chmod(0o700)
    program.environment["BROWSER"] = f"{script} %s"
    done = program("sign-in", "Invoices", "--json")
    assert done.code == 0, done.err
    arguments = Path(f"{script}.args").read_text()
    assert arguments.startswith(program.lab.server.base)
    log = (program.lab.ws.data_dir / "log" / "smtpwizard.log").read_text()
    assert '"event": "signed_in"' in log
    for secret in [SECRET, *program.lab.server.secrets_given()]:
        assert secret not in arguments + log + done.out + done.err


def test_the_memory_of_tokens_is_this_process_s_alone(tmp_path: Path) -> None:
    assert Workspace.open(tmp_path).tokens == {}
    assert CLIENT_ID != PUBLIC_ID
