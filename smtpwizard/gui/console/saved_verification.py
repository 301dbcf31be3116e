"""Verifying a saved connector in a view: again, with a test email, or with a change on trial."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from smtpwizard.flow import trial
from smtpwizard.flow.draft import ConnectorDraft, begin_draft
from smtpwizard.flow.fixes import Fix, fixes_for
from smtpwizard.flow.trial import Ending, Settled, Trial
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.sign_in.sign_in_dialog import SignInDialog
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.messages.fixes import ending_text
from smtpwizard.model.report import Report

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


class SavedVerification(QObject):
    """Drives a `StageView`; a fix is saved only where the verification gets further with it.

    `reported` comes with every report of the connector as it is saved, `saved` with the connector
    once a change or a sign-in is kept, `stopped_short` when what went wrong is shown.
    """

    reported = Signal(object)
    saved = Signal(object)
    stopped_short = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        view: StageView,
        host: QWidget,
    ) -> None:
        super().__init__(host)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._host = host
        self.view = view
        self.stored: StoredConnector | None = None
        self.sign_in_dialog: QDialog | None = None
        self.send_to: str | None = None
        self.report: Report | None = None
        self._trial: Trial | None = None
        view.causes.search = partial(jobs.find_out_more, ws)
        view.reported.connect(self._reported)
        view.failed.connect(self._failed)
        view.causes.fix_wanted.connect(self.fix)
        view.causes.due.connect(self.again)
        view.causes.test = self.again

    def start(self, stored: StoredConnector, send_to: str | None = None) -> None:
        """Verify as it is saved; with `send_to` a test email goes there."""
        self.stored, self.send_to = stored, send_to
        self.again()

    def adopt(self, stored: StoredConnector, report: Report) -> None:
        """Go on from what the last verification of exactly this connector found, whose report the
        view shows, as if it had ended just now: what may help can be tried."""
        self.stored, self.report, self._trial = stored, report, None
        self._say_verdict(report)
        self.view.show_fixes(fixes_for(report, self._draft()))

    def again(self) -> None:
        """The same once more."""
        assert self.stored is not None
        self._trial = None
        self.view.run(
            partial(jobs.verify_stored, self._ws, self.stored, self.send_to),
            self.stored.connector,
        )

    def stop(self) -> None:
        """End what runs; what was there before a change on trial is shown again."""
        self.view.stop()
        self._abandon(Ending.STOPPED, ending_text(Ending.STOPPED))

    def _reported(self, report: Report) -> None:
        under_test, self._trial = self._trial, None
        if under_test is not None:
            self._settle(under_test, report)
            return
        self.report = report
        self._say_verdict(report)
        self.view.show_fixes(fixes_for(report, self._draft()))
        self.reported.emit(report)
        if not report.ok:
            self.stopped_short.emit()

    def _say_verdict(self, report: Report) -> None:
        assert self.stored is not None
        self.view.say_verdict(report, self.stored.connector.server.host)

    def _failed(self, error: Exception) -> None:
        self._abandon(Ending.FAILED, error_message(error))
        given_up = partial(self.view.say, error_message(error), "failed")
        if self._recovery.offer(self._host, error, self.again, given_up):
            self.view.say_asking()

    # -- fixes --------------------------------------------------------------------------------

    def _draft(self) -> ConnectorDraft:
        return begin_draft(self._ws.project, self.stored).with_family(self._ws.defaults_for)

    def fix(self, fix: Fix) -> None:
        """Verify with a change."""
        if self.view.running or self.report is None:
            return
        if fix.draft is None:
            self._sign_in_again()
            return
        begun = trial.start(fix, self._draft(), self.report, self._ws.defaults_for)
        if begun is None:
            self.view.say(self.tr("This change does not fit the connector."), "failed")
            return
        self._trial = begun
        send = self.send_to is not None
        self.view.run(
            partial(jobs.verify, self._ws, begun.changed, self.stored, send=send),
            begun.connector,
        )

    def _settle(self, under_test: Trial, report: Report) -> None:
        settled = trial.settle(under_test, report, self._draft(), self._ws.defaults_for)
        if not settled.kept:
            self._show_settled(settled, ending_text(settled.ending))
            return
        self.report = report
        self._say_verdict(report)

        def kept(outcome: Outcome) -> None:
            if outcome.error is not None:
                words = self.tr("The change could not be saved. {0}")
                self.view.add_hint(words.format(error_message(outcome.error)))
                return
            self.stored = outcome.value
            self.view.add_hint(self.tr("The change was saved."))
            self.view.show_fixes(fixes_for(report, self._draft()))
            self.saved.emit(outcome.value)

        self._runner.submit(
            partial(jobs.save, self._ws, settled.draft, self.stored),
            kept,
            owner=self,
            must_finish=True,
        )

    def _show_settled(self, settled: Settled, text: str) -> None:
        self.report = settled.report
        self.view.show_settled(settled, text)
        self.stopped_short.emit()

    def _abandon(self, ending: Ending, text: str) -> None:
        """Show what was there before the trial under way; without one, nothing changes."""
        under_test, self._trial = self._trial, None
        if under_test is not None:
            now, defaults_for = self._draft(), self._ws.defaults_for
            self._show_settled(trial.abandon(under_test, ending, now, defaults_for), text)

    def _sign_in_again(self) -> None:
        assert self.stored is not None
        dialog = SignInDialog(self._ws, self._runner, self._recovery, self.stored, self._host)
        self.sign_in_dialog = dialog
        dialog.signed_in.connect(self._signed_in)
        dialog.open()
        dialog.start()

    def _signed_in(self, stored: StoredConnector) -> None:
        self.stored = stored
        self.saved.emit(stored)
        self.again()
