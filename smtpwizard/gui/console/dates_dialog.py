"""All dates on which something ends, and the question for a file to write them to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.results.fact_table import fact_table, fit_rows
from smtpwizard.gui.widgets.elements import button, line, plain_label
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.pill import Chip
from smtpwizard.messages.listing import expiry_text
from smtpwizard.messages.signing_in import date_text
from smtpwizard.usecases.dates import SOON_DAYS

if TYPE_CHECKING:
    from smtpwizard.usecases.dates import DatedEvent


class DatesDialog(QDialog):
    """What ends when; `chosen` has what it shows, and the file that this goes into."""

    chosen = Signal(object, str)

    def __init__(self, parent: QWidget, events: Sequence[DatedEvent]) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:dates")
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Expiry dates"))
        self._events = events
        self._today = words.today()
        soon = self._soon()
        self.all_chip = Chip(self.tr("All"))
        self.all_chip.show_count(len(events))
        self.soon_chip = Chip(self.tr("Within {0} days").format(SOON_DAYS), "clock")
        self.soon_chip.show_count(len(soon))
        self.soon_chip.setEnabled(bool(soon))
        self._group = QButtonGroup(self)
        for chip in (self.all_chip, self.soon_chip):
            self._group.addButton(chip)
            chip.clicked.connect(self._show)
        self.all_chip.setChecked(True)
        headings = [self.tr("Date"), self.tr("What"), self.tr("What to do")]
        self.table = fact_table(self.tr("Expiry dates"), headings, 0, stretching=(1, 2))
        em = self.fontMetrics().height()
        widest = self.fontMetrics().horizontalAdvance(expiry_text(date(2026, 3, 28), date.max))
        self.table.setColumnWidth(0, widest + 2 * em)
        self.save_button = button(self.tr("Save for a calendar…"), self.save, icon="calendar")
        self.close_button = button(self.tr("Close"), self.reject)
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.addWidget(self.table)
        inner.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(plain_label(self.tr("What ends when"), heading="section"))
        column.addLayout(line(self.all_chip, self.soon_chip, None))
        column.addWidget(scrolling(body), 1)
        column.addLayout(line(None, self.save_button, self.close_button))
        room = self.screen().availableGeometry()
        self.resize(min(em * 48, room.width() * 9 // 10), min(em * 34, room.height() * 9 // 10))
        self._show()
        self.save_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _soon(self) -> Sequence[DatedEvent]:
        return [e for e in self._events if (e.at - self._today).days <= SOON_DAYS]

    def shown(self) -> Sequence[DatedEvent]:
        """The dates that are shown."""
        return self._soon() if self.soon_chip.isChecked() else self._events

    def _show(self) -> None:
        events = self.shown()
        self.table.setRowCount(len(events))
        for number, event in enumerate(events):
            title, remedy = date_text(event.what, event.facts())
            for place, text in enumerate((expiry_text(event.at, self._today), title, remedy)):
                self.table.setItem(number, place, QTableWidgetItem(text))
        fit_rows(self.table)

    def save(self) -> None:
        """Ask for a file for a calendar program."""
        dialog = QFileDialog(self, self.tr("Expiry dates for a calendar"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Calendar files (*.ics)")])
        dialog.setDefaultSuffix("ics")
        dialog.selectFile("smtp-connectors.ics")
        dialog.fileSelected.connect(self._choose)
        dialog.open()

    def _choose(self, name: str) -> None:
        self.chosen.emit(self.shown(), name)
        self.accept()
