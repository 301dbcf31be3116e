"""Asking all sources for the settings of an address at once, and the servers that they name.

One limit for everything; nobody is waited for who could no longer change the answer.
"""

from __future__ import annotations

import ipaddress
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from smtpwizard.discovery.known import domain_of
from smtpwizard.discovery.ranking import Pending, Settled, enough_after, ranked
from smtpwizard.discovery.signs import parse_signs
from smtpwizard.discovery.sources import Look, Question, Sources, Told
from smtpwizard.model.connector import Security
from smtpwizard.model.discovery import (
    Candidate,
    Discovery,
    FoundBy,
    Looked,
    LookedStatus,
    Place,
    Remark,
    ServerAnswer,
)
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, NetworkError, UsageError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import Names
from smtpwizard.net.proxy import choose_proxy
from smtpwizard.net.resolve import Endpoint, resolve
from smtpwizard.net.tls import client_context
from smtpwizard.resources import packaged_text
from smtpwizard.smtp.find_out_more import PortAnswer, Target, Trust, ask_port

if TYPE_CHECKING:
    from smtpwizard.model.network_settings import NetworkSettings
    from smtpwizard.usecases.workspace import Workspace

# What somebody else's record or file names inside this network is spoken to at these ports alone.
_USUAL_PORTS = (25, 465, 587, 2525)
_IMPLICIT = 465
_MAX_SERVERS = 30
# A candidate whose server has said nothing for so long is as good as it will get: a trusted one,
# and any.
_UNANSWERED_S = (1.5, 3.0)
# Who was waited for so long, and said nothing, did not answer in time.
_SILENT_S = 1.5
_LATE = ServerAnswer(error="late")


def ask_everybody(
    ws: Workspace,
    known: Discovery,
    today: date,
    *,
    pointed: NetworkSettings,
    token: CancelToken,
    timeout_s: float,
    told: Callable[[Discovery], None],
) -> Discovery:
    """What is known, and all that others say within `timeout_s` seconds; `told` hears of every
    change. Where the catalogue has the domain, only its server is asked."""
    try:
        client_context(ca_file=pointed.ca_file)
    except NetworkError:
        choices = "PEM"
        raise UsageError("setting_invalid", field="ca_file", choices=choices) from None
    return _Search(ws, known, today, pointed, timeout_s, told).run(token)


class _Found(NamedTuple):
    """A candidate, after how many seconds it was found, and in which of the places."""

    candidate: Candidate
    after_s: float
    place: int


class _Task:
    """A look, or a server that is spoken to, while it is under way."""

    def __init__(self, source: FoundBy | None, place: str, rank: int, now: float) -> None:
        self.source = source
        self.place = place
        self.rank = rank
        self.began = now
        self.heard = False
        self.ended: Place | None = None

    def listen(self) -> None:
        self.heard = True


class _Search:
    """One search; everything but the work of the tasks happens in the calling thread."""

    def __init__(
        self,
        ws: Workspace,
        known: Discovery,
        today: date,
        pointed: NetworkSettings,
        timeout_s: float,
        told: Callable[[Discovery], None],
    ) -> None:
        self._known = known
        self._told = told
        self._began = time.monotonic()
        self._deadline = Deadline(timeout_s)
        self._token = CancelToken()
        self._events: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._tasks: list[_Task] = []
        self._candidates = [_Found(each, 0.0, 0) for each in known.candidates]
        self._remarks: list[Remark] = []
        self._servers = _Servers(Names(pointed), self._token, self._deadline)
        # By host and port: what came of speaking to it, and when; None while it is under way.
        self._answers: dict[tuple[str, int], tuple[ServerAnswer, float] | None] = {}
        address, domain = domain_of(known.address)
        self._looks: tuple[Look, ...] = ()
        if not known.candidates:
            self._looks = Sources(
                Question(
                    address,
                    domain,
                    today,
                    ws.catalogue,
                    parse_signs(packaged_text("providers/signs.toml")),
                    self._servers.names,
                    self._servers.ask,
                    self._token,
                    self._deadline,
                )
            ).first_looks()

    def run(self, token: CancelToken) -> Discovery:
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            self._events.put(None)

        with token.on_cancel(stop):
            self._speak_to_new()
            for look in self._looks:
                self._look(look)
            while not stopped.is_set() and self._wait():
                pass
        self._token.cancel()
        return self._discovery(complete=True)

    def _wait(self) -> bool:
        """Take in what comes next; False when nobody is waited for any longer."""
        pending = [task for task in self._tasks if task.ended is None]
        if not pending:
            return False
        try:
            seconds = self._deadline.remaining()
        except DeadlineExceeded:
            return False
        settled = self._settled()
        waiting = [Pending(task.rank, task.heard, task.source is None) for task in pending]
        enough = enough_after(settled, waiting)
        if enough is not None:
            seconds = min(seconds, enough - self._now())
        # Who is silent may begin to speak, and a candidate settle, without an event.
        if seconds <= 0:
            return False
        try:
            event = self._events.get(timeout=min(seconds, 0.1))
        except queue.Empty:
            return True
        if event is not None:
            event()
        return True

    def _settled(self) -> list[Settled]:
        out = []
        for candidate, found_after, _ in self._candidates:
            server = candidate.server
            answered = self._answers.get((server.host, server.port))
            answer = answered[0] if answered is not None else candidate.answer
            trusted = candidate.trusted and candidate._replace(answer=answer).flaw is None
            at_last = found_after + _UNANSWERED_S[0 if trusted else 1]
            if answered is not None:
                answer, after = answered
                good = trusted or bool(answer.security)
                out.append(Settled(candidate.rank, good, trusted, max(after, found_after)))
            elif self._now() >= at_last:
                out.append(Settled(candidate.rank, trusted, trusted, at_last))
        return out

    # -- work --------------------------------------------------------------------------------------

    def _look(self, look: Look) -> None:
        task = self._begin(look.source, look.place, look.rank)

        def work() -> None:
            told, error = Told(), None
            try:
                told = look.work(task.listen)
            except DeadlineExceeded:
                error = "late"
            except NetworkError as failed:
                error = failed.code
            except Cancelled:
                return
            self._events.put(lambda: self._take_in(task, told, error))

        self._start(work)

    def _take_in(self, task: _Task, told: Told, error: str | None) -> None:
        status = LookedStatus.FOUND if told.candidates else LookedStatus.NOTHING
        if error is not None:
            status = LookedStatus.LATE if error in _LATE_CODES else LookedStatus.FAILED
            status = LookedStatus.NOTHING if error in _NOT_THERE else status
        task.ended = Place(task.place, status, round((self._now() - task.began) * 1000), error)
        now = self._now()
        for candidate in told.candidates:
            self._candidates.append(_Found(candidate, now, self._tasks.index(task)))
            if candidate.answer is not None:
                key = (candidate.server.host, candidate.server.port)
                self._answers.setdefault(key, (candidate.answer, now))
        # In the order of the places, whoever answers first.
        self._candidates.sort(key=lambda found: found.place)
        self._remarks += [remark for remark in told.remarks if remark not in self._remarks]
        self._speak_to_new()
        for look in told.further:
            if all(task.place != look.place for task in self._tasks):
                self._look(look)
        if told.candidates or told.remarks:
            self._told(self._discovery(complete=False))

    def _speak_to_new(self) -> None:
        """Speak to the servers of new candidates: the better ones of one source first."""
        for candidate, _, _ in self._candidates:
            server = candidate.server
            key = (server.host, server.port)
            if key in self._answers or len(self._answers) >= _MAX_SERVERS:
                continue
            self._answers[key] = None
            self._speak(candidate)

    def _speak(self, candidate: Candidate) -> None:
        server = candidate.server
        task = self._begin(None, f"{server.host}:{server.port}", candidate.rank)
        # Its name is known to be right: worth a little more than silence elsewhere.
        task.heard = True
        implicit = server.security is Security.IMPLICIT_TLS

        def work() -> None:
            try:
                answer = self._servers.ask(
                    server.host,
                    server.port,
                    implicit,
                    foreign=candidate.source is not FoundBy.CATALOGUE,
                    ca_file=server.ca_file,
                )
            except Cancelled:
                return
            self._events.put(lambda: self._answered(task, (server.host, server.port), answer))

        self._start(work)

    def _answered(self, task: _Task, key: tuple[str, int], answer: ServerAnswer) -> None:
        task.ended = Place(task.place, LookedStatus.FOUND)
        self._answers[key] = (answer, self._now())
        self._told(self._discovery(complete=False))

    def _start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
                self._events.put(partial(_raise, error))

        threading.Thread(target=run, name="discover", daemon=True).start()

    def _begin(self, source: FoundBy | None, place: str, rank: int) -> _Task:
        task = _Task(source, place, rank, self._now())
        self._tasks.append(task)
        return task

    def _now(self) -> float:
        return time.monotonic() - self._began

    # -- what is known -----------------------------------------------------------------------------

    def _discovery(self, *, complete: bool) -> Discovery:
        found = []
        denied = {remark.facts.get("security") for remark in self._remarks}
        for candidate, found_after, _ in self._candidates:
            server = candidate.server
            if candidate.source is FoundBy.PROBE and server.security.value in denied:
                continue  # the domain says that it has none
            answered = self._answers.get((server.host, server.port))
            answer = answered[0] if answered is not None else None
            if answer is None and complete and self._now() - found_after >= _SILENT_S:
                answer = _LATE
            found.append(candidate._replace(answer=candidate.answer or answer))
        return self._known._replace(
            candidates=ranked(found),
            looked=(*self._known.looked, *self._looked(complete=complete)),
            remarks=tuple(self._remarks),
            complete=complete,
            ms=round(self._now() * 1000),
        )

    def _looked(self, *, complete: bool) -> Iterable[Looked]:
        for source in FoundBy:
            if source is FoundBy.CATALOGUE:
                continue
            tasks = [task for task in self._tasks if task.source is source]
            places = [task.ended or self._unfinished(task) for task in tasks]
            if not places:
                yield Looked(source, LookedStatus.SKIPPED)
                continue
            if not complete and any(task.ended is None for task in tasks):
                continue  # not known yet
            yield Looked(source, _overall(places), max(p.ms for p in places), tuple(places))

    def _unfinished(self, task: _Task) -> Place:
        ms = round((self._now() - task.began) * 1000)
        return Place(task.place, LookedStatus.LATE, ms, "late")


# A name that does not exist, or a port where nobody listens, is a place that has nothing to say.
_NOT_THERE = ("web_no_name",)
_LATE_CODES = ("late", "timeout", "web_timeout")
_BEST_FIRST = (
    LookedStatus.FOUND,
    LookedStatus.LATE,
    LookedStatus.FAILED,
    LookedStatus.NOTHING,
)


def _raise(error: BaseException) -> None:
    raise error


def _overall(places: Iterable[Place]) -> LookedStatus:
    """What came of a source: what says most of its places."""
    statuses = {place.status for place in places}
    return next(status for status in _BEST_FIRST if status in statuses)


class _Servers:
    """Speaks to servers with EHLO, STARTTLS and QUIT, to each port once; for many threads."""

    def __init__(self, names: Names, token: CancelToken, deadline: Deadline) -> None:
        self.names = names
        self._token = token
        self._deadline = deadline
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, int], Future[ServerAnswer]] = {}

    def ask(
        self,
        host: str,
        port: int,
        implicit: bool | None = None,
        *,
        foreign: bool = True,
        ca_file: str | None = None,
    ) -> ServerAnswer:
        """What the server says; never raises but `Cancelled`. `foreign`: a stranger named it."""
        with self._lock:
            mine = (host, port) not in self._asked
            answer = self._asked.setdefault((host, port), Future())
        if mine:
            try:
                tls_first = port == _IMPLICIT if implicit is None else implicit
                answer.set_result(self._ask(host, port, tls_first, foreign, ca_file))
            finally:
                if not answer.done():
                    answer.set_exception(Cancelled())
        return answer.result()

    def _ask(
        self, host: str, port: int, implicit: bool, foreign: bool, ca_file: str | None
    ) -> ServerAnswer:
        elsewhere = self.names.is_pointed(host, port)
        limits: dict[str, Any] = {"token": self._token, "deadline": self._deadline}
        try:
            proxy = None if elsewhere else choose_proxy(None, host, port)
            if proxy is not None:
                endpoints = resolve(proxy.host, proxy.port, **limits)
            else:
                endpoints = self.names.endpoints(host, port, foreign=foreign, **limits)
                unusual = foreign and not elsewhere and port not in _USUAL_PORTS
                if unusual and _is_inside(endpoints):
                    return ServerAnswer(error="address_not_public")
        except DeadlineExceeded:
            return _LATE
        except NetworkError as failed:
            return ServerAnswer(error=failed.code)
        trust = Trust(ca_file or self.names.settings.ca_file)
        if proxy is None:
            # Where a rule leads to another port, that is the one to ask.
            port = endpoints[0].sockaddr[1]
        target = Target(host, proxy=proxy, trust=trust)
        return _as_answer(ask_port(target, endpoints, port, tls_first=implicit, **limits))


def _as_answer(said: PortAnswer) -> ServerAnswer:
    error = said.tls_error or said.error
    speaks = said.peer == "smtp"
    return ServerAnswer(said.modes if speaks else (), said.mechanisms, speaks, error)


def _is_inside(endpoints: Iterable[Endpoint]) -> bool:
    """True where a name leads to this network's own addresses (RFC 1918, RFC 4193)."""
    return all(ipaddress.ip_address(e.address.partition("%")[0]).is_private for e in endpoints)
