"""One field with its new value, in the changes that are tried against a case."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from smtpwizard.cases.answer import CHANGEABLE
from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.fields import combo_box, line_edit, show_choice
from smtpwizard.messages.answers import setting_text
from smtpwizard.messages.face import Face, field_label
from smtpwizard.messages.security import OFFERED, security_name
from smtpwizard.model.connector import Method
from smtpwizard.usecases.open_case import OpenedCase


class ChangeRow(QObject):
    """Which field, and what it shall say: typed, or chosen where it has few values; at `place` in
    the grid. `removed`: it is not wanted any more."""

    removed = Signal()

    def __init__(self, case: OpenedCase, place: int, grid: QGridLayout) -> None:
        super().__init__(grid)
        self._case = case
        self.field = combo_box([(field_label(key), key) for key in CHANGEABLE])
        self.value = line_edit()
        self.choice = combo_box([])
        self._choices: dict[str, list[tuple[str, str]]] = {
            "server.security": [(security_name(each), each.value) for each in OFFERED],
            "server.allow_cleartext": [(self.tr("No"), "false"), (self.tr("Yes"), "true")],
            "authentication.method": [(self._method(each.value), each.value) for each in Method],
        }
        self._field_name = plain_label(tone="muted", wrap=False)
        self._field_name.setBuddy(self.field)
        self._value_name = plain_label(tone="muted", wrap=False)
        self.remove_button = button(self.tr("Remove"), self.removed.emit, quiet=True)
        self._number = 0
        top = 2 * place
        grid.addWidget(self._field_name, top, 0)
        grid.addWidget(self._value_name, top, 1)
        grid.addWidget(self.field, top + 1, 0)
        for widget in (self.value, self.choice):
            grid.addWidget(widget, top + 1, 1)
        grid.addWidget(self.remove_button, top + 1, 2)
        self.field.currentIndexChanged.connect(lambda _: self._show_field())
        self._show_field()

    def set_number(self, number: int, *, alone: bool) -> None:
        """Which one it is of those that there are; one that is `alone` stays."""
        self._number = number
        self._field_name.setText(self.tr("Field {0}").format(number))
        self.field.setAccessibleName(self._field_name.text())
        for widget in (self.value, self.choice):
            widget.setAccessibleName(self.tr("New value {0}").format(number))
        self.choice.view().setAccessibleName(self.choice.accessibleName())
        self.remove_button.setAccessibleName(self.tr("Remove field {0}").format(number))
        self.remove_button.setVisible(not alone)
        self._say_present()

    def take_away(self) -> None:
        """Leave the grid."""
        for widget in (
            *(self._field_name, self._value_name, self.field),
            *(self.value, self.choice, self.remove_button),
        ):
            widget.hide()
            widget.deleteLater()

    @property
    def key(self) -> str:
        """The dotted path of the field."""
        return str(self.field.currentData())

    def text(self) -> str:
        """The new value, empty where there is none yet."""
        if self.key in self._choices:
            return str(self.choice.currentData() or "")
        return self.value.text().strip()

    def show(self, key: str, text: str) -> None:
        """Have it say this."""
        show_choice(self.field, key)
        self._show_field()
        if key in self._choices:
            show_choice(self.choice, text)
        else:
            self.value.setText(text)

    def editor(self) -> QWidget:
        """What takes the new value."""
        return self.choice if self.key in self._choices else self.value

    def _show_field(self) -> None:
        choices = self._choices.get(self.key)
        self.value.setVisible(choices is None)
        self.choice.setVisible(choices is not None)
        self._value_name.setBuddy(self.editor())
        present = self._case.present(self.key)
        self._say_present()
        if choices is not None:
            other = [each for each in choices if each[1] != present.lower()]
            _offer(self.choice, [("", ""), *other])
        self.value.clear()

    def _say_present(self) -> None:
        present = self._case.present(self.key)
        now = self._shown(present) if present else self.tr("empty")
        words = self.tr("New value {0} – now: {1}").format(self._number, now)
        self._value_name.setText(words)

    def _shown(self, value: str) -> str:
        if self.key == "authentication.method":
            return self._method(value)
        return setting_text(self.key, value, Face.WINDOW)

    def _method(self, value: str) -> str:
        names = {"oauth": self.tr("OAuth"), "basic": self.tr("Basic")}
        return names.get(value, self.tr("No authentication"))


def _offer(combo: QComboBox, choices: list[tuple[str, str]]) -> None:
    combo.clear()
    for text, value in choices:
        combo.addItem(text, value)
