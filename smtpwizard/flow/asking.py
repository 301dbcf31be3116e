"""What the wizard asks for on the page Authenticate, and what is known of a secret already.

Knows which fields and choices, not their words.
"""

from __future__ import annotations

from enum import StrEnum

from smtpwizard.flow.draft import CUSTOM, ConnectorDraft
from smtpwizard.model.registration import Redirect

_OAUTH = "authentication.oauth"


def asked_fields(draft: ConnectorDraft) -> frozenset[str]:
    """The fields of a registration that count with this provider and redirect, by dotted path.

    Those that every registration has are not among them.
    """
    rules = draft.family_rules()
    asked = {
        # The redirect URI follows from it.
        "project.domain": draft.redirect is Redirect.WEB
        and not draft.base_url
        and not draft.registered_redirect,
        f"{_OAUTH}.redirect_uri": draft.redirect is Redirect.WEB
        or bool(draft.redirect_uri_to_register()),
        f"{_OAUTH}.tenant": rules.has_tenants,
        f"{_OAUTH}.client_secret_expires": rules.secrets_expire
        and draft.has_secret("client_secret"),
        f"{_OAUTH}.publishing_status": rules.has_testing
        and draft.redirect in (Redirect.WEB, Redirect.LOOPBACK),
    }
    own = ("issuer", "authorization_endpoint", "token_endpoint", "scopes")
    asked |= {f"{_OAUTH}.{name}": draft.provider == CUSTOM for name in own}
    # Where a known provider needs one, there is an inspecting proxy, which shows when signing in.
    asked[f"{_OAUTH}.ca_file"] = draft.provider == CUSTOM or bool(draft.sign_in_ca_file)
    return frozenset(field for field, wanted in asked.items() if wanted)


def offered_redirects(draft: ConnectorDraft, *, device_code: bool) -> tuple[Redirect, ...]:
    """The ways back to offer where the provider has sign-in with a `device_code` or not; what is
    chosen stays offered."""
    return tuple(
        redirect
        for redirect in Redirect
        if redirect is not Redirect.DEVICE or device_code or draft.redirect is redirect
    )


class SecretState(StrEnum):
    """What an empty field for a secret means."""

    KEPT = "kept"
    FETCHED = "fetched"
    """A helper command answers it."""
    KEY_FILE = "key_file"
    """The whole key file of a service account is missing."""
    NEEDED = "needed"
    OPTIONAL = "optional"


def secret_state(draft: ConnectorDraft, kind: str) -> SecretState:
    """What is known of the `password` or `client_secret` as long as none is typed."""
    if kind in draft.kept_secrets:
        return SecretState.KEPT
    if draft.base is not None and draft.base.authentication.secret_command is not None:
        return SecretState.FETCHED
    if kind == "client_secret" and draft.secret_is_a_file():
        return SecretState.KEY_FILE
    needed = kind == "password" or draft.needs_client_secret()
    return SecretState.NEEDED if needed else SecretState.OPTIONAL
