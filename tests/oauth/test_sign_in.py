"""Signing in at every kind of provider, in every way, through the providers' own libraries.

What has no test: O-28 (an embedded web view: QtWebEngine is no dependency).
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from smtpwizard.demo.authorization import Client
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, NetworkError, SmtpWizardError
from smtpwizard.model.registration import Learned, Redirect
from smtpwizard.net import http
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.oauth.generic import DiscoveryError, metadata_of, read_metadata, well_known_urls
from smtpwizard.oauth.receiver import Receiver, ResponseError
from smtpwizard.oauth.registrations import endpoints_for
from smtpwizard.oauth.signed_in import Progress, SignedIn
from smtpwizard.oauth.tokens import TokenError, read_device
from smtpwizard.usecases.sign_in import redirect_to_register
from tests import capabilities
from tests.oauth.conftest import (
    ACCOUNT,
    CLIENT_ID,
    CLIENTS,
    PUBLIC_ID,
    SECRET,
    WEB_REDIRECT,
    Lab,
)

MakeLab = Callable[..., Lab]
KINDS: dict[str, tuple[str, bool, dict[str, Any]]] = {
    "google": ("google", True, {}),
    "google on this machine": ("google", False, {}),
    "microsoft": ("microsoft", True, {"jwt": True, "microsoft": True}),
    "microsoft on this machine": ("microsoft", False, {"jwt": True, "microsoft": True}),
    "generic": ("generic", True, {}),
    "generic on this machine": ("generic", False, {}),
}
FAMILIES = {name: kind for name, kind in KINDS.items() if not kind[1]}
# One of each library; the exchange with Google's own needs TLS.
LIBRARIES = ("google", "microsoft on this machine", "generic on this machine")


def _lab(make_lab: MakeLab, name: str) -> tuple[str, Lab]:
    family, tls, behaviour = KINDS[name]
    return family, make_lab(tls=tls, **behaviour)


@pytest.fixture(params=KINDS, ids=list(KINDS))
def kind(request: pytest.FixtureRequest, make_lab: MakeLab) -> tuple[str, Lab]:
    return _lab(make_lab, request.param)


@pytest.fixture(params=FAMILIES, ids=[KINDS[name][0] for name in FAMILIES])
def family(request: pytest.FixtureRequest, make_lab: MakeLab) -> tuple[str, Lab]:
    """The kinds without TLS: quicker, and otherwise the same."""
    return _lab(make_lab, request.param)


@pytest.fixture(params=LIBRARIES, ids=[KINDS[name][0] for name in LIBRARIES])
def library(request: pytest.FixtureRequest, make_lab: MakeLab) -> tuple[str, Lab]:
    return _lab(make_lab, request.param)


def failed(work: Callable[[], object]) -> SmtpWizardError:
    with pytest.raises(SmtpWizardError) as caught:
        work()
    return caught.value


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def assert_good(lab: Lab, signed: SignedIn) -> None:
    assert signed.mismatches == ()
    assert signed.facts.account == ACCOUNT
    assert set(signed.secrets) == {"refresh_token"}
    assert lab.server.token_of(signed.tokens.access_token.reveal()) is not None


def test_with_the_browser(kind: tuple[str, Lab]) -> None:
    name, lab = kind
    assert_good(lab, lab.sign_in(lab.connector(name)))
    lab.browser.close()
    assert "Sign-in received" in lab.browser.pages[-1].text
    assert lab.grants == ["authorization_code"]
    asked = query_of(lab.shown[0].url)
    assert asked["login_hint"] == ACCOUNT
    assert asked["redirect_uri"] == lab.shown[0].redirect_uri
    if name == "google":
        assert asked["access_type"] == "offline"
        assert asked["prompt"] == "select_account consent"
        assert len(urlsplit(asked["redirect_uri"]).path) > 16  # a path that nobody else knows
    elif name == "microsoft":
        assert asked["response_mode"] == "form_post"
        assert "offline_access" in asked["scope"]
        assert urlsplit(asked["redirect_uri"]).path == ""
        assert urlsplit(asked["redirect_uri"]).hostname == "localhost"
    else:
        assert urlsplit(asked["redirect_uri"]).path == "/"


def test_with_a_pasted_address(kind: tuple[str, Lab]) -> None:
    name, lab = kind
    lab.server.behave(auto="allow")
    connector = lab.connector(name, redirect_uri=WEB_REDIRECT)
    signed = lab.sign_in(connector, open_url=lambda _: None, read_answer=lab.final_address)
    assert_good(lab, signed)
    asked = query_of(lab.shown[0].url)
    assert asked["redirect_uri"] == WEB_REDIRECT
    assert asked.get("response_mode", "query") == "query"


def test_with_a_device_code(make_lab: MakeLab) -> None:
    for name in ("generic", "microsoft"):
        lab = make_lab(jwt=name == "microsoft", microsoft=name == "microsoft", interval=0.05)
        connector = lab.connector(name, grant="device_code", client_id=PUBLIC_ID)

        def elsewhere(progress: Any, lab: Lab = lab) -> None:
            assert progress.user_code
            assert urlsplit(progress.url).path == "/device"
            threading.Timer(0.2, lab.server.approve_device, (progress.user_code,)).start()

        assert_good(lab, lab.sign_in(connector, show=elsewhere, secret="", open_url=lambda _: None))


def test_without_a_user(make_lab: MakeLab) -> None:
    lab = make_lab(jwt=True, microsoft=True)
    connector = lab.connector(
        "microsoft", grant="client_credentials", tenant="11111111-2222-3333-4444-555555555555"
    )
    signed = lab.sign_in(connector)
    assert signed.secrets == {}
    assert signed.facts.roles == ("SMTP.SendAsApp",)
    assert signed.facts.app_only
    [(grant, form)] = lab.server.requests
    assert grant == "client_credentials"
    assert form["scope"] == "https://outlook.office365.com/.default"
    assert lab.shown == []


def test_without_a_user_anywhere_else(make_lab: MakeLab) -> None:
    lab = make_lab()
    signed = lab.sign_in(lab.connector("generic", grant="client_credentials"))
    assert signed.secrets == {}
    # What belongs to a user's sign-in is not asked for.
    assert lab.server.requests[0][1]["scope"] == "smtp"


def _service_account(lab: Lab) -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return json.dumps(
        {
            "type": "service_account",
            "client_email": "robot@project.iam.gserviceaccount.com",
            "client_id": "123456789",
            "private_key_id": "1",
            "private_key": pem,
            # Where the assertion goes is the catalogue's to say, not the file's.
            "token_uri": "https://evil.example/token",
        },
        indent=2,
    )


def test_with_a_service_account(make_lab: MakeLab) -> None:
    for tls in (True, False):
        lab = make_lab(tls=tls)
        connector = lab.connector("google", grant="service_account")
        signed = lab.sign_in(connector, secret=_service_account(lab))
        assert signed.secrets == {}
        token = lab.server.token_of(signed.tokens.access_token.reveal())
        assert token is not None
        assert token["username"] == ACCOUNT  # the mailbox, not the robot
        for broken in ("{}", "nonsense", '{"private_key": "x"}', "[]"):
            with pytest.raises(TokenError) as caught:
                lab.sign_in(connector, secret=broken)
            error = caught.value
            assert error.code == "token_key_unusable"


def test_a_public_client_with_a_secret_is_found_out(make_lab: MakeLab) -> None:
    clients = (*CLIENTS, Client("c1ae2c30-9999-2222-3333-444444444444", None))
    lab = make_lab(clients=clients, jwt=True, microsoft=True)
    connector = lab.connector("microsoft", client_id=clients[-1].client_id)
    signed = lab.sign_in(connector)
    assert_good(lab, signed)
    assert signed.learned == Learned(public_client=True)
    assert lab.grants == ["authorization_code"] * 2


def test_a_missing_secret_is_asked_for(make_lab: MakeLab) -> None:
    lab = make_lab(jwt=True, microsoft=True)
    error = failed(lambda: lab.sign_in(lab.connector("microsoft"), secret=""))
    assert error.code == "token_secret_needed"
    assert error.facts["aadsts"] == "7000218"


def test_both_ways_of_sending_the_secret(make_lab: MakeLab) -> None:
    clients = (*CLIENTS, Client("posting", SECRET, auth_method="post"))
    lab = make_lab(clients=clients)
    signed = lab.sign_in(lab.connector("generic", client_id="posting"))
    assert_good(lab, signed)
    assert signed.learned == Learned(token_auth="post")
    connector = lab.connector("generic", client_id="posting", token_auth="post")
    before = len(lab.server.requests)
    assert_good(lab, lab.sign_in(connector))
    assert len(lab.server.requests) == before + 1
    assert lab.sign_in(lab.connector("generic")).learned == Learned(token_auth="basic")


def test_an_issuer_alone_is_enough(make_lab: MakeLab) -> None:
    for path in ("", "/realms/mail"):
        lab = make_lab(path=path)
        lab.provide("generic", issuer_only=True, scopes=[])
        assert_good(lab, lab.sign_in(lab.connector("generic")))
        # Without scopes: who it is, and for good, as far as the server has these.
        asked = query_of(lab.shown[0].url)
        assert asked["scope"] == "openid email offline_access"
        assert asked["prompt"] == "consent"


def test_the_account_may_be_told_by_the_userinfo_endpoint_alone(make_lab: MakeLab) -> None:
    lab = make_lab(identity="sub")
    lab.provide("generic", issuer_only=True)
    assert_good(lab, lab.sign_in(lab.connector("generic")))
    lab.server.behave(userinfo="other subject")
    assert lab.sign_in(lab.connector("generic")).facts.account is None
    lab.server.behave(userinfo="refused")
    assert lab.sign_in(lab.connector("generic")).facts.account is None


def test_more_than_once_with_one_lab(family: tuple[str, Lab]) -> None:
    name, lab = family
    first = lab.sign_in(lab.connector(name))
    second = lab.sign_in(lab.connector(name))
    one, two = (query_of(progress.url) for progress in lab.shown)
    for key in ("state", "code_challenge"):
        assert one[key] != two[key]
    assert first.secrets != second.secrets


def test_o_04_two_sign_ins_at_once_do_not_mix(make_lab: MakeLab) -> None:
    lab = make_lab()
    connector = lab.connector("generic")
    urls: dict[str, str] = {}
    results: dict[str, SignedIn] = {}
    ready = threading.Barrier(3, timeout=300)

    def run(name: str) -> None:
        def opened(url: str) -> None:
            urls[name] = url
            ready.wait()

        results[name] = lab.sign_in(connector, open_url=opened)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    ready.wait()
    ports = {name: urlsplit(query_of(url)["redirect_uri"]).port for name, url in urls.items()}
    assert ports["a"] != ports["b"]
    # The answer of one is brought to the other first.
    state = query_of(urls["a"])["state"]
    wrong = f"http://127.0.0.1:{ports['b']}/?code=x&state={state}"
    assert lab.browser.request(wrong).status == 400
    for name in ("b", "a"):
        lab.browser.open(urls[name])
    for thread in threads:
        thread.join(300)
    assert set(results) == {"a", "b"}
    for signed in results.values():
        assert_good(lab, signed)


def test_o_16_time_is_over(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Receiver] = []
    wait = Receiver.wait

    def watched(self: Receiver, token: CancelToken, deadline: Deadline) -> Any:
        made.append(self)
        return wait(self, token, Deadline(0.01))

    monkeypatch.setattr(Receiver, "wait", watched)
    lab.server.behave(auto="allow")
    error = failed(lambda: lab.sign_in(lab.connector("generic"), open_url=lambda _: None))
    assert error.code == "token_sign_in_expired"
    late = lab.browser.visit(lab.shown[0].url)
    assert late.status == 410
    assert "Too late" in late.text
    made[0].close()  # it would listen for minutes


def test_o_01_only_the_answer_of_another_sign_in_is_told_as_that(lab: Lab) -> None:
    def answer_another(url: str) -> None:
        target = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]
        lab.browser.visit(f"{target}?code=c&state=another")

    error = failed(
        lambda: lab.sign_in(lab.connector("generic"), open_url=answer_another, seconds=0.5)
    )
    assert error.code == "token_other_sign_in"


@pytest.mark.parametrize("redirect", [Redirect.LOOPBACK, Redirect.DEVICE])
def test_o_17_a_browser_that_is_closed_is_given_up_on_at_once(lab: Lab, redirect: Redirect) -> None:
    token = CancelToken()
    connector = lab.connector("generic", client_id=PUBLIC_ID)
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        lab.sign_in(connector, redirect, secret="", token=token, open_url=lambda _: None)
    timer.join()


def test_o_17_without_a_browser_here_the_address_can_be_pasted(lab: Lab) -> None:
    # A registration for this machine, a browser on another: it shows the address and no page.
    lab.server.behave(auto="allow")
    signed = lab.sign_in(
        lab.connector("generic"), Redirect.WEB, read_answer=lab.final_address,
        open_url=lambda _: None,
    )  # fmt: skip
    assert_good(lab, signed)
    assert lab.browser.pages[-1].status == 0


def test_o_17_a_pasted_address_that_is_wrong_is_asked_for_again(lab: Lab) -> None:
    lab.server.behave(auto="allow")
    complaints: list[str] = []
    pasted = iter(["nonsense", WEB_REDIRECT, ""])

    def read() -> str:
        return next(pasted) or lab.final_address()

    signed = lab.sign_in(
        lab.connector("generic", redirect_uri=WEB_REDIRECT),
        read_answer=read,
        complain=lambda error: complaints.append(error.code),
        open_url=lambda _: None,
    )
    assert_good(lab, signed)
    assert complaints == ["response_other_address", "response_no_code"]
    with pytest.raises(ResponseError):
        lab.sign_in(
            lab.connector("generic", redirect_uri=WEB_REDIRECT),
            read_answer=lambda: "nonsense", open_url=lambda _: None,
        )  # fmt: skip


def test_o_18_nothing_is_left_of_a_sign_in_that_was_quit(lab: Lab) -> None:
    token = CancelToken()
    ports: list[int] = []

    def opened(url: str) -> None:
        ports.append(urlsplit(query_of(url)["redirect_uri"]).port or 0)
        token.cancel()

    with pytest.raises(Cancelled):
        lab.sign_in(lab.connector("generic"), token=token, open_url=opened)
    with pytest.raises(OSError):
        lab.browser.request(f"http://127.0.0.1:{ports[0]}/")
    assert not [t for t in threading.enumerate() if t.name == "oauth-receiver"]
    assert lab.ws.connectors().connectors == ()


def test_o_19_a_stolen_code_is_worth_nothing(library: tuple[str, Lab]) -> None:
    name, lab = library
    lab.sign_in(lab.connector(name))
    asked = query_of(lab.shown[0].url)
    assert asked["code_challenge_method"] == "S256"
    assert (
        len(base64.urlsafe_b64decode(asked["code_challenge"] + "=")) == hashlib.sha256().digest_size
    )
    form = {"grant_type": "authorization_code", "code": "stolen", "client_id": CLIENT_ID,
            "client_secret": SECRET, "redirect_uri": asked["redirect_uri"]}  # fmt: skip
    grant = lab.server.issue_code(asked, ACCOUNT)
    for verifier in ({}, {"code_verifier": "a" * 43}):
        _, answer = lab.server.token({**form, "code": grant, **verifier}, None)
        assert answer["error"] == "invalid_grant"


def test_o_20_an_answer_of_another_issuer_is_not_used(make_lab: MakeLab) -> None:
    for name in ("google", "generic"):
        lab = make_lab(wrong_iss=True)
        error = failed(partial(lab.sign_in, lab.connector(name)))
        assert error.code == "token_wrong_issuer"
        assert lab.grants == []


def test_o_20_a_promised_issuer_has_to_be_there(make_lab: MakeLab) -> None:
    lab = make_lab(iss_parameter=False, iss_promised=True)
    lab.provide("generic", issuer_only=True)
    assert failed(lambda: lab.sign_in(lab.connector("generic"))).code == "token_wrong_issuer"
    assert lab.grants == []


METADATA = {
    "issuer": "https://issuer.example",
    "authorization_endpoint": "https://issuer.example/authorize",
    "token_endpoint": "https://issuer.example/token",
}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "https://evil.example"}, "discovery_other_issuer"),
        ({"issuer": "https://issuer.example/"}, "discovery_other_issuer"),
        ({"issuer": None}, "discovery_failed"),
        ({"issuer": 7}, "discovery_failed"),
        ({"token_endpoint": "http://issuer.example/token"}, "discovery_endpoint_invalid"),
        ({"token_endpoint": None}, "discovery_endpoint_missing"),
        ({"token_endpoint": 7}, "discovery_endpoint_invalid"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "discovery_endpoint_invalid"),
        ({"authorization_endpoint": "file:///etc/passwd"}, "discovery_endpoint_invalid"),
        ({"authorization_endpoint": "https://[::1/x"}, "discovery_endpoint_invalid"),
        ({"device_authorization_endpoint": "ftp://x/y"}, "discovery_endpoint_invalid"),
        ({"userinfo_endpoint": "http://issuer.example/me"}, "discovery_endpoint_invalid"),
    ],
)
def test_o_21_metadata_that_cannot_be_trusted(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        read_metadata({**METADATA, **changes}, "https://issuer.example")
    assert caught.value.code == code


def test_o_21_where_metadata_lies() -> None:
    assert well_known_urls("https://a.example/t/1/") == (
        "https://a.example/.well-known/oauth-authorization-server/t/1",
        "https://a.example/t/1/.well-known/openid-configuration",
    )


def test_o_21_redirects_are_not_followed(library: tuple[str, Lab]) -> None:
    name, lab = library
    lab.server.behave(token_fault="redirect")
    error = failed(lambda: lab.sign_in(lab.connector(name)))
    assert (error.code, error.facts["status"]) == ("http_redirect", 302)


def test_o_21_another_issuer_is_found_out(lab: Lab) -> None:
    lab.provide("generic", issuer_only=True)
    lab.server.issuer = "https://evil.example"
    assert failed(lambda: lab.sign_in(lab.connector("generic"))).code == "discovery_other_issuer"
    lab.server.metadata_fault = True
    error = failed(lambda: lab.sign_in(lab.connector("generic")))
    assert (error.code, error.facts["status"]) == ("http_status", 500)
    assert lab.browser.opened == []


def test_o_22_the_wrong_account_is_told(family: tuple[str, Lab]) -> None:
    name, lab = family
    lab.browser.account = "admin@example.com"
    signed = lab.sign_in(lab.connector(name))
    [wrong] = signed.mismatches
    assert (wrong.what, wrong.expected, wrong.found) == ("account", ACCOUNT, "admin@example.com")
    assert signed.other_account is wrong
    lab.browser.account = None
    again = lab.sign_in(lab.connector(name), force_picker=True)
    assert again.other_account is None
    asked = query_of(lab.shown[-1].url)
    assert "login_hint" not in asked
    assert asked["prompt"] in ("select_account", "select_account consent", "login")


def test_o_22_case_does_not_make_another_account(lab: Lab) -> None:
    signed = lab.sign_in(lab.connector("generic", username=ACCOUNT.upper()))
    assert signed.other_account is None
    # A login that is no address cannot be compared.
    assert lab.sign_in(lab.connector("generic", username="DOMAIN\\mailer")).mismatches == ()


def test_o_22_one_mailbox_of_gmail_has_many_spellings(make_lab: MakeLab) -> None:
    lab = make_lab(accounts=("firstlast@gmail.com",))
    lab.browser.account = "firstlast@gmail.com"
    for username, same in (
        ("first.last@gmail.com", True),
        ("first.last+invoices@googlemail.com", True),
        ("first.other@gmail.com", False),
    ):
        signed = lab.sign_in(lab.connector("google", username=username), force_picker=True)
        assert (signed.other_account is None) is same
        assert signed.account == "firstlast@gmail.com"


def test_o_23_fewer_scopes_are_a_refusal(make_lab: MakeLab) -> None:
    for name, tls in (("google", True), ("google", False), ("generic", False)):
        lab = make_lab(tls=tls, scopes_granted=("openid", "email"))
        error = failed(partial(lab.sign_in, lab.connector(name)))
        assert error.code == "token_scope_missing"
        assert error.facts["expected"] == (
            "https://mail.google.com/" if name == "google" else "smtp"
        )
        assert error.facts["found"] == "openid email"
    lab = make_lab(
        jwt=True, microsoft=True, scopes_granted=("https://graph.microsoft.com/User.Read",)
    )
    error = failed(lambda: lab.sign_in(lab.connector("microsoft")))
    assert error.code == "token_scope_missing"


def test_more_scopes_are_fine(make_lab: MakeLab) -> None:
    lab = make_lab(tls=True, scopes_granted=("openid", "email", "https://mail.google.com/", "x"))
    assert_good(lab, lab.sign_in(lab.connector("google")))


def test_a_token_for_something_else_is_a_refusal(make_lab: MakeLab) -> None:
    lab = make_lab(jwt=True, microsoft=True, audience="https://graph.microsoft.com")
    error = failed(lambda: lab.sign_in(lab.connector("microsoft")))
    assert error.code == "token_audience_wrong"
    assert error.facts["found"] == "https://graph.microsoft.com"
    lab.server.behave(audience="https://outlook.office.com")
    tenant = "99999999-2222-3333-4444-555555555555"
    error = failed(lambda: lab.sign_in(lab.connector("microsoft", tenant=tenant)))
    assert (error.code, error.facts["expected"]) == ("token_tenant_wrong", tenant)


def test_an_application_without_its_role_is_a_refusal(make_lab: MakeLab) -> None:
    lab = make_lab(clients=(Client(CLIENT_ID, SECRET),), jwt=True, microsoft=True)
    connector = lab.connector("microsoft", grant="client_credentials", tenant="contoso.example")
    error = failed(lambda: lab.sign_in(connector))
    assert (error.code, error.facts["found"]) == ("token_role_wrong", "none")
    connector = lab.connector("microsoft", grant="client_credentials")
    assert failed(lambda: lab.sign_in(connector)).code == "token_tenant_needed"


def test_o_24_no_refresh_token_is_a_refusal(family: tuple[str, Lab]) -> None:
    name, lab = family
    lab.server.behave(refresh_token=False)
    assert failed(lambda: lab.sign_in(lab.connector(name))).code == "token_no_refresh"


FAULTS: dict[str, tuple[Any, str]] = {
    "invalid_grant": (
        {"error": "invalid_grant", "error_description": "AADSTS54005: used"}, "token_refused"),
    "invalid_client": (
        {"error": "invalid_client", "error_description": "AADSTS7000215: bad"}, "token_refused"),
    "consent": (
        {"error": "invalid_grant", "error_description": "AADSTS65001: consent"}, "token_refused"),
    "too_many_requests": ("too_many_requests", "http_status"),
    "server_error": ("server_error", "http_status"),
    "html": ("html", "http_not_json"),
    "huge": ("huge", "http_too_large"),
    "list": ("list", "http_not_json"),
    "nothing": ({}, "token_answer_empty"),
    "numbers": ({"error": 7, "error_description": ["x"]}, "token_refused"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_o_25_each_fault_of_the_token_endpoint_has_one_clear_end(
    library: tuple[str, Lab], fault: str
) -> None:
    name, lab = library
    behaviour, code = FAULTS[fault]
    lab.server.behave(token_fault=behaviour)
    error = failed(lambda: lab.sign_in(lab.connector(name)))
    assert error.code == code, f"{error.code} {error.facts}"
    if fault == "consent":
        assert error.facts["aadsts"] == "65001"
    # Repeated where the server only said "not now", and nowhere else.
    repeated = fault in ("too_many_requests", "server_error")
    tries = {"invalid_client": 2 if name == "generic" else 1}.get(fault, 3 if repeated else 1)
    assert lab.server.token_requests == tries
    assert SECRET not in repr(error) + repr(error.facts)


def test_o_25_after_a_pause_it_may_work(library: tuple[str, Lab]) -> None:
    name, lab = library
    lab.server.behave(token_fault="server_error", fault_times=2)
    assert_good(lab, lab.sign_in(lab.connector(name)))
    assert lab.server.token_requests == 3


def test_o_25_a_token_endpoint_that_hangs_is_left_at_once(library: tuple[str, Lab]) -> None:
    name, lab = library
    lab.server.behave(token_fault="hang")
    token = CancelToken()
    lab.server.on_token = lambda: threading.Timer(0.05, token.cancel).start()
    with pytest.raises(Cancelled):
        lab.sign_in(lab.connector(name), token=token)


def test_o_25_a_connection_that_breaks(library: tuple[str, Lab]) -> None:
    name, lab = library
    lab.server.behave(token_fault="drop")
    assert failed(lambda: lab.sign_in(lab.connector(name))).code == "http_closed"
    # The code may have been used up: it is not sent again.
    assert lab.server.token_requests == 1


@capabilities.refuses_chains_without_a_root
def test_o_25_a_certificate_that_is_not_trusted(make_lab: MakeLab) -> None:
    for name in ("google", "microsoft", "generic"):
        lab = make_lab(tls=True, jwt=name == "microsoft")
        lab.ca_file = None
        lab.server.behave(auto="allow")
        connector = lab.connector(name, redirect_uri=WEB_REDIRECT)
        error = failed(
            partial(lab.sign_in, connector, read_answer=lab.final_address, open_url=lambda _: None)
        )
        assert error.code == "http_tls"


@pytest.mark.parametrize("seconds", [None, -5, "soon", "3600", 1e99, []])
def test_o_26_an_unusable_lifetime_is_five_minutes(library: tuple[str, Lab], seconds: Any) -> None:
    name, lab = library
    lab.server.behave(expires_in=seconds)
    began = time.time()
    signed = lab.sign_in(lab.connector(name))
    ended = time.time()
    lifetime = 3600 if seconds == "3600" else 300
    assert began <= signed.tokens.expires_at - lifetime <= ended
    assert signed.tokens.fresh()


@pytest.mark.parametrize("hours", [-2, 2])
def test_o_26_a_wrong_clock_is_told_and_stops_nothing(make_lab: MakeLab, hours: int) -> None:
    lab = make_lab(jwt=True, microsoft=True, clock=hours * 3600)
    signed = lab.sign_in(lab.connector("microsoft"))
    [wrong] = signed.mismatches
    assert wrong.what == "clock"
    assert signed.secrets


def test_o_27_nothing_secret_in_logs_errors_files_or_shown_values(
    kind: tuple[str, Lab], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    name, lab = kind
    caplog.set_level(logging.DEBUG)
    for noisy in ("requests_oauthlib", "oauthlib", "msal", "urllib3", "google"):
        logging.getLogger(noisy).setLevel(logging.DEBUG)
    seen: list[object] = []
    connector = lab.connector(name)
    signed = lab.sign_in(connector)
    seen.extend(lab.shown)
    seen.append(signed)
    lab.server.behave(token_fault={"error": "invalid_grant", "error_description": f"no {SECRET} x"})
    seen.append(failed(lambda: lab.sign_in(connector)))
    secrets = [SECRET, *lab.server.secrets_given()]
    assert len(secrets) > 4
    told = [record.getMessage() for record in caplog.records]
    told += [repr(thing) for thing in seen] + [repr(getattr(t, "facts", "")) for t in seen]
    out, err = capfd.readouterr()
    told += [out, err]
    told += [p.read_text() for p in lab.ws.data_dir.rglob("*") if p.is_file()]
    for secret in secrets:
        assert not [text for text in told if secret in text], secret[:4]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "http://login.example.com/authorize",
     "data:text/html,x", "ms-settings:", "smb://x/y", "//x/y", "https:///x", ""],
)  # fmt: skip
def test_o_29_only_addresses_for_a_browser_are_opened(lab: Lab, url: str) -> None:
    opened: list[str] = []
    connector = lab.connector("generic")
    connector_json = connector.to_json()
    connector_json["provider"] = "custom"
    connector_json["authentication"]["oauth"] |= {
        "authorization_endpoint": url,
        "token_endpoint": f"{lab.server.base}/token",
    }
    from smtpwizard.usecases.input import parse_connector

    if url:
        error = failed(lambda: parse_connector(connector_json, lab.ws.defaults_for))
        assert error.code == "url_invalid"
    # Nor where it comes from a catalogue, or from a server that describes itself.
    text = lab.server.provider_toml("evil", family="generic", host="h", port=1, security="none",
                                    scopes=())  # fmt: skip
    text = text.replace(f"{lab.server.base}/authorize", url)
    (lab.ws.data_dir / "providers.d" / "evil.toml").write_text(text)
    lab.ws.__dict__.pop("_known_providers")
    error = failed(lambda: lab.sign_in(connector, open_url=opened.append))
    assert error.code == "provider_file_damaged"
    assert opened == []


@pytest.mark.parametrize(
    "changes",
    [
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "http://login.example/device"},
        {"verification_uri": "https://[::1/x"},
        {"verification_uri": 7},
        {"verification_uri": None},
        {"user_code": None},
        {"user_code": 7},
        {"device_code": ""},
    ],
)
@pytest.mark.parametrize("family", ["generic", "microsoft"])
def test_o_29_a_device_s_answer_is_looked_at_as_well(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str, changes: dict[str, Any]
) -> None:
    opened: list[str] = []
    start = type(lab.server).start_device

    def changed(self: Any, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        status, document = start(self, form)
        return status, {**document, **changes}

    monkeypatch.setattr(type(lab.server), "start_device", changed)
    connector = lab.connector(family, grant="device_code", client_id=PUBLIC_ID)
    error = failed(lambda: lab.sign_in(connector, secret="", open_url=opened.append))
    assert error.code == "token_device_malformed"
    assert opened == []
    assert lab.shown == []


def test_a_whole_device_address_that_no_browser_may_open_is_left_out(lab: Lab) -> None:
    flow = {"device_code": "d", "user_code": "A", "verification_url": "https://x.example/go"}
    assert read_device(flow).verification_uri == "https://x.example/go"
    for whole in ("file:///etc/passwd", 7, None):
        assert (
            read_device({**flow, "verification_uri_complete": whole}).verification_uri_complete
            is None
        )
    whole = "https://x.example/go?code=A"
    assert (
        read_device({**flow, "verification_uri_complete": whole}).verification_uri_complete == whole
    )


def test_consent_denied(family: tuple[str, Lab]) -> None:
    name, lab = family
    lab.browser.decision = "deny"
    assert failed(lambda: lab.sign_in(lab.connector(name))).code == "token_consent_denied"
    lab.browser.close()
    assert "was not granted" in lab.browser.pages[-1].text
    lab.server.behave(authorize_error=("server_error", "AADSTS65004: User declined to consent."))
    assert failed(lambda: lab.sign_in(lab.connector(name))).code == "token_consent_denied"
    lab.server.behave(authorize_error=("access_denied", "AADSTS90094: Admin consent is required."))
    error = failed(lambda: lab.sign_in(lab.connector(name)))
    assert (error.code, error.facts["aadsts"]) == ("token_refused", "90094")
    assert lab.grants == []


def test_a_device_code_that_is_refused_slow_or_over(make_lab: MakeLab) -> None:
    for name in ("generic", "microsoft"):
        lab = make_lab(jwt=True, microsoft=name == "microsoft", interval=0)
        connector = lab.connector(name, grant="device_code", client_id=PUBLIC_ID)

        def attempt(lab: Lab = lab, connector: Any = connector, **options: Any) -> str:
            return failed(
                lambda: lab.sign_in(connector, secret="", open_url=lambda _: None, **options)
            ).code

        lab.server.behave(token_fault={"error": "authorization_declined"})
        assert attempt() == "token_consent_denied"
        lab.server.behave(token_fault={"error": "access_denied"})
        assert attempt() == "token_consent_denied"
        lab.server.behave(token_fault={"error": "expired_token"})
        assert attempt() == "token_sign_in_expired"
        lab.server.behave(token_fault={"error": "authorization_pending"})
        assert attempt(seconds=0.2) == "token_sign_in_expired"
        lab.server.behave(token_fault={"error": "slow_down"})
        assert attempt(seconds=0.2) == "token_sign_in_expired"
        lab.server.behave(token_fault=None)
        assert lab.server.token_requests < 30


@pytest.mark.parametrize("family", ["generic", "microsoft"])
def test_a_server_that_never_answers_about_a_device_is_not_asked_for_ever(
    make_lab: MakeLab, family: str
) -> None:
    lab = make_lab(jwt=True, microsoft=family == "microsoft", interval=0)
    connector = lab.connector(family, grant="device_code", client_id=PUBLIC_ID)
    attempt = partial(lab.sign_in, connector, secret="", open_url=lambda _: None)
    lab.server.behave(token_fault="drop")
    assert failed(partial(attempt, seconds=300.0)).code == "http_closed"
    # Nor is it the user's time that ended the sign-in.
    assert failed(partial(attempt, seconds=0.3)).code == "http_closed"


def test_a_device_s_server_may_be_away_for_a_moment(make_lab: MakeLab) -> None:
    lab = make_lab(interval=0)
    connector = lab.connector("generic", grant="device_code", client_id=PUBLIC_ID)
    lab.server.behave(token_fault="drop", fault_times=3)

    def approve(progress: Progress) -> None:
        assert progress.user_code is not None
        lab.server.approve_device(progress.user_code)

    assert lab.sign_in(connector, secret="", show=approve).account == ACCOUNT


def test_a_device_code_where_there_is_none(make_lab: MakeLab) -> None:
    lab = make_lab()
    assert (
        failed(lambda: lab.sign_in(lab.connector("google"), Redirect.DEVICE)).code
        == "token_device_unsupported"
    )
    lab = make_lab(
        clients=(Client(CLIENT_ID, SECRET, device_flow=False),), microsoft=True, jwt=True
    )
    error = failed(lambda: lab.sign_in(lab.connector("microsoft"), Redirect.DEVICE))
    assert error.code == "token_device_needs_public_client"
    text = lab.server.provider_toml("flat", family="generic", host="h", port=1, security="none",
                                    scopes=())  # fmt: skip
    kept = "\n".join(line for line in text.splitlines() if "device" not in line)
    (lab.ws.data_dir / "providers.d" / "flat.toml").write_text(kept)
    lab.ws.__dict__.pop("_known_providers")
    error = failed(lambda: lab.sign_in(lab.connector("flat", client_id=CLIENT_ID), Redirect.DEVICE))
    assert error.code == "token_device_unsupported"


def test_the_redirect_uri_to_register_is_the_one_that_is_used(lab: Lab) -> None:
    for name, base in (("google", None), ("microsoft", "http://localhost"),
                       ("generic", "http://127.0.0.1/")):  # fmt: skip
        assert redirect_to_register(lab.ws, lab.connector(name)) == base
        assert redirect_to_register(lab.ws, lab.connector(name, grant="device_code")) is None
    web = lab.connector("generic", redirect_uri=WEB_REDIRECT)
    assert redirect_to_register(lab.ws, web) == WEB_REDIRECT


def test_the_web_redirect_comes_from_the_project(lab: Lab) -> None:
    from smtpwizard.usecases.project import set_project

    connector = lab.connector("generic")
    set_project(lab.ws, domain="flows.example.com")
    assert redirect_to_register(lab.ws, connector, Redirect.WEB) == WEB_REDIRECT
    lab.server.behave(auto="allow")
    assert_good(
        lab,
        lab.sign_in(
            connector, Redirect.WEB, read_answer=lab.final_address, open_url=lambda _: None
        ),
    )
    assert query_of(lab.shown[0].url)["redirect_uri"] == WEB_REDIRECT
    set_project(lab.ws, base_url="https://on.premises.example/flows/")
    assert (
        redirect_to_register(lab.ws, connector, Redirect.WEB)
        == "https://on.premises.example/flows/oauth2/redirect"
    )


def test_what_cannot_be_begun(lab: Lab) -> None:
    connector = lab.connector("generic", redirect_uri=WEB_REDIRECT)
    assert failed(lambda: lab.sign_in(connector, Redirect.LOOPBACK)).code == "redirect_not_loopback"
    assert failed(lambda: lab.sign_in(connector, Redirect.WEB)).code == "paste_impossible"
    nothing = lab.connector("generic", client_id=None)
    assert failed(lambda: lab.sign_in(nothing)).facts["field"].endswith("client_id")
    tenant = lab.connector("microsoft", tenant="../../evil")
    assert failed(lambda: lab.sign_in(tenant)).code == "tenant_invalid"
    cloud = lab.connector("generic", cloud="nowhere")
    assert failed(lambda: lab.sign_in(cloud)).facts["field"].endswith("cloud")


def test_secrets_do_not_go_through_a_proxy_s_door(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loopback is never behind a proxy, and what else is decided by the environment's rules."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert_good(lab, lab.sign_in(lab.connector("generic")))
    with pytest.raises(http.HttpError) as refused:
        http.make_session().get("https://login.example.test/")
    assert refused.value.code == "http_proxy"
    assert refused.value.facts == {
        "host": "login.example.test",
        "port": 443,
        "proxy": "http://127.0.0.1:1",
        "source": "https_proxy",
    }
    monkeypatch.setenv("no_proxy", "example.test:443")
    with pytest.raises(Exception) as caught:
        http.make_session().get("https://login.example.test/")
    direct = http.translated(caught.value, "x")
    assert (direct.code, direct.facts["host"]) == ("http_no_name", "login.example.test")


def test_the_client_file_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, make_lab: MakeLab
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nonexistent")
    lab = make_lab(tls=True)
    assert_good(lab, lab.sign_in(lab.connector("generic")))


def test_metadata_by_hand_needs_no_network(lab: Lab) -> None:
    connector = lab.connector("generic")
    endpoints = endpoints_for(lab.ws.catalogue, connector)
    found = metadata_of(endpoints, None)  # type: ignore[arg-type]
    assert found.token_endpoint == f"{lab.server.base}/token"


def test_secrets_are_not_taken_for_errors() -> None:
    error = TokenError("token_refused", description="x")
    assert "Secret" not in repr(error)
    assert isinstance(Secret("x"), Secret)
    assert issubclass(http.HttpError, NetworkError)
