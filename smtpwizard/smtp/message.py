"""The test email: a small multipart message that says where it came from, safe to send anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from smtpwizard.model.addresses import Address, ascii_domain, has_controls
from smtpwizard.model.errors import SmtpWizardError

if TYPE_CHECKING:
    from email.headerregistry import Address as HeaderAddress

LINE_CAP = 998  # RFC 5322 §2.1.1, without CRLF
NAME_CAP = 100


class MessageError(SmtpWizardError):
    """A message that may not be sent: `control_characters`, `header_injection`,
    `message_line_too_long`, `nul_in_message`."""


@dataclass(frozen=True, slots=True)
class TestEmail:
    """What the test email says; `facts` are shown as a table, in order."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    connector: str
    sender: Address
    recipient: Address
    when: datetime
    facts: Mapping[str, str]
    sender_name: str | None = None


def message_id(domain: str) -> str:
    """A Message-ID of our own under the sender's domain (never this machine's name)."""
    import secrets

    host = "localhost" if domain.startswith("[") else ascii_domain(domain)
    return f"<{secrets.token_hex(16)}@{host}>"


def compose(email: TestEmail, identifier: str) -> bytes:
    """The message as bytes with CRLF lines, 7-bit unless an address is not ASCII.

    Raises `MessageError`.
    """
    from email.message import EmailMessage
    from email.policy import SMTP, SMTPUTF8
    from email.utils import format_datetime

    for text in (email.connector, email.sender_name or "", *email.facts, *email.facts.values()):
        if has_controls(text):
            raise MessageError("control_characters")
    utf8 = email.sender.needs_smtputf8 or email.recipient.needs_smtputf8
    message = EmailMessage(policy=SMTPUTF8 if utf8 else SMTP)
    message["From"] = _header_address(email.sender, _harmless(email.sender_name or ""))
    message["To"] = _header_address(email.recipient)
    message["Subject"] = _harmless(f"Test email from the connector {email.connector}")
    message["Date"] = format_datetime(email.when)
    message["Message-ID"] = identifier
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    rows = [(name, value) for name, value in email.facts.items() if value]
    message.set_content(_text(email.connector, rows), cte="quoted-printable")
    message.add_alternative(_html(email.connector, rows), subtype="html", cte="quoted-printable")
    data = message.as_bytes()
    check_message(data, headers=len(message.keys()))
    return data


def _header_address(address: Address, name: str = "") -> HeaderAddress:
    from email.headerregistry import Address as HeaderAddress

    if not address.needs_smtputf8:
        return HeaderAddress(name, addr_spec=address.wire())
    # The library parses a whole address as ASCII; the parts it takes as they are, unquoted.
    local_part = address.local_part
    if local_part.startswith('"'):
        local_part = re.sub(r"\\(.)", r"\1", local_part[1:-1])
    return HeaderAddress(name, local_part, ascii_domain(address.domain))


def _harmless(text: str) -> str:
    # An encoded word in a value would be decoded and re-encoded, line breaks and all
    # (CVE-2024-6923): broken up, it is just text.
    text = text.replace("=?", "= ?")
    # A word that cannot be folded must not fill a line; the message itself tells it whole.
    return text if len(text) <= NAME_CAP else text[:NAME_CAP] + "…"


def _text(connector: str, rows: list[tuple[str, str]]) -> str:
    width = max((len(name) for name, _ in rows), default=0) + 1
    lines = [f"{name + ':':<{width}} {value}" for name, value in rows]
    return (
        f"This is a test email. It was sent through the connector “{connector}”,\n"
        "so the connector can send.\n\n" + "\n".join(lines) + "\n\n"
        "You need not do anything. Nobody reads replies to this message.\n"
    )


def _html(connector: str, rows: list[tuple[str, str]]) -> str:
    cells = "\n".join(
        f'<tr><td style="padding:4px 16px 4px 0;color:#666">{escape(name)}</td>'
        f'<td style="padding:4px 0">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<title>Test email</title></head>\n"
        '<body style="font-family:sans-serif;font-size:15px;line-height:1.5;margin:24px">\n'
        '<p style="font-size:18px"><strong>The connector can send.</strong></p>\n'
        f"<p>This test email was sent through the connector “{escape(connector)}”.</p>\n"
        f'<table style="border-collapse:collapse">\n{cells}\n</table>\n'
        '<p style="color:#666">You need not do anything. Nobody reads replies to this message.</p>'
        "\n</body></html>\n"
    )


def check_message(data: bytes, headers: int | None = None) -> None:
    """Refuse what must not leave: NUL, lines over 998 octets, lone CR or LF, and, where the number
    of header fields is known, a field too many (header injection). Raises `MessageError`."""
    if b"\0" in data:
        raise MessageError("nul_in_message")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        raise MessageError("header_injection")
    if any(len(line) > LINE_CAP for line in data.split(b"\r\n")):
        raise MessageError("message_line_too_long")
    if headers is not None:
        head = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
        if sum(1 for line in head if line[:1] not in (b" ", b"\t")) != headers:
            raise MessageError("header_injection")
