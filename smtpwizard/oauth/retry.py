"""Calls to an authorization server: abandoned on cancel, repeated where it only said "not now"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError

if TYPE_CHECKING:
    from smtpwizard.net.cancel import CancelToken, Deadline

T = TypeVar("T")

# Seconds before the next attempt; after the last one the answer stands.
PAUSES = (0.5, 1.5)
LONGEST_PAUSE_S = 10.0
_ANCHOR = 8


def call_with_retry(
    work: Callable[[], T],
    *,
    host: str,
    token: CancelToken,
    deadline: Deadline,
    hide: Iterable[Secret] = (),
) -> T:
    """The result of `work`; 429 and 5xx are tried again after a pause, nothing else is.

    `hide` are the secrets of the request: a server that echoes one in its words does not get it
    onto a screen. Raises what `work` raises, `HttpError`, `Cancelled`, `DeadlineExceeded`.
    """
    from smtpwizard.net.http import call

    for pause in (*PAUSES, None):
        deadline.remaining()
        try:
            return call(work, host=host, token=token, deadline=deadline)
        except SmtpWizardError as error:
            _clean(error, hide)
            if pause is None or not _only_later(error):
                raise
            later = error.facts.get("retry_after")
            pause = min(max(pause, float(later or 0)), LONGEST_PAUSE_S)
        token.wait(pause)
        token.raise_if_cancelled()
    raise AssertionError("the last attempt returns or raises")


def _only_later(error: SmtpWizardError) -> bool:
    if error.code == "token_server_unavailable":
        return True
    status = error.facts.get("status")
    return error.code == "http_status" and isinstance(status, int) and status >= 429


def _clean(error: SmtpWizardError, hide: Iterable[Secret]) -> None:
    for key in ("description", "error", "found"):
        text = error.facts.get(key)
        if isinstance(text, str):
            for secret in hide:
                if len(secret) >= _ANCHOR:
                    # Server's words are cut: the rest of the secret may be missing.
                    text = re.sub(re.escape(secret.reveal()[:_ANCHOR]) + r"\S*", "…", text)
            error.facts[key] = text
