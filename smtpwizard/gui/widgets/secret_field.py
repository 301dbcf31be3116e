"""A field for a secret: masked, shown on request, and said in words what the dots hide."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QPushButton

from smtpwizard.flow.asking import SecretState
from smtpwizard.gui.widgets.elements import set_tip
from smtpwizard.gui.widgets.fields import Field, line_edit, show_text
from smtpwizard.gui.widgets.icons import dress
from smtpwizard.messages.odd_characters import odd_hint
from smtpwizard.model.auth import Secret
from smtpwizard.model.odd_characters import odd_characters
from smtpwizard.model.secrets import without_line_end


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
        self.show_button.setProperty("bare", "true")
        self.show_button.setAutoDefault(False)
        self.show_button.setCheckable(True)
        self._name_button(shown=False)
        self.show_button.toggled.connect(self._show_or_hide)

    def secret(self) -> Secret | None:
        """What was typed, without a final line break; None when nothing was."""
        text = without_line_end(self.edit.text())
        return Secret(text) if text else None

    def show_secret(self, secret: Secret | None, state: SecretState) -> None:
        """Show what is typed, and what the field means while it is empty."""
        self.edit.setPlaceholderText(
            {
                SecretState.KEPT: self.tr("Kept; type to replace it"),
                SecretState.FETCHED: self.tr("Fetched by a helper command; type to replace it"),
                SecretState.KEY_FILE: self.tr(
                    "The content of the key file: choose it with Choose JSON…"
                ),
                SecretState.NEEDED: "",
                SecretState.OPTIONAL: "",
            }[state]
        )
        if self.secret() != secret:
            show_text(self.edit, secret.reveal() if secret else "")

    def warn(self) -> None:
        """Say in words what the dots hide."""
        text = self.edit.text()
        if len(text) >= self.edit.maxLength():
            self.set_warning(self.tr("Only the first 32 767 characters fit here."))
        elif text.endswith("\n"):
            self.set_warning(self.tr("The line break at the end was left out."))
        else:
            self.set_warning(odd_hint(odd_characters(text)))

    def _show_or_hide(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        self._name_button(shown=shown)

    def _name_button(self, *, shown: bool) -> None:
        """An eye alone: its words are in the tool tip and for assistive technology."""
        words = (self.tr("Hide {0}") if shown else self.tr("Show {0}")).format(self.name.lower())
        self.show_button.setAccessibleName(words)
        set_tip(self.show_button, words)
        dress(self.show_button, "eyeoff" if shown else "eye")
