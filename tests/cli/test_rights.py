"""`rights` against servers that allow some senders and refuse others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.scripted import CLOSE, DEFAULT, Action, ScriptedServer
from smtpwizard.model.errors import StorageError
from tests.cli.conftest import Cli

SENDERS = ("billing@quay.example", "sales@quay.example", "zebra@quay.example")


def _create(cli: Cli, server: ScriptedServer) -> None:
    made = cli.create(
        server={"host": "127.0.0.1", "port": server.port, "security": "none"},
        authentication={"method": "none"},
    )
    assert made.code == 0


def _ask(cli: Cli, *senders: str) -> tuple[int, list[dict[str, Any]]]:
    options = ("--send-to", "admin@quay.example", "--json")
    result = cli("rights", "Invoices", "--sender", *senders, *options)
    return result.code, result.json["rights"]


def test_one_email_each_up_to_the_reply_after_the_dot(cli: Cli) -> None:
    replies: list[Action] = [
        DEFAULT,
        b"554 5.2.252 SendAsDenied; mailer@quay.example not allowed to send as sales\r\n",
        b"554 5.7.1 Message looks like spam\r\n",
    ]
    with ScriptedServer({"EOD": replies}) as server:
        _create(cli, server)
        code, rights = _ask(cli, *SENDERS)
    assert code == 0
    assert [(r["sender"], r["allowed"], r["stage"]) for r in rights] == [
        (SENDERS[0], True, "data"),
        (SENDERS[1], False, "data"),
        (SENDERS[2], None, "data"),
    ]
    assert rights[1]["reply"]["code"] == 554
    assert rights[1]["remedy"].startswith("1. Set sender.address to an address")
    assert (rights[0]["remedy"], rights[2]["remedy"]) == (None, None)
    assert [m.mail_from for m in server.accepted] == [SENDERS[0]]


def test_what_is_said_earlier_and_what_is_not_said(cli: Cli) -> None:
    behaviours: dict[str, Action] = {
        "MAIL": [b"553 5.7.1 Sender address rejected: not owned by user\r\n", DEFAULT, DEFAULT],
        "RCPT": [b"550 5.1.1 No such user\r\n", DEFAULT],
        "EOD": [CLOSE],
    }
    with ScriptedServer(behaviours) as server:
        _create(cli, server)
        code, rights = _ask(cli, *SENDERS)
    assert code == 0
    assert [(r["allowed"], r["stage"]) for r in rights] == [
        (False, "mail_from"), (None, "rcpt_to"), (None, "data"),
    ]  # fmt: skip
    assert rights[2]["reply"] is None


def test_nobody_else_is_tried_where_nothing_answers(cli: Cli) -> None:
    with ScriptedServer({"greeting": b"554 5.3.2 no\r\n"}) as server:
        _create(cli, server)
        code, rights = _ask(cli, *SENDERS)
    assert code == 12
    assert [r["allowed"] for r in rights] == [None] * 3
    assert len(server.connections) == 1


def test_no_address(cli: Cli) -> None:
    with ScriptedServer() as server:
        _create(cli, server)
        result = cli(
            "rights", "Invoices", "--sender", "nobody", "--send-to", "a@b.example", "--json"
        )
    assert (result.code, result.error["field"]) == (2, "--sender")


def test_as_text_with_the_server_s_words_and_what_to_do(cli: Cli) -> None:
    replies: list[Action] = [b"553 5.7.1 Sender address rejected: not owned by user\r\n", DEFAULT]
    with ScriptedServer({"MAIL": replies, "RCPT": b"550 5.1.1 No such user\r\n"}) as server:
        _create(cli, server)
        options = ("--send-to", "admin@quay.example")
        lines = cli("rights", "Invoices", "--sender", *SENDERS[:2], *options).out.splitlines()
    assert lines[0].startswith(f"{SENDERS[0]}: this login may not send as another.")
    assert lines[1] == "  553 5.7.1 Sender address rejected: not owned by user"
    assert lines[2].startswith("  1. ")
    assert lines[-2:] == [
        f"{SENDERS[1]}: not known; the server refused the recipient.",
        "  550 5.1.1 No such user",
    ]


def test_what_was_asked_and_answered_stays_in_history(cli: Cli) -> None:
    refused = b"553 5.7.1 Sender address rejected: not owned by user\r\n"
    with ScriptedServer({"MAIL": [DEFAULT, DEFAULT, refused]}) as server:
        _create(cli, server)
        assert cli("verify", "Invoices", "--send-to", "admin@quay.example").code == 0
        [before] = cli("list", "--json").json["connectors"]
        _, rights = _ask(cli, *SENDERS[:2])
    [after] = cli("list", "--json").json["connectors"]
    assert after == before, "a test alone says how the connector is"
    assert cli("show", "Invoices", "--run", "latest", "--json").json["ok"], "so does the latest"
    runs = cli("history", "Invoices", "--json").json["runs"]
    assert [(run.get("asked_as"), run["ok"]) for run in runs] == [
        (SENDERS[1], False), (SENDERS[0], True), (None, True),
    ]  # fmt: skip
    assert [run["id"] for run in runs[:2]] == [rights[1]["run"], rights[0]["run"]]
    assert runs[0]["reply"]["code"] == 553
    for side in ("Invoices", "Invoices@latest"):
        assert cli("compare", side, f"Invoices@{runs[2]['id']}", "--json").json["same"], side
    lines = cli("history", "Invoices").out.splitlines()
    assert f"May not send as {SENDERS[1]}" in lines[1]
    assert f"May send as {SENDERS[0]}" in lines[2]
    shown = cli("show", "Invoices", "--run", rights[1]["run"])
    assert shown.out.splitlines()[-1] == f"May not send as {SENDERS[1]}"
    whole = cli("show", "Invoices", "--run", rights[1]["run"], "--json").json
    assert whole["asked_as"] == SENDERS[1]
    assert SENDERS[1] in str(whole["transcript"])


def test_a_case_is_of_a_test_where_nobody_says_otherwise(cli: Cli, tmp_path: Path) -> None:
    refused = b"553 5.7.1 Sender address rejected: not owned by user\r\n"
    with ScriptedServer({"MAIL": refused}) as server:
        _create(cli, server)
        cli("verify", "Invoices", "--stop-after", "ehlo")
        _, [right] = _ask(cli, SENDERS[1])
        for number, options in enumerate(((), ("--run", right["run"]))):
            file = tmp_path / f"{number}.smtpcase"
            assert cli("case", "Invoices", "-o", str(file), *options).code == 0
            opened = cli("open", str(file), "--json").json
            assert opened["report"]["ok"] is (number == 0)
            assert SENDERS[1] not in file.read_text("utf-8")


def test_what_could_not_be_kept_has_no_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StorageError("disk_full", path="")

    with ScriptedServer() as server:
        _create(cli, server)
        monkeypatch.setattr("smtpwizard.storage.runs.RunStore.write", fails)
        code, [right] = _ask(cli, SENDERS[0])
    assert (code, right["allowed"], right["run"]) == (0, True, None)


def test_many_at_once_leave_the_tests_their_place(cli: Cli) -> None:
    with ScriptedServer() as server:
        _create(cli, server)
        cli("settings", "set", "history.runs=6")
        for _ in range(3):
            cli("verify", "Invoices", "--stop-after", "ehlo")
        _, rights = _ask(cli, *(f"{name}@quay.example" for name in "abcde"))
    assert [right["run"] is not None for right in rights] == [True, True, True, False, False]
    runs = cli("history", "Invoices", "--json").json["runs"]
    assert [run.get("asked_as") is None for run in runs] == [False] * 3 + [True] * 3


def test_who_asks_again_and_again_loses_no_test(cli: Cli) -> None:
    with ScriptedServer() as server:
        _create(cli, server)
        cli("settings", "set", "history.runs=6")
        for _ in range(3):
            cli("verify", "Invoices", "--stop-after", "ehlo")
        for sender in (*SENDERS, *SENDERS[:2]):
            _ask(cli, sender)
    runs = cli("history", "Invoices", "--json").json["runs"]
    asked = [SENDERS[1], SENDERS[0], SENDERS[2]]
    assert [run.get("asked_as") for run in runs] == [*asked, None, None, None]
