"""What is known of a sign-in, in words: what it permits, where it is kept, how long it lasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _

_STORES: Mapping[str, str] = {
    "keyring": _("The system's keyring, once the connector is saved"),
    "file": _("The encrypted file, once the connector is saved"),
    "session": _("Memory, for this session only"),
}
_STORES_SHORT: Mapping[str, str] = {
    "keyring": _("secret in the keyring"),
    "file": _("secret in the encrypted file"),
    "session": _("secret in memory"),
}
_SEND = _("Send by SMTP")
# Scopes that let a client do with mail more than send it, or say only who somebody is.
_BESIDE = ("openid", "email", "profile", "offline_access")

_TESTING = _("{days} days, then someone has to sign in again: the app is in “Testing”")
_IDLE = _("Until it is withdrawn, or {days} days without use")
_WITHDRAWN = _("Until it is withdrawn")
_APPLICATION = _("As long as the client secret does")


def permission_text(scopes: Sequence[str]) -> tuple[str, str]:
    """What the sign-in permits, and the scopes that say so."""
    named = [scope for scope in scopes if scope.lower() not in _BESIDE]
    return translate(_SEND), " ".join(named or scopes)


def store_text(store: str, *, short: bool = False) -> str:
    """Where secrets are kept, by the store's name."""
    known = _STORES_SHORT if short else _STORES
    return translate(known.get(store, known["keyring"]))


def lasting_text(
    idle_days: int | None, testing_days: int | None, *, by_application: bool = False
) -> str:
    """How long a sign-in lasts."""
    if by_application:
        return translate(_APPLICATION)
    if testing_days is not None:
        return fill(_TESTING, {"days": testing_days})
    return fill(_IDLE, {"days": idle_days}) if idle_days is not None else translate(_WITHDRAWN)
