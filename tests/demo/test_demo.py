"""The demo use case around a window that is only a stand-in."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cli.demonstration import DemoPrinter
from smtpwizard.demo.scripted import find_secrets
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases import demo
from smtpwizard.usecases.connectors import ListedConnector

PROGRAM = [sys.executable, str(Path(__file__).with_name("stand_in.py"))]


class Listed:
    """As much of a listed connector as the demo looks at."""

    def __init__(self, default: bool = True, status: str = "verified") -> None:
        self.name = "Demo"
        self.default = default
        self.status = status


class Stage:
    """Runs the demo in a temporary directory of its own and reads back what the window saw."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._note = folder / "note.json"
        self._patch = patch
        patch.setattr(demo, "_GRACE_S", 0.05)
        patch.setattr(tempfile, "tempdir", str(self.temporary))
        patch.setenv("NOTE", str(self._note))
        patch.setenv("SMTPWIZARD_DATA_DIR", str(folder / "users-own"))
        patch.delenv("DISPLAY", raising=False)
        patch.delenv("WAYLAND_DISPLAY", raising=False)
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        self.connectors: list[Listed] = [Listed()]
        patch.setattr(demo, "_connectors", lambda path: tuple(self.connectors))

    def run(self, how: str = "good", unattended: bool = True, shots: Path | None = None) -> Any:
        self._patch.setenv("WINDOW", how)
        out = io.StringIO()
        code = demo.run_demo(
            unattended=unattended, shots=shots, listener=DemoPrinter(out), program=PROGRAM
        )
        return code, out.getvalue()

    @property
    def note(self) -> dict[str, Any]:
        seen: dict[str, Any] = json.loads(self._note.read_text())
        return seen


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_unattended_says_everything_and_leaves_only_the_pictures(stage: Stage) -> None:
    before = dict(os.environ) | {"WINDOW": "good"}
    code, text = stage.run()
    assert code == 0, text
    [pictures] = stage.temporary.iterdir()
    for wanted in (
        "Server    localhost\n",
        f"STARTTLS  port {stage.note['ports']['starttls']}\n",
        f"SSL/TLS   port {stage.note['ports']['implicit_tls']}\n",
        "User      mailer@demo.example\n",
        f"CA file   {stage.note['ca_file']}\n",
        "stage greeting: passed\n",
        "From     mailer@demo.example\n",
        "To       admin@demo.example\n",
        "Subject  Demo \\x1b[31m\n",
        "Date     Sun, 22 Nov 2026 10:15:00 +0000\n",
        "TLS      TLSv1.3\n",
        "Login    mailer@demo.example (",
        "Demo  default, verified\n",
        f"Screenshots of every page: {pictures}\n",
        "Done: from an empty project to a verified connector.\n",
    ):
        assert wanted in text
    assert text.index("stage greeting") < text.index("The mail server received")
    assert os.environ == before


def test_the_window_gets_a_private_empty_project(stage: Stage, tmp_path: Path) -> None:
    shots = tmp_path / "a" / "b"
    code, _ = stage.run(shots=shots)
    assert code == 0
    data_dir = stage.note["arguments"][1]
    assert stage.note["arguments"] == [
        *("--data-dir", data_dir, "--secret-store", "session"),
        *("gui", "--unattended", "--shots", str(shots)),
    ]
    assert shots.is_dir()
    assert all(mode.endswith("700") for mode in stage.note["modes"])
    assert stage.note["platform"] == "offscreen"
    assert stage.note["private"] == ["SMTPWIZARD_DEMO"]
    assert list(stage.temporary.iterdir()) == []
    assert not (tmp_path / "users-own").exists()


@pytest.mark.parametrize(
    ("how", "connectors", "fault"),
    [
        ("silent", [Listed()], "messages received: 0"),
        ("twice", [Listed()], "messages received: 2"),
        ("failing", [Listed()], "exit code 7"),
        ("good", [], "connectors: 0"),
        ("good", [Listed(), Listed(default=False)], "connectors: 2"),
        ("good", [Listed(default=False)], "not the default"),
        ("good", [Listed(status="untested")], "Demo is not verified"),
    ],
)
def test_unattended_is_only_content_with_the_whole_job(
    stage: Stage, how: str, connectors: list[Listed], fault: str
) -> None:
    stage.connectors = connectors
    code, text = stage.run(how)
    assert code == 1
    assert fault in text
    assert "Done:" not in text


@pytest.mark.parametrize("how", ["interrupted", "terminated"])
def test_an_interrupt_cleans_up(stage: Stage, how: str, tmp_path: Path) -> None:
    code, _ = stage.run(how, shots=tmp_path / "shots")
    assert code == 130
    assert list(stage.temporary.iterdir()) == []


def test_a_window_that_never_ends_is_ended(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_UNATTENDED_TIMEOUT_S", 0.0)
    code, text = stage.run()
    assert code == 1
    assert "exit code" in text


def test_attended_the_window_decides(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "has_display", lambda: True)
    code, text = stage.run("failing", unattended=False)
    assert code == 7
    assert "Subject  Demo" in text
    assert stage.note["arguments"][-1] == "gui"
    assert list(stage.temporary.iterdir()) == []


def test_without_a_display_it_walks_by_itself(stage: Stage) -> None:
    code, text = stage.run(unattended=False)
    assert code == 0
    assert text.startswith("No display")
    assert "--unattended" in stage.note["arguments"]


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
        demo.run_demo(
            unattended=True, shots=None, listener=DemoPrinter(io.StringIO()), scenario="nonsense"
        )
    assert list(stage.temporary.iterdir()) == []


def test_the_frozen_program_is_started_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo.own_program() == [sys.executable, "-m", "smtpwizard"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert demo.own_program() == [sys.executable]


def test_the_real_window_walks_from_nothing_to_a_verified_connector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: list[str] = []

    def look(data_dir: Path) -> tuple[ListedConnector, ...]:
        password = re.search(r"^ +Password +(\S+)$", out.getvalue(), re.MULTILINE)
        assert password
        for path in data_dir.rglob("*"):
            if path.is_file():
                on_disk.extend(find_secrets(path.read_bytes(), password[1]))
        return listed(data_dir)

    listed = demo._connectors
    monkeypatch.setattr(demo, "_connectors", look)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    out = io.StringIO()
    code = demo.run_demo(unattended=True, shots=tmp_path / "shots", listener=DemoPrinter(out))
    assert code == 0, out.getvalue()
    assert on_disk == []
    assert out.getvalue().count("Screenshots of every page") == 1
    assert len(list((tmp_path / "shots").glob("*.png"))) >= 5
    assert [path.name for path in tmp_path.iterdir()] == ["shots"]
