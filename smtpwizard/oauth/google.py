"""Google: google-auth-oauthlib for the authorization request and exchange, google-auth for
refreshing and for service accounts. Never its own local server.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.oauth.tokens import (
    AuthorizationRequest,
    DeviceCode,
    TokenError,
    TokenSet,
    check_issuer,
    raise_if_refused,
    token_set,
)

if TYPE_CHECKING:
    import requests

CLIENT_JSON_CAP = 64_000


class ClientJsonError(SmtpWizardError):
    """A client JSON that cannot be used: `client_json_too_large`, `client_json_unreadable`,
    `client_json_kind`, `client_json_endpoint` (fact `endpoint`)."""


def read_client_json(
    data: bytes, *, authorization_endpoint: str, token_endpoint: str
) -> dict[str, Any]:
    """What the console's download holds: `kind` (desktop, web, service_account), `client_id`,
    `client_secret` or `key` (as `Secret`), `redirect_uris`.

    Its endpoints must be those of the catalogue entry in force (or Google's older spellings of
    them): a doctored file would send code and secret to somebody else.
    """
    if len(data) > CLIENT_JSON_CAP:
        raise ClientJsonError("client_json_too_large")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ClientJsonError("client_json_unreadable") from None
    if not isinstance(document, dict):
        raise ClientJsonError("client_json_unreadable")
    if document.get("type") == "service_account":
        _pin(document.get("token_uri"), (token_endpoint, *_OLD_TOKEN))
        if not isinstance(document.get("private_key"), str):
            raise ClientJsonError("client_json_unreadable")
        return {
            "kind": "service_account",
            "client_id": str(document.get("client_id", "")),
            "key": Secret(data.decode("utf-8", "strict")),
        }
    kinds = [k for k in ("installed", "web") if isinstance(document.get(k), dict)]
    if len(kinds) != 1 or len(document) != 1:
        raise ClientJsonError("client_json_kind")
    client = document[kinds[0]]
    _pin(client.get("auth_uri"), (authorization_endpoint, *_OLD_AUTHORIZATION))
    _pin(client.get("token_uri"), (token_endpoint, *_OLD_TOKEN))
    secret = client.get("client_secret")
    identifier = client.get("client_id")
    if not isinstance(identifier, str) or not identifier:
        raise ClientJsonError("client_json_unreadable")
    redirects = client.get("redirect_uris")
    return {
        "kind": "desktop" if kinds[0] == "installed" else "web",
        "client_id": identifier,
        "client_secret": Secret(secret) if isinstance(secret, str) and secret else None,
        "redirect_uris": [str(u) for u in redirects] if isinstance(redirects, list) else [],
    }


_OLD_AUTHORIZATION = (
    "https://accounts.google.com/o/oauth2/auth",
    "https://accounts.google.com/o/oauth2/v2/auth",
)
_OLD_TOKEN = (
    "https://oauth2.googleapis.com/token",
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v3/token",
    "https://www.googleapis.com/oauth2/v4/token",
)


def _pin(endpoint: Any, allowed: tuple[str, ...]) -> None:
    if endpoint is not None and endpoint not in allowed:
        raise ClientJsonError("client_json_endpoint", endpoint=str(endpoint)[:200])


class GoogleClient:
    """One Google (or Google-shaped) app registration."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: Secret | None,
        authorization_endpoint: str,
        token_endpoint: str,
        scopes: tuple[str, ...],
        issuer: str | None,
        session: Callable[[], requests.Session],
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._authorization_endpoint = authorization_endpoint
        self._token_endpoint = token_endpoint
        self._scopes = scopes
        self._issuer = issuer
        self._make_session = session

    def _flow(self, redirect_uri: str, state: str) -> Any:
        from google_auth_oauthlib.flow import Flow

        config = {
            "web": {
                "client_id": self._client_id,
                # The library takes the key for granted.
                "client_secret": self._client_secret.reveal() if self._client_secret else "",
                "auth_uri": self._authorization_endpoint,
                "token_uri": self._token_endpoint,
            }
        }
        flow = Flow.from_client_config(
            config, scopes=["openid", "email", *self._scopes], redirect_uri=redirect_uri,
            state=state,
        )  # fmt: skip
        ours = self._make_session()
        theirs = flow.oauth2session
        theirs.trust_env = False
        theirs.proxies = ours.proxies
        theirs.adapters = ours.adapters
        theirs.headers["User-Agent"] = "smtpwizard"
        return flow

    def begin(
        self, redirect_uri: str, *, login_hint: str | None, state: str, form_post: bool = False
    ) -> AuthorizationRequest:
        """The authorization request: offline access, the account picker and consent forced."""
        flow = self._flow(redirect_uri, state)
        extra: dict[str, str] = {"login_hint": login_hint} if login_hint else {}
        url, _ = flow.authorization_url(
            access_type="offline", prompt="select_account consent", **extra
        )
        return AuthorizationRequest(url, state, redirect_uri, self._issuer, context=flow)

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        """Exchange the code; granted scopes fewer than asked come as a result, not an error."""
        check_issuer(request, answer)
        raise_if_refused(answer)
        from oauthlib.oauth2.rfc6749.errors import OAuth2Error

        flow = request.context
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                raw = flow.fetch_token(code=answer["code"], include_client_id=True)
        except Warning as warning:
            # The library raises "scope has changed" and hands the token along with it.
            raw = getattr(warning, "token", None)
            if raw is None:
                raise TokenError("token_refused", error="invalid_scope", description="") from None
        except OAuth2Error as error:
            raise_if_refused({"error": error.error, "error_description": error.description})
            raise TokenError("token_refused", error="unknown", description="") from None
        return token_set(dict(raw))

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token through google-auth."""
        from google.auth.exceptions import RefreshError, TransportError
        from google.auth.transport.requests import Request
        from google.oauth2.credentials import Credentials

        credentials = Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=refresh_token.reveal(),
            token_uri=self._token_endpoint,
            client_id=self._client_id,
            client_secret=self._client_secret.reveal() if self._client_secret else "",
        )
        return _refreshed(credentials, Request(self._make_session()), RefreshError, TransportError)

    def begin_device(self) -> DeviceCode:
        """Google grants the mail scope to no device flow."""
        raise TokenError("token_device_unsupported")

    def poll_device(self, code: DeviceCode) -> TokenSet | None:
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

    def begin(
        self, redirect_uri: str, *, login_hint: str | None, state: str, form_post: bool = False
    ) -> AuthorizationRequest:
        """A service account has no user who could sign in."""
        raise TokenError("token_no_user")

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        raise TokenError("token_no_user")

    def refresh(self, refresh_token: Secret) -> TokenSet:
        raise TokenError("token_no_user")

    def begin_device(self) -> DeviceCode:
        raise TokenError("token_no_user")

    def poll_device(self, code: DeviceCode) -> TokenSet | None:
        raise TokenError("token_no_user")

    def app_only(self) -> TokenSet:
        """A token for the mailbox, signed for with the account's key."""
        from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
        from google.auth.transport.requests import Request
        from google.oauth2 import service_account

        try:
            info = json.loads(self._key.reveal())
            info["token_uri"] = self._token_endpoint
            credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                info, scopes=list(self._scopes)
            ).with_subject(self._mailbox)
        except (ValueError, TypeError, KeyError, GoogleAuthError):
            raise TokenError("token_key_unusable") from None
        return _refreshed(credentials, Request(self._make_session()), RefreshError, TransportError)


def _refreshed(
    credentials: Any, request: Any, refused: type[Exception], unreachable: type[Exception]
) -> TokenSet:
    from smtpwizard.net.http import HttpError

    try:
        credentials.refresh(request)
    except refused as error:
        answer = error.args[1] if len(error.args) > 1 else {}
        if isinstance(answer, str):
            try:
                answer = json.loads(answer)
            except ValueError:
                answer = {}
        if isinstance(answer, Mapping):
            raise_if_refused(answer)
        raise TokenError("token_refused", error="refresh_failed", description="") from None
    except unreachable:
        raise HttpError("http_unreachable") from None
    except (TypeError, KeyError, AttributeError):
        # What came was no token answer, and the library took it for one.
        raise HttpError("http_not_json") from None
    granted = getattr(credentials, "granted_scopes", None)
    expiry = credentials.expiry
    from datetime import UTC

    return TokenSet(
        access_token=Secret(credentials.token),
        refresh_token=(
            Secret(credentials.refresh_token)
            if getattr(credentials, "refresh_token", None)
            else None
        ),
        expires_at=expiry.replace(tzinfo=UTC).timestamp() if expiry else 0.0,
        scopes=tuple(granted) if granted else None,
    )
