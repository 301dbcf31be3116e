"""Words about cases: what is in one, what was replaced, what a try against the record came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from smtpwizard.messages.face import Face
from smtpwizard.messages.history import reason_text
from smtpwizard.messages.moments import moment_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import (
    beyond_text,
    stage_title,
    verdict_text,
)
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Report

_PARTS: Mapping[str, str] = {
    "manifest": _("Manifest"),
    "connector": _("Connector"),
    "environment": _("Environment"),
    "report": _("Report"),
    "wire": _("What went over the wire"),
    "oauth": _("OAuth requests"),
    "history": _("Earlier tests"),
}
_KINDS: Mapping[str, str] = {
    "address": _("Addresses"),
    "user": _("Users"),
    "domain": _("Domains"),
    "host": _("Host names"),
    "ip": _("IP addresses"),
    "name": _("Names"),
    "identifier": _("Identifiers"),
    "path": _("Paths"),
}
# What a line says of the machine, by the facts that it is made of.
_ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    _("Program"): ("version",),
    _("System"): ("system", "release"),
    _("Secret kept in"): ("secret_store",),
    _("Network"): ("proxies",),
    _("Time zone"): ("utc_offset_minutes",),
    _("TLS"): ("openssl",),
    _("Runs on"): ("python", "qt"),
}
_STORES: Mapping[str, str] = {
    "keyring": _("the system's keyring"),
    "file": _("the encrypted file"),
    "session": _("memory, for this session only"),
    "command": _("a helper command"),
}
_MOST = 200
_MOST_LINES = 40


def part_title(part: str) -> str:
    """A part of a case, as a person calls it."""
    return translate(_PARTS[part]) if part in _PARTS else clean_text(part, _MOST)


def replaced_text(replaced: Mapping[str, int]) -> str:
    """How many names of each kind have stand-ins, one kind a line."""
    return "\n".join(
        _few([f"{kind_title(kind)}: {number}" for kind, number in replaced.items() if number])
    )


def _few(lines: list[str]) -> list[str]:
    """As many lines as a person reads: a case may come from anybody."""
    left = len(lines) - _MOST_LINES
    if left <= 0:
        return lines
    return [*lines[:_MOST_LINES], translate(_("Others: {number}")).format(number=left)]


def kind_title(kind: str) -> str:
    """A kind of names that have stand-ins, in words."""
    return translate(_KINDS[kind]) if kind in _KINDS else clean_text(kind, 40)


def size_text(octets: int) -> str:
    """“640 bytes”, “4.9 KB”."""
    if octets < 1000:
        return translate(_("{number} bytes")).format(number=octets)
    return translate(_("{number} KB")).format(number=f"{octets / 1000:.1f}")


def made_text(manifest: Mapping[str, Any]) -> str:
    """By which version a case was made, and when it happened."""
    return translate(_("Made by {program}; tested on {when}.")).format(
        program=clean_text(str(manifest.get("made_by", "?")), _MOST),
        when=moment_text(str(manifest.get("at", "?"))),
    )


def tested_text(manifest: Mapping[str, Any]) -> str:
    """When what a case tells of happened."""
    when = moment_text(str(manifest.get("at", "?")))
    return translate(_("Tested on {when}")).format(when=clean_text(when, _MOST))


def environment_lines(facts: Mapping[str, Any], same_rules: bool | None = None) -> list[str]:
    """What is known of the machine, “name: value”, with what belongs together on one line.

    `same_rules`: whether causes are found there by the rules of this version; None where that is
    not known.
    """
    lines = []
    for label, names in _ENVIRONMENT.items():
        known = [name for name in names if facts.get(name) is not None]
        told = [_fact_text(name, facts[name]) for name in known]
        if names == ("version",) and told and same_rules is not None:
            told.append(translate(_("same rules as here") if same_rules else _("other rules")))
        words = ", ".join(filter(None, told))
        if words:
            lines.append(f"{translate(label)}: {words}")
    own = {name for names in _ENVIRONMENT.values() for name in names}
    for name, value in facts.items():
        if name not in own and value is not None and not isinstance(value, bool):
            lines.append(f"{clean_text(name, 60)}: {clean_text(str(value), _MOST)}")
    return _few(lines)


def store_text(store: str) -> str:
    """Where a secret is kept, by the name that a case has for it."""
    return translate(_STORES[store]) if store in _STORES else clean_text(store, _MOST)


def _fact_text(name: str, value: Any) -> str:
    if name == "secret_store":
        return store_text(str(value))
    if name == "proxies":
        names = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if not names:
            return translate(_("No proxy set"))
        return clean_text(translate(_("Proxies set: {names}")).format(names=names), _MOST)
    if name == "utc_offset_minutes" and type(value) is int:
        hours, minutes = divmod(abs(value), 60)
        sign = "-" if value < 0 else "+"
        return f"UTC{sign}{hours}:{minutes:02}" if value else "UTC"
    template = {"version": "smtpwizard {0}", "python": "Python {0}", "qt": "Qt {0}"}.get(
        name, "{0}"
    )
    return clean_text(template.format(value), _MOST)


def saved_text(written: Mapping[str, Any]) -> tuple[str, str]:
    """That a case was written, and what comes next; `written` is what is told of it."""
    path = PurePath(written["file"])
    title = translate(_("The case is saved as {name}")).format(name=clean_text(path.name, 60))
    then = translate(_("In {folder}. Send it to the person who helps you."))
    return title, then.format(folder=clean_text(str(path.parent)))


def ended_text(report: Report) -> str:
    """How the test of a case ended, and why, on one line."""
    ended = verdict_text(report, Face.WINDOW)[0]
    if report.ok or not report.causes:
        return ended
    first = report.causes[0]
    reason = reason_text(first.cause, first.told_by)
    return translate(_("{ended}: {reason}")).format(ended=ended, reason=reason)


def agreement_text(differences: Sequence[Any]) -> str:
    """Whether this version finds the causes that the customer's found."""
    if not differences:
        return translate(_("The customer's version found the same."))
    return translate(
        _("This version sees it differently: what is shown are the causes by its rules.")
    )


def tried_text(same: bool, report: Report) -> str:
    """What a try against the record came to."""
    if report.beyond:
        return " ".join(beyond_text(report.beyond))
    stopped = report.stopped_at()
    failed = stopped.stage if stopped is not None else None
    if same and failed is not None:
        text = translate(_("The same as recorded: it stops at “{stage}”.")).format(
            stage=stage_title(failed)
        )
    elif failed is not None:
        text = translate(_("Something else than recorded: it stops at “{stage}”.")).format(
            stage=stage_title(failed)
        )
    elif same:
        text = translate(_("The same as recorded: it passes."))
    else:
        text = translate(_("It passes."))
    return text
