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
from smtpwizard.cases.reading import Case, read_case
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.case_connector import connector_in
from smtpwizard.usecases.input import first_problem
from smtpwizard.usecases.workspace import Workspace


class Proposed(NamedTuple):
    """An answer, and what it changes in the case's own names."""

    data: bytes
    changes: tuple[FieldChange, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def propose(ws: Workspace, case: bytes, values: Mapping[str, Any], note: str = "") -> Proposed:
    """The answer that changes these fields of the case's connector.

    Raises `UsageError` (`case_…`; every problem that `apply` would have with it in any case).
    """
    if not values:
        raise UsageError("nothing_to_change")
    found = read_case(case)
    identifier, connector = _connector_in(ws, found)
    check_note(note)
    changes: tuple[FieldChange, ...] = ()
    problems = unknown_stand_ins(values, case.decode()) if found.manifest.get("replaced") else ()
    if not problems:
        _, changes, problems = change(connector, values, ws.defaults_for)
    if problems:
        raise first_problem(problems)
    answer = Answer(case_digest(case), identifier, values, note)
    return Proposed(write_answer(answer), changes)


def case_digest(case: bytes) -> str:
    """What an answer calls a case: its SHA-256, whatever a mail program made of its line ends."""
    return hashlib.sha256(case.replace(b"\r\n", b"\n")).hexdigest()


def _connector_in(ws: Workspace, case: Case) -> tuple[str, Connector]:
    """The random id of the case's connector, and the connector as far as the case knows it."""
    if case.connector is None:
        raise UsageError("case_without_connector", field="connector")
    identifier = case.manifest.get("connector")
    if not isinstance(identifier, str) or not is_case_id(identifier):
        raise UsageError("case_invalid", field="manifest.connector")
    return identifier, connector_in(ws, case)
