"""The part of “Find out more” that asks a port: up to EHLO, in the clear, after STARTTLS or in TLS.

Presents no credential and sends no message, whatever the other side offers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from smtpwizard.model.addresses import AddressError, ascii_domain, clean_text
from smtpwizard.model.errors import DeadlineExceeded
from smtpwizard.model.stage_facts import CertificateFacts, StageError
from smtpwizard.model.stage_failures import StageFailed
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.proxy import Proxy
from smtpwizard.net.resolve import Endpoint
from smtpwizard.net.tls import client_context, peer_facts, shown_chain
from smtpwizard.smtp.protocol import RepliedError
from smtpwizard.smtp.recorder import Recorder
from smtpwizard.smtp.session import Session

_BANNER_CAP = 300


@dataclass(frozen=True, slots=True)
class Trust:
    """What certificates are measured with: as the connector has it."""

    ca_file: str | None = None
    pinned_certificate: str | None = None
    authorities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask: `host` as A-labels or an IP address, and how this end introduces itself."""

    host: str
    ehlo_name: str | None = None
    proxy: Proxy | None = None
    trust: Trust = field(default_factory=Trust)


@dataclass(frozen=True, slots=True)
class PortAnswer:
    """What a port said.

    `peer` is who speaks there: `smtp`, another protocol, or None where nothing answered and
    `error` says why. `modes` are the ways of encryption that were seen to work (`starttls`,
    `implicit_tls`), `offered` those that are there but failed with `tls_error`; `shown` are all
    the certificates that it showed (DER), trusted or not.
    """

    port: int
    peer: str | None = None
    error: StageError | None = None
    address: str | None = None
    banner: str = ""
    modes: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    tls_error: StageError | None = None
    certificate: CertificateFacts | None = None
    ms: int = 0
    shown: tuple[bytes, ...] = ()

    def to_json(self) -> dict[str, Any]:
        out = {name: getattr(self, name) for name in self.__slots__ if name != "shown"}
        lists = {name: list(out[name]) for name in ("modes", "offered", "mechanisms")}
        if self.certificate is not None:
            out["certificate"] = self.certificate._replace(pem="").to_json()
        return {**out, **lists}


class _Attempt:
    """One port while it is being asked; `answer` grows with every step."""

    def __init__(self, target: Target, port: int, token: CancelToken, deadline: Deadline) -> None:
        self.target = target
        self.token = token
        self.deadline = deadline
        self.known: dict[str, Any] = {"port": port}

    def session(self) -> Session:
        return Session(
            host=self.target.host,
            port=self.known["port"],
            proxy=self.target.proxy,
            recorder=Recorder(time.monotonic),
            token=self.token,
        )

    def in_the_clear(self, endpoints: list[Endpoint]) -> None:
        with self.session() as session:
            self._connect(session, endpoints)
            self._greeting(session)
            if "STARTTLS" in session.extensions.keywords:
                self.known["offered"] = ("starttls",)
                self._encrypt(session, "starttls")
                self._hello(session)
            session.quit()

    def inside_tls(self, endpoints: list[Endpoint]) -> None:
        with self.session() as session:
            self._connect(session, endpoints)
            self.known["offered"] = ("implicit_tls",)
            self._encrypt(session, "implicit_tls")
            self._greeting(session)
            session.quit()

    def _connect(self, session: Session, endpoints: list[Endpoint]) -> None:
        endpoint, _ = session.connect(endpoints, self.deadline)
        self.known["address"] = endpoint.address
        self.known["error"] = None

    def _greeting(self, session: Session) -> None:
        reply = session.greeting(self.deadline)
        self.known["peer"] = "smtp"
        self.known["banner"] = clean_text(reply.reply().text, _BANNER_CAP)
        self._hello(session)

    def _hello(self, session: Session) -> None:
        name = self.target.ehlo_name or session.address_literal()
        session.ehlo(
            name if name.startswith("[") else ascii_domain(name), self.deadline, helo_allowed=True
        )
        self.known["mechanisms"] = tuple(session.extensions.mechanisms)[:20]

    def _encrypt(self, session: Session, mode: str) -> None:
        trust = self.target.trust
        try:
            context = client_context(
                ca_file=trust.ca_file,
                pinned_certificate=trust.pinned_certificate,
                authorities=trust.authorities,
            )
            if mode == "starttls":
                session.starttls(context, self.deadline)
            else:
                session.handshake(context, self.deadline)
        except StageFailed as failed:
            self.known["tls_error"] = failed.error
            self.known["shown"] = session.shown
            if failed.failure.chain:
                self.known["certificate"] = failed.failure.chain[0]
            raise
        assert session.tls is not None
        self.known["shown"] = tuple(shown_chain(session.tls))
        leaf = peer_facts(session.tls)
        if leaf:
            self.known["certificate"] = leaf[0]
        self.known["modes"] = (mode,)


def ask_port(
    target: Target,
    endpoints: Sequence[Endpoint],
    port: int,
    *,
    tls_first: bool,
    token: CancelToken,
    deadline: Deadline,
    either: bool = True,
) -> PortAnswer:
    """What answers on `port` at these endpoints (the proxy's, where there is one).

    Begins with TLS or in the clear, and tries the other where the peer asks for it, unless `either`
    says not to. Never raises for what the network does; `Cancelled` passes through.
    """
    began = time.monotonic()
    attempt = _Attempt(target, port, token, deadline)
    there = list(endpoints)
    if target.proxy is None:
        there = [Endpoint(e.family, (e.sockaddr[0], port, *e.sockaddr[2:])) for e in endpoints]
    first, other = attempt.in_the_clear, attempt.inside_tls
    if tls_first:
        first, other = other, first
    failure = _try_step(first, there, attempt)
    if either and failure is not None and _wants_the_other(failure, tls_first):
        attempt.known.pop("offered", None)
        attempt.known.pop("tls_error", None)
        attempt.known.pop("shown", None)
        failure = _try_step(other, there, attempt)
    if failure is not None and attempt.known.get("peer") is None:
        peer = failure.failure.peer
        if isinstance(failure, RepliedError) and failure.reply is not None:
            attempt.known["banner"] = clean_text(str(failure.reply.reply()), _BANNER_CAP)
            peer = peer or "smtp"
        if peer is None and attempt.known.get("certificate"):
            peer = "tls"
        attempt.known |= {"peer": peer, "error": failure.error}
    attempt.known["ms"] = round((time.monotonic() - began) * 1000)
    return PortAnswer(**attempt.known)


def _try_step(step: Any, endpoints: list[Endpoint], attempt: _Attempt) -> StageFailed | None:
    try:
        step(endpoints)
    except DeadlineExceeded:
        return StageFailed(StageError.TIMEOUT)
    except AddressError as error:
        return StageFailed(StageError(error.code))
    except StageFailed as failed:
        return failed
    return None


def _wants_the_other(failed: StageFailed, tls_first: bool) -> bool:
    """True where the peer speaks, but not this way."""
    if tls_first:
        return failed.error is StageError.NOT_TLS and failed.failure.peer == "smtp"
    return failed.error is StageError.NOT_SMTP and failed.failure.peer == "tls"
