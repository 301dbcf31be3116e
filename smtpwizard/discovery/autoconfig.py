"""Reading the file in which a provider says how its mail is set up.

Its form: https://datatracker.ietf.org/doc/draft-ietf-mailmaint-autoconfig/

Trusts nothing of it: no entities, no document type, nothing deep, nothing large.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from xml.parsers import expat

from smtpwizard.model.addresses import (
    Address,
    AddressError,
    ascii_domain,
    has_controls,
    is_ip_literal,
    is_loopback,
    parse_host,
    parse_port,
)
from smtpwizard.model.connector import Method, Security

MAX_BYTES = 256 * 1024
_MAX_DEPTH = 32
_MAX_ELEMENTS = 5_000
_MAX_SERVERS = 10
_MAX_USER = 254
# Stands in for the local part wherever a place wants a whole address.
STAND_IN = "someone"


class NotAutoconfig(ValueError):
    """Another document, such as a web page for people."""


class RefusedXml(ValueError):
    """A document that asks its reader for more than reading."""


class OutgoingServer(NamedTuple):
    """A submission server as the file describes it; placeholders are filled in."""

    host: str
    port: int
    security: Security
    username: str
    methods: tuple[Method, ...]


def read_autoconfig(body: bytes, address: Address) -> tuple[OutgoingServer, ...]:
    """The submission servers of a file, in its order, those for port 25 last.

    Where it says nothing that can be used, that is empty. Raises `NotAutoconfig`, `RefusedXml`.
    """
    root = _Tree.read(body)
    if root.name != "clientconfig":
        raise NotAutoconfig
    found = []
    for provider in root.all("emailprovider"):
        for element in provider.all("outgoingserver"):
            server = _server(element, address)
            if server is not None and server not in found:
                found.append(server)
    found.sort(key=lambda server: server.port == 25)
    return tuple(found[:_MAX_SERVERS])


# -- one server ------------------------------------------------------------------------------------

_SECURITY = {
    "ssl": Security.IMPLICIT_TLS,
    "tls": Security.IMPLICIT_TLS,
    "starttls": Security.STARTTLS,
    "plain": Security.NONE,
}
_METHODS = {
    "oauth2": Method.OAUTH,
    "oauth": Method.OAUTH,
    "password-cleartext": Method.BASIC,
    "password-encrypted": Method.BASIC,
    "plain": Method.BASIC,
    "secure": Method.BASIC,
    "none": Method.NONE,
    "client-ip-address": Method.NONE,
}


def _server(element: _Element, address: Address) -> OutgoingServer | None:
    if element.attributes.get("type", "smtp").strip().lower() != "smtp":
        return None
    security = _SECURITY.get(element.text("sockettype").lower())
    host = _host(element.text("hostname"), address)
    try:
        port = parse_port(element.text("port"))
    except AddressError:
        return None
    if security is None or not host:
        return None
    said = (_METHODS.get(each.words.strip().lower()) for each in element.all("authentication"))
    methods = tuple(dict.fromkeys(method for method in said if method is not None))
    return OutgoingServer(host, port, security, _user(element.text("username"), address), methods)


def _host(text: str, address: Address) -> str:
    """The host as A-labels; empty for what is none that a stranger may name.

    The domain may stand in it and nothing else of the address: a name is looked up, and whoever
    owns it would read the local part there.
    """
    domain = ascii_domain(address.domain)
    text = re.sub("%EMAILDOMAIN%", domain, text, flags=re.IGNORECASE)
    try:
        host = ascii_domain(parse_host(text)).lower()
    except AddressError:
        return ""
    usable = "." in host and not is_ip_literal(host) and not is_loopback(host)
    return host if usable else ""


def _user(text: str, address: Address) -> str:
    """The user name, filled in here; the whole address where the file cannot be made out."""
    filled = {
        "%emailaddress%": str(address),
        "%emaillocalpart%": address.local_part,
        "%emaildomain%": address.domain,
        # A place that was given the stand-in may have filled it in by itself.
        f"{STAND_IN}@{ascii_domain(address.domain)}".lower(): str(address),
        STAND_IN: address.local_part,
    }
    pattern = "|".join(re.escape(each) for each in filled)
    user = re.sub(
        rf"(?<![\w.-])(?:{pattern})(?![\w.-])|%email\w+%",
        lambda match: filled.get(match[0].lower(), match[0]),
        text,
        flags=re.IGNORECASE,
    ).strip()
    # Real files have placeholders that lack their end.
    unclear = re.search(r"%\w+%|%email", user, re.IGNORECASE) is not None
    unusable = not user or len(user) > _MAX_USER or has_controls(user) or user.split() != [user]
    return str(address) if unclear or unusable else user


# -- the tree --------------------------------------------------------------------------------------


class _Element:
    """An element by its local name in lower case."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = {key.lower(): value for key, value in attributes.items()}
        self.children: list[_Element] = []
        self.words = ""

    def all(self, name: str) -> list[_Element]:
        return [child for child in self.children if child.name == name]

    def text(self, name: str) -> str:
        """The words of the first child of that name."""
        return next((child.words.strip() for child in self.all(name)), "")


class _Tree:
    """Elements as expat tells them, within limits."""

    def __init__(self) -> None:
        self.root: _Element | None = None
        self._open: list[_Element] = []
        self._count = 0

    @classmethod
    def read(cls, body: bytes) -> _Element:
        tree = cls()
        parser: Any = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = tree.refuse
        parser.EntityDeclHandler = tree.refuse
        parser.ExternalEntityRefHandler = tree.refuse
        parser.StartElementHandler = tree.start
        parser.EndElementHandler = tree.end
        parser.CharacterDataHandler = tree.data
        if len(body) > MAX_BYTES:
            raise RefusedXml
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            if isinstance(error, RefusedXml | NotAutoconfig):
                raise
            raise NotAutoconfig from None
        if tree.root is None:
            raise NotAutoconfig
        return tree.root

    def refuse(self, name: str = "", *_: object) -> None:
        # A page for people has a document type as well, and hides nothing behind it.
        if name and name.lower() == "html":
            raise NotAutoconfig
        raise RefusedXml

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_ELEMENTS or len(self._open) >= _MAX_DEPTH:
            raise RefusedXml
        element = _Element(name.rpartition(":")[2].lower(), attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def data(self, words: str) -> None:
        self._open[-1].words += words
