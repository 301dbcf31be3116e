"""A removal that can be undone: gone for everybody else, whole again after undo, nothing half."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.storage import contents
from smtpwizard.usecases.approvals import approve, is_approved
from smtpwizard.usecases.default import set_default
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.history import GIVEN, SIGNED_IN, record_moment
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.leftovers import clear_leftovers
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector, sweep_secrets
from smtpwizard.usecases.undoable_remove import remove_for_now
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.helpers.programs import prints
from tests.usecases.conftest import BASIC, FolderStore, connector, open_workspace, refuse


def make(ws: Workspace, name: str = "A") -> StoredConnector:
    stored = save_connector(ws, connector(ws, name=name), secrets={"password": Secret("p")})
    record_moment(ws, stored, SIGNED_IN)
    return stored


def names(ws: Workspace) -> list[str]:
    return [stored.connector.name for stored in ws.connectors().connectors]


def left(ws: Workspace) -> set[str]:
    """Every file of the project but what every change leaves."""
    found = (p.relative_to(ws.store.directory) for p in ws.store.directory.rglob("*"))
    files = {str(path) for path in found if (ws.store.directory / path).is_file()}
    # What a killed writer of the project's file leaves goes with the next one.
    return {name for name in files - {".lock", "project.json"} if not name.startswith(".project")}


def sweep(ws: Workspace) -> None:
    """What a start does."""
    sweep_secrets(ws)
    clear_leftovers(ws)


def test_undone_it_is_as_it_was(ws: Workspace, keyring: FolderStore, tmp_path: Path) -> None:
    stored, other = make(ws), make(ws, "B")
    before = left(ws)
    removal = remove_for_now(ws, [stored])
    assert removal.connectors == (stored,)
    assert names(open_workspace(tmp_path)) == ["B"]
    assert ws.store.default_id() == other.id
    # Others who save, remove and start meanwhile leave it alone.
    busy = open_workspace(tmp_path)
    remove_connector(busy, make(busy, "C"))
    sweep(busy)
    assert removal.undo() == (stored,)
    assert removal.refused == {}
    assert ws.connectors().connectors == (stored, other)
    assert (ws.store.read_verification(stored.id) or {}).keys() == {SIGNED_IN, GIVEN["password"]}
    secret = kept_secret(ws, stored, "password")
    assert secret is not None
    assert secret.reveal() == "p"
    assert len(keyring.contents()) == 2
    assert left(ws) == before
    assert removal.undo() == ()
    assert removal.finish() is True
    assert names(ws) == ["A", "B"]


def test_final_nothing_is_left(ws: Workspace, keyring: FolderStore) -> None:
    helper = {**BASIC, "secret_command": prints("x")}
    approved = save_connector(ws, connector(ws, name="Helped", authentication=helper), secrets={})
    approve(ws, approved.connector)
    removal = remove_for_now(ws, [make(ws), make(ws, "B"), approved])
    assert is_approved(ws, approved.connector)
    assert names(ws) == []
    assert removal.finish() is True
    assert left(ws) == set()
    assert keyring.contents() == {}
    assert not is_approved(ws, approved.connector)
    assert removal.connectors == removal.undo() == ()
    assert removal.finish() is True


def test_one_that_changed_elsewhere_stays(ws: Workspace, tmp_path: Path) -> None:
    stored, other = make(ws), make(ws, "B")
    busy = open_workspace(tmp_path)
    changed = connector(busy, name="A", description="x")
    save_connector(busy, changed, secrets={}, stored=stored)
    removal = remove_for_now(ws, [stored, other])
    assert removal.refused[stored.id].code == "changed_elsewhere"
    assert removal.connectors == (other,)
    assert names(ws) == ["A"]
    nothing = remove_for_now(ws, [stored])
    assert nothing.connectors == ()
    assert nothing.finish() is True


def test_a_name_that_was_taken_meanwhile(ws: Workspace) -> None:
    stored = make(ws)
    removal = remove_for_now(ws, [stored])
    taken = make(ws)
    assert removal.undo() == ()
    assert removal.refused[stored.id].code == "name_taken"
    remove_connector(ws, taken)
    assert removal.undo() == (stored,)


def test_the_default_is_the_default_again(ws: Workspace) -> None:
    stored, other = make(ws), make(ws, "B")
    removal = remove_for_now(ws, [stored])
    assert ws.store.default_id() == other.id
    removal.undo()
    assert ws.store.default_id() == stored.id


def test_another_default_that_was_chosen_meanwhile_stays(ws: Workspace) -> None:
    stored, other = make(ws), make(ws, "B")
    removal = remove_for_now(ws, [stored])
    set_default(ws, other)
    removal.undo()
    assert ws.store.default_id() == other.id


def test_a_file_that_came_back_by_itself_is_not_overwritten(ws: Workspace) -> None:
    stored = make(ws)
    path = ws.store.directory / "connectors" / f"{stored.id}.json"
    data = path.read_bytes()
    removal = remove_for_now(ws, [stored])
    path.write_bytes(data.replace(b'"A"', b'"Another"'))
    assert removal.undo() == ()
    assert removal.refused[stored.id].code == "changed_elsewhere"


def test_a_sign_in_that_is_shared_outlives_both_ways(ws: Workspace, keyring: FolderStore) -> None:
    registration = {"client_id": "1-a.apps.googleusercontent.com"}
    login = {"method": "oauth", "username": "a@example.com", "oauth": registration}
    first = save_connector(
        ws,
        connector(ws, provider="gmail", authentication=login),
        secrets={"refresh_token": Secret("r")},
    )
    copy = duplicate_connector(ws, first, "Copy")
    assert copy.secrets == first.secrets
    removal = remove_for_now(ws, [first])
    assert remove_connector(ws, copy)
    assert set(keyring.contents()) == set(first.secrets.values()), "it may be brought back"
    assert removal.undo() == (first,)
    remove_for_now(ws, [first]).finish()
    assert keyring.contents() == {}


def test_a_locked_store_is_swept_another_time(ws: Workspace, keyring: FolderStore) -> None:
    removal = remove_for_now(ws, [make(ws)])
    keyring.before = refuse("delete")
    assert removal.finish() is False
    assert names(ws) == []
    assert len(keyring.contents()) == 1
    keyring.before = lambda _: None
    sweep(ws)
    assert keyring.contents() == {}
    assert left(ws) == set()


def test_many_that_are_swept_cost_one_look_at_the_others(
    ws: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(ws)
    removal = remove_for_now(ws, [make(ws, name) for name in "BCDE"])
    keyring.before = refuse("delete")
    removal.finish()
    keyring.before = lambda _: None
    looked = Mock(side_effect=contents.stamps_in)
    monkeypatch.setattr(contents, "stamps_in", looked)
    sweep(ws)
    assert len(keyring.contents()) == looked.call_count == 1


def test_what_the_disk_refuses_is_tried_another_time(
    ws: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    removal = remove_for_now(ws, [make(ws)])

    def fail(path: Any) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr("smtpwizard.files.remove_file", fail)
        assert removal.finish() is False
    assert any(name.startswith("removed") for name in left(ws))
    sweep(ws)
    assert left(ws) == set()
    assert keyring.contents() == {}


@pytest.mark.parametrize("content", [b"{", b'{"schema": 99}', None])
def test_what_cannot_be_read_is_left_alone(ws: Workspace, content: bytes | None) -> None:
    remove_for_now(ws, [make(ws)])._held.close()
    [path] = (ws.store.directory / "removed").glob("*.json")
    if content is None:
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(content)
    sweep(ws)
    assert path.exists()


def test_the_start_after_a_crash_leaves_approvals_to_nobody(ws: Workspace) -> None:
    helper = {**BASIC, "secret_command": prints("x")}
    stored = save_connector(ws, connector(ws, authentication=helper), secrets={})
    approve(ws, stored.connector)
    remove_for_now(ws, [stored])._held.close()
    sweep(ws)
    assert left(ws) == set()
    assert not is_approved(ws, stored.connector)


def in_a_child(work: Callable[[], object]) -> int:
    """Run something in a process of its own; its wait status."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


@capabilities.forks
@pytest.mark.parametrize("both", [["A"], ["A", "B"]], ids=len)
@pytest.mark.parametrize("how", ["remove", "undo", "finish"])
def test_killed_at_any_step_nothing_is_half(
    tmp_path: Path, keyring: FolderStore, how: str, both: list[str]
) -> None:
    calls = ("replace", "unlink", "open", "fsync", "write")

    def work(step: int) -> None:
        """Killed ahead of the `step`th call of the system that changes something."""
        ws = open_workspace(tmp_path)
        stored = [ws.find(name) for name in both]
        if how != "remove":
            removal = remove_for_now(ws, stored)
        number = 0

        def watched(original: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal number
                number += 1
                if number == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return original(*args, **kwargs)

            return call

        for name in calls:
            setattr(os, name, watched(getattr(os, name)))
        if how == "remove":
            remove_for_now(ws, stored)
        elif how == "undo":
            removal.undo()
        else:
            removal.finish()

    outcomes = set()
    for step in range(1, 1000):
        ws = open_workspace(tmp_path)
        for name in set(both) - set(names(ws)):
            make(ws, name)
        killed = in_a_child(lambda step=step: work(step)) == signal.SIGKILL  # type: ignore[misc]
        ws = open_workspace(tmp_path)
        sweep(ws)
        there = [ws.find(name) for name in names(ws)]
        outcomes |= {name in names(ws) for name in both}
        assert set(keyring.contents()) == {
            ref for stored in there for ref in stored.secrets.values()
        }
        wanted = {
            f"{folder}/{stored.id}.json" for stored in there for folder in ("connectors", "history")
        }
        assert left(ws) == wanted, step
        if not killed:
            break
    assert not killed
    assert outcomes == ({False} if how == "finish" else {True, False})


def test_a_file_that_cannot_be_moved_stays(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = make(ws)

    def fail(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("smtpwizard.files.replace_file", fail)
    removal = remove_for_now(ws, [stored])
    assert removal.refused[stored.id].code == "data_dir_unwritable"
    assert names(ws) == ["A"]


def test_one_whose_file_cannot_be_moved_holds_up_no_other(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, other = make(ws), make(ws, "B")
    removal = remove_for_now(ws, [stored, other])
    move = files.replace_file

    def refused(source: Path, target: Path) -> None:
        if stored.id in source.name:
            raise OSError(errno.EIO, "no")
        move(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace_file", refused)
        assert removal.undo() == (other,)
    assert removal.refused[stored.id].code == "data_dir_unwritable"

    def unreadable(_: Path) -> None:
        raise StorageError("data_dir_unreadable")

    with monkeypatch.context() as patch:
        patch.setattr(contents, "stamps_in", unreadable)
        assert removal.undo() == ()
    assert removal.refused[stored.id].code == "data_dir_unreadable"
    assert removal.undo() == (stored,)


def test_made_final_together_one_that_another_program_decides_about_holds_up_no_other(
    ws: Workspace, keyring: FolderStore, tmp_path: Path
) -> None:
    stored, other = make(ws), make(ws, "B")
    removal = remove_for_now(ws, [stored, other])
    busy = open_workspace(tmp_path)
    with busy.store.pending(stored.secrets["password"]):
        assert removal.finish() is False
    assert set(keyring.contents()) == {stored.secrets["password"]}
    sweep(ws)
    assert keyring.contents() == {}
    assert names(ws) == []
