"""Reports that tests of cases start from."""

from __future__ import annotations

from typing import Any

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
)
from smtpwizard.model.stage_facts import (
    AuthFacts,
    CertificateFacts,
    ConnectFacts,
    EhloFacts,
    ResolveFacts,
    StageError,
    StageFailure,
    TlsFacts,
)

STARTED = "2026-11-22T10:15:00Z"
CERTIFICATE = CertificateFacts(
    subject="CN=smtp.example.test",
    issuer="CN=Example CA",
    names=("smtp.example.test",),
    not_before="2026-01-01T00:00:00Z",
    not_after="2027-01-01T00:00:00Z",
    fingerprint="aa" * 32,
    pem="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
)
AUTHORITY = CERTIFICATE._replace(subject="CN=Example CA", names=(), fingerprint="bb" * 32)

_FACTS: dict[Stage, Any] = {
    Stage.RESOLVE: ResolveFacts(host="smtp.example.test", addresses=("192.0.2.1", "2001:db8::1")),
    Stage.CONNECT: ConnectFacts(port=587, address="192.0.2.1"),
    Stage.TLS: TlsFacts(
        mode="starttls",
        version="TLSv1.3",
        cipher="TLS_AES_256_GCM_SHA384",
        chain=(CERTIFICATE, AUTHORITY),
    ),
    Stage.EHLO: EhloFacts("client.example.test", ("SIZE", "AUTH"), ("PLAIN", "LOGIN"), 1000),
    Stage.AUTH: AuthFacts(username="mailer", mechanism="PLAIN"),
}
_REPLIES = {
    Stage.GREETING: Reply(220, None, "mx.example.test ESMTP ready at 10:15:00"),
    Stage.EHLO: Reply(250, None, "mx.example.test"),
    Stage.AUTH: Reply(235, "2.7.0", "Accepted"),
    Stage.DATA: Reply(250, "2.0.0", "Ok: queued as 4F3A2B01"),
}


def report(started: str = STARTED) -> Report:
    """A verification in which all went well."""
    stages = tuple(
        StageResult(stage, Status.PASSED, 5, _REPLIES.get(stage), None, _FACTS.get(stage))
        for stage in STAGES
    )
    return Report(True, "Invoices", started, 99, stages, queue_id="4F3A2B01", message_id="<a@b>")


def changed_stage(source: Report, stage: Stage, **values: Any) -> Report:
    """The report with something else at a stage."""
    stages = tuple(
        result._replace(**values) if result.stage is stage else result for result in source.stages
    )
    return source._replace(stages=stages)


def failed(
    stage: Stage,
    error: StageError,
    reply: Reply | None = None,
    cause: str | None = "bad_credentials",
    **facts: Any,
) -> Report:
    """A verification that ended at a stage."""
    source = report()._replace(ok=False, queue_id=None, message_id=None)
    for each in STAGES[STAGES.index(stage) + 1 :]:
        source = changed_stage(
            source, each, status=Status.NOT_REACHED, reply=None, facts=None, ms=None
        )
    causes = (Cause(cause, Likelihood.HIGH, Actor.YOU),) if cause else ()
    return changed_stage(
        source,
        stage,
        status=Status.FAILED,
        reply=reply,
        failure=StageFailure(error, **facts),
    )._replace(causes=causes)
