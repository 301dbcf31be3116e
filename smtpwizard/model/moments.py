"""Dates and lengths of time as they come from outside, read within bounds; knows no clock.

Never raises: a file or a server that says nonsense has said nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

# Longer terms than a century are nonsense, and would leave the calendar.
MAX_DAYS = 36_525

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_date(value: object) -> date | None:
    """A date written as YYYY-MM-DD (or a moment that begins so); None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def as_moment(text: str) -> datetime | None:
    """A moment in ISO 8601, in UTC where it names no zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def add_days(start: date, days: object) -> date | None:
    """The date `days` later; None where that is no number of days, or past the calendar."""
    if type(days) is not int or not 0 <= days <= MAX_DAYS:
        return None
    try:
        return start + timedelta(days=days)
    except OverflowError:
        return None


def as_seconds(value: object, *, default: int, longest: int) -> int:
    """A length of time in whole seconds, as a number or in digits; the default for anything else,
    for none, and for one beyond `longest`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return default
    try:
        seconds = int(value)
    except (ValueError, OverflowError):  # not a number, NaN, thousands of digits; infinity
        return default
    return seconds if 0 < seconds <= longest else default


def utc_text(value: object) -> str | None:
    """Seconds since 1970, or a moment with its zone, as ISO 8601 UTC; None where it is none."""
    try:
        # Not `fromtimestamp`: on Windows it ends with the year 3000.
        since = timedelta() if isinstance(value, datetime) else timedelta(seconds=int(value))  # type: ignore[call-overload]
        moment = value if isinstance(value, datetime) else _EPOCH + since
        # Not `strftime`: its years below 1000 have fewer than four digits.
        return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    except (TypeError, ValueError, OverflowError, OSError):
        return None
