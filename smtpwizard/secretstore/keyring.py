"""Secrets in the keyring of the operating system, through a backend from a fixed list.

Never asks `keyring` to choose: environment and configuration could name a plain-text store.
"""

from __future__ import annotations

import base64
import contextlib
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.secretstore.port import MAX_ENTRY_BYTES, text_to_keep

# Windows holds 2560 bytes of UTF-16 an entry, that is 1280 units; the rest is margin.
WINDOWS_UNITS = 1200

_SERVICE = "smtpwizard"
_DEFAULT_COLLECTION = "/org/freedesktop/secrets/aliases/default"
_MANIFEST = "smtpwizard-parts:"
_LOCKED = ("KeyringLocked", "LockedException", "PromptDismissedException")
_UNAVAILABLE = (
    "NoKeyringError",
    "SecretServiceNotAvailableException",
    "ImportError",
    "OSError",  # a bus address that leads nowhere
)


class KeyringProbe(NamedTuple):
    """Whether the keyring can be used, the backend's name ("" for none), why not."""

    usable: bool
    backend: str
    code: str | None


class KeyringStore:
    """Secrets in the user's keyring, one entry each, or in parts where entries are small.

    `backend` and `max_units` (UTF-16 units an entry holds; None: no limit) follow from the
    platform where they are not given. The backend is chosen at the first call.
    """

    name = "keyring"

    def __init__(self, backend: Any = None, max_units: int | None = None) -> None:
        self._backend = backend
        self._max_units = max_units or _units_here()

    def ready(self) -> None:
        self._read("probe")

    def look(self) -> None:
        """Raise why it cannot be used, as far as that shows while nobody is asked."""
        self.backend_name()
        if self.answers_unasked():
            self.ready()

    def put(self, ref: str, secret: Secret) -> None:
        text = text_to_keep(secret, MAX_ENTRY_BYTES)
        before = self._read(ref) if self._max_units else None
        if self._fits(text):
            self._write(ref, text)
        else:
            self._write_parts(ref, text)
        if before is not None:
            self._delete_parts(ref, before)
        # A backend that keeps nothing, or something else, does not say so.
        if self._read_whole(ref) != text:
            raise SecretStoreError("secret_not_kept", backend=self.backend_name())

    def get(self, ref: str) -> Secret:
        text = self._read_whole(ref)
        if text is None:
            raise SecretStoreError("secret_missing", backend=self.backend_name())
        return Secret(text)

    def delete(self, ref: str) -> None:
        value = self._read(ref)
        if value is None:
            return
        # The manifest goes last: while it is there, the parts can still be found.
        self._delete_parts(ref, value)
        self._delete(ref)

    def backend_name(self) -> str:
        """The backend in use, such as `SecretService Keyring`; raises `SecretStoreError`."""
        if self._backend is None:
            self._backend = _build_backend()
        return str(getattr(self._backend, "name", type(self._backend).__name__))

    def answers_unasked(self) -> bool:
        """True where the keyring is known to be open, so that a call asks nobody; raises nothing.

        Asks the backend for its state alone.
        """
        try:
            self.backend_name()
            return _is_open(self._backend)
        except Exception:  # noqa: BLE001 - backends raise types of their own; then nothing is known
            return False

    # -- parts

    def _fits(self, text: str) -> bool:
        if self._max_units is None:
            return True
        # What looks like a manifest would be read as one.
        return _units(text) <= self._max_units and not text.startswith(_MANIFEST)

    def _write_parts(self, ref: str, text: str) -> None:
        """The parts under a generation of their own first, then the manifest that names them."""
        encoded = base64.b64encode(text.encode()).decode()
        size = self._max_units or len(encoded)
        parts = [encoded[start : start + size] for start in range(0, len(encoded), size)]
        generation = os.urandom(4).hex()
        for number, part in enumerate(parts):
            self._write(f"{ref}/{generation}/{number}", part)
        self._write(ref, f"{_MANIFEST}{generation}:{len(parts)}:{len(encoded)}")

    def _read_whole(self, ref: str) -> str | None:
        value = self._read(ref)
        if value is None or self._max_units is None or not value.startswith(_MANIFEST):
            return value
        try:
            generation, count, length = _manifest(value)
            parts = [self._read(f"{ref}/{generation}/{number}") for number in range(count)]
            encoded = "".join(part or "" for part in parts)
            text = base64.b64decode(encoded, validate=True).decode()
        except ValueError:
            length, encoded = -1, ""
        if len(encoded) != length:
            raise SecretStoreError("secret_unreadable", reason="incomplete")
        return text

    def _delete_parts(self, ref: str, value: str) -> None:
        if self._max_units is None or not value.startswith(_MANIFEST):
            return
        try:
            generation, count, _ = _manifest(value)
        except ValueError:
            return
        for number in range(count):
            entry = f"{ref}/{generation}/{number}"
            if self._read(entry) is not None:
                self._delete(entry)

    # -- single entries

    def _read(self, entry: str) -> str | None:
        value: str | None = self._call("get_password", entry)
        return value

    def _write(self, entry: str, text: str) -> None:
        self._call("set_password", entry, text)

    def _delete(self, entry: str) -> None:
        self._call("delete_password", entry)

    def _call(self, method: str, entry: str, *text: str) -> Any:
        self.backend_name()
        try:
            # A service of its own for every entry: on Windows a second user of one service would
            # first be moved to another entry, and lost when that fails.
            call = partial(getattr(self._backend, method), f"{_SERVICE}/{entry}", _SERVICE, *text)
            return _retry_after_timeout(call)
        except Exception as error:  # noqa: BLE001 - backends raise types of their own, and anything
            code, reason = _code(error), type(error).__name__
        # Raised out here: the backend's exception, whose arguments and frames may hold the secret,
        # is neither the cause nor the context.
        raise SecretStoreError(code, reason=reason)


def probe_keyring() -> KeyringProbe:
    """Look for an entry that is not there. Blocks while the keyring asks to be unlocked."""
    store = KeyringStore()
    backend = ""
    try:
        backend = store.backend_name()
        store.ready()
    except SecretStoreError as error:
        return KeyringProbe(False, backend, error.code)
    return KeyringProbe(True, backend, None)


def _is_open(backend: Any) -> bool:
    """Whether this backend asks nobody now; False where it cannot be told without asking."""
    # A backend of ours is made from one of the library's.
    places = {kind.__module__ for kind in type(backend).__mro__}
    if "keyring.backends.Windows" in places:
        return True
    if "keyring.backends.SecretService" not in places:
        return False
    import secretstorage

    with contextlib.closing(secretstorage.dbus_init()) as bus:
        # Not `get_default_collection`: it makes one where there is none, and asks for that.
        return not secretstorage.Collection(bus, _DEFAULT_COLLECTION).is_locked()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _manifest(value: str) -> tuple[str, int, int]:
    generation, count, length = value.removeprefix(_MANIFEST).split(":")
    return generation, int(count), int(length)


def _retry_after_timeout(call: Callable[[], Any]) -> Any:
    """On a busy machine the bus may take longer than its client's one second: ask once more."""
    try:
        return call()
    except TimeoutError:
        return call()


def _code(error: BaseException | None) -> str:
    """By the names of the types, so that no library has to be there to be recognised."""
    while error is not None:
        names = {kind.__name__ for kind in type(error).__mro__}
        if names.intersection(_LOCKED):
            return "secret_store_locked"
        if names.intersection(_UNAVAILABLE):
            return "secret_store_unavailable"
        error = error.__cause__ or error.__context__
    return "secret_store_failed"


def _build_backend() -> Any:
    """The first of this platform's backends that works; raises `secret_store_unavailable`."""
    for build in _candidates():
        try:
            return _retry_after_timeout(build)
        except Exception:  # noqa: BLE001, S112 - each backend says in its own way that it cannot
            continue
    raise SecretStoreError("secret_store_unavailable")


def _candidates() -> tuple[Callable[[], Any], ...]:
    if sys.platform == "win32":
        return (_windows,)
    if sys.platform == "darwin":
        return (_macos,)
    return (_secret_service, _libsecret, _kwallet)


def _working(backend: Any) -> Any:
    """An instance of a backend class, whose priority raises where it does not work."""
    backend.priority  # noqa: B018
    return backend()


def _secret_service() -> Any:
    from keyring.backends import SecretService

    return _working(SecretService.Keyring)


def _libsecret() -> Any:
    from keyring.backends import libsecret

    return _working(libsecret.Keyring)


def _kwallet() -> Any:
    from keyring.backends import kwallet

    return _working(kwallet.DBusKeyring)


def _macos() -> Any:
    from keyring.backends import macOS

    return _working(macOS.Keyring)


def _windows() -> Any:
    from keyring.backends import Windows

    class Vault(Windows.WinVaultKeyring):
        """Without the library's second users of one service: before it replaces an entry, it
        copies the old secret into another one."""

        name = "Windows Credential Manager"

        def set_password(self, service: str, username: str, password: str) -> None:
            self._set_password(service, username, password)  # type: ignore[no-untyped-call]

    backend = _working(Vault)
    # The default roams with the domain profile.
    backend.persist = "local machine"
    return backend


def _units_here() -> int | None:
    return WINDOWS_UNITS if sys.platform == "win32" else None
