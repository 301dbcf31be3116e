"""Group S: SASL. `seen.stop` is stage, reply code, our own word."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import (
    CLOSE,
    CLOSE_NOTIFY,
    HANG,
    RESET,
    Account,
    Action,
    Connection,
)
from smtpwizard.model.auth import Credential, CredentialKind, FixedCredential
from smtpwizard.model.auth import Secret as SecretText
from smtpwizard.model.errors import DeadlineExceeded
from smtpwizard.model.report import Stage
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import Deadline
from smtpwizard.net.stream import Stream
from smtpwizard.smtp import session
from smtpwizard.usecases.diagnose import causes_for_report
from tests.smtp.invariants import ACCOUNT, PASSWORD, TOKEN, USERNAME, Seen, Verifier

PASSWORD_MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]
TOKEN_MECHANISMS = ["XOAUTH2", "OAUTHBEARER"]
LONG_TOKEN = "ey" + "J0b2tlbi1jYW5hcnk" * 100
REFUSED = b"535 5.7.8 Authentication credentials invalid\r\n"


def b64(text: str | bytes) -> bytes:
    return base64.b64encode(text.encode() if isinstance(text, str) else text)


def auth_lines(seen: Seen) -> list[bytes]:
    """The lines of the authentication, the one with AUTH first."""
    assert seen.server is not None
    found: list[bytes] = []
    for line in seen.server.lines:
        verb = line.split(b" ")[0]
        if verb == b"AUTH" or (found and verb not in (b"MAIL", b"QUIT")):
            found.append(line)
        elif found:
            break
    return found


def attempts(seen: Seen) -> int:
    """How many authentications were begun, over all connections."""
    return seen.commands.count(b"AUTH")


def causes(seen: Seen, verifier: Verifier, **settings: Any) -> list[str]:
    connector = verifier.connector(587, security=seen.security, **settings)
    return [cause.cause for cause in causes_for_report(seen.report, connector)]


def bearer(token: str = TOKEN, username: str = USERNAME) -> FixedCredential:
    return FixedCredential(Credential(CredentialKind.BEARER, username, SecretText(token)))


# -- PLAIN, LOGIN, CRAM-MD5 ----------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
def test_s_01_plain_with_an_initial_response(verifier: Verifier, security: str) -> None:
    seen = verifier(mechanisms=("PLAIN",), security=security)
    assert seen.stop is None
    assert auth_lines(seen) == [b"AUTH PLAIN " + b64(f"\0{USERNAME}\0{PASSWORD}")]
    assert seen.detail(Stage.AUTH)["mechanism"] == "PLAIN"


def test_s_01_plain_asked_for_what_was_said_already(verifier: Verifier) -> None:
    right = b64(f"\0{USERNAME}\0{PASSWORD}")

    def judge(conversation: Connection, line: bytes) -> Action:
        return b"235 2.7.0 ok\r\n" if line == right else REFUSED

    for challenge in (b"334 \r\n", b"334\r\n", b"334 go on\r\n"):
        seen = verifier({"AUTH": challenge, "AUTH_STEP": judge}, mechanisms=("PLAIN",))
        assert seen.stop is None
        assert auth_lines(seen)[1:] == [right]


def test_s_01_plain_too_long_for_a_command(verifier: Verifier) -> None:
    # RFC 4954 §4: over 512 octets the response waits for the server's empty challenge.
    password = "x" * 400
    seen = verifier(
        mechanisms=("PLAIN",), password=password, account=replace(ACCOUNT, password=password)
    )
    assert seen.stop is None
    assert auth_lines(seen) == [b"AUTH PLAIN", b64(f"\0{USERNAME}\0{password}")]


@pytest.mark.parametrize(("size", "lines"), [(352, 1), (353, 2)])
def test_s_01_the_longest_command(verifier: Verifier, size: int, lines: int) -> None:
    password = "x" * size
    seen = verifier(
        mechanisms=("PLAIN",), password=password, account=replace(ACCOUNT, password=password)
    )
    assert seen.stop is None
    found = auth_lines(seen)
    assert len(found) == lines
    assert len(found[0]) + 2 <= 512


@pytest.mark.parametrize(
    "prompts",
    [
        (b64("Username:"), b64("Password:")),
        (b64("User Name\0"), b64("Password\0")),
        (b"", b""),
        (b"not base64!", b"====="),
        (b64("Password:"), b64("Username:")),
        ("naïve".encode("latin-1"), b"\x00\xff"),
    ],
)
def test_s_02_login_with_odd_prompts(verifier: Verifier, prompts: tuple[bytes, bytes]) -> None:
    account = replace(ACCOUNT, login_prompts=prompts)
    seen = verifier(mechanisms=("LOGIN",), account=account)
    assert seen.stop is None
    assert auth_lines(seen) == [b"AUTH LOGIN", b64(USERNAME), b64(PASSWORD)]


def test_s_03_cram_md5(verifier: Verifier) -> None:
    seen = verifier(mechanisms=("CRAM-MD5",))
    assert seen.stop is None
    first, answer = auth_lines(seen)
    assert first == b"AUTH CRAM-MD5"
    username, _, digest = base64.b64decode(answer).rpartition(b" ")
    assert username == USERNAME.encode()
    assert re.fullmatch(rb"[0-9a-f]{32}", digest)


RUBBISH = [
    b"334 !!!\r\n",
    b"334 a\r\n",
    b"334 \r\n",
    b"334\r\n",
    b"334 \xff\xff\r\n",
    b"334 IA==\r\n",
]


@pytest.mark.parametrize("challenge", RUBBISH)
def test_s_03_cram_md5_with_a_rubbish_challenge(verifier: Verifier, challenge: bytes) -> None:
    seen = verifier({"AUTH": challenge}, mechanisms=("CRAM-MD5",))
    assert seen.stop == ("auth", 501, "bad_challenge")
    assert auth_lines(seen) == [b"AUTH CRAM-MD5", b"*"]
    assert seen.commands[-1] == b"QUIT"
    assert "auth_mechanism_unsupported" in causes(seen, verifier)


def test_s_03_cram_md5_where_md5_is_forbidden(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*args: Any) -> None:
        raise ValueError("disabled for FIPS")

    monkeypatch.setattr(hmac, "new", forbidden)
    seen = verifier(mechanisms=("CRAM-MD5",))
    assert seen.stop == ("auth", 501, "mechanism_unavailable")
    assert auth_lines(seen)[-1] == b"*"


def test_s_03_cancelling_is_not_waited_for_in_vain(verifier: Verifier) -> None:
    for answer, word in ((HANG, "timeout"), (CLOSE, "auth_closed"), (RESET, "auth_closed")):
        seen = verifier(
            {"AUTH": b"334 !!!\r\n", "AUTH_STEP": answer},
            mechanisms=("CRAM-MD5",),
            times_out="AUTH" if answer is HANG else None,
        )
        assert seen.stop == ("auth", None, word)


@pytest.mark.parametrize("first", ["CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-1"])
def test_s_04_no_other_mechanism_after_a_failed_one(verifier: Verifier, first: str) -> None:
    # Asked for by hand or picked automatically: there is one attempt, with one mechanism.
    offered = (first, "PLAIN", "LOGIN")
    wanted = first if first == "CRAM-MD5" else "auto"
    for action in (b"334 !!!\r\n", REFUSED, b"504 5.5.4 no\r\n", b"334 \r\n"):
        step = b"501 5.7.0 cancelled\r\n"
        seen = verifier({"AUTH": action, "AUTH_STEP": step}, mechanisms=offered, mechanism=wanted)
        assert seen.stop is not None
        assert seen.stop[0] == "auth"
        assert attempts(seen) == 1
        assert seen.server is not None
        assert seen.server.secret_received(PASSWORD) == []
        assert len(seen.server.connections) == 1


ORDER = [
    (("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"), "SCRAM-SHA-256"),
    (("LOGIN", "PLAIN", "SCRAM-SHA-1", "XOAUTH2"), "SCRAM-SHA-1"),
    (("CRAM-MD5", "LOGIN", "PLAIN"), "PLAIN"),
    (("CRAM-MD5", "LOGIN", "NTLM", "GSSAPI"), "LOGIN"),
    (("CRAM-MD5", "DIGEST-MD5"), "CRAM-MD5"),
]


@pytest.mark.parametrize(("offered", "chosen"), ORDER)
def test_s_04_the_order_of_the_automatic(
    verifier: Verifier, offered: tuple[str, ...], chosen: str
) -> None:
    seen = verifier(mechanisms=offered)
    assert seen.stop is None
    assert seen.detail(Stage.AUTH)["mechanism"] == chosen


def test_s_04_without_tls_the_password_stays_hidden_where_it_can(verifier: Verifier) -> None:
    for offered, chosen in (
        (("PLAIN", "LOGIN", "CRAM-MD5"), "CRAM-MD5"),
        (("PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"), "SCRAM-SHA-1"),
        (("LOGIN", "PLAIN"), "PLAIN"),
    ):
        seen = verifier(mechanisms=offered, security="none")
        assert seen.stop is None
        assert seen.detail(Stage.AUTH)["mechanism"] == chosen


# -- tokens --------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
def test_s_05_xoauth2_with_an_initial_response(verifier: Verifier, security: str) -> None:
    seen = verifier(mechanisms=TOKEN_MECHANISMS, method="oauth", security=security)
    assert seen.stop is None
    right = f"user={USERNAME}\1auth=Bearer {TOKEN}\1\1"
    assert auth_lines(seen) == [b"AUTH XOAUTH2 " + b64(right)]


@pytest.mark.parametrize("mechanism", TOKEN_MECHANISMS)
def test_s_05_long_token_waits_for_the_challenge(verifier: Verifier, mechanism: str) -> None:
    seen = verifier(
        mechanisms=(mechanism,),
        method="oauth",
        credentials=bearer(LONG_TOKEN),
        account=replace(ACCOUNT, token=LONG_TOKEN),
    )
    assert seen.stop is None
    first, second = auth_lines(seen)
    assert first == f"AUTH {mechanism}".encode()
    assert f"auth=Bearer {LONG_TOKEN}\1\1".encode() in base64.b64decode(second)
    assert LONG_TOKEN[:40] not in str(seen.report.to_json())


@pytest.mark.parametrize("mechanism", TOKEN_MECHANISMS)
def test_s_05_server_that_wants_to_speak_first(verifier: Verifier, mechanism: str) -> None:
    def judge(conversation: Connection, line: bytes) -> Action:
        good = f"auth=Bearer {TOKEN}\1\1".encode() in base64.b64decode(line)
        return b"235 2.7.0 ok\r\n" if good else REFUSED

    seen = verifier(
        {"AUTH": b"334 \r\n", "AUTH_STEP": judge}, mechanisms=(mechanism,), method="oauth"
    )
    assert seen.stop is None
    assert attempts(seen) == 1


def test_s_06_oauthbearer_to_the_letter(verifier: Verifier) -> None:
    seen = verifier(mechanisms=("OAUTHBEARER",), method="oauth")
    assert seen.stop is None
    [line] = auth_lines(seen)
    assert seen.server is not None
    assert base64.b64decode(line.split(b" ")[2]).decode() == (
        f"n,a={USERNAME},\1host=127.0.0.1\1port={seen.server.port}\1auth=Bearer {TOKEN}\1\1"
    )


def test_s_06_oauthbearer_escapes_the_name(verifier: Verifier) -> None:
    seen = verifier(
        {"AUTH": b"235 2.7.0 ok\r\n"},
        mechanisms=("OAUTHBEARER",),
        method="oauth",
        username="a=b,c",
        credentials=bearer(username="a=b,c"),
    )
    assert seen.stop is None
    [line] = auth_lines(seen)
    assert base64.b64decode(line.split(b" ")[2]).startswith(b"n,a=a=3Db=2Cc,\1host=")


REFUSAL = {"status": "401", "schemes": "bearer", "scope": "https://mail.google.com/"}


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", b""), ("OAUTHBEARER", b"AQ==")])
def test_s_07_token_refused(verifier: Verifier, mechanism: str, answer: bytes) -> None:
    seen = verifier(
        mechanisms=(mechanism,),
        method="oauth",
        account=replace(ACCOUNT, token="another", token_refusal=json.dumps(REFUSAL).encode()),
    )
    assert seen.stop == ("auth", 535, "auth_refused")
    assert seen.stopped.detail()["token_refusal"] == REFUSAL
    assert auth_lines(seen)[-1] == answer
    assert attempts(seen) == 1
    assert causes(seen, verifier, method="oauth") != []


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (b'{"status":400,"scope":"a b"}', {"status": "400", "scope": "a b"}),
        (b'{"status":"401","deep":{"x":1},"list":[1],"no":null}', {"status": "401"}),
        (
            b'{"error_description":"<b>no</b>\\u001b[2J"}',
            {"error_description": r"<b>no</b>\x1b[2J"},
        ),
        (f'{{"status":"you sent {TOKEN}"}}'.encode(), {"status": "you sent <redacted>"}),
        (f'{{"x":"{b64(TOKEN).decode()}"}}'.encode(), {"x": "<redacted>"}),
        (b'["status"]', None),
        (b"{", None),
        (b"not json", None),
        (b"\xff\xfe", None),
        (b"[" * 3000, None),
        (b'{"a":"' + b"x" * 4000 + b'"}', {"a": "x" * 300}),
        (b'{"a":"' + b"x" * 5000 + b'"}', None),
    ],
)
@pytest.mark.parametrize("mechanism", TOKEN_MECHANISMS)
def test_s_07_what_a_refusal_may_say(
    verifier: Verifier, mechanism: str, document: bytes, shown: dict[str, str] | None
) -> None:
    seen = verifier(
        {"AUTH": b"334 " + b64(document) + b"\r\n", "AUTH_STEP": REFUSED},
        mechanisms=(mechanism,),
        method="oauth",
    )
    assert seen.stop == ("auth", 535, "auth_refused")
    assert seen.stopped.detail().get("token_refusal") == shown


def test_s_07_refusal_that_is_not_base64(verifier: Verifier) -> None:
    seen = verifier(
        {"AUTH": b"334 {status:401}\r\n", "AUTH_STEP": REFUSED},
        mechanisms=("XOAUTH2",),
        method="oauth",
    )
    assert seen.stop == ("auth", 535, "auth_refused")
    assert "token_refusal" not in seen.stopped.detail()


def test_s_07_refused_without_a_document(verifier: Verifier) -> None:
    seen = verifier({"AUTH": REFUSED}, mechanisms=("XOAUTH2",), method="oauth")
    assert seen.stop == ("auth", 535, "auth_refused")
    assert attempts(seen) == 1


@pytest.mark.parametrize("mechanism", TOKEN_MECHANISMS)
def test_s_08_mechanism_for_tokens_chosen_by_hand(verifier: Verifier, mechanism: str) -> None:
    seen = verifier(
        mechanisms=(*TOKEN_MECHANISMS, *PASSWORD_MECHANISMS), method="oauth", mechanism=mechanism
    )
    assert seen.stop is None
    assert seen.detail(Stage.AUTH)["mechanism"] == mechanism


@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
@pytest.mark.parametrize("mechanism", PASSWORD_MECHANISMS)
def test_s_08_mechanism_for_passwords_chosen_by_hand(
    verifier: Verifier, mechanism: str, security: str
) -> None:
    seen = verifier(mechanisms=PASSWORD_MECHANISMS, mechanism=mechanism, security=security)
    assert seen.stop is None
    assert seen.detail(Stage.AUTH)["mechanism"] == mechanism
    assert seen.server is not None
    assert seen.server.accepted[0].mechanism == mechanism


@pytest.mark.parametrize("mechanism", [*PASSWORD_MECHANISMS, "NTLM", "GSSAPI", "EXTERNAL"])
def test_s_08_chosen_mechanism_that_is_not_offered(verifier: Verifier, mechanism: str) -> None:
    offered = ["X-OWN", "XOAUTH2"]
    seen = verifier(mechanisms=offered, mechanism=mechanism)
    assert seen.stop == ("auth", None, "mechanism_not_offered")
    assert seen.stopped.detail()["wanted"] == mechanism
    assert seen.stopped.detail()["offered"] == offered
    assert attempts(seen) == 0


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["basic", "oauth"])
@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
def test_s_09_server_without_auth(verifier: Verifier, security: str, method: str) -> None:
    seen = verifier(mechanisms=(), security=security, method=method)
    assert seen.stop == ("auth", None, "auth_not_offered")
    assert b"MAIL" not in seen.commands
    assert "SIZE" in seen.stopped.detail()["extensions"]
    if security != "none":
        assert causes(seen, verifier)[0] == "auth_mechanism_unsupported"


def test_s_09_server_that_knows_helo_only(verifier: Verifier) -> None:
    seen = verifier({"EHLO": b"500 5.5.1 what?\r\n"}, security="none")
    assert seen.stop == ("auth", None, "auth_not_offered")
    assert seen.commands == [b"EHLO", b"HELO", b"QUIT"]


def test_s_09_auth_without_a_mechanism(verifier: Verifier) -> None:
    seen = verifier({"EHLO_TLS": b"250-scripted.example\r\n250 AUTH\r\n"})
    assert seen.stop == ("auth", None, "auth_not_offered")


REFUSALS = [
    ("535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "bad_credentials"),
    ("535 5.7.3 Authentication unsuccessful", "bad_credentials"),
    (
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
        "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
        "smtp_auth_disabled_tenant",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
        "Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information.",
        "smtp_auth_disabled_mailbox",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        "basic_auth_disabled",
    ),
    ("534 5.7.9 Application-specific password required.", "app_password_required"),
    ("530 5.7.57 Client not authenticated to send mail", None),
    ("538 5.7.11 Encryption required for requested authentication mechanism", None),
    ("500 5.5.1 Unrecognised command", None),
    ("504 5.5.4 Unrecognised authentication type", None),
    ("503 5.5.1 Already authenticated", None),
]


@pytest.mark.parametrize(("reply", "cause"), REFUSALS)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_s_10_login_refused(
    verifier: Verifier, mechanism: str, reply: str, cause: str | None
) -> None:
    seen = verifier({"AUTH_RESULT": reply.encode() + b"\r\n"}, mechanisms=(mechanism,))
    code, enhanced, text = reply.split(" ", 2)
    assert seen.stop == ("auth", int(code), "auth_refused")
    assert seen.stopped.reply is not None
    assert (seen.stopped.reply.enhanced, seen.stopped.reply.text) == (enhanced, text)
    # Once: a second attempt may lock the account.
    assert attempts(seen) == 1
    assert seen.server is not None
    assert len(seen.server.connections) == 1
    assert seen.report.exit_code() == 15
    if cause is not None:
        assert causes(seen, verifier)[0] == cause


@pytest.mark.parametrize("mechanism", [*PASSWORD_MECHANISMS, *TOKEN_MECHANISMS])
def test_s_10_wrong_secret(verifier: Verifier, mechanism: str) -> None:
    wrong = replace(ACCOUNT, password="another", token="another")
    method = "oauth" if mechanism in TOKEN_MECHANISMS else "basic"
    seen = verifier(mechanisms=(mechanism,), account=wrong, method=method)
    assert seen.stop == ("auth", 535, "auth_refused")
    assert attempts(seen) == 1


@pytest.mark.parametrize("code", [200, 211, 220, 250, 354])
def test_s_10_answers_that_are_neither_yes_nor_no(verifier: Verifier, code: int) -> None:
    seen = verifier({"AUTH": b"%d 2.7.0 well\r\n" % code})
    assert seen.stop == ("auth", code, "auth_unexpected")


@pytest.mark.parametrize(
    "reply", ["454 4.7.0 Temporary authentication failure", "454 4.7.0 Too many login attempts"]
)
def test_s_11_login_refused_for_now(verifier: Verifier, reply: str) -> None:
    seen = verifier({"AUTH": reply.encode() + b"\r\n"})
    assert seen.stop == ("auth", 454, "auth_refused")
    assert str(seen.stopped.reply) == reply
    assert attempts(seen) == 1


@pytest.mark.parametrize("code", [421, 432])
def test_s_12_too_many_connections(verifier: Verifier, code: int) -> None:
    text = b"4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"
    seen = verifier({"AUTH": b"%d " % code + text + b"\r\n"})
    assert seen.stop == ("auth", code, "auth_refused")
    assert attempts(seen) == 1
    assert causes(seen, verifier)[0] in ("concurrent_limit", "server_unavailable")


@pytest.mark.parametrize("how", [CLOSE, RESET, CLOSE_NOTIFY])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2", "SCRAM-SHA-256"])
def test_s_13_connection_dropped_on_a_bad_password(
    verifier: Verifier, mechanism: str, how: Action
) -> None:
    method = "oauth" if mechanism == "XOAUTH2" else "basic"
    key = "AUTH_STEP" if mechanism in ("LOGIN", "SCRAM-SHA-256") else "AUTH"
    seen = verifier({key: how}, mechanisms=(mechanism,), method=method)
    assert seen.stop == ("auth", None, "auth_closed")
    assert attempts(seen) == 1
    assert seen.report.exit_code() == 15
    assert causes(seen, verifier)[0] == "bad_credentials"


@pytest.mark.parametrize(
    ("last", "stop"),
    [
        (b"421 4.7.0 too many errors\r\n", (421, "auth_refused")),
        (b"235 2.7.0 welcome\r\n", (None, "auth_closed")),
        (b"!!\r\n", (None, "garbage")),
        (b"", (None, "auth_closed")),
    ],
)
def test_s_13_last_words_that_a_reset_overtakes(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, last: bytes, stop: tuple[int | None, str]
) -> None:
    send = Stream.send

    def too_late(self: Stream, data: bytes, deadline: Deadline) -> None:
        send(self, data, deadline)
        if data.startswith(b"AUTH"):
            assert self.wait_input(2)
            raise ConnectionFailed(StageError.RESET)

    monkeypatch.setattr(Stream, "send", too_late)
    seen = verifier({"AUTH": (last, CLOSE)}, security="none")
    assert seen.stop == ("auth", *stop)
    assert "QUIT" not in "".join(seen.transcript)


def test_s_13_command_that_does_not_get_out(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Stream.send

    def stuck(self: Stream, data: bytes, deadline: Deadline) -> None:
        if data.startswith(b"AUTH"):
            raise DeadlineExceeded
        send(self, data, deadline)

    monkeypatch.setattr(Stream, "send", stuck)
    seen = verifier(security="none", times_out="AUTH")
    assert seen.stop == ("auth", None, "timeout")


# -- exchanges that go wrong ---------------------------------------------------------------------


@pytest.mark.parametrize("challenge", [b"334 \r\n", b"334 " + b64("again") + b"\r\n"])
@pytest.mark.parametrize("mechanism", [*PASSWORD_MECHANISMS, *TOKEN_MECHANISMS])
def test_s_14_challenges_without_an_end(
    verifier: Verifier, mechanism: str, challenge: bytes
) -> None:
    method = "oauth" if mechanism in TOKEN_MECHANISMS else "basic"

    def again(conversation: Connection, line: bytes) -> Action:
        return b"501 5.7.0 cancelled\r\n" if line == b"*" else challenge

    seen = verifier({"AUTH": challenge, "AUTH_STEP": again}, mechanisms=(mechanism,), method=method)
    assert seen.stop == ("auth", 501, "bad_challenge")
    lines = auth_lines(seen)
    assert lines[-1] == b"*"
    assert len(lines) <= 2 + session.MAX_CHALLENGES


def test_s_14_mechanism_that_never_tires(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Patient:
        name = "NTLM"

        def initial(self) -> bytes:
            return b"hello"

        def respond(self, challenge: str) -> bytes:
            return b"and again"

        def check_success(self) -> None:
            return

    monkeypatch.setattr(session, "make_mechanism", lambda *args, **options: Patient())
    for answer in (b"501 5.7.0 cancelled\r\n", b"334 \r\n", CLOSE):

        def again(conversation: Connection, line: bytes, answer: Action = answer) -> Action:
            return answer if line == b"*" else b"334 " + b64("go on") + b"\r\n"

        seen = verifier(
            {"AUTH": again, "AUTH_STEP": again},
            mechanisms=("NTLM",),
            mechanism="NTLM",
            plays_again=False,
        )
        assert seen.stop is not None
        assert seen.stop[2] == ("auth_closed" if answer is CLOSE else "too_many_challenges")
        assert auth_lines(seen)[1:] == [b64("and again")] * session.MAX_CHALLENGES + [b"*"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2", "SCRAM-SHA-256"])
def test_s_15_auth_that_hangs(verifier: Verifier, mechanism: str) -> None:
    method = "oauth" if mechanism == "XOAUTH2" else "basic"
    silences: tuple[dict[str, Action], ...] = (
        {"AUTH": HANG},
        {"AUTH": b"334 \r\n", "AUTH_STEP": HANG},
    )
    for behaviours in silences:
        seen = verifier(behaviours, mechanisms=(mechanism,), method=method, times_out="AUTH")
        assert seen.stop == ("auth", None, "timeout")


@pytest.mark.parametrize(
    ("mechanism", "word"),
    [
        ("LOGIN", "auth_unexpected"),
        ("CRAM-MD5", "auth_unexpected"),
        ("SCRAM-SHA-1", "server_not_proven"),
        ("SCRAM-SHA-256", "server_not_proven"),
    ],
)
def test_s_15_yes_before_the_password_was_told(
    verifier: Verifier, mechanism: str, word: str
) -> None:
    # Whoever says yes to everybody is not the server that knows this login.
    seen = verifier({"AUTH": b"235 2.7.0 welcome\r\n"}, mechanisms=(mechanism,))
    assert seen.stop == ("auth", 235, word)
    assert b"MAIL" not in seen.commands


def test_s_15_yes_in_the_middle_of_login(verifier: Verifier) -> None:
    behaviours: dict[str, Action] = {"AUTH": b"334 \r\n", "AUTH_STEP": b"235 2.7.0 welcome\r\n"}
    seen = verifier(behaviours, mechanisms=("LOGIN",))
    assert seen.stop == ("auth", 235, "auth_unexpected")
    assert auth_lines(seen) == [b"AUTH LOGIN", b64(USERNAME)]


def test_s_15_yes_to_a_long_token_that_was_not_told(verifier: Verifier) -> None:
    seen = verifier(
        {"AUTH": b"235 2.7.0 welcome\r\n"},
        mechanisms=("XOAUTH2",),
        method="oauth",
        credentials=bearer(LONG_TOKEN),
    )
    assert seen.stop == ("auth", 235, "auth_unexpected")


def test_s_15_yes_after_a_refusal(verifier: Verifier) -> None:
    seen = verifier(
        {"AUTH": b"334 " + b64(json.dumps(REFUSAL)) + b"\r\n", "AUTH_STEP": b"235 2.7.0 ok\r\n"},
        mechanisms=("XOAUTH2",),
        method="oauth",
    )
    assert seen.stop == ("auth", 235, "auth_unexpected")
    assert seen.stopped.detail()["token_refusal"] == REFUSAL


def scram_reply(text: str) -> bytes:
    return b"334 " + b64(text) + b"\r\n"


def first_of(conversation: Connection) -> str:
    """The client's nonce in this conversation."""
    line = next(line for line in conversation.lines if line.startswith(b"AUTH SCRAM"))
    return base64.b64decode(line.split(b" ")[2]).decode().partition("r=")[2]


def with_nonce(template: str) -> Callable[[Connection, bytes], Action]:
    def reply(conversation: Connection, line: bytes) -> Action:
        return scram_reply(template.format(nonce=first_of(conversation)))

    return reply


SALT = b64("x" * 16).decode()


@pytest.mark.parametrize(
    "template",
    [
        "r={nonce}abc,s=" + SALT + ",i=1000001",
        "r={nonce}abc,s=" + SALT + ",i=99999999999",
        "r={nonce}abc,s=" + SALT + ",i=1",
        "r=other,s=" + SALT + ",i=4096",
        "r={nonce}abc,s=!!,i=4096",
        "m=ext,r={nonce}abc,s=" + SALT + ",i=4096",
        "e=other-error",
        "rubbish",
        "\N{SNOWMAN}",
    ],
)
def test_s_15_scram_with_a_bad_first_message(verifier: Verifier, template: str) -> None:
    behaviours: dict[str, Action] = {
        "AUTH": with_nonce(template),
        "AUTH_STEP": b"501 5.7.0 cancelled\r\n",
    }
    seen = verifier(behaviours, mechanisms=("SCRAM-SHA-256",))
    assert seen.stop == ("auth", 501, "bad_challenge")
    assert auth_lines(seen)[-1] == b"*"


def test_s_15_scram_message_that_is_no_text(verifier: Verifier) -> None:
    behaviours: dict[str, Action] = {
        "AUTH": b"334 " + b64(b"\xff\xfe") + b"\r\n",
        "AUTH_STEP": b"501 5.7.0 cancelled\r\n",
    }
    seen = verifier(behaviours, mechanisms=("SCRAM-SHA-256",))
    assert seen.stop == ("auth", 501, "bad_challenge")


GOOD_FIRST = "r={nonce}abc,s=" + SALT + ",i=4096"


@pytest.mark.parametrize(
    ("final", "reply", "stop"),
    [
        # A server that does not know the password cannot prove it, whatever it says then.
        (
            scram_reply("v=" + b64("x" * 32).decode()),
            b"501 5.7.0 ok\r\n",
            (501, "server_not_proven"),
        ),
        (scram_reply("v=!"), b"501 5.7.0 ok\r\n", (501, "server_not_proven")),
        (scram_reply("x=y"), b"501 5.7.0 ok\r\n", (501, "server_not_proven")),
        (b"235 2.7.0 welcome\r\n", b"", (235, "server_not_proven")),
        (scram_reply("e=invalid-proof"), REFUSED, (535, "auth_refused")),
        (scram_reply("e=invalid-proof"), b"235 2.7.0 ok\r\n", (235, "server_not_proven")),
        (REFUSED, b"", (535, "auth_refused")),
    ],
)
def test_s_15_scram_server_that_does_not_prove_itself(
    verifier: Verifier, final: bytes, reply: bytes, stop: tuple[int, str]
) -> None:
    behaviours: dict[str, Action] = {"AUTH": with_nonce(GOOD_FIRST), "AUTH_STEP": [final, reply]}
    seen = verifier(behaviours, mechanisms=("SCRAM-SHA-256",))
    assert seen.stop == ("auth", *stop)
    assert b"MAIL" not in seen.commands
    if stop[1] == "server_not_proven":
        assert "tls_intercepted" in causes(seen, verifier)


def test_s_15_scram_server_that_did_not_take_the_initial_response(verifier: Verifier) -> None:
    # It asks with an empty challenge first, and then answers as it should.
    behaviours: dict[str, Action] = {
        "AUTH": b"334 \r\n",
        "AUTH_STEP": [with_nonce(GOOD_FIRST), REFUSED],
    }
    seen = verifier(behaviours, mechanisms=("SCRAM-SHA-256",))
    assert seen.stop == ("auth", 535, "auth_refused")
    first, again, _proof = auth_lines(seen)
    assert first == b"AUTH SCRAM-SHA-256 " + again


# -- identities and odd characters ---------------------------------------------------------------


def acting_as(identity: str) -> FixedCredential:
    return FixedCredential(
        Credential(CredentialKind.PASSWORD, USERNAME, SecretText(PASSWORD), identity)
    )


@pytest.mark.parametrize("allowed", [False, True])
def test_s_16_authorization_identity(verifier: Verifier, allowed: bool) -> None:
    identity = "shared@example.com"
    account = replace(ACCOUNT, may_act_as=frozenset({identity} if allowed else ()))
    seen = verifier(mechanisms=("PLAIN",), account=account, credentials=acting_as(identity))
    assert seen.stop == (None if allowed else ("auth", 535, "auth_refused"))
    [line] = auth_lines(seen)
    assert base64.b64decode(line.split(b" ")[2]).startswith(b"shared@example.com\0mailer@")


ODD = {
    "umlauts": ("mäiler@exämple.com", "Schlüssel-€-日本"),
    "edge blanks": (" mailer ", "  blank at both ends "),
    "a kilobyte": ("m" * 200, "p" * 1024),
    "colon": ("mailer:x", "pass:word:"),
    "scram's own": ("a=b,c", "p,w=x"),
    "quotes": ('"m"\\', "<>\"'&%\\"),
    "emoji": ("mailer", "🔑 key"),
    "line ends": ("mailer", "one\r\ntwo\n"),
    "decomposed": ("mailer", "Schlu\u0308ssel"),
}


# The scripted server keeps to SASLprep, which has no such passwords: see test_sasl.
UNPREPARED = ("emoji", "line ends")


@pytest.mark.parametrize(
    ("mechanism", "name"),
    [
        (mechanism, name)
        for mechanism in PASSWORD_MECHANISMS
        for name in ODD
        if not (mechanism.startswith("SCRAM") and name in UNPREPARED)
    ],
)
def test_s_17_odd_names_and_passwords(verifier: Verifier, mechanism: str, name: str) -> None:
    username, password = ODD[name]
    account = Account(username, password)
    seen = verifier(
        mechanisms=(mechanism,),
        account=account,
        username=username,
        password=password,
    )
    assert seen.stop is None


@pytest.mark.parametrize("mechanism", [*PASSWORD_MECHANISMS, "NTLM"])
@pytest.mark.parametrize("password", ["pass\0word", "pass\1word", "pass\ud800word"])
def test_s_17_what_no_mechanism_can_carry(
    verifier: Verifier, mechanism: str, password: str
) -> None:
    if mechanism == "NTLM":
        pytest.importorskip("spnego")
    seen = verifier(mechanisms=(mechanism,), mechanism=mechanism, password=password)
    assert seen.stop == ("auth", None, "control_characters")
    assert attempts(seen) == 0


@pytest.mark.parametrize("mechanism", TOKEN_MECHANISMS)
def test_s_17_token_that_would_say_more_than_a_token(verifier: Verifier, mechanism: str) -> None:
    seen = verifier(
        mechanisms=(mechanism,), method="oauth", credentials=bearer("token\1user=somebody\1")
    )
    assert seen.stop == ("auth", None, "control_characters")
    assert attempts(seen) == 0


def test_s_17_name_beyond_ascii_with_a_token(verifier: Verifier) -> None:
    username = "mäiler@exämple.com"
    seen = verifier(
        mechanisms=("XOAUTH2",),
        method="oauth",
        account=replace(ACCOUNT, username=username),
        username=username,
        credentials=bearer(username=username),
    )
    assert seen.stop is None


# -- EXTERNAL ------------------------------------------------------------------------------------


def wanting_certificates(verifier: Verifier) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(verifier.certificates.good.combined)
    context.load_verify_locations(verifier.certificates.ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


@pytest.mark.parametrize(
    ("username", "line"),
    [(None, b"AUTH EXTERNAL ="), (USERNAME, b"AUTH EXTERNAL " + b64(USERNAME))],
)
def test_s_18_external(verifier: Verifier, username: str | None, line: bytes) -> None:
    seen = verifier(
        context=wanting_certificates(verifier),
        mechanisms=("EXTERNAL", "PLAIN"),
        mechanism="EXTERNAL",
        username=username,
        client_certificate=str(verifier.certificates.client.combined),
    )
    assert seen.stop is None
    assert auth_lines(seen) == [line]


def test_s_18_external_asked_for_the_identity(verifier: Verifier) -> None:
    def judge(conversation: Connection, line: bytes) -> Action:
        return b"235 2.7.0 ok\r\n" if line == b"" else REFUSED

    behaviours: dict[str, Action] = {"AUTH": b"334 \r\n", "AUTH_STEP": judge}
    seen = verifier(behaviours, mechanisms=("EXTERNAL",), mechanism="EXTERNAL", username=None)
    assert seen.stop is None
    behaviours["AUTH_STEP"] = [b"334 \r\n", b"501 5.7.0 cancelled\r\n"]
    seen = verifier(behaviours, mechanisms=("EXTERNAL",), mechanism="EXTERNAL", username=None)
    assert seen.stop == ("auth", 501, "bad_challenge")


@pytest.mark.parametrize("reason", ["no certificate", "another identity"])
def test_s_18_external_refused(verifier: Verifier, reason: str) -> None:
    certificate = str(verifier.certificates.client.combined)
    seen = verifier(
        context=wanting_certificates(verifier),
        mechanisms=("EXTERNAL",),
        mechanism="EXTERNAL",
        username=USERNAME if reason == "no certificate" else "somebody@example.com",
        client_certificate=None if reason == "no certificate" else certificate,
    )
    assert seen.stop == ("auth", 535, "auth_refused")
    assert attempts(seen) == 1


# -- mechanisms we have not, or not always -------------------------------------------------------


@pytest.mark.parametrize("method", ["basic", "oauth"])
@pytest.mark.parametrize(
    "offered", [("NTLM",), ("GSSAPI",), ("DIGEST-MD5",), ("NTLM", "GSSAPI", "DIGEST-MD5", "X-OWN")]
)
def test_s_19_nothing_we_can_do(verifier: Verifier, offered: tuple[str, ...], method: str) -> None:
    seen = verifier(mechanisms=offered, method=method)
    assert seen.stop == ("auth", None, "mechanism_not_offered")
    assert seen.stopped.detail()["offered"] == list(offered)
    assert attempts(seen) == 0
    assert causes(seen, verifier)[0] == "auth_mechanism_unsupported"


def test_s_19_server_that_offers_no_passwords_any_more(verifier: Verifier) -> None:
    seen = verifier(mechanisms=TOKEN_MECHANISMS)
    assert seen.stop == ("auth", None, "mechanism_not_offered")
    assert causes(seen, verifier)[0] == "basic_auth_disabled"


@pytest.mark.parametrize("mechanism", ["NTLM", "GSSAPI"])
def test_s_19_without_the_optional_library(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, mechanism: str
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "spnego", None)
    seen = verifier(mechanisms=(mechanism,), mechanism=mechanism)
    assert seen.stop == ("auth", None, "mechanism_unavailable")
    assert seen.stopped.detail()["extra"] == "ntlm"
    assert attempts(seen) == 0
    assert causes(seen, verifier)[0] == "auth_mechanism_unsupported"


@pytest.fixture
def ntlm_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], dict[str, Action]]:
    """The server's side of NTLM, which knows one account."""
    spnego = pytest.importorskip("spnego")
    users = tmp_path / "users"
    users.write_text(f"CORP:clerk:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))

    def behaviours() -> dict[str, Action]:
        context = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)

        def challenge(conversation: Connection, line: bytes) -> Action:
            token = base64.b64decode(line.split(b" ")[2])
            return b"334 " + b64(context.step(token)) + b"\r\n"

        def verdict(conversation: Connection, line: bytes) -> Action:
            try:
                context.step(base64.b64decode(line))
            except spnego.exceptions.SpnegoError:
                return REFUSED
            assert context.client_principal == "CORP\\clerk"
            return b"235 2.7.0 Authentication successful\r\n"

        return {"AUTH": challenge, "AUTH_STEP": verdict}

    return behaviours


def test_s_19_ntlm(verifier: Verifier, ntlm_server: Callable[[], dict[str, Action]]) -> None:
    username = "CORP\\clerk"
    seen = verifier(ntlm_server(), mechanisms=("NTLM",), mechanism="NTLM", username=username)
    assert seen.stop is None
    assert seen.detail(Stage.AUTH)["mechanism"] == "NTLM"
    seen = verifier(
        ntlm_server(),
        mechanisms=("NTLM",),
        mechanism="NTLM",
        username=username,
        password="another password",
    )
    assert seen.stop == ("auth", 535, "auth_refused")


@pytest.mark.parametrize(
    "challenge", [b"334 \r\n", b"334 !!\r\n", scram_reply("NTLMSSP"), scram_reply("x" * 100)]
)
def test_s_19_ntlm_with_a_rubbish_challenge(
    verifier: Verifier, ntlm_server: Callable[[], dict[str, Action]], challenge: bytes
) -> None:
    step = b"501 5.7.0 cancelled\r\n"
    seen = verifier({"AUTH": challenge, "AUTH_STEP": step}, mechanisms=("NTLM",), mechanism="NTLM")
    assert seen.stop == ("auth", 501, "bad_challenge")
    assert seen.server is not None
    assert seen.server.secret_received(PASSWORD) == []


def test_s_19_ntlm_that_is_over_too_early(verifier: Verifier) -> None:
    pytest.importorskip("spnego")
    seen = verifier({"AUTH": b"235 2.7.0 welcome\r\n"}, mechanisms=("NTLM",), mechanism="NTLM")
    assert seen.stop == ("auth", 235, "auth_unexpected")


def test_s_19_ntlm_that_goes_on_after_its_end(
    verifier: Verifier, ntlm_server: Callable[[], dict[str, Action]]
) -> None:
    behaviours = ntlm_server()
    behaviours["AUTH_STEP"] = [scram_reply("more"), b"501 5.7.0 cancelled\r\n"]
    seen = verifier(behaviours, mechanisms=("NTLM",), mechanism="NTLM", username="CORP\\clerk")
    assert seen.stop == ("auth", 501, "bad_challenge")


# -- channel binding -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"])
@pytest.mark.parametrize("wanted", [False, True])
def test_scram_bound_to_the_channel(
    verifier: Verifier, tmp_path: Path, version: str, mechanism: str, wanted: bool
) -> None:
    authority = ThrowAwayAuthority()
    context, pem = authority.server_pair()
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    ca_file = str(authority.write_ca(tmp_path / "ca.pem"))
    offered = (mechanism, mechanism.removesuffix("-PLUS"), "PLAIN")
    account = replace(ACCOUNT, certificate_pem=pem)
    settings: dict[str, Any] = {
        "context": context,
        "mechanisms": offered,
        "mechanism": mechanism if wanted else "auto",
        "ca_file": ca_file,
    }
    seen = verifier(account=account, **settings)
    assert seen.stop is None
    assert seen.detail(Stage.AUTH)["mechanism"] == mechanism
    first = base64.b64decode(auth_lines(seen)[0].split(b" ")[2])
    assert first.startswith(b"p=tls-server-end-point,,n=mailer@example.com,")
    # Somebody in between has another certificate, and the server says no to that.
    other = authority.server_pair()[1]
    seen = verifier(account=replace(ACCOUNT, certificate_pem=other), **settings)
    assert seen.stop == ("auth", 535, "auth_refused")
    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(other.decode())).hexdigest() not in str(
        seen.report.to_json()
    )


def test_scram_bound_to_a_channel_that_is_none(verifier: Verifier) -> None:
    # Without TLS there is nothing to bind to: it is not picked, and refused where asked for.
    offered = ("SCRAM-SHA-256-PLUS", "PLAIN")
    seen = verifier(mechanisms=offered, security="none")
    assert seen.stop is None
    assert seen.detail(Stage.AUTH)["mechanism"] == "PLAIN"
    seen = verifier(mechanisms=offered, security="none", mechanism="SCRAM-SHA-256-PLUS")
    assert seen.stop == ("auth", None, "mechanism_unavailable")
    assert attempts(seen) == 0
