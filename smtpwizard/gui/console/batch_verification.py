"""Verifying many connectors at once: progress, Stop, and what is newly broken in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from smtpwizard.gui import jobs
from smtpwizard.gui.console.notification_zone import NotificationZone, Offer, Said
from smtpwizard.gui.error_messages import error_message, skipped_message, store_waits_message
from smtpwizard.gui.precedence import BEAT_MS, YieldingToken
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits
from smtpwizard.messages.verified_many import failed_text, unproven_text
from smtpwizard.model.connector import name_order
from smtpwizard.usecases.list_rows import Kind, ListRow

if TYPE_CHECKING:
    from smtpwizard.gui.console.connectors_page import ConnectorsPage
    from smtpwizard.usecases.verify_all import Ended, Summary
    from smtpwizard.usecases.workspace import Workspace

# Results are shown together, so often, ms.
SHOW_EVERY_MS = 150
# Statuses that say nothing of the settings as they are.
UNKNOWN_BEFORE = ("untested", "changed")
# So many names stand in a summary.
NAMED = 2
# So many reasons stand in a summary of what was skipped.
REASONS = 12
# Why one was skipped that was under way when all of it was stopped.
STOPPED = "cancelled"


class BatchVerification(QObject):
    """One run at a time; `started` comes with it, `ended` once all of it is over, `list_wanted`
    with what shows something in the list, for once that is shown."""

    started = Signal()
    ended = Signal()
    list_wanted = Signal(object)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        page: ConnectorsPage,
        zone: NotificationZone,
    ) -> None:
        super().__init__(page)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._page = page
        self._zone = zone
        self._job: int | None = None
        self._said: Said | None = None
        self._rows: Sequence[ListRow] = ()
        self._done = 0
        self._stopping = False
        self._fresh: dict[str, ListRow] = {}
        self._first_failures = 0
        self._skipped: dict[str, str] = {}  # why, by id
        self._showing = QTimer(self)
        self._showing.setSingleShot(True)
        self._showing.setInterval(SHOW_EVERY_MS)
        self._showing.timeout.connect(self._show_fresh)
        self._beats = QTimer(self)
        self._beats.setTimerType(Qt.TimerType.PreciseTimer)
        self._beats.setInterval(BEAT_MS)
        self._beats.timeout.connect(lambda: self._stopper.beat())

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def progress(self) -> tuple[int, int]:
        """How many are done, and of how many."""
        return self._done, len(self._rows)

    def start(self, rows: Sequence[ListRow]) -> None:
        """Verify these, without sending anything."""
        if self.running or not rows:
            return
        self._rows, self._done, self._stopping = rows, 0, False
        self._first_failures = 0
        self._skipped = {}
        self._stopper = YieldingToken()
        self._beats.start()
        self._said = self._zone.say(
            "running",
            self.tr("Verifying {0} connectors").format(len(rows)),
            self.tr("{0} of {1} done").format(0, len(rows)),
            Offer(self.tr("Stop"), self.stop),
        )
        self._said.show_progress(0, len(rows), self._said.text)
        self._job = self._runner.submit(
            partial(jobs.verify_many, self._ws, rows, self._stopper),
            self._over,
            self._hear,
            owner=self,
        )
        self.started.emit()

    def stop(self) -> None:
        """Begin no more, and give up those under way; the summary still comes."""
        if self.running and not self._stopping:
            self._stopping = True
            self._stopper.cancel()
            if self._said is not None:
                self._said.close()
            self._said = self._zone.say("running", self.tr("Stopping…"))

    def _hear(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            if self._said is not None:
                self._said.show_progress(self._done, len(self._rows), store_waits_message())
            return
        ended, row = cast("tuple[Ended, ListRow | None]", message)
        if ended.skipped == STOPPED:
            return  # as one that was not begun
        self._done += 1
        if row is not None:
            self._fresh[row.id] = row
            if ended.now == "failed" and ended.before in UNKNOWN_BEFORE:
                self._first_failures += 1
        elif ended.skipped is not None:
            self._skipped[ended.id] = skipped_message(ended.skipped, ended.facts)
        if not self._showing.isActive():
            self._showing.start()

    def _show_fresh(self) -> None:
        fresh, self._fresh = self._fresh, {}
        if fresh:
            self._page.change_rows(list(fresh.values()))
        if self._said is not None and not self._stopping:
            total = len(self._rows)
            text = self.tr("{0} of {1} done").format(self._done, total)
            self._said.show_progress(self._done, total, text)

    def _over(self, outcome: Outcome) -> None:
        self._job = None
        self._beats.stop()
        self._showing.stop()
        self._show_fresh()
        said, self._said = self._said, None
        if said is not None:
            said.close()
        if outcome.error is not None:
            again = partial(self.start, self._rows)
            if not self._recovery.offer(self._page, outcome.error, again, self._left_locked):
                self._zone.say("failed", self.tr("Not verified"), error_message(outcome.error))
        else:
            self._page.skip_rows(self._skipped)
            self._tell(outcome.value)
        self._page.resort()
        self.ended.emit()

    def _left_locked(self) -> None:
        """Nobody gave the passphrase."""
        self._zone.say(
            "info",
            self.tr("Nothing was verified"),
            self.tr("The encrypted file was not opened: its passphrase is needed."),
        )

    # -- the summary --------------------------------------------------------------------------

    def _tell(self, summary: Summary) -> None:
        broken, looked_at = summary.newly_broken, summary.found_out
        nothing = self.tr("Nothing was verified")
        if not looked_at and not summary.interrupted:
            if self._skipped:
                self._tell_skipped("failed", nothing)
            else:  # they are gone
                self._zone.say("info", nothing)
            return
        if self._skipped:  # first: it waits below, for the other is more
            number, of = len(self._skipped), len(self._rows)
            title = self.tr("{0} of {1} were skipped").format(number, of)
            if number == 1:
                title = self.tr("1 of {0} was skipped").format(of)
            self._tell_skipped("info", title)
        text = self._counted(summary)
        if broken:
            show = partial(self._show_failed, broken)
            self._say(
                "failed", self.tr("Newly broken: {0}").format(self._named(broken)), text, show
            )
            return
        show = partial(self._show_failed, ())
        stopped = self.tr("Stopped after {0} of {1}").format(self._done, len(self._rows))
        if summary.interrupted:
            self._say("info", stopped, text, show if summary.failed or summary.unproven else None)
        elif summary.failed:
            self._say("unknown", failed_text(summary.failed, looked_at), text, show)
        elif summary.unproven:
            title = self.tr("{0} of {1} are verified").format(summary.verified, len(self._rows))
            self._say("unknown", title, text, show)
        elif summary.unknown or self._skipped:
            title = self.tr("{0} of {1} are verified").format(summary.verified, len(self._rows))
            self._say("info", title, text)
        else:
            self._say("passed", self.tr("All {0} are verified").format(looked_at), text)

    def _say(
        self, tone: str, title: str, text: str, show: Callable[[], object] | None = None
    ) -> None:
        offer = None
        if show is not None:
            shown = partial(self.list_wanted.emit, show)
            offer = Offer(self.tr("Show"), shown, lasting=True)
        self._zone.say(tone, title, text, offer)

    def _tell_skipped(self, tone: str, title: str) -> None:
        """Who was skipped, a line for each reason, what concerns most of them first."""
        names = {row.id: row.name for row in self._rows}
        by_reason: dict[str, list[str]] = {}
        for identifier, reason in self._skipped.items():
            by_reason.setdefault(reason, []).append(names[identifier])
        most = sorted(by_reason.items(), key=lambda each: -len(each[1]))
        lines = [
            f"{self._named(sorted(who, key=name_order))}: {reason}"
            for reason, who in most[:REASONS]
        ]
        if len(most) > REASONS:
            lines.append(self.tr("The rows of the list say it of all."))
        self._say(tone, title, "\n".join(lines), self._page.show_skipped)

    def _named(self, names: Sequence[str]) -> str:
        text = ", ".join(names[:NAMED])
        if len(names) > NAMED:
            text = self.tr("{0} and {1} more").format(text, len(names) - NAMED)
        return text

    def _counted(self, summary: Summary) -> str:
        seconds = f"{summary.duration_ms / 1000:.1f}"
        parts = [self.tr("{0} done in {1} s.").format(self._done, seconds)]
        if summary.interrupted and summary.newly_broken:
            stopped = self.tr("Stopped after {0} of {1}, {2} s.")
            parts = [stopped.format(self._done, len(self._rows), seconds)]
        first = min(self._first_failures, summary.failed)
        older = summary.failed - len(summary.newly_broken) - first
        if first == 1:
            parts.append(self.tr("1 failed, and was not verified before."))
        elif first > 1:
            parts.append(self.tr("{0} failed, and were not verified before.").format(first))
        if older == 1:
            parts.append(self.tr("1 failed before as well."))
        elif older > 1:
            parts.append(self.tr("{0} failed before as well.").format(older))
        if summary.repaired:
            parts.append(self.tr("Works again: {0}.").format(self._named(summary.repaired)))
        if summary.unproven:
            parts.append(unproven_text(self._named(summary.unproven)))
        if len(self._skipped) == 1:
            parts.append(self.tr("1 was skipped."))
        elif self._skipped:
            parts.append(self.tr("{0} were skipped.").format(len(self._skipped)))
        return " ".join(parts)

    def _show_failed(self, names: Sequence[str]) -> None:
        """Show what has failed, the newly broken ones selected."""
        self._page.filter_edit.clear()
        wanted = set(names)
        self._page.show_kind(Kind.FAILED)
        if wanted and wanted.isdisjoint(row.name for row in self._page.model.rows):
            self._page.show_kind(None)  # what could not be kept left the list as it was
        chosen = [row.id for row in self._page.model.rows if row.name in wanted]
        if not chosen and self._page.model.rows:
            chosen = [self._page.model.rows[0].id]
        self._page.table.choose(chosen)
        self._page.table.setFocus()
