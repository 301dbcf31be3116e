"""The box into which a bounce is pasted, typed or dropped."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent

from smtpwizard.gui.widgets.drop_box import DropBox


class PasteBox(DropBox):
    """What is pasted is handed on at once, and never shown: it may hold a secret. `wanted` comes
    with Ctrl+Return."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__(
            self.tr("Bounce, log or trace"),
            self.tr("Paste it here, or drop it anywhere in this window"),
            shows=0,
        )
        self.setProperty("fixed", "true")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_go(event):
            self.wanted.emit()
        else:
            super().keyPressEvent(event)


def _is_go(event: QKeyEvent) -> bool:
    from PySide6.QtCore import Qt  # noqa: PLC0415 - builds a hundred classes

    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
