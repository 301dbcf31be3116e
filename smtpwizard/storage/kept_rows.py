"""What was last listed of a project, some rows a line, so that a long list is there at once.

A cache: it says nothing that the connectors' files do not say, and without it they are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from smtpwizard import files
from smtpwizard.files import DamagedContent

MAX_BYTES = 64 * 1024 * 1024
# Rows that are read together: another thread waits no longer than that takes.
TOGETHER = 250


def read_kept(directory: Path, made_by: Sequence[str]) -> Iterator[Sequence[Any]]:
    """The kept rows; none where they were made by another version or of other rules, or where
    the file is not as it was written."""
    try:
        head, *lines = files.read_file(_path(directory), MAX_BYTES).splitlines()
        if json.loads(head) == list(made_by):
            for line in lines:
                rows = json.loads(line)
                if isinstance(rows, list):
                    yield from (row for row in rows if type(row) is list)
    except (OSError, DamagedContent, ValueError, RecursionError):
        return


def write_kept(directory: Path, made_by: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Keep these rows; raises `StorageError`."""
    parts = (rows[at : at + TOGETHER] for at in range(0, len(rows), TOGETHER))
    lines = [json.dumps(values, separators=(",", ":")) for values in (list(made_by), *parts)]
    files.write_file(_path(directory), "\n".join(lines).encode() + b"\n", synced=False)


def _path(directory: Path) -> Path:
    return directory / "list.lines"
