"""The redacted record of a conversation; a secret is never recorded, rather than blanked later.

What the protocol's state says is secret is never handed in. `Redactor` is the second net: it
finds a secret that a server echoes, in the encodings in which servers echo.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

from smtpwizard.model.addresses import clean_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.findings import TranscriptLine

REDACTED = "<redacted>"
LINE_CAP = 2000
MAX_LINES = 2000
# A form this long is enough to recognise the secret by; what follows it goes as well.
_ANCHOR = 48
# What a form starts with, looked for first: a substring test costs next to nothing.
_GLANCE = 12
# Below this length a form would match by chance inside ordinary words.
_SHORT = 4


def _encodings(secret: str, usernames: Iterable[str]) -> Iterable[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield secret[::-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield raw.hex()
    yield secret.encode("utf-16-le", "surrogatepass").hex()
    for data in (raw, secret.encode("utf-16-le", "surrogatepass")):
        for offset in range(3):
            # Only characters that hold nothing but bits of the secret.
            encoded = base64.b64encode(bytes(offset) + data).decode("ascii")
            start = (offset * 8 + 5) // 6
            stop = (offset + len(data)) * 8 // 6
            form = encoded[start:stop]
            yield form
            yield form.replace("+", "-").replace("/", "_")
    for username in usernames:
        blob = b"\0" + username.encode("utf-8", "surrogatepass") + b"\0" + raw
        yield base64.b64encode(blob).decode("ascii").rstrip("=")


class Redactor:
    """Takes known secrets out of foreign text, whatever wrapping or encoding it came in."""

    def __init__(self, secrets: Iterable[Secret], usernames: Iterable[str] = ()) -> None:
        names = tuple(usernames)
        forms: dict[str, None] = {}
        for secret in secrets:
            text = secret.reveal()
            if text:
                for form in _encodings(text, names):
                    squeezed = "".join(form.split())
                    if squeezed and (len(squeezed) >= _SHORT or form == text):
                        forms[squeezed] = None
        self._forms = sorted(forms, key=len, reverse=True)
        self._glances = [form[:_GLANCE].lower() for form in self._forms]

    def clean(self, text: str) -> str:
        """`text` with every form of every secret replaced."""
        squeezed = "".join(text.split()).lower()
        for form, glance in zip(self._forms, self._glances, strict=True):
            if glance in squeezed:
                text = self._pattern(form).sub(REDACTED, text)
        return text

    @staticmethod
    def _pattern(form: str) -> re.Pattern[str]:
        # A form may be folded over lines, so white space may stand between any two characters.
        body = r"\s*".join(re.escape(c) for c in form[:_ANCHOR])
        if len(form) > _ANCHOR:
            body += r"(?:\s*[^\s<>\"']+)*?(?:\s*" + re.escape(form[-4:]) + r")|" + body + r"\S*"
        if len(form) < _SHORT:
            body = rf"(?<![A-Za-z0-9]){body}(?![A-Za-z0-9])"
        return re.compile(body, re.IGNORECASE)

    def clean_lines(self, lines: Iterable[str]) -> list[str]:
        """The same for the lines of one reply, across which a secret may be folded."""
        return self.clean("\n".join(lines)).split("\n")


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
