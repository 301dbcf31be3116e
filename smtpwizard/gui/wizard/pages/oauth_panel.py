"""The OAuth part of page 3: the app registration, signing in, and the login proven with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from smtpwizard.flow.asking import asked_fields, offered_redirects, secret_state
from smtpwizard.flow.draft import ConnectorDraft, Fact, SignInState
from smtpwizard.flow.dropped_sign_in import CODES, dropped_sign_in
from smtpwizard.flow.steps import StepId
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.sign_in.guide_dialog import GuideDialog
from smtpwizard.gui.sign_in.sign_in_panel import SignInPanel
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.widgets.dialogs import choose_certificates
from smtpwizard.gui.widgets.elements import announce, button, note_card, plain_label
from smtpwizard.gui.widgets.fields import (
    Field,
    FieldForm,
    combo_box,
    line_edit,
    scroll_to,
    show_checked,
    show_choice,
    show_field,
    show_text,
)
from smtpwizard.gui.widgets.secret_field import SecretField
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.messages.face import Face
from smtpwizard.messages.guides import registration_text, who_signs_in_text
from smtpwizard.messages.problems import problem_text
from smtpwizard.messages.signing_in import finding_text
from smtpwizard.model.errors import NetworkError, UsageError
from smtpwizard.model.registration import Grant, Redirect
from smtpwizard.model.report import Report

if TYPE_CHECKING:
    from smtpwizard.flow.dropped_sign_in import DroppedSignIn
    from smtpwizard.model.connector import Connector
    from smtpwizard.oauth.signed_in import SignedIn
    from smtpwizard.providers import ProviderEntry


class Form(Protocol):
    """What the panel needs of the page it stands on."""

    def new_form(self) -> FieldForm: ...
    def add_field(self, grid: FieldForm, field: Field) -> Field: ...
    def show_problems(self) -> None: ...
    def reveal_problems(self) -> None: ...


class OAuthPanel(QWidget):
    """Reads and writes the draft's registration; keeps a sign-in as a fact of the draft.

    `changed` is emitted when something starts or stops running, `proven` when the server has let
    the connector in with the tokens of a sign-in.
    """

    changed = Signal()
    proven = Signal()

    def __init__(self, page: Form, context: WizardContext) -> None:
        super().__init__()
        self._page = page
        self._draft_model = context.draft_model
        self._ws = context.ws
        self._runner = context.runner
        self._stored = context.stored
        self._choices_of: tuple[str, ...] = ()
        self._drop_words = ""
        # What is to be said of the client file, by field, and the registration that it is about.
        self._file_words: dict[str, str] = {}
        self._file_of: object | None = None
        self._asked: list[Field] = []
        self._begun: ConnectorDraft | None = None
        self._shown: object | None = None
        # The provider for whose sign-in server a CA file is asked for: it could not be trusted.
        self._untrusted = ""
        # What a sign-in refused before it began: the field, and why.
        self._refused: tuple[str, str] | None = None
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.note, self.note_label = note_card()
        self.note.hide()
        column.addWidget(self.note)
        column.addLayout(self._build_fields())
        for edit in self.findChildren(QLineEdit):
            edit.setAcceptDrops(False)  # a file dropped here is meant for the page
        self.sign_in_button = button(self.tr("Si&gn in"), self.sign_in)
        self.guide_button = button(self.tr("Guide…"), self.open_guide)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.sign_in_button)
        line.addWidget(self.guide_button)
        self.trust_button = button(self.tr("Sign-in CA file…"), self._ask_for_ca_file)
        line.addWidget(self.trust_button)
        line.addStretch(1)
        column.addLayout(line)
        self.box = SignInPanel(context.ws, context.runner, context.recovery, over_draft=True)
        column.addWidget(self.box)
        self.view = StageView(context.runner, short=True)
        self.view.hide()
        column.addWidget(self.view)
        self.box.started.connect(self._state_changed)
        self.box.ended.connect(self._state_changed)
        self.box.kept.connect(self._keep)
        self.box.undecided.connect(self._ask_whose)
        self.box.used.connect(self._use_account)
        self.box.skipped.connect(self._go_on_without)
        self.box.failed.connect(self._failed)
        self.box.again.connect(lambda: self.sign_in(force_picker=True))
        self.view.started.connect(self._state_changed)
        self.view.stopped.connect(self._state_changed)
        self.view.reported.connect(self._reported)

    # -- building -----------------------------------------------------------------------------

    def _build_fields(self) -> FieldForm:
        grid = self._page.new_form()
        self.redirect_box = combo_box([])
        self.redirect_field = self._add(
            grid,
            "authentication.oauth.grant",
            self.tr("Redire&ct"),
            self.redirect_box,
            write=lambda value: self._draft_model.change(redirect=Redirect(value)),
        )
        self.domain_edit = line_edit()
        self.domain_field = self._add(
            grid,
            "project.domain",
            self.tr("Smart Flows &domain"),
            self.domain_edit,
            self.tr("Such as example.smartflows.com. Kept for the whole project."),
            write=lambda text: self._draft_model.change(domain=text),
        )
        self.redirect_edit = line_edit()
        self.redirect_edit.setReadOnly(True)
        self.copy_uri_button = button(self.tr("Cop&y"), self._copy_redirect, name=self.tr("Copy"))
        self.uri_field = self._add(
            grid,
            "authentication.oauth.redirect_uri",
            self.tr("&Redirect URI"),
            self.redirect_edit,
            self.tr("Register this address with the app, exactly as it stands."),
            beside=(self.copy_uri_button,),
        )
        self.issuer_edit = line_edit()
        self.issuer_field = self._add(
            grid,
            "authentication.oauth.issuer",
            self.tr("Issuer"),
            self.issuer_edit,
            self.tr("The sign-in server's address; it names the others itself."),
            write=lambda text: self._draft_model.change(issuer=text),
        )
        self.authorization_edit = line_edit()
        self.authorization_field = self._add(
            grid,
            "authentication.oauth.authorization_endpoint",
            self.tr("Authorization endpoint"),
            self.authorization_edit,
            self.tr("Only where there is no issuer."),
            write=lambda text: self._draft_model.change(authorization_endpoint=text),
        )
        self.token_edit = line_edit()
        self.token_field = self._add(
            grid,
            "authentication.oauth.token_endpoint",
            self.tr("Token endpoint"),
            self.token_edit,
            self.tr("Only where there is no issuer."),
            write=lambda text: self._draft_model.change(token_endpoint=text),
        )
        self.ca_file_edit = line_edit()
        self.ca_file_button = button(
            self.tr("Choose…"), self._choose_ca_file, name=self.tr("Choose the sign-in CA file")
        )
        self.ca_file_field = self._add(
            grid,
            "authentication.oauth.ca_file",
            self.tr("Sign-in CA file"),
            self.ca_file_edit,
            self.tr("Optional. Certificates (PEM) to trust as well for the sign-in server."),
            write=lambda text: self._draft_model.change(sign_in_ca_file=text),
            beside=(self.ca_file_button,),
        )
        self.scopes_edit = line_edit()
        self.scopes_field = self._add(
            grid,
            "authentication.oauth.scopes",
            self.tr("Scopes"),
            self.scopes_edit,
            self.tr("Separated by spaces; the one for SMTP, and offline_access where it exists."),
            write=lambda text: self._draft_model.change(scopes=text),
        )
        self.client_id_edit = line_edit()
        self.file_button = button(self.tr("Choose &JSON…"), self._choose_file)
        self.client_id_field = self._add(
            grid,
            "authentication.oauth.client_id",
            self.tr("Client &ID"),
            self.client_id_edit,
            write=self._take_client_id,
            beside=(self.file_button,),
        )
        self.client_secret = SecretField(
            "authentication.client_secret",
            self.tr("Client s&ecret"),
            self.tr("Kept in the system's keyring where it works, never among the settings."),
            lambda secret: self._draft_model.change(client_secret=secret),
        )
        self._page.add_field(grid, self.client_secret)
        self.expires_edit = line_edit()
        self.expires_field = self._add(
            grid,
            "authentication.oauth.client_secret_expires",
            self.tr("Secret expires"),
            self.expires_edit,
            self.tr("Optional, as 2027-05-31. The list then reminds you of it."),
            write=lambda text: self._draft_model.change(secret_expires=text),
        )
        self.testing_box = QCheckBox(self.tr("Publishing status is “Testing”"))
        self.testing_box.toggled.connect(lambda checked: self._draft_model.change(testing=checked))
        self.testing_note = plain_label(
            self.tr("Then a sign-in holds for seven days only; the list reminds you."), tone="hint"
        )
        self.testing_box.setAccessibleDescription(self.testing_note.text())
        self.tenant_edit = line_edit()
        self.tenant_field = self._add(
            grid,
            "authentication.oauth.tenant",
            self.tr("&Tenant"),
            self.tenant_edit,
            write=lambda text: self._draft_model.change(tenant=text),
        )
        self.user_edit = line_edit()
        self.user_field = self._add(
            grid,
            "authentication.username",
            self.tr("&User"),
            self.user_edit,
            self.tr("The mailbox that sends. Taken from the sign-in when empty."),
            write=lambda text: self._draft_model.change(username=text),
        )
        grid.add_wide(self.testing_box)
        grid.add_note(self.testing_note)
        return grid

    def _add(
        self,
        grid: FieldForm,
        key: str,
        label: str,
        editor: object,
        hint: str = "",
        *,
        write: Callable[[str], object] = lambda _: None,
        beside: tuple[QWidget, ...] = (),
    ) -> Field:
        field = Field(key, label, editor, hint, write=write, beside=beside)  # type: ignore[arg-type]
        self._asked.append(field)
        return self._page.add_field(grid, field)

    # -- the draft on screen ------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.box.running or self.view.running

    def _entry(self) -> ProviderEntry | None:
        return self._ws.catalogue.get(self._draft_model.draft.provider)

    def show_draft(self) -> None:
        """Bring the widgets in line with the draft."""
        draft = self._draft_model.draft
        self._show_choices(draft)
        show_choice(self.redirect_box, draft.redirect.value)
        for edit, text in (
            (self.domain_edit, draft.domain),
            (self.redirect_edit, draft.redirect_uri_to_register()),
            (self.issuer_edit, draft.issuer),
            (self.authorization_edit, draft.authorization_endpoint),
            (self.token_edit, draft.token_endpoint),
            (self.ca_file_edit, draft.sign_in_ca_file),
            (self.scopes_edit, draft.scopes),
            (self.client_id_edit, draft.client_id),
            (self.expires_edit, draft.secret_expires),
            (self.tenant_edit, draft.tenant),
            (self.user_edit, draft.username),
        ):
            show_text(edit, text)
        show_checked(self.testing_box, draft.testing)
        self.redirect_edit.setCursorPosition(0)
        known = bool(self.redirect_edit.text())
        self.copy_uri_button.setEnabled(known)
        self.uri_field.set_hint(
            self.tr("Register this address with the app, exactly as it stands.")
            if known
            else self.tr("What to register with the app is known once the domain is.")
        )
        self.redirect_edit.setPlaceholderText(self.tr("Follows from the Smart Flows domain"))
        self.client_secret.show_secret(draft.client_secret, secret_state(draft, "client_secret"))
        self._show_hints(draft)
        self._show_fields(draft)
        self._show_sign_in(draft)

    def _show_choices(self, draft: ConnectorDraft) -> None:
        """Offer what this provider has; what is chosen stays offered."""
        entry = self._entry()
        uri = replace(draft, redirect=Redirect.WEB).redirect_uri_to_register()
        shown = uri or "https://login.<domain>/oauth2/redirect"
        words = {
            Redirect.WEB: self.tr("Web (from the guide): {0}").format(shown),
            Redirect.LOOPBACK: self.tr("Loopback: this computer"),
            Redirect.DEVICE: self.tr("Device code"),
            Redirect.APP: self.tr("No user: service account")
            if draft.family_rules().app_grant is Grant.SERVICE_ACCOUNT
            else self.tr("No user: application permission"),
        }
        device_code = entry is None or entry.may_have_device_code
        offered = {each: words[each] for each in offered_redirects(draft, device_code=device_code)}
        choices = tuple(offered.values())
        if choices == self._choices_of:
            return
        self._choices_of = choices
        self.redirect_box.blockSignals(True)
        self.redirect_box.clear()
        for redirect, text in offered.items():
            self.redirect_box.addItem(text, redirect.value)
        self.redirect_box.blockSignals(False)

    def _show_hints(self, draft: ConnectorDraft) -> None:
        who, client = (
            who_signs_in_text(draft.redirect),
            registration_text(draft.family, draft.redirect),
        )
        self.redirect_field.set_hint(f"{who}\n{client}")
        self.client_id_field.set_hint(registration_text(draft.family, "client_id"))
        self.tenant_field.set_hint(
            self.tr("“Directory (tenant) ID”, or the organisation's domain.")
            if draft.redirect is Redirect.APP
            else self.tr("ID or domain. Empty: any organisation, or a personal account.")
        )
        self.user_field.set_hint(
            self.tr("The mailbox that the application sends for.")
            if draft.redirect is Redirect.APP
            else self.tr("The mailbox that sends. Taken from the sign-in when empty.")
        )

    def _show_fields(self, draft: ConnectorDraft) -> None:
        asked = asked_fields(draft)
        for field in (
            self.domain_field,
            self.uri_field,
            self.issuer_field,
            self.authorization_field,
            self.token_field,
            self.scopes_field,
            self.tenant_field,
            self.expires_field,
        ):
            show_field(field, field.key in asked)
        trust = self.ca_file_field.key in asked or self._untrusted == draft.provider
        show_field(self.ca_file_field, trust)
        self.trust_button.setVisible(not trust)
        for widget in (self.testing_box, self.testing_note):
            widget.setVisible("authentication.oauth.publishing_status" in asked)
        self.file_button.setVisible(draft.family_rules().has_client_file)
        entry = self._entry()
        none = entry is not None and not entry.has_sign_in
        self.note.setVisible(none)
        if none:
            self.note_label.setText(
                self.tr(
                    "{0} has no sign-in with OAuth for sending mail that we know of. Choose Basic."
                ).format(entry.name if entry is not None else "")
            )

    # -- words beside the fields --------------------------------------------------------------

    def put_warnings(self) -> None:
        """What looks wrong before the browser opens, beside the field it is about."""
        found = self._findings()
        for field in (
            self.client_id_field, self.tenant_field, self.scopes_field, self.uri_field,
            self.redirect_field,
        ):  # fmt: skip
            said = self._file_words.get(field.key, "") if self._file_is_in_force() else ""
            field.set_warning(said or (found.get(field.key, "") if field.touched else ""))
        if self._drop_words:
            self.client_id_field.set_warning(self._drop_words)
        said = found.get(self.client_secret.key, "") if self.client_secret.touched else ""
        draft = self._draft_model.draft
        if said or draft.secret_is_a_file():
            self.client_secret.set_warning(said)  # a key file may end in a line break
        else:
            self.client_secret.warn()
        self._put_refusal(draft)

    def _put_refusal(self, draft: ConnectorDraft) -> None:
        """What a sign-in refused before it began stands at its field until something changes."""
        if self._refused is None or self._begun is None:
            return
        key, said = self._refused
        if self._begun.sign_in_inputs() != draft.sign_in_inputs():
            self._refused = None
            return
        for field in self._asked:
            if field.key == key and not field.error:
                field.set_error(said)

    def _findings(self) -> dict[str, str]:
        from smtpwizard.usecases.drafts import look_over_draft  # noqa: PLC0415 - oauth, where it is used

        found = look_over_draft(self._ws, self._draft_model.draft)
        return {field: finding_text(code, facts) for field, (code, facts) in found.items()}

    def _copy_redirect(self) -> None:
        QGuiApplication.clipboard().setText(self.redirect_edit.text())
        announce(self, self.tr("Redirect URI copied"))

    # -- the client file ----------------------------------------------------------------------

    def _ask_for_ca_file(self) -> None:
        """Most need none, so the field is there for who asks for it."""
        self._untrusted = self._draft_model.draft.provider
        self._show_fields(self._draft_model.draft)
        self.ca_file_edit.setFocus()
        scroll_to(self.ca_file_edit)

    def _choose_ca_file(self) -> None:
        choose_certificates(self, self.tr("Choose the sign-in CA file"), self.ca_file_edit.setText)

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the client file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Client files (*.json)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.read_file(Path(name)))
        dialog.open()

    def _take_client_id(self, text: str) -> None:
        self._draft_model.set(self._draft_model.draft.with_client_id(text))
        pasted = text.strip()
        if pasted.startswith("{") and pasted.endswith("}"):
            self._read_pasted(pasted)

    def _read_pasted(self, text: str) -> None:
        """Take the registration from the content of the JSON file."""
        draft = replace(self._draft_model.draft, client_id="")
        connector = draft.for_sign_in(self._draft_model.flow.defaults_for)
        if connector is not None:
            self._runner.submit(
                partial(jobs.read_client_text, self._ws, connector, draft.redirect, text),
                self._file_read,
            )

    def read_file(self, path: Path) -> None:
        """Take the registration from the console's JSON file."""
        draft = self._draft_model.draft
        connector = draft.for_sign_in(self._draft_model.flow.defaults_for)
        if connector is not None:
            self._runner.submit(
                partial(jobs.read_client_file, self._ws, connector, draft.redirect, path),
                self._file_read,
            )

    def _file_read(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self._drop_words = error_message(outcome.error)
            self.put_warnings()
            announce(self.client_id_edit, self._drop_words)
            return
        self._drop_words = ""
        connector, secrets, self._file_words = outcome.value
        draft = self._draft_model.draft.with_registration(connector, secrets)
        self._file_of = _registration_on_screen(draft)
        self._draft_model.set(draft)
        for field in (self.client_id_field, self.client_secret, self.uri_field):
            field.touch()
        said = " ".join(self._file_words.values())
        announce(self.client_id_edit, f"{self.tr('The client file was read')} {said}".strip())

    def _file_is_in_force(self) -> bool:
        return self._file_of == _registration_on_screen(self._draft_model.draft)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = self._dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.read_file(path)

    @staticmethod
    def _dropped(event: QDropEvent) -> Path | None:
        urls = event.mimeData().urls()
        return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None

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
        self.sign_in_button.setFocus()
        scroll_to(self.sign_in_button)

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

    def _use_account(self, held: SignedIn) -> None:
        self._put_in_force(self._draft_model.draft.with_account(held), held)

    def _put_in_force(self, draft: ConnectorDraft, held: SignedIn) -> None:
        self._shown = held
        self.box.show_result(held, accepted=True)
        self._draft_model.set(draft)
        self._prove()

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
            self._untrusted = self._draft_model.draft.provider
            self._show_fields(self._draft_model.draft)
        field = next((f for f in self._asked if f.key == key and f.editor.isVisibleTo(self)), None)
        if field is not None and isinstance(error, UsageError):
            self._refused = (field.key, error_message(error))
            self.box.clear()
            field.touch()
            field.editor.setFocus()
            scroll_to(field.editor)

    def _prove(self) -> None:
        """Verify as far as the login, with the token that was just given."""
        self.view.show()
        scroll_to(self.view)
        self.view.run(
            partial(jobs.prove_sign_in, self._ws, self._draft_model.draft, self._stored),
            words=self.tr("Checking whether the mail server lets this account in…"),
        )

    def _reported(self, report: Report) -> None:
        connector = self._draft_model.draft.for_sign_in(self._draft_model.flow.defaults_for)
        server = connector.server.host if connector is not None else ""
        self.view.say_verdict(report, server)
        if report.ok:
            self.proven.emit()
        if report.ok:
            scroll_to(self.view)
        else:
            scroll_to(self.view.causes, under=self.view)

    def _show_sign_in(self, draft: ConnectorDraft) -> None:
        """The state under the button, as far as nothing runs."""
        if self.running:
            return
        self._outdate_failure(draft)
        held, dropped = draft.holding_sign_in(), self._dropped_sign_in()
        if held is not None:
            if self._shown is not held:
                self._shown = held
                self.box.show_result(held, accepted=True)
        elif dropped is not None:
            self._shown = SignInState.CHANGED
            self.view.hide()
            self.box.show_dropped(dropped)
        elif draft.sign_in_state(self._draft_model.flow.defaults_for) is SignInState.KEPT:
            if self._shown is SignInState.CHANGED or not self.box.verdict.text():
                self._shown = SignInState.KEPT
                self.box.clear()
                self.box.say(self.tr("Signed in earlier; the sign-in is kept."), "passed")
        elif self._shown is not None:
            self._shown = None
            self.view.hide()
            self.box.clear()

    def _outdate_failure(self, draft: ConnectorDraft) -> None:
        """A sign-in that came to nothing says nothing about another provider or way back; while a
        value is being corrected, what to correct stays."""
        begun = self._begun
        if not self.box.came_to_nothing or begun is None:
            return
        if (begun.provider, begun.redirect) != (draft.provider, draft.redirect):
            self.box.clear()
        elif begun.sign_in_inputs() != draft.sign_in_inputs():
            self.box.say(self.tr("Something changed since. Sign in again."), "unknown")

    def _say_changed(self, held: SignedIn) -> None:
        """What was typed while the user signed in makes the sign-in one for something else."""
        self._shown = SignInState.CHANGED
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

    def _state_changed(self) -> None:
        # The focus moves before what has it goes away.
        running = self.box.running
        self.sign_in_button.setEnabled(not running)
        focused = self.window().focusWidget()
        if not running and (focused is None or not focused.isVisibleTo(self.window())):
            self.sign_in_button.setFocus()
        if self.box.came_to_nothing:
            self._show_sign_in(self._draft_model.draft)
        self.changed.emit()

    def leave(self) -> None:
        """Stop what runs; what came to nothing is not shown again."""
        self.box.cancel()
        if self.box.came_to_nothing:
            self.box.clear()
        self.view.stop()

    def open_guide(self) -> None:
        """How to make the app registration, step by step, with this connector's values."""
        from smtpwizard.usecases.guide import guide_for, request_for  # noqa: PLC0415 - oauth, where it is used

        draft = self._draft_model.draft
        connector = draft.for_guide(self._draft_model.flow.defaults_for)
        if connector is None:
            self._page.reveal_problems()
            return
        try:
            guide = guide_for(self._ws, connector, draft.redirect)
            request = request_for(self._ws, connector, draft.redirect)
        except UsageError:
            self._page.reveal_problems()
            return
        self.guide = GuideDialog(self.window(), self._runner, guide, request)
        self.guide.show()
        if guide.asks_for_domain:
            # The guide needs it first: there it goes on, once one is back on this page.
            self.domain_field.touch()
            self.domain_edit.setFocus()


def _registration_on_screen(draft: ConnectorDraft) -> tuple[str, ...]:
    return (draft.provider, draft.client_id, draft.redirect, draft.redirect_uri_to_register())
