#!/usr/bin/env python3
"""Set up, run, test and bundle smtpwizard; imports nothing outside the standard library."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "smtpwizard-setup.json"
UNFINISHED = VENV / "smtpwizard-setup.unfinished"
DEVELOPMENT = ("dev", "ntlm")  # what the tests need of the extras in pyproject.toml
TAIL = 30  # lines of a failed command's output that are worth showing

# What Qt loads from the system, and the Debian package that holds it. Importing Qt to find out
# is no test: a missing library, or only a missing display, aborts the whole process.
OFFSCREEN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
}
DISPLAY_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
# What the tests marked `real` start: mail servers, a display with a window manager and
# assistive technology, a keyring, and a tracer that kills a save at any system call.
REAL_PACKAGES = (
    "postfix",
    "dovecot-core",
    "dovecot-submissiond",
    "xvfb",
    "openbox",
    "xdotool",
    "at-spi2-core",
    "python3-pyatspi",
    "dbus-daemon",
    "gnome-keyring",
    "strace",
    "chromium",
)


class Stop(Exception):
    """Something the person at the keyboard has to do first; the text says what."""


class Part(NamedTuple):
    """One part of the test command; a part that does not stream shows its output on failure."""

    name: str
    command: list[str]
    streams: bool = False


class Outcome(NamedTuple):
    """How a part ended; `verdict` is `passed`, `failed` or `skipped`."""

    name: str
    verdict: str
    seconds: float
    note: str = ""


def say(text: str) -> None:
    """Tell the person what happens; standard output stays the program's own."""
    print(text, file=sys.stderr, flush=True)


def tail(output: str) -> str:
    return "\n".join(output.rstrip().splitlines()[-TAIL:])


def run_quietly(
    command: Sequence[str], failure: str, env: Mapping[str, str] | None = None, text: str = ""
) -> None:
    """Run a command without showing it; raise Stop with the end of its output when it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise Stop(f"{tail(done.stdout)}\n\n{failure} (exit code {done.returncode}).")


# --- system packages ------------------------------------------------------------------------


def missing_packages(
    libraries: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL
) -> list[str]:
    """The packages of those system libraries that cannot be loaded."""
    missing = []
    if sys.platform.startswith("linux"):
        for soname, package in libraries.items():
            try:
                load(soname)
            except OSError:
                missing.append(package)
    return missing


def absent_packages(packages: Iterable[str]) -> list[str]:
    """The packages that dpkg does not have installed."""
    wanted = list(packages)
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *wanted]
    answer = subprocess.run(query, capture_output=True, text=True).stdout
    return [package for package in wanted if f"{package} installed" not in answer.splitlines()]


def venv_package() -> list[str]:
    """The Debian package without which this Python cannot make a virtual environment."""
    probe = [base_python(), "-c", "import ensurepip, venv"]
    if venv_is_usable() or subprocess.run(probe, capture_output=True).returncode == 0:
        return []
    default = os.path.realpath("/usr/bin/python3") == os.path.realpath(base_python())
    return ["python3-venv" if default else f"python3.{sys.version_info.minor}-venv"]


def apt_line(packages: Iterable[str]) -> str:
    return "sudo apt-get install --no-install-recommends " + " ".join(packages)


def may_install() -> bool:
    return bool(shutil.which("apt-get")) and os.geteuid() == 0


def install_packages(packages: list[str], purpose: str) -> None:
    """Install Debian packages when root; otherwise raise Stop with the exact line to type."""
    if not packages:
        return
    if not shutil.which("apt-get"):
        names = " ".join(packages)
        raise Stop(
            f"{purpose} needs system libraries that are missing here. Install what your\n"
            f"system calls these Debian packages, then run this again:\n\n    {names}"
        )
    if not may_install():
        raise Stop(
            f"{purpose} needs system packages that are missing here. Install them, then run\n"
            f"this again:\n\n    {apt_line(packages)}"
        )
    say(f"Installing system packages: {' '.join(packages)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    # Never at the price of another package: a machine with its own mail server keeps it.
    install = [*apt, "install", "-y", "--no-install-recommends", "--no-remove", *packages]
    if "postfix" in packages:
        answer = "postfix postfix/main_mailer_type select No configuration\n"
        run_quietly(["debconf-set-selections"], "debconf refused an answer", env, answer)
    with services_stay_down():
        fresh = any(Path("/var/lib/apt/lists").glob("*_Packages*"))
        if fresh and subprocess.run(install, capture_output=True, env=env).returncode == 0:
            return
        # No package lists yet, or lists that name versions which are no longer served.
        run_quietly([*apt, "update"], "apt-get update failed", env)
        run_quietly(install, "apt-get install failed", env)


@contextlib.contextmanager
def services_stay_down() -> Iterator[None]:
    """Keep freshly installed servers from starting: the tests start their own, elsewhere."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists() or policy.is_symlink():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


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


def base_python() -> str:
    """The interpreter itself, also where this script runs in some virtual environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def venv_python() -> str:
    return str(VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def read_stamp() -> dict[str, object]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def digest() -> str:
    """Changes when the installed packages could: declared dependencies or pinned versions."""
    sources = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def venv_is_usable() -> bool:
    """Whether .venv is whole, of a Python new enough, and still where it was made."""
    if UNFINISHED.exists() or read_stamp().get("root", str(ROOT)) != str(ROOT):
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([venv_python(), "-c", probe], capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    if venv_is_usable():
        return
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        say("Removing .venv: it is unfinished, or was made for another place or Python.")
        shutil.rmtree(VENV)
    say(f"Making .venv with Python {sys.version.split()[0]}")
    VENV.mkdir()
    UNFINISHED.touch()
    run_quietly([base_python(), "-m", "venv", str(VENV)], "Python could not make .venv")


def pip() -> list[str]:
    return [venv_python(), "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]


def pip_env() -> dict[str, str]:
    """The environment without what would send packages elsewhere than into .venv."""
    ignored = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    return {name: value for name, value in os.environ.items() if name not in ignored}


def install(extras: Iterable[str]) -> None:
    """Install smtpwizard and its dependencies into .venv, unless that is done already."""
    stamp = read_stamp()
    installed = stamp.get("extras", [])
    known = {str(extra) for extra in installed} if isinstance(installed, list) else set()
    if stamp.get("digest") == digest() and known.issuperset(extras):
        return
    wanted = sorted(known.union(extras))
    say("Installing Python packages into .venv (110 MB the first time)")
    UNFINISHED.touch()
    # The build backend is pinned too: older pip takes that from the first, newer from the second.
    env = pip_env() | dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), "constraints.txt")
    target = f".[{','.join(wanted)}]" if wanted else "."
    command = [*pip(), "install", "-c", "constraints.txt", "-e", target]
    try:
        run_quietly(command, "pip could not install the Python packages", env)
    except Stop:
        UNFINISHED.unlink()  # pip tidied up after itself; only an interruption leaves halves
        raise
    state = {"root": str(ROOT), "digest": digest(), "extras": wanted}
    STAMP.write_text(json.dumps(state), encoding="utf-8")
    UNFINISHED.unlink()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second dev.py wait while the first one sets up."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with open(__file__, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another dev.py to finish its set-up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(purpose: str, libraries: Mapping[str, str], *extras: str) -> None:
    """Make everything ready that a command needs; raise Stop where a person has to act."""
    with one_at_a_time():
        install_packages([*venv_package(), *missing_packages(libraries)], purpose)
        make_venv()
        install(extras)
    # Start-up should not depend on who ran the program before, and may write no bytecode.
    subprocess.run([venv_python(), "-m", "compileall", "-q", str(ROOT / "smtpwizard")], check=False)


# --- commands -------------------------------------------------------------------------------


def become(command: list[str], env: Mapping[str, str]) -> int:
    """Hand the process over, so that signals and the exit code are the program's own."""
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], command, dict(env))
    return subprocess.run(command, env=env).returncode


def run(arguments: list[str]) -> int:
    libraries = OFFSCREEN_LIBRARIES | (DISPLAY_LIBRARIES if wants_display() else {})
    prepare("The window", libraries)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
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
    prepare("The window", OFFSCREEN_LIBRARIES, *DEVELOPMENT)
    say(f"Ready: {venv_python()}")
    return 0


def doctor(arguments: list[str]) -> int:
    """Say what is missing on this machine, and change nothing."""
    refuse(arguments)
    missing = [*venv_package(), *missing_packages(OFFSCREEN_LIBRARIES | DISPLAY_LIBRARIES)]
    real = absent_packages(REAL_PACKAGES) if shutil.which("dpkg-query") else list(REAL_PACKAGES)
    stamp = read_stamp()
    current = venv_is_usable() and stamp.get("digest") == digest()
    print(f"Python            {sys.version.split()[0]} ({sys.executable})")
    print(f".venv             {'ready' if current else 'made by the next command'}")
    print(f"System libraries  {'all there' if not missing else apt_line(missing)}")
    if wants_display() and missing:
        print("Display           not known before the libraries are there")
    else:
        print(
            f"Display           {'opens' if display_opens() else 'none: everything runs offscreen'}"
        )
    print(f"Real tests        {'all there' if not real else apt_line(real)}")
    return 1 if missing else 0


def lock(arguments: list[str]) -> int:
    """Bring every package in .venv to its newest allowed version, and pin what that gives."""
    refuse(arguments)
    prepare("The window", OFFSCREEN_LIBRARIES, "bench", "bundle", "dev", "ntlm")
    say("Bringing the Python packages up to date")
    eager = ("--upgrade", "--upgrade-strategy", "eager")
    newest = ["install", *eager, "-e", ".[bench,bundle,dev,ntlm]"]
    run_quietly([*pip(), *newest], "pip could not bring the packages up to date", pip_env())
    own = [word for name in ("smtpwizard", "pip", "setuptools") for word in ("--exclude", name)]
    freeze = [*pip(), "freeze", "--exclude-editable", *own]
    done = subprocess.run(freeze, capture_output=True, text=True, check=True)
    head = "# The versions that are tested together; `python3 dev.py lock` writes this file.\n"
    (ROOT / "constraints.txt").write_text(head + done.stdout, encoding="utf-8")
    return 0


def bundle(arguments: list[str]) -> int:
    """Build the one-folder bundle in dist/smtpwizard, and try it."""
    tools = [] if shutil.which("objdump") or not sys.platform.startswith("linux") else ["binutils"]
    install_packages(tools, "The bundle")
    prepare("The bundle", OFFSCREEN_LIBRARIES, "bundle")
    say("Building dist/smtpwizard")
    pyinstaller = [venv_python(), "-m", "PyInstaller", "--noconfirm", "--clean"]
    command = [*pyinstaller, "--log-level", "ERROR", *arguments, "smtpwizard.spec"]
    run_quietly(command, "PyInstaller could not build the bundle")
    program = str(ROOT / "dist" / "smtpwizard" / "smtpwizard")
    with private_environment() as env:
        env["SMTPWIZARD_EXIT_AFTER_FIRST_PAINT"] = "1"  # nobody is there to close the window
        for words in (["--version"], ["doctor"], ["demo", "--unattended"], ["gui", "--new"]):
            say(f"Trying smtpwizard {' '.join(words)}")
            run_quietly([program, *words], "The bundle does not work", env)
    say(f"Ready: {program}")
    return 0


def shots(arguments: list[str]) -> int:
    """Take pictures of every page: the robot's walk on a roomy screen."""
    if "--shots" not in arguments:
        arguments = [*arguments, "--shots", str(ROOT / "screenshots")]
    prepare("The window", OFFSCREEN_LIBRARIES)
    screen = {"name": "shots", "x": 0, "y": 0, "width": 1920, "height": 1080}
    screen |= {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    with tempfile.TemporaryDirectory() as folder:
        layout = Path(folder, "screen.json")
        layout.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
        screen_env = {"QT_QPA_PLATFORM": f"offscreen:configfile={layout}", "PYTHONPATH": str(ROOT)}
        env = os.environ | screen_env
        command = [venv_python(), "-m", "tests.robot", *arguments]
        return subprocess.run(command, env=env).returncode


def refuse(arguments: list[str]) -> None:
    if arguments:
        raise Stop(f"No such option: {' '.join(arguments)}")


# --- the test command -----------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """Run every check, cheap ones first, all of them even where one fails."""
    prepare("Testing", OFFSCREEN_LIBRARIES, *DEVELOPMENT)
    hint = offer_real_packages()
    with private_environment() as env:
        outcomes = [run_part(part, env) for part in test_parts(arguments)]
    print_summary(outcomes, hint)
    ran_tests = any(o.name.startswith("pytest") and o.verdict == "passed" for o in outcomes)
    return 0 if ran_tests and all(o.verdict != "failed" for o in outcomes) else 1


def test_parts(arguments: list[str]) -> list[Part]:
    python = venv_python()
    pytest = [python, "-m", "pytest"]
    parts = [
        Part("ruff check", [python, "-m", "ruff", "check", "--quiet"]),
        Part("ruff format", [python, "-m", "ruff", "format", "--check", "--quiet", "--diff"]),
        Part("import contracts", [python, "-c", LINT_IMPORTS]),
        Part("mypy --strict", [python, "-m", "mypy", "--no-error-summary"]),
    ]
    if any(argument.startswith("-m") for argument in arguments):
        return [*parts, Part("pytest", [*pytest, *arguments], True)]
    # Many of them wait for a time limit: two at a time, those of one file in a row.
    side_by_side = ["-n", "2", "--dist", "loadfile"]
    quick = Part(
        "pytest, quick tests", [*pytest, "-m", "not real", *side_by_side, *arguments], True
    )
    real = Part("pytest, real tests", [*pytest, "-m", "real", *arguments], True)
    if arguments:
        return [*parts, quick, real]  # some of the tests cover nothing completely
    quick.command.extend(["--cov", "--cov-report=", "--cov-fail-under=0"])
    # Which files have to be complete stands in pyproject.toml; it lists the lines that are not.
    coverage = Part("coverage", [python, "-m", "coverage", "report"])
    return [*parts, quick, coverage, real]


LINT_IMPORTS = "from importlinter.cli import lint_imports_command as lint; lint()"


def offer_real_packages() -> str:
    """Install what the real tests start, where this may be done; return what a person could do."""
    if not sys.platform.startswith("linux") or not shutil.which("dpkg-query"):
        return ""
    missing = [*missing_packages(DISPLAY_LIBRARIES), *absent_packages(REAL_PACKAGES)]
    if not missing:
        return ""
    if may_install():
        try:
            install_packages(missing, "The real tests")
        except Stop as stop:
            say(str(stop))
        else:
            return ""
    return f"For all the real tests: {apt_line(missing)}"


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
    with tempfile.TemporaryDirectory(prefix="smtpwizard-", ignore_cleanup_errors=True) as home:
        runtime = Path(home, "run")
        runtime.mkdir(mode=0o700)
        env |= {"HOME": home, "XDG_RUNTIME_DIR": str(runtime), "QT_QPA_PLATFORM": "offscreen"}
        # Servers live in sbin, which is not on everybody's path.
        env["PATH"] = os.pathsep.join([env.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
        yield env


def run_part(part: Part, env: Mapping[str, str]) -> Outcome:
    print(f"-- {part.name}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        part.command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=None if part.streams else subprocess.PIPE,
        stderr=None if part.streams else subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    seconds = time.monotonic() - started
    if done.returncode and done.stdout:
        print(done.stdout, flush=True)
    verdict, note = judge(part, done.returncode)
    return Outcome(part.name, verdict, seconds, note)


def judge(part: Part, code: int) -> tuple[str, str]:
    """Judge by the exit code alone: pytest may say "passed" and the process still abort."""
    if code == 0:
        return "passed", ""
    if code == 5 and part.name.startswith("pytest"):
        return "skipped", "no such test"
    if code < 0 or code > 128:
        return "failed", f"ended by signal {-code if code < 0 else code - 128}"
    return "failed", f"exit code {code}"


def print_summary(outcomes: Sequence[Outcome], hint: str) -> None:
    print()
    for outcome in outcomes:
        note = f"  ({outcome.note})" if outcome.note else ""
        print(f"{outcome.verdict:8}{outcome.seconds:7.1f} s  {outcome.name}{note}")
    if hint:
        print(hint)
    sys.stdout.flush()


COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "run": (run, "open the demo: a project with its own mail server (more words go to the demo)"),
    "test": (test, "lint, types, import contracts and tests (more words go to pytest)"),
    "setup": (setup, "make .venv with everything for development, and nothing else"),
    "doctor": (doctor, "say what this machine lacks, and change nothing"),
    "bundle": (bundle, "build the stand-alone program in dist/ (more words go to PyInstaller)"),
    "shots": (shots, "take pictures of every page, into screenshots/ (more words go to the demo)"),
    "lock": (lock, "write constraints.txt from what .venv holds"),
}


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words, not as a traceback
        found = next(filter(shutil.which, ("python3.13", "python3.12", "python3.11")), None)
        say(f"smtpwizard needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        say(f"Run: {found} dev.py" if found else "On Debian 12: sudo apt-get install python3")
        return 1
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:8}{text}" for name, (_, text) in COMMANDS.items()),
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of these:")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="handed on")
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command][0](chosen.arguments)
    except Stop as stop:
        say(str(stop))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
