"""Work of the window's own thread that is done in turns, between which the window listens."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QObject, QTimer

_OVER = object()


def do_in_turns(owner: QObject, steps: Iterator[object]) -> Turns:
    """Do one step after the other until there is none, or `owner` is gone.

    By a timer that repeats: Qt queues what `QTimer.singleShot(0, …)` is given, and works off its
    queue, with what is queued meanwhile, before it looks at keys and other timers.
    """
    return Turns(owner, steps)


class Turns(QTimer):
    """Its own method is the slot: Qt lets go of it before the interpreter ends."""

    def __init__(self, owner: QObject, steps: Iterator[object]) -> None:
        super().__init__(owner)
        self._steps = steps
        self.timeout.connect(self._step)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._end)
        self.start(0)

    def finish(self) -> None:
        """Do what is left at once; not from within a step, nor once there is none."""
        for _ in self._steps:
            pass
        self._end()

    def _step(self) -> None:
        if next(self._steps, _OVER) is _OVER:
            self._end()

    def _end(self) -> None:
        # What is left of the steps holds application and window, which then go in the wrong order.
        self.stop()
        self._steps = iter(())
        self.deleteLater()
