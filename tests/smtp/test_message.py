"""The test email: what it says, and what keeps it from saying anything else."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwizard.model.addresses import has_controls, parse_address
from smtpwizard.smtp.message import (
    LINE_CAP,
    LINE_WISH,
    EmailContents,
    MessageError,
    check_message,
    compose,
    message_id,
)

WHEN = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "X-Smtpwizard-Mark", "Auto-Submitted"),
    *("MIME-Version", "Content-Type"),
]


def write(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "connector": "Invoices",
        "sender": parse_address("mailer@example.com"),
        "recipient": parse_address("admin@example.com"),
        "when": WHEN,
        "facts": {"Server": "mail.example.com:587", "Encryption": "TLSv1.3", "User": ""},
        **changes,
    }
    return compose(EmailContents(**values), "<1@example.com>")


def read(data: bytes) -> EmailMessage:
    parsed = message_from_bytes(data, policy=policy.SMTPUTF8)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_decent_message() -> None:
    message = read(write())
    assert message.keys() == HEADERS
    assert message["From"] == "mailer@example.com"
    assert message["Subject"] == "Test email from the connector Invoices"
    assert message["Date"].datetime == WHEN
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert html.get_content_type() == "text/html"
    for part in (text, html):
        content = part.get_content()
        assert "Invoices" in content
        assert "mail.example.com:587" in content
        assert "User" not in content  # nothing to say about it


def test_replies_go_where_they_are_said_to_go() -> None:
    data = write(reply_to=parse_address("answers@büro.example"))
    assert data.isascii()
    message = read(data)
    assert message["Reply-To"] == "answers@xn--bro-hoa.example"
    for part in message.iter_parts():
        content = part.get_content()
        assert "Replies to this message go to answers@büro.example" in content
        assert "Nobody" not in content
    assert "Nobody reads replies" in write().decode()


def test_only_ascii_leaves_unless_an_address_needs_more() -> None:
    assert write(connector="Größe ☕", sender_name="Jürgen, Chef").isascii()
    message = read(write(sender_name="Jürgen, Chef"))
    assert message["From"].addresses[0].display_name == "Jürgen, Chef"


@pytest.mark.parametrize(
    "name",
    [
        *("Invoices", 'O"Brien \\ <Sons>, Ltd.', "Jürgen, Chef", "ü" * 65, "a " * 30 + "b"),
        # What the email package's own folding takes apart.
        *("a, b@example.org, " * 3 + "and <c>, Ltd.", "two  blanks, é  é ü", "Ab, cd é " * 7 + "x"),
    ],
)
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    data = write(sender_name=name, connector=name)
    message = message_from_bytes(data)
    [(shown, address)] = getaddresses([message["From"]])
    # Not by the newer parser: it leaves the blanks between encoded words standing.
    assert str(make_header(decode_header(shown))) == name
    assert address == "mailer@example.com"
    assert read(data)["Subject"] == f"Test email from the connector {name}"
    subject = data[data.index(b"Subject:") : data.index(b"Date:")]
    assert max(len(line) for line in subject.split(b"\r\n")) <= LINE_WISH


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jörg@example.com", "jörg@example.com"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ('"jörg \\"a, <b>"@example.com', '"jörg \\"a, <b>"@example.com'),
        ('"a b"@example.com', '"a b"@example.com'),
        ("admin@[IPv6:::1]", "admin@[IPv6:::1]"),
    ],
)
def test_addresses_of_every_kind(address: str, shown: str) -> None:
    data = write(recipient=parse_address(address), sender=parse_address(address))
    assert f"\r\nTo: {shown}\r\n".encode() in data
    assert data.startswith(f"From: {shown}\r\n".encode())


@pytest.mark.parametrize("name", ["x" * 1000, "ü" * 1000, "\\" * 1000, "a " * 500])
@pytest.mark.parametrize("address", ["a@example.com", "ä@example.com"])
def test_names_of_any_length(name: str, address: str) -> None:
    data = write(connector=name, sender_name=name, sender=parse_address(address))
    assert max(len(line) for line in data.split(b"\r\n")) <= LINE_CAP
    assert read(data).keys() == HEADERS


@pytest.mark.parametrize("text", ["u" * 500, "ü" * 500, "=" * 500])
def test_the_body_is_quoted_printable(text: str) -> None:
    data = write(facts={"User": text})
    for part in read(data).iter_parts():
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert text in part.get_content()
    body = data.partition(b"\r\n\r\n")[2]
    assert body.isascii()
    assert max(len(line) for line in body.split(b"\r\n")) <= 76  # RFC 2045 §6.7


def test_a_long_identifier_is_written_as_it_is() -> None:
    identifier = f"<{'f' * 32}@{'a.' * 100}example>"
    sender = parse_address("mailer@example.com")
    data = compose(EmailContents("Invoices", sender, sender, WHEN, {}), identifier)
    assert f"\r\nMessage-ID: {identifier}\r\n".encode() in data


@pytest.mark.parametrize(
    "word", ["=?utf-8?q?=0D=0ABcc=3A_x=40example.com?=", "=?utf-8?b?DQpCY2M6?="]
)
def test_an_encoded_word_stays_a_word(word: str) -> None:
    data = write(connector=word, sender_name=word)
    assert read(data).keys() == HEADERS
    assert b"\r\nBcc" not in data


@pytest.mark.parametrize("text", ["a\r\nBcc: x@example.com", "a\nb", "a\0b", "a\x1bb", "a\u2028b"])
def test_no_control_character_gets_in(text: str) -> None:
    for changes in ({"connector": text}, {"sender_name": text}, {"facts": {"User": text}}):
        with pytest.raises(MessageError, match="control_characters"):
            write(**changes)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"A: 1\r\n\r\nb\0\r\n", "nul_in_message"),
        (b"A: 1\r\n\r\nb\nc\r\n", "header_injection"),
        (b"A: 1\r\n\r\nb\rc\r\n", "header_injection"),
        (b"A: 1\r\n\r\n" + b"x" * 999 + b"\r\n", "message_line_too_long"),
        (b"A: 1\r\nB: 2\r\n\r\nb\r\n", "header_injection"),
    ],
)
def test_what_may_not_leave(data: bytes, word: str) -> None:
    with pytest.raises(MessageError, match=word):
        check_message(data, headers=1)


def test_what_may_leave() -> None:
    check_message(b"A: 1\r\n folded\r\n\tmore\r\n\r\nB: 2\r\n", headers=1)
    check_message(b"A: 1\r\nB: 2\r\n\r\n" + b"x" * 998 + b"\r\n")


def test_message_ids() -> None:
    assert message_id("example.com") != message_id("example.com")
    assert message_id("bücher.example").endswith("@xn--bcher-kva.example>")
    assert message_id("[192.0.2.1]").endswith("@localhost>")


shown_texts = st.text(max_size=200).filter(lambda text: not has_controls(text))


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(shown_texts, shown_texts, shown_texts, st.sampled_from(["a@example.com", "ä@example.com"]))
def test_any_names_make_a_message(connector: str, name: str, user: str, sender: str) -> None:
    data = write(
        connector=connector, sender_name=name, sender=parse_address(sender), facts={"User": user}
    )
    assert read(data).keys() == HEADERS
    message = message_from_string(data.decode(), policy=policy.SMTPUTF8)
    assert [address.addr_spec for address in message["From"].addresses] == [sender]
    if sender.isascii():  # the older parser knows no other
        assert [found for _, found in getaddresses([message_from_bytes(data)["From"]])] == [sender]
