"""The log: one JSON line an event, for whoever has to find out later what happened.

Takes facts by name only and never free text from a person; it must not hold a secret, and nothing
that goes wrong here may stop the program.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from smtpwizard.files import make_private_directory
from smtpwizard.model.addresses import clean_text

FILE_NAME = "smtpwizard.log"
MAX_BYTES = 2_000_000
GENERATIONS = 5

Fact = str | int | float | bool | None


def trace_of(error: BaseException) -> list[str]:
    """Where an unexpected error happened, innermost first: files, lines and functions of ours.

    No value and no message: both may hold anything a person typed.
    """
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        _, separator, path = f"/{code.co_filename}".replace("\\", "/").rpartition("/smtpwizard/")
        if separator:
            frames.append(f"smtpwizard/{path}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return frames[::-1]


class EventLog:
    """Appends to `smtpwizard.log` (0600) in a directory that is made with the first event."""

    __slots__ = ("_max_bytes", "directory", "usable")

    def __init__(self, directory: Path, max_bytes: int = MAX_BYTES) -> None:
        self.directory = directory
        self._max_bytes = max_bytes
        self.usable = True
        """False once an event could not be written."""

    @property
    def path(self) -> Path:
        return self.directory / FILE_NAME

    def write(self, event: str, **facts: Fact) -> None:
        """One event with the time (UTC), this process and its facts; raises nothing."""
        from datetime import UTC, datetime

        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "pid": os.getpid(),
            "event": event,
        }
        line |= {key: clean_text(v) if isinstance(v, str) else v for key, v in facts.items()}
        try:
            make_private_directory(self.directory)
            self._rotate()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(self.path, flags, 0o600)
            try:
                # One write of a line appends whole, whoever else is writing.
                os.write(descriptor, json.dumps(line).encode("ascii") + b"\n")
            finally:
                os.close(descriptor)
        except OSError:
            self.usable = False
        else:
            self.usable = True

    def _rotate(self) -> None:
        # Two processes may rotate at once: an old generation is then lost, never an event.
        try:
            if self.path.stat().st_size < self._max_bytes:
                return
        except FileNotFoundError:
            return
        for number in range(GENERATIONS - 1, 0, -1):
            with suppress(FileNotFoundError):
                source = self.path if number == 1 else self._generation(number - 1)
                os.replace(source, self._generation(number))

    def _generation(self, number: int) -> Path:
        return self.directory / f"{FILE_NAME}.{number}"
