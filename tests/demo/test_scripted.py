"""The scripted server is an instrument: these tests calibrate it with plain sockets and smtplib."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from smtpwizard.demo import connection
from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import (
    CLOSE,
    CLOSE_NOTIFY,
    DEFAULT,
    HANG,
    RESET,
    STALL,
    Account,
    Connection,
    Drip,
    Repeat,
    ScriptedServer,
    find_secrets,
)
from tests import capabilities
from tests.demo.trust import trusting
from tests.helpers.processes import wait_until

USER, PASSWORD = "mailer@example.com", "pässword with spaces"
ACCOUNT = Account(USER, PASSWORD, token="ya29.token")


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    yield
    assert [t.name for t in threading.enumerate() if t.name.startswith("scripted-")] == []


class Client:
    """A plain socket with lines."""

    def __init__(self, server: ScriptedServer, context: ssl.SSLContext | None = None) -> None:
        self.sock = socket.create_connection((server.host, server.port), timeout=300)
        if context:
            self.tls(context)
        self.file = self.sock.makefile("rb")

    def tls(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_hostname="localhost")
        self.file = self.sock.makefile("rb")

    def read(self) -> bytes:
        return self.file.readline()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def ask(self, line: bytes) -> bytes:
        """The whole reply to a command."""
        self.send(line + b"\r\n")
        reply = b""
        while True:
            got = self.read()
            reply += got
            if got[3:4] != b"-":
                return reply

    def close(self) -> None:
        self.file.close()
        self.sock.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# -- the linear script


def test_a_script_is_played_and_finished() -> None:
    with ScriptedServer() as server:
        server.reply(b"220 hi").expect(b"EHLO").reply(b"250-a", b"250 b")
        server.expect(re.compile(rb"MAIL FROM:<(a|b)@x>")).reply(b"250 ok")
        server.expect(b"RCPT TO:<c@x>").reply(b"250 ok").expect(b"DATA").reply(b"354 go")
        server.expect_data().reply(b"250 done").expect(b"quit").reply(b"221 bye").close()
        with Client(server) as client:
            assert client.read() == b"220 hi\r\n"
            assert client.ask(b"EHLO me") == b"250-a\r\n250 b\r\n"
            client.ask(b"MAIL FROM:<a@x>")
            client.ask(b"RCPT TO:<c@x>")
            client.ask(b"DATA")
            assert client.ask(b"..dot\r\nend\r\n.") == b"250 done\r\n"
            assert client.ask(b"QUIT") == b"221 bye\r\n"
            assert client.read() == b""
        server.assert_finished()
    [message] = server.accepted
    assert (message.mail_from, message.rcpts) == ("a@x", ("c@x",))
    assert message.data == b".dot\r\nend\r\n"


def test_a_wrong_line_is_told() -> None:
    with ScriptedServer() as server:
        server.reply(b"220 hi").expect(b"EHLO")
        with Client(server) as client:
            client.read()
            client.send(b"HELO me\r\n")
            assert client.read() == b""
        with pytest.raises(AssertionError, match=r"expected b'EHLO', got b'HELO me'"):
            server.assert_finished()


def test_a_script_left_early_is_not_finished() -> None:
    with ScriptedServer() as server:
        server.reply(b"220 hi").expect(b"EHLO").reply(b"250 ok")
        with Client(server) as client:
            client.read()
        with pytest.raises(AssertionError, match="0 of 1 scripts"):
            server.assert_finished()


def test_a_surprise_after_the_end_is_told() -> None:
    with ScriptedServer() as server:
        server.reply(b"220 hi")
        with Client(server) as client:
            client.read()
            client.send(b"EHLO me\r\n")
            assert client.read() == b""
        with pytest.raises(AssertionError, match="unexpected after"):
            server.assert_finished()


def test_a_script_nobody_came_for_is_not_finished() -> None:
    with ScriptedServer() as server:
        server.reply(b"220 hi")
        with pytest.raises(AssertionError, match="0 of 1 connections"):
            server.assert_finished(timeout_s=0.01)


def test_each_connection_has_its_own_script() -> None:
    with ScriptedServer() as server:
        server.reply(b"220 one").expect_close().next_connection().reply(b"220 two").close()
        for greeting in (b"220 one\r\n", b"220 two\r\n"):
            with Client(server) as client:
                assert client.read() == greeting
        server.assert_finished()
        with Client(server) as client:
            assert client.read() == b""
        with pytest.raises(AssertionError, match="no script"):
            server.assert_finished()


def test_start_tls_in_a_script(authority: ThrowAwayAuthority) -> None:
    with ScriptedServer(context=authority.server_context()) as server:
        server.reply(b"220 hi").expect(b"STARTTLS").reply(b"220 go").start_tls()
        server.expect(b"SECRET").reply(b"250 ok").expect_close()
        with Client(server) as client:
            client.read()
            assert client.ask(b"STARTTLS") == b"220 go\r\n"
            client.tls(trusting(authority))
            assert client.ask(b"SECRET " + PASSWORD.encode()) == b"250 ok\r\n"
        server.assert_finished()
    assert server.secret_in_plaintext(PASSWORD) == []
    assert server.secret_received(PASSWORD) == ["secret 1 as raw"]
    assert server.connections[0].tls_version == "TLSv1.3"


@capabilities.reports_resets
def test_reset_is_a_reset() -> None:
    with ScriptedServer() as server:
        server.expect(b"GO").reset()
        with Client(server) as client:
            client.send(b"GO\r\n")
            with pytest.raises(ConnectionResetError):
                client.read()
        server.assert_finished()


@pytest.mark.parametrize(
    "silence", [HANG, STALL, Drip(b"220 slowly\r\n", 86_400.0), Repeat(b"220-x\r\n")]
)
def test_leaving_the_block_wakes_a_silent_server_at_once(silence: object) -> None:
    with ScriptedServer({"greeting": silence}) as server, Client(server) as client:  # type: ignore[dict-item]
        client.send(b"EHLO\r\n")
        if silence in (HANG, STALL):
            server.assert_finished()  # as told


@pytest.mark.parametrize("wakes", [True, False])
def test_one_connection_can_be_shut_down(monkeypatch: pytest.MonkeyPatch, wakes: bool) -> None:
    if not wakes:
        # As on Windows, where nobody hears of a socket that is shut down elsewhere.
        monkeypatch.setattr(connection, "_SLICE_S", 0.01)
        monkeypatch.setattr(socket.socket, "shutdown", lambda *_: None)
    with ScriptedServer() as server, Client(server):
        server.wait_for_connections()
        server.connections[0].shut_down()
        assert server.connections[0].finished.wait(300)


def test_a_hung_server_still_sees_what_is_said() -> None:
    with ScriptedServer({"greeting": HANG}) as server:
        with Client(server) as client:
            client.send(b"EHLO me\r\n")
        wait_until(lambda: server.plaintext == b"EHLO me\r\n", "what the client said")


# -- the well-behaved server


@pytest.mark.parametrize("mode", ["none", "starttls", "implicit_tls"])
def test_smtplib_delivers(authority: ThrowAwayAuthority, mode: str) -> None:
    options: dict[str, Any] = {}
    if mode != "none":
        options = {mode: True, "context": authority.server_context()}
    context = trusting(authority)
    with ScriptedServer(account=ACCOUNT, require_auth=True, **options) as server:
        client: smtplib.SMTP
        if mode == "implicit_tls":
            client = smtplib.SMTP_SSL("localhost", server.port, context=context, timeout=300)
        else:
            client = smtplib.SMTP("localhost", server.port, timeout=300)
        with client:
            if mode == "starttls":
                assert not client.ehlo()[1].count(b"AUTH")
                client.starttls(context=context)
                assert not client.ehlo()[1].count(b"STARTTLS")
            client.ehlo()
            blob = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
            assert client.docmd("AUTH", f"PLAIN {blob}")[0] == 235
            client.sendmail(USER, ["a@x.example", "b@x.example"], b".one\r\n..\r\n.\r\nlast")
        server.assert_finished()
    [message] = server.accepted
    assert message.mail_from == USER
    assert message.rcpts == ("a@x.example", "b@x.example")
    assert message.data == b".one\r\n..\r\n.\r\nlast\r\n"
    assert (message.authenticated_as, message.mechanism) == (USER, "PLAIN")
    assert (message.tls_version is None) == (mode == "none")
    assert bool(server.secret_in_plaintext(PASSWORD)) == (mode == "none")


def test_auth_can_be_required() -> None:
    with ScriptedServer(require_auth=True) as server, Client(server) as client:
        client.read()
        client.ask(b"EHLO me")
        assert client.ask(b"MAIL FROM:<a@x>").startswith(b"530")
        assert client.ask(b"RCPT TO:<a@x>").startswith(b"503")
        assert client.ask(b"DATA").startswith(b"503")
        assert client.ask(b"WHAT").startswith(b"500")
        assert client.ask(b"STARTTLS").startswith(b"502")


def test_an_empty_message_and_a_message_of_dots() -> None:
    with ScriptedServer() as server, Client(server) as client:
        client.read()
        for body in (b".\r\n", b"..\r\n.\r\n", b"\r\n.\r\n", b"..x\r\n...\r\n.\r\n"):
            client.ask(b"EHLO me")
            client.ask(b"MAIL FROM:<>")
            client.ask(b"RCPT TO:<a@x>")
            client.ask(b"DATA")
            client.send(body[:1])  # a boundary in the most awkward place
            client.send(body[1:])
            assert client.read().startswith(b"250")
    assert [m.data for m in server.accepted] == [b"", b".\r\n", b"\r\n", b".x\r\n..\r\n"]


def test_ipv6_and_size() -> None:
    with ScriptedServer(host="::1", extensions=("SIZE 100",)) as server, Client(server) as client:
        client.read()
        assert b"250-SIZE 100\r\n250 AUTH PLAIN LOGIN\r\n" in client.ask(b"EHLO me")
        assert client.ask(b"MAIL FROM:<a@x> SIZE=101").startswith(b"552")
        assert client.ask(b"MAIL FROM:<a@x> SIZE=100").startswith(b"250")


# -- authentication


def b64(text: str | bytes) -> bytes:
    return base64.b64encode(text.encode() if isinstance(text, str) else text)


def log_in(server: ScriptedServer, first: bytes, *steps: bytes) -> list[bytes]:
    """All replies to an AUTH command and its continuation lines."""
    with Client(server) as client:
        client.read()
        client.ask(b"EHLO me")
        return [client.ask(line) for line in (b"AUTH " + first, *steps)]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        ((b"PLAIN " + b64(f"\0{USER}\0{PASSWORD}"),), b"235"),
        ((b"PLAIN", b64(f"\0{USER}\0{PASSWORD}")), b"235"),
        ((b"PLAIN", b64(f"{USER}\0{USER}\0{PASSWORD}")), b"235"),
        ((b"PLAIN", b64(f"someone\0{USER}\0{PASSWORD}")), b"535"),
        ((b"PLAIN", b64(f"\0{USER}\0wrong")), b"535"),
        ((b"PLAIN", b"*"), b"501"),
        ((b"PLAIN", b"!!"), b"501"),
        ((b"LOGIN", b64(USER), b64(PASSWORD)), b"235"),
        ((b"LOGIN " + b64(USER), b64(PASSWORD)), b"235"),
        ((b"LOGIN", b64(USER), b64("wrong")), b"535"),
        ((b"XOAUTH2 " + b64(f"user={USER}\1auth=Bearer ya29.token\1\1"),), b"235"),
        ((b"XOAUTH2", b64(f"user={USER}\1auth=Bearer ya29.token\1\1")), b"235"),
        ((b"XOAUTH2 " + b64(f"user={USER}\1auth=Bearer old\1\1"), b""), b"535"),
        (
            (
                b"OAUTHBEARER "
                + b64(f"n,a={USER},\1host=localhost\1port=587\1auth=Bearer ya29.token\1\1"),
            ),
            b"235",
        ),
        ((b"OAUTHBEARER " + b64(f"n,a={USER},\1auth=Bearer old\1\1"), b"AQ=="), b"535"),
        ((b"EXTERNAL =",), b"535"),
        ((b"CRAM-MD5 " + b64("x"),), b"501"),
        ((b"NTLM",), b"504"),
    ],
)
def test_logins(lines: tuple[bytes, ...], last: bytes) -> None:
    mechanisms = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "EXTERNAL")
    with ScriptedServer(account=ACCOUNT, mechanisms=mechanisms) as server:
        replies = log_in(server, *lines)
        assert all(reply.startswith(b"334 ") for reply in replies[:-1])
        assert replies[-1].startswith(last)
    assert (server.connections[0].authenticated_as == USER) == (last == b"235")


def test_a_refused_token_says_why() -> None:
    with ScriptedServer(account=ACCOUNT, mechanisms=("XOAUTH2",)) as server:
        challenge = log_in(server, b"XOAUTH2 " + b64("user=x\1auth=Bearer y\1\1"), b"")[0]
    assert b'"status":"401"' in base64.b64decode(challenge[4:])


def test_cram_md5_with_smtplib() -> None:
    account = Account(USER, "ascii only")
    with (
        ScriptedServer(account=account, mechanisms=("CRAM-MD5",)) as server,
        smtplib.SMTP(server.host, server.port, timeout=300) as client,
    ):
        client.login(USER, "ascii only")
    # Once the server has ended: it notes the login after it has told the client.
    assert server.connections[0].mechanism == "CRAM-MD5"


@pytest.mark.parametrize(
    ("mechanism", "version", "binding"),
    [
        ("SCRAM-SHA-1", None, None),
        ("SCRAM-SHA-256", None, None),
        ("SCRAM-SHA-256-PLUS", ssl.TLSVersion.TLSv1_2, "tls-unique"),
        ("SCRAM-SHA-1-PLUS", ssl.TLSVersion.TLSv1_3, "tls-server-end-point"),
    ],
)
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_scram(
    authority: ThrowAwayAuthority,
    mechanism: str,
    version: ssl.TLSVersion | None,
    binding: str | None,
    password: str,
) -> None:
    import hashlib

    import scramp

    server_context, certificate = authority.server_pair()
    account = Account(USER, PASSWORD, certificate_pem=certificate)
    context = trusting(authority)
    if version:
        context.maximum_version = version
    with (
        ScriptedServer(
            account=account, mechanisms=(mechanism,), context=server_context, implicit_tls=True
        ) as server,
        Client(server, context) as client,
    ):
        client.read()
        client.ask(b"EHLO me")
        assert isinstance(client.sock, ssl.SSLSocket)
        channel = None
        if binding == "tls-unique":
            channel = (binding, client.sock.get_channel_binding("tls-unique"))
        elif binding:
            der = client.sock.getpeercert(True)
            assert der is not None
            channel = (binding, hashlib.sha256(der).digest())
        scram = scramp.ScramClient([mechanism], USER, password, channel_binding=channel)
        first = client.ask(f"AUTH {mechanism} ".encode() + b64(scram.get_client_first()))
        scram.set_server_first(base64.b64decode(first[4:]).decode())
        final = client.ask(b64(scram.get_client_final()))
        if password == "wrong":
            assert final.startswith(b"535")
        else:
            scram.set_server_final(base64.b64decode(final[4:]).decode())
            assert client.ask(b"").startswith(b"235")


def test_external_with_a_client_certificate(authority: ThrowAwayAuthority) -> None:
    import trustme

    clients = trustme.CA()
    leaf = clients.issue_cert(USER)
    context = trusting(authority)
    leaf.configure_cert(context)
    server_context = authority.server_context(client_ca_pem=clients.cert_pem.bytes())
    with (
        ScriptedServer(
            account=ACCOUNT, mechanisms=("EXTERNAL",), context=server_context, implicit_tls=True
        ) as server,
        Client(server, context) as client,
    ):
        client.read()
        client.ask(b"EHLO me")
        assert client.ask(b"AUTH EXTERNAL =").startswith(b"235")


# -- behaviours


def test_replies_in_turn_across_connections() -> None:
    with ScriptedServer({"MAIL": [b"451 later\r\n", DEFAULT]}) as server:
        for code in (b"451", b"250", b"250"):
            with Client(server) as client:
                client.read()
                client.ask(b"EHLO me")
                assert client.ask(b"MAIL FROM:<a@x>").startswith(code)


def test_a_callable_sees_the_line_and_chooses() -> None:
    def refuse_root(conversation: object, line: bytes) -> object:
        return b"550 no root\r\n" if b"root" in line else DEFAULT

    with ScriptedServer({"RCPT": refuse_root}) as server, Client(server) as client:  # type: ignore[dict-item]
        client.read()
        client.ask(b"EHLO me")
        client.ask(b"MAIL FROM:<a@x>")
        assert client.ask(b"RCPT TO:<root@x>") == b"550 no root\r\n"
        assert client.ask(b"RCPT TO:<a@x>").startswith(b"250")


@pytest.mark.parametrize(
    ("eod", "accepted"),
    [
        (CLOSE, 1),
        (RESET, 1),
        (HANG, 1),
        ((b"250 o", CLOSE), 1),
        (b"451 no\r\n", 0),
        ((b"55", CLOSE), 0),
        (DEFAULT, 1),
    ],
)
def test_a_whole_message_counts_unless_refused(eod: object, accepted: int) -> None:
    with ScriptedServer({"EOD": eod}) as server:  # type: ignore[dict-item]
        with Client(server) as client:
            client.read()
            client.ask(b"EHLO me")
            client.ask(b"MAIL FROM:<a@x>")
            client.ask(b"RCPT TO:<a@x>")
            client.ask(b"DATA")
            client.send(b"text\r\n.\r\n")
            if eod is not HANG:
                try:
                    client.read()
                except ConnectionResetError:
                    assert eod is RESET
        server.assert_finished()
        assert len(server.accepted) == accepted


def test_a_connection_lost_in_the_middle_of_the_message() -> None:
    def some_of_it(conversation: Connection, line: bytes) -> None:
        assert conversation.read_exactly(3) == b"tex"

    with ScriptedServer({"DATA": (b"354 go\r\n", some_of_it, CLOSE)}) as server:
        with Client(server) as client:
            client.read()
            client.ask(b"EHLO me")
            client.ask(b"MAIL FROM:<a@x>")
            client.ask(b"RCPT TO:<a@x>")
            assert client.ask(b"DATA") == b"354 go\r\n"
            client.send(b"tex")
            assert client.read() == b""
        server.assert_finished()
    assert server.accepted == []


def test_ehlo_before_and_after_tls(authority: ThrowAwayAuthority) -> None:
    behaviours = {"EHLO": b"250-x\r\n250 STARTTLS\r\n", "EHLO_TLS": (b"250 y\r\n", CLOSE_NOTIFY)}
    with ScriptedServer(
        behaviours,  # type: ignore[arg-type]
        starttls=True,
        context=authority.server_context(),
    ) as server:
        with Client(server) as client:
            client.read()
            assert client.ask(b"EHLO me") == b"250-x\r\n250 STARTTLS\r\n"
            client.ask(b"STARTTLS")
            client.tls(trusting(authority))
            assert client.ask(b"EHLO me") == b"250 y\r\n"
            assert client.read() == b""
        server.assert_finished()


def test_injected_lines_after_starttls(authority: ThrowAwayAuthority) -> None:
    evil = b"220 go\r\n250-evil\r\n250 AUTH LOGIN\r\n"
    with ScriptedServer(
        {"STARTTLS": evil}, starttls=True, context=authority.server_context()
    ) as server:
        with Client(server) as client:
            client.read()
            client.send(b"STARTTLS\r\n")
            assert b"".join(client.read() for _ in range(3)) == evil
        server.assert_finished()
    assert server.connections[0].tls_error


def test_a_client_that_pipelines_behind_starttls_is_caught(authority: ThrowAwayAuthority) -> None:
    with ScriptedServer(starttls=True, context=authority.server_context()) as server:
        with Client(server) as client:
            client.read()
            client.send(b"STARTTLS\r\nMAIL FROM:<a@x>\r\n")
            client.read()
        with pytest.raises(AssertionError, match="between STARTTLS"):
            server.assert_finished()


@pytest.mark.parametrize("action", [CLOSE, RESET, HANG, b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_broken_handshake(authority: ThrowAwayAuthority, action: object) -> None:
    with ScriptedServer(
        {"HANDSHAKE": action},  # type: ignore[dict-item]
        implicit_tls=True,
        context=authority.server_context(),
    ) as server:
        with socket.create_connection((server.host, server.port), timeout=300) as sock:
            sock.settimeout(0.2 if action is HANG else 300)
            with pytest.raises(OSError):
                trusting(authority).wrap_socket(sock, server_hostname="localhost")
        server.stop()
    assert not server.connections[0].tls


def test_an_untrusted_client_gives_up(authority: ThrowAwayAuthority) -> None:
    with ScriptedServer(implicit_tls=True, context=authority.server_context()) as server:
        with (
            socket.create_connection((server.host, server.port), timeout=300) as sock,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            trusting(ThrowAwayAuthority()).wrap_socket(sock, server_hostname="localhost")
        server.assert_finished()
        assert server.connections[0].tls_error
        assert server.received == b""


def test_endless_334_and_an_auth_result() -> None:
    with ScriptedServer({"AUTH": b"334 \r\n", "AUTH_STEP": b"334 \r\n"}) as server:
        assert log_in(server, b"PLAIN", *[b"AA=="] * 5) == [b"334 \r\n"] * 6
    with ScriptedServer({"AUTH_RESULT": b"454 4.7.0 busy\r\n"}, account=ACCOUNT) as server:
        login = b"PLAIN " + b64(f"\0{USER}\0{PASSWORD}")
        assert log_in(server, login) == [b"454 4.7.0 busy\r\n"]
    with ScriptedServer({"AUTH_STEP": [DEFAULT, b"454 4.7.0 no\r\n"]}, account=ACCOUNT) as server:
        replies = log_in(server, b"LOGIN", b64(USER), b64(PASSWORD))
        assert replies[-1] == b"454 4.7.0 no\r\n"


def test_too_many_connections() -> None:
    with ScriptedServer(max_connections=1) as server, Client(server) as first:
        assert first.read().startswith(b"220")
        with Client(server) as second:
            assert second.read() == b""
        first.close()
        with pytest.raises(AssertionError, match="one too many"):
            server.assert_finished()


def test_stop_listening_refuses() -> None:
    with ScriptedServer() as server, Client(server) as client:
        assert client.read().startswith(b"220")
        server.stop_listening()
        with pytest.raises(ConnectionRefusedError):
            Client(server)
        assert client.ask(b"NOOP").startswith(b"250")


def test_misspelt_behaviours_are_refused() -> None:
    with pytest.raises(ValueError, match="GREETING"):
        ScriptedServer({"GREETING": b"220 x\r\n"})
    with pytest.raises(ValueError, match="context"):
        ScriptedServer(starttls=True)


@pytest.mark.parametrize("offset", range(4))
def test_secrets_are_found_in_every_spelling(offset: int) -> None:
    secret = "s3cret wörd"
    raw = secret.encode()
    assert "secret 1 as raw" in find_secrets(b"x" + raw + b"y", secret)
    assert find_secrets(b64(b"x" * offset + raw + b"y"), secret)
    wrapped = b64(b"x" * offset + raw + b"y")
    assert find_secrets(wrapped[:9] + b"\r\n" + wrapped[9:], secret)
    assert find_secrets(b"s3cret%20w%C3%B6rd", secret)
    assert find_secrets(raw.hex().encode(), secret)
    assert find_secrets(b"nothing here" + b64(b"at all"), secret) == []
