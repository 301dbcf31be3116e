"""Verifying a saved connector from the list: the wizard's live view in a dialog."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.flow import trial
from smtpwizard.flow.draft import ConnectorDraft, begin_draft
from smtpwizard.flow.fixes import Fix, fixes_for
from smtpwizard.flow.trial import Ending, Settled, Trial
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.secret_store_dialogs import SecretStoreRecovery
from smtpwizard.gui.sign_in.sign_in_dialog import SignInDialog
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import button, plain_label, set_next_step
from smtpwizard.gui.widgets.fields import scroll_to, scrolling
from smtpwizard.messages.fixes import ending_text
from smtpwizard.model.report import Report

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


class VerifyDialog(QDialog):
    """Verifies up to the login at once; sends a test email where the user asks for one.

    `edit_wanted` comes with the connector's id before it closes for the wizard.
    """

    edit_wanted = Signal(str)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        stored: StoredConnector,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._stored = stored
        self._report: Report | None = None
        self._trial: Trial | None = None
        self.sign_in_dialog: QDialog | None = None
        self.case_dialog: SaveCaseDialog | None = None
        connector = stored.connector
        self._send_to: str | None = None
        self.setWindowTitle(self.tr("Verify – {0}").format(connector.name[:200]))
        self.view = StageView(runner)
        self.view.find_out_more.search = partial(jobs.find_out_more, ws)
        self.view.causes.go = lambda _: self.edit()
        self.view.causes.next.test = self._run
        self.send_button = button(self.tr("Send &test email"), self.send)
        self.again_button = button(self.tr("&Verify again"), self.start)
        self.stop_button = button(self.tr("St&op"), self.stop)
        self.edit_button = button(self.tr("&Edit…"), self.edit)
        self.close_button = button(self.tr("Close"), self.reject)
        line = QHBoxLayout()
        line.setSpacing(8)
        for push in (self.send_button, self.again_button, self.stop_button, self.edit_button):
            line.addWidget(push)
        line.addStretch(1)
        line.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.view)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(
            plain_label(
                self.tr(
                    "Send test email writes to {0}. The pages that are named here open with Edit…"
                ).format(connector.test_recipient()),
                tone="hint",
            )
        )
        layout.addLayout(line)
        self.view.started.connect(self._show_state)
        self.view.stopped.connect(self._show_state)
        self.view.reported.connect(self._reported)
        self.view.failed.connect(self._failed)
        self.view.fixes.wanted.connect(self.fix)
        self.view.later.due.connect(self._run)
        self.view.case_wanted.connect(self.save_case)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.setMinimumSize(
            min(em * 48, room.width() * 19 // 20), min(em * 40, room.height() * 9 // 10)
        )

    def save_case(self, report: Report) -> None:
        """Make a case of the verification that is shown."""
        run = jobs.run_of(self._ws, self._stored, self._stored.connector, report)
        self.case_dialog = SaveCaseDialog(self._ws, self._runner, run, self._stored, self)
        self.case_dialog.open()

    def start(self) -> None:
        """Verify without sending anything."""
        self._send_to = None
        self._run()

    def send(self) -> None:
        """Verify and send the test email."""
        self._send_to = self._stored.connector.test_recipient()
        self._run()

    def edit(self) -> None:
        """Close, and lead to the pages that the steps name."""
        self.edit_wanted.emit(self._stored.id)
        self.reject()

    def stop(self) -> None:
        self.view.stop()
        self._abandon(Ending.STOPPED, ending_text(Ending.STOPPED))

    def _run(self) -> None:
        self._trial = None
        self.view.run(
            partial(jobs.verify_stored, self._ws, self._stored, self._send_to),
            self._stored.connector,
        )

    def _show_state(self) -> None:
        running = self.view.running
        self.send_button.setEnabled(not running)
        self.again_button.setEnabled(not running)
        self.stop_button.setEnabled(running)
        set_next_step(None, self)
        (self.stop_button if running else self.close_button).setDefault(True)
        (self.stop_button if running else self.close_button).setFocus()

    def _reported(self, report: Report) -> None:
        under_test, self._trial = self._trial, None
        if under_test is not None:
            self._settle(under_test, report)
            return
        self._report = report
        self._say_verdict(report)
        self.view.show_fixes(fixes_for(report, self._draft()))
        if not report.ok:
            self._lead_on()

    def _lead_on(self) -> None:
        """After a failure: what it was comes into sight, and with it what may help at once."""
        card = self.view.causes.card
        scroll_to(card.next, under=card)
        first = self.view.next_button()
        if first is not None:
            set_next_step(first)
            first.setFocus()

    def _say_verdict(self, report: Report) -> None:
        self.view.say_verdict(report, self._stored.connector.server.host)

    def _failed(self, error: Exception) -> None:
        self._abandon(Ending.FAILED, error_message(error))
        self._recovery.offer(self, error, self._run)

    # -- fixes --------------------------------------------------------------------------------

    def _draft(self) -> ConnectorDraft:
        return begin_draft(self._ws.project, self._stored).with_family(self._ws.defaults_for)

    def fix(self, fix: Fix) -> None:
        """Verify with a change; it is saved only if the verification gets further with it."""
        if self.view.running or self._report is None:
            return
        if fix.draft is None:
            self._sign_in_again()
            return
        begun = trial.start(fix, self._draft(), self._report, self._ws.defaults_for)
        if begun is None:
            self.view.say(self.tr("This change does not fit the connector."), "failed")
            return
        self._trial = begun
        send = self._send_to is not None
        self.view.run(
            partial(jobs.verify, self._ws, begun.changed, self._stored, send=send),
            begun.connector,
        )

    def _settle(self, under_test: Trial, report: Report) -> None:
        settled = trial.settle(under_test, report, self._draft(), self._ws.defaults_for)
        if not settled.kept:
            self._show_settled(settled, ending_text(settled.ending))
            return
        self._report = report
        self._say_verdict(report)

        def saved(outcome: Outcome) -> None:
            if outcome.error is not None:
                self.view.add_hint(
                    self.tr("The change could not be saved. {0}").format(
                        error_message(outcome.error)
                    )
                )
                return
            self._stored = outcome.value
            self.view.add_hint(self.tr("The change was saved."))
            self.view.show_fixes(fixes_for(report, self._draft()))

        self._runner.submit(
            partial(jobs.save, self._ws, settled.draft, self._stored),
            saved,
            owner=self,
            must_finish=True,
        )

    def _show_settled(self, settled: Settled, text: str) -> None:
        self._report = settled.report
        self.view.show_settled(settled, text)
        self._lead_on()

    def _abandon(self, ending: Ending, text: str) -> None:
        """Show what was there before the trial under way; without one, nothing changes."""
        under_test, self._trial = self._trial, None
        if under_test is not None:
            now, defaults_for = self._draft(), self._ws.defaults_for
            self._show_settled(trial.abandon(under_test, ending, now, defaults_for), text)

    def _sign_in_again(self) -> None:
        dialog = SignInDialog(self._ws, self._runner, self._recovery, self._stored, self)
        self.sign_in_dialog = dialog
        dialog.signed_in.connect(self._signed_in)
        dialog.open()
        dialog.start()

    def _signed_in(self, stored: StoredConnector) -> None:
        self._stored = stored
        self._run()

    def reject(self) -> None:
        self.stop()
        super().reject()
