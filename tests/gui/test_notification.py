"""A notification has as many lines as its words need, up to three; then there is a way to all."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.notification_zone import NotificationZone
from smtpwizard.gui.widgets.few_lines import FewLines
from smtpwizard.gui.widgets.notification import LINES, Notification, room_for_one

SENTENCE = "The keyring of this system did not answer in time. "
NAMES = "Newly broken: Payslips, Order confirmations, Invoices, Angebote Hamburg and 4 more"


@pytest.fixture
def shown(qtbot: QtBot) -> Notification:
    notification = Notification()
    qtbot.addWidget(notification)
    notification.resize(480, 80)
    notification.show()
    return notification


def lines_of(label: FewLines) -> int:
    return label.height() // label.fontMetrics().height()


@pytest.mark.parametrize(
    ("title", "text", "lines", "offered"),
    [
        ("Saved", "", (1, None), False),
        ("Saved", "Verified a minute ago.", (1, 1), False),
        ("Not verified", SENTENCE * 2, (1, 2), False),
        ("Not verified", SENTENCE * 4, (1, 2), True),
        (NAMES, "3 done in 4.0 s.", (2, 1), False),
        (NAMES, SENTENCE * 2, (2, 1), True),
        (NAMES[:55] * 2, "", (3, None), False),
        (NAMES * 8, SENTENCE, (2, 1), True),
    ],
)
def test_as_many_lines_as_it_needs_up_to_three(
    shown: Notification, title: str, text: str, lines: tuple[int, int | None], offered: bool
) -> None:
    shown.show_text("failed", title, text, "Show")
    QApplication.sendPostedEvents()
    of_text = lines_of(shown.text) if shown.text.isVisible() else None
    assert (lines_of(shown.title), of_text) == lines
    assert sum(each or 0 for each in lines) <= LINES
    assert shown.more_button.isVisible() is offered
    assert bool(shown.title.toolTip() or shown.text.toolTip()) is offered
    assert shown.accessibleName() == ". ".join(filter(None, (title, text.strip())))
    assert shown.sizeHint().height() <= room_for_one(shown.fontMetrics())


def test_where_it_gets_room_nothing_is_left_to_offer(shown: Notification) -> None:
    shown.show_text("failed", "Not verified", SENTENCE * 4)
    assert shown.more_button.isVisible()
    shown.resize(1200, 80)
    assert not shown.more_button.isVisible()
    assert not shown._buttons.isVisible(), "nothing takes room for no button"


def test_what_runs_offers_nothing_that_is_not_listed(shown: Notification) -> None:
    shown.show_text("running", "A change waits", SENTENCE * 6)
    assert not shown.more_button.isVisible()
    assert shown.text.toolTip()
    assert shown.sizeHint().height() <= room_for_one(shown.fontMetrics())


def test_what_looks_like_markup_stays_text_in_the_tool_tip_too(shown: Notification) -> None:
    shown.show_text("failed", "Not verified", "<b>no</b> " * 60)
    assert "&lt;b&gt;no" in shown.text.toolTip()


@pytest.mark.parametrize(
    "text", ["", "🔑 " * 40, "x" * 300, "mail.quay.example/" * 20, "\U0001f511" * 99]
)
def test_any_text_is_broken_without_losing_a_letter(qtbot: QtBot, text: str) -> None:
    label = FewLines()
    qtbot.addWidget(label)
    label.setText(text)
    parts = list(label._broken(120))
    assert "".join(parts) == text
    wide = label.fontMetrics().horizontalAdvance("\U0001f511")
    assert all(label.fontMetrics().horizontalAdvance(part.rstrip()) <= 120 + wide for part in parts)
    assert label.needs(120) == len(parts)
    label.fit(120, 2)
    label.show()
    assert label.grab().isNull() is (not text)


def test_a_second_click_reaches_nothing_that_came_in_the_place_of_the_first(qtbot: QtBot) -> None:
    notification = Notification()
    notification.settles_ms = 3_600_000
    qtbot.addWidget(notification)
    notification.resize(500, 80)
    notification.show_text("running", "Verifying 3 connectors", "1 of 3 done", "Stop")
    notification.show()
    pressed: list[str] = []
    notification.acted.connect(lambda: pressed.append("acted"))
    notification.closed.connect(lambda: pressed.append("closed"))
    qtbot.mouseClick(notification.action_button, Qt.MouseButton.LeftButton)
    assert pressed == ["acted"]
    notification.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    notification.show_text("info", "Stopped after 1 of 3", "1 done in 0.2 s.", "Show")
    for push in (notification.close_button, notification.action_button):
        qtbot.mouseDClick(push, Qt.MouseButton.LeftButton)
        qtbot.mouseClick(push, Qt.MouseButton.LeftButton)
    assert pressed == ["acted"]
    qtbot.keyClick(notification.close_button, Qt.Key.Key_Space)
    assert pressed == ["acted", "closed"], "keys are meant for what has the focus"
    notification.settles_ms = 0
    qtbot.mouseClick(notification.close_button, Qt.MouseButton.LeftButton)
    assert pressed == ["acted", "closed", "closed"]


def test_what_comes_elsewhere_than_under_the_pointer_is_ready_at_once(qtbot: QtBot) -> None:
    notification = Notification()
    notification.settles_ms = 3_600_000
    qtbot.addWidget(notification)
    notification.resize(500, 80)
    notification.show_text("info", "Removed", "", "Undo")
    notification.show()
    with qtbot.waitSignal(notification.acted):
        qtbot.mouseClick(notification.action_button, Qt.MouseButton.LeftButton)


def test_the_way_to_all_of_it(qtbot: QtBot) -> None:
    zone = NotificationZone()
    qtbot.addWidget(zone)
    zone.resize(400, 80)
    zone.show()
    wanted: list[bool] = []
    zone.whole_wanted.connect(lambda: wanted.append(True))
    zone.say("failed", "Not verified", SENTENCE * 6)
    zone.notification.more_button.click()
    assert wanted == [True]
    assert zone.shown is not None, "it stays until somebody closes it"
