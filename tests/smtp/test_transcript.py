"""What is recorded of a conversation, and what of it is shown."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from smtpwizard.demo.replay.recorded import chunks
from smtpwizard.model.auth import Secret
from smtpwizard.model.redaction import REDACTED, Redactor
from smtpwizard.model.report import TranscriptLine
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.transcript import LINE_CAP, MAX_LINES, NOTE_CAP, transcript
from smtpwizard.model.wire import (
    HEARD_CAP,
    MAX_EVENTS,
    Challenged,
    Ended,
    Heard,
    LeftOut,
    Renewed,
    Said,
)
from smtpwizard.smtp.protocol import ProtocolViolation, ReplyParser
from smtpwizard.smtp.recorder import Recorder

SECRET = "pässword, quite a canary"


def recorder(clock: Callable[[], float] = lambda: 0.0) -> Recorder:
    return Recorder(clock)


def nothing_secret() -> Redactor:
    return Redactor()


def test_lines_with_their_times() -> None:
    times = iter([0.0, 0.012, 0.5, 1.0004])
    it = recorder(lambda: next(times))
    it.heard(f"220-hello\r\n220 {SECRET}\r\n".encode())
    it.said("EHLO x")
    it.ended(StageFailure(StageError.GARBAGE, first=f"all is {SECRET}"))
    assert it.lines(Redactor([Secret(SECRET)])) == (
        TranscriptLine(12, "server", "220-hello"),
        TranscriptLine(12, "server", f"220 {REDACTED}"),
        TranscriptLine(500, "client", "EHLO x"),
        TranscriptLine(1000, "note", f"protocol violation (garbage): all is {REDACTED}"),
    )


def test_lines_are_capped_and_cleaned() -> None:
    it = recorder()
    it.heard(b"220-" + b"x" * 10_000 + b"\r\n220 \x1b[2J\xe2\x80\xae\r\n")
    first, second = it.lines(nothing_secret())
    assert len(first.line) == LINE_CAP + 2
    assert second.line == r"220 \x1b[2J\u202e"


def test_no_more_lines_than_anybody_reads() -> None:
    it = recorder()
    for _ in range(MAX_LINES + 7):
        it.said("NOOP")
    lines = it.lines(nothing_secret())
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == TranscriptLine(0, "note", "7 further lines left out")


def test_no_more_events_than_a_case_may_have() -> None:
    it = recorder()
    for _ in range(MAX_EVENTS + 2):
        it.said("NOOP")
    it.heard(b"250 ok\r\n")
    events = it.events(nothing_secret())
    assert len(events) == MAX_EVENTS + 1
    assert events[-1] == LeftOut(0, 3)
    assert transcript(events)[-1].line == f"{MAX_EVENTS + 3 - MAX_LINES} further lines left out"


def test_a_note_is_short() -> None:
    # A stranger's words are kept whole and cut only when the secrets are out of them.
    it = recorder()
    it.ended(StageFailure(StageError.GARBAGE, first="x" * (NOTE_CAP - 34) + SECRET))
    [line] = it.lines(Redactor([Secret(SECRET)]))
    assert line.line.startswith("protocol violation (garbage): x")
    assert len(line.line) == NOTE_CAP + 2


def test_what_was_heard_is_one_event_until_we_speak() -> None:
    it = recorder()
    it.heard(b"220 re")
    it.heard(b"ady\r\n")
    it.heard(b"")
    it.said("EHLO x")
    it.heard(b"250 ok\n")
    assert it.events(nothing_secret()) == (
        Heard(0, "220 ready\n"),
        Said(0, "EHLO x"),
        Heard(0, "250 ok\n", bare_lf=True),
    )


def test_replies_in_another_encoding_are_read_and_garbage_is_kept_octet_by_octet() -> None:
    it = recorder()
    it.heard("550 Ungültige Anmeldung, Passwort prüfen\r\n".encode("latin-1"))
    it.said("QUIT")
    it.heard(b"221 \xff\xfe\r\n")
    it.said("QUIT")
    it.heard(b"\x16\x03\x03\xff\r\n")
    first, _, second, _, third = it.events(nothing_secret())
    assert first == Heard(0, "550 Ungültige Anmeldung, Passwort prüfen\n")
    assert second == Heard(0, "221 \\xff\\xfe\n")
    assert third == Heard(0, "\x16\x03\x03\xff\r\n", octets=True)


def test_of_too_much_the_beginning_and_the_end_are_kept() -> None:
    it = recorder()
    for _ in range(3):
        it.heard(b"2" * HEARD_CAP)
    it.heard(b"the end\r\n")
    [heard] = it.events(nothing_secret())
    assert isinstance(heard, Heard)
    assert len(heard.text) == HEARD_CAP
    assert heard.length == 3 * HEARD_CAP + 9
    assert (heard.ending or "").endswith("2the end\r\n")
    assert it.lines(nothing_secret())[-1].line == f"{heard.length} octets in all"


def challenge(mechanism: str, said: str, *, refused: bool = False) -> Challenged:
    it = recorder()
    it.challenged(["ignored"], b"")  # nothing was heard
    it.said(f"AUTH {mechanism}")
    it.heard(f"334 {said}\r\n".encode())
    it.challenged([said], b"")
    if refused:
        it.challenge_refused()
    _, event = it.events(nothing_secret())
    assert isinstance(event, Challenged)
    return event


def test_a_challenge_is_kept_as_what_it_says_but_not_what_proofs_are_made_of() -> None:
    word = base64.b64encode(b"Username:").decode()
    assert challenge("LOGIN", word) == Challenged(0, 12, "Username:", decoded=True)
    assert challenge("LOGIN", "?") == Challenged(0, 1, "?")
    assert challenge("PLAIN", "") == Challenged(0, 0, "", decoded=True)
    assert challenge("LOGIN", "//79") == Challenged(0, 4, "//79")  # no text
    assert challenge("SCRAM-SHA-256", word) == Challenged(0, 12)
    no = base64.b64encode(b"e=invalid-proof").decode()
    assert challenge("SCRAM-SHA-1", no) == Challenged(0, 20, "e=invalid-proof", decoded=True)
    assert challenge("CRAM-MD5", "?", refused=True) == Challenged(0, 1, "?", refused=True)


def test_a_refused_challenge_is_the_last_event_or_none() -> None:
    it = recorder()
    it.challenge_refused()
    it.said("AUTH LOGIN")
    it.challenge_refused()
    assert it.events(nothing_secret()) == (Said(0, "AUTH LOGIN"),)


def test_a_part_of_a_challenge_says_only_how_long_it_is() -> None:
    it = recorder()
    it.said("AUTH CRAM-MD5")
    it.heard(b"334 PDEyMzQ1")
    assert it.events(nothing_secret())[-1] == Heard(0, "334 AAAAAAAA")


def test_what_follows_a_challenge_is_kept() -> None:
    it = recorder()
    it.said("AUTH LOGIN")
    it.heard(b"334 \r\n250 unasked\r\n")
    it.challenged([""], b"250 unasked\r\n")
    assert it.events(nothing_secret())[-1] == Heard(0, "250 unasked\n")


def test_a_reply_with_a_secret_over_the_ends_of_lines_is_a_reply_still() -> None:
    it = recorder()
    half, rest = SECRET[:10], SECRET[10:]
    it.heard(f"535-5.7.8 no: {half}\r\n535 {rest}\r\n".encode())
    it.said("QUIT")
    it.heard(f"no reply, but {SECRET}\r\n".encode())
    first, _, second = it.events(Redactor([Secret(SECRET)]))
    assert isinstance(first, Heard)
    assert all(part not in first.text for part in (half, rest))
    lines = first.text.split("\n")
    assert lines.pop() == ""
    assert all(line.startswith("535-") for line in lines[:-1])
    assert lines[-1].startswith("535 ")
    assert second == Heard(0, f"no reply, but {REDACTED}\n")


def test_replies_that_contradict_each_other_do_so_without_the_secret_too() -> None:
    it = recorder()
    it.heard(f"250-{SECRET}\r\n550 {SECRET}\r\n".encode())
    assert it.events(Redactor([Secret(SECRET)])) == (Heard(0, f"250-{REDACTED}\n550 {REDACTED}\n"),)


def test_a_secret_that_looks_like_a_reply() -> None:
    it = recorder()
    it.heard(b"250-hello there\r\n250 ok\r\n")
    [heard] = it.events(Redactor([Secret("250-hello there")]))
    assert heard == Heard(0, f"250-{REDACTED}\n250 ok\n")


def test_a_reply_that_is_redacted_as_a_whole_keeps_its_code() -> None:
    it = recorder()
    it.heard(b"550 " + b"x" * 9000 + SECRET.encode() + b"\r\n")
    assert it.events(Redactor([Secret(SECRET)])) == (Heard(0, f"550 {REDACTED}\n"),)


@pytest.mark.parametrize("end", [b"\r\n250 ok\r\n", b""])
def test_a_line_that_is_too_long_is_so_without_its_secret_too(end: bytes) -> None:
    it = recorder()
    it.heard(b"250-hello\r\n250-" + b"x" * 17_000 + SECRET.encode() + end)
    [heard] = it.events(Redactor([Secret(SECRET)]))
    assert isinstance(heard, Heard)
    assert heard.text == f"250-{REDACTED}\n250-{REDACTED}"
    parser = ReplyParser()
    parser.feed(b"".join(chunks(heard)))
    with pytest.raises(ProtocolViolation) as raised:
        parser.next_reply()
    assert raised.value.failure.error is StageError.REPLY_TOO_LONG


def test_what_happened_beside_the_lines() -> None:
    events = (
        Renewed(0),
        Ended(0, StageFailure(StageError.RESET)),
        Ended(0, StageFailure(StageError.TLS_BROKEN, openssl="BAD_RECORD")),
        Ended(0, StageFailure(StageError.CLOSED)),
        Ended(0, StageFailure(StageError.TIMEOUT)),
    )
    assert [line.line for line in transcript(events)] == [
        "the token was refused: a new one, over a new connection",
        "connection lost (reset)",
        "TLS failed (tls_broken)",
        "the server closed the connection",
        "no reply in time",
    ]
