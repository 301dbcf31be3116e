"""`diagnose`: a failure on standard input, explained for people, as JSON, or line by line."""

from __future__ import annotations

import json
import os

from tests.cli.conftest import Cli, run_process

TENANT = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
)


def test_for_people(cli: Cli) -> None:
    result = cli("diagnose", stdin=TENANT)
    assert result.code == 0
    assert "Sending by SMTP is off for the whole organisation (most likely)" in result.out
    assert f"  Seen: {TENANT}" in result.out
    assert "1. Mail administrator: Open PowerShell" in result.out
    assert "To act: the mail administrator." in result.out
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
