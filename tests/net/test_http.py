"""HTTPS for sign-ins: through the proxy that the environment names, as mail goes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.net import http
from tests.helpers.sockets import stop_listening
from tests.net.proxies import proxy

HOST = "login.corp.test"
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"a": "yes"}'


@contextlib.contextmanager
def web_server(context: ssl.SSLContext) -> Iterator[int]:
    """A web server with one answer, while the block is active; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    with context.wrap_socket(sock, server_side=True) as client:
                        client.recv(65536)
                        client.sendall(ANSWER)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop_listening(listener)
            thread.join()


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture
def ca_file(authority: ThrowAwayAuthority, tmp_path: Path) -> str:
    return str(authority.write_ca(tmp_path / "ca.pem"))


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_through_the_proxy_of_the_environment(
    kind: str, authority: ThrowAwayAuthority, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        web_server(authority.server_context((HOST,))) as port,
        proxy(kind, hosts={HOST: "127.0.0.1"}, username="me", password="p@:/ä") as way,
    ):
        url = way.url.replace("socks5", "socks5h").replace("//", "//me:p%40%3A%2F%C3%A4@")
        monkeypatch.setenv("ALL_PROXY", url)
        found = http.get_json(http.make_session(ca_file), f"https://{HOST}:{port}/token")
        assert found == {"a": "yes"}
        # The name is the proxy's to look up, and what is said is not for it.
        assert way.asked == [f"3 {HOST}:{port}" if kind == "socks5" else f"{HOST}:{port}"]
        assert way.logins == ["me:p@:/ä".encode()]
        assert b"yes" not in way.received


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_proxy_that_asks_for_a_login(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(kind, username="me", password="word") as way:
        monkeypatch.setenv("https_proxy", way.url.replace("//", "//me:wrong-canary@"))
        with pytest.raises(http.HttpError) as refused:
            http.get_json(http.make_session(), f"https://{HOST}/token")
    facts = {"host": HOST, "port": 443, "proxy": way.url, "source": "https_proxy"}
    assert (refused.value.code, refused.value.facts) == ("http_proxy_login", facts)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("http", b"HTTP/1.1 403 Forbidden\r\n\r\n"),
        ("http", b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
        ("http", b"220 mail.example.com\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\n\r\nand more"),
        ("socks5", b"\x05\x02\x00\x01" + bytes(6)),
    ],
)
def test_a_proxy_that_does_not_let_us_through(
    kind: str, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(kind, answer=answer) as way:
        monkeypatch.setenv("all_proxy", way.url)
        with pytest.raises(http.HttpError) as refused:
            http.get_json(http.make_session(), f"https://{HOST}:8443/token")
    facts = {"host": HOST, "port": 8443, "proxy": way.url, "source": "all_proxy"}
    assert (refused.value.code, refused.value.facts) == ("http_proxy", facts)


def test_a_proxy_behind_tls_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "https://me:canary-of-a-proxy@127.0.0.1:1")
    with pytest.raises(Exception) as caught:
        http.make_session().get(f"https://{HOST}/token")
    error = http.translated(caught.value, "elsewhere")
    facts = {
        "host": HOST, "port": 443, "proxy": "https://127.0.0.1:1", "source": "https_proxy",
    }  # fmt: skip
    assert (error.code, error.facts) == ("http_proxy", facts)


def test_a_proxy_setting_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:hunter#2@proxy.test:3128")
    with pytest.raises(http.HttpError) as refused:
        http.make_session().get(f"https://{HOST}/token")
    facts = {"host": HOST, "port": 443, "source": "https_proxy"}
    assert (refused.value.code, refused.value.facts) == ("http_proxy_invalid", facts)


class _Answer:
    """An answer as requests has it, as far as it is read."""

    def __init__(self, content: bytes, kind: str = "application/json", encoding: str = "") -> None:
        self.content = content
        self.headers = {"Content-Type": kind}
        self.encoding = encoding or None
        self.url = f"https://{HOST}/token"
        self.status_code = 400


@pytest.mark.parametrize(
    ("content", "kind", "encoding"),
    [
        ("认证失败".encode(), "application/json", ""),
        ("认证失败".encode("utf-16"), "application/json", ""),
        ("认证失败".encode("gbk"), "application/json; charset=GBK", "GBK"),
        ("认证失败".encode("gbk"), "application/json", ""),
        # What requests takes a text for that does not say.
        ("认证失败".encode("gbk"), "text/html", "ISO-8859-1"),
        ("认证失败".encode("gbk"), "application/json; charset=nonsense", "nonsense"),
    ],
)
def test_an_answer_in_its_own_encoding(content: bytes, kind: str, encoding: str) -> None:
    said = "utf-16" if content.startswith(b"\xff\xfe") else "latin-1"
    text = content.decode(said)
    body = f'{{"error_description": "{text}"}}'.encode(said)
    answer = _Answer(body, kind, encoding)
    assert http.read_json(answer) == {"error_description": "认证失败"}


def test_an_answer_that_nothing_explains() -> None:
    answer = _Answer(b'{"error": "Gr\xfc\xdfe"}')
    assert http.read_json(answer) == {"error": r"Gr\xfc\xdfe"}
    with pytest.raises(http.HttpError, match="http_not_json"):
        http.read_json(_Answer(b"<html>\xfc"))
