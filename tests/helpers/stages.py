"""Stages of a verification from the JSON that a report has of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from smtpwizard.model.problem import Json
from smtpwizard.model.report import Actor, Reply, Stage, StageResult, Status
from smtpwizard.model.stage_facts import (
    Attempt,
    AuthFacts,
    CertificateFacts,
    ConnectFacts,
    DataFacts,
    EhloFacts,
    MailFacts,
    RcptFacts,
    ResolveFacts,
    StageError,
    StageFacts,
    StageFailure,
    TlsFacts,
    TokenProblem,
)

R = TypeVar("R")


def read_stage(document: Json) -> StageResult:
    """What `StageResult.to_json` wrote."""
    stage = Stage(document["stage"])
    reply, actor = document.get("reply"), document.get("actor")
    facts, failure = _read_detail(stage, document.get("detail", {}))
    return StageResult(
        stage,
        Status(document["status"]),
        document.get("ms"),
        Reply(**reply) if reply else None,
        Actor(actor) if actor else None,
        facts,
        failure,
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


def _read_detail(stage: Stage, detail: Json) -> tuple[StageFacts | None, StageFailure | None]:
    """Facts and failure of a stage, as a report's JSON has them in `detail`."""
    left = dict(detail)
    failure = None
    if "error" in left:
        names = StageFailure._fields
        failure = _read(StageFailure, {k: left.pop(k) for k in list(left) if k in names})
    return (_read(_KINDS[stage], left) if left else None), failure


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
