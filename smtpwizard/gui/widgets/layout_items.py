"""What PySide holds of the items of layouts, let go before Qt deletes them.

Asking a layout for an item, as `addLayout` does for all in the layout that is added, gives an
object that PySide keeps as long as the layout. Qt deletes the item with its widget, without a word
to PySide, which takes what comes to lie there next for the item: sooner or later the process ends
in the middle of what Qt does. Nothing else in the window asks a layout for its items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout

_ADDING = ((QBoxLayout, "addLayout"), (QBoxLayout, "insertLayout"), (QGridLayout, "addLayout"))
_done: list[bool] = []


def let_go_of_items() -> None:
    """From now on a layout is added to another without anything being held of its items."""
    if _done:
        return
    _done.append(True)
    for kind, name in _ADDING:
        setattr(kind, name, _letting_go(getattr(kind, name)))


def _letting_go(add: Callable[..., None]) -> Callable[..., None]:
    # Without `functools.wraps`: the words about a method cost PySide a hundred classes.
    def add_and_let_go(*arguments: Any, **more: Any) -> None:
        add(*arguments, **more)
        for added in (*arguments[1:], *more.values()):
            if isinstance(added, QLayout):
                _let_go(added)

    return add_and_let_go


def _let_go(layout: QLayout) -> None:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if isinstance(item, QLayout):
            _let_go(item)
        elif item is not None and not shiboken6.createdByPython(item):
            shiboken6.invalidate(item)
