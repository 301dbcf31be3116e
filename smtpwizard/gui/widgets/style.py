"""Colours and style sheet that follow the palette in force; contrast is computed, not hoped for."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from smtpwizard.resources import resource_path

Role = QPalette.ColorRole
Group = QPalette.ColorGroup

TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
OUTLINE_CONTRAST = 3.0  # WCAG 2.2, 1.4.11

_LIGHT = {
    Role.Window: "#f4f5f7",
    Role.WindowText: "#1c2126",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f4f5f7",
    Role.Text: "#1c2126",
    Role.Button: "#f4f5f7",
    Role.ButtonText: "#1c2126",
    Role.ToolTipBase: "#ffffff",
    Role.ToolTipText: "#1c2126",
    Role.Highlight: "#1f5fbf",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#1f5fbf",
    Role.LinkVisited: "#6b3fa0",
}
_DARK = {
    Role.Window: "#24282d",
    Role.WindowText: "#e8eaed",
    Role.Base: "#1a1d21",
    Role.AlternateBase: "#24282d",
    Role.Text: "#e8eaed",
    Role.Button: "#30353b",
    Role.ButtonText: "#e8eaed",
    Role.ToolTipBase: "#30353b",
    Role.ToolTipText: "#e8eaed",
    Role.Highlight: "#2f6fd0",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#8ab4f8",
    Role.LinkVisited: "#c7a3f0",
}


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


def palette_for(*, dark: bool) -> QPalette:
    """A whole palette of ours, for pictures of both schemes; the desktop's own rules otherwise."""
    colours = _DARK if dark else _LIGHT
    palette = QPalette(QColor(colours[Role.Button]), QColor(colours[Role.Window]))
    for role, name in colours.items():
        palette.setColor(role, QColor(name))
    return palette


def mend(palette: QPalette) -> None:
    """Add what desktops forget: disabled text that looks disabled, readable links."""
    window = palette.color(Role.Window)
    for role, ground in (
        (Role.WindowText, Role.Window),
        (Role.Text, Role.Base),
        (Role.ButtonText, Role.Button),
    ):
        faded = mix(palette.color(role), palette.color(ground), 0.55)
        palette.setColor(Group.Disabled, role, faded)
    palette.setColor(Role.PlaceholderText, _muted(palette))
    for role in (Role.Link, Role.LinkVisited):
        palette.setColor(role, readable(palette.color(role), window, palette.color(Role.Base)))


def _muted(palette: QPalette) -> QColor:
    window, base = palette.color(Role.Window), palette.color(Role.Base)
    return readable(mix(palette.color(Role.WindowText), window, 0.38), window, base)


def colours(palette: QPalette) -> dict[str, QColor]:
    """The named colours of the style sheet, derived from a palette."""
    window, base = palette.color(Role.Window), palette.color(Role.Base)
    text = palette.color(Role.WindowText)
    dark = luminance(window) < 0.18
    grounds = (window, base)
    accent = readable(palette.color(Role.Highlight), QColor("white"))
    return {
        "window": window,
        "base": base,
        "text": text,
        "muted": _muted(palette),
        "disabled": mix(text, window, 0.55),
        "outline": readable(mix(text, window, 0.5), *grounds, ratio=OUTLINE_CONTRAST),
        "line": mix(text, window, 0.82),
        "card": mix(base, window, 0.35) if not dark else mix(window, QColor("white"), 0.04),
        "button": mix(window, QColor("white"), 0.06 if dark else 0.6),
        "hover": mix(window, text, 0.08),
        "accent": accent,
        "accent_hover": mix(accent, QColor("white" if dark else "black"), 0.12),
        "on_accent": QColor("white"),
        "focus": readable(accent, *grounds, ratio=OUTLINE_CONTRAST),
        "error": readable(QColor("#ff8a80" if dark else "#b3261e"), *grounds),
        "success": readable(QColor("#6fd08c" if dark else "#1b6e3c"), *grounds),
        "warning": readable(QColor("#f2c14e" if dark else "#7a5200"), *grounds),
    }


def style_sheet(palette: QPalette, font: QFont) -> str:
    """The shipped style sheet with its `@names` filled in."""
    folder = resource_path("style")
    size = font.pointSizeF() if font.pointSizeF() > 0 else 10.0
    values = {name: colour.name() for name, colour in colours(palette).items()}
    values |= {
        "small": f"{max(size * 0.92, 8.0):.1f}pt",
        "large": f"{size * 1.5:.1f}pt",
        "folder": folder.as_posix(),
        **_lengths(size),
    }
    text = (folder / "window.qss").read_text(encoding="utf-8")
    return re.sub(r"@([a-z_]+)", lambda match: values[match[1]], text)


def _lengths(size: float) -> dict[str, str]:
    """What grows with the font (in points): marks of check boxes and radio buttons, room."""
    mark = round(size * 1.5)
    outer = mark + 2
    ring = round(outer / 4)
    return {
        "mark": f"{mark}px",
        "round": f"{outer // 2}px",
        "ring": f"{ring}px",
        "dot": f"{outer - 2 * ring}px",
        "half_line": f"{round(size * 1.1)}px",
        "line_height": f"{round(size * 1.6)}px",
    }


def apply_style(application: QApplication) -> None:
    """Give the application our look on the palette and font in force; cheap to repeat."""
    palette = application.palette()  # a copy; QPalette(palette) would build Qt's namespace
    mend(palette)
    sheet = style_sheet(palette, application.font())
    if application.styleSheet() == sheet:
        return
    application.setPalette(palette)
    application.setStyleSheet(sheet)
