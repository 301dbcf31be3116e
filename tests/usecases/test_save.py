"""A connector and its secrets are saved together or not at all, whatever fails and whenever."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import secretstore
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError, StorageError, UsageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken
from smtpwizard.storage import ConnectorStore
from smtpwizard.usecases.command_words import join_command
from smtpwizard.usecases.default import set_default
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector, sweep_secrets
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.helpers.programs import prints
from tests.usecases.conftest import BASIC, FolderStore, connector, open_workspace, refuse

OLD, NEW = Secret("old"), Secret("new")


def saved(ws: Workspace, **changes: Any) -> StoredConnector:
    return save_connector(ws, connector(ws, **changes), secrets={"password": OLD})


def only(ws: Workspace) -> StoredConnector:
    [stored] = ws.connectors().connectors
    return stored


def pending(ws: Workspace) -> list[Path]:
    return list((ws.data_dir / "projects/default/pending").glob("*"))


def test_a_new_connector_points_to_its_secret(ws: Workspace, keyring: FolderStore) -> None:
    stored = saved(ws)
    assert keyring.contents() == {stored.secrets["password"]: "old"}
    assert only(ws) == stored
    assert ws.store.default_id() == stored.id
    assert pending(ws) == []


def test_a_new_secret_replaces_the_old_one(ws: Workspace, keyring: FolderStore) -> None:
    first = saved(ws)
    second = save_connector(ws, first.connector, secrets={"password": NEW}, stored=first)
    assert second.secrets != first.secrets
    assert keyring.contents() == {second.secrets["password"]: "new"}
    assert second.revision == first.revision + 1


def test_a_kept_secret_is_not_touched(ws: Workspace, keyring: FolderStore) -> None:
    first = saved(ws)
    keyring.before = refuse("get", "the store was opened")
    changed = connector(ws, name="Bills", server__timeout_s=5)
    second = save_connector(ws, changed, secrets={}, stored=first)
    assert second.secrets == first.secrets
    keyring.before = lambda step: None
    assert keyring.contents() == {second.secrets["password"]: "old"}


@pytest.mark.parametrize(
    "authentication",
    [
        {"method": "none"},
        {"method": "oauth"},
        BASIC | {"mechanism": "EXTERNAL"},
        BASIC | {"secret_command": prints("x")},
    ],
)
def test_what_is_not_used_any_more_is_deleted(
    ws: Workspace, keyring: FolderStore, authentication: dict[str, Any]
) -> None:
    first = saved(ws)
    changed = connector(ws, authentication=authentication)
    assert save_connector(ws, changed, secrets={}, stored=first).secrets == {}
    assert keyring.contents() == {}


def test_a_secret_that_is_not_used_is_refused(ws: Workspace, keyring: FolderStore) -> None:
    with pytest.raises(UsageError, match="secret_not_used"):
        save_connector(ws, connector(ws), secrets={"client_secret": NEW})
    assert keyring.contents() == {}
    assert not ws.data_dir.exists()


def test_a_taken_name_is_refused_before_its_secret_is_stored(
    ws: Workspace, keyring: FolderStore
) -> None:
    saved(ws)
    keyring.before = refuse("put", "the store was asked")
    with pytest.raises(UsageError, match="name_taken"):
        saved(ws, name="INVOICES")


def test_stopping_before_the_commit_leaves_the_old_state(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = saved(ws)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        save_connector(ws, first.connector, secrets={"password": NEW}, stored=first, token=token)
    assert only(ws) == first
    assert keyring.contents() == {first.secrets["password"]: "old"}
    assert pending(ws) == []


# --- every step may fail

Break = Callable[[pytest.MonkeyPatch, FolderStore], None]


def _refuse_to_put(monkeypatch: pytest.MonkeyPatch, keyring: FolderStore) -> None:
    keyring.before = refuse("put")


def _fail_after_put(monkeypatch: pytest.MonkeyPatch, keyring: FolderStore) -> None:
    keyring.before = refuse("put done", "secret_not_kept")


def _fail_to_write(monkeypatch: pytest.MonkeyPatch, keyring: FolderStore) -> None:
    def save(*_: Any, **__: Any) -> None:
        raise StorageError("disk_full")

    monkeypatch.setattr(ConnectorStore, "save", save)


def _fail_to_mark(monkeypatch: pytest.MonkeyPatch, keyring: FolderStore) -> None:
    def mark(*_: Any) -> None:
        raise StorageError("data_dir_unwritable")

    monkeypatch.setattr(ConnectorStore, "pending", mark)


@pytest.mark.parametrize("spoil", [_refuse_to_put, _fail_after_put, _fail_to_write, _fail_to_mark])
@pytest.mark.parametrize("existing", [True, False])
def test_a_failing_step_leaves_the_old_state_and_no_orphan(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ws: Workspace,
    keyring: FolderStore,
    spoil: Break,
    existing: bool,
) -> None:
    first = saved(ws) if existing else None
    before = keyring.contents()
    with monkeypatch.context() as patch:
        spoil(patch, keyring)
        with pytest.raises((StorageError, SecretStoreError)):
            save_connector(
                ws, connector(ws, server__port=26), secrets={"password": NEW}, stored=first
            )
    keyring.before = lambda step: None
    assert ws.connectors().connectors == ((first,) if first else ())
    sweep_secrets(open_workspace(tmp_path))
    assert keyring.contents() == before
    assert pending(ws) == []


def test_a_new_secret_that_cannot_be_taken_back_is_swept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ws: Workspace, keyring: FolderStore
) -> None:
    first = saved(ws)
    keyring.before = refuse("delete")
    with monkeypatch.context() as patch:
        _fail_to_write(patch, keyring)
        with pytest.raises(StorageError):
            save_connector(ws, first.connector, secrets={"password": NEW}, stored=first)
    assert sorted(keyring.contents().values()) == ["new", "old"]
    sweep_secrets(ws)
    assert len(pending(ws)) == 1
    keyring.before = lambda step: None
    sweep_secrets(open_workspace(tmp_path))
    assert keyring.contents() == {first.secrets["password"]: "old"}
    assert pending(ws) == []


def test_an_old_secret_that_cannot_be_deleted_does_not_undo_the_save(
    tmp_path: Path, ws: Workspace, keyring: FolderStore
) -> None:
    first = saved(ws)
    keyring.before = refuse("delete")
    second = save_connector(ws, first.connector, secrets={"password": NEW}, stored=first)
    assert only(ws) == second
    assert sorted(keyring.contents().values()) == ["new", "old"]
    keyring.before = lambda step: None
    sweep_secrets(open_workspace(tmp_path))
    assert keyring.contents() == {second.secrets["password"]: "new"}
    assert pending(ws) == []


@pytest.mark.parametrize("existing", [True, False])
@capabilities.forks
def test_killed_at_any_step_it_is_old_or_new_and_no_orphan_stays(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ws: Workspace,
    keyring: FolderStore,
    existing: bool,
) -> None:
    """A child process is killed ahead of every step of a save, the first one to the last."""
    first = saved(ws) if existing else None
    for step in range(100):
        child = os.fork()
        if child == 0:
            _save_and_die(tmp_path, first, step)
        _, status = os.waitpid(child, 0)
        later = open_workspace(tmp_path)
        stored = later.connectors().connectors
        sweep_secrets(later)
        assert list(keyring.contents()) == [ref for s in stored for ref in s.secrets.values()]
        assert pending(later) == []
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        if stored and stored[0] != first:
            if first is None:
                remove_connector(later, stored[0])
            else:
                first = stored[0]
    else:
        pytest.fail("the save never came to its end")
    assert step > 5
    assert tuple(keyring.contents().values()) == ("new",)


def _save_and_die(folder: Path, stored: StoredConnector | None, step: int) -> None:
    """In the child: a save that is killed ahead of its `step`th step."""
    steps = iter(range(step))

    def before(_: str) -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        store = FolderStore(folder / "keyring", before)
        secretstore.KeyringStore = lambda: store  # type: ignore[assignment,misc]
        for name in ("pending", "save", "forget"):
            _step_ahead_of(name, before)
        ws = open_workspace(folder)
        port = 26 if stored is None else stored.connector.server.port + 1
        made = connector(ws, server__port=port)
        save_connector(ws, made, secrets={"password": NEW}, stored=stored)
        code = 0
    finally:
        os._exit(code)


def _step_ahead_of(name: str, before: Callable[[str], None]) -> None:
    original = getattr(ConnectorStore, name)

    def stepping(*args: Any, **kwargs: Any) -> Any:
        before(name)
        answer = original(*args, **kwargs)
        before(f"{name} done")
        return answer

    setattr(ConnectorStore, name, stepping)


# --- which store


def test_edited_secrets_stay_in_their_store(
    tmp_path: Path, ws: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = saved(ws)
    monkeypatch.setattr(secretstore, "probe_keyring", lambda: (False, "", "never asked"))
    later = open_workspace(tmp_path, secret_store=None)
    second = save_connector(later, first.connector, secrets={"password": NEW}, stored=first)
    assert second.secrets["password"].startswith("keyring:")


def test_a_store_asked_for_wins(tmp_path: Path, ws: Workspace, keyring: FolderStore) -> None:
    first = saved(ws)
    later = open_workspace(tmp_path, secret_store="file", passphrase=lambda _: Secret("passphrase"))
    assert later.secret_store_name(first) == "file"
    second = save_connector(later, first.connector, secrets={"password": NEW}, stored=first)
    assert second.secrets["password"].startswith("file:")
    assert keyring.contents() == {}


def test_what_lasts_is_not_lost_to_a_session(
    tmp_path: Path, ws: Workspace, keyring: FolderStore
) -> None:
    first = saved(ws)
    later = open_workspace(tmp_path, secret_store="session")
    assert later.secret_store_name(first) == "keyring"
    second = save_connector(later, first.connector, secrets={"password": NEW}, stored=first)
    assert list(keyring.contents()) == [second.secrets["password"]]
    new = save_connector(later, connector(later, name="New"), secrets={"password": NEW})
    assert new.secrets["password"].startswith("session:")
    # Where the store does not work, the session is chosen in its place.
    later.choose_secret_store("session")
    third = save_connector(later, second.connector, secrets={"password": NEW}, stored=second)
    assert third.secrets["password"].startswith("session:")
    assert not later.has_lost(third.secrets["password"])
    assert open_workspace(tmp_path).has_lost(third.secrets["password"])


def test_chosen_store_is_remembered_unless_for_the_session(tmp_path: Path) -> None:
    def passphrase(new: bool) -> Secret:
        raise SecretStoreError("passphrase_needed")

    ws = open_workspace(tmp_path, secret_store=None, passphrase=passphrase)
    ws.choose_secret_store("session")
    assert ws.secret_store_for_new().name == "session"
    later = open_workspace(tmp_path, secret_store=None)
    with pytest.raises(SecretStoreError, match="secret_store_unavailable"):
        later.secret_store_for_new()
    later.choose_secret_store("file")
    assert open_workspace(tmp_path, secret_store=None).secret_store_for_new().name == "file"
    with pytest.raises(UsageError, match="secret_store_unknown"):
        later.choose_secret_store("cloud")


def test_a_sweep_asks_nobody_for_a_passphrase(tmp_path: Path) -> None:
    asked = []

    def passphrase(new: bool) -> Secret:
        asked.append(new)
        raise SecretStoreError("passphrase_needed")

    ws = open_workspace(tmp_path, secret_store="file", passphrase=passphrase)
    with pytest.raises(SecretStoreError, match="passphrase_needed"):
        save_connector(ws, connector(ws), secrets={"password": NEW})
    assert asked == [True]
    sweep_secrets(ws)
    sweep_secrets(open_workspace(tmp_path, secret_store="file", passphrase=passphrase))
    assert asked == [True]


def test_the_encrypted_file_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", join_command(prints("open sesame")))
    ws = open_workspace(tmp_path, secret_store="file")
    first = save_connector(ws, connector(ws), secrets={"password": Secret("hunter2-canary")})
    later = open_workspace(tmp_path, secret_store=None)
    assert kept_secret(later, first, "password") == Secret("hunter2-canary")
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"hunter2-canary" not in everything
    assert b"open sesame" not in everything
    assert remove_connector(later, only(later))


# --- duplicate, remove, default


def test_duplicate_keeps_to_the_store_of_the_original(
    tmp_path: Path, ws: Workspace, keyring: FolderStore
) -> None:
    original = saved(ws)
    copy = duplicate_connector(open_workspace(tmp_path, secret_store=None), original, "Copy")
    assert copy.secrets != original.secrets
    assert sorted(keyring.contents().values()) == ["old", "old"]
    assert ws.store.default_id() == original.id


def test_duplicate_does_not_hide_a_locked_store(ws: Workspace, keyring: FolderStore) -> None:
    original = saved(ws)
    keyring.before = refuse("get")
    with pytest.raises(SecretStoreError, match="secret_store_locked"):
        duplicate_connector(ws, original, "Copy")
    assert only(ws) == original


def test_remove_deletes_the_secret(ws: Workspace, keyring: FolderStore) -> None:
    assert remove_connector(ws, saved(ws))
    assert keyring.contents() == {}
    assert ws.connectors().connectors == ()
    assert pending(ws) == []


def test_remove_of_a_changed_connector_keeps_everything(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = saved(ws)
    second = save_connector(ws, connector(ws, server__port=26), secrets={}, stored=first)
    with pytest.raises(StorageError, match="changed_elsewhere"):
        remove_connector(ws, first)
    assert only(ws) == second
    assert keyring.contents() == {second.secrets["password"]: "old"}
    assert pending(ws) == []


def test_remove_with_a_locked_store_is_finished_by_the_next_sweep(
    tmp_path: Path, ws: Workspace, keyring: FolderStore
) -> None:
    stored = saved(ws)
    keyring.before = refuse("delete")
    assert not remove_connector(ws, stored)
    assert ws.connectors().connectors == ()
    assert list(keyring.contents().values()) == ["old"]
    keyring.before = lambda step: None
    sweep_secrets(open_workspace(tmp_path))
    assert keyring.contents() == {}


def test_default_of_a_removed_connector_is_refused(ws: Workspace, keyring: FolderStore) -> None:
    stored = saved(ws)
    remove_connector(ws, stored)
    with pytest.raises(StorageError, match="changed_elsewhere"):
        set_default(ws, stored)


def test_sweeping_an_empty_or_unwritable_place_is_quiet(tmp_path: Path) -> None:
    sweep_secrets(open_workspace(tmp_path))
    assert not (tmp_path / "data").exists()
