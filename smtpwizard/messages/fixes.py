"""Words for the fixes that can be tried at once: their buttons, and how a trial ended.

A new fix has its words here, under its id; what it does stands in `flow/fixes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.face import field_label
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security

EMPTY = "–"

# Facts are the values after the change, by the last part of the field's path.
FIXES: Mapping[str, str] = {
    "swap_security": _("Try {security}"),
    "other_mechanism": _("Try the mechanism {mechanism}"),
    "ehlo_name": _("Try this EHLO name"),
    "prefer_ipv4": _("Try it over IPv4"),
    "full_address": _("Try the full address as user"),
    "strip_spaces": _("Try it without the spaces"),
    "trust_certificate": _("Trust this certificate…"),
    "sign_in_again": _("Sign in again"),
}

ENDINGS: Mapping[str, str] = {
    "kept": _("The change was kept."),
    "no_help": _("That did not help. Nothing was changed."),
    "changed_meanwhile": _("Something changed meanwhile. Test again."),
    "stopped": _("Stopped. Nothing was changed."),
}


def fix_title(fix: str, after: Mapping[str, str]) -> str:
    """What the button of a fix says; `after` are the changed fields by their dotted paths."""
    facts = {field.rpartition(".")[2]: value_text(field, value) for field, value in after.items()}
    if fix == "swap_security" and "port" in facts:
        return fill(_("Try {security} on port {port}"), facts)
    return fill(FIXES[fix], facts)


def change_text(field: str, before: str, after: str) -> str:
    """One field before and after a change, on one line."""
    label = (
        translate(_("Trusted certificate"))
        if field == "server.pinned_certificate"
        else field_label(field)
    )
    return f"{label}: {value_text(field, before)} → {value_text(field, after)}"


def ending_text(ending: str) -> str:
    """How the trial of a fix ended; a verification that could not be done has its own sentence."""
    return translate(ENDINGS[ending])


def value_text(field: str, value: str) -> str:
    """A field's value as it is shown, on one line."""
    if field == "server.security" and value in tuple(Security):
        return security_name(Security(value))
    if field == "server.pinned_certificate" and value:
        # The whole fingerprint stands where consent is asked for.
        return group_fingerprint(value.rpartition(" ")[2])[:23] + "…"
    if field == "authentication.mechanism" and value == "auto":
        return translate(_("Automatic"))
    return clean_text(value, 300) or EMPTY


def group_fingerprint(fingerprint: str) -> str:
    """A fingerprint in groups that can be compared by eye, on two lines."""
    bare = fingerprint.replace(":", "").upper()
    pairs = [bare[at : at + 2] for at in range(0, len(bare), 2)]
    half = (len(pairs) + 1) // 2
    return "\n".join(":".join(part) for part in (pairs[:half], pairs[half:]) if part)
