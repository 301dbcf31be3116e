"""What the table shows of a connector: two short lines for each column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate

from smtpwizard.messages.facts import took_text
from smtpwizard.messages.listing import ending_name, expiry_text, soon_text, status_words
from smtpwizard.messages.moments import near_text, short_text
from smtpwizard.model.moments import as_date
from smtpwizard.model.searching import searched
from smtpwizard.usecases.dates import RENEWED_DAYS, SOON_DAYS, ends_soon
from smtpwizard.usecases.list_rows import Kind, ListRow

if TYPE_CHECKING:
    from datetime import date

TICK, DEFAULT, NAME, STATUS, SERVER, USER, VERIFIED, ENDS = range(8)
# What a column is called where it is remembered.
KEYS = ("tick", "default", "name", "status", "server", "user", "verified", "ends")
EMPTY = "–"

# The mark of each kind; its colour goes with it.
MARKS = {
    Kind.FAILED: "failed",
    Kind.ENDS_SOON: "clock",
    Kind.CHANGED: "changed",
    Kind.UNTESTED: "untested",
    Kind.VERIFIED: "passed",
}
# The kinds whose status is bold and coloured.
LOUD = {Kind.FAILED: "danger", Kind.ENDS_SOON: "warning", Kind.CHANGED: "link"}

Lines = tuple[str, str]


def _tr(text: str) -> str:
    return QCoreApplication.translate("ConnectorWords", text)


def today() -> date:
    """The day here."""
    day: date = QDate.currentDate().toPython()  # type: ignore[assignment]
    return day


def column_names() -> tuple[str, ...]:
    """The columns as they are headed, and called where they are chosen."""
    return (
        _tr("Selected"),
        _tr("Default"),
        _tr("Name"),
        _tr("Status"),
        _tr("Server"),
        _tr("User"),
        _tr("Last test"),
        _tr("Next expiry"),
    )


def kind_names() -> dict[Kind, str]:
    """The kinds as the chips name them."""
    return {
        Kind.FAILED: _tr("Failed"),
        Kind.ENDS_SOON: _tr("Ends soon"),
        Kind.CHANGED: _tr("Changed"),
        Kind.UNTESTED: _tr("Not tested"),
        Kind.VERIFIED: _tr("Verified"),
    }


def kind_hint(kind: Kind) -> str:
    """What the chip of a kind says under the pointer; empty where its name says it."""
    return soon_text(SOON_DAYS, RENEWED_DAYS) if kind is Kind.ENDS_SOON else ""


def tick_text() -> str:
    """What the cell of the tick is called; whether it is set, its state says."""
    return _tr("Tick")


def elsewhere_text() -> str:
    """What the mark before a name says."""
    return _tr("changed elsewhere")


def skipped_text(reason: str) -> str:
    """What stands in the row of a connector that the last verification of many skipped."""
    return f"{skipped_word()}: {reason}"


def skipped_word() -> str:
    return _tr("Skipped")


def method_text(method: str) -> str:
    return {
        "oauth": _tr("OAuth"),
        "basic": _tr("Basic"),
        "none": _tr("No authentication"),
    }.get(method, method)


def security_text(security: str) -> str:
    return {"starttls": "STARTTLS", "implicit_tls": "SSL/TLS", "none": _tr("None")}.get(
        security, security
    )


def status_lines(row: ListRow, today: date) -> Lines:
    """Status and reason."""
    kind = row.kind(today)
    days = row.days_left(today) if kind is Kind.ENDS_SOON else None
    return _status_lines(kind, days, _said_of(row))


_TOLD = ("stage", "cause", "told_by", "reply", "login_at", "sent", "method", "ends_what")
_said_of = attrgetter(*_TOLD)


@lru_cache(maxsize=2000)
def _status_lines(kind: Kind, days: int | None, said: tuple[object, ...]) -> Lines:
    # Thousands of connectors say the same few things.
    return status_words(kind, {"days": days, **dict(zip(_TOLD, said, strict=True))})


def when_text(at: str | None) -> str:
    """When something was (ISO 8601), as a table has it; empty without a moment."""
    return near_text(at, datetime.now().astimezone(), brief=True) if at else ""


def _short_when(at: str) -> str:
    return short_text(at, datetime.now().astimezone())


def _verified_lines(row: ListRow) -> Lines:
    if row.login_at and row.at:
        return when_text(row.login_at), _tr("failed {0}").format(_short_when(row.at))
    when = when_text(row.at or row.verified_at)
    if row.status == "failed" and row.verified_at:
        return when, _tr("worked {0}").format(_short_when(row.verified_at))
    if row.status == "verified" and row.duration_ms is not None:
        return when, took_text(row.duration_ms)
    return when, ""


def _end(row: ListRow, today: date) -> str:
    day = as_date(row.ends_at)
    return expiry_text(day, today, brief=True) if day is not None else ""


def end_mark(row: ListRow, today: date) -> tuple[str, str]:
    """The mark of what ends next, and its colour: it has ended, or it ends soon; else empty."""
    left = row.days_left(today)
    if left is None or not ends_soon(row.ends_what, left):
        return "", ""
    return ("warning", "danger") if left < 0 else ("clock", "warning")


def lines_of(row: ListRow, column: int, today: date) -> Lines:
    """The two lines of a cell; the second one may be empty."""
    one, other = _LINES[column](row, today)
    return one.replace("\n", " ") or EMPTY, other.replace("\n", " ")


_LINES: dict[int, Callable[[ListRow, date], Lines]] = {
    TICK: lambda row, _: ("", ""),
    DEFAULT: lambda row, _: (_tr("Default") if row.default else "", ""),
    NAME: lambda row, _: (row.name, row.description),
    STATUS: status_lines,
    SERVER: lambda row, _: (row.host, f"{row.port} · {security_text(row.security)}"),
    USER: lambda row, _: (row.username or "", method_text(row.method)),
    VERIFIED: lambda row, _: _verified_lines(row),
    ENDS: lambda row, today: (_end(row, today), ending_name(row.ends_what)),
}


def needle_ground(row: ListRow, today: date) -> str:
    """All that a search looks through, as it is compared."""
    status, reason = status_lines(row, today)
    server = f"{row.host}:{row.port}\n{security_text(row.security)}"
    return searched(
        "\n".join((row.name, row.description, server, row.username or "", status, reason))
    )
