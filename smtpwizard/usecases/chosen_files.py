"""Files that a user names: read as far as a limit, or written; what fails says why."""

from __future__ import annotations

import os
from pathlib import Path

from smtpwizard.files import DamagedContent, read_file
from smtpwizard.model.errors import UsageError
from smtpwizard.model.misplaced import looks_like_a_secret
from smtpwizard.model.stage_failures import ConnectionFailed

# How long the writer of a pipe that is given for a file may take, seconds.
PIPE_S = 30.0
# How an Outlook message begins, whose format is Microsoft's own.
_OUTLOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_chosen(path: Path, limit: int, field: str, *, too_large: str) -> bytes:
    """The bytes of a file, or of a pipe such as a shell makes of `<(command)`.

    Raises `UsageError` for `field`, the argument that named it: `file_unreadable`, and `too_large`
    past `limit` bytes.
    """
    try:
        return read_file(os.path.expanduser(path), limit, pipe_s=PIPE_S)
    except DamagedContent:
        raise UsageError(too_large, field=field, path=str(path), limit=limit) from None
    except (OSError, ValueError) as error:
        raise _refused("file_unreadable", path, field, error) from None


def refuse_outlook_format(data: bytes, path: Path) -> None:
    """Raises `UsageError("outlook_message")` for what Outlook saves in a format of its own."""
    if data.startswith(_OUTLOOK):
        raise UsageError("outlook_message", field="file", path=str(path))


def write_chosen(path: Path, content: bytes, field: str) -> None:
    """Write the file anew; raises `UsageError("file_unwritable")` for `field`."""
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        raise _refused("file_unwritable", path, field, error) from None


def write_new(path: Path, content: bytes, field: str) -> None:
    """Write a file that is not there yet; raises `UsageError` for `field`: `file_exists`,
    `file_unwritable`."""
    try:
        with open(path, "xb") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError("file_exists", field=field, path=str(path)) from None
    except (OSError, ValueError) as error:
        raise _refused("file_unwritable", path, field, error) from None


def whole_path(text: str, field: str) -> str:
    """The absolute path of a file that a command names from where it runs; `~` is a home folder.

    An absolute one is as it was given. Raises `UsageError` for `field` where the other is no file:
    `path_not_plain` (a file:// address, a variable), `path_not_found`, `secret_in_document`.
    """
    if Path(text).is_absolute():
        return text
    path = os.path.abspath(os.path.expanduser(text))
    if not os.path.isfile(path):
        if looks_like_a_secret(text):
            raise UsageError("secret_in_document", field=field)
        odd = text.lower().startswith("file:") or text[:1] in ("$", "%")
        raise UsageError("path_not_plain" if odd else "path_not_found", field=field, path=path)
    return path


def check_named(field: str, path: str) -> None:
    """Raise `UsageError` for `field` where the file there is not what a connector names it for."""
    from smtpwizard.net import tls  # noqa: PLC0415 - OpenSSL, where a connector names a file

    try:
        if field == "server.client_certificate":
            tls.check_client_certificate(path)
        else:
            tls.client_context(ca_file=path)
    except ConnectionFailed as failed:
        raise UsageError(failed.code, field=field, path=path) from None


def _refused(code: str, path: Path, field: str, error: Exception) -> UsageError:
    # A name that no file can have raises `ValueError`.
    reason = getattr(error, "strerror", None) or "not a file name"
    return UsageError(code, field=field, path=str(path), reason=reason)
