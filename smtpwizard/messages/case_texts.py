"""A case as it is shown before it is saved: in words or as its file is, and what is marked in it.

To find that takes long: it is not for the window's thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from smtpwizard.messages.case_in_words import Section, hangs_in_words, text_in_words

# Marked stand-ins beyond this many are told as text alone.
MAX_MARKS = 500


class CaseText(NamedTuple):
    """How far each line is set in where it goes on below itself, which lines are headings, and from
    where to where something stands for a name."""

    text: str
    hangs: tuple[int, ...]
    headings: tuple[int, ...]
    stand_ins: tuple[tuple[int, int], ...]


def readable_text(sections: Sequence[Section], stand_ins: Sequence[str]) -> CaseText:
    """All of it in words; `stand_ins` have the longest first."""
    text = text_in_words(sections)
    lines = accumulate((len(part.lines) + 2 for part in sections[:-1]), initial=0)
    headings = tuple(lines) if sections else ()
    marked = tuple(stand_ins_in(text, stand_ins))
    return CaseText(text, tuple(hangs_in_words(sections)), headings, marked)


def file_text(data: bytes, stand_ins: Sequence[str]) -> CaseText:
    """What is in the file."""
    text = data.decode("utf-8")
    return CaseText(text, tuple(_hangs(text)), (), tuple(stand_ins_in(text, stand_ins)))


def _hangs(text: str) -> Iterator[int]:
    """A little more than each line begins."""
    return (len(line) - len(line.lstrip(" ")) + 2 for line in text.split("\n"))


def stand_ins_in(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """From where to where a text has a stand-in, whole: no part of one is found within another.

    `words` have the longest first.
    """
    if not words:
        return
    either = "|".join(map(re.escape, words))
    pattern = re.compile(rf"(?<![\w])(?:{either})(?![\w])")
    for number, match in enumerate(pattern.finditer(text)):
        if number >= MAX_MARKS:
            return
        yield match.span()
