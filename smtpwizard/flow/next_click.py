"""Which click is the most useful one after a failed verification."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from smtpwizard.flow.fixes import Fix
from smtpwizard.model.report import Actor, Cause, Report, Verdict

OTHERS = (Actor.MAIL_ADMIN, Actor.NETWORK_ADMIN, Actor.PROVIDER)


class NextClick(StrEnum):
    """What the one filled button of a result does."""

    FIX = "fix"
    """Tries a change."""
    LATER = "later"
    """Tests again by itself after some minutes."""
    ASK = "ask"
    """Writes to whom it concerns."""
    FIELD = "field"
    """Leads to the field that a step names."""
    TEST = "test"
    """Tests again."""


def passes_by_itself(report: Report | None, cause: Cause | None) -> bool:
    """Whether the same may work later, with nothing changed."""
    stopped = report is not None and report.verdict is Verdict.STOPPED
    return stopped and cause is not None and cause.retryable


def next_click(
    report: Report | None,
    cause: Cause,
    fixes: Sequence[Fix],
    *,
    actors: Sequence[Actor],
    names_field: bool,
) -> NextClick:
    """The next click for a cause whose steps are those of `actors`.

    `names_field`: a step of the user's own names a field that can be led to.
    """
    # A fix that asks for trust is no next step by itself: nobody is led into trusting.
    if any(fix.consent is None for fix in fixes):
        return NextClick.FIX
    # What nobody knows is seen in the mailbox, after a while.
    ended = report is not None and report.verdict in (Verdict.STOPPED, Verdict.UNKNOWN)
    if cause.retryable and ended:
        return NextClick.LATER
    theirs = cause.actor in OTHERS and cause.actor in actors
    if theirs or not set(actors) - set(OTHERS):
        return NextClick.ASK
    return NextClick.FIELD if names_field else NextClick.TEST
