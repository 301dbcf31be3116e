"""What a text pasted into the field of a server says: host, port, security and login.

Understands an address, `host:port`, the connection strings of other programs, and the lines in
which providers and configuration files write the same. Guesses nothing: any other text is left to
the person who typed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from smtpwizard.model.addresses import AddressError, is_address, parse_host, parse_port
from smtpwizard.model.auth import Secret

MAX_PASTED = 8000


@dataclass(frozen=True, slots=True)
class PastedServer:
    """What a text pasted into Server says: the host, and whatever else it names."""

    host: str
    port: int | None = None
    security: str | None = None
    username: str | None = None
    mechanism: str | None = None
    password: Secret | None = field(default=None, compare=False, repr=False)


def sort_out_server(text: str) -> PastedServer | None:
    """Take apart what is more than a host name: `smtps://host`, `host:587`, an address, settings.

    None for a host name alone, and for what cannot be read as a whole.
    """
    if len(text) > MAX_PASTED:
        return None
    plain = text.strip(_BLANKS)
    found = _read_settings(plain) if _LINE_END.search(plain) else None
    found = found or _read_one(plain) or _read_settings(plain) or _read_words(plain)
    return None if found is None or found == PastedServer(text) else found


def spread_server(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a connector's document by dotted path, `server.host` taken apart where it is more
    than a name; `values` itself where it is not.

    Raises `AddressError`, whose `field` is `server.host`: `secret_in_document` where a password is
    in it, `host_says_otherwise` where a value that is given besides is another.
    """
    text = values.get("server.host")
    if not isinstance(text, str):
        return dict(values)
    pasted = sort_out_server(text)
    if pasted is None or (pasted == PastedServer(pasted.host) and text.strip() == pasted.host):
        return dict(values)
    if pasted.password is not None:
        raise AddressError("secret_in_document", field="server.host")
    said = {
        "server.port": pasted.port,
        "server.security": pasted.security,
        "authentication.username": pasted.username,
        "authentication.mechanism": pasted.mechanism,
    }
    out = {**values, "server.host": pasted.host}
    for path, value in said.items():
        if value is None:
            continue
        if values.get(path) not in (None, value, str(value)):
            raise AddressError("host_says_otherwise", field="server.host", other=path, said=value)
        out[path] = value
    return out


# -- an address: host:port, user@host, scheme://user:password@host:port?settings ------------------

# What may stand around a text: blanks and invisible characters, and quotes.
_BLANKS = " \t\r\n\u00a0\u200b\u200e\u2028\u2060\ufeff"
_AROUND = _BLANKS + "<>{}\"'`“”"
# How the words of a scheme protect the connection. RFC 8314 §3.3 has the names submission(s); the
# others, and two joined such as `smtp+tls`, are those of PHPMailer, Symfony, Django, Nodemailer,
# curl and shoutrrr.
_SCHEMES = {
    "starttls": "starttls",
    "submission": "starttls",
    "smtps": "ssl",
    "submissions": "ssl",
    "ssl": "ssl",
    "tls": "tls",
    **dict.fromkeys(("", "smtp", "esmtp", "plain", "mailto", "http", "https")),
}
_SCHEME_PORTS = {"ssl": 465, "starttls": 587}
_SCHEME = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]{0,30}):)?//")
_SHORT_SCHEME = re.compile(r"(smtps?|submissions?|mailto|relay):(?=[^/\d])", re.IGNORECASE)
_QUERY = re.compile(r"/?\?[\w.-]+=")
_HOST_PORT = re.compile(
    r"(?:\[(?:IPv6:)?(?P<bracketed>[^\[\]\s]+)\]|(?P<plain>[^\[\]\s:]+)|(?P<six>[0-9A-Fa-f:.]+))"
    r"(?:(?<!:)::?(?P<port>\d{1,5}))?",
    re.IGNORECASE,
)


def _read_one(text: str) -> PastedServer | None:
    """A text without blanks, but in a password; None where it is none of the known forms."""
    text = text.strip(_AROUND)
    scheme = _SCHEME.match(text)
    blanks = re.search(r"[\r\n]" if scheme is not None else r"\s", text)
    if not text or blanks or (scheme is None and "://" in text):
        return None
    short = _SHORT_SCHEME.match(text)
    if scheme is None:
        rest = text[short.end() :] if short is not None else text
        name = short[1].lower().replace("relay", "smtp") if short is not None else None
    else:
        rest, name = text[scheme.end() :], (scheme[1] or "").lower()
    schemes = re.split(r"[+-]", name or "")
    if not all(scheme in _SCHEMES for scheme in schemes):
        return None
    login, authority, settings = _split(rest)
    found = _host_and_port(authority)
    if found is None:
        return None
    # Of two, the last says more: `submission+ssl`.
    said = [method for scheme in schemes if (method := _SCHEMES[scheme]) is not None][-1:]
    found = replace(found, port=found.port or _SCHEME_PORTS.get("".join(said)))
    pairs = [*(("security", method) for method in said), *_pairs_of_query(settings)]
    if login is not None:
        found = _with_login(found, login, is_url=scheme is not None)
        if found is None:
            return None
    return _settle(found, pairs)


def _split(rest: str) -> tuple[str | None, str, str]:
    """Login, host with port, and settings; a password may hold what ends the host elsewhere."""
    authority, settings = _cut(rest)
    login, at, host = authority.rpartition("@")
    unread = _host_and_port(host) is None if not at else not _QUERY.match(settings)
    if "@" in settings and unread:
        login, at, host = rest.rpartition("@")
        host, settings = _cut(host)
    return (login if at else None), host, settings


def _cut(text: str) -> tuple[str, str]:
    end = re.search(r"[/?#]", text)
    return (text, "") if end is None else (text[: end.start()], text[end.start() :])


def _host_and_port(text: str) -> PastedServer | None:
    match = _HOST_PORT.fullmatch(text)
    if match is None:
        return None
    try:
        host = parse_host(match["bracketed"] or match["plain"] or match["six"])
        return PastedServer(host, parse_port(match["port"]) if match["port"] else None)
    except AddressError:
        return None


def _with_login(found: PastedServer, login: str, *, is_url: bool) -> PastedServer | None:
    """User and password before the @; without a scheme, the whole may be a mail address."""
    user, colon, password = login.partition(":")
    if is_url:
        user, password = unquote(user), unquote(password)
        user, _, mechanism = re.sub(";auth=", "\0", user, flags=re.IGNORECASE).partition("\0")
        found = replace(found, mechanism=_mechanism(mechanism))
    elif not colon:
        user = f"{login}@{found.host}"
        if not is_address(user):
            return None
    return replace(found, username=user or None, password=Secret(password) if password else None)


def _pairs_of_query(settings: str) -> Iterator[tuple[str, str]]:
    """What the query of a connection string says, and a path such as `/tls`."""
    path, _, query = settings.partition("#")[0].partition("?")
    path = path.strip("/")
    if _SECURITY_WORD.fullmatch(path):
        yield "security", path
    elif path.isascii() and path.isdigit() and _ports_in(path):
        yield "port", path
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        yield from _settings_of(key, unquote(value))


# -- how the connection is protected --------------------------------------------------------------

_SECURITY_WORD = re.compile(r"(?:start-?tls|ssl ?/ ?tls|tls ?/ ?ssl|ssl|tls|smtps)", re.IGNORECASE)
_YES = frozenset(("true", "yes", "on", "1", "required", "always", "enabled", "ja", "oui", "si"))
_NO = frozenset(("false", "no", "off", "0", "null", "nil", "disabled", "nein", "non"))
# Said of a whole method, and not of one switch among several.
_NONE = frozenset(("none", "plain", "unencrypted", "keine", "aucun", "aucune", "ninguna"))
# Ports on which nothing but STARTTLS is spoken, whatever the method is called (RFC 8314 §3.3).
_STARTTLS_PORTS = (25, 587, 2525)


def _security(said: Iterable[str], port: int | None) -> str | None:
    """The method that these words mean on this port; None where they leave it open."""
    words = [word.lower().replace("-", "") for word in said]
    if any("starttls" in word for word in words):
        return "implicit_tls" if port == 465 else "starttls"
    named = [w for w in words if _SECURITY_WORD.search(w) or w in _YES or "implicit" in w]
    if named:
        if port is not None and (port == 465 or port in _STARTTLS_PORTS):
            return "implicit_tls" if port == 465 else "starttls"
        return "starttls" if all(w == "tls" for w in named) else "implicit_tls"
    if any(word in _NONE for word in words):
        return "none"
    return {465: "implicit_tls", 587: "starttls"}.get(port or 0)


def _settings_of(key: str, value: str) -> Iterator[tuple[str, str]]:
    """One setting by its field; a switch says what its name does, or nothing."""
    what = _field_of(key)
    if what is None or (what == "port" and not _ports_in(value)):
        return
    words = _SECURITY_WORD.findall(key)
    switch = re.split(r"[\s(]", value.lower(), maxsplit=1)[0] if what == "security" else ""
    if switch in _NO:
        return
    yield what, " ".join(words) if words and switch in _YES else value
    if what == "port" and words:
        yield "security", " ".join(words)


def _mechanism(text: str) -> str | None:
    name = text.strip().upper().replace("_", "-")
    return name if name in ("PLAIN", "LOGIN", "CRAM-MD5") else None


def _settle(found: PastedServer, pairs: Iterable[tuple[str, str]]) -> PastedServer | None:
    """The whole, from a host with what stood beside it and all settings by their fields."""
    said: list[str] = []
    ports: list[int] = [found.port] if found.port is not None else []
    for what, value in pairs:
        if what in ("port", "security"):
            said += [word for word in re.split(r"[\s,;()|]+", value) if not word.isdigit()]
            ports += _ports_in(value) if what == "port" else []
        elif what == "starttls":
            said += ["starttls"] if value.lower() in _YES else []
        elif what == "username" and _is_given(value):
            found = replace(found, username=found.username or value)
        elif what == "password" and _is_given(value):
            found = replace(found, password=found.password or Secret(value))
        elif what == "mechanism":
            found = replace(found, mechanism=found.mechanism or _mechanism(value))
    if not ports:
        security = _security(said, None)
        ports = [587] if security == "starttls" and said == ["tls"] else []
        return replace(found, port=next(iter(ports), None), security=security)
    port = 587 if 587 in ports else ports[0]
    return replace(found, port=port, security=_security(said, port))


def _ports_in(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"(?<!\d)\d{1,5}(?!\d)", text) if 0 < int(n) < 65536]


def _is_given(value: str) -> bool:
    """False for what configuration files write for nothing, and for a place to fill in."""
    empty = value.lower() in ("", "null", "nil", "none", "~")
    return not empty and re.fullmatch(r"<[^<>]*>|.*\$\{.*", value) is None


# -- lines of settings ----------------------------------------------------------------------------

_LINE_END = re.compile(r"[\r\n\u2028\u2029]+")
_KEY = re.compile(
    r"""(?:(?<![^\s,;|{("'’\[:])|^)["':\[]{0,2}([^\W\d_][\w .\-()/]{0,60}?)["'\]]{0,2}"""
    r"""[ ]{0,8}(?:=>|[:=：＝](?!//)|\t)[ \t]{0,20}"""
)
_LAST_WORDS = {
    "host": "host hostname server servername address smtp mailserver mailhost smtpserver smtphost "
    "url uri dsn relayhost smarthost postausgangsserver ausgangsserver postausgang serveur "
    "servidor",
    "username": "user username login loginname benutzer benutzername utilisateur identifiant "
    "usuario userid authuser",
    "password": "password pass passwd passwort kennwort pwd pw passcode secret apikey passphrase "
    "contraseña passe authpass",
    "mechanism": "auth authentication mechanism mode authtype",
}
_BY_LAST_WORD: Mapping[str, str] = {
    **{word: what for what, words in _LAST_WORDS.items() for word in words.split()},
    **dict.fromkeys(("user id", "login id"), "username"),
    **dict.fromkeys(("user name", "login name", "account name", "email", "e mail"), "username"),
    **dict.fromkeys(("email address", "mail address"), "username"),
    **dict.fromkeys(("api key", "smtp key", "app key"), "password"),
    **dict.fromkeys(("server name", "host name"), "host"),
}
_SECURITY_KEYS = frozenset(
    (
        "encryption", "security", "secure", "ssl", "tls", "usetls", "usessl", "enabletls",
        "enablessl", "verschlüsselung", "verbindungssicherheit", "chiffrement", "sécurité",
        "cifrado",
    )
)  # fmt: skip
# Whose key is something else, whatever its last word is.
_OTHER_KEYS = frozenset(
    (
        "from", "sender", "reply", "replyto", "imap", "pop", "pop3", "incoming", "proxy", "timeout",
        "verify", "cert", "certificate", "check", "domain", "helo", "ehlo", "local",
    )
)  # fmt: skip
_SENTENCE = re.compile(r"\s*(?:is|are|as|of|the|your|you|for|ist|ihr|est)\b", re.IGNORECASE)
_INCOMING = re.compile(
    r"\b(?:incoming|imaps?|pop3?s?|posteingang\w*|entrant|entrante)\b", re.IGNORECASE
)
_OUTGOING = re.compile(
    r"\b(?:outgoing|smtps?|postausgang\w*|ausgang\w*|sortant|saliente)(?:\b|_)", re.IGNORECASE
)


def _field_of(key: str) -> str | None:
    """Which field a label, or the name of a setting, speaks of; None for any other."""
    bare = re.sub(r"\([^()]*\)", "", key).strip() or key
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).lower())
    if not words or not _OTHER_KEYS.isdisjoint(words):
        return None
    if "port" in words or words[-1].endswith("port"):
        return "port"
    if any("starttls" in word for word in words):
        return "starttls"
    found = _BY_LAST_WORD.get(" ".join(words[-2:])) or _BY_LAST_WORD.get(words[-1])
    if found is not None:
        return found
    return None if _SECURITY_KEYS.isdisjoint(words) else "security"


def _read_settings(text: str) -> PastedServer | None:
    """Lines, tables and lists of settings with their names; None where none names a server."""
    pairs = list(_pairs_of_lines(_LINE_END.split(text)))
    hosts = [_read_one(value) or _read_words(value) for what, value in pairs if what == "host"]
    known = [host for host in hosts if host is not None]
    if not known:
        return None
    first = next(filter(_is_full_name, known), known[0])
    rest = [(what, value) for what, value in pairs if what != "host"]
    if first.security is not None:
        rest.insert(0, ("security", first.security.replace("implicit_tls", "ssl")))
    return _settle(first, rest)


def _pairs_of_lines(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    waiting: list[str | None] = []
    incoming = False
    for line in lines:
        cells = [cell.strip() for cell in line.split("\t")]
        if _INCOMING.search(line) or _OUTGOING.search(line):
            incoming = not _OUTGOING.search(line)
        if incoming or not line.strip():
            continue
        if waiting:
            values = cells if len(waiting) > 1 else [line.strip()]
            yield from ((what, v) for what, v in zip(waiting, values, strict=False) if what)
            waiting = []
            continue
        found = list(_pairs_of_line(line))
        yield from found
        if not found:
            waiting = _labels(cells)


def _labels(cells: list[str]) -> list[str | None]:
    """A line of nothing but labels says what the next one means."""
    fields = [_field_of(cell.rstrip(" :")) if len(cell) < 60 else None for cell in cells]
    bare = all(re.fullmatch(r"[\w ()/-]*:?", cell) for cell in cells)
    return fields if bare and any(fields) else []


def _pairs_of_line(line: str) -> Iterator[tuple[str, str]]:
    """The settings of one line: `key: value`, `KEY=value`, `key value`, or several of them."""
    keys = [(m, what) for m in _KEY.finditer(line) if (what := _field_of(m[1])) is not None]
    if not keys:
        key, _, value = line.strip().partition(" ")
        is_label = value.strip().lower() == "name" or _field_of(value) is not None
        what = None if is_label else _field_of(key)
        # Without a sign in between, mostly no more than a word: it may be a sentence.
        phrase = what == "password" and not _SENTENCE.match(value)
        if what == "host" and "." not in value:
            return  # a heading, such as "SMTP settings"
        if value.strip() and what is not None and (phrase or " " not in value.strip()):
            yield from _settings_of(key, _unquoted(value))
        return
    for number, (match, _) in enumerate(keys):
        last = number + 1 == len(keys)
        value = line[match.end() : None if last else keys[number + 1][0].start()]
        if not last or number:
            value = re.sub(r"[\s,;|}]+$", "", value)
        if "=" in match[0]:
            value = re.sub(r"""(?<!["'])\s+#[^"']*$""", "", value)
        yield from _settings_of(match[1], _unquoted(value))


def _unquoted(value: str) -> str:
    quoted = re.match(r"""(["'`])(.*?)(?<!\\)\1""", value.strip())
    return quoted[2] if quoted is not None else value.strip()


# -- words: host, port and method in any order ----------------------------------------------------

_FILLERS = frozenset(
    (
        "port", "on", "at", "using", "with", "via", "and", "over", "the", "server", "host", "smtp",
        "mail", "outgoing", "encryption", "encrypted", "security", "use", "by", "tcp", "auf", "mit",
        "und", "over", "required", "is", "-", "–", "—", "=", ":",
    )
)  # fmt: skip


def _read_words(text: str) -> PastedServer | None:
    """`host port`, `host, port 587 (STARTTLS)`; None where a word is none of these."""
    found: PastedServer | None = None
    sender: PastedServer | None = None
    pairs: list[tuple[str, str]] = []
    if len(text) > 300:
        return None
    for word in re.split(
        r"[\s,;|()]+", re.sub(r"(?i)\b(ssl|tls)\s?/\s?(ssl|tls)\b", "ssl/tls", text)
    ):
        plain = word.strip(_AROUND + ".:")
        if not plain or plain.lower() in _FILLERS:
            continue
        if plain.isascii() and plain.isdigit():
            pairs.append(("port", plain))
        elif _SECURITY_WORD.fullmatch(plain) or plain.lower() in _NONE:
            pairs.append(("security", plain))
        else:
            read = _read_one(plain)
            if read is None or not _is_full_name(read):
                return None
            if is_address(plain) and sender is None:
                sender = read
            elif found is None:
                found = read
            else:
                return None
    if sender is not None and sender.username is not None:
        pairs.append(("username", sender.username))
        found = found or replace(sender, username=None)
    ports = [value for what, value in pairs if what == "port"]
    if found is None or not pairs or len(ports) > 1 or any(not _ports_in(p) for p in ports):
        return None
    return _settle(found, pairs)


def _is_full_name(read: PastedServer) -> bool:
    """False for a word of a sentence, which is a host name as well."""
    return "." in read.host or ":" in read.host or read.host == "localhost"
