"""Icons: the shipped drawings in the colours of the theme in force, drawn again when it changes."""

from __future__ import annotations

import weakref

import shiboken6
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QAbstractButton, QLabel

from smtpwizard.gui.widgets.qt_values import PLAIN_TEXT
from smtpwizard.gui.widgets.style import colour, when_theme_changes
from smtpwizard.resources import resource_path

# The colour that goes with a state, where no other is asked for.
TONES = {
    "passed": "success",
    "failed": "danger",
    "warning": "warning",
    "clock": "warning",
    "changed": "link",
    "untested": "muted",
    "running": "link",
    "info": "link",
    "crown": "crown",
}

_drawings: dict[str, str] = {}
_pixmaps: dict[tuple[str, str, str, int, float], QPixmap] = {}
_dressed: weakref.WeakKeyDictionary[QAbstractButton | QLabel, tuple[str, str, int, str]] = (
    weakref.WeakKeyDictionary()
)


def pixmap(
    name: str, token: str = "", px: int = 16, *, ground: str = "surface", ratio: float = 1.0
) -> QPixmap:
    """An icon of `px` device-independent pixels, in the colour of a token.

    `ground` is the token of what it stands on: marks inside a filled shape are cut out in it.
    """
    token = token or TONES.get(name, "text")
    key = (name, token, ground, px, ratio)
    if key not in _pixmaps:
        if name not in _drawings:
            _drawings[name] = resource_path(f"icons/{name}.svg").read_text("utf-8")
        side = round(px * ratio)
        drawing = (
            _drawings[name]
            .replace("currentColor", colour(token).name())
            .replace("@ground", colour(ground).name())
            .replace('width="16" height="16"', f'width="{side}" height="{side}"', 1)
        )
        out = QPixmap()
        out.loadFromData(drawing.encode(), "SVG")
        out.setDevicePixelRatio(ratio)
        _pixmaps[key] = out
    return _pixmaps[key]


def dress(
    widget: QAbstractButton | QLabel, name: str, token: str = "", px: int = 16, ground: str = ""
) -> None:
    """Give a button or a label an icon that follows the theme; an empty name takes it away."""
    _dressed[widget] = (name, token, px, ground or "surface")
    _draw(widget, name, token, px, ground or "surface")


def dress_again(widget: QAbstractButton | QLabel) -> None:
    """Draw the icon of a widget anew, whose look has changed."""
    if widget in _dressed:
        _draw(widget, *_dressed[widget])


def _draw(widget: QAbstractButton | QLabel, name: str, token: str, px: int, ground: str) -> None:
    ratio = widget.devicePixelRatioF()
    filled = widget.property("next") == "true"
    drawn = (
        pixmap(name, "on_accent" if filled else token, px, ground=ground, ratio=ratio)
        if name
        else QPixmap()
    )
    if isinstance(widget, QLabel):
        widget.setPixmap(drawn)
        return
    icon = QIcon(drawn)
    if name and not token:
        off = pixmap(name, "disabled", px, ground=ground, ratio=ratio)
        icon.addPixmap(off, QIcon.Mode.Disabled)
    widget.setIcon(icon)
    widget.setIconSize(QSize(px, px))


def _draw_again() -> None:
    _pixmaps.clear()
    for widget, look in list(_dressed.items()):
        if shiboken6.isValid(widget):
            _draw(widget, *look)


when_theme_changes(_draw_again)


class IconLabel(QLabel):
    """An icon beside words that say the same: it has no name of its own."""

    def __init__(self, name: str = "", token: str = "", px: int = 16, ground: str = "") -> None:
        super().__init__()
        self.setProperty("textFormat", PLAIN_TEXT)
        self._px = px
        self._ground = ground
        self.name = ""
        self.setFixedSize(px, px)
        if name:
            self.show_icon(name, token)

    def show_icon(self, name: str, token: str = "", ground: str = "") -> None:
        self.name = name
        dress(self, name, token, self._px, ground or self._ground)
