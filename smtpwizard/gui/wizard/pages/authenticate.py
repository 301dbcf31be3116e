"""Page 3, *Authenticate*."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGroupBox, QRadioButton, QVBoxLayout, QWidget

from smtpwizard.flow.asking import secret_state
from smtpwizard.flow.draft import SignInState
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.widgets.elements import note_card, plain_label
from smtpwizard.gui.widgets.fields import (
    Field,
    combo_box,
    line_edit,
    show_checked,
    show_choice,
    show_text,
)
from smtpwizard.gui.widgets.secret_field import SecretField
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.gui.wizard.pages.oauth_panel import OAuthPanel
from smtpwizard.model.connector import Method


class AuthenticatePage(FormPage):
    """How the connector proves to the server who it is."""

    step = StepId.AUTHENTICATE

    def __init__(self, context: WizardContext) -> None:
        super().__init__(context)
        self.setSubTitle(self.tr("How the connector signs in to the server."))
        self._catalogue = context.ws.catalogue
        self.radios = {
            Method.OAUTH: QRadioButton(self.tr("&OAuth (recommended)")),
            Method.BASIC: QRadioButton(self.tr("Ba&sic")),
            Method.NONE: QRadioButton(self.tr("No aut&hentication")),
        }
        explanations = {
            Method.OAUTH: self.tr("An app registration at the provider signs in; no password."),
            Method.BASIC: self.tr("A user name and a password. May become deprecated."),
            Method.NONE: self.tr("For servers that need no login, such as an internal relay."),
        }
        group = QButtonGroup(self)
        choices = QVBoxLayout()
        choices.setSpacing(0)
        for method, radio in self.radios.items():
            group.addButton(radio)
            radio.setAccessibleDescription(explanations[method])
            note = plain_label(explanations[method], tone="hint")
            note.setContentsMargins(28, 0, 0, 6)
            choices.addWidget(radio, 0, Qt.AlignmentFlag.AlignLeft)
            choices.addWidget(note)
            radio.toggled.connect(partial(self._toggled, method))
        self.body.addLayout(choices)
        self.oauth = OAuthPanel(self, context)
        self.oauth.changed.connect(self.show_problems)
        self.oauth.proven.connect(self._proven)
        self.domain_edit = self.oauth.domain_edit
        self.redirect_edit = self.oauth.redirect_edit
        self.client_id_edit = self.oauth.client_id_edit
        self.client_secret = self.oauth.client_secret
        self._panels = {
            Method.OAUTH: self.oauth,
            Method.BASIC: self._build_basic(),
            Method.NONE: note_card(
                self.tr("Nothing to fill in: the email is handed in without a login."), "true"
            )[0],
        }
        for panel in self._panels.values():
            self.body.addWidget(panel)
        self.body.addStretch(1)

    def _build_basic(self) -> QWidget:
        draft_model = self.draft_model
        self.user_edit = line_edit()
        self.password = SecretField(
            "authentication.password",
            self.tr("Pass&word"),
            self.tr("Kept in the system's keyring where it works, never among the settings."),
            lambda secret: draft_model.change(password=secret),
        )
        self.mechanism_box = combo_box(
            [(self.tr("Automatic"), "auto"), ("PLAIN", "PLAIN"), ("LOGIN", "LOGIN")]
        )
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        frame, self.deprecation = note_card()
        column.addWidget(frame)
        grid = self.new_form()
        self.add_field(
            grid,
            Field(
                "authentication.username",
                self.tr("&User"),
                self.user_edit,
                self.tr("The account that sends, often its whole email address."),
                write=lambda text: draft_model.change(username=text),
            ),
        )
        self.add_field(grid, self.password)
        column.addLayout(grid)
        group = QGroupBox(self.tr("Advanced"))
        inner = QVBoxLayout(group)
        inner.setContentsMargins(0, 0, 0, 0)
        advanced = self.new_form()
        self.add_field(
            advanced,
            Field(
                "authentication.mechanism",
                self.tr("&Mechanism"),
                self.mechanism_box,
                self.tr("Automatic takes the safest one that the server offers."),
                write=lambda value: draft_model.change(mechanism=value),
            ),
        )
        inner.addLayout(advanced)
        column.addWidget(group)
        return out

    def _toggled(self, method: Method, checked: bool) -> None:
        if checked:
            self.draft_model.choose_method(method)

    def first_focus(self) -> QWidget:
        return self.radios[self.draft_model.draft.method]

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        for method, radio in self.radios.items():
            show_checked(radio, method is draft.method)
            self._panels[method].setVisible(method is draft.method)
        show_text(self.user_edit, draft.username)
        show_choice(self.mechanism_box, draft.mechanism)
        self._show_password()
        if draft.method is Method.OAUTH:
            self.oauth.show_draft()
        note = self.tr(
            "Basic authentication may become deprecated: providers are switching it off. "
            "Use OAuth where the provider has it."
        )
        entry = self._catalogue.get(draft.provider)
        if entry is not None and entry.basic_note:
            note = f"{note} {entry.basic_note}"
        self.deprecation.setText(note)

    def _show_password(self) -> None:
        draft, field = self.draft_model.draft, self.password
        field.show_secret(draft.password, secret_state(draft, "password"))
        field.warn()
        if draft.goes_unencrypted():
            words = (
                self.tr("It is sent unencrypted, as you agreed: everyone on the way can read it.")
                if draft.allow_cleartext
                else self.tr(
                    "It is not sent as long as there is no encryption (page Provider): choose "
                    "STARTTLS or SSL/TLS."
                )
            )
            field.set_warning(f"{words} {field.warning}".strip())

    def _set_texts(self) -> None:
        super()._set_texts()
        if self.draft_model.draft.method is Method.OAUTH:
            self.oauth.put_warnings()

    def show_problems(self) -> None:
        super().show_problems()
        self.choose_default()

    def choose_default(self) -> None:
        """One next step: sign in first, where that is still to be done."""
        draft, push = self.draft_model.draft, self.oauth.sign_in_button
        done = draft.sign_in_state(self.draft_model.flow.defaults_for)
        if (
            self.is_current()
            and draft.method is Method.OAUTH
            and done in (SignInState.NONE, SignInState.CHANGED)
            and push.isEnabled()
        ):
            push.setDefault(True)

    def _proven(self) -> None:
        """On to the next page, unless the focus has gone elsewhere meanwhile."""
        wizard = self.wizard()
        if wizard is not None and self.oauth.sign_in_button.hasFocus():
            wizard.button(wizard.WizardButton.NextButton).setFocus()

    def busy(self) -> bool:
        # The login that is proven after it may go on: the test goes past it anyway.
        return self.oauth.box.running

    def busy_text(self) -> str:
        return self.tr("Still needed – Finish signing in, or cancel it.")

    def leave(self) -> None:
        self.oauth.leave()

    def point_to_sign_in(self) -> None:
        self.oauth.point_to_sign_in()

    def cleanupPage(self) -> None:
        # Going back stops a sign-in; nothing that was typed is reset.
        self.leave()
