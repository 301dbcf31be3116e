"""A byte stream that keeps deadlines, can be told to stop, and knows who is speaking."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from smtpwizard.model.errors import Cancelled, DeadlineExceeded, NetworkError
from smtpwizard.net import stream
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.stream import Stream, TlsError, recognise
from smtpwizard.net.tls import client_context
from tests import capabilities
from tests.helpers.certificates import Certificates


class Pair:
    """A stream and the plain socket at its other end."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            ours = socket.create_connection(listener.getsockname())
            self.peer, _ = listener.accept()
        self.token = CancelToken()
        self.stream = Stream(ours, self.token)

    def close(self) -> None:
        self.stream.close()
        self.peer.close()

    def reset(self) -> None:
        self.peer.setsockopt(
            socket.SOL_SOCKET,
            socket.SO_LINGER,
            struct.pack("ii" if capabilities.POSIX else "hh", 1, 0),
        )
        self.peer.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with contextlib.closing(Pair()) as pair:
        yield pair


def soon(seconds: float = 86_400.0) -> Deadline:
    """A deadline for what will happen; a short one is for what will not."""
    return Deadline(seconds)


def cancel_soon(pair: Pair, work: Callable[[], object]) -> None:
    """Cancel while `work` blocks, which ends it although there is time left."""
    timer = threading.Timer(0.05, pair.token.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        work()
    timer.join()


# -- in the clear --------------------------------------------------------------------------------


def test_bytes_come_and_go(pair: Pair) -> None:
    assert pair.stream.receive_now() is None
    assert not pair.stream.has_input()
    assert pair.stream.peek() == b""
    pair.stream.send(b"to you", soon())
    assert pair.peer.recv(100) == b"to you"
    pair.peer.sendall(b"to us")
    assert pair.stream.wait_input(1)
    assert pair.stream.has_input()
    assert pair.stream.peek() == b"to us"
    assert pair.stream.receive(soon()) == b"to us"
    pair.peer.sendall(b"again")
    assert pair.stream.wait_input(1)
    assert pair.stream.receive_now() == b"again"
    assert not pair.stream.wait_input(0.01)


def test_bytes_given_back_come_first(pair: Pair) -> None:
    pair.stream.unread(b"b")
    pair.stream.unread(b"a")
    assert pair.stream.has_input()
    assert pair.stream.peek() == b"ab"
    assert pair.stream.receive_now() == b"ab"
    assert pair.stream.receive_now() is None


def test_the_end(pair: Pair) -> None:
    pair.peer.close()
    assert pair.stream.wait_input(1)
    assert pair.stream.peek() == b""
    assert pair.stream.receive_now() == b""
    assert pair.stream.receive(soon()) == b""


def test_a_reset(pair: Pair) -> None:
    pair.reset()
    assert pair.stream.wait_input(1)
    assert pair.stream.peek() == b""
    with pytest.raises(NetworkError, match="reset"):
        pair.stream.send(b"x", soon())
    assert pair.stream.own_address == (socket.AF_INET, "127.0.0.1")


@capabilities.reports_resets
def test_a_reset_while_reading(pair: Pair) -> None:
    pair.reset()
    with pytest.raises(NetworkError, match="reset"):
        pair.stream.receive(soon())


def test_deadlines(pair: Pair) -> None:
    with pytest.raises(DeadlineExceeded):
        pair.stream.receive(soon(0.1))
    with pytest.raises(DeadlineExceeded):
        pair.stream.send(b"x" * 20_000_000, soon(0.1))
    with pytest.raises(DeadlineExceeded):
        pair.stream.receive(soon(0))


@pytest.mark.parametrize("wakes", [True, False])
@pytest.mark.parametrize("verb", ["receive", "send", "wait_input"])
def test_it_can_be_stopped(
    pair: Pair, verb: str, wakes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not wakes:
        # As on Windows, where nobody hears of a socket that is shut down elsewhere.
        monkeypatch.setattr(stream, "_SLICE_S", 0.01)
        monkeypatch.setattr(Stream, "_shut_down", lambda _: None)
    work: dict[str, Callable[[], object]] = {
        "receive": lambda: pair.stream.receive(soon()),
        "send": lambda: pair.stream.send(b"x" * 20_000_000, soon()),
        "wait_input": lambda: pair.stream.wait_input(10),
    }
    cancel_soon(pair, work[verb])
    with pytest.raises(Cancelled):
        pair.stream.receive(soon())
    with pytest.raises(Cancelled):
        pair.stream.send(b"x", soon())


def test_what_is_sent_in_slices_arrives_whole(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_SLICE_S", 0.001)
    data = bytes(range(256)) * 40_000
    sender = threading.Thread(target=pair.stream.send, args=(data, soon()))
    sender.start()
    received = b""
    while len(received) < len(data):
        assert not pair.stream.wait_input(0.002), "nothing comes back, and time passes"
        received += pair.peer.recv(1_000_000)
    sender.join(300)
    assert received == data


def test_what_the_system_gives_up_is_over(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    def receive(sock: socket.socket, size: int) -> bytes:
        raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

    monkeypatch.setattr(socket.socket, "recv", receive)
    with pytest.raises(DeadlineExceeded):
        pair.stream.receive(soon())


def test_stopping_a_stream_that_is_closed_does_no_harm(pair: Pair) -> None:
    pair.close()
    pair.stream._shut_down()


# -- inside TLS ----------------------------------------------------------------------------------


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def context(certificates: Certificates, request: pytest.FixtureRequest) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good.combined)
    context.minimum_version = context.maximum_version = request.param
    return context


@contextlib.contextmanager
def encrypted(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates
) -> Iterator[ssl.SSLSocket]:
    """The server's end of a finished handshake."""
    servers: list[ssl.SSLSocket] = []

    def serve() -> None:
        servers.append(context.wrap_socket(pair.peer, server_side=True))

    thread = threading.Thread(target=serve)
    thread.start()
    trusting = client_context(ca_file=str(certificates.ca_file))
    pair.stream.start_tls(trusting, "localhost", soon())
    thread.join()
    with servers[0] as server:
        yield server


def test_bytes_come_and_go_inside_tls(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates
) -> None:
    with encrypted(pair, context, certificates) as server:
        assert pair.stream.tls is not None
        assert pair.stream.receive_now() is None  # session tickets are nobody's business
        pair.stream.send(b"to you", soon())
        assert server.recv(100) == b"to you"
        server.sendall(b"to us")
        assert pair.stream.receive(soon()) == b"to us"
        server.sendall(b"one, two")
        assert pair.stream.wait_input(1)
        assert pair.stream.tls.read(0) == b""
        assert pair.stream.receive_now() == b"one, two"


def test_what_is_decrypted_already_counts_as_input(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates
) -> None:
    with encrypted(pair, context, certificates) as server:
        server.sendall(b"abc")
        assert pair.stream.receive(soon())[:1] == b"a"
        server.sendall(b"x" * 40_000)
        got = pair.stream.receive(soon())
        while len(got) < 40_000:
            assert pair.stream.has_input() or pair.stream.wait_input(1)
            got += pair.stream.receive(soon())
        assert got == b"x" * 40_000


def test_a_large_message_inside_tls(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates
) -> None:
    data = bytes(range(256)) * 8_000
    got = bytearray()
    with encrypted(pair, context, certificates) as server:

        def read() -> None:
            while len(got) < len(data):
                got.extend(server.recv(65_536))

        thread = threading.Thread(target=read)
        thread.start()
        pair.stream.send(data, soon())
        thread.join()
    assert got == data


@pytest.mark.parametrize("politely", [True, False])
def test_the_end_of_tls(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates, politely: bool
) -> None:
    with encrypted(pair, context, certificates) as server:
        if politely:
            server.setblocking(False)
            with contextlib.suppress(OSError):
                server.unwrap()
        else:
            socket.socket.shutdown(server, socket.SHUT_RDWR)
        assert pair.stream.wait_input(1)
        assert pair.stream.receive_now() in (b"", None)
        assert pair.stream.receive(soon()) == b""
        assert pair.stream.receive_now() == b""


def test_plaintext_inside_tls_breaks_it(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates
) -> None:
    with encrypted(pair, context, certificates) as server:
        socket.socket.sendall(server, b"250 ok, in the clear\r\n")
        with pytest.raises(TlsError, match="tls_broken"):
            pair.stream.receive(soon())
        assert pair.stream.receive(soon()) == b""


def test_plaintext_inside_tls_is_noticed_without_waiting(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates
) -> None:
    with encrypted(pair, context, certificates) as server:
        assert pair.stream.receive_now() is None
        socket.socket.sendall(server, b"250 ok, in the clear\r\n")
        assert pair.stream.wait_input(1)
        with pytest.raises(TlsError, match="tls_broken"):
            pair.stream.receive_now()


def test_deadlines_and_stopping_inside_tls(
    pair: Pair, context: ssl.SSLContext, certificates: Certificates
) -> None:
    with encrypted(pair, context, certificates):
        with pytest.raises(DeadlineExceeded):
            pair.stream.receive(soon(0.1))
        cancel_soon(pair, lambda: pair.stream.receive(soon()))


def test_a_handshake_can_be_stopped(pair: Pair) -> None:
    cancel_soon(pair, lambda: pair.stream.start_tls(client_context(), "localhost", soon()))


@pytest.mark.parametrize(
    ("first", "word"),
    [
        (b"220 hi\r\n", "not_tls"),
        (b"HTTP/1.0 400 Bad Request\r\n", "not_tls"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "tls_version"),
        (b"\x16\x03\x01\x00\x02\x02\x46", "closed"),
        (b"", "closed"),
    ],
)
def test_handshakes_that_fail(pair: Pair, first: bytes, word: str) -> None:
    pair.peer.sendall(first)
    pair.peer.shutdown(socket.SHUT_WR)
    with pytest.raises(TlsError, match=word):
        pair.stream.start_tls(client_context(), "localhost", soon())
    assert pair.stream.tls is None


# -- who is speaking -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "peer"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "http"),
        (b"\r\n<!DOCTYPE html>", "http"),
        (b"<HTML>", "http"),
        (b"SSH-2.0-x\r\n", "ssh"),
        (b"+OK ready\r\n", "pop3"),
        (b"-ERR no\r\n", "pop3"),
        (b"* OK ready\r\n", "imap"),
        (b"* PREAUTH hello\r\n", "imap"),
        (b"* BYE\r\n", "imap"),
        (b"* BAD what\r\n", "imap"),
        (b"\x15\x03\x01", "tls"),
        (b"\x16\x03\x03", "tls"),
        (b"\x16", "tls"),
        (b"220 mail.example.com ESMTP\r\n", "smtp"),
        (b"554-no\r\n", "smtp"),
        (b"421\r\n", "smtp"),
        (b"\x16hello", None),
        (b"RFB 003.008\n", None),
        (b"2200 x", None),
        (b"", None),
    ],
)
def test_who_is_speaking(first: bytes, peer: str | None) -> None:
    assert recognise(first) == peer
