"""Qt reads a tool tip that looks like HTML as HTML: what others wrote is made plain first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot

from smtpwizard import gui
from smtpwizard.gui.widgets.elements import plain_tip
from smtpwizard.gui.widgets.eliding_label import ElidingLabel

ROOT = Path(gui.__file__).parent
MARKUP = "<b>mail.quay.example</b> & more"


def _set_tips(tree: ast.AST) -> Iterator[ast.expr]:
    """What is set as a tool tip, or answered as one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "setToolTip":
                yield node.args[0]
        elif isinstance(node, ast.If) and "ToolTipRole" in ast.unparse(node.test):
            yield from (
                each.value for each in node.body if isinstance(each, ast.Return) and each.value
            )


def _is_ours(tip: ast.expr) -> bool:
    """Words of this program alone, or what `plain_tip` has made of others."""
    if isinstance(tip, ast.IfExp):
        return _is_ours(tip.body) and _is_ours(tip.orelse)
    if isinstance(tip, ast.JoinedStr):
        names = [
            ast.unparse(part.value) for part in tip.values if isinstance(part, ast.FormattedValue)
        ]
        return set(names) <= {"push.accessibleName()", "keys"}
    if isinstance(tip, ast.Call):
        called = ast.unparse(tip.func)
        return (
            called in {"plain_tip", "kind_hint"}
            or called.endswith(".tr")
            or called.startswith("QKeySequence(")
        )
    return isinstance(tip, ast.Constant) or ast.unparse(tip) == "keys"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_no_tool_tip_shows_foreign_text_as_it_comes(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert [ast.unparse(tip) for tip in _set_tips(tree) if not _is_ours(tip)] == []


def test_what_is_cut_is_told_as_it_is(qtbot: QtBot) -> None:
    label = ElidingLabel(MARKUP)
    qtbot.addWidget(label)
    label.resize(40, 20)
    label.show()
    assert label.toolTip() == plain_tip(MARKUP)
    assert "&lt;b&gt;" in label.toolTip()
    assert plain_tip("one\ntwo") == "<span>one<br>two</span>"


def test_another_text_in_the_same_room_has_another_tip(qtbot: QtBot) -> None:
    label = ElidingLabel("The case of somebody with a long name")
    qtbot.addWidget(label)
    label.setFixedWidth(60)
    label.show()
    assert "somebody" in label.toolTip()
    label.setText("The case of another one with a long name")
    assert "another one" in label.toolTip()
    label.setText("x")
    assert label.toolTip() == ""


def test_assistive_technology_reads_no_markup(qtbot: QtBot) -> None:
    label = ElidingLabel(MARKUP)
    qtbot.addWidget(label)
    label.resize(40, 20)
    label.show()
    node = QAccessible.queryAccessibleInterface(label)
    assert node.text(QAccessible.Text.Description) == MARKUP
    label.resize(600, 20)
    assert not node.text(QAccessible.Text.Description)
    label.setAccessibleDescription("What it is about")
    label.resize(40, 20)
    assert node.text(QAccessible.Text.Description) == "What it is about"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_the_tip_of_a_widget_is_its_description_too(path: Path) -> None:
    """`set_tip` sees to it; what is an item of a list or a table has no description of its tip."""
    found = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setToolTip"
        and "plain_tip(" in ast.unparse(node.args[0])
        and ast.unparse(node.func.value) != "item"
    ]
    assert found == (["widget.setToolTip(plain_tip(text))"] if path.stem == "elements" else [])
