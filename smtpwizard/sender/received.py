"""What an email shows that was received: verdicts, signatures and its way, from its headers alone.

Written for headers as people paste them, and for servers that do not keep to RFC 8601; believes
nothing but the results that stand topmost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime
from typing import NamedTuple

_LINES_CAP = 4000
_VALUE_CAP = 20_000
_HOPS_CAP = 100
MARK = "X-Smtpwizard-Mark"


class Header(NamedTuple):
    """A field, its name in lower case and its value unfolded."""

    name: str
    value: str

    def line(self) -> str:
        return f"{self.name.title()}: {self.value}"


class Result(NamedTuple):
    """What a receiver found by one method; `line` is where it stands."""

    method: str
    result: str
    properties: dict[str, str]
    line: str = ""


class Signature(NamedTuple):
    domain: str
    selector: str


class Hop(NamedTuple):
    """From one server to the next. `tls` is the version or `yes`, `no`, or None where nothing is
    said; `delay_s` is since the hop before, None where a date is missing."""

    source: str
    by: str
    tls: str | None
    delay_s: int | None
    line: str


# -- fields ----------------------------------------------------------------------------------------

_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.S)
# What an email begins with once it has arrived, and no letter does.
_FIRST = re.compile(
    r"(?:Received|Return-Path|Delivered-To|Authentication-Results|(?:ARC|X|DKIM)-[\w-]+)\s*:", re.I
)
_QUOTE = re.compile(r"^(?:> ?)+")


def unquoted(line: str) -> str:
    """A line without the marks of a quotation."""
    return _QUOTE.sub("", line)


def tidy_lines(text: str) -> list[str]:
    """The lines of a text, without the quotation marks and the indentation that its head has."""
    lines = text.lstrip("\ufeff").splitlines()
    filled = [line for line in lines[:_LINES_CAP] if line.strip()]
    if filled and sum(line.startswith(">") for line in filled) * 2 > len(filled):
        lines = [unquoted(line) for line in lines]
    head = lines[:_LINES_CAP]
    indent = min((len(n) - len(n.lstrip()) for n in head if is_field(n.lstrip())), default=0)
    if not indent:
        return lines
    return [line[indent:] if not line[:indent].strip() else line for line in lines]


def read_head(lines: Sequence[str]) -> tuple[list[Header], int]:
    """The header fields at the head of these lines, and where the rest begins."""
    lines = lines[:_LINES_CAP]
    # Some programs put an empty line between any two.
    spread = all(not line.strip() for line in lines[1:20:2]) and sum(map(bool, lines)) > 4
    fields: list[list[str]] = []
    rest = len(lines)
    for number, line in enumerate(lines):
        if not line.strip():
            if len(fields) > 1 and not spread:
                rest = number + 1
                break
        elif line[0] in " \t" and fields:
            fields[-1].append(line.strip())
        elif is_field(line):
            fields.append([line.strip()])
        elif len(fields) > 1 or (fields and _FIRST.match(fields[0][0])):
            fields[-1].append(line.strip())  # a fold that lost its blanks
        else:
            fields = []  # what stands in front, as the line of a mailbox file
    out = []
    for field in fields:
        match = _FIELD.fullmatch(" ".join(field)[:_VALUE_CAP])
        if match:
            out.append(Header(match[1].lower(), match[2].strip()))
    return out, rest


def is_field(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return bool(colon) and bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{1,70}", name.rstrip()))


def values(headers: Sequence[Header], name: str) -> list[str]:
    """The values of a field, topmost first."""
    return [header.value for header in headers if header.name == name.lower()]


def author_domain(headers: Sequence[Header]) -> str:
    """The domain of From; empty where it cannot be told."""
    for value in values(headers, "from")[:1]:
        address = parseaddr(value)[1]
        if "@" not in address:
            try:
                address = parseaddr(str(make_header(decode_header(value))))[1]
            except (ValueError, LookupError):
                return ""
        return address.rpartition("@")[2].lower().strip(">. ")
    return ""


# -- results ---------------------------------------------------------------------------------------

_METHOD = re.compile(r"\s*(spf|dkim|dmarc|arc|compauth)(?:\s*/\s*\d+)?\s*=\s*([A-Za-z]+)", re.I)
_PROPERTY = re.compile(r'([A-Za-z]+\.[A-Za-z0-9_-]+|reason|action)\s*=\s*("[^"]*"|[^\s;]+)')


def without_comments(text: str) -> str:
    """A value without its comments, which may stand in each other; quoted text stays."""
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in text:
        if escaped:
            escaped = False
            if depth:
                continue
        elif char == "\\" and (quoted or depth):
            escaped = True
            if depth:
                continue
        elif char == '"' and not depth:
            quoted = not quoted
        elif char == "(" and not quoted:
            depth += 1
            continue
        elif char == ")" and depth:
            depth -= 1
            out.append(" ")
            continue
        if not depth:
            out.append(char)
    return "".join(out)


def results_of(value: str) -> tuple[str, list[Result]]:
    """Who says it (empty where that is left out, as Microsoft does), and the results."""
    who = ""
    out = []
    for number, part in enumerate(without_comments(value).split(";")):
        method = _METHOD.match(part)
        if method is None:
            if number == 0 and "=" not in part:
                who = (part.split() or [""])[0].lower()
            continue  # a domain that has strayed between the results
        found = {k.lower(): v.strip('"') for k, v in _PROPERTY.findall(part[method.end() :])}
        out.append(Result(method[1].lower(), method[2].lower(), found))
    return who, out


class Verdicts(NamedTuple):
    """What the server that took the email in last found: who it is (empty where it does not say),
    its results, and the first of the lines they stand in. `others` are what further down servers
    before it, or anybody, have written."""

    who: str = ""
    results: tuple[Result, ...] = ()
    line: str = ""
    others: tuple[str, ...] = ()


def topmost_verdicts(headers: Sequence[Header]) -> Verdicts:
    """The topmost Authentication-Results, and those that the same server wrote right below it.

    Some write one for each method (RFC 8601 §2.2 lets them). Of a method the topmost counts; what
    stands beneath fields of the email itself may be its sender's own.
    """
    who, line, results = "", "", list[Result]()
    said: set[str] = set()
    others: list[str] = []
    open_ = True
    for header in headers:
        if header.name != "authentication-results":
            open_ = open_ and (not line or header.name.startswith(_BETWEEN))
            continue
        by, found = results_of(header.value)
        if line and not (open_ and by and by == who):
            others.append(header.value)
            continue
        who, own = by, f"Authentication-Results: {header.value}"
        line = line or own
        results += [each._replace(line=own) for each in found if each.method not in said]
        said |= {each.method for each in found}
    return Verdicts(who, tuple(results), line, tuple(others))


# What a server writes between two of its results.
_BETWEEN = ("arc-", "x-", "received-spf", "return-path")


def _tags_of(value: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in value.split(";"))
    return {name.strip(): "".join(text.split()) for name, _, text in pairs}


def sealed_by(headers: Sequence[Header]) -> list[str]:
    """The domains of the servers that sealed it one after the other (RFC 8617 §4.1.3), in the
    order in which they stand."""
    seals = map(_tags_of, values(headers, "arc-seal"))
    return list({tags.get("i"): tags.get("d", "").lower() for tags in seals}.values())


def signatures_of(headers: Sequence[Header]) -> list[Signature]:
    """Who signed (RFC 6376 §3.5), topmost first."""
    out = []
    for value in values(headers, "dkim-signature"):
        tags = _tags_of(value)
        if tags.get("d") and tags.get("s"):
            out.append(Signature(tags["d"].lower(), tags["s"].lower()))
    return out


# -- the way ---------------------------------------------------------------------------------------

_VERSION = re.compile(
    r"\b(?:version\s*=\s*|using\s+)?TLS\s*v?\s*(1)(?:[._]([0-3]))?(?![\d.])", re.I
)
_WITH = re.compile(r"\bwith\s+((?:UTF8)?(?:E?SMTP|LMTP)(S?)A?|HTTPS?|HTTP REST|MAPI)\b", re.I)
_HOST = r"\[?[A-Za-z0-9_.:-]+\]?"


def hops_of(headers: Sequence[Header]) -> list[Hop]:
    """The way of an email, from where it was handed in to where it lies."""
    out: list[Hop] = []
    before: datetime | None = None
    for value in values(headers, "received")[:_HOPS_CAP][::-1]:
        when = _date(value)
        delay = None
        if when is not None and before is not None:
            delay = round((when - before).total_seconds())
        before = when or before
        bare = without_comments(value)
        source = re.match(rf"\s*from\s+({_HOST})", value, re.I)
        by = re.search(rf"\bby\s+({_HOST})", bare, re.I)
        out.append(Hop(source[1] if source else "", by[1] if by else "", _tls(value), delay, value))
    return out


def _tls(value: str) -> str | None:
    if version := _VERSION.search(value):
        return f"TLSv{version[1]}.{version[2] or '0'}"
    way = _WITH.search(without_comments(value))
    if way is None:
        return None
    if way[2] or way[1].upper() == "HTTPS":
        return "yes"
    return "no" if "SMTP" in way[1].upper() else None


def _date(value: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(without_comments(value.rpartition(";")[2]).strip())
    except (ValueError, OverflowError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def received_servers(headers: Sequence[Header]) -> Iterator[str]:
    """The servers that took the email in, topmost first."""
    for hop in reversed(hops_of(headers)):
        if hop.by:
            yield hop.by.lower()
