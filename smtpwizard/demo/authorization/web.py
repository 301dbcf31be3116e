"""The authorization server's HTTP: what comes from browsers and clients, to its endpoints and back.

Decides nothing but how a fault looks on the wire.
"""

from __future__ import annotations

import base64
import contextlib
import html
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit, urlunsplit

from smtpwizard.demo.authorization.behaviour import Behaviour
from smtpwizard.demo.authorization.pages import DEVICE_PAGE, answer_page, consent_page, page

HTML, JSON = "text/html; charset=utf-8", "application/json"
HANG_S = 60.0
MAX_FORM_BYTES = 100_000
HUGE_BYTES = 5_000_000

# Faults of the token endpoint that are one fixed answer: status, type and body.
FAULTS: dict[object, tuple[int, str, bytes]] = {
    "list": (200, JSON, b"[1, 2]"),
    "html": (200, HTML, page("<h1>Proxy login</h1>").encode()),
    "server_error": (500, JSON, b'{"error": "server_error"}'),
    "too_many_requests": (429, JSON, b'{"error": "too_many_requests"}'),
}

Answer = tuple[int, dict[str, Any]]
"""A status and a JSON document."""


class Endpoints(Protocol):
    """What the endpoints answer; called in the threads of the connections."""

    base: str
    behaviour: Behaviour
    metadata_fault: bool

    def metadata(self) -> dict[str, Any]: ...
    def check_authorization(self, query: dict[str, str]) -> str | None: ...
    def answer(self, query: dict[str, str], *, allow: bool, account: str) -> dict[str, str]: ...
    def fault(self) -> str | Mapping[str, Any] | None: ...
    def token(self, form: dict[str, str], basic: tuple[str, str] | None) -> Answer: ...
    def start_device(self, form: dict[str, str]) -> Answer: ...
    def approve_device(self, user_code: str, account: str | None = None) -> bool: ...
    def userinfo(self, access_token: str) -> Answer: ...
    def token_of(self, access_token: str) -> dict[str, Any] | None: ...
    def revoke(self, form: Mapping[str, str]) -> int: ...


class Listener(ThreadingHTTPServer):
    """A port of loopback, from `start` to `stop`; with a server TLS context it speaks https."""

    daemon_threads = True

    def __init__(self, endpoints: Endpoints, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.endpoints = endpoints
        self.closing = threading.Event()
        self.port: int = self.server_address[1]
        if context is not None:
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._serve, name="authorization-server", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; requests that hang are let go."""
        self.closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()  # wakes it
        self._thread.join()
        self.server_close()

    def _serve(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle of a page is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection of a browser or a client."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    @property
    def _listener(self) -> Listener:
        assert isinstance(self.server, Listener)
        return self.server

    @property
    def endpoints(self) -> Endpoints:
        return self._listener.endpoints

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = parts.path
        if ".well-known/" in path:
            self._json(500 if self.endpoints.metadata_fault else 200, self.endpoints.metadata())
        elif path.endswith("/userinfo"):
            bearer = self.headers.get("Authorization", "").partition(" ")[2]
            self._json(*self.endpoints.userinfo(bearer))
        elif path.endswith("/authorize"):
            self._authorize(_first(parts.query))
        elif path.endswith("/device"):
            self._html(200, DEVICE_PAGE)
        else:
            self._html(404, "Not found")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        form = _first(self.rfile.read(min(length, MAX_FORM_BYTES)).decode("utf-8", "replace"))
        path = urlsplit(self.path).path
        if path.endswith("/token"):
            self._token(form)
        elif path.endswith("/devicecode"):
            self._json(*self.endpoints.start_device(form))
        elif path.endswith("/decide"):
            self._decide(form)
        elif path.endswith("/device"):
            known = self.endpoints.approve_device(form.get("user_code", ""), form.get("account"))
            self._html(200 if known else 400, "Done" if known else "Unknown code")
        elif path.endswith("/revoke"):
            self._send(self.endpoints.revoke(form), "text/plain", b"")
        elif path.endswith("/introspect"):
            self._json(200, self.endpoints.token_of(form.get("token", "")) or {"active": False})
        else:
            self._html(404, "Not found")

    def _authorize(self, query: dict[str, str]) -> None:
        wrong = self.endpoints.check_authorization(query)
        if wrong is not None:
            # As the providers do: an error page, and no answer ever comes back.
            self._html(400, html.escape(wrong))
        elif self.endpoints.behaviour.auto is not None:
            allow = self.endpoints.behaviour.auto == "allow"
            account = self.endpoints.behaviour.account
            self._send_back(query, self.endpoints.answer(query, allow=allow, account=account))
        else:
            behaviour, base = self.endpoints.behaviour, self.endpoints.base
            self._html(200, consent_page(behaviour, base, query))

    def _decide(self, form: dict[str, str]) -> None:
        query = _first(form.get("request", ""))
        if self.endpoints.check_authorization(query) is not None:
            self._html(400, "Bad request")
            return
        allow = form.get("decision") == "allow"
        account = form.get("account") or self.endpoints.behaviour.account
        self._send_back(query, self.endpoints.answer(query, allow=allow, account=account))

    def _send_back(self, query: dict[str, str], answer: dict[str, str]) -> None:
        target = query["redirect_uri"]
        if query.get("response_mode") == "form_post":
            self._html(200, answer_page(target, answer))
            return
        parts = urlsplit(target)
        location = urlunsplit(
            (parts.scheme, parts.netloc, parts.path or "/", urlencode(answer), "")
        )
        self._redirect(location)

    def _redirect(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _token(self, form: dict[str, str]) -> None:
        fault = self.endpoints.fault()
        if isinstance(fault, Mapping):
            self._json(400, fault)
        elif fault in FAULTS:
            self._send(*FAULTS[fault])
        elif fault in ("hang", "drop"):
            if fault == "hang":
                self._listener.closing.wait(HANG_S)
            self.close_connection = True
        elif fault == "huge":
            self._json(200, {"access_token": "x" * HUGE_BYTES})
        elif fault == "redirect":
            self._redirect(f"{self.endpoints.base}/elsewhere")
        else:
            self._json(*self.endpoints.token(form, self._basic()))

    def _basic(self) -> tuple[str, str] | None:
        kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except ValueError:
            return None
        return unquote_plus(user), unquote_plus(password)

    def _json(self, status: int, document: Mapping[str, Any]) -> None:
        self._send(status, JSON, json.dumps(document).encode())

    def _html(self, status: int, body: str) -> None:
        self._send(status, HTML, page(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
