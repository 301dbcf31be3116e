#!/usr/bin/env python3
"""Set up, run, test and bundle smtpwizard; imports nothing outside the standard library."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import tools.windows
from tools.console import ROOT, VENV, Stop, leash, remove_afterwards, run_quietly, say
from tools.debian import (
    ASSUME_YES,
    DISPLAY_LIBRARIES,
    OFFSCREEN_LIBRARIES,
    REAL_PACKAGES,
    SYSTEM,
    absent_packages,
    apt_line,
    missing_packages,
    provide,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LOCK = ROOT / "requirements.txt"
READY = VENV / "ready"  # written last: where .venv was made, and what was installed into it

CACHE = VENV / "cache"  # of the tools, as pyproject.toml has it

# --- the display ----------------------------------------------------------------------------


def wants_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def display_opens() -> bool:
    """Whether a window can open; where it cannot, Qt would abort the process."""
    if sys.platform in ("win32", "darwin"):
        return True
    wayland = os.environ.get("WAYLAND_DISPLAY")
    if wayland and Path(os.environ.get("XDG_RUNTIME_DIR", "/"), wayland).exists():
        return True
    if not os.environ.get("DISPLAY"):
        return False
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not refused


# --- the virtual environment ----------------------------------------------------------------


def venv_package() -> list[str]:
    """The Debian package without which this Python cannot make a virtual environment."""
    probe = [base_python(), "-c", "import ensurepip, venv"]
    if venv_is_usable() or subprocess.run(probe, capture_output=True).returncode == 0:
        return []
    default = os.path.realpath("/usr/bin/python3") == os.path.realpath(base_python())
    return ["python3-venv" if default else f"python3.{sys.version_info.minor}-venv"]


def base_python() -> str:
    """The interpreter itself, also where this script runs in some virtual environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def venv_python() -> str:
    return str(VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def wanted() -> str:
    """What READY says where everything is installed: a place, and a digest of the packages."""
    packages = LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return f"{ROOT}\n{hashlib.sha256(packages).hexdigest()}"


def read_ready() -> str:
    return READY.read_text(encoding="utf-8") if READY.exists() else ""


def venv_is_usable() -> bool:
    """Whether .venv is whole, of a Python new enough, and still where it was made."""
    if not read_ready().startswith(f"{ROOT}\n"):
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([venv_python(), "-c", probe], capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make .venv anew, unless it is usable: half-made, moved or outdated ones are removed."""
    if venv_is_usable():
        return
    if VENV.is_symlink():
        VENV.unlink()
    VENV.mkdir(exist_ok=True)
    READY.unlink(missing_ok=True)
    for entry in VENV.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            if entry != SYSTEM:
                shutil.rmtree(entry)
        else:
            entry.unlink()
    say(f"Making .venv with Python {sys.version.split()[0]}")
    command = [base_python(), "-m", "venv", str(VENV)]
    run_quietly(command, "Python could not make .venv", pip_env())
    READY.write_text(f"{ROOT}\n", encoding="utf-8")


def pip_env() -> dict[str, str]:
    """The environment without what would send packages, or files on their way, out of .venv."""
    ignored = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    folder = VENV / "tmp"
    folder.mkdir(exist_ok=True)
    env = {name: value for name, value in os.environ.items() if name not in ignored}
    return {**env, "TMPDIR": str(folder)}


def pip_install() -> list[str]:
    pip = [venv_python(), "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
    # A cache that is there is used; a new one would be left behind.
    cache = os.environ.get("PIP_CACHE_DIR") or Path.home() / ".cache" / "pip"
    return [*pip, "install", *([] if Path(cache).is_dir() else ["--no-cache-dir"])]


def install() -> None:
    """Install exactly the locked packages, and smtpwizard itself, into .venv."""
    before = read_ready()
    if before == wanted():
        return
    say("Installing Python packages into .venv (150 MB the first time)")
    READY.unlink()
    locked = [*pip_install(), "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)]
    itself = [*pip_install(), "--no-deps", "--no-build-isolation", "-e", "."]
    try:
        run_quietly(locked, "pip could not install the Python packages", pip_env())
        run_quietly(itself, "pip could not install smtpwizard", pip_env())
    except Stop:
        READY.write_text(before, encoding="utf-8")  # pip tidied up after itself
        raise
    shutil.rmtree(VENV / "tmp")
    READY.write_text(wanted(), encoding="utf-8")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second dev.py wait while the first one, or what is left of it, sets up."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with open(__file__, "rb") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another dev.py to finish its set-up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(purpose: str, needed: Sequence[str], useful: Sequence[str] = ()) -> str:
    """Make everything ready that a command needs; raise Stop where a person has to act.

    `needed` and `useful` are Debian packages that are missing; returns what would be useful still.
    """
    with one_at_a_time():
        hint = provide(purpose, [*venv_package(), *needed], list(useful))
        make_venv()
        install()
    # Start-up should not depend on who ran the program before, and may write no bytecode.
    subprocess.run([venv_python(), "-m", "compileall", "-q", str(ROOT / "smtpwizard")], check=False)
    return hint


# --- commands -------------------------------------------------------------------------------


def become(command: list[str], env: Mapping[str, str]) -> int:
    """Hand the process over, so that signals and the exit code are the program's own."""
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], command, dict(env))
    return subprocess.run(command, env=env).returncode


def own_folder() -> str:
    """A folder in .venv for what this process leaves when it is killed; a later one removes it."""
    parent = VENV / "run"
    parent.mkdir(parents=True, exist_ok=True)
    if sys.platform != "win32":  # where signal 0 is Ctrl-C
        for folder in parent.iterdir():
            try:
                os.kill(int(folder.name), 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)
            except OSError:
                pass  # somebody else's, and alive
    own = parent / str(os.getpid())
    own.mkdir(exist_ok=True)
    return str(own)


def run(arguments: list[str]) -> int:
    libraries = OFFSCREEN_LIBRARIES | (DISPLAY_LIBRARIES if wants_display() else {})
    prepare("The window", missing_packages(libraries))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": own_folder()}
    program = ["tests.robot"] if "--unattended" in arguments else ["smtpwizard", "demo"]
    if not display_opens():
        if wants_display():
            say("The display cannot be opened.")
        if "--unattended" not in arguments:
            say("No display: the demo walks through the wizard by itself.")
        program = ["tests.robot"]
        env.setdefault("QT_QPA_PLATFORM", "offscreen")
    return become([venv_python(), "-m", *program, *arguments], env)


def setup(arguments: list[str]) -> int:
    refuse(arguments)
    prepare("The window", missing_packages(OFFSCREEN_LIBRARIES))
    say(f"Ready: {venv_python()}")
    return 0


def doctor(arguments: list[str]) -> int:
    """Say what is missing on this machine, and change nothing."""
    refuse(arguments)
    missing = [*venv_package(), *missing_packages(OFFSCREEN_LIBRARIES | DISPLAY_LIBRARIES)]
    real = absent_packages(REAL_PACKAGES)
    display = "not known before the libraries are there"
    if not (wants_display() and missing):
        display = "opens" if display_opens() else "none: everything runs offscreen"
    print(f"Python            {sys.version.split()[0]} ({sys.executable})")
    print(f"System libraries  {apt_line(missing) if missing else 'all there'}")
    print(f"Display           {display}")
    print(f"Real tests        {apt_line(real) if real else 'all there'}")
    return 1 if missing else 0


def lock(arguments: list[str]) -> int:
    """Write the newest allowed version of every package, for every system, with its hashes."""
    refuse(arguments)
    prepare("The lock file", [])
    with tempfile.TemporaryDirectory(dir=own_folder()) as folder:
        say("Resolving")
        run_quietly([*pip_install(), "--target", folder, "uv"], "pip could not install uv")
        resolve = [venv_python(), "-m", "uv", "pip", "compile", "--no-cache", "--upgrade"]
        resolve += ["--universal", "--python-version", "3.11", "--all-extras"]
        resolve += ["--generate-hashes", "--only-binary", ":all:", "--no-emit-index-url"]
        resolve += ["--custom-compile-command", "python3 dev.py lock", "pyproject.toml"]
        env = {**os.environ, "PYTHONPATH": folder}
        run_quietly([*resolve, "-o", str(LOCK)], "uv found no set of versions", env)
    return setup([])


def bundle(arguments: list[str]) -> int:
    """Build the one-folder bundle in dist/smtpwizard, and try it."""
    tools = [] if shutil.which("objdump") or not sys.platform.startswith("linux") else ["binutils"]
    prepare("The bundle", [*missing_packages(OFFSCREEN_LIBRARIES), *tools])
    say("Building dist/smtpwizard")
    pyinstaller = [venv_python(), "-m", "PyInstaller", "--noconfirm", "--clean"]
    command = [*pyinstaller, "--log-level", "ERROR", *arguments, "smtpwizard.spec"]
    cache = {"PYINSTALLER_CONFIG_DIR": str(CACHE / "pyinstaller"), "TMPDIR": own_folder()}
    run_quietly(command, "PyInstaller could not build the bundle", os.environ | cache)
    program = str(ROOT / "dist" / "smtpwizard" / "smtpwizard")
    with private_environment() as env:
        env["SMTPWIZARD_EXIT_AFTER_FIRST_PAINT"] = "1"  # nobody is there to close the window
        for words in (["--version"], ["doctor"], ["demo", "--unattended"], ["gui", "--new"]):
            say(f"Trying smtpwizard {' '.join(words)}")
            run_quietly([program, *words], "The bundle does not work", env)
    say(f"Ready: {program}")
    return 0


def windows(arguments: list[str]) -> int:
    """The quick tests with a Python for Windows; `windows bundle` builds the program there."""
    python = tools.windows.starter()
    if arguments[:1] == ["bundle"]:
        return tools.windows.build_bundle(python, arguments[1:])
    return tools.windows.run_tests(python, arguments)


def shots(arguments: list[str]) -> int:
    """Take pictures of every page and state in both themes, in screenshots/; `--help` says more."""
    prepare("The window", missing_packages(OFFSCREEN_LIBRARIES))
    env = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": own_folder()}
    return subprocess.run([venv_python(), "-m", "tests.shots", *arguments], env=env).returncode


def refuse(arguments: list[str]) -> None:
    if arguments:
        raise Stop(f"No such option: {' '.join(arguments)}")


# --- the test command -----------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """Run every check, cheap ones first, all of them even where one fails."""
    useful = [*missing_packages(DISPLAY_LIBRARIES), *absent_packages(REAL_PACKAGES)]
    hint = prepare("Testing", missing_packages(OFFSCREEN_LIBRARIES), useful)
    summary = []
    with private_environment() as env:
        for name, command in test_parts(arguments).items():
            print(f"-- {name}", flush=True)
            started = time.monotonic()
            command = [*leash(), *command]
            code = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL).returncode
            seconds = time.monotonic() - started
            note = f"  (exit code {code})" if code else ""
            summary.append((judge(name, code), f"{seconds:7.1f} s  {name}{note}"))
    print("", *(f"{verdict:8}{rest}" for verdict, rest in summary), hint, sep="\n", flush=True)
    tested = any(verdict == "passed" and "pytest" in rest for verdict, rest in summary)
    return 0 if tested and all(verdict != "failed" for verdict, _ in summary) else 1


def judge(name: str, code: int) -> str:
    """Judge by the exit code alone: pytest may say "passed" and the process still abort."""
    if code == 5 and name.startswith("pytest"):
        return "skipped"  # no such test
    return "failed" if code else "passed"


def test_parts(arguments: list[str]) -> dict[str, list[str]]:
    python = venv_python()
    pytest = [python, "-m", "pytest"]
    lint = ["--cache-dir", str(CACHE / "imports")]
    lint_imports = f"from importlinter.cli import lint_imports_command as lint; lint({lint})"
    parts = {
        "ruff check": [python, "-m", "ruff", "check", "--quiet"],
        "ruff format": [python, "-m", "ruff", "format", "--check", "--quiet", "--diff"],
        "import contracts": [python, "-c", lint_imports],
        "mypy --strict": [python, "-m", "mypy", "--no-error-summary"],
    }
    if any(argument.startswith("-m") for argument in arguments):
        return parts | {"pytest": [*pytest, *arguments]}
    # Many of them wait for a time limit: two at a time, those of one file in a row.
    quick = [*pytest, "-m", "not real", "-n", "2", "--dist", "loadfile", *arguments]
    real = [*pytest, "-m", "real", *arguments]
    if arguments:  # some of the tests cover nothing completely
        return parts | {"pytest, quick tests": quick, "pytest, real tests": real}
    # Which files have to be complete stands in pyproject.toml; it lists the lines that are not.
    return parts | {
        "pytest, quick tests": [*quick, "--cov", "--cov-report=", "--cov-fail-under=0"],
        "coverage": [python, "-m", "coverage", "report"],
        "pytest, real tests": real,
    }


@contextlib.contextmanager
def private_environment() -> Iterator[dict[str, str]]:
    """An environment in which no test meets the developer's home, keyring, bus or display."""
    foreign = ("SMTPWIZARD_", "XDG_", "DBUS_", "QT_")
    dropped = {"DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH", "BROWSER"}
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and name not in dropped
    }
    # Not in .venv: sockets take no long paths, and servers that give up root have to get there.
    with tempfile.TemporaryDirectory(prefix="dev-", ignore_cleanup_errors=True) as home:
        remove_afterwards(home)
        Path(home).chmod(0o711)
        runtime = Path(home, "run")
        runtime.mkdir(mode=0o700)
        env |= {"HOME": home, "XDG_RUNTIME_DIR": str(runtime), "QT_QPA_PLATFORM": "offscreen"}
        env |= {"TMPDIR": home, "PYTEST_DEBUG_TEMPROOT": home}
        # Servers live in sbin, which is not on everybody's path.
        env["PATH"] = os.pathsep.join([env.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
        yield env


COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "run": (run, "open the demo: a project with its own mail server (more words go to the demo)"),
    "test": (test, "lint, types, import contracts and tests (more words go to pytest)"),
    "setup": (setup, "make .venv with everything for development, and nothing else"),
    "doctor": (doctor, "say what this machine lacks, and change nothing"),
    "bundle": (bundle, "build the stand-alone program in dist/ (more words go to PyInstaller)"),
    "windows": (windows, "the quick tests with a Python for Windows; windows bundle: the program"),
    "shots": (shots, "take pictures of every page, into screenshots/ (more words go to the demo)"),
    "lock": (lock, "write requirements.txt anew: the newest allowed versions, with their hashes"),
}


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words, not as a traceback
        say(f"smtpwizard needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 1
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:8}{text}" for name, (_, text) in COMMANDS.items()),
    )
    parser.add_argument("--yes", action="store_true", help="fetch Debian packages without asking")
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of these:")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="handed on")
    chosen = parser.parse_args(arguments)
    if chosen.yes:
        os.environ[ASSUME_YES] = "1"
    try:
        return COMMANDS[chosen.command][0](chosen.arguments)
    except Stop as stop:
        say(str(stop))
        return 1
    except (KeyboardInterrupt, EOFError):
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
