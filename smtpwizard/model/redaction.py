"""Taking known secrets out of foreign text: decode what a server may have encoded, then search.

Knows escapes by their shape, not by the program that wrote them, and decodes them a few times over,
so that a spelling nobody thought of is found all the same. Never the first net: what we send as a
secret is not recorded at all.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from smtpwizard.model.auth import Secret

REDACTED = "<redacted>"

# Encodings inside encodings are followed this far.
DEPTH = 4
# A shorter secret would match by chance inside ordinary words: it has to stand alone.
SHORT = 4
# So much of a long secret, wherever it is cut from, is enough to recognise it.
PIECE = 24
_GRAM = PIECE // 2
# A text that was cut off may end in the beginning of a secret; fewer characters are chance.
_TAIL = 8

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _View:
    """A text as decoded so far; `place(i)` is where character `i` stood in the original."""

    text: str
    place: Callable[[int], Span]

    def original(self, hit: Span) -> Span:
        """Where a hit in this text stood in the original."""
        return self.place(hit[0])[0], self.place(hit[1] - 1)[1]


@dataclass(slots=True)
class _Needle:
    """One secret as it is looked for; `grams` finds pieces of a long one."""

    text: str
    grams: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.text) >= PIECE + _GRAM:
            for at in range(len(self.text) - _GRAM, -1, -1):
                self.grams[self.text[at : at + _GRAM]] = at


class Redactor:
    """Replaces every known secret in foreign text by `<redacted>`, however it is spelled.

    Case, white space, control characters, quotes, plus signs and backslashes do not count, nor do
    percent, HTML, JavaScript, C and quoted-printable escapes, misread UTF-8, base64, base32, hex.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._known: set[str] = set()
        self._loose: list[_Needle] = []
        self._tight: list[_Needle] = []
        self._short: list[re.Pattern[str]] = []
        self._shortest = 0
        self._bytes: list[bytes] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret | None) -> None:
        """Know one more secret from here on."""
        if secret is not None:
            self.add_text(secret.reveal())

    def add_text(self, text: str) -> None:
        """Know a text that is as good as a secret, such as what was said in an exchange."""
        if not text or text in self._known:
            return
        self._known.add(text)
        for spelling in _decodings(text):
            self._know(spelling)
            self._know(spelling[::-1])
        sizes = [len(needle.text) for needle in (*self._loose, *self._tight)]
        self._shortest = 1 if self._short else min((*sizes, PIECE))
        if len(text) >= SHORT:
            self._bytes += [
                text.encode(encoding, "surrogatepass")
                for encoding in ("utf-8", "utf-16-le", "utf-16-be")
            ]

    def _know(self, text: str) -> None:
        loose, tight = _squeeze(text, loose=True), _squeeze(text, loose=False)
        if len(loose) >= SHORT:
            self._loose.append(_Needle(loose))
        elif len(tight) >= SHORT:
            self._tight.append(_Needle(tight))
        elif tight:
            whole = rf"(?<![^\W_]){re.escape(text.strip())}(?![^\W_])"
            self._short.append(re.compile(whole, re.IGNORECASE))

    def clean(self, text: str, *, cut: bool = False) -> str:
        """`text` without any known secret; `cut` says that its end may be missing."""
        if not self._known or len(text) < min(self._shortest, _TAIL):
            return text
        found = self._find(text, cut)
        return _replace(text, found) if found else text

    def clean_lines(self, lines: Iterable[str]) -> list[str]:
        """The same for the lines of one reply, across which a secret may be folded."""
        return self.clean("\n".join(lines)).split("\n")

    # -- finding

    def _find(self, text: str, cut: bool) -> list[Span]:
        spans: list[Span] = []
        for root in _roots(text):
            spans += self._in_view(root, cut, DEPTH)
        return spans

    def _in_view(self, view: _View, cut: bool, depth: int) -> list[Span]:
        """Where secrets stand in a view and in what it decodes to, as places in the original."""
        spans = [view.original(hit) for hit in self._plain(view.text, cut)]
        if depth == 0:
            return spans
        for packed in _packed(view, self._shortest):
            spans += [packed.original(hit) for hit in self._in_bytes(packed.data)]
            for part in packed.texts():  # base64 of JSON, of base64
                spans += self._in_view(part, False, min(depth - 1, 2))
        for decoded in _unescaped(view):
            spans += self._in_view(decoded, cut, depth - 1)
        return spans

    def _in_bytes(self, data: bytes) -> Iterator[Span]:
        for wanted in self._bytes:
            at = data.find(wanted)
            while at >= 0:
                yield at, at + len(wanted)
                at = data.find(wanted, at + 1)
        text = data.decode("latin-1").lower()
        for needle in self._loose:
            if needle.grams:
                yield from _pieces(text, needle)

    def _plain(self, text: str, cut: bool) -> Iterator[Span]:
        """Where secrets stand in a text as it is."""
        for needles, loose in ((self._loose, True), (self._tight, False)):
            if not needles:
                continue
            squeezed = _squeeze(text, loose=loose)
            hits = [hit for needle in needles for hit in _search(squeezed, needle, cut)]
            if hits:
                where = _squeezed_places(text, loose=loose)
                yield from ((where[first], where[last - 1] + 1) for first, last in hits)
        for pattern in self._short:
            for match in pattern.finditer(text):
                yield match.span()


def _search(squeezed: str, needle: _Needle, cut: bool) -> Iterator[Span]:
    text = needle.text
    at = squeezed.find(text)
    while at >= 0:
        yield at, at + len(text)
        at = squeezed.find(text, at + len(text))
    if needle.grams:
        yield from _pieces(squeezed, needle)
    if cut:
        start = max(len(squeezed) - len(text), 0)
        at = squeezed.find(text[:_TAIL], start)
        while 0 <= at <= len(squeezed) - _TAIL:
            if text.startswith(squeezed[at:]):
                yield at, len(squeezed)
                break
            at = squeezed.find(text[:_TAIL], at + 1)


def _pieces(squeezed: str, needle: _Needle) -> Iterator[Span]:
    """Parts of a long secret: whatever shares `PIECE` characters with it."""
    done = 0
    for at in range(0, len(squeezed) - _GRAM + 1, _GRAM):
        place = needle.grams.get(squeezed[at : at + _GRAM]) if at >= done else None
        if place is None:
            continue
        first, last = at, at + _GRAM
        back = _common(squeezed[done:at][::-1], needle.text[:place][::-1])
        ahead = _common(squeezed[last:], needle.text[place + _GRAM :])
        first, last = first - back, last + ahead
        if last - first >= PIECE:
            yield first, last
            done = last


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _replace(text: str, spans: list[Span]) -> str:
    out, done = [], 0
    for first, last in sorted(spans):
        if last <= done:
            continue
        if first >= done:
            out += [text[done:first], REDACTED]
        done = last
    return "".join([*out, text[done:]])


# -- what does not count: case, white space, control characters, quoting -----------------------

_BLANKS = bytes((*range(33), 127))
_QUOTING = b"\"'+\\`"


def _squeeze(text: str, *, loose: bool) -> str:
    """`text` folded, without what does not count; `loose` leaves quoting out as well."""
    if text.isascii():
        dropped = _BLANKS + _QUOTING if loose else _BLANKS
        return text.lower().encode("ascii").translate(None, dropped).decode("ascii")
    return "".join(_fold(c, loose) for c in text)


def _squeezed_places(text: str, *, loose: bool) -> list[int]:
    """For every character that `_squeeze` leaves, where it stood."""
    return [at for at, c in enumerate(text) for _ in _fold(c, loose)]


def _fold(character: str, loose: bool) -> str:
    """One character as it is compared: compatible forms and case folded, nothing for a blank."""
    if character.isascii():
        code = ord(character)
        dropped = code in _BLANKS or (loose and code in _QUOTING)
        return "" if dropped else character.lower()
    folded = unicodedata.normalize("NFKD", character.casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "ZC" or _is_private(c))


def _is_private(character: str) -> bool:
    """Surrogates, unassigned and private characters count: a secret may be made of them."""
    return unicodedata.category(character) in ("Cs", "Cn", "Co")


# -- views ---------------------------------------------------------------------------------------

# What stands between the lines of one reply (RFC 5321 §4.2, RFC 3463).
_CODES = re.compile(
    r"[\s\x00-\x1f\x7f]*\n(?:[2-5][0-9][0-9][ -])?(?:[245]\.[0-9]{1,3}\.[0-9]{1,3}[ :])?"
)


def _roots(text: str) -> Iterator[_View]:
    """The text itself, and for several lines also without the codes they begin with."""
    root = _View(text, lambda at: (at, at + 1))
    yield root
    if "\n" in text:
        yield _cut_out(root, _CODES)


def _cut_out(view: _View, gap: re.Pattern[str]) -> _View:
    kept: list[int] = []

    def place(at: int) -> Span:
        if not kept:  # only where something was found
            start = 0
            for match in gap.finditer(view.text):
                kept.extend(range(start, match.start()))
                start = match.end()
            kept.extend(range(start, len(view.text)))
        return view.place(kept[at])

    return _View(gap.sub("", view.text), place)


_ESCAPE = re.compile(
    r"""
    (?P<percent> (?:%[0-9a-fA-F]{2})+ )
    | (?P<wide> (?:(?:\\u|%u)[0-9a-fA-F]{4})+ )
    | (?P<point> \\u\{[0-9a-fA-F]{1,6}\} | \\U[0-9a-fA-F]{8} )
    | (?P<hex> (?:\\x[0-9a-fA-F]{2})+ | 0x[0-9a-fA-F]{2}(?:[\s,;:]{0,2}0x[0-9a-fA-F]{2})+ )
    | (?P<octal> (?:\\[0-3][0-7]{2})+ )
    | (?P<control> \\[abfnrtv0] )
    | (?P<soft> =\r?\n )
    | (?P<quoted> (?:=[0-9A-F]{2})+ )
    | (?P<loosely_quoted> (?:=[0-9a-fA-F]{2})+ )
    | (?P<entity> &(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});? )
    | (?P<utf7> \+[A-Za-z0-9+/]{3,}-? | \+- )
    | (?P<misread> [\x80-\xff\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,} )
    """,
    re.VERBOSE,
)


# Without one of these there is no escape: the quick look.
_MARK = re.compile(r"[%\\=&+\x80-\xff\u0152-\u2122]|0x")


def _unescaped(view: _View) -> Iterator[_View]:
    """The view with its escapes read: all kinds of them, and each kind alone where there are more.

    `token=F0` is an escape to one program and two words to another.
    """
    if not _MARK.search(view.text):
        return
    kinds = {match.lastgroup or "" for match in _ESCAPE.finditer(view.text)}
    if len(kinds) > 1:
        yield from (_unescape(view, {kind}) for kind in sorted(kinds))
    if kinds:
        yield _unescape(view, kinds)


def _unescape(view: _View, kinds: Set[str]) -> _View:
    """The view with escapes of these kinds read, each run as a whole."""
    text = view.text
    out: list[str] = []
    where: list[Span] = []  # of this view
    start = 0
    for match in _ESCAPE.finditer(text):
        kind = match.lastgroup or ""
        if kind not in kinds:
            continue
        decoded = _DECODERS[kind](match[0])
        first, last = match.span()
        out += [text[start:first], decoded]
        where += ((at, at + 1) for at in range(start, first))
        where += [(first, last)] * len(decoded)
        start = last
    where += ((at, at + 1) for at in range(start, len(text)))
    return _View("".join([*out, text[start:]]), lambda at: view.original(where[at]))


def _decodings(text: str) -> Iterator[str]:
    """A secret, and what becomes of it where it looks as if it were escaped itself."""
    for _ in range(DEPTH):
        yield text
        view = next(iter([*_unescaped(_View(text, lambda at: (at, at + 1)))][-1:]), None)
        if view is None or view.text == text:
            return
        text = view.text


def _from_bytes(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _hex_pairs(run: str) -> str:
    return _from_bytes(bytes(int(pair, 16) for pair in re.findall(r"[x%=]([0-9a-fA-F]{2})", run)))


def _wide(run: str) -> str:
    data = bytes.fromhex(run.replace("\\u", "").replace("%u", ""))
    return data.decode("utf-16-be", "surrogatepass")


def _point(run: str) -> str:
    number = int(run[2:].strip("{}"), 16)
    return chr(number) if number <= 0x10FFFF else run


def _octal(run: str) -> str:
    return _from_bytes(bytes(int(run[at + 1 : at + 4], 8) for at in range(0, len(run), 4)))


def _utf7(run: str) -> str:
    encoded = run[1:].removesuffix("-")
    if not encoded:
        return "+"
    data = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=False)
    return data[: len(data) // 2 * 2].decode("utf-16-be", "replace")


def _misread(run: str) -> str:
    """UTF-8 that was read as Windows-1252 or Latin-1."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return run.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return run


_DECODERS: dict[str, Callable[[str], str]] = {
    "percent": _hex_pairs,
    "wide": _wide,
    "point": _point,
    "hex": _hex_pairs,
    "octal": _octal,
    "control": lambda run: " ",
    "soft": lambda run: "",
    "quoted": _hex_pairs,
    "loosely_quoted": _hex_pairs,
    "entity": html.unescape,
    "utf7": lambda run: _safely(_utf7, run),
    "misread": _misread,
}


def _safely(decode: Callable[[str], str], run: str) -> str:
    try:
        return decode(run)
    except ValueError:
        return run


# -- base64, base32, hex -------------------------------------------------------------------------

_FOLD = re.compile(r"[ \t]*\r?\n[ \t]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}")
_BASE32 = re.compile(r"[A-Za-z2-7]{7,}")
_HEX = re.compile(r"[0-9a-fA-F]{2}(?:[:.-]?[0-9a-fA-F]{2}){3,}")
_DIGITS = re.compile(r"[A-Za-z0-9+/_:.-]+")
_URL_SAFE = str.maketrans("-_", "+/")


def _read_base64(run: str) -> bytes:
    run = run.translate(_URL_SAFE)
    return base64.b64decode(run[: len(run) - (len(run) % 4 == 1)] + "=" * (-len(run) % 4))


def _read_base32(run: str) -> bytes:
    return base64.b32decode(
        run.upper()[: len(run) // 8 * 8] + _padded(run.upper()[len(run) // 8 * 8 :])
    )


def _padded(rest: str) -> str:
    """The last digits of base32 as far as they make whole bytes (RFC 4648 §6)."""
    whole = {0: 0, 1: 0, 2: 2, 3: 2, 4: 4, 5: 5, 6: 5, 7: 7}[len(rest)]
    return rest[:whole] + "=" * (-whole % 8)


def _read_hex(run: str) -> bytes:
    return bytes.fromhex(run[: len(run) // 2 * 2])


# Pattern of a run, bits a digit, digits until the bytes line up again, and how to read it.
_PACKINGS: tuple[tuple[re.Pattern[str], int, int, Callable[[str], bytes]], ...] = (
    (_BASE64, 6, 4, _read_base64),
    (_BASE32, 5, 8, _read_base32),
    (_HEX, 4, 2, _read_hex),
)


@dataclass(frozen=True, slots=True)
class _Packed:
    """What a run of digits holds; `digits` are their places in `view`, of `bits` bits each."""

    data: bytes
    view: _View
    digits: Sequence[int]
    bits: int

    def original(self, hit: Span) -> Span:
        """Where some of the bytes stood in the original."""
        first, last = hit[0] * 8 // self.bits, (hit[1] * 8 - 1) // self.bits
        last = min(last, len(self.digits) - 1)
        return self.view.original((self.digits[first], self.digits[last] + 1))

    def texts(self) -> Iterator[_View]:
        """The parts of it that may be text."""
        for match in _PRINTABLE.finditer(self.data):
            start = match.start()

            def place(at: int, start: int = start) -> Span:
                return self.original((start + at, start + at + 1))

            yield _View(match[0].decode("ascii"), place)


_PRINTABLE = re.compile(rb"[\x20-\x7e\r\n\t]{8,}")


def _packed(view: _View, shortest: int) -> Iterator[_Packed]:
    """What runs of base64, base32 and hex digits hold, at whatever offset a blob begins."""
    bare = _cut_out(view, _FOLD) if "\n" in view.text else view
    if max(map(len, _DIGITS.findall(bare.text)), default=0) * 6 < 8 * shortest:
        return  # ordinary words
    for pattern, bits, period, read in _PACKINGS:
        for match in pattern.finditer(bare.text):
            digits: Sequence[int] = range(*match.span())
            if bits == 4:
                digits = [at for at in digits if bare.text[at] not in ":.-"]
            if len(digits) * bits < 8 * shortest:
                continue
            run = "".join(bare.text[at] for at in digits) if bits == 4 else match[0]
            for offset in range(period):
                yield _Packed(read(run[offset:]), bare, digits[offset:], bits)
