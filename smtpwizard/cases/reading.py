"""Reading a case that comes from a stranger.

Limits stand before the parsing, types after it; nothing of a case is believed beyond that, and
nothing in it is a path, a link or a command. Texts stay as they came, for a replay: whoever shows
one makes it fit for display. Raises nothing but `UsageError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from smtpwizard.cases.case import FORMAT, MAX_BYTES, MAX_TEXT, SCHEMA
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, ServerDefaults, read_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.plain import from_plain
from smtpwizard.model.report import Json, Report
from smtpwizard.model.run import Summary, read_report, read_summary
from smtpwizard.model.wire import MAX_EVENTS, TokenRequest, WireEvent

MAX_DEPTH = 32
MAX_OBJECTS = 400_000
"""More objects and lists than any run has: each costs more than its two bytes."""
MAX_DIGITS = 18
_MAX_HISTORY = 1000


class Case(NamedTuple):
    """What a case holds; None or empty for a part that is not in it."""

    manifest: Json
    connector: Json | None = None
    environment: Json | None = None
    report: Report | None = None
    wire: tuple[WireEvent, ...] = ()
    oauth: tuple[TokenRequest, ...] = ()
    history: tuple[Summary, ...] = ()

    def whole_report(self) -> Report | None:
        """The report with the wire and the requests beside which it was written."""
        if self.report is None:
            return None
        return self.report._replace(wire=self.wire, token_requests=self.oauth)


def read_case(data: bytes) -> Case:
    """The case in the bytes of a file; raises `UsageError`."""
    document = _parsed(data)
    if document.get("format") != FORMAT:
        raise UsageError("case_other_format")
    schema = document.get("schema")
    if type(schema) is not int or schema < 1:
        _wrong("schema")
    if schema > SCHEMA:
        raise UsageError("case_newer", schema=schema, made_by=_made_by(document))
    _check_texts(document)
    manifest = document.get("manifest")
    if not isinstance(manifest, dict):
        _wrong("manifest")
    return Case(
        manifest,
        _object(document, "connector"),
        _object(document, "environment"),
        _report(document.get("report")),
        _each(lambda item: from_plain(WireEvent, item), document, "wire", MAX_EVENTS),
        _each(lambda item: from_plain(TokenRequest, item), document, "oauth", MAX_EVENTS),
        _each(read_summary, document, "history", _MAX_HISTORY),
    )


def connector_of(case: Case, defaults_for: Callable[[str], ServerDefaults | None]) -> Connector:
    """The connector of a case; raises `UsageError` where it is none. `defaults_for` is as for
    `read_connector`.

    Of files only that there were some is in a case: here there are none.
    """
    if case.connector is None:
        _wrong("connector")
    found, problems = read_connector(
        _without_marks(case.connector), defaults_for, needs_admin=False
    )
    if found is None or problems:
        _wrong(f"connector.{problems[0].field}" if problems else "connector")
    return found


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_marks(item) for key, item in value.items() if item != {"set": True}}
    return value


def _wrong(field: str) -> NoReturn:
    raise UsageError("case_invalid", field=field)


def _made_by(document: Json) -> str:
    manifest = document.get("manifest")
    version = manifest.get("made_by") if isinstance(manifest, dict) else None
    return clean_text(version, 40) if isinstance(version, str) else "?"


# -- before and in the parsing ---------------------------------------------------------------------

_OTHERS = bytes(code for code in range(256) if code not in b'"[]{}')
_BRACES = bytes.maketrans(b"{}", b"[]")


def _parsed(data: bytes) -> Json:
    if len(data) > MAX_BYTES:
        raise UsageError("case_too_large", limit=MAX_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("case_not_utf8") from None
    _check_depth(data)
    try:
        document = _DECODER.decode(text)
    except _Refused as refused:
        raise UsageError(refused.code) from None
    except (ValueError, RecursionError):
        raise UsageError("case_not_json") from None
    if not isinstance(document, dict):
        raise UsageError("case_other_format")
    return document


def _check_depth(data: bytes) -> None:
    """Refuse what is nested too deeply or has too many parts; takes no recursion."""
    # Without what is escaped every second piece between quotes is no text.
    bare = data.replace(rb"\\", b"").replace(rb"\"", b"").translate(_BRACES, _OTHERS)
    brackets = b"".join(bare.split(b'"')[::2])
    if brackets.count(b"[") > MAX_OBJECTS:
        raise UsageError("case_too_large", limit=MAX_BYTES)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
    if brackets.count(b"[") > MAX_DEPTH or b"[]" in brackets:
        raise UsageError("case_too_deep")


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("case_duplicate_key")
    return found


def _no_number(text: str) -> NoReturn:
    raise _Refused("case_not_finite")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _Refused("case_not_finite")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Refused("case_not_finite")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_number, parse_int=_integer, parse_float=_finite
)


# -- after it --------------------------------------------------------------------------------------


def _check_texts(document: Json) -> None:
    """Refuse a text of more than `MAX_TEXT` characters; takes no recursion."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise UsageError("case_text_too_long", limit=MAX_TEXT)
        elif isinstance(value, dict):
            waiting += value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _report(value: Any) -> Report | None:
    report: Report | None = None if value is None else _read(read_report, value, "report")
    return report


def _object(document: Json, part: str) -> Json | None:
    value = document.get(part)
    if value is not None and not isinstance(value, dict):
        _wrong(part)
    return value


def _each(read: Callable[[Any], Any], document: Json, part: str, most: int) -> tuple[Any, ...]:
    values = document.get(part)
    if values is None:
        return ()
    if not isinstance(values, list):
        _wrong(part)
    if len(values) > most:
        raise UsageError("case_too_many", field=part, limit=most)
    return tuple(_read(read, value, f"{part}.{at}") for at, value in enumerate(values))


def _read(read: Callable[[Any], Any], value: Any, field: str) -> Any:
    try:
        return read(value)
    except ValueError:
        _wrong(field)
