"""Words about projects: their environments, and what is another in another project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from smtpwizard.messages.fixes import short_fingerprint
from smtpwizard.messages.moments import day_text
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text

ENVIRONMENTS: Mapping[str, str] = {"production": _("Production"), "test": _("Test")}
_FIELDS: Mapping[str, str] = {
    "project.environment": _("Environment"),
    "project.domain": _("Smart Flows domain"),
    "project.base_url": _("Base URL"),
    "project.certificate": _("Trusted certificate"),
    "authentication.oauth.redirect_uri": _("Redirect URI"),
    "default": _("Default connector"),
}
_YES = {"true": _("yes"), "false": _("no")}
_NOTHING = "–"
_UNTIL = _("{name}, until {day}")
_TRANSFERS: Mapping[tuple[bool, bool], str] = {
    (True, True): _("Moved to {project}: {names}."),
    (False, True): _("Copied to {project}: {names}."),
    (True, False): _("To be moved to {project}: {names}. Nothing was changed."),
    (False, False): _("To be copied to {project}: {names}. Nothing was changed."),
}
_UNTRUSTED = _(
    "{project} does not trust these, which these connectors may need. Compare the fingerprint with "
    "what the owner says before it does."
)
_TRUSTED_THERE = _("{project} trusts the certificates shown above now.")
_REGISTER = _("Register the new redirect URI with the app before anyone signs in there.")


class Otherwise(Protocol):
    """One thing that is another in the other project; of all connectors without `connector`."""

    @property
    def connector(self) -> str | None: ...
    @property
    def field(self) -> str: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...
    @property
    def certificate(self) -> str | None: ...
    @property
    def ends(self) -> str | None: ...


def environment_name(environment: str | None) -> str:
    """What an environment is called; one that is not known, as it was entered."""
    known = ENVIRONMENTS.get((environment or "").casefold())
    return translate(known) if known else environment or ""


def otherwise_name(field: str) -> str:
    """What a thing is called that is another there."""
    known = _FIELDS.get(field)
    return translate(known) if known else field


def otherwise_sides(each: Otherwise) -> tuple[str, str]:
    """Its value here and there, in words."""
    here, there = (_value(each, value) for value in (each.before, each.after))
    return here, there


def _value(each: Otherwise, value: str | None) -> str:
    field = each.field
    if value is None:
        return _NOTHING
    if field == "project.certificate":
        name = each.certificate or short_fingerprint(value)
        return fill(_UNTIL, {"name": name, "day": day_text(each.ends)}) if each.ends else name
    if field == "project.environment":
        return environment_name(value)
    return translate(_YES[value]) if field == "default" and value in _YES else value


def otherwise_lines(found: Sequence[Otherwise]) -> list[str]:
    """What is another there, a line each, and what to do about it."""
    lines = []
    for each in found:
        before, after = map(clean_text, otherwise_sides(each))
        whose = f"{clean_text(each.connector)}: " if each.connector else ""
        lines.append(f"  {whose}{otherwise_name(each.field)}: {before} → {after}")
    if is_to_register(found):
        lines.append(translate(_REGISTER))
    return lines


def is_to_register(found: Sequence[Otherwise]) -> bool:
    """Whether a redirect URI is another there, and known."""
    return any(each.field.endswith("redirect_uri") and each.after for each in found)


def register_text() -> str:
    """What to do where a redirect URI is another there."""
    return translate(_REGISTER)


def untrusted_there_text(project: str) -> str:
    """What stands above the certificates that another project does not trust."""
    return fill(_UNTRUSTED, {"project": project})


def trusted_there_text(project: str) -> str:
    """That it does now."""
    return fill(_TRUSTED_THERE, {"project": project})


def transfer_text(names: Sequence[str], project: str, *, moved: bool, applied: bool) -> str:
    """What was done with connectors, or would be."""
    return fill(_TRANSFERS[moved, applied], {"project": project, "names": ", ".join(names)})
