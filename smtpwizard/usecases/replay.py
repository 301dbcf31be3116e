"""Verifying against a record: the same verification, with the recorded network in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smtpwizard.demo.replay.credentials import RecordedCredentials
from smtpwizard.demo.replay.network import Replayed
from smtpwizard.demo.replay.recorded import Recording, attempts
from smtpwizard.model.auth import CredentialSource
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import Report, StageResult, Status
from smtpwizard.model.stage_facts import TlsFacts
from smtpwizard.net.cancel import CancelToken
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases.diagnose import with_causes
from smtpwizard.usecases.verify_with_tokens import verify_with_tokens

if TYPE_CHECKING:
    from smtpwizard.providers import ProviderEntry

Observer = Callable[[StageResult], None]

_REACHED = (Status.PASSED, Status.FAILED, Status.UNKNOWN)
_NOBODY = "nobody whose name stands in a certificate"


def replay_report(
    recording: Recording,
    connector: Connector | None = None,
    *,
    entry: ProviderEntry | None = None,
    strict: bool = False,
    token: CancelToken | None = None,
    observer: Observer | None = None,
) -> Report:
    """Verify a connector, the recorded one where it is None, against the record.

    Nothing is asked of a network, and nothing waited for. `entry` is the connector's provider;
    `strict` hangs up where the record ends. The report is dated as the recorded one; where it
    leaves the record (`beyond`), nobody can say why the real server would stop: it has no causes.
    """
    recorded, was = recording.report, recording.as_it_was
    connector = connector or recording.connector
    if was is not recording and connector.server.client_certificate is None:
        server = connector.server._replace(
            client_certificate=was.connector.server.client_certificate
        )
        connector = connector._replace(server=server)
    recording = was
    network = Replayed(recording, connector, strict=strict)
    # Who issued a certificate was told then, whatever is known of this provider now.
    unexpected = recorded.facts(TlsFacts).unexpected_issuer is not None
    redactor = Redactor()

    def attempt(source: CredentialSource | None, observer: Observer | None) -> Report:
        settings = Settings(
            recipient=recording.recipient,
            stop_after=recording.stop_after,
            token=token,
            observer=observer,
            redactor=redactor,
            expected_issuers=(_NOBODY,) if unexpected else (),
            network=network,
        )
        return verify(connector, source, settings)

    credentials = RecordedCredentials(recording, connector)
    oauth = connector.authentication.method is Method.OAUTH
    if oauth and (credentials.not_kept or len(attempts(recorded.wire)) > 1):
        report = verify_with_tokens(attempt, credentials, observer)
    else:
        report = attempt(credentials, observer)
    left = (stage for stage in network.beyond if report.stage(stage).status in _REACHED)
    report = report._replace(
        started=recorded.started,
        odd=recorded.odd,
        token_requests=recorded.token_requests,
        beyond=tuple(left),
    )
    return report if report.beyond else with_causes(report, connector, entry)
