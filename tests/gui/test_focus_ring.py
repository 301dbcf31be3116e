"""The ring round what has the focus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QApplication,
    QGroupBox,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smtpwizard.gui.widgets.focus_ring import OUTSIDE, FocusRing, Ring
from smtpwizard.gui.widgets.style import set_theme


@pytest.fixture(autouse=True)
def ring(qapp: QApplication) -> Iterator[FocusRing]:
    ring = FocusRing(qapp)
    yield ring
    ring.put_away()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """A button, a field, and a button in a box that scrolls."""
    window, content, box = QWidget(), QWidget(), QGroupBox("Box")
    inner = QVBoxLayout(box)
    inner.addWidget(QPushButton("Inner"))
    within = QVBoxLayout(content)
    within.addSpacing(400)
    within.addWidget(box)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(content)
    layout = QVBoxLayout(window)
    for widget in (QPushButton("Outer"), QLineEdit(), area):
        layout.addWidget(widget)
    qtbot.addWidget(window)
    window.resize(300, 300)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window


def push(window: QWidget, text: str) -> QPushButton:
    return next(push for push in window.findChildren(QPushButton) if push.text() == text)


def seen(window: QWidget) -> list[QRect]:
    """Where rings are drawn, in the window's measures."""
    return [
        QRect(each.mapTo(window, QPoint(0, 0)), each.size())
        for each in window.findChildren(Ring)
        if each.isVisible()
    ]


def round_of(widget: QWidget, window: QWidget) -> QRect:
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    return place.adjusted(-OUTSIDE, -OUTSIDE, OUTSIDE, OUTSIDE)


def test_it_lies_round_a_button_and_moves_with_it(window: QWidget, qtbot: QtBot) -> None:
    outer = push(window, "Outer")
    outer.setFocus()
    assert seen(window) == [round_of(outer, window)]
    window.resize(500, 300)
    qtbot.waitUntil(lambda: seen(window) == [round_of(outer, window)])
    ring = window.findChildren(Ring)[0]
    assert ring.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_it_scrolls_with_what_it_lies_round(window: QWidget, qtbot: QtBot) -> None:
    inner, area = push(window, "Inner"), window.findChildren(QScrollArea)[0]
    inner.setFocus()
    area.ensureWidgetVisible(inner)
    qtbot.waitUntil(lambda: seen(window) == [round_of(inner, window)])
    content = area.widget()
    assert content is not None
    assert content.isAncestorOf(window.findChildren(Ring)[0]), "cut where the button is"


def test_at_the_edge_of_what_scrolls_it_is_whole(qtbot: QtBot) -> None:
    area, content = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    at_edge = QPushButton("At the edge", content)
    at_edge.resize(90, 30)
    content.resize(300, 300)
    area.setWidget(content)
    area.show()
    ring = Ring()
    ring.surround(at_edge)
    assert ring.parentWidget() is content
    assert ring.geometry() == QRect(0, 0, 90 + OUTSIDE, 30 + OUTSIDE)


def test_a_field_has_a_border_of_its_own(window: QWidget, qtbot: QtBot) -> None:
    push(window, "Outer").setFocus()
    window.findChildren(QLineEdit)[0].setFocus()
    assert seen(window) == []
    window.resize(500, 300)
    push(window, "Outer").move(0, 3)
    assert seen(window) == [], "nor does it come back when the button moves"


def test_it_stays_through_another_theme(window: QWidget, qapp: QApplication, qtbot: QtBot) -> None:
    outer = push(window, "Outer")
    outer.setFocus()
    set_theme(qapp, "dark")
    qtbot.waitUntil(lambda: seen(window) == [round_of(outer, window)])
    set_theme(qapp, "system")


def test_what_goes_takes_no_ring_with_it(window: QWidget, qtbot: QtBot) -> None:
    inner = push(window, "Inner")
    inner.setFocus()
    with qtbot.waitSignal(inner.destroyed):
        inner.deleteLater()
    push(window, "Outer").setFocus()
    assert seen(window) == [round_of(push(window, "Outer"), window)]
