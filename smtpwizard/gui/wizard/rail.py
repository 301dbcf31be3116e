"""The rail beside the wizard's pages: where one is, what was answered, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from smtpwizard.gui.widgets.elements import plain_label, set_tip, set_tone
from smtpwizard.gui.widgets.qt_values import CENTRED, NO_FOCUS, TAB_FOCUS
from smtpwizard.gui.widgets.style import number_side

if TYPE_CHECKING:
    from PySide6.QtGui import QFontMetrics, QResizeEvent, QShowEvent

WIDTH_EM = 13.8  # in heights of a line of text


# Round what is on a step: left, top, right, bottom; and between its mark and its words.
MARGINS = (8, 8, 6, 8)
GAP = 10


def in_lines(text: str, metrics: QFontMetrics, room: int) -> str:
    """A text in one line or two of `room` px, broken between its words."""
    if room <= 0 or metrics.horizontalAdvance(text) <= room:
        return text
    words = text.split(" ")
    count = len(words) - 1
    while count > 1 and metrics.horizontalAdvance(" ".join(words[:count])) > room:
        count -= 1
    lines = (" ".join(words[:count]), " ".join(words[count:]))
    return "\n".join(metrics.elidedText(each, _left_out(each), room) for each in lines if each)


def _left_out(text: str) -> QtCore.Qt.TextElideMode:
    modes = QtCore.Qt.TextElideMode
    return modes.ElideRight if " " in text else modes.ElideMiddle


class Step(QPushButton):
    """One page: its number or a tick, its title, and what was answered on it.

    A button once the page was seen; its accessible name is the title, its description the rest.
    """

    def __init__(self, number: int, title: str) -> None:
        super().__init__()
        self._whole = ""
        self.setAutoDefault(False)
        self.setAccessibleName(title)
        self.number = number
        # Said before the first paint, so that the style need not look a second time.
        self.setProperty("step", "now" if number == 1 else "later")
        self.mark = plain_label(str(number), wrap=False)
        self.mark.setProperty("number", "now" if number == 1 else "later")
        self.mark.setProperty("alignment", CENTRED)
        side = number_side(self.font().pointSizeF())
        self.mark.setFixedSize(side, side)
        self.title = plain_label(title, tone="strong" if number == 1 else "quiet")
        self.answers = plain_label(tone="muted", wrap=False)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.title)
        words.addWidget(self.answers)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(*MARGINS)
        row.setSpacing(GAP)
        marks = QVBoxLayout()
        marks.addWidget(self.mark)
        marks.addStretch(1)
        row.addLayout(marks)
        row.addLayout(words, 1)

    def show_state(self, state: str, answers: str, tone: str) -> None:
        """`state` is now, done, failed or later; answers in the given tone."""
        look = "now" if state == "now" else "done" if state in ("done", "failed") else "later"
        set_tone(self, "step", look)
        set_tone(self.mark, "number", state)
        if state in ("done", "failed"):
            from smtpwizard.gui.widgets.icons import dress  # noqa: PLC0415 - after the first paint

            good = state == "done"
            dress(self.mark, "check" if good else "close", "success" if good else "danger", 13)
        elif self.mark.text() != str(self.number):
            self.mark.setText(str(self.number))
        set_tone(self.title, "tone", {"now": "strong", "later": "quiet"}.get(look, ""))
        self.answers.setVisible(bool(answers))
        set_tone(self.answers, "tone", {"quiet": "muted"}.get(tone, tone))
        self._whole = ", ".join(answers.splitlines())
        self._show_answers()
        self.setEnabled(look != "later")
        self.setProperty("focusPolicy", TAB_FOCUS if look == "done" else NO_FOCUS)
        here = {
            "now": self.tr("current step"),
            "done": self.tr("done"),
            "failed": self.tr("needs attention"),
            "later": self.tr("not reached yet"),
        }[state]
        self.setAccessibleDescription(f"{here}. {answers}".rstrip(". "))
        self._grow()

    def _show_answers(self) -> None:
        """At most two lines; what has no room there is left out, of an address its middle."""
        if not self._whole and not self.answers.text():
            return
        self.answers.ensurePolished()
        left, _, right, _ = MARGINS
        room = self.width() - left - right - GAP - self.mark.width()
        shown = in_lines(self._whole, self.answers.fontMetrics(), room)
        self.answers.setText(shown)
        left_out = "…" in shown.replace("…", "", self._whole.count("…"))
        set_tip(self.answers, self._whole if left_out else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._show_answers()
            self._grow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_answers()
        self._grow()

    def _grow(self) -> None:
        layout = self.layout()
        if self.isVisible() and layout is not None:
            layout.invalidate()  # it has not heard yet of what was shown or hidden
            # A button is as high as its hint says, whatever its words need at this width.
            self.setMinimumHeight(self.heightForWidth(self.width()))

    def sizeHint(self) -> QSize:
        """Its layout's: a button would measure its own, empty text."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        inside = layout.heightForWidth(width) if layout is not None else 0
        return max(inside, round(self.fontMetrics().height() * 3))


class Rail(QFrame):
    """The pages by name; `wanted` comes with the index of one that the user goes back to."""

    wanted = Signal(int)

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(round(self.fontMetrics().height() * WIDTH_EM))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(10, 12, 10, 12)
        self.column.setSpacing(2)
        self.steps: list[Step] = []
        for number, title in enumerate(titles, start=1):
            step = Step(number, title)
            step.clicked.connect(lambda _=False, index=number - 1: self.wanted.emit(index))
            self.steps.append(step)
            self.column.addWidget(step)
        self.column.addStretch(1)
