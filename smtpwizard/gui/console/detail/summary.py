"""The summary: the last result at once, what the connector is, what protects it, what ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.console.certificate_lead import CertificateLead
from smtpwizard.gui.console.detail.ends import EndsCard
from smtpwizard.gui.console.detail.security import SecurityCard
from smtpwizard.gui.console.detail.settings import SettingsCard
from smtpwizard.gui.console.saved_verification import SavedVerification
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import button, line, plain_label
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.tab_order import order_tabs
from smtpwizard.messages.moments import near_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpwizard.model.report import Report
    from smtpwizard.model.run import Run, Summary
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.detail import Detail
    from smtpwizard.usecases.workspace import Workspace

# The right column, in heights of a line; below this many of them it goes under the left one.
COLUMN_EM, STACK_EM = 21, 54


class SummaryPage(QWidget):
    """Shows what is known; a verification that is asked for runs here.

    `reported` comes with the report of one that has ended, `saved` with the connector where a
    change that was tried is kept, `busy` with whether one runs. `again`: another is wanted.
    `focus_freed`: what had the focus is about to go, since nothing runs any more.
    """

    reported = Signal(object)
    saved = Signal(object)
    stopped_short = Signal()
    busy = Signal(bool)
    case_wanted = Signal(object)
    field_wanted = Signal(str)
    certificate_wanted = Signal()
    again = Signal()
    received_wanted = Signal()
    focus_freed = Signal()

    def __init__(
        self, ws: Workspace, runner: Runner, recovery: SecretStoreRecovery, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self.result = QWidget()
        self.moment = plain_label(tone="muted", wrap=False)
        self.stop_button = button(self.tr("St&op"), self.stop)
        self.again_button = button(self.tr("Verify again"), self.again.emit)
        self.again_button.hide()
        self.certificate = CertificateLead()
        self.certificate.wanted.connect(self.certificate_wanted)
        self.recorded: StageView | None = None
        self.live: StageView | None = None
        self._report: Report | None = None
        self._as_failed = False
        """Whether that is shown with what may help."""
        self._fresh: Report | None = None
        """What a verification here has just found."""
        self.unkept: Report | None = None
        """The same, where it could not be kept."""
        inner = QVBoxLayout(self.result)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addLayout(line(self.moment, self.again_button, None, self.stop_button))
        inner.addWidget(self.certificate)
        self._inner = inner
        self.settings = SettingsCard(ws.catalogue.name_of)
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
        column.setContentsMargins(RING_ROOM, 0, 8, 0)
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
        self._report = self._fresh = self.unkept = None
        self.certificate.offer(None)
        self.again_button.hide()
        self._show_view(None)
        never = self.tr("Not tested yet. Verify signs in and sends nothing.")
        self.moment.setText(never if row.status == "untested" else self.tr("Reading…"))

    def show_detail(self, detail: Detail) -> None:
        """Show what the connector is, what protects it and what ends."""
        self.settings.show_connector(detail.listed.stored.connector)
        self.security.show_detail(detail)
        self.ends.show_ends(detail.ends, detail.listed.name, date.today())  # noqa: DTZ011 - the user's own day
        order_tabs(self)

    def show_last_run(self, detail: Detail) -> Iterator[None]:
        """Show the last result, a little at each turn; a verification that runs or ran here stays
        in sight."""
        if self.running:
            return
        self.again_button.setVisible(detail.listed.status == "changed")
        fresh, run = self._fresh, detail.run
        self.unkept = None
        if fresh is not None and not _is_kept(fresh, detail.runs):
            self.unkept = fresh
            # What was found before says less than what is on screen.
            self.moment.setText(self.tr("Tested just now. The result could not be kept."))
            return
        self._fresh = None  # it is among the kept ones, and may go from there in time
        if detail.listed.status == "changed" and self._as_failed:
            self._report = None  # what helped is done: it is shown as it was
        if run is None:
            never = self.tr("Not tested yet. Verify signs in and sends nothing.")
            self.moment.setText(never)
            return
        yield from self._show_run(detail, run)
        when = near_text(run.report.started, datetime.now().astimezone(), within=True)
        words = self.tr("Last test: {0}")
        if login_at := detail.listed.login_at:
            now = datetime.now().astimezone()
            words = self.tr(
                "Last test with an email: {0}. The login works, as of {1}: Send test email tells "
                "whether the rest does."
            )
            self.moment.setText(words.format(when, near_text(login_at, now, within=True)))
            return
        if detail.listed.status == "changed":
            words = (
                self.tr("Last test: {0}. Whom the project trusts has changed since.")
                if _is_as_tested(detail)
                else self.tr("Last test: {0}. The settings have changed since.")
            )
        self.moment.setText(words.format(when))

    def _show_run(self, detail: Detail, run: Run) -> Iterator[None]:
        """A failure of exactly what is saved with what may help; anything else as it was."""
        if self._report is not None and self._report.started == run.report.started:
            return
        self._report = run.report
        stored, failed = detail.listed.stored, detail.listed.status == "failed"
        self._as_failed = failed
        connector = stored.connector if failed else detail.verified
        view = self._live() if failed else self._recorded()
        yield
        view.show_report(run.report, connector)
        yield
        self._show_view(view)
        if failed:
            self.verification.adopt(stored, run.report)
        else:
            view.say_verdict(run.report, connector.server.host if connector is not None else "")
            self.certificate.offer(None)  # by now it is another, or trusted

    # -- a verification -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.live is not None and self.live.running

    def verify(self, stored: StoredConnector, send_to: str | None = None) -> None:
        """Verify, here; what was shown gives way."""
        self._show_view(self._live())
        self._report = self._fresh = self.unkept = None
        self.moment.setText("")
        self.again_button.hide()
        self.verification.start(stored, send_to)
        self.stop_button.setFocus()

    def _recorded(self) -> StageView:
        """The view of what was, made when it is needed."""
        if self.recorded is None:
            self.recorded = StageView(self._runner, recorded=True)
            self.recorded.case_wanted.connect(self.case_wanted)
            self.recorded.causes.go = self.field_wanted.emit
            self._add(self.recorded)
        return self.recorded

    def _live(self) -> StageView:
        """The view in which something can run and be tried; made when it is needed."""
        if self.live is not None:
            return self.live
        self.live = view = StageView(self._runner)
        view.causes.go = self.field_wanted.emit
        view.started.connect(lambda: self._show_running(True))
        view.stopped.connect(lambda: self._show_running(False))
        view.case_wanted.connect(self.case_wanted)
        self._add(view)
        self.verification = SavedVerification(
            self._ws, self._runner, self._recovery, view, self.window()
        )
        self.verification.reported.connect(self._reported)
        self.verification.saved.connect(self.saved)
        self.verification.stopped_short.connect(self._lead_on)
        return view

    def _add(self, view: StageView) -> None:
        view.reads_back = True
        view.received_wanted.connect(self.received_wanted)
        view.shows.connect(self.certificate.offer)
        view.hide()  # until it says something
        self._inner.addWidget(view)
        order_tabs(self)  # a result stands before what the connector is

    def _show_view(self, wanted: StageView | None) -> None:
        for view in filter(None, (self.recorded, self.live)):
            view.setVisible(view is wanted)

    def _reported(self, report: Report) -> None:
        self._report = self._fresh = report
        self._as_failed = not report.ok
        self.reported.emit(report)

    def _lead_on(self) -> None:
        """After a failure: what it was comes into sight, and with it what may help at once."""
        if self.live is None:
            return
        card = self.live.causes.card
        scroll_to(card.next, under=card)
        self.stopped_short.emit()

    def next_button(self) -> QPushButton | None:
        """What may help at once after a failure that is shown."""
        views = (view for view in (self.live, self.recorded) if view is not None)
        shown = next((view for view in views if not view.isHidden()), None)
        return shown.next_button() if shown is not None else None

    def stop(self) -> None:
        """End a verification that runs."""
        if self.live is not None:
            self.verification.stop()

    def _show_running(self, running: bool) -> None:
        # The focus moves before what has it goes away.
        had_focus = self.stop_button.hasFocus()
        self.busy.emit(running)
        if had_focus and not running:
            self.focus_freed.emit()
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


def _is_as_tested(detail: Detail) -> bool:
    """Whether the connector itself is as its last test had it."""
    was, now = detail.verified, detail.listed.stored.connector
    return was is not None and was.inputs_digest() == now.inputs_digest()


def _is_kept(report: Report, runs: Sequence[Summary]) -> bool:
    """Whether this very verification is among the recorded ones."""
    return any((run.at, run.duration_ms) == (report.started, report.duration_ms) for run in runs)
