"""The wizard worked through the accessibility bus by its labels, and by the keyboard alone."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from smtpwizard.demo.scenario_server import ScenarioServer
from tests.helpers.desktop import Accessibility, Keyboard, accessible
from tests.helpers.real_servers import MailServer

DEFAULT_PORTS = {"STARTTLS": "587", "SSL/TLS": "465", "None": "25"}
PORT_OF = {"STARTTLS": "starttls", "SSL/TLS": "implicit_tls", "None": "none"}


@pytest.fixture
def server() -> Iterator[ScenarioServer]:
    with ScenarioServer() as server:
        yield server


def command(data: Path, *arguments: str, store: str = "session") -> list[str]:
    program = [sys.executable, "-m", "smtpwizard", "--data-dir", str(data)]
    return [*program, "--secret-store", store, *arguments]


def connectors(data: Path) -> list[dict[str, object]]:
    """What the command line says there is."""
    done = subprocess.run(command(data, "list", "--json"), capture_output=True, timeout=300)
    found: list[dict[str, object]] = json.loads(done.stdout)["connectors"]
    return found


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("security", ["STARTTLS", "SSL/TLS", "None"])
def test_the_accessibility_tree_alone_makes_a_verified_connector(
    virtual_display: dict[str, str],
    postfix: MailServer,
    tmp_path: Path,
    security: str,
    mechanism: str,
) -> None:
    data = tmp_path / "data"
    recipient = f"{mechanism}.{PORT_OF[security]}@example.com".lower()
    port = str(postfix.ports[PORT_OF[security]])
    argv = command(data, "gui", "--new", store="keyring")
    with accessible(virtual_display, argv, tmp_path / "window.log") as (at, _):
        at.set_text("text", "Name", "Invoices")
        assert at.nameless() == []
        at.press("Next")
        at.select("Provider", "Create a connection")
        at.set_text("text", "Server", "localhost")
        at.select("Encryption method", security)
        at.wait_text("text", DEFAULT_PORTS[security])
        at.set_text("text", "Port", port)
        at.set_text("text", "User", postfix.username)
        if not at.exists("text", "CA file"):
            at.press("Advanced")  # open already where there is something to be agreed to
        at.set_text("text", "CA file", str(postfix.ca_file))
        assert at.nameless() == []
        at.press("Next")
        at.toggle("radio button", "Basic")
        at.set_text("password text", "Password", postfix.password)
        at.press("Advanced")
        at.select("Mechanism", mechanism)
        assert at.nameless() == []
        at.press("Next")
        at.set_text("text", "Admin user email address", recipient)
        at.press("Test")
        at.wait_text("label", "localhost accepted the test email")
        assert at.nameless() == []
        assert postfix.password not in json.dumps(at.tree())
        at.press("Finish")
        at.wait_gone("push button", "Finish")
        at.find("table", "Connectors")
        assert at.nameless() == []
        said = at.announcements()
    assert "Provider" in said
    assert "Admin and test" in said
    (message,) = postfix.wait_for_messages(1, recipient)
    assert "Invoices" in str(message.parsed()["Subject"])
    (connector,) = connectors(data)
    assert connector["name"] == "Invoices"
    assert connector["status"] == "verified"
    assert connector["server"] == f"localhost:{port}"
    secret = postfix.password.encode()
    shapes = (secret, base64.b64encode(secret).rstrip(b"="), quote(postfix.password).encode())
    for path in tmp_path.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [shape for shape in shapes if shape in content], path


def test_the_keyboard_alone_makes_a_verified_connector(
    virtual_display: dict[str, str], server: ScenarioServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    ca_file = server.write_ca(tmp_path / "ca.pem")
    argv = command(data, "gui")
    with accessible(virtual_display, argv, tmp_path / "window.log") as (at, _):
        keyboard = Keyboard(virtual_display, at)
        at.wait_focus("New")
        keyboard.press("space", focus="Name")
        keyboard.write("Name", "Invoices")
        keyboard.press("alt+n", focus="Find the settings for…")
        keyboard.press("alt+p", focus="Provider")
        keyboard.choose("Provider", "Create a connection")
        keyboard.press("Tab", focus="Server")
        keyboard.write("Server", "localhost")
        keyboard.press("Tab", focus="Port")
        keyboard.write("Port", str(server.ports["starttls"]))
        keyboard.press("alt+u", focus="User")
        keyboard.write("User", server.username)
        keyboard.press_only("alt+a")
        at.find("text", "CA file")  # under Advanced
        keyboard.press("alt+c", focus="CA file")
        keyboard.write("CA file", str(ca_file))
        keyboard.press("Return", focus="Basic")
        keyboard.press("alt+w", focus="Password")
        keyboard.write("Password", server.password)
        keyboard.press("Return", focus="Admin user email address")
        keyboard.write("Admin user email address", "admin@demo.example")
        keyboard.press_only("Return")  # the default button: Test
        at.wait_text("label", "localhost accepted the test email")
        keyboard.press_only("Return")  # and now Finish
        at.find("table", "Connectors")
    assert len(server.messages) == 1
    assert [c["status"] for c in connectors(data)] == ["verified"]


def test_escape_asks_and_keeps_what_was_typed(
    virtual_display: dict[str, str], tmp_path: Path
) -> None:
    argv = command(tmp_path / "data", "gui", "--new")
    with accessible(virtual_display, argv, tmp_path / "window.log") as (at, program):
        keyboard = Keyboard(virtual_display, at)
        keyboard.write("Name", "Invoices")
        keyboard.press("Escape", focus="Keep editing")
        keyboard.press("Escape", focus="Name")
        at.wait_gone("push button", "Keep editing")
        assert at.find("text", "Name")["text"] == "Invoices"
        keyboard.press("Escape", focus="Keep editing")
        at.press("Discard")
        at.wait_gone("text", "Name")
        assert program.poll() is None


def test_an_error_is_read_out(virtual_display: dict[str, str], tmp_path: Path) -> None:
    argv = command(tmp_path / "data", "gui", "--new")
    with accessible(virtual_display, argv, tmp_path / "window.log") as (at, _):
        at.set_text("text", "Name", "Invoices")
        at.press("Next")
        at.select("Provider", "Create a connection")
        at.set_text("text", "Server", "localhost")
        at.set_text("text", "Port", "70000")
        at.wait_text("label", "1 to 65535")
        assert "1 to 65535" in at.find("text", "Port")["description"]
        at.wait_state("push button", "Next", "enabled", on=False)
        assert any("1 to 65535" in said for said in at.announcements())


def test_stopping_answers_at_once(virtual_display: dict[str, str], tmp_path: Path) -> None:
    from tests.gui.silent import silent_server

    with silent_server() as port:
        argv = command(tmp_path / "data", "gui", "--new")
        with accessible(virtual_display, argv, tmp_path / "window.log") as (at, _):
            fill_until_the_test(at, port)
            at.press("Test")
            at.wait_text("table cell", "running")
            at.press("Stop")
            at.wait_text("label", "Stopped")
            at.wait_state("push button", "Test", "enabled")


def fill_until_the_test(at: Accessibility, port: int) -> None:
    at.set_text("text", "Name", "Invoices")
    at.press("Next")
    at.select("Provider", "Create a connection")
    at.set_text("text", "Server", "localhost")
    at.set_text("text", "Port", str(port))
    at.press("Next")
    at.toggle("radio button", "No authentication")
    at.press("Next")
    at.set_text("text", "Admin user email address", "admin@demo.example")
