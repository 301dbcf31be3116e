"""What everybody knows and no case hides: the sites of providers, names that all servers share,
the words of replies; and how a name of the net ends. Data, and questions about it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from urllib.parse import urlsplit

from smtpwizard.providers import Catalogue, ProviderEntry, parse_catalogue, site_of
from smtpwizard.resources import packaged_text

_LABEL_PATTERNS = re.compile(
    r"(?:e?mail|smtp|mx|imap|pop|ns|in|out|www|relay|aspmx|alt)\d{0,3}(?:-smtp)?(?:-in)?"
    r"|[a-z]{3}(?:pr|prd)\d\d[a-z]?|[a-z]{2}(?:-gov|-iso)?-[a-z]{4,9}-\d|[a-z]{2}"
)


# Where reversed names of programs begin (`org.freedesktop.secrets`), and how names in them end.
_REVERSED = frozenset(("com", "org", "net", "io", "edu", "java", "javax", "self", "this"))
_SHORTEST = 3
_MOST_FIGURES = 4


@cache
def built_in_hosts() -> frozenset[str]:
    """Every host of the catalogue that ships with the program, sign-in included."""
    return frozenset(host.lower() for each in _catalogue() for host in _hosts_of(each) if host)


@cache
def built_in_providers() -> frozenset[str]:
    """The ids of the catalogue that ships with the program."""
    return frozenset(entry.id for entry in _catalogue())


@cache
def _catalogue() -> Catalogue:
    return parse_catalogue([packaged_text("providers/catalogue.toml")])


def _hosts_of(entry: ProviderEntry) -> list[str]:
    urls = (
        entry.authorization_endpoint, entry.token_endpoint, entry.device_authorization_endpoint,
        entry.issuer, entry.help_url, entry.source,
    )  # fmt: skip
    return [entry.host, *(urlsplit(url or "").hostname or "" for url in urls)]


@cache
def _names(part: str) -> frozenset[str]:
    return frozenset(_data()[part].split())


@cache
def _data() -> dict[str, str]:
    return tomllib.loads(packaged_text("cases/public_names.toml"))


@cache
def _known_words() -> frozenset[str]:
    return _names("words") | {site.partition(".")[0] for site in _public_sites()}


@cache
def _public_sites() -> frozenset[str]:
    return _names("sites") | {site_of(host) for host in built_in_hosts()}


@cache
def _built_in_labels() -> frozenset[str]:
    sites = _public_sites()
    heads = (
        host.removesuffix(site_of(host)) for host in built_in_hosts() if site_of(host) in sites
    )
    return frozenset(label for head in heads for label in head.split(".") if label)


def public_part(labels: list[str]) -> int:
    """With which label the public site at the end of a name begins; how many there are where it
    has none."""
    sites = _public_sites()
    for at in range(len(labels) - 1):
        if ".".join(labels[at:]) in sites:
            return at
    return len(labels)


def is_public_host(name: str) -> bool:
    """Whether a name, in lower case, is one of the catalogue's or this very machine's."""
    return name == "localhost" or name in built_in_hosts()


def is_own_ending(label: str) -> bool:
    """Whether a name with this end leads nowhere beyond a network of one's own."""
    return label in _names("own_endings")


def is_public_url(text: str) -> bool:
    """Whether the server in an address is one of a provider."""
    host = (urlsplit(text).hostname or "").lower()
    return is_public_host(host) or public_part(host.split(".")) < host.count(".") + 1


def is_public_label(label: str) -> bool:
    """Whether a label in front of a public site names none of its customers."""
    return (
        label in _names("labels")
        or label in _built_in_labels()
        or _LABEL_PATTERNS.fullmatch(label) is not None
    )


def is_name_of_the_net(labels: list[str], *, addressed: bool = False) -> bool:
    """Whether what looks like a name with dots is one, and not that of a file or in a program;
    what stands behind an @ is none of these."""
    last = labels[-1].lower()
    if last.startswith("xn--") or not last.isascii():
        return True
    if any(last in _names(part) for part in ("generic", "countries", "own_endings")):
        if addressed or (len(labels) == 2 and last in _names("files")):
            return addressed
        # `System.IO`, `Net.Mail`: of the net it would be written in one case.
        name = ".".join(labels)
        return labels[-1].islower() or name.isupper() or ".".join(labels[:-1]).islower()
    in_programs = last in _names("files") or last in _names("in_programs") or is_word(last)
    if in_programs or labels[0].lower() in _REVERSED:
        return False
    return labels[-1].islower() or labels[-1].isupper()


def is_word(text: str) -> bool:
    """Whether a word, whatever its numbers, is one that everybody uses."""
    if sum(map(str.isdigit, text)) > _MOST_FIGURES:
        return False
    known = _known_words()
    words = re.split(r"[\W\d_]+", text.casefold())
    return all(
        len(word) < _SHORTEST or word in known or word.removesuffix("s") in known for word in words
    )
