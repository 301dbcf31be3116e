"""Words for what answers in place of a mail server."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate

PEERS: Mapping[str, str] = {
    "http": _("a web server (HTTP)"),
    "ssh": _("a server for remote login (SSH)"),
    "pop3": _("a server for reading mail (POP3)"),
    "imap": _("a server for reading mail (IMAP)"),
    "tls": _("a service that speaks TLS from the start"),
}


def peer_text(peer: str | None) -> str:
    """Who answers, in words; something else where nobody recognised it."""
    return translate(PEERS.get(peer or "", _("something else")))
