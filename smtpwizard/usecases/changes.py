"""Whether another process has changed what a list of connectors shows: cheap enough to ask often.

Reads no file, only which there are and when they were written; writes nothing and takes no lock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import NamedTuple

from smtpwizard.usecases.workspace import Workspace

THOROUGH_S = 10.0
"""Files are replaced whole, which their folder shows; what an editor writes in place is seen by a
look at every file, which is taken this often."""

_Stamp = tuple[int, int, int]
_Files = Mapping[str, _Stamp]


class Changes(NamedTuple):
    """What is another than at the last look; false where nothing is."""

    connectors: frozenset[str] = frozenset()
    """The ids of those that are new, changed or gone."""
    records: frozenset[str] = frozenset()
    """The ids of those whose last verification, or a date, is another: their runs are as well."""
    project: bool = False
    """The project's own file: its name, its values, its default connector."""
    settings: bool = False

    def __bool__(self) -> bool:
        return self != _NOTHING


_NOTHING = Changes()


class Watch:
    """Looks at the files of a workspace's project, for one thread at a time.

    What this process itself changes is seen as well: look once after a change of one's own.
    """

    def __init__(self, ws: Workspace, thorough_s: float = THOROUGH_S) -> None:
        directory = ws.store.directory
        self._project = os.fspath(directory / "project.json")
        self._settings = os.fspath(ws.data.settings_path)
        self._connectors = _Folder(os.fspath(directory / "connectors"), thorough_s)
        self._records = _Folder(os.fspath(directory / "history"), thorough_s)
        self._seen = (_stamp(self._project), _stamp(self._settings))

    def stamps(self) -> dict[str, tuple[int, ...]]:
        """What `ConnectorStore.stamps` answers, as of the last look: another scan less."""
        records = self._records.files
        return {
            name: (*stamp[:2], *records.get(name, (0, 0))[:2])
            for name, stamp in self._connectors.files.items()
            if not name.startswith(".")
        }

    def look(self) -> Changes:
        """What has changed since the last look, or since this watch was made; raises nothing.

        Takes microseconds where nothing was replaced. What cannot be read counts as gone.
        """
        before, self._seen = self._seen, (_stamp(self._project), _stamp(self._settings))
        return Changes(
            self._connectors.look(),
            self._records.look(),
            before[0] != self._seen[0],
            before[1] != self._seen[1],
        )


class _Folder:
    """The files of one folder whose names end in .json, without that ending."""

    def __init__(self, path: str, thorough_s: float) -> None:
        self._path = path
        self._thorough_s = thorough_s
        self._folder, self.files, self._due = self._take()

    def look(self) -> frozenset[str]:
        if _stamp(self._path) == self._folder and time.monotonic() < self._due:
            return frozenset()
        before = self.files
        self._folder, self.files, self._due = self._take()
        return frozenset(name for name, _ in before.items() ^ self.files.items())

    def _take(self) -> tuple[_Stamp | None, _Files, float]:
        # The folder's own stamp first: what is replaced while it is read is seen the next time.
        return _stamp(self._path), _files_in(self._path), time.monotonic() + self._thorough_s


def _stamp(path: str) -> _Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _files_in(path: str) -> dict[str, _Stamp]:
    files: dict[str, _Stamp] = {}
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                name, dot, ending = entry.name.rpartition(".")
                if dot and ending == "json":
                    try:
                        found = entry.stat(follow_symlinks=False)
                    except OSError:  # removed a moment ago
                        continue
                    files[name] = (found.st_mtime_ns, found.st_size, found.st_ino)
    except OSError:
        pass
    return files
