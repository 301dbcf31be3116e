"""A bounce, a message or a log as a delivery: for whom it failed, what was said, whose it was.

Mail is read by the standard library, within bounds; what is pasted in part, or is no mail, by what
the mail systems write. Keeps nothing of the message that comes back but its address lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32

from smtpwizard.diagnosis.bounce import Part, groups_of, parts_of, unquoted, what_parts_say
from smtpwizard.diagnosis.charsets import decode_bytes
from smtpwizard.diagnosis.hiding import hide_in_text
from smtpwizard.diagnosis.unwrap import unwrap
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.delivery import ACTIONS, Delivery, RecipientStatus, Returned, Traces

# Limits of what is read as mail: its size, how deep parts lie in each other, how many there are,
# and how long a header is read (that of a part's type, which is taken apart, less).
MAX_BYTES = 1_050_000
MAX_DEPTH = 8
MAX_PARTS = 100
MAX_HEADER = 4_000
MAX_TYPE = 1_000
MAX_RECIPIENTS = 100
# How much is looked through for names, and shown.
MAX_SEARCHED = 200_000
MAX_SHOWN = 60_000

_MAIL = re.compile(rb"^(?:mime-version|content-type|received|return-path|message-id):", re.I | re.M)
_TYPE = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary\*?0?\*?[ \t]{0,9}=", re.IGNORECASE)
# Parts that the library would take apart itself, without a bound.
_WITHIN = re.compile(r"^(\s*)message/", re.IGNORECASE)


class _Policy(Compat32):
    """Headers are cut, and messages within a message are left to us."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower() == "content-type":
            return name, _WITHIN.sub(r"\1x-message/", value[:MAX_TYPE])
        return name, value[:MAX_HEADER]


_POLICY = _Policy()


@dataclass(slots=True)
class _Read:
    """What is found in a message, part by part."""

    told: list[Part] = field(default_factory=list)
    groups: list[Mapping[str, str]] = field(default_factory=list)
    reporters: list[str] = field(default_factory=list)
    returned: list[Mapping[str, str]] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    parts: int = 0


def read_delivery(data: bytes, text: str) -> Delivery:
    """What was pasted or dropped: `data`, which is `text` where it is no mail of several parts.

    Takes anything; never raises.
    """
    data = data[:MAX_BYTES]
    if b"\n" not in data:  # as a Mac once wrote it
        data = data.replace(b"\r", b"\n")
    read = _read_mail(data)
    if read is None:
        return _of_text(text)
    head, found = read
    told = what_parts_say(found.told)
    if not told:
        return _of_text(text, head)
    human = "\n\n".join(part.text() for part in found.told if part.kind == "text/plain")
    words = unquoted(human)
    if not found.groups and words != human:  # a bounce that was passed on
        inner = parts_of(words)
        told = what_parts_say(inner) or told
        words = "\n".join(part.text() for part in inner)
    found.groups += [] if found.groups else _groups_in(words)
    recipients = _recipients(found.groups) or _in_words(words, head.get("x-failed-recipients", ""))
    looked = "\n".join((words, *(_written(group) for group in found.groups)))
    returned = found.returned[0] if found.returned else {}
    return Delivery(
        told,
        _shown((_headline(head), human, *map(_written, found.groups), _headline(returned))),
        is_mail=True,
        is_report=bool(found.groups),
        reporter=_host(found.reporters[0]) if found.reporters else "",
        recipients=recipients,
        returned=_returned(returned),
        traces=_traces(looked, head, found),
        searched="\n".join((text[:MAX_SEARCHED], looked, *map(_written, found.returned))),
    )


# -- mail ------------------------------------------------------------------------------------------


def _read_mail(data: bytes) -> tuple[Mapping[str, str], _Read] | None:
    """A message's own headers and what stands in it; None for what is none."""
    if _MAIL.search(data[:20_000]) is None:
        return None
    found = _Read()
    head = _take_apart(data.lstrip(b"\r\n\t "), found, 0)
    return (head, found) if head is not None and found.parts else None


def _take_apart(data: bytes, found: _Read, depth: int) -> Mapping[str, str] | None:
    """Read a message and what lies in it; None where it is too much for that."""
    if len(_TYPE.findall(data)) > MAX_PARTS or len(_BOUNDARY.findall(data)) > MAX_PARTS:
        return None
    message = message_from_bytes(data, policy=_POLICY)
    head = _headers(message)
    if len(head) < 2:
        return None
    # Part by part, without the library's recursion.
    todo: list[Message] = [message]
    reports = b"delivery-status" in data.lower()
    while todo and found.parts < MAX_PARTS:
        part = todo.pop()
        payload = part.get_payload()
        if isinstance(payload, list):
            todo += [each for each in reversed(payload) if isinstance(each, Message)]
            continue
        found.parts += 1
        _read_leaf(part, found, depth, within_report=reports)
    return head


def _read_leaf(part: Message, found: _Read, depth: int, *, within_report: bool) -> None:
    kind = _kind(part)
    raw = part.get_payload(decode=True)
    raw = raw if isinstance(raw, bytes) else b""
    if "delivery-status" in kind or "disposition-notification" in kind:
        _read_status(_text(part, raw), found)
    elif kind.startswith(("x-message/", "text/rfc822-headers")):
        _read_returned(raw, found, depth, whole=kind.startswith("x-message/"))
    # What a message that was passed on with a report says besides is not the mail systems'.
    elif kind.startswith("text/") and (depth == 0 or within_report):
        found.told.append(Part({"content-type": kind}, _text(part, raw).split("\n")))


def _kind(part: Message) -> str:
    """The type of a part; where a mail program gave none, by the name of its file."""
    kind = part.get_content_type()
    if kind != "application/octet-stream":
        return kind
    name = (part.get_filename() or "").lower()
    if name.endswith(".eml"):
        return "x-message/rfc822"
    return "text/plain" if name.endswith((".txt", ".log")) else kind


def _read_status(text: str, found: _Read) -> None:
    """The fields of a delivery report; the first group is the message's (RFC 3464 §2.2)."""
    found.told.append(Part({"content-type": "x-message/delivery-status"}, text.split("\n")))
    found.groups += list(groups_of(text))[: MAX_RECIPIENTS - len(found.groups)]
    for name in ("reporting-mta", "dsn-gateway"):
        match = re.search(rf"^{name}:[ \t]*([^\n]{{1,300}})", text, re.IGNORECASE | re.MULTILINE)
        if match is not None:
            found.reporters.append(match[1])


def _read_returned(raw: bytes, found: _Read, depth: int, *, whole: bool) -> None:
    """The message that comes back: its headers; where it is a bounce itself, all of it."""
    raw = raw.lstrip(b"\r\n\t ")
    low = raw.lower()
    bounce = b"delivery-status" in low or b"final-recipient:" in low
    if whole and bounce and depth < MAX_DEPTH and _take_apart(raw, found, depth + 1) is not None:
        return
    end = re.search(rb"\r?\n[ \t]*\r?\n", raw)
    head = _headers(message_from_bytes(raw[: end.start()] if end else raw, policy=_POLICY))
    if head:
        found.returned.append(head)
        found.received += _received(_plain(raw[:40_000]).replace("\r\n", "\n"))


_RECEIVED = re.compile(
    r"^[> \t]{0,4}received:((?:[^\n]|\n[> ]{0,4}[ \t]){1,2000})", re.IGNORECASE | re.MULTILINE
)


def _received(text: str) -> list[str]:
    """The lines that servers on the way left in a message."""
    return [" ".join(match[1].split()) for match in _RECEIVED.finditer(text)][:30]


def _headers(message: Message) -> dict[str, str]:
    """The first of each header by its lower-case name, in plain words."""
    out: dict[str, str] = {}
    for name, value in message.items():
        if len(out) < 200:
            out.setdefault(name.lower(), unwrap(" ".join(str(value).split())))
    return out


def _text(part: Message, raw: bytes) -> str:
    """What stands in a part, in the character set that it names, or that it is in."""
    charset = part.get_param("charset")
    charset = charset if isinstance(charset, str) else ""
    # Seven bits, but not ASCII (RFC 1468).
    seven = b"\x1b$" in raw
    text = raw.decode("iso2022_jp", "replace") if seven else _plain(raw, charset)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(raw: bytes, charset: str = "") -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return decode_bytes(raw, charset)


# -- recipients ------------------------------------------------------------------------------------


def _groups_in(text: str) -> list[Mapping[str, str]]:
    """The fields of a delivery report that stand in a text."""
    low = text.lower()
    named = "final-recipient:" in low or "diagnostic-code:" in low
    found: list[Mapping[str, str]] = []
    if named:
        found += list(groups_of(text))[:MAX_RECIPIENTS]
    return found


def _recipients(groups: Iterable[Mapping[str, str]]) -> tuple[RecipientStatus, ...]:
    """The recipients that a delivery report names, each with its last word."""
    found: dict[str, RecipientStatus] = {}
    for group in groups:
        address = _address(group.get("original-recipient", "")) or ""
        address = _address(group.get("final-recipient", "")) or address
        if not address:
            continue
        status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", group.get("status", ""))
        action = group.get("action", "")
        one = RecipientStatus(
            address,
            action if action in ACTIONS else ACTIONS[0],
            status[0] if status is not None else "",
            _said(group.get("diagnostic-code", "")),
            _host(group.get("remote-mta", "")),
        )
        found[address.lower()] = one
    return tuple(found.values())[:MAX_RECIPIENTS]


def _said(field_text: str) -> str:
    """A diagnosis without its type, as `smtp;`."""
    kind, semicolon, rest = field_text.partition(";")
    text = rest if semicolon and len(kind.strip()) < 24 and " " not in kind.strip() else field_text
    text = _TUPLE.sub(r"\1 ", text.strip())
    return clean_text(hide_in_text(" ".join(text.split())), 2_000)


# As Python shows what a server said.
_TUPLE = re.compile(r"^([45]\d\d), ?b?['\"]")
_NAME = r"([^\s<>\"'(),;:]{1,100}@[^\s<>\"'(),;:]{1,200})"
_ONE = rf"<?{_NAME}>?"
_MORE = r"(?:\n {4}\S[^\n]{0,300}){0,20}"
# How mail systems without delivery reports, and logs, say it: the address, who said it where that
# is named, their words.
_FAILURES = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        # Postfix: <user@example.org>: host mx.example.org[192.0.2.1] said: 550 …
        rf"^<{_NAME}>:[ \t]{{1,5}}(?P<said>[^\n]{{2,600}}{_MORE})",
        # Postfix's log: to=<user@example.org>, relay=mx.example.org[192.0.2.1]:25, …, status=…
        rf"\bto=<{_NAME}>,[^\n]{{0,60}}? relay=(?P<by>[^\s,\[]{{1,200}})[^\n]{{0,200}}?"
        r"status=(?P<status>bounced|deferred|expired) \((?P<said>[^\n]{2,1500})\)",
        # sendmail
        rf"^<{_NAME}>\n\s{{1,8}}\(reason: (?P<said>[^\n]{{2,600}})\)",
        # Exim
        rf"^\s{{2,4}}{_ONE}\n(?:\s{{4,6}}[^\n]{{0,200}}\n)?\s{{4,6}}host (?P<by>[\w.-]{{1,200}})"
        r"[^\n]{0,80}\n\s{4,6}(?P<said>SMTP error from remote[^\n]{0,300}"
        r"(?:\n\s{4,8}\S[^\n]{0,300}){0,8})",
        rf"^\s{{2,4}}{_ONE}\n\s{{4,6}}(?P<said>[^\n]{{4,300}}(?:\n\s{{4,8}}\S[^\n]{{0,300}}){{0,8}})",
        # OpenSMTPD and others, in a line; GMX and qmail, below the address
        rf"^[ \t]{{0,4}}{_ONE}:? [^\n\d]{{0,60}}:?(?P<said>[45]\d\d[ ,-][^\n]{{2,600}})",
        rf"^[ \t]{{0,4}}\"{_NAME}\":\n(?P<said>[^\n]{{2,300}}(?:\n\S[^\n]{{1,300}}){{0,5}})",
        rf"^<{_NAME}>:\n(?P<said>[^\n]{{2,600}}(?:\n\S[^\n]{{1,300}}){{0,5}})",
        # Exchange, now and once: user@example.org, and what was said below it
        rf"^{_ONE}\n(?:[^\n]{{0,300}}\n){{0,3}}?(?P<said>[^\n]{{0,200}}#?[45]\d\d[ -][45]\.\d"
        r"[^\n]{2,600})",
        rf"^[ \t]{{0,8}}{_ONE} on [^\n]{{10,60}}\n[ \t]{{1,8}}(?P<said>[^\n]{{4,300}})",
        # A library: {'user@example.org': (550, b'…')}
        rf"['\"]{_NAME}['\"]: \((?P<said>[45]\d\d, ?b?['\"][^\n]{{2,600}}?)['\"]?\)",
    )
)
_HOST_SAID = re.compile(r"^host (?P<by>[\w.-]{1,200})\S{0,60} said: (?=\S)")
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")


def _in_words(text: str, listed: str = "") -> tuple[RecipientStatus, ...]:
    """The recipients that a bounce names in words, as mail systems write them; those in `listed`
    stand there by name alone."""
    found: dict[str, RecipientStatus] = {}
    text = text[:MAX_SEARCHED]
    for pattern in _FAILURES:
        for match in pattern.finditer(text):
            if len(found) >= MAX_RECIPIENTS:
                break
            named = match.groupdict()
            said = _said(named["said"].replace("\n", " "))
            status = _STATUS.search(said)
            by = _HOST_SAID.match(said)
            said = said[by.end() :] if by is not None else said
            server = _host(by["by"] if by is not None else named.get("by") or "")
            server = "" if server == "none" else server  # as a log calls none at all
            waiting = named.get("status") == "deferred"
            if not waiting and _FAILED.search(said) is None:
                continue
            one = RecipientStatus(
                clean_text(match[1].rstrip("."), 300),
                "delayed" if waiting else ACTIONS[0],
                status[1] if status is not None else "",
                said,
                server,
            )
            before = found.get(match[1].lower())
            if before is None or (before.action == "delayed" and not waiting):
                found[match[1].lower()] = one
    for match in re.finditer(_ONE, listed):
        found.setdefault(match[1].lower(), RecipientStatus(clean_text(match[1], 300)))
    if not found:
        found |= _only_one(text)
    return tuple(found.values())[:MAX_RECIPIENTS]


# Where one recipient is named in a sentence.
_TO_ONE = re.compile(
    rf"\b(?:to|for)(?: the)?(?: following)?(?: (?:address|recipient)(?:es|s|\(es\)|\(s\))?)?"
    rf"(?: (?:has been delayed|failed(?: permanently)?))?:?\s{{1,20}}{_ONE}",
    re.IGNORECASE,
)
_DELAYED = re.compile(r"has been delayed|will be retried|warning (?:message )?only", re.IGNORECASE)
_ANSWER = re.compile(r"^[^\n]{0,40}?((?<![\d.])[45]\d\d[ -][^\n]{4,600})", re.MULTILINE)
_BOUNCED = re.compile(
    r"deliver|bounce|return(?:ed|ing) (?:mail|message)|zustell|remis|entreg", re.IGNORECASE
)


def _only_one(text: str) -> dict[str, RecipientStatus]:
    """The recipient that a bounce names in a sentence, and the first answer in it."""
    match = _TO_ONE.search(text[:4_000]) if _BOUNCED.search(text[:4_000]) else None
    if match is None:
        return {}
    answer = _ANSWER.search(text, match.end())
    said = _said(answer[1]) if answer is not None else ""
    status = _STATUS.search(said)
    action = "delayed" if _DELAYED.search(text[:4_000]) else ACTIONS[0]
    one = clean_text(match[1].rstrip("."), 300)
    return {one: RecipientStatus(one, action, status[1] if status is not None else "", said)}


# Says that something failed, for one recipient.
_FAILED = re.compile(
    r"[45]\d\d|[45]\.\d{1,3}\.\d|fail|reject|denied|refus|unknown|not |unable|could|cannot|full"
    r"|quota|exceed|time|block|invalid|rout|retry|no such|does not|bounce|expired|unbekannt"
    r"|nicht|unreach|resolv|lookup|connect|loop|spam|virus|deferr|too (?:large|many|big)|recogni",
    re.IGNORECASE,
)


# -- text ------------------------------------------------------------------------------------------


def _of_text(text: str, head: Mapping[str, str] | None = None) -> Delivery:
    """A log, a trace, a bounce pasted in part."""
    parts = parts_of(text.replace("\r\n", "\n").replace("\r", "\n"))
    looked = "\n".join(part.text() for part in parts)[:MAX_SEARCHED]
    groups = _groups_in(looked)
    reporter = re.search(r"^[> \t]{0,4}reporting-mta:[ \t]*([^\n]{1,300})", looked, re.I | re.M)
    found = _Read(
        groups=groups,
        reporters=[reporter[1]] if reporter is not None else [],
        received=_received(text[:MAX_SEARCHED]),
    )
    return Delivery(
        text,
        _shown((text,)),
        is_report=bool(groups),
        reporter=_host(found.reporters[0]) if found.reporters else "",
        recipients=_recipients(groups) or _in_words(looked),
        traces=_traces(text[:MAX_SEARCHED], head or {}, found),
        searched=text[:MAX_SEARCHED],
    )


# -- whose it was ----------------------------------------------------------------------------------

_REPORTING = re.compile(
    r"(?:mail system at host|generating server:|bounce(?:d)? (?:by|from) host|message from)"
    r"\s{1,4}([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    re.IGNORECASE,
)
_BY = re.compile(r"\bby ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_OTHER = re.compile(
    r"(?:\bhost |relay=|connect(?:ed|ing)? to |while contacting |delivering to |server: |helo=<?)"
    r"(?:ssl://|tls://|tcp://)?\[?([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    re.IGNORECASE,
)
_SENDER = re.compile(
    r"(?:\bfrom=<|mail from: ?<|\bsender(?: address)?:? ?(?:rfc822; ?)?<?"
    r"|^[> \t]{0,4}from:[^\n<@]{0,100}[<\s])"
    rf"{_NAME}",
    re.IGNORECASE | re.MULTILINE,
)
# The head of a bounce that was pasted as text: it went back to who sent the message.
_BACK_TO = re.compile(
    r"^[> \t]{0,4}from:[^\n]{0,200}\b(?:mailer-daemon|postmaster)\b[^\n]{0,200}\n"
    rf"(?:[^\n]{{1,300}}\n){{0,6}}?[> \t]{{0,4}}to:(?:[^\n<@]{{0,100}}[<\s])?{_NAME}",
    re.IGNORECASE | re.MULTILINE,
)
_LOGIN = re.compile(
    r"(?:sasl_username=|authenticated(?: sender| as)?[:=]? ?<?|\bA=[\w-]{1,30}:|\blogin[:=] ?<?"
    r"|\busername[:=] ?\"?|\buser[:=] ?<?\"?)([^\s<>\"'(),;:]{3,254})",
    re.IGNORECASE,
)
_FROM_FIELDS = ("from", "sender", "return-path", "x-envelope-from", "resent-from")
_TO_FIELDS = ("to", "delivered-to", "envelope-to", "x-original-to")


def _traces(text: str, head: Mapping[str, str], found: _Read) -> Traces:
    """The servers, senders and logins that are named; `head` is the bounce's own."""
    servers = [*found.reporters, *(m[1] for m in _REPORTING.finditer(text))]
    servers += [m[1] for line in found.received for m in _BY.finditer(line)]
    others = [group.get("remote-mta", "") for group in found.groups]
    others += [m[1] for m in _OTHER.finditer(text)]
    senders = [_address(of.get(name, "")) for of in found.returned for name in _FROM_FIELDS]
    senders += [m[1] for m in _SENDER.finditer(text)]
    senders += [m[1] for m in _BACK_TO.finditer(text)]
    if found.groups or found.returned:  # a bounce comes back to who sent the message
        senders += [_address(head.get(name, "")) for name in _TO_FIELDS]
    logins = [m[1] for m in _LOGIN.finditer("\n".join((text, *found.received)))]
    return Traces(
        _each(map(_host, servers)), _each(map(_host, others)), _each(senders), _each(logins)
    )


def _each(names: Iterable[str | None]) -> tuple[str, ...]:
    lowered = (name.lower().rstrip(".") for name in names if name)
    return tuple(dict.fromkeys(filter(None, lowered)))[:50]


def _host(text: str) -> str:
    """The name in a field such as `dns; mail.example.com (192.0.2.1)`."""
    name = text.rpartition(";")[2].strip().split(" ")[0].strip("[]()<>,.")
    return clean_text(name, 255).lower()


def _address(text: str) -> str | None:
    match = re.search(_ONE, text.rpartition(";")[2] or text)
    return clean_text(match[1], 300) if match is not None else None


def _returned(head: Mapping[str, str]) -> Returned:
    values = (head.get(name, "") for name in ("from", "to", "subject", "date", "message-id"))
    return Returned(*(clean_text(value, 300) for value in values))


# -- to read ---------------------------------------------------------------------------------------

_WORTH_READING = ("from", "to", "cc", "subject", "date", "message-id")


def _headline(head: Mapping[str, str]) -> str:
    return "\n".join(f"{name.title()}: {head[name]}" for name in _WORTH_READING if name in head)


def _written(fields: Mapping[str, str]) -> str:
    return "\n".join(
        f"{name.title().replace('Mta', 'MTA')}: {value}" for name, value in fields.items()
    )


def _shown(parts: Sequence[str]) -> str:
    """These texts under each other, fit for display: no control but line breaks, no secret."""
    whole = "\n\n".join(part.strip("\n") for part in parts if part.strip())
    # What is cut off ends beyond what is shown: half a secret may not look like one.
    text = hide_in_text(whole[: MAX_SHOWN + 20_000])
    lines = text[:MAX_SHOWN].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    shown = "\n".join(clean_text(line, 2_000) for line in lines)
    return f"{shown}\n…" if len(text) > MAX_SHOWN else shown
