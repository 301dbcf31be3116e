"""Stand-ins: one for one, relations kept, and nothing of the names left."""

from __future__ import annotations

import base64
import ipaddress
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwizard.cases.stand_ins import Kind, StandIns, translate_back
from smtpwizard.diagnosis import diagnose_text
from smtpwizard.model.addresses import Address, ascii_domain, is_address, parse_address
from tests.diagnosis.samples import samples

_LETTERS = string.ascii_lowercase
_label = st.text(_LETTERS, min_size=4, max_size=12).map(lambda text: f"qz{text}")
_word = st.text(_LETTERS + string.digits, min_size=3, max_size=10).map(lambda text: f"qx{text}")
_local = st.lists(_word, min_size=1, max_size=3).map(".".join)
_domain = st.builds(
    lambda labels: ".".join([*labels, "de"]), st.lists(_label, min_size=1, max_size=3)
)
_address = st.builds(lambda local, domain: f"{local}@{domain}", _local, _domain)
_v4 = st.ip_addresses(v=4).map(str)
_v6 = st.ip_addresses(v=6).map(str)


def replace(*texts: str, **known: str) -> list[str]:
    stand_ins = StandIns()
    for kind, text in known.items():
        stand_ins.add(Kind(kind), text)
    return [stand_ins.text(text) for text in texts]


# -- what they look like ---------------------------------------------------------------------------


# ruff: noqa: E501
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<anna@firma.de> and otto@firma.de", "<user-1@domain-1.example> and user-2@domain-1.example"),
        ("220 smtp7.firma.de ESMTP Postfix", "220 host-1.domain-1.example ESMTP Postfix"),
        ("250-smtp7.firma.de\n250 8BITMIME", "250-host-1.domain-1.example\n250 8BITMIME"),
        ("a.b.firma.de b.firma.de", "host-1.host-2.domain-1.example host-2.domain-1.example"),
        ("firma.co.uk shop.firma.co.uk", "domain-1.example host-1.domain-1.example"),
        ("*.firma.de _dmarc.firma.de", "*.domain-1.example _dmarc.domain-1.example"),
        ("firma.de. gone", "domain-1.example. gone"),
        ("box.firma.local", "host-1.domain-1.local"),
        ("host firma.de.Please wait", "host domain-1.example.Please wait"),
        ("81.2.69.142 81.2.69.143 5.9.1.1", "192.0.2.1 192.0.2.2 198.51.100.1"),
        ("10.3.4.5 192.168.7.7 172.20.0.9", "10.0.0.1 192.168.0.1 172.16.0.1"),
        ("169.254.9.9 100.100.3.4 198.18.5.6", "169.254.0.1 100.64.0.1 198.18.0.1"),
        ("127.0.0.1 127.5.5.5 0.0.0.0", "127.0.0.1 127.0.0.2 0.0.0.0"),
        ("224.1.2.3 0.5.5.5 250.1.1.1", "233.252.0.1 0.0.0.1 240.0.0.1"),
        ("2a00:1450:4001:81b::200e 2a00:1450:4001:81b::5", "2001:db8::1 2001:db8::2"),
        ("fe80::1234%eth0 fd12:3456::1 ff05::2 ::1", "fe80::1%1 fd00::1 ff02::1 ::1"),
        ("::ffff:81.2.69.142 64:ff9b::81.2.69.142", "::ffff:192.0.2.1 64:ff9b::192.0.2.1"),
        ("[IPv6:2a00:1450::1] at 10:15:00", "[IPv6:2001:db8::1] at 10:15:00"),
        ("anna@[81.2.69.142] b@[IPv6:2a00::1]", "user-1@[192.0.2.1] user-2@[IPv6:2001:db8::1]"),
        ("Exchange version 15.1.22.3", "Exchange version 15.1.22.3"),
        (
            "request 7f1c9e22-1111-4222-8333-9A0b0c0d0e0f and 7f1c9e221111422283339a0b0c0d0e0f",
            "request 00000000-0000-4000-8000-000000000001 and 00000000000040008000000000000001",
        ),
        ("00000003-0000-0000-c000-000000000000 stays", "00000003-0000-0000-c000-000000000000 stays"),
        ("queued as 4XyzAB12cd", "queued as 0AaaAA00ab"),
        ("AADSTS700016 TLS_AES_256_GCM_SHA384", "AADSTS700016 TLS_AES_256_GCM_SHA384"),
        ("peer ServerDoesNotSupportTls12Or13", "peer ServerDoesNotSupportTls12Or13"),
        (r"login FIRMA\anna failed", r"login WORKGROUP-1\user-1 failed"),
        (r"ERROR\nnext FIRMA\tab", r"ERROR\nnext FIRMA\tab"),
        (r"login FIRMA\nadia failed", r"login WORKGROUP-1\user-1 failed"),
        (r"login firma\nadia failed", r"login workgroup-1\user-1 failed"),
        (r"DOMAIN\kowalska on FIRMA-PC01", r"DOMAIN\user-1 on HOST-1"),
        (r"lost\connection over mail-mx2", r"lost\connection over mail-mx2"),
        ("see https://longhostname.firma.de/", "see https://host-1.domain-1.example/"),
        ("see /a/longhostname.firma.de.", "see /a/host-1.domain-1.example."),
        ("box of Anna Kowalska <anna@firma.de>", "box of Name 1 <user-1@domain-1.example>"),
        ("Sender Address <anna@firma.de> bad", "Sender Address <user-1@domain-1.example> bad"),
        ("Box Kowalska <anna@firma.de>", "Box Kowalska <user-1@domain-1.example>"),
        ("not in the directory 'Firma Nord'.", "not in the directory 'Name 1'."),
        ("no account in tenant 'firma.de'", "no account in tenant 'domain-1.example'"),
        ("the application 'Mail Server'", "the application 'Mail Server'"),
        ("Kowalska Nord GmbH has not paid", "Name 1 GmbH has not paid"),
        ("Google Inc and Microsoft Corp", "Google Inc and Microsoft Corp"),
        (
            "uid=akowal,ou=Vertrieb,ou=users,dc=firma,dc=de: no entry",
            "uid=user-1,ou=Name 1,ou=users,dc=host-1,dc=de: no entry",
        ),
        (r"C:\Users\anna\ca.pem", r"C:\Users\user-1\path-1.pem"),
        ("/home/anna/x/notes in /home/anna", "/home/user-1/path-1 in /home/user-1"),
        ('"Anna Kowalska" <anna@firma.de>', '"Name 1" <user-1@domain-1.example>'),
        ('"Test User" <anna@firma.de>', '"Test User" <user-1@domain-1.example>'),
        ("contoso-de.mail.protection.outlook.com", "host-1.mail.protection.outlook.com"),
        ("AM0PR01.eurprd01.prod.outlook.com", "HOST-1.eurprd01.prod.outlook.com"),
        ("smtp.office365.com and smtp.gmail.com", "smtp.office365.com and smtp.gmail.com"),
        ("anna@gmail.com root@localhost", "user-1@gmail.com user-2@localhost"),
        ("smtplib.SMTPServerDisconnected: x", "smtplib.SMTPServerDisconnected: x"),
        ("System.IO.IOException at Net.Mail x.De", "System.IO.IOException at Net.Mail dOmain-1.example"),
        ("org.freedesktop.secrets x.py a.b.json", "org.freedesktop.secrets x.py a.b.json"),
        ("anna%40firma.de anna=40firma.de", "user-1%40domain-1.example user-1=40domain-1.example"),
        ("münchen.de xn--mnchen-3ya.de", "dömain-1.example xn--dmain-1-90a.example"),
        ("jürgen@firma.de", "üser-1@domain-1.example"),
        ("anna+shop@firma.de anna@firma.de", "user-1+tag-1@domain-1.example user-1@domain-1.example"),
        ('"anna k"@firma.de', '"user 1"@domain-1.example'),
        ("12:34:56:78:9a:bc", "00:00:00:00:0a:ab"),
        ("123456789-abcdef123.apps.googleusercontent.com", "000000000-aaaaaa001.apps.googleusercontent.com"),
    ],
)  # fmt: skip
def test_a_text(text: str, expected: str) -> None:
    assert replace(text) == [expected]


def test_known_names_go_wherever_they_stand() -> None:
    said = replace(
        "Hello Kowalska, ANNA.KOWALSKA or Anna_Kowalska; anna=2Ekowalska",
        "Widgets-Und-Co mail gateway widgetsundco",
        "no such box: srv7berlin on XSRV7BERLINX",
        address="anna.kowalska@widgets-und-co.de",
        name="Anna Kowalska",
        host="srv7berlin",
    )
    assert said == [
        "Hello Name-1b, USER.1 or Name 1; uSer.1",
        "Domain-1 mail gateway domain-1",
        "no such box: host-1 on XHOST-1X",
    ]


def test_a_login_is_greeted_by_name() -> None:
    said = replace("Hello Anna Kowalska, no reply", address="anna.kowalska@firma.de")
    assert said == ["Hello User.1, no reply"]
    assert replace("no reply", address="no-reply@firma.de") == ["no reply"]


def test_names_beyond_ascii_in_every_spelling() -> None:
    (said,) = replace(
        "müller M\u00dcLLER mu\u0308ller m%C3%BCller m=C3=BCller m\\xc3\\xbcller m\\u00fcller "
        "m&#252;ller "
        "m&#xfc;ller mÃ¼ller m?ller",
        user="müller",
    )
    assert "ller" not in said
    assert said.startswith("üser-1 ÜSER-1 ")


def test_words_that_everybody_uses_are_no_names() -> None:
    assert replace(
        "MAIL FROM: sender info 123 relay",
        address="info@mail.de",
        user="sender",
        name="Mail Server",
        identifier="relay",
    ) == ["MAIL FROM: sender info 123 relay"]


def test_a_number_as_a_login_is_found_alone() -> None:
    assert replace("user 1234567 has 71234567 mails", user="1234567") == [
        "user user-1 has 71234567 mails"
    ]


def test_a_login_with_its_domain_is_known() -> None:
    assert replace(r"for firma\Anna and Firma", user=r"firma\anna") == [
        r"for workgroup-1\User-1 and Workgroup-1"
    ]


def test_identifiers_may_be_addresses_and_domains() -> None:
    stand_ins = StandIns()
    assert stand_ins.add(Kind.IDENTIFIER, "firma.onmicrosoft.com") == "host-1.onmicrosoft.com"
    assert stand_ins.add(Kind.IDENTIFIER, "1.abc@firma.de") == "0.aab@domain-1.example"
    assert stand_ins.add(Kind.IDENTIFIER, "0000") == "0002"
    assert stand_ins.add(Kind.IDENTIFIER, "a") == "d"
    assert stand_ins.add(Kind.NAME, " ") == " "
    assert stand_ins.text("") == ""


def test_identifiers_that_run_out_of_their_shape_stay_different() -> None:
    stand_ins = StandIns()
    found = {stand_ins.add(Kind.IDENTIFIER, f"{number}") for number in range(10)}
    assert len(found) == 10


def test_what_is_packed_is_looked_into() -> None:
    inside = base64.b64encode(b"user=anna@firma.de\x01auth").decode()
    (said,) = replace(f"334 {inside}")
    assert base64.b64decode(said[4:]) == b"user=user-1@domain-1.example\x01auth"
    assert replace("334 VXNlcm5hbWU6AAA", "AuthenticationXAnna2") == [
        "334 VXNlcm5hbWU6AAA",
        "AuthenticationXAnna2",
    ]
    ntlm = base64.b64encode(b"NTLMSSP\0\2\0\0\0" + "FIRMA".encode("utf-16-le")).decode()
    (said,) = replace(ntlm)
    assert len(said) == len(ntlm)
    assert base64.b64decode(said) == b"NTLMSSP\0\2\0\0\0" + bytes(len(base64.b64decode(said)) - 12)


def test_names_amid_what_is_not_packed() -> None:
    assert replace("srv77berlin/gateway-of/all", host="srv77berlin") == ["host-1/gateway-of/all"]
    assert replace("gateway-of-7f1c9e22-1111-4222-8333-9a0b0c0d0e0f") == [
        "gateway-of-00000000-0000-4000-8000-000000000001"
    ]


# -- certificates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CN=mx.firma.de, O=Firma GmbH, C=DE", "CN=host-1.domain-1.example, O=Name 1, C=DE"),
        ("CN=R11,O=Let's Encrypt,C=US", "CN=R11,O=Let's Encrypt,C=US"),
        ("CN=srv7,OU=,L=Kiel", "CN=host-1,OU=,L=Name 1"),
        ("O=Fortinet,CN=FG100E", "O=Fortinet,CN=host-1"),
        ("O=Firma Zscaler Root", "O=Zscaler Name 1"),
        ("CN=Firma Root CA", "CN=Name 1"),
        ("Firma GmbH", "Name 1"),
    ],
)
def test_names_in_certificates(text: str, expected: str) -> None:
    assert StandIns().subject(text).lower() == expected.lower()


# -- relations -------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.lists(_address, min_size=2, max_size=6))
def test_equal_stays_equal_and_different_different(addresses: list[str]) -> None:
    said = replace(*addresses)
    assert len(set(said)) == len(set(addresses))
    for one, other in zip(addresses, said, strict=True):
        real, stand_in = parse_address(one), parse_address(other)
        assert ("." in real.local_part) is ("." in stand_in.local_part)
        assert not set(re.findall(r"q[xz]\w+", one)) & set(re.findall(r"q[xz]\w+", other))
    for at, one in enumerate(addresses):
        same = [parse_address(o).domain == parse_address(one).domain for o in addresses]
        shown = [parse_address(o).domain == parse_address(said[at]).domain for o in said]
        assert same == shown


@settings(deadline=None, max_examples=60)
@given(st.lists(_domain, min_size=2, max_size=8), _label)
def test_sub_domains_stay_sub_domains(domains: list[str], label: str) -> None:
    names = [*domains, *(f"{label}.{domain}" for domain in domains)]
    said = replace(*names)
    for one, shown in zip(names, said, strict=True):
        for other, other_shown in zip(names, said, strict=True):
            assert one.endswith("." + other) is shown.endswith("." + other_shown)


@settings(deadline=None, max_examples=60)
@given(_address, st.data())
def test_case_stays(address: str, data: st.DataObject) -> None:
    ups = data.draw(st.sets(st.integers(0, len(address) - 1), max_size=4))
    other = "".join(c.upper() if at in ups else c for at, c in enumerate(address))
    one, two, three = replace(address, other, address.upper())
    assert one.casefold() == two.casefold() == three.casefold()
    assert (one == two) is (address == other)
    assert three.isupper()


def _class_of(text: str) -> tuple[bool, ...]:
    ip = ipaddress.ip_address(text)
    shared = ip.version == 4 and ip in ipaddress.ip_network("100.64.0.0/10")
    bench = ip.version == 4 and ip in ipaddress.ip_network("198.18.0.0/15")
    own = ip.is_private and str(ip).startswith(("10.", "172.", "192.168.", "fc", "fd"))
    return (
        ip.version == 4, ip.is_loopback, ip.is_link_local, ip.is_multicast, own, shared, bench,
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(_v4, _v6), min_size=2, max_size=8, unique=True))
def test_addresses_keep_their_class(addresses: list[str]) -> None:
    stand_ins = StandIns()
    said = [stand_ins.add(Kind.IP, each) for each in addresses]
    assert len(set(said)) == len(said)
    assert [*map(_class_of, said)] == [*map(_class_of, addresses)]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_neighbours_stay_neighbours(third: int, one: int, other: int) -> None:
    first, second = replace(f"9.9.{third}.{one}", f"9.9.{third}.{other}")
    assert first.rpartition(".")[0] == second.rpartition(".")[0]
    assert (first == second) is (one == other)


def test_there_are_always_more_addresses() -> None:
    stand_ins = StandIns()
    said = {stand_ins.add(Kind.IP, f"20.{n // 250}.{n % 250}.7") for n in range(3000)}
    assert len(said) == 3000
    full = {stand_ins.add(Kind.IP, f"10.0.0.{n}") for n in range(256)}
    assert len(full) == 256


def test_what_is_too_long_stays_too_long() -> None:
    local, label = "q" * 70, "z" * 70
    user, host, domain = replace(f"{local}@firma.de", f"{label}.firma.de", f"{label}.de")
    assert len(user.partition("@")[0]) == 70
    assert not is_address(user)
    assert len(host.partition(".")[0]) == len(domain.partition(".")[0]) == 70


@settings(deadline=None, max_examples=60)
@given(st.text("aäöü日本", min_size=1, max_size=8), _domain)
def test_what_needs_smtputf8_stays_so(local: str, domain: str) -> None:
    (said,) = replace(f"x{local}@{domain}")
    assert parse_address(said).needs_smtputf8 is Address(local, domain).needs_smtputf8


def test_an_idn_stays_one() -> None:
    stand_in = StandIns()
    shown, wire = (
        stand_in.add(Kind.HOST, "mäil.müller.de"),
        stand_in.add(Kind.HOST, "xn--mil-qla.xn--mller-kva.de"),
    )
    assert ascii_domain(shown) == wire
    assert not StandIns().add(Kind.HOST, "\u00ad\u00ad.de").isascii()
    assert StandIns().add(Kind.HOST, "xn--\u20ac.de").endswith(".example")


def test_sender_and_login_stay_the_same() -> None:
    stand_ins = StandIns()
    login = stand_ins.add(Kind.ADDRESS, "Anna@firma.de")
    assert stand_ins.text("MAIL FROM:<Anna@firma.de>") == f"MAIL FROM:<{login}>"
    assert stand_ins.text("anna@firma.de") != login


def test_the_same_texts_give_the_same() -> None:
    texts = [sample.text for sample in samples()][:200]
    assert replace(*texts) == replace(*texts)


# -- the table -------------------------------------------------------------------------------------


def test_the_table_leads_back_behind_a_code() -> None:
    table = {"host": {"mx.firma.de": "host-1.domain-1.example"}}
    said = "250-host-1.domain-1.example x-host-1.domain-1.example"
    assert translate_back(table, said) == "250-mx.firma.de x-host-1.domain-1.example"


def test_spellings_count_once() -> None:
    stand_ins = StandIns()
    stand_ins.add(Kind.NAME, "Anna Kowalska")
    stand_ins.text("anna.kowalska@firma.de ANNA.KOWALSKA@FIRMA.DE Kowalska Firma")
    assert stand_ins.counts() == {"address": 1, "user": 1, "domain": 1, "name": 1}


def test_the_table_leads_back() -> None:
    stand_ins = StandIns()
    stand_ins.add(Kind.ADDRESS, "anna@firma.de")
    stand_ins.add(Kind.HOST, "smtp.firma.de")
    stand_ins.add(Kind.IDENTIFIER, "x7")
    said = stand_ins.text("mx.firma.de [81.2.69.142] said anna is unknown")
    table = stand_ins.table()
    assert table["address"] == {"anna@firma.de": "user-1@domain-1.example"}
    assert translate_back(table, said) == "mx.firma.de [81.2.69.142] said anna is unknown"
    answer = "Use HOST-1.domain-1.example as root@domain-1.example, not user-10 or 192.0.2.10 a0"
    assert translate_back(table, answer) == (
        "Use smtp.firma.de as root@firma.de, not user-10 or 192.0.2.10 a0"
    )
    assert translate_back({}, "user-1") == "user-1"
    assert stand_ins.counts()["address"] == 1
    assert {"anna@firma.de", "81.2.69.142"} <= set(stand_ins.names())


# -- what diagnosis lives on -----------------------------------------------------------------------


def test_causes_are_those_of_the_text_itself() -> None:
    for sample in samples():
        other = StandIns().text(sample.text)
        before = diagnose_text(sample.text, sample.context)
        after = diagnose_text(other, sample.context)
        assert [c.slug for c in after.causes] == [c.slug for c in before.causes], sample.text


def test_what_a_registration_calls_itself_is_a_name() -> None:
    it = StandIns()
    said = it.text("expected smtp api://kunde-x/.default, found api://kunde-y/.default")
    assert "kunde" not in said
    assert said.count("api://") == 2
    guid = "api://3fa85f64-5717-4562-b3fc-2c963f66afa6/.default"
    assert it.text(guid).startswith("api://00000000-")
