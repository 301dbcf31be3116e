"""Words for the fixes that can be tried at once: their buttons, and how a trial ended.

A new fix has its words here, under its id; what it does stands in `flow/fixes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

from smtpwizard.messages.face import field_label
from smtpwizard.messages.facts import spaces_text
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
    "use_project_trust": _("Use what this project trusts"),
    "trust_certificate": _("Trust it for this connector…"),
    "use_certificate_name": _("Use {host}…"),
    "sign_in_again": _("Sign in again"),
}


@dataclass(frozen=True, slots=True)
class Consent:
    """What is asked before a fix that shows a certificate may run."""

    question: str
    explanation: str
    agree: str
    decline: str


# By the id of the fix; facts are its values after the change.
CONSENTS: Mapping[str, Consent] = {
    "use_project_trust": Consent(
        _("Go by what this project trusts?"),
        _(
            "This connector trusts one certificate alone, and the server shows another one. The "
            "project trusts who issued that: whatever it vouches for is accepted then."
        ),
        _("Use it and test again"),
        _("Keep the pinned certificate"),
    ),
    "trust_certificate": Consent(
        _("Trust exactly this certificate?"),
        _(
            "No authority vouches for it. Ask the server's administrator for its fingerprint and "
            "compare; someone in between would show another one."
        ),
        _("Trust it and test again"),
        _("Do not trust it"),
    ),
    "use_certificate_name": Consent(
        _("Is {host} your provider's mail server?"),
        _(
            "User name and password go to {host} then. Agree only if your provider names it: "
            "someone in between would show a certificate of their own."
        ),
        _("Use it and test again"),
        _("Do not use it"),
    ),
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


def consent_text(fix: str, after: Mapping[str, str]) -> Consent:
    """What to ask before this fix; `after` as for its title."""
    wanted = CONSENTS[fix]
    facts = {field.rpartition(".")[2]: value_text(field, value) for field, value in after.items()}
    return Consent(
        *(fill(getattr(wanted, field.name), facts) for field in dataclass_fields(Consent))
    )


def changed_field(field: str) -> str:
    """What the field of a change is called."""
    if field == "server.pinned_certificate":
        return translate(_("Trusted certificate"))
    return field_label(field)


def change_text(field: str, before: str, after: str) -> str:
    """One field before and after a change, on one line."""
    return f"{changed_field(field)}: {value_text(field, before)} → {value_text(field, after)}"


def ending_text(ending: str) -> str:
    """How the trial of a fix ended; a verification that could not be done has its own sentence."""
    return translate(ENDINGS[ending])


def value_text(field: str, value: str) -> str:
    """A field's value as it is shown, on one line."""
    if field == "server.security" and value in tuple(Security):
        return security_name(Security(value))
    if field == "server.pinned_certificate" and value:
        # The whole fingerprint stands where consent is asked for.
        return short_fingerprint(value.rpartition(" ")[2])
    if field == "server.ca_file" and not value:
        return translate(_("none"))
    if field == "authentication.password":
        count = int(value.rpartition(" ")[2])
        return spaces_text(count) if count else translate(_("no spaces"))
    if field == "authentication.mechanism" and value == "auto":
        return translate(_("Automatic"))
    return clean_text(value, 300) or EMPTY


def fingerprint_text(fingerprint: str) -> str:
    """A fingerprint as it is written everywhere, whole: `AB:CD:EF`."""
    bare = fingerprint.replace(":", "").upper()
    return ":".join(bare[at : at + 2] for at in range(0, len(bare), 2))


def short_fingerprint(fingerprint: str) -> str:
    """How one begins, where two are told apart by it: `AB:CD:…`."""
    return f"{fingerprint_text(fingerprint)[:23]}…"


def group_fingerprint(fingerprint: str, octets: int = 0, between: str = "\n") -> str:
    """The same in groups that can be compared by eye: two, or one for so many octets each."""
    pairs = fingerprint_text(fingerprint).split(":")
    size = octets or (len(pairs) + 1) // 2
    return between.join(":".join(pairs[at : at + size]) for at in range(0, len(pairs), size))
