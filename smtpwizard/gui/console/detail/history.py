"""A connector's past: its runs at the left, at the right one of them, or what differs of two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.run_list import MARKS, RunList
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.differences import DifferencesView, RunSide
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import stage_name, verdict_word
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.history import pair_to_compare, run_to_compare

if TYPE_CHECKING:
    from smtpwizard.model.run import Run, Summary
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


class OneRun(QWidget):
    """One run as it was, what can be done with it, and the `area` that it is scrolled in."""

    def __init__(
        self, runner: Runner, save_case: Callable[[], object], compare: Callable[[], object]
    ) -> None:
        super().__init__()
        self.view = StageView(runner, recorded=True)
        self.moment = plain_label(tone="muted")
        self.case_button = button(self.tr("Save a c&ase…"), save_case, icon="case")
        self.case_button.setAccessibleName(self.tr("Save a case of this test…"))
        self.compare_button = button(self.tr("Compare with another"), compare, icon="compare")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        column.addLayout(line(self.moment, None, self.compare_button, self.case_button))
        column.addWidget(self.view)
        column.addStretch(1)
        self.area = scrolling(self)


class HistoryPage(QWidget):
    """Nothing is tested here; `case_wanted` comes with the run that is to become a case,
    `field_wanted` with the setting that a step leads to."""

    case_wanted = Signal(object)
    field_wanted = Signal(str)

    def __init__(self, ws: Workspace, runner: Runner, stored: StoredConnector) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._stored = stored
        self._job: int | None = None
        self.run: Run | None = None
        self.list = RunList(self.tr("Tests"))
        self.list.setMinimumWidth(self.fontMetrics().height() * 12)
        self.list.setMaximumWidth(self.fontMetrics().height() * 20)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._chosen())
        self.words = plain_label(tone="muted")
        self.words.setMaximumWidth(self.fontMetrics().height() * 20)
        self.differences = DifferencesView()
        self.empty = plain_label(tone="quiet")
        self.right = QStackedWidget()
        for widget in (self.empty, self.differences):
            self.right.addWidget(widget)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.list, 1)
        left.addWidget(self.words)
        row = QHBoxLayout(self)
        row.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        row.setSpacing(16)
        row.addLayout(left)
        row.addWidget(self.right, 1)

    @cached_property
    def one(self) -> OneRun:
        """Built when a run is first looked at alone: the page begins with two side by side."""
        one = OneRun(self._runner, self._save_case, self._compare_one)
        one.view.case_wanted.connect(lambda _: self._save_case())
        one.view.causes.go = self.field_wanted.emit
        self.right.addWidget(one.area)
        return one

    @property
    def view(self) -> StageView:
        """The run that is looked at alone."""
        return self.one.view

    def show_runs(self, stored: StoredConnector, runs: Sequence[Summary]) -> None:
        """Show these runs, newest first; what is chosen stays chosen while it is there."""
        self._stored = stored
        before = [self.list.runs.runs[row].id for row in self.list.chosen()]
        if [run.id for run in runs] == [run.id for run in self.list.runs.runs] and runs:
            return
        self.list.runs.show_runs(runs)
        self.words.setText(self._kept_words(len(runs)))
        self.list.setVisible(bool(runs))
        if not runs:
            self.empty.setText(self.tr("Nothing recorded yet. Every test is recorded here."))
            self.right.setCurrentWidget(self.empty)
            return
        wanted = [row for row, run in enumerate(runs) if run.id in before]
        self.choose(wanted if before and wanted else pair_to_compare(runs))

    def _kept_words(self, count: int) -> str:
        if count < 2:
            return self.tr("1 test is kept whole.") if count else ""
        words = self.tr("{0} tests are kept whole. Ctrl and click, or Ctrl and Space, picks two.")
        return words.format(count)

    def choose(self, rows: Sequence[int]) -> None:
        """Select these rows, the first of them current."""
        selection = self.list.selectionModel()
        selection.blockSignals(True)
        selection.clearSelection()
        for row in rows:
            index = self.list.runs.index(row)
            selection.select(index, QItemSelectionModel.SelectionFlag.Select)
        selection.setCurrentIndex(
            self.list.runs.index(rows[0]), QItemSelectionModel.SelectionFlag.NoUpdate
        )
        selection.blockSignals(False)
        self._chosen()

    # -- one, or two --------------------------------------------------------------------------

    def _chosen(self) -> None:
        rows = self.list.chosen()
        if self._job is not None:
            self._runner.cancel(self._job)
            self._job = None
        if len(rows) == 2:
            self._compare(*rows)
            return
        self.list.runs.show_sides(None, None)
        self.list.viewport().update()
        if len(rows) == 1:
            run = self.list.runs.runs[rows[0]]
            self.one.compare_button.setVisible(len(self.list.runs.runs) > 1)
            work = partial(jobs.read_run, self._ws, self._stored, run.id)
            told = (self.list.runs.when(rows[0]), self.list.runs.asked(rows[0]))
            when = ". ".join(filter(None, told))
            self._job = self._runner.submit(work, partial(self._read, when), owner=self)
        else:
            text = self.tr("Choose one test to look at it, two to compare them.")
            if rows:
                text = self.tr("{0} tests are chosen. Choose two to compare them.")
            self._say(text.format(len(rows)))

    def _read(self, when: str, outcome: Outcome) -> None:
        self._job = None
        if outcome.error is not None:
            self._say_failure(outcome.error)
            return
        self.run, connector = outcome.value
        assert self.run is not None
        host = connector.server.host if connector is not None else ""
        self.view.show_report(self.run.report, connector)
        self.view.say_verdict(self.run.report, host)
        self.one.moment.setText(when)
        self.right.setCurrentWidget(self.one.area)

    def _compare(self, newer: int, older: int) -> None:
        self.list.runs.show_sides(older, newer)
        self.list.viewport().update()
        runs = self.list.runs.runs
        a, b = runs[older], runs[newer]
        sides = self._side(older), self._side(newer)

        def compared(outcome: Outcome) -> None:
            self._job = None
            if outcome.error is not None:
                self._say_failure(outcome.error)
                return
            found, count, meaning = outcome.value
            self.differences.show_differences(found, count, meaning, *sides)
            self.right.setCurrentWidget(self.differences)

        self._job = self._runner.submit(
            partial(jobs.compare_two, self._ws, self._stored, a.id, b.id), compared, owner=self
        )

    def _side(self, row: int) -> RunSide:
        run, when = self.list.runs.runs[row], self.list.runs.when
        result = (
            stage_name(run.stage, Face.WINDOW)
            if run.stage is not None
            else verdict_word(run.verdict)
        )
        return RunSide(when(row), when(row, within=True), result, MARKS[run.verdict])

    def _say_failure(self, error: Exception | None) -> None:
        gone = isinstance(error, UsageError) and error.code == "run_unknown"
        # The sentence suggests other runs by their ids, which nobody sees here.
        text = self.tr("This test is not kept any more. Choose another in the list.")
        self._say(text if gone else error_message(error))

    def _say(self, text: str) -> None:
        self.empty.setText(text)
        self.right.setCurrentWidget(self.empty)
        announce(self.empty, text)

    def _compare_one(self) -> None:
        """The one that is shown, beside what tells most; any other is picked in the list."""
        [row] = self.list.chosen()
        other = run_to_compare(self.list.runs.runs, row)
        if other is not None:
            self.choose(sorted((row, other)))
            self.list.setFocus()

    def _save_case(self) -> None:
        if self.run is not None:
            self.case_wanted.emit(self.run)
