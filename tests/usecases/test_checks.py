"""What works on this computer and what does not: judged, in words, and to be passed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smtpwizard.help_pages import find_target
from smtpwizard.messages import checking
from smtpwizard.messages.checking import (
    check_title,
    fact_text,
    fault_text,
    report_lines,
    verdict_hint,
    verdict_title,
)
from smtpwizard.messages.errors import WARNINGS
from smtpwizard.messages.face import Face
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net import names
from smtpwizard.secretstore import KeyringProbe
from smtpwizard.usecases import checks, doctor
from smtpwizard.usecases.checks import CHECKS, State, for_others, judge
from smtpwizard.usecases.doctor import examine
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import connector


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "data")


@pytest.fixture
def healthy(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A computer on which all works."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(doctor, "probe_keyring", lambda: KeyringProbe(True, "A keyring", None))
    monkeypatch.setattr(doctor, "browser_here", lambda: "a-browser")
    monkeypatch.setattr(doctor, "check_display", lambda: None)
    monkeypatch.setattr(doctor, "_trust_store", lambda: store())
    monkeypatch.setattr(names, "system_name_servers", lambda: ("192.0.2.53",))
    return ws


def store(count: int | None = 120) -> dict[str, Any]:
    return {"bundle": "/etc/bundle.pem", "directory": None, "certificates": count}


def states(ws: Workspace, **options: Any) -> dict[str, State]:
    return {check.name: check.state for check in judge(examine(ws, **options))}


def report(facts: dict[str, Any]) -> list[str]:
    return list(report_lines(facts, judge(facts), Face.COMMAND_LINE))


def test_where_all_works_that_is_said_first(healthy: Workspace) -> None:
    facts = examine(healthy)
    assert {check.state for check in judge(facts)} == {State.WORKS}
    assert report(facts)[0] == "Everything that is needed works."
    assert facts["checks"] == [{"check": name, "state": "works"} for name in CHECKS]
    assert verdict_hint([], []) == "Nothing needs you."
    for name in CHECKS:
        assert fact_text(name, facts)
        assert "{" not in fact_text(name, facts)


def test_what_does_not_work_comes_first(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_trust_store", lambda: store(0))
    monkeypatch.setattr(names, "system_name_servers", lambda: ())
    monkeypatch.setenv("SSLKEYLOGFILE", "/tmp/keys")
    facts = examine(healthy)
    found = judge(facts)
    assert [check.name for check in found][:3] == ["names", "trust_store", "tls"]
    assert [check.state for check in found][:4] == ["broken", "broken", "to_know", "works"]
    lines = report(facts)
    assert lines[0] == "2 things do not work"
    assert lines[1].startswith("  Finding servers by name: This computer has no name server")
    assert lines[lines.index("Worth knowing:") + 1].startswith("  Encryption: SSLKEYLOGFILE")
    assert verdict_title(1) == "1 thing does not work"
    assert verdict_hint(["names", "keyring"], []) == "Finding servers by name and Secret store"
    assert verdict_hint([], ["tls"]) == "Worth knowing: Encryption."


def test_the_keyring_and_the_encrypted_file(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "probe_keyring", lambda: KeyringProbe(False, "", "none"))
    assert states(healthy)["keyring"] is State.BROKEN
    healthy.data.set_setting("secret_store", "file")
    facts = examine(healthy)
    assert {c.name: c.state for c in judge(facts)}["keyring"] is State.WORKS
    assert fact_text("keyring", facts) == (
        "New secrets go to the encrypted file. The system's keyring cannot be used here."
    )
    session = Workspace.open(healthy.data_dir, secret_store="session")
    facts = examine(session)
    [check] = [check for check in judge(facts) if check.name == "keyring"]
    assert check.state is State.TO_KNOW
    for face in Face:  # what is in use, that the keyring does not work, and one next step
        said = fault_text(check.faults[0], face)
        assert "for this session only" in said
        assert "keyring cannot be used" in said
        assert "file" in said
    assert "  Secret store: New secrets are kept for this session only" in "\n".join(report(facts))
    monkeypatch.setattr(doctor, "probe_keyring", lambda: KeyringProbe(True, "A keyring", None))
    for chosen, told in [("file", "encrypted file."), ("session", "forgotten at its end")]:
        ws = Workspace.open(healthy.data_dir, secret_store=chosen)
        assert states(ws)["keyring"] is State.WORKS
        assert fact_text("keyring", examine(ws)).endswith((told, f"{told}."))


def test_a_keyring_that_keeps_secrets_is_needed_whatever_was_chosen(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "probe_keyring", lambda: KeyringProbe(False, "", "none"))
    kept = {"password": "keyring:Invoices_password_0"}
    healthy.store.save(connector(healthy), secrets=kept, expected=None)
    healthy.data.set_setting("secret_store", "file")
    facts = examine(healthy)
    assert {c.name: c.state for c in judge(facts)}["keyring"] is State.BROKEN
    [line] = [line for line in report(facts) if "Secret store:" in line]
    assert line.endswith("connectors concerned: 1.")


def test_a_server_without_display_and_browser_has_no_fault(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtpwizard.model.errors import UsageError

    def none() -> None:
        raise UsageError("no_display")

    monkeypatch.setattr(doctor, "check_display", none)
    monkeypatch.setattr(doctor, "browser_here", lambda: None)
    facts = examine(healthy)
    found = {check.name: check for check in judge(facts)}
    assert found["browser"].state is found["display"].state is State.TO_KNOW
    assert not found["browser"].faults
    assert "copied" in fact_text("browser", facts)
    assert "command line" in fact_text("display", facts)
    assert report(facts)[0] == "Everything that is needed works."


def save(ws: Workspace, *hosts: str) -> None:
    from smtpwizard.model.connector import read_connector
    from smtpwizard.usecases.save import save_connector

    for number, host in enumerate(hosts):
        connector, problems = read_connector(
            {
                "name": f"C{number}",
                "provider": "custom",
                "server": {"host": host},
                "authentication": {"method": "none"},
                "admin": {"email": "admin@example.com"},
            },
            ws.defaults_for,
        )
        assert connector is not None, problems
        save_connector(ws, connector, secrets={})


def test_names_of_servers_are_looked_up_only_where_that_is_asked_for(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> None:
        asked.append(host)
        if host == "lost.example":
            raise ConnectionFailed(StageError.DNS_NOT_FOUND)

    monkeypatch.setattr(doctor, "resolve", resolve)
    save(healthy, "found.example", "lost.example", "found.example")
    assert examine(healthy)["names"]["looked_up"] == {}
    assert not asked
    facts = examine(healthy, look_up=True)
    assert sorted(asked) == ["found.example", "lost.example"]
    assert facts["names"]["looked_up"] == {"found.example": True, "lost.example": False}
    [check] = [check for check in judge(facts) if check.name == "names"]
    assert check.state is State.BROKEN
    assert "Not found: lost.example." in fault_text(check.faults[0], Face.WINDOW)


def test_an_unreadable_folder_has_no_servers(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtpwizard.model.errors import StorageError

    def unreadable() -> None:
        raise StorageError("data_dir_unreadable", path="/data", reason="denied")

    monkeypatch.setattr(healthy, "connectors", unreadable)
    facts = examine(healthy, look_up=True)
    assert facts["names"]["looked_up"] == {}
    assert {c.name: c.state for c in judge(facts)}["data_folder"] is State.BROKEN
    assert fact_text("files", facts) == "The connectors could not be read."


def test_every_warning_is_about_something_and_every_check_has_a_title_and_help() -> None:
    assert set(WARNINGS) <= {*checks._BROKEN, *checks._TO_KNOW}
    assert {*checks._BROKEN.values(), *checks._TO_KNOW.values()} <= set(CHECKS)
    for name in CHECKS:
        assert check_title(name)
        assert find_target(f"check:{name}") is not None
    assert set(checking._TITLES) == set(checking._FACTS) == set(CHECKS)


def test_the_window_names_no_option_of_the_command_line() -> None:
    for code in WARNINGS:
        assert "--" not in fault_text({"code": code}, Face.WINDOW)


def test_what_is_passed_on_does_not_name_the_user_s_folder(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path("/home/ada.example")
    monkeypatch.setattr(Path, "home", lambda: home)
    facts = {
        "path": f"{home}/.local/share",
        "list": [{"path": str(home)}, 3],
        "other": "/var/lib",
    }
    assert for_others(facts) == {
        "path": "~/.local/share", "list": [{"path": "~"}, 3], "other": "/var/lib"
    }  # fmt: skip


def test_proxies_are_told_without_their_logins(
    healthy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", "socks5://ada:hunter2@proxy.example:1080")
    facts = examine(healthy)
    assert fact_text("proxies", facts).startswith("Mail goes through ")
    assert "hunter2" not in "\n".join(report(facts))
    monkeypatch.setattr(doctor, "_trust_store", lambda: store(None))
    assert fact_text("trust_store", examine(healthy)) == "Those of the system are trusted."
