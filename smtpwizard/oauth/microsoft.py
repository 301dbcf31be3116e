"""Microsoft Entra: msal for every exchange, with the endpoints of the catalogue entry in force."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtpwizard.model.addresses import is_guid
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
from smtpwizard.net.http import HttpError
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
    device_lifetime,
    poll_interval,
    raise_if_refused,
    tidied,
    token_set,
)

if TYPE_CHECKING:
    import requests

# msal adds these itself and refuses to be given them.
_RESERVED_SCOPES = frozenset(("offline_access", "openid", "profile"))


class _Answer:
    """An HTTP answer as msal reads it."""

    def __init__(self, document: Any, status: int = 200) -> None:
        self.status_code = status
        self.text = json.dumps(document)
        self.headers: dict[str, str] = {}

    def raise_for_status(self) -> None:
        return


class _PinnedHttp:
    """The session for msal; answers discovery from the catalogue instead of the network.

    msal takes no http for a token endpoint, not even on this machine: it is told https, and the
    real address is called.
    """

    def __init__(self, session: requests.Session, configuration: Mapping[str, Any]) -> None:
        self._session = session
        self._token_endpoint = str(configuration["token_endpoint"])
        self._told = "https:" + self._token_endpoint.partition(":")[2]
        self._configuration = {**configuration, "token_endpoint": self._told}

    def get(self, url: str, **kwargs: Any) -> Any:
        if url.endswith("/.well-known/openid-configuration"):
            return _Answer(self._configuration)
        return self._session.get(url, allow_redirects=False, **kwargs)

    def post(self, url: str, **kwargs: Any) -> Any:
        real = self._token_endpoint if url == self._told else url
        response = self._session.post(real, allow_redirects=False, **kwargs)
        try:
            answer = json.loads(response.content)
        except (ValueError, RecursionError):
            raise HttpError("http_not_json", host=urlsplit(real).hostname) from None
        return _Answer(tidied(answer), response.status_code)

    def close(self) -> None:
        self._session.close()


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
        self._scopes = [s for s in scopes if s not in _RESERVED_SCOPES]
        # A multi-tenant issuer is a pattern, not a name.
        self._issuer = issuer if issuer and "{" not in issuer else None
        self._make_session = session
        self._tenant = tenant or _tenant_of(token_endpoint)
        self._configuration: dict[str, str | None] = {
            "authorization_endpoint": _for_tenant(authorization_endpoint, self._tenant),
            "token_endpoint": _for_tenant(token_endpoint, self._tenant),
            "device_authorization_endpoint": (
                _for_tenant(device_authorization_endpoint, self._tenant)
                if device_authorization_endpoint
                else None
            ),
            "issuer": issuer,
        }
        self._secret_not_wanted = False

    @property
    def learned(self) -> Learned:
        return Learned(public_client=True) if self._secret_not_wanted else Learned()

    def _application(self, *, public: bool = False) -> Any:
        import msal

        parts = urlsplit(str(self._configuration["token_endpoint"]))
        # With pinned endpoints the authority is only a name.
        common: dict[str, Any] = {
            "client_id": self._client_id,
            "authority": f"https://{parts.netloc}/{self._tenant}",
            "validate_authority": False,
            "instance_discovery": False,
            "http_client": _PinnedHttp(self._make_session(), self._configuration),
        }
        if self._client_secret is None or self._secret_not_wanted or public:
            return msal.PublicClientApplication(**common)
        return msal.ConfidentialClientApplication(
            client_credential=self._client_secret.reveal(), **common
        )

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
        application = self._application()
        with warnings.catch_warnings():
            # Query mode, which pasting an address back needs, is warned about.
            warnings.simplefilter("ignore")
            flow = application.initiate_auth_code_flow(
                self._scopes,
                redirect_uri=redirect_uri,
                state=state,
                prompt="select_account",
                login_hint=login_hint or None,
                response_mode="form_post" if form_post else "query",
            )
        return AuthorizationRequest(
            flow["auth_uri"], state, redirect_uri, self._issuer, context=(application, flow)
        )

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        """Exchange the code."""
        check_issuer(request, answer)
        raise_if_refused(answer)
        application, flow = request.context

        def exchange(application: Any) -> Any:
            return application.acquire_token_by_auth_code_flow(flow, dict(answer))

        return self._without_secret_if_not_wanted(application, exchange)

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token, and usually a new refresh token that replaces the old one."""

        def renew(application: Any) -> Any:
            return application.acquire_token_by_refresh_token(refresh_token.reveal(), self._scopes)

        return self._without_secret_if_not_wanted(self._application(), renew)

    def _without_secret_if_not_wanted(
        self, application: Any, acquire: Callable[[Any], Any]
    ) -> TokenSet:
        """Once more without the secret where Entra says that this is a public client."""
        try:
            return _result(lambda: acquire(application))
        except TokenError as error:
            if error.code != "token_secret_not_wanted" or self._client_secret is None:
                raise
        self._secret_not_wanted = True
        return _result(lambda: acquire(self._application()))

    def begin_device(self) -> DeviceCode:
        """Device code, which Entra has for public clients alone: the secret is not sent."""
        application = self._application(public=True)
        try:
            flow = application.initiate_device_flow(scopes=self._scopes)
        except ValueError:
            raise TokenError("token_device_unsupported") from None
        self._device_refused(flow)
        interval = poll_interval(flow.get("interval"))
        # The library asks as often as it can where a server says 0; the wait is the caller's here.
        flow["interval"] = 1
        try:
            return DeviceCode(
                user_code=str(flow["user_code"])[:100],
                verification_uri=str(flow["verification_uri"]),
                verification_uri_complete=flow.get("verification_uri_complete"),
                expires_in=device_lifetime(flow.get("expires_in")),
                interval=interval,
                context=(application, flow),
            )
        except (KeyError, ValueError, TypeError):
            raise TokenError("token_device_unsupported") from None

    def poll_device(self, code: DeviceCode) -> TokenSet:
        """Ask once for the tokens; while the user has not finished, this is an error."""
        application, flow = code.context

        def ask() -> Any:
            answer = application.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
            self._device_refused(answer)
            return answer

        return _result(ask)

    @staticmethod
    def _device_refused(answer: Mapping[str, Any]) -> None:
        try:
            raise_if_refused(answer)
        except TokenError as error:
            if error.code == "token_secret_needed":
                # Asked of a device flow, it means that public client flows are switched off.
                raise TokenError("token_device_needs_public_client", **error.facts) from None
            raise

    def app_only(self) -> TokenSet:
        """Client credentials: the `.default` scope of the resource, a concrete tenant."""
        if not names_one_tenant(self._tenant):
            raise TokenError("token_tenant_needed")
        if self._client_secret is None:
            raise TokenError("token_secret_needed", error="invalid_client", description="")
        application = self._application()
        return _result(lambda: application.acquire_token_for_client(app_scopes(self._scopes)))


def _result(acquire: Callable[[], Any]) -> TokenSet:
    """What msal answers as tokens; what it raises as ours."""
    from msal.exceptions import MsalError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return token_set(acquire())
    except MsalError:
        raise TokenError("token_server_unavailable") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        # Nonce or state of msal's own did not fit, or the answer was no JSON object.
        raise HttpError("http_not_json") from None


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
        yield CLIENT_ID_FIELD, code, {}
    if tenant and not _TENANT.fullmatch(tenant):
        yield TENANT_FIELD, "tenant_invalid", {}
    elif client_id and tenant.lower() == client_id.lower():
        yield TENANT_FIELD, "tenant_is_the_client_id", {}
    elif oauth.app_only and not names_one_tenant(tenant):
        yield TENANT_FIELD, "tenant_needed", {}
    if oauth.grant is Grant.AUTHORIZATION_CODE and urlsplit(oauth.redirect_uri or "").hostname in (
        "127.0.0.1",
        "::1",
    ):
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
