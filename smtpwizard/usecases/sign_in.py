"""Signing in for a connector: what it needs from the workspace, and what is kept of it.

`sign_in` saves nothing: what it answers is saved together with a new connector, or with
`keep_sign_in`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpwizard.diagnosis.facts import Fact
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, Method, registration_of
from smtpwizard.model.errors import (
    Cancelled,
    SecretStoreError,
    SmtpWizardError,
    StorageError,
    UsageError,
)
from smtpwizard.model.registration import Redirect, web_redirect_uri
from smtpwizard.model.report import STAGES, Report, Stage, StageResult, Status
from smtpwizard.model.secrets import odd_entries
from smtpwizard.model.stage_facts import AuthFacts, StageError, StageFailure, TokenProblem
from smtpwizard.model.stored import StoredConnector
from smtpwizard.oauth import registrations
from smtpwizard.oauth import sign_in as oauth
from smtpwizard.oauth.signed_in import Dialogue, SignedIn
from smtpwizard.usecases.access_tokens import client_secret_of
from smtpwizard.usecases.diagnose import causes_for_report
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.model.report import Cause
    from smtpwizard.net.cancel import CancelToken


def check_signs_in(connector: Connector) -> None:
    """Raise `UsageError("sign_in_not_used")` for a connector without OAuth."""
    if connector.authentication.method is not Method.OAUTH:
        raise UsageError("sign_in_not_used", field="authentication.method")


def web_redirect(ws: Workspace) -> str | None:
    """The project's web redirect, where its domain or base URL is known."""
    return web_redirect_uri(ws.project.domain, ws.project.base_url)


def redirect_to_register(
    ws: Workspace, connector: Connector, redirect: Redirect | None = None
) -> str | None:
    """The redirect URI exactly as the registration has to have it; None where none is needed.

    `redirect` takes the place of the registration's own. Raises `UsageError`.
    """
    return oauth.registered_redirect(
        registrations.endpoints_for(ws.catalogue, connector),
        connector,
        redirect or connector.authentication.oauth.redirect,
        web_redirect(ws),
    )


def look_over_registration(
    ws: Workspace, connector: Connector, secret: Secret | None, *, kept_secret: bool = False
) -> list[tuple[str, str, dict[str, object]]]:
    """Mistakes that can be seen before the browser opens: see `oauth.registrations`."""
    return registrations.look_over_registration(
        ws.catalogue, connector, secret, kept_secret=kept_secret
    )


def sign_in(
    ws: Workspace,
    connector: Connector,
    *,
    secrets: Mapping[str, Secret],
    stored: StoredConnector | None = None,
    dialogue: Dialogue,
    redirect: Redirect | None = None,
    token: CancelToken | None = None,
    force_picker: bool = False,
) -> SignedIn:
    """Run one sign-in to its end: see `oauth.sign_in.sign_in`.

    A client secret that is not among `secrets` comes from where `stored`, the connector being
    edited, keeps it. Raises `SecretStoreError` besides, and `UsageError("replay_signs_nobody_in")`.
    """
    if ws.recording is not None:
        raise UsageError("replay_signs_nobody_in")
    known = {kind: secret for kind, secret in secrets.items() if kind == "client_secret"}
    if not known and stored is not None:
        kept = client_secret_of(ws, stored, connector=connector, token=token)
        if kept is not None:
            known["client_secret"] = kept
    return oauth.sign_in(
        ws.catalogue,
        connector,
        secrets=known,
        project=oauth.OfProject(web_redirect(ws), ws.authorities()),
        dialogue=dialogue,
        redirect=redirect,
        token=token,
        force_picker=force_picker,
    )


def keep_sign_in(
    ws: Workspace,
    stored: StoredConnector,
    signed_in: SignedIn,
    *,
    secrets: Mapping[str, Secret] | None = None,
) -> StoredConnector:
    """Save what a sign-in for a stored connector has brought, and `secrets` typed for it.

    The connector may have been edited meanwhile, but not in what the sign-in was for. Raises
    `UsageError`, `StorageError` (`changed_elsewhere`), `SecretStoreError`.
    """
    now = ws.store.read(stored.id) or stored
    if registration_of(now.connector) != registration_of(stored.connector):
        now = stored  # and the save says that it was changed
    connector = _add_learned(now.connector, signed_in)
    typed = {**(secrets or {}), **signed_in.secrets}
    if typed or connector != now.connector:  # an application alone has nothing to keep
        now = save_connector(ws, connector, secrets=typed, stored=now)
    ws.log.write("signed_in", connector=now.id)
    return now


def _add_learned(connector: Connector, signed_in: SignedIn) -> Connector:
    """The connector with what the sign-in found out: about the registration, and the login where
    none was given."""
    authentication = connector.authentication
    return connector._replace(
        authentication=authentication._replace(
            username=authentication.username or signed_in.account,
            oauth=authentication.oauth.with_learned(signed_in.learned),
        ),
    )


@dataclass(frozen=True, slots=True)
class SignInFailure:
    """A sign-in that came to nothing at the provider or on the way back, and what it may be down
    to."""

    error: SmtpWizardError
    causes: tuple[Cause, ...] = ()


def came_to_nothing(error: SmtpWizardError) -> bool:
    """True where a sign-in was tried and failed; False where it was cancelled, could not begin as
    it stood, or the disk or a secret store failed."""
    return not isinstance(error, Cancelled | UsageError | SecretStoreError | StorageError)


def failure_of(
    ws: Workspace,
    connector: Connector,
    error: SmtpWizardError,
    stored: StoredConnector | None = None,
    secrets: Mapping[str, Secret] | None = None,
) -> SignInFailure:
    """What a sign-in for a connector (`stored`, where it is saved) ended with, noted in the log.

    `secrets` are those it was tried with, as far as they are known. What asked nobody, such as a
    field that cannot be read, is no diagnosis and has no causes.
    """
    ws.log.write("sign_in_failed", connector=stored.id if stored else None, code=error.code)
    causes = causes_of(ws, connector, error, secrets) if came_to_nothing(error) else ()
    return SignInFailure(error, causes)


def causes_of(
    ws: Workspace,
    connector: Connector,
    error: SmtpWizardError,
    secrets: Mapping[str, Secret] | None = None,
) -> tuple[Cause, ...]:
    """What a sign-in that failed may be down to, best first.

    As a verification would say it, but that nothing was stored that could have lapsed.
    """
    failed = StageResult(
        Stage.AUTH,
        Status.FAILED,
        facts=AuthFacts(token=TokenProblem(error.code, error.facts)),
        failure=StageFailure(StageError.TOKEN_MISSING),
    )
    stages = tuple(failed if stage is Stage.AUTH else StageResult(stage) for stage in STAGES)
    odd = odd_entries(connector, secrets)
    report = Report(False, connector.name, "", 0, stages, token_missing=True, odd=odd)
    entry = registrations.entry_for(ws.catalogue, connector)
    found = (Fact("found:signing_in"),)
    return causes_for_report(report, connector, entry, found, {"signing_in": True})
