"""Sentences about what large receivers ask of a sender, and whether it keeps to that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtpwizard.messages.moments import day_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate

if TYPE_CHECKING:
    from smtpwizard.model.sender import Readiness, ReceiverRule, RuleFinding

ASKED: Mapping[str, str] = {
    "spf": _("SPF"),
    "dkim": _("DKIM"),
    "dmarc": _("DMARC"),
    "spf_or_dkim": _("SPF or DKIM"),
    "aligned": _("SPF or DKIM for the sender's own domain"),
    "ptr": _("the server's name (PTR)"),
    "mx": _("MX"),
}
ALSO: Mapping[str, str] = {
    "tls": _("encryption on the way there"),
    "spam_rate": _("fewer than 0.3 % reported as spam"),
    "one_click": _("unsubscribing in one step in marketing emails"),
    "unsubscribe": _("a way to unsubscribe in marketing emails"),
    "opt_in": _("only recipients who asked for it"),
}
_MET: Mapping[bool | None, str] = {True: _("met"), False: _("not met"), None: _("not known")}
_TITLE = _("{receiver}, {who}: {met}")
_EVERYBODY, _BULK = _("every sender"), _("bulk mail (no number is given)")
_FROM = _("from {number} emails a day")
_SINCE, _AT_LATEST = _("Since {day}."), _("Since {day} at the latest.")
_REFUSES = _("Since {day}; what does not keep to it is refused more and more since {refuses}.")
_FOR_GOOD = _("Who has sent as many once counts for good.")
_ASKS, _TO_MEND, _NOT_KNOWN = (
    _("Asks for {asked}."),
    _("To mend: {asked}."),
    _("Not known: {asked}."),
)
_NOTHING = _("Your provider sees to it.")
_SHOWN_BY_EMAIL = _("A received test email shows it.")
_SHOWN_BY_CONNECTOR = _("A look at a connector shows it.")
_UNSEEN = _("Not seen from here: {also}.")


def rule_title(finding: RuleFinding) -> str:
    """Whose rule, for whom, and whether it is met."""
    met = translate(_MET[finding.met])
    who = _who(finding.rule)
    return translate(_TITLE).format(receiver=finding.rule.receiver, who=who, met=met)


def rule_text(finding: RuleFinding, readiness: Readiness) -> str:
    """From when on, and what is to be done: one line."""
    for_good = translate(_FOR_GOOD) if finding.rule.for_good else ""
    return " ".join(filter(None, (_since(finding.rule), for_good, _to_do(finding, readiness))))


def unseen_text(rule: ReceiverRule) -> str:
    """What the receiver asks for besides that no record shows; empty where there is nothing."""
    return translate(_UNSEEN).format(also=_list(rule.also, ALSO)) if rule.also else ""


def _who(rule: ReceiverRule) -> str:
    if rule.emails_a_day is not None:
        return translate(_FROM).format(number=f"{rule.emails_a_day:,}")
    return translate(_BULK if rule.bulk else _EVERYBODY)


def _since(rule: ReceiverRule) -> str:
    if rule.refuses_since is not None:
        refuses = day_text(rule.refuses_since)
        return translate(_REFUSES).format(day=day_text(rule.since), refuses=refuses)
    return translate(_AT_LATEST if rule.at_latest else _SINCE).format(day=day_text(rule.since))


def _to_do(finding: RuleFinding, readiness: Readiness) -> str:
    asks = finding.rule.asks
    if finding.to_mend:
        return translate(_TO_MEND).format(asked=_list(finding.to_mend, ASKED))
    if finding.not_known:
        said = translate(_NOT_KNOWN).format(asked=_list(finding.not_known, ASKED))
        shown = ""
        if readiness.alone:
            shown = translate(_SHOWN_BY_CONNECTOR)
        elif any(f.code == "dkim_not_known" for f in readiness.findings):
            shown = translate(_SHOWN_BY_EMAIL)
        return f"{said} {shown}".strip()
    return translate(_ASKS).format(asked=_list(asks, ASKED)) if asks else translate(_NOTHING)


def _list(keys: tuple[str, ...], words: Mapping[str, str]) -> str:
    return ", ".join(translate(words[key]) for key in keys)
