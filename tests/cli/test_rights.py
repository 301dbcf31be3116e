"""`rights` against servers that allow some senders and refuse others."""

from __future__ import annotations

from typing import Any

from smtpwizard.demo.scripted import CLOSE, DEFAULT, Action, ScriptedServer
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
