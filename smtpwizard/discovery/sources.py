"""Where settings for an address are looked for, apart from the catalogue: what each place says.

The local part of the address goes to none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from smtpwizard.discovery.autoconfig import (
    STAND_IN,
    NotAutoconfig,
    RefusedXml,
    read_autoconfig,
)
from smtpwizard.discovery.known import entry_candidate, methods_of
from smtpwizard.discovery.ranking import Rank
from smtpwizard.discovery.signs import KnownSigns, includes_of
from smtpwizard.model.addresses import Address, AddressError, parse_host
from smtpwizard.model.connector import CUSTOM, Method, Security, ServerDefaults
from smtpwizard.model.discovery import Candidate, FoundBy, Remark, ServerAnswer
from smtpwizard.model.errors import NetworkError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import MailExchanger, Names
from smtpwizard.net.web import get_page
from smtpwizard.providers import Catalogue, ProviderEntry, site_of

Heard = Callable[[], object]
Ask = Callable[[str, int], ServerAnswer]

_MAX_SERVICES = 10
_MAX_INCLUDES = 5
# One says so by a certificate, the other is asked for it: never 25 before.
PROBED_PORTS = (465, 587)
_PROBED_NAMES = ("smtp", "mail")
ISPDB = ("https://v1.ispdb.net/", "https://autoconfig.thunderbird.net/v1.1/")


class Told(NamedTuple):
    """What a place said, and where else to look because of it."""

    candidates: tuple[Candidate, ...] = ()
    remarks: tuple[Remark, ...] = ()
    further: tuple[Look, ...] = ()


class Look(NamedTuple):
    """A place to ask: `rank` is the best that it could answer with, `work` asks it.

    `work` is handed a function to call at the first sign of life. Raises `NetworkError`,
    `Cancelled`, `DeadlineExceeded`.
    """

    source: FoundBy
    place: str
    rank: int
    work: Callable[[Heard], Told]


class Question(NamedTuple):
    """What is asked, and by what means.

    `domain` is that of the address, as A-labels in lower case; `ask` speaks to a server's port.
    """

    address: Address
    domain: str
    today: date
    catalogue: Catalogue
    signs: KnownSigns
    names: Names
    ask: Ask
    token: CancelToken
    deadline: Deadline


class _Says(NamedTuple):
    """Who names a server, and how much that is worth."""

    source: FoundBy
    rank: int
    why: str
    trusted: bool
    place: str


class Sources:
    """The places to ask for one address; safe to use from many threads."""

    def __init__(self, question: Question) -> None:
        self._q = question
        self._domain = question.domain
        self._names = question.names
        self._limits: dict[str, Any] = {"token": question.token, "deadline": question.deadline}

    def first_looks(self) -> tuple[Look, ...]:
        """All that can be asked at once."""
        domain = self._domain
        return (
            Look(FoundBy.MX, f"MX {domain}", Rank.MX, self._exchangers),
            self._srv("_submissions", Rank.SUBMISSIONS, Security.IMPLICIT_TLS),
            self._srv("_submission", Rank.SUBMISSION, Security.STARTTLS),
            *self._autoconfig(domain, Rank.AUTOCONFIG, "autoconfig"),
            self._page(
                f"http://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={STAND_IN}@{domain}",
                FoundBy.AUTOCONFIG,
                Rank.AUTOCONFIG_IN_CLEAR,
                "autoconfig_in_clear",
            ),
            *self._ispdb(domain, Rank.ISPDB, "ispdb"),
            *(self._probe(f"{name}.{domain}") for name in _PROBED_NAMES),
        )

    # -- candidates --------------------------------------------------------------------------------

    def _of_entry(self, entry: ProviderEntry, rank: int, why: str) -> Candidate:
        found = entry_candidate(entry, str(self._q.address), self._domain, self._q.today, why)
        return found._replace(rank=rank)

    def _candidate(
        self,
        server: ServerDefaults,
        says: _Says,
        username: str | None = None,
        methods: tuple[Method, ...] = (),
    ) -> Candidate:
        """A server that a place named; what the catalogue knows of it comes with it."""
        known = next((each for each in self._q.catalogue if each.host == server.host), None)
        facts: dict[str, Any] = {
            "domain": self._q.address.domain,
            "host": server.host,
            "place": says.place,
        }
        if known is not None:
            methods = methods_of(known, self._q.today)
            server = server._replace(family=known.family, ca_file=known.ca_file)
            facts |= {"provider": known.name, "app_password": known.app_password}
        elif site_of(server.host) != site_of(self._domain):
            facts["elsewhere"] = site_of(server.host)
        return Candidate(
            server,
            username or str(self._q.address),
            methods,
            known.id if known is not None else CUSTOM,
            says.source,
            says.trusted,
            says.why,
            facts,
            says.rank,
            says.place,
        )

    # -- the mail exchangers -----------------------------------------------------------------------

    def _exchangers(self, _: Heard) -> Told:
        found = self._names.mx(self._domain, **self._limits)
        hosts = [each.host for each in found if each.host]
        if found and not hosts:
            return Told(remarks=(Remark("null_mx", {"domain": self._q.address.domain}),))
        known, behind = self._q.signs.provider_by_mx(hosts), self._q.signs.filter_by_mx(hosts)
        entry = self._q.catalogue.get(known[0]) if known is not None else None
        if entry is not None and behind is None:
            candidate = self._of_entry(entry, Rank.MX, "mx")
            return Told((candidate,))
        remark = Remark("filter", {"domain": self._q.address.domain, "filter": behind})
        remarks = (remark,) if behind is not None else ()
        if entry is not None:
            return Told((self._hinted(entry, behind),), remarks)
        further = () if behind is not None else tuple(self._at_hoster(found))
        return Told(tuple(self._hints(behind)) if hosts else (), remarks, further)

    def _hints(self, behind: str | None) -> Iterator[Candidate]:
        """Who else seems to have the mailboxes: where Outlook is led to, and who may send."""
        name = f"autodiscover.{self._domain}"
        alias = self._quietly(partial(self._names.cname, name, **self._limits))
        led_to = self._q.signs.provider_by_autodiscover(alias)
        senders = self._q.signs.providers_by_spf(self._included())
        for key in dict.fromkeys((*([led_to] if led_to else ()), *senders)):
            entry = self._q.catalogue.get(key)
            if entry is not None:
                yield self._hinted(entry, behind)

    def _hinted(self, entry: ProviderEntry, behind: str | None) -> Candidate:
        rank = Rank.HINT if behind is None else Rank.BEHIND_FILTER
        why = "hint" if behind is None else "behind_filter"
        found = self._of_entry(entry, rank, why)
        return found._replace(facts={**found.facts, "filter": behind})

    def _included(self) -> set[str]:
        """What the domain's SPF record includes, and what those of its own names do."""
        seen: set[str] = set()
        left = [self._domain]
        while left and len(seen) < _MAX_INCLUDES * 4:
            name = left.pop(0)
            texts = self._quietly(partial(self._names.txt, name, **self._limits)) or ()
            for record in texts:
                if not record.lower().startswith("v=spf1"):
                    continue
                included = includes_of(record)
                own = [n for n in included if n not in seen and n.endswith(f".{self._domain}")]
                left += own[:_MAX_INCLUDES]
                seen.update(included)
        return seen

    def _quietly(self, ask: Callable[[], Any]) -> Any:
        """An answer that is a hint at most: without it one does as well."""
        try:
            return ask()
        except NetworkError:
            return None

    def _at_hoster(self, exchangers: Sequence[MailExchanger]) -> Iterator[Look]:
        """The places of whoever takes the mail in: below its name, and below its domain."""
        if not exchangers:
            return
        host = exchangers[0].host
        own = site_of(self._domain)
        for domain in dict.fromkeys((host.partition(".")[2], site_of(host))):
            if "." not in domain or site_of(domain) == own:
                continue
            yield from self._autoconfig(domain, Rank.HOSTER_AUTOCONFIG, "autoconfig_of_hoster")
            yield from self._ispdb(domain, Rank.HOSTER_ISPDB, "ispdb_of_hoster")
        if host not in [f"{name}.{self._domain}" for name in _PROBED_NAMES]:
            yield self._probe(host)

    # -- services ----------------------------------------------------------------------------------

    def _srv(self, service: str, rank: int, security: Security) -> Look:
        name = f"{service}._tcp.{self._domain}"

        def work(_: Heard) -> Told:
            found = self._names.srv(name, **self._limits)
            if found and not any(each.target for each in found):
                facts = {"name": name, "security": security.value}
                return Told(remarks=(Remark("service_denied", facts),))
            candidates = []
            for each in found:
                host = _usable_host(each.target)
                if not host or not each.port:
                    continue
                inside = host == self._domain or host.endswith(f".{self._domain}")
                why = "srv" if inside else "srv_elsewhere"
                says = _Says(FoundBy.SRV, rank, why, inside, name)
                server = ServerDefaults(host, each.port, security)
                candidates.append(self._candidate(server, says))
            return Told(tuple(candidates[:_MAX_SERVICES]))

        return Look(FoundBy.SRV, f"SRV {name}", rank, work)

    # -- files -------------------------------------------------------------------------------------

    def _autoconfig(self, domain: str, rank: int, why: str) -> Iterator[Look]:
        stand_in = f"{STAND_IN}@{self._domain}"
        for url in (
            f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={stand_in}",
            f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
        ):
            yield self._page(url, FoundBy.AUTOCONFIG, rank, why)

    def _ispdb(self, domain: str, rank: int, why: str) -> Iterator[Look]:
        for base in ISPDB:
            yield self._page(f"{base}{domain}", FoundBy.ISPDB, rank, why)

    def _page(self, url: str, source: FoundBy, rank: int, why: str) -> Look:
        def work(heard: Heard) -> Told:
            page = get_page(url, names=self._names, heard=heard, **self._limits)
            if page.status != 200:
                return Told()
            try:
                servers = read_autoconfig(page.body, self._q.address)
            except NotAutoconfig:
                return Told()
            except RefusedXml:
                raise NetworkError("xml_refused", host=page.urls[-1]) from None
            trusted = page.is_authentic and rank in (Rank.AUTOCONFIG, Rank.ISPDB)
            place = page.urls[0].partition("?")[0]
            says = _Says(source, rank, why, trusted, place)
            return Told(
                tuple(
                    self._candidate(
                        ServerDefaults(server.host, server.port, server.security),
                        says,
                        server.username,
                        server.methods,
                    )
                    for server in servers
                )
            )

        return Look(source, url.partition("?")[0], rank, work)

    # -- probing -----------------------------------------------------------------------------------

    def _probe(self, host: str) -> Look:
        def work(heard: Heard) -> Told:
            answers = _side_by_side(lambda port: self._q.ask(host, port), PROBED_PORTS, heard)
            if not any(answer.speaks for _, answer in answers):
                answers = [(25, self._q.ask(host, 25))]
            return Told(
                tuple(
                    self._probed(host, port, answer)
                    for port, answer in answers
                    if answer.security or (answer.speaks and answer.mechanisms)
                )
            )

        return Look(FoundBy.PROBE, host, Rank.PROBE, work)

    def _probed(self, host: str, port: int, answer: ServerAnswer) -> Candidate:
        security = Security(answer.security[0]) if answer.security else Security.NONE
        says = _Says(FoundBy.PROBE, Rank.PROBE, "probe", trusted=False, place=host)
        return self._candidate(ServerDefaults(host, port, security), says)._replace(answer=answer)


def _usable_host(name: str) -> str:
    """A name as it can be connected to; empty for what is none (an address, odd characters)."""
    try:
        host = parse_host(name).lower() if name else ""
    except AddressError:
        return ""
    return host if "." in host and ":" not in host and not host[-1:].isdigit() else ""


def _side_by_side(
    ask: Callable[[int], ServerAnswer], ports: Iterable[int], heard: Heard
) -> list[tuple[int, ServerAnswer]]:
    """The answers of several ports, asked at the same time."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - where one probes

    asked = tuple(ports)
    with ThreadPoolExecutor(len(asked), "probe") as pool:
        answers = list(pool.map(ask, asked))
    if any(answer.speaks for answer in answers):
        heard()
    return list(zip(asked, answers, strict=True))
