"""A button beside a box for a date: a calendar to pick the day from."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCalendarWidget, QFrame, QLineEdit, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.icons import dress

_FORM = "yyyy-MM-dd"


class DateButton(QPushButton):
    """Opens a calendar; the day that is picked is typed into the box as YYYY-MM-DD."""

    def __init__(self, edit: QLineEdit, name: str) -> None:
        super().__init__()
        self._edit = edit
        self._popup: QWidget | None = None
        self.setAutoDefault(False)
        self.setAccessibleName(name)
        self.setToolTip(name)
        dress(self, "calendar")
        self.clicked.connect(self.open_calendar)

    def open_calendar(self) -> QCalendarWidget:
        """Show the month of the day in the box, or this one."""
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar = QCalendarWidget()
        calendar.setAccessibleName(self.accessibleName())
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        chosen = QDate.fromString(self._edit.text().strip(), _FORM)
        if chosen.isValid():
            calendar.setSelectedDate(chosen)

        def take(day: QDate) -> None:
            self._edit.setText(day.toString(_FORM))
            popup.close()
            self._edit.setFocus()

        calendar.clicked.connect(take)
        calendar.activated.connect(take)
        column = QVBoxLayout(popup)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(calendar)
        popup.move(self.mapToGlobal(self.rect().bottomLeft()))
        popup.show()
        calendar.setFocus()
        self._popup = popup
        return calendar
