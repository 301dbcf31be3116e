"""A loopback SMTP server that does exactly what it is told and remembers what it saw.

Tests, demo scenarios and replays use it. Two ways to tell it: a linear script (`reply`, `expect`,
…, one script a connection) or a dictionary of behaviours over a well-behaved server.
"""

from __future__ import annotations

import base64
import contextlib
import re
import select
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from smtpwizard.demo.connection import (
    CLOSE,
    CLOSE_NOTIFY,
    DEFAULT,
    HANG,
    RESET,
    STALL,
    Action,
    Connection,
    ConnectionOver,
    Drip,
    ReceivedMessage,
    Repeat,
    Signal,
)
from smtpwizard.demo.sasl_server import Account
from smtpwizard.demo.smtp_dialogue import Behaviours, Dialogue, GoodServer

__all__ = [
    "CLOSE",
    "CLOSE_NOTIFY",
    "DEFAULT",
    "HANG",
    "RESET",
    "STALL",
    "Account",
    "Action",
    "Connection",
    "Drip",
    "GoodServer",
    "ReceivedMessage",
    "Repeat",
    "ScriptedServer",
    "Signal",
    "find_secrets",
    "spellings",
]

Step = Callable[["_Play"], object]


class _Play:
    """What a linear script knows while it runs."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.mail_from = ""
        self.rcpts: list[str] = []


class ScriptedServer:
    """A server on a free loopback port, for as long as its `with` block lasts.

    `behaviours` maps keys of `smtp_dialogue.BEHAVIOUR_KEYS` to actions; without them, and without a
    linear script, it is the well-behaved server of `smtp_dialogue.GoodServer`, whose fields are the
    further keyword arguments (`starttls=True`, `mechanisms=(…)`, `account=Account(…)`). `serve`,
    in place of all that, talks with one client until it has gone, in a thread of its own.
    """

    def __init__(
        self,
        behaviours: Mapping[str, Action] | None = None,
        *,
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        max_connections: int | None = None,
        on_message: Callable[[ReceivedMessage], None] | None = None,
        serve: Callable[[Connection], None] | None = None,
        **options: Any,
    ) -> None:
        self._manners = GoodServer(**options)
        if (self._manners.starttls or self._manners.implicit_tls) and context is None:
            raise ValueError("TLS needs a context")
        self._behaviours = Behaviours(behaviours or {})
        self._context = context
        self._max_connections = max_connections
        self._on_message = on_message
        self._serve_with = serve
        # Each step with whether it ends the script by itself.
        self._scripts: list[list[tuple[Step, bool]]] = []
        self._finished_scripts = 0
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self.connections: list[Connection] = []
        """Every connection that was served, in order of arrival."""
        self.accepted: list[ReceivedMessage] = []
        """Every message received whole and not refused at its final dot."""
        self.errors: list[str] = []
        """What did not go as the script says."""
        self.host = host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=64)
        self._listener.setblocking(False)
        self._wake, self._woken = socket.socketpair()
        self.port: int = self._listener.getsockname()[1]
        acceptor = threading.Thread(
            target=self._accept_connections, name=f"scripted-{self.port}", daemon=True
        )
        self._threads.append(acceptor)
        acceptor.start()

    # -- life

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop listening, end every connection at once (hung ones too) and join every thread."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
            connections = list(self.connections)
        self._wake.send(b"!")
        for connection in connections:
            connection.shut_down()
        # Threads are only added by the first one, so once it has ended the list is complete.
        self._threads[0].join()
        for connection in self.connections:
            connection.shut_down()
        for thread in self._threads[1:]:
            thread.join()
        for sock in (self._listener, self._wake, self._woken):
            sock.close()

    def stop_listening(self) -> None:
        """Refuse every further connection; the ones that stand go on."""
        self._wake.send(b"!")
        self._threads[0].join()
        self._listener.close()

    def _accept_connections(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._woken], [], [])
            if self._woken in ready:
                return
            try:
                sock, _address = self._listener.accept()
            except OSError:
                continue  # the client has gone again
            sock.setblocking(True)
            with self._lock:
                number = len(self.connections) + 1
                if self._max_connections is not None and number > self._max_connections:
                    self.errors.append(f"connection {number} is one too many")
                    sock.close()
                    continue
                connection = Connection(sock, self._closing, self._context)
                self.connections.append(connection)
                self._arrived.notify_all()
            thread = threading.Thread(
                target=self._serve,
                args=(connection, number),
                name=f"scripted-{self.port}-{number}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: Connection, number: int) -> None:
        try:
            if self._serve_with is not None:
                self._serve_with(connection)
            elif self._scripts:
                self._play(connection, number)
            else:
                dialogue = Dialogue(connection, self._manners, self._behaviours, self._accept)
                dialogue.run()
        except ConnectionOver:
            pass
        except AssertionError as error:
            self.errors.append(f"connection {number}: {error}")
        finally:
            connection.dispose()

    def _accept(self, message: ReceivedMessage) -> None:
        self.accepted.append(message)
        if self._on_message is not None:
            self._on_message(message)

    # -- the linear script

    def _step(self, step: Step, *, ends: bool = False) -> Self:
        if not self._scripts:
            self._scripts.append([])
        self._scripts[-1].append((step, ends))
        return self

    def reply(self, *lines: bytes) -> Self:
        """Send lines; CRLF is added to those that lack it."""
        data = b"".join(line if line.endswith(b"\r\n") else line + b"\r\n" for line in lines)
        return self.send_raw(data)

    def send_raw(self, data: bytes) -> Self:
        """Send bytes exactly as they are."""
        return self._step(lambda play: play.connection.send(data))

    def expect(self, pattern: bytes | re.Pattern[bytes]) -> Self:
        """Read one line: it must start with the bytes (case aside) or match the whole pattern."""

        def step(play: _Play) -> None:
            line = play.connection.read_line()
            if isinstance(pattern, bytes):
                fits = line.upper().startswith(pattern.upper())
                wanted = pattern
            else:
                fits = pattern.fullmatch(line) is not None
                wanted = pattern.pattern
            if not fits:
                raise AssertionError(f"expected {wanted!r}, got {line[:200]!r}")
            if found := re.match(rb"MAIL FROM:<([^>]*)>", line, re.I):
                play.mail_from = found[1].decode("utf-8", "replace")
                play.rcpts.clear()
            elif found := re.match(rb"RCPT TO:<([^>]*)>", line, re.I):
                play.rcpts.append(found[1].decode("utf-8", "replace"))

        return self._step(step)

    def expect_data(self) -> Self:
        """Read a message up to its final dot; it counts as accepted."""

        def step(play: _Play) -> None:
            connection = play.connection
            self.accepted.append(
                ReceivedMessage(
                    play.mail_from,
                    tuple(play.rcpts),
                    connection.read_data(),
                    tls_version=connection.tls_version,
                )
            )

        return self._step(step)

    def expect_close(self) -> Self:
        """The client ends the connection without another byte."""

        def step(play: _Play) -> None:
            with contextlib.suppress(ConnectionOver):
                line = play.connection.read_line()
                raise AssertionError(f"expected the client to leave, got {line[:200]!r}")

        return self._step(step)

    def start_tls(self, context: ssl.SSLContext | None = None) -> Self:
        """Do the TLS handshake now, with the server's context or another."""

        def step(play: _Play) -> None:
            if play.connection.waiting:
                raise AssertionError("the client sent data before the handshake")
            play.connection.start_tls(context)

        return self._step(step)

    def drip(self, data: bytes, interval_s: float) -> Self:
        """Send bytes one at a time, `interval_s` seconds apart."""
        return self._step(lambda play: play.connection.drip(data, interval_s))

    def close(self) -> Self:
        """End the connection in order."""
        return self.perform(CLOSE)

    def reset(self) -> Self:
        """End the connection with a TCP reset."""
        return self.perform(RESET)

    def hang(self) -> Self:
        """Say nothing more until the client leaves or the server is stopped."""
        return self.perform(HANG)

    def perform(self, action: Action) -> Self:
        """Any action that the behaviours may use, lists and DEFAULT aside."""
        last = action[-1] if isinstance(action, tuple) else action
        return self._step(lambda play: play.connection.play(action), ends=isinstance(last, Signal))

    def next_connection(self) -> Self:
        """What follows is the script of the connection after this one."""
        if not self._scripts:
            self._scripts.append([])
        self._scripts.append([])
        return self

    def _play(self, connection: Connection, number: int) -> None:
        if number > len(self._scripts):
            raise AssertionError("there is no script for this connection")
        script = self._scripts[number - 1]
        play = _Play(connection)
        for step, ends in script:
            if ends and step is script[-1][0]:
                self._finish_script()
            step(play)
        if not script or not script[-1][1]:
            self._finish_script()
        # Anything said after the end of the script is a surprise.
        with contextlib.suppress(ConnectionOver):
            line = connection.read_line()
            raise AssertionError(f"unexpected after the script's end: {line[:200]!r}")

    def _finish_script(self) -> None:
        with self._lock:
            self._finished_scripts += 1

    # -- what it saw

    @property
    def plaintext(self) -> bytes:
        """Every byte that reached the server outside TLS, all connections joined."""
        return b"\n".join(bytes(c.plaintext) for c in self.connections)

    @property
    def received(self) -> bytes:
        """Every byte that reached the server, outside TLS and inside."""
        return b"\n".join(bytes(c.plaintext) + bytes(c.encrypted) for c in self.connections)

    @property
    def lines(self) -> list[bytes]:
        """Every line read, all connections joined, message bodies left out."""
        return [line for connection in self.connections for line in connection.lines]

    def secret_in_plaintext(self, *secrets: str) -> list[str]:
        """In which spellings any of the secrets reached the server outside TLS; empty is good."""
        return find_secrets(self.plaintext, *secrets)

    def secret_received(self, *secrets: str) -> list[str]:
        """In which spellings any of the secrets reached the server at all."""
        return find_secrets(self.received, *secrets)

    def wait_for_connections(self, number: int = 1, timeout_s: float = 300.0) -> None:
        """Wait until so many clients have come; `AssertionError` after `timeout_s` seconds."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.connections) >= number, timeout_s):
                raise AssertionError(f"{len(self.connections)} of {number} connections came")

    def assert_finished(self, timeout_s: float = 300.0) -> None:
        """Every connection has ended (or hangs as told), every script was played, no surprises.

        Waits at most `timeout_s` seconds for connections to end; raises `AssertionError`.
        """
        self.wait_for_connections(len(self._scripts), timeout_s)
        with self._lock:
            connections = list(self.connections)
        for number, connection in enumerate(connections, start=1):
            if not connection.finished.wait(timeout_s):
                raise AssertionError(f"connection {number} is still open")
        if self.errors:
            raise AssertionError("; ".join(self.errors))
        if self._finished_scripts != len(self._scripts):
            raise AssertionError(
                f"{self._finished_scripts} of {len(self._scripts)} scripts were played to the end; "
                f"lines received: {self.lines[-5:]!r}"
            )


def spellings(secret: str) -> dict[str, bytes]:
    """How a secret may show up in a stream: as it is, base64 at every offset, URL, hex."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = {
        "raw": raw,
        "base64": base64.b64encode(raw).rstrip(b"="),
        "url": urllib.parse.quote(secret, safe="", errors="surrogatepass").encode(),
        "hex": raw.hex().encode(),
    }
    for offset in range(3):
        # Only the characters that depend on nothing but the secret.
        whole = base64.b64encode(b"\0" * offset + raw)
        first = -(-offset * 8 // 6)
        last = (offset + len(raw)) * 8 // 6
        if last - first >= 6:
            found[f"base64+{offset}"] = whole[first:last]
    return found


def find_secrets(data: bytes, *secrets: str) -> list[str]:
    """Which spellings of which secrets (by their number) occur in `data`, line breaks or not."""
    joined = data.replace(b"\r", b"").replace(b"\n", b"")
    return [
        f"secret {number} as {name}"
        for number, secret in enumerate(secrets, start=1)
        for name, needle in spellings(secret).items()
        if needle in data or needle in joined
    ]
