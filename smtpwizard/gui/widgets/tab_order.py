"""Tab in reading order, where widgets were not made in that order."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QWidget


def order_tabs(root: QWidget, before: QWidget | None = None) -> None:
    """Let Tab go through what `root` lays out from its first item to its last, after `before`."""
    for widget in _focusable(root.layout()):
        if before is not None:
            QWidget.setTabOrder(before, widget)
        before = widget


def tab_place() -> QWidget:
    """Put into a layout, it holds the place in the order of Tab of what is built later there; it is
    never seen."""
    out = QWidget()
    out.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # else Qt lets nothing stand after it
    out.hide()
    return out


def last_of(root: QWidget) -> QWidget | None:
    """The last of what `root` lays out that takes the focus."""
    return next(iter(reversed(list(_focusable(root.layout())))), None)


def _focusable(layout: QLayout | None) -> Iterator[QWidget]:
    for index in range(layout.count() if layout is not None else 0):
        item = layout.itemAt(index) if layout is not None else None
        widget = item.widget() if item is not None else None
        if widget is None:
            yield from _focusable(item.layout() if item is not None else None)
            continue
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            yield widget
        yield from _focusable(widget.layout())
