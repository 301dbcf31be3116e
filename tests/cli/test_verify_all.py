"""`verify --all`: a line of JSON a connector, the summary last, exit codes, and the words."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from smtpwizard.demo.connection import DEFAULT, Action
from smtpwizard.demo.scripted import HANG, Account, ScriptedServer
from smtpwizard.secretstore import FileStore
from smtpwizard.storage import DataDirectory
from smtpwizard.usecases import verify_all as module
from tests import capabilities
from tests.cli.conftest import Cli, Result
from tests.helpers.processes import wait_until
from tests.helpers.programs import prints

LOGIN = Account("mailer", "good")
GUARD_S = 300


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    refused = b"535 5.7.8 no\r\n"
    results: list[Action] = [b"235 ok\r\n", b"235 ok\r\n", refused, b"235 ok\r\n"]
    with ScriptedServer({"AUTH_RESULT": results}, account=LOGIN) as running:
        yield running


def create(cli: Cli, server: ScriptedServer, name: str, secret: str | None = "good") -> None:
    host = {"host": server.host, "port": server.port, "security": "none"}
    login = {"method": "basic", "username": "mailer"}
    made = cli.create(secret=secret, name=name, server=host, authentication=login)
    assert made.code == 0


def lines(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.out.splitlines()]


def test_a_line_each_and_the_summary_last(cli: Cli, server: ScriptedServer) -> None:
    create(cli, server, "A")
    create(cli, server, "B")
    create(cli, server, "No password", None)
    first = cli("verify", "--all", "--json")
    assert first.code == 0
    *each, last = lines(first)
    assert sorted(line["connector"] for line in each) == ["A", "B", "No password"]
    [skipped] = [line for line in each if line["ok"] is None]
    assert skipped["skipped"] == "secret_missing"
    assert skipped["message"].startswith("There is no stored secret for this connector.")
    assert skipped["before"] == skipped["now"] == "untested"
    good = next(line for line in each if line["connector"] == "A")
    assert good == {
        "connector": "A", "ok": True, "stage": None, "cause": None, "before": "untested",
        "now": "verified",
    }  # fmt: skip
    took = last["summary"].pop("duration_ms")
    assert isinstance(took, int)
    assert last == {
        "summary": {
            "verified": 2, "failed": 0, "unknown": 0, "skipped": 1, "newly_broken": [],
            "repaired": [], "unproven": [],
        }
    }  # fmt: skip
    again = cli("verify", "--all", "--json", "--jobs", "1")
    assert again.code == 4
    assert lines(again)[-1]["summary"]["newly_broken"] == ["A"]
    third = cli("verify", "--all", "--json", "--jobs", "1", "--timeout", "60")
    assert third.code == 0
    assert lines(third)[-1]["summary"]["repaired"] == ["A"]
    assert "damaged" not in lines(third)[-1]["summary"]


def test_the_newly_broken_come_first(cli: Cli, server: ScriptedServer) -> None:
    create(cli, server, "Good")
    create(cli, server, "Broken")
    create(cli, server, "Empty", None)
    cli("verify", "--all")
    broken = cli("verify", "--all", "--jobs", "1")
    assert broken.code == 4
    told = broken.out.splitlines()
    assert told[0] == "Newly broken:"
    assert told[1].startswith("  Broken: Sign in (auth), ")
    assert told[3] == "Skipped:"
    assert told[4].startswith("  Empty: There is no stored secret")
    assert told[-1].startswith("1 newly broken, 1 verified, 1 failed, 1 skipped (")
    repaired = cli("verify", "--all", "--jobs", "1").out.splitlines()
    assert repaired[:2] == ["Repaired:", "  Broken"]
    assert repaired[-1].startswith("2 verified, 1 skipped (")


def test_what_was_not_good_before_is_told_apart(cli: Cli) -> None:
    with ScriptedServer({"greeting": b"554 go away\r\n"}) as server:
        create(cli, server, "A")
        told = cli("verify", "--all")
        assert told.code == 0
        assert told.out.splitlines()[0] == "Failed, and not verified before:"
        assert told.out.splitlines()[-1].startswith("1 of 1 failed, which did not work before (")
        create(cli, server, "B")
        told = cli("verify", "--all")
        assert told.out.splitlines()[-1].startswith("2 of 2 failed, none of which worked before (")


def test_a_connector_that_changes_meanwhile_says_so(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module._Run, "_status", lambda *_: "changed")
    with ScriptedServer({"greeting": b"554 go away\r\n"}) as server:
        create(cli, server, "A")
        assert "(changed)" in cli("verify", "--all").out


def test_a_mistake_of_ours_is_said_and_is_exit_1(
    cli: Cli, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(cli, server, "A")

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "verify_stored", fail)
    result = cli("verify", "--all")
    assert result.code == 1
    assert "A: An unexpected error, and our fault" in result.out


def test_files_that_are_no_connectors_are_named(cli: Cli, server: ScriptedServer) -> None:
    create(cli, server, "A")
    folder = cli.data_dir / "projects" / "default" / "connectors"
    (folder / "x.json").write_text('{"schema": 99, "name": "Later"}')
    result = cli("verify", "--all", "--json")
    assert lines(result)[-1]["summary"]["newer"][0]["name"] == "Later"
    assert "note: " in result.err


def test_nothing_to_verify(cli: Cli) -> None:
    assert lines(cli("verify", "--all", "--json"))[0]["summary"]["verified"] == 0
    told = cli("verify", "--all")
    assert (told.code, told.out.startswith("No connector to verify (")) == (0, True)


def test_a_locked_store_ends_with_3_and_is_told_once(
    cli: Cli, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileStore.__init__, "__kwdefaults__", {"cost": 2**4})
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", shlex.join(prints("long enough")))
    for name in ("A", "B", "C"):
        host = {"host": server.host, "port": server.port, "security": "none"}
        login = {"method": "basic", "username": "mailer"}
        made = cli.create(
            "--secret-store", "file", secret="good", name=name, server=host, authentication=login
        )
        assert made.code == 0
    monkeypatch.delenv("SMTPWIZARD_PASSPHRASE_COMMAND")  # as in a job at night
    told = cli("verify", "--all")
    assert told.code == 3
    assert told.out.count("The encrypted file needs its passphrase.") == 1
    assert told.out.splitlines()[2:5] == ["    A", "    B", "    C"]
    assert told.out.splitlines()[-1].startswith("Nothing was verified, 3 skipped (")
    as_json = cli("verify", "--all", "--json")
    assert as_json.code == 3
    assert [line.get("skipped") for line in lines(as_json)] == ["passphrase_needed"] * 3 + [None]
    assert as_json.err.count("note: The encrypted file needs its passphrase.") == 1
    # One that needs no secret fails: that is no answer for the others.
    with ScriptedServer({"greeting": b"554 go away\r\n"}) as bad:
        host = {"host": bad.host, "port": bad.port, "security": "none"}
        cli.create(name="Plain", server=host, authentication={"method": "none"})
        told = cli("verify", "--all")
    assert told.code == 3
    assert told.out.splitlines()[-1].startswith(
        "1 of 1 failed, which did not work before, 3 skipped ("
    )


def test_files_that_all_cannot_be_used_are_no_success(cli: Cli) -> None:
    cli.create(name="A", server={"host": "mail.example"}, authentication={"method": "none"})
    folder = cli.data_dir / "projects" / "default" / "connectors"
    for path in folder.glob("*.json"):
        path.write_text('{"schema": 99, "name": "Later"}')
    assert cli("verify", "--all").code == 3


@pytest.mark.parametrize(
    "argv",
    [
        (), ("--jobs", "2"), ("A", "--jobs", "2"), ("A", "--all"), ("--all", "--secret-stdin"),
        ("--all", "--find-out-more"), ("--all", "--case", "x"), ("--all", "--approve-command"),
        ("--all", "--jobs", "0"), ("--all", "--jobs", "257"), ("--all", "--jobs", "9999999999999"),
        ("--all", "--jobs", "x"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(cli: Cli, argv: tuple[str, ...]) -> None:
    result = cli("verify", *argv, "--json")
    assert (result.code, result.error["code"]) == (2, "arguments_invalid")


def test_an_address_that_is_none(cli: Cli) -> None:
    result = cli("verify", "--all", "--send-to", "nobody", "--json")
    assert (result.code, result.error["field"]) == (2, "send_to")


@capabilities.signals_between_processes
def test_ctrl_c_stops_all_of_it_at_once(cli: Cli) -> None:
    with ScriptedServer({"greeting": HANG}) as server:
        for number in range(6):
            host = {"host": server.host, "port": server.port, "security": "none"}
            cli.create(name=f"{number}", server=host, authentication={"method": "none"})
        command = [
            *(sys.executable, "-m", "smtpwizard", "--data-dir", str(cli.data_dir)),
            *("verify", "--all", "--json", "--timeout", str(GUARD_S)),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            wait_until(lambda: len(server.connections) == 4, "four connections")
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=GUARD_S)
    assert process.returncode == 130
    *each, last = [json.loads(line) for line in out.splitlines()]
    assert [line["skipped"] for line in each] == ["cancelled"] * 4
    assert last["summary"]["interrupted"] is True
    assert last["summary"]["left"] == 2


def test_a_folder_that_can_only_be_read_keeps_no_result(
    cli: Cli, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(cli, server, "Invoices")
    assert "not kept" not in cli("verify", "Invoices").err
    monkeypatch.setattr(DataDirectory, "writable", lambda _: False)
    for words in (["Invoices"], ["--all"]):
        told = cli("verify", *words, "--json")
        assert f"The data folder {cli.data_dir} can only be read" in told.err
        assert "only be read" not in told.out


def test_a_login_alone_repairs_nothing_that_failed_with_an_email(cli: Cli) -> None:
    refused: list[Action] = [b"554 5.7.1 Refused\r\n", DEFAULT]
    with ScriptedServer({"DATA": refused}, account=LOGIN) as server:
        create(cli, server, "A")
        assert cli("verify", "A", "--send-to", "x@example.com").code == 18
        [before] = json.loads(cli("list", "--json").out)["connectors"]
        for _ in range(2):
            told = cli("verify", "--all", "--json")
            assert told.code == 0
            each, last = lines(told)
            assert (each["ok"], each["before"], each["now"]) == (True, "failed", "failed")
            assert each["unproven"] == {
                "stage": "data", "at": before["at"], "cause": before["cause"],
            }  # fmt: skip
            summary = last["summary"]
            assert (summary["repaired"], summary["newly_broken"]) == ([], [])
            assert (summary["verified"], summary["unproven"]) == (0, ["A"])
        [row] = json.loads(cli("list", "--json").out)["connectors"]
        assert row | {"login_at": None} == before | {"login_at": None}
        assert row["login_at"] >= before["at"]
        people = cli("verify", "--all").out.splitlines()
        assert people[0].startswith("The login works, sending failed before;")
        assert people[1].startswith("  A: Send the message (data), ")
        assert people[-1].startswith("1 where only the login works (")
        assert "failed: Send the message (data), just now, the login works, " in cli("list").out
        one = cli("verify", "A")
        assert one.code == 0, "the login is what was asked for"
        last_line = one.out.splitlines()[-1]
        assert last_line.startswith(
            "The login works. Whether email can be sent was not tested. The last test with an "
            "email stopped at Send the message (data), today "
        )
        assert "smtpwizard verify A --send-to" in last_line
        assert json.loads(cli("verify", "A", "--json").out)["unproven"]["stage"] == "data"
        ended = [run["verdict"] for run in json.loads(cli("history", "A", "--json").out)["runs"]]
        assert ended == ["let_in"] * 5 + ["stopped"]
        assert "login works, no email sent" in cli("history", "A").out
        mended = cli("verify", "--all", "--send-to", "x@example.com", "--json")
        assert lines(mended)[-1]["summary"]["repaired"] == ["A"]
    assert "unproven" not in lines(mended)[0]
