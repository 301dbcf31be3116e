"""A store that many threads use at once: one call at a time, and nobody is asked again in vain.

Keeps no secret itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.secretstore.port import SecretStore

T = TypeVar("T")

# After these the store is shut for everybody, and the next call would ask again or wait as long.
_SHUT = (
    "keyring_silent",
    "secret_store_locked",
    "secret_store_unavailable",
)
_ASKED_IN_VAIN = ("passphrase_", "secret_command_")


class OneByOneStore:
    """The same store for many threads. What shut it is raised to everybody from then on."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store
        self.name = store.name
        self._alone = threading.Lock()
        self._shut: SecretStoreError | None = None

    def ready(self) -> None:
        self._call(self._store.ready)

    def put(self, ref: str, secret: Secret) -> None:
        self._call(lambda: self._store.put(ref, secret))

    def get(self, ref: str) -> Secret:
        return self._call(lambda: self._store.get(ref))

    def delete(self, ref: str) -> None:
        self._call(lambda: self._store.delete(ref))

    def answers_unasked(self) -> bool:
        """True where a call asks nobody, as far as can be known; raises what a call does."""
        unasked: Callable[[], bool] = getattr(self._store, "answers_unasked", lambda: True)
        return self._call(unasked)

    def _call(self, work: Callable[[], T]) -> T:
        with self._alone:
            if self._shut is not None:
                raise SecretStoreError(self._shut.code, **self._shut.facts)
            try:
                return work()
            except SecretStoreError as error:
                if error.code in _SHUT or error.code.startswith(_ASKED_IN_VAIN):
                    self._shut = error
                raise
