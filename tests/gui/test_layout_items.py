"""What asking for the order of Tab, and layouts in layouts, must not leave behind."""

from __future__ import annotations

import ast
from pathlib import Path

import shiboken6
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

import smtpwizard.gui
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.tab_order import last_of, order_tabs


def page(qtbot: QtBot) -> tuple[QWidget, list[QPushButton]]:
    """A window that lays out buttons in another order than they were made in, and these as read."""
    one, two, three, four, five, six = (QPushButton(f"{number}") for number in range(6))
    root, box = QWidget(), QWidget()
    qtbot.addWidget(root)
    column, row, grid, flow = QVBoxLayout(root), QHBoxLayout(), QGridLayout(box), FlowLayout()
    flow.addWidget(six)
    flow.addWidget(two)
    grid.addWidget(four, 0, 0)
    grid.addWidget(QLabel("no focus"), 0, 1)
    grid.addWidget(one, 1, 0)
    column.addWidget(five)
    column.addStretch(1)
    column.addLayout(row)
    row.addWidget(three)
    row.addWidget(box)
    column.addLayout(flow)
    return root, [five, three, four, one, six, two]


def held() -> list[object]:
    """What Python holds of the items that Qt made for layouts, also after Qt has deleted them."""
    return [
        each
        for each in shiboken6.getAllValidWrappers()
        if isinstance(each, QLayoutItem)
        and not isinstance(each, QLayout)
        and not shiboken6.createdByPython(each)
    ]


def test_tab_goes_as_one_reads(qtbot: QtBot) -> None:
    root, read = page(qtbot)
    before = QPushButton(root)
    order_tabs(root, before)
    widget: QWidget | None = before
    gone_to = []
    for _ in range(50):
        assert widget is not None
        widget = widget.nextInFocusChain()
        if isinstance(widget, QPushButton) and widget is not before:
            gone_to.append(widget)
    assert gone_to[: len(read)] == read
    assert last_of(root) is read[-1]


def test_no_item_of_a_layout_is_held_longer_than_it_lives(qtbot: QtBot) -> None:
    # Whatever came to lie where one had been was taken for it, and the process ended within Qt.
    before = held()
    root, read = page(qtbot)
    order_tabs(root)
    last_of(root)
    for widget in read:
        widget.deleteLater()
    qtbot.waitUntil(lambda: not any(map(shiboken6.isValid, read)))
    assert [each for each in held() if each not in before] == []


def test_a_flow_whose_widgets_go_has_fewer_items(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    buttons = [QPushButton(text) for text in "abc"]
    column, flow = QVBoxLayout(root), FlowLayout(*buttons)
    column.addLayout(flow)
    assert (flow.count(), buttons[0].parent()) == (3, root)
    buttons[0].deleteLater()
    qtbot.waitUntil(lambda: not shiboken6.isValid(buttons[0]))
    flow.removeWidget(buttons[1])
    assert flow.count() == 1
    assert flow.minimumSize() == buttons[2].minimumSizeHint()


def test_nobody_asks_a_layout_for_its_items() -> None:
    asking = {"itemAt", "itemAtPosition", "spacerItem"}
    for folder in (Path(smtpwizard.gui.__file__).parent, Path(__file__).parent):
        for path in folder.rglob("*.py"):
            if path.name == "layout_items.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not isinstance(node, ast.Attribute) or node.attr not in asking, path
