"""Projects: whose connectors these are, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from smtpwizard.model.connector import name_key
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.registration import web_redirect_uri
from smtpwizard.model.stored import Project
from smtpwizard.storage.projects import PROJECT_KEYS as PROJECT_KEYS
from smtpwizard.storage.projects import check_values
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.window_settings import remember
from smtpwizard.usecases.workspace import Workspace, project_named


def list_projects(ws: Workspace) -> tuple[Project, ...]:
    """All projects by name; raises `StorageError`."""
    return ws.data.projects()


def create_project(ws: Workspace, name: str, **values: str | None) -> Project:
    """A new, empty project; raises `UsageError` (the name, a value), `StorageError`."""
    if "name" in values:
        raise UsageError("field_twice", field="name")
    with ws.changes.of(
        Change.PROJECT, name, lambda: any(known.name == name for known in ws.data.projects())
    ):
        project = ws.data.create_project(name, **values)
    ws.log.write("project_created", project=project.id)
    return project


def set_project(ws: Workspace, **values: str | None) -> Project:
    """Change the workspace's project; an empty value clears. `UsageError`, `StorageError`."""
    before = ws.project
    with ws.changes.of(Change.PROJECT, before.name, lambda: ws.data.project(before.id) != before):
        ws.project = ws.data.set_project(before, **values)
    ws.log.write("project_changed", project=ws.project.id)
    return ws.project


def rename_project(ws: Workspace, name: str, new_name: str) -> Project:
    """Give a project another name; raises `UsageError` (`project_unknown`, `project_taken`, …),
    `StorageError`."""
    before = project_named(ws.data, name)
    with ws.changes.of(
        Change.PROJECT, new_name, lambda: ws.data.project(before.id).name != before.name
    ):
        project = ws.data.set_project(before, name=new_name)
    if project.id == ws.project.id:
        ws.project = project
    ws.log.write("project_changed", project=project.id)
    return project


def use_project(ws: Workspace, name: str) -> Project:
    """Make a project the current one from now on, which commands work on; raises
    `UsageError("project_unknown")`."""
    with ws.changes.of(
        Change.CURRENT, name, lambda: name_key(ws.data.current_project().name) == name_key(name)
    ):
        return ws.data.use_project(name)


def values_refused(values: Mapping[str, str | None]) -> dict[str, UsageError]:
    """Why values cannot be a project's, by their keys; looks at nothing but the values."""
    refused = {}
    for key, value in values.items():
        try:
            check_values({key: value})
        except UsageError as error:
            refused[key] = error
    return refused


# The project that the window showed last. A click there never changes what a command works on: that
# is the current project, and `use_project` alone chooses it.
SHOWN = "shown_project"


def enter_project(ws: Workspace, project_id: str) -> Workspace:
    """The same workspace on another project, which the window shows from now on.

    Where that cannot be remembered, it is an entry in the log. Raises
    `StorageError("project_gone")`.
    """
    ws.data.refuse_removed(project_id)
    remember(ws, SHOWN, project_id)
    return ws.in_project(ws.data.project(project_id))


def show_last_project(ws: Workspace) -> Workspace:
    """The same workspace on the project that the window showed last; as it is where the window has
    shown none, or that is gone. Raises nothing."""
    shown = ws.data.settings().get(SHOWN)
    with suppress(StorageError):
        for project in ws.data.projects():
            if project.id == shown:
                return ws.in_project(project)
    return ws


def project_now(ws: Workspace) -> Project | None:
    """The workspace's project as it is on the disk; None where it was removed. `StorageError`."""
    found = (project for project in ws.data.projects() if project.id == ws.project.id)
    return next(found, None)


def project_document(ws: Workspace, project: Project) -> Json:
    """A project as JSON; `current` is the one that this run works on."""
    return {
        "name": project.name,
        "current": project.id == ws.project.id,
        "domain": project.domain,
        "base_url": project.base_url,
        "environment": project.environment,
        "redirect_uri": web_redirect_uri(project.domain, project.base_url),
    }


def parse_project_values(texts: list[str]) -> dict[str, str | None]:
    """`KEY=VALUE` texts; an empty value clears. Raises `UsageError`."""
    values: dict[str, str | None] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError("assignment_invalid")
        if key in values:
            raise UsageError("field_twice", field=key)
        values[key] = value or None
    return values
