"""The catalogue: what ships is sound, what is added is checked."""

from __future__ import annotations

import contextlib
import datetime
from importlib import resources
from urllib.parse import urlsplit

import pytest
from hypothesis import given

from smtpwizard.model.addresses import parse_host
from smtpwizard.model.connector import Security
from smtpwizard.providers import Catalogue, CatalogueError, ProviderEntry, parse_catalogue
from tests.model.documents import texts

BUILT_IN = (resources.files("smtpwizard.providers") / "catalogue.toml").read_text("utf-8")

ENTRY = """
id = "closed"
name = "Closed network"
host = "mail.example.test"
port = 465
security = "implicit_tls"
"""


def built_in() -> Catalogue:
    return parse_catalogue([BUILT_IN])


@pytest.mark.parametrize("entry", list(built_in()), ids=lambda entry: entry.id)
def test_shipped_entries_are_sound(entry: ProviderEntry) -> None:
    assert parse_host(entry.host) == entry.host
    assert entry.security is not Security.NONE
    assert datetime.date.fromisoformat(entry.checked)
    assert urlsplit(entry.source).scheme == "https"
    urls = [entry.authorization_endpoint, entry.token_endpoint, entry.help_url]
    urls += [value for key, value in entry.more.items() if key.endswith(("_url", "_endpoint"))]
    for url in urls:
        assert url is None or urlsplit(url).scheme == "https"


def test_the_console_s_providers_are_there() -> None:
    catalogue = built_in()
    gmail, exchange = catalogue.get("gmail"), catalogue.get("exchange")
    assert gmail is not None
    assert exchange is not None
    assert (gmail.host, gmail.port, gmail.family) == ("smtp.gmail.com", 587, "google")
    assert (exchange.host, exchange.port) == ("smtp.office365.com", 587)
    assert exchange.family == "microsoft"
    assert catalogue.name_of("gmail") == "Gmail (Google)"
    assert catalogue.name_of("nowhere") == "nowhere"
    assert catalogue.defaults_for("nowhere") is None
    assert catalogue.defaults_for("custom") is None


def test_entry_at_top_level_is_added() -> None:
    defaults = parse_catalogue([BUILT_IN, ENTRY]).defaults_for("closed")
    assert defaults is not None
    assert (defaults.host, defaults.port) == ("mail.example.test", 465)
    assert defaults.security is Security.IMPLICIT_TLS


def test_later_texts_override_key_by_key() -> None:
    catalogue = parse_catalogue([BUILT_IN, 'id = "gmail"\nhost = "relay.example.test"'])
    gmail = catalogue.get("gmail")
    assert gmail is not None
    assert (gmail.host, gmail.port, gmail.name) == ("relay.example.test", 587, "Gmail (Google)")


def test_unknown_keys_are_kept() -> None:
    entry = parse_catalogue([ENTRY + 'daily_limit = 500\nhelp_url = "https://x.test"']).get(
        "closed"
    )
    assert entry is not None
    assert entry.more == {"daily_limit": 500}
    assert entry.help_url == "https://x.test"


@pytest.mark.parametrize(
    "text",
    [
        "not toml at all [",
        'provider = "x"',
        "[[provider]]\nname = 'no id'",
        "provider = [1]",
        ENTRY.replace('"closed"', '"custom"'),
        ENTRY.replace('"closed"', '""'),
        ENTRY.replace('"closed"', "7"),
        ENTRY.replace('"mail.example.test"', "7"),
        ENTRY.replace('"mail.example.test"', '""'),
        ENTRY.replace("465", "0"),
        ENTRY.replace("465", "true"),
        ENTRY.replace("465", '"465"'),
        ENTRY.replace("implicit_tls", "ssl"),
        ENTRY + "scopes = [1]",
        ENTRY + 'family = "apple"',
        ENTRY + "help_url = 1",
        'id = "only_an_id"',
    ],
)
def test_unusable_texts_are_refused(text: str) -> None:
    with pytest.raises(CatalogueError):
        parse_catalogue([text])


@given(texts)
def test_nothing_but_its_error_is_raised(text: str) -> None:
    with contextlib.suppress(CatalogueError):
        parse_catalogue([text, f"id = {text!r}"])
