"""The redacted record of a conversation; a secret is never recorded, rather than blanked later.

What the protocol's state says is secret is never handed in. `Redactor` is the second net: it
finds a secret that a server echoes, in the encodings in which servers echo.
"""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from html import escape
from urllib.parse import quote, quote_plus

from smtpwizard.model.addresses import clean_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.report import TranscriptLine

REDACTED = "<redacted>"
LINE_CAP = 2000
MAX_LINES = 2000
# A form this long is enough to recognise the secret by; what follows it goes as well.
_ANCHOR = 48
# What a form starts with, looked for first: a substring test costs next to nothing.
_GLANCE = 8
# Below this length a form would match by chance inside ordinary words.
_SHORT = 4
# What may stand between two characters of a secret: white space and control characters (UTF-16 is
# half NULs), and between two lines of a reply its codes.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
_BLANK_OR_CODES = re.compile(
    r"[\s\x00-\x1f\x7f]*\n(?:[2-5][0-9][0-9][ -])?(?:[245]\.[0-9]{1,3}\.[0-9]{1,3}[ :])?|"
    + _BLANK.pattern
)


def _encodings(secret: str, usernames: Iterable[str]) -> Iterable[str]:
    """The spellings in which servers echo: as text, as bytes they misread, and encoded."""
    raw = secret.encode("utf-8", "surrogatepass")
    wide = secret.encode("utf-16-le", "surrogatepass")
    yield secret
    yield secret[::-1]
    yield quote(raw, safe="")
    yield quote(raw)
    yield quote_plus(raw)
    yield escape(secret)
    yield json.dumps(secret)[1:-1]
    yield secret.encode("ascii", "backslashreplace").decode("ascii")
    yield secret.encode("ascii", "xmlcharrefreplace").decode("ascii")
    yield secret.encode("latin-1", "replace").decode("utf-8", "backslashreplace")
    for data in (raw, wide, secret.encode("utf-16-be", "surrogatepass")):
        yield data.hex()
        # As a reply's bytes are read, and as bytes that are no text are shown.
        yield data.decode("utf-8", "backslashreplace")
        yield data.decode("ascii", "backslashreplace")
    for data in (raw, wide):
        for offset in range(3):
            # Only characters that hold nothing but bits of the secret.
            encoded = base64.b64encode(bytes(offset) + data).decode("ascii")
            start = (offset * 8 + 5) // 6
            stop = (offset + len(data)) * 8 // 6
            form = encoded[start:stop]
            yield form
            yield form.replace("+", "-").replace("/", "_")
            yield form.replace("+", "%2B").replace("/", "%2F")
    for username in usernames:
        blob = b"\0" + username.encode("utf-8", "surrogatepass") + b"\0" + raw
        yield base64.b64encode(blob).decode("ascii").rstrip("=")


class Redactor:
    """Takes known secrets out of foreign text, whatever wrapping or encoding it came in."""

    def __init__(self, secrets: Iterable[Secret], usernames: Iterable[str] = ()) -> None:
        self._usernames = tuple(usernames)
        self._texts: set[str] = set()
        self._forms: list[str] = []  # folded, without blanks, the longest first
        self._glances: frozenset[str] = frozenset()
        self._shortest = 0  # what a text has to be long to hold any of them
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret | None) -> None:
        """Know one more secret from here on."""
        text = secret.reveal() if secret is not None else ""
        if text and text not in self._texts:
            self._texts.add(text)
            self._know(_encodings(text, self._usernames), text)

    def add_response(self, encoded: str) -> None:
        """Know what was just said in an authentication, exactly as it went on the wire."""
        if len(encoded) >= 2 * _GLANCE:
            self._know((encoded.rstrip("="),), encoded)

    def _know(self, forms: Iterable[str], text: str) -> None:
        known = set(self._forms)
        for form in forms:
            squeezed = _fold(_without(_BLANK, form))
            if squeezed and (len(squeezed) >= _SHORT or form == text):
                known.add(squeezed)
        self._forms = sorted(known, key=len, reverse=True)
        self._glances = frozenset(form[:_GLANCE] for form in known)
        self._shortest = min((len(form[:_ANCHOR]) for form in known), default=0)

    def clean(self, text: str) -> str:
        """`text` with every form of every secret replaced."""
        if not self._forms or len(text) < self._shortest:
            return text
        # Twice: what looks like a reply's code may be part of the secret.
        for gap in (_BLANK, _BLANK_OR_CODES) if "\n" in text else (_BLANK,):
            squeezed = _fold(_without(gap, text))
            if any(glance in squeezed for glance in self._glances):
                text = self._replace(text, gap)
        return text

    def _replace(self, text: str, gap: re.Pattern[str]) -> str:
        squeezed, places = _squeeze(text, gap)
        spans: list[tuple[int, int]] = []
        for form in self._forms:
            at = squeezed.find(form[:_ANCHOR])
            while at >= 0:
                length = _common_length(squeezed, at, form)
                first, last = places[at], places[at + length - 1] + 1
                if length < len(form):
                    # Only its beginning: what hangs together with it goes as well.
                    while last < len(text) and not text[last].isspace():
                        last += 1
                if len(form) >= _SHORT or _stands_alone(text, first, last):
                    spans.append((first, last))
                at = squeezed.find(form[:_ANCHOR], bisect_left(places, last))
        out, done = [], 0
        for first, last in sorted(spans):
            if last <= done:
                continue
            if first >= done:
                out += [text[done:first], REDACTED]
            done = last
        return "".join([*out, text[done:]])

    def clean_cut(self, text: str) -> str:
        """The same for a text that was cut off, perhaps in the middle of a secret."""
        text = self.clean(text)
        squeezed, places = _squeeze(text, _BLANK)
        for form in self._forms:
            at = squeezed.find(form[:_GLANCE])
            while at >= 0:
                if form.startswith(squeezed[at:]):
                    return text[: places[at]] + REDACTED
                at = squeezed.find(form[:_GLANCE], at + 1)
        return text

    def clean_lines(self, lines: Iterable[str]) -> list[str]:
        """The same for the lines of one reply, across which a secret may be folded."""
        return self.clean("\n".join(lines)).split("\n")


def _fold(text: str) -> str:
    """Without case, one character for one."""
    if text.isascii():
        return text.lower()
    return "".join(folded if len(folded := c.casefold()) == 1 else c for c in text)


_ASCII_BLANKS = bytes((*range(33), 127))


def _without(gap: re.Pattern[str], text: str) -> str:
    if gap is _BLANK and text.isascii():
        return text.encode("ascii").translate(None, _ASCII_BLANKS).decode("ascii")  # at once
    return gap.sub("", text)


def _squeeze(text: str, gap: re.Pattern[str]) -> tuple[str, list[int]]:
    """`text` folded and without gaps, and where in it each of these characters stood."""
    places: list[int] = []
    start = 0
    for match in gap.finditer(text):
        places += range(start, match.start())
        start = match.end()
    places += range(start, len(text))
    return _fold("".join(text[place] for place in places)), places


def _common_length(text: str, at: int, form: str) -> int:
    """How much of `form` stands at `at`, of which the first `_ANCHOR` characters are known to."""
    low, high = min(_ANCHOR, len(form)), len(form)
    while low < high:
        middle = (low + high + 1) // 2
        if text.startswith(form[:middle], at):
            low = middle
        else:
            high = middle - 1
    return low


def _stands_alone(text: str, first: int, last: int) -> bool:
    before, after = text[:first][-1:], text[last:][:1]
    return not (before.isalnum() or after.isalnum())


class Transcript:
    """Collects lines with the milliseconds since the start; caps length and number."""

    def __init__(self, clock: Callable[[], float], redactor: Redactor | None = None) -> None:
        self._clock = clock
        self._start = clock()
        self._lines: list[TranscriptLine] = []
        self._dropped = 0
        self.redactor = redactor or Redactor(())

    def client(self, line: str) -> None:
        """A line we sent, already without its secret part."""
        self._add("client", line)

    def server(self, lines: Iterable[str]) -> None:
        """The lines of one reply."""
        for line in self.redactor.clean_lines(lines):
            self._add("server", line)

    def note(self, text: str) -> None:
        """Something that happened beside the lines (TLS is up, time is over)."""
        self._add("note", self.redactor.clean(text))

    def _add(self, sender: str, line: str) -> None:
        if len(self._lines) >= MAX_LINES:
            self._dropped += 1
            return
        ms = round((self._clock() - self._start) * 1000)
        self._lines.append(TranscriptLine(ms, sender, clean_text(line, LINE_CAP)))

    def lines(self) -> tuple[TranscriptLine, ...]:
        """What was recorded so far."""
        out = list(self._lines)
        if self._dropped:
            last = out[-1].t_ms
            out.append(TranscriptLine(last, "note", f"{self._dropped} further lines left out"))
        return tuple(out)
