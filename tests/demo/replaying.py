"""Whether a replay came to the same as what was recorded."""

from __future__ import annotations

from typing import Any

from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.model.report import Report, Stage, StageResult
from smtpwizard.model.stage_facts import AuthFacts, EhloFacts, TlsFacts
from smtpwizard.usecases.diagnose import with_causes
from smtpwizard.usecases.replay import replay_report

Facts = dict[str, Any]


def essence(report: Report) -> Facts:
    """All of a report that may not differ: no address, port, key, cipher, time or queue id."""
    tls = report.facts(TlsFacts)
    ehlo = report.facts(EhloFacts)
    auth = report.facts(AuthFacts)
    return {
        **{stage.stage.value: _stage(stage) for stage in report.stages},
        "causes": [(c.cause, c.likelihood.value, c.evidence, c.variant) for c in report.causes],
        "token": (report.token_missing, auth.token, auth.token_renewed, auth.token_refusal),
        "login": (auth.username, auth.mechanism),
        "cancelled": report.cancelled,
        "tls_facts": (tls.mode, tls.version, tls.chain, tls.unexpected_issuer),
        "extensions": (ehlo.extensions, ehlo.mechanisms, ehlo.size),
    }


def _stage(result: StageResult) -> Any:
    failure = result.failure
    if failure is not None and result.stage is Stage.MAIL_FROM:
        failure = failure._replace(size=None)  # the message has another Message-ID
    return (result.status.value, result.reply, failure)


def differences(before: Report, after: Report) -> list[str]:
    """Where two reports part."""
    one, other = essence(before), essence(after)
    return [f"{key}: {one[key]!r} is now {other[key]!r}" for key in one if one[key] != other[key]]


def assert_same_again(recording: Recording) -> None:
    """Play a record in memory and compare."""
    again = replay_report(recording)
    before = with_causes(recording.report, recording.connector)
    found = differences(before, again.report)
    assert not found, "\n".join((*found, *map(repr, recording.report.wire)))
    assert again.beyond_record == ()
