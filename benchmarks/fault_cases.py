"""The fault cases: what the server does, and what a client may make of it.

Nothing here knows a client. `right` is the verdict that is true: `accepted` (the server took the
message, or would have), `refused` (it did not, or the client had to stop), or `unknown` (the reply
after the final dot got lost, and the server took it).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smtpwizard.demo.connection import ConnectionOver
from smtpwizard.demo.scripted import (
    CLOSE,
    DEFAULT,
    HANG,
    RESET,
    Account,
    Action,
    Connection,
    Drip,
    Repeat,
    ScriptedServer,
)

ACCEPTED, REFUSED, UNKNOWN = "accepted", "refused", "unknown"

USERNAME = "mailer@example.com"
PASSWORD = "correct-horse-battery"
TOKEN = "ya29.quite-a-canary_0123456789"
LONG_TOKEN = "ya29." + "0123456789abcdef" * 168
RECIPIENT = "admin@example.com"

GROUPS = {
    "F": "Faults of the conversation",
    "U": "The reply after the final dot is lost",
    "T": "TLS",
    "X": "Attacks on STARTTLS",
    "S": "Signing in",
    "V": "Addresses and input",
}

Check = Callable[[ScriptedServer], str | None]
"""What the wire has to look like beyond the common criteria; answers what is wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """One behaviour of a server, and the truth about it."""

    id: str
    title: str
    right: str
    stage: str = ""
    """Where our own report has to stop; empty where it is accepted."""
    does: Mapping[str, Action] = field(default_factory=dict)
    security: str = "starttls"
    serves: str | None = None
    """The security the server has, where it is not what the client expects."""
    certificate: str = "good"
    host: str = "localhost"
    legacy_tls: bool = False
    client_certificate: bool = False
    manners: Mapping[str, Any] = field(default_factory=dict)
    password: str = PASSWORD
    token: str | None = None
    recipient: str = RECIPIENT
    check: Check | None = None
    or_unknown: bool = False
    """The final dot may have left already: a client that says it does not know is right too."""

    login_prompts: tuple[bytes, bytes] = (b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6")

    @property
    def group(self) -> str:
        return "U" if self.right == UNKNOWN else self.id[0]

    @property
    def account(self) -> Account:
        token = self.token or TOKEN
        return Account(USERNAME, self.password, token=token, login_prompts=self.login_prompts)


# -- what a server may do ------------------------------------------------------------------------


def endless(conversation: Connection, line: bytes) -> Action:
    """Lines of a greeting without an end, paced, so that a client that never stops starves none."""
    while True:
        conversation.send(b"220-and so on\r\n" * 100)
        if conversation.closing.wait(0.02):
            raise ConnectionOver


def late_greeting(conversation: Connection, line: bytes) -> Action:
    conversation.closing.wait(3)
    return DEFAULT


def lost_in_the_body(conversation: Connection, line: bytes) -> Action:
    conversation.send(b"354 go ahead\r\n")
    conversation.read_until(b"\r\n")
    return RESET


def too_long_for_auth(conversation: Connection, line: bytes) -> Action:
    """As Postfix, whose lines end at 2048 octets."""
    return b"500 5.5.2 Line too long\r\n" if len(line) > 2048 else DEFAULT


# -- what the wire has to look like --------------------------------------------------------------


def never(verb: bytes) -> Check:
    def check(server: ScriptedServer) -> str | None:
        sent = any(line.upper().startswith(verb) for line in server.lines)
        return f"sent {verb.decode()}" if sent else None

    return check


def one_login(server: ScriptedServer) -> str | None:
    """After a refusal nobody asks again: accounts get locked that way."""
    attempts = sum(line.upper().startswith(b"AUTH ") for line in server.lines)
    return "tried again" if attempts > 1 or len(server.connections) > 1 else None


def no_message_as_commands(server: ScriptedServer) -> str | None:
    """A message that leaves out of turn is read as commands, line by line."""
    sent = any(line.upper().startswith(b"SUBJECT:") for line in server.lines)
    return "sent the message as commands" if sent else None


def recipient_reads(text: bytes) -> Check:
    def check(server: ScriptedServer) -> str | None:
        found = any(line.upper().startswith(b"RCPT") and text in line for line in server.lines)
        return None if found else "wrong recipient"

    return check


def sender_says(parameter: bytes) -> Check:
    def check(server: ScriptedServer) -> str | None:
        found = any(
            line.upper().startswith(b"MAIL") and parameter in line.upper() for line in server.lines
        )
        return None if found else f"no {parameter.decode()}"

    return check


def once(verb: bytes) -> Check:
    def check(server: ScriptedServer) -> str | None:
        count = sum(line.upper().startswith(verb) for line in server.lines)
        return f"sent {verb.decode()} {count} times" if count > 1 else None

    return check


# -- the cases -----------------------------------------------------------------------------------

PLAIN_EHLO = b"250-scripted.example\r\n250 AUTH PLAIN LOGIN\r\n"
FAKE_SESSION = (
    PLAIN_EHLO + b"235 2.7.0 Ok\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go\r\n250 2.0.0 Queued\r\n"
)
ODD_EHLO = (
    b"250-scripted.example\r\n250-\r\n250-  size   100000  \r\n250-auth "
    + b" ".join(b"X-MECH-%02d" % number for number in range(60))
    + b"\r\n250-AUTH=LOGIN\r\n250 auth PLAIN LOGIN\r\n"
)
ALL_IN_ADVANCE = b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go ahead\r\n250 2.0.0 Queued\r\n"
TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
NO_PIPELINING = {"extensions": ("SIZE 10485760", "8BITMIME")}
MANY = {"mechanisms": ("CRAM-MD5", "PLAIN", "LOGIN"), "require_auth": True}
TOKENS = {"mechanisms": ("XOAUTH2",), "require_auth": True}

CASES = (
    # F: faults of the conversation
    Case("F-00", "nothing wrong", ACCEPTED),
    Case("F-01", "greeting 554", REFUSED, "greeting", {"greeting": b"554 5.7.1 No\r\n"}),
    Case("F-01", "greeting 421", REFUSED, "greeting", {"greeting": (b"421 Busy\r\n", CLOSE)}),
    Case("F-02", "no greeting", REFUSED, "greeting", {"greeting": HANG}),
    Case("F-02", "greeting after three seconds", ACCEPTED, "", {"greeting": late_greeting}),
    Case("F-03", "closed before the greeting", REFUSED, "greeting", {"greeting": CLOSE}),
    Case("F-03", "reset before the greeting", REFUSED, "greeting", {"greeting": RESET}),
    Case(
        *("F-04", "greeting of one byte every half second", REFUSED, "greeting"),
        {"greeting": Drip(b"220 scripted.example ESMTP ready\r\n", 0.5)},
    ),
    Case("F-05", "greeting of endless lines", REFUSED, "greeting", {"greeting": endless}),
    Case(
        *("F-06", "greeting of 26 MB in one line", REFUSED, "greeting"),
        {"greeting": (b"220 ", Repeat(b"x" * 65_536, 400))},
    ),
    Case(
        *("F-07", "a web server greets", REFUSED, "greeting"),
        {"greeting": (b"HTTP/1.1 400 Bad Request\r\nServer: web\r\n\r\n", HANG)},
    ),
    Case(
        *("F-07", "an SSH server greets", REFUSED, "greeting"),
        {"greeting": (b"SSH-2.0-OpenSSH_9.2p1\r\n", HANG)},
    ),
    Case(
        *("F-07", "a POP3 server greets", REFUSED, "greeting"),
        {"greeting": (b"+OK ready.\r\n", HANG)},
    ),
    Case("F-07", "a TLS alert greets", REFUSED, "greeting", {"greeting": (TLS_ALERT, HANG)}),
    Case(
        *("F-08", "greeting with NUL, Latin-1, escapes", ACCEPTED, ""),
        {"greeting": b"220 caf\xe9 \x00 \x1b[2J ready\r\n"},
    ),
    Case("F-09", "EHLO 550", REFUSED, "ehlo", {"EHLO": b"550 5.7.1 Not you\r\n"}),
    Case("F-09", "EHLO reset", REFUSED, "ehlo", {"EHLO": RESET}),
    Case("F-09", "EHLO inside TLS 421", REFUSED, "ehlo", {"EHLO_TLS": (b"421 Bye\r\n", CLOSE)}),
    Case("F-09", "EHLO inside TLS reset", REFUSED, "ehlo", {"EHLO_TLS": RESET}),
    Case("F-12", "EHLO without extensions", REFUSED, "tls", {"EHLO": b"250 scripted\r\n"}),
    Case("F-13", "EHLO in odd spellings, 60 mechanisms", ACCEPTED, "", {"EHLO_TLS": ODD_EHLO}),
    Case(
        *("F-14", "MAIL 451", REFUSED, "mail_from"),
        {"MAIL": b"451 4.3.0 Later\r\n"},
        check=once(b"MAIL"),
    ),
    Case("F-15", "MAIL 550", REFUSED, "mail_from", {"MAIL": b"550 5.7.60 SendAsDenied\r\n"}),
    Case("F-15", "MAIL reset", REFUSED, "mail_from", {"MAIL": RESET}),
    Case(
        *("F-17", "message over the announced SIZE", REFUSED, "mail_from"),
        {"EOD": b"552 5.3.4 Message too big\r\n"},
        manners={"extensions": ("SIZE 200",)},
        check=never(b"DATA"),
    ),
    Case("F-18", "SIZE without a number", ACCEPTED, "", manners={"extensions": ("SIZE",)}),
    Case("F-20", "RCPT 550", REFUSED, "rcpt_to", {"RCPT": b"550 5.1.1 No such user\r\n"}),
    Case("F-21", "RCPT 450", REFUSED, "rcpt_to", {"RCPT": b"450 4.7.1 Greylisted\r\n"}),
    Case("F-23", "RCPT 421, then silence", REFUSED, "rcpt_to", {"RCPT": (b"421 Bye\r\n", HANG)}),
    Case("F-23", "RCPT reset", REFUSED, "rcpt_to", {"RCPT": RESET}),
    Case("F-24", "DATA 250 in place of 354", REFUSED, "data", {"DATA": b"250 2.0.0 Ok\r\n"}),
    Case("F-25", "DATA 554", REFUSED, "data", {"DATA": b"554 5.5.1 No\r\n"}),
    Case("F-25", "DATA closed", REFUSED, "data", {"DATA": CLOSE}),
    Case("F-25", "DATA hangs", REFUSED, "data", {"DATA": HANG}),
    Case(
        *("F-26", "reset inside the message", REFUSED, "data"),
        {"DATA": lost_in_the_body},
        or_unknown=True,
    ),
    Case("F-27", "final dot 451", REFUSED, "data", {"EOD": b"451 4.3.0 Later\r\n"}),
    Case("F-27", "final dot 554", REFUSED, "data", {"EOD": b"554 5.7.1 Spam\r\n"}),
    Case(
        *("F-30", "250 and 421 in one, then closed", ACCEPTED, ""),
        {"EOD": (b"250 2.0.0 Queued\r\n421 4.3.2 Bye\r\n", CLOSE)},
    ),
    Case("F-30", "250, then QUIT hangs", ACCEPTED, "", {"QUIT": HANG}),
    Case("F-30", "250, then QUIT closed", ACCEPTED, "", {"QUIT": CLOSE}),
    Case("F-30", "250, then QUIT reset", ACCEPTED, "", {"QUIT": RESET}),
    Case("F-30", "250, then QUIT 421", ACCEPTED, "", {"QUIT": (b"421 Busy\r\n", CLOSE)}),
    Case("F-30", "250, then QUIT 500", ACCEPTED, "", {"QUIT": (b"500 What?\r\n", CLOSE)}),
    Case(
        *("F-30", "250, then QUIT answered byte by byte", ACCEPTED, ""),
        {"QUIT": (Drip(b"221 2.0.0 Good bye, and thank you\r\n", 0.5), CLOSE)},
    ),
    Case("F-31", "MAIL 250-, 550", REFUSED, "mail_from", {"MAIL": b"250-ok\r\n550 no\r\n"}),
    Case("F-31", "RCPT 550-, 250", REFUSED, "rcpt_to", {"RCPT": b"550-no\r\n250 ok\r\n"}),
    Case("F-32", "bare 250 without a text", ACCEPTED, "", {"MAIL": b"250\r\n"}),
    Case(
        *("F-32", "lines that end in LF alone", ACCEPTED, ""),
        {"greeting": b"220 hello\n", "MAIL": b"250 2.1.0 Ok\n", "RCPT": b"250 2.1.5 Ok\n"},
    ),
    Case("F-33", "garbage for MAIL", REFUSED, "mail_from", {"MAIL": (b"!!\r\n", HANG)}),
    Case("F-33", "garbage for EHLO inside TLS", REFUSED, "ehlo", {"EHLO_TLS": (b"!!\r\n", HANG)}),
    Case(
        *("F-34", "replies to everything in advance", REFUSED, "mail_from"),
        {
            "MAIL": ALL_IN_ADVANCE,
            "RCPT": b"550 5.1.1 No such user\r\n",
            "DATA": b"503 5.5.1 No recipients\r\n",
        },
        manners=NO_PIPELINING,
        check=no_message_as_commands,
    ),
    Case(
        *("F-34", "one reply too many for RCPT", REFUSED, "rcpt_to"),
        {"RCPT": b"250 2.1.5 Ok\r\n354 Go ahead\r\n", "DATA": b"554 5.5.1 No\r\n"},
        manners=NO_PIPELINING,
        check=no_message_as_commands,
    ),
    # U: the reply after the final dot is lost
    Case("F-28", "closed after the final dot", UNKNOWN, "data", {"EOD": CLOSE}),
    Case("F-28", "reset after the final dot", UNKNOWN, "data", {"EOD": RESET}),
    Case("F-29", "silence after the final dot", UNKNOWN, "data", {"EOD": HANG}),
    Case("F-29", "half a reply, then silence", UNKNOWN, "data", {"EOD": (b"250 2.0", HANG)}),
    # T: TLS
    Case("T-01", "certificate of an unknown authority", REFUSED, "tls", certificate="unknown_ca"),
    Case("T-01", "certificate signed by itself", REFUSED, "tls", certificate="self_signed"),
    Case("T-01", "intermediate missing", REFUSED, "tls", certificate="incomplete_chain"),
    Case("T-02", "certificate for another name", REFUSED, "tls", certificate="wrong_name"),
    Case("T-02", "name in CN alone", REFUSED, "tls", certificate="common_name_only"),
    Case("T-03", "certificate expired", REFUSED, "tls", certificate="expired"),
    Case("T-03", "certificate not yet valid", REFUSED, "tls", certificate="not_yet_valid"),
    Case("T-04", "nothing newer than TLS 1.1", REFUSED, "tls", legacy_tls=True),
    Case(
        *("T-05", "no TLS where it is implicit", REFUSED, "tls"),
        security="implicit_tls",
        serves="none",
    ),
    Case(
        *("T-05", "implicit TLS where STARTTLS is", REFUSED, "greeting"),
        serves="implicit_tls",
    ),
    Case(
        *("T-06", "no goodbye of TLS's own after QUIT", ACCEPTED, ""),
        {"QUIT": (b"221 2.0.0 Bye\r\n", CLOSE)},
    ),
    Case("T-07", "handshake hangs", REFUSED, "tls", {"HANDSHAKE": HANG}),
    Case("T-07", "handshake reset", REFUSED, "tls", {"HANDSHAKE": RESET}),
    Case(
        *("T-07", "garbage in the handshake", REFUSED, "tls"),
        {"HANDSHAKE": (b"\x00" * 100, HANG)},
    ),
    Case("T-08", "client certificate wanted, none given", REFUSED, "tls", client_certificate=True),
    Case("T-10", "host is an IP address of the certificate", ACCEPTED, host="127.0.0.1"),
    Case("T-11", "implicit TLS, all in order", ACCEPTED, security="implicit_tls"),
    # X: attacks on STARTTLS
    Case("X-01", "STARTTLS stripped, AUTH offered", REFUSED, "tls", serves="none"),
    Case("X-02", "STARTTLS 502", REFUSED, "tls", {"STARTTLS": b"502 5.5.1 What?\r\n"}),
    Case("X-03", "STARTTLS 454", REFUSED, "tls", {"STARTTLS": b"454 4.7.0 Not now\r\n"}),
    Case("X-04", "STARTTLS 250 in place of 220", REFUSED, "tls", {"STARTTLS": b"250 Sure\r\n"}),
    Case("X-04", "STARTTLS closed", REFUSED, "tls", {"STARTTLS": CLOSE}),
    Case(
        *("X-05", "EHLO hidden, HELO answered", REFUSED, "ehlo"),
        {"EHLO": b"500 5.5.1 What?\r\n"},
        manners={"auth_before_tls": True},
    ),
    Case(
        *("X-06", "EHLO ignored inside TLS", REFUSED, "ehlo"),
        {"EHLO": b"250-scripted.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", "EHLO_TLS": HANG},
        check=never(b"AUTH"),
    ),
    Case(
        *("X-07", "EHLO reply injected behind the 220", REFUSED, "tls"),
        {"STARTTLS": b"220 2.0.0 Ready\r\n" + PLAIN_EHLO},
    ),
    Case(
        *("X-08", "the same, and EHLO ignored inside TLS", REFUSED, "tls"),
        {"STARTTLS": b"220 2.0.0 Ready\r\n" + PLAIN_EHLO, "EHLO_TLS": HANG},
        check=never(b"AUTH"),
    ),
    Case(
        *("X-09", "454 and a whole session behind it", REFUSED, "tls"),
        {"STARTTLS": b"454 4.7.0 Not now\r\n" + FAKE_SESSION},
    ),
    Case(
        *("X-10", "STARTTLS offered again inside TLS", ACCEPTED, ""),
        {"EHLO_TLS": b"250-scripted.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"},
        check=once(b"STARTTLS"),
    ),
    Case(
        *("X-11", "AUTH offered before TLS alone", REFUSED, "auth"),
        {
            "EHLO": b"250-scripted.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n",
            "EHLO_TLS": b"250 scripted.example\r\n",
        },
    ),
    # S: signing in
    Case(
        *("S-02", "LOGIN with odd prompts", ACCEPTED, ""),
        manners={"mechanisms": ("LOGIN",)},
        login_prompts=(b"VXNlciBOYW1lAA==", b"R2VoZWltbmlzPw=="),
    ),
    Case(
        *("S-03", "CRAM-MD5 with a rubbish challenge", REFUSED, "auth"),
        {"AUTH": b"334 rub!bish\r\n"},
        manners={"mechanisms": ("CRAM-MD5",)},
    ),
    Case("S-09", "no AUTH offered", REFUSED, "auth", manners={"mechanisms": ()}),
    Case(
        *("S-10", "535, three mechanisms offered", REFUSED, "auth"),
        {"AUTH": b"535 5.7.8 Credentials invalid\r\n"},
        manners=MANY,
        check=one_login,
    ),
    Case(
        *("S-10", "535 after the exchange", REFUSED, "auth"),
        {"AUTH_RESULT": b"535 5.7.8 Credentials invalid\r\n"},
        manners=MANY,
        check=one_login,
    ),
    Case(
        *("S-11", "454, too many logins", REFUSED, "auth"),
        {"AUTH": b"454 4.7.0 Too many login attempts\r\n"},
        manners=MANY,
        check=one_login,
    ),
    Case(
        *("S-13", "server hangs up on the password", REFUSED, "auth"),
        {"AUTH": CLOSE},
        check=one_login,
    ),
    Case(
        *("S-13", "server resets at the password", REFUSED, "auth"),
        {"AUTH": RESET},
        check=one_login,
    ),
    Case(
        *("S-14", "challenges without an end", REFUSED, "auth"),
        {"AUTH": b"334 \r\n", "AUTH_STEP": b"334 \r\n"},
    ),
    Case("S-15", "AUTH hangs", REFUSED, "auth", {"AUTH": HANG}),
    Case(
        *("S-17", "password of other letters, with blanks", ACCEPTED, ""),
        password="Schlüssel € 日本 ",
        manners={"require_auth": True},
    ),
    Case(
        *("S-19", "only mechanisms nobody has", REFUSED, "auth"),
        manners={"mechanisms": ("X-ODD", "X-ODDER")},
    ),
    Case("S-05", "access token, good", ACCEPTED, token=TOKEN, manners=TOKENS),
    Case(
        *("S-05", "access token, the server speaks first", ACCEPTED, ""),
        {"AUTH": b"334 \r\n", "AUTH_STEP": b"235 2.7.0 Ok\r\n"},
        token=TOKEN,
        manners=TOKENS,
    ),
    Case(
        *("S-07", "access token refused with an explanation", REFUSED, "auth"),
        {"AUTH": b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n", "AUTH_STEP": b"535 5.7.8 No\r\n"},
        token=TOKEN,
        manners=TOKENS,
        check=one_login,
    ),
    Case(
        *("S-05", "access token of 2.7 kB, lines end at 2048", ACCEPTED, ""),
        {"AUTH": too_long_for_auth},
        token=LONG_TOKEN,
        manners=TOKENS,
    ),
    # V: addresses and input
    Case(
        *("V-01", "CR LF and a command in the recipient", REFUSED, "input"),
        recipient="a@example.org>\r\nRCPT TO:<evil@example.org",
    ),
    Case("V-02", "ESC in the recipient", REFUSED, "input", recipient="b\x1b[2J@example.org"),
    Case(
        *("V-03", "a parameter in the recipient", REFUSED, "input"),
        recipient="b@example.org> NOTIFY=NEVER",
    ),
    Case(
        *("V-07", "IDN domain, no SMTPUTF8", ACCEPTED, ""),
        recipient="user@bücher.example",
        manners=NO_PIPELINING,
        check=recipient_reads(b"xn--bcher-kva.example"),
    ),
    Case(
        *("V-08", "local part of other letters, no SMTPUTF8", REFUSED, "mail_from"),
        recipient="büro@example.org",
        manners=NO_PIPELINING,
    ),
    Case(
        *("V-09", "the same with SMTPUTF8", ACCEPTED, ""),
        recipient="büro@example.org",
        check=sender_says(b"SMTPUTF8"),
    ),
)
