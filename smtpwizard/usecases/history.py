"""The record of a connector's last verification, kept apart from the connector."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smtpwizard.model.connector import Method
from smtpwizard.model.errors import StorageError
from smtpwizard.model.report import Json, Stage, Status
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.model.report import Report


# When something happened that a date depends on, as ISO 8601 UTC; no verification changes these.
SIGNED_IN, RENEWED = "signed_in_at", "renewed_at"
MOMENTS = (SIGNED_IN, RENEWED)


def record_moment(ws: Workspace, stored: StoredConnector, *moments: str) -> None:
    """Keep that something has happened now; a record that cannot be written is a log entry."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        ws.store.change_verification(stored.id, lambda record: record | dict.fromkeys(moments, now))
    except StorageError as error:
        ws.log.write("moment_not_recorded", connector=stored.id, code=error.code)


def record_verification(ws: Workspace, stored: StoredConnector, report: Report) -> bool:
    """Keep what a report says about exactly this connector; False when it says nothing lasting.

    An interrupted verification, or one told to stop below `auth`, proves and disproves nothing. A
    record that cannot be written is an entry in the log, not a failure.
    """
    if report.cancelled or (report.ok and not _proves_the_login(stored, report)):
        return False
    stopped = report.stopped_at()

    def update(before: Json) -> Json:
        return {key: before[key] for key in MOMENTS if key in before} | {
            "at": report.started,
            "ok": report.ok,
            "inputs": stored.connector.inputs_digest(),
            "secrets": dict(stored.secrets),
            "stage": stopped.stage.value if stopped else None,
            "reply": stopped.reply.to_json() if stopped and stopped.reply else None,
            "causes": [cause.cause for cause in report.causes],
            "verified_at": report.started if report.ok else before.get("verified_at"),
        }

    try:
        ws.store.change_verification(stored.id, update)
    except StorageError as error:
        ws.log.write("verification_not_recorded", connector=stored.id, code=error.code)
        return False
    return True


def _proves_the_login(stored: StoredConnector, report: Report) -> bool:
    if stored.connector.authentication.method is Method.NONE:
        return report.stage(Stage.EHLO).status is Status.PASSED
    return report.stage(Stage.AUTH).status is Status.PASSED
