"""The tables of stand-ins on the disk: private, their connector's, and read with suspicion."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.model.errors import StorageError
from smtpwizard.storage.case_tables import KEEP, CaseTable, CaseTables, new_case_id
from tests import capabilities

OWN = "a" * 32
TABLE = CaseTable(
    "1" * 32, OWN, "20261129-101500-3f9c1a", 3, "inputs", ("ab" * 32,), {"user": {"ann": "user-1"}}
)


@pytest.fixture
def tables(tmp_path: Path) -> CaseTables:
    return CaseTables(tmp_path)


def path_of(tmp_path: Path, table: CaseTable = TABLE) -> Path:
    return tmp_path / "history" / table.connector / f"case-{table.id}.json"


def test_what_is_written_is_read_and_found(tables: CaseTables, tmp_path: Path) -> None:
    assert tables.find(TABLE.id) is None
    tables.write(TABLE)
    other = TABLE._replace(id=new_case_id(), connector="b" * 32, run="20261129-101501-3f9c1a")
    tables.write(other)
    (tmp_path / "history" / f"{OWN}.json").write_text("{}")  # the record beside
    assert tables.read(OWN, TABLE.id) == TABLE
    assert tables.find(TABLE.id) == TABLE
    assert tables.find(other.id) == other
    assert tables.read(OWN, other.id) is None
    assert tables.of_run(OWN, TABLE.run) == TABLE
    assert tables.of_run(OWN, other.run) is None
    again = TABLE._replace(cases=(*TABLE.cases, "cd" * 32))
    tables.write(again)
    assert tables.find(TABLE.id) == again


@capabilities.access_rights
def test_it_is_this_user_s_alone(tables: CaseTables, tmp_path: Path) -> None:
    tables.write(TABLE)
    assert stat.S_IMODE(path_of(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(path_of(tmp_path).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("case_id", ["", "../x", "1" * 31, "1" * 33, "1" * 32 + "\n", "G" * 32])
def test_an_id_is_no_path(tables: CaseTables, case_id: str) -> None:
    tables.write(TABLE)
    assert tables.find(case_id) is None
    assert tables.read(OWN, case_id) is None


def damaged(tables: CaseTables) -> str:
    with pytest.raises(StorageError) as caught:
        tables.find(TABLE.id)
    return caught.value.code


@pytest.mark.parametrize(
    "change",
    [
        {"connector": "b" * 32},
        {"revision": 4},
        {"inputs": "other"},
        {"cases": ["cd" * 32]},
        {"table": {"user": {"eve": "user-1"}}},
        {"digest": "0" * 64},
        {"digest": None},
    ],
)
def test_a_table_that_was_tampered_with_is_not_used(
    tables: CaseTables, tmp_path: Path, change: dict[str, Any]
) -> None:
    tables.write(TABLE)
    path = path_of(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert damaged(tables) == "case_table_damaged"
    assert tables.of_run(OWN, TABLE.run) is None


@pytest.mark.parametrize(
    "change",
    [
        {"id": "2" * 32},
        {"connector": "b" * 32},
        {"run": 5},
        {"revision": True},
        {"cases": None},
        {"cases": ["x"]},
        {"cases": [5]},
        {"table": []},
        {"table": {"user": []}},
        {"table": {"user": {"a": 5}}},
    ],
)
def test_nor_one_with_a_digest_of_its_own(
    tables: CaseTables, tmp_path: Path, change: dict[str, Any]
) -> None:
    from smtpwizard.storage.case_tables import _digest

    tables.write(TABLE)
    path = path_of(tmp_path)
    document = json.loads(path.read_text()) | change
    path.write_text(json.dumps(document | {"digest": _digest(document)}))
    assert damaged(tables) == "case_table_damaged"


def test_files_that_are_none(tables: CaseTables, tmp_path: Path) -> None:
    tables.write(TABLE)
    path = path_of(tmp_path)
    path.write_bytes(b"[")
    assert damaged(tables) == "case_table_damaged"
    path.write_text(json.dumps({"schema": 99}))
    assert damaged(tables) == "read_only_newer"
    path.unlink()
    path.mkdir()
    assert damaged(tables) == "data_dir_unreadable"


def test_the_oldest_go_and_the_newest_stays(tables: CaseTables, tmp_path: Path) -> None:
    written = [TABLE._replace(id=f"{number:032x}") for number in range(KEEP + 3)]
    for at, table in enumerate(written):
        tables.write(table)
        os.utime(path_of(tmp_path, table), ns=(at * 10**9, at * 10**9))
    left = [table for table in written if tables.find(table.id)]
    assert left == written[3:]
    # Whatever a clock says.
    os.utime(path_of(tmp_path, written[-1]), ns=(0, 0))
    tables.write(written[-1])
    assert tables.find(written[-1].id)


def test_what_cannot_be_pruned_or_removed(
    tables: CaseTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(KEEP):
        tables.write(TABLE._replace(id=f"{number:032x}"))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(files, "remove_file", refuse)
    tables.write(TABLE)  # kept all the same
    assert tables.find(TABLE.id) == TABLE
    with pytest.raises(StorageError, match="data_dir_unwritable"):
        tables.remove(OWN)


def test_they_go_with_their_connector(
    tables: CaseTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.write(TABLE)
    run = tmp_path / "history" / OWN / f"{TABLE.run}.json"
    run.write_text("{}")
    tables.remove(OWN)
    assert tables.find(TABLE.id) is None
    assert run.exists()
    tables.remove("b" * 32)
    tables.write(TABLE)

    def gone(path: Path) -> None:
        raise FileNotFoundError(2, "gone")

    monkeypatch.setattr(files, "remove_file", gone)
    tables.remove(OWN)  # another process was faster
