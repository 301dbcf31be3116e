"""What was granted and given out: codes, refresh, access and ID tokens, and what they say."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smtpwizard.demo.authorization.behaviour import Behaviour

LIFETIME_S = 3600


@dataclass(slots=True)
class Grant:
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    account: str
    challenge: str | None = None
    nonce: str | None = None
    used: bool = False
    approved: bool = True


@dataclass(slots=True)
class Issued:
    codes: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, Grant] = field(default_factory=dict)
    user_codes: dict[str, str] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    """Every code, token and device code that was ever given out."""

    def new_secret(self, size: int) -> str:
        """A random text of `size` bytes, remembered as given out."""
        value = secrets.token_urlsafe(size)
        self.given.append(value)
        return value


def issue(
    issued: Issued,
    grant: Grant,
    behaviour: Behaviour,
    issuer: str,
    *,
    refresh: bool,
    roles: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    """The token endpoint's answer to a grant (RFC 6749 §5.1), remembered in `issued`.

    `roles` are those of an application that signs in as itself; None for a user.
    """
    now = int(time.time()) + behaviour.clock
    token = issued.new_secret(48)
    if behaviour.jwt:
        token = unsigned_jwt(_access_claims(grant, behaviour, issuer, roles, now))
        issued.given.append(token)
    scope = " ".join(grant.scopes)
    issued.access[token] = {
        "sub": grant.account,
        "username": grant.account,
        "scope": scope,
        "exp": time.time() + LIFETIME_S,
        "active": True,
    }
    out: dict[str, Any] = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": behaviour.expires_in,
        "scope": scope,
    }
    if refresh:
        out["refresh_token"] = issued.new_secret(48)
        issued.refresh[out["refresh_token"]] = grant
    if roles is None and "openid" in grant.scopes:
        out["id_token"] = unsigned_jwt(_identity_claims(grant, behaviour, issuer, now))
    return out


def _access_claims(
    grant: Grant, behaviour: Behaviour, issuer: str, roles: tuple[str, ...] | None, now: int
) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "aud": behaviour.audience,
        "iss": issuer,
        "tid": behaviour.tenant,
        "iat": now,
        "exp": now + LIFETIME_S,
        "jti": secrets.token_hex(8),
    }
    if roles is not None:
        return claims | {"roles": list(roles), "idtyp": "app"}
    short = (s.rpartition("/")[2] if "/SMTP." in s else s for s in grant.scopes)
    return claims | {"scp": " ".join(short), "upn": grant.account}


def _identity_claims(grant: Grant, behaviour: Behaviour, issuer: str, now: int) -> dict[str, Any]:
    """OpenID Connect Core §2."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": grant.client_id,
        "sub": subject_of(grant.account),
        "iat": now,
        "exp": now + LIFETIME_S,
    }
    if behaviour.identity == "email":
        claims |= {"email": grant.account, "preferred_username": grant.account}
    if grant.nonce:
        claims["nonce"] = grant.nonce
    return claims


def subject_of(account: str) -> str:
    """How tokens name an account without its address."""
    return hashlib.sha256(account.encode()).hexdigest()[:16]


def unsigned_jwt(claims: Mapping[str, Any]) -> str:
    """A token that can be read by everybody; its signature is random, and nobody checks it."""

    def encoded(document: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return (
        f"{encoded({'alg': 'RS256', 'typ': 'JWT'})}.{encoded(claims)}.{secrets.token_urlsafe(16)}"
    )


def jwt_claims(token: str) -> dict[str, Any]:
    """What a token says; raises `ValueError`, `IndexError`."""
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("not an object")
    return claims
