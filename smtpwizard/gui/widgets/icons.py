"""Icons: the shipped drawings in the colours of the theme in force, drawn again when it changes."""

from __future__ import annotations

import weakref

import shiboken6
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton

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

# What points somewhere points the other way where one reads from right to left.
_MIRRORED = frozenset({"right", "left", "arrow", "folded", "unfolded", "send", "open"})
# Between an icon and the words behind it, besides the 4 px that Qt leaves.
_GAP = 4
_USUAL_POINTS = 10

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


def grown(px: int) -> int:
    """A length at the usual size of the font, as it is at the one in force."""
    return round(px * max(1.0, QGuiApplication.font().pointSizeF() / _USUAL_POINTS))


def dress(
    widget: QAbstractButton | QLabel, name: str, token: str = "", px: int = 16, ground: str = ""
) -> None:
    """Give a button or a label an icon that follows the theme; an empty name takes it away.

    It grows with a font that is larger than usual.
    """
    px = grown(px)
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
    mirrored = name in _MIRRORED and widget.isRightToLeft()
    if isinstance(widget, QLabel):
        widget.setPixmap(_placed(drawn, mirrored=mirrored))
        return
    gap = _GAP if _has_words(widget) and name not in ("folded", "unfolded") else 0
    icon = QIcon(_placed(drawn, gap, mirrored=mirrored, before=not widget.isRightToLeft()))
    if name and not token:
        off = pixmap(name, "disabled", px, ground=ground, ratio=ratio)
        off = _placed(off, gap, mirrored=mirrored, before=not widget.isRightToLeft())
        icon.addPixmap(off, QIcon.Mode.Disabled)
    widget.setIcon(icon)
    widget.setIconSize(QSize(px + gap, px))


def _has_words(widget: QAbstractButton) -> bool:
    """Whether words stand beside the icon; a button may get them later."""
    if isinstance(widget, QPushButton):
        return not widget.property("bare")
    return bool(widget.property("chip"))


def _placed(drawn: QPixmap, gap: int = 0, *, mirrored: bool, before: bool = True) -> QPixmap:
    """The drawing, turned round and with room beside it where that is wanted."""
    if drawn.isNull() or not (gap or mirrored):
        return drawn
    ratio = drawn.devicePixelRatio()
    if mirrored:
        drawn = drawn.transformed(QTransform.fromScale(-1, 1))
        drawn.setDevicePixelRatio(ratio)
    if not gap:
        return drawn
    out = QPixmap(drawn.width() + round(gap * ratio), drawn.height())
    out.setDevicePixelRatio(ratio)
    out.fill(QColor(0, 0, 0, 0))
    with QPainter(out) as painter:
        painter.drawPixmap(0 if before else gap, 0, drawn)
    return out


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
        self.setFixedSize(grown(px), grown(px))
        if name:
            self.show_icon(name, token)

    def show_icon(self, name: str, token: str = "", ground: str = "") -> None:
        self.name = name
        dress(self, name, token, self._px, ground or self._ground)
