"""Two sides beside each other, wrapped to the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import zip_longest

from smtpwizard.cli.output import width_of
from smtpwizard.model.addresses import clean_text

USUAL_WIDTH = 80
_NARROWEST, _WIDEST = 40, 200
_INDENT = "  "
_GAP = "  "


def terminal_width() -> int:
    """The columns of the terminal; the usual number where there is none."""
    # `shutil` would ask as well, and loads compression libraries.
    with suppress(OSError, ValueError, AttributeError):
        return max(_NARROWEST, min(os.get_terminal_size(sys.stdout.fileno()).columns, _WIDEST))
    return USUAL_WIDTH


def beside(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Each row (what it is about, and what the sides have) as lines in three columns; a row of one
    text is a heading."""
    whole = [row for row in rows if len(row) > 1]
    left = min(max(width_of(row[0]) for row in whole), width // 3)
    side = (width - len(_INDENT) - left - 2 * len(_GAP)) // 2
    sizes = (left, side, side)
    lines = []
    for row in rows:
        if len(row) == 1:
            lines.append(row[0])
            continue
        cells = [list(wrapped(text, size)) for text, size in zip(row, sizes, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = [p + " " * (size - width_of(p)) for p, size in zip(parts, sizes, strict=True)]
            lines.append((_INDENT + _GAP.join(padded)).rstrip())
    return lines


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in lines of no more columns than that, broken at blanks where there are some."""
    line = ""
    for word in clean_text(text, 10_000).split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= width:
            line = joined
            continue
        if line:
            yield line
        line = word
        while width_of(line) > width:
            head = _head(line, width)
            yield head
            line = line[len(head) :]
    yield line


def _head(text: str, width: int) -> str:
    """As much of a word as fits, one character at least."""
    end = 1
    while end < len(text) and width_of(text[: end + 1]) <= width:
        end += 1
    return text[:end]
