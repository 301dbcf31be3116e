"""A record in the order in which a server plays it: what it said, and after which word of ours."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from smtpwizard.model.connector import Connector, Security
from smtpwizard.model.moments import as_moment
from smtpwizard.model.report import Report, Stage, Status
from smtpwizard.model.stage_facts import CertificateFacts, StageError
from smtpwizard.model.wire import (
    AskedAside,
    Challenged,
    Connected,
    Encrypted,
    Ended,
    Heard,
    LookedUp,
    Renewed,
    Said,
    WireEvent,
)

HANDSHAKE = "HANDSHAKE"
MESSAGE = "MESSAGE"
END = "."
RESPONSE = "RESPONSE"
CANCEL = "*"

_NOT_ASCII = "empfänger"
CHUNK = 16_384

# What we made of octets that the server said: saying them again brings it about again.
_OUR_VERDICT = (
    StageError.CLOSING,
    StageError.GARBAGE,
    StageError.MIXED_CODES,
    StageError.NOT_SMTP,
    StageError.REPLY_TOO_LONG,
    StageError.STARTTLS_INJECTED,
    StageError.UNSOLICITED,
)

_ENDED = (Status.PASSED, Status.FAILED)
# In the place of a file that is not read.
_SHOWN = "the client certificate"

Answer = Heard | Challenged | Encrypted | Ended
E = TypeVar("E", bound=WireEvent)


class Recording(NamedTuple):
    """A verification as it was recorded: what was tried, and what came of it."""

    connector: Connector
    report: Report

    @property
    def as_it_was(self) -> Recording:
        """The same with what shows in the report alone: of a file a case has no name, and where a
        server refused our certificate there was one."""
        server = self.connector.server
        refused = any(r.error is StageError.CLIENT_CERTIFICATE_REFUSED for r in self.report.stages)
        if not refused or server.client_certificate is not None:
            return self
        server = server._replace(client_certificate=_SHOWN)
        return self._replace(connector=self.connector._replace(server=server))

    @property
    def shift(self) -> timedelta:
        """How long ago it was."""
        return now() - datetime.fromisoformat(self.report.started)

    @property
    def recipient(self) -> str | None:
        """Who was to get the test email; None where none was to be sent."""
        for event in self.report.wire:
            if isinstance(event, Said) and (found := re.fullmatch(r"RCPT TO:<(.+)>", event.line)):
                return found[1]
        mail = self.report.stage(Stage.MAIL_FROM)
        if mail.status is Status.SKIPPED:
            return None
        recipient = self.connector.test_recipient()
        if mail.error is StageError.SMTPUTF8_MISSING and recipient.isascii():
            # It is told of the sender alone; where that was ASCII, this was not.
            return f"{_NOT_ASCII}@{recipient.rpartition('@')[2]}"
        return recipient

    @property
    def stop_after(self) -> Stage | None:
        """The last stage that was asked for, where that shows."""
        last = None
        for result in self.report.stages:
            if result.status is not Status.SKIPPED:
                last = result.stage
        implicit = self.connector.server.security is Security.IMPLICIT_TLS
        if last is Stage.TLS and implicit and self.report.stage(Stage.GREETING).status in _ENDED:
            return Stage.GREETING  # it comes after TLS there
        return None if last is Stage.DATA else last


def now() -> datetime:
    """The time in whole seconds, by the clock that OpenSSL reads."""
    clock = getattr(time, "CLOCK_REALTIME", None)  # Windows has none
    seconds = time.time() if clock is None else time.clock_gettime(clock)
    return datetime.fromtimestamp(int(seconds), UTC)


class Turn(NamedTuple):
    """What a server did after one word of ours, or of its own accord where there is none."""

    said: str | None
    verb: str
    t_us: int
    answers: tuple[Answer, ...] = ()
    tls: bool = False
    """Whether the word came inside TLS."""


class Attempt(NamedTuple):
    """One way through the stages; a token that is renewed makes a second one."""

    looked_up: LookedUp | None = None
    connected: Connected | None = None
    aside: AskedAside | None = None
    turns: tuple[Turn, ...] = ()

    def encrypted(self) -> Encrypted | None:
        """The handshake, if it came to one."""
        answers = (answer for turn in self.turns for answer in turn.answers)
        return next((event for event in answers if isinstance(event, Encrypted)), None)


def attempts(events: Iterable[WireEvent]) -> tuple[Attempt, ...]:
    """The attempts of a record, at least one."""
    parts: list[list[WireEvent]] = [[]]
    for event in events:
        if isinstance(event, Renewed):
            parts.append([])
        else:
            parts[-1].append(event)
    return tuple(map(_attempt, parts))


def _attempt(events: Sequence[WireEvent]) -> Attempt:
    return Attempt(
        _first(LookedUp, events),
        _first(Connected, events),
        _first(AskedAside, events),
        tuple(_turns(events)),
    )


def _first(kind: type[E], events: Sequence[WireEvent]) -> E | None:
    return next((event for event in events if isinstance(event, kind)), None)


def _turns(events: Sequence[WireEvent]) -> Iterator[Turn]:
    connected = _first(Connected, events)
    turn = Turn(None, "", connected.t_us if connected is not None else 0)
    tls = False
    for event in events:
        if isinstance(event, Said):
            yield turn
            turn = Turn(event.line, verb_of(event.line), event.t_us, tls=tls)
        elif isinstance(event, Encrypted):
            yield turn
            turn = Turn(None, HANDSHAKE, turn.t_us, (event,))
            tls = event.failure is None
        elif isinstance(event, Heard | Challenged) or (
            isinstance(event, Ended) and event.error not in _OUR_VERDICT
        ):
            turn = turn._replace(answers=(*turn.answers, event))
    yield turn


def verb_of(line: str) -> str:
    """What kind of word a line of ours is, as it was recorded; AUTH with its mechanism."""
    if line.startswith("<message,"):
        return MESSAGE
    if line.startswith("<"):
        return RESPONSE
    words = line.upper().split()
    return " ".join(words[:2]) if words[:1] == ["AUTH"] else "".join(words[:1])


# -- octets --------------------------------------------------------------------------------------


def chunks(heard: Heard) -> Iterator[bytes]:
    """What a server said, octet by octet; of what was too long to keep, as much as there was."""
    if heard.octets:
        data = heard.text.encode("latin-1", "replace")
    else:
        text = heard.text if heard.bare_lf else heard.text.replace("\n", "\r\n")
        data = text.encode("utf-8", "replace")
    if heard.length is None:
        yield data
        return
    ending = (heard.ending or "").encode("latin-1", "replace")
    yield data
    fill = _fill(data)
    left = heard.length - len(data) - len(ending)
    while left > 0:
        yield fill[:left]
        left -= len(fill)
    if ending:
        yield ending


def _fill(data: bytes) -> bytes:
    """What goes on as a long text began: its last line again and again, or its last octet."""
    if data.endswith(b"\n"):
        line = data[data.rfind(b"\n", 0, -1) + 1 :]
        return line * max(1, CHUNK // len(line))
    return (data[-1:] or b" ") * CHUNK


def challenge_text(challenged: Challenged) -> str:
    """A challenge as it went on the wire."""
    text = challenged.text or ""
    return base64.b64encode(text.encode()).decode("ascii") if challenged.decoded else text


def shifted(facts: CertificateFacts, by: timedelta) -> CertificateFacts:
    """A certificate's facts with other dates; what is no date stays."""
    return facts._replace(
        not_before=_shift(facts.not_before, by), not_after=_shift(facts.not_after, by)
    )


def _shift(text: str, by: timedelta) -> str:
    moment = as_moment(text)
    if moment is None:
        return text
    try:
        return (moment + by).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return text
