"""What was last listed of a project, a line each, so that a long list is there at once.

A cache: it says nothing that the connectors' files do not say, and without it they are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from smtpwizard import files
from smtpwizard.files import DamagedContent

MAX_BYTES = 64 * 1024 * 1024


def read_kept(directory: Path, made_by: Sequence[str]) -> Iterator[Sequence[Any]]:
    """The kept lines; none where they were made by another version or of other rules, or where
    the file is not as it was written."""
    try:
        head, *lines = files.read_file(_path(directory), MAX_BYTES).splitlines()
        if json.loads(head) == list(made_by):
            for line in lines:
                values = json.loads(line)
                if isinstance(values, list):
                    yield values
    except (OSError, DamagedContent, ValueError, RecursionError):
        return


def write_kept(directory: Path, made_by: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Keep these lines; raises `StorageError`."""
    lines = [json.dumps(values, separators=(",", ":")) for values in (list(made_by), *rows)]
    files.write_file(_path(directory), "\n".join(lines).encode() + b"\n", synced=False)


def _path(directory: Path) -> Path:
    return directory / "list.lines"
