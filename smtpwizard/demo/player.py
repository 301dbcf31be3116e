"""Brings a scenario to life: a scripted server on this machine, and what to type to meet it.

Has the face of `server.GoodServer`, so that the demo runs on top of either.
"""

from __future__ import annotations

import json
import secrets
import socket
import string
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from smtpwizard.demo.authorization import AuthorizationServer, Behaviour, Client
from smtpwizard.demo.certificates import DEFAULT_NAMES, ThrowAwayAuthority
from smtpwizard.demo.conversation import ReceivedMessage
from smtpwizard.demo.exchanges import Account
from smtpwizard.demo.scenarios import Certificate, Scenario, Typed
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.demo.server import DeliveredMessage, read_message
from smtpwizard.demo.words import make_password
from smtpwizard.model.connector import Security

HOST = "localhost"
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


class Player:
    """A scenario's server for as long as its `with` block lasts.

    `password` is the one that the server takes; `describe` tells what somebody types.
    `on_message` is called on a thread of the server's own. With `consents`, the consent page of a
    sign-in answers by itself.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        on_message: Callable[[DeliveredMessage], None] | None = None,
        consents: bool = False,
    ) -> None:
        self.scenario = scenario
        self.host = HOST
        self.username = _USERNAME
        self.messages: list[DeliveredMessage] = []
        self.ports: dict[str, int] = {}
        """The one port, under what the client is told of its security."""
        self._on_message = on_message
        self._consents = consents
        self._authority = ThrowAwayAuthority()
        spaced = scenario.typed is Typed.SPACED
        self.password = _app_password() if spaced else make_password()
        self._stack = ExitStack()
        self._sign_in: AuthorizationServer | None = None
        self._revoking = scenario.revoked
        self.server: ScriptedServer | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if self.scenario.oauth is not None:
                self._sign_in = stack.enter_context(self._authorization_server())
            self.ports = {self.scenario.security.value: self._listen(stack)}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _listen(self, stack: ExitStack) -> int:
        """Take a port, and serve there; answers its number."""
        if not self.scenario.listens:
            # Bound, so that nobody else gets it; nobody listens, so that it refuses.
            closed = stack.enter_context(socket.socket())
            closed.bind((_ADDRESS, 0))
            port: int = closed.getsockname()[1]
            return port
        scenario = self.scenario
        speaks = scenario.speaks or scenario.security
        options: dict[str, Any] = {
            "implicit_tls": speaks is Security.IMPLICIT_TLS,
            "starttls": speaks is Security.STARTTLS,
            "require_auth": True,
            **scenario.manners,
        }
        self.server = stack.enter_context(
            ScriptedServer(
                scenario.behaviours,
                context=self._server_context(),
                on_message=self._deliver,
                account=Account(
                    username=self.username,
                    password=self.password,
                    takes_token=self._takes_token,
                ),
                **options,
            )
        )
        return self.server.port

    def _server_context(self) -> Any:
        certificate = self.scenario.certificate
        other = _AUTHORITIES.get(certificate)
        authority = self._authority if other is None else ThrowAwayAuthority(other)
        wrong = certificate is Certificate.WRONG_NAME
        names = ("mail.other.example",) if wrong else DEFAULT_NAMES
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
        delivered = read_message(
            message.data,
            mail_from=message.mail_from,
            rcpts=message.rcpts,
            user=message.authenticated_as or "",
            mechanism=message.mechanism or "",
            tls_version=message.tls_version,
        )
        self.messages.append(delivered)
        if self._on_message is not None:
            self._on_message(delivered)

    # -- what a client needs to know

    def write_ca(self, path: Path) -> Path:
        """Write the certificate that the demo's clients are told to trust."""
        return self._authority.write_ca(path)

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
        """What somebody types to meet the scenario, and what should come of it."""
        scenario = self.scenario
        out: dict[str, Any] = {
            "host": self.host,
            "ports": dict(self.ports),
            "security": scenario.security.value,
            "username": self.username,
            "password": self.password,
            "ca_file": str(ca_file),
            "admin": _ADMIN,
            "scenario": {
                "name": scenario.name,
                "title": scenario.title,
                "stage": scenario.stage.value if scenario.stage is not None else None,
                "cause": scenario.cause,
                "fix": scenario.fix,
                "retry": scenario.retry,
            },
        }
        if scenario.typed is Typed.ANOTHER:
            out["password"] = make_password()
        elif scenario.typed is Typed.SPACED:
            out["password"] = " ".join(self.password[at : at + 4] for at in range(0, 16, 4))
        elif scenario.typed is Typed.SHORT_NAME:
            out["username"] = self.username.partition("@")[0]
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


def _app_password() -> str:
    """Sixteen letters, as Google makes them."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(16))
