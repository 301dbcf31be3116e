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
from smtpwizard.cases.reading import connector_of, read_case
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Problem
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

    Raises `UsageError` with every problem that `apply` would have with it in any case.
    """
    if not values:
        raise UsageError("nothing_to_change")
    read = read_case(case)
    identifier = read.manifest.get("connector")
    if not isinstance(identifier, str) or not is_case_id(identifier):
        raise UsageError("case_invalid", field="manifest.connector")
    check_note(note)
    connector = connector_of(read, ws.defaults_for)
    replaced = read.manifest.get("replaced")
    problems: tuple[Problem, ...] = unknown_stand_ins(values, case.decode()) if replaced else ()
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
