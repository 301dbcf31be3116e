"""The session one step at a time: what a whole verification does not get to see."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time

import pytest

from smtpwizard.demo.scripted import HANG, STALL, Action, Connection, ScriptedServer
from smtpwizard.model.auth import CredentialKind
from smtpwizard.model.errors import Cancelled
from smtpwizard.model.redaction import Redactor
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.proxy import Proxy
from smtpwizard.net.resolve import resolve
from smtpwizard.net.stream import Stream
from smtpwizard.net.tls import client_context
from smtpwizard.smtp import session as session_module
from smtpwizard.smtp.protocol import WireReply
from smtpwizard.smtp.recorder import Recorder
from smtpwizard.smtp.session import Session, SmtpFailure
from tests.helpers.certificates import Certificates
from tests.net.peers import black_hole
from tests.smtp.invariants import Verifier
from tests.smtp.sessions import ADDRESS, connected, greeted, ready_for_data, soon


def unconnected() -> Session:
    return Session(
        host="localhost",
        port=25,
        proxy=None,
        recorder=Recorder(time.monotonic),
        token=CancelToken(),
    )


def test_without_a_connection() -> None:
    session = unconnected()
    assert not session.peer_is_loopback()
    with pytest.raises(SmtpFailure, match="not_connected"):
        session.greeting(soon())
    session.quit()
    session.close()
    with pytest.raises(SmtpFailure, match="not_connected"):
        _ = session.tls


def test_a_refused_connection_tells_every_attempt() -> None:
    with ScriptedServer() as server:
        port = server.port
    session = unconnected()
    endpoints = resolve("127.0.0.1", port, token=CancelToken(), deadline=soon())
    with pytest.raises(SmtpFailure, match="refused") as failure:
        session.connect(endpoints, soon())
    assert [a["error"] for a in failure.value.facts["attempts"]] == ["refused"]


def test_a_proxy_that_goes_away_is_the_proxy_s_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def reset() -> None:
            client, _ = listener.accept()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()

        thread = threading.Thread(target=reset)
        thread.start()
        session = unconnected()
        port = listener.getsockname()[1]
        session.proxy = Proxy("http", "127.0.0.1", port)
        endpoints = resolve("127.0.0.1", port, token=CancelToken(), deadline=soon())
        with pytest.raises(SmtpFailure, match="proxy_invalid_answer") as failure:
            session.connect(endpoints, soon())
        session.close()
        thread.join()
    assert failure.value.facts["proxy"] == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_silent_server_inside_tls_stays_a_silent_server(
    verifier: Verifier,
    certificates: Certificates,
    version: ssl.TLSVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Soon enough to ask in time.
    monkeypatch.setattr(session_module, "SILENCE_S", 0.01)
    monkeypatch.setattr("tests.smtp.invariants.SHORT_S", 2.0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good.combined)
    context.maximum_version = version
    seen = verifier(
        {"greeting": HANG}, security="implicit_tls", context=context, times_out="greeting"
    )
    assert seen.stop == ("greeting", None, "timeout")
    assert seen.server is not None
    assert len(seen.server.connections) == 2  # the second one asked, in vain


def test_a_silent_server_that_takes_no_second_connection() -> None:
    with ScriptedServer({"greeting": HANG}) as server, connected(server) as session:
        server.wait_for_connections()
        server.stop_listening()
        with pytest.raises(SmtpFailure, match="timeout"):
            session.greeting(Deadline(0.6))


def test_a_greeting_that_comes_while_the_second_connection_asks() -> None:

    def greet(conversation: object, line: bytes) -> bytes:
        server.wait_for_connections(2)
        return b"220 a little late\r\n"

    with ScriptedServer({"greeting": [greet, HANG]}) as server, connected(server) as session:
        assert session.greeting(soon()).lines == ("a little late",)


def test_no_time_is_left_to_ask() -> None:
    with ScriptedServer({"greeting": HANG}) as server, connected(server) as session:
        assert session._first_to_speak(session.stream, Deadline(0)) is None
        with pytest.raises(SmtpFailure, match="timeout"):
            session.greeting(Deadline(0.1))


def test_the_second_connection_falls_into_a_black_hole() -> None:
    with ScriptedServer({"greeting": HANG}) as server, connected(server) as session:
        with black_hole() as port:
            session._endpoint = resolve("127.0.0.1", port, token=CancelToken(), deadline=soon())[0]
            assert session._ask_on_the_side(soon()) is None
        with pytest.raises(SmtpFailure, match="timeout"):
            session.greeting(Deadline(0.1))


def test_stopped_before_the_final_dot() -> None:
    token = CancelToken()
    with ScriptedServer() as server, ready_for_data(server, token) as session:
        session.data(b"hello", soon())
        token.cancel()
        with pytest.raises(Cancelled):
            session.end_data(soon())
    assert server.accepted == []


def test_no_mechanism_fits() -> None:
    with ScriptedServer(mechanisms=("X-ODD",)) as server, greeted(server) as session:
        with pytest.raises(SmtpFailure, match="mechanism_not_offered") as failure:
            session.choose(CredentialKind.PASSWORD, "auto")
        assert failure.value.facts == {"wanted": "auto"}


def test_the_name_of_this_end() -> None:
    for host, literal in {"127.0.0.1": "[127.0.0.1]", "::1": "[IPv6:::1]"}.items():
        with ScriptedServer(host=host) as server, connected(server) as session:
            assert session.address_literal() == literal


@pytest.mark.parametrize(
    ("own", "literal"),
    [
        ("::ffff:192.0.2.7", "[192.0.2.7]"),
        ("::ffff:c000:207", "[192.0.2.7]"),
        ("fe80::1%eth0", "[IPv6:fe80::1]"),
        ("2001:db8::7", "[IPv6:2001:db8::7]"),
        ("192.0.2.7", "[192.0.2.7]"),
    ],
)
def test_the_name_of_this_end_is_the_address_that_the_server_sees(
    own: str, literal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "own_address", (socket.AF_INET6, own))
    with ScriptedServer() as server, connected(server) as session:
        assert session.address_literal() == literal


def test_nothing_is_sent_to_a_server_that_has_gone() -> None:
    with ScriptedServer() as server, greeted(server) as session:
        server.connections[0].shut_down()
        assert server.connections[0].finished.wait(300)
        with pytest.raises(SmtpFailure, match=r"closed|reset"):
            session.rcpt(ADDRESS, soon())
        session.quit()
        assert "RCPT" not in "".join(line.line for line in session.recorder.lines(Redactor()))
        assert isinstance(session.stream, Stream)


def test_plaintext_that_arrives_before_the_client_says_hello(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    behaviours: dict[str, Action] = {
        "EHLO": b"250-x\r\n250 STARTTLS\r\n",
        "STARTTLS": lambda conversation, line: (b"220 go\r\n", forge, HANG),
    }

    def forge(conversation: Connection, line: bytes) -> Action:
        read_the_reply.wait(300)
        return b"250 AUTH PLAIN\r\n"

    read_the_reply = threading.Event()
    with ScriptedServer(behaviours) as server, greeted(server) as session:
        read = session._read

        def read_and_dawdle(deadline: Deadline) -> WireReply:
            reply = read(deadline)
            read_the_reply.set()
            session.stream.wait_input(1)
            return reply

        monkeypatch.setattr(session, "_read", read_and_dawdle)
        with pytest.raises(SmtpFailure, match="starttls_injected"):
            session.starttls(client_context(), soon())
        session.quit()
    assert server.lines[1:] == [b"STARTTLS"]
    assert b"\x16\x03" not in server.plaintext


def test_a_message_nobody_reads() -> None:
    with (
        ScriptedServer({"DATA": (b"354 go\r\n", STALL)}) as server,
        ready_for_data(server) as session,
        pytest.raises(SmtpFailure, match="timeout"),
    ):
        session.data(b"x" * 20_000_000, soon(0.3))
