"""The report: nine stages, one stop, one exit code."""

from __future__ import annotations

import json

import pytest

from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    Stage,
    StageResult,
    Status,
    TranscriptLine,
    Verdict,
)
from smtpwizard.model.stage_facts import (
    Attempt,
    AuthFacts,
    CertificateFacts,
    ConnectFacts,
    EhloFacts,
    StageError,
    StageFailure,
    TlsFacts,
    TokenProblem,
)
from tests.helpers.stages import read_stage


def report(**statuses: Status) -> Report:
    stages = tuple(StageResult(s, statuses.get(s.value, Status.PASSED), ms=1) for s in STAGES)
    ok = all(s.status in (Status.PASSED, Status.SKIPPED) for s in stages)
    return Report(ok, "Invoices", "2026-11-22T10:15:00Z", 9, stages)


@pytest.mark.parametrize(("stage", "code"), list(zip(STAGES, range(10, 19), strict=True)))
def test_exit_code_names_the_stage(stage: Stage, code: int) -> None:
    stopped = report(**{stage.value: Status.FAILED})
    assert stopped.exit_code() == code
    assert stopped.stopped_at() == stopped.stage(stage)


def test_exit_codes_of_the_special_ends() -> None:
    assert report().exit_code() == 0
    assert report().stopped_at() is None
    assert report(data=Status.UNKNOWN).exit_code() == 19
    no_token = report(auth=Status.FAILED)._replace(token_missing=True)
    assert no_token.exit_code() == 20
    assert report(connect=Status.FAILED)._replace(cancelled=True).exit_code() == 130
    # An unknown delivery stays unknown, whoever interrupted.
    assert report(data=Status.UNKNOWN)._replace(cancelled=True).exit_code() == 19
    assert report()._replace(ok=False).exit_code() == 1


def test_json_has_the_contract_s_shape() -> None:
    reply = Reply(535, "5.7.8", "Error: authentication failed")
    failed = StageResult(
        Stage.AUTH,
        Status.FAILED,
        240,
        reply,
        Actor.YOU,
        AuthFacts("mailer", "PLAIN", token_refusal={"status": "400"}),
        StageFailure(StageError.AUTH_REFUSED),
    )
    stages = tuple(failed if s is Stage.AUTH else StageResult(s) for s in STAGES)
    cause = Cause("x", Likelihood.HIGH, Actor.YOU, ("auth: 535",), True)
    line = TranscriptLine(31, "server", "220 ready")
    whole = Report(False, "Invoices", "now", 812, stages, (cause,), transcript=(line,)).to_json()
    assert whole["stages"][0] == {"stage": "resolve", "status": "not_reached"}
    assert whole["stages"][5] == {
        "stage": "auth",
        "status": "failed",
        "ms": 240,
        "reply": {"code": 535, "enhanced": "5.7.8", "text": "Error: authentication failed"},
        "detail": {
            "username": "mailer",
            "mechanism": "PLAIN",
            "token_refusal": {"status": "400"},
            "error": "auth_refused",
        },
        "actor": "you",
    }
    assert whole["causes"] == [
        {
            "cause": "x",
            "likelihood": "high",
            "actor": "you",
            "evidence": ["auth: 535"],
            "retryable": True,
        }
    ]
    assert whole["transcript"] == [{"t_ms": 31, "from": "server", "line": "220 ready"}]
    assert (whole["message_id"], whole["queue_id"]) == (None, None)
    assert str(reply) == "535 5.7.8 Error: authentication failed"
    assert str(Reply(250, None, "")) == "250"


def test_certificate_facts_are_plain_data() -> None:
    facts = CertificateFacts("CN=a", "CN=b", ("a", "b"), "2026", "2027", "00ff", True)
    assert facts.to_json() == {
        "subject": "CN=a",
        "issuer": "CN=b",
        "names": ["a", "b"],
        "not_before": "2026",
        "not_after": "2027",
        "fingerprint": "00ff",
        "self_signed": True,
    }


CERTIFICATE = CertificateFacts("CN=a", "CN=b", ("a", "b"), "2026", "2027", "00ff", pem="-----\n")


@pytest.mark.parametrize(
    "result",
    [
        StageResult(Stage.GREETING),
        StageResult(
            Stage.CONNECT,
            Status.FAILED,
            9,
            facts=ConnectFacts(587),
            failure=StageFailure(
                StageError.PROXY_UNREACHABLE,
                attempts=(Attempt("192.0.2.1", 7, StageError.REFUSED), Attempt("::1", 9)),
                why=StageError.REFUSED,
            ),
        ),
        StageResult(
            Stage.TLS,
            Status.PASSED,
            3,
            facts=TlsFacts("starttls", "TLSv1.3", "X", (CERTIFICATE,), "CN=b"),
        ),
        StageResult(Stage.EHLO, Status.PASSED, 1, facts=EhloFacts("x", (), ("PLAIN",), 0)),
        StageResult(
            Stage.AUTH,
            Status.FAILED,
            1,
            Reply(535, "5.7.8", "no"),
            Actor.YOU,
            AuthFacts(token=TokenProblem("token_refused", {"error": "x", "aadsts": "7"})),
            StageFailure(StageError.TOKEN_MISSING),
        ),
    ],
)
def test_a_stage_is_read_back(result: StageResult) -> None:
    document = json.loads(json.dumps(result.to_json()))
    again = read_stage(document)
    assert again.to_json() == document
    assert again.error is result.error
    assert (again.facts is None) == (result.facts is None)


SHORT = {"mail_from": Status.SKIPPED, "rcpt_to": Status.SKIPPED, "data": Status.SKIPPED}


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [
        (report(), Verdict.SENT),
        (report(**SHORT), Verdict.LET_IN),
        (report(auth=Status.SKIPPED, **SHORT), Verdict.PASSED),
        (report(auth=Status.SKIPPED), Verdict.SENT),
        (report(data=Status.UNKNOWN), Verdict.UNKNOWN),
        (report(data=Status.UNKNOWN)._replace(cancelled=True), Verdict.UNKNOWN),
        (report(auth=Status.FAILED), Verdict.STOPPED),
        (report(data=Status.FAILED), Verdict.STOPPED),
        (report(connect=Status.FAILED)._replace(cancelled=True), Verdict.INTERRUPTED),
        (report()._replace(ok=False), Verdict.INTERRUPTED),
    ],
)
def test_the_verdict_says_how_it_ended_as_a_whole(ended: Report, verdict: Verdict) -> None:
    assert ended.verdict is verdict
