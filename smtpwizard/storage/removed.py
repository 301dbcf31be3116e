"""`removed/`: the files of connectors that were removed and may still be brought back.

They come in batches. Each belongs to the process that holds its lock; one that nobody holds was
left by a process that has died, and is removed for good by whoever meets it. Records, runs and
secrets stay where they are until then.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import SmtpWizardError, StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import StoredConnector
from smtpwizard.storage import documents
from smtpwizard.storage.connectorfile import DefaultsFor, read_stored
from smtpwizard.storage.contents import name_taken

_BATCH = 32
# So many are brought back while nobody else may write.
AT_ONCE = 50


class Project(Protocol):
    """What this part needs of the `ConnectorStore` that it belongs to."""

    directory: Path
    _defaults_for: DefaultsFor

    def _locked(self) -> AbstractContextManager[None]: ...
    def _path_of(self, identifier: str) -> Path: ...
    def ids(self) -> Sequence[str]: ...
    def _expect(self, expected: StoredConnector) -> Json: ...
    def taken(self, connectors: Iterable[Connector]) -> frozenset[str]: ...
    def _mark(self, ref: str) -> None: ...
    def _remove_history(self, connector_id: str) -> None: ...
    def _forget_default(self, connector_id: str) -> bool: ...
    def _project_document(self) -> Json: ...
    def _change_project(self, **values: object) -> None: ...


class Removals:
    """Those of one project, under its lock."""

    def __init__(self, store: Project) -> None:
        self._store = store
        self._folder = store.directory / "removed"

    # -- for everybody

    def paths(self) -> tuple[Path, ...]:
        """The files of the connectors that may be brought back; raises `StorageError`."""
        names = documents.list_names(self._folder)
        return tuple(self._folder / name for name in names if name.endswith(".json"))

    def ids(self) -> frozenset[str]:
        """Their ids; raises `StorageError`."""
        return frozenset(map(_id_of, self.paths()))

    def finish_abandoned(self) -> tuple[StoredConnector, ...]:
        """Make removals final whose process has died, and answer them.

        `ConnectorStore.undecided` has the references of their secrets then. Raises `StorageError`.
        """
        if not documents.list_names(self._folder):
            return ()
        finished = []
        with self._store._locked():
            for path in self._abandoned():
                stored = self._read(path)
                if stored is not None:
                    # First the marks: whenever this is cut off, the secrets can be found.
                    for ref in stored.secrets.values():
                        self._store._mark(ref)
                    self._remove_for_good(path)
                    finished.append(stored)
        return tuple(finished)

    # -- for whoever removes

    @contextmanager
    def batch(self) -> Iterator[str]:
        """A batch of removals; while the block lasts, each can be undone.

        What is in it still when the block ends, or the process, is for `finish_abandoned`. Raises
        `StorageError`.
        """
        batch = os.urandom(_BATCH // 2).hex()
        with ExitStack() as held:
            # Under the project's lock: a sweep never meets a batch that is not held yet.
            with self._store._locked():
                documents.make_directory(self._folder)
                held.enter_context(files.locked(self._lock_path(batch), timeout_s=0))
            yield batch
        files.discard_lock(self._lock_path(batch))

    def remove(self, stored: StoredConnector, batch: str) -> bool:
        """Remove a connector so that it can be brought back; True where it was the default.

        Raises `StorageError` as `ConnectorStore.remove` does, `changed_elsewhere` also for one that
        is gone.
        """
        store = self._store
        with store._locked():
            store._expect(stored)
            _move(store._path_of(stored.id), self._path(batch, stored.id))
            return store._forget_default(stored.id)

    def bring_back(
        self, removed: Sequence[tuple[StoredConnector, bool]], batch: str
    ) -> Iterator[tuple[StoredConnector, SmtpWizardError | None]]:
        """Undo removals, each with whether it was the default: it is that again, where no other
        is by now.

        Yields each with why it could not be: `UsageError("name_taken")`, or a `StorageError`. It is
        removed as before then. Those that are brought back together cost one look at all others.
        """
        for first in range(0, len(removed), AT_ONCE):
            some = removed[first : first + AT_ONCE]
            found: list[tuple[StoredConnector, SmtpWizardError | None]] = []
            try:
                with self._store._locked():
                    taken = set(self._store.taken(stored.connector for stored, _ in some))
                    for stored, default in some:
                        error = self._bring_back(stored, batch, taken, default=default)
                        found.append((stored, error))
            except StorageError as error:
                found += [(stored, error) for stored, _ in some[len(found) :]]
            yield from found

    def _bring_back(
        self, stored: StoredConnector, batch: str, taken: set[str], *, default: bool
    ) -> SmtpWizardError | None:
        store, key = self._store, stored.connector.name_key()
        path = store._path_of(stored.id)
        if key in taken:
            return name_taken(stored.connector)
        if os.path.lexists(path):
            return StorageError("changed_elsewhere", path=str(path))
        try:
            _move(self._path(batch, stored.id), path)
        except StorageError as error:
            return error
        taken.add(key)
        with suppress(OSError, StorageError):
            if default and store._project_document().get("default") not in store.ids():
                store._change_project(default=stored.id, default_revision=0, default_before=None)
        return None

    def finish(self, stored: StoredConnector, batch: str) -> None:
        """Make a removal final: its file, its record and its runs go; raises `StorageError`."""
        with self._store._locked():
            self._remove_for_good(self._path(batch, stored.id))

    # -- inner workings

    def _path(self, batch: str, connector_id: str) -> Path:
        return self._folder / f"{batch}-{connector_id}.json"

    def _lock_path(self, batch: str) -> Path:
        return self._folder / f"{batch}.lock"

    def _abandoned(self) -> tuple[Path, ...]:
        """The files of processes that have died, whose locks go."""
        batches = {name[:_BATCH] for name in documents.list_names(self._folder)}
        dead = {batch for batch in batches if files.discard_lock(self._lock_path(batch))}
        return tuple(path for path in self.paths() if path.name[:_BATCH] in dead)

    def _read(self, path: Path) -> StoredConnector | None:
        """None for what this version cannot read: it stays, and so do its secrets."""
        try:
            document = files.read_object(path) or {}
        except (OSError, DamagedContent):
            return None
        its_own = self._store._path_of(_id_of(path))
        entry = read_stored(its_own, document, self._store._defaults_for)
        return entry if isinstance(entry, StoredConnector) else None

    def _remove_for_good(self, path: Path) -> None:
        try:
            with suppress(FileNotFoundError):
                files.remove_file(path)
        except OSError as error:
            raise files.storage_error(error, path) from None
        files.sync_directory(path.parent)
        self._store._remove_history(_id_of(path))


def _id_of(path: Path) -> str:
    """The id of the connector whose file this is."""
    return path.name[_BATCH + 1 :].removesuffix(".json")


def _move(source: Path, target: Path) -> None:
    try:
        files.replace_file(source, target)
    except OSError as error:
        raise files.storage_error(error, source) from None
    files.sync_directory(target.parent)
    files.sync_directory(source.parent)
