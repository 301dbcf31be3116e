"""Whose turn it is, among many verifications of which some must not happen at once.

Knows no connector and starts no thread. A place is free, or whoever waits for it is woken by the
one that leaves: nobody looks again and again, and who waits for one host keeps nobody from another.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

AT_ONE_HOST = 4
"""So many verifications speak with one host at a time; of one login there is one."""


class Waiting(NamedTuple):
    """A piece of work by its place in the order, the host it goes to, and the login it uses."""

    rank: int
    """How many of this host were added before."""
    number: int
    host: str
    login: str | None


class Turns(Generic[T]):
    """Work that threads take one piece of at a time, each when its host and its login are free.

    Hosts come in turn: the first of each, then the second of each. Within a host the order is that
    of `add`. Every method may be called from any thread.
    """

    def __init__(self, at_one_host: int = AT_ONE_HOST) -> None:
        self._at_one_host = at_one_host
        self._changed = threading.Condition()
        self._work: dict[int, T] = {}
        self._added = 0
        self._of_host: dict[str, int] = {}
        # What may begin: its login and a place at its host are its own already.
        self._ready: list[Waiting] = []
        self._busy: dict[str, int] = {}
        self._for_host: dict[str, list[Waiting]] = {}
        self._for_login: dict[str, deque[Waiting]] = {}
        self._complete = False
        self._stopped = False

    def add(self, work: T, host: str, login: str | None) -> None:
        """Another piece of work; `login` is None where it logs in as nobody."""
        with self._changed:
            number, self._added = self._added, self._added + 1
            rank = self._of_host[host] = self._of_host.get(host, -1) + 1
            self._work[number] = work
            waiting = Waiting(rank, number, host, login)
            if login is None:
                self._go_to_host(waiting)
            elif login in self._for_login:
                self._for_login[login].append(waiting)
            else:
                self._for_login[login] = deque()
                self._go_to_host(waiting)

    def complete(self) -> None:
        """No more will be added."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Nothing more begins."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def take(self) -> tuple[Waiting, T] | None:
        """The next piece whose turn it is; waits for one. None where none is left, or to begin."""
        with self._changed:
            while not self._ready:
                if self._stopped or (self._complete and not self._work):
                    return None
                self._changed.wait()
            if self._stopped:
                return None
            waiting = heapq.heappop(self._ready)
            return waiting, self._work[waiting.number]

    def leave(self, waiting: Waiting) -> None:
        """A piece that was taken has come to its end; its places are the next one's."""
        with self._changed:
            del self._work[waiting.number]
            behind = self._for_host.get(waiting.host)
            if behind:
                self._make_ready(heapq.heappop(behind))
            else:
                self._busy[waiting.host] -= 1
            if waiting.login is not None:
                queue = self._for_login[waiting.login]
                if queue:
                    self._go_to_host(queue.popleft())
                else:
                    del self._for_login[waiting.login]
            if self._complete and not self._work:
                self._changed.notify_all()

    @property
    def left(self) -> int:
        """How many have not come to their end."""
        with self._changed:
            return len(self._work)

    def _go_to_host(self, waiting: Waiting) -> None:
        busy = self._busy.get(waiting.host, 0)
        if busy < self._at_one_host:
            self._busy[waiting.host] = busy + 1
            self._make_ready(waiting)
        else:
            heapq.heappush(self._for_host.setdefault(waiting.host, []), waiting)

    def _make_ready(self, waiting: Waiting) -> None:
        heapq.heappush(self._ready, waiting)
        self._changed.notify()
