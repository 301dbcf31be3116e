"""Tokens as values, and what can be read in them before a server sees them.

A JWT is decoded for display and comparison only; its signature is the server's business.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError

# Without a usable `expires_in` a token is taken to live this long, in seconds.
DEFAULT_LIFETIME_S = 300
# Refresh this much before the end: some servers refuse tokens about to lapse.
EXPIRY_MARGIN_S = 120


class TokenError(SmtpWizardError):
    """No token: `code` starts with `token_`.

    `token_none` (never signed in), `token_refused` (facts `error`, `description`: the provider's
    own words; `aadsts`: Microsoft's number), `token_scope_missing` (`missing`),
    `token_no_refresh`, `token_wrong_issuer`, `token_consent_denied`, `token_expired_code`,
    `token_secret_needed`, `token_secret_not_wanted`, `token_sign_in_expired`,
    `token_server_unavailable`.
    """


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a token endpoint answered; `expires_at` is on the clock of `time.time()`."""

    access_token: Secret
    refresh_token: Secret | None = None
    expires_at: float = 0.0
    scopes: tuple[str, ...] | None = None
    """Granted scopes; None where the server did not say."""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """The ID token's claims."""

    def fresh(self, now: float | None = None) -> bool:
        """True while the access token can be presented."""
        return (time.time() if now is None else now) < self.expires_at - EXPIRY_MARGIN_S


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One sign-in under way: the address for the browser and what its answer is checked with."""

    url: str
    state: str
    redirect_uri: str
    issuer: str | None = None
    """What `iss` of the answer must be (RFC 9207); None where the provider names none."""
    iss_required: bool = False
    context: Any = field(default=None, repr=False)
    """The provider client's own state (PKCE verifier, nonce); never shown."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the user types on another device (RFC 8628); times in seconds."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in: int
    interval: int
    context: Any = field(default=None, repr=False)


class ProviderClient(Protocol):
    """One provider's OAuth, as sign-in and refresh need it. Calls block on HTTP.

    They raise `TokenError` or `NetworkError`.
    """

    def begin(
        self, redirect_uri: str, *, login_hint: str | None, state: str, form_post: bool = False
    ) -> AuthorizationRequest: ...

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet: ...

    def refresh(self, refresh_token: Secret) -> TokenSet: ...

    def begin_device(self) -> DeviceCode: ...

    def poll_device(self, code: DeviceCode) -> TokenSet | None:
        """The tokens once the user has finished, None while that is pending."""
        ...

    def app_only(self) -> TokenSet:
        """Tokens for the application itself, without a user."""
        ...


def check_issuer(request: AuthorizationRequest, answer: Mapping[str, str]) -> None:
    """Refuse an answer that comes from another authorization server (RFC 9207, mix-up)."""
    found = answer.get("iss")
    if found is None:
        if request.iss_required:
            raise TokenError("token_wrong_issuer", expected=request.issuer, found=None)
        return
    if request.issuer is not None and found != request.issuer:
        raise TokenError("token_wrong_issuer", expected=request.issuer, found=found[:200])


def raise_if_refused(answer: Mapping[str, Any]) -> None:
    """Turn an OAuth error object (of either endpoint) into a `TokenError`."""
    error = answer.get("error")
    if not error:
        return
    import re

    description = str(answer.get("error_description") or "")[:1000]
    facts: dict[str, Any] = {"error": str(error)[:100], "description": description}
    number = re.search(r"AADSTS(\d{4,8})", description)
    if number:
        facts["aadsts"] = number[1]
    code = "token_refused"
    if error == "access_denied" and not number:
        code = "token_consent_denied"
    elif number and number[1] == "700025":
        code = "token_secret_not_wanted"
    elif number and number[1] == "7000218":
        code = "token_secret_needed"
    elif error == "expired_token":
        code = "token_sign_in_expired"
    elif error in ("server_error", "temporarily_unavailable", "too_many_requests"):
        code = "token_server_unavailable"
    raise TokenError(code, **facts)


def token_set(answer: Mapping[str, Any], *, now: float | None = None) -> TokenSet:
    """A token endpoint's answer as values; raises `TokenError` for an error or nonsense."""
    raise_if_refused(answer)
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise TokenError("token_refused", error="no_access_token", description="")
    refresh = answer.get("refresh_token")
    scope = answer.get("scope")
    scopes: tuple[str, ...] | None = None
    if isinstance(scope, str):
        scopes = tuple(scope.split())
    elif isinstance(scope, Sequence):
        scopes = tuple(str(s) for s in scope)
    claims = answer.get("id_token_claims")
    if not isinstance(claims, Mapping):
        claims = decode_jwt(str(answer.get("id_token") or "")) or {}
    start = time.time() if now is None else now
    return TokenSet(
        access_token=Secret(access),
        refresh_token=Secret(refresh) if isinstance(refresh, str) and refresh else None,
        expires_at=start + _lifetime(answer.get("expires_in")),
        scopes=scopes,
        claims=claims,
    )


def _lifetime(value: Any) -> int:
    try:
        seconds = int(value)
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_LIFETIME_S
    return seconds if 0 < seconds <= 30 * 86_400 else DEFAULT_LIFETIME_S


def decode_jwt(token: str) -> dict[str, Any] | None:
    """The claims of a JWT, unverified and for display; None for an opaque token."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > 100_000:
        return None
    try:
        payload = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(payload))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What an access token and its ID token say; None or empty where they say nothing."""

    opaque: bool
    audience: str | None = None
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    account: str | None = None
    tenant: str | None = None
    app_only: bool = False
    issued_at: str | None = None
    expires_at: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "opaque": self.opaque,
            "audience": self.audience,
            "scopes": list(self.scopes),
            "roles": list(self.roles),
            "account": self.account,
            "tenant": self.tenant,
            "app_only": self.app_only,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
        }


def read_token(tokens: TokenSet) -> TokenFacts:
    """The facts of a token set, for display and for `compare`."""
    claims = decode_jwt(tokens.access_token.reveal())
    account = _account(claims or {}) or _account(tokens.claims)
    if claims is None:
        return TokenFacts(opaque=True, scopes=tokens.scopes or (), account=account)
    scope = claims.get("scp", claims.get("scope", ""))
    scopes = tuple(scope.split()) if isinstance(scope, str) else tuple(map(str, scope or ()))
    roles = claims.get("roles")
    audience = claims.get("aud")
    if isinstance(audience, list):
        audience = " ".join(map(str, audience))
    return TokenFacts(
        opaque=False,
        audience=str(audience)[:200] if audience else None,
        scopes=scopes or tokens.scopes or (),
        roles=tuple(map(str, roles)) if isinstance(roles, list) else (),
        account=account,
        tenant=str(claims["tid"]) if claims.get("tid") else None,
        app_only=claims.get("idtyp") == "app" or (bool(roles) and not scopes),
        issued_at=_iso(claims.get("iat")),
        expires_at=_iso(claims.get("exp")),
    )


def _account(claims: Mapping[str, Any]) -> str | None:
    for key in ("preferred_username", "email", "upn", "unique_name", "smtp"):
        value = claims.get(key)
        if isinstance(value, str) and "@" in value:
            return value[:254]
    return None


def _iso(value: Any) -> str | None:
    try:
        return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing in a token that is not as SMTP needs it."""

    what: str
    expected: str
    found: str

    def to_json(self) -> dict[str, str]:
        return {"what": self.what, "expected": self.expected, "found": self.found}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a token must be for this connector; None or empty where anything will do."""

    scopes: tuple[str, ...] = ()
    role: str | None = None
    audiences: tuple[str, ...] = ()
    account: str | None = None
    tenant: str | None = None


def compare(
    facts: TokenFacts, expected: Expectation, *, now: float | None = None
) -> list[Mismatch]:
    """Expected against found: scope or role, audience, account, tenant, expiry."""
    found: list[Mismatch] = []
    if expected.role is not None and facts.app_only:
        if expected.role not in facts.roles:
            found.append(Mismatch("role", expected.role, " ".join(facts.roles) or "none"))
    elif expected.scopes and (facts.scopes or not facts.opaque):
        have = {_short(s) for s in facts.scopes}
        missing = [s for s in expected.scopes if _short(s) not in have]
        if missing:
            found.append(Mismatch("scope", " ".join(missing), " ".join(facts.scopes) or "none"))
    if expected.audiences and facts.audience is not None:
        wanted = {a.rstrip("/") for a in expected.audiences}
        if facts.audience.rstrip("/") not in wanted:
            found.append(Mismatch("audience", expected.audiences[0], facts.audience))
    if (
        expected.account
        and facts.account
        and facts.account.casefold() != expected.account.casefold()
        and not facts.app_only
    ):
        found.append(Mismatch("account", expected.account, facts.account))
    if expected.tenant and facts.tenant and facts.tenant.lower() != expected.tenant.lower():
        found.append(Mismatch("tenant", expected.tenant, facts.tenant))
    if facts.expires_at is not None:
        current = _iso(time.time() if now is None else now) or ""
        if facts.expires_at <= current:
            found.append(Mismatch("expiry", f"after {current}", facts.expires_at))
    return found


def _short(scope: str) -> str:
    # Microsoft's tokens name the scope without the resource it was asked with.
    return scope.rpartition("/")[2].lower() if "/SMTP." in scope else scope.lower()
