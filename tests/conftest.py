"""What every test runs under: no display, a private home, and no traffic but to loopback."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import hypothesis.configuration
import pytest

if TYPE_CHECKING:
    from tests.helpers.certificates import Certificates
    from tests.helpers.real_servers import MailServer

# Their assertions explain themselves, whichever folder imports them first.
pytest.register_assert_rewrite("tests.smtp.invariants")

# With the caches of the other tools.
hypothesis.configuration.set_hypothesis_home_dir(
    Path(__file__).resolve().parents[1] / ".venv" / "cache" / "hypothesis"
)

# A slow machine is no failure: no test asserts how long something took.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

_home = Path(tempfile.mkdtemp(prefix="home-"))


def _private_environment(home: Path) -> None:
    """Cut this process and its children off from the person's desktop, keyring and proxies."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if sys.platform == "win32":
        # Without a display Qt looks for fonts in a folder of its own, which nobody has.
        fonts = Path(os.environ.get("SYSTEMROOT", "C:\\Windows"), "Fonts")
        os.environ.setdefault("QT_QPA_FONTDIR", str(fonts))
    for name in ("HOME", "USERPROFILE"):
        os.environ[name] = str(home)
    for name in ("CACHE", "CONFIG", "DATA", "RUNTIME", "STATE"):
        folder = home / name.lower()
        folder.mkdir(mode=0o700)
        variable = "XDG_RUNTIME_DIR" if name == "RUNTIME" else f"XDG_{name}_HOME"
        os.environ[variable] = str(folder)
    # Windows is asked for its folders, not the environment; platformdirs prefers these.
    for name in ("APPDATA", "LOCAL_APPDATA"):
        os.environ[f"WIN_PD_OVERRIDE_{name}"] = str(home / "data")
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SMTPWIZARD_"):
            del os.environ[name]
    for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND", "BROWSER"):
        os.environ.pop(name, None)


_private_environment(_home)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a shell: the programs a test interrupts must not inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    shutil.rmtree(_home, ignore_errors=True)


# --- real servers and desktops

_REAL_FIXTURES = {"postfix", "secret_service", "virtual_display"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for something real is marked so."""
    for item in items:
        if _REAL_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("real")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Throw-away certificates, good and bad."""
    from tests.helpers.certificates import make_certificates

    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def postfix() -> Iterator[MailServer]:
    """Postfix with Dovecot's SASL, shared by the session; use a recipient of your own."""
    from tests.helpers import real_servers

    if reason := real_servers.why_no_mail_server():
        pytest.skip(reason)
    with real_servers.mail_server() as server:
        yield server


@pytest.fixture
def secret_service() -> Iterator[dict[str, str]]:
    """The environment of a private D-Bus session with an unlocked keyring."""
    from tests.helpers import desktop

    if reason := desktop.why_no_secret_service():
        pytest.skip(reason)
    with desktop.secret_service() as environment:
        yield environment


@pytest.fixture
def virtual_display() -> Iterator[dict[str, str]]:
    """The environment of a private X display with window manager, accessibility and keyring."""
    from tests.helpers import desktop

    if reason := desktop.why_no_virtual_display() or desktop.why_no_secret_service():
        pytest.skip(reason)
    # Without an open keyring the first secret would raise a prompt that nobody answers.
    with (
        desktop.secret_service() as environment,
        desktop.virtual_display(environment) as with_display,
    ):
        yield with_display


@pytest.fixture(autouse=True)
def _no_keyring_of_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where keyrings are no services that an environment leads to, they are cut off by hand."""
    if sys.platform in ("win32", "darwin"):
        monkeypatch.setattr("smtpwizard.secretstore.keyring._candidates", lambda: ())


# --- loopback only


class OutsideLoopback(AssertionError):
    """A test tried to reach another machine."""


def _is_loopback(family: int, address: Any) -> bool:
    if family == getattr(socket, "AF_UNIX", None):
        return True
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return False
    host = str(address[0])
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    return host == "localhost"


@pytest.fixture(scope="session")
def attempts_outside() -> Iterator[list[str]]:
    """Refuse every connection but to loopback; yields the attempts made so far."""
    attempts: list[str] = []
    resolve = socket.getaddrinfo

    def guard(name: str) -> Any:
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1]  # behind the data, and their flags
            if not _is_loopback(self.family, address):
                attempts.append(f"{name}{address!r}")
                raise OutsideLoopback(f"{name} to {address!r}")
            return original(self, *arguments)

        return guarded

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name not in (None, "", "localhost"):
            try:
                ipaddress.ip_address(name.partition("%")[0])
            except ValueError:
                # What a machine without a network says, and without asking a name server.
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guard(name))
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield attempts


@pytest.fixture(autouse=True)
def _loopback_only(attempts_outside: list[str]) -> Iterator[None]:
    """Fail the test that tried, even where its code swallowed the error."""
    attempts_outside.clear()
    yield
    assert not attempts_outside, f"traffic leaves this machine: {attempts_outside}"
