"""Files that a user names: read as far as a limit, or written; what fails says why."""

from __future__ import annotations

from pathlib import Path

from smtpwizard.model.errors import UsageError


def read_chosen(path: Path, limit: int, field: str) -> bytes:
    """The file's bytes, one past `limit` at most, so that a longer one is known by its length.

    Raises `UsageError("file_unreadable")` for `field`, the argument that named it.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise _refused("file_unreadable", path, field, error) from None


def write_chosen(path: Path, content: bytes, field: str) -> None:
    """Write the file anew; raises `UsageError("file_unwritable")` for `field`."""
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        raise _refused("file_unwritable", path, field, error) from None


def _refused(code: str, path: Path, field: str, error: Exception) -> UsageError:
    # A name that no file can have raises `ValueError`.
    reason = getattr(error, "strerror", None) or "not a file name"
    return UsageError(code, field=field, path=str(path), reason=reason)
