"""`certificates`: what a server shows is looked at, trusted for the project, and taken back."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.sasl_server import Account
from smtpwizard.demo.scripted import ScriptedServer
from tests import capabilities
from tests.cli.conftest import Cli
from tests.helpers.certificates import Certificates, KeyPair

ACCOUNT = Account("mailer@example.test", "correct horse")

pytestmark = capabilities.refuses_chains_without_a_root

Start = Callable[..., ScriptedServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, which end with the test."""
    with ExitStack() as running:

        def starting(pair: KeyPair, **changes: Any) -> ScriptedServer:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.combined)
            options: dict[str, Any] = {"starttls": True, "account": ACCOUNT, "context": context}
            options |= changes
            return running.enter_context(ScriptedServer(**options))

        yield starting


def fetched(cli: Cli, server: ScriptedServer, *argv: str) -> list[dict[str, Any]]:
    result = cli("certificates", "fetch", f"localhost:{server.port}", "--json", *argv)
    assert result.code == 0, result.err
    found: list[dict[str, Any]] = result.json["certificates"]
    return found


def create(cli: Cli, server: ScriptedServer, **changes: Any) -> None:
    host = {"host": "localhost", "port": server.port, "security": "starttls"}
    created = cli.create(
        secret=ACCOUNT.password,
        server=host | changes,
        authentication={"method": "basic", "username": ACCOUNT.username},
    )
    assert created.code == 0, created.out


def verify(cli: Cli) -> int:
    return cli("verify", "Invoices", "--json").code


def status(cli: Cli) -> str:
    [listed] = cli("list", "--json").json["connectors"]
    return str(listed["status"])


def test_what_nobody_trusts_is_shown_whole(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    server = start(certificates.unknown_ca)
    [own] = fetched(cli, server)
    assert own["trusted"] == "no"
    assert own["why"] == "cert_untrusted"
    assert not own["authority"]
    assert "localhost" in own["names"]
    assert len(own["fingerprint"]) == 64
    assert own["not_before"] < own["not_after"]
    text = cli("certificates", "fetch", f"localhost:{server.port}")
    assert "nobody this computer trusts" in text.out
    assert "certificates trust FILE" in text.out
    assert not cli.files(), "a look leaves nothing"


def test_a_look_sends_no_credential(cli: Cli, start: Start, certificates: Certificates) -> None:
    server = start(certificates.unknown_ca)
    create(cli, server)
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    assert fetched(cli, server)[0]["trusted"] == "project"
    said = [line.partition(b" ")[0].upper() for line in server.lines]
    assert said
    assert set(said) <= {b"EHLO", b"STARTTLS", b"QUIT"}


def test_the_system_s_own_trust(
    cli: Cli, start: Start, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    [own] = fetched(cli, start(certificates.good, starttls=False, implicit_tls=True))
    assert (own["trusted"], own["why"]) == ("system", None)
    [own] = fetched(cli, start(certificates.wrong_name))
    assert (own["trusted"], own["why"]) == ("no", "cert_hostname_mismatch")
    [own] = fetched(cli, start(certificates.expired))
    assert (own["trusted"], own["why"]) == ("no", "cert_expired")


def test_trusting_an_authority_and_taking_it_back(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    create(cli, start(certificates.unknown_ca))
    assert verify(cli) == 13
    assert status(cli) == "failed"
    [trusted] = cli("certificates", "trust", str(certificates.unknown_ca_file), "--json").json[
        "certificates"
    ]
    assert trusted["trusted"] == "project"
    assert trusted["authority"]
    assert status(cli) == "changed", "what failed for want of it may not any more"
    assert verify(cli) == 0
    assert status(cli) == "verified"
    assert cli("certificates", "list", "--json").json["certificates"] == [trusted]
    assert "Unknown authority" in cli("certificates", "list").out
    # Trusted twice, it is there once.
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    assert cli("certificates", "list", "--json").json["certificates"] == [trusted]

    begins = trusted["fingerprint"][:16]
    grouped = ":".join(begins[i : i + 2].upper() for i in range(0, 16, 2))
    removed = cli("certificates", "remove", f"SHA256:{grouped}", "--json")
    assert removed.json["certificates"] == [trusted | {"trusted": "no"}]
    assert status(cli) == "changed", "it was verified with that"
    assert verify(cli) == 13
    assert cli("certificates", "list", "--json").json == {"certificates": [], "own_trust": []}
    assert "besides the system" in cli("certificates", "list").out


def test_another_authority_leaves_what_was_verified_as_it_is(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    create(cli, start(certificates.unknown_ca))
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    assert verify(cli) == 0
    [other] = cli("certificates", "trust", str(certificates.ca_file), "--json").json["certificates"]
    assert status(cli) == "verified"
    cli("certificates", "remove", other["fingerprint"])
    assert status(cli) == "verified"


def test_one_server_s_own_certificate(
    cli: Cli, start: Start, certificates: Certificates, tmp_path: Path
) -> None:
    server = start(certificates.unknown_ca)
    create(cli, server)
    file = tmp_path / "chain.pem"
    [own] = fetched(cli, server, "-o", str(file))
    trusted = cli("certificates", "trust", str(file), "--fingerprint", own["fingerprint"], "--json")
    assert [one["fingerprint"] for one in trusted.json["certificates"]] == [own["fingerprint"]]
    assert verify(cli) == 0
    # It vouches for nobody else, not even for one of the same authority.
    other = certificates.self_signed
    assert fetched(cli, start(other))[0]["trusted"] == "no"


def test_what_a_connector_says_itself_decides(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    server = start(certificates.unknown_ca)
    create(cli, server, ca_file=str(certificates.ca_file))
    assert verify(cli) == 13
    assert cli("edit", "Invoices", "--set", "server.ca_file=").code == 0
    assert verify(cli) == 0
    pin = certificates.good.certificate.read_text()
    assert cli("edit", "Invoices", "--set", f"server.pinned_certificate={pin}").code == 0
    assert verify(cli) == 13


def test_a_project_s_file_from_elsewhere_makes_nobody_trusted(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    """A copied or changed data folder would otherwise lead a password anywhere."""
    create(cli, start(certificates.unknown_ca))
    project = cli.data_dir / "projects" / "default" / "project.json"
    document = json.loads(project.read_text()) if project.exists() else {"schema": 1}
    pem = certificates.unknown_ca_file.read_text()
    project.write_text(json.dumps(document | {"authorities": [pem, "junk", 7]}))
    assert verify(cli) == 13
    [listed] = cli("certificates", "list", "--json").json["certificates"]
    assert listed["trusted"] == "no"
    assert "Nobody trusted it on this computer" in cli("certificates", "list").out
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    assert verify(cli) == 0


def test_another_project_trusts_by_itself(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    server = start(certificates.unknown_ca)
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    cli("project", "create", "Other")
    assert fetched(cli, server, "--project", "Other")[0]["trusted"] == "no"
    assert cli("certificates", "list", "--project", "Other", "--json").json["certificates"] == []


def test_a_look_around_measures_as_the_project_does(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    create(cli, start(certificates.unknown_ca))
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    cli("edit", "Invoices", "--set", "authentication.username=nobody")
    report = cli("verify", "Invoices", "--find-out-more", "--json").json
    [own] = [f for f in report["more"]["findings"] if f["facts"].get("own")]
    assert own["code"] == "port_starttls"


def test_where_there_is_nothing_to_see(
    cli: Cli, start: Start, certificates: Certificates, tmp_path: Path
) -> None:
    plain = start(certificates.good, starttls=False)
    for port, argv, code, word in (
        (plain.port, (), 13, "starttls_missing"),
        (plain.port, ("--security", "implicit_tls"), 13, "not_tls"),
        (1, (), 11, "refused"),
    ):
        result = cli("certificates", "fetch", f"127.0.0.1:{port}", "--json", *argv)
        assert (result.code, result.error["code"]) == (code, word)
    for text, word in (("a b", "host_invalid"), ("host:x", "port_invalid"), ("", "host_empty")):
        result = cli("certificates", "fetch", text, "--json")
        assert (result.code, result.error["code"]) == (2, word)
        assert result.error["field"] == "server"
    assert cli("certificates", "fetch", "[::1]:1", "--json").code in (10, 11)


def test_what_is_no_certificate_is_not_trusted(
    cli: Cli, certificates: Certificates, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    ca = certificates.ca_file.read_text()
    for content, word in (
        ("", "ca_file_invalid"),
        ("-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n", "ca_file_invalid"),
        (certificates.good.key.read_text(), "ca_file_invalid"),
        (ca * 21, "certificates_too_many"),
        ("x" * 1_000_001, "certificates_too_many"),
    ):
        file.write_text(content)
        refused = cli("certificates", "trust", str(file), "--json")
        assert (refused.code, refused.error["code"]) == (2, word)
        assert refused.error["field"] == "file"
    gone = cli("certificates", "trust", str(tmp_path / "nowhere"), "--json")
    assert (gone.code, gone.error["code"]) == (2, "file_unreadable")
    other = cli(
        "certificates", "trust", str(certificates.ca_file), "--fingerprint", "0" * 64, "--json"
    )
    assert (other.code, other.error["code"]) == (2, "certificate_not_in_file")
    assert not cli.files()
    assert cli("certificates", "remove", "0" * 64, "--json").error["code"] == "certificate_unknown"


def test_the_forms_that_certificates_come_in(
    cli: Cli, certificates: Certificates, tmp_path: Path
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    one = x509.load_pem_x509_certificate(certificates.ca_file.read_bytes())
    two = x509.load_pem_x509_certificate(certificates.unknown_ca_file.read_bytes())
    bundle = [one, two]
    for content, count in (
        (one.public_bytes(Encoding.DER), 1),
        (b"Gr\xf6\xdfe: 1\n" + one.public_bytes(Encoding.PEM), 1),
        (one.public_bytes(Encoding.PEM).decode().encode("utf-16"), 1),
        (pkcs7.serialize_certificates(bundle, Encoding.DER), 2),
        (pkcs7.serialize_certificates(bundle, Encoding.PEM), 2),
        (certificates.good.combined.read_bytes(), 1),
    ):
        file = tmp_path / "file"
        file.write_bytes(content)
        found = cli("certificates", "trust", str(file), "--json").json["certificates"]
        assert len(found) == count
    kept = (cli.data_dir / "projects" / "default" / "project.json").read_text()
    assert "PRIVATE" not in kept


def test_a_project_takes_a_few(
    cli: Cli, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtpwizard.usecases.certificates.MAX_TRUSTED", 1)
    assert cli("certificates", "trust", str(certificates.ca_file)).code == 0
    refused = cli("certificates", "trust", str(certificates.unknown_ca_file), "--json")
    assert (refused.code, refused.error["code"]) == (2, "certificates_too_many")


def test_the_end_of_who_is_trusted_is_among_the_dates(cli: Cli, certificates: Certificates) -> None:
    file = certificates.expired.certificate
    added = cli("certificates", "trust", str(file), "--json")
    assert added.code == 0, added.err
    [date] = cli("dates", "--json").json["dates"]
    assert (date["what"], date["connector"]) == ("trusted_certificate_ends", None)
    [trusted] = cli("certificates", "list", "--json").json["certificates"]
    assert date["fingerprint"] == trusted["fingerprint"]
    assert date["at"] == trusted["not_after"][:10]
    assert "which this project trusts, ends" in cli("dates").out
    calendar = cli("dates", "--ics", "-").out
    assert f"UID:{trusted['fingerprint']}"[:70] in calendar
    assert f"DTSTART;VALUE=DATE:{date['at'].replace('-', '')}" in calendar
    removed = cli("certificates", "remove", trusted["fingerprint"], "--json")
    assert removed.code == 0, removed.err
    assert cli("dates", "--json").json["dates"] == []


def test_what_stands_in_the_way_of_the_project_s_trust_is_named(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    """One's own CA file or pin does not vouch, what the project trusts would: one step, to copy."""
    server = start(certificates.unknown_ca)
    create(cli, server, ca_file=str(certificates.ca_file))

    def first_cause() -> dict[str, Any]:
        result = cli("verify", "Invoices", "--json")
        assert result.code == 13
        first: dict[str, Any] = result.json["causes"][0]
        assert (first["cause"], first["actor"], first["likelihood"]) == (
            "cert_untrusted", "you", "high",
        )  # fmt: skip
        return first

    assert first_cause()["title"] == "The connector's CA file does not vouch for the server"
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    assert first_cause()["title"] == "The connector's own CA file stands in the way"
    said = cli("verify", "Invoices").out
    assert "smtpwizard edit Invoices --set server.ca_file=\n" in said.replace(")", "\n")
    assert cli("edit", "Invoices", "--set", "server.ca_file=").code == 0
    assert verify(cli) == 0
    pin = certificates.good.certificate.read_text()
    assert cli("edit", "Invoices", "--set", f"server.pinned_certificate={pin}").code == 0
    assert first_cause()["title"] == "The connector's pinned certificate stands in the way"
    assert (
        "smtpwizard edit Invoices --set server.pinned_certificate=" in cli("verify", "Invoices").out
    )
    trusted = cli("certificates", "list", "--json").json["certificates"][0]
    cli("certificates", "remove", trusted["fingerprint"])
    assert first_cause()["title"] == "The server does not show the pinned certificate"


def test_a_file_that_cannot_be_read_gives_way_where_the_project_trusts_the_server(
    cli: Cli, start: Start, certificates: Certificates, tmp_path: Path
) -> None:
    """The server is asked once on the side, up to its certificate: no file, no login."""
    server = start(certificates.unknown_ca)
    file = tmp_path / "gone.pem"
    file.write_bytes(certificates.ca_file.read_bytes())
    create(cli, server, ca_file=str(file))
    file.write_text("nothing")

    def first() -> dict[str, Any]:
        found: dict[str, Any] = cli("verify", "Invoices", "--json").json
        return found

    for unread in ("ca_file_invalid", "ca_file_unreadable"):
        stopped = first()
        [tls] = [stage for stage in stopped["stages"] if stage["stage"] == "tls"]
        assert tls["detail"]["error"] == unread
        assert stopped["causes"][0]["title"] == "The CA file cannot be used"
        file.unlink(missing_ok=True)
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    stopped = first()
    [tls] = [stage for stage in stopped["stages"] if stage["stage"] == "tls"]
    assert (tls["detail"]["error"], tls["detail"]["project_vouches"]) == (unread, True)
    assert stopped["causes"][0]["title"] == "The CA file cannot be used, and is not needed"
    assert "smtpwizard edit Invoices --set server.ca_file=" in cli("verify", "Invoices").out
    assert not any(b"AUTH" in line for line in server.lines)
    pin = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    pinned = ("--set", "server.ca_file=", "--set", f"server.pinned_certificate={pin}")
    assert cli("edit", "Invoices", *pinned).code == 0
    assert first()["causes"][0]["title"] == (
        "The pinned certificate cannot be read, and is not needed"
    )
    assert cli("edit", "Invoices", "--set", "server.pinned_certificate=").code == 0
    assert verify(cli) == 0


def test_what_single_connectors_trust_is_listed_with_them(
    cli: Cli, start: Start, certificates: Certificates, tmp_path: Path
) -> None:
    server = start(certificates.unknown_ca)
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    create(cli, server, ca_file=str(certificates.ca_file))
    cli.create(name="Payslips", authentication={"method": "none"})
    pin = certificates.good.certificate.read_text()
    assert cli("edit", "Payslips", "--set", f"server.pinned_certificate={pin}").code == 0
    listed = cli("certificates", "list", "--json").json
    assert [one["trusted"] for one in listed["certificates"]] == ["project"]
    alone = listed["own_trust"]
    assert [(c["trusted"], c["connector"], c["through"], c["ca_file"]) for c in alone] == [
        ("connector", "Invoices", "ca_file", str(certificates.ca_file)),
        ("connector", "Payslips", "pin", None),
    ]
    text = cli("certificates", "list").out
    for words in ("by its own CA file", "as its pinned certificate", "--set server.ca_file= "):
        assert words in text
    kept = cli("certificates", "trust", str(certificates.unknown_ca_file), "--json").json
    assert kept["own_trust"] == [
        {"connector": "Invoices", "through": "ca_file"},
        {"connector": "Payslips", "through": "pin"},
    ]
    said = cli("certificates", "trust", str(certificates.unknown_ca_file)).out
    assert "Invoices (a CA file) and Payslips (a pinned certificate)" in said
    # A file that is gone, and one that holds many.
    file = tmp_path / "many.pem"
    cli("edit", "Invoices", "--set", f"server.ca_file={file}")
    cli("edit", "Payslips", "--set", "server.pinned_certificate=", "--set", "server.ca_file=")
    [void] = cli("certificates", "list", "--json").json["own_trust"]
    assert (void["trusted"], void["why"], void["fingerprint"]) == ("no", "ca_file_unreadable", "")
    assert "many.pem" in cli("certificates", "list").out
    file.write_text("nothing")
    assert cli("certificates", "list", "--json").json["own_trust"][0]["why"] == "ca_file_invalid"


def test_a_server_is_judged_as_a_connector_does(
    cli: Cli, start: Start, certificates: Certificates
) -> None:
    server = start(certificates.unknown_ca)
    create(cli, server, ca_file=str(certificates.ca_file))

    def look(*argv: str) -> tuple[str, str | None, bool]:
        found = cli("certificates", "fetch", "--connector", "Invoices", "--json", *argv).json
        own, by = found["certificates"][0], found["server"]
        assert by["connector"] == "Invoices"
        return own["trusted"], by["own_trust"], by["project_vouches"]

    assert look() == ("no", "ca_file", False)
    cli("certificates", "trust", str(certificates.unknown_ca_file))
    assert look() == ("no", "ca_file", True)
    said = cli("certificates", "fetch", "--connector", "Invoices").out
    assert "smtpwizard edit Invoices --set server.ca_file=" in said.replace("\n", " ")
    cli("edit", "Invoices", "--set", f"server.ca_file={certificates.unknown_ca_file}")
    assert look(f"localhost:{server.port}") == ("connector", "ca_file", False)
    own = certificates.unknown_ca.certificate.read_text()
    cli("edit", "Invoices", "--set", f"server.pinned_certificate={own}")
    assert look() == ("connector", "pin", False)
    cli(
        "edit", "Invoices", "--set", f"server.pinned_certificate={certificates.ca_file.read_text()}"
    )
    assert look() == ("no", "pin", True)
    cli("edit", "Invoices", "--set", "server.ca_file=", "--set", "server.pinned_certificate=")
    assert look() == ("project", None, False)
    missing = cli("certificates", "fetch", "--json")
    assert (missing.code, missing.error["field"]) == (2, "server")
