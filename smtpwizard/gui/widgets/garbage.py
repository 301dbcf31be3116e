"""When Python looks for garbage: in the window's thread, in small pieces, and not in the middle of
work.

By itself it looks in whatever thread has just made much, as one that reads a long transcript, and
holds up every other one meanwhile: 20 to 60 ms with 10,000 connectors.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

# How often young objects are looked at, ms, and at which of these times older ones and all are.
LOOK_EVERY_MS = 1000
OLDER_EVERY, ALL_EVERY = 5, 30
# Fewer young ones than these are left for the next time.
WORTH_A_LOOK = 700


class GarbageCollection(QObject):
    """Takes over from Python until `give_back`; what there is at `settle` is looked at no more."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._looks = 0
        self._had_to_be_on = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_EVERY_MS)

    def look(self) -> None:
        """Clear what is garbage by now, among the young ones, or from time to time among all."""
        if gc.get_count()[0] < WORTH_A_LOOK:
            return
        self._looks += 1
        if self._looks % ALL_EVERY == 0:
            gc.collect()
        else:
            gc.collect(1 if self._looks % OLDER_EVERY == 0 else 0)

    @staticmethod
    def settle() -> None:
        """The modules and the window are there to stay: a look at everything else is short then."""
        gc.freeze()

    def give_back(self) -> None:
        """Python does it by itself again, as it did before."""
        self._timer.stop()
        gc.unfreeze()
        if self._had_to_be_on:
            gc.enable()
