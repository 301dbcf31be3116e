"""Google: google-auth-oauthlib writes the authorization request, google-auth signs for service
accounts. Neither speaks to a server.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.registration import Grant, Learned, OAuthRegistration, Redirect
from smtpwizard.net.http import post_form
from smtpwizard.oauth import generic
from smtpwizard.oauth.dialects import (
    CLIENT_ID_FIELD,
    REDIRECT_FIELD,
    Dialect,
    Endpoints,
    Finding,
    MakeSession,
)
from smtpwizard.oauth.generic import POST, GenericClient, Metadata
from smtpwizard.oauth.tokens import (
    AuthorizationRequest,
    DeviceCode,
    TokenError,
    TokenSet,
    token_set,
)

if TYPE_CHECKING:
    import requests

OPENID = ("openid", "email")
# Offline access and a consent page are what brings a refresh token every time.
_PARAMETERS = {"access_type": "offline", "prompt": "select_account consent"}
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_S = 3600  # an hour is the most that Google takes


class GoogleClient:
    """One Google (or Google-shaped) app registration."""

    def __init__(
        self,
        client: GenericClient,
        *,
        client_id: str,
        endpoints: Endpoints,
        scopes: tuple[str, ...],
    ) -> None:
        self._client = client
        self._client_id = client_id
        self._endpoints = endpoints
        self._scopes = scopes

    @property
    def learned(self) -> Learned:
        return self._client.learned

    def begin(
        self,
        redirect_uri: str,
        *,
        login_hint: str | None,
        state: str,
        form_post: bool = False,
        force_picker: bool = False,
    ) -> AuthorizationRequest:
        """The authorization request: offline access, the account picker and consent forced."""
        from google_auth_oauthlib.flow import Flow

        registration = {
            "client_id": self._client_id,
            "auth_uri": self._endpoints.authorization,
            "token_uri": self._endpoints.token,
        }
        flow = Flow.from_client_config(
            {"web": registration}, list(self._scopes), redirect_uri=redirect_uri, state=state
        )
        extra = {**_PARAMETERS, "login_hint": login_hint} if login_hint else _PARAMETERS
        url, _ = flow.authorization_url(**extra)
        context = (flow.code_verifier, None)
        return AuthorizationRequest(
            url, state, redirect_uri, self._endpoints.issuer, context=context
        )

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        """Exchange the code; granted scopes fewer than asked come as a result, not an error."""
        return self._client.finish(request, answer)

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token."""
        return self._client.refresh(refresh_token)

    def begin_device(self) -> DeviceCode:
        """Google grants the mail scope to no device flow."""
        raise TokenError("token_device_unsupported")

    def poll_device(self, code: DeviceCode) -> TokenSet:
        raise TokenError("token_device_unsupported")

    def app_only(self) -> TokenSet:
        """Only a service account acts without a user: see `ServiceAccount`."""
        raise TokenError("token_app_only_unsupported")


class ServiceAccount:
    """A Google service account with domain-wide delegation, acting for one mailbox."""

    def __init__(
        self,
        *,
        key: Secret,
        mailbox: str,
        scopes: tuple[str, ...],
        token_endpoint: str,
        session: Callable[[], requests.Session],
    ) -> None:
        self._key = key
        self._mailbox = mailbox
        self._scopes = scopes
        self._token_endpoint = token_endpoint
        self._make_session = session

    @property
    def learned(self) -> Learned:
        return Learned()

    def app_only(self) -> TokenSet:
        """A token for the mailbox, signed for with the account's key (RFC 7523 §2.1)."""
        form = {"grant_type": _JWT_GRANT, "assertion": self._assertion()}
        return token_set(post_form(self._make_session(), self._token_endpoint, form)[1])

    def _assertion(self) -> str:
        from google.auth import jwt
        from google.auth.exceptions import GoogleAuthError
        from google.oauth2.service_account import Credentials

        now = int(time.time())
        try:
            # A piped file may have its byte order mark with it: a secret is kept as it came.
            info = json.loads(self._key.reveal().removeprefix("\ufeff"))
            info["token_uri"] = self._token_endpoint  # not the file's to say
            account = Credentials.from_service_account_info(info)  # type: ignore[no-untyped-call]
            claims = {
                "iss": account.signer_email,
                "sub": self._mailbox,
                "scope": " ".join(self._scopes),
                "aud": self._token_endpoint,
                "iat": now,
                "exp": now + _ASSERTION_S,
            }
            signed: bytes = jwt.encode(account.signer, claims)  # type: ignore[no-untyped-call]
        except (ValueError, TypeError, KeyError, RecursionError, GoogleAuthError):
            raise TokenError("token_key_unusable") from None
        return signed.decode("ascii")


def _make_client(
    endpoints: Endpoints, oauth: OAuthRegistration, secret: Secret | None, session: MakeSession
) -> GoogleClient | GenericClient:
    if not (endpoints.authorization and endpoints.token):
        return generic.make_client(endpoints, oauth, secret, session, _PARAMETERS)
    metadata = Metadata(
        endpoints.issuer, endpoints.authorization, endpoints.token, token_auth_methods=(POST,)
    )
    client_id = oauth.client_id or ""
    scopes = tuple(dict.fromkeys((*OPENID, *endpoints.scopes)))
    client = GenericClient(
        client_id=client_id,
        client_secret=secret,
        metadata=lambda _: metadata,
        scopes=scopes,
        session=session,
        parameters=_PARAMETERS,
    )
    if endpoints.authorization.startswith("http:"):
        return client  # on this machine: Google's library insists on https
    return GoogleClient(client, client_id=client_id, endpoints=endpoints, scopes=scopes)


def _kind(oauth: OAuthRegistration, redirect: Redirect) -> str:
    if redirect is Redirect.APP:
        return "service_account"
    web = redirect is Redirect.WEB or oauth.redirect_uri or oauth.client_type == "web"
    return "web" if web else "desktop"


def _findings(endpoints: Endpoints, oauth: OAuthRegistration) -> Iterator[Finding]:
    if (
        oauth.client_id
        and endpoints.host().endswith("google.com")
        and oauth.grant is not Grant.SERVICE_ACCOUNT
        and not oauth.client_id.endswith(".apps.googleusercontent.com")
    ):
        yield CLIENT_ID_FIELD, "client_id_not_google", {}
    if oauth.grant is not Grant.AUTHORIZATION_CODE:
        return
    parts = urlsplit(oauth.redirect_uri or "")
    if oauth.redirect_uri is None:
        if oauth.client_type == "web":
            yield REDIRECT_FIELD, "redirect_needs_desktop", {}
    elif oauth.client_type == "desktop" and parts.scheme != "http":
        yield REDIRECT_FIELD, "redirect_needs_web", {}
    elif oauth.client_type == "web" and parts.scheme == "http" and parts.port is None:
        yield REDIRECT_FIELD, "redirect_port_for_web", {}


DIALECT = Dialect(_make_client, _kind, findings=_findings)
