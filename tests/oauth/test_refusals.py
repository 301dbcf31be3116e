"""What the large providers refuse a sign-in with, and what a person is told then.

Sources: learn.microsoft.com/entra/identity-platform/reference-error-codes,
support.google.com/accounts/answer/16668185, developers.google.com/identity/protocols/oauth2,
RFC 6749 §4.1.2.1 and §5.2, and what Keycloak, Okta, Auth0, Zoho and Yahoo say.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.diagnosis.rules import rule_book
from smtpwizard.messages.causes import cause_text, sign_in_text
from smtpwizard.messages.face import Face
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.registration import Family
from smtpwizard.model.report import Likelihood
from smtpwizard.oauth.tokens import TokenError, raise_if_refused
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.sign_in import SignInFailure, failure_of
from smtpwizard.usecases.workspace import Workspace
from tests.model.documents import document

PROVIDERS = {Family.MICROSOFT: "exchange", Family.GOOGLE: "gmail", Family.GENERIC: "custom"}

TABLE = [
    (Family(row["family"]), row["error"], row.get("description", ""), row["cause"],
     row.get("variant", ""))
    for row in tomllib.loads((Path(__file__).parent / "refusals.toml").read_text())["refusals"]
]  # fmt: skip

# What no new sign-in cures: the headline has to begin with something else.
INCURABLE = (
    "AADSTS7000215", "AADSTS7000222", "AADSTS700016", "AADSTS50011", "AADSTS53003", "AADSTS65001",
    "AADSTS90094", "AADSTS90002", "AADSTS7000112", "AADSTS50105", "AADSTS50057", "deleted_client",
    "disabled_client", "admin_policy_enforced", "org_internal", "redirect_uri_mismatch",
    "invalid_client", "unauthorized_client", "invalid_scope",
)  # fmt: skip


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "data", secret_store="session")


def connector(ws: Workspace, family: Family = Family.GENERIC, **oauth: Any) -> Connector:
    """A connector of that family, as a user has it."""
    changes: dict[str, Any] = {}
    if family is Family.GENERIC:
        changes["server"] = {"host": "mail.example.com", "port": 587, "security": "starttls"}
        oauth.setdefault("issuer", "https://id.example.com")
    source = document(
        name="Invoices",
        provider=PROVIDERS[family],
        authentication={
            "method": "oauth",
            "username": "mailer@example.com",
            "oauth": {"client_id": "c1ae2c30-1111-2222-3333-444444444444", **oauth},
        },
        **changes,
    )
    return parse_connector(source, ws.defaults_for)


def refused(answer: dict[str, Any]) -> TokenError:
    with pytest.raises(TokenError) as caught:
        raise_if_refused(answer)
    return caught.value


def headline(failure: SignInFailure, face: Face = Face.COMMAND_LINE) -> str:
    return sign_in_text(failure.error, failure.causes, face)


def test_the_table_is_no_sample() -> None:
    assert len(TABLE) >= 160
    assert len(set(TABLE)) == len(TABLE)


@pytest.mark.parametrize(("family", "error", "words", "cause", "variant"), TABLE)
def test_a_documented_refusal_has_its_own_cause_and_next_step(
    ws: Workspace, family: Family, error: str, words: str, cause: str, variant: str
) -> None:
    answer = {"error": error, "error_description": words} if words else {"error": error}
    failure = failure_of(ws, connector(ws, family), refused(answer))
    first = failure.causes[0]
    assert (first.cause, first.variant or "") == (cause, variant)
    for face in Face:
        text = cause_text(first, face)
        said = headline(failure, face)
        assert "gave no token" not in said
        assert "no longer valid" not in said + text.explanation
        assert "was reached" not in said + text.explanation
        general = failure.error.code == "token_refused"
        if general and any(word in f"{error} {words}" for word in INCURABLE):
            assert not re.match(r"[^.]*\. (?:Run smtpwizard sign-in|Sign in again)", said)
            assert said.startswith(text.title)


def numbers_that_rules_know() -> dict[str, set[str]]:
    """The AADSTS numbers that say a cause outright, and the causes that they may mean."""
    found: dict[str, set[str]] = {}
    for rule in rule_book().rules:
        for atom in rule.when[0] if len(rule.when) == 1 and rule.weight >= 8 else ():
            if atom.startswith("aadsts:"):
                found.setdefault(atom.removeprefix("aadsts:"), set()).add(rule.cause)
    return found


@pytest.mark.parametrize(
    "error",
    ["invalid_grant", "invalid_client", "invalid_request", "access_denied", "interaction_required",
     "unauthorized_client"],
)  # fmt: skip
def test_a_number_says_more_than_the_error_it_comes_with(ws: Workspace, error: str) -> None:
    entra = connector(ws, Family.MICROSOFT)
    numbers = numbers_that_rules_know()
    assert len(numbers) > 300
    for number, causes in numbers.items():
        words = f"AADSTS{number}: Text in einer anderen Sprache."
        failure = failure_of(ws, entra, refused({"error": error, "error_description": words}))
        first = failure.causes[0]
        if number == "7000218":
            causes = {"oauth_secret_invalid"}  # the program knows that it sent none
        elif causes == {"oauth_token_revoked"}:
            causes = {"oauth_code_invalid"}  # nothing was stored yet
        assert first.cause in causes, (number, first.cause)
        assert first.likelihood is not Likelihood.LOW, number


def test_the_number_counts_where_there_are_no_words(ws: Workspace) -> None:
    answer = {"error": "invalid_client", "error_codes": [7000222]}
    failure = failure_of(ws, connector(ws, Family.MICROSOFT), refused(answer))
    assert failure.causes[0].cause == "oauth_secret_expired"
    for codes in ([], ["soon"], [None], [True], [12], 7, None):
        assert "aadsts" not in refused({"error": "x", "error_codes": codes}).facts


@pytest.mark.parametrize(
    ("answer", "error", "description"),
    [
        ({"error": {"code": 403, "message": "Account  restricted", "status": "DENIED"}},
         "DENIED", "Account restricted"),
        ({"error": {"errorId": "INVALID_INPUT", "localizedMessage": "not acceptable"}},
         "INVALID_INPUT", "not acceptable"),
        ({"error": {"code": 403}}, "403", ""),
        ({"error": {}, "error_description": "no"}, "error", "no"),
        ({"errorCode": "E0000004", "errorSummary": "Authentication failed"},
         "E0000004", "Authentication failed"),
        ({"error": ["invalid_client", "x"]}, "invalid_client x", ""),
        ({"error": 7, "error_description": ["x"]}, "7", "['x']"),
    ],
)  # fmt: skip
def test_errors_in_other_shapes_are_read(
    answer: dict[str, Any], error: str, description: str
) -> None:
    facts = refused(answer).facts
    assert (facts["error"], facts["description"]) == (error, description)


def test_what_nobody_knows_is_not_guessed_at(ws: Workspace) -> None:
    failure = failure_of(ws, connector(ws), refused({"error": "general_error"}))
    said = "The sign-in server gave no token (general_error). Who runs it can see why."
    assert headline(failure) == said
    words = {"error": "access_denied", "error_description": "The thing was not found."}
    assert headline(failure_of(ws, connector(ws), refused(words))) == said.replace(
        "general_error", "access_denied"
    )
    assert "Sign in again" not in headline(failure)


OURS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    # code: facts, cause, its variant, a word that its title has
    "discovery_failed": ({"issuer": "https://i"}, "oauth_request_invalid", "issuer", "issuer"),
    "discovery_other_issuer": (
        {"expected": "a", "found": "b"}, "oauth_request_invalid", "issuer", "issuer"),
    "discovery_endpoint_invalid": (
        {"endpoint": "token endpoint"}, "oauth_request_invalid", "addresses", "address"),
    "discovery_endpoint_missing": (
        {"endpoint": "token endpoint"}, "oauth_request_invalid", "addresses", "address"),
    "http_closed": ({"host": "h"}, "connection_dropped", "sign_in", "closed"),
    "http_empty": ({"host": "h"}, "oauth_request_invalid", "addresses", "address"),
    "http_no_name": ({"host": "h"}, "dns_failure", "sign_in", "name"),
    "http_not_json": ({"host": "h"}, "oauth_request_invalid", "addresses", "address"),
    "http_redirect": ({"host": "h"}, "oauth_request_invalid", "addresses", "address"),
    "http_status": ({"host": "h", "status": 503}, "server_unavailable", "sign_in", "temporary"),
    "http_timeout": ({"host": "h", "seconds": 20}, "timeout", "sign_in", "in time"),
    "http_tls": ({"host": "h"}, "cert_untrusted", "sign_in", "certificate"),
    "http_tls_date": ({"host": "h"}, "cert_expired", "sign_in", "out of date"),
    "http_tls_name": ({"host": "h"}, "cert_hostname_mismatch", "sign_in", "another name"),
    "http_tls_failed": ({"host": "h"}, "oauth_request_invalid", "addresses", "address"),
    "http_unreachable": ({"host": "h"}, "network_unreachable", "sign_in", "reached"),
    "redirect_port_busy": ({"port": 4711}, "oauth_redirect_mismatch", "port", "port"),
    "token_answer_empty": ({}, "oauth_request_invalid", "addresses", "address"),
    "token_malformed": ({"token": "access_token"}, "oauth_request_invalid", "server", "token"),
    "token_no_refresh": ({}, "oauth_scope_invalid", "no_refresh", "refresh token"),
    "token_nonce_wrong": ({}, "oauth_code_invalid", "", "code"),
    "token_other_sign_in": ({}, "oauth_code_invalid", "no_answer", "in time"),
    "token_sign_in_expired": ({}, "oauth_code_invalid", "no_answer", "in time"),
    "token_type_unsupported": ({"found": "mac"}, "oauth_request_invalid", "server", "token"),
    "token_wrong_issuer": (
        {"expected": "a", "found": "b"}, "tenant_wrong", "other_server", "another sign-in server"),
    "token_audience_wrong": (
        {"expected": "a", "found": "b"}, "oauth_token_rejected", "audience", "another service"),
    "token_role_wrong": (
        {"expected": "SMTP.SendAsApp", "found": "none"}, "oauth_token_rejected", "role",
        "no permission to send"),
    "token_key_unusable": ({}, "oauth_secret_invalid", "key", "key"),
}  # fmt: skip


@pytest.mark.parametrize("code", OURS)
def test_what_the_program_found_itself_is_told_by_a_cause_that_fits(
    ws: Workspace, code: str
) -> None:
    facts, cause, variant, word = OURS[code]
    failure = failure_of(ws, connector(ws), SmtpWizardError(code, **facts))
    first = failure.causes[0]
    assert (first.cause, first.variant or "") == (cause, variant)
    text = cause_text(first, Face.WINDOW)
    assert word in text.title
    for said in (text.title, text.explanation):
        assert "no longer valid" not in said
        assert "server itself was reached" not in said
    assert "Sign in again" not in headline(failure).split(". ")[0]


@pytest.mark.parametrize(
    "code", ["ca_file_unreadable", "ca_file_invalid", "redirect_not_loopback", "response_no_code"]
)
def test_where_nobody_was_asked_there_is_no_cause(ws: Workspace, code: str) -> None:
    assert failure_of(ws, connector(ws), SmtpWizardError(code)).causes == ()


def test_a_field_that_cannot_be_read_is_no_diagnosis(ws: Workspace) -> None:
    from smtpwizard.model.errors import Cancelled, UsageError

    for error in (UsageError("tenant_invalid", field="authentication.oauth.tenant"), Cancelled()):
        assert failure_of(ws, connector(ws), error).causes == ()


@pytest.mark.parametrize(
    ("family", "variant", "step"),
    [
        (Family.GOOGLE, "box_unticked", "Tick every box"),
        (Family.MICROSOFT, "scope_reduced", "Add the permission to the app registration"),
        (Family.GENERIC, "scope_reduced", "Add the permission to the app registration"),
    ],
)
def test_a_permission_that_is_missing_is_told_as_its_provider_shows_it(
    ws: Workspace, family: Family, variant: str, step: str
) -> None:
    error = TokenError("token_scope_missing", expected="the scope", found="openid", token={})
    failure = failure_of(ws, connector(ws, family), error)
    first = failure.causes[0]
    assert (first.cause, first.variant) == ("oauth_consent_required", variant)
    assert step in headline(failure)


def test_a_scope_of_google_s_tells_whose_page_it_is(ws: Workspace) -> None:
    error = TokenError("token_scope_missing", expected="the scope", found="openid", token={})
    by_hand = connector(ws, scopes=["https://mail.google.com/"])
    assert failure_of(ws, by_hand, error).causes[0].variant == "box_unticked"


def test_an_application_alone_has_no_code(ws: Workspace) -> None:
    error = refused({"error": "invalid_grant", "error_description": "no"})
    alone = connector(ws, grant="client_credentials")
    assert "oauth_code_invalid" not in [c.cause for c in failure_of(ws, alone, error).causes]
    by_browser = failure_of(ws, connector(ws), error).causes
    assert by_browser[0].cause == "oauth_code_invalid"
