"""The command line with input that means no good (case V-20)."""

from __future__ import annotations

import io
import json
import sys

import pytest

from smtpwizard.cli import output
from smtpwizard.cli.output import Screen
from smtpwizard.model.addresses import has_controls
from tests import capabilities
from tests.cli.conftest import Cli, Result
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


# --- nothing of an input reaches the terminal as anything but text

HOSTILE = "\x1b]0;x\x07\x1b[31m\x9b2J\x7f\u202e\u2066\r\x08"


def no_controls(result: Result) -> None:
    for text in (result.out, result.err):
        assert not has_controls(text.replace("\n", "")), repr(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("edit", "A", "--set", f"{HOSTILE}=1"),
        ("edit", "A", "--set", f"server.port={HOSTILE}"),
        ("edit", HOSTILE, "--set", "name=x"),
        ("show", HOSTILE),
        ("show", f"{HOSTILE}\nsmtpwizard: a second line"),
        ("create", "--from", f"/{HOSTILE}"),
        ("edit", "A", "--client-json", f"/{HOSTILE}"),
        ("dates", "--ics", f"/{HOSTILE}/x"),
        ("project", "set", f"{HOSTILE}=x"),
        ("project", "use", HOSTILE),
        ("verify", "A", "--stop-after", HOSTILE),
        ("verify", "A", "--send-to", HOSTILE),
        ("demo", HOSTILE),
        (HOSTILE,),
        (f"--{HOSTILE}",),
        ("list", HOSTILE),
        ("--secret-store", HOSTILE, "list"),
        ("--data-dir", f"/proc/{HOSTILE}", "doctor"),
        ("--project", HOSTILE, "list"),
        ("--help", HOSTILE),
    ],
)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_no_control_character_reaches_the_terminal(
    cli: Cli, arguments: tuple[str, ...], more: tuple[str, ...]
) -> None:
    cli.create(name="A")
    no_controls(cli(*arguments, *more))


@capabilities.any_file_name
def test_what_files_and_the_environment_say_is_cleaned_as_well(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.create(name="A", description="x\ty")
    for folder in (cli.data_dir / "providers.d", cli.data_dir / "projects/default/connectors"):
        folder.mkdir(exist_ok=True)
        (folder / f"{HOSTILE}.json").write_text("[")
    (cli.data_dir / "providers.d" / f"{HOSTILE}.toml").write_text('id = "gmail"\nhost = "\\u001b"')
    monkeypatch.setenv("SSLKEYLOGFILE", HOSTILE)
    for arguments in (("list",), ("doctor",), ("show", "A"), ("dates",)):
        no_controls(cli(*arguments))
        no_controls(cli(*arguments, "--json"))


def test_our_own_colours_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(json_wanted=False)
    out = io.StringIO()
    monkeypatch.setattr(output, "takes_escapes", lambda stream: stream is out)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    screen.say(f"a {screen.coloured('b', 'good')} \x1b[5mc")
    screen.progress("d\x1b[2J")
    print("e\x1b[2J", file=screen.writer())
    assert out.getvalue() == (
        "a \x1b[32mb\x1b[0m \\x1b[5mc\n\r\x1b[Kd\\x1b[2Je\\x1b[2J\n"
    )  # fmt: skip
