"""From a connector's app registration to the client that speaks for it, with pinned endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from smtpwizard.model.addresses import is_address, is_guid
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.families import RULES
from smtpwizard.model.odd_characters import odd_characters, without_odd_ends
from smtpwizard.model.registration import Family, Grant, OAuthRegistration, Redirect
from smtpwizard.model.token_facts import Expectation
from smtpwizard.net.http import Observer, make_session
from smtpwizard.oauth.dialects import (
    REDIRECT_FIELD,
    TENANT_FIELD,
    Endpoints,
    Finding,
    MakeSession,
)
from smtpwizard.oauth.families import dialect_of
from smtpwizard.oauth.tokens import AppClient, ProviderClient, TokenError

if TYPE_CHECKING:
    import requests

    from smtpwizard.providers import Catalogue, ProviderEntry


def entry_for(catalogue: Catalogue, connector: Connector) -> ProviderEntry | None:
    """The catalogue entry behind a connector's OAuth: its provider's, or another cloud's.

    `cloud` is an entry's id (`exchange_china`); `global` is the provider itself. Raises
    `UsageError` for a cloud that the catalogue does not know.
    """
    cloud = connector.authentication.oauth.cloud
    if not cloud or cloud == "global":
        return catalogue.get(connector.provider)
    entry = catalogue.get(cloud)
    if entry is None:
        raise UsageError("provider_unknown", field="authentication.oauth.cloud")
    return entry


def endpoints_for(
    catalogue: Catalogue, connector: Connector, authorities: tuple[str, ...] = ()
) -> Endpoints:
    """The endpoints in force: a known provider's are those of its entry and no others.

    `authorities` (PEM) are whom the project trusts; a CA file decides in their place. Raises
    `UsageError` (`field` says which) where a custom provider's are missing.
    """
    endpoints = _endpoints(catalogue, connector)
    return endpoints if endpoints.ca_file else replace(endpoints, authorities=authorities)


def _endpoints(catalogue: Catalogue, connector: Connector) -> Endpoints:
    oauth = connector.authentication.oauth
    entry = entry_for(catalogue, connector)
    if entry is not None and entry.has_sign_in:
        return Endpoints(
            entry.family,
            oauth.scopes or entry.scopes,
            entry.authorization_endpoint,
            entry.token_endpoint,
            entry.device_authorization_endpoint,
            entry.issuer,
            oauth.ca_file or entry.ca_file,
            _text(entry.more.get("app_role")),
            _text(entry.more.get("revocation_endpoint")),
        )
    app_only = oauth.grant is Grant.CLIENT_CREDENTIALS
    if not oauth.issuer and not (
        oauth.token_endpoint and (oauth.authorization_endpoint or app_only)
    ):
        raise UsageError("oauth_endpoints_missing", field="authentication.oauth.issuer")
    return Endpoints(
        Family.GENERIC,
        oauth.scopes,
        oauth.authorization_endpoint,
        oauth.token_endpoint,
        oauth.device_authorization_endpoint,
        oauth.issuer,
        oauth.ca_file,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def app_client(
    endpoints: Endpoints,
    connector: Connector,
    secrets: Mapping[str, Secret],
    observer: Observer | None = None,
) -> AppClient:
    """What gets tokens for a connector's application alone; makes no connection yet.

    `observer` is told of its requests. Raises `UsageError` for what is missing in the registration.
    """
    if connector.authentication.oauth.grant is not Grant.SERVICE_ACCOUNT:
        return provider_client(endpoints, connector, secrets, observer)
    from smtpwizard.oauth.google import ServiceAccount  # noqa: PLC0415 - its library is large

    key = secrets.get("client_secret")
    if not key:
        raise UsageError("required", field="authentication.client_secret")
    mailbox = connector.authentication.username
    if not mailbox:
        raise UsageError("required", field="authentication.username")
    return ServiceAccount(
        key=key,
        mailbox=mailbox,
        scopes=endpoints.scopes,
        token_endpoint=endpoints.token or "",
        session=_sessions(endpoints, observer),
    )


def session_for(endpoints: Endpoints, observer: Observer | None = None) -> requests.Session:
    """What speaks to these endpoints, and trusts whom they may be trusted by.

    `observer` is told of its requests. Raises `NetworkError` for an unusable CA file.
    """
    return make_session(endpoints.ca_file, observer, authorities=endpoints.authorities)


def _sessions(endpoints: Endpoints, observer: Observer | None) -> MakeSession:
    return partial(session_for, endpoints, observer)


def provider_client(
    endpoints: Endpoints,
    connector: Connector,
    secrets: Mapping[str, Secret],
    observer: Observer | None = None,
) -> ProviderClient:
    """The OAuth client for a connector's users; makes no connection yet.

    `observer` is told of its requests. Raises `UsageError` for what is missing in the registration,
    and `TokenError("token_user_unsupported")` for a service account.
    """
    oauth = connector.authentication.oauth
    if oauth.grant is Grant.SERVICE_ACCOUNT:
        raise TokenError("token_user_unsupported")
    secret = secrets.get("client_secret") or None
    if not oauth.client_id:
        raise UsageError("required", field="authentication.oauth.client_id")
    if oauth.public_client:
        secret = None
    return dialect_of(endpoints.family).make_client(
        endpoints, oauth, secret, _sessions(endpoints, observer)
    )


def expectation(endpoints: Endpoints, connector: Connector) -> Expectation:
    """What a token for this connector has to be."""
    oauth = connector.authentication.oauth
    usual = Expectation(
        scopes=tuple(
            s for s in endpoints.scopes if not s.endswith("/.default") and s not in _OPENID
        ),
        # An application alone is no account, and a service account acts for the mailbox.
        account=None if oauth.app_only else connector.authentication.username,
        tenant=oauth.tenant if is_guid(oauth.tenant or "") else None,
    )
    return dialect_of(endpoints.family).expects(endpoints, oauth, usual)


_OPENID = ("openid", "profile", "email", "offline_access")


def look_over_registration(
    catalogue: Catalogue, connector: Connector, secret: Secret | None, *, kept_secret: bool = False
) -> list[Finding]:
    """Mistakes that can be seen before the browser opens: `(field, code, facts)` each.

    They are warnings beside the field, not rules: `secret_is_a_guid`, `secret_has_spaces`,
    `secret_is_the_client_id`, `secret_is_a_document`, `secret_is_no_key_file`,
    `secret_missing_for_web`, `client_id_has_spaces`, `client_id_is_an_address`,
    `odd_characters`, `user_not_an_address`, `redirect_has_query`, and those of the family.
    `kept_secret`: the connector has one in the store. Raises `UsageError` for endpoints that are
    missing.
    """
    oauth = connector.authentication.oauth
    endpoints = endpoints_for(catalogue, connector)
    found = [
        *_look_at_secret(oauth, endpoints, secret, kept_secret),
        *_look_at_client_id(oauth),
        *_look_at_tenant(oauth),
        *_look_at_user(connector, endpoints),
        *_look_at_scopes(oauth, endpoints),
        *_look_at_redirect(oauth),
    ]
    # One word a field: what any registration has wrong comes first.
    said = {field for field, *_ in found if field != REDIRECT_FIELD}
    special = dialect_of(endpoints.family).findings(endpoints, oauth)
    return [*found, *(finding for finding in special if finding[0] not in said)]


_SECRET_FIELD = "authentication.client_secret"  # noqa: S105 - a field's name
_CLIENT_ID_FIELD = "authentication.oauth.client_id"


def _look_at_secret(
    oauth: OAuthRegistration, endpoints: Endpoints, secret: Secret | None, kept: bool
) -> Iterator[Finding]:
    text = secret.reveal() if secret else ""
    if oauth.grant is Grant.SERVICE_ACCOUNT:
        if text and not text.lstrip().startswith("{"):
            yield _SECRET_FIELD, "secret_is_no_key_file", {}
        return
    if text and text.strip() == (oauth.client_id or "").strip():
        yield _SECRET_FIELD, "secret_is_the_client_id", {}
    elif is_guid(text.strip()):
        yield _SECRET_FIELD, "secret_is_a_guid", {}
    elif text.lstrip().startswith("{"):
        yield _SECRET_FIELD, "secret_is_a_document", {}
    elif text != text.strip() or " " in text:
        yield _SECRET_FIELD, "secret_has_spaces", {}
    elif odd := odd_characters(text):
        yield _SECRET_FIELD, "odd_characters", {"odd": odd}
    confidential = oauth.redirect in (Redirect.WEB, Redirect.APP)
    if (
        not text
        and not kept
        and (confidential or RULES[endpoints.family].secret_always)
        and endpoints.family is not Family.GENERIC
        and oauth.redirect is not Redirect.DEVICE
        and not oauth.public_client
    ):
        yield _SECRET_FIELD, "secret_missing_for_web", {}


def _look_at_client_id(oauth: OAuthRegistration) -> Iterator[Finding]:
    client_id = oauth.client_id or ""
    if client_id != client_id.strip() or " " in client_id:
        yield _CLIENT_ID_FIELD, "client_id_has_spaces", {}
    elif odd := odd_characters(client_id):
        yield _CLIENT_ID_FIELD, "odd_characters", {"odd": odd}
    elif "@" in client_id:
        yield _CLIENT_ID_FIELD, "client_id_is_an_address", {}


def _look_at_tenant(oauth: OAuthRegistration) -> Iterator[Finding]:
    if odd := odd_characters(oauth.tenant or ""):
        yield TENANT_FIELD, "odd_characters", {"odd": odd}


def _look_at_user(connector: Connector, endpoints: Endpoints) -> Iterator[Finding]:
    # These providers know a mailbox by its address alone.
    user = without_odd_ends(connector.authentication.username or "")
    if endpoints.family is not Family.GENERIC and user and not is_address(user):
        yield "authentication.username", "user_not_an_address", {}


def _look_at_scopes(oauth: OAuthRegistration, endpoints: Endpoints) -> Iterator[Finding]:
    field = "authentication.oauth.scopes"
    if endpoints.family is Family.GENERIC:
        return
    for scope in endpoints.scopes:
        if _REFUSED_SCOPE.search(scope):
            yield field, "scope_refused_by_smtp", {"scope": scope}
        elif scope.endswith("SMTP.SendAsApp") or (
            not oauth.app_only and scope.endswith("/.default")
        ):
            yield field, "scope_app_only", {"scope": scope}


# Permissions for the providers' web APIs, which their submission servers do not take.
_REFUSED_SCOPE = re.compile(r"gmail\.(send|compose|modify)|graph\.microsoft\.|^Mail\.Send|^SMTP\.")


def _look_at_redirect(oauth: OAuthRegistration) -> Iterator[Finding]:
    uri = oauth.redirect_uri or ""
    if oauth.grant is Grant.AUTHORIZATION_CODE and ("?" in uri or "#" in uri):
        yield REDIRECT_FIELD, "redirect_has_query", {}
