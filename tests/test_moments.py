"""Days and moments are written in one place, and in one way each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from smtpwizard import messages
from smtpwizard.messages.detail import ends_text, valid_text
from smtpwizard.messages.moments import (
    ago_text,
    clock_text,
    day_of_year_text,
    day_text,
    end_text,
    moment_text,
    month_text,
    near_text,
    sharing_a_minute,
    told_apart,
)

PACKAGE = Path(messages.__file__).parents[1]
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def test_a_day_is_written_in_one_way() -> None:
    assert day_text("2026-05-03T09:12:00Z") == day_text(date(2026, 5, 3)) == "3 May 2026"
    assert day_text("2026-02") == "Feb 2026"
    assert day_text("soon\x1b") == "soon\\x1b"
    assert day_of_year_text(date(2026, 2, 3), TODAY) == "3 Feb"
    assert day_of_year_text(date(2025, 2, 3), TODAY) == "3 Feb 2025"
    assert month_text(TODAY, year=False) == "Nov"
    assert clock_text(NOW) == "12:00"


def test_a_moment_for_others_is_told_in_utc() -> None:
    assert moment_text("2026-05-03T09:12:00Z") == "3 May 2026, 09:12 UTC"
    assert moment_text("2026-05-03T00:12:07+02:00", seconds=True) == "2 May 2026, 22:12:07 UTC"
    assert moment_text("2026-05-03T") == moment_text("2026-05-03") == "3 May 2026"
    assert moment_text("soon\x1b") == "soon\\x1b"


def test_near_moments_are_near() -> None:
    assert near_text("2026-11-29T09:12:00Z", NOW) == "Today 09:12"
    assert near_text("2026-11-28T09:12:00Z", NOW, within=True) == "yesterday 09:12"
    assert near_text("2026-11-24T18:40:00Z", NOW) == "24 Nov 2026, 18:40"
    assert near_text("2026-11-24T18:40:00Z", NOW, brief=True) == "24 Nov 2026"
    assert near_text("2026-11-29T09:12:31Z", NOW, seconds=True, brief=True) == "Today 09:12:31"
    assert near_text("nonsense\x1b", NOW) == "nonsense\\x1b"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-30), "just now"),  # two clocks
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=2.9), "2 h ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(days=60), "30 Sep 2026"),
        (timedelta(days=-2), "1 Dec 2026"),
    ],
)
def test_how_long_ago(ago: timedelta, words: str) -> None:
    assert ago_text((NOW - ago).strftime("%Y-%m-%dT%H:%M:%SZ"), NOW) == words


def test_what_is_no_moment_stays_as_it_is() -> None:
    assert ago_text("some\x1bday", NOW) == r"some\x1bday"
    assert ago_text("2026-11-29T11:00:00", NOW) == "1 h ago"


def test_ends_are_told_with_their_distance() -> None:
    assert end_text(date(2027, 2, 14), TODAY) == "14 Feb 2027, in 77 days"
    assert end_text(TODAY, TODAY) == "29 Nov 2026, today"
    assert end_text(date(2026, 11, 19), TODAY) == "19 Nov 2026, 10 days ago"


def test_those_of_one_minute_are_to_be_told_apart() -> None:
    moments = [
        "2026-11-29T11:52:59Z",
        "2026-11-29T12:52:01+01:00",  # the same minute elsewhere
        "2026-11-29T11:51:59Z",
        "nonsense",
        "nonsense",
    ]
    assert sharing_a_minute(moments) == [True, True, False, True, True]


def test_those_of_one_second_are_numbered_the_oldest_first() -> None:
    moments = ["2026-11-29T11:52:59Z", "2026-11-29T11:52:59Z", "2026-11-29T11:52:01Z"]
    now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    assert told_apart(moments, now) == [
        "Today 11:52:59 (2)",
        "Today 11:52:59 (1)",
        "Today 11:52:01",
    ]
    assert told_apart(moments[1:2], now) == ["Today 11:52"]


# -- and nowhere else ------------------------------------------------------------------------------

# What is not for reading: a day as it is typed, and a moment on its way to what reads it.
_KNOWN = {
    "gui/widgets/date_button.py: day.toString": "a day is typed so into its field",
    "gui/console/notification_list.py: told.at.toUTC().toString": "to `near_text`",
}
_OF_DATES = ("strftime", "isoformat")


def _writes(path: Path) -> Iterator[str]:
    """Where a file of a face or of the sentences writes a date by itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) as func) if name in _OF_DATES:
                yield ast.unparse(func)
            case ast.Call(func=ast.Attribute(attr="toString") as func, args=[_, *_]):
                said = ast.unparse(node)
                if re.search(r"DateFormat|FormatType|_FORM|[dHh]{1,2}[ :.]?[mM]", said):
                    yield ast.unparse(func)
            case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
                if "%" in ast.unparse(spec):
                    yield ast.unparse(node.value)
            # The first ten letters of a moment, of which the others are its time.
            case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(value=10))):
                yield ast.unparse(node)


def test_nothing_else_writes_a_date_for_a_reader() -> None:
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}: {what}"
        for room in ("messages", "gui", "cli")
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if path != PACKAGE / "messages" / "moments.py"
        for what in _writes(path)
    }
    assert found == set(_KNOWN)


LAST_OF_NOVEMBER = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("day", "valid", "ends"),
    [
        ("2027-02-14", ("Valid until", "14 Feb 2027"), "ends 14 Feb 2027"),
        ("2026-11-30T23:59:59Z", ("Valid until", "30 Nov 2026, today"), "ends 30 Nov 2026, today"),
        (
            "2026-11-29",
            ("Was valid until", "29 Nov 2026, yesterday"),
            "ended 29 Nov 2026, yesterday",
        ),
        ("soon", ("Valid until", "soon"), "ends soon"),
    ],
)
def test_what_has_ended_is_told_as_past(day: str, valid: tuple[str, str], ends: str) -> None:
    assert valid_text(day, LAST_OF_NOVEMBER) == valid
    assert ends_text(day, LAST_OF_NOVEMBER) == ends
