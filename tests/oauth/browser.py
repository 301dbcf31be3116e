"""A browser for sign-ins without a screen: follows redirects, sends forms off, reads no scripts."""

from __future__ import annotations

import html.parser
import http.client
import ssl
import threading
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser shows: the address bar, the status, the text of the page."""

    url: str
    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


class _Forms(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and (given.get("type") == "hidden" or "checked" in given):
            self.fields[given["name"]] = given["value"]


class Browser:
    """Opens addresses on threads of its own, as a browser beside the program does.

    `decision` is what it clicks on a consent page, `account` whom it chooses there (None: the one
    that is marked). `before` runs ahead of the last step, with the address it goes to.
    """

    def __init__(self, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        self.decision = "allow"
        self.account: str | None = None
        self.pages: list[Page] = []
        self.opened: list[str] = []
        self.errors: list[Exception] = []
        self._threads: list[threading.Thread] = []

    def open(self, url: str) -> None:
        """Open an address and go on to where it ends; returns at once."""
        self.opened.append(url)
        thread = threading.Thread(target=self._run, args=(url,))
        self._threads.append(thread)
        thread.start()

    def _run(self, url: str) -> None:
        try:
            self.visit(url)
        except Exception as error:  # noqa: BLE001 - told by `close`, in the test's own thread
            self.errors.append(error)

    def close(self) -> None:
        for thread in self._threads:
            thread.join(300)
            assert not thread.is_alive()
        if self.errors:
            raise self.errors[0]

    def visit(self, url: str) -> Page:
        """Where the address ends; a place that cannot be reached ends it with its address."""
        form: dict[str, str] | None = None
        origin: str | None = None
        for _ in range(10):
            try:
                page = self.request(url, form, origin=origin)
            except OSError:
                page = Page(url, 0, "cannot be reached")
            location = page.headers.get("location")
            forms = _Forms()
            forms.feed(page.text)
            parts = urlsplit(url)
            if page.status in (302, 303) and location:
                url, form, origin = urljoin(url, location), None, None
            elif page.status == 200 and forms.action is not None:
                origin = f"{parts.scheme}://{parts.netloc}"
                url, form = urljoin(url, forms.action), dict(forms.fields)
                if "request" in form:  # the consent page
                    form["decision"] = self.decision
                    if self.account is not None:
                        form["account"] = self.account
            else:
                self.pages.append(page)
                return page
        raise AssertionError("redirects without an end")

    def request(
        self,
        url: str,
        form: dict[str, str] | None = None,
        *,
        method: str | None = None,
        origin: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
        """One request and its answer."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self._ca_file)
            connection = http.client.HTTPSConnection(host, port, timeout=300, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=300)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", **(headers or {})}
        body = None
        if form is not None:
            body = urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent.setdefault("Origin", origin or "null")
        try:
            connection.request(method or ("GET" if form is None else "POST"), path, body, sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Page(url, answer.status, text, found)
        finally:
            connection.close()


if __name__ == "__main__":
    # As `BROWSER`: the address is the last argument; `decision=…` and `account=…` may come first.
    import sys

    browser = Browser()
    for text in sys.argv[1:-1]:
        name, _, value = text.partition("=")
        setattr(browser, name, value)
    browser.visit(sys.argv[-1])
