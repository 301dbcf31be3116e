"""What is left beside the connectors' files once connectors and sign-ins are gone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.approvals import approve, is_approved
from smtpwizard.usecases.edit import edit_fields
from smtpwizard.usecases.history import SIGNED_IN, record_moment
from smtpwizard.usecases.leftovers import clear_leftovers, lock_name
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.helpers.programs import prints
from tests.usecases.conftest import FolderStore, connector, open_workspace

COMMAND = prints("x")


def oauth(ws: Workspace, name: str = "Invoices") -> Connector:
    registration = {"client_id": "1-a.apps.googleusercontent.com"}
    authentication = {"method": "oauth", "username": "a@example.com", "oauth": registration}
    return connector(ws, name=name, provider="gmail", authentication=authentication)


def sign_in(ws: Workspace, stored: StoredConnector, number: int = 1) -> StoredConnector:
    """Save a sign-in, and leave what a renewal of it leaves."""
    token = Secret(f"refresh-{number}")
    saved = save_connector(ws, stored.connector, secrets={"refresh_token": token}, stored=stored)
    touch_lock(ws, saved.secrets["refresh_token"], mark=True)
    return saved


def touch_lock(ws: Workspace, of: str, *, mark: bool = False) -> Path:
    files.make_private_directory(ws.locks_dir)
    path = ws.locks_dir / lock_name(of)
    path.touch()
    if mark:
        path.with_name(f"{path.name}.renewing").touch()
    return path


def everything(ws: Workspace) -> set[str]:
    """Every file of the data folder but the log, by its kind."""
    found = (p.relative_to(ws.data_dir) for p in ws.data_dir.rglob("*") if p.is_file())
    return {str(path) for path in found if path.parts[0] != "log"}


def test_twenty_connectors_made_and_removed_leave_nothing(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = save_connector(ws, connector(ws, name="Stays"), secrets={"password": Secret("p")})
    before = everything(ws)
    for number in range(20):
        stored = save_connector(ws, oauth(ws), secrets={})
        for again in range(3):
            stored = sign_in(ws, stored, again)
        record_moment(ws, stored, SIGNED_IN)
        fetched = edit_fields(ws, stored.connector, {"authentication.secret_command": COMMAND})
        stored = save_connector(ws, fetched, secrets={}, stored=stored)
        approve(ws, stored.connector)
        changed = edit_fields(ws, stored.connector, {"authentication.username": f"{number}@x.de"})
        stored = save_connector(ws, changed, secrets={}, stored=stored)
        assert is_approved(ws, stored.connector)
        assert remove_connector(ws, stored)
    left = everything(ws) - before
    assert left == {".secrets.lock", ".lock", "approvals.json"} - before
    assert files.read_object(ws.data_dir / "approvals.json") == {"schema": 1, "approved": []}
    assert set(keyring.contents()) == set(first.secrets.values())


def test_twenty_sign_ins_of_one_connector_leave_one_lock(ws: Workspace) -> None:
    stored = save_connector(ws, oauth(ws), secrets={})
    for number in range(20):
        stored = sign_in(ws, stored, number)
    lock = lock_name(stored.secrets["refresh_token"])
    assert {path.name for path in ws.locks_dir.iterdir()} == {lock, f"{lock}.renewing"}


def test_what_is_in_use_stays(ws: Workspace, tmp_path: Path) -> None:
    stored = sign_in(ws, save_connector(ws, oauth(ws), secrets={}))
    own = touch_lock(ws, stored.id)
    held = touch_lock(ws, "keyring:gone")
    foreign = ws.locks_dir / "README"
    foreign.touch()
    # Another project's, and that of a file which a later version wrote or which is damaged.
    elsewhere = open_workspace(tmp_path, project=ws.data.create_project("Other").name)
    other = sign_in(elsewhere, save_connector(elsewhere, oauth(elsewhere), secrets={}))
    (ws.store.directory / "connectors" / "f.json").write_text('{"schema": 99, "a": "file:later"}')
    (ws.store.directory / "connectors" / "g.json").write_text('{"broken": "file:damaged"')
    kept = [touch_lock(ws, ref) for ref in ("file:later", "file:damaged")]
    kept += [own, held, foreign, ws.locks_dir / lock_name(other.secrets["refresh_token"])]
    gone = touch_lock(ws, "keyring:gone-as-well", mark=True)
    with files.locked(held):
        clear_leftovers(ws)
    assert all(path.exists() for path in kept)
    assert not gone.exists()
    assert not gone.with_name(f"{gone.name}.renewing").exists()
    clear_leftovers(ws)
    assert not held.exists()


def test_a_save_under_way_keeps_its_lock(ws: Workspace) -> None:
    ref = "keyring:0123"
    save_connector(ws, oauth(ws), secrets={})
    path = touch_lock(ws, ref)
    with ws.store.pending(ref):
        clear_leftovers(ws)
        assert path.exists()
    clear_leftovers(ws)
    assert not path.exists()


def test_nothing_is_taken_away_while_a_file_cannot_be_read(ws: Workspace) -> None:
    stored = save_connector(ws, oauth(ws), secrets={})
    path = touch_lock(ws, "keyring:unknown")
    folder = ws.store.directory / "connectors" / "directory.json"
    folder.mkdir()
    clear_leftovers(ws)
    assert path.exists()
    folder.rmdir()
    large = ws.store.directory / "connectors" / "large.json"
    with large.open("wb") as file:
        file.truncate(10 * files.MAX_BYTES + 1)
    clear_leftovers(ws)
    assert path.exists()
    large.unlink()
    assert remove_connector(ws, stored)
    assert not path.exists()


def test_records_of_connectors_that_are_gone_go(ws: Workspace) -> None:
    stored = save_connector(ws, oauth(ws), secrets={})
    record_moment(ws, stored, SIGNED_IN)
    history = ws.store.directory / "history"
    (history / "0123.json").write_text("{}")
    (history / ".0123.json.aa.tmp").write_text("")
    set_aside = ws.store.directory / "connectors" / "4567.json.corrupt-20260101T000000Z"
    set_aside.write_text("{")
    (history / "4567.json").write_text("{}")
    clear_leftovers(ws)
    assert {path.name for path in history.iterdir()} == {f"{stored.id}.json", "4567.json"}


def test_an_approval_goes_with_its_command(ws: Workspace) -> None:
    fetched = edit_fields(ws, oauth(ws), {"authentication.secret_command": COMMAND})
    stored = save_connector(ws, fetched, secrets={})
    copy = save_connector(ws, edit_fields(ws, fetched, {"name": "Copy"}), secrets={})
    approve(ws, fetched)
    remove_connector(ws, copy)
    assert is_approved(ws, fetched), "another connector has it"
    other = edit_fields(ws, fetched, {"authentication.secret_command": None})
    save_connector(ws, other, secrets={}, stored=stored)
    assert not is_approved(ws, fetched)


@capabilities.removable_while_open
def test_a_lock_counts_only_while_its_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    entered, leave, inside = threading.Event(), threading.Event(), []

    def wait_for_it() -> None:
        entered.set()
        with files.locked(path, 300):
            inside.append(path.exists())
            leave.wait(300)

    with files.locked(path):
        assert not files.discard_lock(path)
        thread = threading.Thread(target=wait_for_it)
        thread.start()
        assert entered.wait(300)
        path.unlink()
    while not inside:
        leave.wait(0.01)
    assert inside == [True], "it holds the file that the others will find"
    assert not files.discard_lock(path)
    leave.set()
    thread.join(300)
    assert files.discard_lock(path)
    assert not path.exists()


@capabilities.removable_while_open
def test_a_lock_that_goes_the_moment_it_is_held_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.lock"
    lock = files._lock
    calls = 0

    def lost(descriptor: int) -> None:
        nonlocal calls
        lock(descriptor)
        calls += 1
        if calls == 1:
            path.unlink()

    monkeypatch.setattr(files, "_lock", lost)
    with files.locked(path):
        assert path.exists()


def test_no_connector_is_read_where_there_is_no_lock(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_connector(ws, connector(ws, name="A", authentication={"method": "none"}), secrets={})
    read: list[int] = []

    def mentioned(_: object) -> list[str]:
        read.append(1)
        return []

    monkeypatch.setattr("smtpwizard.storage.ConnectorStore.mentioned", mentioned)
    clear_leftovers(ws)
    assert read == []
    touch_lock(ws, "keyring:unknown")
    clear_leftovers(ws)
    assert read
