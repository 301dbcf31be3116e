"""A label of one line that gives way: what does not fit is left out, and told by the tool tip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption

from smtpwizard.gui.widgets.elements import set_tip
from smtpwizard.gui.widgets.qt_values import PLAIN_TEXT

# As many letters always have room.
LEAST = 8


class ElidingLabel(QLabel):
    """Shows its beginning, or with `middle` both its ends; assistive technology has all of it."""

    def __init__(self, text: str = "", *, tone: str = "", heading: str = "", middle: bool = False):
        super().__init__()
        self.setProperty("textFormat", PLAIN_TEXT)
        if tone:
            self.setProperty("tone", tone)
        if heading:
            self.setProperty("heading", heading)
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        least = self.fontMetrics().averageCharWidth() * LEAST
        return QSize(min(hint.width(), least), hint.height())

    def setText(self, text: str) -> None:
        super().setText(text)
        self._tell_cut()  # another one may leave the width as it is

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_cut()

    def _tell_cut(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        set_tip(self, self.text() if cut else "")

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), int(flags), text)
        painter.end()
