"""Brings a scenario to life: scripted servers on this machine, and what to type to meet them."""

from __future__ import annotations

import email.policy
import email.utils
import json
import secrets
import socket
import ssl
import string
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Self

from smtpwizard.demo.authorization import AuthorizationServer, Behaviour, Client
from smtpwizard.demo.certificates import DEFAULT_NAMES, ThrowAwayAuthority
from smtpwizard.demo.connection import ReceivedMessage
from smtpwizard.demo.passwords import make_password
from smtpwizard.demo.sasl_server import Account
from smtpwizard.demo.scenarios import GOOD, Certificate, Scenario, Typed
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.connector import Security

PROVIDER = "demo"
_ADDRESS = "127.0.0.1"
_USERNAME = "mailer@demo.example"
_ADMIN = "admin@demo.example"
_CLIENT_ID = "demo-client"
_ISSUER = "Demo Trust Services"
_AUTHORITIES = {
    Certificate.UNKNOWN_AUTHORITY: "The office's own authority",
    Certificate.INTERCEPTOR: "Web protection of this network",
}

_PARSER = BytesParser(policy=email.policy.default)
_MAX_BODY = _MAX_HEAD = 20_000


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
    reply_to: str = ""
    body: str = ""
    """The text of it."""
    head: str = ""
    """Its header as it lies in the mailbox, with the line that the server put on top of it."""


class ScenarioServer:
    """A scenario's mail server for as long as its `with` block lasts, on this machine alone.

    Where nothing is wrong it has a port for every kind of encryption, else the scenario's one.
    `account` is the login that it takes (a fresh one where None); `describe` tells what somebody
    types. `on_message` is called on a thread of the server's own. With `consents`, the consent page
    of a sign-in answers by itself. To enter raises `OSError` where a port cannot be had.
    """

    def __init__(
        self,
        scenario: Scenario = GOOD,
        *,
        account: Account | None = None,
        on_message: Callable[[DeliveredMessage], None] | None = None,
        consents: bool = False,
    ) -> None:
        self.scenario = scenario
        self.host = scenario.host
        self.messages: list[DeliveredMessage] = []
        self.ports: dict[str, int] = {}
        """Port by what the client is told of its security."""
        self._account = account or Account(
            _USERNAME,
            _app_password() if scenario.typed is Typed.SPACED else make_password(),
            takes_token=self._takes_token,
        )
        self._on_message = on_message
        self._consents = consents
        self._authority = ThrowAwayAuthority()
        self._stack = ExitStack()
        self._sign_in: AuthorizationServer | None = None
        self._revoking = scenario.revoked

    @property
    def username(self) -> str:
        """Whose login the server takes."""
        return self._account.username

    @property
    def password(self) -> str:
        """The one that the server takes."""
        return self._account.password

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if self.scenario.oauth is not None:
                self._sign_in = stack.enter_context(self._authorization_server())
            context = self._server_context()
            told = tuple(Security) if self.scenario.cause is None else (self.scenario.security,)
            for security in told:
                self.ports[security.value] = self._listen(stack, security, context)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _listen(self, stack: ExitStack, told: Security, context: ssl.SSLContext) -> int:
        """Take a port, and serve there; answers its number."""
        scenario = self.scenario
        if not scenario.listens:
            # Bound, so that nobody else gets it; nobody listens, so that it refuses.
            closed = stack.enter_context(socket.socket())
            closed.bind((_ADDRESS, 0))
            port: int = closed.getsockname()[1]
            return port
        speaks = scenario.speaks or told
        options: dict[str, Any] = {
            "implicit_tls": speaks is Security.IMPLICIT_TLS,
            "starttls": speaks is Security.STARTTLS,
            **scenario.manners,
        }
        server = ScriptedServer(
            scenario.behaviours,
            context=context,
            on_message=self._deliver,
            name="demo.example",
            account=self._account,
            require_auth=True,
            **options,
        )
        return stack.enter_context(server).port

    def _server_context(self) -> ssl.SSLContext:
        certificate = self.scenario.certificate
        other = _AUTHORITIES.get(certificate)
        authority = self._authority if other is None else ThrowAwayAuthority(other)
        self._issuer = authority
        wrong = certificate is Certificate.WRONG_NAME
        names = ("localhost",) if wrong else DEFAULT_NAMES
        expired = 40 if certificate is Certificate.EXPIRED else None
        return authority.server_context(names, expired_days=expired)

    def _takes_token(self, token: str) -> bool:
        if self._sign_in is None:
            return False
        if self._revoking:
            self._revoking = False
            self._sign_in.revoke_all()
        return self._sign_in.token_of(token) is not None

    def _authorization_server(self) -> AuthorizationServer:
        return AuthorizationServer(
            (Client(_CLIENT_ID, "demo-secret"),),
            behaviour=Behaviour(
                account=self.username,
                accounts=(self.username, _ADMIN),
                auto="allow" if self._consents else None,
                **(self.scenario.oauth or {}),
            ),
        )

    def _deliver(self, message: ReceivedMessage) -> None:
        received = _PARSER.parsebytes(message.data)
        delivered = DeliveredMessage(
            mail_from=message.mail_from,
            rcpts=message.rcpts,
            sender=str(received.get("From", "")),
            to=str(received.get("To", "")),
            subject=str(received.get("Subject", "")),
            date=str(received.get("Date", "")),
            size=len(message.data),
            user=message.authenticated_as or "",
            mechanism=message.mechanism or "",
            tls_version=message.tls_version,
            reply_to=str(received.get("Reply-To", "")),
            body=_text_of(received),
            head=f"{_trace(message)}\n{_head_of(message.data)}",
        )
        self.messages.append(delivered)
        if self._on_message is not None:
            self._on_message(delivered)

    # -- what a client needs to know

    def set_up(self, folder: Path) -> tuple[dict[str, Any], Path]:
        """Make a fresh data directory for the demo's user in `folder`, and the CA file beside it.

        Answers what the user types (`describe`), and the data directory.
        """
        data_dir = folder / "project"
        data_dir.mkdir(mode=0o700)
        self.write_providers(data_dir / "providers.d")
        return self.describe(self.write_ca(folder / "demo-ca.pem")), data_dir

    def write_ca(self, path: Path) -> Path:
        """Write the certificate that the demo's clients are told to trust."""
        return self._authority.write_ca(path)

    def write_trusted(self, path: Path) -> Path | None:
        """Write the certificate that the demo's project is to trust; None where it trusts nobody
        besides the system."""
        return self._issuer.write_ca(path) if self.scenario.project_trusts else None

    def write_providers(self, folder: Path) -> None:
        """Put the server into the catalogue of a data directory, where the scenario wants that."""
        if not self.scenario.provider:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        security = self.scenario.security.value
        lines = [
            f'id = "{PROVIDER}"',
            'name = "Demo provider"',
            f'host = "{self.host}"',
            f"port = {self.ports[security]}",
            f'security = "{security}"',
            f"certificate_issuers = {json.dumps([_ISSUER])}",
        ]
        (folder / "demo.toml").write_text("\n".join(lines) + "\n", "utf-8")

    def describe(self, ca_file: Path) -> dict[str, Any]:
        """What somebody types to meet the scenario, and what should come of it.

        There is no CA file where nobody whom that vouches for answers, but where that is the point.
        """
        scenario = self.scenario
        in_vain = scenario.certificate in _AUTHORITIES and not scenario.project_trusts
        out: dict[str, Any] = {
            "host": self.host,
            "ports": dict(self.ports),
            "security": scenario.security.value,
            "username": self.username,
            "password": self.password,
            "ca_file": None if in_vain else str(ca_file),
        }
        if scenario.cause is not None:
            out["admin"] = _ADMIN
            out["scenario"] = {
                "name": scenario.name,
                "title": scenario.title,
                "stage": scenario.stage.value if scenario.stage is not None else None,
                "cause": scenario.cause,
                "fix": scenario.fix,
                "retry": scenario.retry,
            }
        if scenario.typed is Typed.ANOTHER:
            out["password"] = make_password()
        elif scenario.typed is Typed.SPACED:
            out["password"] = " ".join(self.password[at : at + 4] for at in range(0, 16, 4))
        elif scenario.typed is Typed.SHORT_NAME:
            out["username"] = self.username.partition("@")[0]
        if scenario.sender is not None:
            out["sender"] = scenario.sender
        if scenario.timeout_s is not None:
            out["timeout_s"] = scenario.timeout_s
        if scenario.provider:
            out["provider"] = PROVIDER
        if self._sign_in is not None:
            out["oauth"] = {
                "client_id": _CLIENT_ID,
                "client_secret": "demo-secret",
                "authorization_endpoint": f"{self._sign_in.base}/authorize",
                "token_endpoint": f"{self._sign_in.base}/token",
                "scopes": ["smtp"],
            }
        return out


def _trace(message: ReceivedMessage) -> str:
    """The line that a server puts above what it takes (RFC 5321 §4.4; the words of RFC 3848)."""
    how = f"ESMTP{'S' if message.tls_version else ''}{'A' if message.authenticated_as else ''}"
    now = email.utils.format_datetime(email.utils.localtime())
    return f"Received: from [{_ADDRESS}] by localhost (smtpwizard demo) with {how};\n {now}"


def _head_of(data: bytes) -> str:
    """What stands above the first empty line of a message."""
    text = data[:_MAX_HEAD].decode("utf-8", "replace").replace("\r\n", "\n")
    return text.partition("\n\n")[0]


def _text_of(message: EmailMessage) -> str:
    """What a message says as plain text; empty where it says nothing so."""
    try:
        part = message.get_body(("plain",))
        text = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError):
        return ""  # not as we write it
    return str(text).replace("\r\n", "\n")[:_MAX_BODY]


def _app_password() -> str:
    """Sixteen letters, as Google makes them."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(16))
