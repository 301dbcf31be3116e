"""Group V: what people type, stopped by the model, and by the wire should it get that far.

What has no test: V-17 (attachments: the test email has none).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.addresses import (
    AddressError,
    ascii_domain,
    parse_address,
    parse_host,
    parse_port,
)
from smtpwizard.model.connector import Admin, Sender, read_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.pasted_server import sort_out_server
from smtpwizard.model.report import Stage
from smtpwizard.smtp.message import LINE_CAP, EmailContents, MessageError, check_message, compose
from smtpwizard.smtp.protocol import ClientProtocol, LocalError, encode_body
from smtpwizard.smtp.recorder import Recorder
from smtpwizard.usecases.diagnose import causes_for_report
from smtpwizard.usecases.given_secrets import parse_secret
from tests.model.documents import FULL, changed, defaults_for
from tests.smtp.invariants import ACCOUNT, Seen, Verifier

FIELDS = [
    "name",
    "provider",
    "server.host",
    "server.ehlo_name",
    "server.proxy",
    "server.ca_file",
    "server.client_certificate",
    "authentication.username",
    "authentication.oauth.client_id",
    "authentication.oauth.tenant",
    "authentication.oauth.token_endpoint",
    "authentication.oauth.redirect_uri",
    "admin.email",
    "admin.name",
    "send_to",
    "sender.address",
    "sender.name",
]
"""Every field that is one line and may reach the wire or a file name."""

LINE_BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]
CONTROLS = ["\x00", "\x01", "\x08", "\x1b[2J", "\x1f", "\x7f", "\x80", "\x9b", "\ud800"]
HIDING = ["\u202e", "\u2066", "\u2069", "\u200e", "\u061c"]
INJECTED = "RCPT TO:<evil@example.test>"


def problems(path: str, value: Any) -> dict[str, str]:
    """What the model finds wrong with the full document after one change: field to code."""
    connector, found = read_connector(changed(FULL, {path: value}), defaults_for)
    assert (connector is None) == bool(found)
    return {problem.field: problem.code for problem in found}


def original(path: str) -> str:
    value: Any = FULL
    for key in path.split("."):
        value = value[key]
    return str(value)


# -- line breaks and control characters ----------------------------------------------------------


@pytest.mark.parametrize("field", FIELDS)
def test_v_01_line_breaks_in_every_field(field: str) -> None:
    for line_break in LINE_BREAKS:
        for text in (
            original(field) + line_break + INJECTED,
            original(field) + line_break,
            line_break + original(field),
        ):
            assert problems(field, text) == {field: "control_characters"}, repr(text)


@pytest.mark.parametrize("field", FIELDS)
def test_v_02_control_characters_in_every_field(field: str) -> None:
    for control in CONTROLS:
        text = original(field)[:3] + control + original(field)[3:]
        assert problems(field, text) == {field: "control_characters"}, repr(text)


INTENTS: dict[str, Callable[[ClientProtocol, str], object]] = {
    "ehlo": lambda it, text: it.ehlo(text),
    "helo": lambda it, text: it.helo(text),
    "mail": lambda it, text: it.mail(text),
    "mail parameter": lambda it, text: it.mail("a@b", (text,)),
    "rcpt": lambda it, text: it.rcpt(text),
    "auth": lambda it, text: it.auth(text),
    "auth with a response": lambda it, text: it.auth(text, b"x"),
}


@pytest.mark.parametrize("intent", INTENTS)
def test_v_01_no_command_takes_a_second_line(intent: str) -> None:
    for bad in ("x\r\nQUIT", "x\nQUIT", "x\rQUIT", "x\n"):
        it = ClientProtocol(Recorder(time.monotonic))
        it.receive(b"220 ready\r\n")
        with pytest.raises(LocalError, match="control_characters"):
            INTENTS[intent](it, bad)


@pytest.mark.parametrize("intent", INTENTS)
def test_v_02_no_command_takes_a_control_character(intent: str) -> None:
    for number in (*range(32), 127):
        it = ClientProtocol(Recorder(time.monotonic))
        it.receive(b"220 ready\r\n")
        with pytest.raises(LocalError, match="control_characters"):
            INTENTS[intent](it, f"x{chr(number)}y")


BEHIND_THE_MODEL: list[tuple[str, Callable[[Any], Any], str, str]] = [
    # What is changed, how, and where it is stopped should it ever get past the model.
    (
        "ehlo_name",
        lambda c: c._replace(server=c.server._replace(ehlo_name="x\r\nMAIL FROM:<>")),
        "ehlo",
        "control_characters",
    ),
    (
        "host",
        lambda c: c._replace(server=c.server._replace(host="127.0.0.1\r\nx")),
        "resolve",
        "dns_not_found",
    ),
    (
        "sender",
        lambda c: c._replace(sender=Sender("a@b\r\nDATA")),
        "mail_from",
        "control_characters",
    ),
    (
        "administrator",
        lambda c: c._replace(
            admin=Admin("a@b> SIZE=1\r\nDATA"),
            authentication=c.authentication._replace(username="mailer"),
        ),
        "mail_from",
        "control_characters",
    ),
    (
        "sender's name",
        lambda c: c._replace(sender=Sender(None, "Ada\nBcc: evil@example.test")),
        "mail_from",
        "control_characters",
    ),
]


@pytest.mark.parametrize(
    ("change", "stage", "code"),
    [case[1:] for case in BEHIND_THE_MODEL],
    ids=[case[0] for case in BEHIND_THE_MODEL],
)
def test_v_01_past_the_model_the_wire_refuses(
    verifier: Verifier, change: Callable[[Any], Any], stage: str, code: str
) -> None:
    with ScriptedServer(account=replace(ACCOUNT, username="mailer")) as first:
        connector = change(verifier.connector(first.port, security="none", username="mailer"))
        seen = verifier.at(first.port, security="none", connector=connector)
        assert seen.stop == (stage, None, code)
        assert first.accepted == []
        for line in first.lines:
            assert re.match(rb"(EHLO \[127\.0\.0\.1\]|AUTH|QUIT|[A-Za-z0-9+/=]+$)", line), line


def test_v_01_recipient_past_the_use_case(verifier: Verifier) -> None:
    for recipient in ("a@b\r\nDATA", "a@b> NOTIFY=NEVER", "a b@c", "<a@b>", ""):
        with ScriptedServer(account=ACCOUNT) as server:
            seen = verifier.at(server.port, security="none", recipient=recipient, plays_again=False)
            assert server.accepted == []
            assert not any(line.startswith(b"RCPT") for line in server.lines)
        assert seen.report.exit_code() in (0, 16), recipient
        if seen.report.ok:
            assert recipient == ""  # nobody to write to: it ends after signing in


def test_v_01_recipient_in_the_use_case(tmp_path: Any) -> None:
    from smtpwizard.usecases.verify import SecretSources, verify_connector
    from smtpwizard.usecases.workspace import Workspace

    ws = Workspace.open(tmp_path)
    connector, _ = read_connector(FULL, defaults_for)
    assert connector is not None
    with pytest.raises(UsageError) as refused:
        verify_connector(ws, connector, SecretSources(), send_to="a@b\r\nDATA")
    assert (refused.value.code, refused.value.facts["field"]) == ("control_characters", "send_to")


# -- addresses -----------------------------------------------------------------------------------

NO_ADDRESSES = [
    *("", "@", "a@", "@b", "plain", "a@b@c", "a@@b", "b@x> NOTIFY=NEVER", "<a@b>", "a@b>", "<a@b"),
    *("a@x.org b@x.org", "a@x.org,b@x.org", "a@x.org;b@x.org", "Ada <a@b.org>", "a@b.org (Ada)"),
    *("(x)a@b.org", "a(x)@b.org", "@relay:a@b.org", "mailto:a@b.org>", "a@b.org SIZE=1"),
    *('"a"b@c', '"a"@b"c"@d', '"a@b', 'a"@b', '"a"""@b', '"\\"@b', "a\\@b@c", ".a@b", "a.@b"),
    *("a@[127.0.0.1", "a@127.0.0.1]", "a@[300.0.0.1]", "a@[::1]", "a@[IPv6:127.0.0.1]"),
    *("a@[IPv6:::1%eth0]", "a@[x]", "a@-b.org", "a@b-.org", "a@b..org", "a@.org", "a@b.", "a@b_"),
    *(" a@b", "a@b ", "a @b", "a@ b", "a\t@b", "a\u00a0@b", "a@b\u3000", "a\u2003b@c"),
    *("a" * 65 + "@b", "a@" + "b" * 64, "a@" + ".".join(["b" * 60] * 5), "a" * 320 + "@b"),
]


@pytest.mark.parametrize("field", ["admin.email", "send_to", "sender.address"])
def test_v_03_addresses_that_are_not_exactly_one(field: str) -> None:
    for text in NO_ADDRESSES:
        if text == "" and field != "admin.email":
            continue  # optional
        assert set(problems(field, text)) == {field}, text


ADDRESSES = [
    "a@b",
    "first.last+tag@example.test",
    "!#$%&'*+/=?^_`{|}~-@example.test",
    '"a@x"@example.test',
    '"a b"@example.test',
    '"a> NOTIFY=NEVER"@example.test',
    '"\\"quoted\\""@example.test',
    "a@[127.0.0.1]",
    "a@[IPv6:2001:db8::1]",
    "a@" + ".".join(["b" * 60] * 4),
    "x" * 64 + "@example.test",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_v_03_addresses_go_out_as_they_are(verifier: Verifier, address: str) -> None:
    seen = verifier(
        {"RCPT": b"250 ok\r\n"},
        security="none",
        method="none",
        recipient=address,
        extensions=(),
    )
    assert seen.stop is None
    assert seen.server is not None
    assert f"RCPT TO:<{address}>".encode() in seen.server.lines
    message = message_from_bytes(seen.server.accepted[0].data, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    [to] = message["To"].addresses
    local_part, _, domain = address.rpartition("@")
    if local_part.startswith('"'):
        local_part = re.sub(r"\\(.)", r"\1", local_part[1:-1])
    assert (to.username, to.domain) == (local_part, domain)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.sampled_from(["", "@", "@b.test"]),
)
def test_v_03_what_is_accepted_is_kept_to_the_letter(text: str, end: str) -> None:
    try:
        address = parse_address(text + end)
    except AddressError:
        return
    assert str(address) == text + end
    assert str(parse_address(str(address))) == text + end
    line = ClientProtocol._check_path
    line(address.wire())
    assert not re.search(r"[\x00-\x1f\x7f]", address.wire())


@pytest.mark.parametrize(
    "text",
    [
        "a@b.test\r\n RCPT TO:<evil@c.test>",
        "a@b.test\n\tevil@c.test",
        "a@b.test\r\n",
        "a\r\n @b.test",
        '"a\r\n b"@c.test',
        '"a\\\r\n"@c.test',
        "a@b.test\x0bevil",
        "a@b.test\u2028evil",
        "a@b.test%0d%0aRCPT TO:<evil@c.test>",
        "a@b.test\\r\\nRCPT TO:<evil@c.test>",
        "a@b.test&#13;&#10;RCPT",
        "a@b.test  ORCPT=rfc822;evil@c.test",
        "a@b.test\u560d\u560aRCPT TO",
    ],
)
@pytest.mark.parametrize("field", ["admin.email", "send_to", "sender.address"])
def test_v_04_folding_and_its_disguises(field: str, text: str) -> None:
    assert set(problems(field, text)) == {field}


def test_v_04_nothing_follows_an_address_on_its_line() -> None:
    for path in ("a@b> SIZE=1", "a@b>", "<a@b", 'a@b "x"', '"x"> @b', "a b@c"):
        for intent in ("mail", "rcpt"):
            it = ClientProtocol(Recorder(time.monotonic))
            it.receive(b"220 ready\r\n")
            with pytest.raises(LocalError, match="address_invalid"):
                INTENTS[intent](it, path)


# -- messages ------------------------------------------------------------------------------------

SMUGGLED = b"MAIL FROM:<evil@x>\r\nRCPT TO:<y@z>\r\nDATA\r\n"


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\r.\r",
        b"\n.\r\n",
        b"\r.\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r\n.\r\n",
        b"\n.\r",
        b"\r.\n",
    ],
)
def test_v_05_no_end_of_data_inside_a_message(end: bytes) -> None:
    body = encode_body(b"text" + end + SMUGGLED)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", body)
    assert b"\r\n.\r\n" not in body
    assert b"\r\n..\r\n" in body or b"\r\n..\r\n" in b"\r\n" + body


@settings(max_examples=300, deadline=None)
@given(st.text("\r\n.ax", max_size=40).map(str.encode) | st.binary(max_size=80))
def test_v_05_whatever_the_message_is(message: bytes) -> None:
    body = encode_body(message)
    assert body.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", body)
    lines = body[:-2].split(b"\r\n")
    assert b"." not in lines
    undone = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines) + b"\r\n"
    wanted = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    assert undone == (wanted if wanted.endswith(b"\r\n") else wanted + b"\r\n")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"Subject: x\r\n\r\na\0b\r\n", "nul_in_message"),
        (b"Subject: x\r\n\r\n" + b"x" * 999 + b"\r\n", "message_line_too_long"),
        (b"Subject: " + b"x" * 999 + b"\r\n\r\n", "message_line_too_long"),
        (b"Subject: x\n\r\n", "header_injection"),
        (b"Subject: x\r\n\r\na\rb\r\n", "header_injection"),
    ],
)
def test_v_06_what_may_not_leave(data: bytes, word: str) -> None:
    with pytest.raises(MessageError, match=word):
        check_message(data)


def test_v_06_long_facts_become_short_lines() -> None:
    data = letter(facts={"User": "u" * 5000, "Server": "ü" * 3000})
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    assert "u" * 5000 in body_of(data)
    assert "ü" * 3000 in body_of(data)


def letter(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "connector": "Invoices",
        "sender": parse_address("mailer@example.com"),
        "recipient": parse_address("admin@example.com"),
        "when": datetime(2026, 11, 22, 10, 15, tzinfo=UTC),
        "facts": {"Server": "mail.example.com:587"},
    }
    return compose(EmailContents(**{**values, **changes}), "<1@example.com>")


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def body_of(data: bytes) -> str:
    body = parsed(data).get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


# -- beyond ASCII --------------------------------------------------------------------------------


def test_v_07_idn_domain_without_smtputf8(verifier: Verifier) -> None:
    seen = verifier(
        {"RCPT": b"250 ok\r\n"}, recipient="post@bücher.example", extensions=("SIZE 100000",)
    )
    assert seen.stop is None
    assert seen.server is not None
    assert b"RCPT TO:<post@xn--bcher-kva.example>" in seen.server.lines
    # Both forms are on show: what was typed and what left.
    assert seen.detail(Stage.RCPT_TO)["recipient"] == "post@bücher.example"
    assert "client: RCPT TO:<post@xn--bcher-kva.example>" in seen.transcript
    assert parsed(seen.server.accepted[0].data)["To"] == "post@xn--bcher-kva.example"
    assert seen.server.accepted[0].data.isascii()


@pytest.mark.parametrize("who", ["recipient", "sender"])
def test_v_08_local_part_beyond_ascii_without_smtputf8(verifier: Verifier, who: str) -> None:
    address = "grüße@example.com"
    options: dict[str, Any] = {"extensions": ("SIZE 100000", "8BITMIME")}
    if who == "recipient":
        seen = verifier(recipient=address, **options)
    else:
        seen = with_sender(verifier, address, **options)
    assert seen.stop == ("mail_from", None, "smtputf8_missing")
    assert b"MAIL" not in seen.commands
    assert seen.commands[-1] == b"QUIT"
    connector = verifier.connector(587)
    assert causes_for_report(seen.report, connector)[0].cause == "encoding_unsupported"


def with_sender(verifier: Verifier, address: str, **options: Any) -> Seen:
    """A verifier whose connector has a sender of its own."""
    connector = verifier.connector

    def build(port: int, **settings: Any) -> Any:
        return connector(port, **settings)._replace(sender=Sender(address))

    verifier.connector = build  # type: ignore[method-assign]
    try:
        return verifier(**options)
    finally:
        verifier.connector = connector  # type: ignore[method-assign]


@pytest.mark.parametrize("who", ["recipient", "sender"])
@pytest.mark.parametrize("eight_bit", [False, True])
def test_v_09_local_part_beyond_ascii_with_smtputf8(
    verifier: Verifier, who: str, eight_bit: bool
) -> None:
    address = "grüße@bücher.example"
    options: dict[str, Any] = {"extensions": ("SMTPUTF8", *(["8BITMIME"] if eight_bit else []))}
    seen = (
        verifier(recipient=address, **options)
        if who == "recipient"
        else with_sender(verifier, address, **options)
    )
    assert seen.stop is None
    assert seen.server is not None
    [message] = seen.server.accepted
    assert message.mail_parameters == ("SMTPUTF8 BODY=8BITMIME" if eight_bit else "SMTPUTF8")
    wire = "grüße@xn--bcher-kva.example"
    assert wire in (message.rcpts[0], message.mail_from)
    assert wire.encode() in message.data


def test_v_09_not_where_nobody_needs_it(verifier: Verifier) -> None:
    seen = verifier(recipient="post@bücher.example", extensions=("SMTPUTF8", "8BITMIME"))
    assert seen.stop is None
    assert seen.server is not None
    assert seen.server.accepted[0].mail_parameters == ""


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2"])
def test_v_10_login_name_beyond_ascii(verifier: Verifier, mechanism: str) -> None:
    username = "grüße@bücher.example"
    seen = verifier(
        mechanisms=(mechanism,),
        method="oauth" if mechanism == "XOAUTH2" else "basic",
        username=username,
        account=replace(ACCOUNT, username=username),
        extensions=("SMTPUTF8",),
    )
    assert seen.stop is None
    assert seen.detail(Stage.AUTH)["username"] == username


@pytest.mark.parametrize("field", FIELDS)
def test_v_11_characters_that_reorder_text(field: str) -> None:
    for character in HIDING:
        text = original(field)[:4] + character + original(field)[4:]
        assert problems(field, text) == {field: "control_characters"}, repr(text)


@pytest.mark.parametrize("field", ["server.host", "admin.email", "send_to", "sender.address"])
def test_v_11_characters_that_hide_in_a_domain(field: str) -> None:
    for character in ("\u200b", "\u2060", "\u00ad", "\ufeff", "\u180e"):
        text = original(field).replace("example", f"exa{character}mple")
        assert set(problems(field, text)) == {field}, repr(text)


def test_v_11_names_that_look_like_others_show_what_they_are(verifier: Verifier) -> None:
    lookalike = "раypal.com"  # its first two letters are Cyrillic
    assert parse_host(lookalike) == lookalike
    assert ascii_domain(lookalike) == "xn--ypal-43d9g.com"
    seen = verifier.at(25, host=lookalike, security="none", method="none")
    assert seen.stop == ("resolve", None, "dns_not_found")
    assert seen.stopped.detail()["host"] == "xn--ypal-43d9g.com"


# -- ports, hosts, EHLO names --------------------------------------------------------------------


@pytest.mark.parametrize(
    "port",
    ["0", "-1", "65536", "५८७", "５８７", "5e2", "0x24B", "58 7", "+587", "587.0", "587\n", "x",
     " ", 0, -1, 65536, 587.0, 587.5, True, [587], {"port": 587}],
)  # fmt: skip
def test_v_13_ports_that_are_none(port: Any) -> None:
    assert problems("server.port", port) == {"server.port": "port_invalid"}
    if isinstance(port, str):
        with pytest.raises(AddressError, match="port_invalid"):
            parse_port(port)


@pytest.mark.parametrize(
    ("text", "port"), [("1", 1), (" 587 ", 587), ("\t465", 465), ("00025", 25)]
)
def test_v_13_ports_with_blanks_around(text: str, port: int) -> None:
    assert parse_port(text) == port
    connector, _ = read_connector(changed(FULL, {"server.port": text}), defaults_for)
    assert connector is not None
    assert connector.server.port == port


@pytest.mark.parametrize(
    ("text", "host", "port", "security", "username"),
    [
        ("smtp://mail.example.test/", "mail.example.test", None, None, None),
        ("smtps://mail.example.test", "mail.example.test", 465, "implicit_tls", None),
        ("https://mail.example.test/owa?x=1#y", "mail.example.test", None, None, None),
        ("mail.example.test:587", "mail.example.test", 587, "starttls", None),
        ("  mail.example.test  ", "mail.example.test", None, None, None),
        ("mail.example.test.", "mail.example.test", None, None, None),
        ("ada@mail.example.test", "mail.example.test", None, None, "ada@mail.example.test"),
        ("smtp://ada:secret@mail.example.test:2525", "mail.example.test", 2525, None, "ada"),
        ("[::1]:2525", "::1", 2525, None, None),
        ("[2001:db8::1]", "2001:db8::1", None, None, None),
    ],
)
def test_v_14_more_than_a_host(
    text: str, host: str, port: int | None, security: str | None, username: str | None
) -> None:
    found = sort_out_server(text)
    assert found is not None
    assert (found.host, found.port, found.security, found.username) == (
        host, port, security, username,
    )  # fmt: skip
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "host",
    ["https://mail.example.test", "ada@mail.example.test", "mail.example.test:587", "a b", "a/b",
     "mail example", "-a.test", "a-.test", "a..test", ".", "..", "1.2.3", "1.2.3.4.5", "256.1.1.1",
     "٣.٣.٣.٣", "１２７.0.0.1", "[::1", "::1]", "[127.0.0.1]x", "::g", "a" * 64 + ".test", "a\\b",
     "a?b", "a#b", "a%b", "*.example.test", "a,b", "a;b", "'a'", "$(a)", "ａ．ｂ／ｃ"],
)  # fmt: skip
def test_v_14_hosts_that_are_none(host: str) -> None:
    assert set(problems("server.host", host)) == {"server.host"}


@pytest.mark.parametrize(
    "host",
    ["a_b.example.test", "localhost", "169.254.169.254", "::1", "fe80::1%eth0", "xn--bcher-kva.de",
     "bücher.example", "1a.test", "a.b.c.d.e.f.test", "192.0.2.1"],
)  # fmt: skip
def test_v_14_hosts_that_are_some(host: str) -> None:
    assert problems("server.host", host) == {}


@pytest.mark.parametrize(
    "name",
    ["a b", "a\nb", "x\r\nMAIL FROM:<>", "[192.0.2.7", "192.0.2.7]", "[300.1.1.1]", "[::1]", "-a",
     "a_", "a..b", "a>b", "[IPv6:fe80::1%eth0]", "[IPv6:x]", "[]", "\x1b[2J", "a\u200bb.test"],
)  # fmt: skip
def test_v_15_ehlo_names_that_are_none(name: str) -> None:
    assert set(problems("server.ehlo_name", name)) == {"server.ehlo_name"}


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("client.example.test", b"client.example.test"),
        ("bücher.example", b"xn--bcher-kva.example"),
        ("[192.0.2.7]", b"[192.0.2.7]"),
        ("[IPv6:2001:db8::7]", b"[IPv6:2001:db8::7]"),
        (None, b"[127.0.0.1]"),
    ],
)
def test_v_15_ehlo_names_as_they_go_out(verifier: Verifier, name: str | None, wire: bytes) -> None:
    seen = verifier(ehlo_name=name)
    assert seen.stop is None
    assert seen.server is not None
    assert seen.server.lines[0] == b"EHLO " + wire
    assert [line for line in seen.server.lines if line.startswith(b"EHLO")] == [b"EHLO " + wire] * 2
    assert seen.detail(Stage.EHLO)["ehlo_name"] == wire.decode()


# -- headers -------------------------------------------------------------------------------------

NAMES = {
    "umlauts": "Rechnungen für Größe",
    "emoji": "🚀 Invoices 👩‍👩‍👧",
    "3000 letters": "n" * 3000,
    "3000 words": "name " * 600 + "end",
    "3000 emoji": "🚀" * 3000,
    "right to left": "חשבוניות",
    "quotes": 'say "hi" \\ <b>, now; (x)',
    "encoded": "=?utf-8?q?=0D=0ABcc:_evil@example.test?=",
    "encoded in pieces": "=?utf-8?b?DQpCY2M6IGV2aWw=?= =?utf-8?q?=0A?=",
    "half encoded": "x =?utf-8?q?",
    "looks like a header": "Bcc: evil@example.test",
    "at sign": "ada@evil.test",
}


@pytest.mark.parametrize("place", ["connector", "sender_name"])
@pytest.mark.parametrize("name", NAMES)
def test_v_16_header_values_of_every_kind(place: str, name: str) -> None:
    text = NAMES[name]
    data = letter(**{place: text})
    head = data.partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= LINE_CAP
    assert head.isascii()
    message = parsed(data)
    assert "Bcc" not in message
    assert "evil" not in str(message["To"])
    assert message.keys().count("Subject") == 1
    shown = str(message["Subject"])
    if place == "sender_name":
        [mailbox] = message["From"].addresses
        assert mailbox.addr_spec == "mailer@example.com"
        shown = mailbox.display_name
    assert says(shown, text)


def says(shown: str, text: str) -> bool:
    """`text`, or its beginning where it is long; blanks apart, which break up encoded words."""
    shown, text = (re.sub(r"\s+", "", part) for part in (shown, text))
    shown = shown.removeprefix("Testemailfromtheconnector")
    return shown == text or (
        shown.endswith("…") and len(shown) > 50 and text.startswith(shown.removesuffix("…"))
    )


@pytest.mark.parametrize("place", ["connector", "sender_name"])
def test_v_16_line_breaks_past_the_model(place: str) -> None:
    for text in ("Invoices\r\nBcc: evil@example.test", "x\ny", "x\ry", "x\0y", "x\u2028y"):
        with pytest.raises(MessageError, match="control_characters"):
            letter(**{place: text})


def test_v_16_every_name_reaches_the_recipient(verifier: Verifier) -> None:
    for name in ("🚀 Größe", "=?utf-8?q?=0D=0ABcc:_evil@example.test?=", "n" * 1000):
        with ScriptedServer(account=ACCOUNT) as server:
            connector = verifier.connector(server.port, security="none")._replace(
                name=name,
                sender=Sender(None, name),
                admin=Admin("admin@example.com", name),
            )
            seen = verifier.at(server.port, security="none", connector=connector)
            assert seen.stop is None
            [message] = server.accepted
        assert "Bcc" not in parsed(message.data)
        assert says(str(parsed(message.data)["Subject"]), name)


# -- secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (b"word\n", "word"),
        (b"word\r\n", "word"),
        (b"word\n\n", "word\n"),
        (b" word ", " word "),
        ("\u00a0word\u00a0\n".encode(), "\u00a0word\u00a0"),
        ("\u200bword".encode(), "\u200bword"),
        (b"\tword", "\tword"),
    ],
)
def test_v_19_only_one_line_break_is_taken_off_a_secret(given: bytes, kept: str) -> None:
    assert parse_secret(given).reveal() == kept


def test_v_19_blanks_around_a_secret_reach_the_server(verifier: Verifier) -> None:
    for password in (" word ", "\u00a0word\u00a0", "\tword"):
        account = replace(ACCOUNT, password=password)
        assert verifier(password=password, account=account).stop is None
