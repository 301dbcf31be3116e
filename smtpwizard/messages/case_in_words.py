"""All that a case's file holds, in words: every value of it under what it is, and nothing left out.

Reads the file's own document, so that what a later version puts into it is told as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from smtpwizard.causes import title_of
from smtpwizard.messages.cases import kind_title, part_title, store_text
from smtpwizard.messages.causes import likelihood_text
from smtpwizard.messages.comparing import reason_of, side_text, what_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import verdict_word
from smtpwizard.messages.moments import moment_text
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import actor_name, stage_title, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import SECURITIES, Security
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Actor, Likelihood, Stage, Status, Verdict

_WIDE = 30  # letters of a label
_LONGEST = 1_000_000  # letters: nothing is cut that a case can hold
_SHORT = 200  # letters: a comparison would cut what is longer

# What a value is, by its key; where a key means several things, by part and key.
_LABELS: Mapping[str, str] = {
    "format": _("Kind of file"),
    "schema": _("Version of its form"),
    "made_by": _("Made by"),
    "rules": _("Causes by the rules"),
    "manifest.at": _("Tested"),
    "manifest.names": _("Names"),
    "manifest.connector": _("Number of the connector"),
    "contents": _("What is in it"),
    "replaced": _("Replaced"),
    "omitted": _("Left out"),
    "undeclared": _("Facts not written"),
    "truncated": _("Shortened"),
    "unproven": _("Not proven"),
    "not_inside": _("Not in it"),
    "note": _("Note"),
    "field": _("where"),
    "length": _("letters"),
    "environment.version": _("Program"),
    "system": _("System"),
    "release": _("Release"),
    "python": _("Python"),
    "bundled": _("Stand-alone program"),
    "openssl": _("OpenSSL"),
    "qt": _("Qt"),
    "proxies": _("Proxies set"),
    "secret_store": _("Secret kept in"),
    "utc_offset_minutes": _("Minutes from UTC"),
    "ok": _("Passed"),
    "report.connector": _("Connector"),
    "started": _("Began"),
    "at": _("Began"),
    "duration_ms": _("Took"),
    "message_id": _("Message-ID"),
    "queue_id": _("Number in the server's queue"),
    "actor": _("Who must act"),
    "reply": _("The server's words"),
    "error": _("Why not"),
    "why": _("What happened underneath"),
    "host": _("Server"),
    "addresses": _("IP addresses"),
    "address": _("IP address"),
    "port": _("Port"),
    "family": _("Kind of address"),
    "mode": _("Encryption method"),
    "version": _("Version"),
    "cipher": _("Cipher"),
    "chain": _("Certificate"),
    "subject": _("for"),
    "issuer": _("issued by"),
    "names": _("names"),
    "not_before": _("valid from"),
    "not_after": _("valid until"),
    "fingerprint": _("fingerprint"),
    "self_signed": _("signed by itself"),
    "ehlo_name": _("EHLO name"),
    "extensions": _("What the server offers"),
    "mechanisms": _("Mechanisms offered"),
    "mechanism": _("Mechanism"),
    "size": _("Size in octets"),
    "username": _("User"),
    "sender": _("Sender"),
    "recipient": _("Recipient"),
    "octets": _("Octets"),
    "likelihood": _("How sure"),
    "evidence": _("Seen"),
    "variant": _("Kind"),
    "causes": _("Causes"),
    "verdict": _("How it ended"),
    "stage": _("Stopped at"),
    "id": _("Number of the test"),
    "told_by": _("Told by"),
    "secret_given": _("With a secret given for it"),
    "name": _("Name"),
    "path": _("Path"),
    "parameters": _("Asked with"),
    "status": _("Answer"),
}
_EVENTS: Mapping[str, str] = {
    "looked_up": _("looked up"),
    "connected": _("connected"),
    "encrypted": _("encrypted"),
    "challenged": _("challenged"),
    "asked_aside": _("asked on the side"),
    "ended": _("ended"),
    "renewed": _("access token renewed"),
    "left_out": _("left out"),
}
_NAMES: Mapping[str, str] = {
    "replaced": _("replaced by stand-ins"),
    "kept": _("as they are"),
}
_MOMENTS = ("at", "started", "not_before", "not_after", "issued_at", "expires_at", "now")
# Where the words of a line begin, which have a label or a time before them.
_TIME = 14
_HANGS = {"wire": _TIME + 5, "oauth": _TIME + 5, "history": 2}
_GIVEN = _("given, and not in this file")


class Section(NamedTuple):
    """A part of the file with its lines."""

    title: str
    lines: tuple[str, ...]
    hang: int = 2
    """So many letters from its beginning a line goes on below itself, where it is too long."""


def case_in_words(document: Json) -> list[Section]:
    """Every part of a case's document, the manifest with what stands beside it first."""
    known = ("manifest", "connector", "environment", "report", "wire", "oauth", "history")
    manifest = document.get("manifest", {})
    rest = {key: value for key, value in document.items() if key not in known}
    found = [("manifest", [*_facts(manifest, "manifest"), *_facts(rest, "")])]
    for part, lines in (
        ("connector", _settings),
        ("environment", lambda value: list(_facts(value, "environment"))),
        ("report", _report),
        ("wire", lambda events: _flat(map(_event, events))),
        ("oauth", lambda events: _flat(map(_event, events))),
        ("history", lambda runs: [_entry(run, "history") for run in runs]),
    ):
        if document.get(part):
            found.append((part, lines(document[part])))
    return [
        Section(part_title(part), tuple(lines), _HANGS.get(part, _WIDE + 2))
        for part, lines in found
        if lines
    ]


def text_in_words(sections: Sequence[Section]) -> str:
    """The same as one text."""
    return "\n\n".join("\n".join((part.title, *part.lines)) for part in sections) + "\n"


def hangs_in_words(sections: Sequence[Section]) -> Iterator[int]:
    """By how many letters each line of that text is set in where it goes on below itself."""
    for part in sections:
        yield 0
        for line in part.lines:
            within = part.hang == _WIDE + 2 and line.startswith("  ")
            yield part.hang + 2 if within else part.hang
        yield 0


def _flat(groups: Iterator[list[str]]) -> list[str]:
    return [line for group in groups for line in group]


def _line(label: str, value: str) -> str:
    return f"{label[:1].upper()}{label[1:]:<{_WIDE - 1}}  {value}"


# -- values ----------------------------------------------------------------------------------------


def value_text(key: str, value: Any) -> str:
    """One value in words; what has none stands as it is."""
    if value is True or value is False:
        return translate(_("yes")) if value else translate(_("no"))
    if isinstance(value, int | float):
        if key == "t_us":
            return f"{value / 1000:.3f} ms"
        return f"{value} ms" if key.endswith("ms") else str(value)
    text = clean_text(str(value), _LONGEST)
    if key in _MOMENTS:
        return moment_text(text, seconds=True)
    words = _word(key, text)
    return text if words is None else words


def _word(key: str, text: str) -> str | None:
    if key == "stage" and text in tuple(Stage):
        return stage_title(Stage(text))
    if key == "status" and text in tuple(Status):
        return status_name(Status(text))
    if key == "likelihood" and text in tuple(Likelihood):
        return likelihood_text(Likelihood(text))
    if key == "actor" and text in tuple(Actor):
        return actor_name(Actor(text))
    if key == "verdict" and text in tuple(Verdict):
        return verdict_word(Verdict(text))
    if key in ("contents", "omitted"):
        return part_title(text)
    if key == "mode" and text in SECURITIES:
        return security_name(Security(text))
    if key in ("cause", "causes"):
        title = title_of(text)
        return f"{translate(title)} ({text})" if title is not None else None
    if key in ("error", "why"):
        return f"{reason_of(text)} ({text})"
    if key == "secret_store":
        return store_text(text)
    return translate(_NAMES[text]) if key == "names" and text in _NAMES else None


# -- what has fields -------------------------------------------------------------------------------


def _label(key: str, part: str) -> str:
    known = _LABELS.get(f"{part}.{key}", _LABELS.get(key))
    return translate(known) if known is not None else clean_text(key.replace("_", " "), 200)


def _pairs(value: Mapping[str, Any], part: str, of: str = "") -> Iterator[tuple[str, str]]:
    """What each field is, and what it says; a field without a value says nothing."""
    for key, item in value.items():
        if item is None or item in ("", [], {}):
            continue
        if key in ("facts", "failure") and isinstance(item, Mapping):
            known = value.get("stage")  # its facts say so once more
            rest = {k: v for k, v in item.items() if (k, v) != ("stage", known)}
            yield from _pairs(rest, part, of)
            continue
        label = _label(key, part)
        label = f"{of}, {label}" if of else label
        if key == "reply" and isinstance(item, Mapping) and set(item) <= _REPLY:
            yield label, " ".join(value_text("", each) for each in item.values() if each)
        elif key == "replaced" and isinstance(item, Mapping):
            yield label, ", ".join(f"{kind_title(kind)} {count}" for kind, count in item.items())
        elif isinstance(item, Mapping):
            yield from _pairs(item, part, label)
        elif isinstance(item, list) and any(isinstance(each, Mapping) for each in item):
            for number, each in enumerate(item, 1):
                name = f"{label} {number}" if len(item) > 1 else label
                yield from _pairs(each if isinstance(each, Mapping) else {"": each}, part, name)
        elif isinstance(item, list):
            yield label, ", ".join(value_text(key, each) for each in item)
        else:
            yield label, value_text(key, item)


_REPLY = {"code", "enhanced", "text"}


def _facts(value: Mapping[str, Any], part: str) -> Iterator[str]:
    for label, words in _pairs(value, part):
        yield _line(label, words)


def _entry(value: Mapping[str, Any], part: str) -> str:
    """All of one thing on a line."""
    return "; ".join(f"{label}: {words}" for label, words in _pairs(value, part))


def _settings(connector: Mapping[str, Any], at: str = "") -> list[str]:
    """The connector's fields by their labels on screen."""
    lines = []
    for key, value in connector.items():
        path = f"{at}.{key}" if at else key
        if value is None or value in ("", [], {}):
            continue
        label = what_text("settings", path, Face.WINDOW)
        if path == "schema":
            label = _label("schema", "")
        if value == {"set": True}:
            lines.append(_line(label, translate(_GIVEN)))
        elif isinstance(value, Mapping):
            lines += _settings(value, path)
        elif isinstance(value, bool):
            lines.append(_line(label, value_text(key, value)))
        elif isinstance(value, list):
            lines.append(_line(label, ", ".join(value_text(key, each) for each in value)))
        elif len(str(value)) > _SHORT:
            lines.append(_line(label, value_text(key, value)))
        else:
            lines.append(_line(label, side_text("settings", path, value, Face.WINDOW)))
    return lines


def _report(report: Mapping[str, Any]) -> list[str]:
    parts = ("stages", "causes")
    lines = list(_facts({k: v for k, v in report.items() if k not in parts}, "report"))
    for stage in report.get("stages", ()):
        rest = {key: value for key, value in stage.items() if key not in ("status", "ms")}
        status = value_text("status", stage.get("status", Status.NOT_REACHED.value))
        took = f", {value_text('ms', stage['ms'])}" if "ms" in stage else ""
        lines.append(_line(value_text("stage", stage.get("stage", "")), f"{status}{took}"))
        own = _line(_label("stage", "report"), value_text("stage", stage.get("stage", "")))
        lines += [f"  {line}" for line in _facts(rest, "report") if line != own]
    for cause in report.get("causes", ()):
        rest = {key: value for key, value in cause.items() if key != "cause"}
        lines.append(_line(translate(_("Cause")), value_text("cause", cause.get("cause", ""))))
        lines += [f"  {line}" for line in _facts(rest, "report")]
    return lines


def _event(event: Mapping[str, Any]) -> list[str]:
    """What went over the wire at one moment: a line of ours or theirs, or what else happened."""
    when = value_text("t_us", event["t_us"]) if "t_us" in event else ""
    kind = str(event.get("event", ""))
    rest = {key: value for key, value in event.items() if key not in ("t_us", "event")}
    said: list[str] = []
    if kind == "said":
        said = [f"C  {clean_text(str(rest.pop('line', '')), _LONGEST)}"]
    elif kind == "heard":
        heard = str(rest.pop("text", "")).split("\n")
        heard = heard[:-1] if heard[-1] == "" else heard
        said = [f"S  {clean_text(line, _LONGEST)}" for line in heard]
    elif kind:
        known = _EVENTS.get(kind)
        name = translate(known) if known is not None else clean_text(kind.replace("_", " "), 200)
        more = _entry(rest, "wire")
        said, rest = [f"*  {name}{': ' if more else ''}{more}"], {}
    if rest:
        said.append(f"*  {_entry(rest, 'wire')}")
    return [f"{when:>{_TIME}}  {line}" for line in said]
