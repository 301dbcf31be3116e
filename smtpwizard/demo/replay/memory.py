"""A stream to a recorded server in memory: no socket, no thread, no waiting; TLS is real on both
ends, and what ended a connection comes as it was recorded."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from socket import AF_INET, AF_INET6
from typing import Any

from smtpwizard.demo.replay.certificates import Remade
from smtpwizard.demo.replay.player import Handshake, Player, Say, Step
from smtpwizard.demo.replay.recorded import now, shifted
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, SmtpWizardError
from smtpwizard.model.stage_facts import CertificateFacts, StageError, StageFailure
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.model.wire import Encrypted, Ended
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.stream import Stream, TlsError
from smtpwizard.net.tls import with_clock

_Item = bytes | SmtpWizardError


class MemoryStream(Stream):
    """A stream whose other end is a player.

    `remake` gives the certificate for a recorded handshake; `cancelled` says that the recorded
    verification was stopped where its record ends.
    """

    def __init__(
        self,
        player: Player,
        token: CancelToken,
        remake: Callable[[Encrypted | None], Remade],
        *,
        own_address: str = "127.0.0.1",
        shift: timedelta = timedelta(),
        cancelled: bool = False,
    ) -> None:
        super().__init__(None, token)
        self._player = player
        self._remake = remake
        self._own_address = own_address
        self._shift = shift
        self._cancelled = cancelled
        self._coming: deque[Iterator[_Item]] = deque()
        self._next: _Item | None = None
        self._later: Iterator[Step] = iter(())  # what the server does once TLS is up
        self._server: _ServerTls | None = None
        self._recorded: Encrypted | None = None
        self._perform(player.opened())

    # -- the server's end

    def _perform(self, steps: Iterator[Step]) -> None:
        """Do what the player says; raises what a client runs into while it is sending."""
        failed: SmtpWizardError | None = None
        for step in steps:
            action = step.action
            if isinstance(action, Say):
                self._come(iter(action.chunks))
            elif isinstance(action, Ended):
                error = _error_of(action.failure)
                if action.sending and failed is None:
                    failed = error
                else:
                    self._coming.append(iter((error,)))
            elif self._shake_hands(action):
                self._later = steps
                break
        if failed is not None:
            raise failed

    def _come(self, chunks: Iterator[bytes]) -> None:
        server = self._server
        if server is not None:
            chunks = map(server.encrypt, chunks)
        self._coming.append(filter(None, chunks))

    def _shake_hands(self, handshake: Handshake) -> bool:
        """Begin TLS; False where something was said in its place."""
        recorded = self._recorded = handshake.recorded
        failure = recorded.failure if recorded is not None else None
        if recorded is None or failure is None or failure.verify_code is not None:
            self._server = _ServerTls(self._remake(recorded).context)
            return True
        if recorded.answer:
            self._coming.append(iter((recorded.answer.encode("latin-1", "replace"),)))
        self._coming.append(iter((_error_of(failure, TlsError),)))
        return False

    def _raw_send(self, data: Any, deadline: Deadline) -> None:
        self._token.raise_if_cancelled()
        shaking_hands = self._server is not None and not self._player.tls
        if self._cancelled and self._player.at_end and not shaking_hands:
            raise Cancelled
        data = bytes(data)
        if self._server is None and data[:1] == b"\x16":
            self._perform(self._player.hello())
        if self._server is None:
            if data[:1] != b"\x16":
                self._perform(self._player.take(data))
            return
        plain, answer, up = self._server.feed(data)
        if answer:
            self._coming.append(iter((answer,)))
        if up and not self._player.tls:
            self._player.tls = True
            later, self._later = self._later, iter(())
            self._perform(later)
        if plain:
            self._perform(self._player.take(plain))

    # -- the client's end

    def _peek_item(self) -> _Item | None:
        while self._next is None and self._coming:
            self._next = next(self._coming[0], None)
            if self._next is None:
                self._coming.popleft()
        return self._next

    def _ready(self, seconds: float) -> bool:
        self._token.raise_if_cancelled()
        item = self._peek_item()
        return item is not None and not isinstance(item, DeadlineExceeded)

    def _glance(self) -> bytes:
        item = self._peek_item()
        return item[:64] if isinstance(item, bytes) else b""

    def _raw_receive(self, deadline: Deadline) -> bytes:
        self._token.raise_if_cancelled()
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        item = self._peek_item()
        if item is None:
            raise Cancelled if self._cancelled and self._player.at_end else DeadlineExceeded
        if isinstance(item, bytes):
            self._next = None
            return item
        self._next = None
        if self._peek_item() is None:
            self._next = item  # how it ended is how it stays
        if isinstance(item, ConnectionFailed) and item.failure == _CLOSED:
            return b""
        raise item

    def wait_either(self, other: Stream, seconds: float) -> Stream | None:
        """As of sockets, without waiting."""
        self._token.raise_if_cancelled()
        return next((stream for stream in (self, other) if stream.has_input()), None)

    @property
    def own_address(self) -> tuple[int, str]:
        """The address that this end had."""
        address = ipaddress.ip_address(self._own_address.partition("%")[0])
        return AF_INET6 if address.version == 6 else AF_INET, self._own_address

    def close(self) -> None:
        """Nothing is held."""

    def _shut_down(self) -> None:
        """Nothing waits."""

    # -- TLS

    def start_tls(self, context: ssl.SSLContext, hostname: str, deadline: Deadline) -> None:
        """As over a socket; where it comes out as recorded, with the recorded facts."""
        try:
            super().start_tls(context, hostname, deadline)
        except TlsError as error:
            failure = self._as_recorded(error.failure)
            raise TlsError(failure, error.answer, error.told) from None

    def _as_recorded(self, failure: StageFailure) -> StageFailure:
        recorded = self._recorded.failure if self._recorded is not None else None
        if recorded is not None and recorded.error is failure.error:
            return recorded
        if not failure.chain:
            return failure
        chain = tuple(shifted(facts, -self._shift) for facts in failure.chain)
        failure = failure._replace(chain=chain)
        if failure.now is not None:
            failure = with_clock(failure, now() - self._shift)
        return failure

    def _now(self) -> datetime:
        return now()

    def peer_facts(self) -> list[CertificateFacts]:
        """The certificate as it was recorded."""
        if self._recorded is not None and self._recorded.chain:
            return list(self._recorded.chain)
        return [shifted(facts, -self._shift) for facts in super().peer_facts()]


_CLOSED = StageFailure(StageError.CLOSED)


def _error_of(
    failure: StageFailure, kind: type[ConnectionFailed] = ConnectionFailed
) -> SmtpWizardError:
    if failure.error is StageError.TIMEOUT:
        return DeadlineExceeded()
    return kind(failure)


class _ServerTls:
    """The server's end of TLS in memory."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._up = False

    def feed(self, data: bytes) -> tuple[bytes, bytes, bool]:
        """Take in what a client sends: what it says, what is to be sent back, whether TLS is up."""
        self._incoming.write(data)
        plain = b""
        with contextlib.suppress(ssl.SSLError):  # a client that refuses us says so itself
            if not self._up:
                self._tls.do_handshake()
                self._up = True
            while chunk := self._tls.read(16_384):
                plain += chunk
        return plain, self._outgoing.read(), self._up

    def encrypt(self, data: bytes) -> bytes:
        """What goes on the wire for some octets."""
        if data:
            self._tls.write(data)
        return self._outgoing.read()
