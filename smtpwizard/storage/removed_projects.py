"""Projects that were removed: a mark in the project's file, until all that is its own has gone.

While the process that removed it holds its lock, a project can be brought back. One whose lock
nobody holds is for whoever meets it: its secrets go first, then its files, then the mark.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.connector import SCHEMA
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.stored import Project
from smtpwizard.storage import documents
from smtpwizard.storage.connectorfile import find_refs, is_ref
from smtpwizard.storage.projects import DEFAULT_ID, REMOVED, DataDirectory

_LOCK = "removed.lock"


class RemovedProjects:
    """Those of one data directory."""

    def __init__(self, data: DataDirectory) -> None:
        self._data = data

    @contextmanager
    def holding(self, project: Project, *, with_connectors: bool) -> Iterator[None]:
        """Remove a project; while the block lasts, it can be brought back.

        Raises `UsageError`: `project_last`, and `project_not_empty` (`number`) for one that has
        connectors, whatever state their files are in, unless they are to go as well; and
        `StorageError`, `project_gone` where somebody else has removed it.
        """
        directory = self._data.project_directory(project.id)
        with self._data.locked():
            if all(other.id == project.id for other in self._data.projects()):
                raise UsageError("project_last", name=project.name)
            self._data.refuse_removed(project.id)
            documents.make_directory(directory)
            with files.locked(directory / ".lock"):
                number = self.count_connectors(project.id)
                if number and not with_connectors:
                    raise UsageError("project_not_empty", name=project.name, number=number)
                held = files.locked(directory / _LOCK, timeout_s=0)
                held.__enter__()
                try:
                    self._data.change_project(project.id, {REMOVED: True})
                except BaseException:
                    held.__exit__(None, None, None)
                    raise
        try:
            yield
        finally:
            held.__exit__(None, None, None)
            if not _is_removed(directory):  # it was brought back
                files.discard_lock(directory / _LOCK)

    def bring_back(self, project: Project) -> Project:
        """Undo a removal; raises `UsageError("project_taken")`, and `StorageError`.

        The caller is in `holding`.
        """
        with self._data.locked():
            self._data.refuse_taken(project.name, project.id)
            with files.locked(self._data.project_directory(project.id) / ".lock"):
                self._data.change_project(project.id, {REMOVED: False})
        return self._data.project(project.id)

    def abandoned(self) -> tuple[str, ...]:
        """The ids of removed projects that nobody holds and of which something is left to erase.

        Raises `StorageError`.
        """
        found = []
        for identifier in self._data.project_ids():
            directory = self._data.project_directory(identifier)
            if os.path.lexists(directory / _LOCK) and _is_over(directory):
                with suppress(StorageError), files.locked(directory / _LOCK, timeout_s=0):
                    found.append(identifier)
        return tuple(found)

    def count_connectors(self, identifier: str) -> int:
        """How many files of connectors a project has; raises `StorageError`."""
        names = documents.list_names(self._data.project_directory(identifier) / "connectors")
        return sum(not name.startswith(".") for name in names)

    def secrets_of(self, identifier: str) -> tuple[str, ...]:
        """The reference of every secret that a file of the project names or may name.

        Raises `StorageError` where one cannot be read.
        """
        directory = self._data.project_directory(identifier)
        found = {name.replace("-", ":", 1) for name in documents.list_names(directory / "pending")}
        for folder in (directory / "connectors", directory / "removed"):
            for name in documents.list_names(folder):
                try:
                    found |= find_refs(files.read_file(folder / name, 10 * files.MAX_BYTES))
                except DamagedContent as error:
                    raise StorageError(error.code, path=str(folder / name)) from None
                except OSError as error:
                    raise files.storage_error(error, folder / name, writing=False) from None
        return tuple(sorted(filter(is_ref, found)))

    def erase(self, identifier: str) -> bool:
        """Take away all files of a removed project; False where one stays, and with it the mark.

        Of `Default` the mark stays for good: without it there would be one again. Raises
        `StorageError`.
        """
        directory = self._data.project_directory(identifier)
        if not os.path.isdir(directory):
            return True
        with files.locked(directory / ".lock"):
            if not _is_over(directory):
                return False
            for name in _parts(directory):
                _erase(directory / name)
            if _parts(directory):
                return False
            if identifier == DEFAULT_ID:
                mark = {"schema": SCHEMA, "id": identifier, REMOVED: True}
                documents.write(directory / "project.json", mark)
            else:
                _erase(directory / "project.json")
            _erase(directory / _LOCK)  # last: who finds it goes on from here
        if identifier != DEFAULT_ID:
            files.discard_lock(directory / ".lock")
            # Somebody may have waited for the lock, and made its folder on the way.
            for folder in (directory / "connectors", directory):
                with suppress(OSError):
                    os.rmdir(folder)
        return True


def _is_removed(directory: Path) -> bool:
    with suppress(OSError, DamagedContent):
        return bool((files.read_object(directory / "project.json") or {}).get(REMOVED))
    return False


def _is_over(directory: Path) -> bool:
    """Whether it was removed, or even its own file has gone already."""
    parts = ("project.json", "connectors")
    return _is_removed(directory) or not any(os.path.lexists(directory / name) for name in parts)


def _parts(directory: Path) -> list[str]:
    """What is in the folder of a project beside its own file and the locks; `StorageError`."""
    names = documents.list_names(directory)
    return [name for name in names if name not in ("project.json", ".lock", _LOCK)]


def _erase(path: Path) -> None:
    remove: Callable[[Path], object] = files.remove_file
    if path.is_dir() and not path.is_symlink():
        remove = shutil.rmtree
    with suppress(OSError):
        remove(path)
