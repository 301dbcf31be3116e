"""The bar at the foot of a form: what is not saved yet, and the two ways on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from smtpwizard.gui.widgets.elements import button, plain_label, set_next_step
from smtpwizard.gui.widgets.icons import IconLabel


class SaveBar(QFrame):
    """Hidden while nothing is changed; `saved` and `reset` are what the user wants."""

    saved = Signal()
    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "outlined")
        self.count = plain_label(tone="strong", wrap=False)
        self.names = plain_label()
        self.reset_button = button(self.tr("Reset"), self.reset.emit)
        self.save_button = button(self.tr("Save changes"), self.saved.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(8)
        row.addWidget(IconLabel("warning"))
        row.addWidget(self.count)
        row.addWidget(self.names, 1)
        row.addWidget(self.reset_button)
        row.addWidget(self.save_button)
        self.hide()

    def show_changes(self, names: Sequence[str], *, complete: bool = True) -> None:
        """Name the changed fields; `complete` says whether they can be saved as they are."""
        many = self.tr("{0} changes are not saved:").format(len(names))
        self.count.setText(self.tr("1 change is not saved:") if len(names) == 1 else many)
        self.names.setText(self.tr(", ").join(names))
        self.save_button.setEnabled(complete)
        self.setVisible(bool(names))
        if names and complete:
            set_next_step(self.save_button)
