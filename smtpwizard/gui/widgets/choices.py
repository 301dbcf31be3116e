"""Choices as cards, rows and tiles: a real radio button each, and its whole area is the target."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import plain_label, separator, set_tone
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.style import colour, mark_side

# Of the frame round rows, inside its line; and how wide the bar of a chosen row is, px.
_RADIUS, _BAR = 7, 4


class Choice(QFrame):
    """A radio button with a line of explanation, in a frame that is clicked as a whole.

    `radio` is what is toggled, focused and named: its accessible name is the text, its description
    the note.
    """

    look = "card"

    def __init__(self, text: str, note: str = "") -> None:
        super().__init__()
        self.setProperty("choice", self.look)
        self.radio = self._make_radio(text)
        self.radio.setProperty("strong", "true")
        self.radio.setAccessibleName(text.replace("&", ""))
        self.note = plain_label(tone="muted")
        self.end = QHBoxLayout()  # for a pill
        self._lay_out()
        self.set_note(note)
        self.radio.toggled.connect(self._toggled)

    def _make_radio(self, text: str) -> QRadioButton:
        return QRadioButton(text)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(11, 9, 11, 9)
        column.setSpacing(1)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.radio, 1)
        head.addLayout(self.end)
        column.addLayout(head)
        column.addWidget(self.note)
        self.note.setIndent(self._indent())

    def _indent(self) -> int:
        """Where the text of the radio button begins."""
        return mark_side(self.font().pointSizeF()) + 12  # with its border, 2 px before, 8 behind

    def set_note(self, note: str) -> None:
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.radio.setAccessibleDescription(note)

    def set_available(self, available: bool, reason: str = "") -> None:
        """Whether it can be chosen; the reason why not stands in place of the note."""
        self.radio.setEnabled(available)
        if reason:
            self.set_note(reason)

    def _toggled(self, checked: bool) -> None:
        set_tone(self, "chosen", "true" if checked else "")
        self._let_tab_stop_at_the_chosen()

    def _let_tab_stop_at_the_chosen(self) -> None:
        """Tab comes to the one that is chosen, arrows to the others; Qt sees to that only once one
        of them has had the focus."""
        group = self.radio.group()
        radios = group.buttons() if group is not None else []
        chosen = any(radio.isChecked() for radio in radios)
        policies = Qt.FocusPolicy
        for radio in radios:
            stops = radio.isChecked() or not chosen
            radio.setFocusPolicy(policies.StrongFocus if stops else policies.ClickFocus)

    def show_chosen(self, chosen: bool) -> None:
        """Choose it for the program, not for the user: nothing is written back."""
        before, group = self.radio.blockSignals(True), self.radio.group()
        self.radio.setAutoExclusive(False)
        if group is not None and not chosen:
            group.setExclusive(False)  # none may be
        self.radio.setChecked(chosen)
        self.radio.setAutoExclusive(True)
        if group is not None:
            group.setExclusive(True)
        self.radio.blockSignals(before)
        self._toggled(chosen)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside and self.radio.isEnabled():
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.click()


class ChoiceRow(Choice):
    """A choice as one row of a `ChoiceList`."""

    look = "row"

    def _lay_out(self) -> None:
        super()._lay_out()
        column = self.layout()
        assert column is not None
        column.setContentsMargins(11, 7, 11, 7)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A bar along the side where one begins to read says that it is chosen."""
        super().paintEvent(event)
        if self.property("chosen") != "true":
            return
        edge, frame = self.property("edge"), QRectF(self.rect())
        frame.setTop(0 if edge in ("first", "only") else -_RADIUS)
        frame.setBottom(self.height() + (0 if edge in ("last", "only") else _RADIUS))
        inside = QPainterPath()
        inside.addRoundedRect(frame, _RADIUS, _RADIUS)
        left = self.width() - _BAR if self.isRightToLeft() else 0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(inside)
        painter.fillRect(left, 0, _BAR, self.height(), colour("focus"))
        painter.end()


class ChoiceList(QFrame):
    """Rows under each other in one frame, thin lines between them."""

    def __init__(self, rows: Iterable[ChoiceRow] = ()) -> None:
        super().__init__()
        self.setProperty("card", "outlined")
        self.rows: list[ChoiceRow] = []
        self._lines: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        self.show_rows(rows)

    def show_rows(self, rows: Iterable[ChoiceRow]) -> None:
        """Put these rows in place of the former ones; what was there and stays keeps the focus."""
        wanted = list(rows)
        for old in (*self.rows, *self._lines):
            self._column.removeWidget(old)
            if old not in wanted:
                old.hide()
                old.deleteLater()
        self.rows, self._lines = wanted, []
        for number, row in enumerate(self.rows):
            if number:
                self._lines.append(separator())
                self._column.addWidget(self._lines[-1])
            self._column.addWidget(row)
        # Its corners are those of the frame round it.
        for number, row in enumerate(self.rows):
            edge = "first" if number == 0 else "last" if number == len(self.rows) - 1 else ""
            set_tone(row, "edge", "only" if len(self.rows) == 1 else edge)


class Tile(Choice):
    """A choice as a tile: two letters or an icon at the left, a tick when it is chosen."""

    look = "tile"

    def __init__(self, mark: str, text: str, note: str = "") -> None:
        self._mark = mark
        super().__init__(text, note)

    def _lay_out(self) -> None:
        self.monogram = plain_label(self._mark, wrap=False)
        self.monogram.setProperty("monogram", "true")
        self.monogram.setAlignment(Qt.AlignmentFlag.AlignCenter)
        side = round(self.fontMetrics().height() * 2.1)
        self.monogram.setFixedSize(side, side)
        self._tick = IconLabel("check", "link", 14, "accent_soft")
        keeps = self._tick.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # nothing moves when it is chosen
        self._tick.setSizePolicy(keeps)
        self._tick.hide()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.radio, 1)
        head.addWidget(self._tick, 0, Qt.AlignmentFlag.AlignTop)
        words.addLayout(head)
        words.addWidget(self.note)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 9, 7, 9)
        row.setSpacing(0)
        row.addWidget(self.monogram)
        row.addSpacing(8)
        row.addLayout(words, 1)
        self.note.setIndent(2)

    def _toggled(self, checked: bool) -> None:
        super()._toggled(checked)
        self._tick.setVisible(checked)
