"""Every fault at every step: the stage to blame and the verdict follow from the step alone."""

from __future__ import annotations

import pytest

from smtpwizard.demo.scripted import CLOSE, CLOSE_NOTIFY, HANG, RESET, Action, Drip, Repeat
from smtpwizard.model.report import Stage, Status
from tests import capabilities
from tests.smtp.invariants import Verifier

STEPS = {
    "greeting": ("greeting", b"220"),
    "EHLO": ("ehlo", b"250"),
    "STARTTLS": ("tls", b"220"),
    "EHLO_TLS": ("ehlo", b"250"),
    "AUTH": ("auth", b"235"),
    "MAIL": ("mail_from", b"250"),
    "RCPT": ("rcpt_to", b"250"),
    "DATA": ("data", b"354"),
    "EOD": ("data", b"250"),
}
"""The step: the stage it belongs to, and the code that would be right."""


def faults(right: bytes) -> dict[str, tuple[Action, str]]:
    """Each fault with our word for it."""
    return {
        "close": (CLOSE, "closed"),
        "close with notice": (CLOSE_NOTIFY, "closed"),
        "reset": (RESET, "reset"),
        "hang": (HANG, "timeout"),
        "drip": (Drip(right + b" one byte at a time\r\n", 0.05), "timeout"),
        "half, then close": ((right + b" ha", CLOSE), "closed"),
        "half, then reset": ((right[:2], RESET), "reset"),
        "half, then hang": ((right + b"-one\r\n" + right + b" tw", HANG), "timeout"),
        "endless lines": (Repeat(right + b"-and so on\r\n"), "reply_too_long"),
        "endless line": ((right + b" ", Repeat(b"x" * 8192)), "reply_too_long"),
        "endless nothing": (Repeat(b"\0" * 8192), "garbage"),
        "long line": (right + b" " + b"x" * 17_000 + b"\r\n", "reply_too_long"),
        "garbage": (b"!!\r\n", "garbage"),
        "empty line": (b"\r\n", "garbage"),
        "code too high": (b"999 what\r\n", "garbage"),
        "code too low": (b"100 wait\r\n", "garbage"),
        "other separator": (right + b"+more\r\n", "garbage"),
        "mixed codes": (right + b"-yes\r\n451 no\r\n", "mixed_codes"),
        "web page": (b"HTTP/1.1 200 OK\r\n\r\n", "not_smtp"),
    }


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(name, marks=capabilities.reports_resets if word == "reset" else ())
        for name, (_, word) in faults(b"250").items()
    ],
)
def test_fault(verifier: Verifier, step: str, fault: str) -> None:
    stage, right = STEPS[step]
    action, word = faults(right)[fault]
    seen = verifier({step: action}, times_out=step if word == "timeout" else None)
    if step == "EOD":
        assert seen.stop == ("data", None, "reply_lost")
        assert seen.stopped.detail()["why"] == word
        assert seen.report.exit_code() == 19
    else:
        if step == "AUTH" and word in ("closed", "reset"):
            word = "auth_closed"
        if step == "greeting" and word == "reset" and seen.stop == (stage, None, "closed"):
            return  # a reset quicker than our look at the new connection is no more than an end
        assert seen.stop == (stage, None, word)
    assert b"QUIT" not in seen.commands


CODES = (200, 211, 220, 221, 235, 250, 251, 252, 334, 354, 421, 432, 450, 454, 500, 535, 554, 599)


def accepted(step: str, code: int) -> bool:
    if step in ("MAIL", "RCPT", "EOD"):
        return 250 <= code <= 259
    return code == int(STEPS[step][1])


@pytest.mark.parametrize("step", STEPS)
def test_every_other_code(verifier: Verifier, step: str) -> None:
    stage, _ = STEPS[step]
    for code in CODES:
        if accepted(step, code) or (step, code) == ("AUTH", 334):
            continue
        seen = verifier({step: b"%d 4.0.0 no\r\n" % code})
        assert seen.stop is not None, code
        assert seen.stop[:2] == (stage, code)
        unknown = step == "EOD" and code < 400
        assert seen.stopped.status is (Status.UNKNOWN if unknown else Status.FAILED)
        if code == 421:
            assert b"QUIT" not in seen.commands


@pytest.mark.parametrize("security", ["implicit_tls", "none"])
@pytest.mark.parametrize("step", ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "EOD"])
def test_close_and_refusal_in_the_other_modes(verifier: Verifier, security: str, step: str) -> None:
    stage, _ = STEPS[step]
    for action, code in ((CLOSE, None), (RESET, None), (b"550 5.0.0 no\r\n", 550)):
        seen = verifier({step: action}, security=security)
        assert seen.stop is not None
        assert seen.stop[:2] == (stage, code)


@pytest.mark.parametrize("step", [step for step in STEPS if step != "EOD"])
def test_close_behind_the_right_reply(verifier: Verifier, step: str) -> None:
    # The loss shows at this step or at the next; whichever it is, it is a loss.
    _, right = STEPS[step]
    text = b"-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n" if right == b"250" else b" ok\r\n"
    for how in (CLOSE, RESET):
        seen = verifier({step: (right + text, how)})
        assert seen.stop is not None
        assert seen.stop[1] is None or step == "STARTTLS"
        assert seen.stop[2] in ("closed", "reset", "auth_closed", "reply_lost")


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
def test_stop_after(verifier: Verifier, security: str, stage: Stage) -> None:
    seen = verifier(security=security, stop_after=stage)
    assert seen.stop is None
    statuses = {result.stage: result.status for result in seen.report.stages}
    if (security, stage) != ("none", Stage.TLS):
        assert statuses[stage] is Status.PASSED
    order = [s for s in statuses if statuses[s] is Status.PASSED]
    assert Stage.DATA not in order or stage is Stage.DATA
    assert seen.server is not None
    assert len(seen.server.accepted) == (stage is Stage.DATA)
    verbs = {Stage.AUTH: b"AUTH", Stage.MAIL_FROM: b"MAIL", Stage.RCPT_TO: b"RCPT"}
    for rung, verb in verbs.items():
        reached = list(Stage).index(rung) <= list(Stage).index(stage)
        assert (verb in seen.commands) == reached


@pytest.mark.parametrize("stage", [Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA, None])
def test_without_a_recipient_nothing_is_sent(verifier: Verifier, stage: Stage | None) -> None:
    seen = verifier(send=False, stop_after=stage)
    assert seen.stop is None
    assert seen.report.stage(Stage.AUTH).status is Status.PASSED
    assert seen.report.stage(Stage.MAIL_FROM).status is Status.SKIPPED
    assert b"MAIL" not in seen.commands


@pytest.mark.parametrize("stop_after", [None, Stage.AUTH])
def test_without_a_login(verifier: Verifier, stop_after: Stage | None) -> None:
    seen = verifier(method="none", stop_after=stop_after)
    assert seen.stop is None
    assert seen.report.stage(Stage.AUTH).status is Status.SKIPPED
    assert (b"MAIL" in seen.commands) == (stop_after is None)
