"""How a name may be spelled, and how its stand-in is spelled then."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from smtpwizard.cases.public_names import is_word


class Row:
    """One name: what stands for it, in every spelling in which it was met."""

    __slots__ = ("_spellings", "stand_in")

    def __init__(self, stand_in: str) -> None:
        self.stand_in = stand_in
        self._spellings: dict[str, str] = {}

    def spelt(self, real: str) -> str:
        """The stand-in in the case of `real`, another for every spelling as far as there are."""
        found = self._spellings.get(real)
        if found is None:
            taken = set(self._spellings.values())
            free = (each for each in _in_cases(self.stand_in, real) if each not in taken)
            found = self._spellings[real] = next(free, self.stand_in)
        return found


def _in_cases(text: str, real: str) -> Iterator[str]:
    if real == real.lower():
        yield text
    elif real == real.upper():
        yield text.upper()
    elif real[0].isupper():
        yield text.capitalize()
    letters = [at for at, char in enumerate(text) if char.isalpha()][:8]
    for many in range(2, 2 ** len(letters) - 1):
        upper = {at for bit, at in enumerate(letters) if many >> bit & 1}
        yield "".join(c.upper() if at in upper else c for at, c in enumerate(text))


def fold(text: str) -> str:
    """What all spellings of a name have in common: escapes read, without case."""
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(_unescape, text)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


_ESCAPED = re.compile(
    r"(?:[%=][0-9a-f]{2}|\\x[0-9a-f]{2})+|\\u[0-9a-f]{4}|&#\d{1,7};|&#x[0-9a-f]{1,6};",
    re.IGNORECASE,
)


def _unescape(match: re.Match[str]) -> str:
    text = match[0]
    if text[0] == "&":
        number = int(text[3:-1], 16) if text[2] in "xX" else int(text[2:-1])
        return chr(number) if number < 0x110000 else text
    if text[:2] in ("\\u", "\\U"):
        return chr(int(text[2:], 16))
    data = bytes(int(pair, 16) for pair in re.findall(r"[%=x]([0-9a-f]{2})", text, re.IGNORECASE))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _spellings_of(char: str) -> str:
    """A pattern for one character of a name, as texts of the net show it."""
    if char.isascii() and (char.isalnum() or char in "_-"):
        return char if char != "-" else r"\-"
    if char == " ":
        return r"(?:\s{1,3}|%20|\+|=20|_)"
    data = char.encode("utf-8", "surrogatepass")
    hexadecimal = [f"{byte:02x}" for byte in data]
    forms = [char, *("".join(mark + pair for pair in hexadecimal) for mark in ("%", "=", "\\x"))]
    forms += [f"&#{ord(char)};", f"&#x{ord(char):x};"]
    if ord(char) < 0x10000:
        forms.append(f"\\u{ord(char):04x}")
    patterns = [*map(re.escape, forms)]
    if not char.isascii():
        forms = [unicodedata.normalize("NFD", char), data.decode("latin-1")]
        forms += [data.decode("cp1252", "ignore")]
        patterns += [*map(re.escape, filter(None, dict.fromkeys(forms))), r"[?\ufffd]{1,2}"]
    return f"(?:{'|'.join(patterns)})"


# So long a name, or so long a one with figures, is found within other words too.
_STRIKING = 10
_STRIKING_WITH_FIGURES = 6


def is_striking(name: str) -> bool:
    """Whether a name is found within other words too."""
    figures = any(map(str.isdigit, name)) and any(map(str.isalpha, name))
    return len(name) >= (_STRIKING_WITH_FIGURES if figures else _STRIKING) and not is_word(name)


# What an escape ends in is no part of a word (`%5Cname`, `\\nname`).
_BEGINS = r"(?:(?<![^\W_])|(?<=[%=][0-9a-f][0-9a-f])|(?<=\\[nrt]))"


def pattern_of(names: Iterable[str]) -> str:
    """A pattern for any of these, the longest first; for whole words, where it is a short one."""
    begins: dict[tuple[bool, str], list[str]] = {}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        head = name[0] if name[0].isascii() and name[0].isalnum() else ""
        begins.setdefault((is_striking(name), head), []).append(name)
    found = []
    for (striking, head), group in begins.items():
        rest = "|".join("".join(map(_spellings_of, name[len(head) :])) for name in group)
        one = f"{head}(?:{rest})"
        found.append(one if striking else rf"{_BEGINS}{one}(?![^\W_])")
    return f"(?:{'|'.join(found)})" if found else "(?!)"


def same_shape(text: str, number: int) -> str:
    """An identifier of the same shape: figures for figures, letters for letters of that case."""
    letters = [char for char in text.lower() if char.isalpha()]
    alphabet = (
        "abcdef" if all(char in "abcdef" for char in letters) else "abcdefghijklmnopqrstuvwxyz"
    )
    out = []
    for char in reversed(text):
        if char.isdigit():
            number, digit = divmod(number, 10)
            out.append(str(digit))
        elif char.isalpha():
            number, digit = divmod(number, len(alphabet))
            out.append(alphabet[digit].upper() if char.isupper() else alphabet[digit])
        else:
            out.append(char)
    found = "".join(reversed(out))
    return f"{found}-{number}" if number else found
