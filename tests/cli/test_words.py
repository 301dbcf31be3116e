"""What a person reads on the command line: one word for one thing, lines ready to copy."""

from __future__ import annotations

import pytest

from smtpwizard.cli import main
from smtpwizard.cli.grammar.connectors import PROVIDERS
from smtpwizard.cli.output import Screen
from smtpwizard.cli.reports import StagePrinter
from smtpwizard.messages.face import Face, name_fields
from smtpwizard.model.report import Report, Stage, StageResult, Status
from smtpwizard.providers import parse_catalogue
from smtpwizard.resources import packaged_text
from smtpwizard.usecases.settings import SETTINGS
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("step", "command"),
    [
        (
            "Set {at_server_security} to {mode_starttls} and {at_server_port} to {starttls_port}.",
            "--set server.security={mode_starttls} --set server.port={starttls_port}",
        ),
        (
            "Use smtp.office365.com as {at_server_host}, 587 as {at_server_port}.",
            "--set server.host=smtp.office365.com --set server.port=587",
        ),
        (
            "Set {at_authentication_mechanism} to PLAIN; TLS protects it.",
            "--set authentication.mechanism=PLAIN",
        ),
        # What nobody knows is left to be typed.
        ("Get it and set {at_server_ca_file} to it.", "--set server.ca_file=…"),
        (
            "For a slow server set {at_server_timeout_s} to more seconds.",
            "--set server.timeout_s=…",
        ),
        ("Enter that as {at_sender_address}.", "--set sender.address=…"),
    ],
)
def test_a_step_has_the_whole_command_with_the_value_that_is_known(step: str, command: str) -> None:
    said = name_fields(step, Face.COMMAND_LINE)
    assert said.removesuffix(".").endswith(f"(smtpwizard edit NAME {command})")


def test_stages_stand_in_the_order_in_which_they_came(capsys: pytest.CaptureFixture[str]) -> None:
    """With SSL/TLS the server greets behind the encryption."""
    reached = {Stage.RESOLVE: Status.PASSED, Stage.CONNECT: Status.PASSED, Stage.TLS: Status.FAILED}
    stages = tuple(StageResult(each, reached.get(each, Status.NOT_REACHED)) for each in Stage)
    report = Report(ok=False, connector="x", started="", duration_ms=1, stages=stages)
    StagePrinter(Screen(json_wanted=False)).finish(report, ())
    lines = capsys.readouterr().out.splitlines()
    stood = [line.partition("(")[2].partition(")")[0] for line in lines[:5]]
    assert stood == ["resolve", "connect", "tls", "greeting", "ehlo"]


def test_a_failure_is_told_without_inner_names(cli: Cli) -> None:
    cli.create()
    told = cli("project", "create", "Default")
    assert told.err.startswith("smtpwizard: Another project has the name Default.")
    assert cli("open", "/no/such/file").err.startswith("smtpwizard: The file ")
    told = cli("project", "create", "Default", "--json")
    assert told.error["field"] == "name"
    # A field that the sentence does not name stands before it.
    told = cli("edit", "Invoices", "--set", "send_to=x")
    assert told.err.startswith("smtpwizard: send_to: This is not one complete email address.")


def test_settings_are_listed_as_they_are_set_and_with_what_they_are(cli: Cli) -> None:
    lines = cli("settings", "list").out.splitlines()
    assert lines[0].split() == ["SETTING", "VALUE", "WHAT", "IT", "IS"]
    assert [line.split()[0] for line in lines[1:]] == list(SETTINGS)
    assert lines[-1].split()[:2] == ["network.offline", "false"]
    cli("settings", "set", "network.offline=true")
    assert "true" in cli("settings", "list").out.splitlines()[-1]
    assert "False" not in cli("settings", "list", "--json").out


def parsed_ids() -> set[str]:
    return {each.id for each in parse_catalogue([packaged_text("providers/catalogue.toml")])}


def test_help_of_create_names_every_provider_and_method(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(PROVIDERS) == parsed_ids()
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["create", "--help"], open_window=lambda *_, **__: 0) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "oauth, basic or none" in text
    assert all(f" {name}" in text for name in (*PROVIDERS, "custom"))


@pytest.mark.parametrize(("verb", "use"), [("man", "man -l -"), ("completion", "bash-completion")])
def test_what_is_for_a_program_says_so_where_a_person_sees_it(
    verb: str, use: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = (verb, "bash") if verb == "completion" else (verb,)
    assert cli(*argv).err == ""
    monkeypatch.setattr(Screen, "watched", True)
    assert use in cli(*argv).err


def test_days_are_read_in_a_terminal_as_in_the_window(cli: Cli) -> None:
    """As they are typed, they stand where fields stand: `show`, and what is JSON."""
    oauth = {"client_id": "an-id", "client_secret_expires": "2099-05-31"}
    made = cli.create(
        provider="exchange",
        server__host=...,
        authentication={"method": "oauth", "username": "a@example.com", "oauth": oauth},
    )
    assert made.code == 0, made.out
    for verb in ("list", "dates"):
        said = cli(verb).out
        assert "31 May 2099" in said
        assert "2099-05-31" not in said
        assert "2099-05-31" in cli(verb, "--json").out
    assert "2099-05-31" in cli("show", "Invoices").out
