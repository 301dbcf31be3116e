"""What a sentence says differently in the window and in the terminal: steps and fields.

A sentence names a step as `{do_…}` and a field as `{at_…}`; `spoken` puts
in what this face calls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from smtpwizard.messages.translation import Facts, translate
from smtpwizard.messages.translation import mark as _


class Face(StrEnum):
    """Where a sentence is shown."""

    WINDOW = "window"
    COMMAND_LINE = "command_line"


# A sentence of both faces, or one for each.
Sentence = str | Mapping[Face, str]

# A whole sentence each: what to do next.
STEPS: Mapping[str, Mapping[Face, str]] = {
    "approve_command": {
        Face.WINDOW: _(
            "If you trust it, approve it on the command line: smtpwizard verify with "
            "--approve-command."
        ),
        Face.COMMAND_LINE: _("If you trust it, approve it with --approve-command."),
    },
    "enter_secret": {
        Face.WINDOW: _("Edit the connector and enter it again."),
        Face.COMMAND_LINE: _(
            "Give it with --secret-stdin, or store it: smtpwizard edit NAME --secret-stdin"
        ),
    },
    "list_connectors": {
        Face.WINDOW: _("Look for it in the list."),
        Face.COMMAND_LINE: _("See: smtpwizard list"),
    },
    "sign_in": {
        Face.WINDOW: _("Sign in first."),
        Face.COMMAND_LINE: _("Sign in first: smtpwizard sign-in NAME"),
    },
    "test_again": {
        Face.WINDOW: _("Choose Test again."),
        Face.COMMAND_LINE: _("Run smtpwizard verify again."),
    },
}

_NAME, _PROVIDER = _("Name and type"), _("Provider")
_AUTHENTICATE, _TEST = _("Authenticate"), _("Admin and test")

# What the window calls a field, and the page it is on.
FIELDS: Mapping[str, tuple[str, str]] = {
    "name": (_("Name"), _NAME),
    "description": (_("Description"), _NAME),
    "type": (_("Type"), _NAME),
    "provider": (_("Provider"), _PROVIDER),
    "server.host": (_("Server"), _PROVIDER),
    "server.port": (_("Port"), _PROVIDER),
    "server.security": (_("Encryption method"), _PROVIDER),
    "server.allow_cleartext": (_("Send credentials in clear text"), _PROVIDER),
    "server.ca_file": (_("CA file"), _PROVIDER),
    "server.ehlo_name": (_("EHLO name"), _PROVIDER),
    "server.address_family": (_("Address family"), ""),  # set by a fix alone
    "server.timeout_s": (_("Timeout"), _PROVIDER),
    "authentication.username": (_("User"), _AUTHENTICATE),
    "authentication.password": (_("Password"), _AUTHENTICATE),
    "authentication.mechanism": (_("Mechanism"), _AUTHENTICATE),
    "authentication.oauth.client_id": (_("Client ID"), _AUTHENTICATE),
    "authentication.client_secret": (_("Client secret"), _AUTHENTICATE),
    "project.domain": (_("Smart Flows domain"), _AUTHENTICATE),
    "admin.email": (_("Admin user email address"), _TEST),
    "admin.name": (_("Admin user name"), _TEST),
    "send_to": (_("Send to"), _TEST),
}
_BY_PLACEHOLDER = {f"at_{field.replace('.', '_')}": field for field in FIELDS}


def field_label(field: str) -> str:
    """What the window calls a field; its dotted path where it has no widget."""
    return translate(FIELDS[field][0]) if field in FIELDS else field


def field_name(field: str, face: Face) -> str:
    """What a sentence calls a field: its label and page in the window, else its dotted path."""
    if face is Face.COMMAND_LINE or field not in FIELDS:
        return field
    label, page = FIELDS[field]
    place = _("“{label}” on the page {page}") if page else "“{label}”"
    return translate(place).format(label=translate(label), page=translate(page))


def spoken(sentence: Sentence, facts: Mapping[str, Any], face: Face) -> str:
    """A sentence as this face says it, with its steps, fields and facts filled in."""
    text = sentence if isinstance(sentence, str) else sentence[face]
    return translate(text).format_map(_Spoken(facts, face))


class _Spoken(Facts):
    """Facts, and behind `do_…` and `at_…` the steps and fields of a face."""

    def __init__(self, facts: Mapping[str, Any], face: Face) -> None:
        super().__init__(facts)
        self._face = face

    def __getitem__(self, key: str) -> str:
        step = STEPS.get(key.removeprefix("do_"))
        if step is not None and key.startswith("do_"):
            return translate(step[self._face])
        if key in _BY_PLACEHOLDER:
            return field_name(_BY_PLACEHOLDER[key], self._face)
        return super().__getitem__(key)
