"""The log: one JSON line an event, for whoever has to find out later what happened.

Takes known facts by name and never free text, whoever logs; it must not hold a secret, and nothing
that goes wrong here may stop the program.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack

from smtpwizard.files import locked, make_private_directory, replace_file
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import StorageError

FILE_NAME = "smtpwizard.log"
MAX_BYTES = 2_000_000
GENERATIONS = 5
LOGGER = "smtpwizard"

# Whether one write of a line appends whole, whoever else is writing. Windows' C library looks for
# the end first, and what another program writes there meanwhile is lost: one at a time.
# https://learn.microsoft.com/cpp/c-runtime-library/reference/open-wopen (_O_APPEND)
APPENDS_WHOLE = sys.platform != "win32"
# How long to wait for that, seconds.
WAIT_S = 1.0


class Facts(TypedDict, total=False):
    """What an event may say: names, codes, numbers and places in code. Nothing else is written."""

    connector: str | None
    project: str
    program: str
    store: str
    revision: int
    code: str
    status: int | None
    ok: bool
    stage: str | None
    reply: int | None
    cause: str | None
    ms: int
    kind: str
    where: str
    logger: str
    level: str


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


class JsonLines(logging.Formatter):
    """A record as one line of JSON: the time (UTC), the process, the event and its facts.

    What a library logs is an event as well, of which only the place is told: its words and values
    may be anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        event, facts = "logged", _place_of(record)
        if record.name == LOGGER and isinstance(record.args, dict):
            event, facts = str(record.msg), record.args
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "pid": record.process,
            "event": event,
        }
        for name, value in facts.items():
            if name in Facts.__annotations__:
                line[name] = clean_text(value) if isinstance(value, str) else value
        return json.dumps(line)


def _place_of(record: logging.LogRecord) -> dict[str, object]:
    where = f"{record.module}:{record.lineno}"
    return {"logger": record.name, "level": record.levelname, "where": where}


class RotatingFile(logging.Handler):
    """Appends to a file (0600) in a directory that is made with the first record.

    Opens it for each one: `logging`'s own handlers keep it open, and go on writing into an old
    generation once another process has rotated.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._path = path
        self._max_bytes = max_bytes
        self.usable = True
        """False once a record could not be written."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode("ascii") + b"\n"
            make_private_directory(self._path.parent)
            if APPENDS_WHOLE and not self._is_full():
                self._append(line)
            else:
                # Another program that is rotating does it for both.
                with self._alone(0 if APPENDS_WHOLE else WAIT_S) as alone:
                    if alone and self._is_full():
                        self._rotate()
                    self._append(line)
        except OSError:
            self.usable = False
        else:
            self.usable = True

    def _append(self, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    @contextmanager
    def _alone(self, wait_s: float) -> Iterator[bool]:
        """Keep other programs out; False where one of them is there for longer than `wait_s`."""
        with ExitStack() as stack:
            alone = False
            with suppress(StorageError, OSError):
                lock = self._path.with_name(f".{FILE_NAME}.lock")
                stack.enter_context(locked(lock, timeout_s=wait_s))
                alone = True
            yield alone

    def _rotate(self) -> None:
        with suppress(OSError):
            for number in range(GENERATIONS - 1, 0, -1):
                with suppress(FileNotFoundError):
                    source = self._path if number == 1 else self._generation(number - 1)
                    replace_file(source, self._generation(number))

    def _is_full(self) -> bool:
        try:
            return self._path.stat().st_size >= self._max_bytes
        except FileNotFoundError:
            return False

    def _generation(self, number: int) -> Path:
        return self._path.with_name(f"{FILE_NAME}.{number}")


class EventLog:
    """The log of one program run, in `directory`; any library's logger may be given `handler`."""

    __slots__ = ("directory", "handler")

    def __init__(self, directory: Path, max_bytes: int = MAX_BYTES) -> None:
        self.directory = directory
        self.handler = RotatingFile(self.path, max_bytes)

    @property
    def path(self) -> Path:
        return self.directory / FILE_NAME

    def write(self, event: str, **facts: Unpack[Facts]) -> None:
        """One event with the time, this process and its facts; raises nothing."""
        self.handler.handle(logging.makeLogRecord({"name": LOGGER, "msg": event, "args": facts}))
