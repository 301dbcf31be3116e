"""The conversation under arbitrary bytes, splits and orders: declared failures only, bounded
memory, no secret in what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smtpwizard.demo.scripted import CLOSE, Action, find_secrets, spellings
from smtpwizard.model.auth import Secret
from smtpwizard.model.redaction import Redactor
from smtpwizard.smtp.protocol import (
    LINE_CAP,
    REPLY_LINES_CAP,
    ClientProtocol,
    LocalError,
    ProtocolViolation,
    ReplyParser,
    WireReply,
    encode_body,
    parse_extensions,
)
from smtpwizard.smtp.recorder import Recorder
from tests.smtp.invariants import PASSWORD, TOKEN, Verifier

fuzzing = settings(derandomize=True, database=None, deadline=None, max_examples=300)

SECRET = "canary: gänz geheim 0123456789"

# -- ingredients ---------------------------------------------------------------------------------

codes = st.sampled_from([b"220", b"235", b"250", b"334", b"354", b"421", b"454", b"535", b"554"])
line_texts = st.one_of(
    st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")),
    st.sampled_from([b"", b"AUTH PLAIN LOGIN", b"STARTTLS", b"SIZE 10", b"5.7.1 no", b"2.0.0 ok"]),
)
reply_lines = st.builds(
    lambda code, separator, text, end: code + separator + text + end,
    codes,
    st.sampled_from([b" ", b"-", b""]),
    line_texts,
    st.sampled_from([b"\r\n", b"\n", b"", b"\r\r\n"]),
)
chunks = st.one_of(
    st.binary(max_size=60),
    reply_lines,
    st.lists(reply_lines, max_size=4).map(b"".join),
    st.sampled_from([b"220-" + b"x" * LINE_CAP, b"250-\r\n" * 150, b"\0" * 20_000]),
)

names = st.text(max_size=20)
Step = Callable[[ClientProtocol], object]
intents: st.SearchStrategy[Step] = st.one_of(
    names.map(lambda text: lambda it: it.ehlo(text)),
    names.map(lambda text: lambda it: it.helo(text)),
    names.map(lambda text: lambda it: it.mail(text, ("SIZE=1",))),
    names.map(lambda text: lambda it: it.rcpt(text)),
    st.binary(max_size=40).map(lambda data: lambda it: it.body(data)),
    st.sampled_from(
        [
            lambda it: it.starttls(),
            lambda it: it.tls_started(),
            lambda it: it.auth("PLAIN", SECRET.encode()),
            lambda it: it.auth("PLAIN", f"\0user\0{SECRET}".encode()),
            lambda it: it.auth("LOGIN"),
            lambda it: it.auth_response(SECRET.encode()),
            lambda it: it.auth_response(b""),
            lambda it: it.auth_cancel(),
            lambda it: it.data(),
            lambda it: it.end_of_data(),
            lambda it: it.rset(),
            lambda it: it.quit(),
        ]
    ),
)
received = chunks.map(lambda data: lambda it: it.receive(data))
echoes = st.builds(
    lambda code, before, form: code + b" " + before + form + b"\r\n",
    codes,
    st.binary(max_size=3).map(lambda data: data.replace(b"\n", b"")),
    st.sampled_from(sorted(spellings(SECRET).values())),
).map(lambda data: lambda it: it.receive(data))
steps = st.lists(st.one_of(intents, received, echoes), max_size=30)


def carry_out(it: ClientProtocol, step: Step) -> None:
    try:
        step(it)
    except ProtocolViolation:
        assert it.broken
    except LocalError:
        pass


# -- the protocol --------------------------------------------------------------------------------


@fuzzing
@given(steps)
def test_arbitrary_bytes_and_intents_in_arbitrary_order(todo: list[Step]) -> None:
    transcript = Recorder(lambda: 0.0)
    it = ClientProtocol(transcript)
    for step in todo:
        was_broken = it.broken
        carry_out(it, step)
        assert it.broken or not was_broken
        assert len(it._parser._buffer) <= LINE_CAP + 20_001
        assert len(it._parser._lines) <= REPLY_LINES_CAP + 1
    lines = transcript.lines(Redactor([Secret(SECRET)]))
    recorded = "\n".join(line.line for line in lines).encode()
    assert find_secrets(recorded, SECRET) == []
    assert len(recorded) < 1_000_000
    if it.broken:
        with pytest.raises(LocalError, match="out_of_turn"):
            it.quit()
        assert it.receive(b"250 ok\r\n") is None


def outcome(data: bytes, cuts: list[int]) -> list[WireReply | str]:
    """What a parser makes of bytes that arrive in pieces: its replies, then its violation."""
    parser, found = ReplyParser(), list[WireReply | str]()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    try:
        for start, stop in pairwise(edges):
            parser.feed(data[start:stop])
            while (reply := parser.next_reply()) is not None:
                found.append(reply)
    except ProtocolViolation as violation:
        found.append(violation.code)
    return found


@fuzzing
@given(st.lists(chunks, max_size=5).map(b"".join), st.lists(st.integers(0, 50_000), max_size=8))
@example(b"<html>" + b"x" * LINE_CAP + b"\r\n", [3])
@example(b"250\n", [])
@example(b"250 " + b"x" * LINE_CAP + b"\r\n", [LINE_CAP + 4])
def test_where_the_bytes_are_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    assert outcome(data, cuts) == outcome(data, [])


@fuzzing
@given(codes, st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=5))
def test_replies_arrive_as_they_were_sent(code: bytes, texts: list[str]) -> None:
    texts = [text.replace("\n", "").rstrip("\r \t") for text in texts]
    lines = [code + b"-" + text.encode() for text in texts]
    lines[-1] = code + b" " + texts[-1].encode()
    assert outcome(b"\r\n".join(lines) + b"\r\n", [1, 5, 7]) == [WireReply(int(code), tuple(texts))]


@fuzzing
@given(codes, st.lists(st.text(max_size=30), min_size=1, max_size=4).map(tuple))
def test_a_reply_is_always_fit_for_display(code: bytes, lines: tuple[str, ...]) -> None:
    reply = WireReply(int(code), lines).reply()
    assert reply.code == int(code)
    assert reply.enhanced is None or reply.enhanced[0] == code.decode()[0]
    assert all(ord(c) >= 0x20 and not 0x7F <= ord(c) < 0xA0 for c in reply.text)


@fuzzing
@given(st.lists(st.text(max_size=60), max_size=8).map(tuple))
@example(("x", "AUTH=", "AUTH= ", "SIZE", "SIZE \u0663", "AUTH \ud800"))
def test_any_text_may_be_an_extension(lines: tuple[str, ...]) -> None:
    extensions = parse_extensions(lines)
    assert len(extensions.keywords) <= len(lines)
    assert extensions.size is None or 0 <= extensions.size < 10**20


# -- bodies --------------------------------------------------------------------------------------

bodies = st.one_of(
    st.binary(max_size=80),
    st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"a", b".."]), max_size=12).map(
        b"".join
    ),
)


def normalised(message: bytes) -> bytes:
    """CRLF alone ends lines, and there is one at the end."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    whole = b"\r\n".join(lines)
    return whole if whole.endswith(b"\r\n") else whole + b"\r\n"


@fuzzing
@given(bodies)
def test_a_body_arrives_as_it_was_and_ends_where_it_ends(message: bytes) -> None:
    wire = encode_body(message)
    lines = wire.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert wire.endswith(b"\r\n")
    assert b"\r\n.\r\n" not in b"\r\n" + wire
    assert (b"\r\n" + wire + b".\r\n").find(b"\r\n.\r\n") == len(wire)
    unstuffed = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
    assert unstuffed == normalised(message)
    assert encode_body(unstuffed) == wire


# -- a whole verification ------------------------------------------------------------------------

STEPS = ["greeting", "EHLO", "STARTTLS", "EHLO_TLS", "AUTH", "MAIL", "RCPT", "DATA", "EOD", "QUIT"]
secret_forms = sorted({*spellings(PASSWORD).values(), *spellings(TOKEN).values()})
server_text = st.one_of(
    chunks,
    st.builds(
        lambda code, form: code + b" " + form + b"\r\n", codes, st.sampled_from(secret_forms)
    ),
)


@settings(fuzzing, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(STEPS), st.lists(server_text, max_size=3), max_size=3),
    st.sampled_from(["starttls", "implicit_tls", "none"]),
)
@example({"EOD": [b"", b"400\n"]}, "starttls")
def test_a_server_that_says_anything(
    verifier: Verifier, words: dict[str, list[bytes]], security: str
) -> None:
    behaviours: dict[str, Action] = {step: (*said, CLOSE) for step, said in words.items()}
    # Where a secret is taken out of what is no clean reply, what is left need not break as it did.
    said = b"".join(b"".join(texts) for texts in words.values())
    echoed = any(form in said for form in secret_forms)
    verifier(behaviours, security=security, plays_again=not echoed)
