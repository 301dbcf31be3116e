"""Two sides beside each other: only what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QHBoxLayout, QTableWidgetItem, QVBoxLayout, QWidget

from smtpwizard.gui.results.fact_table import fact_table, fit_rows
from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.messages.comparing import difference_text, part_title
from smtpwizard.messages.face import Face

if TYPE_CHECKING:
    from smtpwizard.cases.compare import Difference


class DifferenceTable(QWidget):
    """What differs, in two columns."""

    def __init__(self, name: str, first: str, second: str) -> None:
        super().__init__()
        self.table = fact_table(
            name, [self.tr("Part"), self.tr("What"), first, second], 0, stretching=(2, 3)
        )
        em = self.fontMetrics().height()
        self.table.setColumnWidth(0, 8 * em)
        self.table.setColumnWidth(1, 11 * em)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addStretch(1)

    def show_differences(self, found: Sequence[Difference]) -> None:
        """Show these, and none else."""
        self.table.setRowCount(len(found))
        for row, each in enumerate(found):
            cells = (part_title(each.part), *difference_text(Face.WINDOW, *each))
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))
        fit_rows(self.table)


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
            self.tr("Only what differs. Times, ports of this computer and ids never count.")
            if found
            else self.tr("Nothing differs: settings, stages, replies and causes are the same.")
        )
        self.differences = DifferenceTable(self.tr("Differences"), first, second)
        self.differences.show_differences(found)
        self.differences.table.setVisible(bool(found))
        self.close_button = button(self.tr("Close"), self.reject)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addWidget(scrolling(self.differences), 1)
        column.addLayout(line)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        height = em * 30 if found else em * 10
        self.resize(min(em * 54, room.width() * 9 // 10), min(height, room.height() * 9 // 10))
