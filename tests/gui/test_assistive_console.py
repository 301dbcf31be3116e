"""The console worked through the accessibility bus by its labels, and by the keyboard alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.scenario_server import ScenarioServer
from tests.gui.test_assistive import command, connectors
from tests.helpers.desktop import Keyboard, accessible


@pytest.fixture
def server() -> Iterator[ScenarioServer]:
    with ScenarioServer() as server:
        yield server


def create(data: Path, **changes: Any) -> None:
    document = {"provider": "custom", "authentication": {"method": "none"}} | changes
    made = command(data, "create", "--from", "-")
    subprocess.run(made, input=json.dumps(document).encode(), check=True, timeout=300)


def test_the_console_is_worked_by_keyboard_and_read_out(
    virtual_display: dict[str, str], server: ScenarioServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    admin = {"email": "admin@demo.example"}
    ca_file = str(server.write_ca(tmp_path / "ca.pem"))
    for name in ("Alpha", "Beta"):
        there = {"host": "localhost", "port": server.ports["starttls"], "ca_file": ca_file}
        create(data, name=name, server=there, admin=admin)
    create(data, name="Gamma", server={"host": "localhost", "port": 1}, admin=admin)
    with accessible(virtual_display, command(data, "gui"), tmp_path / "window.log") as (at, _):
        keyboard = Keyboard(virtual_display, at)
        at.find("table", "Connectors")
        keyboard.press_only("shift+F5")  # all of them
        at.wait_text("check box", "Failed 1")
        at.wait_text("check box", "Verified 2")
        row = at.wait_text("table cell", "Gamma")
        assert row["description"].startswith("Failed at Connect, ")
        keyboard.press("ctrl+f", focus="Filter connectors")
        keyboard.write("Filter connectors", "gam")
        at.wait_gone("table cell", "Alpha")
        assert at.nameless() == []
        keyboard.press("Down", focus="Connectors")
        keyboard.press("Return", focus="Summary")
        at.wait_text("label", "Stopped at Connect")
        for tab in ("Configuration", "Security", "History", "Sender"):
            keyboard.press_only("Right")
            at.wait_state("page tab", tab, "selected")
            assert at.nameless() == [], tab
        for _ in range(3):
            keyboard.press_only("Left")
        at.wait_state("page tab", "Configuration", "selected")
        at.set_text("text", "Name", "Delta")
        at.wait_state("push button", "Save changes", "enabled")
        assert at.nameless() == []
        keyboard.press_only("ctrl+s")
        at.wait_gone("push button", "Save changes")
        at.find("label", "Delta")
        keyboard.press_only("F5")
        at.wait_text("label", "Stopped at Connect")
        said = at.announcements()
    assert sorted(str(each["name"]) for each in connectors(data)) == ["Alpha", "Beta", "Delta"]
    assert any("1 of 3 connectors" in each for each in said)
    assert any("Stopped at Connect" in each for each in said)
    assert len(server.messages) == 0
