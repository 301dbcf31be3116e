"""Days and moments as a person reads them: in the window, in a terminal, in what is handed on.

A day is `3 Feb 2026` wherever it is read. A moment of this computer's user is told by their own
clock, `Today 09:12` or `3 Feb 2026, 09:12`; one that others read is told in UTC, and says so. As
`2026-02-03` a day stands only where it is typed, in a file's name, and in what programs read.

Takes whatever a file or a server may have said: what is no date stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.moments import as_date, as_moment

_MONTHS = (
    _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"), _("Jul"),
    _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
)  # fmt: skip
# Until when a moment is told by how long ago it is, in seconds, and in which unit.
_AGO = (
    (60, 60, _("just now")),
    (3600, 60, _("{number} min ago")),
    (86_400, 3600, _("{number} h ago")),
    (172_800, 86_400, _("yesterday")),
    (30 * 86_400, 86_400, _("{number} days ago")),
)
_NEAR: Mapping[int, str] = {0: _("Today {time}"), 1: _("Yesterday {time}")}
_NEAR_WITHIN: Mapping[int, str] = {0: _("today {time}"), 1: _("yesterday {time}")}
_FAR = _("{day}, {time}")
_IN_DAYS: Mapping[int, str] = {1: _("tomorrow"), 0: _("today"), -1: _("yesterday")}
_MOST = 40


def day_text(day: object) -> str:
    """A date, or `2026-02-03…`, as “3 Feb 2026”, `2026-02` as “Feb 2026”."""
    found = as_date(day)
    if found is None and (month := as_date(f"{day}-01")) is not None:
        return month_text(month, year=True)
    if found is None:
        return clean_text(str(day), _MOST)
    return translate(_("{day} {month}")).format(day=found.day, month=month_text(found, year=True))


def day_of_year_text(day: date, today: date) -> str:
    """The same without the year where it is this one: “24 Nov”."""
    month = month_text(day, year=day.year != today.year)
    return translate(_("{day} {month}")).format(day=day.day, month=month)


def month_text(day: date, *, year: bool) -> str:
    """The month of a day: “Feb”, with its year “Feb 2027”."""
    name = translate(_MONTHS[day.month - 1])
    return translate(_("{month} {year}")).format(month=name, year=day.year) if year else name


def clock_text(moment: datetime, *, seconds: bool = False) -> str:
    """A time of the day, on 24 hours: “09:12”."""
    return moment.strftime("%H:%M:%S" if seconds else "%H:%M")


def moment_text(iso: str, *, seconds: bool = False) -> str:
    """`2026-05-03T09:12:00Z` as “3 May 2026, 09:12 UTC”: for readers whose clock is another one."""
    moment = as_moment(iso)
    if moment is None or len(iso) <= len("2026-05-03T"):
        return day_text(iso)
    moment = moment.astimezone(UTC)
    time = translate(_("{time} UTC")).format(time=clock_text(moment, seconds=seconds))
    return translate(_FAR).format(day=day_text(moment), time=time)


def near_text(
    at: str, now: datetime, *, within: bool = False, seconds: bool = False, brief: bool = False
) -> str:
    """A moment (ISO 8601) with its time, in the time zone of `now`: a near one as “Today 09:12”,
    `within` a sentence as “today 09:12”, to the second where another one is of that minute;
    `brief`: of one that is not near its day alone."""
    moment = as_moment(at)
    if moment is None:
        return clean_text(at, _MOST)
    moment = moment.astimezone(now.tzinfo)
    words = (_NEAR_WITHIN if within else _NEAR).get((now.date() - moment.date()).days)
    if words is None and brief:
        return day_text(moment)
    return translate(words or _FAR).format(
        day=day_text(moment), time=clock_text(moment, seconds=seconds)
    )


def short_text(at: str, now: datetime) -> str:
    """A moment (ISO 8601) in as few letters as can be: its time where it is of today, else its
    day, without this year."""
    moment = as_moment(at)
    if moment is None:
        return clean_text(at, _MOST)
    moment = moment.astimezone(now.tzinfo)
    if moment.date() == now.date():
        return clock_text(moment)
    return day_of_year_text(moment.date(), now.date())


_NUMBERED = _("{moment} ({number})")


def sharing_a_minute(moments: Sequence[str]) -> list[bool]:
    """Of each moment in a list whether another one has the same minute: both are then told to the
    second, since they would look alike."""
    minutes = [
        (moment.astimezone(UTC).replace(second=0, microsecond=0) if moment is not None else at)
        for at, moment in ((at, as_moment(at)) for at in moments)
    ]
    count = Counter(minutes)
    return [count[minute] > 1 for minute in minutes]


def told_apart(moments: Sequence[str], now: datetime, *, within: bool = False) -> list[str]:
    """Each moment of a list (the newest first) with its time, as `near_text` has it: of one minute
    to the second, and of one second numbered, the oldest as the first."""
    told = [
        near_text(at, now, within=within, seconds=shared)
        for at, shared in zip(moments, sharing_a_minute(moments), strict=True)
    ]
    count, number = Counter(told), Counter[str]()
    for place in reversed(range(len(told))):
        words = told[place]
        number[words] += 1
        if count[words] > 1:
            told[place] = translate(_NUMBERED).format(moment=words, number=number[words])
    return told


def ago_text(at: str, now: datetime) -> str:
    """How long ago a moment (ISO 8601) was; its day once it is long ago, or still to come."""
    moment = as_moment(at)
    if moment is None:
        return clean_text(at, _MOST)
    seconds = (now - moment).total_seconds()
    for limit, unit, words in _AGO:
        if -60 < seconds < limit:
            return translate(words).format(number=int(seconds // unit))
    return day_text(moment.astimezone(now.tzinfo))


def in_days_text(day: date, today: date) -> str:
    """How far a day is away."""
    days = (day - today).days
    if days in _IN_DAYS:
        return translate(_IN_DAYS[days])
    if days > 0:
        return translate(_("in {days} days")).format(days=days)
    return translate(_("{days} days ago")).format(days=-days)


def end_text(day: date, today: date) -> str:
    """A day, and how far it is away: “14 Feb 2027, in 77 days”."""
    return f"{day_text(day)}, {in_days_text(day, today)}"
