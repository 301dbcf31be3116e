"""The sign-in on screen as work on a thread, and what passes to and fro meanwhile.

Touches no widget; use cases are imported where the work runs.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpwizard.gui.tasks import Job
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.usecases.browser import open_in_browser

if TYPE_CHECKING:
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.registration import Redirect
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.oauth.signed_in import Progress, SignedIn
    from smtpwizard.usecases.sign_in import SignInFailure
    from smtpwizard.usecases.workspace import Workspace

# How often a wait for the user's answer looks whether it is over, seconds.
_LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class Complaint:
    """The address that was pasted is not the answer."""

    error: SmtpWizardError


@dataclass(frozen=True, slots=True)
class NoBrowser:
    """No browser could be started."""


class Answers:
    """Carries the final address from the window to the sign-in that waits for it."""

    def __init__(self) -> None:
        self._texts: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._end = float("inf")

    def give(self, text: str) -> None:
        self._texts.put(text)

    def until(self, seconds: float) -> None:
        """The wait is over `seconds` from now."""
        self._end = time.monotonic() + seconds

    def extend(self, seconds: float) -> None:
        self._end += seconds

    def read(self, token: CancelToken) -> str:
        """The next address; empty once the time is over. Raises `Cancelled`."""
        while True:
            token.raise_if_cancelled()
            try:
                return self._texts.get(timeout=_LOOK_S)
            except queue.Empty:
                if time.monotonic() >= self._end:
                    return ""


def sign_in(
    ws: Workspace,
    connector: Connector,
    secrets: Mapping[str, Secret],
    stored: StoredConnector | None,
    answers: Answers,
    job: Job,
    *,
    redirect: Redirect,
    force_picker: bool,
) -> SignedIn | SignInFailure:
    """Sign in with what is on screen; a client secret not typed comes from the store.

    Reports `Progress`, `Complaint` and `NoBrowser` on the way.
    """
    from smtpwizard.oauth.signed_in import Dialogue  # noqa: PLC0415 - on the job's own thread
    from smtpwizard.usecases import sign_in as use_case  # noqa: PLC0415 - on the job's own thread
    from smtpwizard.usecases.browser import when_given_up  # noqa: PLC0415 - on the job's own thread

    def show(progress: Progress) -> None:
        answers.until(progress.seconds)
        job.report(progress)

    def open_url(url: str) -> None:
        if not open_in_browser(url):
            job.report(NoBrowser())
        when_given_up(url, lambda: job.report(NoBrowser()))

    try:
        return use_case.sign_in(
            ws,
            connector,
            secrets=secrets,
            stored=stored,
            redirect=redirect,
            dialogue=Dialogue(
                show=show,
                open_url=open_url,
                read_answer=lambda: answers.read(job.token),
                complain=lambda error: job.report(Complaint(error)),
            ),
            token=job.token,
            force_picker=force_picker,
        )
    except SmtpWizardError as error:
        if not use_case.came_to_nothing(error):
            raise
        return use_case.failure_of(ws, connector, error, stored, secrets)
