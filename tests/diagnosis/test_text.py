"""Pasted failures: the samples land, wrappers are seen through, no input does harm."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwizard.causes import causes
from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.evidence import gather
from smtpwizard.model.report import Likelihood
from tests.diagnosis.samples import samples

ALL = list(samples())
# How many of the samples are not right first, sure although wrong, and sure at all.
WRONG, SURE_AND_WRONG, SURE = 5, 1, 2450


def first(text: str, **context: object) -> str | None:
    found = diagnose_text(text, context).causes
    return found[0].slug if found else None


def test_every_cause_has_samples() -> None:
    assert {sample.cause for sample in ALL} == set(causes())


def test_the_figures_over_the_samples_do_not_sink() -> None:
    """What the weights are for; benchmarks/diagnosis.py --weights shows what hangs on each."""
    answers = [(s, diagnose_text(s.text, s.context).causes) for s in ALL]
    wrong = [s for s, found in answers if not found or found[0].slug not in s.right]
    missing = [s for s, found in answers if s.right.isdisjoint(c.slug for c in found[:3])]
    sure = [s for s, found in answers if found and found[0].likelihood is Likelihood.HIGH]
    assert missing == []
    assert len(wrong) <= WRONG, wrong
    assert len([s for s in sure if s in wrong]) <= SURE_AND_WRONG
    assert len(sure) >= SURE


# -- languages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stage", "cause"),
    [
        ("535 Anmeldung fehlgeschlagen: Kennwort falsch", "auth", "bad_credentials"),
        ("535 Échec de l'authentification", "auth", "bad_credentials"),
        ("535 Senha incorreta", "auth", "bad_credentials"),
        ("535 비밀번호가 틀렸습니다", "auth", "bad_credentials"),
        ("535 用户名或密码错误", "auth", "bad_credentials"),
        ("550 Benutzer unbekannt", "rcpt", "recipient_rejected"),
        ("550 Utilisateur inconnu", "rcpt", "recipient_rejected"),
        ("550 Destinatário desconhecido", "rcpt", "recipient_rejected"),
        ("550 수신자를 찾을 수 없습니다", "rcpt", "recipient_rejected"),
        ("550 用户不存在", "rcpt", "recipient_rejected"),
        ("552 Postfach voll", "rcpt", "recipient_rejected"),
        ("Die Verbindung wurde verweigert: Verbindungsaufbau abgelehnt", "connect",
         "connection_refused"),
        ("연결이 거부되었습니다", "connect", "connection_refused"),
        ("连接超时", "connect", "timeout"),
        ("Délai d'attente dépassé", "connect", "timeout"),
        ("Das Zertifikat ist abgelaufen", "tls", "cert_expired"),
        ("Сертификат не является доверенным", "tls", "cert_untrusted"),
    ],
)  # fmt: skip
def test_localised_texts_land(text: str, stage: str, cause: str) -> None:
    assert first(text, stage=stage) == cause


def test_codes_speak_where_the_words_are_in_no_known_language() -> None:
    assert first("535 5.7.8 ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", stage="auth") == "bad_credentials"
    assert first("552 5.3.4 ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", stage="data") == "message_too_large"
    assert first("550 5.1.1 ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", stage="rcpt") == "recipient_rejected"
    assert first("AADSTS50055: ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ") == "password_expired"


# -- wrappers --------------------------------------------------------------------------------------

TENANT = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
    "Visit https://aka.ms/smtp_auth_disabled for more information."
)


@pytest.mark.parametrize(
    "wrapped",
    [
        f"System.Net.Mail.SmtpException: The SMTP server requires a secure connection or the "
        f"client was not authenticated. The server response was: {TENANT}\n"
        f"   at System.Net.Mail.MailCommand.CheckResponse(SmtpStatusCode statusCode, String r)",
        f'Traceback (most recent call last):\n  File "/usr/lib/python3.11/smtplib.py", line 750, '
        f"in login\n    raise last_exception\nsmtplib.SMTPAuthenticationError: (535, b'"
        f"{TENANT[4:]}')",
        f"jakarta.mail.AuthenticationFailedException: {TENANT}\n\tat org.eclipse.angus.mail.smtp."
        f"SMTPTransport$Authenticator.authenticate(SMTPTransport.java:947)",
        json.dumps({"code": "EAUTH", "response": TENANT, "responseCode": 535, "command": "AUTH"}),
        json.dumps(json.dumps({"error": TENANT})),
        f"<html><body><p>Sending failed:<br><b>{TENANT}</b></p></body></html>",
        f"\x1b[31;1mERROR\x1b[0m \x1b[33m{TENANT}\x1b[0m",
        TENANT.replace(" ", "  \r\n"),
        TENANT.replace("disabled", "dis\u00adabled").replace("Tenant", "\u202eTenant\u202c"),
        f"> {TENANT[:60]}\n> {TENANT[60:]}",
        # What programs advise whatever the matter is, and the line of code below a frame.
        "The email could not be sent. Possible reason: your host may have disabled the mail() "
        f"function.\nMailer Error: {TENANT}",
        f"Test email failed. Please check your SMTP settings, password and firewall: {TENANT}",
        "The message could not be sent using Outgoing server (SMTP) mail.example.com for an "
        "unknown reason. Please verify that your Outgoing server (SMTP) settings are correct and "
        f"try again.\n{TENANT}",
        "Message blocked\nYour message to user@example.com has been blocked. See technical details "
        f"below for more information.\nThe response was:\n{TENANT}",
        'Traceback (most recent call last):\n  File "/app/mail.py", line 41, in send_mail\n'
        f"    server.sendmail(sender, recipients, msg)\n{TENANT}",
    ],
)
def test_wrappers_are_seen_through(wrapped: str) -> None:
    assert first(wrapped) == "smtp_auth_disabled_tenant"


def test_advice_is_read_where_nothing_else_is_there() -> None:
    text = "Please check your SMTP settings, user name, password and firewall"
    assert "firewall" in gather(text).words
    assert "firewall" not in gather(f"{text}: 550 5.1.1 User unknown").words


def test_the_number_in_the_middle_counts_not_the_one_around_it() -> None:
    text = (
        "AADSTS70002: Error validating credentials. AADSTS50055: Force Change Password.\r\n"
        "Trace ID: 0000 Timestamp: 2026-01-01 00:00:00Z"
    )
    assert first(text) == "password_expired"


def test_a_tls_error_on_the_wrong_port_is_the_port() -> None:
    text = "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1007)"
    assert first(text, port=587, security="ssl") == "wrong_security_mode"


BOUNCE = """Return-Path: <>
Received: by mail.example.com (Postfix) id 5F2; Sun, 22 Nov 2026 10:15:00 +0000
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
Final-Recipient: rfc822; nobody@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown

--b
Content-Type: message/rfc822

From: a@example.com
Subject: your password is wrong, SPF, virus, relay access denied, quota exceeded
X-Spam: yes

535 5.7.8 authentication failed
--b--
"""


def test_a_bounce_is_read_without_the_message_it_returns() -> None:
    assert first(BOUNCE) == "recipient_rejected"
    crlf = BOUNCE.replace("\n", "\r\n")
    assert first(crlf) == "recipient_rejected"


def test_a_base64_part_of_a_bounce_is_read() -> None:
    inner = base64.encodebytes(b"552 5.3.4 Message size exceeds fixed limit\n").decode()
    text = f"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{inner}"
    assert first(text) == "message_too_large"


def test_in_a_conversation_only_what_failed_counts() -> None:
    text = (
        "220 mail.example.com ESMTP\nEHLO client\n250-mail.example.com\n250-STARTTLS\n"
        "250-SIZE 10240000\n250 AUTH PLAIN LOGIN\nMAIL FROM:<a@example.com>\n250 2.1.0 Ok\n"
        "RCPT TO:<b@example.org>\n554 5.7.1 <b@example.org>: Relay access denied\n"
    )
    assert first(text) == "relay_denied"


def test_an_account_that_sends_inside_only_is_told() -> None:
    text = "550 5.5.105 External sending is not supported for this account."
    found = diagnose_text(text, {"stage": "rcpt"}).causes
    assert (found[0].slug, found[0].variant) == ("relay_denied", "inside")


def test_a_refused_token_is_read_out_of_its_base64() -> None:
    refusal = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
    text = f"334 {refusal}\n535-5.7.8 Username and Password not accepted. - gsmtp"
    assert first(text, stage="auth") == "oauth_token_rejected"


# -- context ---------------------------------------------------------------------------------------


def test_one_code_many_causes_by_context() -> None:
    text = "535 5.7.3 Authentication unsuccessful [AM0PR01.eurprd01.prod.outlook.com]"
    assert first(text, stage="auth", auth="xoauth2") == "oauth_token_rejected"
    assert first(text, stage="auth", auth="login") == "bad_credentials"


def test_odd_context_never_fails() -> None:
    for context in (
        {"provider": 5, "stage": ["x"], "port": "abc", "security": {}, "auth": None},
        {"port": -1, "stage": "no such stage", "security": "quantum"},
        {"port": True, "provider": "x" * 10_000},
        {"port": "²"},
    ):
        diagnose_text("535 5.7.8 authentication failed", context)


# -- honesty ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "hello world", "Lorem ipsum dolor sit amet", "250 2.0.0 Ok: queued"]
)
def test_nothing_fitting_is_said(text: str) -> None:
    assert diagnose_text(text).causes == ()


def test_what_was_understood_is_shown_even_without_a_cause() -> None:
    known = diagnose_text("599 9.9.9 ???", {"stage": "auth", "port": 587}).understood
    assert known["stage"] == "auth"
    assert known["port"] == 587
    full = diagnose_text("AADSTS50055 invalid_grant ECONNRESET 535 5.7.8 outlook.com").understood
    assert full["codes"] == ["535", "5.7.8"]
    assert full["provider"] == "microsoft"
    assert set(full["errors"]) == {"AADSTS50055", "invalid_grant", "ECONNRESET"}  # type: ignore[call-overload]


def test_the_line_that_led_there_is_shown() -> None:
    text = "one\ntwo\n554 5.7.1 <x@example.org>: Relay access denied\nfour"
    cause = diagnose_text(text).causes[0]
    assert cause.evidence[0] == "554 5.7.1 <x@example.org>: Relay access denied"


def test_evidence_is_the_line_that_led_there_and_none_where_nothing_did() -> None:
    text = (
        "This is the mail system at host mail.example.org.\n"
        "delivery was blocked for a while, see below\n"
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using\n"
        "    zen.spamhaus.org\n"
    )
    first, *others = diagnose_text(text, {"stage": "connect"}).causes
    assert first.slug == "blocked_ip"
    assert first.evidence[0].startswith("554 5.7.1 Service unavailable; Client host")
    assert not any("mail system" in line for cause in (first, *others) for line in cause.evidence)
    assert all(cause.evidence == () for cause in others if cause.likelihood is Likelihood.LOW)


def test_evidence_over_a_line_break_is_found() -> None:
    text = "Hello there\nconnect to mx.example.org: Connection timed\n out at last\n"
    assert diagnose_text(text).causes[0].evidence == (
        "connect to mx.example.org: Connection timed",
    )


def test_where_no_word_led_there_the_line_that_tells_of_a_failure_is_shown() -> None:
    text = "some line before\nit failed, that is all\n"
    assert diagnose_text(text, {"stage": "rcpt"}).causes[0].evidence == ("it failed, that is all",)


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("AUTH PLAIN AGFAYgBodW50ZXIy 535 5.7.8 authentication failed", "AGFAYgBodW50ZXIy"),
        ("535 authentication failed for password=hunter2hunter2", "hunter2hunter2"),
        ("535 failed Authorization: Bearer ya29.A0AfH6SMBx", "ya29.A0AfH6SMBx"),
        ("invalid_grant refresh_token=1//0gabcdefghij expired", "1//0gabcdefghij"),
        ('{"error":"invalid_client","client_secret":"abc~8Q~xyz123"}', "abc~8Q~xyz123"),
        ("smtp://user:pa55word@smtp.example.com 535 authentication failed", "pa55word"),
    ],
)
def test_evidence_repeats_no_secret(line: str, secret: str) -> None:
    found = diagnose_text(line, {"stage": "auth"}).causes
    assert found
    assert secret not in repr(found)


@pytest.mark.parametrize(
    "line", ["535 5.7.139 basic authentication is disabled", "Error: AUTH LOGIN failed: 535 denied"]
)
def test_words_are_no_secrets(line: str) -> None:
    assert diagnose_text(line).causes[0].evidence[0] == line


def test_evidence_is_fit_for_display() -> None:
    text = "\x1b]0;title\x07535 5.7.8 \u202eauthentication\x00 failed <script>alert(1)</script>"
    shown = diagnose_text(text).causes[0].evidence[0]
    assert shown.isprintable()
    assert "\u202e" not in shown


# -- any input -------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.text(), st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=4))
def test_any_text_is_taken(text: str, context: dict[str, str]) -> None:
    diagnosis = diagnose_text(text, context)
    assert all(cause.slug in causes() for cause in diagnosis.causes)


PIECES = [s.text for s in ALL[::7]]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=40), max_size=8))
def test_any_mixture_is_taken(pieces: list[str]) -> None:
    json.dumps(diagnose_text("\n".join(pieces)).understood)


HUGE = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "A" * HUGE,
        " " * HUGE,
        "\n" * HUGE,
        "5" * HUGE,
        "535 " * (HUGE // 4),
        "5.7.8 " * (HUGE // 6),
        "<" * HUGE,
        "<a " * (HUGE // 3),
        "=" * HUGE,
        "=?a?b?" * (HUGE // 6),
        "\\u00" * (HUGE // 4),
        "\\" * HUGE,
        "\x1b[" * (HUGE // 2),
        "&amp;" * (HUGE // 5),
        "a." * (HUGE // 2),
        "a@" * (HUGE // 2),
        "1.1.1." * (HUGE // 6),
        "::" * (HUGE // 2),
        "http://" * (HUGE // 7),
        "error=%41+" * (HUGE // 10),
        "error " * (HUGE // 6),
        "error: 535 5.7.8 denied; " * (HUGE // 25),
        "at x(" * (HUGE // 5),
        "  self.x raise \n" * (HUGE // 16),
        "received: x\n\t" * (HUGE // 13),
        "content-transfer-encoding: base64\n\n" + "QUFB" * (HUGE // 4),
        "\u0430\u0301" * (HUGE // 2),
        "\u202e" * HUGE,
        "사용자 " * (HUGE // 4),
        "用户" * (HUGE // 2),
        "\ud800" * HUGE,
        "250-" * (HUGE // 4),
        "\n250 x" * (HUGE // 6),
        "".join(map(chr, range(256))) * (HUGE // 256),
    ],
    ids=range(34),
)
def test_a_million_characters_of_anything_come_to_an_end(text: str) -> None:
    # What backtracks over a million characters ends with the run's own limit.
    diagnose_text(text)


@pytest.mark.parametrize("place", [0, HUGE // 2, HUGE - 100])
@pytest.mark.parametrize("filler", ["lorem ipsum dolor\n", "lorem ipsum dolor "])
def test_the_one_failure_in_a_megabyte_is_found(place: int, filler: str) -> None:
    noise = (filler * (HUGE // len(filler) + 1))[:HUGE]
    text = f"{noise[:place]}\n{TENANT}\n{noise[place:]}"
    assert first(text) == "smtp_auth_disabled_tenant"


def test_evidence_stays_small_whatever_comes_in() -> None:
    evidence = gather("error 535 5.7.8 denied\n" * 50_000)
    assert len(evidence.text) < 60_000


def test_a_long_line_is_shown_once_for_all_that_stands_together_in_it() -> None:
    said = "550 5.7.23 rejected because of Sender Policy Framework violation, SPF of example.com"
    (line,) = diagnose_text(f"{'x' * 150} {said} {'y' * 150}").causes[0].evidence
    assert said in line


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "Permanent(Code { severity: PermanentNegativeCompletion, category: Unspecified3,"
            " detail: Five })",
            "bad_credentials",
        ),
        (
            "Your mail was not taken. For example it may be larger than allowed.\nRemote server"
            " returned '554 5.7.1 No valid DKIM signature found'",
            "sender_auth_failed",
        ),
        (
            'level=debug msg="server supports STARTTLS, required"\n'
            'level=fatal msg="535 5.7.8 Error: authentication failed"',
            "bad_credentials",
        ),
        (
            'lvl=eror msg="Failed" error="dial tcp 192.0.2.1:587: connection refused" status=500',
            "connection_refused",
        ),
        (
            "Failure: x at System.Net.Mail.SmtpConnection.Close(Boolean unicode, String policy) at"
            " System.Net.Mail.SmtpClient.Send(MailMessage relay): net_io_connectionclosed",
            "connection_dropped",
        ),
    ],
)
def test_a_programs_own_words_are_no_evidence(text: str, cause: str) -> None:
    assert diagnose_text(text).causes[0].slug == cause


def test_words_that_spell_no_reply_code_stay() -> None:
    text = "severity: high, category: mail, detail: connection refused"
    assert diagnose_text(text).causes[0].slug == "connection_refused"
