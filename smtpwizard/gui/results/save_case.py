"""Save a case: left what is decided, right all that leaves, readable before it does."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QRadioButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    card,
    note_card,
    plain_label,
    say_done,
    set_next_step,
    set_tone,
)
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.style import colour
from smtpwizard.gui.widgets.text_dialog import fill_text, hang_lines, hanging_view
from smtpwizard.messages.cases import kind_title, part_title, size_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.case_choices import Choices

if TYPE_CHECKING:
    from smtpwizard.messages.case_texts import CaseText
    from smtpwizard.model.run import Run
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.case import PreparedCase
    from smtpwizard.usecases.workspace import Workspace

# After a change of what goes in, the text is made anew once nothing else changes, ms.
MAKE_AFTER_MS = 250
# What Qt counts twice.
_WIDE = re.compile("[\U00010000-\U0010ffff]")
# Letters of a stand-in that is shown for its kind.
_EXAMPLE = 28


class SaveCaseDialog(QDialog):
    """Makes a case of one run; nothing leaves before *Save*.

    `stored` is the connector that keeps the run, None for one that is not saved yet. `prepared`
    is emitted whenever the text on the right is made anew, `saved` with what was written.
    """

    prepared = Signal(object)
    saved = Signal(object)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        run: Run,
        stored: StoredConnector | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self._ws = ws
        self._runner = runner
        offer_help(self, runner, "dialog:save_case")
        self._run = run
        self._stored = stored
        self._job: int | None = None
        self.case: PreparedCase | None = None
        self._readable: CaseText | None = None
        self._as_json: CaseText | None = None
        self.file_dialog: QFileDialog | None = None
        name = str(run.connector.get("name", ""))
        self.setWindowTitle(self.tr("Save a case – {0}").format(name))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(MAKE_AFTER_MS)
        self._timer.timeout.connect(self.prepare)
        columns = QHBoxLayout()
        columns.setSpacing(18)
        side = scrolling(self._build_choices())
        side.setMinimumWidth(self.fontMetrics().height() * 20)
        columns.addWidget(side, 2)
        columns.addLayout(self._build_text(), 3)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24 - RING_ROOM, 20, 24, 16)
        outer.setSpacing(10)
        title = plain_label(self.tr("Save a case"), heading="large")
        sentence = plain_label(
            self.tr(
                "One readable file for the person who helps you. Below is all of it; "
                "nothing else leaves this computer."
            ),
            tone="quiet",
        )
        for label in (title, sentence):
            label.setContentsMargins(RING_ROOM, 0, 0, 0)
            outer.addWidget(label)
        outer.addLayout(columns, 1)
        outer.addLayout(self._build_buttons())
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 62, room.width() * 9 // 10), min(em * 48, room.height() * 9 // 10))
        self.note_edit.setFocus()
        self.prepare()

    # -- building -----------------------------------------------------------------------------

    def _build_choices(self) -> QWidget:
        side = QWidget()
        side.setMinimumWidth(self.fontMetrics().height() * 19)
        column = QVBoxLayout(side)
        column.setContentsMargins(RING_ROOM, 0, 8, RING_ROOM)
        column.setSpacing(8)
        self.safe_card, self.safe_label = note_card(tone="success")
        column.addWidget(self.safe_card)
        column.addWidget(plain_label(self.tr("Replaced by stand-ins"), heading="true"))
        self.replaced_labels = [plain_label(wrap=False) for _ in range(3)]
        table = card()
        rows = QHBoxLayout(table)
        rows.setContentsMargins(12, 8, 12, 8)
        rows.setSpacing(16)
        for label in self.replaced_labels:
            rows.addWidget(label)
        rows.addStretch(1)
        column.addWidget(table)
        self.replaced_note = plain_label(tone="hint")
        column.addWidget(self.replaced_note)
        self.names_box = QCheckBox(self.tr("&Keep names as they are"))
        self.names_box.setAccessibleDescription(
            self.tr("The file then holds real names, and its own name says so")
        )
        column.addWidget(self.names_box)
        column.addWidget(plain_label(self.tr("What goes in"), heading="true"))
        self._parts = QVBoxLayout()
        self._parts.setSpacing(4)
        column.addLayout(self._parts)
        self.part_boxes: dict[str, QCheckBox] = {}
        label = plain_label(self.tr("N&ote – optional"), heading="true")
        self.note_edit = QPlainTextEdit()
        self.note_edit.setAccessibleName(self.tr("Note"))
        self.note_edit.setTabChangesFocus(True)
        self.note_edit.setPlaceholderText(self.tr("What happened, since when, what you changed."))
        self.note_edit.setFixedHeight(self.fontMetrics().height() * 6)
        label.setBuddy(self.note_edit)
        column.addWidget(label)
        column.addWidget(self.note_edit)
        column.addStretch(1)
        self.names_box.toggled.connect(lambda _: self._timer.start())
        self.note_edit.textChanged.connect(self._timer.start)
        return side

    def _build_text(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        self.readable_button = QRadioButton(self.tr("&Readable"))
        self.json_button = QRadioButton(self.tr("As &JSON"))
        self.readable_button.setChecked(True)
        self.readable_button.toggled.connect(lambda _: self._show_text())
        head = QHBoxLayout()
        head.addWidget(plain_label(self.tr("Everything that leaves"), heading="true"), 1)
        head.addWidget(self.readable_button)
        head.addWidget(self.json_button)
        self.text = hanging_view(self.tr("Everything that leaves"))
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())
        self.text.setFont(font)
        self.marks_label = plain_label(tone="hint")
        column.addLayout(head)
        column.addWidget(self.text, 1)
        column.addWidget(self.marks_label)
        return column

    def _build_buttons(self) -> QHBoxLayout:
        self.size_label: QLabel = plain_label(tone="hint", wrap=False)
        self.copy_button = button(self.tr("Cop&y as text"), self.copy, icon="copy")
        self.save_button = button(self.tr("&Save…"), self.choose_file, icon="download")
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.setContentsMargins(RING_ROOM, 0, 0, 0)
        line.addWidget(self.size_label, 1)
        line.addWidget(self.copy_button)
        line.addWidget(self.save_button)
        line.addWidget(self.cancel_button)
        return line

    # -- making the case ----------------------------------------------------------------------

    def choices(self) -> Choices:
        """What is decided now."""
        return Choices(
            keep_names=self.names_box.isChecked(),
            omit=tuple(part for part, box in self.part_boxes.items() if not box.isChecked()),
            note=self.note_edit.toPlainText().strip(),
        )

    def prepare(self) -> None:
        """Make the text anew, off the window's thread."""
        if self._job is not None:
            self._runner.cancel(self._job)
        self.save_button.setEnabled(False)
        self.size_label.setText(self.tr("Making the case and replaying it once…"))
        work = partial(jobs.prepare_case, self._ws, self._run, self._stored, self.choices())
        self._job = self._runner.submit(work, self._prepared, owner=self)

    def _prepared(self, outcome: Outcome) -> None:
        self._job = None
        if outcome.error is not None:
            self.case = None
            self._say(error_message(outcome.error), "error")
            self.size_label.setText("")
            return
        self.case, self._readable, self._as_json = outcome.value
        assert self.case is not None
        self._say(
            self.tr(
                "No password and no token is in it. They are never recorded, and the file was "
                "searched for them once more."
            ),
            "success",
        )
        self._show_parts()
        self._show_text()
        self.save_button.setEnabled(True)
        set_next_step(self.save_button)
        self.prepared.emit(self.case)

    def _say(self, text: str, tone: str) -> None:
        changed = text != self.safe_label.text()
        self.safe_label.setText(text)
        set_tone(self.safe_card, "card", tone)
        if changed and self.isVisible():
            announce(self.safe_label, text)

    def _show_parts(self) -> None:
        case = self.case
        assert case is not None
        for part in case.parts:
            if part not in self.part_boxes:
                box = QCheckBox(part_title(part))
                box.setChecked(True)
                box.toggled.connect(lambda _: self._timer.start())
                self.part_boxes[part] = box
                self._parts.addWidget(box)
        self._show_replaced(case)
        self.size_label.setText(
            self.tr("{0}, {1}").format(case.file_name, size_text(len(case.data)))
        )

    def _show_replaced(self, case: PreparedCase) -> None:
        """How many names of each kind, and what stands for one of them."""
        kinds = [kind for kind, count in case.replaced.items() if count]
        examples = {kind: next(iter(rows.values()), "") for kind, rows in case.names.items()}
        columns = (
            [kind_title(kind) for kind in kinds],
            [str(case.replaced[kind]) for kind in kinds],
            [clean_text(examples.get(kind, ""), _EXAMPLE) for kind in kinds],
        )
        for label, lines in zip(self.replaced_labels, columns, strict=True):
            label.setText("\n".join(lines))
            label.setVisible(bool(kinds))
        self.replaced_note.setText(
            self.tr("The table of stand-ins stays here, so that the answer can be translated back.")
            if kinds
            else self.tr("Nothing: names stay as they are.")
        )

    @property
    def _shown(self) -> CaseText | None:
        return self._as_json if self.json_button.isChecked() else self._readable

    def _show_text(self) -> None:
        shown = self._shown
        if self.case is None or shown is None:
            return
        self.text.clear()  # with the format of its last letter
        fill_text(self.text, shown.text)
        hang_lines(self.text, shown.hangs)
        self._mark()

    def _mark(self) -> None:
        """Set headings in bold, and give what stands for a name a ground and a line."""
        shown, document = self._shown, self.text.document()
        if self.case is None or shown is None:
            return
        bold = QTextCharFormat()
        bold.setFontWeight(QFont.Weight.DemiBold)
        for at in shown.headings:
            cursor = QTextCursor(document.findBlockByNumber(at))
            cursor.select(QTextCursor.SelectionType.LineUnderCursor)
            cursor.mergeCharFormat(bold)
        look = QTextCharFormat()
        look.setBackground(colour("warning_soft"))
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        look.setUnderlineColor(colour("warning"))
        found: list[QTextEdit.ExtraSelection] = []
        wide = [match.start() for match in _WIDE.finditer(shown.text)]
        for begin, end in shown.stand_ins:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(document)
            cursor.setPosition(begin + bisect_left(wide, begin))
            cursor.setPosition(end + bisect_left(wide, end), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor, selection.format = cursor, look
            found.append(selection)
        self.text.setExtraSelections(found)
        self.marks_label.setText(self.tr("Underlined: a stand-in for a name.") if found else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            # Marks have the colours of the theme in which they were made.
            QTimer.singleShot(0, self, self._mark)

    def copy(self) -> None:
        """Put what is shown into the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        say_done(self.copy_button, self.tr("Copied"))

    # -- leaving ------------------------------------------------------------------------------

    def choose_file(self) -> None:
        """Ask where to; the name says what is in it."""
        case = self.case
        if case is None:
            return
        dialog = QFileDialog(self, self.tr("Save the case"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Cases (*.smtpcase)"), self.tr("All files (*)")])
        dialog.setDefaultSuffix("smtpcase")
        dialog.selectFile(case.file_name)
        dialog.fileSelected.connect(self.save_to)
        self.file_dialog = dialog
        dialog.open()

    def save_to(self, path: str) -> None:
        """Write the case as it is on screen."""
        case = self.case
        if case is None:
            return

        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                tell(self, self.windowTitle(), self.tr("Not saved"), error_message(outcome.error))
                return
            self.saved.emit(outcome.value)
            self.accept()

        self._runner.submit(
            partial(jobs.write_case, self._ws, case, path), done, owner=self, must_finish=True
        )
