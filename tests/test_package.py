"""What the package promises as a whole: lean start-up, whole wheels, words that never occur."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import smtpwizard
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.connector import Admin, Authentication, Connector, Method, Security, Server
from smtpwizard.resources import resource_path
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "smtpwizard"
RESOURCES = ROOT / "resources"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


# --- start-up

# Each costs tens of milliseconds or megabytes, and is needed only once somebody acts.
HEAVY = {
    *("ssl", "http", "email", "asyncio", "urllib.request", "xml.etree"),
    *("msal", "google", "google_auth_oauthlib", "requests", "cryptography", "idna", "scramp"),
    *("keyring", "secretstorage", "jeepney", "importlib.metadata"),
    *("PySide6.QtNetwork", "PySide6.QtSvg", "PySide6.QtQml"),
}


def imported_by(*arguments: str, folder: Path) -> set[str]:
    """Every module that `smtpwizard ARGUMENTS` imports before it ends well."""
    env = os.environ | {
        "SMTPWIZARD_DATA_DIR": str(folder),
        "SMTPWIZARD_EXIT_AFTER_FIRST_PAINT": "1",
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [sys.executable, "-X", "importtime", "-m", "smtpwizard", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return set(re.findall(r"^import time:.*\|\s*(\S+)$", done.stderr, re.MULTILINE))


def under(modules: set[str], *packages: str) -> set[str]:
    return {
        module
        for module in modules
        for package in packages
        if module == package or module.startswith(package + ".")
    }


@pytest.mark.parametrize("arguments", [["gui"], ["gui", "--new"]], ids=" ".join)
def test_the_window_opens_without_heavy_modules(arguments: list[str], tmp_path: Path) -> None:
    modules = imported_by(*arguments, folder=tmp_path)
    assert under(modules, "PySide6.QtWidgets")
    assert under(modules, *HEAVY) == set()


@pytest.mark.parametrize("arguments", [["--version"], ["list"], ["list", "--json"]], ids=" ".join)
def test_a_verb_starts_without_the_window(arguments: list[str], tmp_path: Path) -> None:
    modules = imported_by(*arguments, folder=tmp_path)
    assert under(modules, "smtpwizard")
    assert under(modules, "smtpwizard.gui", "PySide6", "ssl", "keyring", "msal") == set()


def test_a_verification_that_succeeds_starts_without_what_explains_failures(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        connector = Connector(
            name="Invoices",
            provider="custom",
            server=Server("127.0.0.1", server.port, Security.NONE),
            authentication=Authentication(Method.NONE),
            admin=Admin("admin@example.test"),
        )
        save_connector(Workspace.open(tmp_path), connector, secrets={})
        modules = imported_by("verify", "Invoices", folder=tmp_path)
    assert under(modules, "smtpwizard.smtp.verification")
    rooms = ("causes", "diagnosis", "messages.causes", "providers", "oauth", "secretstore")
    assert under(modules, *(f"smtpwizard.{room}" for room in rooms)) == set()
    assert under(modules, "tomllib", "subprocess", "cryptography", "asyncio", "keyring") == set()


def test_the_binding_keeps_its_references() -> None:
    """PySide6 6.12.0 loses a reference per call on Python 3.11, and aborts once none is left."""
    from PySide6.QtCore import QObject, Signal

    class Bell(QObject):
        rung = Signal()

    bell = Bell()
    before = [sys.getrefcount(None), sys.getrefcount(True)]
    for _ in range(300):
        bell.setObjectName("bell")
        bell.rung.emit()
    after = [sys.getrefcount(None), sys.getrefcount(True)]
    lost = [old - new for old, new in zip(before, after, strict=True)]
    assert max(lost) < 100, f"references lost to None and True: {lost}"


# --- what is shipped


def test_the_version_is_the_same_everywhere() -> None:
    command = [sys.executable, "-m", "smtpwizard", "--version"]
    printed = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=True
    ).stdout
    assert smtpwizard.__version__ in printed.split()
    assert str(Version(smtpwizard.__version__)) == smtpwizard.__version__
    assert f"## {smtpwizard.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_wheel_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hatchling.build import build_wheel

    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / build_wheel(str(tmp_path))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        [entry_points] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
        assert "smtpwizard = smtpwizard.__main__:main" in wheel.read(entry_points).decode()
    resources = {
        f"smtpwizard/_resources/{path.relative_to(RESOURCES).as_posix()}"
        for path in RESOURCES.rglob("*")
        if path.is_file()
    }
    package = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.suffix in (".py", ".toml")
    }
    assert resources
    assert "smtpwizard/providers/catalogue.toml" in package
    [page] = [name for name in names if ".data/" in name]
    assert page.endswith(".data/data/share/man/man1/smtpwizard.1")
    assert names - {page} == resources | package


LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_everything_that_may_be_installed_is_pinned() -> None:
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))
    optional = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    for wanted in map(Requirement, [*PROJECT["dependencies"], *optional]):
        assert pins.get(wanted.name.lower(), "0") in wanted.specifier, wanted.name


def test_the_pins_are_for_every_system_and_name_no_host() -> None:
    for package, system in (("pywin32-ctypes", "win32"), ("macholib", "darwin")):
        assert re.search(f"^{package}==.*sys_platform == '{system}'", LOCK, re.MULTILINE)
    entries = re.split(r"^(?=[a-z])", LOCK, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in LOCK


# --- resources

ICONS = sorted(path.stem for path in (RESOURCES / "icons").glob("*.svg") if path.stem != "app")


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_draws_at_every_size(name: str, qapp: object) -> None:
    from smtpwizard.gui.widgets.icons import pixmap

    for size in (16, 24, 32, 64):
        image = pixmap(name, px=size).toImage()
        alphas = {image.pixelColor(x, y).alpha() for x in range(size) for y in range(size)}
        assert max(alphas) > 180, f"nothing solid at {size}"


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_has_the_colours_of_the_theme_alone(name: str) -> None:
    text = resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    assert "currentColor" in text
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) == set()


def test_a_resource_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"icons/no-such\.svg"):
        resource_path("icons/no-such.svg")


# --- names


def test_module_names_say_something() -> None:
    empty = {"manager", "helper", "util", "utils", "data", "info", "misc", "common", "base"}
    assert [path for path in PACKAGE.rglob("*") if path.stem in empty] == []
