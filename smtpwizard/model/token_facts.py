"""What a token says, beside what it must say; reads no token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What an access token and its ID token say; None or empty where they say nothing."""

    opaque: bool
    audience: str | None = None
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    """Every name that the tokens give the one who signed in; `account` is the first."""
    tenant: str | None = None
    app_only: bool = False
    issued_at: str | None = None
    expires_at: str | None = None

    @property
    def account(self) -> str | None:
        return self.accounts[0] if self.accounts else None

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
    told_scopes: bool = False
    """The provider writes the scopes into its tokens: none there means none granted."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact of a token: expected and found, `fits` None where nothing was expected or told."""

    what: str
    expected: str
    found: str
    fits: bool | None


def fact_rows(
    facts: TokenFacts, expected: Expectation, mismatches: Sequence[Mismatch]
) -> tuple[FactRow, ...]:
    """What a token was to be, beside what it is."""
    wrong = {mismatch.what for mismatch in mismatches}
    rows = []

    def add(what: str, wanted: str, found: str) -> None:
        fits = what not in wrong if wanted and found else None
        rows.append(FactRow(what, wanted, found, fits))

    if not facts.app_only:
        add("account", expected.account or "", facts.account or "")
    if expected.role is not None:
        add("role", expected.role, " ".join(facts.roles))
    else:
        add("scope", " ".join(expected.scopes), " ".join(facts.scopes))
    if expected.audiences:
        add("audience", expected.audiences[0], facts.audience or "")
    if expected.tenant or facts.tenant:
        add("tenant", expected.tenant or "", facts.tenant or "")
    if facts.expires_at or "clock" in wrong:
        rows.append(FactRow("expiry", "", facts.expires_at or "", "clock" not in wrong))
    return tuple(rows)
