"""Two people have edited one connector: what each has, field by field, and which to keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QGridLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.flow.edits import SECRETS, Whose, changed_by_me
from smtpwizard.gui.console.detail.words import value_text
from smtpwizard.gui.widgets.elements import (
    button,
    line,
    literal,
    plain_label,
    separator,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.messages.face import field_label
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.flow.edits import Contested

MAX_VALUE = 120


class TwoEditorsDialog(QDialog):
    """Asks for each field; `decided` comes with those to be kept as they are on screen.

    What only one of the two has changed is chosen already, what both have is not.
    """

    decided = Signal(object)

    def __init__(
        self,
        found: Sequence[Contested],
        provider_name: Callable[[str], str],
        parent: QWidget,
        *,
        save: bool,
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "tab:configuration")
        self.finished.connect(self.deleteLater)
        self._found = found
        self._provider_name = provider_name
        self.mine: dict[str, QRadioButton] = {}
        self.theirs: dict[str, QRadioButton] = {}
        self._groups: list[QButtonGroup] = []
        self.setWindowTitle(self.tr("Changed by two"))
        self.words = plain_label(
            self.tr("While you were editing, someone else saved this connector. Choose for each.")
        )
        self.state = plain_label(tone="muted")
        self.all_mine = button(self.tr("All of &mine"), self._choose_mine)
        self.all_theirs = button(self.tr("All of &theirs"), lambda: self._choose(self.theirs))
        keep = self.tr("&Save these") if save else self.tr("&Use these")
        self.keep_button = button(keep, self._keep)
        self.cancel_button = button(self.tr("Keep editing"), self.reject)
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        grid.setColumnStretch(3, 1)
        headings = ("", self.tr("Before"), self.tr("Yours"), self.tr("Theirs"))
        for column, text in enumerate(headings):
            grid.addWidget(plain_label(text, tone="quiet", wrap=False), 0, column)
        for number, each in enumerate(found):
            self._add_row(grid, 2 * number + 1, each)
        grid.setRowStretch(2 * len(found) + 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addWidget(plain_label(self.tr("Two have changed this connector"), heading="section"))
        layout.addWidget(self.words)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(self.state)
        layout.addLayout(
            line(self.all_mine, self.all_theirs, None, self.cancel_button, self.keep_button)
        )
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        height = em * (14 + 3 * len(found))
        self.resize(min(em * 48, room.width() * 9 // 10), min(height, room.height() * 8 // 10))
        self._show_state()

    def _add_row(self, grid: QGridLayout, row: int, each: Contested) -> None:
        name = field_label(each.field)
        before = "" if each.field in SECRETS else self._words(each.field, each.before)
        grid.addWidget(separator(), row, 0, 1, 4)
        grid.addWidget(plain_label(name, tone="strong", wrap=False), row + 1, 0)
        grid.addWidget(plain_label(before, tone="quiet"), row + 1, 1)
        group = QButtonGroup(self)
        sides = (
            (self.mine, each.mine, self.tr("{0}: mine, {1}"), Whose.MINE),
            (self.theirs, each.theirs, self.tr("{0}: theirs, {1}"), Whose.THEIRS),
        )
        for column, (radios, value, said, whose) in enumerate(sides, 2):
            text = self._words(each.field, value)
            radio = QRadioButton(literal(text))
            radio.setAccessibleName(said.format(name, text))
            radio.setChecked(each.whose is whose)
            radio.toggled.connect(self._show_state)
            group.addButton(radio)
            radios[each.field] = radio
            grid.addWidget(radio, row + 1, column)
        self._groups.append(group)

    def _words(self, field: str, value: object) -> str:
        return clean_text(value_text(field, value, self._provider_name), MAX_VALUE)

    def _choose_mine(self) -> None:
        """What only they have changed stays theirs."""
        mine = changed_by_me(self._found)
        for field, radio in self.theirs.items():
            (self.mine[field] if field in mine else radio).setChecked(True)

    def _choose(self, radios: dict[str, QRadioButton]) -> None:
        for radio in radios.values():
            radio.setChecked(True)

    def _show_state(self) -> None:
        missing = [
            field_label(field)
            for field, radio in self.mine.items()
            if not radio.isChecked() and not self.theirs[field].isChecked()
        ]
        self.state.setText(
            self.tr("Still to choose: {0}").format(self.tr(", ").join(missing)) if missing else ""
        )
        self.keep_button.setEnabled(not missing)
        set_next_step(self.keep_button if not missing else None, self)

    def _keep(self) -> None:
        mine = [field for field, radio in self.mine.items() if radio.isChecked()]
        self.accept()
        self.decided.emit(mine)
