"""Microsoft Entra: msal's OAuth client for every request, at the endpoints of the catalogue entry.

Never msal's application on top of it, which looks for endpoints by itself and keeps tokens.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from smtpwizard.model.addresses import is_guid, is_ip_literal, is_loopback
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import UsageError
from smtpwizard.model.registration import (
    Grant,
    Learned,
    OAuthRegistration,
    Redirect,
    names_one_tenant,
)
from smtpwizard.model.token_facts import Expectation
from smtpwizard.net.http import HttpError, read_json
from smtpwizard.oauth import generic
from smtpwizard.oauth.dialects import (
    CLIENT_ID_FIELD,
    REDIRECT_FIELD,
    TENANT_FIELD,
    Dialect,
    Endpoints,
    Finding,
    MakeSession,
)
from smtpwizard.oauth.tokens import (
    AuthorizationRequest,
    DeviceCode,
    TokenError,
    TokenSet,
    check_issuer,
    raise_if_refused,
    read_device,
    token_set,
)

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

# Who signed in, and for good; an application of its own is asked for none of them.
_USER_SCOPES = ("offline_access", "openid", "profile")


class MicrosoftClient:
    """One Entra app registration: confidential with a secret, public without.

    Endpoints may hold `{tenant}`; an entry's own `common` is replaced by the connector's tenant.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: Secret | None,
        tenant: str | None,
        authorization_endpoint: str,
        token_endpoint: str,
        device_authorization_endpoint: str | None,
        issuer: str | None,
        scopes: tuple[str, ...],
        session: Callable[[], requests.Session],
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._scopes = [s for s in scopes if s not in _USER_SCOPES]
        # A multi-tenant issuer is a pattern, not a name.
        self._issuer = issuer if issuer and "{" not in issuer else None
        self._make_session = session
        self._tenant = tenant or _tenant_of(token_endpoint)
        self._server = {
            name: _for_tenant(endpoint, self._tenant)
            for name, endpoint in (
                ("authorization_endpoint", authorization_endpoint),
                ("token_endpoint", token_endpoint),
                ("device_authorization_endpoint", device_authorization_endpoint),
            )
            if endpoint
        }
        self._secret_not_wanted = False
        self._last: requests.Response | None = None

    @property
    def learned(self) -> Learned:
        return Learned(public_client=True) if self._secret_not_wanted else Learned()

    def _client(self, *, public: bool = False) -> Any:
        """msal's client for the endpoints of the catalogue: without discovery and without cache."""
        from msal.oauth2cli import Client

        secret = None if public or self._secret_not_wanted else self._client_secret
        session = self._make_session()
        session.hooks["response"].append(self._remember)
        return Client(
            self._server,
            self._client_id,
            http_client=session,
            # Entra's pages show it in the form, not as HTTP Basic.
            default_body={"client_secret": secret.reveal()} if secret else None,
        )

    def _remember(self, response: requests.Response, **_: Any) -> None:
        self._last = response

    def _user_scopes(self) -> list[str]:
        return [*self._scopes, *_USER_SCOPES]

    def begin(
        self,
        redirect_uri: str,
        *,
        login_hint: str | None,
        state: str,
        form_post: bool = False,
        force_picker: bool = False,
    ) -> AuthorizationRequest:
        """The authorization request with PKCE; `form_post` where our listener takes the answer."""
        client = self._client()
        with warnings.catch_warnings():
            # Query mode, which pasting an address back needs, is warned about.
            warnings.simplefilter("ignore")
            flow = client.initiate_auth_code_flow(
                self._user_scopes(),
                redirect_uri=redirect_uri,
                state=state,
                prompt="select_account",
                login_hint=login_hint or None,
                response_mode="form_post" if form_post else "query",
            )
        return AuthorizationRequest(
            flow["auth_uri"], state, redirect_uri, self._issuer, context=(client, flow)
        )

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        """Exchange the code."""
        check_issuer(request, answer)
        raise_if_refused(answer)
        client, flow = request.context

        def exchange(client: Any) -> Any:
            return client.obtain_token_by_auth_code_flow(flow, dict(answer))

        tokens = self._without_secret_if_not_wanted(client, exchange)
        nonce = hashlib.sha256(flow["nonce"].encode("ascii")).hexdigest()
        if tokens.claims and tokens.claims.get("nonce") != nonce:
            raise TokenError("token_nonce_wrong")
        return tokens

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token, and usually a new refresh token that replaces the old one."""

        def renew(client: Any) -> Any:
            return client.obtain_token_by_refresh_token(
                refresh_token.reveal(), scope=self._user_scopes()
            )

        return self._without_secret_if_not_wanted(self._client(), renew)

    def _without_secret_if_not_wanted(self, client: Any, acquire: Callable[[Any], Any]) -> TokenSet:
        """Once more without the secret where Entra says that this is a public client."""
        try:
            return self._read_tokens(lambda: acquire(client))
        except TokenError as error:
            if error.code != "token_secret_not_wanted" or self._client_secret is None:
                raise
        self._secret_not_wanted = True
        return self._read_tokens(lambda: acquire(self._client()))

    def begin_device(self) -> DeviceCode:
        """Device code, which Entra has for public clients alone: the secret is not sent."""
        if "device_authorization_endpoint" not in self._server:
            raise TokenError("token_device_unsupported")
        client = self._client(public=True)
        try:
            flow = self._read(lambda: client.initiate_device_flow(scope=self._user_scopes()))
        except TokenError:
            # The library stumbles over lengths of time that are none; here they have bounds.
            flow = self._answer()
        try:
            device = read_device(flow)
        except TokenError as error:
            raise _of_a_device(error) from None
        return replace(device, context=(client, device.context))

    def poll_device(self, code: DeviceCode) -> TokenSet:
        """Ask once for the tokens; while the user has not finished, this is an error."""
        client, device_code = code.context
        # The wait in between is the caller's: the library's could not be cancelled.
        flow = {"device_code": device_code, "interval": 1}
        try:
            return self._read_tokens(
                lambda: client.obtain_token_by_device_flow(flow, exit_condition=lambda _: True)
            )
        except TokenError as error:
            raise _of_a_device(error) from None

    def app_only(self) -> TokenSet:
        """Client credentials: the `.default` scope of the resource, a concrete tenant."""
        if not names_one_tenant(self._tenant):
            raise TokenError("token_tenant_needed")
        if self._client_secret is None:
            raise TokenError("token_secret_needed", error="invalid_client", description="")
        client, scopes = self._client(), app_scopes(self._scopes)
        return self._read_tokens(lambda: client.obtain_token_for_client(scope=scopes))

    def _read_tokens(self, ask: Callable[[], Any]) -> TokenSet:
        """The tokens that come of a question; what the library stumbles over is read here, by the
        same rules as for every family."""
        try:
            answer = self._read(ask)
        except TokenError as error:
            if error.code != "token_malformed":
                raise
            answer = None
        return token_set(answer if isinstance(answer, dict) else self._answer())

    def _read(self, ask: Callable[[], T]) -> T:
        """What comes of a question; what msal raises about the answer as ours."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ask()
        except RecursionError:
            raise HttpError("http_not_json", host=self._host()) from None
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            answer = self._answer()  # raises where it is no JSON object
            raise_if_refused(answer)
            # One in which something is not of the kind it should be, such as the ID token.
            raise TokenError("token_malformed", token="id_token") from None  # noqa: S106 - a name
        except RuntimeError:
            raise TokenError("token_nonce_wrong") from None

    def _answer(self) -> dict[str, Any]:
        """The last answer as a JSON object, without the library's reading of it."""
        if self._last is None:
            raise HttpError("http_not_json", host=self._host())
        return read_json(self._last)

    def _host(self) -> str | None:
        return urlsplit(self._server["token_endpoint"]).hostname


def _of_a_device(error: TokenError) -> TokenError:
    """Asked of a device flow, a missing secret means that public client flows are switched off."""
    if error.code == "token_secret_needed":
        return TokenError("token_device_needs_public_client", **error.facts)
    return error


def app_scopes(scopes: list[str]) -> list[str]:
    """The app-only form of delegated scopes: `.default` of the same resource.

    Microsoft's page for SMTP asks for it at outlook.office365.com.
    """
    out: dict[str, None] = {}
    for scope in scopes:
        if scope.endswith("/.default"):
            out[scope] = None
        else:
            resource = scope.rpartition("/")[0]
            resource = resource.replace("//outlook.office.com", "//outlook.office365.com")
            out[f"{resource}/.default"] = None
    return list(out)


def _for_tenant(endpoint: str, tenant: str) -> str:
    if "{tenant}" in endpoint:
        return endpoint.replace("{tenant}", tenant)
    return endpoint.replace("/common/", f"/{tenant}/", 1)


def _tenant_of(endpoint: str) -> str:
    """The tenant that an endpoint names by itself (`…/consumers/oauth2/v2.0/token`)."""
    path = urlsplit(endpoint).path
    first = path.strip("/").partition("/")[0]
    return first if "/oauth2/" in path and first not in ("", "oauth2", "{tenant}") else "common"


APP_ROLE = "SMTP.SendAsApp"
_AUDIENCES = (
    "https://outlook.office.com",
    "https://outlook.office365.com",
    "00000002-0000-0ff1-ce00-000000000000",
)
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


def _make_client(
    endpoints: Endpoints, oauth: OAuthRegistration, secret: Secret | None, session: MakeSession
) -> MicrosoftClient | generic.GenericClient:
    if not (endpoints.authorization and endpoints.token):
        return generic.make_client(endpoints, oauth, secret, session)
    if oauth.tenant and not _TENANT.fullmatch(oauth.tenant):
        raise UsageError("tenant_invalid", field=TENANT_FIELD)
    return MicrosoftClient(
        client_id=oauth.client_id or "",
        client_secret=secret,
        tenant=oauth.tenant,
        authorization_endpoint=endpoints.authorization,
        token_endpoint=endpoints.token,
        device_authorization_endpoint=endpoints.device,
        issuer=endpoints.issuer,
        scopes=endpoints.scopes,
        session=session,
    )


def _kind(oauth: OAuthRegistration, redirect: Redirect) -> str:
    if redirect is Redirect.APP:
        return "app_only"
    if redirect is Redirect.DEVICE:
        return "device"
    return "public" if oauth.public_client else "web"


def _expects(endpoints: Endpoints, oauth: OAuthRegistration, usual: Expectation) -> Expectation:
    resources = (s.rpartition("/")[0] for s in endpoints.scopes if s.startswith("https://"))
    return replace(
        usual,
        role=(endpoints.app_role or APP_ROLE) if oauth.app_only else None,
        audiences=tuple(dict.fromkeys((*resources, *_AUDIENCES))),
        told_scopes=True,
    )


def _findings(endpoints: Endpoints, oauth: OAuthRegistration) -> Iterator[Finding]:
    client_id, tenant = oauth.client_id or "", oauth.tenant or ""
    if client_id and not is_guid(client_id):
        code = "client_id_is_a_domain" if "." in client_id else "client_id_not_a_guid"
        if client_id.endswith(".apps.googleusercontent.com"):
            code = "client_id_is_googles"
        yield CLIENT_ID_FIELD, code, {}
    if tenant and not _TENANT.fullmatch(tenant):
        yield TENANT_FIELD, "tenant_invalid", {}
    elif client_id and tenant.lower() == client_id.lower():
        yield TENANT_FIELD, "tenant_is_the_client_id", {}
    elif oauth.app_only and not names_one_tenant(tenant):
        yield TENANT_FIELD, "tenant_needed", {}
    host = urlsplit(oauth.redirect_uri or "").hostname or ""
    numeric = is_ip_literal(host) and is_loopback(host)
    if oauth.grant is Grant.AUTHORIZATION_CODE and numeric:
        # The portal takes the name alone, and an IPv6 literal works nowhere in Entra.
        yield REDIRECT_FIELD, "redirect_needs_localhost", {}


DIALECT = Dialect(
    _make_client,
    _kind,
    expects=_expects,
    findings=_findings,
    form_post=True,
    origins=("https://login.microsoftonline.com", "https://login.live.com"),
)
