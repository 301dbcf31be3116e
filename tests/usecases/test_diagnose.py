"""Causes joined with their sentences: of reports, of pasted text, of lines of JSON."""

from __future__ import annotations

import io

import pytest

from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.model.connector import Security
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Actor, Cause, Likelihood, Reply, Stage
from smtpwizard.usecases.diagnose import (
    MAX_LINE_BYTES,
    Explanation,
    causes_for_report,
    explain_text,
    line_reader,
    read_pasted,
    with_causes,
)
from smtpwizard.usecases.explain import explain_line
from tests.diagnosis.test_report import MICROSOFT, connector, failed


def test_a_report_gets_causes_with_this_connector_s_values() -> None:
    reply = Reply(535, "5.7.139", "SmtpClientAuthentication is disabled for the Mailbox.")
    report = failed(Stage.AUTH, "auth_refused", reply, mechanism="LOGIN")
    wanted = connector("smtp.office365.com", provider="exchange")
    cause = causes_for_report(report, wanted, MICROSOFT)[0]
    assert cause.cause == "smtp_auth_disabled_mailbox"
    assert cause.likelihood is Likelihood.HIGH
    assert cause.evidence[0].startswith("auth: 535 5.7.139")
    assert (cause.family, cause.values["username"]) == ("microsoft", "mailer@example.com")
    text = cause_text(cause, Face.WINDOW)
    assert "Set-CASMailbox -Identity 'mailer@example.com'" in text.remedy
    assert "admin.microsoft.com" in text.remedy


def test_the_failed_stage_learns_who_has_to_act() -> None:
    report = failed(Stage.CONNECT, "blocked_locally")
    answered = with_causes(report, connector())
    assert answered.causes[0].cause == "port_blocked"
    assert answered.stage(Stage.CONNECT).actor is Actor.NETWORK_ADMIN
    assert answered.stage(Stage.RESOLVE).actor is None


def window(cause: Cause) -> str:
    return cause_text(cause, Face.WINDOW).remedy


def terminal(cause: Cause) -> str:
    return cause_text(cause, Face.COMMAND_LINE).remedy


def test_swapping_port_and_method_is_spelt_out() -> None:
    report = failed(Stage.TLS, "not_tls", peer="smtp")
    usual = causes_for_report(report, connector(port=465, security=Security.IMPLICIT_TLS))[0]
    assert "Encryption method to STARTTLS and Port to 587" in window(usual)
    assert "server.security to starttls and server.port to 587" in terminal(usual)
    odd = causes_for_report(report, connector(port=2465, security=Security.IMPLICIT_TLS))[0]
    assert "Encryption method to STARTTLS and Port to 2465" in window(odd)
    other = causes_for_report(report, connector(port=587))[0]
    assert "Encryption method to SSL/TLS and Port to 465" in window(other)


def test_success_and_interruption_stay_as_they_are() -> None:
    report = failed(Stage.CONNECT, "refused")
    for untouched in (report._replace(ok=True), report._replace(cancelled=True)):
        assert with_causes(untouched, connector()) is untouched
    unknown = failed(Stage.MAIL_FROM, "address_invalid")
    assert with_causes(unknown, connector()) is unknown


def test_a_pasted_text_is_explained() -> None:
    answer = explain_text("535 5.7.9 password or account, please log in", {"stage": "auth"})
    assert answer.understood["stage"] == "auth"
    assert answer.tell_apart == answer.causes[:2]
    assert explain_text("hello").tell_apart is None


def test_the_family_picks_the_sentences() -> None:
    google = explain_text("535-5.7.8 Username and Password not accepted. gsmtp")
    [cause] = [cause for cause in google.causes if cause.cause == "bad_credentials"]
    assert "Google" in cause_text(cause, Face.WINDOW).title


def test_nothing_fitting_is_an_empty_list() -> None:
    assert explain_text("hello") == Explanation((), {}, None)


@pytest.mark.parametrize(
    "line",
    [
        b'{"raw": "550 5.1.1 User unknown"}\n',
        b'\xef\xbb\xbf{"raw": "550 5.1.1 User unknown", "context": {"stage": "rcpt"}}',
        b'{"raw": "550 5.1.1 User unknown", "context": [1], "id": 5}',
        b'{"raw": "550 5.1.1 User unknown\\ud800", "context": {"port": "x", "stage": null}}',
    ],
)
def test_a_line_is_answered(line: bytes) -> None:
    assert explain_line(line).explanation.causes[0].cause == "recipient_rejected"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"x",
        b"[]",
        b"5",
        b"{}",
        b'{"raw": 5}',
        b'{"raw": null}',
        b"\xff\xfe",
        b"[" * 99999,
    ],
)
def test_a_line_that_cannot_be_read_says_so(line: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        explain_line(line)
    assert caught.value.code == "line_unreadable"


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        explain_line(b" " * (MAX_LINE_BYTES + 1))
    assert caught.value.code == "line_too_long"


def test_bytes_of_any_kind_become_text() -> None:
    assert read_pasted("Grüße".encode("utf-16")) == "Grüße"
    assert read_pasted("Grüße".encode("utf-8-sig")) == "Grüße"
    assert read_pasted("Grüße".encode("latin-1")) == "Grüße"
    assert read_pasted("535 认证失败".encode("gbk")) == "535 认证失败"
    assert read_pasted("用户名或密码错误".encode("gb18030")) == "用户名或密码错误"
    named = "Content-Type: text/plain; charset=koi8-r\n\nЯ".encode("koi8-r")
    assert read_pasted(named).endswith("Я")
    assert read_pasted(b"charset=no-such-set \xfc").endswith("\u00fc")
    assert read_pasted("535 5.7.8 no".encode("utf-16-le")) == "535 5.7.8 no"
    assert read_pasted(b"\xff\xfe\x00") == "\ufffd"


def test_lines_of_utf_16() -> None:
    text = '{"raw": "535 5.7.8 no"}\r\n{"raw": "Größe"}\r\n'
    for encoding in ("utf-16", "utf-8"):
        read = line_reader(io.BufferedReader(io.BytesIO(text.encode(encoding))))
        assert [read(100).decode() for _ in range(3)] == [*text.splitlines(keepends=True), ""]


def test_many_lines_of_utf_16_are_all_read() -> None:
    # More than one line may have: that bound is for each of them.
    line, count = '{"raw": "' + "x" * 100_000 + '"}\n', MAX_LINE_BYTES // 100_000 + 2
    source = io.BufferedReader(io.BytesIO((line * count).encode("utf-16")))
    read = line_reader(source)
    lines = 0
    while read(MAX_LINE_BYTES + 1):
        lines += 1
    assert lines == count
