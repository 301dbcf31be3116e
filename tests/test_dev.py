"""The one-file developer command: what it decides, without installing anything."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests import capabilities
from tests.helpers.processes import wait_until
from tools import console, debian

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    path.read_text(encoding="utf-8") for path in (ROOT / "dev.py", *(ROOT / "tools").glob("*.py"))
]


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
    module.READY = module.VENV / "ready"
    module.SYSTEM = module.VENV / "system"
    module.LOCK = tmp_path / "requirements.txt"
    module.LOCK.write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", debian.ASSUME_YES):
        monkeypatch.delenv(name, raising=False)
    return module


def test_needs_nothing_outside_the_standard_library() -> None:
    imported: set[str] = set()
    for node in (node for source in SOURCES for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported <= {"tools", *sys.stdlib_module_names}


def test_an_old_python_gets_words(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for source in SOURCES:
        ast.parse(source, feature_version=(3, 8))  # it must get as far as saying so
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert dev.main(["run"]) == 1
    assert "needs Python 3.11" in capsys.readouterr().err


def test_names_the_packages_of_missing_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(soname: str) -> None:
        if soname == "libEGL.so.1":
            raise OSError

    monkeypatch.setattr(sys, "platform", "linux")
    assert debian.missing_packages(debian.OFFSCREEN_LIBRARIES, load) == ["libegl1"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert debian.missing_packages(debian.OFFSCREEN_LIBRARIES, load) == []


def machine(monkeypatch: pytest.MonkeyPatch, *, root: bool) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def test_without_rights_the_person_gets_the_exact_line(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, root=False)
    with pytest.raises(console.Stop, match=r"sudo apt-get .* libegl1 libgl1$"):
        debian.provide("The window", ["libegl1", "libgl1"], ["postfix"])
    assert debian.provide("The window", [], ["postfix"]).endswith(" postfix")
    assert debian.provide("The window", [], []) == ""


@pytest.mark.parametrize(
    ("terminal", "words", "answer", "fetched"),
    [
        (False, [], None, True),
        (True, [], "", True),
        (True, [], "n", False),
        (True, ["--yes"], None, True),
    ],
)
def test_a_person_is_asked_before_packages_are_fetched(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    words: list[str],
    answer: str | None,
    fetched: bool,
) -> None:
    entered: list[list[str]] = []
    machine(monkeypatch, root=True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    monkeypatch.setattr(debian, "enter_layer", entered.append)
    monkeypatch.setitem(
        dev.COMMANDS, "setup", (lambda _: len(debian.provide("Testing", [], ["postfix"])), "")
    )
    monkeypatch.setenv(debian.ASSUME_YES, "")  # taken back afterwards
    monkeypatch.delenv(debian.ASSUME_YES)
    assert bool(dev.main([*words, "setup"])) is not fetched
    assert entered == ([["postfix"]] if fetched else [])


@pytest.mark.parametrize("terminal", [True, False])
def test_servers_are_never_installed_on_the_machine_itself(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    def refuse(_: object) -> None:
        raise debian.NoLayer("unshare: not permitted")

    installed: list[list[str]] = []
    machine(monkeypatch, root=True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    monkeypatch.setattr(debian, "enter_layer", refuse)
    monkeypatch.setattr(debian, "apt_get", installed.append)
    if terminal:  # the person agreed to a folder, not to this
        with pytest.raises(console.Stop, match="libgl1"):
            debian.provide("Testing", ["libgl1"], ["postfix"])
    else:
        assert debian.provide("Testing", ["libgl1"], ["postfix"]).endswith(" postfix")
    assert installed == ([] if terminal else [["libgl1"]])


LAYER = """
import contextlib, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tools import debian

def apt_get(packages, inside):
    Path("/usr/share/a-package").write_text("here")
    Path("/tmp/half-way").touch()
    with contextlib.suppress(OSError):
        Path("/root/from-a-package").touch()
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), 9)
    if sys.argv[2] == "refused":
        raise debian.Stop("no such package")

debian.apt_get = apt_get
debian.run_quietly = lambda *_: None
try:
    debian.enter_layer(["a-package"])
except debian.NoLayer as reason:
    print(reason)
    sys.exit(3)
except debian.Stop as reason:
    print(reason, Path("/tmp/half-way").exists(), os.access("/root", os.W_OK))
    sys.exit(4)
Path("/etc/written-meanwhile").touch()
print(Path("/usr/share/a-package").read_text())
"""


def copy(folder: Path) -> None:
    shutil.copy(ROOT / "dev.py", folder)
    shutil.copytree(ROOT / "tools", folder / "tools")


@capabilities.own_mounts
def test_packages_lie_in_the_project_whatever_kills_it(tmp_path: Path) -> None:
    copy(tmp_path)
    before = Path("/", POLICY).exists()

    def enter(how: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", LAYER, str(tmp_path), how]
        return subprocess.run(command, capture_output=True, text=True)

    first = enter("killed")
    if first.returncode == 3:
        pytest.skip(first.stdout)
    assert first.returncode == -9, first.stderr
    assert enter("refused").stdout == "no such package False True\n", "as before, without them"
    assert enter("whole").stdout == "here\n"
    assert enter("killed").stdout == "here\n", "what is there is not fetched again"
    (tmp_path / ".venv/system/layer/packages").write_text("another-machine a-package")
    assert enter("whole").stdout == "here\n"
    for trace in (
        "usr/share/a-package",
        "etc/written-meanwhile",
        "tmp/half-way",
        "root/from-a-package",
    ):
        assert not Path("/", trace).exists()
    assert Path("/", POLICY).exists() == before
    assert (tmp_path / ".venv/system/layer" / POLICY).exists()
    assert sorted(os.listdir(tmp_path / ".venv/system")) == ["layer", "memory"]
    assert os.listdir(tmp_path / ".venv/system/memory") == []


POLICY = "usr/sbin/policy-rc.d"


def test_a_failed_command_shows_the_end_of_its_output() -> None:
    script = "print(*range(500), sep='\\n'); raise SystemExit(3)"
    with pytest.raises(console.Stop) as stop:
        console.run_quietly([sys.executable, "-c", script], "It broke")
    assert "499\n\nIt broke (exit code 3)." in str(stop.value)
    assert "\n400\n" not in str(stop.value)


@pytest.fixture
def commands(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of pip and venv, by its last word, in a .venv that is never really made."""
    seen: list[str] = []
    monkeypatch.setattr(dev, "venv_python", lambda: sys.executable)
    monkeypatch.setattr(dev, "run_quietly", lambda command, *_: seen.append(command[-1]))
    return seen


def make(dev: ModuleType) -> None:
    dev.make_venv()
    dev.install()


def test_installs_once_and_again_when_the_pins_change(dev: ModuleType, commands: list[str]) -> None:
    first = [str(dev.VENV), str(dev.LOCK), "."]
    make(dev)
    make(dev)
    assert commands == first
    dev.LOCK.write_text("a==2\n")
    make(dev)
    assert commands == [*first, str(dev.LOCK), "."]


@pytest.mark.parametrize(("error", "anew"), [("Stop", False), ("KeyboardInterrupt", True)])
def test_a_refused_install_is_tried_again_in_place_an_interrupted_one_starts_over(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    commands: list[str],
    error: str,
    anew: bool,
) -> None:
    def fail(*_: object) -> None:
        raise getattr(dev, error, KeyboardInterrupt)

    dev.make_venv()
    (dev.VENV / "half-made").mkdir()
    dev.SYSTEM.mkdir()
    with monkeypatch.context() as context:
        context.setattr(dev, "run_quietly", fail)
        with pytest.raises((dev.Stop, KeyboardInterrupt)):
            dev.install()
    make(dev)
    assert commands.count(str(dev.VENV)) == (2 if anew else 1)
    assert (dev.VENV / "half-made").exists() is not anew
    assert dev.SYSTEM.exists()


def test_a_moved_project_gets_a_new_environment(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, commands: list[str]
) -> None:
    make(dev)
    assert dev.venv_is_usable()
    monkeypatch.setattr(dev, "ROOT", dev.ROOT / "elsewhere")
    assert not dev.venv_is_usable()


@capabilities.file_locks_of_bsd
def test_a_second_one_waits_also_for_what_a_killed_one_left_running(tmp_path: Path) -> None:
    import fcntl

    copy(tmp_path)
    script = (
        "import dev, os, sys\n"
        "from tools import console\n"
        "console.leash = lambda: []\n"
        "with dev.one_at_a_time():\n"
        "    dev.run_quietly([sys.executable, '-c', sys.argv[1]], '')\n"
    )
    held, end = os.pipe()
    orphan = f"import os; os.kill(os.getppid(), 9); os.read({held}, 1)"
    command = [sys.executable, "-c", script, orphan]
    assert subprocess.run(command, cwd=tmp_path, pass_fds=[held]).returncode == -9
    with open(tmp_path / "dev.py", "rb") as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(end)
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(held)


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
    prepared: list[list[str]] = []
    became: list[tuple[list[str], dict[str, str]]] = []

    def become(command: list[str], env: dict[str, str]) -> int:
        became.append((command, env))
        return 15

    if display:
        monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr(dev, "prepare", lambda _, missing: prepared.append(missing))
    monkeypatch.setattr(dev, "missing_packages", list)
    monkeypatch.setattr(dev, "display_opens", lambda: opens)
    monkeypatch.setattr(dev, "become", become)
    assert dev.main(["run", *arguments]) == 15
    [(command, env)] = became
    assert command == [dev.venv_python(), "-m", *program, *arguments]
    assert env["PYTHONPATH"] == str(dev.ROOT)
    assert Path(env["TMPDIR"]).is_relative_to(dev.VENV)
    assert env.get("QT_QPA_PLATFORM") == (None if opens else "offscreen")
    assert ("libxcb-cursor.so.0" in prepared[0]) == bool(display)


@capabilities.named_displays
def test_a_display_that_is_not_there_does_not_open(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not dev.display_opens()
    monkeypatch.setenv("DISPLAY", ":9173")
    assert not dev.display_opens()


def test_every_part_runs_and_one_failure_fails_all(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def parts(**scripts: str) -> None:
        commands = {name: [sys.executable, "-c", script] for name, script in scripts.items()}
        monkeypatch.setattr(dev, "test_parts", lambda _: commands)

    monkeypatch.setattr(dev, "prepare", lambda *_: "install this")
    crash = "import os; print('3 passed', flush=True); os.abort()"
    parts(pytest_quick=crash, mypy="raise SystemExit(5)", pytest_real="")
    assert dev.main(["test"]) == 1, "only the exit code is believed"
    shown = capsys.readouterr().out.splitlines()[-4:]
    assert [line.split()[0] for line in shown] == ["failed", "failed", "passed", "install"]
    parts(pytest_real="")
    assert dev.main(["test"]) == 0
    parts(mypy="", pytest_real="raise SystemExit(5)")
    assert dev.main(["test"]) == 1, "a run without a test proves nothing"
    assert "skipped" in capsys.readouterr().out


def test_more_words_go_to_pytest(dev: ModuleType) -> None:
    *_, quick, real = dev.test_parts(["-k", "port"]).values()
    assert quick[-2:] == ["-k", "port"]
    assert "not real" in quick
    assert real[-4:] == ["-m", "real", "-k", "port"]
    assert "--cov" not in quick, "some of the tests cover nothing completely"
    *_, chosen = dev.test_parts(["-m", "real"]).values()
    assert chosen[-2:] == ["-m", "real"]


def test_all_the_tests_have_to_cover_what_must_be_complete(dev: ModuleType) -> None:
    parts = dev.test_parts([])
    assert "--cov" in parts["pytest, quick tests"]
    assert parts["coverage"][-2:] == ["coverage", "report"]


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


@capabilities.scripts
def test_nothing_is_left_in_tmp_by_one_that_is_killed(tmp_path: Path) -> None:
    copy(tmp_path)
    script = (
        "import dev, os\n"
        "with dev.private_environment() as env:\n"
        "    print(env['TMPDIR'], flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == -9
    folder = Path(done.stdout.strip())
    assert folder.name.startswith("dev-")
    wait_until(lambda: not folder.exists(), "the folder to be removed")


@capabilities.signals_between_processes
def test_what_a_killed_run_leaves_lies_in_the_environment_until_the_next(dev: ModuleType) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    alive = dev.VENV / "run" / str(os.getppid())
    left = dev.VENV / "run" / str(gone.pid)
    for folder in (alive, left):
        folder.mkdir(parents=True)
    own = Path(dev.own_folder())
    assert own.parent == dev.VENV / "run"
    assert sorted(own.parent.iterdir()) == sorted({alive, own})


def test_ci_runs_the_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").endswith("exec python3 dev.py --yes test\n")
