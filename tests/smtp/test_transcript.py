"""What a transcript keeps of a conversation, and what of it is shown."""

from __future__ import annotations

from smtpwizard.model.auth import Secret
from smtpwizard.model.redaction import REDACTED, Redactor
from smtpwizard.model.report import TranscriptLine
from smtpwizard.smtp.transcript import LINE_CAP, MAX_LINES, NOTE_CAP, Transcript

SECRET = "pässword, quite a canary"


def test_lines_with_their_times() -> None:
    times = iter([0.0, 0.012, 0.5, 1.0004, 2.0])
    it = Transcript(lambda: next(times))
    it.server(["220-hello", f"220 {SECRET}"])
    it.client("EHLO x")
    it.note(f"all is {SECRET}")
    assert it.lines(Redactor([Secret(SECRET)])) == (
        TranscriptLine(12, "server", "220-hello"),
        TranscriptLine(12, "server", f"220 {REDACTED}"),
        TranscriptLine(500, "client", "EHLO x"),
        TranscriptLine(1000, "note", f"all is {REDACTED}"),
    )


def test_lines_are_capped_and_cleaned() -> None:
    it = Transcript(lambda: 0.0)
    it.server(["x" * 10_000, "\x1b[2J\u202e"])
    first, second = it.lines(Redactor())
    assert len(first.line) == LINE_CAP + 2
    assert second.line == r"\x1b[2J\u202e"


def test_no_more_lines_than_anybody_reads() -> None:
    it = Transcript(lambda: 0.0)
    for _ in range(MAX_LINES + 7):
        it.client("NOOP")
    lines = it.lines(Redactor())
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == TranscriptLine(0, "note", "7 further lines left out")


def test_a_note_is_short() -> None:
    # A stranger's words are kept whole and cut only when the secrets are out of them.
    it = Transcript(lambda: 0.0)
    it.note("x" * (NOTE_CAP - 4) + SECRET)
    [line] = it.lines(Redactor([Secret(SECRET)]))
    assert line.line == "x" * (NOTE_CAP - 4) + REDACTED[:4] + " …"


def test_lines_of_a_reply_that_are_too_many() -> None:
    it = Transcript(lambda: 0.0)
    it.server(["x"] * (MAX_LINES + 3))
    assert it.lines(Redactor())[-1] == TranscriptLine(0, "note", "3 further lines left out")
