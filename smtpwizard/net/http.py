"""HTTPS for authorization servers: no redirects, bounded answers, our trust rules.

Never follows a redirect and takes nothing but a proxy from the environment, as mail does.
"""

from __future__ import annotations

import io
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from smtpwizard.model.errors import DeadlineExceeded, NetworkError
from smtpwizard.model.foreign_text import read_foreign
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.model.wire import TokenRequest
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable
from smtpwizard.net.proxy import Proxy, choose_web_proxy, connect_through

if TYPE_CHECKING:
    import requests

    from smtpwizard.model.auth import Secret

T = TypeVar("T")

ANSWER_CAP = 1_000_000
# What is recorded of an answer.
_FIELDS_CAP = 50
_SAID_CAP = 2_000
CONNECT_S = 10.0
READ_S = 20.0
# A whole answer, however it drips.
TOTAL_S = 40.0

# What these write when their messages are turned on: codes, tokens, whole answers.
_TALKATIVE = ("google", "google_auth_oauthlib", "msal", "oauthlib", "requests", "requests_oauthlib",
              "urllib3")  # fmt: skip


class HttpError(NetworkError):
    """No usable answer: `http_unreachable`, `http_no_name`, `http_proxy`, `http_proxy_login`,
    `http_proxy_invalid`, `http_tls` (a certificate that nobody vouches for), `http_tls_date`,
    `http_tls_name`, `http_tls_failed`, `http_timeout`, `http_closed` (in the middle of an answer or
    before it), `http_empty`, `http_too_large`, `http_redirect`, `http_not_json`, `http_status`
    (429, 5xx, or not what was asked for).

    Facts: `host` and, where there is one, `port`, `proxy` (without its login), `source` (what names
    the proxy), `status`, `retry_after` and `seconds` (how long was waited).
    """


Observer = Callable[[TokenRequest], None]


def make_session(
    ca_file: str | None = None,
    observer: Observer | None = None,
    *,
    authorities: tuple[str, ...] = (),
) -> requests.Session:
    """A requests session with these rules; heavy to import, so made where first used.

    `ca_file` and `authorities` (PEM) are trusted besides the system's, as in `net.tls`.
    `observer` is told of every request, by the names of its parameters, and what came back.

    An answer that only says "not now" (429, 5xx) raises `HttpError("http_status")`, whatever
    library is on top. Raises `NetworkError` for an unusable CA file.
    """
    _silence()
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    from smtpwizard.net.tls import client_context

    context = client_context(ca_file=ca_file, authorities=authorities)

    class Connection(HTTPSConnection):
        """Goes through the proxy that mail would go through as well."""

        def _new_conn(self) -> socket.socket:
            proxy = _proxy_for(self.host, self.port)
            if proxy is None:
                return super()._new_conn()
            return _through(proxy, self.host, self.port)

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    class Adapter(HTTPAdapter):
        """Brings the context that checks certificates, the proxy, and the caps."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **kwargs)
            pools = {"http": HTTPConnectionPool, "https": Pool}
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **kwargs)

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            # The context decides; requests would load a bundle of its own here.
            conn.cert_reqs = "CERT_REQUIRED"

        def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
            host, port = _target(request.url)
            kwargs |= {"timeout": (CONNECT_S, READ_S), "stream": True, "proxies": {}}
            proxy = _proxy_for(host, port)
            if proxy is not None and proxy.kind == "https":
                # TLS inside TLS is for urllib3.
                kwargs["proxies"] = {"https": proxy.whole_url().reveal()}
            end = time.monotonic() + TOTAL_S
            response, body = None, b""
            try:
                response = super().send(request, **kwargs)
                body = _body(response, host, end)
                response.raw = io.BytesIO(body)
            finally:
                # A server may close without saying so: no connection is used twice.
                self.close()
                if observer is not None:
                    observer(_as_event(request, response, body))
            status = response.status_code
            if response.is_redirect:
                # A token request that follows a redirect hands the secret to another server.
                raise HttpError("http_redirect", host=host, status=status)
            if status == 429 or status >= 500:
                later = _seconds(response.headers.get("Retry-After"))
                raise HttpError("http_status", host=host, status=status, retry_after=later)
            return response

    session = requests.Session()
    session.trust_env = False
    # None is left open either when a sign-in ends.
    session.headers.update({"User-Agent": "smtpwizard", "Connection": "close"})
    session.mount("https://", Adapter(max_retries=0))
    session.mount("http://", Adapter(max_retries=0))
    return session


def _body(response: requests.Response, host: str, end: float) -> bytes:
    """The whole answer, read as it comes so that neither size nor time is without a bound."""
    from urllib3 import exceptions as below

    body = b""
    try:
        while part := response.raw.read1(16_384, decode_content=True):
            body += part
            if len(body) > ANSWER_CAP:
                raise HttpError("http_too_large", host=host)
            if time.monotonic() > end:
                raise HttpError("http_timeout", host=host, seconds=whole_seconds(TOTAL_S))
    except below.TimeoutError:
        raise HttpError("http_timeout", host=host, seconds=whole_seconds(READ_S)) from None
    except below.DecodeError:
        raise HttpError("http_not_json", host=host, status=response.status_code) from None
    except (below.HTTPError, OSError):
        raise HttpError("http_closed", host=host) from None
    finally:
        response.close()
    return body


def _as_event(request: Any, response: Any, body: bytes) -> TokenRequest:
    """A request and its answer without any value but those that say what was wrong."""
    parts = urlsplit(request.url)
    form = request.body or b""
    pairs = parse_qsl(form if isinstance(form, str) else form.decode("ascii", "replace"), True)
    grant = next((value for name, value in pairs if name == "grant_type"), None)
    event = TokenRequest(
        0, parts.netloc.rpartition("@")[2], parts.path, tuple(name for name, _ in pairs), grant
    )
    if response is None:
        return event
    answer: Any = None
    with suppress(ValueError, RecursionError):
        answer = json.loads(body)
    fields = answer if isinstance(answer, dict) else {}
    said = {name: value for name, value in fields.items() if isinstance(value, str)}
    return event._replace(
        status=response.status_code,
        answered=tuple(fields)[:_FIELDS_CAP],
        error=said.get("error", "")[:_SAID_CAP] or None,
        error_description=said.get("error_description", "")[:_SAID_CAP] or None,
    )


def _silence() -> None:
    import logging

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _target(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)


def _proxy_for(host: str, port: int) -> Proxy | None:
    try:
        return choose_web_proxy(host, port)
    except ConnectionFailed as failed:
        source = failed.failure.source
        raise HttpError("http_proxy_invalid", host=host, port=port, source=source) from None


def _through(proxy: Proxy, host: str, port: int) -> socket.socket:
    try:
        return connect_through(proxy, host, port, token=CancelToken(), deadline=Deadline(CONNECT_S))
    except ConnectionFailed as failed:
        wants_login = failed.error is StageError.PROXY_AUTH_REQUIRED
        code = "http_proxy_login" if wants_login else "http_proxy"
        raise _of_proxy(code, proxy, host, port) from None


def _of_proxy(code: str, proxy: Proxy, host: str, port: int) -> HttpError:
    return HttpError(code, host=host, port=port, proxy=str(proxy), source=proxy.source)


def _seconds(text: str | None) -> int | None:
    return int(text[:6]) if text and text.isascii() and text.isdigit() else None


def call(work: Callable[[], T], *, host: str, token: CancelToken, deadline: Deadline) -> T:
    """Run HTTP work that a library does, so that it can be abandoned; its errors as `HttpError`."""

    allowed = deadline.remaining()

    def guarded() -> T:
        import requests

        try:
            return work()
        except requests.exceptions.RequestException as error:
            raise translated(error, host) from None

    try:
        return run_abandonable(guarded, token=token, deadline=deadline, name="http")
    except DeadlineExceeded:
        raise HttpError("http_timeout", host=host, seconds=whole_seconds(allowed)) from None


def whole_seconds(seconds: float) -> float:
    """Seconds as a person says them: whole ones, or a tenth where there is less than one."""
    return round(seconds) if seconds >= 1 else max(0.1, round(seconds, 1))


def translated(error: Exception, host: str) -> HttpError:
    """What a failure of requests means; its text, which may hold a whole request, stays out.

    The host is the one that was asked, and `host` where the error does not say.
    """
    from requests import exceptions

    url = getattr(getattr(error, "request", None), "url", None)
    asked, port = _target(url) if isinstance(url, str) else (host, 443)
    if isinstance(error, exceptions.ProxyError):
        proxy = _proxy_for(asked, port)
        if proxy is not None:
            wants_login = "Tunnel connection failed: 407" in str(error)
            code = "http_proxy_login" if wants_login else "http_proxy"
            return _of_proxy(code, proxy, asked, port)
    if isinstance(error, exceptions.Timeout):
        late = isinstance(error, exceptions.ConnectTimeout)
        waited = whole_seconds(CONNECT_S if late else READ_S)
        return HttpError("http_timeout", host=asked, port=port, seconds=waited)
    return HttpError(_what_broke(error), host=asked, port=port)


def _what_broke(error: Exception) -> str:
    """What lies under a connection that came to nothing: requests wraps it several times."""
    from http.client import HTTPException

    from smtpwizard.net.tls import handshake_failure

    below = tuple(_underneath(error))
    for e in below:
        if isinstance(e, ssl.SSLError):
            failure = handshake_failure(e)
            refused = "http_tls" if failure.verify_code is not None else "http_tls_failed"
            return _HANDSHAKES.get(failure.error, refused)
    for e in below:
        if isinstance(e, socket.gaierror):
            return "http_no_name"
        # Also what ends in the middle of an answer: http.client has it as an OSError.
        if isinstance(e, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
            return "http_closed"
    if any(isinstance(e, HTTPException) for e in below):
        return "http_not_json"
    return "http_unreachable"


_HANDSHAKES = {
    StageError.CERT_EXPIRED: "http_tls_date",
    StageError.CERT_NOT_YET_VALID: "http_tls_date",
    StageError.CERT_HOSTNAME_MISMATCH: "http_tls_name",
    StageError.CLOSED: "http_closed",
}


def _underneath(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it was made of, each once."""
    left: list[object] = [error]
    seen: set[int] = set()
    while left:
        one = left.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            left += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def read_json(response: Any) -> dict[str, Any]:
    """The JSON object of an answer, or `HttpError`: `http_not_json`, `http_empty`, `http_closed`
    for one that ends in the middle."""
    host = urlsplit(response.url).hostname
    body: bytes = response.content.strip()
    try:
        document = json.loads(_text(response))
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        return document
    code = "http_not_json" if body else "http_empty"
    if body.startswith(b"{") and not body.endswith(b"}"):
        code = "http_closed"
    raise HttpError(code, host=host, status=response.status_code)


def _text(response: Any) -> str:
    """The text of an answer: JSON is Unicode (RFC 8259 §8.1), or as the answer says, or as its
    words prove; what nothing proves is escaped."""
    content: bytes = response.content
    kind = str(response.headers.get("Content-Type", "")).lower()
    said = response.encoding if "charset=" in kind else None
    for encoding in (json.detect_encoding(content), said or "utf-8"):
        with suppress(LookupError, UnicodeDecodeError):
            return content.decode(encoding)
    read = read_foreign(content)
    if read is not None:
        return read
    # Doubled, for a single backslash is JSON's own.
    return content.decode("utf-8", "backslashreplace").replace("\\x", "\\\\x")


def post_form(
    session: requests.Session,
    url: str,
    form: Mapping[str, str],
    *,
    basic: tuple[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """POST a form and read the JSON answer: status and object."""
    headers = {"Accept": "application/json"}
    response = session.post(
        url, data=dict(form), auth=basic, headers=headers, allow_redirects=False
    )
    return response.status_code, read_json(response)


def post_form_status(session: requests.Session, url: str, form: Mapping[str, str]) -> int:
    """POST a form whose answer has nothing to read: its status."""
    return int(session.post(url, data=dict(form), allow_redirects=False).status_code)


def get_json(
    session: requests.Session, url: str, *, bearer: Secret | None = None
) -> dict[str, Any]:
    """GET a JSON object; anything but 200 is `HttpError("http_status")`."""
    headers = {"Accept": "application/json"}
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer.reveal()}"
    response = session.get(url, headers=headers, allow_redirects=False)
    if response.status_code != 200:
        raise HttpError("http_status", host=urlsplit(url).hostname, status=response.status_code)
    return read_json(response)
