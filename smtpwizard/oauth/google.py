"""Google: google-auth-oauthlib for the authorization request and exchange, google-auth for
refreshing and for service accounts. Never their local server, nor their transport, which would
look for client certificates of its own.
"""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.net.http import HttpError
from smtpwizard.oauth.generic import POST, GenericClient, Metadata
from smtpwizard.oauth.tokens import (
    AuthorizationRequest,
    DeviceCode,
    TokenError,
    TokenSet,
    check_issuer,
    raise_if_refused,
    tidied,
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
        text = data.decode("utf-8-sig")
        document = json.loads(text)
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
            "key": Secret(text),
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


OPENID = ("openid", "email")
# Offline access and a consent page are what brings a refresh token every time.
_PARAMETERS = {"access_type": "offline", "prompt": "select_account consent"}


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
        self._scopes = tuple(dict.fromkeys((*OPENID, *scopes)))
        self._issuer = issuer
        self._make_session = session

    @property
    def learned(self) -> Mapping[str, Any]:
        return {}

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
        ours = self._make_session()
        flow = Flow.from_client_config(
            config, scopes=list(self._scopes), redirect_uri=redirect_uri, state=state
        )
        theirs = flow.oauth2session
        theirs.trust_env = False
        theirs.proxies = ours.proxies
        theirs.adapters = ours.adapters
        theirs.headers.update(ours.headers)
        theirs.register_compliance_hook("access_token_response", _tidy)
        return flow

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
        extra = {**_PARAMETERS, "login_hint": login_hint} if login_hint else _PARAMETERS
        flow = self._flow(redirect_uri, state)
        url, _ = flow.authorization_url(**extra)
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
            if error.error == "missing_token":
                raise HttpError("http_not_json", host=_host(self._token_endpoint)) from None
            raise_if_refused({"error": error.error, "error_description": error.description})
            raise TokenError("token_refused", error="unknown", description="") from None
        except (ValueError, TypeError, AttributeError):
            # An answer in which nothing is of the kind it should be.
            raise HttpError("http_not_json", host=_host(self._token_endpoint)) from None
        return token_set(dict(raw))

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token through google-auth."""
        from google.oauth2.credentials import Credentials

        credentials = Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=refresh_token.reveal(),
            token_uri=self._token_endpoint,
            client_id=self._client_id,
            client_secret=self._client_secret.reveal() if self._client_secret else "",
        )
        return _refreshed(credentials, self._make_session(), _host(self._token_endpoint))

    def begin_device(self) -> DeviceCode:
        """Google grants the mail scope to no device flow."""
        raise TokenError("token_device_unsupported")

    def poll_device(self, code: DeviceCode) -> TokenSet:
        raise TokenError("token_device_unsupported")

    def app_only(self) -> TokenSet:
        """Only a service account acts without a user: see `ServiceAccount`."""
        raise TokenError("token_app_only_unsupported")


def _tidy(response: requests.Response) -> requests.Response:
    with contextlib.suppress(ValueError, RecursionError):
        response._content = json.dumps(tidied(json.loads(response.content))).encode()
    return response


def loopback_client(
    *,
    client_id: str,
    client_secret: Secret | None,
    authorization_endpoint: str,
    token_endpoint: str,
    scopes: tuple[str, ...],
    issuer: str | None,
    session: Callable[[], requests.Session],
) -> GenericClient:
    """The same requests for a Google-shaped server that speaks http on this machine.

    Google's libraries insist on https, and loosening that is for a whole process.
    """
    metadata = Metadata(issuer, authorization_endpoint, token_endpoint, token_auth_methods=(POST,))
    return GenericClient(
        client_id=client_id,
        client_secret=client_secret,
        metadata=lambda _: metadata,
        scopes=tuple(dict.fromkeys((*OPENID, *scopes))),
        session=session,
        parameters=_PARAMETERS,
    )


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
    def learned(self) -> Mapping[str, Any]:
        return {}

    def begin(
        self,
        redirect_uri: str,
        *,
        login_hint: str | None,
        state: str,
        form_post: bool = False,
        force_picker: bool = False,
    ) -> AuthorizationRequest:
        """A service account has no user who could sign in."""
        raise TokenError("token_user_unsupported")

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        raise TokenError("token_user_unsupported")

    def refresh(self, refresh_token: Secret) -> TokenSet:
        raise TokenError("token_user_unsupported")

    def begin_device(self) -> DeviceCode:
        raise TokenError("token_user_unsupported")

    def poll_device(self, code: DeviceCode) -> TokenSet:
        raise TokenError("token_user_unsupported")

    def app_only(self) -> TokenSet:
        """A token for the mailbox, signed for with the account's key."""
        from google.auth.exceptions import GoogleAuthError
        from google.oauth2 import service_account

        try:
            info = json.loads(self._key.reveal())
            info["token_uri"] = self._token_endpoint
            credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                info, scopes=list(self._scopes)
            ).with_subject(self._mailbox)
        except (ValueError, TypeError, KeyError, RecursionError, GoogleAuthError):
            raise TokenError("token_key_unusable") from None
        return _refreshed(credentials, self._make_session(), _host(self._token_endpoint))


class _Answer:
    """An HTTP answer as google-auth reads it."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.data = response.content


def _refreshed(credentials: Any, session: requests.Session, host: str) -> TokenSet:
    from google.auth.exceptions import GoogleAuthError

    answers: list[_Answer] = []

    def request(
        url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any
    ) -> _Answer:
        response = session.request(method, url, data=body, headers=headers, allow_redirects=False)
        answers.append(_Answer(response))
        return answers[-1]

    # What the library makes of odd answers differs; they are read here instead.
    with contextlib.suppress(
        GoogleAuthError, TypeError, KeyError, AttributeError, ValueError, OverflowError
    ):
        credentials.refresh(request)
    try:
        answer = json.loads(answers[-1].data) if answers else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise HttpError("http_not_json", host=host)
    return token_set(answer)


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).hostname or ""
