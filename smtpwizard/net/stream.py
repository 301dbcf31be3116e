"""A byte stream to one peer, plain or TLS, that keeps deadlines and can be told to stop."""

from __future__ import annotations

import contextlib
import math
import re
import select
import socket
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from smtpwizard.model.errors import Cancelled, DeadlineExceeded
from smtpwizard.model.stage_facts import CertificateFacts, StageError, StageFailure
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.resolve import socket_error
from smtpwizard.net.tls import (
    CLIENT_CERTIFICATE_ERRORS,
    asks_for_certificate,
    by_chain,
    handshake_failure,
    offered_version,
    peer_facts,
    refusal_in,
    shown_chain,
    unverified_chain,
    with_clock,
)

T = TypeVar("T")

_CHUNK = 16_384
_HANDSHAKE_CAP = 65_536  # of what a server says until a handshake fails
_TOLD_CAP = 512  # of what is no handshake at all
# On Windows who waits for a socket is not woken when another thread shuts it down: wait for so
# long at a time, seconds. https://github.com/python/cpython/issues/91913
_SLICE_S = 0.1 if sys.platform == "win32" else math.inf
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux alone has it


class TlsError(ConnectionFailed):
    """TLS that failed; `answer` is how a peer began that answered a handshake in the clear, `told`
    what it said in TLS that was the reason, `shown` its certificates (DER), for display only."""

    def __init__(
        self,
        failure: StageFailure | StageError,
        answer: bytes = b"",
        told: bytes = b"",
        shown: tuple[bytes, ...] = (),
    ) -> None:
        super().__init__(failure)
        self.answer = answer
        self.told = told
        self.shown = shown


def recognise(first: bytes) -> str | None:
    """Who is speaking, by the first bytes of an answer: http, ssh, pop3, imap, tls or smtp."""
    head = first[:64].lstrip().lower()
    if first[:1] in (b"\x14", b"\x15", b"\x16", b"\x17") and first[1:2] in (b"\x03", b""):
        return "tls"
    for prefix, peer in (
        (b"http/", "http"),
        (b"<!doctype", "http"),
        (b"<html", "http"),
        (b"ssh-", "ssh"),
        (b"+ok", "pop3"),
        (b"-err", "pop3"),
        (b"* ok", "imap"),
        (b"* preauth", "imap"),
        (b"* bye", "imap"),
        (b"* bad", "imap"),
    ):
        if head.startswith(prefix):
            return peer
    return "smtp" if re.match(rb"[2-5][0-9][0-9][ \r\n-]", head) else None


def _broken_tls(error: ssl.SSLError) -> TlsError:
    """A failure after the handshake; under TLS 1.3 a refused client certificate comes so late."""
    failure = handshake_failure(error)
    if failure.error in CLIENT_CERTIFICATE_ERRORS:
        return TlsError(failure)
    return TlsError(failure._replace(error=StageError.TLS_BROKEN))


class Stream:
    """One connection; not shared between threads, except that its token may be cancelled by any.

    Every call takes a deadline for the whole of it and raises `Cancelled`, `DeadlineExceeded` or
    `ConnectionFailed` (`reset`, `closed`, …). What touches the socket stands under "the socket": a
    stream without one brings its own.
    """

    def __init__(self, sock: socket.socket | None, token: CancelToken) -> None:
        self._sock = sock
        self._token = token
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._unread = b""

    # -- bytes -----------------------------------------------------------------------------------

    def receive(self, deadline: Deadline) -> bytes:
        """Some bytes, at least one; empty when the peer has closed."""
        if self._tls is None:
            return self._raw_receive(deadline)
        while True:
            data = self._decrypted(self._tls, deadline)
            if data is not None:
                return data

    def receive_now(self) -> bytes | None:
        """What has arrived already, without waiting: None for nothing, empty for the end."""
        while self.has_input():
            deadline = Deadline(1.0)
            if self._tls is None:
                return self._raw_receive(deadline)
            data = self._decrypted(self._tls, deadline)
            if data is not None:
                return data
        return None

    def _decrypted(self, tls: ssl.SSLObject, deadline: Deadline) -> bytes | None:
        """The next bytes of the peer's; None where there was only a part of a record, or none."""
        if not self._holds_input(tls):
            self._flush(deadline)
            self._feed(deadline)
        try:
            data = tls.read(_CHUNK)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            data = b""
        except ssl.SSLError as error:
            raise _broken_tls(error) from None
        if not data:
            self._incoming.write_eof()  # the end stays the end, whatever else comes in
        return data

    def send(self, data: bytes, deadline: Deadline) -> None:
        """All of `data`."""
        if self._tls is None:
            self._raw_send(data, deadline)
            return
        view = memoryview(data)
        while view:
            try:
                written = self._tls.write(view[:_CHUNK])
            except ssl.SSLWantReadError:
                self._flush(deadline)
                self._feed(deadline)
                continue
            except ssl.SSLError as error:
                raise _broken_tls(error) from None
            view = view[written:]
            if self._outgoing.pending > 262_144:
                self._flush(deadline)
        self._flush(deadline)

    def unread(self, data: bytes) -> None:
        """Give plain bytes back that belong to the next reader."""
        self._unread = data + self._unread

    def has_unread(self) -> bool:
        """True when `unread` gave back what nobody has read since."""
        return bool(self._unread)

    def has_input(self) -> bool:
        """True when bytes (or the end) can be read at once."""
        if self._unread:
            return True
        if self._tls is not None and self._holds_input(self._tls):
            return True
        return self._ready(0)

    def _holds_input(self, tls: ssl.SSLObject) -> bool:
        return bool(tls.pending() or self._incoming.pending or self._incoming.eof)

    def peek(self) -> bytes:
        """Plain bytes that have arrived and nobody has read yet, left where they are."""
        return self._unread or (self._glance() if self._ready(0) else b"")

    def fileno(self) -> int:
        return self._socket.fileno()

    def wait_input(self, seconds: float) -> bool:
        """Wait at most `seconds` for input; True when there is some."""
        ready, end = False, Deadline(seconds)
        with self._token.on_cancel(self._shut_down), contextlib.suppress(DeadlineExceeded):
            while not ready and not self._token.cancelled:
                ready = self._ready(min(end.remaining(), _SLICE_S))
        self._token.raise_if_cancelled()
        return ready

    def wait_either(self, other: Stream, seconds: float) -> Stream | None:
        """Wait at most `seconds` for input of this stream or another, and give the one that has
        some; this one where both do, None where neither does."""
        ready = select.select([self, other], [], [], seconds)[0]
        self._token.raise_if_cancelled()
        return next((stream for stream in (self, other) if stream in ready), None)

    # -- TLS -------------------------------------------------------------------------------------

    def start_tls(self, context: ssl.SSLContext, hostname: str, deadline: Deadline) -> None:
        """Shake hands and verify the peer as `hostname` (a name as A-labels, or an IP address).

        Raises `TlsError`; the stream is of no further use then.
        """
        # A zone says which interface leads to an address; no certificate knows it.
        name = hostname.partition("%")[0]
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        received = b""
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush(deadline)
                data = self._raw_receive(deadline)
                if not received and data[:1] not in (b"", b"\x15", b"\x16"):
                    first = data[:64].decode("ascii", "backslashreplace")
                    failure = StageFailure(StageError.NOT_TLS, peer=recognise(data), first=first)
                    raise TlsError(failure, data) from None
                received = (received + data)[:_HANDSHAKE_CAP]
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
                    if not received:
                        raise TlsError(StageError.CLOSED) from None
            except ssl.SSLError as error:
                raise self._explain_failure(tls, error, received, deadline) from None
        self._flush(deadline)
        self._tls = tls

    def _explain_failure(
        self, tls: ssl.SSLObject, error: ssl.SSLError, received: bytes, deadline: Deadline
    ) -> TlsError:
        failure = handshake_failure(error)
        if isinstance(error, ssl.SSLCertVerificationError):
            now = self._now()
            failure = by_chain(failure._replace(chain=tuple(unverified_chain(tls))), now)
            if failure.error in (StageError.CERT_EXPIRED, StageError.CERT_NOT_YET_VALID):
                failure = with_clock(failure, now)
        if failure.error is StageError.TLS_VERSION:
            failure = failure._replace(version=offered_version(received))
        if failure.error is StageError.TLS_NO_COMMON_CIPHER and asks_for_certificate(received):
            # The alert is the same for both, and a cipher had been agreed on.
            failure = failure._replace(error=StageError.CLIENT_CERTIFICATE_REQUIRED)
        with contextlib.suppress(ConnectionFailed, DeadlineExceeded, Cancelled):
            self._flush(deadline)  # the alert, so that the server's log tells the same story
        told = refusal_in(received)
        if not told and failure.verify_code is None:
            told = received[:_TOLD_CAP]
        return TlsError(failure, told=told, shown=tuple(shown_chain(tls)))

    def _now(self) -> datetime:
        """The time by which certificates are judged."""
        return datetime.now(UTC)

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The finished TLS connection, None while in the clear."""
        return self._tls

    def peer_facts(self) -> list[CertificateFacts]:
        """The peer's verified certificate, once TLS is up."""
        return [] if self._tls is None else peer_facts(self._tls)

    # -- the socket ------------------------------------------------------------------------------

    @property
    def _socket(self) -> socket.socket:
        assert self._sock is not None
        return self._sock

    def _ready(self, seconds: float) -> bool:
        """Wait at most so long for the socket to have something to read, or its end."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def _glance(self) -> bytes:
        """What can be read at once, left where it is."""
        with contextlib.suppress(OSError):
            return self._socket.recv(64, socket.MSG_PEEK)
        return b""

    @property
    def own_address(self) -> tuple[int, str]:
        """Family and IP address of this end."""
        return self._socket.family, str(self._socket.getsockname()[0])

    def close(self) -> None:
        """Close at once, without a word to the peer."""
        self._socket.close()

    def _shut_down(self) -> None:
        # Not connected any more: what blocked on it has returned already.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _raw_receive(self, deadline: Deadline) -> bytes:
        self._token.raise_if_cancelled()
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        if _QUICK_ACK is not None:
            # A server's session tickets and its first reply are two small segments: with
            # Nagle's algorithm over there and delayed ACKs here each costs 40 ms.
            with contextlib.suppress(OSError):  # it is gone, as will be seen
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        data = self._wait(lambda: self._socket.recv(_CHUNK), deadline)
        if not data:
            self._token.raise_if_cancelled()
        return data

    def _raw_send(self, data: Any, deadline: Deadline) -> None:
        self._token.raise_if_cancelled()
        view = memoryview(data)
        while view:
            sent = self._wait(partial(self._socket.send, view), deadline)
            view = view[sent:]

    def _wait(self, work: Callable[[], T], deadline: Deadline) -> T:
        """What the socket answers, waited for until the deadline or the end of this stream."""
        try:
            with self._token.on_cancel(self._shut_down):
                while True:
                    self._socket.settimeout(min(deadline.remaining(), _SLICE_S))
                    try:
                        return work()
                    except TimeoutError as error:
                        self._token.raise_if_cancelled()
                        if error.errno is not None:  # the system has given up
                            raise DeadlineExceeded from None
        except OSError as error:
            self._token.raise_if_cancelled()
            raise ConnectionFailed(socket_error(error.errno)) from None

    def _flush(self, deadline: Deadline) -> None:
        if self._outgoing.pending:
            self._raw_send(self._outgoing.read(), deadline)

    def _feed(self, deadline: Deadline) -> None:
        data = self._raw_receive(deadline)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
