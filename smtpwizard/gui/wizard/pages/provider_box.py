"""The box *Provider*: all entries, found by a few letters; and what stands in it and is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit

from smtpwizard.gui.widgets.steady import SteadyCombo

Meant = Callable[[str], str | None]


class ProviderBox(SteadyCombo):
    """A drop-down that is typed into; only an entry of it is a choice.

    `meant` says which entry a text names. `then` hears what stands in the box as long as that is
    none of them, and an empty text as soon as it is one, or nothing. `left` comes when the focus
    has gone elsewhere.
    """

    left = Signal()

    def __init__(self, meant: Meant, then: Callable[[str], object]) -> None:
        super().__init__()
        self._meant = meant
        self._then = then
        self._by_hand = False
        self._shown = -1
        self.line = QLineEdit()
        self.line.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the box has it, for both
        self.setLineEdit(self.line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        # A long entry widens the list that drops down, not the page.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)
        self.setMaxVisibleItems(14)
        self.found = completer = QCompleter(self.model(), self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.line.textEdited.connect(self._typed_by_hand)  # comes before the next
        # By every change: assistive technology sets texts without a key.
        self.editTextChanged.connect(self._text_changed)

    def name_parts(self, name: str) -> None:
        """What assistive technology calls the line, and the list of what was found."""
        self.line.setAccessibleName(name)
        QTimer.singleShot(0, self, lambda: self._name_found(name))

    def _name_found(self, name: str) -> None:
        popup = self.found.popup()
        if popup is not None:
            popup.setAccessibleName(name)
            popup.setProperty("popup", "true")

    def add_entries(self, entries: Iterable[tuple[str, str]]) -> None:
        """Add (text, value) pairs without choosing one."""
        with QSignalBlocker(self):
            for text, value in entries:
                self.addItem(text, value)
            self.setCurrentIndex(-1)

    def show_entry(self, value: str, typed: str) -> None:
        """Show the entry with this value, adding an unknown one, or none for an empty value; what
        was `typed` instead stays."""
        with QSignalBlocker(self):
            index = self.findData(value) if value else -1
            if value and index < 0:
                self.addItem(value, value)
                index = self.count() - 1
            self._shown = index
            if self.currentIndex() != index:
                self.setCurrentIndex(index)
            text = typed or self.itemText(index)
            if self.currentText() != text and (typed or not self.hasFocus()):
                self.setEditText(text)

    def settle(self) -> None:
        """Take what was typed for the entry that it names; an emptied box shows its entry again."""
        text = self.currentText()
        chosen = self.itemText(self.currentIndex())
        if text == chosen:
            return
        if not text.strip():
            self.setEditText(chosen)
            return
        meant = self._meant(text)
        if meant is not None:
            index = self.findData(meant)
            self.setEditText(self.itemText(index))
            self.setCurrentIndex(index)

    def _typed_by_hand(self) -> None:
        self._by_hand = True

    def _text_changed(self, text: str) -> None:
        by_hand, self._by_hand = self._by_hand, False
        if text == self.itemText(self.currentIndex()):
            # Another entry than before is said by `currentIndexChanged`, which comes after this.
            if self.currentIndex() == self._shown:
                self._then("")
            return
        if not text.strip():
            self._then("")
            return
        # A whole name is taken at once, but not from under somebody's fingers.
        whole = self.findText(text, Qt.MatchFlag.MatchFixedString)
        if whole >= 0 and self.itemData(whole) is not None and not by_hand:
            self.setCurrentIndex(whole)
            return
        self._then(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Not `editingFinished`: that comes while the list of what was found changes, too.
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.settle()
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        asked = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if asked and self.currentText() != self.itemText(self.currentIndex()):
            # Enter ends the search; the next one goes on.
            self.settle()
            event.accept()
            return
        super().keyPressEvent(event)
