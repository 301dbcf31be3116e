"""What a secret is bound to: one spelling for one thing, and what makes a difference."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.model.binding import Binding, bind
from smtpwizard.model.connector import read_connector
from tests.model.documents import defaults_for, document

PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


def binding(**changes: Any) -> Binding:
    source = document(**{"authentication": {"method": "basic", "username": "mailer"}, **changes})
    connector, problems = read_connector(source, defaults_for)
    assert connector is not None, problems
    return bind(connector, {})


def fields(before: Binding, after: Binding) -> list[str]:
    return [difference.field for difference in before.differences(after)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"server__host": "SMTP.Example.test."}, {"server__host": "smtp.example.test"}),
        ({"server__host": "bücher.example"}, {"server__host": "XN--BCHER-KVA.example"}),
        ({"server__host": "2001:DB8:0::1"}, {"server__host": "2001:db8::1"}),
        ({"server__host": "fe80::1%Eth0"}, {"server__host": "FE80:0::1%Eth0"}),
        ({"server__pinned_certificate": PEM.format("AAAA\nBBBB")},
         {"server__pinned_certificate": "# a comment\r\n" + PEM.format("AAAABB\r\nBB")}),
        ({"name": "Bills", "server__timeout_s": 5, "server__ehlo_name": "x.example"}, {}),
        ({"server__proxy": "socks5://proxy.example:1080"}, {}),
        # Less than what was allowed.
        ({"server__allow_cleartext": True}, {}),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_makes_no_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert binding(**one).differences(binding(**other)) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"server__host": "evil.example"}, "server.host"),
        ({"server__host": "smtp.example.test.evil.example"}, "server.host"),
        ({"server__port": 588}, "server.port"),
        ({"server__security": "none", "server__port": 587}, "server.security"),
        ({"server__ca_file": "/tmp/ca.pem"}, "server.ca_file"),
        ({"server__pinned_certificate": PEM.format("AAAA")}, "server.pinned_certificate"),
        ({"server__allow_cleartext": True}, "server.allow_cleartext"),
        ({"authentication": {"method": "basic", "username": "Mailer"}}, "authentication.username"),
    ],
)
def test_what_makes_a_difference_is_named(change: dict[str, Any], field: str) -> None:
    assert fields(binding(), binding(**change)) == [field]


def test_a_proxy_counts_where_it_can_read_along() -> None:
    plain = {"server__security": "none", "server__port": 25}
    proxied = {**plain, "server__proxy": "http://proxy.example:3128"}
    assert fields(binding(**plain), binding(**proxied)) == ["server.proxy"]


def test_another_pin_is_another_whatever_its_text() -> None:
    one, other = PEM.format("AAAA"), PEM.format("AAAB")
    assert binding(server__pinned_certificate=one).differences(
        binding(server__pinned_certificate=other)
    )
    odd = [PEM.format(f"not base64 {number}") for number in range(2)]
    assert binding(server__pinned_certificate=odd[0]).differences(
        binding(server__pinned_certificate=odd[1])
    )


def test_long_texts_are_short_and_still_told_apart() -> None:
    one, other = (binding(server__ca_file="/" + "x" * 5000 + end) for end in "ab")
    assert fields(one, other) == ["server.ca_file"]
    assert max(map(len, one.terms.values())) < 200


def test_what_is_in_force_takes_the_place_of_what_is_written() -> None:
    connector, _ = read_connector(document(), defaults_for)
    assert connector is not None
    bound = bind(connector, {"server.ca_file": "/ca.pem", "authentication.oauth.tenant": None})
    assert bound.terms["server.ca_file"] == "/ca.pem"
    assert bound.terms["authentication.oauth.tenant"] == ""
