"""A store that may ask its user: a call can be given up, and who must not ask can find out.

Keeps nothing itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, SecretStoreError
from smtpwizard.net.cancel import wait_within_limits
from smtpwizard.secretstore.port import SecretStore

T = TypeVar("T")

# After these somebody has been asked in vain, and would be asked again.
_ASKED_IN_VAIN = ("passphrase_", "secret_command_")


class AskingStore:
    """The same store, its calls given up where the time or the token of the waiting thread ends.

    `unasked` tells whether a call would ask nobody; else the store's own `answers_unasked`, and a
    store without one never asks. With `abandonable` false the calls stay in their thread: a prompt
    on a terminal belongs to the main one. Raises besides `SecretStoreError("keyring_silent")` where
    the time is over, and `Cancelled`.
    """

    def __init__(
        self,
        store: SecretStore,
        *,
        unasked: Callable[[], bool] | None = None,
        abandonable: bool = True,
    ) -> None:
        self._store = store
        self.name = store.name
        own: Callable[[], bool] = getattr(store, "answers_unasked", lambda: True)
        self._unasked = unasked or own
        self._wait = wait_within_limits if abandonable else _do_here
        self._lock = threading.Lock()
        self._under_way = 0
        # Whether the last call was answered; None where it says nothing about the next one.
        self._answered: bool | None = None

    def ready(self) -> None:
        self._call(self._store.ready)

    def put(self, ref: str, secret: Secret) -> None:
        self._call(lambda: self._store.put(ref, secret))

    def get(self, ref: str) -> Secret:
        return self._call(lambda: self._store.get(ref))

    def delete(self, ref: str) -> None:
        self._call(lambda: self._store.delete(ref))

    def answers_unasked(self) -> bool:
        """True where a call now asks nobody, as far as can be known.

        Never while a call is under way, given up or not, nor after one that asked in vain. May
        block for a moment; raises what a call does.
        """
        with self._lock:
            if self._under_way:
                return False
            if self._answered is not None:
                return self._answered
        return self._call(self._unasked, says=None)

    def _call(self, work: Callable[[], T], *, says: bool | None = True) -> T:
        begun = given_up = False

        def run() -> T:
            nonlocal begun
            with self._lock:
                if given_up:
                    raise Cancelled  # nobody waits: what has not begun is not done any more
                begun = True
            answered: bool | None = False
            try:
                result = work()
                answered = says
            except SecretStoreError as error:
                answered = _answered_by(error, says)
                raise
            finally:
                with self._lock:
                    self._under_way -= 1
                    self._answered = answered
            return result

        with self._lock:
            self._under_way += 1
        try:
            return self._wait(run, self.name)
        except DeadlineExceeded:
            raise SecretStoreError("keyring_silent") from None
        finally:
            with self._lock:
                if not begun:
                    given_up = True
                    self._under_way -= 1


def _answered_by(error: SecretStoreError, says: bool | None) -> bool | None:
    if error.code == "secret_missing":
        return says
    return False if error.code.startswith(_ASKED_IN_VAIN) else None


def _do_here(work: Callable[[], T], _: str) -> T:
    return work()
