"""Widgets that are right by construction: plain text, and names for assistive technology.

Every label of the window is made here; none renders foreign text as HTML.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable

import shiboken6
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

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
    """A label that shows its text as it is.

    Tones: muted (small), quiet, strong, danger, warning, success; headings: section, page.
    """
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


# A word longer than this may be broken, at what stands between its parts or after as many letters.
_LONG_WORD = 24


def breakable(text: str) -> str:
    """A text whose long words (addresses, URLs, codes) may be broken: Qt would widen the page."""
    return "".join(
        part if len(part) <= _LONG_WORD else _BREAKS.sub("\\g<0>\u200b", part)
        for part in _WORDS.split(text)
    )


_WORDS = re.compile(r"(\s+)")
_BREAKS = re.compile(rf"[/.:=&?_@-]+(?=[^/.:=&?_@-])|[^/.:=&?_@-]{{{_LONG_WORD}}}")


def plain_tip(text: str) -> str:
    """A text for a tool tip, which Qt would otherwise read as HTML where it looks like some."""
    from html import escape  # noqa: PLC0415 - with a table of 2,000 names, not before the first paint

    return f"<span>{escape(text).replace(chr(10), '<br>')}</span>" if text else ""


def set_tip(widget: QWidget, text: str) -> None:
    """A tool tip of plain text. It is the description for assistive technology, too, where there
    is no other one: Qt would give it the markup of the tip."""
    before = widget.property("tip") or ""
    if text == before:
        return
    if widget.accessibleDescription() == before:
        widget.setAccessibleDescription(text)
    widget.setToolTip(plain_tip(text))
    widget.setProperty("tip", text)


def literal(text: str) -> str:
    """A name for a button or a menu, where “&” would underline the letter behind it."""
    return text.replace("&", "&&")


def announce(source: QtCore.QObject, text: str) -> None:
    """Have a screen reader say something that changed without moving the focus."""
    event = QtGui.QAccessibleAnnouncementEvent(source, text)
    QtGui.QAccessible.updateAccessibility(event)


def card(tone: str = "true") -> QFrame:
    """A quiet frame that groups what belongs together; see `card` in the style sheet."""
    frame = QFrame()
    frame.setProperty("card", tone)
    return frame


def note_card(text: str = "", tone: str = "warning") -> tuple[QFrame, QLabel]:
    """A card holding one paragraph, and the label of that paragraph."""
    frame, label = card(tone), plain_label(text)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(14, 10, 14, 10)
    layout.addWidget(label)
    return frame, label


def separator() -> QFrame:
    """A thin line from left to right."""
    frame = QFrame()
    frame.setProperty("hair", "true")
    return frame


def line(*items: QWidget | QLayout | None, spacing: int = 8) -> QHBoxLayout:
    """Widgets in a row; None is what stretches."""
    out = QHBoxLayout()
    out.setContentsMargins(0, 0, 0, 0)
    out.setSpacing(spacing)
    for item in items:
        if item is None:
            out.addStretch(1)
        elif isinstance(item, QWidget):
            out.addWidget(item)
        else:
            out.addLayout(item)
    return out


def button(
    text: str,
    then: Callable[[], object],
    *,
    name: str = "",
    icon: str = "",
    quiet: bool = False,
    danger: bool = False,
) -> QPushButton:
    """A push button; its accessible name is its text without the mnemonic unless given.

    Enter presses it while it has the focus, and it never becomes the next step by itself.
    """
    out = QPushButton(text)
    out.setAutoDefault(False)
    if name:
        out.setAccessibleName(name)
    if quiet:
        out.setProperty("quiet", "true")
    if danger:
        out.setProperty("danger", "true")
    if icon:
        from smtpwizard.gui.widgets.icons import dress  # noqa: PLC0415 - not before the first paint

        dress(out, icon, "danger" if danger else "link" if quiet else "")
    out.clicked.connect(lambda: then())
    return out


class ElidedButton(QPushButton):
    """A button whose text gives way where there is no room for all of it; the tool tip has it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setAutoDefault(False)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Preferred)
        self.setSizePolicy(policy)

    def minimumSizeHint(self) -> QtCore.QSize:
        hint = self.sizeHint()
        return QtCore.QSize(min(hint.width(), self.fontMetrics().height() * 8), hint.height())

    def shown_text(self) -> str:
        """What of the text is painted at this width."""
        over = self.sizeHint().width() - self.width()
        if over <= 0:
            return self.text()
        metrics, mnemonics = self.fontMetrics(), QtCore.Qt.TextFlag.TextShowMnemonic
        room = metrics.size(mnemonics, self.text()).width() - over
        return metrics.elidedText(
            self.text(), QtCore.Qt.TextElideMode.ElideRight, room, mnemonics.value
        )

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        shown = self.shown_text()
        if shown == self.text():
            super().paintEvent(event)
            return
        # Only here: the class of styles brings a hundred others with it.
        option = QtWidgets.QStyleOptionButton()
        self.initStyleOption(option)
        option.text = shown
        painter = QtWidgets.QStylePainter(self)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButton, option)
        painter.end()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        cut = self.shown_text() != self.text()
        set_tip(self, self.text().replace("&", "") if cut else "")


# How long a button says that it has done its work, ms.
_DONE_MS = 2000


def say_done(push: QPushButton, words: str) -> None:
    """Show on a button for a moment that it has done its work, and say it aloud."""
    announce(push, words)
    before = push.text()
    if before == words:
        return
    push.setMinimumWidth(push.width())  # nothing beside it moves
    push.setText(words)

    def back() -> None:
        push.setText(before)
        push.setMinimumWidth(0)

    QtCore.QTimer.singleShot(_DONE_MS, push, back)


def link_button(text: str, then: Callable[[], object]) -> QPushButton:
    """A button that looks like a link, for small steps within a sentence."""
    out = button(text, then)
    out.setProperty("link", "true")
    return out


# The filled button of each window.
_filled: weakref.WeakKeyDictionary[QWidget, QPushButton] = weakref.WeakKeyDictionary()


def set_next_step(wanted: QPushButton | None, window: QWidget | None = None) -> None:
    """Make a button the one filled button of its window, and what Enter presses; None: no button.

    `window` is needed only with None.
    """
    host = wanted.window() if wanted is not None else window
    if host is None:
        return
    former = next_step_of(host)
    if former is not None and former is not wanted:
        set_tone(former, "next", "")
        former.setDefault(False)
        _dress_again(former)
    _filled.pop(host, None)
    if wanted is not None:
        _filled[host] = wanted
        set_tone(wanted, "next", "true")
        wanted.setDefault(True)
        _dress_again(wanted)


def _dress_again(push: QPushButton) -> None:
    """The icon of a filled button is of the colour of its text."""
    if not push.icon().isNull():
        from smtpwizard.gui.widgets.icons import dress_again  # noqa: PLC0415 - not before the first paint

        dress_again(push)


def next_step_of(window: QWidget) -> QPushButton | None:
    """The filled button of a window."""
    found = _filled.get(window)
    return found if found is not None and shiboken6.isValid(found) else None
