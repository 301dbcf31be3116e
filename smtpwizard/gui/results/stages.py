"""The live view of one verification: verdict, fixes, causes, stages and the redacted transcript."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import (
    QAbstractButton,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.results.fact_table import fact_table, fit_rows
from smtpwizard.gui.results.find_out_more import FindOutMorePanel
from smtpwizard.gui.results.fix_card import FixCards
from smtpwizard.gui.results.later_button import LaterButton
from smtpwizard.gui.tasks import Job, Outcome, Runner, StoreWaits
from smtpwizard.gui.widgets.elements import announce, plain_label, set_tone
from smtpwizard.messages.causes import headline
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.verification import stage_details, stage_title, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, Security
from smtpwizard.model.report import (
    STAGES,
    Report,
    Stage,
    StageResult,
    Status,
    TranscriptLine,
    Verdict,
)
from smtpwizard.model.stage_facts import AuthFacts
from smtpwizard.resources import resource_path

if TYPE_CHECKING:
    from smtpwizard.flow.fixes import Fix
    from smtpwizard.flow.trial import Settled

EMPTY = "–"
MAX_LINE = 2000  # characters of one transcript line; a longer one stalls the widget
MAX_LINES = 2000  # lines of a transcript on screen
MAX_DETAIL = 300

Verify = Callable[[Job], Report]

# How each verdict looks.
TONES = {
    Verdict.SENT: "passed",
    Verdict.LET_IN: "passed",
    Verdict.PASSED: "passed",
    Verdict.UNKNOWN: "unknown",
    Verdict.INTERRUPTED: "failed",
    Verdict.STOPPED: "failed",
}


class StageView(QWidget):
    """Runs a verification off the window's thread and shows it stage by stage.

    `stopped` is emitted when nothing runs any more, `reported` with every report, `case_wanted`
    with the one that is to become a case.
    """

    started = Signal()
    stopped = Signal()
    reported = Signal(object)
    failed = Signal(object)
    case_wanted = Signal(object)

    def __init__(self, runner: Runner, *, short: bool = False, recorded: bool = False) -> None:
        super().__init__()
        self._runner = runner
        self._recorded = recorded  # what was: nothing is tried again, nothing looked up
        self._job: int | None = None
        self._connector: Connector | None = None
        self._server = ""
        self._words = ""
        self._short = short
        self._icons: dict[str, QIcon] = {}
        self.verdict = plain_label()
        self.hint = plain_label(tone="hint")
        self.causes = CauseCards(runner)
        self.causes.case_wanted.connect(self.case_wanted)
        if recorded:
            self.causes.save_elsewhere()
        self.fixes = FixCards()
        self.find_out_more = FindOutMorePanel(runner)
        self.find_out_more.weighed.connect(self._weigh_again)
        self.table = self._build_table()
        self.transcript = self._build_transcript()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.verdict)
        layout.addWidget(self.hint)
        # What happened, what to press, what it means; how far it got comes after that.
        layout.addWidget(self.fixes)
        # Within a sign-in nobody tests.
        self.later = LaterButton()
        if short:
            self.later.setParent(self)
        else:
            layout.addWidget(self.later, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.causes)
        layout.addWidget(self.find_out_more)
        layout.addWidget(self.table)
        label = plain_label(self.tr("Transcript"), heading="true")
        label.setBuddy(self.transcript)
        layout.addWidget(label)
        layout.addWidget(self.transcript, 1)
        if short:
            # Up to the login, and no more than that.
            label.hide()
            self.transcript.hide()
            for row in range(STAGES.index(Stage.AUTH) + 1, len(STAGES)):
                self.table.setRowHidden(row, True)
        self.clear()
        self.table.horizontalHeader().sectionResized.connect(self._resized)

    def _build_table(self) -> QTableWidget:
        headings = [self.tr("Stage"), self.tr("Result"), self.tr("Time"), self.tr("Detail")]
        table = fact_table(self.tr("Stages"), headings, len(STAGES), stretching=(3,))
        metrics = self.fontMetrics()
        words = [status_name(status) for status in Status] + [self.tr("running…")]
        titles = [stage_title(stage) for stage in STAGES]
        for column, texts in enumerate((titles, words, ["00000 ms"])):
            widest = max(metrics.horizontalAdvance(text) for text in texts)
            # The second column has an icon; the rest is the style sheet's padding.
            table.setColumnWidth(column, widest + (50 if column == 1 else 24))
        self._cells = [[QTableWidgetItem(EMPTY) for _ in range(4)] for _ in STAGES]
        for row, cells in enumerate(self._cells):
            cells[0].setText(stage_title(STAGES[row]))
            for column, cell in enumerate(cells):
                table.setItem(row, column, cell)
        return table

    def _build_transcript(self) -> QPlainTextEdit:
        edit = QPlainTextEdit()
        edit.setReadOnly(True)
        edit.setAccessibleName(self.tr("Transcript"))
        edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        edit.setTabChangesFocus(True)
        edit.setUndoRedoEnabled(False)
        edit.setMinimumHeight(self.fontMetrics().height() * 6)
        edit.setPlaceholderText(self.tr("What the server and we said; secrets are left out."))
        font = QFont("monospace")
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(self.font().pointSizeF())
        edit.setFont(font)
        return edit

    # -- running ------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._job is not None

    def run(self, verify: Verify, connector: Connector | None = None, *, words: str = "") -> None:
        """Start a verification (of `connector`); its report is shown and emitted.

        `words` say what is done meanwhile, where it is no test.
        """
        self.stop()
        self.clear()
        self._connector = connector
        self._order_stages(connector)
        self._words = words or self.tr("Testing…")
        self.say(self._words)
        self._job = self._runner.submit(verify, self._finished, self._progress)
        self.started.emit()

    def stop(self) -> None:
        """Stop at once; whatever the server still says is not waited for, nor any later test."""
        if self.later.timer.isActive():
            self.later.offer(None)
        if self._job is None:
            return
        self._runner.cancel(self._job)
        self._job = None
        for row in range(len(STAGES)):
            if self._cells[row][1].data(Qt.ItemDataRole.UserRole) == "running":
                self._set_text(row, "skipped", self.tr("stopped"))
        self.say(self.tr("Stopped. Nothing was decided."), "unknown")
        self.stopped.emit()

    def _progress(self, message: object) -> None:
        if isinstance(message, StageResult):
            if self.verdict.text() == store_waits_message():
                self.say(self._words)
            self.show_stage(message)
        elif isinstance(message, StoreWaits):
            self.say(store_waits_message())

    def _finished(self, outcome: Outcome) -> None:
        self._job = None
        if isinstance(outcome.value, Report):
            self.show_report(outcome.value, self._connector)
            self.stopped.emit()
            self.reported.emit(outcome.value)
            return
        error = outcome.error
        self.clear()
        self.say(error_message(error), "failed")
        self.stopped.emit()
        self.failed.emit(error)

    # -- showing ------------------------------------------------------------------------------

    def clear(self) -> None:
        """All stages waiting, nothing said."""
        for row in range(len(STAGES)):
            self._set_text(row, "waiting", self.tr("waiting"))
            self._cells[row][2].setText(EMPTY)
            self._cells[row][3].setText(EMPTY)
        fit_rows(self.table)
        self.causes.show_causes(())
        self.fixes.show_fixes(())
        self.find_out_more.offer(None, None)
        self.later.offer(None)
        self.transcript.clear()
        self.say("")

    def say(self, text: str, verdict: str = "", hint: str = "") -> None:
        """The line above the stages; said aloud by a screen reader when it changes."""
        changed = text != self.verdict.text()
        self.verdict.setText(text)
        set_tone(self.verdict, "verdict", verdict)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        if text and changed and self.isVisible():
            announce(self.verdict, text)

    def say_verdict(self, report: Report, server: str, then: str = "") -> None:
        """How the verification of `server` ended, what follows from it, and where that was good
        what to do `then`."""
        self._server = server
        text, hint = headline(report, Face.WINDOW, server)
        passes = report.verdict is Verdict.STOPPED and any(c.retryable for c in report.causes[:1])
        hint = f"{hint} {then}".strip() if report.ok else hint
        if self._recorded:
            hint = ""
        self.say(text, "unknown" if passes else TONES[report.verdict], hint)
        if report.facts(AuthFacts).token_not_kept:
            self.add_hint(error_text("token_not_kept", {}, Face.WINDOW))

    def show_fixes(self, fixes: Sequence[Fix]) -> None:
        """Offer these fixes, and say so on the card of what they are for."""
        self.fixes.show_fixes(fixes)
        self._offer_fixes()

    def _offer_fixes(self) -> None:
        self.causes.offer([card.try_button.text() for card in self.fixes.cards])
        # Tab goes in reading order, though the cards are newer than all that follows them.
        before: QWidget = self.later
        for card in (*self.fixes.cards, *self.causes.cards):
            for each in card.findChildren(QAbstractButton):
                QWidget.setTabOrder(before, each)
                before = each

    def show_settled(self, settled: Settled, text: str) -> None:
        """What is known again after a change that was not kept; `text` says why it was not."""
        if settled.report is None:
            self.clear()
            self.say(text, "unknown")
            return
        self.show_report(settled.report, settled.connector)
        self.show_fixes(settled.fixes)
        self.say(text, "failed")

    def add_hint(self, text: str) -> None:
        """One more sentence under the verdict."""
        self.hint.setText(f"{self.hint.text()} {text}".strip())
        self.hint.show()
        announce(self.hint, text)

    def show_stage(self, result: StageResult) -> None:
        """One stage as it starts or ends."""
        row = STAGES.index(result.stage)
        if result.status is Status.NOT_REACHED:
            if result.running:
                self._set_text(row, "running", self.tr("running…"))
            else:
                self._set_text(row, "not_reached", status_name(result.status))
            return
        self._set_text(row, result.status.value, status_name(result.status))
        time = EMPTY if result.ms is None else self.tr("{0} ms").format(result.ms)
        self._cells[row][2].setText(time)
        details = " · ".join(stage_details(result, Face.WINDOW))
        self._cells[row][3].setText(clean_text(details, MAX_DETAIL) or EMPTY)
        fit_rows(self.table)

    def show_report(self, report: Report, connector: Connector | None = None) -> None:
        """The whole result; the verdict line and the fixes are the caller's."""
        self._order_stages(connector)
        for result in report.stages:
            self.show_stage(result)
        self.causes.show_causes(report.causes, report, connector)
        self.fixes.show_fixes(())
        self.find_out_more.offer(connector, report)
        if not self._short and not self._recorded:
            self.later.offer(report)
        self.transcript.setPlainText(transcript_text(report.transcript))

    def _order_stages(self, connector: Connector | None) -> None:
        """Show the stages as they come: with SSL/TLS the server greets behind the encryption."""
        header = self.table.verticalHeader()
        greeting, tls = (
            header.visualIndex(STAGES.index(stage)) for stage in (Stage.GREETING, Stage.TLS)
        )
        implicit = connector is not None and connector.server.security is Security.IMPLICIT_TLS
        if implicit != (tls < greeting):
            header.swapSections(greeting, tls)

    def _weigh_again(self, report: object) -> None:
        if isinstance(report, Report):
            self.causes.show_causes(report.causes, report, self._connector)
            self._offer_fixes()
            if report.verdict is Verdict.STOPPED and self._server:
                self.say_verdict(report, self._server)

    def _set_text(self, row: int, icon: str, word: str) -> None:
        item = self._cells[row][1]
        item.setText(word)
        item.setData(Qt.ItemDataRole.UserRole, icon)
        if icon not in self._icons:
            self._icons[icon] = QIcon(str(resource_path(f"icons/{icon}.svg")))
        item.setIcon(self._icons[icon])

    def _resized(self, column: int, *_: int) -> None:
        if column == len(self._cells[0]) - 1:
            fit_rows(self.table)


def transcript_text(lines: Sequence[TranscriptLine]) -> str:
    """The transcript as text of bounded size: time in ms, who spoke, what."""
    marks = {"server": "S", "client": "C"}
    half = MAX_LINES // 2
    out = [
        f"{line.t_ms:>6}  {marks.get(line.sender, '*')}  {clean_text(line.line, MAX_LINE)}"
        for line in (lines if len(lines) <= MAX_LINES else (*lines[:half], *lines[-half:]))
    ]
    if len(lines) > MAX_LINES:
        out.insert(half, f"        *  … {len(lines) - MAX_LINES} …")
    return "\n".join(out)
