"""Fields: an editor with its label, its accessible name, and words beneath it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QObject, QPoint, QSignalBlocker, QSize, QTimer
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from smtpwizard.gui.widgets.elements import announce, line, link_button, plain_label, set_tone
from smtpwizard.gui.widgets.qt_values import NO_FOCUS, SECRET_HINTS
from smtpwizard.gui.widgets.steady import SteadyCombo

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

# How long after the last key a field in use is judged, ms: long enough not to nag while typing.
REVEAL_AFTER_MS = 900
# What stands behind a label may be broken if it is longer than this, letters.
_SHORT_REST = 16


# How long what was scrolled to stays in sight while everything else finds its place, ms.
SETTLES_MS = 250


def scrolling(content: QWidget, area: QScrollArea | None = None) -> QScrollArea:
    """A scroll area without a frame that Tab passes by; what has the focus is scrolled to.

    `area` is one that stands in its place already, with much content made within its viewport.
    """
    area = area or QScrollArea()
    area.setWidgetResizable(True)
    area.setProperty("focusPolicy", NO_FOCUS)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setProperty("plain", "true")
    content.setProperty("plain", "true")
    area.setWidget(content)
    return area


def scroll_to(
    widget: QWidget, *, under: QWidget | None = None, least: QWidget | None = None
) -> None:
    """Scroll a widget into sight once everything has found its place, as far as what it stands
    `under` stays in sight; where there is no room for all of it, at least `least` does.
    """

    def scroll() -> None:
        if not isValid(widget):
            return
        area = _area_of(widget)
        if area is not None and widget.isVisible():
            high, target = area.viewport().height(), widget
            if least is not None and _from_top_of(under or widget, widget) > high:
                target = least
            area.ensureWidgetVisible(target, 0, 12)
            fits = under is not None and _from_top_of(under, target) <= high
            if under is not None and (fits or least is None):
                above = under.mapTo(area.viewport(), QPoint(0, 0)).y() - 6
                bar = area.verticalScrollBar()
                bar.setValue(bar.value() + min(above, 0))

    def scroll_and_stay() -> None:
        scroll()
        area = _area_of(widget)
        if area is not None:
            # Lines that wrap find their height a moment later, and push it down again.
            changed = area.verticalScrollBar().rangeChanged
            changed.connect(scroll)
            QTimer.singleShot(SETTLES_MS, area, lambda: changed.disconnect(scroll))

    # The layout first tells its sizes, then the scroll area takes them over.
    QTimer.singleShot(0, widget, lambda: QTimer.singleShot(0, widget, scroll_and_stay))


def _area_of(widget: QWidget) -> QScrollArea | None:
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    return area


def _from_top_of(above: QWidget, widget: QWidget) -> int:
    """How high it is from the top of one to the bottom of the other."""
    top = above.mapTo(above.window(), QPoint(0, 0)).y()
    return widget.mapTo(widget.window(), QPoint(0, widget.height())).y() - top


def line_edit(*, secret: bool = False) -> QLineEdit:
    """A one-line field; a secret one shows dots and keeps out of input methods and undo."""
    edit = QLineEdit()
    if secret:
        edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.setProperty("inputMethodHints", SECRET_HINTS)
    return edit


def combo_box(choices: Iterable[tuple[str, str]]) -> QComboBox:
    """A drop-down of (text, value) pairs."""
    combo = SteadyCombo()
    # A long entry widens the list that drops down, not the page.
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(16)
    for text, value in choices:
        combo.addItem(text, value)
    return combo


def show_text(edit: QLineEdit, text: str) -> None:
    """Put text into a field for the program, not for the user: nothing is written back."""
    if edit.text() != text:
        with QSignalBlocker(edit):
            edit.setText(text)


def show_choice(combo: QComboBox, value: str) -> None:
    """Select the entry with this value, adding it where the list does not know it."""
    index = combo.findData(value)
    with QSignalBlocker(combo):
        if index < 0:
            combo.addItem(value, value)
            index = combo.count() - 1
        combo.setCurrentIndex(index)


def show_checked(box: QWidget, checked: bool) -> None:
    """Tick or untick for the program, not for the user."""
    with QSignalBlocker(box):
        box.setChecked(checked)  # type: ignore[attr-defined]


class Field(QObject):
    """A labelled editor with a line of words beneath it: a hint, or what is wrong.

    `key` is the dotted path of the problems it shows; `write` takes the text of a line, the value
    of a drop-down. `rest` are muted words behind the label, such as "– optional", and no part of
    its name. `box` holds all of it. `name_later` leaves out what takes 2 ms before the first paint:
    `name_list` is called after it. A problem is shown once the field was
    touched: the user left it, paused in it, or something other than the keyboard set it.
    """

    def __init__(
        self,
        key: str,
        label: str,
        editor: QLineEdit | QComboBox,
        hint: str = "",
        *,
        write: Callable[[str], object] = lambda _: None,
        beside: Sequence[QWidget] = (),
        rest: str = "",
        name_later: bool = False,
    ) -> None:
        super().__init__(editor)
        self.key = key
        self.editor = editor
        self.beside = tuple(beside)
        self.name = label.replace("&", "")
        self.label = plain_label(label, tone="strong", wrap=False)
        self.label.setBuddy(editor)
        self.note = plain_label(hint, tone="muted")
        if not hint:
            self.note.hide()
        self.hint = hint
        self.warning = ""
        self.touched = False
        self.error = ""
        editor.setAccessibleName(self.name)
        editor.setAccessibleDescription(hint)
        self.box = self._lay_out(rest)
        # Made when first needed: each would cost every field something at start-up.
        self._pause: QTimer | None = None
        self._mark: QLabel | None = None
        self._action: QPushButton | None = None
        self._short: QLabel | None = None
        self._on_touch: Callable[[], None] = lambda: None
        # Written before it is judged. Assistive technology sends these signals and no others.
        if isinstance(editor, QLineEdit):
            editor.textChanged.connect(lambda text: write(text))
            editor.textChanged.connect(self._edited)
            editor.editingFinished.connect(self._left)
        else:
            if not name_later:
                self.name_list()
            editor.currentIndexChanged.connect(lambda _: write(editor.currentData()))
            editor.currentIndexChanged.connect(self._chosen)

    def _lay_out(self, rest: str) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        if rest:
            long = len(rest) > _SHORT_REST
            self.rest = plain_label(rest, tone="muted", wrap=long)
            head = line(self.label, self.rest, *(() if long else (None,)), spacing=5)
            head.setStretch(1, 1 if long else 0)
            column.addLayout(head)
        else:
            column.addWidget(self.label)
        if self.beside:
            row = line(spacing=8)
            row.addWidget(self.editor, 1)
            for widget in self.beside:
                row.addWidget(widget)
            column.addLayout(row)
        else:
            column.addWidget(self.editor)
        self._note_line = line(spacing=6)
        self._note_line.addWidget(self.note, 1)
        column.addLayout(self._note_line)
        column.addStretch(1)  # beside a taller one it stays at the top
        return box

    def name_list(self) -> None:
        """Name the list that drops down: a window of its own to assistive technology."""
        if isinstance(self.editor, QComboBox):
            self.editor.view().setAccessibleName(self.name)

    def when_touched(self, then: Callable[[], None]) -> None:
        """Call `then` when problems of this field may be shown from now on."""
        self._on_touch = then

    def set_hint(self, hint: str) -> None:
        self.hint = hint
        self._show()

    def set_warning(self, warning: str) -> None:
        """A remark that stops nobody, shown in place of the hint."""
        self.warning = warning
        self._show()

    def set_error(self, error: str) -> None:
        """What is wrong, in words; empty when nothing is."""
        if error == self.error:
            return
        self.error = error
        self._show()
        if error:
            announce(self.editor, f"{self.name}: {error}")

    def touch(self) -> None:
        """Problems of this field may be shown from now on."""
        self.touched = True
        self._on_touch()

    def set_action(self, text: str, then: Callable[[], object], *, name: str = "") -> None:
        """A small step behind the words beneath the field; an empty text takes it away.

        `name` is what assistive technology calls it, where its text alone says too little.
        """
        if self._action is None:
            if not text:
                return
            self._action = link_button(text, lambda: self._act())
            self._action.setProperty("hint", "true")  # of the size of the words before it
            from smtpwizard.gui.widgets.eliding_label import ElidingLabel  # noqa: PLC0415 - not before the first paint

            self._short = ElidingLabel(tone="muted")
            self._note_line.addWidget(self._short)
            self._note_line.addWidget(self._action)
            self._note_line.addStretch()
        self._act = then
        self._action.setText(text)
        self._action.setAccessibleName(name or text)
        self._action.setAccessibleDescription(self.note.text())  # what it is about
        self._action.setVisible(bool(text))
        self._share_line()

    def _share_line(self) -> None:
        """The step stands behind words of one line, which give way: no field moves for them. What
        is wrong may need more lines."""
        if self._action is None or self._short is None:
            return
        beside = bool(self._action.text()) and not self.error
        text = self.note.text()
        self._short.setText(text)
        self._short.setVisible(beside and bool(text))
        self.note.setVisible(not beside and bool(text))
        self._note_line.setStretch(self._note_line.count() - 1, 1 if beside else 0)
        self._note_line.setStretch(self._note_line.indexOf(self.note), 0 if beside else 1)

    def _show(self) -> None:
        text = self.error or self.warning or self.hint
        self.note.setText(text)
        if self._action is not None:
            self._action.setAccessibleDescription(text)
        tone = "danger" if self.error else "warning" if self.warning else "muted"
        set_tone(self.note, "tone", tone)
        set_tone(self.editor, "tone", "danger" if self.error else "")
        self.note.setVisible(bool(text))
        self._share_line()
        self._show_mark("failed" if self.error else "warning" if self.warning else "")
        self.editor.setAccessibleDescription(text)

    def _show_mark(self, icon: str) -> None:
        """The sign in front of what is wrong: colour alone says nothing."""
        if self._mark is None and icon:
            from smtpwizard.gui.widgets.icons import IconLabel  # noqa: PLC0415 - not before the first paint

            self._mark = IconLabel()
            self._note_line.insertWidget(0, self._mark, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        if isinstance(self._mark, QLabel):
            self._mark.setVisible(bool(icon))
            if icon:
                self._mark.show_icon(icon)  # type: ignore[attr-defined]

    def _show_start(self) -> None:
        """Of a long text the beginning is shown, unless somebody types in it."""
        if isinstance(self.editor, QLineEdit) and self.editor.window().focusWidget() != self.editor:
            self.editor.setCursorPosition(0)

    def _edited(self) -> None:
        self._show_start()
        if self.touched or not self.editor.hasFocus():
            self.touch()
            return
        if self._pause is None:
            self._pause = QTimer(self)
            self._pause.setSingleShot(True)
            self._pause.setInterval(REVEAL_AFTER_MS)
            self._pause.timeout.connect(self.touch)
        self._pause.start()

    def _left(self) -> None:
        self._show_start()
        # Tabbing through an empty field is no mistake; leaving one that was typed in may be.
        if self._pause is not None:
            self._pause.stop()
            self.touch()

    def _chosen(self) -> None:
        self.touch()


def show_field(field: Field, shown: bool) -> None:
    """Show or hide a field with its label, its words and what stands beside it."""
    field.box.setVisible(shown)


class SideBySide(QWidget):
    """Two fields beside each other where both have room, else under each other."""

    def __init__(self, fields: Sequence[Field], shares: Sequence[int]) -> None:
        super().__init__()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(16)
        self._fields = fields
        self._shares = shares
        for field, share in zip(fields, shares, strict=True):
            self._row.addWidget(field.box, share)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn(event.size().width())

    def _turn(self, width: int) -> None:
        directions = QBoxLayout.Direction
        total = sum(self._shares)
        room = width - self._row.spacing()
        fits = all(
            field.box.minimumSizeHint().width() <= room * share // total
            for field, share in zip(self._fields, self._shares, strict=True)
        )
        wanted = directions.LeftToRight if fits else directions.TopToBottom
        if self._row.direction() != wanted:
            self._row.setDirection(wanted)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the wider of the two: they go under each other then."""
        widths = [field.box.minimumSizeHint().width() for field in self._fields]
        return QSize(max(widths), super().minimumSizeHint().height())


class FieldForm(QVBoxLayout):
    """Fields under each other, each with its label above it."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(12)
        self.setContentsMargins(0, 0, 0, 0)

    def add(self, field: Field) -> Field:
        self.addWidget(field.box)
        return field

    def add_pair(self, one: Field, other: Field, shares: tuple[int, int] = (1, 1)) -> None:
        """Two fields that belong together, side by side where both fit."""
        self.addWidget(SideBySide((one, other), shares))

    def add_note(self, note: QLabel) -> None:
        """Words about the field above them."""
        self.addWidget(note)

    def add_wide(self, widget: QWidget) -> None:
        self.addWidget(widget)
