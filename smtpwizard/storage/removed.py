"""`removed/`: the files of connectors that were removed and may still be brought back.

They come in batches. Each belongs to the process that holds its lock; one that nobody holds was
left by a process that has died, and is removed for good by whoever meets it.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from smtpwizard import files
from smtpwizard.storage import documents

_BATCH = 32


class RemovedFiles:
    """Where they lie; the caller holds the project's lock wherever something is changed."""

    def __init__(self, project_directory: Path) -> None:
        self._folder = project_directory / "removed"

    def path(self, batch: str, connector_id: str) -> Path:
        """The file of a connector of this batch."""
        return self._folder / f"{batch}-{connector_id}.json"

    def paths(self) -> tuple[Path, ...]:
        """All of them; raises `StorageError`."""
        names = documents.list_names(self._folder)
        return tuple(self._folder / name for name in names if name.endswith(".json"))

    def ids(self) -> frozenset[str]:
        """The ids of the connectors that may be brought back; raises `StorageError`."""
        return frozenset(self.id_of(path) for path in self.paths())

    @staticmethod
    def id_of(path: Path) -> str:
        """The id of the connector whose file this is."""
        return path.name[_BATCH + 1 :].removesuffix(".json")

    def new_batch(self) -> tuple[str, AbstractContextManager[None]]:
        """A new batch, and its lock, which is to be entered at once. Raises `StorageError`."""
        documents.make_directory(self._folder)
        batch = os.urandom(_BATCH // 2).hex()
        return batch, files.locked(self._lock_path(batch), timeout_s=0)

    def let_go(self, batch: str) -> None:
        """The batch is at its end, and nobody holds its lock any more; raises nothing."""
        files.discard_lock(self._lock_path(batch))

    def anything(self) -> bool:
        """Whether there is anything at all; raises `StorageError`."""
        return bool(documents.list_names(self._folder))

    def abandoned(self) -> tuple[Path, ...]:
        """Those of processes that have died, whose locks go; raises `StorageError`."""
        names = documents.list_names(self._folder)
        dead = {batch for batch in {name[:_BATCH] for name in names} if self._is_dead(batch)}
        return tuple(path for path in self.paths() if path.name[:_BATCH] in dead)

    def _is_dead(self, batch: str) -> bool:
        return files.discard_lock(self._lock_path(batch))

    def _lock_path(self, batch: str) -> Path:
        return self._folder / f"{batch}.lock"
