"""Words about certificates: who trusts them, until when, and what trusting one means."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.face import Face
from smtpwizard.messages.stage_errors import STAGE_ERRORS
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.stage_facts import StageError

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
_ENDS = (_("ends today"), _("ends tomorrow"), _("ends in {days} days"))
_ENDED = (_("ended yesterday"), _("ended {days} days ago"))


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
