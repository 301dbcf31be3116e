"""Lines from a terminal, as long as they are.

A terminal that edits lines itself keeps 4095 bytes of one and drops the rest without a word
(termios(3), MAX_CANON): a pasted key or address would arrive cut off.
"""

from __future__ import annotations

import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PASTE_MARKS = rb"\x1b\[20[01]~"
_ERASE = b"\b \b"
_SHOWN_CONTROLS = b"\t\n"


class LineEditor:
    """What was typed so far: erasing works as the terminal would do it. `echo` shows bytes."""

    def __init__(self, echo: Callable[[bytes], None]) -> None:
        self._echo = echo
        self._line = bytearray()
        self.typed = b""
        """The lines that are complete, with their ends."""
        self.ended = False

    def feed(self, data: bytes) -> None:
        """Take in some bytes."""
        for byte in re.sub(_PASTE_MARKS, b"", data):
            if byte in b"\r\n":
                self.typed += bytes(self._line) + b"\n"
                self._line.clear()
                self._echo(b"\n")
            elif byte in b"\x7f\b":
                self._erase_one()
            elif byte == 0x15:  # Ctrl-U
                while self._line:
                    self._erase_one()
            elif byte == 0x04:  # Ctrl-D
                if not self._line:
                    self.ended = True
            else:
                self._line.append(byte)
                if byte >= 0x20 or byte in _SHOWN_CONTROLS:
                    self._echo(bytes((byte,)))

    def _erase_one(self) -> None:
        if not self._line:
            return
        while self._line and 0x80 <= self._line[-1] < 0xC0:  # the rest of a character in UTF-8
            self._line.pop()
        if self._line:
            self._line.pop()
        self._echo(_ERASE)


@contextmanager
def long_lines(descriptor: int, *, shown: bool) -> Iterator[None]:
    """While the block reads this terminal, it hands over what is typed at once, and shows nothing
    by itself. What is not `shown` is not typed ahead, nor left for the next reader."""
    import termios  # noqa: PLC0415 - not on Windows

    before = termios.tcgetattr(descriptor)
    mode = termios.tcgetattr(descriptor)
    mode[3] &= ~(termios.ICANON | termios.ECHO)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    when = termios.TCSADRAIN if shown else termios.TCSAFLUSH
    termios.tcsetattr(descriptor, when, mode)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, when, before)


def can_take_long_lines(descriptor: int) -> bool:
    """Whether this is a terminal whose lines can be read so."""
    return sys.platform != "win32" and os.isatty(descriptor)


def ask_unseen(prompt: str, whole: Callable[[str], bool]) -> str | None:
    """What is typed or pasted on the terminal without being shown, until it is `whole`; None where
    there is no terminal that can do it. Raises `EOFError`."""
    if sys.platform == "win32":
        return None
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    try:
        editor = LineEditor(lambda _: None)
        with long_lines(descriptor, shown=False):
            os.write(descriptor, prompt.encode("utf-8", "replace"))
            while not editor.ended:
                select.select([descriptor], [], [])
                data = os.read(descriptor, 65_536)
                editor.feed(data)
                text = editor.typed.decode("utf-8", "surrogateescape").removesuffix("\n")
                if not data or (editor.typed and whole(text)):
                    break
        os.write(descriptor, b"\n")
    finally:
        os.close(descriptor)
    if not editor.typed:
        raise EOFError
    return editor.typed.decode("utf-8", "surrogateescape").removesuffix("\n")
