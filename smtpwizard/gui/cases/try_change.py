"""Changes against the record: what they would have done, and the answer that carries them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.cases.change_row import ChangeRow
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.differences import DifferencesView
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    plain_label,
    set_next_step,
    set_tone,
)
from smtpwizard.messages.cases import tried_text
from smtpwizard.usecases.suggested_changes import suggested_changes

if TYPE_CHECKING:
    from smtpwizard.usecases.open_case import OpenedCase
    from smtpwizard.usecases.workspace import Workspace

MAX_ROWS = 12


class Begun(NamedTuple):
    """What stood in the dialog when it was closed; `is_own`: more than the cause suggests."""

    changes: Sequence[tuple[str, str]]
    note: str = ""
    is_own: bool = False


class TryChangeDialog(QDialog):
    """Fields with new values, tried against the recorded server, written as an answer. It goes on
    with what was `begun`, else with the change that the cause suggests.

    `tried` is emitted with what a try came to, `written` with the path of an answer.
    """

    tried = Signal(object)
    written = Signal(str)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        case: OpenedCase,
        parent: QWidget,
        begun: Begun | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:case")
        self.finished.connect(self.deleteLater)
        self._ws = ws
        self._runner = runner
        self._case = case
        self.file_dialog: QFileDialog | None = None
        self.setWindowTitle(self.tr("Changes – {0}").format(case.name))
        self.rows: list[ChangeRow] = []
        self._made = 0
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setVerticalSpacing(4)
        self._grid.setHorizontalSpacing(12)
        self.more_button = button(self.tr("&Another change"), lambda: self.add_row())
        self.try_button = button(self.tr("&Try"), self.try_now)
        self.words = plain_label()
        self.differences = DifferencesView()
        self.differences.heading.setText(self.tr("What would differ"))
        # It keeps its room: what is written below it stays where it is while something is tried.
        policy = self.differences.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.differences.setSizePolicy(policy)
        self.differences.hide()
        self._trying = False
        label = plain_label(self.tr("A sentence for the &customer"), heading="true")
        self.note_edit = QPlainTextEdit()
        self.note_edit.setAccessibleName(self.tr("A sentence for the customer"))
        self.note_edit.setTabChangesFocus(True)
        self.note_edit.setFixedHeight(self.fontMetrics().height() * 4)
        label.setBuddy(self.note_edit)
        self.save_button = button(self.tr("&Save the answer…"), self.choose_file)
        self.close_button = button(self.tr("Close"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(
            plain_label(
                self.tr(
                    "What would a change have done? The recorded server answers what it knows. "
                    "What lies beyond the record, it cannot tell."
                )
            )
        )
        column.addLayout(self._grid)
        line = QHBoxLayout()
        line.addWidget(self.more_button)
        line.addStretch(1)
        line.addWidget(self.try_button)
        column.addLayout(line)
        column.addWidget(self.words)
        column.addWidget(self.differences, 1)
        column.addWidget(label)
        column.addWidget(self.note_edit)
        end = QHBoxLayout()
        end.setSpacing(8)
        end.addStretch(1)
        end.addWidget(self.save_button)
        end.addWidget(self.close_button)
        column.addLayout(end)
        self._suggested = suggested_changes(case)
        changes = list(begun.changes) if begun is not None else self._suggested
        for key, text in changes or [("", "")]:
            self.add_row(key, text)
        if changes and begun is None:
            self._say(self.tr("Suggested by the cause. Try it, or choose something else."))
        if begun is not None:
            self.note_edit.setPlainText(begun.note)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 50, room.width() * 9 // 10), min(em * 36, room.height() * 9 // 10))
        set_next_step(self.try_button)
        self.rows[0].editor().setFocus()

    def begun(self) -> Begun:
        """What stands here, to go on with later."""
        changes, note = self.changes(), self.note_edit.toPlainText()
        return Begun(changes, note, bool(note.strip()) or changes != self._suggested)

    def add_row(self, key: str = "", text: str = "") -> None:
        """Room for one more field with its new value."""
        if len(self.rows) >= MAX_ROWS:
            return
        self._made += 1
        row = ChangeRow(self._case, self._made, self._grid)
        row.removed.connect(partial(self._remove, row))
        if key:
            row.show(key, text)
        self.rows.append(row)
        self._number()
        row.field.setFocus()

    def _remove(self, row: ChangeRow) -> None:
        place = self.rows.index(row)
        self.rows.remove(row)
        self._number()
        self.rows[min(place, len(self.rows) - 1)].field.setFocus()
        row.take_away()

    def _number(self) -> None:
        for number, row in enumerate(self.rows, 1):
            row.set_number(number, alone=len(self.rows) == 1)

    def changes(self) -> list[tuple[str, str]]:
        """The fields that have a new value, with it."""
        return [(row.key, row.text()) for row in self.rows if row.text()]

    def assignments(self) -> list[str]:
        """`field=value` of every row that has one."""
        return [f"{key}={text}" for key, text in self.changes()]

    # -- trying -------------------------------------------------------------------------------

    def try_now(self) -> None:
        """Verify against the record with these changes."""
        if self._trying:
            return
        # Not grey meanwhile: the focus would go elsewhere, and with it what is typed.
        self._trying = True
        self._say(self.tr("Trying…"))
        self._runner.submit(
            partial(jobs.try_changes, self._ws, self._case, self.assignments()),
            self._tried,
            owner=self,
        )

    def _tried(self, outcome: Outcome) -> None:
        self._trying = False
        if outcome.error is not None:
            self._say(error_message(outcome.error), "failed")
            self.differences.hide()
            return
        tried = outcome.value
        beyond = tried.report.beyond
        passed = tried.report.ok and not beyond
        self._say(tried_text(tried.same, tried.report), "passed" if passed else "unknown")
        # Beyond the record, nothing in such a table would be the server's.
        found = () if beyond else tried.differences
        names = self.tr("As recorded"), self.tr("With the change")
        self.differences.show_two(found, *names, "")
        self.differences.setVisible(bool(found))
        if outcome.value.differences:  # it is another than the customer's: worth to be sent
            set_next_step(self.save_button)
            if self.focusWidget() is self.try_button:  # else something is being typed
                self.save_button.setFocus()
        self.tried.emit(outcome.value)

    def _say(self, text: str, verdict: str = "") -> None:
        self.words.setText(text)
        set_tone(self.words, "verdict", verdict)
        if text and self.isVisible():
            announce(self.words, text)

    # -- the answer ---------------------------------------------------------------------------

    def choose_file(self) -> None:
        """Ask where the answer goes."""
        dialog = QFileDialog(self, self.tr("Save the answer"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Answers (*.smtpanswer)"), self.tr("All files (*)")])
        dialog.setDefaultSuffix("smtpanswer")
        plain = "".join(c if c.isalnum() or c in " _-" else "-" for c in self._case.name)
        plain = plain[:60].strip("- ")
        dialog.selectFile(f"{plain or 'answer'}.smtpanswer")
        dialog.fileSelected.connect(self.save_to)
        self.file_dialog = dialog
        dialog.open()

    def save_to(self, path: str) -> None:
        """Write the answer."""
        note = self.note_edit.toPlainText().strip()

        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                tell(self, self.windowTitle(), self.tr("Not saved"), error_message(outcome.error))
                return
            said = self.tr("Saved: {0}, in the folder {1}. Send the file to the customer.")
            self._say(said.format(PurePath(path).name, PurePath(path).parent), "passed")
            set_next_step(self.close_button)
            self.close_button.setFocus()
            self.written.emit(path)

        self._runner.submit(
            partial(jobs.write_answer, self._ws, self._case, self.assignments(), note, path),
            done,
            owner=self,
            must_finish=True,
        )
