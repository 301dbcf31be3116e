"""Page 3, *Authenticate*."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QGroupBox,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.flow.steps import StepId
from smtpwizard.gui.fields import Field, combo_box, line_edit, show_checked, show_choice, show_text
from smtpwizard.gui.holder import DraftHolder
from smtpwizard.gui.pages.form import FormPage
from smtpwizard.gui.widgets import announce, button, note_card, plain_label
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method
from smtpwizard.providers import Catalogue


class SecretField(Field):
    """A masked field for a secret; an empty one keeps what the store holds."""

    def __init__(
        self, key: str, label: str, hint: str, write: Callable[[Secret | None], None]
    ) -> None:
        self.edit = line_edit(secret=True)
        self.show_button = QPushButton()
        super().__init__(
            key,
            label,
            self.edit,
            hint,
            write=lambda _: write(self.secret()),
            beside=(self.show_button,),
        )
        self.show_button.setText(self.tr("Show"))
        self.show_button.setCheckable(True)
        self.show_button.setAccessibleName(self.tr("Show {0}").format(self.name.lower()))
        self.show_button.toggled.connect(self._show_or_hide)

    def secret(self) -> Secret | None:
        """What was typed, without a final line break; None when nothing was."""
        text = self.edit.text()
        for ending in ("\r\n", "\n"):
            if text.endswith(ending):
                return Secret(text.removesuffix(ending))
        return Secret(text) if text else None

    def warn(self) -> None:
        """Say in words what the dots hide."""
        text = self.edit.text()
        if len(text) >= self.edit.maxLength():
            self.set_warning(self.tr("Only the first 32 767 characters fit here."))
        elif text.endswith("\n"):
            self.set_warning(self.tr("The line break at the end was left out."))
        elif text != text.strip():
            self.set_warning(self.tr("Starts or ends with a space. It is kept as typed."))
        else:
            self.set_warning("")

    def _show_or_hide(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        self.show_button.setText(self.tr("Hide") if shown else self.tr("Show"))
        self.show_button.setAccessibleName(
            (self.tr("Hide {0}") if shown else self.tr("Show {0}")).format(self.name.lower())
        )


class AuthenticatePage(FormPage):
    """How the connector proves to the server who it is."""

    def __init__(self, holder: DraftHolder, catalogue: Catalogue) -> None:
        super().__init__(StepId.AUTHENTICATE, holder)
        self.setSubTitle(self.tr("How the connector signs in to the server."))
        self._catalogue = catalogue
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
        self._panels = {
            Method.OAUTH: self._build_oauth(),
            Method.BASIC: self._build_basic(),
            Method.NONE: note_card(
                self.tr("Nothing to fill in: the email is handed in without a login."), "true"
            )[0],
        }
        for panel in self._panels.values():
            self.body.addWidget(panel)
        self.body.addStretch(1)

    def _build_oauth(self) -> QWidget:
        holder = self.holder
        self.domain_edit = line_edit()
        self.client_id_edit = line_edit()
        self.client_secret = SecretField(
            "authentication.client_secret",
            self.tr("Client s&ecret"),
            self.tr("Kept in the system's keyring, never among the settings."),
            lambda secret: holder.change(client_secret=secret),
        )
        self.redirect_edit = line_edit()
        self.redirect_edit.setReadOnly(True)
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(
            note_card(
                self.tr(
                    "Signing in is not available yet. What you enter here is kept with the "
                    "connector; a test climbs as far as the sign-in and says so."
                )
            )[0]
        )
        grid = self.new_grid()
        self.add_field(
            grid,
            Field(
                "project.domain",
                self.tr("Smart Flows &domain"),
                self.domain_edit,
                self.tr("Such as example.smartflows.com. Kept for the whole project."),
                write=lambda text: holder.change(domain=text),
            ),
        )
        self.add_field(
            grid,
            Field(
                "authentication.oauth.redirect_uri",
                self.tr("&Redirect URI"),
                self.redirect_edit,
                self.tr("Register this address with the app, exactly as it stands."),
                beside=(button(self.tr("Cop&y"), self._copy_redirect, name=self.tr("Copy")),),
            ),
        )
        self.add_field(
            grid,
            Field(
                "authentication.oauth.client_id",
                self.tr("Client &ID"),
                self.client_id_edit,
                self.tr("From the app registration at the provider."),
                write=lambda text: holder.change(client_id=text),
            ),
        )
        self.add_field(grid, self.client_secret)
        column.addLayout(grid)
        return out

    def _build_basic(self) -> QWidget:
        holder = self.holder
        self.user_edit = line_edit()
        self.password = SecretField(
            "authentication.password",
            self.tr("Pass&word"),
            self.tr("Kept in the system's keyring, never among the settings."),
            lambda secret: holder.change(password=secret),
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
        grid = self.new_grid()
        self.add_field(
            grid,
            Field(
                "authentication.username",
                self.tr("&User"),
                self.user_edit,
                self.tr("The account that sends, often its whole email address."),
                write=lambda text: holder.change(username=text),
            ),
        )
        self.add_field(grid, self.password)
        column.addLayout(grid)
        group = QGroupBox(self.tr("Advanced"))
        inner = QVBoxLayout(group)
        inner.setContentsMargins(0, 0, 0, 0)
        advanced = self.new_grid()
        advanced.setColumnMinimumWidth(0, advanced.columnMinimumWidth(0) - 13)
        self.add_field(
            advanced,
            Field(
                "authentication.mechanism",
                self.tr("&Mechanism"),
                self.mechanism_box,
                self.tr("Automatic takes the safest one that the server offers."),
                write=lambda value: holder.change(mechanism=value),
            ),
        )
        inner.addLayout(advanced)
        column.addWidget(group)
        return out

    def _toggled(self, method: Method, checked: bool) -> None:
        if checked:
            self.holder.choose_method(method)

    def _copy_redirect(self) -> None:
        QGuiApplication.clipboard().setText(self.redirect_edit.text())
        announce(self, self.tr("Redirect URI copied"))

    def first_focus(self) -> QWidget:
        return self.radios[self.holder.draft.method]

    def show_draft(self) -> None:
        draft = self.holder.draft
        for method, radio in self.radios.items():
            show_checked(radio, method is draft.method)
            self._panels[method].setVisible(method is draft.method)
        show_text(self.domain_edit, draft.domain)
        show_text(self.redirect_edit, draft.redirect_uri())
        self.redirect_edit.setPlaceholderText(self.tr("Follows from the Smart Flows domain"))
        show_text(self.client_id_edit, draft.client_id)
        show_text(self.user_edit, draft.username)
        show_choice(self.mechanism_box, draft.mechanism)
        for field, secret, kind in (
            (self.password, draft.password, "password"),
            (self.client_secret, draft.client_secret, "client_secret"),
        ):
            kept = kind in draft.kept_secrets
            fetched = draft.base is not None and draft.base.authentication.secret_command
            field.edit.setPlaceholderText(
                self.tr("Kept; type to replace it")
                if kept
                else self.tr("Fetched by a helper command; type to replace it")
                if fetched
                else ""
            )
            if field.secret() != secret:
                show_text(field.edit, secret.reveal() if secret else "")
            field.warn()
        note = self.tr(
            "Basic authentication may become deprecated: providers are switching it off. "
            "Use OAuth where the provider has it."
        )
        entry = self._catalogue.get(draft.provider)
        if entry is not None and entry.basic_note:
            note = f"{note} {entry.basic_note}"
        self.deprecation.setText(note)
