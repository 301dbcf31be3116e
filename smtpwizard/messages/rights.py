"""Sentences about whom a login may send as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.verification import stage_title
from smtpwizard.model.report import BEYOND_LOGIN, Reply, Stage

_ALLOWED = _("{sender}: allowed.")
# By whether the sender is the login itself.
_REFUSED: Mapping[bool, str] = {
    True: _(
        "{sender}: this login may not send as itself. Its mailbox is not allowed to send at all, "
        "or its address is another."
    ),
    False: _(
        "{sender}: this login may not send as another. It needs the right “Send as” for that "
        "address."
    ),
}
_SILENT = _("{sender}: not known; the server did not say.")
_TOO_EARLY = _("{sender}: not known; it ended before, at “{stage}”.")
_LATER = _("{sender}: not known; the server puts it off for now.")
_OTHERWISE: Mapping[Stage, str] = {
    Stage.RCPT_TO: _("{sender}: not known; the server refused the recipient."),
    Stage.DATA: _("{sender}: not known; the server refused the email for another reason."),
}
_BEFORE_THE_SENDER = frozenset(Stage) - set(BEYOND_LOGIN)
_MAY_HAVE_GONE = _("{sender}: not known; stopped on its way. It may have arrived.")
_NOT_ASKED = _("{sender}: not asked.")


def right_text(
    sender: str, allowed: bool | None, *, itself: bool, stage: Stage | None, reply: Reply | None
) -> str:
    """Whether a login may send as somebody; where that is not known, why."""
    facts = {"sender": sender}
    if allowed is not None:
        return fill(_ALLOWED if allowed else _REFUSED[itself], facts)
    if stage in _BEFORE_THE_SENDER:
        return fill(_TOO_EARLY, {**facts, "stage": stage_title(stage)})
    if reply is None or stage is None:
        return fill(_SILENT, facts)
    later = 400 <= reply.code < 500
    return fill(_LATER if later else _OTHERWISE.get(stage, _SILENT), facts)


_ASKED: Mapping[bool | None, str] = {
    True: _("May send as {sender}"),
    False: _("May not send as {sender}"),
    None: _("Not known: send as {sender}"),
}


_COUNTS: Mapping[bool | None, str] = {
    True: _("allowed: {number}"),
    False: _("not allowed: {number}"),
    None: _("not known: {number}"),
}


def counts_text(answers: Sequence[bool | None]) -> str:
    """How many senders are allowed, are not, or are not known: those that there are."""
    counts = ((words, answers.count(answer)) for answer, words in _COUNTS.items())
    said = ", ".join(fill(words, {"number": number}) for words, number in counts if number)
    return f"{said[:1].upper()}{said[1:]}."


def asked_text(sender: str, allowed: bool | None) -> str:
    """What a kept run says of the sender that it was asked about, in few words."""
    return fill(_ASKED[allowed], {"sender": sender})


def stopped_text(sender: str, *, begun: bool) -> str:
    """What is known of a sender where somebody stopped: its email was on its way, or not begun."""
    return fill(_MAY_HAVE_GONE if begun else _NOT_ASKED, {"sender": sender})
