"""The boxes of an app registration, bound to the draft; what is pasted finds the box it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from smtpwizard.flow.asking import asked_fields, offered_redirects, secret_state
from smtpwizard.flow.draft import CUSTOM, ConnectorDraft
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.date_button import DateButton
from smtpwizard.gui.widgets.dialogs import choose_certificates
from smtpwizard.gui.widgets.elements import announce, button
from smtpwizard.gui.widgets.fields import (
    Field,
    FieldForm,
    line_edit,
    scroll_to,
    show_field,
    show_text,
)
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.secret_field import SecretField
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.oauth.client_file import ClientFile
from smtpwizard.gui.wizard.pages.oauth.hints import (
    AUTHORIZATION,
    CA_FILE,
    EXPIRES,
    GRANT,
    REDIRECT_URI,
    SCOPES,
    TOKEN,
    USER,
    Hints,
)
from smtpwizard.gui.wizard.pages.oauth.kinds import KindQuestion
from smtpwizard.messages.client_kinds import pasted_text
from smtpwizard.messages.face import field_label
from smtpwizard.model.auth import Secret
from smtpwizard.model.misplaced import CLIENT_ID, TENANT
from smtpwizard.model.pasted_registration import (
    CLIENT_SECRET,
    DOMAIN,
    ISSUER,
    LeftOut,
    PastedRegistration,
    sort_out_inserted,
)
from smtpwizard.model.registration import Redirect

if TYPE_CHECKING:
    from smtpwizard.providers import ProviderEntry

# What a secret was taken out of, or nothing, says so louder than a hint does.
_LOUD = (LeftOut.ANSWER, LeftOut.SECRET)


class Page(Protocol):
    """What the panel needs of the page it stands on."""

    fields: list[Field]

    def know(self, *fields: Field) -> None: ...
    def show_problems(self) -> None: ...
    def reveal_problems(self) -> None: ...
    def focus_field(self, key: str) -> None: ...


class RegistrationForm(QWidget):
    """Reads and writes the draft's registration.

    `guide_wanted` asks for the guide, `request_wanted` for the text to somebody who may.
    """

    guide_wanted = Signal()
    request_wanted = Signal()

    def __init__(self, page: Page, context: WizardContext, file: ClientFile) -> None:
        super().__init__()
        self._page = page
        self._draft_model = context.draft_model
        self._ws = context.ws
        self._file = file
        self._fields: dict[str, Field] = {}
        self._mirrors: list[Field] = []
        self._twins: list[Field] = []
        self._pasted: PastedRegistration | None = None
        self._writers: dict[str, Callable[[str], None]] = {}
        self._opened_for: str | None = None
        self._hints = Hints(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.note = Banner("unknown", small=True)
        self.note.hide()
        column.addWidget(self.note)
        form = FieldForm()
        form.setSpacing(10)
        self._build_first(form)
        self._build_kinds(form)
        self._build_client(form)
        column.addLayout(form)
        self.advanced = self._build_advanced()
        page.know(*self._fields.values())
        for field in self._fields.values():
            if isinstance(field.editor, QLineEdit):
                field.editor.setAcceptDrops(False)  # a file dropped here is meant for the page

    # -- building -----------------------------------------------------------------------------

    def _build_first(self, form: FieldForm) -> None:
        self.domain_field = self._add(
            DOMAIN, self.tr("Smart Flows &domain"), lambda text: {"domain": text}
        )
        self.user_field = self._add(
            USER, self.tr("&User"), lambda text: {"username": text}, rest=self.tr("– optional")
        )
        self.domain_edit, self.user_edit = self._edit(DOMAIN), self._edit(USER)
        self.domain_edit.setPlaceholderText("example.smartflows.com")
        form.add_pair(self.domain_field, self.user_field)

    def _build_kinds(self, form: FieldForm) -> None:
        self.kinds = KindQuestion(lambda redirect: self._draft_model.change(redirect=redirect))
        self._fields[GRANT] = self.kinds
        self.guide_button = button(self.tr("Guide…"), self.guide_wanted.emit, icon="list")
        self.ask_button = button(
            self.tr("Ask an administrator…"), self.request_wanted.emit, icon="mail"
        )
        form.addWidget(self.kinds.box)
        self.kinds.show_help(self.tr("None yet?"), self.guide_button, self.ask_button)
        self.redirect_edit = line_edit()
        self.redirect_edit.setReadOnly(True)
        self.redirect_edit.setProperty("fixed", "true")
        self.copy_uri_button = button(
            self.tr("Cop&y"), self._copy_redirect, name=self.tr("Copy"), icon="copy"
        )
        self.uri_field = Field(
            REDIRECT_URI,
            self.tr("&Redirect URI"),
            self.redirect_edit,
            beside=(self.copy_uri_button,),
            rest=self.tr("– register it with the client, exactly as it stands"),
        )
        self._fields[REDIRECT_URI] = form.add(self.uri_field)

    def _build_client(self, form: FieldForm) -> None:
        self.issuer_field = self._add(ISSUER, self.tr("Issuer"), lambda text: {"issuer": text})
        self.issuer_edit = self._edit(ISSUER)
        form.add(self.issuer_field)
        self.file_button = button(self.tr("Choose &JSON…"), self._file.choose)
        self.client_id_field = self._add(
            CLIENT_ID, self.tr("Client &ID"), None, beside=(self.file_button,)
        )
        self.client_id_edit = self._edit(CLIENT_ID)
        self.client_id_edit.setMinimumWidth(self.fontMetrics().averageCharWidth() * 20)
        self.client_secret = self._secret_field()
        self._fields[CLIENT_SECRET] = self.client_secret
        form.add_pair(self.client_id_field, self.client_secret)
        self.tenant_field = self._add(TENANT, self.tr("&Tenant"), lambda text: {"tenant": text})
        self.tenant_edit = self._edit(TENANT)
        form.add(self.tenant_field)

    def _build_advanced(self) -> Fold:
        fold = Fold(self.tr("&Advanced"))
        form = FieldForm()
        form.add(
            self._add(
                AUTHORIZATION,
                self.tr("Authorization endpoint"),
                lambda text: {"authorization_endpoint": text},
            )
        )
        form.add(self._add(TOKEN, self.tr("Token endpoint"), lambda text: {"token_endpoint": text}))
        form.add(self._add(SCOPES, self.tr("Scopes"), lambda text: {"scopes": text}))
        self.authorization_field, self.token_field = (
            self._fields[AUTHORIZATION],
            self._fields[TOKEN],
        )
        self.scopes_field = self._fields[SCOPES]
        self.authorization_edit, self.token_edit = self._edit(AUTHORIZATION), self._edit(TOKEN)
        self.scopes_edit = self._edit(SCOPES)
        self.ca_file_button = button(
            self.tr("Choose…"), self._choose_ca_file, name=self.tr("Choose the sign-in CA file")
        )
        self.ca_file_field = self._add(
            CA_FILE,
            self.tr("Sign-in CA file"),
            lambda text: {"sign_in_ca_file": text},
            beside=(self.ca_file_button,),
            rest=self.tr("– optional"),
        )
        self.ca_file_edit = self._edit(CA_FILE)
        form.add(self.ca_file_field)
        self.expires_field = self._expires_field()
        self._fields[EXPIRES] = form.add(self.expires_field)
        self.expires_edit = self._edit(EXPIRES)
        fold.body.addLayout(form)
        return fold

    def _add(
        self,
        key: str,
        label: str,
        values: Callable[[str], Mapping[str, str]] | None,
        *,
        beside: tuple[QWidget, ...] = (),
        rest: str = "",
    ) -> Field:
        """A box whose text goes into the draft as `values`; the client ID has rules of its own."""

        def write(text: str) -> None:
            self._write(key, text, values)

        field = Field(key, label, line_edit(), write=write, beside=beside, rest=rest)
        self._writers[key] = write
        self._fields[key] = field
        return field

    def _edit(self, key: str) -> QLineEdit:
        editor = self._fields[key].editor
        assert isinstance(editor, QLineEdit)
        return editor

    def _secret_field(self) -> SecretField:
        return SecretField(CLIENT_SECRET, self.tr("Client s&ecret"), "", self._write_secret)

    def _expires_field(self) -> Field:
        edit = line_edit()
        edit.setPlaceholderText(self.tr("YYYY-MM-DD"))
        return Field(
            EXPIRES,
            self.tr("Client secret ends"),
            edit,
            self.tr("The list reminds you before."),
            write=lambda text: self._draft_model.change(secret_expires=text),
            beside=(DateButton(edit, self.tr("Choose the day")),),
            rest=self.tr("– optional"),
        )

    # -- writing ------------------------------------------------------------------------------

    def _write(
        self, key: str, text: str, values: Callable[[str], Mapping[str, str]] | None
    ) -> None:
        if self._sort_out(key, self._texts(self._draft_model.draft)[key], text):
            return
        if values is None:
            self._draft_model.set(self._draft_model.draft.with_client_id(text))
        else:
            self._draft_model.change(**values(text))

    def _write_secret(self, secret: Secret | None) -> None:
        before = self._draft_model.draft.client_secret
        old, new = (each.reveal() if each else "" for each in (before, secret))
        if not self._sort_out(CLIENT_SECRET, old, new):
            self._draft_model.change(client_secret=secret)

    def _sort_out(self, key: str, before: str, text: str) -> bool:
        """Put what was pasted into the boxes that it is for; False where it is for this one."""
        self._pasted = None
        self._file.refusal = ""
        found = sort_out_inserted(before, text, self._draft_model.draft.family, key)
        if found is None:
            return False
        self._pasted = found
        if found.document is not None:
            self._file.read_text(found.document)
        self._draft_model.set(self._draft_model.draft.with_pasted(found))
        # The box has what it had before; a secret among it is not left there, nor to be undone.
        self.show_draft()
        self._page.show_problems()
        for field in found.fields:
            self._fields[field].touch()
        said = pasted_text(found)
        if said:
            announce(self._fields[key].editor, said)
        return True

    def _copy_redirect(self) -> None:
        QGuiApplication.clipboard().setText(self.redirect_edit.text())
        announce(self, self.tr("Redirect URI copied"))

    def _choose_ca_file(self) -> None:
        choose_certificates(self, self.tr("Choose the sign-in CA file"), self.ca_file_edit.setText)

    # -- the draft on screen ------------------------------------------------------------------

    def _entry(self) -> ProviderEntry | None:
        return self._ws.catalogue.get(self._draft_model.draft.provider)

    @staticmethod
    def _texts(draft: ConnectorDraft) -> dict[str, str]:
        return {
            DOMAIN: draft.domain,
            USER: draft.username,
            REDIRECT_URI: draft.redirect_uri_to_register(),
            ISSUER: draft.issuer,
            CLIENT_ID: draft.client_id,
            TENANT: draft.tenant,
            AUTHORIZATION: draft.authorization_endpoint,
            TOKEN: draft.token_endpoint,
            SCOPES: draft.scopes,
            CA_FILE: draft.sign_in_ca_file,
            EXPIRES: draft.secret_expires,
        }

    def show_draft(self) -> None:
        """Bring the boxes in line with the draft."""
        draft = self._draft_model.draft
        entry = self._entry()
        device_code = entry is None or entry.may_have_device_code
        offered = offered_redirects(draft, device_code=device_code)
        name = entry.name if entry is not None and draft.provider != CUSTOM else ""
        self.kinds.show_kinds(draft.family, name, offered, draft.redirect)
        texts, hints = self._texts(draft), self._hints.of(draft)
        for field in (*self._fields.values(), *self._twins, *self._mirrors):
            if isinstance(field, SecretField):
                field.show_secret(draft.client_secret, secret_state(draft, "client_secret"))
            elif field.key in texts and isinstance(field.editor, QLineEdit):
                show_text(field.editor, texts[field.key])
            if field.key in hints:
                field.set_hint(hints[field.key])
        self.redirect_edit.setCursorPosition(0)
        known = bool(texts[REDIRECT_URI])
        self.copy_uri_button.setEnabled(known)
        self.redirect_edit.setPlaceholderText(self.tr("Follows from the Smart Flows domain"))
        self._show_fields(draft)
        self._show_note(entry)

    def _show_fields(self, draft: ConnectorDraft) -> None:
        asked = asked_fields(draft)
        for key in (DOMAIN, REDIRECT_URI, ISSUER, AUTHORIZATION, TOKEN, SCOPES, TENANT, EXPIRES):
            show_field(self._fields[key], key in asked)
        self.user_field.rest.setVisible(draft.redirect is not Redirect.APP)
        self.file_button.setVisible(draft.family_rules().has_client_file)
        self.advanced.set_rest(
            self.tr("– endpoints, scopes, CA file")
            if SCOPES in asked
            else self.tr("– CA file, end of the client secret")
            if EXPIRES in asked
            else self.tr("– CA file of the sign-in server")
        )
        # Open where it holds something, or where a server of one's own needs it.
        if self._opened_for != draft.provider:
            self._opened_for = draft.provider
            holds = draft.provider == CUSTOM or draft.sign_in_ca_file or draft.secret_expires
            self.advanced.set_open(bool(holds))

    def _show_note(self, entry: ProviderEntry | None) -> None:
        none = entry is not None and not entry.has_sign_in
        self.note.setVisible(none)
        if none and entry is not None:
            self.note.show_text(
                self.tr("{0} has no sign-in with OAuth for sending mail that we know of.").format(
                    entry.name
                ),
                self.tr("Choose Basic."),
            )

    # -- words beside the boxes ---------------------------------------------------------------

    def put_warnings(self, found: Mapping[str, str]) -> dict[str, str]:
        """Put remarks beside the boxes they are about; answers which have one, with their names."""
        words = self._file.words
        warned: dict[str, str] = {}
        for field in (*self._fields.values(), *self._twins, *self._mirrors):
            key = field.key
            if key in (USER, EXPIRES):
                continue  # the page's own
            said = words.get(key) or (found.get(key, "") if field.touched else "")
            if key == CLIENT_ID and self._file.refusal:
                said = self._file.refusal
            if isinstance(field, SecretField) and not said:
                # A key file may end in a line break.
                if self._draft_model.draft.secret_is_a_file():
                    field.set_warning("")
                else:
                    field.warn()
            else:
                field.set_warning(said)
            # What is wrong holds up the page: it is not only looked at askance.
            if (
                key in found
                and field.touched
                and not field.error
                and field in self._fields.values()
            ):
                warned[key] = field.name
        return warned

    def remarks(self) -> list[tuple[str, str]]:
        """What became of what was pasted or chosen last, until something else is typed: a mark and
        a sentence each."""
        out = [("failed", self._file.refusal)] if self._file.refusal else []
        said = pasted_text(self._pasted) if self._pasted is not None else ""
        if said and self._pasted is not None:
            loud = any(each in _LOUD for each in self._pasted.left_out)
            out.append(("warning" if loud else "info", said))
        return out

    def field(self, key: str) -> Field | None:
        """The box of a dotted path, where it is on screen."""
        found = self._fields.get(key)
        return found if found is not None and found.editor.isVisibleTo(self) else None

    def order(self) -> list[QWidget]:
        """What takes the focus, from top to bottom, without what is under Advanced."""
        pairs = (self.domain_field, self.user_field)
        out: list[QWidget] = [field.editor for field in pairs]
        out += (self.guide_button, self.ask_button, *self.kinds.radios.values())
        for field in (
            self.uri_field,
            self.issuer_field,
            self.client_id_field,
            self.client_secret,
            self.tenant_field,
        ):
            out += (field.editor, *field.beside)
        return out

    def advanced_order(self) -> list[QWidget]:
        """The same of what is under Advanced, its button first."""
        out: list[QWidget] = [self.advanced.button]
        for key in (AUTHORIZATION, TOKEN, SCOPES, CA_FILE, EXPIRES):
            out += (self._fields[key].editor, *self._fields[key].beside)
        return out

    def has(self, key: str) -> bool:
        """True for the dotted path of a box that counts with what is on screen."""
        return key in self._fields and not self._fields[key].box.isHidden()

    def lead_to(self, key: str) -> None:
        """Put the focus into the box of a dotted path."""
        field = self._fields.get(key)
        if field is None:
            return
        if self.advanced.isAncestorOf(field.editor):
            self.advanced.set_open(True)
        field.editor.setFocus()
        scroll_to(field.editor)

    def open_for(self, field: Field) -> None:
        """A box that has something to say is not folded away."""
        if self.advanced.isAncestorOf(field.editor):
            self.advanced.set_open(True)

    # -- the same boxes in the guide ----------------------------------------------------------

    def mirror(self, key: str) -> Field | None:
        """Another box for the same value, until `drop_mirrors`; None where there is none."""
        if key == CLIENT_SECRET:
            field: Field = self._secret_field()
        elif key == EXPIRES:
            field = self._expires_field()
        elif key in self._writers:
            rest = self.tr("– optional") if key == USER else ""
            field = Field(key, field_label(key), line_edit(), write=self._writers[key], rest=rest)
        else:
            return None
        self._mirrors.append(field)
        self._page.know(field)
        return field

    def another_end(self) -> Field:
        """The end of the client secret once more, for where a sign-in is shown."""
        field = self._expires_field()
        self._twins.append(field)
        self._page.know(field)
        return field

    def drop_mirrors(self) -> None:
        """The guide is closed."""
        gone, self._mirrors = self._mirrors, []
        self._page.fields[:] = [field for field in self._page.fields if field not in gone]
