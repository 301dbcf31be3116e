"""Connectors on their way from one project to another: all of them, or none.

They lie in a folder below `transfers/` as they are to be there, then a journal is written beside
them, which decides it: from then on they go into their place whenever the machine stops. Where
something refuses meanwhile, all is put back. A transfer whose process has died is finished by
whoever meets it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.connector import SCHEMA, Connector
from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.storage import documents
from smtpwizard.storage.connectorfile import DefaultsFor, encode_stored
from smtpwizard.storage.connectors import ConnectorStore
from smtpwizard.storage.projects import DataDirectory

_BATCH = re.compile("[0-9a-f]{32}")
_JOURNAL = "journal.json"
# The ids of projects and connectors: what is in a journal becomes part of a path.
_PLAIN = re.compile(r"(?!\.)[^/\\:\0]*")


class Arrival(NamedTuple):
    """A connector that is to be in another project: as it is here, as it is to be there, and the
    references of its secrets there."""

    stored: StoredConnector
    connector: Connector
    secrets: Mapping[str, str]


class _Journal(NamedTuple):
    """What is decided. `source` is empty for copies; `default` is to be the default there."""

    source: str
    target: str
    connectors: tuple[str, ...]
    default: str | None


class Transfers:
    """Those of one data directory."""

    def __init__(self, data: DataDirectory, defaults_for: DefaultsFor) -> None:
        self._data = data
        self._defaults_for = defaults_for

    def carry_out(
        self, source: str, target: str, arrivals: Sequence[Arrival], *, moved: bool
    ) -> tuple[StoredConnector, ...]:
        """Move connectors between the projects with these ids, with their records and runs, or
        copy them under ids of their own.

        The default of the source is the default there as well where the target has no connector
        yet; if it is not among them, the first is. Raises `UsageError("name_taken")`, and
        `StorageError`: `changed_elsewhere`, `read_only_newer`, `project_gone`, or why it could not
        be written. Nothing is changed then.
        """
        folder = self._data.transfers_folder / os.urandom(16).hex()
        here, there = self._store_of(source), self._store_of(target)
        with ExitStack() as held:
            for identifier in sorted({source, target}):
                held.enter_context(self._store_of(identifier)._locked())
            documents.make_directory(self._data.transfers_folder)
            held.callback(files.discard_lock, _lock_path(folder))
            held.enter_context(files.locked(_lock_path(folder), timeout_s=0))
            contents = {}
            saved = []
            there.refuse_taken(*(arrival.connector for arrival in arrivals))
            for arrival in arrivals:
                data, stored = self._judge(here, there, arrival, moved=moved)
                contents[folder / f"{stored.id}.json"] = data
                saved.append(stored)
            default = _default_there(here, there, arrivals, saved)
            ids = tuple(stored.id for stored in saved)
            journal = _Journal(source if moved else "", target, ids, default)
            _write(folder, contents, journal)
            self._carry_out(folder, journal)
        return tuple(saved)

    def finish_abandoned(self) -> tuple[str, ...]:
        """Finish what was decided by processes that have died, and take away what was not.

        Answers the ids of the connectors that have arrived. What cannot be finished now is met
        again the next time. Raises `StorageError` where it cannot be looked at.
        """
        found: list[str] = []
        names = documents.list_names(self._data.transfers_folder)
        batches = {name.removesuffix(".lock") for name in names}
        for name in sorted(filter(_BATCH.fullmatch, batches)):
            folder = self._data.transfers_folder / name
            if files.discard_lock(_lock_path(folder)):  # else its process is alive
                with suppress(StorageError):
                    found += self._finish(folder)
        return tuple(found)

    # -- inner workings

    def _store_of(self, project_id: str) -> ConnectorStore:
        return ConnectorStore(self._data, project_id, self._defaults_for)

    def _judge(
        self, source: ConnectorStore, target: ConnectorStore, arrival: Arrival, *, moved: bool
    ) -> tuple[bytes, StoredConnector]:
        """The bytes of the file that is to be there; the caller holds both projects' locks."""
        stored = arrival.stored
        own = source._expect(stored)
        identifier, revision = stored.id, stored.revision
        if not moved:
            identifier, revision, own = os.urandom(16).hex(), 1, {}
        elif arrival.connector != stored.connector:
            revision += 1
        entries = {"id": identifier, "revision": revision, "secrets": dict(arrival.secrets)}
        path = target._path_of(identifier)
        return encode_stored(path, arrival.connector, own | entries, self._defaults_for)

    def _carry_out(self, folder: Path, journal: _Journal) -> None:
        """Do what is decided; where it cannot be done, nothing is."""
        done: list[tuple[Path, Path]] = []
        for before, after in self._steps(folder, journal):
            try:
                files.replace_file(before, after)
            except OSError as error:
                with suppress(OSError):  # else it is decided, and the next sweep finishes it
                    for former, now in reversed(done):
                        files.replace_file(now, former)
                    _clear(folder)
                raise files.storage_error(error, before) from None
            done.append((before, after))
        self._settle(folder, journal)

    def _steps(self, folder: Path, journal: _Journal) -> Iterator[tuple[Path, Path]]:
        """Which file goes where: first each into its place, then each out of its former one."""
        target = self._store_of(journal.target)
        for identifier in journal.connectors:
            yield folder / f"{identifier}.json", target._path_of(identifier)
        if journal.source:
            source = self._store_of(journal.source)
            for identifier in journal.connectors:
                yield source._path_of(identifier), folder / f"{identifier}.gone"

    def _settle(self, folder: Path, journal: _Journal) -> None:
        """All are in their place: what belongs to them follows, and the journal goes.

        Raises nothing: where a record or a run stays behind, the connector is as it is without.
        """
        target = self._store_of(journal.target)
        stores = [target]
        if journal.source:
            source = self._store_of(journal.source)
            stores.append(source)
            for identifier in journal.connectors:
                _take_history(source, target, identifier)
                source._forget_default(identifier)
        if journal.default is not None:
            with suppress(OSError, StorageError):
                target._change_project(
                    default=journal.default, default_revision=0, default_before=None
                )
        for store in stores:
            files.sync_directory(store.directory / "connectors")
        with suppress(OSError):
            _clear(folder)

    def _finish(self, folder: Path) -> tuple[str, ...]:
        journal = _read_journal(folder)
        with ExitStack() as held:
            if journal is not None:
                for identifier in sorted(filter(None, {journal.source, journal.target})):
                    held.enter_context(self._store_of(identifier)._locked())
                journal = _read_journal(folder)  # somebody else may have finished it
            if journal is None:
                with suppress(OSError):
                    _clear(folder)
                return ()
            for before, after in self._steps(folder, journal):
                try:
                    files.replace_file(before, after)
                except FileNotFoundError:
                    continue  # it is done
                except OSError as error:
                    raise files.storage_error(error, before) from None
            self._settle(folder, journal)
        return journal.connectors


def _write(folder: Path, contents: Mapping[Path, bytes], journal: _Journal) -> None:
    try:
        for error in files.write_files(contents).values():
            raise error
        documents.write(folder / _JOURNAL, {"schema": SCHEMA, **journal._asdict()})
    except BaseException:
        with suppress(OSError):
            _clear(folder)
        raise


def _clear(folder: Path) -> None:
    """Take away a folder, the journal first: without it the rest decides nothing. `OSError`."""
    with suppress(FileNotFoundError):
        files.remove_file(folder / _JOURNAL)
    for name in files.list_names(folder):
        files.remove_file(folder / name)
    with suppress(FileNotFoundError):
        os.rmdir(folder)


def _lock_path(folder: Path) -> Path:
    return folder.with_suffix(".lock")


def _default_there(
    source: ConnectorStore,
    target: ConnectorStore,
    arrivals: Sequence[Arrival],
    saved: Sequence[StoredConnector],
) -> str | None:
    """Which of those that arrive is to be the default; None where the target has connectors."""
    if target.ids() or not saved:
        return None
    default = source.default_id()
    for arrival, stored in zip(arrivals, saved, strict=True):
        if arrival.stored.id == default:
            return stored.id
    return saved[0].id


def _take_history(source: ConnectorStore, target: ConnectorStore, identifier: str) -> None:
    for name in (identifier, f"{identifier}.json"):
        with suppress(OSError, StorageError):
            before = source.directory / "history" / name
            if os.path.lexists(before):
                documents.make_directory(target.directory / "history")
                files.replace_file(before, target.directory / "history" / name)


def _read_journal(folder: Path) -> _Journal | None:
    """None where there is none, or none that can be read: then nothing was decided."""
    try:
        document = files.read_object(folder / _JOURNAL) or {}
    except (OSError, DamagedContent):
        return None
    source, target = document.get("source"), document.get("target")
    connectors, default = document.get("connectors"), document.get("default")
    names = [source, target, *(connectors if isinstance(connectors, list) else [None])]
    plain = [str(name) for name in names if isinstance(name, str) and _PLAIN.fullmatch(name)]
    if not target or len(plain) != len(names):
        return None
    return _Journal(plain[0], plain[1], tuple(plain[2:]), default if default in plain[2:] else None)
