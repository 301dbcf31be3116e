"""What a domain's mail exchangers, SPF record and autodiscover alias show of who has its mailboxes.

Parses text that is handed in; asks nobody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Signs(NamedTuple):
    """The signs of one provider, or of a filter in front of others."""

    name: str
    mx: tuple[str, ...]
    spf: tuple[str, ...] = ()
    autodiscover: tuple[str, ...] = ()


class KnownSigns(NamedTuple):
    """The signs of providers, by the id of their entry in the catalogue, and of filters."""

    providers: Mapping[str, Signs]
    filters: Mapping[str, Signs]

    def provider_by_mx(self, hosts: Iterable[str]) -> tuple[str, str] | None:
        """The provider of the most preferred exchanger that is known, and that exchanger."""
        return _first(self.providers, hosts, "mx")

    def filter_by_mx(self, hosts: Iterable[str]) -> str | None:
        """The name of the filter that takes the mail first."""
        found = _first(self.filters, hosts, "mx")
        return self.filters[found[0]].name if found else None

    def providers_by_spf(self, included: Iterable[str]) -> tuple[str, ...]:
        """The providers that may send for a domain."""
        names = frozenset(included)
        return tuple(key for key, signs in self.providers.items() if names.intersection(signs.spf))

    def provider_by_autodiscover(self, alias: str | None) -> str | None:
        """The provider that Outlook is led to."""
        found = _first(self.providers, [alias] if alias else [], "autodiscover")
        return found[0] if found else None


def parse_signs(text: str) -> KnownSigns:
    """The signs that `signs.toml` has."""
    tables = tomllib.loads(text)
    filters = tables.pop("filter", {})
    return KnownSigns(
        {key: _signs(key, table) for key, table in tables.items()},
        {key: _signs(key, table) for key, table in filters.items()},
    )


def includes_of(record: str) -> tuple[str, ...]:
    """The domains that an SPF record includes or sends its reader to (RFC 7208 §5.2, §6.1); those
    with macros are left out."""
    terms = (term.lower().lstrip("+?~-") for term in record.split()[1:])
    named = (
        term.partition(":")[2] if term.startswith("include:") else term.partition("=")[2]
        for term in terms
        if term.startswith(("include:", "redirect="))
    )
    return tuple(dict.fromkeys(name.rstrip(".") for name in named if name and "%" not in name))


def _signs(key: str, table: Mapping[str, Any]) -> Signs:
    parts = (tuple(table.get(name, "").split()) for name in ("mx", "spf", "autodiscover"))
    return Signs(table.get("name", key), *parts)


def _first(known: Mapping[str, Signs], hosts: Iterable[str], field: str) -> tuple[str, str] | None:
    for host in hosts:
        for key, signs in known.items():
            if any(_covers(pattern, host) for pattern in getattr(signs, field)):
                return key, host
    return None


def _covers(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
