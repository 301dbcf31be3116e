"""Sentences about a sender's readiness: why a finding is as it is, one a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.model.sender import (
        ApartFinding,
        Check,
        Readiness,
        SenderFinding,
        Verdict,
    )

_MAX_NAME, _MAX_RECORD = 253, 4096

READINESS_SENTENCES: Mapping[str, str] = {
    "offline": _("Nobody was asked: look-ups are switched off."),
    "no_answer": _("The name server did not answer, so this is not known. Look again later."),
    "no_domain": _("{domain} is a bare address, of which no record says anything."),
    "spf_found": _("{domain} has one SPF record, which takes {look_ups} of 10 look-ups."),
    "spf_missing": _(
        "{domain} has no SPF record, so receivers cannot tell its senders from others."
    ),
    "spf_several": _("{domain} has {count} SPF records. Receivers then trust none: keep one."),
    "spf_open": _("The SPF record allows everybody to send in the name of {domain}."),
    "spf_open_for_whom": _(
        "The SPF record allows everybody to send in the name of {domain}. List the servers that "
        "send for it, and end the record with “~all”."
    ),
    "spf_ptr": _(
        "The SPF record uses “ptr”, which is slow and which some receivers do not look at."
    ),
    "spf_syntax": _("The SPF record of {at} is not well written, so receivers trust none of it."),
    "spf_look_ups": _(
        "The SPF record takes {look_ups} look-ups; after 10 receivers give up. Drop what "
        "nothing is sent through any more, such as {drop}."
    ),
    "spf_voids": _(
        "{voids} look-ups of the SPF record lead nowhere; after 2 receivers give up. "
        "Drop what is not there any more: {drop}."
    ),
    "spf_names": _("The SPF record counts on more than ten mail servers of {at}."),
    "spf_no_record": _(
        "The SPF record leads to {at}, which has none. Receivers then trust nothing of it."
    ),
    "spf_loop": _("The SPF record leads back to {at}, in a circle."),
    "spf_includes": _(
        "The SPF record includes {include}, where {provider} sends from. It takes {look_ups} of "
        "10 look-ups."
    ),
    "spf_passes": _("The SPF record allows the addresses that {provider} sends from."),
    "spf_not_included": _(
        "{provider} sends from addresses that the SPF record of {domain} does not allow. "
        "Add {include}."
    ),
    "spf_not_included_full": _(
        "{provider} sends from addresses that the SPF record does not allow. {include} takes "
        "{need} look-ups, and {look_ups} of 10 are taken: drop one first, such as {drop}."
    ),
    "spf_of_provider": _(
        "{provider} uses an envelope sender of its own, so this record matters little there: "
        "DKIM has to speak for {domain}."
    ),
    "spf_of_provider_none": _(
        "{domain} has no SPF record. {provider} uses an envelope sender of its own, so DKIM has "
        "to speak for {domain}."
    ),
    "spf_hosts_unknown": _("It is not known from which addresses {provider} sends."),
    "spf_server_inside": _(
        "{host} is inside this network or cannot be found. Which address receivers see is not "
        "known."
    ),
    "spf_server_passes": _("The SPF record allows {host} to send."),
    "spf_server_not_allowed": _(
        "The SPF record does not allow {host} ({addresses}) to send: {result}. If it sends from "
        "other addresses, add those."
    ),
    "dkim_not_known": _(
        "Which DKIM key signs is not known yet. Send a test email and read its headers back."
    ),
    "dkim_alone": _("Which DKIM key signs shows only in an email that was received."),
    "dkim_found": _("The key {selector} is published and in order ({bits} bits)."),
    "dkim_weak": _("The key {selector} has {bits} bits; receivers want 2048."),
    "dkim_too_short": _("The key {selector} has {bits} bits, which receivers refuse."),
    "dkim_test": _("The key {selector} says that it is a test, so it may count for nothing."),
    "dkim_revoked": _("The key {selector} is withdrawn: what it signs fails."),
    "dkim_syntax": _("The key {selector} cannot be read, so what it signs fails."),
    "dkim_dangling": _("The selector {selector} leads to {alias}, where there is no key."),
    "dmarc_found": _("The DMARC policy for {domain} is {policy}, and it has something to go by."),
    "dmarc_none": _(
        "The DMARC policy for {domain} is none. Large receivers ask for no more than that."
    ),
    "dmarc_test": _("The DMARC policy {policy} is only being tried out (t=y)."),
    "dmarc_missing": _(
        "{domain} has no DMARC record. Gmail, Yahoo, Outlook.com and others want one from who "
        "sends much mail."
    ),
    "dmarc_several": _("{domain} has several DMARC records. Receivers then use none: keep one."),
    "dmarc_unusable": _("The DMARC record names no policy, so receivers ignore it."),
    "dmarc_old_tags": _("Newer receivers do not look at {old_tags} any more (RFC 9989)."),
    "dmarc_no_leg": _(
        "Neither SPF nor DKIM speaks for {domain} here, so DMARC fails. Policy: {policy}."
    ),
    "dmarc_leg_unknown": _(
        "Whether SPF or DKIM speaks for {domain} here is not known. Policy: {policy}."
    ),
    "mx_found": _("{domain} takes in mail, so bounces and replies come back."),
    "mx_null": _("{domain} says that it takes in no mail. Many receivers then refuse its mail."),
    "mx_missing": _("{domain} takes in no mail. Many receivers then refuse its mail."),
    "mx_address_alone": _("{domain} has no MX record. Bounces go to its own address."),
    "ptr_found": _("{host} has a name that leads back to its address."),
    "ptr_missing": _("{address} has no name (PTR). Gmail and others refuse mail from there."),
    "ptr_not_back": _("The name of {address} does not lead back to it. Gmail and others refuse."),
    "ptr_of_provider": _("The sending addresses are those of {provider}, and so are their names."),
    "ptr_alone": _("Which server sends is not said: look at a connector."),
    "ptr_inside": _("{host} is inside this network or cannot be found from here."),
}

_CHECKS: Mapping[str, str] = {
    "spf": _("SPF"),
    "dkim": _("DKIM"),
    "dmarc": _("DMARC"),
    "mx": _("Bounces (MX)"),
    "ptr": _("Name of the server (PTR)"),
}
_VERDICTS: Mapping[str, str] = {
    "good": _("in order"),
    "warning": _("look at it"),
    "bad": _("to be mended"),
    "unknown": _("not known"),
}


_APART_TITLE = _("Not needed for sending")
_APART_NAMES: Mapping[str, str] = {
    "mta_sts": _("MTA-STS"),
    "tls_rpt": _("TLS-RPT"),
    "dane": _("DANE"),
    "bimi": _("BIMI"),
}
APART_SENTENCES: Mapping[str, str] = {
    "mta_sts": _(
        "MTA-STS tells other servers to encrypt mail to {domain}. It says nothing of mail that "
        "{domain} sends."
    ),
    "tls_rpt": _(
        "TLS-RPT says where other servers report that they could not encrypt mail to {domain}. "
        "Nobody reports mail that {domain} sends there."
    ),
    "dane": _(
        "DANE names the certificates of the servers that take in mail for {domain}. Mail that it "
        "sends goes to other servers."
    ),
    "bimi": _(
        "BIMI shows a logo beside mail of {domain} at some receivers. None refuses mail without "
        "one. SPF, DKIM and DMARC come first."
    ),
}
_APART_THERE: Mapping[bool, str] = {
    True: _("{domain} has a record."),
    False: _("{domain} has no record."),
}


def apart_title() -> str:
    """Above what concerns mail into a domain, or logos."""
    return translate(_APART_TITLE)


def apart_names(found: Sequence[ApartFinding]) -> str:
    """What stands apart, by its names."""
    return ", ".join(translate(_APART_NAMES[each.what.value]) for each in found)


def apart_text(found: ApartFinding) -> str:
    """Why sending does not need it, and whether the domain has it, where that is known."""
    facts = {"domain": found.domain}
    why = fill(APART_SENTENCES[found.what.value], facts)
    there = fill(_APART_THERE[found.there], facts) if found.there is not None else ""
    return f"{why} {there}".strip()


def finding_text(finding: SenderFinding) -> str:
    """Why a finding is as it is."""
    return fill(READINESS_SENTENCES.get(finding.code, finding.code), finding.facts)


def check_text(check: Check) -> str:
    """What is looked at, as a title."""
    return translate(_CHECKS[check.value])


def verdict_text(verdict: Verdict) -> str:
    """A verdict in a word or three."""
    return translate(_VERDICTS[verdict.value])


_PLEASE = _("Please change these records of {domain}. They decide how receivers see its mail.")
_PLEASE_ONE = _("Please change this record of {domain}. It decides how receivers see its mail.")
_AT = _("{name} ({kind})")
_NOW, _THEN = _("Now: {record}"), _("Then: {record}")
_NO_RECORD = _("no record")
_AFTERWARDS = _("Tell me when it is published, and I look again.")


def request_for_dns(readiness: Readiness) -> str:
    """What to ask the DNS administrator for, as plain text: each record old and new, and what
    comes after it. Empty where no record is to be changed."""
    parts = []
    for finding in readiness.findings:
        if (fix := finding.fix) is not None:
            name = clean_text(fix.name, _MAX_NAME)
            old = translate(_NO_RECORD) if fix.old is None else clean_text(fix.old, _MAX_RECORD)
            new = clean_text(fix.new, _MAX_RECORD)
            parts.append(
                "\n".join(
                    (
                        f"{check_text(finding.check)}: {finding_text(finding)}",
                        translate(_AT).format(name=name, kind=fix.kind),
                        translate(_NOW).format(record=old),
                        translate(_THEN).format(record=new),
                    )
                )
            )
    if not parts:
        return ""
    please = translate(_PLEASE_ONE if len(parts) == 1 else _PLEASE)
    please = please.format(domain=clean_text(readiness.domain, _MAX_NAME))
    return "\n\n".join((please, *parts, translate(_AFTERWARDS))) + "\n"
