"""What processes that have died have left between projects: removals of whole projects, and
connectors on their way from one to another."""

from __future__ import annotations

from contextlib import suppress

from smtpwizard.model.certificates import fingerprint_of
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.stored import Project
from smtpwizard.net.cancel import CancelToken, wait_limits
from smtpwizard.storage.removed_projects import RemovedProjects
from smtpwizard.storage.transfers import Transfers
from smtpwizard.usecases.approvals import carry_approval
from smtpwizard.usecases.project_trust import forget
from smtpwizard.usecases.unused_secrets import SWEEP_S, delete_secrets, opens_silently
from smtpwizard.usecases.workspace import Workspace


def sweep_projects(ws: Workspace) -> None:
    """Finish what can be finished without asking anybody; raises nothing.

    Connectors first: they may be on their way out of a project that was removed after.
    """
    with suppress(StorageError):
        for connector in Transfers(ws.data, ws.defaults_for).finish_abandoned():
            ws.log.write("transfer_finished", connector=connector)
    with suppress(StorageError):
        removals = RemovedProjects(ws.data)
        for identifier in removals.abandoned():
            with (
                suppress(StorageError),
                wait_limits(token=CancelToken(), timeout_s=SWEEP_S),
            ):
                refs = removals.secrets_of(identifier)
                if all(opens_silently(ws, ref) for ref in refs):
                    finish_removed(ws, ws.data.project(identifier))


def finish_removed(ws: Workspace, project: Project) -> bool:
    """Erase what is a removed project's own: its secrets, what was approved and trusted for it,
    its files.

    False where a secret could not be deleted yet; the files then stay for the next sweep. Raises
    `StorageError`.
    """
    removals = RemovedProjects(ws.data)
    its = ws.in_project(project)
    if not delete_secrets(its, removals.secrets_of(project.id), with_project=True):
        return False
    for stored in its.connectors().connectors:
        with suppress(StorageError, UsageError):
            carry_approval(ws, stored, None)
    with suppress(StorageError):
        forget(ws.data, project.id, map(fingerprint_of, project.authorities))
    if not removals.erase(project.id):
        return False
    ws.log.write("project_removed", project=project.id)
    return True
