"""What the stages of a verification find, and everything that can end one."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.problem import Json


class StageError(StrEnum):
    """Everything that can end a stage; the sentences are `messages.verification.STAGE_ERRORS`."""

    # Anywhere
    CANCELLED = "cancelled"
    CLOSED = "closed"
    CLOSING = "closing"  # a 421 nobody asked for
    CONTROL_CHARACTERS = "control_characters"
    GARBAGE = "garbage"
    MIXED_CODES = "mixed_codes"
    OUT_OF_TURN = "out_of_turn"
    REPLY_TOO_LONG = "reply_too_long"
    RESET = "reset"
    TIMEOUT = "timeout"
    UNEXPECTED_REPLY = "unexpected_reply"
    UNSOLICITED = "unsolicited"
    # Finding and reaching the server
    BLOCKED_LOCALLY = "blocked_locally"
    DNS_FAILED = "dns_failed"
    DNS_NOT_FOUND = "dns_not_found"
    DOMAIN_INVALID = "domain_invalid"
    FAILED = "failed"
    NOT_CONNECTED = "not_connected"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    PROXY_AUTH_REQUIRED = "proxy_auth_required"
    PROXY_INVALID = "proxy_invalid"
    PROXY_INVALID_ANSWER = "proxy_invalid_answer"
    PROXY_REFUSED = "proxy_refused"
    PROXY_TIMEOUT = "proxy_timeout"
    PROXY_UNREACHABLE = "proxy_unreachable"
    PROXY_UNREACHABLE_TARGET = "proxy_unreachable_target"
    # What speaks there
    EHLO_NAME_INVALID = "ehlo_name_invalid"
    EHLO_REFUSED = "ehlo_refused"
    GREETING_REFUSED = "greeting_refused"
    NOT_SMTP = "not_smtp"
    # Encryption
    CA_FILE_INVALID = "ca_file_invalid"
    CA_FILE_UNREADABLE = "ca_file_unreadable"
    CERT_EXPIRED = "cert_expired"
    CERT_HOSTNAME_MISMATCH = "cert_hostname_mismatch"
    CERT_NOT_STRICT = "cert_not_strict"
    CERT_NOT_YET_VALID = "cert_not_yet_valid"
    CERT_SELF_SIGNED = "cert_self_signed"
    CERT_UNTRUSTED = "cert_untrusted"
    CERT_WEAK = "cert_weak"
    CLIENT_CERTIFICATE_INVALID = "client_certificate_invalid"
    CLIENT_CERTIFICATE_REFUSED = "client_certificate_refused"
    CLIENT_CERTIFICATE_REQUIRED = "client_certificate_required"
    CLIENT_CERTIFICATE_UNREADABLE = "client_certificate_unreadable"
    HANDSHAKE_FAILED = "handshake_failed"
    NOT_TLS = "not_tls"
    PIN_INVALID = "pin_invalid"
    STARTTLS_INJECTED = "starttls_injected"
    STARTTLS_MISSING = "starttls_missing"
    STARTTLS_REFUSED = "starttls_refused"
    TLS_BROKEN = "tls_broken"
    TLS_NAME_UNKNOWN = "tls_name_unknown"
    TLS_NO_COMMON_CIPHER = "tls_no_common_cipher"
    TLS_VERSION = "tls_version"
    # Signing in
    AUTH_CLOSED = "auth_closed"
    AUTH_NOT_OFFERED = "auth_not_offered"
    AUTH_REFUSED = "auth_refused"
    AUTH_UNEXPECTED = "auth_unexpected"
    BAD_CHALLENGE = "bad_challenge"
    CLEARTEXT_REFUSED = "cleartext_refused"
    MECHANISM_NOT_OFFERED = "mechanism_not_offered"
    MECHANISM_UNAVAILABLE = "mechanism_unavailable"
    NO_SECRET = "no_secret"  # noqa: S105 - a word, not a secret
    SERVER_NOT_PROVEN = "server_not_proven"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a word, not a secret
    TOO_MANY_CHALLENGES = "too_many_challenges"
    # The message
    ADDRESS_EMPTY = "address_empty"
    ADDRESS_INVALID = "address_invalid"
    ADDRESS_TOO_LONG = "address_too_long"
    DATA_REFUSED = "data_refused"
    HEADER_INJECTION = "header_injection"
    MESSAGE_LINE_TOO_LONG = "message_line_too_long"
    MESSAGE_REFUSED = "message_refused"
    MESSAGE_TOO_LARGE = "message_too_large"
    NUL_IN_MESSAGE = "nul_in_message"
    RECIPIENT_REFUSED = "recipient_refused"
    REPLY_LOST = "reply_lost"
    SENDER_REFUSED = "sender_refused"
    SMTPUTF8_MISSING = "smtputf8_missing"


UNTRUSTED = (StageError.CERT_UNTRUSTED, StageError.CERT_SELF_SIGNED)
"""Nobody who is known vouches for the server."""
TRUST_UNREAD = (StageError.CA_FILE_UNREADABLE, StageError.CA_FILE_INVALID, StageError.PIN_INVALID)
"""What a connector has of its own to say whom to trust cannot be read."""


class CertificateFacts(NamedTuple):
    """One certificate as plain data; dates are ISO 8601 UTC, the fingerprint SHA-256 hex."""

    subject: str
    issuer: str
    names: Sequence[str]
    not_before: str
    not_after: str
    fingerprint: str
    self_signed: bool = False
    pem: str = ""
    """The certificate itself, where somebody may want to trust it."""

    def to_json(self) -> Json:
        return ({"pem": self.pem} if self.pem else {}) | {
            "subject": self.subject,
            "issuer": self.issuer,
            "names": list(self.names),
            "not_before": self.not_before,
            "not_after": self.not_after,
            "fingerprint": self.fingerprint,
            "self_signed": self.self_signed,
        }


class Attempt(NamedTuple):
    """One connection attempt of a race; `error` is None for the winner or an unfinished one."""

    address: str
    ms: int
    error: StageError | None = None

    def to_json(self) -> Json:
        error = self.error.value if self.error is not None else None
        return {"address": self.address, "ms": self.ms, "error": error}


class TokenProblem(NamedTuple):
    """Why there was no access token: a `token_…` or `http_…` code and that error's own facts."""

    problem: str
    facts: Mapping[str, Any] = MappingProxyType({})

    @property
    def found(self) -> str | None:
        """What a token says where something else was expected."""
        found = self.facts.get("found")
        return None if found is None else str(found)

    @property
    def server(self) -> tuple[str, int] | None:
        """Host and port of the sign-in server that could not be asked; None for other problems."""
        host = self.facts.get("host")
        if not host or not self.problem.startswith("http_"):
            return None
        return str(host), int(self.facts.get("port") or 443)

    @property
    def said(self) -> tuple[str, str, str]:
        """The provider's error, Microsoft's number and the description; empty where it had none."""
        keys = ("error", "aadsts", "description")
        error, number, description = (str(self.facts.get(key) or "") for key in keys)
        return error, number, description

    def to_json(self) -> Json:
        return {"problem": self.problem, **self.facts}


class StageFailure(NamedTuple):
    """Why a stage did not pass; None is a fact that this failure does not have.

    `why` is what happened underneath; `openssl` and `verify_code` are OpenSSL's words; `alert` is
    what the server said in TLS, by its name without "alert" (RFC 8446 §6); `peer` who
    else speaks there and `first` how it began; `off_by_hours` by how much this machine's clock
    (`now`, UTC) misses the certificates' dates; `size` and `limit` are in octets. `own_trust` is
    what of the connector's own says whom to trust (`ca_file`, `pin`), and `project_vouches` that
    its project would have trusted the server without that.
    """

    error: StageError
    verify_code: int | None = None
    openssl: str | None = None
    alert: str | None = None
    peer: str | None = None
    first: str | None = None
    chain: tuple[CertificateFacts, ...] | None = None
    now: str | None = None
    off_by_hours: float | None = None
    clock_suspect: bool | None = None
    version: str | None = None
    status: int | None = None
    reason: str | None = None
    attempts: tuple[Attempt, ...] | None = None
    proxy: str | None = None
    why: StageError | None = None
    source: str | None = None
    path: str | None = None
    extensions: tuple[str, ...] | None = None
    wanted: str | None = None
    offered: tuple[str, ...] | None = None
    size: int | None = None
    limit: int | None = None
    midway: bool | None = None
    own_trust: str | None = None
    project_vouches: bool | None = None
    extra: str | None = None

    def to_json(self) -> Json:
        """The error and what else is known; an empty list says nothing here."""
        return {key: value for key, value in known(self).items() if value != []}


class ResolveFacts(NamedTuple):
    """What was looked up (the proxy's name where there is one), and where it leads."""

    proxy: str | None = None
    proxy_source: str | None = None
    host: str | None = None
    addresses: tuple[str, ...] | None = None


class ConnectFacts(NamedTuple):
    """Where the connection leads; `attempts` are those that did not win the race."""

    port: int | None = None
    address: str | None = None
    family: str | None = None
    attempts: tuple[Attempt, ...] | None = None


class TlsFacts(NamedTuple):
    """What was agreed on; `unexpected_issuer` where the certificate is not of a known issuer,
    `project_authority` the fingerprint of what the project trusts besides the system, where the
    server was trusted for that."""

    mode: str | None = None
    version: str | None = None
    cipher: str | None = None
    chain: tuple[CertificateFacts, ...] | None = None
    unexpected_issuer: str | None = None
    project_authority: str | None = None


class EhloFacts(NamedTuple):
    """How we introduced ourselves and what the server announced; `size` is in octets."""

    ehlo_name: str | None = None
    extensions: tuple[str, ...] | None = None
    mechanisms: tuple[str, ...] | None = None
    size: int | None = None


class AuthFacts(NamedTuple):
    """The login: `token_refusal` is what the server says of a token, `token` why there was none."""

    username: str | None = None
    mechanism: str | None = None
    token_refusal: Mapping[str, str] | None = None
    token: TokenProblem | None = None
    token_renewed: bool | None = None
    token_not_kept: bool | None = None


class MailFacts(NamedTuple):
    """The envelope's sender, and the message's size in octets."""

    sender: str | None = None
    size: int | None = None


class RcptFacts(NamedTuple):
    """The envelope's recipient."""

    recipient: str | None = None


class DataFacts(NamedTuple):
    """The size of the message in octets."""

    octets: int | None = None


StageFacts = (
    ResolveFacts
    | ConnectFacts
    | TlsFacts
    | EhloFacts
    | AuthFacts
    | MailFacts
    | RcptFacts
    | DataFacts
)


def known(record: StageFacts | StageFailure) -> Json:
    """What is known of a stage, ready for JSON."""
    values = record._asdict().items()
    return {name: _plain(value) for name, value in values if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, CertificateFacts | Attempt | TokenProblem):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
