"""Contexts that verify, and what a handshake says, as plain data."""

from __future__ import annotations

import hashlib
import os
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.errors import NetworkError
from smtpwizard.model.stage_facts import CertificateFacts, StageError, StageFailure
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net import tls
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.resolve import connect_first, resolve
from smtpwizard.net.stream import Stream, TlsError
from tests import capabilities
from tests.helpers.certificates import Certificates

GOOGLE = ("Google Trust Services",)


# -- contexts ------------------------------------------------------------------------------------


def test_a_context_is_built_once(certificates: Certificates) -> None:
    ca_file = str(certificates.ca_file)
    first = tls.client_context(ca_file=ca_file)
    assert tls.client_context(ca_file=ca_file) is first
    assert tls.client_context() is not first
    assert tls.client_context(ca_file=str(certificates.unknown_ca_file)) is not first


def test_another_passphrase_is_refused(certificates: Certificates) -> None:
    load_client_certificate(certificates)
    with pytest.raises(NetworkError) as refused:
        tls.client_context(
            client_certificate=str(certificates.client_pkcs12),
            client_certificate_passphrase="wrong",
        )
    assert refused.value.code == "client_certificate_invalid"


@capabilities.openssl_finds_authorities
def test_a_changed_environment_makes_another_context(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    first = tls.client_context()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    second = tls.client_context()
    assert second is not first
    assert len(second.get_ca_certs()) == 1


def test_a_pin_stands_alone(certificates: Certificates) -> None:
    pin = certificates.good.certificate.read_text()
    first = tls.client_context(pinned_certificate=pin)
    assert len(first.get_ca_certs()) + len(first.get_ca_certs(binary_form=True)) <= 2
    assert first.cert_store_stats()["x509"] == 1
    commented = tls.client_context(pinned_certificate=f"Größe: 1\n{pin}")
    assert commented.cert_store_stats()["x509"] == 1
    # A CA file beside it is not even read.
    assert tls.client_context(pinned_certificate=pin, ca_file="/nowhere") is first


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file_unreadable"),
        ({"ca_file": "nul\0byte"}, "ca_file_unreadable"),
        ({"ca_file": os.sep}, "ca_file_unreadable"),
        ({"pinned_certificate": "none"}, "pin_invalid"),
        ({"pinned_certificate": "ünïcode \ud800"}, "pin_invalid"),
        ({"client_certificate": "me\0.p12"}, "client_certificate_unreadable"),
        ({"client_certificate": "/nowhere/me.p12"}, "client_certificate_unreadable"),
    ],
)
def test_what_cannot_be_used(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(NetworkError) as refused:
        tls.client_context(**settings)
    assert refused.value.code == word


def test_a_pkcs12_file_without_a_key(tmp_path: Path, certificates: Certificates) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

    certificate = x509.load_pem_x509_certificate(certificates.ca_file.read_bytes())
    path = tmp_path / "certificates.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"x", None, None, [certificate], BestAvailableEncryption(b"word")
        )
    )
    with pytest.raises(NetworkError) as refused:
        tls.client_context(client_certificate=str(path), client_certificate_passphrase="word")
    assert refused.value.code == "client_certificate_invalid"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "der", "comment"])
def test_authorities_in_other_forms(
    certificates: Certificates, tmp_path: Path, encoding: str
) -> None:
    from cryptography import x509

    text = certificates.ca_file.read_text()
    path = tmp_path / "ca.cer"
    if encoding == "der":
        path.write_bytes(ssl.PEM_cert_to_DER_cert(text))
    elif encoding == "comment":
        path.write_bytes("Größe\n".encode("latin-1") + text.encode())
    else:
        path.write_bytes(text.encode(encoding))
    found, plain = (
        {entry["serialNumber"] for entry in tls.client_context(ca_file=str(each)).get_ca_certs()}
        for each in (path, certificates.ca_file)
    )
    assert f"{x509.load_pem_x509_certificate(text.encode()).serial_number:X}" in {
        str(serial).lstrip("0") for serial in found
    }
    assert found == plain


def test_authorities_in_no_end_of_a_file() -> None:
    with pytest.raises(ConnectionFailed, match="ca_file_unreadable"):
        tls.client_context(ca_file="/dev/zero")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("passphrase", [None, "word"])
def test_a_client_certificate_in_any_unicode(
    certificates: Certificates, tmp_path: Path, encoding: str, passphrase: str | None
) -> None:
    path = tmp_path / "client.pem"
    text = certificates.client.combined.read_text()
    if passphrase is not None:
        key = serialization.load_pem_private_key(certificates.client.key.read_bytes(), None)
        form = serialization.BestAvailableEncryption(passphrase.encode())
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, form)
        text = certificates.client.certificate.read_text() + pem.decode()
    path.write_bytes(f"a comment\n{text}".encode(encoding))
    tls.check_client_certificate(str(path))
    tls.client_context(client_certificate=str(path), client_certificate_passphrase=passphrase)
    if passphrase is not None:
        with pytest.raises(ConnectionFailed, match="client_certificate_invalid"):
            tls.client_context(client_certificate=str(path), client_certificate_passphrase="other")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_client_certificate_without_its_key(
    certificates: Certificates, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "client.pem"
    alone = (certificates.client.certificate, certificates.client.key)
    other = certificates.client.certificate.read_text() + certificates.good.key.read_text()
    for text in (*(file.read_text() for file in alone), other):
        path.write_bytes(text.encode(encoding))
        with pytest.raises(ConnectionFailed, match="client_certificate_invalid"):
            tls.client_context(client_certificate=str(path))
        with pytest.raises(ConnectionFailed, match="client_certificate_invalid"):
            tls.check_client_certificate(str(path))


def test_a_client_certificate_that_is_far_too_large(tmp_path: Path) -> None:
    path = tmp_path / "client.p12"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    for look in (tls.check_client_certificate, lambda p: tls.client_context(client_certificate=p)):
        with pytest.raises(ConnectionFailed, match="client_certificate_invalid"):
            look(str(path))
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConnectionFailed, match="client_certificate_invalid"):
        tls.check_client_certificate(str(path))
    tls.check_client_certificate(str(_pkcs12(path)))


def _pkcs12(path: Path) -> Path:
    path.write_bytes(b"\x30\x82\x02\x00\x02\x01\x03")
    return path


def load_client_certificate(certificates: Certificates) -> ssl.SSLContext:
    return tls.client_context(
        client_certificate=str(certificates.client_pkcs12),
        client_certificate_passphrase=certificates.client_passphrase,
    )


def test_no_private_key_is_kept_for_the_next_time(certificates: Certificates) -> None:
    assert tls.client_context() is tls.client_context()
    assert load_client_certificate(certificates) is not load_client_certificate(certificates)


def test_the_key_leaves_nothing_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    folder = tmp_path / "temporary"  # see conftest: it has to be empty in the end
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    written: list[tuple[int, bytes]] = []
    load = ssl.SSLContext.load_cert_chain

    def watch(
        self: ssl.SSLContext, certfile: str, keyfile: str | None = None, password: Any = None
    ) -> None:
        written.append((os.stat(certfile).st_mode & 0o777, Path(certfile).read_bytes()))
        load(self, certfile, keyfile, password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watch)
    load_client_certificate(certificates)
    [(mode, content)] = written
    assert mode == 0o600 or not capabilities.POSIX
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in content
    assert list(folder.iterdir()) == []


# -- other platforms -----------------------------------------------------------------------------


def shake_hands(context: ssl.SSLContext, port: int, host: str) -> Stream:
    token, deadline = CancelToken(), Deadline(86_400.0)
    endpoints = resolve("127.0.0.1", port, token=token, deadline=deadline)
    stream = Stream(connect_first(endpoints, token=token, deadline=deadline)[0], token)
    try:
        stream.start_tls(context, host, deadline)
    except TlsError:
        stream.close()
        raise
    return stream


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@capabilities.refuses_chains_without_a_root
def test_elsewhere_the_system_verifies_and_nothing_else_changes(
    monkeypatch: pytest.MonkeyPatch, platform: str, certificates: Certificates
) -> None:
    pytest.importorskip("truststore")
    import truststore

    monkeypatch.setattr(tls, "sys", SimpleNamespace(platform=platform))
    monkeypatch.setattr(tls, "_contexts", {})
    context = tls.client_context()
    assert isinstance(context, truststore.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates.good.combined)
    with (
        ScriptedServer(context=server, implicit_tls=True) as peer,
        pytest.raises(TlsError) as refused,
    ):
        shake_hands(context, peer.port, "localhost")
    assert refused.value.code == "cert_untrusted"
    # An explicit CA file is OpenSSL's business everywhere.
    explicit = tls.client_context(ca_file=str(certificates.ca_file))
    assert not isinstance(explicit, truststore.SSLContext)


def test_a_zone_is_no_part_of_the_name() -> None:
    authority = ThrowAwayAuthority()
    context, pem = authority.server_pair(("fe80::1",))
    ours = tls.client_context(pinned_certificate=pem.decode())
    with ScriptedServer(context=context, implicit_tls=True) as peer:
        shake_hands(ours, peer.port, "fe80::1%eth0").close()


# -- what a handshake says -----------------------------------------------------------------------


def facts(before: timedelta, after: timedelta, now: datetime) -> CertificateFacts:
    def iso(when: datetime) -> str:
        return when.strftime("%Y-%m-%dT%H:%M:%SZ")

    return CertificateFacts("CN=x", "CN=y", (), iso(now + before), iso(now + after), "00")


DAY = timedelta(days=1)
NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "before", "after", "hours", "suspect"),
    [
        (NOW, -30 * DAY, -DAY / 2, 12, True),
        (NOW, -30 * DAY, -10 * DAY, 240, False),
        (NOW, DAY / 24, 90 * DAY, 1, True),
        (NOW, 2 * DAY, 90 * DAY, 48, False),
        (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), 20_000 * DAY, 20_090 * DAY, 480_000, True),
        (NOW, -DAY, DAY, 0, True),
    ],
)
def test_the_clock_beside_a_certificate(
    now: datetime, before: timedelta, after: timedelta, hours: float, suspect: bool
) -> None:
    good = facts(-1000 * DAY, 30_000 * DAY, now)
    chain = (facts(before, after, now), good)
    found = tls.with_clock(StageFailure(StageError.CERT_EXPIRED, chain=chain), now)
    assert found.now == now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found.off_by_hours == hours
    assert found.clock_suspect is suspect


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (0x800B0101, StageError.CERT_EXPIRED),
        (0x800B0109, StageError.CERT_UNTRUSTED),
        (0x800B010A, StageError.CERT_UNTRUSTED),
        (0x800B010F, StageError.CERT_HOSTNAME_MISMATCH),
        (-67818, StageError.CERT_EXPIRED),
        (-67819, StageError.CERT_NOT_YET_VALID),
        (-67602, StageError.CERT_HOSTNAME_MISMATCH),
        (-67843, StageError.CERT_UNTRUSTED),
    ],
)
def test_what_other_systems_say_of_a_certificate(number: int, error: StageError) -> None:
    refused = ssl.SSLCertVerificationError("in the system's own words")
    refused.verify_code, refused.verify_message = number, "in the system's own words"
    assert tls.handshake_failure(refused).error is error


@pytest.mark.parametrize(
    ("error", "before", "after", "self_signed", "told"),
    [
        ("cert_expired", -30, -1, False, "cert_expired"),
        ("cert_expired", 1, 30, False, "cert_not_yet_valid"),
        ("cert_untrusted", -1, 30, False, "cert_untrusted"),
        ("cert_untrusted", -1, 30, True, "cert_self_signed"),
        ("cert_hostname_mismatch", 1, 30, True, "cert_hostname_mismatch"),
    ],
)
def test_a_coarse_verdict_is_told_apart_by_the_chain(
    error: str, before: int, after: int, self_signed: bool, told: str
) -> None:
    leaf = facts(before * DAY, after * DAY, NOW)._replace(self_signed=self_signed)
    failure = StageFailure(StageError(error), chain=(leaf, facts(-DAY, DAY, NOW)))
    assert tls.by_chain(failure, NOW).error == told
    assert tls.by_chain(StageFailure(StageError(error)), NOW).error == error


@pytest.mark.parametrize(
    ("issuer", "expected", "odd"),
    [
        ("C=US, O=Google Trust Services, CN=WR2", GOOGLE, False),
        ("CN=WR2,O=GOOGLE TRUST SERVICES LLC,C=US", GOOGLE, False),
        ("CN=Corporate Firewall CA", GOOGLE, True),
        ("CN=Corporate Firewall CA", (), False),
        ("CN=DigiCert TLS", ("DigiCert", "Microsoft"), False),
    ],
)
def test_issuers(issuer: str, expected: tuple[str, ...], odd: bool) -> None:
    assert tls.unexpected_issuer(issuer, expected) is odd


def record(kind: int, content: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(content).to_bytes(2, "big") + content


def message(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(3, "big") + content


HELLO, CERTIFICATE, REQUEST, DONE = (
    message(kind, b"x" * size) for kind, size in ((2, 70), (11, 900), (13, 40), (14, 0))
)
ALERT = record(0x15, b"\x02\x28")


@pytest.mark.parametrize(
    ("received", "asks"),
    [
        (record(0x16, HELLO + CERTIFICATE + REQUEST + DONE) + ALERT, True),
        (record(0x16, HELLO) + record(0x16, CERTIFICATE) + record(0x16, REQUEST) + ALERT, True),
        (record(0x16, HELLO + CERTIFICATE[:100]) + record(0x16, CERTIFICATE[100:] + REQUEST), True),
        (record(0x16, HELLO + CERTIFICATE + DONE) + ALERT, False),
        (record(0x16, HELLO) + ALERT + record(0x16, REQUEST), False),
        (record(0x16, b"\x0b\xff\xff\xff" + REQUEST), False),
        (ALERT, False),
        (b"\x16\x03", False),
        (b"\x16\x03\x03\xff\xff", False),
        (b"", False),
    ],
)
def test_a_wanted_client_certificate(received: bytes, asks: bool) -> None:
    assert tls.asks_for_certificate(received) is asks


@pytest.mark.parametrize(
    ("first", "version"),
    [
        (record(0x16, message(2, b"\x03\x01" + bytes(60))), "TLSv1"),
        (record(0x16, message(2, b"\x03\x02" + bytes(60))), "TLSv1.1"),
        (record(0x16, message(2, b"\x09\x09" + bytes(60))), "unknown"),
        (record(0x16, message(2, b"")), "TLSv1.1 or older"),
        (ALERT, "TLSv1.1 or older"),
        (b"", "TLSv1.1 or older"),
    ],
)
def test_the_version_of_a_server_too_old(first: bytes, version: str) -> None:
    assert tls.offered_version(first) == version


def test_a_certificate_that_is_none() -> None:
    assert tls.certificate_facts(b"rubbish") is None


def test_a_chain_that_cannot_be_read() -> None:
    assert tls.unverified_chain(None) == []  # type: ignore[arg-type]


def test_the_chain_as_newer_pythons_give_it() -> None:
    authority = ThrowAwayAuthority()
    pem = authority.server_pair()[1].decode()
    leaf, root = (ssl.PEM_cert_to_DER_cert(p) for p in (pem, authority.ca_pem.decode()))

    def chain(*ders: bytes) -> list[CertificateFacts]:
        return tls.unverified_chain(SimpleNamespace(get_unverified_chain=lambda: ders))  # type: ignore[arg-type]

    assert [facts.pem for facts in chain(leaf, root)] == [pem, ""]
    # One that cannot be read has no facts, and the next is not taken for it.
    assert [facts.pem for facts in chain(b"rubbish", root)] == [""]
    assert chain() == []
    assert chain(b"rubbish") == []


def test_a_peer_without_a_certificate() -> None:
    class Anonymous:
        def getpeercert(self, binary_form: bool = False) -> None:
            return None

    assert tls.peer_facts(Anonymous()) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["0:0:0:0:0:0:0:1", "2001:DB8:0:0:0:0:0:7"], ["::1", "2001:db8::7"]),
        (
            ["localhost", "127.0.0.1", "a:b:c:d:e:f:g:h"],
            ["localhost", "127.0.0.1", "a:b:c:d:e:f:g:h"],
        ),
    ],
)
def test_an_address_has_one_spelling(names: list[str], read: list[str]) -> None:
    """OpenSSL writes it in full, and what reads the whole chain does not."""

    class Peer:
        def getpeercert(self, binary_form: bool = False) -> Any:
            named = tuple(("IP Address", name) for name in names)
            return b"x" if binary_form else {"subjectAltName": named}

    assert tls.peer_facts(Peer())[0].names == read  # type: ignore[arg-type]


def test_names_of_every_kind(tmp_path: Path) -> None:
    authority = ThrowAwayAuthority()
    der = ssl.PEM_cert_to_DER_cert(
        authority.server_pair(("mail.test", "*.test", "192.0.2.1", "2001:db8::1"))[1].decode()
    )
    found = tls.certificate_facts(der)
    assert found is not None
    assert list(found.names) == ["mail.test", "*.test", "192.0.2.1", "2001:db8::1"]
    assert not found.self_signed
    root = tls.certificate_facts(ssl.PEM_cert_to_DER_cert(authority.ca_pem.decode()))
    assert root is not None
    assert root.self_signed
    assert list(root.names) == []


@pytest.mark.parametrize(
    ("reason", "words", "alert"),
    [
        ("TLSV1_UNRECOGNIZED_NAME", "tlsv1 unrecognized name", "unrecognized_name"),
        ("TLSV1_ALERT_UNRECOGNIZED_NAME", "tlsv1 alert unrecognized name", "unrecognized_name"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "…", "certificate_required"),
        ("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "…", "unsupported_certificate"),
        (None, "tlsv1 alert no application protocol", "no_application_protocol"),
        (None, "unknown error", None),
        ("NO_SHARED_CIPHER", "no shared cipher", None),
    ],
)
def test_the_alert_of_a_server_has_one_name(
    reason: str | None, words: str, alert: str | None
) -> None:
    error = ssl.SSLError(1, f"[SSL: {reason}] {words} (_ssl.c:1006)")
    error.reason = reason  # type: ignore[assignment]
    failure = tls.handshake_failure(error)
    assert failure.alert == alert
    assert failure.openssl == (reason or words)


def test_errors_nobody_has_met_yet() -> None:
    early = ssl.SSLZeroReturnError(6, "an end that nobody expected")
    assert tls.handshake_failure(early).error is StageError.CLOSED
    odd = ssl.SSLError(1, "odd")
    assert tls.handshake_failure(odd) == StageFailure(StageError.HANDSHAKE_FAILED, openssl="")
    unknown = ssl.SSLCertVerificationError("odd")
    unknown.verify_code, unknown.verify_message = 4711, "odd"
    assert tls.handshake_failure(unknown).error is StageError.CERT_UNTRUSTED


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Nov  2 10:15:00 2026 GMT", "2026-11-02T10:15:00Z"),
        ("Jan 31 23:59:59 2049 GMT", "2049-01-31T23:59:59Z"),
        ("Jan  1 00:00:00 1 GMT", "0001-01-01T00:00:00Z"),
        ("Dec 31 23:59:59 9999 GMT", "9999-12-31T23:59:59Z"),
        (None, ""),
    ],
)
def test_dates_as_openssl_prints_them(text: str | None, iso: str) -> None:
    assert tls._iso(text) == iso


def test_what_another_thread_has_built_meanwhile_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited for the lock builds nothing a second time."""
    built: dict[object, ssl.SSLContext] = {}
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    class Found(dict[object, ssl.SSLContext]):
        """Empty at the first look, and filled at the second."""

        def get(self, key: object, default: Any = None) -> Any:
            found = built.get(key)
            built[key] = theirs
            return found

    monkeypatch.setattr(tls, "_contexts", Found())
    monkeypatch.setattr(tls, "_build", lambda *_: pytest.fail("built a second time"))
    assert tls.client_context() is theirs


# -- what a project trusts ------------------------------------------------------------------------


def test_authorities_are_trusted_besides_the_system(certificates: Certificates) -> None:
    ours = certificates.ca_file.read_text()
    alone = tls.client_context()
    first = tls.client_context(authorities=(ours,))
    assert first is tls.client_context(authorities=(ours,))
    assert first is not alone
    assert first.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    assert not alone.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    count = first.cert_store_stats()["x509"]
    assert count == alone.cert_store_stats()["x509"] + 1
    # One that cannot be read is nobody.
    damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    more = tls.client_context(authorities=(damaged, ours))
    assert more.cert_store_stats()["x509"] == count
    # A pin decides alone.
    pin = certificates.good.certificate.read_text()
    pinned = tls.client_context(pinned_certificate=pin, authorities=(ours,))
    assert pinned is tls.client_context(pinned_certificate=pin)


def test_who_may_vouch_for_others(certificates: Certificates) -> None:
    authority = certificates.ca_file.read_text()
    server = certificates.good.certificate.read_text()
    assert tls.is_authority(authority)
    assert not tls.is_authority(server)
    assert tls.is_authority(first_version(authority)), "from before one could say so"
    assert not tls.is_authority(first_version(server))
    assert not tls.is_authority("nothing")


def first_version(pem: str) -> str:
    """The certificate as one of version 1: without a version and without extensions."""
    der = ssl.PEM_cert_to_DER_cert(pem)
    [whole] = parts_of(der)
    to_be_signed, *signature = parts_of(whole[1])
    old = [part for part in parts_of(to_be_signed[1]) if part[0] not in (0xA0, 0xA3)]
    inside = b"".join(wrapped(*part) for part in old)
    return ssl.DER_cert_to_PEM_cert(
        wrapped(0x30, wrapped(0x30, inside) + b"".join(wrapped(*part) for part in signature))
    )


def parts_of(der: bytes) -> list[tuple[int, bytes]]:
    parts = []
    while der:
        size, head = der[1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(der[2:head], "big")
        parts.append((der[0], der[head : head + size]))
        der = der[head + size :]
    return parts


def wrapped(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def test_a_chain_that_is_not_to_be_had() -> None:
    nothing: Any = object()
    assert tls.shown_chain(nothing) == []
    assert tls.anchor(nothing) is None


def test_a_chain_as_later_versions_of_python_give_it(certificates: Certificates) -> None:
    class Finished:
        def get_verified_chain(self) -> list[bytes]:
            return [b"own", b"root"]

    finished: Any = Finished()
    assert tls.anchor(finished) == hashlib.sha256(b"root").hexdigest()


def test_a_certificate_that_cannot_be_read_has_its_fingerprint() -> None:
    [facts] = tls.shown_facts([b"no certificate"])
    assert facts.fingerprint == hashlib.sha256(b"no certificate").hexdigest()
    assert facts.subject == ""
    assert "BEGIN CERTIFICATE" in facts.pem


def test_a_certificate_of_a_version_that_there_is_not(certificates: Certificates) -> None:
    """What a server shows may be anything, also where it is looked at to say why it is refused."""
    der = ssl.PEM_cert_to_DER_cert(certificates.good.certificate.read_text())
    fifth = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1)
    assert fifth != der
    [facts] = tls.shown_facts([fifth])
    assert (facts.subject, facts.fingerprint) == ("", hashlib.sha256(fifth).hexdigest())
    assert not tls.is_authority(ssl.DER_cert_to_PEM_cert(fifth))
    assert tls.certificates_in(fifth) == []
    assert not tls.leads_to([fifth], [certificates.ca_file.read_text()])


def test_a_certificate_with_a_serial_number_that_is_none_warns_nobody(
    certificates: Certificates,
) -> None:
    der = ssl.PEM_cert_to_DER_cert(certificates.good.certificate.read_text())
    at = der.index(b"\xa0\x03\x02\x01\x02") + 5
    odd = der[: at + 2] + b"\x80" + der[at + 3 :]  # below zero
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not tls.leads_to([odd], [certificates.ca_file.read_text()])
        assert tls.shown_facts([odd])[0].subject


def test_a_certificate_that_says_a_thing_twice(certificates: Certificates) -> None:
    pem = certificates.ca_file.read_text()
    [whole] = parts_of(ssl.PEM_cert_to_DER_cert(pem))
    to_be_signed, *signature = parts_of(whole[1])
    inside = b""
    for tag, content in parts_of(to_be_signed[1]):
        if tag == 0xA3:
            [(_, said)] = parts_of(content)
            content = wrapped(0x30, said + wrapped(*parts_of(said)[0]))
        inside += wrapped(tag, content)
    twice = wrapped(0x30, wrapped(0x30, inside) + b"".join(wrapped(*part) for part in signature))
    [facts] = tls.shown_facts([twice])
    assert facts.subject
    assert not facts.names
    assert not tls.is_authority(ssl.DER_cert_to_PEM_cert(twice))


def test_a_chain_leads_to_whom_it_was_issued_by(certificates: Certificates) -> None:
    """By signatures alone: names and dates are what a handshake looks at."""

    def shown(*files: Path) -> list[bytes]:
        return [der for file in files for der in tls.certificates_in(file.read_bytes())]

    def pems(*files: Path) -> list[str]:
        return [file.read_text() for file in files]

    ours, other = certificates.ca_file, certificates.unknown_ca_file
    for pair in (certificates.good, certificates.expired, certificates.wrong_name):
        chain = shown(pair.certificate)
        assert tls.leads_to(chain, pems(other, ours))
        assert tls.leads_to(chain, pems(pair.certificate)), "it vouches for itself"
        assert not tls.leads_to(chain, pems(other))
    between = trustme.CA()
    issued = between.create_child_ca().issue_cert("localhost")
    chain = [der for pem in issued.cert_chain_pems for der in tls.certificates_in(pem.bytes())]
    root = between.cert_pem.bytes().decode()
    assert len(chain) == 2
    assert tls.leads_to(chain, [root])
    assert not tls.leads_to(chain[:1], [root]), "what would lead there is missing"
    assert not tls.leads_to(chain[:1] * 2, [root]), "nor does it go in circles"
    for nothing in ([], [b"no certificate"]):
        assert not tls.leads_to(nothing, pems(ours))
    assert not tls.leads_to(shown(certificates.good.certificate), ["nothing"])
