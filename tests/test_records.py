"""Records that many threads write at once: each as it came, whatever becomes of the others."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.model.errors import StorageError
from smtpwizard.storage.records import Records

GUARD_S = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "connectors").mkdir()
    for name in "abcdefgh":
        (tmp_path / "connectors" / f"{name}.json").touch()
    return tmp_path


def at_once(records: Records, changes: list[tuple[str, Callable[[Any], Any]]]) -> list[Exception]:
    """Have all of these wait for one that is being written, so that they are written together."""
    errors: list[Exception] = []
    inside, go = threading.Event(), threading.Event()

    def slow(record: Any) -> Any:
        inside.set()
        assert go.wait(GUARD_S)
        return record | {"slow": True}

    def change(name: str, what: Callable[[Any], Any]) -> None:
        try:
            records.change(name, what)
        except Exception as error:  # noqa: BLE001 - looked at by the test
            errors.append(error)

    first = threading.Thread(target=change, args=("a", slow))
    first.start()
    assert inside.wait(GUARD_S)
    threads = [first]
    for number, each in enumerate(changes):
        threads.append(threading.Thread(target=change, args=each))
        threads[-1].start()
        while len(records._waiting) <= number:
            go.wait(0.001)
    go.set()
    for thread in threads:
        thread.join(GUARD_S)
    return errors


def add(key: str) -> Callable[[Any], Any]:
    return lambda record: {**record, key: True}


def test_all_that_wait_are_written_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = Records(folder)
    taken: list[Path] = []
    locked = files.locked

    def counted(path: Path, *more: Any) -> Any:
        taken.append(path)
        return locked(path, *more)

    monkeypatch.setattr(files, "locked", counted)
    changes = [(name, add(name)) for name in "abcdefgh"] + [("a", add("again"))]
    assert at_once(records, changes) == []
    assert records.read("a") == {"slow": True, "a": True, "again": True}
    assert all(records.read(name) == {name: True} for name in "bcdefgh")
    assert len(taken) == 2
    assert not [name for name in os.listdir(folder / "history") if name.endswith(".tmp")]


def test_one_that_fails_fails_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = files.replace_file

    def refuse(source: Path, target: Path) -> None:
        if target.name == "b.json":
            raise PermissionError
        replace(source, target)

    monkeypatch.setattr(files, "replace_file", refuse)
    records = Records(folder)

    def fail(record: Any) -> Any:
        raise ZeroDivisionError

    changes = [("b", add("b")), ("c", fail), ("d", lambda _: {"x": object()}), ("e", add("e"))]
    errors = at_once(records, [*changes, ("gone", add("gone"))])
    codes = sorted(getattr(error, "code", type(error).__name__) for error in errors)
    assert codes == ["ZeroDivisionError", "data_dir_unwritable", "not_json"]
    assert records.read("e") == {"e": True}
    assert records.read("b") is records.read("gone") is None


def test_a_lock_that_is_held_is_everybody_s_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: Any) -> Any:
        raise StorageError("locked", path=str(path))

    monkeypatch.setattr(files, "locked", refuse)
    with pytest.raises(StorageError, match="locked"):
        Records(folder).change("a", add("a"))


def test_a_folder_that_cannot_be_made_is_everybody_s_failure(
    folder: Path,
) -> None:
    (folder / "history").touch()
    with pytest.raises(StorageError, match="data_dir_unwritable"):
        Records(folder).change("a", add("a"))
