"""`compare`: connectors, runs, reports and cases beside each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cli import columns
from smtpwizard.cli.wrapping import width_of
from smtpwizard.model.plain import to_plain
from smtpwizard.model.report import Reply, Report, Stage
from smtpwizard.model.run import new_run
from smtpwizard.model.stage_facts import StageError
from smtpwizard.storage.case_tables import CaseTable, CaseTables
from smtpwizard.usecases.workspace import Workspace
from tests.cases.reports import failed, report
from tests.cli.conftest import Cli, run_process

REFUSED = failed(Stage.AUTH, StageError.AUTH_REFUSED, Reply(535, "5.7.8", "Authentication failed"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


def keep(cli: Cli, name: str, result: Report, second: int, **settings: Any) -> str:
    """Keep a run of a connector; its id."""
    ws = Workspace.open(cli.data_dir)
    stored = ws.find(name)
    identifier = f"20261129-1015{second:02}-3f9c1a"
    document = stored.connector.to_json()
    document["server"].update(settings)
    ws.store.write_run(new_run(document, result, {}, stored.id, identifier=identifier), keep=50)
    return identifier


def parts(cli: Cli, a: str, b: str) -> list[str]:
    result = cli("compare", "--json", "--", a, b)
    assert result.code == (4 if result.json["differences"] else 0)
    assert result.json["same"] is not bool(result.json["differences"])
    return [f"{each['part']}:{each['what']}" for each in result.json["differences"]]


def test_connectors_and_their_runs(cli: Cli) -> None:
    cli.create()
    cli.create(name="Copy")
    assert parts(cli, "Invoices", "Copy") == []
    first = keep(cli, "Invoices", report(), 1, port=25)
    second = keep(cli, "Invoices", REFUSED, 2)
    assert parts(cli, "Invoices", "Copy") == []  # the copy was never verified
    cli("edit", "Copy", "--set", "server.port=465")
    assert parts(cli, "Invoices", "Copy") == ["settings:server.port"]
    ended = ["stages:auth", "causes:bad_credentials", "replies:auth"]
    assert parts(cli, f"Invoices@{first}", f"invoices@{second}") == [
        *ended[:2], "settings:server.port", ended[2],
    ]  # fmt: skip
    assert parts(cli, "Invoices", "Invoices@latest") == []
    assert parts(cli, f"Invoices@{second}", "Invoices@latest") == []


def test_a_run_and_a_connector_that_are_not_there(cli: Cli) -> None:
    cli.create()
    for name, code in (
        ("Invoices@latest", "run_unknown"),
        ("Invoices@20261129-101501-3f9c1a", "run_unknown"),
        ("Invoices@../../x", "run_unknown"),
        ("nobody", "connector_unknown"),
        ("nobody@latest", "connector_unknown"),
        ("@", "connector_unknown"),
        ("none.json", "file_unreadable"),
        ("no/where", "file_unreadable"),
    ):
        result = cli("compare", "Invoices", name, "--json")
        assert (result.code, result.error["code"]) == (2, code), name
    assert cli("compare", "none.smtpcase", "Invoices", "--json").error["field"] == "a"
    assert cli("compare", "Invoices", "none.smtpcase", "--json").error["field"] == "b"


def test_a_name_with_an_at_sign_and_one_that_is_a_file(cli: Cli) -> None:
    cli.create(name="mailer@latest")
    cli.create(name="report.json", server__port=25)
    Path("report.json").write_text("{")
    assert parts(cli, "mailer@latest", "report.json") == ["settings:server.port"]
    result = cli("compare", "./report.json", "mailer@latest", "--json")
    assert (result.code, result.error["code"]) == (2, "document_not_json")


def test_reports_in_files(cli: Cli) -> None:
    cli.create()
    for name, kept in (("good", report()), ("bad.json", REFUSED)):
        Path(name).write_text(json.dumps(kept.to_json()))
    found = ["stages:auth", "causes:bad_credentials", "replies:auth"]
    assert parts(cli, "good", "bad.json") == found
    result = cli("compare", "good", "Invoices", "--json")
    assert (result.code, result.error["code"]) == (2, "nothing_to_compare")
    keep(cli, "Invoices", report(), 1)
    assert parts(cli, "good", "Invoices") == []
    Path("bad.json").write_text(json.dumps(REFUSED.to_json() | {"stages": []}))
    result = cli("compare", "good", "bad.json", "--json")
    assert (result.error["code"], result.error["field"]) == ("report_invalid", "stages")


def test_cases_of_others_and_of_our_own(cli: Cli) -> None:
    cli.create(server__host="mail.contoso-mail.de")
    keep(cli, "Invoices", REFUSED, 1)
    ws = Workspace.open(cli.data_dir)
    stored = ws.find("Invoices")
    settings = stored.connector.to_json()
    settings["server"] = settings["server"] | {"host": "host-1.domain-1.example"}
    case = {
        "format": "smtpwizard-case",
        "schema": 1,
        "manifest": {"connector": "ab" * 16},
        "connector": settings,
        "report": to_plain(REFUSED),
    }
    Path("x.smtpcase").write_text(json.dumps(case))
    assert parts(cli, "Invoices", "x.smtpcase") == ["settings:server.host"]
    names = {"host": {"mail.contoso-mail.de": "host-1.domain-1.example"}}
    table = CaseTable("ab" * 16, stored.id, "r", 1, "i", ("cd" * 32,), names)
    CaseTables(ws.store.directory).write(table)
    assert parts(cli, "Invoices", "x.smtpcase") == []
    Path("y.smtpcase").write_text(json.dumps(case | {"manifest": {}}))
    assert parts(cli, "Invoices", "y.smtpcase") == ["settings:server.host"]
    good = str(Path("good.json").resolve())
    Path(good).write_text(json.dumps(report().to_json()))
    told = cli("compare", good, "y.smtpcase").out
    assert "User name or" in told
    broken = settings | {"authentication": {"method": "of later"}}
    Path("y.smtpcase").write_text(json.dumps(case | {"connector": broken}))
    assert "causes:bad_credentials" in parts(cli, good, "y.smtpcase")
    Path("y.smtpcase").write_text(json.dumps(case | {"report": None}))
    assert parts(cli, "Invoices", "y.smtpcase") == []
    Path("y.smtpcase").write_text(json.dumps(case | {"connector": None}))
    assert parts(cli, "Invoices", "y.smtpcase") == []
    Path("y.smtpcase").write_text(json.dumps(case | {"report": {}}))
    assert cli("compare", "Invoices", "y.smtpcase", "--json").error["field"] == "report"
    for path in cli.data_dir.rglob("case-*.json"):
        path.write_text("[")
    assert parts(cli, "Invoices", "x.smtpcase") == ["settings:server.host"]


def test_two_columns_for_people(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtpwizard.cli.compare.USUAL_WIDTH", 70)
    cli.create()
    cli.create(name="Backup", server__port=25, server__ehlo_name="a.b.test")
    assert cli("compare", "Invoices", "Invoices").out == "Nothing differs.\n"
    for name, kept in (("Invoices", report()), ("Backup", REFUSED)):
        keep(cli, name, kept, 1)
    result = cli("compare", "Invoices", "Backup")
    assert result.code == 4
    assert "How it went\n" in result.out
    assert "Causes\n" in result.out
    assert "User name or password – most likely" in " ".join(result.out.split())
    assert "server.port" in result.out
    assert max(map(width_of, result.out.splitlines())) <= 70


def test_columns_wrap_at_blanks_and_inside_long_words() -> None:
    rows = [("", "A", "B"), ("Heading",), ("what", "one two three four five six", "日本" * 12)]
    assert columns.beside(rows, 40) == [
        "        A                B",
        "Heading",
        "  what  one two three    日本日本日本日",
        "        four five six    本日本日本日本",
        "                         日本日本日本日",
        "                         本日本",
    ]
    assert columns.beside([("x" * 50, "a", "b")], 40)[0].startswith("  xxxxxxxxxxxxx  a")


def test_as_a_process(cli: Cli) -> None:
    cli.create()
    argv = ("--data-dir", str(cli.data_dir), "compare", "Invoices", "Invoices", "--json")
    result = run_process(*argv, cwd=Path(__file__).parents[2])
    assert (result.code, result.json) == (0, {"same": True, "differences": []})
