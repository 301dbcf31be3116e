"""The verification: goes through the stages one by one and reports what happened, as a value.

Whatever a server or network does ends in a report with exactly one terminal stage; it never sends
twice and never tries another mechanism, port or mode than the connector says.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from ssl import SSLObject
from typing import Any, NamedTuple

from smtpwizard.model.addresses import (
    Address,
    AddressError,
    ascii_domain,
    clean_text,
    is_ip_literal,
    parse_address,
)
from smtpwizard.model.auth import Credential, CredentialKind, CredentialSource, Secret
from smtpwizard.model.certificates import fingerprint_of
from smtpwizard.model.connector import Connector, Method, Security
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, SecretStoreError, SmtpWizardError
from smtpwizard.model.redaction import REDACTED, Redactor, map_texts
from smtpwizard.model.report import STAGE_SECONDS, STAGES, Reply, Report, Stage, StageResult, Status
from smtpwizard.model.stage_facts import (
    AuthFacts,
    CertificateFacts,
    ConnectFacts,
    DataFacts,
    EhloFacts,
    MailFacts,
    RcptFacts,
    ResolveFacts,
    StageError,
    StageFacts,
    StageFailure,
    TlsFacts,
    TokenProblem,
)
from smtpwizard.model.stage_failures import ConnectionFailed, StageFailed
from smtpwizard.model.transcript import transcript
from smtpwizard.model.wire import LookedUp
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.network import Network
from smtpwizard.net.resolve import Endpoint
from smtpwizard.net.tls import CLIENT_CERTIFICATE_ERRORS, anchor, unexpected_issuer
from smtpwizard.smtp.message import EmailContents, compose, message_id
from smtpwizard.smtp.protocol import RepliedError, WireReply, parse_extensions
from smtpwizard.smtp.recorder import Recorder, as_long
from smtpwizard.smtp.session import Session, SmtpFailure

DETAIL_CAP = 500

# Failures that say what the server announced instead.
_ABOUT_EXTENSIONS = (
    StageError.STARTTLS_MISSING,
    StageError.AUTH_NOT_OFFERED,
    StageError.MECHANISM_NOT_OFFERED,
)

Observer = Callable[[StageResult], None]


class _Outcome(NamedTuple):
    """What came of one stage, as it came: a secret may be in it.

    `reply` has the server's reply, of the code `code`, as it stands in the record, for the same
    is to be found in both; `hello` the one in which it announced something, where that matters.
    """

    stage: Stage
    status: Status
    ms: int = 0
    facts: StageFacts | None = None
    reply: str = ""
    code: int | None = None
    hello: str = ""
    failure: StageFailure | None = None

    def result(self) -> StageResult:
        """Fit for display; to be asked of what has no secret in it any more."""
        if self.status is Status.SKIPPED:
            return StageResult(self.stage, Status.SKIPPED)
        reply, facts, failure = None, self.facts, self.failure
        if self.code is not None:
            reply = WireReply(self.code, _texts(self.reply)).reply()
        if self.hello:
            found = parse_extensions(_texts(self.hello))
            if isinstance(facts, EhloFacts):
                facts = EhloFacts(
                    facts.ehlo_name, found.keywords[:100], found.mechanisms[:100], found.size
                )
            if failure is not None and failure.error is StageError.MECHANISM_NOT_OFFERED:
                failure = failure._replace(offered=found.mechanisms)
            elif failure is not None and failure.error in _ABOUT_EXTENSIONS:
                failure = failure._replace(extensions=found.keywords)
        return StageResult(
            self.stage, self.status, self.ms, reply, None, _fit(facts), _fit(failure)
        )


class _Run:
    """One stage under way; where only its failure counts, it is `silent`."""

    def __init__(self, stage: Stage, seconds: float, *, silent: bool = False) -> None:
        self.stage = stage
        self.deadline = Deadline(seconds)
        self.began = time.monotonic()
        self.silent = silent
        self.facts: StageFacts | None = None
        self.reply = ""
        self.code: int | None = None
        self.hello = ""

    def take(self, reply: WireReply | None) -> None:
        """This stage ends with what the server replied, if it did."""
        if reply is not None:
            self.code = reply.code
            *lines, last = reply.lines
            self.reply = "".join([f"{reply.code}-{line}\n" for line in lines])
            self.reply += f"{reply.code} {last}\n"

    def outcome(self, status: Status, failure: StageFailure | None) -> _Outcome:
        """What came of it, now that it has ended."""
        ms = round((time.monotonic() - self.began) * 1000)
        return _Outcome(
            self.stage, status, ms, self.facts, self.reply, self.code, self.hello, failure
        )


class _StopError(Exception):
    """The verification is over; the results say why."""


class Settings(NamedTuple):
    """How far a verification goes, and what it knows beside the connector."""

    recipient: str | None
    """Gets the test email; without one the verification ends after `auth`."""
    stop_after: Stage | None = None
    timeout_s: float | None = None
    """For each stage; otherwise the connector's own, then `STAGE_SECONDS`."""
    token: CancelToken | None = None
    observer: Observer | None = None
    """Called in this thread when a stage starts (`not_reached`, `running`) and when it ends."""
    redactor: Redactor | None = None
    """Knows secrets beyond those that are presented here, and learns these."""
    client_certificate_passphrase: Secret | None = None
    expected_issuers: Sequence[str] = ()
    """One of them stands in the issuer of this server's certificates; another is told."""
    authorities: tuple[str, ...] = ()
    """Certificates (PEM) to trust besides the system's, for a connector that does not say itself
    whom to trust."""
    network: Network | None = None
    """What stands in place of the real one, when a record is played again."""


def verify(
    connector: Connector, credentials: CredentialSource | None, settings: Settings
) -> Report:
    """Go from `resolve` to `data` and report.

    `SecretStoreError` from the credential source passes through; everything the network or server
    does is in the report.
    """
    return _Verification(connector, credentials, settings).run()


class _Verification:
    def __init__(
        self, connector: Connector, credentials: CredentialSource | None, settings: Settings
    ) -> None:
        self.connector = connector
        self.credentials = credentials
        self.recipient = settings.recipient
        self.last = settings.stop_after or (Stage.DATA if self.recipient else Stage.AUTH)
        if self.recipient is None and STAGES.index(self.last) > STAGES.index(Stage.AUTH):
            self.last = Stage.AUTH
        self.timeout_s = connector.server.timeout_s
        if settings.timeout_s is not None:
            self.timeout_s = settings.timeout_s
        self.token = settings.token or CancelToken()
        self.observer = settings.observer
        self.passphrase = settings.client_certificate_passphrase
        self.expected_issuers = settings.expected_issuers
        follows = connector.server.follows_project
        self.authorities = settings.authorities if follows else ()
        self.project_trust = settings.authorities
        self.redactor = settings.redactor or Redactor()
        self.redactor.add(self.passphrase)
        self.network = settings.network or Network()
        self.recorder = Recorder(time.monotonic)
        self.outcomes: dict[Stage, _Outcome] = {}
        self.hello = ""
        """The lines of the last answer to EHLO."""
        self.message_id: str | None = None
        self.token_missing = False
        self.cancelled = False

    # -- the frame ---------------------------------------------------------------------------------

    def run(self) -> Report:
        started = datetime.now(UTC)
        began = time.monotonic()
        self.started = started
        server = self.connector.server
        try:
            host = server.host if is_ip_literal(server.host) else ascii_domain(server.host)
            proxy = self.network.choose_proxy(server.proxy, host, server.port)
        except (AddressError, StageFailed) as error:
            self._end(_Outcome(Stage.RESOLVE, Status.FAILED, failure=_failure_of(error)))
        else:
            self.redactor.add(proxy.password if proxy is not None else None)
            with Session(
                host=host.rstrip("."),
                port=server.port,
                proxy=proxy,
                recorder=self.recorder,
                token=self.token,
                network=self.network,
            ) as session:
                if server.security is not Security.NONE:
                    session.own_trust = server.own_trust
                    session.project_trust = self.project_trust
                with suppress(_StopError):
                    self._run_stages(session)
                session.quit()
        return self._report(began)

    def _report(self, began: float) -> Report:
        """The only place where what strangers said becomes what others may read."""
        # Looked at together: one look at many texts costs less than many looks.
        raw = self.recorder.raw_events()
        outcomes, message_id, events = self.redactor.clean_all(
            (
                [self.outcomes[stage] for stage in STAGES if stage in self.outcomes],
                self.message_id,
                raw,
            )
        )
        events = as_long(raw, events)
        shown = {outcome.stage: outcome for outcome in outcomes}
        stages = tuple(shown[s].result() if s in shown else StageResult(s) for s in STAGES)
        end = stages[-1]
        return Report(
            ok=all(r.status in (Status.PASSED, Status.SKIPPED) for r in stages),
            connector=self.connector.name,
            started=self.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            duration_ms=round((time.monotonic() - began) * 1000),
            stages=stages,
            message_id=message_id,
            # Found in what is shown of the reply: a part of a secret would not be recognised.
            queue_id=queue_id(end.reply) if end.status is Status.PASSED and end.reply else None,
            transcript=transcript(events),
            token_missing=self.token_missing,
            cancelled=self.cancelled,
            wire=events,
        )

    def _seconds(self, stage: Stage) -> float:
        return self.timeout_s if self.timeout_s is not None else STAGE_SECONDS[stage]

    def _end(self, outcome: _Outcome) -> None:
        self.outcomes[outcome.stage] = outcome
        if self.observer is not None:
            self.observer(self.redactor.clean_all(outcome).result())

    def _skip(self, stage: Stage) -> None:
        """A stage that this connector does not have."""
        self._end(_Outcome(stage, Status.SKIPPED))
        if stage is self.last:
            self._skip_rest()
            raise _StopError

    def _skip_rest(self) -> None:
        for stage in STAGES:
            if stage not in self.outcomes:
                self._end(_Outcome(stage, Status.SKIPPED))

    @contextmanager
    def _stage(self, stage: Stage, *, only_failure: bool = False) -> Iterator[_Run]:
        """One stage: times it, turns its failure into a result and ends the verification then.

        `only_failure` is for a first EHLO, whose success says nothing yet.
        """
        run = _Run(stage, self._seconds(stage), silent=only_failure)
        if self.observer is not None:
            self.observer(StageResult(stage, running=True))
        try:
            self.token.raise_if_cancelled()
            yield run
        except StageFailed as failed:
            if isinstance(failed, RepliedError):
                run.take(failed.reply)
            self._fail(run, failed.failure)
        except (AddressError, Cancelled, DeadlineExceeded) as error:
            self._fail(run, _failure_of(error))
        if not run.silent:
            self._end(run.outcome(Status.PASSED, None))
        if stage is self.last and not run.silent:
            self._skip_rest()
            raise _StopError

    def _fail(self, run: _Run, failure: StageFailure) -> None:
        if failure.error in CLIENT_CERTIFICATE_ERRORS and run.stage in (
            Stage.GREETING,
            Stage.EHLO,
        ):
            # The handshake looked finished and was not.
            run.stage = Stage.TLS
            run.facts = self.outcomes[Stage.TLS].facts
        failure = self._about_our_certificate(failure)
        if StageError.CANCELLED in (failure.error, failure.why):
            self.cancelled = True
        if run.stage is Stage.TLS and (issuer := self._unexpected_issuer(failure.chain)):
            run.facts = TlsFacts(unexpected_issuer=issuer)
        if failure.error in _ABOUT_EXTENSIONS:
            run.hello = self.hello
        lost = failure.error is StageError.REPLY_LOST
        self._end(run.outcome(Status.UNKNOWN if lost else Status.FAILED, failure))
        raise _StopError

    def _about_our_certificate(self, failure: StageFailure) -> StageFailure:
        """The failure as the connector has it: what was never shown was not refused."""
        if failure.error not in CLIENT_CERTIFICATE_ERRORS:
            return failure
        if self.connector.server.client_certificate is not None:
            return failure._replace(error=StageError.CLIENT_CERTIFICATE_REFUSED)
        denied = failure.alert == "access_denied"  # with or without a certificate (RFC 8446 §6.2)
        wanted = StageError.HANDSHAKE_FAILED if denied else StageError.CLIENT_CERTIFICATE_REQUIRED
        return failure._replace(error=wanted)

    # -- the stages --------------------------------------------------------------------------------

    def _run_stages(self, session: Session) -> None:
        endpoints = self._resolve(session)
        self._connect(session, endpoints)
        security = self.connector.server.security
        if security is Security.IMPLICIT_TLS:
            with self._stage(Stage.TLS) as run:
                session.handshake(self._context(), run.deadline)
                self._describe_tls(session, run, "implicit_tls")
        with self._stage(Stage.GREETING) as run:
            run.take(session.greeting(run.deadline))
        if security is Security.NONE:
            self._skip(Stage.TLS)
        if security is Security.STARTTLS:
            with self._stage(Stage.EHLO, only_failure=True) as run:
                self._hello(session, run, helo_allowed=False)
            with self._stage(Stage.TLS) as run:
                session.starttls(self._context(), run.deadline)
                self._describe_tls(session, run, "starttls")
        with self._stage(Stage.EHLO) as run:
            self._hello(session, run, helo_allowed=security is not Security.STARTTLS)
        self._authenticate(session)
        self._send(session)

    def _resolve(self, session: Session) -> list[Endpoint]:
        with self._stage(Stage.RESOLVE) as run:
            host, port = session.host, session.port
            facts = ResolveFacts(host=host)
            if session.proxy is not None:
                host, port = session.proxy.host, session.proxy.port
                facts = ResolveFacts(str(session.proxy), session.proxy.source, host)
            run.facts = facts
            try:
                endpoints = self.network.resolve(
                    host, port, token=self.token, deadline=run.deadline
                )
            except DeadlineExceeded:
                self._looked_up(host, failure=StageFailure(StageError.TIMEOUT))
                raise
            except ConnectionFailed as failed:
                self._looked_up(host, failure=failed.failure)
                if session.proxy is None:
                    raise
                unreachable = StageFailure(
                    StageError.PROXY_UNREACHABLE,
                    why=failed.error,
                    proxy=facts.proxy,
                    source=facts.proxy_source,
                )
                raise SmtpFailure(unreachable) from None
            addresses = tuple(e.address for e in endpoints)
            self._looked_up(host, addresses)
            run.facts = facts._replace(addresses=addresses)
        family = self.connector.server.address_family
        return [e for e in endpoints if e.family_name == family] or endpoints

    def _looked_up(
        self, name: str, addresses: tuple[str, ...] = (), failure: StageFailure | None = None
    ) -> None:
        self.recorder.add(LookedUp(self.recorder.now(), name, addresses, failure))

    def _connect(self, session: Session, endpoints: list[Endpoint]) -> None:
        with self._stage(Stage.CONNECT) as run:
            run.facts = ConnectFacts(session.port)
            endpoint, attempts = session.connect(endpoints, run.deadline)
            run.facts = ConnectFacts(
                session.port, endpoint.address, endpoint.family_name, attempts or None
            )

    def _hello(self, session: Session, run: _Run, *, helo_allowed: bool) -> None:
        name = self.connector.server.ehlo_name or session.address_literal()
        if not name.startswith("["):
            name = ascii_domain(name)
        run.facts = EhloFacts(name)
        run.take(session.ehlo(name, run.deadline, helo_allowed=helo_allowed))
        run.facts = EhloFacts(name, (), ())
        self.hello = run.hello = run.reply if session.extensions.keywords else ""

    def _context(self) -> Any:
        server = self.connector.server
        return self.network.client_context(
            ca_file=server.ca_file,
            pinned_certificate=server.pinned_certificate,
            client_certificate=server.client_certificate,
            client_certificate_passphrase=self.passphrase.reveal() if self.passphrase else None,
            authorities=self.authorities,
        )

    def _describe_tls(self, session: Session, run: _Run, mode: str) -> None:
        tls = session.tls
        assert tls is not None
        cipher = tls.cipher()
        run.facts = TlsFacts(
            mode,
            tls.version(),
            cipher[0] if cipher else None,
            session.chain,
            self._unexpected_issuer(session.chain),
            self._project_authority(tls),
        )

    def _unexpected_issuer(self, chain: Sequence[CertificateFacts] | None) -> str | None:
        """Who issued the certificate, where that is nobody whom this provider is known to use:
        somebody on this network may have answered in the server's place."""
        if chain and unexpected_issuer(chain[0].issuer, self.expected_issuers):
            return chain[0].issuer
        return None

    def _project_authority(self, tls: SSLObject) -> str | None:
        """What of the project's the server was trusted for, if it took that."""
        found = anchor(tls) if self.authorities else None
        known = [fingerprint_of(pem) for pem in self.authorities]
        return found if found in known else None

    # -- authentication ----------------------------------------------------------------------------

    def _authenticate(self, session: Session) -> None:
        authentication = self.connector.authentication
        if authentication.method is Method.NONE:
            self._skip(Stage.AUTH)
            return
        with self._stage(Stage.AUTH) as run:
            server = self.connector.server
            if session.tls is None and not (session.peer_is_loopback() or server.allow_cleartext):
                raise SmtpFailure(StageError.CLEARTEXT_REFUSED)
            credential = self._credential(run)
            if self.timeout_s is None:
                # A token may have come from another server: that was not this one's time.
                run.deadline = Deadline(self._seconds(Stage.AUTH))
            facts = AuthFacts(credential.username or None)
            run.facts = facts
            name = session.choose(credential.kind, authentication.mechanism)
            run.facts = facts = facts._replace(mechanism=name)
            try:
                run.take(session.authenticate(name, credential, run.deadline))
            finally:
                run.facts = facts._replace(token_refusal=session.token_refusal)
                for text in session.said:
                    if not self.redactor.may_be_in(text):  # else it is recognised as it is
                        self.redactor.add_text(text)

    def _credential(self, run: _Run) -> Credential:
        if self.connector.authentication.mechanism == "EXTERNAL":
            return Credential(CredentialKind.NONE, self.connector.authentication.username or "")
        try:
            if self.credentials is None:
                raise SmtpWizardError("token_none")
            credential = self.credentials.get()
        except (SecretStoreError, Cancelled, DeadlineExceeded):
            raise
        except SmtpWizardError as error:
            # No token is a finding about this connector, not about its server.
            self.token_missing = True
            run.facts = AuthFacts(token=TokenProblem(error.code, error.facts))
            raise SmtpFailure(StageError.TOKEN_MISSING) from None
        self.redactor.add(credential.secret)
        return credential

    # -- the message -------------------------------------------------------------------------------

    def _send(self, session: Session) -> None:
        assert self.recipient is not None  # without one, `auth` was the last stage
        with self._stage(Stage.MAIL_FROM) as run:
            sender = parse_address(self.connector.sender_address())
            recipient = parse_address(self.recipient)
            run.facts = MailFacts(str(sender))
            named = self.connector.sender.reply_to
            reply_to = parse_address(named) if named is not None else None
            # A header in UTF-8 needs the extension like an address of the envelope (RFC 6532).
            smtputf8 = any(
                each.needs_smtputf8 for each in (sender, recipient, reply_to) if each is not None
            )
            message = self._compose(session, sender, recipient, reply_to)
            run.facts = MailFacts(str(sender), len(message))
            run.take(session.mail(sender, len(message), smtputf8=smtputf8, deadline=run.deadline))
        with self._stage(Stage.RCPT_TO) as run:
            run.facts = RcptFacts(str(recipient))
            run.take(session.rcpt(recipient, run.deadline))
        with self._stage(Stage.DATA) as run:
            run.facts = DataFacts(len(message))
            session.data(message, run.deadline)
            # The wait after the final dot has a time of its own (RFC 5321 §4.5.3.2.6), unless
            # somebody set a limit for the stage.
            longer = Deadline(STAGE_SECONDS[Stage.DATA]) if self.timeout_s is None else None
            run.take(session.end_data(longer or run.deadline))

    def _compose(
        self, session: Session, sender: Address, recipient: Address, reply_to: Address | None
    ) -> bytes:
        tls = session.tls
        server = self.connector.server
        auth = self.outcomes[Stage.AUTH].facts
        login = auth if isinstance(auth, AuthFacts) else AuthFacts()
        host = f"[{server.host}]" if ":" in server.host else server.host
        self.message_id = message_id(sender.domain)
        email = EmailContents(
            connector=self.connector.name,
            sender=sender,
            recipient=recipient,
            when=self.started.astimezone(),
            sender_name=self.connector.sender.name,
            reply_to=reply_to,
            facts={
                "Connector": self.connector.name,
                "Server": f"{host}:{server.port}",
                "Encryption": str(tls.version()) if tls is not None else "none",
                "Authentication": login.mechanism or "none",
                "User": login.username or "",
                "Sent": self.started.strftime("%Y-%m-%d %H:%M:%S UTC"),
            },
        )
        return compose(email, self.message_id)


def _texts(reply: str) -> tuple[str, ...]:
    """The lines of a reply without their codes."""
    return tuple(line[4:] for line in reply.removesuffix("\n").split("\n"))


def _fit(value: Any) -> Any:
    """Facts without secrets made fit for display: controls escaped, texts capped."""
    fitted = map_texts(value, lambda text: clean_text(text, DETAIL_CAP))
    chain = getattr(value, "chain", None)
    if not chain:
        return fitted
    # Written by ourselves: its lines have to stay lines, and it is longer than others.
    return fitted._replace(
        chain=tuple(
            fit if REDACTED in certificate.pem else fit._replace(pem=certificate.pem)
            for fit, certificate in zip(fitted.chain, chain, strict=True)
        ),
    )


def _failure_of(error: SmtpWizardError) -> StageFailure:
    """What an address, the user or the time said: their codes are errors of a stage as well."""
    if isinstance(error, StageFailed):
        return error.failure
    return StageFailure(StageError(error.code))


def queue_id(reply: Reply) -> str | None:
    """The server's own name for an accepted message, where its reply tells one."""
    for pattern in (
        r"queued as ([\w.-]{4,80})",
        r"\bid=([\w.-]{4,80})",
        r"<([^<>@\s]{4,150}@[^<>\s]{1,100})>.*(?:Queued mail|accepted|queued)",
        r"(?:Queued!? |accepted )?\(?(?:queue[- ]?id|id)[:= ]+([\w.@-]{4,150})",
        r"(?:Message accepted|Accepted|Queued)[^\w]*(?:for delivery)?[^\w]*([\w.-]*\d[\w.-]{3,80})",
        r"\bok\s+(?:\d+\s+)?([\w.-]*\d[\w.-]*)\s+-?\s*gsmtp",
        r"^(?:OK|Ok)[: ]+([\w.-]*\d[\w.-]{5,100})$",
        r"^([\w.-]*\d[\w.-]{5,80}) (?:Message accepted|mail accepted)",
    ):
        match = re.search(pattern, reply.text, re.IGNORECASE)
        if match:
            return match[1]
    return None
