"""The demo's window: it says what it is, plays what one chooses, shows what has arrived."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from smtpwizard.cli.demo import DemoPrinter
from smtpwizard.gui.console.demo_desk import DemoDesk, ScenarioDialog
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.results.demo_mail import DemoMail
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.usecases.demo import _Servers, scenarios
from smtpwizard.usecases.demo_line import DemoLine
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import test_page as page_of
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_main_window import listed


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[_Servers]:
    with _Servers(tmp_path, DemoPrinter(io.StringIO())) as running:
        yield running


@pytest.fixture
def window(qtbot: QtBot, servers: _Servers, runner: FakeTaskRunner) -> Iterator[MainWindow]:
    """The demo's window over servers of its own."""
    with DemoLine(servers.answer) as line:
        demo = servers.play(scenarios()[0]) | {"line": line.end}
        ws = Workspace.open(servers.data_dir, secret_store="session")
        window = MainWindow(ws, runner, demo=demo)
        qtbot.addWidget(window)
        window.show()
        yield listed(window, runner)


def desk_of(window: MainWindow) -> DemoDesk:
    desk = window.console.demo
    assert desk is not None
    return desk


def choosing(window: MainWindow, runner: FakeTaskRunner) -> ScenarioDialog:
    desk_of(window).choose_button.click()
    runner.run_all()
    dialog = desk_of(window).dialog
    assert isinstance(dialog, ScenarioDialog)
    return dialog


def mail_of(dialog: object, runner: FakeTaskRunner) -> DemoMail:
    runner.run_all()
    assert isinstance(dialog, DemoMail)
    return dialog


def after_test(window: MainWindow, runner: FakeTaskRunner) -> ConnectorWizard:
    """The wizard after a test with the demo's values."""
    window.new()
    wizard = window.wizard
    assert wizard is not None
    wizard.build_rest()
    wizard.demo_foot.fill_in.emit()
    page_of(wizard).test_button.click()
    runner.run_all()
    return wizard


def shown(dialog: ScenarioDialog) -> list[str]:
    rows = (dialog.list.item(row) for row in range(dialog.list.count()))
    return [row.text().partition("\n")[0] for row in rows if not row.isHidden()]


def test_title_banner_and_rail_say_that_it_is_the_demo(window: MainWindow) -> None:
    assert window.windowTitle() == "Demo – SMTP connectors – smtpwizard"
    banner = desk_of(window).banner
    assert banner.isVisible()
    assert banner.title.text().startswith("This is the demo: nothing here is yours")
    assert banner.text.text() == "Its mail server works as it should."
    assert nameless(window) == []


def test_its_actions_stand_in_the_menu_and_no_demo_is_offered_within_it(
    window: MainWindow, runner: FakeTaskRunner
) -> None:
    actions: dict[str, tuple[str, QAction]] = {
        action.text().replace("&", ""): (menu, action)
        for menu, action in window.console.actions.made.each()
    }
    assert actions["Choose what goes wrong…"][0] == "Support"
    assert actions["Demo mail…"][1].shortcut().toString() == "Ctrl+Shift+L"
    assert "Try the demo" not in actions
    assert window.console.first_start.demo_tile.accessibleName() == "Choose what goes wrong"
    window.console.first_start.demo_tile.click()
    runner.run_all()
    dialog = desk_of(window).dialog
    assert isinstance(dialog, ScenarioDialog)
    dialog.reject()


def test_what_goes_wrong_is_listed_in_words_and_searched(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    dialog = choosing(window, runner)
    assert len(shown(dialog)) == len(scenarios())
    assert dialog.list.currentItem().text().endswith("Nothing goes wrong – is played now")
    assert next_step_of(dialog) is dialog.start_button
    assert nameless(dialog) == []
    qtbot.keyClicks(dialog.search_edit, "Certificate expired")
    assert shown(dialog) == ["The certificate has expired"]
    dialog.search_edit.setText("nothing has this")
    assert shown(dialog) == []
    assert dialog.nothing.isVisible()
    assert not dialog.start_button.isEnabled()
    qtbot.keyClick(dialog.search_edit, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.search_edit.setText("sign in offered")
    assert "The password is not the mailbox's" not in shown(dialog)
    dialog.reject()


def test_a_chosen_one_is_played_without_leaving_the_window(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot, servers: _Servers
) -> None:
    before = dict(window.demo or {})
    dialog = choosing(window, runner)
    qtbot.keyClicks(dialog.search_edit, "wrong-password")
    qtbot.keyClick(dialog.search_edit, Qt.Key.Key_Return)
    assert not desk_of(window).choose_button.isEnabled()
    runner.run_all()
    assert desk_of(window).choose_button.isEnabled()
    assert desk_of(window).banner.text.text() == (
        "What goes wrong: the password is not the mailbox's."
    )
    demo = window.demo or {}
    assert demo["scenario"]["name"] == "wrong-password"
    assert demo["ports"] != before["ports"]
    wizard = window.wizard
    assert wizard is not None
    wizard.build_rest()
    wizard.demo_foot.fill_in.emit()
    page_of(wizard).test_button.click()
    runner.run_all()
    assert page_of(wizard).view.causes.shown()[0].cause == "bad_credentials"
    again = choosing_again(window, runner)
    assert again.list.currentItem().text().startswith("The password is not the mailbox's")
    again.reject()
    wizard.done(0)


def choosing_again(window: MainWindow, runner: FakeTaskRunner) -> ScenarioDialog:
    desk_of(window).choose()
    runner.run_all()
    dialog = desk_of(window).dialog
    assert isinstance(dialog, ScenarioDialog)
    return dialog


def test_a_scenario_may_bring_a_provider(window: MainWindow, runner: FakeTaskRunner) -> None:
    desk_of(window).play("intercepted")
    runner.run_all()
    wizard = window.wizard
    assert wizard is not None
    wizard.build_rest()
    wizard.demo_foot.fill_in.emit()
    page_of(wizard).test_button.click()
    runner.run_all()
    assert page_of(wizard).view.causes.shown()[0].cause == "tls_intercepted"
    wizard.done(0)


def test_servers_that_are_gone_are_said(window: MainWindow, runner: FakeTaskRunner) -> None:
    window.demo = {**(window.demo or {}), "line": {"port": 1, "key": ""}}
    desk_of(window).play("wrong-password")
    runner.run_all()
    assert desk_of(window).banner.title.text() == "Not started"
    assert "start the demo again" in desk_of(window).banner.text.text()
    desk_of(window).mail_button.click()
    mail = mail_of(desk_of(window).dialog, runner)
    assert "start the demo again" in mail.words.text()
    mail.reject()


def test_the_received_email_is_shown_after_a_passed_test(
    window: MainWindow, runner: FakeTaskRunner
) -> None:
    wizard = after_test(window, runner)
    assert "that is Demo mail, beside this page" in page_of(wizard).view.banner.text.text()
    wizard.demo_foot.mail_button.click()
    mail = mail_of(wizard.demo_mail, runner)
    assert mail.headers["From"] == "mailer@demo.example"
    assert mail.headers["Subject"] == "Test email from the connector Demo"
    assert mail.headers["It came"] == "encrypted with TLS 1.3"
    assert mail.headers["Signed in"].startswith("mailer@demo.example by ")
    assert "Reply to" not in mail.headers
    assert mail.body.toPlainText().startswith("This is a test email.")
    assert mail.list.isHidden()
    assert not mail.head.isVisible(), "folded at first"
    mail.fold.button.click()
    assert mail.head.isVisible()
    names = [line.partition(":")[0] for line in mail.head.toPlainText().splitlines()]
    wanted = {"Received", "From", "To", "Subject", "Date", "Message-ID", "X-Smtpwizard-Mark"}
    assert wanted <= set(names)
    assert names[0] == "Received"
    assert "with ESMTPSA;" in mail.head.toPlainText()
    assert "This is a test email." not in mail.head.toPlainText()
    assert nameless(mail) == []
    page_of(wizard).test_button.click()
    runner.run_all()
    mail.again_button.click()
    runner.run_all()
    assert mail.list.count() == 2
    mail.list.setCurrentRow(1)
    assert mail.headers["Subject"] == "Test email from the connector Demo"
    mail._show_message(7)
    mail.reject()
    wizard.done(0)


def test_where_nothing_has_arrived_that_is_said(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    desk_of(window).mail_button.click()
    mail = mail_of(desk_of(window).dialog, runner)
    assert mail.stack.currentWidget() is mail.empty
    qtbot.waitUntil(lambda: QApplication.focusWidget() is mail.empty.button)
    after_test(window, runner)
    mail.empty.button.click()
    runner.run_all()
    assert mail.stack.currentWidget() is not mail.empty
    mail.reject()


def test_a_letter_as_others_write_it_is_shown_as_it_is(
    window: MainWindow, runner: FakeTaskRunner
) -> None:
    mail = DemoMail(window, runner, window.demo or {})
    mail._messages = [
        {
            "subject": "<b>x</b>\x1b",
            "to": "a@b.example",
            "sender": "",
            "reply_to": "r@b.example",
            "date": "",
            "size": 5,
            "tls_version": None,
            "user": "",
            "mechanism": "",
            "body": "<b>bold</b>\r\n\x1b[31m",
            "head": "Subject: <b>x</b>\r\n\tand\x1b more",
        }
    ]
    mail._show_message(0)
    assert mail.headers == {
        "Reply to": "r@b.example",
        "To": "a@b.example",
        "Subject": "<b>x</b>\\x1b",
        "Size": "5 bytes",
        "It came": "without any encryption",
        "Signed in": "nobody",
    }
    assert mail.body.toPlainText() == "<b>bold</b>\n\\x1b[31m"
    assert mail.head.toPlainText() == "Subject: <b>x</b>\n and\\x1b more"
    mail.reject()


def test_the_values_are_shown_and_say_where_the_mail_is(window: MainWindow) -> None:
    desk_of(window).values_button.click()
    dialog = desk_of(window).dialog
    assert dialog is not None
    assert any("under Demo mail" in label.text() for label in dialog.findChildren(QLabel))
    dialog.reject()


def test_without_a_line_the_values_alone_are_offered(
    qtbot: QtBot, servers: _Servers, runner: FakeTaskRunner
) -> None:
    demo = servers.play(scenarios()[0])
    ws = Workspace.open(servers.data_dir, secret_store="session")
    window = MainWindow(ws, runner, demo=demo)
    qtbot.addWidget(window)
    window.show()
    listed(window, runner)
    desk = desk_of(window)
    assert not desk.choose_button.isVisible()
    assert not desk.mail_button.isVisible()
    qtbot.waitUntil(desk.values_button.isVisible)
    wizard = after_test(window, runner)
    assert not wizard.demo_foot.mail_button.isVisible()
    assert "the terminal it runs in" in page_of(wizard).view.banner.text.text()
    wizard.done(0)
