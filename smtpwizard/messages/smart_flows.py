"""The words of what is entered in the Smart Flows console: its pages, its choices, remarks.

Pages and notes are those of `flow/smart_flows_form.py`, by their values.
"""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.connector import Security

PARTS: Mapping[str, str] = {
    "create": _("Create connector"),
    "provider": _("Select provider"),
    "authenticate": _("Authenticate"),
    "test": _("Test configuration"),
}

_CHOICES: Mapping[str, Mapping[str, str]] = {
    "provider": {
        "gmail": _("Gmail"),
        "exchange": _("Microsoft Exchange"),
        "custom": _("Create a connection"),
    },
    "authentication.method": {
        "oauth": _("OAuth (recommended)"),
        "basic": _("Basic Authentication"),
    },
}

NOTES: Mapping[str, str] = {
    "leave_empty": _("Leave it empty."),
    "domain_unknown": _("The Smart Flows domain is not known here; the console shows the address."),
    "register": _("The console shows it too. The app registration must have it."),
    "register_too": _(
        "You signed in another way here. Smart Flows needs this address in the app registration; "
        "a desktop client cannot have it."
    ),
    "secret_in_keyring": _("As you entered it. It is kept in the system's keyring."),
    "secret_in_file": _("As you entered it. It is kept in the encrypted file."),
    "secret_of_session": _("As you entered it. It is kept for this session only."),
    "secret_of_command": _("As your helper command answers it."),
    "secret_missing": _("None is kept here. Take it from your provider."),
    "sign_in": _("Then sign in there as well: a sign-in holds for one program."),
    "sign_in_as": _("Then sign in there as {user}: a sign-in holds for one program."),
    "needs_user": _("In Smart Flows someone signs in; here the application does it by itself."),
    "no_login": _("Leave User and Password empty."),
}


def part_title(part: str) -> str:
    """What the console calls one of its pages."""
    return translate(PARTS[part])


def entry_text(key: str, value: str) -> str:
    """A value as the console has it: a choice by its name, anything else as it is."""
    if key == "server.security":
        return security_name(Security(value))
    choices = _CHOICES.get(key, {})
    return translate(choices[value]) if value in choices else value


def form_note(note: str, user: str = "") -> str:
    """What is to be said of a field or a page."""
    return fill(NOTES[note], {"user": user})
