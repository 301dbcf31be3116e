"""Bounces pasted whole: what failed is found, and the message that comes back says nothing."""

from __future__ import annotations

import base64
import quopri

import pytest

from smtpwizard.diagnosis import diagnose_text, mentioned
from smtpwizard.diagnosis.bounce import read_bounce
from smtpwizard.model.report import Likelihood

# What the returned message says would lead astray, were it read.
RETURNED = """Return-Path: <sales@example.com>
Received: from pc by mail.example.com; Sun, 22 Nov 2026 10:14:00 +0000
From: sales@example.com
To: nobody@example.org
Subject: relay access denied, SPF, virus, 535 authentication failed
Message-ID: <1@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="inner"

--inner
Content-Type: text/plain

Your quota is exceeded, 554 5.7.1 Relay access denied, DMARC, spamhaus
--inner--
"""
HEAD = """Return-Path: <>
Received: by mail.example.com (Postfix) id 5F2; Sun, 22 Nov 2026 10:15:00 +0000
From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

"""


def report(*recipients: str, text: str = "Sorry.", how: str = "") -> str:
    """A report of RFC 3464 with the fields of each recipient."""
    fields = "\n\n".join(("Reporting-MTA: dns; mail.example.com", *recipients))
    return (
        f"{HEAD}--b1\nContent-Type: text/plain; charset=utf-8\n{how}\n{text}\n"
        f"--b1\nContent-Type: message/delivery-status\n\n{fields}\n\n"
        f"--b1\nContent-Type: message/rfc822\n\n{RETURNED}\n--b1--\n"
    )


def fields(address: str, status: str, said: str, action: str = "failed") -> str:
    return (
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}"
    )


def slugs(text: str) -> list[str]:
    return [cause.slug for cause in diagnose_text(text).causes]


FULL = fields("a@example.org", "5.2.2", "552 5.2.2 Mailbox full")
TAKEN = fields("b@example.org", "2.0.0", "250 2.0.0 Ok", "delivered")
LATE = fields("c@example.org", "4.7.1", "450 4.7.1 Greylisted, come back later", "delayed")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_of_a_report_the_diagnosis_of_the_recipient_counts(ends: str) -> None:
    text = report(FULL).replace("\n", ends)
    assert slugs(text)[0] == "recipient_rejected"
    assert "quota is exceeded" not in read_bounce(text)
    assert "Relay access" not in read_bounce(text)


def test_of_several_recipients_the_one_that_failed_for_good_counts() -> None:
    read = read_bounce(report(TAKEN, LATE, FULL))
    assert "Mailbox full" in read
    assert "Greylisted" not in read
    assert "Ok" not in read
    late = diagnose_text(report(TAKEN, LATE)).causes[0]
    assert (late.slug, late.likelihood) == ("greylisted", Likelihood.HIGH)


def test_what_is_said_of_a_recipient_for_whom_it_has_not_failed_is_left_out() -> None:
    late = "<c@example.org>: connect to mx.example.net[192.0.2.3]:25: Connection timed out"
    full = "<a@example.org>: host mx.example.org[192.0.2.2] said: 552 5.2.2 Mailbox full"
    text = report(LATE, FULL, text=f"{late}\n\n{full}\n\nMore on c@example.org and a@example.org")
    assert "timed out" not in read_bounce(text)
    assert "More on" in read_bounce(text)
    assert mentioned(text)["recipient"] == "a@example.org"
    assert "timed out" in read_bounce(report(LATE, text=late))
    assert mentioned(report(LATE, FULL))["recipient"] == "a@example.org"


def test_what_postfix_wraps_is_one_line() -> None:
    text = (
        "<a@example.org>: host mx.example.org[192.0.2.2] said: 550\n    5.7.23 The message was\n"
        "    rejected: Sender Policy Framework -> acme.example does not allow 192.0.2.1 (in\n"
        "    reply to end of DATA command)\n"
    )
    first = diagnose_text(report(FULL.replace("552 5.2.2 Mailbox full", "failed"), text=text))
    lines = first.causes[0].evidence
    assert any("550 5.7.23 The message was rejected: Sender Policy" in line for line in lines)
    assert mentioned(text)["domain"] == "acme.example"


def test_the_evidence_of_a_bounce_is_what_the_server_said() -> None:
    host = "This is the mail system at host mail.example.com.\n\nI'm sorry to have to inform you."
    first = diagnose_text(report(FULL, text=host)).causes[0]
    assert first.evidence[0].endswith("552 5.2.2 Mailbox full")
    assert not any("mail system at host" in line for line in first.evidence)


def test_a_status_stands_where_the_reply_has_none() -> None:
    bare = "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.1.1"
    assert "Status: 5.1.1" in read_bounce(report(bare))
    assert slugs(report(bare))[0] == "recipient_rejected"
    odd = "Final-Recipient: rfc822; a@example.org\nAction:\nStatus: 5.1.1"
    assert "Status: 5.1.1" in read_bounce(report(odd))


SAID = "<a@example.org>: 554 5.7.1 Message rejected as spam, naïve content"


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("base64", base64.encodebytes(SAID.encode()).decode()),
        ("quoted-printable", quopri.encodestring(SAID.encode()).decode()),
        ("8bit", SAID),
    ],
)
def test_transfer_encodings_are_undone(how: str, text: str) -> None:
    bare = "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.0.0"
    whole = report(bare, text=text, how=f"Content-Transfer-Encoding: {how}\n")
    assert SAID in read_bounce(whole)
    assert slugs(whole)[0] == "content_rejected"


def test_what_is_no_base64_stays_as_it_is() -> None:
    how = "Content-Transfer-Encoding: base64\n"
    assert "550 No such user, ünknown" in read_bounce(
        report(text="550 No such user, ünknown", how=how)
    )


def test_a_bounce_that_was_passed_on_is_read_and_its_returned_message_is_not() -> None:
    text = (
        "From: boss@example.com\nTo: admin@example.com\nSubject: what is this?\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="outer"\n\n'
        "--outer\nContent-Type: text/plain\n\nSee below.\n"
        f"--outer\nContent-Type: message/rfc822\n\n{report(FULL)}\n--outer--\n"
    )
    assert slugs(text)[0] == "recipient_rejected"
    assert "Relay access" not in read_bounce(text)


def test_a_bounce_in_html_is_read_without_its_style() -> None:
    text = (
        "From: postmaster@example.com\nTo: a@example.com\nSubject: Undeliverable\n"
        "Content-Type: text/html\n\n<!DOCTYPE html><html><head><style>p { color: red; "
        "content: 'relay access denied' }</style></head><body><p>Your message to "
        "<b>b@example.org</b> couldn&#39;t be delivered.<br>550 5.1.1 User unknown</p>"
    )
    found = diagnose_text(text).causes
    assert found[0].slug == "recipient_rejected"
    assert "not_smtp" not in [cause.slug for cause in found]
    assert "relay" not in read_bounce(text)


def test_parts_are_told_apart_where_the_head_was_not_pasted() -> None:
    assert slugs(report(FULL).removeprefix(HEAD))[0] == "recipient_rejected"
    assert "Relay access" not in read_bounce(report(FULL).removeprefix(HEAD))


PLAIN = {
    "exim": "This message was created automatically by mail delivery software.\n\n"
    "A message that you sent could not be delivered to one or more of its\nrecipients. This is a "
    "permanent error. The following address(es) failed:\n\n  a@example.org\n    host mx.example "
    "[192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<a@example.org>:\n"
    "    550 5.1.1 No such user\n\n------ This is a copy of the message, including all the "
    "headers. ------\n\n",
    "qmail": "Hi. This is the qmail-send program at mail.example.com.\nI'm afraid I wasn't "
    "able to deliver your message to the following addresses.\nThis is a permanent error; I've "
    "given up. Sorry it didn't work out.\n\n<a@example.org>:\n192.0.2.1 does not like "
    "recipient.\nRemote host said: 550 5.1.1 No such user\nGiving up on 192.0.2.1.\n\n--- Below "
    "this line is a copy of the message.\n\n",
    "sendmail": "The original message was received at Sun, 22 Nov 2026 10:15:00 GMT\nfrom pc "
    "[192.0.2.9]\n\n   ----- The following addresses had permanent fatal errors -----\n"
    "<a@example.org>\n    (reason: 550 5.1.1 No such user)\n\n   ----- Transcript of session "
    "follows -----\n... while talking to mx.example.org.:\n>>> DATA\n<<< 550 5.1.1 No such user\n"
    "<<< 503 5.0.0 Need RCPT (recipient)\n\n   ----- Original message follows -----\n\n",
    "nothing around": "550 5.1.1 No such user\n\n",
}


@pytest.mark.parametrize("quote", ["", "> "])
@pytest.mark.parametrize("program", PLAIN)
def test_a_bounce_without_parts_ends_where_the_message_comes_back(program: str, quote: str) -> None:
    text = (PLAIN[program] + RETURNED).replace("\n", f"\n{quote}")
    first = diagnose_text(f"{quote}{text}").causes[0]
    assert (first.slug, first.likelihood) == ("recipient_rejected", Likelihood.HIGH)
    assert any("No such user" in line for line in first.evidence)


def test_what_a_server_said_goes_before_what_the_client_made_of_it() -> None:
    text = (
        "   ----- The following addresses had permanent fatal errors -----\n<a@example.org>\n"
        "    (reason: 550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
        "zen.spamhaus.org)\n\n... while talking to mx.example.org.:\n"
        "<<< 550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"
        "\n550 5.1.1 <a@example.org>... User unknown\n<<< 554 5.5.1 Error: no valid recipients\n"
    )
    assert slugs(text)[0] == "blocked_ip"
    assert "User unknown" not in read_bounce(text)


def test_set_phrases_stay_where_there_is_nothing_else() -> None:
    text = (
        "From: mailer-daemon@example.com\nTo: a@example.com\nSubject: delayed\n\n"
        "Delivery to the following recipient has been delayed:\n\n   b@example.org\n"
    )
    assert "has been delayed" in read_bounce(text)
    assert slugs(text)[0] == "timeout"


@pytest.mark.parametrize(
    "text",
    [
        "535 5.7.8 authentication failed",
        "From: 535\nnothing more",
        "Subject: hello\n",
        "error: the message headers are too large\n\nsecond line",
    ],
)
def test_what_is_no_bounce_stays_as_it_is(text: str) -> None:
    assert [line for line in read_bounce(text).split("\n") if line] == [
        line for line in text.split("\n") if line
    ]
