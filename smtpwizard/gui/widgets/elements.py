"""Widgets that are right by construction: plain text, and names for assistive technology.

Every label of the window is made here; none renders foreign text as HTML.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore, QtGui
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.qt_values import PLAIN_TEXT


def set_tone(widget: QWidget, name: str, value: str) -> None:
    """Set a property the style sheet selects on, and let the style look at it again."""
    if (widget.property(name) or "") == value:
        return
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def plain_label(text: str = "", *, tone: str = "", heading: str = "", wrap: bool = True) -> QLabel:
    """A label that shows its text as it is."""
    label = QLabel()
    label.setProperty("textFormat", PLAIN_TEXT)
    label.setWordWrap(wrap)
    if tone:
        label.setProperty("tone", tone)
    if heading:
        label.setProperty("heading", heading)
    label.setText(text)
    return label


def value_label(text: str, name: str) -> QLabel:
    """A label whose text (the value of `name`) can be selected and copied, with mouse or keys."""
    label = plain_label(text, wrap=False)
    label.setTextInteractionFlags(
        QtCore.Qt.TextInteractionFlag.TextSelectableByMouse
        | QtCore.Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setAccessibleDescription(name)
    return label


def announce(source: QtCore.QObject, text: str) -> None:
    """Have a screen reader say something that changed without moving the focus."""
    event = QtGui.QAccessibleAnnouncementEvent(source, text)
    QtGui.QAccessible.updateAccessibility(event)


def card(tone: str = "true") -> QFrame:
    """A quiet frame that groups what belongs together."""
    frame = QFrame()
    frame.setProperty("card", tone)
    return frame


def note_card(text: str = "", tone: str = "warning") -> tuple[QFrame, QLabel]:
    """A card holding one paragraph, and the label of that paragraph."""
    frame, label = card(tone), plain_label(text)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(12, 8, 12, 8)
    layout.addWidget(label)
    return frame, label


def button(text: str, then: Callable[[], object], *, name: str = "") -> QPushButton:
    """A push button; its accessible name is its text without the mnemonic unless given."""
    out = QPushButton(text)
    if name:
        out.setAccessibleName(name)
    out.clicked.connect(lambda: then())
    return out
