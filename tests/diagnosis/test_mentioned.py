"""What a text names itself stands in the sentences; what it does not name leaves no hole."""

from __future__ import annotations

import pytest

from smtpwizard.diagnosis import mentioned
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.usecases.diagnose import explain_text


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "550 5.7.509 Access denied, sending domain example.com does not pass DMARC",
            {"domain": "example.com"},
        ),
        (
            "550 5.7.1 Unauthenticated email from example.com is not accepted due to its policy",
            {"domain": "example.com"},
        ),
        ("rejected due to example.com's DMARC policy", {"domain": "example.com"}),
        ("Email rejected per DMARC policy for example.com", {"domain": "example.com"}),
        (
            "554 5.7.1 <a@example.com>: Sender address rejected: Access denied",
            {"sender": "a@example.com", "domain": "example.com"},
        ),
        ("550 <b@example.org>: Recipient address rejected", {"recipient": "b@example.org"}),
        ("SMTPRecipientsRefused: {'b@example.org': (550, b'no')}", {"recipient": "b@example.org"}),
        ("Final-Recipient: rfc822; b@example.org", {"recipient": "b@example.org"}),
        (
            "Could not connect to SMTP host: smtp.example.com, port: 465",
            {"host": "smtp.example.com", "server": "smtp.example.com:465", "port": "465"},
        ),
        (
            "connect ECONNREFUSED 192.0.2.1:587",
            {"host": "192.0.2.1", "server": "192.0.2.1:587", "port": "587"},
        ),
        (
            "dial tcp: lookup smtp.example.com: no such host",
            {"host": "smtp.example.com", "server": "smtp.example.com"},
        ),
        (
            "host mx.example.org[192.0.2.1] said: 550 no",
            {"host": "mx.example.org", "server": "mx.example.org"},
        ),
        (
            "AADSTS700016: Application with identifier '11111111-2222-3333-4444-555555555555' was",
            {"client_id": "11111111-2222-3333-4444-555555555555"},
        ),
        (
            "AADSTS50011: The redirect URI 'http://localhost:8080/' specified in the request",
            {"redirect_uri": "http://localhost:8080/"},
        ),
        ("it failed", {}),
    ],
)
def test_what_a_text_names(text: str, values: dict[str, str]) -> None:
    assert mentioned(text) == values


def test_a_refusal_for_dmarc_speaks_of_dmarc_and_of_the_domain() -> None:
    text = "550 5.7.509 Access denied, sending domain acme.com does not pass DMARC verification"
    first = cause_text(explain_text(text).causes[0], Face.COMMAND_LINE)
    whole = f"{first.title} {first.explanation} {first.remedy}"
    assert "DMARC" in first.title
    assert "acme.com" in first.explanation
    assert "SPF" not in whole
    assert explain_text(text).understood.get("provider") is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("550 5.7.23 SPF validation failed", "SPF"),
        ("550 5.7.20 No passing DKIM signature found", "DKIM"),
        ("550 5.7.25 no PTR record, reverse DNS required", "reverse"),
    ],
)
def test_a_refusal_says_which_proof_is_missing(text: str, word: str) -> None:
    first = cause_text(explain_text(text).causes[0], Face.COMMAND_LINE)
    assert word in first.title
    assert "the sender's domain" in first.explanation or word == "reverse"


def test_a_time_out_orders_no_other_encryption() -> None:
    for cause in explain_text("Timeout while contacting mail server").causes:
        assert cause.cause != "wrong_security_mode"
