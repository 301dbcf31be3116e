"""Characters in what a person entered that nobody sees, or takes for others.

Nothing is taken out here: what was typed is kept as it is, and said.
"""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class OddKind(StrEnum):
    """What a character looks like, or does not."""

    SPACE = "space"
    """A usual one, at an end alone."""
    NO_BREAK_SPACE = "no_break_space"
    OTHER_SPACE = "other_space"
    TAB = "tab"
    LINE_BREAK = "line_break"
    BYTE_ORDER_MARK = "byte_order_mark"
    INVISIBLE = "invisible"
    CONTROL = "control"
    QUOTE = "quote"
    """One that a word processor made of a plain quote."""
    DASH = "dash"
    FULL_WIDTH = "full_width"


class Place(StrEnum):
    """Where in the text."""

    START = "start"
    INSIDE = "inside"
    END = "end"


class Odd(NamedTuple):
    """So many characters of a kind at a place; never the characters themselves."""

    kind: OddKind
    number: int
    place: Place


_KINDS: Mapping[str, OddKind] = {
    "\t": OddKind.TAB,
    **dict.fromkeys("\n\r\v\f\u0085\u2028\u2029", OddKind.LINE_BREAK),
    **dict.fromkeys("\u00a0\u202f", OddKind.NO_BREAK_SPACE),
    "\ufeff": OddKind.BYTE_ORDER_MARK,
    **dict.fromkeys("\u034f\u115f\u1160\u2800\u3164\uffa0", OddKind.INVISIBLE),
    **dict.fromkeys("‘’‚‛“”„‟", OddKind.QUOTE),
    **dict.fromkeys("‐‑‒–—―−", OddKind.DASH),
}
_BY_CATEGORY: Mapping[str, OddKind] = {
    "Zs": OddKind.OTHER_SPACE,
    "Cf": OddKind.INVISIBLE,
    "Cc": OddKind.CONTROL,
}


def _kind(char: str) -> OddKind | None:
    if char in _KINDS:
        return _KINDS[char]
    if char < "\u007f":
        return OddKind.CONTROL if char < " " else None
    if "\uff01" <= char <= "\uff5e":
        return OddKind.FULL_WIDTH
    return _BY_CATEGORY.get(unicodedata.category(char))


def odd_characters(text: str) -> tuple[Odd, ...]:
    """What is odd in a text, in the order in which it comes; spaces count at its ends alone."""
    if text.isascii() and text.isprintable() and text == text.strip(" "):
        return ()
    start = len(text) - len(text.lstrip(" "))
    end = len(text.rstrip(" "))
    places: dict[OddKind, list[int]] = {}
    for place, char in enumerate(text):
        kind = _kind(char)
        if char == " " and not start <= place < end:
            kind = OddKind.SPACE
        if kind is not None:
            places.setdefault(kind, []).append(place)
    return tuple(Odd(kind, len(found), _place(found, len(text))) for kind, found in places.items())


def _place(found: list[int], length: int) -> Place:
    if found == list(range(len(found))):
        return Place.START
    return Place.END if found == list(range(length - len(found), length)) else Place.INSIDE


def without_odd_ends(text: str) -> str:
    """The text less what nobody sees: white space at its ends, invisible characters anywhere."""
    invisible = (OddKind.INVISIBLE, OddKind.BYTE_ORDER_MARK, OddKind.CONTROL)
    return "".join(char for char in text if _kind(char) not in invisible).strip()
