"""A dialog with a text that is ready to be copied."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QFontMetricsF, QGuiApplication, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, plain_label, say_done

# A line of more letters is not wrapped: that takes long.
_WRAPPED = 5000
# A shorter one fits on a line, px aside: it needs no place where it would go on.
_SHORT = 40


def text_view(text: str, name: str) -> QPlainTextEdit:
    """A read-only text of several lines; Tab leaves it."""
    edit = QPlainTextEdit()
    _make_readable(edit, name)
    fill_text(edit, text)
    return edit


def hanging_view(name: str) -> QTextEdit:
    """The same for lines of a label and what it says: `hang_lines` says where each goes on."""
    edit = QTextEdit()
    edit.setProperty("hanging", "true")
    edit.setAcceptRichText(False)
    _make_readable(edit, name)
    return edit


def _make_readable(edit: QPlainTextEdit | QTextEdit, name: str) -> None:
    edit.setReadOnly(True)
    edit.setAccessibleName(name)
    edit.setTabChangesFocus(True)
    edit.setUndoRedoEnabled(False)


def hang_lines(edit: QTextEdit, hangs: Iterable[int]) -> None:
    """Let each line, where it is too long, go on below itself so many letters from its beginning;
    the font has one width for all of them."""
    letter = QFontMetricsF(edit.font()).horizontalAdvance("0")
    block = edit.document().begin()
    cursor = QTextCursor(block)
    cursor.beginEditBlock()
    for hang in hangs:
        if block.length() > _SHORT:
            look = QTextBlockFormat()
            look.setLeftMargin(hang * letter)
            look.setTextIndent(-hang * letter)
            QTextCursor(block).setBlockFormat(look)
        block = block.next()
    cursor.endEditBlock()


def fill_text(edit: QPlainTextEdit | QTextEdit, text: str) -> None:
    """Show another text there, whosever it is."""
    longest = max(map(len, text.split("\n")))
    wraps = longest <= _WRAPPED
    if isinstance(edit, QTextEdit):
        modes = QTextEdit.LineWrapMode
        edit.setLineWrapMode(modes.WidgetWidth if wraps else modes.NoWrap)
    else:
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
