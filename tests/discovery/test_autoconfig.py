"""Reading what strangers write about their mail."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.discovery.autoconfig import NotAutoconfig, RefusedXml, read_autoconfig
from smtpwizard.model.addresses import Address
from smtpwizard.model.connector import Method, Security
from tests.helpers.mail_world import config

ME = Address("zebra", "quay.example")


@pytest.mark.parametrize(
    ("said", "methods"),
    [
        ("OAuth2", (Method.OAUTH,)),
        ("OAuth", (Method.OAUTH,)),
        ("password-encrypted", (Method.BASIC,)),
        ("none", (Method.NONE,)),
        ("GSSAPI", ()),
    ],
)
def test_how_one_signs_in(said: str, methods: tuple[Method, ...]) -> None:
    [server] = read_autoconfig(config(("a.example", 465, "SSL"), method=said), ME)
    assert server.methods == methods


@pytest.mark.parametrize(
    ("said", "user"),
    [
        ("%EMAILADDRESS%", "zebra@quay.example"),
        ("%EmailLocalpart%", "zebra"),
        ("%EMAILLOCALPART%+%EMAILDOMAIN%", "zebra+quay.example"),
        ("someone", "zebra"),
        ("someone@quay.example", "zebra@quay.example"),
        ("awesomeone", "awesomeone"),
        ("office", "office"),
        ("%REALNAME%", "zebra@quay.example"),
        ("%EMAILFOO%", "zebra@quay.example"),
        ("%EMAILADDRESS", "zebra@quay.example"),
        ("", "zebra@quay.example"),
        ("a b", "zebra@quay.example"),
        ("x" * 300, "zebra@quay.example"),
    ],
)
def test_the_user_is_filled_in_here(said: str, user: str) -> None:
    [server] = read_autoconfig(config(("a.example", 465, "SSL"), user=said), ME)
    assert server.username == user


def test_servers_in_their_order_port_25_last() -> None:
    body = config(
        ("a.example", 25, "STARTTLS"), ("B.example", 587, "starttls"), ("a.example", 465, "TLS")
    )
    found = read_autoconfig(body, ME)
    assert [(each.host, each.port, each.security) for each in found] == [
        ("b.example", 587, Security.STARTTLS),
        ("a.example", 465, Security.IMPLICIT_TLS),
        ("a.example", 25, Security.STARTTLS),
    ]


def test_no_more_than_ten_and_each_once() -> None:
    body = config(*((f"m{n % 30}.example", 465, "SSL") for n in range(60)))
    assert len(read_autoconfig(body, ME)) == 10


def test_names_in_another_namespace_and_unknown_elements() -> None:
    body = (
        b'<a:clientConfig xmlns:a="urn:x" version="1.2"><a:emailProvider><a:odd/>'
        b"<a:outgoingServer><a:hostname>m.example</a:hostname><a:port>465</a:port>"
        b"<a:socketType>SSL</a:socketType><a:new>x</a:new></a:outgoingServer>"
        b'<outgoingServer type="exchange"><hostname>x.example</hostname></outgoingServer>'
        b"</a:emailProvider></a:clientConfig>"
    )
    [server] = read_autoconfig(body, ME)
    assert server.host == "m.example"


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE clientConfig>",
        '<!DOCTYPE c SYSTEM "http://evil.example/x.dtd">',
        '<!DOCTYPE c [<!ENTITY % p SYSTEM "http://evil.example/x"> %p;]>',
    ],
)
def test_document_types_are_refused(head: str) -> None:
    with pytest.raises(RefusedXml):
        read_autoconfig(config(("a.example", 465, "SSL"), head=head), ME)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"\xff\xfe<",
        b"<html/>",
        b"<!doctype HTML><p>",
        b'<?xml version="1.0" encoding="x"?><a/>',
    ],
)
def test_other_documents(body: bytes) -> None:
    with pytest.raises(NotAutoconfig):
        read_autoconfig(body, ME)


def test_too_much_is_refused() -> None:
    for body in (b" " * 300_000, b"<a>" + b"<b/>" * 6_000 + b"</a>", b"<a>" * 40 + b"</a>" * 40):
        with pytest.raises(RefusedXml):
            read_autoconfig(body, ME)


@given(st.binary(max_size=400), st.integers(0, 500))
def test_whatever_comes_is_read_or_refused(noise: bytes, at: int) -> None:
    body = config(("a.example", 465, "SSL"))
    with contextlib.suppress(NotAutoconfig, RefusedXml):
        read_autoconfig(body[:at] + noise + body[at:], ME)
