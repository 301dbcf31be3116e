"""The window around the list: filter, chips, columns, many at once, notifications, its memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from smtpwizard.gui import jobs
from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.connector_delegate import PADDING
from smtpwizard.gui.console.connector_table import STATUS_WIDTH
from smtpwizard.gui.console.detail.detail_view import CONFIGURATION, HISTORY, DetailView
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.notification_list import NotificationList
from smtpwizard.gui.console.notification_zone import NotificationZone, Offer
from smtpwizard.gui.console.shortcut_list import ShortcutList
from smtpwizard.gui.tasks import Job
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.widgets.style import Theme, colour, contrast, set_theme
from smtpwizard.gui.widgets.two_lines import SECOND
from smtpwizard.messages import listing
from smtpwizard.messages.moments import day_of_year_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError, StorageError
from smtpwizard.model.report import Stage, Unproven
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases import verify_all as many
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.list_rows import Kind
from smtpwizard.usecases.project import create_project
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector, sweep_secrets
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_main_window import failed, listed, names, page, told

Store = Callable[..., None]
FACTS = {"before": "port 25", "after": "port 587"}


@pytest.fixture
def three(window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace) -> MainWindow:
    """Invoices (untested), Payslips (failed) and Reports (verified)."""
    store("Invoices", description="Finance")
    store("Payslips", server={"host": "mail.payroll.example"})
    store("Reports")
    failed(ws, "Payslips")
    verified(ws, "Reports")
    return listed(window, runner)


def verified(ws: Workspace, name: str, **more: Any) -> None:
    stored = ws.find(name)
    record = {
        "ok": True,
        "at": "2026-11-22T10:15:00Z",
        "verified_at": "2026-11-22T10:15:00Z",
        "inputs": stored.connector.inputs_digest(),
        "secrets": dict(stored.secrets),
        "sent": True,
        "duration_ms": 1400,
    } | more
    ws.store.change_verification(stored.id, lambda _: record)


def shown(window: MainWindow) -> list[str]:
    return [row.name for row in page(window).model.rows]


def chosen(window: MainWindow) -> list[str]:
    return [row.name for row in page(window).chosen()]


def choose(window: MainWindow, *wanted: str) -> None:
    page(window).table.choose([row.id for row in window.rows if row.name in wanted])


# -- filter, chips and order ----------------------------------------------------------------------


def test_what_needs_somebody_comes_first_and_good_news_is_quiet(three: MainWindow) -> None:
    assert shown(three) == ["Payslips", "Invoices", "Reports"]
    assert page(three).model.lines(2, words.STATUS) == ("Verified", "Test email accepted")
    assert page(three).model.lines(2, words.VERIFIED)[1] == "1.4 s"
    assert Kind.VERIFIED not in words.LOUD


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PAYROLL", ["Payslips"]),
        ("finance", ["Invoices"]),
        ("not accepted", ["Payslips"]),
        ("mailer@", ["Payslips", "Invoices", "Reports"]),
        ("example re", ["Reports"]),
        ("587", ["Payslips", "Invoices", "Reports"]),
        ("example.com:587 re", ["Reports"]),
        ("FÍNANCÉ", ["Invoices"]),
        ("nobody", []),
    ],
)
def test_a_search_looks_at_name_description_server_user_and_cause(
    three: MainWindow, text: str, found: list[str]
) -> None:
    page(three).filter_edit.setText(text)
    assert shown(three) == found


def test_a_filter_without_a_hit_offers_the_way_back(three: MainWindow) -> None:
    page(three).filter_edit.setText("nobody has this")
    assert page(three).nothing.isVisible()
    assert page(three).nothing.title.text() == "No connector contains “nobody has this”"
    page(three).nothing.button.click()
    assert page(three).filter_edit.text() == ""
    assert page(three).table.isVisible()
    assert len(shown(three)) == 3


def test_down_goes_from_the_filter_to_what_it_has_found(three: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(three):
        three.activateWindow()
    edit = page(three).filter_edit
    edit.setFocus()
    edit.setText("reports")
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is page(three).table
    assert chosen(three) == ["Reports"]
    edit.setFocus()
    edit.setText("nobody has this")
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is page(three).nothing.button
    qtbot.keyClick(page(three).nothing.button, Qt.Key.Key_Space)
    assert len(shown(three)) == 3


def test_chips_count_and_filter(three: MainWindow) -> None:
    chips = page(three).chips.chips
    assert [chip.accessibleName() for chip in chips.values() if chip.isVisible()] == [
        "All 3",
        "Failed 1",
        "Not tested 1",
        "Verified 1",
    ]
    chips[Kind.FAILED].click()
    assert shown(three) == ["Payslips"]
    assert three.console.actions.kinds[Kind.FAILED].isChecked()
    three.console.actions.kinds[None].trigger()
    assert len(shown(three)) == 3


def test_what_ends_soon_says_so(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> None:
    soon = (words.today() + timedelta(days=3)).isoformat()
    oauth = {"client_id": "c", "client_secret_expires": soon, "tenant": "contoso.onmicrosoft.com"}
    login = {"method": "oauth", "username": "mailer@example.com", "oauth": oauth}
    store("Bills", provider="exchange", server={}, authentication=login)
    verified(ws, "Bills")
    listed(window, runner)
    assert page(window).model.lines(0, words.STATUS) == (
        "Verified, ends in 3 days",
        "Make a new client secret in time",
    )
    assert page(window).chips.chips[Kind.ENDS_SOON].isVisible()


def test_sorting_keeps_the_selection(three: MainWindow) -> None:
    choose(three, "Reports", "Invoices")
    page(three).table.horizontalHeader().sectionClicked.emit(words.NAME)
    assert shown(three) == ["Invoices", "Payslips", "Reports"]
    page(three).table.horizontalHeader().sectionClicked.emit(words.NAME)
    assert shown(three) == ["Reports", "Payslips", "Invoices"]
    assert sorted(chosen(three)) == ["Invoices", "Reports"]


def test_the_order_is_chosen_by_keyboard_too(
    three: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "smtpwizard.gui.console.connector_table.announce", lambda _, text: said.append(text)
    )
    menu = three.console.actions.order
    by_name = next(action for action in menu.actions() if action.text() == "&Name")
    by_name.trigger()
    assert shown(three) == ["Invoices", "Payslips", "Reports"]
    by_name.trigger()
    assert shown(three) == ["Reports", "Payslips", "Invoices"]
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["&Name"]
    assert said == ["Sorted by Name", "Sorted by Name, descending"]


def test_a_tick_adds_to_the_selection(three: MainWindow, qtbot: QtBot) -> None:
    table = page(three).table
    choose(three, "Payslips")
    where = table.visualRect(page(three).model.index(2, words.TICK)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert chosen(three) == ["Payslips", "Reports"]
    assert page(three).bar.isVisible()
    assert page(three).bar.count.text() == "2 selected"
    assert not page(three).edit_button.isEnabled()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert chosen(three) == ["Payslips"]
    qtbot.keyClick(table, Qt.Key.Key_Space)
    table.horizontalHeader().sectionClicked.emit(words.TICK)
    assert len(chosen(three)) == 3
    page(three).clear_button.click()
    assert chosen(three) == []
    assert not page(three).bar.isVisible()


def test_a_change_costs_its_row_alone(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    page(three).table.set_sort(words.NAME, descending=False)
    told_of: list[tuple[int, int]] = []
    resets: list[bool] = []
    model = page(three).model
    model.dataChanged.connect(lambda one, end, *_: told_of.append((one.row(), end.row())))
    model.modelReset.connect(lambda: resets.append(True))
    choose(three, "Payslips")
    verified(ws, "Payslips")
    listed(three, runner)
    assert (told_of, resets) == ([(1, 1)], [])
    assert chosen(three) == ["Payslips"]


def test_rows_become_compact(three: MainWindow) -> None:
    table = page(three).table
    two_lines = table.rowHeight(0)
    three.console.actions.compact.trigger()
    assert table.rowHeight(0) < two_lines
    three.console.actions.compact.trigger()
    assert table.rowHeight(0) == two_lines


def test_columns_fold_away_before_the_status_is_cut(three: MainWindow) -> None:
    table = page(three).table
    three.resize(1600, 700)
    assert not table.isColumnHidden(words.USER)
    three.resize(760, 600)
    table.resize(500, 400)
    assert table.isColumnHidden(words.USER)
    assert not table.isColumnHidden(words.STATUS)
    assert not table.isColumnHidden(words.NAME)


# -- what is remembered ----------------------------------------------------------------------------


def test_the_window_comes_back_as_it_was_left(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, qtbot: QtBot
) -> None:
    table = page(three).table
    three.resize(700, 500)
    table.show_column(words.SERVER, shown=False)
    table.horizontalHeader().moveSection(5, 3)
    table.set_sort(words.NAME, descending=True)
    page(three).filter_edit.setText("e")
    three.console.actions.compact.trigger()
    before = page(three).arrangement()
    three.close()
    runner.run_all()
    kept = json.loads((ws.data_dir / "settings.json").read_text("utf-8"))["window"]
    assert kept["columns"]["hidden"] == ["server"]
    other = MainWindow(ws, runner)
    qtbot.addWidget(other)
    other.show()
    listed(other, runner)
    assert page(other).arrangement() == before
    assert other.size() == three.size()
    assert other.console.actions.compact.isChecked()


@pytest.mark.parametrize(
    "kept",
    [
        "text",
        {"geometry": "ÿÿ", "columns": 3, "filter": 7, "show": ["x"], "compact": "yes"},
        {"geometry": "AAAA", "columns": {"order": [1, "tick", "nobody"], "widths": {"name": -5}}},
        {"columns": {"order": "name", "hidden": ["name", "tick"], "sort": "tick"}, "show": "gone"},
    ],
)
def test_nonsense_in_the_settings_is_passed_over(
    ws: Workspace, runner: FakeTaskRunner, store: Store, qtbot: QtBot, kept: object
) -> None:
    ws.data.set_setting("window", kept)
    store("Invoices")
    window = MainWindow(ws, runner)
    qtbot.addWidget(window)
    window.show()
    listed(window, runner)
    assert names(window) == ["Invoices"]
    assert not page(window).table.isColumnHidden(words.NAME)


def test_a_column_s_width_grows_with_the_font(three: MainWindow) -> None:
    table = page(three).table
    three.resize(1600, 700)
    usual = table.columnWidth(words.USER)
    table.horizontalHeader().resizeSection(words.NAME, 200)
    table.set_compact(True)
    font = table.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    table.setFont(font)
    assert table.columnWidth(words.NAME) == pytest.approx(400, abs=20)
    assert table.columnWidth(words.USER) == pytest.approx(
        2 * usual, rel=0.1
    ) or table.isColumnHidden(words.USER)
    kept = table.arrangement()
    assert list(kept["lines"]) == ["name"], "what nobody chose is not kept"


def test_a_column_that_is_folded_away_is_not_ticked(three: MainWindow) -> None:
    menu, table = three.console.actions.columns, page(three).table
    for width, there in ((960, False), (1500, True)):
        three.resize(width, 780)
        QApplication.sendPostedEvents()
        menu.aboutToShow.emit()
        (user,) = [each for each in menu.actions() if each.text().startswith("User")]
        assert table.isColumnHidden(words.USER) is not there
        assert user.isChecked() is user.isEnabled() is there
        assert user.text().endswith("too narrow") is not there
    assert table.is_shown(words.USER), "nobody chose that"


def test_what_is_usual_is_cut_in_no_column(three: MainWindow) -> None:
    """In a window as narrow as it is first opened, each column that is shown has room for these."""
    table = page(three).table
    usual = {
        words.NAME: "Order confirmations",
        words.SERVER: "smtp.office365.com",
        words.VERIFIED: "Yesterday 23:58",
        words.ENDS: "28 Nov 2028",
    }
    small = [listing.ending_name(each) for each in listing._ENDING]
    for width in (960, 1280):
        three.resize(width, 780)
        QApplication.sendPostedEvents()
        for column, text in usual.items():
            if not table.isColumnHidden(column):
                room = table.columnWidth(column) - 2 * PADDING
                delegate = table.delegate
                strong = column == words.NAME
                metrics = delegate._strong_metrics if strong else delegate._metrics
                assert metrics.horizontalAdvance(text) <= room, (width, text)
        assert not table.isColumnHidden(words.ENDS)
        room = table.columnWidth(words.ENDS) - 2 * PADDING
        wide = [table.delegate._small_metrics.horizontalAdvance(each) for each in small]
        assert max(wide) <= room, small


@pytest.mark.parametrize(
    ("kept", "lines"),
    [
        ({"widths": {"name": 300, "user": 5, "status": 90}}, {"name"}),
        ({"widths": {"name": 300}, "lines": {"name": 20.5, "ends": 9}}, {"name", "ends"}),
        ({"widths": [1], "lines": {"name": True, "server": 9999, "user": "12"}}, set()),
    ],
)
def test_widths_that_were_kept_in_px_are_still_read(
    three: MainWindow, kept: dict[str, object], lines: set[str]
) -> None:
    table = page(three).table
    em = table.fontMetrics().height()
    table.arrange(kept)
    now = table.arrangement()["lines"]
    assert set(now) == lines
    if "name" in lines:
        wanted = 20.5 if "lines" in kept else 300 / em
        assert now["name"] == pytest.approx(wanted, abs=0.01)
        assert table.columnWidth(words.NAME) == round(now["name"] * em)


@pytest.mark.parametrize("width", [1152, 900, 720])
def test_what_has_no_room_in_the_bar_is_in_its_menu(three: MainWindow, width: int) -> None:
    bar, table = page(three).bar, page(three).table
    three.resize(width, 700)
    choose(three, "Reports")
    QApplication.sendPostedEvents()
    pushes = page(three)._for_chosen()
    shown = [push for push in pushes if push.isVisible()]
    wanted = [push for push in pushes if push.isEnabled()]
    assert shown == wanted[: len(shown)], "the most wanted ones stay"
    assert bar.more_button.isVisible() is (len(shown) < len(wanted))
    assert (len(shown) == len(wanted)) is (width == 1152)
    assert bar.height() < 2 * pushes[0].height(), "one line"
    last = shown[-1] if not bar.more_button.isVisible() else bar.more_button
    assert last.geometry().right() <= bar.rect().right()
    assert bar.more_button.menu() is page(three).more_button.menu()
    table.selectAll()
    QApplication.sendPostedEvents()
    assert [push for push in pushes if push.isVisible()] == [
        page(three).verify_button,
        page(three).remove_button,
    ], "what takes one connector is not offered for several"
    assert bar.more_button.isVisible(), "Compare and others are"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_crown_can_be_seen_on_a_selected_row(
    three: MainWindow, qapp: QApplication, theme: Theme
) -> None:
    table = page(three).table
    set_theme(qapp, theme)
    try:
        row = next(n for n, each in enumerate(page(three).model.rows) if each.default)
        table.choose([page(three).model.rows[row].id])
        cell = table.visualRect(page(three).model.index(row, words.DEFAULT)).adjusted(6, 6, -6, -6)
        drawn = table.viewport().grab(cell).toImage()
        ground = drawn.pixelColor(0, 0)
        assert ground == colour("accent_soft")
        ratios = [
            contrast(drawn.pixelColor(x, y), ground)
            for x in range(drawn.width())
            for y in range(drawn.height())
        ]
        assert sum(ratio >= 3 for ratio in ratios) > 30, "a shape, not a dot"
    finally:
        set_theme(qapp, "system")


# -- notifications ---------------------------------------------------------------------------------


@pytest.fixture
def zone(qtbot: QtBot) -> NotificationZone:
    zone = NotificationZone()
    qtbot.addWidget(zone)
    zone.show()
    return zone


def test_one_notification_at_a_time_and_failures_stay(zone: NotificationZone) -> None:
    zone.say("passed", "Saved")
    zone.say("failed", "Broken")
    assert not zone._timer.isActive()
    zone.say("info", "Copied")
    assert zone.notification.title.text() == "Copied"
    assert zone._timer.isActive()
    zone._time_over()
    assert zone.notification.title.text() == "Broken", "it comes back until somebody closes it"
    zone.notification.close_button.click()
    assert not zone.notification.isVisible()
    assert [told.title for told in zone.past] == ["Copied", "Broken", "Saved"]


def test_its_time_does_not_run_under_a_dialog(zone: NotificationZone) -> None:
    zone.seconds = 1
    zone.say("passed", "Saved")
    dialog = QDialog(zone)
    dialog.open()
    for _ in range(10):
        zone._timer.timeout.emit()
    assert zone.shown is not None
    dialog.reject()
    zone._timer.timeout.emit()
    assert zone.shown is not None
    zone._timer.timeout.emit()
    assert zone.shown is None


def test_what_can_be_undone_waits_below_the_next_one(zone: NotificationZone) -> None:
    done: list[str] = []
    zone.say("passed", "Removed", offer=Offer("Undo", lambda: done.append("undone")))
    zone.say("info", "Copied")
    zone._time_over()
    zone.notification.action_button.click()
    assert done == ["undone"]
    assert zone.shown is None


def test_what_was_offered_can_be_done_once_or_until_it_is_over(zone: NotificationZone) -> None:
    done: list[str] = []

    def offer(name: str, *, lasting: bool = False) -> Offer:
        finish = partial(done.append, f"{name} is over")
        return Offer(name, partial(done.append, name), lasting=lasting, finish=finish)

    undo, show, other = offer("Undo"), offer("Show", lasting=True), offer("Other")
    for each in (undo, show, other):
        zone.say("passed", each.action, offer=each)
    zone.close_all()
    for _ in range(2):
        undo.take()
        show.take()
    assert done == ["Undo", "Show", "Show"]
    zone.end_offers(but=[other])
    assert done[3:] == ["Show is over"], "what is done once is over without a word"
    show.take()
    zone.forget()
    assert done[4:] == ["Other is over"]
    assert zone.past == []


def test_nothing_goes_by_itself_where_that_was_chosen(zone: NotificationZone) -> None:
    zone.seconds = 0
    zone.say("passed", "Saved")
    assert not zone._timer.isActive()


def test_what_was_said_is_listed(three: MainWindow, runner: FakeTaskRunner) -> None:
    choose(three, "Invoices")
    three.console.actions.copy.trigger()
    assert told(three) == "Invoices copied"
    text = QApplication.clipboard().text()
    assert text.startswith("Invoices – Finance\tNot tested yet\tsmtp.example.com")
    assert three.console.place_entries["notifications"].accessibleName() == "Notifications, 1"
    three.console.actions.places["notifications"].trigger()
    listed = three.console.place("notifications")
    assert isinstance(listed, NotificationList)
    items = listed.list
    assert items.count() == 1
    assert items.item(0).text() == "Invoices copied"
    assert three.console.header.title.text() == "Notifications"
    listed.clear_button.click()
    assert listed.empty.isVisible()
    listed.empty.button.click()
    assert page(three).isVisible()


# -- many at once ----------------------------------------------------------------------------------


def verifies(
    monkeypatch: pytest.MonkeyPatch,
    ws: Workspace,
    broken: tuple[str, ...] = (),
    *,
    newly: bool = True,
    kept: bool = True,
    skipped: Mapping[str, str] = MappingProxyType({}),
    unproven: tuple[str, ...] = (),
) -> list[list[str]]:
    """Let the verification of many find these broken, skip these for a reason (a code), find of
    these that the login alone works, and all others verified."""
    asked: list[list[str]] = []

    def verify_all(_: Workspace, selected: Any, **arguments: Any) -> many.Summary:
        asked.append([stored.connector.name for stored in selected])
        token = arguments["token"]
        for stored in selected:
            name, reason = stored.connector.name, skipped.get(stored.connector.name)
            if reason is not None:
                ended = many.Ended(
                    stored.id, name, None, "untested", "untested", skipped=reason, facts=FACTS
                )
                arguments["watcher"].ended(ended)
                continue
            if name in unproven:
                stands = Unproven(Stage.DATA, "2026-11-30T18:20:00Z")
                ended = many.Ended(stored.id, name, True, "failed", "failed", unproven=stands)
                arguments["watcher"].ended(ended)
                continue
            ok = name not in broken
            before = {row.name: row.status for row in list_connectors(ws)}[name]
            if kept:
                (verified if ok else failed)(ws, name)
            ended = many.Ended(stored.id, name, ok, before, "verified" if ok else "failed")
            arguments["watcher"].ended(ended)
        good = len(selected) - len(broken) - len(skipped) - len(unproven)
        new = broken if newly else ()
        return many.Summary(
            good, len(broken), 0, len(skipped), new, (), 4000, token.cancelled, unproven=unproven
        )

    monkeypatch.setattr(many, "verify_all", verify_all)
    return asked


def test_verify_all_names_what_is_newly_broken_first(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = verifies(monkeypatch, ws, broken=("Reports",))
    page(three).verify_all_button.click()
    notification = three.console.zone.notification
    assert told(three) == "Verifying 3 connectors"
    assert notification.action_button.text() == "Stop"
    assert notification.progress.isVisible()
    assert not page(three).verify_all_button.isEnabled()
    runner.run_all()
    assert asked == [["Invoices", "Payslips", "Reports"]]
    assert told(three) == "Newly broken: Reports"
    assert "3 done in 4.0 s." in notification.text.text()
    assert page(three).verify_all_button.isEnabled()
    notification.action_button.click()
    assert shown(three) == ["Reports"]
    assert chosen(three) == ["Reports"]


def test_what_has_failed_is_shown_from_the_list_of_notifications_too(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifies(monkeypatch, ws, broken=("Reports",), newly=False)
    three.console.open(ws.find("Invoices").id)
    runner.run_all()
    three.console.actions.verify_all.trigger()
    three.console.batch.stop()
    runner.run_all()
    assert told(three) == "Stopped after 3 of 3"
    three.console.zone.notification.action_button.click()
    assert page(three).isVisible(), "whatever was open"
    assert shown(three) == ["Reports"]
    for _ in range(2):
        page(three).clear_filter()
        three.console.go_to("notifications")
        listed = three.console.place("notifications")
        assert isinstance(listed, NotificationList)
        assert listed.offer_button.text() == "Show"
        listed.offer_button.click()
        assert page(three).isVisible()
        assert shown(three) == ["Reports"]
        assert page(three).chips.chips[Kind.FAILED].isChecked()
        assert three.console.actions.kinds[Kind.FAILED].isChecked()


def test_one_goes_from_one_failed_connector_to_the_next(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, store: Store
) -> None:
    actions = three.console.actions
    verified(ws, "Payslips")
    three.refresh()
    runner.run_all()
    actions.next_failed.trigger()
    assert told(three) == "No connector has failed"
    store("Archive")
    for name in ("Invoices", "Reports"):
        failed(ws, name)
    three.refresh()
    runner.run_all()
    choose(three, "Archive")
    for action, wanted in (
        (actions.next_failed, "Invoices"),
        (actions.next_failed, "Reports"),
        (actions.next_failed, "Invoices"),
        (actions.former_failed, "Reports"),
    ):
        action.trigger()
        assert chosen(three) == [wanted]
    page(three).show_kind(Kind.UNTESTED)
    actions.next_failed.trigger()
    assert len(chosen(three)) == 1, "the filter gives way"
    three.console.open(ws.find("Invoices").id)
    runner.run_all()
    actions.next_failed.trigger()
    runner.run_all()
    view = three.console.opened.view
    assert view is not None
    assert view.row.name == "Reports"
    verified(ws, "Invoices")
    three.refresh()
    runner.run_all()
    actions.former_failed.trigger()
    assert told(three) == "No other connector has failed"
    three.console.go_to("settings")
    actions.next_failed.trigger()
    assert page(three).isVisible()
    assert chosen(three) == ["Reports"]


def test_whose_login_alone_works_is_no_news_and_not_among_the_verified(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifies(monkeypatch, ws, unproven=("Reports",))
    page(three).verify_all_button.click()
    runner.run_all()
    assert told(three) == "2 of 3 are verified"
    text = three.console.zone.notification.text.text()
    assert text == "3 done in 4.0 s. Login works, sending failed before: Reports."
    assert "Works again" not in text
    three.console.zone.notification.action_button.click()
    assert page(three).chips.kind is Kind.FAILED


def test_what_failed_says_when_it_had_worked_and_what_works(
    three: MainWindow, ws: Workspace
) -> None:
    row = next(row for row in page(three).model.rows if row.name == "Reports")
    now = datetime.now().astimezone()
    row = row._replace(
        status="failed", stage="data", at=now.isoformat(), verified_at=now.isoformat()
    )

    def cell(column: int) -> tuple[str, str]:
        return words.lines_of(row, column, now.date())

    assert cell(words.VERIFIED)[1] == f"worked {now:%H:%M}"
    assert cell(words.STATUS) == ("Failed at Send the message", "")
    row = row._replace(
        at=(now - timedelta(days=3)).isoformat(), login_at=now.isoformat(), reply="554 no"
    )
    assert cell(words.VERIFIED)[0].startswith("Today ")
    assert (
        cell(words.VERIFIED)[1]
        == f"failed {day_of_year_text(now.date() - timedelta(3), now.date())}"
    )
    assert words.lines_of(row._replace(at="soon"), words.VERIFIED, now.date())[1] == "failed soon"
    assert cell(words.STATUS)[1] == "Login works. 554 no"


def test_what_broke_is_named_though_it_cannot_be_kept(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifies(monkeypatch, ws, broken=("Reports",), kept=False)
    before = [row.status for row in page(three).model.rows if row.name == "Reports"]
    page(three).verify_all_button.click()
    runner.run_all()
    assert told(three) == "Newly broken: Reports"
    assert [row.status for row in page(three).model.rows if row.name == "Reports"] == before
    three.console.zone.notification.action_button.click()
    assert chosen(three) == ["Reports"]


@pytest.mark.parametrize(
    ("broken", "title", "text"),
    [
        (
            ("Invoices", "Payslips"),
            "2 of 3 failed, none of which worked before",
            "1 failed, and was not verified before. 1 failed before as well.",
        ),
        (
            ("Invoices",),
            "1 of 3 failed, which did not work before",
            "1 failed, and was not verified before.",
        ),
    ],
)
def test_failures_are_the_headline_though_none_is_new(
    three: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    broken: tuple[str, ...],
    title: str,
    text: str,
) -> None:
    verifies(monkeypatch, ws, broken, newly=False)
    page(three).verify_all_button.click()
    runner.run_all()
    assert told(three) == title
    assert three.console.zone.notification.text.text() == f"3 done in 4.0 s. {text}"
    three.console.zone.notification.action_button.click()
    assert shown(three) == sorted(broken)


def test_who_was_skipped_is_told_with_the_reason_and_shown(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = {"Invoices": "secret_bound_elsewhere", "Reports": "secret_missing"}
    verifies(monkeypatch, ws, skipped=reasons)
    page(three).verify_all_button.click()
    runner.run_all()
    assert told(three) == "1 of 3 are verified"
    assert "2 were skipped." in three.console.zone.notification.text.text()
    three.console.zone.notification.close_button.click()
    assert told(three) == "2 of 3 were skipped"
    said = three.console.zone.shown
    assert said is not None
    assert said.text.splitlines()[0].startswith("Invoices: The stored secret was given for port 25")
    assert said.text.splitlines()[1].startswith("Reports: There is no stored secret")
    page(three).show_kind(Kind.FAILED)
    three.console.zone.notification.action_button.click()
    assert shown(three) == chosen(three) == ["Invoices", "Reports"]
    status, reason = page(three).model.lines(0, words.STATUS)
    assert (status, reason[:35]) == ("Not tested yet", "Skipped: The stored secret was give")
    assert page(three).arrangement()["filter"] == "", "the next start knows nothing of it"
    three.refresh()
    runner.run_all()
    assert shown(three) == ["Invoices", "Reports"]
    # Once something has happened to one of them, the reason is not true any more.
    verified(ws, "Invoices")
    three.refresh()
    runner.run_all()
    assert shown(three) == ["Reports"]
    verifies(monkeypatch, ws)
    three.console.actions.verify_all.trigger()
    runner.run_all()
    page(three).clear_filter()
    assert told(three) == "All 3 are verified"
    rows = range(3)
    assert not any("Skipped" in page(three).model.lines(row, words.STATUS)[1] for row in rows)


def test_one_that_was_skipped_again_is_found_by_its_last_reason(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("secret_bound_elsewhere", "secret_missing"):
        verifies(monkeypatch, ws, skipped={"Invoices": code})
        three.console.actions.verify_all.trigger()
        runner.run_all()
    assert three.console.zone.past[1].title == "1 of 3 was skipped"
    page(three).filter_edit.setText("no stored secret")
    assert shown(three) == ["Invoices"]
    page(three).filter_edit.setText("port 25")
    assert shown(three) == []


def test_nothing_that_could_be_verified_is_said_to_be_nothing(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of_them = dict.fromkeys(("Invoices", "Payslips", "Reports"), "secret_store_locked")
    verifies(monkeypatch, ws, skipped=all_of_them)
    three.console.actions.verify_all.trigger()
    runner.run_all()
    assert told(three) == "Nothing was verified"
    text = three.console.zone.notification.text.text()
    assert text.startswith("Invoices, Payslips and 1 more: The keyring is locked")
    assert three.console.zone.shown is not None
    assert three.console.zone.shown.stays
    three.console.zone.notification.action_button.click()
    assert shown(three) == ["Payslips", "Invoices", "Reports"]


@pytest.fixture
def long_list(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> MainWindow:
    """More than fit, untested, the first of them current."""
    for number in range(30):
        store(f"Branch {number:02}")
    window.resize(1100, 500)
    return listed(window, runner)


def test_the_list_stays_at_its_top_while_results_come_in(
    long_list: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, table = long_list, page(long_list).table
    table.setFocus()
    bar = table.verticalScrollBar()
    assert (chosen(window), bar.value()) == (["Branch 00"], 0)
    assert bar.maximum() > 0
    verifies(monkeypatch, ws, broken=("Branch 28", "Branch 29"))
    window.console.actions.verify_all.trigger()
    runner.run_all()
    assert shown(window)[:3] == ["Branch 28", "Branch 29", "Branch 00"]
    verifies(monkeypatch, ws, broken=tuple(f"Branch {n:02}" for n in range(1, 30)))
    window.console.actions.verify_all.trigger()
    runner.run_all()
    assert shown(window)[-1] == "Branch 00"
    assert chosen(window) == [table.connectors.row(29).name] == ["Branch 00"]
    assert bar.value() == 0
    # Nor when it was on another page meanwhile.
    window.console.go_to("settings")
    verifies(monkeypatch, ws, broken=("Branch 00", "Branch 01"))
    window.console.actions.verify_all.trigger()
    runner.run_all()
    verifies(monkeypatch, ws, broken=tuple(f"Branch {n:02}" for n in range(1, 30)))
    window.console.actions.verify_all.trigger()
    runner.run_all()
    window.console.go_to_list()
    assert bar.value() == 0


def test_who_has_scrolled_keeps_the_row_that_they_look_at(
    long_list: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, table = long_list, page(long_list).table
    page(window).select(window.rows[20].id)
    where = table.visualRect(table.currentIndex()).top()
    assert table.verticalScrollBar().value() > 0
    verifies(monkeypatch, ws, broken=("Branch 28", "Branch 29"))
    window.console.actions.verify_all.trigger()
    runner.run_all()
    assert shown(window).index("Branch 20") == 22
    assert table.visualRect(table.currentIndex()).top() == where


def test_what_a_filter_finds_begins_at_its_first_row(
    long_list: MainWindow, ws: Workspace, runner: FakeTaskRunner
) -> None:
    for number in range(0, 30, 2):
        verified(ws, f"Branch {number:02}")
    listed(long_list, runner)
    table, bar = page(long_list).table, page(long_list).table.verticalScrollBar()
    last = page(long_list).model.rows[-1]
    page(long_list).select(last.id)
    assert bar.value() > 0
    page(long_list).show_kind(Kind.UNTESTED)
    assert last.id not in [row.id for row in page(long_list).model.rows]
    assert bar.value() == 0
    assert table.currentIndex().row() == 0
    bar.setValue(bar.maximum())
    page(long_list).filter_edit.setText("branch 0")
    assert bar.value() == 0, "the current row is out of sight"


def test_how_many_a_filter_has_found_stands_there(three: MainWindow) -> None:
    label = page(three).checked_label
    before = label.text()
    page(three).filter_edit.setText("finance")
    assert label.text() == "1 of 3 connectors"
    page(three).clear_filter()
    assert label.text() == before != "1 of 3 connectors"


def test_a_long_name_has_the_room_that_there_is(
    three: MainWindow, store: Store, runner: FakeTaskRunner
) -> None:
    table = page(three).table
    three.resize(1600, 700)
    usual = table.columnWidth(words.NAME)
    long = "Monitoring of the branches 2047"
    store(long)
    listed(three, runner)
    needed = table.delegate.width_of_name(long)
    assert usual < needed == table.columnWidth(words.NAME)
    three.resize(960, 700)
    QApplication.sendPostedEvents()
    assert usual <= table.columnWidth(words.NAME) < needed
    em = table.fontMetrics().height()
    assert table.columnWidth(words.STATUS) >= STATUS_WIDTH * em - 1
    assert table.arrangement()["lines"] == {}, "nobody has drawn it"
    three.resize(1600, 700)
    table.horizontalHeader().resizeSection(words.NAME, usual - 20)
    store(long + long)
    listed(three, runner)
    assert table.columnWidth(words.NAME) == usual - 20, "what was drawn stays"


def test_one_name_that_is_longer_than_all_others_takes_nobody_s_room(
    long_list: MainWindow, store: Store, runner: FakeTaskRunner
) -> None:
    table = page(long_list).table
    usual = table.columnWidth(words.NAME)
    store("The connector of which somebody has written all that there is to be said")
    listed(long_list, runner)
    assert table.columnWidth(words.NAME) == usual


def test_a_usual_failure_is_whole_before_names_grow(
    long_list: MainWindow, store: Store, runner: FakeTaskRunner
) -> None:
    table = page(long_list).table
    for number in range(9):
        store(f"Monitoring of the branches in all of the cities {number}")
    for width in (960, 1280):
        long_list.resize(width, 780)
        listed(long_list, runner)
        QApplication.sendPostedEvents()
        wide = table.delegate.width_of_name("Failed at Send the message")
        assert table.columnWidth(words.STATUS) >= wide + table.delegate._mark + 9


def test_several_that_are_selected_are_verified_together(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = verifies(monkeypatch, ws)
    choose(three, "Payslips", "Reports")
    page(three).verify_button.click()
    runner.run_all()
    assert asked == [["Payslips", "Reports"]]
    assert told(three) == "All 2 are verified"
    assert shown(three) == ["Invoices", "Payslips", "Reports"]
    assert chosen(three) == ["Payslips", "Reports"]


def test_many_are_stopped(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifies(monkeypatch, ws)
    three.console.actions.verify_all.trigger()
    three.console.zone.notification.action_button.click()
    assert told(three) == "Stopping…"
    runner.run_all()
    assert told(three) == "Stopped after 3 of 3"
    # What was under way is no news; what was skipped for a reason is.
    verifies(monkeypatch, ws, skipped={"Invoices": "cancelled", "Reports": "secret_missing"})
    three.console.actions.verify_all.trigger()
    three.console.batch.stop()
    runner.run_all()
    assert told(three) == "Stopped after 2 of 3", "as many as were done"
    assert "2 done in 4.0 s." in three.console.zone.notification.text.text()
    assert three.console.zone.past[1].title == "1 of 3 was skipped"
    verifies(monkeypatch, ws, broken=("Payslips",))
    three.console.actions.verify_all.trigger()
    three.console.batch.stop()
    runner.run_all()
    assert told(three) == "Newly broken: Payslips"
    assert "Stopped after 3 of 3, 4.0 s." in three.console.zone.notification.text.text()


def test_esc_and_the_menu_stop_what_runs(
    three: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    actions, table = three.console.actions, page(three).table
    verifies(monkeypatch, ws)
    with qtbot.waitActive(three):
        three.activateWindow()
    table.setFocus()
    assert not actions.stop.isEnabled(), "nothing runs"
    qtbot.keyClick(table, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert actions.stop.isEnabled()
    assert (len(chosen(three)), told(three)) == (1, "Verifying 3 connectors")
    page(three).clear_button.click()
    assert (chosen(three), told(three)) == ([], "Verifying 3 connectors")
    choose(three, "Reports")
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert told(three) == "Stopping…"
    assert chosen(three) == ["Reports"], "it does one thing"
    runner.run_all()
    assert told(three) == "Stopped after 3 of 3"
    assert not actions.stop.isEnabled()
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert chosen(three) == []
    # What is typed into the filter is cleared first, and from any page the menu's key stops.
    actions.verify_all.trigger()
    page(three).focus_filter()
    page(three).filter_edit.setText("r")
    qtbot.keyClick(page(three).filter_edit, Qt.Key.Key_Escape)
    assert (page(three).filter_edit.text(), told(three)) == ("", "Verifying 3 connectors")
    three.console.go_to("settings")
    qtbot.keyClick(three, Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    assert told(three) == "Stopping…"
    runner.run_all()
    actions.verify_all.trigger()
    qtbot.keyClick(three, Qt.Key.Key_Escape)
    assert told(three) == "Stopping…"
    runner.run_all()
    assert three.console.zone.past[0].title == "Stopped after 3 of 3"


def test_whoever_stops_by_keyboard_is_back_in_the_table(
    three: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    verifies(monkeypatch, ws)
    with qtbot.waitActive(three):
        three.activateWindow()
    three.console.actions.verify_all.trigger()
    stop = three.console.zone.notification.action_button
    stop.setFocus()
    qtbot.keyClick(stop, Qt.Key.Key_Space)
    assert QApplication.focusWidget() is page(three).table
    runner.run_all()
    assert QApplication.focusWidget() is page(three).table


def test_many_that_cannot_be_verified_are_told(three: MainWindow, runner: FakeTaskRunner) -> None:
    three.console.actions.verify_all.trigger()
    runner.fail(StorageError("data_dir_unreadable", path="/x", reason="EACCES"))
    assert told(three) == "Not verified"
    assert "/x" in three.console.zone.notification.text.text()


def test_closing_while_many_are_verified_asks_once(
    three: MainWindow, runner: FakeTaskRunner
) -> None:
    three.console.actions.verify_all.trigger()
    three.close()
    assert three.isVisible()
    box = message_box(three)
    assert "0 of 3" in box.text()
    press(box, "Keep going")
    assert three.isVisible()
    three.close()
    press(message_box(three), "Quit anyway")
    assert not three.isVisible()


# -- beside the window -----------------------------------------------------------------------------


def test_another_program_s_changes_appear(
    three: MainWindow, runner: FakeTaskRunner, store: Store, qtbot: QtBot
) -> None:
    with qtbot.waitActive(three):
        three.activateWindow()
    choose(three, "Reports")
    three.look_for_changes()
    runner.run_all()
    assert len(three.rows) == 3
    store("Alerts")
    three.look_for_changes()
    runner.run_all()
    assert len(three.rows) == 4
    assert chosen(three) == ["Reports"]
    model = page(three).model
    number = shown(three).index("Alerts")
    assert model.is_marked(number)
    name = model.index(number, words.NAME)
    assert model.data(name, Qt.ItemDataRole.AccessibleTextRole) == "Alerts, changed elsewhere"
    assert not any(model.is_marked(each) for each in range(4) if each != number)
    choose(three, "Alerts")
    assert not model.is_marked(number), "somebody has seen it"


def test_what_this_window_is_about_to_change_is_nobody_else_s(
    three: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    """Undoing the removal of many takes longer than it takes to look for changes."""
    with qtbot.waitActive(three):
        three.activateWindow()
    choose(three, *names(three)[:2])
    three.console.actions.remove.trigger()
    runner.run_all()
    three.look_for_changes()
    runner.run_all()
    three.look_for_changes()
    three.console.verbs.undo_remove()
    undoing = runner.pending[1]
    undoing.work(Job(CancelToken(), lambda _: None))
    while runner.pending[0] is not undoing or len(runner.pending) > 1:
        runner.pending.sort(key=lambda each: each is undoing)
        runner.run()
    assert len(three.rows) == 3
    three.look_for_changes()
    assert runner.pending == [undoing]
    runner.run_all()
    assert len(three.rows) == 3
    model = page(three).model
    assert not any(model.is_marked(each) for each in range(len(three.rows)))


def test_a_connector_that_is_gone_by_now_is_told(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    from smtpwizard.usecases.remove import remove_connector

    choose(three, "Reports")
    remove_connector(ws, ws.find("Reports"))
    page(three).edit_button.click()
    runner.run_all()
    assert three.wizard is None
    assert told(three) == "Not opened"
    assert "Reports" not in names(three)


def test_two_connectors_are_compared(three: MainWindow, runner: FakeTaskRunner) -> None:
    assert not three.console.actions.compare.isEnabled()
    choose(three, "Payslips", "Reports")
    three.console.actions.compare.trigger()
    runner.run_all()
    dialog = three.console.verbs.dialog
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()


def test_a_case_needs_a_recorded_test(three: MainWindow, runner: FakeTaskRunner) -> None:
    choose(three, "Invoices")
    page(three).case_button.click()
    runner.run_all()
    assert told(three) == "Invoices has no recorded test"


def test_a_connector_s_file_is_imported(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace, tmp_path: Any
) -> None:
    listed(window, runner)
    path = tmp_path / "invoices.json"
    document = {
        "name": "Invoices",
        "provider": "custom",
        "server": {"host": "smtp.example.com"},
        "authentication": {"method": "basic", "username": "mailer@example.com"},
        "admin": {"email": "admin@example.com"},
    }
    path.write_text(json.dumps(document), "utf-8")
    window.open_file(str(path))
    runner.run_all()
    assert [row.name for row in list_connectors(ws)] == ["Invoices"]
    assert told(window) == "Invoices is imported"
    path.write_text("{", "utf-8")
    window.open_file(str(path))
    runner.run_all()
    assert told(window) == f"{path.name} is not imported"


def test_a_removal_can_be_undone(three: MainWindow, runner: FakeTaskRunner, ws: Workspace) -> None:
    choose(three, "Invoices", "Reports")
    page(three).remove_button.click()
    runner.run_all()
    assert shown(three) == ["Payslips"]
    assert told(three) == "2 connectors are removed"
    button = three.console.zone.notification.action_button
    assert (button.text(), button.accessibleName()) == ("Undo", "Undo removal of 2 connectors")
    assert three.console.actions.undo.text() == "&Undo removal of 2 connectors"
    three.console.zone.notification.action_button.click()
    runner.run_all()
    assert sorted(shown(three)) == ["Invoices", "Payslips", "Reports"]
    assert sorted(chosen(three)) == ["Invoices", "Reports"]
    assert [row.name for row in list_connectors(ws) if row.default] == ["Invoices"]
    undo = three.console.actions.undo
    assert (undo.isEnabled(), undo.text()) == (False, "&Undo the removal")
    choose(three, "Reports")
    page(three).remove_button.click()
    runner.run_all()
    three.console.actions.undo.trigger()
    runner.run_all()
    assert told(three) == "Reports is back"
    assert chosen(three) == ["Reports"]


def remove_one(window: MainWindow, runner: FakeTaskRunner, name: str) -> None:
    choose(window, name)
    page(window).remove_button.click()
    runner.run_all()


def test_a_removal_can_be_undone_until_the_window_closes(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    """However long its notification has been gone, and the secret with it."""
    identifier = ws.find("Reports").id
    remove_one(three, runner, "Reports")
    text = three.console.zone.notification.text.text()
    assert text == "Its secrets are erased when the window closes."
    three.console.zone.notification.close_button.click()
    runner.run_all()
    assert list((ws.data_dir / "projects").rglob(f"*{identifier}*"))
    assert three.console.actions.undo.isEnabled()
    three.console.actions.undo.trigger()
    runner.run_all()
    stored = ws.find("Reports")
    secret = kept_secret(ws, stored, "password")
    assert secret is not None
    remove_one(three, runner, "Reports")
    three.console.zone.notification.close_button.click()
    three.close()
    assert not three.console.actions.undo.isEnabled()
    runner.run_all()
    assert not list((ws.data_dir / "projects").rglob(f"*{identifier}*"))
    with pytest.raises(SecretStoreError, match="secret_missing"):
        kept_secret(ws, stored, "password")
    assert [row.name for row in list_connectors(ws)] == ["Invoices", "Payslips"]
    assert three.console.zone.past[0].text == "Gone for good."


def test_what_is_undone_keeps_the_letters_of_its_name(
    three: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("R&D " + "x" * 60)
    three.refresh()
    runner.run_all()
    remove_one(three, runner, "R&D " + "x" * 60)
    name = "R&D " + "x" * 35 + "…"
    assert three.console.actions.undo.text() == f"&Undo removal of {name.replace('&', '&&')}"
    three.console.go_to("notifications")
    place = three.console.place("notifications")
    assert isinstance(place, NotificationList)
    assert place.offer_button.text() == f"Undo removal of {name.replace('&', '&&')}"


def test_an_undo_that_failed_can_be_tried_again(
    three: MainWindow, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageError("disk_full", path="a")

    remove_one(three, runner, "Reports")
    with monkeypatch.context() as once:
        once.setattr(jobs, "undo_removal", fail)
        three.console.actions.undo.trigger()
        runner.run_all()
    assert told(three) == "Nothing was changed"
    assert three.console.actions.undo.isEnabled()
    three.console.actions.undo.trigger()
    runner.run_all()
    assert "Reports" in names(three)
    assert not three.console.actions.undo.isEnabled()


def test_removals_are_undone_from_the_list_of_notifications(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    remove_one(three, runner, "Reports")
    remove_one(three, runner, "Payslips")
    three.console.zone.close_all()
    three.console.go_to("notifications")
    place = three.console.place("notifications")
    assert isinstance(place, NotificationList)
    assert nameless(place) == []
    assert place.list.count() == 2
    assert place.offer_button.isVisible()
    assert place.offer_button.text() == "Undo removal of Payslips"
    place.list.setCurrentRow(1)
    place.offer_button.click()
    runner.run_all()
    assert [row.name for row in list_connectors(ws)] == ["Invoices", "Reports"]
    titles = [told.title for told in three.console.zone.past]
    assert titles == ["Reports is back", "Payslips is removed", "Reports is removed"]
    assert place.list.count() == 3, "what is said meanwhile is listed"
    assert not place.offer_button.isVisible(), "nothing can be done about that"
    place.list.setCurrentRow(2)
    item = place.list.item(2)
    assert "Undone" in item.data(SECOND)
    assert "secrets" not in item.data(SECOND), "what is not true any more is not said"
    assert not place.offer_button.isVisible()
    offer = three.console.zone.past[2].offer
    assert offer is not None
    offer.take()
    runner.run_all()
    assert len(list_connectors(ws)) == 2
    place.clear_button.click()
    assert three.console.actions.undo.isEnabled(), "the list alone is cleared"


def test_a_removal_is_undone_from_another_project(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    remove_one(three, runner, "Reports")
    remove_one(three, runner, "Payslips")
    three.show_workspace(ws.in_project(create_project(ws, "Site B")))
    runner.run_all()
    assert three.console.actions.undo.isEnabled()
    three.console.actions.undo.trigger()
    runner.run_all()
    assert told(three) == f"Payslips is back in {ws.project.name}"
    assert [row.name for row in list_connectors(ws)] == ["Invoices", "Payslips"]
    three.show_workspace(ws)
    runner.run_all()
    three.console.actions.undo.trigger()
    runner.run_all()
    assert told(three) == "Reports is back"


def test_with_its_project_a_removed_connector_goes_for_good(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    there = ws.in_project(create_project(ws, "Site B"))
    stored = save_connector(there, ws.find("Reports").connector, secrets={"password": Secret("x")})
    three.show_workspace(there)
    runner.run_all()
    remove_one(three, runner, "Reports")
    three.console.projects.remove()
    runner.run_all()
    assert told(three) == "The project Site B is removed"
    assert not three.console.actions.undo.isEnabled()
    three.console.zone.notification.action_button.click()
    runner.run_all()
    assert three.console.files._ws.project.name == "Site B"
    assert names(three) == []
    sweep_secrets(there)  # as every change does, and every start
    with pytest.raises(SecretStoreError, match="secret_missing"):
        kept_secret(there, stored, "password")


def test_what_cannot_come_back_is_told_and_can_be_tried_again(
    three: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> None:
    remove_one(three, runner, "Reports")
    store("Reports")
    three.console.actions.undo.trigger()
    runner.run_all()
    assert told(three) == "Reports is not back"
    assert three.console.actions.undo.text() == "&Undo removal of Reports"
    remove_connector(ws, ws.find("Reports"))
    three.console.actions.undo.trigger()
    runner.run_all()
    assert told(three) == "Reports is back"


# -- keyboard and menus ----------------------------------------------------------------------------


def test_every_action_has_one_shortcut_of_its_own_and_f1_lists_them(three: MainWindow) -> None:
    actions = [action for _, action in three.console.actions.made.each()]
    keys = [key.toString() for action in dict.fromkeys(actions) for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+N", "F5", "Shift+F5", "Ctrl+F", "Del", "Return", "Ctrl+Q", "F1"} <= set(keys)
    three.console.actions.shortcuts.trigger()
    dialog = three.findChild(ShortcutList)
    assert dialog is not None
    items = [dialog.table.item(row, 1) for row in range(dialog.table.rowCount())]
    assert {"New", "Verify all", "Filter"} <= {item.text() for item in items if item}
    dialog.reject()


def test_what_is_typed_is_saved_and_put_back_by_menu(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    actions = three.console.actions
    actions.edit_menu.aboutToShow.emit()
    assert not actions.save.isEnabled(), "nothing is typed"
    actions.edit_menu.aboutToHide.emit()
    opened(three, runner, "Payslips")
    view = three.console.opened.view
    assert view is not None
    view.go_to(CONFIGURATION)
    for name in ("Wages", "Salaries"):
        view.configuration.model.change(name=name)
        actions.edit_menu.aboutToShow.emit()
        assert actions.save.isEnabled()
        assert actions.reset.isEnabled()
        (actions.reset if name == "Wages" else actions.save).trigger()
        runner.run_all()
        assert view.configuration.unsaved == 0
    assert sorted(row.name for row in list_connectors(ws)) == ["Invoices", "Reports", "Salaries"]
    three.console.go_to("project")
    actions.reset.trigger()
    actions.save.trigger()  # nothing to do there, and nothing happens


def test_f6_goes_from_part_to_part(three: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(three):
        three.activateWindow()
    page(three).table.setFocus()
    visited = []
    for _ in range(6):
        three.console.to_next_zone(1)
        visited.append(QApplication.focusWidget())
    assert visited == [
        page(three).verify_button,
        three.console.connectors_entry,
        page(three).new_button,
        page(three).filter_edit,
        page(three).chips.chips[None],
        page(three).table,
    ]
    three.console.zone.say("failed", "Broken")
    three.console.to_next_zone(-1)
    page(three).new_button.setFocus()
    three.console.to_next_zone(-1)
    assert QApplication.focusWidget() is three.console.zone.notification.close_button


def test_the_menu_of_the_selection_holds_every_verb(three: MainWindow) -> None:
    choose(three, "Reports")
    menu = page(three).more_button.menu()
    texts = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    assert texts[:4] == ["Open", "Edit", "Edit step by step…", "Verify"]
    assert {"Set as default", "Duplicate", "Remove", "History", "Compare…"} <= set(texts)
    enabled = {a.text().replace("&", "") for a in menu.actions() if a.isEnabled()}
    assert "Compare…" not in enabled, "that takes two"


def test_shift_f10_opens_the_menu_of_the_selection(three: MainWindow, qtbot: QtBot) -> None:
    choose(three, "Reports")
    table = page(three).table
    wanted: list[object] = []
    table.menu_wanted.disconnect()
    table.menu_wanted.connect(wanted.append)
    qtbot.keyClick(table, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    corner = table.visualRect(table.currentIndex()).bottomLeft()
    assert wanted == [table.viewport().mapToGlobal(corner)]


def test_one_button_is_filled(window: MainWindow, runner: FakeTaskRunner, store: Store) -> None:
    listed(window, runner)
    assert next_step_of(window) is window.console.first_start.new_button
    store("Invoices")
    listed(window, runner)
    assert next_step_of(window) is page(window).new_button


def opened(window: MainWindow, runner: FakeTaskRunner, name: str) -> DetailView:
    model = page(window).model
    number = next(n for n, row in enumerate(model.rows) if row.name == name)
    page(window).table.activated.emit(model.index(number, words.NAME))
    runner.run_all()
    assert window.console.opened.is_shown
    view = window.console.opened.view
    assert view is not None
    return view


def test_a_connector_opens_in_place_of_the_table(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    view = opened(three, runner, "Reports")
    assert view.isVisible()
    assert not page(three).isVisible()
    assert not three.console.header.isVisible(), "the page has a head of its own"
    assert nameless(three) == []
    verified(ws, "Reports", sent=False)
    listed(three, runner)
    assert three.console.opened.view is view, "a fresh list leaves it open"
    QApplication.sendPostedEvents()
    before = view.header.geometry(), view.tabs.geometry(), view.pages.geometry()
    tell = three.console.zone.say
    tell("failed", "Something happened", "and there is much to say of it " * 20)
    assert three.console.zone.notification.isVisible()
    QApplication.sendPostedEvents()
    after = view.header.geometry(), view.tabs.geometry(), view.pages.geometry()
    assert after == before, "what is told moves nothing"
    running = tell("running", "Verifying 300 connectors", "17 of 300 done")
    QApplication.sendPostedEvents()
    after = view.header.geometry(), view.tabs.geometry(), view.pages.geometry()
    assert after == before
    running.close()
    assert not three.console.header.isVisible()
    view.header.back.emit()
    assert page(three).isVisible()
    assert chosen(three) == ["Reports"]
    assert three.console.opened.view is None
    assert three.console.header.isAncestorOf(three.console.zone.notification)
    assert three.console.zone.notification.isVisible(), "a failure stays until it is closed"


def test_what_is_typed_is_not_lost_by_going_elsewhere(
    three: MainWindow, runner: FakeTaskRunner
) -> None:
    view = opened(three, runner, "Reports")
    view.configuration.model.change(name="Reports of the day")
    assert three.console.opened.unsaved
    three.console.connectors_entry.click()
    press(message_box(three), "Keep editing")
    assert view.isVisible()
    three.close()
    box = message_box(three)
    assert box.text() == "Discard 1 change?"
    press(box, "Keep editing")
    assert three.isVisible()
    three.console.actions.places["notifications"].trigger()
    press(message_box(three), "Discard")
    assert three.console.place("notifications").isVisible()


def test_an_opened_connector_is_acted_on_whatever_the_filter_shows(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    actions = three.console.actions
    actions.kinds[Kind.FAILED].trigger()
    opened(three, runner, "Payslips")
    verified(ws, "Payslips")
    listed(three, runner)
    assert shown(three) == [], "none has failed any more"
    assert chosen(three) == ["Payslips"]
    assert actions.edit.isEnabled()
    assert three.console.history_entry.isEnabled()
    actions.compare.trigger()
    runner.run_all()
    assert three.console.opened.view is not None
    assert three.console.opened.view.tabs.currentIndex() == HISTORY
    actions.duplicate.trigger()
    runner.run_all()
    assert "Payslips (copy)" in names(three)
    assert chosen(three) == ["Payslips (copy)"]
    actions.kinds[Kind.VERIFIED].trigger()
    assert chosen(three) == []
    assert not actions.edit.isEnabled()


def test_an_opened_connector_is_duplicated_and_removed(
    three: MainWindow, runner: FakeTaskRunner
) -> None:
    view = opened(three, runner, "Reports")
    view.header.duplicate.emit()
    runner.run_all()
    assert chosen(three) == ["Reports (copy)"]
    view = opened(three, runner, "Reports")
    view.header.remove.emit()
    runner.run_all()
    assert told(three) == "Reports is removed"
    assert page(three).isVisible()
    assert "Reports" not in names(three)


def test_many_rows_are_filtered_without_their_cells(
    three: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row, *_] = three.rows
    rows = [row._replace(id=f"{number:05}", name=f"Connector {number}") for number in range(10_000)]
    asked: list[int] = []

    def lines_of(*_: object) -> tuple[str, str]:
        asked.append(1)
        return "", ""

    monkeypatch.setattr(words, "lines_of", lines_of)
    model = page(three).model
    texts = {each.id: each.name.casefold() for each in rows}
    model.show_rows(rows, texts)
    page(three).filter_edit.setText("9999")
    assert [each.name for each in model.rows] == ["Connector 9999"]
    assert len(asked) < 2000, "what is in sight, and no more"


def test_dialogs_are_gone_with_the_window(three: MainWindow, runner: FakeTaskRunner) -> None:
    three.console.actions.about.trigger()
    [about] = [dialog for dialog in three.findChildren(QDialog) if dialog.isVisible()]
    about.reject()
    assert not any(dialog.isVisible() for dialog in three.findChildren(QDialog))


def test_the_window_may_be_narrow(three: MainWindow, runner: FakeTaskRunner, qtbot: QtBot) -> None:
    assert three.minimumSizeHint().width() <= 800
    three.resize(800, 600)
    opened(three, runner, "Payslips")
    for part in range(4):
        three.console.opened.view.go_to(part)  # type: ignore[union-attr]
        runner.run_all()
    view = three.console.opened.view
    assert view is not None
    view.configuration.model.change(name="Another name")
    QApplication.sendPostedEvents()
    assert three.width() == 800, "the save bar takes a second line"
    before = [each.geometry() for each in (view.header, view.tabs, view.pages)]
    three.console.zone.say("failed", "Something happened", "and there is much to say of it " * 9)
    QApplication.sendPostedEvents()
    assert [each.geometry() for each in (view.header, view.tabs, view.pages)] == before
    assert view.header.isAncestorOf(three.console.zone.notification), "beside the name"
    three.resize(1200, 700)
    QApplication.sendPostedEvents()
    assert not view.header.isAncestorOf(three.console.zone.notification), "beside the tabs"


def test_columns_are_arranged_by_keyboard_alone(three: MainWindow, qtbot: QtBot) -> None:
    table = page(three).table
    three.console.actions.arrange.trigger()
    dialog = three.console.column_order
    qtbot.waitUntil(dialog.isVisible)
    assert nameless(three) == []
    assert [dialog.list.item(row).text() for row in range(dialog.list.count())][:3] == [
        "Default",
        "Name",
        "Status",
    ]
    dialog.list.setCurrentRow(2)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Space)
    assert not table.is_shown(words.STATUS)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Space)
    assert table.is_shown(words.STATUS)
    dialog.up_button.click()
    assert table.order()[:4] == [words.TICK, words.DEFAULT, words.STATUS, words.NAME]
    dialog.up_button.click()
    dialog.up_button.click()
    assert table.order()[:3] == [words.TICK, words.STATUS, words.DEFAULT]
    assert not dialog.up_button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert page(three).arrangement()["columns"]["order"][:2] == ["tick", "status"]


def test_the_form_is_made_before_somebody_looks(
    three: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    view = opened(three, runner, "Reports")
    qtbot.waitUntil(lambda: view.pages.count() == 2)
    page_ = view.configuration
    view.go_to(1)
    assert view.pages.currentWidget() is page_
    assert view.unsaved == 0


def test_a_first_failure_is_not_called_an_older_one(
    three: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifies(monkeypatch, ws, broken=("Invoices",), newly=False)
    choose(three, "Invoices", "Reports")
    page(three).verify_button.click()
    runner.run_all()
    text = three.console.zone.notification.text.text()
    assert "1 failed, and was not verified before." in text
    assert "failed before" not in text


def test_what_is_selected_is_counted_without_asking_for_each_row(
    three: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = page(three).table
    table.selectAll()
    assert table.chosen_count() == 3
    asked: list[int] = []

    def selected_rows(*_: object) -> list[int]:
        asked.append(1)
        return []

    monkeypatch.setattr(type(table.selectionModel()), "selectedRows", selected_rows)
    table.toggle_all()
    assert table.chosen_count() == 0
    table.toggle_all()
    table.horizontalHeader().grab()
    assert table.chosen_count() == 3
    assert asked == []
    assert not table.horizontalHeader().selectionModel().hasSelection()


def test_users_are_shown_at_the_window_s_usual_width(three: MainWindow) -> None:
    three.resize(round(three._line_height() * 88), 700)
    QApplication.sendPostedEvents()
    assert not page(three).table.isColumnHidden(words.USER)


@pytest.mark.parametrize(("took", "said"), [(46, "46 ms"), (1400, "1.4 s")])
def test_how_long_it_took_is_never_nothing(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace, took: int, said: str
) -> None:
    store("Reports")
    verified(ws, "Reports", duration_ms=took)
    listed(window, runner)
    assert page(window).model.lines(0, words.VERIFIED)[1] == said


def test_the_rail_leaves_its_words_out_where_the_page_needs_the_room(three: MainWindow) -> None:
    rail = three.console.navigation
    three.resize(1200, 700)
    QApplication.sendPostedEvents()
    assert not rail.is_narrow
    wide = three.rail.width()
    assert three.console.connectors_entry._label.isVisible()
    three.resize(700, 600)
    QApplication.sendPostedEvents()
    assert rail.is_narrow
    assert three.width() == 700
    assert three.rail.width() < wide / 2
    entry = three.console.connectors_entry
    assert not entry._label.isVisible()
    assert "Connectors" in entry.toolTip()
    assert entry.accessibleName() == "Connectors, 3", "what is heard stays"
    assert nameless(three) == []
    three.resize(1200, 700)
    QApplication.sendPostedEvents()
    assert three.rail.width() == wide
    assert entry._label.isVisible()
    assert entry.toolTip() == ""


def test_a_large_font_leaves_an_opened_connector_narrow(
    three: MainWindow, runner: FakeTaskRunner, qapp: QApplication
) -> None:
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(14)
    qapp.setFont(font)
    try:
        opened(three, runner, "Payslips")
        view = three.console.opened.view
        assert view is not None
        for part in range(4):
            view.go_to(part)
            runner.run_all()
        three.resize(800, 600)
        QApplication.sendPostedEvents()
        assert three.minimumSizeHint().width() <= 800
    finally:
        qapp.setFont(before)


def test_keys_move_rows_as_in_any_list(three: MainWindow, qtbot: QtBot) -> None:
    table = page(three).table
    table.set_sort(words.NAME, descending=False)
    choose(three, "Payslips")
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert chosen(three) == ["Reports"]
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert chosen(three) == ["Invoices"]
    qtbot.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert chosen(three) == ["Invoices", "Payslips", "Reports"]
    qtbot.keyClick(table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert len(chosen(three)) == 3, "with Ctrl nothing is selected"
    assert three.console.connectors.model.row(table.currentIndex().row()).name == "Invoices"
    table.setCurrentIndex(table.connectors.index(0, words.SERVER))
    qtbot.keyClick(table, Qt.Key.Key_P)
    assert chosen(three) == ["Payslips"], "letters look for names, whatever cell was clicked"


def test_home_in_an_empty_list_goes_nowhere(three: MainWindow, qtbot: QtBot) -> None:
    page(three).model.show_rows([])
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_P):
        qtbot.keyClick(page(three).table, key)
    assert not page(three).table.currentIndex().isValid()


def test_after_a_removal_the_keys_go_on_from_there(
    three: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    table = page(three).table
    table.set_sort(words.NAME, descending=False)
    choose(three, "Payslips")
    table.setFocus()
    three.console.actions.remove.trigger()
    runner.run_all()
    assert chosen(three) == ["Reports"]
    assert page(three).model.row(table.currentIndex().row()).name == "Reports"
    qtbot.keyClick(table, Qt.Key.Key_Up)
    assert chosen(three) == ["Invoices"]
    choose(three, "Reports")
    three.console.actions.remove.trigger()
    runner.run_all()
    assert page(three).model.row(table.currentIndex().row()).name == "Invoices"
