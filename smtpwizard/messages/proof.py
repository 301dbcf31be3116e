"""Sentences about a received test email: its verdicts, its way, what does not go together."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from smtpwizard.messages.security import tls_name
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.model.proof import Conflict, Judged, PassedOn, Proof

CONFLICT_SENTENCES: Mapping[str, str] = {
    "not_ours": _("This is no test email of this connector, or its test is not kept any more."),
    "no_results": _("The receiving server wrote no results (Authentication-Results) into it."),
    "judged_elsewhere": _(
        "The results are by {what}, which took no part in its way. Someone else may have "
        "written them."
    ),
    "inside": _(
        "It lies inside another email, which passed it on. The results are of the one inside."
    ),
    "from_rewritten": _(
        "Its From is {what} by now, not the sender any more. The results on DMARC are about that."
    ),
    "list": _("It came through the mailing list {what}, which may have changed it on the way."),
    "passed_on": _("It was passed on after the first delivery. The results are of the last hop."),
    "others_say_otherwise": _("Another server on its way found something else: {what}."),
    "other_author": _("The results are about {what}, and From is another domain."),
}
_METHODS: Mapping[str, str] = {"spf": _("SPF"), "dkim": _("DKIM"), "dmarc": _("DMARC")}
_UNSAID = _("{method}: the receiver says nothing of it.")
_PASSED = _("{method}: passed, for {domain}.")
_OTHER = _("{method}: {result}, for {domain}.")
_SIGNED = _("Signed with the key {name}.")
_SIGNED_AND_KEPT = _(
    "Signed with the key {name}. A look at the sender's domain includes it from now on."
)
_TLS: Mapping[str | None, str] = {
    None: _("encryption not said"),
    "no": _("not encrypted"),
    "yes": _("encrypted"),
}


def conflict_text(conflict: Conflict) -> str:
    """What does not go together."""
    return fill(CONFLICT_SENTENCES[conflict.code], {"what": conflict.what})


def judged_text(method: str, judged: Judged) -> str:
    """What the receiver found by one method."""
    sentence = _OTHER if judged.result != "pass" else _PASSED
    facts = {"method": translate(_METHODS[method]), "result": judged.result or ""}
    facts["domain"] = judged.domain
    return fill(sentence if judged.result else _UNSAID, facts)


def hop_text(hop: PassedOn) -> str:
    """From where to where, how, and how long it took."""
    tls = translate(_TLS[hop.tls]) if hop.tls in _TLS else tls_name(hop.tls or "")
    facts = {"source": hop.source, "by": hop.by, "tls": tls, "delay": hop.delay_s}
    if hop.delay_s is None:
        return fill(_("{source} to {by}, {tls}"), facts)
    return fill(_("{source} to {by}, {tls}, after {delay} s"), facts)


class Sign(StrEnum):
    """How something told of an email is to be taken."""

    GOOD = "good"
    BAD = "bad"
    LOOK = "look"
    NOTE = "note"


class Told(NamedTuple):
    """A line about an email; a `detail` belongs to what stands above it."""

    text: str
    sign: Sign | None = None
    detail: bool = False


# Verdicts of RFC 8601 §2.7 that speak against the email; the rest decide nothing.
_AGAINST = frozenset(("fail", "softfail", "hardfail", "policy", "permerror"))
# What happens to an email on its way, and is nobody's fault.
_USUAL = frozenset(("inside", "list", "passed_on"))


def _sign_of(judged: Judged) -> Sign:
    if judged.result == "pass":
        return Sign.GOOD
    return Sign.BAD if judged.result in _AGAINST else Sign.NOTE


def told_of(proof: Proof) -> list[Told]:
    """All of it: whose it is, the verdicts with their evidence, the key, the way."""
    conflicts = {conflict.code: conflict for conflict in proof.conflicts}
    strange = conflicts.pop("not_ours", None)
    if strange is not None:
        out = [Told(conflict_text(strange), Sign.LOOK)]
    else:
        out = [Told(translate(_("This is a test email of this connector.")), Sign.GOOD)]
    for method, judged in (("spf", proof.spf), ("dkim", proof.dkim), ("dmarc", proof.dmarc)):
        out.append(Told(judged_text(method, judged), _sign_of(judged)))
    shown = dict.fromkeys(judged.line for judged in (proof.spf, proof.dkim, proof.dmarc))
    out += [Told(clean_text(line), detail=True) for line in shown if line]
    if proof.key:
        sentence = _SIGNED_AND_KEPT if proof.ours else _SIGNED
        out.append(Told(fill(sentence, {"name": proof.key}), Sign.NOTE))
    for code, conflict in conflicts.items():
        out.append(Told(conflict_text(conflict), Sign.NOTE if code in _USUAL else Sign.LOOK))
    if proof.hops:
        out.append(Told(translate(_("Its way:"))))
        out += [Told(hop_text(hop), detail=True) for hop in proof.hops]
    return out


def proof_lines(proof: Proof) -> list[str]:
    """The same as lines of a text."""
    return [f"  {told.text}" if told.detail else told.text for told in told_of(proof)]
