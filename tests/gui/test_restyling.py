"""Another theme: what is seen changes at once, what is hidden in turns, each widget once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.gui.widgets import restyling
from smtpwizard.gui.widgets.elements import plain_label
from smtpwizard.gui.widgets.style import colour, set_theme

DEEP = 9
"""So many frames are nested on each page."""


class Styled(QObject):
    """How often Qt told each of them that its style is another."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[QObject] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange:
            self.count[watched] += 1
        return False


def page(stack: QStackedWidget, labels: int) -> list[QLabel]:
    """Labels in frames that lie within each other, shown once so that they are dressed."""
    outer = inner = QWidget()
    for _ in range(DEEP):
        column = QVBoxLayout(inner)
        inner = QWidget()
        column.addWidget(inner)
    column = QVBoxLayout(inner)
    made = [plain_label("x", tone="danger") for _ in range(labels)]
    for label in made:
        column.addWidget(label)
    stack.addWidget(outer)
    stack.setCurrentWidget(outer)
    return made


def red(label: QLabel) -> bool:
    return label.palette().color(label.foregroundRole()) == colour("danger")


@pytest.fixture
def stack(qtbot: QtBot, qapp: QApplication) -> Iterator[QStackedWidget]:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.show()
    yield stack
    set_theme(qapp, "system")


def finished(qapp: QApplication) -> bool:
    return not qapp.findChildren(restyling._Wardrobe)


def test_each_is_dressed_once_however_deep_it_lies(
    stack: QStackedWidget, qtbot: QtBot, qapp: QApplication
) -> None:
    hidden, shown = page(stack, 5), page(stack, 5)
    styled = Styled()
    for each in stack.findChildren(QWidget):
        each.installEventFilter(styled)
    set_theme(qapp, "dark")
    assert all(map(red, shown))
    assert [styled.count[each] for each in shown] == [1] * 5
    assert not any(styled.count[each] for each in hidden)
    qtbot.waitUntil(lambda: finished(qapp))
    assert all(map(red, hidden))
    assert set(styled.count.values()) == {1}


def test_a_turn_dresses_some_of_the_hidden(
    stack: QStackedWidget, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = []
    monkeypatch.setattr(restyling, "do_in_turns", lambda owner, steps: waiting.append(steps))
    hidden = page(stack, 3 * restyling.PER_TURN)
    page(stack, 1)
    styled = Styled()
    for each in hidden:
        each.installEventFilter(styled)
    set_theme(qapp, "dark")
    before = 0
    for _ in waiting[0]:
        now = styled.count.total()
        assert now - before <= restyling.PER_TURN
        before = now
    assert all(map(red, hidden))


def test_what_is_shown_before_its_turn_is_dressed_then(
    stack: QStackedWidget, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restyling, "do_in_turns", lambda owner, steps: None)
    one, other = page(stack, 2), page(stack, 2)
    page(stack, 1)
    set_theme(qapp, "dark")
    assert not any(map(red, one + other))
    stack.setCurrentIndex(0)
    assert all(map(red, one))
    assert not any(map(red, other))
    set_theme(qapp, "light")  # before the turns of the one before are over
    assert all(map(red, one))
    assert len([w for w in qapp.findChildren(restyling._Wardrobe) if w._waiting]) == 1


def test_what_is_gone_before_its_turn_is_left_out(
    stack: QStackedWidget, qtbot: QtBot, qapp: QApplication
) -> None:
    hidden = page(stack, 2)
    page(stack, 1)
    set_theme(qapp, "dark")
    gone = stack.widget(0)
    assert gone is not None
    gone.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    gone.close()
    qtbot.waitUntil(lambda: finished(qapp))
    assert hidden
