"""Which failure still stands after a test: a login undoes none of those that came after a login.

A test without a test email says nothing about sender, recipient and sending: what an earlier one
with the same settings and secrets had found there stays a connector's status.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smtpwizard.model.problem import Json
from smtpwizard.model.report import BEYOND_LOGIN, Report, Stage, Status, Unproven

LOGIN_AT = "login_at"
"""In the record of a failure that stands: when a later test passed that did not come as far."""
STANDING = "standing"
"""In a record: older failures that stand behind its own, the newest first."""

_OF_A_FAILURE = ("at", "stage", "reply", "causes", "told_by", "sent", "duration_ms", "run")


def with_standing(record: Mapping[str, Any], found: Json, report: Report) -> Json:
    """The record that follows upon `record` where `report` has `found` this."""
    left = list(_left(record, found, report))
    if not left:
        return found
    if not report.ok:
        return found | {STANDING: left}
    return found | left[0] | {"ok": False, LOGIN_AT: report.started, STANDING: left[1:]}


def unproven_of(record: Mapping[str, Any], found: Json | None, report: Report) -> Unproven | None:
    """The failure that stands although `report`, which `found` this, is one of a test that passed;
    None without one."""
    if found is None or not report.ok:
        return None
    failure = next(_left(record, found, report), None)
    if failure is None:
        return None
    causes, told_by = failure.get("causes"), failure.get("told_by")
    cause = causes[0] if isinstance(causes, list) and causes else None
    return Unproven(
        Stage(failure["stage"]),
        str(failure.get("at") or ""),
        cause if isinstance(cause, str) else None,
        told_by if isinstance(told_by, str) else "",
    )


def _left(record: Mapping[str, Any], found: Json, report: Report) -> Iterator[Json]:
    """The failures of a record, newest first, that a report on the same settings and secrets did
    not come as far as."""
    if any(record.get(key) != found[key] for key in ("inputs", "secrets")):
        return
    for failure in _failures(record):
        stage = failure.get("stage")
        if stage in BEYOND_LOGIN and report.stage(Stage(stage)).status in (
            Status.NOT_REACHED,
            Status.SKIPPED,
        ):
            yield {key: failure[key] for key in _OF_A_FAILURE if key in failure}


def _failures(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A file may hold anything."""
    if record.get("ok") is False:
        yield record
    older = record.get(STANDING)
    for failure in older if isinstance(older, list) else ():
        if isinstance(failure, dict):
            yield failure
