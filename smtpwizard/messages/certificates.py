"""Words about certificates: who trusts them, until when, and what trusting one means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import list_text
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.messages.moments import day_text
from smtpwizard.messages.stage_errors import STAGE_ERRORS
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.stage_facts import CertificateFacts, StageError

_TRUSTED: Mapping[str, str] = {
    "system": _("This computer trusts it."),
    "project": _("This project trusts it."),
    "connector": _("One connector trusts it."),
    "no": _("Nobody here trusts it."),
}
_NOT_AGREED: Mapping[Face, str] = {
    Face.WINDOW: _("It came with the project's file. Nobody trusted it on this computer yet."),
    Face.COMMAND_LINE: _(
        "It came with the project's file. Nobody trusted it on this computer yet: smtpwizard "
        "certificates trust FILE"
    ),
}
_VOUCHES: Mapping[bool, str] = {
    True: _("An authority: it can vouch for any server."),
    False: _("One server's own: it vouches for nobody else."),
}
_COMMANDS_TO_TRUST = _(
    "To trust them for the project: smtpwizard certificates fetch {server} -o FILE, then "
    "smtpwizard certificates trust FILE --fingerprint SHA256. Compare the fingerprint first with "
    "what the server's administrator says."
)
# By what of a connector says so.
_ONLY: Mapping[str, str] = {
    "pin": _("For {name} alone, as its pinned certificate."),
    "ca_file": _("For {name} alone, by its own CA file {path}."),
    "sign_in_ca_file": _("For {name} alone, where it signs in, by its own CA file {path}."),
}
# The same for several.
_ONLY_FOR: Mapping[str, str] = {
    "pin": _("For {name} alone, as their pinned certificate."),
    "ca_file": _("For {name} alone, by their own CA file {path}."),
    "sign_in_ca_file": _("For {name} alone, where they sign in, by their own CA file {path}."),
}
_IN_FILES: Mapping[str, str] = {
    "ca_file": _("For {name} alone, each by a CA file of its own."),
    "sign_in_ca_file": _("For {name} alone, where they sign in, each by a CA file of its own."),
}
_THEY_TOO = _("{name} would trust it without the project, too.")
_UNREAD: Mapping[str, str] = {
    "ca_file": _("The own CA file of {name}, {path}."),
    "sign_in_ca_file": _("The own CA file of {name} for signing in, {path}."),
}
_MORE = _("The file holds {count} more.")
_KEEPS: Mapping[str, str] = {
    "pin": _("{name} (a pinned certificate)"),
    "ca_file": _("{name} (a CA file)"),
}
_KEEPING = _("These have a trust of their own, and go by that: {names}.")
_STANDS_IN_THE_WAY: Mapping[str, str] = {
    "pin": _(
        "{name} trusts one certificate alone, and this is another one. The project would trust it."
    ),
    "ca_file": _(
        "{name} goes by its own CA file, which does not vouch for it. The project would trust it."
    ),
}
_DOES_NOT_DO: Mapping[str, str] = {
    "pin": _("{name} trusts one certificate alone, and this is another one."),
    "ca_file": _("{name} goes by its own CA file, which does not vouch for it."),
}
_ENDS = (_("ends today"), _("ends tomorrow"), _("ends in {days} days"))
_ENDED = (_("ended yesterday"), _("ended {days} days ago"))

# As many of a certificate's names are shown, and so many letters of a fact.
MAX_NAMES = 20
MAX_VALUE = 600


def trusted_text(trusted: str, why: str | None, face: Face, *, agreed: bool = True) -> str:
    """Who trusts a certificate (`system`, `project`, `no`), or why nobody does."""
    if not agreed:
        return translate(_NOT_AGREED[face])
    if why is not None and why in tuple(StageError):
        sentence = STAGE_ERRORS[StageError(why)]
        return translate(sentence if isinstance(sentence, str) else sentence[face])
    return translate(_TRUSTED[trusted])


def vouches_text(authority: bool) -> str:
    """For whom a certificate that is trusted can vouch."""
    return translate(_VOUCHES[authority])


def to_trust_text(server: str) -> str:
    """What to type so that a server's certificate is trusted."""
    return fill(_COMMANDS_TO_TRUST, {"server": server})


def end_of_certificate_text(days: int) -> str:
    """In how many days one ends, or how long ago it did."""
    if days < 0:
        return fill(_ENDED[min(-days, 2) - 1], {"days": -days})
    return fill(_ENDS[min(days, 2)], {"days": days})


def trust_of_one_text(whose: Sequence[Use], why: str | None, *, by_project: bool) -> str:
    """Which connectors trust a certificate for themselves, and by what; `why` says why their file
    cannot be read, `by_project` that the project trusts it, too."""
    if by_project:
        names = list_text([clean_text(use.name, 100) for use in whose])
        return fill(_THEY_TOO, {"name": names}) if whose else ""
    said = []
    for through in dict.fromkeys(use.through or "" for use in whose):
        uses = [use for use in whose if use.through == through]
        paths = dict.fromkeys(clean_text(use.path or "", 200) for use in uses)
        names = list_text([clean_text(use.name, 100) for use in uses])
        facts = {"name": names, "path": next(iter(paths))}
        if why is not None:
            said.append(fill(_UNREAD[through], facts))
            continue
        words = _ONLY if len(uses) == 1 else _ONLY_FOR if len(paths) == 1 else _IN_FILES
        said.append(fill(words[through], facts))
        if len(paths) == 1 and uses[0].more:
            said.append(fill(_MORE, {"count": uses[0].more}))
    if why is not None:
        said.append(trusted_text("no", why, Face.COMMAND_LINE))
    return " ".join(said)


def keeping_text(kept: Sequence[tuple[str, str]]) -> str:
    """Which connectors do not go by what the project trusts: name, and what they go by; empty
    without any."""
    if not kept:
        return ""
    names = [fill(_KEEPS[own], {"name": name}) for name, own in kept]
    return fill(_KEEPING, {"names": list_text(names)})


def in_the_way_text(name: str, own_trust: str, *, project_vouches: bool) -> str:
    """Why a connector does not trust a server, by what it has of its own."""
    words = _STANDS_IN_THE_WAY if project_vouches else _DOES_NOT_DO
    return fill(words[own_trust], {"name": name})


class Use(Protocol):
    """A connector that trusts a certificate for itself, by what."""

    @property
    def name(self) -> str: ...
    @property
    def through(self) -> str | None: ...
    @property
    def path(self) -> str | None: ...
    @property
    def more(self) -> int: ...


class Described(Protocol):
    """A certificate, as far as it is told in a few lines."""

    @property
    def facts(self) -> CertificateFacts: ...
    @property
    def authority(self) -> bool: ...


def certificate_rows(
    facts: CertificateFacts, *, authority: bool | None = None, days: int | None = None
) -> list[tuple[str, str]]:
    """What a certificate says of itself, but for its fingerprint: names of facts, and values.

    `authority`: for whom it can vouch, where that is known; `days`: until its end, where that is
    told as well.
    """
    until = day_text(facts.not_after)
    if days is not None:
        until += f" ({end_of_certificate_text(days)})"
    rows = (
        (_("Names"), ", ".join(facts.names[:MAX_NAMES])),
        (_("Issued to"), facts.subject),
        (_("Issued by"), facts.issuer),
        (_("Valid from"), day_text(facts.not_before)),
        (_("Valid until"), until),
        (_("Kind"), vouches_text(authority) if authority is not None else ""),
    )
    return [(translate(name), clean_text(value, MAX_VALUE)) for name, value in rows if value]


def fingerprint_name() -> str:
    """What the fingerprint is called that is compared."""
    return translate(_("Fingerprint (SHA-256)"))


def certificate_text(one: Described) -> str:
    """What is compared before one is trusted, a line a fact."""
    rows = certificate_rows(one.facts, authority=one.authority)
    lines = [f"{name}: {value}" for name, value in rows]
    return "\n".join((*lines, f"{fingerprint_name()}: {group_fingerprint(one.facts.fingerprint)}"))
