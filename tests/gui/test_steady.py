"""The mouse wheel scrolls a page, and changes nothing on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

import smtpwizard.gui
from smtpwizard.gui.widgets.fields import combo_box, scrolling
from smtpwizard.gui.widgets.steady import SteadyTabs

# What the wheel turns, made as Qt has it.
TURNED = re.compile(
    r"\bQ(?:ComboBox|FontComboBox|TabBar|Slider|Dial|SpinBox|DoubleSpinBox|Date(?:Time)?Edit|TimeEdit)"
    r"\((?!\))|\bQ(?:ComboBox|TabBar|Slider|Dial|SpinBox|DoubleSpinBox|DateEdit|TimeEdit)\(\)"
    r"|class \w+\(Q(?:ComboBox|TabBar|Slider|Dial|(?:Double|Abstract)?SpinBox|Date(?:Time)?Edit)\)"
)


def turn(widget: QWidget, delta: int) -> None:
    """Turn the wheel over the middle of a widget, as the system tells it."""
    window = widget.window()
    place = QPointF(widget.mapTo(window, widget.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, delta))


@pytest.fixture
def combo() -> QComboBox:
    combo = combo_box((text, text) for text in ("None", "STARTTLS", "SSL/TLS"))
    combo.setCurrentIndex(1)
    return combo


@pytest.mark.parametrize("focused", [False, True])
def test_over_a_drop_down_the_page_scrolls(qtbot: QtBot, combo: QComboBox, focused: bool) -> None:
    content = QWidget()
    content.setMinimumHeight(2000)
    column = QVBoxLayout(content)
    column.addWidget(combo)
    tabs = SteadyTabs()
    for text in ("Summary", "History"):
        tabs.addTab(text)
    column.addWidget(tabs)
    column.addStretch()
    area = scrolling(content)
    qtbot.addWidget(area)
    area.resize(300, 400)
    with qtbot.waitActive(area):
        area.show()
        area.activateWindow()
    if focused:
        combo.setFocus()
    else:
        combo.clearFocus()  # a window gives it to its first widget
    for number, widget in enumerate((combo, tabs), start=1):
        turn(widget, -120)
        assert area.verticalScrollBar().value() > 0, number
        area.verticalScrollBar().setValue(0)
    assert (combo.currentText(), tabs.currentIndex()) == ("STARTTLS", 0)
    assert combo.hasFocus() is focused
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText() == "SSL/TLS", "by key it is chosen as before"


def test_tab_leads_to_no_arrow_of_the_tabs(qtbot: QtBot) -> None:
    tabs = SteadyTabs()
    qtbot.addWidget(tabs)
    arrows = tabs.findChildren(QToolButton)
    assert arrows
    assert {arrow.focusPolicy() for arrow in arrows} == {Qt.FocusPolicy.NoFocus}


def test_nothing_that_the_wheel_turns_is_made_elsewhere() -> None:
    root = Path(smtpwizard.gui.__file__).parent
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in root.rglob("*.py")
        if path.name != "steady.py"
        for match in TURNED.finditer(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.qt_log_ignore("does not support grabbing", extend=True)
def test_a_drop_down_shows_each_of_its_few_rows(qtbot: QtBot, combo: QComboBox) -> None:
    qtbot.addWidget(combo)
    combo.show()
    qtbot.waitExposed(combo)
    combo.showPopup()
    rows, last = combo.view(), combo.model().index(combo.count() - 1, 0)
    qtbot.waitUntil(lambda: rows.viewport().rect().contains(rows.visualRect(last)))
    combo.hidePopup()


def test_a_chosen_tab_is_as_large_with_the_focus(qtbot: QtBot) -> None:
    window, tabs, other = QWidget(), SteadyTabs(), QLineEdit()
    qtbot.addWidget(window)
    tabs.setProperty("page", "true")
    for text in ("Summary", "History"):
        tabs.addTab(text)
    column = QVBoxLayout(window)
    column.addWidget(other)
    column.addWidget(tabs)
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    other.setFocus()
    without = tabs.sizeHint()
    tabs.setFocus()
    tabs.addTab("One more")  # whatever has them measured again
    tabs.removeTab(2)
    assert tabs.sizeHint() == without
