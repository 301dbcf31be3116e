"""The OAuth part of page 3: the app registration, signing in, and the login proven with it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.flow.asking import asked_fields
from smtpwizard.flow.draft import CUSTOM, ConnectorDraft, Fact, SignInState
from smtpwizard.flow.dropped_sign_in import CODES, dropped_sign_in
from smtpwizard.flow.steps import StepId
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.sign_in.guide_dialog import GuideDialog
from smtpwizard.gui.sign_in.sign_in_panel import SignInPanel
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.oauth.client_file import ClientFile
from smtpwizard.gui.wizard.pages.oauth.form import CA_FILE, EXPIRES, Page, RegistrationForm
from smtpwizard.gui.wizard.pages.oauth.guide import OpenGuide
from smtpwizard.gui.wizard.pages.oauth.remarks import RemarkList
from smtpwizard.gui.wizard.pages.oauth.summary import SignedInCard, SummaryLine
from smtpwizard.messages.client_kinds import kind_text, provider_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text
from smtpwizard.messages.sign_in_facts import store_text
from smtpwizard.messages.signing_in import finding_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import NetworkError, UsageError
from smtpwizard.model.registration import Redirect
from smtpwizard.model.report import Report

if TYPE_CHECKING:
    from smtpwizard.flow.dropped_sign_in import DroppedSignIn
    from smtpwizard.model.connector import Connector
    from smtpwizard.oauth.signed_in import SignedIn

_TESTING = "authentication.oauth.publishing_status"


class OAuthPanel(QWidget):
    """Reads and writes the draft's registration; keeps a sign-in as a fact of the draft.

    `changed` is emitted when something starts or stops running, or is folded away; `signed_in` when
    a sign-in is kept.
    """

    changed = Signal()
    signed_in = Signal()

    def __init__(self, page: Page, context: WizardContext) -> None:
        super().__init__()
        self._page = page
        self._draft_model = context.draft_model
        self._ws = context.ws
        self._stored = context.stored
        self._begun: ConnectorDraft | None = None
        self._shown: object | None = None
        self._said_of: object | None = None  # what it was said of that a sign-in is for another
        self._proved_for = ""
        self._form_wanted = False
        self._lapsed = False  # the sign-in that is there has turned out not to work
        # What a sign-in refused before it began: the field, and why.
        self._refused: tuple[str, str] | None = None
        self.setAcceptDrops(True)
        self.file = ClientFile(self, context)
        self.form = RegistrationForm(page, context, self.file)
        self.remarks = RemarkList(
            lambda status: self._draft_model.change(publishing=status), self.form.lead_to
        )
        self.summary = SummaryLine()
        self.box = SignInPanel(context.ws, context.runner, context.recovery, over_draft=True)
        self.view = StageView(context.runner, short=True)
        self.facts = SignedInCard()
        self.facts.add_end(self.form.another_end())
        self._name_parts()
        self._start = self._build_start()
        self._lay_out()
        self._guide = OpenGuide(self, context, self.form, self.file)
        self._connect()

    def _name_parts(self) -> None:
        """The boxes by their own names."""
        form = self.form
        self.domain_edit, self.domain_field = form.domain_edit, form.domain_field
        self.redirect_edit, self.uri_field = form.redirect_edit, form.uri_field
        self.client_id_edit, self.client_id_field = form.client_id_edit, form.client_id_field
        self.client_secret = form.client_secret
        self.user_edit, self.user_field = form.user_edit, form.user_field

    def _build_start(self) -> QWidget:
        self.sign_in_button = button(self.tr("Si&gn in"), self.sign_in, icon="open")
        self.start_note = plain_label(tone="quiet")
        self.skip_button = button(
            self.tr("Go on without signing in"), self._go_on_without, quiet=True
        )
        row = line(self.sign_in_button, spacing=12)
        row.addWidget(self.start_note, 1)
        row.addWidget(self.skip_button)
        out = QWidget()
        out.setLayout(row)
        return out

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        # A server of one's own needs what is under Advanced; with others hardly anybody does.
        self._needed, self._seldom = QVBoxLayout(), QVBoxLayout()
        column.addWidget(self.summary)
        column.addWidget(self.form)
        column.addLayout(self._needed)
        column.addWidget(self.remarks)
        column.addWidget(self._start)
        column.addLayout(self._seldom)
        column.addWidget(self.box)
        self._seldom.addWidget(self.form.advanced)
        self.box.between.addWidget(self.facts)
        self.box.between.addWidget(self.view)
        self.view.hide()

    def _connect(self) -> None:
        self.form.guide_wanted.connect(self.open_guide)
        self.form.request_wanted.connect(lambda: self.open_guide(request=True))
        self.file.taken.connect(self._file_taken)
        self.file.refused.connect(self._file_refused)
        self.summary.change_wanted.connect(self._change)
        self.facts.again.connect(self.sign_in)
        self.facts.other.connect(lambda: self.sign_in(force_picker=True))
        self.box.started.connect(self._state_changed)
        self.box.ended.connect(self._ended)
        self.box.kept.connect(self._keep)
        self.box.undecided.connect(self._ask_whose)
        self.box.used.connect(self._use_account)
        self.box.skipped.connect(self._go_on_without)
        self.box.failed.connect(self._failed)
        self.box.again.connect(lambda: self.sign_in(force_picker=True))
        self.view.started.connect(self._state_changed)
        self.view.stopped.connect(self._state_changed)
        self.view.reported.connect(self._reported)

    # -- the draft on screen ------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.box.running or self.view.running

    @property
    def guide(self) -> GuideDialog | None:
        return self._guide.dialog

    @property
    def is_folded(self) -> bool:
        """True while the registration is one line: somebody signs in, or has."""
        return not self.summary.isHidden()

    @property
    def is_of_this_session(self) -> bool:
        """True where the sign-in that runs or is there was begun in this wizard."""
        held = self._draft_model.draft.holding_sign_in() is not None
        return self.box.running or self.box.is_asking or held

    def fold_again(self) -> None:
        """Once the page was left, the form is one line again where it can be."""
        self._form_wanted = False

    def unfold(self) -> None:
        """Show the form."""
        if self.is_folded and not self.box.running:
            self._form_wanted = True
            self._fold(self._draft_model.draft)

    @property
    def wants_sign_in(self) -> bool:
        """True where signing in is the next step, and all that it takes is there."""
        if self.box.running or not self._start.isVisibleTo(self) or self._ready() is None:
            return False
        needed = self._state() in (SignInState.NONE, SignInState.CHANGED)
        return self._lapsed or (needed and not self._draft_model.draft.sign_in_skipped)

    def _state(self) -> SignInState:
        return self._draft_model.draft.sign_in_state(self._draft_model.flow.defaults_for)

    def show_draft(self) -> None:
        """Bring the widgets in line with the draft."""
        draft = self._draft_model.draft
        self.form.show_draft()
        self._place_advanced(draft)
        self._show_sign_in(draft)
        self._show_start(draft)
        self._fold(draft)

    def _place_advanced(self, draft: ConnectorDraft) -> None:
        place = self._needed if draft.provider == CUSTOM else self._seldom
        if place.indexOf(self.form.advanced) < 0:
            place.addWidget(self.form.advanced)
        self._order_tabs(needed=place is self._needed)

    def _order_tabs(self, *, needed: bool) -> None:
        """Tab goes down the page, though some of it was made later than what follows."""
        advanced = self.form.advanced_order()
        start = [*self.remarks.buttons, self.sign_in_button, self.skip_button]
        order = [*self.form.order(), *(advanced if needed else ()), *start]
        order += () if needed else advanced
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _show_start(self, draft: ConnectorDraft) -> None:
        entry = self._ws.catalogue.get(draft.provider)
        who = provider_text(draft.family, entry.name if entry is not None else "")
        self.start_note.setText(
            {
                Redirect.DEVICE: self.tr("Shows a code to enter at {0}. No email is sent."),
                Redirect.APP: self.tr("Asks {0} for a token. Nobody has to sign in."),
            }.get(
                draft.redirect, self.tr("Opens the page of {0} in your browser. No email is sent.")
            ).format(who)
        )
        open_ended = self._state() in (SignInState.NONE, SignInState.CHANGED)
        needed = draft.redirect is not Redirect.APP and not draft.sign_in_skipped
        self.skip_button.setVisible(needed and open_ended)

    def _fold(self, draft: ConnectorDraft) -> None:
        """The form is one line while somebody signs in and once that is done."""
        done = draft.holding_sign_in() is not None or self._state() is SignInState.KEPT
        undecided = self.box.is_asking
        folded = (self.box.running or done or undecided) and not self._form_wanted
        changed = folded != self.is_folded
        kind = kind_text(draft.family, draft.redirect)[0]
        secret = ""
        if draft.has_secret("client_secret"):
            secret = store_text(self._ws.secret_store_name(self._stored), short=True)
        self.summary.say(kind, draft.client_id, secret)
        self.summary.setVisible(folded)
        for part in (self.form, self.form.advanced, self.remarks, self._start):
            part.setVisible(not folded)
        if not folded and not self.remarks.has_any:
            self.remarks.hide()
        self._show_facts(draft, done=done and not self.box.running)
        if changed:
            self.changed.emit()

    def _show_facts(self, draft: ConnectorDraft, *, done: bool) -> None:
        from smtpwizard.usecases.sign_in_facts import sign_in_facts  # noqa: PLC0415 - oauth, where it is used

        connector = draft.for_sign_in(self._draft_model.flow.defaults_for) if done else None
        refused = not self.view.isHidden()
        self.facts.setVisible(connector is not None and not self._form_wanted and not refused)
        if connector is not None:
            held = draft.holding_sign_in()
            self.facts.show_facts(
                sign_in_facts(self._ws, connector, held, self._stored),
                has_end=EXPIRES in asked_fields(draft),
            )

    def _change(self) -> None:
        """Back to the form: what runs is cancelled, what was kept stays until something differs."""
        if self.box.running:
            self.box.cancel()
            self.box.clear()
        self._form_wanted = True
        self.show_draft()
        self._page.show_problems()
        self.form.kinds.editor.setFocus()

    # -- words beside the fields --------------------------------------------------------------

    def put_warnings(self) -> None:
        """What looks wrong before the browser opens, beside the field it is about."""
        draft = self._draft_model.draft
        warned = self.form.put_warnings(self._findings(draft))
        problems = self._draft_model.problems(StepId.AUTHENTICATE)
        self.remarks.look(
            draft,
            said=self.form.remarks(),
            warned=warned,
            wrong=any(problem.code not in CODES for problem in problems),
            asks_testing=_TESTING in asked_fields(draft),
            from_file=self.file.in_force,
        )
        if self.is_folded:
            self.remarks.hide()
        self._place_advanced(draft)
        for field in self._page.fields:
            if field.error:
                self.form.open_for(field)
        self._put_refusal(draft)
        self._guide.show_draft()

    def _put_refusal(self, draft: ConnectorDraft) -> None:
        """What a sign-in refused before it began stands at its field until something changes."""
        if self._refused is None or self._begun is None:
            return
        key, said = self._refused
        if self._begun.sign_in_inputs() != draft.sign_in_inputs():
            self._refused = None
            return
        field = self.form.field(key)
        if field is not None and not field.error:
            field.set_error(said)

    def _findings(self, draft: ConnectorDraft) -> dict[str, str]:
        from smtpwizard.usecases.drafts import look_over_draft  # noqa: PLC0415 - oauth, where it is used

        found = look_over_draft(self._ws, draft)
        return {field: finding_text(code, facts) for field, (code, facts) in found.items()}

    # -- the client file ----------------------------------------------------------------------

    def _file_taken(self) -> None:
        for field in (self.client_id_field, self.client_secret, self.uri_field):
            field.touch()
        said = " ".join(self.file.words.values())
        announce(self.client_id_edit, f"{self.tr('The client file was read')} {said}".strip())

    def _file_refused(self) -> None:
        self.put_warnings()
        announce(self.client_id_edit, self.file.refusal)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.file.dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = self.file.dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.file.read(path)

    # -- signing in ---------------------------------------------------------------------------

    def _ready(self) -> Connector | None:
        problems = self._draft_model.problems(StepId.AUTHENTICATE)
        if any(problem.code not in CODES for problem in problems):
            return None
        return self._draft_model.draft.for_sign_in(self._draft_model.flow.defaults_for)

    def sign_in(self, *, force_picker: bool = False) -> None:
        """Sign in with what is on screen."""
        connector = self._ready()
        if connector is None or self.box.running:
            self._page.reveal_problems()
            return
        draft = self._draft_model.draft
        self.view.stop()
        self.view.hide()
        self._begun = draft
        self._shown = self._refused = None
        self._form_wanted = self._lapsed = False
        self.box.start(
            connector,
            draft.secrets(),
            self._stored,
            redirect=draft.redirect,
            force_picker=force_picker,
        )

    def point_to_sign_in(self) -> None:
        """Lead the user to the button: the sign-in that is there does not work any more."""
        self.view.hide()
        self.box.clear()
        self.box.say(self.tr("The sign-in no longer works. Sign in again."), "unknown")
        self._shown = self._draft_model.draft.holding_sign_in()
        self._form_wanted = self._lapsed = True
        self._fold(self._draft_model.draft)
        self._page.show_problems()
        self.sign_in_button.setFocus()
        scroll_to(self.sign_in_button)

    def lead_to_sign_in(self) -> None:
        """Put the focus where the sign-in goes on."""
        wanted = self.sign_in_button if self._start.isVisibleTo(self) else self.box.next_button()
        wanted.setFocus()
        scroll_to(wanted)

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
            self.user_field.touched = True
            draft = self._draft_model.draft.with_other_account(held, self._begun)
            self._draft_model.set(draft)
        self._state_changed()

    def _use_account(self, held: SignedIn) -> None:
        self._put_in_force(self._draft_model.draft.with_account(held), held)

    def _put_in_force(self, draft: ConnectorDraft, held: SignedIn) -> None:
        self._shown = held
        self._form_wanted = False
        self.box.show_result(held, accepted=True)
        self._draft_model.set(draft)
        self._prove()
        self._state_changed()
        self.signed_in.emit()

    def _go_on_without(self) -> None:
        self._shown = None
        self.box.clear()
        self._draft_model.set(self._draft_model.draft.without_sign_in())
        self.sign_in_button.setFocus()

    def _dropped_sign_in(self) -> DroppedSignIn | None:
        return dropped_sign_in(self._draft_model.draft, self._draft_model.flow.defaults_for)

    def _failed(self, error: object) -> None:
        """What came to nothing is said as long as it is about what is on screen; what could not
        even begin, at its field."""
        key = error.facts.get("field") if isinstance(error, UsageError) else None
        if isinstance(error, NetworkError) and error.code == "http_tls":
            self.form.lead_to(CA_FILE)
        field = self.form.field(key) if key else None
        if field is not None and isinstance(error, UsageError):
            self._refused = (field.key, error_message(error))
            self.box.clear()
            field.touch()
            self.form.lead_to(field.key)

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
        self.facts.hide()
        scroll_to(self.view.causes, under=self.view)
        self.changed.emit()

    def _show_sign_in(self, draft: ConnectorDraft) -> None:
        """The state under the form, as far as nothing runs."""
        if self.box.running:
            return
        if not self.view.isHidden() and self._proved_for != self._server_of(draft):
            self.view.hide()
        self._outdate_failure(draft)
        held, dropped = draft.holding_sign_in(), self._dropped_sign_in()
        if held is not None:
            if self._shown is not held:
                self._shown = held
                self.box.show_result(held, accepted=True)
        elif dropped is not None:
            self._shown = SignInState.CHANGED
            self.view.stop()
            self.view.hide()
            self.box.show_dropped(dropped)
        elif self._state() is SignInState.KEPT:
            if self._shown is not SignInState.KEPT and not self.box.came_to_nothing:
                self._shown = SignInState.KEPT
                self.box.clear()
                self.box.say(self.tr("Signed in earlier; the sign-in is kept."), "passed")
        elif self._shown is not None and self._said_of != draft.sign_in_inputs():
            self._shown = None
            self.view.hide()
            self.box.clear()
        self._say_skipped(draft)

    def _say_skipped(self, draft: ConnectorDraft) -> None:
        free = not self.box.verdict.text() or self._shown == "skipped"
        skipped = draft.sign_in_skipped and self._state() is SignInState.NONE
        if skipped and free and draft.redirect is not Redirect.APP:
            self._shown = "skipped"
            self.box.say(
                self.tr("Nobody has signed in yet."),
                "unknown",
                self.tr("Until somebody does, the connector cannot send."),
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
        self.view.hide()
        self.box.clear()
        assert self._begun is not None
        begun = Fact(self._begun.sign_in_inputs(), held)
        draft = replace(self._draft_model.draft, sign_in=begun)
        dropped = dropped_sign_in(draft, self._draft_model.flow.defaults_for)
        self.box.say(
            self.tr("Something changed since the sign-in. Sign in again."),
            "unknown",
            problem_text(dropped.problem, Face.WINDOW) if dropped is not None else "",
        )
        self._state_changed()

    def _ended(self) -> None:
        """What became of a good one is said with what it brought."""
        if self.box.came_to_nothing:
            self._state_changed()

    def _state_changed(self) -> None:
        # The focus moves before what has it goes away.
        running = self.box.running
        self.sign_in_button.setEnabled(not running)
        focused = self.window().focusWidget()
        draft = self._draft_model.draft
        if self.box.came_to_nothing:
            self._show_sign_in(draft)
        self._show_start(draft)
        self._fold(draft)
        lost = focused is None or not focused.isVisibleTo(self.window())
        if not running and lost and self._start.isVisibleTo(self):
            self.sign_in_button.setFocus()
        self.changed.emit()

    def leave(self) -> None:
        """Stop what runs; what came to nothing is not shown again."""
        self.box.cancel()
        if self.box.came_to_nothing:
            self.box.clear()
        self.view.stop()
        self._guide.close()
        self._form_wanted = False

    def open_guide(self, *, request: bool = False) -> None:
        """How to make the app registration, step by step, with this connector's values."""
        if not self._guide.open(request=request):
            self._page.reveal_problems()
