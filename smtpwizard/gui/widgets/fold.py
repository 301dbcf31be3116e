"""A part of a page that opens and folds: an arrow, its name, and a few words about its inside."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import ElidedButton, announce, plain_label
from smtpwizard.gui.widgets.icons import dress


class FoldButton(ElidedButton):
    """Opens with Space, Enter or Right, folds with Left."""

    wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("fold", "true")
        self.opened = False
        self.clicked.connect(lambda: self.wanted.emit(not self.opened))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            opens = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
            self.wanted.emit(key == opens)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.wanted.emit(not self.opened)
        else:
            super().keyPressEvent(event)


class Fold(QWidget):
    """A button with strong words, muted words behind it, and a body; folded at first.

    The strong words are the button's accessible name, the state its description. `toggled` comes
    with the new state, whoever changed it.
    """

    toggled = Signal(bool)

    def __init__(self, strong: str, rest: str = "") -> None:
        super().__init__()
        self.button = FoldButton()
        self.button.setText(strong)
        self.button.setAccessibleName(strong.replace("&", ""))
        self.button.wanted.connect(self._by_user)
        self.rest = plain_label(rest, tone="quiet", wrap=True)
        self.content = QWidget()
        self.body = QVBoxLayout(self.content)
        self.body.setContentsMargins(18, 0, 0, 4)
        self.body.setSpacing(12)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(6)  # for the ring of the focus
        head.addWidget(self.button)
        head.addWidget(self.rest, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.content)
        self._show()

    @property
    def is_open(self) -> bool:
        return self.button.opened

    def set_strong(self, text: str) -> None:
        self.button.setText(text)
        self.button.setAccessibleName(text.replace("&", ""))

    def set_rest(self, text: str) -> None:
        """What is inside, in a few words; they begin with a dash of their own."""
        self.rest.setText(text)

    def set_open(self, opened: bool) -> None:
        if opened != self.button.opened:
            self.button.opened = opened
            self._show()
            self.toggled.emit(opened)

    def _by_user(self, opened: bool) -> None:
        if opened != self.button.opened:
            self.set_open(opened)
            announce(self.button, self.button.accessibleDescription())

    def _show(self) -> None:
        opened = self.button.opened
        dress(self.button, "unfolded" if opened else "folded", "text", 14)
        self.button.setAccessibleDescription(self.tr("open") if opened else self.tr("folded"))
        self.content.setVisible(opened)
