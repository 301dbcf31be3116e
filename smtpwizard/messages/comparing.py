"""Words for what differs between two runs, connectors, reports or cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtpwizard.messages.face import Face, field_name
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import stage_title, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Stage, Status

_PARTS: Mapping[str, str] = {
    "stages": _("Stages"),
    "causes": _("Causes"),
    "settings": _("Settings"),
    "tls": _("Encryption"),
    "capabilities": _("Capabilities"),
    "replies": _("Replies"),
}
_NOTHING = _("–")
_MOST = 300


def part_name(part: str) -> str:
    """A part of the comparison, as a person calls it."""
    return translate(_PARTS[part]) if part in _PARTS else clean_text(part, 40)


def what_name(part: str, what: str, face: Face = Face.WINDOW) -> str:
    """What differs within a part: a field by its label, a stage by its title."""
    if part == "settings":
        return clean_text(field_name(what, face), 100)
    head, dot, rest = what.partition(".")
    if face is Face.WINDOW and head in tuple(Stage):
        title = stage_title(Stage(head))
        return clean_text(f"{title}: {rest}" if dot else title, 100)
    return clean_text(what, 100)


def value_text(value: Any) -> str:
    """A value as it is shown, on one line; it may be anybody's text."""
    if value in (None, "", [], {}):
        return translate(_NOTHING)
    if isinstance(value, bool):
        return translate(_("yes")) if value else translate(_("no"))
    if isinstance(value, list | tuple):
        return clean_text(", ".join(map(str, value)), _MOST)
    if value in tuple(Status):
        return status_name(Status(value))
    return clean_text(str(value), _MOST)
