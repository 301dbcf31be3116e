"""The exceptions that end a stage of a verification."""

from __future__ import annotations

from smtpwizard.model.errors import NetworkError, SmtpWizardError
from smtpwizard.model.stage_facts import StageError, StageFailure


class StageFailed(SmtpWizardError):
    """What ends a stage of a verification: an error, with its facts where it has some."""

    def __init__(self, failure: StageFailure | StageError) -> None:
        if not isinstance(failure, StageFailure):
            failure = StageFailure(failure)
        facts = failure.to_json()
        super().__init__(facts.pop("error"), **facts)
        self.failure = failure

    @property
    def error(self) -> StageError:
        return self.failure.error


class ConnectionFailed(StageFailed, NetworkError):
    """Name lookup, TCP, proxy or TLS ended a stage."""
