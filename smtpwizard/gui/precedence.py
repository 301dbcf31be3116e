"""Work of many threads stands back while the window is late with its own.

Python lets one thread work at a time, and the window's lets the others on at each call of Qt: among
many that want to go on it would come to the end of a page long after it should.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from smtpwizard.net.cancel import CancelToken

# How often the window shows that it is not late, ms, and from when on it is, s.
BEAT_MS = 5
LATE_S = 0.01
# Nobody stands back longer than this at a time, s: a window that hangs is no reason to hang, too.
AT_MOST_S = 0.5


class YieldingToken(CancelToken):
    """Whoever looks here whether to stop, as before each wait for the network, lets the window's
    thread go first, which beats meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._beaten = threading.Event()
        self._beaten_at = float("inf")

    def beat(self) -> None:
        """The window is not late."""
        self._beaten_at = time.monotonic()
        self._beaten.set()

    def raise_if_cancelled(self) -> None:
        """Wait for the next beat where it is late; raise `Cancelled` once a stop was asked for."""
        if time.monotonic() > self._beaten_at + LATE_S and not self.cancelled:
            self._beaten.clear()
            self._beaten.wait(AT_MOST_S)
        super().raise_if_cancelled()

    def cancel(self) -> None:
        """Ask to stop, those too who stand back."""
        super().cancel()
        self._beaten.set()


class Shown:
    """Who tells the window something while much is still to be done waits until it is shown, for a
    moment: the first rows of a long list are not held up by the reading of the others."""

    def __init__(self) -> None:
        self._shown = threading.Event()

    def say(self) -> None:
        """The window shows what it was told last."""
        self._shown.set()

    def tell(self, report: Callable[[], object]) -> None:
        """Report something, and wait."""
        self._shown.clear()
        report()
        self._shown.wait(AT_MOST_S)
