"""The work behind the sign-in on screen: what runs on a thread, and what passes to and fro.

Touches no widget; use cases are imported where the work runs.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtpwizard.gui.tasks import Job
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError, SmtpWizardError

if TYPE_CHECKING:
    from pathlib import Path

    from smtpwizard.model.connector import Connector
    from smtpwizard.model.report import Cause
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.usecases.access_tokens import AccessTokens
    from smtpwizard.usecases.sign_in import SignedIn
    from smtpwizard.usecases.workspace import StoredConnector, Workspace

REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a kind, not a secret
# How often a wait for the user's answer looks whether it is over, seconds.
_LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact of a token: expected and found, `fits` None where nothing was expected or told."""

    what: str
    expected: str
    found: str
    fits: bool | None


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


@dataclass(eq=False, slots=True)
class HeldSignIn:
    """A finished sign-in of a connector that is not saved yet.

    A renewal may rotate the refresh token: `latest` is what has to be saved.
    """

    signed_in: SignedIn
    rows: tuple[FactRow, ...] = ()
    secrets: dict[str, Secret] = field(default_factory=dict, repr=False)

    def latest(self) -> dict[str, Secret]:
        """The refresh token as the authorization server has it now."""
        found = self.secrets.get(REFRESH_TOKEN)
        return {REFRESH_TOKEN: found} if found is not None else {}

    def source(self, ws: Workspace, connector: Connector, token: CancelToken) -> AccessTokens:
        """The tokens of this sign-in for a verification."""
        from smtpwizard.usecases.access_tokens import AccessTokens

        rotated = self.secrets.get(REFRESH_TOKEN) != self.signed_in.secrets.get(REFRESH_TOKEN)

        def keep(secret: Secret) -> None:
            self.secrets[REFRESH_TOKEN] = secret

        return AccessTokens(
            ws,
            connector,
            load=lambda: dict(self.secrets),
            keep=keep,
            lock_name=None,
            token=token,
            tokens=None if rotated else self.signed_in.tokens,
            patience_s=connector.server.timeout_s,
        )


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
    way: str,
    force_picker: bool,
) -> Callable[[Job], HeldSignIn | SignInFailure]:
    """Sign in with what is on screen; a client secret not typed comes from the store.

    `way` is a value of `Way`. Reports `Progress`, `Complaint` and `NoBrowser` on the way.
    """

    def work(job: Job) -> HeldSignIn | SignInFailure:
        from smtpwizard.usecases import sign_in as use_case
        from smtpwizard.usecases.access_tokens import client_secret_of
        from smtpwizard.usecases.browser import open_in_browser

        known = dict(secrets)
        if "client_secret" not in known and stored is not None:
            kept = client_secret_of(ws, stored, connector=connector, token=job.token)
            if kept is not None:
                known["client_secret"] = kept

        def show(progress: use_case.Progress) -> None:
            answers.until(progress.seconds)
            job.report(progress)

        def open_url(url: str) -> None:
            if not open_in_browser(url):
                job.report(NoBrowser())

        try:
            signed = use_case.sign_in(
                ws,
                connector,
                secrets=known,
                way=use_case.Way(way),
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
        rows = fact_rows(ws, connector, signed)
        return HeldSignIn(signed, rows, {**known, **signed.secrets})

    return work


def keep(
    ws: Workspace, stored: StoredConnector, held: HeldSignIn
) -> Callable[[Job], StoredConnector]:
    """Save a sign-in for a connector that is saved already."""

    def work(_: Job) -> StoredConnector:
        from smtpwizard.usecases.sign_in import keep_sign_in

        return keep_sign_in(ws, stored, held.signed_in)

    return work


def fact_rows(ws: Workspace, connector: Connector, signed: SignedIn) -> tuple[FactRow, ...]:
    """What the token was to be, beside what it is."""
    from smtpwizard.usecases.registrations import endpoints_for, expectation

    facts = signed.facts
    expected = expectation(endpoints_for(ws, connector), connector)
    wrong = {mismatch.what for mismatch in signed.mismatches}
    rows = []

    def add(what: str, wanted: str, found: str) -> None:
        fits = what not in wrong if wanted and found else None
        rows.append(FactRow(what, wanted, found, fits))

    if not facts.app_only:
        add("account", expected.account or "", facts.account or "")
    if expected.role is not None:
        add("role", expected.role, " ".join(facts.roles))
    else:
        add("scope", " ".join(expected.scopes), " ".join(facts.scopes))
    if expected.audiences:
        add("audience", expected.audiences[0], facts.audience or "")
    if expected.tenant or facts.tenant:
        add("tenant", expected.tenant or "", facts.tenant or "")
    if facts.expires_at or "clock" in wrong:
        rows.append(FactRow("expiry", "", facts.expires_at or "", "clock" not in wrong))
    return tuple(rows)


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
