"""A received test email read back after a test: in the wizard, from a connector's page and from
the dialog that sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.gui.console.detail.detail_view import SENDER
from smtpwizard.gui.console.verify_dialog import VerifyDialog
from smtpwizard.gui.results.received_email import ReceivedDialog, ReceivedEmail
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.proof import Origin
from smtpwizard.model.report import Stage, StageResult, Status
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.drafts import note_run
from smtpwizard.usecases.proof import learnt_keys
from smtpwizard.usecases.save import save_draft
from smtpwizard.usecases.workspace import Workspace
from tests.cli.test_proof import GMAIL
from tests.gui.driving import passed_report, walk_to_test
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.opened import broken_server, open_detail, row_of, save_for
from tests.gui.test_accessibility import nameless

OpenWizard = Callable[..., ConnectorWizard]


def all_said(received: ReceivedEmail) -> str:
    """Everything that stands there about what was read."""
    labels = (received.words, *(line.words for line in received.lines))
    return "\n".join(label.text() for label in labels).replace("\u200b", "")


OURS = "This is a test email of this connector."


def _read(received: ReceivedEmail, runner: FakeTaskRunner, message_id: str) -> str:
    received.box.setPlainText(f"{GMAIL}Message-ID: {message_id}\r\n")
    received.read_button.click()
    runner.run_all()
    return all_said(received)


def test_the_wizard_reads_back_what_its_test_has_sent(
    open_wizard: OpenWizard, runner: FakeTaskRunner, ws: Workspace, qtbot: QtBot
) -> None:
    page = walk_to_test(open_wizard(), "hunter2-secret")
    assert page.view.received_button.isHidden()
    page.test_button.click()
    report = passed_report()._replace(message_id="<mark-1@example.com>")
    connector = page.draft_model.connector()
    assert connector is not None
    note_run(ws, page.draft_model.draft, None, connector, report)
    runner.answer(report)
    page.view.received_button.click()
    dialog = page.received_dialog
    assert isinstance(dialog, ReceivedDialog)
    assert nameless(dialog) == []
    assert OURS in _read(dialog.received, runner, "<mark-1@example.com>")
    assert OURS not in _read(dialog.received, runner, "<mark-2@example.com>")
    dialog.close_button.click()
    assert not dialog.isVisible()
    saved = save_draft(ws, page.draft_model.draft)
    assert learnt_keys(ws, saved) == ("s2026._domainkey.quay.example",)


def test_nothing_is_read_back_where_nothing_was_sent(qtbot: QtBot, runner: FakeTaskRunner) -> None:
    view = StageView(runner)
    qtbot.addWidget(view)
    report = passed_report()
    view.show_report(report)
    assert view.received_button.isHidden(), "nobody said what to do with it"
    view.reads_back = True
    view.show_report(report)
    assert not view.received_button.isHidden()
    *before, _ = report.stages
    view.show_report(report._replace(stages=(*before, StageResult(Stage.DATA))))
    assert view.received_button.isHidden()
    lost = StageResult(Stage.DATA, Status.UNKNOWN)
    view.show_report(report._replace(ok=False, stages=(*before, lost)))
    assert not view.received_button.isHidden(), "it may have arrived"
    view.clear()
    assert view.received_button.isHidden()


@pytest.fixture
def stored(ws: Workspace, tmp_path: Path) -> Iterator[StoredConnector]:
    """A connector, and a server that takes its email."""
    authority = ThrowAwayAuthority()
    for server in broken_server(authority, b"235 2.7.0 ok\r\n"):
        yield save_for(ws, server, authority, tmp_path)


def test_the_page_of_a_connector_leads_there(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, stored: StoredConnector
) -> None:
    view = open_detail(qtbot, ws, runner, row_of(ws, stored))
    view.verify(send=True)
    runner.run_all()
    shown = view.summary.live
    assert shown is not None
    report = view.summary.verification.report
    assert report is not None
    assert report.message_id is not None
    shown.received_button.click()
    assert view.tabs.currentIndex() == SENDER
    received = view.sender_page.received
    qtbot.waitUntil(received.box.hasFocus)
    assert OURS in _read(received, runner, report.message_id)


def test_the_dialog_that_sends_leads_there(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, stored: StoredConnector
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    recovery = SecretStoreRecovery(ws, runner, PassphraseKeeper())
    dialog = VerifyDialog(ws, runner, recovery, stored, parent)
    dialog.send()
    runner.run_all()
    report = dialog.verification.report
    assert report is not None
    assert report.message_id is not None
    dialog.view.received_button.click()
    opened = dialog.received_dialog
    assert isinstance(opened, ReceivedDialog)
    assert OURS in _read(opened.received, runner, report.message_id)
    opened.reject()


def test_a_whole_email_that_is_pasted_is_read_and_not_laid_out(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner
) -> None:
    received = ReceivedEmail(ws, runner, Origin(None))
    qtbot.addWidget(received)
    held = QMimeData()
    held.setText(GMAIL)
    received.box.insertFromMimeData(held)
    assert received.box.toPlainText().startswith("Delivered-To:")
    assert not runner.pending, "what fits is looked at first"
    received.box.clear()
    held.setText(f"{GMAIL}\r\n\r\n{'attached ' * 500_000}")
    received.box.insertFromMimeData(held)
    assert received.box.toPlainText() == ""
    runner.run_all()
    assert "SPF: passed, for quay.example." in all_said(received)
