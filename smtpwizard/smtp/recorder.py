"""The recording of a verification, event by event: what we say as a secret is never handed in.

What a server says is kept as it came, to be redacted with the events.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence

from smtpwizard.model.foreign_text import is_utf8, read_lines
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import TranscriptLine
from smtpwizard.model.stage_facts import CertificateFacts, StageFailure
from smtpwizard.model.transcript import transcript
from smtpwizard.model.wire import (
    HEARD_CAP,
    MAX_EVENTS,
    Challenged,
    Encrypted,
    Ended,
    Heard,
    LeftOut,
    Said,
    WireEvent,
)

_LONGEST_LINE = 16_384  # that the protocol takes
_TAIL = 256  # octets at the end of what is too long
# Their challenges are good for one login alone, and play their part in proofs.
_FOR_ONE_LOGIN = ("AUTH SCRAM-", "AUTH CRAM-", "AUTH DIGEST-", "AUTH NTLM", "AUTH GSSAPI")
_REPLY_LINE = rb"[2-5][0-9][0-9](?:[ -]|\Z)|\Z"
_CHALLENGE_LINE = r"(?m)^(334[ -])(.*)$"


class _Chunk:
    """What came in since we last spoke, in octets; of too much the beginning and the end."""

    def __init__(self, t_us: int) -> None:
        self.t_us = t_us
        self.head = bytearray()
        self.tail = b""
        self.length = 0
        self.text: str | None = None
        """As the protocol read it, where that is known."""

    def add(self, data: bytes) -> None:
        self.length += len(data)
        room = HEARD_CAP - len(self.head)
        self.head += data[:room]
        if len(data) > room:
            self.tail = (self.tail + data[room:])[-_TAIL:]


class Recorder:
    """Collects events with the time since the start, by a clock in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = clock()
        self._events: list[WireEvent | _Chunk] = []
        self._chunk: _Chunk | None = None
        self._mechanism = ""
        self._dropped = 0

    def now(self) -> int:
        """Microseconds since the start."""
        return round((self._clock() - self._start) * 1_000_000)

    def add(self, event: WireEvent) -> None:
        """Any event; what the server says next is apart from what it said before."""
        self._chunk = None
        if len(self._events) < MAX_EVENTS:
            self._events.append(event)
        else:
            self._dropped += 1

    def heard(self, data: bytes) -> None:
        """Octets from the server, as they came; empty ones are none."""
        if not data:
            return
        if self._chunk is None:
            if len(self._events) >= MAX_EVENTS:
                self._dropped += 1
                return
            self._chunk = _Chunk(self.now())
            self._events.append(self._chunk)
        self._chunk.add(data)

    def replied(self) -> None:
        """What was heard is a reply: what comes in after it was not there yet."""
        self._chunk = None

    def challenged(self, texts: Sequence[str], leftover: bytes) -> None:
        """What was heard last is a challenge, but for what was left over of it."""
        if self._chunk is None:
            return
        t_us = self._chunk.t_us
        self._events.pop()
        said = " ".join(texts)
        size = sum(len(text) for text in texts)
        text, decoded = _decoded(said)
        self.add(Challenged(t_us, size, text, decoded))
        self.heard(leftover)

    def challenge_refused(self) -> None:
        """We do not answer the last challenge."""
        last = self._events[-1] if self._events else None
        if isinstance(last, Challenged):
            self._events[-1] = last._replace(refused=True)

    def said(self, line: str) -> None:
        """A line we sent, already without its secret part."""
        self.add(Said(self.now(), line))

    def encrypted(
        self, version: str | None, cipher: str | None, chain: Sequence[CertificateFacts] = ()
    ) -> None:
        """A handshake that succeeded."""
        self.add(Encrypted(self.now(), version, cipher, tuple(chain)))

    def not_encrypted(self, failure: StageFailure, answer: bytes = b"") -> None:
        """A handshake that did not, and what the server said in its place."""
        said = answer.decode("latin-1") if answer else None
        self.add(Encrypted(self.now(), failure=failure, answer=said))

    def ended(self, failure: StageFailure, *, sending: bool = False) -> None:
        """The conversation broke off."""
        self.add(Ended(self.now(), failure, sending))

    def events(self, redactor: Redactor) -> tuple[WireEvent, ...]:
        """What was recorded so far, without any known secret."""
        raw = self.raw_events()
        return as_long(raw, redactor.clean_all(raw))

    def lines(self, redactor: Redactor) -> tuple[TranscriptLine, ...]:
        """The same as a transcript."""
        return transcript(self.events(redactor))

    def raw_events(self) -> tuple[WireEvent, ...]:
        """What was recorded so far, as it came."""
        self._mechanism = ""
        found = [self._readable(event) for event in self._events]
        if self._dropped:
            found.append(LeftOut(found[-1].t_us, self._dropped))
        return tuple(found)

    def _readable(self, event: WireEvent | _Chunk) -> WireEvent:
        if isinstance(event, Said):
            if event.line.startswith("AUTH "):
                self._mechanism = event.line
            elif not event.line.startswith("<") and event.line != "*":
                self._mechanism = ""  # the exchange is over
        elif isinstance(event, Challenged):
            refused = event.refused or (event.text or "").startswith("e=")  # by us, or by SCRAM
            if self._mechanism.startswith(_FOR_ONE_LOGIN) and not refused:
                return event._replace(text=None, decoded=False)
        elif isinstance(event, _Chunk):
            return self._heard(event)
        return event

    def _heard(self, chunk: _Chunk) -> Heard:
        data = bytes(chunk.head)
        length = chunk.length if chunk.length > HEARD_CAP else None
        ending = chunk.tail.decode("latin-1") if length is not None else None
        text = data.decode("utf-8") if is_utf8(data) else _foreign(data)
        if text is None:
            return Heard(chunk.t_us, data.decode("latin-1"), True, length=length, ending=ending)
        whole = text.replace("\r\n", "\n")
        bare = text.count("\r\n") != text.count("\n")
        if self._mechanism:  # a part of a challenge may stand there
            whole = re.sub(_CHALLENGE_LINE, lambda line: f"{line[1]}{'A' * len(line[2])}", whole)
        return Heard(chunk.t_us, whole, False, bare, length, ending)


def _foreign(data: bytes) -> str | None:
    """Replies in another encoding than UTF-8, as the protocol reads them; None for others."""
    lines = [line.rstrip(b"\r \t") for line in data.split(b"\n")]
    if not all(re.match(_REPLY_LINE, line) for line in lines):
        return None
    end = "\r\n" if b"\r\n" in data else "\n"
    read = read_lines([line[4:] for line in lines])
    return end.join(line[:4].decode("ascii") + text for line, text in zip(lines, read, strict=True))


def _decoded(challenge: str) -> tuple[str, bool]:
    """A challenge as the text that it is in base64, or as it came."""
    try:
        text = base64.b64decode(challenge, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return challenge, False
    same = base64.b64encode(text.encode()).decode("ascii") == challenge
    return (text, True) if same else (challenge, False)


def as_long(raw: Sequence[WireEvent], cleaned: Sequence[WireEvent]) -> tuple[WireEvent, ...]:
    """The events without secrets, `cleaned` of them already: what was too long for a reply stays
    so, for it is known how much it was."""
    if raw is cleaned:
        return tuple(cleaned)
    return tuple(
        _as_long(before, after) if isinstance(before, Heard) and isinstance(after, Heard) else after
        for before, after in zip(raw, cleaned, strict=True)
    )


def _as_long(before: Heard, after: Heard) -> Heard:
    if after.text == before.text or before.length is not None:
        return after
    kept: list[str] = []
    for line, shown in zip(before.text.split("\n"), after.text.split("\n"), strict=True):
        kept.append(shown)
        if len(line) > _LONGEST_LINE >= len(shown):
            text = "\n".join(kept)
            ending = "\r\n" if before.text.endswith("\n") else ""
            return after._replace(text=text, length=len(text) + len(line), ending=ending)
    return after
