"""Tab goes through each page as the eye does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.navigation import NavigationEntry
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.workspace import Workspace
from tests.diagnosis import bounces
from tests.gui.driving import refused_report
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_fixes_window import untrusted
from tests.gui.test_main_window import listed
from tests.helpers.mail_world import MailWorld


def jumps_in(window: QWidget, qtbot: QtBot) -> list[str]:
    """Where Tab goes back up, or to the left, on a page that scrolls."""
    stops: list[QWidget] = []
    while (at := QApplication.focusWidget()) is not None and at not in stops:
        stops.append(at)
        qtbot.keyClick(at, Qt.Key.Key_Tab)
    found = []
    for area in window.findChildren(QScrollArea):
        content = area.widget()
        if content is None or not area.isVisible():
            continue
        inside = [each for each in stops if content.isAncestorOf(each)]
        if stops and stops[0] in inside:
            continue  # it began in the middle
        found += [
            f"from {told(before)} to {told(after)}"
            for before, after in pairwise(inside)
            if precedes(place_in(after, content), place_in(before, content))
        ]
    return found


def told(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.property('text') or widget.accessibleName()}"


def place_in(widget: QWidget, content: QWidget) -> QRect:
    return QRect(widget.mapTo(content, QPoint(0, 0)), widget.size())


def precedes(one: QRect, other: QRect) -> bool:
    """Whether the eye comes to one first: it is above the other, and in no column behind it, or
    in its row and before it."""
    if one.bottom() < other.top():
        return one.left() <= other.right()
    same_row = one.top() <= other.center().y() <= one.bottom()
    return same_row and one.right() < other.left()


@pytest.fixture
def full(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None], qtbot: QtBot
) -> MainWindow:
    window.resize(1100, 780)
    qtbot.waitActive(window)
    store("Invoices", sender={"address": "invoices@example.com"})
    store("Payslips")
    return listed(window, runner)


@pytest.fixture
def jumps(qtbot: QtBot) -> Callable[[QWidget], list[str]]:
    """What is told of a window once everything in it has found its place."""

    def found(window: QWidget) -> list[str]:
        turns: list[int] = []
        timer = QTimer(window)
        timer.timeout.connect(lambda: turns.append(1))
        timer.start(0)
        qtbot.waitUntil(lambda: len(turns) > 8)
        timer.stop()
        window.findChildren(NavigationEntry)[0].setFocus()
        return jumps_in(window, qtbot)

    return found


def test_the_pages_beside_the_list(
    full: MainWindow, runner: FakeTaskRunner, jumps: Callable[[QWidget], list[str]]
) -> None:
    found = {}
    for key in full.console.offers:
        full.console.go_to(key)
        runner.run_all()
        found[key] = jumps(full)
    assert {key: told for key, told in found.items() if told} == {}


def test_the_parts_of_a_connector_and_its_failures(
    full: MainWindow, runner: FakeTaskRunner, jumps: Callable[[QWidget], list[str]]
) -> None:
    full.console.open(full.rows[0].id)
    runner.run_all()
    view = full.console.opened.view
    assert view is not None
    found = {}
    for number in range(view.tabs.count()):
        view.go_to(number)
        view.configuration.build_rest()
        runner.run_all()
        found[f"part {number}"] = jumps(full)
    for name, report in (("refused", refused_report()), ("not trusted", untrusted())):
        view.verify()
        runner.answer(report)
        runner.run_all()
        found[name] = jumps(full)
        first = view.summary.next_button()
        assert first is not None
        assert first.isVisible()
    assert {key: told for key, told in found.items() if told} == {}


def test_what_receivers_see_of_a_sender(
    full: MainWindow,
    ws: Workspace,
    runner: FakeTaskRunner,
    tmp_path: Path,
    jumps: Callable[[QWidget], list[str]],
) -> None:
    full.console.open(full.rows[0].id)
    runner.run_all()
    view = full.console.opened.view
    assert view is not None
    view.go_to(4)
    with MailWorld(tmp_path) as world:
        world.zone["example.com"] = {"MX": ["0 ."], "TXT": ['"v=spf1 mx +all"']}
        change_settings(ws, [f"network.name_server={world.settings().name_server}"])
        view.sender_page.look_button.click()
        runner.run_all()
    assert jumps(full) == []


def test_an_explained_bounce(
    full: MainWindow, runner: FakeTaskRunner, jumps: Callable[[QWidget], list[str]]
) -> None:
    full.console.go_to("bounce")
    page = full.console.place("bounce")
    for text in (bounces.report(bounces.UNKNOWN, bounces.LATE), bounces.MICROSOFT):
        page.explain(text)  # type: ignore[attr-defined]
        runner.run_all()
        assert jumps(full) == []
