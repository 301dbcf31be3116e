"""SPF (RFC 7208): may this address send in the name of that domain, and what does its record cost.

No library: the one there is (pyspf) follows its questions to no end that a person or a clock could
set, looks up with a resolver of its own, and does not say what a record consists of.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, NoReturn, Protocol
from urllib.parse import quote

LOOK_UPS = 10  # §4.6.4, as are the next two
VOIDS = 2
_NAMES = 10
# A survey counts on to here, so that a person reads by how much it is too many.
SURVEY_CAP = 40
_TERMS_CAP = 500

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class Asked(Protocol):
    """Who answers. A name that is not there has no records; each method raises `NoAnswerError`
    where nobody can tell."""

    def txt(self, name: str) -> Sequence[str]: ...
    def ip(self, name: str, version: int) -> Sequence[str]: ...
    def mx(self, name: str) -> Sequence[str]: ...
    def ptr(self, address: str) -> Sequence[str]: ...


class NoAnswerError(Exception):
    """Nobody can tell: a name server that fails, or does not answer in time."""


class Broken(StrEnum):
    """What makes a record worthless for every receiver (permerror)."""

    SYNTAX = "syntax"
    SEVERAL = "several"
    LOOK_UPS = "look_ups"
    VOIDS = "voids"
    NAMES = "names"
    NO_RECORD = "no_record"
    LOOP = "loop"


class SpfError(Exception):
    """A record that is broken, and at which domain."""

    def __init__(self, code: Broken, at: str) -> None:
        super().__init__(code)
        self.code = code
        self.at = at


class Term(NamedTuple):
    """A mechanism, or a modifier where `qualifier` is `=`."""

    qualifier: str
    name: str
    value: str | None = None
    v4: int = 32
    v6: int = 128
    network: IpNetwork | None = None

    def __str__(self) -> str:
        if self.qualifier == "=":
            return f"{self.name}={self.value}"
        return self.name if self.value is None else f"{self.name}:{self.value}"


class Spent(NamedTuple):
    """A term of the domain's own record, and what it costs with all that it brings in."""

    term: str
    look_ups: int
    voids: int


class Survey(NamedTuple):
    """All that a record brings in, whoever sends. `error` is the first thing that makes it
    worthless; `targets` are the included domains, `networks` the addresses that it names."""

    record: str | None
    look_ups: int
    voids: int
    spent: tuple[Spent, ...]
    targets: tuple[str, ...]
    networks: tuple[IpNetwork, ...]
    all_qualifier: str
    uses_ptr: bool
    error: Broken | None = None
    error_at: str = ""


# -- reading a record ------------------------------------------------------------------------------


def spf_records(texts: Sequence[str]) -> list[str]:
    """The SPF records among the TXT records of a name (§4.5)."""
    return [t for t in texts if t[:6].lower() == "v=spf1" and t[6:7] in ("", " ")]


_MACRO = r"%(?:\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[-.+,/_=]*\}|[%_-])"
_MACRO_STRING = re.compile(rf"(?:{_MACRO}|[\x21-\x24\x26-\x7e])*")
_ENDS_AS_NAME = re.compile(
    r"\.(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])\.?$"
)
_ENDS_AS_MACRO = re.compile(rf"{_MACRO}$")
_CIDR = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?$")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.S)
_MECHANISM = re.compile(r"([-+?~]?)([A-Za-z][A-Za-z0-9._-]*)(.*)", re.S)


def parse(record: str, at: str = "") -> list[Term]:
    """The terms of a record; raises `SpfError`."""

    def refuse() -> NoReturn:
        raise SpfError(Broken.SYNTAX, at)

    if not record.isascii():
        refuse()
    words = [word for word in record[6:].split(" ") if word]
    if len(words) > _TERMS_CAP:
        refuse()
    terms = [_term(word) or refuse() for word in words]
    for name in ("redirect", "exp"):
        if sum(t.qualifier == "=" and t.name == name for t in terms) > 1:
            refuse()
    return terms


def _term(word: str) -> Term | None:
    if modifier := _MODIFIER.fullmatch(word):
        name, value = modifier[1].lower(), modifier[2]
        if name in ("redirect", "exp") and not _is_domain_spec(value):
            return None
        return Term("=", name, value) if _is_macro_string(value, name == "exp") else None
    mechanism = _MECHANISM.fullmatch(word)
    if mechanism is None:
        return None
    qualifier, name, rest = mechanism[1] or "+", mechanism[2].lower(), mechanism[3]
    if name == "all":
        return Term(qualifier, name) if not rest else None
    if name in ("include", "exists"):
        return Term(qualifier, name, rest[1:]) if _is_target(rest) else None
    if name == "ptr":
        return Term(qualifier, name, rest[1:] or None) if not rest or _is_target(rest) else None
    if name in ("ip4", "ip6"):
        return _ip_term(qualifier, name, rest)
    return _host_term(qualifier, name, rest) if name in ("a", "mx") else None


def _host_term(qualifier: str, name: str, rest: str) -> Term | None:
    cidr = _CIDR.search(rest)
    assert cidr is not None  # it may be empty
    v4, v6 = int(cidr[1] or 32), int(cidr[2] or 128)
    target = rest[: cidr.start()]
    if v4 > 32 or v6 > 128 or (target and not _is_target(target)):
        return None
    return Term(qualifier, name, target[1:] or None, v4, v6)


def _ip_term(qualifier: str, name: str, rest: str) -> Term | None:
    address, slash, length = rest[1:].partition("/")
    if rest[:1] != ":" or (slash and not re.fullmatch(r"0|[1-9][0-9]{0,2}", length)):
        return None
    kind = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    try:
        network = kind(f"{address}/{length or kind(0).max_prefixlen}", strict=False)
    except ValueError:
        return None
    return Term(qualifier, name, rest[1:], network=network) if "%" not in address else None


def _is_target(rest: str) -> bool:
    return rest[:1] == ":" and _is_domain_spec(rest[1:])


def _is_domain_spec(text: str) -> bool:
    ends = _ENDS_AS_MACRO.search(text) or _ENDS_AS_NAME.search(text)
    return bool(ends) and _is_macro_string(text, False)


def _is_macro_string(text: str, explains: bool) -> bool:
    if not _MACRO_STRING.fullmatch(text):
        return False
    for macro in re.finditer(r"%\{([A-Za-z])([0-9]*)", text):
        if macro[2] and int(macro[2][:9]) == 0:
            return False
        if macro[1].lower() in "crt" and not explains:
            return False
    return True


# -- evaluating ------------------------------------------------------------------------------------


class Mail(NamedTuple):
    """Whose mail is judged: the address of the sending host, the envelope sender, its EHLO name."""

    address: IpAddress
    sender: str
    helo: str = "localhost"


class _Spending:
    def __init__(self, asked: Asked, look_ups: int, voids: int) -> None:
        self.asked = asked
        self.look_ups = self.voids = 0
        self._most_look_ups = look_ups
        self._most_voids = voids

    def look_up(self, at: str) -> None:
        self.look_ups += 1
        if self.look_ups > self._most_look_ups:
            raise SpfError(Broken.LOOK_UPS, at)

    def seen(self, answers: Sequence[str], at: str) -> Sequence[str]:
        if not answers:
            self.voids += 1
            if self.voids > self._most_voids:
                raise SpfError(Broken.VOIDS, at)
        return answers


def _record_of(asked: Asked, domain: str) -> str | None:
    records = spf_records(asked.txt(domain)) if _is_name(domain) else []
    if len(records) > 1:
        raise SpfError(Broken.SEVERAL, domain)
    return records[0] if records else None


def check_host(asked: Asked, mail: Mail) -> str:
    """`none`, `neutral`, `pass`, `fail`, `softfail`, `temperror` or `permerror` (§2.6).

    Raises what `asked` does, but for `NoAnswerError`.
    """
    address = getattr(mail.address, "ipv4_mapped", None) or mail.address
    mail = mail._replace(address=address)
    if "@" not in mail.sender.strip("@"):
        mail = mail._replace(sender=f"postmaster@{mail.sender.strip('@') or mail.helo}")
    domain = mail.sender.rpartition("@")[2]
    try:
        return _Check(_Spending(asked, LOOK_UPS, VOIDS), mail).run(domain, 0)
    except NoAnswerError:
        return "temperror"
    except SpfError:
        return "permerror"


_RESULTS: Mapping[str, str] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class _Check:
    def __init__(self, spending: _Spending, mail: Mail) -> None:
        self.spending = spending
        self.asked = spending.asked
        self.mail = mail

    def run(self, domain: str, depth: int) -> str:
        record = _record_of(self.asked, domain)
        if record is None:
            return "none"
        terms = parse(record, domain)
        redirect = None
        for term in terms:
            if term.qualifier == "=":
                redirect = term if term.name == "redirect" else redirect
            elif self._matches(term, domain, depth):
                return _RESULTS[term.qualifier]
        if redirect is None:
            return "neutral"
        self.spending.look_up(domain)
        target = self._expanded(redirect.value or "", domain)
        result = self.run(target, depth + 1)
        if result == "none":
            raise SpfError(Broken.NO_RECORD, target)
        return result

    def _matches(self, term: Term, domain: str, depth: int) -> bool:
        if term.network is not None:
            return self.mail.address in term.network
        if term.name == "all":
            return True
        self.spending.look_up(domain)
        target = self._expanded(term.value, domain) if term.value is not None else domain
        if term.name == "include":
            result = self.run(target, depth + 1)
            if result == "none":
                raise SpfError(Broken.NO_RECORD, target)
            return result == "pass"
        if not _is_name(target):
            return False
        if term.name == "exists":
            return bool(self.spending.seen(self.asked.ip(target, 4), domain))
        if term.name == "ptr":
            return any(_is_below(name, target) for name in self._validated())
        hosts: Sequence[str] = [target]
        if term.name == "mx":
            hosts = self.spending.seen(self.asked.mx(target), domain)
            if len(hosts) > _NAMES:
                raise SpfError(Broken.NAMES, target)
        version = self.mail.address.version
        length = term.v4 if version == 4 else term.v6
        return any(
            self.mail.address in ipaddress.ip_network(f"{found}/{length}", strict=False)
            for host in hosts
            for found in self._ip(host, domain)
        )

    def _ip(self, host: str, domain: str) -> Sequence[str]:
        if not _is_name(host):
            return ()
        return self.spending.seen(self.asked.ip(host, self.mail.address.version), domain)

    def _validated(self) -> list[str]:
        """The names of the sending address that lead back to it (§5.5); errors are no match."""
        out = []
        try:
            names = self.asked.ptr(str(self.mail.address))[:_NAMES]
        except NoAnswerError:
            return []
        for name in names:
            try:
                found = self.asked.ip(name, self.mail.address.version) if _is_name(name) else ()
            except NoAnswerError:
                continue
            if any(ipaddress.ip_address(each) == self.mail.address for each in found):
                out.append(name)
        return out

    def _expanded(self, text: str, domain: str) -> str:
        def fill(match: re.Match[str]) -> str:
            whole = match[0]
            if whole[1] != "{":
                return {"%": "%", "_": " ", "-": "%20"}[whole[1]]
            return self._macro(match, domain)

        pattern = r"%(?:\{([A-Za-z])([0-9]*)([rR]?)([-.+,/_=]*)\}|[%_-])"
        out = re.sub(pattern, fill, text).rstrip(".")
        while len(out) > 253 and "." in out:
            out = out.partition(".")[2]
        return out

    def _macro(self, match: re.Match[str], domain: str) -> str:
        letter, digits, back, delimiters = match.groups()
        address = self.mail.address
        local, _, host = self.mail.sender.rpartition("@")
        nibbles = ".".join(address.exploded.replace(":", ""))
        values = {
            "s": self.mail.sender, "l": local, "o": host, "d": domain, "h": self.mail.helo,
            "v": "in-addr" if address.version == 4 else "ip6",
            "i": str(address) if address.version == 4 else nibbles,
        }  # fmt: skip
        low = letter.lower()
        value = values.get(low, "") if low != "p" else self._name(domain)
        parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
        if back:
            parts.reverse()
        if digits:
            parts = parts[-int(digits[:9]) :]
        text = ".".join(parts)
        return quote(text, safe="") if letter.isupper() else text

    def _name(self, domain: str) -> str:
        names = self._validated()
        same = [n for n in names if n.lower() == domain.lower()]
        below = [n for n in names if _is_below(n, domain)]
        return next(iter(same or below or names), "unknown")


def _is_below(name: str, domain: str) -> bool:
    name, domain = name.lower().rstrip("."), domain.lower().rstrip(".")
    return name == domain or name.endswith(f".{domain}")


def _is_name(name: str) -> bool:
    """Whether a name can be asked about (§4.3): several labels, none empty, none too long."""
    labels = name.rstrip(".").split(".")
    return len(name) <= 253 and len(labels) > 1 and all(0 < len(label) <= 63 for label in labels)


# -- surveying -------------------------------------------------------------------------------------


def survey(asked: Asked, domain: str) -> Survey:
    """All that the domain's record brings in, whoever sends.

    Raises `NoAnswerError`, and what `asked` raises otherwise.
    """
    return _Survey(asked).run(domain)


class _Survey:
    """Goes through every term, as a receiver does for an address that nobody allows."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.spending = _Spending(asked, SURVEY_CAP, SURVEY_CAP)
        self.targets: list[str] = []
        self.networks: list[IpNetwork] = []
        self.uses_ptr = False
        self.all_qualifier = ""

    def run(self, domain: str) -> Survey:
        record, spent, at = None, [], ""
        error: Broken | None = None
        try:
            record = _record_of(self.asked, domain)
            if record is not None:
                spent = list(self._spend(record, domain))
        except SpfError as failed:
            error, at = failed.code, failed.at
        look_ups, voids = self.spending.look_ups, self.spending.voids
        if error is None and look_ups > LOOK_UPS:
            error, at = Broken.LOOK_UPS, domain
        elif error is None and voids > VOIDS:
            error, at = Broken.VOIDS, domain
        return Survey(
            record, look_ups, voids, tuple(spent), tuple(dict.fromkeys(self.targets)),
            tuple(self.networks), self.all_qualifier, self.uses_ptr, error, at,
        )  # fmt: skip

    def _spend(self, record: str, domain: str) -> Iterator[Spent]:
        for term, path in self._terms(record, domain, (domain.lower(),)):
            before = self.spending.look_ups, self.spending.voids
            self._visit(term, domain, path)
            look_ups = self.spending.look_ups - before[0]
            voids = self.spending.voids - before[1]
            if look_ups:
                yield Spent(str(term), look_ups, voids)

    def _terms(
        self, record: str, domain: str, path: tuple[str, ...]
    ) -> Iterator[tuple[Term, tuple[str, ...]]]:
        terms = parse(record, domain)
        for term in terms:
            if term.qualifier != "=":
                yield term, path
            if term.name == "all":
                if len(path) == 1:
                    self.all_qualifier = term.qualifier
                return
        for term in terms:
            if term.qualifier == "=" and term.name == "redirect":
                yield term, path

    def _visit(self, term: Term, domain: str, path: tuple[str, ...]) -> None:
        if term.network is not None:
            if term.qualifier == "+":
                self.networks.append(term.network)
            return
        if term.name == "all":
            return
        self.spending.look_up(domain)
        self.uses_ptr = self.uses_ptr or term.name == "ptr"
        target = term.value or domain
        # What depends on who sends cannot be followed here; it costs its look-up all the same.
        if "%" in target or term.name in ("ptr", "exists"):
            return
        target = target.rstrip(".").lower()
        if term.name in ("include", "redirect"):
            self._follow(term, target, path)
        elif _is_name(target):
            hosts = [target]
            if term.name == "mx":
                hosts = list(self.spending.seen(self.asked.mx(target), domain))
                if len(hosts) > _NAMES:
                    raise SpfError(Broken.NAMES, target)
            for host in filter(_is_name, hosts):
                found = self.spending.seen(self.asked.ip(host, 4), domain)
                if term.qualifier == "+":
                    self.networks += [
                        ipaddress.ip_network(f"{each}/{term.v4}", strict=False) for each in found
                    ]

    def _follow(self, term: Term, target: str, path: tuple[str, ...]) -> None:
        if target in path:
            raise SpfError(Broken.LOOP, target)
        record = _record_of(self.asked, target)
        if record is None:
            raise SpfError(Broken.NO_RECORD, target)
        if term.qualifier in "+=":
            self.targets.append(target)
        inner = path if term.name == "redirect" and len(path) == 1 else (*path, target)
        for each, deeper in self._terms(record, target, inner):
            self._visit(each, target, (*deeper, target))
