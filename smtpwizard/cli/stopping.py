"""Ctrl-C and SIGTERM while something is under way that can be stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from smtpwizard.net.cancel import CancelToken


@contextmanager
def stopping(token: CancelToken, begun: threading.Event | None = None) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop the verification; its report then says so.

    A second Ctrl-C ends the program, as does one before the verification has `begun`: what opens
    a secret store watches no token.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        if token.cancelled or (begun is not None and not begun.is_set()):
            raise KeyboardInterrupt
        token.cancel()

    # A shell's background job ignores SIGINT, and goes on doing so.
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
