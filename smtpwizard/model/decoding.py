"""What a text may stand for: its escapes read and its bytes unpacked, whoever wrote them.

Knows escapes by their shape. Judges nothing: a word that only looks like an escape is read as one
as well, so whatever comes out is one possible reading among others.
"""

import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import AnyStr

Reading = str | bytes

# Encodings inside encodings are followed this far, those inside packed bytes not quite.
DEPTH = 4
_DEPTH_UNPACKED = 2
# From this length on a secret is recognised without its first and its last character.
_LACKING = 8


def readings(text: str, shortest: int = 4) -> Iterator[Reading]:
    """The text itself and everything that it may stand for, as text and as bytes.

    Of packed bytes only what holds at least `shortest` of them, all of one text together. Lines
    are also joined without the codes between them. No text comes twice.
    """
    seen = {text}
    queue = [(text, DEPTH)]
    while queue:
        view, depth = queue.pop()
        yield view
        inside: list[str] = []
        if "\n" in view:
            inside += [_joined(view, codes) for codes in (CODES, _REPLY_CODES)]
        if depth:
            inside += _unescaped(view)
        queue += [(each, depth - 1) for each in _unseen(inside, seen)]
        data = _APART.join(_unpacked(view, shortest))
        if data:
            yield data
            if depth:
                islands = (each for each in _text_in(data) if len(each) >= shortest)
                deeper = min(depth - 1, _DEPTH_UNPACKED)
                queue += [(each, deeper) for each in _unseen(islands, seen)]


def _joined(text: str, codes: str) -> str:
    """The lines of a text without the codes, and the blanks before them, between two of them."""
    *lines, last = re.sub(codes, "\n", text).split("\n")
    return "".join([*[line.rstrip(_BLANK) for line in lines], last])


def _unseen(texts: Iterable[str], seen: set[str]) -> Iterator[str]:
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


# The patterns here are compiled by `re` when a text first needs them, and most never do.
# What stands between two lines of one reply (RFC 5321 §4.2, RFC 3463), but for blanks before it.
# What looks like an enhanced one may be the server's own word.
_REPLY_CODES = r"\n(?:[2-5][0-9][0-9](?:[ -]|(?![^\n])))?"
CODES = rf"{_REPLY_CODES}(?:[245]\.[0-9]{{1,3}}\.[0-9]{{1,3}}(?:[ :]|(?![^\n])))?"
# Control characters and what `str.isspace` takes for blank.
_BLANK = (
    "".join(map(chr, range(33)))
    + "\x7f\x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000"
)
# Between bytes that were packed apart; no text has it.
_APART = b"\xff\xff"
_ASCII = rb"[\t\r\n -~]{6,}"
_NO_TEXT = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+"
_SURELY_TEXT = 10


def _text_in(data: bytes) -> list[str]:
    """Every piece of text amid other bytes; beyond ASCII only where there is surely some."""
    found = re.findall(_ASCII, data)
    if max(map(len, found), default=0) < _SURELY_TEXT:
        return [each.decode("ascii") for each in found]
    return re.split(_NO_TEXT, data.decode("utf-8", "replace").replace("\ufffd", "\0"))


# -- escapes -------------------------------------------------------------------------------------


def _bytes_of(run: str) -> bytes:
    return bytes(int(pair, 16) for pair in re.findall(r"[0-9a-fA-F]{2}", run))


def _text_of(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _hex_pairs(run: str) -> str:
    return _text_of(_bytes_of(run.replace("0x", "")))


def _utf16(data: bytes) -> str:
    return data[: len(data) // 2 * 2].decode("utf-16-be", "surrogatepass")


def _percent(run: str) -> str:
    return _utf16(_bytes_of(run)) if run[1] == "u" else _hex_pairs(run)


def _backslash(run: str) -> str:
    mark = run[1]
    if mark in "uUx" and len(run) > 2:
        if run[2] == "{" or mark == "U":
            return _character(int(run[2:].strip("{}"), 16))
        return _utf16(_bytes_of(run)) if mark == "u" else _hex_pairs(run)
    if mark.isdigit() and len(run) > 2:
        return _text_of(bytes(int(octal, 8) for octal in run[1:].split("\\")))
    return " " if mark.isalnum() else mark  # \n and its kin are blanks


def _character(number: int) -> str:
    return chr(number) if number <= 0x10FFFF else ""


def _encoded_word(run: str) -> str:
    return run.split("?")[3].replace("_", " ")


def _shifted(run: str) -> str:
    """UTF-7 (RFC 2152), and IMAP's dialect of it (RFC 3501 §5.1.3)."""
    digits = run[1:].removesuffix("-").replace(",", "/")
    if not digits:
        return run[0]
    return _utf16(base64.b64decode(digits[: len(digits) - (len(digits) % 4 == 1)] + "=="))


def _misread(run: str) -> str:
    """UTF-8 that was read as Windows-1252 or Latin-1."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return run.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return run


def _entities(run: str) -> str:
    import html  # noqa: PLC0415 - large tables

    return html.unescape(run)


def _escapes(pattern: str, read: Callable[[str], str]) -> Callable[[str], str]:
    def replace(match: re.Match[str]) -> str:
        try:
            return read(match[0])
        except ValueError:
            return match[0]

    return lambda text: re.sub(pattern, replace, text)


_NUMBERED = (
    r"(?:\\u[0-9a-fA-F]{4})+|\\[ux]\{[0-9a-fA-F]{1,6}\}|\\U[0-9a-fA-F]{8}"
    r"|(?:\\x[0-9a-fA-F]{2})+|(?:\\[0-3][0-7]{2})+"
)
# Without its mark a text has no escape of that kind.
_ESCAPES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("%", _escapes(r"(?:%u[0-9a-fA-F]{4})+|(?:%[0-9a-fA-F]{2})+", _percent)),
    ("\\", _escapes(rf"{_NUMBERED}|\\[abefnrtv0]|\\[^A-Za-z0-9]", _backslash)),
    ("\\", _escapes(_NUMBERED, _backslash)),
    ("\\", lambda text: text.replace("\\", "")),
    (
        "&",
        _escapes(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?", _entities),
    ),
    ("=?", _escapes(r"=\?[^?\s]+\?[qQ]\?[^?]*\?=(?:\s+(?==\?))?", _encoded_word)),
    ("=", _escapes(r"=(?:[ \t]*\r?\n|[0-9a-fA-F]{2}(?:=[0-9a-fA-F]{2})*)", _hex_pairs)),
    ("+", _escapes(r"\+[A-Za-z0-9+/]{2,}-?|\+-", _shifted)),
    ("+", _escapes(r"(?:\+[0-9A-F]{2})+", _hex_pairs)),  # xtext, RFC 3461 §4
    ("&", _escapes(r"&[A-Za-z0-9+,]{2,}-|&-", _shifted)),
    ("0x", _escapes(r"0x[0-9a-fA-F]{2}(?:[\s,;:]{0,2}0x[0-9a-fA-F]{2})+", _hex_pairs)),
    ("''", lambda text: text.replace("''", "'")),
    ('""', lambda text: text.replace('""', '"')),
)
_MISREAD = _escapes(r"[\x80-\xff\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,}", _misread)


def _unescaped(text: str) -> Iterator[str]:
    """The text with escapes of one kind read, for every kind in it.

    One at a time: `token=F0` is an escape to one program and two words to another.
    """
    for mark, read in _ESCAPES:
        if mark in text:
            yield read(text)
    if not text.isascii():
        yield _MISREAD(text)


# -- packed bytes --------------------------------------------------------------------------------

_UPPER, _LOWER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz"


def _only(alphabet: bytes) -> bytes:
    """What keeps these characters of a text, and makes blanks of others."""
    return bytes(code if code in alphabet else 32 for code in range(256))


# Digits of base64 stay, those of its second alphabet (RFC 4648 §5) become the first's.
_DIGITS = _only(_UPPER + _LOWER + b"0123456789+/-_").translate(bytes.maketrans(b"-_", b"+/"))
# Runs may be folded or spaced.
_BLANKS = b" \t\r\n"
# Digits of numbers stay, what may stand between two of them becomes a full stop.
_NUMBERS = "".join(
    code
    if code in "0123456789abcdefABCDEF"
    else "."
    if code in " \t\n\r\f\v\x1c\x1d\x1e\x1f:;,.-"
    else " "
    for code in map(chr, range(128))
)
# Whole bytes of ones wherever it begins, and zeros around them: no text is longer by it.
_BETWEEN_RUNS = b"AAA////AAA"
# In base32 case does not count, but is the same in a run.
_RUNS_32 = tuple(_only(letters + b"234567") for letters in (_UPPER, _LOWER))
_DIGITS_32 = bytes.maketrans(
    _UPPER + _LOWER + b"234567", 2 * b"0123456789ABCDEFGHIJKLMNOP" + b"QRSTUV"
)


@functools.cache
def _patterns(least: int) -> tuple[re.Pattern[bytes], re.Pattern[str]]:
    """How so many bytes look in hex digits, and as numbers of one byte each."""
    number, apart = "[0-9a-fA-F]{1,3}", r"[\s:;,.-]{1,2}"
    return (
        re.compile(b"[0-9a-fA-F]{%d,}" % (2 * least)),
        re.compile(f"(?<![0-9a-fA-F]){number}(?:{apart}{number}){{{least - 1},}}"),
    )


def _unpacked(text: str, shortest: int) -> Iterator[bytes]:
    """What runs of base64, base32 and hex digits hold, wherever in a run it begins.

    A secret may lack a character on either side, which another one shares a digit with.
    """
    least = shortest - 2 if shortest >= _LACKING else shortest
    hexadecimal, numbered = _patterns(least)
    digits = text.encode("ascii", "replace").translate(_DIGITS, _BLANKS).split()
    long = _at_least(digits, 8 * least / 6)
    if long:
        yield from _base64(long)
        together = b" ".join(long)
        for run in hexadecimal.findall(together):
            yield from _hex(run)
        # Their digits are base64's as well, and the runs there are never shorter.
        if any(_at_least(together.translate(runs).split(), 8 * least / 5) for runs in _RUNS_32):
            unfolded = _unfolded(text).encode("ascii", "replace")
            for runs in _RUNS_32:
                for narrow in _at_least(unfolded.translate(runs).split(), 8 * least / 5):
                    yield from _base32(narrow)
    # Beyond ASCII are more blanks.
    stretches = text.translate(_NUMBERS).split() if text.isascii() else [text]
    for stretch in _at_least(stretches, 2 * least - 1):
        for match in numbered.finditer(stretch):
            numbers = re.findall("[0-9a-fA-F]+", match[0])
            for is_hex, some in groupby(numbers, lambda number: len(number) == 2):
                yield bytes(int(number, 16) for number in some if is_hex)
            for is_decimal, some in groupby(numbers, str.isdecimal):
                yield bytes(int(number) & 0xFF for number in some if is_decimal)
    if "\0" in text:
        yield _received(text)


def _at_least(runs: list[AnyStr], size: float) -> list[AnyStr]:
    return [run for run in runs if len(run) >= size]


def _unfolded(text: str) -> str:
    """The text without line breaks and the blanks around them."""
    return "".join([line.strip(" \t") for line in text.replace("\r\n", "\n").split("\n")])


def _base64(runs: list[bytes]) -> Iterator[bytes]:
    whole = _BETWEEN_RUNS.join([*runs, b""])
    for more in (b"", b"A", b"AA", b"AAA"):  # before it: what begins amid a byte loses no other
        digits = more + whole
        yield binascii.a2b_base64(digits[: len(digits) // 4 * 4])


def _base32(run: bytes) -> Iterator[bytes]:
    bits, number = 5 * len(run), int(run.translate(_DIGITS_32), 32)
    for cut in range(8):  # from its end: where it begins follows
        yield (number >> cut).to_bytes((bits - cut + 7) // 8, "big")


def _hex(run: bytes) -> Iterator[bytes]:
    for digits in (run, b"0" + run):
        yield binascii.unhexlify(digits[: len(digits) // 2 * 2])


def _received(text: str) -> bytes:
    """The bytes of a text that was UTF-16, read as UTF-8 and escaped where it was none."""
    parts = re.split(r"((?:\\x[0-9a-fA-F]{2})+)", text)
    return b"".join(
        _bytes_of(part) if at % 2 else part.encode("utf-8", "surrogatepass")
        for at, part in enumerate(parts)
    )
