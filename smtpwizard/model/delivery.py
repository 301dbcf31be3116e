"""What a bounce says: of whom, what became of the message, and what could tell whose it was."""

from __future__ import annotations

from typing import NamedTuple

FAILED, DELAYED = "failed", "delayed"
ACTIONS = (FAILED, DELAYED, "delivered", "relayed", "expanded")


class RecipientStatus(NamedTuple):
    """What became of a message for one recipient (RFC 3464 §2.3)."""

    address: str
    action: str = FAILED
    """One of `ACTIONS`; a bounce that does not say has failed."""
    status: str = ""
    """The enhanced status code, as 5.1.1; empty where none is given."""
    said: str = ""
    """The server's own words, on one line."""
    by: str = ""
    """The server that said it."""


class Returned(NamedTuple):
    """The message that came back, as far as the bounce has it."""

    sender: str = ""
    to: str = ""
    subject: str = ""
    date: str = ""
    message_id: str = ""


class Traces(NamedTuple):
    """What could tell whose message it was: names in lower case, each once."""

    servers: tuple[str, ...] = ()
    """Servers that handed the message on or reported about it."""
    others: tuple[str, ...] = ()
    """Servers on the other side."""
    senders: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


class Delivery(NamedTuple):
    """A failure's text, read.

    `told` is what the diagnosis looks at, `shown` what a person does: neither holds the message
    that came back, and `shown` no secret. `is_report`: it has the fields of a delivery report.
    """

    told: str
    shown: str
    is_mail: bool = False
    is_report: bool = False
    reporter: str = ""
    recipients: tuple[RecipientStatus, ...] = ()
    returned: Returned = Returned()
    traces: Traces = Traces()
    searched: str = ""
    """Where ids are looked for: all that was read."""
