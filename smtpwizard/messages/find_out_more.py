"""Sentences for what “Find out more” found: one a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from smtpwizard.messages.peers import PEERS, peer_text
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _

FOUND_SENTENCES: Mapping[str, str] = {
    "offline": _("Nobody was asked: look-ups are switched off."),
    "host_unusable": _("{host} is not a name that can be looked up."),
    "host_not_found": _("{host} cannot be found from here, so nothing else could be asked."),
    "proxy_unusable": _("The proxy setting ({source}) is not an address that can be used."),
    "proxy_not_found": _("The proxy cannot be found from here, so nothing else could be asked."),
    "proxy_used": _("Connections go through the proxy {proxy} ({source})."),
    "proxy_for_web": _(
        "This computer has a proxy for web pages. It does not carry mail, but shows that the "
        "network may close other ways."
    ),
    "port_closed": _("Port {port}: nothing listens there."),
    "port_silent": _("Port {port}: no answer ({error})."),
    "port_other": _("Port {port}: something else than a mail server answers ({peer})."),
    "port_starttls": _(
        "Port {port}: a mail server with STARTTLS, and its certificate is in order."
    ),
    "port_implicit_tls": _(
        "Port {port}: a mail server with SSL/TLS, and its certificate is in order."
    ),
    "port_clear": _("Port {port}: a mail server without encryption."),
    "port_refuses": _("Port {port}: a mail server that ends the conversation ({error})."),
    "port_tls_broken": _("Port {port}: a mail server whose encryption fails ({tls_error})."),
    "family_reached": _("{family}: {address} can be reached."),
    "family_failed": _("{family}: {address} cannot be reached ({error})."),
    "control_reached": _(
        "{host} answers on port {port}: this network lets connections to that port through."
    ),
    "control_failed": _(
        "{host} does not answer on port {port} either ({error}): this network probably closes "
        "that port."
    ),
    "names_fit": _("The certificate covers {host}, and the server introduces itself accordingly."),
    "banner_other_name": _(
        "The server calls itself {banner}, a name that its certificate does not cover. That is "
        "common behind a shared address, and harmless as long as the certificate covers {host}."
    ),
    "certificate_other_name": _(
        "The certificate is for {names}, not for {host}. If one of these is the server's name, "
        "use that."
    ),
    "issuer_expected": _("The certificate comes from the issuer that this provider uses."),
    "issuer_unexpected": _(
        "The certificate was issued by {issuer}; this provider uses {expected}. Someone on the "
        "way may have replaced it."
    ),
    "issuer_interceptor": _(
        "The certificate was issued by {issuer}: software that looks into encrypted connections."
    ),
    "clock_fits": _("This computer's clock agrees with the server's."),
    "clock_off": _("This computer's clock is {seconds} seconds away from the server's ({date})."),
    "spf_found": _("{domain} has an SPF record."),
    "spf_missing": _(
        "{domain} has no SPF record. Receivers may mistrust mail from it; the domain's "
        "administrator can publish one."
    ),
    "spf_several": _("{domain} has {count} SPF records. Receivers then ignore them all; keep one."),
    "spf_open": _("The SPF record of {domain} allows everybody to send in its name."),
    "dmarc_found": _("{domain} has a DMARC policy: {policy}."),
    "dmarc_missing": _("{domain} has no DMARC policy."),
    "dmarc_unusable": _("The DMARC record of {domain} names no policy, so receivers ignore it."),
    "domain_unknown": _("SPF and DMARC of {domain} could not be looked up."),
}


def found_text(code: str, facts: Mapping[str, Any]) -> str:
    """The sentence of one finding; a code without one is shown as itself."""
    spoken = dict(facts)
    if spoken.get("peer") in PEERS:
        spoken["peer"] = peer_text(str(spoken["peer"]))
    for name in ("error", "tls_error"):
        if name in spoken:
            spoken[name] = str(spoken[name]).replace("_", " ")
    return fill(FOUND_SENTENCES.get(code, code), spoken)


class Found(Protocol):
    """One finding, as far as its sentence goes."""

    @property
    def code(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


def found_lines(findings: Iterable[Found], *, complete: bool) -> list[str]:
    """A sentence for each finding, and one more where the search was not `complete`."""
    lines = [found_text(found.code, found.facts) for found in findings]
    return lines if complete else [*lines, translate(_("There was no time for the rest."))]
