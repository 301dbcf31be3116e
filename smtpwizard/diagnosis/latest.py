"""The latest moment that a text names: what was written before something else cannot be of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from smtpwizard.diagnosis.pieces import matches

_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
# A moment without its zone could be anywhere within a day, and says nothing here.
_MAIL = re.compile(  # RFC 5322 §3.3
    r"\b(\d{1,2})[ -]([A-Z][a-z]{2})[a-z]{0,6}[ -](\d{4}) (\d\d):(\d\d)(?::(\d\d))?"
    r" ?(?:([+-])(\d\d)(\d\d)\b|GMT\b|UTC?\b|Z\b)"
)
_ISO = re.compile(
    r"\b(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?(?:[.,]\d{1,9})?"
    r" ?(?:([+-])(\d\d):?(\d\d)\b|Z\b|UTC\b)"
)
_LONGEST = 60


def latest_moment(text: str) -> datetime | None:
    """The latest moment in a text that has its time zone, as mail and logs write it; None without
    one."""
    return max(_moments(text), default=None)


def _moments(text: str) -> Iterator[datetime]:
    for found in matches(_MAIL, text, _LONGEST):
        day, name, year, *time = found.groups()
        at = _MONTHS.find(name.lower())
        yield from _moment(year, str(at // 3 + 1) if at >= 0 and at % 3 == 0 else "0", day, time)
    for found in matches(_ISO, text, _LONGEST):
        year, month, day, *time = found.groups()
        yield from _moment(year, month, day, time)


def _moment(year: str, month: str, day: str, time: list[str | None]) -> Iterator[datetime]:
    hour, minute, second, sign, hours, minutes = (each or "0" for each in time)
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(-ahead if sign == "-" else ahead)
        yield datetime(
            int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59),
            tzinfo=zone,
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError):
        return
