"""What is read in a token, and what does not fit; arbitrary input ends in values, never a crash."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import UsageError
from smtpwizard.model.token_facts import Expectation, Mismatch, TokenFacts, fact_rows
from smtpwizard.oauth import tokens as module
from smtpwizard.oauth.client_file import read_client_json
from smtpwizard.oauth.generic import DiscoveryError, read_metadata
from smtpwizard.oauth.receiver import ResponseError, _Exchange, check_response, read_pasted
from smtpwizard.oauth.tokens import (
    AuthorizationRequest,
    TokenError,
    TokenSet,
    check_issuer,
    compare,
    decode_jwt,
    poll_interval,
    raise_if_refused,
    read_token,
    token_set,
)
from tests.model.documents import json_values, texts

NOW = 1_800_000_000.0


def jwt(claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.signature"


def facts(claims: Any, identity: dict[str, Any] | None = None, **options: Any) -> TokenFacts:
    return read_token(TokenSet(Secret(jwt(claims)), claims=identity or {}, **options))


DELEGATED = {
    "aud": "https://outlook.office.com",
    "scp": "SMTP.Send openid",
    "upn": "a@example.com",
    "tid": "t",
    "iat": NOW,
    "exp": NOW + 3600,
}
EXPECTED = Expectation(
    scopes=("https://outlook.office.com/SMTP.Send",),
    audiences=("https://outlook.office.com",),
    account="a@example.com",
    told_scopes=True,
)


def test_a_delegated_token_of_microsoft() -> None:
    found = facts(DELEGATED)
    assert found.to_json() == {
        "opaque": False,
        "audience": "https://outlook.office.com",
        "scopes": ["SMTP.Send", "openid"],
        "roles": [],
        "account": "a@example.com",
        "tenant": "t",
        "app_only": False,
        "issued_at": "2027-01-15T08:00:00Z",
        "expires_at": "2027-01-15T09:00:00Z",
    }
    assert compare(found, EXPECTED, now=NOW) == []


@pytest.mark.parametrize(
    ("changes", "what", "found"),
    [
        ({"scp": "User.Read"}, "scope", "User.Read"),
        ({"scp": None}, "scope", "none"),
        ({"aud": "https://graph.microsoft.com"}, "audience", "https://graph.microsoft.com"),
        ({"aud": ["a", "b"]}, "audience", "a b"),
        ({"upn": "b@example.com"}, "account", "b@example.com"),
        ({"exp": NOW - 301}, "clock", "2027-01-15T07:54:59Z"),
        ({"iat": NOW + 301, "exp": NOW + 4000}, "clock", "2027-01-15T08:05:01Z"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], what: str, found: str) -> None:
    [wrong] = compare(facts(DELEGATED | changes), EXPECTED, now=NOW)
    assert (wrong.what, wrong.found) == (what, found)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://outlook.office.com/"},
        {"scp": "smtp.send"},
        {"upn": "A@EXAMPLE.COM"},
        {"upn": "alias@example.com", "email": "a@example.com"},
        {"upn": None},
        {"exp": NOW - 200},
        {"exp": "soon", "iat": []},
    ],
)
def test_what_fits_all_the_same(changes: dict[str, Any]) -> None:
    assert compare(facts(DELEGATED | changes), EXPECTED, now=NOW) == []


def test_an_application_s_token() -> None:
    claims = {"aud": "x", "roles": ["SMTP.SendAsApp"], "idtyp": "app", "tid": "t"}
    wanted = Expectation(role="SMTP.SendAsApp", account="a@example.com", tenant="T")
    found = facts(claims)
    assert found.app_only
    assert compare(found, wanted, now=NOW) == []
    [wrong] = compare(facts(claims | {"roles": ["Mail.Send"]}), wanted, now=NOW)
    assert (wrong.what, wrong.expected, wrong.found) == ("role", "SMTP.SendAsApp", "Mail.Send")
    # A user's token is none.
    assert [w.what for w in compare(facts(DELEGATED), wanted, now=NOW)] == ["role"]
    [wrong] = compare(found, Expectation(tenant="other"), now=NOW)
    assert wrong.what == "tenant"


def test_an_opaque_token_is_judged_by_what_was_granted() -> None:
    wanted = Expectation(scopes=("https://mail.google.com/",), account="a@example.com")
    good = TokenSet(Secret("ya29.x"), scopes=("https://mail.google.com/", "openid"))
    assert compare(read_token(good), wanted, now=NOW) == []
    fewer = TokenSet(Secret("ya29.x"), scopes=("openid",), claims={"email": "b@example.com"})
    assert [w.what for w in compare(read_token(fewer), wanted, now=NOW)] == ["scope", "account"]
    # Nothing said means: all that was asked for (RFC 6749 §5.1).
    assert compare(read_token(TokenSet(Secret("x"))), wanted, now=NOW) == []
    # Nor does a JWT have to name its scopes, but with Microsoft's it does.
    silent = TokenSet(Secret(jwt({"aud": "x"})))
    assert compare(read_token(silent), wanted, now=NOW) == []


def test_a_token_is_fresh_for_as_long_as_it_can_be_presented() -> None:
    tokens = TokenSet(Secret("x"), expires_at=NOW)
    assert tokens.fresh(NOW - module.EXPIRY_MARGIN_S - 1)
    assert not tokens.fresh(NOW - module.EXPIRY_MARGIN_S + 1)
    assert not tokens.fresh(NOW + 1)


@pytest.mark.parametrize(
    ("error", "description", "code"),
    [
        ("access_denied", "", "token_consent_denied"),
        ("authorization_declined", "", "token_consent_denied"),
        ("access_denied", "AADSTS65004: declined", "token_consent_denied"),
        ("access_denied", "AADSTS50105: not assigned", "token_refused"),
        ("expired_token", "", "token_sign_in_expired"),
        ("temporarily_unavailable", "", "token_server_unavailable"),
        ("invalid_client", "AADSTS7000218: secret", "token_secret_needed"),
        ("invalid_client", "AADSTS700025: public", "token_secret_not_wanted"),
        ("invalid_client", "AADSTS7000215: bad", "token_refused"),
        ("invalid_grant", "", "token_refused"),
    ],
)
def test_refusals(error: str, description: str, code: str) -> None:
    with pytest.raises(TokenError) as caught:
        raise_if_refused({"error": error, "error_description": description})
    assert caught.value.code == code
    assert caught.value.facts["error"] == error


def test_o_14_a_server_s_words_are_cut_and_cleaned() -> None:
    words = "<script>\x1b[2J\u202e\0" + "a" * 1_000_000
    with pytest.raises(TokenError) as caught:
        raise_if_refused({"error": "x" * 1000, "error_description": words})
    shown = caught.value.facts["description"]
    assert len(shown) < 400
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(caught.value.facts["error"]) < 200


@given(st.dictionaries(st.sampled_from(
    ["error", "error_description", "access_token", "refresh_token", "expires_in", "scope",
     "id_token", "id_token_claims"]), json_values))  # fmt: skip
def test_any_answer_is_tokens_or_an_error(answer: dict[str, Any]) -> None:
    try:
        tokens = token_set(answer, now=NOW)
    except TokenError:
        return
    assert tokens.access_token
    assert NOW < tokens.expires_at <= NOW + 30 * 86_400
    read_token(tokens)
    compare(read_token(tokens), EXPECTED, now=NOW)


@given(json_values)
def test_any_claims_are_read(claims: Any) -> None:
    found = read_token(TokenSet(Secret(jwt(claims))))
    json.dumps(found.to_json())
    compare(found, EXPECTED, now=NOW)
    poll_interval(claims)


@given(texts)
def test_any_text_is_a_token_or_none(text: str) -> None:
    decode_jwt(text)
    decode_jwt(f"{text}.{text}.{text}")


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=50))
def test_any_bytes_are_a_request_or_none(head: bytes, body: bytes) -> None:
    for data in (
        head,
        head + b"\r\n\r\n" + body,
        b"POST / HTTP/1.1\r\n" + head + b"\r\n\r\n" + body,
    ):
        exchange = _Exchange()
        with contextlib.suppress(ResponseError):
            exchange.read(data)
        assert exchange.write(400, ("Title", "Text")).startswith(b"HTTP/1.1 400 ")


@given(texts)
def test_any_paste_is_the_answer_or_an_error(text: str) -> None:
    for pasted in (text, f"https://x.example/back?{text}", f"https://{text}/back"):
        with pytest.raises(ResponseError):
            read_pasted(pasted, "https://x.example/back", "an unguessable state of this sign-in")


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_no_parameters_pass_without_the_state(parameters: list[tuple[str, str]]) -> None:
    with pytest.raises(ResponseError):
        check_response(parameters, "an unguessable state of this sign-in")


@given(json_values)
def test_any_metadata_is_read_or_refused(document: Any) -> None:
    changed = document if isinstance(document, dict) else {"token_endpoint": document}
    for candidate in (changed, {"issuer": "https://i.example", **changed}):
        with pytest.raises(DiscoveryError):
            read_metadata(candidate, "https://i.example")


@given(st.one_of(st.binary(max_size=200), json_values.map(lambda v: json.dumps(v).encode())))
def test_any_file_is_a_client_file_or_refused(data: bytes) -> None:
    with pytest.raises(UsageError):
        read_client_json(data, authorization_endpoint="https://a/", token_endpoint="https://t/")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, 5.0), (0, 1.0), (7, 7.0), ("3", 3.0), ("x", 5.0), (1e9, 60.0), (float("nan"), 5.0)],
)
def test_how_often_to_ask(value: Any, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHORTEST_INTERVAL_S", 1.0)
    assert poll_interval(value) == seconds


def test_what_a_token_was_to_be_stands_beside_what_it_is() -> None:
    facts = TokenFacts(
        opaque=False, audience="https://outlook.office.com", scopes=("SMTP.Send",),
        accounts=("other@example.com",), tenant="t", expires_at="2027-01-01T00:00:00Z",
    )  # fmt: skip
    expected = Expectation(
        scopes=("https://outlook.office.com/SMTP.Send",), account="mailer@example.com",
        audiences=("https://outlook.office.com",),
    )  # fmt: skip
    wrong = [Mismatch("account", "mailer@example.com", "other@example.com")]
    assert [(row.what, row.fits) for row in fact_rows(facts, expected, wrong)] == [
        ("account", False), ("scope", True), ("audience", True), ("tenant", None), ("expiry", True),
    ]  # fmt: skip
    app = TokenFacts(opaque=False, roles=("Mail.Send",), app_only=True)
    wrong = [Mismatch("role", "SMTP.SendAsApp", "Mail.Send"), Mismatch("clock", "now", "then")]
    rows = fact_rows(app, Expectation(role="SMTP.SendAsApp"), wrong)
    assert [(row.what, row.fits) for row in rows] == [("role", False), ("expiry", False)]
    unknown = fact_rows(TokenFacts(opaque=True), Expectation(account="a@b.example"), [])
    assert [(row.what, row.fits) for row in unknown] == [("account", None), ("scope", None)]


def test_an_answer_without_an_issuer_is_taken_where_none_was_promised() -> None:
    promised = AuthorizationRequest("", "", "", issuer="https://login.example")
    check_issuer(promised, {"code": "c"})
    with pytest.raises(TokenError) as caught:
        check_issuer(replace(promised, iss_required=True), {"code": "c"})
    assert caught.value.code == "token_wrong_issuer"


@pytest.mark.parametrize(("scope", "scopes"), [("a b", ("a", "b")), (["a"], ("a",)), (7, None)])
def test_scopes_in_whatever_shape(scope: Any, scopes: tuple[str, ...] | None) -> None:
    assert token_set({"access_token": "x", "scope": scope}).scopes == scopes
