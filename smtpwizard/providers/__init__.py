"""The catalogue of providers: hosts, ports, endpoints and links as dated data.

Parses text that is handed in; reads no file and no network.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

from smtpwizard.model.addresses import MAX_HOST, AddressError, ascii_domain, is_loopback
from smtpwizard.model.connector import Security, ServerDefaults
from smtpwizard.model.registration import Family


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One provider; `checked` is the ISO date on which `source` was last read."""

    id: str
    name: str
    host: str
    port: int
    security: Security
    family: Family = Family.GENERIC
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    issuer: str | None = None
    scopes: tuple[str, ...] = ()
    ca_file: str | None = None
    help_url: str | None = None
    basic_note: str | None = None
    checked: str = ""
    source: str = ""
    domains: tuple[str, ...] = ()
    """The domains of its mailboxes, in lower case, where the texts name them; `*.example.com` is
    every name below. What everybody knows stands in `domains.toml`."""
    app_password: bool = False
    """True where a password made for one program takes the place of the account's."""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_sign_in(self) -> bool:
        """True where it is known how to sign in with OAuth for sending mail."""
        return bool(self.token_endpoint or self.issuer)

    @property
    def may_have_device_code(self) -> bool:
        """True unless its endpoints are known and none for device codes is among them."""
        return bool(self.device_authorization_endpoint or not self.token_endpoint)

    def defaults(self) -> ServerDefaults:
        return ServerDefaults(self.host, self.port, self.security, self.family, self.ca_file)


@dataclass(frozen=True, slots=True)
class Override:
    """A value that a later text has put in the place of an earlier one's.

    `old` and `new` are None for what was not there before, or no longer is; `text` is the number
    of the later text.
    """

    provider: str
    key: str
    old: Any
    new: Any
    text: int


class CatalogueError(ValueError):
    """A catalogue text that cannot be used; the message names the entry and the key, `text` is
    the number of the text."""

    text = 0


class Catalogue:
    """The entries in force; later texts add to or override earlier ones by id, key by key."""

    def __init__(
        self, entries: Iterable[ProviderEntry], overrides: Iterable[Override] = ()
    ) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self.overrides = tuple(overrides)

    def __iter__(self) -> Any:
        return iter(self._entries.values())

    def get(self, provider: str) -> ProviderEntry | None:
        return self._entries.get(provider)

    def defaults_for(self, provider: str) -> ServerDefaults | None:
        """What a provider brings, or None for an unknown id."""
        entry = self._entries.get(provider)
        return entry.defaults() if entry else None

    def with_mail_of(
        self, domain: str, known: Mapping[str, tuple[str, ...]]
    ) -> tuple[ProviderEntry, ...]:
        """The providers of a domain's mailboxes (A-labels, lower case), those of later texts first:
        what somebody wrote for this network is nearer than what everybody knows.

        `known` are the domains by provider that `parse_domains` has read.
        """
        return tuple(
            entry
            for entry in reversed(self._entries.values())
            if _covers(entry.domains or known.get(entry.id, ()), domain)
        )

    def name_of(self, provider: str) -> str:
        """The name to show; an unknown id names itself."""
        entry = self._entries.get(provider)
        return entry.name if entry else provider


def _covers(domains: Iterable[str], domain: str) -> bool:
    return any(
        domain.endswith(known[1:]) if known.startswith("*.") else domain == known
        for known in domains
    )


def parse_domains(text: str) -> dict[str, tuple[str, ...]]:
    """The domains of mailboxes by the id of their provider, from the text of `domains.toml`."""
    return {key: tuple(table["domains"].split()) for key, table in tomllib.loads(text).items()}


def parse_catalogue(texts: Iterable[str], folder: str = "") -> Catalogue:
    """Catalogue from TOML texts holding `[[provider]]` tables (or one entry's keys at top level).

    A `ca_file` is looked for from `folder`; `~` is a home folder.

    Raises `CatalogueError` for whatever a text may hold, however deep or long.
    """
    tables: dict[str, dict[str, Any]] = {}
    entries: dict[str, ProviderEntry] = {}
    overrides: list[Override] = []
    for number, text in enumerate(texts):
        try:
            for table in _tables_of(text):
                identifier = str(table["id"])
                before = tables.get(identifier, {})
                if isinstance(table.get("ca_file"), str):
                    path = os.path.expanduser(table["ca_file"])
                    table["ca_file"] = os.path.join(folder, path) if path else path
                after = _merge(identifier, before, table)
                entries[identifier] = _entry(after)
                _refuse_mixture(identifier, after, tables)
                tables[identifier] = after
                overrides += [
                    Override(identifier, key, before.get(key), after.get(key), number)
                    for key in dict.fromkeys((*before, *after) if before else ())
                    if before.get(key) != after.get(key)
                ]
        except RecursionError:
            error = CatalogueError("nested too deeply")
        except CatalogueError as caught:
            error = caught
        else:
            continue
        error.text = number
        raise error from None
    return Catalogue(entries.values(), overrides)


# `tomllib` takes quadratic time for a key of many parts.
_MAX_DOTS = 500
_MAX_DEPTH = 8


def _tables_of(text: str) -> list[dict[str, Any]]:
    if any(line.count(".") > _MAX_DOTS for line in text.splitlines()):
        raise CatalogueError("a line has too many dots")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"not TOML: {error}") from None
    except ValueError:  # a number of thousands of digits, a day that is none
        raise CatalogueError("not TOML: a number or a date that is none") from None
    if document and not {"provider", "id"} & document.keys():
        raise CatalogueError("neither [[provider]] nor an id")
    listed = document.get("provider", [document] if "id" in document else [])
    if not isinstance(listed, list):
        raise CatalogueError("provider is not a list of tables")
    for table in listed:
        identifier = table.get("id") if isinstance(table, dict) else None
        if not isinstance(identifier, str) or not identifier or identifier == "custom":
            raise CatalogueError("an entry without a usable id")
        _check_values(identifier, table)
        for key in _ENDPOINTS:
            if key in table and not (isinstance(table[key], str) and _is_safe(table[key])):
                raise CatalogueError(f"{identifier}: {key} must be an https address")
    return listed


def _check_values(identifier: str, table: dict[str, Any]) -> None:
    """Refuse what nobody could show or write down again: TOML's integers have 64 bits, but
    `tomllib` reads larger ones."""
    level: list[Any] = [table]
    for _ in range(_MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise CatalogueError(f"{identifier}: a number is too large")
        level = inner
    if level:
        raise CatalogueError(f"{identifier}: nested too deeply")


# -- to whom an entry sends codes, secrets and tokens ------------------------------------------

_ENDPOINTS = (
    "issuer", "authorization_endpoint", "token_endpoint", "device_authorization_endpoint",
    "revocation_endpoint",
)  # fmt: skip


def _merge(identifier: str, before: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """An entry overridden key by key. Its authorization server moves as a whole or not at all.

    With one endpoint elsewhere and the others left, a code got on a page that people trust would
    go to somebody else. Who moves names the issuer, or both the pages and the token endpoint, all
    on one site; what then is not named is dropped. Raises `CatalogueError`.
    """
    given = {key: _host(table[key]) for key in _ENDPOINTS if key in table}
    known = {_host(before[key]) for key in _ENDPOINTS if key in before}
    if not before or known.issuperset(given.values()):
        return {**before, **table}
    whole = "issuer" in given or {"authorization_endpoint", "token_endpoint"} <= given.keys()
    if not whole or len({site_of(host) for host in given.values()}) > 1:
        _refuse_torn(identifier, known.union(given.values()))
    return {k: v for k, v in before.items() if k not in _ENDPOINTS} | dict(table)


def _refuse_mixture(
    identifier: str, table: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]
) -> None:
    """Nor does an entry of one's own mix a known provider's servers with another."""
    hosts = {_host(table[key]) for key in _ENDPOINTS if key in table}
    for other, known_table in others.items():
        known = {_host(known_table[key]) for key in _ENDPOINTS if key in known_table}
        if other != identifier and hosts & known and not hosts <= known:
            _refuse_torn(identifier, hosts)


def _refuse_torn(identifier: str, hosts: Iterable[str]) -> NoReturn:
    torn = ", ".join(sorted(hosts))
    raise CatalogueError(
        f"{identifier}: its sign-in would be torn over several servers: {torn}; name them all "
        "(authorization_endpoint and token_endpoint, or issuer), on one site"
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


# Second-level names under which countries register (`example.co.uk`), and names under which
# strangers are neighbours. Not the whole public suffix list: it only has to tell the endpoints
# of one entry apart, and counting too many as strangers asks for no more than one host.
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "net", "or", "org"))
_SHARED = frozenset(
    (
        "amazonaws.com", "appspot.com", "azurewebsites.net", "cloudfront.net", "github.io",
        "herokuapp.com", "netlify.app", "ngrok.io", "onrender.com", "pages.dev", "run.app",
        "vercel.app", "web.app", "windows.net", "workers.dev",
    )
)  # fmt: skip


def site_of(host: str) -> str:
    """The registrable domain of a host, as far as it can be told; an address is its own site."""
    labels = host.rstrip(".").lower().split(".")
    if ":" in host or labels[-1].isdigit() or ".".join(labels[-2:]) in _SHARED:
        return host
    country = len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if country else -2 :])


# -- one entry ---------------------------------------------------------------------------------

_TEXTS = (
    "family", "authorization_endpoint", "token_endpoint", "device_authorization_endpoint",
    "issuer", "ca_file", "help_url", "basic_note", "checked", "source",
)  # fmt: skip


def _entry(table: Mapping[str, Any]) -> ProviderEntry:
    identifier = table["id"]
    known: dict[str, Any] = {}
    more = dict(table)
    for key in ("id", "name", "host", "port", "security", "scopes", *_TEXTS, *_MAIL):
        more.pop(key, None)
    for key in _TEXTS:
        value = table.get(key)
        if value is not None:
            if not isinstance(value, str):
                raise CatalogueError(f"{identifier}: {key} is not text")
            known[key] = value
    try:
        known["family"] = Family(known.get("family", Family.GENERIC))
    except ValueError:
        families = ", ".join(Family)
        raise CatalogueError(f"{identifier}: family is not one of {families}") from None
    name = table.get("name", identifier)
    host = table.get("host")
    port = table.get("port")
    security = table.get("security")
    scopes = table.get("scopes", [])
    if not isinstance(name, str) or not isinstance(host, str) or not host:
        raise CatalogueError(f"{identifier}: name and host must be text")
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise CatalogueError(f"{identifier}: port is not 1 to 65535")
    if security not in tuple(s.value for s in Security):
        raise CatalogueError(f"{identifier}: security is not starttls, implicit_tls or none")
    if not isinstance(scopes, list) or not all(isinstance(s, str) for s in scopes):
        raise CatalogueError(f"{identifier}: scopes is not a list of texts")
    app_password = table.get("app_password", False)
    if not isinstance(app_password, bool):
        raise CatalogueError(f"{identifier}: app_password is not true or false")
    return ProviderEntry(
        id=identifier, name=name, host=host, port=port, security=Security(security),
        scopes=tuple(scopes), domains=_domains(identifier, table), app_password=app_password,
        more=more, **known,
    )  # fmt: skip


_MAIL = ("domains", "app_password")
# Below nothing shorter: `*.com` is nobody's. Not compiled: few texts have any.
_DOMAIN = r"(?:\*\.(?=.*\.))?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*"


def _domains(identifier: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    domains = table.get("domains", [])
    if not isinstance(domains, list) or not all(isinstance(each, str) for each in domains):
        raise CatalogueError(f"{identifier}: domains is not a list of texts")
    try:
        known = tuple(ascii_domain(each).lower() for each in domains)
    except AddressError:
        known = ("",)
    if not all(len(each) <= MAX_HOST and re.fullmatch(_DOMAIN, each) for each in known):
        raise CatalogueError(f"{identifier}: domains holds what is no domain")
    return known


def _is_safe(url: str) -> bool:
    """True for https, and for http on this very machine; nothing that two readers of an address
    could take for two hosts."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    plain = parts.username is None and "\\" not in url and url.isprintable() and " " not in url
    allowed = ("https", "http") if is_loopback(host) else ("https",)
    return plain and bool(host) and parts.scheme in allowed
