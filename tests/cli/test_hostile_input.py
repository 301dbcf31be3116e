"""The command line with input that means no good (case V-20)."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Cli
from tests.model.documents import MINIMAL, changed

FIELDS = ("name", "description", "server.host", "server.ehlo_name", "admin.email", "send_to")


@pytest.mark.parametrize("field", FIELDS)
def test_v_20_bytes_that_are_no_text(cli: Cli, field: str) -> None:
    text = json.dumps(changed(MINIMAL, {field: "CANARY"})).encode().replace(b"CANARY", b"\xff\xfe")
    result = cli("create", "--from", "-", "--json", stdin=text)
    assert (result.code, result.error["code"]) == (2, "document_not_utf8")
    assert not cli.data_dir.exists()


@pytest.mark.parametrize("verb", ["create", "diagnose"])
def test_v_20_more_input_than_anybody_needs(cli: Cli, verb: str) -> None:
    argv = ("create", "--from", "-") if verb == "create" else ("diagnose",)
    result = cli(*argv, "--json", stdin=b"x" * 20_000_000)
    assert result.code in (0, 2)
    assert len(result.out) < 20_000


@pytest.mark.parametrize("name", ["-x", "--json", "--help", "-", "--", "@file", "@/etc/passwd"])
def test_v_20_names_that_look_like_options(cli: Cli, name: str) -> None:
    assert cli.create(name=name).code == 0
    shown = cli("show", "--json", "--", name)
    assert shown.code == 0
    assert shown.json["name"] == name
    assert cli("verify", "--send-to", "a@b\r\nDATA", "--json", "--", name).code == 2
    assert cli("remove", "--json", "--", name).code == 0


@pytest.mark.parametrize(
    "address", ["a@b\r\nDATA", "a@b> NOTIFY=NEVER", "a@b c@d", "", "a\0@b", "a" * 100_000 + "@b"]
)
def test_v_20_recipients_that_are_none(cli: Cli, address: str) -> None:
    cli.create()
    result = cli("verify", "Invoices", "--send-to", address, "--json")
    assert result.code == 2
    assert result.error["field"] == "send_to"
    assert len(result.out) < 5_000


def test_v_20_a_thousand_assignments(cli: Cli) -> None:
    cli.create()
    argv = [part for _ in range(1000) for part in ("--set", "description=x")]
    result = cli("edit", "Invoices", *argv, "--json")
    assert result.code == 2


@pytest.mark.parametrize("text", ["@secrets", "@/etc/passwd", "$(id)", "`id`", "%s%n", "{0.x}"])
def test_v_20_nothing_is_expanded(cli: Cli, text: str) -> None:
    result = cli.create(description=text)
    assert result.code == 0
    assert result.json["description"] == text
