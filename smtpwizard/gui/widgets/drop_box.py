"""A box for long texts that somebody pastes, types or drops; a file may be dropped as well."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QPlainTextEdit

from smtpwizard.gui.widgets.dropped import dropped_file


class DropBox(QPlainTextEdit):
    """Shows what is pasted up to so many characters; what is longer, a whole email with all that is
    attached to it, is never laid out here: `text_came` hands it on, with what the box has before
    it. `file_came` has the path of a file that was dropped or pasted."""

    text_came = Signal(str)
    file_came = Signal(str)

    def __init__(self, name: str, placeholder: str, *, shows: int) -> None:
        super().__init__()
        self._shows = shows
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(dropped_file(source)) or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        path = dropped_file(source)
        if path:
            self.file_came.emit(path)
            return
        text = source.text()
        if self.document().characterCount() + len(text) <= self._shows:
            super().insertFromMimeData(source)
        elif self.document().isEmpty():
            self.text_came.emit(text)
        else:
            self.text_came.emit(f"{self.toPlainText()}\n{text}")
