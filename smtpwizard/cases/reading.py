"""Reading a case that comes from a stranger.

Limits stand before the parsing, types after it; nothing of a case is believed beyond that, and
nothing in it is a path, a link or a command. Texts stay as they came, for a replay: whoever shows
one makes it fit for display. Raises nothing but `UsageError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from smtpwizard.cases.answer import FORMAT as ANSWER_FORMAT
from smtpwizard.cases.case import FORMAT, SCHEMA
from smtpwizard.cases.strict_json import parse_strictly
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, ServerDefaults, read_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.plain import from_plain
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Report
from smtpwizard.model.run import Summary, read_report, read_summary
from smtpwizard.model.wire import MAX_EVENTS, TokenRequest, WireEvent

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
        return self.report._replace(
            wire=self.wire, token_requests=self.oauth, beyond=(), unproven=None, worked_at=None
        )


def read_case(data: bytes) -> Case:
    """The case in the bytes of a file; raises `UsageError`."""
    document = _parsed(data)
    if document.get("format") == ANSWER_FORMAT:
        raise UsageError("case_is_an_answer")
    if document.get("format") != FORMAT:
        raise UsageError("case_other_format")
    schema = document.get("schema")
    if type(schema) is not int or schema < 1:
        _wrong("schema")
    if schema > SCHEMA:
        raise UsageError("case_newer", schema=schema, made_by=_made_by(document))
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
        raise UsageError("case_without_connector", field="connector")
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


# -- the parts -------------------------------------------------------------------------------------

# What is said otherwise of a case than of any document.
_CODES = {
    "document_not_an_object": "case_other_format",
    "document_not_json": "case_not_json",
    "document_not_utf8": "case_not_utf8",
    "document_too_large": "case_too_large",
}


def _parsed(data: bytes) -> Json:
    try:
        return parse_strictly(data)
    except UsageError as error:
        raise UsageError(_CODES.get(error.code, error.code), **error.facts) from None


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
