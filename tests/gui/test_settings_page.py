"""Settings as a page of the window."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from smtpwizard import secretstore
from smtpwizard.gui.console import settings_page
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.settings_page import SettingsPage
from smtpwizard.gui.secret_store_dialogs import ChangePassphraseDialog, PassphraseDialog
from smtpwizard.gui.tasks import StoreWaits
from smtpwizard.gui.widgets.style import set_theme, theme_in_force
from smtpwizard.model.errors import Cancelled, SecretStoreError
from smtpwizard.secretstore import file
from smtpwizard.usecases import store_choice
from smtpwizard.usecases.changes import Changes
from smtpwizard.usecases.move_secrets import Moved
from smtpwizard.usecases.settings import SETTINGS, change_settings, list_settings
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.usecases.conftest import FolderStore

Store = Callable[..., None]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "data")


@pytest.fixture(autouse=True)
def unusable(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The secret stores that a look finds unusable: none, before a test says so."""
    found: set[str] = set()
    monkeypatch.setattr(store_choice, "unusable_stores", lambda ws: frozenset(found))
    return found


@pytest.fixture(autouse=True)
def theme_put_back(qapp: QApplication) -> Iterator[None]:
    yield
    set_theme(qapp, "system")


@pytest.fixture
def page(window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot) -> SettingsPage:
    window.refresh()
    runner.run_all()
    return arrive(window, runner)


def arrive(window: MainWindow, runner: FakeTaskRunner) -> SettingsPage:
    window.activateWindow()
    window.console.actions.places["settings"].trigger()
    runner.run_all()
    place = window.console.place("settings")
    assert isinstance(place, SettingsPage)
    return place


def edit_of(page: SettingsPage, name: str) -> QLineEdit:
    edit = page.fields[name].editor
    assert isinstance(edit, QLineEdit)
    return edit


def type_in(qtbot: QtBot, page: SettingsPage, name: str, text: str) -> None:
    edit = edit_of(page, name)
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text) if text else qtbot.keyClick(edit, Qt.Key.Key_Delete)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def test_every_setting_is_on_the_page(page: SettingsPage) -> None:
    shown = {"theme", "secret_store", "network.offline", *page.fields}
    assert shown == set(SETTINGS)
    assert edit_of(page, "notifications").text() == "8"
    assert edit_of(page, "history.runs").text() == "50"
    assert edit_of(page, "network.name_server").text() == ""
    assert page.themes["system"].radio.isChecked()
    assert page.stores["keyring"].radio.isChecked()
    assert not nameless(page)


def test_the_theme_is_worn_and_kept_at_once(
    page: SettingsPage, runner: FakeTaskRunner, ws: Workspace
) -> None:
    page.themes["dark"].radio.click()
    runner.run_all()
    assert theme_in_force() == "dark"
    assert list_settings(ws)["theme"] == "dark"
    page.themes["system"].radio.click()
    runner.run_all()
    assert theme_in_force() == "system"


def test_what_is_typed_is_saved_when_the_field_is_left(
    page: SettingsPage, window: MainWindow, runner: FakeTaskRunner, ws: Workspace, qtbot: QtBot
) -> None:
    type_in(qtbot, page, "history.runs", "20")
    type_in(qtbot, page, "network.name_server", "127.0.0.1:5353")
    type_in(qtbot, page, "network.connect_to", "example.com:443:127.0.0.1:8443")
    type_in(qtbot, page, "notifications", "30")
    runner.run_all()
    kept = list_settings(ws)
    assert kept["history.runs"] == 20
    assert kept["network.name_server"] == "127.0.0.1:5353"
    assert kept["network.connect_to"] == "example.com:443:127.0.0.1:8443"
    assert window.console.zone.seconds == 30
    type_in(qtbot, page, "history.runs", "")
    runner.run_all()
    assert list_settings(ws)["history.runs"] == 50
    assert edit_of(page, "history.runs").text() == "50"


def test_an_unchanged_field_saves_nothing(
    page: SettingsPage, runner: FakeTaskRunner, ws: Workspace, qtbot: QtBot
) -> None:
    type_in(qtbot, page, "history.runs", "50")
    runner.run_all()
    assert not ws.data.settings_path.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notifications", "soon"),
        ("notifications", "601"),
        ("history.runs", "0"),
        ("network.name_server", "dns.example.com"),
        ("network.connect_to", "example.com"),
        ("network.ca_file", "ca.pem"),
    ],
)
def test_what_will_not_do_is_said_at_its_field(
    page: SettingsPage, runner: FakeTaskRunner, ws: Workspace, qtbot: QtBot, name: str, text: str
) -> None:
    type_in(qtbot, page, name, text)
    assert page.fields[name].error
    assert page.fields[name].note.text() == page.fields[name].error
    assert not runner.pending
    assert not ws.data.settings_path.exists()
    page.arrive()
    runner.run_all()
    assert edit_of(page, name).text() == text, "what was typed stays"
    assert page.unsaved == 1


def test_leaving_a_wrong_value_is_asked_about(
    page: SettingsPage, window: MainWindow, qtbot: QtBot, runner: FakeTaskRunner
) -> None:
    edit = edit_of(page, "history.runs")
    edit.setFocus()
    edit.setText("none")
    window.console.go_to_list()
    box = message_box(window)
    assert "Tests kept" in box.text()
    press(box, "Keep editing")
    assert window.console.stack.currentWidget() is page
    window.console.go_to_list()
    press(message_box(window), "Leave it")
    assert window.console.stack.currentWidget() is not page
    arrive(window, runner)
    assert edit.text() == "50"


def test_a_file_of_certificates_is_chosen(
    page: SettingsPage,
    runner: FakeTaskRunner,
    ws: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = str(tmp_path / "ca.pem")
    monkeypatch.setattr(settings_page, "choose_certificates", lambda _, __, then: then(chosen))
    page.fields["network.ca_file"].beside[0].click()  # type: ignore[attr-defined]
    runner.run_all()
    assert list_settings(ws)["network.ca_file"] == chosen


def test_look_nothing_up(page: SettingsPage, runner: FakeTaskRunner, ws: Workspace) -> None:
    page.offline.click()
    runner.run_all()
    assert list_settings(ws)["network.offline"] is True
    page.offline.click()
    runner.run_all()
    assert list_settings(ws)["network.offline"] is False


def test_where_new_secrets_go(page: SettingsPage, runner: FakeTaskRunner, ws: Workspace) -> None:
    assert not page.passphrase_button.isEnabled()
    assert not page.store_note.isVisible()
    page.stores["file"].radio.click()
    runner.run_all()
    assert page.moving.question is None, "nothing is kept yet"
    assert ws.secret_store_name() == "file"
    assert list_settings(ws)["secret_store"] == "file"
    assert "at least 8 characters" in page.store_note.text()


def test_a_store_is_tried_before_it_is_chosen(
    window: MainWindow,
    page: SettingsPage,
    runner: FakeTaskRunner,
    ws: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page.stores["file"].radio.click()
    runner.run_all()
    monkeypatch.setattr(
        secretstore, "probe_keyring", lambda: (False, "", "secret_store_unavailable")
    )
    keyring, encrypted = page.stores["keyring"], page.stores["file"]
    keyring.radio.click()
    assert keyring.note.text() == "Looking whether it can be used…"
    assert not encrypted.radio.isEnabled(), "one at a time"
    assert keyring.radio.isEnabled(), "the focus stays"
    runner.report(StoreWaits())
    assert keyring.note.text() == "Waiting for the keyring, which may be asking you something."
    runner.run_all()
    told = window.console.zone.shown
    assert told is not None
    assert told.title == "Not saved"
    assert "choose the encrypted file, or start a keyring" in told.text
    assert encrypted.radio.isChecked()
    assert encrypted.radio.isEnabled()
    assert keyring.note.text() == "Opened with your login."
    assert ws.secret_store_name() == "file"


def test_a_passphrase_is_set_before_there_is_a_secret(
    window: MainWindow,
    page: SettingsPage,
    runner: FakeTaskRunner,
    ws: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file.FileStore.__init__, "__kwdefaults__", {"cost": 2})
    page.stores["file"].radio.click()
    runner.run_all()
    assert page.passphrase_button.text() == "Set a &passphrase…"
    page.passphrase_button.click()
    runner.run_all()
    [dialog] = [d for d in window.findChildren(PassphraseDialog) if d.isVisible()]
    dialog.first.setText("short")
    assert not dialog.go.isEnabled()
    for edit in (dialog.first, dialog.second):
        edit.setText("open sesame")
    dialog.go.click()
    runner.run_all()
    assert ws.encrypted_path.is_file()
    assert page.passphrase_button.text() == "Change the &passphrase…"
    told = window.console.zone.shown
    assert told is not None
    assert told.title == "The encrypted file has its passphrase"


def test_a_passphrase_that_cannot_be_set_is_told(
    window: MainWindow, page: SettingsPage, runner: FakeTaskRunner
) -> None:
    page.stores["file"].radio.click()
    runner.run_all()
    page.passphrase_button.click()
    runner.fail(SecretStoreError("secret_store_failed", reason="EIO"))
    runner.run_all()
    told = window.console.zone.shown
    assert told is not None
    assert told.title == "Not saved"


def test_how_many_secrets_lie_where_and_the_passphrase(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace, page: SettingsPage
) -> None:
    assert page.shown is not None
    page._show(page.shown._replace(kept={"keyring": 1, "file": 3}, has_encrypted_file=True))
    assert page.stores["keyring"].note.text().endswith("1 secret lies in it.")
    assert page.stores["file"].note.text().endswith("3 secrets lie in it.")
    page.passphrase_button.click()
    assert window.findChild(ChangePassphraseDialog) is not None


@pytest.fixture
def kept(
    page: SettingsPage,
    runner: FakeTaskRunner,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> FolderStore:
    """A keyring in which two secrets lie."""
    monkeypatch.setattr(file.FileStore.__init__, "__kwdefaults__", {"cost": 2})
    keyring = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: keyring)
    monkeypatch.setattr(secretstore, "probe_keyring", lambda: (True, "test", None))
    for name in ("One", "Two"):
        store(name)
    page.arrive()
    runner.run_all()
    assert page.stores["keyring"].note.text().endswith("2 secrets lie in it.")
    return keyring


def test_what_is_kept_already_is_moved_after_a_question(
    window: MainWindow,
    page: SettingsPage,
    runner: FakeTaskRunner,
    ws: Workspace,
    kept: FolderStore,
) -> None:
    moving = page.moving
    assert not moving.isVisible()
    page.stores["file"].radio.click()
    runner.run_all()
    assert moving.question is not None
    assert "to the encrypted file" in moving.question.text()
    press(moving.question, "Leave them")
    runner.run_all()
    assert len(kept.contents()) == 2
    assert "2 secrets that are kept already do not lie in the encrypted file" in (
        moving.banner.title.text()
    )
    assert not nameless(page)
    moving.move_button.click()
    press(moving.question, "Move")
    assert moving.stop_button.isVisible()
    assert not page.stores["keyring"].radio.isEnabled(), "not while they move"
    assert not page.passphrase_button.isEnabled()
    runner.report((1, 2))
    assert moving.banner.aside.text() == "1 of 2"
    runner.run_all()
    [dialog] = [d for d in window.findChildren(PassphraseDialog) if d.isVisible()]
    for edit in (dialog.first, dialog.second):
        edit.setText("open sesame")
    dialog.go.click()
    runner.run_all()
    runner.run_all()
    assert kept.contents() == {}
    told = window.console.zone.shown
    assert told is not None
    assert told.text == "2 secrets were moved to the encrypted file."
    assert not moving.isVisible()
    assert page.stores["keyring"].radio.isEnabled()
    assert page.stores["file"].note.text().endswith("2 secrets lie in it.")
    assert {each.secrets["password"][:5] for each in ws.connectors().connectors} == {"file:"}


def test_a_move_that_stops_says_what_is_left(
    page: SettingsPage, runner: FakeTaskRunner, kept: FolderStore
) -> None:
    moving = page.moving
    page.stores["file"].radio.click()
    runner.run_all()
    press(moving.question, "Move")  # type: ignore[arg-type]
    runner.fail(SecretStoreError("secret_store_locked", backend="test"))
    runner.run_all()
    told = page._around.zone.shown
    assert told is not None
    assert told.title == "Not all secrets were moved"
    assert moving.move_button.isVisible(), "the rest can be moved later"
    moving.ask_to_move()
    press(moving.question, "Move")  # type: ignore[arg-type]
    runner.answer(Moved(1, 1, SecretStoreError("secret_missing")))
    runner.run_all()
    told = page._around.zone.shown
    assert told is not None
    assert told.title == "1 secret was moved to the encrypted file. 1 secret stayed where it was."
    moving.ask_to_move()
    press(moving.question, "Move")  # type: ignore[arg-type]
    moving.stop_button.click()
    assert moving.running, "until the secret under way is there"
    assert not moving.stop_button.isEnabled()
    assert not page.stores["keyring"].radio.isEnabled()
    runner.fail(Cancelled())
    runner.run_all()
    assert not moving.running
    assert moving.move_button.isVisible()
    assert page._around.zone.shown.title == "Stopped"


def test_a_keyring_that_cannot_be_used_says_so_and_is_none_to_choose(
    page: SettingsPage, runner: FakeTaskRunner, ws: Workspace, unusable: set[str]
) -> None:
    keyring, encrypted = page.stores["keyring"], page.stores["file"]
    assert not page.look_button.isVisible()
    unusable.add("keyring")
    page.arrive()
    runner.run_all()
    assert keyring.note.text() == "Cannot be used on this computer."
    assert not keyring.radio.isEnabled()
    assert not keyring.radio.isChecked(), "nobody chose it"
    assert "saving a secret asks where it goes" in page.store_note.text()
    encrypted.radio.click()
    runner.run_all()
    assert encrypted.radio.isChecked()
    assert not keyring.radio.isEnabled()
    assert "asks where it goes" not in page.store_note.text()
    unusable.clear()
    page.look_button.click()
    runner.run_all()
    assert keyring.note.text() == "Opened with your login."
    assert keyring.radio.isEnabled()
    assert not page.look_button.isVisible()
    change_settings(ws, ["secret_store=file"])
    unusable.add("file")
    page.arrive()
    runner.run_all()
    assert encrypted.radio.isChecked(), "it was chosen, and counts"
    assert "no new secret is kept" in page.store_note.text()


def test_no_secret_is_moved_to_or_from_a_store_that_cannot_be_used(
    page: SettingsPage, runner: FakeTaskRunner, unusable: set[str]
) -> None:
    now = page.shown
    assert now is not None
    page._show(now._replace(kept={"file": 3}))
    assert page.moving.isVisible()
    unusable.add("keyring")
    page._look_at_stores()
    runner.run_all()
    assert not page.moving.isVisible(), "the keyring takes none"
    page._show(now._replace(store="file", kept={"keyring": 2, "file": 3}))
    assert not page.moving.isVisible(), "nor gives any away"
    assert (
        page.stores["keyring"]
        .note.text()
        .endswith("2 secrets lie in it, out of reach until it can.")
    )
    page.moving.ask_to_move()
    assert page.moving.question is None


def test_a_session_s_store_cannot_be_chosen_away(
    window: MainWindow, runner: FakeTaskRunner, page: SettingsPage
) -> None:
    assert page.shown is not None
    page._show(page.shown._replace(store="session"))
    assert not page.stores["keyring"].radio.isEnabled()
    assert "for this session only" in page.store_note.text()


def test_the_data_folder_is_shown_copied_and_opened(
    page: SettingsPage, runner: FakeTaskRunner, ws: Workspace, store: Store
) -> None:
    assert not page.open_button.isEnabled(), "there is none before something is saved"
    page.copy_button.click()
    assert QGuiApplication.clipboard().text() == str(ws.data_dir)
    change_settings(ws, ["theme=light"])
    page.arrive()
    runner.run_all()
    page.open_button.click()
    [job] = runner.pending
    assert job.work.args == (str(ws.data_dir),)  # type: ignore[attr-defined]
    runner.answer(False)
    told = page._around.zone.shown
    assert told is not None
    assert told.title == "Not opened"


def test_another_program_s_change_appears(
    page: SettingsPage, window: MainWindow, runner: FakeTaskRunner, ws: Workspace, qtbot: QtBot
) -> None:
    change_settings(ws, ["history.runs=7", "theme=dark", "notifications=9"])
    edit = edit_of(page, "notifications")
    edit.setFocus()
    qtbot.keyClicks(edit, "1")
    window._look_job = 1
    from smtpwizard.gui.tasks import Outcome

    window._looked(Outcome(value=Changes(settings=True)))
    runner.run_all()
    assert edit_of(page, "history.runs").text() == "7"
    assert theme_in_force() == "dark"
    assert edit.text() == "81", "somebody is typing there"


def test_settings_of_a_newer_version_are_shown_and_not_changed(
    page: SettingsPage, runner: FakeTaskRunner, ws: Workspace
) -> None:
    ws.data_dir.mkdir(exist_ok=True)
    ws.data.settings_path.write_text(json.dumps({"schema": 9, "history.runs": 7}))
    page.arrive()
    runner.run_all()
    assert page.fault.isVisible()
    assert "newer version" in page.fault.text.text()
    edit = edit_of(page, "history.runs")
    assert edit.text() == "7"
    assert edit.isReadOnly()
    assert not page.themes["dark"].radio.isEnabled()
    assert not page.offline.isEnabled()


def test_what_cannot_be_saved_is_told_and_put_back(
    page: SettingsPage, runner: FakeTaskRunner, ws: Workspace, qtbot: QtBot
) -> None:
    from smtpwizard.model.errors import StorageError

    type_in(qtbot, page, "history.runs", "20")
    runner.fail(StorageError("disk_full"))
    runner.run_all()
    told = page._around.zone.shown
    assert told is not None
    assert told.title == "Not saved"
    assert "disk is full" in told.text
    assert edit_of(page, "history.runs").text() == "50"


def test_proxies_are_shown_without_their_logins(
    page: SettingsPage, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.proxies.text() == "None"
    monkeypatch.setenv("all_proxy", "socks5://ada:hunter2@proxy.example:1080")
    page.arrive()
    runner.run_all()
    assert "all_proxy" in page.proxies.text()
    assert "hunter2" not in page.proxies.text()


def test_its_parts_are_reached_with_f6(page: SettingsPage) -> None:
    assert page.zones()[0] is page.themes["system"].radio
    page.take_focus()
    assert QApplication.focusWidget() is page.themes["system"].radio
