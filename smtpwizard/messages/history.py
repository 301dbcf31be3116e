"""Words for what was: how a verification ended, in few words, and how long ago."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import day_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import stage_label
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Stage, Verdict

if TYPE_CHECKING:
    from smtpwizard.model.run import Summary

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.SENT: _("verified, email accepted"),
    Verdict.LET_IN: _("verified"),
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
# Until when a moment is told by how long ago it is, in seconds, and in which unit.
_AGO = (
    (60, 60, _("just now")),
    (3600, 60, _("{number} min ago")),
    (86_400, 3600, _("{number} h ago")),
    (172_800, 86_400, _("yesterday")),
    (30 * 86_400, 86_400, _("{number} days ago")),
)
_NEAR = {0: _("Today {time}"), 1: _("Yesterday {time}")}
_NEAR_WITHIN = {0: _("today {time}"), 1: _("yesterday {time}")}
MAX_REASON = 200


def verdict_word(verdict: Verdict) -> str:
    """How a run ended, in a word or two."""
    return translate(_VERDICTS[verdict])


def status_word(status: str) -> str:
    """A connector's status in a word."""
    return translate(_STATUSES[status])


def ago_text(at: str, now: datetime) -> str:
    """How long ago a moment (ISO 8601) was; its date once it is long ago, or still to come."""
    moment = _moment(at)
    if moment is None:
        return clean_text(at, 40)
    seconds = (now - moment).total_seconds()
    for limit, unit, words in _AGO:
        if -60 < seconds < limit:
            return translate(words).format(number=int(seconds // unit))
    return f"{moment:%Y-%m-%d}"


def ago_texts(moments: Sequence[str], now: datetime) -> list[str]:
    """How long ago each of these was; those of one minute have their time to the second, in the
    time zone of `now`."""
    told = []
    for at, shared in zip(moments, sharing_a_minute(moments), strict=True):
        moment, text = _moment(at), ago_text(at, now)
        if shared and moment is not None:
            text = f"{text}, {moment.astimezone(now.tzinfo):%H:%M:%S}"
        told.append(text)
    return told


def near_text(at: str, now: datetime, *, within: bool = False, seconds: bool = False) -> str:
    """A moment (ISO 8601) with its time, in the time zone of `now`: a near one as “Today 09:12”,
    `within` a sentence as “today 09:12”, to the second where another one is of that minute."""
    moment = _moment(at)
    if moment is None:
        return clean_text(at, 40)
    moment = moment.astimezone(now.tzinfo)
    days = (now.date() - moment.date()).days
    words = (_NEAR_WITHIN if within else _NEAR).get(days, _("{day}, {time}"))
    return translate(words).format(
        day=day_text(moment.date().isoformat()),
        time=moment.strftime("%H:%M:%S" if seconds else "%H:%M"),
    )


def sharing_a_minute(moments: Sequence[str]) -> list[bool]:
    """Of each moment in a list whether another one has the same minute: both are then told to the
    second, since they would look alike."""
    minutes = [
        moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment is not None else at
        for at, moment in ((at, _moment(at)) for at in moments)
    ]
    count = Counter(minutes)
    return [count[minute] > 1 for minute in minutes]


def _moment(at: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


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
    for run, seconds in zip(runs, sharing_a_minute([run.at for run in runs]), strict=True):
        ended = verdict_word(run.verdict)
        if run.stage is not None:
            stage = stage_name(run.stage, Face.WINDOW)
            ended = translate(_("{ended} at {stage}")).format(ended=ended, stage=stage)
        told.append(
            translate(_("{connector}, {when}: {ended}")).format(
                connector=clean_text(connector, 40),
                when=near_text(run.at, now, within=True, seconds=seconds),
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

    `facts` are `at`, `stage`, `cause`, `told_by` and `reply` as far as they are known; of a
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
        parts = [part for part in (stage_name(stage, face), reason) if part] + parts
    return f"{word}: {', '.join(parts)}"
