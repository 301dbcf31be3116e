"""From a connector's app registration to the client that speaks for it, with pinned endpoints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, OAuthRegistration
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    import requests

    from smtpwizard.oauth.generic import Metadata
    from smtpwizard.oauth.tokens import Expectation, ProviderClient
    from smtpwizard.providers import ProviderEntry

APP_ROLE = "SMTP.SendAsApp"
_MICROSOFT_AUDIENCES = (
    "https://outlook.office.com",
    "https://outlook.office365.com",
    "00000002-0000-0ff1-ce00-000000000000",
)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a registration is used, and what is asked for there."""

    family: str
    scopes: tuple[str, ...]
    authorization: str | None = None
    token: str | None = None
    device: str | None = None
    issuer: str | None = None
    ca_file: str | None = None
    app_role: str | None = None
    revocation: str | None = None

    def host(self) -> str:
        """The authorization server's name, for messages."""
        return urlsplit(self.authorization or self.token or self.issuer or "").hostname or ""


def entry_for(ws: Workspace, connector: Connector) -> ProviderEntry | None:
    """The catalogue entry behind a connector's OAuth: its provider's, or another cloud's.

    `cloud` is an entry's id (`exchange_china`); `global` is the provider itself. Raises
    `UsageError` for a cloud that the catalogue does not know.
    """
    cloud = connector.authentication.oauth.cloud
    if not cloud or cloud == "global":
        return ws.catalogue.get(connector.provider)
    entry = ws.catalogue.get(cloud)
    if entry is None:
        raise UsageError("provider_unknown", field="authentication.oauth.cloud")
    return entry


def endpoints_for(ws: Workspace, connector: Connector) -> Endpoints:
    """The endpoints in force: a known provider's are those of its entry and no others.

    Raises `UsageError` (`field` says which) where a custom provider's are missing.
    """
    oauth = connector.authentication.oauth
    entry = entry_for(ws, connector)
    if entry is not None and (entry.token_endpoint or entry.issuer):
        return Endpoints(
            entry.family,
            oauth.scopes or entry.scopes,
            entry.authorization_endpoint,
            entry.token_endpoint,
            entry.device_authorization_endpoint,
            entry.issuer,
            entry.ca_file or oauth.ca_file,
            _text(entry.more.get("app_role")),
            _text(entry.more.get("revocation_endpoint")),
        )
    app_only = oauth.grant == "client_credentials"
    if not oauth.issuer and not (
        oauth.token_endpoint and (oauth.authorization_endpoint or app_only)
    ):
        raise UsageError("oauth_endpoints_missing", field="authentication.oauth.issuer")
    return Endpoints(
        "generic",
        oauth.scopes,
        oauth.authorization_endpoint,
        oauth.token_endpoint,
        oauth.device_authorization_endpoint,
        oauth.issuer,
        oauth.ca_file,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def provider_client(
    ws: Workspace, connector: Connector, secrets: Mapping[str, Secret]
) -> ProviderClient:
    """The OAuth client for a connector; makes no connection yet.

    Raises `UsageError` for what is missing in the registration.
    """
    endpoints = endpoints_for(ws, connector)
    oauth = connector.authentication.oauth
    secret = secrets.get("client_secret") or None

    def session() -> requests.Session:
        from smtpwizard.net.http import make_session

        return make_session(endpoints.ca_file)

    if oauth.grant == "service_account":
        return _service_account(connector, endpoints, secret, session)
    if not oauth.client_id:
        raise UsageError("required", field="authentication.oauth.client_id")
    if oauth.extra.get("public_client") is True:
        secret = None
    known = bool(endpoints.authorization and endpoints.token)
    if endpoints.family == "microsoft" and known:
        if oauth.tenant and not _TENANT.fullmatch(oauth.tenant):
            raise UsageError("tenant_invalid", field="authentication.oauth.tenant")
        from smtpwizard.oauth.microsoft import MicrosoftClient

        return MicrosoftClient(
            client_id=oauth.client_id,
            client_secret=secret,
            tenant=oauth.tenant,
            authorization_endpoint=endpoints.authorization or "",
            token_endpoint=endpoints.token or "",
            device_authorization_endpoint=endpoints.device,
            issuer=endpoints.issuer,
            scopes=endpoints.scopes,
            session=session,
        )
    if endpoints.family == "google" and known:
        from smtpwizard.oauth.google import GoogleClient, loopback_client

        secure = all(
            (url or "").startswith("https:") for url in (endpoints.authorization, endpoints.token)
        )
        return (GoogleClient if secure else loopback_client)(
            client_id=oauth.client_id,
            client_secret=secret,
            authorization_endpoint=endpoints.authorization or "",
            token_endpoint=endpoints.token or "",
            scopes=endpoints.scopes,
            issuer=endpoints.issuer,
            session=session,
        )
    from smtpwizard.oauth.generic import GenericClient

    return GenericClient(
        client_id=oauth.client_id,
        client_secret=secret,
        metadata=lambda opened: metadata_of(endpoints, opened),
        scopes=endpoints.scopes,
        session=session,
        parameters=_GOOGLE_PARAMETERS if endpoints.family == "google" else {},
        token_auth=_text(oauth.extra.get("token_auth")),
    )


_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_GOOGLE_PARAMETERS = {"access_type": "offline", "prompt": "select_account consent"}


def metadata_of(endpoints: Endpoints, opened: requests.Session) -> Metadata:
    """What is known of an authorization server: by hand, else from itself. May use the network."""
    from smtpwizard.oauth.generic import BASIC, POST, Metadata, discover

    if endpoints.token:
        return Metadata(
            endpoints.issuer,
            endpoints.authorization or "",
            endpoints.token,
            endpoints.device,
            (BASIC, POST),
            revocation_endpoint=endpoints.revocation,
        )
    return discover(opened, endpoints.issuer or "")


def _service_account(
    connector: Connector,
    endpoints: Endpoints,
    key: Secret | None,
    session: Callable[[], requests.Session],
) -> ProviderClient:
    from smtpwizard.oauth.google import ServiceAccount

    if key is None:
        raise UsageError("required", field="authentication.client_secret")
    mailbox = connector.authentication.username
    if not mailbox:
        raise UsageError("required", field="authentication.username")
    return ServiceAccount(
        key=key,
        mailbox=mailbox,
        scopes=endpoints.scopes,
        token_endpoint=endpoints.token or "",
        session=session,
    )


def expectation(endpoints: Endpoints, connector: Connector) -> Expectation:
    """What a token for this connector has to be."""
    from smtpwizard.oauth.tokens import Expectation

    oauth = connector.authentication.oauth
    microsoft = endpoints.family == "microsoft"
    app_only = oauth.grant == "client_credentials"
    resources = tuple(s.rpartition("/")[0] for s in endpoints.scopes if s.startswith("https://"))
    return Expectation(
        scopes=tuple(
            s for s in endpoints.scopes if not s.endswith("/.default") and s not in _OPENID
        ),
        role=(endpoints.app_role or APP_ROLE) if microsoft and app_only else None,
        audiences=tuple(dict.fromkeys((*resources, *_MICROSOFT_AUDIENCES))) if microsoft else (),
        # An application alone is no account, and a service account acts for the mailbox.
        account=connector.authentication.username if oauth.grant in _WITH_USER else None,
        tenant=oauth.tenant if oauth.tenant and GUID.fullmatch(oauth.tenant) else None,
        told_scopes=microsoft,
    )


_WITH_USER = ("authorization_code", "device_code")
_OPENID = ("openid", "profile", "email", "offline_access")
GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


Finding = tuple[str, str, dict[str, Any]]


def look_over_registration(
    ws: Workspace, connector: Connector, secret: Secret | None, *, kept_secret: bool = False
) -> list[Finding]:
    """Mistakes that can be seen before the browser opens: `(field, code, facts)` each.

    They are warnings beside the field, not rules: `secret_is_a_guid`, `secret_has_spaces`,
    `secret_is_the_client_id`, `secret_is_a_document`, `secret_is_no_key_file`,
    `secret_missing_for_web`, `client_id_has_spaces`,
    `client_id_is_a_domain`, `client_id_is_an_address`, `client_id_not_a_guid`,
    `client_id_not_google`, `tenant_invalid`, `tenant_is_the_client_id`, `tenant_needed`,
    `scope_refused_by_smtp`, `scope_app_only`, `redirect_has_query`, `redirect_needs_localhost`,
    `redirect_needs_web`, `redirect_needs_desktop`, `redirect_port_for_web`. `kept_secret`: the
    connector has one in the store. Raises `UsageError` for endpoints that are missing.
    """
    oauth = connector.authentication.oauth
    endpoints = endpoints_for(ws, connector)
    return [
        *_look_at_secret(oauth, endpoints, secret, kept_secret),
        *_look_at_client_id(oauth, endpoints),
        *_look_at_tenant(oauth, endpoints),
        *_look_at_scopes(oauth, endpoints),
        *_look_at_redirect(oauth, endpoints),
    ]


_SECRET_FIELD = "authentication.client_secret"  # noqa: S105 - a field's name
_CLIENT_ID_FIELD = "authentication.oauth.client_id"


def _look_at_secret(
    oauth: OAuthRegistration, endpoints: Endpoints, secret: Secret | None, kept: bool
) -> Iterator[Finding]:
    text = secret.reveal() if secret else ""
    if oauth.grant == "service_account":
        if text and not text.lstrip().startswith("{"):
            yield _SECRET_FIELD, "secret_is_no_key_file", {}
        return
    if text and text.strip() == (oauth.client_id or "").strip():
        yield _SECRET_FIELD, "secret_is_the_client_id", {}
    elif text and GUID.fullmatch(text.strip()):
        yield _SECRET_FIELD, "secret_is_a_guid", {}
    elif text.lstrip().startswith("{"):
        yield _SECRET_FIELD, "secret_is_a_document", {}
    elif text != text.strip() or " " in text:
        yield _SECRET_FIELD, "secret_has_spaces", {}
    web = bool(oauth.redirect_uri and urlsplit(oauth.redirect_uri).scheme == "https")
    needs_one = endpoints.family == "google" or web or oauth.grant == "client_credentials"
    if (
        not text
        and not kept
        and needs_one
        and endpoints.family != "generic"
        and oauth.grant != "device_code"
        and oauth.extra.get("public_client") is not True
    ):
        yield _SECRET_FIELD, "secret_missing_for_web", {}


def _look_at_client_id(oauth: OAuthRegistration, endpoints: Endpoints) -> Iterator[Finding]:
    client_id = oauth.client_id or ""
    if client_id != client_id.strip() or " " in client_id:
        yield _CLIENT_ID_FIELD, "client_id_has_spaces", {}
    elif "@" in client_id:
        yield _CLIENT_ID_FIELD, "client_id_is_an_address", {}
    elif endpoints.family == "microsoft" and client_id and not GUID.fullmatch(client_id):
        code = "client_id_is_a_domain" if "." in client_id else "client_id_not_a_guid"
        yield _CLIENT_ID_FIELD, code, {}
    elif (
        endpoints.family == "google"
        and client_id
        and endpoints.host().endswith("google.com")
        and oauth.grant != "service_account"
        and not client_id.endswith(".apps.googleusercontent.com")
    ):
        yield _CLIENT_ID_FIELD, "client_id_not_google", {}


def _look_at_tenant(oauth: OAuthRegistration, endpoints: Endpoints) -> Iterator[Finding]:
    tenant, field = oauth.tenant or "", "authentication.oauth.tenant"
    if endpoints.family != "microsoft":
        return
    if tenant and not _TENANT.fullmatch(tenant):
        yield field, "tenant_invalid", {}
    elif oauth.client_id and tenant.lower() == oauth.client_id.lower():
        yield field, "tenant_is_the_client_id", {}
    elif oauth.grant == "client_credentials" and tenant in ("", "common", "organizations"):
        yield field, "tenant_needed", {}


def _look_at_scopes(oauth: OAuthRegistration, endpoints: Endpoints) -> Iterator[Finding]:
    field = "authentication.oauth.scopes"
    if endpoints.family == "generic":
        return
    for scope in endpoints.scopes:
        if _REFUSED_SCOPE.search(scope):
            yield field, "scope_refused_by_smtp", {"scope": scope}
        elif scope.endswith("SMTP.SendAsApp") or (
            oauth.grant in _WITH_USER and scope.endswith("/.default")
        ):
            yield field, "scope_app_only", {"scope": scope}


# Permissions for the providers' web APIs, which their submission servers do not take.
_REFUSED_SCOPE = re.compile(r"gmail\.(send|compose|modify)|graph\.microsoft\.|^Mail\.Send|^SMTP\.")


def _look_at_redirect(oauth: OAuthRegistration, endpoints: Endpoints) -> Iterator[Finding]:
    field = "authentication.oauth.redirect_uri"
    if oauth.grant != "authorization_code":
        return
    if oauth.redirect_uri is None:
        if endpoints.family == "google" and oauth.extra.get("client_type") == "web":
            yield field, "redirect_needs_desktop", {}
        return
    parts = urlsplit(oauth.redirect_uri)
    loopback = parts.scheme == "http"
    if parts.query or parts.fragment:
        yield field, "redirect_has_query", {}
    if endpoints.family == "microsoft" and parts.hostname in ("127.0.0.1", "::1"):
        # The portal takes the name alone, and an IPv6 literal works nowhere in Entra.
        yield field, "redirect_needs_localhost", {}
    if endpoints.family == "google":
        if oauth.extra.get("client_type") == "desktop" and not loopback:
            yield field, "redirect_needs_web", {}
        elif oauth.extra.get("client_type") == "web" and loopback and parts.port is None:
            yield field, "redirect_port_for_web", {}
