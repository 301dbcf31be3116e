"""Secret stores: the contract on each of them, and what each does when its world says no."""

from __future__ import annotations

import errno
import gc
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import MAX_KEPT_BYTES
from smtpwizard.secretstore import (
    FileStore,
    KeyringStore,
    SecretStore,
    SessionStore,
    file,
    keyring,
    new_ref,
    probe_keyring,
)
from smtpwizard.storage.connectorfile import is_ref
from tests import capabilities
from tests.helpers import desktop
from tests.helpers.secretstore_contract import SecretStoreContract, assert_silent

ROOT = Path(__file__).parents[1]
CHEAP = 2  # scrypt's n where its cost is not the point
SECRET = "hunter2-hunter2"
CANDIDATES = keyring._candidates  # before the tests' surroundings take them away


def refusal(call: Callable[[], object]) -> SecretStoreError:
    with pytest.raises(SecretStoreError) as caught:
        call()
    assert_silent(caught.value, SECRET)
    return caught.value


# --- memory


class TestSessionStore(SecretStoreContract):
    @pytest.fixture
    def store(self) -> SecretStore:
        return SessionStore()


def test_what_is_in_memory_is_gone_with_the_store() -> None:
    ref = new_ref("session", "Invoices", "password")
    SessionStore().put(ref, Secret(SECRET))
    assert refusal(lambda: SessionStore().get(ref)).code == "secret_missing"


# --- the system keyring, played by a backend with memory


class MemoryKeyring:
    """A keyring that remembers; `limit` is what one entry holds, in UTF-16 units."""

    name = "Memory Keyring"

    def __init__(self, limit: int | None = None) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.limit = limit
        self.calls: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.calls.append("get")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls.append("set")
        if self.limit is not None and len(password.encode("utf-16-le")) // 2 > self.limit:
            # What the Windows backend lets out: no KeyringError, and arguments of its own.
            raise WindowsError1783(1783, "CredWrite", password)
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.calls.append("delete")
        del self.entries[service, username]


class WindowsError1783(Exception):
    """Like pywintypes.error: not of keyring's family."""


class TestKeyringStore(SecretStoreContract):
    @pytest.fixture
    def store(self) -> SecretStore:
        return KeyringStore(MemoryKeyring())


class TestKeyringStoreInParts(SecretStoreContract):
    @pytest.fixture
    def store(self) -> SecretStore:
        return KeyringStore(MemoryKeyring(limit=1280), max_units=1200)


@pytest.fixture(scope="module")
def live_keyring() -> Iterator[dict[str, str]]:
    """The environment of a private session with an unlocked keyring, shared by these tests."""
    if reason := desktop.why_no_secret_service():
        pytest.skip(reason)
    with desktop.secret_service() as environment:
        yield environment


def live_store(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> KeyringStore:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, environment[name])
    return KeyringStore()


@pytest.mark.real
class TestLiveKeyring(SecretStoreContract):
    """R-14: gnome-keyring on a bus of its own."""

    @pytest.fixture
    def store(self, live_keyring: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> SecretStore:
        return live_store(live_keyring, monkeypatch)


@pytest.mark.real
def test_r14_a_live_keyring_is_found_and_lets_go_of_what_is_deleted(
    live_keyring: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = live_store(live_keyring, monkeypatch)
    assert probe_keyring() == (True, "SecretService Keyring", None)
    before = all_secrets()
    ref = new_ref("keyring", "Invoices", "password")
    store.put(ref, Secret(SECRET))
    assert sorted([*before, SECRET]) == all_secrets()
    store.delete(ref)
    assert all_secrets() == before


def all_secrets() -> list[str]:
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        collection = secretstorage.get_default_collection(connection)
        return sorted(item.get_secret().decode() for item in collection.get_all_items())


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_r02_a_locked_live_keyring_says_so(
    secret_service: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = live_store(secret_service, monkeypatch)
    ref = new_ref("keyring", "Invoices", "password")
    store.put(ref, Secret(SECRET))
    desktop.lock_keyring(secret_service)
    for call in (
        lambda: store.get(ref),
        lambda: store.put(ref, Secret(SECRET)),
        lambda: store.delete(ref),
    ):
        assert refusal(call).code == "secret_store_locked"
    assert probe_keyring() == (False, "SecretService Keyring", "secret_store_locked")
    gc.collect()  # keyring forgets to close its connection to a keyring that stays locked


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_whether_a_live_keyring_would_ask_is_found_out_without_asking(
    secret_service: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = live_store(secret_service, monkeypatch)
    store.put(new_ref("keyring", "Invoices", "password"), Secret(SECRET))
    assert store.answers_unasked()
    desktop.lock_keyring(secret_service)
    assert not store.answers_unasked()
    assert not KeyringStore(object()).answers_unasked(), "of others nothing is known"
    gc.collect()


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_keyring_s_state_is_asked_for_without_a_prompt(
    monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    closed: list[str] = []

    class Bus:
        def close(self) -> None:
            closed.append("bus")

    class Collection:
        def __init__(self, bus: Bus, path: str) -> None:
            assert path == "/org/freedesktop/secrets/aliases/default"

        def is_locked(self) -> bool:
            return is_locked

    monkeypatch.setattr("secretstorage.dbus_init", Bus)
    monkeypatch.setattr("secretstorage.Collection", Collection)
    backend = type("Keyring", (), {"__module__": "keyring.backends.SecretService"})()
    assert KeyringStore(backend).answers_unasked() is not is_locked
    assert closed == ["bus"]
    assert not KeyringStore(object()).answers_unasked(), "of others nothing is known"


@pytest.mark.parametrize("is_open", [True, False])
def test_a_look_at_a_keyring_asks_nobody(monkeypatch: pytest.MonkeyPatch, is_open: bool) -> None:
    class Failing:
        name = "failing"

        def get_password(self, service: str, username: str) -> str:
            raise RuntimeError

    monkeypatch.setattr(keyring, "_is_open", lambda backend: is_open)
    store = KeyringStore(Failing())
    if is_open:
        assert refusal(store.look).code == "secret_store_failed"
    else:
        store.look()  # what it would say it says to somebody who is asked
    monkeypatch.setattr(keyring, "_candidates", lambda: ())
    assert refusal(KeyringStore().look).code == "secret_store_unavailable"


class PlayedVault:
    """keyring's own backend for Windows as far as ours relies on it: one entry a target."""

    __module__ = "keyring.backends.Windows"
    priority = 5
    persist = "enterprise"

    def __init__(self) -> None:
        self.entries: dict[str, tuple[str, str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get(service, ("", None))[1]

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("copies what was there into another entry")

    def _set_password(self, target: str, username: str, password: str) -> None:
        self.entries[target] = (username, password)

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service]


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> PlayedVault:
    """The Credential Manager, played where there is none."""
    from keyring.backends import Windows

    monkeypatch.setattr(keyring, "_candidates", CANDIDATES)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(Windows, "WinVaultKeyring", PlayedVault)
    backend = keyring._build_backend()
    assert isinstance(backend, PlayedVault)
    return backend


class TestPlayedVault(SecretStoreContract):
    @pytest.fixture
    def store(self, vault: PlayedVault) -> SecretStore:
        return KeyringStore(vault)


def test_windows_keeps_secrets_on_this_machine_without_copies(vault: PlayedVault) -> None:
    assert vault.persist == "local machine", "the default roams with the profile"
    store = KeyringStore(vault)
    ref = new_ref("keyring", "Rechnungen Zürich – Süd", "password")
    for text in ("first", "second", "x" * 3000, "third"):
        store.put(ref, Secret(text))
        assert all(len(kept) <= 1200 for _, kept in vault.entries.values())
    assert vault.entries == {f"smtpwizard/{ref}": ("smtpwizard", "third")}
    assert "Rechnungen_Zuri" in ref, "a person finds it in the list"
    assert store.backend_name() == "Windows Credential Manager"
    assert store.answers_unasked()


def test_macos_has_its_keychain(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import macOS

    class Keychain(MemoryKeyring):
        priority = 5

    monkeypatch.setattr(keyring, "_candidates", CANDIDATES)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(macOS, "Keyring", Keychain)
    assert isinstance(keyring._build_backend(), Keychain)


@pytest.mark.parametrize("kind", ["password", "client_secret", "refresh_token"])
@pytest.mark.parametrize("name", ["Invoices", "Büro / Nord: 2", "請求書", "", "x" * 200, "…a…b…"])
def test_a_reference_says_whose_secret_it_is_and_is_safe_as_a_file_name(
    name: str, kind: str
) -> None:
    ref = new_ref("keyring", name, kind)
    assert is_ref(ref)
    assert re.fullmatch(rf"keyring:(\w+_)?{kind}_[0-9a-f]{{32}}", ref)
    assert ref != new_ref("keyring", name, kind)


@capabilities.credential_manager
class TestCredentialManager(SecretStoreContract):
    @pytest.fixture
    def store(self, monkeypatch: pytest.MonkeyPatch) -> SecretStore:
        monkeypatch.setattr(keyring, "_candidates", CANDIDATES)
        return KeyringStore()


def test_without_a_backend_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "_candidates", lambda: ())
    assert not KeyringStore().answers_unasked()


@capabilities.secret_service
def test_r01_no_bus_is_no_keyring_whatever_the_environment_asks_for(tmp_path: Path) -> None:
    """R-10: a backend that keeps nothing, or in the clear, cannot be smuggled in."""
    code = "from smtpwizard.secretstore import probe_keyring; print(tuple(probe_keyring()))"
    config = tmp_path / "python_keyring" / "keyringrc.cfg"
    config.parent.mkdir()
    config.write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    for more in (
        {},
        {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"},
        {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
        {"XDG_CONFIG_HOME": str(tmp_path)},
    ):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | more,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == "(False, '', 'secret_store_unavailable')"


@capabilities.secret_service
def test_the_first_backend_that_works_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import kwallet

    def broken(backend: Any) -> None:
        raise RuntimeError("not here")

    monkeypatch.setattr(keyring, "_working", lambda backend: broken(backend))
    assert refusal(KeyringStore().backend_name).code == "secret_store_unavailable"
    chosen: list[str] = []

    def only_kwallet(backend: Any) -> Any:
        chosen.append(f"{backend.__module__}.{backend.__name__}")
        return MemoryKeyring() if backend is kwallet.DBusKeyring else broken(backend)

    monkeypatch.setattr(keyring, "_working", only_kwallet)
    assert KeyringStore().backend_name() == "Memory Keyring"
    assert chosen == [
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
    ]


def test_a_backend_works_where_it_says_how_well() -> None:
    class Working:
        priority = 5

    class Broken:
        @property
        def priority(self) -> int:
            raise AssertionError("a class is asked, not an instance")

    assert isinstance(keyring._working(Working), Working)
    assert isinstance(keyring._working(Broken), Broken)


def test_a_keyring_is_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "_build_backend", MemoryKeyring)
    assert keyring.probe_keyring() == keyring.KeyringProbe(True, "Memory Keyring", None)

    def broken() -> None:
        raise NoKeyringError

    monkeypatch.undo()
    monkeypatch.setattr(keyring, "_candidates", lambda: (broken,))
    found = keyring.probe_keyring()
    assert found == keyring.KeyringProbe(False, "", "secret_store_unavailable")


def test_r08_a_keyring_that_keeps_nothing_is_found_out() -> None:
    class NullKeyring(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            pass

    store = KeyringStore(NullKeyring())
    error = refusal(lambda: store.put("keyring:0", Secret(SECRET)))
    assert (error.code, error.facts) == ("secret_not_kept", {"backend": "Memory Keyring"})


def test_r08_a_keyring_that_alters_secrets_is_found_out() -> None:
    class LossyKeyring(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password.encode("ascii", "replace").decode())

    store = KeyringStore(LossyKeyring())
    store.put("keyring:0", Secret(SECRET))
    assert refusal(lambda: store.put("keyring:1", Secret(SECRET + "é"))).code == "secret_not_kept"


class KeyringError(Exception):
    """As in keyring.errors; the types are told apart by name."""


class KeyringLocked(KeyringError):
    pass


class PasswordSetError(KeyringError):
    pass


class NoKeyringError(KeyringError, RuntimeError):
    pass


class PromptDismissedException(Exception):
    pass


class InitError(KeyringError):
    """keyring raises it from what the service said."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("Failed to create the collection")
        self.__cause__ = cause


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyringLocked(SECRET), "secret_store_locked"),
        (InitError(PromptDismissedException(SECRET)), "secret_store_locked"),
        (InitError(ValueError(SECRET)), "secret_store_failed"),
        (NoKeyringError(SECRET), "secret_store_unavailable"),
        (FileNotFoundError(2, SECRET), "secret_store_unavailable"),
        (ConnectionResetError(SECRET), "secret_store_unavailable"),
        (PasswordSetError(SECRET), "secret_store_failed"),
        (WindowsError1783(1783, "CredWrite", SECRET), "secret_store_failed"),
        (RuntimeError(SECRET), "secret_store_failed"),
        (UnicodeEncodeError("utf-8", SECRET, 0, 1, "x"), "secret_store_failed"),
    ],
)
def test_r04_whatever_a_backend_raises_has_a_code_and_no_secret(
    error: Exception, code: str
) -> None:
    class BrokenKeyring(MemoryKeyring):
        def refuse(self, *args: str) -> None:
            raise error

        get_password = set_password = delete_password = refuse  # type: ignore[assignment]

    store = KeyringStore(BrokenKeyring())
    for call in (
        lambda: store.put("keyring:0", Secret(SECRET)),
        lambda: store.get("keyring:0"),
        lambda: store.delete("keyring:0"),
    ):
        found = refusal(call)
        assert (found.code, found.facts) == (code, {"reason": type(error).__name__})
        assert found.__context__ is None
        assert found.__cause__ is None


def test_a_refused_keyring_is_not_asked_again() -> None:
    class LockedKeyring(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            self.calls.append("set")
            raise KeyringLocked

    backend = LockedKeyring()
    refusal(lambda: KeyringStore(backend).put("keyring:0", Secret(SECRET)))
    assert backend.calls[-1:] == ["set"], "each further call would prompt again"
    assert backend.calls.count("set") == 1


def test_a_bus_that_is_slow_to_answer_is_asked_once_more() -> None:
    class SlowKeyring(MemoryKeyring):
        late = 1

        def get_password(self, service: str, username: str) -> str | None:
            self.late -= 1
            if self.late >= 0:
                raise TimeoutError
            return super().get_password(service, username)

    backend = SlowKeyring()
    assert refusal(lambda: KeyringStore(backend).get("keyring:0")).code == "secret_missing"
    backend.late = 2
    error = refusal(lambda: KeyringStore(backend).get("keyring:0"))
    assert error.code == "secret_store_unavailable"
    assert error.__context__ is None


def test_an_interrupt_is_no_answer_of_the_keyring() -> None:
    class SlowKeyring(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        KeyringStore(SlowKeyring()).get("keyring:0")


def test_every_entry_has_a_service_of_its_own() -> None:
    """On Windows a second user of one service moves the first to another entry."""
    backend = MemoryKeyring(limit=1280)
    store = KeyringStore(backend, max_units=1200)
    for number in range(3):
        store.put(f"keyring:{number}", Secret("x" * 5000))
    services = [service for service, _ in backend.entries]
    assert len(set(services)) == len(services) == 3 * 7
    assert {username for _, username in backend.entries} == {"smtpwizard"}


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("x" * 1200, 1),
        ("x" * 1201, 3),
        ("🔑" * 600, 1),
        ("🔑" * 601, 4),
        ("x" * MAX_KEPT_BYTES, 11),
    ],
)
def test_r05_what_one_entry_cannot_hold_is_kept_in_parts(text: str, entries: int) -> None:
    backend = MemoryKeyring(limit=1200)
    store = KeyringStore(backend, max_units=1200)
    store.put("keyring:0", Secret(text))
    assert len(backend.entries) == entries
    assert store.get("keyring:0").reveal() == text
    store.put("keyring:0", Secret("short"))
    assert len(backend.entries) == 1, "the parts went with the secret"
    store.put("keyring:0", Secret(text))
    store.delete("keyring:0")
    assert backend.entries == {}


def test_r05_without_parts_windows_would_refuse() -> None:
    store = KeyringStore(MemoryKeyring(limit=1280), max_units=10_000)
    store.put("keyring:0", Secret("x" * 1280))
    assert refusal(lambda: store.put("keyring:1", Secret("x" * 1281))).code == "secret_store_failed"


def test_k05_a_put_in_parts_that_is_cut_off_leaves_the_old_secret() -> None:
    old, new = "old" * 1000, "new" * 1000

    class Cut(BaseException):
        pass

    class DyingKeyring(MemoryKeyring):
        lives = 1000

        def set_password(self, service: str, username: str, password: str) -> None:
            self.lives -= 1
            if self.lives < 0:
                raise Cut
            super().set_password(service, username, password)

    for lives in range(5):  # four parts and the manifest
        backend = DyingKeyring(limit=1280)
        store = KeyringStore(backend, max_units=1200)
        store.put("keyring:0", Secret(old))
        backend.lives = lives
        with pytest.raises(Cut):
            store.put("keyring:0", Secret(new))
        assert store.get("keyring:0").reveal() == old
        backend.lives = 5
        store.put("keyring:0", Secret(new))
        assert store.get("keyring:0").reveal() == new


@pytest.mark.parametrize("harm", ["missing", "altered", "shortened", "manifest", "no numbers"])
def test_parts_that_do_not_fit_together_are_no_secret(harm: str) -> None:
    backend = MemoryKeyring()
    store = KeyringStore(backend, max_units=100)
    store.put("keyring:0", Secret("x" * 300))
    manifest, part = ("smtpwizard/keyring:0", "smtpwizard"), next(iter(backend.entries))
    if harm == "missing":
        del backend.entries[part]
    elif harm == "altered":
        backend.entries[part] = "*" * 100
    elif harm == "shortened":
        backend.entries[part] = backend.entries[part][:4]
    elif harm == "manifest":
        backend.entries[manifest] = "smtpwizard-parts:zz"
    else:
        backend.entries[manifest] = "smtpwizard-parts:zz:a:b"
    error = refusal(lambda: store.get("keyring:0"))
    assert (error.code, error.facts) == ("secret_unreadable", {"reason": "incomplete"})
    store.delete("keyring:0")
    assert manifest not in backend.entries
    store.put("keyring:0", Secret(SECRET))
    assert store.get("keyring:0") == Secret(SECRET)


# --- the encrypted file


class Passphrase:
    """Answers the passphrase and remembers what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[bool] = []

    def __call__(self, new: bool) -> Secret:
        self.asked.append(new)
        return Secret(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secrets.enc"


class TestFileStore(SecretStoreContract):
    @pytest.fixture
    def store(self, path: Path) -> SecretStore:
        return FileStore(path, Passphrase("open sesame"), cost=CHEAP)


def store_at(path: Path, passphrase: Any = "open sesame") -> FileStore:
    asks = Passphrase(passphrase) if isinstance(passphrase, str) else passphrase
    return FileStore(path, asks, cost=CHEAP)


def test_no_file_no_question(path: Path) -> None:
    asks = Passphrase("open sesame")
    store = store_at(path, asks)
    assert refusal(lambda: store.get("file:0")).code == "secret_missing"
    store.delete("file:0")
    assert refusal(lambda: store.put("file:0", Secret(""))).code == "secret_invalid"
    assert asks.asked == []
    assert not path.parent.exists()


def test_the_passphrase_is_asked_for_once(path: Path) -> None:
    asks = Passphrase("open sesame")
    store = store_at(path, asks)
    for number in range(3):
        store.put(f"file:{number}", Secret(SECRET))
    assert store.get("file:1") == Secret(SECRET)
    assert asks.asked == [True], "new, and then never again"
    later = store_at(path, asks)
    later.delete("file:1")
    assert later.get("file:2") == Secret(SECRET)
    assert asks.asked == [True, False]


def test_a_wrong_passphrase_is_told_and_asked_for_again(path: Path) -> None:
    store_at(path).put("file:0", Secret(SECRET))
    content = path.read_bytes()
    asks = Passphrase("wrong", "also wrong", "still wrong", "open sesame")
    store = store_at(path, asks)
    for call in (
        lambda: store.get("file:0"),
        lambda: store.put("file:1", Secret(SECRET)),
        lambda: store.delete("file:0"),
    ):
        assert refusal(call).code == "passphrase_wrong"
    assert path.read_bytes() == content
    assert store.get("file:0") == Secret(SECRET)
    assert asks.asked == [False] * 4


@pytest.mark.parametrize("new", [True, False])
def test_no_passphrase_no_secret(path: Path, new: bool) -> None:
    if not new:
        store_at(path).put("file:0", Secret(SECRET))
    error = refusal(lambda: store_at(path, "").put("file:0", Secret(SECRET)))
    assert error.code == "passphrase_needed"

    def nobody(new: bool) -> Secret:
        raise SecretStoreError("passphrase_needed", reason="no terminal")

    error = refusal(lambda: store_at(path, nobody).put("file:0", Secret(SECRET)))
    assert (error.code, error.facts) == ("passphrase_needed", {"reason": "no terminal"})


@pytest.mark.parametrize("short", ["seven77", "Schlu\u0308s1"], ids=["plain", "composed"])
def test_a_new_passphrase_has_eight_characters_and_an_old_one_what_it_has(
    path: Path, monkeypatch: pytest.MonkeyPatch, short: str
) -> None:
    error = refusal(lambda: store_at(path, short).put("file:0", Secret(SECRET)))
    assert (error.code, error.facts) == ("passphrase_too_short", {"limit": 8})
    assert not path.exists()
    with monkeypatch.context() as earlier:
        earlier.setattr(file, "check_new_passphrase", lambda passphrase: None)
        store_at(path, short).put("file:0", Secret(SECRET))
    store_at(path, short).put("file:1", Secret("another"))
    assert store_at(path, short).get("file:0") == Secret(SECRET)


def test_a_composed_and_a_decomposed_passphrase_are_one(path: Path) -> None:
    store_at(path, "Schl\u00fcssel").put("file:0", Secret(SECRET))
    assert store_at(path, "Schlu\u0308ssel").get("file:0") == Secret(SECRET)


def test_any_text_is_a_passphrase(path: Path) -> None:
    for number, passphrase in enumerate(("\udc80" * 8, "\0" * 8, "x" * 10_000, "🔑" * 8)):
        here = path.with_name(f"{number}.enc")
        store_at(here, passphrase).put("file:0", Secret(SECRET))
        assert store_at(here, passphrase).get("file:0") == Secret(SECRET)


def test_nothing_in_the_file_can_be_read(path: Path) -> None:
    store_at(path).put("file:the-reference", Secret(SECRET))
    document = json.loads(path.read_bytes())
    assert document["kdf"] | {"salt": ""} == {
        "name": "scrypt",
        "n": CHEAP,
        "r": 8,
        "p": 1,
        "salt": "",
    }
    content = path.read_text()
    for text in (SECRET, "the-reference", "open sesame"):
        assert text not in content
    if capabilities.POSIX:
        assert [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent)] == [0o600, 0o700]
    assert file.COST >= 2**15


def test_the_full_cost_works(path: Path) -> None:
    store = FileStore(path, Passphrase("open sesame"))
    store.put("file:0", Secret(SECRET))
    assert json.loads(path.read_bytes())["kdf"]["n"] == file.COST


def test_every_write_has_its_own_nonce(path: Path) -> None:
    nonces = set()
    for _ in range(20):
        store_at(path).put("file:0", Secret(SECRET))
        nonces.add(json.loads(path.read_bytes())["nonce"])
    assert len(nonces) == 20


def test_a_damaged_file_is_never_overwritten(path: Path) -> None:
    store = store_at(path)
    store.put("file:0", Secret(SECRET))
    good = path.read_bytes()
    for length in range(len(good) - 1):
        path.write_bytes(good[:length])
        assert refusal(lambda: store.get("file:0")).code == "secrets_file_failed", length
    for position in range(len(good) - 1):
        bad = good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :]
        path.write_bytes(bad)
        for call in (
            lambda: store.get("file:0"),
            lambda: store.put("file:0", Secret("other")),
            lambda: store.delete("file:0"),
        ):
            assert refusal(call).code == "secrets_file_failed", position
        assert path.read_bytes() == bad
    path.write_bytes(good)
    assert store.get("file:0") == Secret(SECRET)


def test_a_file_swapped_for_one_with_another_header_does_not_open(path: Path) -> None:
    """The header is authenticated: a right digest alone opens nothing."""
    store_at(path).put("file:0", Secret(SECRET))
    document = json.loads(path.read_bytes())
    document["kdf"]["p"] = 2
    forge(path, document)
    assert refusal(lambda: store_at(path).get("file:0")).code == "passphrase_wrong"


def forge(path: Path, document: dict[str, Any]) -> None:
    document.pop("digest", None)
    path.write_text(json.dumps(document | {"digest": file._digest(document)}))


@pytest.mark.parametrize(
    "change",
    [
        {"kdf": {"n": 2**30, "r": 8, "p": 1, "salt": ""}},
        {"kdf": {"n": 2**15, "r": 2**20, "p": 1, "salt": ""}},
        {"kdf": {"n": 2**15, "r": 8, "p": 10**6, "salt": ""}},
        {"kdf": {"n": 1000, "r": 8, "p": 1, "salt": ""}},
        {"kdf": {"n": 0, "r": 8, "p": 1, "salt": ""}},
        {"kdf": {"n": [], "r": 8, "p": 1, "salt": ""}},
        {"kdf": {"n": 2, "r": 8, "p": 1}},
        {"kdf": 5},
        {"nonce": "AAAA"},
        {"nonce": "é"},
        {"ciphertext": None},
        {"schema": 2},
        {"format": "another"},
    ],
)
def test_a_forged_or_later_file_costs_nothing_and_stays(path: Path, change: dict[str, Any]) -> None:
    store = store_at(path)
    store.put("file:0", Secret(SECRET))
    forge(path, json.loads(path.read_bytes()) | change)
    content = path.read_bytes()
    for call in (lambda: store.get("file:0"), lambda: store.put("file:0", Secret("other"))):
        error = refusal(call)
        assert (error.code, error.facts["path"]) == ("secrets_file_failed", str(path))
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("n", "r", "p"), [(2**20, 8, 8), (2**20, 8, 1), (2**18, 16, 1), (2**17, 8, 8), (2, 8, 2**20)]
)
def test_a_file_that_is_too_costly_to_open_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, n: int, r: int, p: int
) -> None:
    store_at(path).put("file:0", Secret(SECRET))
    document = json.loads(path.read_bytes())
    document["kdf"] |= {"n": n, "r": r, "p": p}
    forge(path, document)
    asks = Passphrase("open sesame")
    error = refusal(lambda: store_at(path, asks).get("file:0"))
    assert (error.code, error.facts["reason"]) == ("secrets_file_failed", "too_costly")
    assert asks.asked == []


def test_what_was_ever_written_is_not_too_costly(path: Path) -> None:
    for n in (2**14, 2**15, 2**16, file.COST, 2 * file.COST):
        document = {"kdf": {"n": n, "r": 8, "p": 1, "salt": ""}, "nonce": "A" * 16}
        header = {"format": file.FORMAT, "schema": 1, "ciphertext": ""} | document
        assert file._read_sealed(header | {"digest": file._digest(header)}).n == n


# --- another passphrase

OLD, NEW = Secret("open sesame"), Secret("close sesame")


def test_a_file_is_made_before_there_is_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "secrets.enc"
    store_at(path).create()
    made = path.read_bytes()
    store = store_at(path)
    store.create()
    assert path.read_bytes() == made, "one that is there is left alone"
    store.put("file:one", Secret("kept"))
    assert store_at(path).get("file:one") == Secret("kept")


def test_another_passphrase_opens_the_same_secrets(path: Path) -> None:
    store = store_at(path)
    store.put("file:0", Secret(SECRET))
    store.put("file:1", Secret("other"))
    before = json.loads(path.read_bytes())
    store.change_passphrase(OLD, NEW)
    after = json.loads(path.read_bytes())
    assert after["kdf"]["salt"] != before["kdf"]["salt"]
    assert store.get("file:0") == Secret(SECRET), "without another question"
    assert refusal(lambda: store_at(path).get("file:0")).code == "passphrase_wrong"
    again = store_at(path, NEW.reveal())
    assert (again.get("file:0"), again.get("file:1")) == (Secret(SECRET), Secret("other"))


def test_a_passphrase_that_is_refused_changes_nothing(path: Path) -> None:
    store = store_at(path)
    assert refusal(lambda: store.change_passphrase(OLD, NEW)).code == "secrets_file_missing"
    store.put("file:0", Secret(SECRET))
    content = path.read_bytes()
    for old, new, code in (
        (Secret("wrong one"), NEW, "passphrase_wrong"),
        (OLD, Secret("short"), "passphrase_too_short"),
        (OLD, Secret(""), "passphrase_too_short"),
    ):
        assert refusal(lambda: store.change_passphrase(old, new)).code == code  # noqa: B023
    assert path.read_bytes() == content


def test_who_has_the_old_key_is_asked_again(path: Path) -> None:
    asks = Passphrase("open sesame", "close sesame")
    other = store_at(path, asks)
    other.put("file:0", Secret(SECRET))
    store_at(path).change_passphrase(OLD, NEW)
    other.put("file:1", Secret("other"))
    assert asks.asked == [True, False]
    assert store_at(path, NEW.reveal()).get("file:1") == Secret("other")


def test_a_secret_that_comes_meanwhile_is_not_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_at(path).put("file:0", Secret(SECRET))
    derive = file._derive

    def slow(passphrase: Secret, sealed: Any) -> bytes:
        if passphrase == NEW:
            monkeypatch.setattr(file, "_derive", derive)
            store_at(path).put("file:1", Secret("late"))
        return derive(passphrase, sealed)

    monkeypatch.setattr(file, "_derive", slow)
    store_at(path).change_passphrase(OLD, NEW)
    assert store_at(path, NEW.reveal()).get("file:1") == Secret("late")


def test_two_changes_at_once_leave_one_passphrase(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_at(path).put("file:0", Secret(SECRET))
    derive = file._derive

    def slow(passphrase: Secret, sealed: Any) -> bytes:
        if passphrase == NEW:
            monkeypatch.setattr(file, "_derive", derive)
            store_at(path).change_passphrase(OLD, Secret("third sesame"))
        return derive(passphrase, sealed)

    monkeypatch.setattr(file, "_derive", slow)
    assert refusal(lambda: store_at(path).change_passphrase(OLD, NEW)).code == "passphrase_wrong"
    assert store_at(path, "third sesame").get("file:0") == Secret(SECRET)


def test_a_change_that_is_cut_off_leaves_the_old_passphrase(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_at(path).put("file:0", Secret(SECRET))

    def cut(source: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace_file", cut)
        with pytest.raises(KeyboardInterrupt):
            store_at(path).change_passphrase(OLD, NEW)
    assert store_at(path).get("file:0") == Secret(SECRET)


def test_what_is_no_file_is_no_store(path: Path) -> None:
    path.mkdir(parents=True)
    error = refusal(lambda: store_at(path).put("file:0", Secret(SECRET)))
    # Windows does not open a folder in the first place.
    assert (error.code, error.facts["reason"]) in (
        ("secrets_file_failed", "EISDIR"),
        ("secrets_file_failed", "EACCES"),
    )


def test_what_is_not_kept_is_found_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "write_file", lambda path, data: None)
    assert refusal(lambda: store_at(path).put("file:0", Secret(SECRET))).code == "secret_not_kept"


def test_c02_a_full_disk_keeps_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(path)
    store.put("file:0", Secret(SECRET))
    content = path.read_bytes()

    def refuse(*args: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        assert refusal(lambda: store.put("file:0", Secret("other"))).code == "disk_full"
    assert path.read_bytes() == content
    assert sorted(os.listdir(path.parent)) == [".secrets.enc.lock", "secrets.enc"]


def test_c04_a_place_where_nothing_can_be_made(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    store = store_at(tmp_path / "file" / "secrets.enc")
    error = refusal(lambda: store.put("file:0", Secret(SECRET)))
    assert (error.code, error.facts["reason"]) in (
        ("secrets_file_failed", "ENOTDIR"),
        ("data_dir_unwritable", "ENOENT"),  # Windows finds nothing below a file
    )
    if capabilities.LINKS:
        (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
        store = store_at(tmp_path / "dangling" / "secrets.enc")
        assert refusal(lambda: store.put("file:0", Secret(SECRET))).code == "data_dir_unwritable"

    def refuse(path: Path, mode: int) -> None:
        raise OSError(errno.EROFS, "read-only file system")

    monkeypatch.setattr(os, "mkdir", refuse)
    error = refusal(lambda: store_at(path).put("file:0", Secret(SECRET)))
    assert (error.code, error.facts["reason"]) == ("data_dir_unwritable", "EROFS")


def test_a_locked_store_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(path)
    store.put("file:0", Secret(SECRET))
    locked = files.locked
    monkeypatch.setattr(files, "locked", lambda path: locked(path, timeout_s=0))
    with locked(path.with_name(".secrets.enc.lock")):
        assert refusal(lambda: store.put("file:0", Secret("other"))).code == "locked"
    assert store.get("file:0") == Secret(SECRET)


def test_two_processes_making_the_file_at_once_keep_both_secrets(path: Path) -> None:
    other = store_at(path)
    asked: list[bool] = []

    def slow(new: bool) -> Secret:
        asked.append(new)
        if new:
            other.put("file:1", Secret("theirs"))
        return Secret("open sesame")

    store_at(path, slow).put("file:0", Secret(SECRET))
    assert asked == [True, False], "the other's salt needs the passphrase once more"
    assert other.get("file:0") == Secret(SECRET)
    assert other.get("file:1") == Secret("theirs")


WORKER = """
import sys
from pathlib import Path
from smtpwizard.model.auth import Secret
from smtpwizard.secretstore import FileStore
store = FileStore(Path(sys.argv[1]), lambda new: Secret("open sesame"), cost=2)
for number in range(5):
    store.put(f"file:{sys.argv[2]}x{number}", Secret(f"secret {number}"))
"""


def test_c06_processes_lose_no_secret(path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(path), str(number)], cwd=ROOT)
        for number in range(4)
    ]
    assert [worker.wait(300) for worker in workers] == [0] * 4
    store = store_at(path)
    for worker in range(4):
        for number in range(5):
            assert store.get(f"file:{worker}x{number}").reveal() == f"secret {number}"


# --- start-up


def test_importing_the_stores_imports_no_library() -> None:
    code = (
        "import sys; import smtpwizard.secretstore; "
        "print(*{'keyring', 'cryptography', 'secretstorage', 'ssl', 'logging'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_what_is_read_often_is_opened_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = Passphrase("open sesame")
    store = store_at(path, asks)
    many = store.remembering()
    assert refusal(lambda: many.get("file:0")).code == "secret_missing"
    store.put("file:0", Secret(SECRET))
    reads: list[bool] = []
    read = FileStore._read

    def counted(self: FileStore) -> Any:
        reads.append(True)
        return read(self)

    monkeypatch.setattr(FileStore, "_read", counted)
    assert many.get("file:0") == many.get("file:0") == Secret(SECRET)
    assert len(reads) == 1
    store.put("file:1", Secret("other"))
    reads.clear()
    assert many.get("file:1") == Secret("other")
    assert len(reads) == 1
    many.put("file:1", Secret("third"))
    assert many.get("file:1") == store.get("file:1") == Secret("third")
    assert asks.asked == [True]
