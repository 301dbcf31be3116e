"""Sentences about whom a login may send as."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import mark as _

_SENTENCES: Mapping[tuple[bool | None, bool], str] = {
    (True, True): _("{sender}: allowed."),
    (True, False): _("{sender}: allowed."),
    (False, True): _(
        "{sender}: this login may not send as itself. Its mailbox is not allowed to send at all, "
        "or its address is another."
    ),
    (False, False): _(
        "{sender}: this login may not send as another. It needs the right “Send as” for that "
        "address."
    ),
    (None, True): _("{sender}: not known; the server did not say."),
    (None, False): _("{sender}: not known; the server did not say."),
}


def right_text(sender: str, allowed: bool | None, *, itself: bool) -> str:
    """Whether a login may send as somebody."""
    return fill(_SENTENCES[allowed, itself], {"sender": sender})
