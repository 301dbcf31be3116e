"""A store whose secrets come out only for what they were given for."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.binding import Binding
from smtpwizard.model.errors import SecretStoreError, StorageError
from smtpwizard.model.secrets import MAX_KEPT_BYTES
from smtpwizard.secretstore import BoundStore, KeyringStore, SessionStore
from tests.helpers.secretstore_contract import SECRETS

REF = "session:" + "0" * 32
HERE = Binding({"server.host": "here.example", "server.port": "587"})
THERE = Binding({"server.host": "there.example", "server.port": "587"})
ELSEWHERE = Binding({"server.host": "there.example", "server.port": "25"})


@pytest.fixture
def inner() -> SessionStore:
    return SessionStore()


@pytest.fixture
def store(inner: SessionStore, tmp_path: Path) -> BoundStore:
    return BoundStore(inner, tmp_path / "data" / ".secrets.lock")


def refusal(store: BoundStore, *wanted: Binding) -> SecretStoreError:
    with pytest.raises(SecretStoreError) as caught:
        store.get(REF, *wanted)
    return caught.value


@pytest.mark.parametrize("kind", [kind for kind in SECRETS if not kind.startswith("largest")])
def test_a_secret_comes_back_exactly(store: BoundStore, kind: str) -> None:
    store.put(REF, Secret(SECRETS[kind]), HERE)
    assert store.get(REF, HERE).reveal() == SECRETS[kind]


def test_for_another_use_it_does_not_come_out(store: BoundStore) -> None:
    store.put(REF, Secret("hunter2"), HERE)
    error = refusal(store, ELSEWHERE)
    assert error.code == "secret_bound_elsewhere"
    assert [d.field for d in error.facts["differences"]] == ["server.host", "server.port"]
    assert "hunter2" not in repr(error.facts)
    assert store.get(REF, THERE, HERE) == Secret("hunter2"), "any of the uses will do"
    assert [d.field for d in refusal(store, THERE, ELSEWHERE).facts["differences"]] == [
        "server.host"
    ]


def test_one_from_before_there_were_bindings_is_bound_by_its_first_use(
    store: BoundStore, inner: SessionStore
) -> None:
    inner.put(REF, Secret("hunter2"))
    assert store.get(REF, HERE, THERE) == Secret("hunter2")
    assert refusal(store, THERE).code == "secret_bound_elsewhere"
    assert store.get(REF, HERE) == Secret("hunter2")


@pytest.mark.parametrize("lock", [".secrets.lock", "data/.secrets.lock"])
def test_what_cannot_be_bound_now_is_used_all_the_same(
    inner: SessionStore, tmp_path: Path, lock: str
) -> None:
    (tmp_path / "file").write_text("")
    store = BoundStore(inner, tmp_path / "file" / lock)
    inner.put(REF, Secret("hunter2"))
    assert store.get(REF, HERE) == Secret("hunter2")
    assert inner.get(REF) == Secret("hunter2")
    with pytest.raises(StorageError, match="data_dir_unwritable"):
        store.delete(REF)


def test_who_binds_it_first_is_heard(
    store: BoundStore, inner: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner.put(REF, Secret("hunter2"))
    locked = files.locked

    def after_another(path: Path, timeout_s: float = 1) -> object:
        monkeypatch.setattr(files, "locked", locked)
        store.get(REF, THERE)
        return locked(path)

    monkeypatch.setattr(files, "locked", after_another)
    assert refusal(store, HERE).code == "secret_bound_elsewhere"


@pytest.mark.parametrize(
    "entry",
    [
        "smtpwizard-secret:2:[]\nhunter2",
        "smtpwizard-secret:1:[]\nhunter2",
        "smtpwizard-secret:1:{}\nhunter2",
        "smtpwizard-secret:1:[1]\nhunter2",
        "smtpwizard-secret:1:7\nhunter2",
        "smtpwizard-secret:hunter2",
    ],
)
def test_a_binding_that_cannot_be_read_lets_nothing_out(
    store: BoundStore, inner: SessionStore, entry: str
) -> None:
    inner.put(REF, Secret(entry))
    error = refusal(store, HERE)
    assert error.code == "secret_unreadable"
    assert "hunter2" not in repr(error.facts)


def test_another_secret_in_its_place_is_bound_as_it_was(store: BoundStore) -> None:
    store.put(REF, Secret("first"), HERE)
    store.replace(REF, Secret("second"))
    assert store.get(REF, HERE) == Secret("second")
    assert refusal(store, THERE).code == "secret_bound_elsewhere"
    store.delete(REF)
    with pytest.raises(SecretStoreError, match="secret_missing"):
        store.replace(REF, Secret("third"))


def test_it_can_be_bound_again_and_to_several_uses(store: BoundStore) -> None:
    store.put(REF, Secret("hunter2"), HERE)
    store.rebind(REF, THERE, keep=(HERE, ELSEWHERE))
    assert store.get(REF, HERE) == store.get(REF, THERE) == Secret("hunter2")
    assert refusal(store, ELSEWHERE).code == "secret_bound_elsewhere", "it never was"
    store.rebind(REF, THERE, keep=(THERE,))
    assert refusal(store, HERE).code == "secret_bound_elsewhere"
    store.rebind(REF, keep=(HERE,))
    assert store.get(REF, THERE) == Secret("hunter2"), "nothing would have remained"


def test_the_limit_is_the_secret_s_own(store: BoundStore) -> None:
    large = Binding({f"field.{number}": "ü" * 200 for number in range(16)})
    store.put(REF, Secret("y" * MAX_KEPT_BYTES), large)
    assert len(store.get(REF, large)) == MAX_KEPT_BYTES
    too_large = Secret("y" * (MAX_KEPT_BYTES + 1))
    with pytest.raises(SecretStoreError, match="secret_too_large") as caught:
        store.put(REF, too_large, HERE)
    assert caught.value.facts["limit"] == MAX_KEPT_BYTES
    with pytest.raises(SecretStoreError, match="secret_too_large"):
        store.replace(REF, too_large)


def test_a_usual_binding_leaves_room_in_a_small_entry(tmp_path: Path) -> None:
    class Backend:
        def __init__(self) -> None:
            self.entries: dict[str, str] = {}

        def get_password(self, service: str, _: str) -> str | None:
            return self.entries.get(service)

        def set_password(self, service: str, _: str, text: str) -> None:
            self.entries[service] = text

    backend = Backend()
    store = BoundStore(KeyringStore(backend, max_units=1200), tmp_path / ".lock")
    usual = Binding(dict.fromkeys(["server.host", "authentication.username"], "x" * 60))
    store.put(REF, Secret("p" * 64), usual)
    assert len(backend.entries) == 1
    assert json.loads(next(iter(backend.entries.values())).partition("\n")[0][20:])


def test_changes_of_one_entry_wait_for_each_other(store: BoundStore, tmp_path: Path) -> None:
    store.put(REF, Secret("first"), HERE)
    (tmp_path / "data").mkdir()
    with files.locked(tmp_path / "data" / ".secrets.lock"):
        thread = threading.Thread(target=store.replace, args=(REF, Secret("second")))
        thread.start()
        assert store.get(REF, HERE) == Secret("first")
    thread.join()
    assert store.get(REF, HERE) == Secret("second")


def test_a_copy_is_for_the_same_uses(
    store: BoundStore, inner: SessionStore, tmp_path: Path
) -> None:
    other = SessionStore()
    there = BoundStore(other, tmp_path / "data" / ".secrets.lock")
    store.put(REF, Secret("hunter2"), HERE)
    store.copy(REF, there, "session:" + "1" * 32)
    assert there.get("session:" + "1" * 32, HERE) == store.get(REF, HERE) == Secret("hunter2")
    with pytest.raises(SecretStoreError, match="secret_bound_elsewhere"):
        there.get("session:" + "1" * 32, THERE)
    inner.put(REF, Secret("from before"))
    store.copy(REF, there, "session:" + "2" * 32)
    assert other.get("session:" + "2" * 32) == Secret("from before"), "bound by its first use"


def test_a_copy_that_is_another_is_refused(
    store: BoundStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SessionStore()
    monkeypatch.setattr(other, "get", lambda ref: Secret("another"))
    store.put(REF, Secret("hunter2"), HERE)
    with pytest.raises(SecretStoreError, match="secret_not_kept"):
        store.copy(REF, BoundStore(other, tmp_path / ".lock"), "session:" + "1" * 32)
    assert store.get(REF, HERE) == Secret("hunter2")
