"""What was said before, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from smtpwizard.gui.console.connector_words import day_text, time_text
from smtpwizard.gui.console.notification_zone import Told
from smtpwizard.gui.widgets.elements import button, line
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.icons import pixmap

_MARKS = {"passed": "passed", "failed": "failed", "unknown": "warning"}


class NotificationList(QWidget):
    """A page; `cleared` asks to forget all of it, `left` to go back."""

    cleared = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Notifications"))
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        self.list.setProperty("padded", "true")
        self.clear_button = button(self.tr("C&lear the list"), self.cleared.emit)
        self.empty = EmptyState(
            "bell",
            self.tr("Nothing has happened yet"),
            self.tr("What this window tells you is listed here until you close it."),
            self.tr("Back to the connectors"),
            self.left.emit,
        )
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.list, 1)
        column.addLayout(line(None, self.clear_button))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(filled)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    def show_past(self, past: Sequence[Told]) -> None:
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

    def focus_here(self) -> None:
        (self.list if self._stack.currentIndex() else self.empty.button).setFocus()
