"""What can be done with the selected connectors; it stands under the table and takes its room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QSizePolicy, QWidget

from smtpwizard.gui.widgets.elements import announce, line, plain_label

GAP = 8


class SelectionBar(QFrame):
    """Says how many are selected, beside the buttons that it was given, the most wanted first.

    It has one line. What cannot be done with these connectors is not there, and what has no room
    is in the menu of its last button, where everything is. `pressed` comes before a button works:
    the focus is for the list then.
    """

    pressed = Signal()

    def __init__(self, buttons: Sequence[QPushButton], clear: QPushButton) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Selected connectors"))
        self.count = plain_label(tone="strong", wrap=False)
        self._count = 0
        self._several = False
        self._clear = clear
        self._rule = QFrame()
        self._rule.setProperty("rule", "true")
        self._buttons = tuple(buttons)
        self._wanted: tuple[QPushButton, ...] = self._buttons
        self.more_button = QPushButton(self.tr("M&ore"))
        self.more_button.setAccessibleName(self.tr("More for the selected connectors"))
        self.more_button.setAutoDefault(False)
        self.more_button.setProperty("opens", "menu")
        for push in (*self._buttons, clear):
            # What is pressed here mostly goes, and Qt would lead to the first thing of the window.
            push.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            push.clicked.connect(self.pressed)
        row = line(self.count, clear, self._rule, *self._buttons, self.more_button, None)
        self.setLayout(row)
        # How narrow the window may be is not for its buttons to say.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def set_menu(self, menu: QMenu) -> None:
        """Where everything is that can be done with what is selected."""
        self.more_button.setMenu(menu)

    def show_count(self, count: int, wanted: Sequence[QPushButton]) -> None:
        """Show the bar for so many connectors, with these of its buttons; none hides it."""
        self.count.setText(self.tr("{0} selected").format(count))
        self._wanted = tuple(each for each in self._buttons if each in wanted)
        self._several = count > 1
        self._fit()
        self.setVisible(count > 0)
        if count != self._count and (count > 1 or self._count > 1):
            announce(self, self.count.text())
        self._count = count

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_wanted"):
            self._fit()

    def _fit(self) -> None:
        """Show as many buttons as there is room for; the rest is in the menu. For several it has
        what is done with them alone, such as Compare."""
        before = (self.count, self._clear, self._rule)
        room = self.width() - sum(_width(each) for each in before)
        all_fit = sum(_width(each) for each in self._wanted) <= room + GAP
        more = self._several or not all_fit
        if more:
            room -= _width(self.more_button)
        shown = set()
        for each in self._wanted:
            room -= _width(each)
            if room < -GAP:
                break
            shown.add(each)
        for each in self._buttons:
            each.setVisible(each in shown)
        self.more_button.setVisible(more)


def _width(widget: QWidget) -> int:
    """How wide something is, with the gap behind it."""
    return widget.sizeHint().width() + GAP
