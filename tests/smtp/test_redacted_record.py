"""A secret that a server spreads over the lines of its replies: gone from the record, which plays
again to the same end all the same.

The server is a record of a good conversation with other words at some step: nothing is waited for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smtpwizard.demo.replay.network import Replayed
from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.demo.scripted import find_secrets
from smtpwizard.model.auth import Credential, CredentialKind, FixedCredential, Secret
from smtpwizard.model.plain import to_plain
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import Report
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.wire import Challenged, Encrypted, Ended, Heard, Said, WireEvent
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases.diagnose import with_causes
from smtpwizard.usecases.replay import replay_report
from tests.smtp.invariants import RECIPIENT, USERNAME, Verifier
from tests.smtp.test_cases_d import ECHOES, STAGES_WITH_REPLIES, leaks, reply, strings

Play = Callable[[str, str, Mapping[str, bytes]], Report]

_OTHERWISE = {("EHLO", True): "EHLO_TLS", ("<REDACTED,", True): "AUTH_STEP", (".", True): "EOD"}
_STEPS = [*sorted(STAGES_WITH_REPLIES), "AUTH_STEP", "STARTTLS"]
_CODES = re.compile(r"(?:[2-5]\d\d(?:[ -]|$))?(?:[245]\.\d{1,3}\.\d{1,3}(?:[ :]|$))?")


def _with_other_words(recording: Recording, said: Mapping[str, bytes]) -> Recording:
    """The record of a server that says these octets at these steps, and hangs up where they are no
    whole reply."""
    wire: list[WireEvent] = []
    step, tls, told = "greeting", False, False
    for event in recording.report.wire:
        if isinstance(event, Said):
            verb = event.line.upper().split()[0]
            step = _OTHERWISE.get((verb, tls), verb)
            told = False
        tls |= isinstance(event, Encrypted)
        if isinstance(event, Heard | Challenged) and step in said:
            if not told:
                wire.append(Heard(event.t_us, said[step].decode("latin-1"), octets=True))
                if not said[step].endswith(b"\n"):
                    wire.append(Ended(event.t_us, StageFailure(StageError.CLOSED)))
            told = True
        else:
            wire.append(event)
    return recording._replace(report=recording.report._replace(wire=tuple(wire)))


@pytest.fixture
def play(verifier: Verifier) -> Play:
    """A verification with this secret and mechanism, against a server that says this."""

    @cache
    def good(mechanism: str) -> Recording:
        seen = verifier(mechanisms=(mechanism,))
        assert seen.connector is not None
        return Recording(seen.connector, seen.report)

    def once(secret: str, mechanism: str, said: Mapping[str, bytes]) -> Report:
        recording = _with_other_words(good(mechanism), said)
        credential = Credential(CredentialKind.PASSWORD, USERNAME, Secret(secret))
        report = verify(
            recording.connector,
            FixedCredential(credential),
            Settings(
                recipient=RECIPIENT,
                redactor=Redactor([Secret(secret)]),
                network=Replayed(recording),
            ),
        )
        assert leaks(report, secret) == []
        assert _found(report, secret) == []
        assert find_secrets(json.dumps(report.to_json(), ensure_ascii=False).encode(), secret) == []
        again = replay_report(Recording(recording.connector, report))
        assert _end(again) == _end(with_causes(report, recording.connector, None))
        assert again.beyond == ()
        return report

    return once


def _end(report: Report) -> list[object]:
    """How it ended: what is left of a torn secret's escapes may be another word there and here."""
    failure = [(each.stage, each.failure.error) for each in report.stages if each.failure]
    codes = [(each.status, each.reply and each.reply.code) for each in report.stages]
    return [*codes, *failure, *(cause.cause for cause in report.causes)]


def _found(report: Report, secret: str) -> list[str]:
    """Where a plain look finds it, in the record too: as it is, and in hex or escapes."""
    wanted = {
        "".join(form.split()).casefold()
        for octets in (secret.encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be"))
        for form in (octets.hex(), octets.decode("ascii", "backslashreplace"))
    } | {"".join(secret.split()).casefold()}
    found = []
    for text in strings(json.loads(json.dumps(to_plain(report)))):
        lines = text.replace("\r\n", "\n").split("\n")
        for some in (lines, [_CODES.sub("", line, count=1) for line in lines]):
            flat = "".join("".join(some).split()).casefold()
            found += [text for each in wanted if each in flat]
    return found


_LETTERS = [
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\1"),
    st.characters(min_codepoint=33, max_codepoint=126),
    st.sampled_from("äöüß§é€漢字😀aZ9"),
    st.sampled_from(["250", "250-", "535 ", "2.7.8 ", "\r\n", "-", " ", "a", "§", "\n421 "]),
]
_parts = st.one_of([st.lists(each, min_size=2, max_size=12).map("".join) for each in _LETTERS])
_secrets = st.tuples(_parts, _parts).map("Zq\u00a77xJ".join)


@st.composite
def _spread(draw: st.DrawFn) -> tuple[str, str, dict[str, bytes]]:
    """A secret, a mechanism, and the steps at which the server says it over several lines."""
    secret = draw(_secrets)
    said = {}
    for step in draw(st.lists(st.sampled_from(_STEPS), min_size=1, max_size=2, unique=True)):
        octets = b" ".join(ECHOES[draw(st.sampled_from(sorted(ECHOES)))](secret))
        octets = octets.replace(b"\r", b"").replace(b"\n", b"")
        cuts = sorted(draw(st.lists(st.integers(0, len(octets)), max_size=5)))
        lines = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
        lines[0] = draw(st.sampled_from([b"", b"you said ", b"X"])) + lines[0]
        lines[-1] += draw(st.sampled_from([b"", b" ", b"!", b" and so on"]))
        if step.startswith("EHLO") and draw(st.booleans()):
            lines = [b"hello", *lines, b"AUTH PLAIN LOGIN", b"STARTTLS"]
        right = STAGES_WITH_REPLIES.get(step, b"220" if step == "STARTTLS" else b"235")
        code = draw(st.sampled_from([right, right, b"550", b"334", b"421"]))
        whole = reply(code, lines, draw(st.booleans()))
        said[step] = whole[: draw(st.sampled_from([len(whole), len(whole), len(whole) - 5]))]
    return secret, draw(st.sampled_from(["PLAIN", "LOGIN", "CRAM-MD5"])), said


@settings(
    max_examples=60,
    derandomize=True,  # more of them, as a search: --hypothesis-seed, and without this
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(_spread())
@example(("000Zq§7xJ000", "PLAIN", {"EHLO": b"250-000Zq\xc2\r\n250 \xa77xJ000\r\n"}))
@example(("000Zq§7xJ000", "PLAIN", {"EHLO": b"250-2.7.8 000Zq\xc2\r\n250 2.7.8 \xa77xJ000\r\n"}))
@example(("5.7.8aZq§7xJ(c", "LOGIN", {"MAIL": b"421-5.7.8\r\n421-aZq%C2%A77xJ%2\r\n421 8c\r\n"}))
@example(("a b Zq§7xJ", "LOGIN", {"AUTH_STEP": b"334-a\r\n334- b Z\r\n334-\r\n334 q\xa77xJ\r\n"}))
@example(
    ("pässwörd Zq§7xJ", "PLAIN", {"RCPT": b"250-2.1.5 p\xe4ssw\xf6rd \r\n250 Zq\xa77xJ\r\n250"})
)
@example(("250-Zq§7xJ ok", "PLAIN", {"MAIL": b"250-Zq\xc2\xa77xJ ok\r\n250 ok\r\n"}))
@example(
    (
        "Zq§7xJ漢字 a",
        "PLAIN",
        {"EOD": b"250-" + "Zq§7xJ漢字 a".encode("utf-16-le") + b"\r\n250 ok\r\n"},
    )
)
@example(("Zq§7xJ000", "PLAIN", {"DATA": b"354-Zq\xc2\r\n\xa77xJ000\r\n"}))
@example(("Zq§7xJ000", "PLAIN", {"RCPT": b"250-1\r\n250-Zq\r\n550 \xc2\xa77xJ000\r\n"}))
def test_a_spread_secret_is_gone_and_the_record_plays_again(
    play: Play, case: tuple[str, str, dict[str, bytes]]
) -> None:
    play(*case)


def test_what_was_there_with_a_challenge_is_there_again(play: Play) -> None:
    report = play("no-secret-of-this", "LOGIN", {"AUTH_STEP": b"334 abc\r\n!! more\r\n"})
    stopped = report.stopped_at()
    assert stopped is not None
    assert stopped.error is StageError.UNSOLICITED
