"""A button beside a box for a date: a calendar to pick the day from."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCalendarWidget, QDialog, QLineEdit, QPushButton, QVBoxLayout

from smtpwizard.gui.widgets.icons import dress

_FORM = "yyyy-MM-dd"


class DateButton(QPushButton):
    """Opens a calendar; the day that is picked is typed into the box as YYYY-MM-DD."""

    def __init__(self, edit: QLineEdit, name: str) -> None:
        super().__init__()
        self._edit = edit
        self.setAutoDefault(False)
        self.setProperty("bare", "true")
        self.setAccessibleName(name)
        dress(self, "calendar")
        self.clicked.connect(self.open_calendar)

    def open_calendar(self) -> QCalendarWidget:
        """Show the month of the day in the box, or this one."""
        popup = QDialog(self.window())
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.setWindowTitle(self.accessibleName())
        calendar = QCalendarWidget()
        calendar.setAccessibleName(self.accessibleName())
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        chosen = QDate.fromString(self._edit.text().strip(), _FORM)
        if chosen.isValid():
            calendar.setSelectedDate(chosen)

        def take(day: QDate) -> None:
            self._edit.setText(day.toString(_FORM))
            popup.accept()
            self._edit.setFocus()

        calendar.clicked.connect(take)
        calendar.activated.connect(take)
        column = QVBoxLayout(popup)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(calendar)
        popup.open()
        calendar.setFocus()
        return calendar
