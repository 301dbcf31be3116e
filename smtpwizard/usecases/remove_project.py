"""Removing a project: empty ones so that it can be undone, others with all their connectors."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import Project
from smtpwizard.storage.removed_projects import RemovedProjects
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.leftovers import clear_leftovers
from smtpwizard.usecases.project_sweep import finish_removed
from smtpwizard.usecases.save import sweep_secrets
from smtpwizard.usecases.workspace import Workspace, project_named


class Removed(NamedTuple):
    """A project that is gone, and its connectors by name; not `complete` where something of it
    could not be erased yet, such as a secret in a locked store."""

    project: Project
    connectors: tuple[str, ...]
    complete: bool


class ProjectRemoval:
    """A project that is removed, until it is brought back or its removal is made final."""

    def __init__(self, ws: Workspace, project: Project, *, with_connectors: bool) -> None:
        """Remove it; raises `UsageError` (`project_last`, `project_not_empty`), `StorageError`."""
        self._ws = ws
        self._held = ExitStack()
        self.project = project
        sweep_secrets(ws)  # what is on its way out of the project is no longer its own
        names = (stored.connector.name for stored in ws.in_project(project).connectors().connectors)
        self.connectors = tuple(names)
        with ws.changes.of(
            Change.PROJECT_REMOVED,
            project.name,
            lambda: all(each.id != project.id for each in ws.data.projects()),
        ):
            holding = RemovedProjects(ws.data).holding(project, with_connectors=with_connectors)
            self._held.enter_context(holding)

    def undo(self) -> Project:
        """Bring it back; raises `UsageError("project_taken")`, `StorageError`."""
        project = RemovedProjects(self._ws.data).bring_back(self.project)
        self._held.close()
        self._ws.log.write("project_brought_back", project=project.id)
        return project

    def finish(self) -> bool:
        """Make it final. Raises nothing: False where the next sweep tries again."""
        self._held.close()
        try:
            complete = finish_removed(self._ws, self.project)
        except StorageError as error:
            self._ws.log.write("removal_not_finished", project=self.project.id, code=error.code)
            complete = False
        if complete:
            clear_leftovers(self._ws)
        return complete


def remove_project(ws: Workspace, name: str, *, with_connectors: bool) -> Removed:
    """Remove a project for good; the current one is another then.

    Raises `UsageError`: `project_unknown`, `project_last`, `project_not_empty` for one that has
    connectors, unless they go as well; `StorageError`.
    """
    project = project_named(ws.data, name)
    removal = ProjectRemoval(ws, project, with_connectors=with_connectors)
    return Removed(project, removal.connectors, removal.finish())
