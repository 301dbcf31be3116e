"""The report of a verification: stages, replies, causes; and the problems of unfinished input."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from smtpwizard.model.odd_characters import Odd
from smtpwizard.model.problem import Json
from smtpwizard.model.stage_facts import StageError, StageFacts, StageFailure, known
from smtpwizard.model.wire import TokenRequest, WireEvent

F = TypeVar("F", bound=StageFacts)


class Stage(StrEnum):
    """The stages of a verification, in their order."""

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
BEYOND_LOGIN = (Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA)
"""What no login tells about: only a test with an email, or a question who may send, comes there."""

# Seconds a stage may take where the connector says nothing; RFC 5321 §4.5.3.2 asks minutes of a
# relay, a person in front of a wizard waits less long.
STAGE_SECONDS: Mapping[Stage, float] = MappingProxyType(
    {
        Stage.RESOLVE: 10,
        Stage.CONNECT: 10,
        Stage.GREETING: 20,
        Stage.TLS: 20,
        Stage.EHLO: 20,
        Stage.AUTH: 20,
        Stage.MAIL_FROM: 20,
        Stage.RCPT_TO: 20,
        Stage.DATA: 60,
    }
)


class Status(StrEnum):
    """The verdict on one stage; `unknown` is `data` without a reply after the final dot."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    NOT_REACHED = "not_reached"


class Verdict(StrEnum):
    """How a verification ended as a whole; the words are in `messages`."""

    SENT = "sent"
    """The server took the test email."""
    LET_IN = "let_in"
    """The server took the login; no email was sent."""
    PASSED = "passed"
    """Everything asked for passed, which was no login and no email."""
    UNKNOWN = "unknown"
    """Nobody knows whether the server took the test email."""
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    """A stage failed."""


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


class Reply(NamedTuple):
    """A server's reply, already fit for display: control characters escaped, length capped."""

    code: int
    enhanced: str | None
    text: str

    def to_json(self) -> Json:
        return {"code": self.code, "enhanced": self.enhanced, "text": self.text}

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


class StageResult(NamedTuple):
    """One stage of a report; `ms` is whole milliseconds.

    While it is under way, `running` is true and the status `not_reached`.
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
        found: Json = {}
        if self.facts is not None:
            found = known(self.facts)
        return found | (self.failure.to_json() if self.failure is not None else {})

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


# What makes sentences of its own true where it is known, beyond what exactly failed.
SITUATIONS = (
    "automatic",
    "none_fits",
    "no_oauth",
    "no_proxy",
    "test_email",
    "plain_server",
    "spaces_inside",
    "short_login",
    "handed_on",
)


class Cause(NamedTuple):
    """What the evidence means and who must act, as facts; a face makes its sentences from them.

    `variant` (what exactly failed) and `family` (of the provider) pick more exact sentences,
    `values` are what these may name.
    """

    cause: str
    likelihood: Likelihood
    actor: Actor
    evidence: tuple[str, ...] = ()
    retryable: bool = False
    variant: str | None = None
    family: str = "generic"
    values: Mapping[str, Any] = MappingProxyType({})

    @property
    def known(self) -> frozenset[str]:
        """The names of the values that say something."""
        nothing = (None, "", (), False)
        return frozenset(key for key, value in self.values.items() if value not in nothing)

    @property
    def told_by(self) -> str:
        """What may have sentences of its own, with blanks between: what exactly failed says more
        than what is known besides, and that more than the family."""
        known = self.known
        family = self.family if self.family != "generic" else None
        names = (self.variant, *(name for name in SITUATIONS if name in known), family)
        return " ".join(filter(None, names))

    def to_json(self) -> Json:
        """The facts alone; `messages.causes.cause_json` adds the sentences."""
        return {
            "cause": self.cause,
            "likelihood": self.likelihood.value,
            "actor": self.actor.value,
            "evidence": list(self.evidence),
            "retryable": self.retryable,
        }


class TranscriptLine(NamedTuple):
    """One redacted line of the conversation; `sender` is `server`, `client` or `note`."""

    t_ms: int
    sender: str
    line: str

    def to_json(self) -> Json:
        return {"t_ms": self.t_ms, "from": self.sender, "line": self.line}


class Unproven(NamedTuple):
    """A failure that still stands: an earlier test with the same settings stopped at this `stage`,
    and one that passed since did not come as far. `at` is ISO 8601 UTC; `cause` and `told_by` are
    those of the failure."""

    stage: Stage
    at: str
    cause: str | None = None
    told_by: str = ""

    def to_json(self) -> Json:
        return {"stage": self.stage.value, "at": self.at, "cause": self.cause}


class Report(NamedTuple):
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
    odd: Mapping[str, tuple[Odd, ...]] = MappingProxyType({})
    """What is odd in what was entered for the login, by field; part of no document."""
    wire: tuple[WireEvent, ...] = ()
    """What went over the wire, from which the transcript is made; part of no document."""
    token_requests: tuple[TokenRequest, ...] = ()
    """What was asked of an authorization server on the way; part of no document."""
    beyond: tuple[Stage, ...] = ()
    """Of a replay, the stages in which the record had nothing to say: what stands there, and what
    it ended with, is no server's word. Part of no document."""
    unproven: Unproven | None = None
    """What this test passed short of; `verify` alone adds it to its document."""
    worked_at: str | None = None
    """Of one that failed: when an earlier one with the same settings came through, ISO 8601 UTC;
    looked up where it is told, and part of no document but as `unproven` is."""

    def stage(self, stage: Stage) -> StageResult:
        return self.stages[STAGES.index(stage)]

    def known_stages(self) -> tuple[StageResult, ...]:
        """The stages as far as a server's word is known: of a replay beyond its record it is not,
        whatever was played there."""
        return tuple(
            StageResult(result.stage, Status.UNKNOWN) if result.stage in self.beyond else result
            for result in self.stages
        )

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

    @property
    def verdict(self) -> Verdict:
        """How it ended; `stopped_at` says where."""
        stopped = self.stopped_at()
        if self.ok:
            if self.stage(Stage.DATA).status is Status.PASSED:
                return Verdict.SENT
            login = self.stage(Stage.AUTH).status is Status.PASSED
            return Verdict.LET_IN if login else Verdict.PASSED
        if stopped is not None and stopped.status is Status.UNKNOWN:
            return Verdict.UNKNOWN
        interrupted = self.cancelled or stopped is None
        return Verdict.INTERRUPTED if interrupted else Verdict.STOPPED

    def exit_code(self) -> int:
        """0, 10 to 18 by stage, 19 for unknown, 20 without a token, 130 when interrupted."""
        if self.ok:
            return 0
        if self.verdict is Verdict.UNKNOWN:
            return 19
        stopped = self.stopped_at()
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
