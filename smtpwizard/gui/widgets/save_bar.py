"""The bar at the foot of a form: what is not saved yet, and the two ways on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6 import QtWidgets
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QMessageBox, QVBoxLayout, QWidget
from shiboken6 import isValid

from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    line,
    next_step_of,
    plain_label,
    set_next_step,
)
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.model.addresses import clean_text


class SaveBar(QFrame):
    """Hidden while nothing is changed; `saved`, `verified` (after saving) and `reset` are what the
    user wants."""

    saved = Signal()
    verified = Signal()
    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "outlined")
        self.count = plain_label(tone="strong", wrap=False)
        self.names = plain_label()
        self._named = ""
        self.setAccessibleName(self.tr("Changes that are not saved"))
        self.reset_button = button(self.tr("Reset"), self.reset.emit)
        self.verify_button = button(self.tr("Save an&d verify"), self.verified.emit)
        self.verify_button.hide()
        self.save_button = button(self.tr("Save changes"), self.saved.emit)
        self.save_button.setAccessibleDescription(self.tr("Ctrl+S"))
        self.save_button.setToolTip(self.tr("Ctrl+S"))
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.count)
        words.addWidget(self.names)
        said = line(IconLabel("warning"), words, spacing=12)
        said.setStretch(1, 1)
        self._buttons = QWidget()
        self._buttons.setLayout(line(self.reset_button, self.verify_button, self.save_button))
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(14, 8, 10, 8)
        self._row.setSpacing(8)
        self._row.addLayout(said, 1)
        self._row.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignRight)
        self._came_from: QWidget | None = None
        """What had the focus before one of its buttons."""
        QtWidgets.QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]
        self.hide()

    def _focus_moved(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is None or before is None or before.window() is not self.window():
            return
        if self.isAncestorOf(now) and not self.isAncestorOf(before):
            self._came_from = before

    def _give_focus_back(self) -> None:
        """It goes: what it was about has the focus again, where one of its buttons has it."""
        former = self._came_from
        focused = self.window().focusWidget()
        if focused is None or not self.isAncestorOf(focused) or former is None:
            return
        if isValid(former) and former.isVisible() and former.isEnabled():
            former.setFocus()

    def ask_to_discard(
        self,
        whose: str,
        number: int,
        then: Callable[[bool], None],
        save: Callable[[], object] | None = None,
    ) -> QMessageBox:
        """Ask whether so many changes of something named may be lost; not blocking. Where they can
        be saved as they are, `save` is offered, too."""
        if number > 1:
            words = self.tr("Discard {0} changes?").format(number)
        else:
            words = self.tr("Discard 1 change?")
        return ask(
            self.window(),
            clean_text(whose, 120),
            words,
            self._named,
            self.tr("Discard"),
            self.tr("Keep editing"),
            then,
            destructive=True,
            third=(self.save_button.text(), save)
            if save is not None and self.save_button.isEnabled()
            else None,
        )

    def minimumSizeHint(self) -> QSize:
        height = super().minimumSizeHint().height()
        words = self.count.sizeHint().width() + self.fontMetrics().height() * 4
        return QSize(max(words, self._buttons.minimumSizeHint().width()) + 24, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The buttons stand under the words where there is no room beside them."""
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        words = self.count.sizeHint().width() + self.fontMetrics().height() * 8
        beside = event.size().width() >= self._buttons.sizeHint().width() + words
        self._row.setDirection(directions.LeftToRight if beside else directions.TopToBottom)

    def show_changes(self, names: Sequence[str], *, complete: bool = True, after: str = "") -> None:
        """Name the changed fields; `complete` says whether they can be saved as they are, `after`
        what follows from saving, or what is in its way."""
        many = self.tr("{0} changes are not saved:").format(len(names))
        self.count.setText(self.tr("1 change is not saved:") if len(names) == 1 else many)
        self._named = self.tr(", ").join(names)
        self.names.setText(f"{self._named}. {after}" if after else self._named)
        for push in (self.save_button, self.verify_button):
            push.setEnabled(complete)
        appears = bool(names) and self.isHidden()
        if not names:
            self._give_focus_back()
        self.setVisible(bool(names))
        if appears:
            announce(self, f"{self.count.text()} {self.names.text()}")
        if names and complete:
            set_next_step(self.save_button)
        elif next_step_of(self.window()) is self.save_button:
            set_next_step(None, self.window())
