"""What stands beside a customer's case: what one can do in three steps, and cards of facts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    card,
    line,
    plain_label,
    separator,
)


class CaseSteps(QFrame):
    """*What you can do*: see it, try a change, send the answer; every wish is a signal."""

    replay = Signal()
    try_change = Signal()
    write_answer = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.replay_button = button(self.tr("&Replay here"), self.replay.emit, icon="play")
        self.try_button = button(self.tr("&Try a change…"), self.try_change.emit, icon="flask")
        self.answer_button = button(
            self.tr("&Write the answer…"), self.write_answer.emit, icon="edit"
        )
        self._column = _filled(self, self.tr("What you can do"))
        self._add(
            1,
            self.tr("See it yourself"),
            self.tr("The recorded server runs on this computer. Nothing reaches the customer."),
            self.replay_button,
        )
        self._add(
            2,
            self.tr("Try a change against the record"),
            self.tr("Port, encryption method, user, mechanism and more."),
            self.try_button,
        )
        self._add(
            3,
            self.tr("Send it back"),
            self.tr("A file that the customer opens, reads, and applies or not."),
            self.answer_button,
        )

    def _add(self, count: int, title: str, words: str, push: QPushButton) -> None:
        number = plain_label(str(count), wrap=False)
        number.setProperty("number", "step")
        number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        side = round(number.fontMetrics().height() * 1.7)
        number.setFixedSize(side, side)
        step = QVBoxLayout()
        step.setSpacing(4)
        step.addWidget(plain_label(title, heading="true"))
        step.addWidget(plain_label(words, tone="hint"))
        step.addWidget(push, 0, Qt.AlignmentFlag.AlignLeft)
        row = line(spacing=12)
        row.addWidget(number, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(step, 1)
        if count > 1:
            self._column.addWidget(separator())
        self._column.addLayout(row)


def facts_card(title: str, lines: Sequence[str], nothing: str) -> QWidget:
    """A card of facts, each said as “name: value”, in two columns; `nothing` where there is
    none."""
    frame = card()
    column = _filled(frame, title)
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for row, text in enumerate(lines):
        name, _, value = text.partition(": ")
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0, top)
        grid.addWidget(plain_label(breakable(value)), row, 1)
    column.addLayout(grid)
    if not lines:
        column.addWidget(plain_label(nothing, tone="quiet"))
    return frame


def _filled(frame: QFrame, title: str) -> QVBoxLayout:
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 12, 16, 14)
    column.setSpacing(12)
    column.addWidget(plain_label(title, heading="section"))
    return column
