"""Sentences about a received test email: its verdicts, its way, what does not go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.model.proof import Conflict, Judged, PassedOn, Proof

CONFLICT_SENTENCES: Mapping[str, str] = {
    "not_ours": _("This is no test email of this connector, or its run is not kept any more."),
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
    tls = translate(_TLS[hop.tls]) if hop.tls in _TLS else hop.tls
    facts = {"source": hop.source, "by": hop.by, "tls": tls, "delay": hop.delay_s}
    if hop.delay_s is None:
        return fill(_("{source} to {by}, {tls}"), facts)
    return fill(_("{source} to {by}, {tls}, after {delay} s"), facts)


def proof_lines(proof: Proof) -> list[str]:
    """All of it: whose it is, the verdicts with their evidence, the key, the way."""
    lines = [translate(_("This is a test email of this connector."))] if proof.ours else []
    for method, judged in (("spf", proof.spf), ("dkim", proof.dkim), ("dmarc", proof.dmarc)):
        lines.append(judged_text(method, judged))
    shown = dict.fromkeys(judged.line for judged in (proof.spf, proof.dkim, proof.dmarc))
    lines += [f"  {clean_text(line)}" for line in shown if line]
    if proof.selector is not None:
        key = f"{proof.selector}._domainkey.{proof.key_domain}"
        lines.append(fill(_("Signed with the key {name}."), {"name": key}))
    lines += [conflict_text(conflict) for conflict in proof.conflicts]
    if proof.hops:
        lines += ["", translate(_("Its way:")), *(f"  {hop_text(hop)}" for hop in proof.hops)]
    return lines
