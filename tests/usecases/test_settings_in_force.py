"""The settings as a page shows them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from smtpwizard import secretstore
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.model.errors import SecretStoreError, StorageError, UsageError
from smtpwizard.secretstore import file
from smtpwizard.usecases import store_choice
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.settings import change_settings, check_setting, list_settings
from smtpwizard.usecases.settings_in_force import change_one, read_in_force
from smtpwizard.usecases.workspace import Workspace


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file.FileStore.__init__, "__kwdefaults__", {"cost": 2})


def workspace(folder: Path, **options: str) -> Workspace:
    return Workspace.open(
        folder, passphrase=lambda new: Secret("open sesame"), secret_store=options.get("store")
    )


def save(ws: Workspace, name: str) -> None:
    connector, problems = read_connector(
        {
            "name": name,
            "provider": "custom",
            "server": {"host": "smtp.example.com"},
            "authentication": {"method": "basic", "username": "mailer@example.com"},
            "admin": {"email": "admin@example.com"},
        },
        ws.defaults_for,
    )
    assert connector is not None, problems
    save_connector(ws, connector, secrets={"password": Secret("stored-secret")})


def test_a_fresh_folder_has_everything_as_nobody_chose(tmp_path: Path) -> None:
    found = read_in_force(workspace(tmp_path / "data"))
    assert found.values["theme"] == "system"
    assert (found.store, found.kept, found.has_encrypted_file) == ("keyring", {}, False)
    assert not found.folder_exists
    assert found.fault is None
    assert not (tmp_path / "data").exists(), "looking makes nothing"


def test_secrets_are_counted_where_they_lie_in_every_project(tmp_path: Path) -> None:
    save(workspace(tmp_path, store="file"), "Invoices")
    other = workspace(tmp_path, store="session")
    save(other, "Reports")
    project = other.data.create_project("Site B")
    save(Workspace.open(tmp_path, project=project.name, secret_store="session"), "Elsewhere")
    found = read_in_force(workspace(tmp_path))
    assert found.kept == {"file": 1, "session": 2}
    assert found.has_encrypted_file


def test_a_store_that_is_chosen_takes_new_secrets_at_once(tmp_path: Path) -> None:
    ws = workspace(tmp_path)
    assert change_one(ws, "secret_store", "file").store == "file"
    assert ws.secret_store_name() == "file"
    assert json.loads((tmp_path / "settings.json").read_text())["secret_store"] == "file"
    assert change_one(ws, "history.runs", "9").values["history.runs"] == 9


def probed(monkeypatch: pytest.MonkeyPatch, *answer: object) -> None:
    monkeypatch.setattr(secretstore, "probe_keyring", lambda: answer)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("secret_store_unavailable", "keyring_not_chosen"),
        ("secret_store_failed", "keyring_not_chosen"),
        ("secret_store_locked", "secret_store_locked"),
    ],
)
def test_a_keyring_that_does_not_work_is_not_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    ws = workspace(tmp_path)
    change_one(ws, "secret_store", "file")
    probed(monkeypatch, False, "", code)
    with pytest.raises(SecretStoreError) as refused:
        change_settings(ws, ["theme=dark", "secret_store=keyring"])
    assert refused.value.code == told
    assert list_settings(ws)["secret_store"] == "file"
    assert list_settings(ws)["theme"] == "system", "all of them or none"
    probed(monkeypatch, True, "test", None)
    assert change_one(ws, "secret_store", "keyring").store == "keyring"


def test_a_keyring_that_says_nothing_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    monkeypatch.setattr(secretstore, "probe_keyring", lambda: asked.wait(300))
    monkeypatch.setattr(store_choice, "LIMIT_S", 0.01)
    ws = workspace(tmp_path)
    with pytest.raises(SecretStoreError) as refused:
        change_one(ws, "secret_store", "keyring")
    asked.set()
    assert refused.value.code == "keyring_silent"
    assert list_settings(ws)["secret_store"] is None


def test_an_encrypted_file_that_is_damaged_is_not_chosen(tmp_path: Path) -> None:
    ws = workspace(tmp_path)
    ws.encrypted_path.write_text('{"format": "something else"}')
    with pytest.raises(SecretStoreError) as refused:
        change_one(ws, "secret_store", "file")
    assert refused.value.code == "file_not_chosen"
    assert refused.value.facts["path"] == str(ws.encrypted_path)
    assert list_settings(ws)["secret_store"] is None


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("secret_store_unavailable", {"keyring"}),
        ("secret_store_failed", {"keyring"}),
        ("secret_store_locked", set()),
        (None, set()),
    ],
)
def test_a_look_finds_the_stores_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str | None, found: set[str]
) -> None:
    def look(_: object) -> None:
        if code is not None:
            raise SecretStoreError(code)

    monkeypatch.setattr(secretstore.KeyringStore, "look", look)
    ws = workspace(tmp_path)
    assert store_choice.unusable_stores(ws) == found
    ws.encrypted_path.write_text('{"format": "something else"}')
    assert store_choice.unusable_stores(ws) == {"file", *found}


def test_a_keyring_that_says_nothing_is_not_called_unusable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    monkeypatch.setattr(secretstore.KeyringStore, "look", lambda _: asked.wait(300))
    monkeypatch.setattr(store_choice, "LOOK_S", 0.01)
    assert store_choice.unusable_stores(workspace(tmp_path)) == set()
    asked.set()


def test_nobody_s_choice_is_for_any_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = workspace(tmp_path)
    change_settings(ws, ["secret_store=file"])
    probed(monkeypatch, False, "", "secret_store_unavailable")
    assert change_settings(ws, ["secret_store="])["secret_store"] is None


def test_why_nothing_can_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = workspace(tmp_path)
    monkeypatch.setattr(ws.data, "writable", lambda: False)
    fault = read_in_force(ws).fault
    assert fault is not None
    assert fault[0] == "settings_not_kept"
    (tmp_path / "settings.json").write_text(json.dumps({"schema": 9}))
    fault = read_in_force(ws).fault
    assert fault is not None
    assert fault[0] == "read_only_newer"
    with pytest.raises(StorageError):
        change_one(ws, "history.runs", "9")


def test_an_unreadable_folder_counts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = workspace(tmp_path)

    def unreadable() -> None:
        raise StorageError("data_dir_unreadable", path="/data", reason="denied")

    monkeypatch.setattr(ws.data, "projects", unreadable)
    assert read_in_force(ws).kept == {}


def test_a_value_is_checked_before_anything_is_written() -> None:
    check_setting("history.runs", "9")
    check_setting("history.runs", "")
    with pytest.raises(UsageError):
        check_setting("history.runs", "many")
