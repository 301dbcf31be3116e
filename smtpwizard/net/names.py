"""Names of the net: addresses, mail exchangers, services, texts and aliases of a domain.

The only place that asks a name server. Never waits longer than it was told; imported, with its
library, where somebody first asks.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from dns import exception, resolver, reversename
from dns.rdatatype import RdataType

from smtpwizard.model.addresses import is_ip_literal, is_loopback
from smtpwizard.model.errors import NetworkError
from smtpwizard.model.network_settings import NetworkSettings
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable
from smtpwizard.net.resolve import Endpoint, resolve

_TEXT_CAP = 4096
_RECORDS_CAP = 200
_ALIASES_CAP = 8
# What UDP carries everywhere, bytes (RFC 9715 §3.2).
_UDP_BYTES = 1232
# Who has the one kind of address waits for the other so long (RFC 8305 §3), seconds.
_OTHER_FAMILY_S = 0.05


def system_name_servers() -> tuple[str, ...]:
    """Where this system looks names up; empty where it has no name server. Asks nobody."""
    try:
        return tuple(str(server) for server in resolver.Resolver().nameservers)
    except (exception.DNSException, OSError):
        return ()


class MailExchanger(NamedTuple):
    """An MX record; `host` is empty for the null MX, of a domain that takes no mail (RFC 7505)."""

    preference: int
    host: str


class Service(NamedTuple):
    """An SRV record; `target` is empty where the service is decidedly not there (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


class Names:
    """Look-ups as the settings want them; safe to share between threads.

    Names are given as A-labels and answered in lower case without the root's dot. A name without
    such records, or one that does not exist, has an empty answer. Every method raises
    `NetworkError("dns_failed")` where nobody can tell, `Cancelled`, `DeadlineExceeded`.
    """

    def __init__(self, settings: NetworkSettings | None = None) -> None:
        self.settings = settings or NetworkSettings()

    def txt(self, name: str, *, token: CancelToken, deadline: Deadline) -> tuple[str, ...]:
        """The TXT records, each joined from its parts."""
        return tuple(
            b"".join(record.strings)[:_TEXT_CAP].decode("utf-8", "replace")
            for record in self._records(name, RdataType.TXT, token, deadline)
        )

    def mx(self, name: str, *, token: CancelToken, deadline: Deadline) -> tuple[MailExchanger, ...]:
        """The mail exchangers, the most preferred first."""
        found = (
            MailExchanger(record.preference, _as_text(record.exchange))
            for record in self._records(name, RdataType.MX, token, deadline)
        )
        return tuple(sorted(found))

    def srv(self, name: str, *, token: CancelToken, deadline: Deadline) -> tuple[Service, ...]:
        """The services of a name like `_submissions._tcp.example.com`: by priority, and of one
        priority the heaviest first, so that two looks agree."""
        found = (
            Service(record.priority, record.weight, record.port, _as_text(record.target))
            for record in self._records(name, RdataType.SRV, token, deadline)
        )
        return tuple(sorted(found, key=lambda s: (s.priority, -s.weight, s.target, s.port)))

    def cname(self, name: str, *, token: CancelToken, deadline: Deadline) -> str | None:
        """What a name is another word for."""
        records = self._records(name, RdataType.CNAME, token, deadline)
        return _as_text(records[0].target) if records else None

    def ptr(self, address: str, *, token: CancelToken, deadline: Deadline) -> tuple[str, ...]:
        """The names of an IP address."""
        name = reversename.from_address(address.partition("%")[0]).to_text()
        records = self._records(name, RdataType.PTR, token, deadline)
        return tuple(_as_text(record.target) for record in records)

    def addresses(self, name: str, *, token: CancelToken, deadline: Deadline) -> tuple[str, ...]:
        """The IP addresses of a name, IPv6 first, from the name server alone."""
        both = _side_by_side(
            lambda: self._records(name, RdataType.AAAA, token, deadline),
            lambda: self._records(name, RdataType.A, token, deadline),
            token,
            deadline,
        )
        return tuple(record.address for records in both for record in records)

    def addresses_of_kind(
        self, name: str, version: int, *, token: CancelToken, deadline: Deadline
    ) -> tuple[str, ...]:
        """The IP addresses of a name of one version, 4 or 6, from the name server alone."""
        kind = RdataType.A if version == 4 else RdataType.AAAA
        return tuple(record.address for record in self._records(name, kind, token, deadline))

    # -- where a connection goes -------------------------------------------------------------------

    def is_pointed(self, host: str, port: int) -> bool:
        """True where a rule leads elsewhere, or a name server of the user's own making may: then
        no proxy is in the way."""
        server = self.settings.name_server
        own = server is not None and server.is_own
        return own or self.settings.target(host, port) is not None

    def endpoints(
        self, host: str, port: int, *, token: CancelToken, deadline: Deadline, foreign: bool = False
    ) -> list[Endpoint]:
        """The addresses to connect to for `host` and `port`.

        `foreign`: somebody else named the host. Whoever owns a name may let it lead to this very
        machine or its neighbour cable; nobody is led there but by a rule or a name server of the
        user's own. Raises `ConnectionFailed` (`dns_not_found`, `dns_failed`), and
        `NetworkError("address_not_public")`.
        """
        where, at = self.settings.target(host, port) or (host, port)
        endpoints = self._resolved(where, at, token, deadline)
        if not foreign or self.is_pointed(host, port):
            return endpoints
        allowed = [e for e in endpoints if _may_be_led_to(e.address)]
        if not allowed:
            raise NetworkError("address_not_public", host=host)
        return allowed

    def _resolved(
        self, host: str, port: int, token: CancelToken, deadline: Deadline
    ) -> list[Endpoint]:
        if self.settings.name_server is None or is_ip_literal(host) or is_loopback(host):
            return resolve(host, port, token=token, deadline=deadline)
        try:
            found = self.addresses(host, token=token, deadline=deadline)
        except NetworkError as error:
            if error.code != "dns_failed":
                raise
            raise ConnectionFailed(StageError.DNS_FAILED) from None
        if not found:
            raise ConnectionFailed(StageError.DNS_NOT_FOUND)
        return [_endpoint(address, port) for address in found]

    # -- asking ------------------------------------------------------------------------------------

    @cached_property
    def _resolvers(self) -> tuple[resolver.Resolver, resolver.Resolver]:
        """With EDNS (RFC 6891), and for servers that do not know it, without."""
        server = self.settings.name_server
        made = []
        for edns in (0, -1):
            asked = resolver.Resolver(configure=server is None)
            if server is not None:
                asked.nameservers = [server.address]
                asked.port = server.port
            asked.use_edns(edns, 0, _UDP_BYTES)
            made.append(asked)
        return made[0], made[1]

    def _records(
        self, name: str, kind: RdataType, token: CancelToken, deadline: Deadline
    ) -> tuple[Any, ...]:
        token.raise_if_cancelled()

        def ask() -> tuple[Any, ...]:
            try:
                return self._ask(name, kind, deadline)
            except (exception.DNSException, OSError):
                raise NetworkError("dns_failed", host=name) from None

        return run_abandonable(ask, token=token, deadline=deadline, name="resolve")

    def _ask(self, name: str, kind: RdataType, deadline: Deadline) -> tuple[Any, ...]:
        """The records of a name, or of what it is another word for, as far as that is told."""
        asked = f"{name.rstrip('.')}."
        seen: set[str] = set()
        while len(seen) <= _ALIASES_CAP:
            try:
                answer = self._answer(asked, kind, deadline)
            except resolver.NXDOMAIN:
                return ()
            if answer.rrset is not None:
                return tuple(answer.rrset)[:_RECORDS_CAP]
            seen.add(asked.lower())
            asked = answer.canonical_name.to_text()
            if asked.lower() in seen:
                return ()
        return ()

    def _answer(self, name: str, kind: RdataType, deadline: Deadline) -> resolver.Answer:
        first, plain = self._resolvers
        options: dict[str, Any] = {"search": False, "raise_on_no_answer": False}
        try:
            return first.resolve(name, kind, lifetime=deadline.remaining(), **options)
        except resolver.NoNameservers:
            return plain.resolve(name, kind, lifetime=deadline.remaining(), **options)


def _as_text(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True)).lower() if name.labels != (b"",) else ""


def _endpoint(address: str, port: int) -> Endpoint:
    if ":" in address:
        return Endpoint(socket.AF_INET6, (address, port, 0, 0))
    return Endpoint(socket.AF_INET, (address, port))


def _may_be_led_to(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or text in ("255.255.255.255",)
    )


_Records = tuple[Any, ...]


def _side_by_side(
    first: Callable[[], _Records],
    second: Callable[[], _Records],
    token: CancelToken,
    deadline: Deadline,
) -> Iterable[_Records]:
    """Both answers, or the one that is there where the other takes longer or fails."""
    done: queue.Queue[tuple[int, _Records | BaseException]] = queue.Queue()

    def run(number: int, work: Callable[[], _Records]) -> None:
        try:
            done.put((number, work()))
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
            done.put((number, error))

    for number, work in enumerate((first, second)):
        threading.Thread(target=run, args=(number, work), name="resolve", daemon=True).start()
    found: dict[int, _Records] = {}
    errors: list[BaseException] = []
    for _ in range(2):
        timeout = _OTHER_FAMILY_S if any(found.values()) else deadline.remaining() + 1
        try:
            number, result = done.get(timeout=timeout)
        except queue.Empty:
            break
        if isinstance(result, BaseException):
            errors.append(result)
        else:
            found[number] = result
    token.raise_if_cancelled()
    if errors and not any(found.values()):
        raise errors[0]
    return (found.get(0, ()), found.get(1, ()))
