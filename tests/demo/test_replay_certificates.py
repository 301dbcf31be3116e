"""Certificates made again: what a client objected to, it objects to again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.model.report import Stage
from smtpwizard.model.stage_facts import CertificateFacts, StageError, StageFailure
from smtpwizard.model.wire import Encrypted
from smtpwizard.usecases.replay import replay_report
from tests.demo.replaying import aged, assert_same_again
from tests.helpers.certificates import Certificates
from tests.smtp.invariants import Verifier

NOW = datetime.now(UTC).replace(microsecond=0)


def day(days: float) -> str:
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


LEAF = CertificateFacts(
    "CN=mail.x.test", "CN=Issuing\\, CA 1,O=X,C=DE", ["127.0.0.1"], day(-9), day(90), "ab"
)
MIDDLE = CertificateFacts(LEAF.issuer, "CN=Root", [], day(-99), day(990), "cd")
ROOT = CertificateFacts("CN=Root", "CN=Root", [], day(-999), day(999), "ef", self_signed=True)
ALONE = LEAF._replace(issuer=LEAF.subject, self_signed=True)
OLD: dict[str, Any] = {"not_before": day(-90), "not_after": day(-40)}
YOUNG: dict[str, Any] = {"not_before": day(40), "not_after": day(90)}


@pytest.fixture(scope="module")
def refused(certificates: Certificates) -> Recording:
    """A record that ends with a certificate."""
    verifier = Verifier(certificates)
    seen = verifier(context=verifier.context(certificates.unknown_ca))
    assert seen.connector is not None
    return Recording(seen.connector, seen.report)


def with_failure(recording: Recording, failure: StageFailure) -> Recording:
    report = recording.report
    stages = tuple(
        stage._replace(failure=failure) if stage.stage is Stage.TLS else stage
        for stage in report.stages
    )
    wire = tuple(
        Encrypted(event.t_us, failure=failure) if isinstance(event, Encrypted) else event
        for event in report.wire
    )
    return recording._replace(report=report._replace(stages=stages, wire=wire))


@pytest.mark.parametrize(
    ("error", "code", "chain"),
    [
        ("cert_weak", 66, (LEAF,)),
        ("cert_weak", None, (LEAF, MIDDLE)),
        ("cert_weak", 67, (LEAF, MIDDLE)),
        ("cert_weak", 67, (LEAF,)),
        ("cert_weak", 68, (LEAF, MIDDLE)),
        ("cert_not_strict", 85, (LEAF, MIDDLE)),
        ("cert_not_strict", 86, (LEAF, MIDDLE)),
        ("cert_not_strict", 89, (LEAF, MIDDLE)),
        ("cert_not_strict", 92, (LEAF, MIDDLE)),
        ("cert_self_signed", 18, (ALONE,)),
        ("cert_untrusted", 19, (LEAF, MIDDLE, ROOT)),
        ("cert_untrusted", 20, (LEAF,)),
        ("cert_untrusted", 2, (LEAF, MIDDLE)),
        ("cert_untrusted", 23, (LEAF,)),
        ("cert_untrusted", 20, (LEAF._replace(subject="", issuer="", not_after="?"),)),
        ("cert_untrusted", 20, (LEAF._replace(issuer="C=Nowhere,CN=\u00e9" + "x" * 80),)),
        ("cert_expired", 10, (LEAF._replace(**OLD),)),
        ("cert_expired", 10, (ALONE._replace(**OLD),)),
        ("cert_expired", 10, (LEAF, MIDDLE._replace(**OLD))),
        ("cert_expired", 10, (LEAF,)),  # the authority's own, which was not shown
        ("cert_not_yet_valid", 9, (LEAF._replace(**YOUNG),)),
        ("cert_not_yet_valid", 9, (LEAF, MIDDLE)),
        ("cert_hostname_mismatch", 64, (LEAF._replace(names=["a.test", "no name"]),)),
        ("cert_hostname_mismatch", 62, (LEAF._replace(names=[]),)),
        ("cert_hostname_mismatch", 62, (LEAF._replace(names=["127.0.0.1"]),)),
    ],
)
def test_what_was_wrong_is_wrong_again(
    refused: Recording, error: str, code: int | None, chain: Any
) -> None:
    number = 66 if code is None else code
    failure = StageFailure(StageError(error), verify_code=number, chain=chain)
    recording = with_failure(refused, failure)
    assert_same_again(recording)
    assert_same_again(aged(recording, timedelta(days=730)))


def test_dates_that_x509_has_no_word_for(refused: Recording) -> None:
    ages = LEAF._replace(not_before="0001-01-01T00:00:00Z", not_after="9999-12-31T23:59:59Z")
    failure = StageFailure(StageError.CERT_UNTRUSTED, verify_code=20, chain=(ages,))
    assert_same_again(aged(with_failure(refused, failure), timedelta(days=730)))


def test_a_failure_that_is_another_now_has_the_recordings_clock(refused: Recording) -> None:
    chain = (LEAF._replace(**OLD),)
    failure = StageFailure(StageError.CERT_UNTRUSTED, verify_code=20, chain=chain)
    recording = aged(with_failure(refused, failure), timedelta(days=730))
    server = recording.connector.server._replace(ca_file="another.pem")
    again = replay_report(recording, recording.connector._replace(server=server))
    found = again.stage(Stage.TLS).failure
    assert found is not None
    assert found.error is StageError.CERT_EXPIRED
    assert found.off_by_hours == pytest.approx(40 * 24, abs=5)
    assert found.now is not None
    assert found.now[:10] == recording.report.started[:10]
    assert found.chain is not None
    assert found.chain[0].not_after[:13] == (NOW - timedelta(days=770)).strftime("%Y-%m-%dT%H")
