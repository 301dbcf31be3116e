"""Pointing look-ups elsewhere: what is read, and what is refused."""

from __future__ import annotations

import pytest

from smtpwizard.model.addresses import AddressError
from smtpwizard.model.network_settings import (
    ConnectTo,
    NameServer,
    NetworkSettings,
    parse_connect_to,
    parse_name_server,
    parse_rules,
)


@pytest.mark.parametrize(
    ("text", "server", "shown"),
    [
        ("192.0.2.1", NameServer("192.0.2.1"), "192.0.2.1"),
        ("192.0.2.1:5353", NameServer("192.0.2.1", 5353), "192.0.2.1:5353"),
        (" 2001:db8::1 ", NameServer("2001:db8::1"), "2001:db8::1"),
        ("[2001:db8::1]", NameServer("2001:db8::1"), "2001:db8::1"),
        ("[2001:db8::1]:53", NameServer("2001:db8::1"), "2001:db8::1"),
        ("[2001:db8::1]:54", NameServer("2001:db8::1", 54), "[2001:db8::1]:54"),
    ],
)
def test_a_name_server(text: str, server: NameServer, shown: str) -> None:
    assert parse_name_server(text) == server
    assert str(server) == shown
    assert parse_name_server(shown) == server


@pytest.mark.parametrize("text", ["", "dns.example", "192.0.2.1:0", "192.0.2.1:", "[::1", "1.2.3"])
def test_what_is_no_name_server(text: str) -> None:
    with pytest.raises(AddressError):
        parse_name_server(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Mail.example:465:127.0.0.1:4465", ConnectTo("mail.example", 465, "127.0.0.1", 4465)),
        ("::127.0.0.1:", ConnectTo("", None, "127.0.0.1", None)),
        (":443::8443", ConnectTo("", 443, "", 8443)),
        ("a.example::[::1]:25", ConnectTo("a.example", None, "::1", 25)),
        ("[::1]:25:[2001:db8::1]:", ConnectTo("::1", 25, "2001:db8::1", None)),
        ("bücher.example::b.example:", ConnectTo("xn--bcher-kva.example", None, "b.example", None)),
    ],
)
def test_a_rule(text: str, rule: ConnectTo) -> None:
    assert parse_connect_to(text) == rule
    assert parse_connect_to(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:1:b",
        "a:1::",
        "a:x:b:1",
        "a:1:b:99999",
        "[::1:1:b:1",
        "[::1]x:1:b:1",
        "a b:1:c:1",
    ],
)
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(AddressError):
        parse_connect_to(text)


def test_the_first_rule_that_is_meant_counts() -> None:
    rules = parse_rules("a.example:25:127.0.0.1:1, a.example::127.0.0.1:2 :80:127.0.0.1:3")
    settings = NetworkSettings(connect_to=rules)
    assert settings.target("A.example.", 25) == ("127.0.0.1", 1)
    assert settings.target("a.example", 80) == ("127.0.0.1", 2)
    assert settings.target("b.example", 80) == ("127.0.0.1", 3)
    assert settings.target("b.example", 25) is None
    with pytest.raises(AddressError):
        parse_rules(" ".join([":1::2"] * 501))
