"""Name lookup and the race for a connection (RFC 8305); never waits longer than it was told."""

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple

from smtpwizard.model.addresses import is_ip_literal, is_loopback
from smtpwizard.model.errors import Cancelled, DeadlineExceeded
from smtpwizard.model.stage_facts import Attempt, StageError, StageFailure
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable

# RFC 8305 §5, "Connection Attempt Delay".
ATTEMPT_DELAY_S = 0.25


class Endpoint(NamedTuple):
    """One address to try: the family and what `connect` takes."""

    family: int
    sockaddr: tuple[str, int] | tuple[str, int, int, int]

    @property
    def address(self) -> str:
        """The bare IP address."""
        return self.sockaddr[0]

    @property
    def family_name(self) -> str:
        return "ipv6" if self.family == socket.AF_INET6 else "ipv4"


# WSANO_DATA, of a name that has no address: what EAI_NODATA says elsewhere, which Windows has as
# another word for EAI_NONAME.
# https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
_NO_DATA = 11004


def _lookup_error(error: OSError) -> StageError:
    missing = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), _NO_DATA}
    if isinstance(error, socket.gaierror) and error.errno in missing:
        return StageError.DNS_NOT_FOUND
    return StageError.DNS_FAILED


def resolve(host: str, port: int, *, token: CancelToken, deadline: Deadline) -> list[Endpoint]:
    """The addresses of `host` (a name as A-labels, or an IP address) in the resolver's order.

    getaddrinfo cannot be interrupted: it runs on a daemon thread that is abandoned on cancel or
    deadline. Raises `ConnectionFailed` (`dns_not_found`, `dns_failed`), `Cancelled`,
    `DeadlineExceeded`.
    """

    def look_up() -> list[Endpoint]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        unique = dict.fromkeys(
            Endpoint(family, sockaddr)  # type: ignore[arg-type]
            for family, _, _, _, sockaddr in found
            if family in (socket.AF_INET, socket.AF_INET6)
        )
        return list(unique)

    try:
        if is_loopback(host) or is_ip_literal(host):
            token.raise_if_cancelled()
            endpoints = look_up()  # no query leaves the machine (RFC 6761 §6.3)
        else:
            endpoints = run_abandonable(look_up, token=token, deadline=deadline, name="resolve")
    except UnicodeError:
        raise ConnectionFailed(StageError.DNS_NOT_FOUND) from None
    except OSError as error:
        raise ConnectionFailed(_lookup_error(error)) from None
    if not endpoints:
        raise ConnectionFailed(StageError.DNS_NOT_FOUND)
    return endpoints


def _interleave(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Alternate families, beginning with the one the resolver prefers (RFC 8305 §4)."""
    first = [e for e in endpoints if e.family == endpoints[0].family]
    second = [e for e in endpoints if e.family != endpoints[0].family]
    out: list[Endpoint] = []
    for index in range(max(len(first), len(second))):
        out += first[index : index + 1] + second[index : index + 1]
    return out


_CODES = {
    errno.ECONNREFUSED: StageError.REFUSED,
    errno.ENETUNREACH: StageError.UNREACHABLE,
    errno.EHOSTUNREACH: StageError.UNREACHABLE,
    errno.EADDRNOTAVAIL: StageError.UNREACHABLE,
    errno.EAFNOSUPPORT: StageError.UNREACHABLE,
    errno.EACCES: StageError.BLOCKED_LOCALLY,
    errno.EPERM: StageError.BLOCKED_LOCALLY,
    errno.ETIMEDOUT: StageError.TIMEOUT,
    errno.ECONNRESET: StageError.RESET,
    errno.ECONNABORTED: StageError.RESET,
    errno.EPIPE: StageError.RESET,
}
_WINDOWS_CODES = {
    10061: StageError.REFUSED,
    10051: StageError.UNREACHABLE,
    10065: StageError.UNREACHABLE,
    10013: StageError.BLOCKED_LOCALLY,
    10060: StageError.TIMEOUT,
    10054: StageError.RESET,
    10053: StageError.RESET,
}


def socket_error(number: int | None) -> StageError:
    """The word for a socket error number; `failed` for the rare rest."""
    return _CODES.get(number or 0) or _WINDOWS_CODES.get(number or 0, StageError.FAILED)


class _Race:
    """The state of one race: sockets in flight, how each attempt ended."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.open: dict[socket.socket, tuple[Endpoint, float]] = {}
        self.attempts: list[Attempt] = []

    def start(self, endpoint: Endpoint) -> None:
        began = time.monotonic()
        try:
            sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
        except OSError as error:  # a kernel without IPv6, no descriptors left
            self.attempts.append(Attempt(endpoint.address, 0, socket_error(error.errno)))
            return
        sock.setblocking(False)
        self.open[sock] = (endpoint, began)
        number = sock.connect_ex(endpoint.sockaddr)
        if number in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, 10035):
            self.selector.register(sock, selectors.EVENT_WRITE)
        else:
            self.lose(sock, number)

    def lose(self, sock: socket.socket, number: int) -> None:
        endpoint, began = self.open.pop(sock)
        sock.close()
        ms = round((time.monotonic() - began) * 1000)
        self.attempts.append(Attempt(endpoint.address, ms, socket_error(number)))

    def finish(self, sock: socket.socket) -> bool:
        """Look at a socket that became writable: True when it is connected."""
        self.selector.unregister(sock)
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        # Who resets had accepted before (a refusal is another number): the reader will tell.
        if number and socket_error(number) is not StageError.RESET:
            self.lose(sock, number)
            return False
        return True

    def close(self, winner: socket.socket | None) -> None:
        """Give up what is still in flight; with a winner that is no failure."""
        self.selector.close()
        error = StageError.TIMEOUT if winner is None else None
        for sock, (endpoint, began) in self.open.items():
            if sock is not winner:
                sock.close()
                ms = round((time.monotonic() - began) * 1000)
                self.attempts.append(Attempt(endpoint.address, ms, error))
        self.open.clear()


def connect_first(
    endpoints: Sequence[Endpoint], *, token: CancelToken, deadline: Deadline
) -> tuple[socket.socket, Endpoint, tuple[Attempt, ...]]:
    """A connected socket to the endpoint that answers first, which one it was, and the others.

    Attempts start 250 ms apart (at once after a failure). Raises `ConnectionFailed` with
    the losers in its `attempts` (`timeout` at the deadline), or `Cancelled`.
    """
    waiting = _interleave(endpoints)
    race = _Race()
    waker, wakened = socket.socketpair()
    race.selector.register(wakened, selectors.EVENT_READ)
    winner: socket.socket | None = None
    try:
        with token.on_cancel(lambda: _wake(waker)):
            next_start = 0.0
            while True:
                token.raise_if_cancelled()
                now = time.monotonic()
                if waiting and (now >= next_start or not race.open):
                    race.start(waiting.pop(0))
                    next_start = time.monotonic() + ATTEMPT_DELAY_S
                if not race.open:
                    if waiting:
                        continue
                    raise _worst(race.attempts)
                try:
                    timeout = deadline.remaining()
                except DeadlineExceeded:
                    race.close(None)
                    attempts = tuple(race.attempts)
                    raise ConnectionFailed(
                        StageFailure(StageError.TIMEOUT, attempts=attempts)
                    ) from None
                if waiting:
                    timeout = min(timeout, max(0.0, next_start - time.monotonic()))
                for key, _ in race.selector.select(timeout):
                    sock = key.fileobj
                    if sock is wakened or not isinstance(sock, socket.socket):
                        raise Cancelled
                    if race.finish(sock):
                        winner = sock
                        endpoint, _ = race.open[sock]
                        with contextlib.suppress(OSError):  # reset already: the reader will tell
                            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        race.close(winner)
                        return winner, endpoint, tuple(race.attempts)
                    next_start = 0.0
    finally:
        if winner is None:
            race.close(None)
        waker.close()
        wakened.close()


def _wake(waker: socket.socket) -> None:
    # The race may be over, and its sockets closed, by the time the canceller gets here.
    with contextlib.suppress(OSError):
        waker.send(b"x")


_WORST_FIRST = (
    StageError.REFUSED,
    StageError.RESET,
    StageError.BLOCKED_LOCALLY,
    StageError.TIMEOUT,
    StageError.UNREACHABLE,
)


def _worst(attempts: Sequence[Attempt]) -> ConnectionFailed:
    """The failure to report when nobody answered: a refusal says most, then the rest in order."""
    errors = {attempt.error for attempt in attempts}
    worst = next((error for error in _WORST_FIRST if error in errors), StageError.FAILED)
    return ConnectionFailed(StageFailure(worst, attempts=tuple(attempts)))
