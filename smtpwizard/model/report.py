"""The report of a verification: stages, replies, causes; and the problems of unfinished input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import Any, TypeVar

Json = dict[str, Any]


class Stage(StrEnum):
    """The rungs of a verification, in the order in which they are climbed."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    GREETING = "greeting"
    TLS = "tls"
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL_FROM = "mail_from"
    RCPT_TO = "rcpt_to"
    DATA = "data"


STAGES: tuple[Stage, ...] = tuple(Stage)


class Status(StrEnum):
    """The verdict on one stage; `unknown` is `data` without a reply after the final dot."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    NOT_REACHED = "not_reached"


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


class Actor(StrEnum):
    """Who has to act."""

    YOU = "you"
    NETWORK_ADMIN = "network_admin"
    MAIL_ADMIN = "mail_admin"
    PROVIDER = "provider"
    RECIPIENT = "recipient"


class Likelihood(StrEnum):
    """How sure a cause is, in words."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Problem:
    """Input that is not finished or not acceptable; `field` is the dotted JSON path."""

    field: str
    code: str
    facts: Mapping[str, Any] = dataclass_field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply, already fit for display: control characters escaped, length capped."""

    code: int
    enhanced: str | None
    text: str

    def to_json(self) -> Json:
        return {"code": self.code, "enhanced": self.enhanced, "text": self.text}

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One connection attempt of a race; `error` is None for the winner or an unfinished one."""

    address: str
    ms: int
    error: StageError | None = None

    def to_json(self) -> Json:
        error = self.error.value if self.error is not None else None
        return {"address": self.address, "ms": self.ms, "error": error}


@dataclass(frozen=True, slots=True)
class TokenProblem:
    """Why there was no access token: a `token_…` or `http_…` code and that error's own facts."""

    problem: str
    facts: Mapping[str, Any] = dataclass_field(default_factory=dict)

    @property
    def found(self) -> str | None:
        """What a token says where something else was expected."""
        found = self.facts.get("found")
        return None if found is None else str(found)

    @property
    def said(self) -> str:
        """The provider's own words, with Microsoft's number; empty where it had none."""
        number = f" AADSTS{self.facts['aadsts']}" if self.facts.get("aadsts") else ""
        words = f"{self.facts.get('error', '')}: {self.facts.get('description', '')}{number}"
        return words if words.strip(": ") else ""

    def to_json(self) -> Json:
        return {"problem": self.problem, **self.facts}


@dataclass(frozen=True, slots=True)
class StageFailure:
    """Why a stage did not pass; None is a fact that this failure does not have.

    `why` is what happened underneath; `openssl` and `verify_code` are OpenSSL's words; `peer` who
    else speaks there and `first` how it began; `off_by_hours` by how much this machine's clock
    (`now`, UTC) misses the certificates' dates; `size` and `limit` are in octets.
    """

    error: StageError
    verify_code: int | None = None
    openssl: str | None = None
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
    extra: str | None = None

    def to_json(self) -> Json:
        """The error and what else is known; an empty list says nothing here."""
        return {key: value for key, value in _known(self).items() if value != []}


@dataclass(frozen=True, slots=True)
class ResolveFacts:
    """What was looked up (the proxy's name where there is one), and where it leads."""

    proxy: str | None = None
    proxy_source: str | None = None
    host: str | None = None
    addresses: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ConnectFacts:
    """Where the connection leads; `attempts` are those that did not win the race."""

    port: int | None = None
    address: str | None = None
    family: str | None = None
    attempts: tuple[Attempt, ...] | None = None


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What was agreed on; `unexpected_issuer` where the certificate is not of a known issuer."""

    mode: str | None = None
    version: str | None = None
    cipher: str | None = None
    chain: tuple[CertificateFacts, ...] | None = None
    unexpected_issuer: str | None = None


@dataclass(frozen=True, slots=True)
class EhloFacts:
    """How we introduced ourselves and what the server announced; `size` is in octets."""

    ehlo_name: str | None = None
    extensions: tuple[str, ...] | None = None
    mechanisms: tuple[str, ...] | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class AuthFacts:
    """The login: `token_refusal` is what the server says of a token, `token` why there was none."""

    username: str | None = None
    mechanism: str | None = None
    token_refusal: Mapping[str, str] | None = None
    token: TokenProblem | None = None
    token_renewed: bool | None = None
    token_not_kept: bool | None = None


@dataclass(frozen=True, slots=True)
class MailFacts:
    """The envelope's sender, and the message's size in octets."""

    sender: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class RcptFacts:
    """The envelope's recipient."""

    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class DataFacts:
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
_KINDS: Mapping[Stage, type[StageFacts]] = {
    Stage.RESOLVE: ResolveFacts,
    Stage.CONNECT: ConnectFacts,
    Stage.TLS: TlsFacts,
    Stage.EHLO: EhloFacts,
    Stage.AUTH: AuthFacts,
    Stage.MAIL_FROM: MailFacts,
    Stage.RCPT_TO: RcptFacts,
    Stage.DATA: DataFacts,
}
F = TypeVar("F", bound=StageFacts)
R = TypeVar("R")


def _known(record: Any) -> Json:
    """What is known of a record, ready for JSON."""
    values = ((f.name, getattr(record, f.name)) for f in fields(record))
    return {name: _plain(value) for name, value in values if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, CertificateFacts | Attempt | TokenProblem):
        return value.to_json()
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class StageResult:
    """One stage of a report; `ms` is whole milliseconds.

    While it is being climbed, `running` is true and the status `not_reached`.
    """

    stage: Stage
    status: Status = Status.NOT_REACHED
    ms: int | None = None
    reply: Reply | None = None
    actor: Actor | None = None
    facts: StageFacts | None = None
    failure: StageFailure | None = None
    running: bool = False

    @property
    def error(self) -> StageError | None:
        """What ended the stage; None where nothing did."""
        return self.failure.error if self.failure is not None else None

    def detail(self) -> Json:
        """Facts and failure as the contract's `detail`."""
        known = _known(self.facts) if self.facts is not None else {}
        return known | (self.failure.to_json() if self.failure is not None else {})

    def to_json(self) -> Json:
        if self.status is Status.NOT_REACHED:
            return {"stage": self.stage.value, "status": self.status.value}
        out: Json = {
            "stage": self.stage.value,
            "status": self.status.value,
            "ms": self.ms,
            "reply": self.reply.to_json() if self.reply else None,
            "detail": self.detail(),
        }
        if self.actor is not None:
            out["actor"] = self.actor.value
        return out

    @classmethod
    def from_json(cls, document: Json) -> StageResult:
        """What `to_json` wrote; raises `KeyError`, `TypeError`, `ValueError` for anything else."""
        stage = Stage(document["stage"])
        reply, actor = document.get("reply"), document.get("actor")
        detail = dict(document.get("detail", {}))
        failure = None
        if "error" in detail:
            names = {f.name for f in fields(StageFailure)}
            failure = _read(StageFailure, {k: detail.pop(k) for k in list(detail) if k in names})
        return cls(
            stage,
            Status(document["status"]),
            document.get("ms"),
            Reply(**reply) if reply else None,
            Actor(actor) if actor else None,
            _read(_KINDS[stage], detail) if detail else None,
            failure,
        )


def _read(kind: type[R], values: Json) -> R:
    return kind(**{name: _READERS.get(name, _as_it_is)(value) for name, value in values.items()})


def _as_it_is(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "error": lambda code: StageError(code) if code is not None else None,
    "why": StageError,
    "chain": lambda chain: tuple(CertificateFacts(**facts) for facts in chain),
    "attempts": lambda found: tuple(_read(Attempt, each) for each in found),
    "token": lambda facts: TokenProblem(
        facts["problem"], {k: v for k, v in facts.items() if k != "problem"}
    ),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """What the evidence means, who must act and what to do; sentences come from `messages`.

    `link` leads to who says so, `checked` is the ISO date on which that was last read.
    """

    cause: str
    likelihood: Likelihood
    title: str
    explanation: str
    remedy: str
    actor: Actor
    evidence: tuple[str, ...] = ()
    retryable: bool = False
    link: str = ""
    checked: str = ""

    def to_json(self) -> Json:
        out: Json = {
            "cause": self.cause,
            "likelihood": self.likelihood.value,
            "title": self.title,
            "explanation": self.explanation,
            "remedy": self.remedy,
            "actor": self.actor.value,
            "evidence": list(self.evidence),
            "retryable": self.retryable,
        }
        if self.link:
            out["link"] = self.link
        if self.checked:
            out["checked"] = self.checked
        return out


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One redacted line of the conversation; `sender` is `server`, `client` or `note`."""

    t_ms: int
    sender: str
    line: str

    def to_json(self) -> Json:
        return {"t_ms": self.t_ms, "from": self.sender, "line": self.line}


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one verification, as `command-line` contract and window show it.

    `started` is UTC, `duration_ms` whole milliseconds; `stages` always lists all nine.
    `token_missing` marks that no usable OAuth token was there (exit code 20).
    """

    ok: bool
    connector: str
    started: str
    duration_ms: int
    stages: tuple[StageResult, ...]
    causes: tuple[Cause, ...] = ()
    message_id: str | None = None
    queue_id: str | None = None
    transcript: tuple[TranscriptLine, ...] = ()
    token_missing: bool = False
    cancelled: bool = False

    def stage(self, stage: Stage) -> StageResult:
        return self.stages[STAGES.index(stage)]

    def facts(self, kind: type[F]) -> F:
        """The facts of one kind, with nothing known where its stage was not reached."""
        found = (result.facts for result in self.stages)
        return next((facts for facts in found if isinstance(facts, kind)), kind())

    def stopped_at(self) -> StageResult | None:
        """The stage that failed or is unknown; None when everything asked for passed."""
        for result in self.stages:
            if result.status in (Status.FAILED, Status.UNKNOWN):
                return result
        return None

    def exit_code(self) -> int:
        """0, 10 to 18 by stage, 19 for unknown, 20 without a token, 130 when interrupted."""
        if self.ok:
            return 0
        stopped = self.stopped_at()
        if stopped is not None and stopped.status is Status.UNKNOWN:
            return 19
        if self.cancelled:
            return 130
        if self.token_missing:
            return 20
        return 10 + STAGES.index(stopped.stage) if stopped is not None else 1

    def to_json(self) -> Json:
        return {
            "ok": self.ok,
            "connector": self.connector,
            "started": self.started,
            "duration_ms": self.duration_ms,
            "stages": [result.to_json() for result in self.stages],
            "causes": [cause.to_json() for cause in self.causes],
            "message_id": self.message_id,
            "queue_id": self.queue_id,
            "transcript": [line.to_json() for line in self.transcript],
        }
