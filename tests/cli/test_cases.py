"""A recorded run as a file for others: made, read and played by commands."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import Account, ScriptedServer
from tests.capabilities import signals_between_processes
from tests.cli.conftest import Cli

PASSWORD = "correct horse and nobody's business"
USER = "mailer@contoso-private.example"
REFUSED = f"535 5.7.8 {USER} may not log in from 10.3.4.5\r\n".encode()


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture
def server(authority: ThrowAwayAuthority) -> Iterator[ScriptedServer]:
    """Refuses logins."""
    with ScriptedServer(
        {"AUTH_RESULT": REFUSED},
        context=authority.server_context(),
        starttls=True,
        name="mail.contoso-private.example",
        account=Account(USER, PASSWORD),
    ) as running:
        yield running


@pytest.fixture
def connector(
    cli: Cli, server: ScriptedServer, authority: ThrowAwayAuthority, tmp_path: Path
) -> str:
    made = cli.create(
        secret=PASSWORD,
        server={
            "host": "localhost",
            "port": server.port,
            "security": "starttls",
            "ca_file": str(authority.write_ca(tmp_path / "ca.pem")),
        },
        authentication={"method": "basic", "username": USER},
        admin={"email": "admin@contoso-private.example"},
    )
    assert made.code == 0, made.err
    return "Invoices"


@pytest.fixture
def case(cli: Cli, connector: str, tmp_path: Path) -> str:
    """The file of a case of a login that was refused."""
    path = str(tmp_path / "invoices.smtpcase")
    assert cli("verify", connector, "--case", path).code == 15
    return path


def document(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


# -- making --------------------------------------------------------------------------------------


def test_a_verification_writes_its_own_case(cli: Cli, connector: str, tmp_path: Path) -> None:
    path = str(tmp_path / "x.smtpcase")
    done = cli("verify", connector, "--case", path, "--note", f"{USER} since Friday", "--json")
    assert done.code == 15
    told = done.json["case"]
    data = Path(path).read_bytes()
    assert told["file"] == path
    assert told["bytes"] == len(data)
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    assert told["omitted"] == told["unproven"] == []
    assert told["replaced"]["address"] >= 1
    assert list(document(path)) == [
        *("format", "schema", "manifest"),
        *("connector", "environment", "report", "wire", "oauth", "history"),
    ]
    assert document(path)["manifest"]["note"] == "user-1@domain-1.example since Friday"
    text = data.decode()
    for name in ("contoso", PASSWORD, "10.3.4.5"):
        assert name not in text
    assert [cause["cause"] for cause in done.json["causes"]] == [
        cause["cause"] for cause in cli("open", path, "--json").json["causes"]
    ]


def test_a_case_of_the_newest_failure(cli: Cli, connector: str, tmp_path: Path) -> None:
    assert cli("verify", connector).code == 15
    assert cli("verify", connector, "--stop-after", "tls").code == 0
    path = str(tmp_path / "x.smtpcase")
    made = cli("case", connector, "-o", path)
    assert made.code == 0
    assert f"Written: {path}" in made.out
    assert "No password and no token is in it" in made.out
    assert document(path)["report"]["ok"] is False
    again = cli("case", connector, "-o", path)
    assert again.code == 2
    assert "not overwritten" in again.err
    newest = cli("history", connector, "--json").json["runs"][0]["id"]
    other = str(tmp_path / "y.smtpcase")
    assert cli("case", connector, "-o", other, "--run", newest).code == 0
    assert document(other)["report"]["ok"] is True
    [earlier] = document(other)["history"]
    assert earlier["stage"] == "auth"


def test_the_same_run_gives_the_same_bytes(cli: Cli, case: str, tmp_path: Path) -> None:
    path = str(tmp_path / "again.smtpcase")
    assert cli("case", "Invoices", "-o", path).code == 0
    assert Path(path).read_bytes() == Path(case).read_bytes()


def test_parts_can_be_left_out_and_names_kept(cli: Cli, case: str, tmp_path: Path) -> None:
    path = str(tmp_path / "less.smtpcase")
    made = cli(
        *("case", "Invoices", "-o", path, "--omit", "environment", "--omit", "history"),
        *("--keep-names", "--json"),
    )
    assert made.json["omitted"] == ["environment", "history"]
    assert made.json["replaced"] == {}
    assert document(path)["connector"]["authentication"]["username"] == USER
    assert PASSWORD not in Path(path).read_text(encoding="utf-8")
    refused = cli("case", "Invoices", "-o", path + "x", "--omit", "manifest", "--json")
    assert refused.code == 2
    assert refused.error["code"] == "case_part_unknown"
    assert not Path(path + "x").exists()


def test_without_a_run_there_is_no_case(cli: Cli, connector: str, tmp_path: Path) -> None:
    path = tmp_path / "x.smtpcase"
    refused = cli("case", connector, "-o", str(path), "--json")
    assert refused.code == 2
    assert refused.error["code"] == "no_runs"
    assert not path.exists()


def test_a_case_that_cannot_be_written_is_the_exit_code(
    cli: Cli, connector: str, tmp_path: Path
) -> None:
    taken = tmp_path / "x.smtpcase"
    taken.write_text("mine", encoding="utf-8")
    done = cli("verify", connector, "--case", str(taken), "--json")
    assert done.code == 1
    assert done.json["case"]["error"]["code"] == "file_exists"
    assert done.json["stages"]
    assert taken.read_text(encoding="utf-8") == "mine"


def test_what_does_not_say_alone_what_the_run_says_is_not_written(
    cli: Cli, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtpwizard.usecases.case._prove", lambda *_: ("replay",))
    path = tmp_path / "x.smtpcase"
    refused = cli("case", "Invoices", "-o", str(path), "--json")
    assert refused.code == 1
    assert refused.error["code"] == "case_unproven"
    assert not path.exists()
    made = cli("case", "Invoices", "-o", str(path), "--unproven", "--json")
    assert made.code == 0
    assert made.json["unproven"] == ["replay"]
    assert document(str(path))["manifest"]["unproven"] == ["replay"]


# -- reading -------------------------------------------------------------------------------------


def test_open_shows_what_the_customer_saw(cli: Cli, case: str) -> None:
    shown = cli("open", case)
    assert shown.code == 0
    for part in ("user-1@domain-1.example", "found the same", "Environment:", "EHLO"):
        assert part in shown.out
    assert "contoso" not in shown.out
    # Whoever reads it is not the one who can change the connector.
    assert "Who must act: the customer" in shown.out
    assert "1. Customer: " in shown.out
    told = cli("open", case, "--json").json
    assert list(told) == [
        *("manifest", "connector", "report", "causes", "environment", "history", "differences"),
    ]
    assert told["differences"] == []
    assert told["report"]["stages"][5]["status"] == "failed"
    assert told["report"]["transcript"]


def test_the_customer_reads_it_in_real_names(cli: Cli, case: str, tmp_path: Path) -> None:
    assert USER in cli("open", case, "--translate").out
    assert (
        cli("open", case, "--translate", "--json").json["connector"]["authentication"]["username"]
        == USER
    )
    elsewhere = Path(case).read_text(encoding="utf-8")
    identifier = document(case)["manifest"]["connector"]
    other = tmp_path / "other.smtpcase"
    other.write_text(elsewhere.replace(identifier, "0" * 32), encoding="utf-8")
    refused = cli("open", str(other), "--translate", "--json")
    assert refused.code == 2
    assert refused.error["code"] == "case_not_from_here"


def test_open_asks_no_network_and_changes_nothing(
    cli: Cli, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the network was asked")

    before = cli.files()
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    assert cli("open", case).code == 0
    assert cli("replay", case, "--verify").code == 0
    assert cli.files() == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "smtpwizard-case"}', "\0"])
def test_what_is_no_case(cli: Cli, tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.smtpcase"
    path.write_text(content, encoding="utf-8")
    for argv in (("open", str(path)), ("replay", str(path), "--verify")):
        refused = cli(*argv, "--json")
        assert refused.code == 2
        assert refused.error["message"]


def test_a_case_without_its_report_says_so(cli: Cli, case: str, tmp_path: Path) -> None:
    path = str(tmp_path / "less.smtpcase")
    assert cli("case", "Invoices", "-o", path, "--omit", "report").code == 0
    refused = cli("open", path, "--json")
    assert refused.code == 2
    assert refused.error["code"] == "case_without_report"


# -- playing -------------------------------------------------------------------------------------


def test_the_replay_is_the_same(cli: Cli, case: str) -> None:
    played = cli("replay", case, "--verify", "--json")
    assert played.code == 0
    assert played.json["same"] is True
    assert played.json["differences"] == played.json["beyond_record"] == []
    assert played.json["report"]["stages"][5]["reply"]["code"] == 535
    assert "The same as recorded" in cli("replay", case, "--verify").out


def test_what_a_change_would_have_done(cli: Cli, case: str) -> None:
    played = cli("replay", case, "--verify", "--set", "authentication.mechanism=LOGIN", "--json")
    assert played.code == 4
    assert played.json["same"] is False
    assert "auth" in played.json["beyond_record"]
    assert played.json["report"]["causes"] == []
    assert not any(each["part"] == "causes" for each in played.json["differences"])
    told = cli("replay", case, "--verify", "--set", "authentication.mechanism=LOGIN").out
    assert "The record cannot tell. Beyond the record: “Sign in”" in " ".join(told.split())
    assert "passes" not in told
    assert "Verified" not in told
    assert re.search(r"Sign in \(auth\) +unknown", told)
    # It fails there as well: nothing of that is a server's word, nor advice.
    told = cli("replay", case, "--verify", "--set", "server.security=implicit_tls").out
    assert "The record cannot tell" in told
    assert "Set server.security" not in told
    assert "Help: smtpwizard help" not in told
    strict = cli(
        *("replay", case, "--verify", "--strict", "--json"),
        *("--set", "authentication.mechanism=LOGIN"),
    )
    assert strict.code == 4
    refused = cli("replay", case, "--verify", "--set", "server.port=0", "--json")
    assert refused.code == 2
    assert refused.error["field"] == "server.port"


def test_a_port_that_is_taken(cli: Cli, case: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = cli("replay", case, "--port", str(taken.getsockname()[1]), "--json")
    assert refused.code == 2
    assert refused.error["code"] == "port_not_free"
    assert cli("replay", case, "--port", "70000").code == 2


@signals_between_processes
def test_the_recorded_server_is_there_for_any_client(cli: Cli, case: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "smtpwizard", "--data-dir", str(tmp_path / "other"), "replay", case],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        assert facts["host"] == "localhost"
        made = cli.create(
            secret=facts["secret"],
            name="Replay",
            server={key: facts[key] for key in ("host", "port", "security", "ca_file")},
            authentication={"method": "basic", "username": facts["username"]},
            admin={"email": facts["recipient"]},
        )
        assert made.code == 0, made.err
        seen = cli("verify", "Replay", "--json")
        assert seen.code == 15
        assert seen.json["stages"][5]["reply"]["code"] == 535
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        process.communicate()
    assert process.returncode == 130


# -- the answer ----------------------------------------------------------------------------------


def test_from_a_case_to_the_applied_answer(cli: Cli, case: str, tmp_path: Path) -> None:
    answer = str(tmp_path / "fix.smtpanswer")
    fix = "authentication.username=user-2@domain-1.example"
    assert cli("propose", case, "--set", fix, "--note", "As the admin", "-o", answer).code == 0
    assert "contoso" not in Path(answer).read_text(encoding="utf-8")
    shown = cli("apply", answer, "--dry-run", "--json").json
    assert shown["applied"] is False
    assert shown["changes"] == [
        {
            "field": "authentication.username",
            "before": USER,
            "after": "admin@contoso-private.example",
            "weaker": False,
        }
    ]
    assert cli("apply", answer, "--json").json["applied"] is True
    assert cli("show", "Invoices", "--json").json["authentication"]["username"] == (
        "admin@contoso-private.example"
    )
    assert cli("apply", answer, "--json").code == 2


def test_the_window_opens_a_file(cli: Cli, case: str) -> None:
    assert cli("gui", case).code in (0, 2)  # where no display opens, it says so
    assert all(window["file"] == os.path.abspath(case) for window in cli.windows)
