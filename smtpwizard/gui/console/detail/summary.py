"""The summary: the last result at once, what the connector is, what protects it, what ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.ends import EndsCard
from smtpwizard.gui.console.detail.security import SecurityCard
from smtpwizard.gui.console.detail.settings import SettingsCard
from smtpwizard.gui.results.stages import StageView, Verify
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import button, line, plain_label
from smtpwizard.messages.history import near_text

if TYPE_CHECKING:
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.report import Report
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.detail import Detail
    from smtpwizard.usecases.workspace import Workspace

# The right column, in heights of a line; below this many of them it goes under the left one.
COLUMN_EM, STACK_EM = 21, 54


class SummaryPage(QWidget):
    """Shows what is known; a verification that is asked for runs here.

    `reported` comes with the report of one that has ended, `busy` with whether one runs.
    """

    reported = Signal(object)
    failed = Signal(object)
    busy = Signal(bool)
    case_wanted = Signal(object)
    fix_wanted = Signal(object)

    def __init__(self, ws: Workspace, runner: Runner, name_of: Callable[[str], str]) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self.result = QWidget()
        self.moment = plain_label(tone="muted", wrap=False)
        self.stop_button = button(self.tr("St&op"), self.stop)
        self.recorded = StageView(runner, recorded=True)
        self.recorded.case_wanted.connect(self.case_wanted)
        self.live: StageView | None = None
        self._report: Report | None = None
        inner = QVBoxLayout(self.result)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addLayout(line(self.moment, None, self.stop_button))
        inner.addWidget(self.recorded)
        self._inner = inner
        self.settings = SettingsCard(name_of)
        self.security = SecurityCard()
        self.ends = EndsCard(runner)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(16)
        left = QVBoxLayout()
        left.setSpacing(16)
        left.addWidget(self.result)
        left.addWidget(self.settings)
        left.addStretch(1)
        self._columns.addLayout(left, 1)
        self._columns.addWidget(self.security, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(16)
        column.addLayout(self._columns)
        column.addWidget(self.ends)
        column.addStretch(1)
        self._show_running(False)

    # -- what is known ------------------------------------------------------------------------

    def show_row(self, row: ListedConnector) -> None:
        """What the list knows already, before the rest is read."""
        self.settings.show_connector(row.stored.connector)
        if self.running:
            return
        self._show_view(self.recorded)
        self.recorded.clear()
        never = self.tr("Not tested yet. Verify signs in and sends nothing.")
        self.moment.setText(never if row.status == "untested" else self.tr("Reading…"))

    def show_detail(self, detail: Detail) -> None:
        """Show all of it; a verification that runs or ran here stays in sight."""
        self.settings.show_connector(detail.listed.stored.connector)
        self.security.show_detail(detail)
        self.ends.show_ends(detail.ends, detail.listed.name, date.today())  # noqa: DTZ011 - the user's own day
        if self.running:
            return
        run = detail.run
        if run is None:
            never = self.tr("Not tested yet. Verify signs in and sends nothing.")
            self.moment.setText(never)
            return
        shows_it = not self.recorded.isVisibleTo(self) and run.report.started == self._started()
        if not shows_it:
            host = detail.verified.server.host if detail.verified is not None else ""
            self.recorded.show_report(run.report, detail.verified)
            self.recorded.say_verdict(run.report, host)
            self._show_view(self.recorded)
        when = near_text(run.report.started, datetime.now().astimezone(), within=True)
        words = self.tr("Last test: {0}")
        if detail.listed.status == "changed":
            words = self.tr("Last test: {0}. The settings have changed since; verify again.")
        self.moment.setText(words.format(when))

    def _started(self) -> str:
        return self._report.started if self._report is not None else ""

    # -- a verification -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.live is not None and self.live.running

    def run(self, verify: Verify, connector: Connector) -> None:
        """Verify, here; what was shown gives way."""
        if self.live is None:
            self.live = self._build_live()
        self._show_view(self.live)
        self._report = None
        self.moment.setText("")
        self.live.run(verify, connector)
        self.stop_button.setFocus()

    def _build_live(self) -> StageView:
        view = StageView(self._runner)
        view.find_out_more.search = partial(jobs.find_out_more, self._ws)
        view.started.connect(lambda: self._show_running(True))
        view.stopped.connect(lambda: self._show_running(False))
        view.reported.connect(self._reported)
        view.failed.connect(self.failed)
        view.case_wanted.connect(self.case_wanted)
        view.fixes.wanted.connect(self.fix_wanted)
        self._inner.addWidget(view)
        return view

    def _show_view(self, wanted: StageView) -> None:
        for view in filter(None, (self.recorded, self.live)):
            view.setVisible(view is wanted)

    def _reported(self, report: Report) -> None:
        self._report = report
        self.reported.emit(report)

    def stop(self) -> None:
        """End a verification that runs."""
        if self.live is not None:
            self.live.stop()

    def _show_running(self, running: bool) -> None:
        # The focus moves before what has it goes away.
        had_focus = self.stop_button.hasFocus()
        self.busy.emit(running)
        if had_focus and not running:
            self.settings.edit_button.setFocus()
        self.stop_button.setVisible(running)

    # -- places -------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        em = self.fontMetrics().height()
        directions = QBoxLayout.Direction
        beside = event.size().width() >= em * STACK_EM
        wanted = directions.LeftToRight if beside else directions.TopToBottom
        if self._columns.direction() != wanted:
            self._columns.setDirection(wanted)
        self.security.setMinimumWidth(em * COLUMN_EM if beside else 0)
        self.security.setMaximumWidth(em * COLUMN_EM if beside else 16_777_215)
