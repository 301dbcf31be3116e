"""A task runner that does nothing until the test says so."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from PySide6.QtCore import QObject

from smtpwizard.gui.tasks import Job, Listener, Outcome, Progress, Then, Work
from smtpwizard.net.cancel import CancelToken


@dataclass
class Pending:
    job: int
    work: Work
    listener: Listener
    must_finish: bool
    token: CancelToken


class FakeTaskRunner:
    """Keeps submitted work; the test runs it, or answers in its place."""

    def __init__(self) -> None:
        self.pending: list[Pending] = []
        self.cancelled: list[int] = []
        self._ids = itertools.count(1)

    @property
    def saving(self) -> bool:
        return any(entry.must_finish for entry in self.pending)

    def submit(
        self,
        work: Work,
        then: Then,
        progress: Progress | None = None,
        *,
        owner: QObject | None = None,
        must_finish: bool = False,
    ) -> int:
        listener = Listener(then, progress, owner)
        entry = Pending(next(self._ids), work, listener, must_finish, CancelToken())
        self.pending.append(entry)
        return entry.job

    def cancel(self, job: int) -> None:
        for entry in self.pending:
            if entry.job == job:
                entry.token.cancel()
        self.pending = [entry for entry in self.pending if entry.job != job]
        self.cancelled.append(job)

    def abandon_saves(self) -> None:
        for entry in [entry for entry in self.pending if entry.must_finish]:
            self.cancel(entry.job)

    # -- for the test -------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Do the oldest work here and now and deliver its outcome."""
        entry = self.pending[0]
        job = Job(entry.token, lambda message: self._progress(entry, message))
        try:
            outcome = Outcome(value=entry.work(job))
        except Exception as error:  # noqa: BLE001 - as the real runner does
            outcome = Outcome(error=error)
        self._deliver(entry, outcome)
        return outcome

    def run_all(self) -> None:
        """Do everything, and what that leads to."""
        while self.pending:
            self.run()

    def answer(self, value: object) -> None:
        """Deliver a value for the oldest work without doing it."""
        self._deliver(self.pending[0], Outcome(value=value))

    def fail(self, error: Exception) -> None:
        self._deliver(self.pending[0], Outcome(error=error))

    def report(self, message: object) -> None:
        self._progress(self.pending[0], message)

    def _progress(self, entry: Pending, message: object) -> None:
        if entry in self.pending:
            entry.listener.hear(message)

    def _deliver(self, entry: Pending, outcome: Outcome) -> None:
        if entry in self.pending:
            self.pending.remove(entry)
            entry.listener.end(outcome)
