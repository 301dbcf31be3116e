"""Something to be typed or sent literally, with a button that copies it."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout

from smtpwizard.gui.widgets.elements import announce, button, value_label


class CodeBox(QFrame):
    """One literal text in fixed pitch; `name` says what it is."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        self.setProperty("card", "sunken")
        self.label = value_label(text, name)
        self.label.setProperty("fixed", "true")
        self.label.setWordWrap(True)
        self.copy_button = button(
            self.tr("Copy"), self._copy, name=self.tr("Copy {0}").format(name), quiet=True
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 4, 4)
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.copy_button)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.label.text())
        announce(self.copy_button, self.tr("Copied"))
