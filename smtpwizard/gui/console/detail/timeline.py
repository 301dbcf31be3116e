"""Twelve months as a line: where today is, and one mark for everything that ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.widgets.style import colour
from smtpwizard.messages.moments import month_text

MONTHS = 12
_GAP = 14  # between two labels on one level, px
_MARK = 16


class Mark(NamedTuple):
    """Something that ends: its icon, what it is called, and its day in words."""

    day: date
    icon: str
    name: str
    text: str
    soon: bool = False


class _Placed(NamedTuple):
    mark: Mark
    x: float
    left: float
    level: int


class Timeline(QWidget):
    """Paints; what it shows is said in its description."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: Sequence[Mark] = ()
        self._today = date(2000, 1, 1)
        self._placed: list[_Placed] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What ends when"))

    def show_marks(self, marks: Sequence[Mark], today: date) -> None:
        """Show these ends; those beyond the twelve months have no mark."""
        self._today = today
        self._marks = sorted(marks, key=lambda mark: mark.day)
        said = "; ".join(f"{mark.name}: {mark.text}" for mark in self._marks)
        self.setAccessibleDescription(said or self.tr("Nothing ends that is known of."))
        self._place()

    def beyond(self) -> list[Mark]:
        """The ends that are not within the twelve months."""
        first, last = self._first(), self._month(MONTHS)
        return [mark for mark in self._marks if not first <= mark.day < last]

    # -- places -------------------------------------------------------------------------------

    def _first(self) -> date:
        return self._today.replace(day=1)

    def _month(self, number: int) -> date:
        first = self._first()
        months = first.year * 12 + first.month - 1 + number
        return date(months // 12, months % 12 + 1, 1)

    def _x(self, day: date) -> float:
        first, last = self._first(), self._month(MONTHS)
        return (day - first).days / (last - first).days * self.width()

    def _strong(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _place(self) -> None:
        strong, plain = QFontMetricsF(self._strong()), QFontMetricsF(self.font())
        beyond = self.beyond()
        ends_of_levels: list[float] = []
        today_end = self._x(self._today) + plain.horizontalAdvance(self.tr("today")) + 12
        self._placed = []
        for mark in (mark for mark in self._marks if mark not in beyond):
            x = self._x(mark.day)
            width = max(strong.horizontalAdvance(mark.name), plain.horizontalAdvance(mark.text))
            left = max(0.0, min(x - 8, self.width() - width))
            level = 0
            taken = [*ends_of_levels]
            if taken:
                taken[0] = max(taken[0], today_end)
            else:
                taken = [today_end]
            while level < len(taken) and left < taken[level] + _GAP:
                level += 1
            while len(ends_of_levels) <= level:
                ends_of_levels.append(0.0)
            ends_of_levels[level] = left + width
            self._placed.append(_Placed(mark, x, left, level))
        self.updateGeometry()
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        levels = max((placed.level for placed in self._placed), default=0) + 1
        return QSize(600, levels * (2 * line + 6) + _MARK + line + 22)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._place()

    # -- painting -----------------------------------------------------------------------------

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        axis = self.height() - line - 20.0
        self._paint_months(painter, axis, line)
        painter.setPen(QPen(colour("outline"), 1.5))
        painter.drawLine(QPointF(0, axis), QPointF(self.width(), axis))
        x = self._x(self._today)
        painter.setPen(QPen(colour("focus"), 2))
        painter.drawLine(QPointF(x, axis - line - 14), QPointF(x, axis + 8))
        painter.setPen(colour("link"))
        painter.setFont(self._strong())
        painter.drawText(QPointF(x + 6, axis - line), self.tr("today"))
        for placed in self._placed:
            self._paint_mark(painter, placed, axis, line)
        painter.end()

    def _paint_months(self, painter: QPainter, axis: float, line: int) -> None:
        painter.setFont(self.font())
        step = self.width() / MONTHS
        every = 1 if step > self.fontMetrics().horizontalAdvance("Mmm 2027") + 14 else 2
        for number in range(MONTHS):
            first = self._month(number)
            x = self._x(first)
            painter.setPen(colour("line"))
            painter.drawLine(QPointF(x + 0.5, axis + 12), QPointF(x + 0.5, self.height() - 2.0))
            if number % every == 0:
                text = month_text(first, year=number == 0 or first.month == 1)
                painter.setPen(colour("muted"))
                painter.drawText(QPointF(x + 7, axis + 14 + line * 0.8), text)

    def _paint_mark(self, painter: QPainter, placed: _Placed, axis: float, line: int) -> None:
        mark = placed.mark
        ground = QRectF(placed.x - _MARK / 2 - 3, axis - _MARK / 2 - 1, _MARK + 6, _MARK + 2)
        painter.fillRect(ground, colour("surface"))
        token = "warning" if mark.soon else "text"
        shown = pixmap(mark.icon, token, _MARK, ratio=self.devicePixelRatioF())
        painter.drawPixmap(QPointF(placed.x - _MARK / 2, axis - _MARK / 2), shown)
        bottom = axis - _MARK / 2 - 6 - placed.level * (2 * line + 6)
        if placed.level:
            painter.setPen(colour("line"))
            painter.drawLine(QPointF(placed.x, bottom + 2), QPointF(placed.x, axis - _MARK / 2 - 1))
        painter.setPen(colour("text"))
        painter.setFont(self._strong())
        descent = self.fontMetrics().descent()
        painter.drawText(QPointF(placed.left, bottom - line - descent), mark.name)
        painter.setPen(colour(token if mark.soon else "muted"))
        painter.setFont(self.font())
        painter.drawText(QPointF(placed.left, bottom - descent), mark.text)
