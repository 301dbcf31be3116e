"""This computer as a page: what does not work stands first, with what helps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from smtpwizard.gui.console.check_page import CheckPage
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.help.help_window import HelpWindow
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.model.errors import StorageError
from smtpwizard.net import names
from smtpwizard.secretstore import KeyringProbe
from smtpwizard.usecases import doctor
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless


@pytest.fixture(autouse=True)
def computer(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A computer on which all works, to be broken."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    found: dict[str, Any] = {"keyring": True, "certificates": 120, "browser": "a-browser"}
    monkeypatch.setattr(
        doctor, "probe_keyring", lambda: KeyringProbe(found["keyring"], "A keyring", None)
    )
    monkeypatch.setattr(
        doctor,
        "_trust_store",
        lambda: {"bundle": "/ca", "directory": None, "certificates": found["certificates"]},
    )
    monkeypatch.setattr(doctor, "browser_here", lambda: found["browser"])
    monkeypatch.setattr(doctor, "check_display", lambda: None)
    monkeypatch.setattr(names, "system_name_servers", lambda: ("192.0.2.53",))
    return found


def go(window: MainWindow, runner: FakeTaskRunner) -> CheckPage:
    window.refresh()
    runner.run_all()
    window.console.actions.places["doctor"].trigger()
    place = window.console.place("doctor")
    assert isinstance(place, CheckPage)
    return place


def titles(page: CheckPage) -> list[str]:
    return [card.accessibleName() for card in page.cards]


def test_where_all_works_there_is_one_green_line(
    window: MainWindow, runner: FakeTaskRunner
) -> None:
    page = go(window, runner)
    assert page.banner.tone == "running"
    assert not page.copy_button.isEnabled()
    assert QApplication.focusWidget() is page.again_button or not window.isActiveWindow()
    runner.run_all()
    assert page.banner.tone == "passed"
    assert page.banner.title.text() == "Everything that is needed works"
    assert not page.cards
    assert "Secret store" in page.works.rest.text()
    assert not page.works.is_open
    assert not page.all.is_open
    assert "keyring.usable" in page.report.toPlainText()
    page.works.set_open(True)
    assert not nameless(page)


def test_what_does_not_work_comes_first_with_a_button(
    window: MainWindow, runner: FakeTaskRunner, computer: dict[str, Any], ws: Workspace
) -> None:
    ws.choose_secret_store("keyring")
    computer.update(keyring=False, browser=None)
    page = go(window, runner)
    runner.run_all()
    assert page.banner.tone == "failed"
    assert page.banner.title.text() == "1 thing does not work"
    assert page.banner.text.text() == "Secret store"
    assert titles(page) == ["Secret store", "Browser"]
    settings, help_button = page.cards[0].buttons
    assert "encrypted file" in page.cards[0].text.text()
    assert next_step_of(window) is settings
    help_button.click()
    [shown] = window.findChildren(HelpWindow)
    assert shown.view.shown == ("stored", "No keyring")
    shown.reject()
    settings.click()
    runner.run_all()
    assert window.console.stack.currentWidget() is window.console.place("settings")


def test_it_looks_again(
    window: MainWindow, runner: FakeTaskRunner, computer: dict[str, Any]
) -> None:
    computer["certificates"] = 0
    page = go(window, runner)
    runner.run_all()
    assert titles(page) == ["Certificate authorities"]
    computer["certificates"] = 9
    page.again_button.click()
    page.again_button.click()
    assert len(runner.pending) == 1, "the first one is given up"
    runner.run_all()
    assert not page.cards
    computer["certificates"] = 0
    window.console.go_to_list()
    page = go(window, runner)
    runner.run_all()
    assert titles(page) == ["Certificate authorities"]


def test_names_are_looked_up_on_request(
    window: MainWindow, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch, store: Any
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(doctor, "resolve", lambda host, *_, **__: asked.append(host))
    store("Invoices")
    page = go(window, runner)
    runner.run_all()
    assert not asked
    page.look_up_button.click()
    assert "names of your servers" in page.banner.text.text()
    runner.run_all()
    assert asked == ["smtp.example.com"]


def test_the_report_is_copied_without_the_user_s_folder(
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("all_proxy", "socks5://ada:hunter2@proxy.example:1080")
    page = go(window, runner)
    runner.run_all()
    page.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("Everything that is needed works.\n")
    assert "data_directory.path" in text
    assert str(tmp_path) not in text
    assert "hunter2" not in text


def test_what_cannot_be_checked_is_said(window: MainWindow, runner: FakeTaskRunner) -> None:
    page = go(window, runner)
    runner.fail(StorageError("disk_full"))
    assert page.banner.title.text() == "Not checked"
    assert page.zones()[0] is page.again_button


def test_the_data_folder_is_opened(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws.data, "writable", lambda: False)
    page = go(window, runner)
    runner.run_all()
    assert titles(page) == ["Data folder"]
    page.cards[0].buttons[0].click()
    [job] = runner.pending
    assert job.work.args == (str(ws.data_dir),)  # type: ignore[attr-defined]
    runner.answer(True)
