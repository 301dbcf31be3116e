"""How a well-behaved server goes on where the record ends, without I/O; any credential will do."""

from __future__ import annotations

import dataclasses
import re
import struct

from smtpwizard.demo.replay.recorded import Attempt, chunks
from smtpwizard.demo.sasl_server import (
    MECHANISMS,
    Account,
    Channel,
    Exchange,
    decode,
    encode,
    scram,
)
from smtpwizard.demo.smtp_dialogue import GoodServer
from smtpwizard.model.report import Stage
from smtpwizard.model.wire import Heard

STAGES = {
    "": Stage.GREETING,
    "STARTTLS": Stage.TLS,
    "HANDSHAKE": Stage.TLS,
    "EHLO": Stage.EHLO,
    "HELO": Stage.EHLO,
    "AUTH": Stage.AUTH,
    "MAIL": Stage.MAIL_FROM,
    "RCPT": Stage.RCPT_TO,
    "DATA": Stage.DATA,
    "MESSAGE": Stage.DATA,
    ".": Stage.DATA,
}
"""The stage that a word of a client's belongs to; others belong to none."""

GREETING = b"220 replay.example ESMTP\r\n"
STOPPED = b"421 4.3.0 This is beyond the record\r\n"
_LOGINS = ("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")
_FIXED = {
    "MAIL": b"250 2.1.0 Sender ok\r\n",
    "RCPT": b"250 2.1.5 Recipient ok\r\n",
    "DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
    ".": b"250 2.0.0 Ok: queued as REPLAY1\r\n",
    "RSET": b"250 2.0.0 Ok\r\n",
    "NOOP": b"250 2.0.0 Ok\r\n",
    "VRFY": b"252 2.0.0 Try it and see\r\n",
    "HELP": b"214 2.0.0 RFC 5321\r\n",
    "STARTTLS": b"220 2.0.0 Ready to start TLS\r\n",
    "QUIT": b"221 2.0.0 Bye\r\n",
    "HELO": b"250 replay.example\r\n",
    "*": b"501 5.7.0 Cancelled\r\n",
}
LET_IN = b"235 2.7.0 Authentication successful\r\n"


def reply_to(verb: str) -> bytes:
    """The reply to a command other than EHLO and AUTH."""
    return _FIXED.get(verb, b"500 5.5.1 Command unknown\r\n")


def capabilities(attempt: Attempt, *, tls: bool) -> bytes:
    """An answer to EHLO with what the recorded server announced, as far as known."""
    found = [
        (turn.tls, answer)
        for turn in attempt.turns
        for answer in turn.answers
        if turn.verb == "EHLO" and isinstance(answer, Heard) and answer.text.startswith("250")
    ]
    found.sort(key=lambda pair: pair[0] == tls)
    name, lines = "replay.example", list(GoodServer().extensions)
    if found:
        said = next(chunks(found[-1][1]))
        name, *lines = [line[4:] for line in said.decode("utf-8", "replace").splitlines()]
    words = [line.upper().split()[:1] for line in lines]
    if tls:
        lines = [line for line, word in zip(lines, words, strict=True) if word != ["STARTTLS"]]
    elif ["STARTTLS"] not in words:
        lines.append("STARTTLS")
    if not any(re.match(r"AUTH[ =]", line, re.IGNORECASE) for line in lines):
        lines.append("AUTH " + " ".join(_LOGINS))
    texts = [name, *lines]
    return "".join(
        f"250{' ' if number == len(texts) else '-'}{text}\r\n"
        for number, text in enumerate(texts, start=1)
    ).encode()


class Login:
    """One exchange that lets in whoever keeps to the mechanism."""

    def __init__(self, mechanism: str, account: Account, certificate: bytes | None) -> None:
        self._mechanism = mechanism
        self._left = {"LOGIN": 2}.get(mechanism, 1)
        self._fresh: Fresh | None = None
        if mechanism == "CRAM-MD5" or mechanism.startswith("SCRAM-"):
            self._fresh = Fresh(mechanism, account, certificate)

    def begin(self, initial: bytes | None) -> bytes:
        """The reply to AUTH."""
        if initial is None or self._mechanism in ("LOGIN", "CRAM-MD5"):
            if self._mechanism == "LOGIN":
                return b"334 VXNlcm5hbWU6\r\n"
            return b"334 " + (self._fresh.challenge if self._fresh else b"") + b"\r\n"
        return self.go_on(initial)

    def go_on(self, response: bytes) -> bytes:
        """The reply to a response."""
        if self._fresh is not None:
            challenge = self._fresh.next(response)
            return LET_IN if challenge is None else b"334 " + challenge + b"\r\n"
        self._left -= 1
        return b"334 UGFzc3dvcmQ6\r\n" if self._left else LET_IN


class _NoChannel:
    """A connection that knows nothing of itself."""

    peer_certificate: bytes | None = None

    def channel_binding(self) -> bytes | None:
        return None


def _ntlm(account: Account, connection: Channel) -> Exchange:
    """NTLM, as far as a client can tell: a CHALLENGE_MESSAGE (MS-NLMP §2.2.1.2), no proof."""
    while True:
        yield encode(_NTLM_CHALLENGE)


_NTLM_TARGET = "REPLAY".encode("utf-16-le")
# NetBIOS names of domain and computer, and the end of the list (§2.2.2.1).
_NTLM_FACTS = b"".join(
    kind.to_bytes(2, "little") + len(text).to_bytes(2, "little") + text
    for kind, text in ((2, _NTLM_TARGET), (1, _NTLM_TARGET), (0, b""))
)
_NTLM_CHALLENGE = b"".join(
    (
        b"NTLMSSP\0" + struct.pack("<L", 2),
        struct.pack("<HHL", len(_NTLM_TARGET), len(_NTLM_TARGET), 56),
        struct.pack("<L", 0xE2898205),  # Unicode, NTLM with its second version's keys, target facts
        b"replayed" + bytes(8),
        struct.pack("<HHL", len(_NTLM_FACTS), len(_NTLM_FACTS), 56 + len(_NTLM_TARGET)),
        bytes((10, 0, 0, 0, 0, 0, 0, 15)),
        _NTLM_TARGET + _NTLM_FACTS,
    )
)


class Fresh:
    """An exchange whose challenges are good for one login, with the replay's own account."""

    def __init__(self, mechanism: str, account: Account, certificate: bytes | None) -> None:
        make = MECHANISMS.get(mechanism)
        if make is None:
            make = scram(mechanism) if mechanism.startswith("SCRAM-") else _ntlm
        account = dataclasses.replace(account, certificate_pem=certificate)
        self._exchange: Exchange | None = make(account, _NoChannel())
        self.challenge: bytes = next(self._exchange)

    def next(self, response: bytes) -> bytes | None:
        """The challenge after a response; None where the exchange is over."""
        if self._exchange is None:
            return None
        try:
            self.challenge = self._exchange.send(decode(response) or b"")
        except StopIteration:
            self._exchange = None
            return None
        return self.challenge
