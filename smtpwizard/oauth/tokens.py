"""Tokens as values, and what can be read in them before a server sees them.

A JWT is decoded for display and comparison only; its signature is the server's business.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from smtpwizard.model.addresses import clean_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.moments import as_seconds, utc_text
from smtpwizard.model.registration import Learned
from smtpwizard.model.token_facts import Expectation, Mismatch, TokenFacts

# Without a usable `expires_in` a token is taken to live this long, in seconds.
DEFAULT_LIFETIME_S = 300
# Refresh this much before the end: some servers refuse tokens about to lapse.
EXPIRY_MARGIN_S = 120


SHORTEST_INTERVAL_S = 1.0
# What an access token's lifetime may be off by before it is this machine's clock that is wrong.
CLOCK_TOLERANCE_S = 300
DESCRIPTION_CAP = 300


class TokenError(SmtpWizardError):
    """No usable token: `code` starts with `token_`.

    `token_none` (never signed in), `token_refused` (facts `error`, `description`: the provider's
    own words; `aadsts`: Microsoft's number), `token_revoked` (a refresh token that no longer
    holds; `interrupted`: a renewal was cut off before it was saved), `token_scope_missing`,
    `token_audience_wrong`, `token_role_wrong`, `token_tenant_wrong` (facts `expected`, `found`,
    `token`), `token_account_wrong`, `token_no_refresh`, `token_no_user`, `token_busy` (another
    program is renewing it), `token_wrong_issuer`, `token_consent_denied`,
    `token_sign_in_expired`, `token_secret_needed`, `token_secret_not_wanted`,
    `token_key_unusable`, `token_tenant_needed`, `token_server_unavailable`,
    `token_device_unsupported`, `token_device_needs_public_client`, `token_app_only_unsupported`.
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
    unkept: bool = False
    """The refresh token is here alone: its store would not take it."""

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
    interval: float
    context: Any = field(default=None, repr=False)


class AppClient(Protocol):
    """One provider's OAuth for an application alone. Calls block on HTTP.

    They raise `TokenError` or `NetworkError`.
    """

    @property
    def learned(self) -> Learned:
        """What the registration turned out to be, to be kept with it."""
        ...

    def app_only(self) -> TokenSet:
        """Tokens for the application itself, without a user."""
        ...


class ProviderClient(AppClient, Protocol):
    """One provider's OAuth, as a user's sign-in and its renewal need it."""

    def begin(
        self,
        redirect_uri: str,
        *,
        login_hint: str | None,
        state: str,
        form_post: bool = False,
        force_picker: bool = False,
    ) -> AuthorizationRequest: ...

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet: ...

    def refresh(self, refresh_token: Secret) -> TokenSet: ...

    def begin_device(self) -> DeviceCode: ...

    def poll_device(self, code: DeviceCode) -> TokenSet:
        """The tokens; a `TokenError` with `error` `authorization_pending` or `slow_down` (RFC 8628
        §3.5) while the user has not finished."""
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
    description = " ".join(str(answer.get("error_description") or "").split())
    facts: dict[str, Any] = {
        "error": clean_text(str(error), 100),
        "description": clean_text(description, DESCRIPTION_CAP),
    }
    found = re.search(r"AADSTS(\d{4,8})", description)
    number = found[1] if found else None
    if number is not None:
        facts["aadsts"] = number
    raise TokenError(_BY_NUMBER.get(number or "") or _by_error(str(error), number), **facts)


# The numbers after which something else is tried or asked for; what the others mean is told by
# the diagnosis.
_BY_NUMBER: Mapping[str, str] = {
    "65004": "token_consent_denied",
    "700025": "token_secret_not_wanted",
    "7000218": "token_secret_needed",
}


def _by_error(error: str, number: str | None) -> str:
    if error in ("access_denied", "authorization_declined") and number is None:
        return "token_consent_denied"
    if error == "expired_token":
        return "token_sign_in_expired"
    if error in ("server_error", "temporarily_unavailable", "too_many_requests"):
        return "token_server_unavailable"
    return "token_refused"


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


def poll_interval(value: Any) -> float:
    """Seconds between two questions about a device code (RFC 8628 §3.2)."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = 5.0
    return min(max(SHORTEST_INTERVAL_S, seconds), 60.0) if seconds == seconds else 5.0


def device_lifetime(value: Any) -> int:
    """Seconds for which a device code holds (RFC 8628 §3.2)."""
    return as_seconds(value, default=900, longest=86_400)


def _lifetime(value: Any) -> int:
    return as_seconds(value, default=DEFAULT_LIFETIME_S, longest=30 * 86_400)


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


def read_token(tokens: TokenSet) -> TokenFacts:
    """The facts of a token set, for display and for `compare`."""
    claims = decode_jwt(tokens.access_token.reveal())
    accounts = tuple(dict.fromkeys((*_accounts(claims or {}), *_accounts(tokens.claims))))
    if claims is None:
        return TokenFacts(opaque=True, scopes=tokens.scopes or (), accounts=accounts)
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
        accounts=accounts,
        tenant=str(claims["tid"]) if claims.get("tid") else None,
        app_only=claims.get("idtyp") == "app" or (bool(roles) and not scopes),
        issued_at=utc_text(claims.get("iat")),
        expires_at=utc_text(claims.get("exp")),
    )


def _accounts(claims: Mapping[str, Any]) -> list[str]:
    # A subject is an opaque name, except where a server uses the address for it.
    keys = ("preferred_username", "email", "upn", "unique_name", "sub")
    values = (claims.get(key) for key in keys)
    return [value[:254] for value in values if isinstance(value, str) and "@" in value]


def compare(
    facts: TokenFacts, expected: Expectation, *, now: float | None = None
) -> list[Mismatch]:
    """Expected against found: scope or role, audience, account, tenant, and the clock.

    A token that has just been issued and reads as expired, or as issued in the future, says that
    this machine's clock is wrong (`clock`).
    """
    found: list[Mismatch] = []
    if expected.role is not None:
        if not facts.opaque and expected.role not in facts.roles:
            found.append(Mismatch("role", expected.role, " ".join(facts.roles) or _NONE))
    elif expected.scopes and (facts.scopes or (expected.told_scopes and not facts.opaque)):
        have = {_short(s) for s in facts.scopes}
        missing = [s for s in expected.scopes if _short(s) not in have]
        if missing:
            shown = " ".join(facts.scopes) or " ".join(facts.roles) or _NONE
            found.append(Mismatch("scope", " ".join(missing), shown))
    if expected.audiences and facts.audience is not None:
        wanted = {a.rstrip("/") for a in expected.audiences}
        if facts.audience.rstrip("/") not in wanted:
            found.append(Mismatch("audience", expected.audiences[0], facts.audience))
    if expected.account and "@" in expected.account and facts.account and not facts.app_only:
        names = {name.casefold() for name in facts.accounts}
        if expected.account.casefold() not in names:
            found.append(Mismatch("account", expected.account, facts.account))
    if expected.tenant and facts.tenant and facts.tenant.lower() != expected.tenant.lower():
        found.append(Mismatch("tenant", expected.tenant, facts.tenant))
    start = time.time() if now is None else now
    late = utc_text(start - CLOCK_TOLERANCE_S) or ""
    early = utc_text(start + CLOCK_TOLERANCE_S) or ""
    if facts.expires_at is not None and facts.expires_at <= late:
        found.append(Mismatch("clock", utc_text(start) or "", facts.expires_at))
    elif facts.issued_at is not None and facts.issued_at > early:
        found.append(Mismatch("clock", utc_text(start) or "", facts.issued_at))
    return found


_NONE = "none"


def _short(scope: str) -> str:
    # Microsoft's tokens name the scope without the resource it was asked with.
    return scope.rpartition("/")[2].lower() if "/SMTP." in scope else scope.lower()
