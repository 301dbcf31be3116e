"""Stand-ins for IP addresses: of the same family and class, neighbours staying neighbours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import count

_V4 = ipaddress.IPv4Network
_V6 = ipaddress.IPv6Network

# Of each class: which addresses it has, and out of which its stand-ins are taken. What belongs
# to the public net stands in the ranges of documentation (RFC 5737), then in others that are
# nobody's (RFC 7534, RFC 7535, RFC 7450, RFC 7526).
_CLASSES_V4: tuple[tuple[_V4, tuple[_V4, ...]], ...] = tuple(
    (_V4(of), tuple(map(_V4, into)))
    for of, into in (
        ("127.0.0.0/8", ("127.0.0.0/8",)),
        ("10.0.0.0/8", ("10.0.0.0/8",)),
        ("172.16.0.0/12", ("172.16.0.0/12",)),
        ("192.168.0.0/16", ("192.168.0.0/16",)),
        ("169.254.0.0/16", ("169.254.0.0/16",)),
        ("100.64.0.0/10", ("100.64.0.0/10",)),
        ("198.18.0.0/15", ("198.18.0.0/15",)),
        ("224.0.0.0/4", ("233.252.0.0/24", "239.0.0.0/8")),
        ("240.0.0.0/4", ("240.0.0.0/4",)),
        ("0.0.0.0/8", ("0.0.0.0/8",)),
    )
)
_PUBLIC_V4 = tuple(
    map(
        _V4,
        (
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "192.88.99.0/24",
            "192.31.196.0/24", "192.175.48.0/24", "192.52.193.0/24", "240.0.0.0/4",
        ),
    )
)  # fmt: skip

_CLASSES_V6: tuple[tuple[_V6, str], ...] = (
    (_V6("fe80::/10"), "fe80::"),
    (_V6("fc00::/7"), "fd00::"),
    (_V6("ff00::/8"), "ff02::"),
)
_PUBLIC_V6 = "2001:db8::"
# What these end in is an IPv4 address (RFC 4291 §2.5.5.2, RFC 6052 §2.1).
_WITH_V4 = (_V6("::ffff:0:0/96"), _V6("64:ff9b::/96"))
_SAME = frozenset(("0.0.0.0", "255.255.255.255", "127.0.0.1", "::", "::1"))  # noqa: S104


class IpStandIns:
    """One table of addresses; each gets the next one of its class, beside its neighbours."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._networks: dict[str, Iterator[str]] = {}
        self._free: dict[str, Iterator[_V4]] = {}
        self._numbers: dict[str, int] = {}

    def stand_in(self, text: str) -> str | None:
        """What stands for an address, which stays as it is where everybody has it; None for a
        text that is none."""
        bare, _, zone = text.partition("%")
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            return None
        key = str(address)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = key if key in _SAME else self._next(address)
        return f"{found}%1" if zone else found

    def _next(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
        if isinstance(address, ipaddress.IPv4Address):
            return self._next_v4(address)
        for network in _WITH_V4:
            if address in network:
                inside = str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
                return f"{str(network.network_address).removesuffix('0:0')}{self.stand_in(inside)}"
        start = next((into for of, into in _CLASSES_V6 if address in of), _PUBLIC_V6)
        neighbours = f"{start}{int(address) >> 64:x}"
        hosts = self._networks.get(neighbours)
        if hosts is None:
            first = int(ipaddress.IPv6Address(start)) + (self._number(start) << 64)
            hosts = (str(ipaddress.IPv6Address(first + host)) for host in count(1))
            self._networks[neighbours] = hosts
        return next(hosts)

    def _number(self, start: str) -> int:
        number = self._numbers[start] = self._numbers.get(start, -1) + 1
        return number

    def _next_v4(self, address: ipaddress.IPv4Address) -> str:
        of, into = next(
            (each for each in _CLASSES_V4 if address in each[0]), (_V4("0.0.0.0/0"), _PUBLIC_V4)
        )
        free = self._free.setdefault(str(of), _networks_of(into))
        neighbours = str(address).rpartition(".")[0]
        while True:
            hosts = self._networks.get(neighbours)
            if hosts is None:
                hosts = self._networks[neighbours] = map(str, next(free).hosts())
            found = next(hosts, None)
            if found is None:
                del self._networks[neighbours]
            elif found not in _SAME:
                return found


def _networks_of(ranges: tuple[_V4, ...]) -> Iterator[_V4]:
    for each in ranges:
        yield from each.subnets(new_prefix=24)
