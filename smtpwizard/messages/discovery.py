"""Sentences for what was found for an address: the settings, and why they may be right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Method

if TYPE_CHECKING:
    from smtpwizard.model.discovery import Candidate

_SETTINGS = _("{host}, port {port}, {security}")

WHY_SENTENCES: Mapping[str, str] = {
    "catalogue": _("{provider} has the mailboxes of {domain}."),
}
_UNKNOWN_DOUBT = _("Nobody can tell whether these settings come from the owner of the domain.")

# How one signs in: OAuth, a password, and whether that is one made for a single program.
_WAYS: Mapping[tuple[bool, bool, bool], str] = {
    (True, True, False): _("Sign in with OAuth or a password."),
    (True, True, True): _("Sign in with OAuth or an app password."),
    (True, False, False): _("Sign in with OAuth."),
    (True, False, True): _("Sign in with OAuth."),
    (False, True, False): _("Sign in with a password."),
    (False, True, True): _("Sign in with an app password."),
}


def settings_text(candidate: Candidate) -> str:
    """The server of a candidate: name, port and encryption method."""
    server = candidate.server
    facts = {
        "host": server.host,
        "port": server.port,
        "security": security_name(server.security),
    }
    return fill(_SETTINGS, facts)


def why_text(candidate: Candidate) -> str:
    """Where a candidate comes from, and how one signs in there."""
    key = (
        Method.OAUTH in candidate.methods,
        Method.BASIC in candidate.methods,
        bool(candidate.facts.get("app_password")),
    )
    why = fill(WHY_SENTENCES[candidate.why], candidate.facts) if candidate.why else ""
    return " ".join(filter(None, (why, translate(_WAYS.get(key, "")) if key in _WAYS else "")))


def doubt_text(candidate: Candidate) -> str:
    """How an answer that is not to be trusted could be wrong."""
    return fill(_UNKNOWN_DOUBT, candidate.facts)


def nothing_text(domain: str) -> str:
    """That nothing is known for a domain, and what to do."""
    return translate(
        _("Nothing is known about {domain}. Ask whoever runs its mail server, or choose below.")
    ).format(domain=clean_text(domain, 100))
