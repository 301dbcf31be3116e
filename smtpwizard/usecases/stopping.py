"""How a face asks running work to stop: it reaches the layers below through use cases only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from smtpwizard.net.cancel import CancelToken

__all__ = ["CancelToken", "terminable"]


@contextmanager
def terminable() -> Iterator[None]:
    """Let a polite request to end (SIGTERM) clean up as Ctrl-C does: as `KeyboardInterrupt`.

    Does nothing outside the main thread, where Python delivers no signals.
    """
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
