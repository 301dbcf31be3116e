"""A command as one text: split into its words and put together, by the rules of this system."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence

WINDOWS = sys.platform == "win32"

# A run of backslashes with the quote after it, a quote, a gap, or anything else.
_PIECE = r'(?P<slashes>\\*)"|(?P<gap>[ \t\r\n]+)|(?P<text>\\+|[^\\" \t\r\n]+)'


def split_command(text: str, *, windows: bool = WINDOWS) -> list[str]:
    """The words of a command; raises `ValueError` for a quotation that does not end.

    On Windows a backslash is part of a path, and only before a quote something else:
    https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
    """
    if not windows:
        return shlex.split(text)
    words: list[str] = []
    word: str | None = None
    quoted = False
    for piece in re.finditer(_PIECE, text):
        slashes = piece["slashes"]
        if slashes is not None:
            pairs, odd = divmod(len(slashes), 2)
            word = (word or "") + "\\" * pairs + '"' * odd
            quoted ^= not odd
        elif piece["gap"] and not quoted:
            words += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + piece[0]
    if quoted:
        raise ValueError("no closing quotation")
    return words if word is None else [*words, word]


def join_command(words: Sequence[str], *, windows: bool = WINDOWS) -> str:
    """A command as a person types it: what has gaps in it is quoted."""
    if not windows:
        return shlex.join(words)
    from subprocess import list2cmdline  # noqa: PLC0415 - who joins a command starts programs

    return list2cmdline(words)
