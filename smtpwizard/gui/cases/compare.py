"""Two sides beside each other: only what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smtpwizard.gui.results.differences import DifferencesView
from smtpwizard.gui.widgets.elements import button, line, plain_label

if TYPE_CHECKING:
    from smtpwizard.cases.compare import Difference


class CompareDialog(QDialog):
    """Only what differs between two sides, called `first` and `second`."""

    def __init__(
        self, parent: QWidget, found: Sequence[Difference], first: str, second: str
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "tab:history")
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Compare"))
        self.words = plain_label(
            self.tr("Nothing differs: settings, stages, replies and causes are the same.")
        )
        self.words.setVisible(not found)
        self.differences = DifferencesView()
        self.differences.show_two(
            found, first, second, self.tr("Times, ports of this computer and ids never count.")
        )
        self.differences.setVisible(bool(found))
        self.close_button = button(self.tr("Close"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        self.heading = plain_label(self.tr("{0} and {1}").format(first, second), heading="page")
        column.addWidget(self.heading)
        column.addWidget(self.words)
        column.addWidget(self.differences, 1)
        if not found:
            column.addStretch(1)
        column.addLayout(line(None, self.close_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        height = em * 40 if found else em * 10
        self.close_button.setFocus()
        self.resize(min(em * 54, room.width() * 9 // 10), min(height, room.height() * 9 // 10))
