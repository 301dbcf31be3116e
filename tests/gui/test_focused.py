"""What has the focus is seen, and Enter presses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smtpwizard.gui.widgets.elements import button, link_button, set_next_step
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.focused import Focused


@pytest.fixture(autouse=True)
def focused(qapp: QApplication) -> Iterator[Focused]:
    focused = Focused(qapp)
    yield focused
    focused.put_away()


def show(qtbot: QtBot, window: QWidget) -> None:
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()


def settle(qtbot: QtBot) -> None:
    """Let everything that waits for its turn have it."""
    turns: list[bool] = []
    QTimer.singleShot(0, lambda: QTimer.singleShot(0, lambda: turns.append(True)))
    qtbot.waitUntil(lambda: bool(turns))


# --- Enter


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
@pytest.mark.parametrize("kind", [QWidget, QDialog])
def test_enter_presses_the_button_that_has_the_focus(
    qtbot: QtBot, kind: type[QWidget], key: Qt.Key
) -> None:
    pressed: list[str] = []
    window = kind()
    column = QVBoxLayout(window)
    tool = QToolButton()
    tool.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    tool.clicked.connect(lambda: pressed.append("tool"))
    filled = button("Save", lambda: pressed.append("filled"))
    others = {
        "plain": button("Show", lambda: pressed.append("plain")),
        "link": link_button("Source", lambda: pressed.append("link")),
        "tool": tool,
        "filled": filled,
    }
    for push in others.values():
        column.addWidget(push)
    set_next_step(filled)
    show(qtbot, window)
    for name, push in others.items():
        push.setFocus()
        qtbot.keyClick(push, key)
        assert pressed == [name]
        pressed.clear()


def test_a_key_that_is_held_presses_once_and_what_is_off_never(qtbot: QtBot) -> None:
    pressed: list[str] = []
    window = QWidget()
    push = button("Show", lambda: pressed.append("once"))
    QVBoxLayout(window).addWidget(push)
    show(qtbot, window)
    push.setFocus()
    for repeated in (False, True, True):
        key = QKeyEvent(
            QEvent.Type.KeyPress,
            Qt.Key.Key_Return,
            Qt.KeyboardModifier.NoModifier,
            "\r",
            repeated,
        )
        QApplication.sendEvent(push, key)
    assert pressed == ["once"]
    qtbot.keyClick(push, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert pressed == ["once"], "Ctrl+Enter is another key"


# --- in sight


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    """A field above a page of twenty that scrolls, with a bar below it that is hidden."""
    window, content = QWidget(), QWidget()
    inner = QVBoxLayout(content)
    for number in range(20):
        edit = QLineEdit()
        edit.setObjectName(f"{number}")
        label = QLabel(f"Field {number}" if number != 15 else "&Fifteen")
        label.setBuddy(edit)
        inner.addWidget(label)
        inner.addWidget(edit)
    bar = QLabel("not saved")
    bar.setObjectName("bar")
    bar.setFixedHeight(80)
    bar.hide()
    outer = QVBoxLayout(window)
    for widget in (QLineEdit(), scrolling(content), bar):
        outer.addWidget(widget)
    window.resize(300, 360)
    show(qtbot, window)
    return window


def field(page: QWidget, number: int) -> QLineEdit:
    found = page.findChild(QLineEdit, f"{number}")
    assert isinstance(found, QLineEdit)
    return found


def bar_of(page: QWidget) -> int:
    return page.findChildren(QScrollArea)[0].verticalScrollBar().value()


def seen(widget: QWidget) -> bool:
    """Whether all of it is in sight, and its label above it."""
    area = widget.window().findChildren(QScrollArea)[0]
    room = area.viewport().rect().adjusted(0, widget.fontMetrics().height(), 0, 0)
    place = QRect(widget.mapTo(area.viewport(), QPoint(0, 0)), widget.size())
    return bool(room.contains(place))


@pytest.mark.parametrize(
    "go",
    [
        lambda page, qtbot: field(page, 15).setFocus(),
        lambda page, qtbot: qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.AltModifier),
    ],
    ids=["by the program", "by a letter"],
)
def test_what_gets_the_focus_is_scrolled_to(
    page: QWidget, qtbot: QtBot, go: Callable[[QWidget, QtBot], None]
) -> None:
    field(page, 0).setFocus()
    assert not seen(field(page, 15))
    go(page, qtbot)
    assert field(page, 15).hasFocus()
    assert seen(field(page, 15))


def test_so_it_is_by_tab_from_outside_the_page(page: QWidget, qtbot: QtBot) -> None:
    area = page.findChildren(QScrollArea)[0]
    outside = page.findChildren(QLineEdit)[0]
    outside.setFocus()
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    qtbot.keyClick(outside, Qt.Key.Key_Tab)
    assert field(page, 0).hasFocus()
    assert seen(field(page, 0))


def test_it_stays_in_sight_above_a_bar_that_comes(page: QWidget, qtbot: QtBot) -> None:
    edit = field(page, 12)
    edit.setFocus()
    area = page.findChildren(QScrollArea)[0]
    high = area.viewport().height()
    page.findChildren(QLabel, "bar")[0].show()
    qtbot.waitUntil(lambda: area.viewport().height() < high)
    qtbot.waitUntil(lambda: seen(edit))


def test_who_has_scrolled_away_is_left_there(page: QWidget, qtbot: QtBot) -> None:
    field(page, 15).setFocus()
    settle(qtbot)
    area = page.findChildren(QScrollArea)[0]
    area.verticalScrollBar().setValue(0)
    high = area.viewport().height()
    page.findChildren(QLabel, "bar")[0].show()
    qtbot.waitUntil(lambda: area.viewport().height() < high)
    settle(qtbot)
    assert bar_of(page) == 0
    other = QDialog(page)
    show(qtbot, other)
    other.close()
    with qtbot.waitActive(page):
        page.activateWindow()
    settle(qtbot)
    assert bar_of(page) == 0, "nor does another window bring it back"


def test_what_is_clicked_does_not_move_under_the_mouse(page: QWidget, qtbot: QtBot) -> None:
    area = page.findChildren(QScrollArea)[0]
    edit = field(page, 8)
    place = edit.mapTo(area.viewport(), QPoint(0, 0)).y()
    area.verticalScrollBar().setValue(place + edit.height() // 2)
    before = bar_of(page)
    qtbot.mousePress(edit, Qt.MouseButton.LeftButton, pos=QPoint(20, edit.height() - 2))
    settle(qtbot)
    assert edit.hasFocus()
    assert bar_of(page) == before
    qtbot.mouseRelease(edit, Qt.MouseButton.LeftButton, pos=QPoint(20, edit.height() - 2))
