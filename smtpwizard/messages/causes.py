"""What a person reads about a cause, with the connector's own values in it, in the words of a face.

Values go into templates last and are never read as templates themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from smtpwizard.causes import causes
from smtpwizard.messages.face import STEPS, Face, name_fields
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import actor_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security
from smtpwizard.model.report import Cause, Json, Likelihood

MAX_VALUE = 300
MAX_LINE = 2000
# A stand-in that begins a sentence.
_FIRST = re.compile(r"(^|\. )\{(\w+)\}")

_LIKELIHOODS: Mapping[Likelihood, str] = {
    Likelihood.HIGH: _("most likely"),
    Likelihood.MEDIUM: _("likely"),
    Likelihood.LOW: _("possible"),
}

# What stands in a sentence where the connector does not say.
DEFAULTS: Mapping[str, str] = {
    "server": _("the mail server"),
    "host": _("the mail server"),
    "other_port": "587",
    "username": _("this user"),
    "sender": _("this address"),
    "recipient": _("the recipient"),
    "provider": _("your mail provider"),
    "mechanism": _("another one"),
    "ehlo_name": _("the present one"),
    "ps_username": "'mailbox@example.com'",
    "ps_sender": "'sender@example.com'",
    "found": _("another account"),
    "peer": _("something other than a mail server"),
    "example_host": "smtp.example.com",
    "example_port": "587",
}

# Stand-ins around a value: with it, and where it is not known.
_AROUND: Mapping[str, tuple[str, str, str]] = {
    "the_name": ("host", _("the name {0}"), _("the name of the server")),
    "the_port": ("port", _("port {0}"), _("this port")),
    "the_domain": ("domain", "{0}", _("the sender's domain")),
    "the_mechanism": ("mechanism", _("the sign-in method {0}"), _("the chosen sign-in method")),
    "the_redirect_uri": (
        "redirect_uri",
        _("the redirect URI {0}"),
        _("the redirect URI of the connector"),
    ),
    "client_id_shown": ("client_id", " {0}", ""),
}

# Who answers in place of a mail server.
PEERS: Mapping[str, str] = {
    "http": _("a web server (HTTP)"),
    "ssh": _("a server for remote login (SSH)"),
    "pop3": _("a server for reading mail (POP3)"),
    "imap": _("a server for reading mail (IMAP)"),
    "tls": _("a service that speaks TLS from the start"),
}

# What would show that it is this cause and not the other one.
_TELL_APART = _("“{first}”, if {first_sign}. “{second}”, if {second_sign}.")


def likelihood_text(likelihood: Likelihood) -> str:
    """How sure a cause is, as a person says it."""
    return translate(_LIKELIHOODS[likelihood])


@dataclass(frozen=True, slots=True)
class CauseText:
    """Title, explanation and remedy (numbered lines) of one cause; `checked` is ISO 8601."""

    title: str
    explanation: str
    remedy: str
    link: str
    checked: str


def cause_text(cause: Cause, face: Face) -> CauseText:
    """The sentences for a cause as `face` says them; raises `KeyError` for a slug that is none.

    Its variant (what exactly failed) says more than its family (google, microsoft); the plain
    sentences stand where neither has its own.
    """
    sentences = causes()[cause.cause].sentences(cause.variant, cause.family)
    values = _values(cause.values, face)

    def fill_template(template: str) -> str:
        return _FIRST.sub(r"\1{\2_first}", translate(template)).format_map(values)

    steps = [fill_template(name_fields(translate(step), face)) for step in sentences.steps]
    return CauseText(
        fill_template(sentences.title),
        fill_template(sentences.explanation),
        "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)),
        sentences.link,
        sentences.checked,
    )


def cause_json(cause: Cause, face: Face = Face.COMMAND_LINE) -> Json:
    """A cause as the contract of the command line shows it, sentences included."""
    text = cause_text(cause, face)
    out: Json = {
        "cause": cause.cause,
        "likelihood": cause.likelihood.value,
        "title": text.title,
        "explanation": text.explanation,
        "remedy": text.remedy,
        "actor": cause.actor.value,
        "evidence": list(cause.evidence),
        "retryable": cause.retryable,
    }
    if text.link:
        out["link"] = text.link
    if text.checked:
        out["checked"] = text.checked
    return out


def cause_lines(cause: Cause, face: Face) -> list[str]:
    """A cause as text to read or to pass on, each line fit for display; the title comes first."""
    text = cause_text(cause, face)
    acts = translate(_("To act: {who}.")).format(who=actor_name(cause.actor))
    if cause.retryable:
        acts += " " + translate(_("The same may work later."))
    out = [f"{text.title} ({likelihood_text(cause.likelihood)})"]
    out += [*text.explanation.splitlines(), *text.remedy.splitlines(), acts]
    out += [translate(_("Seen: {line}")).format(line=line) for line in cause.evidence]
    if safe_link(text.link):
        out.append(text.link)
    return [clean_text(line, MAX_LINE) for line in out]


def safe_link(url: str) -> str:
    """The address if a browser may be sent there, else nothing."""
    parts = urlsplit(url)
    return url if parts.scheme == "https" and parts.hostname else ""


def tell_apart_text(first: Cause, second: Cause, face: Face = Face.COMMAND_LINE) -> str:
    """What would show which of two causes it is, by the titles under which they are shown;
    `KeyError` for a slug that is none."""
    (one, sign), (other, other_sign) = (_title_and_sign(cause, face) for cause in (first, second))
    return translate(_TELL_APART).format(
        first=one, first_sign=sign, second=other, second_sign=other_sign
    )


def _title_and_sign(cause: Cause, face: Face) -> tuple[str, str]:
    kind = causes()[cause.cause]
    sign = kind.sentences(cause.variant, cause.family).sign or kind.sentences().sign
    return cause_text(cause, face).title, translate(sign)


def _values(facts: Mapping[str, Any], face: Face) -> dict[str, str]:
    """What stands for each name in a template; a name with `_first` begins a sentence."""
    given = {k: clean_text(str(v), MAX_VALUE) for k, v in facts.items() if v not in (None, "")}
    values = {key: translate(value) for key, value in DEFAULTS.items()}
    values |= given
    if values["peer"] in PEERS:
        values["peer"] = translate(PEERS[values["peer"]])
    for key in ("username", "sender"):
        if key in given:
            values[f"ps_{key}"] = quote_powershell(given[key])
    for key in ("host", "port"):
        if key in given:
            values[f"example_{key}"] = given[key]
    for name, (key, known, unknown) in _AROUND.items():
        values[name] = translate(known).format(given[key]) if key in given else translate(unknown)
    for name, steps in STEPS.items():
        values[f"do_{name}"] = translate(steps[face])
    for security in Security:
        values[f"mode_{security.value}"] = _security(security, face)
    values["other_security"] = _security(facts.get("other_security", Security.STARTTLS), face)
    values["mechanism_auto"] = "auto" if face is Face.COMMAND_LINE else translate(_("Automatic"))
    # What is given stands as it is; our own words begin a sentence with a capital.
    firsts = {f"{key}_first": v if key in given else _capital(v) for key, v in values.items()}
    return values | firsts


def _security(security: Security, face: Face) -> str:
    return security.value if face is Face.COMMAND_LINE else security_name(security)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def quote_powershell(text: str) -> str:
    """A PowerShell string that stands for exactly `text`, whatever it holds.

    PowerShell takes typographic single quotes for plain ones, so these are doubled too
    (about_Quoting_Rules).
    """
    return "'" + "".join(c * 2 if c in "'\u2018\u2019\u201a\u201b" else c for c in text) + "'"
