"""Tab in reading order, where widgets were not made in that order.

Asks no layout for its items: `layout_items` says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QWidget


def order_tabs(root: QWidget, before: QWidget | None = None) -> None:
    """Let Tab go through what `root` lays out from its first item to its last, after `before`."""
    for widget in _focusable(root.layout(), root):
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
    return next(iter(reversed(list(_focusable(root.layout(), root)))), None)


def _focusable(layout: QLayout | None, around: QWidget) -> Iterator[QWidget]:
    if layout is None:
        return
    items = [
        (layout.indexOf(each), each)
        for each in (*layout.children(), *around.children())
        if isinstance(each, QLayout | QWidget)
    ]
    for place, item in sorted(items, key=itemgetter(0)):
        if place < 0:
            continue
        if isinstance(item, QLayout):
            yield from _focusable(item, around)
            continue
        if item.focusPolicy() != Qt.FocusPolicy.NoFocus:
            yield item
        yield from _focusable(item.layout(), item)
