"""Moving kept secrets to another store: nothing is lost, whatever stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError, SmtpWizardError, StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken
from smtpwizard.secretstore import FileStore
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.kept_secrets import BoundElsewhere, kept_secret
from smtpwizard.usecases.leftovers import lock_name
from smtpwizard.usecases.move_secrets import Moved, move_secrets, secrets_elsewhere
from smtpwizard.usecases.project import create_project
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.undoable_remove import remove_for_now
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import FolderStore, connector, open_workspace, refuse

PASSPHRASE = Secret("a long passphrase")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    made = FileStore.__init__

    def cheap(self: FileStore, path: Path, passphrase: Callable[[bool], Secret]) -> None:
        made(self, path, passphrase, cost=2)

    monkeypatch.setattr(FileStore, "__init__", cheap)


@pytest.fixture
def ws(tmp_path: Path, keyring: FolderStore) -> Workspace:
    return open_workspace(tmp_path, passphrase=lambda new: PASSPHRASE)


def save(ws: Workspace, name: str, secret: str | None = None) -> StoredConnector:
    secrets = {"password": Secret(secret or f"secret of {name}")}
    return save_connector(ws, connector(ws, name=name), secrets=secrets)


def kept(ws: Workspace, name: str) -> str:
    """The secret of a connector, as a process that has just started finds it."""
    fresh = Workspace.open(ws.data_dir, passphrase=lambda new: PASSPHRASE)
    secret = kept_secret(fresh, fresh.find(name), "password")
    assert secret is not None
    return secret.reveal()


def stores_of(ws: Workspace) -> dict[str, str]:
    """Where the password of each connector lies."""
    found = ws.connectors().connectors
    return {each.connector.name: each.secrets["password"].partition(":")[0] for each in found}


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(SmtpWizardError) as caught:
        work()
    return caught.value.code


def test_there_and_back(ws: Workspace, keyring: FolderStore) -> None:
    for name in ("One", "Two"):
        save(ws, name)
    ws.store.change_verification(
        ws.find("One").id,
        lambda _: {
            "at": "2026-11-30T12:00:00Z",
            "ok": True,
            "inputs": ws.find("One").connector.inputs_digest(),
            "secrets": dict(ws.find("One").secrets),
        },
    )
    assert secrets_elsewhere(ws, "file") == 2
    heard: list[tuple[int, int]] = []
    assert move_secrets(ws, "file", progress=lambda *at: heard.append(at)) == Moved(2)
    assert heard == [(0, 2), (1, 2), (2, 2)]
    assert keyring.contents() == {}
    assert stores_of(ws) == {"One": "file", "Two": "file"}
    assert [kept(ws, name) for name in ("One", "Two")] == ["secret of One", "secret of Two"]
    assert [row.status for row in list_connectors(ws)] == ["verified", "untested"]
    assert "secrets" not in (ws.store.read_verification(ws.find("Two").id) or {})
    assert [done.name for done in ws.changes.done][-2:] == ["One", "Two"]
    assert secrets_elsewhere(ws, "file") == 0
    assert move_secrets(ws, "file") == Moved(0)

    assert move_secrets(ws, "keyring") == Moved(2)
    assert sorted(keyring.contents().values()) == ["secret of One", "secret of Two"]
    assert kept(ws, "One") == "secret of One"
    assert list(ws.encrypted_file._entries()) == []
    assert ws.store.undecided() == ()


def test_a_moved_secret_is_for_the_same_use(ws: Workspace) -> None:
    stored = save(ws, "One")
    move_secrets(ws, "file")
    path = ws.data_dir / "projects" / "default" / "connectors" / f"{stored.id}.json"
    path.write_text(path.read_text().replace(stored.connector.server.host, "evil.example.com"))
    with pytest.raises(BoundElsewhere):
        kept(ws, "One")


def test_those_of_other_projects_go_along(ws: Workspace, keyring: FolderStore) -> None:
    save(ws, "Here")
    there = ws.in_project(create_project(ws, "Other"))
    save(there, "There")
    assert move_secrets(ws, "file") == Moved(2)
    assert stores_of(there) == {"There": "file"}
    assert keyring.contents() == {}


def test_a_shared_sign_in_stays_shared(ws: Workspace, keyring: FolderStore) -> None:
    oauth = {"grant": "authorization_code", "client_id": "id", "issuer": "https://i.example"}
    source = connector(
        ws, name="One", authentication={"method": "oauth", "username": "m", "oauth": oauth}
    )
    one = save_connector(ws, source, secrets={"refresh_token": Secret("refresh")})
    duplicate_connector(ws, one, "Two")
    assert move_secrets(ws, "file") == Moved(1)
    refs = {each.secrets["refresh_token"] for each in ws.connectors().connectors}
    assert len(refs) == 1
    assert refs.pop().startswith("file:")
    assert keyring.contents() == {}
    assert not any(ws.locks_dir.iterdir()), "nobody renews what lay there"


def test_a_renewal_under_way_is_not_overtaken(
    ws: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    oauth = {"grant": "authorization_code", "client_id": "id", "issuer": "https://i.example"}
    source = connector(
        ws, name="One", authentication={"method": "oauth", "username": "m", "oauth": oauth}
    )
    one = save_connector(ws, source, secrets={"refresh_token": Secret("refresh")})
    monkeypatch.setattr(files, "LOCK_TIMEOUT_S", 0.01)
    files.make_private_directory(ws.locks_dir)
    held, done = threading.Event(), threading.Event()

    def renew() -> None:
        with files.locked(ws.locks_dir / lock_name(one.secrets["refresh_token"])):
            held.set()
            done.wait(300)

    renewal = threading.Thread(target=renew)
    renewal.start()
    assert held.wait(300)
    try:
        assert code_of(lambda: move_secrets(ws, "file")) == "locked"
    finally:
        done.set()
        renewal.join()
    assert list(keyring.contents()) == [one.secrets["refresh_token"]]
    assert move_secrets(ws, "file") == Moved(1)


@pytest.mark.parametrize("step", ["get", "delete"])
def test_a_store_that_shuts_in_between(ws: Workspace, keyring: FolderStore, step: str) -> None:
    """What was moved by then is moved; calling again goes on with the rest."""
    names = [save(ws, name).connector.name for name in ("One", "Two", "Three")]
    calls = 0

    def before(now: str) -> None:
        nonlocal calls
        calls += now == step
        if now == step and calls > 2:
            raise SecretStoreError("secret_store_locked")

    keyring.before = before
    if step == "get":
        assert code_of(lambda: move_secrets(ws, "file")) == "secret_store_locked"
    else:  # the copies are there, and the old ones go when that works again
        assert move_secrets(ws, "file") == Moved(3)
        assert len(keyring.contents()) == 1
    keyring.before = lambda step: None
    assert sorted(kept(ws, name) for name in names) == sorted(f"secret of {n}" for n in names)
    move_secrets(ws, "file")
    save(ws, "Four")  # any save sweeps
    assert [ref for ref in keyring.contents() if "Four" not in ref] == []
    assert {kept(ws, name) for name in names} == {f"secret of {name}" for name in names}


def test_a_store_that_does_not_open_is_asked_first(ws: Workspace, keyring: FolderStore) -> None:
    save(ws, "One")
    move_secrets(ws, "file")
    keyring.before = refuse("ready")
    assert code_of(lambda: move_secrets(ws, "keyring")) == "secret_store_locked"
    assert kept(ws, "One") == "secret of One"


def test_one_that_is_not_kept_stays_where_it_is(
    ws: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("One", "Two"):
        save(ws, name)
    move_secrets(ws, "file")
    put = keyring.put

    def keeps_another(ref: str, secret: Secret) -> None:
        put(ref, Secret(secret.reveal() + "?") if "One" in ref else secret)

    monkeypatch.setattr(keyring, "put", keeps_another)
    moved = move_secrets(ws, "keyring")
    assert (moved.moved, moved.left) == (1, 1)
    assert moved.why is not None
    assert moved.why.code == "secret_not_kept"
    assert moved.to_json() == {"moved": 1, "left": 1}
    assert stores_of(ws) == {"One": "file", "Two": "keyring"}
    assert kept(ws, "One") == "secret of One"
    assert len(keyring.contents()) == 1, "the bad copy is gone"


def test_one_that_is_gone_is_left(ws: Workspace, keyring: FolderStore) -> None:
    save(ws, "One")
    keyring.delete(ws.find("One").secrets["password"])
    moved = move_secrets(ws, "file")
    assert (moved.moved, moved.left) == (0, 1)
    assert stores_of(ws) == {"One": "keyring"}


def test_a_file_that_cannot_be_written_leaves_all_as_it_was(
    ws: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    oauth = {"grant": "authorization_code", "client_id": "id", "issuer": "https://i.example"}
    source = connector(
        ws, name="One", authentication={"method": "oauth", "username": "m", "oauth": oauth}
    )
    one = save_connector(ws, source, secrets={"refresh_token": Secret("refresh")})
    two = duplicate_connector(ws, one, "Two")
    write = files.write_file
    last = max(one.id, two.id, key=lambda each: ws.store.read(each).connector.name)  # type: ignore[union-attr]

    def full(path: Path, *arguments: object, **options: object) -> None:
        if path.name == f"{last}.json":
            raise StorageError("disk_full", path=str(path))
        write(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "write_file", full)
    assert code_of(lambda: move_secrets(ws, "file")) == "disk_full"
    refs = {each.secrets["refresh_token"] for each in ws.connectors().connectors}
    assert refs == {one.secrets["refresh_token"]}, "they go on sharing it"
    assert list(keyring.contents().values()) == ["refresh"]
    assert list(ws.encrypted_file._entries()) == []


def test_one_that_is_edited_meanwhile_keeps_the_edit(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = save(ws, "One")
    read = ws.store.__class__.read
    edits = iter([{"description": "edited"}])

    def edited_just_then(store: object, identifier: str) -> StoredConnector | None:
        found = read(store, identifier)  # type: ignore[arg-type]
        for edit in edits:
            assert found is not None
            edit_connector(ws, found, edit)
        return found

    monkeypatch.setattr(ws.store.__class__, "read", edited_just_then)
    assert move_secrets(ws, "file") == Moved(1)
    now = read(ws.store, stored.id)
    assert now is not None
    assert now.connector.description == "edited"
    assert kept(ws, "One") == "secret of One"


def test_one_that_is_removed_meanwhile_leaves_no_copy(
    ws: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = save(ws, "One")
    monkeypatch.setattr(ws.store.__class__, "read", lambda *_: None)
    assert move_secrets(ws, "file") == Moved(0)
    assert list(ws.encrypted_file._entries()) == []
    assert list(keyring.contents()) == [stored.secrets["password"]]


def test_what_can_be_brought_back_keeps_its_secret(ws: Workspace, keyring: FolderStore) -> None:
    removal = remove_for_now(ws, [save(ws, "One")])
    assert move_secrets(ws, "file") == Moved(0)
    removal.undo()
    assert kept(ws, "One") == "secret of One"


def test_it_can_be_stopped(ws: Workspace) -> None:
    for name in ("One", "Two"):
        save(ws, name)
    token = CancelToken()

    def stop(done: int, _: int) -> None:
        if done:
            token.cancel()

    with pytest.raises(Cancelled):
        move_secrets(ws, "file", token=token, progress=stop)
    assert sorted(stores_of(ws).values()) == ["file", "keyring"]
    assert {kept(ws, "One"), kept(ws, "Two")} == {"secret of One", "secret of Two"}
