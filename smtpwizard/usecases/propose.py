"""Writing the answer to a case: what to change, judged as `apply` will judge it.

Knows the case alone: names are stand-ins, and stay so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from smtpwizard.cases.answer import (
    Answer,
    FieldChange,
    change,
    check_note,
    is_case_id,
    unknown_stand_ins,
    write_answer,
)
from smtpwizard.cases.strict_json import parse_strictly
from smtpwizard.model.connector import CUSTOM, read_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Json
from smtpwizard.usecases.input import first_problem
from smtpwizard.usecases.workspace import Workspace

CASE_FORMAT = "smtpwizard-case"
CASE_SCHEMA = 1


class Proposed(NamedTuple):
    """An answer, and what it changes in the case's own names."""

    data: bytes
    changes: tuple[FieldChange, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def propose(ws: Workspace, case: bytes, values: Mapping[str, Any], note: str = "") -> Proposed:
    """The answer that changes these fields of the case's connector.

    Raises `UsageError` with every problem that `apply` would have with it in any case.
    """
    if not values:
        raise UsageError("nothing_to_change")
    document = parse_strictly(case)
    identifier, settings = _connector_in(document)
    check_note(note)
    if settings.get("provider") not in (CUSTOM, *ws.provider_ids()):
        settings["provider"] = CUSTOM  # one of the customer's own
    connector, problems = read_connector(settings, ws.defaults_for, needs_admin=False)
    if connector is None:
        raise UsageError("case_not_one", field=f"connector.{problems[0].field}")
    replaced = document.get("manifest", {}).get("replaced")
    problems = unknown_stand_ins(values, case.decode()) if replaced else ()
    changes: tuple[FieldChange, ...] = ()
    if not problems:
        _, changes, problems = change(connector, values, ws.defaults_for)
    if problems:
        raise first_problem(problems)
    answer = Answer(case_digest(case), identifier, values, note)
    return Proposed(write_answer(answer), changes)


def case_digest(case: bytes) -> str:
    """What an answer calls a case: its SHA-256, whatever a mail program made of its line ends."""
    return hashlib.sha256(case.replace(b"\r\n", b"\n")).hexdigest()


def _connector_in(case: Json) -> tuple[str, Json]:
    """The random id of the case's connector, and its settings."""
    manifest, schema = case.get("manifest"), case.get("schema")
    if case.get("format") != CASE_FORMAT:
        raise UsageError("case_not_one", field="format")
    if type(schema) is int and schema > CASE_SCHEMA:
        raise UsageError("case_newer", field="schema", schema=schema)
    if schema != CASE_SCHEMA or not isinstance(manifest, dict):
        raise UsageError("case_not_one", field="manifest")
    connector = case.get("connector")
    if not isinstance(connector, dict):
        raise UsageError("case_without_connector", field="connector")
    identifier = manifest.get("connector")
    if not isinstance(identifier, str) or not is_case_id(identifier):
        raise UsageError("case_not_one", field="manifest.connector")
    return identifier, _without_marks(connector)


def _without_marks(value: Json) -> Json:
    """The settings without the files and commands of which a case says that they are set."""
    return {
        key: _without_marks(inner) if isinstance(inner, dict) else inner
        for key, inner in value.items()
        if inner != {"set": True}
    }
