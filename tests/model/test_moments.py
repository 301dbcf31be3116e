"""Dates and lengths of time from outside: what they may be, and that nothing raises."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from smtpwizard.model.moments import MAX_DAYS, add_days, as_date, as_moment, as_seconds, utc_text

ODD: tuple[Any, ...] = (
    None, True, "", "x", -1, 10**400, -(10**400), math.nan, math.inf, -math.inf, [], {}, b"7",
    "9" * 5000, "١٢", "nan", "1e999", 1e308,
)  # fmt: skip


@pytest.mark.parametrize("text", ["0000-01-01", "9999-13-01", "99999-01-01", "-1", "1-1-1", ""])
def test_what_is_no_date_is_none(text: str) -> None:
    assert as_date(text) is None


@pytest.mark.parametrize("value", ODD)
def test_nothing_odd_raises(value: Any) -> None:
    assert as_date(value) is None
    assert add_days(date(2026, 1, 1), value) is None
    # Digits of any script are digits to `int`.
    assert as_seconds(value, default=5, longest=60) in (5, 12)
    text = utc_text(value)
    assert text is None or text.endswith("Z")


def test_days_end_with_the_calendar() -> None:
    assert add_days(date(2026, 1, 31), 1) == date(2026, 2, 1)
    assert add_days(date(2026, 1, 31), 0) == date(2026, 1, 31)
    assert add_days(date(9999, 12, 30), 1) == date(9999, 12, 31)
    assert add_days(date(9999, 12, 31), 1) is None
    assert add_days(date(1, 1, 1), MAX_DAYS) == date(1, 1, 1) + timedelta(days=MAX_DAYS)
    assert add_days(date(1, 1, 1), MAX_DAYS + 1) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(60, 60), ("60", 60), (59.9, 59), (0, 5), (61, 5), ("61", 5), (0.5, 5), (" 7 ", 7)],
)
def test_seconds_are_whole_and_bounded(value: Any, seconds: int) -> None:
    assert as_seconds(value, default=5, longest=60) == seconds


def test_moments_have_four_digit_years_and_stay_in_the_calendar() -> None:
    assert utc_text(0) == "1970-01-01T00:00:00Z"
    assert utc_text("1800000000.5") is None
    assert utc_text(253402300799) == "9999-12-31T23:59:59Z"
    assert utc_text(253402300800) is None
    assert utc_text(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    # Its UTC lies before the calendar.
    assert utc_text(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))) is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-29T10:15:00Z", 10),
        ("2026-11-29T10:15:00+02:00", 8),
        ("2026-11-29T10:15:00", 10),
        ("2026-11-29 in the morning", None),
        ("", None),
    ],
)
def test_a_moment_without_a_zone_is_in_utc(text: str, hour: int | None) -> None:
    moment = as_moment(text)
    assert (moment and moment.astimezone(UTC).hour) == hour
