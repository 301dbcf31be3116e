"""What expires next, under the list, and the calendar file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from smtpwizard.gui.console import connector_table
from smtpwizard.gui.console.connector_list import ConnectorList
from smtpwizard.gui.console.main_window import MainWindow
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless

OAUTH = {
    "method": "oauth",
    "username": "mailer@example.com",
    "oauth": {
        "client_id": "c1ae2c30-1111-2222-3333-444444444444",
        "client_secret_expires": "2027-05-31",
    },
}


@pytest.fixture
def page(window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]) -> ConnectorList:
    store("Bills", provider="exchange", server={}, authentication=OAUTH)
    store("Invoices")
    window.refresh()
    runner.run_all()
    assert window.connector_list is not None
    return window.connector_list


def test_the_list_says_what_expires_next(page: ConnectorList) -> None:
    column = [
        page.model.index(row, connector_table.NEXT_DATE).data()
        for row in range(page.model.rowCount())
    ]
    assert column == ["2027-05-31", "–"]
    page.select(page.rows[0].stored.id)
    said = page.dates.label.text()
    assert said.startswith("2027-05-31: Bills: the client secret expires.")
    assert "Make a new client secret" in said
    page.select(page.rows[1].stored.id)
    assert page.dates.label.text() == ""
    assert page.dates.export_button.isVisible(), "the others' dates can be exported"
    assert nameless(page) == []


def test_without_dates_there_is_nothing_to_say(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    window.refresh()
    runner.run_all()
    assert window.connector_list is not None
    assert not window.connector_list.dates.isVisible()


def test_the_dates_become_a_calendar_file(
    page: ConnectorList, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    page.dates.write(tmp_path / "dates.ics")
    runner.run_all()
    text = (tmp_path / "dates.ics").read_bytes().decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART;VALUE=DATE:20270531" in text
    assert "SUMMARY:Bills: the client secret expires" in text


def test_a_file_that_cannot_be_written_is_told(
    page: ConnectorList, window: MainWindow, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    page.dates.write(tmp_path / "missing" / "dates.ics")
    runner.run_all()
    box = message_box(window)
    assert "dates.ics" in box.informativeText()
    press(box, "Close")
