"""The test email: a small multipart message that says where it came from, safe to send anywhere."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from email.contentmanager import raw_data_manager
from email.header import Header
from email.message import EmailMessage
from email.policy import Compat32
from email.utils import format_datetime, quote
from typing import NamedTuple

from smtpwizard.model.addresses import Address, ascii_domain, has_controls
from smtpwizard.model.connector import subject_of_test
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stage_failures import StageFailed

# RFC 5322 §2.1.1, without CRLF: what a line may be long, and what it should.
LINE_CAP = 998
LINE_WISH = 78
NAME_CAP = 100
# By which a received test email is known again.
MARK = "X-Smtpwizard-Mark"

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class MessageError(StageFailed):
    """A message that may not be sent: `control_characters`, `header_injection`,
    `message_line_too_long`, `nul_in_message`."""


class EmailContents(NamedTuple):
    """What the test email says; `facts` are shown as a table, in order."""

    connector: str
    sender: Address
    recipient: Address
    when: datetime
    facts: Mapping[str, str]
    sender_name: str | None = None
    reply_to: Address | None = None


def message_id(domain: str) -> str:
    """A Message-ID of our own under the sender's domain (never this machine's name)."""
    host = "localhost" if domain.startswith("[") else ascii_domain(domain)
    return f"<{secrets.token_hex(16)}@{host}>"


class _AsWritten(Compat32):
    """Headers stand as they were written, which is folded already.

    The email package's newer policies lose blanks where they fold one, and the quotes around a
    long name, whose commas then part addresses (CVE-2025-1795); the older ones have no UTF-8.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode()


# In quoted-printable a line has 76 characters at most (RFC 2045 §6.7).
_POLICY = _AsWritten(linesep="\r\n", max_line_length=76)


def compose(email: EmailContents, identifier: str) -> bytes:
    """The message as bytes with CRLF lines, 7-bit unless an address is not ASCII.

    Raises `MessageError`.
    """
    for text in (email.connector, email.sender_name or "", *email.facts, *email.facts.values()):
        if has_controls(text):
            raise MessageError(StageError.CONTROL_CHARACTERS)
    message = EmailMessage(_POLICY)
    subject = _harmless(subject_of_test(email.connector))
    message["From"] = _mailbox(email.sender, _harmless(email.sender_name or ""))
    if email.reply_to is not None:
        message["Reply-To"] = _mailbox(email.reply_to)
    message["To"] = _mailbox(email.recipient)
    message["Subject"] = _words(subject, "Subject")
    message["Date"] = format_datetime(email.when)
    message["Message-ID"] = identifier
    # Some servers put a Message-ID of their own in its place; this one comes through.
    message[MARK] = identifier.strip("<>").partition("@")[0]
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    rows = [(name, value) for name, value in email.facts.items() if value]
    put, cte = raw_data_manager, "quoted-printable"
    replies = _replies(email.reply_to)
    text = _text(email.connector, rows, replies)
    message.set_content(text, cte=cte, content_manager=put)
    message.make_alternative(boundary=f"=_{secrets.token_hex(12)}")  # never in quoted-printable
    html = _html(email.connector, rows, replies)
    message.add_alternative(html, subtype="html", cte=cte, content_manager=put)
    data = message.as_bytes()
    check_message(data, headers=len(message))
    return data


def _mailbox(address: Address, name: str = "") -> str:
    """An address as a header shows it, with a display name where there is one."""
    if not name:
        return address.wire()
    shown = f'"{quote(name)}"' if name.isascii() else _words(name, "From")
    return f"{shown}\r\n <{address.wire()}>"


def _words(text: str, header: str) -> str:
    """Text for a header: folded if it is long, in encoded words if it is not ASCII (RFC 2047)."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, LINE_WISH, header).encode(linesep="\r\n")


def _harmless(text: str) -> str:
    # An encoded word in a value would be decoded by whoever reads it, line breaks and all: broken
    # up, it is just text.
    text = text.replace("=?", "= ?")
    # A word that cannot be folded must not fill a line; the message itself tells it whole.
    return text if len(text) <= NAME_CAP else text[:NAME_CAP] + "…"


def _replies(reply_to: Address | None) -> str:
    if reply_to is None:
        return "Nobody reads replies to this message."
    return f"Replies to this message go to {reply_to}."


def _text(connector: str, rows: list[tuple[str, str]], replies: str) -> str:
    width = max((len(name) for name, _ in rows), default=0) + 1
    lines = [f"{name + ':':<{width}} {value}" for name, value in rows]
    return (
        f"This is a test email. It was sent through the connector “{connector}”,\n"
        "so the connector can send.\n\n" + "\n".join(lines) + "\n\n"
        f"You need not do anything. {replies}\n"
    )


def _escape(text: str) -> str:
    """Text as HTML shows it; the package `html` loads the names of two thousand characters."""
    return text.translate(_ESCAPES)


def _html(connector: str, rows: list[tuple[str, str]], replies: str) -> str:
    cells = "\n".join(
        f'<tr><td style="padding:4px 16px 4px 0;color:#666">{_escape(name)}</td>'
        f'<td style="padding:4px 0">{_escape(value)}</td></tr>'
        for name, value in rows
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<title>Test email</title></head>\n"
        '<body style="font-family:sans-serif;font-size:15px;line-height:1.5;margin:24px">\n'
        '<p style="font-size:18px"><strong>The connector can send.</strong></p>\n'
        f"<p>This test email was sent through the connector “{_escape(connector)}”.</p>\n"
        f'<table style="border-collapse:collapse">\n{cells}\n</table>\n'
        f'<p style="color:#666">You need not do anything. {_escape(replies)}</p>'
        "\n</body></html>\n"
    )


def check_message(data: bytes, headers: int | None = None) -> None:
    """Refuse what must not leave: NUL, lines over 998 octets, lone CR or LF, and, where the number
    of header fields is known, a field too many (header injection). Raises `MessageError`."""
    if b"\0" in data:
        raise MessageError(StageError.NUL_IN_MESSAGE)
    joined = data.replace(b"\r\n", b"")
    if b"\r" in joined or b"\n" in joined:
        raise MessageError(StageError.HEADER_INJECTION)
    if any(len(line) > LINE_CAP for line in data.split(b"\r\n")):
        raise MessageError(StageError.MESSAGE_LINE_TOO_LONG)
    if headers is not None:
        head = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
        if sum(1 for line in head if line[:1] not in (b" ", b"\t")) != headers:
            raise MessageError(StageError.HEADER_INJECTION)
