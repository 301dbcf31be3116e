"""Work of many threads stands back while the window is late with its own.

Python lets one thread work at a time, and the window's lets the others on at each call of Qt: among
many that want to go on it would come to the end of a page long after it should.
"""

from __future__ import annotations

import threading
import time

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
