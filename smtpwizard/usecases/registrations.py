"""From a connector's app registration to the client that speaks for it, with pinned endpoints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    import requests

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

    def host(self) -> str:
        """The authorization server's name, for messages."""
        from urllib.parse import urlsplit

        return urlsplit(self.authorization or self.token or self.issuer or "").hostname or ""


def endpoints_for(ws: Workspace, connector: Connector) -> Endpoints:
    """The endpoints in force: a known provider's are those of its entry and no others.

    Raises `UsageError` (`field` says which) where a custom provider's are missing.
    """
    oauth = connector.authentication.oauth
    entry = ws.catalogue.get(connector.provider)
    if oauth.cloud:
        entry = ws.catalogue.get(oauth.cloud)
        if entry is None:
            raise UsageError("provider_unknown", field="authentication.oauth.cloud")
    if entry is not None and (entry.token_endpoint or entry.issuer):
        return Endpoints(
            entry.family,
            oauth.scopes or entry.scopes,
            entry.authorization_endpoint,
            entry.token_endpoint,
            entry.device_authorization_endpoint,
            entry.issuer,
            entry.ca_file or oauth.ca_file,
        )
    if not oauth.issuer and not (oauth.authorization_endpoint and oauth.token_endpoint):
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


def provider_client(
    ws: Workspace, connector: Connector, secrets: Mapping[str, Secret]
) -> ProviderClient:
    """The OAuth client for a connector; makes no connection yet.

    Raises `UsageError` for what is missing in the registration.
    """
    endpoints = endpoints_for(ws, connector)
    oauth = connector.authentication.oauth
    secret = secrets.get("client_secret") or None
    if oauth.grant == "service_account":
        return _service_account(connector, endpoints, secret)
    if not oauth.client_id:
        raise UsageError("required", field="authentication.oauth.client_id")
    if oauth.extra.get("public_client") is True:
        secret = None

    def session() -> requests.Session:
        from smtpwizard.net.http import make_session

        return make_session(endpoints.ca_file)

    known = bool(endpoints.authorization and endpoints.token)
    if endpoints.family == "microsoft" and known:
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
        from smtpwizard.oauth.google import GoogleClient

        return GoogleClient(
            client_id=oauth.client_id,
            client_secret=secret,
            authorization_endpoint=endpoints.authorization or "",
            token_endpoint=endpoints.token or "",
            scopes=endpoints.scopes,
            issuer=endpoints.issuer,
            session=session,
        )
    from smtpwizard.oauth.generic import GenericClient, Metadata, discover

    def metadata(opened: requests.Session) -> Metadata:
        if endpoints.authorization and endpoints.token:
            return Metadata(
                endpoints.issuer,
                endpoints.authorization,
                endpoints.token,
                endpoints.device,
                ("client_secret_post", "client_secret_basic")
                if oauth.extra.get("token_auth") == "post"
                else ("client_secret_basic",),
            )
        return discover(opened, endpoints.issuer or "")

    return GenericClient(
        client_id=oauth.client_id,
        client_secret=secret,
        metadata=metadata,
        scopes=endpoints.scopes,
        session=session,
    )


def _service_account(
    connector: Connector, endpoints: Endpoints, key: Secret | None
) -> ProviderClient:
    from smtpwizard.oauth.google import ServiceAccount

    if key is None:
        raise UsageError("required", field="authentication.client_secret")
    mailbox = connector.authentication.username
    if not mailbox:
        raise UsageError("required", field="authentication.username")

    def session() -> requests.Session:
        from smtpwizard.net.http import make_session

        return make_session(endpoints.ca_file)

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
    resources = tuple(s.rpartition("/")[0] for s in endpoints.scopes if s.startswith("https://"))
    audiences: tuple[str, ...] = ()
    if microsoft:
        audiences = tuple(dict.fromkeys((*resources, *_MICROSOFT_AUDIENCES)))
    tenant = oauth.tenant if oauth.tenant and _GUID.fullmatch(oauth.tenant) else None
    return Expectation(
        scopes=tuple(
            s for s in endpoints.scopes if not s.endswith("/.default") and s not in _OPENID
        ),
        role=APP_ROLE if microsoft and oauth.grant == "client_credentials" else None,
        audiences=audiences,
        account=connector.authentication.username,
        tenant=tenant,
    )


_OPENID = ("openid", "profile", "email", "offline_access")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def look_over_registration(
    ws: Workspace, connector: Connector, secret: Secret | None
) -> list[tuple[str, str, dict[str, Any]]]:
    """Mistakes that can be seen before the browser opens: `(field, code, facts)` each.

    They are warnings beside the field, not rules: `secret_is_a_guid`, `secret_has_spaces`,
    `client_id_has_spaces`, `client_id_is_a_domain`, `client_id_not_a_guid`,
    `client_id_not_google`, `scope_refused_by_smtp`, `redirect_missing`.
    """
    oauth = connector.authentication.oauth
    endpoints = endpoints_for(ws, connector)
    found: list[tuple[str, str, dict[str, Any]]] = []
    text = secret.reveal() if secret else ""
    client_id = oauth.client_id or ""
    if text and _GUID.fullmatch(text.strip()):
        found.append(("authentication.client_secret", "secret_is_a_guid", {}))
    elif text != text.strip():
        found.append(("authentication.client_secret", "secret_has_spaces", {}))
    if client_id != client_id.strip() or " " in client_id:
        found.append(("authentication.oauth.client_id", "client_id_has_spaces", {}))
    elif endpoints.family == "microsoft" and client_id and not _GUID.fullmatch(client_id):
        code = "client_id_is_a_domain" if "." in client_id else "client_id_not_a_guid"
        found.append(("authentication.oauth.client_id", code, {}))
    elif (
        endpoints.family == "google"
        and client_id
        and endpoints.host().endswith("google.com")
        and not client_id.endswith(".apps.googleusercontent.com")
    ):
        found.append(("authentication.oauth.client_id", "client_id_not_google", {}))
    for scope in endpoints.scopes:
        if "gmail.send" in scope or "graph.microsoft.com" in scope or scope == "Mail.Send":
            found.append(("authentication.oauth.scopes", "scope_refused_by_smtp", {"scope": scope}))
    return found


def entry_for(ws: Workspace, connector: Connector) -> ProviderEntry | None:
    """The catalogue entry behind a connector's OAuth."""
    oauth = connector.authentication.oauth
    return ws.catalogue.get(oauth.cloud or connector.provider)
