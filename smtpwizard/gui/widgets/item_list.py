"""A list of short items in the window's own look."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QListWidget


class ItemList(QListWidget):
    """Called `name` by assistive technology; `look` is `padded` or `dense`.

    Rows that were measured before the style sheet applied are measured again once it does: a list
    that is filled, and has a current row, before it is shown would keep the lower ones.
    """

    def __init__(self, name: str, look: str = "padded") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty(look, "true")

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.Polish:
            self.scheduleDelayedItemsLayout()
        return done
