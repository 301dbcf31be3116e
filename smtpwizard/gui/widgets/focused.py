"""What has the focus is in sight, and Enter presses it where it is a button: in every window."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# Above and below what has the focus so much stays in sight, in heights of a line: its label, and
# the words about it.
_ROUND = 2


class Focused(QObject):
    """One for the application, led by its `focusChanged`, until it is `put_away`.

    It filters the events of what has the focus and of what that scrolls in, and no others.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._watched: list[QWidget] = []
        self._last: weakref.ref[QWidget] | None = None
        application.focusChanged.connect(self._follow)
        self._follow(None, application.focusWidget())

    def put_away(self) -> None:
        """Follow the focus no more."""
        self._application.focusChanged.disconnect(self._follow)
        self._watch(None)
        self.deleteLater()

    def _watch(self, widget: QWidget | None) -> None:
        for former in filter(shiboken6.isValid, self._watched):
            former.removeEventFilter(self)
        self._watched = [widget, *(area.viewport() for area in _areas_of(widget))] if widget else []
        for each in self._watched:
            each.installEventFilter(self)

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        self._watch(now)
        if now is None:
            return
        again = self._last is not None and self._last() is now
        self._last = weakref.ref(now)
        # What is clicked is in sight and does not move under the mouse; and who comes back from
        # another window finds the page as it was.
        if not again and self._application.mouseButtons() == Qt.MouseButton.NoButton:
            bring_into_sight(now)
            self._bring_later(now)

    def _bring_later(self, widget: QWidget) -> None:
        """Once what has just changed has found its place."""
        QTimer.singleShot(0, widget, lambda: bring_into_sight(widget))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._pressed(watched, event)
        if isinstance(event, QResizeEvent) and watched in self._watched[1:]:
            widget = self._watched[0]
            before = QRect(QPoint(0, 0), event.oldSize())
            # What was scrolled away stays there.
            if shiboken6.isValid(widget) and before.intersects(_place(widget, watched)):
                self._bring_later(widget)
        return False

    def _pressed(self, watched: QObject, event: QKeyEvent) -> bool:
        """Enter does what Space does; of a dialog's default button that is only where no other
        button has the focus, as Qt has it for buttons that may become the default."""
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if event.key() not in ENTER or not plain:
            return False
        if not isinstance(watched, QPushButton | QToolButton) or not watched.isEnabled():
            return False
        if not event.isAutoRepeat():
            watched.click()
        return True


def bring_into_sight(widget: QWidget) -> None:
    """Scroll as far as it takes to see a widget and what stands close to it; of one that is higher
    than the page, its beginning, unless part of it is seen."""
    if not shiboken6.isValid(widget) or not widget.isVisible():
        return
    for area in _areas_of(widget):
        view = area.viewport()
        high, place = view.height(), _place(widget, view)
        if place.height() < high:
            room = min(widget.fontMetrics().height() * _ROUND, (high - place.height()) // 2)
            area.ensureWidgetVisible(widget, 0, room)
        elif not place.intersects(view.rect()):
            bar = area.verticalScrollBar()
            bar.setValue(bar.value() + place.top())


def _place(widget: QWidget, view: QWidget) -> QRect:
    return QRect(widget.mapTo(view, QPoint(0, 0)), widget.size())


def _areas_of(widget: QWidget) -> Iterator[QScrollArea]:
    """What it scrolls in, from the inside to the outside."""
    at = widget.parentWidget()
    while at is not None and not at.isWindow():
        if isinstance(at, QScrollArea) and at is not widget:
            yield at
        at = at.parentWidget()
