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
