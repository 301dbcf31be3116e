"""The record of a conversation: what we say as a secret is never handed in.

What a server says is kept as it came, for whoever reads it to redact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smtpwizard.model.addresses import clean_text
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import TranscriptLine

LINE_CAP = 2000
NOTE_CAP = 140
MAX_LINES = 2000


class Transcript:
    """Collects lines with the milliseconds since the start; caps length and number."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = clock()
        self._entries: list[tuple[int, str, str]] = []  # when, who, the lines of one reply
        self._number = 0
        self._dropped = 0

    def client(self, line: str) -> None:
        """A line we sent, already without its secret part."""
        self._add("client", [line])

    def server(self, lines: Iterable[str]) -> None:
        """The lines of one reply."""
        self._add("server", list(lines))

    def note(self, text: str) -> None:
        """Something that happened beside the lines (TLS is up, time is over)."""
        self._add("note", [text])

    def _add(self, sender: str, lines: list[str]) -> None:
        kept = lines[: MAX_LINES - self._number]
        self._number += len(kept)
        self._dropped += len(lines) - len(kept)
        if kept:
            ms = round((self._clock() - self._start) * 1000)
            self._entries.append((ms, sender, "\n".join(kept)))

    def lines(self, redactor: Redactor) -> tuple[TranscriptLine, ...]:
        """What was recorded so far, fit for display."""
        texts = redactor.clean_all([text for _, _, text in self._entries])
        out = [
            TranscriptLine(ms, sender, clean_text(line, NOTE_CAP if sender == "note" else LINE_CAP))
            for (ms, sender, _), text in zip(self._entries, texts, strict=True)
            for line in (text.split("\n") if sender == "server" else [text])
        ]
        if self._dropped:
            last = out[-1].t_ms
            out.append(TranscriptLine(last, "note", f"{self._dropped} further lines left out"))
        return tuple(out)
