"""What expires next, and the calendar file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.dates_dialog import DatesDialog
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.messages.moments import day_of_year_text, day_text
from smtpwizard.usecases.certificates import read_certificates, trust
from smtpwizard.usecases.dates import all_dates
from smtpwizard.usecases.list_rows import Kind
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


def first_column(dates: DatesDialog) -> list[str]:
    """The days that are shown."""
    items = [dates.table.item(row, 0) for row in range(dates.table.rowCount())]
    return [item.text() for item in items if item is not None]


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
    assert nameless(listed) == []


def test_what_goes_into_the_file_is_shown_before(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None], tmp_path: Path
) -> None:
    today = words.today()
    for name, days in (("Old", -28), ("Soon", 60), ("Later", 61)):
        day = (today + timedelta(days)).isoformat()
        oauth = {"client_id": name, "client_secret_expires": day}
        store(name, provider="exchange", server={}, authentication=OAUTH | {"oauth": oauth})
    window.refresh()
    runner.run_all()
    window.console.actions.dates.trigger()
    runner.run_all()
    [dates] = window.findChildren(DatesDialog)
    assert first_column(dates)[0] == f"Expired on {day_text(today - timedelta(28))}"
    assert dates.all_chip.text() == "All  3"
    assert len(first_column(dates)) == 3
    dates.soon_chip.click()
    assert dates.soon_chip.text() == "Within 60 days  2"
    assert len(first_column(dates)) == 2
    dates.save_button.click()
    [dialog] = dates.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "dates.ics"))
    runner.run_all()
    text = (tmp_path / "dates.ics").read_bytes().decode()
    assert text.count("BEGIN:VEVENT") == 2
    assert window.console.zone.notification.text.text() == f"dates.ics in the folder {tmp_path}"


def test_what_has_ended_is_first_and_in_red(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    today = words.today()
    for name, days in (("Old", -28), ("Soon", 60), ("Later", 61)):
        day = (today + timedelta(days)).isoformat()
        oauth = {"client_id": name, "client_secret_expires": day}
        store(name, provider="exchange", server={}, authentication=OAUTH | {"oauth": oauth})
    window.refresh()
    runner.run_all()
    rows = {row.name: row for row in window.console.connectors.model.rows}
    said = words.lines_of(rows["Old"], words.ENDS, today)
    assert said == (f"Expired on {day_of_year_text(today - timedelta(28), today)}", "Client secret")
    marks = {name: words.end_mark(row, today) for name, row in rows.items()}
    assert marks == {"Old": ("warning", "danger"), "Soon": ("clock", "warning"), "Later": ("", "")}


def test_a_state_that_none_is_in_has_no_chip_and_says_so(listed: MainWindow) -> None:
    chip = listed.console.connectors.chips.chips[Kind.ENDS_SOON]
    assert "60 days" in chip.toolTip()
    listed.console.show_kind(Kind.ENDS_SOON)
    assert chip.isHidden()
    assert listed.console.connectors.chips.kind is None
    said = listed.console.zone.notification
    assert said.title.text() == "No connector is in this state: Ends soon"
    assert "60 days" in said.text.text()


def test_where_nothing_ends_that_is_said(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    window.refresh()
    runner.run_all()
    window.console.actions.dates.trigger()
    runner.run_all()
    assert window.findChildren(DatesDialog) == []
    said = window.console.zone.notification
    assert said.title.text() == "No date is known on which something ends"


def test_the_dates_become_a_calendar_file(
    listed: MainWindow, runner: FakeTaskRunner, ws: Workspace, tmp_path: Path
) -> None:
    events = all_dates(ws)
    listed.console.dates.write(events, tmp_path / "dates.ics")
    runner.run_all()
    text = (tmp_path / "dates.ics").read_bytes().decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART;VALUE=DATE:20270531" in text
    assert "SUMMARY:Bills: the client secret ends" in text


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
    runner.run_all()
    [dates] = window.findChildren(DatesDialog)
    window.console.dates.write(dates.shown(), tmp_path / "dates.ics")
    runner.run_all()
    text = (tmp_path / "dates.ics").read_bytes().decode()
    assert text.count("BEGIN:VEVENT") == 1
    assert "which this project trusts" in text.replace("\r\n ", "")


def test_a_file_that_cannot_be_written_is_told(
    listed: MainWindow, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    listed.console.dates.write((), tmp_path / "missing" / "dates.ics")
    runner.run_all()
    notification = listed.console.zone.notification
    assert "dates.ics" in notification.text.text()
    assert notification.tone == "failed"
