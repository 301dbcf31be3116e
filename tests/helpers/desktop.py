"""A private desktop for tests: D-Bus session, keyring, X display, window manager, accessibility.

Nothing here touches the desktop of the person who runs the tests.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.helpers.processes import SYSTEM_PATH, missing_programs, running, wait_until

Environment = dict[str, str]

SYSTEM_PYTHON = "/usr/bin/python3"
SECRET_SERVICE = "org.freedesktop.secrets"

_SESSION_PROGRAMS = {"dbus-daemon": "dbus-daemon", "setpriv": "util-linux"}
_KEYRING_PROGRAMS = {"gnome-keyring-daemon": "gnome-keyring"}
_DISPLAY_PROGRAMS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool"}


def why_no_secret_service() -> str | None:
    """Why `secret_service` cannot be had here, or None."""
    return missing_programs(_SESSION_PROGRAMS | _KEYRING_PROGRAMS)


def why_no_virtual_display() -> str | None:
    """Why `virtual_display` cannot be had here, or None."""
    if reason := missing_programs(_SESSION_PROGRAMS | _DISPLAY_PROGRAMS):
        return reason
    if not Path("/usr/libexec/at-spi-bus-launcher").exists():
        return "the accessibility bus is not installed: apt install at-spi2-core"
    found = subprocess.run([SYSTEM_PYTHON, "-c", "import pyatspi"], capture_output=True)
    if found.returncode != 0:
        return "pyatspi is not installed: apt install python3-pyatspi"
    return None


@contextmanager
def session() -> Iterator[Environment]:
    """A private home and runtime directory with a D-Bus session bus; yields the environment."""
    home = Path(tempfile.mkdtemp(prefix="desktop-"))
    try:
        environment = _environment(home)
        bus = f"unix:path={home}/run/bus"
        argv = ["dbus-daemon", "--session", "--nofork", f"--address={bus}"]
        with (
            (home / "bus.log").open("w") as log,
            running(argv, env=environment, stdout=log, stderr=log),
        ):
            wait_until(lambda: _accepts(home / "run/bus"), "the session bus")
            yield environment | {"DBUS_SESSION_BUS_ADDRESS": bus}
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _accepts(path: Path) -> bool:
    # The socket is there for a moment before anyone listens on it.
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def _environment(home: Path) -> Environment:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "DBUS_", "GNOME_", "GTK_", "AT_SPI_", "SMTPWIZARD_"))
        and name not in ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "QT_QPA_PLATFORM")
    }
    environment["HOME"] = str(home)
    environment["PATH"] = f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
    for variable, name in (
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
    ):
        (home / name).mkdir(mode=0o700)
        environment[variable] = str(home / name)
    return environment


# --- keyring


@contextmanager
def secret_service(environment: Environment | None = None) -> Iterator[Environment]:
    """An unlocked, empty keyring on the given session, or on one of its own."""
    with ExitStack() as stack:
        if environment is None:
            environment = stack.enter_context(session())
        # --foreground, so that it is ours to end; it unlocks with the password from its input.
        argv = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        daemon = stack.enter_context(
            running(
                argv,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        assert daemon.stdin is not None
        daemon.stdin.write(secrets.token_urlsafe(12).encode())
        daemon.stdin.close()
        bus = environment["DBUS_SESSION_BUS_ADDRESS"]
        wait_until(lambda: _has_owner(bus, SECRET_SERVICE), "the keyring")
        yield environment


def lock_keyring(environment: Environment) -> None:
    """Lock the keyring of `secret_service`; without a display nobody can unlock it again."""
    _call(
        environment["DBUS_SESSION_BUS_ADDRESS"],
        (SECRET_SERVICE, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "Lock"),
        "ao",
        ["/org/freedesktop/secrets/collection/login"],
    )


def _has_owner(bus: str, name: str) -> bool:
    driver = "org.freedesktop.DBus"
    return bool(_call(bus, (driver, "/org/freedesktop/DBus", driver, "NameHasOwner"), "s", name)[0])


def _call(
    bus: str, method: tuple[str, str, str, str], signature: str, *arguments: Any
) -> tuple[Any, ...]:
    """Call a D-Bus method, given as destination, path, interface and name; its answer's body."""
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection
    from jeepney.wrappers import unwrap_msg

    destination, path, interface, name = method
    message = new_method_call(DBusAddress(path, destination, interface), name, signature, arguments)
    with open_dbus_connection(bus) as connection:
        body: tuple[Any, ...] = unwrap_msg(connection.send_and_get_reply(message, timeout=60))
    return body


# --- display


@contextmanager
def virtual_display(environment: Environment | None = None) -> Iterator[Environment]:
    """An X display with openbox on the given session, or on one of its own.

    A program started with the yielded environment can be driven with `Accessibility` and `xdotool`.
    """
    with ExitStack() as stack:
        if environment is None:
            environment = stack.enter_context(session())
        log = stack.enter_context(Path(environment["XDG_RUNTIME_DIR"], "display.log").open("w"))
        read_end, write_end = os.pipe()
        stack.callback(os.close, read_end)
        try:
            stack.enter_context(
                running(
                    [
                        *("Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x900x24"),
                        *("-nolisten", "tcp", "-noreset"),
                    ],
                    env=environment,
                    stdout=log,
                    stderr=log,
                    pass_fds=(write_end,),
                )
            )
        finally:
            os.close(write_end)
        environment = environment | {
            "DISPLAY": f":{_read_display(read_end)}",
            "QT_QPA_PLATFORM": "xcb",
        }
        stack.enter_context(
            running(["openbox", "--sm-disable"], env=environment, stdout=log, stderr=log)
        )
        display = environment
        wait_until(lambda: _window_manager_runs(display), "openbox")
        _switch_accessibility_on(environment["DBUS_SESSION_BUS_ADDRESS"])
        yield environment


def _switch_accessibility_on(bus: str) -> None:
    """Say what a screen reader says on start; programs export their windows only then."""
    properties = "org.freedesktop.DBus.Properties"
    arguments = ("org.a11y.Status", "IsEnabled", ("b", True))
    _call(bus, ("org.a11y.Bus", "/org/a11y/bus", properties, "Set"), "ssv", *arguments)


def _window_manager_runs(environment: Environment) -> bool:
    """True once a window manager has put its properties on the root window."""
    asked = subprocess.run(["xdotool", "get_num_desktops"], env=environment, capture_output=True)
    return asked.returncode == 0


def _read_display(descriptor: int) -> str:
    number = b""
    while not number.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], 120)
        chunk = os.read(descriptor, 16) if ready else b""
        if not chunk:
            raise RuntimeError("Xvfb did not start")
        number += chunk
    return number.decode().strip()


def xdotool(environment: Mapping[str, str], *arguments: str) -> str:
    """Real keys and clicks; returns what it prints. For keys there is `Keyboard`, which waits."""
    done = subprocess.run(
        ["xdotool", *arguments], env=environment, capture_output=True, text=True, timeout=120
    )
    done.check_returncode()
    return done.stdout.strip()


# --- accessibility


class Accessibility:
    """A program seen and worked through the accessibility bus; one method for each command."""

    def __init__(self, process: subprocess.Popen[Any]) -> None:
        self._process = process

    def ask(self, command: str, **arguments: Any) -> Any:
        """Run a command of `atspi_client.py`; AssertionError with its words when it cannot."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the accessibility client ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def find(self, role: str, name: str, **options: Any) -> dict[str, Any]:
        return dict(self.ask("find", role=role, name=name, **options))

    def exists(self, role: str, name: str) -> bool:
        return bool(self.ask("exists", role=role, name=name))

    def wait_gone(self, role: str, name: str, **options: Any) -> None:
        self.ask("wait_gone", role=role, name=name, **options)

    def wait_state(
        self, role: str, name: str, state: str, on: bool = True, **options: Any
    ) -> dict[str, Any]:
        return dict(self.ask("wait_state", role=role, name=name, state=state, on=on, **options))

    def wait_text(self, role: str, text: str, **options: Any) -> dict[str, Any]:
        return dict(self.ask("wait_text", role=role, text=text, **options))

    def set_text(self, role: str, name: str, text: str, **options: Any) -> None:
        self.ask("set_text", role=role, name=name, text=text, **options)

    def press(self, name: str, **options: Any) -> None:
        self.ask("press", name=name, **options)

    def toggle(self, role: str, name: str, **options: Any) -> None:
        self.ask("toggle", role=role, name=name, **options)

    def select(self, name: str, item: str, **options: Any) -> None:
        self.ask("select", name=name, item=item, **options)

    def focused(self) -> dict[str, str]:
        return dict(self.ask("focused"))

    def wait_focus(self, name: str, **options: Any) -> None:
        self.ask("wait_focus", name=name, **options)

    def wait_typed(self, name: str, text: str) -> None:
        self.ask("wait_typed", name=name, text=text)

    def nameless(self) -> list[dict[str, Any]]:
        return list(self.ask("nameless"))

    def announcements(self) -> list[str]:
        return list(self.ask("announcements"))

    def tree(self, showing: bool = True) -> dict[str, Any]:
        return dict(self.ask("tree", showing=showing))


class Keyboard:
    """The keyboard of a program worked through `accessible`; nothing is pressed ahead of it.

    With assistive technology on, Qt hands key presses through D-Bus, and a mnemonic overtakes the
    text before it: so every method waits until what it did is there to be seen.
    """

    def __init__(self, environment: Mapping[str, str], at: Accessibility) -> None:
        self._environment = environment
        self._at = at

    def press(self, key: str, *, focus: str) -> None:
        """Press a key, as `alt+n`, and wait until the widget of this name has the focus."""
        self.press_only(key)
        self._at.wait_focus(focus)

    def press_only(self, key: str) -> None:
        """Press a key after which no widget gets the focus; wait for its effect yourself."""
        xdotool(self._environment, "key", "--clearmodifiers", key)

    def write(self, name: str, text: str) -> None:
        """Type into the empty field of this name, once it has the focus."""
        self._at.wait_focus(name)
        xdotool(self._environment, "type", "--delay", "8", text)
        self._at.wait_typed(name, text)

    def choose(self, name: str, item: str) -> None:
        """Go down a closed combo box to an item below the chosen one."""
        self._at.wait_focus(name)
        chosen = ""
        while chosen != item:
            before = self._at.find("combo box", name)["name"]
            self.press_only("Down")
            chosen = wait_until(partial(self._another, name, before), f"{name} to move on")

    def _another(self, name: str, before: str) -> str | None:
        now = str(self._at.find("combo box", name)["name"])
        return now if now != before else None


@contextmanager
def accessible(
    environment: Environment, argv: Sequence[str], log: Path
) -> Iterator[tuple[Accessibility, subprocess.Popen[Any]]]:
    """Start a program on a `virtual_display` and attach to it; its output goes to `log`.

    When the block ends the program is ended, too, unless it has ended by itself.
    """
    client = Path(__file__).with_name("atspi_client.py")
    with running(
        [SYSTEM_PYTHON, str(client)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        accessibility = Accessibility(process)
        accessibility.ask("listen")
        with (
            log.open("w") as output,
            running(argv, env=environment, stdout=output, stderr=output) as program,
        ):
            try:
                accessibility.ask("attach", pid=program.pid)
            except AssertionError as error:
                raise AssertionError(f"{error}; it said:\n{log.read_text()}") from None
            yield accessibility, program
