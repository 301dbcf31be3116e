"""Microsoft Entra: msal for every exchange, with the endpoints of the catalogue entry in force."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from smtpwizard.model.auth import Secret
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

# msal adds these itself and refuses to be given them.
_RESERVED_SCOPES = frozenset(("offline_access", "openid", "profile"))


class _Answer:
    """An HTTP answer made here: msal's discovery finds the pinned endpoints and no others."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.status_code = 200
        self.text = json.dumps(document)
        self.headers: dict[str, str] = {}

    def raise_for_status(self) -> None:
        return


class _PinnedHttp:
    """The session for msal; answers discovery from the catalogue instead of the network."""

    def __init__(self, session: requests.Session, configuration: Mapping[str, Any]) -> None:
        self._session = session
        self._configuration = configuration

    def get(self, url: str, **kwargs: Any) -> Any:
        if url.endswith("/.well-known/openid-configuration"):
            return _Answer(self._configuration)
        return self._session.get(url, allow_redirects=False, **kwargs)

    def post(self, url: str, **kwargs: Any) -> Any:
        return self._session.post(url, allow_redirects=False, **kwargs)

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
        self._issuer = issuer
        self._make_session = session
        place = tenant or "common"
        self._configuration: dict[str, str | None] = {
            "authorization_endpoint": _for_tenant(authorization_endpoint, place),
            "token_endpoint": _for_tenant(token_endpoint, place),
            "device_authorization_endpoint": (
                _for_tenant(device_authorization_endpoint, place)
                if device_authorization_endpoint
                else None
            ),
            "issuer": issuer,
        }
        self._tenant = place
        self.secret_not_wanted = False
        """True once Entra said that this registration is a public client (AADSTS700025)."""

    def _application(self) -> Any:
        import msal

        # Its debug lines hold codes and tokens, its warnings whole answers.
        logging.getLogger("msal").setLevel(logging.CRITICAL)
        from urllib.parse import urlsplit

        parts = urlsplit(str(self._configuration["token_endpoint"]))
        authority = f"{parts.scheme}://{parts.netloc}/{self._tenant}"
        http = _PinnedHttp(self._make_session(), self._configuration)
        # http is allowed for an authorization server on this machine only (the model checks
        # that); msal insists on https for the authority, which with pinned endpoints is a name.
        if parts.scheme == "http":
            authority = f"https://{parts.netloc}/{self._tenant}"
        common: dict[str, Any] = {
            "client_id": self._client_id,
            "authority": authority,
            "validate_authority": False,
            "instance_discovery": False,
            "http_client": http,
        }
        if self._client_secret is not None and not self.secret_not_wanted:
            return msal.ConfidentialClientApplication(
                client_credential=self._client_secret.reveal(), **common
            )
        return msal.PublicClientApplication(**common)

    def begin(
        self, redirect_uri: str, *, login_hint: str | None, state: str, form_post: bool = False
    ) -> AuthorizationRequest:
        """The authorization request with PKCE; `form_post` where our listener takes the answer."""
        with warnings.catch_warnings():
            # Query mode, which pasting an address back needs, is warned about.
            warnings.simplefilter("ignore")
            application = self._application()
            flow = application.initiate_auth_code_flow(
                self._scopes,
                redirect_uri=redirect_uri,
                state=state,
                prompt="select_account",
                login_hint=login_hint or None,
                response_mode="form_post" if form_post else "query",
            )
        return AuthorizationRequest(
            flow["auth_uri"], state, redirect_uri, None, context=(application, flow)
        )

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        """Exchange the code."""
        check_issuer(request, answer)
        raise_if_refused(answer)
        application, flow = request.context
        try:
            return self._exchange(application, flow, answer)
        except TokenError as error:
            if error.code != "token_secret_not_wanted" or self._client_secret is None:
                raise
        self.secret_not_wanted = True
        return self._exchange(self._application(), flow, answer)

    @staticmethod
    def _exchange(application: Any, flow: Any, answer: Mapping[str, str]) -> TokenSet:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _result(lambda: application.acquire_token_by_auth_code_flow(flow, dict(answer)))

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token, and usually a new refresh token that replaces the old one."""
        application = self._application()
        return _result(
            lambda: application.acquire_token_by_refresh_token(refresh_token.reveal(), self._scopes)
        )

    def begin_device(self) -> DeviceCode:
        """Device code, for public clients."""
        import msal

        application = self._application()
        if not isinstance(application, msal.PublicClientApplication):
            raise TokenError("token_device_needs_public_client")
        try:
            flow = application.initiate_device_flow(scopes=self._scopes)
        except ValueError:
            raise TokenError("token_device_unsupported") from None
        raise_if_refused(flow)
        return DeviceCode(
            user_code=str(flow["user_code"]),
            verification_uri=str(flow["verification_uri"]),
            verification_uri_complete=flow.get("verification_uri_complete"),
            expires_in=int(flow.get("expires_in", 900)),
            interval=int(flow.get("interval", 5)),
            context=(application, flow),
        )

    def poll_device(self, code: DeviceCode) -> TokenSet | None:
        """Ask once whether the user has finished."""
        application, flow = code.context
        try:
            return _result(
                lambda: application.acquire_token_by_device_flow(
                    flow, exit_condition=lambda _: True
                )
            )
        except TokenError as error:
            if error.facts.get("error") in ("authorization_pending", "slow_down"):
                return None
            raise

    def app_only(self) -> TokenSet:
        """Client credentials: the `.default` scope of the resource, a concrete tenant."""
        import msal

        if self._tenant in ("common", "organizations", "consumers"):
            raise TokenError("token_tenant_needed")
        application = self._application()
        if not isinstance(application, msal.ConfidentialClientApplication):
            raise TokenError("token_secret_needed", error="invalid_client", description="")
        return _result(lambda: application.acquire_token_for_client(app_scopes(self._scopes)))


def _result(acquire: Callable[[], Any]) -> TokenSet:
    """What msal answers as tokens; what it raises as ours."""
    from msal.exceptions import MsalError

    try:
        return token_set(acquire())
    except MsalError:
        raise TokenError("token_server_unavailable") from None
    except ValueError:
        # Nonce or state of msal's own did not fit, or the answer was no JSON.
        raise TokenError("token_refused", error="invalid_response", description="") from None


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
