"""The demo's good mail server, seen with the standard library's client."""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from smtpwizard.demo.server import SECURITIES, GoodServer
from smtpwizard.demo.words import make_password
from tests.demo.trust import trusting


@pytest.fixture(scope="module")
def server() -> Iterator[GoodServer]:
    with GoodServer() as server:
        yield server
    assert [t for t in threading.enumerate() if t.name == "demo-mail-server"] == []


@pytest.fixture(autouse=True)
def _forget(server: GoodServer) -> None:
    server.messages.clear()


def connect(
    server: GoodServer, security: str, context: ssl.SSLContext | None = None
) -> smtplib.SMTP:
    context = context or trusting(server)
    if security == "implicit_tls":
        return smtplib.SMTP_SSL(server.host, server.ports[security], context=context, timeout=300)
    client = smtplib.SMTP(server.host, server.ports[security], timeout=300)
    if security == "starttls":
        client.starttls(context=context)
    return client


MESSAGE = (
    "From: Träger <mailer@demo.example>\r\nTo: admin@demo.example\r\n"
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Sun, 22 Nov 2026 10:15:00 +0000\r\n\r\n.dot\r\n"
).encode()


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_it_takes_mail_from_its_user(server: GoodServer, security: str, mechanism: str) -> None:
    with connect(server, security) as client:
        client.ehlo()
        client.user, client.password = server.username, server.password
        client.auth(mechanism, getattr(client, f"auth_{mechanism.lower()}"))
        client.sendmail("mailer@demo.example", ["a@demo.example", "b@demo.example"], MESSAGE)
    [message] = server.messages
    assert message.mail_from == "mailer@demo.example"
    assert message.rcpts == ("a@demo.example", "b@demo.example")
    assert (message.sender, message.to) == ("Träger <mailer@demo.example>", "admin@demo.example")
    assert (message.subject, message.date) == ("Grüße", "Sun, 22 Nov 2026 10:15:00 +0000")
    assert message.size == len(MESSAGE)
    assert (message.user, message.mechanism) == (server.username, mechanism)
    assert (message.tls_version is None) == (security == "none")


@pytest.mark.parametrize("security", SECURITIES)
def test_it_takes_nothing_without_login_or_with_a_wrong_one(
    server: GoodServer, security: str
) -> None:
    with connect(server, security) as client:
        client.ehlo()
        assert client.docmd("MAIL", "FROM:<a@demo.example>")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(server.username, "wrong")
        assert client.docmd("MAIL", "FROM:<a@demo.example>")[0] == 530
    assert server.messages == []


def test_it_takes_no_login_before_tls(server: GoodServer) -> None:
    with smtplib.SMTP(server.host, server.ports["starttls"], timeout=300) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 530
        client.starttls(context=trusting(server))
        client.ehlo()
        assert client.has_extn("auth")


def test_a_long_token_fits_into_the_auth_line(server: GoodServer) -> None:
    with connect(server, "starttls") as client:
        client.ehlo()
        assert client.docmd("AUTH", "XOAUTH2 " + "A" * 12000)[0] == 504
        code, _ = client.docmd("AUTH", "PLAIN " + "QUFB" * 3000)
        assert code == 501


def test_only_its_own_authority_vouches_for_it(server: GoodServer) -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for security in ("starttls", "implicit_tls"):
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(server, security, stranger)
    with connect(server, "starttls") as client:
        assert client.noop()[0] == 250


def test_messages_are_announced_and_login_is_silent(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    announced: list[str] = []
    with (
        GoodServer(on_message=lambda message: announced.append(message.subject)) as server,
        connect(server, "implicit_tls") as client,
    ):
        client.login(server.username, server.password)
        client.sendmail("mailer@demo.example", ["a@demo.example"], MESSAGE)
    assert announced == ["Grüße"]
    assert capfd.readouterr() == ("", "")
    assert server.password not in caplog.text
    assert logging.getLogger("mail.log").handlers


def test_it_stops_at_once_with_clients_connected_and_starts_afresh() -> None:
    server = GoodServer()
    for _ in range(2):
        server.start()
        clients = [connect(server, security) for security in SECURITIES]
        silent = [socket.create_connection(("127.0.0.1", port)) for port in server.ports.values()]
        server.stop()
        server.stop()
        for port in server.ports.values():
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
        for client in clients:
            client.close()
        for stranger in silent:
            stranger.close()


def test_it_says_so_when_it_cannot_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(socket, "create_server", refuse)
    server = GoodServer()
    with pytest.raises(OSError, match="already in use"):
        server.start()
    server.stop()


def test_passwords_are_four_words_and_differ() -> None:
    made = {make_password() for _ in range(20)}
    assert len(made) == 20
    assert all(len(password.split("-")) == 4 for password in made)
