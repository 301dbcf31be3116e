"""What became of a connector's verifications can be looked at again, long after."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.usecases.command_words import join_command
from smtpwizard.usecases.settings import notifications_stay_s
from smtpwizard.usecases.workspace import Workspace
from tests.cli.conftest import Cli
from tests.cli.test_verify import ADMIN, settings
from tests.helpers.programs import prints


@pytest.fixture(scope="module")
def server() -> Iterator[ScenarioServer]:
    with ScenarioServer() as running:
        yield running


@pytest.fixture
def connector(cli: Cli, server: ScenarioServer, tmp_path: Path) -> str:
    """The name of a connector that verifies."""
    ca_file = str(server.write_ca(tmp_path / "ca.pem"))
    assert cli.create(secret=server.password, **settings(server, ca_file)).code == 0
    return "Invoices"


def runs(cli: Cli, name: str = "Invoices") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli("history", name, "--json").json["runs"]
    return found


def folder(cli: Cli) -> Path:
    [found] = [p for p in (cli.data_dir / "projects/default/history").iterdir() if p.is_dir()]
    return found


def row(cli: Cli) -> dict[str, Any]:
    [found] = cli("list", "--json").json["connectors"]
    return dict(found)


def test_every_verification_leaves_a_run_newest_first(cli: Cli, connector: str) -> None:
    assert runs(cli) == []
    assert "not been tested yet" in cli("history", connector).out
    assert cli("verify", connector).code == 0
    assert cli("verify", connector, "--stop-after", "tls").code == 0  # proves nothing
    cli("edit", connector, "--set", "server.port=1")
    failed = cli("verify", connector, "--json")
    assert failed.code == 11
    found = runs(cli)
    assert [(run["ok"], run["stage"], run["verdict"]) for run in found] == [
        (False, "connect", "stopped"),
        (True, None, "passed"),
        (True, None, "let_in"),
    ]
    assert found == sorted(found, key=lambda run: run["id"], reverse=True)
    assert found[0]["at"] == failed.json["started"]
    assert found[0]["duration_ms"] == failed.json["duration_ms"]
    assert found[0]["causes"] == [cause["cause"] for cause in failed.json["causes"]]
    told = cli("history", connector)
    assert told.err == ""
    lines = told.out.splitlines()
    assert lines[0].split() == ["WHEN", "RESULT", "STAGE", "TOOK", "RUN", "REASON"]
    assert "failed" in lines[1]
    assert "connect" in lines[1]
    assert failed.json["causes"][0]["title"] in lines[1]
    assert "passed" in lines[2]
    assert "Today " in lines[3]


def test_a_run_is_shown_as_its_verification_was(cli: Cli, connector: str) -> None:
    first = cli("verify", connector, "--send-to", ADMIN, "--json").json
    cli("edit", connector, "--set", "server.port=1")
    second = cli("verify", connector, "--json").json
    assert second["causes"]
    assert cli("show", connector, "--run", "latest", "--json").json == second
    oldest = runs(cli)[1]["id"]
    assert cli("show", connector, "--run", oldest, "--json").json == first
    told = cli("show", connector, "--run", "latest")
    assert second["causes"][0]["title"] in told.out
    assert "Stopped at Connect (connect)" in told.out
    assert "Verified" in cli("show", connector, "--run", oldest).out


def test_what_a_list_says_comes_from_the_last_run_that_counts(cli: Cli, connector: str) -> None:
    assert "run" not in row(cli)
    cli("verify", connector)
    cli("verify", connector, "--stop-after", "tls")
    first = runs(cli)[1]
    assert {**row(cli), "status": "verified", "run": first["id"]} == row(cli)
    assert "verified: just now" in cli("list").out
    cli("edit", connector, "--set", "server.port=1")
    assert row(cli)["status"] == "changed"
    assert cli("list").out.splitlines()[1].count("  changed  ") == 1
    failed = cli("verify", connector, "--json").json
    found = row(cli)
    assert (found["stage"], found["cause"]) == ("connect", failed["causes"][0]["cause"])
    assert found["at"] == failed["started"]
    title = failed["causes"][0]["title"]
    assert f"failed: Connect (connect), {title}, just now" in cli("list").out


def test_with_a_secret_for_the_occasion_the_run_says_so_and_the_status_stays(
    cli: Cli, connector: str, server: ScenarioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", join_command(prints("pass-phrase")))
    argv = ("edit", connector, "--secret-stdin", "--secret-store", "file")
    assert cli(*argv, stdin=server.password).code == 0  # one that outlives this process
    cli("verify", connector)
    before = row(cli)
    assert cli("verify", connector, "--secret-stdin", stdin="wrong").code == 15
    assert row(cli) == before
    given, own = runs(cli)
    assert given["secret_given"] is True
    assert given["stage"] == "auth"
    assert "secret_given" not in own
    assert "(with a secret given for it)" in cli("history", connector).out
    cli("verify", connector, "--secret-stdin", "--stop-after", "tls", stdin="wrong")
    assert cli("history", connector).out.splitlines()[1].endswith("with a secret given for it")


def test_as_many_are_kept_as_the_settings_say(cli: Cli, connector: str) -> None:
    before = cli("settings", "list", "--json").json["settings"]
    assert (before["history.runs"], before["secret_store"]) == (50, None)
    changed = cli("settings", "set", "history.runs=2", "secret_store=file", "--json")
    assert changed.json["settings"] == before | {"history.runs": 2, "secret_store": "file"}
    for _ in range(3):
        cli("verify", connector, "--stop-after", "tls")
    assert len(runs(cli)) == 2
    assert len(list(folder(cli).iterdir())) == 2
    cli("settings", "set", "history.runs=1")
    assert len(runs(cli)) == 1
    told = cli("settings", "set", "history.runs=", "secret_store=").out
    assert ["history.runs", "50"] in [line.split()[:2] for line in told.splitlines()]
    assert len(runs(cli)) == 2


@pytest.mark.parametrize("value", ["0", "1001", "-1", "1.5", "many", "٣", "9" * 30])
def test_no_other_number_will_do(cli: Cli, value: str) -> None:
    result = cli("settings", "set", "secret_store=file", f"history.runs={value}", "--json")
    assert (result.code, result.error["code"]) == (2, "setting_invalid")
    assert result.error["field"] == "history.runs"
    assert not (cli.data_dir / "settings.json").exists()


def test_a_setting_that_is_misspelt_is_named_with_what_was_meant(cli: Cli) -> None:
    result = cli("settings", "set", "history.run=3", "--json")
    assert (result.code, result.error["code"]) == (2, "setting_unknown")
    assert "history.runs" in result.error["message"]


@pytest.mark.parametrize("value", ['"many"', "0", "true", "null", "[]"])
def test_settings_that_say_nonsense_are_not_in_force(cli: Cli, value: str) -> None:
    cli.data_dir.mkdir()
    (cli.data_dir / "settings.json").write_text(f'{{"history.runs": {value}}}')
    assert cli("settings", "list", "--json").json["settings"]["history.runs"] == 50


def test_a_run_that_nobody_knows(cli: Cli, connector: str) -> None:
    for name in ("latest", "20261129-101500-3f9c1a", "../../settings", ""):
        result = cli("show", connector, "--run", name, "--json")
        assert (result.code, result.error["code"]) == (2, "run_unknown")


def test_a_damaged_run_is_named_and_hides_no_other(cli: Cli, connector: str) -> None:
    cli("verify", connector)
    cli("verify", connector)
    newest, oldest = runs(cli)
    path = folder(cli) / f"{newest['id']}.json"
    path.write_bytes(b"")
    result = cli("history", connector, "--json")
    assert result.json["runs"] == [oldest]
    assert [entry["path"] for entry in result.json["damaged"]] == [str(path)]
    assert str(path) in cli("history", connector).err
    assert cli("show", connector, "--run", "latest", "--json").json["started"] == oldest["at"]
    result = cli("show", connector, "--run", newest["id"], "--json")
    assert (result.code, result.error["code"]) == (3, "run_damaged")
    assert cli("list").code == 0


def test_a_cause_of_a_later_version_is_told_by_its_name(cli: Cli, connector: str) -> None:
    cli("edit", connector, "--set", "server.port=1")
    cli("verify", connector)
    [path] = folder(cli).iterdir()
    path.write_text(path.read_text().replace('"connection_refused"', '"not_known_yet"'))
    shown = cli("show", connector, "--run", "latest", "--json").json
    cause = shown["causes"][0]
    assert (cause["cause"], cause["title"]) == ("not_known_yet", "not_known_yet")
    assert "not_known_yet" in cli("show", connector, "--run", "latest").out
    assert "not_known_yet" in cli("history", connector).out


def test_runs_go_with_their_connector_and_are_copied_with_none(cli: Cli, connector: str) -> None:
    cli("verify", connector)
    cli("--secret-store", "session", "duplicate", connector, "Copy")
    assert runs(cli, "Copy") == []
    kept = folder(cli)
    cli("remove", connector)
    assert not kept.exists()


def test_a_run_that_cannot_be_written_is_a_log_entry(cli: Cli, connector: str) -> None:
    shutil.rmtree(cli.data_dir / "projects/default/history")
    (cli.data_dir / "projects/default/history").write_text("in the way")
    assert cli("verify", connector, "--json").json["ok"]
    log = (cli.data_dir / "log/smtpwizard.log").read_text()
    assert "run_not_recorded" in [json.loads(line)["event"] for line in log.splitlines()]


def test_how_long_a_notification_stays(cli: Cli) -> None:
    ws = Workspace.open(cli.data_dir)
    assert notifications_stay_s(ws) == 8
    for seconds in (0, 600, 12):
        changed = cli("settings", "set", f"notifications={seconds}", "--json")
        assert changed.json["settings"]["notifications"] == seconds
        assert notifications_stay_s(ws) == seconds
    for value in ("601", "-1", "x", "1.5"):
        refused = cli("settings", "set", f"notifications={value}", "--json")
        assert refused.error["code"] == "setting_invalid"
        assert refused.error["field"] == "notifications"
    assert cli("settings", "set", "notifications=", "--json").json["settings"]["notifications"] == 8
