"""What the connectors' files of a project say, remembered by when each was written and how long it
is, so that a change of one connector reads one file and not ten thousand.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.connector import Connector, name_key
from smtpwizard.model.errors import UsageError
from smtpwizard.storage.connectorfile import find_refs, names_in

# When a file was last written (ns), and how long it is.
FileStamp = tuple[int, int]
# What was read so soon after it was written may be written again with the same stamp: some disks
# count in steps of two seconds.
SOON_NS = 3_000_000_000


class _Content(NamedTuple):
    """Keys of all names that a file may bear, and what may be references in it; None: not known."""

    stamp: FileStamp
    keys: frozenset[str]
    refs: frozenset[str] | None


class Contents:
    """Of the files of one directory. Nothing is believed of a file that is not as it was."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[str, _Content] = {}
        self.told: Callable[[str], tuple[FileStamp, str] | None] = lambda _: None
        """Of an id the name that somebody else has read, and the stamp that is sure for it."""

    def keys(self) -> frozenset[str]:
        """The keys of all names that are taken, and maybe some more; raises `StorageError`."""
        return frozenset(key for content in self._look().values() for key in content.keys)

    def may_bear(self, keys: Collection[str]) -> Iterator[str]:
        """The files that may bear a name with one of these keys: read them to know, a no is
        certain."""
        for identifier, content in self._look().items():
            if not content.keys.isdisjoint(keys):
                yield self._path_of(identifier)

    def may_name(self, refs: Collection[str]) -> Iterator[str]:
        """The same of the references to secrets."""
        for identifier, content in self._look(refs=True).items():
            if content.refs is None or not content.refs.isdisjoint(refs):
                yield self._path_of(identifier)

    def _look(self, *, refs: bool = False) -> Mapping[str, _Content]:
        sure_before = time.time_ns() - SOON_NS
        found, sure = {}, {}
        known = self._known
        for identifier, stamp in sorted(stamps_in(self._directory).items()):
            content = known.get(identifier)
            if content is None or content.stamp != stamp:
                content = self._from_others(identifier, stamp)
            if content is None or (refs and content.refs is None):
                with suppress(OSError, DamagedContent):
                    content = _content_of(stamp, files.read_file(self._path_of(identifier)))
            if content is not None:
                found[identifier] = content
                if stamp[0] < sure_before:
                    sure[identifier] = content
        self._known = sure
        return found

    def _from_others(self, identifier: str, stamp: FileStamp) -> _Content | None:
        its, name = self.told(identifier) or (None, "")
        return _Content(stamp, frozenset((name_key(name),)), None) if its == stamp else None

    def _path_of(self, identifier: str) -> str:
        return os.path.join(self._directory, f"{identifier}.json")


def _content_of(stamp: FileStamp, data: bytes) -> _Content:
    keys = names_in(data)
    if keys is None:
        keys = frozenset()
        with suppress(DamagedContent):
            name = files.parse_object(data).get("name")
            keys = frozenset((name_key(name.strip()),) if isinstance(name, str) else ())
    return _Content(stamp, keys, find_refs(data))


def name_taken(connector: Connector) -> UsageError:
    """What is raised where a file bears the connector's name."""
    return UsageError("name_taken", name=connector.name, field="name")


def stamps_in(directory: Path) -> dict[str, FileStamp]:
    """The stamp of each JSON file of a directory, by its stem; raises `StorageError`."""
    found = {}
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    try:
                        status = entry.stat()
                        found[entry.name[:-5]] = (status.st_mtime_ns, status.st_size)
                    except FileNotFoundError:
                        continue
                    except OSError:  # as a link that leads to itself: whoever reads it says so
                        found[entry.name[:-5]] = (-1, -1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise files.storage_error(error, directory, writing=False) from None
    return found


def stamp_of(directory: Path, stem: str) -> FileStamp | None:
    """The stamp of one of them, as `stamps_in` has it; None where there is none."""
    try:
        status = os.stat(os.path.join(directory, f"{stem}.json"))
    except FileNotFoundError:
        return None
    except OSError:
        return -1, -1
    return status.st_mtime_ns, status.st_size
