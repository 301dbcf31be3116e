"""Verifying with tokens: one that the server refuses is renewed once, over a new connection."""

from __future__ import annotations

from collections.abc import Callable

from smtpwizard.model.auth import Credential, CredentialSource
from smtpwizard.model.report import STAGES, Report, Stage, StageResult, Status
from smtpwizard.model.stage_facts import AuthFacts, StageError
from smtpwizard.model.transcript import transcript
from smtpwizard.model.wire import Renewed

Observer = Callable[[StageResult], None]
Attempt = Callable[[CredentialSource | None, Observer | None], Report]


class _Renewing:
    """The same source, but its next answer is a new token."""

    def __init__(self, source: CredentialSource) -> None:
        self._source = source

    def get(self, force_refresh: bool = False) -> Credential:
        return self._source.get(force_refresh=True)


def verify_with_tokens(
    attempt: Attempt, source: CredentialSource, observer: Observer | None
) -> Report:
    """The report of `attempt`; where the server refuses the token, renew it and try once more.

    Never a third time. `observer` sees one verification: the refusal only where it is the end.
    """
    held: list[StageResult] = []

    def first(result: StageResult) -> None:
        if result.stage is Stage.AUTH and result.status is Status.FAILED:
            held.append(result)
        elif observer is not None:
            observer(result)

    report = _mark_token(attempt(source, first), source)
    if not _was_refused(report):
        for result in held if observer is not None else ():
            observer(result)  # type: ignore[misc]
        return report

    def second(result: StageResult) -> None:
        late = STAGES.index(result.stage) >= STAGES.index(Stage.AUTH)
        if observer is not None and (late or result.status is Status.FAILED):
            observer(result)

    return _join_reports(
        report, _mark_token(attempt(_Renewing(source), second), source, renewed=True)
    )


def _was_refused(report: Report) -> bool:
    auth = report.stage(Stage.AUTH)
    reply = auth.reply
    return (
        auth.status is Status.FAILED
        and auth.error is StageError.AUTH_REFUSED
        and reply is not None
        and reply.code >= 500
    )


def _mark_token(report: Report, source: CredentialSource, *, renewed: bool = False) -> Report:
    not_kept = bool(getattr(source, "not_kept", False))
    auth = report.stage(Stage.AUTH)
    if not (renewed or not_kept) or auth.status not in (Status.PASSED, Status.FAILED):
        return report
    facts = report.facts(AuthFacts)._replace(
        token_renewed=renewed or None, token_not_kept=not_kept or None
    )
    marked = auth._replace(facts=facts)
    return report._replace(stages=tuple(marked if s is auth else s for s in report.stages))


def _join_reports(first: Report, second: Report) -> Report:
    """One report of both attempts: what the second found, with the conversation of both."""
    end_us = 1000 * first.duration_ms
    later = (event._replace(t_us=event.t_us + end_us) for event in second.wire)
    wire = (*first.wire, Renewed(end_us), *later)
    return second._replace(
        started=first.started,
        duration_ms=first.duration_ms + second.duration_ms,
        transcript=transcript(wire),
        wire=wire,
    )
