"""Words for characters that nobody sees in what was entered: how many of which, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.odd_characters import Odd, OddKind, Place

# One, and several.
_KINDS: Mapping[OddKind, tuple[str, str]] = {
    OddKind.SPACE: (_("a space"), _("{count} spaces")),
    OddKind.NO_BREAK_SPACE: (_("a no-break space"), _("{count} no-break spaces")),
    OddKind.OTHER_SPACE: (_("an unusual space"), _("{count} unusual spaces")),
    OddKind.TAB: (_("a tab"), _("{count} tabs")),
    OddKind.LINE_BREAK: (_("a line break"), _("{count} line breaks")),
    OddKind.BYTE_ORDER_MARK: (
        _("an invisible byte order mark"),
        _("{count} invisible byte order marks"),
    ),
    OddKind.INVISIBLE: (
        _("an invisible character (zero-width)"),
        _("{count} invisible characters (zero-width)"),
    ),
    OddKind.CONTROL: (_("a control character"), _("{count} control characters")),
    OddKind.QUOTE: (_("a curly quote"), _("{count} curly quotes")),
    OddKind.DASH: (_("a long dash"), _("{count} long dashes")),
    OddKind.FULL_WIDTH: (_("a full-width character"), _("{count} full-width characters")),
}
_PLACES: Mapping[Place, str] = {
    Place.START: _("begins with {what}"),
    Place.INSIDE: _("contains {what}"),
    Place.END: _("ends with {what}"),
}
_SUBJECTS: Mapping[str, str] = {
    "authentication.username": _("The user name {phrase}."),
    "authentication.password": _("The password {phrase}."),
    "authentication.client_secret": _("The client secret {phrase}."),
    "authentication.oauth.client_id": _("The client ID {phrase}."),
    "authentication.oauth.tenant": _("The tenant {phrase}."),
}

_KEPT = _("It is kept as typed.")


def odd_text(found: Sequence[Odd]) -> str:
    """What is odd in a text, said at its field; empty where nothing is."""
    return fill(_("It {phrase}."), {"phrase": _phrase(found)}) if found else ""


def odd_line(field: str, found: Sequence[Odd]) -> str:
    """The same as evidence, with the name of what was entered."""
    return fill(_SUBJECTS[field], {"phrase": _phrase(found)})


def odd_hint(found: Sequence[Odd]) -> str:
    """The same as a remark that stops nobody; empty where nothing is odd."""
    return f"{odd_text(found)} {translate(_KEPT)}" if found else ""


def odd_note(field: str, found: Sequence[Odd]) -> str:
    """The same beside a result, with the name of what was entered."""
    return f"{odd_line(field, found)} {translate(_KEPT)}"


def _phrase(found: Sequence[Odd]) -> str:
    parts = [
        fill(
            _PLACES[odd.place],
            {"what": fill(_KINDS[odd.kind][odd.number > 1], {"count": odd.number})},
        )
        for odd in found
    ]
    both = translate(_("{parts} and {last}"))
    return parts[0] if len(parts) == 1 else both.format(parts=", ".join(parts[:-1]), last=parts[-1])
