"""HTTPS for authorization servers: no redirects, bounded answers, our trust rules.

Never follows a redirect and takes nothing but a proxy from the environment.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.errors import DeadlineExceeded, NetworkError
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable

if TYPE_CHECKING:
    import requests

    from smtpwizard.model.auth import Secret

T = TypeVar("T")

ANSWER_CAP = 1_000_000
CONNECT_S = 10.0
READ_S = 20.0
# A whole answer, however it drips.
TOTAL_S = 40.0

# What these write when their messages are turned on: codes, tokens, whole answers.
_TALKATIVE = ("google", "google_auth_oauthlib", "msal", "oauthlib", "requests", "requests_oauthlib",
              "urllib3")  # fmt: skip


class HttpError(NetworkError):
    """No usable answer: `http_unreachable`, `http_proxy`, `http_tls`, `http_timeout`,
    `http_too_large`, `http_redirect`, `http_not_json`, `http_status` (429, 5xx, or not what was
    asked for); facts `host` and, where there is one, `status` and `retry_after` (seconds)."""


def make_session(ca_file: str | None = None) -> requests.Session:
    """A requests session with these rules; heavy to import, so made where first used.

    An answer that only says "not now" (429, 5xx) raises `HttpError("http_status")`, whatever
    library is on top. Raises `NetworkError` for an unusable CA file.
    """
    _silence()
    import requests
    from requests.adapters import HTTPAdapter

    from smtpwizard.net.tls import client_context

    context = client_context(ca_file=ca_file)

    class Adapter(HTTPAdapter):
        """Brings the context that checks certificates, and the caps."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **kwargs)

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **kwargs)

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            # The context decides; requests would load a bundle of its own here.
            conn.cert_reqs = "CERT_REQUIRED"

        def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
            host = urlsplit(request.url).hostname or ""
            kwargs |= {"timeout": (CONNECT_S, READ_S), "stream": True}
            if _goes_direct(host):
                kwargs["proxies"] = {}
            end = time.monotonic() + TOTAL_S
            try:
                response = super().send(request, **kwargs)
                response.raw = io.BytesIO(_body(response, host, end))
            finally:
                # A server may close without saying so: no connection is used twice.
                self.close()
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
    session.proxies = _environment_proxies()
    # None is left open either when a sign-in ends.
    session.headers.update({"User-Agent": "smtpwizard", "Connection": "close"})
    session.mount("https://", Adapter(max_retries=0))
    session.mount("http://", Adapter(max_retries=0))
    return session


def _body(response: requests.Response, host: str, end: float) -> bytes:
    """The whole answer, read as it comes so that neither size nor time is without a bound."""
    from requests import exceptions
    from urllib3 import exceptions as below

    body = b""
    try:
        while part := response.raw.read1(16_384, decode_content=True):
            body += part
            if len(body) > ANSWER_CAP:
                raise HttpError("http_too_large", host=host)
            if time.monotonic() > end:
                raise HttpError("http_timeout", host=host)
    except below.TimeoutError:
        raise exceptions.ReadTimeout from None
    except (below.HTTPError, OSError):
        raise exceptions.ConnectionError from None
    finally:
        response.close()
    return body


def _silence() -> None:
    import logging

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _environment_proxies() -> dict[str, str]:
    from urllib.request import getproxies

    return {k: url for k, url in getproxies().items() if k in ("http", "https", "all")}


def _goes_direct(host: str) -> bool:
    from urllib.request import proxy_bypass

    return is_loopback(host) or bool(proxy_bypass(host))


def _seconds(text: str | None) -> int | None:
    return int(text[:6]) if text and text.isascii() and text.isdigit() else None


def call(work: Callable[[], T], *, host: str, token: CancelToken, deadline: Deadline) -> T:
    """Run HTTP work that a library does, so that it can be abandoned; its errors as `HttpError`."""

    def guarded() -> T:
        import requests

        try:
            return work()
        except requests.exceptions.RequestException as error:
            raise translated(error, host) from None

    try:
        return run_abandonable(guarded, token=token, deadline=deadline, name="http")
    except DeadlineExceeded:
        raise HttpError("http_timeout", host=host) from None


def translated(error: Exception, host: str) -> HttpError:
    """What a failure of requests means; its text, which may hold a whole request, stays out."""
    from requests import exceptions

    code = "http_unreachable"
    if isinstance(error, exceptions.ProxyError | exceptions.InvalidSchema):
        code = "http_proxy"
    elif isinstance(error, exceptions.SSLError):
        code = "http_tls"
    elif isinstance(error, exceptions.Timeout):
        code = "http_timeout"
    return HttpError(code, host=host)


def read_json(response: Any) -> dict[str, Any]:
    """The JSON object of an answer, or `HttpError("http_not_json")`."""
    host = urlsplit(response.url).hostname
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise HttpError("http_not_json", host=host, status=response.status_code)
    return document


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
