"""Sentences for what was found for an address: the settings, and why they may be right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtpwizard.messages.face import Face
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Method, Security
from smtpwizard.model.discovery import Flaw, FoundBy, LookedStatus, Standing

if TYPE_CHECKING:
    from smtpwizard.model.discovery import Candidate, Discovery, Looked, Place, Remark

_SETTINGS = _("{host}, port {port}, {security}")

# Where a candidate comes from.
WHY_SENTENCES: Mapping[str, str] = {
    "catalogue": _("{provider} has the mailboxes of {domain}."),
    "mx": _("{provider} takes in the mail of {domain} (MX)."),
    "behind_filter": _(
        "{filter} takes in the mail of {domain}; other records point to {provider} behind it."
    ),
    "hint": _("Records of {domain} name {provider}, such as who may send for it (SPF)."),
    "srv": _("{domain} names this server in its DNS records (SRV)."),
    "srv_elsewhere": _(
        "{domain} names this server in its DNS records (SRV); it is in another domain."
    ),
    "autoconfig": _("{domain} describes it on a page of its own."),
    "autoconfig_in_clear": _(
        "From a page of {domain} without encryption: someone on the way could have written it."
    ),
    "autoconfig_of_hoster": _("The hoster that takes in the mail of {domain} describes it."),
    "ispdb": _("Mozilla's list of mail providers has it for {domain}."),
    "ispdb_of_hoster": _("Mozilla's list has it for the hoster of the mail of {domain}."),
    "probe": _("Nobody names it; a server of that name answers."),
}
# How one that is not to be trusted could be wrong.
DOUBT_SENTENCES: Mapping[str, str] = {
    "mx": _(
        "DNS answers can be forged on the way, and mail may come in elsewhere than it goes out. "
        "Check that {provider} really has your mailboxes."
    ),
    "behind_filter": _(
        "This is a guess from DNS records, which can be forged on the way. Check that {provider} "
        "really has your mailboxes."
    ),
    "hint": _(
        "This is a guess from DNS records, which can be forged on the way. Check that {provider} "
        "really has your mailboxes."
    ),
    "srv_elsewhere": _(
        "DNS answers can be forged on the way, and this server, {host}, is in another domain than "
        "{domain}. A forger would get the password."
    ),
    "autoconfig": _(
        "The page led on to one without encryption: someone on the way could have written it."
    ),
    "autoconfig_in_clear": _(
        "The page came without encryption: someone on the way could have written it, and would "
        "get the password. Check that {host} belongs to your provider."
    ),
    "autoconfig_of_hoster": _(
        "The way to the hoster is a DNS answer, which can be forged. Check that {host} belongs to "
        "your provider."
    ),
    "ispdb": _("The way to the list was not encrypted throughout."),
    "ispdb_of_hoster": _(
        "The way to the hoster is a DNS answer, which can be forged. Check that {host} belongs to "
        "your provider."
    ),
    "probe": _(
        "That a server answers does not say that it is meant for your mail. Ask its administrator."
    ),
}
_ELSEWHERE = _(
    "{domain} itself says so, but the server is in another domain: {elsewhere}. Check that this is "
    "your provider."
)
_UNKNOWN_DOUBT = _("Nobody can tell whether these settings come from the owner of the domain.")
_PLAIN = _("It offers no encryption: anybody on the way can read the password.")
_CORRECTED = _("Its source says {said}; the server itself offers {security}.")
_SILENT = _("It did not answer in time.")
_UNANSWERED: Mapping[str, str] = {
    "late": _SILENT,
    "timeout": _SILENT,
    "refused": _("It refuses the connection from here."),
    "dns_not_found": _("There is no server of that name."),
    "not_smtp": _("What answers there is no mail server."),
    "dns_failed": _("No name server could say where it is."),
    "address_not_public": _("Its name leads to this computer, so it was not asked."),
    "cert_untrusted": _("Its certificate is from an authority that is not trusted here."),
    "cert_self_signed": _("Its certificate is from an authority that is not trusted here."),
    "cert_expired": _("Its certificate has expired."),
    "cert_hostname_mismatch": _("Its certificate is for another name."),
}
_NO_ANSWER = _("It does not answer from here.")
_BAD_CERTIFICATE = _("Its certificate is not good.")
_FLAWS: Mapping[Flaw | None, str] = {
    Flaw.NO_ENCRYPTION: _("It answers, but does not offer {security}."),
    Flaw.NO_SIGN_IN: _("It answers, but offers no way to sign in."),
}
_FLAWED = _(
    "These settings do not work from here as they are. Ask the administrator of the mail server."
)

STANDINGS: Mapping[Standing, str] = {
    Standing.TRUSTED: _("Trusted"),
    Standing.NO_ANSWER: _("No answer"),
    Standing.CHECK_FIRST: _("Check first"),
    Standing.NO_SUCH_SERVER: _("No such server"),
}

_NOTHING = _("Nothing is known about {domain}. Ask the administrator of its mail server.")
_NOTHING_ASKED = _(
    "Nothing was found for {domain}, but not every place could be asked ({unasked} of them could "
    "not). Try again, or ask the administrator of its mail server."
)
_NOTHING_OFFLINE = _(
    "{domain} is none of the domains that this program knows by itself, and look-ups are switched "
    "off. Ask the administrator of its mail server."
)
_OR_CHOOSE = _("Or choose below.")
_UNASKED = (LookedStatus.FAILED, LookedStatus.LATE)

# How one signs in: OAuth, a password, and whether that is one made for a single program.
_WAYS: Mapping[tuple[bool, bool, bool], str] = {
    (True, True, False): _("Sign in with OAuth or a password."),
    (True, True, True): _("Sign in with OAuth or an app password."),
    (True, False, False): _("Sign in with OAuth."),
    (True, False, True): _("Sign in with OAuth."),
    (False, True, False): _("Sign in with a password."),
    (False, True, True): _("Sign in with an app password."),
}

REMARKS: Mapping[str, str] = {
    "offline": _("Nobody was asked: look-ups are switched off."),
    "null_mx": _("{domain} takes in no mail (null MX): nobody could answer what it sends."),
    "filter": _("{filter} stands in front of the mail of {domain}."),
    "service_denied": _("{name} says that there is no such service."),
}

_SOURCES: Mapping[FoundBy, str] = {
    FoundBy.CATALOGUE: _("Known providers"),
    FoundBy.MX: _("Who takes in the mail (MX)"),
    FoundBy.SRV: _("Service records (SRV)"),
    FoundBy.AUTOCONFIG: _("Pages of the domain (autoconfig)"),
    FoundBy.ISPDB: _("Mozilla's list (ISPDB)"),
    FoundBy.PROBE: _("Usual names, tried"),
}
_STATUSES: Mapping[LookedStatus, str] = {
    LookedStatus.FOUND: _("found"),
    LookedStatus.NOTHING: _("nothing"),
    LookedStatus.FAILED: _("failed"),
    LookedStatus.LATE: _("no answer in time"),
    LookedStatus.SKIPPED: _("not asked"),
}
# Why a place failed.
PLACE_ERRORS: Mapping[str, str] = {
    "address_not_public": _("leads to this computer"),
    "dns_failed": _("no name server could say"),
    "late": _("no answer in time"),
    "web_closed": _("the connection was cut"),
    "web_encoded": _("packed in a way nobody asked for"),
    "web_no_name": _("there is no such name"),
    "web_not_http": _("no web server"),
    "web_proxy": _("the proxy lets nobody through"),
    "web_redirect": _("leads to where nobody should be led"),
    "web_timeout": _("no answer in time"),
    "web_tls": _("its certificate is not good"),
    "web_too_large": _("much too large"),
    "web_unreachable": _("nobody answers there"),
    "xml_refused": _("a file that is no harmless one"),
}


def settings_text(candidate: Candidate) -> str:
    """The server of a candidate: name, port and encryption method."""
    server = candidate.server
    facts = {
        "host": server.host,
        "port": server.port,
        "security": security_name(server.security),
    }
    return fill(_SETTINGS, facts)


def standing_text(candidate: Candidate) -> str:
    """How far a candidate may be relied on, in two or three words."""
    return translate(STANDINGS[candidate.standing])


def why_text(candidate: Candidate) -> str:
    """Where a candidate comes from, what its server says, and how one signs in there."""
    key = (
        Method.OAUTH in candidate.methods,
        Method.BASIC in candidate.methods,
        bool(candidate.facts.get("app_password")),
    )
    why = fill(WHY_SENTENCES[candidate.why], candidate.facts) if candidate.why else ""
    # Nobody signs in where it was seen that nothing works.
    way = translate(_WAYS[key]) if key in _WAYS and candidate.flaw is None else ""
    return " ".join(filter(None, (why, answer_text(candidate), way)))


def answer_text(candidate: Candidate) -> str:
    """What is to be said of what its server answered; empty where all is as it should be."""
    security = candidate.server.security
    facts = {
        "security": security_name(security),
        "said": security_name(Security(candidate.facts.get("said", security))),
    }
    corrected = _CORRECTED if candidate.facts.get("said") else ""
    said = (_PLAIN if security is Security.NONE else "", corrected, _lacking(candidate))
    return " ".join(fill(each, facts) for each in said if each)


def _lacking(candidate: Candidate) -> str:
    """What its server lacks, or that it does not answer; empty where it does as it should."""
    answer, flaw = candidate.answer, candidate.flaw
    if flaw in _FLAWS:
        return _FLAWS[flaw]
    plain = candidate.server.security is Security.NONE
    if answer is None or (answer.speaks if plain else answer.security):
        return ""
    otherwise = _BAD_CERTIFICATE if flaw is Flaw.CERTIFICATE else _NO_ANSWER
    return _UNANSWERED.get(answer.error or "", otherwise)


def doubt_text(candidate: Candidate, told: str = "") -> str:
    """How an answer that has to be asked about could be wrong, but for what was `told` already."""
    doubts = []
    if not candidate.trusted:
        doubt = DOUBT_SENTENCES.get(candidate.why, _UNKNOWN_DOUBT)
        doubts.append(fill(doubt, candidate.facts))
    elif candidate.facts.get("elsewhere"):
        doubts.append(fill(_ELSEWHERE, candidate.facts))
    if candidate.server.security is Security.NONE:
        doubts.append(translate(_PLAIN))
    if candidate.flaw is not None:
        security = security_name(candidate.server.security)
        doubts += [fill(_lacking(candidate), {"security": security}), translate(_FLAWED)]
    return " ".join(doubt for doubt in doubts if doubt not in told)


def nothing_text(found: Discovery, face: Face) -> str:
    """That nothing is known for a domain, and what to do; who could not be asked may know."""
    unasked = sum(looked.status in _UNASKED for looked in found.looked)
    sentence = _NOTHING_ASKED if unasked else _NOTHING
    if any(remark.code == "offline" for remark in found.remarks):
        sentence = _NOTHING_OFFLINE
    said = fill(sentence, {"domain": clean_text(found.domain, 100), "unasked": unasked})
    return f"{said} {translate(_OR_CHOOSE)}" if face is Face.WINDOW else said


def told_apart(found: Discovery) -> list[Remark]:
    """The remarks that no row and no sentence about nothing says by itself."""
    behind = any(each.facts.get("filter") for each in found.candidates)
    said = {"filter"} if behind else set() if found.candidates else {"offline"}
    return [remark for remark in found.remarks if remark.code not in said]


def remark_text(remark: Remark) -> str:
    """Something to know beside the candidates."""
    return fill(REMARKS[remark.code], remark.facts)


def looked_text(looked: Looked) -> str:
    """A source and what came of it, with the time that it took."""
    words = f"{source_name(looked.source)}: {translate(_STATUSES[looked.status])}"
    return f"{words} ({looked.ms} ms)" if looked.ms else words


def source_name(source: FoundBy) -> str:
    """What a source is called."""
    return translate(_SOURCES[source])


def place_text(place: Place) -> str:
    """One place of a source, and what came of it."""
    error = PLACE_ERRORS.get(place.error or "")
    words = translate(error or _STATUSES[place.status])
    return f"{clean_text(place.name, 200)}: {words}"


def looking_text(found: Discovery) -> str:
    """How many places have said all they have to say, while others are waited for."""
    counts = {"done": len(found.looked), "places": len(FoundBy)}
    return fill(_("asking: {done} of {places} places are done"), counts)


def summary_text(found: Discovery) -> str:
    """How many places were asked, and what came of them, in few words."""
    statuses = [looked.status for looked in found.looked]
    counts = {
        "places": len(statuses),
        "seconds": f"{max(found.ms, 100) / 1000:.1f}",
        "found": statuses.count(LookedStatus.FOUND),
        "nothing": statuses.count(LookedStatus.NOTHING),
        "other": sum(status in _UNASKED for status in statuses),
        "skipped": statuses.count(LookedStatus.SKIPPED),
    }
    parts = [_("{found} answered")] if counts["found"] else []
    parts += [_("{nothing} had nothing")] if counts["nothing"] else []
    parts += [_("{other} could not be asked")] if counts["other"] else []
    parts += [_("{skipped} not asked")] if counts["skipped"] else []
    told = ", ".join(fill(part, counts) for part in parts)
    return fill(_("{places} places in {seconds} s: {told}"), {**counts, "told": told})
