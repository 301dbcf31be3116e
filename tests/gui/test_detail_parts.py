"""What stands on a connector's page: secrets and TLS, what ends when, runs beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from smtpwizard.cases.compare import Difference
from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.gui.console.detail.detail_view import HISTORY, SECURITY, DetailView
from smtpwizard.gui.console.detail.ends import EndsCard
from smtpwizard.gui.console.detail.fact_rows import FactRow
from smtpwizard.gui.console.detail.replace_secret import ReplaceSecretDialog
from smtpwizard.gui.console.detail.run_list import MARKS
from smtpwizard.gui.console.detail.timeline import Mark, Timeline
from smtpwizard.gui.results.differences import DifferencesView, RunSide
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.sign_in.sign_in_dialog import SignInDialog
from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.model.auth import Secret
from smtpwizard.model.report import Status, Verdict
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.dates import DatedEvent
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.opened import broken_server, open_detail, row_of, save_for

OK, REFUSED = b"235 2.7.0 ok\r\n", b"535 5.7.8 not known here\r\n"


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture
def server(authority: ThrowAwayAuthority) -> Iterator[ScriptedServer]:
    yield from broken_server(authority, OK, OK, REFUSED, REFUSED)


@pytest.fixture
def stored(
    ws: Workspace, server: ScriptedServer, authority: ThrowAwayAuthority, tmp_path: Path
) -> StoredConnector:
    """Let in twice, refused once since."""
    stored = save_for(ws, server, authority, tmp_path)
    for _ in range(3):
        verify_stored(ws, stored)
    return stored


@pytest.fixture
def view(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, stored: StoredConnector
) -> DetailView:
    return open_detail(qtbot, ws, runner, row_of(ws, stored))


def buttons(row: FactRow) -> dict[str, QPushButton]:
    return {push.accessibleName() or push.text(): push for push in row.findChildren(QPushButton)}


# --- security


def test_each_secret_says_where_it_lies_and_since_when(view: DetailView) -> None:
    view.go_to(SECURITY)
    (row,) = view.security.secrets.rows
    assert row.title.text() == "Password"
    assert row.text.text() == "For this session only · given just now"
    assert set(buttons(row)) == {"Replace Password", "Remove Password"}


def test_the_last_run_tells_of_the_certificate(view: DetailView) -> None:
    titles = {row.title.text(): row.text.text() for row in view.security.connection.rows}
    assert any(title.startswith("TLS 1.3") for title in titles)
    assert "localhost" in titles["Names"]
    assert titles["Valid until"]
    assert titles["Fingerprint (SHA-256)"].count(":") == 30
    assert view.security.seen.text().startswith("seen today")
    (allowed,) = view.security.allowed.rows
    assert allowed.title.text() == "Nothing weaker is allowed", (
        "a CA file is told with the certificate"
    )


def test_a_secret_is_replaced(
    ws: Workspace, stored: StoredConnector, runner: FakeTaskRunner, view: DetailView
) -> None:
    (row,) = view.security.secrets.rows
    buttons(row)["Replace Password"].click()
    dialog = view.secrets.dialog
    assert isinstance(dialog, ReplaceSecretDialog)
    assert dialog.words.text() == "The old one is deleted. It is kept for this session only."
    assert not dialog.save_button.isEnabled()
    dialog.field.edit.setText("turned")
    dialog.save_button.click()
    runner.run_all()
    now = ws.store.read(stored.id)
    assert now is not None
    secret = kept_secret(ws, now, "password")
    assert secret is not None
    assert secret == Secret("turned")
    assert view.header.status.label.text() == "Changed since the test"
    assert view.configuration.stored.revision == now.revision


def test_a_secret_is_removed_after_a_question(
    ws: Workspace, stored: StoredConnector, runner: FakeTaskRunner, view: DetailView
) -> None:
    (row,) = view.security.secrets.rows
    buttons(row)["Remove Password"].click()
    press(message_box(view), "Keep")
    assert not runner.pending
    buttons(row)["Remove Password"].click()
    press(message_box(view), "Remove")
    runner.run_all()
    now = ws.store.read(stored.id)
    assert now is not None
    assert not now.secrets
    (row,) = view.security.secrets.rows
    assert row.text.text() == "Missing"


def test_a_replacement_over_somebody_elses_change_says_so(
    ws: Workspace, stored: StoredConnector, runner: FakeTaskRunner, view: DetailView
) -> None:
    view.secrets.replace("password")
    dialog = view.secrets.dialog
    assert isinstance(dialog, ReplaceSecretDialog)
    edit_connector(ws, stored, {"description": "changed meanwhile"})
    dialog.field.edit.setText("turned")
    dialog.save()
    runner.run_all()
    assert dialog.state.text()
    assert dialog.save_button.isEnabled()
    dialog.reject()


def test_signing_in_again_opens_the_sign_in(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store(
        "Newsletter",
        provider="gmail",
        server={},
        authentication={
            "method": "oauth",
            "username": "news@example.com",
            "oauth": {"client_id": "1-a.apps.googleusercontent.com", "grant": "authorization_code"},
        },
    )
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    titles = {row.title.text(): row for row in view.security.secrets.rows}
    assert set(titles) == {"Client secret", "Sign-in of news@example.com"}
    row = titles["Sign-in of news@example.com"]
    assert row.text.text() == "Missing"
    buttons(row)["Sign in"].click()
    assert isinstance(view.secrets.dialog, SignInDialog)
    view.secrets.dialog.reject()


# --- what ends when


def test_twelve_months_have_a_mark_for_each_end() -> None:
    line = Timeline()
    line.resize(1000, 100)
    marks = [
        Mark(date(2027, 2, 14), "key", "Client secret", "14 Feb 2027, in 77 days"),
        Mark(date(2027, 11, 1), "clock", "Too late", "1 Nov 2027"),
        Mark(date(2027, 10, 31), "clock", "Just in time", "31 Oct 2027"),
    ]
    line.show_marks(marks, date(2026, 11, 29))
    assert [mark.name for mark in line.beyond()] == ["Too late"]
    assert line.accessibleDescription() == (
        "Client secret: 14 Feb 2027, in 77 days; Just in time: 31 Oct 2027; Too late: 1 Nov 2027"
    )


def test_ends_close_together_stand_above_each_other() -> None:
    line = Timeline()
    line.resize(1000, 100)
    day = date(2027, 2, 14)
    line.show_marks([Mark(day, "key", "One", "soon")], date(2026, 11, 29))
    low = line.height()
    line.show_marks([Mark(day, "key", name, "soon") for name in ("One", "Two")], date(2026, 11, 29))
    assert line.height() > low


def test_nothing_that_ends_is_said() -> None:
    line = Timeline()
    line.show_marks([], date(2026, 11, 29))
    assert line.accessibleDescription() == "Nothing ends that is known of."


def test_ends_are_a_list_and_a_calendar(
    qtbot: QtBot, runner: FakeTaskRunner, stored: StoredConnector, tmp_path: Path
) -> None:
    card = EndsCard(runner)
    qtbot.addWidget(card)
    events = [
        DatedEvent(stored, "client_secret_expires", date(2027, 2, 14)),
        DatedEvent(stored, "server_certificate_ends", date(2029, 5, 9)),
    ]
    card.show_ends(events, "Order confirmations", date(2026, 11, 29))
    assert [row.title.text() for row in card.rows] == [
        "Client secret, 14 Feb 2027, in 77 days",
        "Certificate, 9 May 2029, in 892 days",
    ]
    assert "client secret" in card.rows[0].text.text()
    assert card.later.text().startswith("Not on the line: Certificate")
    path = tmp_path / "ends.ics"
    card.write(path)
    runner.run_all()
    written = path.read_text("utf-8")
    assert written.count("BEGIN:VEVENT") == 2
    assert "DTSTART;VALUE=DATE:20290509" in written


def test_without_ends_there_is_no_calendar(qtbot: QtBot, runner: FakeTaskRunner) -> None:
    card = EndsCard(runner)
    qtbot.addWidget(card)
    card.show_ends([], "Relay", date(2026, 11, 29))
    assert not card.calendar_button.isEnabled()
    assert card.nothing.isVisibleTo(card)


# --- history


@pytest.fixture
def history(runner: FakeTaskRunner, view: DetailView) -> DetailView:
    view.go_to(HISTORY)
    runner.run_all()
    return view


def test_the_newest_is_beside_the_last_that_ended_otherwise(history: DetailView) -> None:
    page = history.history
    assert page.list.chosen() == [0, 1]
    texts = [page.list.runs.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert texts[0].endswith("B, the newer one")
    assert texts[1].endswith("A, the older one")
    assert page.right.currentWidget() is page.differences
    found = page.differences
    assert found.meaning.text().startswith("No setting differs.")
    heads = [
        item.text()
        for row in range(found.table.rowCount())
        if (item := found.table.item(row, 0)) is not None and found.table.columnSpan(row, 0) == 3
    ]
    assert heads == ["How it went", "Causes", "What the server says"]
    differences = found.table.rowCount() - len(heads)
    assert found.count.label.text().startswith(f"{differences} of ")


def test_one_run_is_shown_whole(history: DetailView, runner: FakeTaskRunner) -> None:
    page = history.history
    page.choose([2])
    runner.run_all()
    assert page.right.currentWidget() is page.one.area
    assert page.run is not None
    assert page.run.report.ok
    assert page.one.moment.text().startswith("Today")
    page.one.case_button.click()
    assert isinstance(history.dialog, SaveCaseDialog)
    runner.run_all()
    history.dialog.reject()


def test_one_run_is_compared_with_what_tells_most(
    history: DetailView, runner: FakeTaskRunner
) -> None:
    page = history.history
    for shown, beside in [(0, [0, 1]), (1, [1, 2]), (2, [1, 2])]:
        page.choose([shown])
        runner.run_all()
        assert page.one.compare_button.isVisibleTo(history)
        page.one.compare_button.click()
        runner.run_all()
        assert page.list.chosen() == beside
        assert page.right.currentWidget() is page.differences


def test_of_three_two_are_to_be_chosen(history: DetailView) -> None:
    page = history.history
    page.choose([0, 1, 2])
    assert page.right.currentWidget() is page.empty
    assert page.empty.text() == "3 tests are chosen. Choose two to compare them."


def test_two_are_picked_by_keyboard(
    qtbot: QtBot, history: DetailView, runner: FakeTaskRunner
) -> None:
    runs = history.history.list
    history.history.choose([0])
    runner.run_all()
    runs.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(runs, Qt.Key.Key_Down, control)
    qtbot.keyClick(runs, Qt.Key.Key_Down, control)
    qtbot.keyClick(runs, Qt.Key.Key_Space, control)
    runner.run_all()
    assert runs.chosen() == [0, 2]
    assert history.history.right.currentWidget() is history.history.differences


def test_alike_runs_say_that_nothing_differs(history: DetailView, runner: FakeTaskRunner) -> None:
    history.history.choose([1, 2])
    runner.run_all()
    assert history.history.differences.count.label.text().startswith("0 of")
    assert history.history.differences.meaning.text().startswith("Nothing differs")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_end_of_a_run_has_a_mark(qtbot: QtBot, verdict: Verdict) -> None:
    assert not pixmap(MARKS[verdict], px=16, ground="surface", ratio=1.0).isNull()


def test_a_run_whose_file_is_gone_is_told(
    ws: Workspace, stored: StoredConnector, history: DetailView, runner: FakeTaskRunner
) -> None:
    page = history.history
    page.choose([2])
    runner.run_all()
    gone = page.list.runs.runs[0].id
    (path,) = ws.store.directory.rglob(f"*{gone}*")
    path.unlink()
    for rows in ([0, 1], [0]):
        page.choose(rows)
        runner.run_all()
        assert page.right.currentWidget() is page.empty
        words = "This test is not kept any more. Choose another in the list."
        assert page.empty.text() == words
    page.choose([1, 2])
    runner.run_all()
    assert page.right.currentWidget() is page.differences


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("other", list(Status))
def test_every_status_of_a_stage_is_drawn(qtbot: QtBot, status: Status, other: Status) -> None:
    shown = DifferencesView()
    qtbot.addWidget(shown)
    found = [
        Difference("stages", "auth", status.value, other.value),
        Difference("stages", "greeting.error", "not_smtp", "timeout"),
    ]
    side = RunSide("Today 08:00", "today 08:00", "Sign in", "failed")
    shown.show_differences(found, 2, "other_side", side, side)
    assert not shown.grab().isNull()  # what fails while it paints fails the test
    texts = [shown.table.item(2, column) for column in (1, 2)]
    assert [item.text() for item in texts if item is not None] == [
        "No mail server answers on this port", "There was no answer in time",
    ]  # fmt: skip


def test_a_comparison_is_copied_as_text(history: DetailView) -> None:
    history.history.differences.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("A: Today")
    assert "No setting differs." in text


def test_a_new_run_appears_and_what_is_chosen_stays(
    ws: Workspace, stored: StoredConnector, history: DetailView, runner: FakeTaskRunner
) -> None:
    page = history.history
    before = [page.list.runs.runs[row].id for row in page.list.chosen()]
    verify_stored(ws, stored)
    history.read()
    runner.run_all()
    assert page.list.runs.rowCount() == 4
    assert [page.list.runs.runs[row].id for row in page.list.chosen()] == before
