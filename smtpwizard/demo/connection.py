"""The server's end of one connection: it moves, records and upgrades bytes, and decides nothing."""

from __future__ import annotations

import contextlib
import enum
import os
import select
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn, TypeAlias, TypeVar, Union

T = TypeVar("T")

# On Windows who waits for a socket is not woken when another thread shuts it down: wait for so
# long at a time, seconds.
_SLICE_S = 0.1 if sys.platform == "win32" else None


class Signal(enum.Enum):
    """What a server may do instead of replying."""

    CLOSE = "close"
    """End the connection, without TLS's own goodbye."""
    CLOSE_NOTIFY = "close_notify"
    """End it with TLS's goodbye."""
    RESET = "reset"
    """End it with a TCP reset."""
    HANG = "hang"
    """Say nothing more, but read, until the client leaves or the server is closed."""
    STALL = "stall"
    """Say nothing more and stop reading until the server is closed."""
    DEFAULT = "default"
    """What the well-behaved server would do."""


CLOSE = Signal.CLOSE
CLOSE_NOTIFY = Signal.CLOSE_NOTIFY
RESET = Signal.RESET
HANG = Signal.HANG
STALL = Signal.STALL
DEFAULT = Signal.DEFAULT


@dataclass(frozen=True, slots=True)
class Drip:
    """Bytes sent one at a time, `interval_s` seconds apart."""

    data: bytes
    interval_s: float


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same bytes `times` times, or until the client leaves."""

    data: bytes
    times: int | None = None


Action: TypeAlias = Union[
    bytes,
    Signal,
    Drip,
    Repeat,
    "tuple[Action, ...]",
    "list[Action]",
    "Callable[[Connection, bytes], Action | None]",
]
"""A tuple is played from first to last at once; a list is used in turn, its last entry for good.

A callable gets the line and answers with an action, or None where it has done everything.
"""


def resolve(action: Action, connection: Connection, line: bytes) -> Action:
    """What a callable decides (and the callable it may answer with); other actions unchanged."""
    while callable(action):
        answer = action(connection, line)
        action = b"" if answer is None else answer
    return action


class ConnectionOver(Exception):
    """The connection has ended, by either side."""


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message the server has taken, dots un-stuffed, with the state it came in."""

    mail_from: str
    rcpts: tuple[str, ...]
    data: bytes = field(repr=False)
    mail_parameters: str = ""
    tls_version: str | None = None
    authenticated_as: str | None = None
    mechanism: str | None = None


class Connection:
    """One accepted connection; used by its own thread, shut down from any other."""

    def __init__(
        self, sock: socket.socket, closing: threading.Event, context: ssl.SSLContext | None
    ) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(_SLICE_S)
        self._socket = sock
        self._lock = threading.Lock()
        self._shut = False
        self._ended = False
        self._buffer = bytearray()
        self._context = context
        self.closing = closing
        self.began = time.monotonic()
        """When the client came."""
        self.plaintext = bytearray()
        """Every byte that arrived outside TLS."""
        self.encrypted = bytearray()
        """Every byte that arrived inside TLS, decrypted."""
        self.lines: list[bytes] = []
        """Every line read, without its CRLF, message bodies left out."""
        self.tls_version: str | None = None
        self.tls_error: str | None = None
        self.authenticated_as: str | None = None
        self.mechanism: str | None = None
        self.hanging = False
        self.finished = threading.Event()

    @property
    def tls(self) -> bool:
        return self.tls_version is not None

    @property
    def peer_certificate(self) -> bytes | None:
        """The client's certificate (DER), where one was asked for and given."""
        sock = self._socket
        return sock.getpeercert(True) if isinstance(sock, ssl.SSLSocket) and self.tls else None

    def channel_binding(self) -> bytes | None:
        """`tls-unique` of this connection (RFC 5929), None under TLS 1.3."""
        sock = self._socket
        return sock.get_channel_binding("tls-unique") if isinstance(sock, ssl.SSLSocket) else None

    def _wait(self, work: Callable[[], T]) -> T:
        """What the socket answers, however long that takes while nobody shuts this down."""
        while True:
            try:
                return work()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass  # how a slice ends where a coarse clock finds none of it left
            except TimeoutError as error:
                if error.errno is not None:  # the system has given up
                    raise ConnectionOver from None
            if self._shut or self.closing.is_set():
                raise ConnectionOver

    # -- reading

    def receive(self) -> bytes:
        """The next bytes, recorded; `ConnectionOver` at the end of the stream."""
        try:
            chunk = self._wait(lambda: self._socket.recv(65536))
        except ssl.SSLError as error:
            self.tls_error = str(error.reason or error)
            raise ConnectionOver from None
        except OSError:
            raise ConnectionOver from None
        if not chunk:
            raise ConnectionOver
        (self.encrypted if self.tls else self.plaintext).extend(chunk)
        return chunk

    def read_until(self, end: bytes) -> bytes:
        """What arrives up to `end`, which is dropped; raises as `read_exactly` does."""
        start = 0
        while (at := self._buffer.find(end, start)) < 0:
            start = max(0, len(self._buffer) - len(end) + 1)
            self._buffer += self.receive()
        found = bytes(self._buffer[:at])
        del self._buffer[: at + len(end)]
        return found

    def read_line(self) -> bytes:
        """The next line, without its CRLF."""
        line = self.read_until(b"\r\n")
        self.lines.append(line)
        return line

    def read_data(self) -> bytes:
        """A message up to its final dot (RFC 5321 §4.5.2), dots un-stuffed."""
        if self._buffer[:1] == b"." or not self._buffer:
            while len(self._buffer) < 3:
                self._buffer += self.receive()
            if self._buffer[:3] == b".\r\n":
                del self._buffer[:3]
                return b""
        stuffed = self.read_until(b"\r\n.\r\n") + b"\r\n"
        body = stuffed.replace(b"\r\n.", b"\r\n")
        return body[1:] if body.startswith(b".") else body

    def read_exactly(self, count: int) -> bytes:
        """So many bytes; `ConnectionOver` if the client leaves before."""
        while len(self._buffer) < count:
            self._buffer += self.receive()
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    def wait_for_bytes(self) -> None:
        """Block until the client has said something, and leave it unread."""
        if not self._buffer:
            self._buffer += self.receive()

    def begins_with_tls(self, wait_s: float) -> bool:
        """Whether a TLS record comes first, within `wait_s` seconds; nothing is read."""
        ready, _, _ = select.select([self._socket], [], [], wait_s)
        if not ready:
            return False
        with contextlib.suppress(OSError):
            return self._socket.recv(1, socket.MSG_PEEK) == b"\x16"
        return False

    def is_quiet(self) -> bool:
        """Whether the client is there and nothing of it waits to be read; from any thread."""
        with self._lock:
            return not self._ended and not select.select([self._socket], [], [], 0)[0]

    @property
    def waiting(self) -> bytes:
        """Bytes that arrived but no one has read yet."""
        return bytes(self._buffer)

    # -- writing

    def send(self, data: bytes) -> None:
        """Send bytes as they are; `ConnectionOver` when the client has gone."""
        view = memoryview(data)
        try:
            while view:
                sent = self._wait(partial(self._socket.send, view))
                view = view[sent:]
        except OSError:
            raise ConnectionOver from None

    def send_beneath_tls(self, data: bytes) -> None:
        """Send bytes that are no part of the TLS connection they go over, to break it."""
        with contextlib.suppress(OSError):
            socket.socket.sendall(self._socket, data)

    def drip(self, data: bytes, interval_s: float) -> None:
        """Send bytes one at a time, `interval_s` seconds apart."""
        for at in range(len(data)):
            if at and self.closing.wait(interval_s):
                raise ConnectionOver
            self.send(data[at : at + 1])

    def start_tls(self, context: ssl.SSLContext | None = None) -> None:
        """The server's side of the handshake; where it fails, `ConnectionOver` and `tls_error`."""
        context = context or self._context
        if context is None:
            raise ValueError("this server was given no TLS context")
        with self._lock:
            if self._ended:
                raise ConnectionOver
            try:
                sock = context.wrap_socket(
                    self._socket, server_side=True, do_handshake_on_connect=False
                )
            except OSError as error:  # the client has left behind its hello
                self.tls_error = str(error)
                raise ConnectionOver from None
            self._socket = sock
        try:
            self._wait(sock.do_handshake)
        except OSError as error:  # ssl.SSLError included
            self.tls_error = getattr(error, "reason", None) or str(error) or type(error).__name__
            raise ConnectionOver from None
        self.tls_version = sock.version()

    # -- ending

    def close(self) -> NoReturn:
        """End the connection in order (what was sent still arrives), without TLS's goodbye."""
        self.shut_down()
        raise ConnectionOver

    def close_notify(self) -> NoReturn:
        """End the connection after TLS's own goodbye."""
        sock = self._socket
        if isinstance(sock, ssl.SSLSocket):
            sock.setblocking(False)  # say goodbye, do not wait for the answer
            with contextlib.suppress(OSError):
                sock.unwrap()
        self.close()

    def reset(self) -> NoReturn:
        """End the connection with a TCP reset."""
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        with self._lock:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._ended = True
            self._socket.close()
        raise ConnectionOver

    def hang(self) -> NoReturn:
        """Say nothing, record what comes, until the client leaves or the server is closed."""
        self.hanging = True
        self.finished.set()
        while True:
            self.receive()

    def stall(self) -> NoReturn:
        """Neither say nor read anything until the server is closed."""
        self.hanging = True
        self.finished.set()
        self.closing.wait()
        raise ConnectionOver

    def shut_down(self) -> None:
        """Wake what blocks on this connection; safe from any thread, any number of times."""
        self._shut = True
        with self._lock:
            if not self._ended:
                # The plain method: ssl's own would first forget that the socket is encrypted.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def dispose(self) -> None:
        """Close the socket; only the connection's own thread calls it, as its last act."""
        self.shut_down()
        with self._lock:
            self._ended = True
            self._socket.close()
        self.finished.set()

    # -- actions

    def play(self, action: Action, line: bytes = b"") -> bytes:
        """Carry out an action, give back the bytes it sent; `ConnectionOver` where it ends things.

        Lists are resolved before: they belong to the server, not to one connection.
        """
        match action:
            case bytes():
                self.send(action)
                return action
            case Drip():
                self.drip(action.data, action.interval_s)
                return action.data
            case Repeat():
                sent = 0
                while action.times is None or sent < action.times:
                    self.send(action.data)
                    sent += 1
                return action.data
            case tuple():
                return b"".join([self.play(part, line) for part in action])
            case Signal.CLOSE:
                self.close()
            case Signal.CLOSE_NOTIFY:
                self.close_notify()
            case Signal.RESET:
                self.reset()
            case Signal.HANG:
                self.hang()
            case Signal.STALL:
                self.stall()
            case _ if callable(action):
                return self.play(resolve(action, self, line), line)
        raise TypeError(f"not an action here: {action!r}")
