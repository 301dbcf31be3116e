"""Two sides beside each other, wrapped to the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from smtpwizard.cli.wrapping import pieces, width_of
from smtpwizard.model.addresses import clean_text

_INDENT = "  "
_GAP = "  "


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
        cells = [
            list(pieces(clean_text(text, 10_000), size))
            for text, size in zip(row, sizes, strict=True)
        ]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = [p + " " * (size - width_of(p)) for p, size in zip(parts, sizes, strict=True)]
            lines.append((_INDENT + _GAP.join(padded)).rstrip())
    return lines
