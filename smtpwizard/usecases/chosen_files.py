"""Files that a user names: read as far as a limit, or written; what fails says why."""

from __future__ import annotations

import os
from pathlib import Path

from smtpwizard.model.errors import UsageError
from smtpwizard.model.misplaced import looks_like_a_secret


def read_chosen(path: Path, limit: int, field: str) -> bytes:
    """The file's bytes, one past `limit` at most, so that a longer one is known by its length.

    Raises `UsageError("file_unreadable")` for `field`, the argument that named it.
    """
    try:
        with open(os.path.expanduser(path), "rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise _refused("file_unreadable", path, field, error) from None


def write_chosen(path: Path, content: bytes, field: str) -> None:
    """Write the file anew; raises `UsageError("file_unwritable")` for `field`."""
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        raise _refused("file_unwritable", path, field, error) from None


def whole_path(text: str, field: str) -> str:
    """The absolute path of a file that a command names from where it runs; `~` is a home folder.

    An absolute one is as it was given. Raises `UsageError` for `field` where the other is no file:
    `path_not_plain` (a file:// address, a variable), `path_not_found`, `secret_in_document`.
    """
    if os.path.isabs(text):
        return text
    path = os.path.abspath(os.path.expanduser(text))
    if not os.path.isfile(path):
        if looks_like_a_secret(text):
            raise UsageError("secret_in_document", field=field)
        odd = text.lower().startswith("file:") or text[:1] in ("$", "%")
        raise UsageError("path_not_plain" if odd else "path_not_found", field=field, path=path)
    return path


def _refused(code: str, path: Path, field: str, error: Exception) -> UsageError:
    # A name that no file can have raises `ValueError`.
    reason = getattr(error, "strerror", None) or "not a file name"
    return UsageError(code, field=field, path=str(path), reason=reason)
