"""Look-ups for one judgement: each asked once, each bounded, all of them within one time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from smtpwizard.model.addresses import AddressError, ascii_domain
from smtpwizard.model.errors import DeadlineExceeded, NetworkError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.sender.spf import NoAnswerError

if TYPE_CHECKING:
    from smtpwizard.net.names import Names

_ONE_S = 5.0
# However many records lead to each other.
_MOST = 400


class LookUps:
    """Answers as `spf.Asked` has them; safe to share between threads. Raises `Cancelled` too."""

    def __init__(self, names: Names, token: CancelToken, deadline: Deadline) -> None:
        self._names = names
        self._token = token
        self._deadline = deadline
        self._known: dict[tuple[str, str], Future[tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def txt(self, name: str) -> Sequence[str]:
        return self._once("txt", name, lambda host, more: self._names.txt(host, **more))

    def ip(self, name: str, version: int) -> Sequence[str]:
        return self._once(
            f"ip{version}",
            name,
            lambda host, more: self._names.addresses_of_kind(host, version, **more),
        )

    def mx(self, name: str) -> Sequence[str]:
        """The exchangers, the most preferred first; an empty name is the null MX."""
        return self._once(
            "mx", name, lambda host, more: tuple(m.host for m in self._names.mx(host, **more))
        )

    def ptr(self, address: str) -> Sequence[str]:
        return self._once("ptr", address, lambda host, more: self._names.ptr(host, **more))

    def cname(self, name: str) -> str | None:
        found = self._once(
            "cname", name, lambda host, more: tuple(filter(None, [self._names.cname(host, **more)]))
        )
        return found[0] if found else None

    def exists(self, name: str) -> bool:
        """Whether there is anything under a name that mail could come from."""
        return bool(self.txt(name) or self.mx(name) or self.ip(name, 4) or self.ip(name, 6))

    def _once(self, kind: str, name: str, ask: Callable[..., tuple[str, ...]]) -> tuple[str, ...]:
        try:
            host = name if kind == "ptr" or name.isascii() else ascii_domain(name)
        except AddressError:
            return ()
        key = kind, host.lower().rstrip(".")
        with self._lock:
            future = self._known.get(key)
            mine = future is None
            if future is None:
                if len(self._known) >= _MOST:
                    raise NoAnswerError
                future = self._known[key] = Future()
        if mine:
            try:
                limit = Deadline(min(_ONE_S, self._deadline.remaining()))
                future.set_result(ask(key[1], {"token": self._token, "deadline": limit}))
            except (NetworkError, DeadlineExceeded):
                future.set_exception(NoAnswerError())
            except BaseException as error:  # noqa: BLE001 - raised below, in whoever waits for it
                future.set_exception(error)
        return future.result()
