"""The demo's good mail server: three ports on this machine, one login, its own authority."""

from __future__ import annotations

import asyncio
import base64
import collections
import contextlib
import email.policy
import hmac
import json
import logging
import re
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.words import make_password

HOST = "localhost"
SECURITIES = ("starttls", "implicit_tls", "none")
_ADDRESS = "127.0.0.1"
_LONGEST_LINE = 65536  # an access token in one AUTH line passes RFC 5321's 512 octets by far


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """The facts of one message that has arrived: its envelope, its header, how it came."""

    mail_from: str
    rcpts: tuple[str, ...]
    sender: str
    to: str
    subject: str
    date: str
    size: int
    """Octets as they came over the wire, dots un-stuffed."""
    user: str
    """Who had logged in."""
    mechanism: str
    tls_version: str | None
    """None where the connection was not encrypted."""


def read_message(
    content: bytes,
    *,
    mail_from: str,
    rcpts: Sequence[str],
    user: str,
    mechanism: str,
    tls_version: str | None,
) -> DeliveredMessage:
    """The facts of a message that came over the wire as `content`."""
    header: EmailMessage = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(
        content, headersonly=True
    )
    return DeliveredMessage(
        mail_from=mail_from,
        rcpts=tuple(rcpts),
        sender=str(header.get("From", "")),
        to=str(header.get("To", "")),
        subject=str(header.get("Subject", "")),
        date=str(header.get("Date", "")),
        size=len(content),
        user=user,
        mechanism=mechanism,
        tls_version=tls_version,
    )


class _DemoSmtp(SMTP):
    """aiosmtpd reads its limits from the class, so only a subclass can raise them."""

    line_length_limit = _LONGEST_LINE

    def __init__(self, handler: _Handler, loop: asyncio.AbstractEventLoop, **options: Any) -> None:
        super().__init__(
            handler,
            loop=loop,
            hostname="demo.example",
            ident="smtpwizard demo",
            enable_SMTPUTF8=True,
            authenticator=handler.authenticate,
            **options,
        )
        # An own table: aiosmtpd's is shared by all instances and cleared by each new one.
        self.command_size_limits = collections.defaultdict(lambda: 512, AUTH=_LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class _Login:
    """Who has logged in, and how."""

    mechanism: str
    user: str


# Answers whose an access token is (`username`), None for one that is no good.
TokenLookup = Callable[[str], Mapping[str, Any] | None]


class _Handler:
    """What the three ports share: the login, and where messages go."""

    def __init__(
        self,
        username: str,
        password: str,
        deliver: Callable[[DeliveredMessage], None],
        token_of: TokenLookup | None = None,
    ) -> None:
        self._login = (username.encode(), password.encode())
        self._deliver = deliver
        self._token_of = token_of
        self._count = 0
        if token_of is not None:
            # aiosmtpd offers the mechanisms whose methods it finds here.
            for name in ("XOAUTH2", "OAUTHBEARER"):
                setattr(self, f"auth_{name}", self._take_token)

    async def _take_token(self, server: SMTP, args: list[str]) -> AuthResult:
        """A bearer token as Google and RFC 7628 have it sent; a refusal comes as a document."""
        mechanism = args[0]
        blob: Any = None
        if len(args) == 1:
            blob = await server.challenge_auth("")
        else:
            with contextlib.suppress(ValueError):
                blob = base64.b64decode(args[1], validate=True)
        if not isinstance(blob, bytes):
            return AuthResult(success=False)
        fields = blob.decode("utf-8", "replace").split("\x01")
        login = re.match(r"user=(.*)|n,a=([^,]*),", fields[0])
        token = next((f[12:] for f in fields if f.lower().startswith("auth=bearer ")), "")
        found = self._token_of(token) if self._token_of is not None else None
        user = (login[1] or login[2] or "").replace("=2C", ",") if login else ""
        if found is None or user.casefold() != str(found.get("username", "")).casefold():
            document = {"status": "400", "schemes": "Bearer", "scope": "smtp"}
            await server.challenge_auth(json.dumps(document))
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=_Login(mechanism, user))

    def authenticate(
        self, server: SMTP, session: Any, envelope: Any, mechanism: str, auth_data: LoginPassword
    ) -> AuthResult:
        # Every part is compared, so that the time taken says nothing.
        given = (auth_data.login, auth_data.password)
        same = [hmac.compare_digest(a, b) for a, b in zip(given, self._login, strict=True)]
        if not all(same):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=_Login(mechanism, self._login[0].decode()))

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        # aiosmtpd's own `auth_required` does not count implicit TLS as TLS.
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        tls = server.transport.get_extra_info("ssl_object") if server.transport else None
        self._count += 1
        self._deliver(
            read_message(
                envelope.content,
                mail_from=envelope.mail_from,
                rcpts=envelope.rcpt_tos,
                user=session.auth_data.user,
                mechanism=session.auth_data.mechanism,
                tls_version=tls.version() if tls else None,
            )
        )
        return f"250 2.0.0 Ok: queued as DEMO{self._count}"


class GoodServer:
    """A mail server that works, from `start` to `stop` (or for a `with` block).

    It listens on 127.0.0.1 alone: a port with STARTTLS, one with implicit TLS, one with neither.
    Mail is taken from the one user only; the two TLS ports take no login outside TLS.
    `on_message` is called on the server's own thread. With `token_of`, access tokens log in as well
    (XOAUTH2, OAUTHBEARER), as the user whose they are.
    """

    def __init__(
        self,
        *,
        username: str = "mailer@demo.example",
        on_message: Callable[[DeliveredMessage], None] | None = None,
        token_of: TokenLookup | None = None,
    ) -> None:
        self.host = HOST
        self.username = username
        self.password = make_password()
        self.ports: dict[str, int] = {}
        """Port by security, from `start` on."""
        self.messages: list[DeliveredMessage] = []
        self.faults: list[str] = []
        """What asyncio would have logged: clients that broke off, mostly."""
        self._on_message = on_message
        self._authority = ThrowAwayAuthority()
        self._context: ssl.SSLContext = self._authority.server_context()
        self._handler = _Handler(username, self.password, self._deliver, token_of)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        # aiosmtpd logs on `mail.log`; without any handler Python would print its remarks.
        logging.getLogger("mail.log").addHandler(logging.NullHandler())

    def write_ca(self, path: Path) -> Path:
        """Write the certificate that only this demo's clients trust."""
        return self._authority.write_ca(path)

    def write_providers(self, folder: Path) -> None:
        """Nothing: this server is a custom one."""

    @property
    def ca_pem(self) -> bytes:
        """The same certificate as bytes."""
        return self._authority.ca_pem

    def describe(self, ca_file: Path, security: str = "starttls") -> dict[str, Any]:
        """What a client needs to know, as plain values (the throw-away password included)."""
        return {
            "host": self.host,
            "ports": dict(self.ports),
            "security": security,
            "username": self.username,
            "password": self.password,
            "ca_file": str(ca_file),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; returns when all ports are open, raises `OSError` where one cannot be."""
        if self._thread is not None:
            raise RuntimeError("the server runs already")
        started = threading.Event()
        failure: list[OSError] = []

        def run() -> None:
            try:
                # The selector loop everywhere: Windows' other one has no `add_reader`.
                with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                    runner.run(self._serve(started))
            except OSError as error:
                failure.append(error)
            finally:
                started.set()

        self._thread = threading.Thread(target=run, name="demo-mail-server", daemon=True)
        self._thread.start()
        started.wait()
        if failure:
            self._thread.join()
            self._thread = None
            raise failure[0]

    def stop(self) -> None:
        """End every connection and the thread; nothing happens where it does not run."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def _deliver(self, message: DeliveredMessage) -> None:
        self.messages.append(message)
        if self._on_message is not None:
            self._on_message(message)

    async def _serve(self, started: threading.Event) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        loop.set_exception_handler(lambda _, context: self.faults.append(str(context["message"])))
        doors: list[_Door] = []
        try:
            for security in SECURITIES:
                doors.append(_Door(loop, self._handler, self._context, security))
                self.ports[security] = doors[-1].port
            started.set()
            await self._stopping.wait()
        finally:
            for door in doors:
                await door.close()


class _Door:
    """One port with every connection that came through it.

    Not `loop.create_server`: that cannot end connections still in their handshake, and from
    Python 3.12 on it waits for them.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        handler: _Handler,
        context: ssl.SSLContext,
        security: str,
    ) -> None:
        self._loop = loop
        self._handler = handler
        self._context = context
        self._security = security
        self._opening: set[asyncio.Task[None]] = set()
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._listener = socket.create_server((_ADDRESS, 0))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return  # the client has gone again
        sock.setblocking(False)
        self._sockets.add(sock)
        task = self._loop.create_task(self._open(sock))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, sock: socket.socket) -> None:
        context = self._context if self._security == "implicit_tls" else None
        with contextlib.suppress(OSError):  # a failed handshake; the socket is closed
            transport, _ = await self._loop.connect_accepted_socket(
                self._connect, sock, ssl=context
            )
            self._transports.add(transport)

    def _connect(self) -> _DemoSmtp:
        if self._security == "starttls":
            return _DemoSmtp(
                self._handler, self._loop, tls_context=self._context, require_starttls=True
            )
        return _DemoSmtp(self._handler, self._loop, auth_require_tls=False)

    async def close(self) -> None:
        """Stop listening, end every connection, and wait until each socket is closed."""
        self._loop.remove_reader(self._listener)
        self._listener.close()
        await asyncio.sleep(0)  # every task has begun now, so each socket has an owner
        opening = list(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        for transport in list(self._transports):
            # WORKAROUND(Python before 3.11.4, Debian 12's): a TLS transport that has ended
            # cannot be aborted again.
            with contextlib.suppress(AttributeError):
                transport.abort()
        while any(sock.fileno() >= 0 for sock in self._sockets):
            await asyncio.sleep(0)
