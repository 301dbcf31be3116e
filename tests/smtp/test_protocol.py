"""The protocol without a network: replies, caps, the order of things, what is recorded."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from smtpwizard.model.redaction import Redactor
from smtpwizard.smtp.protocol import (
    COMMAND_CAP,
    LINE_CAP,
    REPLY_CAP,
    REPLY_LINES_CAP,
    Awaiting,
    ClientProtocol,
    Extensions,
    LocalError,
    ProtocolViolation,
    ReplyParser,
    WireReply,
    encode_body,
    fits_in_auth,
    parse_extensions,
)
from smtpwizard.smtp.recorder import Recorder


def protocol() -> ClientProtocol:
    return ClientProtocol(Recorder(lambda: 0.0))


def ready() -> ClientProtocol:
    """A protocol whose greeting was read."""
    it = protocol()
    assert it.receive(b"220 hi\r\n") == WireReply(220, ("hi",))
    return it


def shown(it: ClientProtocol) -> list[str]:
    return [f"{line.sender}: {line.line}" for line in it._recorder.lines(Redactor())]


# -- replies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"250 ok\r\n", WireReply(250, ("ok",))),
        (b"250-a\r\n250-b\r\n250 c\r\n", WireReply(250, ("a", "b", "c"))),
        (b"250\r\n", WireReply(250, ("",))),
        (b"250-\r\n250\n", WireReply(250, ("", ""))),
        (b"250  two blanks\n", WireReply(250, (" two blanks",))),
        (b"250 caf\xe9\xff\r\n", WireReply(250, (r"caf\xe9\xff",))),
        ("535 5.7.8 认证失败\r\n".encode("gbk"), WireReply(535, ("5.7.8 认证失败",))),
        (
            # One line is proved by the other, and what is UTF-8 already stays.
            "550-Ошибка\r\n".encode("koi8_r")
            + "550-Größe\r\n".encode()
            + "550 еще\r\n".encode("koi8_r"),
            WireReply(550, ("Ошибка", "Größe", "еще")),
        ),
        ("535 認証に失敗\r\n".encode("iso2022_jp"), WireReply(535, ("認証に失敗",))),
        ("250 Grüße\r\n".encode(), WireReply(250, ("Grüße",))),
    ],
)
def test_reply_lines(data: bytes, reply: WireReply) -> None:
    for step in (1, 2, 3, len(data)):
        parser = ReplyParser()
        found = None
        for at in range(0, len(data), step):
            assert found is None
            parser.feed(data[at : at + step])
            found = parser.next_reply()
        assert found == reply
        assert not parser.midway
        assert parser.next_reply() is None


@pytest.mark.parametrize(
    ("lines", "enhanced", "text"),
    [
        (("5.7.1 no",), "5.7.1", "no"),
        (("5.7.1 no", "5.7.1 really no"), "5.7.1", "no really no"),
        (("5.7.1 no", "5.7.2 other"), "5.7.1", "no 5.7.2 other"),
        (("no", "5.7.1 why"), "5.7.1", "no why"),
        (("2.0.0 ok?",), None, "2.0.0 ok?"),
        (("", "  ", "x"), None, "x"),
        (("\x1b[2J\u202e",), None, r"\x1b[2J\u202e"),
        (("x" * 3000,), None, "x" * 2000 + " …"),
    ],
)
def test_reply_fit_for_display(lines: tuple[str, ...], enhanced: str | None, text: str) -> None:
    reply = WireReply(550, lines).reply()
    assert (reply.code, reply.enhanced, reply.text) == (550, enhanced, text)


@pytest.mark.parametrize("line", [b"250\tx", b"250\rx", b"25", b"x", b"", b"250+x", b"600 x"])
def test_lines_that_are_no_reply(line: bytes) -> None:
    with pytest.raises(ProtocolViolation, match="garbage"):
        protocol().receive(line + b"\r\n")


def test_caps() -> None:
    too_much = {
        "one line": b"220 " + b"x" * LINE_CAP,
        "one line and its end": b"220 " + b"x" * LINE_CAP + b"\r\n",
        "lines": b"220-\r\n" * (REPLY_LINES_CAP + 1),
        "octets": (b"220-" + b"x" * 1000 + b"\r\n") * (REPLY_CAP // 1000 + 1),
    }
    for name, data in too_much.items():
        it = protocol()
        with pytest.raises(ProtocolViolation, match="reply_too_long"):
            it.receive(data)
        assert it.broken, name
    just = b"220-\r\n" * (REPLY_LINES_CAP - 1) + b"220 " + b"x" * (LINE_CAP - 10) + b"\r\n"
    reply = protocol().receive(just)
    assert reply is not None
    assert len(reply.lines) == REPLY_LINES_CAP


# -- the order of things -------------------------------------------------------------------------

INTENTS: dict[Awaiting, Callable[[ClientProtocol], object]] = {
    Awaiting.EHLO: lambda it: it.ehlo("me.example"),
    Awaiting.HELO: lambda it: it.helo("me.example"),
    Awaiting.STARTTLS: lambda it: it.starttls(),
    Awaiting.AUTH: lambda it: it.auth("PLAIN", b"secret"),
    Awaiting.MAIL: lambda it: it.mail("a@example.com"),
    Awaiting.RCPT: lambda it: it.rcpt("a@example.com"),
    Awaiting.DATA: lambda it: it.data(),
    Awaiting.END_OF_DATA: lambda it: it.end_of_data(),
    Awaiting.RSET: lambda it: it.rset(),
    Awaiting.QUIT: lambda it: it.quit(),
}
MORE: tuple[Callable[[ClientProtocol], object], ...] = (
    lambda it: it.auth_response(b"secret"),
    lambda it: it.auth_cancel(),
    lambda it: it.body(b"mail"),
)


@pytest.mark.parametrize("awaiting", INTENTS)
def test_one_command_at_a_time(awaiting: Awaiting) -> None:
    it = ready()
    INTENTS[awaiting](it)
    assert it.awaiting is awaiting
    for intent in (*INTENTS.values(), *MORE):
        with pytest.raises(LocalError, match="out_of_turn"):
            intent(it)
    it.receive(b"250 ok\r\n")
    assert it.awaiting is Awaiting.NOTHING


def test_nothing_is_said_before_the_greeting_or_after_a_violation() -> None:
    early, broken = protocol(), ready()
    with pytest.raises(ProtocolViolation, match="unsolicited"):
        broken.receive(b"250 what?\r\n")
    for intent in (*INTENTS.values(), *MORE):
        for it in (early, broken):
            with pytest.raises(LocalError, match="out_of_turn"):
                intent(it)
    assert broken.receive(b"250 more\r\n") is None


@pytest.mark.parametrize("awaiting", INTENTS)
@pytest.mark.parametrize("behind", [b"250 x\r\n", b"!", b"\r\n", b"42", b"421 bye\r\n"])
def test_bytes_behind_a_reply(awaiting: Awaiting, behind: bytes) -> None:
    it = ready()
    INTENTS[awaiting](it)
    data = b"250 ok\r\n" + behind
    farewell = behind in (b"42", b"421 bye\r\n")
    if awaiting is Awaiting.STARTTLS:
        with pytest.raises(ProtocolViolation, match="starttls_injected"):
            it.receive(data)
    elif farewell or awaiting in (Awaiting.END_OF_DATA, Awaiting.QUIT):
        assert it.receive(data) == WireReply(250, ("ok",))
        assert it.midway
        if farewell:
            with pytest.raises(ProtocolViolation, match="closing") as violation:
                it.receive(b"" if behind.endswith(b"\n") else b"1 bye\r\n")
            assert violation.value.reply == WireReply(421, ("bye",))
    else:
        with pytest.raises(ProtocolViolation, match="unsolicited") as violation:
            it.receive(data)
        assert violation.value.reply == WireReply(250, ("ok",))


@pytest.mark.parametrize("awaiting", INTENTS)
def test_bytes_behind_a_refusal(awaiting: Awaiting) -> None:
    it = ready()
    INTENTS[awaiting](it)
    data = b"550 no\r\n250 and yes\r\n"
    if awaiting is Awaiting.STARTTLS:
        with pytest.raises(ProtocolViolation, match="starttls_injected"):
            it.receive(data)
    else:
        assert it.receive(data) == WireReply(550, ("no",))
        with pytest.raises(ProtocolViolation, match="unsolicited"):
            it.receive(b"")


def test_extensions_are_forgotten() -> None:
    it = ready()
    offer = b"250-x\r\n250-SIZE 7\r\n250 AUTH PLAIN\r\n"
    forget: tuple[Callable[[], object], ...] = (
        it.tls_started,
        lambda: it.ehlo("me.example"),
        lambda: it.helo("me.example"),
    )
    for how in forget:
        it.ehlo("me.example")
        it.receive(offer)
        assert it.extensions == Extensions(("SIZE", "AUTH"), ("PLAIN",), 7)
        assert "SIZE" in it.extensions.keywords
        how()
        assert it.extensions == Extensions()
        if it.awaiting is not Awaiting.NOTHING:
            it.receive(b"500 no\r\n")
            assert it.extensions == Extensions()


# -- what goes out -------------------------------------------------------------------------------


def test_commands_on_the_wire() -> None:
    it = ready()
    said = []
    intents: tuple[Callable[[], bytes], ...] = (
        lambda: it.ehlo("[127.0.0.1]"),
        lambda: it.helo("me.example"),
        it.starttls,
        lambda: it.auth("PLAIN", b"\0a\0b"),
        lambda: it.auth("LOGIN"),
        lambda: it.auth_response(b"b"),
        lambda: it.auth_response(b""),
        lambda: it.auth("EXTERNAL", b""),
        it.auth_cancel,
        lambda: it.mail("a@example.com", ("SIZE=7", "SMTPUTF8")),
        lambda: it.mail('"a b <c>"@example.com'),
        lambda: it.rcpt("ä@example.com"),
        it.data,
        it.end_of_data,
        it.rset,
        it.quit,
    )
    for intent in intents:
        said.append(intent())
        it.receive(b"334 \r\n")
    assert b"".join(said).decode() == (
        "EHLO [127.0.0.1]\r\nHELO me.example\r\nSTARTTLS\r\nAUTH PLAIN AGEAYg==\r\nAUTH LOGIN\r\n"
        "Yg==\r\n\r\nAUTH EXTERNAL =\r\n*\r\nMAIL FROM:<a@example.com> SIZE=7 SMTPUTF8\r\n"
        'MAIL FROM:<"a b <c>"@example.com>\r\nRCPT TO:<ä@example.com>\r\nDATA\r\n.\r\nRSET\r\n'
        "QUIT\r\n"
    )
    assert [line for line in shown(it) if line.startswith("client: ")][3:9] == [
        "client: AUTH PLAIN <redacted, 8 octets>",
        "client: AUTH LOGIN",
        "client: <redacted, 4 octets>",
        "client: <empty response>",
        "client: AUTH EXTERNAL <redacted, 1 octets>",
        "client: *",
    ]


def test_an_initial_response_fits_or_not() -> None:
    for octets in range(360, 390):
        response = b"x" * octets
        line = ready().auth("XOAUTH2", response)
        assert fits_in_auth("XOAUTH2", response) == (len(line) <= COMMAND_CAP)


@pytest.mark.parametrize(("size", "fits"), [(372, True), (373, False)])
def test_an_initial_response_may_fill_the_line_to_its_last_octet(size: int, fits: bool) -> None:
    line = ready().auth("EXTERNAL", b"x" * size)
    assert (len(line) <= COMMAND_CAP, len(line) == COMMAND_CAP) == (fits, fits)
    assert fits_in_auth("EXTERNAL", b"x" * size) == fits


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\x1bb", "a\x7fb", "a\ud800"])
def test_no_control_character_leaves(text: str) -> None:
    it = ready()
    for intent in (it.ehlo, it.helo, it.auth, it.mail, it.rcpt):
        with pytest.raises(LocalError, match="control_characters"):
            intent(text)
    with pytest.raises(LocalError, match="control_characters"):
        it.mail("a@example.com", (text,))
    assert it.awaiting is Awaiting.NOTHING
    assert shown(it) == ["server: 220 hi"]


@pytest.mark.parametrize("path", ["a@x> SIZE=1", "a@x b@y", "<a@x", 'a"b" c@x'])
def test_no_path_breaks_out_of_its_brackets(path: str) -> None:
    it = ready()
    for intent in (it.mail, it.rcpt):
        with pytest.raises(LocalError, match="address_invalid"):
            intent(path)


def test_a_body_is_recorded_by_its_size() -> None:
    it = ready()
    assert it.body(b".\n") == b"..\r\n"
    assert shown(it)[-1] == "client: <message, 4 octets>"


def test_challenges_are_recorded_by_their_size() -> None:
    it = ready()
    it.auth("LOGIN")
    it.receive(b"334 c2VjcmV0\r\n")
    assert shown(it)[-1] == "server: 334 <challenge, 8 octets>"
    it.auth_response(b"x")
    it.receive(b"334 \r\n")
    assert shown(it)[-1] == "server: 334"
    it.auth_response(b"x")
    it.receive(b"235-2.7.0\r\n235 in\r\n")
    assert shown(it)[-2:] == ["server: 235-2.7.0", "server: 235 in"]


def test_violations_are_noted() -> None:
    it = protocol()
    with pytest.raises(ProtocolViolation, match="garbage") as violation:
        it.receive(b"SSH-2.0-x\x1b\xff\r\n")
    assert violation.value.first == b"SSH-2.0-x\x1b\xff\r\n"
    assert shown(it) == [r"note: protocol violation (garbage): SSH-2.0-x\x1b\xff\x0d\x0a"]


# -- bodies and extensions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"", b"\r\n"),
        (b".", b"..\r\n"),
        (b"a", b"a\r\n"),
        (b"a\r\n.\r\nb", b"a\r\n..\r\nb\r\n"),
        (b"\n.\r.\r\n.", b"\r\n..\r\n..\r\n..\r\n"),
        (b"\r\r\n\n", b"\r\n\r\n\r\n"),
    ],
)
def test_bodies(message: bytes, wire: bytes) -> None:
    assert encode_body(message) == wire


@pytest.mark.parametrize(
    ("lines", "extensions"),
    [
        ((), Extensions()),
        (("SIZE 5",), Extensions()),  # the first line is the greeting
        (("x", "size 5"), Extensions(("SIZE",), (), 5)),
        (("x", "SIZE -5"), Extensions(("SIZE",))),
        (("x", "SIZE 5", "SIZE x"), Extensions(("SIZE",), (), 5)),
        (("x", "SIZE " + "9" * 21), Extensions(("SIZE",))),
        (("x", "AUTH"), Extensions(("AUTH",))),
        (("x", "AUTH=", "AUTH= PLAIN"), Extensions(("AUTH",), ("PLAIN",))),
        (("x", "AUTH=LOGIN PLAIN"), Extensions(("AUTH",), ("LOGIN", "PLAIN"))),
        (("x", "AUTH PLAIN", "AUTH login plain"), Extensions(("AUTH",), ("PLAIN", "LOGIN"))),
        (("x", "  STARTTLS  ", "", "\t"), Extensions(("STARTTLS",))),
    ],
)
def test_extensions(lines: tuple[str, ...], extensions: Extensions) -> None:
    assert parse_extensions(lines) == extensions


def test_an_initial_response_may_fill_the_line() -> None:
    # Base64 comes in fours: of a mechanism's name of eight letters 512 octets are reached exactly.
    full = b"x" * 372
    assert len(f"AUTH EXTERNAL {base64.b64encode(full).decode()}\r\n") == COMMAND_CAP
    assert fits_in_auth("EXTERNAL", full)
    assert not fits_in_auth("EXTERNAL", full + b"x")
