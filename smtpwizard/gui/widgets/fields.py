"""Fields: an editor with its label, its accessible name, and words beneath it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, QPoint, QSignalBlocker, QTimer
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from smtpwizard.gui.widgets.elements import announce, plain_label, set_tone
from smtpwizard.gui.widgets.qt_values import NO_FOCUS, SECRET_HINTS

# How long after the last key a field in use is judged, ms: long enough not to nag while typing.
REVEAL_AFTER_MS = 900


def scrolling(content: QWidget) -> QScrollArea:
    """A scroll area without a frame that Tab passes by; what has the focus is scrolled to."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setProperty("focusPolicy", NO_FOCUS)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setProperty("plain", "true")
    content.setProperty("plain", "true")
    area.setWidget(content)
    return area


def scroll_to(widget: QWidget, *, under: QWidget | None = None) -> None:
    """Scroll a widget into sight once everything has found its place, as far as what it stands
    `under` stays in sight."""

    def scroll() -> None:
        area = widget.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if isinstance(area, QScrollArea) and widget.isVisible():
            area.ensureWidgetVisible(widget, 0, 12)
            if under is not None:
                above = under.mapTo(area.viewport(), QPoint(0, 0)).y() - 6
                bar = area.verticalScrollBar()
                bar.setValue(bar.value() + min(above, 0))

    # The layout first tells its sizes, then the scroll area takes them over.
    QTimer.singleShot(0, widget, lambda: QTimer.singleShot(0, widget, scroll))


def line_edit(*, secret: bool = False) -> QLineEdit:
    """A one-line field; a secret one shows dots and keeps out of input methods and undo."""
    edit = QLineEdit()
    if secret:
        edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.setProperty("inputMethodHints", SECRET_HINTS)
    return edit


def combo_box(choices: Iterable[tuple[str, str]]) -> QComboBox:
    """A drop-down of (text, value) pairs."""
    combo = QComboBox()
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
    of a drop-down. A problem is shown once the field was
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
    ) -> None:
        super().__init__(editor)
        self.key = key
        self.editor = editor
        self.beside = tuple(beside)
        self.name = label.replace("&", "")
        self.label = plain_label(label, wrap=False)
        self.label.setBuddy(editor)
        self.note = plain_label(hint, tone="hint")
        self.hint = hint
        self.warning = ""
        self.touched = False
        self.error = ""
        editor.setAccessibleName(self.name)
        editor.setAccessibleDescription(hint)
        # A timer of its own would cost every field a QTimer at start-up: made when first needed.
        self._pause: QTimer | None = None
        self._on_touch: Callable[[], None] = lambda: None
        # Written before it is judged. Assistive technology sends these signals and no others.
        if isinstance(editor, QLineEdit):
            editor.textChanged.connect(lambda text: write(text))
            editor.textChanged.connect(self._edited)
            editor.editingFinished.connect(self._left)
        else:
            # The list that drops down is a window of its own to assistive technology; making it
            # takes 2 ms, which the first paint does not wait for.
            QTimer.singleShot(0, editor, self._name_list)
            editor.currentIndexChanged.connect(lambda _: write(editor.currentData()))
            editor.currentIndexChanged.connect(self._chosen)

    def _name_list(self) -> None:
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

    def _show(self) -> None:
        text = self.error or self.warning or self.hint
        self.note.setText(text)
        tone = "error" if self.error else "warning" if self.warning else "hint"
        set_tone(self.note, "tone", tone)
        set_tone(self.editor, "tone", "error" if self.error else "")
        self.note.setVisible(bool(text) and self.editor.isVisibleTo(self.editor.window()))
        self.editor.setAccessibleDescription(text)

    def _edited(self) -> None:
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
        # Tabbing through an empty field is no mistake; leaving one that was typed in may be.
        if self._pause is not None:
            self._pause.stop()
            self.touch()

    def _chosen(self) -> None:
        self.touch()


def show_field(field: Field, shown: bool) -> None:
    """Show or hide a field with its label, its words and what stands beside it."""
    for widget in (field.label, field.editor, *field.beside):
        widget.setVisible(shown)
    field.note.setVisible(shown and bool(field.note.text()))


class FieldGrid(QGridLayout):
    """Fields under each other: labels in one column, editors and their notes in the other."""

    def __init__(self, label_width: int) -> None:
        super().__init__()
        self.setColumnMinimumWidth(0, label_width)
        self.setColumnStretch(1, 1)
        self.setHorizontalSpacing(12)
        self.setVerticalSpacing(3)
        self.setContentsMargins(0, 0, 0, 0)

    def add(self, field: Field) -> Field:
        row = self.rowCount()
        self.addWidget(field.label, row, 0)
        if field.beside:
            line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
            line.setSpacing(8)
            line.addWidget(field.editor, 1)
            for widget in field.beside:
                line.addWidget(widget)
            self.addLayout(line, row, 1)
        else:
            self.addWidget(field.editor, row, 1)
        self.add_note(field.note)
        return field

    def add_note(self, note: QLabel) -> None:
        """Words across the editors' column, with room beneath."""
        note.setContentsMargins(0, 0, 0, 7)
        self.addWidget(note, self.rowCount(), 1)

    def add_wide(self, widget: QWidget) -> None:
        """A widget in the editors' column."""
        self.addWidget(widget, self.rowCount(), 1)
