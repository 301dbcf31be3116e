"""Whether a standard stream is a terminal, and what it can show."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person is at this stream."""
    with suppress(ValueError, AttributeError, OSError):
        # Windows calls every character device a terminal, NUL too: nobody is there.
        return stream is not None and stream.isatty() and _is_console(stream)
    return False


def takes_escapes(stream: IO[str] | None) -> bool:
    """Whether colours and lines that replace each other show as such on this stream."""
    with suppress(ValueError, AttributeError, OSError):
        return stream is not None and is_terminal(stream) and _understands_escapes(stream)
    return False


def write_anything(stream: IO[str] | None) -> None:
    """See to it that whatever is written to this stream comes out.

    A character that is not in its set shows its number. On Windows, whose pipes and files would
    get the character set of programs from before Unicode, they get UTF-8; `PYTHONIOENCODING`
    still says otherwise.
    """
    encoding = None
    if sys.platform == "win32" and not is_terminal(stream):
        encoding = None if os.environ.get("PYTHONIOENCODING") else "utf-8"
    with suppress(AttributeError, ValueError, OSError):
        stream.reconfigure(  # type: ignore[union-attr]
            encoding=encoding, errors="backslashreplace"
        )


if sys.platform == "win32":
    import ctypes
    import msvcrt

    _VIRTUAL_TERMINAL = 0x0004  # ENABLE_VIRTUAL_TERMINAL_PROCESSING

    def _mode(stream: IO[str]) -> tuple[int, int] | None:
        """The handle and the mode of a console; None where it is something else."""
        mode = ctypes.c_ulong()
        handle = msvcrt.get_osfhandle(stream.fileno())
        if not ctypes.windll.kernel32.GetConsoleMode(ctypes.c_void_p(handle), ctypes.byref(mode)):
            return None
        return handle, mode.value

    def _is_console(stream: IO[str]) -> bool:
        return _mode(stream) is not None

    def _understands_escapes(stream: IO[str]) -> bool:
        """Consoles print escapes as they are until they are told to follow them."""
        console = _mode(stream)
        if console is None:
            return False
        handle, mode = console
        wanted = ctypes.c_ulong(mode | _VIRTUAL_TERMINAL)
        return bool(mode & _VIRTUAL_TERMINAL) or bool(
            ctypes.windll.kernel32.SetConsoleMode(ctypes.c_void_p(handle), wanted)
        )

else:

    def _is_console(stream: IO[str]) -> bool:
        return True

    def _understands_escapes(stream: IO[str]) -> bool:
        return True
