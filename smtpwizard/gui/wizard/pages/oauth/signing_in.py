"""One sign-in of the draft: begun, kept as a fact of it, and proven at the mail server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from smtpwizard.flow.draft import ConnectorDraft, Fact, SignInState
from smtpwizard.flow.dropped_sign_in import CODES, SIGN_IN, dropped_sign_in
from smtpwizard.flow.steps import StepId
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.sign_in.sign_in_panel import SignInPanel
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.gui.widgets.tab_order import order_tabs, tab_place
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.oauth.form import Page, RegistrationForm
from smtpwizard.gui.wizard.pages.oauth.hints import CA_FILE
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import NetworkError, UsageError
from smtpwizard.model.registration import Redirect
from smtpwizard.model.report import Report

if TYPE_CHECKING:
    from smtpwizard.flow.dropped_sign_in import DroppedSignIn
    from smtpwizard.model.connector import Connector
    from smtpwizard.oauth.signed_in import SignedIn


class SigningIn(QObject):
    """Runs sign-ins with what is on screen, and says what became of them.

    `begun` when one starts, `changed` when something starts or stops running, `signed_in` when one
    is kept.
    """

    begun = Signal()
    changed = Signal()
    signed_in = Signal()

    def __init__(
        self, parent: QWidget, page: Page, context: WizardContext, form: RegistrationForm
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._draft_model = context.draft_model
        self._ws = context.ws
        self._stored = context.stored
        self._form = form
        self._begun: ConnectorDraft | None = None
        self._shown: object | None = None
        self._said_of: object | None = None  # what it was said of that a sign-in is for another
        self._proved_for = ""
        self._refused: tuple[str, str] | None = None  # before it began: the field, and why
        self.lapsed = False
        """The sign-in that is there has turned out not to work."""
        self.box = SignInPanel(context.ws, context.runner, context.recovery, over_draft=True)
        self._runner = context.runner
        self._view: StageView | None = None
        # A step that names a box leads to it.
        self.box.causes.go = page.focus_field
        self.box.causes.beside = SIGN_IN  # it stands above them
        self.box.started.connect(self.changed)
        self.box.ended.connect(self._ended)
        self.box.kept.connect(self._keep)
        self.box.undecided.connect(self._ask_whose)
        self.box.used.connect(self._use_account)
        self.box.skipped.connect(self.go_on_without)
        self.box.failed.connect(self._failed)
        self.box.again.connect(lambda: self.start(force_picker=True))

    @property
    def view(self) -> StageView:
        """What the mail server says of a sign-in; built for the first."""
        if self._view is None:
            self._view = view = StageView(self._runner, short=True)
            view.hide()
            view.causes.go = self._page.focus_field
            view.started.connect(self.changed)
            view.stopped.connect(self.changed)
            view.reported.connect(self._reported)
            view.failed.connect(self._not_checked)
            place = tab_place()
            self.box.between.addWidget(place)
            self.box.between.addWidget(view)
            order_tabs(view, place)
        return self._view

    @property
    def _checks(self) -> bool:
        return self._view is not None and self._view.running

    def _forget_check(self, *, stop: bool = True) -> None:
        """Nothing is shown of a check of the login any more."""
        if self._view is not None:
            if stop:
                self._view.stop()
            self._view.hide()

    @property
    def running(self) -> bool:
        return self.box.running or self._checks

    @property
    def refused_by_server(self) -> bool:
        """True while it is shown that the mail server did not let the account in."""
        return self._view is not None and not self._view.isHidden()

    @property
    def state(self) -> SignInState:
        """What is known about a sign-in for what is on screen."""
        return self._draft_model.draft.sign_in_state(self._draft_model.flow.defaults_for)

    def ready(self) -> Connector | None:
        """The connector to sign in for; None while something else than the sign-in is missing."""
        problems = self._draft_model.problems(StepId.AUTHENTICATE)
        if any(problem.code not in CODES for problem in problems):
            return None
        return self._draft_model.draft.for_sign_in(self._draft_model.flow.defaults_for)

    def start(self, *, force_picker: bool = False) -> None:
        """Sign in with what is on screen."""
        connector = self.ready()
        if connector is None or self.box.running:
            self._page.reveal_problems()
            return
        draft = self._draft_model.draft
        self._forget_check()
        self._begun = draft
        self._shown = self._refused = None
        self.lapsed = False
        self.begun.emit()
        self.box.start(
            connector,
            draft.secrets(),
            self._stored,
            redirect=draft.redirect,
            force_picker=force_picker,
        )

    def say_lapsed(self) -> None:
        """The sign-in that is there does not work any more."""
        self._forget_check(stop=False)
        self.box.clear()
        self.box.say(self.tr("The sign-in no longer works. Sign in again."), "unknown")
        self._shown = self._draft_model.draft.holding_sign_in()
        self.lapsed = True

    def _keep(self, held: SignedIn) -> None:
        """The sign-in is what the user wants: it becomes a fact of the draft."""
        draft, dropped = self._draft_model.draft, self._dropped_sign_in()
        kept = draft.keep_sign_in(held, self._begun) if self._begun else None
        if dropped is not None and dropped.held is held and dropped.account is not None:
            kept = draft.with_sign_in(held)  # for another mailbox, on purpose
        if kept is None:
            self._say_changed(held)
            return
        self._put_in_force(kept, held)

    def _ask_whose(self, held: SignedIn) -> None:
        """Another account signed in: that holds up the page until the user has decided."""
        if self._begun is not None:
            self._form.user_field.touched = True
            draft = self._draft_model.draft.with_other_account(held, self._begun)
            self._draft_model.set(draft)
        self.changed.emit()

    def _use_account(self, held: SignedIn) -> None:
        self._put_in_force(self._draft_model.draft.with_account(held), held)

    def _put_in_force(self, draft: ConnectorDraft, held: SignedIn) -> None:
        self._shown = held
        self.begun.emit()
        self.box.show_result(held, accepted=True)
        self._draft_model.set(draft)
        self._prove()
        self.changed.emit()
        self.signed_in.emit()

    def go_on_without(self) -> None:
        """Its user does not want to sign in now."""
        self._shown = None
        self.box.clear()
        self._draft_model.set(self._draft_model.draft.without_sign_in())
        self.changed.emit()

    def _dropped_sign_in(self) -> DroppedSignIn | None:
        return dropped_sign_in(self._draft_model.draft, self._draft_model.flow.defaults_for)

    def _failed(self, error: object) -> None:
        """What came to nothing is said as long as it is about what is on screen; what could not
        even begin, at its field."""
        key = error.facts.get("field") if isinstance(error, UsageError) else None
        if isinstance(error, NetworkError) and error.code == "http_tls":
            self._form.lead_to(CA_FILE)
        field = self._form.field(key) if key else None
        if field is not None and isinstance(error, UsageError):
            self._refused = (field.key, error_message(error))
            self.box.clear()
            field.touch()
            self._form.lead_to(field.key)

    def _prove(self) -> None:
        """Verify as far as the login, with the token that was just given."""
        draft = self._draft_model.draft
        self._proved_for = self._server_of(draft)
        # Only what went wrong is shown of it; a good end is a sentence under “Signed in”.
        self.view.hide()
        self.view.run(partial(jobs.prove_sign_in, self._ws, draft, self._stored))
        self.box.add(
            self.tr("Checking whether {0} lets this account in…").format(self._host(draft))
        )

    def _host(self, draft: ConnectorDraft) -> str:
        connector = draft.for_sign_in(self._draft_model.flow.defaults_for)
        return clean_text(connector.server.host, 254) if connector is not None else ""

    def _server_of(self, draft: ConnectorDraft) -> str:
        """What a check of the login depends on besides the sign-in."""
        connector = draft.for_sign_in(self._draft_model.flow.defaults_for)
        return repr(connector.server) if connector is not None else ""

    def _reported(self, report: Report) -> None:
        host = self._host(self._draft_model.draft)
        self.view.say_verdict(report, host)
        if report.ok:
            self.box.add(
                self.tr("{0} let this account in at once. No email was sent.").format(host)
            )
            return
        self.box.add(self.tr("{0} did not let this account in.").format(host), "unknown")
        self.view.show()
        card = self.view.causes.card
        scroll_to(card, under=card, least=self.view.next_button())
        self.changed.emit()

    def _not_checked(self) -> None:
        """The check itself could not be done: why stands beneath."""
        host = self._host(self._draft_model.draft)
        self.box.add(
            self.tr("Whether {0} lets this account in was not checked.").format(host), "unknown"
        )
        self.view.show()
        self.changed.emit()

    def _stop_checking(self) -> None:
        if self._checks:
            self.view.stop()
            self.box.add("")
        self._forget_check(stop=False)

    def show(self, draft: ConnectorDraft) -> None:
        """The state under the form, as far as nothing runs."""
        if self.box.running:
            return
        if self._proved_for and self._proved_for != self._server_of(draft):
            # What another server said says nothing about this one.
            self._proved_for = ""
            self._stop_checking()
            self.box.add("")
        self._outdate_failure(draft)
        held, dropped = draft.holding_sign_in(), self._dropped_sign_in()
        if held is not None:
            if self._shown is not held:
                self._shown = held
                self.box.show_result(held, accepted=True)
        elif dropped is not None:
            self._shown = SignInState.CHANGED
            self._forget_check()
            self.box.show_dropped(dropped)
        elif self.state is SignInState.KEPT:
            if self._shown is not SignInState.KEPT and not self.box.came_to_nothing:
                self._shown = SignInState.KEPT
                self.box.clear()
                self.box.say(self.tr("Signed in earlier; the sign-in is kept."), "passed")
        elif self._shown is not None and self._still_skipped(draft):
            return
        elif self._shown is not None and self._said_of != draft.sign_in_inputs():
            self._shown = None
            self._forget_check(stop=False)
            self.box.clear()
        self._say_skipped(draft)

    def _skips(self, draft: ConnectorDraft) -> bool:
        missing = draft.redirect is not Redirect.APP and self.state is SignInState.NONE
        return draft.sign_in_skipped and missing

    def _still_skipped(self, draft: ConnectorDraft) -> bool:
        return self._shown == "skipped" and self._skips(draft)

    def _say_skipped(self, draft: ConnectorDraft) -> None:
        if self._skips(draft) and not self.box.verdict.text():
            self._shown = "skipped"
            self.box.say(
                self.tr("Nobody has signed in yet."),
                "unknown",
                self.tr("Until that is done, the connector cannot send."),
            )

    def _outdate_failure(self, draft: ConnectorDraft) -> None:
        """A sign-in that came to nothing says nothing about what is on screen once that is
        another."""
        begun = self._begun
        if self.box.came_to_nothing and begun is not None:
            same = begun.sign_in_inputs() == draft.sign_in_inputs()
            if not same or begun.sign_in_ca_file != draft.sign_in_ca_file:
                self.box.clear()
                self._shown = None

    def _say_changed(self, held: SignedIn) -> None:
        """What was typed while the user signed in makes the sign-in one for something else."""
        self._shown = self._said_of = self._draft_model.draft.sign_in_inputs()
        self._forget_check(stop=False)
        self.box.clear()
        assert self._begun is not None
        begun = Fact(self._begun.sign_in_inputs(), held)
        draft = self._draft_model.draft._replace(sign_in=begun)
        dropped = dropped_sign_in(draft, self._draft_model.flow.defaults_for)
        self.box.say(
            self.tr("Something changed since the sign-in. Sign in again."),
            "unknown",
            problem_text(dropped.problem, Face.WINDOW) if dropped is not None else "",
        )
        self.changed.emit()

    def _ended(self) -> None:
        """What became of a good one is said with what it brought."""
        if self.box.came_to_nothing:
            self.show(self._draft_model.draft)
            self.changed.emit()

    def put_refusal(self, draft: ConnectorDraft) -> None:
        """What a sign-in refused before it began stands at its field until something changes."""
        if self._refused is None or self._begun is None:
            return
        key, said = self._refused
        if self._begun.sign_in_inputs() != draft.sign_in_inputs():
            self._refused = None
            return
        field = self._form.field(key)
        if field is not None and not field.error:
            field.set_error(said)

    def leave(self) -> None:
        """Stop what runs; what came to nothing is not shown again."""
        self.box.cancel()
        if self.box.came_to_nothing:
            self.box.clear()
        if self._checks:
            self._stop_checking()

    def give_up(self) -> None:
        """Stop a sign-in that waits, and say nothing of it."""
        if self.box.running:
            self.box.cancel()
            self.box.clear()
