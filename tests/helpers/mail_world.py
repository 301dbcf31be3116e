"""A small internet on loopback: names, pages and mail servers of domains that tests make up."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.network_settings import ConnectTo, NameServer, NetworkSettings
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.name_server import ZoneServer
from tests.helpers.web_server import Page, WebServer


class MailWorld:
    """What there is stands in `zone` and `pages`; `mail_server` starts another server."""

    def __init__(self, folder: Path) -> None:
        self.zone: dict[str, dict[str, list[str]]] = {}
        self.pages: dict[str, Page] = {}
        self.authority = ThrowAwayAuthority("Authority of a small internet")
        self.ca_file = str(self.authority.write_ca(folder / "world-ca.pem"))
        self.servers: dict[tuple[str, int], ScriptedServer] = {}
        self._rules: list[ConnectTo] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.names = self._stack.enter_context(ZoneServer(self.zone))
        self.web = self._stack.enter_context(WebServer(self.authority, self.pages))
        nobody = self._stack.enter_context(socket.socket())
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        self._nobody: int = nobody.getsockname()[1]
        hole = self._stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        self.hole: int = hole.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def mail_server(
        self, host: str, port: int, behaviours: Any = None, **options: Any
    ) -> ScriptedServer:
        """A server with a certificate for its name; encrypted as its port wants unless said."""
        if not options.keys() & {"starttls", "implicit_tls", "plain"}:
            options["implicit_tls" if port == 465 else "starttls"] = True
        options.pop("plain", None)
        names = (options.pop("certificate", host),)
        context = self.authority.server_context(names)
        server = self._stack.enter_context(ScriptedServer(behaviours, context=context, **options))
        self.servers[host, port] = server
        self.lead(host, port, server.port)
        self.zone.setdefault(host, {"A": ["192.0.2.25"]})
        return server

    def lead(self, host: str, port: int | None, there: int) -> None:
        """Lead connections to a port of this machine."""
        self._rules.append(ConnectTo(host, port, "127.0.0.1", there))

    def page(self, url: str, body: bytes | Page) -> None:
        """Put a page there, and its host into the zone."""
        self.pages[url] = Page(body) if isinstance(body, bytes) else body
        self.zone.setdefault(url.split("/")[2], {"A": ["192.0.2.80"]})

    def settings(self, *, pointed: bool = True) -> NetworkSettings:
        """How to look things up in here; nothing leads out of this machine."""
        rules = [
            *self._rules,
            ConnectTo("", 443, "127.0.0.1", self.web.https_port),
            ConnectTo("", 80, "127.0.0.1", self.web.http_port),
            ConnectTo("", None, "127.0.0.1", self._nobody),
        ]
        server = NameServer("127.0.0.1", self.names.port)
        return NetworkSettings(server, tuple(rules), self.ca_file)

    def point(self, ws: Workspace) -> None:
        """Let the application's settings lead in here."""
        settings = self.settings()
        rules = " ".join(map(str, settings.connect_to))
        change_settings(
            ws,
            [
                f"network.name_server={settings.name_server}",
                f"network.connect_to={rules}",
                f"network.ca_file={self.ca_file}",
            ],
        )

    def options(self) -> list[str]:
        """The same for the command line."""
        settings = self.settings()
        rules = [word for rule in settings.connect_to for word in ("--connect-to", str(rule))]
        return ["--name-server", str(settings.name_server), "--ca-file", self.ca_file, *rules]


def config(*servers: tuple[str, int, str], **parts: str) -> bytes:
    """An autoconfig file with these outgoing servers."""
    method = parts.get("method", "password-cleartext")
    user = parts.get("user", "%EMAILADDRESS%")
    outgoing = "".join(
        f'<outgoingServer type="smtp"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{security}</socketType><username>{user}</username>"
        f"<authentication>{method}</authentication></outgoingServer>"
        for host, port, security in servers
    )
    incoming = '<incomingServer type="imap"><hostname>imap.example</hostname></incomingServer>'
    return (
        f'<?xml version="1.0"?>{parts.get("head", "")}<clientConfig version="1.1">'
        f'<emailProvider id="x"><domain>x</domain>{incoming}{outgoing}</emailProvider>'
        "</clientConfig>"
    ).encode()
