"""The catalogue: what ships is sound, what is added is checked."""

from __future__ import annotations

import contextlib
import datetime
import tomllib
from importlib import resources
from urllib.parse import urlsplit

import pytest
from hypothesis import given

from smtpwizard.model.addresses import parse_host
from smtpwizard.model.connector import Security
from smtpwizard.providers import (
    Catalogue,
    CatalogueError,
    ProviderEntry,
    parse_catalogue,
    parse_domains,
)
from tests.model.documents import texts

DOMAINS = (resources.files("smtpwizard.providers") / "domains.toml").read_text("utf-8")
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
    more = entry.more
    assert ("limits_checked" in more) == ("limits_source" in more)
    if "limits_checked" in more:
        assert more["limits"]
        assert datetime.date.fromisoformat(more["limits_checked"])
        assert urlsplit(more["limits_source"]).scheme == "https"
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
        "[[providers]]\nid = 'x'",
    ],
)
def test_unusable_texts_are_refused(text: str) -> None:
    with pytest.raises(CatalogueError):
        parse_catalogue([text])


@given(texts)
def test_nothing_but_its_error_is_raised(text: str) -> None:
    with contextlib.suppress(CatalogueError):
        parse_catalogue([text, f"id = {text!r}"])


# --- overlays


GMAIL = """
id = "gmail"
name = "Gmail"
family = "google"
host = "smtp.gmail.com"
port = 587
security = "starttls"
issuer = "https://accounts.google.com"
authorization_endpoint = "https://accounts.google.com/o/oauth2/v2/auth"
token_endpoint = "https://oauth2.googleapis.com/token"
revocation_endpoint = "https://oauth2.googleapis.com/revoke"
"""


def overlaid(**values: str) -> ProviderEntry:
    text = 'id = "gmail"\n' + "".join(f'{key} = "{value}"\n' for key, value in values.items())
    entry = parse_catalogue([GMAIL, text]).get("gmail")
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    "values",
    [
        {"token_endpoint": "https://evil.example/token"},
        {"authorization_endpoint": "https://evil.example/auth"},
        {"revocation_endpoint": "https://evil.example/r"},
        {"device_authorization_endpoint": "https://evil.example/d"},
        {
            "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
            "token_endpoint": "https://evil.example/token",
        },
        {"issuer": "https://accounts.google.com", "token_endpoint": "https://evil.example/token"},
        {"issuer": "https://evil.example", "token_endpoint": "https://oauth2.googleapis.com/t"},
        {"authorization_endpoint": "https://a.example/", "token_endpoint": "https://b.example/"},
        {"authorization_endpoint": "https://a.co.uk/", "token_endpoint": "https://b.co.uk/"},
        {"authorization_endpoint": "https://a.run.app/", "token_endpoint": "https://b.run.app/"},
        {"authorization_endpoint": "https://127.0.0.1/", "token_endpoint": "https://127.0.0.2/"},
        {"token_endpoint": "https://accounts.google.com.evil.example/t"},
        {"token_endpoint": "https://google.com/t"},
    ],
)
def test_an_authorization_server_moves_as_a_whole_or_not_at_all(values: dict[str, str]) -> None:
    with pytest.raises(CatalogueError, match=r"gmail.*torn over several servers"):
        overlaid(**values)


def test_an_overlay_within_the_servers_of_the_entry_keeps_the_others() -> None:
    moved = overlaid(token_endpoint="https://accounts.google.com/o/oauth2/token")
    assert moved.authorization_endpoint == "https://accounts.google.com/o/oauth2/v2/auth"
    assert moved.issuer == "https://accounts.google.com"


def test_an_overlay_of_a_whole_server_drops_what_it_does_not_name() -> None:
    moved = overlaid(
        authorization_endpoint="https://login.corp.example/a",
        token_endpoint="https://token.corp.example/t",
    )
    assert moved.issuer is None
    assert "revocation_endpoint" not in moved.more
    assert overlaid(issuer="https://corp.example").token_endpoint is None


def test_an_overlay_is_judged_by_what_lies_below_it() -> None:
    whole = 'id = "gmail"\nissuer = "https://corp.example"'
    with pytest.raises(CatalogueError, match="torn") as caught:
        parse_catalogue(
            [GMAIL, whole, 'id = "gmail"\ntoken_endpoint = "https://oauth2.googleapis.com/t"']
        )
    assert caught.value.text == 2


def test_an_entry_of_ones_own_does_not_borrow_a_known_page() -> None:
    own = ENTRY + (
        'authorization_endpoint = "https://accounts.google.com/o/oauth2/v2/auth"\n'
        'token_endpoint = "https://evil.example/t"\n'
    )
    with pytest.raises(CatalogueError, match=r"closed.*torn"):
        parse_catalogue([BUILT_IN, own])
    parse_catalogue([BUILT_IN, own.replace("evil.example", "oauth2.googleapis.com")])
    parse_catalogue([BUILT_IN, own.replace("accounts.google.com", "login.other.example")])


def test_what_is_overridden_is_known_with_old_and_new_value() -> None:
    catalogue = parse_catalogue([GMAIL, 'id = "gmail"\nhost = "x.example"\nca_file = "/x"', ENTRY])
    assert [(o.provider, o.key, o.old, o.new, o.text) for o in catalogue.overrides] == [
        ("gmail", "host", "smtp.gmail.com", "x.example", 1),
        ("gmail", "ca_file", None, "/x", 1),
    ]
    assert built_in().overrides == ()


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        'id = "x"\na = ' + "[" * 100_000 + "]" * 100_000,
        'id = "x"\na = ' + "{a = " * 50_000,
        'id = "x"\nport = ' + "9" * 5_000,
        'id = "x"\nport = 0x' + "f" * 50_000,
        'id = "x"\na = ' + "9" * 5_000 + ".0",
        'id = "x"\n' + "a." * 100_000 + "a = 1",
        "[" + "a." * 100_000 + "a]",
        ENTRY + "daily = 0x" + "f" * 50_000,
        ENTRY + "a" + ".a" * 100 + " = 1",
        ENTRY + "limits = { a = [[[[[[[[[1]]]]]]]]] }",
        'id = "x"\nd = 2026-13-41',
        'id = "x"\nd = 0000-00-00',
        'id = "x"\nd = 9999-12-31T23:59:59-23:59',
        "\x00",
    ],
    ids=range(15),
)
def test_no_text_gets_past_its_error(text: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue([BUILT_IN, text])
    assert caught.value.text == 1
    assert len(str(caught.value)) < 500


def test_what_was_wrong_once_stays_right() -> None:
    """Figures that the providers' own pages gave otherwise than this catalogue did."""
    catalogue = built_in()
    gmail, hve = catalogue.get("gmail"), catalogue.get("exchange_hve")
    assert gmail is not None
    assert hve is not None
    assert gmail.more["limits"]["messages_per_day"] == 2000
    assert gmail.more["limits"]["recipients_per_day"] == 10_000
    assert hve.more["limits"]["recipients_outside"] == 0
    assert "550 5.5.105" in hve.more["note"]


# --- domains


def test_every_domain_is_one_provider_s() -> None:
    known = parse_domains(DOMAINS)
    every = [domain for domains in known.values() for domain in domains]
    assert len(every) == len(set(every)) > 150
    for key, table in tomllib.loads(DOMAINS).items():
        assert built_in().get(key) is not None, key
        assert datetime.date.fromisoformat(table["checked"])
        assert urlsplit(table["source"]).scheme == "https"
        listed = "[" + ", ".join(f'"{domain}"' for domain in known[key]) + "]"
        entry = parse_catalogue([f"{ENTRY}domains = {listed}"]).get("closed")
        assert entry is not None
        assert entry.domains == known[key]


@pytest.mark.parametrize(
    "domains",
    [
        '"quay.example"', "[7]", '[""]', '["quay"]', '["*"]', '["*.com"]', '["a.*.com"]',
        '["me@quay.example"]', '["192.0.2.1"]', '["-a.example"]', '["a..example"]',
        '["' + "a." * 130 + 'example"]', '["\\u200b.example"]',
    ],
)  # fmt: skip
def test_what_is_no_domain_is_refused(domains: str) -> None:
    with pytest.raises(CatalogueError, match="domains"):
        parse_catalogue([f"{ENTRY}domains = {domains}"])
    with pytest.raises(CatalogueError, match="app_password"):
        parse_catalogue([f"{ENTRY}app_password = 1"])


def test_domains_in_other_letters_are_found_as_they_go_on_the_wire() -> None:
    catalogue = parse_catalogue([ENTRY + 'domains = ["Bücher.example", "*.corp.example"]'])
    for domain in ("xn--bcher-kva.example", "a.corp.example", "a.b.corp.example"):
        assert [entry.id for entry in catalogue.with_mail_of(domain, {})] == ["closed"]
    for domain in ("corp.example", "xcorp.example", "bücher.example", ""):
        assert catalogue.with_mail_of(domain, {}) == ()


def test_domains_of_ones_own_take_the_place_of_the_known_ones() -> None:
    catalogue = parse_catalogue([BUILT_IN, 'id = "gmail"\ndomains = ["corp.example"]'])
    known = parse_domains(DOMAINS)
    assert [entry.id for entry in catalogue.with_mail_of("corp.example", known)] == ["gmail"]
    assert catalogue.with_mail_of("gmail.com", known) == ()
    assert [entry.id for entry in built_in().with_mail_of("gmail.com", known)] == ["gmail"]
