"""A page of the web for a look-up: verified, bounded, stopped at once, and nothing but a GET.

Sends no cookie, no login, and follows no redirect to another scheme.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import h11

from smtpwizard.model.addresses import AddressError, ascii_domain, is_ip_literal, parse_host
from smtpwizard.model.errors import DeadlineExceeded, NetworkError
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import Names
from smtpwizard.net.proxy import choose_web_proxy, connect_through
from smtpwizard.net.resolve import connect_first
from smtpwizard.net.stream import Stream, TlsError
from smtpwizard.net.tls import client_context

PAGE_CAP = 256 * 1024
_REDIRECTS = 5
_INTERIM = 10
_MOVED = (301, 302, 303, 307, 308)
_PORTS = {"https": 443, "http": 80}


class WebError(NetworkError):
    """No usable page: `web_no_name`, `dns_failed`, `web_unreachable`, `web_tls`, `web_timeout`,
    `web_closed`, `web_not_http`, `web_too_large`, `web_encoded`, `web_redirect` (in circles, too
    often, to another scheme or to a place that is none), `web_proxy`; fact `host`."""


class Page(NamedTuple):
    """What came back in the end; `urls` are the address asked for and those it led to."""

    status: int
    body: bytes
    urls: tuple[str, ...]

    @property
    def is_authentic(self) -> bool:
        """True where every step of the way was verified TLS."""
        return all(url.startswith("https://") for url in self.urls)


def get_page(
    url: str,
    *,
    names: Names,
    token: CancelToken,
    deadline: Deadline,
    heard: Callable[[], object] = lambda: None,
) -> Page:
    """GET a page; `heard` is called at the first sign of life: TLS that stands, or an answer.

    Raises `WebError`, `NetworkError("address_not_public")`, `Cancelled`.
    """
    urls = [url]
    while True:
        host = urlsplit(urls[-1]).hostname or ""
        try:
            status, body, location = _get(urls[-1], names, token, deadline, heard)
        except DeadlineExceeded:
            raise WebError("web_timeout", host=host) from None
        except TlsError:
            raise WebError("web_tls", host=host) from None
        except ConnectionFailed as failed:
            raise WebError(_code_of(failed.error), host=host) from None
        if status not in _MOVED or location is None:
            return Page(status, body, tuple(urls))
        there = _allowed(urls[-1], location)
        if there is None or there in urls or len(urls) > _REDIRECTS:
            raise WebError("web_redirect", host=host)
        urls.append(there)


_CODES = {
    StageError.DNS_NOT_FOUND: "web_no_name",
    StageError.DNS_FAILED: "dns_failed",
    StageError.TIMEOUT: "web_timeout",
    StageError.CLOSED: "web_closed",
    StageError.RESET: "web_closed",
}


def _code_of(error: str) -> str:
    if error.startswith("proxy_"):
        return "web_proxy"
    return _CODES.get(StageError(error), "web_unreachable")


def _allowed(url: str, location: str) -> str | None:
    """Where a redirect leads; None for what nobody is led to: another scheme, a login, a port of
    one's own, a bare address."""
    before = urlsplit(url)
    with suppress(ValueError, AddressError):
        parts = urlsplit(urljoin(url, location))
        host = ascii_domain(parse_host(parts.hostname or "")).lower()
        default = _PORTS[before.scheme]
        fits = parts.scheme == before.scheme and parts.username is None
        if fits and (parts.port or default) == default and not is_ip_literal(host):
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
            query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
            return f"{before.scheme}://{host}{path}" + (f"?{query}" if query else "")
    return None


def _get(
    url: str, names: Names, token: CancelToken, deadline: Deadline, heard: Callable[[], object]
) -> tuple[int, bytes, str | None]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", _PORTS[parts.scheme]
    stream = _connect(host, port, names, token, deadline)
    try:
        if parts.scheme == "https":
            stream.start_tls(client_context(ca_file=names.settings.ca_file), host, deadline)
            heard()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _exchange(stream, host, target, deadline, heard)
    finally:
        stream.close()


def _connect(host: str, port: int, names: Names, token: CancelToken, deadline: Deadline) -> Stream:
    proxy = None if names.is_pointed(host, port) else choose_web_proxy(host, port)
    if proxy is not None:
        if proxy.kind == "https":
            raise WebError("web_proxy", host=host)
        sock = connect_through(proxy, host, port, token=token, deadline=deadline)
    else:
        endpoints = names.endpoints(host, port, token=token, deadline=deadline, foreign=True)
        sock, _, _ = connect_first(endpoints, token=token, deadline=deadline)
    return Stream(sock, token)


def _exchange(
    stream: Stream, host: str, target: str, deadline: Deadline, heard: Callable[[], object]
) -> tuple[int, bytes, str | None]:
    connection = h11.Connection(h11.CLIENT)
    headers = [("Host", host), ("User-Agent", "smtpwizard"), ("Accept", "*/*")]
    headers.append(("Connection", "close"))
    request = h11.Request(method="GET", target=target, headers=headers)
    for part in (request, h11.EndOfMessage()):
        stream.send(connection.send(part) or b"", deadline)
    response: h11.Response | None = None
    body = bytearray()
    interim = 0
    while True:
        event: object
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            code = "web_not_http" if response is None else "web_closed"
            raise WebError(code, host=host) from None
        if event is h11.NEED_DATA:
            data = stream.receive(deadline)
            heard()
            connection.receive_data(data)
        elif isinstance(event, h11.InformationalResponse):
            interim += 1
            if interim > _INTERIM:
                raise WebError("web_not_http", host=host)
        elif isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > PAGE_CAP:
                raise WebError("web_too_large", host=host)
        elif isinstance(event, h11.EndOfMessage) and response is not None:
            break
        else:
            raise WebError("web_closed", host=host)
        if response is not None and response.status_code in _MOVED:
            break  # what else it says is for people
    found = {name.decode("ascii"): value for name, value in response.headers}
    if found.get("content-encoding", b"identity").strip().lower() not in (b"identity", b""):
        raise WebError("web_encoded", host=host)
    location = found.get("location")
    return (
        response.status_code,
        bytes(body),
        None if location is None else location.decode("utf-8", "replace"),
    )
