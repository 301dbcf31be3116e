"""A change of one connector reads a few files, however many connectors there are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import secretstore
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import UsageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.storage import contents
from smtpwizard.usecases.default import set_default
from smtpwizard.usecases.duplicate import duplicate_connector, free_name
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.list_rows import ConnectorRows
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.transfer import plan_transfer, transfer
from smtpwizard.usecases.undoable_remove import remove_for_now
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import FolderStore, connector, open_workspace

MANY = 300
FEW = 40
LONG_AGO_NS = 10**18


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred connectors, with a password each, and nothing that was written just now."""
    folder = tmp_path_factory.mktemp("many")
    with pytest.MonkeyPatch.context() as patch:
        store = FolderStore(folder / "keyring")
        patch.setattr(secretstore, "KeyringStore", lambda: store)
        ws = open_workspace(folder)
        server = {"server__host": "127.0.0.1", "server__port": 1}
        for number in range(MANY):
            one = connector(ws, name=f"Connector {number}", **server)
            save_connector(ws, one, secrets={"password": Secret("p")})
    return folder


@pytest.fixture
def ws(made: Path, tmp_path: Path, keyring: FolderStore) -> Workspace:
    for name in ("data", "keyring"):
        shutil.copytree(made / name, tmp_path / name, dirs_exist_ok=True)
    for path in (tmp_path / "data").rglob("*.json"):
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    return open_workspace(tmp_path)


@contextmanager
def opened(monkeypatch: pytest.MonkeyPatch, ws: Workspace) -> Iterator[list[str]]:
    """The files of the project that are opened meanwhile."""
    found: list[str] = []
    really = os.open
    within = os.fspath(ws.store.directory) + os.sep

    def counted(path: Any, *args: Any, **kwargs: Any) -> int:
        if not isinstance(path, int) and os.fspath(path).startswith(within):
            found.append(os.fspath(path))
        return really(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", counted)
        yield found


def copy_name(number: int) -> str:
    return f"Connector 1 (copy {number})"


def changes(ws: Workspace, stored: StoredConnector) -> Iterator[Callable[[], object]]:
    """All that is done with one connector, one after the other."""
    yield lambda: duplicate_connector(ws, stored, free_name(ws, copy_name))
    yield lambda: save_connector(
        ws, connector(ws, name="Another"), secrets={"password": Secret("q")}
    )
    yield lambda: verify_stored(ws, stored)
    yield lambda: set_default(ws, stored)
    document = stored.connector.to_json() | {"description": "described"}
    edited = parse_connector(document, ws.defaults_for)
    kept = [stored]
    yield lambda: kept.append(save_connector(ws, edited, secrets={}, stored=kept[-1]))
    renamed = parse_connector(document | {"name": "Renamed"}, ws.defaults_for)
    yield lambda: kept.append(save_connector(ws, renamed, secrets={}, stored=kept[-1]))
    removals: list[Any] = []
    yield lambda: removals.append(remove_for_now(ws, [kept[-1]]))
    yield lambda: removals[-1].undo()
    yield lambda: removals.append(remove_for_now(ws, [kept[-1]]))
    yield lambda: removals[-1].finish()


def test_with_a_list_that_is_read_the_first_change_reads_few_files(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ConnectorRows(ws)
    row = rows.read().rows[7]
    stored = ws.store.read(row.id)
    assert stored is not None
    with opened(monkeypatch, ws) as files:
        duplicate_connector(ws, stored, free_name(ws, copy_name))
    assert 0 < len(files) < FEW
    rows.keep()
    another = open_workspace(ws.data_dir.parent)
    ConnectorRows(another).read()
    with opened(monkeypatch, another) as files:
        duplicate_connector(another, stored, free_name(another, copy_name))
        rows.read()
    assert 0 < len(files) < FEW
    assert {copy_name(1), copy_name(2)} <= {row.name for row in rows.read().rows}


def test_each_change_reads_few_files(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ConnectorRows(ws)
    stored = ws.store.read(rows.read().rows[7].id)
    assert stored is not None
    assert ws.store.used(["keyring:nobody"]) == frozenset()  # looks at each file once
    for change in changes(ws, stored):
        with opened(monkeypatch, ws) as files:
            change()
        assert 0 < len(files) < FEW, files


def test_what_another_process_writes_meanwhile_counts(ws: Workspace, tmp_path: Path) -> None:
    rows = ConnectorRows(ws)
    rows.read()
    assert free_name(ws, copy_name) == copy_name(1)
    other = open_workspace(tmp_path)
    theirs = other.find("Connector 7")
    duplicate_connector(other, theirs, copy_name(1))
    assert free_name(ws, copy_name) == copy_name(2)
    with pytest.raises(UsageError) as refused:
        duplicate_connector(ws, theirs, copy_name(1))
    assert refused.value.code == "name_taken"
    removal = remove_for_now(other, [theirs])
    assert save_connector(ws, connector(ws, name="Connector 7"), secrets={}).id != theirs.id
    removal.finish()


def test_those_that_come_back_go_or_move_together_cost_a_few_looks(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = ws.store.list().connectors
    removal = remove_for_now(ws, every[:FEW])
    other = ws.data.create_project("Another")
    looks: list[str] = []
    really = contents.stamps_in

    def counted(directory: Path) -> dict[str, contents.FileStamp]:
        looks.append(directory.parent.name)
        return really(directory)

    monkeypatch.setattr(contents, "stamps_in", counted)
    assert len(removal.undo()) == FEW
    assert len(looks) == 1
    plan = plan_transfer(ws, every[:FEW], other, move=True)
    assert len(transfer(ws, plan, move=True).connectors) == FEW
    assert looks.count(other.id) < FEW / 4
    looks.clear()
    everyone = remove_for_now(ws, every[FEW : 2 * FEW])
    secrets = len(list((ws.data_dir.parent / "keyring").iterdir()))
    assert everyone.finish()
    assert len(list((ws.data_dir.parent / "keyring").iterdir())) == secrets - FEW
    assert len(looks) < FEW / 4


def test_of_two_with_one_name_the_first_is_brought_back(ws: Workspace) -> None:
    one, other = ws.store.list().connectors[:2]
    path = ws.store.directory / "connectors" / f"{other.id}.json"
    path.write_text(path.read_text().replace(other.connector.name, one.connector.name))
    twin = ws.store.read(other.id)
    assert twin is not None
    assert twin.connector.name == one.connector.name
    removal = remove_for_now(ws, [one, twin])
    assert removal.undo() == (one,)
    assert removal.refused[twin.id].code == "name_taken"
    assert removal.connectors == (twin,)
    removal.finish()
