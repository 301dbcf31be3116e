"""Support's answer at the customer: before and after in words, applied with one click, or not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.fact_table import fact_table, fit_rows
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.gui.widgets.elements import button, note_card, plain_label, set_next_step
from smtpwizard.messages.answers import asks_again_text, setting_text, weaker_text
from smtpwizard.messages.face import Face, field_name
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.usecases.apply import LookedAt
    from smtpwizard.usecases.workspace import Workspace


MAX_NOTE = 2000


class AnswerDialog(QDialog):
    """Shows what an answer changes; `applied` is emitted with the changed connector."""

    applied = Signal(object)

    def __init__(self, ws: Workspace, runner: Runner, looked: LookedAt, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:answer")
        self.finished.connect(self.deleteLater)
        self._ws = ws
        self._runner = runner
        self.looked = looked
        self.setWindowTitle(self.tr("An answer from support"))
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addWidget(
            plain_label(
                self.tr("It changes the connector “{0}”:").format(looked.connector.connector.name),
                heading="true",
            )
        )
        if looked.note:
            note = clean_text(looked.note, MAX_NOTE)
            frame, _ = note_card(self.tr("“{0}”").format(note), "info")
            column.addWidget(frame)
        self.table = fact_table(
            self.tr("Changes"),
            [self.tr("Field"), self.tr("Now"), self.tr("After"), self.tr("Protection")],
            len(looked.changes),
            stretching=(1, 2, 3),
        )
        self.table.setColumnWidth(0, self.fontMetrics().height() * 11)
        for row, change in enumerate(looked.changes):
            cells = (
                field_name(change.field, Face.WINDOW),
                setting_text(change.field, change.before, Face.WINDOW),
                setting_text(change.field, change.after, Face.WINDOW),
                weaker_text(change.field) if change.weaker else self.tr("as before"),
            )
            for at, text in enumerate(cells):
                self.table.setItem(row, at, QTableWidgetItem(text))
        column.addWidget(self.table)
        self.weaker_box = QCheckBox(self.tr("I &accept that this weakens the protection"))
        self.weaker_box.setVisible(any(change.weaker for change in looked.changes))
        self.weaker_box.toggled.connect(lambda _: self._show_state())
        column.addWidget(self.weaker_box)
        for problem in looked.problems:
            column.addWidget(plain_label(problem_text(problem, Face.WINDOW), tone="error"))
        text = self.tr(
            "Nothing is changed before you press Apply and test. The test runs right after it."
        )
        if looked.asks_again:
            text = f"{text} {asks_again_text()}"
        self.words = plain_label(text, tone="hint")
        column.addWidget(self.words)
        column.addStretch(1)
        self.apply_button = button(self.tr("A&pply and test"), self.apply)
        self.cancel_button = button(self.tr("Do not apply"), self.reject)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addStretch(1)
        line.addWidget(self.apply_button)
        line.addWidget(self.cancel_button)
        column.addLayout(line)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 48, room.width() * 9 // 10), min(em * 20, room.height() * 9 // 10))
        fit_rows(self.table)
        self._show_state()
        set_next_step(self.apply_button)

    def _show_state(self) -> None:
        accepted = self.weaker_box.isHidden() or self.weaker_box.isChecked()
        usable = self.looked.changed is not None and not self.looked.problems
        self.apply_button.setEnabled(usable and accepted)

    def apply(self) -> None:
        """Change the connector as it stands here."""
        self.apply_button.setEnabled(False)

        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._show_state()
                tell(
                    self,
                    self.windowTitle(),
                    self.tr("Nothing was changed"),
                    error_message(outcome.error),
                )
                return
            self.applied.emit(outcome.value)
            self.accept()

        self._runner.submit(
            partial(jobs.apply_answer, self._ws, self.looked, self.weaker_box.isChecked()),
            done,
            owner=self,
            must_finish=True,
        )
