"""Through SOCKS5 and HTTP CONNECT: what the proxy is told, what it says, and who is verified."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import HANG, ScriptedServer
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import NetworkError
from smtpwizard.model.report import Stage
from smtpwizard.net.proxy import choose_proxy, choose_web_proxy, is_excluded, parse_proxy
from smtpwizard.usecases.diagnose import causes_for_report
from tests.helpers.certificates import Certificates
from tests.net.peers import black_hole
from tests.net.proxies import proxy
from tests.smtp.invariants import ACCOUNT, Seen, Verifier, offering

HOST = "mail.corp.test"
KINDS = ["socks5", "http"]
LOGIN = {"username": "clerk", "password": "proxy-canary:ä/%"}
LOGIN_IN_URL = "clerk:proxy-canary%3A%C3%A4%2F%25"

kinds = pytest.mark.parametrize("kind", KINDS)
securities = pytest.mark.parametrize("security", ["starttls", "implicit_tls"])


@pytest.fixture
def verifier(certificates: Certificates) -> Verifier:
    return Verifier(certificates)


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture(scope="module")
def trusted(authority: ThrowAwayAuthority, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(authority.write_ca(tmp_path_factory.mktemp("ca") / "ca.pem"))


def causes(seen: Seen, verifier: Verifier) -> list[str]:
    connector = verifier.connector(587, security=seen.security)
    return [cause.cause for cause in causes_for_report(seen.report, connector)]


# -- the way through -----------------------------------------------------------------------------


@kinds
@securities
@pytest.mark.parametrize("login", [False, True])
def test_f_43_through_a_proxy(
    verifier: Verifier,
    authority: ThrowAwayAuthority,
    trusted: str,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    security: str,
    login: bool,
) -> None:
    context = authority.server_context((HOST,))
    settings: dict[str, Any] = {"hosts": {HOST: "127.0.0.1"}} | (LOGIN if login else {})
    with (
        proxy(kind, **settings) as way,
        ScriptedServer(context=context, account=ACCOUNT, **offering(security)) as server,
    ):
        url: str | None = way.url
        if login:
            # With a password it comes from the environment: a connector keeps none.
            scheme = way.url.replace("://", f"://{LOGIN_IN_URL}@")
            monkeypatch.setenv("all_proxy", scheme)
            url = None
        # The name is the proxy's to look up: here it leads nowhere.
        seen = verifier.at(server.port, host=HOST, security=security, proxy=url, ca_file=trusted)
        assert seen.stop is None
        assert len(server.accepted) == 1
        target = f"{HOST}:{server.port}"
        assert way.asked == [f"3 {target}" if kind == "socks5" else target]
        assert way.logins == ([b"clerk:proxy-canary:\xc3\xa4/%"] if login else [])
    resolve = seen.detail(Stage.RESOLVE)
    assert resolve["proxy"] == way.url
    assert resolve["proxy_source"] == ("all_proxy" if login else "connector")
    assert seen.detail(Stage.TLS)["chain"][0]["names"] == [HOST]
    assert "proxy-canary" not in str(seen.report.to_json())


@kinds
@securities
def test_f_43_the_mail_host_is_verified_not_the_proxy(
    verifier: Verifier, authority: ThrowAwayAuthority, trusted: str, kind: str, security: str
) -> None:
    # A certificate for the proxy's own address is worth nothing.
    context = authority.server_context(("127.0.0.1", "localhost"))
    with (
        proxy(kind, hosts={HOST: "127.0.0.1"}) as way,
        ScriptedServer(context=context, **offering(security)) as server,
    ):
        seen = verifier.at(
            server.port, host=HOST, security=security, proxy=way.url, ca_file=trusted
        )
        assert server.secret_received(*seen.secrets) == []
    assert seen.stop == ("tls", None, "cert_hostname_mismatch")


@kinds
def test_f_43_no_login_in_the_clear_through_a_proxy_however_near(
    verifier: Verifier, kind: str
) -> None:
    with proxy(kind) as way, ScriptedServer(account=ACCOUNT) as server:
        settings: dict[str, Any] = {"security": "none", "proxy": way.url}
        seen = verifier.at(server.port, **settings)
        assert seen.stop == ("auth", None, "cleartext_refused")
        assert server.secret_received(*seen.secrets) == []
        # By consent, as anywhere.
        assert verifier.at(server.port, allow_cleartext=True, **settings).stop is None


@pytest.mark.parametrize(("host", "kind"), [("127.0.0.1", "1"), ("::1", "4"), ("localhost", "3")])
def test_f_43_addresses_go_as_addresses(verifier: Verifier, host: str, kind: str) -> None:
    listen = "::1" if host == "::1" else "127.0.0.1"
    with (
        proxy("socks5") as way,
        ScriptedServer(
            context=verifier.context(), starttls=True, account=ACCOUNT, host=listen
        ) as server,
    ):
        assert verifier.at(server.port, host=host, proxy=way.url).stop is None
        assert way.asked == [f"{kind} {host}:{server.port}"]


def test_f_43_ipv6_address_in_an_http_request(verifier: Verifier) -> None:
    with (
        proxy("http") as way,
        ScriptedServer(
            context=verifier.context(), starttls=True, account=ACCOUNT, host="::1"
        ) as server,
    ):
        assert verifier.at(server.port, host="::1", proxy=way.url).stop is None
        assert way.asked == [f"[::1]:{server.port}"]


@kinds
def test_f_43_tls_port_taken_for_a_plaintext_one_through_a_proxy(
    verifier: Verifier, kind: str
) -> None:
    with (
        proxy(kind) as way,
        ScriptedServer(context=verifier.context(), implicit_tls=True) as server,
    ):
        seen = verifier.at(server.port, proxy=way.url)
    assert seen.stop == ("greeting", None, "not_smtp")
    assert seen.stopped.detail()["peer"] == "tls"


# -- refusals ------------------------------------------------------------------------------------


@kinds
def test_f_43_proxy_that_wants_a_login(verifier: Verifier, kind: str) -> None:
    with proxy(kind, **LOGIN) as way:
        seen = verifier.at(25, host=HOST, proxy=way.url)
    assert seen.stop == ("connect", None, "proxy_auth_required")
    assert seen.stopped.detail()["proxy"] == way.url
    assert causes(seen, verifier)[0] == "proxy_error"


@kinds
def test_f_43_proxy_login_refused(
    verifier: Verifier, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(kind, **LOGIN) as way:
        monkeypatch.setenv("smtp_proxy", way.url.replace("://", "://clerk:wrong-canary@"))
        seen = verifier.at(25, host=HOST)
        assert way.logins == [b"clerk:wrong-canary"]
    assert seen.stop == ("connect", None, "proxy_auth_required")
    assert "wrong-canary" not in str(seen.report.to_json())


@kinds
def test_f_43_proxy_cannot_reach_the_server(verifier: Verifier, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with proxy(kind) as way:
        seen = verifier.at(port, proxy=way.url)
    assert seen.stop == ("connect", None, "proxy_unreachable_target")
    assert seen.stopped.detail()["reason"] == (
        "connection refused" if kind == "socks5" else "Bad Gateway"
    )
    assert causes(seen, verifier)[0] == "proxy_error"


@pytest.mark.parametrize(
    ("kind", "settings", "word"),
    [
        ("socks5", {"answer": b"\x05\x01\x00\x01" + bytes(6)}, "proxy_refused"),
        ("socks5", {"answer": b"\x05\x02\x00\x01" + bytes(6)}, "proxy_refused"),
        ("socks5", {"answer": b"\x05\x63\x00\x01" + bytes(6)}, "proxy_refused"),
        ("socks5", {"answer": b"\x05\x03\x00\x01" + bytes(6)}, "proxy_unreachable_target"),
        ("socks5", {"answer": b"\x05\x06\x00\x01" + bytes(6)}, "proxy_unreachable_target"),
        ("socks5", {"answer": b"\x05\x00\x00\x09" + bytes(6)}, "proxy_invalid_answer"),
        ("socks5", {"hello": b"\x05\xff"}, "proxy_auth_required"),
        ("socks5", {"hello": b"\x05\x02"}, "proxy_auth_required"),
        ("socks5", {"hello": b"\x04\x00"}, "proxy_invalid_answer"),
        ("socks5", {"hello": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "proxy_invalid_answer"),
        ("http", {"answer": b"HTTP/1.1 407 Who are you\r\n\r\n"}, "proxy_auth_required"),
        ("http", {"answer": b"HTTP/1.1 403 Forbidden\r\n\r\n"}, "proxy_refused"),
        ("http", {"answer": b"HTTP/1.1 405\r\n\r\n"}, "proxy_refused"),
        ("http", {"answer": b"HTTP/1.0 503 Later\r\n\r\n"}, "proxy_unreachable_target"),
        ("http", {"answer": b"HTTP/1.1 504 \xff\xff\r\n\r\n"}, "proxy_unreachable_target"),
        ("http", {"answer": b"220 mail.example ESMTP\r\n\r\n"}, "proxy_invalid_answer"),
        ("http", {"answer": b"HTTP/1.1 yes\r\n\r\n"}, "proxy_invalid_answer"),
        ("http", {"answer": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 80_000}, "proxy_invalid_answer"),
        ("http", {"answer": b"\r\n\r\n"}, "proxy_invalid_answer"),
        ("http", {"answer": b"HTTP/1.1 200 OK\r\n"}, "proxy_timeout"),
        ("socks5", {"answer": b"\x05\x00\x00"}, "proxy_timeout"),
        ("socks5", {"hello": b""}, "proxy_timeout"),
    ],
)
def test_f_43_odd_answers(
    verifier: Verifier, kind: str, settings: dict[str, Any], word: str
) -> None:
    with proxy(kind, **settings) as way:
        times_out = "CONNECT" if word == "proxy_timeout" else None
        seen = verifier.at(25, host=HOST, proxy=way.url, times_out=times_out)
    assert seen.stop == ("connect", None, word)
    assert causes(seen, verifier)[0] == "proxy_error"


@kinds
def test_f_43_proxy_that_hangs_up(verifier: Verifier, kind: str) -> None:
    for how in (b"", b"\x05", b"HTTP/1."):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(300)
            seen = _against(verifier, listener, kind, how)
        assert seen.stop == ("connect", None, "proxy_invalid_answer")


def _against(verifier: Verifier, listener: socket.socket, kind: str, words: bytes) -> Seen:
    import threading

    def answer() -> None:
        sock, _ = listener.accept()
        with sock:
            sock.recv(1000)
            sock.sendall(words)

    thread = threading.Thread(target=answer)
    thread.start()
    scheme = "socks5" if kind == "socks5" else "http"
    seen = verifier.at(25, host=HOST, proxy=f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    thread.join()
    return seen


@kinds
def test_f_43_no_proxy_there(verifier: Verifier, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    seen = verifier.at(25, host=HOST, proxy=f"{kind}://127.0.0.1:{port}")
    assert seen.stop == ("connect", None, "proxy_unreachable")
    assert seen.stopped.detail()["why"] == "refused"
    assert causes(seen, verifier)[0] == "proxy_error"
    with black_hole() as silent:
        url = f"{kind}://127.0.0.1:{silent}"
        seen = verifier.at(25, host=HOST, proxy=url, times_out="CONNECT")
    assert seen.stop == ("connect", None, "proxy_unreachable")
    assert seen.stopped.detail()["why"] == "timeout"


@kinds
def test_f_43_proxy_whose_name_leads_nowhere(verifier: Verifier, kind: str) -> None:
    seen = verifier.at(25, host=HOST, proxy=f"{kind}://proxy.corp.test:3128")
    assert seen.stop == ("resolve", None, "proxy_unreachable")
    assert seen.stopped.detail()["why"] == "dns_not_found"
    assert seen.stopped.detail()["host"] == "proxy.corp.test"
    assert causes(seen, verifier)[0] == "proxy_error"


def test_f_43_secret_that_the_proxy_repeats(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Cut off in the middle of it, at that.
    answer = b"HTTP/1.1 403 " + b"x" * 80 + b" wrong-canary-of-a-proxy\r\n\r\n"
    with proxy("http", answer=answer) as way:
        monkeypatch.setenv("all_proxy", way.url.replace("//", "//u:wrong-canary-of-a-proxy@"))
        seen = verifier.at(25, host=HOST)
    assert seen.stop == ("connect", None, "proxy_refused")
    assert "wrong" not in str(seen.report.to_json())
    assert seen.stopped.detail()["reason"].endswith("x <redacted>")


def test_f_43_silence_behind_a_proxy(verifier: Verifier) -> None:
    with proxy("http") as way, ScriptedServer({"greeting": HANG}) as server:
        seen = verifier.at(server.port, security="none", proxy=way.url, times_out="greeting")
    assert seen.stop == ("greeting", None, "timeout")


# -- which proxy ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kind", "shown"),
    [
        ("socks5://proxy.test:1080", "socks5", "socks5://proxy.test:1080"),
        ("socks5h://proxy.test", "socks5", "socks5://proxy.test:1080"),
        ("socks://proxy.test", "socks5", "socks5://proxy.test:1080"),
        ("http://proxy.test", "http", "http://proxy.test:3128"),
        ("proxy.test:8080", "http", "http://proxy.test:8080"),
        ("http://[2001:db8::1]:3128", "http", "http://[2001:db8::1]:3128"),
        ("http://user:canary@proxy.test:1", "http", "http://proxy.test:1"),
        ("user:canary@proxy.test:1", "http", "http://proxy.test:1"),
        (" HTTP://proxy.test:8080/ ", "http", "http://proxy.test:8080"),
        ("https://u:canary@proxy.test", "https", "https://proxy.test:443"),
        ("http://bücher.test:1", "http", "http://xn--bcher-kva.test:1"),
    ],
)
def test_a_proxy_from_its_address(url: str, kind: str, shown: str) -> None:
    found = parse_proxy(url)
    assert found.kind == kind
    assert str(found) == shown
    assert "canary" not in f"{found} {found!r}"


@pytest.mark.parametrize(
    "url",
    [
        "socks4://proxy.test:1080",
        "ftp://proxy.test",
        "socks5://",
        "socks5://proxy.test:99999",
        "socks5://proxy.test:port",
        "http://[::1",
        "http://proxy.test:0",
        "http:/proxy.test:3128",
        "http://pro xy.test:3128",
        "http://u:pass#word@proxy.test:3128",
        "http://u:1234/word@proxy.test:3128",
        "proxy.test:3128/x",
        "  ",
        f"socks5://{'u' * 256}:p@proxy.test",
        f"socks5://u:{'%C3%A4' * 128}@proxy.test",
    ],
)
def test_addresses_of_no_proxy(verifier: Verifier, url: str) -> None:
    with pytest.raises(NetworkError) as refused:
        parse_proxy(url, source="all_proxy")
    assert refused.value.code == "proxy_invalid"
    assert refused.value.facts == {"source": "all_proxy"}
    seen = verifier.at(25, host=HOST, proxy=url)
    assert seen.stop == ("resolve", None, "proxy_invalid")
    assert causes(seen, verifier)[0] == "proxy_error"


def test_a_login_from_an_address() -> None:
    found = parse_proxy("socks5://us%40er:p%3Aw@proxy.test")
    assert (found.username, found.password) == ("us@er", Secret("p:w"))
    found = parse_proxy(f"http://{'u' * 300}@proxy.test")
    assert (found.username, found.password) == ("u" * 300, None)


ENVIRONMENT = {"all_proxy": "socks5://a.test", "smtp_proxy": "http://s.test"}


@pytest.mark.parametrize(
    ("configured", "host", "environ", "chosen"),
    [
        (None, HOST, {}, None),
        (None, HOST, {"https_proxy": "http://web.test", "http_proxy": "http://web.test"}, None),
        (None, HOST, {"all_proxy": "socks5://a.test"}, "socks5://a.test:1080"),
        (None, HOST, {"ALL_PROXY": "socks5://a.test"}, "socks5://a.test:1080"),
        (None, HOST, {"SMTP_PROXY": "http://s.test"}, "http://s.test:3128"),
        (None, HOST, ENVIRONMENT, "http://s.test:3128"),
        (None, HOST, {"all_proxy": ""}, None),
        (None, HOST, {"all_proxy": "", "ALL_PROXY": "socks5://a.test"}, None),
        ("http://c.test:1", HOST, ENVIRONMENT, "http://c.test:1"),
        ("http://c.test:1", "127.0.0.1", {"no_proxy": "*"}, "http://c.test:1"),
        (None, "localhost", ENVIRONMENT, None),
        (None, "127.0.0.1", ENVIRONMENT, None),
        (None, "::1", ENVIRONMENT, None),
        (None, "127.example.com", ENVIRONMENT, "http://s.test:3128"),
        (None, HOST, ENVIRONMENT | {"no_proxy": "*"}, None),
        (None, HOST, ENVIRONMENT | {"no_proxy": "corp.test"}, None),
        (None, HOST, ENVIRONMENT | {"no_proxy": "other, .corp.test"}, None),
        (None, HOST, ENVIRONMENT | {"NO_PROXY": "*.Corp.Test"}, None),
        (None, HOST + ".", ENVIRONMENT | {"no_proxy": HOST}, None),
        (None, HOST, ENVIRONMENT | {"no_proxy": "orp.test,,"}, "http://s.test:3128"),
    ],
)
def test_which_proxy(
    configured: str | None, host: str, environ: dict[str, str], chosen: str | None
) -> None:
    found = choose_proxy(configured, host, 587, environ)
    assert (str(found) if found else None) == chosen


def test_the_environment_is_this_process_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_proxy(None, HOST, 587) is None
    monkeypatch.setenv("all_proxy", "socks5://a.test")
    found = choose_proxy(None, HOST, 587)
    assert found is not None
    assert found.source == "all_proxy"


def test_mail_goes_through_no_https_proxy() -> None:
    environ = {"all_proxy": "https://proxy.test"}
    with pytest.raises(NetworkError) as refused:
        choose_proxy(None, HOST, 587, environ)
    assert (refused.value.code, refused.value.facts) == ("proxy_invalid", {"source": "all_proxy"})
    assert str(choose_web_proxy(HOST, 443, environ)) == "https://proxy.test:443"


@pytest.mark.parametrize(
    ("environ", "chosen"),
    [
        ({}, None),
        ({"https_proxy": "http://web.test:1"}, "http://web.test:1"),
        ({"HTTPS_PROXY": "web.test:1"}, "http://web.test:1"),
        ({"http_proxy": "http://web.test:1", "smtp_proxy": "http://s.test"}, None),
        ({"ALL_PROXY": "socks5h://a.test"}, "socks5://a.test:1080"),
        ({"all_proxy": "socks5://a.test", "https_proxy": "http://web.test:1"}, "http://web.test:1"),
        ({"all_proxy": "socks5://a.test", "no_proxy": "10.0.0.0/8 example.com:443"}, None),
        (
            {"all_proxy": "socks5://a.test", "no_proxy": "example.com:587"},
            "socks5://a.test:1080",
        ),
    ],
)
def test_which_proxy_for_a_sign_in(environ: dict[str, str], chosen: str | None) -> None:
    found = choose_web_proxy("login.example.com", 443, environ)
    assert (str(found) if found else None) == chosen
    assert choose_web_proxy("127.0.0.1", 443, environ) is None


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "10.9.9.9/8"),
        ("10.1.2.3", "10.0.0.0/255.0.0.0"),
        ("::ffff:10.1.2.3", "10.0.0.0/8"),
        ("fd00::25", "fd00::/8"),
        ("fd00::25", "[fd00::]/8"),
        ("fd00::25", "[FD00:0::25]"),
        ("fd00::25", "[fd00::25]:587"),
        ("fd00::25", "fd00::25"),
        ("10.1.2.3", "10.1.2.3:587"),
        ("mail.corp.test", "localhost, mail.corp.test:587"),
        ("mail.corp.test", "localhost 10.0.0.0/8\t.corp.test"),
        ("mail.corp.test", "*.corp.test:587"),
        ("mail.corp.test", "Corp.Test."),
        ("mail.xn--bcher-kva.test", "bücher.test"),
        ("mail.corp.test", " * "),
    ],
)
def test_what_goes_without_a_proxy(host: str, no_proxy: str) -> None:
    assert is_excluded(host, 587, no_proxy)


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("11.1.2.3", "10.0.0.0/8"),
        ("fe00::25", "fd00::/8,10.0.0.0/8"),
        ("10.1.2.3", "10.1.2.3:25"),
        ("10.1.2.3", "1.2.3"),
        ("10.1.2.3", "10.1.2.3/99"),
        ("mail.corp.test", "mail.corp.test:25 10.0.0.0/8"),
        ("mail.corp.test", "mail.corp.test:smtp"),
        ("mail.corp.test", "othercorp.test,rp.test"),
        ("mail.corp.test", ", ,;"),
        ("10.0.0.0.evil.test", "10.0.0.0/8"),
        ("mail.corp.test", "localhost,*"),
    ],
)
def test_what_goes_through_the_proxy(host: str, no_proxy: str) -> None:
    assert not is_excluded(host, 587, no_proxy)
