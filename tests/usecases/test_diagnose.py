"""Causes joined with their sentences: of reports, of pasted text, of lines of JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smtpwizard.messages.causes import cause_text
from smtpwizard.model.connector import Security
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Actor, Likelihood, Reply, Stage
from smtpwizard.usecases.diagnose import (
    MAX_LINE_BYTES,
    causes_for_report,
    decode_text,
    explain_line,
    explain_text,
    with_causes,
)
from tests.diagnosis.test_report import MICROSOFT, connector, failed


def test_a_report_gets_causes_with_this_connector_s_values() -> None:
    reply = Reply(535, "5.7.139", "SmtpClientAuthentication is disabled for the Mailbox.")
    report = failed(Stage.AUTH, "auth_refused", reply, mechanism="LOGIN")
    wanted = connector("smtp.office365.com", provider="exchange")
    cause = causes_for_report(report, wanted, MICROSOFT)[0]
    assert cause.cause == "smtp_auth_disabled_mailbox"
    assert cause.likelihood is Likelihood.HIGH
    assert "Set-CASMailbox -Identity 'mailer@example.com'" in cause.remedy
    assert "admin.microsoft.com" in cause.remedy
    assert cause.evidence[0].startswith("auth: 535 5.7.139")
    assert cause.link
    assert cause.checked


def test_the_failed_stage_learns_who_has_to_act() -> None:
    report = failed(Stage.CONNECT, "blocked_locally")
    answered = with_causes(report, connector())
    assert answered.causes[0].cause == "port_blocked"
    assert answered.stage(Stage.CONNECT).actor is Actor.NETWORK_ADMIN
    assert answered.stage(Stage.RESOLVE).actor is None


def test_swapping_port_and_method_is_spelt_out() -> None:
    report = failed(Stage.TLS, "not_tls", peer="smtp")
    usual = causes_for_report(report, connector(port=465, security=Security.IMPLICIT_TLS))[0]
    assert "Encryption method to STARTTLS and Port to 587" in usual.remedy
    odd = causes_for_report(report, connector(port=2465, security=Security.IMPLICIT_TLS))[0]
    assert "Encryption method to STARTTLS and Port to 2465" in odd.remedy
    other = causes_for_report(report, connector(port=587))[0]
    assert "Encryption method to SSL/TLS and Port to 465" in other.remedy


def test_success_and_interruption_stay_as_they_are() -> None:
    report = failed(Stage.CONNECT, "refused")
    for untouched in (replace(report, ok=True), replace(report, cancelled=True)):
        assert with_causes(untouched, connector()) is untouched
    unknown = failed(Stage.MAIL_FROM, "address_invalid")
    assert with_causes(unknown, connector()) is unknown


def test_a_pasted_text_is_explained() -> None:
    answer = explain_text("535 5.7.9 password or account, please log in", {"stage": "auth"})
    document = json.loads(json.dumps(answer.to_json()))
    assert set(document) == {"causes", "understood", "tell_apart"}
    assert set(document["causes"][0]) >= {
        "cause", "likelihood", "title", "explanation", "remedy", "actor", "evidence", "retryable",
    }  # fmt: skip
    assert document["tell_apart"].startswith("“")
    assert document["understood"]["stage"] == "auth"


def test_the_family_picks_the_sentences() -> None:
    google = explain_text("535-5.7.8 Username and Password not accepted. gsmtp")
    shown = {cause.cause: cause.title for cause in google.causes}
    assert shown["bad_credentials"] == cause_text("bad_credentials", family="google").title


def test_nothing_fitting_is_an_empty_list() -> None:
    assert explain_text("hello").to_json() == {"causes": [], "understood": {}, "tell_apart": None}


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
    answer = explain_line(line)
    assert answer["causes"][0]["cause"] == "recipient_rejected"
    json.dumps(answer).encode("ascii")


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
    assert decode_text("Grüße".encode("utf-16")) == "Grüße"
    assert decode_text("Grüße".encode("utf-8-sig")) == "Grüße"
    assert decode_text("Grüße".encode("latin-1")) == "Gr\ufffd\ufffde"
    assert decode_text(b"\xff\xfe\x00") == "\ufffd"
