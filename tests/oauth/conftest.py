"""A workspace, an authorization server, connectors that use it, and a browser: a lab."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.authorization import AuthorizationServer, Client
from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.sasl_server import Account
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import GOOD
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.registration import Redirect
from smtpwizard.oauth import receiver, retry, tokens
from smtpwizard.oauth.signed_in import Dialogue, Progress, SignedIn
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.sign_in import sign_in
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.processes import wait_until
from tests.model.documents import document
from tests.oauth.browser import Browser

SECRET = "the-client-secret-of-the-lab"
CLIENT_ID = "c1ae2c30-1111-2222-3333-444444444444"
PUBLIC_ID = "c1ae2c30-5555-6666-7777-888888888888"
ACCOUNT = "mailer@example.com"
WEB_REDIRECT = "https://login.flows.example.com/oauth2/redirect"
SCOPES = {
    "google": ("https://mail.google.com/",),
    "microsoft": ("https://outlook.office.com/SMTP.Send",),
    "generic": ("openid", "email", "smtp"),
}

CLIENTS = (
    Client(
        CLIENT_ID,
        SECRET,
        redirect_uris=("http://localhost", "http://127.0.0.1", WEB_REDIRECT),
        roles=("SMTP.SendAsApp",),
        any_loopback_path=True,
    ),
    Client(PUBLIC_ID, None),
)


@dataclass
class Lab:
    """One authorization server and what a sign-in at it needs."""

    ws: Workspace
    server: AuthorizationServer
    ca_file: str | None
    browser: Browser
    shown: list[Progress] = field(default_factory=list)

    def provide(self, family: str, **changes: Any) -> str:
        """Make the server a provider of the catalogue; answers its id."""
        text = self.server.provider_toml(
            family, family=family, host="localhost", port=2525, security="none",
            scopes=changes.pop("scopes", SCOPES[family]), ca_file=self.ca_file,
        )  # fmt: skip
        if changes.pop("issuer_only", False):
            kept = [line for line in text.splitlines() if "_endpoint" not in line]
            text = "\n".join(kept) + "\n"
        for key, value in changes.items():
            text += f"{key} = {json.dumps(value)}\n"
        folder = self.ws.data_dir / "providers.d"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{family}.toml").write_text(text)
        self.ws.__dict__.pop("_known_providers", None)
        return family

    def connector(self, family: str, **oauth: Any) -> Connector:
        """A connector for the provider of that family; `oauth` are its registration's values."""
        if self.ws.catalogue.get(family) is None:
            self.provide(family)
        username = oauth.pop("username", ACCOUNT)
        mechanism = oauth.pop("mechanism", "auto")
        server = {
            "host": oauth.pop("host", "localhost"),
            "port": oauth.pop("port", 2525),
            "security": oauth.pop("security", "none"),
            "ca_file": oauth.pop("server_ca_file", None),
        }
        source = document(
            name=oauth.pop("name", "Invoices"),
            provider=family,
            server=server,
            authentication={
                "method": "oauth",
                "username": username,
                "mechanism": mechanism,
                "oauth": {"client_id": CLIENT_ID, **oauth},
            },
        )
        return parse_connector(source, self.ws.defaults_for)

    def sign_in(
        self, connector: Connector, redirect: Redirect | None = None, **options: Any
    ) -> SignedIn:
        """A sign-in in which the browser does as its user wants."""
        secret = options.pop("secret", SECRET)
        talk: dict[str, Any] = {
            "open_url": self.browser.open,
            "show": self.shown.append,
            "seconds": 20.0,
        }
        for name in ("open_url", "show", "seconds", "read_answer", "complain"):
            if name in options:
                talk[name] = options.pop(name)
        return sign_in(
            self.ws,
            connector,
            secrets={"client_secret": Secret(secret)} if secret else {},
            dialogue=Dialogue(**talk),
            redirect=redirect,
            **options,
        )

    def mail_server(self) -> ScenarioServer:
        """A mail server, not started yet, that takes this server's access tokens."""

        def takes_token(token: str) -> bool:
            found = self.server.token_of(token)
            return found is not None and str(found["username"]).casefold() == ACCOUNT

        scenario = replace(GOOD, manners={"mechanisms": ("PLAIN", "XOAUTH2", "OAUTHBEARER")})
        return ScenarioServer(scenario, account=Account(ACCOUNT, takes_token=takes_token))

    def final_address(self) -> str:
        """What the address bar shows after the browser went through a sign-in at `shown[-1]`."""
        return self.browser.visit(self.shown[-1].url).url

    @property
    def grants(self) -> list[str]:
        """The grant types of the token requests so far."""
        return [grant for grant, _ in self.server.requests]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ThrowAwayAuthority, str]:
    made = ThrowAwayAuthority()
    return made, str(made.write_ca(tmp_path_factory.mktemp("authority") / "ca.pem"))


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PAUSES", (0.01, 0.01))
    monkeypatch.setattr(tokens, "SHORTEST_INTERVAL_S", 0.05)
    monkeypatch.setattr(receiver, "LATE_SECONDS", 0.3)


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    """A sign-in that ends leaves nothing running; what hangs on purpose ends with its server."""
    before = set(threading.enumerate())
    yield

    def left() -> set[threading.Thread]:
        # One that is just starting is listed already, and cannot be joined yet.
        return set(threading.enumerate()) - before

    wait_until(lambda: not left(), "the threads of a sign-in", 300)


@pytest.fixture
def make_lab(
    tmp_path: Path, authority: tuple[ThrowAwayAuthority, str]
) -> Iterator[Callable[..., Lab]]:
    labs: list[Lab] = []

    def make(
        *,
        tls: bool = False,
        clients: tuple[Client, ...] = CLIENTS,
        path: str = "",
        **behaviour: Any,
    ) -> Lab:
        made, ca_file = authority
        context = made.server_context() if tls else None
        server = AuthorizationServer(clients, context=context, path=path)
        server.behave(**{"account": ACCOUNT, **behaviour})
        ws = Workspace.open(tmp_path / f"data{len(labs)}", secret_store="session")
        labs.append(Lab(ws, server, ca_file if tls else None, Browser(ca_file)))
        return labs[-1]

    yield make
    for lab in labs:
        lab.server.stop()
        lab.browser.close()


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """A lab whose server speaks http on this machine."""
    return make_lab()
