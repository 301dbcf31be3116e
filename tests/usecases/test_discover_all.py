"""Discovery in a small internet on loopback: what comes first, its trust, and what leaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.connection import CLOSE, HANG
from smtpwizard.discovery import ranking
from smtpwizard.discovery.sources import ISPDB
from smtpwizard.messages.discovery import doubt_text, looked_text, place_text, why_text
from smtpwizard.model.connector import Method
from smtpwizard.model.discovery import (
    Candidate,
    Discovery,
    Flaw,
    FoundBy,
    LookedStatus,
    Place,
    Standing,
)
from smtpwizard.model.network_settings import NetworkSettings
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.discover import discover
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.mail_world import MailWorld, config
from tests.helpers.name_server import BROKEN, SILENT
from tests.helpers.web_server import HANGS, Page

TODAY = date(2026, 11, 30)
LOCAL_PART = "zebra.quokka+tag"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with MailWorld(tmp_path) as made:
        yield made
        # Whatever a test was about: nobody heard of the local part.
        heard = b"".join(data for _, data in made.web.requests).lower()
        heard += repr(made.names.asked).lower().encode()
        for server in made.servers.values():
            heard += server.received.lower()
        for word in (b"zebra", b"quokka"):
            assert word not in heard
        assert b"auth" not in heard.replace(b"authority", b"")


@pytest.fixture
def hasty() -> None:
    """Who is silent is left behind, as for people; elsewhere a slow machine has all its time."""


@pytest.fixture(autouse=True)
def _patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "hasty" not in request.fixturenames:
        for name in (
            "OTHERS_TIMEOUT_S",
            "BESIDE_S",
            "DOUBT_S",
            "SPEAKING_S",
            "SPEAKING_IN_DOUBT_S",
            "SERVER_S",
        ):
            monkeypatch.setattr(ranking, name, 300.0)


Look = Callable[..., Discovery]


@pytest.fixture
def look(world: MailWorld, ws: Workspace) -> Look:
    def find(domain: str, **options: object) -> Discovery:
        return discover(
            ws,
            f"{LOCAL_PART}@{domain}",
            TODAY,
            pointed=world.settings(),
            **options,  # type: ignore[arg-type]
        )

    return find


def first(found: Discovery) -> tuple[str, int, str]:
    return found.candidates[0].key


def status(found: Discovery, source: FoundBy) -> LookedStatus:
    return next(each.status for each in found.looked if each.source is source)


def places(found: Discovery) -> list[Place]:
    return [place for looked in found.looked for place in looked.places]


def by_key(found: Discovery) -> dict[tuple[str, int, str], Candidate]:
    return {each.key: each for each in found.candidates}


# -- each source -----------------------------------------------------------------------------------


def test_what_the_catalogue_knows_is_spoken_to_and_nobody_else_asked(
    world: MailWorld, look: Look
) -> None:
    world.mail_server("mail.gmx.net", 465)
    found = look("gmx.de")
    [candidate] = found.candidates
    assert (candidate.provider, candidate.trusted) == ("gmx", True)
    assert candidate.answer is not None
    assert candidate.answer.security == ("implicit_tls",)
    assert status(found, FoundBy.MX) is LookedStatus.SKIPPED
    assert {kind for _, kind in world.names.asked} <= {"A", "AAAA"}
    assert world.web.requests == []


def test_what_the_user_s_own_catalogue_has_may_be_on_this_machine(
    world: MailWorld, ws: Workspace
) -> None:
    """With its own certificates, and without being pointed anywhere."""
    server = world.mail_server("localhost", 465)
    folder = ws.data_dir / "providers.d"
    folder.mkdir(parents=True)
    (folder / "quay.toml").write_text(
        f'id = "quay"\nname = "Quay"\nhost = "localhost"\nport = {server.port}\n'
        f'security = "implicit_tls"\ndomains = ["quay.example"]\nca_file = \'{world.ca_file}\'\n',
        encoding="utf-8",
    )
    found = discover(
        Workspace.open(ws.data_dir), "zebra@quay.example", TODAY, pointed=NetworkSettings()
    )
    [candidate] = found.candidates
    assert candidate.answer is not None
    assert candidate.answer.security == ("implicit_tls",)


@pytest.mark.parametrize(
    ("exchanger", "provider", "host"),
    [
        ("aspmx.l.google.com", "gmail", "smtp.gmail.com"),
        ("smtp.google.com", "gmail", "smtp.gmail.com"),
        ("quay-example.mail.protection.outlook.com", "exchange", "smtp.office365.com"),
        ("quay-example.r-v1.mx.microsoft", "exchange", "smtp.office365.com"),
        ("in1-smtp.messagingengine.com", "fastmail", "smtp.fastmail.com"),
    ],
)
def test_who_takes_in_the_mail(
    world: MailWorld, look: Look, exchanger: str, provider: str, host: str
) -> None:
    world.zone["quay.example"] = {"MX": [f"10 {exchanger}."]}
    found = look("quay.example")
    candidate = found.candidates[0]
    assert (candidate.provider, candidate.server.host) == (provider, host)
    assert (candidate.source, candidate.trusted) == (FoundBy.MX, False)
    assert candidate.forged_by == "dns"
    assert "forged" in doubt_text(candidate)
    assert status(found, FoundBy.MX) is LookedStatus.FOUND
    assert status(found, FoundBy.SRV) is LookedStatus.NOTHING
    assert candidate.answer is not None
    assert candidate.answer.error == "refused"
    assert "refuses the connection" in why_text(candidate)


@pytest.mark.parametrize(
    ("exchanger", "name"),
    [
        ("eu-smtp-inbound-1.mimecast.com", "Mimecast"),
        ("mxa-001.gslb.pphosted.com", "Proofpoint"),
        ("d1.ess.barracudanetworks.com", "Barracuda"),
        ("mx01.hornetsecurity.com", "Hornetsecurity"),
    ],
)
@pytest.mark.parametrize("sign", ["spf", "nested", "autodiscover", "backup"])
def test_microsoft_behind_a_filter(
    world: MailWorld, look: Look, exchanger: str, name: str, sign: str
) -> None:
    zone = world.zone
    zone["quay.example"] = {"MX": [f"10 {exchanger}."]}
    if sign == "spf":
        zone["quay.example"]["TXT"] = ['"v=spf1 include:spf.protection.outlook.com -all"']
    elif sign == "nested":
        zone["quay.example"]["TXT"] = ['"v=spf1 include:_s.quay.example -all"']
        zone["_s.quay.example"] = {"TXT": ['"v=spf1 include:spf.protection.outlook.com ~all"']}
    elif sign == "autodiscover":
        zone["autodiscover.quay.example"] = {"CNAME": ["autodiscover.outlook.com."]}
    else:
        zone["quay.example"]["MX"].append("20 quay-example.mail.protection.outlook.com.")
    found = look("quay.example")
    candidate = found.candidates[0]
    assert (candidate.provider, candidate.why) == ("exchange", "behind_filter")
    assert not candidate.trusted
    assert why_text(candidate).startswith(f"{name} takes in the mail of quay.example;")
    assert [remark.code for remark in found.remarks] == ["filter"]


def test_a_filter_with_nothing_behind_it_is_said(world: MailWorld, look: Look) -> None:
    world.zone["quay.example"] = {"MX": ["10 eu-smtp-inbound-1.mimecast.com."]}
    found = look("quay.example")
    assert found.candidates == ()
    assert [remark.facts["filter"] for remark in found.remarks] == ["Mimecast"]


def test_implicit_tls_comes_before_starttls(world: MailWorld, look: Look) -> None:
    world.zone["_submission._tcp.quay.example"] = {"SRV": ["0 1 587 mail.quay.example."]}
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["9 1 465 mail.quay.example."]}
    world.mail_server("mail.quay.example", 465, mechanisms=("PLAIN", "XOAUTH2"))
    world.mail_server("mail.quay.example", 587)
    found = look("quay.example")
    assert [each.key[:2] for each in found.candidates[:2]] == [
        ("mail.quay.example", 465),
        ("mail.quay.example", 587),
    ]
    best = found.candidates[0]
    assert (best.source, best.trusted, best.provider) == (FoundBy.SRV, True, "custom")
    assert best.methods == (Method.BASIC, Method.OAUTH)
    assert best.username == f"{LOCAL_PART}@quay.example"
    assert doubt_text(best) == ""
    # The same server was tried by its usual name as well: told once.
    assert FoundBy.PROBE in best.also


def test_many_services_come_by_priority_and_weight(world: MailWorld, look: Look) -> None:
    records = [f"{n % 6 + 1} {n} 465 s{n}.quay.example." for n in range(60)]
    world.zone["_submissions._tcp.quay.example"] = {"SRV": records}
    world.mail_server("s54.quay.example", 465)
    found = look("quay.example")
    hosts = [each.server.host for each in found.candidates]
    assert hosts[:3] == ["s54.quay.example", "s48.quay.example", "s42.quay.example"]
    assert len(hosts) == 10


def test_a_service_that_is_denied_is_not_guessed(world: MailWorld, look: Look) -> None:
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 0 0 ."]}
    world.zone["_submission._tcp.quay.example"] = {"SRV": ["0 1 587 mail.quay.example."]}
    found = look("quay.example")
    assert first(found) == ("mail.quay.example", 587, "starttls")
    assert [remark.code for remark in found.remarks] == ["service_denied"]


def test_what_the_domain_denies_is_not_tried_into_being(world: MailWorld, look: Look) -> None:
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 0 0 ."]}
    world.mail_server("mail.quay.example", 465)
    world.mail_server("smtp.quay.example", 587)
    found = look("quay.example")
    assert [each.key for each in found.candidates] == [("smtp.quay.example", 587, "starttls")]
    world.zone["_submission._tcp.quay.example"] = {"SRV": ["0 0 0 ."]}
    assert look("quay.example").candidates == ()


def test_the_order_is_that_of_the_places_and_not_of_who_is_quicker(
    world: MailWorld, look: Look
) -> None:
    world.page(AUTOCONFIG, Page(config(("a.quay.example", 465, "SSL")), after=WELL_KNOWN))
    world.page(WELL_KNOWN, config(("b.quay.example", 465, "SSL")))
    found = look("quay.example")
    assert [each.server.host for each in found.candidates] == ["a.quay.example", "b.quay.example"]


@pytest.mark.parametrize(
    "target", ["mail.hoster.example", "quay.example.evil.example", "notquay.example"]
)
def test_a_service_in_another_domain_is_not_trusted(
    world: MailWorld, look: Look, target: str
) -> None:
    world.zone["_submissions._tcp.quay.example"] = {"SRV": [f"0 1 465 {target}."]}
    candidate = look("quay.example").candidates[0]
    assert candidate.server.host == target
    assert not candidate.trusted
    assert "another domain" in why_text(candidate)
    assert target in doubt_text(candidate)


AUTOCONFIG = "https://autoconfig.quay.example/mail/config-v1.1.xml"
WELL_KNOWN = "https://quay.example/.well-known/autoconfig/mail/config-v1.1.xml"
IN_CLEAR = "http://autoconfig.quay.example/mail/config-v1.1.xml"
GOOD = config(("out.quay.example", 587, "STARTTLS"), ("out.quay.example", 465, "SSL"))


@pytest.mark.parametrize("url", [AUTOCONFIG, WELL_KNOWN])
@pytest.mark.parametrize("kind", ["text/xml", "text/html", "application/octet-stream", ""])
def test_a_page_of_the_domain_is_trusted_whatever_it_calls_itself(
    world: MailWorld, look: Look, url: str, kind: str
) -> None:
    world.page(url, Page(GOOD, kind=kind))
    found = look("quay.example")
    assert first(found) == ("out.quay.example", 587, "starttls")
    assert found.candidates[1].key == ("out.quay.example", 465, "implicit_tls")
    best = found.candidates[0]
    assert (best.source, best.trusted) == (FoundBy.AUTOCONFIG, True)
    assert best.methods == (Method.BASIC,)
    asked = b"".join(data for _, data in world.web.requests)
    assert b"emailaddress=someone@quay.example" in asked


def test_a_page_without_encryption_is_not_trusted(world: MailWorld, look: Look) -> None:
    world.page(IN_CLEAR, GOOD)
    candidate = look("quay.example").candidates[0]
    assert candidate.key == ("out.quay.example", 587, "starttls")
    assert (candidate.why, candidate.trusted) == ("autoconfig_in_clear", False)
    assert candidate.forged_by == "http"
    assert "without encryption" in doubt_text(candidate)


def test_encrypted_comes_before_in_the_clear(world: MailWorld, look: Look) -> None:
    world.page(IN_CLEAR, config(("evil.example", 465, "SSL")))
    world.page(AUTOCONFIG, GOOD)
    found = look("quay.example")
    assert first(found) == ("out.quay.example", 587, "starttls")
    assert not by_key(found)["evil.example", 465, "implicit_tls"].trusted


@pytest.mark.parametrize("base", ISPDB)
def test_the_list_of_providers(world: MailWorld, look: Look, base: str) -> None:
    world.page(f"{base}quay.example", config(("out.hoster.example", 465, "SSL")))
    candidate = look("quay.example").candidates[0]
    assert (candidate.source, candidate.trusted) == (FoundBy.ISPDB, True)
    assert candidate.key == ("out.hoster.example", 465, "implicit_tls")


def test_the_hoster_is_asked_by_the_mail_exchanger(world: MailWorld, look: Look) -> None:
    world.zone["quay.example"] = {"MX": ["10 mx1.mail.hoster.example."]}
    world.page(f"{ISPDB[0]}hoster.example", config(("out.hoster.example", 465, "SSL")))
    candidate = look("quay.example").candidates[0]
    assert (candidate.why, candidate.trusted) == ("ispdb_of_hoster", False)
    world.page(
        "https://autoconfig.mail.hoster.example/mail/config-v1.1.xml",
        config(("submit.hoster.example", 465, "SSL")),
    )
    candidate = look("quay.example").candidates[0]
    assert (candidate.why, candidate.trusted) == ("autoconfig_of_hoster", False)


def test_usual_names_are_tried_and_nothing_else_known(world: MailWorld, look: Look) -> None:
    world.mail_server("mail.quay.example", 587)
    world.mail_server("mail.quay.example", 25)
    found = look("quay.example")
    assert [each.key for each in found.candidates] == [("mail.quay.example", 587, "starttls")]
    [candidate] = found.candidates
    assert (candidate.source, candidate.trusted) == (FoundBy.PROBE, False)
    assert world.servers["mail.quay.example", 25].connections == []


def test_port_25_is_tried_last(world: MailWorld, look: Look) -> None:
    world.mail_server("mail.quay.example", 25)
    [candidate] = look("quay.example").candidates
    assert candidate.key == ("mail.quay.example", 25, "starttls")


def test_nothing_at_all(world: MailWorld, look: Look) -> None:
    found = look("quay.example")
    assert found.candidates == ()
    assert [each.status for each in found.looked] == [LookedStatus.NOTHING] * 6
    assert [each.source for each in found.looked] == list(FoundBy)


# -- plain text ------------------------------------------------------------------------------------


def test_plain_text_is_not_offered_where_tls_answers(world: MailWorld, look: Look) -> None:
    world.page(
        AUTOCONFIG, config(("out.quay.example", 25, "plain"), ("out.quay.example", 465, "SSL"))
    )
    world.mail_server("out.quay.example", 25, plain=True)
    world.mail_server("out.quay.example", 465)
    found = look("quay.example")
    assert [each.key for each in found.candidates] == [("out.quay.example", 465, "implicit_tls")]


def test_plain_text_that_can_be_encrypted_is_offered_so(world: MailWorld, look: Look) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 587, "plain")))
    world.mail_server("out.quay.example", 587)
    [candidate] = look("quay.example").candidates
    assert candidate.key == ("out.quay.example", 587, "starttls")
    assert "Its source says None; the server itself offers STARTTLS." in why_text(candidate)


def test_plain_text_alone_is_said(world: MailWorld, look: Look) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 25, "plain")))
    world.mail_server("out.quay.example", 25, plain=True)
    [candidate] = look("quay.example").candidates
    assert candidate.key == ("out.quay.example", 25, "none")
    assert candidate.trusted
    assert "anybody on the way can read the password" in doubt_text(candidate)


def test_encryption_that_was_stripped_is_never_given_up(world: MailWorld, look: Look) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 587, "STARTTLS")))
    world.mail_server("out.quay.example", 587, plain=True)
    [candidate] = look("quay.example").candidates
    assert candidate.key == ("out.quay.example", 587, "starttls")
    assert "does not offer STARTTLS" in why_text(candidate)


def test_a_certificate_for_another_name_is_no_answer(world: MailWorld, look: Look) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL")))
    world.mail_server("out.quay.example", 465, certificate="other.example")
    world.mail_server("mail.quay.example", 465, certificate="other.example")
    [candidate] = look("quay.example").candidates
    assert candidate.key == ("out.quay.example", 465, "implicit_tls")
    assert "certificate is for another name" in why_text(candidate)


# -- hostile and broken pages ----------------------------------------------------------------------

HTML = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><br></body></html>"
XXE = config(
    ("&leak;", 465, "SSL"),
    head='<!DOCTYPE c [<!ENTITY leak SYSTEM "file:///etc/hostname">]>',
)
LAUGHS = config(
    ("&c;", 465, "SSL"),
    head='<!DOCTYPE c [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>',
)


@pytest.mark.parametrize(
    ("page", "expected", "error"),
    [
        (Page(HTML, kind="text/xml"), "nothing", None),
        (Page(b"{}", kind="text/xml"), "nothing", None),
        (Page(b"", kind="text/xml"), "nothing", None),
        (Page(GOOD, 500), "nothing", None),
        (Page(XXE), "failed", "xml_refused"),
        (Page(LAUGHS), "failed", "xml_refused"),
        (Page(b"<a>" * 100_000), "failed", "web_too_large"),
        (Page(b"<a>" * 2_000), "failed", "xml_refused"),
        (Page(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000), "failed", "web_too_large"),
        (Page(raw=b"220 mail.quay.example ESMTP\r\n"), "failed", "web_not_http"),
        (Page(raw=b""), "failed", "web_not_http"),
        (Page(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<c>"), "failed", "web_closed"),
        (Page(GOOD, headers={"Content-Encoding": "gzip"}), "failed", "web_encoded"),
        (Page(status=301, headers={"Location": AUTOCONFIG}), "failed", "web_redirect"),
        (Page(status=302, headers={"Location": IN_CLEAR}), "failed", "web_redirect"),
        (Page(status=302, headers={"Location": "file:///etc/passwd"}), "failed", "web_redirect"),
        (Page(status=302, headers={"Location": "https://192.0.2.1/"}), "failed", "web_redirect"),
        (Page(status=302, headers={"Location": "https://a:b@c.test/"}), "failed", "web_redirect"),
        (Page(status=302, headers={"Location": "https://c.test:444/"}), "failed", "web_redirect"),
        (Page(status=302, headers={"Location": "https://["}), "failed", "web_redirect"),
    ],
)  # fmt: skip
def test_pages_that_are_none(
    world: MailWorld, look: Look, page: Page, expected: str, error: str | None
) -> None:
    world.page(AUTOCONFIG, page)
    world.page(IN_CLEAR, Page(status=404))
    found = look("quay.example")
    assert found.candidates == ()
    places = next(e.places for e in found.looked if e.source is FoundBy.AUTOCONFIG)
    place = next(each for each in places if each.name == AUTOCONFIG)
    assert (place.status.value, place.error) == (expected, error)
    assert place_text(place).startswith(AUTOCONFIG)


def test_redirects_that_go_round_over_many_hosts_end(world: MailWorld, look: Look) -> None:
    for number in range(20):
        there = f"https://r{number + 1}.example/x"
        world.page(f"https://r{number}.example/x", Page(status=301, headers={"Location": there}))
    world.page(AUTOCONFIG, Page(status=301, headers={"Location": "https://r0.example/x"}))
    found = look("quay.example")
    assert found.candidates == ()
    assert len([d for _, d in world.web.requests if b"Host: r" in d]) == 5


def test_a_redirect_to_a_hoster_s_page_is_the_domain_s_own_word(
    world: MailWorld, look: Look
) -> None:
    world.page(
        AUTOCONFIG, Page(status=301, headers={"Location": "https://conf.hoster.example/a?b=c d"})
    )
    world.page("https://conf.hoster.example/a", config(("out.hoster.example", 465, "SSL")))
    candidate = look("quay.example").candidates[0]
    assert candidate.key == ("out.hoster.example", 465, "implicit_tls")
    assert candidate.trusted


def test_a_web_server_with_another_s_certificate_says_nothing(world: MailWorld, look: Look) -> None:
    world.page(AUTOCONFIG, GOOD)
    world.web.wrong.add("autoconfig.quay.example")
    found = look("quay.example")
    assert found.candidates == ()
    [looked] = [each for each in found.looked if each.source is FoundBy.AUTOCONFIG]
    assert looked.status is LookedStatus.FAILED
    assert "web_tls" in [place.error for place in looked.places]
    assert looked_text(looked).startswith("Pages of the domain (autoconfig): failed")


def test_what_a_page_says_about_hosts_and_users(world: MailWorld, look: Look) -> None:
    world.page(
        AUTOCONFIG,
        config(
            ("%EMAILLOCALPART%.evil.example", 465, "SSL"),
            ("%EMAILADDRESS%", 465, "SSL"),
            ("127.0.0.1", 465, "SSL"),
            ("localhost", 465, "SSL"),
            ("192.0.2.1", 465, "SSL"),
            ("out.quay.example", 0, "SSL"),
            ("out.quay.example", 465, "magic"),
            ("smtp.%EMAILDOMAIN%", 465, "TLS"),
            user="%EMAILLOCALPART%",
        ),
    )
    [candidate] = look("quay.example").candidates
    assert candidate.key == ("smtp.quay.example", 465, "implicit_tls")
    assert candidate.username == LOCAL_PART


def test_a_hoster_that_fills_in_the_address_by_itself(world: MailWorld, look: Look) -> None:
    """automx2 answers with the address that it was asked for."""
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL"), user="someone@quay.example"))
    assert look("quay.example").candidates[0].username == f"{LOCAL_PART}@quay.example"


# -- odd domains -----------------------------------------------------------------------------------


def test_a_domain_beyond_ascii(world: MailWorld, look: Look) -> None:
    world.zone["_submissions._tcp.xn--bcher-kva.example"] = {
        "SRV": ["0 1 465 mail.xn--bcher-kva.example."]
    }
    world.page("https://autoconfig.xn--bcher-kva.example/mail/config-v1.1.xml", Page(status=404))
    found = look("bücher.example")
    assert first(found) == ("mail.xn--bcher-kva.example", 465, "implicit_tls")
    assert found.candidates[0].trusted
    assert found.candidates[0].username == f"{LOCAL_PART}@bücher.example"


def test_a_domain_that_takes_no_mail_may_send(world: MailWorld, look: Look) -> None:
    world.zone["quay.example"] = {"MX": ["0 ."]}
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 1 465 mail.quay.example."]}
    found = look("quay.example")
    assert first(found) == ("mail.quay.example", 465, "implicit_tls")
    assert [remark.code for remark in found.remarks] == ["null_mx"]
    assert status(found, FoundBy.MX) is LookedStatus.NOTHING


def test_names_that_lead_everywhere_prove_nothing(world: MailWorld, look: Look) -> None:
    world.zone["*.quay.example"] = {"A": ["192.0.2.80"]}
    assert look("quay.example").candidates == ()


def test_a_broken_name_server_is_told_from_nothing(world: MailWorld, look: Look) -> None:
    world.zone["quay.example"] = {BROKEN: []}
    found = look("quay.example")
    assert status(found, FoundBy.MX) is LookedStatus.FAILED
    assert status(found, FoundBy.SRV) is LookedStatus.NOTHING
    assert "no name server could say" in "".join(map(place_text, places(found)))


def test_a_page_that_no_name_server_can_place_is_not_nothing(
    world: MailWorld, ws: Workspace
) -> None:
    world.zone["quay.example"] = {BROKEN: []}
    pointed = world.settings()._replace(connect_to=())
    found = discover(ws, f"{LOCAL_PART}@quay.example", TODAY, pointed=pointed)
    assert status(found, FoundBy.AUTOCONFIG) is LookedStatus.FAILED
    assert status(found, FoundBy.ISPDB) is LookedStatus.NOTHING


def test_hosts_of_this_machine_are_not_spoken_to(
    world: MailWorld, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name of a stranger's that leads here, with a name server that is not our own."""
    monkeypatch.setattr("smtpwizard.model.network_settings.NameServer.is_own", False)
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 1 465 mail.quay.example."]}
    world.zone["mail.quay.example"] = {"A": ["127.0.0.1"]}
    world.zone["autoconfig.quay.example"] = {"A": ["127.0.0.1"]}
    pointed = world.settings()._replace(connect_to=())
    found = discover(ws, f"{LOCAL_PART}@quay.example", TODAY, pointed=pointed)
    [candidate] = found.candidates
    assert candidate.answer is not None
    assert candidate.answer.error == "address_not_public"
    assert "leads to this computer" in why_text(candidate)


# -- time ------------------------------------------------------------------------------------------


def test_black_holes_swallow_no_answer(world: MailWorld, look: Look, hasty: None) -> None:
    """The useful one is told, and the others are left behind, by their number."""
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 1 465 mail.quay.example."]}
    world.mail_server("mail.quay.example", 465)
    for name in ("autoconfig.quay.example", "quay.example", "v1.ispdb.net"):
        world.zone[name] = {"A": ["192.0.2.1"]}
        world.lead(name, None, world.hole)
    world.zone["smtp.quay.example"] = {SILENT: []}
    world.zone["autoconfig.thunderbird.net"] = {SILENT: []}
    found = look("quay.example", timeout_s=300)
    assert first(found) == ("mail.quay.example", 465, "implicit_tls")
    assert status(found, FoundBy.AUTOCONFIG) is LookedStatus.LATE
    assert status(found, FoundBy.ISPDB) is LookedStatus.LATE
    assert status(found, FoundBy.SRV) is LookedStatus.FOUND


def test_a_page_that_never_ends_is_left(world: MailWorld, look: Look) -> None:
    world.page(AUTOCONFIG, Page(raw=b"HTTP/1.1 200 OK\r\n\r\n<clientConfig>", drips=True))
    world.page(WELL_KNOWN, HANGS)
    found = look("quay.example", timeout_s=1.0)
    assert found.candidates == ()
    assert status(found, FoundBy.AUTOCONFIG) is LookedStatus.LATE


def test_a_server_that_does_not_answer_keeps_its_rank(
    world: MailWorld, look: Look, hasty: None
) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL"), ("b.quay.example", 465, "SSL")))
    world.mail_server("out.quay.example", 465, {"greeting": HANG})
    world.mail_server("b.quay.example", 465)
    found = look("quay.example", timeout_s=300)
    assert [each.server.host for each in found.candidates] == ["out.quay.example", "b.quay.example"]
    assert found.candidates[1].answer is not None
    assert found.candidates[1].answer.security == ("implicit_tls",)
    assert "It did not answer in time." in why_text(found.candidates[0])


def test_a_name_that_does_not_exist_is_last_and_not_trusted(
    world: MailWorld, ws: Workspace
) -> None:
    world.page(AUTOCONFIG, config(("gone.quay.example", 465, "SSL")))
    world.page("https://v1.ispdb.net/quay.example", config(("plain.quay.example", 25, "plain")))
    world.mail_server("plain.quay.example", 25, plain=True)
    # All but what leads connections to names that are not there.
    pointed = world.settings()._replace(connect_to=world.settings().connect_to[:-1])
    found = discover(ws, f"{LOCAL_PART}@quay.example", TODAY, pointed=pointed)
    assert [(each.server.host, each.standing) for each in found.candidates] == [
        ("plain.quay.example", Standing.CHECK_FIRST),
        ("gone.quay.example", Standing.NO_SUCH_SERVER),
    ]
    assert found.candidates[1].trusted, "its source is, which says nothing of the server"
    assert "There is no server of that name." in why_text(found.candidates[1])


@pytest.mark.parametrize(
    ("options", "flaw", "words"),
    [
        ({"starttls": False, "plain": True}, Flaw.NO_ENCRYPTION, "does not offer STARTTLS"),
        ({"certificate": "other.example"}, Flaw.CERTIFICATE, "for another name"),
        ({"mechanisms": ()}, Flaw.NO_SIGN_IN, "offers no way to sign in"),
        ({"behaviours": {"greeting": b"SSH-2.0-x\r\n"}}, Flaw.NOT_A_MAIL_SERVER, "no mail server"),
    ],
)
def test_a_server_that_does_not_do_comes_after_one_that_may(
    world: MailWorld, look: Look, options: dict[str, Any], flaw: Flaw, words: str
) -> None:
    world.page(
        AUTOCONFIG, config(("out.quay.example", 587, "STARTTLS"), ("b.quay.example", 465, "SSL"))
    )
    world.mail_server("out.quay.example", 587, **options)
    world.mail_server("b.quay.example", 465)
    good, bad = look("quay.example").candidates
    assert (good.server.host, good.standing) == ("b.quay.example", Standing.TRUSTED)
    assert (bad.flaw, bad.standing) == (flaw, Standing.CHECK_FIRST)
    assert words in why_text(bad)
    assert "Sign in" not in why_text(bad)
    assert "do not work from here as they are" in doubt_text(bad)


def test_a_server_that_cannot_be_heard_from_here_keeps_its_place(
    world: MailWorld, look: Look
) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL"), ("b.quay.example", 465, "SSL")))
    world.zone["out.quay.example"] = {"A": ["192.0.2.26"]}
    world.mail_server("b.quay.example", 465)
    silent, heard = look("quay.example").candidates
    assert (silent.server.host, silent.standing) == ("out.quay.example", Standing.NO_ANSWER)
    assert heard.standing is Standing.TRUSTED
    assert "It refuses the connection from here." in why_text(silent)


def test_a_server_that_hangs_up_says_so(world: MailWorld, look: Look) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL")))
    world.mail_server("out.quay.example", 465, {"greeting": CLOSE})
    [candidate] = look("quay.example").candidates
    assert "It does not answer from here." in why_text(candidate)


def test_answers_come_as_they_are_found(world: MailWorld, look: Look) -> None:
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 1 465 mail.quay.example."]}
    world.mail_server("mail.quay.example", 465)
    told: list[Discovery] = []
    found = look("quay.example", told=told.append)
    assert told[0].candidates == ()
    assert any(not each.complete and each.candidates for each in told)
    assert found.complete


def test_stopping_gives_what_is_known(world: MailWorld, look: Look) -> None:
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 1 465 mail.quay.example."]}
    world.page(WELL_KNOWN, HANGS)
    token = CancelToken()

    def told(found: Discovery) -> None:
        if found.candidates:
            token.cancel()

    found = look("quay.example", token=token, told=told, timeout_s=300)
    assert first(found) == ("mail.quay.example", 465, "implicit_tls")
    before = CancelToken()
    before.cancel()
    assert look("quay.example", token=before).candidates == ()


def test_offline_the_catalogue_answers_alone(world: MailWorld, ws: Workspace) -> None:
    offline = NetworkSettings(offline=True)
    found = discover(ws, f"{LOCAL_PART}@gmail.com", TODAY, pointed=offline)
    assert [each.code for each in found.remarks] == ["offline"]
    assert found.candidates[0].provider == "gmail"
    assert [each.status.value for each in found.looked] == ["found", *["skipped"] * 5]
    assert world.names.asked == []


def test_an_address_at_a_bare_ip_address_has_no_domain(ws: Workspace, world: MailWorld) -> None:
    found = discover(ws, "root@[192.0.2.1]", TODAY, pointed=world.settings())
    assert found.candidates == ()
    assert world.names.asked == []


def test_nothing_is_left_behind(world: MailWorld, look: Look) -> None:
    look("quay.example")
    left = [t for t in threading.enumerate() if t.name == "discover"]
    for thread in left:
        thread.join(300)
