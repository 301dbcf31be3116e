"""Page 4, *Admin and test*."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from smtpwizard.flow import trial
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import Fix, fixes_for
from smtpwizard.flow.steps import StepId
from smtpwizard.flow.trial import Ending, Settled, Trial
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.widgets.elements import button
from smtpwizard.gui.widgets.fields import Field, line_edit, scroll_to, show_text
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.messages.facts import moment_text
from smtpwizard.messages.fixes import ending_text
from smtpwizard.model.addresses import is_address
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Report


class TestPage(FormPage):
    """Who looks after the connector, and the test of exactly what is on screen."""

    __test__ = False  # not a test case, whatever its name looks like

    step = StepId.TEST

    def __init__(self, context: WizardContext) -> None:
        super().__init__(context)
        draft_model = context.draft_model
        self.setSubTitle(self.tr("Who looks after it, and whether it really sends."))
        self._ws = context.ws
        self._runner = context.runner
        self.case_dialog: SaveCaseDialog | None = None
        self._last_run_asked = False
        self._recovery = context.recovery
        self._stored = context.stored
        self._status = context.status
        self._inputs: object | None = None
        self._shown: Report | None = None
        self._trial: Trial | None = None
        self.email_edit = line_edit()
        self.admin_name_edit = line_edit()
        self.send_to_edit = line_edit()
        self.sender_edit = line_edit()
        grid = self.new_form()
        self.add_field(
            grid,
            Field(
                "admin.email",
                self.tr("Admin user &email address"),
                self.email_edit,
                self.tr("Who is told about this connector."),
                write=lambda text: draft_model.change(admin_email=text),
            ),
        )
        self.add_field(
            grid,
            Field(
                "admin.name",
                self.tr("Ad&min user name"),
                self.admin_name_edit,
                self.tr("Optional."),
                write=lambda text: draft_model.change(admin_name=text),
            ),
        )
        self.add_field(
            grid,
            Field(
                "send_to",
                self.tr("Sen&d to"),
                self.send_to_edit,
                self.tr("Optional. Who gets the test email; the admin when empty."),
                write=lambda text: draft_model.change(send_to=text),
            ),
        )
        self.add_field(
            grid,
            Field(
                "sender.address",
                self.tr("Sender &address"),
                self.sender_edit,
                self.tr(
                    "Optional. Whom the email is from; when empty the user, or else the admin."
                ),
                write=lambda text: draft_model.change(sender_address=text),
            ),
        )
        self.body.addLayout(grid)
        self.test_button = button(self.tr("&Test"), self.test)
        self.stop_button = button(self.tr("St&op"), self.stop)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.test_button)
        line.addWidget(self.stop_button)
        line.addStretch(1)
        self.body.addLayout(line)
        self.view = StageView(context.runner)
        if context.ws.recording is None:
            self.view.find_out_more.search = partial(jobs.find_out_more, context.ws)
        self.body.addWidget(self.view, 1)
        self._connect()

    def _connect(self) -> None:
        self.view.started.connect(self.show_problems)
        self.view.stopped.connect(self.show_problems)
        self.view.reported.connect(self._reported)
        self.view.failed.connect(self._failed)
        self.view.fixes.wanted.connect(self.fix)
        self.view.later.due.connect(self.test)
        self.view.case_wanted.connect(self.save_case)

    # -- the test -----------------------------------------------------------------------------

    def test(self) -> None:
        """Test what is on screen now; its result holds for exactly that."""
        connector = self.draft_model.connector()
        if connector is None or self.view.running:
            self.reveal_problems()
            return
        draft = self.draft_model.draft
        self._trial = None
        self._inputs = draft.verification_inputs(self.draft_model.flow.defaults_for)
        self._run(draft, connector)

    def _run(self, draft: ConnectorDraft, connector: Connector) -> None:
        self.view.run(partial(jobs.verify, self._ws, draft, self._stored), connector)

    def fix(self, fix: Fix) -> None:
        """Test with a change; it stays in the draft only if the test gets further with it."""
        before, draft = self.draft_model.report(), self.draft_model.draft
        if self.view.running or before is None:
            return
        if fix.draft is None:
            self.sign_in_wanted.emit()
            return
        begun = trial.start(fix, draft, before, self.draft_model.flow.defaults_for)
        if begun is None:
            self.view.say(self.tr("This change does not fit what is entered now."), "failed")
            return
        self._trial = begun
        self.test_button.setFocus()  # the button of the fix goes
        self._run(begun.changed, begun.connector)

    def stop(self) -> None:
        """Stop the test; the page is usable again at once."""
        self.leave()
        self.test_button.setFocus()

    def busy(self) -> bool:
        return self.view.running

    def _reported(self, report: Report) -> None:
        under_test, self._trial = self._trial, None
        draft, defaults_for = self.draft_model.draft, self.draft_model.flow.defaults_for
        focused = self.test_button.hasFocus()
        if under_test is not None:
            settled = trial.settle(under_test, report, draft, defaults_for)
            if not settled.kept:
                self._show_settled(settled, ending_text(settled.ending))
                return
            self.draft_model.set(settled.draft)
        else:
            self.draft_model.set(draft.with_verification(self._inputs, report))
        self._shown = report
        self._say_verdict()
        if under_test is not None:
            self.view.add_hint(ending_text(Ending.KEPT))
        self.view.show_fixes(fixes_for(report, self.draft_model.draft))
        if not report.ok:
            self._lead_on(focused)
        wizard = self.wizard()
        if report.ok and focused and wizard is not None:
            wizard.button(wizard.WizardButton.FinishButton).setFocus()

    def _lead_on(self, focused: bool) -> None:
        """After a failure: what it was comes into sight, and with it what may help at once."""
        scroll_to(self.view.causes, under=self.test_button)
        first = self.view.fixes.first_button()
        if focused and first is not None:
            first.setFocus()
        self.choose_default()

    def _show_settled(self, settled: Settled, text: str) -> None:
        self._shown = settled.report
        focused = self.test_button.hasFocus()
        self.view.show_settled(settled, text)
        self._lead_on(focused)

    def _abandon(self, ending: Ending, text: str) -> None:
        """Show what was there before the trial under way; without one, nothing changes."""
        under_test, self._trial = self._trial, None
        if under_test is not None:
            now, defaults_for = self.draft_model.draft, self.draft_model.flow.defaults_for
            self._show_settled(trial.abandon(under_test, ending, now, defaults_for), text)

    def _failed(self, error: Exception) -> None:
        self._abandon(Ending.FAILED, error_message(error))
        self._recovery.offer(self, error, self.test)

    def _say_verdict(self) -> None:
        """What is known about exactly the connector on screen."""
        report = self.draft_model.report()
        if report is None:
            if self._shown is not None:
                self._shown = None
                self.view.clear()
                self.view.say(
                    self.tr("Something changed since the test. Not tested yet."),
                    hint=self._untested_hint(),
                )
            elif not self.view.verdict.text():
                self._say_untested()
            return
        host = self.draft_model.draft.judge(self.draft_model.flow.defaults_for)[0]
        server = host.server.host if host is not None else ""
        self.view.say_verdict(report, server, self.tr("Finish saves the connector."))

    def _say_untested(self) -> None:
        draft, defaults_for = self.draft_model.draft, self.draft_model.flow.defaults_for
        unchanged = draft.verifies_like_its_base(defaults_for)
        if self._status in ("verified", "failed") and unchanged:
            self._show_last_run()
        else:
            self.view.say(self.tr("Not tested yet"), hint=self._untested_hint())

    def _show_last_run(self) -> None:
        """What the last test of exactly this connector found, read once."""
        passed = self._status == "verified"
        if passed:
            self.view.say(self.tr("Verified earlier; nothing changed since."), "passed")
        else:
            self.view.say(self.tr("Failed earlier; nothing changed since."), "failed")
        if self._stored is not None and not self._last_run_asked:
            self._last_run_asked = True
            work = partial(jobs.last_run, self._ws, self._stored)
            self._runner.submit(work, self._last_run_read, owner=self)

    def _last_run_read(self, outcome: Outcome) -> None:
        run, connector = outcome.value, self.draft_model.connector()
        untouched = self.draft_model.report() is None and self._shown is None
        if run is None or connector is None or self.view.running or not untouched:
            return
        self._shown = run.report
        self.view.show_report(run.report, connector)
        self.view.say_verdict(run.report, connector.server.host)
        when = moment_text(run.report.started)
        self.view.add_hint(self.tr("Tested on {0}; nothing changed since.").format(when))

    def _untested_hint(self) -> str:
        return self.tr("You can finish without a test; the connector is then marked as untested.")

    def save_case(self, report: Report) -> None:
        """Make a case of the test that is shown."""
        connector = self.draft_model.connector()
        if connector is None:
            return
        run = jobs.run_of(self._ws, self._stored, connector, report)
        self.case_dialog = SaveCaseDialog(self._ws, self._runner, run, self._stored, self.window())
        self.case_dialog.open()

    # -- FormPage -----------------------------------------------------------------------------

    def first_focus(self) -> QWidget:
        if self.email_edit.text() and self.test_button.isEnabled():
            return self.test_button
        return self.email_edit

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        show_text(self.email_edit, draft.admin_email)
        show_text(self.admin_name_edit, draft.admin_name)
        show_text(self.send_to_edit, draft.send_to)
        self.send_to_edit.setPlaceholderText(draft.admin_email)
        show_text(self.sender_edit, draft.sender_address)
        own = draft.username if is_address(draft.username) else draft.admin_email
        self.sender_edit.setPlaceholderText(own)
        if not self.view.running:
            self._say_verdict()

    def show_problems(self) -> None:
        super().show_problems()
        self.choose_default()

    def _set_texts(self) -> None:
        super()._set_texts()
        running = self.view.running
        ready = self.draft_model.connector() is not None
        # The focus moves before the button that has it goes grey.
        now, other = self.test_button, self.stop_button
        if running:
            now, other = other, now
        now.setEnabled(running or ready)
        if other.hasFocus():
            now.setFocus()
        other.setEnabled(False)

    def choose_default(self) -> None:
        """One next step: test first, finish after it; in between what may help at once."""
        running = self.view.running
        ready = self.draft_model.connector() is not None
        proven = self.draft_model.report()
        wizard = self.wizard()
        if not self.is_current() or wizard is None:
            return
        if ready and not running and (proven is None or not proven.ok):
            (self.view.fixes.first_button() or self.test_button).setDefault(True)
        elif running:
            self.stop_button.setDefault(True)
        else:
            finish = wizard.button(wizard.WizardButton.FinishButton)
            if isinstance(finish, QPushButton):
                finish.setDefault(True)

    def leave(self) -> None:
        self.view.stop()
        self._abandon(Ending.STOPPED, ending_text(Ending.STOPPED))

    def cleanupPage(self) -> None:
        # Going back stops a test; nothing that was typed is reset.
        self.leave()
