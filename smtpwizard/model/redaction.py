"""Taking known secrets out of foreign text, in whatever spelling a server writes them.

Never the first net: what we send as a secret is not recorded at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

from smtpwizard.model.auth import Secret
from smtpwizard.model.decoding import CODES, Reading, readings

REDACTED = "<redacted>"

# A shorter secret would be found by chance inside ordinary words: it has to stand alone.
SHORT = 4
# So much of a long secret, wherever it is cut from, is enough to recognise it.
PIECE = 24
_GRAM = PIECE // 2
# A text may be cut off in the middle of a secret; less of its beginning is chance.
BEGINNING = 8
# A text this long with a secret in it is no server's honest word and goes as a whole, like one
# with more readings than this many characters.
LONGEST = 8_000
_EFFORT = 1_000_000
# Between texts that are looked at together: no escape reaches over it.
_APART = " \x1c "

_WIDE = ("utf-16-le", "utf-16-be")

T = TypeVar("T")


class Redactor:
    """Replaces every known secret in foreign text by `<redacted>`, however it is spelled.

    Case, white space, control characters and quoting do not count; see `decoding.readings` for
    what is read. Secrets may be added at any time.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._known: set[str] = set()
        self._needles: list[_Needle] = []  # the longest first: it may hold a shorter one
        self._words: list[re.Pattern[str]] = []
        self._tight = False
        self._shortest = PIECE
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret | None) -> None:
        """Know one more secret from here on."""
        if secret is not None:
            self.add_text(secret.reveal())

    def add_text(self, text: str) -> None:
        """Know a text that is as good as a secret, such as what was said in an exchange."""
        if text in self._known:
            return
        self._known.add(text)
        loose = len(_squeeze(text)) >= SHORT
        squeezed = _squeeze(text, quoting=not loose)
        if len(squeezed) >= SHORT:
            others = (text[::-1], *_poorer(text))
            more = [_Needle(text, loose), *(_Needle(each, loose, packed=False) for each in others)]
            # A new list: another thread may be reading the old one.
            needles = [*self._needles, *more]
            self._needles = sorted(needles, key=lambda needle: len(needle.text), reverse=True)
            self._tight |= not loose
            # Folded it may be longer: one character becomes three.
            self._shortest = min(self._shortest, len(self._needles[-1].text), len(text))
        elif squeezed:
            whole = rf"(?<![^\W_]){re.escape(text.strip())}(?![^\W_])"
            self._words.append(re.compile(whole, re.IGNORECASE))

    def clean(self, text: str) -> str:
        """`text` without any known secret, nor the beginning of one where the text ends.

        It has as many lines as before, and what was a reply of a server is one still.
        """
        body = text.removesuffix("\n")
        lines = body.split("\n")
        if not any(map(_REPLY.match, lines)):
            cleaned = self._without_words(self._without_needles(body))
        elif self._words or self._without_needles(body) != body:
            cleaned = "\n".join(self._replies(lines))
        else:
            return text
        return cleaned + text[len(body) :]

    def _replies(self, lines: Sequence[str]) -> list[str]:
        """The same for lines of which some are replies: found without the codes in all of them and
        in each reply, then with them where it begins with a code itself."""
        codes = [line[:4] if _REPLY.match(line) else "" for line in lines]
        texts = [line[len(code) :] for code, line in zip(codes, lines, strict=True)]
        ends = [at for at in range(1, len(codes)) if _is_apart(*codes[at - 1 : at + 1])]
        replies = list(pairwise([0, *ends, len(codes)]))
        all_of_them = [(0, len(codes))]
        # What is too long goes as a whole: as little as possible.
        short = sum(map(len, texts)) <= LONGEST
        for begin, end in all_of_them + replies if short else replies + all_of_them:
            some = self._without_words("\n".join(texts[begin:end]))
            texts[begin:end] = self._without_needles(some).split("\n")
        kept = list(map(str.__add__, codes, texts))
        cleaned = self._without_needles("\n".join(kept)).split("\n")
        return [self._still(*each) for each in zip(codes, texts, cleaned, strict=True)]

    def _still(self, code: str, text: str, cleaned: str) -> str:
        """A line of which more is found with its code than without: the code stays."""
        if cleaned.startswith(code):
            return cleaned
        if cleaned == self._without_needles(code) + text:
            return code + text  # it is one itself, by chance
        _, found, rest = cleaned.partition(REDACTED)
        return f"{code:4}{found}{rest}"

    def _without_needles(self, text: str) -> str:
        if not self._needles or len(text) < min(self._shortest, BEGINNING):
            return text
        suspects = self._suspects(text)
        if suspects is None or (suspects and len(text) > LONGEST):
            return _nothing_of(text)
        parts: list[str | None] = [text]
        for needle in suspects:
            whole, part, begun = (
                partial(self._reads, look)
                for look in (needle.whole_in, needle.part_in, needle.begun_in)
            )
            for split in (
                partial(_split, leaks=whole),
                partial(_split, leaks=part, words=True),
                partial(_split_end, leaks=begun),
            ):
                parts = [new for old in parts for new in (split(old) if old else (old,))]
        return "".join([REDACTED if each is None else each for each in parts])

    def _reads(self, look: Callable[[Reading], bool], text: str) -> bool:
        return any(look(reading) for reading in readings(text, self._shortest))

    def clean_all(self, value: T) -> T:
        """The same for every text in lists, mappings and dataclasses; enumerations stay."""
        # Nearly always there is nothing: one look at all of them, but for those of several lines,
        # which are read in more ways.
        texts = _texts_in(value)
        lines = {text for text in texts if "\n" in text}
        if not self._words and not any(
            self.may_be_in(_APART.join(some)) for some in (texts - lines, lines)
        ):
            return value
        cleaned: T = map_texts(value, self.clean)
        return cleaned

    def may_be_in(self, text: str) -> bool:
        """Whether a secret may stand in a text: a quick look, which never misses one of four
        characters or more."""
        return self._suspects(text) != []

    def _suspects(self, text: str) -> list[_Needle] | None:
        """What may stand in a text, if only by its beginning; None where it is too long to tell."""
        found: list[_Needle] = []
        effort = 0
        for reading in readings(text, self._shortest) if self._needles else ():
            effort += len(reading)
            if effort > _EFFORT:
                return None
            if isinstance(reading, bytes):
                found += [n for n in self._needles if n.core_in(reading) or n.packed_in(reading)]
                continue
            loose = _squeeze(reading)
            tight = _squeeze(reading, quoting=True) if self._tight else ""
            found += [n for n in self._needles if n.suspect_in(loose if n.loose else tight)]
        return [needle for needle in self._needles if needle in found]

    def _without_words(self, text: str) -> str:
        for word in self._words:
            text = word.sub(lambda found: _nothing_of(found[0]), text)
            texts = (each for each in readings(text, PIECE) if isinstance(each, str))
            if any(each != text and word.search(each) for each in texts):
                return _nothing_of(text)  # finding the place is not worth it for so little
        return text


class _Needle:
    """One secret as it is looked for: squeezed, in texts squeezed alike, and in bytes."""

    __slots__ = ("_cores", "_grams", "_packed", "loose", "text")

    def __init__(self, secret: str, loose: bool, *, packed: bool = True) -> None:
        self.loose = loose
        self.text = _squeeze(secret, quoting=not loose)
        encodings = ("utf-8", *_WIDE) if packed else ()
        encoded = (secret.encode(each, "surrogatepass") for each in encodings)
        self._packed = {data for data in encoded if len(data) >= SHORT}
        # Of base64 that begins or ends amid a secret, a character or two cannot be read.
        self._cores = {data[1:-1] for data in self._packed if len(data) >= SHORT + 4}
        self._grams: dict[str, int] = {}
        if len(self.text) >= PIECE + _GRAM:
            last = len(self.text) - _GRAM
            self._grams = {self.text[at : at + _GRAM]: at for at in range(last, -1, -1)}

    def suspect_in(self, text: str) -> bool:
        return self.text[:BEGINNING] in text or self.piece_in(text)

    def packed_in(self, data: bytes) -> bool:
        return any(each in data for each in self._packed)

    def core_in(self, data: bytes) -> bool:
        return any(each in data for each in self._cores)

    def whole_in(self, reading: Reading) -> bool:
        if isinstance(reading, bytes):
            return self.packed_in(reading)
        return self.text in self._squeezed(reading)

    def part_in(self, reading: Reading) -> bool:
        if isinstance(reading, bytes):
            return self.core_in(reading)
        return self.piece_in(self._squeezed(reading))

    def begun_in(self, reading: Reading) -> bool:
        return isinstance(reading, str) and self.begins_at_end(self._squeezed(reading))

    def begins_at_end(self, text: str) -> bool:
        """Whether a text ends in the beginning of this secret, as if it were cut off there."""
        at = text.find(self.text[:BEGINNING], max(len(text) - len(self.text), 0))
        while 0 <= at <= len(text) - BEGINNING:
            if self.text.startswith(text[at:]):
                return True
            at = text.find(self.text[:BEGINNING], at + 1)
        return False

    def piece_in(self, text: str) -> bool:
        """Whether a text shares `PIECE` characters with this secret, if it is a long one."""
        if not self._grams:
            return False
        for at in range(0, len(text) - _GRAM + 1, _GRAM):
            place = self._grams.get(text[at : at + _GRAM])
            if place is not None:
                before = _common(text[max(at - PIECE, 0) : at][::-1], self.text[:place][::-1])
                if before + _common(text[at : at + PIECE], self.text[place:]) >= PIECE:
                    return True
        return False

    def _squeezed(self, text: str) -> str:
        return _squeeze(text, quoting=not self.loose)


def _poorer(text: str) -> Iterator[str]:
    """What is left of a text in a character set that lacks some of it, if that is enough; or where
    its UTF-16 is taken for characters of one octet each."""
    for charset in ("ascii", "latin-1"):
        poorer = text.encode(charset, "replace").decode(charset)
        if poorer != text and len(_squeeze(poorer.replace("?", ""))) >= SHORT:
            yield poorer
            if charset == "latin-1":  # else it is as it was, for zeros do not count
                yield from (text.encode(each, "surrogatepass").decode(charset) for each in _WIDE)


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with every text in it changed: in lists, tuples, records and mappings."""
    if isinstance(value, str):
        return value if isinstance(value, Enum) else change(value)
    if isinstance(value, Mapping):
        return {map_texts(k, change): map_texts(item, change) for k, item in value.items()}
    if isinstance(value, list | tuple):
        changed = [map_texts(item, change) for item in value]
        return value._make(changed) if hasattr(value, "_make") else type(value)(changed)
    return value


def _texts_in(value: Any) -> set[str]:
    """Every text of which `map_texts` would change some; by kinds first, for there are many."""
    texts: set[str] = set()
    rest = [value]
    while rest:
        item = rest.pop()
        kind = type(item)
        if kind is str:
            texts.add(item)
        elif item is None or kind in _WORDLESS:
            continue
        elif isinstance(item, list | tuple):
            rest += item
        elif isinstance(item, str):
            if not isinstance(item, Enum):
                texts.add(item)
        elif isinstance(item, Mapping):
            rest += item
            rest += item.values()
    return texts


_WORDLESS = frozenset({int, float, bool})


# -- where it stands -----------------------------------------------------------------------------


def _split(text: str, leaks: Callable[[str], bool], *, words: bool = False) -> list[str | None]:
    """What is left of a text, and None for what leaks; of whole `words` where told so."""
    parts: list[str | None] = []
    while leaks(text):
        end = _smallest(len(text), lambda size: leaks(text[:size]))  # noqa: B023 - called here
        size = _smallest(end, lambda size: leaks(text[end - size : end]))  # noqa: B023
        parts += [text[: end - size], *_left_of(text[end - size : end], leaks)]
        text = re.sub(r"\A\S+", "", text[end:]) if words else text[end:]
    return [*parts, text]


def _split_end(text: str, leaks: Callable[[str], bool]) -> list[str | None]:
    """The same where it is the end of a text that leaks."""
    if not leaks(text):
        return [text]
    at = len(text) - _smallest(len(text), lambda size: leaks(text[-size:]))
    return [text[:at], *_left_of(text[at:], leaks)]


def _left_of(leak: str, leaks: Callable[[str], bool]) -> Iterator[str | None]:
    """None for every line that something goes over which leaks, and between them what ends one and
    begins the next: no code where that is a part of it."""
    codes_too = leaks(re.sub(CODES, "\n", leak))
    at = 0
    for end in re.finditer(rf"[^\S\n]*{CODES}", leak):
        if _squeeze(leak[at : end.start()], quoting=True):
            yield None
        at = end.end() if codes_too else leak.index("\n", end.start()) + 1
        kept = leak[end.start() : at]
        yield f"{kept} " if kept[-1].isdigit() else kept
    if _squeeze(leak[at:], quoting=True):
        yield None


def _nothing_of(text: str) -> str:
    """As many lines, of which nothing stays."""
    return re.sub(r"[^\n]+", REDACTED, text)


# What a line of a reply begins with (RFC 5321 §4.2).
_REPLY = re.compile(r"[2-5][0-9][0-9](?:[ -]|\Z)")


def _is_apart(code: str, following: str) -> bool:
    """Whether one reply, or what is none, ends between two lines with these codes."""
    return bool(code) != bool(following) or code[3:] == " "


def _smallest(most: int, holds: Callable[[int], bool]) -> int:
    """The smallest size for which something holds, which it does for `most`.

    Begins at the small ones: to look at the whole text each time would be quadratic.
    """
    low, high = 0, min(16, most)
    while high < most and not holds(high):
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


# -- what does not count: case, white space, control characters, quoting -------------------------

_QUOTING = "\"'+\\`"
_BLANK_BYTES = bytes((*range(33), 127))
_QUOTING_BYTES = _BLANK_BYTES + _QUOTING.encode()


class _Kept(dict[int, int | None]):
    """Code points that count, and None for those that do not."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        blank = character.isspace() or unicodedata.category(character)[0] == "Z"
        self[code] = kept = None if blank or code < 33 or code == 127 else code
        return kept


_KEPT = _Kept()
_KEPT_UNQUOTED = _Kept({ord(c): None for c in _QUOTING})


def _squeeze(text: str, *, quoting: bool = False) -> str:
    """`text` folded, without what does not count; `quoting` keeps quotes and their kin."""
    if text.isascii():
        dropped = _BLANK_BYTES if quoting else _QUOTING_BYTES
        return text.lower().encode("ascii").translate(None, dropped).decode("ascii")
    folded = unicodedata.normalize("NFKD", text.casefold())
    return folded.translate(_KEPT if quoting else _KEPT_UNQUOTED)
