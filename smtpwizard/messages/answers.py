"""What an answer to a case changes, in words: before and after, and what protects less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtpwizard.messages.face import Face, field_name
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import AddressError, ascii_domain, clean_text
from smtpwizard.model.binding import pin_digest
from smtpwizard.model.connector import SECURITIES, Security

MAX_VALUE = 300

_NAMES_OF_PEOPLE = ("admin.name", "sender.name")

_NOTHING = _("nothing")
_WEAKER: Mapping[str, str] = {
    "server.host": _("mail and login go to another server; the secret is asked for again"),
    "server.security": _("nothing is encrypted any more"),
    "server.allow_cleartext": _("the password may be sent unencrypted"),
    "server.ca_file": _("another authority decides which servers are genuine"),
    "server.pinned_certificate": _("another certificate is taken for genuine"),
    "server.proxy": _("everything goes through another computer"),
    "authentication.method": _("the login proves less"),
    "authentication.mechanism": _("the login shows more of the password"),
}
_WEAKER_ELSE = _("it protects less than before")
_ASKS_AGAIN = _("The stored secret is not used for this before you say so: the next test asks.")


def change_line(field: str, before: Any, after: Any, face: Face) -> str:
    """One field before and after, on one line."""
    name = field_name(field, face)
    return f"{name}: {setting_text(field, before, face)} → {setting_text(field, after, face)}"


def weaker_text(field: str) -> str:
    """What a field does not protect any more after the change."""
    return translate(_WEAKER.get(field, _WEAKER_ELSE))


def asks_again_text() -> str:
    """That a secret does not go along with the change."""
    return translate(_ASKS_AGAIN)


def setting_text(field: str, value: Any, face: Face) -> str:
    """A setting's value as it is shown, on one line; it may be anybody's text."""
    if value is None or value in ("", []):
        return translate(_NOTHING)
    if isinstance(value, bool):
        return translate(_("yes")) if value else translate(_("no"))
    if isinstance(value, list):
        return clean_text(", ".join(map(str, value)), MAX_VALUE)
    text = str(value)
    if field == "server.pinned_certificate":
        return text if text.startswith("sha256:") else pin_digest(text)
    if field == "server.security" and text in SECURITIES and face is Face.WINDOW:
        return security_name(Security(text))
    shown = clean_text(text, MAX_VALUE)
    return shown if field in _NAMES_OF_PEOPLE else _with_a_labels(shown)


def _with_a_labels(text: str) -> str:
    """A name of the net in other letters, with its form on the wire beside it."""
    domain = text.rpartition("@")[2]
    if domain.isascii():
        return text
    try:
        return f"{text} ({ascii_domain(domain)})"
    except AddressError:
        return text
