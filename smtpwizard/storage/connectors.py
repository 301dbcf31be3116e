"""The connectors of one project, safe against other processes at work on the same files."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.connector import Connector, name_key, name_order
from smtpwizard.model.errors import StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import DamagedFile, Listing, NewerFile, StoredConnector
from smtpwizard.storage import documents
from smtpwizard.storage.connectorfile import (
    DefaultsFor,
    encode_stored,
    find_refs,
    is_ref,
    may_be_named,
    read_stored,
)
from smtpwizard.storage.contents import Contents, name_taken, stamp_of, stamps_in
from smtpwizard.storage.projects import DataDirectory
from smtpwizard.storage.records import Records

if TYPE_CHECKING:
    from smtpwizard.model.run import Run
    from smtpwizard.storage.removed import Removals
    from smtpwizard.storage.runs import RunStore

# When a file was last written (ns) and how long it is, and the same of the connector's record.
Stamp = tuple[int, int, int, int]


class ConnectorStore:
    """Reads without a lock (files are replaced whole), writes under the project's lock."""

    def __init__(
        self,
        data_dir: DataDirectory | Path,
        project_id: str,
        defaults_for: DefaultsFor,
    ) -> None:
        self._data = data_dir if isinstance(data_dir, DataDirectory) else DataDirectory(data_dir)
        self.project_id = project_id
        self._defaults_for = defaults_for
        self.directory = self._data.project_directory(project_id)
        self._connectors = self.directory / "connectors"
        self._pending = self.directory / "pending"
        self._lock_path = self.directory / ".lock"
        self._records = Records(self.directory)
        self.contents = Contents(self._connectors)
        self._other_stores: dict[str, ConnectorStore] = {}
        self.last_default: str | None = None
        """The default as it was last read or written here: for answers after a change that holds,
        when the disk cannot be read any more."""

    @cached_property
    def removals(self) -> Removals:
        """Connectors that were removed, and may still be brought back."""
        from smtpwizard.storage.removed import Removals  # noqa: PLC0415 - of few verbs

        return Removals(self)

    @cached_property
    def runs(self) -> RunStore:
        """The recorded runs of the project's connectors."""
        from smtpwizard.storage.runs import RunStore  # noqa: PLC0415 - a list has no need of them

        return RunStore(self.directory)

    # -- reading

    def ids(self) -> Sequence[str]:
        """The ids of all connectors; raises `StorageError("data_dir_unreadable")`."""
        return [name.removesuffix(".json") for name in self._file_names()]

    def stamps(self, only: Sequence[str] | None = None) -> Mapping[str, Stamp]:
        """By the ids of all connectors, or `only` of these, what changes with a connector's file
        or its record; none of them is read. Raises `StorageError("data_dir_unreadable")`."""
        if only is not None:
            some = {}
            for identifier in only:
                own = stamp_of(self._connectors, identifier)
                record = stamp_of(self.directory / "history", identifier) or (0, 0)
                if own is not None:
                    some[identifier] = (*own, *record)
            return some
        records = stamps_in(self.directory / "history")
        return {
            identifier: (*stamp, *records.get(identifier, (0, 0)))
            for identifier, stamp in stamps_in(self._connectors).items()
        }

    def list(self, only: Collection[str] | None = None) -> Listing:
        """Everything in the project; one bad file never hides the others.

        With `only`, no other connectors than those with these ids are read. Files set aside are
        named until they are taken away, those of the settings and the project too.
        Raises `StorageError("data_dir_unreadable")`.
        """
        connectors: Any = []
        damaged: Any = []
        newer: Any = []
        for name in self._file_names() if only is None or only else ():
            if only is not None and name.removesuffix(".json") not in only:
                continue
            path = os.path.join(self._connectors, name)
            document, fault = documents.load(path, self._lock_path)
            entry = fault if document is None else read_stored(path, document, self._defaults_for)
            match entry:
                case StoredConnector():
                    connectors.append(entry)
                case NewerFile():
                    newer.append(entry)
                case DamagedFile():
                    damaged.append(entry)
        for other, lock_path in (
            (self.directory / "project.json", self._lock_path),
            (self._data.settings_path, self._data.lock_path),
        ):
            _, fault = documents.load(other, lock_path)
            damaged += [fault] if fault else []
        for directory in (self._connectors, self.directory, self._data.path):
            damaged += documents.set_aside_in(directory)
        connectors.sort(key=lambda stored: (name_order(stored.connector.name), stored.id))
        return Listing(tuple(connectors), tuple(dict.fromkeys(damaged)), tuple(newer))

    def find(self, name: str) -> StoredConnector | NewerFile | None:
        """The connector of that name, compared by `name_key`; of several (by hand) the first by
        id. Looks at every file's bytes and reads no more than the one.

        Raises `StorageError("data_dir_unreadable")`.
        """
        newer = None
        for entry in self._find_by_name(name_key(name.strip())):
            if isinstance(entry, StoredConnector):
                return entry
            newer = newer or entry
        return newer

    def read(self, identifier: str) -> StoredConnector | None:
        """The connector with this id as it is now; None where there is none (any more)."""
        entry = self._read(self._path_of(identifier), None)
        return entry if isinstance(entry, StoredConnector) else None

    def used(self, refs: Sequence[str], *, elsewhere: bool = False) -> frozenset[str]:
        """Those of the references that a connector names, or one that can be brought back or is on
        its way to another project; whichever project has it, or only the others (`elsewhere`).

        Raises `StorageError`.
        """
        found: set[str] = set()
        if not refs:
            return frozenset()
        for store in self._everywhere(self._others() if elsewhere else None):
            users = store._own_users_of(refs)
            found.update(ref for user in users for ref in user.secrets.values() if ref in refs)
            for path in store.removals.paths():
                found |= _named_in(path, refs)
        for path in self._data.on_their_way():
            found |= _named_in(path, refs)
        return frozenset(found)

    def users_of(self, *refs: str) -> tuple[StoredConnector, ...]:
        """The connectors that name one of the references, whichever project has them; raises
        `StorageError`.

        The others' files are looked through and not read.
        """
        if not refs:
            return ()
        found: dict[str, StoredConnector] = {}
        for store in self._everywhere():
            found |= {user.id: user for user in store._own_users_of(refs)}
        return tuple(found.values())

    def _own_users_of(self, refs: Sequence[str]) -> Iterator[StoredConnector]:
        for path in self.contents.may_name(refs):
            entry = self._read(path, None)
            if isinstance(entry, StoredConnector) and not set(refs).isdisjoint(
                entry.secrets.values()
            ):
                yield entry

    def _others(self) -> Sequence[ConnectorStore]:
        """Those of the other projects; raises `StorageError`."""
        others = [each for each in self._data.project_ids() if each != self.project_id]
        for identifier in others:
            if identifier not in self._other_stores:
                store = ConnectorStore(self._data, identifier, self._defaults_for)
                self._other_stores[identifier] = store
        return [self._other_stores[identifier] for identifier in others]

    def _everywhere(
        self, others: Sequence[ConnectorStore] | None = None
    ) -> Sequence[ConnectorStore]:
        """Every project's, twice where there are several: a connector that is moved meanwhile,
        from one that was not looked at yet to one that was, is met the second time."""
        if others is not None:
            return (*others, *others)
        others = self._others()
        return (self, *others, self, *others) if others else (self,)

    def default_id(self) -> str | None:
        """The id of the default connector; a project's only connector is always its default.

        Raises `StorageError("data_dir_unreadable")`.
        """
        self.last_default = self._default_of(self._project_document(), self.ids())
        return self.last_default

    def has(self, connector_id: str) -> bool:
        """Whether there is a file for this connector; raises `StorageError`."""
        return connector_id in self.ids()

    def has_any(self) -> bool:
        """Whether there is a file of a connector at all; raises `StorageError`."""
        return bool(self._file_names())

    def read_verification(self, connector_id: str) -> Json | None:
        """The last record written for a connector; None without one that can be read."""
        return self._records.read(connector_id)

    def refuse_taken(self, *connectors: Connector) -> None:
        """Raises `UsageError("name_taken")` for the first whose name a file bears."""
        taken = self.taken(connectors)
        for connector in connectors:
            if connector.name_key() in taken:
                raise name_taken(connector)

    def taken(self, connectors: Iterable[Connector]) -> frozenset[str]:
        """The keys of those of their names that a file bears; raises `StorageError`.

        A file counts whatever else is wrong with it: once that is put right, there would be two.
        """
        keys = {connector.name_key() for connector in connectors}
        found = set()
        for path in self.contents.may_bear(keys):
            with suppress(OSError, DamagedContent):
                name = files.parse_object(files.read_file(path)).get("name")
                if isinstance(name, str):
                    found.add(name_key(name.strip()))
        return frozenset(found & keys)

    def verified_ids(self) -> frozenset[str]:
        """The ids for which there is a record to read; raises `StorageError`."""
        names = documents.list_names(self.directory / "history")
        return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))

    def mentioned(self) -> frozenset[str]:
        """Every id and every reference to a secret that a file of the project has, or a save that
        is under way; files that are set aside or cannot be understood count as well.

        Raises `StorageError` where one cannot be read.
        """
        found = {ref.replace("-", ":", 1) for ref in documents.list_names(self._pending)}
        for name in documents.list_names(self._connectors):
            found.add(name.partition(".")[0])
        found |= self.removals.ids()
        try:
            for content in self._contents():
                found.update(find_refs(content))
        except DamagedContent as error:
            raise StorageError(error.code, path=str(self._connectors)) from None
        except OSError as error:
            raise files.storage_error(error, self._connectors, writing=False) from None
        return frozenset(found)

    def part_open_to_others(self, connector_id: str | None = None) -> Path | None:
        """What other users could change to have a secret go elsewhere: a folder or a file.

        None where all is this user's: the folders, the connector's file, the user's providers and
        the approvals of helper commands.
        """
        providers = self._data.path / "providers.d"
        places = [self._data.path, self.directory.parent, self.directory, self._connectors]
        places += [providers, *(providers / name for name in documents.list_names(providers))]
        places.append(self._data.path / "approvals.json")
        if connector_id is not None:
            places.append(self._path_of(connector_id))
        found = (files.part_open_to_others(place) for place in places)
        return next((part for part in found if part is not None), None)

    # -- writing

    def write_run(self, run: Run, keep: int) -> bool:
        """Keep a run with the connector that it names as `stored`, and only so many of the older
        ones, with that of its status; False where there is no such connector (any more). Raises
        `StorageError`."""
        if run.stored is None or not os.path.lexists(self._path_of(run.stored)):
            return False
        self.runs.write(run.stored, run, keep, lambda: self._run_of_status(run.stored))
        return True

    def _run_of_status(self, connector_id: str | None) -> str | None:
        """The run that a connector's record names."""
        named = (self.read_verification(connector_id) or {}).get("run") if connector_id else None
        return named if isinstance(named, str) else None

    def change_verification(self, connector_id: str, change: Callable[[Json], Json]) -> None:
        """Write what `change` makes of the last record ({} without one that can be read).

        Dropped where the connector is gone by now. `change` may run in another thread that is
        writing as well. Raises `StorageError`.
        """
        self._records.change(connector_id, change)

    def save(
        self,
        connector: Connector,
        *,
        secrets: Mapping[str, str],
        expected: StoredConnector | None,
        make_default: bool = False,
    ) -> StoredConnector:
        """Write a new connector, or the next revision of `expected`; all of it or nothing.

        The first connector becomes the default. Raises `UsageError` (`name_taken`, or code and
        field of a connector that could not be read again) and `StorageError`: `changed_elsewhere`
        when the file is not what `expected` says or is gone, `read_only_newer` when a later
        version wrote it, or why it could not be written. After an error nothing is saved.
        """
        identifier = expected.id if expected else os.urandom(16).hex()
        path = self._path_of(identifier)
        revision = expected.revision + 1 if expected else 1
        own = {"id": identifier, "revision": revision, "secrets": dict(secrets)}
        # Judged before anything is touched.
        data, stored = encode_stored(path, connector, own, self._defaults_for)
        with self._locked():
            if expected is not None:
                kept = self._expect(expected)
                data, stored = encode_stored(path, connector, kept | own, self._defaults_for)
            if expected is None or expected.connector.name_key() != connector.name_key():
                self.refuse_taken(connector)
            default = self._prepare_default(identifier, revision, make_default)
            self._clear_leftovers()
            files.write_file(path, data)
            self.last_default = default
        return stored

    def remove(self, stored: StoredConnector) -> None:
        """Remove a connector, its record and its runs; one that is gone already is fine.

        Raises `StorageError`: `changed_elsewhere`, `read_only_newer`, `data_dir_unwritable`.
        """
        path = self._path_of(stored.id)
        with self._locked():
            if not os.path.lexists(path):
                return
            self._expect(stored)
            try:
                files.remove_file(path)
            except OSError as error:
                raise files.storage_error(error, path) from None
            files.sync_directory(self._connectors)
            # The connector is gone whatever happens now, and a default without a file is none.
            self._remove_history(stored.id)
            self._forget_default(stored.id)

    def clear_history(self) -> None:
        """Take away records and runs of connectors that are gone, and what killed writers left.

        Raises `StorageError`.
        """
        history = self.directory / "history"
        if not documents.list_names(history):
            return
        with self._locked():
            there = {name.partition(".")[0] for name in documents.list_names(self._connectors)}
            there |= self.removals.ids() | self._data.ids_on_their_way()
            for name in documents.list_names(history):
                if name.endswith(".tmp") or name.removesuffix(".json") not in there:
                    with suppress(OSError):
                        if os.path.isdir(history / name) and not os.path.islink(history / name):
                            self.runs.remove(name)
                        else:
                            os.unlink(history / name)

    def set_default(self, stored: StoredConnector) -> None:
        """Make a connector the default; raises `StorageError` (`changed_elsewhere`: gone)."""
        with self._locked():
            if stored.id not in self.ids():
                raise StorageError("changed_elsewhere", path=str(self._path_of(stored.id)))
            self._change_project(default=stored.id, default_revision=0, default_before=None)
            self.last_default = stored.id

    # -- secrets whose fate is open

    @contextmanager
    def pending(self, ref: str) -> Iterator[None]:
        """Mark a secret's reference as undecided while a save is under way.

        The mark goes when the block ends. It stays when the block ends by an exception or the
        process dies, for `undecided` to find. Raises `StorageError`, `changed_elsewhere` when
        another process is deciding about the same secret.
        """
        path = self._pending_path(ref)
        with ExitStack() as mark:
            # Under the project's lock: a sweep never meets a mark that is not held yet.
            with self._locked():
                documents.make_directory(self._pending)
                try:
                    mark.enter_context(files.locked(path, timeout_s=0))
                except StorageError as error:
                    code = "changed_elsewhere" if error.code == "locked" else error.code
                    raise StorageError(code, **error.facts) from None
                files.sync_directory(self._pending)
            yield
        self.forget(ref)

    def undecided(self) -> tuple[str, ...]:
        """References left by saves that did not end, which no file of any project names.

        Their secrets may be deleted; then `forget` them. None while a file cannot be read, for it
        may name them. Raises `StorageError`.
        """
        marks = documents.list_names(self._pending)
        if not marks:
            return ()
        refs = []
        with self._locked():
            try:
                contents = [data for store in self._everywhere() for data in store._contents()]
                contents += [files.read_file(path) for path in self._data.on_their_way()]
            except (OSError, DamagedContent):
                return ()
            for name in marks:
                try:
                    with files.locked(self._pending / name, timeout_s=0):
                        pass
                except StorageError:
                    continue  # its process is alive
                ref = name.replace("-", ":", 1)
                if any(ref.encode() in content for content in contents):
                    self.forget(ref)
                elif is_ref(ref):
                    refs.append(ref)
        return tuple(refs)

    def forget(self, ref: str) -> None:
        """Take the mark off a reference; raises nothing, for a mark that stays is swept later."""
        with suppress(OSError):
            files.remove_file(self._pending_path(ref))

    # -- inner workings

    def _path_of(self, identifier: str) -> Path:
        return self._connectors / f"{identifier}.json"

    def _pending_path(self, ref: str) -> Path:
        if not is_ref(ref):
            raise ValueError("not a reference to a secret")
        # No colon: on Windows it would name a stream of another file.
        return self._pending / ref.replace(":", "-", 1)

    def _file_names(self) -> Sequence[str]:
        names = documents.list_names(self._connectors)
        return [name for name in names if name.endswith(".json") and not name.startswith(".")]

    def _contents(self) -> Sequence[bytes]:
        names = [name for name in files.list_names(self._connectors) if not name.startswith(".")]
        paths = [self._connectors / name for name in names]
        # One that was removed may be brought back.
        return [
            files.read_file(path, 10 * files.MAX_BYTES) for path in (*paths, *self.removals.paths())
        ]

    def _clear_leftovers(self) -> None:
        with suppress(OSError):
            files.remove_leftovers(self._connectors)

    def _project_document(self) -> Json:
        with suppress(OSError, DamagedContent):
            return files.read_object(self.directory / "project.json") or {}
        return {}

    def _forget_default(self, connector_id: str) -> bool:
        """There is no default where it was this connector; True where it was."""
        with suppress(OSError, StorageError):
            if self._project_document().get("default") == connector_id:
                self._change_project(default=None, default_revision=0, default_before=None)
                return True
        return False

    def _change_project(self, **values: object) -> None:
        self._data.change_project(self.project_id, values)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._data.refuse_gone(self.project_id)
        documents.make_directory(self._connectors)
        with files.locked(self._lock_path):
            self._data.refuse_removed(self.project_id)
            yield

    def _prepare_default(self, identifier: str, revision: int, make_default: bool) -> str | None:
        """Write the default that a connector's next revision brings, ahead of that revision.

        The connector's file is the commit, after which nothing may fail; until it is there, the
        default is the one before.
        """
        before = self._project_document()
        ids = self.ids()
        current = self._default_of(before, ids)
        default = identifier if make_default or not ids else current
        if default != before.get("default"):
            self._change_project(
                default=default,
                default_revision=revision if default == identifier else 0,
                default_before=current,
            )
        return default

    def _default_of(self, project: Json, ids: Sequence[str]) -> str | None:
        default, before = project.get("default"), project.get("default_before")
        if default in ids and self._has_reached(str(default), project.get("default_revision")):
            return str(default)
        if before in ids:
            return str(before)
        return ids[0] if len(ids) == 1 else None

    def _has_reached(self, identifier: str, revision: object) -> bool:
        if not isinstance(revision, int) or revision <= 0:
            return True
        with suppress(OSError, DamagedContent):
            own = (files.read_object(self._path_of(identifier)) or {}).get("stored")
            found = own.get("revision") if isinstance(own, dict) else None
            return isinstance(found, int) and found >= revision
        return True  # damaged it is still the one that was chosen

    def _expect(self, expected: StoredConnector) -> Json:
        """What the file of `expected` holds under `stored`, if it still is what was read then."""
        path = self._path_of(expected.id)
        try:
            document = files.read_object(path) or {}
        except OSError as error:
            raise files.storage_error(error, path, writing=False) from None
        except DamagedContent:
            document = {}
        entry = read_stored(path, document, self._defaults_for)
        if isinstance(entry, NewerFile):
            raise StorageError("read_only_newer", path=str(path), schema=entry.schema)
        if entry != expected:
            raise StorageError("changed_elsewhere", path=str(path))
        own: Json = document.get("stored", {})
        return own

    def _remove_history(self, connector_id: str) -> None:
        """Take away what is kept of a connector's verifications; what stays is swept later."""
        with suppress(OSError):
            with suppress(FileNotFoundError):
                files.remove_file(self._records.path(connector_id))
            self.runs.remove(connector_id)

    def _mark(self, ref: str) -> None:
        documents.make_directory(self._pending)
        with files.locked(self._pending_path(ref), timeout_s=0):
            files.sync_directory(self._pending)

    def _find_by_name(self, key: str) -> Iterator[StoredConnector | NewerFile]:
        """What bears the name with this key, by id."""
        for path, data in self._each_content():
            if may_be_named(data, key):
                entry = self._read(path, data)
                match entry:
                    case StoredConnector():
                        name = entry.connector.name
                    case NewerFile():
                        name = entry.name or ""
                    case _:
                        continue
                if name_key(name.strip()) == key:
                    yield entry

    def _each_content(self) -> Iterator[tuple[str, bytes]]:
        """Every connector file that can be read, with its bytes; raises `StorageError`."""
        for name in self._file_names():
            with suppress(OSError, DamagedContent):
                path = os.path.join(self._connectors, name)
                yield path, files.read_file(path)

    def _read(
        self, path: Path | str, data: bytes | None
    ) -> StoredConnector | DamagedFile | NewerFile | None:
        """What a file is (None: nothing that can be read); `data` are its bytes where at hand."""
        try:
            document = files.parse_object(files.read_file(path) if data is None else data)
        except (OSError, DamagedContent):
            return None
        return read_stored(path, document, self._defaults_for)


def _named_in(path: Path, refs: Sequence[str]) -> frozenset[str]:
    """Those of the references that a file has; none of one that cannot be read."""
    with suppress(OSError, DamagedContent):
        data = files.read_file(path)
        return frozenset(ref for ref in refs if ref.encode() in data)
    return frozenset()
