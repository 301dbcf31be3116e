"""The catalogue of providers: hosts, ports, endpoints and links as dated data.

Parses text that is handed in; reads no file and no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smtpwizard.model.addresses import is_loopback
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
        return ServerDefaults(self.host, self.port, self.security, self.family)


class CatalogueError(ValueError):
    """A catalogue text that cannot be used; the message names the entry and the key."""


class Catalogue:
    """The entries in force; later texts add to or override earlier ones by id, key by key."""

    def __init__(self, entries: Iterable[ProviderEntry]) -> None:
        self._entries = {entry.id: entry for entry in entries}

    def __iter__(self) -> Any:
        return iter(self._entries.values())

    def get(self, provider: str) -> ProviderEntry | None:
        return self._entries.get(provider)

    def defaults_for(self, provider: str) -> ServerDefaults | None:
        """What a provider brings, or None for an unknown id."""
        entry = self._entries.get(provider)
        return entry.defaults() if entry else None

    def name_of(self, provider: str) -> str:
        """The name to show; an unknown id names itself."""
        entry = self._entries.get(provider)
        return entry.name if entry else provider


def parse_catalogue(texts: Iterable[str]) -> Catalogue:
    """Catalogue from TOML texts holding `[[provider]]` tables (or one entry's keys at top level).

    Raises `CatalogueError`.
    """
    import tomllib

    tables: dict[str, dict[str, Any]] = {}
    for text in texts:
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise CatalogueError(f"not TOML: {error}") from None
        listed = document.get("provider", [document] if "id" in document else [])
        if not isinstance(listed, list):
            raise CatalogueError("provider is not a list of tables")
        for table in listed:
            identifier = table.get("id") if isinstance(table, dict) else None
            if not isinstance(identifier, str) or not identifier or identifier == "custom":
                raise CatalogueError("an entry without a usable id")
            _merge(tables.setdefault(identifier, {}), table)
    return Catalogue(_entry(table) for table in tables.values())


def _merge(known: dict[str, Any], table: Mapping[str, Any]) -> None:
    """Override key by key, but never mix the endpoints of two authorization servers.

    Who moves a provider's token endpoint (or issuer) elsewhere does not mean the others to stay:
    secrets would go to both.
    """
    moved = any(key in table and table[key] != known.get(key) for key in _IDENTITY)
    if known and moved:
        for key in (*_ENDPOINTS, "revocation_endpoint"):
            known.pop(key, None)
    known.update(table)


_IDENTITY = ("issuer", "token_endpoint")
_ENDPOINTS = (
    "issuer", "authorization_endpoint", "token_endpoint", "device_authorization_endpoint",
)  # fmt: skip
_TEXTS = (
    "family", "authorization_endpoint", "token_endpoint", "device_authorization_endpoint",
    "issuer", "ca_file", "help_url", "basic_note", "checked", "source",
)  # fmt: skip


def _entry(table: Mapping[str, Any]) -> ProviderEntry:
    identifier = table["id"]
    known: dict[str, Any] = {}
    more = dict(table)
    for key in ("id", "name", "host", "port", "security", "scopes", *_TEXTS):
        more.pop(key, None)
    for key in _TEXTS:
        value = table.get(key)
        if value is not None:
            if not isinstance(value, str):
                raise CatalogueError(f"{identifier}: {key} is not text")
            if key in _ENDPOINTS and not _is_safe(value):
                raise CatalogueError(f"{identifier}: {key} must be an https address")
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
    return ProviderEntry(
        id=identifier, name=name, host=host, port=port, security=Security(security),
        scopes=tuple(scopes), more=more, **known,
    )  # fmt: skip


def _is_safe(url: str) -> bool:
    """True for https, and for http on this very machine."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and parts.scheme in (("https", "http") if is_loopback(host) else ("https",))
