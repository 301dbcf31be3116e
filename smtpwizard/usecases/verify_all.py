"""Verifying many connectors at once: all of a project's, or those that somebody has chosen.

Each of them leaves what a single verification of it would. What becomes of one is nothing to the
others, and nobody is asked for more than what opens a secret store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.addresses import AddressError, parse_address
from smtpwizard.model.connector import Connector, Method, name_order
from smtpwizard.model.errors import (
    Cancelled,
    SecretStoreError,
    SmtpWizardError,
    StorageError,
    UsageError,
)
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Report, Stage, StageResult, Unproven, Verdict
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken, wait_limits
from smtpwizard.usecases.connectors import status_of
from smtpwizard.usecases.history import lasting_facts
from smtpwizard.usecases.standing import with_standing
from smtpwizard.usecases.turns import Turns
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace

JOBS = 64
MAX_JOBS = 256
# How long a secret store may take to be opened by a person, and to answer once it is open; seconds.
OPENING_S = 120.0
STORE_S = 20.0
# How long those who were told to stop are waited for, seconds.
STOPPING_S = 1.5
_LOOK_S = 0.5

UNEXPECTED = "unexpected"
"""Why a connector was skipped whose verification ended in a mistake of ours."""

# What keeps all of a secret store from being read, whoever's secret it is.
_STAYS_SHUT = frozenset(
    (
        "keyring_silent",
        "secret_store_failed",
        "secret_store_locked",
        "secret_store_unavailable",
        "secrets_file_failed",
    )
)


class Ended(NamedTuple):
    """What became of one connector: small, however much its server had to say."""

    id: str
    name: str
    ok: bool | None
    """None where it was `skipped`: nothing was found out, and its status is as it was."""
    before: str | None
    """Its statuses, as a list shows them; None for one that is gone."""
    now: str | None
    stage: Stage | None = None
    cause: str | None = None
    told_by: str = ""
    """As the cause has it."""
    unknown: bool = False
    """True where the outcome is: the server never said whether it took the test email."""
    skipped: str | None = None
    """Why it was skipped: the code of an error, whose `facts` are these."""
    facts: Mapping[str, Any] = MappingProxyType({})
    unproven: Unproven | None = None
    """The failure that stands, where this test passed short of it."""
    shut_out: bool = False
    """Whether a secret store or the data folder is to blame, which others may be skipped for."""

    @property
    def newly_broken(self) -> bool:
        return self.before == "verified" and self.now == "failed"

    @property
    def repaired(self) -> bool:
        return self.before == "failed" and self.now == "verified"

    def to_json(self) -> Json:
        """As the contract has it; a skipped one says why in place of stage and cause."""
        document: Json = {
            "connector": self.name,
            "ok": self.ok,
            "stage": self.stage.value if self.stage is not None else None,
            "cause": self.cause,
            "before": self.before,
            "now": self.now,
        }
        if self.unproven is not None:
            document["unproven"] = self.unproven.to_json()
        return document | ({"skipped": self.skipped} if self.skipped is not None else {})


class Summary(NamedTuple):
    """All of it together; `left` have not been looked at, because it was interrupted."""

    verified: int
    failed: int
    unknown: int
    skipped: int
    newly_broken: tuple[str, ...]
    repaired: tuple[str, ...]
    duration_ms: int
    interrupted: bool = False
    left: int = 0
    unexpected: int = 0
    """Of the skipped, those whose verification ended in a mistake of ours."""
    shut_out: int = 0
    """Of the skipped, those whose secret store stayed shut, or the data folder."""
    unproven: tuple[str, ...] = ()
    """Whose login works, while the failure stands that this test did not come as far as: none of
    the verified, the failed, the newly broken and the repaired."""

    @property
    def found_out(self) -> int:
        """Of how many something was found out."""
        return self.verified + self.failed + self.unknown + len(self.unproven)

    def exit_code(self) -> int:
        """130 interrupted; 4 where something is newly broken; 1 for a mistake of ours; 3 where a
        store stayed shut, or there was something to verify and nothing was; else 0."""
        if self.interrupted:
            return 130
        if self.newly_broken:
            return 4
        if self.unexpected:
            return 1
        return 3 if self.shut_out or (self.skipped and not self.found_out) else 0

    def to_json(self) -> Json:
        document: Json = {
            "verified": self.verified,
            "failed": self.failed,
            "unknown": self.unknown,
            "skipped": self.skipped,
            "newly_broken": list(self.newly_broken),
            "repaired": list(self.repaired),
            "unproven": list(self.unproven),
            "duration_ms": self.duration_ms,
        }
        return document | ({"interrupted": True, "left": self.left} if self.interrupted else {})


class Watcher(NamedTuple):
    """Who hears how it goes, from many threads; `ended` comes once for every one that `started`.

    One call of `ended` comes at a time. What a watcher raises is a mistake of its own, and is
    logged. Each may be None; who hears of stages makes every one of them a little slower.
    """

    started: Callable[[StoredConnector], None] | None = None
    stage: Callable[[str, StageResult], None] | None = None
    """The connector's id, and a stage that begins or has ended."""
    ended: Callable[[Ended], None] | None = None
    opened: Callable[[], None] | None = None
    """The secret stores are open, or stay shut: from here on nobody is asked. From the thread that
    called; until then Ctrl-C, as `KeyboardInterrupt`, stops all of it as the token does."""


def verify_all(
    ws: Workspace,
    selected: Sequence[StoredConnector] | None = None,
    *,
    send_to: str | None = None,
    stop_after: Stage | None = None,
    timeout_s: float | None = None,
    jobs: int = JOBS,
    token: CancelToken | None = None,
    watcher: Watcher | None = None,
) -> Summary:
    """Verify those of `selected`, or every connector of the project, `jobs` of them at a time.

    Of one host there are `turns.AT_ONE_HOST` at a time, of one login one. Secret stores are opened
    by this thread, one after the other, while those that need none are verified; beyond the
    passphrase of the encrypted file, or what opens the keyring, nothing is asked. A
    connector is verified as its file is when its turn comes. `token` stops all of it at once; then
    those not begun are left. `send_to` gets a test email from each. Raises `UsageError` where that
    is no address, and `StorageError` where the project cannot be read.
    """
    if send_to is not None:
        try:
            parse_address(send_to)
        except AddressError as error:
            raise UsageError(error.code, **error.facts, field="send_to") from None
    chosen = ws.connectors().connectors if selected is None else selected
    run = _Run(
        ws.for_many(),
        token or CancelToken(),
        watcher or Watcher(),
        _Arguments(send_to, stop_after, timeout_s),
    )
    return run.go(chosen, max(1, min(jobs, MAX_JOBS)))


def open_encrypted_file(
    ws: Workspace, selected: Sequence[StoredConnector], token: CancelToken | None = None
) -> None:
    """Open the encrypted file where one of these has a secret in it; for a face that asks for a
    passphrase between two attempts.

    Raises `SecretStoreError`: `passphrase_needed` or `passphrase_wrong`. What else is wrong with it
    each verification says.
    """
    refs = (ref for stored in selected for ref in stored.secrets.values())
    ref = next((ref for ref in refs if ref.startswith("file:")), None)
    if ref is None:
        return
    try:
        _open(ws, ref, token)
    except SmtpWizardError as error:
        if error.code in ("passphrase_needed", "passphrase_wrong"):
            raise


def _open(ws: Workspace, ref: str, token: CancelToken | None) -> None:
    """Have a store ask for what opens it, in this thread; raises `SmtpWizardError`."""
    with wait_limits(token=token, timeout_s=OPENING_S):
        ws.store_of(ref).open(ref)


class _Arguments(NamedTuple):
    """What every one of the verifications is told."""

    send_to: str | None
    stop_after: Stage | None
    timeout_s: float | None


class _Run:
    """One verification of many, while it is under way."""

    def __init__(
        self, ws: Workspace, token: CancelToken, watcher: Watcher, arguments: _Arguments
    ) -> None:
        self._ws = ws
        self._token = token
        self._watcher = watcher
        self._arguments = arguments
        self._trusted = ws.trusted_fingerprints()
        self._turns: Turns[StoredConnector] = Turns()
        # Guards what follows, and lets one `ended` through at a time.
        self._counting = threading.Lock()
        self._closed = False
        self._counts = dict.fromkeys(("verified", "failed", "unknown", "skipped"), 0)
        self._reasons = {"unexpected": 0, "shut_out": 0}  # of the skipped
        self._newly_broken: list[str] = []
        self._repaired: list[str] = []
        self._unproven: list[str] = []

    def go(self, chosen: Sequence[StoredConnector], jobs: int) -> Summary:
        began = time.monotonic()
        threads = [
            threading.Thread(target=self._work, name=f"verify-{number}", daemon=True)
            for number in range(min(jobs, len(chosen)))
        ]
        with self._token.on_cancel(self._turns.stop):
            for thread in threads:
                thread.start()
            try:
                self._add(chosen)
                if self._watcher.opened is not None:
                    self._watcher.opened()
            except KeyboardInterrupt:  # in place of an answer to what a store asks
                self._token.cancel()
            finally:
                self._turns.complete()
                self._wait(threads)
        with self._counting:
            # Nobody hears of those that would not stop.
            self._closed = True
            return Summary(
                **self._counts,
                **self._reasons,
                newly_broken=tuple(sorted(self._newly_broken, key=name_order)),
                repaired=tuple(sorted(self._repaired, key=name_order)),
                unproven=tuple(sorted(self._unproven, key=name_order)),
                duration_ms=round((time.monotonic() - began) * 1000),
                interrupted=self._token.cancelled,
                left=len(chosen) - sum(self._counts.values()) - len(self._unproven),
            )

    def _add(self, chosen: Sequence[StoredConnector]) -> None:
        """Put everything in its place, those behind a secret store once that is open."""
        behind: dict[str, list[StoredConnector]] = {}
        for stored in chosen:
            ref = next(iter(stored.secrets.values()), None)
            if ref is None:
                self._turns.add(stored, *_places_of(stored))
            else:
                behind.setdefault(ref.partition(":")[0], []).append(stored)
        for name in sorted(behind):
            with suppress(SmtpWizardError):  # whether it did, the verifications find out
                _open(self._ws, next(iter(behind[name][0].secrets.values())), self._token)
            for stored in behind[name]:
                self._turns.add(stored, *_places_of(stored))

    def _wait(self, threads: Sequence[threading.Thread]) -> None:
        """Wait for the end: in slices, for a signal that comes just before a wait does not end
        it."""
        while not self._token.cancelled and any(thread.is_alive() for thread in threads):
            for thread in threads:
                if thread.is_alive():
                    thread.join(_LOOK_S)
                    break
        end = time.monotonic() + STOPPING_S
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    # -- in the threads

    def _work(self) -> None:
        with wait_limits(token=self._token, timeout_s=STORE_S, unasked=True):
            while (taken := self._turns.take()) is not None:
                waiting, stored = taken
                try:
                    self._verify(stored)
                finally:
                    self._turns.leave(waiting)

    def _verify(self, listed: StoredConnector) -> None:
        if self._watcher.started is not None:
            self._tell(self._watcher.started, listed)
        try:
            ended = self._verified(listed)
        except Exception as error:  # noqa: BLE001 - one connector's edge: the others go on
            ended = self._bug(listed, error)
        with self._counting:
            if not self._closed:
                self._count(ended)
                if self._watcher.ended is not None:
                    self._tell(self._watcher.ended, ended)

    def _verified(self, listed: StoredConnector) -> Ended:
        store = self._ws.store
        stored = store.read(listed.id)
        if stored is None:
            return Ended(
                listed.id, listed.connector.name, None, None, None, skipped="connector_gone"
            )
        record = store.read_verification(stored.id)
        before = status_of(stored, record, self._trusted)
        name, wants = stored.connector.name, self._arguments
        stage = self._watcher.stage

        def observe(result: StageResult) -> None:
            if stage is not None:
                self._tell(stage, stored.id, result)

        try:
            report = verify_stored(
                self._ws,
                stored,
                send_to=wants.send_to,
                stop_after=wants.stop_after,
                timeout_s=wants.timeout_s,
                token=self._token,
                observer=observe if stage is not None else None,
            )
        except SmtpWizardError as error:
            return Ended(
                stored.id,
                name,
                None,
                before,
                before,
                skipped=error.code,
                facts=error.facts,
                shut_out=_shuts_out(error),
            )
        if report.cancelled:
            return Ended(stored.id, name, None, before, before, skipped=Cancelled().code)
        found = lasting_facts(self._ws, stored, report)
        if found is not None:
            found = with_standing(record or {}, found, report)
        return _ended(stored, report, before, self._status(stored, found))

    def _status(self, stored: StoredConnector, found: Json | None = None) -> str | None:
        """As a list shows it now: the connector may be another by the end of its verification.

        `found` is what the record says, which could not be written where the disk does not let us.
        """
        now = self._ws.store.read(stored.id)
        if now is None:
            return None
        record = found or self._ws.store.read_verification(stored.id)
        return status_of(now, record, self._trusted)

    def _count(self, ended: Ended) -> None:
        if ended.unproven is not None:
            self._unproven.append(ended.name)
            return
        if ended.skipped is not None:
            what = "skipped"
        elif ended.unknown:
            what = "unknown"
        else:
            what = "verified" if ended.ok else "failed"
        self._counts[what] += 1
        self._reasons["unexpected"] += ended.skipped == UNEXPECTED
        self._reasons["shut_out"] += ended.shut_out
        if ended.newly_broken:
            self._newly_broken.append(ended.name)
        if ended.repaired:
            self._repaired.append(ended.name)

    def _tell(self, hear: Callable[..., None], *what: object) -> None:
        try:
            hear(*what)
        except Exception as error:  # noqa: BLE001 - who watches does not stop what is watched
            self._log(None, error)

    def _bug(self, listed: StoredConnector, error: Exception) -> Ended:
        self._log(listed.id, error)
        status = None
        with suppress(Exception):  # what was the mistake may be one again
            status = self._status(listed)
        return Ended(listed.id, listed.connector.name, None, status, status, skipped=UNEXPECTED)

    def _log(self, connector: str | None, error: Exception) -> None:
        from smtpwizard.usecases.log import trace_of  # noqa: PLC0415 - of a bug alone

        kind = error.code if isinstance(error, SmtpWizardError) else type(error).__name__
        where = " < ".join(trace_of(error))
        self._ws.log.write("unexpected_error", connector=connector, kind=kind, where=where)


def _shuts_out(error: SmtpWizardError) -> bool:
    if isinstance(error, SecretStoreError):
        return error.code in _STAYS_SHUT or error.code.startswith("passphrase_")
    return isinstance(error, StorageError)


def _ended(stored: StoredConnector, report: Report, before: str, now: str | None) -> Ended:
    stopped = report.stopped_at()
    return Ended(
        stored.id,
        stored.connector.name,
        report.ok,
        before,
        now,
        stage=stopped.stage if stopped is not None else None,
        cause=report.causes[0].cause if report.causes else None,
        told_by=report.causes[0].told_by if report.causes else "",
        unknown=report.verdict is Verdict.UNKNOWN,
        unproven=report.unproven,
    )


def _places_of(stored: StoredConnector) -> tuple[str, str | None]:
    """The host that a connector goes to, and the login that it uses there."""
    connector = stored.connector
    host = connector.server.host.rstrip(".").casefold()
    return host, _login_of(connector, host)


def _login_of(connector: Connector, host: str) -> str | None:
    authentication = connector.authentication
    if authentication.method is Method.NONE:
        return None
    login = authentication.username or authentication.oauth.client_id
    if not login:
        return None
    # An address is one account wherever it logs in; another name is one at its host alone.
    return login.casefold() if "@" in login else f"{login.casefold()} {host}"
