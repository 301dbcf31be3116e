"""Draws the connectors' rows: two lines a cell, a mark before the status, a tick, a crown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.widgets.icons import grown, pixmap
from smtpwizard.gui.widgets.style import colour, small_size

if TYPE_CHECKING:
    from smtpwizard.gui.console.connector_model import ConnectorModel

Index = QModelIndex | QPersistentModelIndex

MARK = 16
PADDING = 8
BAR = 3


class ConnectorDelegate(QStyledItemDelegate):
    """Fonts and heights are worked out once a font; nothing is made anew for a row."""

    def __init__(self, table: QTableView, model: ConnectorModel) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self.compact = False
        self.hovered = -1
        """The row under the pointer."""
        self.first_shown = 0
        """The place of the first column that is shown."""
        self.take_font()

    def take_font(self) -> None:
        """Measure again, after the table's font has changed."""
        self._font = QFont(self._table.font())
        self._strong = QFont(self._font)
        self._strong.setWeight(QFont.Weight.DemiBold)
        self._small = QFont(self._font)
        self._small.setPointSizeF(small_size(self._font.pointSizeF()))
        self._mark = grown(MARK)
        self._metrics = QFontMetrics(self._font)
        self._strong_metrics = QFontMetrics(self._strong)
        self._small_metrics = QFontMetrics(self._small)

    @property
    def row_height(self) -> int:
        if self.compact:
            return max(self._metrics.height() + 12, 28)
        return self._metrics.height() + self._small_metrics.height() + 14

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self.row_height)

    # -- painting -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        number, column = index.row(), index.column()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        ground = "accent_soft" if chosen else "surface"
        if not chosen and self.hovered == number:
            ground = "hover"
        painter.save()
        painter.fillRect(rect, colour(ground))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), colour("line"))
        inner = rect.adjusted(PADDING, 0, -PADDING, -1)
        if column == words.TICK:
            self._paint_tick(painter, rect, chosen)
        elif column == words.DEFAULT:
            if self._model.row(number).default:
                self._paint_mark(painter, rect.center(), "crown", ground)
        else:
            self._paint_lines(painter, inner, number, column, ground)
        self._paint_frame(painter, rect, number, column, chosen)
        painter.restore()

    def _paint_lines(
        self, painter: QPainter, inner: QRect, number: int, column: int, ground: str
    ) -> None:
        one, other = self._model.lines(number, column)
        if self.compact:
            other = ""
        strong, token = column == words.NAME, "text"
        mark, tint = "", ""
        if column == words.STATUS:
            kind = self._model.kind_of(number)
            token = words.LOUD.get(kind, "text")
            strong = kind in words.LOUD
            mark = words.MARKS[kind]
        elif column == words.NAME and self._model.is_marked(number):
            mark, tint = "edit", "link"
        elif column == words.ENDS:
            mark, tint = words.end_mark(self._model.row(number), self._model.today)
            token, strong = tint or token, bool(mark)
        room = inner.adjusted(self._mark + 9 if mark else 0, 0, 0, 0)
        metrics = self._strong_metrics if strong else self._metrics
        first, second = metrics.height(), self._small_metrics.height()
        top = inner.top() + (inner.height() - first - (second if other else 0)) // 2
        if mark:
            side = self._mark
            place = QRect(inner.left(), top + (first - side) // 2, side, side)
            # Not `visualPos`: it takes every rectangle to begin at 0.
            place = QStyle.visualRect(self._table.layoutDirection(), inner, place)
            self._paint_mark(painter, place.center(), mark, ground, tint)
        painter.setFont(self._strong if strong else self._font)
        painter.setPen(colour(token if one != words.EMPTY else "muted"))
        line = QRect(room.left(), top, room.width(), first)
        self._text(painter, metrics, line, one, inner, both_ends=column == words.NAME)
        if other:
            painter.setFont(self._small)
            painter.setPen(colour("muted"))
            line = QRect(room.left(), top + first, room.width(), second)
            self._text(painter, self._small_metrics, line, other, inner)

    def _text(
        self,
        painter: QPainter,
        metrics: QFontMetrics,
        line: QRect,
        text: str,
        inner: QRect,
        *,
        both_ends: bool = False,
    ) -> None:
        way = self._table.layoutDirection()
        # Addresses keep both ends, and names, which often differ in their last letters alone; what
        # is a sentence keeps its beginning.
        whole = " " in text and not both_ends
        elide = Qt.TextElideMode.ElideRight if whole else Qt.TextElideMode.ElideMiddle
        flags = QStyle.visualAlignment(way, Qt.AlignmentFlag.AlignLeft)
        painter.drawText(
            QStyle.visualRect(way, inner, line),
            int(flags | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine),
            metrics.elidedText(text, elide, line.width()),
        )

    def width_of_name(self, name: str) -> int:
        """How wide the column of names is with this one in it, px."""
        return self._strong_metrics.horizontalAdvance(name) + 2 * PADDING

    def is_cut(self, number: int, column: int, width: int) -> bool:
        """Whether a cell of this width cannot show all of its words."""
        one, other = self._model.lines(number, column)
        room = width - 2 * PADDING - (self._mark + 9 if column in (words.STATUS, words.ENDS) else 0)
        wide = self._strong_metrics.horizontalAdvance(one)
        hidden = self.compact and other
        return bool(hidden) or max(wide, self._small_metrics.horizontalAdvance(other)) > room

    def _paint_mark(
        self, painter: QPainter, centre: QPoint, name: str, ground: str, tint: str = ""
    ) -> None:
        ratio = self._table.devicePixelRatioF()
        side = self._mark
        drawn = pixmap(name, tint, px=side, ground=ground, ratio=ratio)
        painter.drawPixmap(centre.x() - side // 2, centre.y() - side // 2, drawn)

    def _paint_tick(self, painter: QPainter, rect: QRect, chosen: bool) -> None:
        self.paint_box(painter, rect, "check" if chosen else "")

    def paint_box(self, painter: QPainter, rect: QRect, mark: str) -> None:
        """A check box in the middle: empty, with a tick (`check`), or with a dash (`dash`)."""
        side = self._mark
        box = QRectF(0, 0, side, side)
        box.moveCenter(QRectF(rect).center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("accent" if mark else "outline"), 1))
        painter.setBrush(colour("accent" if mark else "field"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if mark == "check":
            ratio = self._table.devicePixelRatioF()
            drawn = pixmap("check", "on_accent", side - 4, ground="accent", ratio=ratio)
            painter.drawPixmap(box.topLeft() + QRectF(2, 2, 0, 0).topLeft(), drawn)
        elif mark:
            painter.setPen(QPen(colour("on_accent"), 2))
            painter.drawLine(box.center() + QPoint(-4, 0), box.center() + QPoint(4, 0))

    def _paint_frame(
        self, painter: QPainter, rect: QRect, number: int, column: int, chosen: bool
    ) -> None:
        """The bar of a selected row, and the ring round the current one."""
        header = self._table.horizontalHeader()
        first = header.visualIndex(column) == self.first_shown
        if chosen and first:
            bar = QRect(rect.left(), rect.top(), BAR, rect.height())
            painter.fillRect(
                QStyle.visualRect(self._table.layoutDirection(), rect, bar), colour("focus")
            )
        if number == self._table.currentIndex().row() and self._table.hasFocus():
            view = self._table.viewport().rect()
            width = min(header.length(), view.width())
            turned = self._table.layoutDirection() == Qt.LayoutDirection.RightToLeft
            left = view.right() + 1 - width if turned else view.left()
            whole = QRectF(left, rect.top(), width, rect.height())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(rect)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour("focus"), 2))
            painter.drawRoundedRect(whole.adjusted(1, 1, -1, -2), 5, 5)
