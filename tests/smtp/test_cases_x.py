"""Group X: attacks on STARTTLS. Each shows no secret in the clear: the invariants see to it.

What has no test: X-13 (discovery: there is none).
"""

from __future__ import annotations

import ipaddress
import os
import socket

import pytest

from smtpwizard.demo.scripted import CLOSE, DEFAULT, HANG, Action, Connection, ScriptedServer
from smtpwizard.model.report import Stage, Status
from smtpwizard.net.proxy import Proxy
from smtpwizard.net.resolve import Endpoint
from smtpwizard.smtp.session import Session
from tests.smtp.invariants import ACCOUNT, Verifier
from tests.smtp.sessions import greeted

PLAIN_EHLO = b"250-scripted.example\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n"
FAKE_SESSION = b"235 2.7.0 welcome\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued as FAKE\r\n"


def test_x_01_starttls_stripped_and_auth_offered(verifier: Verifier) -> None:
    seen = verifier({"EHLO": PLAIN_EHLO})
    assert seen.stop == ("tls", None, "starttls_missing")
    assert seen.stopped.detail()["extensions"] == ["SIZE", "AUTH"]
    assert seen.commands == [b"EHLO", b"QUIT"]


@pytest.mark.parametrize("code", [500, 502, 504])
def test_x_02_starttls_offered_and_unknown(verifier: Verifier, code: int) -> None:
    seen = verifier({"STARTTLS": b"%d 5.5.1 what?\r\n" % code})
    assert seen.stop == ("tls", code, "starttls_refused")
    assert seen.commands == [b"EHLO", b"STARTTLS", b"QUIT"]


def test_x_03_starttls_not_available_for_now(verifier: Verifier) -> None:
    seen = verifier({"STARTTLS": b"454 4.7.0 TLS not available\r\n"})
    assert seen.stop == ("tls", 454, "starttls_refused")
    assert str(seen.stopped.reply) == "454 4.7.0 TLS not available"


@pytest.mark.parametrize("code", [221, 235, 250, 334, 354, 421, 501, 530, 554])
def test_x_04_starttls_answered_with_anything_but_220(verifier: Verifier, code: int) -> None:
    seen = verifier({"STARTTLS": b"%d go ahead\r\n" % code})
    assert seen.stop == ("tls", code, "starttls_refused")


def test_x_05_ehlo_hidden(verifier: Verifier) -> None:
    seen = verifier({"EHLO": b"502 5.5.1 what?\r\n", "HELO": b"250 welcome\r\n"})
    assert seen.stop == ("ehlo", 502, "ehlo_refused")
    assert seen.commands == [b"EHLO", b"QUIT"]


def test_x_06_ehlo_ignored_inside_tls(verifier: Verifier) -> None:
    offered = b"250-scripted.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
    seen = verifier({"EHLO": offered, "EHLO_TLS": HANG}, times_out="EHLO_TLS")
    assert seen.stop == ("ehlo", None, "timeout")
    assert seen.commands == [b"EHLO", b"STARTTLS", b"EHLO"]


@pytest.mark.parametrize(
    "injected",
    [
        PLAIN_EHLO,
        b"250 AUTH PLAIN",
        b"\n",
        b"4",
        b"421 4.3.2 bye\r\n",
        b"220 2.0.0 Ready\r\n",
        b"\x16\x03\x01",
    ],
)
def test_x_07_plaintext_behind_220_in_its_segment(verifier: Verifier, injected: bytes) -> None:
    seen = verifier({"STARTTLS": b"220 2.0.0 Ready\r\n" + injected})
    assert seen.stop == ("tls", 220, "starttls_injected")
    assert seen.commands == [b"EHLO", b"STARTTLS"]
    assert seen.server is not None
    assert not seen.server.connections[0].tls


def test_x_07_plaintext_behind_220_a_moment_later(verifier: Verifier) -> None:
    def inject(conversation: Connection, line: bytes) -> Action:
        conversation.send(b"220 2.0.0 Ready\r\n")
        conversation.wait_for_bytes()  # the client's hello is on its way
        return (PLAIN_EHLO, HANG)

    seen = verifier({"STARTTLS": inject})
    assert seen.stop == ("tls", 220, "starttls_injected")
    assert "note: data before the TLS handshake" in seen.transcript


def test_x_07_plaintext_ahead_of_the_handshake(verifier: Verifier) -> None:
    # The handshake itself is the good server's; only the bytes before it are forged.
    seen = verifier({"HANDSHAKE": (PLAIN_EHLO, shake_hands)})
    assert seen.stop == ("tls", 220, "starttls_injected")


def shake_hands(conversation: Connection, line: bytes) -> None:
    conversation.start_tls()


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (b"454 4.7.0 no TLS\r\n", 454),
        (b"500-what?\r\n500 what?\r\n", 500),
        (b"500-what?\r\n!!\r\n", None),
        (b"502 " + b"x" * 100 + b"\r\n", 502),
        (b"502-what?\r\n", None),
    ],
)
def test_x_07_refusal_in_place_of_the_handshake(
    verifier: Verifier, refusal: bytes, code: int | None
) -> None:
    seen = verifier({"HANDSHAKE": (refusal, HANG)})
    assert seen.stop == ("tls", code, "starttls_refused")


def test_x_08_plaintext_behind_220_and_silence_inside(verifier: Verifier) -> None:
    seen = verifier({"STARTTLS": b"220 2.0.0 Ready\r\n" + PLAIN_EHLO, "EHLO_TLS": HANG})
    assert seen.stop == ("tls", 220, "starttls_injected")


@pytest.mark.parametrize("code", [b"454", b"502"])
def test_x_09_refusal_and_a_whole_session_behind_it(verifier: Verifier, code: bytes) -> None:
    seen = verifier({"STARTTLS": code + b" 5.5.1 no\r\n" + FAKE_SESSION})
    assert seen.stop == ("tls", int(code), "starttls_injected")
    assert seen.commands == [b"EHLO", b"STARTTLS"]


def test_x_10_starttls_offered_again_inside_tls(verifier: Verifier) -> None:
    seen = verifier({"EHLO_TLS": b"250-scripted.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"})
    assert seen.stop is None
    assert seen.commands.count(b"STARTTLS") == 1


def test_x_11_only_what_is_said_inside_tls_counts(verifier: Verifier) -> None:
    before = (
        b"250-scripted.example\r\n250-STARTTLS\r\n250-SIZE 10\r\n"
        b"250-SMTPUTF8\r\n250-X-BEFORE\r\n250 AUTH PLAIN\r\n"
    )
    seen = verifier({"EHLO": before, "EHLO_TLS": b"250-scripted.example\r\n250 AUTH LOGIN\r\n"})
    assert seen.stop is None
    assert seen.detail(Stage.EHLO)["extensions"] == ["AUTH"]
    assert "size" not in seen.detail(Stage.EHLO)
    assert seen.detail(Stage.AUTH)["mechanism"] == "LOGIN"

    seen = verifier({"EHLO": before, "EHLO_TLS": b"250 scripted.example\r\n"})
    assert seen.stop == ("auth", None, "auth_not_offered")


def test_x_12_nothing_is_sent_behind_starttls(verifier: Verifier) -> None:
    def wait_and_see(conversation: Connection, line: bytes) -> Action:
        assert conversation.waiting == b""
        conversation.closing.wait(0.1)
        return DEFAULT

    seen = verifier({"STARTTLS": wait_and_see})
    assert seen.stop is None
    assert seen.server is not None
    assert bytes(seen.server.connections[0].plaintext) == b"EHLO [127.0.0.1]\r\nSTARTTLS\r\n"


def test_x_14_connector_that_had_tls_before(verifier: Verifier) -> None:
    behaviours: dict[str, Action] = {"EHLO": [DEFAULT, PLAIN_EHLO]}
    with ScriptedServer(
        behaviours, context=verifier.context(), starttls=True, account=ACCOUNT
    ) as server:
        assert verifier.at(server.port).stop is None
        assert verifier.at(server.port).stop == ("tls", None, "starttls_missing")
        assert len(server.accepted) == 1


def test_x_15_login_in_the_clear_on_this_machine(verifier: Verifier) -> None:
    assert verifier(security="none").stop is None


@pytest.mark.parametrize("allowed", [False, True])
def test_x_15_login_in_the_clear_elsewhere(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    monkeypatch.setattr(Session, "peer_is_loopback", lambda _: False)
    seen = verifier(security="none", allow_cleartext=allowed)
    if allowed:
        assert seen.stop is None
    else:
        assert seen.stop == ("auth", None, "cleartext_refused")
        assert b"AUTH" not in seen.commands
        assert seen.server is not None
        assert seen.server.secret_received(*seen.secrets) == []


def test_x_15_no_login_in_the_clear_elsewhere(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "peer_is_loopback", lambda _: False)
    seen = verifier(security="none", method="none")
    assert seen.stop is None
    assert seen.report.stage(Stage.AUTH).status is Status.SKIPPED


def test_x_15_what_counts_as_this_machine() -> None:
    with ScriptedServer() as server, greeted(server) as session:
        for address, loopback in {
            "127.0.0.1": True,
            "127.8.9.10": True,
            "::1": True,
            "::ffff:127.0.0.1": True,
            "192.0.2.7": False,
            "::ffff:192.0.2.7": False,
            "fe80::1%eth0": False,
            "10.0.0.1": False,
        }.items():
            six = ipaddress.ip_address(address.partition("%")[0]).version == 6
            family = socket.AF_INET6 if six else socket.AF_INET
            session._endpoint = Endpoint(family, (address, 25))
            assert session.peer_is_loopback() == loopback, address
        session.proxy = Proxy("http", "127.0.0.1", 3128)
        session._endpoint = Endpoint(socket.AF_INET, ("127.0.0.1", 25))
        assert not session.peer_is_loopback()


# -- beyond the list -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handshake", "word"),
    [
        ((b"\x15\x03\x01\x00\x02\x02\x28", CLOSE), "tls_no_common_cipher"),
        ((b"\x15\x03\x01\x00\x02\x02\x46", CLOSE), "tls_version"),
        ((b"\x15\x03\x03\x00\x02\x02\x47", CLOSE), "tls_no_common_cipher"),
        ((b"\x15\x03\x03\x00\x02\x02\x50", CLOSE), "handshake_failed"),
        ((b"\x15\x03\x03\x00\x02\x02\x56", CLOSE), "handshake_failed"),  # inappropriate_fallback
        ((b"\x15\x03\x03\x00\x02\x02\x78", CLOSE), "handshake_failed"),  # no_application_protocol
        ((b"\x15\x03\x03\x00\x02\x02\x70", CLOSE), "tls_name_unknown"),
        ((b"\x15\x03\x03\x00\x02\x02\x6d", CLOSE), "tls_name_unknown"),
        ((b"\x15\x03\x03\x00\x02\x02\x74", CLOSE), "client_certificate_required"),
        ((b"\x15\x03\x03\x00\x02\x02\x2a", CLOSE), "client_certificate_required"),
        ((b"\x15\x03\x03\x00\x02\x02\x30", CLOSE), "client_certificate_required"),
        ((b"\x15\x03\x03\x00\x02\x02\x31", CLOSE), "handshake_failed"),  # access_denied
        ((b"\x16\x03\x03\xff\xff" + b"\0" * 100, CLOSE), "handshake_failed"),
        ((b"\x16\x99\x99\x00\x05hello", CLOSE), "not_tls"),
        (CLOSE, "closed"),
        ((b"\x16\x03\x03\x00\x7a\x02\x00", CLOSE), "closed"),
        (HANG, "timeout"),
    ],
)
@pytest.mark.parametrize("security", ["starttls", "implicit_tls"])
def test_handshake_that_is_none(
    verifier: Verifier, security: str, handshake: Action, word: str
) -> None:
    times_out = "HANDSHAKE" if word == "timeout" else None
    seen = verifier({"HANDSHAKE": handshake}, security=security, times_out=times_out)
    assert seen.stop == ("tls", None, word)
    assert seen.commands[2:] == []


def test_plaintext_in_the_middle_of_tls(verifier: Verifier) -> None:
    def fall_out(conversation: Connection, line: bytes) -> Action:
        os.write(conversation._socket.fileno(), PLAIN_EHLO)
        return HANG

    seen = verifier({"EHLO_TLS": fall_out})
    assert seen.stop == ("ehlo", None, "tls_broken")
    assert seen.commands == [b"EHLO", b"STARTTLS", b"EHLO"]


def test_alert_after_the_handshake(verifier: Verifier) -> None:
    def alert(conversation: Connection, line: bytes) -> Action:
        os.write(conversation._socket.fileno(), b"\x15\x03\x03\x00\x02\x02\x50")
        return CLOSE

    for step, stage in {"EHLO_TLS": "ehlo", "AUTH": "auth", "MAIL": "mail_from"}.items():
        seen = verifier({step: alert})
        assert seen.stop == (stage, None, "tls_broken")
