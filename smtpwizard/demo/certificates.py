"""A throw-away certificate authority for embedded servers; nothing else ever trusts it."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DEFAULT_NAMES = ("localhost", "127.0.0.1", "::1")
_LIFETIME = timedelta(days=90)


class ThrowAwayAuthority:
    """A fresh authority that issues server certificates; it lives and dies with the process."""

    def __init__(self, name: str = "smtpwizard demo authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
        self._certificate = (
            self._begin(self._name, self._key.public_key(), datetime.now(UTC) + _LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(key_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def ca_pem(self) -> bytes:
        """The authority's own certificate, what a client has to trust."""
        return self._certificate.public_bytes(Encoding.PEM)

    def write_ca(self, path: Path) -> Path:
        """Write the certificate to trust as PEM and give the path back."""
        path.write_bytes(self.ca_pem)
        return path

    def server_context(
        self,
        names: Sequence[str] = DEFAULT_NAMES,
        *,
        client_ca_pem: bytes | None = None,
        expired_days: int | None = None,
    ) -> ssl.SSLContext:
        """A server's TLS context (1.2 or newer) with a fresh certificate for `names`.

        With `client_ca_pem` the server insists on a client certificate of that authority; with
        `expired_days` its own ran out so many days ago.
        """
        pair = self.server_pair(names, client_ca_pem=client_ca_pem, expired_days=expired_days)
        return pair[0]

    def server_pair(
        self,
        names: Sequence[str] = DEFAULT_NAMES,
        *,
        client_ca_pem: bytes | None = None,
        expired_days: int | None = None,
    ) -> tuple[ssl.SSLContext, bytes]:
        """As `server_context`, with the leaf certificate as PEM (for channel binding and pins)."""
        key = ec.generate_private_key(ec.SECP256R1())
        left = _LIFETIME if expired_days is None else -timedelta(days=expired_days)
        certificate_pem = self._issue(key.public_key(), names, datetime.now(UTC) + left)
        key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Unread session tickets would turn the client's orderly close into a reset.
        context.num_tickets = 0
        # OpenSSL reads keys from files alone: a folder for this user (0700), for this moment.
        with tempfile.TemporaryDirectory(prefix="smtpwizard-demo-key-") as folder:
            path = Path(folder, "server.pem")
            path.write_bytes(key_pem + certificate_pem)
            context.load_cert_chain(path)
        if client_ca_pem is not None:
            context.load_verify_locations(cadata=client_ca_pem.decode("ascii"))
            context.verify_mode = ssl.CERT_REQUIRED
        return context, certificate_pem

    def _issue(
        self, key: ec.EllipticCurvePublicKey, names: Sequence[str], not_after: datetime
    ) -> bytes:
        """A server's certificate (RFC 5280) as PEM."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = (
            self._begin(subject, key, not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName(list(map(general_name, names))), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM)

    def _begin(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, not_after: datetime
    ) -> x509.CertificateBuilder:
        """What both kinds of certificate have; it begins to be valid a lifetime and a day before
        its end."""
        authority = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_after - _LIFETIME - timedelta(days=1))
            .not_valid_after(not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False
            )
        )


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """What a key is for: signing, and of an authority's also certificates."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def general_name(name: str) -> x509.GeneralName:
    """An IP address or a domain, as a certificate has it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
