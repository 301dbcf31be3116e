"""The transcript under the stages: folded, read only, with a window of its own to search in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import announce, button, line, plain_label, set_tone
from smtpwizard.gui.widgets.fields import line_edit
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import TranscriptLine

MAX_LINE = 2000  # characters of one transcript line; a longer one stalls the widget
MAX_LINES = 2000  # lines of a transcript in its window
LINES_HERE = 60  # lines shown within a page, which has a scroll bar of its own


class TranscriptFold(Fold):
    """What the server and we said; nothing is built before it is opened."""

    def __init__(self) -> None:
        super().__init__(self.tr("Transcript"))
        self._lines: tuple[TranscriptLine, ...] = ()
        self._built = False
        self.edit = transcript_edit(self.tr("Lines of the transcript"))
        self.edit.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.window_button = button(self.tr("Open in a window"), self.open_window, quiet=True)
        self.dialog: TranscriptDialog | None = None
        self.body.setSpacing(4)
        self.body.addWidget(self.edit)
        self.body.addLayout(line(self.window_button, None))
        self.toggled.connect(self._write)
        self.hide()

    def show_lines(self, lines: Sequence[TranscriptLine]) -> None:
        """Show this transcript; an empty one is not offered."""
        self._lines = tuple(lines)
        self._built = False
        self.setVisible(bool(lines))
        one = len(lines) == 1
        words = (
            self.tr("– {0} line, secrets left out")
            if one
            else self.tr("– {0} lines, secrets left out")
        )
        self.set_rest(words.format(len(lines)))
        self._write(self.is_open)

    def text(self) -> str:
        """All of it."""
        return transcript_text(self._lines)

    def _write(self, opened: bool) -> None:
        if not opened or self._built:
            return
        self._built = True
        self.edit.setPlainText(transcript_text(self._lines, LINES_HERE))
        # As high as its lines: the page scrolls, and nothing within it.
        rows = self.edit.blockCount()
        bar = self.edit.horizontalScrollBar().sizeHint().height()
        self.edit.setFixedHeight(self.edit.fontMetrics().lineSpacing() * rows + bar + 24)

    def open_window(self) -> None:
        """Show all of it in a window of its own."""
        self.dialog = TranscriptDialog(self.window(), self.text())
        self.dialog.open()


class TranscriptDialog(QDialog):
    """A transcript to search in and to copy."""

    def __init__(self, parent: QWidget, text: str) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:verify")
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Transcript"))
        self.find_edit = line_edit()
        self.find_edit.setAccessibleName(self.tr("Find"))
        self.find_edit.setPlaceholderText(self.tr("Find"))
        self.find_edit.textChanged.connect(self._find_first)
        self.find_edit.returnPressed.connect(self.find_next)
        self.previous_button = button(self.tr("Previous"), self.find_previous, icon="up")
        self.next_button = button(self.tr("Next match"), self.find_next, icon="down")
        self.found = plain_label(tone="quiet", wrap=False)
        self.edit = transcript_edit(self.tr("Lines of the transcript"))
        self.edit.setPlainText(text)
        self.copy_button = button(self.tr("Cop&y"), self._copy, icon="copy")
        self.close_button = button(self.tr("Close"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addLayout(
            line(self.find_edit, self.previous_button, self.next_button, self.found, None)
        )
        column.addWidget(self.edit, 1)
        column.addLayout(line(self.copy_button, None, self.close_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 56, room.width() * 9 // 10), min(em * 38, room.height() * 9 // 10))
        self.find_edit.setFocus()

    def _find_first(self) -> None:
        self.edit.moveCursor(QTextCursor.MoveOperation.Start)
        self._look(QTextDocument.FindFlag(0))

    def find_next(self) -> None:
        """Go to the next place, from the last one to the first."""
        self._look(QTextDocument.FindFlag(0), QTextCursor.MoveOperation.Start)

    def find_previous(self) -> None:
        """Go to the place before, from the first one to the last."""
        self._look(QTextDocument.FindFlag.FindBackward, QTextCursor.MoveOperation.End)

    def _look(
        self, flags: QTextDocument.FindFlag, around: QTextCursor.MoveOperation | None = None
    ) -> None:
        wanted = self.find_edit.text()
        count = self.edit.toPlainText().lower().count(wanted.lower()) if wanted else 0
        if wanted and not self.edit.find(wanted, flags) and around is not None:
            self.edit.moveCursor(around)
            self.edit.find(wanted, flags)
        words = self.tr("{0} found").format(count) if count else self.tr("Not found")
        self.found.setText(words if wanted else "")
        set_tone(self.found, "tone", "quiet" if count or not wanted else "danger")
        if wanted:
            announce(self.found, words)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.edit.toPlainText())
        announce(self.copy_button, self.tr("Copied"))


def transcript_edit(name: str) -> QPlainTextEdit:
    """A read-only text in fixed pitch; Tab leaves it."""
    edit = QPlainTextEdit()
    edit.setReadOnly(True)
    edit.setAccessibleName(name)
    edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    edit.setTabChangesFocus(True)
    edit.setUndoRedoEnabled(False)
    edit.setProperty("fixed", "true")
    return edit


def transcript_text(lines: Sequence[TranscriptLine], most: int = MAX_LINES) -> str:
    """The transcript as text of at most `most` lines: time in ms, who spoke, what."""
    marks = {"server": "S", "client": "C"}
    half = most // 2
    out = [
        f"{line.t_ms:>6}  {marks.get(line.sender, '*')}  {clean_text(line.line, MAX_LINE)}"
        for line in (lines if len(lines) <= most else (*lines[:half], *lines[-half:]))
    ]
    if len(lines) > most:
        out.insert(half, f"        *  … {len(lines) - most} …")
    return "\n".join(out)
