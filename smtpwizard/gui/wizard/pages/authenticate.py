"""Page 3, *Authenticate*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QPushButton,
    QVBoxLayout,
    QWidget,
    QWizard,
)

from smtpwizard.flow.asking import secret_state
from smtpwizard.flow.dropped_sign_in import CODES, MISSING, SIGN_IN
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.choices import Choice
from smtpwizard.gui.widgets.elements import next_step_of, set_next_step
from smtpwizard.gui.widgets.fields import (
    Field,
    FieldForm,
    combo_box,
    line_edit,
    show_choice,
    show_text,
)
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.secret_field import SecretField
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.gui.wizard.pages.oauth.panel import OAuthPanel
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Method


class CardRow(QWidget):
    """Choices beside each other where all have room, else under each other."""

    def __init__(self, cards: Sequence[Choice]) -> None:
        super().__init__()
        self._cards = cards
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        for each in cards:
            self._row.addWidget(each, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = event.size().width() - self._row.spacing() * (len(self._cards) - 1)
        fits = sum(each.minimumSizeHint().width() for each in self._cards) <= room
        directions = QBoxLayout.Direction
        wanted = directions.LeftToRight if fits else directions.TopToBottom
        if wanted != self._row.direction():
            self._row.setDirection(wanted)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the widest of them: they go under each other then."""
        widest = max(each.minimumSizeHint().width() for each in self._cards)
        return QSize(widest, super().minimumSizeHint().height())


class AuthenticatePage(FormPage):
    """How the connector proves to the server who it is."""

    step = StepId.AUTHENTICATE

    def __init__(self, context: WizardContext, wizard: QWizard) -> None:
        super().__init__(context, wizard)
        self.setSubTitle(self.tr("How the connector signs in to the server."))
        self._catalogue = context.ws.catalogue
        self._store = context.ws.secret_store_name(context.stored)
        self.cards = {
            Method.OAUTH: Choice(
                self.tr("&OAuth (recommended)"), self.tr("Sign in once, no password")
            ),
            Method.BASIC: Choice(self.tr("Ba&sic"), self.tr("User and password")),
            Method.NONE: Choice(self.tr("No aut&hentication"), self.tr("Open relay")),
        }
        self.radios = {method: each.radio for method, each in self.cards.items()}
        group = QButtonGroup(self)
        for method, radio in self.radios.items():
            group.addButton(radio)
            radio.toggled.connect(partial(self._toggled, method))
        self.methods = CardRow(list(self.cards.values()))
        self.body.addWidget(self.methods)
        self.oauth = OAuthPanel(self, context)
        self.oauth.changed.connect(self._state_changed)
        self.oauth.signed_in.connect(self._signed_in)
        self.domain_edit = self.oauth.domain_edit
        self.redirect_edit = self.oauth.redirect_edit
        self.client_id_edit = self.oauth.client_id_edit
        self.client_secret = self.oauth.client_secret
        self._panels = {
            Method.OAUTH: self.oauth,
            Method.BASIC: self._build_basic(),
            Method.NONE: self._build_none(),
        }
        for panel in self._panels.values():
            self.body.addWidget(panel)
        self.body.addStretch(1)

    def _build_none(self) -> QWidget:
        note = Banner("info", small=True)
        note.show_text(
            self.tr("Nothing to fill in."),
            self.tr("The email is handed in without a login, as to an internal relay."),
        )
        return note

    def _build_basic(self) -> QWidget:
        draft_model = self.draft_model
        self.user_edit = line_edit()
        kept_in = {
            "keyring": self.tr(
                "Kept in the system's keyring where it works, never among the settings."
            ),
            "file": self.tr("Kept in the encrypted file, never among the settings."),
            "session": self.tr("Kept for this session only, never among the settings."),
        }
        self.password = SecretField(
            "authentication.password",
            self.tr("Pass&word"),
            kept_in[self._store],
            lambda secret: draft_model.change(password=secret),
        )
        self.mechanism_box = combo_box(
            [(self.tr("Automatic"), "auto"), ("PLAIN", "PLAIN"), ("LOGIN", "LOGIN")]
        )
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        banner = Banner("unknown", small=True)
        self.deprecation = banner.text
        self._deprecation = banner
        column.addWidget(banner)
        form = self.new_form()
        user = Field(
            "authentication.username",
            self.tr("&User"),
            self.user_edit,
            self.tr("The account that sends, often its whole email address."),
            write=lambda text: draft_model.change(username=text),
        )
        self.add_pair(form, user, self.password)
        column.addLayout(form)
        self.advanced = Fold(self.tr("&Advanced"), self.tr("– mechanism"))
        inner = FieldForm()
        self.add_field(
            inner,
            Field(
                "authentication.mechanism",
                self.tr("&Mechanism"),
                self.mechanism_box,
                self.tr("Automatic takes the safest one that the server offers."),
                write=lambda value: draft_model.change(mechanism=value),
            ),
        )
        self.advanced.body.addLayout(inner)
        column.addWidget(self.advanced)
        return out

    def _toggled(self, method: Method, checked: bool) -> None:
        if checked:
            self.draft_model.choose_method(method)

    def first_focus(self) -> QWidget:
        wizard = self.wizard()
        if self.methods.isHidden() and wizard is not None:
            return wizard.button(wizard.WizardButton.NextButton)
        return self.radios[self.draft_model.draft.method]

    def answers(self) -> str:
        draft = self.draft_model.draft
        if draft.method is Method.NONE:
            return self.tr("No authentication")
        who = clean_text(draft.username, 60)
        if draft.method is Method.BASIC:
            return self.tr("Basic, {0}").format(who) if who else self.tr("Basic")
        if self.oauth.box.running:
            return self.tr("OAuth, signing in…")
        return self.tr("OAuth, {0}").format(who) if who else self.tr("OAuth")

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        self.cards[draft.method].show_chosen(True)
        for method, each in self.cards.items():
            if method is not draft.method:
                each.show_chosen(False)
            self._panels[method].setVisible(method is draft.method)
        show_text(self.user_edit, draft.username)
        show_choice(self.mechanism_box, draft.mechanism)
        if draft.mechanism != "auto":
            self.advanced.set_open(True)
        self._show_password()
        if draft.method is Method.OAUTH:
            self.oauth.show_draft()
        self._show_methods()
        self._show_deprecation()

    def _show_methods(self) -> None:
        """The three ways, unless the one that was taken is one line by now."""
        folded = self.draft_model.draft.method is Method.OAUTH and self.oauth.is_folded
        self.methods.setVisible(not folded or not self.oauth.is_of_this_session)

    def _show_deprecation(self) -> None:
        note = self.tr("Providers are switching it off. Use OAuth where the provider has it.")
        entry = self._catalogue.get(self.draft_model.draft.provider)
        if entry is not None and entry.basic_note:
            note = f"{note} {entry.basic_note}"
        self._deprecation.show_text(self.tr("Basic authentication may become deprecated."), note)

    def _show_password(self) -> None:
        draft, field = self.draft_model.draft, self.password
        field.show_secret(draft.password, secret_state(draft, "password"))
        field.warn()
        if draft.goes_unencrypted():
            words = (
                self.tr("It is sent unencrypted, as you agreed: everyone on the way can read it.")
                if draft.allow_cleartext
                else self.tr(
                    "It is not sent as long as there is no encryption (under Provider): choose "
                    "STARTTLS or SSL/TLS."
                )
            )
            field.set_warning(f"{words} {field.warning}".strip())

    def _set_texts(self) -> None:
        super()._set_texts()
        if self.draft_model.draft.method is Method.OAUTH:
            self.oauth.put_warnings()

    def focus_field(self, key: str) -> None:
        """The box of a dotted path, folded away or not; the methods for what none is about."""
        method = self.draft_model.draft.method
        if method is Method.OAUTH and key == SIGN_IN:
            self.oauth.unfold()
            self.oauth.lead_to_sign_in()
        elif method is Method.OAUTH and self.oauth.form.has(key):
            self.oauth.unfold()
            self._show_methods()
            self.oauth.form.lead_to(key)
        elif key == "authentication.method":
            self.oauth.unfold()
            self._show_methods()
            self.radios[method].setFocus()
        elif key == "authentication.mechanism" and method is Method.BASIC:
            self.advanced.set_open(True)
            self.mechanism_box.setFocus()
        elif method is Method.BASIC and key in ("authentication.username", self.password.key):
            (self.password.edit if key == self.password.key else self.user_edit).setFocus()
        else:
            super().focus_field(key)

    def _still_needed(self, texts: Mapping[str, str]) -> str:
        if self.draft_model.draft.method is Method.OAUTH and self.oauth.box.is_asking:
            return self.tr("Still needed: decide which account it is for")
        codes = {problem.code for problem in self.draft_model.problems(self.step)}
        if codes == {MISSING}:
            return self.tr("Still needed: sign in once")
        if codes and codes <= set(CODES):
            return self.tr("Still needed: sign in again, or put back what was changed")
        return super()._still_needed(texts)

    def reveal_problems(self) -> None:
        super().reveal_problems()
        if self.draft_model.draft.method is not Method.OAUTH:
            return
        wrong = next((field for field in self.fields if field.error), None)
        if wrong is None or self.oauth.box.is_asking:
            self.oauth.lead_to_sign_in()
        else:
            self.oauth.unfold()
            self.oauth.form.lead_to(wrong.key)

    def choose_default(self) -> None:
        """One next step: sign in first, where that is still to be done; none while it runs."""
        if not self.is_current():
            return
        oauth = self.draft_model.draft.method is Method.OAUTH
        if oauth and self.oauth.box.running:
            set_next_step(self.oauth.box.waiting.next_step(), self.window())
        elif oauth and self.oauth.box.is_asking:
            set_next_step(self.oauth.box.again_button)
        elif oauth and (way_out := self.oauth.way_out()) is not None:
            set_next_step(way_out, self.window())
        elif oauth and self.oauth.wants_sign_in:
            set_next_step(self.oauth.sign_in_button)
        elif oauth and self.oauth.signing_in.refused_by_server:
            # The server did not let the account in: what to do about it comes first.
            set_next_step(self.oauth.signing_in.view.next_button(), self.window())
        elif self.isComplete():
            super().choose_default()
        else:
            set_next_step(None, self.window())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the filled button, though the page may not be complete yet."""
        push: QPushButton | None = next_step_of(self.window())
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and push is not None and self.isAncestorOf(push) and push.isEnabled():
            push.click()
            return
        super().keyPressEvent(event)

    def _state_changed(self) -> None:
        self._show_methods()
        self.show_problems()
        self._lead_on()
        if self.is_current():
            self.draft_model.changed.emit()  # the rail says what runs

    def _lead_on(self) -> None:
        """Where the server did not let the account in, Enter does not go past that unseen."""
        signing_in, wizard = self.oauth.signing_in, self.wizard()
        if wizard is None or not signing_in.refused_by_server or self.oauth.box.running:
            return
        push = signing_in.view.next_button()
        if push is None:
            return
        if wizard.button(wizard.WizardButton.NextButton).hasFocus():
            push.setFocus()

    def _signed_in(self) -> None:
        """On to the next page, unless the focus has gone elsewhere meanwhile."""
        wizard, focused = self.wizard(), self.window().focusWidget()
        lost = focused is None or not focused.isVisibleTo(self.window())
        # What was pressed there to decide is gone, and Qt went on to the next that takes focus.
        lost = lost or (focused is not None and self.oauth.box.isAncestorOf(focused))
        if wizard is not None and lost:
            wizard.button(wizard.WizardButton.NextButton).setFocus()

    def busy(self) -> bool:
        # The login that is proven after it may go on: the test goes past it anyway.
        return self.oauth.box.running

    def busy_text(self) -> str:
        return self.tr("Still needed: finish signing in, or cancel it")

    def leave(self) -> None:
        self.oauth.leave()

    def point_to_sign_in(self) -> None:
        self.oauth.point_to_sign_in()

    def validatePage(self) -> bool:
        self.oauth.fold_again()
        return True

    def cleanupPage(self) -> None:
        # Going back stops a sign-in; nothing that was typed is reset.
        self.leave()
