"""Widgets beside each other where all have the width they need, else under each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QWidget

from smtpwizard.gui.widgets.pill import Pill

# Words beside a button get at least this much room, in heights of a line.
_WORDS_EM = 11


class BesideOrUnder(QWidget):
    """Without `needs` the widgets share the width, and none gets less than it needs."""

    def __init__(
        self,
        widgets: Sequence[QWidget],
        needs: Callable[[QWidget], int] | None = None,
        *,
        spacing: int,
    ) -> None:
        super().__init__()
        self._widgets = widgets
        self._sharing: tuple[QWidget, ...] = ()
        self._needs = needs or (lambda widget: widget.minimumSizeHint().width())
        self._spacing = spacing
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            self._row.addWidget(widget, 1 if needs is None or widget is widgets[-1] else 0)
            if isinstance(widget, QPushButton):  # as wide as its text
                self._row.setAlignment(widget, Qt.AlignmentFlag.AlignLeft)
            elif isinstance(widget, Pill):
                top = Qt.AlignmentFlag.AlignTop
                self._row.setAlignment(widget, Qt.AlignmentFlag.AlignLeft | top)
        self._row.setSpacing(spacing)

    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._widgets if not widget.isHidden()]

    def share(self, widest: QWidget) -> None:
        """Give what room is left to this one."""
        self._sharing = (widest,)
        for at, widget in enumerate(self._widgets):
            self._row.setStretch(at, 1 if widget is widest else 0)

    def turn(self) -> None:
        """Look again at how much room there is, and how much is needed."""
        shown = self._shown()
        own = sum(map(self._needs, shown)) + self._spacing * (len(shown) - 1)
        fits = own <= self.width()
        for widget in self._widgets[:-1]:
            if isinstance(widget, QLabel) and widget not in self._sharing:
                widget.setWordWrap(not fits)  # beside others it stays on one line
        directions = QBoxLayout.Direction
        self._row.setDirection(directions.LeftToRight if fits else directions.TopToBottom)
        self._row.setSpacing(self._spacing if fits else min(self._spacing, 8))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.turn()

    def minimumSizeHint(self) -> QSize:
        widest = max(map(_least, self._shown()), default=0)
        return QSize(widest, super().minimumSizeHint().height())


def _least(widget: QWidget) -> int:
    """How narrow it can be, where its words may be broken."""
    if not isinstance(widget, QLabel) or widget.wordWrap():
        return widget.minimumSizeHint().width()
    return max(map(widget.fontMetrics().horizontalAdvance, widget.text().split()), default=0) + 8


def words_need(widget: QWidget) -> int:
    """What a button needs, and what words beside it need to be read well."""
    if not isinstance(widget, QLabel):
        return widget.sizeHint().width()
    metrics = widget.fontMetrics()
    return min(metrics.horizontalAdvance(widget.text()) + 8, metrics.height() * _WORDS_EM)
