"""Group F: faults of the SMTP conversation. `seen.stop` is stage, reply code, our own word.

What has no test: F-19 and F-22 (several recipients: the test email has one), F-35 and F-36 (a pool
of connections: there is none), F-41 (a queue: there is none).
"""

from __future__ import annotations

import contextlib
import socket
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from smtpwizard.demo.scripted import (
    CLOSE,
    CLOSE_NOTIFY,
    HANG,
    RESET,
    STALL,
    Action,
    Connection,
    Drip,
    Repeat,
    ScriptedServer,
)
from smtpwizard.model.errors import Cancelled
from smtpwizard.model.report import Stage, Status
from smtpwizard.net.cancel import CancelToken
from smtpwizard.smtp.session import Session, SmtpFailure
from tests import capabilities
from tests.helpers.sockets import stop_listening
from tests.net.peers import black_hole, web_server
from tests.smtp.invariants import ACCOUNT, Seen, Verifier
from tests.smtp.sessions import ADDRESS, greeted, ready_for_data, soon

# -- the greeting --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [221, 250, 354, 421, 500, 501, 530, 554])
def test_f_01_greeting_that_is_no_welcome(verifier: Verifier, code: int) -> None:
    seen = verifier({"greeting": b"%d not <b>today</b>\r\n" % code})
    assert seen.stop == ("greeting", code, "greeting_refused")
    assert seen.stopped.reply is not None
    assert seen.stopped.reply.text == "not <b>today</b>"
    assert seen.commands == ([] if code == 421 else [b"QUIT"])


def test_f_02_silent_server(verifier: Verifier) -> None:
    seen = verifier({"greeting": HANG}, times_out="greeting")
    assert seen.stop == ("greeting", None, "timeout")
    assert seen.server is not None
    assert seen.server.connections[0].plaintext == b""


def test_f_02_silent_server_that_serves_one_client_at_a_time(verifier: Verifier) -> None:
    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    while client.recv(1024):
                        pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        seen = verifier.at(listener.getsockname()[1], times_out="greeting")
        stop_listening(listener)
    thread.join()
    assert seen.stop == ("greeting", None, "timeout")


def test_f_03_end_of_connection_instead_of_a_greeting(verifier: Verifier) -> None:
    assert verifier({"greeting": CLOSE}).stop == ("greeting", None, "closed")
    # A reset that is quicker than our look at the connection is no more than an end.
    assert verifier({"greeting": RESET}).stop in [
        ("greeting", None, word) for word in ("reset", "closed")
    ]


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL"])
def test_f_03_server_that_only_listens_any_more(verifier: Verifier, step: str) -> None:
    def half_close(conversation: Connection, line: bytes) -> Action:
        conversation._socket.shutdown(socket.SHUT_WR)
        return HANG

    seen = verifier({step: half_close}, security="none")
    assert seen.stop == (STEPS[step], None, "closed")


def test_f_03_half_a_greeting(verifier: Verifier) -> None:
    assert verifier({"greeting": (b"220 hel", CLOSE)}).stop == ("greeting", None, "closed")
    assert verifier({"greeting": (b"220 hel", HANG)}, times_out="greeting").stop == (
        "greeting",
        None,
        "timeout",
    )


def test_f_04_dripping_greeting(verifier: Verifier) -> None:
    drip = Drip(b"220 scripted.example ESMTP\r\n", 0.1)
    seen = verifier({"greeting": drip}, times_out="greeting")
    assert seen.stop == ("greeting", None, "timeout")


def test_f_04_drips_that_come_to_an_end(verifier: Verifier) -> None:
    ehlo = b"250-scripted.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
    drips: dict[str, Action] = {
        "greeting": Drip(b"220 hi\r\n", 0.001),
        "EHLO": Drip(ehlo, 0.001),
        "STARTTLS": (Drip(b"220 go\r\n", 0.001)),
        "EHLO_TLS": Drip(ehlo, 0.001),
        "DATA": Drip(b"354 go\r\n", 0.001),
        "EOD": Drip(b"250-2.0.0 Ok\r\n250 2.0.0 taken\r\n", 0.001),
    }
    assert verifier(drips).stop is None


def peak_of(work: Callable[[], Seen]) -> tuple[Seen, int]:
    """What was seen, and the most memory it took beyond what was there before, in bytes."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        seen = work()
        return seen, tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "greeting",
    [
        pytest.param(Repeat(b"220-and so on\r\n" * 1000), id="lines"),
        pytest.param(Repeat(b"220-\r\n" * 1000), id="empty lines"),
        pytest.param(Repeat(b"220-" + b"x" * 16_000 + b"\r\n"), id="long lines"),
    ],
)
def test_f_05_endless_greeting(verifier: Verifier, greeting: Action) -> None:
    verifier()  # what is loaded once is none of the greeting's business
    seen, peak = peak_of(lambda: verifier({"greeting": greeting}))
    assert seen.stop == ("greeting", None, "reply_too_long")
    assert peak < 5_000_000


def test_f_06_greeting_of_26_megabytes_without_an_end(verifier: Verifier) -> None:
    verifier()
    flood = (b"220 ", Repeat(b"x" * 65_536, 400))
    seen, peak = peak_of(lambda: verifier({"greeting": flood}))
    assert seen.stop == ("greeting", None, "reply_too_long")
    assert peak < 5_000_000


PEERS = {
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>",
    "http without a header": b"<!DOCTYPE HTML>\n<html></html>\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
    "pop3": b"+OK Dovecot ready.\r\n",
    "imap": b"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS] Dovecot ready.\r\n",
    "imap that says goodbye": b"* BYE Connection refused\r\n",
    "tls alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "tls hello": b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76",
}


@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
@pytest.mark.parametrize("name", [name for name in PEERS if not name.startswith("tls")])
def test_f_07_peer_of_another_protocol(verifier: Verifier, security: str, name: str) -> None:
    key, stage, code = "greeting", "greeting", "not_smtp"
    if security == "implicit_tls":
        key, stage, code = "HANDSHAKE", "tls", "not_tls"
    seen = verifier({key: (PEERS[name], HANG)}, security=security)
    assert seen.stop == (stage, None, code)
    assert seen.stopped.detail()["peer"] == name.split()[0]
    assert seen.server is not None
    assert seen.server.lines == []


@pytest.mark.parametrize("name", [name for name in PEERS if name.startswith("tls")])
def test_f_07_tls_record_where_a_greeting_belongs(verifier: Verifier, name: str) -> None:
    seen = verifier({"greeting": (PEERS[name], HANG)})
    assert seen.stop == ("greeting", None, "not_smtp")
    assert seen.stopped.detail()["peer"] == "tls"


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_f_07_tls_server_that_waits_for_a_hello(verifier: Verifier, security: str) -> None:
    with ScriptedServer(context=verifier.context(), implicit_tls=True) as server:
        seen = verifier.at(server.port, security=security)
    assert seen.stop == ("greeting", None, "not_smtp")
    assert seen.stopped.detail()["peer"] == "tls"


@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
def test_f_07_real_web_server(verifier: Verifier, security: str) -> None:
    with web_server() as port:
        seen = verifier.at(port, security=security)
    stage, code = ("tls", "not_tls") if security == "implicit_tls" else ("greeting", "not_smtp")
    assert seen.stop == (stage, None, code)
    assert seen.stopped.detail()["peer"] == "http"


def test_f_07_mail_server_without_tls_where_tls_belongs(verifier: Verifier) -> None:
    with ScriptedServer() as server:
        seen = verifier.at(server.port, security="implicit_tls")
    assert seen.stop == ("tls", None, "not_tls")
    assert seen.stopped.detail()["peer"] == "smtp"
    assert seen.stopped.detail()["first"].startswith("220 scripted.example")


def test_f_07_a_slow_mail_server_is_no_other_protocol(verifier: Verifier) -> None:
    def greet(conversation: Connection, line: bytes) -> Action:
        conversation.closing.wait(0.7)
        return b"220 at last\r\n"

    seen = verifier({"greeting": [greet, HANG]})
    assert seen.stop is None


def test_f_08_greeting_with_nul_latin_1_and_escapes(verifier: Verifier) -> None:
    seen = verifier({"greeting": b"220 caf\xe9 \x00 \x1b[2J \xe2\x80\xae ready\r\n"})
    assert seen.stop is None
    reply = seen.report.stage(Stage.GREETING).reply
    assert reply is not None
    assert reply.text == r"caf\xe9 \x00 \x1b[2J \u202e ready"
    assert seen.transcript[0] == r"server: 220 caf\xe9 \x00 \x1b[2J \u202e ready"


# -- hello ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [220, 221, 235, 354, 421, 450, 501, 504, 530, 550, 554])
@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
def test_f_09_ehlo_refused(verifier: Verifier, security: str, code: int) -> None:
    seen = verifier({"EHLO": b"%d no such thing\r\n" % code}, security=security)
    assert seen.stop == ("ehlo", code, "ehlo_refused")
    assert b"HELO" not in seen.commands
    if security == "starttls":
        assert seen.report.stage(Stage.TLS).status is Status.NOT_REACHED


@pytest.mark.parametrize("code", [500, 502])
def test_f_09_no_helo_where_tls_is_wanted(verifier: Verifier, code: int) -> None:
    seen = verifier({"EHLO": b"%d 5.5.1 what?\r\n" % code})
    assert seen.stop == ("ehlo", code, "ehlo_refused")
    assert seen.commands == [b"EHLO", b"QUIT"]


@pytest.mark.parametrize("code", [220, 421, 500, 550])
def test_f_09_ehlo_inside_tls_refused(verifier: Verifier, code: int) -> None:
    seen = verifier({"EHLO_TLS": b"%d no such thing\r\n" % code})
    assert seen.stop == ("ehlo", code, "ehlo_refused")
    assert seen.report.stage(Stage.TLS).status is Status.PASSED
    assert b"HELO" not in seen.commands


@pytest.mark.parametrize("code", [500, 502])
def test_f_10_server_that_knows_helo_only(verifier: Verifier, code: int) -> None:
    seen = verifier({"EHLO": b"%d what?\r\n" % code}, security="none", method="none")
    assert seen.stop is None
    assert seen.detail(Stage.EHLO)["extensions"] == []
    assert seen.server is not None
    assert seen.server.lines[1:3] == [b"HELO [127.0.0.1]", b"MAIL FROM:<admin@example.com>"]


@pytest.mark.parametrize("code", [220, 221, 354, 421, 500, 501, 530, 550])
@pytest.mark.parametrize("security", ["none", "implicit_tls"])
def test_f_11_helo_refused_as_well(verifier: Verifier, security: str, code: int) -> None:
    seen = verifier({"EHLO": b"500 what?\r\n", "HELO": b"%d no\r\n" % code}, security=security)
    assert seen.stop == ("ehlo", code, "ehlo_refused")


@pytest.mark.parametrize("reply", [b"250\r\n", b"250 \r\n", b"250 scripted.example\r\n"])
def test_f_12_ehlo_without_extensions(verifier: Verifier, reply: bytes) -> None:
    assert verifier({"EHLO": reply}).stop == ("tls", None, "starttls_missing")
    seen = verifier({"EHLO": reply}, security="implicit_tls")
    assert seen.stop == ("auth", None, "auth_not_offered")
    seen = verifier({"EHLO": reply}, security="none", method="none")
    assert seen.stop is None


def test_f_13_ehlo_in_every_odd_spelling(verifier: Verifier) -> None:
    names = b" ".join(b"X-MECH-%02d" % number for number in range(60))
    seen = verifier(
        {
            "EHLO_TLS": b"250-scripted.example\r\n"
            b"250-\r\n"
            b"250-  size   100000  \r\n"
            b"250-auth " + names + b"\r\n"
            b"250-AUTH=LOGIN\r\n"
            b"250-X-\x1b[31mODD\xff\r\n"
            b"250 AUTH plain login\r\n"
        }
    )
    assert seen.stop is None
    ehlo = seen.detail(Stage.EHLO)
    assert ehlo["size"] == 100_000
    assert ehlo["mechanisms"][:2] == ["X-MECH-00", "X-MECH-01"]
    assert ehlo["mechanisms"][-2:] == ["LOGIN", "PLAIN"]
    assert ehlo["extensions"] == ["SIZE", "AUTH", r"X-\x1b[31MODD\XFF"]
    assert seen.detail(Stage.AUTH)["mechanism"] == "PLAIN"


# -- the envelope --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [450, 451, 452])
def test_f_14_sender_refused_for_now(verifier: Verifier, code: int) -> None:
    seen = verifier({"MAIL": b"%d 4.3.0 later\r\n" % code})
    assert seen.stop == ("mail_from", code, "sender_refused")
    assert seen.commands.count(b"MAIL") == 1


@pytest.mark.parametrize("reply", ["550 5.7.60 SendAsDenied", "553 5.7.1 not yours", "501 no"])
def test_f_15_sender_refused_for_good(verifier: Verifier, reply: str) -> None:
    seen = verifier({"MAIL": reply.encode() + b"\r\n"})
    assert seen.stop == ("mail_from", int(reply[:3]), "sender_refused")
    assert str(seen.stopped.reply) == reply
    assert seen.commands[-2:] == [b"MAIL", b"QUIT"]


def test_f_16_server_finds_the_message_too_large(verifier: Verifier) -> None:
    seen = verifier({"MAIL": b"552 5.3.4 too big\r\n"}, extensions=("SIZE 5000",))
    assert seen.stop == ("mail_from", 552, "sender_refused")
    assert 0 < seen.stopped.detail()["size"] <= 5000 == seen.detail(Stage.EHLO)["size"]


def test_f_17_message_larger_than_announced(verifier: Verifier) -> None:
    seen = verifier(extensions=("SIZE 100",))
    assert seen.stop == ("mail_from", None, "message_too_large")
    assert seen.stopped.detail()["limit"] == 100 < seen.stopped.detail()["size"]
    assert b"MAIL" not in seen.commands


@pytest.mark.parametrize(
    ("extension", "parameter"),
    [("8BITMIME", False), ("SIZE", False), ("SIZE many", False), ("SIZE 0", True)],
)
def test_f_18_size_without_a_limit(verifier: Verifier, extension: str, parameter: bool) -> None:
    seen = verifier(extensions=(extension,))
    assert seen.stop is None
    assert seen.server is not None
    assert seen.server.accepted[0].mail_parameters.startswith("SIZE=") == parameter


@pytest.mark.parametrize(
    "reply", ["550 5.1.1 no such user", "554 5.7.1 relay denied", "551 5.1.6 moved", "252"]
)
def test_f_20_recipient_refused(verifier: Verifier, reply: str) -> None:
    seen = verifier({"RCPT": reply.encode() + b"\r\n"})
    if reply == "252":  # cannot be verified, and yet will be delivered
        assert seen.stop is None
        return
    assert seen.stop == ("rcpt_to", int(reply[:3]), "recipient_refused")
    assert str(seen.stopped.reply) == reply
    assert seen.commands[-2:] == [b"RCPT", b"QUIT"]


@pytest.mark.parametrize("code", [450, 451, 452])
def test_f_21_recipient_greylisted(verifier: Verifier, code: int) -> None:
    seen = verifier({"RCPT": b"%d 4.2.0 come back in five minutes\r\n" % code})
    assert seen.stop == ("rcpt_to", code, "recipient_refused")
    assert seen.commands.count(b"RCPT") == 1


@pytest.mark.parametrize("then", [CLOSE, HANG])
def test_f_23_farewell_to_a_recipient(verifier: Verifier, then: Action) -> None:
    seen = verifier({"RCPT": (b"421 4.3.2 shutting down\r\n", then)})
    assert seen.stop == ("rcpt_to", 421, "recipient_refused")
    assert seen.commands[-1] == b"RCPT"


# -- the message ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [220, 235, 250, 251, 334, 355])
def test_f_24_data_answered_with_anything_but_354(verifier: Verifier, code: int) -> None:
    seen = verifier({"DATA": b"%d Ok\r\n" % code})
    assert seen.stop == ("data", code, "data_refused")
    assert seen.commands[-1] == b"DATA"


@pytest.mark.parametrize("code", [421, 451, 452, 503, 554])
def test_f_25_data_refused(verifier: Verifier, code: int) -> None:
    seen = verifier({"DATA": b"%d 5.5.1 no\r\n" % code})
    assert seen.stop == ("data", code, "data_refused")


def test_f_25_connection_lost_instead_of_354(verifier: Verifier) -> None:
    assert verifier({"DATA": CLOSE}).stop == ("data", None, "closed")
    assert verifier({"DATA": HANG}, times_out="DATA").stop == ("data", None, "timeout")


@pytest.mark.parametrize("how", [CLOSE, RESET])
def test_f_26_connection_lost_before_the_final_dot(how: Action) -> None:
    def break_off(conversation: Connection, line: bytes) -> Action:
        conversation.send(b"354 go\r\n")
        conversation.read_until(b"\r\n")
        return how

    with ScriptedServer({"DATA": break_off}) as server, ready_for_data(server) as session:
        session.data(b"Subject: hello\r\n\r\nHello\r\n", soon())
        assert server.connections[0].finished.wait(300)
        with pytest.raises(SmtpFailure, match=r"closed|reset"):
            session.end_data(soon())
    assert server.accepted == []


def test_f_26_whole_verification(verifier: Verifier) -> None:
    # Whether the dot leaves before the loss is known is a race; what is claimed must be true.
    seen = verifier({"DATA": (b"354 go\r\n", CLOSE)})
    assert seen.stop is not None
    assert seen.stop in {("data", None, word) for word in ("closed", "reset", "reply_lost")}


def test_f_26_refusal_in_the_middle_of_the_message() -> None:
    def refuse(conversation: Connection, line: bytes) -> Action:
        conversation.send(b"354 go\r\n")
        conversation.read_until(b"\r\n")
        return (b"552 5.3.4 enough\r\n", CLOSE)

    with ScriptedServer({"DATA": refuse}) as server, ready_for_data(server) as session:
        session.data(b"Subject: hello\r\n\r\nHello\r\n", soon())
        assert server.connections[0].finished.wait(300)
        with pytest.raises(SmtpFailure, match="message_refused") as failure:
            session.end_data(soon())
    assert failure.value.reply is not None
    assert failure.value.reply.code == 552


@pytest.mark.parametrize("last", [CLOSE, STALL])
def test_f_26_refusal_of_a_message_too_large_to_buffer(last: Action) -> None:
    with (
        ScriptedServer({"DATA": (b"354 go\r\n", b"552 5.3.4 enough\r\n", last)}) as server,
        ready_for_data(server) as session,
    ):
        with pytest.raises(SmtpFailure, match=r"unsolicited|message_refused") as failure:
            session.data(b"x" * 20_000_000, soon(0.5))
        assert failure.value.reply is not None
        session.quit()
    assert b"QUIT" not in server.lines


@pytest.mark.parametrize(
    "reply",
    ["451 4.3.0 later", "454 4.7.0 Throttling failure", "554 5.6.0 spam", "552 5.2.2 full", "421"],
)
def test_f_27_message_refused(verifier: Verifier, reply: str) -> None:
    seen = verifier({"EOD": reply.encode() + b"\r\n"})
    assert seen.stop == ("data", int(reply[:3]), "message_refused")
    assert str(seen.stopped.reply) == reply
    assert seen.report.exit_code() == 18


@capabilities.reports_resets
def test_f_25_connection_reset_instead_of_354(verifier: Verifier) -> None:
    assert verifier({"DATA": RESET}).stop == ("data", None, "reset")


@pytest.mark.parametrize(
    ("how", "why"),
    [(CLOSE, "closed"), pytest.param(RESET, "reset", marks=capabilities.reports_resets)],
)
def test_f_28_connection_lost_after_the_final_dot(
    verifier: Verifier, how: Action, why: str
) -> None:
    seen = verifier({"EOD": how})
    assert seen.stop == ("data", None, "reply_lost")
    assert seen.stopped.detail()["why"] == why
    assert seen.report.exit_code() == 19
    assert seen.report.message_id is not None
    assert seen.server is not None
    assert len(seen.server.accepted) == len(seen.server.connections) == 1


@pytest.mark.parametrize(
    "action",
    [HANG, STALL, (b"250 2.0.0 Ok: que", HANG), (b"2", HANG), (b"250-2.0.0 Ok\r\n", HANG)],
)
def test_f_29_no_reply_after_the_final_dot(verifier: Verifier, action: Action) -> None:
    seen = verifier({"EOD": action}, times_out="EOD")
    assert seen.stop == ("data", None, "reply_lost")
    assert seen.stopped.detail()["why"] == "timeout"
    assert seen.report.exit_code() == 19


@pytest.mark.parametrize(
    "action",
    [
        (b"250 2.0.0 Ok: que", CLOSE),
        b"!!\r\n",
        b"250-ok\r\n550 no\r\n",
        Repeat(b"250-ok\r\n", 300),
        b"354 go on\r\n",
        b"235 2.7.0 Ok\r\n",
    ],
)
def test_f_29_no_usable_reply_after_the_final_dot(verifier: Verifier, action: Action) -> None:
    seen = verifier({"EOD": action})
    assert seen.report.exit_code() == 19
    assert b"QUIT" not in seen.commands


@pytest.mark.parametrize(
    "farewell",
    [
        HANG,
        STALL,
        CLOSE,
        CLOSE_NOTIFY,
        RESET,
        Drip(b"221 Bye\r\n", 0.2),
        b"421 4.3.2 busy\r\n",
        b"500 5.5.1 what?\r\n",
        b"!!\r\n",
        Repeat(b"221-Bye\r\n"),
        b"221 Bye\r\n250 and more\r\n",
    ],
)
def test_f_30_farewell_that_goes_wrong(verifier: Verifier, farewell: Action) -> None:
    seen = verifier({"QUIT": farewell})
    assert seen.stop is None
    assert seen.report.exit_code() == 0
    assert seen.report.queue_id == "SCRIPTED1"


@pytest.mark.parametrize(
    "verdict",
    [
        (b"250 2.0.0 Ok: queued as SCRIPTED1\r\n", CLOSE),
        (b"250 2.0.0 Ok: queued as SCRIPTED1\r\n", RESET),
        b"250 2.0.0 Ok: queued as SCRIPTED1\r\n421 4.4.2 idle\r\n",
        b"250 2.0.0 Ok: queued as SCRIPTED1\r\n550 5.7.1 and no\r\n",
    ],
)
def test_f_30_nothing_after_the_verdict_counts(verifier: Verifier, verdict: Action) -> None:
    seen = verifier({"EOD": verdict})
    if isinstance(verdict, tuple) and verdict[-1] is RESET and seen.stop is not None:
        assert seen.report.exit_code() == 19  # a reset may overtake the reply it follows
        return
    assert seen.stop is None
    assert seen.report.queue_id == "SCRIPTED1"


# -- the shape of replies ------------------------------------------------------------------------

STEPS = {
    "greeting": "greeting",
    "EHLO": "ehlo",
    "STARTTLS": "tls",
    "EHLO_TLS": "ehlo",
    "AUTH": "auth",
    "MAIL": "mail_from",
    "RCPT": "rcpt_to",
    "DATA": "data",
    "EOD": "data",
}
"""Where a reply can be replaced, and the stage that is then to blame."""

GOOD = {
    "greeting": b"220",
    "STARTTLS": b"220",
    "AUTH": b"235",
    "DATA": b"354",
}


def good(step: str) -> bytes:
    return GOOD.get(step, b"250")


@pytest.mark.parametrize("step", STEPS)
def test_f_31_reply_that_contradicts_itself(verifier: Verifier, step: str) -> None:
    seen = verifier({step: good(step) + b"-yes\r\n550 no\r\n"})
    word = "reply_lost" if step == "EOD" else "mixed_codes"
    assert seen.stop == (STEPS[step], None, word)


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b" \t \r\n", b"\r\r\n"])
def test_f_32_bare_codes_and_line_ends(verifier: Verifier, end: bytes) -> None:
    seen = verifier(
        {
            "greeting": b"220" + end,
            "EHLO": b"250-" + end + b"250-STARTTLS" + end + b"250" + end,
            "STARTTLS": b"220" + end,
            "EHLO_TLS": b"250-x" + end + b"250 AUTH PLAIN" + end,
            "AUTH": b"235" + end,
            "MAIL": b"250-a" + end + b"250" + end,
            "RCPT": b"250" + end,
            "DATA": b"354" + end,
            "EOD": b"250" + end,
            "QUIT": b"221" + end,
        }
    )
    assert seen.stop is None
    assert seen.commands[-1] == b"QUIT"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "garbage", [b"!!", b"!!\r\n", b"25x\r\n", b"2500\r\n", b"\r\n", b"999 x\r\n"]
)
def test_f_33_garbage(verifier: Verifier, step: str, garbage: bytes) -> None:
    seen = verifier({step: (garbage, HANG)})
    word = "reply_lost" if step == "EOD" else "garbage"
    assert seen.stop == (STEPS[step], None, word)


@pytest.mark.parametrize("step", [step for step in STEPS if step not in ("STARTTLS", "EOD")])
def test_f_34_two_replies_to_one_command(verifier: Verifier, step: str) -> None:
    seen = verifier({step: good(step) + b" ok\r\n250 and ok again\r\n"})
    assert seen.stop == (STEPS[step], int(good(step)), "unsolicited")
    assert b"QUIT" not in seen.commands


@pytest.mark.parametrize("code", [421, 450, 550])
@pytest.mark.parametrize("step", [step for step in STEPS if step != "STARTTLS"])
def test_f_34_two_refusals_of_one_command(verifier: Verifier, step: str, code: int) -> None:
    # As Postfix says goodbye to a client without a certificate: twice, in one segment.
    seen = verifier({step: b"%d 5.7.1 no\r\n%d 5.7.1 and no\r\n" % (code, code)})
    assert seen.stop is not None
    assert seen.stop[:2] == (STEPS[step], code)
    assert seen.stop[2].endswith("_refused")
    assert b"QUIT" not in seen.commands


def test_f_34_reply_nobody_asked_for() -> None:
    with (
        ScriptedServer({"MAIL": (b"250 ok\r\n", b"250 ok for the next\r\n")}) as server,
        greeted(server) as session,
    ):
        with pytest.raises(SmtpFailure) as failure:
            envelope_then_wait(session)
        session.quit()
    assert failure.value.code == "unsolicited"
    assert failure.value.reply is not None
    assert server.lines[1:] == [b"MAIL FROM:<mailer@example.com> SIZE=100"]


def envelope_then_wait(session: Session) -> None:
    session.mail(ADDRESS, 100, smtputf8=False, deadline=soon())
    session.stream.wait_input(0.2)
    session.rcpt(ADDRESS, soon())


@pytest.mark.parametrize("after", ["greeting", "EHLO_TLS", "AUTH", "MAIL", "RCPT"])
def test_f_34_farewell_nobody_asked_for(verifier: Verifier, after: str) -> None:
    blamed = {"greeting": "ehlo", "EHLO_TLS": "auth", "AUTH": "mail_from", "MAIL": "rcpt_to"}
    reply = good(after) + (b"-x\r\n250 AUTH PLAIN\r\n" if after == "EHLO_TLS" else b" ok\r\n")
    seen = verifier({after: reply + b"421 4.3.2 shutting down\r\n"})
    assert seen.stop == (blamed.get(after, "data"), 421, "closing")
    assert seen.stopped.reply is not None
    assert seen.stopped.reply.text == "shutting down"
    # What was not sent is not in the transcript either.
    assert sum(line.startswith("client") for line in seen.transcript) == len(seen.commands)


def test_f_34_half_a_reply_nobody_asked_for() -> None:
    with (
        ScriptedServer({"MAIL": (b"250 ok\r\n25", HANG)}) as server,
        greeted(server) as session,
        pytest.raises(SmtpFailure, match="unsolicited"),
    ):
        envelope_then_wait(session)


def test_f_34_half_a_farewell_nobody_asked_for() -> None:
    with (
        ScriptedServer({"MAIL": (b"250 ok\r\n421 by", HANG)}) as server,
        greeted(server) as session,
        pytest.raises(SmtpFailure, match="unsolicited"),
    ):
        envelope_then_wait(session)


@pytest.mark.parametrize(
    ("after", "blamed"), [("greeting", "ehlo"), ("EHLO", "auth"), ("AUTH", "mail_from")]
)
def test_f_34_connection_closed_between_two_commands(
    verifier: Verifier, after: str, blamed: str
) -> None:
    reply = good(after) + (b"-x\r\n250 AUTH PLAIN\r\n" if after == "EHLO" else b" ok\r\n")
    for how in (CLOSE, RESET):
        seen = verifier({after: (reply, how)}, security="none")
        assert seen.stop is not None
        assert seen.stop[:2] in ((blamed, None), (STEPS[after], None))
        assert seen.stop[2] in ("closed", "reset", "auth_closed")


# -- names, addresses, connections ---------------------------------------------------------------


def answer(monkeypatch: pytest.MonkeyPatch, look_up: Callable[..., Any]) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (socket.EAI_NONAME, "dns_not_found"),
        (getattr(socket, "EAI_NODATA", socket.EAI_NONAME), "dns_not_found"),
        (11004, "dns_not_found"),  # WSANO_DATA
        (socket.EAI_AGAIN, "dns_failed"),
        (socket.EAI_FAIL, "dns_failed"),
        (getattr(socket, "EAI_SYSTEM", socket.EAI_FAIL), "dns_failed"),
    ],
)
def test_f_37_name_lookup_fails(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, number: int, word: str
) -> None:
    def look_up(*args: object, **kwargs: object) -> Any:
        raise socket.gaierror(number, "no")

    answer(monkeypatch, look_up)
    assert verifier.at(25, host="mail.example.com").stop == ("resolve", None, word)


def test_f_37_name_without_an_address(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, lambda *_, **__: [])
    assert verifier.at(25, host="mail.example.com").stop == ("resolve", None, "dns_not_found")


def test_f_37_resolver_that_does_not_answer(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def look_up(*args: object, **kwargs: object) -> Any:
        released.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "late")

    answer(monkeypatch, look_up)
    seen = verifier.at(25, host="mail.example.com", times_out="RESOLVE")
    released.set()
    assert seen.stop == ("resolve", None, "timeout")


def test_f_37_name_with_an_ipv6_address_alone(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))
    with ScriptedServer(
        host="::1", context=verifier.context(), starttls=True, account=ACCOUNT
    ) as s:
        entry = (*six[:4], ("::1", s.port, 0, 0))
        answer(monkeypatch, lambda *_, **__: [entry])
        seen = verifier.at(s.port, host="localhost")
    assert seen.stop is None
    assert seen.detail(Stage.CONNECT)["address"] == "::1"
    assert seen.detail(Stage.CONNECT)["family"] == "ipv6"
    assert seen.detail(Stage.EHLO)["ehlo_name"] == "[IPv6:::1]"


def test_f_37_broken_ipv6_costs_a_quarter_of_a_second(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        ScriptedServer(context=verifier.context(), starttls=True, account=ACCOUNT) as server,
        black_hole("::1", server.port),
    ):
        both = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", server.port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        ]
        answer(monkeypatch, lambda *_, **__: both)
        seen = verifier.at(server.port, host="localhost")
    assert seen.stop is None
    connect = seen.report.stage(Stage.CONNECT)
    assert connect.detail()["address"] == "127.0.0.1"
    assert [(a["address"], a["error"]) for a in connect.detail()["attempts"]] == [("::1", None)]


def test_f_37_refused_ipv6_costs_nothing(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(context=verifier.context(), starttls=True, account=ACCOUNT) as server:
        both = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", server.port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        ]
        answer(monkeypatch, lambda *_, **__: both)
        seen = verifier.at(server.port, host="localhost")
    assert seen.stop is None
    connect = seen.report.stage(Stage.CONNECT)
    assert [(a["address"], a["error"]) for a in connect.detail()["attempts"]] == [
        ("::1", "refused")
    ]


def test_f_37_nobody_listens(verifier: Verifier) -> None:
    with ScriptedServer() as server:
        port = server.port
    seen = verifier.at(port)
    assert seen.stop == ("connect", None, "refused")
    [attempt] = seen.stopped.detail()["attempts"]
    assert (attempt["address"], attempt["error"]) == ("127.0.0.1", "refused")


def test_f_37_nobody_answers(verifier: Verifier) -> None:
    with black_hole() as port:
        seen = verifier.at(port, times_out="CONNECT")
    assert seen.stop == ("connect", None, "timeout")


def test_f_38_this_machine_is_never_asked_for_its_name(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*args: object) -> str:
        raise AssertionError("asked for a name")

    for function in ("getfqdn", "gethostname", "gethostbyaddr", "gethostbyname", "getnameinfo"):
        monkeypatch.setattr(socket, function, ask)
    seen = verifier()
    assert seen.stop is None
    assert seen.server is not None
    assert seen.server.lines[0] == b"EHLO [127.0.0.1]"
    seen = verifier(ehlo_name="büro.example")
    assert seen.server is not None
    assert seen.server.lines[0] == b"EHLO xn--bro-hoa.example"


BODIES = {
    "first character a dot": (b".hello\r\n", b".hello\r\n"),
    "a line of one dot": (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
    "the end of data in the middle": (b"a\r\n.\r\nMAIL FROM:<x@y>\r\n", None),
    "two dots": (b"..\r\n..a\r\n", b"..\r\n..a\r\n"),
    "no last line end": (b"hello", b"hello\r\n"),
    "lone dot, no line end": (b".", b".\r\n"),
    "empty": (b"", b"\r\n"),
    "bare line feeds": (b"a\n.\nb\n", b"a\r\n.\r\nb\r\n"),
    "bare carriage returns": (b"a\r.\rb\r", b"a\r\n.\r\nb\r\n"),
    "line feed, dot, carriage return": (b"a\n.\r\nb", b"a\r\n.\r\nb\r\n"),
    "more than 64 kB": (b".123456789\r\n" * 10_000, None),
    "more than 1 MB in one line": (b"." * 1_200_000, b"." * 1_200_000 + b"\r\n"),
}


@pytest.mark.parametrize("name", BODIES)
def test_f_39_dots_and_line_ends(name: str) -> None:
    body, arrives = BODIES[name]
    with ScriptedServer() as server, ready_for_data(server) as session:
        session.data(body, soon())
        assert session.end_data(soon()).code == 250
        session.quit()
    assert [message.data for message in server.accepted] == [body if arrives is None else arrives]
    assert server.lines[-1] == b"QUIT"


def test_f_40_one_connection_for_each_identity(verifier: Verifier) -> None:
    with ScriptedServer(context=verifier.context(), starttls=True, account=ACCOUNT) as server:
        assert verifier.at(server.port).stop is None
        seen = verifier.at(server.port, username="other@example.com")
        assert seen.stop == ("auth", 535, "auth_refused")
        assert len(server.connections) == 2
        for conversation in server.connections:
            assert sum(line.startswith(b"AUTH") for line in conversation.lines) == 1


# -- stopping ------------------------------------------------------------------------------------


def stop_there(token: CancelToken, then: Action) -> Action:
    """What a server does at the moment in which the user presses Stop."""

    def cancel(conversation: Connection, line: bytes) -> Action:
        # Only once the client is sure to wait.
        conversation.closing.wait(0.02)
        token.cancel()
        return then

    return cancel


@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
@pytest.mark.parametrize("step", ["HANDSHAKE", *STEPS])
def test_f_42_stopped_by_the_user(verifier: Verifier, security: str, step: str) -> None:
    stage = "tls" if step == "HANDSHAKE" else STEPS[step]
    if security == "none" and stage == "tls":
        return
    if security != "starttls" and step in ("STARTTLS", "EHLO_TLS"):
        return
    token = CancelToken()
    seen = verifier({step: stop_there(token, HANG)}, security=security, token=token)
    if step == "EOD":
        assert seen.stop == ("data", None, "reply_lost")
        assert seen.stopped.detail()["why"] == "cancelled"
        assert seen.report.exit_code() == 19
    else:
        assert seen.stop == (stage, None, "cancelled")
        assert seen.report.exit_code() == 130
    assert seen.report.cancelled
    assert b"QUIT" not in seen.commands


def test_f_42_stopped_before_it_began(verifier: Verifier) -> None:
    token = CancelToken()
    token.cancel()
    seen = verifier(token=token)
    assert seen.stop == ("resolve", None, "cancelled")
    assert seen.server is not None
    assert seen.server.connections == []


def test_f_42_stopped_while_looking_up(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    token, released = CancelToken(), threading.Event()

    def look_up(*args: object, **kwargs: object) -> Any:
        token.cancel()
        released.wait()
        return []

    answer(monkeypatch, look_up)
    seen = verifier.at(25, host="mail.example.com", token=token)
    released.set()
    assert seen.stop == ("resolve", None, "cancelled")


def test_f_42_stopped_while_connecting(verifier: Verifier) -> None:
    token = CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    with black_hole() as port:
        timer.start()
        seen = verifier.at(port, token=token)
    timer.join()
    assert seen.stop == ("connect", None, "cancelled")


def test_f_42_stopped_while_a_silent_peer_is_asked_what_it_is(verifier: Verifier) -> None:
    token = CancelToken()

    def stop(conversation: Connection, line: bytes) -> Action:
        token.cancel()
        return HANG

    seen = verifier({"greeting": [HANG, stop]}, token=token)
    assert seen.stop == ("greeting", None, "cancelled")


def test_f_42_stopped_during_the_farewell(verifier: Verifier) -> None:
    token = CancelToken()
    seen = verifier({"QUIT": stop_there(token, HANG)}, token=token)
    assert seen.stop is None


def test_f_42_stopped_while_sending_the_message() -> None:
    token = CancelToken()
    with (
        ScriptedServer({"DATA": (b"354 go\r\n", STALL)}) as server,
        ready_for_data(server, token) as session,
    ):
        timer = threading.Timer(0.1, token.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            session.data(b"x" * 20_000_000, soon())
        timer.join()
