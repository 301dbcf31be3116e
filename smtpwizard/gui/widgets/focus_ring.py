"""The ring round what has the focus, drawn for keyboard and mouse alike."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFocusFrame,
    QPushButton,
    QRadioButton,
    QToolButton,
    QWidget,
)

from smtpwizard.gui.widgets.choices import Choice
from smtpwizard.gui.widgets.style import colour

# Fields and views draw their own border; these have none that could change.
RINGED = (QPushButton, QToolButton, QCheckBox, QRadioButton)


class _Ring(QFocusFrame):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("focus"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)


class FocusRing(QObject):
    """One for the application, moved by its `focusChanged`."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._ring: _Ring | None = None
        application.focusChanged.connect(self._follow)
        self._follow(None, application.focusWidget())

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        if not isinstance(now, RINGED) or now.property("link"):
            if self._ring is not None and shiboken6.isValid(self._ring):
                self._ring.hide()
            return
        if self._ring is None or not shiboken6.isValid(self._ring):
            self._ring = _Ring()  # it goes with the window that it was last in
        frame = now.parentWidget()
        inside = isinstance(frame, Choice) and frame.look != "row"
        self._ring.setWidget(frame if inside and frame is not None else now)
        self._ring.show()
