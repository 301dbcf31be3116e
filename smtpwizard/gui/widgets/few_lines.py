"""A label that takes as many lines as its words need, up to a number: what is left over is cut."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption

from smtpwizard.gui.widgets.elements import set_tip
from smtpwizard.gui.widgets.qt_values import PLAIN_TEXT


class FewLines(QLabel):
    """Shows its beginning; assistive technology has all of it, and what is cut the tool tip."""

    def __init__(self, *, tone: str = "") -> None:
        super().__init__()
        self.setProperty("textFormat", PLAIN_TEXT)
        if tone:
            self.setProperty("tone", tone)
        self._most = 1
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def fit(self, width: int, most: int) -> bool:
        """Be as high as its words need in so much room, and no more than `most` lines; answers
        whether that is enough."""
        needed = self.needs(width)
        self._most = most
        self.setFixedHeight(min(needed, most) * self.fontMetrics().height())
        set_tip(self, self.text() if needed > most else "")
        self.update()
        return needed <= most

    def needs(self, width: int) -> int:
        """How many lines all of it would take."""
        return len(list(self._broken(width)))

    def _broken(self, width: int) -> Iterator[str]:
        if not self.text():
            return
        self.ensurePolished()
        layout = QTextLayout(self.text(), self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        units = self.text().encode("utf-16-le")  # which Qt counts
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            start, end = line.textStart(), line.textStart() + line.textLength()
            yield units[2 * start : 2 * end].decode("utf-16-le", "replace")
        layout.endLayout()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        high = self.fontMetrics().height()
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        lines = list(self._broken(self.width()))
        if len(lines) > self._most:
            lines[self._most - 1 :] = [self._cut("".join(lines[self._most - 1 :]))]
        for number, words in enumerate(lines):
            painter.drawText(0, number * high, self.width(), high, flags, words.rstrip())
        painter.end()

    def _cut(self, words: str) -> str:
        return self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, self.width())
