"""The task runner: outcomes on the window's thread, none after a cancel, none after the end."""

from __future__ import annotations

import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from smtpwizard.gui.tasks import Job, Outcome, StoreWaits, TaskRunner
from smtpwizard.model.errors import Cancelled, StorageError
from smtpwizard.net import cancel
from smtpwizard.net.cancel import wait_within_limits

WAIT_S = 300


@pytest.fixture
def bugs() -> list[BaseException]:
    return []


@pytest.fixture
def tasks(qtbot: QtBot, bugs: list[BaseException]) -> TaskRunner:
    return TaskRunner(bugs.append)


def test_work_runs_elsewhere_and_its_outcome_comes_home(tasks: TaskRunner, qtbot: QtBot) -> None:
    threads: dict[str, threading.Thread] = {}
    got: list[Outcome] = []

    def work(_: Job) -> int:
        threads["work"] = threading.current_thread()
        return 42

    def then(outcome: Outcome) -> None:
        threads["then"] = threading.current_thread()
        got.append(outcome)

    tasks.submit(work, then)
    qtbot.waitUntil(lambda: bool(got))
    assert got == [Outcome(value=42)]
    assert threads["then"] is threading.main_thread()
    assert threads["work"] is not threading.main_thread()
    assert threads["work"].daemon


def test_progress_arrives_in_order_before_the_outcome(tasks: TaskRunner, qtbot: QtBot) -> None:
    seen: list[object] = []

    def work(job: Job) -> str:
        for number in range(5):
            job.report(number)
        return "done"

    tasks.submit(work, lambda outcome: seen.append(outcome.value), seen.append)
    qtbot.waitUntil(lambda: len(seen) == 6)
    assert seen == [0, 1, 2, 3, 4, "done"]


def test_expected_failures_are_values_and_bugs_are_told(
    tasks: TaskRunner, qtbot: QtBot, bugs: list[BaseException]
) -> None:
    got: list[Outcome] = []

    def storage(_: Job) -> None:
        raise StorageError("disk_full")

    def bug(_: Job) -> None:
        raise KeyError("oops")

    tasks.submit(storage, got.append)
    qtbot.waitUntil(lambda: len(got) == 1)
    assert bugs == []
    tasks.submit(bug, got.append)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert isinstance(got[0].error, StorageError)
    assert isinstance(got[1].error, KeyError)
    assert bugs == [got[1].error]


def test_a_cancelled_job_is_told_to_stop_and_never_heard_of(
    tasks: TaskRunner, qtbot: QtBot
) -> None:
    running, stopped = threading.Event(), threading.Event()
    got: list[object] = []

    def work(job: Job) -> str:
        running.set()
        job.token.wait(WAIT_S)
        job.report("late")
        stopped.set()
        return "too late"

    job = tasks.submit(work, got.append, got.append)
    assert running.wait(WAIT_S)
    tasks.cancel(job)
    assert stopped.wait(WAIT_S)
    others: list[object] = []
    tasks.submit(lambda _: None, others.append)
    qtbot.waitUntil(lambda: bool(others))
    assert got == []


def test_closing_waits_for_a_save_and_lets_checks_go(tasks: TaskRunner) -> None:
    checking, may_save = threading.Event(), threading.Event()
    done: list[str] = []
    got: list[object] = []
    tokens = {}

    def check(job: Job) -> None:
        tokens["check"] = job.token
        checking.set()
        job.token.wait(WAIT_S)

    def save(job: Job) -> None:
        tokens["save"] = job.token
        may_save.wait(WAIT_S)
        done.append("saved")

    tasks.submit(check, got.append)
    tasks.submit(save, got.append, must_finish=True)
    assert checking.wait(WAIT_S)
    assert tasks.saving
    threading.Timer(0.05, may_save.set).start()
    assert tasks.close(seconds=WAIT_S)
    assert done == ["saved"]
    assert tokens["check"].cancelled
    assert not tokens["save"].cancelled
    assert got == [], "nothing is delivered after the end"


def test_closing_waits_no_longer_than_it_was_told(tasks: TaskRunner) -> None:
    release = threading.Event()
    tasks.submit(lambda _: release.wait(WAIT_S), lambda _: None, must_finish=True)
    assert not tasks.close(seconds=0.01)
    release.set()


def test_a_cancelled_save_is_not_waited_for(tasks: TaskRunner) -> None:
    release = threading.Event()
    job = tasks.submit(lambda _: release.wait(WAIT_S), lambda _: None, must_finish=True)
    tasks.cancel(job)
    assert not tasks.saving
    assert tasks.close(seconds=WAIT_S)
    release.set()


def test_saves_can_be_abandoned_and_checks_go_on(tasks: TaskRunner, qtbot: QtBot) -> None:
    release = threading.Event()
    got: list[Outcome] = []
    tasks.submit(lambda _: release.wait(WAIT_S), got.append, must_finish=True)
    tasks.submit(lambda _: "checked" if release.wait(WAIT_S) else None, got.append)
    tasks.abandon_saves()
    assert not tasks.saving
    release.set()
    qtbot.waitUntil(lambda: bool(got))
    assert [outcome.value for outcome in got] == ["checked"]


def test_a_save_counts_until_its_outcome_is_delivered(tasks: TaskRunner, qtbot: QtBot) -> None:
    done = threading.Event()
    got: list[Outcome] = []
    tasks.submit(lambda _: done.set(), got.append, must_finish=True)
    assert done.wait(WAIT_S)
    assert tasks.saving, "its failure would be told to a window that is gone"
    qtbot.waitUntil(lambda: bool(got))
    assert not tasks.saving


class Page(QObject):
    """Hears of its jobs, and would fail if it heard of them too late."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []

    def ended(self, outcome: Outcome) -> None:
        self.setObjectName("ended")
        self.heard.append(outcome.value)

    def progressed(self, message: object) -> None:
        self.setObjectName("progressed")
        self.heard.append(message)


@pytest.mark.parametrize("named", [False, True])
def test_what_comes_for_the_dead_is_dropped(
    tasks: TaskRunner, qtbot: QtBot, bugs: list[BaseException], named: bool
) -> None:
    page = Page()
    release, told = threading.Event(), threading.Event()

    def work(job: Job) -> str:
        release.wait(WAIT_S)
        job.report("late")
        job.token.wait(WAIT_S)  # nobody wants it any more: it is told to stop
        told.set()
        return "too late"

    if named:
        tasks.submit(
            work,
            lambda outcome: page.ended(outcome),
            lambda message: page.progressed(message),
            owner=page,
        )
    else:
        tasks.submit(work, page.ended, page.progressed)
    shiboken6.delete(page)
    release.set()
    qtbot.waitUntil(told.is_set)
    others: list[object] = []
    tasks.submit(lambda _: None, others.append)
    qtbot.waitUntil(lambda: bool(others))
    assert page.heard == []
    assert bugs == []


def test_work_that_waits_for_a_store_says_so_and_can_be_stopped(
    tasks: TaskRunner, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancel, "WAITING_AFTER_S", 0)
    never, ended = threading.Event(), threading.Event()
    said: list[object] = []

    def work(_: Job) -> None:
        try:
            wait_within_limits(lambda: never.wait(WAIT_S), "keyring")
        except Cancelled:
            ended.set()
            raise

    job = tasks.submit(work, lambda _: None, said.append)
    qtbot.waitUntil(lambda: bool(said))
    assert [type(each) for each in said] == [StoreWaits]
    tasks.cancel(job)
    assert ended.wait(WAIT_S)
    never.set()
