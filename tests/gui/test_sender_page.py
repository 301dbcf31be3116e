"""The part Sender of a connector's page: a look at its domain, and a received email read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.gui.console.detail.detail_view import SENDER
from smtpwizard.gui.console.detail.sender import FindingCard, SenderPage
from smtpwizard.gui.widgets.code_box import CodeBox
from smtpwizard.messages.readiness import request_for_dns
from smtpwizard.model.sender import Check, Readiness, RecordChange, SenderFinding, Verdict
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.workspace import Workspace
from tests.cli.test_proof import GMAIL
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.opened import broken_server, open_detail, row_of, save_for
from tests.gui.test_accessibility import nameless
from tests.helpers.mail_world import MailWorld


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    yield from broken_server(ThrowAwayAuthority(), b"235 2.7.0 ok\r\n")


@pytest.fixture
def page(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, server: ScriptedServer, tmp_path: Path
) -> SenderPage:
    stored = save_for(ws, server, ThrowAwayAuthority(), tmp_path)
    view = open_detail(qtbot, ws, runner, row_of(ws, stored))
    view.go_to(SENDER)
    return view.sender_page


def _said(page: SenderPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel))


def test_what_is_to_be_published_can_be_copied(
    page: SenderPage, ws: Workspace, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    domain = page.stored.connector.sender_address().rpartition("@")[2]
    with MailWorld(tmp_path) as world:
        world.zone[domain] = {"MX": ["0 ."], "TXT": ['"v=spf1 +all"']}
        change_settings(ws, [f"network.name_server={world.settings().name_server}"])
        page.look_button.click()
        runner.run_all()
    cards = page.findChildren(FindingCard)
    assert [card.accessibleName() for card in cards] == [
        "SPF: to be mended", "DKIM: not known", "DMARC: look at it", "Bounces (MX): to be mended",
        "Name of the server (PTR): not known",
    ]  # fmt: skip
    assert [box.label.text() for box in cards[0].findChildren(CodeBox)] == [
        "v=spf1 +all", "v=spf1 ~all",
    ]  # fmt: skip
    assert page.look_button.isEnabled()
    assert nameless(page) == []
    page.copy_button.click()
    request = QGuiApplication.clipboard().text()
    assert request.startswith(f"Please change these records of {domain}.")
    assert f"{domain} (TXT)\nNow: v=spf1 +all\nThen: v=spf1 ~all\n" in request
    assert f"_dmarc.{domain} (TXT)\nNow: no record\nThen: v=DMARC1; " in request
    assert request.endswith("\n\nTell me when it is published, and I look again.\n")
    assert page.copy_button.text() == "Copied"


def test_a_received_email_is_read(page: SenderPage, runner: FakeTaskRunner) -> None:
    page.pasted.setPlainText(GMAIL)
    page.read_button.click()
    runner.run_all()
    assert "SPF: passed, for quay.example." in page.read_words.text()
    assert "Its way:" in page.read_words.text()
    page.pasted.setPlainText("hello")
    page.read_button.click()
    runner.run_all()
    assert page.read_words.text().startswith("There are no headers")


def test_a_look_can_be_stopped(page: SenderPage, runner: FakeTaskRunner) -> None:
    page.look_button.click()
    assert not page.look_button.isEnabled()
    page.stop_button.click()
    assert page.look_button.isEnabled()
    assert runner.cancelled


def test_offline_is_said(page: SenderPage, ws: Workspace, runner: FakeTaskRunner) -> None:
    change_settings(ws, ["network.offline=true"])
    page.look_button.click()
    runner.run_all()
    assert "Nobody was asked: look-ups are switched off." in _said(page)
    assert page.copy_button.isHidden()


def test_one_record_is_asked_for_as_one_and_on_one_line() -> None:
    fix = RecordChange("quay.example", "TXT", "a\nb", "v=spf1 -all")
    finding = SenderFinding(Check.SPF, Verdict.BAD, "spf_open", {"domain": "quay.example"}, fix=fix)
    text = request_for_dns(Readiness("quay.example", (finding,)))
    assert text.startswith("Please change this record of quay.example.")
    assert "Now: a\\x0ab\n" in text
