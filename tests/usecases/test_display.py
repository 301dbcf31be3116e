"""Whether a window can open is known before Qt is asked, which would abort."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.display import check_display
from tests import capabilities

pytestmark = capabilities.named_displays

VARIABLES = (
    "DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR",
    "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH",
)  # fmt: skip
# Nobody listens there: the port is beyond what any display has.
DEAD = ":59999"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def refusal() -> str | None:
    try:
        check_display()
    except UsageError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "no_display"),
        ({"DISPLAY": ""}, "no_display"),
        ({"DISPLAY": DEAD}, "display_dead"),
        ({"DISPLAY": "garbage"}, "display_dead"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "display_dead"),
        ({"WAYLAND_DISPLAY": "/nowhere/wayland-0"}, "display_dead"),
        ({"WAYLAND_DISPLAY": "x" * 200, "XDG_RUNTIME_DIR": "/tmp"}, "display_dead"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": DEAD}, "display_dead"),
        ({"QT_QPA_PLATFORM": "xcb"}, "display_dead"),
        ({"QT_QPA_PLATFORM": "wayland;xcb", "DISPLAY": DEAD}, "display_dead"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "display_unknown"),
        ({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": DEAD}, None),
        ({"QT_QPA_PLATFORM": "offscreen:configfile=x"}, None),
        ({"QT_QPA_PLATFORM": "xcb;offscreen", "DISPLAY": DEAD}, None),
        ({"QT_QPA_PLATFORM": ";"}, "no_display"),
    ],
)
def test_what_cannot_open_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], code: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert refusal() == code


def test_a_compositor_that_has_gone_leaves_a_dead_socket(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "wayland-1"))
        listener.listen()
        assert refusal() in (None, "display_library_missing")
    assert refusal() == "display_dead"


def test_other_systems_have_one_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert refusal() is None


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    command = [sys.executable, "-m", "smtpwizard", *arguments]
    return subprocess.run(
        command, env=kept | environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("arguments", [(), ("gui",), ("gui", "--new")], ids=" ".join)
def test_the_program_says_so_and_does_not_abort(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = started(*arguments, DISPLAY=DEAD, SMTPWIZARD_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert DEAD in done.stderr


def test_a_real_display_opens(
    virtual_display: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "XAUTHORITY"):
        if name in virtual_display:
            monkeypatch.setenv(name, virtual_display[name])
    assert refusal() is None
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland;xcb")
    assert refusal() is None


# --- no home


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def nobody(uid: int) -> Any:
        raise KeyError(uid)

    for name in list(os.environ):
        if name == "HOME" or name.startswith(("XDG_", "SMTPWIZARD_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", nobody)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    from smtpwizard.cli import main

    code = main(arguments, open_window=lambda *_, **__: 0)
    captured = capsys.readouterr()
    return code, captured.out + captured.err


@pytest.mark.parametrize("home", [None, "", "relative"])
def test_without_a_home_verbs_say_so_and_doctor_answers(
    homeless: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    home: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    for arguments in (["list"], ["create", "--from", "-"], ["project", "create", "X"], ["gui"]):
        code, text = run(capsys, *arguments)
        assert code == 3, arguments
        assert "no home folder" in text
    code, text = run(capsys, "doctor")
    assert code == 0
    assert "Data folder: This user has no home folder" in text
    assert run(capsys, "--data-dir", str(tmp_path / "d"), "list")[0] == 0
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert run(capsys, "project", "create", "X")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("home", ["/dev/null", "/proc/nowhere"])
def test_a_home_that_holds_nothing_is_no_fault_of_ours(
    homeless: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    code, text = run(capsys, "project", "create", "X")
    assert code == 3
    assert home in text
    assert run(capsys, "doctor")[0] == 0


def test_doctor_answers_where_the_projects_cannot_be_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "projects").write_text("a file in place of a folder")
    assert run(capsys, "--data-dir", str(tmp_path), "list")[0] == 3
    code, text = run(capsys, "--data-dir", str(tmp_path), "doctor")
    assert code == 0
    assert "projects cannot be read" in text
