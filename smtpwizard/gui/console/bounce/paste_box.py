"""The box into which a bounce is pasted, typed or dropped."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from smtpwizard.gui.widgets.dropped import dropped_file

# What is typed by hand stays far below this; what is pasted is taken over at once.
MAX_TEXT = 1_000_000


class PasteBox(QPlainTextEdit):
    """Text that comes at once into the empty box is handed on, and never shown: it may hold a
    secret. `came` has the text, `file_came` the path of a file that was dropped, `wanted` comes
    with Ctrl+Return."""

    came = Signal(str)
    file_came = Signal(str)
    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setProperty("fixed", "true")
        self.setAccessibleName(self.tr("Bounce, log or trace"))
        self.setPlaceholderText(self.tr("Paste it here, or drop it anywhere in this window"))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(dropped_file(source)) or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        path = dropped_file(source)
        if path:
            self.file_came.emit(path)
        elif self.document().isEmpty():
            self.came.emit(source.text())
        else:
            self.came.emit(f"{self.toPlainText()}\n{source.text()}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_go(event):
            self.wanted.emit()
        else:
            super().keyPressEvent(event)


def _is_go(event: QKeyEvent) -> bool:
    from PySide6.QtCore import Qt  # noqa: PLC0415 - builds a hundred classes

    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
