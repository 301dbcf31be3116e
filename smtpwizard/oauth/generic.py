"""Any other provider: discovery (RFC 8414, OpenID), authorization code with PKCE, device code,
client credentials; four form POSTs and the checks around them.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import NetworkError, SmtpWizardError
from smtpwizard.net.http import HttpError, get_json, post_form
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


class DiscoveryError(SmtpWizardError):
    """An issuer whose metadata cannot be used: `discovery_failed`, `discovery_other_issuer`,
    `discovery_endpoint_invalid`."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an authorization server says of itself (RFC 8414 §2), as far as it matters here."""

    issuer: str | None
    authorization_endpoint: str
    token_endpoint: str
    device_authorization_endpoint: str | None = None
    token_auth_methods: tuple[str, ...] = ("client_secret_basic",)
    iss_parameter: bool = False


def well_known_urls(issuer: str) -> tuple[str, str]:
    """RFC 8414 puts the suffix between host and path, OpenID behind the path."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    oauth = urlunsplit(
        (parts.scheme, parts.netloc, f"/.well-known/oauth-authorization-server{path}", "", "")
    )
    oidc = urlunsplit(
        (parts.scheme, parts.netloc, f"{path}/.well-known/openid-configuration", "", "")
    )
    return oauth, oidc


def discover(session: requests.Session, issuer: str) -> Metadata:
    """The metadata of `issuer`, which must name itself exactly so; raises `DiscoveryError`."""
    failures: list[str] = []
    for url in well_known_urls(issuer):
        try:
            document = get_json(session, url)
        except HttpError as error:
            failures.append(error.code)
            continue
        return read_metadata(document, issuer)
    raise DiscoveryError("discovery_failed", issuer=issuer, why=failures[-1])


def read_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Checked metadata; raises `DiscoveryError`."""
    named = document.get("issuer")
    if named != issuer:
        raise DiscoveryError("discovery_other_issuer", expected=issuer, found=str(named)[:200])
    endpoints: dict[str, str | None] = {}
    for key in ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint"):
        value = document.get(key)
        if value is None and key.startswith("device"):
            endpoints[key] = None
        elif isinstance(value, str) and _acceptable(value):
            endpoints[key] = value
        else:
            raise DiscoveryError("discovery_endpoint_invalid", endpoint=key)
    methods = document.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=endpoints["authorization_endpoint"] or "",
        token_endpoint=endpoints["token_endpoint"] or "",
        device_authorization_endpoint=endpoints["device_authorization_endpoint"],
        token_auth_methods=(
            tuple(map(str, methods)) if isinstance(methods, list) else ("client_secret_basic",)
        ),
        iss_parameter=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _acceptable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.hostname) and parts.scheme in (("https", "http") if loopback else ("https",))


class GenericClient:
    """One app registration at any provider; PKCE S256 always."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: Secret | None,
        metadata: Callable[[requests.Session], Metadata],
        scopes: tuple[str, ...],
        session: Callable[[], requests.Session],
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._scopes = scopes
        self._make_session = session
        self._find_metadata = metadata
        self._session: requests.Session | None = None
        self._metadata: Metadata | None = None

    def _ready(self) -> tuple[requests.Session, Metadata]:
        if self._session is None or self._metadata is None:
            self._session = self._make_session()
            self._metadata = self._find_metadata(self._session)
        return self._session, self._metadata

    def begin(
        self, redirect_uri: str, *, login_hint: str | None, state: str, form_post: bool = False
    ) -> AuthorizationRequest:
        """The authorization request."""
        _, metadata = self._ready()
        verifier = secrets.token_urlsafe(64)
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._scopes),
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode("ascii").rstrip("="),
            "code_challenge_method": "S256",
        }
        if "openid" in self._scopes:
            parameters["nonce"] = secrets.token_urlsafe(16)
        if login_hint:
            parameters["login_hint"] = login_hint
        parts = urlsplit(metadata.authorization_endpoint)
        query = urlencode([*parse_qsl(parts.query), *parameters.items()])
        return AuthorizationRequest(
            urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")),
            state,
            redirect_uri,
            metadata.issuer,
            metadata.iss_parameter,
            context=(verifier, parameters.get("nonce")),
        )

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        """Exchange the code."""
        check_issuer(request, answer)
        raise_if_refused(answer)
        verifier, nonce = request.context
        tokens = self._token(
            {
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": request.redirect_uri,
                "code_verifier": verifier,
            }
        )
        if nonce is not None and tokens.claims and tokens.claims.get("nonce") != nonce:
            raise TokenError("token_refused", error="invalid_nonce", description="")
        return tokens

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token; the refresh token may be a new one."""
        return self._token({"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()})

    def begin_device(self) -> DeviceCode:
        """Device code (RFC 8628) where the server has it."""
        session, metadata = self._ready()
        if metadata.device_authorization_endpoint is None:
            raise TokenError("token_device_unsupported")
        form, basic = self._authenticated({"scope": " ".join(self._scopes)})
        _, flow = post_form(session, metadata.device_authorization_endpoint, form, basic=basic)
        raise_if_refused(flow)
        try:
            return DeviceCode(
                user_code=str(flow["user_code"])[:100],
                verification_uri=str(flow.get("verification_uri") or flow["verification_url"]),
                verification_uri_complete=flow.get("verification_uri_complete"),
                expires_in=int(flow.get("expires_in", 900)),
                interval=max(1, int(flow.get("interval", 5))),
                context=str(flow["device_code"]),
            )
        except (KeyError, ValueError, TypeError):
            raise TokenError("token_device_unsupported") from None

    def poll_device(self, code: DeviceCode) -> TokenSet | None:
        """Ask once whether the user has finished."""
        try:
            return self._token(
                {
                    "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                    "device_code": code.context,
                }
            )
        except TokenError as error:
            if error.facts.get("error") in ("authorization_pending", "slow_down"):
                return None
            raise

    def app_only(self) -> TokenSet:
        """Client credentials."""
        return self._token({"grant_type": "client_credentials", "scope": " ".join(self._scopes)})

    def _authenticated(self, form: dict[str, str]) -> tuple[dict[str, str], tuple[str, str] | None]:
        _, metadata = self._ready()
        if self._client_secret is None:
            return {**form, "client_id": self._client_id}, None
        secret = self._client_secret.reveal()
        if "client_secret_basic" in metadata.token_auth_methods:
            # RFC 6749 §2.3.1: both are form-encoded before they go into the header.
            return form, (quote_plus(self._client_id), quote_plus(secret))
        return {**form, "client_id": self._client_id, "client_secret": secret}, None

    def _token(self, form: dict[str, str]) -> TokenSet:
        session, metadata = self._ready()
        sent, basic = self._authenticated(form)
        status, answer = post_form(session, metadata.token_endpoint, sent, basic=basic)
        if status >= 500 or status == 429:
            raise NetworkError("http_status", host=urlsplit(metadata.token_endpoint).hostname,
                               status=status)  # fmt: skip
        return token_set(answer)
