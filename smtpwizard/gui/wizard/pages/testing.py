"""Page 4, *Admin and test*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QWidget, QWizard

from smtpwizard.flow import trial
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import Fix, fixes_for
from smtpwizard.flow.next_click import passes_by_itself
from smtpwizard.flow.steps import StepId
from smtpwizard.flow.trial import Ending, Settled, Trial
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.widgets.elements import button, set_next_step
from smtpwizard.gui.widgets.fields import Field, line_edit, scroll_to, show_text
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.messages.fixes import ending_text
from smtpwizard.messages.moments import near_text
from smtpwizard.messages.verification import verdict_in_short
from smtpwizard.model.addresses import is_address
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Report, Verdict

# What of the draft each field holds.
_WRITES: Mapping[str, str] = {
    "admin.email": "admin_email",
    "admin.name": "admin_name",
    "send_to": "send_to",
    "sender.address": "sender_address",
    "sender.name": "sender_name",
    "sender.reply_to": "reply_to",
}


class TestPage(FormPage):
    """Who looks after the connector, and the test of exactly what is on screen."""

    __test__ = False  # not a test case, whatever its name looks like

    step = StepId.TEST

    def __init__(self, context: WizardContext, wizard: QWizard) -> None:
        super().__init__(context, wizard)
        self.setSubTitle(
            self.tr("Who looks after it, and what the recorded server says.")
            if self.replaying
            else self.tr("Who looks after it, and whether it really sends.")
        )
        self._ws = context.ws
        self._runner = context.runner
        self._demo = context.demo
        self._demo_mail = context.demo_mail
        self.case_dialog: SaveCaseDialog | None = None
        self.received_dialog: QDialog | None = None
        self._last_run_asked = False
        self._recovery = context.recovery
        self._stored = context.stored
        self._status = context.status
        self._inputs: object | None = None
        self._shown: Report | None = None
        self._trial: Trial | None = None
        self._anew = False
        self.email_edit = line_edit()
        self.admin_name_edit = line_edit()
        self.send_to_edit = line_edit()
        self.sender_edit = line_edit()
        self.sender_name_edit = line_edit()
        self.reply_to_edit = line_edit()
        self.test_button = button(self.tr("&Test"), self.test, icon="send")
        self.stop_button = button(self.tr("St&op"), self.stop, icon="stop")
        self.stop_button.setEnabled(False)  # nothing runs
        self.advanced = Fold(self.tr("&Advanced"), self.tr("– sender, answers"))
        self._lay_out_fields()
        self.view = StageView(context.runner)
        self.view.reads_back = context.ws.recording is None
        if self.replaying:  # there is a case already
            self.view.replayed = True
            self.view.causes.save_elsewhere()
        self.view.causes.go = self.field_wanted.emit
        self.view.causes.test = self.test
        if context.ws.recording is None:
            self.view.causes.search = partial(jobs.find_out_more, context.ws)
        self.body.addWidget(self.view, 1)
        self._connect()

    def _connect(self) -> None:
        self.area.verticalScrollBar().rangeChanged.connect(self._say_in_sentence)
        self.view.started.connect(self._started)
        self.view.stopped.connect(self.show_problems)
        self.view.reported.connect(self._reported)
        self.view.failed.connect(self._failed)
        self.view.causes.fix_wanted.connect(self.fix)
        self.view.causes.due.connect(self.test)
        self.view.case_wanted.connect(self.save_case)
        self.view.received_wanted.connect(self.read_received)

    # -- the test -----------------------------------------------------------------------------

    def _started(self) -> None:
        self._say_in_sentence()
        self.show_problems()
        self.stop_button.setFocus()
        self.answered.emit()

    def _lay_out_fields(self) -> None:
        optional = self.tr("– optional")
        form = self.new_form()
        self.add_pair(
            form,
            self._field("admin.email", self.tr("Admin user &email address"), self.email_edit),
            self._field("admin.name", self.tr("Ad&min user name"), self.admin_name_edit, optional),
        )
        self.add_field(
            form,
            self._field(
                "send_to",
                self.tr("Sen&d to"),
                self.send_to_edit,
                self.tr("– optional; empty means the admin"),
                beside=(self.test_button, self.stop_button),
            ),
        )
        self.body.addLayout(form)
        self.body.addWidget(self.advanced)
        more = self.new_form()
        self.sender_field = self.add_field(
            more,
            self._field(
                "sender.address",
                self.tr("Sende&r address"),
                self.sender_edit,
                optional,
                self.tr("Whom the email is from; when empty the user, or else the admin."),
            ),
        )
        self.add_pair(
            more,
            self._field("sender.name", self.tr("Sender name"), self.sender_name_edit, optional),
            self._field(
                "sender.reply_to",
                self.tr("Reply-To"),
                self.reply_to_edit,
                optional,
                self.tr("Where answers go; when empty, to the sender."),
            ),
        )
        self.advanced.body.addLayout(more)

    def _field(
        self,
        key: str,
        label: str,
        edit: QLineEdit,
        rest: str = "",
        hint: str = "",
        beside: Sequence[QWidget] = (),
    ) -> Field:
        name = _WRITES[key]
        return Field(
            key,
            label,
            edit,
            hint,
            write=lambda text: self.draft_model.change(**{name: text}),
            beside=beside,
            rest=rest,
        )

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
            self.view.say(self.tr("This change does not fit what is entered now."), "unknown")
            return
        self._trial = begun
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
            draft = settled.draft
        else:
            draft = draft.with_verification(self._inputs, report)
        self._shown = report
        self.draft_model.set(draft)
        self._say_verdict()
        if under_test is not None and not report.beyond:
            self.view.add_hint(ending_text(Ending.KEPT))
        self.view.show_fixes(fixes_for(report, self.draft_model.draft))
        if not report.ok:
            self._lead_on(focused)
        wizard = self.wizard()
        if report.ok and focused and wizard is not None:
            wizard.button(self.last_button()).setFocus()
        self._result_shown()

    def _result_shown(self) -> None:
        """What is known stands in the sentence, where the page is too low, and on the rail."""
        self._say_in_sentence()
        self.choose_default()
        self.answered.emit()

    def _say_in_sentence(self) -> None:
        """The verdict, where the result scrolls out of sight."""
        report = self._shown
        scrolls = self.area.verticalScrollBar().maximum() > 0
        if report is None or self.view.running or not scrolls:
            self.say_sentence()
            return
        card = self.view.causes
        told = card.card.title if card.isVisibleTo(self.view) else self.view.verdict
        where, cause = verdict_in_short(report), told.text()
        tone = "undecided" if self._is_calm(report) else "stopped"
        tone = "passed" if report.ok else tone
        tone = "undecided" if report.beyond else tone
        said = cause if report.ok or report.beyond or cause == where else f"{where}: {cause}"
        self.say_sentence(said, tone)

    def _lead_on(self, focused: bool) -> None:
        """After a failure: what it was comes into sight, and with it what may help at once."""
        card = self.view.causes.card
        first = self.view.next_button()
        # All of it, or else from its head down as far as the next click; that at any rate.
        scroll_to(card, under=card, least=first or card.next)
        if focused and first is not None:
            first.setFocus()

    def _show_settled(self, settled: Settled, text: str) -> None:
        self._shown = settled.report
        focused = self.test_button.hasFocus()
        self.view.show_settled(settled, text)
        self._lead_on(focused)
        self._result_shown()

    def _abandon(self, ending: Ending, text: str) -> None:
        """Show what was there before the trial under way; without one, nothing changes."""
        under_test, self._trial = self._trial, None
        if under_test is not None:
            now, defaults_for = self.draft_model.draft, self.draft_model.flow.defaults_for
            self._show_settled(trial.abandon(under_test, ending, now, defaults_for), text)

    def _failed(self, error: Exception) -> None:
        self._abandon(Ending.FAILED, error_message(error))
        given_up = partial(self.view.say, error_message(error), "failed")
        if self._recovery.offer(self, error, self.test, given_up):
            self.view.say_asking()

    def _say_verdict(self) -> None:
        """What is known about exactly the connector on screen."""
        report = self.draft_model.report()
        if report is None:
            if self._shown is not None:
                self._shown = None
                self._anew = True
                self.view.clear()
                self._say_in_sentence()
            if not self.view.banner.isVisibleTo(self.view):
                self._say_untested()
            return
        self._anew = False
        if self._shown is None:
            # What was changed was put back: the result holds again, and all of it comes back.
            self._shown = report
            self.view.show_report(report, self.draft_model.connector())
            self.view.show_fixes(fixes_for(report, self.draft_model.draft))
        host = self.draft_model.draft.judge(self.draft_model.flow.defaults_for)[0]
        server = host.server.host if host is not None else ""
        then = "" if self.replaying else self.tr("Finish saves the connector.")
        if self._demo and report.verdict is Verdict.SENT:
            shown = (
                self.tr("In the demo, that is Demo mail, beside this page.")
                if self._demo_mail
                else self.tr("In the demo, that is the terminal it runs in.")
            )
            then = f"{shown} {then}"
        self.view.say_verdict(report, server, then)

    def _say_untested(self) -> None:
        draft, defaults_for = self.draft_model.draft, self.draft_model.flow.defaults_for
        unchanged = draft.verifies_like_its_base(defaults_for)
        if self._status in ("verified", "failed") and unchanged and not self._anew:
            self._show_last_run()
            return
        to = draft.send_to.strip() or draft.admin_email.strip()
        what = (
            self.tr("Test sends one email to {0} and takes about 2 s.").format(to[:100])
            if is_address(to)
            else self.tr("Test sends one email and takes about 2 s.")
        )
        if self._anew:
            what = self.tr("Something changed since the test. {0}").format(what)
        hint = self.tr("Without it, Finish saves it as not tested.")
        if self.replaying:
            what, hint = self.tr("Test plays what was recorded. No email is sent."), ""
            if self._anew:
                hint = self.tr("Something changed since the test.")
        self.view.say(what, hint=hint)

    def _show_last_run(self) -> None:
        """What the last test of exactly this connector found, read once."""
        if self._last_run_asked:
            return
        if self._status == "verified":
            self.view.say(self.tr("Verified earlier; nothing changed since."), "passed")
        else:
            self.view.say(self.tr("Failed earlier; nothing changed since."), "failed")
        if self._stored is not None:
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
        when = near_text(run.report.started, datetime.now().astimezone(), within=True)
        self.view.add_hint(self.tr("Tested {0}; nothing changed since.").format(when))
        self._result_shown()

    def save_case(self, report: Report) -> None:
        """Make a case of the test that is shown."""
        connector = self.draft_model.connector()
        if connector is None:
            return
        run = jobs.run_of(self._ws, self._stored, connector, report)
        self.case_dialog = SaveCaseDialog(self._ws, self._runner, run, self._stored, self.window())
        self.case_dialog.saved.connect(self.view.tell_case_saved)
        self.case_dialog.open()

    def read_received(self) -> None:
        """Read back the email that a test has sent."""
        from smtpwizard.gui.results.received_email import ReceivedDialog  # noqa: PLC0415 - on request
        from smtpwizard.model.proof import Origin  # noqa: PLC0415 - on request

        draft = self.draft_model.draft
        origin = Origin(self._stored, draft.runs or ())
        dialog = ReceivedDialog(self._ws, self._runner, origin, self.window())
        if self._stored is None and draft.dkim_keys is not None:
            dialog.received.key_learnt.connect(draft.dkim_keys.append)
        self.received_dialog = dialog
        dialog.open()

    # -- FormPage -----------------------------------------------------------------------------

    def first_focus(self) -> QWidget:
        if self.email_edit.text() and self.test_button.isEnabled():
            return self.view.next_button() or self.test_button
        return self.email_edit

    def answers(self) -> str:
        if self.view.running:
            return self.tr("Testing…")
        if self._shown is not None:
            return verdict_in_short(self._shown)
        known = {"verified": self.tr("Verified earlier"), "failed": self.tr("Failed earlier")}
        return "" if self._anew else known.get(self._status, "")

    def answers_tone(self) -> str:
        shown = self._shown
        if shown is None or shown.ok or shown.beyond or self.view.running:
            return "quiet"
        return "warning" if self._is_calm(shown) else "danger"

    @staticmethod
    def _is_calm(report: Report) -> bool:
        """True for what nobody knows, and what may pass by itself: no alarm, as on the card."""
        first = report.causes[0] if report.causes else None
        return report.verdict is Verdict.UNKNOWN or passes_by_itself(report, first)

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        show_text(self.email_edit, draft.admin_email)
        show_text(self.admin_name_edit, draft.admin_name)
        show_text(self.send_to_edit, draft.send_to)
        self.send_to_edit.setPlaceholderText(draft.admin_email)
        show_text(self.sender_edit, draft.sender_address)
        show_text(self.sender_name_edit, draft.sender_name)
        show_text(self.reply_to_edit, draft.reply_to)
        if draft.sender_address or draft.sender_name or draft.reply_to:
            self.advanced.set_open(True)
        own = draft.username if is_address(draft.username) else draft.admin_email
        self.sender_edit.setPlaceholderText(own)
        self.reply_to_edit.setPlaceholderText(draft.sender_address or own)
        if not self.view.running:
            self._say_verdict()

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
        wizard = self.wizard()
        if not self.is_current() or wizard is None:
            return
        finish = wizard.button(self.last_button())
        proven = self._shown is not None and self._shown.ok and not self._shown.beyond
        wanted = self.view.next_button() or self.test_button
        if proven and isinstance(finish, QPushButton):
            wanted = finish
        if self.view.running or not wanted.isEnabled():
            set_next_step(None, wizard)
        else:
            set_next_step(wanted)

    def leave(self) -> None:
        self.view.stop()
        self._abandon(Ending.STOPPED, ending_text(Ending.STOPPED))

    def cleanupPage(self) -> None:
        # Going back stops a test; nothing that was typed is reset.
        self.leave()
