"""Rows of facts in a card: a mark, strong words with muted ones under them, and one thing to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import card, plain_label, separator, set_tone
from smtpwizard.gui.widgets.icons import IconLabel


class Fact(NamedTuple):
    """One row; `mark` is an icon at its end that says how good it is, such as `passed`; `literal`:
    its text is compared letter by letter."""

    icon: str
    title: str
    text: str = ""
    buttons: Sequence[QPushButton] = ()
    mark: str = ""
    tone: str = ""
    literal: bool = False


class FactRow(QWidget):
    """One fact; assistive technology reads it as one."""

    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self.buttons = tuple(fact.buttons)
        self.title = plain_label(fact.title, tone="strong")
        self.text = plain_label(fact.text, tone="muted")
        if not fact.text:
            self.text.hide()
        set_tone(self.text, "tone", fact.tone or "muted")
        if fact.literal:
            self.text.setProperty("fixed", "true")
        for label in (self.title, self.text):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName(f"{fact.title}. {fact.text}".strip())
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.title)
        words.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(10)
        row.addWidget(IconLabel(fact.icon, "text"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        for push in fact.buttons:
            row.addWidget(push, 0, Qt.AlignmentFlag.AlignVCenter)
        if fact.mark:
            row.addWidget(IconLabel(fact.mark), 0, Qt.AlignmentFlag.AlignVCenter)


class FactCard(QFrame):
    """A card with a heading and rows of facts, which can be shown anew."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.heading = plain_label(heading, heading="section", wrap=False)
        self.setAccessibleName(heading)
        self.rows: list[FactRow] = []
        self._inside: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 10)
        self._column.setSpacing(4)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.heading, 1)
        self._column.addLayout(self.head)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these, and none else."""
        before, self._inside = self._inside, QWidget()
        pressed = self._focused_button(before)
        inner = QVBoxLayout(self._inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        self.rows = [FactRow(fact) for fact in facts]
        for number, row in enumerate(self.rows):
            if number:
                inner.addWidget(separator())
            inner.addWidget(row)
        self._column.insertWidget(1, self._inside)
        if before is not None:
            if pressed is not None:
                self._focus_again(pressed)
            before.hide()
            before.deleteLater()

    def _focused_button(self, inside: QWidget | None) -> QWidget | None:
        """The button in there that has the focus, or gets it back from a dialog."""
        focused = self.window().focusWidget()
        if inside is None or focused is None or not inside.isAncestorOf(focused):
            return None
        return focused

    def _focus_again(self, before: QWidget) -> None:
        """The focus stays with a button of this name, or with the first one: what is shown anew
        has thrown nobody out."""
        buttons = [push for row in self.rows for push in row.buttons]
        same = (push for push in buttons if push.accessibleName() == before.accessibleName())
        wanted = next(same, buttons[0] if buttons else None)
        if wanted is not None:
            wanted.setFocus()


def stretching_card(heading: str) -> tuple[QFrame, QVBoxLayout, QHBoxLayout]:
    """An empty card with its heading: the frame, its column, and the line of the heading."""
    frame = card()
    frame.setAccessibleName(heading)
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 14, 16, 14)
    column.setSpacing(10)
    head = QHBoxLayout()
    head.setSpacing(8)
    head.addWidget(plain_label(heading, heading="section", wrap=False), 1)
    column.addLayout(head)
    return frame, column, head
