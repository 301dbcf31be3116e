"""Proxies on loopback: SOCKS5 and HTTP CONNECT, as obliging or as stubborn as a test needs."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.helpers.sockets import stop_listening


@dataclass
class FakeProxy:
    """One proxy; names in `hosts` lead to this machine, every other address is refused.

    `answer` replaces its answer to a request to connect, `hello` the one before it (SOCKS5).
    """

    kind: str
    username: str | None = None
    password: str = ""
    hosts: Mapping[str, str] = field(default_factory=dict)
    answer: bytes | None = None
    hello: bytes | None = None
    asked: list[str] = field(default_factory=list)
    """Every target asked for, as `kind host:port`."""
    logins: list[bytes] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)
    """Every byte from clients, what it passed on included."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"{'socks5' if self.kind == 'socks5' else 'http'}://127.0.0.1:{self.port}"

    # -- the two protocols

    def greet(self, client: _Client) -> tuple[str, int] | None:
        """The target, after everything that comes before; None to hang up."""
        return self._socks5(client) if self.kind == "socks5" else self._http(client)

    def _socks5(self, client: _Client) -> tuple[str, int] | None:
        _version, count = client.exactly(2)
        methods = client.exactly(count)
        if self.hello is not None:
            client.send(self.hello)
            return None
        wanted = 0 if self.username is None else 2
        if wanted not in methods:
            client.send(b"\x05\xff")
            return None
        client.send(bytes([5, wanted]))
        if wanted == 2:
            user = client.exactly(client.exactly(2)[1])
            word = client.exactly(client.exactly(1)[0])
            self.logins.append(user + b":" + word)
            right = (user, word) == ((self.username or "").encode(), self.password.encode())
            client.send(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return None
        *_, kind = client.exactly(4)
        if kind == 3:
            host = client.exactly(client.exactly(1)[0]).decode()
        else:
            host = str(ipaddress.ip_address(client.exactly(4 if kind == 1 else 16)))
        port = int.from_bytes(client.exactly(2), "big")
        self.asked.append(f"{kind} {host}:{port}")
        if self.answer is not None:
            client.send(self.answer)
            return None
        return host, port

    def _http(self, client: _Client) -> tuple[str, int] | None:
        head = client.until(b"\r\n\r\n").decode()
        request, *fields = head.split("\r\n")
        _verb, target, _version = request.split(" ")
        self.asked.append(target)
        login = next((f.partition(" Basic ")[2] for f in fields if " Basic " in f), None)
        if login is not None:
            self.logins.append(base64.b64decode(login))
        if self.answer is not None:
            client.send(self.answer)
            return None
        if self.username is not None and (
            login is None or base64.b64decode(login) != f"{self.username}:{self.password}".encode()
        ):
            client.send(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                b'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
            )
            return None
        host, _, port = target.rpartition(":")
        return host.strip("[]"), int(port)

    def serve(self, sock: socket.socket) -> None:
        client = _Client(sock, self.received)
        with sock, contextlib.suppress(OSError, EOFError):
            target = self.greet(client)
            if target is None:
                client.drain()
                return
            host = self.hosts.get(target[0], target[0])
            try:
                upstream = socket.create_connection((host, target[1]), 5)
            except OSError:
                client.send(
                    b"\x05\x05\x00\x01" + bytes(6)
                    if self.kind == "socks5"
                    else b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>no</html>"
                )
                return
            with upstream:
                if self.kind == "socks5":
                    client.send(b"\x05\x00\x00\x01" + bytes(6))
                else:
                    # Header and the server's first words in one segment, as happens.
                    first = b""
                    if select.select([upstream], [], [], 0.05)[0]:
                        first = upstream.recv(65536)
                    client.send(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n" + first)
                client.pump(upstream)


class _Client:
    def __init__(self, sock: socket.socket, record: bytearray) -> None:
        self._sock = sock
        self._record = record
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def _more(self) -> bytes:
        data = self._sock.recv(65536)
        if not data:
            raise EOFError
        self._record += data
        return data

    def exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._buffer += self._more()
        out, self._buffer = self._buffer[:count], self._buffer[count:]
        return out

    def until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._buffer += self._more()
        head, _, self._buffer = self._buffer.partition(end)
        return head

    def drain(self) -> None:
        """Wait for the client to leave, so that no reset eats what was said."""
        while True:
            self._more()

    def pump(self, upstream: socket.socket) -> None:
        while True:
            ready = select.select([self._sock, upstream], [], [])[0]
            if self._sock in ready:
                upstream.sendall(self._more())
            if upstream in ready:
                data = upstream.recv(65536)
                if not data:
                    return
                self.send(data)


@contextlib.contextmanager
def proxy(kind: str, **settings: object) -> Iterator[FakeProxy]:
    """A proxy while the block is active (`kind` is `socks5` or `http`)."""
    fake = FakeProxy(kind, **settings)  # type: ignore[arg-type]
    threads: list[threading.Thread] = []
    clients: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fake.port = listener.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                clients.append(sock)
                thread = threading.Thread(target=fake.serve, args=(sock,))
                threads.append(thread)
                thread.start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield fake
        finally:
            stop_listening(listener)
            acceptor.join()
            for sock in clients:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
