"""JSON documents under a lock: reading one, changing one, and what to do with a damaged one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.connector import SCHEMA
from smtpwizard.model.errors import StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import DamagedFile

_CORRUPT = ".corrupt-"


def load(path: Path | str, lock_path: Path) -> tuple[Json | None, DamagedFile | None]:
    """A document (None: no such file), or what is wrong with the file; raises nothing.

    Damaged content is set aside where that is possible. The caller holds no lock.
    """
    try:
        return files.read_object(path), None
    except OSError:
        return None, DamagedFile(Path(path), "unreadable")
    except DamagedContent as error:
        path = Path(path)
        fault = DamagedFile(path, error.code)
    try:
        with files.locked(lock_path, timeout_s=1):
            # Another process may have replaced or moved the file since.
            try:
                return files.read_object(path), None
            except DamagedContent as error:
                return None, DamagedFile(files.set_aside(path), error.code)
    except (OSError, StorageError):
        return None, fault


def set_aside_in(directory: Path) -> Iterator[DamagedFile]:
    """The files set aside in a directory and not taken away yet; raises `StorageError`."""
    for name in list_names(directory):
        if _CORRUPT in name:
            path = directory / name
            try:
                files.read_object(path)
            except DamagedContent as error:
                yield DamagedFile(path, error.code)
            except OSError:
                yield DamagedFile(path, "unreadable")
            else:
                yield DamagedFile(path, "set_aside")


def current(path: Path) -> Json:
    """The document about to be changed; damaged content is set aside and counts as none.

    The caller holds the lock. Raises `StorageError`: `data_dir_unreadable`, or `read_only_newer`
    for a document of a later version.
    """
    try:
        document = files.read_object(path) or {}
    except DamagedContent:
        with suppress(OSError):
            files.set_aside(path)
        return {}
    except OSError as error:
        raise files.storage_error(error, path, writing=False) from None
    if schema := newer_schema(document):
        raise StorageError("read_only_newer", path=str(path), schema=schema)
    return document


def write(path: Path, document: Json) -> None:
    """Write a whole document; the caller holds the lock. Raises `StorageError`."""
    files.write_file(path, encode(path, document))


def encode(path: Path, document: Json) -> bytes:
    """The bytes of a document for the file `path`; raises `StorageError`."""
    try:
        return files.encode_object(document)
    except DamagedContent as error:
        raise StorageError(error.code, path=str(path)) from None


def newer_schema(document: Json) -> int | None:
    """The document's schema number where it is past ours."""
    schema = document.get("schema")
    return schema if type(schema) is int and schema > SCHEMA else None


def list_names(directory: Path) -> list[str]:
    """The names in a directory, sorted; raises `StorageError("data_dir_unreadable")`."""
    try:
        return files.list_names(directory)
    except OSError as error:
        raise files.storage_error(error, directory, writing=False) from None


def make_directory(path: Path) -> None:
    """Make a private directory where there is none; raises `StorageError`."""
    try:
        files.make_private_directory(path)
    except OSError as error:
        raise files.storage_error(error, path) from None
