"""A recorded server on this machine: the same player behind a real socket, any number of times."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn, Self

from smtpwizard.demo.certificates import DEFAULT_NAMES
from smtpwizard.demo.connection import Connection
from smtpwizard.demo.replay.certificates import Remade, Remaker
from smtpwizard.demo.replay.credentials import account_of
from smtpwizard.demo.replay.player import Aside, Handshake, Player, Rules, Say, Step
from smtpwizard.demo.replay.recorded import Attempt, Recording, attempts
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.connector import Security
from smtpwizard.model.report import Stage
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.wire import Encrypted, Ended
from smtpwizard.net.tls import CLIENT_CERTIFICATE_ERRORS

LONGEST_WAIT_S = 2.0
# A reset that is quicker than a client's look at its new connection is no more than an end.
_BEFORE_A_RESET_S = 0.1
_ADDRESS = "127.0.0.1"
_UNTIL_A_CLIENT_SPEAKS_S = 86_400.0
# Fatal alerts (RFC 8446 §6.2): no cipher in common, and no word why.
_NO_CIPHER, _NO_WORD = b"\x15\x03\x03\x00\x02\x02\x28", b"\x15\x03\x03\x00\x02\x02\x50"


class ReplayServer:
    """Serves a record on loopback for as long as its `with` block lasts.

    With `real_time` it takes the recorded time over everything, else two seconds at most; `strict`
    hangs up where the record ends. Where the recorded verification did not come as far as a server,
    `not_served` says why, and the port refuses. To enter raises `OSError` where there is no port.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        port: int = 0,
        strict: bool = False,
        real_time: bool = False,
    ) -> None:
        self._recording = recording
        self._wanted_port = port
        self._strict = strict
        self._longest_s = None if real_time else LONGEST_WAIT_S
        self._attempts = attempts(recording.report.wire)
        self._account = account_of(recording)
        self._lock = threading.Lock()
        self._served = 0
        self._silent: list[_Client] = []
        self._remade: dict[int, Remade] = {}
        self._beyond: set[Stage] = set()
        self._stack = ExitStack()
        self._ca_file: Path | None = None
        self.port = 0

    @property
    def not_served(self) -> StageFailure | None:
        """Why nobody can come as far as a server here; None where one is served."""
        first = self._attempts[0]
        for event in (first.looked_up, first.connected):
            if event is not None and event.failure is not None:
                return event.failure
        return None if first.connected is not None else StageFailure(StageError.NOT_CONNECTED)

    @property
    def beyond(self) -> tuple[Stage, ...]:
        """The stages in which clients left the record, in their order."""
        return tuple(stage for stage in Stage if stage in self._beyond)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="smtpwizard-replay-"))
            self._make_certificates(Path(folder))
            if self.not_served is not None:
                # Bound, so that nobody else gets it; nobody listens, so that it refuses.
                closed = stack.enter_context(socket.socket())
                closed.bind((_ADDRESS, self._wanted_port))
                self.port = closed.getsockname()[1]
            else:
                server = ScriptedServer(host=_ADDRESS, port=self._wanted_port, serve=self._serve)
                self.port = stack.enter_context(server).port
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def facts(self) -> dict[str, Any]:
        """What a client needs to know."""
        return {
            "host": "localhost",
            "port": self.port,
            "security": self._recording.connector.server.security.value,
            "ca_file": str(self._ca_file) if self._ca_file is not None else None,
            "username": self._account.username,
            "secret": self._account.password,
            "recipient": self._recording.recipient or self._recording.connector.test_recipient(),
        }

    # -- certificates

    def _make_certificates(self, folder: Path) -> None:
        remaker = Remaker()
        for number, attempt in enumerate(self._attempts):
            self._remade[number] = remaker.remake(
                attempt.encrypted(),
                DEFAULT_NAMES,
                self._recording.shift,
                wants_client_certificate=_wants_certificate(attempt),
            )
        if self._recording.connector.server.security is not Security.NONE:
            self._ca_file = folder / "ca.pem"
            pems = {remade.trusted_pem for remade in self._remade.values()}
            self._ca_file.write_text("".join(sorted(pems)), "ascii")

    # -- clients

    def _serve(self, connection: Connection) -> None:
        with self._lock:
            # A client that hears nothing asks on the side what is there.
            aside = any(client.is_silent for client in self._silent)
            if not aside:
                self._served += 1
            number = (self._served - 1) % len(self._attempts)
            client = _Client(connection, self._player(number, aside=aside), self._remade[number])
            client.longest_s = self._longest_s
            if not aside:
                self._silent.append(client)
        try:
            client.talk()
        finally:
            with self._lock:
                if client in self._silent:
                    self._silent.remove(client)

    def _player(self, number: int, *, aside: bool) -> Player:
        remade = self._remade[number]
        rules = Rules(
            account=self._account,
            note=self._beyond.add,
            certificate=lambda: remade.leaf_pem.encode("ascii"),
            strict=self._strict,
        )
        return (Aside if aside else Player)(self._attempts[number], rules)


class _Client:
    """One connection, and the player at its other end."""

    def __init__(self, connection: Connection, player: Player, remade: Remade) -> None:
        self._connection = connection
        self._player = player
        self._remade = remade
        self._spoke = False
        self.longest_s: float | None = LONGEST_WAIT_S

    @property
    def is_silent(self) -> bool:
        """Whether neither side has said anything on a connection that goes on."""
        return not self._spoke and self._connection.is_quiet()

    def talk(self) -> None:
        """Play until one side ends the connection (then `ConnectionOver`)."""
        connection, player = self._connection, self._player
        self._perform(player.opened())
        while True:
            if not player.tls and connection.begins_with_tls(_UNTIL_A_CLIENT_SPEAKS_S):
                self._spoke = True
                self._perform(player.hello())
                if not player.tls:
                    connection.receive()
                continue
            data = connection.receive()
            self._spoke = True
            self._perform(player.take(data))

    def _perform(self, steps: Iterator[Step]) -> None:
        for step in steps:
            wait_s = step.wait_us / 1e6
            if self.longest_s is not None:
                wait_s = min(wait_s, self.longest_s)
            action = step.action
            if isinstance(action, Ended):
                self._end(action.failure, wait_s)
            self._connection.closing.wait(wait_s)
            if isinstance(action, Say):
                for chunk in action.chunks:
                    self._spoke = True
                    self._connection.send(chunk)
            else:
                self._shake_hands(action)

    def _shake_hands(self, handshake: Handshake) -> None:
        recorded = handshake.recorded
        failure = recorded.failure if recorded is not None else None
        if recorded is None or failure is None or _is_real(recorded):
            self._connection.start_tls(self._remade.context)
            self._player.tls = True
            return
        self._connection.receive()
        answer = (recorded.answer or "").encode("latin-1", "replace")
        if answer[:1] == b"\x16" and failure.error is StageError.TLS_NO_COMMON_CIPHER:
            answer = _NO_CIPHER
        elif answer[:1] == b"\x16" and failure.error is StageError.HANDSHAKE_FAILED:
            answer = _NO_WORD
        self._connection.send(answer)
        self._end(failure)

    def _end(self, failure: StageFailure, wait_s: float = 0.0) -> NoReturn:
        connection = self._connection
        if failure.error is StageError.TIMEOUT:
            connection.hang()
        if failure.error is StageError.RESET and not self._spoke:
            wait_s = max(wait_s, _BEFORE_A_RESET_S)
        connection.closing.wait(wait_s)
        if failure.error is StageError.RESET:
            connection.reset()
        if failure.error is StageError.TLS_BROKEN:
            connection.send_beneath_tls(_NO_WORD)
        connection.close()


def _wants_certificate(attempt: Attempt) -> bool:
    """Whether it was our certificate that the server wanted, or did not want."""
    events = (answer for turn in attempt.turns for answer in turn.answers)
    failures = (e.failure for e in events if isinstance(e, Encrypted | Ended))
    return any(f is not None and f.error in CLIENT_CERTIFICATE_ERRORS for f in failures)


def _is_real(recorded: Encrypted) -> bool:
    """Whether a handshake that failed went as far as certificates."""
    failure = recorded.failure
    if failure is None or failure.verify_code is not None:
        return True
    return failure.error in CLIENT_CERTIFICATE_ERRORS and (recorded.answer or "")[:1] != "\x15"
