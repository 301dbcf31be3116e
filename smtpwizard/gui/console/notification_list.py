"""What was said before, newest first."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.console.notification_zone import NotificationZone, Offer
from smtpwizard.gui.console.place import Place
from smtpwizard.gui.widgets.elements import button, line, literal
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.style import colour
from smtpwizard.gui.widgets.two_lines import (
    ICON,
    SECOND,
    Index,
    Role,
    TwoLineDelegate,
    bold,
    small,
)
from smtpwizard.messages.moments import near_text

WHEN = ICON + 1
_MARKS = {"passed": "passed", "failed": "failed", "unknown": "warning"}
_WRAPPED = int(Qt.TextFlag.TextWordWrap)


class NotificationDelegate(TwoLineDelegate):
    """Paints one: a mark for how it went, its title, when it was, and all of what it said."""

    margin = 9
    words_at = 42

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def paint_right(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> int:
        rect, text = option.rect, str(index.data(WHEN))
        painter.setFont(small(option))
        painter.setPen(colour("muted"))
        room = rect.adjusted(0, self.margin, -14, 0)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), text)
        return room.right() - painter.fontMetrics().horizontalAdvance(text) - 12

    def paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, right: int
    ) -> None:
        title, said = self._rooms(option, index, right)
        for role, font, token, room in (
            (Role.DisplayRole, bold(option), "text", title),
            (SECOND, small(option), "muted", said),
        ):
            painter.setFont(font)
            painter.setPen(colour(token))
            painter.drawText(room, _WRAPPED, str(index.data(role)))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        # A list asks before a row has its place.
        width = self._view.viewport().width()
        option.rect = QRect(0, 0, width, 0)
        when = QFontMetrics(small(option)).horizontalAdvance(str(index.data(WHEN)))
        _, said = self._rooms(option, index, width - when - 26)
        return QSize(width, said.bottom() + 1 + self.margin)

    def _rooms(self, option: QStyleOptionViewItem, index: Index, right: int) -> tuple[QRect, QRect]:
        """Where the title is, and beneath it what was said."""
        left, top = option.rect.left() + self.words_at, option.rect.top() + self.margin
        title = _height(bold(option), right - left, str(index.data(Role.DisplayRole)))
        width = option.rect.right() - 14 - left
        said = _height(small(option), width, str(index.data(SECOND)))
        return QRect(left, top, right - left, title), QRect(left, top + title, width, said)


def _height(font: QFont, width: int, text: str) -> int:
    """How high a text is in so much room; nothing for none."""
    room = QRect(0, 0, max(width, 10), 100_000)
    return QFontMetrics(font).boundingRect(room, _WRAPPED, text).height() if text else 0


class NotificationList(Place):
    """Shows what the zone keeps, does what can still be done about it, and can make it forget."""

    def __init__(self, zone: NotificationZone, within: QWidget) -> None:
        super().__init__(within)
        self._zone = zone
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Notifications"))
        self.list.setItemDelegate(NotificationDelegate(self.list))
        self.list.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.currentRowChanged.connect(lambda _: self._show_offer())
        self.offer_button = button("", self._take_offer)
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
        column.addLayout(line(self.offer_button, None, self.clear_button))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(filled)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        outer.addWidget(self._stack)

    def arrive(self) -> None:
        past = self._zone.past
        self._stack.setCurrentIndex(1 if past else 0)
        self.list.clear()
        now = datetime.now().astimezone()
        for told in past:
            when = near_text(told.at.toUTC().toString(Qt.DateFormat.ISODate), now, brief=True)
            item = QListWidgetItem(told.title)
            item.setData(SECOND, told.text)
            item.setData(WHEN, when)
            item.setData(ICON, _MARKS.get(told.tone, "info"))
            spoken = f"{told.title}. {told.text} {when}".replace("\n", " ")
            item.setData(Role.AccessibleTextRole, spoken)
            self.list.addItem(item)
        if past:
            self.list.setCurrentRow(0)
        self._show_offer()

    def _told(self) -> None:
        if self.isVisible():
            self.arrive()

    def _offer(self) -> Offer | None:
        """What can be done about what is chosen."""
        at, past = self.list.currentRow(), self._zone.past
        offer = past[at].offer if 0 <= at < len(past) else None
        return offer if offer is not None and offer.is_open else None

    def _show_offer(self) -> None:
        offer = self._offer()
        self.offer_button.setText(literal(offer.name) if offer is not None else "")
        self.offer_button.setVisible(offer is not None)

    def _take_offer(self) -> None:
        offer = self._offer()
        if offer is not None:
            offer.take()
            self._show_offer()
            if self.isVisible():
                self.take_focus()

    def _clear(self) -> None:
        self._zone.forget()
        self.arrive()
        self.take_focus()

    def take_focus(self) -> None:
        self.zones()[0].setFocus()

    def zones(self) -> list[QWidget]:
        return [self.list if self._stack.currentIndex() else self.empty.button]
