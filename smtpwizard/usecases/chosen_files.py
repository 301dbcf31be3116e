"""Files that a user names: read as far as a limit, or written; what fails says why."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from smtpwizard.files import DamagedContent, read_file
from smtpwizard.model.errors import UsageError
from smtpwizard.model.misplaced import looks_like_a_secret
from smtpwizard.model.stage_failures import ConnectionFailed

# How long the writer of a pipe that is given for a file may take, seconds.
PIPE_S = 30.0
# How files begin that are no text and hold none to read, and what is said of them. The first is an
# Outlook message's, whose format is Microsoft's own.
_NO_TEXT: Mapping[bytes, str] = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "outlook_message",
    b"%PDF-": "file_is_pdf",
    b"\x89PNG\r\n\x1a\n": "file_is_picture",
    b"\xff\xd8\xff": "file_is_picture",
    b"GIF8": "file_is_picture",
    b"PK\x03\x04": "file_is_archive",
    b"\x1f\x8b": "file_is_archive",
    b"7z\xbc\xaf\x27\x1c": "file_is_archive",
    b"\x7fELF": "file_no_text",
}
# Of so much at the beginning, a text has hardly any control characters.
_LOOKED_AT = 4096
# The beginning of an email, whatever comes after it.
_FIELD = re.compile(rb"\s*[!-9;-~]+:[ \t]")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))


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


def refuse_no_text(data: bytes, path: Path) -> None:
    """Raises `UsageError` for a file that is no email and no text, by what it is: `file_empty`,
    `outlook_message`, `file_is_pdf`, `file_is_picture`, `file_is_archive`, `file_no_text`."""
    code = next((code for begin, code in _NO_TEXT.items() if data.startswith(begin)), None)
    head = data[:_LOOKED_AT]
    if not data.strip():
        code = "file_empty"
    elif code is None and not _is_wide(head) and not _FIELD.match(head):
        controls = len(head) - len(head.translate(None, _CONTROLS))
        code = "file_no_text" if controls * 10 > len(head) else None
    if code is not None:
        raise UsageError(code, field="file", path=str(path))


def _is_wide(head: bytes) -> bool:
    """Whether this begins a text in UTF-16 or UTF-32, which is half zeros."""
    encoding = json.detect_encoding(head)
    try:
        return not encoding.startswith("utf-8") and bool(head[: len(head) & ~3].decode(encoding))
    except UnicodeDecodeError:
        return False


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
