"""A sign-in that does not belong to what is on screen, or is missing, as a problem."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from smtpwizard.flow.draft import ConnectorDraft, DefaultsFor, HeldSignIn, SignInState
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.problem import Problem
from smtpwizard.model.registration import Redirect

# Where a problem stands that no field of the page is about.
SIGN_IN = "authentication.sign_in"
_OAUTH = "authentication.oauth"
_ACCOUNT = "authentication.username"
# What a sign-in is for, the most telling first; the account last: then it alone differs.
_TELLING = (
    "provider",
    *(
        f"{_OAUTH}.{name}"
        for name in (
            "cloud", "client_id", "tenant", "issuer", "authorization_endpoint", "token_endpoint",
            "scopes", "grant", "redirect_uri",
        )
    ),
    "authentication.client_secret",
    _ACCOUNT,
)  # fmt: skip
MISSING = "sign_in_missing"
CODES = (
    "sign_in_other_account",
    "sign_in_other_secret",
    "sign_in_other_way",
    "sign_in_for_other",
    MISSING,
)


class DroppedSignIn(NamedTuple):
    """A sign-in that would not be saved as things stand; `problem` says why, at its field.

    `held` is None for one that the saved connector has. `account` is who signed in where only that
    is not who the connector is for.
    """

    held: HeldSignIn | None
    problem: Problem
    account: str | None = None


def dropped_sign_in(draft: ConnectorDraft, defaults_for: DefaultsFor) -> DroppedSignIn | None:
    """The sign-in that does not belong to what is on screen; None where there is none such."""
    if draft.method is not Method.OAUTH:
        return None
    fact = draft.sign_in
    if fact is not None:
        now = draft.sign_in_inputs()
        if fact.holds_for(now):
            return None
        return _differing(fact.result, dict(fact.inputs), dict(now))  # type: ignore[call-overload]
    if "refresh_token" not in draft.kept_secrets or draft.base is None:
        return None
    connector = draft.for_sign_in(defaults_for)
    if connector is None:
        return None
    before, after = _registration(draft.base), _registration(connector)
    return None if before == after else _differing(None, before, after)


def missing_sign_in(draft: ConnectorDraft, defaults_for: DefaultsFor) -> Problem | None:
    """That nobody has signed in yet, where somebody has to and did not choose to go on without.

    An application alone needs nobody: the test gets its token.
    """
    if draft.method is not Method.OAUTH or draft.redirect is Redirect.APP or draft.sign_in_skipped:
        return None
    none = draft.sign_in_state(defaults_for) is SignInState.NONE
    return Problem(SIGN_IN, MISSING) if none else None


def _registration(connector: Connector) -> dict[str, Any]:
    """What a stored sign-in belongs to, by field: see `registration_of`."""
    oauth = connector.authentication.oauth
    names = ("cloud", "client_id", "tenant", "issuer", "authorization_endpoint", "token_endpoint")
    return {
        "provider": connector.provider,
        **{f"{_OAUTH}.{name}": getattr(oauth, name) for name in names},
    }


def _differing(
    held: HeldSignIn | None, then: Mapping[str, Any], now: Mapping[str, Any]
) -> DroppedSignIn:
    field = next((f for f in _TELLING if then.get(f) != now.get(f)), SIGN_IN)
    before, after = then.get(field), now.get(field)
    if field == _ACCOUNT:
        who = (held.account if held is not None else None) or before or ""
        facts = {"found": who, "expected": after or "–"}
        return DroppedSignIn(held, Problem(field, "sign_in_other_account", facts), who)
    if field == "authentication.client_secret":
        return DroppedSignIn(held, Problem(field, "sign_in_other_secret"))
    if field in (SIGN_IN, f"{_OAUTH}.grant", f"{_OAUTH}.redirect_uri"):
        way = then.get(f"{_OAUTH}.grant") != now.get(f"{_OAUTH}.grant")
        where = f"{_OAUTH}.grant" if way or field == SIGN_IN else "project.domain"
        return DroppedSignIn(held, Problem(where, "sign_in_other_way"))
    facts = {"before": _text(before), "after": _text(after)}
    return DroppedSignIn(
        held, Problem(SIGN_IN if field == "provider" else field, "sign_in_for_other", facts)
    )


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "–")
