"""The loopback listener under everything that may knock, and the same checks for a paste."""

from __future__ import annotations

import contextlib
import select
import selectors
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from smtpwizard.model.errors import Cancelled, DeadlineExceeded, NetworkError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.oauth import receiver as module
from smtpwizard.oauth.receiver import Receiver, ResponseError, check_response, read_pasted
from tests.oauth.browser import Browser, Page

STATE = "the-state-of-this-sign-in"
LONG_S = 86_400.0
"""For what will happen; a short time is for what will not."""
ALLOWED = "https://login.example.com"
GENUINE = {"code": "4/0A-code+with/signs", "state": STATE}
WEB = "https://login.flows.example.com/oauth2/redirect"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver("http://127.0.0.1/back", STATE, allowed_origins=(ALLOWED,)) as made:
        yield made


def get(receiver: Receiver, parameters: dict[str, str] | str, **options: Any) -> Page:
    query = parameters if isinstance(parameters, str) else urlencode(parameters)
    url = options.pop("url", receiver.redirect_uri)
    return Browser().request(f"{url}?{query}" if query else url, **options)


def answer(receiver: Receiver) -> dict[str, str]:
    return dict(receiver.wait(CancelToken(), Deadline(LONG_S)))


def assert_still_listening(receiver: Receiver) -> None:
    """The right answer still comes through, for the right user and unchanged."""
    page = get(receiver, GENUINE)
    assert page.status == 200
    assert "Sign-in received" in page.text
    assert answer(receiver) == GENUINE


def raw(receiver: Receiver, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=LONG_S) as client:
        client.sendall(data)
        parts = []
        while part := client.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    "parameters",
    [
        {"code": "x"},
        {"code": "x", "state": ""},
        {"code": "x", "state": "other"},
        {"code": "x", "state": STATE + "x"},
        {"code": "x", "state": STATE[:-1]},
        {"state": STATE},
        {"code": "", "state": STATE},
        {},
    ],
)
def test_o_01_wrong_or_missing_state_does_not_end_the_wait(
    receiver: Receiver, parameters: dict[str, str]
) -> None:
    page = get(receiver, parameters)
    assert page.status == 400
    assert "Not expected here" in page.text
    counts = receiver.counts()
    assert counts.wrong_state + counts.other == 1
    assert_still_listening(receiver)


@pytest.mark.parametrize("state", [None, "", "other"])
@pytest.mark.parametrize("error", ["access_denied", "server_error"])
def test_o_02_an_error_counts_only_with_the_state(
    receiver: Receiver, state: str | None, error: str
) -> None:
    parameters = {"error": error, "error_description": "give up"}
    if state is not None:
        parameters["state"] = state
    assert get(receiver, parameters).status == 400
    assert_still_listening(receiver)


def test_an_error_with_the_state_is_the_answer_and_says_so(receiver: Receiver) -> None:
    page = get(receiver, {"error": "access_denied", "state": STATE})
    assert page.status == 200
    assert "was not granted" in page.text
    assert "received" not in page.text
    assert answer(receiver) == {"error": "access_denied", "state": STATE}


def test_o_03_the_first_answer_wins(receiver: Receiver) -> None:
    assert "Sign-in received" in get(receiver, GENUINE).text
    again = get(receiver, GENUINE)
    assert again.status == 200
    assert "Already done" in again.text
    assert "Already done" in get(receiver, {"code": "another", "state": STATE}).text
    assert answer(receiver) == GENUINE


def test_o_04_two_listeners_do_not_take_each_other_s_answers() -> None:
    with (
        Receiver("http://127.0.0.1/", "one") as first,
        Receiver("http://127.0.0.1/", "two") as second,
    ):
        assert first.port != second.port
        assert get(first, {"code": "b", "state": "two"}).status == 400
        assert get(second, {"code": "a", "state": "one"}).status == 400
        get(first, {"code": "a", "state": "one"})
        get(second, {"code": "b", "state": "two"})
        assert answer(first)["code"] == "a"
        assert answer(second)["code"] == "b"


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/", "/back/", "/Back", "/back2"])
def test_o_05_other_requests_change_nothing(receiver: Receiver, path: str) -> None:
    base = f"http://127.0.0.1:{receiver.port}{path}"
    assert get(receiver, GENUINE, url=base).status == 404
    assert receiver.counts().other == 1
    assert_still_listening(receiver)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PATCH"])
def test_o_05_other_methods_change_nothing(receiver: Receiver, method: str) -> None:
    page = get(receiver, GENUINE, method=method)
    assert page.status == 405
    assert (page.text == "") is (method == "HEAD")
    assert_still_listening(receiver)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /back HTTP/2.0\r\n\r\n",
        b"GET http://127.0.0.1/back HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"EHLO there\r\n\r\n",
        b"GET /back HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"POST /back HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /back HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /back HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /back HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"fff\r\n%b\r\n" % (b"a" * 0xFFF) * 17,
        b"GET /" + b"a" * 100_000,
        b"GET /back HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"GET /back HTTP/1.1\r\nHost: a\r\nX\x00: y\r\n\r\n",
    ],
)
def test_o_05_what_is_no_request_changes_nothing(receiver: Receiver, data: bytes) -> None:
    assert raw(receiver, data).startswith(b"HTTP/1.1 400 ")
    assert_still_listening(receiver)


def test_o_06_a_path_of_its_own(receiver: Receiver) -> None:
    assert receiver.redirect_uri == f"http://127.0.0.1:{receiver.port}/back"
    for path in ("/", "/callback", "/oauth2/redirect", "//back", "/back%2f"):
        url = f"http://127.0.0.1:{receiver.port}{path}"
        assert get(receiver, GENUINE, url=url).status == 404
    assert_still_listening(receiver)


@pytest.mark.parametrize(
    ("uri", "path"),
    [("http://localhost", "/"), ("http://localhost/", "/"), ("http://localhost/a/b", "/a/b")],
)
def test_the_path_is_the_registered_one(uri: str, path: str) -> None:
    with Receiver(uri, STATE) as made:
        # What goes to the provider is character by character what is registered, with a port.
        assert made.redirect_uri == uri.replace("localhost", f"localhost:{made.port}")
        url = f"http://localhost:{made.port}{path}"
        assert get(made, GENUINE, url=url).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Origin": "https://evil.example"},
    ],
)
def test_o_07_foreign_pages_cannot_embed_or_fetch_it(
    receiver: Receiver, headers: dict[str, str]
) -> None:
    assert get(receiver, GENUINE, headers=headers).status == 403
    assert_still_listening(receiver)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:1", ALLOWED + ".evil"]
)
def test_o_07_foreign_pages_cannot_post_to_it(receiver: Receiver, origin: str) -> None:
    url = receiver.redirect_uri
    assert Browser().request(url, GENUINE, origin=origin).status == 403
    assert_still_listening(receiver)


@pytest.mark.parametrize("origin", [ALLOWED, "null"])
def test_a_form_of_the_authorization_server_is_taken(receiver: Receiver, origin: str) -> None:
    # No Referer is asked for: from https to http there is none.
    page = Browser().request(receiver.redirect_uri, GENUINE, origin=origin)
    assert page.status == 200
    assert answer(receiver) == GENUINE


def test_a_post_that_is_no_form_is_refused(receiver: Receiver) -> None:
    head = f"POST /back HTTP/1.1\r\nHost: localhost:{receiver.port}\r\nContent-Type: text/plain\r\n"
    data = f"{head}Content-Length: {len(urlencode(GENUINE))}\r\n\r\n{urlencode(GENUINE)}"
    assert raw(receiver, data.encode()).startswith(b"HTTP/1.1 400 ")
    assert_still_listening(receiver)


@pytest.mark.parametrize("count", [8, 60, 70, 250])
def test_a_browser_with_many_cookies_is_let_in(receiver: Receiver, count: int) -> None:
    cookies = "; ".join(f"session{number}={'x' * 1000}" for number in range(count))
    assert get(receiver, GENUINE, headers={"Cookie": cookies}).status == 200
    assert answer(receiver) == GENUINE


def test_a_form_may_come_in_chunks(receiver: Receiver) -> None:
    form = urlencode(GENUINE).encode()
    head = (
        f"POST /back HTTP/1.1\r\nHost: localhost:{receiver.port}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (form[:9], form[9:], b""))
    assert raw(receiver, head.encode() + chunks).startswith(b"HTTP/1.1 200 ")
    assert answer(receiver) == GENUINE


def test_two_lengths_are_no_length(receiver: Receiver) -> None:
    request = (
        f"POST /back HTTP/1.1\r\nHost: localhost:{receiver.port}\r\nContent-Length: 5\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n"
    )
    assert raw(receiver, request.encode()).startswith(b"HTTP/1.1 400 ")
    assert receiver.counts().other == 1
    assert_still_listening(receiver)


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}],
)
def test_a_page_that_is_fetched_ahead_is_no_visit(
    receiver: Receiver, headers: dict[str, str]
) -> None:
    assert get(receiver, GENUINE, headers=headers).status == 503
    assert_still_listening(receiver)


BACK = "/back?" + urlencode(GENUINE)
ODD_HEADS = [
    "GET {back} HTTP/1.1\r\n",
    "GET {back} HTTP/9.9\r\n{host}",
    "get {back} HTTP/1.1\r\n{host}",
    "PUT {back} HTTP/1.1\r\n{host}",
    "OPTIONS * HTTP/1.1\r\n{host}",
    "TRACE {back} HTTP/1.1\r\n{host}",
    "CONNECT login.example:443 HTTP/1.1\r\n{host}",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n",
    "GET http://evil.example{back} HTTP/1.1\r\n{host}",
    "GET /%62ack HTTP/1.1\r\n{host}",
    "GET //back?code=c HTTP/1.1\r\n{host}",
    "GET {back}#x HTTP/1.1\r\n{host}",
    "GET /back/?code=c HTTP/1.1\r\n{host}",
    "GET {back} HTTP/1.1\r\n{host}{host}",
    "GET {back} HTTP/1.1\r\nHost : localhost\r\n",
    "GET {back} HTTP/1.1\r\nHost: a@localhost\r\n",
    "GET {back} HTTP/1.1\r\n{host}X: a\0b\r\n",
    "GET /back?code=\u00fc HTTP/1.1\r\n{host}",
    "GET {back}&state=other HTTP/1.1\r\n{host}",
    "GET {back}&code=other HTTP/1.1\r\n{host}",
    "GET /back?code=c%00&state=x HTTP/1.1\r\n{host}",
    "GET /back?error=access_denied HTTP/1.1\r\n{host}",
    "POST {back} HTTP/1.1\r\n{host}Content-Length: 0\r\n",
    "POST /back HTTP/1.1\r\n{host}Content-Length: -1\r\n",
    "POST /back HTTP/1.1\r\n{host}Content-Length: 9999999\r\n",
    "\x16\x03\x01\x02\0\x01\0\x01\u00fc\x03\x03\r\n",
    "\r\n",
]


@pytest.mark.parametrize("head", ODD_HEADS)
def test_whatever_knocks_the_answer_still_gets_in(receiver: Receiver, head: str) -> None:
    text = head.format(back=BACK, host=f"Host: localhost:{receiver.port}\r\n")
    assert raw(receiver, f"{text}\r\n".encode("latin-1"))[9:12] in (b"400", b"403", b"404", b"405")
    assert_still_listening(receiver)


def test_what_follows_a_request_is_not_read(receiver: Receiver) -> None:
    host = f"Host: localhost:{receiver.port}\r\n\r\n"
    both = f"GET /favicon.ico HTTP/1.1\r\n{host}GET {BACK} HTTP/1.1\r\n{host}"
    assert raw(receiver, both.encode()).startswith(b"HTTP/1.1 404 ")
    assert_still_listening(receiver)


@pytest.mark.parametrize("name", ["Host", "Origin", "Sec-Fetch-Dest"])
def test_what_is_said_twice_fits_nothing(receiver: Receiver, name: str) -> None:
    said = {
        "Host": f"127.0.0.1:{receiver.port}",
        "Origin": ALLOWED,
        "Sec-Fetch-Dest": "document",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(urlencode(GENUINE))),
    }
    lines = [f"{key}: {value}" for key, value in (*said.items(), (name, said[name]))]
    request = "\r\n".join(("POST /back HTTP/1.1", *lines, "", urlencode(GENUINE)))
    assert raw(receiver, request.encode())[:12] in (b"HTTP/1.1 403", b"HTTP/1.1 400")
    assert_still_listening(receiver)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1",
             "127.0.0.1:1", "localhost.:{port}", ""],
)  # fmt: skip
def test_o_08_other_host_names_are_refused(receiver: Receiver, host: str) -> None:
    headers = {"Host": host.format(port=receiver.port)}
    assert get(receiver, GENUINE, headers=headers).status == 403
    assert_still_listening(receiver)


def test_o_09_it_listens_on_loopback_alone(receiver: Receiver) -> None:
    assert [s.getsockname()[0] for s in receiver._listeners] == ["127.0.0.1"]
    with Receiver("http://localhost", STATE) as both:
        names = {s.getsockname()[0] for s in both._listeners}
        assert names <= {"127.0.0.1", "::1"}
    for uri in ("http://0.0.0.0/", "http://192.0.2.1:80/", "http://[::]/", "https://127.0.0.1/"):
        with pytest.raises(NetworkError, match="redirect_not_loopback"):
            Receiver(uri, STATE)


def test_o_09_a_container_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("container", "docker")
    with Receiver("http://127.0.0.1/", STATE) as made:
        assert made._listeners[0].getsockname()[0] == "127.0.0.1"


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "localhost"])
def test_o_10_localhost_is_both_families_on_one_port(address: str) -> None:
    if address == "[::1]" and not _has_ipv6():
        pytest.skip("this machine has no ::1")
    with Receiver("http://localhost/back", STATE) as made:
        url = f"http://{address}:{made.port}/back"
        assert get(made, GENUINE, url=url).status == 200
        assert answer(made) == GENUINE


def test_o_10_without_ipv6_one_family_does(monkeypatch: pytest.MonkeyPatch) -> None:
    bind = module._bind

    def without(family: int, address: str, port: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise NetworkError("redirect_no_family")
        return bind(family, address, port)

    monkeypatch.setattr(module, "_bind", without)
    with Receiver("http://localhost/back", STATE) as made:
        assert_still_listening(made)


def test_o_11_a_busy_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for uri in (f"http://127.0.0.1:{port}/", f"http://localhost:{port}/"):
            with pytest.raises(NetworkError, match="redirect_port_busy") as caught:
                Receiver(uri, STATE)
            assert caught.value.facts == {"port": port}


def test_o_11_a_registered_port_is_used() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for _ in range(2):  # and free again at once
        with Receiver(f"http://127.0.0.1:{port}/back", STATE) as made:
            assert made.port == port
            assert_still_listening(made)


def test_o_12_nobody_else_can_take_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver("http://127.0.0.1/", STATE) as made, socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError):
            thief.bind(("127.0.0.1", made.port))
    # On Windows that needs an option of its own, and SO_REUSEADDR would do the reverse.
    options: list[int] = []

    class Watched(socket.socket):
        def setsockopt(self, level: int, option: int, *value: Any) -> None:
            options.append(option)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    monkeypatch.setattr(socket, "socket", Watched)
    module._bind(socket.AF_INET, "127.0.0.1", 0).close()
    assert options == [-5]


def test_o_13_half_open_connections_do_not_hold_it_up(receiver: Receiver) -> None:
    beginnings = (b"", b"GET / HT", b"POST /back HTTP/1.1\r\nContent-Length: 50\r\n\r\ncode=")
    idle = []
    for beginning in beginnings * 10:
        client = socket.create_connection(("127.0.0.1", receiver.port))
        client.sendall(beginning)
        idle.append(client)
    assert_still_listening(receiver)
    for client in idle:
        client.close()


def test_o_13_more_connections_than_it_takes(receiver: Receiver) -> None:
    idle = [
        socket.create_connection(("127.0.0.1", receiver.port))
        for _ in range(module.MAX_CONNECTIONS + 20)
    ]
    assert_still_listening(receiver)
    for client in idle:
        client.close()


def test_o_13_the_one_that_has_kept_silent_longest_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "HEADER_SECONDS", LONG_S)
    with Receiver("http://127.0.0.1/back", STATE) as made, contextlib.ExitStack() as stack:
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", made.port)))
            for _ in range(module.MAX_CONNECTIONS + 1)
        ]
        closed, _, _ = select.select(idle, [], [])
        assert closed == idle[:1]


def test_o_13_the_slow_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEADER_SECONDS", 0.05)
    with (
        Receiver("http://127.0.0.1/back", STATE) as made,
        socket.create_connection(("127.0.0.1", made.port), timeout=300) as slow,
    ):
        slow.sendall(b"GET /back HT")
        assert slow.recv(1) == b""


def test_o_13_a_request_may_come_in_pieces(receiver: Receiver) -> None:
    request = f"GET /back?{urlencode(GENUINE)} HTTP/1.1\r\nHost: 127.0.0.1:{receiver.port}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=300) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request.encode():
            client.sendall(bytes([byte]))
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    assert answer(receiver) == GENUINE


EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egnp.exe",
    "a" * 5000,
    "%00\x00",
)


@pytest.mark.parametrize("words", EVIL)
def test_o_14_nothing_of_the_request_is_on_the_page(receiver: Receiver, words: str) -> None:
    parameters = {"error": "access_denied", "error_description": words, "state": STATE}
    page = get(receiver, parameters)
    plain = get(receiver, {"error": "x", "state": "other", "error_description": words})
    for shown in (page, plain):
        for piece in ("script", "onerror", "\u202e", "aaaaaaa"):
            assert piece not in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'none'")
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["cache-control"] == "no-store"
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert "server" not in shown.headers


@pytest.mark.parametrize(
    "query",
    [
        f"code=a&code=b&state={STATE}",
        f"code=a&state={STATE}&state={STATE}",
        f"code=a&state=other&state={STATE}",
        f"code=a&error=b&error=c&state={STATE}",
        f"code=a%00b&state={STATE}",
        f"code=a%0d%0ab&state={STATE}",
        f"code=%ff%fe&state={STATE}",
        f"code={'a' * 9000}&state={STATE}",
        f"code={'a' * 1_000_000}&state={STATE}",
        "&".join(f"p{i}=1" for i in range(60)) + f"&code=a&state={STATE}",
    ],
)
def test_o_15_odd_parameters_are_refused(receiver: Receiver, query: str) -> None:
    try:
        assert get(receiver, query).status == 400
    except ConnectionError:
        assert len(query) > module.HEAD_CAP  # it did not wait for the end
    assert_still_listening(receiver)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("认证失败".encode("gbk"), "认证失败"),
        ("Größe".encode(), "Größe"),
        (b"Gr\xfc\xdfe", r"Gr\xfc\xdfe"),
        (b"", ""),
    ],
)
def test_an_error_in_the_server_s_own_encoding(receiver: Receiver, sent: bytes, said: str) -> None:
    query = f"error=access_denied&error_description={quote(sent)}&state={STATE}"
    get(receiver, query)
    assert answer(receiver)["error_description"] == said


def test_parameters_that_mean_nothing_to_us_may_be_there(receiver: Receiver) -> None:
    extra = {"session_state": "x", "authuser": "0", "prompt": "consent", "hd": "example.com"}
    get(receiver, {**GENUINE, **extra})
    assert answer(receiver) == {**GENUINE, "session_state": "x"}


def test_o_16_who_comes_too_late_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeadlineExceeded), Receiver("http://127.0.0.1/back", STATE) as made:
        made.wait(CancelToken(), Deadline(0.01))
    page = get(made, GENUINE)
    assert page.status == 410
    assert "Too late" in page.text
    made.close()
    # It does not listen for ever, and at a registered port not at all.
    monkeypatch.setattr(module, "LATE_SECONDS", 0.01)
    with pytest.raises(DeadlineExceeded), Receiver("http://127.0.0.1/back", STATE) as made:
        made.wait(CancelToken(), Deadline(0.01))
    made._thread.join()
    with pytest.raises(DeadlineExceeded), Receiver(made.redirect_uri, STATE) as fixed:
        fixed.wait(CancelToken(), Deadline(0.01))
    assert not fixed._thread.is_alive()


def test_o_16_more_time_can_be_had(receiver: Receiver) -> None:
    deadline = Deadline(0.05)
    deadline.extend(LONG_S)
    threading.Timer(0.1, lambda: get(receiver, GENUINE)).start()
    assert receiver.wait(CancelToken(), deadline) == GENUINE


def test_o_17_cancelling_ends_the_wait_at_once(receiver: Receiver) -> None:
    token = CancelToken()
    timer = threading.Timer(0.05, token.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        receiver.wait(token, Deadline(LONG_S))
    assert "Too late" in get(receiver, GENUINE).text
    timer.join()


def test_o_17_an_answer_that_meets_a_cancel_was_too_late(receiver: Receiver) -> None:
    assert "Sign-in received" in get(receiver, GENUINE).text
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        receiver.wait(token, Deadline(LONG_S))
    assert "Too late" in get(receiver, GENUINE).text


def test_o_18_closing_leaves_no_port_and_no_thread() -> None:
    made = Receiver("http://127.0.0.1/", STATE)
    with socket.create_connection(("127.0.0.1", made.port)) as visitor:
        made.close()
        assert not made._thread.is_alive()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", made.port))
        visitor.settimeout(300)
        assert visitor.recv(1) == b""
    made.close()  # and once more is fine


# -- pasted addresses --------------------------------------------------------------------------


def test_a_pasted_address_is_read() -> None:
    text = f"  {WEB}?{urlencode({**GENUINE, 'iss': 'https://issuer.example', 'x': '1'})}#frag\n"
    assert read_pasted(text, WEB, STATE) == {**GENUINE, "iss": "https://issuer.example"}
    assert read_pasted(f"{WEB.upper()[:8].lower()}LOGIN.flows.example.com/oauth2/redirect?"
                       + urlencode(GENUINE), WEB, STATE) == GENUINE  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "response_other_address"),
        ("4/0A-only-the-code", "response_other_address"),
        (WEB, "response_no_code"),
        (WEB.replace("https", "http") + "?code=a&state=" + STATE, "response_other_address"),
        (WEB + "/?code=a&state=" + STATE, "response_other_address"),
        (WEB.replace("login.", "evil.") + "?code=a&state=" + STATE, "response_other_address"),
        (WEB.replace("//", "//user@") + "?code=a&state=" + STATE, "response_other_address"),
        (WEB.replace(".com", ".com:444") + "?code=a&state=" + STATE, "response_other_address"),
        (WEB.replace(".com", ".com:x") + "?code=a&state=" + STATE, "response_other_address"),
        (WEB + "?code=a", "response_no_state"),
        (WEB + "?code=a&state=other", "response_wrong_state"),
        (WEB + "?error=access_denied&state=other", "response_wrong_state"),
        (WEB + "?state=" + STATE, "response_no_code"),
        (WEB + "?code=a&code=b&state=" + STATE, "response_duplicate"),
        (WEB + "?code=a%0Ab&state=" + STATE, "response_unreadable"),
        (WEB + "#code=a&state=" + STATE, "response_no_code"),
        (WEB + "?code=" + "a" * 50_000, "response_too_long"),
    ],
)
def test_a_pasted_address_that_is_not_the_answer(text: str, code: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read_pasted(text, WEB, STATE)
    assert caught.value.code == code
    assert "code=" not in repr(caught.value)


def test_the_state_comes_before_everything_else() -> None:
    with pytest.raises(ResponseError, match="response_wrong_state"):
        check_response([("error", "x"), ("state", "other")], STATE)


# -- what a flood, a cancelled wait and an endless error leave behind ----------------------------


def test_the_longest_silent_makes_room_for_the_next(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(module, "HEADER_SECONDS", 600.0)
    where = ("127.0.0.1", receiver.port)
    query = urlencode(GENUINE)
    with (
        socket.create_connection(where, timeout=10) as oldest,
        socket.create_connection(where, timeout=10) as newest,
    ):
        # A whole visit says that both were taken in before.
        assert get(receiver, {}).status == 400
        assert oldest.recv(1) == b"", "it made room"
        request = f"GET /back?{query} HTTP/1.1\r\nHost: 127.0.0.1:{receiver.port}\r\n\r\n"
        newest.sendall(request.encode())
        assert newest.recv(12) == b"HTTP/1.1 200"
    assert answer(receiver) == GENUINE


@pytest.mark.parametrize("answered", [False, True])
def test_after_a_cancelled_wait_every_answer_is_too_late(
    receiver: Receiver, answered: bool
) -> None:
    if answered:
        assert get(receiver, GENUINE).status == 200
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        receiver.wait(token, Deadline(5))
    page = get(receiver, GENUINE)
    assert page.status == 410
    assert "Too late" in page.text


@pytest.mark.parametrize("name", ["code", "error", "iss"])
def test_what_an_answer_carries_is_bounded(name: str) -> None:
    def checked(length: int) -> dict[str, str]:
        parameters = {"code": "c", "state": STATE, name: "x" * length}
        return check_response(list(parameters.items()), STATE)

    assert len(checked(module.PARAMETER_CAP)[name]) == module.PARAMETER_CAP
    with pytest.raises(ResponseError, match="response_too_long"):
        checked(module.PARAMETER_CAP + 1)


# -- what the network seldom does ------------------------------------------------------------------


def test_at_port_80_no_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class At80(socket.socket):
        def getsockname(self) -> Any:
            return ("127.0.0.1", 80)

    listener = At80()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = socket.socket.getsockname(listener)[1]
    monkeypatch.setattr(module, "_listen", lambda host, wanted: [listener])
    with (
        Receiver("http://127.0.0.1/", STATE) as made,
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        query = urlencode(GENUINE)
        client.sendall(f"GET /?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert answer(made) == GENUINE


def test_o_10_the_redirect_may_name_the_ipv6_address() -> None:
    with Receiver("http://[::1]/back", STATE) as made:
        assert made.redirect_uri == f"http://[::1]:{made.port}/back"
        assert_still_listening(made)


def test_a_visitor_that_is_gone_before_it_is_let_in(receiver: Receiver) -> None:
    class Gone(socket.socket):
        def accept(self) -> Any:
            raise ConnectionAbortedError

    with Gone() as listener:
        receiver._accept(listener)
    assert_still_listening(receiver)


def test_a_visitor_that_had_to_make_room_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both knock between two looks: the newcomer is let in first, and the other one has gone."""
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 1)
    gate, looking = threading.Event(), threading.Event()

    class Gated(Receiver):
        def _drop_the_slow(self) -> None:
            looking.set()
            gate.wait()

    with Gated("http://127.0.0.1/back", STATE) as made, contextlib.ExitStack() as stack:
        first = stack.enter_context(socket.create_connection(("127.0.0.1", made.port)))
        looking.wait()
        second = stack.enter_context(socket.create_connection(("127.0.0.1", made.port)))
        first.sendall(b"GET / HTTP/1.1\r\n\r\n")
        gate.set()
        # Its unread request makes an end a reset.
        with contextlib.suppress(ConnectionResetError):
            assert first.recv(1) == b""
        second.sendall(
            f"GET /back?{urlencode(GENUINE)} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{made.port}\r\n\r\n".encode()
        )
        assert answer(made) == GENUINE


def test_a_page_that_does_not_fit_at_once_arrives_all_the_same(receiver: Receiver) -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    size = 5_000_000
    visitor = module._Visitor(ours, float("inf"), pending=b"x" * size, sent=True)
    receiver._visitors[ours] = visitor
    receiver._selector.register(ours, selectors.EVENT_WRITE)
    got = 0
    with theirs:
        while part := theirs.recv(65536):
            got += len(part)
    assert got == size


def test_a_visitor_that_only_seemed_to_speak(receiver: Receiver) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        receiver._attend(module._Visitor(ours, 0.0), selectors.EVENT_READ)
    assert_still_listening(receiver)


@pytest.mark.parametrize("port", [0, 4711])
def test_o_11_localhost_needs_the_port_of_both_families(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    tried: list[int] = []

    def bind(family: int, address: str, wanted: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise NetworkError("redirect_port_busy", port=wanted)
        tried.append(wanted)
        sock = opened.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))  # Windows knows no address of one that is not bound
        return sock

    monkeypatch.setattr(module, "_bind", bind)
    with contextlib.ExitStack() as opened, pytest.raises(NetworkError) as caught:
        module._listen("localhost", port)
    assert caught.value.code == "redirect_port_busy"
    assert len(tried) == (1 if port else 20)


def test_o_10_a_family_this_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NetworkError, match="redirect_no_family"):
        module._bind(socket.AF_INET, "192.0.2.1", 0)  # an address of no machine (RFC 5737)

    def refuse(*_: object) -> None:
        raise OSError("not here")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(NetworkError, match="redirect_no_family"):
        module._bind(socket.AF_INET6, "::1", 0)
