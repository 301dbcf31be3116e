"""The way to a page: the places above it, and the page itself, in one small line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from smtpwizard.gui.widgets.icons import IconLabel


def fill_path(row: QHBoxLayout, steps: Sequence[QWidget]) -> None:
    """Put these steps into the line, in place of those before; the last one is where one is.

    A step is a label, or a link that leads back.
    """
    while (item := row.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    for number, step in enumerate(steps):
        if number:
            row.addWidget(IconLabel("right", "muted", 12))
        if isinstance(step, QPushButton):
            step.setProperty("hint", "true")  # of the size of the words beside it
        row.addWidget(step)
    row.addStretch(1)
