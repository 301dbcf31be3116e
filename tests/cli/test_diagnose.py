"""`diagnose`: a failure on standard input, explained for people, as JSON, or line by line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.proof import read_email_file
from tests.cli.conftest import Cli, run_process
from tests.diagnosis.bounces import FULL, LATE, UNKNOWN, group, report

TENANT = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
)


def test_for_people(cli: Cli) -> None:
    result = cli("diagnose", stdin=TENANT)
    assert result.code == 0
    assert "Sending by SMTP is off for the whole organisation (most likely)" in result.out
    assert f"  In the text: {TENANT}" in result.out
    assert "1. Mail administrator: Open PowerShell" in result.out
    assert "Who must act: the mail administrator." in result.out
    assert "Understood: stage: auth, codes: 535 5.7.139" in result.out


def test_as_json(cli: Cli) -> None:
    answer = cli("diagnose", "--json", stdin=TENANT).json
    assert answer["causes"][0]["cause"] == "smtp_auth_disabled_tenant"
    assert set(answer) == {"causes", "understood", "tell_apart"}


def test_nothing_fitting_is_an_answer(cli: Cli) -> None:
    assert cli("diagnose", "--json", stdin="hello").json["causes"] == []
    result = cli("diagnose", stdin=b"")
    assert result.code == 0
    assert "Nothing in this text points to a known cause." in result.out


def test_where_two_are_close_it_says_what_tells_them_apart(cli: Cli) -> None:
    result = cli("diagnose", stdin="connect ETIMEDOUT 192.0.2.1:25")
    assert "To tell them apart: " in result.out


def test_batch_answers_each_line(cli: Cli) -> None:
    lines = [
        json.dumps({"raw": TENANT, "context": {"stage": "auth"}}),
        "no JSON",
        json.dumps({"raw": "nothing of the kind"}),
        json.dumps({"text": "x"}),
    ]
    result = cli("diagnose", "--batch", stdin="\n".join(lines))
    assert result.code == 0
    answers = [json.loads(line) for line in result.out.splitlines()]
    assert len(answers) == 4
    assert answers[0]["causes"][0]["cause"] == "smtp_auth_disabled_tenant"
    assert answers[1]["error"]["code"] == "line_unreadable"
    assert answers[2]["causes"] == []
    assert answers[3]["error"]["field"] == "raw"
    assert cli("diagnose", "--batch", "--json", stdin="\n".join(lines)).out == result.out


def test_batch_goes_on_after_a_line_without_end(cli: Cli) -> None:
    huge = b'{"raw": "' + b"x" * 8_000_000 + b'"}\n'
    result = cli("diagnose", "--batch", stdin=huge + json.dumps({"raw": TENANT}).encode())
    first, second = (json.loads(line) for line in result.out.splitlines())
    assert first["error"]["code"] == "line_too_long"
    assert second["causes"]


def test_no_project_is_needed_and_nothing_is_written(cli: Cli) -> None:
    cli("diagnose", stdin=TENANT)
    assert not cli.data_dir.exists()


def test_binary_and_controls_never_reach_the_terminal() -> None:
    data = bytes(range(256)) * 40 + b"\n535 5.7.8 \x1b]0;x\x07 authentication failed\x9b31m\n"
    result = run_process("diagnose", stdin=data)
    assert result.code == 0
    assert all(c.isprintable() or c == "\n" for c in result.out.replace(os.linesep, "\n"))


def test_more_than_a_megabyte_is_cut_and_said() -> None:
    result = run_process("diagnose", "--json", stdin=TENANT.encode() + b"\nx" * 1_000_000)
    assert result.json["causes"][0]["cause"] == "smtp_auth_disabled_tenant"
    assert "only the first million bytes" in result.err


BOUNCE = report(UNKNOWN, FULL, LATE)


def test_a_file_is_read_as_standard_input_is(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "bounce.eml"
    file.write_text(BOUNCE)
    answer = cli("diagnose", str(file), "--json").json
    assert answer == cli("diagnose", "-", "--json", stdin=BOUNCE).json
    assert answer["causes"][0]["cause"] == "recipient_rejected"
    assert answer["understood"]["reporting_mta"] == "smtp.example.com"
    first, _, late = answer["understood"]["recipients"]
    assert first == {
        "address": "bob@example.org",
        "action": "failed",
        "status": "5.1.1",
        "said": "550 5.1.1 <bob@example.org>: User unknown",
        "remote_mta": "mx.example.org",
        "cause": "recipient_rejected",
    }
    assert (late["action"], late["cause"]) == ("delayed", "greylisted")


def test_recipients_are_told_for_people(cli: Cli) -> None:
    out = cli("diagnose", stdin=BOUNCE).out
    assert out.startswith("Not delivered to 2 of 3 recipients\n")
    assert "  cid@example.net: Not delivered yet: 450 4.7.1 Greylisted, come back later\n" in out
    assert "The server's words" not in out
    assert "  In the text: 550 5.1.1 <bob@example.org>: User unknown" in out
    groups = [group(f"a{number}@example.org", "5.1.1", "550 no") for number in range(12)]
    assert "  and 2 more, which --json has\n" in cli("diagnose", stdin=report(*groups)).out


def test_it_says_which_connector_it_belongs_to(cli: Cli) -> None:
    cli.create(name="Invoices", server__host="smtp.example.com")
    found = cli("diagnose", "--json", stdin=BOUNCE).json["understood"]["connectors"]
    assert found == [
        {
            "connector": "Invoices",
            "likelihood": "medium",
            "why": ["its server is smtp.example.com"],
        }
    ]
    out = cli("diagnose", stdin=BOUNCE).out
    whose = "This connector has probably sent it:\n  Invoices (likely): Its server is "
    assert f"{whose}smtp.example.com.\n" in out
    assert "connectors" not in cli("diagnose", "--json", stdin=TENANT).json["understood"]


def test_a_project_that_cannot_be_read_stops_nothing(cli: Cli) -> None:
    assert cli("--project", "Other", "diagnose", stdin=BOUNCE).code == 2
    folder = cli.data_dir / "providers.d"
    folder.mkdir(parents=True)
    (folder / "x.toml").write_text("no TOML")
    assert cli("diagnose", stdin=BOUNCE).code == 0
    cli.data_dir.joinpath("projects").write_text("no folder")
    assert cli("diagnose", stdin=BOUNCE).code == 0


def test_provider_and_stage_are_the_context(cli: Cli) -> None:
    text = "535 5.7.8 Username and Password not accepted"
    known = cli("diagnose", "--json", "--provider", "Gmail", "--stage", "auth", stdin=text).json
    assert known["understood"]["provider"] == "google"
    assert known["understood"]["stage"] == "auth"
    odd = cli("diagnose", "--json", "--stage", "somewhere", stdin=text)
    assert odd.code == 0
    assert "somewhere is no stage" in odd.err


def test_batch_takes_a_file_and_a_context_for_its_lines(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "failures.jsonl"
    own = {"raw": "535 5.7.8 no", "context": {"provider": "Gmail"}}
    file.write_text(json.dumps({"raw": BOUNCE}) + "\n" + json.dumps(own))
    result = cli("diagnose", str(file), "--batch", "--provider", "Outlook")
    first, second = (json.loads(line)["understood"] for line in result.out.splitlines())
    assert first["provider"] == "microsoft"
    assert len(first["recipients"]) == 3
    assert second["provider"] == "google"


def test_a_file_that_cannot_be_read_is_named(cli: Cli, tmp_path: Path) -> None:
    missing = cli("diagnose", str(tmp_path / "none.eml"), "--json")
    assert (missing.code, missing.error["code"]) == (2, "file_unreadable")
    outlook = tmp_path / "bounce.msg"
    outlook.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    refused = cli("diagnose", str(outlook), "--json")
    assert (refused.code, refused.error["code"], refused.error["field"]) == (
        2,
        "outlook_message",
        "file",
    )
    assert "In Outlook save the message as text" in refused.error["message"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n", "file_empty"),
        (b"%PDF-1.7\n1 0 obj", "file_is_pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "file_is_picture"),
        (b"PK\x03\x04\x14\0", "file_is_archive"),
        (bytes(range(256)) * 4, "file_no_text"),
    ],
)
def test_a_file_that_is_no_text_says_what_it_is(
    cli: Cli, tmp_path: Path, data: bytes, code: str
) -> None:
    file = tmp_path / "file.eml"
    file.write_bytes(data)
    refused = cli("diagnose", str(file), "--json")
    assert (refused.code, refused.error["code"], refused.error["field"]) == (2, code, "file")
    assert "file.eml" in refused.error["message"]
    with pytest.raises(UsageError, match=code):
        read_email_file(file)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_a_text_in_any_encoding_is_one(cli: Cli, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "log.txt"
    file.write_bytes("\x1b[31m550 5.1.1 Empfänger unbekannt\x1b[0m\0".encode(encoding))
    assert cli("diagnose", str(file), "--json").code == 0


def test_a_secret_in_a_log_is_not_printed_again(cli: Cli) -> None:
    log = "AUTH PLAIN AG1haWxlcgBodW50ZXIy\n535 5.7.8 authentication failed, password=hunter2\n"
    for options in ((), ("--json",)):
        out = cli("diagnose", *options, stdin=log).out
        assert "hunter2" not in out
        assert "AG1haWxlcg" not in out
