"""The work behind the sign-in on screen: what runs on a thread, and what passes to and fro.

Touches no widget; use cases are imported where the work runs.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpwizard.gui.tasks import Job
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError, SmtpWizardError

if TYPE_CHECKING:
    from pathlib import Path

    from smtpwizard.model.connector import Connector
    from smtpwizard.model.registration import Redirect
    from smtpwizard.model.report import Cause
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.usecases.sign_in import SignedIn
    from smtpwizard.usecases.workspace import StoredConnector, Workspace

# How often a wait for the user's answer looks whether it is over, seconds.
_LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class SignInFailure:
    """A sign-in that came to nothing, and what it may be down to."""

    error: SmtpWizardError
    causes: tuple[Cause, ...] = ()


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
    *,
    redirect: Redirect,
    force_picker: bool,
) -> Callable[[Job], SignedIn | SignInFailure]:
    """Sign in with what is on screen; a client secret not typed comes from the store.

    Reports `Progress`, `Complaint` and `NoBrowser` on the way.
    """

    def work(job: Job) -> SignedIn | SignInFailure:
        from smtpwizard.usecases import sign_in as use_case
        from smtpwizard.usecases.browser import open_in_browser

        def show(progress: use_case.Progress) -> None:
            answers.until(progress.seconds)
            job.report(progress)

        def open_url(url: str) -> None:
            if not open_in_browser(url):
                job.report(NoBrowser())

        try:
            return use_case.sign_in(
                ws,
                connector,
                secrets=secrets,
                stored=stored,
                redirect=redirect,
                show=show,
                open_url=open_url,
                read_answer=lambda: answers.read(job.token),
                complain=lambda error: job.report(Complaint(error)),
                token=job.token,
                force_picker=force_picker,
            )
        except (Cancelled, SecretStoreError):
            raise
        except SmtpWizardError as error:
            return SignInFailure(error, use_case.causes_of(ws, connector, error))

    return work


def keep(
    ws: Workspace, stored: StoredConnector, signed: SignedIn
) -> Callable[[Job], StoredConnector]:
    """Save a sign-in for a connector that is saved already."""

    def work(_: Job) -> StoredConnector:
        from smtpwizard.usecases.sign_in import keep_sign_in

        return keep_sign_in(ws, stored, signed)

    return work


def open_again(url: str) -> Callable[[Job], bool]:
    """Open an address in the browser; False where none could be started."""

    def work(_: Job) -> bool:
        from smtpwizard.usecases.browser import open_in_browser

        return open_in_browser(url)

    return work


def read_client_file(
    ws: Workspace, connector: Connector, path: Path
) -> Callable[[Job], tuple[Connector, dict[str, Secret]]]:
    """The connector with the registration that the console's JSON file describes."""

    def work(_: Job) -> tuple[Connector, dict[str, Secret]]:
        from smtpwizard.usecases.client_file import read_file, with_client_file

        return with_client_file(ws, connector, read_file(path))

    return work
