"""A page for a look-up: through the proxy where there is one, and never longer than allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwizard.model.errors import Cancelled
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import Names
from smtpwizard.net.web import Page, WebError, get_page
from tests.helpers.mail_world import MailWorld
from tests.helpers.web_server import HANGS
from tests.net.proxies import proxy

URL = "https://autoconfig.quay.example/mail/config-v1.1.xml"


def get(url: str, names: Names, seconds: float = 60) -> Page:
    return get_page(url, names=names, token=CancelToken(), deadline=Deadline(seconds))


@pytest.mark.parametrize("url", [URL, URL.replace("https", "http")])
def test_the_environment_s_proxy_is_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with proxy("http", answer=b"HTTP/1.1 403 No\r\n\r\n") as one:
        monkeypatch.setenv("https_proxy", one.url)
        with pytest.raises(WebError) as failed:
            get(url, Names())
    assert failed.value.code == "web_proxy"
    assert one.asked == [f"autoconfig.quay.example:{443 if url == URL else 80}"]


def test_who_is_pointed_elsewhere_needs_no_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with MailWorld(tmp_path) as world:
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        world.page(URL, b"here")
        page = get(URL, Names(world.settings()))
        assert (page.status, page.body, page.is_authentic) == (200, b"here", True)


def test_what_hangs_ends_in_time_or_when_stopped(tmp_path: Path) -> None:
    with MailWorld(tmp_path) as world:
        world.page(URL, HANGS)
        names = Names(world.settings())
        with pytest.raises(WebError, match="web_timeout"):
            get(URL, names, 0.3)
        token = CancelToken()
        heard: list[bool] = []

        def stop() -> None:
            heard.append(True)
            token.cancel()

        with pytest.raises(Cancelled):
            get_page(URL, names=names, token=token, deadline=Deadline(300), heard=stop)
        assert heard == [True]
