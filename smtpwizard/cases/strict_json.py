"""One JSON object from a stranger: limits first, nothing twice, nothing that is no number.

Knows nothing of what it means. Names no value: it may be anything.
"""

import codecs
import json
import math
import re
from typing import Any, NoReturn

from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Json

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 18
MAX_TEXT = 64 * 1024
"""The longest text inside, in characters."""
MAX_PARTS = 2_000_000
"""So many brackets and commas: each value costs far more than its bytes."""

# A text, to the end of the data where it has none: nothing is looked through twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL)
_HALF = re.compile("[\ud800-\udfff]")
_NO_MARKS = bytes(code for code in range(256) if code not in b"[]{},")
_BRACES = bytes.maketrans(b"{}", b"[]")


def parse_strictly(data: bytes) -> Json:
    """The object; raises `UsageError` (`document_…`) with what is wrong.

    UTF-8 without a mark at its beginning; line breaks of any kind.
    """
    if len(data) > MAX_BYTES:
        raise UsageError("document_too_large", limit=MAX_BYTES)
    if data.startswith(codecs.BOM_UTF8):
        raise UsageError("document_byte_order_mark")
    _check_size(data)
    try:
        document = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError("document_not_utf8") from None
    except ValueError:
        raise UsageError("document_not_json") from None
    if not isinstance(document, dict):
        raise UsageError("document_not_an_object")
    _check_texts(document)
    return document


def _check_size(data: bytes) -> None:
    """Refuse what is nested too deeply or has too many parts, before anything is made of it."""
    marks = _STRING.sub(b"", data).translate(_BRACES, _NO_MARKS)
    if len(marks) > MAX_PARTS:
        raise UsageError("document_too_large", limit=MAX_BYTES)
    brackets = marks.replace(b",", b"")
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
    if brackets.count(b"[") > MAX_DEPTH or b"[]" in brackets:
        raise UsageError("document_too_deep")


def _check_texts(document: Json) -> None:
    """Refuse texts that are too long, and halves of characters."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise UsageError("document_text_too_long", limit=MAX_TEXT)
            if not value.isascii() and _HALF.search(value):
                raise UsageError("document_not_utf8")
        elif isinstance(value, dict):
            waiting += value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise UsageError("document_duplicate_key")
    return document


def _not_finite(_: str) -> NoReturn:
    raise UsageError("document_not_finite")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise UsageError("document_not_finite")
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise UsageError("document_not_finite")
    return int(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_not_finite, parse_int=_integer, parse_float=_finite
)
