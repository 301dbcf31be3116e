"""What expires next, and the calendar file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.usecases.certificates import read_certificates, trust
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.helpers.certificates import Certificates

OAUTH = {
    "method": "oauth",
    "username": "mailer@example.com",
    "oauth": {
        "client_id": "c1ae2c30-1111-2222-3333-444444444444",
        "client_secret_expires": "2027-05-31",
    },
}


@pytest.fixture
def listed(window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]) -> MainWindow:
    store("Bills", provider="exchange", server={}, authentication=OAUTH)
    store("Invoices")
    window.refresh()
    runner.run_all()
    return window


def test_the_list_says_what_expires_next(listed: MainWindow) -> None:
    model = listed.console.connectors.model
    cells = {row.name: model.lines(number, words.ENDS) for number, row in enumerate(model.rows)}
    assert cells == {"Bills": ("31 May 2027", "Client secret"), "Invoices": ("–", "")}
    listed.console.actions.dates.trigger()
    [dialog] = listed.findChildren(QFileDialog)
    assert dialog.windowTitle() == "Expiry dates for a calendar"
    dialog.reject()
    assert nameless(listed) == []


def test_where_nothing_ends_that_is_said(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    window.refresh()
    runner.run_all()
    window.console.actions.dates.trigger()
    assert window.findChildren(QFileDialog) == []
    said = window.console.zone.notification
    assert said.title.text() == "No date is known on which something ends"


def test_the_dates_become_a_calendar_file(
    listed: MainWindow, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    listed.console.dates.write(tmp_path / "dates.ics")
    runner.run_all()
    text = (tmp_path / "dates.ics").read_bytes().decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART;VALUE=DATE:20270531" in text
    assert "SUMMARY:Bills: the client secret expires" in text


def test_whom_the_project_trusts_is_in_the_calendar(
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    store: Callable[..., None],
    certificates: Certificates,
    tmp_path: Path,
) -> None:
    store("Invoices")
    trust(ws, read_certificates(certificates.ca_file))
    window.refresh()
    runner.run_all()
    window.console.actions.dates.trigger()
    [dialog] = window.findChildren(QFileDialog)
    dialog.reject()
    window.console.dates.write(tmp_path / "dates.ics")
    runner.run_all()
    text = (tmp_path / "dates.ics").read_bytes().decode()
    assert text.count("BEGIN:VEVENT") == 1
    assert "which this project trusts" in text.replace("\r\n ", "")


def test_a_file_that_cannot_be_written_is_told(
    listed: MainWindow, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    listed.console.dates.write(tmp_path / "missing" / "dates.ics")
    runner.run_all()
    notification = listed.console.zone.notification
    assert "dates.ics" in notification.text.text()
    assert notification.tone == "failed"
