"""What stands where there is nothing to show: a mark, one strong line, a muted one, one action."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout

from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.icons import IconLabel


class EmptyState(QFrame):
    """Says why nothing is there, and what to do about it."""

    def __init__(
        self, icon: str, title: str, text: str, act: str, then: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setProperty("card", "true")
        centre = Qt.AlignmentFlag.AlignHCenter
        self.title = plain_label(title, tone="strong")
        self.text = plain_label(text, tone="quiet")
        self.button = button(act, then)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(IconLabel(icon, "text", 28), 0, centre)
        for label in (self.title, self.text):
            label.setAlignment(centre)
            column.addWidget(label)
        column.addWidget(self.button, 0, centre)
        column.addStretch(1)
