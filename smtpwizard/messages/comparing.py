"""What differs between two sides, in words: the parts, the things, and the values beside each
other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtpwizard.causes import title_of
from smtpwizard.messages.answers import setting_text
from smtpwizard.messages.causes import likelihood_text
from smtpwizard.messages.face import Face, field_name
from smtpwizard.messages.facts import list_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import stage_label, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Likelihood, Stage, Status

MAX_VALUE = 600

PARTS: Mapping[str, str] = {
    "stages": _("How it went"),
    "causes": _("Causes"),
    "settings": _("Settings"),
    "tls": _("Encryption"),
    "capabilities": _("What the server offers"),
    "replies": _("What the server says"),
}
_WHAT: Mapping[str, str] = {
    "error": _("why not"),
    "why": _("what happened underneath"),
    "peer": _("who answered"),
    "alert": _("the server's alert"),
    "token": _("the token"),
    "families": _("addresses"),
    "mechanism": _("mechanism"),
    "order": _("in which order"),
    "version": _("version"),
    "cipher": _("cipher"),
    "name": _("the server's name"),
    "chain": _("further certificates"),
    "certificate.subject": _("certificate of"),
    "certificate.issuer": _("issued by"),
    "certificate.names": _("for the names"),
    "certificate.dates": _("its dates"),
}
_VALUES: Mapping[str, str] = {
    "matches": _("is in the certificate"),
    "other": _("is not in the certificate"),
    "valid": _("valid"),
    "expired": _("expired"),
    "not_yet_valid": _("not valid yet"),
}
_MEANINGS: Mapping[str, str] = {
    "nothing": _("Nothing differs: settings, stages, replies and causes are the same."),
    "same_end": _("It ended the same way. What differs, the server's side changed: {parts}."),
    "other_side": _("Nothing changed on this side. The other side did, between {a} and {b}."),
    "this_side": _("Changed on this side in between: {fields}. That may be why."),
    "settings_only": _("Changed on this side in between: {fields}. It ended the same way."),
}
_NOTHING = "–"
_THERE = _("yes")


def part_title(part: str) -> str:
    """The heading of one part."""
    return translate(PARTS[part])


def meaning_text(meaning: str, found: Sequence[tuple[str, str]], a: str, b: str) -> str:
    """What two runs beside each other say, in a sentence; `found` are part and thing of each
    difference, `a` and `b` when the two were."""
    fields = [field_name(what, Face.WINDOW) for part, what in found if part == "settings"]
    parts = dict.fromkeys(part_title(part) for part, _what in found)
    return translate(_MEANINGS[meaning]).format(
        a=a, b=b, fields=list_text(fields), parts=list_text(parts)
    )


def what_text(part: str, what: str, face: Face) -> str:
    """What one difference is about."""
    if part == "settings":
        return clean_text(field_name(what, face))
    if part == "causes" and what != "order":
        return title_of(what) or clean_text(what)
    stage, _dot, more = what.partition(".")
    if part in ("stages", "replies") and stage in tuple(Stage):
        name = stage_label(Stage(stage), face)
        return f"{name}: {translate(_WHAT[more])}" if more in _WHAT else name
    return translate(_WHAT[what]) if what in _WHAT else clean_text(what)


def side_text(part: str, what: str, value: Any, face: Face) -> str:
    """What one side has there, on one line; a dash where it has nothing."""
    if value is None or value == []:
        return _NOTHING
    if value is True:
        return translate(_THERE)
    if part == "settings":
        return setting_text(what, value, face)
    if isinstance(value, list):
        if part == "causes":
            value = [title_of(str(each)) or each for each in value]
        return clean_text(", ".join(map(str, value)), MAX_VALUE)
    text = str(value)
    if part == "stages" and text in tuple(Status):
        return status_name(Status(text))
    if part == "causes" and text in tuple(Likelihood):
        return likelihood_text(Likelihood(text))
    if part == "tls" and text in _VALUES:
        return translate(_VALUES[text])
    return clean_text(text, MAX_VALUE)
