"""What was said before, newest first."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from smtpwizard.gui.console.connector_words import day_text, time_text
from smtpwizard.gui.console.notification_zone import Later, NotificationZone
from smtpwizard.gui.console.place import Place
from smtpwizard.gui.widgets.elements import button, line, literal
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.widgets.qt_values import EDGE

_MARKS = {"passed": "passed", "failed": "failed", "unknown": "warning"}


class NotificationList(Place):
    """Shows what the zone keeps, does what can still be done about it, and can make it forget."""

    def __init__(self, zone: NotificationZone) -> None:
        super().__init__()
        self._zone = zone
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Notifications"))
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        self.list.setProperty("padded", "true")
        self.list.currentRowChanged.connect(lambda _: self._show_later())
        self.later_button = button("", self._do_later)
        zone.told.connect(self._told)
        self.clear_button = button(self.tr("C&lear the list"), self._clear)
        self.empty = EmptyState(
            "bell",
            self.tr("No notifications yet"),
            self.tr("What is told at the top is listed here until the program ends."),
            self.tr("Back to the connectors"),
            self.left.emit,
        )
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.list, 1)
        column.addLayout(line(self.later_button, None, self.clear_button))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(filled)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(EDGE, 0, EDGE, 0)
        outer.addWidget(self._stack)

    def arrive(self) -> None:
        past = self._zone.past
        self._stack.setCurrentIndex(1 if past else 0)
        self.list.clear()
        ratio = self.devicePixelRatioF()
        for told in past:
            when = f"{day_text(told.at.date())}, {time_text(told.at.time())}"
            text = "\n".join(part for part in (told.title, told.text, when) if part)
            mark = pixmap(_MARKS.get(told.tone, "info"), ratio=ratio)
            icon = QIcon(mark)
            icon.addPixmap(mark, QIcon.Mode.Selected)
            item = QListWidgetItem(icon, text)
            spoken = f"{told.title}. {told.text} {when}".replace("\n", " ")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            self.list.addItem(item)
        if past:
            self.list.setCurrentRow(0)
        self._show_later()

    def _told(self) -> None:
        if self.isVisible():
            self.arrive()

    def _later(self) -> Later | None:
        """What can be done about what is chosen."""
        at, past = self.list.currentRow(), self._zone.past
        later = past[at].later if 0 <= at < len(past) else None
        return later if later is not None and not later.over else None

    def _show_later(self) -> None:
        later = self._later()
        self.later_button.setText(literal(later.action) if later is not None else "")
        self.later_button.setVisible(later is not None)

    def _do_later(self) -> None:
        later = self._later()
        if later is not None:
            self._zone.later_wanted.emit(later)
            self.take_focus()

    def _clear(self) -> None:
        self._zone.past.clear()
        self.arrive()
        self.take_focus()

    def take_focus(self) -> None:
        self.zones()[0].setFocus()

    def zones(self) -> list[QWidget]:
        return [self.list if self._stack.currentIndex() else self.empty.button]
