"""Stand-ins for names: one for one everywhere in a case, and of the same kind.

Numbered in the order in which the names appear, so that the same texts give the same stand-ins.
Relations stay: same name, sub-domain, class of address, case, what needs SMTPUTF8, what is too
long. Whatever is found here is a name; that a secret is gone is not this module's business.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import partial

from smtpwizard.cases.ip_stand_ins import IpStandIns
from smtpwizard.cases.public_names import (
    is_name_of_the_net,
    is_own_ending,
    is_public_host,
    is_public_label,
    is_word,
    public_part,
)
from smtpwizard.cases.shapes import (
    AT,
    CALLED,
    ENTRIES,
    MACHINES,
    NAMED,
    NUMBERS,
    SHAPES,
    SHAPES_PLAIN,
    is_shared,
)
from smtpwizard.cases.spellings import Row, fold, is_striking, pattern_of, same_shape
from smtpwizard.model.addresses import MAX_LOCAL_PART, AddressError, ascii_domain
from smtpwizard.model.authorities import interceptors_in, is_public_authority
from smtpwizard.model.problem import Json
from smtpwizard.providers import site_of

_LONGEST_LABEL = 63  # RFC 1035 §2.3.4
_WILD = re.compile(r"\*|_[\w-]*")
_ATTRIBUTE = re.compile(r"(?:\A|[,+/]\s*)([A-Za-z][A-Za-z0-9.]*|\d+(?:\.\d+)+)=")
_HOMES = re.compile(
    r"(?:[a-z]:[\\/]{1,2}(?:users|documents and settings)|/(?:export/|var/)?(?:home|users))"
    r"[\\/]{1,2}",
    re.IGNORECASE,
)
_OF_A_PERSON = re.compile(r"[^\W\d_]{2,30}[._-][^\W\d_]{2,30}")
_NTLM = b"NTLMSSP\0"
# Two characters of an identifier say nothing, and stand in every text.
_SHORTEST = 4

Find = Callable[[str], str]


class Kind(StrEnum):
    """What a name names."""

    ADDRESS = "address"
    USER = "user"
    """A local part, or the name of a login that is no address."""
    DOMAIN = "domain"
    HOST = "host"
    IP = "ip"
    NAME = "name"
    IDENTIFIER = "identifier"
    PATH = "path"


class StandIns:
    """The table of one case. Names that are known beforehand are added first; others are found
    by their shape."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._numbers: dict[str, int] = {}
        self._ips = IpStandIns()
        self._identifiers: dict[str, str] = {}
        self._taken: set[str] = set()
        # What is replaced wherever it stands: values of several words, and such as stand alone.
        self._values: dict[str, Find] = {}
        self._words: dict[str, Find] = {}
        self._weak: set[str] = set()
        self._patterns: tuple[re.Pattern[str], re.Pattern[str]] | None = None
        self._hosts: dict[str, str] = {}
        self._table: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}

    # -- what is known -------------------------------------------------------------------------

    def add(self, kind: Kind, text: str) -> str:
        """Know a name from here on; what stands for it."""
        return self._adder(kind)(text) if text.strip() else text

    def _adder(self, kind: Kind) -> Find:
        return {
            Kind.ADDRESS: self._add_login,
            Kind.USER: self._add_login,
            Kind.DOMAIN: self.host,
            Kind.HOST: self.host,
            Kind.IP: self._ip,
            Kind.NAME: self._add_name,
            Kind.IDENTIFIER: self._add_identifier,
            Kind.PATH: self._path,
        }[kind]

    def _add_login(self, text: str) -> str:
        """An address, `DOMAIN\\user`, or a name alone."""
        domain, backslash, user = text.partition("\\")
        if backslash and domain and user and "\\" not in user:
            self._know(text, self._login)
            return self._login(text)
        if "@" in text.strip("@"):
            self._know(text, self._address)
            return self._address(text)
        return self._user(text)

    def _add_name(self, text: str) -> str:
        key = " ".join(fold(text).split())
        row = self._rows.get(("name", key))
        if row is None:
            number = self._number("name")
            soft = _word("Name", not text.isascii())
            row = self._rows["name", key] = Row(f"{soft} {number}")
            if not all(map(is_word, key.split())):
                self._know(text, partial(self._name, key))
            words = re.findall(r"[^\W\d_](?:['\u2019-]?\w)+", key)
            words = [word for word in dict.fromkeys(words) if not is_word(word)]
            for at, word in enumerate(words if words != [key] else ()):
                part = f"{soft}-{number}{chr(ord('a') + at % 26)}"
                self._rows.setdefault(("name", word), Row(part))
                self._know(word, partial(self._name, word))
        return self._name(key, text)

    def _name(self, key: str, text: str) -> str:
        stand_in = self._rows["name", key].stand_in
        return self._put(Kind.NAME, text, stand_in.upper() if text.isupper() else stand_in)

    def _add_identifier(self, text: str) -> str:
        if text[0] == "<" and text[-1] == ">" and len(text) > 2:
            return f"<{self._add_identifier(text[1:-1])}>"
        if "@" in text.strip("@"):
            self._know(text, self._message_id)
            return self._message_id(text)
        if "." in text and is_name_of_the_net(text.split(".")):
            return self.host(text)  # a tenant by its domain
        found = self._identifier(text)
        if len(text) >= _SHORTEST and not is_word(text):
            self._know(text, self._identifier)
        return found

    def _know(self, text: str, find: Find, *, unless_named: bool = False) -> None:
        """Replace a text from here on wherever it stands; with `unless_named` only as long as
        nobody is called that."""
        key = fold(text)
        where = self._words if re.fullmatch(r"[\w.-]+", key) else self._values
        if key and (key not in where or (key in self._weak and not unless_named)):
            where[key] = find
            self._patterns = None
            (self._weak.add if unless_named else self._weak.discard)(key)

    # -- texts -----------------------------------------------------------------------------------

    def learn(self, text: str) -> None:
        """Know the names in a text by their shapes; it is not changed."""
        SHAPES.sub(self._learn_shape, text)
        for pattern in NUMBERS:
            for match in pattern.finditer(text):
                number = match[1]
                if not is_shared(number) and SHAPES_PLAIN.search(number) is None:
                    self._add_identifier(number)
        self._learn_places(text)

    def _learn_places(self, text: str) -> None:
        """Know names that have no shape, by where they stand."""
        for pattern in NAMED:
            for match in pattern.finditer(text):
                if SHAPES_PLAIN.search(match[1]) is None and not all(
                    map(is_word, match[1].split())
                ):
                    self._add_name(match[1])
        for pattern in CALLED:
            for match in pattern.finditer(text):
                name = _name_at_end(match[1])
                if name and (" " in name or pattern is not CALLED[0]):
                    self._add_name(name)
        for match in MACHINES.finditer(text):
            if not is_word(match[0]):
                self._know(match[0], self.host)
        for match in ENTRIES.finditer(text):
            for attribute, value in re.findall(r"(\w+)=([^,]+)", match[0]):
                if len(value) >= _SHORTEST and not all(map(is_word, value.split())):
                    add = {"UID": self._user, "DC": self._label}.get(attribute.upper())
                    (add or self._add_name)(value)

    def _learn_shape(self, match: re.Match[str]) -> str:
        if match.lastgroup == "packed":
            inside = _unpacked(match[0])
            if inside is not None:
                self.learn(inside)
            else:
                SHAPES_PLAIN.sub(self._shape, match[0])
            return match[0]
        return self._shape(match)

    def text(self, text: str) -> str:
        """A text with stand-ins in the place of names, known ones and others."""
        if not text:
            return text
        self.learn(text)
        return self.replaced(text)

    def replaced(self, text: str) -> str:
        """The same for a text whose names are known already."""
        return self._replaced(text, SHAPES)

    def _replaced(self, text: str, shapes: re.Pattern[str]) -> str:
        values, _ = self._compiled()
        out = []
        at = 0
        value, shape = values.search(text), shapes.search(text)
        while found := _first(value, shape):
            out.append(self._plain(text[at : found.start()]))
            if found is value:
                out.append(self._found(self._values, found[0]))
            else:
                out.append(self._shape(found))
            at = found.end()
            if value is not None and value.start() < at:
                value = values.search(text, at)
            if shape is not None and shape.start() < at:
                shape = shapes.search(text, at)
        out.append(self._plain(text[at:]))
        return "".join(out)

    def _compiled(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        if self._patterns is None:
            values, words = map(pattern_of, (self._values, self._words))
            self._patterns = re.compile(values, re.IGNORECASE), re.compile(words, re.IGNORECASE)
        return self._patterns

    def _plain(self, text: str) -> str:
        """A text with stand-ins for known words alone."""
        if not text or not self._words:
            return text
        words = self._compiled()[1]
        return words.sub(lambda match: self._found(self._words, match[0]), text)

    def _found(self, where: Mapping[str, Find], text: str) -> str:
        key = fold(text)
        find = where.get(key)
        if find is None:  # some of its characters were lost
            key = next(key for key in where if re.fullmatch(pattern_of([key]), text, re.I))
            find = where[key]
            return find(key)
        return find(text)

    # -- shapes ------------------------------------------------------------------------------------

    def _shape(self, match: re.Match[str]) -> str:
        shape, text = str(match.lastgroup), match[0]
        if shape == "v4" and _is_version(match):
            return text
        return getattr(self, f"_of_{shape}")(text)  # type: ignore[no-any-return]

    def _of_guid(self, text: str) -> str:
        return self._identifier(text)

    _of_client = _of_digest = _of_guid

    def _of_resource(self, text: str) -> str:
        """What a registration calls itself as an address (`api://invoices`)."""
        return self._add_identifier(text)

    def _of_display(self, text: str) -> str:
        inside = text[1:-1]
        if all(map(is_word, inside.split())) or inside.startswith(" "):
            return text
        return f'"{self._add_name(inside)}"'

    def _of_address(self, text: str) -> str:
        return self._address(text)

    def _of_v4(self, text: str) -> str:
        return self._ip(text)

    _of_v6 = _of_v4

    def _of_folder(self, text: str) -> str:
        return self._path(text)

    def _of_login(self, text: str) -> str:
        domain, _, user = text.partition("\\")
        known = is_word(domain)
        # `ERROR\nNext line` is no login.
        escaped = user[0] in "nrt" and (known or is_word(user[1:]))
        if escaped or (is_word(user) and (known or not domain.isupper())):
            return self._plain(text)
        if known:
            return f"{domain}\\{self._user(user)}"
        return self._login(text)

    def _of_host(self, text: str) -> str:
        if fold(text) in self._words:
            return self._plain(text)
        return self._host_in(text) or self._plain(text)

    def _of_packed(self, text: str) -> str:
        inside = _unpacked(text)
        if inside is None:
            return self._replaced(text, SHAPES_PLAIN)
        if inside.startswith(_NTLM.decode()):
            # The server's answer names its machine and its domain (MS-NLMP §2.2.1.2).
            return base64.b64encode(inside[:12].encode("latin-1")).decode() + "A" * (len(text) - 16)
        other = self.replaced(inside)
        return text if other == inside else base64.b64encode(other.encode()).decode()

    def _host_in(self, text: str, *, addressed: bool = False) -> str | None:
        """What stands for the name that a text begins with; None where it is none."""
        labels = text.split(".")
        for end in range(len(labels), 1, -1):
            if is_name_of_the_net(labels[:end], addressed=addressed):
                name = ".".join(labels[:end])
                return self.host(name) + self._plain(text[len(name) :])
        return None

    # -- addresses and logins ------------------------------------------------------------------

    def _address(self, text: str) -> str:
        at = [*AT.finditer(text)][-1]
        user, domain = text[: at.start()], text[at.end() :]
        if domain.startswith("["):
            inside = domain[1:-1]
            prefix = inside[:5] if inside[:5].lower() == "ipv6:" else ""
            other = f"[{prefix}{self._ip(inside.removeprefix(prefix))}]"
        else:
            other = self._host_in(domain, addressed=True) or self.host(domain)
        stand_in = self._user(user) + at[0] + other
        return self._put(Kind.ADDRESS, text, stand_in)

    def _message_id(self, text: str) -> str:
        number, _, domain = text.rpartition("@")
        return self._put(Kind.IDENTIFIER, text, f"{self._identifier(number)}@{self.host(domain)}")

    def _login(self, text: str) -> str:
        domain, _, user = text.partition("\\")
        group = self._row("workgroup", domain, "workgroup").spelt(domain)
        if not is_word(domain):
            self._know(domain, partial(self._spelt, "workgroup"))
        return self._put(Kind.USER, text, f"{group}\\{self._user(user)}")

    def _user(self, text: str) -> str:
        """What stands for a local part: quoted, tagged, long and beyond ASCII as it is."""
        if len(text) > 2 and text[0] == text[-1] == '"':
            return f'"{self._user(text[1:-1])}"'
        user, plus, tag = text.partition("+")
        if not user:
            user, plus, tag = text, "", ""
        stand_in = self._spelt("user", user)
        if tag:
            stand_in += plus + self._spelt("tag", tag)
        if not is_word(user):
            self._know(user, partial(self._spelt, "user"))
            if _OF_A_PERSON.fullmatch(user):
                # As whoever greets somebody writes it.
                spaced = re.sub(r"[._-]", " ", user)
                self._rows.setdefault(("user", fold(spaced)), self._row("user", user, "user"))
                self._know(spaced, partial(self._spelt, "user"), unless_named=True)
        if tag and not is_word(tag):
            self._know(tag, partial(self._spelt, "tag"))
        return self._put(Kind.USER, text, stand_in)

    def _spelt(self, kind: str, text: str) -> str:
        spelt = self._row(kind, text, kind).spelt(text)
        table = {"label": Kind.HOST, "site": Kind.DOMAIN, "path": Kind.PATH}.get(kind, Kind.USER)
        return self._put(table, text, spelt)

    def _row(self, kind: str, text: str, begins: str) -> Row:
        key = fold(text)
        row = self._rows.get((kind, key))
        if row is None:
            apart = " " if " " in text else "." if "." in text else "-"
            stand_in = f"{_word(begins, not text.isascii())}{apart}{self._number(begins)}"
            octets = len(text.encode("utf-8", "replace"))
            if octets > MAX_LOCAL_PART:
                stand_in += "x" * (octets - len(stand_in.encode()))
            row = self._rows[kind, key] = Row(stand_in)
        return row

    # -- names of the net ----------------------------------------------------------------------

    def host(self, text: str) -> str:
        """What stands for a host or a domain, label by label; an address is one too."""
        found = self._hosts.get(text)
        if found is None:
            found = self._hosts[text] = self._new_host(text)
        return found

    def _new_host(self, text: str) -> str:
        bare = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
        if (ip := self._ips.stand_in(bare)) is not None:
            return text.replace(bare, self._put(Kind.IP, bare, ip))
        root = "." if text.endswith(".") else ""
        labels = text.removesuffix(".").split(".")
        plain = [_a_label(label) for label in labels]
        if is_public_host(".".join(plain)):
            return text
        if len(labels) == 1:
            return self._put(Kind.HOST, text, self._label(text) + root)
        at = public_part(plain)
        if at < len(labels):
            shown = [
                label if is_public_label(a_label) else self._label(label)
                for label, a_label in zip(labels[:at], plain[:at], strict=True)
            ]
            kept = ".".join([*shown, *labels[at:]]) + root
            return text if kept == text else self._put(Kind.HOST, text, kept)
        size = site_of(".".join(plain)).count(".") + 1
        site, head = labels[-size:], labels[:-size]
        ending = plain[-1] if is_own_ending(plain[-1]) else "example"
        stand_in = f"{self._site(site, ending)}{root}"
        if head:
            stand_in = ".".join([*map(self._label, head), stand_in])
        return self._put(Kind.HOST if head else Kind.DOMAIN, text, stand_in)

    def _site(self, labels: list[str], ending: str) -> str:
        text, key = ".".join(labels), ".".join(map(_a_label, labels))
        row = self._rows.get(("domain", key))
        if row is None:
            beyond = any(each.startswith("xn--") or not each.isascii() for each in labels)
            stand_in = f"{_word('domain', beyond)}-{self._number('domain')}"
            longest = max(map(len, map(_a_label, labels)))
            if longest > _LONGEST_LABEL:
                stand_in += "x" * (longest - len(stand_in))
            row = self._rows["domain", key] = Row(f"{stand_in}.{ending}")
            alone = Row(stand_in)
            for label in dict.fromkeys((labels[0], labels[0].replace("-", ""))):
                self._rows.setdefault(("site", fold(label)), alone)
                if not is_word(label):
                    self._know(label, partial(self._spelt, "site"))
        label, _, ending = row.spelt(text).partition(".")
        return self._put(Kind.DOMAIN, text, f"{_as_label(label, text)}.{ending}")

    def _label(self, text: str) -> str:
        if _WILD.fullmatch(text) or text.lower() == "localhost":
            return text
        key = fold(_u_label(text))
        row = self._rows.get(("label", key))
        if row is None:
            beyond = not _u_label(text).isascii()
            stand_in = f"{_word('host', beyond)}-{self._number('host')}"
            if len(text) > _LONGEST_LABEL:
                stand_in += "x" * (len(text) - len(stand_in))
            row = self._rows["label", key] = Row(stand_in)
            if not is_word(text):
                self._know(_u_label(text), partial(self._spelt, "label"))
        spelt = row.spelt(text)
        return _as_label(spelt, text)

    def _ip(self, text: str) -> str:
        found = self._ips.stand_in(text)
        if found is None or found == text:
            return text
        return self._put(Kind.IP, text, found)

    # -- identifiers, folders, certificates ----------------------------------------------------

    def _identifier(self, text: str) -> str:
        plain = text.lower().replace("-", "")
        guid = re.fullmatch("[0-9a-f]{32}", plain) is not None and len(text) in (32, 36)
        if guid and re.fullmatch("0{7}.0{4}0(?:000|ff1)c[0e]000{12}|0{32}", plain):
            return text  # the numbers of Microsoft's own applications
        key = plain if guid else text
        found = self._identifiers.get(key)
        if found is None:
            found = self._identifiers[key] = self._new_identifier(text, guid=guid)
        if guid:
            parts = (found[:8], found[8:12], found[12:16], found[16:20], found[20:])
            return self._put(Kind.IDENTIFIER, text, "-".join(parts) if "-" in text else found)
        return self._put(Kind.IDENTIFIER, text, found)

    def _new_identifier(self, text: str, *, guid: bool) -> str:
        while True:
            number = self._number("identifier")
            found = f"{0x40008000 << 48 | number:032x}" if guid else same_shape(text, number)
            if found not in self._taken and found != text:
                self._taken.add(found)
                return found

    def _path(self, text: str) -> str:
        """What stands for a path: of a home folder its beginning stays, and the kind of file."""
        begins = _HOMES.match(text)
        start = begins[0] if begins else ""
        apart = "\\" if "\\" in text else "/"
        user, *rest = re.split(r"[\\/]+", text[len(start) :], maxsplit=1)
        shown = start + self._user(user) if start else ""
        if not start or rest:
            suffix = re.search(r"\.[a-z0-9]{1,5}\Z", text, re.IGNORECASE)
            row = self._rows.get(("path", text))
            if row is None:
                end = suffix[0] if suffix else ""
                row = self._rows["path", text] = Row(f"path-{self._number('path')}{end}")
            shown += apart + row.stand_in
            stem = re.split(r"[\\/]+", text)[-1].removesuffix(suffix[0] if suffix else "")
            self._rows.setdefault(("path", fold(stem)), row)
            if not is_word(stem):
                self._know(stem, partial(self._spelt, "path"))
        return self._put(Kind.PATH, text, shown)

    def subject(self, text: str) -> str:
        """What stands for the name in a certificate (RFC 4514); public authorities and what makes
        certificates up keep theirs."""
        marks = [*_ATTRIBUTE.finditer(text)]
        if not marks:
            return self._part_of_subject("O", text)
        ends = [*(mark.start() for mark in marks[1:]), len(text)]
        values = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
        public = any(
            is_public_authority(value.replace("\\", ""))
            for mark, value in zip(marks, values, strict=True)
            if mark[1].upper() == "O"
        )
        out = text[: marks[0].start()]
        for mark, value in zip(marks, values, strict=True):
            shown = self.text(value) if public else self._part_of_subject(mark[1].upper(), value)
            out += mark[0] + shown
        return out

    def _part_of_subject(self, attribute: str, value: str) -> str:
        if attribute == "C" or not value.strip() or is_public_authority(value):
            return value
        makers = interceptors_in(value)
        if makers:
            at = value.lower().index(makers[0])
            known = value[at : at + len(makers[0])]
            rest = " ".join((value[:at] + value[at + len(known) :]).split())
            return f"{known} {self._add_name(rest)}" if rest else known
        if SHAPES.fullmatch(value):
            return self.text(value)
        if attribute == "CN" and re.fullmatch(r"[\w*.-]+", value):
            return self.host(value)
        return self._add_name(value)

    # -- the table ---------------------------------------------------------------------------------

    def _number(self, kind: str) -> int:
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return number

    def _put(self, kind: Kind, real: str, stand_in: str) -> str:
        if real != stand_in:
            self._table[kind].setdefault(real, stand_in)
        return stand_in

    def counts(self) -> dict[str, int]:
        """How many different names of each kind have a stand-in."""
        counts = (
            (kind.value, len({_counted(kind, text) for text in self._table[kind].values()}))
            for kind in Kind
        )
        return {kind: count for kind, count in counts if count}

    def table(self) -> Json:
        """What is what: by kind, each real name with its stand-in. Not for the case."""
        return {kind.value: dict(rows) for kind, rows in self._table.items() if rows}

    def unshared(self, text: str) -> str:
        """What stands for an identifier that is looked for nowhere else."""
        return self._identifier(text)

    def is_ip(self, text: str) -> bool:
        """Whether a text is an address of the net, and nothing else."""
        return self._ips.stand_in(text) is not None

    def striking(self, most: int) -> list[str]:
        """Known names that nobody would write by chance, the first of them."""
        known = (*self._values, *self._words)
        return [name for name in known if is_striking(name)][:most]

    def names(self) -> Iterator[str]:
        """Every real name that would be recognised wherever it stands."""
        for rows in self._table.values():
            yield from rows


def translate_back(table: Mapping[str, Mapping[str, str]], text: str) -> str:
    """A text with the real names in the place of stand-ins, whole words alone."""
    real: dict[str, str] = {}
    for kind in (Kind.ADDRESS, Kind.HOST, Kind.DOMAIN, *Kind):
        for name, stand_in in table.get(kind.value, {}).items():
            if len(stand_in) >= _LONG_ENOUGH.get(kind, 1):
                real.setdefault(stand_in, name)
    if not real:
        return text
    folded = {stand_in.lower(): name for stand_in, name in reversed(real.items())}
    longest = sorted(real, key=len, reverse=True)
    # Of a reply the code and its hyphen are no part of a name.
    begins = r"(?:(?<![\w-])|(?<=\b[2-5]\d\d-))"
    pattern = rf"{begins}(?:{'|'.join(map(re.escape, longest))})(?![\w]|-\w|:[0-9a-f])"
    return re.sub(
        pattern, lambda m: real.get(m[0]) or folded[m[0].lower()], text, flags=re.IGNORECASE
    )


def _counted(kind: Kind, stand_in: str) -> str:
    """A stand-in without what only its spelling brings: case, one word of a name, a label alone."""
    text = stand_in.casefold()
    if kind is Kind.NAME:
        return re.sub(r"-(\d+)[a-z]\Z", r" \1", text)
    if kind is Kind.USER:
        return re.sub(r"[ .-](?=\d+\Z)", "-", text)
    return text.partition(".")[0] if kind is Kind.DOMAIN else text


# What else would be found by chance.
_LONG_ENOUGH = {Kind.IDENTIFIER: 8}


def _name_at_end(text: str) -> str:
    """The capitalised words that a text ends in, as far as they are none that everybody uses."""
    words: list[str] = []
    for word in reversed(text.split()):
        if not word[0].isupper() or is_word(word) or is_public_authority(word):
            break
        words.insert(0, word)
    return " ".join(words)


def _first(one: re.Match[str] | None, other: re.Match[str] | None) -> re.Match[str] | None:
    if one is None or other is None:
        return one or other
    return one if one.start() <= other.start() else other


def _word(word: str, beyond_ascii: bool) -> str:
    if not beyond_ascii:
        return word
    soft = {"a": "\u00e4", "o": "\u00f6", "u": "\u00fc"}
    at = next(at for at, char in enumerate(word) if char in soft)
    return word[:at] + soft[word[at]] + word[at + 1 :]


def _a_label(label: str) -> str:
    """A label in lower case, as it goes on the wire."""
    if label.isascii():
        return label.lower()
    try:
        return ascii_domain(label).lower()
    except AddressError:
        return fold(label)


def _u_label(label: str) -> str:
    """A label as people read it."""
    if label[:4].lower() == "xn--":
        with suppress(UnicodeError):
            return label[4:].encode("ascii").decode("punycode")
    return label


def _as_label(stand_in: str, real: str) -> str:
    """A stand-in in the form of what it stands for: A-label for an A-label."""
    if stand_in.isascii() or not real.isascii():
        return stand_in
    return "xn--" + stand_in.lower().encode("punycode").decode("ascii")


def _is_version(match: re.Match[str]) -> bool:
    """Whether four numbers are those of a program."""
    before = match.string[max(match.start() - 12, 0) : match.start()]
    return re.search(r"(?:version|release|build|[a-z]/)\s?v?\Z", before, re.IGNORECASE) is not None


def _unpacked(text: str) -> str | None:
    """The text in base64; None where it holds none."""
    digits = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(digits) % 4 == 1:
        return None
    try:
        data = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
        if data.startswith(_NTLM):
            return data.decode("latin-1")
        inside = data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    readable = sum(char.isprintable() or char in "\t\r\n\0\x01" for char in inside)
    return inside if readable == len(inside) else None
