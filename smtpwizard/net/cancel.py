"""Stopping: a token that interrupts blocking work, a deadline, and limits for what asks people.

Imports no ssl, no socket.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

from smtpwizard.model.errors import Cancelled, DeadlineExceeded

T = TypeVar("T")

_SLICE_S = 0.5
# A wait that takes longer is said, seconds.
WAITING_AFTER_S = 2.0

# Polite requests to end. Windows asks with a break: Ctrl-Break, a console's closing, a shutdown.
ENDING_SIGNALS: tuple[signal.Signals, ...] = (signal.SIGTERM,)
if sys.platform == "win32":
    ENDING_SIGNALS += (signal.SIGBREAK,)


class CancelToken:
    """A request to stop that any thread may make and blocking work observes.

    Work that blocks in the kernel registers an `on_cancel` callback that unblocks it
    (shut a socket down); it runs in the cancelling thread, at most once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Ask to stop; safe from any thread, any number of times."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` once a stop was asked for."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds`; True as soon as the token is cancelled."""
        return self._event.wait(seconds)

    def on_cancel(self, callback: Callable[[], None]) -> AbstractContextManager[None]:
        """Run `callback` on cancellation while the block is active (at once if already so)."""
        return _OnCancel(self, callback)

    def _add(self, callback: Callable[[], None]) -> None:
        with self._lock:
            already = self._event.is_set()
            if not already:
                self._callbacks.append(callback)
        if already:
            callback()

    def _remove(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)


class _OnCancel:
    """The block of `on_cancel`; every read and write has one, so it is no generator."""

    __slots__ = ("_callback", "_token")

    def __init__(self, token: CancelToken, callback: Callable[[], None]) -> None:
        self._token = token
        self._callback = callback

    def __enter__(self) -> None:
        self._token._add(self._callback)

    def __exit__(self, *_: object) -> None:
        self._token._remove(self._callback)


class Deadline:
    """A point on the monotonic clock; `remaining()` is in seconds."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, raising `DeadlineExceeded` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded
        return left

    def extend(self, seconds: float) -> None:
        """Give more time; a wait for `remaining()` has to look again."""
        self._end += seconds

    @property
    def expired(self) -> bool:
        return time.monotonic() >= self._end


def run_abandonable(
    work: Callable[[], T],
    *,
    token: CancelToken,
    deadline: Deadline,
    name: str,
    waiting: Callable[[], None] | None = None,
) -> T:
    """The result of `work`, which nothing can interrupt, on a daemon thread of its own.

    On cancel or at the deadline the thread is left behind and its result dropped. `waiting` is
    called once, in this thread, when it takes longer than `WAITING_AFTER_S`. Raises what `work`
    raises, `Cancelled`, or `DeadlineExceeded`.
    """
    done = threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
            errors.append(error)
        finally:
            done.set()

    token.raise_if_cancelled()
    said_at = time.monotonic() + WAITING_AFTER_S
    threading.Thread(target=run, name=name, daemon=True).start()
    with token.on_cancel(done.set):
        # In slices: a signal that comes just before a wait does not end it.
        while not done.wait(min(_SLICE_S, deadline.remaining())):
            if waiting is not None and time.monotonic() >= said_at:
                waiting()
                waiting = None
    token.raise_if_cancelled()
    if errors:
        raise errors[0]
    return results[0]


class WaitLimits(NamedTuple):
    """How a thread waits for what may be asking a person, such as a keyring.

    `token` ends a wait, `timeout_s` bounds each of them in seconds (None: as long as it takes), and
    `waiting` hears of one that is not over after `WAITING_AFTER_S`. With `unasked` this program
    itself asks nobody for a passphrase in this thread.
    """

    token: CancelToken
    timeout_s: float | None = None
    waiting: Callable[[], None] | None = None
    unasked: bool = False


_limits: ContextVar[WaitLimits | None] = ContextVar("wait_limits", default=None)


@contextmanager
def wait_limits(
    *,
    token: CancelToken | None = None,
    timeout_s: float | None = None,
    waiting: Callable[[], None] | None = None,
    unasked: bool = False,
) -> Iterator[None]:
    """Set how this thread waits while the block runs; what is not given stays as it was."""
    now = _limits.get() or WaitLimits(CancelToken())
    before = _limits.set(
        WaitLimits(
            token or now.token,
            now.timeout_s if timeout_s is None else timeout_s,
            waiting or now.waiting,
            unasked or now.unasked,
        )
    )
    try:
        yield
    finally:
        _limits.reset(before)


def bounded_s(seconds: float) -> float:
    """As many seconds, or fewer where this thread's timeout for a wait ends before."""
    limits = _limits.get()
    timeout_s = None if limits is None else limits.timeout_s
    return seconds if timeout_s is None else min(seconds, timeout_s)


def may_ask() -> bool:
    """False in a thread that asks nobody for a passphrase."""
    limits = _limits.get()
    return limits is None or not limits.unasked


def wait_within_limits(work: Callable[[], T], name: str) -> T:
    """The result of `work`, waited for within this thread's limits; without any, just done.

    Raises what `work` raises, `Cancelled`, or `DeadlineExceeded`; the work then goes on unheard.
    """
    limits = _limits.get()
    if limits is None:
        return work()
    return run_abandonable(
        work,
        token=limits.token,
        deadline=Deadline(float("inf") if limits.timeout_s is None else limits.timeout_s),
        name=name,
        waiting=limits.waiting,
    )


@contextmanager
def terminable() -> Iterator[None]:
    """Let a polite request to end clean up as Ctrl-C does: as `KeyboardInterrupt`.

    Does nothing outside the main thread, where Python delivers no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
