"""The certificates of a record made again: same shape, names and issuers, and dates that lie as far
from now as they did from the recording's clock."""

from __future__ import annotations

import ipaddress
import re
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from smtpwizard.demo.certificates import general_name, key_usage
from smtpwizard.demo.replay.recorded import now
from smtpwizard.model.addresses import is_ip_literal
from smtpwizard.model.moments import as_moment
from smtpwizard.model.stage_facts import CertificateFacts, StageError
from smtpwizard.model.wire import Encrypted

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_LONG = timedelta(days=3650)
_FIRST, _LAST = datetime(1950, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_NOBODY = "An authority that nobody knows"
_ELSEWHERE = "elsewhere.example"
_NOT_TRUSTED = (StageError.CERT_UNTRUSTED, StageError.CERT_SELF_SIGNED)

# What OpenSSL objects to in a key or signature (X509_V_ERR_*), and by the rules of RFC 5280.
_WEAK_LEAF, _WEAK_AUTHORITY = 66, 67
_NO_AUTHORITY_KEY, _NO_SUBJECT_KEY, _NO_KEY_USAGE, _NOT_CRITICAL = 85, 86, 92, 89


class Remade(NamedTuple):
    """A chain, the context of the server that shows it, and what a client has to trust."""

    context: ssl.SSLContext
    leaf_pem: str
    trusted_pem: str
    """Where the recorded client did not trust the server, somebody else's."""
    leaf_trusted_pem: str
    """What trusts this server in any case."""
    strict: bool = False
    """The client that was recorded insisted on what RFC 5280 asks of certificates."""


class Remaker:
    """Makes certificates again; its keys are made once."""

    def __init__(self) -> None:
        self._keys: list[_Key] = []
        self._weak: rsa.RSAPrivateKey | None = None

    def remake(
        self,
        recorded: Encrypted | None,
        hosts: Sequence[str],
        shift: timedelta,
        *,
        wants_client_certificate: bool = False,
    ) -> Remade:
        """The chain of a recorded handshake (a good one where None is recorded) for the first of
        `hosts` and its like; dates are moved by `shift`.

        The names match the hosts unless it was just that which failed.
        """
        failure = recorded.failure if recorded is not None else None
        chain = tuple((failure.chain if failure is not None else None) or ())
        if recorded is not None and not chain:
            chain = tuple(recorded.chain)
        error = failure.error if failure is not None else None
        code = failure.verify_code if failure is not None else None
        if not chain:
            chain = (_good_facts(hosts, shift),)
        mismatch = error is StageError.CERT_HOSTNAME_MISMATCH
        names = _names(chain[0].names, hosts, matching=not mismatch)
        builder = _ChainBuilder(self, shift, error, code)
        pems = builder.build(chain, names)
        context = _server_context(
            builder.leaf_key, pems, recorded.version if recorded is not None else None
        )
        if wants_client_certificate:
            stranger = builder.stranger_pem()
            context.load_verify_locations(cadata=stranger)
            context.verify_mode = ssl.CERT_REQUIRED
        trusted = builder.stranger_pem() if error in _NOT_TRUSTED else builder.anchor_pem
        return Remade(
            context,
            pems[0],
            trusted,
            builder.anchor_pem,
            strict=error is StageError.CERT_NOT_STRICT,
        )

    def stranger(self) -> str:
        """An authority that has nothing to do with any server, as PEM."""
        return _ChainBuilder(self, timedelta(), None, None).stranger_pem()

    def key(self, number: int) -> _Key:
        while len(self._keys) <= number:
            self._keys.append(ec.generate_private_key(ec.SECP256R1()))
        return self._keys[number]

    def weak_key(self) -> rsa.RSAPrivateKey:
        if self._weak is None:
            self._weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - just as it was
        return self._weak


class _ChainBuilder:
    """One chain, from the authority down to the server's own."""

    def __init__(
        self, remaker: Remaker, shift: timedelta, error: StageError | None, code: int | None
    ) -> None:
        self._remaker = remaker
        self._shift = shift
        self._error = error
        self._code = code if error in (StageError.CERT_WEAK, StageError.CERT_NOT_STRICT) else None
        if error is StageError.CERT_WEAK and self._code != _WEAK_AUTHORITY:
            self._code = _WEAK_LEAF  # weak signatures cannot be made any more
        self.leaf_key: _Key = remaker.key(1)
        self.anchor_pem = ""

    def build(self, chain: Sequence[CertificateFacts], names: Sequence[str]) -> list[str]:
        """The certificates to show as PEM, the server's own first; sets what is to be trusted."""
        weak_leaf = self._code == _WEAK_LEAF
        keys = [self._remaker.key(1 + number) for number in range(len(chain))]
        if weak_leaf:
            keys[0] = self._remaker.weak_key()
        if self._code == _WEAK_AUTHORITY and len(chain) > 1:
            keys[1] = self._remaker.weak_key()
        self.leaf_key = keys[0]
        hidden = self._remaker.key(0)
        if self._code == _WEAK_AUTHORITY and len(chain) == 1:
            hidden = self._remaker.weak_key()
        pems = []
        for number, facts in enumerate(chain):
            above = chain[number + 1] if number + 1 < len(chain) else None
            subject, issuer = parse_name(facts.subject), parse_name(facts.issuer)
            if facts.self_signed:
                issuer, signer = subject, keys[number]
            elif above is not None and above.subject == facts.issuer:
                issuer, signer = parse_name(above.subject), keys[number + 1]
            else:
                signer = hidden
                issuer = _UNNAMED if issuer == subject else issuer
            certificate = self._certificate(
                subject,
                issuer,
                keys[number],
                signer,
                self._dates(facts),
                names=names if number == 0 else None,
            )
            pems.append(certificate)
        last = chain[-1]
        if last.self_signed:
            self.anchor_pem = pems[-1]
        else:
            name = parse_name(last.issuer)
            name = _UNNAMED if name == parse_name(last.subject) else name
            self.anchor_pem = self._hidden(name, hidden, chain)
        return pems

    def _hidden(self, name: x509.Name, key: _Key, chain: Sequence[CertificateFacts]) -> str:
        """The authority that the server did not show."""
        today = now()
        dates = (today - _LONG, today + _LONG)
        recorded = today - self._shift
        shown = [(as_moment(c.not_before), as_moment(c.not_after)) for c in chain]
        if self._error is StageError.CERT_EXPIRED and not any(
            end is not None and end < recorded for _, end in shown
        ):
            dates = (today - _LONG, today - timedelta(days=1))
        elif self._error is StageError.CERT_NOT_YET_VALID and not any(
            begin is not None and begin > recorded for begin, _ in shown
        ):
            dates = (today + timedelta(days=1), today + _LONG)
        return self._certificate(name, name, key, key, dates, names=None)

    def stranger_pem(self) -> str:
        """An authority that has nothing to do with the server."""
        key = self._remaker.key(12)
        name = parse_name(f"O={_NOBODY}")
        dates = (now() - _LONG, now() + _LONG)
        return self._certificate(name, name, key, key, dates, names=None)

    def _dates(self, facts: CertificateFacts) -> tuple[datetime, datetime]:
        begin, end = as_moment(facts.not_before), as_moment(facts.not_after)
        if begin is None or end is None or begin > end:
            return now() - _LONG, now() + _LONG
        return _within(begin, self._shift), _within(end, self._shift)

    def _certificate(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: _Key,
        signer: _Key,
        dates: tuple[datetime, datetime],
        names: Sequence[str] | None,
    ) -> str:
        """A certificate as PEM; with `names` it is a server's, else an authority's."""
        public = key.public_key()
        code = self._code
        authority = names is None
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(dates[0])
            .not_valid_after(dates[1])
            .add_extension(
                x509.BasicConstraints(ca=authority, path_length=None),
                critical=not (authority and code == _NOT_CRITICAL),
            )
        )
        if code != _NO_SUBJECT_KEY:
            builder = builder.add_extension(
                x509.SubjectKeyIdentifier.from_public_key(public), critical=False
            )
        if code != _NO_AUTHORITY_KEY:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
        if not (authority and code == _NO_KEY_USAGE):
            builder = builder.add_extension(
                key_usage(signs_certificates=authority or subject == issuer), critical=True
            )
        if names is not None:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
            )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([general_name(name) for name in names]),
                critical=False,
            )
        certificate = builder.sign(signer, hashes.SHA256())
        return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _within(moment: datetime, shift: timedelta) -> datetime:
    """A moment that is moved, except where X.509 has no word for it: before 1950 (RFC 5280
    §4.1.2.5) and after 9999."""
    try:
        moved = moment + shift
    except OverflowError:
        moved = moment
    return min(max(moved, _FIRST), _LAST)


def _server_context(key: _Key, pems: Sequence[str], version: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if version == "TLSv1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0  # as in `demo.certificates`
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # a server may show what a client must refuse
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.TemporaryDirectory(prefix="smtpwizard-replay-") as folder:
        path = Path(folder, "server.pem")
        path.write_bytes(key_pem + "".join(pems).encode("ascii"))
        context.load_cert_chain(path)
    return context


_UNNAMED = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, _NOBODY)])


# -- names ---------------------------------------------------------------------------------------

_NAME_OIDS: dict[str, ObjectIdentifier] = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    "DC": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "LOCALITYNAME": NameOID.LOCALITY_NAME,
    "STATEORPROVINCENAME": NameOID.STATE_OR_PROVINCE_NAME,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
}
_PART = re.compile(r"(?:^|,\s*|\+)([A-Za-z0-9.]+)=((?:\\.|[^,\\]|,(?!\s*[A-Za-z0-9.]+=))*)")


def parse_name(text: str) -> x509.Name:
    """A name as it stands in facts, in either of its two forms; what is odd is one CN."""
    attributes = []
    for key, value in _PART.findall(text):
        kind = _NAME_OIDS.get(key.upper())
        plain = re.sub(r"\\(.)", r"\1", value).strip()
        try:
            if kind is not None:
                attributes.append(x509.NameAttribute(kind, plain))
        except ValueError:
            continue
    if not attributes:
        whole = re.sub(r"[^ -~]", "?", text).strip()[:64] or "unnamed"
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, whole))
    return x509.Name(attributes)


def _good_facts(hosts: Sequence[str], shift: timedelta) -> CertificateFacts:
    now = datetime.now(UTC) - shift
    begin, end = ((now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (-30, 60))
    issuer = "O=smtpwizard replay authority"
    return CertificateFacts(f"CN={hosts[0][:64]}", issuer, list(hosts), begin, end, "")


def _names(recorded: Sequence[str], hosts: Sequence[str], *, matching: bool) -> list[str]:
    """The names to put into a certificate: those recorded, as far as X.509 takes them, with the
    hosts where they matched and without what matches where they did not."""
    names = [name for name in recorded if _is_name(name)]
    if matching:
        return names + [host for host in hosts if not _matches(host, names)]
    kept = [name for name in names if not any(_matches(host, [name]) for host in hosts)]
    return kept or ([_ELSEWHERE] if recorded else [])


def _is_name(name: str) -> bool:
    if is_ip_literal(name):
        return "%" not in name
    return re.fullmatch(r"(?:\*\.)?[A-Za-z0-9_.-]{1,253}", name) is not None


def _matches(host: str, names: Sequence[str]) -> bool:
    host = host.partition("%")[0].lower().rstrip(".")
    if is_ip_literal(host):
        address = ipaddress.ip_address(host)
        return any(is_ip_literal(n) and ipaddress.ip_address(n) == address for n in names)
    lower = {name.lower() for name in names}
    return host in lower or f"*.{host.partition('.')[2]}" in lower
