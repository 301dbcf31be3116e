"""The look: tokens for light and dark, the palette and the style sheet made from them.

Contrast is computed, not hoped for: what the desktop gives is moved until it can be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from smtpwizard.resources import resource_path

Role = QPalette.ColorRole
Group = QPalette.ColorGroup

Theme = Literal["system", "light", "dark"]

TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
OUTLINE_CONTRAST = 3.0  # WCAG 2.2, 1.4.11

LIGHT: Mapping[str, str] = {
    "canvas": "#f5f6f8",
    "surface": "#ffffff",
    "rail": "#eceef2",
    "sunken": "#f0f2f5",
    "raised": "#ffffff",
    "hover": "#eceff4",
    "text": "#1b1f27",
    "muted": "#545c6a",
    "disabled": "#9aa1ad",
    "line": "#dfe2e8",
    "outline": "#7d8492",
    "accent": "#2857c8",
    "on_accent": "#ffffff",
    "accent_soft": "#e8eefc",
    "link": "#2450bd",
    "focus": "#2857c8",
    "success": "#1a6b3f",
    "success_soft": "#e6f4ec",
    "warning": "#7d5200",
    "warning_soft": "#fdf2d9",
    "danger": "#b0271f",
    "danger_soft": "#fcebea",
    "crown": "#9a6a00",
    "field": "#ffffff",
}
DARK: Mapping[str, str] = {
    "canvas": "#1c1f25",
    "surface": "#24282f",
    "rail": "#16191e",
    "sunken": "#1f2329",
    "raised": "#2c3139",
    "hover": "#2d323b",
    "text": "#e9ebf0",
    "muted": "#a9b1be",
    "disabled": "#6d7583",
    "line": "#363c46",
    "outline": "#7b8594",
    "accent": "#3d6be0",
    "on_accent": "#ffffff",
    "accent_soft": "#27344f",
    "link": "#93b4ff",
    "focus": "#7ea4ff",
    "success": "#74d39a",
    "success_soft": "#1e3529",
    "warning": "#f0c25c",
    "warning_soft": "#3a301a",
    "danger": "#ff9a90",
    "danger_soft": "#40272a",
    "crown": "#e6b450",
    "field": "#1c1f25",
}
# What each role of Qt's palette takes; the style sheet covers the rest.
_ROLES = {
    Role.Window: "canvas",
    Role.WindowText: "text",
    Role.Base: "surface",
    Role.AlternateBase: "sunken",
    Role.Text: "text",
    Role.Button: "raised",
    Role.ButtonText: "text",
    Role.ToolTipBase: "raised",
    Role.ToolTipText: "text",
    Role.Highlight: "accent",
    Role.HighlightedText: "on_accent",
    Role.Link: "link",
    Role.LinkVisited: "link",
    Role.PlaceholderText: "muted",
    Role.Mid: "line",
    Role.Dark: "line",
}
# Fusion's own highlight: nobody chose it.
_NO_ACCENT = QColor(48, 140, 198).rgb()

_in_force: dict[str, QColor] = {}
_theme: list[Theme] = ["system"]
_followers: list[Callable[[], None]] = []


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""

    def linear(value: float) -> float:
        return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(c) for c in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    a, b = luminance(one), luminance(other)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """`one` with `share` (0 to 1) of `other` in it."""
    return QColor.fromRgbF(
        one.redF() + (other.redF() - one.redF()) * share,
        one.greenF() + (other.greenF() - one.greenF()) * share,
        one.blueF() + (other.blueF() - one.blueF()) * share,
    )


def readable(colour: QColor, *backgrounds: QColor, ratio: float = TEXT_CONTRAST) -> QColor:
    """`colour`, moved towards black or white until it stands out from every background."""
    dark = all(luminance(b) < 0.18 for b in backgrounds)
    target = QColor("white") if dark else QColor("black")
    for step in range(21):
        candidate = mix(colour, target, step / 20)
        if all(contrast(candidate, b) >= ratio for b in backgrounds):
            return candidate
    return target


def is_dark(palette: QPalette) -> bool:
    """Whether a palette is one for the dark."""
    return luminance(palette.color(Role.Window)) < 0.18


def tokens(palette: QPalette, theme: Theme = "system") -> dict[str, QColor]:
    """The named colours, for the palette that the desktop gives and the theme that was chosen."""
    dark = is_dark(palette) if theme == "system" else theme == "dark"
    out = {name: QColor(text) for name, text in (DARK if dark else LIGHT).items()}
    follows = theme == "system" or dark == is_dark(palette)
    if follows and _is_high_contrast(palette):
        return _high_contrast(out, palette)
    highlight = palette.color(Role.Highlight)
    if highlight.rgb() not in (
        _NO_ACCENT,
        QColor(LIGHT["accent"]).rgb(),
        QColor(DARK["accent"]).rgb(),
    ):
        _take_accent(out, highlight)
    return out


def _take_accent(out: dict[str, QColor], accent: QColor) -> None:
    """Put the desktop's own accent in place of ours."""
    grounds = (out["surface"], out["canvas"], out["rail"])
    out["accent"] = readable(accent, out["on_accent"])
    out["accent_soft"] = mix(
        out["surface"], accent, 0.08 if luminance(out["surface"]) > 0.5 else 0.15
    )
    out["link"] = readable(accent, *grounds, out["accent_soft"])
    out["focus"] = readable(accent, *grounds, out["accent_soft"], ratio=OUTLINE_CONTRAST)
    out["crown"] = readable(out["crown"], *grounds, out["accent_soft"], ratio=OUTLINE_CONTRAST)


def _is_high_contrast(palette: QPalette) -> bool:
    window, text = palette.color(Role.Window), palette.color(Role.WindowText)
    return contrast(window, text) > 20


def _high_contrast(out: dict[str, QColor], palette: QPalette) -> dict[str, QColor]:
    """No soft grounds, every line an outline, the desktop's own text and ground."""
    window, text = palette.color(Role.Window), palette.color(Role.WindowText)
    for name in ("canvas", "surface", "rail", "sunken", "raised", "field"):
        out[name] = window
    for name in ("accent_soft", "success_soft", "warning_soft", "danger_soft", "hover"):
        out[name] = window
    for name in ("text", "muted", "line", "outline"):
        out[name] = text
    for name in ("success", "warning", "danger", "crown", "link", "focus"):
        out[name] = readable(out[name], window)
    return out


def colour(name: str) -> QColor:
    """A token of the theme in force, such as `danger`."""
    if not _in_force:
        _in_force.update(tokens(QPalette()))
    return _in_force[name]


def palette_for(*, dark: bool) -> QPalette:
    """Our whole palette of one theme."""
    return _palette({name: QColor(text) for name, text in (DARK if dark else LIGHT).items()})


def _palette(colours: Mapping[str, QColor]) -> QPalette:
    palette = QPalette(colours["raised"], colours["canvas"])
    for role, name in _ROLES.items():
        palette.setColor(role, colours[name])
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        palette.setColor(Group.Disabled, role, colours["disabled"])
    return palette


def small_size(size: float) -> float:
    """How large small words are, in points, beside words of this size."""
    return max(size * 0.92, 8.0)


def style_sheet(colours: Mapping[str, QColor], font: QFont) -> str:
    """The shipped style sheet with its `@names` filled in."""
    folder = resource_path("style")
    size = font.pointSizeF() if font.pointSizeF() > 0 else 10.0
    values = {name: each.name() for name, each in colours.items()}
    values |= {
        "small": f"{small_size(size):.1f}pt",
        "section": f"{size * 1.15:.1f}pt",
        "page": f"{size * 1.6:.1f}pt",
        "fixed": f"{max(size * 0.88, 8.0):.1f}pt",
        "folder": folder.as_posix(),
        "shade": "dark" if luminance(colours["surface"]) < 0.18 else "light",
        **_lengths(size),
    }
    text = (folder / "window.qss").read_text(encoding="utf-8")
    return re.sub(r"@([a-z_]+)", lambda match: values[match[1]], text)


# How high a field or a button is, px a point of the font, with its border.
FIELD_HEIGHT = 3.2


def _lengths(size: float) -> dict[str, str]:
    """What grows with the font (in points): marks of check boxes and radio buttons, room."""
    mark = mark_side(size)
    outer = mark + 2
    ring = round(outer * 0.29)
    return {
        "control": f"{round(size * FIELD_HEIGHT) - 10}px",
        "mark": f"{mark}px",
        "arrow": f"{round(size * 1.2)}px",
        "round": f"{outer // 2}px",
        "ring": f"{ring}px",
        "dot": f"{outer - 2 * ring}px",
        "pill": f"{_pill_height(size) // 2}px",
        "number": f"{number_side(size) // 2}px",
    }


def _pill_height(size: float) -> int:
    """One small line, 1 px of room and 1 px of border above and below it."""
    font = QFont(QGuiApplication.font())
    font.setPointSizeF(small_size(size))
    return QFontMetrics(font).height() + 4


def mark_side(size: float) -> int:
    """How wide a check box is inside, px; even, since only then is half of it round."""
    return 2 * round(size * 0.8)


def number_side(size: float) -> int:
    """How wide the circle round a step's number is, px, for a font of `size` points."""
    return 2 * round(size * 1.15)


def apply_style(application: QApplication, theme: Theme | None = None) -> None:
    """Give the application our look on the palette, theme and font in force; cheap to repeat."""
    if theme is not None:
        _theme[0] = theme
    colours = tokens(application.palette(), _theme[0])
    sheet = style_sheet(colours, application.font())
    if application.styleSheet() == sheet and _in_force == colours:
        return
    _in_force.clear()
    _in_force.update(colours)
    application.setPalette(_palette(colours))
    if application.styleSheet():
        from smtpwizard.gui.widgets.restyling import restyle  # noqa: PLC0415 - not at the start

        restyle(application, sheet)
    else:
        application.setStyleSheet(sheet)
    for then in _followers:
        then()


def theme_in_force() -> Theme:
    """What was chosen last; `system` until somebody chooses."""
    return _theme[0]


def set_theme(application: QApplication, theme: Theme) -> None:
    """Choose a theme; `system` follows the desktop."""
    _in_force.clear()
    application.setPalette(QPalette())  # our own would hide the desktop's
    apply_style(application, theme)


def follow_desktop(application: QApplication) -> None:
    """Look again at what the desktop gives, after it said that its theme changed."""
    set_theme(application, _theme[0])


def when_theme_changes(then: Callable[[], None]) -> Callable[[], None]:
    """Call `then` after every change of the colours, until what this answers is called."""
    _followers.append(then)
    return lambda: _followers.remove(then)
