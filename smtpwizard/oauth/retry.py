"""Calls to an authorization server: abandoned on cancel, repeated where it only said "not now"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.net.http import call

if TYPE_CHECKING:
    from smtpwizard.net.cancel import CancelToken, Deadline

T = TypeVar("T")

# Seconds before the next attempt; after the last one the answer stands.
PAUSES = (0.5, 1.5)
LONGEST_PAUSE_S = 10.0


def call_with_retry(
    work: Callable[[], T],
    *,
    host: str,
    token: CancelToken,
    deadline: Deadline,
) -> T:
    """The result of `work`; 429 and 5xx are tried again after a pause, nothing else is.

    Raises what `work` raises, `HttpError`, `Cancelled`, `DeadlineExceeded`.
    """
    for pause in (*PAUSES, None):
        deadline.remaining()
        try:
            return call(work, host=host, token=token, deadline=deadline)
        except SmtpWizardError as error:
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
