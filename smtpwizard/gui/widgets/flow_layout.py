"""A layout that puts widgets beside each other, and into the next line where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """As in a text: from left to right, then the next line; `centred`: each in the middle."""

    def __init__(self, *widgets: QWidget, spacing: int = 8, centred: bool = False) -> None:
        super().__init__()
        self._centred = centred
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)
        for widget in widgets:
            self.addWidget(widget)

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
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        out = QSize()
        for item in self._items:
            out = out.expandedTo(item.minimumSize())
        return out

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Put every item into its place; how high all of it is."""
        left, top, line = rect.left(), rect.top(), 0
        row: list[tuple[QLayoutItem, QRect]] = []
        for item in self._items:
            if item.isEmpty():
                continue
            hint = item.sizeHint()
            if left > rect.left() and left + hint.width() > rect.right() + 1:
                self._end_line(row, line, rect, move=move)
                left, top, line = rect.left(), top + line + self.spacing(), 0
            row.append((item, QRect(QPoint(left, top), hint)))
            left += hint.width() + self.spacing()
            line = max(line, hint.height())
        self._end_line(row, line, rect, move=move)
        return top + line - rect.top()

    def _end_line(
        self, row: list[tuple[QLayoutItem, QRect]], line: int, whole: QRect, *, move: bool
    ) -> None:
        """Put what stands in one line into its middle."""
        aside = (whole.right() - row[-1][1].right()) // 2 if row and self._centred else 0
        for item, place in row if move else ():
            item.setGeometry(place.translated(aside, (line - place.height()) // 2))
        row.clear()
