"""The invariants are an instrument: here they are shown to fail where they should."""

from __future__ import annotations

import socket
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from smtpwizard.demo.scripted import HANG
from smtpwizard.model.report import Reply, Stage, StageResult, Status
from smtpwizard.model.stage_facts import StageError, StageFailure
from tests import capabilities
from tests.smtp.invariants import PASSWORD, Seen, Verifier, assert_invariants, nothing_left


@pytest.fixture
def seen(verifier: Verifier) -> Seen:
    return verifier()


def with_stage(seen: Seen, result: StageResult) -> Seen:
    stages = tuple(result if r.stage is result.stage else r for r in seen.report.stages)
    events = [result if r.stage is result.stage and not r.running else r for r in seen.events]
    return replace(seen, report=seen.report._replace(stages=stages), events=events)


@pytest.mark.parametrize("security", ["starttls", "implicit_tls", "none"])
def test_a_good_server_passes(verifier: Verifier, security: str) -> None:
    seen = verifier(security=security)
    assert seen.stop is None
    assert seen.report.exit_code() == 0


def test_a_secret_in_the_clear_is_seen(seen: Seen) -> None:
    assert seen.server is not None
    seen.server.connections[0].plaintext += f"AUTH {PASSWORD}\r\n".encode()
    with pytest.raises(AssertionError, match="secret 1"):
        assert_invariants(seen)


def test_mail_in_the_clear_is_seen(seen: Seen) -> None:
    assert seen.server is not None
    seen.server.connections[0].plaintext[:0] = b"MAIL FROM:<a@x>\r\n"
    with pytest.raises(AssertionError, match="in the clear"):
        assert_invariants(seen)


def test_a_secret_on_show_is_seen(seen: Seen) -> None:
    with pytest.raises(AssertionError, match="secret 1"):
        assert_invariants(replace(seen, report=seen.report._replace(queue_id=PASSWORD)))


def test_time_that_ran_out_elsewhere_is_seen(verifier: Verifier) -> None:
    seen = verifier({"EHLO": HANG}, times_out="EHLO")
    for other in (None, "AUTH"):
        with pytest.raises(AssertionError):
            assert_invariants(replace(seen, times_out=other))


def test_a_second_verdict_is_seen(seen: Seen) -> None:
    failed = StageResult(Stage.EHLO, Status.FAILED, 1, failure=StageFailure(StageError.CLOSED))
    with pytest.raises(AssertionError):
        assert_invariants(with_stage(seen, failed))


def test_control_characters_are_seen(seen: Seen) -> None:
    result = seen.report.stage(Stage.EHLO)._replace(reply=Reply(250, None, "\x1b[2J"))
    with pytest.raises(AssertionError, match="x1b"):
        assert_invariants(with_stage(seen, result))


def test_a_second_acceptance_is_seen(seen: Seen) -> None:
    assert seen.server is not None
    seen.server.accepted.append(seen.server.accepted[0])
    with pytest.raises(AssertionError):
        assert_invariants(seen)


def test_a_lie_about_acceptance_is_seen(seen: Seen) -> None:
    assert seen.server is not None
    seen.server.accepted.clear()
    with pytest.raises(AssertionError):
        assert_invariants(seen)


def test_leftovers_are_seen(tmp_path: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    with pytest.raises(AssertionError, match="threads left"), nothing_left(tmp_path / "a"):
        thread.start()
    stop.set()
    thread.join()
    with pytest.raises(AssertionError), nothing_left(tmp_path / "b"):
        tempfile.mkdtemp()


@capabilities.proc_files
def test_sockets_that_are_left_are_seen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="sockets left"), nothing_left(tmp_path):
        sock = socket.socket()
    sock.close()
