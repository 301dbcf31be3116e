"""The fields of the edit form: which editor each has, what it reads from the draft and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smtpwizard.flow.asking import offered_redirects, secret_state
from smtpwizard.flow.draft import CUSTOM, ConnectorDraft
from smtpwizard.flow.edits import SECRETS
from smtpwizard.gui.console.detail.words import method_text, redirect_text
from smtpwizard.gui.widgets.dialogs import ask_for_clear_text, choose_certificates
from smtpwizard.gui.widgets.elements import announce, button
from smtpwizard.gui.widgets.fields import Field, combo_box, line_edit, show_choice, show_text
from smtpwizard.gui.widgets.secret_field import SecretField
from smtpwizard.messages.face import field_label
from smtpwizard.messages.security import OFFERED, port_text, security_name
from smtpwizard.model.connector import ADDRESS_FAMILIES, DEFAULT_PORTS, Method, Security
from smtpwizard.model.misplaced import CLIENT_ID, TENANT
from smtpwizard.model.pasted_registration import CLIENT_SECRET, DOMAIN, ISSUER
from smtpwizard.model.registration import Grant, Redirect

if TYPE_CHECKING:
    from smtpwizard.gui.wizard.draft_model import DraftModel
    from smtpwizard.model.auth import Secret
    from smtpwizard.providers import Catalogue

_OAUTH = "authentication.oauth"
_YES, _NO = "yes", ""
# Boxes at which the text of a provider's console may be pasted.
OF_A_REGISTRATION = (CLIENT_ID, TENANT, DOMAIN, ISSUER, f"{_OAUTH}.client_secret_expires")


class EditFields(QObject):
    """All fields of the form by their dotted path, over one draft; `make` makes them."""

    def __init__(self, draft_model: DraftModel, catalogue: Catalogue, host: QWidget) -> None:
        super().__init__(host)
        self._model = draft_model
        self._catalogue = catalogue
        self._host = host
        self._server_before = ""
        self.by_key: dict[str, Field] = {}
        self.mirrors: list[Field] = []
        """Boxes elsewhere for the same values; see `mirror`."""
        self.pasted_at: Callable[[str, str, str], bool] = lambda *_: False
        """Sorts what was pasted at a box of the registration (its key, what stood there, the text
        of now) into the boxes that it is for; False where it is for this one."""
        self.mirror_touched: Callable[[], None] = lambda: None
        self._writers: dict[str, Callable[[str], object]] = {}

    def make(self) -> Iterator[None]:
        """Make all of them, a few at each turn."""
        for some in (
            self._name_fields,
            self._server_fields,
            self._login_fields,
            self._oauth_fields,
            self._people_fields,
            self._advanced_fields,
        ):
            some()
            yield

    def __getitem__(self, key: str) -> Field:
        return self.by_key[key]

    # -- making them --------------------------------------------------------------------------

    def _add(self, field: Field) -> Field:
        self.by_key[field.key] = field
        return field

    def _text(
        self,
        key: str,
        label: str,
        value: str,
        hint: str = "",
        *,
        optional: bool = False,
        write: Callable[[str], object] | None = None,
        beside: tuple[QWidget, ...] = (),
    ) -> Field:
        """A line of text over the draft's `value`."""
        edit = line_edit()
        rest = self.tr("– optional") if optional else ""
        then = write or (lambda text: self._model.change(**{value: text}))
        if key in OF_A_REGISTRATION:
            then = self._writers[key] = partial(self._write_registration, key, then)
        return self._add(Field(key, label, edit, hint, write=then, beside=beside, rest=rest))

    def _write_registration(self, key: str, then: Callable[[str], object], text: str) -> None:
        if not self.pasted_at(key, self._texts(self._model.draft)[key], text):
            then(text)

    def _choice(
        self,
        key: str,
        label: str,
        choices: list[tuple[str, str]],
        write: Callable[[str], object],
        hint: str = "",
    ) -> Field:
        return self._add(Field(key, label, combo_box(choices), hint, write=write))

    def _name_fields(self) -> None:
        self._text("name", self.tr("Name"), "name", self.tr("Shown in the list."))
        self._text("description", self.tr("Description"), "description", optional=True)
        kinds = [("smtp", "smtp")]
        self._choice("type", self.tr("Type"), kinds, lambda _: None, self.tr("It sends by SMTP."))

    def _server_fields(self) -> None:
        model = self._model
        providers = [(entry.name, entry.id) for entry in self._catalogue]
        providers.append((self.tr("Create a connection"), CUSTOM))
        self._choice("provider", self.tr("Provider"), providers, model.choose_provider)
        self._choice(
            "server.security",
            self.tr("Encryption method"),
            [(security_name(each), each.value) for each in OFFERED],
            lambda value: model.set(model.draft.with_security(Security(value))),
        )
        server = self._text("server.host", self.tr("Server"), "host", write=self._server_changed)
        edit = server.editor
        assert isinstance(edit, QLineEdit)
        edit.editingFinished.connect(lambda: self._sort_out(edit.text()))
        self._text(
            "server.port",
            self.tr("Port"),
            "port",
            write=lambda text: model.set(model.draft.with_port(text)),
        )

    def _server_changed(self, text: str) -> None:
        """What is pasted sorts itself into the fields at once; what is typed, when it is done."""
        pasted = abs(len(text) - len(self._server_before)) > 1
        self._server_before = text
        if pasted:
            self._sort_out(text)
        else:
            self._model.change(host=text, pasted=None)

    def _sort_out(self, text: str) -> None:
        self._model.set(self._model.draft.with_server(text))
        self.show_draft()  # a password in it goes off the screen, also where nothing changed

    def _login_fields(self) -> None:
        model = self._model
        self._choice(
            "authentication.method",
            self.tr("Authentication"),
            [(method_text(each), each.value) for each in Method],
            lambda value: model.choose_method(Method(value)),
        )
        self._text("authentication.username", self.tr("User"), "username")
        kept = self.tr("Kept where it was kept, never among the settings.")
        write = lambda secret: model.change(password=secret)  # noqa: E731
        self._add(SecretField("authentication.password", self.tr("Password"), kept, write))
        self._add(self._client_secret_field(kept))

    def _client_secret_field(self, hint: str) -> SecretField:
        return SecretField(CLIENT_SECRET, self.tr("Client secret"), hint, self._write_client_secret)

    def _write_client_secret(self, secret: Secret | None) -> None:
        before = self._model.draft.client_secret
        old, new = (each.reveal() if each else "" for each in (before, secret))
        if not self.pasted_at(CLIENT_SECRET, old, new):
            self._model.change(client_secret=secret)

    def _oauth_fields(self) -> None:
        model = self._model
        self._choice(
            f"{_OAUTH}.grant",
            self.tr("Kind of client"),
            [],
            lambda value: model.change(redirect=Redirect(value)),
        )
        self._text(
            f"{_OAUTH}.client_id",
            self.tr("Client ID"),
            "client_id",
            write=lambda text: model.set(model.draft.with_client_id(text)),
        )
        self._text(
            f"{_OAUTH}.client_secret_expires",
            self.tr("Client secret ends"),
            "secret_expires",
            self.tr("As 2027-05-31. The list then reminds you of it."),
            optional=True,
        )
        self._text(f"{_OAUTH}.tenant", self.tr("Tenant"), "tenant")
        self._text(
            "project.domain",
            self.tr("Smart Flows domain"),
            "domain",
            self.tr("Kept for the whole project."),
        )
        copy = button(self.tr("Copy"), self._copy_uri, name=self.tr("Copy the redirect URI"))
        uri = self._text(
            f"{_OAUTH}.redirect_uri", self.tr("Redirect URI"), "", write=lambda _: None,
            beside=(copy,),
        )  # fmt: skip
        assert isinstance(uri.editor, QLineEdit)
        uri.editor.setReadOnly(True)
        uri.editor.setProperty("fixed", "true")
        self._text(f"{_OAUTH}.issuer", self.tr("Issuer"), "issuer")
        only = self.tr("Only where there is no issuer.")
        self._text(
            f"{_OAUTH}.authorization_endpoint",
            self.tr("Authorization endpoint"),
            "authorization_endpoint",
            only,
        )
        self._text(f"{_OAUTH}.token_endpoint", self.tr("Token endpoint"), "token_endpoint", only)
        self._text(f"{_OAUTH}.scopes", self.tr("Scopes"), "scopes", self.tr("Separated by spaces."))
        self._file(f"{_OAUTH}.ca_file", self.tr("Sign-in CA file"), "sign_in_ca_file")
        self._choice(
            f"{_OAUTH}.publishing_status",
            self.tr("Publishing status"),
            [(self.tr("In production"), _NO), (self.tr("Testing"), _YES)],
            lambda value: model.change(publishing="testing" if value == _YES else "production"),
            self.tr("In Testing, Google ends a sign-in after 7 days."),
        )

    def _copy_uri(self) -> None:
        QGuiApplication.clipboard().setText(self._model.draft.redirect_uri_to_register())
        announce(self._host, self.tr("Redirect URI copied"))

    def _people_fields(self) -> None:
        self._text("admin.email", self.tr("Admin user email address"), "admin_email")
        self._text("admin.name", self.tr("Admin user name"), "admin_name", optional=True)
        self._text("send_to", self.tr("Send to"), "send_to", optional=True)
        self._text("sender.address", self.tr("Sender address"), "sender_address", optional=True)
        self._text("sender.name", self.tr("Sender name"), "sender_name", optional=True)
        self._text("sender.reply_to", self.tr("Reply-To"), "reply_to", optional=True)

    def _file(self, key: str, label: str, value: str) -> None:
        choose = button(self.tr("Choose…"), lambda: None, name=self.tr("Choose: {0}").format(label))
        field = self._text(
            key,
            label,
            value,
            self.tr("Certificates (PEM) to trust as well."),
            optional=True,
            beside=(choose,),
        )
        edit = field.editor
        assert isinstance(edit, QLineEdit)
        choose.clicked.connect(
            partial(choose_certificates, self._host, label, lambda name: edit.setText(name))
        )

    def _advanced_fields(self) -> None:
        model = self._model
        self._file("server.ca_file", self.tr("CA file"), "ca_file")
        self._text("server.ehlo_name", self.tr("EHLO name"), "ehlo_name", optional=True)
        self._text(
            "server.timeout_s",
            self.tr("Timeout"),
            "timeout",
            self.tr("Seconds that each stage of a test may take."),
            optional=True,
        )
        self._choice(
            "server.allow_cleartext",
            self.tr("Send credentials in clear text"),
            [(self.tr("No, keep them protected"), _NO), (self.tr("Yes"), _YES)],
            self._cleartext_chosen,
        )
        pin = self._text(
            "server.pinned_certificate",
            self.tr("Pinned certificate"),
            "pinned_certificate",
            self.tr("Empty it, and the authorities are asked again."),
            optional=True,
        )
        pin.editor.setProperty("fixed", "true")
        self._choice(
            "server.address_family",
            self.tr("Address family"),
            [
                (self.tr("Automatic"), ""),
                *((each.replace("ip", "IP"), each) for each in ADDRESS_FAMILIES),
            ],
            lambda value: model.change(address_family=value),
        )
        self._choice(
            "authentication.mechanism",
            self.tr("Mechanism"),
            [(self.tr("Automatic"), "auto"), ("PLAIN", "PLAIN"), ("LOGIN", "LOGIN")],
            lambda value: model.change(mechanism=value),
            self.tr("Automatic takes the safest one that the server offers."),
        )

    def _cleartext_chosen(self, value: str) -> None:
        if value != _YES:
            self._model.change(allow_cleartext=False)
            return
        # Not before the answer: the choice alone is no consent.
        self._show_combo("server.allow_cleartext", _NO)
        ask_for_clear_text(self._host.window(), lambda yes: self._model.change(allow_cleartext=yes))

    # -- the same boxes elsewhere -------------------------------------------------------------

    def mirror(self, key: str) -> Field | None:
        """Another box for the same value, until `drop_mirrors`; None where there is none."""
        if key == CLIENT_SECRET:
            field: Field = self._client_secret_field("")
        elif key in self._writers:
            field = Field(key, field_label(key), line_edit(), write=self._writers[key])
        else:
            return None
        field.when_touched(self.mirror_touched)
        self.mirrors.append(field)
        return field

    def drop_mirrors(self) -> None:
        """What had them is closed."""
        self.mirrors = []

    # -- the draft on screen ------------------------------------------------------------------

    def show_draft(self) -> None:
        """Write the draft into the editors without being heard."""
        draft = self._model.draft
        self._offer_redirects(draft)
        texts = self._texts(draft)
        for field in (*(self.by_key[key] for key in texts), *self.mirrors):
            edit = field.editor
            if isinstance(edit, QLineEdit) and field.key in texts:
                show_text(edit, texts[field.key])
                if not edit.hasFocus():
                    edit.setCursorPosition(0)  # a long one shows its beginning
        self._server_before = draft.host
        for key, value in self._choices(draft).items():
            self._show_combo(key, value)
        for field in (*map(self.by_key.__getitem__, SECRETS), *self.mirrors):
            if isinstance(field, SecretField):
                kind = field.key.rpartition(".")[2]
                secret = draft.password if kind == "password" else draft.client_secret
                field.show_secret(secret, secret_state(draft, kind))
                if draft.secret_is_a_file() and kind != "password":
                    field.set_warning("")  # a key file may end in a line break
                else:
                    field.warn()
        self._show_remarks(draft)

    def _show_combo(self, key: str, value: str) -> None:
        combo = self.by_key[key].editor
        assert isinstance(combo, QComboBox)
        show_choice(combo, value)

    def _show_remarks(self, draft: ConnectorDraft) -> None:
        port = self.by_key["server.port"]
        belongs = draft.port_is_for()
        port.set_warning(port_text(int(draft.port), belongs) if belongs else "")
        _edit(port).setPlaceholderText(str(DEFAULT_PORTS[draft.security]))
        security = self.by_key["server.security"]
        security.set_warning(
            self.tr("Nothing is encrypted. Choose it only if the server offers nothing else.")
            if draft.security is Security.NONE
            else ""
        )
        _edit(self.by_key["send_to"]).setPlaceholderText(draft.admin_email)
        sender = draft.base.sender_address() if draft.base is not None else ""
        _edit(self.by_key["sender.address"]).setPlaceholderText(sender)

    def _offer_redirects(self, draft: ConnectorDraft) -> None:
        combo = self.by_key[f"{_OAUTH}.grant"].editor
        assert isinstance(combo, QComboBox)
        entry = self._catalogue.get(draft.provider)
        device_code = entry is None or entry.may_have_device_code
        service = draft.family_rules().app_grant is Grant.SERVICE_ACCOUNT
        offered = [
            (redirect_text(each, service_account=service), each.value)
            for each in offered_redirects(draft, device_code=device_code)
        ]
        if offered != [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())]:
            combo.blockSignals(True)
            combo.clear()
            for text, value in offered:
                combo.addItem(text, value)
            combo.blockSignals(False)

    @staticmethod
    def _texts(draft: ConnectorDraft) -> dict[str, str]:
        return {
            "name": draft.name,
            "description": draft.description,
            "server.host": draft.host,
            "server.port": draft.port,
            "authentication.username": draft.username,
            f"{_OAUTH}.client_id": draft.client_id,
            f"{_OAUTH}.client_secret_expires": draft.secret_expires,
            f"{_OAUTH}.tenant": draft.tenant,
            "project.domain": draft.domain,
            f"{_OAUTH}.redirect_uri": draft.redirect_uri_to_register(),
            f"{_OAUTH}.issuer": draft.issuer,
            f"{_OAUTH}.authorization_endpoint": draft.authorization_endpoint,
            f"{_OAUTH}.token_endpoint": draft.token_endpoint,
            f"{_OAUTH}.scopes": draft.scopes,
            f"{_OAUTH}.ca_file": draft.sign_in_ca_file,
            "admin.email": draft.admin_email,
            "admin.name": draft.admin_name,
            "send_to": draft.send_to,
            "sender.address": draft.sender_address,
            "sender.name": draft.sender_name,
            "sender.reply_to": draft.reply_to,
            "server.ca_file": draft.ca_file,
            "server.ehlo_name": draft.ehlo_name,
            "server.timeout_s": draft.timeout,
            "server.pinned_certificate": draft.pinned_certificate,
        }

    @staticmethod
    def _choices(draft: ConnectorDraft) -> dict[str, str]:
        return {
            "provider": draft.provider,
            "server.security": draft.security.value,
            "authentication.method": draft.method.value,
            f"{_OAUTH}.grant": draft.redirect.value,
            f"{_OAUTH}.publishing_status": _YES if draft.publishing == "testing" else _NO,
            "server.allow_cleartext": _YES if draft.allow_cleartext else _NO,
            "server.address_family": draft.address_family,
            "authentication.mechanism": draft.mechanism,
        }


def _edit(field: Field) -> QLineEdit:
    assert isinstance(field.editor, QLineEdit)
    return field.editor


def provider_brings(
    draft: ConnectorDraft, catalogue: Catalogue
) -> tuple[str, int, Security] | None:
    """Server, port and encryption of a known provider; None for a connection of one's own."""
    if draft.provider == CUSTOM:
        return None
    base = draft.base
    if base is not None and base.provider == draft.provider:
        return base.server.host, base.server.port, base.server.security
    found = catalogue.defaults_for(draft.provider)
    return (found.host, found.port, found.security) if found is not None else None
