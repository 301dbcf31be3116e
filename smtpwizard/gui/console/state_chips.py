"""The kinds of connectors as chips: they count, and show one kind while one is pressed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from smtpwizard.gui.console.connector_words import MARKS, kind_hint, kind_names
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.pill import Chip
from smtpwizard.usecases.list_rows import Kind


class StateChips(QWidget):
    """`chosen` comes with the kind to show, None for all of them; `shown` also where the program
    has pressed a chip."""

    chosen = Signal(object)
    shown = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._counts: Mapping[Kind, int] = {}
        names = kind_names()
        self.chips: dict[Kind | None, Chip] = {None: Chip(self.tr("All"))}
        for kind in Kind:
            self.chips[kind] = Chip(names[kind], MARKS[kind])
            self.chips[kind].setToolTip(kind_hint(kind))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        for chip in self.chips.values():
            self._group.addButton(chip)
            chip.clicked.connect(self._clicked)
        self.chips[None].setChecked(True)
        self.setLayout(FlowLayout(*self.chips.values()))
        self.setAccessibleName(self.tr("Show by state"))

    @property
    def kind(self) -> Kind | None:
        return next((kind for kind, chip in self.chips.items() if chip.isChecked()), None)

    def show_kind(self, kind: Kind | None) -> None:
        """Press a chip for the program: nobody has `chosen` it."""
        self.chips[kind].setChecked(True)
        self._show_used()
        self.shown.emit(kind)

    def show_counts(self, counts: Mapping[Kind, int]) -> None:
        """Say how many there are of each; what has none is not offered."""
        self.chips[None].show_count(sum(counts.values()))
        for kind in Kind:
            self.chips[kind].show_count(counts.get(kind, 0))
        self._counts = counts
        self._show_used()

    def _show_used(self) -> None:
        for kind in Kind:
            chip = self.chips[kind]
            chip.setVisible(bool(self._counts.get(kind)) or chip.isChecked())

    def _clicked(self) -> None:
        self._show_used()
        self.shown.emit(self.kind)
        self.chosen.emit(self.kind)
