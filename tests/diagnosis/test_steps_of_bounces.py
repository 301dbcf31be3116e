"""What is to be done about an email that came back fits why it did."""

from __future__ import annotations

import pytest

from smtpwizard.causes import causes
from smtpwizard.messages.causes import CauseText, cause_text
from smtpwizard.messages.face import Face
from smtpwizard.model.report import Cause
from smtpwizard.usecases.explain import explain_failure

_REPORT = """\
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; anna@example.org
Action: failed
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {said}

--B--
"""

# What a server says, whose cause that is, and which of its situations.
SAID = [
    ("550 5.1.1 Recipient address rejected: User unknown", "recipient_rejected", "no_such_mailbox"),
    ("550 5.1.1 Bad destination mailbox address", "recipient_rejected", "no_such_mailbox"),
    ("554 delivery error: dd This user doesn't have an account", "recipient_rejected",
     "no_such_mailbox"),
    ("550 5.1.351 Remote server returned unknown recipient", "recipient_rejected",
     "no_such_mailbox"),
    ("550 5.1.2 Bad destination system address", "recipient_rejected", "no_mail_domain"),
    ("556 5.1.10 Recipient address has null MX", "recipient_rejected", "no_mail_domain"),
    ("550 5.4.4 Unable to route", "recipient_rejected", "no_mail_domain"),
    ("550 5.4.310 DNS domain there.example does not exist", "recipient_rejected",
     "no_mail_domain"),
    ("551 5.1.6 Destination mailbox has moved", "recipient_rejected", "moved"),
    ("550 5.2.1 Mailbox disabled, not accepting messages", "recipient_rejected", "mailbox_closed"),
    ("552 5.2.2 Mailbox full", "recipient_rejected", "mailbox_full"),
    ("452 4.2.2 The recipient's inbox is out of storage space", "recipient_rejected",
     "mailbox_full"),
    ("552 5.2.2 The email account that you tried to reach is over quota", "recipient_rejected",
     "mailbox_full"),
    ("554 5.2.0 STOREDRV.Deliver.Exception:QuotaExceededException; Failed to process message",
     "recipient_rejected", "mailbox_full"),
    ("550 5.7.27 Sender address has null MX", "sender_auth_failed", "null_mx"),
    ("550 5.7.23 SPF validation failed", "sender_auth_failed", "spf"),
    ("550 5.7.124 Sender not in allowed-senders list", "recipient_rejected", "not_from_here"),
    ("550 5.7.133 Sender not authenticated for group", "recipient_rejected", "not_from_here"),
    ("550 Recipient is on our suppression list", "recipient_rejected", "suppressed"),
    ("550 5.1.0 Other address status", "recipient_rejected", None),
    ("550 5.2.4 Mailing list expansion problem", "recipient_rejected", None),
    ("550 Requested action not taken: mailbox unavailable", "recipient_rejected", None),
    ("554 5.4.6 Routing loop detected", "server_unavailable", "loop"),
    ("554 5.4.14 Hop count exceeded - possible mail loop", "server_unavailable", "loop"),
    ("550 5.2.1 The user you are trying to contact is receiving mail at a rate",
     "rate_limited", "recipient"),
]  # fmt: skip


def first_cause(said: str) -> tuple[Cause, CauseText]:
    code = said.split()[1]
    status = code if code[1:2] == "." else f"{said[0]}.0.0"
    explained = explain_failure(_REPORT.format(status=status, said=said).encode())
    cause = explained.explanation.causes[0]
    return cause, cause_text(cause, Face.WINDOW)


@pytest.mark.parametrize(("said", "slug", "variant"), SAID)
def test_the_steps_are_those_of_what_was_said(said: str, slug: str, variant: str | None) -> None:
    cause, text = first_cause(said)
    assert (cause.cause, cause.variant) == (slug, variant)
    steps = " ".join(step.text for step in text.steps)
    assert ("Make room" in steps) == (variant == "mailbox_full")
    assert ("have the mailbox set up" in steps) == (variant == "no_such_mailbox")
    assert ("suppression list" in steps) == (variant == "suppressed")


def test_each_situation_of_a_recipient_is_met() -> None:
    met = {variant for _, slug, variant in SAID if slug == "recipient_rejected"}
    assert met - {None} == causes()["recipient_rejected"].variants()


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("421 4.4.2 Bad connection", "connection_dropped"),
        ("451 4.4.1 No answer from host", "timeout"),
        ("451 4.4.3 Directory server failure", "dns_failure"),
        ("452 4.3.1 Mail system full", "server_unavailable"),
    ],
)
def test_what_a_server_met_on_the_way_on_is_not_for_the_connector(said: str, slug: str) -> None:
    cause, text = first_cause(said)
    assert cause.cause == slug
    assert not any(step.fields for step in text.steps)
    assert "recipient" in f"{text.title} {text.explanation}"
