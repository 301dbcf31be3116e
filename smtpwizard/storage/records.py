"""What the last verification of each connector said: a file each, below `history/`.

Many threads that write at once are written for by one of them, under one lock and with one wait for
the disk: a record that would come alone is written as any other file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.errors import StorageError
from smtpwizard.model.problem import Json
from smtpwizard.storage import documents


class _Change:
    """One record that is to be changed, and what came of that."""

    __slots__ = ("change", "connector_id", "done", "error")

    def __init__(self, connector_id: str, change: Callable[[Json], Json]) -> None:
        self.connector_id = connector_id
        self.change = change
        self.done = False
        self.error: Exception | None = None


class Records:
    """The records of one project's connectors."""

    def __init__(self, directory: Path) -> None:
        self._connectors = directory / "connectors"
        self._history = directory / "history"
        self._lock_path = directory / ".lock"
        self._queue = threading.Lock()
        self._waiting: list[_Change] = []
        self._writing = threading.Lock()

    def path(self, connector_id: str) -> Path:
        """The file of a connector's record."""
        return self._history / f"{connector_id}.json"

    def read(self, connector_id: str) -> Json | None:
        """The last record written for a connector; None without one that can be read."""
        try:
            return files.read_object(os.path.join(self._history, f"{connector_id}.json"))
        except (OSError, DamagedContent):
            return None

    def change(self, connector_id: str, change: Callable[[Json], Json]) -> None:
        """Write what `change` makes of the last record ({} without one that can be read).

        `change` may run in another thread. Dropped where the connector is gone by now. Raises
        `StorageError`, and what `change` does.
        """
        own = _Change(connector_id, change)
        with self._queue:
            self._waiting.append(own)
        with self._writing:
            if not own.done:  # else whoever wrote before has written this one too
                with self._queue:
                    batch, self._waiting = self._waiting, []
                self._write(batch)
        if isinstance(own.error, StorageError):
            raise StorageError(own.error.code, **own.error.facts)
        if own.error is not None:
            raise own.error

    def _write(self, batch: Sequence[_Change]) -> None:
        try:
            if os.path.isdir(self._connectors):  # else they are all gone
                with files.locked(self._lock_path):
                    while batch:
                        batch = self._write_once_each(batch)
        except StorageError as error:
            for each in batch:
                each.error = error
        finally:
            for each in batch:
                each.done = True

    def _write_once_each(self, batch: Sequence[_Change]) -> Sequence[_Change]:
        """Write one change of each record; answers those that are still to come."""
        written: dict[Path, _Change] = {}
        contents: dict[Path, bytes] = {}
        later = []
        for each in batch:
            path = self.path(each.connector_id)
            if path in written:
                later.append(each)
                continue
            try:
                if os.path.lexists(self._connectors / path.name):
                    record = each.change(self.read(each.connector_id) or {})
                    contents[path] = documents.encode(path, record)
                    written[path] = each
            except Exception as error:  # noqa: BLE001 - the caller's own, and raised there
                each.error = error
        failures = files.write_files(contents)
        for path, each in written.items():
            each.error = failures.get(path)
        for each in batch:
            each.done = each not in later
        return later
