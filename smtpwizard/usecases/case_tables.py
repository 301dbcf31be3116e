"""Which project of this data directory a case was made in: the one whose table knows it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from smtpwizard.model.errors import StorageError
from smtpwizard.storage.case_tables import CaseTable, CaseTables

if TYPE_CHECKING:
    from smtpwizard.model.stored import Project
    from smtpwizard.usecases.workspace import Workspace


class FoundTable(NamedTuple):
    """The table of a case's stand-ins, and the project that it was made in."""

    project: Project
    table: CaseTable


def find_table(ws: Workspace, case_id: str) -> FoundTable | None:
    """The table of this id, in the workspace's project or else in any other; None where there is
    none.

    Raises `StorageError` for what cannot be read of the workspace's own project; what cannot be
    read of others is passed over.
    """
    own = CaseTables(ws.store.directory).find(case_id)
    if own is not None:
        return FoundTable(ws.project, own)
    for project in ws.data.projects():
        if project.id != ws.project.id:
            with suppress(StorageError):
                found = CaseTables(ws.data.project_directory(project.id)).find(case_id)
                if found is not None:
                    return FoundTable(project, found)
    return None
