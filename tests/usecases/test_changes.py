"""What another process changes is seen, and nothing is where nothing was changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases import changes
from smtpwizard.usecases.changes import Changes, Watch
from smtpwizard.usecases.default import set_default
from smtpwizard.usecases.edit import edit_fields
from smtpwizard.usecases.history import SIGNED_IN, record_moment
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import connector, open_workspace


def save(ws: Workspace, name: str) -> StoredConnector:
    authentication = {"method": "none"}
    return save_connector(ws, connector(ws, name=name, authentication=authentication), secrets={})


def test_each_kind_of_change_is_told(ws: Workspace, tmp_path: Path) -> None:
    watch = Watch(ws)
    assert not watch.look(), "there is no folder yet"
    other = open_workspace(tmp_path)
    first = save(other, "A")
    seen = watch.look()
    assert seen
    assert seen == Changes(connectors=frozenset({first.id}), project=True)
    second = save(other, "B")
    assert watch.look() == Changes(connectors=frozenset({second.id}))
    edited = edit_fields(other, first.connector, {"description": "x"})
    first = save_connector(other, edited, secrets={}, stored=first)
    assert watch.look() == Changes(connectors=frozenset({first.id}))
    record_moment(other, second, SIGNED_IN)
    assert watch.look() == Changes(records=frozenset({second.id}))
    set_default(other, second)
    assert watch.look() == Changes(project=True)
    change_settings(other, ["history.runs=3"])
    assert watch.look() == Changes(settings=True)
    remove_connector(other, second)
    gone = frozenset({second.id})
    assert watch.look() == Changes(connectors=gone, records=gone, project=True)
    assert watch.look() == Changes()


def test_what_is_written_in_place_is_seen_by_a_thorough_look(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = save(ws, "A")
    path = ws.store.directory / "connectors" / f"{stored.id}.json"
    seldom, always = Watch(ws), Watch(ws, thorough_s=0)
    with path.open("a") as file:
        file.write("\n")
    assert always.look() == Changes(connectors=frozenset({stored.id}))
    scanned: list[Any] = []
    monkeypatch.setattr(changes, "_files_in", scanned.append)
    assert not seldom.look()
    assert scanned == [], "where the folder is the same, no file is looked at"


def test_runs_locks_and_what_is_not_renamed_yet_are_no_change(ws: Workspace) -> None:
    stored = save(ws, "A")
    watch = Watch(ws)
    folder = ws.store.directory / "history" / stored.id
    folder.mkdir(parents=True)
    (folder / "20261129-101500-3f9c1a.json").touch()
    (ws.store.directory / "connectors" / ".x.json.0123.tmp").touch()
    assert not watch.look()


def test_a_file_that_goes_while_it_is_looked_at(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = save(ws, "A")
    watch = Watch(ws, thorough_s=0)
    os_scandir = os.scandir

    class Gone:
        name = f"{stored.id}.json"

        def stat(self, **_: object) -> os.stat_result:
            raise FileNotFoundError

    class Entries:
        def __enter__(self) -> list[Gone]:
            return [Gone()]

        def __exit__(self, *_: object) -> None:
            return

    monkeypatch.setattr(os, "scandir", lambda _: Entries())
    assert watch.look().connectors == frozenset({stored.id})
    monkeypatch.setattr(os, "scandir", os_scandir)
    assert watch.look().connectors == frozenset({stored.id})


def test_its_stamps_are_those_of_the_store(ws: Workspace) -> None:
    first = save(ws, "A")
    save(ws, "B")
    record_moment(ws, first, SIGNED_IN)
    watch = Watch(ws)
    assert watch.stamps() == ws.store.stamps()
    save(ws, "C")
    watch.look()
    assert watch.stamps() == ws.store.stamps()


def test_a_folder_that_cannot_be_listed_is_said(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(open_workspace(tmp_path), "A")

    def refused(path: object) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("smtpwizard.storage.connectors.os.scandir", refused)
    with pytest.raises(StorageError) as told:
        ws.store.stamps()
    assert told.value.code == "data_dir_unreadable"
