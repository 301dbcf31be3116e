"""What a connector's page says of it: where its secrets lie, what protects it, what ends when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from smtpwizard.messages.facts import common_name
from smtpwizard.messages.moments import ago_text, day_text, end_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.moments import as_date, as_moment

_KINDS: Mapping[str, str] = {
    "password": _("Password"),
    "client_secret": _("Client secret"),
    "refresh_token": _("Sign-in"),
    "certificate_passphrase": _("Passphrase of the client certificate"),
}
_PLACES: Mapping[str, str] = {
    "keyring": _("The system's keyring"),
    "file": _("The encrypted file"),
    "session": _("For this session only"),
    "command": _("Fetched by {program} at each use"),
    "": _("Missing"),
}
_KEPT: Mapping[str, str] = {
    "keyring": _("It is kept in the system's keyring."),
    "file": _("It is kept in the encrypted file."),
    "session": _("It is kept for this session only."),
}
_CHECKED: Mapping[str, str] = {
    "system": _("checked against the system's list"),
    "ca_file": _("checked against the system's list and the CA file"),
    "project": _("checked against the system's list and whom the project trusts"),
    "pinned": _("pinned: this very certificate is trusted"),
    "pinned_other": _("checked against what this connector trusts alone"),
}
_WEAKER: Mapping[str, str] = {
    "unencrypted": _("Encryption is None: everybody on the way can read the email"),
    "cleartext": _("The password may be sent unencrypted"),
    "pinned": _("One certificate is trusted by itself; its authority is not asked"),
    "pinned_authority": _("One authority decides which server is genuine, and nobody else"),
}


def secret_name(kind: str) -> str:
    """What the window calls a kind of secret."""
    return translate(_KINDS[kind]) if kind in _KINDS else clean_text(kind, 60)


def place_text(place: str, program: str | None = None) -> str:
    """Where a secret lies."""
    words = translate(_PLACES.get(place, _PLACES["keyring"]))
    return words.format(program=clean_text(program or "", 200))


def kept_text(place: str) -> str:
    """The same of one that a store holds, as a sentence."""
    return translate(_KEPT.get(place, _KEPT["keyring"]))


def given_text(given: str | None, renewed: str | None, now: datetime) -> str:
    """Since when a secret is there, as far as that is known; empty where it is not."""
    if renewed is not None and renewed != given:
        return translate(_("renewed {ago}")).format(ago=ago_text(renewed, now))
    if given is None:
        return ""
    days = _days_since(given, now)
    if days is not None and days > 30:
        return translate(_("given {days} days ago")).format(days=days)
    return translate(_("given {ago}")).format(ago=ago_text(given, now))


def checked_text(checked: str, issuer: str | None) -> str:
    """Who stands for the server's certificate, and how that was checked."""
    by = common_name(issuer) if issuer else ""
    words = translate(_CHECKED[checked])
    return f"{clean_text(by, 100)}, {words}" if by else words


def ends_text(end: object, today: date) -> str:
    """When something ends, or has ended."""
    day = as_date(end)
    if day is None or day > today:
        return translate(_("ends {day}")).format(day=day_text(end))
    words = _("ends {day}") if day == today else _("ended {day}")
    return translate(words).format(day=end_text(day, today))


def valid_text(until: object, today: date) -> tuple[str, str]:
    """Until when something is valid, or was: what that is called, and the day."""
    day = as_date(until)
    if day is None:
        return translate(_("Valid until")), day_text(until)
    label = _("Valid until") if day >= today else _("Was valid until")
    return translate(label), end_text(day, today) if day <= today else day_text(day)


def weaker_text(code: str) -> str:
    """What of the usual protection is not there."""
    return translate(_WEAKER[code])


def _days_since(at: str, now: datetime) -> int | None:
    moment = as_moment(at)
    return (now - moment).days if moment is not None else None
