"""Group T: TLS. `seen.stop` is stage, reply code, our own word."""

from __future__ import annotations

import ast
import hashlib
import ipaddress
import os
import socket
import ssl
import tokenize
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import smtpwizard
from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import CLOSE, HANG, RESET, Action, Connection, ScriptedServer
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Stage, Status
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import Deadline
from smtpwizard.net.stream import Stream
from smtpwizard.net.tls import client_context
from smtpwizard.smtp.session import Session
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases.diagnose import causes_for_report
from tests import capabilities
from tests.helpers.certificates import KeyPair
from tests.smtp.invariants import ACCOUNT, Seen, Verifier, credential_for, offering

TLS = ["starttls", "implicit_tls"]

both = pytest.mark.parametrize("security", TLS)


def causes(seen: Seen, verifier: Verifier, **settings: Any) -> list[str]:
    """The slugs of the report's causes, the likeliest first."""
    connector: Connector = verifier.connector(
        settings.pop("port", 587), security=seen.security, **settings
    )
    return [cause.cause for cause in causes_for_report(seen.report, connector)]


def untouched(seen: Seen) -> bool:
    """No command inside TLS, and nothing but EHLO and STARTTLS before."""
    return seen.commands in ([], [b"EHLO", b"STARTTLS"])


def server_context(verifier: Verifier, name: str) -> ssl.SSLContext:
    pair: KeyPair = getattr(verifier.certificates, name)
    return verifier.context(pair)


def leaf_pem(pair: KeyPair) -> str:
    """The first certificate of a chain."""
    text = pair.certificate.read_text()
    end = "-----END CERTIFICATE-----\n"
    return text[: text.index(end) + len(end)]


def fingerprint(pair: KeyPair) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(leaf_pem(pair))).hexdigest()


# -- who it is -----------------------------------------------------------------------------------


@both
def test_t_01_unknown_authority(verifier: Verifier, security: str) -> None:
    seen = verifier(context=server_context(verifier, "unknown_ca"), security=security)
    assert seen.stop == ("tls", None, "cert_untrusted")
    assert untouched(seen)
    [leaf, *_] = seen.stopped.detail()["chain"]
    assert "Unknown authority" in leaf["issuer"]
    assert leaf["names"] == ["localhost", "127.0.0.1", "::1"]
    assert leaf["not_before"] < leaf["not_after"]
    assert leaf["fingerprint"] == fingerprint(verifier.certificates.unknown_ca)
    assert causes(seen, verifier)[0] == "cert_untrusted"


def test_t_01_self_signed(verifier: Verifier) -> None:
    seen = verifier(context=server_context(verifier, "self_signed"))
    assert seen.stop == ("tls", None, "cert_self_signed")
    assert [c["self_signed"] for c in seen.stopped.detail()["chain"]] == [True]
    assert causes(seen, verifier)[0] == "cert_untrusted"


def test_t_01_chain_with_a_gap(verifier: Verifier) -> None:
    seen = verifier(context=server_context(verifier, "incomplete_chain"))
    assert seen.stop == ("tls", None, "cert_untrusted")
    assert len(seen.stopped.detail()["chain"]) == 1


@both
def test_t_02_other_name(verifier: Verifier, security: str) -> None:
    seen = verifier(context=server_context(verifier, "wrong_name"), security=security)
    assert seen.stop == ("tls", None, "cert_hostname_mismatch")
    assert untouched(seen)
    assert seen.stopped.detail()["chain"][0]["names"] == ["elsewhere.example.test"]
    assert causes(seen, verifier)[0] == "cert_hostname_mismatch"


def test_t_02_name_in_the_common_name_alone(verifier: Verifier) -> None:
    context = server_context(verifier, "common_name_only")
    seen = verifier(context=context, host="localhost")
    assert seen.stop == ("tls", None, "cert_hostname_mismatch")
    assert seen.stopped.detail()["chain"][0]["names"] == []
    assert seen.stopped.detail()["chain"][0]["subject"] == "CN=localhost"


def _hours(begin: str, end: str) -> float:
    """From one moment to another: the certificates were made when the tests began."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)) / timedelta(hours=1)


@both
def test_t_03_expired(verifier: Verifier, security: str) -> None:
    seen = verifier(context=server_context(verifier, "expired"), security=security)
    assert seen.stop == ("tls", None, "cert_expired")
    assert untouched(seen)
    detail = seen.stopped.detail()
    assert abs(datetime.fromisoformat(detail["now"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert detail["chain"][0]["not_after"] < detail["now"]
    late = _hours(detail["chain"][0]["not_after"], detail["now"])
    assert late >= 24
    assert detail["off_by_hours"] == pytest.approx(late, abs=0.06)
    assert causes(seen, verifier)[0] == "cert_expired"


def test_t_03_not_yet_valid(verifier: Verifier) -> None:
    seen = verifier(context=server_context(verifier, "not_yet_valid"))
    assert seen.stop == ("tls", None, "cert_not_yet_valid")
    detail = seen.stopped.detail()
    assert detail["now"] < detail["chain"][0]["not_before"]
    early = _hours(detail["now"], detail["chain"][0]["not_before"])
    assert 20 < early <= 24, "so long before it began as the certificate was made for, less the run"
    assert detail["off_by_hours"] == pytest.approx(early, abs=0.06)
    assert causes(seen, verifier)[0] == "cert_expired"
    assert "clock_skew" in causes(seen, verifier)


# -- which TLS -----------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_t_04_nothing_newer_than_tls_1_1(verifier: Verifier, security: str, version: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(verifier.certificates.good.combined)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion[version]
    seen = verifier(context=context, security=security)
    assert seen.stop == ("tls", None, "tls_version")
    assert seen.stopped.detail()["version"] == "TLSv1.1 or older"
    assert untouched(seen)
    assert causes(seen, verifier)[0] == "tls_version_too_old"


@pytest.mark.parametrize(
    ("number", "name"), [(0, "SSLv3"), (1, "TLSv1"), (2, "TLSv1.1"), (0x99, "unknown")]
)
def test_t_04_server_that_names_its_old_version(verifier: Verifier, number: int, name: str) -> None:
    # A ServerHello of a server too old to know better: version, random, session, cipher, none.
    hello = bytes([3, number]) + bytes(32) + b"\x00" + b"\x00\x2f" + b"\x00"
    record = b"\x02" + len(hello).to_bytes(3, "big") + hello
    first = b"\x16\x03\x01" + len(record).to_bytes(2, "big") + record
    seen = verifier({"HANDSHAKE": (first, HANG)})
    assert seen.stop == ("tls", None, "tls_version")
    assert seen.stopped.detail()["version"] == name


@both
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_t_04_what_is_new_enough(verifier: Verifier, security: str, version: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(verifier.certificates.good.combined)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    seen = verifier(context=context, security=security)
    assert seen.stop is None
    tls = seen.detail(Stage.TLS)
    assert tls["version"] == version.replace("_", ".")
    assert tls["cipher"]
    assert tls["mode"] == security
    assert tls["chain"][0]["fingerprint"] == fingerprint(verifier.certificates.good)
    assert "Test authority" in tls["chain"][0]["issuer"]


def test_t_05_implicit_tls_against_a_plaintext_port(verifier: Verifier) -> None:
    with ScriptedServer(starttls=True, context=verifier.context()) as server:
        seen = verifier.at(server.port, security="implicit_tls")
    assert seen.stop == ("tls", None, "not_tls")
    assert seen.stopped.detail()["peer"] == "smtp"
    assert causes(seen, verifier)[0] == "wrong_security_mode"


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_t_05_plaintext_against_a_tls_port(verifier: Verifier, security: str) -> None:
    with ScriptedServer(implicit_tls=True, context=verifier.context()) as server:
        seen = verifier.at(server.port, security=security)
        assert server.secret_received(*seen.secrets) == []
    assert seen.stop == ("greeting", None, "not_smtp")
    assert seen.stopped.detail()["peer"] == "tls"
    assert causes(seen, verifier)[0] == "wrong_security_mode"


@both
def test_t_06_no_goodbye_after_quit(verifier: Verifier, security: str) -> None:
    seen = verifier({"QUIT": (b"221 2.0.0 Bye\r\n", CLOSE)}, security=security)
    assert seen.stop is None
    assert seen.commands[-1] == b"QUIT"


@both
@pytest.mark.parametrize(
    ("handshake", "word"),
    [
        (HANG, "timeout"),
        (CLOSE, "closed"),
        pytest.param(RESET, "reset", marks=capabilities.reports_resets),
    ],
)
def test_t_07_handshake_that_goes_nowhere(
    verifier: Verifier, security: str, handshake: Action, word: str
) -> None:
    times_out = "HANDSHAKE" if word == "timeout" else None
    seen = verifier({"HANDSHAKE": handshake}, security=security, times_out=times_out)
    assert seen.stop == ("tls", None, word)
    assert untouched(seen)
    # Nobody tries again without TLS, or at all.
    assert seen.server is not None
    assert len(seen.server.connections) == 1


def test_t_07_handshake_that_drips(verifier: Verifier) -> None:
    def drip(conversation: Connection, line: bytes) -> Action:
        conversation.drip(b"\x16\x03\x03\x00\x7a" + bytes(100), 0.1)
        return HANG

    seen = verifier({"HANDSHAKE": drip}, times_out="HANDSHAKE")
    assert seen.stop == ("tls", None, "timeout")


# -- client certificates -------------------------------------------------------------------------


def demanding(verifier: Verifier, version: str) -> ssl.SSLContext:
    """A server's context that wants a certificate of the tests' own authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(verifier.certificates.good.combined)
    context.load_verify_locations(verifier.certificates.ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    return context


versions = pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])


@both
@versions
def test_t_08_client_certificate_wanted_and_none_set(
    verifier: Verifier, security: str, version: str
) -> None:
    seen = verifier(context=demanding(verifier, version), security=security)
    assert seen.stop == ("tls", None, "client_certificate_required")
    assert untouched(seen)
    assert seen.report.stage(Stage.EHLO).status is Status.NOT_REACHED
    assert seen.report.stage(Stage.AUTH).status is Status.NOT_REACHED
    assert causes(seen, verifier)[0] == "auth_required"


@both
@versions
def test_t_08_client_certificate_of_a_stranger(
    verifier: Verifier, security: str, version: str, tmp_path: Path
) -> None:
    stranger = verifier.certificates.unknown_ca.combined
    seen = verifier(
        context=demanding(verifier, version), security=security, client_certificate=str(stranger)
    )
    assert seen.stop == ("tls", None, "client_certificate_refused")
    assert causes(seen, verifier)[0] == "bad_credentials"


def test_t_08_refusal_that_a_reset_overtakes(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server hangs up right behind its alert, and our EHLO runs into the reset.
    send = Stream.send

    def too_late(self: Stream, data: bytes, deadline: Deadline) -> None:
        if self.tls is None:
            return send(self, data, deadline)
        assert self.wait_input(2)
        raise ConnectionFailed(StageError.RESET)

    monkeypatch.setattr(Stream, "send", too_late)
    monkeypatch.setattr(Session, "_listen_first", lambda _: None)
    # Nor can it be played again where this very client is ours.
    seen = verifier(context=demanding(verifier, "TLSv1_3"), plays_again=False)
    assert seen.stop == ("tls", None, "client_certificate_required")


@both
@versions
def test_t_08_client_certificate_as_pem(verifier: Verifier, security: str, version: str) -> None:
    pair = verifier.certificates.client
    seen = verifier(
        context=demanding(verifier, version),
        security=security,
        client_certificate=str(pair.combined),
    )
    assert seen.stop is None


def test_t_08_client_certificate_as_pem_with_a_passphrase(
    verifier: Verifier, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    pair = verifier.certificates.client
    key = load_pem_private_key(pair.key.read_bytes(), None)
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame")
    )
    path = tmp_path / "client.pem"
    path.write_bytes(locked + pair.certificate.read_bytes())
    context = demanding(verifier, "TLSv1_3")
    seen = verifier(context=context, client_certificate=str(path), passphrase="open sesame")
    assert seen.stop is None
    for wrong in (None, "wrong"):
        seen = verifier(context=context, client_certificate=str(path), passphrase=wrong)
        assert seen.stop == ("tls", None, "client_certificate_invalid")
        assert seen.stopped.detail()["path"] == str(path)
    assert causes(seen, verifier)[0] == "bad_credentials"


def test_t_08_client_certificate_as_pkcs12(verifier: Verifier) -> None:
    path = str(verifier.certificates.client_pkcs12)
    context = demanding(verifier, "TLSv1_3")
    passphrase = verifier.certificates.client_passphrase
    seen = verifier(context=context, client_certificate=path, passphrase=passphrase)
    assert seen.stop is None
    for wrong in (None, "wrong"):
        seen = verifier(context=context, client_certificate=path, passphrase=wrong)
        assert seen.stop == ("tls", None, "client_certificate_invalid")


def test_t_08_client_certificate_that_is_none(verifier: Verifier, tmp_path: Path) -> None:
    for content in (b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nrubbish\n"):
        path = tmp_path / "client"
        path.write_bytes(content)
        seen = verifier(client_certificate=str(path))
        assert seen.stop == ("tls", None, "client_certificate_invalid")
    seen = verifier(client_certificate=str(tmp_path / "missing"))
    assert seen.stop == ("tls", None, "client_certificate_unreadable")
    seen = verifier(client_certificate=str(tmp_path))
    assert seen.stop == ("tls", None, "client_certificate_unreadable")


# -- whom to trust -------------------------------------------------------------------------------


def test_t_09_private_authority_without_key_identifiers(verifier: Verifier, tmp_path: Path) -> None:
    # Python's own default contexts refuse it from 3.13 on; ours ask for no more than OpenSSL does.
    authority, context = bare_authority(tmp_path)
    seen = verifier(context=context, ca_file=str(authority))
    assert seen.stop is None
    assert not client_context(ca_file=str(authority)).verify_flags & ssl.VERIFY_X509_STRICT


def bare_authority(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """An authority of the shape that people make by hand, and a server with its certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("by hand"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    ca = builder("by hand", ca_key).add_extension(constraints, critical=False)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    leaf = builder("leaf", key).add_extension(
        x509.SubjectAlternativeName([address]), critical=False
    )
    authority = folder / "by-hand.pem"
    authority.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    pem = folder / "by-hand-leaf.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + leaf.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return authority, context


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes names lead to this machine."""
    before = socket.getaddrinfo

    def point(*hosts: str) -> None:
        def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
            return before("127.0.0.1" if host in hosts else host, *args, **options)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return point


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture
def trusted(authority: ThrowAwayAuthority, tmp_path: Path) -> str:
    return str(authority.write_ca(tmp_path / "authority.pem"))


@pytest.mark.parametrize(
    ("host", "listen", "certified", "word"),
    [
        ("127.0.0.1", "127.0.0.1", ("127.0.0.1",), None),
        ("127.0.0.1", "127.0.0.1", ("localhost", "127.0.0.2"), "cert_hostname_mismatch"),
        ("::1", "::1", ("::1",), None),
        ("::1", "::1", ("localhost", "127.0.0.1"), "cert_hostname_mismatch"),
    ],
)
def test_t_10_ip_address_as_host(
    verifier: Verifier,
    authority: ThrowAwayAuthority,
    trusted: str,
    host: str,
    listen: str,
    certified: tuple[str, ...],
    word: str | None,
) -> None:
    context = authority.server_context(certified)
    with ScriptedServer(starttls=True, context=context, host=listen, account=ACCOUNT) as server:
        seen = verifier.at(server.port, host=host, ca_file=trusted)
    assert seen.stop == (("tls", None, word) if word else None)


def test_t_10_idn_host(
    verifier: Verifier, authority: ThrowAwayAuthority, trusted: str, names: Callable[..., None]
) -> None:
    names("xn--bcher-kva.example")
    context = authority.server_context(("xn--bcher-kva.example",))
    with ScriptedServer(starttls=True, context=context, account=ACCOUNT) as server:
        for host in ("bücher.example", "bücher.example.", "BÜCHER.example"):
            seen = verifier.at(server.port, host=host, ca_file=trusted)
            assert seen.stop is None, host


@pytest.mark.parametrize(
    ("certified", "word"),
    [
        (("other.test", "mail.corp.test", "third.test"), None),
        (("*.corp.test",), None),
        (("corp.test",), "cert_hostname_mismatch"),
        (("*.test",), "cert_hostname_mismatch"),
        (("mail.corp.test.evil.test",), "cert_hostname_mismatch"),
    ],
)
def test_t_11_names_in_the_certificate(
    verifier: Verifier,
    authority: ThrowAwayAuthority,
    trusted: str,
    names: Callable[..., None],
    certified: tuple[str, ...],
    word: str | None,
) -> None:
    names("mail.corp.test")
    context = authority.server_context(certified)
    with ScriptedServer(starttls=True, context=context, account=ACCOUNT) as server:
        seen = verifier.at(server.port, host="mail.corp.test", ca_file=trusted)
    assert seen.stop == (("tls", None, word) if word else None)
    shown = seen.detail(Stage.TLS)["chain"][0]["names"]
    assert shown == list(certified)


@both
def test_t_11_server_that_chooses_by_name(
    verifier: Verifier,
    authority: ThrowAwayAuthority,
    trusted: str,
    names: Callable[..., None],
    security: str,
) -> None:
    names("mail.corp.test")
    asked: list[str | None] = []
    other, right = (authority.server_context((n,)) for n in ("other.test", "mail.corp.test"))

    def choose(sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        asked.append(name)
        if name == "mail.corp.test":
            sock.context = right

    other.sni_callback = choose
    with ScriptedServer(context=other, account=ACCOUNT, **offering(security)) as server:
        seen = verifier.at(server.port, host="mail.corp.test", ca_file=trusted, security=security)
    assert seen.stop is None
    assert asked == ["mail.corp.test"]


@capabilities.openssl_finds_authorities
def test_t_12_trust_comes_from_the_system_and_from_the_ca_file(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = verifier.certificates
    seen = verifier(ca_file=None)
    assert seen.stop == ("tls", None, "cert_untrusted")
    # The system now trusts the tests' authority, as where a company's device is in between.
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    assert verifier(ca_file=None).stop is None
    unknown = str(certificates.unknown_ca_file)
    assert verifier(ca_file=unknown).stop is None
    assert verifier(ca_file=unknown, context=server_context(verifier, "unknown_ca")).stop is None
    # Names and dates are checked all the same.
    for name in ("wrong_name", "expired", "common_name_only"):
        assert verifier(ca_file=unknown, context=server_context(verifier, name)).stop is not None


def test_t_12_ca_file_that_is_none(verifier: Verifier, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    seen = verifier(ca_file=str(path))
    assert seen.stop == ("tls", None, "ca_file_unreadable")
    path.write_text("no certificate")
    seen = verifier(ca_file=str(path))
    assert seen.stop == ("tls", None, "ca_file_invalid")
    assert seen.stopped.detail()["path"] == str(path)
    assert causes(seen, verifier)[0] == "cert_untrusted"


def test_t_12_ca_file_that_changes_is_read_again(verifier: Verifier, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(verifier.certificates.unknown_ca_file.read_bytes())
    assert verifier(ca_file=str(path)).stop == ("tls", None, "cert_untrusted")
    path.write_bytes(verifier.certificates.ca_file.read_bytes())
    assert verifier(ca_file=str(path)).stop is None


@pytest.mark.parametrize("key", ["verify", "tls_verify", "insecure", "verify_certificate"])
def test_t_13_document_that_asks_for_no_verification(verifier: Verifier, key: str) -> None:
    # There is no such setting: the key is kept as any unknown one, and changes nothing.
    seen = verifier(context=server_context(verifier, "unknown_ca"), extra={key: False})
    assert seen.stop == ("tls", None, "cert_untrusted")


def test_t_14_keys_are_logged_for_nobody(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    context = client_context(ca_file=str(verifier.certificates.ca_file))
    assert context.keylog_filename is None
    assert verifier().stop is None
    assert not keys.exists()
    seen = verifier(context=server_context(verifier, "unknown_ca"))
    assert seen.stop == ("tls", None, "cert_untrusted")


def test_t_14_the_check_of_the_machine_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from smtpwizard.usecases import doctor
    from smtpwizard.usecases.workspace import Workspace

    monkeypatch.setattr(doctor, "_keyring", lambda _: {"usable": False, "code": "keyring_silent"})
    monkeypatch.setenv("SSLKEYLOGFILE", "/somewhere/keys.log")
    monkeypatch.setenv("SSL_CERT_FILE", "/somewhere/ca.pem")
    facts = doctor.examine(Workspace.open(tmp_path))
    codes = {warning["code"] for warning in facts["warnings"]}
    assert {"tls_keys_logged", "trust_store_replaced"} <= codes
    assert facts["environment"]["SSL_CERT_FILE"] == "/somewhere/ca.pem"


def test_t_15_one_place_makes_contexts_and_nothing_turns_verification_off() -> None:
    package = Path(smtpwizard.__file__).parent
    makers = set()
    for path in package.rglob("*.py"):
        with tokenize.open(path) as file:
            tree = ast.parse(file.read())
        where = str(path.relative_to(package)).replace(os.sep, "/")
        for node in ast.walk(tree):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            assert name not in {
                *("CERT_NONE", "CERT_OPTIONAL", "create_default_context", "wrap_socket"),
                *("_create_unverified_context", "_create_default_https_context"),
                *("_create_stdlib_context", "PROTOCOL_TLS", "PROTOCOL_SSLv23"),
            } or where.startswith("demo/"), f"{where}: {name}"
            if name in {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context"}:
                pytest.fail(f"{where}: {name}")
            if isinstance(node, ast.Assign | ast.keyword):
                targets = node.targets if isinstance(node, ast.Assign) else [node]
                names = {getattr(t, "attr", None) or getattr(t, "arg", None) for t in targets}
                if names & {"check_hostname", "verify"}:
                    assert not (
                        isinstance(node.value, ast.Constant) and node.value.value is False
                    ), f"{where}: {names}"
            if name == "SSLContext" and isinstance(node, ast.Attribute):
                makers.add(where)
    assert makers - {"net/tls.py"} <= {
        "net/network.py",  # an annotation
        # A server's contexts, and annotations.
        *("demo/certificates.py", "demo/connection.py", "demo/scripted.py"),
        *("demo/scenario_server.py", "demo/authorization/server.py", "demo/authorization/web.py"),
        *("demo/replay/certificates.py", "demo/replay/memory.py", "demo/replay/network.py"),
        *("smtp/session.py", "net/stream.py"),
    }


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("client", [False, True])
def test_t_15_every_context_verifies(verifier: Verifier, pinned: bool, client: bool) -> None:
    certificates = verifier.certificates
    context = client_context(
        ca_file=str(certificates.ca_file),
        pinned_certificate=leaf_pem(certificates.good) if pinned else None,
        client_certificate=str(certificates.client.combined) if client else None,
    )
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


# -- beyond the list: pins, and issuers that are not expected ------------------------------------


@both
@pytest.mark.parametrize("name", ["good", "unknown_ca", "self_signed"])
def test_pinned_certificate(verifier: Verifier, security: str, name: str) -> None:
    pin = leaf_pem(getattr(verifier.certificates, name))
    seen = verifier(
        context=server_context(verifier, name),
        security=security,
        pinned_certificate=pin,
        ca_file=None,
    )
    assert seen.stop is None


@pytest.mark.parametrize("ca_file", [False, True])
def test_pin_of_another_certificate_refuses(verifier: Verifier, ca_file: bool) -> None:
    # Even one of an authority that is trusted otherwise: the pin stands in its place.
    trusted = str(verifier.certificates.ca_file) if ca_file else None
    for other in ("client", "self_signed", "unknown_ca"):
        pin = leaf_pem(getattr(verifier.certificates, other))
        seen = verifier(pinned_certificate=pin, ca_file=trusted)
        assert seen.stop == ("tls", None, "cert_untrusted"), other
        shown = seen.stopped.detail()["chain"][0]["fingerprint"]
        assert shown == fingerprint(verifier.certificates.good)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("wrong_name", "cert_hostname_mismatch"),
        ("common_name_only", "cert_hostname_mismatch"),
        ("expired", "cert_expired"),
        ("not_yet_valid", "cert_not_yet_valid"),
    ],
)
def test_pin_replaces_the_issuer_check_alone(verifier: Verifier, name: str, word: str) -> None:
    pin = leaf_pem(getattr(verifier.certificates, name))
    seen = verifier(
        context=server_context(verifier, name), pinned_certificate=pin, host="localhost"
    )
    assert seen.stop == ("tls", None, word)


def test_pin_that_is_none(verifier: Verifier) -> None:
    for pin in ("rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        seen = verifier(pinned_certificate=pin)
        assert seen.stop == ("tls", None, "pin_invalid")
    assert causes(seen, verifier)[0] == "cert_untrusted"


GOOGLE = ("Google Trust Services",)


@both
def test_issuer_that_is_not_the_providers(verifier: Verifier, security: str) -> None:
    # A device of the company, trusted by the system: the connection stands, and is told.
    with ScriptedServer(
        context=verifier.context(), account=ACCOUNT, **offering(security)
    ) as server:
        connector = verifier.connector(server.port, security=security)
        for expected, told in ((GOOGLE, True), (("Test authority",), False), ((), False)):
            report = verify(
                connector,
                credential_for(connector),
                Settings(recipient=None, expected_issuers=expected),
            )
            assert report.ok
            issuer = report.stage(Stage.TLS).detail().get("unexpected_issuer", "")
            assert ("Test authority" in issuer) == told
            assert bool(issuer) == told


@pytest.mark.parametrize("name", ["unknown_ca", "self_signed", "expired", "wrong_name"])
def test_issuer_of_a_certificate_that_is_refused(verifier: Verifier, name: str) -> None:
    with ScriptedServer(context=server_context(verifier, name), implicit_tls=True) as server:
        connector = verifier.connector(server.port, security="implicit_tls")
        report = verify(
            connector, credential_for(connector), Settings(recipient=None, expected_issuers=GOOGLE)
        )
    assert report.stopped_at() is report.stage(Stage.TLS)
    detail = report.stage(Stage.TLS).detail()
    assert detail["unexpected_issuer"] == detail["chain"][0]["issuer"]
    found = causes_for_report(report, connector)
    assert found[0].cause == "tls_intercepted"
    assert any("issued by" in line for line in found[0].evidence)


def test_issuer_is_remembered_where_it_stops_later(verifier: Verifier) -> None:
    refusal = {"AUTH": b"535 5.7.8 no\r\n"}
    with ScriptedServer(
        refusal, context=verifier.context(), implicit_tls=True, account=ACCOUNT
    ) as server:
        connector = verifier.connector(server.port, security="implicit_tls")
        report = verify(
            connector, credential_for(connector), Settings(recipient=None, expected_issuers=GOOGLE)
        )
    assert "tls_intercepted" in [cause.cause for cause in causes_for_report(report, connector)]


def test_issuers_are_known_for_the_providers_own_servers(verifier: Verifier) -> None:
    from smtpwizard.providers import parse_catalogue
    from smtpwizard.usecases.verify import expected_issuers

    entry = parse_catalogue(
        ['id="x"\nhost="smtp.x.test"\nport=587\nsecurity="starttls"\ncertificate_issuers=["X CA"]']
    ).get("x")
    assert entry is not None
    there = verifier.connector(587, host="smtp.x.test", ca_file=None)
    assert expected_issuers(there, entry) == ("X CA",)
    assert expected_issuers(there, None) == ()
    assert expected_issuers(there, replace(entry, more={})) == ()
    assert expected_issuers(there, replace(entry, more={"certificate_issuers": "X CA"})) == ()
    # Another server, or somebody else trusted on purpose.
    for settings in (
        {"host": "smtp.y.test", "ca_file": None},
        {"host": "smtp.x.test", "ca_file": "/ca.pem"},
        {"host": "smtp.x.test", "ca_file": None, "pinned_certificate": "PEM"},
    ):
        assert expected_issuers(verifier.connector(587, **settings), entry) == ()
