"""The application's settings: each is saved as soon as it is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QCheckBox,
    QFrame,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.console.moving_secrets import MovingSecrets
from smtpwizard.gui.console.place import Place, Surroundings
from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.tasks import Outcome, StoreWaits
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.choices import ChoiceList, ChoiceRow
from smtpwizard.gui.widgets.code_box import CodeBox
from smtpwizard.gui.widgets.dialogs import ask, choose_certificates
from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    card,
    plain_label,
    say_done,
    value_label,
)
from smtpwizard.gui.widgets.fields import (
    Field,
    line_edit,
    scroll_to,
    scrolling,
    show_checked,
    show_text,
)
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.style import set_theme, theme_in_force
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.settings import wrong_value_text
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.settings import (
    CA_FILE,
    CONNECT_TO,
    NAME_SERVER,
    NOTIFICATIONS,
    OFFLINE,
    RUNS,
    SECRET_STORE,
    check_setting,
)
from smtpwizard.usecases.theme import THEME, THEMES

if TYPE_CHECKING:
    from smtpwizard.usecases.settings_in_force import InForce


class SettingsPage(Place):
    """What is typed is saved when its field is left; what will not do stays there and says so."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around.within)
        self._around = around
        self._ws, self._runner = around.ws, around.runner
        self.shown: InForce | None = None
        self._tried: str | None = None
        """The secret store that was chosen, and is being tried before that counts."""
        self._unusable: frozenset[str] = frozenset()
        """The secret stores that could not be used at the last look."""
        self.fields: dict[str, Field] = {}
        self.sections: list[QFrame] = []
        self.fault = Banner("failed", small=True)
        self.fault.hide()
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(RING_ROOM, RING_ROOM, 12, RING_ROOM)
        self._column.setSpacing(16)
        content.setMaximumWidth(self.fontMetrics().height() * 46)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content))
        self._column.addWidget(self.fault)
        self._build_look()
        self._build_secrets()
        self._build_folder()
        self._build_notifications()
        self._build_network()
        self._column.addStretch(1)
        around.window.settings_changed.connect(self._read_if_shown)

    # -- building -----------------------------------------------------------------------------

    def _section(self, title: str) -> QVBoxLayout:
        frame = card()
        frame.setAccessibleName(title)
        column = QVBoxLayout(frame)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(12)
        column.addWidget(plain_label(title, heading="section"))
        self.sections.append(frame)
        self._column.addWidget(frame)
        return column

    def _rows(
        self, title: str, choices: Sequence[tuple[str, str, str]], name: str
    ) -> tuple[ChoiceList, dict[str, ChoiceRow]]:
        """Radio rows of (value, text, note) that change the setting of that name."""
        rows = {value: ChoiceRow(text, note) for value, text, note in choices}
        frame = ChoiceList(rows.values())
        frame.setAccessibleName(title)
        group = QButtonGroup(frame)
        for value, row in rows.items():
            group.addButton(row.radio)
            row.radio.toggled.connect(partial(self._chosen, name, value))
        return frame, rows

    def _field(
        self,
        name: str,
        label: str,
        hint: str,
        *,
        rest: str = "",
        beside: Sequence[QPushButton] = (),
    ) -> Field:
        edit = line_edit()
        field = Field(name, label, edit, hint, rest=rest, beside=beside)
        edit.editingFinished.connect(partial(self._left_field, field))
        self.fields[name] = field
        return field

    def _build_look(self) -> None:
        column = self._section(self.tr("Look"))
        column.addWidget(plain_label(self.tr("Theme"), tone="strong"))
        texts = {
            "system": (self.tr("As the desktop"), self.tr("Light or dark, in its colours.")),
            "light": (self.tr("Light"), ""),
            "dark": (self.tr("Dark"), ""),
        }
        frame, self.themes = self._rows(
            self.tr("Theme"), [(theme, *texts[theme]) for theme in THEMES], THEME
        )
        column.addWidget(frame)

    def _build_secrets(self) -> None:
        column = self._section(self.tr("Secrets"))
        column.addWidget(plain_label(self.tr("New secrets go to"), tone="strong"))
        frame, self.stores = self._rows(
            self.tr("New secrets go to"),
            [
                ("keyring", self.tr("The system's keyring"), ""),
                ("file", self.tr("The encrypted file"), ""),
            ],
            SECRET_STORE,
        )
        self.store_note = plain_label(tone="muted")
        self.passphrase_button = button(self.tr("Change the &passphrase…"), self._passphrase)
        self.moving = MovingSecrets(self._around)
        self.moving.changed.connect(self._moving_changed)
        self.look_button = button(self.tr("Look again"), self._look_at_stores)
        self.look_button.setAccessibleDescription(
            self.tr("Looks whether the secret stores can be used now.")
        )
        self.look_button.hide()
        for widget in (frame, self.store_note, self.moving):
            column.addWidget(widget)
        column.addLayout(FlowLayout(self.passphrase_button, self.look_button))

    def _build_folder(self) -> None:
        column = self._section(self.tr("Data folder"))
        column.addWidget(
            plain_label(
                self.tr("Connectors, projects, settings and history lie here."), tone="quiet"
            )
        )
        self.folder = value_label("", self.tr("Data folder"))
        self.folder.setWordWrap(True)
        self.folder.setProperty("fixed", "true")
        self.open_button = button(self.tr("&Open the folder"), self._open_folder, icon="folder")
        self.copy_button = button(
            self.tr("Copy"), self._copy_folder, name=self.tr("Copy the data folder"), icon="copy"
        )
        column.addWidget(self.folder)
        column.addLayout(FlowLayout(self.open_button, self.copy_button))
        column.addWidget(plain_label(self.tr("Another one is given at the start:"), tone="muted"))
        command = "smtpwizard --data-dir FOLDER"
        column.addWidget(CodeBox(command, self.tr("the command")))

    def _build_notifications(self) -> None:
        column = self._section(self.tr("Notifications"))
        field = self._field(
            NOTIFICATIONS,
            self.tr("Sta&y for"),
            self.tr("0: until they are closed. Failures always stay."),
            rest=self.tr("– seconds"),
        )
        column.addWidget(field.box)
        column = self._section(self.tr("History"))
        field = self._field(
            RUNS,
            self.tr("Tests &kept"),
            self.tr("Of each connector. Older ones go when the next is recorded."),
        )
        column.addWidget(field.box)

    def _build_network(self) -> None:
        column = self._section(self.tr("Network"))
        column.addWidget(
            plain_label(
                self.tr(
                    "For looking things up, such as the settings for an address. Nothing of this "
                    "is for a test, a sign-in or an email."
                ),
                tone="quiet",
            )
        )
        choose = button(self.tr("Choose…"), self._choose_ca, name=self.tr("Choose the CA file"))
        for field in (
            self._field(
                NAME_SERVER,
                self.tr("&Name server"),
                self.tr("Empty: the one of this computer. Otherwise its address."),
                rest=self.tr("– optional"),
            ),
            self._field(
                CONNECT_TO,
                self.tr("Connec&t to"),
                self.tr("Go elsewhere for a host and port: HOST:PORT:ADDRESS:PORT."),
                rest=self.tr("– optional"),
            ),
            self._field(
                CA_FILE,
                self.tr("CA file fo&r look-ups"),
                self.tr("Certificates (PEM) to trust as well when the web is asked."),
                rest=self.tr("– optional"),
                beside=(choose,),
            ),
        ):
            column.addWidget(field.box)
        self.offline = QCheckBox(self.tr("&Look nothing up"))
        self.offline.setAccessibleDescription(
            self.tr("Only what is known on this computer answers then.")
        )
        self.offline.toggled.connect(lambda on: self._save(OFFLINE, "true" if on else "false"))
        column.addWidget(self.offline)
        column.addWidget(plain_label(self.tr("Proxies found in the environment"), tone="strong"))
        self.proxies = value_label("", self.tr("Proxies found in the environment"))
        self.proxies.setWordWrap(True)
        column.addWidget(self.proxies)

    # -- showing ------------------------------------------------------------------------------

    def arrive(self) -> None:
        self._runner.submit(partial(jobs.read_settings, self._ws), self._arrived, owner=self)
        self._look_at_stores()

    def _look_at_stores(self) -> None:
        self._runner.submit(partial(jobs.look_at_stores, self._ws), self._looked, owner=self)

    def _looked(self, outcome: Outcome) -> None:
        if outcome.value is None or self._tried is not None:
            return
        self._unusable = outcome.value
        if self.shown is not None:
            self._show(self.shown)

    def _read_if_shown(self) -> None:
        if self.isVisible():
            self.arrive()

    def _arrived(self, outcome: Outcome) -> None:
        if outcome.value is not None:
            self._show(outcome.value)

    def _show(self, now: InForce) -> None:
        """Show what is in force; a field that somebody types in, or that is wrong, stays."""
        self.shown = now = now._replace(unusable=self._unusable)
        for theme, row in self.themes.items():
            row.show_chosen(theme == now.values[THEME])
        self._wear()
        for store, row in self.stores.items():
            counts = now.chosen or now.store not in now.unusable
            row.show_chosen(store == (self._tried or (now.store if counts else "")))
            row.set_note(self._store_note(store, now))
        self._show_store(now)
        self.folder.setText(breakable(now.folder))
        self.open_button.setEnabled(now.folder_exists)
        self.open_button.setToolTip(
            "" if now.folder_exists else self.tr("It is made when something is saved.")
        )
        for field in self.fields.values():
            edit = field.editor
            assert isinstance(edit, QLineEdit)
            typing = edit.hasFocus() and edit.isModified()
            if not field.error and not typing:
                self._show_value(field, now)
        show_checked(self.offline, now.values[OFFLINE])
        proxies = "\n".join(f"{name} = {value}" for name, value in now.proxies)
        self.proxies.setText(breakable(proxies) or self.tr("None"))
        self._show_fault(now)

    def _show_fault(self, now: InForce) -> None:
        """Settings that cannot be written are shown, and cannot be changed."""
        if now.fault is not None:
            code, facts = now.fault
            self.fault.show_text(
                self.tr("These settings can only be looked at"),
                error_text(code, facts, Face.WINDOW),
            )
        self.fault.setVisible(now.fault is not None)
        free = now.fault is None
        for row in (*self.themes.values(), *self.stores.values()):
            row.radio.setEnabled(free)
        for store, row in self.stores.items():
            tried = self._tried is not None and store != self._tried
            unusable = store in now.unusable and store != self._tried
            if now.store == "session" or self.moving.running or tried or unusable:
                row.radio.setEnabled(False)
        for field in self.fields.values():
            assert isinstance(field.editor, QLineEdit)
            field.editor.setReadOnly(not free)
            for widget in field.beside:
                widget.setEnabled(free)
        self.offline.setEnabled(free)
        there = now.has_encrypted_file
        self.passphrase_button.setText(
            self.tr("Change the &passphrase…") if there else self.tr("Set a &passphrase…")
        )
        wanted = there or now.store == "file"
        self.passphrase_button.setEnabled(free and wanted and not self.moving.running)

    def _store_note(self, store: str, now: InForce) -> str:
        count = now.kept.get(store, 0)
        if store in now.unusable:
            about = self.tr("Cannot be used on this computer.")
            one = self.tr("1 secret lies in it, out of reach until it can.")
            many = self.tr("{0} secrets lie in it, out of reach until it can.")
        else:
            one, many = self.tr("1 secret lies in it."), self.tr("{0} secrets lie in it.")
            if store == "file":
                about = self.tr("Opened with a passphrase, once in each session.")
            else:
                about = self.tr("Opened with your login.")
        kept = one if count == 1 else many.format(count) if count else ""
        return f"{about} {kept}".strip()

    def _show_store(self, now: InForce) -> None:
        if now.store == "session":
            text = self.tr("This window keeps secrets for this session only.")
        elif now.store == "keyring" and "keyring" in now.unusable:
            text = self.tr(
                "Until another is chosen, saving a secret asks where it goes: to the encrypted "
                "file, or nowhere beyond this session."
            )
        elif now.store in now.unusable:
            text = self.tr("Until it can be used or another is chosen, no new secret is kept.")
        elif now.store == "file" and not now.has_encrypted_file:
            text = self.tr(
                "There is no such file yet. You choose its passphrase, of at least 8 characters, "
                "now or when the first secret is saved. Nobody can recover it."
            )
        else:
            text = ""
        self.store_note.setText(text)
        self.store_note.setVisible(bool(text))
        self.look_button.setVisible(bool(now.unusable))
        self.moving.show_settings(now)

    def _moving_changed(self) -> None:
        """Nothing about stores is changed while secrets move; then the rest is read again."""
        if self.shown is not None:
            self._show_fault(self.shown)
        if not self.moving.running:
            self.arrive()

    # -- changing -----------------------------------------------------------------------------

    def _chosen(self, name: str, value: str, checked: bool) -> None:
        if not checked:
            return
        if name == SECRET_STORE:
            self._try_store(value)
        self._save(name, value)

    def _try_store(self, store: str) -> None:
        """Say that a store is looked at, which counts only once it can be used."""
        self._tried = store
        self.stores[store].set_note(self.tr("Looking whether it can be used…"))
        if self.shown is not None:
            self._show_fault(self.shown)

    def _hear(self, message: object) -> None:
        if isinstance(message, StoreWaits) and self._tried is not None:
            self.stores[self._tried].set_note(store_waits_message())

    def _left_field(self, field: Field) -> None:
        """Save what was typed; what will not do is said, and nothing is saved."""
        edit = field.editor
        assert isinstance(edit, QLineEdit)
        text = edit.text().strip()
        try:
            check_setting(field.key, text)
        except UsageError:
            field.touch()
            field.set_error(wrong_value_text(field.key))
            return
        field.set_error("")
        known = self.shown.values[field.key] if self.shown is not None else None
        edit.setModified(False)
        if text != ("" if known is None else str(known)):
            self._save(field.key, text)

    def _put_back(self, field: Field) -> None:
        field.set_error("")
        if self.shown is not None:
            self._show_value(field, self.shown)

    def _show_value(self, field: Field, now: InForce) -> None:
        value = now.values[field.key]
        assert isinstance(field.editor, QLineEdit)
        show_text(field.editor, "" if value is None else str(value))
        field.editor.setModified(False)

    def _save(self, name: str, text: str) -> None:
        self._runner.submit(
            partial(jobs.change_setting, self._ws, name, text),
            partial(self._saved, name),
            self._hear,
            owner=self,
            must_finish=True,
        )

    def _saved(self, name: str, outcome: Outcome) -> None:
        if name == SECRET_STORE:
            if outcome.value is not None and self._tried is not None:
                self._unusable -= {self._tried}
            self._tried = None
        if outcome.value is not None:
            self._show(outcome.value)
            if name == NOTIFICATIONS:
                self._around.zone.seconds = outcome.value.values[NOTIFICATIONS]
            if name == SECRET_STORE:
                self.moving.ask_to_move()
            return
        self._around.zone.say("failed", self.tr("Not saved"), error_message(outcome.error))
        self.arrive()  # as it was

    def _wear(self) -> None:
        """The theme that was chosen, here or elsewhere."""
        application = QApplication.instance()
        if self.shown is None or not isinstance(application, QApplication):
            return
        wanted = self.shown.values[THEME]
        if wanted != theme_in_force():
            set_theme(application, wanted)

    def _choose_ca(self) -> None:
        field = self.fields[CA_FILE]

        def take(path: str) -> None:
            assert isinstance(field.editor, QLineEdit)
            field.editor.setText(path)
            self._left_field(field)

        choose_certificates(self.window(), self.tr("Choose the CA file"), take)

    # -- buttons ------------------------------------------------------------------------------

    def _passphrase(self) -> None:
        recovery = self._around.window.recovery()
        if self.shown is not None and self.shown.has_encrypted_file:
            recovery.change_passphrase(self.window())
        else:
            recovery.set_passphrase(self.window(), self._passphrase_set)

    def _passphrase_set(self, error: Exception | None) -> None:
        zone = self._around.zone
        if error is None:
            zone.say("passed", self.tr("The encrypted file has its passphrase"))
        else:
            zone.say("failed", self.tr("Not saved"), error_message(error))
        self.arrive()

    def _open_folder(self) -> None:
        if self.shown is not None:
            self._runner.submit(
                partial(jobs.open_folder, self.shown.folder), self._opened, owner=self
            )

    def _opened(self, outcome: Outcome) -> None:
        if not outcome.value:
            text = self.tr("Nothing here opens folders. Copy its name.")
            self._around.zone.say("failed", self.tr("Not opened"), text)

    def _copy_folder(self) -> None:
        if self.shown is not None:
            QGuiApplication.clipboard().setText(self.shown.folder)
            say_done(self.copy_button, self.tr("Copied"))

    # -- Place --------------------------------------------------------------------------------

    def take_focus(self) -> None:
        rows = [row for row in self.themes.values() if row.radio.isChecked()]
        (rows or list(self.themes.values()))[0].radio.setFocus()

    def zones(self) -> list[QWidget]:
        chosen = [
            next((row.radio for row in rows.values() if row.radio.isChecked()), None)
            for rows in (self.themes, self.stores)
        ]
        edits: list[QWidget] = [field.editor for field in self.fields.values()]
        return [*(each for each in chosen if each is not None), self.copy_button, *edits]

    @property
    def unsaved(self) -> int:
        return sum(bool(field.error) for field in self.fields.values())

    def leave(self, then: Callable[[], object]) -> None:
        """What will not do is not saved: that is asked about once."""
        focused = QApplication.focusWidget()
        for field in self.fields.values():
            if field.editor is focused:
                self._left_field(field)
        wrong = [field for field in self.fields.values() if field.error]
        if not wrong:
            then()
            return

        def answered(yes: bool) -> None:
            if yes:
                for field in wrong:
                    self._put_back(field)
                then()
            else:
                wrong[0].editor.setFocus(Qt.FocusReason.OtherFocusReason)
                scroll_to(wrong[0].box)

        names = self.tr(", ").join(field.name for field in wrong)
        ask(
            self.window(),
            self.tr("Settings"),
            self.tr("Leave it as it was: {0}?").format(names),
            self.tr("What stands there will not do, and is not saved."),
            self.tr("Leave it"),
            self.tr("Keep editing"),
            answered,
        )
