"""TLS for clients: the only place that makes a client context; verification is always on.

Certificate and name are checked on every connection; no argument here turns that off.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import ssl
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtpwizard.files import DamagedContent, read_file
from smtpwizard.model.moments import utc_text
from smtpwizard.model.stage_facts import CertificateFacts, StageError, StageFailure
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.model.texts import decode_text

if TYPE_CHECKING:
    from cryptography import x509

_contexts: dict[tuple[object, ...], ssl.SSLContext] = {}
_building = threading.Lock()


def _plain_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A name that stands only in CN does not count (RFC 9525 §2).
    context.hostname_checks_common_name = False
    return context


def client_context(
    *,
    ca_file: str | None = None,
    pinned_certificate: str | None = None,
    client_certificate: str | None = None,
    client_certificate_passphrase: str | None = None,
    authorities: tuple[str, ...] = (),
) -> ssl.SSLContext:
    """A verifying client context: the OS trust store, plus a CA file or these certificates (PEM),
    or a pin in place of all.

    Each of `authorities` is trusted as it stands: an authority for what it issued, a server's
    own for that server; names and dates are checked all the same.

    Cached by what it is made of (a changed CA file makes a new one), except where it holds a
    private key; building one with the system bundle takes about 20 ms. Raises `ConnectionFailed`:
    `ca_file_unreadable`, `ca_file_invalid`, `pin_invalid`, `client_certificate_unreadable`,
    `client_certificate_invalid`.
    """
    if pinned_certificate is not None:
        # Who is trusted besides would make the pin worth nothing.
        ca_file, authorities = None, ()
    stamp = _stamp(ca_file)
    if client_certificate is not None:
        return _build(
            ca_file,
            pinned_certificate,
            client_certificate,
            client_certificate_passphrase,
            authorities,
        )
    key: tuple[object, ...] = (
        stamp,
        pinned_certificate,
        authorities,
        os.environ.get("SSL_CERT_FILE"),
        os.environ.get("SSL_CERT_DIR"),
    )
    context = _contexts.get(key)
    if context is None:
        with _building:  # many threads begin at once, and would each build the same
            context = _contexts.get(key)
            if context is None:
                context = _build(ca_file, pinned_certificate, None, None, authorities)
                _contexts[key] = context
    return context


def _stamp(path: str | None) -> object:
    if path is None:
        return None
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        raise ConnectionFailed(StageFailure(StageError.CA_FILE_UNREADABLE, path=path)) from None
    return (path, status.st_mtime_ns, status.st_size, status.st_ino)


def _build(
    ca_file: str | None,
    pinned_certificate: str | None,
    client_certificate: str | None,
    passphrase: str | None,
    authorities: tuple[str, ...] = (),
) -> ssl.SSLContext:
    context: ssl.SSLContext
    if pinned_certificate is not None:
        # The pin replaces the issuer check alone: names and dates are still checked.
        context = _plain_context()
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            # What is not ASCII is a comment around the certificate.
            pem = pinned_certificate.encode("ascii", "ignore").decode()
            context.load_verify_locations(cadata=pem)
        except (ssl.SSLError, ValueError):
            raise ConnectionFailed(StageError.PIN_INVALID) from None
    elif sys.platform == "linux" or ca_file is not None or authorities:
        context = _plain_context()
        context.load_default_certs()
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.hostname_checks_common_name = False
    if ca_file is not None:
        load_authorities(context, ca_file)
    for pem in authorities:
        # A server's own is no authority that could stand at the root of a chain.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        with suppress(ssl.SSLError, ValueError):  # one that cannot be read is not trusted
            context.load_verify_locations(cadata=pem)
    if client_certificate is not None:
        _load_client_certificate(context, client_certificate, passphrase)
    return context


def trusting(pem: str, *, strict: bool = False) -> ssl.SSLContext:
    """A verifying client context that trusts these certificates alone; `strict` as RFC 5280 is."""
    context = _build(None, pem, None, None)
    if strict:
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def load_authorities(context: ssl.SSLContext, path: str) -> None:
    """Trust the certificates of a file as well: PEM in any Unicode, or DER.

    Raises `ConnectionFailed`: `ca_file_unreadable`, `ca_file_invalid`.
    """
    content = _read(path, StageError.CA_FILE_UNREADABLE, StageError.CA_FILE_INVALID)
    text = _pem_in(content)
    try:
        context.load_verify_locations(cadata=content if text is None else text)
    except (ssl.SSLError, ValueError):
        raise ConnectionFailed(StageFailure(StageError.CA_FILE_INVALID, path=path)) from None


def check_client_certificate(path: str) -> None:
    """Look whether a file holds a certificate with its key, as far as no passphrase hides them.

    Raises `ConnectionFailed`: `client_certificate_unreadable`, `client_certificate_invalid`.
    """
    content = _read(
        path, StageError.CLIENT_CERTIFICATE_UNREADABLE, StageError.CLIENT_CERTIFICATE_INVALID
    )
    text = _pem_in(content)
    if text is None:
        holds = re.match(_PKCS12, content) is not None
    else:
        holds = all(re.search(rf"-----BEGIN {kind}-----", text) for kind in _PAIR)
    if not holds:
        failure = StageFailure(StageError.CLIENT_CERTIFICATE_INVALID, path=path)
        raise ConnectionFailed(failure)
    if text is not None and "ENCRYPTED" not in text:
        _load_client_certificate(_plain_context(), path, None)


# A SEQUENCE that begins with the version 3 (RFC 7292 §4).
_PKCS12 = rb"(?s)\x30(?:[\x00-\x80]|\x81.|\x82..|\x83.{3}|\x84.{4})\x02\x01\x03"
_PAIR = ("(?:[A-Z0-9]+ )*PRIVATE KEY", "(?:X509 |TRUSTED )?CERTIFICATE")


def _read(path: str, unreadable: StageError, invalid: StageError) -> bytes:
    try:
        return read_file(path, _MAX_CERTIFICATES)
    except (OSError, ValueError):
        raise ConnectionFailed(StageFailure(unreadable, path=path)) from None
    except DamagedContent:
        raise ConnectionFailed(StageFailure(invalid, path=path)) from None


_MAX_CERTIFICATES = 20_000_000  # a bundle of all the world's authorities is far below


def _pem_in(content: bytes) -> str | None:
    """The lines of PEM in a file, whatever comments and marks surround them; None without any."""
    if b"-----BEGIN" not in content:
        try:
            content = decode_text(content).encode()
        except UnicodeDecodeError:
            return None
    return content.decode("ascii", "ignore") if b"-----BEGIN" in content else None


def _load_client_certificate(context: ssl.SSLContext, path: str, passphrase: str | None) -> None:
    content = _read(
        path, StageError.CLIENT_CERTIFICATE_UNREADABLE, StageError.CLIENT_CERTIFICATE_INVALID
    )
    text = _pem_in(content)
    try:
        if text is None:
            _load_pkcs12(context, content, passphrase)
        elif b"\0" not in content and (content.startswith(b"-----BEGIN") or content.isascii()):
            context.load_cert_chain(path, password=passphrase or "")
        else:
            _load_pem(context, text.encode(), passphrase)
    except (ssl.SSLError, ValueError, TypeError, OSError):
        failure = StageFailure(StageError.CLIENT_CERTIFICATE_INVALID, path=path)
        raise ConnectionFailed(failure) from None


def _load_pem(context: ssl.SSLContext, pem: bytes, passphrase: str | None) -> None:
    """Load key and certificates of a text that OpenSSL cannot read from its file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    blocks = re.findall(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", pem, re.DOTALL)
    key = next((name for name in blocks if name.endswith(b"PRIVATE KEY")), b"PRIVATE KEY")
    found = re.search(rb"-----BEGIN %b-----.*?-----END %b-----" % (key, key), pem, re.DOTALL)
    if found is None:
        raise ValueError("no key")
    password = passphrase.encode() if passphrase and b"ENCRYPTED" in found[0] else None
    private = serialization.load_pem_private_key(found[0], password)
    _load_pair(context, private, x509.load_pem_x509_certificates(pem))


def _load_pkcs12(context: ssl.SSLContext, content: bytes, passphrase: str | None) -> None:
    """Load a PKCS#12 file."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    bundle = pkcs12.load_pkcs12(content, passphrase.encode() if passphrase else None)
    if bundle.key is None or bundle.cert is None:
        raise ValueError("no key or certificate")
    chain = (bundle.cert, *bundle.additional_certs)
    _load_pair(context, bundle.key, [item.certificate for item in chain])


def _load_pair(context: ssl.SSLContext, key: Any, chain: Sequence[x509.Certificate]) -> None:
    """Load a key with its certificates; the ssl module reads them from a file only, so the key
    touches the disk encrypted under a password that lives for this call."""
    import secrets
    import tempfile

    from cryptography.hazmat.primitives import serialization

    once = secrets.token_hex(32)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(once.encode()),
    )
    for certificate in chain:
        pem += certificate.public_bytes(serialization.Encoding.PEM)
    with tempfile.TemporaryDirectory(prefix="smtpwizard-") as folder:  # mode 0700
        name = os.path.join(folder, "client.pem")
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        context.load_cert_chain(name, password=once)


# -- what a handshake says -----------------------------------------------------------------------


def peer_facts(connection: ssl.SSLObject) -> list[CertificateFacts]:
    """The verified leaf of a finished handshake, read without further libraries."""
    der = connection.getpeercert(binary_form=True)
    decoded: Mapping[str, Any] = connection.getpeercert() or {}
    if not der:
        return []
    return [
        CertificateFacts(
            subject=_name(decoded.get("subject", ())),
            issuer=_name(decoded.get("issuer", ())),
            names=[_spelt(value) for _, value in decoded.get("subjectAltName", ())],
            not_before=_iso(decoded.get("notBefore")),
            not_after=_iso(decoded.get("notAfter")),
            fingerprint=hashlib.sha256(der).hexdigest(),
            self_signed=decoded.get("subject") == decoded.get("issuer"),
        )
    ]


def _spelt(name: str) -> str:
    """An alternative name; OpenSSL writes an IPv6 address in full, which nobody else does."""
    if name.count(":") != 7:
        return name
    with suppress(ValueError):
        return str(ipaddress.ip_address(name.strip()))
    return name


def _name(rdns: Sequence[Sequence[tuple[str, str]]]) -> str:
    short = {
        "commonName": "CN",
        "organizationName": "O",
        "countryName": "C",
        "organizationalUnitName": "OU",
    }
    return ", ".join(f"{short.get(key, key)}={value}" for rdn in rdns for key, value in rdn)


_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def _iso(text: Any) -> str:
    if not isinstance(text, str):
        return ""
    month, day, time, year, _ = text.split()  # as OpenSSL prints it: Nov  2 10:15:00 2026 GMT
    return f"{year:0>4}-{_MONTHS.index(month) // 3 + 1:02}-{int(day):02}T{time}Z"


def unverified_chain(connection: ssl.SSLObject) -> list[CertificateFacts]:
    """The chain a server presented, also when its verification failed; for display only."""
    chain = shown_chain(connection)
    found = [certificate_facts(der) for der in chain[:10]]
    if found and found[0] is not None:
        # The server's own, so that it can be looked at, and pinned for one connector.
        found[0] = found[0]._replace(pem=ssl.DER_cert_to_PEM_cert(chain[0]))
    return [facts for facts in found if facts is not None]


def shown_chain(connection: ssl.SSLObject) -> list[bytes]:
    """The same as it came (DER); for display only."""
    return _chain(connection, "get_unverified_chain")


def anchor(connection: ssl.SSLObject) -> str | None:
    """The fingerprint of the certificate that a verified chain ends in; None where that is not to
    be known."""
    chain = _chain(connection, "get_verified_chain")
    return hashlib.sha256(chain[-1]).hexdigest() if chain else None


def _chain(connection: ssl.SSLObject, name: str) -> list[bytes]:
    """A chain by the name of what answers it (DER).

    WORKAROUND(bpo-18233): before Python 3.13 it is reachable on the inner object alone.
    """
    try:
        public = getattr(connection, name, None)
        if public is not None:
            return [bytes(der) for der in public()]
        inner = getattr(connection._sslobj, name)  # type: ignore[attr-defined]
        # 2 is _ssl.ENCODING_DER.
        return [cert.public_bytes(2) for cert in inner() or ()]
    except (AttributeError, ssl.SSLError, ValueError, TypeError):
        return []


def shown_facts(chain: Sequence[bytes]) -> tuple[CertificateFacts, ...]:
    """What a server showed, each whole, so that it can be looked at and trusted."""
    return tuple(map(_whole, chain[:10]))


def _whole(der: bytes) -> CertificateFacts:
    # One that cannot be read has its fingerprint all the same.
    unread = CertificateFacts("", "", (), "", "", hashlib.sha256(der).hexdigest())
    return (certificate_facts(der) or unread)._replace(pem=ssl.DER_cert_to_PEM_cert(der))


def certificates_in(content: bytes) -> list[bytes]:
    """The certificates of a file (DER): PEM in any Unicode, DER, or PKCS#7, as Windows exports
    chains; none where there are none that can be read. A private key beside them is passed over."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    text = _pem_in(content)
    for read in _readers(x509, pkcs7, content if text is None else text.encode()):
        with suppress(ValueError), _reading():
            return [one.public_bytes(Encoding.DER) for one in read()]
    return []


@contextmanager
def _reading() -> Iterator[None]:
    """Look at a certificate that anybody may have made, a server that is not trusted yet: whatever
    is wrong with it is a `ValueError`, and no warning."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.utils import CryptographyDeprecationWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            yield
    except (
        TypeError,
        InvalidSignature,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.ExtensionNotFound,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise ValueError(type(error).__name__) from None


def _readers(x509: Any, pkcs7: Any, content: bytes) -> Sequence[Callable[[], Any]]:
    if b"-----BEGIN" in content:
        return (
            lambda: x509.load_pem_x509_certificates(content),
            lambda: pkcs7.load_pem_pkcs7_certificates(content),
        )
    return (
        lambda: [x509.load_der_x509_certificate(content)],
        lambda: pkcs7.load_der_pkcs7_certificates(content),
    )


def leads_to(shown: Sequence[bytes], authorities: Sequence[str]) -> bool:
    """Whether what a server showed (DER, its own first) leads to one of these certificates (PEM)
    by its signatures; names and dates are what a handshake looks at."""
    from cryptography import x509

    chain = _read_certificates(x509.load_der_x509_certificate, shown[:10])
    known = _read_certificates(
        x509.load_pem_x509_certificate, [pem.encode("ascii", "ignore") for pem in authorities]
    )
    at, left = (chain[0], chain[1:]) if chain else (None, [])
    while at is not None:
        if at in known or any(_issued(at, one) for one in known):
            return True
        at = next((one for one in left if _issued(at, one)), None)
        left = [one for one in left if one != at]
    return False


def _read_certificates(
    load: Callable[[bytes], x509.Certificate], contents: Sequence[bytes]
) -> list[x509.Certificate]:
    found = []
    for content in contents:
        with suppress(ValueError), _reading():
            found.append(load(content))
    return found


def _issued(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        with _reading():
            one.verify_directly_issued_by(issuer)
    except ValueError:
        return False
    return True


def is_authority(pem: str) -> bool:
    """Whether a certificate may vouch for others (RFC 5280 §4.2.1.9), and not for itself alone."""
    from cryptography import x509

    try:
        with _reading():
            certificate = x509.load_pem_x509_certificate(pem.encode("ascii", "ignore"))
            if certificate.version is x509.Version.v1:  # before there was such an extension
                return certificate.subject == certificate.issuer
            found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except ValueError:
        return False
    return found.value.ca


def certificate_facts(der: bytes) -> CertificateFacts | None:
    """One certificate as plain data; None when it cannot be read."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    try:
        with _reading():
            certificate = x509.load_der_x509_certificate(der)
            return CertificateFacts(
                subject=certificate.subject.rfc4514_string(),
                issuer=certificate.issuer.rfc4514_string(),
                names=_alternative_names(certificate),
                not_before=utc_text(certificate.not_valid_before_utc) or "",
                not_after=utc_text(certificate.not_valid_after_utc) or "",
                fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
                self_signed=certificate.subject == certificate.issuer,
            )
    except ValueError:
        return None


def _alternative_names(certificate: x509.Certificate) -> list[str]:
    from cryptography import x509

    try:
        with _reading():
            extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except ValueError:
        return []
    values = []
    for name in extension.value:
        value = getattr(name, "value", None)
        values.append(str(value))
    return values


# X509_V_ERR_* numbers of OpenSSL, stable since 1.0.
_VERIFY_CODES = {
    9: StageError.CERT_NOT_YET_VALID,
    10: StageError.CERT_EXPIRED,
    18: StageError.CERT_SELF_SIGNED,
    19: StageError.CERT_UNTRUSTED,
    2: StageError.CERT_UNTRUSTED,
    20: StageError.CERT_UNTRUSTED,
    21: StageError.CERT_UNTRUSTED,
    62: StageError.CERT_HOSTNAME_MISMATCH,
    64: StageError.CERT_HOSTNAME_MISMATCH,
    66: StageError.CERT_WEAK,
    67: StageError.CERT_WEAK,
    68: StageError.CERT_WEAK,
    85: StageError.CERT_NOT_STRICT,  # missing authority key identifier
    86: StageError.CERT_NOT_STRICT,  # missing subject key identifier
    92: StageError.CERT_NOT_STRICT,  # CA certificate without key usage
    89: StageError.CERT_NOT_STRICT,  # CA basic constraints not critical
    # Where the system verifies, in numbers of its own. Windows' CertVerifyCertificateChainPolicy:
    # https://learn.microsoft.com/windows/win32/api/wincrypt/nf-wincrypt-certverifycertificatechainpolicy
    0x800B0101: StageError.CERT_EXPIRED,  # CERT_E_EXPIRED: before its time, too
    0x800B010F: StageError.CERT_HOSTNAME_MISMATCH,  # CERT_E_CN_NO_MATCH
    # macOS' Security framework, SecBase.h
    -67818: StageError.CERT_EXPIRED,  # errSecCertificateExpired
    -67819: StageError.CERT_NOT_YET_VALID,  # errSecCertificateNotValidYet
    -67602: StageError.CERT_HOSTNAME_MISMATCH,  # errSecHostNameMismatch
}
# What OpenSSL objects to.
_REASONS = {
    "UNSUPPORTED_PROTOCOL": StageError.TLS_VERSION,
    "NO_PROTOCOLS_AVAILABLE": StageError.TLS_VERSION,
    "VERSION_TOO_LOW": StageError.TLS_VERSION,
    "NO_SHARED_CIPHER": StageError.TLS_NO_COMMON_CIPHER,
    "DH_KEY_TOO_SMALL": StageError.TLS_NO_COMMON_CIPHER,
    "EE_KEY_TOO_SMALL": StageError.CERT_WEAK,
    "CA_MD_TOO_WEAK": StageError.CERT_WEAK,
    "WRONG_VERSION_NUMBER": StageError.NOT_TLS,
    "HTTP_REQUEST": StageError.NOT_TLS,
    "UNEXPECTED_EOF_WHILE_READING": StageError.CLOSED,
}
# What a server objects to, by the name of its alert; others leave open what was wrong.
_ALERTS = {
    "protocol_version": StageError.TLS_VERSION,
    "handshake_failure": StageError.TLS_NO_COMMON_CIPHER,
    "insufficient_security": StageError.TLS_NO_COMMON_CIPHER,
    # RFC 6066 §3; under TLS 1.3 a name may be missed as well (RFC 8446 §4.2.11, §9.2).
    "unrecognized_name": StageError.TLS_NAME_UNKNOWN,
    "missing_extension": StageError.TLS_NAME_UNKNOWN,
    "certificate_required": StageError.CLIENT_CERTIFICATE_REQUIRED,
    "bad_certificate": StageError.CLIENT_CERTIFICATE_REFUSED,
    "unsupported_certificate": StageError.CLIENT_CERTIFICATE_REFUSED,
    "certificate_revoked": StageError.CLIENT_CERTIFICATE_REFUSED,
    "certificate_expired": StageError.CLIENT_CERTIFICATE_REFUSED,
    "certificate_unknown": StageError.CLIENT_CERTIFICATE_REFUSED,
    "unknown_ca": StageError.CLIENT_CERTIFICATE_REFUSED,
    "access_denied": StageError.CLIENT_CERTIFICATE_REFUSED,
}
# OpenSSL names the version that an alert was first in; not every Python knows every name.
_ALERT = r"(?:ssl|tls)v1?3?[_ ](?:alert[_ ])?(.+)"


CLIENT_CERTIFICATE_ERRORS = (
    StageError.CLIENT_CERTIFICATE_REQUIRED,
    StageError.CLIENT_CERTIFICATE_REFUSED,
)
"""What a server says of our certificate; under TLS 1.3 only with the next bytes."""


def handshake_failure(error: ssl.SSLError) -> StageFailure:
    """What a failed handshake means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        number = getattr(error, "verify_code", 0)
        return StageFailure(
            _VERIFY_CODES.get(number, StageError.CERT_UNTRUSTED),
            verify_code=number,
            openssl=str(getattr(error, "verify_message", "")),
        )
    if isinstance(error, ssl.SSLZeroReturnError):
        # What Debian 12's Python makes of an unexpected end.
        return StageFailure(StageError.CLOSED, openssl="")
    said = re.search(r"\] (.+?) \(_ssl", str(error))
    reason = getattr(error, "reason", None) or (said[1] if said is not None else "")
    alert = re.fullmatch(_ALERT, reason.lower())
    if alert is None:
        return StageFailure(_REASONS.get(reason, StageError.HANDSHAKE_FAILED), openssl=reason)
    name = alert[1].replace(" ", "_")
    return StageFailure(_ALERTS.get(name, StageError.HANDSHAKE_FAILED), openssl=reason, alert=name)


_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2"}


def offered_version(first_bytes: bytes) -> str:
    """The protocol version of a server that has none of ours, by its first record.

    A ServerHello names it; an alert only says that what we offered is too new.
    """
    if len(first_bytes) >= 11 and first_bytes[0] == 0x16 and first_bytes[5] == 0x02:
        return _VERSIONS.get(int.from_bytes(first_bytes[9:11], "big"), "unknown")
    return "TLSv1.1 or older"


def asks_for_certificate(received: bytes) -> bool:
    """True where a TLS 1.2 server asked for a client certificate in `received` (RFC 5246 §7.4.4).

    Under TLS 1.3 it is encrypted, but there an alert of its own tells.
    """
    handshake = b""
    while received[:1] == b"\x16" and len(received) >= 5:
        end = 5 + int.from_bytes(received[3:5], "big")
        handshake += received[5:end]
        received = received[end:]
    while len(handshake) >= 4:
        if handshake[0] == 13:
            return True
        handshake = handshake[4 + int.from_bytes(handshake[1:4], "big") :]
    return False


def refusal_in(received: bytes) -> bytes:
    """What of a server's first octets says in the clear why there is no handshake: an alert, or a
    ServerHello (RFC 8446 §4.1.3) by itself; empty where neither does."""
    if received[:1] == b"\x15":
        return received[:7]
    size = 4 + int.from_bytes(received[6:9], "big")
    if received[:1] == b"\x16" and received[5:6] == b"\x02" and len(received) >= 5 + size:
        return received[:3] + size.to_bytes(2, "big") + received[5 : 5 + size]
    return b""


# Nobody had this program before: an earlier clock is wrong.
_FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)


def with_clock(failure: StageFailure, now: datetime | None = None) -> StageFailure:
    """The failure with this machine's clock beside its chain's dates: `now`, by how many hours it
    misses them, and `clock_suspect` where the clock rather than the certificate may be wrong
    (within a day)."""
    now = now or datetime.now(UTC)
    off = 0.0
    for certificate in failure.chain or ():
        early = datetime.fromisoformat(certificate.not_before) - now
        late = now - datetime.fromisoformat(certificate.not_after)
        off = max(off, early.total_seconds(), late.total_seconds())
    return failure._replace(
        now=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        off_by_hours=round(off / 3600, 1),
        clock_suspect=off <= 86_400 or now < _FIRST_DAY,
    )


def by_chain(failure: StageFailure, now: datetime | None = None) -> StageFailure:
    """The failure told apart by its chain where the verdict, a system's own, is coarser."""
    leaf = next(iter(failure.chain or ()), None)
    if leaf is None:
        return failure
    if failure.error is StageError.CERT_UNTRUSTED and leaf.self_signed:
        return failure._replace(error=StageError.CERT_SELF_SIGNED)
    early = datetime.fromisoformat(leaf.not_before) > (now or datetime.now(UTC))
    if failure.error is StageError.CERT_EXPIRED and early:
        return failure._replace(error=StageError.CERT_NOT_YET_VALID)
    return failure


def unexpected_issuer(issuer: str, expected: Sequence[str]) -> bool:
    """True where a certificate's issuer is none of those a provider is known to use."""
    return bool(expected) and not any(name.casefold() in issuer.casefold() for name in expected)
