"""Text in a wrong character set put right: what came as bytes, as escapes, or was misread.

A guess is taken only where the result says something that servers say.
"""

from __future__ import annotations

import re

from smtpwizard.model.foreign_text import read_foreign

# Japanese in seven bits (RFC 1468), as mail of that country still comes.
_SEVEN_BITS = re.compile(r"\x1b\$[@B][\x21-\x7e\n]{1,2000}?\x1b\([BJ]")
# Bytes as Python and others show them, and bytes that were taken for Latin letters.
_ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2}(?:(?!\\x)[@-~])?){2,2000}")
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_MISREAD = re.compile("[\u0080-\u00ff\u20ac\u2018-\u201e\u2020-\u2022\u02c6\u0152\u0153]{2,2000}")


def decode_bytes(raw: bytes, charset: str = "") -> str:
    """Bytes as text: UTF-8, else in the character set that is named, else in the likeliest one."""
    for name in filter(None, ("utf-8-sig", charset)):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return read_foreign(raw) or raw.decode("cp1252", "replace")


def put_right(text: str) -> str:
    """A text without what a wrong character set made of it, as far as that can be told."""
    if "\x1b$" in text:
        text = _SEVEN_BITS.sub(_seven_bits, text)
    if "\\x" in text:
        text = _ESCAPED.sub(_escaped, text)
    return text if text.isascii() else _MISREAD.sub(_misread, text)


def _seven_bits(match: re.Match[str]) -> str:
    raw = match[0].replace("\n", "").encode("ascii")
    return raw.decode("iso2022_jp", "replace")


def _escaped(match: re.Match[str]) -> str:
    raw = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), match[0]).encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return read_foreign(raw) or match[0]


def _misread(match: re.Match[str]) -> str:
    try:
        raw = match[0].encode("cp1252")
    except UnicodeEncodeError:
        try:
            raw = match[0].encode("latin-1")
        except UnicodeEncodeError:
            return match[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return read_foreign(raw) or match[0]
