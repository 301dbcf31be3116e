"""Dialogs for secrets that cannot be kept or read: another store, a passphrase, or a consent."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.widgets.elements import plain_label
from smtpwizard.gui.widgets.fields import Field, FieldForm, line_edit
from smtpwizard.messages.face import field_label
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import check_new_passphrase


class ConsentDialog(QDialog):
    """A stored secret was given for something else than the connector's file says now."""

    def __init__(self, parent: QWidget, error: SecretStoreError) -> None:
        from smtpwizard.usecases.kept_secrets import BoundElsewhere  # noqa: PLC0415 - brought in by who raised it

        assert isinstance(error, BoundElsewhere)
        super().__init__(parent)
        self.refused = error
        self.setWindowTitle(self.tr("Stored password"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(6)
        name = clean_text(error.stored.connector.name, 200)
        heading = self.tr("“{0}” was changed outside of this program").format(name)
        layout.addWidget(plain_label(heading, heading="true"))
        layout.addWidget(
            plain_label(
                self.tr(
                    "Its stored password was given for other settings. Nothing was sent. Use it "
                    "for the settings as they are now only if you know of the change."
                )
            )
        )
        layout.addSpacing(6)
        for each in error.differences:
            before, after = (clean_text(text) or "–" for text in (each.before, each.after))
            words = self.tr("{0}: given for {1}, now {2}")
            layout.addWidget(plain_label(words.format(field_label(each.field), before, after)))
        layout.addSpacing(8)
        box, go = _buttons(self)
        go.setText(self.tr("Use the stored password"))
        go.setDefault(False)
        # Esc, and Enter too: what is done without reading it does no harm.
        for push in box.findChildren(QPushButton):
            push.setAutoDefault(False)
            push.setDefault(push is not go)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("M") * 34)
        layout.addWidget(box)


class StoreDialog(QDialog):
    """No usable keyring: keep secrets for this session, in an encrypted file, or not at all."""

    def __init__(self, parent: QWidget, said: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Where to keep the password"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(6)
        layout.addWidget(
            plain_label(self.tr("The system's keyring cannot be used"), heading="true")
        )
        layout.addWidget(plain_label(said))
        layout.addSpacing(6)
        layout.addWidget(plain_label(self.tr("Nothing was saved yet. Keep the password …")))
        self._session = QRadioButton(self.tr("For this &session only"))
        self._file = QRadioButton(self.tr("In a file &encrypted with a passphrase"))
        group = QButtonGroup(self)
        for radio, text in (
            (self._file, self.tr("Asked for once in each session.")),
            (self._session, self.tr("Gone when the program ends; you type it again next time.")),
        ):
            group.addButton(radio)
            radio.setAccessibleDescription(text)
            note = plain_label(text, tone="hint")
            note.setContentsMargins(28, 0, 0, 4)
            layout.addWidget(radio)
            layout.addWidget(note)
        self._file.setChecked(True)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("M") * 34)
        layout.addSpacing(8)
        layout.addWidget(_buttons(self)[0])

    def choice(self) -> str:
        """The name of the chosen store."""
        return "session" if self._session.isChecked() else "file"


class PassphraseDialog(QDialog):
    """Asks for the passphrase of the encrypted file; twice when it is a new one."""

    def __init__(self, parent: QWidget, *, new: bool, said: str) -> None:
        super().__init__(parent)
        self._new = new
        self.setWindowTitle(self.tr("Passphrase"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(6)
        layout.addWidget(
            plain_label(
                self.tr("Choose a passphrase for the encrypted file. Nobody can recover it.")
                if new
                else self.tr("The passwords lie in an encrypted file. Its passphrase opens it.")
            )
        )
        layout.addSpacing(4)
        grid = FieldForm()
        self.first = line_edit(secret=True)
        self.first_field = grid.add(Field("passphrase", self.tr("&Passphrase"), self.first, " "))
        self.second = line_edit(secret=True)
        self.second_field = Field("repeat", self.tr("&Repeat passphrase"), self.second, " ")
        if new:
            grid.add(self.second_field)
        layout.addLayout(grid)
        box, self.go = _buttons(self)
        layout.addSpacing(8)
        layout.addWidget(box)
        self._check()
        for edit in (self.first, self.second):
            edit.textChanged.connect(self._check)
        if said:
            self.first_field.set_error(said)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("M") * 32)

    def passphrase(self) -> Secret:
        return Secret(self.first.text())

    def _check(self) -> None:
        text = self.first.text()
        refused = _refusal(text) if self._new else ""
        differs = self._new and self.second.text() != text
        self.first_field.set_error(refused)
        self.second_field.set_error(
            self.tr("The two differ") if differs and self.second.text() else ""
        )
        self.go.setEnabled(bool(text) and not refused and not differs)


class ChangePassphraseDialog(QDialog):
    """Asks for the passphrase there is and, twice, for the new one.

    `wanted` comes with both; the dialog stays until `end` says what came of it.
    """

    wanted = Signal(object, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self._changing = False
        self.setWindowTitle(self.tr("Change the passphrase"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(6)
        layout.addWidget(
            plain_label(
                self.tr(
                    "The encrypted file of passwords gets another passphrase. "
                    "Nobody can recover it."
                )
            )
        )
        layout.addSpacing(4)
        grid = FieldForm()
        self.old, self.new, self.again = (line_edit(secret=True) for _ in range(3))
        self.old_field = grid.add(Field("old", self.tr("&Present passphrase"), self.old, " "))
        self.new_field = grid.add(Field("new", self.tr("&New passphrase"), self.new, " "))
        self.again_field = grid.add(Field("repeat", self.tr("&Repeat passphrase"), self.again, " "))
        layout.addLayout(grid)
        box, self.go = _buttons(self)
        box.accepted.disconnect(self.accept)
        box.accepted.connect(self._go_ahead)
        layout.addSpacing(8)
        layout.addWidget(box)
        for edit in (self.old, self.new, self.again):
            edit.textChanged.connect(self._check)
        self._check()
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("M") * 32)

    def end(self, error: Exception | None) -> None:
        """The change is made, or it is not."""
        self._changing = False
        if error is None:
            self.accept()
            return
        self._check()
        self.old_field.set_error(error_message(error))
        self.old.setFocus()
        self.old.selectAll()

    def _go_ahead(self) -> None:
        self._changing = True
        self.go.setEnabled(False)
        self.wanted.emit(Secret(self.old.text()), Secret(self.new.text()))

    def _check(self) -> None:
        refused = _refusal(self.new.text())
        differs = self.new.text() != self.again.text()
        self.old_field.set_error("")
        self.new_field.set_error(refused)
        self.again_field.set_error(
            self.tr("The two differ") if differs and self.again.text() else ""
        )
        typed = bool(self.old.text() and self.new.text())
        self.go.setEnabled(typed and not (refused or differs or self._changing))


def _refusal(text: str) -> str:
    """Why a new passphrase is refused; empty for a good one, and while there is none."""
    if text:
        try:
            check_new_passphrase(Secret(text))
        except SecretStoreError as error:
            return error_message(error)
    return ""


def _buttons(dialog: QDialog) -> tuple[QDialogButtonBox, QPushButton]:
    """Continue and Cancel, and the button that continues."""
    box = QDialogButtonBox()
    go = box.addButton(dialog.tr("Continue"), QDialogButtonBox.ButtonRole.AcceptRole)
    box.addButton(dialog.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
    go.setDefault(True)
    box.accepted.connect(dialog.accept)
    box.rejected.connect(dialog.reject)
    return box, go
