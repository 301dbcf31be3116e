"""HTTPS for authorization servers: no redirects, bounded answers, our trust rules.

Never follows a redirect and takes nothing but a proxy from the environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from smtpwizard.model.errors import NetworkError
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

ANSWER_CAP = 1_000_000
CONNECT_S = 10.0
READ_S = 20.0


class HttpError(NetworkError):
    """No usable answer: `http_unreachable`, `http_tls`, `http_timeout`, `http_too_large`,
    `http_redirect`, `http_not_json`; facts `host` and, where there is one, `status`."""


def make_session(ca_file: str | None = None) -> requests.Session:
    """A requests session with these rules; heavy to import, so made where first used.

    Raises `NetworkError` for an unusable CA file.
    """
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
            kwargs["timeout"] = (CONNECT_S, READ_S)
            kwargs["stream"] = True
            response = super().send(request, **kwargs)
            body = b""
            for chunk in response.iter_content(16_384):
                body += chunk
                if len(body) > ANSWER_CAP:
                    response.close()
                    raise HttpError("http_too_large", host=urlsplit(request.url).hostname)
            response._content = body
            if response.is_redirect:
                # A token request that follows a redirect hands the secret to somebody else.
                raise HttpError(
                    "http_redirect",
                    host=urlsplit(request.url).hostname,
                    status=response.status_code,
                )
            return response

    session = requests.Session()
    session.trust_env = False
    session.proxies = _environment_proxies()
    session.headers["User-Agent"] = "smtpwizard"
    session.mount("https://", Adapter(max_retries=0))
    session.mount("http://", Adapter(max_retries=0))
    return session


def _environment_proxies() -> dict[str, str]:
    from urllib.request import getproxies

    found = getproxies()
    return {scheme: url for scheme, url in found.items() if scheme in ("http", "https", "all")} | {
        # An authorization server on this machine is never behind a proxy.
        "https://localhost": "",
        "https://127.0.0.1": "",
        "http://localhost": "",
        "http://127.0.0.1": "",
    }


def call(work: Callable[[], T], *, host: str, token: CancelToken, deadline: Deadline) -> T:
    """Run HTTP work that a library does, so that it can be abandoned; its errors as `HttpError`."""
    import requests

    def guarded() -> T:
        try:
            return work()
        except NetworkError:
            raise
        except requests.exceptions.SSLError:
            raise HttpError("http_tls", host=host) from None
        except requests.exceptions.Timeout:
            raise HttpError("http_timeout", host=host) from None
        except requests.exceptions.HTTPError as error:
            status = error.response.status_code if error.response is not None else None
            raise HttpError("http_status", host=host, status=status) from None
        except requests.exceptions.RequestException:
            raise HttpError("http_unreachable", host=host) from None

    return run_abandonable(guarded, token=token, deadline=deadline, name="http")


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
    response = session.post(url, data=dict(form), auth=basic, allow_redirects=False)
    return response.status_code, read_json(response)


def get_json(session: requests.Session, url: str) -> dict[str, Any]:
    """GET a JSON object; anything but 200 is `HttpError("http_status")`."""
    response = session.get(url, allow_redirects=False)
    if response.status_code != 200:
        raise HttpError("http_status", host=urlsplit(url).hostname, status=response.status_code)
    return read_json(response)
