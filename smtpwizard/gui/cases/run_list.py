"""The recorded runs of one connector: look at one, put two beside each other, save a case."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.cases.compare import CompareDialog
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.gui.widgets.elements import announce, button, plain_label
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import moment_text
from smtpwizard.messages.history import reason_text, stage_name, verdict_word

if TYPE_CHECKING:
    from smtpwizard.model.run import Run, Summary
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

WHEN, RESULT, REASON, TIME = range(4)


class RunListDialog(QDialog):
    """Lists the runs, newest first, and shows the chosen one below; nothing is tested here.

    `shown` is emitted with each run that is shown.
    """

    shown = Signal(object)

    def __init__(
        self, ws: Workspace, runner: Runner, stored: StoredConnector, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self._ws = ws
        self._runner = runner
        self._stored = stored
        self.summaries: Sequence[Summary] = ()
        self.run: Run | None = None
        self.dialog: QDialog | None = None
        self.setWindowTitle(self.tr("History – {0}").format(stored.connector.name))
        self.words = plain_label(self.tr("Reading…"), tone="hint")
        self.table = self._build_table()
        self.compare_button = button(self.tr("Compare the &two…"), self.compare)
        self.case_button = button(self.tr("&Save a case…"), self.save_case)
        self.close_button = button(self.tr("Close"), self.reject)
        self.view = StageView(runner, recorded=True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.compare_button)
        line.addWidget(self.case_button)
        line.addStretch(1)
        line.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addWidget(self.table)
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.addWidget(self.view)
        column.addWidget(scrolling(body), 1)
        column.addLayout(line)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 54, room.width() * 9 // 10), min(em * 48, room.height() * 9 // 10))
        self._show_state()
        runner.submit(partial(jobs.list_runs, ws, stored), self._listed, owner=self)

    def _build_table(self) -> QTableWidget:
        headings = [self.tr("When"), self.tr("Result"), self.tr("Reason"), self.tr("Time")]
        table = QTableWidget(0, len(headings))
        table.setAccessibleName(self.tr("Runs"))
        table.setHorizontalHeaderLabels(headings)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setCornerButtonEnabled(False)
        table.verticalHeader().hide()
        em = self.fontMetrics().height()
        table.verticalHeader().setDefaultSectionSize(em + 12)
        table.setFixedHeight((em + 12) * 6)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        for column, width in ((WHEN, 15), (RESULT, 13), (TIME, 5)):
            table.setColumnWidth(column, width * em)
        header.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._chosen)
        return table

    def _listed(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.words.setText(error_message(outcome.error))
            return
        self.summaries = outcome.value
        self.words.setText(
            self.tr("Newest first. Choose one to look at it, two to compare them.")
            if self.summaries
            else self.tr("Nothing recorded yet. Every test leaves a run here.")
        )
        self.table.setRowCount(len(self.summaries))
        for row, summary in enumerate(self.summaries):
            cells = (
                moment_text(summary.at),
                self._result_text(summary),
                self._reason_text(summary),
                self.tr("{0} ms").format(summary.duration_ms),
            )
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))
        if self.summaries:
            self.table.selectRow(0)
            self.table.setFocus()

    def _result_text(self, summary: Summary) -> str:
        word = verdict_word(summary.verdict)
        if summary.stage is None:
            return word
        return self.tr("{0}: {1}").format(word, stage_name(summary.stage, Face.WINDOW))

    def _reason_text(self, summary: Summary) -> str:
        cause = summary.causes[0] if summary.causes else None
        said = summary.reply.text if summary.reply is not None else ""
        return reason_text(cause, said) if summary.stage is not None else ""

    def _rows(self) -> list[int]:
        return sorted({index.row() for index in self.table.selectionModel().selectedRows()})

    def _chosen(self) -> None:
        self._show_state()
        rows = self._rows()
        if len(rows) == 1:
            summary = self.summaries[rows[0]]
            self._runner.submit(
                partial(jobs.read_run, self._ws, self._stored, summary.id), self._read, owner=self
            )

    def _read(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.words.setText(error_message(outcome.error))
            announce(self.words, self.words.text())
            return
        self.run, connector = outcome.value
        assert self.run is not None
        host = connector.server.host if connector is not None else ""
        self.view.show_report(self.run.report, connector)
        self.view.say_verdict(self.run.report, host)
        self._show_state()
        self.shown.emit(self.run)

    def _show_state(self) -> None:
        rows = self._rows() if self.summaries else []
        self.compare_button.setEnabled(len(rows) == 2)
        self.case_button.setEnabled(len(rows) == 1 and self.run is not None)

    def compare(self) -> None:
        """Put the two chosen runs beside each other, the older one left."""
        rows = self._rows()
        if len(rows) != 2:
            return
        newer, older = (self.summaries[row] for row in rows)

        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                tell(self, self.windowTitle(), error_message(outcome.error))
                return
            self.dialog = CompareDialog(
                self, outcome.value, moment_text(older.at), moment_text(newer.at)
            )
            self.dialog.open()

        self._runner.submit(
            partial(jobs.compare_runs, self._ws, self._stored, older.id, newer.id),
            done,
            owner=self,
        )

    def save_case(self) -> None:
        """Make a case of the chosen run."""
        if self.run is not None:
            self.dialog = SaveCaseDialog(self._ws, self._runner, self.run, self._stored, self)
            self.dialog.open()

    def reject(self) -> None:
        self.view.stop()
        super().reject()
