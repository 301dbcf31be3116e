"""What the window does in turns, and when garbage is looked for: it listens in between."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.widgets.garbage import WORTH_A_LOOK, GarbageCollection
from smtpwizard.gui.widgets.in_turns import do_in_turns
from tests.gui.fake_runner import FakeTaskRunner


@pytest.fixture
def owner(qapp: QApplication) -> Iterator[QObject]:
    out = QObject()
    yield out
    out.deleteLater()


def test_between_two_turns_other_timers_have_theirs(qtbot: QtBot, owner: QObject) -> None:
    heard = 0
    at: list[int] = []

    def hear() -> None:
        nonlocal heard
        heard += 1

    def steps() -> Iterator[None]:
        for _ in range(4):
            at.append(heard)
            yield

    listener = QTimer(owner)
    listener.timeout.connect(hear)
    listener.start(0)
    do_in_turns(owner, steps())
    qtbot.waitUntil(lambda: len(at) == 4)
    listener.stop()
    assert len(set(at)) == 4  # with `singleShot` all of them had come before the first


def test_turns_end_with_their_owner(qtbot: QtBot) -> None:
    owner, done = QObject(), []

    def steps() -> Iterator[None]:
        while True:
            done.append(1)
            owner.deleteLater()
            yield

    do_in_turns(owner, steps())
    with qtbot.waitSignal(owner.destroyed):
        pass
    beyond: list[int] = []
    QTimer.singleShot(50, lambda: beyond.append(1))
    before = len(done)
    qtbot.waitUntil(lambda: bool(beyond))
    assert len(done) == before


class Knot:
    """Refers to itself: nothing but a look for garbage takes it away."""

    def __init__(self) -> None:
        self.own = self


def test_garbage_is_looked_for_when_the_window_says_so(owner: QObject) -> None:
    gc.enable()
    collection = GarbageCollection(owner)
    try:
        assert not gc.isenabled()
        gone = weakref.ref(Knot())
        kept: list[list[int]] = [
            [] for _ in range(10 * WORTH_A_LOOK)
        ]  # in any thread: Python by itself would look
        assert gone() is not None
        collection.look()
        assert gone() is None
        assert len(kept) == 10 * WORTH_A_LOOK
        collection.settle()
        assert gc.get_freeze_count() > 0
    finally:
        collection.give_back()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_old_garbage_goes_as_well(owner: QObject) -> None:
    gc.enable()
    collection = GarbageCollection(owner)
    try:
        knot = Knot()
        gone = weakref.ref(knot)
        gc.collect()  # it is old now
        del knot
        kept: list[list[int]] = []
        for _ in range(100):
            kept += [[] for _ in range(2 * WORTH_A_LOOK)]
            collection.look()
        assert gone() is None
    finally:
        collection.give_back()


def test_what_was_read_while_the_window_builds_is_shown_once_it_is_built(
    qtbot: QtBot, window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    window.refresh()
    with qtbot.waitSignal(window.built):
        window.build_soon()
        runner.run()
        assert not window.rows
    assert [row.name for row in window.rows] == ["Invoices"]
