"""The live view of one verification: its conclusion first, then its stages and the transcript."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.results.stage_rows import StageTable
from smtpwizard.gui.results.transcript_view import TranscriptFold
from smtpwizard.gui.tasks import Job, Outcome, Runner, StoreWaits
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label
from smtpwizard.gui.widgets.flow import flow
from smtpwizard.messages.cases import saved_text
from smtpwizard.messages.causes import headline
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import took_text
from smtpwizard.messages.verification import stage_title, status_name
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import (
    STAGE_SECONDS,
    Report,
    Stage,
    StageResult,
    Status,
    Verdict,
)
from smtpwizard.model.stage_facts import AuthFacts

if TYPE_CHECKING:
    from smtpwizard.flow.fixes import Fix
    from smtpwizard.flow.trial import Settled

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

# How often the seconds are counted, ms.
TICK_MS = 500


class StageView(QWidget):
    """Runs a verification off the window's thread and shows it stage by stage.

    `stopped` is emitted when nothing runs any more, `reported` with every report, `shows` with the
    one that is in sight now or None, `case_wanted` with the one that is to become a case,
    `received_wanted` where the email that it sent is to be read back (offered with `reads_back`).
    A `short` one goes up to the login; a `recorded` one shows what was: nothing is tried again,
    nothing looked up.
    """

    started = Signal()
    stopped = Signal()
    reported = Signal(object)
    shows = Signal(object)
    failed = Signal(object)
    case_wanted = Signal(object)
    received_wanted = Signal()

    def __init__(self, runner: Runner, *, short: bool = False, recorded: bool = False) -> None:
        super().__init__()
        self._runner = runner
        self._recorded = recorded
        self.replayed = False
        """The recorded server answers: no email goes anywhere."""
        self._short = short
        self.reads_back = False
        self._job: int | None = None
        self._connector: Connector | None = None
        self._server = ""
        self._told: Report | None = None
        """The report whose verdict was said aloud from its card."""
        self._words = ""
        self._clock, self._stage_clock = QElapsedTimer(), QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._count)
        self.idle = plain_label(tone="quiet")
        self.banner = Banner("info")
        self.verdict, self.hint = self.banner.title, self.banner.text
        self.notice = Banner("info", small=True)
        self.causes = CauseCards(runner)
        self.causes.recorded = recorded
        self.causes.case_wanted.connect(self.case_wanted)
        if recorded:
            self.causes.save_elsewhere()
        self.causes.weighed.connect(self._weigh_again)
        self.table = StageTable(last=Stage.AUTH if short else Stage.DATA)
        self.transcript = TranscriptFold()
        # After a failure the card has these.
        causes = self.causes
        self.case_button = button(
            self.tr("Save a case…"), causes.save_case, icon="case", quiet=True
        )
        self.copy_button = button(self.tr("Copy as text"), self._copy, icon="copy", quiet=True)
        self.received_button = button(
            self.tr("Read the received email…"), self.received_wanted.emit, icon="mail", quiet=True
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget in (self.idle, self.banner, self.notice, self.causes, self.table):
            layout.addWidget(widget)
        layout.addLayout(line(self.received_button, None))
        proof = line(self.transcript)
        proof.setStretch(0, 1)
        pushes = flow((self.case_button, self.copy_button))
        proof.addWidget(pushes, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(proof)
        layout.addStretch(1)
        self.clear()

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
        self.table.clear_results(connector)
        self.table.setVisible(True)
        self._words = words
        self._clock.start()
        self._stage_clock.start()
        self._say_running()
        self._tick.start()
        self._job = self._runner.submit(verify, self._finished, self._progress)
        self.started.emit()

    def stop(self) -> None:
        """Stop at once; whatever the server still says is not waited for, nor any later test."""
        self.causes.wait_no_longer()
        if self._job is None:
            return
        self._runner.cancel(self._job)
        self._end()
        self.table.give_up()
        self.say(self.tr("Stopped. Nothing was decided."), "unknown")
        self.stopped.emit()

    def _end(self) -> None:
        self._job = None
        self._tick.stop()

    def _progress(self, message: object) -> None:
        if isinstance(message, StageResult):
            self._stage_clock.restart()
            self.show_stage(message)
            self._say_running()
        elif isinstance(message, StoreWaits):
            self.say(store_waits_message(), "running")

    def _say_running(self) -> None:
        """Which server, which stage, since when."""
        server = self._connector.server.host if self._connector is not None else ""
        stage = self.table.running_stage()
        title = self._words or (
            self.tr("Testing {0}").format(server) if server else self.tr("Testing…")
        )
        if stage is not None:
            title = self.tr("{0}: {1}").format(title.rstrip("…"), stage_title(stage))
        self.say(title, "running", self.tr("Stop ends it at once. The connector stays as it is."))
        self._count()

    def _count(self) -> None:
        """The seconds so far, of all and of the stage that is under way."""
        seconds = self._clock.elapsed() / 1000
        self.banner.aside.setText(self.tr("{0:.0f} s").format(seconds))
        self.banner.aside.setVisible(seconds >= 1)
        stage = self.table.running_stage()
        if stage is not None:
            own = self._connector.server.timeout_s if self._connector is not None else None
            most = own if own is not None else STAGE_SECONDS[stage]
            words = self.tr("running… {0:.0f} of at most {1:.0f} s")
            self.table.say_running(words.format(self._stage_clock.elapsed() // 1000, most))

    def _finished(self, outcome: Outcome) -> None:
        self._end()
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
        """Nothing was tested, nothing said."""
        self.table.clear_results()
        self.table.hide()
        self.causes.show_causes(())
        self.causes.offer_search(None, None)
        self.transcript.show_lines(())
        self.received_button.hide()
        self.case_button.hide()
        self.copy_button.hide()
        self.notice.hide()
        self.say("")
        self.shows.emit(None)

    def say(self, text: str, tone: str = "", hint: str = "") -> None:
        """The banner above everything, without a tone a quiet line; said aloud when it changes."""
        changed = text != self.verdict.text()
        self.banner.set_tone(tone or "info")
        self.banner.show_text(text, hint)
        self.banner.setVisible(bool(text and tone))
        self.idle.setText(f"{text} {hint}".strip())
        self.idle.setVisible(bool(text) and not tone)
        if text and changed and not tone and self.isVisible():
            announce(self.idle, text)

    def say_asking(self) -> None:
        """A question stands over it: nothing has failed yet."""
        self.say(self.tr("It goes on once you have answered."), "info")

    def say_verdict(self, report: Report, server: str, then: str = "") -> None:
        """How the verification of `server` ended, what follows from it, and where that was good
        what to do `then`."""
        self._server = server
        text, hint = headline(report, Face.WINDOW, server)
        hint = f"{hint} {then}".strip() if report.ok and not report.beyond else hint
        if self._recorded or (self.replayed and report.ok and not report.beyond):
            hint = ""
        on_card = self.causes.isVisibleTo(self)
        if on_card:
            self.banner.hide()  # before it says aloud what the card says
        unsure = report.beyond or report.unproven is not None
        self.say(text, "unknown" if unsure else TONES[report.verdict], hint)
        self.banner.aside.setText(took_text(report.duration_ms))
        self.banner.aside.setVisible(report.ok)
        # The card says it, and what to do.
        self.banner.setVisible(not on_card)
        if on_card and self.isVisible() and self._told is not report:
            self._told = report
            announce(self.causes, f"{self.causes.card.kicker.text()}. {text}")
        if report.facts(AuthFacts).token_not_kept:
            self.add_hint(error_text("token_not_kept", {}, Face.WINDOW))

    def _copy(self) -> None:
        self.causes.copy(self.copy_button)

    def show_fixes(self, fixes: Sequence[Fix]) -> None:
        """Offer these fixes as the next click."""
        self.causes.show_fixes(fixes)

    def next_button(self) -> QPushButton | None:
        """The button that is the next step after a failure; None where there is none."""
        return self.causes.next_button()

    def show_settled(self, settled: Settled, text: str) -> None:
        """What is known again after a change that was not kept; `text` says why it was not."""
        if settled.report is None:
            self.clear()
            self.say(text, "unknown")
            return
        self.show_report(settled.report, settled.connector)
        self.show_fixes(settled.fixes)
        self.say(text, "unknown")

    def add_hint(self, text: str) -> None:
        """One more sentence under the verdict."""
        self.hint.setText(f"{self.hint.text()} {text}".strip())
        self.hint.show()
        if not self.banner.isVisibleTo(self):
            self.notice.show_text(text)
            self.notice.show()
        announce(self.hint, text)

    def tell_case_saved(self, written: Mapping[str, Any]) -> None:
        """Where a case of it was written, and what comes next."""
        self.add_hint(". ".join(saved_text(written)))

    def show_stage(self, result: StageResult) -> None:
        """One stage as it starts or ends."""
        self.table.show_result(result)
        if self.running and result.status is not Status.NOT_REACHED:
            announce(self.table, f"{stage_title(result.stage)}: {status_name(result.status)}")

    def show_report(self, report: Report, connector: Connector | None = None) -> None:
        """The whole result; the verdict line and the fixes are the caller's."""
        self.notice.hide()
        self.idle.hide()
        self.table.show_all(report.known_stages(), connector)
        self.table.setVisible(True)
        kicker = ""
        if self._short and report.verdict is Verdict.STOPPED:
            kicker = self.tr("The mail server did not let this account in")
        self.causes.show_causes(report.causes, report, connector, kicker=kicker)
        self.causes.offer_search(connector, report)
        # It may have arrived where no answer came.
        arrived = report.verdict in (Verdict.SENT, Verdict.UNKNOWN)
        self.received_button.setVisible(self.reads_back and arrived)
        self.copy_button.setVisible(report.ok)
        recorded = self._recorded or self.replayed
        self.case_button.setVisible(report.ok and not recorded and not self._short)
        if not self._short:
            self.transcript.show_lines(report.transcript)
        self.shows.emit(report)

    def _weigh_again(self, report: object) -> None:
        if isinstance(report, Report):
            fixes = [each.fix for each in self.causes.card.next.fixes.cards]
            self.causes.show_causes(report.causes, report, self._connector)
            self.show_fixes(fixes)
            if report.verdict is Verdict.STOPPED and self._server:
                self.say_verdict(report, self._server)
