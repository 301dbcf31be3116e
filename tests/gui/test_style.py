"""Colours: contrast is computed for any palette, in light and in dark."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit

from smtpwizard.gui.widgets import qt_values
from smtpwizard.gui.widgets.style import (
    OUTLINE_CONTRAST,
    TEXT_CONTRAST,
    apply_style,
    colours,
    contrast,
    mend,
    palette_for,
    style_sheet,
)

PALETTES = {
    "light": lambda: palette_for(dark=False),
    "dark": lambda: palette_for(dark=True),
    "fusion": lambda: QPalette(QColor("#efefef")),
    "grey": lambda: QPalette(QColor("#c0c0c0")),
    "black": lambda: QPalette(QColor("#000000")),
}


@pytest.fixture(params=PALETTES)
def palette(request: pytest.FixtureRequest, qapp: QApplication) -> QPalette:
    return PALETTES[request.param]()


def test_everything_that_is_read_stands_out(palette: QPalette) -> None:
    named = colours(palette)
    for name in ("muted", "error", "success", "warning"):
        for ground in ("window", "base"):
            assert contrast(named[name], named[ground]) >= TEXT_CONTRAST, (name, ground)
    assert contrast(named["on_accent"], named["accent"]) >= TEXT_CONTRAST


def test_every_outline_can_be_seen(palette: QPalette) -> None:
    named = colours(palette)
    for name in ("outline", "focus"):
        for ground in ("window", "base"):
            assert contrast(named[name], named[ground]) >= OUTLINE_CONTRAST, (name, ground)


def test_links_are_readable_and_disabled_text_is_fainter(palette: QPalette) -> None:
    mend(palette)
    window = palette.color(QPalette.ColorRole.Window)
    assert contrast(palette.color(QPalette.ColorRole.Link), window) >= TEXT_CONTRAST
    group = QPalette.ColorGroup
    role = QPalette.ColorRole.WindowText
    active = contrast(palette.color(group.Active, role), window)
    assert contrast(palette.color(group.Disabled, role), window) < active


def test_the_style_sheet_has_no_gaps(qapp: QApplication) -> None:
    sheet = style_sheet(palette_for(dark=False), qapp.font())
    assert "@" not in sheet.replace("Names with @ are", "")


def test_the_application_follows_its_palette(qapp: QApplication) -> None:
    before = qapp.palette()
    light = qapp.styleSheet()
    try:
        qapp.setPalette(palette_for(dark=True))
        apply_style(qapp)
        assert qapp.styleSheet() != light
    finally:
        qapp.setPalette(before)
        apply_style(qapp)
    assert qapp.styleSheet() == light


def test_the_plain_numbers_are_those_of_qt(qapp: QApplication) -> None:
    hints = Qt.InputMethodHint
    assert Qt.TextFormat(qt_values.PLAIN_TEXT) is Qt.TextFormat.PlainText
    assert Qt.FocusPolicy(qt_values.NO_FOCUS) is Qt.FocusPolicy.NoFocus
    assert Qt.AlignmentFlag(qt_values.CENTRED) == Qt.AlignmentFlag.AlignCenter
    edit = QLineEdit()
    edit.setProperty("inputMethodHints", qt_values.SECRET_HINTS)
    wanted = (
        hints.ImhHiddenText
        | hints.ImhSensitiveData
        | hints.ImhNoAutoUppercase
        | hints.ImhNoPredictiveText
    )
    assert edit.inputMethodHints() == wanted
