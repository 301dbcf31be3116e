"""Google: google-auth-oauthlib for the authorization request and exchange, google-auth for
refreshing and for service accounts. Never their local server, nor their transport, which would
look for client certificates of its own.
"""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.registration import Grant, Learned, OAuthRegistration, Redirect
from smtpwizard.net.http import HttpError
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
    check_issuer,
    raise_if_refused,
    tidied,
    token_set,
)

if TYPE_CHECKING:
    import requests

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
    def learned(self) -> Learned:
        return Learned()

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
    def learned(self) -> Learned:
        return Learned()

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
    return urlsplit(url).hostname or ""


def _make_client(
    endpoints: Endpoints, oauth: OAuthRegistration, secret: Secret | None, session: MakeSession
) -> GoogleClient | GenericClient:
    if not (endpoints.authorization and endpoints.token):
        return generic.make_client(endpoints, oauth, secret, session, _PARAMETERS)
    urls = (endpoints.authorization, endpoints.token)
    secure = all(url.startswith("https:") for url in urls)
    return (GoogleClient if secure else loopback_client)(
        client_id=oauth.client_id or "",
        client_secret=secret,
        authorization_endpoint=endpoints.authorization,
        token_endpoint=endpoints.token,
        scopes=endpoints.scopes,
        issuer=endpoints.issuer,
        session=session,
    )


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
