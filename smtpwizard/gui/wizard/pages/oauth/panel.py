"""The OAuth part of page 3: the app registration, signing in, and the login proven with it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smtpwizard.flow.asking import asked_fields
from smtpwizard.flow.draft import CUSTOM, ConnectorDraft, SignInState
from smtpwizard.flow.dropped_sign_in import CODES, SIGN_IN
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.sign_in.guide_dialog import GuideDialog
from smtpwizard.gui.widgets.beside import BesideOrUnder, words_need
from smtpwizard.gui.widgets.elements import announce, button, plain_label
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.oauth.client_file import ClientFile
from smtpwizard.gui.wizard.pages.oauth.form import Page, RegistrationForm
from smtpwizard.gui.wizard.pages.oauth.guide import OpenGuide
from smtpwizard.gui.wizard.pages.oauth.hints import EXPIRES
from smtpwizard.gui.wizard.pages.oauth.remarks import RemarkList
from smtpwizard.gui.wizard.pages.oauth.signing_in import SigningIn
from smtpwizard.gui.wizard.pages.oauth.summary import SignedInCard, SummaryLine
from smtpwizard.messages.client_kinds import kind_text, provider_text
from smtpwizard.messages.sign_in_facts import store_text
from smtpwizard.messages.signing_in import finding_text
from smtpwizard.model.registration import Redirect

if TYPE_CHECKING:
    pass

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
        self._form_wanted = False
        self.setAcceptDrops(True)
        self.file = ClientFile(self, context)
        self.form = RegistrationForm(page, context, self.file)
        self.remarks = RemarkList(
            lambda status: self._draft_model.change(publishing=status), self.form.lead_to
        )
        self.summary = SummaryLine()
        self.signing_in = SigningIn(self, page, context, self.form)
        self.box = self.signing_in.box
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
        self.skip_button.setProperty("flush", "true")
        parts = (self.sign_in_button, self.start_note, self.skip_button)
        out = BesideOrUnder(parts, words_need, spacing=12)
        out.share(self.start_note)
        return out

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
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

    def _connect(self) -> None:
        self.form.guide_wanted.connect(self.open_guide)
        self.form.request_wanted.connect(lambda: self.open_guide(request=True))
        self.file.taken.connect(self._file_taken)
        self.file.refused.connect(self._file_refused)
        self.summary.change_wanted.connect(self._change)
        self.facts.again.connect(self.sign_in)
        self.facts.other.connect(lambda: self.sign_in(force_picker=True))
        self.signing_in.begun.connect(self.fold_again)
        self.signing_in.changed.connect(self._state_changed)
        self.signing_in.signed_in.connect(self.signed_in)

    # -- the draft on screen ------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.signing_in.running

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
        if self.box.running or not self._start.isVisibleTo(self) or self.signing_in.ready() is None:
            return False
        needed = self.signing_in.state in (SignInState.NONE, SignInState.CHANGED)
        again = self.signing_in.lapsed or self.signing_in.refused_by_server
        return again or (needed and not self._draft_model.draft.sign_in_skipped)

    def way_out(self) -> QPushButton | None:
        """After a sign-in that came to nothing: the click on its card that comes before another
        try; None where trying again is all there is."""
        if not self.box.explains_failure or self.box.causes.card.next.field == SIGN_IN:
            return None
        return self.box.causes.next_button()

    def show_draft(self) -> None:
        """Bring the widgets in line with the draft."""
        draft = self._draft_model.draft
        self.form.show_draft()
        self._place_advanced(draft)
        self.signing_in.show(draft)
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
            }.get(draft.redirect, self.tr("Opens {0} in your browser. No email is sent.")).format(
                who
            )
        )
        open_ended = self.signing_in.state in (SignInState.NONE, SignInState.CHANGED)
        needed = draft.redirect is not Redirect.APP and not draft.sign_in_skipped
        self.skip_button.setVisible(needed and open_ended)

    def _fold(self, draft: ConnectorDraft) -> None:
        """The form is one line while somebody signs in, once that is done, and where a card says
        why it came to nothing."""
        done = draft.holding_sign_in() is not None or self.signing_in.state is SignInState.KEPT
        undecided = self.box.is_asking
        explained = self.box.explains_failure
        folded = (self.box.running or done or undecided or explained) and not self._form_wanted
        changed = folded != self.is_folded
        kind = kind_text(draft.family, draft.redirect)[0]
        secret = ""
        if draft.has_secret("client_secret"):
            secret = store_text(self._ws.secret_store_name(self._stored), short=True)
        self.summary.say(kind, draft.client_id, secret)
        self.summary.setVisible(folded)
        for part in (self.form, self.form.advanced, self.remarks):
            part.setVisible(not folded)
        self._start.setVisible(not folded or explained)
        if not folded and not self.remarks.has_any:
            self.remarks.hide()
        self._show_facts(draft, done=done and not self.box.running)
        if changed:
            self.changed.emit()

    def _show_facts(self, draft: ConnectorDraft, *, done: bool) -> None:
        from smtpwizard.usecases.sign_in_facts import sign_in_facts  # noqa: PLC0415 - oauth, where it is used

        connector = draft.for_sign_in(self._draft_model.flow.defaults_for) if done else None
        refused = self.signing_in.refused_by_server
        self.facts.setVisible(connector is not None and not self._form_wanted and not refused)
        if connector is not None:
            held = draft.holding_sign_in()
            self.facts.show_facts(
                sign_in_facts(self._ws, connector, held, self._stored),
                has_end=EXPIRES in asked_fields(draft),
            )

    def _change(self) -> None:
        """Back to the form: what runs is cancelled, what was kept stays until something differs."""
        self.signing_in.give_up()
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
        self.signing_in.put_refusal(draft)
        self._guide.show_draft()

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

    def sign_in(self, *, force_picker: bool = False) -> None:
        """Sign in with what is on screen."""
        self.signing_in.start(force_picker=force_picker)

    def _go_on_without(self) -> None:
        self.signing_in.go_on_without()

    def point_to_sign_in(self) -> None:
        """Lead the user to the button: the sign-in that is there does not work any more."""
        self.signing_in.say_lapsed()
        self._form_wanted = True
        self._fold(self._draft_model.draft)
        self._page.show_problems()
        self.lead_to_sign_in()

    def lead_to_sign_in(self) -> None:
        """Put the focus where the sign-in goes on."""
        wanted = self.sign_in_button if self._start.isVisibleTo(self) else self.box.next_button()
        wanted.setFocus()
        scroll_to(wanted)

    def _state_changed(self) -> None:
        # The focus moves before what has it goes away.
        running = self.box.running
        self.sign_in_button.setEnabled(not running)
        focused = self.window().focusWidget()
        draft = self._draft_model.draft
        if self.box.came_to_nothing:
            self.signing_in.show(draft)
        self._show_start(draft)
        self._fold(draft)
        lost = focused is None or not focused.isVisibleTo(self.window())
        way_out = self.way_out()
        if not running and lost and self._start.isVisibleTo(self):
            (way_out or self.sign_in_button).setFocus()
        self.changed.emit()

    def leave(self) -> None:
        """Stop what runs; what came to nothing is not shown again."""
        self.signing_in.leave()
        self._guide.close()
        self._form_wanted = False

    def open_guide(self, *, request: bool = False) -> None:
        """How to make the app registration, step by step, with this connector's values."""
        if not self._guide.open(request=request):
            self._page.reveal_problems()
