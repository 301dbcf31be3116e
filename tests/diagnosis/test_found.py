"""What a verification found, under the names that sentences use, and the sentences made of it."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.model.connector import Connector, Method, Sender
from smtpwizard.model.report import Reply, Report, Stage
from smtpwizard.model.stage_facts import EhloFacts
from smtpwizard.usecases.diagnose import with_causes
from tests.diagnosis.test_report import GOOGLE, MICROSOFT, connector, failed

LEAF = {
    "subject": "CN=mail.other.invalid", "issuer": "CN=R11,O=Let\'s Encrypt,C=US",
    "names": ["mail.other.invalid", "*.other.invalid"], "not_before": "2026-02-01T00:00:00Z",
    "not_after": "2026-05-03T00:00:00Z", "fingerprint": "ab" * 32,
}  # fmt: skip


def said(report: Report, wanted: Connector, **known: Any) -> str:
    """Explanation and steps of the first cause, in the window."""
    text = cause_text(with_causes(report, wanted, known=known).causes[0], Face.WINDOW)
    return f"{text.title}\n{text.explanation}\n{text.remedy}"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("cert_expired", "valid until 3 May 2026; R11 issued it"),
        ("cert_not_yet_valid", "valid from 1 Feb 2026; R11 issued it"),
        ("cert_hostname_mismatch", "is for mail.other.invalid and *.other.invalid."),
        ("cert_untrusted", "comes from R11."),
    ],
)
def test_what_the_certificate_says_stands_in_the_text(error: str, words: str) -> None:
    assert words in said(failed(Stage.TLS, error, chain=[LEAF]), connector())


def test_without_a_certificate_nothing_is_said_of_it() -> None:
    text = said(failed(Stage.TLS, "cert_hostname_mismatch"), connector())
    assert "The certificate is for." not in text
    assert "Find out more" in text


def test_the_versions_and_limits_stand_in_the_text() -> None:
    old = failed(Stage.TLS, "tls_version", version="TLSv1.1")
    assert "answered with TLSv1.1." in said(old, connector())
    large = failed(Stage.MAIL_FROM, "message_too_large", size=2212, limit=300)
    text = said(large, connector())
    assert "has 2,212 bytes, and the server takes 300 bytes at most" in text
    assert "ttachments smaller" not in text, "the test email has none"
    silent = failed(Stage.GREETING, "timeout")
    slow = silent._replace(stages=tuple(s._replace(ms=5000) for s in silent.stages))
    assert "waited 5 s." in said(slow, connector())


def refused(reply: Reply, mechanism: str | None = "SCRAM-SHA-256", *offered: str) -> Report:
    error = "auth_refused" if mechanism else "mechanism_not_offered"
    report = failed(Stage.AUTH, error, reply if mechanism else None, mechanism=mechanism)
    stages = tuple(
        s._replace(facts=EhloFacts(mechanisms=offered)) if s.stage is Stage.EHLO else s
        for s in report.stages
    )
    return report._replace(stages=stages)


def test_what_was_automatic_is_not_blamed_on_anybody() -> None:
    unknown = Reply(504, "5.5.4", "Unrecognized authentication type")
    text = said(refused(unknown, "SCRAM-SHA-256", "SCRAM-SHA-256", "PLAIN"), connector())
    assert "Set Mechanism to PLAIN" in text
    for blame in ("to Automatic", "connector wants", "wants auto"):
        assert blame not in text
    alone = said(refused(unknown, "SCRAM-SHA-256", "SCRAM-SHA-256"), connector())
    assert "Set Mechanism" not in alone
    none = said(refused(unknown, None, "GSSAPI"), connector())
    assert "The server offers GSSAPI." in none
    assert "auto" not in none


def test_a_proof_that_was_taken_by_itself_may_be_what_fails() -> None:
    wrong = Reply(535, "5.7.8", "Authentication credentials invalid")
    text = said(refused(wrong, "SCRAM-SHA-256", "SCRAM-SHA-256", "PLAIN"), connector())
    assert text.startswith("User name or password was not accepted")
    assert "set Mechanism to PLAIN: some servers list SCRAM-SHA-256" in text
    assert "Mechanism" not in said(refused(wrong, "PLAIN", "PLAIN", "LOGIN"), connector())
    assert "Mechanism" not in said(refused(wrong, "SCRAM-SHA-256", "SCRAM-SHA-256"), connector())


def test_with_oauth_no_password_is_spoken_of() -> None:
    unknown = Reply(504, "5.5.4", "Unrecognized authentication type")
    for report in (refused(unknown, "XOAUTH2", "XOAUTH2", "PLAIN"), refused(unknown, None, "X")):
        text = said(report, connector(method=Method.OAUTH))
        assert text.startswith("The server takes no OAuth sign-in here")
        for foreign in ("Enter Password", "Mechanism", "choose OAuth"):
            assert foreign not in text


def test_what_was_chosen_is_named() -> None:
    chosen = connector()
    chosen = chosen._replace(
        authentication=chosen.authentication._replace(mechanism="SCRAM-SHA-256")
    )
    unknown = Reply(504, "5.5.4", "Unrecognized authentication type")
    text = said(refused(unknown, "SCRAM-SHA-256", "SCRAM-SHA-256", "PLAIN"), chosen)
    assert "the connector wants SCRAM-SHA-256" in text
    assert "Set Mechanism to Automatic" in text


REFUSED = Reply(550, "5.7.60", "SMTP; Client does not have permissions to send as this sender")


def test_a_login_is_not_told_to_take_its_own_address() -> None:
    own = said(failed(Stage.DATA, "message_refused", REFUSED), connector())
    assert own.startswith("This login may not send as itself")
    assert "as Sender address" in own
    other = connector()._replace(sender=Sender("else@example.com"))
    text = said(failed(Stage.DATA, "message_refused", REFUSED), other)
    assert "no right to send mail as else@example.com" in text
    assert "Set Sender address to an address that belongs to the login" in text
    same = connector()._replace(sender=Sender("Mailer@Example.com"))
    assert "send as itself" in said(failed(Stage.DATA, "message_refused", REFUSED), same)


def test_the_settings_that_a_provider_brings_are_not_blamed() -> None:
    for stage, error in (
        (Stage.CONNECT, "refused"),
        (Stage.CONNECT, "timeout"),
        (Stage.RESOLVE, "dns_not_found"),
        (Stage.GREETING, "not_smtp"),
        (Stage.TLS, "cert_hostname_mismatch"),
    ):
        report = failed(stage, error)
        for entry in (GOOGLE, MICROSOFT):
            causes = with_causes(report, connector(host=entry.host), entry).causes
            assert "(under Provider" not in cause_text(causes[0], Face.WINDOW).remedy, error


def test_where_a_provider_brings_the_fields_the_way_to_them_is_told() -> None:
    report = failed(Stage.TLS, "cert_untrusted", chain=[LEAF])
    causes = with_causes(report, connector(host=GOOGLE.host), GOOGLE).causes
    text = cause_text(causes[0], Face.WINDOW).remedy
    assert "(under Provider, with Create a connection)" in text


@pytest.mark.parametrize(
    ("enhanced", "title"),
    [
        ("4.2.2", "The recipient's mailbox is full"),
        ("5.1.1", "This recipient does not exist"),
        (None, "The recipient was refused"),
    ],
)
def test_a_refused_recipient_by_its_code(enhanced: str | None, title: str) -> None:
    reply = Reply(550, enhanced, "Recipient address rejected")
    assert said(failed(Stage.RCPT_TO, "recipient_refused", reply), connector()).startswith(title)


def test_spaces_and_short_logins_are_told() -> None:
    wrong = failed(Stage.AUTH, "auth_refused", Reply(535, "5.7.8", "no"))
    text = said(wrong, connector(), spaces_inside=3)
    assert "has three spaces in it; app passwords are shown with spaces" in text
    assert "Enter Password again, without the spaces" in text
    assert "has a space at its ends" in said(wrong, connector(), spaces_around=1)
    short = connector()
    short = short._replace(authentication=short.authentication._replace(username="mailer"))
    assert "the login of mailer. That is not a whole email address" in said(wrong, short)


def test_what_is_known_stays_known_when_it_is_weighed_again() -> None:
    wrong = failed(Stage.AUTH, "auth_refused", Reply(535, "5.7.8", "no"))
    first = with_causes(wrong, connector(), known={"spaces_inside": 2})
    assert with_causes(first, connector()).causes[0].values["spaces_inside"] == 2


def test_without_a_proxy_none_is_blamed() -> None:
    injected = failed(Stage.TLS, "starttls_injected", Reply(220, None, "go ahead"))
    for cause in with_causes(injected, connector(method=Method.NONE)).causes:
        assert "goes through a proxy" not in cause_text(cause, Face.WINDOW).explanation
