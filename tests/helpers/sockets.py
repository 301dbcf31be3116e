"""Sockets of servers that a test makes for itself."""

from __future__ import annotations

import contextlib
import socket


def stop_listening(listener: socket.socket) -> None:
    """Close it, and let the thread that waits in its `accept` go on with an `OSError`."""
    with contextlib.suppress(OSError):  # where closing is enough, and nothing is connected
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
