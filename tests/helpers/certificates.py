"""Throw-away certificates, good and bad in every way a client must tell apart."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

GOOD_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key with its certificate chain; `combined` is both in one PEM file, as Postfix wants it."""

    certificate: Path
    key: Path
    combined: Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """Every certificate a test may ask for; all names but `wrong_name` are `GOOD_NAMES`."""

    ca_file: Path
    """Trust this: it issued everything but `unknown_ca` and `self_signed`."""
    unknown_ca_file: Path
    good: KeyPair
    expired: KeyPair
    not_yet_valid: KeyPair
    wrong_name: KeyPair
    unknown_ca: KeyPair
    self_signed: KeyPair
    common_name_only: KeyPair
    """`localhost` stands in the subject's CN alone; there is no subjectAltName."""
    incomplete_chain: KeyPair
    """Issued by an intermediate authority that the server forgets to send."""
    client: KeyPair
    client_pkcs12: Path
    client_passphrase: str


def make_certificates(directory: Path) -> Certificates:
    """Write a fresh set of authorities and certificates as PEM files into `directory`."""
    import trustme

    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    ca = trustme.CA(organization_name="Test authority")
    unknown_ca = trustme.CA(organization_name="Unknown authority")
    ca.cert_pem.write_to_path(str(directory / "ca.pem"))
    unknown_ca.cert_pem.write_to_path(str(directory / "unknown_ca_root.pem"))

    def issue(
        name: str,
        issuer: trustme.CA = ca,
        identities: tuple[str, ...] = GOOD_NAMES,
        not_before: datetime.datetime | None = None,
        not_after: datetime.datetime | None = None,
        leaf_only: bool = False,
    ) -> KeyPair:
        leaf = issuer.issue_cert(*identities, not_before=not_before, not_after=not_after)
        chain = leaf.cert_chain_pems[:1] if leaf_only else leaf.cert_chain_pems
        return write_key_pair(
            directory,
            name,
            leaf.private_key_pem.bytes(),
            b"".join(certificate.bytes() for certificate in chain),
        )

    client = issue("client", identities=("mailer@example.test",))
    pkcs12, passphrase = write_pkcs12(directory / "client.p12", client)
    return Certificates(
        ca_file=directory / "ca.pem",
        unknown_ca_file=directory / "unknown_ca_root.pem",
        good=issue("good"),
        expired=issue("expired", not_before=now - 30 * day, not_after=now - day),
        not_yet_valid=issue("not_yet_valid", not_before=now + day, not_after=now + 30 * day),
        wrong_name=issue("wrong_name", identities=("elsewhere.example.test",)),
        unknown_ca=issue("unknown_ca", issuer=unknown_ca),
        self_signed=make_self_signed(directory),
        common_name_only=make_common_name_only(directory, ca),
        incomplete_chain=issue("incomplete_chain", issuer=ca.create_child_ca(), leaf_only=True),
        client=client,
        client_pkcs12=pkcs12,
        client_passphrase=passphrase,
    )


def write_key_pair(directory: Path, name: str, key: bytes, chain: bytes) -> KeyPair:
    """Write `<name>.key`, `<name>.crt` and `<name>.pem` (key and chain)."""
    pair = KeyPair(directory / f"{name}.crt", directory / f"{name}.key", directory / f"{name}.pem")
    pair.certificate.write_bytes(chain)
    pair.key.write_bytes(key)
    pair.combined.write_bytes(key + chain)
    for path in (pair.key, pair.combined):
        path.chmod(0o600)
    return pair


def make_self_signed(directory: Path) -> KeyPair:
    """A certificate for `GOOD_NAMES` that is its own issuer, as appliances ship it."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject("localhost")
    builder = (
        _builder(name, name, key)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("localhost"),
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                    x509.IPAddress(ipaddress.ip_address("::1")),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    return _sign(directory, "self_signed", builder, key, key)


def make_common_name_only(directory: Path, ca: trustme.CA) -> KeyPair:
    """A certificate of `ca` that names `localhost` in its subject's CN and nowhere else."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    ca_certificate = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
    ca_key = load_pem_private_key(ca.private_key_pem.bytes(), None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority is expected to hold an elliptic curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_subject("localhost"), ca_certificate.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
            critical=False,
        )
    )
    return _sign(directory, "common_name_only", builder, key, ca_key)


def write_pkcs12(path: Path, pair: KeyPair) -> tuple[Path, str]:
    """The pair as a PKCS#12 file; returns the path and a fresh passphrase."""
    import secrets

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        load_pem_private_key,
        pkcs12,
    )

    key = load_pem_private_key(pair.key.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the client is expected to hold an elliptic curve key")
    leaf, *others = x509.load_pem_x509_certificates(pair.certificate.read_bytes())
    passphrase = secrets.token_urlsafe(12)
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"client", key, leaf, others or None, BestAvailableEncryption(passphrase.encode())
        )
    )
    path.chmod(0o600)
    return path, passphrase


def _subject(common_name: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _sign(
    directory: Path,
    name: str,
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    signing_key: ec.EllipticCurvePrivateKey,
) -> KeyPair:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    certificate = builder.sign(signing_key, hashes.SHA256())
    return write_key_pair(
        directory,
        name,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        certificate.public_bytes(Encoding.PEM),
    )
