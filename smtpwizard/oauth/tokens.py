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
from urllib.parse import urlsplit

from smtpwizard.model.addresses import clean_text, is_loopback, same_mailbox
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
# Longer than any token that fits into a server's line: RFC 4954 §4 has 12,288 octets in base64.
TOKEN_CAP = 16_384
_TOKEN = re.compile(r"[\x21-\x7e]+")
# An encrypted ID token (RFC 7516) is for others to read.
_DOTS_OF_JWE = 4


class TokenError(SmtpWizardError):
    """No usable token: `code` starts with `token_`.

    `token_none` (never signed in), `token_refused` (facts `error`, `description`: the provider's
    own words; `aadsts`: Microsoft's number), `token_revoked` (a refresh token that no longer
    holds; `interrupted`: a renewal was cut off before it was saved), `token_scope_missing`,
    `token_audience_wrong`, `token_role_wrong`, `token_tenant_wrong` (facts `expected`, `found`,
    `token`), `token_account_wrong`, `token_no_refresh`, `token_no_user`, `token_busy` (another
    program is renewing it), `token_wrong_issuer`, `token_consent_denied`,
    `token_sign_in_expired`, `token_secret_needed`, `token_secret_not_wanted`,
    `token_key_unusable`, `token_tenant_needed`, `token_server_unavailable`, `token_answer_empty`
    (an answer without a token), `token_malformed` (one that cannot be sent; fact `token`: which),
    `token_type_unsupported` (fact `found`), `token_nonce_wrong` (of another sign-in),
    `token_other_sign_in` (only answers to others came in time),
    `token_device_unsupported`, `token_device_malformed` (an answer without a code to type),
    `token_device_needs_public_client`, `token_app_only_unsupported`.
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
    error, description = _what_was_said(answer)
    if not error:
        return
    number = _aadsts(description, answer)
    facts: dict[str, Any] = {
        "error": clean_text(error, 100),
        "description": clean_text(description, DESCRIPTION_CAP),
    }
    if number is not None:
        facts["aadsts"] = number
    raise TokenError(_BY_NUMBER.get(number or "") or _by_error(error, number), **facts)


def _what_was_said(answer: Mapping[str, Any]) -> tuple[str, str]:
    """A server's error and its words for it; empty where it has none.

    RFC 6749 §5.2 has two texts; Google's web APIs and Yahoo answer with an object in place of the
    first, Okta with names of its own.
    """
    error: Any = answer.get("error")
    words: Any = answer.get("error_description")
    if isinstance(error, Mapping):
        words = words or error.get("message") or error.get("localizedMessage")
        error = error.get("status") or error.get("errorId") or error.get("code") or "error"
    elif not error and answer.get("errorCode") and "access_token" not in answer:
        error, words = answer["errorCode"], words or answer.get("errorSummary")
    if isinstance(error, Sequence) and not isinstance(error, str):
        error = " ".join(map(str, error))
    return str(error or ""), " ".join(str(words or "").split())


def _aadsts(description: str, answer: Mapping[str, Any]) -> str | None:
    """Microsoft's number for an error: in its words, and beside them in `error_codes`."""
    found = re.search(r"AADSTS(\d{4,8})", description)
    if found is not None:
        return found[1]
    codes = answer.get("error_codes")
    first = codes[0] if isinstance(codes, list) and codes else None
    number = str(first)
    return number if isinstance(first, int | str) and re.fullmatch(r"\d{4,8}", number) else None


# The numbers after which something else is tried or asked for; what the others mean is told by
# the diagnosis.
_BY_NUMBER: Mapping[str, str] = {
    "65004": "token_consent_denied",
    "700025": "token_secret_not_wanted",
    "7000218": "token_secret_needed",
}
# A refused renewal whose refresh token is itself the reason; the numbers say what else it may be.
_LAPSED_ERRORS = ("invalid_grant", "interaction_required", "login_required")
_LAPSED_NUMBERS = (
    "50058", "50068", "50070", "50071", "50078", "50085", "50089", "50132", "50133", "50139",
    "50140", "50168", "50173", "70000", "70008", "70037", "70043", "700020", "700081", "700082",
    "700083", "700084", "7000812", "16000", "16001", "16002", "140001", "90086",
)  # fmt: skip


_USER_GONE = re.compile(
    r"(?:account|user)\b.{0,40}\b(?:disabled|deleted|locked|suspended|blocked|not found|not fully)",
    re.IGNORECASE,
)


def means_lapsed(error: TokenError) -> bool:
    """Whether a refused renewal says that the sign-in no longer holds, and nothing else."""
    number = error.facts.get("aadsts")
    if number is not None:
        return number in _LAPSED_NUMBERS
    about_the_user = _USER_GONE.search(str(error.facts.get("description") or ""))
    return error.facts.get("error") in _LAPSED_ERRORS and about_the_user is None


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
    access = _usable_token(answer, "access_token")
    if access is None:
        raise TokenError("token_answer_empty")
    _check_kind(answer.get("token_type"))
    refresh = _usable_token(answer, "refresh_token")
    scope = answer.get("scope")
    scopes: tuple[str, ...] | None = None
    if isinstance(scope, str):
        scopes = tuple(scope.split())
    elif isinstance(scope, Sequence):
        scopes = tuple(str(s) for s in scope)
    start = time.time() if now is None else now
    return TokenSet(
        access_token=Secret(access),
        refresh_token=Secret(refresh) if refresh else None,
        expires_at=start + _lifetime(answer.get("expires_in")),
        scopes=scopes,
        claims=_identity(answer),
    )


def _usable_token(answer: Mapping[str, Any], name: str) -> str | None:
    """A token of an answer, None where it has none; `TokenError` for one that nobody could send.

    RFC 6750 §2.1 and RFC 7628 §3.1 know visible ASCII alone: anything else in a token would break
    out of the line, the header or the form that it goes into.
    """
    token = answer.get(name)
    if token is None or token == "":
        return None
    if not isinstance(token, str) or len(token) > TOKEN_CAP or not _TOKEN.fullmatch(token):
        raise TokenError("token_malformed", token=name)
    return token


def _check_kind(kind: Any) -> None:
    """SASL has bearer tokens alone (RFC 7628); some servers do not name the kind."""
    if kind is None or kind == "" or (isinstance(kind, str) and kind.lower() == "bearer"):
        return
    raise TokenError("token_type_unsupported", found=clean_text(str(kind), 60))


def _identity(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of the ID token, if there is one; one that cannot be read spoils the answer."""
    claims = answer.get("id_token_claims")
    token = answer.get("id_token")
    if isinstance(claims, Mapping):
        return claims
    if token is None or token == "":
        return {}
    claims = decode_jwt(token) if isinstance(token, str) else None
    if claims is None and not (isinstance(token, str) and token.count(".") == _DOTS_OF_JWE):
        raise TokenError("token_malformed", token="id_token")  # noqa: S106 - a name
    return claims or {}


def read_device(flow: Mapping[str, Any]) -> DeviceCode:
    """A device authorization endpoint's answer (RFC 8628 §3.2), its device code as `context`.

    Raises `TokenError` for an error, and where there is nothing in it that a user could follow.
    """
    raise_if_refused(flow)
    # Google and others from before the RFC name the address differently.
    address = flow.get("verification_uri") or flow.get("verification_url")
    code, user_code = flow.get("device_code"), flow.get("user_code")
    told = [text for text in (code, user_code, address) if isinstance(text, str) and text]
    if len(told) < 3 or not is_for_a_browser(told[2]):
        raise TokenError("token_device_malformed")
    whole = flow.get("verification_uri_complete")
    return DeviceCode(
        user_code=told[1][:100],
        verification_uri=told[2],
        verification_uri_complete=(
            whole if isinstance(whole, str) and is_for_a_browser(whole) else None
        ),
        expires_in=device_lifetime(flow.get("expires_in")),
        interval=poll_interval(flow.get("interval")),
        context=told[0],
    )


def is_for_a_browser(url: str) -> bool:
    """Whether a browser may be sent there: https, or http on this machine (a demo)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
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
    user = expected.account or ""
    told = "@" in user and not facts.app_only
    if told and facts.account and not any(same_mailbox(user, name) for name in facts.accounts):
        found.append(Mismatch("account", user, facts.account))
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
