"""Whether a replay came to the same as what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from smtpwizard.demo.replay.credentials import RecordedCredentials
from smtpwizard.demo.replay.recorded import Recording, shifted
from smtpwizard.demo.replay.server import ReplayServer
from smtpwizard.model.auth import Credential, FixedCredential, Secret
from smtpwizard.model.moments import as_moment
from smtpwizard.model.report import Report, Stage, StageResult
from smtpwizard.model.stage_facts import (
    AuthFacts,
    CertificateFacts,
    EhloFacts,
    StageError,
    TlsFacts,
)
from smtpwizard.providers import ProviderEntry
from smtpwizard.smtp import session, verification
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases.diagnose import with_causes
from smtpwizard.usecases.replay import replay_report

GENEROUS_S = 60.0
SHORT_S = 0.3

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


def outline(report: Report) -> Facts:
    """What has to be the same over a real connection to another address, with other keys."""
    tls = report.facts(TlsFacts)
    auth = report.facts(AuthFacts)
    failures = [(s.stage, s.failure) for s in report.stages if s.failure is not None]
    return {
        **{stage.stage.value: (stage.status.value, stage.reply) for stage in report.stages},
        "failure": [
            (stage.value, f.error, f.why, f.peer, f.clock_suspect, f.midway)
            for stage, f in failures
        ],
        "off_by_hours": [round(f.off_by_hours or 0) for _, f in failures],
        "causes": [cause.cause for cause in report.causes],
        "login": (auth.username, auth.mechanism, auth.token_refusal),
        "tls_facts": (tls.mode, tls.version),
    }


def differences(one: Facts, other: Facts) -> list[str]:
    """Where two reports part."""
    return [f"{key}: {one[key]!r} is now {other[key]!r}" for key in one if one[key] != other[key]]


def assert_same_again(recording: Recording, entry: ProviderEntry | None = None) -> None:
    """Play a record in memory and compare."""
    again = replay_report(recording, entry=entry)
    before = with_causes(recording.report, recording.connector, entry)
    found = differences(essence(before), essence(again))
    assert not found, "\n".join((*found, *map(repr, recording.report.wire)))
    assert again.beyond == ()


def assert_same_on_loopback(recording: Recording, entry: ProviderEntry | None = None) -> None:
    """Serve a record on this machine, verify against that and compare."""
    with ReplayServer(recording) as server:
        again = verify_at(server, recording)
        again = with_causes(again, recording.connector, entry)
        # What came of it is not to depend on how often it was asked.
        twice = with_causes(verify_at(server, recording), recording.connector, entry)
    before = outline(with_causes(recording.report, recording.connector, entry))
    for report in (again, twice):
        found = differences(before, outline(report))
        assert not found, "\n".join((*found, *map(repr, recording.report.wire)))
    assert server.beyond == ()


def verify_at(server: ReplayServer, recording: Recording) -> Report:
    """Verify a recorded connector against its replay, by what the replay tells its clients."""
    facts = server.facts()
    there = recording.connector.server._replace(
        host=facts["host"],
        port=facts["port"],
        ca_file=facts["ca_file"],
        proxy=None,
        pinned_certificate=None,
    )
    connector = recording.connector._replace(server=there)
    credential = RecordedCredentials(recording, connector).get()
    unexpected = recording.report.facts(TlsFacts).unexpected_issuer is not None
    credential = Credential(credential.kind, facts["username"], Secret(facts["secret"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "STAGE_SECONDS", times_for(recording.report))
        patch.setattr(session, "PROBE_S", 4.0)
        return verify(
            connector,
            FixedCredential(credential),
            Settings(
                recipient=recording.recipient,
                stop_after=recording.stop_after,
                expected_issuers=("somebody else",) if unexpected else (),
            ),
        )


def times_for(report: Report) -> dict[Stage, float]:
    """Next to no time for the stage that ran out of it, all the time in the world for others."""
    times = dict.fromkeys(Stage, GENEROUS_S)
    stopped = report.stopped_at()
    failure = stopped.failure if stopped is not None else None
    if failure is not None and StageError.TIMEOUT in (failure.error, failure.why):
        times[stopped.stage] = SHORT_S  # type: ignore[union-attr]
    return times


# -- another clock -------------------------------------------------------------------------------


def aged(recording: Recording, by: timedelta) -> Recording:
    """The same record as if it had been made earlier, everything else alike: what a clock that has
    been moved on makes of it."""
    report = recording.report
    started = as_moment(report.started)
    assert started is not None
    report = _changed(report, lambda facts: shifted(facts, -by))
    report = report._replace(started=(started - by).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return recording._replace(report=report)


def _changed(value: Any, change: Callable[[CertificateFacts], CertificateFacts]) -> Any:
    """`value` with every certificate in it changed."""
    if isinstance(value, CertificateFacts):
        return change(value)
    if isinstance(value, tuple):
        items = [_changed(item, change) for item in value]
        return value._make(items) if hasattr(value, "_make") else tuple(items)
    return value
