"""Colours: contrast is computed for any palette, in light and in dark."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from smtpwizard.gui.widgets import qt_values
from smtpwizard.gui.widgets.elements import ElidedButton
from smtpwizard.gui.widgets.style import (
    OUTLINE_CONTRAST,
    TEXT_CONTRAST,
    apply_style,
    contrast,
    palette_for,
    set_theme,
    style_sheet,
    tokens,
)
from smtpwizard.gui.wizard.rail import in_lines

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


GROUNDS = ("canvas", "surface", "rail", "sunken", "raised")
SOFT = {
    "success": "success_soft",
    "warning": "warning_soft",
    "danger": "danger_soft",
    "link": "accent_soft",
    "text": "accent_soft",
    "muted": "accent_soft",
}


def test_everything_that_is_read_stands_out(palette: QPalette) -> None:
    named = tokens(palette)
    for name in ("text", "muted", "link", "success", "warning", "danger"):
        for ground in GROUNDS:
            assert contrast(named[name], named[ground]) >= TEXT_CONTRAST, (name, ground)
    for name, ground in SOFT.items():
        assert contrast(named[name], named[ground]) >= TEXT_CONTRAST, (name, ground)
    assert contrast(named["on_accent"], named["accent"]) >= TEXT_CONTRAST


def test_every_outline_can_be_seen(palette: QPalette) -> None:
    named = tokens(palette)
    for name in ("outline", "focus", "crown"):
        for ground in ("canvas", "surface", "accent_soft", "field"):
            assert contrast(named[name], named[ground]) >= OUTLINE_CONTRAST, (name, ground)


def test_the_desktops_own_accent_is_taken_and_can_be_read(qapp: QApplication) -> None:
    palette = palette_for(dark=False)
    palette.setColor(QPalette.ColorRole.Highlight, QColor("#e8a200"))
    named = tokens(palette)
    assert named["accent"] != tokens(palette_for(dark=False))["accent"]
    assert contrast(named["on_accent"], named["accent"]) >= TEXT_CONTRAST
    for ground in ("surface", "canvas", "accent_soft"):
        assert contrast(named["link"], named[ground]) >= TEXT_CONTRAST


def test_a_palette_of_high_contrast_has_no_soft_grounds(qapp: QApplication) -> None:
    palette = QPalette(QColor("#000000"), QColor("#000000"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#ffffff"))
    named = tokens(palette)
    assert named["danger_soft"] == named["surface"] == QColor("#000000")
    assert named["outline"] == named["line"] == named["text"]


def test_links_are_readable_and_disabled_text_is_fainter(qapp: QApplication) -> None:
    for dark in (False, True):
        palette = palette_for(dark=dark)
        window = palette.color(QPalette.ColorRole.Window)
        assert contrast(palette.color(QPalette.ColorRole.Link), window) >= TEXT_CONTRAST
        group = QPalette.ColorGroup
        role = QPalette.ColorRole.WindowText
        active = contrast(palette.color(group.Active, role), window)
        assert contrast(palette.color(group.Disabled, role), window) < active


def test_the_style_sheet_has_no_gaps(qapp: QApplication) -> None:
    sheet = style_sheet(tokens(palette_for(dark=False)), qapp.font())
    assert "@" not in sheet.replace("Names with @ are", "")


def test_the_application_follows_its_palette_and_the_theme(qapp: QApplication) -> None:
    light = qapp.styleSheet()
    try:
        set_theme(qapp, "dark")
        dark = qapp.styleSheet()
        assert dark != light
        apply_style(qapp)
        assert qapp.styleSheet() == dark
        set_theme(qapp, "light")
        assert qapp.styleSheet() == light
    finally:
        set_theme(qapp, "system")
    assert qapp.styleSheet() == light


def test_the_plain_numbers_are_those_of_qt(qapp: QApplication) -> None:
    hints = Qt.InputMethodHint
    assert Qt.TextFormat(qt_values.PLAIN_TEXT) is Qt.TextFormat.PlainText
    assert Qt.FocusPolicy(qt_values.NO_FOCUS) is Qt.FocusPolicy.NoFocus
    assert Qt.AlignmentFlag(qt_values.CENTRED) == Qt.AlignmentFlag.AlignCenter
    assert Qt.FocusPolicy(qt_values.TAB_FOCUS) is Qt.FocusPolicy.TabFocus
    assert Qt.FocusPolicy(qt_values.STRONG_FOCUS) is Qt.FocusPolicy.StrongFocus
    edit = QLineEdit()
    edit.setProperty("inputMethodHints", qt_values.SECRET_HINTS)
    wanted = (
        hints.ImhHiddenText
        | hints.ImhSensitiveData
        | hints.ImhNoAutoUppercase
        | hints.ImhNoPredictiveText
    )
    assert edit.inputMethodHints() == wanted


def test_answers_in_the_rail_take_two_lines_at_most(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    room = metrics.horizontalAdvance("mailer@example.com") + 2
    assert in_lines("Invoices", metrics, room) == "Invoices"
    assert in_lines("Basic, mailer@example.com", metrics, room) == "Basic,\nmailer@example.com"
    long = in_lines("Basic, a.very.long.mailbox@somewhere.example.com", metrics, room)
    first, second = long.split("\n")
    assert first == "Basic,"
    assert "…" in second
    assert second.endswith("com"), "an address loses its middle"


def test_a_button_without_room_keeps_its_text_and_shows_its_beginning(qtbot: QtBot) -> None:
    push = ElidedButton("The server may want the whole email address as user")
    qtbot.addWidget(push)
    push.resize(push.sizeHint())
    assert push.shown_text() == push.text()
    push.resize(push.minimumSizeHint())
    push.show()
    assert push.minimumSizeHint().width() < push.sizeHint().width()
    assert push.shown_text().endswith("…")
    assert push.text() in push.toolTip()
    assert not push.grab().isNull()
