"""The transcript: the events of a verification as lines for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import TranscriptLine
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.wire import (
    Challenged,
    Encrypted,
    Ended,
    Heard,
    LeftOut,
    Renewed,
    Said,
    WireEvent,
)

LINE_CAP = 2000
NOTE_CAP = 140
MAX_LINES = 2000

_REPLY_LINE = re.compile(r"[2-5][0-9][0-9](?:[ -]|\Z)")
# What breaks a conversation off that is not the server's breach of the protocol.
_BREAKS = {
    StageError.CLOSED: "the server closed the connection",
    StageError.TIMEOUT: "no reply in time",
    StageError.STARTTLS_INJECTED: "data before the TLS handshake",
}
_VIOLATIONS = (
    StageError.GARBAGE,
    StageError.REPLY_TOO_LONG,
    StageError.MIXED_CODES,
    StageError.UNSOLICITED,
    StageError.CLOSING,
)


def transcript(events: Iterable[WireEvent]) -> tuple[TranscriptLine, ...]:
    """The lines of what was said and what happened beside, with milliseconds since the start.

    At most `MAX_LINES`, and one that says how many more there were.
    """
    out: list[TranscriptLine] = []
    dropped = 0
    for event in events:
        if isinstance(event, LeftOut):
            dropped += event.number
            continue
        ms = round(event.t_us / 1000)
        for sender, line in _lines(event):
            if len(out) < MAX_LINES:
                cap = NOTE_CAP if sender == "note" else LINE_CAP
                out.append(TranscriptLine(ms, sender, clean_text(line, cap)))
            else:
                dropped += 1
    if dropped:
        out.append(TranscriptLine(out[-1].t_ms, "note", f"{dropped} further lines left out"))
    return tuple(out)


def _lines(event: WireEvent) -> Iterator[tuple[str, str]]:
    match event:
        case Said():
            yield "client", event.line
        case Heard():
            for line in event.text.removesuffix("\n").split("\n"):
                if _REPLY_LINE.match(line):  # what is no reply stands in the note about it
                    yield "server", _without_challenge(line.rstrip("\r \t"))
            if event.length is not None:
                yield "note", f"{event.length} octets in all"
        case Challenged():
            yield "server", f"334 <challenge, {event.size} octets>" if event.size else "334"
        case Encrypted() if event.failure is None:
            yield "note", f"{event.version} is up, {event.cipher or 'cipher unknown'}"
        case Encrypted(failure=failure) if failure is not None:
            word = _BREAKS.get(failure.error) or f"TLS failed ({failure.error.value})"
            yield "note", word
        case Ended():
            yield "note", _ending(event)
        case Renewed():
            yield "note", "the token was refused: a new one, over a new connection"


def _without_challenge(line: str) -> str:
    """A line that is a part of a challenge says only how long it is."""
    octets = len(line) - 4
    return f"{line[:4]}<challenge, {octets} octets>" if line[:3] == "334" and octets > 0 else line


def _ending(event: Ended) -> str:
    error, failure = event.error, event.failure
    if error in _BREAKS:
        return _BREAKS[error]
    if error in _VIOLATIONS:
        shown = f": {failure.first}" if failure.first is not None else ""
        return f"protocol violation ({error.value}){shown}"
    lost = "TLS failed" if failure.openssl is not None else "connection lost"
    return f"{lost} ({error.value})"
