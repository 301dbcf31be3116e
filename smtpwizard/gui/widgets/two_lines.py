"""Rows of two lines in a list: a mark, the words, and what stands at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.widgets.style import colour, small_size

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
# The second line, and the name of the mark; the roles of a list's own follow them.
SECOND = Role.UserRole + 1
ICON = SECOND + 1


class TwoLineDelegate(QStyledItemDelegate):
    """Paints a row; what differs between lists is an attribute or a method of theirs."""

    margin = 8
    """What is above and below the words, px."""
    words_at = 44
    """Where they begin, px."""
    ground = "surface"
    elide = Qt.TextElideMode.ElideRight
    """Where words that are too long are cut."""
    lines = True
    """Whether there is a line below each row."""

    def paint_mark(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, ground: str
    ) -> None:
        """Draw the mark in front of the words, over this ground."""
        paint_icon(painter, option, str(index.data(ICON)), at=14, px=16, ground=ground)

    def paint_right(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> int:
        """Draw what stands at the right; answers where the words have to end, px."""
        raise NotImplementedError

    def is_strong(self, _: Index) -> bool:
        """Whether the first line is in bold."""
        return True

    def sizeHint(self, option: QStyleOptionViewItem, _: Index) -> QSize:
        return QSize(200, option.fontMetrics.height() * 2 + 2 * self.margin)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, colour("accent_soft"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), colour("focus"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colour("hover"))
        if self.lines:
            painter.setPen(colour("line"))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        self.paint_mark(painter, option, index, "accent_soft" if selected else self.ground)
        self.paint_words(painter, option, index, self.paint_right(painter, option, index))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(1, 1, -2, -2))
        painter.restore()

    def paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, right: int
    ) -> None:
        """Draw both lines, up to `right`, px."""
        rect, line = option.rect, option.fontMetrics.height()
        first = bold(option) if self.is_strong(index) else option.font
        left, top = rect.left() + self.words_at, rect.top() + (rect.height() - 2 * line) // 2
        rows = ((Role.DisplayRole, first, "text"), (SECOND, small(option), "muted"))
        for number, (role, font, token) in enumerate(rows):
            painter.setFont(font)
            painter.setPen(colour(token))
            room = QRect(left, top + number * line, max(right - left, 10), line)
            words = str(index.data(role))
            shown = painter.fontMetrics().elidedText(words, self.elide, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)


def small(option: QStyleOptionViewItem) -> QFont:
    """The row's font as it is for second lines."""
    font = QFont(option.font)
    font.setPointSizeF(small_size(font.pointSizeF()))
    return font


def bold(option: QStyleOptionViewItem) -> QFont:
    """The row's font in bold."""
    font = QFont(option.font)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def paint_icon(
    painter: QPainter,
    option: QStyleOptionViewItem,
    name: str,
    token: str = "",
    *,
    at: int,
    px: int,
    ground: str,
) -> None:
    """Draw an icon `at` so far from the left, in the middle of the row's height."""
    ratio = option.widget.devicePixelRatioF() if option.widget is not None else 1.0
    rect = option.rect
    mark = pixmap(name, token, px=px, ground=ground, ratio=ratio)
    painter.drawPixmap(rect.left() + at, rect.center().y() - px // 2, mark)


class TwoLineList(QListView):
    """A list of such rows, which follows the pointer and scrolls by pixels."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
