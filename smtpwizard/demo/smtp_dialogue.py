"""A well-behaved submission server whose every reply can be replaced; it knows no socket."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from smtpwizard.demo.connection import (
    DEFAULT,
    Action,
    Connection,
    ReceivedMessage,
    Signal,
    resolve,
)
from smtpwizard.demo.sasl_server import MECHANISMS, Account, decode

BEHAVIOUR_KEYS = frozenset(
    {
        *("greeting", "HANDSHAKE", "EHLO", "EHLO_TLS", "HELO", "STARTTLS"),
        *("AUTH", "AUTH_STEP", "AUTH_RESULT", "MAIL", "RCPT", "DATA", "EOD"),
        *("RSET", "NOOP", "VRFY", "HELP", "QUIT"),
    }
)
"""EHLO_TLS is the EHLO inside TLS (without it, EHLO serves an implicit TLS connection too);
HANDSHAKE is played once the client's hello has come; AUTH replaces the whole exchange, AUTH_STEP
one answer to a continuation line, AUTH_RESULT the verdict; EOD follows the final dot."""


@dataclass(frozen=True, slots=True)
class GoodServer:
    """How the well-behaved server behaves where no behaviour says otherwise."""

    name: str = "scripted.example"
    """What the server calls itself."""
    implicit_tls: bool = False
    starttls: bool = False
    mechanisms: Sequence[str] = ("PLAIN", "LOGIN")
    extensions: Sequence[str] = (
        "PIPELINING",
        "SIZE 10485760",
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
    )
    account: Account = field(default_factory=Account)
    require_auth: bool = False
    auth_before_tls: bool | None = None
    """Take logins on a plaintext connection; None: only where there is no STARTTLS to wait for."""
    delay_s: float = 0.0


class Behaviours:
    """What replaces which reply; lists advance over all connections of a server."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        unknown = set(actions) - BEHAVIOUR_KEYS
        if unknown:
            raise ValueError(f"no such behaviour: {', '.join(sorted(unknown))}")
        self._actions = dict(actions)
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def __contains__(self, key: str) -> bool:
        return key in self._actions

    def next(self, key: str) -> Action:
        """The action that is due, DEFAULT where none is given."""
        action = self._actions.get(key, DEFAULT)
        if not isinstance(action, list):
            return action
        with self._lock:
            turn = self._used.get(key, 0)
            self._used[key] = turn + 1
        return action[min(turn, len(action) - 1)]


class Dialogue:
    """One client's session with the server."""

    def __init__(
        self,
        connection: Connection,
        manners: GoodServer,
        behaviours: Behaviours,
        accept: Callable[[ReceivedMessage], None],
    ) -> None:
        self._connection = connection
        self._manners = manners
        self._behaviours = behaviours
        self._accept = accept
        self._greeted = False
        self._forget_message()

    def _forget_message(self) -> None:
        self._mail_from: str | None = None
        self._mail_parameters = ""
        self._rcpts: list[str] = []

    def run(self) -> None:
        """Talk until one side ends the connection (then `ConnectionOver`)."""
        if self._manners.implicit_tls:
            self._handshake()
        self._answer("greeting", b"", f"220 {self._manners.name} ESMTP ready\r\n".encode())
        while True:
            line = self._connection.read_line()
            verb = line.split(b" ", 1)[0].decode("ascii", "replace").upper()
            handle = getattr(self, f"_on_{verb.lower()}", None)
            if handle is None:
                self._answer(verb, line, b"500 5.5.1 Command unknown\r\n")
            else:
                handle(line)

    def _answer(self, key: str, line: bytes, default: bytes) -> bytes:
        """Play what is due for `key`; the bytes sent."""
        return self._perform(self._behaviours.next(key), line, default)

    def _perform(self, action: Action, line: bytes, default: Action) -> bytes:
        if self._manners.delay_s:
            self._connection.closing.wait(self._manners.delay_s)
        action = resolve(action, self._connection, line)
        return self._connection.play(default if action is DEFAULT else action, line)

    # -- opening

    def _on_ehlo(self, line: bytes) -> None:
        key = "EHLO"
        if self._connection.tls and (
            "EHLO_TLS" in self._behaviours or not self._manners.implicit_tls
        ):
            key = "EHLO_TLS"
        sent = self._answer(key, line, self._capabilities())
        if sent.startswith(b"250"):
            self._greeted = True
            self._forget_message()

    def _capabilities(self) -> bytes:
        manners, tls = self._manners, self._connection.tls
        offered = [manners.name, *manners.extensions]
        if manners.starttls and not tls:
            offered.append("STARTTLS")
        if manners.mechanisms and self._takes_logins():
            offered.append("AUTH " + " ".join(manners.mechanisms))
        lines = [f"250-{text}\r\n" for text in offered[:-1]] + [f"250 {offered[-1]}\r\n"]
        return "".join(lines).encode()

    def _takes_logins(self) -> bool:
        manners = self._manners
        in_clear = manners.auth_before_tls
        return self._connection.tls or (not manners.starttls if in_clear is None else in_clear)

    def _on_helo(self, line: bytes) -> None:
        default = f"250 {self._manners.name}\r\n".encode()
        if self._answer("HELO", line, default).startswith(b"250"):
            self._greeted = True
            self._forget_message()

    def _on_starttls(self, line: bytes) -> None:
        possible = self._manners.starttls and not self._connection.tls
        default = b"220 2.0.0 Ready to start TLS\r\n" if possible else b"502 5.5.1 No TLS here\r\n"
        pipelined = self._connection.waiting
        sent = self._answer("STARTTLS", line, default)
        if not sent.startswith(b"220"):
            return
        if pipelined or self._connection.waiting:
            # RFC 3207 §4: nothing may follow STARTTLS before the handshake.
            raise AssertionError("the client sent data between STARTTLS and the handshake")
        self._handshake()
        self._greeted = False
        self._forget_message()

    def _handshake(self) -> None:
        action = self._behaviours.next("HANDSHAKE")
        if action is DEFAULT:
            self._connection.start_tls()
        else:
            self._connection.wait_for_bytes()
            self._perform(action, b"", b"")

    # -- AUTH

    def _on_auth(self, line: bytes) -> None:
        words = line.split(b" ")
        name = words[1].decode("ascii", "replace").upper() if len(words) > 1 else ""
        action = self._behaviours.next("AUTH")
        action = resolve(action, self._connection, line)
        if action is not DEFAULT:
            self._foreign_exchange(name, self._perform(action, line, b""))
        elif not self._takes_logins():
            # RFC 3207 §4.
            self._perform(DEFAULT, line, b"530 5.7.0 Must issue a STARTTLS command first\r\n")
        elif name not in MECHANISMS or name not in self._manners.mechanisms:
            self._perform(DEFAULT, line, b"504 5.5.4 Mechanism not available\r\n")
        else:
            self._exchange(name, line, words[2] if len(words) > 2 else None)

    def _foreign_exchange(self, name: str, sent: bytes) -> None:
        """An exchange whose first reply was replaced: it goes on by AUTH_STEP alone."""
        while sent.startswith(b"334"):
            line = self._connection.read_line()
            refusal = b"501 5.5.2 Cancelled\r\n" if line == b"*" else b"535 5.7.8 Refused\r\n"
            sent = self._answer("AUTH_STEP", line, refusal)
        if sent.startswith(b"235"):
            self._authenticated(name)

    def _exchange(self, name: str, line: bytes, initial: bytes | None) -> None:
        exchange = MECHANISMS[name](self._manners.account, self._connection)
        challenge = next(exchange)
        response = initial
        if initial is not None and name == "CRAM-MD5":
            self._perform(DEFAULT, line, b"501 5.5.4 The server speaks first\r\n")
            return
        while True:
            if response is None:
                self._connection.send(b"334 " + challenge + b"\r\n")
                response = self._connection.read_line()
                action = self._behaviours.next("AUTH_STEP")
                action = resolve(action, self._connection, response)
                if action is not DEFAULT:
                    self._foreign_exchange(name, self._perform(action, response, b""))
                    return
            if response == b"*":
                self._perform(DEFAULT, line, b"501 5.7.0 Cancelled\r\n")
                return
            decoded = decode(response)
            if decoded is None:
                self._perform(DEFAULT, line, b"501 5.5.2 Not base64\r\n")
                return
            try:
                challenge, response = exchange.send(decoded), None
            except StopIteration as end:
                verdict = bool(end.value)
                break
        default = (
            b"235 2.7.0 Authentication successful\r\n"
            if verdict
            else b"535 5.7.8 Authentication credentials invalid\r\n"
        )
        if self._answer("AUTH_RESULT", line, default).startswith(b"235"):
            self._authenticated(name)

    def _authenticated(self, mechanism: str) -> None:
        self._connection.authenticated_as = self._manners.account.username
        self._connection.mechanism = mechanism

    # -- the message

    def _on_mail(self, line: bytes) -> None:
        match = re.fullmatch(r"MAIL FROM:<([^>]*)>(.*)", line.decode("utf-8", "replace"), re.I)
        default = b"250 2.1.0 Sender ok\r\n"
        if not self._greeted:
            default = b"503 5.5.1 Say EHLO first\r\n"
        elif self._manners.require_auth and self._connection.authenticated_as is None:
            default = b"530 5.7.0 Authentication required\r\n"
        elif match is None:
            default = b"501 5.1.7 Bad sender address\r\n"
        elif (size := re.search(r"\bSIZE=(\d+)", match[2], re.I)) and self._too_large(int(size[1])):
            default = b"552 5.3.4 Message too big\r\n"
        if self._answer("MAIL", line, default).startswith(b"2"):
            self._forget_message()
            self._mail_from = match[1] if match else line.decode("utf-8", "replace")
            self._mail_parameters = match[2].strip() if match else ""

    def _too_large(self, size: int) -> bool:
        """Whether so many octets are more than the server announces (RFC 1870); 0 is no limit."""
        limit = re.search(r"^SIZE (\d+)$", "\n".join(self._manners.extensions), re.M)
        return limit is not None and 0 < int(limit[1]) < size

    def _on_rcpt(self, line: bytes) -> None:
        match = re.fullmatch(r"RCPT TO:<([^>]+)>(.*)", line.decode("utf-8", "replace"), re.I)
        default = b"250 2.1.5 Recipient ok\r\n"
        if self._mail_from is None:
            default = b"503 5.5.1 Say MAIL first\r\n"
        elif match is None:
            default = b"501 5.1.3 Bad recipient address\r\n"
        if self._answer("RCPT", line, default).startswith(b"2"):
            self._rcpts.append(match[1] if match else line.decode("utf-8", "replace"))

    def _on_data(self, line: bytes) -> None:
        default = b"354 End data with <CR><LF>.<CR><LF>\r\n"
        if not self._rcpts:
            default = b"503 5.5.1 No valid recipients\r\n"
        if not self._answer("DATA", line, default).startswith(b"354"):
            return
        data = self._connection.read_data()
        action = resolve(self._behaviours.next("EOD"), self._connection, b".")
        if action is DEFAULT and self._too_large(len(data)):
            action = b"552 5.3.4 Message too big\r\n"
        if not _refuses(action):
            # A server that has the whole message may deliver it, whatever becomes of its reply.
            self._accept(
                ReceivedMessage(
                    mail_from=self._mail_from or "",
                    rcpts=tuple(self._rcpts),
                    data=data,
                    mail_parameters=self._mail_parameters,
                    tls_version=self._connection.tls_version,
                    authenticated_as=self._connection.authenticated_as,
                    mechanism=self._connection.mechanism,
                )
            )
        self._forget_message()
        queue_id = f"{self._manners.name.partition('.')[0].upper()}1"
        self._perform(action, b".", f"250 2.0.0 Ok: queued as {queue_id}\r\n".encode())

    def _on_rset(self, line: bytes) -> None:
        self._answer("RSET", line, b"250 2.0.0 Ok\r\n")
        self._forget_message()

    def _on_noop(self, line: bytes) -> None:
        self._answer("NOOP", line, b"250 2.0.0 Ok\r\n")

    def _on_vrfy(self, line: bytes) -> None:
        self._answer("VRFY", line, b"252 2.0.0 Try it and see\r\n")

    def _on_help(self, line: bytes) -> None:
        self._answer("HELP", line, b"214 2.0.0 RFC 5321\r\n")

    def _on_quit(self, line: bytes) -> None:
        self._answer("QUIT", line, b"221 2.0.0 Bye\r\n")
        self._connection.close_notify()


def _refuses(action: Action) -> bool:
    """Whether an action at the end of data says 4xx or 5xx."""
    if isinstance(action, tuple):
        # The first part that says anything is the beginning of the reply.
        spoken = (part for part in action if part != b"")
        return _refuses(next(spoken, b""))
    if isinstance(action, Signal) or callable(action):
        return False
    data = action if isinstance(action, bytes) else getattr(action, "data", b"")
    return data[:1] in (b"4", b"5")
