"""The robot at the real window: it comes to the end of a walk, and says so where it cannot."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from smtpwizard.cli.demo import DemoPrinter
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import GOOD, find_scenario
from tests import capabilities, robot

ROOT = Path(__file__).resolve().parents[1]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The robot as a program, with `folder` for its temporary files."""
    return subprocess.run(
        [sys.executable, "-m", "tests.robot", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )


@capabilities.fonts  # pictures without a text are small
def test_it_walks_from_nothing_to_a_verified_connector(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" passed ") == 9
    assert done.stdout.count("The mail server received:") == 1
    assert "\n  Demo  default, verified\n" in done.stdout
    assert list(tmp_path.iterdir()) == [], "nothing is left outside of the environment"
    shots = robot.SHOTS
    assert shots.parent == Path(sys.prefix)
    assert done.stdout.endswith(
        f"Screenshots of every page: {shots}\n"
        "Done: from an empty project to a verified connector.\n"
    )
    pictures = list(shots.iterdir())
    assert len(pictures) == 14
    assert all(picture.stat().st_size > 5000 for picture in pictures)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown-ca", "fix: trust_certificate\n"),
        ("token-revoked", "fix: sign_in_again\n"),
        ("client-secret-expired", "cause: The client secret has expired (oauth_secret_expired)\n"),
    ],
)
def test_it_walks_through_a_failure(name: str, said: str, tmp_path: Path) -> None:
    done = run(tmp_path, name, "--unattended", "--shots", "shots")
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout
    assert "Done: the cause was named" in done.stdout
    assert ("Demo  default, verified" in done.stdout) == ("fix" in said)
    assert [path.name for path in tmp_path.iterdir()] == ["shots"]


def test_what_it_does_not_know_is_the_demo_s(tmp_path: Path) -> None:
    assert "wrong-password" in run(tmp_path, "--list").stdout
    assert "nonsense" in run(tmp_path, "nonsense").stderr


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("good", {"listens": False}, "The walk failed: Nothing answers on this port"),
        ("wrong-password", {"cause": "timeout"}, "the wizard says bad_credentials"),
    ],
)
def test_a_walk_that_cannot_succeed_says_why(
    name: str,
    changes: dict[str, object],
    said: str,
    tmp_path: Path,
    qapp: QApplication,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BROWSER", "")  # put back afterwards
    scenario = find_scenario(name)
    assert scenario is not None
    played = replace(scenario, **changes)  # type: ignore[arg-type]
    out = io.StringIO()
    code = robot.walk(played, tmp_path, tmp_path, DemoPrinter(out))
    assert code == 1
    assert said in capsys.readouterr().out
    assert "Done" not in out.getvalue()


def test_faults(tmp_path: Path) -> None:
    server = ScenarioServer(GOOD)
    (tmp_path / "notes").write_text(f"my password is {server.password}")
    assert list(robot.find_faults(server, 7, (), tmp_path)) == [
        "the window ended with exit code 7",
        "the password lies on the disk",
        "messages received: 0, not 1",
        "[] is not one connector, the default, verified",
    ]
