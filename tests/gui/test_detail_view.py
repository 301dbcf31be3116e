"""A connector's page: the last result at once, what can be done with it, and how one leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.flow.fixes import FixId
from smtpwizard.gui.console.detail.detail_view import (
    CONFIGURATION,
    HISTORY,
    SECURITY,
    SUMMARY,
    DetailView,
)
from smtpwizard.gui.console.detail.fact_rows import Fact
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.wizard.smart_flows import SmartFlowsDialog
from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, passed_report, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.opened import PASSWORD, broken_server, open_detail, row_of, save_for
from tests.gui.test_accessibility import nameless
from tests.gui.test_fixes_window import card_of, wrong_mode

OK, REFUSED = b"235 2.7.0 ok\r\n", b"535 5.7.8 not known here\r\n"


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture
def server(authority: ThrowAwayAuthority) -> Iterator[ScriptedServer]:
    """It lets one in, and then nobody."""
    yield from broken_server(authority, OK, REFUSED, REFUSED)


@pytest.fixture
def stored(
    ws: Workspace, server: ScriptedServer, authority: ThrowAwayAuthority, tmp_path: Path
) -> StoredConnector:
    return save_for(ws, server, authority, tmp_path)


@pytest.fixture
def open_it(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, stored: StoredConnector
) -> Callable[[], DetailView]:
    return lambda: open_detail(qtbot, ws, runner, row_of(ws, stored))


def test_the_last_failure_is_there_without_a_new_test(
    ws: Workspace, stored: StoredConnector, open_it: Callable[[], DetailView]
) -> None:
    verify_stored(ws, stored)
    verify_stored(ws, stored)
    view = open_it()
    assert view.header.title.text() == "Order confirmations"
    assert view.header.status.label.text().startswith("Failed at")
    assert view.summary.moment.text().startswith("Last test: today")
    assert view.summary.live is not None
    assert view.summary.live.causes.isVisible()
    assert not view.summary.live.running


def test_what_it_is_stands_beside_it(open_it: Callable[[], DetailView]) -> None:
    view = open_it()
    values = {name: label.text() for name, label in view.summary.settings.values.items()}
    assert values["Provider"] == "A server of your own"
    assert values["User"] == "orders@quay.example"
    assert values["Admin"] == "Robin Meyer, admin@quay.example"
    assert "STARTTLS" in values["Server"]
    rows = [row.title.text() for row in view.summary.security.card.rows]
    assert rows[0] == "Password"
    assert view.summary.moment.text().startswith("Not tested yet")
    assert next_step_of(view) is view.header.verify_button


def test_a_verification_runs_here_and_the_list_is_read_again(
    qtbot: QtBot, runner: FakeTaskRunner, open_it: Callable[[], DetailView]
) -> None:
    view = open_it()
    view.header.verify_button.click()
    assert not view.header.verify_button.isEnabled()
    assert view.summary.stop_button.isVisible()
    with qtbot.waitSignal(view.changed):
        runner.run()
    runner.run_all()
    assert view.header.verify_button.isEnabled()
    assert view.summary.live is not None
    assert view.summary.live.isVisible()
    assert view.header.status.label.text() == "Verified"
    told = view.summary.ends.timeline.accessibleDescription()
    assert [each.partition(":")[0] for each in told.split("; ")] == [
        "Own certificate",
        "Certificate",
    ]


def test_what_cannot_be_kept_stays_in_sight(
    ws: Workspace,
    runner: FakeTaskRunner,
    open_it: Callable[[], DetailView],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was found before would be taken for what was found now."""
    view = open_it()

    def refuse(*_: object) -> None:
        raise StorageError("data_dir_unwritable", path="x", reason="EROFS")

    with monkeypatch.context() as patched:
        for name in ("write_run", "change_verification"):
            patched.setattr(type(ws.store), name, refuse)
        view.header.verify_button.click()
        runner.run_all()
        runner.run_all()
        view.finish()
    assert view.summary.moment.text() == "Tested just now. The result could not be kept."
    assert view.header.status.label.text() == "Verified"
    view.summary.case_wanted.emit(None)
    case = view.dialog
    assert isinstance(case, SaveCaseDialog)
    assert case._run.report is view.summary.unkept
    case.reject()
    assert view.summary.live is not None
    assert view.summary.live.isVisible()
    view.header.verify_button.click()
    runner.run_all()
    runner.run_all()
    view.finish()
    assert view.summary.moment.text().startswith("Last test: ")
    assert view.summary.unkept is None
    assert view.header.status.label.text().startswith("Failed at")


def test_stop_ends_it(runner: FakeTaskRunner, open_it: Callable[[], DetailView]) -> None:
    view = open_it()
    view.header.verify_button.click()
    view.summary.stop_button.click()
    assert not runner.pending
    assert view.header.verify_button.isEnabled()


def test_a_change_that_helped_is_saved(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.header.verify_button.click()
    runner.answer(wrong_mode())
    live = view.summary.live
    assert live is not None
    card_of(live.causes.card.next.fixes.cards, FixId.SWAP_SECURITY).try_button.click()
    assert list_connectors(ws)[0].server == "smtp.example.com:587"
    while runner.pending and not live.running:
        runner.run()
    entry = next(entry for entry in runner.pending if entry.job == live._job)
    runner.pending.remove(entry)
    runner.pending.insert(0, entry)
    runner.answer(passed_report())
    runner.run_all()
    (row,) = list_connectors(ws)
    assert row.server == "smtp.example.com:465"
    assert view.row.stored.revision == row.stored.revision
    assert "465" in view.summary.settings.values["Server"].text()


def test_what_may_help_is_offered_for_the_failure_that_is_known(
    ws: Workspace, stored: StoredConnector, open_it: Callable[[], DetailView]
) -> None:
    verify_stored(ws, stored)
    verify_stored(ws, stored)
    view = open_it()
    live = view.summary.live
    assert live is not None
    push = live.next_button()
    assert push is not None
    assert next_step_of(view) is push


def test_a_step_leads_to_its_field(open_it: Callable[[], DetailView]) -> None:
    view = open_it()
    view.summary.field_wanted.emit("authentication.password")
    assert view.tabs.currentIndex() == CONFIGURATION
    assert view.configuration.fields["authentication.password"].editor.hasFocus()
    view.summary.field_wanted.emit("authentication.oauth.client_id")
    assert view.configuration.fields["authentication.method"].editor.hasFocus()


def test_leaving_asks_where_something_is_typed(
    qtbot: QtBot, open_it: Callable[[], DetailView]
) -> None:
    view = open_it()
    closed: list[bool] = []
    view.closed.connect(lambda: closed.append(True))
    view.configuration.fields["description"].editor.setText("new")  # type: ignore[union-attr]
    view.header.back_button.click()
    box = message_box(view)
    assert box.text() == "Discard 1 change?"
    assert box.informativeText() == "Description"
    press(box, "Keep editing")
    assert not closed
    assert view.tabs.currentIndex() == CONFIGURATION
    view.header.back_button.click()
    press(message_box(view), "Discard")
    assert closed
    assert view.unsaved == 0


def test_without_changes_leaving_is_leaving(
    qtbot: QtBot, open_it: Callable[[], DetailView]
) -> None:
    view = open_it()
    with qtbot.waitSignal(view.closed):
        qtbot.keyClick(view.tabs, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)


def test_a_tab_says_that_something_is_not_saved(open_it: Callable[[], DetailView]) -> None:
    view = open_it()
    side = view.tabs.ButtonPosition.RightSide
    assert view.tabs.tabButton(CONFIGURATION, side) is None
    view.configuration.fields["description"].editor.setText("new")  # type: ignore[union-attr]
    assert view.tabs.tabButton(CONFIGURATION, side) is not None
    assert view.tabs.accessibleTabName(CONFIGURATION) == "Configuration, 1 not saved"


def test_what_another_process_saves_appears_by_itself(
    ws: Workspace,
    stored: StoredConnector,
    runner: FakeTaskRunner,
    open_it: Callable[[], DetailView],
) -> None:
    from smtpwizard.usecases.edit import edit_connector

    view = open_it()
    edit_connector(ws, stored, {"name": "Orders", "description": "of the shop"})
    view.show_row(row_of(ws, stored))
    runner.run_all()
    assert view.header.title.text() == "Orders"
    assert view.configuration.model.draft.description == "of the shop"
    assert view.unsaved == 0


def test_one_that_was_removed_meanwhile_says_so(
    ws: Workspace,
    stored: StoredConnector,
    runner: FakeTaskRunner,
    open_it: Callable[[], DetailView],
) -> None:
    view = open_it()
    remove_connector(ws, stored)
    view.read()
    runner.run_all()
    assert view.summary.moment.text() == "This connector was removed meanwhile."


def test_it_becomes_the_default(
    ws: Workspace,
    stored: StoredConnector,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    open_it: Callable[[], DetailView],
) -> None:
    store("Another")
    other = next(row for row in list_connectors(ws) if row.name == "Another")
    view = open_it()
    assert not view.header.default_action.isEnabled()
    view.show_row(other)
    runner.run_all()
    view.header.default_action.trigger()
    runner.run_all()
    assert view.header.crown.isVisible()
    assert ws.store.default_id() == other.stored.id


def test_a_case_of_the_last_run(
    ws: Workspace,
    stored: StoredConnector,
    runner: FakeTaskRunner,
    open_it: Callable[[], DetailView],
) -> None:
    view = open_it()
    assert not view.header.case_button.isEnabled()
    verify_stored(ws, stored)
    view.read()
    runner.run_all()
    view.header.case_button.click()
    assert isinstance(view.dialog, SaveCaseDialog)
    runner.run_all()
    view.dialog.reject()


def test_every_field_of_the_console_can_be_copied(open_it: Callable[[], DetailView]) -> None:
    view = open_it()
    view.header.flows_action.trigger()
    dialog = view.dialog
    assert isinstance(dialog, SmartFlowsDialog)
    assert dialog.values["server.host"] == "localhost"
    assert PASSWORD not in dialog.values.values()
    dialog.reject()


class Shown(QObject):
    """Counts windows as they appear."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        shown = event.type() == QEvent.Type.Show
        if shown and isinstance(watched, QWidget) and watched.isWindow():
            self.windows.append(watched)
        return False


def test_no_part_flashes_up_as_a_window_of_its_own(
    qapp: QApplication,
    ws: Workspace,
    stored: StoredConnector,
    runner: FakeTaskRunner,
    open_it: Callable[[], DetailView],
) -> None:
    verify_stored(ws, stored)
    verify_stored(ws, stored)
    watching = Shown()
    qapp.installEventFilter(watching)
    try:
        view = open_it()
        for page in (CONFIGURATION, SECURITY, HISTORY, SUMMARY):
            view.go_to(page)
            runner.run_all()
        view.history.choose([0])
        view.header.verify_button.click()
        runner.run_all()
    finally:
        qapp.removeEventFilter(watching)
    assert watching.windows == [view]


def test_everything_has_a_name(
    ws: Workspace,
    stored: StoredConnector,
    runner: FakeTaskRunner,
    open_it: Callable[[], DetailView],
) -> None:
    verify_stored(ws, stored)
    verify_stored(ws, stored)
    view = open_it()
    for page in (SUMMARY, CONFIGURATION, SECURITY, HISTORY):
        view.go_to(page)
        runner.run_all()
        assert not nameless(view)


def test_the_tabs_are_tabs_for_assistive_technology(open_it: Callable[[], DetailView]) -> None:
    view = open_it()
    node = QAccessible.queryAccessibleInterface(view.tabs)
    roles = [node.child(number).role() for number in range(node.childCount())]
    assert roles.count(QAccessible.Role.PageTab) == 5


def test_dialogs_of_the_page_are_windows_over_it(open_it: Callable[[], DetailView]) -> None:
    view = open_it()
    view.secrets.replace("password")
    assert isinstance(view.secrets.dialog, QDialog)
    assert view.secrets.dialog.parentWidget() is view
    view.secrets.dialog.reject()


def test_a_card_that_is_shown_anew_keeps_the_focus(
    qtbot: QtBot, open_it: Callable[[], DetailView], runner: FakeTaskRunner
) -> None:
    view = open_it()
    view.go_to(SECURITY)
    push = view.security.secrets.rows[0].buttons[-1]
    push.setFocus()
    view.read()
    runner.run_all()
    again = view.security.secrets.rows[0].buttons[-1]
    assert again is not push
    qtbot.waitUntil(again.hasFocus)


def test_the_focus_goes_to_the_first_button_where_its_own_has_gone(
    qtbot: QtBot, open_it: Callable[[], DetailView]
) -> None:
    view = open_it()
    view.go_to(SECURITY)
    card = view.security.secrets
    card.show_facts([Fact("key", "One", buttons=(QPushButton("Replace"), QPushButton("Remove")))])
    card.rows[0].buttons[1].setFocus()
    card.show_facts([Fact("key", "One", buttons=(QPushButton("Enter"),))])
    qtbot.waitUntil(card.rows[0].buttons[0].hasFocus)
