"""What a cause says and what is to be done: facts in two columns, steps with whose they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.beside import BesideOrUnder, words_need
from smtpwizard.gui.widgets.code_box import CodeBox
from smtpwizard.gui.widgets.elements import breakable, line, link_button, plain_label
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.messages.causes import StepText, owner_name, said_name
from smtpwizard.messages.face import field_label, page_of
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Actor, Cause

W = TypeVar("W", bound=QWidget)

MAX_SAID = 3
# How much of the width the names of facts may take beside them.
_NAMES_SHARE = 0.33
MAX_LINE = 300

Go = Callable[[str], None]


class FactGrid(QWidget):
    """What happened, the server's words, who must act; rows with nothing to say are left out."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._stacked = False
        self._rows: dict[str, tuple[QLabel, QWidget]] = {}
        self.happened = self._add("happened", self.tr("What happened"), plain_label())
        self.said = self._add("said", said_name(None), plain_label())
        self.said.setProperty("fixed", "true")
        self.who = plain_label(tone="strong")
        acting = QWidget()
        self._mark = IconLabel("user")
        row = QHBoxLayout(acting)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.who, 1)
        self._add("who", self.tr("Who must act"), acting)
        self.found_by = self._add("found_by", self.tr("Found by"), plain_label())

    def _add(self, key: str, name: str, value: W) -> W:
        label, at = plain_label(name, tone="quiet", wrap=False), self._grid.rowCount()
        self._grid.addWidget(label, at, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, at, 1)
        self._rows[key] = (label, value)
        return value

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the names would take too much of the width, they stand above what they name."""
        super().resizeEvent(event)
        widest = max(label.sizeHint().width() for label, _ in self._rows.values())
        stacked = widest > event.size().width() * _NAMES_SHARE
        if stacked == self._stacked:
            return
        self._stacked = stacked
        for at, (label, value) in enumerate(self._rows.values()):
            for widget in (label, value):
                self._grid.removeWidget(widget)
            if stacked:
                self._grid.addWidget(label, 2 * at, 0, 1, 2)
                self._grid.addWidget(value, 2 * at + 1, 0, 1, 2)
            else:
                self._grid.addWidget(label, at, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(value, at, 1)

    def show_facts(
        self, happened: str, said: Sequence[str], who: str, found_by: str, cause: Cause | None
    ) -> None:
        """Fill the rows in; an empty one is hidden. Whose words `said` are follows from `cause`."""
        self.happened.setText(breakable(happened))
        self._rows["said"][0].setText(said_name(cause))
        lines = (clean_text(each, MAX_LINE) for each in said[:MAX_SAID])
        self.said.setText(breakable("\n".join(lines)))
        self.who.setText(who)
        self.found_by.setText(found_by)
        for key, shown in (
            *(("happened", happened), ("said", said)),
            *(("who", who), ("found_by", found_by)),
        ):
            for widget in self._rows[key]:
                widget.setVisible(bool(shown))


class StepRows(QWidget):
    """Steps under each other, numbered where there is more than one."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.heading = plain_label(tone="strong")
        self.column.addWidget(self.heading)
        self.rows: list[StepRow] = []
        self.of_case = False
        """They are a customer's, whose case somebody else reads."""
        self.hide()

    def show_steps(
        self,
        steps: Sequence[StepText],
        heading: str,
        go: Go | None,
        *,
        first: int = 1,
        beside: str = "",
    ) -> None:
        """Show these steps under a heading, counted from `first`; `go` leads to a field, but to
        none that stands `beside` them."""
        for old in self.rows:
            self.column.removeWidget(old)
            old.hide()
            old.deleteLater()
        many = first + len(steps) > 2
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.rows = [
            StepRow(step, str(number) if many else "", go, beside, of_case=self.of_case)
            for number, step in enumerate(steps, first)
        ]
        for row in self.rows:
            self.column.addWidget(row)
        self.setVisible(bool(steps))


class StepRow(QWidget):
    """One step: its number, its words, a command to copy, a link to the field, whose it is."""

    def __init__(
        self,
        step: StepText,
        number: str,
        go: Go | None,
        beside: str = "",
        *,
        of_case: bool = False,
    ) -> None:
        super().__init__()
        self.step = step
        linked = go is not None and step.fields and step.by is Actor.YOU
        self.text = plain_label(breakable(step.short if linked else step.words))
        # Its first line stands beside the pill's.
        self.text.setContentsMargins(0, 2, 0, 0)
        words = QVBoxLayout()
        words.setSpacing(4)
        if step.closing:
            words.addWidget(self.text)
        else:
            owner = Pill(owner_name(step.by, of_case=of_case))
            head = BesideOrUnder((self.text, owner), words_need, spacing=8)
            head.share(self.text)
            words.addWidget(head)
        name = (
            self.tr("the command of step {0}").format(number) if number else self.tr("the command")
        )
        self.code = CodeBox(step.command, name) if step.command else None
        if self.code is not None:
            words.addWidget(self.code)
        fields = [field for field in step.fields if field != beside] if linked else []
        self.links = [go_link(field, go) for field in fields] if go is not None else []
        if self.links:
            words.addLayout(line(*self.links, None, spacing=12))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        if number:
            mark = plain_label(f"{number}.", tone="strong", wrap=False)
            mark.setContentsMargins(0, 2, 0, 0)
            mark.setMinimumWidth(self.fontMetrics().horizontalAdvance("00."))
            row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)


def go_link(field: str, go: Go) -> QPushButton:
    """A link that leads to a field."""
    link = link_button(go_text(field), lambda: go(field))
    link.setAccessibleDescription(page_of(field))
    return link


def go_text(field: str) -> str:
    """What a link or a button to a field says."""
    label = page_of(field) if field == "authentication.method" else field_label(field)
    return QCoreApplication.translate("StepRow", "Go to {0}").format(label)
