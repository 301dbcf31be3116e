"""Ctrl-C and requests to end while something is under way that can be stopped."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from smtpwizard.net.cancel import ENDING_SIGNALS, CancelToken


@contextmanager
def stopping(token: CancelToken, begun: threading.Event | None = None) -> Iterator[None]:
    """Ctrl-C and requests to end stop the verification; its report then says so.

    A second Ctrl-C ends the program, as does one before the verification has `begun`: what opens
    a secret store watches no token.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    heard: list[int] = []

    def stop(number: int, frame: object) -> None:
        if heard or (begun is not None and not begun.is_set()):
            raise KeyboardInterrupt
        heard.append(number)
        token.cancel()

    # A shell's background job ignores SIGINT, and goes on doing so.
    numbers = [n for n in (signal.SIGINT, *ENDING_SIGNALS) if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        with _listening(token, begun) if WAITS_ARE_DEAF else nullcontext():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Windows ends no wait for a socket when a signal comes: Python hears of it afterwards.
WAITS_ARE_DEAF = sys.platform == "win32"


@contextmanager
def _listening(token: CancelToken, begun: threading.Event | None) -> Iterator[None]:
    """Let a thread hear of signals while the main thread waits for the network."""
    hearing, saying = socket.socketpair()
    saying.setblocking(False)

    def listen() -> None:
        while hearing.recv(1):
            if begun is None or begun.is_set():
                token.cancel()

    thread = threading.Thread(target=listen, name="signals", daemon=True)
    thread.start()
    before = signal.set_wakeup_fd(saying.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        saying.close()
        thread.join()
        hearing.close()
