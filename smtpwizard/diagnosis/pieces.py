"""Searching long texts piece by piece: while Python searches, no other thread works, the window's
neither."""

from __future__ import annotations

import re
from collections.abc import Iterator

# So many characters are searched within a few ms.
PIECE = 32_768


def matches(pattern: re.Pattern[str], text: str, longest: int) -> Iterator[re.Match[str]]:
    """What `finditer` finds, where no match is longer than `longest` and none is empty."""
    start = 0
    while start < len(text):
        end = start + PIECE
        match = pattern.search(text, start, end + longest)
        if match is not None and match.start() < end:
            yield match
            start = match.end()
        else:
            start = end
