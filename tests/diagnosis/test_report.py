"""Causes of our own reports: every error code has an answer, and the certain ones are certain."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import smtpwizard
from smtpwizard.causes import causes
from smtpwizard.diagnosis import diagnose_report
from smtpwizard.diagnosis.facts import connector_values
from smtpwizard.diagnosis.rules import rule_book
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.model.connector import (
    Admin,
    Authentication,
    Connector,
    Method,
    Security,
    Server,
)
from smtpwizard.model.registration import Family, Grant, OAuthRegistration
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    Stage,
    StageResult,
    Status,
)
from smtpwizard.model.stage_facts import CertificateFacts, StageError
from smtpwizard.providers import ProviderEntry
from tests.helpers.stages import read_stage

PACKAGE = Path(smtpwizard.__file__).parent


def known(kind: str) -> set[str]:
    """The values of a kind of fact that some rule looks at."""
    atoms = {a for rule in rule_book().rules for entry in rule.when for a in entry}
    return {a.removeprefix(f"{kind}:") for a in atoms if a.startswith(f"{kind}:")}


KNOWN_CODES = known("error") - {"token_missing"}

# Errors without a cause: the user's wish, and what is ours before anything is sent.
NOT_IN_REPORTS = {
    StageError.ADDRESS_EMPTY,
    StageError.ADDRESS_INVALID,
    StageError.ADDRESS_TOO_LONG,
    StageError.CANCELLED,
    StageError.CONTROL_CHARACTERS,
    StageError.HEADER_INJECTION,
    StageError.MESSAGE_LINE_TOO_LONG,
    StageError.NUL_IN_MESSAGE,
    StageError.OUT_OF_TURN,
}

GOOGLE = ProviderEntry("gmail", "Gmail", "smtp.gmail.com", 587, Security.STARTTLS, Family.GOOGLE)
MICROSOFT = ProviderEntry(
    "exchange", "Exchange", "smtp.office365.com", 587, Security.STARTTLS, Family.MICROSOFT
)


def connector(
    host: str = "smtp.example.com",
    port: int = 587,
    security: Security = Security.STARTTLS,
    method: Method = Method.BASIC,
    provider: str = "custom",
) -> Connector:
    return Connector(
        "Invoices",
        provider,
        Server(host, port, security),
        Authentication(method, "mailer@example.com"),
        Admin("admin@example.com"),
    )


def failed(
    stage: Stage,
    error: str,
    reply: Reply | None = None,
    status: Status = Status.FAILED,
    **more: Any,
) -> Report:
    stages = tuple(
        read_stage(
            {"stage": s, "status": status, "ms": 5, "detail": {"error": error, **more}}
        )._replace(
            reply=reply,
        )
        if s is stage
        else StageResult(
            s, Status.PASSED if STAGES.index(s) < STAGES.index(stage) else Status.NOT_REACHED
        )
        for s in STAGES
    )
    return Report(False, "Invoices", "2026-11-22T10:15:00Z", 9, stages)


def issued_by(name: str) -> list[dict[str, Any]]:
    return [CertificateFacts("CN=mail", name, [], "", "", "").to_json()]


def google() -> Connector:
    return connector("smtp.gmail.com", method=Method.OAUTH, provider="gmail")


def passed() -> Report:
    return Report(True, "x", "", 1, tuple(StageResult(s, Status.PASSED) for s in STAGES))


def slugs(
    report: Report, wanted: Connector | None = None, entry: ProviderEntry | None = None
) -> list[str]:
    return [c.slug for c in diagnose_report(report, wanted or connector(), entry).causes]


def test_every_error_of_a_stage_is_known() -> None:
    assert set(StageError) - NOT_IN_REPORTS - known("error") == set()
    assert set(StageError) >= known("error")


def token_problems_in_the_source() -> set[str]:
    found: set[str] = set()
    for path in [*(PACKAGE / "oauth").glob("*.py"), PACKAGE / "net" / "http.py"]:
        text = path.read_text("utf-8")
        found |= set(re.findall(r'(?:TokenError|HttpError|SmtpWizardError)\(\s*"([a-z_]+)"', text))
        found |= set(re.findall(r'(?:return|HttpError\(|:) ?"(http_[a-z_]+)"', text))
        found |= set(re.findall(r'(?:DiscoveryError\(|code =) ?"(discovery_[a-z_]+)"', text))
        found |= set(re.findall(r"`(token_[a-z_]*[a-z])`", text)) - {"token_auth"}
    return found


def test_every_problem_with_a_token_is_known() -> None:
    problems = token_problems_in_the_source()
    assert {"token_none", "token_refused", "http_timeout"} <= problems
    assert problems - known("token") == set()
    for problem in known("token"):
        report = failed(Stage.AUTH, "token_missing", token={"problem": problem})
        assert slugs(report) or slugs(report, google(), GOOGLE), problem


def test_what_no_rule_knows_is_no_cause() -> None:
    for problem in ("a problem from the future", "ca_file_unreadable", "tenant_invalid"):
        assert slugs(failed(Stage.AUTH, "token_missing", token={"problem": problem})) == []


def test_a_way_that_a_provider_lacks_is_no_fault_of_the_app_s() -> None:
    token = {"problem": "token_device_unsupported"}
    first = diagnose_report(failed(Stage.AUTH, "token_missing", token=token), connector()).causes[0]
    assert (first.slug, first.variant) == ("oauth_request_invalid", "grant")


def test_the_provider_s_own_words_about_a_token_decide() -> None:
    token = {"problem": "token_refused", "error": "invalid_client", "aadsts": "7000222",
             "description": "The provided client secret keys are expired."}  # fmt: skip
    assert slugs(failed(Stage.AUTH, "token_missing", token=token))[0] == "oauth_secret_expired"
    token = {"problem": "token_refused", "error": "invalid_grant",
             "description": "Token has been expired or revoked."}  # fmt: skip
    assert slugs(failed(Stage.AUTH, "token_missing", token=token))[0] == "oauth_token_revoked"


def test_every_code_leads_to_causes_that_exist() -> None:
    for code in sorted(KNOWN_CODES):
        for stage in STAGES:
            for cause in diagnose_report(failed(stage, code), connector()).causes:
                assert cause.slug in causes()
                assert cause.evidence


@pytest.mark.parametrize("code", sorted(KNOWN_CODES))
def test_every_code_says_something(code: str) -> None:
    reply = Reply(550, None, "no") if code.endswith("_refused") else None
    assert slugs(failed(Stage.MAIL_FROM, code, reply))


@pytest.mark.parametrize(
    ("stage", "code", "detail", "cause", "likelihood"),
    [
        (Stage.RESOLVE, "dns_not_found", {}, "dns_failure", "high"),
        (Stage.RESOLVE, "timeout", {}, "dns_failure", "high"),
        (Stage.CONNECT, "refused", {}, "connection_refused", "high"),
        (Stage.CONNECT, "unreachable", {}, "network_unreachable", "high"),
        (Stage.CONNECT, "blocked_locally", {}, "port_blocked", "high"),
        (Stage.CONNECT, "timeout", {}, "timeout", "medium"),
        (Stage.CONNECT, "proxy_auth_required", {}, "proxy_error", "high"),
        (Stage.GREETING, "not_smtp", {"peer": "http"}, "not_smtp", "high"),
        (Stage.GREETING, "not_smtp", {"peer": "tls"}, "wrong_security_mode", "high"),
        (Stage.GREETING, "closed", {}, "connection_dropped", "medium"),
        (Stage.TLS, "not_tls", {"peer": "smtp"}, "wrong_security_mode", "high"),
        (Stage.TLS, "cert_expired", {}, "cert_expired", "high"),
        (Stage.TLS, "cert_hostname_mismatch", {}, "cert_hostname_mismatch", "high"),
        (Stage.TLS, "cert_untrusted", {}, "cert_untrusted", "high"),
        (Stage.TLS, "cert_self_signed", {}, "cert_untrusted", "high"),
        (Stage.TLS, "tls_version", {"version": "TLSv1"}, "tls_version_too_old", "high"),
        (Stage.TLS, "starttls_missing", {"extensions": ["SIZE"]}, "starttls_unavailable", "high"),
        (Stage.TLS, "starttls_missing", {"extensions": ["XXXXXXXA"]}, "proxy_error", "high"),
        (Stage.AUTH, "cleartext_refused", {}, "starttls_required", "high"),
        (Stage.AUTH, "auth_not_offered", {}, "auth_mechanism_unsupported", "high"),
        (Stage.AUTH, "mechanism_not_offered", {"offered": ["NTLM"]},
         "auth_mechanism_unsupported", "high"),
        (Stage.AUTH, "mechanism_not_offered", {"offered": ["XOAUTH2"]},
         "basic_auth_disabled", "high"),
        (Stage.AUTH, "auth_closed", {}, "bad_credentials", "medium"),
        (Stage.MAIL_FROM, "message_too_large", {"limit": 1}, "message_too_large", "high"),
        (Stage.MAIL_FROM, "smtputf8_missing", {}, "encoding_unsupported", "high"),
    ],
)  # fmt: skip
def test_what_a_code_makes_certain(
    stage: Stage, code: str, detail: dict[str, Any], cause: str, likelihood: str
) -> None:
    first = diagnose_report(failed(stage, code, **detail), connector()).causes[0]
    assert (first.slug, first.likelihood) == (cause, Likelihood(likelihood))


@pytest.mark.parametrize(
    ("stage", "code", "reply", "cause"),
    [
        (Stage.AUTH, "auth_refused", Reply(535, "5.7.8", "Error: authentication failed"),
         "bad_credentials"),
        (Stage.AUTH, "auth_refused", Reply(535, "5.7.139", "Authentication unsuccessful, "
         "SmtpClientAuthentication is disabled for the Tenant. Visit "
         "https://aka.ms/smtp_auth_disabled for more information."), "smtp_auth_disabled_tenant"),
        (Stage.AUTH, "auth_refused", Reply(535, "5.7.139", "Authentication unsuccessful, "
         "SmtpClientAuthentication is disabled for the Mailbox."), "smtp_auth_disabled_mailbox"),
        (Stage.AUTH, "auth_refused", Reply(534, "5.7.9", "Application-specific password required."),
         "app_password_required"),
        (Stage.MAIL_FROM, "sender_refused", Reply(530, "5.7.0", "Must issue a STARTTLS command "
         "first"), "starttls_required"),
        (Stage.MAIL_FROM, "sender_refused", Reply(530, "5.7.0", "Authentication required"),
         "auth_required"),
        (Stage.RCPT_TO, "recipient_refused", Reply(550, "5.7.1", "Relaying denied"),
         "relay_denied"),
        (Stage.RCPT_TO, "recipient_refused", Reply(554, "5.7.1", "<x@y>: Relay access denied"),
         "relay_denied"),
        (Stage.RCPT_TO, "recipient_refused", Reply(450, "4.2.0", "<x@y>: Recipient address "
         "rejected: Greylisted, see http://postgrey"), "greylisted"),
        (Stage.RCPT_TO, "recipient_refused", Reply(550, "5.1.1", "User unknown"),
         "recipient_rejected"),
        (Stage.GREETING, "greeting_refused", Reply(421, "4.3.2", "Service not available"),
         "server_unavailable"),
        (Stage.DATA, "message_refused", Reply(554, "5.2.252", "SendAsDenied; x not allowed to "
         "send as y"), "own_sender_not_allowed"),
    ],
)  # fmt: skip
def test_the_reply_decides(stage: Stage, code: str, reply: Reply, cause: str) -> None:
    assert slugs(failed(stage, code, reply))[0] == cause


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        (Stage.GREETING, "greeting_refused"),
        (Stage.TLS, "starttls_refused"),
        (Stage.EHLO, "ehlo_refused"),
        (Stage.MAIL_FROM, "sender_refused"),
        (Stage.RCPT_TO, "recipient_refused"),
        (Stage.DATA, "data_refused"),
    ],
)
def test_a_reply_that_belongs_elsewhere_breaks_the_protocol(stage: Stage, error: str) -> None:
    for code in (221, 235, 334):
        assert slugs(failed(stage, error, Reply(code, None, "ok"))) == ["protocol_error"]


def test_a_timeout_on_port_25_is_a_blocked_port_first() -> None:
    report = failed(Stage.CONNECT, "timeout")
    assert slugs(report, connector(port=25))[:2] == ["port_blocked", "timeout"]


def test_a_large_provider_s_certificate_is_never_unknown_by_itself() -> None:
    report = failed(Stage.TLS, "cert_untrusted", chain=issued_by("CN=Company Root"))
    wanted = connector("smtp.gmail.com", provider="gmail")
    assert slugs(report, wanted, GOOGLE)[0] == "tls_intercepted"
    zscaler = failed(Stage.TLS, "cert_untrusted", chain=issued_by("CN=Zscaler Root CA"))
    assert slugs(zscaler)[0] == "tls_intercepted"


def test_the_actor_follows_who_runs_the_server() -> None:
    report = failed(
        Stage.GREETING, "greeting_refused", Reply(421, "4.3.2", "Service not available")
    )
    mine = diagnose_report(report, connector()).causes[0]
    theirs = diagnose_report(report, connector(), MICROSOFT).causes[0]
    assert (mine.actor, theirs.actor) == (Actor.MAIL_ADMIN, Actor.PROVIDER)


def test_success_and_interruption_have_no_causes() -> None:
    assert diagnose_report(passed(), connector()).causes == ()
    stopped = failed(Stage.CONNECT, "cancelled")
    assert diagnose_report(stopped, connector()).causes == ()


def test_a_lost_last_reply_is_no_failure_of_the_connector() -> None:
    report = failed(Stage.DATA, "reply_lost", status=Status.UNKNOWN, why="closed")
    causes = diagnose_report(report, connector()).causes
    # All came this far: neither port nor firewall is to blame.
    assert [(cause.slug, cause.variant) for cause in causes] == [
        ("connection_dropped", "after_dot")
    ]


@pytest.mark.parametrize(
    ("error", "alert", "cause", "variant"),
    [
        ("tls_name_unknown", "unrecognized_name", "cert_hostname_mismatch", "unknown"),
        ("tls_version", "protocol_version", "tls_version_too_old", None),
        ("tls_no_common_cipher", "handshake_failure", "tls_version_too_old", None),
        ("client_certificate_required", "bad_certificate", "auth_required", "client_certificate"),
        ("client_certificate_refused", "unknown_ca", "bad_credentials", "client_certificate"),
        ("handshake_failed", "internal_error", "server_unavailable", "tls"),
        ("handshake_failed", "inappropriate_fallback", "protocol_error", "tls"),
        ("handshake_failed", "no_application_protocol", "protocol_error", "tls"),
        ("handshake_failed", "access_denied", "protocol_error", "tls"),
        ("handshake_failed", None, "tls_version_too_old", None),
    ],
)
def test_an_alert_is_taken_for_what_it_says(
    error: str, alert: str | None, cause: str, variant: str | None
) -> None:
    first = diagnose_report(failed(Stage.TLS, error, alert=alert), connector()).causes[0]
    assert (first.slug, first.variant) == (cause, variant)


def test_exchange_that_does_not_know_an_application_is_told_so() -> None:
    reply = Reply(535, "5.7.3", "Authentication unsuccessful")
    report = failed(Stage.AUTH, "auth_refused", reply)
    user = connector("smtp.office365.com", method=Method.OAUTH, provider="exchange")
    oauth = OAuthRegistration(grant=Grant.CLIENT_CREDENTIALS)
    alone = user._replace(authentication=user.authentication._replace(oauth=oauth))
    for wanted, variant in ((alone, "service_principal"), (user, None)):
        first = diagnose_report(report, wanted, MICROSOFT).causes[0]
        assert (first.slug, first.variant) == ("oauth_token_rejected", variant)


@pytest.mark.parametrize(
    ("stage", "code", "detail", "words"),
    [
        (Stage.CONNECT, "proxy_unreachable", {"why": "refused"},
         "through socks5://p.test:1080, the proxy that ALL_PROXY names, and nothing could be"),
        (Stage.CONNECT, "proxy_invalid_answer", {}, "names. What answers there does not speak"),
        (Stage.RESOLVE, "proxy_invalid", {"proxy": None},
         "through the proxy that ALL_PROXY names, but what stands there is not the address"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_proxy_names_it_and_its_setting(
    stage: Stage, code: str, detail: dict[str, Any], words: str
) -> None:
    facts = {"proxy": "socks5://p.test:1080", "source": "ALL_PROXY"} | detail
    given = {key: value for key, value in facts.items() if value is not None}
    report = failed(stage, code, **given)
    first = diagnose_report(report, connector()).causes[0]
    values = connector_values(report, connector(), None)
    found = Cause(first.slug, first.likelihood, first.actor, variant=first.variant, values=values)
    told = cause_text(found, Face.COMMAND_LINE)
    assert words in told.explanation
    assert "ALL_PROXY" in told.steps[0].text
