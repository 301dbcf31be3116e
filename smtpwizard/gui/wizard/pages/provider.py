"""Page 2, *Provider*."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QGridLayout, QGroupBox, QVBoxLayout, QWidget

from smtpwizard.flow.draft import CUSTOM
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.widgets.dialogs import ask, choose_certificates
from smtpwizard.gui.widgets.elements import button, card, plain_label
from smtpwizard.gui.widgets.fields import (
    Field,
    combo_box,
    line_edit,
    show_checked,
    show_choice,
    show_text,
)
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.messages.security import OFFERED, port_text, security_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import DEFAULT_PORTS, Security
from smtpwizard.model.pasted_server import sort_out_server

# The console's own choices, which come first; the catalogue knows more.
CONSOLE_PROVIDERS = ("gmail", "exchange")


class ProviderPage(FormPage):
    """A known provider, or a submission server described by hand."""

    step = StepId.PROVIDER

    def __init__(self, context: WizardContext) -> None:
        super().__init__(context)
        draft_model, catalogue = context.draft_model, context.ws.catalogue
        self.setSubTitle(self.tr("Whose server your outgoing email goes through."))
        self._catalogue = catalogue
        self.provider_box = combo_box(
            [
                *((entry.name, entry.id) for entry in catalogue if entry.id in CONSOLE_PROVIDERS),
                (self.tr("Create a connection"), CUSTOM),
            ]
        )
        self.provider_box.insertSeparator(self.provider_box.count())
        for entry in catalogue:
            if entry.id not in CONSOLE_PROVIDERS:
                self.provider_box.addItem(entry.name, entry.id)
        grid = self.new_form()
        self.add_field(
            grid,
            Field(
                "provider",
                self.tr("&Provider"),
                self.provider_box,
                self.tr("Not listed? Choose Create a connection."),
                write=draft_model.choose_provider,
            ),
        )
        self.body.addLayout(grid)
        self._brought = self._build_brought()
        self._connection = self._build_connection()
        self.body.addWidget(self._brought)
        self.body.addWidget(self._connection)
        self.body.addStretch(1)

    def _build_brought(self) -> QWidget:
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(14, 10, 14, 10)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._brings = plain_label(heading="true")
        grid.addWidget(self._brings, 0, 0, 1, 2)
        self._brought_values = [plain_label() for _ in range(3)]
        self._brought_authority = (
            plain_label(self.tr("CA file"), tone="hint", wrap=False), plain_label(),
        )  # fmt: skip
        names = (self.tr("Server"), self.tr("Port"), self.tr("Encryption method"))
        shown = [plain_label(name, tone="hint", wrap=False) for name in names]
        pairs = [*zip(shown, self._brought_values, strict=True), self._brought_authority]
        for row, (name, value) in enumerate(pairs, 1):
            grid.addWidget(name, row, 0)
            grid.addWidget(value, row, 1)
        return frame

    def _build_connection(self) -> QWidget:
        self.server_edit = line_edit()
        self.port_edit = line_edit()
        self._server_before = ""
        self.server_edit.editingFinished.connect(self._server_finished)
        draft_model = self.draft_model
        self.security_box = combo_box([(security_name(s), s.value) for s in OFFERED])
        self.user_edit = line_edit()
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        grid = self.new_form()
        self.server_field = self.add_field(
            grid,
            Field(
                "server.host",
                self.tr("&Server"),
                self.server_edit,
                self.tr("From your mail provider, often smtp.example.com."),
                write=self._server_changed,
            ),
        )
        self.server_field.when_touched(self._server_touched)
        self.port_field = self.add_field(
            grid,
            Field(
                "server.port",
                self.tr("P&ort"),
                self.port_edit,
                self.tr("Follows the encryption method until you type one."),
                write=self._port_changed,
            ),
        )
        self.security_field = self.add_field(
            grid,
            Field(
                "server.security",
                self.tr("&Encryption method"),
                self.security_box,
                " ",
                write=self._security_changed,
            ),
        )
        self.add_field(
            grid,
            Field(
                "authentication.username",
                self.tr("&User"),
                self.user_edit,
                self.tr("Optional here. Use a dedicated mailbox, not somebody's own."),
                write=lambda text: draft_model.change(username=text),
            ),
        )
        column.addLayout(grid)
        column.addWidget(self._build_advanced())
        return out

    def _build_advanced(self) -> QGroupBox:
        self.ca_file_edit = line_edit()
        self.ehlo_edit = line_edit()
        self.timeout_edit = line_edit()
        self.cleartext_box = QCheckBox(self.tr("Send credentials in clear te&xt"))
        self.cleartext_box.toggled.connect(self._cleartext_toggled)
        draft_model = self.draft_model
        group = QGroupBox(self.tr("Advanced"))
        column = QVBoxLayout(group)
        column.setContentsMargins(0, 0, 0, 0)
        grid = self.new_form()
        choose = button(
            self.tr("Choose…"), self._choose_ca_file, name=self.tr("Choose the CA file")
        )
        self.add_field(
            grid,
            Field(
                "server.ca_file",
                self.tr("&CA file"),
                self.ca_file_edit,
                self.tr(
                    "Optional. Certificates (PEM) to trust as well for this mail server; a "
                    "sign-in server has its own on the page Authenticate."
                ),
                write=lambda text: draft_model.change(ca_file=text),
                beside=(choose,),
            ),
        )
        self.add_field(
            grid,
            Field(
                "server.ehlo_name",
                self.tr("E&HLO name"),
                self.ehlo_edit,
                self.tr("Optional. How this computer introduces itself to the server."),
                write=lambda text: draft_model.change(ehlo_name=text),
            ),
        )
        self.add_field(
            grid,
            Field(
                "server.timeout_s",
                self.tr("T&imeout"),
                self.timeout_edit,
                self.tr("Optional. Seconds that each stage of a test may take."),
                write=lambda text: draft_model.change(timeout=text),
            ),
        )
        grid.add_wide(self.cleartext_box)
        self.cleartext_note = plain_label(tone="hint")
        grid.add_note(self.cleartext_note)
        column.addLayout(grid)
        return group

    def _port_changed(self, text: str) -> None:
        self.draft_model.set(self.draft_model.draft.with_port(text))

    def _security_changed(self, value: str) -> None:
        self.draft_model.set(self.draft_model.draft.with_security(Security(value)))

    def _server_finished(self) -> None:
        self._sort_out(self.server_edit.text())

    def _sort_out(self, text: str) -> None:
        self.draft_model.set(self.draft_model.draft.with_server(text))
        # Also where that changes nothing: what was pasted, a password too, goes off the screen.
        self.show_draft()

    def _server_touched(self) -> None:
        # Half a `host:port` is no mistake: it sorts itself out when the field is left.
        if self.server_edit.hasFocus() and sort_out_server(self.server_edit.text()) is not None:
            self.server_field.touched = False
            return
        self.show_problems()

    def _server_changed(self, text: str) -> None:
        """Sort a pasted text out at once; what is typed letter by letter, when it is finished."""
        pasted = abs(len(text) - len(self._server_before)) > 1
        self._server_before = text
        if pasted:
            self._sort_out(text)
        else:
            self.draft_model.change(host=text, pasted=None)

    def _cleartext_toggled(self, checked: bool) -> None:
        if not checked:
            self.draft_model.change(allow_cleartext=False)
            return
        # Unticked until the answer is there: the tick alone is no consent.
        show_checked(self.cleartext_box, False)
        ask(
            self,
            self.tr("Send credentials in clear text"),
            self.tr("Send the password without encryption?"),
            self.tr(
                "Everyone on the way to the server can read the user name and the password. "
                "Do this only on a network you trust, and only if the server offers no encryption."
            ),
            self.tr("Send in clear text"),
            self.tr("Keep it protected"),
            lambda yes: self.draft_model.change(allow_cleartext=yes),
            destructive=True,
        )

    def _choose_ca_file(self) -> None:
        choose_certificates(self, self.tr("Choose the CA file"), self.ca_file_edit.setText)

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        show_choice(self.provider_box, draft.provider)
        custom = draft.provider == CUSTOM
        self._brought.setVisible(not custom)
        self._connection.setVisible(custom)
        if not custom:
            self._show_brought()
            return
        show_text(self.server_edit, draft.host)
        self._show_pasted()
        self._server_before = draft.host
        show_text(self.port_edit, draft.port)
        self.port_edit.setPlaceholderText(str(DEFAULT_PORTS[draft.security]))
        show_choice(self.security_box, draft.security.value)
        show_text(self.user_edit, draft.username)
        show_text(self.ca_file_edit, draft.ca_file)
        show_text(self.ehlo_edit, draft.ehlo_name)
        show_text(self.timeout_edit, draft.timeout)
        self._show_security()
        self._show_port()

    def _show_brought(self) -> None:
        provider = self.draft_model.draft.provider
        base = self.draft_model.draft.base
        kept = base.server if base is not None and base.provider == provider else None
        server = kept or self._catalogue.defaults_for(provider)
        self._brings.setText(
            self.tr("{0} brings these settings").format(self._catalogue.name_of(provider))
        )
        texts = ("–", "–", "–")
        if server is not None:
            texts = (server.host, str(server.port), security_name(server.security))
        for label, text in zip(self._brought_values, texts, strict=True):
            label.setText(text)
        trusted = clean_text((server.ca_file if server is not None else None) or "", 300)
        self._brought_authority[1].setText(trusted)
        for label in self._brought_authority:
            label.setVisible(bool(trusted))

    def _show_pasted(self) -> None:
        """What else stood in the text that was pasted into Server, as far as it is not seen."""
        draft, pasted = self.draft_model.draft, self.draft_model.draft.pasted
        self.server_field.set_hint(
            self.tr("The password that you pasted is on the next page, as dots.")
            if pasted is not None and pasted.password == draft.password and draft.password
            else self.tr("From your mail provider, often smtp.example.com.")
        )
        other = draft.user_passed_over()
        self.server_field.set_warning(
            self.tr("The user in it is {0}. The one below stays as it is.").format(
                clean_text(other)
            )
            if other
            else ""
        )

    def _show_port(self) -> None:
        draft = self.draft_model.draft
        self.port_field.set_hint(
            self.tr("Typed by hand. Empty it, and it follows the encryption method again.")
            if draft.port_typed
            else self.tr("Follows the encryption method until you type one.")
        )
        belongs = draft.port_is_for()
        self.port_field.set_warning(port_text(int(draft.port), belongs) if belongs else "")

    def _show_security(self) -> None:
        draft = self.draft_model.draft
        unprotected = draft.security is Security.NONE
        self.security_field.set_hint(
            {
                Security.STARTTLS: self.tr(
                    "Right for almost every server. (The Smart Flows console starts with None, "
                    "which sends passwords unencrypted.)"
                ),
                Security.IMPLICIT_TLS: self.tr("Encrypted from the first byte."),
                Security.NONE: "",
            }[draft.security]
        )
        self.security_field.set_warning(
            self.tr("Nothing is encrypted. Choose it only if the server offers nothing else.")
            if unprotected
            else ""
        )
        self.cleartext_box.setEnabled(unprotected)
        show_checked(self.cleartext_box, unprotected and draft.allow_cleartext)
        self.cleartext_note.setText(
            self.tr("Without it, a password is never sent over an unprotected connection.")
            if unprotected
            else self.tr("Only for the encryption method None.")
        )
        self.cleartext_box.setAccessibleDescription(self.cleartext_note.text())
