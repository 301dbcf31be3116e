"""Looking names up and racing for a connection."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from smtpwizard.model.errors import Cancelled, DeadlineExceeded, NetworkError
from smtpwizard.model.stage_facts import Attempt, StageError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.resolve import (
    Endpoint,
    _interleave,
    _wake,
    _worst,
    connect_first,
    resolve,
    socket_error,
)
from tests.net.peers import black_hole


def four(port: int) -> Endpoint:
    return Endpoint(socket.AF_INET, ("127.0.0.1", port))


def six(port: int) -> Endpoint:
    return Endpoint(socket.AF_INET6, ("::1", port, 0, 0))


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        yield listener.getsockname()[1]


def unused() -> int:
    with listening() as port:
        return port


LONG_S = 86_400.0
"""For what will happen; a short time is for what will not."""


def race(*endpoints: Endpoint, seconds: float = LONG_S, token: CancelToken | None = None) -> Any:
    """Who won, and what became of the others."""
    sock, winner, attempts = connect_first(
        endpoints, token=token or CancelToken(), deadline=Deadline(seconds)
    )
    sock.close()
    return winner, [(attempt.address, attempt.error) for attempt in attempts]


# -- names ---------------------------------------------------------------------------------------


def look_up(host: str, seconds: float = LONG_S, token: CancelToken | None = None) -> list[Endpoint]:
    return resolve(host, 25, token=token or CancelToken(), deadline=Deadline(seconds))


def test_addresses_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise AssertionError("a thread for an address")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert look_up("127.0.0.1") == [four(25)]
    assert look_up("::1") == [six(25)]


def test_each_address_counts_once_and_odd_families_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [
        (getattr(socket, "AF_UNIX", 1), 1, 0, "", "/tmp/x"),
        (socket.AF_INET, 1, 6, "", ("127.0.0.1", 25)),
        (socket.AF_INET6, 1, 6, "", ("::1", 25, 0, 0)),
        (socket.AF_INET, 1, 6, "", ("127.0.0.1", 25)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert look_up("mail.example.com") == [four(25), six(25)]


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (socket.gaierror(socket.EAI_NONAME, ""), "dns_not_found"),
        (socket.gaierror(11004, ""), "dns_not_found"),  # WSANO_DATA
        (socket.gaierror(socket.EAI_AGAIN, ""), "dns_failed"),
        (socket.gaierror(socket.EAI_FAIL, ""), "dns_failed"),
        (OSError(errno.EMFILE, ""), "dns_failed"),
        (UnicodeError("label too long"), "dns_not_found"),
    ],
)
def test_lookups_that_fail(monkeypatch: pytest.MonkeyPatch, error: Exception, word: str) -> None:
    def fail(*args: object, **kwargs: object) -> Any:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NetworkError, match=word):
        look_up("mail.example.com")


def test_a_lookup_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait() and [])
    with pytest.raises(DeadlineExceeded):
        look_up("mail.example.com", 0.1)
    token = CancelToken()
    timer = threading.Timer(0.05, token.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        look_up("mail.example.com", LONG_S, token)
    released.set()
    timer.join()


# -- the race ------------------------------------------------------------------------------------


def test_the_first_that_answers_wins() -> None:
    with listening() as port:
        assert race(four(port)) == (four(port), [])
    with listening("::1") as port:
        winner, attempts = race(four(unused()), six(port))
        assert winner == six(port)
        assert attempts == [("127.0.0.1", "refused")]


def test_a_silent_address_is_not_waited_for() -> None:
    with listening() as port, black_hole("::1") as hole:
        winner, attempts = race(six(hole), four(port))
    assert winner == four(port)
    assert attempts == [("::1", None)]


def test_a_slow_first_may_still_win() -> None:
    # The second attempt has begun and fails; the first is waited for, to the end.
    with black_hole() as hole, pytest.raises(NetworkError, match="timeout") as failure:
        race(four(hole), six(unused()), seconds=0.5)
    errors = {a["address"]: a["error"] for a in failure.value.facts["attempts"]}
    assert errors == {"127.0.0.1": "timeout", "::1": "refused"}


def test_everybody_refuses() -> None:
    with pytest.raises(NetworkError, match="refused") as failure:
        race(four(unused()), six(unused()))
    assert len(failure.value.facts["attempts"]) == 2


@pytest.mark.parametrize("number", [errno.EAFNOSUPPORT, errno.EMFILE])
def test_a_machine_without_ipv6(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    make = socket.socket.__init__

    def refuse(self: socket.socket, family: int = -1, *args: Any, **kwargs: Any) -> None:
        if family == socket.AF_INET6:
            raise OSError(number, "not here")
        make(self, family, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    with listening() as port:
        winner, attempts = race(six(port), four(port))
    assert winner == four(port)
    assert attempts == [("::1", "unreachable" if number == errno.EAFNOSUPPORT else "failed")]
    with pytest.raises(NetworkError) as failure:
        race(six(25))
    assert failure.value.code == attempts[0][1]


def test_an_address_the_kernel_refuses_at_once() -> None:
    # A port of 0 is no port to connect to.
    with listening() as port:
        winner, attempts = race(Endpoint(socket.AF_INET, ("127.0.0.1", 0)), four(port))
    assert winner == four(port)
    assert len(attempts) == 1
    assert attempts[0][1] is not None


def test_a_race_is_stopped() -> None:
    token = CancelToken()
    timer = threading.Timer(0.05, token.cancel)
    with black_hole() as hole:
        timer.start()
        with pytest.raises(Cancelled):
            race(four(hole), seconds=LONG_S, token=token)
    timer.join()
    with pytest.raises(Cancelled):
        race(four(25), token=token)


def test_stopping_a_race_that_is_over_does_no_harm() -> None:
    waker, wakened = socket.socketpair()
    waker.close()
    _wake(waker)
    wakened.close()


def test_the_families_take_turns() -> None:
    fours, sixes = [four(n) for n in (1, 2, 3)], [six(n) for n in (1, 2)]
    assert _interleave([*sixes, *fours]) == [
        sixes[0], fours[0], sixes[1], fours[1], fours[2],
    ]  # fmt: skip
    assert _interleave(fours) == fours


@pytest.mark.parametrize(
    ("errors", "word"),
    [
        ([StageError.UNREACHABLE, StageError.REFUSED], StageError.REFUSED),
        ([StageError.TIMEOUT, StageError.UNREACHABLE], StageError.TIMEOUT),
        ([StageError.FAILED, StageError.BLOCKED_LOCALLY], StageError.BLOCKED_LOCALLY),
        ([StageError.FAILED], StageError.FAILED),
        ([None], StageError.FAILED),
    ],
)
def test_the_failure_that_says_most(errors: list[StageError | None], word: StageError) -> None:
    attempts = [Attempt("127.0.0.1", 1, error) for error in errors]
    error = _worst(attempts)
    assert error.error is word
    assert error.failure.attempts == tuple(attempts)


def test_numbers_of_both_worlds() -> None:
    assert socket_error(errno.ECONNREFUSED) == socket_error(10061) == "refused"
    assert socket_error(errno.ECONNRESET) == socket_error(10054) == "reset"
    assert socket_error(None) == socket_error(4711) == "failed"
