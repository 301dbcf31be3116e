"""Secrets as they come in, read exactly."""

from __future__ import annotations

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import UsageError
from smtpwizard.model.secrets import MAX_GIVEN_BYTES, TextFlaw, text_flaw, without_line_end
from smtpwizard.model.texts import decode_text


def read_secret(data: bytes) -> Secret:
    """A secret as a stream brought it, one final LF or CRLF taken off, nothing else.

    Raises `UnicodeDecodeError`.
    """
    return Secret(without_line_end(data.decode("utf-8")))


def parse_secret(data: bytes, *, key: bool = False) -> Secret:
    """A secret from standard input, where it is a `key` a file in any Unicode; raises `UsageError`
    for one that cannot be used."""
    if len(data) > MAX_GIVEN_BYTES + 2:
        raise UsageError("secret_too_long", limit=MAX_GIVEN_BYTES)
    try:
        return check_secret(read_secret(decode_text(data).encode() if key else data))
    except UnicodeDecodeError:
        raise UsageError("secret_not_utf8") from None


def check_secret(secret: Secret) -> Secret:
    """The secret itself; raises `UsageError` for one whose text cannot be used."""
    flaw = text_flaw(secret, MAX_GIVEN_BYTES)
    if flaw is TextFlaw.EMPTY:
        raise UsageError("secret_not_given")
    if flaw is TextFlaw.TOO_LONG:
        raise UsageError("secret_too_long", limit=MAX_GIVEN_BYTES)
    if flaw is TextFlaw.NUL:
        raise UsageError("secret_has_nul")
    if flaw is not None:
        raise UsageError("secret_not_utf8")
    return secret
