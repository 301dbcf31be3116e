"""Reaching a server through a SOCKS5 (RFC 1928, 1929) or HTTP CONNECT proxy.

TLS is still verified against the mail host: the proxy carries bytes and is trusted with nothing.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import ConnectionFailed
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.net.cancel import Deadline
from smtpwizard.net.stream import Stream

_HEADER_CAP = 16_384


class Proxy(NamedTuple):
    """A proxy to go through; `kind` is `socks5` (names resolved by it) or `http`."""

    kind: str
    host: str
    port: int
    username: str | None = None
    password: Secret | None = None
    source: str = "connector"

    def __str__(self) -> str:
        """Fit for display: no user, no password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{host}:{self.port}"


def parse_proxy(url: str, source: str = "connector") -> Proxy:
    """A proxy from its URL, or `ConnectionFailed` (`proxy_invalid`); fact `source`."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError:
        raise ConnectionFailed(StageFailure(StageError.PROXY_INVALID, source=source)) from None
    kind = {"socks5": "socks5", "socks5h": "socks5", "socks": "socks5", "http": "http"}.get(
        parts.scheme
    )
    if kind is None or not parts.hostname:
        raise ConnectionFailed(StageFailure(StageError.PROXY_INVALID, source=source))
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if kind == "socks5" and max(len((part or "").encode()) for part in (username, password)) > 255:
        # RFC 1929 §2 has no room for more.
        raise ConnectionFailed(StageFailure(StageError.PROXY_INVALID, source=source))
    return Proxy(
        kind,
        parts.hostname,
        port or (1080 if kind == "socks5" else 3128),
        username,
        Secret(password) if password else None,
        source,
    )


def choose_proxy(
    configured: str | None, host: str, environ: Mapping[str, str] | None = None
) -> Proxy | None:
    """The connector's proxy, else the environment's (`smtp_proxy`, `all_proxy`), else None.

    The environment never applies to this machine itself nor to hosts in `no_proxy`.
    """
    if configured:
        return parse_proxy(configured)
    env = os.environ if environ is None else environ
    if is_loopback(host):
        return None
    if _is_excluded(host, env.get("no_proxy") or env.get("NO_PROXY") or ""):
        return None
    for name in ("smtp_proxy", "SMTP_PROXY", "all_proxy", "ALL_PROXY"):
        if env.get(name):
            return parse_proxy(env[name], source=name)
    return None


def _is_excluded(host: str, no_proxy: str) -> bool:
    name = host.lower().rstrip(".")
    for entry in no_proxy.lower().split(","):
        entry = entry.strip().lstrip("*").lstrip(".")
        if entry and (name == entry or name.endswith("." + entry)):
            return True
    return no_proxy.strip() == "*"


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
        reason = parts[2].decode("ascii", "replace")[:100] if len(parts) > 2 else ""
        gone = status in (502, 503, 504)
        error = StageError.PROXY_UNREACHABLE_TARGET if gone else StageError.PROXY_REFUSED
        raise ConnectionFailed(StageFailure(error, status=status, reason=reason))
    answer.finish()
