"""Where the browser brings the authorization response back: a loopback listener (RFC 8252 §7.3),
and the same checks for an address that the user pastes.

Listens on 127.0.0.1 and ::1 only; shows static pages that hold nothing from the request.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import selectors
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import h11

from smtpwizard.model.addresses import is_ip_literal, is_loopback
from smtpwizard.model.errors import DeadlineExceeded, NetworkError, SmtpWizardError
from smtpwizard.model.foreign_text import read_foreign
from smtpwizard.net.cancel import CancelToken, Deadline

# A browser sends every cookie that any port of this machine has set: 180 of them, of 4096 bytes
# each, is what Chrome keeps for one host, and it sends at most 256 KiB.
HEAD_CAP = 300_000
TARGET_CAP = 65_536
HEADERS_CAP = 200
BODY_CAP = 65_536
PASTED_CAP = 32_768
HEADER_SECONDS = 5.0
MAX_CONNECTIONS = 64
PARAMETER_CAP = 8_192
# How long to keep answering "too late", in seconds.
LATE_SECONDS = 300.0
# What the listener's thread is woken with: to end, or to look at the time.
_STOP, _LOOK = b"s", b"l"
# What an answer may carry for us; the rest of its parameters is not looked at.
_MEANT = ("code", "state", "error", "error_description", "error_uri", "iss", "client_info",
          "scope", "session_state", "admin_consent", "tenant")  # fmt: skip


class ResponseError(SmtpWizardError):
    """An authorization response that is not ours or not usable.

    Codes: `response_other_address`, `response_no_state`, `response_wrong_state`,
    `response_no_code`, `response_duplicate`, `response_too_long`, `response_unreadable`.
    """


def check_response(parameters: list[tuple[str, str]], state: str) -> dict[str, str]:
    """The parameters of a genuine answer to the request with `state`, or `ResponseError`.

    State comes before everything else, `error` included: an answer that does not know it is
    not ours (CVE-2026-42073 is a listener that looked at `error` first).
    """
    found: dict[str, str] = {}
    for name, value in parameters:
        if name in _MEANT:
            if name in found:
                raise ResponseError("response_duplicate")
            found[name] = value
    if "state" not in found:
        raise ResponseError("response_no_state")
    if not hmac.compare_digest(found["state"].encode(), state.encode()):
        raise ResponseError("response_wrong_state")
    for name, value in found.items():
        if len(value) > PARAMETER_CAP and name in ("code", "iss", "error"):
            raise ResponseError("response_too_long")
        if name in ("code", "iss", "error") and any(ord(c) < 32 or ord(c) == 127 for c in value):
            raise ResponseError("response_unreadable")
    if not found.get("code") and not found.get("error"):
        raise ResponseError("response_no_code")
    return found


def _parameters(query: str) -> list[tuple[str, str]]:
    try:
        found = parse_qsl(
            query, keep_blank_values=True, max_num_fields=50, errors="surrogateescape"
        )
        return [(name, _text(name, value)) for name, value in found]
    except (ValueError, UnicodeError):
        raise ResponseError("response_unreadable") from None


def _text(name: str, value: str) -> str:
    """A value as UTF-8; what explains an error may be in the server's own encoding.

    Raises `UnicodeError` for any other that is not UTF-8.
    """
    raw = value.encode("utf-8", "surrogateescape")
    if name != "error_description":
        return raw.decode("utf-8")
    return read_foreign(raw) or raw.decode("utf-8", "backslashreplace")


def read_pasted(text: str, redirect_uri: str, state: str) -> dict[str, str]:
    """The answer in the final address that the user copied from the browser, or `ResponseError`."""
    text = text.strip()
    if len(text) > PASTED_CAP:
        raise ResponseError("response_too_long")
    try:
        pasted, registered = urlsplit(text), urlsplit(redirect_uri)
        same = (
            pasted.scheme == registered.scheme
            and (pasted.hostname or "") == (registered.hostname or "")
            and pasted.port == registered.port
            and (pasted.path or "/") == (registered.path or "/")
        )
    except ValueError:
        raise ResponseError("response_other_address") from None
    if not same or pasted.username is not None:
        raise ResponseError("response_other_address")
    if not pasted.query:
        raise ResponseError("response_no_code")
    return check_response(_parameters(pasted.query), state)


@dataclass(slots=True)
class _Request:
    method: str
    target: str
    headers: dict[str, str]
    """By name in small letters; what comes twice is one value with a comma, so it fits nothing."""
    body: bytes = b""


class _Exchange:
    """One request and its answer in HTTP/1.1, without a socket and within our limits."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_CAP)
        self._request: _Request | None = None
        self._first_line: int | None = 0

    def read(self, data: bytes) -> _Request | None:
        """The whole request, None while bytes are missing, or `ResponseError` for what is none.

        `data` is what has come since, never nothing.
        """
        self._http.receive_data(data)
        self._measure_first_line(data)
        try:
            while (event := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Request):
                    self._request = _read_head(event)
                elif isinstance(event, h11.Data):
                    assert self._request is not None  # h11 knows the order
                    self._request.body += event.data
                    if len(self._request.body) > BODY_CAP:
                        raise ResponseError("response_too_long")
                else:
                    return self._request
        except h11.RemoteProtocolError:
            raise ResponseError("response_unreadable") from None
        return None

    def _measure_first_line(self, data: bytes) -> None:
        """Only the cookies may be many: what is asked for has an end before that."""
        if self._first_line is not None:
            end = data.find(b"\n")
            self._first_line += len(data) if end < 0 else end
            if self._first_line > TARGET_CAP:
                raise ResponseError("response_unreadable")
            if end >= 0:
                self._first_line = None

    def write(self, status: int, text: tuple[str, str]) -> bytes:
        """A page as the answer to what was read, and the last thing that is said."""
        page = _page(text)
        head = h11.Response(
            status_code=status,
            headers=[*_HEADERS, ("Content-Length", str(len(page)))],
            reason=HTTPStatus(status).phrase.encode(),
        )
        sent = self._http.send(head)
        if self._request is None or self._request.method != "HEAD":
            sent += self._http.send(h11.Data(data=page))
        return sent


def _read_head(event: h11.Request) -> _Request:
    headers: dict[str, str] = {}
    for raw_name, value in event.headers:
        name, text = raw_name.decode("ascii"), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    two_lengths = "content-length" in headers and "transfer-encoding" in headers
    if not event.target.startswith(b"/") or not event.http_version.startswith(b"1.") or two_lengths:
        raise ResponseError("response_unreadable")
    if len(event.headers) > HEADERS_CAP or int(headers.get("content-length", "0")) > BODY_CAP:
        raise ResponseError("response_too_long")
    return _Request(event.method.decode("ascii"), event.target.decode("ascii"), headers)


@dataclass(slots=True)
class _Visitor:
    """One connection to the listener."""

    sock: socket.socket
    since: float
    exchange: _Exchange = field(default_factory=_Exchange)
    pending: bytes = b""
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What else knocked while waiting: answers with a wrong state, and other requests."""

    wrong_state: int = 0
    other: int = 0


class Receiver:
    """The loopback listener for one sign-in, on a thread of its own until `close`.

    `redirect_uri` is a loopback URI whose path and port are kept; without a port it is a free
    one. Raises `NetworkError("redirect_port_busy")` or `NetworkError("redirect_not_loopback")`.
    """

    def __init__(
        self,
        redirect_uri: str,
        state: str,
        *,
        allowed_origins: tuple[str, ...] = (),
    ) -> None:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
        if not is_loopback(host) or parts.scheme != "http":
            raise NetworkError("redirect_not_loopback")
        self._state = state
        self._path = parts.path or "/"
        self._origins = allowed_origins
        wanted = parts.port or 0
        self._free_port = not wanted
        self._listeners = _listen(host, wanted)
        self.port: int = self._listeners[0].getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.redirect_uri = f"http://{shown}:{self.port}{parts.path}"
        names = {shown, "127.0.0.1", "[::1]", "localhost"}
        self._hosts = {f"{name}:{self.port}" for name in names}
        if self.port == 80:
            self._hosts |= names
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._answer: dict[str, str] | None = None
        self._expired = False
        self._until: float | None = None
        self._wrong_state = 0
        self._other = 0
        self._waker, self._woken = socket.socketpair()
        self._visitors: dict[socket.socket, _Visitor] = {}
        self._selector = selectors.DefaultSelector()
        for listener in (*self._listeners, self._woken):
            self._selector.register(listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="oauth-receiver", daemon=True)
        self._thread.start()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is DeadlineExceeded and self._free_port:
            # A port that belongs to nobody else may go on telling the latecomer.
            self._until = time.monotonic() + LATE_SECONDS
            self._waker.send(_LOOK)
        else:
            self.close()

    def close(self) -> None:
        """Stop listening, drop every connection, end the thread."""
        with contextlib.suppress(OSError):
            self._waker.send(_STOP)
        self._thread.join()

    def counts(self) -> Counts:
        with self._lock:
            return Counts(self._wrong_state, self._other)

    def wait(self, token: CancelToken, deadline: Deadline) -> Mapping[str, str]:
        """The checked parameters of the first genuine answer.

        Raises `Cancelled` or `DeadlineExceeded`; an answer that comes later is told so. The
        deadline may be extended meanwhile.
        """
        with token.on_cancel(self._answered.set):
            while not self._answered.is_set():
                try:
                    self._answered.wait(deadline.remaining())
                except DeadlineExceeded:
                    break
        with self._lock:
            if self._answer is None or token.cancelled:
                self._expired = True
        token.raise_if_cancelled()
        if self._answer is None:
            raise DeadlineExceeded
        return self._answer

    # -- the listener's thread ---------------------------------------------------------------------

    def _serve(self) -> None:
        try:
            while (left := self._seconds_left()) > 0:
                for key, events in self._selector.select(min(1.0, HEADER_SECONDS, left)):
                    sock = key.fileobj
                    assert isinstance(sock, socket.socket)
                    if sock is self._woken:
                        if _STOP in self._woken.recv(16):
                            return
                        continue
                    if sock in self._listeners:
                        self._accept(sock)
                    elif sock in self._visitors:
                        self._attend(self._visitors[sock], events)
                self._drop_the_slow()
        finally:
            for visitor in list(self._visitors.values()):
                self._drop(visitor)
            self._selector.close()
            for listener in (*self._listeners, self._woken, self._waker):
                listener.close()

    def _seconds_left(self) -> float:
        return 60.0 if self._until is None else self._until - time.monotonic()

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return  # gone again
        sock.setblocking(False)
        if len(self._visitors) >= MAX_CONNECTIONS:
            # The one that has kept silent longest makes room: the real answer must get in.
            self._drop(min(self._visitors.values(), key=lambda v: v.since))
        self._visitors[sock] = _Visitor(sock, time.monotonic())
        self._selector.register(sock, selectors.EVENT_READ)

    def _attend(self, visitor: _Visitor, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                data = visitor.sock.recv(16_384)
                if not data:
                    self._drop(visitor)
                    return
                if not visitor.sent:
                    self._look(visitor, data)
            if visitor.pending:
                sent = visitor.sock.send(visitor.pending)
                visitor.pending = visitor.pending[sent:]
                if not visitor.pending:
                    # Let the browser read before the connection goes.
                    visitor.sock.shutdown(socket.SHUT_WR)
                    self._selector.modify(visitor.sock, selectors.EVENT_READ)
                else:
                    self._selector.modify(
                        visitor.sock, selectors.EVENT_READ | selectors.EVENT_WRITE
                    )
        except BlockingIOError:
            return
        except OSError:
            self._drop(visitor)

    def _drop(self, visitor: _Visitor) -> None:
        self._visitors.pop(visitor.sock, None)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(visitor.sock)
        visitor.sock.close()

    def _drop_the_slow(self) -> None:
        limit = time.monotonic() - HEADER_SECONDS
        for visitor in [v for v in self._visitors.values() if v.since < limit]:
            self._drop(visitor)

    def _look(self, visitor: _Visitor, data: bytes) -> None:
        try:
            request = visitor.exchange.read(data)
        except ResponseError:
            answer = self._count_other(400)
        else:
            if request is None:
                return
            answer = self._judge(request)
        visitor.sent = True
        visitor.pending = visitor.exchange.write(*answer)

    def _judge(self, request: _Request) -> tuple[int, tuple[str, str]]:
        """Status and page for one whole request; remembers the answer when it is genuine."""
        if request.headers.get("host", "").lower() not in self._hosts:
            return self._count_other(403)  # DNS rebinding
        path, _, query = request.target.partition("?")
        if path != self._path:
            return self._count_other(404)
        # A page that embeds or fetches this address is not a sign-in coming back.
        if (
            request.headers.get("sec-fetch-dest", "document") != "document"
            or request.headers.get("sec-fetch-mode", "navigate") != "navigate"
        ):
            return self._count_other(403)
        if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
            # Asked ahead of its user, who would then see the second page; 503 makes it come again.
            return self._count_other(503)
        if request.method == "POST":
            origin = request.headers.get("origin", "null")
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if origin != "null" and origin not in self._origins:
                return self._count_other(403)
            if kind != "application/x-www-form-urlencoded":
                return self._count_other(400)
            query = request.body.decode("ascii", "replace")
        elif request.method != "GET":
            return self._count_other(405)
        return self._take(query)

    def _take(self, query: str) -> tuple[int, tuple[str, str]]:
        try:
            answer = check_response(_parameters(query), self._state)
        except ResponseError as error:
            with self._lock:
                if error.code == "response_wrong_state":
                    self._wrong_state += 1
                else:
                    self._other += 1
            return 400, _NOT_OURS
        with self._lock:
            if self._expired:
                return 410, _TOO_LATE
            if self._answer is not None:
                return 200, _ALREADY
            self._answer = answer
        self._answered.set()
        return 200, (_REFUSED if "error" in answer else _RECEIVED)

    def _count_other(self, status: int) -> tuple[int, tuple[str, str]]:
        with self._lock:
            self._other += 1
        return status, _NOT_OURS


def _listen(host: str, port: int) -> list[socket.socket]:
    """Listeners on one port: both families where the redirect says `localhost` (RFC 8252 §8.3)."""
    if not is_ip_literal(host):
        for _ in range(20):
            first = _bind(socket.AF_INET, "127.0.0.1", port)
            number = first.getsockname()[1]
            try:
                return [first, _bind(socket.AF_INET6, "::1", number)]
            except NetworkError as error:
                if error.code == "redirect_no_family":
                    return [first]
                first.close()
                if port:
                    raise
        raise NetworkError("redirect_port_busy", port=port)
    return [_bind(socket.AF_INET6 if ":" in host else socket.AF_INET, host, port)]


def _bind(family: int, address: str, port: int) -> socket.socket:
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        raise NetworkError("redirect_no_family") from None
    try:
        if sys.platform == "win32":
            # Without it another process could bind the same port and take the answer.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # TIME_WAIT only
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(128)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise NetworkError("redirect_no_family") from None
        raise NetworkError("redirect_port_busy", port=port) from None
    return sock


_RECEIVED = (
    "Sign-in received",
    "smtpwizard is checking it now. You can close this tab and go back to smtpwizard: "
    "it says there whether the sign-in worked.",
)
_REFUSED = (
    "The sign-in was not granted",
    "Your provider answered with an error. You can close this tab and go back to smtpwizard: "
    "it says there what happened and what to do.",
)
_ALREADY = ("Already done", "This sign-in has been received before. Go back to smtpwizard.")
_TOO_LATE = (
    "Too late",
    "smtpwizard no longer waits for this sign-in. Go back to smtpwizard and start it again.",
)
_NOT_OURS = (
    "Not expected here",
    "This page only receives the sign-in that smtpwizard has started.",
)
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Connection", "close"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)


def _page(text: tuple[str, str]) -> bytes:
    title, sentence = text
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>'
        f"{title} – smtpwizard</title></head>\n<body><h1>{title}</h1>\n<p>{sentence}</p>"
        "</body></html>\n"
    ).encode()
