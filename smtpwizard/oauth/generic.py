"""Any other provider: discovery (RFC 8414, OpenID), authorization code with PKCE, device code,
client credentials; four form POSTs and the checks around them.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.registration import Learned, OAuthRegistration, Redirect
from smtpwizard.net.http import HttpError, get_json, post_form
from smtpwizard.oauth.dialects import Dialect, Endpoints, MakeSession
from smtpwizard.oauth.tokens import (
    AuthorizationRequest,
    DeviceCode,
    TokenError,
    TokenSet,
    check_issuer,
    is_for_a_browser,
    raise_if_refused,
    read_device,
    read_token,
    token_set,
)

if TYPE_CHECKING:
    import requests


BASIC, POST = "client_secret_basic", "client_secret_post"
# What is asked for where the connector and the catalogue say nothing: who signed in, and for good.
_USUAL_SCOPES = ("openid", "email", "offline_access")
OPENID_SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access")


class DiscoveryError(SmtpWizardError):
    """An issuer whose metadata cannot be used: `discovery_failed`, `discovery_other_issuer`,
    `discovery_endpoint_missing`, `discovery_endpoint_invalid`."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an authorization server says of itself (RFC 8414 §2), as far as it matters here."""

    issuer: str | None
    authorization_endpoint: str
    token_endpoint: str
    device_authorization_endpoint: str | None = None
    token_auth_methods: tuple[str, ...] = (BASIC,)
    iss_parameter: bool = False
    scopes: tuple[str, ...] = ()
    userinfo_endpoint: str | None = None
    revocation_endpoint: str | None = None


def metadata_of(endpoints: Endpoints, session: requests.Session) -> Metadata:
    """What is known of an authorization server: by hand, else from itself. May use the network."""
    if endpoints.token:
        return Metadata(
            endpoints.issuer,
            endpoints.authorization or "",
            endpoints.token,
            endpoints.device,
            (BASIC, POST),
            revocation_endpoint=endpoints.revocation,
        )
    return discover(session, endpoints.issuer or "")


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
    why = ""
    for url in well_known_urls(issuer):
        try:
            document = get_json(session, url)
        except HttpError as error:
            if not _says_no_metadata(error):
                raise
            why = error.code
            continue
        return read_metadata(document, issuer)
    raise DiscoveryError("discovery_failed", issuer=issuer, why=why)


def _says_no_metadata(error: HttpError) -> bool:
    """Whether a server answered, and not with a description of itself; another place may have it.

    Not so where it has no time now (429, 5xx) or nothing came of the connection.
    """
    status = error.facts.get("status")
    if error.code == "http_status" and isinstance(status, int):
        return status != 429 and status < 500
    if error.code == "http_closed":
        return status is not None  # what was read ends in the middle
    return error.code in ("http_not_json", "http_empty", "http_redirect", "http_too_large")


def read_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Checked metadata; raises `DiscoveryError`."""
    named = document.get("issuer")
    if not isinstance(named, str) or not named:
        raise DiscoveryError("discovery_failed", issuer=issuer, why="no_issuer")
    if named != issuer:
        raise DiscoveryError("discovery_other_issuer", expected=issuer, found=named[:200])
    endpoints: dict[str, str | None] = {}
    for key in ("authorization_endpoint", "token_endpoint", *_OPTIONAL_ENDPOINTS):
        value = document.get(key)
        if value is None and key in _OPTIONAL_ENDPOINTS:
            endpoints[key] = None
        elif isinstance(value, str) and is_for_a_browser(value):
            endpoints[key] = value
        else:
            code = "discovery_endpoint_missing" if value is None else "discovery_endpoint_invalid"
            raise DiscoveryError(code, endpoint=key.replace("_", " "), issuer=issuer)
    return Metadata(
        issuer=issuer,
        authorization_endpoint=endpoints["authorization_endpoint"] or "",
        token_endpoint=endpoints["token_endpoint"] or "",
        device_authorization_endpoint=endpoints["device_authorization_endpoint"],
        token_auth_methods=_texts(document, "token_endpoint_auth_methods_supported") or (BASIC,),
        iss_parameter=document.get("authorization_response_iss_parameter_supported") is True,
        scopes=_texts(document, "scopes_supported"),
        userinfo_endpoint=endpoints["userinfo_endpoint"],
        revocation_endpoint=endpoints["revocation_endpoint"],
    )


_OPTIONAL_ENDPOINTS = ("device_authorization_endpoint", "userinfo_endpoint", "revocation_endpoint")


def _texts(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = document.get(key)
    return tuple(map(str, value)) if isinstance(value, list) else ()


class GenericClient:
    """One app registration at any provider; PKCE S256 always.

    `parameters` are added to the authorization request; `token_auth` (basic or post) is how the
    client secret goes to the token endpoint where the provider takes both.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: Secret | None,
        metadata: Callable[[requests.Session], Metadata],
        scopes: tuple[str, ...],
        session: Callable[[], requests.Session],
        parameters: Mapping[str, str] | None = None,
        token_auth: str | None = None,
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._asked_scopes = scopes
        self._make_session = session
        self._find_metadata = metadata
        self._parameters = dict(parameters or {})
        self._token_auth = token_auth
        self._session: requests.Session | None = None
        self._metadata: Metadata | None = None

    @property
    def learned(self) -> Learned:
        """What the registration turned out to be, to be kept with it."""
        return Learned(token_auth=self._token_auth)

    def _ready(self) -> tuple[requests.Session, Metadata]:
        if self._session is None or self._metadata is None:
            self._session = self._make_session()
            self._metadata = self._find_metadata(self._session)
        return self._session, self._metadata

    def _scopes(self) -> tuple[str, ...]:
        _, metadata = self._ready()
        return self._asked_scopes or tuple(s for s in _USUAL_SCOPES if s in metadata.scopes)

    def begin(
        self,
        redirect_uri: str,
        *,
        login_hint: str | None,
        state: str,
        form_post: bool = False,
        force_picker: bool = False,
    ) -> AuthorizationRequest:
        """The authorization request."""
        _, metadata = self._ready()
        scopes = self._scopes()
        verifier = secrets.token_urlsafe(64)
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode("ascii").rstrip("="),
            "code_challenge_method": "S256",
        }
        if scopes:
            parameters["scope"] = " ".join(scopes)
        if "openid" in scopes:
            parameters["nonce"] = secrets.token_urlsafe(16)
        prompts = ["login"] if force_picker else []
        if "offline_access" in scopes:
            # Without it the scope is to be ignored (OpenID Connect Core §11).
            prompts.append("consent")
        if prompts:
            parameters["prompt"] = " ".join(prompts)
        if login_hint:
            parameters["login_hint"] = login_hint
        parameters |= self._parameters
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
            raise TokenError("token_nonce_wrong")
        return self._with_account(tokens)

    def _with_account(self, tokens: TokenSet) -> TokenSet:
        """The claims filled up from the userinfo endpoint where they do not name the account.

        Many servers put the address there alone (OpenID Connect Core §5.4). What it answers has
        to be about the same subject (§5.3.2); without an answer the account stays unknown.
        """
        session, metadata = self._ready()
        granted = self._scopes() if tokens.scopes is None else tokens.scopes
        if (
            metadata.userinfo_endpoint is None
            or "openid" not in granted
            or read_token(tokens).accounts
        ):
            return tokens
        try:
            claims = get_json(session, metadata.userinfo_endpoint, bearer=tokens.access_token)
        except (HttpError, OSError):
            return tokens
        if tokens.claims and claims.get("sub") != tokens.claims.get("sub"):
            return tokens
        return replace(tokens, claims={**claims, **tokens.claims})

    def refresh(self, refresh_token: Secret) -> TokenSet:
        """A new access token; the refresh token may be a new one."""
        return self._token({"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()})

    def begin_device(self) -> DeviceCode:
        """Device code (RFC 8628) where the server has it."""
        session, metadata = self._ready()
        endpoint = metadata.device_authorization_endpoint
        if endpoint is None:
            raise TokenError("token_device_unsupported")
        scopes = self._scopes()
        form = {"scope": " ".join(scopes)} if scopes else {}
        return read_device(self._authenticated(session, endpoint, form))

    def poll_device(self, code: DeviceCode) -> TokenSet:
        """Ask once for the tokens; while the user has not finished, this is an error."""
        tokens = self._token(
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                "device_code": code.context,
            }
        )
        return self._with_account(tokens)

    def app_only(self) -> TokenSet:
        """Client credentials."""
        scopes = [s for s in self._scopes() if s not in OPENID_SCOPES]
        form = {"grant_type": "client_credentials"}
        return self._token({**form, "scope": " ".join(scopes)} if scopes else form)

    def _token(self, form: dict[str, str]) -> TokenSet:
        session, metadata = self._ready()
        return token_set(self._authenticated(session, metadata.token_endpoint, form))

    def _authenticated(
        self, session: requests.Session, endpoint: str, form: dict[str, str]
    ) -> dict[str, Any]:
        """The answer to a form sent with the client's own authentication.

        A provider may take both ways of sending the secret and a registration only one of them:
        `invalid_client` is answered before anything is used up, so the other is tried once.
        """
        if self._client_secret is None:
            return post_form(session, endpoint, {**form, "client_id": self._client_id})[1]
        _, metadata = self._ready()
        known = [m for m in (BASIC, POST) if m in metadata.token_auth_methods] or [BASIC]
        preferred = POST if self._token_auth == "post" else BASIC  # noqa: S105 - a way
        known.sort(key=lambda method: method != preferred)
        answer: dict[str, Any] = {}
        for method in known:
            answer = self._sent(session, endpoint, form, method, self._client_secret)
            if answer.get("error") != "invalid_client":
                if len(known) > 1 and "error" not in answer:
                    self._token_auth = "post" if method == POST else "basic"
                break
        return answer

    def _sent(
        self,
        session: requests.Session,
        endpoint: str,
        form: dict[str, str],
        method: str,
        secret: Secret,
    ) -> dict[str, Any]:
        text = secret.reveal()
        if method == POST:
            named = {**form, "client_id": self._client_id, "client_secret": text}
            return post_form(session, endpoint, named)[1]
        # RFC 6749 §2.3.1: both are form-encoded before they go into the header.
        basic = (quote_plus(self._client_id), quote_plus(text))
        return post_form(session, endpoint, form, basic=basic)[1]


def make_client(
    endpoints: Endpoints,
    oauth: OAuthRegistration,
    secret: Secret | None,
    session: MakeSession,
    parameters: Mapping[str, str] | None = None,
) -> GenericClient:
    """The client of a registration at a provider that is known, or describes itself."""
    return GenericClient(
        client_id=oauth.client_id or "",
        client_secret=secret,
        metadata=lambda opened: metadata_of(endpoints, opened),
        scopes=endpoints.scopes,
        session=session,
        parameters=parameters,
        token_auth=oauth.token_auth,
    )


def _kind(oauth: OAuthRegistration, redirect: Redirect) -> str:
    return "app_only" if redirect is Redirect.APP else ""


DIALECT = Dialect(make_client, _kind)
