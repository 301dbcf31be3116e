"""How the window was left: its place, its columns, order and filter, in the settings' file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QTimer
from PySide6.QtWidgets import QMainWindow

SETTING = "window"
# What changes is kept once nothing else has for so long, ms.
KEEP_AFTER_MS = 1500
MAX_GEOMETRY = 4000


def restore_place(window: QMainWindow, state: Mapping[str, Any]) -> bool:
    """Put the window where it was, as far as that is on a screen; False where nothing is known."""
    text = state.get("geometry")
    if not isinstance(text, str) or not text.isascii() or len(text) > MAX_GEOMETRY:
        return False
    return window.restoreGeometry(QByteArray.fromBase64(text.encode()))


def place_of(window: QMainWindow) -> str:
    """Where the window is, for `restore_place`."""
    return bytes(window.saveGeometry().toBase64().data()).decode()


class StateKeeper(QObject):
    """Has the state written some time after it changed, and never twice the same."""

    def __init__(
        self,
        parent: QObject,
        before: Mapping[str, Any],
        state: Callable[[], Mapping[str, Any]],
        write: Callable[[Mapping[str, Any]], object],
    ) -> None:
        super().__init__(parent)
        self._written = dict(before)
        self._state = state
        self._write = write
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep_now)

    def changed(self) -> None:
        """Something that is kept may be different now."""
        self._timer.start()

    def keep_now(self) -> None:
        """Have it written, where it is not what was written last."""
        self._timer.stop()
        state = dict(self._state())
        if state != self._written:
            self._written = state
            self._write(state)
