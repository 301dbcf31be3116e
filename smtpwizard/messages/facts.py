"""What was found, as a person writes it: sizes, names, how many."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate

_NUMBERS = (_("a"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"))
# Of a long list these are named.
_MOST = 4
# An attribute of a distinguished name, as it is shown for a certificate.
_ATTRIBUTE = r"(?:^|,)\s*{0}=((?:\\.|[^,\\])+)"


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


def took_text(duration_ms: int) -> str:
    """How long something took: “32 ms”, “0.4 s”, “12 s”."""
    seconds = duration_ms / 1000
    if seconds < 0.1:
        return translate(_("{number} ms")).format(number=duration_ms)
    shown = f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"
    return translate(_("{seconds} s")).format(seconds=shown)


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
