"""Addresses, hosts and ports are taken exactly as they are, or refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.model.addresses import (
    AddressError,
    address_inside,
    ascii_domain,
    check_ehlo_name,
    clean_text,
    has_controls,
    is_ip_literal,
    is_loopback,
    parse_address,
    parse_host,
    parse_port,
    same_mailbox,
    split_enhanced,
)
from smtpwizard.model.pasted_server import PastedServer, sort_out_server
from tests.model.documents import texts


@pytest.mark.parametrize(
    "text",
    [
        "a@b",
        "first.last+tag@example.test",
        '"a b"@example.test',
        '"a@x"@example.test',
        "x@[192.0.2.1]",
        "x@[IPv6:2001:db8::7]",
        "grüße@example.test",
        "x@bücher.example.test",
        "a" * 64 + "@example.test",
    ],
)
def test_addresses_taken_unchanged(text: str) -> None:
    assert str(parse_address(text)) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "address_empty"),
        ("@", "address_invalid"),
        ("a@", "address_invalid"),
        ("@b", "address_invalid"),
        ("plain", "address_invalid"),
        ("a@b@c", "address_invalid"),
        ("a@x.org b@x.org", "address_invalid"),
        ("b@x> NOTIFY=NEVER", "domain_invalid"),
        ("a@[IPv6:::1%> NOTIFY=NEVER]", "domain_invalid"),
        ("a@[IPv6:fe80::1%eth0]", "domain_invalid"),
        ("a@[127.0.0.256]", "domain_invalid"),
        ("a..b@example.test", "address_invalid"),
        (".a@example.test", "address_invalid"),
        (" a@example.test", "address_invalid"),
        ("a@example.test ", "domain_invalid"),
        ("<a@example.test>", "address_invalid"),
        ("Ada <a@example.test>", "address_invalid"),
        ("a\u00a0b@example.test", "address_invalid"),
        ("a@exa_mple-.test", "domain_invalid"),
        ("a@b\r\n", "control_characters"),
        ("a\x00@b", "control_characters"),
        ("a\u202eb@c", "control_characters"),
        ("a" * 65 + "@example.test", "address_too_long"),
        ("a@" + ".".join(["b" * 60] * 5), "domain_invalid"),
        ("a" * 2000, "address_too_long"),
    ],
)
def test_addresses_refused(text: str, code: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert caught.value.code == code


def test_international_domain_goes_out_as_a_labels() -> None:
    address = parse_address("x@Bücher.example.test")
    assert address.wire() == "x@xn--bcher-kva.example.test"
    assert not address.needs_smtputf8
    assert parse_address("grüße@example.test").needs_smtputf8


@given(texts)
def test_an_accepted_address_fits_between_angle_brackets(text: str) -> None:
    with contextlib.suppress(AddressError):
        wire = parse_address(text).wire()
        assert not has_controls(wire)
        local_part, _, domain = wire.rpartition("@")
        assert not set(domain) & set('<> "')
        assert local_part.startswith('"') or not set(local_part) & set('<> "@')


@given(st.from_regex(r"[a-z]{1,8}@\[[ -~]{0,20}\]", fullmatch=True))
def test_an_address_literal_smuggles_nothing(text: str) -> None:
    with contextlib.suppress(AddressError):
        assert not set(parse_address(text).domain) & set('<> "%')


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("smtp.example.test", "smtp.example.test"),
        ("smtp.example.test.", "smtp.example.test"),
        ("localhost", "localhost"),
        ("a_b.example.test", "a_b.example.test"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("bücher.example.test", "bücher.example.test"),
    ],
)
def test_hosts_taken(text: str, host: str) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "a b", "-a", "1.2.3", "256.1.1.1", "::1%a b", "::1%", "a:25", "a\u202eb", "a\tb",
        "127.1", "0x7f.1", "0x7f000001", "mail.0x7F", "2130706433", "127.0.0.01",
    ],
)  # fmt: skip
def test_hosts_refused(text: str) -> None:
    with pytest.raises(AddressError):
        parse_host(text)


@pytest.mark.parametrize(("text", "port"), [("1", 1), (" 587 ", 587), ("65535", 65535)])
def test_ports_taken(text: str, port: int) -> None:
    assert parse_port(text) == port


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "65536", "५८७", "5e2", "0x24B", "25.0", "1" * 9999]
)
def test_ports_refused(text: str) -> None:
    with pytest.raises(AddressError, match="port_invalid"):
        parse_port(text)


@pytest.mark.parametrize("text", ["client.example.test", "[192.0.2.7]", "[IPv6:2001:db8::7]"])
def test_ehlo_names_taken(text: str) -> None:
    check_ehlo_name(text)


@pytest.mark.parametrize("text", ["a b", "a\nb", "[192.0.2.7", "", "a\r\nMAIL FROM:<>"])
def test_ehlo_names_refused(text: str) -> None:
    with pytest.raises(AddressError):
        check_ehlo_name(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smtps://mail.example.test:465", ("mail.example.test", 465, "implicit_tls", None)),
        ("smtps://mail.example.test", ("mail.example.test", 465, "implicit_tls", None)),
        ("smtps://mail.example.test:4465/", ("mail.example.test", 4465, "implicit_tls", None)),
        ("submission://mail.example.test", ("mail.example.test", 587, "starttls", None)),
        ("smtp://mail.example.test", ("mail.example.test", None, None, None)),
        ("smtp://me:pw@mail.example.test:25", ("mail.example.test", 25, None, "me")),
        ("mail.example.test:587", ("mail.example.test", 587, "starttls", None)),
        ("mail.example.test:2525", ("mail.example.test", 2525, None, None)),
        ("[::1]:25", ("::1", 25, None, None)),
        ("me@example.test", ("example.test", None, None, "me@example.test")),
        ("  mail.example.test ", ("mail.example.test", None, None, None)),
        ("https://mail.example.test/owa", ("mail.example.test", None, None, None)),
    ],
)
def test_pasted_servers_sort_themselves_out(text: str, expected: tuple[object, ...]) -> None:
    assert sort_out_server(text) == PastedServer(*expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "mail.example.test", "a b", "ftp://x", "x:99999", "a:b:c", "x" * 3000, "@", "::"]
)
def test_what_is_no_pasted_server(text: str) -> None:
    assert sort_out_server(text) is None


@given(texts)
def test_parsers_raise_nothing_but_their_error(text: str) -> None:
    sort_out_server(text)
    split_enhanced(text)
    is_ip_literal(text)
    is_loopback(text)
    for parse in (parse_address, parse_host, parse_port, check_ehlo_name, ascii_domain):
        with contextlib.suppress(AddressError):
            parse(text)


@given(texts)
def test_cleaned_text_has_no_controls(text: str) -> None:
    assert not has_controls(clean_text(text))


def test_cleaned_text_is_one_capped_line() -> None:
    assert clean_text("a\r\nb\x1b[31m\u202e") == "a\\x0d\\x0ab\\x1b[31m\\u202e"
    assert clean_text("x" * 20, 5) == "xxxxx …"


def test_enhanced_code_is_split_off() -> None:
    assert split_enhanced("5.7.8 Error: no") == ("5.7.8", "Error: no")
    assert split_enhanced("5.7 no") == (None, "5.7 no")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("localhost.", True),
        ("localhost..", False),
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("0:0:0:0:0:0:0:1", True),
        ("::ffff:127.0.0.1", True),
        ("127.example.com", False),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        ("mylocalhost", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("::ffff:192.0.2.1", False),
        ("127.1", False),
        ("", False),
        (".", False),
        ("::1%lo", True),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),
        ("::", False),
        ("[::1]", False),
        ("2130706433", False),
    ],
)
def test_this_machine_is_told_from_names_that_look_like_it(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("first.last@gmail.com", "firstlast@gmail.com", True),
        ("f.i.r.s.t.last@gmail.com", "First.Last@GMAIL.com", True),
        ("first.last@googlemail.com", "firstlast@gmail.com", True),
        ("first.last+invoices@gmail.com", "firstlast@gmail.com", True),
        ("a+x@gmail.com", "a+y@googlemail.com", True),
        ("first@gmail.com", "last@gmail.com", False),
        ("+a@gmail.com", "+b@gmail.com", False),
        # A Workspace domain tells dots apart, and so does everybody else.
        ("first.last@example.com", "firstlast@example.com", False),
        ("first+x@example.com", "first@example.com", False),
        ("first.last@mail.gmail.com", "firstlast@mail.gmail.com", False),
        ("first.last@outlook.com", "firstlast@outlook.com", False),
        ("Mailer@Example.com", "mailer@example.COM", True),
        ("a@bücher.example", "A@xn--bcher-kva.example", True),
        ("a@\u200bexample.com", "a@example.com", False),
        ("mailer", "MAILER", True),
        ("mailer", "mailer@gmail.com", False),
    ],
)
def test_one_mailbox_by_several_addresses(one: str, other: str, same: bool) -> None:
    assert same_mailbox(one, other) is same
    assert same_mailbox(other, one) is same


@pytest.mark.parametrize(
    "text",
    [
        "Invoices <mailer@example.com>",
        '"Mailer, Invoices" <mailer@example.com>',
        "<mailer@example.com>",
        "mailto:mailer@example.com",
        "MAILTO:mailer@example.com?subject=x",
        "<mailto:mailer@example.com>",
        "mailer@example.com.",
        "mailer@example.com,",
        "mailer@example.com;",
        "“mailer@example.com”",
        "(mailer@example.com)",
        " mailer@example.com",
    ],
)
def test_an_address_with_more_around_it_is_named(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_address(text)
    assert refused.value.code in ("address_invalid", "domain_invalid")
    assert refused.value.facts == {"alone": "mailer@example.com"}
    assert address_inside(text) == "mailer@example.com"


@pytest.mark.parametrize(
    "text",
    ["a@example.com, b@example.com", "mailto:", "<>", "Invoices", "Invoices <x>", "a@example.com"],
)
def test_no_address_inside(text: str) -> None:
    assert address_inside(text) == ""
