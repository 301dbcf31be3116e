"""Which proxy a connection goes through, and how: SOCKS5 (RFC 1928, 1929) or HTTP CONNECT.

Mail and sign-ins read the environment in one way. TLS is still verified against the server that
was meant: the proxy carries bytes and is trusted with nothing.
"""

import base64
import ipaddress
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple, NoReturn
from urllib.parse import quote, unquote, urlsplit

from smtpwizard.model.addresses import (
    AddressError,
    ascii_domain,
    is_loopback,
    parse_host,
    parse_port,
)
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import DeadlineExceeded
from smtpwizard.model.foreign_text import read_foreign
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.resolve import connect_first, resolve
from smtpwizard.net.stream import Stream

_HEADER_CAP = 16_384


# The variables that name a proxy, most exact first; lower case goes before upper case.
MAIL = ("smtp_proxy", "all_proxy")
WEB = ("https_proxy", "all_proxy")
NO_PROXY = "no_proxy"
SYSTEM = "system"
"""The `source` of a proxy that the settings of Windows or macOS name."""

_KINDS = {
    "socks5": "socks5", "socks5h": "socks5", "socks": "socks5", "http": "http", "https": "https",
}  # fmt: skip
_DEFAULT_PORTS = {"socks5": 1080, "http": 3128, "https": 443}


class Proxy(NamedTuple):
    """A proxy to go through; `kind` is `socks5` (names resolved by it), `http`, or `https`, which
    is reached by TLS itself and carries sign-ins alone."""

    kind: str
    host: str
    port: int
    username: str | None = None
    password: Secret | None = None
    source: str = "connector"

    def __str__(self) -> str:
        """Fit for display: no user, no password."""
        return f"{self.kind}://{self._place()}"

    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def whole_url(self) -> Secret:
        """The proxy's URL with its login."""
        login = ""
        if self.username is not None:
            word = self.password.reveal() if self.password else ""
            login = f"{quote(self.username, '')}:{quote(word, '')}@"
        return Secret(f"{self.kind}://{login}{self._place()}")


def parse_proxy(url: str, source: str = "connector") -> Proxy:
    """A proxy from its URL, where without a scheme it is an HTTP proxy, or `ConnectionFailed`
    (`proxy_invalid`); fact `source`."""
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
        host = ascii_domain(parse_host(parts.hostname or ""))
    except (ValueError, AddressError):
        _refuse(source)
    kind = _KINDS.get(parts.scheme)
    # A login with a bare # or / in it would otherwise be half read.
    if kind is None or port == 0 or parts.path not in ("", "/") or parts.query or parts.fragment:
        _refuse(source)
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if kind == "socks5" and max(len((part or "").encode()) for part in (username, password)) > 255:
        _refuse(source)  # RFC 1929 §2 has no room for more
    return Proxy(
        kind,
        host,
        port or _DEFAULT_PORTS[kind],
        username,
        Secret(password) if password else None,
        source,
    )


def _refuse(source: str) -> NoReturn:
    raise ConnectionFailed(StageFailure(StageError.PROXY_INVALID, source=source)) from None


def choose_proxy(
    configured: str | None, host: str, port: int, environ: Mapping[str, str] | None = None
) -> Proxy | None:
    """The way of mail to a server: the connector's proxy, else the environment's (`MAIL`).

    The environment never applies to this machine itself nor to what `no_proxy` names. Raises
    `ConnectionFailed` (`proxy_invalid`).
    """
    if configured:
        proxy: Proxy | None = parse_proxy(configured)
    else:
        proxy = _of_environment(MAIL, host, port, os.environ if environ is None else environ)
    if proxy is not None and proxy.kind == "https":
        _refuse(proxy.source)
    return proxy


def choose_web_proxy(
    host: str, port: int, environ: Mapping[str, str] | None = None
) -> Proxy | None:
    """The way of a sign-in to a server: the environment's proxy (`WEB`), and on Windows and macOS
    the system's where the environment names none at all; raises as `choose_proxy` does."""
    env = os.environ if environ is None else environ
    if not is_loopback(host) and not any(_variable(env, name) for name in (*MAIL, *WEB)):
        return _of_system(host)
    return _of_environment(WEB, host, port, env)


def _of_environment(
    names: tuple[str, ...], host: str, port: int, env: Mapping[str, str]
) -> Proxy | None:
    if is_loopback(host):
        return None
    found = next(filter(None, (_variable(env, name) for name in names)), None)
    if found is None or is_excluded(host, port, (_variable(env, NO_PROXY) or ("", ""))[1]):
        return None
    return parse_proxy(found[1], source=found[0])


def _variable(env: Mapping[str, str], name: str) -> tuple[str, str] | None:
    """The name and value of a variable: one in lower case counts alone, and switches off what
    stands in upper case where it is empty (as with urllib and requests)."""
    spelt = name if name in env else name.upper()
    value = env.get(spelt, "").strip()
    return (spelt, value) if value else None


def _of_system(host: str) -> Proxy | None:
    if sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - reads the registry

        url = getproxies().get("https")
        if url and not proxy_bypass(host):
            return parse_proxy(url, SYSTEM)
    return None


# -- what goes without a proxy -------------------------------------------------------------------


def is_excluded(host: str, port: int, no_proxy: str) -> bool:
    """Whether `no_proxy` names this server, in the forms that curl, requests and Go take.

    Entries stand between commas or blanks: a domain with all that ends in it (`example.com`,
    `.example.com`, `*.example.com`), an address (brackets or not), a network (`10.0.0.0/8`), each
    with a port (`example.com:587`) or for all of them. `*` alone is every server.
    """
    if no_proxy.strip() == "*":
        return True
    name = host.lower().rstrip(".")
    address = _address(name)
    for entry in re.split(r"[\s,;]+", no_proxy.lower()):
        for pattern in _patterns(entry, port):
            if _is_named(name, address, pattern):
                return True
    return False


def _patterns(entry: str, port: int) -> Iterator[str]:
    """What an entry says of servers at `port`; nothing where it is for another port."""
    yield entry
    before, colon, digits = entry.rpartition(":")
    # An address of IPv6 has a port only behind brackets.
    if colon and (":" not in before or before.endswith("]")):
        with suppress(AddressError):
            if parse_port(digits) == port:
                yield before


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _is_named(name: str, address: _Address | None, pattern: str) -> bool:
    if address is not None:
        with suppress(ValueError):
            network = ipaddress.ip_network(re.sub(r"[\[\]]", "", pattern), strict=False)
            return network.version == address.version and address in network
    domain = pattern.removeprefix("*").strip(".")
    with suppress(AddressError):
        domain = ascii_domain(domain)
    return bool(domain) and (name == domain or (address is None and name.endswith(f".{domain}")))


def _address(name: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(name.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


# -- the way through -----------------------------------------------------------------------------


def connect_through(
    proxy: Proxy, host: str, port: int, *, token: CancelToken, deadline: Deadline
) -> socket.socket:
    """A connected socket that leads to `host:port`.

    Raises `ConnectionFailed` as `open_tunnel` does, and `proxy_unreachable`, `proxy_timeout`;
    fact `proxy`.
    """
    error = StageError.PROXY_UNREACHABLE
    try:
        endpoints = resolve(proxy.host, proxy.port, token=token, deadline=deadline)
        sock, _, _ = connect_first(endpoints, token=token, deadline=deadline)
        error = StageError.PROXY_INVALID_ANSWER
        stream = Stream(sock, token)
        try:
            open_tunnel(stream, proxy, host, port, deadline)
            if stream.has_unread():
                raise ConnectionFailed(error)  # who is called speaks first
        except BaseException:
            stream.close()
            raise
        return sock
    except ConnectionFailed as failed:
        if failed.error.startswith("proxy_"):
            error = failed.error
        failure = failed.failure._replace(error=error, proxy=str(proxy), source=proxy.source)
        raise ConnectionFailed(failure) from None
    except DeadlineExceeded:
        failure = StageFailure(StageError.PROXY_TIMEOUT, proxy=str(proxy), source=proxy.source)
        raise ConnectionFailed(failure) from None


def open_tunnel(stream: Stream, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    """Make `stream`, connected to the proxy, lead to `host:port`.

    Raises `ConnectionFailed`: `proxy_auth_required`, `proxy_refused` (facts `status`, `reason`),
    `proxy_unreachable_target`, `proxy_invalid_answer`.
    """
    if proxy.kind == "socks5":
        _socks5(stream, proxy, host, port, deadline)
    else:
        _http_connect(stream, proxy, host, port, deadline)


class _Exactly:
    """Reads an exact number of bytes and gives back what came too much."""

    def __init__(self, stream: Stream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline
        self._buffer = b""

    def take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            data = self._stream.receive(self._deadline)
            if not data:
                raise ConnectionFailed(StageError.PROXY_INVALID_ANSWER)
            self._buffer += data
        out, self._buffer = self._buffer[:count], self._buffer[count:]
        return out

    def take_until(self, end: bytes, cap: int) -> bytes:
        while end not in self._buffer:
            data = self._stream.receive(self._deadline)
            if not data or len(self._buffer) > cap:
                raise ConnectionFailed(StageError.PROXY_INVALID_ANSWER)
            self._buffer += data
        head, _, self._buffer = self._buffer.partition(end)
        return head

    def finish(self) -> None:
        if self._buffer:
            self._stream.unread(self._buffer)


_SOCKS_REPLIES = {
    1: "general failure",
    2: "not allowed by rule",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}


def _socks5(stream: Stream, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    answer = _Exactly(stream, deadline)
    with_password = proxy.username is not None
    stream.send(b"\x05\x02\x00\x02" if with_password else b"\x05\x01\x00", deadline)
    version, method = answer.take(2)
    if version != 5:
        raise ConnectionFailed(StageError.PROXY_INVALID_ANSWER)
    if method == 2 and with_password:
        user = (proxy.username or "").encode()
        password = proxy.password.reveal().encode() if proxy.password else b""
        stream.send(
            b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password, deadline
        )
        if answer.take(2)[1] != 0:
            raise ConnectionFailed(StageError.PROXY_AUTH_REQUIRED)
    elif method != 0:
        raise ConnectionFailed(StageError.PROXY_AUTH_REQUIRED)
    stream.send(b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big"), deadline)
    _, status, _, kind = answer.take(4)
    if status:
        reason = _SOCKS_REPLIES.get(status, "unknown")
        gone = status in (3, 4, 5, 6)
        error = StageError.PROXY_UNREACHABLE_TARGET if gone else StageError.PROXY_REFUSED
        raise ConnectionFailed(StageFailure(error, status=status, reason=reason))
    if kind not in (1, 3, 4):
        raise ConnectionFailed(StageError.PROXY_INVALID_ANSWER)
    answer.take({1: 4, 4: 16}.get(kind) or answer.take(1)[0])
    answer.take(2)
    answer.finish()


def _socks_address(host: str) -> bytes:
    """Type and value of the target (RFC 1928 §5): an address, or a name for the proxy to find."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = host.encode("ascii")
        return b"\x03" + bytes([len(name)]) + name
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def _http_connect(stream: Stream, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username is not None:
        password = proxy.password.reveal() if proxy.password else ""
        login = base64.b64encode(f"{proxy.username}:{password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    stream.send(("\r\n".join(lines) + "\r\n\r\n").encode(), deadline)
    answer = _Exactly(stream, deadline)
    head = answer.take_until(b"\r\n\r\n", _HEADER_CAP)
    parts = head.split(b"\r\n", 1)[0].split(None, 2)
    answered = len(parts) >= 2 and parts[0].startswith(b"HTTP/1.")
    if not answered or not re.fullmatch(rb"[0-9]{3}", parts[1]):
        raise ConnectionFailed(StageError.PROXY_INVALID_ANSWER)
    status = int(parts[1])
    if status == 407:
        raise ConnectionFailed(StageFailure(StageError.PROXY_AUTH_REQUIRED, status=status))
    if not 200 <= status < 300:
        said = parts[2] if len(parts) > 2 else b""
        reason = (read_foreign(said) or said.decode("ascii", "backslashreplace"))[:100]
        gone = status in (502, 503, 504)
        error = StageError.PROXY_UNREACHABLE_TARGET if gone else StageError.PROXY_REFUSED
        raise ConnectionFailed(StageFailure(error, status=status, reason=reason))
    answer.finish()
