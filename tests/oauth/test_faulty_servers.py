"""Authorization servers that break off, answer nonsense or give tokens that nobody could use."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from smtpwizard.demo.authorization import AuthorizationServer
from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.registration import Family
from smtpwizard.net import http
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.oauth import generic
from smtpwizard.oauth.dialects import Endpoints
from smtpwizard.oauth.tokens import TokenError, decode_jwt, means_lapsed, token_set
from tests import capabilities
from tests.oauth.conftest import SCOPES, Lab

FAMILIES = ("google", "microsoft", "generic")
GOOD = json.dumps(
    {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "token_type": "Bearer"}
).encode()


def whole(body: bytes, status: str = "200 OK", more: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: {size}\r\n\r\n".encode() + body


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# What a server sends before it closes, and what that is told as.
ANSWERS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "http_closed"),
    "half of a head": (b"HTTP/1.1 200 OK\r\nContent-Ty", "http_empty"),
    "half of a body": (whole(GOOD, length=len(GOOD) * 3), "http_closed"),
    "a length that is too short": (whole(GOOD, length=20), "http_closed"),
    "a chunk that is cut": (CHUNKED + b"40\r\n" + GOOD[:9], "http_closed"),
    "a chunk that is none": (CHUNKED + b"zz\r\n" + GOOD, "http_closed"),
    "only a promise": (b"HTTP/1.1 100 Continue\r\n\r\n", "http_closed"),
    "no body": (whole(b"", "204 No Content"), "http_empty"),
    "a body of blanks": (whole(b"\r\n \r\n"), "http_empty"),
    "a page": (whole(b"<h1>Log in to the proxy</h1>"), "http_not_json"),
    "a page that is not found": (whole(b"<h1>no</h1>", "404 Not Found"), "http_not_json"),
    "not HTTP": (b"220 mail.example ESMTP\r\n", "http_not_json"),
    "a head without end": (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", "http_not_json"),
    "no gzip": (whole(GOOD, more="Content-Encoding: gzip\r\n"), "http_not_json"),
    "a number without end": (whole(GOOD.replace(b"3600", b"9" * 6000)), "http_not_json"),
    "an object without tokens": (whole(b"{}", "401 No"), "token_answer_empty"),
    "elsewhere": (whole(b"", "307 T", "Location: https://x/\r\n"), "http_redirect"),
    "not now": (whole(b"{}", "503 No"), "http_status"),
}


def take_request(connection: socket.socket) -> None:
    """Read a request to its end: what is left unread turns the end of a connection into a reset.

    A handshake of TLS is read once.
    """
    data = connection.recv(65_536)
    if not data.startswith((b"GET ", b"POST ")):
        return
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *([0-9]+)", head)
    left = int(length[1]) - len(body) if length else 0
    while left > 0:
        left -= len(connection.recv(65_536))


@contextmanager
def answering(data: bytes, *, reset: bool = False) -> Iterator[int]:
    """A port at which every request is read, answered with `data` and ended."""
    closing = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    if closing.is_set():
                        return
                    take_request(connection)
                    connection.sendall(data)
                    if reset:
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            closing.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join(300)


def failed(attempt: Callable[[], Any]) -> SmtpWizardError:
    with pytest.raises(SmtpWizardError) as caught:
        attempt()
    return caught.value


def with_token_endpoint(lab: Lab, family: str, endpoint: str) -> None:
    """The lab's server as a provider whose token endpoint is another."""
    text = lab.server.provider_toml(
        family, family=family, host="localhost", port=2525, security="none", scopes=SCOPES[family]
    ).replace(f"{lab.server.base}/token", endpoint)
    folder = lab.ws.data_dir / "providers.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{family}.toml").write_text(text)
    lab.server.behave(auto="allow")


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_broken_answer_is_told_as_what_it_was(lab: Lab, family: str, name: str) -> None:
    data, code = ANSWERS[name]
    with answering(data) as port:
        with_token_endpoint(lab, family, f"http://127.0.0.1:{port}/token")
        error = failed(lambda: lab.sign_in(lab.connector(family)))
    assert error.code == code, error.facts
    if code.startswith("http_"):
        # The host that was asked, not the one of the sign-in page.
        assert error.facts["host"] == "127.0.0.1"
    text = error_text(error.code, error.facts, Face.COMMAND_LINE)
    assert "…" not in text
    assert "Check the network" not in text


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 200 OK\r\n\r\n" + GOOD[:9], whole(GOOD, length=500)]
)
def test_a_connection_that_is_reset_was_there(lab: Lab, data: bytes) -> None:
    with answering(data, reset=True) as port:
        with_token_endpoint(lab, "generic", f"http://127.0.0.1:{port}/token")
        assert failed(lambda: lab.sign_in(lab.connector("generic"))).code == "http_closed"


@pytest.mark.parametrize(
    ("data", "reset", "code"),
    [(b"", False, "http_closed"), (b"", True, "http_closed"),
     (b"HTTP/1.1 400 Bad Request\r\n\r\n", False, "http_tls_failed")],
)  # fmt: skip
def test_where_no_encryption_comes_about_no_certificate_is_blamed(
    data: bytes, reset: bool, code: str
) -> None:
    session = http.make_session()
    with answering(data, reset=reset) as port, pytest.raises(Exception) as caught:
        session.get(f"https://localhost:{port}/")
    assert http.translated(caught.value, "x").code == code


@pytest.mark.parametrize(
    ("names", "expired_days", "trusted", "code"),
    [
        (("localhost",), 3, "file", "http_tls_date"),
        (("localhost",), 3, "project", "http_tls_date"),
        (("other.example",), None, "file", "http_tls_name"),
        (("other.example",), None, "project", "http_tls_name"),
        pytest.param(
            ("localhost",), None, "", "http_tls",
            marks=capabilities.refuses_chains_without_a_root,
        ),
    ],
)  # fmt: skip
def test_what_a_certificate_lacks_is_told(
    authority: tuple[ThrowAwayAuthority, str],
    names: tuple[str, ...],
    expired_days: int | None,
    trusted: str,
    code: str,
) -> None:
    made, ca_file = authority
    context = made.server_context(names, expired_days=expired_days)
    session = http.make_session(
        ca_file if trusted == "file" else None,
        authorities=(made.ca_pem.decode(),) if trusted == "project" else (),
    )
    with AuthorizationServer(context=context) as server, pytest.raises(Exception) as caught:
        session.get(server.base)
    found = http.translated(caught.value, "x")
    assert (found.code, found.facts["host"]) == (code, "localhost")


def test_what_lies_under_an_error_is_found_once() -> None:
    loop = ValueError()
    loop.__context__ = loop
    assert http.translated(loop, "x").code == "http_unreachable"
    checked = OSError(ssl.SSLCertVerificationError())
    assert http.translated(checked, "x").code == "http_tls"
    assert http.translated(OSError(ssl.SSLError()), "x").code == "http_tls_failed"


def test_how_long_was_waited_is_said() -> None:
    from requests import exceptions

    for error, seconds in (
        (exceptions.ConnectTimeout(), http.CONNECT_S),
        (exceptions.ReadTimeout(), http.READ_S),
    ):
        found = http.translated(error, "login.example")
        assert (found.code, found.facts["seconds"]) == ("http_timeout", seconds)
        assert f"within {seconds:g} s" in error_text(found.code, found.facts, Face.WINDOW)
    assert [http.whole_seconds(s) for s in (44.9, 1.2, 0.34, 0.01)] == [45, 1, 0.3, 0.1]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_server_that_keeps_silent_is_told_so(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    monkeypatch.setattr(http, "READ_S", 0.3)
    lab.server.behave(token_fault="hang")
    error = failed(lambda: lab.sign_in(lab.connector(family)))
    text = error_text(error.code, error.facts, Face.WINDOW)
    assert text == "The sign-in server localhost did not answer within 0.3 s. Try again."


def issued(lab: Lab, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Have the lab's server answer with tokens that are changed so."""
    issue = AuthorizationServer._issue

    def changed(self: AuthorizationServer, *args: Any, **options: Any) -> dict[str, Any]:
        return {**issue(self, *args, **options), **changes}

    monkeypatch.setattr(AuthorizationServer, "_issue", changed)


BAD_TOKENS: list[Any] = [
    "a\nb", "a\r\nb", "a\0b", "a\x01b", "a b", " a", "a\t", "tök", "\U0001f600", "\ud800", "a\x7f",
    "x" * 20_000, 7, ["a"], {"a": 1}, True,
]  # fmt: skip


@pytest.mark.parametrize("token", BAD_TOKENS, ids=lambda token: repr(token)[:12])
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_token_that_cannot_be_sent_is_refused_before_it_is_kept(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str, name: str, token: Any
) -> None:
    issued(lab, monkeypatch, **{name: token})
    error = failed(lambda: lab.sign_in(lab.connector(family)))
    assert (error.code, error.facts["token"]) == ("token_malformed", name)


@pytest.mark.parametrize("token", ["junk", "a.b.c", "...", "e30.W10.x", 7, ["a"]])
@pytest.mark.parametrize("family", FAMILIES)
def test_an_id_token_that_cannot_be_read_spoils_the_answer(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str, token: Any
) -> None:
    issued(lab, monkeypatch, id_token=token)
    error = failed(lambda: lab.sign_in(lab.connector(family)))
    assert (error.code, error.facts["token"]) == ("token_malformed", "id_token")


@pytest.mark.parametrize("family", FAMILIES)
def test_an_id_token_that_is_not_there_does_not(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    for token in (None, ""):
        issued(lab, monkeypatch, id_token=token)
        assert lab.sign_in(lab.connector(family)).account is None


def test_an_encrypted_id_token_is_for_others() -> None:
    assert token_set({"access_token": "a", "id_token": "a.b.c.d.e"}).claims == {}
    assert decode_jwt("a.b.c.d.e") is None


@pytest.mark.parametrize("kind", ["Bearer", "BEARER", "bearer", "Bearer ", None, ""])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_bearer_token_may_be_called_so_in_any_spelling(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str, kind: Any
) -> None:
    issued(lab, monkeypatch, token_type=kind)
    assert lab.sign_in(lab.connector(family)).secrets


@pytest.mark.parametrize("kind", ["mac", "DPoP", 7, ["Bearer"], {}])
@pytest.mark.parametrize("family", FAMILIES)
def test_any_other_kind_of_token_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str, kind: Any
) -> None:
    issued(lab, monkeypatch, token_type=kind)
    assert failed(lambda: lab.sign_in(lab.connector(family))).code == "token_type_unsupported"


@pytest.mark.parametrize("scope", [None, 7, {"a": 1}, ""])
@pytest.mark.parametrize("family", FAMILIES)
def test_scopes_that_are_none_are_not_told(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, family: str, scope: Any
) -> None:
    issued(lab, monkeypatch, scope=scope)
    assert lab.sign_in(lab.connector(family)).secrets


def described(document: Any, status: str = "200 OK") -> bytes:
    return whole(json.dumps(document).encode(), status)


ISSUER = "https://issuer.example"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/a",
    "token_endpoint": f"{ISSUER}/t",
}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "http_closed"),
        (described({}, "404 Not Found"), "discovery_failed"),
        (described({}, "401 No"), "discovery_failed"),
        (whole(b"<h1>x</h1>"), "discovery_failed"),
        (whole(b"{"), "discovery_failed"),
        (whole(b""), "discovery_failed"),
        (whole(b"x" * 2_000_000), "discovery_failed"),
        (whole(b"", "302 T", "Location: https://x/\r\n"), "discovery_failed"),
        (described([1]), "discovery_failed"),
        (described({**METADATA, "issuer": None}), "discovery_failed"),
        (described({**METADATA, "issuer": ["x"]}), "discovery_failed"),
        (described(METADATA), "discovery_other_issuer"),
        (described({}, "500 No"), "http_status"),
        (described({}, "429 No"), "http_status"),
    ],
)
def test_an_issuer_that_leads_nowhere_is_told_as_that(data: bytes, code: str) -> None:
    with answering(data) as port:
        endpoints = Endpoints(Family.GENERIC, (), issuer=f"http://127.0.0.1:{port}")
        session = http.make_session()

        def look() -> Any:
            return http.call(
                lambda: generic.metadata_of(endpoints, session),
                host="x",
                token=CancelToken(),
                deadline=Deadline(300),
            )

        assert failed(look).code == code


@pytest.mark.parametrize(
    ("facts", "lapsed"),
    [
        ({"error": "invalid_grant"}, True),
        ({"error": "invalid_grant", "description": "Token has been expired or revoked."}, True),
        ({"error": "interaction_required"}, True),
        ({"error": "invalid_grant", "aadsts": "700082"}, True),
        ({"error": "invalid_grant", "aadsts": "50173"}, True),
        ({"error": "invalid_grant", "aadsts": "50057"}, False),
        ({"error": "invalid_grant", "aadsts": "53003"}, False),
        ({"error": "invalid_grant", "aadsts": "65001"}, False),
        ({"error": "interaction_required", "aadsts": "50076"}, False),
        ({"error": "invalid_grant", "description": "Account disabled"}, False),
        ({"error": "invalid_grant", "description": "Account has been deleted"}, False),
        ({"error": "consent_required"}, False),
        ({"error": "invalid_client"}, False),
    ],
)
def test_what_a_refused_renewal_says_of_the_sign_in(facts: dict[str, str], lapsed: bool) -> None:
    assert means_lapsed(TokenError("token_refused", **facts)) is lapsed
