"""What stands beside a customer's case: what one can do in three steps, and cards of facts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QVBoxLayout

from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    line,
    plain_label,
    separator,
)
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.model.addresses import clean_text


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


class FactsCard(QFrame):
    """A card of facts, each said as “name: value”, in two columns; `nothing` where there is none.
    Its `pill` is a word about all of them."""

    def __init__(self, title: str, lines: Sequence[str], nothing: str) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.pill = Pill()
        self.pill.hide()
        self.column = _filled(self, title, self.pill)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, text in enumerate(lines):
            name, _, value = text.partition(": ")
            top = Qt.AlignmentFlag.AlignTop
            grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0, top)
            grid.addWidget(plain_label(breakable(value)), row, 1)
        self.column.addLayout(grid)
        if not lines:
            self.column.addWidget(plain_label(nothing, tone="quiet"))


class ReplacedCard(FactsCard):
    """What has stand-ins, and whether anything looks like a secret: all of a case was searched.
    `secret_at` is the field that does."""

    def __init__(self, lines: Sequence[str], nothing: str, secret_at: str | None) -> None:
        super().__init__(self.tr("Replaced before it left"), lines, nothing)
        if secret_at is None:
            self.pill.say(self.tr("No secrets"), "success")
            words = self.tr(
                "Passwords and tokens are never recorded. The whole file was searched for what "
                "looks like one: nothing was found."
            )
        else:
            self.pill.say(self.tr("Not safe"), "danger")
            words = self.tr(
                "“{0}” in this file looks like a password or a token. Do not pass the file on, "
                "and tell the customer to change it."
            ).format(clean_text(secret_at, 80))
        self.pill.show()
        self.words = plain_label(breakable(words), tone="hint")
        self.column.addWidget(self.words)


def _filled(frame: QFrame, title: str, pill: Pill | None = None) -> QVBoxLayout:
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 12, 16, 14)
    column.setSpacing(12)
    head = line(plain_label(title, heading="section"))
    head.setStretch(0, 1)
    if pill is not None:
        head.addWidget(pill)
    column.addLayout(head)
    return column
