"""Drop-downs and tabs that the mouse wheel passes by: scrolling a page changes nothing on it.

Every drop-down and row of tabs of the window is one of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QTabBar, QToolButton

from smtpwizard.gui.widgets.qt_values import NO_FOCUS, STRONG_FOCUS

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent


class SteadyCombo(QComboBox):
    """A drop-down; the list that it opens scrolls as any other."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("focusPolicy", STRONG_FOCUS)  # nor does the wheel give it the focus

    def wheelEvent(self, event: QWheelEvent) -> None:
        """It is for what the drop-down lies in, with the focus here, too: that may be here because
        the page begins with it, or from a choice made a while ago."""
        event.ignore()


class SteadyTabs(QTabBar):
    """A row of tabs; the arrow keys lead to those that have no room, and Tab to no arrow."""

    def __init__(self) -> None:
        super().__init__()
        for arrow in self.findChildren(QToolButton):
            arrow.setProperty("focusPolicy", NO_FOCUS)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """It is for what the tabs lie in."""
        event.ignore()
