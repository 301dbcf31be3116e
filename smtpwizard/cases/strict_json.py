"""One JSON object from a stranger: limits first, nothing twice, nothing that is no number.

Knows nothing of what it means. Names no value: it may be anything.
"""

import codecs
import json
import math
from typing import Any, NoReturn

from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Json

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32
MAX_TEXT = 64 * 1024
"""The longest text inside, in characters."""


def parse_strictly(data: bytes) -> Json:
    """The object; raises `UsageError` (`document_…`) with what is wrong.

    UTF-8 without a mark at its beginning; line breaks of any kind.
    """
    if len(data) > MAX_BYTES:
        raise UsageError("document_too_large", limit=MAX_BYTES)
    if data.startswith(codecs.BOM_UTF8):
        raise UsageError("document_byte_order_mark")
    try:
        document = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError("document_not_utf8") from None
    except RecursionError:
        raise UsageError("document_too_deep") from None
    except ValueError:
        raise UsageError("document_not_json") from None
    if not isinstance(document, dict):
        raise UsageError("document_not_an_object")
    _check(document)
    return document


def _check(document: Json) -> None:
    """Refuse what is nested too deeply, texts that are too long, and halves of characters."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.keys()
                inner += value.values()
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, str):
                _check_text(value)
        level = inner
    if any(isinstance(value, dict | list) for value in level):
        raise UsageError("document_too_deep")
    for value in level:
        if isinstance(value, str):
            _check_text(value)


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise UsageError("document_text_too_long", limit=MAX_TEXT)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise UsageError("document_not_utf8")


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


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_not_finite, parse_float=_finite
)
