"""Work off the window's thread: submit it, get its outcome back on the window's thread.

The only place that starts threads for the window. Workers are daemon Python threads that own no
QObject and touch no widget.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.net.cancel import CancelToken, wait_limits


class Outcome(NamedTuple):
    """What became of a job: its value, or the exception that ended it."""

    value: Any = None
    error: Exception | None = None


class Job:
    """What work gets to see of its own job: the token to watch, and a way to report progress."""

    __slots__ = ("_report", "token")

    def __init__(self, token: CancelToken, report: Callable[[object], None]) -> None:
        self.token = token
        self._report = report

    def report(self, message: object) -> None:
        """Send a message to the window's thread; safe from any thread, dropped once cancelled."""
        self._report(message)


class StoreWaits:
    """Progress of any job: it waits for the keyring, which may be asking its user."""


Work = Callable[[Job], Any]
Then = Callable[[Outcome], None]
Progress = Callable[[object], None]


class Runner(Protocol):
    """What the window needs of whatever runs its work."""

    @property
    def saving(self) -> bool: ...
    def submit(
        self,
        work: Work,
        then: Then,
        progress: Progress | None = None,
        *,
        owner: QObject | None = None,
        must_finish: bool = False,
    ) -> int: ...
    def cancel(self, job: int) -> None: ...
    def abandon_saves(self) -> None: ...


class _Message(NamedTuple):
    content: object


class Listener:
    """Whoever waits for a job; hears nothing any more once the object it belongs to is gone.

    `owner` is that object; where it is not given, the one whose method `then` is.
    """

    __slots__ = ("_owner", "_progress", "_then")

    def __init__(self, then: Then, progress: Progress | None, owner: QObject | None) -> None:
        if owner is None:
            of = getattr(then, "__self__", None)
            owner = of if isinstance(of, QObject) else None
        self._then = then
        self._progress = progress
        self._owner = owner

    @property
    def gone(self) -> bool:
        return self._owner is not None and not isValid(self._owner)

    def hear(self, message: object) -> None:
        if self._progress is not None and not self.gone:
            self._progress(message)

    def end(self, outcome: Outcome) -> None:
        if not self.gone:
            self._then(outcome)


class _Entry(NamedTuple):
    token: CancelToken
    listener: Listener
    must_finish: bool


class _Bridge(QObject):
    """The one QObject between workers and window; lives as long as the application."""

    arrived = Signal(int, object)

    def __init__(self, deliver: Callable[[int, object], None]) -> None:
        super().__init__()
        self._deliver = deliver
        # The slot is this object's own method, so Qt queues what other threads emit and runs it in
        # this object's thread (an automatic connection: its type by name would cost the start).
        self.arrived.connect(self._on_arrived)

    def _on_arrived(self, job: int, payload: object) -> None:
        self._deliver(job, payload)


class TaskRunner:
    """Runs work on daemon threads; outcomes of cancelled jobs are dropped, and those for the dead.

    `on_bug` hears of every exception that is not one of the expected failures.
    """

    def __init__(self, on_bug: Callable[[BaseException], None]) -> None:
        self._on_bug = on_bug
        self._bridge = _Bridge(self._deliver)
        self._ids = itertools.count(1)
        self._entries: dict[int, _Entry] = {}
        # What must finish, until its outcome is delivered or nobody wants it any more.
        self._saves: dict[int, threading.Thread] = {}
        # Held while emitting and while closing: an emit after the application's end crashes.
        self._lock = threading.Lock()
        self._closed = False

    @property
    def saving(self) -> bool:
        """True while work that must not be abandoned is under way; cancelled work may be."""
        return bool(self._saves)

    def submit(
        self,
        work: Work,
        then: Then,
        progress: Progress | None = None,
        *,
        owner: QObject | None = None,
        must_finish: bool = False,
    ) -> int:
        """Run `work` on a thread of its own; `then` and `progress` run on the window's thread.

        Neither runs once `owner` is gone: by itself the object whose method `then` is. Work that
        `must_finish` (a save) is waited for when the application ends. While a secret store asks
        its user, `progress` hears `StoreWaits`, and cancelling ends the wait.
        """
        job = next(self._ids)
        token = CancelToken()
        self._entries[job] = _Entry(token, Listener(then, progress, owner), must_finish)
        thread = threading.Thread(
            target=self._run, args=(job, work, token), name=f"job-{job}", daemon=True
        )
        if must_finish:
            self._saves[job] = thread
        thread.start()
        return job

    def cancel(self, job: int) -> None:
        """Ask a job to stop and forget it; nothing of it is delivered, nobody waits for it."""
        self._saves.pop(job, None)
        entry = self._entries.pop(job, None)
        if entry is not None:
            entry.token.cancel()

    def abandon_saves(self) -> None:
        """Cancel what must finish: the user does not want to wait for it any longer."""
        for job in tuple(self._saves):
            self.cancel(job)

    def close(self, seconds: float = 10.0) -> bool:
        """Let nothing through any more, stop checks, wait for saves at most `seconds`.

        True when no save is left behind. Call it when the event loop ends.
        """
        with self._lock:
            self._closed = True
        for entry in self._entries.values():
            if not entry.must_finish:
                entry.token.cancel()
        self._entries.clear()
        end = time.monotonic() + seconds
        for thread in self._saves.values():
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._saves.values())

    def _run(self, job: int, work: Work, token: CancelToken) -> None:
        def report(message: object) -> None:
            self._emit(job, _Message(message))

        try:
            with wait_limits(token=token, waiting=lambda: report(StoreWaits())):
                outcome = Outcome(value=work(Job(token, report)))
        except Exception as error:  # noqa: BLE001 - the worker's edge: told to the window
            outcome = Outcome(error=error)
        self._emit(job, outcome)

    def _emit(self, job: int, payload: object) -> None:
        with self._lock:
            if not self._closed:
                self._bridge.arrived.emit(job, payload)

    def _deliver(self, job: int, payload: object) -> None:
        entry = self._entries.get(job)
        if entry is None:
            return
        if isinstance(payload, _Message):
            entry.listener.hear(payload.content)
            if entry.listener.gone and not entry.must_finish:
                self.cancel(job)
            return
        del self._entries[job]
        self._saves.pop(job, None)
        assert isinstance(payload, Outcome)
        if payload.error is not None and not isinstance(payload.error, SmtpWizardError):
            self._on_bug(payload.error)
        entry.listener.end(payload)
