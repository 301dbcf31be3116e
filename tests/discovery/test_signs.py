"""Signs of a provider, and of who stands in front of it."""

from __future__ import annotations

import tomllib
from datetime import date
from urllib.parse import urlsplit

import pytest

from smtpwizard.discovery.signs import includes_of, parse_signs
from smtpwizard.providers import parse_catalogue
from smtpwizard.resources import packaged_text

SIGNS = parse_signs(packaged_text("providers/signs.toml"))


def test_every_sign_is_of_a_known_provider_or_a_named_filter() -> None:
    catalogue = parse_catalogue([packaged_text("providers/catalogue.toml")])
    assert all(catalogue.get(key) is not None for key in SIGNS.providers)
    assert all(signs.name != key and signs.mx for key, signs in SIGNS.filters.items())
    for signs in (*SIGNS.providers.values(), *SIGNS.filters.values()):
        for name in (*signs.mx, *signs.spf, *signs.autodiscover):
            assert name == name.lower().strip(".")
            assert "." in name.removeprefix("*.")


@pytest.mark.parametrize(
    ("hosts", "provider"),
    [
        (["alt1.aspmx.l.google.com"], "gmail"),
        (["x.example", "q-example.mail.protection.outlook.com"], "exchange"),
        (["q.mail.protection.office365.us"], "exchange_gcc_high"),
        (["notgoogle.com"], None),
        (["google.com.evil.example"], None),
        ([], None),
    ],
)
def test_providers_by_their_exchangers(hosts: list[str], provider: str | None) -> None:
    found = SIGNS.provider_by_mx(hosts)
    assert (found[0] if found else None) == provider


def test_filters_and_other_signs() -> None:
    assert SIGNS.filter_by_mx(["de-smtp-inbound-2.mimecast.com"]) == "Mimecast"
    assert SIGNS.filter_by_mx(["mimecast.com.evil.example"]) is None
    assert SIGNS.filter_by_mx(["quay.in.tmes.trendmicro.eu"]) == "Trend Micro"
    assert SIGNS.provider_by_autodiscover("autodiscover.outlook.com") == "exchange"
    assert SIGNS.provider_by_autodiscover(None) is None
    both = SIGNS.providers_by_spf(["_spf.google.com", "spf.protection.outlook.com", "x"])
    assert set(both) == {"gmail", "exchange"}


def test_what_an_spf_record_includes() -> None:
    record = "v=spf1 ip4:192.0.2.1 Include:A.example. ?include:b.test include:%{i}.c redirect=d.e"
    assert includes_of(record) == ("a.example", "b.test", "d.e")
    assert includes_of("") == ()


@pytest.mark.parametrize("name", ["signs", "sending"])
def test_whatever_is_said_of_others_has_a_source(name: str) -> None:
    tables = tomllib.loads(packaged_text(f"providers/{name}.toml"))
    entries = {**tables.pop("filter", {}), **tables}
    assert entries
    for key, entry in entries.items():
        assert urlsplit(entry["source"]).scheme == "https", key
        assert date.fromisoformat(entry["checked"]), key
        assert urlsplit(entry.get("read_by", entry["source"])).scheme == "https", key


def test_senders_are_providers_and_each_thing_is_said_once() -> None:
    catalogue = parse_catalogue([packaged_text("providers/catalogue.toml")])
    for key, entry in tomllib.loads(packaged_text("providers/sending.toml")).items():
        assert catalogue.get(key) is not None
        signs = SIGNS.providers.get(key)
        # What both said, one of them would say alone some day.
        assert "spf" not in entry or signs is None or not signs.spf, key
        # Where the envelope is the provider's, no record of the customer's is looked at.
        assert "spf" not in entry or not entry.get("own_envelope"), key
