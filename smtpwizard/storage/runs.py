"""The recorded runs of a project's connectors: a file each, below `history/<connector id>/`.

A run's first line sums it up, the second is all of it. Needs no lock: a file is written once, under
a name of its own, and whoever meets one that is gone, or damaged, passes on. It is history, not
worth waiting for the disk; nothing here is read to list connectors.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.errors import StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.run import (
    Run,
    Summary,
    is_run_id,
    read_run,
    read_summary,
    run_document,
    summary,
)
from smtpwizard.model.stored import DamagedFile
from smtpwizard.model.wire import LeftOut
from smtpwizard.storage import documents

KEEP = 50
"""So many runs of a connector are kept unless the settings say otherwise."""
MAX_BYTES = 5_000_000
"""What the runs of a connector may take together, and so one alone."""
MAX_LINE = 65_536
# A writer's temporary file is swept once it is older than any write.
_ABANDONED_S = 3600.0


def _nobody() -> None:
    """No run is wanted besides."""


class RunListing(NamedTuple):
    """The runs of a connector, newest first, and the files that are none."""

    runs: tuple[Summary, ...] = ()
    damaged: tuple[DamagedFile, ...] = ()


class RunStore:
    """The runs of one project; knows connectors by their ids alone."""

    def __init__(self, project_directory: Path) -> None:
        self._history = project_directory / "history"

    def write(
        self,
        connector_id: str,
        run: Run,
        keep: int = KEEP,
        wanted: Callable[[], str | None] = _nobody,
    ) -> None:
        """Keep a run, and of the older ones as many as `keep` and the size allow; the one that is
        `wanted` besides, which is asked only where some are to go.

        Raises `StorageError`, also where something of the run cannot be written at all.
        """
        path = self._path(connector_id, run.id)
        try:
            data = _encode(run)
        except (ValueError, RecursionError):
            raise StorageError("run_unwritable", path=str(path)) from None
        files.write_file(path, data, synced=False)
        self._prune(path.parent, keep, wanted)

    def read(self, connector_id: str, run_id: str) -> Run | None:
        """One run, whole; None where there is none of this id.

        Raises `StorageError` (`run_damaged`, `read_only_newer`, `data_dir_unreadable`).
        """
        if not is_run_id(run_id):
            return None
        path = self._path(connector_id, run_id)
        try:
            data = files.read_file(path, MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise files.storage_error(error, path, writing=False) from None
        except DamagedContent:
            raise StorageError("run_damaged", path=str(path)) from None
        try:
            document = files.parse_object(data.partition(b"\n")[2])
            if schema := documents.newer_schema(document):
                raise StorageError("read_only_newer", path=str(path), schema=schema)
            run = read_run(document)
            if run.id != run_id:
                raise ValueError("the run of another file")
        except (DamagedContent, ValueError):
            raise StorageError("run_damaged", path=str(path)) from None
        return run

    def newest(self, connector_id: str) -> Run | None:
        """The newest run that can be read; None without one. Raises `StorageError`."""
        return next(self.each(connector_id), None)

    def each(self, connector_id: str) -> Iterator[Run]:
        """The runs that can be read, newest first, each read when it is asked for.

        Raises `StorageError` where the folder cannot be read.
        """
        for run_id in self.ids(connector_id):
            with suppress(StorageError):
                run = self.read(connector_id, run_id)
                if run is not None:
                    yield run

    def ids(self, connector_id: str) -> tuple[str, ...]:
        """The ids of all runs, newest first; raises `StorageError`."""
        names = documents.list_names(self._history / connector_id)
        ids = (name.removesuffix(".json") for name in reversed(names) if name.endswith(".json"))
        return tuple(filter(is_run_id, ids))

    def list(self, connector_id: str, limit: int | None = None) -> RunListing:
        """What the first lines say, newest first and no more than `limit`; raises `StorageError`
        where the folder cannot be read."""
        runs: list[Summary] = []
        damaged: list[DamagedFile] = []
        for run_id in self.ids(connector_id)[:limit]:
            path = self._path(connector_id, run_id)
            try:
                found = read_summary(files.parse_object(files.read_line(path, MAX_LINE)))
                if found.id != run_id:
                    raise ValueError("the summary of another run")
            except FileNotFoundError:
                continue  # another process has pruned it meanwhile
            except OSError:
                damaged.append(DamagedFile(path, "unreadable"))
            except DamagedContent as error:
                damaged.append(DamagedFile(path, error.code))
            except ValueError:
                damaged.append(DamagedFile(path, "run_damaged"))
            else:
                runs.append(found)
        return RunListing(tuple(runs), tuple(damaged))

    def remove(self, connector_id: str) -> None:
        """Take away all runs of a connector; raises `OSError` where one stays."""
        folder = self._history / connector_id
        for name in files.list_names(folder):
            with suppress(FileNotFoundError):
                files.remove_file(folder / name)
        with suppress(FileNotFoundError):
            os.rmdir(folder)

    def remove_one(self, connector_id: str, run_id: str) -> None:
        """Take away one run; raises `OSError` where it stays."""
        with suppress(FileNotFoundError):
            files.remove_file(self._path(connector_id, run_id))

    # -- inner workings

    def _path(self, connector_id: str, run_id: str) -> Path:
        return self._history / connector_id / f"{run_id}.json"

    def _prune(self, folder: Path, keep: int, wanted: Callable[[], str | None] = _nobody) -> None:
        """Remove what is too old or too much, the newest and the wanted never; raises nothing."""
        total = number = 0
        spared: tuple[str, ...] | None = None
        with suppress(OSError):
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name, reverse=True)
            for entry in entries:
                with suppress(OSError):  # gone: another process prunes as well
                    status = entry.stat(follow_symlinks=False)
                    if is_run_id(entry.name.removesuffix(".json")):
                        number += 1
                        total += status.st_size
                        superfluous = number > 1 and (number > keep or total > MAX_BYTES)
                    else:
                        age = time.time() - status.st_mtime
                        superfluous = entry.name.endswith(".tmp") and age > _ABANDONED_S
                    if superfluous and spared is None:
                        spared = (f"{wanted()}.json",)
                    if superfluous and entry.name not in (spared or ()):
                        files.remove_file(entry.path)


def _encode(run: Run) -> bytes:
    """The bytes of a run; of one that is too large as much of its wire as there is room for.

    Raises `ValueError`.
    """
    wire = run.report.wire
    number = len(wire)
    while len(data := _lines(run)) > MAX_BYTES:
        number //= 2
        if number == 0:
            raise ValueError("too large")
        rest = LeftOut(wire[number - 1].t_us, len(wire) - number)
        run = run._replace(report=run.report._replace(wire=(*wire[:number], rest)))
    return data


def _lines(run: Run) -> bytes:
    return _line(summary(run)) + _line(run_document(run))


def _line(document: Json) -> bytes:
    # ASCII: nothing else in it can be a line break, and half a surrogate pair has no UTF-8.
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii") + b"\n"
