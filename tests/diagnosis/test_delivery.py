"""Bounces as deliveries: recipients, their servers' words, the message that came back, traces."""

from __future__ import annotations

import base64

import pytest

from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.delivery import MAX_DEPTH, MAX_PARTS, MAX_RECIPIENTS, read_delivery
from smtpwizard.model.delivery import Delivery, RecipientStatus
from tests.diagnosis import bounces


def read(text: str) -> Delivery:
    return read_delivery(text.encode(), text)


def first(delivery: Delivery) -> str:
    return diagnose_text(delivery.told).causes[0].slug


def test_each_recipient_of_a_report_has_its_own_fields() -> None:
    found = read(bounces.report(bounces.UNKNOWN, bounces.LATE, bounces.TAKEN))
    assert (found.is_mail, found.is_report, found.reporter) == (True, True, "smtp.example.com")
    assert found.recipients == (
        RecipientStatus(
            "bob@example.org",
            "failed",
            "5.1.1",
            "550 5.1.1 <bob@example.org>: User unknown",
            "mx.example.org",
        ),
        RecipientStatus(
            "cid@example.net", "delayed", "4.7.1", "450 4.7.1 Greylisted, come back later"
        ),
        RecipientStatus("dan@example.net", "delivered", "2.0.0", "250 2.0.0 Ok"),
    )


def test_the_message_that_came_back_gives_its_address_lines_alone() -> None:
    found = read(bounces.report(bounces.UNKNOWN))
    assert found.returned.message_id == "<0123456789abcdef0123456789abcdef@example.com>"
    assert found.returned.sender == "Mailer <invoices@example.com>"
    assert found.returned.subject == "Invoice 7: relay access denied"
    assert "Invoice 7: relay access denied" in found.shown
    assert "quota" not in found.told + found.shown + found.searched[200_000:]
    assert "relay access" not in found.told
    assert first(found) == "recipient_rejected"


def test_the_headers_of_it_alone_are_as_good() -> None:
    returned = f"Content-Type: text/rfc822-headers\n\n{bounces.HEADERS}\n"
    found = read(bounces.report(bounces.UNKNOWN, returned=returned))
    assert found.returned.message_id == "<0123456789abcdef0123456789abcdef@example.com>"
    assert "smtp.example.com" in found.traces.servers


def test_whose_it_was_is_told_by_servers_senders_and_logins() -> None:
    traces = read(bounces.report(bounces.UNKNOWN)).traces
    assert traces.servers == ("smtp.example.com",)
    assert traces.others == ("mx.example.org",)
    assert traces.senders == ("invoices@example.com",)
    assert traces.logins == ("mailer@example.com",)


@pytest.mark.parametrize("how", ["7bit", "base64"])
def test_a_report_in_base64_is_read_too(how: str) -> None:
    words = "Zustellung unmöglich"
    encoded = base64.encodebytes(words.encode()).decode()
    found = read(bounces.report(bounces.FULL, words=encoded, how="base64", status_how=how))
    assert found.recipients[0].said == "552 5.2.2 Mailbox full"
    assert words in found.shown
    assert first(found) == "recipient_rejected"


def test_parts_have_character_sets_of_their_own() -> None:
    text = bounces.report(bounces.FULL, words="Zustellung an M=FCller unm=F6glich", how="8bit")
    latin = text.replace("utf-8\nContent", "iso-8859-1\nContent").replace(
        "8bit", "quoted-printable"
    )
    assert "an Müller unmöglich" in read(latin).shown


def test_microsoft_s_bounce_in_german() -> None:
    found = read(bounces.MICROSOFT)
    [one] = found.recipients
    assert (one.address, one.status) == ("bob@example.org", "5.7.509")
    assert one.said.endswith("has a DMARC policy of reject.")
    assert found.reporter == "am0pr04mb1.eurprd04.prod.outlook.com"
    assert "konnte nicht übermittelt werden" in found.shown
    assert first(found) == "sender_auth_failed"


def test_a_bounce_that_is_quoted_in_a_message_is_read() -> None:
    quoted = bounces.SENDMAIL.replace("\n", "\n> ")
    found = read(
        "From: boss@example.com\nTo: help@example.com\nSubject: Fwd: Returned mail\n"
        f"Content-Type: text/plain\n\nWhat is this? 535\n\n> {quoted}\n"
    )
    assert [(one.address, one.status) for one in found.recipients] == [("bob@example.org", "5.1.1")]
    assert first(found) == "recipient_rejected"


def test_fields_that_stand_in_the_words_of_a_message_are_read() -> None:
    found = read(
        "From: MAILER-DAEMON@example.com\nTo: invoices@example.com\nSubject: Failure\n"
        "Content-Type: text/plain\n\nTechnical report:\n\nReporting-MTA: dns; smtp.example.com\n\n"
        f"{bounces.UNKNOWN}\n"
    )
    assert (found.is_mail, found.is_report) == (True, True)
    assert found.recipients[0].by == "mx.example.org"


def test_japanese_in_seven_bits_is_read() -> None:
    words = "配信できませんでした".encode("iso2022_jp").decode("ascii")
    found = read(bounces.report(bounces.UNKNOWN, words=words))
    assert "配信できませんでした" in found.shown


def test_gmail_s_bounce() -> None:
    found = read(bounces.GMAIL)
    [one] = found.recipients
    assert (one.address, one.by) == ("bob@example.org", "gmail-smtp-in.l.google.com")
    assert first(found) == "recipient_rejected"
    assert "0123456789abcdef0123456789abcdef@example.com" in found.searched


@pytest.mark.parametrize("how", ["", "Content-Transfer-Encoding: base64\n"])
def test_a_bounce_that_somebody_passed_on_is_read(how: str) -> None:
    inner = bounces.report(bounces.UNKNOWN)
    inner = base64.encodebytes(inner.encode()).decode() if how else inner
    found = read(
        "From: boss@example.com\nTo: help@example.com\nSubject: 535 what is this?\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="o"\n\n'
        "--o\nContent-Type: text/plain\n\nSee below.\n"
        f"--o\nContent-Type: message/rfc822\n{how}\n{inner}\n--o--\n"
    )
    assert [one.address for one in found.recipients] == ["bob@example.org"]
    assert found.returned.sender == "Mailer <invoices@example.com>"
    assert first(found) == "recipient_rejected"


def test_a_report_in_part_or_quoted_is_read() -> None:
    fragment = f"Reporting-MTA: dns; smtp.example.com\n\n{bounces.UNKNOWN}\n"
    whole = bounces.report(bounces.UNKNOWN)
    assert read(whole.replace("\n", "\r")).recipients == read(whole).recipients
    for text in (fragment, fragment.replace("\n", "\r\n"), "> " + fragment.replace("\n", "\n> ")):
        found = read(text)
        assert not found.is_mail
        assert [(one.address, one.by) for one in found.recipients] == [
            ("bob@example.org", "mx.example.org")
        ]
        assert found.reporter == "smtp.example.com"
    assert read("Diagnostic-Code: smtp; 550 no").recipients == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            bounces.POSTFIX,
            [
                ("bob@example.org", "failed", "5.7.23", "mx.example.org"),
                ("ann@example.net", "failed", "", ""),
            ],
        ),
        (
            bounces.EXIM,
            [
                ("bob@example.org", "failed", "5.1.1", "mx.example.org"),
                ("ann@example.net", "failed", "", ""),
            ],
        ),
        (bounces.SENDMAIL, [("bob@example.org", "failed", "5.1.1", "")]),
        (bounces.QMAIL, [("bob@example.org", "failed", "5.1.1", "")]),
        (
            bounces.LOG,
            [
                ("bob@example.org", "failed", "5.7.57", "smtp.example.com"),
                ("ann@example.net", "delayed", "", ""),
            ],
        ),
        (
            "SMTPRecipientsRefused: {'bob@example.org': (550, b'5.1.1 User unknown')}",
            [("bob@example.org", "failed", "5.1.1", "")],
        ),
        (
            "bob@example.org\nmx.example.org\nRemote Server returned '550 5.1.10 not found'\n",
            [("bob@example.org", "failed", "5.1.10", "")],
        ),
        ("bob@example.org: 550 5.1.1 unknown\n", [("bob@example.org", "failed", "5.1.1", "")]),
        (
            '"bob@example.org":\nSMTP error from remote server after RCPT command:\n5.2.2 Full\n',
            [("bob@example.org", "failed", "5.2.2", "")],
        ),
        (
            "did not reach the following recipient(s):\n\nbob@example.org on Thu, 29 Apr 2010\n"
            "    The recipient name is not recognized\n",
            [("bob@example.org", "failed", "", "")],
        ),
        (
            "There was an error delivering your mail to <bob@example.org>.\n\n"
            "mx.example.org [192.0.2.1] did not like our final DATA:\n550 5.7.509 No DMARC\n",
            [("bob@example.org", "failed", "5.7.509", "")],
        ),
        (
            "Delivery to the following recipient has been delayed:\n\n     bob@example.org\n\n"
            "Message will be retried for 2 more day(s)\n",
            [("bob@example.org", "delayed", "", "")],
        ),
        (
            "Delivered by us.\n\nFinal-Recipient: rfc822; bob@example.org\nAction: failed\n"
            "Status: 5.1.1\n",
            [("bob@example.org", "failed", "5.1.1", "")],
        ),
        ("please write to <bob@example.org>, 550 5.1.1 no\n", []),
        ("<bob@example.org>: hello\n", []),
        ("550 5.1.1 No such user\n", []),
    ],
)
def test_bounces_in_words_name_their_recipients(
    text: str, wanted: list[tuple[str, str, str, str]]
) -> None:
    found = read(text)
    assert [(one.address, one.action, one.status, one.by) for one in found.recipients] == wanted


def test_the_last_word_about_a_recipient_counts() -> None:
    log = bounces.LOG.replace("ann@example.net", "bob@example.org")
    assert [one.action for one in read(log).recipients] == ["failed"]
    turned = "\n".join(reversed(log.strip().split("\n")))
    assert [one.action for one in read(turned).recipients] == ["failed"]


def test_recipients_may_stand_in_a_header_alone() -> None:
    text = (
        "From: Mailer-Daemon@example.com\nTo: invoices@example.com\nSubject: Failure\n"
        "X-Failed-Recipients: bob@example.org, ann@example.net\nContent-Type: text/plain\n\n"
        "Your message could not be delivered: 550 5.1.1 unknown.\n"
    )
    addresses = [one.address for one in read(text).recipients]
    assert addresses == ["bob@example.org", "ann@example.net"]


def test_a_copy_of_the_message_in_a_bounce_in_words_says_whose_it_was() -> None:
    traces = read(bounces.EXIM).traces
    assert "invoices@example.com" in traces.senders
    assert "smtp.example.com" in traces.servers
    assert "mailer@example.com" in traces.logins


def test_what_is_shown_is_fit_for_display_and_holds_no_secret() -> None:
    shown = read("a\x1b[31m\u202eb\n334 UGFzc3dvcmQ6\ncGFzc3dvcmQ=\n535 no\n").shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "cGFzc3dvcmQ" not in shown
    assert "<redacted>" in shown
    words = "AUTH PLAIN AG1haWxlcgBodW50ZXIy was refused"
    assert "AG1haWxlcg" not in read(bounces.report(bounces.FULL, words=words)).shown
    said = bounces.group("a@example.org", "5.7.8", "535 password=hunter2 is wrong")
    assert "hunter2" not in str(read(bounces.report(said)).recipients)


def test_a_mail_that_says_nothing_is_a_text() -> None:
    text = "From: a@example.com\nTo: b@example.com\nSubject: hello\nMIME-Version: 1.0\n\n\n"
    assert not read(text).is_mail
    assert read("Received: 535\n").told == "Received: 535\n"


def nested(levels: int) -> str:
    text = bounces.report(bounces.UNKNOWN)
    for number in range(levels):
        text = (
            f"From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\n"
            f'Content-Type: multipart/mixed; boundary="o{number}"\n\n'
            f"--o{number}\nContent-Type: text/plain\n\nSee below, it failed.\n"
            f"--o{number}\nContent-Type: message/rfc822\n\n{text}\n--o{number}--\n"
        )
    return text


def test_depth_and_parts_are_bounded() -> None:
    assert read(nested(MAX_DEPTH - 1)).recipients[0].address == "bob@example.org"
    deep = read(nested(MAX_DEPTH + 2))
    assert deep.is_mail
    assert not deep.is_report
    assert not read(nested(MAX_PARTS)).is_mail
    many = "".join(
        f"--=_b1\nContent-Type: text/plain\n\nfailed {n}\n" for n in range(MAX_PARTS + 1)
    )
    assert not read(bounces.report(bounces.FULL, words=f"x\n{many}")).is_mail


HEAD = "From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\n"
HOSTILE = {
    "blank lines": f"{HEAD}Content-Type: message/delivery-status\n\n" + "\n" * 900_000,
    "parameters": f"{HEAD}Content-Type: multipart/mixed{';' * 900_000}\n\nfailed",
    "quotes": f'{HEAD}Content-Type: multipart/mixed; boundary="{";" * 900_000}\n\nfailed',
    "headers": HEAD + "a: b\n" * 180_000 + "\nfailed",
    "one header": f"{HEAD}X: " + "failed " * 140_000 + "\n\nfailed",
    "groups": bounces.report(*[bounces.FULL] * 6_000),
    "recipients": bounces.report(
        *(bounces.group(f"a{n}@example.org", "5.1.1", "550 no") for n in range(6_000))
    ),
    "addresses": "<a@example.org>: " * 60_000,
    "blanks": "  a@example.org\n" + " " * 900_000,
    "received": "Received: " + "a\n " * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_take_long_is_read_within_bounds(name: str) -> None:
    found = read(HOSTILE[name])
    assert len(found.recipients) <= MAX_RECIPIENTS
    assert len(found.shown) < 70_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe" * 1000,
        b"MIME-Version: 1.0\nFrom: \xff\nContent-Type: multipart/report\n\n--x\n",
        b"MIME-Version: 1.0\nFrom: a\nContent-Type: text/plain; charset=nothing\n\n550 \xe4 failed",
        b"From: a\nTo: b\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n550 ### failed",
        b"From: a\nTo: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset*=x'y'z\n\nfailed",
    ],
)
def test_anything_is_taken(data: bytes) -> None:
    assert read_delivery(data, data.decode("latin-1")).shown is not None


@pytest.mark.parametrize(
    "head",
    [
        "From: MAILER-DAEMON@mail.example.com (Mail Delivery System)\nTo: invoices@example.com\n",
        "From: Mail Delivery System <postmaster@mail.example.com>\n"
        "Sent: Monday, 30 November 2026 08:12\nTo: Invoices <invoices@example.com>\n",
        "> From: MAILER-DAEMON@mail.example.com\n> Subject: x\n> To:invoices@example.com\n",
        "X-Postfix-Sender: rfc822; invoices@example.com\n",
    ],
)
def test_a_bounce_that_was_pasted_as_text_tells_who_sent_it(head: str) -> None:
    """Out of a mail program come the head's few lines and the words, no mail of several parts."""
    text = f"{head}\n<anna@customer.example>: host mx.customer.example said: 550 5.1.1 Unknown\n"
    assert "invoices@example.com" in read(text).traces.senders


def test_the_recipient_of_another_mail_did_not_send_it() -> None:
    text = "From: Anna <anna@example.com>\nTo: invoices@example.com\n\n550 5.1.1 Unknown\n"
    assert "invoices@example.com" not in read(text).traces.senders
