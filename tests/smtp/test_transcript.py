"""The redactor, form by form, and what a transcript keeps of a conversation."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwizard.model.auth import Secret
from smtpwizard.model.report import TranscriptLine
from smtpwizard.smtp.transcript import LINE_CAP, MAX_LINES, REDACTED, Redactor, Transcript

SECRET = "pässword, quite a canary"


def redactor(*secrets: str) -> Redactor:
    return Redactor(Secret(secret) for secret in secrets)


# -- what is taken out ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SECRET, REDACTED),
        (f"not {SECRET}!", f"not {REDACTED}!"),
        (f"{SECRET}{SECRET}", f"{REDACTED}{REDACTED}"),
        (SECRET.upper(), REDACTED),
        (SECRET[::-1], REDACTED),
        ("pässword,\nquite  a\tcanary", REDACTED),
        ("p ä s s w o r d , q u i t e a c a n a r y", REDACTED),
        ("pässword, quite a canarx", "pässword, quite a canarx"),
        ("nothing of it", "nothing of it"),
        ("", ""),
        (quote(SECRET), REDACTED),
        (SECRET.encode().hex(), REDACTED),
        (SECRET.encode().hex(":"), SECRET.encode().hex(":")),
        (SECRET.encode("utf-16-le").decode("utf-8", "backslashreplace"), f"{REDACTED}\0"),
        (r"p\xc3\xa4ssword, quite a canary", REDACTED),
        (r"p\xe4ssword, quite a canary", REDACTED),
        (r"p\u00e4ssword, quite a canary", REDACTED),
        ("p&#228;ssword, quite a canary", REDACTED),
    ],
)
def test_one_secret(text: str, shown: str) -> None:
    assert redactor(SECRET).clean(text) == shown


@pytest.mark.parametrize("offset", range(6))
def test_base64_at_every_offset(offset: int) -> None:
    # All that is left are the bits of what stands around it.
    encoded = base64.b64encode(b"x" * offset + SECRET.encode() + b"y" * 5).decode()
    shown = redactor(SECRET).clean(f"said {encoded}.")
    before, mark, after = shown.partition(REDACTED)
    assert mark == REDACTED
    assert len(before) <= len("said ") + offset * 4 // 3 + 2
    assert len(after) <= 12


def test_codes_between_two_lines() -> None:
    lines = ["535-5.7.8 pässword, qu", "535-5.7.8 ite a ca", "535 5.7.8 nary"]
    assert redactor(SECRET).clean_lines(lines) == [f"535-5.7.8 {REDACTED}"]
    assert redactor(SECRET).clean_lines(["5.7.8 pässword,", "5.7.8 quite a canary"]) == [
        f"5.7.8 {REDACTED}"
    ]


def test_a_secret_that_looks_like_codes() -> None:
    secret = "line\n535 5.7.8 and so on"
    assert redactor(secret).clean(f"x {secret} y") == f"x {REDACTED} y"


def test_several_secrets_of_which_one_holds_the_other() -> None:
    it = redactor("password", "password and more")
    assert it.clean("password and more, password, other") == f"{REDACTED}, {REDACTED}, other"


@pytest.mark.parametrize("secret", ["a", "ab", "abc"])
def test_short_secrets_as_words_alone(secret: str) -> None:
    it = redactor(secret)
    assert it.clean(f"x {secret} y") == f"x {REDACTED} y"
    assert it.clean(f"({secret})") == f"({REDACTED})"
    assert it.clean(f"x{secret} {secret}y") == f"x{secret} {secret}y"


def test_no_secret_at_all() -> None:
    for it in (redactor(), redactor(""), redactor(" \n")):
        it.add(None)
        it.add(Secret(""))
        assert it.clean("anything  goes") == "anything  goes"


def test_a_token_of_which_only_the_beginning_is_repeated() -> None:
    token = "ya29." + "".join(chr(97 + i * 7 % 26) for i in range(300))
    it = redactor(token)
    assert it.clean(f"a {token} b") == f"a {REDACTED} b"
    assert it.clean(f"a {token[:100]} b") == f"a {REDACTED} b"
    assert it.clean(f"a {token[:100]}.rest b") == f"a {REDACTED} b"
    assert it.clean(f"a {token[:40]} b") == f"a {token[:40]} b"


def test_a_text_that_was_cut_off() -> None:
    it = redactor(SECRET)
    for size in range(9, len(SECRET)):
        assert it.clean_cut(f"x {SECRET[:size]}") == f"x {REDACTED}"
    assert it.clean_cut("pässwo and no more") == "pässwo and no more"
    assert it.clean_cut("x pässwo") == "x pässwo"
    assert it.clean_cut(f"x {SECRET} y") == f"x {REDACTED} y"
    assert redactor("aaaaaaaaaaaab").clean_cut("x aaaaaaaaaa") == f"x {REDACTED}"


def test_what_was_said_in_an_exchange() -> None:
    it = redactor()
    it.add_response("dXNlciBkaWdlc3Q=")
    it.add_response("short")
    assert it.clean("you said dXNlciBkaWdlc3Q= and short") == f"you said {REDACTED}= and short"


def test_a_secret_that_is_known_later() -> None:
    it = redactor()
    assert it.clean(SECRET) == SECRET
    it.add(Secret(SECRET))
    it.add(Secret(SECRET))
    assert it.clean(SECRET) == REDACTED


def test_long_texts_end() -> None:
    # What takes quadratic time here takes hours.
    for secret, text in (
        ("a" * 60, "a" * 60_000),
        ("a" * 2000 + "z", "a" * 60_000),
        ("ab" * 40, "ab" * 30_000),
        (SECRET, "pässword, quite a canar" * 3000),
        (SECRET, "\n250 5.7.8 " * 6000),
    ):
        redactor(secret).clean(text)
        redactor(secret).clean_cut(text)


@settings(max_examples=150, deadline=None)
@given(
    st.text(min_size=4, max_size=40).filter(lambda s: len(re.sub(r"[\s\0-\x1f\x7f]", "", s)) > 3),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    shown = redactor(secret).clean(before + secret + after)
    assert REDACTED in shown
    assert len(shown) <= len(before + after) + len(REDACTED) * (len(before + secret + after))
    twice = redactor(secret).clean(shown)
    assert REDACTED in twice


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=30), st.text(max_size=60))
def test_it_never_fails(secret: str, text: str) -> None:
    it = redactor(secret)
    it.clean(text)
    it.clean_cut(text)
    it.clean_lines(text.split("\n"))


# -- what is kept --------------------------------------------------------------------------------


def test_lines_with_their_times() -> None:
    times = iter([0.0, 0.012, 0.5, 1.0004, 2.0])
    it = Transcript(lambda: next(times), redactor(SECRET))
    it.server(["220 hello", f"220 {SECRET}"])
    it.client("EHLO x")
    it.note(f"all is {SECRET}")
    assert it.lines() == (
        TranscriptLine(12, "server", "220 hello"),
        TranscriptLine(500, "server", f"220 {REDACTED}"),
        TranscriptLine(1000, "client", "EHLO x"),
        TranscriptLine(2000, "note", f"all is {REDACTED}"),
    )


def test_lines_are_capped_and_cleaned() -> None:
    it = Transcript(lambda: 0.0)
    it.server(["x" * 10_000, "\x1b[2J\u202e"])
    first, second = it.lines()
    assert len(first.line) == LINE_CAP + 2
    assert second.line == r"\x1b[2J\u202e"


def test_no_more_lines_than_anybody_reads() -> None:
    it = Transcript(lambda: 0.0)
    for _ in range(MAX_LINES + 7):
        it.client("NOOP")
    lines = it.lines()
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == TranscriptLine(0, "note", "7 further lines left out")
