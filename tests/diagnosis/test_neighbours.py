"""What else a failure may be: the table is whole, completes the first three, and stays modest."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.causes import CAUSES
from smtpwizard.diagnosis.engine import Guess, rank
from smtpwizard.diagnosis.neighbours import neighbours, read_neighbours
from smtpwizard.diagnosis.rules import is_token
from smtpwizard.model.report import Likelihood

TEXT = files("smtpwizard.diagnosis").joinpath("neighbours.toml").read_text("utf-8")


def test_every_cause_has_two_neighbours_or_more_and_none_is_itself() -> None:
    table = neighbours()
    assert set(table.after) == set(CAUSES)
    for first, causes in table.after.items():
        assert len(set(causes)) == len(causes) >= 2
        assert first not in causes


def test_the_table_is_dated_and_speaks_of_facts() -> None:
    import tomllib

    document = tomllib.loads(TEXT)
    assert date.fromisoformat(document["checked"])
    assert document["source"].startswith("https://")
    for when, _ in neighbours().situations:
        assert all(is_token(token) for token in when)


@pytest.mark.parametrize(
    ("old", "new"),
    [('["keyring_locked", ', '["no_such_cause", '), ("secret_too_large = [", "other = [")],
)
def test_a_table_that_names_no_causes_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(ValueError):
        read_neighbours(TEXT.replace(old, new, 1))


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
    causes = diagnose_text(text, {"stage": stage}).causes
    assert len(causes) >= 3
    assert expected in [cause.slug for cause in causes[:3]]


def test_what_only_the_table_names_is_never_likely() -> None:
    causes = rank([Guess("timeout", 10)], lambda first: {"dns_failure": 3.0, "port_blocked": 2.0})
    assert [c.slug for c in causes] == ["timeout", "dns_failure", "port_blocked"]
    assert causes[0].likelihood is Likelihood.HIGH
    assert {c.likelihood for c in causes[1:]} == {Likelihood.LOW}
    assert all(not c.evidence for c in causes[1:])


def test_evidence_goes_before_the_table() -> None:
    causes = rank(
        [Guess("timeout", 10), Guess("proxy_error", 4)], lambda first: {"dns_failure": 9.0}
    )
    assert [c.slug for c in causes] == ["timeout", "proxy_error", "dns_failure"]


def test_three_are_enough() -> None:
    usual = dict.fromkeys(list(CAUSES)[:10], 1.0)
    assert len(rank([Guess("timeout", 10)], lambda first: usual)) == 3


def test_nothing_is_made_of_nothing() -> None:
    assert rank([], lambda first: {"timeout": 3.0}) == ()


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


def test_hints_alone_are_never_near_certain() -> None:
    hints = [Guess("bad_credentials", w) for w in (6.0, 6.0, 5.0, 5.0)]
    assert rank(hints)[0].likelihood is Likelihood.MEDIUM
