"""A dialog with a text that is ready to be copied."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, plain_label, say_done

# A line of more letters is not wrapped: that takes long.
_WRAPPED = 5000


def text_view(text: str, name: str) -> QPlainTextEdit:
    """A read-only text of several lines; Tab leaves it."""
    edit = QPlainTextEdit()
    edit.setReadOnly(True)
    edit.setAccessibleName(name)
    edit.setTabChangesFocus(True)
    edit.setUndoRedoEnabled(False)
    fill_text(edit, text)
    return edit


def fill_text(edit: QPlainTextEdit, text: str) -> None:
    """Show another text there, whosever it is."""
    longest = max(map(len, text.split("\n")))
    wraps = longest <= _WRAPPED
    mode = QPlainTextEdit.LineWrapMode
    edit.setLineWrapMode(mode.WidgetWidth if wraps else mode.NoWrap)
    edit.setPlainText(text)


class TextDialog(QDialog):
    """Shows a text; Copy takes the whole of it."""

    def __init__(self, parent: QWidget, title: str, explanation: str, text: str) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(title)
        self.column = layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(plain_label(title, heading="page"))
        head.addWidget(plain_label(explanation, tone="quiet"))
        layout.addLayout(head)
        self.edit = text_view(text, title)
        layout.addWidget(self.edit, 1)
        self.copy_button = button(self.tr("Cop&y"), self._copy, icon="copy")
        self.close_button = button(self.tr("Close"), self.reject)
        self.buttons = line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.copy_button)
        line.addStretch(1)
        line.addWidget(self.close_button)
        layout.addLayout(line)
        self.copy_button.setDefault(True)
        self.copy_button.setFocus()
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 40, room.width() * 9 // 10), min(em * 30, room.height() * 9 // 10))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.edit.toPlainText())
        say_done(self.copy_button, self.tr("Copied"))
