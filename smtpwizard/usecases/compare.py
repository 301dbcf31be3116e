"""Comparing two sides: a connector, one of its runs, a report's file, or a case."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from smtpwizard.cases.compare import (
    Difference,
    Side,
    differences,
    have_something_in_common,
    side_of,
)
from smtpwizard.cases.reading import Case, read_case
from smtpwizard.cases.report_document import check_report
from smtpwizard.cases.stand_ins import translate_back
from smtpwizard.cases.strict_json import MAX_BYTES, parse_strictly
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.redaction import map_texts
from smtpwizard.model.report import Cause
from smtpwizard.model.run import Run
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.case import causes_of
from smtpwizard.usecases.case_connector import connector_in
from smtpwizard.usecases.case_tables import find_table
from smtpwizard.usecases.chosen_files import read_chosen
from smtpwizard.usecases.history import find_run, newest_test
from smtpwizard.usecases.workspace import Workspace

# A case says first what it is.
_IS_CASE = re.compile(rb'\s*\{\s*"format"\s*:\s*"smtpwizard-case"')
# What nobody calls a connector.
_FILE_NAME = re.compile(r"[\\/]|\.(?:json|smtpcase)\Z", re.IGNORECASE)


def compare(ws: Workspace, a: str, b: str) -> tuple[Difference, ...]:
    """What differs between two sides; `a` and `b` are as `side_named` takes them.

    Raises `UsageError` (`nothing_to_compare`: one is a connector without runs, the other a report
    alone), `StorageError`.
    """
    return compare_sides(side_named(ws, a, "a"), side_named(ws, b, "b"))


def compare_sides(one: Side, other: Side) -> tuple[Difference, ...]:
    """What differs between two sides; raises `UsageError("nothing_to_compare")`."""
    if not have_something_in_common(one, other):
        raise UsageError("nothing_to_compare")
    return differences(one, other)


def side_named(ws: Workspace, text: str, field: str) -> Side:
    """A connector with its last test (`NAME`), a run with the settings it had (`NAME@RUN`, `latest`
    included), or a file: a report of `verify --json`, or a case.

    What is both the name of a connector and of a file is the connector. Raises `UsageError` (a
    file's with `field`), `StorageError`.
    """
    stored = _connector(ws, text)
    if stored is not None:
        return _side_of_connector(ws, stored)
    name, at, run = text.rpartition("@")
    if at and (stored := _connector(ws, name)) is not None:
        return side_of_run(find_run(ws, stored, run))
    if os.path.exists(text) or _FILE_NAME.search(text):
        data = read_chosen(Path(text), MAX_BYTES, field, too_large="document_too_large")
        return side_of_file(ws, data)
    return _side_of_connector(ws, ws.find(text))  # raises: there is none


def side_of_run(run: Run) -> Side:
    """A run: the connector as it was verified, and the report."""
    return side_of(run.connector, run.report)


def side_of_file(ws: Workspace, data: bytes) -> Side:
    """A report or a case, whoever wrote it; a case of our own in real names.

    Raises `UsageError` with the field that is wrong.
    """
    if _IS_CASE.match(data):
        return _side_of_case(ws, read_case(data))
    return Side(None, check_report(parse_strictly(data)))


def _connector(ws: Workspace, name: str) -> StoredConnector | None:
    try:
        return ws.find(name)
    except UsageError:
        return None


def _side_of_connector(ws: Workspace, stored: StoredConnector) -> Side:
    test = newest_test(ws, stored)
    return side_of(stored.connector.to_json(), test.report if test is not None else None)


def _side_of_case(ws: Workspace, case: Case) -> Side:
    side = side_of(case.connector, case.report, partial=True)._replace(causes=_causes(ws, case))
    try:
        known = find_table(ws, str(case.manifest.get("connector")))
    except StorageError:
        known = None
    if known is None:
        return side
    table = known.table
    return side._replace(
        connector=_real(side.connector, table.table),
        report=_real(side.report, table.table),
        causes=map_texts(side.causes, partial(translate_back, table.table)),
    )


def _causes(ws: Workspace, case: Case) -> tuple[Cause, ...]:
    """The causes by this version's rules: an opened case shows them so."""
    report = case.whole_report()
    if report is None or report.ok or case.connector is None:
        return ()
    try:
        return causes_of(ws, report, connector_in(ws, case))
    except UsageError:
        return ()  # settings that are none here are compared all the same


def _real(value: Any, table: Mapping[str, Mapping[str, str]]) -> Any:
    if isinstance(value, str):
        return translate_back(table, value)
    if isinstance(value, list):
        return [_real(each, table) for each in value]
    if isinstance(value, dict):
        return {key: _real(inner, table) for key, inner in value.items()}
    return value
