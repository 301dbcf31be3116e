"""How wide text is, and lines that go on below their own beginning where a terminal is narrower.

What is no terminal gets every line whole: a program that reads it counts on that.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from smtpwizard.cli.terminal import is_terminal

USUAL_WIDTH = 80
_NARROWEST, _WIDEST = 40, 200
# Indented as far as this stands what is copied: commands, addresses, what a server said.
VERBATIM = 5
# What a line goes on below: the text behind a number, a dash or a quotation mark.
_BEGINNING = re.compile(r" *(?:\d+\. |[-*>] )?")
_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")


def terminal_width(stream: IO[str] | None) -> int | None:
    """The columns of the terminal that a stream shows on, the usual number where it does not say;
    None where it is no terminal."""
    if not is_terminal(stream):
        return None
    columns = 0
    with suppress(OSError, ValueError, AttributeError):
        # `shutil` would ask as well, and loads compression libraries.
        columns = int(os.environ.get("COLUMNS") or 0) or _asked(stream)
    return max(_NARROWEST, min(columns, _WIDEST)) if columns > 0 else USUAL_WIDTH


def _asked(stream: IO[str] | None) -> int:
    assert stream is not None
    return os.get_terminal_size(stream.fileno()).columns


def width_of(text: str) -> int:
    """The columns a terminal uses for a text."""
    if text.isascii():
        return len(text)
    width = 0
    for c in text:
        if unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Mn", "Me"):
            continue
        width += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return width


def fold(line: str, width: int, hang: int | None = None) -> list[str]:
    """A line as lines of at most `width` columns, broken at blanks alone: an address stays whole.

    The others begin at `hang`, else below the beginning of the text or of its last column.
    """
    indent = len(line) - len(line.lstrip(" "))
    if width_of(line) <= width or indent >= VERBATIM:
        return [line]
    if hang is None:
        gaps = [gap.end() for gap in _GAP.finditer(line) if gap.end() <= width * 0.6]
        beginning = _BEGINNING.match(line)
        hang = gaps[-1] if gaps else beginning.end() if beginning else 0
    head, rest = line[:hang], line[hang:]
    lines = []
    for piece in pieces(rest, width - width_of(head), whole_words=True):
        lines.append(head + piece)
        head = " " * hang
    return lines


def pieces(text: str, width: int, *, whole_words: bool = False) -> Iterator[str]:
    """A text in pieces of at most that many columns, broken at blanks where there are some, and
    elsewhere too unless its words stay whole."""
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= width:
            line = joined
            continue
        if line:
            yield line
        line = word
        while width_of(line) > width and not whole_words:
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
