"""The one-file developer command: what it decides, without installing anything."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = (ROOT / "dev.py").read_text(encoding="utf-8")


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A fresh dev.py whose project is an empty folder."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec
    assert spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT = tmp_path
    module.VENV = tmp_path / ".venv"
    module.STAMP = module.VENV / "stamp.json"
    module.UNFINISHED = module.VENV / "unfinished"
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("a==1\n")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return module


class Commands:
    """Stands in for subprocess.run: remembers each command, answers with a chosen exit code."""

    def __init__(self, codes: dict[str, list[int]] | None = None) -> None:
        self.seen: list[list[str]] = []
        self._codes = codes or {}

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.seen.append(command)
        codes = next((codes for word, codes in self._codes.items() if word in command), [])
        return subprocess.CompletedProcess(command, codes.pop(0) if codes else 0, "out", "")

    def verbs(self) -> list[str]:
        return [word for command in self.seen for word in command if word in ("install", "update")]


def test_needs_nothing_outside_the_standard_library() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported <= set(sys.stdlib_module_names)


def test_an_old_python_gets_words(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse(SOURCE, feature_version=(3, 8))  # it must get as far as saying so
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert dev.main(["run"]) == 1
    assert "needs Python 3.11" in capsys.readouterr().err


def test_names_the_packages_of_missing_libraries(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(soname: str) -> None:
        if soname == "libEGL.so.1":
            raise OSError

    monkeypatch.setattr(sys, "platform", "linux")
    assert dev.missing_packages(dev.OFFSCREEN_LIBRARIES, load) == ["libegl1"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert dev.missing_packages(dev.OFFSCREEN_LIBRARIES, load) == []


def machine(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, *, root: bool, apt: bool) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}" if apt else None)


@pytest.mark.parametrize(
    ("apt", "words"),
    [
        (True, "sudo apt-get install --no-install-recommends libegl1 libgl1"),
        (False, "libegl1 libgl1"),
    ],
)
def test_without_rights_the_person_gets_the_exact_line(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, apt: bool, words: str
) -> None:
    machine(dev, monkeypatch, root=not apt, apt=apt)
    commands = Commands()
    monkeypatch.setattr(subprocess, "run", commands)
    with pytest.raises(dev.Stop, match=words):
        dev.install_packages(["libegl1", "libgl1"], "The window")
    assert commands.seen == []


@pytest.mark.parametrize(
    ("install_codes", "lists", "verbs"),
    [
        ([0], True, ["install"]),
        ([100, 0], True, ["install", "update", "install"]),
        ([0], False, ["update", "install"]),
    ],
)
def test_root_installs_and_refreshes_stale_lists(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    install_codes: list[int],
    lists: bool,
    verbs: list[str],
) -> None:
    machine(dev, monkeypatch, root=True, apt=True)
    monkeypatch.setattr(dev, "services_stay_down", dev.contextlib.nullcontext)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(["lists"] if lists else []))
    commands = Commands({"install": install_codes})
    monkeypatch.setattr(subprocess, "run", commands)
    dev.install_packages(["postfix"], "Testing")
    assert commands.seen[0] == ["debconf-set-selections"]
    assert commands.verbs() == verbs
    assert all("--no-remove" in command for command in commands.seen if "install" in command)


def test_a_failed_install_shows_the_end_of_its_output(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "print(*range(500), sep='\\n'); raise SystemExit(3)"
    with pytest.raises(dev.Stop) as stop:
        dev.run_quietly([sys.executable, "-c", script], "It broke")
    assert "499\n\nIt broke (exit code 3)." in str(stop.value)
    assert "\n400\n" not in str(stop.value)


def test_installs_once_and_again_when_the_pins_change(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.VENV.mkdir()
    installed: list[str] = []
    monkeypatch.setattr(dev, "run_quietly", lambda command, *_: installed.append(command[-1]))
    dev.install(())
    dev.install(())
    assert installed == ["."]
    dev.install(("dev",))
    dev.install(())
    assert installed == [".", ".[dev]"]
    (dev.ROOT / "constraints.txt").write_text("a==2\n")
    dev.install(())
    assert installed == [".", ".[dev]", ".[dev]"]
    assert not dev.UNFINISHED.exists()


def test_a_refused_install_is_tried_again_in_place(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise dev.Stop("no network")

    dev.VENV.mkdir()
    monkeypatch.setattr(dev, "venv_python", lambda: sys.executable)
    monkeypatch.setattr(dev, "run_quietly", refuse)
    with pytest.raises(dev.Stop):
        dev.install(())
    assert dev.venv_is_usable()
    assert not dev.STAMP.exists()


def test_an_interrupted_install_starts_over(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    made: list[str] = []
    dev.VENV.mkdir()
    (dev.VENV / "half-made").touch()
    monkeypatch.setattr(dev, "venv_python", lambda: sys.executable)
    assert dev.venv_is_usable()
    monkeypatch.setattr(dev, "run_quietly", interrupt)
    with pytest.raises(KeyboardInterrupt):
        dev.install(())
    assert not dev.venv_is_usable()
    monkeypatch.setattr(dev, "run_quietly", lambda command, *_: made.append(command[-1]))
    dev.make_venv()
    assert made == [str(dev.VENV)]
    assert not (dev.VENV / "half-made").exists()


def test_a_moved_project_gets_a_new_environment(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.VENV.mkdir()
    monkeypatch.setattr(dev, "venv_python", lambda: sys.executable)
    monkeypatch.setattr(dev, "run_quietly", lambda *_: None)
    dev.install(())
    assert dev.venv_is_usable()
    monkeypatch.setattr(dev, "ROOT", dev.ROOT / "elsewhere")
    assert not dev.venv_is_usable()


@pytest.mark.parametrize(
    ("display", "opens", "arguments", "program"),
    [
        (None, False, ["good"], ["tests.robot"]),
        (":7", False, ["good"], ["tests.robot"]),
        (":7", True, ["good", "--unattended"], ["tests.robot"]),
        (":7", True, ["good"], ["smtpwizard", "demo"]),
    ],
)
def test_run_opens_the_demo_or_walks_through_it(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    display: str | None,
    opens: bool,
    arguments: list[str],
    program: list[str],
) -> None:
    prepared: list[dict[str, str]] = []
    became: list[tuple[list[str], dict[str, str]]] = []

    def become(command: list[str], env: dict[str, str]) -> int:
        became.append((command, env))
        return 15

    if display:
        monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr(dev, "prepare", lambda _, libraries, *extras: prepared.append(libraries))
    monkeypatch.setattr(dev, "display_opens", lambda: opens)
    monkeypatch.setattr(dev, "become", become)
    assert dev.main(["run", *arguments]) == 15
    [(command, env)] = became
    assert command == [dev.venv_python(), "-m", *program, *arguments]
    assert env["PYTHONPATH"] == str(dev.ROOT)
    assert env.get("QT_QPA_PLATFORM") == (None if opens else "offscreen")
    assert ("libxcb-cursor.so.0" in prepared[0]) == bool(display)


def test_a_display_that_is_not_there_does_not_open(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("asks the X server")
    assert not dev.display_opens()
    monkeypatch.setenv("DISPLAY", ":9173")
    assert not dev.display_opens()


@pytest.mark.parametrize(
    ("code", "verdict", "note"),
    [
        (0, "passed", ""),
        (1, "failed", "exit code 1"),
        (5, "skipped", "no such test"),
        (-6, "failed", "ended by signal 6"),
        (134, "failed", "ended by signal 6"),
        (139, "failed", "ended by signal 11"),
    ],
)
def test_only_the_exit_code_is_believed(
    dev: ModuleType, code: int, verdict: str, note: str
) -> None:
    assert dev.judge(dev.Part("pytest", []), code) == (verdict, note)
    assert dev.judge(dev.Part("mypy", []), 5) == ("failed", "exit code 5")


def test_every_part_runs_and_one_failure_fails_all(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def part(name: str, script: str) -> Any:
        return dev.Part(name, [sys.executable, "-c", script])

    monkeypatch.setattr(dev, "prepare", lambda *_: None)
    monkeypatch.setattr(dev, "offer_real_packages", lambda: "install this")
    crash = part("pytest, quick", "import os; print('3 passed', flush=True); os.abort()")
    fine = part("pytest, real", "print('hidden')")
    monkeypatch.setattr(dev, "test_parts", lambda _: [crash, fine])
    assert dev.main(["test"]) == 1
    shown = capsys.readouterr().out
    assert "ended by signal 6" in shown
    assert "passed" in shown.splitlines()[-2]
    assert shown.splitlines()[-1] == "install this"
    assert "hidden" not in shown
    monkeypatch.setattr(dev, "test_parts", lambda _: [fine])
    assert dev.main(["test"]) == 0
    monkeypatch.setattr(dev, "test_parts", lambda _: [part("pytest", "raise SystemExit(5)")])
    assert dev.main(["test"]) == 1, "a run without a test proves nothing"


def test_more_words_go_to_pytest(dev: ModuleType) -> None:
    quick, real = dev.test_parts(["-k", "port"])[-2:]
    assert quick.command[-2:] == ["-k", "port"]
    assert "not real" in quick.command
    assert real.command[-4:] == ["-m", "real", "-k", "port"]
    assert "--cov" not in quick.command, "some of the tests cover nothing completely"
    [*_, chosen] = dev.test_parts(["-m", "real"])
    assert chosen.command[-2:] == ["-m", "real"]


def test_all_the_tests_have_to_cover_what_must_be_complete(dev: ModuleType) -> None:
    quick, coverage, _ = dev.test_parts([])[-3:]
    assert "--cov" in quick.command
    assert (coverage.name, coverage.command[-2:]) == ("coverage", ["coverage", "report"])


def test_tests_meet_nothing_of_the_developer(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/bus")
    monkeypatch.setenv("SMTPWIZARD_DATA_DIR", "/precious")
    with dev.private_environment() as env:
        assert not {"DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "SMTPWIZARD_DATA_DIR"} & set(env)
        assert env["HOME"] != os.environ["HOME"]
        assert os.listdir(env["HOME"]) == ["run"]
    assert not Path(env["HOME"]).exists()


def test_ci_runs_the_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").endswith("exec python3 dev.py test\n")
