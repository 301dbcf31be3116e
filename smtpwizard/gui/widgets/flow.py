"""Widgets beside each other, and in further lines where there is no more room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QStyle, QWidget, QWidgetItem


class FlowLayout(QLayout):
    """From left to right, then the next line (`centred`: each in the middle); hidden widgets take
    no room."""

    def __init__(self, *widgets: QWidget, spacing: int = 8, centred: bool = False) -> None:
        super().__init__()
        self._heights: dict[int, int] = {}  # by the width; Qt asks for the same again and again
        self._centred = centred
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)
        self._items: list[QLayoutItem] = []
        for widget in widgets:
            self.addWidget(widget)

    def addWidget(self, widget: QWidget) -> None:
        # An item that is made here tells PySide when Qt deletes it, which Qt's own do not.
        self.addChildWidget(widget)
        self.addItem(QWidgetItem(widget))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def invalidate(self) -> None:
        self._heights.clear()
        super().invalidate()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(size.width() for size in shown) + self.spacing() * max(len(shown) - 1, 0)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:
        shown = [item.minimumSize() for item in self._items if not item.isEmpty()]
        return QSize(
            max((size.width() for size in shown), default=0),
            max((size.height() for size in shown), default=0),
        )

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Put everything into its place, or only tell how high that is."""
        y, direction = rect.y(), direction_of(self)
        for items in self._lines(rect.width()):
            high = max(item.sizeHint().height() for item in items)
            x = rect.x()
            if self._centred:
                wide = sum(item.sizeHint().width() + self.spacing() for item in items)
                x += max(rect.width() - wide + self.spacing(), 0) // 2
            for item in items if move else ():
                size = item.sizeHint()
                middle = y + (high - size.height()) // 2
                place = QRect(x, middle, min(size.width(), rect.width()), size.height())
                item.setGeometry(QStyle.visualRect(direction, rect, place))
                x += size.width() + self.spacing()
            y += high + self.spacing()
        return max(y - self.spacing() - rect.y(), 0)

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        room = -1
        for item in self._items:
            if item.isEmpty():
                continue
            wide = item.sizeHint().width()
            if wide > room or not lines:
                lines.append([])
                room = width
            lines[-1].append(item)
            room -= wide + self.spacing()
        return lines


def direction_of(layout: QLayout) -> Qt.LayoutDirection:
    """From where one reads what a layout holds; only Qt's own layouts know by themselves."""
    around = layout.parentWidget()
    return around.layoutDirection() if around is not None else Qt.LayoutDirection.LeftToRight


def flow(widgets: Sequence[QWidget], spacing: int = 8) -> QWidget:
    """These widgets in as many lines as it takes."""
    out = QWidget()
    out.setLayout(FlowLayout(*widgets, spacing=spacing))
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    out.setSizePolicy(policy)
    return out
