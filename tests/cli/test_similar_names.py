"""A name that is misspelt is asked about: verbs, options, choices, fields, connectors, projects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.model.documents import changed, document


@pytest.mark.parametrize(
    ("argv", "meant"),
    [
        (("verfy", "Invoices"), "“verify”"),
        (("Verify", "Invoices"), "“verify”"),
        (("signin", "Invoices"), "“sign-in”"),
        (("verify", "--jsn", "Invoices"), "“--json”"),
        (("verify", "Invoices", "--sendto=admin@example.test"), "“--send-to”"),
        (("sign-in", "Invoices", "--devce"), "“--device”"),
        (("project", "lst"), "“list”"),
        (("verify", "Invoices", "--stop-after", "rcptto"), "“rcpt_to”"),
        (("--secret-store", "keyrng", "list"), "“keyring”"),
        (("show", "invoice"), "“Invoices”"),
        (("show", "Müler"), "“Müller”"),
        (("default", "Invoices2"), "“Invoices”"),
        (("list", "--project", "Defalt"), "“Default”"),
        (("project", "use", "Defalt"), "“Default”"),
        (("project", "set", "domian=example.test"), "“domain”"),
        (("demo", "app_password", "--unattended"), "?"),
        (("edit", "Invoices", "--set", "server.prot=25"), "“server.port”"),
        (("edit", "Invoices", "--set", "port=25"), "“server.port”"),
        (("edit", "Invoices", "--set", "server.security=startls"), "“starttls”"),
        (("edit", "Invoices", "--set", "authentication.mechanism=XOAUTH"), "“XOAUTH2”"),
        (("edit", "Invoices", "--set", "provider=gmial"), "“gmail”"),
        (("edit", "Invoices", "--set", "provider=costum"), "“custom”"),
        (("settings", "set", "theem=dark"), "“theme”"),
        (("settings", "set", "theme=drak"), "“dark”"),
        (("settings", "lst"), "“list”"),
        (("demo", "smtp-auth-of-tenant", "--unattended"), "“smtp-auth-off-tenant”"),
        (("move", "Invoices", "--to", "Defalt"), "“Default”"),
        (("copy", "Invoice", "--to", "Default"), "“Invoices”"),
        (("show", "Invoices", "--run", "lates"), "“latest”"),
        (("compare", "Invoices@latst", "Invoices"), "“latest”"),
        (("help", "wrong", "pasword"), "“wrong-password”"),
    ],
)
def test_did_you_mean(cli: Cli, argv: tuple[str, ...], meant: str) -> None:
    cli.create()
    cli.create(name="Müller")
    result = cli(*argv)
    assert result.code == 2
    assert "Did you mean “" in result.err
    assert meant in result.err
    as_json = cli(*argv, "--json")
    assert meant in as_json.error["message"]


def test_what_a_case_leaves_out(cli: Cli, tmp_path: Path) -> None:
    cli.create(server__port=9, server__host="localhost")
    cli("verify", "Invoices")
    told = cli("case", "Invoices", "-o", str(tmp_path / "x"), "--omit", "envirnment")
    assert (told.code, "Did you mean “environment”?" in told.err) == (2, True)


def test_a_stage_that_is_noted_as_none(cli: Cli) -> None:
    told = cli("diagnose", "--stage", "rcptto", stdin="535 no")
    assert "rcptto is no stage, and is left out. Did you mean “rcpt_to”?" in told.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("frobnicate",), "there is no such verb. See: smtpwizard --help"),
        (("project", "frobnicate"), "there is no such action. See: smtpwizard project --help"),
        (("list", "--wobble"), "unknown option --wobble. See: smtpwizard list --help"),
        (("settings", "set", "--wobble"), "See: smtpwizard settings set --help"),
        (("list", "x"), "there are too many arguments. See: smtpwizard list --help"),
        (("verify", "x", "--send-to"), "--send-to: expected one argument. See: smtpwizard verify"),
        (("verify", "x", "--stop-after", "zz"), "--stop-after takes one of resolve, connect, "),
        (("create",), "arguments are required: --from. See: smtpwizard create --help"),
    ],
)
def test_a_command_that_is_none_says_where_help_is(
    cli: Cli, argv: tuple[str, ...], said: str
) -> None:
    told = cli(*argv)
    assert told.code == 2
    assert said in told.err
    assert len(told.err.splitlines()) == 1
    assert said in cli(*argv, "--json").error["message"]


def test_nothing_alike_asks_nothing(cli: Cli) -> None:
    cli.create()
    for argv in (("frobnicate",), ("show", "Quarterly"), ("list", "--wobble"), ("list", "x", "y")):
        assert "Did you mean" not in cli(*argv).err


def test_a_secret_in_the_wrong_place_is_not_repeated(cli: Cli) -> None:
    result = cli("list", "--secret-stor=hunter2", "--passwrd", "hunter3", "--json")
    assert "Did you mean “--secret-store”" in result.error["message"]
    assert "hunter" not in result.out + result.err
    assert "hunter2" not in cli("--secret-store", "hunter2", "list").err


def test_names_are_cleaned(cli: Cli) -> None:
    result = cli("show", "Inv\x1b[2Joices")
    assert "\x1b" not in result.err
    assert "“" not in result.err


def test_a_field_of_a_document(cli: Cli) -> None:
    source = changed(document(), {"server.hots": "smtp.example.test", "server.host": ...})
    refused = cli("create", "--from", "-", "--json", stdin=json.dumps(source))
    assert (refused.code, refused.error["field"]) == (2, "server.host")
    assert "hots" in refused.error["message"]
    source = changed(document(), {"server.prot": 25, "adress": "x", "wobble": 1})
    kept = cli("create", "--from", "-", "--json", stdin=json.dumps(source))
    assert kept.code == 0
    assert kept.json["server"]["prot"] == 25
    assert "server.prot is kept, but nothing here knows it. Did you mean “server.port”" in kept.err
    assert "wobble" not in kept.err


def test_a_provider_of_a_document(cli: Cli) -> None:
    result = cli.create(provider="Gmail")
    assert (result.code, result.error["field"]) == (2, "provider")
    assert "“gmail”" in result.error["message"]
    source = changed(document(), {"authentication.metod": "none", "authentication.method": ...})
    result = cli("create", "--from", "-", "--json", stdin=json.dumps(source))
    assert "metod" in result.error["message"]


def test_an_address_with_more_around_it_is_named(cli: Cli) -> None:
    cli.create(authentication={"method": "basic", "username": "me"})
    for field in ("admin.email", "send_to", "sender.address", "authentication.username"):
        for typed in ("Invoices <mailer@example.com>", "mailto:mailer@example.com"):
            result = cli("edit", "Invoices", "--set", f"{field}={typed}", "--json")
            assert (result.code, result.error["field"]) == (2, field)
            assert result.error["message"] == "Write the address alone: mailer@example.com"
    result = cli("verify", "Invoices", "--send-to", "<mailer@example.com>", "--json")
    assert (result.code, result.error["field"]) == (2, "send_to")
    assert "alone: mailer@example.com" in result.error["message"]
