"""A case read by those whose names it hides: stand-ins into what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def translator(table: Mapping[str, Mapping[str, str]]) -> Callable[[str], str]:
    """What turns a text of a case back, by the table that stayed at home."""
    names: dict[str, str] = {}
    for rows in table.values():
        for name, stand_in in rows.items():
            names.setdefault(stand_in, name)
    if not names:
        return lambda text: text
    # The longest first: host-1 stands in host-1.domain-1.example, and host-12 begins with it.
    words = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")
    return lambda text: pattern.sub(lambda match: names[match[0]], text)
