"""What goes to the terminal: one answer as text or as one line of JSON, and notes beside it."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import IO, Any, cast

from smtpwizard.cli.terminal import is_terminal, takes_escapes, write_anything
from smtpwizard.cli.wrapping import fold, terminal_width, width_of
from smtpwizard.model.addresses import clean_text

MAX_LINE = 4000

# Between the columns of a table, and what is left of a cell at least.
_BETWEEN = "  "
_NARROWEST_CELL = 4

_COLOURS = {"good": "32", "bad": "31", "odd": "33", "faint": "2"}


class Screen:
    """Standard output and error as one command uses them.

    With JSON wanted, `answer` and `fail` write the document to stdout and every text goes to
    stderr. A reader that has gone away ends the output quietly. Whatever a text is made of, no
    control character of it reaches a terminal: all output passes `_write`, which lets line breaks
    and our own colours through and spells out the rest.
    """

    def __init__(self, *, json_wanted: bool) -> None:
        self.json_wanted = json_wanted
        self._gone = False
        self._failed = False
        # Stands for the escape before a colour; nobody else can write it.
        self._escape = f"<{os.urandom(8).hex()}>"
        for stream in (sys.stdout, sys.stderr):
            write_anything(stream)

    # -- what a command says

    def answer(self, document: Any, text: str) -> None:
        """The command's result, once."""
        if self.json_wanted:
            self._put_document(document)
        elif text:
            self._write(sys.stdout, self._folded(sys.stdout, text))

    def stream(self, document: Any) -> None:
        """One of many answers, as a line of JSON whatever was asked for."""
        self._put_document(document)

    def fail(self, document: Mapping[str, Any], lines: Sequence[str]) -> None:
        """Why the command failed, once."""
        if self.json_wanted:
            self._put_document(document)
        first, *others = (clean_text(line, MAX_LINE) for line in lines)
        text = "\n".join([f"smtpwizard: {first}", *others])
        self._write(sys.stderr, self._folded(sys.stderr, text, hang=2))

    def say(self, text: str, *, asked: bool = False) -> None:
        """A line of the result as it comes, for people: stdout, or stderr beside JSON.

        `asked`: a question about it follows, so it goes where who is asked can read it.
        """
        to = sys.stderr if asked and not is_terminal(sys.stdout) else self.for_people
        self._write(to, self._folded(to, text))

    def note(self, text: str) -> None:
        """Something worth knowing beside the result."""
        text = f"note: {clean_text(text, MAX_LINE)}"
        self._write(sys.stderr, self._folded(sys.stderr, text, hang=6))

    # -- how it looks

    @property
    def for_people(self) -> IO[str]:
        """Where text for people goes; write with `say`, or through `writer`."""
        return sys.stderr if self.json_wanted else sys.stdout

    def writer(self) -> IO[str]:
        """A file for what prints by itself: its text goes the way of all the others."""
        return cast("IO[str]", _Writer(self))

    @property
    def width(self) -> int | None:
        """The columns that text for people has; None where it goes on in long lines, to a file."""
        return terminal_width(self.for_people)

    @property
    def live(self) -> bool:
        """True when a person watches: progress is for terminals alone."""
        return takes_escapes(self.for_people)

    @property
    def watched(self) -> bool:
        """True when the answer goes to a terminal, and not into a file or another program."""
        return is_terminal(sys.stdout) and not self.json_wanted

    @property
    def interactive(self) -> bool:
        """True when a person can be asked: input and prompts are on a terminal."""
        return is_terminal(sys.stdin) and is_terminal(sys.stderr)

    def coloured(self, text: str, colour: str) -> str:
        """The text in a colour where the terminal takes one and nobody said `NO_COLOR`."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        if plain or not takes_escapes(self.for_people):
            return text
        return f"{self._escape}{_COLOURS[colour]}m{text}{self._escape}0m"

    def progress(self, text: str) -> None:
        """A line that the next one replaces; only for a terminal."""
        if self.live:
            text = _cell(text, (self.width or MAX_LINE) - 1)  # in one line, or it is not replaced
            self._write(self.for_people, text, before="\r\x1b[K", end="")

    # -- the end

    def close(self, code: int) -> int:
        """Bring everything out; the exit code, or 1 where the output could not be written."""
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with self._quietly(stream):
                    stream.flush()
        return 1 if self._failed and code == 0 else code

    def _put_document(self, document: Any) -> None:
        self._write(sys.stdout, json_line(document))

    def _folded(self, stream: IO[str] | None, text: str, hang: int | None = None) -> str:
        """The text in lines that the terminal has room for; whole for anything else."""
        width = terminal_width(stream)
        if width is None:
            return text
        lines: list[str] = []
        for line in text.split("\n"):
            # What colours a line takes no room, and it is short.
            lines += [line] if self._escape in line else fold(line, width, hang)
        return "\n".join(lines)

    def _write(
        self, stream: IO[str] | None, text: str, *, before: str = "", end: str = "\n"
    ) -> None:
        if stream is None or self._gone:
            return
        if not text.isprintable():
            text = "\n".join(clean_text(line, len(line)) for line in text.split("\n"))
        text = text.replace(self._escape, "\x1b[")
        with self._quietly(stream):
            stream.write(before + text + end)
            stream.flush()

    def write(self, text: str) -> None:
        """A piece of text for people, without a line break after it."""
        self._write(self.for_people, text, end="")

    def _quietly(self, stream: IO[str]) -> _Quietly:
        return _Quietly(self, stream)

    def lost(self, stream: IO[str], error: OSError) -> None:
        """Nothing more can be written to a stream; a reader that went away wants no more."""
        # Windows has another word for it.
        gone = error.errno == errno.EINVAL and sys.platform == "win32"
        if gone or isinstance(error, BrokenPipeError):
            self._gone = True
        else:
            self._failed = True
        # Python flushes once more at exit: let it succeed.
        with suppress(OSError, ValueError, AttributeError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)


class _Writer(io.TextIOBase):
    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def write(self, text: str) -> int:
        self._screen.write(text)
        return len(text)

    def isatty(self) -> bool:
        return self._screen.live


class _Quietly:
    """Turns a failing write into the end of that stream."""

    def __init__(self, screen: Screen, stream: IO[str]) -> None:
        self._screen = screen
        self._stream = stream

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, OSError):
            self._screen.lost(self._stream, error)
            return True
        return False


# -- text --------------------------------------------------------------------------------------


def json_line(document: Any) -> str:
    """A document as JSON on one line.

    In ASCII: other characters might count as line breaks, or not be in the terminal's set.
    """
    text = json.dumps(document, ensure_ascii=True, allow_nan=False)
    # The one control character that is ASCII and that JSON does not escape.
    return text.replace("\x7f", "\\u007f")


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    limit: int = 40,
    limits: Mapping[int, int] = MappingProxyType({}),
    whole: Collection[int] = (),
    spare: Sequence[int] = (),
) -> str:
    """Aligned columns; long cells are cut at `limit` columns of the terminal, or at what `limits`
    says for theirs; foreign text is cleaned.

    Where the terminal has less room, columns are left out in the order of `spare`, and then the
    widest are cut, but for those that are typed again (`whole`).
    """
    widest = [limits.get(column, limit) for column in range(len(headings))]
    lines = [list(map(_cell, row, widest)) for row in (headings, *rows)]
    widths = [max(width_of(line[column]) for line in lines) for column in range(len(headings))]
    shown = list(range(len(headings)))
    room = terminal_width(sys.stdout)
    if room is not None:
        shown, widths = _shared_out(widths, room, whole, spare)
    out = []
    for line in lines:
        texts = [(_cell(line[i], widths[i]), widths[i]) for i in shown]
        cells = [text + " " * (width - width_of(text)) for text, width in texts]
        out.append(_BETWEEN.join(cells).rstrip())
    return "\n".join(out)


def _shared_out(
    widths: Sequence[int], room: int, whole: Collection[int], spare: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The columns that have room, and all widths with the widest cut to one size."""
    shown, found, most = list(range(len(widths))), list(widths), max(widths)

    def is_too_wide() -> bool:
        return sum(found[i] for i in shown) + len(_BETWEEN) * (len(shown) - 1) > room

    for column in spare:
        if is_too_wide():
            shown.remove(column)
    while most > _NARROWEST_CELL and is_too_wide():
        most -= 1
        found = [each if i in whole else min(each, most) for i, each in enumerate(widths)]
    return shown, found


def pairs(entries: Sequence[tuple[str, str]]) -> str:
    """Names and values, one pair a line."""
    width = max((width_of(name) for name, _ in entries), default=0)
    return "\n".join(f"{name:<{width}}  {clean_text(value, 2000)}" for name, value in entries)


def _cell(text: str, limit: int) -> str:
    text = clean_text(text, 4 * limit)
    if width_of(text) <= limit:
        return text
    while width_of(text) >= limit:
        text = text[:-1]
    return text + "…"
