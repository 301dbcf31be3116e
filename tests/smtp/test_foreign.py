"""What servers written elsewhere do: behaviours met on beds and programs that are not ours."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from smtpwizard.demo.scripted import ScriptedServer
from tests.smtp.invariants import PASSWORD, RECIPIENT, USERNAME, Verifier, credential_for

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


def test_a_web_server_behind_tls_is_named(verifier: Verifier) -> None:
    """It waits for a request, as an SMTP client waits for a greeting."""

    def web(server: ScriptedServer) -> None:
        server.start_tls().hang()
        server.next_connection().start_tls().expect(b"EHLO [127.0.0.1]").expect(b"")
        server.send_raw(BAD_REQUEST).close()

    seen = verifier(script=web, security="implicit_tls")
    assert seen.stop == ("greeting", None, "not_smtp")
    assert seen.stopped.detail()["peer"] == "http"
    assert seen.commands == [b"EHLO", b""]


class Mailbox:
    """What aiosmtpd asks about a login, and where it puts messages."""

    def __init__(self) -> None:
        self.messages: list[Envelope] = []

    def authenticate(self, *arguments: Any) -> AuthResult:
        login = arguments[-1]
        assert isinstance(login, LoginPassword)
        right = (login.login, login.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.messages.append(envelope)
        return "250 2.0.0 Ok: queued as FOREIGN1"


@pytest.fixture
def aiosmtpd(verifier: Verifier) -> Iterator[tuple[Mailbox, int]]:
    """A mail server of other people's making: its messages and its port."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        tls_context=verifier.context(),
        require_starttls=True,
        auth_required=True,
        enable_SMTPUTF8=True,
        authenticator=mailbox.authenticate,
    )
    controller.start()
    yield mailbox, controller.port
    controller.stop()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_aiosmtpd_takes_the_email(
    verifier: Verifier, aiosmtpd: tuple[Mailbox, int], mechanism: str
) -> None:
    mailbox, port = aiosmtpd
    seen = verifier.at(port, mechanism=mechanism)
    assert seen.report.ok, seen.stop
    assert seen.report.queue_id == "FOREIGN1"
    [message] = mailbox.messages
    assert message.rcpt_tos == [RECIPIENT]
    assert message.mail_from == USERNAME


def test_aiosmtpd_refuses_another_password(
    verifier: Verifier, aiosmtpd: tuple[Mailbox, int]
) -> None:
    mailbox, port = aiosmtpd
    seen = verifier.at(port, credentials=credential_for(verifier.connector(port), "another"))
    assert seen.stop == ("auth", 535, "auth_refused")
    assert mailbox.messages == []
