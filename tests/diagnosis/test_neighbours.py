"""What else a failure may be: the table is whole, completes the first three, and stays modest."""

from __future__ import annotations

import pytest

from smtpwizard.causes import causes
from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.neighbours import neighbours, read_neighbours
from smtpwizard.diagnosis.rules import is_token
from smtpwizard.model.report import Likelihood
from smtpwizard.resources import packaged_text

SITUATIONS = packaged_text("diagnosis/situations.toml")


def test_every_cause_has_two_neighbours_or_more_and_none_is_itself() -> None:
    table = neighbours()
    assert set(table.after) == set(causes())
    for first, others in table.after.items():
        assert len(set(others)) == len(others) >= 2
        assert first not in others


def test_situations_speak_of_facts() -> None:
    for when, _ in neighbours().situations:
        assert all(is_token(token) for token in when)


def test_a_situation_that_names_no_cause_is_refused() -> None:
    with pytest.raises(ValueError):
        read_neighbours(causes(), SITUATIONS.replace('"greylisted"', '"no_such_cause"', 1))


def test_the_situation_weighs_beside_the_first_cause() -> None:
    plain = neighbours().of("bad_credentials", set())
    google = neighbours().of("bad_credentials", {"stage:auth", "family:google"})
    assert google["app_password_required"] > plain["app_password_required"]
    assert "bad_credentials" not in google


@pytest.mark.parametrize(
    ("text", "stage", "expected"),
    [
        ("535 5.7.8 Authentication failed", "auth", "app_password_required"),
        ("Error: connect ETIMEDOUT 192.0.2.1:587", "connect", "port_blocked"),
        ("550 5.7.1 <b@example.org>: Recipient address rejected", "rcpt", "relay_denied"),
        ('{"error": "invalid_grant"}', "oauth", "oauth_code_invalid"),
    ],
)
def test_the_first_three_are_complete(text: str, stage: str, expected: str) -> None:
    found = diagnose_text(text, {"stage": stage}).causes
    assert len(found) >= 3
    assert expected in [cause.slug for cause in found[:3]]


@pytest.mark.parametrize("text", ["", "hello", "the weather is fine", "\x00\xff", "42"])
@pytest.mark.parametrize("stage", [None, "auth", "rcpt", "keyring"])
def test_out_of_nothing_comes_nothing(text: str, stage: str | None) -> None:
    assert diagnose_text(text, {"stage": stage, "provider": "Gmail"}).causes == ()


def test_where_something_failed_the_stage_alone_says_what_is_usual() -> None:
    assert diagnose_text("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", {"stage": "auth"}).causes[0].slug == "bad_credentials"
    assert diagnose_text("it failed", {"stage": "rcpt"}).causes[0].slug == "recipient_rejected"


def test_a_bare_535_names_what_it_usually_is() -> None:
    found = diagnose_text("535 5.7.8 Error: authentication failed", {"stage": "auth"})
    assert found.causes[0].slug == "bad_credentials"
    assert found.causes[0].likelihood is Likelihood.MEDIUM
    assert len(found.causes) == 3
    assert found.causes[-1].likelihood is Likelihood.LOW
