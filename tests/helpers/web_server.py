"""A web server of the tests' own on loopback: https and http, a certificate for every host."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from smtpwizard.demo.certificates import ThrowAwayAuthority


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered; `raw` in place of all else is sent as it is, `drips` byte by byte until the
    client has had enough, `waits_s` before the first byte, or until `after` was answered."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/xml"
    raw: bytes | None = None
    drips: bool = False
    waits_s: float = 0.0
    after: str = ""
    hangs: bool = False

    def wire(self) -> bytes:
        if self.raw is not None:
            return self.raw
        headers = {"Content-Type": self.kind, "Content-Length": str(len(self.body))}
        lines = [f"{name}: {value}" for name, value in {**headers, **self.headers}.items()]
        head = "\r\n".join([f"HTTP/1.1 {self.status} Said", *lines, "Connection: close"])
        return head.encode() + b"\r\n\r\n" + self.body


MISSING = Page(b"not here", 404, kind="text/plain")
HANGS = Page(hangs=True)


class WebServer:
    """Pages by URL without query; `requests` are the requests so far, whole.

    A host in `wrong` has a certificate for another name, one in `silent` never shakes hands.
    """

    def __init__(self, authority: ThrowAwayAuthority, pages: Mapping[str, Page]) -> None:
        self.pages = pages
        self.wrong: set[str] = set()
        self.silent: set[str] = set()
        self.requests: list[tuple[str, bytes]] = []
        self.closing = threading.Event()
        self._authority = authority
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._answered: set[str] = set()
        self._said = threading.Condition()
        self._front = authority.server_context(("front.example",))
        self._front.sni_callback = self._choose
        self._servers = [_Server(self, "https"), _Server(self, "http")]
        self.https_port, self.http_port = (s.server_address[1] for s in self._servers)
        self._threads = []
        for server in self._servers:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(300)

    def _choose(self, tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        host = name or ""
        if host in self.silent:
            self.closing.wait(300)
        with self._lock:
            if host not in self._contexts:
                names = ("other.example",) if host in self.wrong else (host,)
                self._contexts[host] = self._authority.server_context(names)
        tls.context = self._contexts[host]

    def page(self, url: str) -> Page:
        return self.pages.get(url, MISSING)

    def serve(self, connection: socket.socket, scheme: str) -> None:
        connection.settimeout(300)
        if scheme == "https":
            encrypted = self._front.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
            with contextlib.closing(encrypted):
                encrypted.do_handshake()
                self._answer(encrypted, scheme)
        else:
            self._answer(connection, scheme)

    def _answer(self, connection: socket.socket, scheme: str) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(4096)
            if not part:
                return
            data += part
        lines = data.split(b"\r\n")
        host = next(line[5:].strip() for line in lines if line.lower().startswith(b"host:"))
        path = lines[0].split()[1].decode().partition("?")[0]
        self.requests.append((scheme, data))
        url = f"{scheme}://{host.decode()}{path}"
        page = self.page(url)
        if page.after:
            with self._said:
                self._said.wait_for(lambda: page.after in self._answered, 300)
        if page.hangs or page.waits_s:
            self.closing.wait(page.waits_s or 300)
        if page.drips:
            self._drip(connection.sendall, page)
        elif not page.hangs:
            connection.sendall(page.wire())
        with self._said:
            self._answered.add(url)
            self._said.notify_all()

    def _drip(self, send: Callable[[bytes], object], page: Page) -> None:
        send(page.wire())
        while not self.closing.wait(0.02):
            send(b" ")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, owner: WebServer, scheme: str) -> None:
        self.owner = owner
        self.scheme = scheme
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what many tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.server.owner.serve(self.request, self.server.scheme)
