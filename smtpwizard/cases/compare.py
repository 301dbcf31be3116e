"""What differs between two sides: connectors, runs, reports or cases; and whether a replay went
as the record did.

Holds no sentence. Moments, durations, ids of messages and queues, addresses, fingerprints and
serial numbers are other ones each time: they never count.
"""

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.addresses import AddressError, ascii_domain, is_ip_literal
from smtpwizard.model.binding import pin_digest
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Cause, Report, Stage, Status
from smtpwizard.model.stage_facts import StageError

PARTS = ("stages", "causes", "settings", "tls", "capabilities", "replies")
"""The parts in the order in which they are told: how it ended and why comes first, for that is what
a colleague is called about; then what was set up otherwise, then what the other side did. (The
contract names these parts as well, in no order of importance.)"""

# A connector's own words for itself are no settings.
_LABELS = frozenset(("schema", "name", "description", "type", "default"))
_ENDED = (Status.FAILED.value, Status.UNKNOWN.value)
_REACHED = (Status.PASSED.value, *_ENDED)
# What a case says of a file: that there is one.
_SET = {"set": True}
# How far the dates of a certificate made again may be off, seconds.
_OFF_S = 3600.0
_DAY_S = 86_400.0


Named = Mapping[str, Cause | str]
"""The causes of one side by their slugs: as they were found, else the title that a document has."""


class Difference(NamedTuple):
    """One thing that differs, as JSON values; None is a side that has nothing there.

    Where it is about causes, `a_causes` and `b_causes` say how each side shows them.
    """

    part: str
    what: str
    a: Any
    b: Any
    a_causes: Named = MappingProxyType({})
    b_causes: Named = MappingProxyType({})

    def to_json(self) -> Json:
        return {"part": self.part, "what": self.what, "a": self.a, "b": self.b}


class Side(NamedTuple):
    """What is compared: a connector as `show` has it, a report as `verify` has it, or both.

    The connector of a case is `partial`: fields that it does not name are not known, and of some
    only that they are set. `causes` are those of the report as they were found, where they are at
    hand.
    """

    connector: Json | None = None
    report: Json | None = None
    partial: bool = False
    causes: tuple[Cause, ...] = ()

    def named(self) -> Named:
        """How the causes of this side are shown."""
        told = (self.report or {}).get("causes") or ()
        titles = {each["cause"]: each.get("title") for each in told}
        found: dict[str, Cause | str] = {
            cause: title for cause, title in titles.items() if isinstance(title, str) and title
        }
        return found | {cause.cause: cause for cause in self.causes}


def side_of(connector: Json | None, report: Report | None, *, partial: bool = False) -> Side:
    """The side of a connector's document and a report."""
    if report is None:
        return Side(connector, None, partial)
    return Side(connector, report.to_json(), partial, report.causes)


def have_something_in_common(a: Side, b: Side) -> bool:
    """Whether there is anything that both sides have."""
    pairs = ((a.connector, b.connector), (a.report, b.report))
    return any(None not in pair for pair in pairs)


def differences(a: Side, b: Side) -> tuple[Difference, ...]:
    """Everything that differs, in the order of `PARTS`; of a part that one side lacks nothing."""
    found: list[Difference] = []
    if a.report is not None and b.report is not None:
        one, other = _Seen(a), _Seen(b)
        for part in (_stages, _causes, _tls, _capabilities, _replies):
            found += part(one, other)
    if a.connector is not None and b.connector is not None:
        found += _settings(a, b)
    found = [_with_causes(each, a, b) for each in found]
    return tuple(sorted(found, key=lambda each: PARTS.index(each.part)))


def count_compared(a: Side, b: Side) -> int:
    """How many things `differences` looks at where both sides have them."""
    count = 0
    if a.report is not None and b.report is not None:
        one, other = _Seen(a), _Seen(b)
        count += len(Stage) + len({*one.causes, *other.causes})
        ways, tls = (one.ways(), other.ways()), (one.tls(), other.tls())
        for x, y in (ways, tls, (one.capabilities() or {}, other.capabilities() or {})):
            count += len(x.keys() | y.keys())
        count += sum(one.reply(s) is not None or other.reply(s) is not None for s in Stage)
    if a.connector is not None and b.connector is not None:
        fields = {what for side in (a, b) for what, _ in _leaves(side.connector)}
        count += sum(what.partition(".")[0] not in _LABELS for what in fields)
    return count


class Meaning(StrEnum):
    """What the differences of two runs of one connector say."""

    NOTHING = "nothing"
    """Neither side changed, and it went the same way."""
    SAME_END = "same_end"
    """Something changed on the server's side, the result did not."""
    OTHER_SIDE = "other_side"
    """Nothing changed here, and it ended otherwise."""
    THIS_SIDE = "this_side"
    """The settings changed, and it ended otherwise."""
    SETTINGS_ONLY = "settings_only"
    """The settings changed, and it ended the same way."""


def meaning_of(found: Sequence[Difference]) -> Meaning:
    """What these differences say, in one word."""
    ended_otherwise = any(each.part in ("stages", "causes") for each in found)
    if any(each.part == "settings" for each in found):
        return Meaning.THIS_SIDE if ended_otherwise else Meaning.SETTINGS_ONLY
    if ended_otherwise:
        return Meaning.OTHER_SIDE
    return Meaning.SAME_END if found else Meaning.NOTHING


def same_run(
    recorded: Side, replayed: Side, changed: Collection[str] = ()
) -> tuple[Difference, ...]:
    """Where a replay did not go as the record did; both sides have a report.

    Looks at stages, their status, errors and codes, at the causes and their order, and of TLS at
    version, failure, name match and dates relative to the run. `changed` are the fields that were
    set otherwise for the replay: what they alone decide does not count.
    """
    one, other = _Seen(recorded), _Seen(replayed)
    found = [
        Difference("stages", what, a, b) for what, a, b in _pairs(one.outcome(), other.outcome())
    ]
    if one.causes != other.causes:
        order = Difference("causes", "order", list(one.causes), list(other.causes))
        found.append(_with_causes(order, recorded, replayed))
    found += (
        Difference("tls", what, a, b)
        for what, a, b in _pairs(one.handshake(), other.handshake())
        if not (what == "name" and "server.host" in changed)
    )
    dates = _moved_dates(one, other)
    if dates is not None:
        found.append(Difference("tls", "certificate.dates", *dates))
    found += (
        Difference("replies", what, a, b) for what, a, b in _pairs(one.codes(), other.codes())
    )
    return tuple(found)


def _with_causes(difference: Difference, a: Side, b: Side) -> Difference:
    if difference.part != "causes":
        return difference
    return difference._replace(a_causes=a.named(), b_causes=b.named())


# -- the parts ----------------------------------------------------------------------------------


def _stages(one: "_Seen", other: "_Seen") -> Iterator[Difference]:
    """Each stage whose verdict differs, unless an earlier one says why it was not reached."""
    for stage in Stage:
        a, b = one.status(stage), other.status(stage)
        if a != b:
            if not _is_consequence(one, a, b) and not _is_consequence(other, b, a):
                yield Difference("stages", stage.value, a, b)
        elif a in _ENDED:
            for what, x, y in _pairs(one.failure(stage), other.failure(stage)):
                yield Difference("stages", f"{stage.value}.{what}", x, y)
    for what, x, y in _pairs(one.ways(), other.ways()):
        if x is not None and y is not None:
            yield Difference("stages", what, x, y)


def _is_consequence(side: "_Seen", own: str, others: str) -> bool:
    """Whether a side did not reach a stage because it had ended, and the other got past it."""
    return own == Status.NOT_REACHED.value and side.ended and others not in _ENDED


def _causes(one: "_Seen", other: "_Seen") -> Iterator[Difference]:
    for cause, a, b in _pairs(one.causes, other.causes):
        yield Difference("causes", cause, a, b)
    a_order, b_order = list(one.causes), list(other.causes)
    if a_order != b_order and set(a_order) == set(b_order):
        yield Difference("causes", "order", a_order, b_order)


def _settings(one: Side, other: Side) -> Iterator[Difference]:
    a, b = dict(_leaves(one.connector)), dict(_leaves(other.connector))
    for what, x, y in _pairs(a, b):
        if what.partition(".")[0] in _LABELS:
            continue
        unknown = (one.partial and what not in a) or (other.partial and what not in b)
        if not unknown and not (_SET in (x, y) and None not in (x, y)):
            x, y = (True if v == _SET else v for v in (x, y))
            yield Difference("settings", what, x, y)


def _tls(one: "_Seen", other: "_Seen") -> Iterator[Difference]:
    """What both handshakes show; that one failed, and with what error, is said by the stage."""
    for what, a, b in _pairs(one.tls(), other.tls()):
        if None not in (a, b):
            yield Difference("tls", what, a, b)


def _capabilities(one: "_Seen", other: "_Seen") -> Iterator[Difference]:
    a, b = one.capabilities(), other.capabilities()
    if a is not None and b is not None:
        for what, x, y in _pairs(a, b):
            yield Difference("capabilities", what, x, y)


def _replies(one: "_Seen", other: "_Seen") -> Iterator[Difference]:
    """The replies of stages that both sides reached; the same words with other ids are the same."""
    for stage in Stage:
        a, b = one.reply(stage), other.reply(stage)
        both = one.status(stage) in _REACHED and other.status(stage) in _REACHED
        if both and one.without_ids(a, stage) != other.without_ids(b, stage):
            yield Difference("replies", stage.value, _said(a), _said(b))


def _moved_dates(one: "_Seen", other: "_Seen") -> tuple[Any, Any] | None:
    """The dates of the certificates in days from the run, where they are not the same."""
    a, b = one.dates(), other.dates()
    pairs = zip(a, b, strict=False)  # how long a chain is shown says nothing
    if all(abs(x - y) <= _OFF_S for pair in pairs for x, y in zip(*pair, strict=True)):
        return None
    days = ([[round(s / _DAY_S, 1) for s in each] for each in side] for side in (a, b))
    return next(days), next(days)


# -- one side -----------------------------------------------------------------------------------


class _Seen:
    """A side's report, looked at for what can be compared."""

    def __init__(self, side: Side) -> None:
        self.report = side.report or {}
        self._stages: Mapping[str, Json] = {
            each["stage"]: each for each in self.report.get("stages") or ()
        }
        server = (side.connector or {}).get("server")
        self._host = server.get("host") if isinstance(server, dict) else None
        self.causes: Mapping[str, str | None] = {
            each["cause"]: each.get("likelihood") for each in self.report.get("causes") or ()
        }
        self._ids = [text for key in ("queue_id", "message_id") if (text := self.report.get(key))]

    @property
    def ended(self) -> bool:
        return any(self.status(stage) in _ENDED for stage in Stage)

    def status(self, stage: Stage) -> str:
        found: str = self._stages.get(stage.value, {}).get("status", Status.NOT_REACHED.value)
        return found

    def detail(self, stage: Stage) -> Json:
        return self._stages.get(stage.value, {}).get("detail") or {}

    def reply(self, stage: Stage) -> Json | None:
        return self._stages.get(stage.value, {}).get("reply")

    def failure(self, stage: Stage) -> dict[str, Any]:
        """Why a stage did not pass, by what can be told apart."""
        detail = self.detail(stage)
        token = detail.get("token")
        return {key: detail.get(key) for key in ("error", "why", "peer", "alert")} | {
            "token": token.get("problem") if isinstance(token, dict) else None
        }

    def ways(self) -> dict[str, Any]:
        """How it was gone about, where more than one way leads on."""
        resolve, auth = self.detail(Stage.RESOLVE), self.detail(Stage.AUTH)
        addresses = resolve.get("addresses") or ()
        families = sorted({"IPv6" if ":" in address else "IPv4" for address in addresses})
        return {
            "resolve.families": families or None,
            "auth.mechanism": auth.get("mechanism"),
        }

    def outcome(self) -> dict[str, Any]:
        """Status and error of each stage."""
        found: dict[str, Any] = {}
        for stage in Stage:
            found[stage.value] = self.status(stage)
            for what, value in self.failure(stage).items():
                if what in ("error", "token"):
                    found[f"{stage.value}.{what}"] = value
        return found

    def codes(self) -> dict[str, Any]:
        replies = {stage.value: self.reply(stage) for stage in Stage}
        return {
            stage: " ".join(str(part) for part in (reply["code"], reply.get("enhanced")) if part)
            for stage, reply in replies.items()
            if reply is not None
        }

    # -- TLS

    def _chain(self) -> Sequence[Json]:
        return self.detail(Stage.TLS).get("chain") or ()

    def handshake(self) -> dict[str, Any]:
        """What a replay has to show as the record does; the failure is the stage's error."""
        return {"version": self.detail(Stage.TLS).get("version"), "name": self._name()}

    def tls(self) -> dict[str, Any]:
        detail, chain = self.detail(Stage.TLS), self._chain()
        found = {
            "version": detail.get("version"),
            "cipher": detail.get("cipher"),
            "name": self._name(),
        }
        if chain:
            leaf = chain[0]
            found |= {
                "certificate.subject": leaf.get("subject"),
                "certificate.issuer": leaf.get("issuer"),
                "certificate.names": sorted(leaf.get("names") or ()),
                "certificate.dates": self._validity(),
                "chain": [each.get("subject") for each in chain[1:]],
            }
        return found

    def _name(self) -> str | None:
        """Whether the certificate is for the server's name; None where nobody knows."""
        detail, chain = self.detail(Stage.TLS), self._chain()
        if detail.get("error") == StageError.CERT_HOSTNAME_MISMATCH.value:
            return "other"
        if self.status(Stage.TLS) == Status.PASSED.value:
            return "matches"
        if not chain or not isinstance(self._host, str):
            return None
        names = chain[0].get("names") or ()
        return "matches" if is_for(self._host, names) else "other"

    def dates(self) -> list[tuple[float, float]]:
        """When each certificate begins and ends to be good, in seconds from the run's start."""
        started = moment(self.report.get("started"))
        found = []
        for each in self._chain():
            begins, ends = moment(each.get("not_before")), moment(each.get("not_after"))
            if started is not None and begins is not None and ends is not None:
                found.append(((begins - started).total_seconds(), (ends - started).total_seconds()))
        return found

    def _validity(self) -> str | None:
        for begins, ends in self.dates():
            if begins > 0:
                return "not_yet_valid"
            if ends < 0:
                return "expired"
        return "valid" if self.dates() else None

    # -- what the server says

    def capabilities(self) -> dict[str, Any] | None:
        """What was announced last, each keyword with its value where it has one."""
        for stage in (Stage.EHLO, Stage.AUTH, Stage.TLS, Stage.MAIL_FROM):
            detail = self.detail(stage)
            keywords = detail.get("extensions")
            if keywords:
                found: dict[str, Any] = dict.fromkeys(keywords, True)
                if detail.get("mechanisms"):
                    found["AUTH"] = " ".join(sorted(detail["mechanisms"]))
                if "SIZE" in found and detail.get("size") is not None:
                    found["SIZE"] = detail["size"]
                return found
        return None

    def without_ids(self, reply: Json | None, stage: Stage) -> tuple[Any, ...]:
        """A reply for comparison: of EHLO its code alone, the rest are capabilities."""
        if reply is None:
            return ()
        text = "" if stage is Stage.EHLO else str(reply.get("text", ""))
        for known in self._ids:
            text = text.replace(known, "#").replace(known.strip("<>"), "#")
        for pattern, what in _PASSING:
            text = pattern.sub(what, text)
        return reply["code"], reply.get("enhanced"), " ".join(text.split())


# What is another one in each reply, and in which order it is found.
_PASSING: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), what)
    for pattern, what in (
        # ISO 8601, RFC 5322 §3.3, a time of the day.
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "#"),
        (
            r"\b(?:(?:mon|tue|wed|thu|fri|sat|sun),? )?\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug"
            r"|sep|oct|nov|dec) \d{4}(?: \d\d:\d\d(?::\d\d)?)?(?: [+-]\d{4})?(?: \([a-z]+\))?",
            "#",
        ),
        (r"\b\d\d:\d\d(?::\d\d(?:\.\d+)?)?\b", "#"),
        # Addresses of the network.
        (r"\b(?:\d{1,3}\.){3}\d{1,3}\b", "#"),
        (r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", "#"),
        # Durations.
        (r"\b\d+(?:\.\d+)?\s*(?:ms|s|secs?|seconds?|mins?|minutes?|hours?|h)\b", "#"),
        # What a queue calls a message.
        (r"\b(queued as|id|ref(?:erence)?|message)[ :=]+[<\[]?(?=\S*\d)[\w.@=-]+[>\]]?", r"\1 #"),
        # Other ids: letters and digits mixed, or many digits. Microsoft's numbers have a meaning.
        (r"\b(?!AADSTS\d)(?=[\w-]*[a-z])(?:[a-z_-]*\d){3}[\w-]*(?:\.\d+)?\b", "#"),
        (r"\b\d{5,}\b", "#"),
    )
)


# -- what the parts share -----------------------------------------------------------------------


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What the two have otherwise, in the order of the first."""
    for key in dict.fromkeys((*a, *b)):
        if a.get(key) != b.get(key):
            yield key, a.get(key), b.get(key)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted paths and values; nothing, in whatever form, is None. A pin is its SHA-256."""
    if isinstance(value, dict) and value != _SET:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif path == "server.pinned_certificate" and isinstance(value, str):
        yield path, pin_digest(value) or None
    else:
        yield path, None if value in ("", [], False) else value


def _said(reply: Json | None) -> str | None:
    if reply is None:
        return None
    parts = (reply["code"], reply.get("enhanced"), reply.get("text"))
    return " ".join(str(part) for part in parts if part)


def moment(text: object) -> datetime | None:
    """A moment in ISO 8601 with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def is_for(host: str, names: Sequence[str]) -> bool:
    """Whether one of a certificate's names is the host's (RFC 9525 §6.3: a wildcard stands for
    the whole left-most label)."""
    if is_ip_literal(host):
        return _address(host) in {_address(name) for name in names}
    host = _name_of(host)
    _, _, above = host.partition(".")
    return any(
        known == host or bool(above and known == f"*.{above}") for known in map(_name_of, names)
    )


def _address(text: str) -> object:
    try:
        return ipaddress.ip_address(text.removeprefix("IP:").partition("%")[0])
    except ValueError:
        return text


def _name_of(text: str) -> str:
    wildcard, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    with suppress(AddressError):  # else it is compared as it stands
        name = ascii_domain(name)
    return wildcard + name.lower().removesuffix(".")
