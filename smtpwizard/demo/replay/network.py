"""The recorded network in place of the real one: same failures before the server, same server.

Nobody is asked: no name server, no proxy of this machine, no file of the recorded one.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from collections.abc import Sequence

from smtpwizard.demo.replay.certificates import Remade, Remaker
from smtpwizard.demo.replay.credentials import account_of, is_another_login
from smtpwizard.demo.replay.memory import MemoryStream
from smtpwizard.demo.replay.player import Aside, Player, Rules
from smtpwizard.demo.replay.recorded import Attempt, Recording, attempts
from smtpwizard.model.addresses import ascii_domain, is_ip_literal
from smtpwizard.model.connector import Connector, Security
from smtpwizard.model.errors import Cancelled, DeadlineExceeded
from smtpwizard.model.report import BEYOND_LOGIN, Stage
from smtpwizard.model.stage_facts import (
    Attempt as Tried,
)
from smtpwizard.model.stage_facts import (
    EhloFacts,
    ResolveFacts,
    StageError,
    StageFailure,
)
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.model.wire import Encrypted, WireEvent
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.network import Network
from smtpwizard.net.proxy import Proxy, parse_proxy
from smtpwizard.net.resolve import Endpoint
from smtpwizard.net.stream import Stream
from smtpwizard.net.tls import trusting

_SOMEWHERE = "192.0.2.1"  # TEST-NET-1 (RFC 5737), where nobody is
_ABOUT_FILES = (
    StageError.CA_FILE_INVALID,
    StageError.CA_FILE_UNREADABLE,
    StageError.CLIENT_CERTIFICATE_INVALID,
    StageError.CLIENT_CERTIFICATE_UNREADABLE,
    StageError.PIN_INVALID,
)


class Replayed(Network):
    """The ways out of a verification, as they were when `recording` was made.

    `connector` is what is tried now, which may be another than the recorded one. `beyond` has the
    stages in which the record had nothing to say.
    """

    def __init__(
        self, recording: Recording, connector: Connector | None = None, *, strict: bool = False
    ) -> None:
        self._recording = recording
        self._connector = connector or recording.connector
        self._strict = strict
        self._attempts = attempts(recording.report.wire)
        self._number = -1
        self._streams = 0
        self._remaker = Remaker()
        self._remade: dict[int, Remade] = {}
        self._account = account_of(recording, self._connector)
        self._unknown = _without_verdict(recording.connector, self._connector)
        self._shift = recording.shift
        self._beyond: set[Stage] = set()

    @property
    def beyond(self) -> tuple[Stage, ...]:
        """The stages in which the record was left, in their order."""
        return tuple(stage for stage in Stage if stage in self._beyond)

    # -- on the way

    def choose_proxy(self, configured: str | None, host: str, port: int) -> Proxy | None:
        """The recorded proxy; asked for once a verification, so that here an attempt begins."""
        self._number += 1
        self._streams = 0
        if configured != self._recording.connector.server.proxy:
            self._note(Stage.RESOLVE, Stage.CONNECT)
            return parse_proxy(configured) if configured else None
        failure = self._recording.report.stage(Stage.RESOLVE).failure
        if failure is not None and failure.error is StageError.PROXY_INVALID:
            raise ConnectionFailed(failure)
        facts = self._recording.report.facts(ResolveFacts)
        if facts.proxy is None:
            return None
        return parse_proxy(facts.proxy, facts.proxy_source or "connector")

    def resolve(
        self, host: str, port: int, *, token: CancelToken, deadline: Deadline
    ) -> list[Endpoint]:
        """The recorded addresses, or why there were none."""
        recorded = self._attempt.looked_up
        self._stop_where_stopped(token, recorded)
        if self._is_elsewhere(host=True) or recorded is None:
            self._note(Stage.RESOLVE)
            return [_endpoint(_SOMEWHERE, port)]
        if recorded.failure is not None:
            raise _error(recorded.failure)
        return [_endpoint(address, port) for address in recorded.addresses]

    def connect(
        self, endpoints: Sequence[Endpoint], *, token: CancelToken, deadline: Deadline
    ) -> tuple[Stream, Endpoint, tuple[Tried, ...]]:
        """A stream to the recorded server, or why there was no connection."""
        self._streams += 1
        recorded = self._attempt.connected
        self._stop_where_stopped(token, recorded)
        if self._is_elsewhere() or recorded is None:
            self._note(Stage.CONNECT)
            return self._stream(token, Attempt()), endpoints[0], ()
        failure = recorded.failure
        if failure is not None and recorded.address is None:
            if failure.error is StageError.PROXY_UNREACHABLE and failure.why is not None:
                failure = failure._replace(error=failure.why, why=None, proxy=None, source=None)
            raise ConnectionFailed(failure)
        address = recorded.address or _SOMEWHERE
        endpoint = next((e for e in endpoints if e.address == address), None)
        endpoint = endpoint or _endpoint(address, endpoints[0].sockaddr[1])
        return self._stream(token, self._attempt), endpoint, recorded.attempts

    def open_tunnel(
        self, stream: Stream, proxy: Proxy, host: str, port: int, deadline: Deadline
    ) -> None:
        """What the recorded proxy answered."""
        recorded = self._attempt.connected
        failure = recorded.failure if recorded is not None else None
        if failure is not None and not self._is_elsewhere():
            if failure.error is StageError.PROXY_TIMEOUT:
                raise DeadlineExceeded
            raise ConnectionFailed(failure)

    # -- whom to trust

    def with_trust(
        self, failure: StageFailure, own_trust: str, shown: Sequence[bytes], project: Sequence[str]
    ) -> StageFailure:
        """As it was recorded: what the project trusts is not in the record."""
        return failure

    def client_context(
        self,
        *,
        ca_file: str | None = None,
        pinned_certificate: str | None = None,
        client_certificate: str | None = None,
        client_certificate_passphrase: str | None = None,
        authorities: tuple[str, ...] = (),
    ) -> ssl.SSLContext:
        """Trust in the recorded server where it was trusted; files are not read."""
        before = self._recording.connector.server
        recorded = self._attempt.encrypted() if not self._is_elsewhere() else None
        remade = self._remake(recorded)
        same = (ca_file, pinned_certificate, client_certificate) == (
            before.ca_file,
            before.pinned_certificate,
            before.client_certificate,
        )
        if not same:
            return self._other_trust(recorded, remade, pinned_certificate)
        failure = self._recording.report.stage(Stage.TLS).failure
        if failure is not None and failure.error in _ABOUT_FILES:
            raise ConnectionFailed(failure)
        return trusting(remade.trusted_pem, strict=remade.strict)

    def _other_trust(
        self, recorded: Encrypted | None, remade: Remade, pin: str | None
    ) -> ssl.SSLContext:
        if pin is None or recorded is None:
            self._note(Stage.TLS)
            return trusting(remade.leaf_trusted_pem)
        failure = recorded.failure
        chain = (failure.chain if failure is not None else None) or recorded.chain
        shown = chain[0].fingerprint if chain else ""
        pem = remade.leaf_pem if _fingerprint(pin) == shown else self._remaker.stranger()
        return trusting(pem)

    # -- the server

    @property
    def _attempt(self) -> Attempt:
        return self._attempts[self._number] if self._number < len(self._attempts) else Attempt()

    def _stop_where_stopped(self, token: CancelToken, recorded: WireEvent | None) -> None:
        token.raise_if_cancelled()
        if recorded is None and self._recording.report.cancelled:
            raise Cancelled

    def _is_elsewhere(self, *, host: bool = False) -> bool:
        """Whether another server is asked than the recorded one, or with `host` another name."""
        now, before = self._connector.server, self._recording.connector.server
        if now.host != before.host or now.proxy != before.proxy:
            return True
        return not host and now.port != before.port

    def _stream(self, token: CancelToken, attempt: Attempt) -> MemoryStream:
        report = self._recording.report
        rules = Rules(
            account=self._account,
            note=self._note,
            certificate=lambda: self._remake(attempt.encrypted()).leaf_pem.encode("ascii"),
            strict=self._strict,
            tls_first=self._connector.server.security is Security.IMPLICIT_TLS,
            clear_first=self._connector.server.security is not Security.IMPLICIT_TLS,
            unknown=self._unknown,
        )
        player = Aside(attempt, rules) if self._streams > 1 else Player(attempt, rules)
        return MemoryStream(
            player,
            token,
            self._remake,
            own_address=_own_address(report.facts(EhloFacts).ehlo_name),
            shift=self._shift,
            cancelled=report.cancelled,
        )

    def _remake(self, recorded: Encrypted | None) -> Remade:
        key = id(recorded)
        if key not in self._remade:
            hosts = (_certified(self._connector.server.host),)
            self._remade[key] = self._remaker.remake(recorded, hosts, self._shift)
        return self._remade[key]

    def _note(self, *stages: Stage) -> None:
        self._beyond.update(stages)


def _without_verdict(before: Connector, now: Connector) -> frozenset[Stage]:
    """The stages in which a server decides by who the client is, and this one is another than the
    recorded one: what was said to that one says nothing of this one."""
    if is_another_login(before, now):
        return frozenset((Stage.AUTH, *BEYOND_LOGIN))
    if before.sender_address() != now.sender_address():
        return frozenset(BEYOND_LOGIN)
    return frozenset()


def _endpoint(address: str, port: int) -> Endpoint:
    if ":" in address:
        return Endpoint(socket.AF_INET6, (address, port, 0, 0))
    return Endpoint(socket.AF_INET, (address, port))


def _error(failure: StageFailure) -> ConnectionFailed | DeadlineExceeded:
    timeout = failure.error is StageError.TIMEOUT
    return DeadlineExceeded() if timeout else ConnectionFailed(failure)


def _own_address(ehlo_name: str | None) -> str:
    """The address of the client, by the name it introduced itself with."""
    found = re.fullmatch(r"\[(?:IPv6:)?(.+)\]", ehlo_name or "")
    return found[1] if found is not None and is_ip_literal(found[1]) else "127.0.0.1"


def _certified(host: str) -> str:
    """A host as it stands in certificates."""
    host = host.rstrip(".").partition("%")[0]
    return host if is_ip_literal(host) else ascii_domain(host)


def _fingerprint(pem: str) -> str:
    try:
        der = ssl.PEM_cert_to_DER_cert(pem.strip())
    except ValueError:
        return ""
    return hashlib.sha256(der).hexdigest()
