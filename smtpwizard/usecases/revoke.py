"""Ending a sign-in at its provider (RFC 7009).

Only when asked: providers end more than the one token, so that others who use the same
registration with the same account have to sign in again.
"""

from __future__ import annotations

from smtpwizard.model.errors import DeadlineExceeded, SmtpWizardError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.http import call, post_form_status
from smtpwizard.oauth.generic import metadata_of
from smtpwizard.oauth.registrations import endpoints_for, session_for
from smtpwizard.usecases.access_tokens import client_secret_of
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.workspace import Workspace

SECONDS = 30.0


def revoke(ws: Workspace, stored: StoredConnector, token: CancelToken | None = None) -> bool:
    """Have the provider forget the refresh token; False where it did not or cannot.

    True as well where there is nothing to end. Raises `Cancelled`, `SecretStoreError`.
    """
    ref = stored.secrets.get("refresh_token")
    if ref is None:
        return True
    others = (c for c in ws.connectors().connectors if c.id != stored.id)
    if any(ref in other.secrets.values() for other in others):
        return True  # a copy of this connector goes on using it
    secret = client_secret_of(ws, stored, token=token)
    refresh = kept_secret(ws, stored, "refresh_token")
    assert refresh is not None  # there is a reference to it
    oauth = stored.connector.authentication.oauth
    form = {"token": refresh.reveal(), "token_type_hint": "refresh_token"}
    form["client_id"] = oauth.client_id or ""
    if secret is not None and not oauth.public_client:
        form["client_secret"] = secret.reveal()
    try:
        endpoints = endpoints_for(ws.catalogue, stored.connector, ws.authorities())

        def work() -> int | None:
            session = session_for(endpoints)
            endpoint = metadata_of(endpoints, session).revocation_endpoint
            return post_form_status(session, endpoint, form) if endpoint else None

        status = call(
            work, host=endpoints.host(), token=token or CancelToken(), deadline=Deadline(SECONDS)
        )
    except (SmtpWizardError, DeadlineExceeded) as error:
        if error.code == "cancelled":
            raise
        ws.log.write("sign_in_not_revoked", connector=stored.id, code=error.code)
        return False
    ws.log.write("sign_in_revoked", connector=stored.id, status=status)
    return status == 200
