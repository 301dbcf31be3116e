"""The demo's good mail server, seen with the standard library's client."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpwizard.demo import connection
from smtpwizard.demo.passwords import make_password
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.model.connector import SECURITIES


def trusting(server: ScenarioServer, folder: Path) -> ssl.SSLContext:
    """A client context that trusts what the server writes for its clients; names are checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(server.write_ca(folder / "ca.pem"))
    return context


@pytest.fixture(scope="module")
def server() -> Iterator[ScenarioServer]:
    with ScenarioServer() as server:
        yield server
    assert [t for t in threading.enumerate() if t.name.startswith("scripted-")] == []


@pytest.fixture(scope="module")
def trust(server: ScenarioServer, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return trusting(server, tmp_path_factory.mktemp("ca"))


@pytest.fixture(autouse=True)
def _forget(server: ScenarioServer) -> None:
    server.messages.clear()


def connect(server: ScenarioServer, security: str, trust: ssl.SSLContext) -> smtplib.SMTP:
    if security == "implicit_tls":
        return smtplib.SMTP_SSL(server.host, server.ports[security], context=trust, timeout=300)
    client = smtplib.SMTP(server.host, server.ports[security], timeout=300)
    if security == "starttls":
        client.starttls(context=trust)
    return client


MESSAGE = (
    "From: Träger <mailer@demo.example>\r\nTo: admin@demo.example\r\n"
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Sun, 22 Nov 2026 10:15:00 +0000\r\n\r\n.dot\r\n"
).encode()


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_it_takes_mail_from_its_user(
    server: ScenarioServer, trust: ssl.SSLContext, security: str, mechanism: str
) -> None:
    with connect(server, security, trust) as client:
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


def test_addresses_beyond_ascii_arrive(server: ScenarioServer, trust: ssl.SSLContext) -> None:
    with connect(server, "starttls", trust) as client:
        client.login(server.username, server.password)
        client.sendmail("büro@demo.example", ["träger@demo.example"], MESSAGE, ["SMTPUTF8"])
    [message] = server.messages
    assert (message.mail_from, message.rcpts) == ("büro@demo.example", ("träger@demo.example",))


@pytest.mark.parametrize("security", SECURITIES)
def test_it_takes_nothing_without_login_or_with_a_wrong_one(
    server: ScenarioServer, trust: ssl.SSLContext, security: str
) -> None:
    with connect(server, security, trust) as client:
        client.ehlo()
        assert client.docmd("MAIL", "FROM:<a@demo.example>")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(server.username, "wrong")
        assert client.docmd("MAIL", "FROM:<a@demo.example>")[0] == 530
    assert server.messages == []


def test_it_takes_no_login_before_tls(server: ScenarioServer, trust: ssl.SSLContext) -> None:
    with smtplib.SMTP(server.host, server.ports["starttls"], timeout=300) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 530
        client.starttls(context=trust)
        client.ehlo()
        assert client.has_extn("auth")


def test_it_takes_no_more_than_it_announces(server: ScenarioServer, trust: ssl.SSLContext) -> None:
    with connect(server, "starttls", trust) as client:
        client.login(server.username, server.password)
        limit = int(client.esmtp_features["size"])
        assert client.mail("a@demo.example", [f"SIZE={limit + 1}"])[0] == 552
        # And one that is larger than its client says.
        client.mail("a@demo.example")
        client.rcpt("b@demo.example")
        assert client.data(b"x" * limit)[0] == 552
    assert server.messages == []


def test_a_long_token_fits_into_the_auth_line(
    server: ScenarioServer, trust: ssl.SSLContext
) -> None:
    with connect(server, "starttls", trust) as client:
        client.ehlo()
        assert client.docmd("AUTH", "XOAUTH2 " + "A" * 12000)[0] == 504
        assert client.docmd("AUTH", "PLAIN " + "QUFB" * 3000)[0] == 535


def test_only_its_own_authority_vouches_for_it(
    server: ScenarioServer, trust: ssl.SSLContext
) -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for security in ("starttls", "implicit_tls"):
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(server, security, stranger)
    # A server goes on after that; OpenSSL finds nothing amiss in its certificates.
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    with connect(server, "starttls", trust) as client:
        assert client.noop()[0] == 250


def test_messages_are_announced_and_login_is_silent(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    announced: list[str] = []
    with ScenarioServer(on_message=lambda message: announced.append(message.subject)) as server:
        trust = trusting(server, tmp_path)
        with connect(server, "implicit_tls", trust) as client:
            client.login(server.username, server.password)
            client.sendmail("mailer@demo.example", ["a@demo.example"], MESSAGE)
    assert announced == ["Grüße"]
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""
    assert server.password not in repr(server._account)


@pytest.mark.parametrize("wakes", [True, False])
def test_it_stops_at_once_with_clients_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wakes: bool
) -> None:
    if not wakes:
        # As on Windows, where nobody hears of a socket that is shut down elsewhere.
        monkeypatch.setattr(connection, "_SLICE_S", 0.01)
        monkeypatch.setattr(connection.Connection, "shut_down", lambda _: None)
    with ScenarioServer() as server:
        trust = trusting(server, tmp_path)
        clients = [connect(server, security, trust) for security in SECURITIES]
        silent = [socket.create_connection(("127.0.0.1", port)) for port in server.ports.values()]
    for port in server.ports.values():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    for client in clients:
        client.close()
    for stranger in silent:
        stranger.close()


def test_it_says_so_when_it_cannot_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    create = socket.create_server
    given: list[socket.socket] = []

    def refuse_the_third(*arguments: object, **options: object) -> socket.socket:
        if len(given) == 2:
            raise OSError(98, "Address already in use")
        given.append(create(*arguments, **options))  # type: ignore[arg-type]
        return given[-1]

    monkeypatch.setattr(socket, "create_server", refuse_the_third)
    with pytest.raises(OSError, match="already in use"), ScenarioServer():
        pytest.fail("it cannot have started")
    assert [door.fileno() for door in given] == [-1, -1], "those it had are closed again"


def test_passwords_are_four_words_and_differ() -> None:
    made = {make_password() for _ in range(20)}
    assert len(made) == 20
    assert all(len(password.split("-")) == 4 for password in made)
