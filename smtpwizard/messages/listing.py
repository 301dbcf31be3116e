"""Words of a list of connectors: what one needs, why, and what ends next; two short lines each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from smtpwizard.messages.face import Face
from smtpwizard.messages.history import reason_text, stage_name
from smtpwizard.messages.moments import day_of_year_text, day_text
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _

_FAILED_AT = _("Failed at {stage}")
_TITLES: Mapping[str, str] = {
    "failed": _("Failed"),
    "changed": _("Changed since the test"),
    "untested": _("Not tested yet"),
    "verified": _("Verified"),
}
# By days until the end: today, later, earlier.
_ENDS = (_("Verified, ends today"), _("Verified, ends tomorrow"))
_ENDS_IN = _("Verified, ends in {days} days")
_ENDED = _("Verified, overdue since {days} days")
_ENDED_YESTERDAY = _("Verified, overdue since yesterday")
# What to do about an end, and what it is the end of.
_ENDING: Mapping[str, tuple[str, str]] = {
    "basic_off_by_default": (_("Password sign-in is being switched off"), _("Password sign-in")),
    "basic_off_since": (_("The provider takes no passwords any more"), _("Password sign-in")),
    "client_secret_expires": (_("Make a new client secret in time"), _("Client secret")),
    "own_certificate_ends": (
        _("The certificate that it trusts is to be renewed"),
        _("Own certificate"),
    ),
    "refresh_token_unused": (_("Unused, the sign-in lapses"), _("Sign-in")),
    "server_certificate_ends": (
        _("The server's certificate is to be renewed"),
        _("Certificate"),
    ),
    "testing_sign_in_ends": (_("The app is still in “Testing”"), _("Sign-in")),
}
_EXPIRED = _("Expired on {day}")
_SOON = _(
    "Ends within {days} days, or has ended. A server's certificate, which is mostly renewed by "
    "itself, and a sign-in, which every test renews: within {renewed} days."
)
_SENT = _("Test email accepted")
_LET_IN = _("Login only, no email sent")
_REACHED = _("Reached, no email sent")
_CHANGED = _("Verify it to be sure")
_LOGIN_WORKS = _("Login works. {reason}")
_LOGIN_ALONE = _("Login works; no email sent since")


def status_words(kind: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Status and reason of a connector of this kind (`Kind` of its row).

    Facts: `stage`, `cause`, `told_by` and `reply` of what stopped it, `login_at` where a later
    test passed that did not come as far; `sent`, `method`; `days` until its next date
    and `ends_what` that is.
    """
    match kind:
        case "failed":
            return _failed(facts)
        case "ends_soon":
            return ends_text(int(facts["days"])), translate(_ending(facts)[0])
        case "changed":
            return translate(_TITLES[kind]), translate(_CHANGED)
        case "verified":
            return translate(_TITLES[kind]), _how_far(facts)
    return translate(_TITLES[kind]), ""


def ends_text(days: int) -> str:
    """That something verified ends in so many days, or has."""
    if 0 <= days < len(_ENDS):
        return translate(_ENDS[days])
    if days == -1:
        return translate(_ENDED_YESTERDAY)
    return fill(_ENDS_IN if days > 0 else _ENDED, {"days": abs(days)})


def expiry_text(day: date, today: date, *, brief: bool = False) -> str:
    """The day on which something ends, or “Expired on” the day on which it did: `brief` without
    this year."""
    if day >= today:
        return day_text(day)
    return fill(_EXPIRED, {"day": day_of_year_text(day, today) if brief else day_text(day)})


def soon_text(days: int, renewed: int) -> str:
    """How soon “soon” is, and for what is renewed by itself."""
    return fill(_SOON, {"days": days, "renewed": renewed})


def ending_name(what: str | None) -> str:
    """What ends on a date, such as “Client secret”."""
    return translate(_ENDING[what][1]) if what is not None and what in _ENDING else ""


def _ending(facts: Mapping[str, Any]) -> tuple[str, str]:
    return _ENDING.get(str(facts.get("ends_what")), ("", ""))


def _failed(facts: Mapping[str, Any]) -> tuple[str, str]:
    stage = facts.get("stage")
    if stage is None:
        return translate(_TITLES["failed"]), ""
    title = fill(_FAILED_AT, {"stage": stage_name(str(stage), Face.WINDOW)})
    told_by, reply = facts.get("told_by") or "", facts.get("reply") or ""
    reason = reason_text(facts.get("cause"), told_by, reply)
    if facts.get("login_at"):
        reason = fill(_LOGIN_WORKS, {"reason": reason}) if reason else translate(_LOGIN_ALONE)
    return title, reason


def _how_far(facts: Mapping[str, Any]) -> str:
    sent = facts.get("sent")
    if sent is None:
        return ""
    if sent:
        return translate(_SENT)
    return translate(_REACHED if facts.get("method") == "none" else _LET_IN)
