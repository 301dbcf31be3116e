"""Words for what was: how a verification ended, in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smtpwizard.messages.face import Face
from smtpwizard.messages.moments import ago_text, told_apart
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import stage_label
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Stage, Verdict

if TYPE_CHECKING:
    from smtpwizard.model.run import Summary

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.SENT: _("verified, email accepted"),
    Verdict.LET_IN: _("login works, no email sent"),
    Verdict.PASSED: _("passed"),
    Verdict.UNKNOWN: _("unknown"),
    Verdict.INTERRUPTED: _("interrupted"),
    Verdict.STOPPED: _("failed"),
}
_STATUSES: Mapping[str, str] = {
    "verified": _("verified"),
    "failed": _("failed"),
    "untested": _("not tested"),
    "changed": _("changed"),
}
MAX_REASON = 200


def verdict_word(verdict: Verdict) -> str:
    """How a run ended, in a word or two."""
    return translate(_VERDICTS[verdict])


def status_word(status: str) -> str:
    """A connector's status in a word."""
    return translate(_STATUSES[status])


def reason_text(cause: str | None, told_by: str, reply: str = "") -> str:
    """Why a run stopped: the title of its likeliest cause, which is that of its card, else what the
    server said."""
    from smtpwizard.causes import title_of  # noqa: PLC0415 - only of what failed

    title = title_of(cause, told_by) if cause is not None else None
    return clean_text(translate(title) if title is not None else reply or cause or "", MAX_REASON)


def run_lines(connector: str, runs: Sequence[Summary]) -> list[str]:
    """Each of a connector's runs on one line: whose, when, and how it ended."""
    now = datetime.now().astimezone()
    told = []
    moments = told_apart([run.at for run in runs], now, within=True)
    for run, when in zip(runs, moments, strict=True):
        ended = verdict_word(run.verdict)
        if run.stage is not None:
            stage = stage_name(run.stage, Face.WINDOW)
            ended = translate(_("{ended} at {stage}")).format(ended=ended, stage=stage)
        told.append(
            translate(_("{connector}, {when}: {ended}")).format(
                connector=clean_text(connector, 40),
                when=when,
                ended=ended,
            )
        )
    return told


def stage_name(stage: str, face: Face) -> str:
    """A stage as the face speaks of it; one of a later version by its name in the contract."""
    if stage in tuple(Stage):
        return stage_label(Stage(stage), face)
    return clean_text(stage, 40)


def last_result_text(
    status: str, facts: Mapping[str, str | None], now: datetime, face: Face
) -> str:
    """A connector's status with stage, reason and time of the verification that it comes from:
    `failed: auth, User name or password was not accepted, 2 h ago`.

    `facts` are `at`, `stage`, `cause`, `told_by`, `reply` and `login_at` (when a later test passed
    that did not come as far) as far as they are known; of a
    connector that has changed since they say nothing.
    """
    word = status_word(status)
    at = facts.get("at")
    if status not in ("verified", "failed") or at is None:
        return word
    parts = [ago_text(at, now)]
    stage = facts.get("stage")
    if status == "failed" and stage is not None:
        reason = reason_text(
            facts.get("cause"), facts.get("told_by") or "", facts.get("reply") or ""
        )
        told = [stage_name(stage, face), reason, *parts]
        if facts.get("login_at"):
            told = [stage_name(stage, face), *parts, translate(_("the login works")), reason]
        parts = [part for part in told if part]
    return f"{word}: {', '.join(parts)}"
