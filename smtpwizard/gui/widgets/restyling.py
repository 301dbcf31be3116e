"""Another style sheet for a window that is there: at once what is seen, in turns what is not.

Left to itself, Qt looks at a widget once for each of its ancestors and once more, all in one go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from smtpwizard.gui.widgets.in_turns import do_in_turns

PER_TURN = 40
"""So many hidden widgets are dressed before the window listens again."""


def restyle(application: QApplication, sheet: str) -> None:
    """Put `sheet` in place of the one in force; what is hidden wears it when it is shown."""
    # The rules that were found are forgotten, and with them whom Qt would dress anew.
    application.style().unpolish(application)
    application.setStyleSheet(sheet)
    for before in application.findChildren(_Wardrobe):
        before.empty()
    widgets = [each for each in tuple(_polished(application)) if not _dressed_at_once(each)]
    _Wardrobe(application, widgets)


def _polished(application: QApplication) -> Iterator[QWidget]:
    """Each after its parent; what was never shown has nothing on, and gets it then."""
    polished = Qt.WidgetAttribute.WA_WState_Polished
    for top in application.topLevelWidgets():
        if top.parent() is None:
            for widget in (top, *top.findChildren(QWidget)):
                if widget.testAttribute(polished):
                    yield widget


def _dressed_at_once(widget: QWidget) -> bool:
    seen = shiboken6.isValid(widget) and widget.isVisible()
    if seen:
        _dress(widget)
    return seen


def _dress(widget: QWidget) -> None:
    widget.style().polish(widget)
    QApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


class _Wardrobe(QObject):
    """The hidden ones that still wear the sheet before; what is shown of them is dressed first."""

    def __init__(self, application: QApplication, hidden: Sequence[QWidget]) -> None:
        super().__init__(application)
        self._waiting = dict.fromkeys(filter(shiboken6.isValid, hidden))
        for widget in self._waiting:
            if widget.isHidden():
                widget.installEventFilter(self)
        do_in_turns(self, self._dress_hidden())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            for widget in (watched, *watched.findChildren(QWidget)):
                if widget in self._waiting:
                    self._dress(widget)
        return False

    def _dress_hidden(self) -> Iterator[None]:
        while self._waiting:
            for widget in tuple(islice(self._waiting, PER_TURN)):
                self._dress(widget)
            yield
        self.empty()

    def _dress(self, widget: QWidget) -> None:
        self._waiting.pop(widget, None)
        if shiboken6.isValid(widget):
            widget.removeEventFilter(self)
            _dress(widget)

    def empty(self) -> None:
        """The rest is nothing of its any more."""
        self._waiting.clear()
        self.deleteLater()
