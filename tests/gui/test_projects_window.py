"""Projects in the window: the switcher, another one, settings, made and removed, moved between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from smtpwizard.gui.console.desktop_events import DesktopWatcher
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.new_project import NewProjectDialog
from smtpwizard.gui.console.notification_list import NotificationList
from smtpwizard.gui.console.project_page import ProjectPage
from smtpwizard.gui.console.project_switcher import SEARCH_FROM, ProjectPopup
from smtpwizard.gui.console.transfer_dialog import TransferDialog
from smtpwizard.gui.help.opening import show_help
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.messages.moments import day_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import Project
from smtpwizard.usecases import project as projects
from smtpwizard.usecases.certificates import read_certificates, trust
from smtpwizard.usecases.project import show_last_project
from smtpwizard.usecases.remove_project import remove_project
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_main_window import listed, names, page, told
from tests.helpers.certificates import Certificates

Store = Callable[..., None]
# A popup takes the keyboard, of which the offscreen platform has none.
pytestmark = pytest.mark.qt_log_ignore("does not support (grabbing|raise|propagate)", extend=True)


@pytest.fixture
def other(ws: Workspace) -> Workspace:
    """A second project, with one connector."""
    made = projects.create_project(ws, "Site B", environment="test", domain="b.example")
    there = ws.in_project(made)
    put(there, "Elsewhere")
    return there


def put(ws: Workspace, name: str, **changes: Any) -> None:
    document = {
        "name": name,
        "provider": "custom",
        "server": {"host": "smtp.example.com"},
        "authentication": {"method": "basic", "username": "mailer@example.com"},
        "admin": {"email": "admin@example.com"},
    } | changes
    connector, problems = read_connector(document, ws.defaults_for)
    assert connector is not None, problems
    basic = connector.authentication.method.value == "basic"
    save_connector(ws, connector, secrets={"password": Secret("x")} if basic else {})


@pytest.fixture
def two(window: MainWindow, runner: FakeTaskRunner, store: Store, other: Workspace) -> MainWindow:
    """Invoices and Reports in the project that is shown; another with Elsewhere."""
    store("Invoices")
    store("Reports")
    return listed(window, runner)


def popup(window: MainWindow, runner: FakeTaskRunner) -> ProjectPopup:
    window.console.switcher.click()
    runner.run_all()
    found = window.console.projects.popup
    assert found is not None
    assert found.isVisible()
    return found


def switch(window: MainWindow, runner: FakeTaskRunner, name: str) -> None:
    shown = popup(window, runner)
    wanted = [p.name for p in shown.list.projects.projects].index(name)
    shown.list.setCurrentIndex(shown.list.projects.index(wanted))
    QTest.keyClick(shown.list, Qt.Key.Key_Return)
    runner.run_all()


def settings(window: MainWindow, runner: FakeTaskRunner) -> ProjectPage:
    window.console.go_to("project")
    runner.run_all()
    place = window.console.place("project")
    assert isinstance(place, ProjectPage)
    return place


def text_of(place: Any, field: str) -> str:
    edit = getattr(place.form, field).editor
    return str(edit.text())


# -- the switcher -------------------------------------------------------------------------------


def test_the_switcher_says_which_project_it_is(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    switcher = window.console.switcher
    assert switcher.accessibleName() == "Project: Default, No domain yet"
    projects.set_project(ws, domain="here.example")
    window.console.projects.show_current()
    assert switcher.note.text() == "here.example"
    projects.set_project(ws, environment="production")
    window.console.projects.show_current()
    assert switcher.accessibleName() == "Project: Default, Production"


def test_the_list_names_each_with_its_environment(two: MainWindow, runner: FakeTaskRunner) -> None:
    shown = popup(two, runner)
    role = Qt.ItemDataRole.AccessibleTextRole
    model = shown.list.projects
    assert [model.data(model.index(row), role) for row in range(2)] == [
        "Default, No domain yet, You are here",
        "Site B, Test, b.example",
    ]
    assert shown.list.currentIndex().row() == 0
    assert nameless(shown) == []
    assert not shown.search.isVisible()
    assert not shown.grab().isNull()
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert two.windowTitle() == "Default – SMTP connectors – smtpwizard"


def test_many_can_be_searched(two: MainWindow, runner: FakeTaskRunner, ws: Workspace) -> None:
    for number in range(SEARCH_FROM):
        projects.create_project(ws, f"Customer {number}")
    shown = popup(two, runner)
    assert shown.search.isVisible()
    shown.search.setText("site")
    assert [project.name for project in shown.list.projects.projects] == ["Site B"]
    shown.search.setFocus()
    QTest.keyClick(shown.search, Qt.Key.Key_Return)
    runner.run_all()
    assert names(two) == ["Elsewhere"]


def test_in_the_demo_it_says_demo(qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner) -> None:
    window = MainWindow(ws, runner, demo={"host": "127.0.0.1", "port": 25})
    qtbot.addWidget(window)
    window.show()
    listed(window, runner)
    assert window.console.switcher.accessibleName() == "Project: Demo, Nothing of yours"
    assert window.windowTitle() == "Demo – SMTP connectors – smtpwizard"
    shown = popup(window, runner)
    assert shown.list.projects.data(shown.list.projects.index(0)) == "Demo"
    shown.close()


# -- another project ----------------------------------------------------------------------------


def test_list_title_and_switcher_follow_and_it_is_remembered(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    page(two).filter_edit.setText("Reports")
    two.console.actions.compact.setChecked(True)
    switch(two, runner, "Site B")
    assert names(two) == ["Elsewhere"]
    assert two.windowTitle() == "Site B – SMTP connectors – smtpwizard"
    assert two.console.switcher.accessibleName() == "Project: Site B, Test"
    assert page(two).filter_edit.text() == "", "what was looked for is not here"
    assert page(two).table.delegate.compact, "how the rows look stays"
    assert show_last_project(ws).project.name == "Site B"
    assert ws.data.current_project().name == "Default", "a click changes nothing for commands"
    assert ws.data.settings()["window"]["compact"] is True
    switch(two, runner, "Default")
    assert names(two) == ["Invoices", "Reports"]


def test_nothing_of_the_former_one_is_left(
    two: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    two.console.go_to("notifications")
    runner.run_all()
    switch(two, runner, "Site B")
    qtbot.waitUntil(lambda: len(two.findChildren(type(two.console))) == 1)
    actions = [each.shortcut() for each in two.findChildren(QAction) if each.isEnabled()]
    shortcuts = [each.key() for each in two.findChildren(QShortcut) if each.isEnabled()]
    keys = [key.toString() for key in (*actions, *shortcuts) if not key.isEmpty()]
    assert [key for key in keys if keys.count(key) > 1] == []
    QTest.keyClick(two, Qt.Key.Key_F6)
    page(two).new_button.click()
    assert two.wizard is not None
    two.wizard.reject()


def test_what_belongs_to_the_window_itself_stays(
    two: MainWindow, runner: FakeTaskRunner, qtbot: QtBot, qapp: QApplication
) -> None:
    watcher = DesktopWatcher(qapp, two)
    two.installEventFilter(watcher)
    help_window = show_help(two, runner, "place:connectors")
    former = two.console.navigation.entries[0]
    switch(two, runner, "Site B")
    qtbot.waitUntil(lambda: not isValid(former))
    assert isValid(watcher)
    assert help_window.isVisible()
    help_window.close()


def test_what_is_done_there_is_done_there(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace, other: Workspace
) -> None:
    switch(two, runner, "Site B")
    page(two).table.selectRow(0)
    page(two).remove_button.click()
    runner.run_all()
    assert told(two) == "Elsewhere is removed"
    assert other.connectors().connectors == ()
    assert len(ws.connectors().connectors) == 2


def test_unsaved_changes_are_asked_about(two: MainWindow, runner: FakeTaskRunner) -> None:
    place = settings(two, runner)
    place.form.name.editor.setText("Renamed")  # type: ignore[union-attr]
    two.console.go_to("project")
    switch(two, runner, "Site B")
    box = message_box(two)
    assert box.text() == "Discard 1 change?"
    press(box, "Keep editing")
    runner.run_all()
    assert two.windowTitle().startswith("Default")
    switch(two, runner, "Site B")
    press(message_box(two), "Discard")
    runner.run_all()
    assert two.windowTitle().startswith("Site B")


def test_what_runs_is_asked_about(
    two: MainWindow, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    batch = two.console.batch
    monkeypatch.setattr(type(batch), "running", property(lambda self: self is batch))
    monkeypatch.setattr(type(batch), "progress", property(lambda _: (1, 2)))
    monkeypatch.setattr(batch, "stop", lambda: stopped.append(True))
    switch(two, runner, "Site B")
    box = message_box(two)
    assert box.text() == "1 of 2 connectors are verified. Switch the project anyway?"
    press(box, "Keep going")
    assert two.windowTitle().startswith("Default")
    switch(two, runner, "Site B")
    press(message_box(two), "Stop and switch")
    runner.run_all()
    assert stopped == [True]
    assert two.windowTitle().startswith("Site B")


def test_a_save_comes_to_its_end_first(
    two: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    shown = popup(two, runner)
    two.console.verbs.duplicate(two.rows[0].id)
    shown.chosen.emit(shown.list.projects.projects[1].id)
    shown.close()
    assert told(two) == "Saving…"
    assert two.windowTitle().startswith("Default")
    runner.run_all()
    qtbot.waitUntil(lambda: bool(runner.pending))
    runner.run_all()
    assert two.windowTitle().startswith("Site B")


def test_one_that_is_gone_is_told(two: MainWindow, runner: FakeTaskRunner, ws: Workspace) -> None:
    shown = popup(two, runner)
    remove_project(ws, "Site B", with_connectors=True)
    shown.chosen.emit(shown.list.projects.projects[1].id)
    shown.close()
    runner.run_all()
    assert told(two) == "The project cannot be opened"
    assert two.windowTitle().startswith("Default")


def test_another_program_renames_it_or_takes_it_away(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    two.console.projects.read_again()
    runner.run_all()
    assert two.windowTitle() == "Default – SMTP connectors – smtpwizard"
    # As another process would: this one's workspace knows nothing of it.
    ws.data.set_project(ws.project, name="Head office")
    two.console.projects.read_again()
    runner.run_all()
    assert two.windowTitle() == "Head office – SMTP connectors – smtpwizard"
    assert two.console.switcher.name.text() == "Head office"
    elsewhere = Workspace.open(ws.data_dir)
    remove_project(elsewhere, "Head office", with_connectors=True)
    two.console.projects.read_again()
    runner.run_all()
    assert told(two) == "Head office was removed by another program"
    assert names(two) == ["Elsewhere"]


def test_a_folder_that_cannot_be_read_is_told(
    two: MainWindow, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> Any:
        raise StorageError("data_dir_unreadable", path="x", reason="EIO")

    monkeypatch.setattr(projects, "list_projects", refuse)
    two.console.switcher.click()
    runner.run_all()
    assert told(two) == "The projects cannot be read"


# -- settings -----------------------------------------------------------------------------------


def test_settings_show_what_follows_from_the_address(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    place = settings(two, runner)
    assert nameless(place) == []
    form = place.form
    assert form.redirect.text() == ""
    form.domain.editor.setText("here.example")  # type: ignore[union-attr]
    assert form.redirect.text() == "https://login.here.example/oauth2/redirect"
    form.copy_button.click()
    assert QGuiApplication.clipboard().text() == form.redirect.text()
    form.on_premises.click()
    assert form.redirect.text() == ""
    assert (form.domain.box.isVisible(), form.base_url.box.isVisible()) == (False, True)
    form.base_url.editor.setText("https://flows.local:8443/x/")  # type: ignore[union-attr]
    assert form.redirect.text() == "https://flows.local:8443/x/oauth2/redirect"
    form.environment.editor.setCurrentIndex(1)  # type: ignore[union-attr]
    assert place.unsaved == 2
    assert next_step_of(two) is place.bar.save_button
    place.bar.save_button.click()
    runner.run_all()
    saved = ws.data.current_project()
    assert (saved.environment, saved.domain) == ("production", None)
    assert saved.base_url == "https://flows.local:8443/x/"
    assert told(two) == "The project is saved"
    assert two.console.switcher.note.text() == "Production"
    assert place.unsaved == 0


def test_one_address_replaces_the_other(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    projects.set_project(ws, base_url="https://flows.local")
    place = settings(two, runner)
    assert place.form.on_premises.isChecked()
    place.form.cloud.click()
    place.form.domain.editor.setText("here.example")  # type: ignore[union-attr]
    place.save()
    runner.run_all()
    assert (ws.project.domain, ws.project.base_url) == ("here.example", None)


def test_what_is_wrong_stands_at_its_field_and_is_not_saved(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    place = settings(two, runner)
    form = place.form
    for field, text, words in (
        ("name", "", "Give the project a name."),
        ("name", "site b", "Another project has this name."),
        ("domain", "nodots", "This is no Smart Flows domain."),
    ):
        getattr(form, field).editor.setText(text)
        place.save()
        assert getattr(form, field).error.startswith(words)
        assert not place.bar.save_button.isEnabled()
        place.reset()
    form.on_premises.click()
    form.base_url.editor.setText("flows.local")  # type: ignore[union-attr]
    place.save()
    assert form.base_url.error
    place.bar.reset_button.click()
    assert (form.base_url.error, place.unsaved) == ("", 0)
    assert runner.pending == []
    assert ws.data.current_project()[:5] == ws.project[:5]


def test_an_environment_that_is_none_of_ours_stays(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    projects.set_project(ws, environment="Acceptance")
    place = settings(two, runner)
    assert place.form.environment.editor.currentText() == "Acceptance"  # type: ignore[union-attr]
    assert place.unsaved == 0
    projects.set_project(ws, environment="PRODUCTION")
    place.arrive()
    assert place.form.environment.editor.currentText() == "Production"  # type: ignore[union-attr]
    assert place.unsaved == 0, "as it was spelt"


def test_a_save_that_fails_is_told_and_nothing_is_lost(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = settings(two, runner)
    place.form.name.editor.setText("Renamed")  # type: ignore[union-attr]

    def full(*_: object, **__: object) -> Project:
        raise StorageError("disk_full", path="x")

    monkeypatch.setattr(ws.data, "set_project", full)
    place.save()
    runner.run_all()
    assert told(two) == "Not saved"
    assert text_of(place, "name") == "Renamed"
    assert place.bar.save_button.isEnabled()
    place.reset()  # else closing asks


# -- made and removed ---------------------------------------------------------------------------


def test_a_new_one_is_made_and_shown(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    two.console.actions.new_project.trigger()
    runner.run_all()
    dialog = two.console.projects.dialog
    assert isinstance(dialog, NewProjectDialog)
    assert nameless(dialog) == []
    assert not dialog.create_button.isEnabled()
    dialog.form.name.editor.setText("default")  # type: ignore[union-attr]
    dialog.create_project()
    assert dialog.form.name.error == "Another project has this name."
    dialog.form.name.editor.setText("Site C")  # type: ignore[union-attr]
    dialog.form.domain.editor.setText("c.example")  # type: ignore[union-attr]
    assert next_step_of(dialog) is dialog.create_button
    dialog.create_button.click()
    runner.run_all()
    assert two.windowTitle() == "Site C – SMTP connectors – smtpwizard"
    assert two.console.first_start.isVisible()
    assert show_last_project(ws).project.domain == "c.example"


def test_one_that_cannot_be_made_says_why(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    two.console.projects.new()
    runner.run_all()
    dialog = two.console.projects.dialog
    assert isinstance(dialog, NewProjectDialog)
    dialog.form.name.editor.setText("Site C")  # type: ignore[union-attr]
    projects.create_project(ws, "Site C")
    dialog.create_project()
    runner.run_all()
    assert "Site C" in dialog.said.text()
    assert dialog.isVisible()
    dialog.reject()


def test_an_empty_one_goes_without_a_question_and_can_come_back(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    projects.create_project(ws, "Empty", domain="e.example")
    switch(two, runner, "Empty")
    settings(two, runner).remove_button.click()
    runner.run_all()
    assert two.windowTitle().startswith("Default")
    assert told(two) == "The project Empty is removed"
    assert [each.name for each in ws.data.projects()] == ["Default", "Site B"]
    two.console.zone.notification.action_button.click()
    runner.run_all()
    assert two.windowTitle().startswith("Empty")
    assert show_last_project(ws).project.domain == "e.example"
    settings(two, runner).remove_button.click()
    runner.run_all()
    two.console.zone.close_all()
    two.console.go_to("notifications")
    listed = two.console.place("notifications")
    assert isinstance(listed, NotificationList)
    assert listed.offer_button.text() == "Undo removal of Empty"
    listed.offer_button.click()
    runner.run_all()
    assert two.windowTitle().startswith("Empty"), "however long its notification has been gone"
    settings(two, runner).remove_button.click()
    runner.run_all()
    switch(two, runner, "Site B")
    assert [each.name for each in ws.data.projects()] == ["Default", "Site B"]
    assert len(ws.data.project_ids()) == 2, "nothing is left of it"
    two.console.go_to("notifications")
    assert not any(told.offer is not None and told.offer.is_open for told in two.console.zone.past)


def test_its_connectors_are_asked_about(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace, other: Workspace
) -> None:
    switch(two, runner, "Site B")
    place = settings(two, runner)
    place.remove_button.click()
    box = message_box(two)
    assert box.text() == "Remove Site B and its connector?"
    press(box, "Keep it")
    assert [each.name for each in ws.data.projects()] == ["Default", "Site B"]
    place.remove_button.click()
    press(message_box(two), "Remove all of it")
    runner.run_all()
    assert [each.name for each in ws.data.projects()] == ["Default"]
    assert told(two) == "The project Site B is removed"
    assert names(two) == ["Invoices", "Reports"]
    assert not other.store.directory.exists()
    assert not settings(two, runner).remove_button.isEnabled(), "the last one stays"


def test_a_removal_that_fails_is_told(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    place = settings(two, runner)
    remove_project(ws, "Site B", with_connectors=True)
    place.remove_button.click()
    press(message_box(two), "Remove all of it")
    runner.run_all()
    assert told(two) == "Not removed"


# -- moved and copied ---------------------------------------------------------------------------


def transfer(
    window: MainWindow, runner: FakeTaskRunner, *wanted: str, move: bool
) -> TransferDialog:
    page(window).table.choose([row.id for row in window.rows if row.name in wanted])
    actions = window.console.actions
    (actions.move if move else actions.copy_to).trigger()
    runner.run_all()
    dialog = window.console.projects.dialog
    assert isinstance(dialog, TransferDialog)
    return dialog


def rows_of(dialog: TransferDialog) -> list[tuple[str, ...]]:
    def text(row: int, column: int) -> str:
        item = dialog.table.item(row, column)
        assert item is not None
        return str(item.data(Qt.ItemDataRole.AccessibleTextRole))

    return [
        tuple(text(row, column) for column in range(4)) for row in range(dialog.table.rowCount())
    ]


def test_a_move_shows_what_is_another_there_first(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace, other: Workspace
) -> None:
    projects.set_project(ws, domain="here.example")
    uri = "https://login.{}.example/oauth2/redirect"
    registration = {
        "client_id": "id",
        "redirect_uri": uri.format("here"),
        "token_endpoint": "https://t.example/t",
    }
    put(ws, "OAuth", authentication={"method": "oauth", "oauth": registration})
    listed(two, runner)
    dialog = transfer(two, runner, "OAuth", "Invoices", move=True)
    assert nameless(dialog) == []
    assert rows_of(dialog) == [
        ("All of them", "Environment", "–", "Test"),
        ("All of them", "Smart Flows domain", "here.example", "b.example"),
        ("Invoices", "Default connector", "yes", "no"),
        ("OAuth", "Redirect URI", uri.format("here"), uri.format("b")),
    ]
    assert dialog.register.isVisible()
    assert next_step_of(dialog) is dialog.go_button
    dialog.go_button.click()
    runner.run_all()
    assert told(two) == "2 connectors are in Site B now"
    assert names(two) == ["Reports"]
    assert len(other.connectors().connectors) == 3
    two.console.zone.notification.action_button.click()
    runner.run_all()
    assert names(two) == ["Invoices", "OAuth", "Reports"]
    shown = ws.find("OAuth").connector.authentication.oauth.redirect_uri
    assert shown == uri.format("here"), "as it was"


def test_trust_goes_along_only_where_it_is_ticked(
    two: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    other: Workspace,
    certificates: Certificates,
) -> None:
    [ca] = trust(ws, read_certificates(certificates.ca_file))
    dialog = transfer(two, runner, "Reports", move=False)
    assert dialog.untrusted.isVisible()
    said = dialog.untrusted_label.text().replace("\u200b", "")
    for words in (
        "Site B does not trust",
        ca.facts.issuer,
        day_text(ca.facts.not_after),
        "SHA-256",
    ):
        assert words in said
    assert not dialog.trust_box.isChecked()
    assert dialog.trust_box.text() == "&Have Site B trust it, too"
    assert nameless(dialog) == []
    dialog.go_button.click()
    runner.run_all()
    assert other.trusted_fingerprints() == set()
    dialog = transfer(two, runner, "Invoices", move=True)
    dialog.trust_box.click()
    dialog.go_button.click()
    runner.run_all()
    assert other.trusted_fingerprints() == {ca.fingerprint}
    two.console.zone.notification.action_button.click()
    runner.run_all()
    assert other.trusted_fingerprints() == set(), "undone with the move"
    assert told(two) == f"Site B does not trust {ca.name} any more"


def test_trust_that_somebody_needs_by_now_outlasts_the_move(
    two: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    other: Workspace,
    certificates: Certificates,
) -> None:
    [ca] = trust(ws, read_certificates(certificates.ca_file))
    dialog = transfer(two, runner, "Invoices", move=True)
    dialog.trust_box.click()
    dialog.go_button.click()
    runner.run_all()
    put(other, "Another")
    two.console.zone.notification.action_button.click()
    runner.run_all()
    assert other.trusted_fingerprints() == {ca.fingerprint}
    assert told(two) == f"Site B trusts {ca.name} still"


def test_which_of_several_projects_is_never_guessed(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    projects.create_project(ws, "Site C")
    dialog = transfer(two, runner, "Reports", move=False)
    dialog.projects.setFocus()
    QApplication.sendPostedEvents()
    runner.run_all()
    assert dialog.projects.chosen() is None
    assert dialog.nothing.text() == "Choose a project."
    assert not dialog.go_button.isEnabled()
    dialog.projects.setCurrentIndex(dialog.projects.projects.index(1))
    runner.run_all()
    assert dialog.go_button.isEnabled()


def test_a_copy_leads_there(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace, other: Workspace
) -> None:
    dialog = transfer(two, runner, "Reports", move=False)
    dialog.go_button.click()
    runner.run_all()
    assert told(two) == "Reports is copied to Site B"
    assert names(two) == ["Invoices", "Reports"]
    two.console.zone.notification.action_button.click()
    runner.run_all()
    assert names(two) == ["Elsewhere", "Reports"]


def test_what_is_unread_stays_so_in_another_project(
    two: MainWindow, runner: FakeTaskRunner, other: Workspace
) -> None:
    entry = two.console.place_entries["notifications"]
    two.console.zone.say("failed", "Not saved")
    assert entry.accessibleName() == "Notifications, 1"
    two.show_workspace(other)
    runner.run_all()
    assert two.console.place_entries["notifications"] is not entry
    assert two.console.place_entries["notifications"].accessibleName() == "Notifications, 1"


def test_a_taken_name_is_said_before_the_click(
    two: MainWindow, runner: FakeTaskRunner, other: Workspace
) -> None:
    put(other, "Reports")
    dialog = transfer(two, runner, "Reports", "Invoices", move=True)
    assert dialog.refusal_label.text() == (
        "Site B has a connector of this name already: Reports. Rename one of them."
    )
    assert not dialog.go_button.isEnabled()
    dialog.carry_out()
    assert runner.pending == []
    dialog.reject()


def test_without_another_project_one_is_made_on_the_way(
    window: MainWindow, runner: FakeTaskRunner, store: Store, ws: Workspace
) -> None:
    store("Invoices")
    listed(window, runner)
    dialog = transfer(window, runner, "Invoices", move=True)
    assert dialog.nothing.text() == "There is no other project yet. Make one first."
    assert not dialog.go_button.isEnabled()
    dialog.new_button.click()
    new = window.console.projects.new_dialog
    assert isinstance(new, NewProjectDialog)
    new.form.name.editor.setText("Site C")  # type: ignore[union-attr]
    new.create_project()
    runner.run_all()
    assert window.windowTitle().startswith("Default"), "the window stays where it is"
    chosen = dialog.projects.chosen()
    assert chosen is not None
    assert chosen.name == "Site C"
    dialog.carry_out()
    runner.run_all()
    assert names(window) == []
    assert window.console.first_start.isVisible()


def test_what_fails_meanwhile_is_told_and_nothing_has_moved(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace, other: Workspace
) -> None:
    dialog = transfer(two, runner, "Reports", move=True)
    put(other, "Reports")
    dialog.carry_out()
    dialog.reject()
    assert dialog.isVisible(), "it comes to its end"
    runner.run_all()
    assert "Site B" in dialog.refusal_label.text()
    assert len(ws.connectors().connectors) == 2
    dialog.reject()
    assert not dialog.isVisible()


def test_the_page_of_a_connector_that_went_is_left(two: MainWindow, runner: FakeTaskRunner) -> None:
    page(two).table.choose([row.id for row in two.rows if row.name == "Reports"])
    two.console.open_current()
    runner.run_all()
    assert two.console.opened.is_shown
    dialog = transfer(two, runner, "Reports", move=True)
    dialog.carry_out()
    runner.run_all()
    assert not two.console.opened.is_shown
    assert names(two) == ["Invoices"]


def test_a_move_that_cannot_be_undone_says_so(
    two: MainWindow, runner: FakeTaskRunner, ws: Workspace, store: Store
) -> None:
    dialog = transfer(two, runner, "Reports", move=True)
    dialog.carry_out()
    runner.run_all()
    store("Reports")
    two.console.zone.notification.action_button.click()
    runner.run_all()
    assert told(two) == "Not moved back"
