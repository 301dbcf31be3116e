"""What was found, as a person writes it: days, moments, sizes, names, how many.

Takes whatever a server may have said: what is no date stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.moments import as_date

_MONTHS = (
    _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"), _("Jul"),
    _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
)  # fmt: skip
_NUMBERS = (_("a"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"))
# Of a long list these are named.
_MOST = 4
# An attribute of a distinguished name, as it is shown for a certificate.
_ATTRIBUTE = r"(?:^|,)\s*{0}=((?:\\.|[^,\\])+)"


def day_text(iso: object) -> str:
    """`2026-05-03…` as “3 Feb 2026”, `2026-02` as “Feb 2026”: as lists and tables have it."""
    day = as_date(iso)
    if day is None and (month := as_date(f"{iso}-01")) is not None:
        name = translate(_MONTHS[month.month - 1])
        return translate(_("{month} {year}")).format(month=name, year=month.year)
    if day is None:
        return clean_text(str(iso), 40)
    return translate(_("{day} {month} {year}")).format(
        day=day.day, month=translate(_MONTHS[day.month - 1]), year=day.year
    )


def moment_text(iso: str) -> str:
    """`2026-05-03T09:12:00Z` as “3 May 2026 at 09:12 UTC”."""
    try:
        time = datetime.fromisoformat(iso).strftime("%H:%M")
    except ValueError:
        return day_text(iso)
    return translate(_("{day} at {time} UTC")).format(day=day_text(iso), time=time)


def list_text(items: object) -> str:
    """“a”, “a and b”, “a, b, c and 3 more”."""
    found = [str(item) for item in items] if isinstance(items, Iterable) else [str(items)]
    if len(found) > _MOST + 1:
        more = translate(_("{number} more")).format(number=len(found) - _MOST)
        found = [*found[:_MOST], more]
    *first, last = found or [""]
    if not first:
        return last
    return translate(_("{first} and {last}")).format(first=", ".join(first), last=last)


def bytes_text(number: object) -> str:
    """“2,213 bytes”."""
    shown = f"{number:,}" if isinstance(number, int) else str(number)
    return translate(_("{number} bytes")).format(number=shown)


def spaces_text(number: object) -> str:
    """“a space”, “three spaces”, “12 spaces”."""
    count = number if isinstance(number, int) else 0
    if count == 1:
        return translate(_("a space"))
    known = 0 < count <= len(_NUMBERS)
    shown = translate(_NUMBERS[count - 1]) if known else str(count)
    return translate(_("{number} spaces")).format(number=shown)


def common_name(name: object) -> str:
    """Who a distinguished name names: its common name, else its organisation, else all of it."""
    for attribute in ("CN", "O"):
        match = re.search(_ATTRIBUTE.format(attribute), str(name))
        if match:
            return re.sub(r"\\(.)", r"\1", match[1])
    return str(name)
