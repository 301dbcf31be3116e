"""The tables of stand-ins of the cases that were made here: which name stood for which.

They never leave this machine: private files beside the runs of their connector, which go with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.connector import SCHEMA
from smtpwizard.model.errors import StorageError
from smtpwizard.model.problem import Json
from smtpwizard.storage import documents

KEEP = 50
"""So many tables of a connector are kept; an answer to an older case finds none any more."""

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"case-([0-9a-f]{32})\.json", re.ASCII)


class CaseTable(NamedTuple):
    """`id` stands in the case for the connector; `revision` and `inputs` are the connector's when
    the case was made, `inputs` its `inputs_digest`. `cases` are the SHA-256 of the files that were
    written for the run. `table` has by kind each real name with its stand-in."""

    id: str
    connector: str
    run: str
    revision: int
    inputs: str
    cases: tuple[str, ...]
    table: Mapping[str, Mapping[str, str]]


def new_case_id() -> str:
    """A random id for the connector in a case."""
    return os.urandom(16).hex()


class CaseTables:
    """The tables of one project; knows connectors by their ids alone."""

    def __init__(self, project_directory: Path) -> None:
        self._history = project_directory / "history"

    def write(self, table: CaseTable) -> None:
        """Keep a table, in place of an earlier one of the same id, and no more than `KEEP`.

        Raises `StorageError`.
        """
        path = self._path(table.connector, table.id)
        document: Json = {"schema": SCHEMA, **table._asdict(), "cases": list(table.cases)}
        documents.write(path, document | {"digest": _digest(document)})
        self._prune(path.parent, path)

    def read(self, connector_id: str, case_id: str) -> CaseTable | None:
        """One table; None where there is none of this id.

        Raises `StorageError` (`case_table_damaged`, `read_only_newer`, `data_dir_unreadable`).
        """
        if _ID.fullmatch(case_id) is None:
            return None
        path = self._path(connector_id, case_id)
        try:
            document = files.read_object(path)
        except OSError as error:
            raise files.storage_error(error, path, writing=False) from None
        except DamagedContent:
            raise StorageError("case_table_damaged", path=str(path)) from None
        if document is None:
            return None
        if schema := documents.newer_schema(document):
            raise StorageError("read_only_newer", path=str(path), schema=schema)
        found = _read(document)
        if found is None or (found.connector, found.id) != (connector_id, case_id):
            raise StorageError("case_table_damaged", path=str(path))
        return found

    def find(self, case_id: str) -> CaseTable | None:
        """The table of this id, whichever connector has it; raises as `read` does."""
        for connector_id in documents.list_names(self._history):
            if os.path.isdir(self._history / connector_id):
                found = self.read(connector_id, case_id)
                if found is not None:
                    return found
        return None

    def of_run(self, connector_id: str, run_id: str) -> CaseTable | None:
        """The table of a run that a case was made of before: the same run gives the same case.

        Raises `StorageError` where the folder cannot be read; damaged tables are passed over.
        """
        for _, case_id in self._ids(self._history / connector_id):
            with suppress(StorageError):
                found = self.read(connector_id, case_id)
                if found is not None and found.run == run_id:
                    return found
        return None

    def remove(self, connector_id: str) -> None:
        """Take away all tables of a connector; raises `StorageError` where one stays."""
        folder = self._history / connector_id
        for name, _ in self._ids(folder):
            try:
                files.remove_file(folder / name)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise files.storage_error(error, folder / name) from None

    # -- inner workings

    def _path(self, connector_id: str, case_id: str) -> Path:
        return self._history / connector_id / f"case-{case_id}.json"

    def _ids(self, folder: Path) -> Iterator[tuple[str, str]]:
        for name in documents.list_names(folder):
            match = _NAME.fullmatch(name)
            if match is not None:
                yield name, match[1]

    def _prune(self, folder: Path, newest: Path) -> None:
        """Remove the oldest past the limit, never the newest; raises nothing."""
        ages = []
        with suppress(OSError, StorageError):
            for name, _ in self._ids(folder):
                if folder / name != newest:
                    ages.append((os.lstat(folder / name).st_mtime_ns, name))
            for _, name in sorted(ages, reverse=True)[KEEP - 1 :]:
                files.remove_file(folder / name)


def _digest(document: Json) -> str:
    """Tells a table that was changed by hand, or half written, from one of ours."""
    known = {key: value for key, value in document.items() if key != "digest"}
    data = json.dumps(known, sort_keys=True, ensure_ascii=True).encode()
    return hashlib.sha256(data).hexdigest()


def _read(document: Json) -> CaseTable | None:
    if document.get("digest") != _digest(document):
        return None
    texts = [document.get(key) for key in ("id", "connector", "run", "inputs")]
    revision, cases, table = (document.get(key) for key in ("revision", "cases", "table"))
    if (
        not all(isinstance(text, str) for text in texts)
        or type(revision) is not int
        or not _are_digests(cases)
        or not _is_table(table)
    ):
        return None
    identifier, connector, run, inputs = map(str, texts)
    return CaseTable(identifier, connector, run, revision, inputs, tuple(cases or ()), table or {})


def _are_digests(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(text, str) and _SHA.fullmatch(text) for text in value
    )


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(rows, dict) and all(isinstance(text, str) for text in rows.values())
        for rows in value.values()
    )
