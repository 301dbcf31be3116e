"""What a record says to another connector, and where it has nothing to say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.connection import HANG, Action, Connection
from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.demo.scripted import DEFAULT, ScriptedServer
from smtpwizard.model.connector import Connector, Method, Security
from smtpwizard.model.report import Reply, Report, Stage, Status
from smtpwizard.model.stage_facts import AuthFacts
from smtpwizard.usecases.replay import replay_report
from tests.helpers.certificates import Certificates
from tests.net.proxies import proxy
from tests.smtp.invariants import ACCOUNT, Seen, Verifier, nothing_left

DENIED = b"550 5.7.1 Not allowed\r\n"
REFUSED = b"535 5.7.8 Authentication credentials invalid\r\n"
AFTER_LOGIN = (Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA)


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path: Path) -> Iterator[None]:
    with nothing_left(tmp_path / "temporary"):
        yield


@pytest.fixture
def verifier(certificates: Certificates) -> Verifier:
    return Verifier(certificates)


def recording(seen: Seen) -> Recording:
    assert seen.connector is not None
    return Recording(seen.connector, seen.report)


def with_server(record: Recording, **changes: Any) -> Connector:
    return record.connector._replace(server=record.connector.server._replace(**changes))


def with_login(record: Recording, **changes: Any) -> Connector:
    login = record.connector.authentication._replace(**changes)
    return record.connector._replace(authentication=login)


def stop(report: Report) -> tuple[str, str] | None:
    stopped = report.stopped_at()
    return (stopped.stage.value, str(stopped.error)) if stopped is not None else None


@pytest.mark.parametrize("mechanism", ["LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
def test_another_mechanism_is_beyond_the_record(verifier: Verifier, mechanism: str) -> None:
    offered = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS")
    seen = verifier({"AUTH": REFUSED}, mechanisms=offered, mechanism="PLAIN")
    record = recording(seen)
    again = replay_report(record, with_login(record, mechanism=mechanism))
    assert again.ok
    assert again.beyond == (Stage.AUTH, *AFTER_LOGIN)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.NONE])
def test_who_answered_tls_in_the_clear_greets_a_client_that_begins_so(
    verifier: Verifier, security: Security
) -> None:
    """What the suggested change would do: the greeting is known, and nothing after it."""
    record = recording(verifier(security="implicit_tls", implicit_tls=False))
    assert stop(record.report) == ("tls", "not_tls")
    again = replay_report(record, with_server(record, security=security))
    assert again.stage(Stage.GREETING).status is Status.PASSED
    assert again.stage(Stage.GREETING).reply == recorded_greeting(record)
    assert Stage.GREETING not in again.beyond
    assert Stage.EHLO in again.beyond
    assert again.causes == ()
    assert stop(replay_report(record, record.connector)) == ("tls", "not_tls")


def recorded_greeting(record: Recording) -> Reply:
    failure = record.report.stage(Stage.TLS).failure
    assert failure is not None
    code, _, text = (failure.first or "").replace("\\x0d\\x0a", "").strip().partition(" ")
    return Reply(int(code), None, text)


def test_beyond_the_record_there_are_no_causes(verifier: Verifier) -> None:
    """Where the record leaves off, nobody knows why a server would stop: what is played there is
    ours."""
    record = recording(verifier(security="starttls", starttls=False))
    assert stop(record.report) == ("tls", "starttls_missing")
    again = replay_report(record, with_server(record, security=Security.IMPLICIT_TLS))
    assert stop(again) == ("tls", "not_tls")
    assert again.beyond == (Stage.TLS,)
    assert again.causes == ()
    (known,) = (each for each in again.known_stages() if each.stage is Stage.TLS)
    assert (known.status, known.failure) == (Status.UNKNOWN, None)
    # As recorded up to where it stops: that is a server's word, whatever would come after.
    silent = recording(verifier({"greeting": b"554 5.7.1 Not you\r\n"}))
    again = replay_report(silent, with_server(silent, ca_file="another.pem"))
    assert stop(again) == stop(silent.report)
    assert again.beyond == ()
    assert again.causes


def test_strict_stops_where_the_record_ends(verifier: Verifier) -> None:
    record = recording(verifier({"AUTH": REFUSED}, mechanism="PLAIN"))
    again = replay_report(record, with_login(record, mechanism="LOGIN"), strict=True)
    assert stop(again) == ("auth", "auth_refused")
    assert again.beyond == (Stage.AUTH,)


def test_a_certificate_that_was_not_trusted_can_be_pinned(verifier: Verifier) -> None:
    pair = verifier.certificates.unknown_ca
    record = recording(verifier(context=verifier.context(pair)))
    assert record.report.stage(Stage.TLS).failure is not None
    chain = record.report.stage(Stage.TLS).failure.chain  # type: ignore[union-attr]
    assert chain is not None
    again = replay_report(record, with_server(record, pinned_certificate=chain[0].pem))
    assert again.ok
    assert again.beyond == (Stage.EHLO, Stage.AUTH, *AFTER_LOGIN)
    other = verifier.certificates.good.certificate.read_text()
    again = replay_report(record, with_server(record, pinned_certificate=other))
    assert stop(again) == ("tls", "cert_untrusted")
    assert Stage.TLS not in again.beyond
    again = replay_report(record, with_server(record, ca_file="another.pem"))
    assert again.ok
    assert Stage.TLS in again.beyond


def test_a_name_that_is_no_certificates_stays_one(verifier: Verifier) -> None:
    record = recording(verifier(context=verifier.context(verifier.certificates.wrong_name)))
    again = replay_report(record, with_login(record, mechanism="LOGIN"))
    assert stop(again) == ("tls", "cert_hostname_mismatch")
    assert again.beyond == ()


@pytest.mark.parametrize("security", list(Security))
def test_another_port_is_another_server(verifier: Verifier, security: Security) -> None:
    record = recording(verifier({"EHLO": b"550 5.7.1 Not you\r\n"}))
    again = replay_report(record, with_server(record, port=2525, security=security))
    assert again.ok
    assert again.beyond[:2] == (Stage.CONNECT, Stage.GREETING)
    again = replay_report(record, with_server(record, host="mail.example", security=security))
    expected = security is not Security.NONE  # a login in the clear stays on this machine
    assert (again.ok, again.beyond[0]) == (expected, Stage.RESOLVE)


@pytest.mark.parametrize(
    ("recorded", "tried", "word"),
    [
        ("starttls", "implicit_tls", "not_tls"),
        ("none", "implicit_tls", "not_tls"),
        ("implicit_tls", "starttls", "not_smtp"),
        ("implicit_tls", "none", "not_smtp"),
    ],
)
def test_the_recorded_port_speaks_as_it_spoke(
    verifier: Verifier, recorded: str, tried: str, word: str
) -> None:
    record = recording(verifier(security=recorded))
    again = replay_report(record, with_server(record, security=Security(tried)))
    assert stop(again) == ("tls" if word == "not_tls" else "greeting", word)


def test_encryption_that_nobody_asked_for_then_is_beyond_the_record(verifier: Verifier) -> None:
    record = recording(verifier(security="none", mechanisms=()))
    assert stop(record.report) == ("auth", "auth_not_offered")
    again = replay_report(record, with_server(record, security=Security.STARTTLS))
    assert stop(again) == ("tls", "starttls_missing")
    assert again.beyond == ()
    record = recording(
        verifier(
            {"AUTH": b"530 5.7.0 Must issue a STARTTLS command first\r\n"},
            security="none",
            starttls=True,
            auth_before_tls=True,
        )
    )
    again = replay_report(record, with_server(record, security=Security.STARTTLS))
    assert again.ok
    assert again.beyond == (Stage.TLS, Stage.EHLO, Stage.AUTH, *AFTER_LOGIN)


def test_a_login_that_is_left_out(verifier: Verifier) -> None:
    record = recording(verifier({"RCPT": b"550 5.1.1 No such user\r\n"}))
    again = replay_report(record, with_login(record, method=Method.NONE))
    assert again.ok
    assert again.beyond == AFTER_LOGIN


@pytest.mark.parametrize(
    "answers", [{}, {"AUTH": REFUSED}, {"MAIL": DENIED}, {"RCPT": DENIED}, {"DATA": DENIED}]
)
def test_another_user_has_no_verdict_in_the_record(
    verifier: Verifier, answers: dict[str, bytes]
) -> None:
    """What the server said to one user is no answer to another: neither a refusal nor a yes."""
    record = recording(verifier(answers, mechanism="PLAIN"))
    again = replay_report(record, with_login(record, username="another@demo.example"))
    assert again.ok
    assert again.beyond == (Stage.AUTH, *AFTER_LOGIN)
    assert again.causes == ()
    assert again.facts(AuthFacts).username == "another@demo.example"
    same = replay_report(record, record.connector)
    assert stop(same) == stop(record.report)
    assert same.beyond == ()


@pytest.mark.parametrize("answers", [{"MAIL": DENIED}, {"RCPT": DENIED}, {"DATA": DENIED}])
def test_another_sender_has_no_verdict_in_the_record(
    verifier: Verifier, answers: dict[str, bytes]
) -> None:
    record = recording(verifier(answers, mechanism="PLAIN"))
    sender = record.connector.sender._replace(address="another@demo.example")
    again = replay_report(record, record.connector._replace(sender=sender))
    assert again.ok
    assert again.beyond == AFTER_LOGIN
    # Who was not let in stays out, as whoever it would have sent.
    record = recording(verifier({"AUTH": REFUSED}, mechanism="PLAIN"))
    again = replay_report(record, record.connector._replace(sender=sender))
    assert stop(again) == ("auth", "auth_refused")
    assert again.beyond == ()


def only_names(conversation: Connection, line: bytes) -> Action:
    return b"550 5.7.1 Not an address\r\n" if b"[" in line else DEFAULT


def test_another_kind_of_name_is_beyond_a_refusal(verifier: Verifier) -> None:
    record = recording(verifier({"EHLO": only_names}, security="none"))
    again = replay_report(record, with_server(record, ehlo_name="pc.example"))
    assert again.ok
    assert again.beyond[0] is Stage.EHLO
    record = recording(verifier({"EHLO": b"550 no\r\n"}, security="none", ehlo_name="a.example"))
    again = replay_report(record, with_server(record, ehlo_name="b.example"))
    assert stop(again) == ("ehlo", "ehlo_refused")
    assert again.beyond == ()


def test_a_silent_server_stays_silent_whoever_asks(verifier: Verifier) -> None:
    record = recording(verifier({"greeting": HANG}, times_out="greeting"))
    again = replay_report(record, with_login(record, mechanism="LOGIN"))
    assert stop(again) == ("greeting", "timeout")


# -- before the server ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["socks5", "http"])
@pytest.mark.parametrize("fault", ["good", "login", "refused", "garbage", "gone"])
def test_the_proxy_on_the_way_plays_again(verifier: Verifier, kind: str, fault: str) -> None:
    settings: dict[str, Any] = {"hosts": {"mail.example": "127.0.0.1"}}
    if fault == "login":
        settings |= {"username": "someone", "password": "else"}
    elif fault == "refused":
        forbidden = {"socks5": b"\x05\x02\x00\x01" + bytes(6), "http": b"HTTP/1.1 403 No\r\n\r\n"}
        settings["answer"] = forbidden[kind]
    elif fault == "garbage":
        settings["answer"] = b"!!!!" * 10 + b"\r\n\r\n"
    with proxy(kind, **settings) as fake, ScriptedServer(account=ACCOUNT) as server:
        url = fake.url if fault != "gone" else "http://127.0.0.1:1"
        seen = verifier.at(
            server.port, host="mail.example", proxy=url, security="none", allow_cleartext=True
        )
    assert (seen.stop is None) == (fault == "good")
    # The invariants have played it again already.
    other = replay_report(recording(seen), with_server(recording(seen), proxy=None))
    assert other.ok
    assert other.beyond[:2] == (Stage.RESOLVE, Stage.CONNECT)


def test_a_name_that_was_not_found_stays_so_for_its_connector(verifier: Verifier) -> None:
    seen = verifier.at(587, host="mail.nowhere.example")
    assert seen.stop == ("resolve", None, "dns_not_found")
    record = recording(seen)
    again = replay_report(record, with_server(record, port=465))
    assert stop(again) == ("resolve", "dns_not_found")
    again = replay_report(record, with_server(record, host="mail.elsewhere.example"))
    assert again.ok
    assert again.beyond[0] is Stage.RESOLVE


def test_encryption_from_the_start_is_beyond_a_record_of_silence(verifier: Verifier) -> None:
    """The step that the cause names: whether it helps, only the real server knows."""
    seen = verifier(implicit_tls=True, security="starttls")
    record = recording(seen)
    assert stop(record.report) == ("greeting", "not_smtp")
    again = replay_report(record, with_server(record, security=Security.IMPLICIT_TLS))
    assert again.ok
    assert Stage.TLS in again.beyond
