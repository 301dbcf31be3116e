"""A bounce that is pasted whole, as mail came or as a program shows it, read for what failed.

Keeps what the mail systems say of the failure and leaves out the headers on the way, the set
phrases around it and the message that comes back. Takes time proportional to the text's length.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from smtpwizard.diagnosis.charsets import decode_bytes
from smtpwizard.diagnosis.pieces import matches
from smtpwizard.resources import packaged_text

# A cheap look: what no text without these words can be.
_MAIL = re.compile(
    r"^[> \t]{0,4}(?:content-type|reporting-mta|final-recipient|received|return-path|subject"
    r"|diagnostic-code|mime-version|from|to|date):|^[-\s>]{0,8}(?:below this line|original message"
    r"|this is a copy|unsent message|message header)|mail (?:system|delivery)|undeliver|qmail"
    r"|session follows|while talking to|message follows"
    r"|deliver(?:y|ed) to|could not be delivered",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST = 100  # a match of it
_HEADER = re.compile(r"([A-Za-z][\w-]{0,60}):(?!//)")
_HEADERS_OF_MAIL = frozenset(
    (
        "received", "return-path", "from", "to", "cc", "subject", "date", "message-id", "sender",
        "mime-version", "content-type", "delivered-to", "auto-submitted", "reply-to", "envelope-to",
        "x-failed-recipients", "dkim-signature", "delivery-date", "references", "in-reply-to",
        "arc-seal", "x-received", "authentication-results", "content-transfer-encoding",
        "x-mailer", "user-agent", "received-spf", "importance", "x-priority",
    )
)  # fmt: skip
_BOUNDARY = re.compile(r"boundary\s{0,3}=\s{0,3}(?:\"([^\"\n]{1,100})\"|([^\s;\"]{1,100}))", re.I)
_REPORT = re.compile(r"delivery-status|disposition-notification|diagnostic-code:", re.IGNORECASE)
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/partial")
_CHARSET = re.compile(r"charset\s{0,3}=\s{0,3}\"?([\w.:-]{1,40})", re.IGNORECASE)

# Where the message that comes back begins, in a bounce that is no MIME.
_RETURNED_MARK = re.compile(
    r"^[\s>*=_-]{0,40}(?:(?:below (?:this line|the next line|is a copy)|this is a copy of|here is"
    r" a copy of)[^\n]{0,100}|(?:copy of |beginning of |start of )?(?:the |your |my )?(?:original"
    r"|returned|unsent|undelivered|rejected) (?:message|mail)(?: headers?| text)?(?: (?:follows"
    r"|is (?:attached|included|below)|as follows))?|message (?:headers?|text)(?: follows?)?"
    r"|(?:the )?headers? of (?:the|your) (?:original )?message|urspr.{1,3}ngliche nachricht"
    r"|message d'origine|mensaje original|mensagem original|messaggio originale)[\s:.*=_-]{0,80}$",
    re.IGNORECASE,
)
# Says that something failed.
_FAILED = re.compile(
    r"(?<![\d.])[45]\d\d[ -]|[45]\.\d{1,2}\.\d|fail|reject|denied|refuse|unknown|not |unable|could"
    r"|cannot|error|full|quota|exceed|timed? ?out|undeliver|block|invalid|bounce|delay"
    r"|fehl|echec|erreur",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<(style|script|head|title)\b[^>]{0,300}>.{0,40000}?</\1\s{0,3}>", re.I | re.S
)
_BREAK = re.compile(r"</?(?:br|p|div|tr|td|th|li|h[1-6]|table|pre|blockquote)\b[^<>]{0,400}>", re.I)
_TAG = re.compile(r"</?[a-z!][^<>@]{0,400}>", re.IGNORECASE)
_WORD = re.compile(r"\w")
# What follows from a refusal in the same conversation, in the words of either side.
_CONSEQUENCE = re.compile(
    r"^(?:<<< )?(?:503 .{0,40}(?:need|valid|send) rcpt|55[04] .{0,40}no valid recipients"
    r"|554 5\.0\.0 service unavailable|550 5\.1\.1 <[^>\n]{1,200}>\.\.\. user unknown"
    r"|421 .{0,60}too many errors)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"^(?:<<< |\s+\(reason: )[45]\d\d[ -]", re.MULTILINE)
# What was said of one recipient, over several lines (Postfix).
_FOLDED = re.compile(r"^<[^<>\n]{1,300}>: [^\n]{1,300}(?:\n {4}\S[^\n]{0,300}){1,40}", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_ADDRESS = re.compile(r"[^\s;<>\"]{1,200}@[^\s;<>\"]{1,200}")
_QUOTED = re.compile(r"^(?:>[ \t]?)+", re.MULTILINE)


@cache
def _set_phrases() -> re.Pattern[str]:
    """What mail systems say around every failure, whatever it is."""
    phrases = tomllib.loads(packaged_text("diagnosis/set_phrases.toml"))["phrases"]
    return re.compile(
        "|".join(phrase.replace(" ", r"\s{1,6}(?:>\s)?") for phrase in phrases), re.IGNORECASE
    )


@dataclass(slots=True)
class Part:
    """One part of a message: its headers by lower-case name, its lines."""

    headers: Mapping[str, str]
    lines: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "text/plain").split(";")[0].strip().lower()

    def text(self) -> str:
        """The body as text, its transfer encoding and character set undone."""
        text = "\n".join(self.lines)
        how = self.headers.get("content-transfer-encoding", "").strip().lower()
        if how not in ("base64", "quoted-printable"):
            return text
        raw = text.encode("utf-8", "replace")
        try:
            raw = base64.b64decode(raw) if how == "base64" else quopri.decodestring(raw)
        except (binascii.Error, ValueError):
            return text
        charset = _CHARSET.search(self.headers.get("content-type", ""))
        return decode_bytes(raw, charset[1] if charset is not None else "")


def read_bounce(text: str) -> str:
    """What the mail systems say of a failure in a message or a bounce pasted whole.

    A text that is neither is given back as it came, and so is a message that says nothing.
    """
    if next(matches(_MAIL, text, _LONGEST), None) is None:
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return what_parts_say(parts_of(text)) or text


def parts_of(text: str) -> list[Part]:
    """The parts of a message that was pasted as text, without those that come back."""
    return list(_parts(unquoted(text).split("\n")))


def what_parts_say(parts: Sequence[Part]) -> str:
    """What the mail systems say of the failure in these parts; empty where they say nothing."""
    groups = [group for part in parts if "status" in part.kind for group in groups_of(part.text())]
    said = [*_statuses(groups), *_words(parts, _let_through(groups))]
    return "\n".join(line for line in said if _WORD.search(line) is not None)


def unquoted(text: str) -> str:
    """Without the marks of a reply, where most lines have them."""
    if ">" not in text:
        return text
    lines = [line for line in text.split("\n") if line.strip()]
    quoted = sum(line.startswith(">") for line in lines)
    return _QUOTED.sub("", text) if 2 * quoted > len(lines) else text


# -- parts -----------------------------------------------------------------------------------------


def _parts(lines: Sequence[str]) -> Iterator[Part]:
    """The parts of a message, without those that hold the message that comes back."""
    places = _boundaries(lines)
    reports = [at for at, line in enumerate(lines) if _REPORT.search(line) is not None]
    at = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    headers, at = _headers(lines, at, known=True)
    part = Part(headers)
    while at < len(lines):
        token = _token(lines[at])
        if token is None or token not in places:
            part.lines.append(lines[at])
            at += 1
            continue
        yield part
        closing = lines[at].rstrip().endswith("--") and lines[at].strip() != f"--{token}"
        headers, at = ({}, at + 1) if closing else _headers(lines, at + 1)
        part = Part(headers)
        if part.kind in _RETURNED:
            after = places[token]
            here = bisect_right(after, at - 1)
            end = after[here] if here < len(after) else len(lines)
            inner = bisect_right(reports, at - 1)
            if inner < len(reports) and reports[inner] < end:
                headers, at = _headers(lines, at)  # a bounce that was passed on
                part = Part(headers)
            else:
                at = end
    yield part


def _boundaries(lines: Sequence[str]) -> dict[str, list[int]]:
    """The lines that part a message, by what stands behind their dashes."""
    named = {m[1] or m[2] for line in lines for m in _BOUNDARY.finditer(line)}
    places: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        token = _token(line)
        if token is None:
            continue
        for name in (token, token.removesuffix("--")):
            following = lines[at + 1] if at + 1 < len(lines) else ""
            if name in named or following.lower().startswith("content-"):
                named.add(name)
                places.setdefault(name, []).append(at)
                break
    return places


def _token(line: str) -> str | None:
    return line[2:].rstrip() if line.startswith("--") and 2 < len(line) < 110 else None


def _headers(lines: Sequence[str], at: int, *, known: bool = False) -> tuple[dict[str, str], int]:
    """The header lines from `at` on by name, and where the body begins; with `known` only where
    two or more are those of mail."""
    begin, found, name = at, dict[str, str](), ""
    while at < len(lines) and lines[at].strip():
        match = _HEADER.match(lines[at])
        if match is not None:
            name = match[1].lower()
            found.setdefault(name, lines[at][match.end() :].strip())
        elif lines[at][0] in " \t" and name:
            found[name] += f" {lines[at].strip()}" if len(found[name]) < 2_000 else ""
        elif not lines[at].startswith("From "):
            break
        at += 1
    if known and len(_HEADERS_OF_MAIL.intersection(found)) < 2:
        return {}, begin
    return found, at


# -- what they say ---------------------------------------------------------------------------------


def _statuses(groups: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The diagnosis of each recipient that a delivery report names (RFC 3464 §2.3), of the failed
    ones alone where one has failed for good."""
    failed = [group for group in groups if group.get("action", "failed") == "failed"]
    others = [group for group in groups if group.get("action") == "delayed"]
    for group in failed or others:
        said = group.get("diagnostic-code", "")
        if re.search(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])", said) is None:
            yield f"Status: {group.get('status', '')}"
        yield said


def _let_through(groups: Sequence[Mapping[str, str]]) -> frozenset[str]:
    """The recipients for whom it has not failed, where it has for another."""
    told: dict[bool, set[str]] = {True: set(), False: set()}
    for group in groups:
        address = _ADDRESS.search(group.get("final-recipient", ""))
        if address is not None:
            told[group.get("action", "failed") == "failed"].add(address[0].lower())
    return frozenset(told[False] - told[True]) if told[True] else frozenset()


def groups_of(text: str) -> Iterator[dict[str, str]]:
    """The fields of each recipient in a delivery report."""
    for block in re.split(r"\n[ \t]*\n", text):
        fields, _ = _headers(block.strip("\n").split("\n"), 0)
        if not fields.keys().isdisjoint(("final-recipient", "action", "status", "diagnostic-code")):
            action = fields.get("action", "failed").split()
            yield {**fields, "action": action[0].lower() if action else "failed"}


def _words(parts: Sequence[Part], let_through: frozenset[str]) -> Iterator[str]:
    """The text for a reader, without set phrases, what it says of recipients for whom it has not
    failed, and the message that comes back."""
    plain = [part for part in parts if part.kind == "text/plain"]
    if not any(_FAILED.search(part.text()) for part in plain):
        plain = [part for part in parts if part.kind.startswith("text/")]
    for part in plain:
        text = part.text()
        if part.kind == "text/html" or "<html" in text[:2_000].lower():
            text = _MARKUP.sub(" ", text)
            text = html.unescape(_TAG.sub(" ", _BREAK.sub("\n", text)))
        if let_through:
            paragraphs = _PARAGRAPH.split(text)
            text = "\n\n".join(p for p in paragraphs if not _speaks_of(p, let_through))
        if ">: " in text:
            text = _FOLDED.sub(lambda m: " ".join(m[0].split()), text)
        lines = text.split("\n")
        end = _end_of_own(lines)
        yield from _own_lines(lines[:end])
        if end < len(lines):  # further parts are those of the message that comes back
            return


def _speaks_of(paragraph: str, addresses: frozenset[str]) -> bool:
    """Whether a paragraph is about these addresses alone."""
    named = {match[0].lower() for match in _ADDRESS.finditer(paragraph)}
    return not named.isdisjoint(addresses) and named <= addresses


def _end_of_own(lines: Sequence[str]) -> int:
    """Where the message that comes back begins; the end where it does not come."""
    told = False
    for at, line in enumerate(lines):
        if told and (_RETURNED_MARK.match(line) or _begins_a_message(lines, at)):
            return at
        told = told or _FAILED.search(line) is not None
    return len(lines)


def _own_lines(lines: Sequence[str]) -> Iterator[str]:
    """Without what the client said, what follows from a refusal, and set phrases."""
    kept = [line for line in lines if not line.lstrip().startswith(">>> ")]
    if _REFUSAL.search("\n".join(kept)) is not None:
        kept = [line for line in kept if _CONSEQUENCE.match(line) is None]
    whole = "\n".join(kept)
    text = _set_phrases().sub(" ", whole)
    yield from (text if _FAILED.search(text) is not None else whole).split("\n")


def _begins_a_message(lines: Sequence[str], at: int) -> bool:
    """Whether three headers of mail stand here, after a blank line."""
    if at == 0 or lines[at - 1].strip() or _HEADER.match(lines[at].lstrip("> \t")) is None:
        return False
    names = {
        match[1].lower()
        for line in lines[at : at + 12]
        if (match := _HEADER.match(line.lstrip("> \t"))) is not None
    }
    return len(_HEADERS_OF_MAIL & names) >= 3
