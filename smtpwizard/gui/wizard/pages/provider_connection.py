"""*Create a connection*: the submission server described by hand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.dialogs import ask_for_clear_text, choose_certificates
from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.fields import (
    Field,
    combo_box,
    line_edit,
    show_checked,
    show_choice,
    show_text,
)
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.wizard.draft_model import DraftModel
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.messages.security import OFFERED, port_goes_with, security_name
from smtpwizard.model.addresses import clean_text, is_address
from smtpwizard.model.connector import DEFAULT_PORTS, Security
from smtpwizard.model.discovery import Candidate
from smtpwizard.model.pasted_server import sort_out_server


class ConnectionPanel(QWidget):
    """Server, port, encryption, user, and the rarer settings folded under *Advanced*.

    `address_given` is emitted with an email address that was given as the server.
    """

    address_given = Signal(str)

    def __init__(self, page: FormPage, draft_model: DraftModel) -> None:
        super().__init__()
        self._draft_model = draft_model
        self._server_before = ""
        self._held = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        form = page.new_form()
        server, port = self._build_server()
        page.add_pair(form, server, port, (5, 3))
        security, user = self._build_security()
        page.add_pair(form, security, user)
        server.when_touched(self._server_touched)
        column.addLayout(form)
        self.advanced = Fold(self.tr("&Advanced"))
        rare = page.new_form()
        for field in self._build_advanced():
            page.add_field(rare, field)
        rare.add_wide(self.cleartext_box)
        self.cleartext_note = plain_label(tone="muted")
        rare.add_note(self.cleartext_note)
        self.advanced.body.addLayout(rare)
        column.addWidget(self.advanced)
        self._show_problems = page.show_problems

    # -- the fields -----------------------------------------------------------------------------

    def _build_server(self) -> tuple[Field, Field]:
        self.server_edit = line_edit()
        self.server_edit.editingFinished.connect(self._server_finished)
        self.port_edit = line_edit()
        self.server_field = Field(
            "server.host",
            self.tr("&Server"),
            self.server_edit,
            self._server_hint(),
            write=self._server_changed,
        )
        self.port_field = Field(
            "server.port",
            self.tr("P&ort"),
            self.port_edit,
            " ",
            write=lambda text: self._set(self._draft_model.draft.with_port(text)),
        )
        return self.server_field, self.port_field

    def _build_security(self) -> tuple[Field, Field]:
        draft_model = self._draft_model
        self.security_box = combo_box([(security_name(s), s.value) for s in OFFERED])
        self.user_edit = line_edit()
        self.security_field = Field(
            "server.security",
            self.tr("&Encryption method"),
            self.security_box,
            " ",
            write=lambda value: self._set(draft_model.draft.with_security(Security(value))),
        )
        self.user_field = Field(
            "authentication.username",
            self.tr("&User"),
            self.user_edit,
            self.tr("Use a dedicated mailbox, not a person's own."),
            write=lambda text: draft_model.change(username=text),
            rest=self.tr("– optional here"),
        )
        return self.security_field, self.user_field

    def _build_advanced(self) -> tuple[Field, ...]:
        draft_model = self._draft_model
        self.ca_file_edit = line_edit()
        self.ehlo_edit = line_edit()
        self.timeout_edit = line_edit()
        self.cleartext_box = QCheckBox(self.tr("Send credentials in clear te&xt"))
        self.cleartext_box.toggled.connect(self._cleartext_toggled)
        choose = button(
            self.tr("Choose…"),
            lambda: choose_certificates(
                self, self.tr("Choose the CA file"), self.ca_file_edit.setText
            ),
            name=self.tr("Choose the CA file"),
        )
        optional = self.tr("– optional")
        return (
            Field(
                "server.ca_file",
                self.tr("&CA file"),
                self.ca_file_edit,
                self.tr(
                    "From the server's administrator: certificates (PEM) to trust for it besides "
                    "the system's."
                ),
                write=lambda text: draft_model.change(ca_file=text),
                beside=(choose,),
                rest=optional,
            ),
            Field(
                "server.ehlo_name",
                self.tr("E&HLO name"),
                self.ehlo_edit,
                self.tr("How this computer introduces itself, where the server asks for a name."),
                write=lambda text: draft_model.change(ehlo_name=text),
                rest=optional,
            ),
            Field(
                "server.timeout_s",
                self.tr("T&imeout"),
                self.timeout_edit,
                self.tr("Seconds that each stage of a test may take."),
                write=lambda text: draft_model.change(timeout=text),
                rest=optional,
            ),
        )

    def _set(self, draft: object) -> None:
        self._draft_model.set(draft)  # type: ignore[arg-type]

    # -- what was pasted into Server --------------------------------------------------------------

    def _server_hint(self) -> str:
        return self.tr("From its administrator, often smtp… or mail…")

    def _server_finished(self) -> None:
        self._sort_out(self.server_edit.text())

    def _sort_out(self, text: str) -> None:
        self._draft_model.set(self._draft_model.draft.with_server(text))
        # Also where that changes nothing: what was pasted, a password too, goes off the screen.
        self.show_draft()
        if is_address(text.strip()):
            self.address_given.emit(text.strip())

    def _server_touched(self) -> None:
        # Half a `host:port` is no mistake: it sorts itself out when the field is left.
        if self.server_edit.hasFocus() and sort_out_server(self.server_edit.text()) is not None:
            self.server_field.touched = False
            return
        self._show_problems()

    def _server_changed(self, text: str) -> None:
        """Sort a pasted text out at once; what is typed letter by letter, when it is finished."""
        pasted = abs(len(text) - len(self._server_before)) > 1
        self._server_before = text
        if pasted:
            self._sort_out(text)
        else:
            self._draft_model.change(host=text, pasted=None)

    # -- consent ----------------------------------------------------------------------------------

    def _cleartext_toggled(self, checked: bool) -> None:
        if not checked:
            self._draft_model.change(allow_cleartext=False)
            return
        # Unticked until the answer is there: the tick alone is no consent.
        show_checked(self.cleartext_box, False)
        ask_for_clear_text(self, lambda yes: self._draft_model.change(allow_cleartext=yes))

    # -- the draft --------------------------------------------------------------------------------

    def show_draft(self) -> None:
        draft = self._draft_model.draft
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
        self._show_advanced()

    def show_answer(self, answer: Candidate | None, take: Callable[[], object]) -> None:
        """What was found for the address whose domain stands in Server."""
        host = self._draft_model.draft.host
        if answer is None:
            self.server_field.set_action("", take)
            return
        self.server_field.set_warning(
            self.tr("Mail from {0} goes out through {1}.").format(
                clean_text(host, 80), clean_text(answer.server.host, 80)
            )
        )
        self.server_field.set_action(self.tr("Use that"), take)

    def _show_pasted(self) -> None:
        """What else stood in the text that was pasted into Server, as far as it is not seen."""
        draft, pasted = self._draft_model.draft, self._draft_model.draft.pasted
        self.server_field.set_hint(
            self.tr("The password that you pasted is on the next page, as dots.")
            if pasted is not None and pasted.password == draft.password and draft.password
            else self._server_hint()
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
        draft = self._draft_model.draft
        usual, method = DEFAULT_PORTS[draft.security], security_name(draft.security)
        if draft.port_typed and draft.port.strip() != str(usual):
            hint = self.tr("Empty it, and it follows the encryption method: {0}.").format(usual)
        elif draft.security is Security.NONE:
            hint = self.tr("{0} is usual without encryption.").format(usual)
        else:
            hint = self.tr("{0} goes with {1}.").format(usual, method)
        self.port_field.set_hint(hint)
        belongs = draft.port_is_for()
        self.port_field.set_warning(port_goes_with(int(draft.port), belongs) if belongs else "")
        self.port_field.set_action(
            self.tr("Use that") if belongs else "", lambda: self._use(belongs)
        )

    def _use(self, security: Security | None) -> None:
        if security is not None:
            self.security_box.setFocus()  # the link that has the focus goes away
            self._draft_model.set(self._draft_model.draft.with_security(security))

    def _show_security(self) -> None:
        draft = self._draft_model.draft
        unprotected = draft.security is Security.NONE
        self.security_field.set_hint(
            {
                Security.STARTTLS: self.tr(
                    "Right for almost every server. With None, passwords travel unprotected."
                ),
                Security.IMPLICIT_TLS: self.tr("Encrypted from the first byte."),
                Security.NONE: "",
            }[draft.security]
        )
        words = ""
        if unprotected:
            words = self.tr("Nothing is encrypted: anybody on the way can read the password.")
            if not draft.allow_cleartext:
                agree = self.tr("It is sent only if you agree under Advanced.")
                words = f"{words} {agree}"
        self.security_field.set_warning(words)
        self.cleartext_box.setEnabled(unprotected)
        show_checked(self.cleartext_box, unprotected and draft.allow_cleartext)
        self.cleartext_note.setText(
            self.tr("Without it, a password is never sent over an unprotected connection.")
            if unprotected
            else self.tr("Only for the encryption method None.")
        )
        self.cleartext_box.setAccessibleDescription(self.cleartext_note.text())

    def _show_advanced(self) -> None:
        draft = self._draft_model.draft
        unprotected = draft.security is Security.NONE
        held = [
            name
            for name, value in (
                (self.tr("CA file"), draft.ca_file),
                (self.tr("EHLO name"), draft.ehlo_name),
                (self.tr("Timeout"), draft.timeout),
                (self.tr("clear text"), unprotected and draft.allow_cleartext),
            )
            if value
        ]
        self.advanced.set_rest(
            self.tr("– set: {0}").format(self.tr(", ").join(held))
            if held
            else self.tr("– CA file, EHLO name, timeout: nothing set")
        )
        # It opens once when there is something in it, or to be agreed to; then it is the user's.
        holds = bool(held) or unprotected
        if holds and not self._held:
            self.advanced.set_open(True)
        self._held = holds
