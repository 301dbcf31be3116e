"""The demo use case around a window that is only a stand-in."""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cli.demo import DemoPrinter
from smtpwizard.demo.scripted import find_secrets
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases import connectors, demo
from smtpwizard.usecases.connectors import ListedConnector
from smtpwizard.usecases.demo import Scenario
from smtpwizard.usecases.demo_line import DemoLine, ask
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities

PROGRAM = [sys.executable, str(Path(__file__).with_name("stand_in.py"))]


class Stage:
    """Runs the demo in a temporary directory of its own and reads back what the window saw."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._note = folder / "note.json"
        self._patch = patch
        patch.setattr(demo, "_GRACE_S", 0.05)
        patch.setattr(demo, "has_display", lambda: True)
        patch.setattr(tempfile, "tempdir", str(self.temporary))
        patch.setenv("NOTE", str(self._note))
        patch.setenv("SMTPWIZARD_DATA_DIR", str(folder / "users-own"))

    def run(self, how: str = "good", unattended: bool = False) -> tuple[int, str]:
        self._patch.setenv("WINDOW", how)
        out = io.StringIO()
        code = demo.run_demo(unattended=unattended, listener=DemoPrinter(out), program=PROGRAM)
        return code, out.getvalue()

    @property
    def note(self) -> dict[str, Any]:
        seen: dict[str, Any] = json.loads(self._note.read_text())
        return seen


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_the_server_and_what_arrives_there_are_told(stage: Stage) -> None:
    before = dict(os.environ) | {"WINDOW": "good"}
    code, text = stage.run()
    assert code == 0, text
    for wanted in (
        "Server    localhost\n",
        f"STARTTLS  port {stage.note['ports']['starttls']}\n",
        f"SSL/TLS   port {stage.note['ports']['implicit_tls']}\n",
        f"None      port {stage.note['ports']['none']}\n",
        "User      mailer@demo.example\n",
        f"CA file   {stage.note['ca_file']}\n",
        "From     mailer@demo.example\n",
        "To       admin@demo.example\n",
        "Subject  Demo \\x1b[31m\n",
        "Date     Sun, 22 Nov 2026 10:15:00 +0000\n",
        "TLS      TLS 1.3\n",
        "Login    mailer@demo.example (",
    ):
        assert wanted in text
    assert os.environ == before


def test_the_window_gets_a_private_empty_project(stage: Stage, tmp_path: Path) -> None:
    assert stage.run()[0] == 0
    data_dir = stage.note["arguments"][1]
    assert stage.note["arguments"] == [
        *("--data-dir", data_dir, "--secret-store", "session", "gui"),
    ]
    assert stage.note["private"] == ["SMTPWIZARD_DEMO"]
    assert list(stage.temporary.iterdir()) == []
    assert not (tmp_path / "users-own").exists()


@capabilities.access_rights
def test_nobody_else_looks_into_the_window_s_folders(stage: Stage) -> None:
    assert stage.run()[0] == 0
    assert all(mode.endswith("700") for mode in stage.note["modes"])


def test_the_window_asks_for_what_arrived_and_for_another_scenario(stage: Stage) -> None:
    code, text = stage.run("asking")
    assert code == 0, text
    note = stage.note
    [mail] = note["mail"]
    assert (mail["subject"], mail["body"], mail["to"]) == (
        "Demo \x1b[31m",
        "Hi\n",
        "admin@demo.example",
    )
    assert note["played"]["scenario"]["name"] == "wrong-password"
    assert note["played"]["line"] == note["again"]["line"]
    assert note["played"]["ca_file"] != note["again"]["ca_file"]
    assert note["providers"] == ["demo.toml"]
    assert note["refused"] == "scenario_unknown"
    assert note["answers"] == ["220", "220"]
    assert text.count("The demo's mail server, on this computer only") == 3
    assert list(stage.temporary.iterdir()) == []


def test_only_so_many_servers_run_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_RUNNING", 2)
    good = demo.scenarios()[0]
    with demo._Servers(tmp_path, DemoPrinter(io.StringIO())) as servers:
        ports = [servers.play(good)["ports"]["starttls"] for _ in range(3)]
        for port in ports[1:]:
            socket.create_connection(("127.0.0.1", port)).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", ports[0]))


def test_the_line_answers_nobody_who_does_not_know_its_key() -> None:
    asked: list[object] = []
    with DemoLine(asked.append) as line:
        with pytest.raises(UsageError, match="demo_gone"):
            ask({**line.end, "key": "another"}, ask="messages")
        assert [line.answer_to(data) for data in (b"", b"x", b"[]", b"{}", b"[" * 9_000)] == [
            b""
        ] * 5
        assert asked == []
        assert ask(line.end, ask="messages") is None
        assert len(asked) == 1
    with pytest.raises(UsageError, match="demo_gone"):
        ask(line.end, ask="messages")


def test_a_server_that_cannot_be_started_is_no_end_of_the_line() -> None:
    def no_port(question: Mapping[str, Any]) -> None:
        raise OSError("no port")

    with DemoLine(no_port) as line, pytest.raises(UsageError, match="demo_gone"):
        ask(line.end)


def test_the_window_s_exit_code_is_the_demo_s(stage: Stage) -> None:
    assert stage.run("failing")[0] == 7
    assert list(stage.temporary.iterdir()) == []


@capabilities.signals_between_processes
@pytest.mark.parametrize("how", ["interrupted", "terminated"])
def test_an_interrupt_cleans_up(stage: Stage, how: str) -> None:
    assert stage.run(how)[0] == 130
    assert list(stage.temporary.iterdir()) == []


def test_unattended_goes_from_nothing_to_a_verified_connector(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: list[str] = []

    def look(ws: Workspace) -> tuple[ListedConnector, ...]:
        for path in stage.temporary.rglob("*"):
            if path.is_file():
                on_disk.extend(find_secrets(path.read_bytes(), *passwords))
        return listed(ws)

    passwords: list[str] = []
    listed = connectors.list_connectors
    monkeypatch.setattr(demo, "list_connectors", look)
    started = DemoPrinter.started

    def note_password(self: DemoPrinter, scenario: Scenario, facts: Mapping[str, Any]) -> None:
        passwords.append(facts["password"])
        started(self, scenario, facts)

    monkeypatch.setattr(DemoPrinter, "started", note_password)
    code, text = stage.run(unattended=True)
    assert code == 0, text
    assert text.count(" passed ") == 9
    assert text.index("Send the message") < text.index("The mail server received")
    assert text.count("The mail server received") == 1
    assert "\n  Demo  default, verified\nDone: from an empty project to a verified" in text
    assert len(passwords) == 1
    assert on_disk == []
    assert list(stage.temporary.iterdir()) == []


def test_without_a_display_it_goes_on_by_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "has_display", lambda: False)
    code, text = stage.run()
    assert code == 0
    assert text.startswith("No display")
    assert "Done:" in text


def test_has_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen:configfile=x")
    assert not demo.has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "vnc")
    assert demo.has_display()
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setattr(demo, "check_display", lambda: None)
    assert demo.has_display()

    def dead() -> None:
        raise UsageError("display_dead")

    monkeypatch.setattr(demo, "check_display", dead)
    assert not demo.has_display()


def test_scenarios(stage: Stage) -> None:
    names = [scenario.name for scenario in demo.scenarios()]
    assert names[0] == "good"
    assert len(names) == len(set(names)) > 20
    with pytest.raises(UsageError, match="scenario_unknown"):
        demo.run_demo(unattended=True, listener=DemoPrinter(io.StringIO()), scenario="nonsense")
    assert list(stage.temporary.iterdir()) == []


def test_the_frozen_program_is_started_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo.own_program() == [sys.executable, "-m", "smtpwizard"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert demo.own_program() == [sys.executable]
