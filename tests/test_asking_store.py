"""Stores that ask somebody: given up by who waits, left alone by who must not ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smtpwizard import secretstore
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, SecretStoreError
from smtpwizard.net import cancel
from smtpwizard.net.cancel import CancelToken, wait_limits, wait_within_limits
from smtpwizard.secretstore import AskingStore, asking
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import create_connector, sweep_secrets
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import FolderStore, connector, open_workspace, refuse

WAIT_S = 300
REF = "keyring:" + "0" * 32


class Silence:
    """A keyring's question that nobody answers until the test ends; interrupts who waits for it."""

    def __init__(self, step: str, token: CancelToken) -> None:
        self._step = step
        self._token = token
        self.asked = 0
        self.over = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, step: str) -> None:
        if step == self._step:
            self.asked += 1
            self._thread = threading.current_thread()
            self._token.cancel()
            self.over.wait(WAIT_S)

    def end(self) -> None:
        """Answer, and wait until the call that was given up has come to its end."""
        self.over.set()
        assert self._thread is not None
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()


@pytest.fixture
def silent() -> Iterator[Callable[..., Silence]]:
    made: list[Silence] = []

    def make(step: str, token: CancelToken) -> Silence:
        made.append(Silence(step, token))
        return made[-1]

    yield make
    for silence in made:
        silence.over.set()


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "keyring")


@pytest.fixture
def keyring(folder: FolderStore, monkeypatch: pytest.MonkeyPatch) -> FolderStore:
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: folder)
    return folder


@pytest.fixture
def ws(tmp_path: Path, keyring: FolderStore) -> Workspace:
    return open_workspace(tmp_path)


# -- waiting ---------------------------------------------------------------------------------------


def test_without_limits_a_call_stays_in_its_thread(folder: FolderStore) -> None:
    threads: list[threading.Thread] = []
    folder.before = lambda step: threads.append(threading.current_thread())
    AskingStore(folder).ready()
    assert threads == [threading.current_thread()]


def test_the_time_is_bounded(folder: FolderStore, silent: Callable[..., Silence]) -> None:
    folder.before = silent("get", CancelToken())
    with wait_limits(timeout_s=0.01), pytest.raises(SecretStoreError) as caught:
        AskingStore(folder).get(REF)
    assert caught.value.code == "keyring_silent"


def test_a_wait_is_said_once(
    folder: FolderStore, monkeypatch: pytest.MonkeyPatch, silent: Callable[..., Silence]
) -> None:
    monkeypatch.setattr(cancel, "WAITING_AFTER_S", 0)
    silence = silent("ready", CancelToken())
    folder.before = silence
    said: list[str] = []

    def waiting() -> None:
        said.append("waiting")
        silence.over.set()

    with wait_limits(waiting=waiting):
        AskingStore(folder).ready()
    assert said == ["waiting"]


def test_wait_limits_are_inherited_and_ends_with_its_block() -> None:
    outer, inner = CancelToken(), CancelToken()
    outer.cancel()
    with wait_limits(token=outer):
        with wait_limits(timeout_s=WAIT_S), pytest.raises(Cancelled):
            wait_within_limits(lambda: 1, "work")
        with wait_limits(token=inner):
            assert wait_within_limits(lambda: 1, "work") == 1
    assert wait_within_limits(lambda: 1, "work") == 1


# -- who would ask ---------------------------------------------------------------------------------


def test_what_was_answered_is_not_asked_about(folder: FolderStore) -> None:
    looks: list[str] = []

    def look() -> bool:
        looks.append("look")
        return False

    store = AskingStore(folder, unasked=look)
    assert not store.answers_unasked()
    with pytest.raises(SecretStoreError):
        store.get(REF)  # missing is an answer
    assert store.answers_unasked()
    assert looks == ["look"]


def test_a_refusal_says_nothing_about_the_next_call(folder: FolderStore) -> None:
    state = [False, True]
    store = AskingStore(folder, unasked=lambda: state.pop(0))
    store.ready()
    folder.before = refuse("ready")
    with pytest.raises(SecretStoreError):
        store.ready()
    assert not store.answers_unasked(), "still locked"
    assert store.answers_unasked(), "unlocked elsewhere"


def test_a_call_that_was_given_up_is_still_asking(
    folder: FolderStore, silent: Callable[..., Silence]
) -> None:
    token = CancelToken()
    store = AskingStore(folder)
    store.ready()
    silence = silent("put", token)
    folder.before = silence
    with wait_limits(token=token), pytest.raises(Cancelled):
        store.put(REF, Secret("x"))
    assert not store.answers_unasked()
    silence.end()


def test_what_has_not_begun_is_not_done_any_more(folder: FolderStore) -> None:
    token = CancelToken()
    token.cancel()
    store = AskingStore(folder)
    with wait_limits(token=token), pytest.raises(Cancelled):
        store.put(REF, Secret("x"))
    assert folder.contents() == {}
    assert store.answers_unasked()


def test_a_thread_that_begins_too_late_does_nothing(
    folder: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[Callable[[], object]] = []

    def give_up(work: Callable[[], object], name: str) -> None:
        late.append(work)
        raise DeadlineExceeded

    monkeypatch.setattr(asking, "wait_within_limits", give_up)
    store = AskingStore(folder)
    with pytest.raises(SecretStoreError, match="keyring_silent"):
        store.put(REF, Secret("x"))
    with pytest.raises(Cancelled):
        late[0]()
    assert folder.contents() == {}


def test_a_passphrase_that_was_refused_is_not_asked_for_by_clean_up(folder: FolderStore) -> None:
    store = AskingStore(folder, abandonable=False)
    folder.before = refuse("get", "passphrase_needed")
    with pytest.raises(SecretStoreError):
        store.get(REF)
    assert not store.answers_unasked()
    folder.before = lambda step: None
    store.ready()
    assert store.answers_unasked()


# -- clean-up --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["ready", "put", "put done"])
def test_clean_up_after_an_interruption_asks_nobody(
    ws: Workspace, keyring: FolderStore, silent: Callable[..., Silence], step: str
) -> None:
    token = CancelToken()
    silence = silent(step, token)
    keyring.before = silence
    with wait_limits(token=token), pytest.raises(Cancelled):
        create_connector(ws, connector(ws), Secret("new"))
    assert silence.asked == 1
    assert list_connectors(ws) == ()
    silence.end()
    keyring.before = lambda step: None
    # What may have been stored after all is swept as soon as the keyring answers.
    ws.store_of("keyring").ready()
    sweep_secrets(ws)
    assert keyring.contents() == {}
    assert ws.store.undecided() == ()


@pytest.mark.parametrize("change", ["edit", "remove"])
def test_what_holds_is_said_though_the_old_secret_stays(
    ws: Workspace, keyring: FolderStore, silent: Callable[..., Silence], change: str
) -> None:
    stored = create_connector(ws, connector(ws), Secret("old"))
    token = CancelToken()
    silence = silent("delete", token)
    keyring.before = silence
    with wait_limits(token=token):
        if change == "edit":
            saved = edit_connector(ws, stored, {}, secret=Secret("new"))
            assert saved.revision == 2
        else:
            assert not remove_connector(ws, stored), "its secret is still there"
    assert silence.asked == 1
    assert "old" in keyring.contents().values()
    silence.end()
    keyring.before = lambda step: None
    ws.store_of("keyring").ready()
    sweep_secrets(ws)
    assert "old" not in keyring.contents().values()
    assert ws.store.undecided() == ()


def test_a_sweep_gives_up_on_a_store_that_falls_silent(
    ws: Workspace,
    keyring: FolderStore,
    silent: Callable[..., Silence],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from smtpwizard.usecases import save

    monkeypatch.setattr(save, "SWEEP_S", 0.01)
    stored = create_connector(ws, connector(ws), Secret("old"))
    keyring.before = refuse("delete")
    assert not remove_connector(ws, stored)
    silence = silent("delete", CancelToken())
    keyring.before = silence
    sweep_secrets(ws)
    assert silence.asked <= 1
    assert ws.store.undecided(), "left for later"


def test_a_sweep_raises_nothing_for_a_passphrase_command_that_is_none(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError), ws.store.pending("file:" + "0" * 32):
        raise RuntimeError
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", '"')
    sweep_secrets(open_workspace(tmp_path))
    assert ws.store.undecided()


# --- many threads


class Counted:
    """A store that counts its calls, and says no once it is told to."""

    name = "keyring"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.no: str | None = None
        self._kept = secretstore.SessionStore()

    def _count(self, call: str) -> None:
        self.calls.append(call)
        if self.no is not None:
            raise SecretStoreError(self.no)

    def ready(self) -> None:
        self._count("ready")

    def put(self, ref: str, secret: Secret) -> None:
        self._count("put")
        self._kept.put(ref, secret)

    def get(self, ref: str) -> Secret:
        self._count("get")
        return self._kept.get(ref)

    def delete(self, ref: str) -> None:
        self._count("delete")
        self._kept.delete(ref)


@pytest.mark.parametrize(
    ("code", "shut"),
    [
        ("secret_store_locked", True),
        ("keyring_silent", True),
        ("passphrase_wrong", True),
        ("secret_missing", False),
        ("secret_store_failed", False),
    ],
)
def test_a_store_that_stays_shut_is_not_asked_again(code: str, shut: bool) -> None:
    store = Counted()
    many = secretstore.OneByOneStore(store)
    many.ready()
    many.put(REF, Secret("x"))
    assert many.get(REF).reveal() == "x"
    many.delete(REF)
    assert store.calls == ["ready", "put", "get", "delete"]
    store.no = code
    for _ in range(2):
        with pytest.raises(SecretStoreError, match=code):
            many.get(REF)
    assert len(store.calls) == (5 if shut else 6)


def test_who_must_not_ask_can_find_out_of_many_too() -> None:
    assert secretstore.OneByOneStore(secretstore.SessionStore()).answers_unasked()
    store = AskingStore(secretstore.SessionStore(), unasked=lambda: False)
    many = secretstore.BoundStore(store, Path("unused")).one_by_one()
    assert not many.answers_unasked()
