"""Where names and the web are asked: by this machine's own ways, or elsewhere."""

from typing import NamedTuple, NoReturn

from smtpwizard.model.addresses import (
    AddressError,
    ascii_domain,
    is_ip_literal,
    is_loopback,
    parse_host,
    parse_port,
)

DNS_PORT = 53
# More is no pointing elsewhere.
MAX_RULES = 500


class NameServer(NamedTuple):
    """A name server by its IP address."""

    address: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        return _with_port(self.address, "" if self.port == DNS_PORT else str(self.port))

    @property
    def is_own(self) -> bool:
        """True for one that somebody runs here for a purpose, on a port of its own: what it says of
        this machine's addresses is meant."""
        return self.port != DNS_PORT and is_loopback(self.address)


class ConnectTo(NamedTuple):
    """What is meant for `host` and `port` goes to another place (curl's option of that name); an
    empty `host` or no port is any, and stays as it is in the other place."""

    host: str
    port: int | None
    to_host: str
    to_port: int | None

    def __str__(self) -> str:
        ports = ["" if port is None else str(port) for port in (self.port, self.to_port)]
        to = f"[{self.to_host}]" if ":" in self.to_host else self.to_host
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{ports[0]}:{to}:{ports[1]}"

    def target(self, host: str, port: int) -> tuple[str, int] | None:
        """Where a connection goes instead; None where it is not meant."""
        name = host.lower().rstrip(".")
        if self.host not in ("", name) or self.port not in (None, port):
            return None
        return self.to_host or host, self.to_port or port


class NetworkSettings(NamedTuple):
    """How look-ups are made; `offline` asks nobody. Nothing of it is for mail or sign-ins."""

    name_server: NameServer | None = None
    connect_to: tuple[ConnectTo, ...] = ()
    ca_file: str | None = None
    offline: bool = False

    def target(self, host: str, port: int) -> tuple[str, int] | None:
        """Where the first rule that is meant leads to."""
        found = (rule.target(host, port) for rule in self.connect_to)
        return next(filter(None, found), None)


def parse_name_server(text: str) -> NameServer:
    """`ADDRESS[:PORT]`, an IPv6 address in brackets where a port follows, or `AddressError`."""
    text = text.strip()
    if is_ip_literal(text):
        return NameServer(text)
    address, colon, port = text.rpartition(":")
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    elif text.startswith("[") and text.endswith("]"):
        address, colon = text[1:-1], ""
    if not is_ip_literal(address):
        raise AddressError("host_invalid")
    return NameServer(address, parse_port(port) if colon else DNS_PORT)


def parse_connect_to(text: str) -> ConnectTo:
    """`HOST:PORT:ADDRESS:PORT`, each of them possibly empty, or `AddressError`."""
    parts: list[str] = []
    rest = text.strip()
    for number in range(4):
        if rest.startswith("["):
            inside, bracket, rest = rest[1:].partition("]")
            if not bracket or rest[:1] not in ("", ":"):
                _refuse()
            parts.append(inside)
            rest = rest[1:] if number < 3 else rest
        elif number < 3:
            part, colon, rest = rest.partition(":")
            if not colon:
                _refuse()
            parts.append(part)
        else:
            parts.append(rest)
    if len(parts) != 4 or not any(parts[2:]):
        _refuse()
    host, port, to_host, to_port = parts
    return ConnectTo(
        ascii_domain(parse_host(host)).lower() if host else "",
        parse_port(port) if port else None,
        ascii_domain(parse_host(to_host)).lower() if to_host else "",
        parse_port(to_port) if to_port else None,
    )


def parse_rules(text: str) -> tuple[ConnectTo, ...]:
    """Several `HOST:PORT:ADDRESS:PORT`, between blanks or commas, or `AddressError`."""
    rules = text.replace(",", " ").split()
    if len(rules) > MAX_RULES:
        _refuse()
    return tuple(map(parse_connect_to, rules))


def _refuse() -> NoReturn:
    raise AddressError("host_invalid")


def _with_port(address: str, port: str) -> str:
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
