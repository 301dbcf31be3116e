"""What somebody agreed to on this machine, as digests.

A copied data directory has agreed to nothing.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard import files
from smtpwizard.files import DamagedContent

if TYPE_CHECKING:
    from smtpwizard.storage import DataDirectory


def read_approved(data: DataDirectory) -> set[str]:
    """The digests; none where the file cannot be read."""
    try:
        document = files.read_object(_path(data)) or {}
    except (OSError, DamagedContent):
        return set()
    found = document.get("approved")
    return (
        {entry for entry in found if isinstance(entry, str)} if isinstance(found, list) else set()
    )


def change_approved(data: DataDirectory, change: Callable[[set[str]], set[str]]) -> None:
    """Make `change` of the digests as they are now; raises `StorageError`."""
    with data.locked():
        document = {"schema": 1, "approved": sorted(change(read_approved(data)))}
        files.write_file(_path(data), files.encode_object(document))


def machine_name() -> str:
    """What belongs into each digest: this machine's own name for itself."""
    try:
        return Path("/etc/machine-id").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return platform.node()


def _path(data: DataDirectory) -> Path:
    return data.path / "approvals.json"
