"""Finding out more after a failure: what else answers there, and what the sender's domain says.

Bounded, stoppable, and never with a credential: it goes up to EHLO and no further.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from smtpwizard.diagnosis.find_out_more import found_facts
from smtpwizard.model.addresses import (
    AddressError,
    ascii_domain,
    is_address,
    is_ip_literal,
    is_loopback,
)
from smtpwizard.model.authorities import is_interceptor
from smtpwizard.model.connector import Connector, Security
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, NetworkError
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Report
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import Names
from smtpwizard.net.proxy import choose_proxy
from smtpwizard.net.resolve import connect_first
from smtpwizard.net.tls import unexpected_issuer
from smtpwizard.sender.dmarc import find_policy
from smtpwizard.sender.spf import spf_records
from smtpwizard.smtp.find_out_more import Target, Trust, ask_port
from smtpwizard.usecases.diagnose import with_causes
from smtpwizard.usecases.network import network_settings
from smtpwizard.usecases.verify import expected_issuers

if TYPE_CHECKING:
    from smtpwizard.model.network_settings import NetworkSettings
    from smtpwizard.net.proxy import Proxy
    from smtpwizard.net.resolve import Endpoint
    from smtpwizard.providers import ProviderEntry
    from smtpwizard.sender.dmarc import Policy
    from smtpwizard.smtp.find_out_more import PortAnswer
    from smtpwizard.usecases.workspace import Workspace

LIMIT_S = 15.0
PORTS = (587, 465, 25, 2525)
_TLS_FIRST = 465
_LOOK_UP_S = 5.0
_PORT_S = 7.0
_CONTROL_S = 5.0
_CLOCK_S = 300.0
# Whom to ask whether this network lets a port through, and the other one where the first is the
# server itself.
CONTROL_HOSTS = ("smtp.gmail.com", "smtp.office365.com")
_CONTROL_PORTS = (25, 465, 587)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found out; `evidence` is one line for a report, the sentence for a
    person is `messages.found_text(code, facts)`."""

    code: str
    evidence: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {"code": self.code, "evidence": self.evidence, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class FoundMore:
    """Everything that was found out; `complete` is False where there was no time for the rest."""

    findings: tuple[Finding, ...]
    ports: tuple[PortAnswer, ...] = ()
    complete: bool = True
    ms: int = 0

    def to_json(self) -> Json:
        return {
            "complete": self.complete,
            "ms": self.ms,
            "findings": [finding.to_json() for finding in self.findings],
            "ports": [answer.to_json() for answer in self.ports],
        }


def search_around(  # noqa: PLR0913 - what a look may be told, by name
    connector: Connector,
    *,
    entry: ProviderEntry | None = None,
    token: CancelToken | None = None,
    limit_s: float = LIMIT_S,
    ports: Sequence[int] = PORTS,
    control_hosts: Sequence[str] = CONTROL_HOSTS,
    elsewhere: bool | None = None,
    names: Names | None = None,
    authorities: tuple[str, ...] = (),
) -> FoundMore:
    """Look around a connector's server for at most `limit_s` seconds; stopping gives what is known.

    A server on this machine says nothing about the network: then neither a control host nor a
    name server is asked, unless `elsewhere` says so. `authorities` are what its project trusts.
    Never raises for what the network does.
    """
    search = _Search(
        connector,
        entry,
        token or CancelToken(),
        Deadline(limit_s),
        control_hosts,
        elsewhere,
        names or Names(),
        authorities,
    )
    return search.run(ports)


def find_out_more(
    ws: Workspace,
    connector: Connector,
    report: Report,
    token: CancelToken | None = None,
    pointed: NetworkSettings | None = None,
) -> tuple[FoundMore, Report]:
    """What else can be seen from here, and the report with its causes weighed again.

    `pointed` is how look-ups are made, by default as the application's settings say.
    """
    entry = ws.provider_of(connector)
    pointed = pointed or network_settings(ws)
    if pointed.offline:
        return FoundMore((Finding("offline", "look-ups are off", {}),)), report
    more = search_around(
        connector,
        entry=entry,
        token=token,
        names=Names(pointed),
        authorities=ws.authorities(),
    )
    return more, with_more(report, more, connector, entry)


def with_more(
    report: Report, more: FoundMore, connector: Connector, entry: ProviderEntry | None = None
) -> Report:
    """The report with its causes weighed again, now with what was found out."""
    found = tuple((f.code, f.evidence, f.facts) for f in more.findings)
    return with_causes(report, connector, entry, found=tuple(found_facts(connector, found)))


class _Search:
    """One search: what it may use, and the findings so far."""

    def __init__(
        self,
        connector: Connector,
        entry: ProviderEntry | None,
        token: CancelToken,
        deadline: Deadline,
        control_hosts: Sequence[str],
        elsewhere: bool | None,
        names: Names,
        authorities: tuple[str, ...],
    ) -> None:
        self.connector = connector
        self.entry = entry
        self.token = token
        self.deadline = deadline
        self.control_hosts = control_hosts
        self.elsewhere = elsewhere
        self.names = names
        self.authorities = authorities if connector.server.follows_project else ()
        self.complete = True

    def run(self, ports: Sequence[int]) -> FoundMore:
        began = time.monotonic()
        answers: list[PortAnswer] = []
        findings: list[Finding] = []
        try:
            findings, answers = self._run(ports)
        except (Cancelled, DeadlineExceeded):
            self.complete = False
        ms = round((time.monotonic() - began) * 1000)
        return FoundMore(tuple(findings), tuple(answers), self.complete, ms)

    def _run(self, ports: Sequence[int]) -> tuple[list[Finding], list[PortAnswer]]:
        server = self.connector.server
        try:
            host = server.host if is_ip_literal(server.host) else ascii_domain(server.host)
            proxy = choose_proxy(server.proxy, host, server.port)
        except (AddressError, NetworkError) as error:
            code = "host_unusable" if isinstance(error, AddressError) else "proxy_unusable"
            facts = {"host": server.host, "source": error.facts.get("source")}
            return [Finding(code, f"{server.host}: {error.code}", facts)], []
        findings = list(_about_proxy(proxy))
        try:
            endpoints = self._resolve(proxy.host if proxy else host, server.port)
        except (NetworkError, DeadlineExceeded) as error:
            code = "proxy_not_found" if proxy else "host_not_found"
            facts = {"host": server.host, "error": error.code}
            return [*findings, Finding(code, f"{server.host}: {error.code}", facts)], []
        target = Target(
            host.rstrip("."),
            server.ehlo_name,
            proxy,
            Trust(
                server.ca_file or self.names.settings.ca_file,
                server.pinned_certificate,
                self.authorities,
            ),
        )
        return self._look_around(target, endpoints, ports, findings)

    def _resolve(self, host: str, port: int) -> list[Endpoint]:
        deadline = Deadline(min(_LOOK_UP_S, self.deadline.remaining()))
        return self.names.endpoints(host, port, token=self.token, deadline=deadline)

    def _look_around(
        self,
        target: Target,
        endpoints: list[Endpoint],
        ports: Sequence[int],
        findings: list[Finding],
    ) -> tuple[list[Finding], list[PortAnswer]]:
        """Everything at once; what is not there at the end of the time is left out."""
        asked = list(dict.fromkeys((self.connector.server.port, *ports)))
        beyond = not _all_here(endpoints) if self.elsewhere is None else self.elsewhere
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="more") as pool:
            looks = [pool.submit(self._ask, target, endpoints, port) for port in asked]
            families = pool.submit(self._families, target, endpoints)
            controls = [pool.submit(self._control)] if beyond else []
            domains = [pool.submit(self._sender_domain)] if beyond else []
        answers = [answer for look in looks if (answer := self._result(look)) is not None]
        findings += _about_ports(answers, self.connector)
        findings += self._result(families) or []
        for control in controls:
            findings += self._result(control) or []
        findings += _about_names(answers, self.connector)
        findings += _about_clock(answers)
        findings += self._about_issuers(answers)
        for domain in domains:
            findings += self._result(domain) or []
        return findings, answers

    def _result(self, future: Future[Any]) -> Any:
        try:
            return future.result()
        except (Cancelled, DeadlineExceeded):
            self.complete = False
            return None

    # -- what runs beside each other ---------------------------------------------------------------

    def _ask(self, target: Target, endpoints: list[Endpoint], port: int) -> PortAnswer:
        server = self.connector.server
        implicit = port == _TLS_FIRST
        if port == server.port:
            implicit = server.security is Security.IMPLICIT_TLS
        deadline = Deadline(min(_PORT_S, self.deadline.remaining()))
        there = port
        if target.proxy is None and self.names.is_pointed(target.host, port):
            with suppress(NetworkError):
                endpoints = self._resolve(target.host, port)
                there = endpoints[0].sockaddr[1]
        answer = ask_port(
            target, endpoints, there, tls_first=implicit, token=self.token, deadline=deadline
        )
        return replace(answer, port=port)

    def _families(self, target: Target, endpoints: list[Endpoint]) -> list[Finding]:
        """Both address families, one after the other, by TCP alone."""
        if target.proxy is not None:
            return []
        out = []
        for name in ("IPv4", "IPv6"):
            mine = [e for e in endpoints if e.family_name == name.lower()]
            if not mine:
                continue
            deadline = Deadline(min(_CONTROL_S, self.deadline.remaining()))
            facts = {"family": name, "address": mine[0].address, "error": None}
            try:
                sock, endpoint, _ = connect_first(mine, token=self.token, deadline=deadline)
            except NetworkError as error:
                facts["error"] = error.code
                line = f"{name}: {mine[0].address} {error.code}"
                out.append(Finding("family_failed", line, facts))
            else:
                sock.close()
                facts["address"] = endpoint.address
                out.append(Finding("family_reached", f"{name}: {endpoint.address} answers", facts))
        return out

    def _control(self) -> list[Finding]:
        """Whether this network lets the connector's port through to somebody else."""
        server = self.connector.server
        host = next((h for h in self.control_hosts if h != server.host.lower()), None)
        if host is None or server.proxy is not None:
            return []
        port = server.port if server.port in _CONTROL_PORTS else 587
        facts: dict[str, Any] = {"host": host, "port": port, "same": port == server.port}
        try:
            endpoints = self._resolve(host, port)
            deadline = Deadline(min(_CONTROL_S, self.deadline.remaining()))
            connect_first(endpoints, token=self.token, deadline=deadline)[0].close()
        except NetworkError as error:
            facts["error"] = error.code
            return [Finding("control_failed", f"control {host}:{port}: {error.code}", facts)]
        return [Finding("control_reached", f"control {host}:{port}: answers", facts)]

    def _sender_domain(self) -> list[Finding]:
        """SPF and DMARC of the sender's domain, at a glance; `readiness` evaluates them."""
        address = self.connector.sender_address()
        domain = address.rpartition("@")[2] if is_address(address) else ""
        try:
            domain = ascii_domain(domain) if domain and not domain.startswith("[") else ""
        except AddressError:
            domain = ""
        if "." not in domain:
            return []
        try:
            records = self._txt(domain)
            policy = find_policy(self._txt, lambda name: bool(self._txt(name)), domain)
        except NetworkError as error:
            facts = {"domain": domain, "error": error.code}
            return [Finding("domain_unknown", f"{domain}: {error.code}", facts)]
        return [*_about_spf(domain, records), *_about_dmarc(domain, policy)]

    def _txt(self, name: str) -> tuple[str, ...]:
        deadline = Deadline(min(_LOOK_UP_S, self.deadline.remaining()))
        return self.names.txt(name, token=self.token, deadline=deadline)

    # -- what follows from the answers -------------------------------------------------------------

    def _about_issuers(self, answers: Sequence[PortAnswer]) -> Iterator[Finding]:
        expected = expected_issuers(self.connector, self.entry)
        seen: set[str] = set()
        for answer in answers:
            issuer = answer.certificate.issuer if answer.certificate is not None else ""
            if not issuer or issuer in seen:
                continue
            seen.add(issuer)
            facts = {"issuer": issuer, "port": answer.port, "expected": list(expected)}
            line = f"port {answer.port}: certificate issued by {issuer}"
            if is_interceptor(issuer):
                yield Finding("issuer_interceptor", line, facts)
            elif expected:
                other = unexpected_issuer(issuer, expected)
                yield Finding("issuer_unexpected" if other else "issuer_expected", line, facts)


def _all_here(endpoints: Sequence[Endpoint]) -> bool:
    return all(is_loopback(endpoint.address) for endpoint in endpoints)


def _about_proxy(proxy: Proxy | None) -> Iterator[Finding]:
    if proxy is not None:
        facts = {"proxy": str(proxy), "source": proxy.source}
        yield Finding("proxy_used", f"proxy: {proxy} ({proxy.source})", facts)
        return
    names = sorted(name for name in getproxies() if name in ("http", "https", "all", "socks"))
    if names:
        yield Finding("proxy_for_web", f"web proxy set for: {', '.join(names)}", {"kinds": names})


def _about_ports(answers: Sequence[PortAnswer], connector: Connector) -> Iterator[Finding]:
    mine = connector.server
    for answer in answers:
        facts: dict[str, Any] = {
            "port": answer.port,
            "own": answer.port == mine.port,
            "peer": answer.peer,
            "error": answer.error,
            "modes": list(answer.modes),
            "tls_error": answer.tls_error,
            "mechanisms": list(answer.mechanisms),
        }
        yield Finding(_port_code(answer), _port_line(answer), facts)


def _port_code(answer: PortAnswer) -> str:
    if answer.peer is None:
        return "port_closed" if answer.error == "refused" else "port_silent"
    if answer.peer not in ("smtp", "tls"):
        return "port_other"
    if answer.tls_error is not None:
        return "port_tls_broken"
    if answer.peer == "tls":
        return "port_other"
    if answer.modes:
        return f"port_{answer.modes[0]}"
    return "port_refuses" if answer.error else "port_clear"


def _port_line(answer: PortAnswer) -> str:
    if answer.peer is None:
        return f"port {answer.port}: {answer.error}"
    words = [answer.peer, *answer.modes]
    if answer.tls_error is not None:
        words += [*answer.offered, answer.tls_error]
    if answer.error is not None:
        words.append(answer.error)
    if answer.mechanisms:
        words.append(f"AUTH {' '.join(answer.mechanisms)}")
    return f"port {answer.port}: {', '.join(words)}"


_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")


def _about_names(answers: Sequence[PortAnswer], connector: Connector) -> Iterator[Finding]:
    """The name in the banner against the certificate's, of the connector's own port."""
    for answer in answers:
        names = list(answer.certificate.names) if answer.certificate is not None else []
        if answer.port != connector.server.port or not names:
            continue
        words = answer.banner.split()
        first = words[0].rstrip(".") if words else ""
        banner = first if _HOST.fullmatch(first) else ""
        facts = {"host": connector.server.host, "names": names[:10], "banner": banner}
        line = f"port {answer.port}: banner {banner or '–'}, certificate {', '.join(names[:5])}"
        if not covers(names, connector.server.host):
            yield Finding("certificate_other_name", line, facts)
        elif banner and not covers(names, banner):
            yield Finding("banner_other_name", line, facts)
        else:
            yield Finding("names_fit", line, facts)


def covers(names: Sequence[str], host: str) -> bool:
    """Whether a certificate's names cover a host (RFC 9525 §6.3: one left-most wildcard label)."""
    wanted = _plain_name(host)
    for name in map(_plain_name, names):
        if name == wanted:
            return True
        if name.startswith("*.") and wanted.partition(".")[2] == name[2:]:
            return True
    return False


def _plain_name(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower().rstrip(".")


_DATE = re.compile(r"[A-Z][a-z]{2}, +\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")


def _about_clock(answers: Sequence[PortAnswer], now: datetime | None = None) -> Iterator[Finding]:
    """This machine's clock against the date that some servers say in their banner."""
    now = now or datetime.now(UTC)
    for answer in answers:
        said = _DATE.search(answer.banner)
        if said is None:
            continue
        try:
            theirs = parsedate_to_datetime(said[0])
        except ValueError:
            continue
        off = round((now - theirs).total_seconds())
        facts = {"seconds": abs(off), "ahead": off > 0, "date": said[0], "port": answer.port}
        code = "clock_off" if abs(off) > _CLOCK_S else "clock_fits"
        yield Finding(code, f"clock: {off:+d} s against {said[0]} (port {answer.port})", facts)
        return


def _about_spf(domain: str, records: Sequence[str]) -> Iterator[Finding]:
    found = spf_records(records)
    facts: dict[str, Any] = {"domain": domain, "record": found[0][:300] if found else None}
    if not found:
        yield Finding("spf_missing", f"{domain}: no SPF record", facts)
    elif len(found) > 1:
        # RFC 7208 §4.5: more than one is a permanent error for every receiver.
        facts["count"] = len(found)
        yield Finding("spf_several", f"{domain}: {len(found)} SPF records", facts)
    else:
        open_to_all = re.search(r"(?:^|\s)\+?all\b", found[0], re.I) is not None
        code = "spf_open" if open_to_all else "spf_found"
        yield Finding(code, f"{domain}: {found[0][:200]}", facts)


def _about_dmarc(domain: str, policy: Policy) -> Iterator[Finding]:
    record = policy.record
    if record is None:
        yield Finding("dmarc_missing", f"{domain}: no DMARC record", {"domain": domain})
        return
    facts = {"domain": domain, "policy": policy.policy, "record": record[:300]}
    code = "dmarc_found" if policy.policy else "dmarc_unusable"
    yield Finding(code, f"{domain}: {record[:200]}", facts)
