"""One SMTP conversation over a real connection: blocking, bounded in time, stoppable at any point.

Every operation takes a deadline for the whole of it and answers the server's reply or raises
`SmtpFailure`; nothing is retried and no second mechanism or mode is tried.
"""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from smtpwizard.model.addresses import Address, is_loopback
from smtpwizard.model.auth import Credential, CredentialKind
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, SmtpWizardError
from smtpwizard.model.stage_facts import (
    UNTRUSTED,
    Attempt,
    CertificateFacts,
    StageError,
    StageFailure,
)
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.model.wire import AskedAside, Connected
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.network import Network
from smtpwizard.net.proxy import Proxy
from smtpwizard.net.resolve import Endpoint
from smtpwizard.net.stream import Stream, TlsError, recognise
from smtpwizard.net.tls import client_context
from smtpwizard.smtp.protocol import (
    ClientProtocol,
    Extensions,
    ProtocolViolation,
    RepliedError,
    ReplyParser,
    WireReply,
    fits_in_auth,
)
from smtpwizard.smtp.recorder import Recorder
from smtpwizard.smtp.sasl import Bearer, Mechanism, SaslError, choose_mechanism, make_mechanism

MAX_CHALLENGES = 5
# How long a silent peer is waited for before a second connection asks what it is.
SILENCE_S = 0.4
PROBE_S = 0.4
QUIT_S = 0.5


class SmtpFailure(RepliedError):
    """One step did not succeed."""


class Session:
    """A connection from TCP to QUIT; use as a context manager, which closes it at once."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        proxy: Proxy | None,
        recorder: Recorder,
        token: CancelToken,
        network: Network | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.proxy = proxy
        self.recorder = recorder
        self._token = token
        self._network = network or Network()
        self._protocol = ClientProtocol(recorder)
        self._stream: Stream | None = None
        self._endpoint: Endpoint | None = None
        self._usable = True
        self._context: ssl.SSLContext | None = None  # once TLS is up
        self.chain: tuple[CertificateFacts, ...] = ()
        """The server's verified certificate, once TLS is up."""
        self.shown: tuple[bytes, ...] = ()
        """Its certificates as they came (DER), where TLS was refused for them; for display only."""
        self.own_trust: str | None = None
        self.project_trust: tuple[str, ...] = ()
        """What of the connector's own counts in place of these, which its project trusts (PEM)."""
        self.token_refusal: Mapping[str, str] | None = None
        """What the server said of a token it refused, as it said it."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection without a word."""
        self._usable = False
        if self._stream is not None:
            self._stream.close()

    # -- facts -------------------------------------------------------------------------------------

    @property
    def stream(self) -> Stream:
        if self._stream is None:
            raise SmtpFailure(StageError.NOT_CONNECTED)
        return self._stream

    @property
    def extensions(self) -> Extensions:
        return self._protocol.extensions

    @property
    def said(self) -> Sequence[str]:
        """What went on the wire in exchanges and is recorded nowhere: as good as a secret."""
        return self._protocol.said

    @property
    def tls(self) -> ssl.SSLObject | None:
        return self.stream.tls

    def peer_is_loopback(self) -> bool:
        """True when the server's own address is on this machine; never through a proxy."""
        if self.proxy is not None or self._endpoint is None:
            return False
        # Not asked of the socket: it forgets its peer when that one resets the connection.
        return is_loopback(self._endpoint.address)

    def address_literal(self) -> str:
        """This end of the connection as an EHLO name (RFC 5321 §4.1.3)."""
        _, text = self.stream.own_address
        address = ipaddress.ip_address(text.partition("%")[0])  # a zone means nothing elsewhere
        mapped = getattr(address, "ipv4_mapped", None)  # IPv4, whatever the socket is
        return f"[{mapped or address}]" if mapped or address.version == 4 else f"[IPv6:{address}]"

    # -- connecting --------------------------------------------------------------------------------

    def connect(
        self, endpoints: list[Endpoint], deadline: Deadline
    ) -> tuple[Endpoint, tuple[Attempt, ...]]:
        """TCP to the first endpoint that answers, through the proxy where there is one."""
        try:
            self._stream, endpoint, attempts = self._network.connect(
                endpoints, token=self._token, deadline=deadline
            )
            self._endpoint = endpoint
            if self.proxy is not None:
                self._tunnel(self._stream, deadline)
        except SmtpFailure as tunnel:
            self._not_connected(tunnel.failure, endpoint, attempts)
            raise
        except ConnectionFailed as failed:
            failure = failed.failure
            if self.proxy is not None:
                failure = self._of_proxy(
                    failure._replace(error=StageError.PROXY_UNREACHABLE, why=failed.error)
                )
            self._not_connected(failure)
            raise SmtpFailure(failure) from None
        self.recorder.add(
            Connected(self.recorder.now(), endpoint.address, attempts, None, self._way())
        )
        return endpoint, attempts

    def _not_connected(
        self,
        failure: StageFailure,
        endpoint: Endpoint | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        address = endpoint.address if endpoint is not None else None
        self.recorder.add(Connected(self.recorder.now(), address, attempts, failure, self._way()))

    def _way(self) -> str | None:
        return str(self.proxy) if self.proxy is not None else None

    def _tunnel(self, stream: Stream, deadline: Deadline) -> None:
        assert self.proxy is not None
        try:
            self._network.open_tunnel(stream, self.proxy, self.host, self.port, deadline)
        except ConnectionFailed as failed:
            error = failed.error
            if not error.startswith("proxy_"):
                error = StageError.PROXY_INVALID_ANSWER
            raise SmtpFailure(self._of_proxy(failed.failure._replace(error=error))) from None
        except DeadlineExceeded:
            raise SmtpFailure(self._of_proxy(StageFailure(StageError.PROXY_TIMEOUT))) from None

    def _of_proxy(self, failure: StageFailure) -> StageFailure:
        """The same, with the proxy and what names it."""
        assert self.proxy is not None
        return failure._replace(proxy=str(self.proxy), source=self.proxy.source)

    def greeting(self, deadline: Deadline) -> WireReply:
        """The server's 220."""
        first = self._heard_within(min(SILENCE_S, deadline.remaining()))
        if first is None:
            peer = self._ask_on_the_side(deadline)
            if peer is not None:
                self._usable = False
                raise SmtpFailure(StageFailure(StageError.NOT_SMTP, peer=peer))
        reply = self._read(deadline, first)
        if reply.code != 220:
            raise SmtpFailure(StageError.GREETING_REFUSED, reply)
        return reply

    def _heard_within(self, seconds: float) -> bytes | None:
        """What the server says first, empty for its end; None when it says nothing so long."""
        limit = Deadline(seconds)
        with self._broken(), contextlib.suppress(DeadlineExceeded):
            while self.stream.has_input() or self.stream.wait_input(limit.remaining()):
                data = self.stream.receive_now()
                if data is not None:  # the records of a handshake that goes on are no words
                    return data
        return None

    def _ask_on_the_side(self, deadline: Deadline) -> str | None:
        """What a silent peer is, asked over a second connection: with a TLS hello, or behind TLS
        with an EHLO.

        A server for TLS or the web waits for the client to speak, which an SMTP client must not:
        on the first connection nothing is sent. None when it stays silent or cannot be told.
        """
        assert self._endpoint is not None  # whoever is silent has been connected to
        try:
            short = Deadline(min(PROBE_S, deadline.remaining()))
            stream, _, _ = self._network.connect(
                [self._endpoint], token=self._token, deadline=short
            )
            with contextlib.closing(stream) as side:
                if self.proxy is not None:
                    self._network.open_tunnel(side, self.proxy, self.host, self.port, short)
                if self._context is not None:
                    side.start_tls(self._context, self.host, short)
                    side.send(f"EHLO {self.address_literal()}".encode(), short)
                    answer = None
                else:
                    side.send(self._tls_hello(), short)
                    answer = self._first_to_speak(side, short)
                if answer is None:
                    side.send(b"\r\n\r\n", short)  # some web servers wait for the end of a line
                    last = Deadline(min(PROBE_S, deadline.remaining()))
                    answer = self._first_to_speak(side, last)
        except Cancelled:
            raise
        except SmtpWizardError:
            return None
        peer = recognise(answer) if answer else None
        peer = peer if peer in ("tls", "http") else None
        if peer is not None and answer is not None:
            said = answer[:64].decode("latin-1")
            self.recorder.add(AskedAside(self.recorder.now(), said, peer))
        return peer

    def _tls_hello(self) -> bytes:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        hello = client_context().wrap_bio(incoming, outgoing, server_hostname=self.host)
        with contextlib.suppress(ssl.SSLWantReadError):
            hello.do_handshake()
        return outgoing.read()

    def _first_to_speak(self, side: Stream, deadline: Deadline) -> bytes | None:
        """Bytes from the side connection; empty when the real one spoke first; None for silence."""
        try:
            limit = min(PROBE_S / 2, deadline.remaining())
        except DeadlineExceeded:
            return None
        speaks = self.stream.wait_either(side, limit)
        if speaks is self.stream:
            return b""
        return side.receive(deadline) if speaks is side else None

    # -- hello and TLS -----------------------------------------------------------------------------

    def ehlo(self, name: str, deadline: Deadline, *, helo_allowed: bool) -> WireReply:
        """EHLO, and HELO after 500 or 502 where that is allowed (no STARTTLS is wanted)."""
        reply = self._exchange(lambda: self._protocol.ehlo(name), deadline)
        if reply.code in (500, 502) and helo_allowed:
            reply = self._exchange(lambda: self._protocol.helo(name), deadline)
        if reply.code != 250:
            raise SmtpFailure(StageError.EHLO_REFUSED, reply)
        return reply

    def starttls(self, context: ssl.SSLContext, deadline: Deadline) -> None:
        """STARTTLS and the handshake; anything but a clean 220 ends it."""
        if "STARTTLS" not in self.extensions.keywords:
            raise SmtpFailure(StageError.STARTTLS_MISSING)
        reply = self._exchange(self._protocol.starttls, deadline)
        if reply.code != 220:
            raise SmtpFailure(StageError.STARTTLS_REFUSED, reply)
        # A TLS server waits for the client: whatever came in before the handshake is forged.
        early = self.stream.peek()
        injected = bool(early)
        self.recorder.heard(early)
        self._protocol.tls_started()
        try:
            if not injected:
                self.handshake(context, deadline)
        except _AnsweredInTheClear as answered:
            if answered.answer[:1] in (b"4", b"5"):  # the server has no TLS after all
                refusal = _reply_in(answered.answer)
                raise SmtpFailure(StageError.STARTTLS_REFUSED, refusal) from None
            # A second plaintext reply after STARTTLS is injected too; it merely arrived after the
            # first check.
            injected = answered.answer[:1] in (b"2", b"3")
            if not injected:
                raise
        if injected:
            self._usable = False
            self.recorder.ended(StageFailure(StageError.STARTTLS_INJECTED))
            raise SmtpFailure(StageError.STARTTLS_INJECTED, reply)

    def handshake(self, context: ssl.SSLContext, deadline: Deadline) -> None:
        """TLS from here on, verified against the host that was asked for."""
        try:
            self.stream.start_tls(context, self.host, deadline)
        except SmtpWizardError as error:
            self._usable = False
            raise self._not_encrypted(error) from None
        self._context = context
        tls = self.tls
        assert tls is not None
        cipher = tls.cipher()
        name = cipher[0] if cipher else None
        self.chain = tuple(self.stream.peer_facts())
        self.recorder.encrypted(tls.version(), name, self.chain)

    def _not_encrypted(self, error: SmtpWizardError) -> SmtpWizardError:
        """A handshake that failed, recorded."""
        if isinstance(error, DeadlineExceeded):
            self.recorder.not_encrypted(StageFailure(StageError.TIMEOUT))
            return SmtpFailure(StageFailure(StageError.TIMEOUT, midway=self._protocol.midway))
        if not isinstance(error, ConnectionFailed):
            return error
        said = error.answer if isinstance(error, TlsError) else b""
        told = error.told if isinstance(error, TlsError) else b""
        self.shown = error.shown if isinstance(error, TlsError) else ()
        failure = self._with_trust(error.failure)
        self.recorder.not_encrypted(failure, said or told)
        return _AnsweredInTheClear(failure, said) if said else SmtpFailure(failure)

    def _with_trust(self, failure: StageFailure) -> StageFailure:
        """The failure with what decided in place of the project, where nobody vouched."""
        if self.own_trust is None or failure.error not in UNTRUSTED:
            return failure
        return self._network.with_trust(failure, self.own_trust, self.shown, self.project_trust)

    # -- authentication ----------------------------------------------------------------------------

    def choose(self, kind: CredentialKind, wanted: str) -> str:
        """The mechanism to try, or `SmtpFailure` (`auth_not_offered`, `mechanism_not_offered`)."""
        offered = self.extensions.mechanisms
        if not offered:
            raise SmtpFailure(StageError.AUTH_NOT_OFFERED)
        protected = self.tls is not None
        name = choose_mechanism(offered, kind, wanted, protected=protected, binding=protected)
        if name is None:
            raise SmtpFailure(StageFailure(StageError.MECHANISM_NOT_OFFERED, wanted=wanted))
        return name

    def authenticate(self, mechanism: str, credential: Credential, deadline: Deadline) -> WireReply:
        """One exchange with one mechanism; only 235 is success.

        What a server says about a refused token stands in `token_refusal` afterwards.
        """
        try:
            exchange = make_mechanism(
                mechanism,
                credential,
                host=self.host,
                port=self.port,
                channel_binding=self._channel_binding,
            )
            initial = exchange.initial()
        except SaslError as error:
            raise SmtpFailure(error.failure) from None
        self._listen_first()
        try:
            return self._run_exchange(exchange, initial, deadline)
        except SmtpFailure as failure:
            if failure.error in (StageError.CLOSED, StageError.RESET):
                # Servers hang up on bad passwords: this is an answer, not the network.
                raise SmtpFailure(StageError.AUTH_CLOSED, failure.reply) from None
            raise
        finally:
            if isinstance(exchange, Bearer):
                self.token_refusal = exchange.refusal or None

    def _run_exchange(
        self, exchange: Mechanism, initial: bytes | None, deadline: Deadline
    ) -> WireReply:
        held_back: bytes | None = None
        if initial is not None and not fits_in_auth(exchange.name, initial):
            # It answers the server's first, empty challenge.
            held_back, initial = initial, None
        reply = self._exchange(lambda: self._protocol.auth(exchange.name, initial), deadline)
        for _ in range(MAX_CHALLENGES):
            if reply.code != 334:
                break
            if held_back is not None:
                response, held_back = held_back, None
            else:
                try:
                    response = exchange.respond(" ".join(reply.lines))
                except SaslError as error:
                    self.recorder.challenge_refused()
                    reply = self._exchange(self._protocol.auth_cancel, deadline)
                    raise SmtpFailure(error.failure, reply) from None
            reply = self._exchange(partial(self._protocol.auth_response, response), deadline)
        if reply.code == 334:
            self._exchange(self._protocol.auth_cancel, deadline)
            raise SmtpFailure(StageError.TOO_MANY_CHALLENGES, reply)
        if reply.code != 235:
            refused = reply.code >= 400
            raise SmtpFailure(
                StageError.AUTH_REFUSED if refused else StageError.AUTH_UNEXPECTED, reply
            )
        try:
            if held_back is not None:
                raise SaslError(StageError.AUTH_UNEXPECTED)
            exchange.check_success()
        except SaslError as error:
            self._usable = False
            raise SmtpFailure(error.failure, reply) from None
        return reply

    def _channel_binding(self) -> tuple[str, Any] | None:
        return ("tls-server-end-point", self.tls) if self.tls is not None else None

    # -- the envelope and the message --------------------------------------------------------------

    def mail(self, sender: Address, size: int, *, smtputf8: bool, deadline: Deadline) -> WireReply:
        """MAIL FROM; a message over the announced SIZE is refused here, before the wire."""
        limit = self.extensions.size
        if limit and size > limit:
            raise SmtpFailure(StageFailure(StageError.MESSAGE_TOO_LARGE, size=size, limit=limit))
        parameters: list[str] = []
        if limit is not None:
            parameters.append(f"SIZE={size}")
        if smtputf8:
            if "SMTPUTF8" not in self.extensions.keywords:
                raise SmtpFailure(StageError.SMTPUTF8_MISSING)
            parameters.append("SMTPUTF8")
            if "8BITMIME" in self.extensions.keywords:
                parameters.append("BODY=8BITMIME")
        reply = self._exchange(
            lambda: self._protocol.mail(sender.wire(), tuple(parameters)), deadline
        )
        if not 250 <= reply.code <= 259:
            raise SmtpFailure(StageError.SENDER_REFUSED, reply)
        return reply

    def rcpt(self, recipient: Address, deadline: Deadline) -> WireReply:
        """RCPT TO."""
        reply = self._exchange(lambda: self._protocol.rcpt(recipient.wire()), deadline)
        if not 250 <= reply.code <= 259:
            raise SmtpFailure(StageError.RECIPIENT_REFUSED, reply)
        return reply

    def data(self, message: bytes, deadline: Deadline) -> None:
        """DATA and the message, up to but without the final dot: nothing is accepted yet."""
        reply = self._exchange(self._protocol.data, deadline)
        if reply.code != 354:
            if reply.code < 400:
                # The server and we no longer agree on what the next bytes are.
                self._usable = False
            raise SmtpFailure(StageError.DATA_REFUSED, reply)
        body = self._protocol.body(message)
        try:
            with self._broken(sending=True):
                self.stream.send(body, deadline)
        except SmtpFailure:
            # A server that stops reading may have said why before.
            self._listen_for_refusal()
            raise

    def _listen_for_refusal(self) -> None:
        """A refusal before the final dot is the server's verdict: nothing was accepted."""
        try:
            self._listen_first()
        except SmtpFailure as failure:
            if failure.reply is not None and failure.reply.code >= 400:
                raise SmtpFailure(StageError.MESSAGE_REFUSED, failure.reply) from None
            raise

    def end_data(self, deadline: Deadline) -> WireReply:
        """The final dot and the server's verdict.

        `SmtpFailure` with `reply_lost` is neither success nor failure: nobody knows. Any other
        failure but a refusal means that the dot never left.
        """
        self._listen_for_refusal()
        with self._broken(sending=True):
            self.stream.send(self._protocol.end_of_data(), deadline)
        try:
            reply = self._read(deadline)
        except SmtpFailure as failure:
            raise SmtpFailure(_lost(failure.error), failure.reply) from None
        except Cancelled:
            raise SmtpFailure(_lost(StageError.CANCELLED)) from None
        if reply.code >= 400:
            raise SmtpFailure(StageError.MESSAGE_REFUSED, reply)
        if not 250 <= reply.code <= 259:
            self._usable = False
            raise SmtpFailure(_lost(StageError.UNEXPECTED_REPLY), reply)
        return reply

    def quit(self, seconds: float = QUIT_S) -> None:
        """QUIT where the conversation still allows it; its outcome changes nothing."""
        if not self._usable or self._stream is None:
            return
        with contextlib.suppress(SmtpWizardError):
            self._exchange(self._protocol.quit, Deadline(seconds))

    # -- one command, one reply --------------------------------------------------------------------

    def _exchange(self, intent: Callable[[], bytes], deadline: Deadline) -> WireReply:
        self._listen_first()
        try:
            with self._broken(sending=True):
                self.stream.send(intent(), deadline)
        except SmtpFailure as failure:
            if failure.error is not StageError.RESET:
                raise
            return self._read_last_reply(failure, deadline)
        return self._read(deadline)

    def _read_last_reply(self, failure: SmtpFailure, deadline: Deadline) -> WireReply:
        """A refusal, by reply or by alert, said before the reset that our command ran into."""
        try:
            reply = self._read(deadline)
        except SmtpFailure as said:
            silent = said.error in (StageError.CLOSED, StageError.RESET)
            raise (failure if silent else said) from None
        if reply.code < 400:  # no answer to what never arrived
            raise failure
        return reply

    def _listen_first(self) -> None:
        """What came in unasked is a farewell, or a peer out of step: nothing is sent then."""
        with self._broken():
            data = self.stream.receive_now()
            if data is None and not self._protocol.midway:
                return
            self._protocol.receive(data or b"")
            if data == b"":
                raise ConnectionFailed(StageError.CLOSED)
            raise ProtocolViolation(StageError.UNSOLICITED)

    def _read(self, deadline: Deadline, first: bytes | None = None) -> WireReply:
        """The next reply; `first` are bytes that were received before."""
        with self._broken():
            while True:
                data = self.stream.receive(deadline) if first is None else first
                first = None
                if not data:
                    raise ConnectionFailed(StageError.CLOSED)
                reply = self._protocol.receive(data)
                if reply is not None:
                    if reply.code == 421:
                        self._usable = False
                    return reply

    @contextlib.contextmanager
    def _broken(self, *, sending: bool = False) -> Iterator[None]:
        """Whatever ends a conversation in its middle, as `SmtpFailure`; there is no QUIT then."""
        try:
            yield
        except SmtpWizardError as error:
            self._usable = False
            if isinstance(error, ProtocolViolation):
                raise self._explain_violation(error) from None
            if isinstance(error, ConnectionFailed):
                self.recorder.ended(error.failure, sending=sending)
                raise SmtpFailure(error.failure) from None
            if isinstance(error, DeadlineExceeded):
                midway = self._protocol.midway
                failure = StageFailure(StageError.TIMEOUT, midway=midway)
                self.recorder.ended(failure, sending=sending)
                raise SmtpFailure(failure) from None
            raise

    @staticmethod
    def _explain_violation(violation: ProtocolViolation) -> SmtpFailure:
        peer = recognise(violation.first) if violation.first is not None else None
        if peer is not None and peer != "smtp":
            return SmtpFailure(StageFailure(StageError.NOT_SMTP, peer=peer))
        return SmtpFailure(violation.error, violation.reply)


class _AnsweredInTheClear(SmtpFailure):
    """A peer that answered a TLS handshake with something else; `answer` is what it said."""

    def __init__(self, failure: StageFailure, answer: bytes) -> None:
        super().__init__(failure)
        self.answer = answer


def _lost(why: StageError) -> StageFailure:
    return StageFailure(StageError.REPLY_LOST, why=why)


def _reply_in(answer: bytes) -> WireReply | None:
    """The reply at the start of an answer, if it is whole."""
    parser = ReplyParser()
    parser.feed(answer)
    with contextlib.suppress(ProtocolViolation):
        return parser.next_reply()
    return None
