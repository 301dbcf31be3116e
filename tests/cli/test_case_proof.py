"""Cases have to prove themselves, by the command line: what a run was is what its case says."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from smtpwizard.demo.scripted import ScriptedServer
from tests.cli.conftest import Cli
from tests.helpers.certificates import Certificates


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shown", [True, False])
def test_a_client_certificate_that_was_refused_or_missing(
    cli: Cli, certificates: Certificates, tmp_path: Path, newest: ssl.TLSVersion, shown: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good.combined)
    context.load_verify_locations(certificates.ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = newest
    case = str(tmp_path / "run.smtpcase")
    with ScriptedServer(context=context, starttls=True) as server:
        cli.create(
            server__host="localhost",
            server__port=server.port,
            server__ca_file=str(certificates.ca_file),
            server__client_certificate=str(certificates.self_signed.combined) if shown else None,
        )
        verified = cli("verify", "Invoices", "--case", case, "--json")
    assert verified.code == 13
    assert verified.json["case"].get("file") == case, verified.out
    wanted = "bad_credentials" if shown else "auth_required"
    assert [cause["cause"] for cause in verified.json["causes"]] == [wanted]
    assert [cause["cause"] for cause in cli("open", case, "--json").json["causes"]] == [wanted]
    assert cli("replay", case, "--verify", "--json").json["same"]
    # Another setting changes nothing of it.
    tried = cli("replay", case, "--verify", "--set", "server.timeout_s=5", "--json")
    assert tried.json["report"]["causes"][0]["cause"] == wanted


@pytest.fixture
def refused(cli: Cli) -> None:
    """A run whose login was refused."""
    replies = {"AUTH": b"535 5.7.8 no, anna@widgets-und-co.de\r\n"}
    with ScriptedServer(replies) as server:
        cli.create(
            server__host="localhost",
            server__port=server.port,
            server__security="none",
            authentication__method="basic",
            authentication__username="anna@widgets-und-co.de",
            secret="correct-horse",
        )
        cli("--secret-store", "session", "verify", "Invoices")


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize(
    ("left_out", "verb", "code"),
    [
        ("connector", ("open",), "case_without_connector"),
        ("connector", ("replay", "--verify"), "case_without_connector"),
        ("wire", ("replay", "--verify"), "case_without_wire"),
        ("wire", ("replay",), "case_without_wire"),
    ],
)
def test_what_was_left_out_is_said(
    cli: Cli, tmp_path: Path, left_out: str, verb: tuple[str, ...], code: str
) -> None:
    case = str(tmp_path / "run.smtpcase")
    assert cli("case", "Invoices", "-o", case, "--omit", left_out).code == 0
    answer = cli(*verb, case, "--json")
    assert (answer.code, answer.error["code"]) == (2, code)


@pytest.mark.usefixtures("refused")
def test_an_answer_in_the_place_of_a_case_leads_to_apply(cli: Cli, tmp_path: Path) -> None:
    case, answer = str(tmp_path / "run.smtpcase"), str(tmp_path / "a.smtpanswer")
    cli("case", "Invoices", "-o", case)
    cli("propose", case, "--set", "server.timeout_s=20", "-o", answer)
    opened = cli("open", answer)
    assert opened.code == 2
    assert "smtpwizard apply" in opened.err


@pytest.mark.usefixtures("refused")
def test_the_end_of_the_record_has_no_cause(cli: Cli, tmp_path: Path) -> None:
    case = str(tmp_path / "run.smtpcase")
    cli("case", "Invoices", "-o", case)
    change = ("--set", "authentication.mechanism=LOGIN")
    strict = cli("replay", case, "--verify", "--strict", *change, "--json")
    assert (strict.code, strict.json["beyond_record"]) == (4, ["auth"])
    assert strict.json["report"]["causes"] == []
    assert "The same as recorded: it stops" in cli("replay", case, "--verify", "--strict").out
