"""What connectors and sign-ins that are gone leave beside the connectors' files.

Touches no secret store (`save.sweep_secrets` does), and nothing that is in use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from smtpwizard import files
from smtpwizard.model.errors import StorageError
from smtpwizard.storage import ConnectorStore
from smtpwizard.usecases.workspace import Workspace


def clear_leftovers(ws: Workspace) -> None:
    """Take away locks and marks of sign-ins that no connector has any more, records of connectors
    that are gone, and files of writers that were killed.

    Raises nothing: what cannot be judged or removed now is met again the next time.
    """
    try:
        stores = every_store(ws)
        locks = [name for name in files.list_names(ws.locks_dir) if _LOCK in name]
        if locks:  # to know which are in use, every connector is read
            in_use = {lock_name(of) for store in stores for of in store.mentioned()}
            _clear_locks(ws, locks, in_use)
        for store in stores:
            store.clear_history()
    except (OSError, StorageError):
        return


def every_store(ws: Workspace) -> list[ConnectorStore]:
    """The connectors of every project: what lies beside them is shared. Raises `StorageError`."""
    projects = ws.data.projects()
    return [ConnectorStore(ws.data, project.id, ws.defaults_for) for project in projects]


def lock_name(of: str) -> str:
    """The file that renewals of a sign-in agree on; `of` is the reference of its refresh token,
    or the id of a connector without one."""
    return hashlib.sha256(of.encode()).hexdigest()[:32] + _LOCK


_LOCK = ".lock"


def _clear_locks(ws: Workspace, names: Sequence[str], in_use: set[str]) -> None:
    beside: dict[str, list[str]] = {}
    for name in names:
        lock, mark, _ = name.partition(_LOCK)
        if mark and lock + mark not in in_use:
            beside.setdefault(lock + mark, []).append(name)
    for lock, files_of_it in beside.items():
        # Held, it stays: another program is renewing what was removed a moment ago.
        files.discard_lock(ws.locks_dir / lock, *(ws.locks_dir / name for name in files_of_it))
