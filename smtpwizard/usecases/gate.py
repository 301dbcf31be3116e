"""How many helper commands may run at once, and when one is not run any more."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from smtpwizard.model.errors import SecretStoreError

OF_ONE_PROGRAM = 8
"""So many of one helper command run at a time, once it is known to ask nobody any more."""
IN_VAIN = 3
"""After so many failures that took `ASKED_S`, and no success, a helper command is not run any
more."""
ASKED_S = 1.0


class Gate:
    """Lets one through at a time until one has come out well, and several after that.

    For programs that may ask their user: who answered once is asked no more, by most of them, and
    who does not answer, or says no a few times, is left in peace: everybody gets that error then.
    """

    def __init__(self, several: int = OF_ONE_PROGRAM) -> None:
        self._first = threading.Lock()
        self._places = threading.BoundedSemaphore(several)
        self._opened = False
        self._failures = 0
        self._shut: SecretStoreError | None = None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Go through; a `SecretStoreError` of the block is no good end."""
        if not self._opened:
            with self._first:
                if self._shut is not None:
                    raise SecretStoreError(self._shut.code, **self._shut.facts)
                if not self._opened:
                    began = time.monotonic()
                    try:
                        yield
                    except SecretStoreError as error:
                        # What fails at once has asked nobody; it may be about one secret alone.
                        self._failures += time.monotonic() - began >= ASKED_S
                        if self._failures >= IN_VAIN or error.code in _NO_ANSWER:
                            self._shut = error
                        raise
                    self._opened = True
                    return
        with self._places:
            yield


_NO_ANSWER = ("secret_command_timeout",)
