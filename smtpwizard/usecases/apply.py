"""Applying support's answer to the connector that its case was made of.

The answer is a stranger's: it names its connector by a random id that only the table here knows,
and changes nothing of a connector that is not what the case was made of.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from smtpwizard.cases.answer import (
    FieldChange,
    carries_secrets,
    change,
    read_answer,
    translated,
)
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.problem import Problem
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.case_tables import find_table
from smtpwizard.usecases.input import first_problem
from smtpwizard.usecases.kept_secrets import binding_of
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace


class LookedAt(NamedTuple):
    """What an answer would do: `changed` is the connector after it, None where there are problems.

    `note` is foreign text. `asks_again`: the secrets that are kept do not go along, and the next
    use of one asks.
    """

    connector: StoredConnector
    changed: Connector | None
    changes: tuple[FieldChange, ...]
    note: str
    problems: tuple[Problem, ...] = ()
    asks_again: bool = False

    @property
    def weaker(self) -> tuple[str, ...]:
        """The fields that would protect less than before."""
        return tuple(each.field for each in self.changes if each.weaker)


def look_at_answer(ws: Workspace, data: bytes, name: str | None = None) -> LookedAt:
    """What the answer in a file would change, in real names; nothing is written.

    `name` is the connector that it has to be for, where that was said. Raises `UsageError`
    (`answer_not_one`, `answer_unknown`, `answer_other_project` with the project's `project_id`,
    `answer_other_connector`, `answer_applied`, `answer_connector_changed`, `document_…`) and
    `StorageError`.
    """
    answer = read_answer(data)
    named = ws.find(name) if name is not None else None
    known = find_table(ws, answer.connector)
    if known is None:
        raise UsageError("answer_unknown", field="connector")
    project, table = known
    if project.id != ws.project.id:
        raise UsageError(
            "answer_other_project", field="connector", project=project.name, project_id=project.id
        )
    if answer.case not in table.cases:
        raise UsageError("answer_unknown", field="case")
    stored = ws.store.read(table.connector)
    if stored is None:
        raise UsageError("answer_unknown", field="connector")
    if named is not None and named.id != stored.id:
        raise UsageError("answer_other_connector", field="connector", name=stored.connector.name)
    values, problems = translated(answer.changes, table.table)
    if (stored.revision, stored.connector.inputs_digest()) != (table.revision, table.inputs):
        raise _done(ws, stored, values) if not problems else _changed(stored)
    if problems:
        return LookedAt(stored, None, (), answer.note, problems)
    changed, changes, problems = change(stored.connector, values, ws.defaults_for)
    asks_again = changed is not None and bool(stored.secrets or _runs_command(stored))
    if asks_again and changed is not None:
        asks_again = not _carries(ws, stored, changed)
    return LookedAt(stored, changed, changes, answer.note, problems, asks_again)


def apply_answer(ws: Workspace, looked: LookedAt, accept_weaker: bool = False) -> StoredConnector:
    """Change the connector as the answer says; all of it or nothing.

    Its secret goes along for another port, user name or stronger security, and for nothing else.
    Raises `UsageError` (every problem; `answer_weaker`, `answer_connector_changed`),
    `StorageError`, `SecretStoreError`.
    """
    if looked.problems or looked.changed is None:
        raise first_problem(looked.problems)
    if looked.weaker and not accept_weaker:
        raise first_problem([Problem(field, "answer_weaker") for field in looked.weaker])
    stored, changed = looked.connector, looked.changed
    ca_file = changed.server.ca_file
    if ca_file is not None and ca_file != stored.connector.server.ca_file:
        _refuse_no_file(ca_file)
    try:
        saved = save_connector(
            ws, changed, secrets={}, stored=stored, carry=_carries(ws, stored, changed)
        )
    except StorageError as error:
        if error.code == "changed_elsewhere":
            raise _changed(stored) from None
        raise
    ws.log.write("answer_applied", connector=saved.id, revision=saved.revision)
    return saved


def _carries(ws: Workspace, stored: StoredConnector, changed: Connector) -> bool:
    before, after = binding_of(ws, stored.connector), binding_of(ws, changed)
    terms = {each.field: each.after for each in before.differences(after)}
    security = stored.connector.server.security, changed.server.security
    return carries_secrets(terms, *security)


def _runs_command(stored: StoredConnector) -> bool:
    return stored.connector.authentication.secret_command is not None


def _refuse_no_file(path: str) -> None:
    if not os.path.isabs(path):
        raise UsageError("path_relative", field="server.ca_file", path=path)
    if not os.path.isfile(path):
        raise UsageError("path_not_found", field="server.ca_file", path=path)


def _done(ws: Workspace, stored: StoredConnector, values: Mapping[str, Any]) -> UsageError:
    """Why an answer is not for what its connector is now: it has been applied, or another change
    was made."""
    changes, problems = change(stored.connector, values, ws.defaults_for)[1:]
    if not changes and [problem.code for problem in problems] == ["answer_changes_nothing"]:
        return UsageError("answer_applied", field="connector", name=stored.connector.name)
    return _changed(stored)


def _changed(stored: StoredConnector) -> UsageError:
    return UsageError("answer_connector_changed", field="connector", name=stored.connector.name)
