"""A received test email read back: its headers pasted, or its file dropped or opened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.tasks import Outcome, Runner, Work
from smtpwizard.gui.widgets.drop_box import DropBox
from smtpwizard.gui.widgets.elements import (
    announce,
    breakable,
    button,
    line,
    plain_label,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import scroll_to, scrolling
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.messages.proof import Sign, Told, told_of
from smtpwizard.model.proof import Proof

if TYPE_CHECKING:
    from smtpwizard.model.proof import Origin
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

_MAX_ANNOUNCED = 1000
# Headers are far shorter; what is attached to an email may be megabytes.
_MAX_SHOWN = 100_000
_MARKS = {
    Sign.GOOD: "passed",
    Sign.BAD: "failed",
    Sign.LOOK: "warning",
    Sign.NOTE: "info",
}
# Beneath the words of a line with a mark, px.
_UNDER_WORDS = 24


class ReceivedEmail(QWidget):
    """Reads on request, and at once a file, or what is too long to be shown; what it says stays
    until the next one.

    `origin` says whose it may be; `key_learnt` has the name of a DKIM key that the connector's own
    email was signed with.
    """

    key_learnt = Signal(str)

    def __init__(self, ws: Workspace, runner: Runner, origin: Origin) -> None:
        super().__init__()
        self._runner = runner
        self._job: int | None = None
        self._ws = ws
        self._origin = origin
        self.file_dialog: QFileDialog | None = None
        self.box = DropBox(
            self.tr("Headers of the received email"),
            self.tr("All headers, or the whole email; or drop its .eml file here"),
            shows=_MAX_SHOWN,
        )
        self.box.file_came.connect(self.read_file)
        self.box.text_came.connect(self.read_text)
        self.read_button = button(self.tr("Read the received email"), self.read)
        self.open_button = button(self.tr("Open a file…"), self.choose_file, icon="folder")
        self.words = plain_label(tone="strong")
        self.words.hide()
        self.lines: list[ToldLine] = []
        self._told = QWidget()
        self._column = QVBoxLayout(self._told)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(
            plain_label(
                self.tr(
                    "Open it where it arrived, show its headers, and paste them here; or save it "
                    "as a file."
                ),
                tone="muted",
            )
        )
        column.addWidget(self.box)
        column.addLayout(line(self.read_button, self.open_button, None))
        column.addWidget(self.words)
        column.addWidget(self._told)

    def hear_of(self, stored: StoredConnector) -> None:
        """The connector as it is saved now."""
        self._origin = self._origin._replace(stored=stored)

    def read(self) -> None:
        """Read what stands in the box."""
        self.read_text(self.box.toPlainText())

    def read_text(self, text: str) -> None:
        """Read a text, beside the window however long it is."""
        self._submit(partial(jobs.read_received, self._ws, self._origin, text))

    def choose_file(self) -> None:
        """Have a file chosen, and read it."""
        dialog = QFileDialog(self, self.tr("Open a received email"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Emails (*.eml *.txt)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.read_file)
        self.file_dialog = dialog
        dialog.open()

    def read_file(self, path: str) -> None:
        """Read a file."""
        work = partial(jobs.read_received_file, self._ws, self._origin, path)
        self._submit(work, path.replace("\\", "/").rpartition("/")[2])

    def _submit(self, work: Work, name: str = "") -> None:
        if self._job is not None:
            self._runner.cancel(self._job)
        self.read_button.setEnabled(False)
        self._job = self._runner.submit(work, partial(self._was_read, name), owner=self)

    def _was_read(self, name: str, outcome: Outcome) -> None:
        self._job = None
        self.read_button.setEnabled(True)
        for old in self.lines:
            old.hide()
            old.deleteLater()
        read = outcome.value if isinstance(outcome.value, Proof) else None
        told: Sequence[Told] = told_of(read) if read is not None else ()
        if read is not None and read.ours and read.key:
            self.key_learnt.emit(read.key)
        self.lines = [ToldLine(each) for each in told]
        for each in self.lines:
            self._column.addWidget(each)
        failed = "" if told else error_message(outcome.error)
        self.words.setText(" ".join(filter(None, (name[-60:], failed))))
        self.words.setVisible(bool(self.words.text()))
        scroll_to(self._told if told else self.words, under=self.read_button)
        said = failed or " ".join(each.text for each in told if not each.detail)
        announce(self.words, said[:_MAX_ANNOUNCED])


class ToldLine(QWidget):
    """One line of what was read, with its sign."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self.words = plain_label(breakable(told.text), tone="muted" if told.detail else "")
        row = line()
        if told.sign is not None:
            row.addWidget(IconLabel(_MARKS[told.sign]), 0, Qt.AlignmentFlag.AlignTop)
        elif told.detail:
            row.setContentsMargins(_UNDER_WORDS, 0, 0, 0)
        row.addWidget(self.words, 1)
        self.setLayout(row)


class ReceivedDialog(QDialog):
    """The same in a window of its own, after a test."""

    def __init__(self, ws: Workspace, runner: Runner, origin: Origin, parent: QWidget) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Read the received email"))
        self.received = ReceivedEmail(ws, runner, origin)
        self.close_button = button(self.tr("Close"), self.reject)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 4, 8, 4)  # room for the ring of the focus
        column.addWidget(self.received)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(scrolling(inside), 1)
        layout.addLayout(line(None, self.close_button))
        offer_help(self, runner, "dialog:received")
        set_next_step(self.received.read_button)
        self.received.box.setFocus()
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 44, room.width() * 19 // 20), min(em * 38, room.height() * 9 // 10))
