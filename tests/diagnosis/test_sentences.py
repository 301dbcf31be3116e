"""The sentences: one set for every cause, short, stepwise, and filled with the real values."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from smtpwizard.causes import causes
from smtpwizard.diagnosis.rules import rule_book
from smtpwizard.messages.cause_sentences import DEFAULTS, PEERS, SENTENCES, SIGNS
from smtpwizard.messages.causes import (
    cause_text,
    likelihood_word,
    quote_powershell,
    tell_apart_text,
)
from smtpwizard.model.report import Likelihood

FACTS: dict[str, Any] = {
    "host": "smtp.example.com", "port": 587, "server": "smtp.example.com:587",
    "username": "mailer@example.com", "sender": "info@example.com",
}  # fmt: skip


def test_every_cause_has_sentences_and_a_sign() -> None:
    assert set(causes()) <= set(SENTENCES)
    assert {key.partition(".")[0] for key in SENTENCES} == set(causes())
    assert set(SIGNS) == set(causes())


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_sentences_are_short_stepwise_and_dated(key: str) -> None:
    slug, _, variant = key.partition(".")
    text = cause_text(slug, FACTS, family=variant, variant=variant or None)
    assert 8 <= len(text.title) <= 60
    assert not text.title.endswith(".")
    sentences = re.findall(r"[.!?](?:\s|$)", text.explanation)
    assert 1 <= len(sentences) <= 4, text.explanation
    steps = text.remedy.split("\n")
    assert 1 <= len(steps) <= 6
    assert [step.split(". ")[0] for step in steps] == [str(n) for n in range(1, len(steps) + 1)]
    assert text.link.startswith("https://")
    date.fromisoformat(text.checked)
    for part in (text.title, text.explanation, text.remedy):
        assert "{" not in part
        assert part[0].isupper() or part[0].isdigit() or part.startswith(FACTS["server"])


def test_every_stand_in_is_known() -> None:
    for sentences in SENTENCES.values():
        for template in (sentences.title, sentences.explanation, *sentences.steps):
            assert set(re.findall(r"\{(\w+)\}", template)) <= set(DEFAULTS)


def test_every_variant_that_a_rule_or_code_picks_has_sentences() -> None:
    picked = {(rule.cause, rule.variant) for rule in rule_book().rules if rule.variant}
    assert {f"{slug}.{variant}" for slug, variant in picked} <= set(SENTENCES)


def test_the_connector_s_own_values_stand_in_the_sentences() -> None:
    text = cause_text("connection_refused", FACTS)
    assert "smtp.example.com" in text.explanation
    assert "port 587" in text.explanation
    without = cause_text("bad_credentials")
    assert without.explanation.startswith("The mail server does not")
    peer = cause_text("not_smtp", FACTS | {"peer": "imap"})
    assert PEERS["imap"] in peer.explanation


def test_values_are_never_templates_and_fit_for_display() -> None:
    text = cause_text("auth_required.x".partition(".")[0], {"server": "{host} {0} \u202e\x1b[31m"})
    assert "{host} {0}" in text.explanation
    assert "\u202e" not in text.explanation
    assert "\x1b" not in text.explanation


def test_a_variant_says_more_than_a_family_and_that_more_than_nothing() -> None:
    plain = cause_text("auth_required").title
    family = cause_text("auth_required", family="microsoft").title
    variant = cause_text("auth_required", family="microsoft", variant="client_certificate").title
    assert len({plain, family, variant}) == 3
    assert cause_text("auth_required", family="yahoo", variant="none such").title == plain
    with pytest.raises(KeyError):
        cause_text("no_such_cause")


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("o'neill@example.com", "'o''neill@example.com'"),
        (
            "a\u2019b\u2018c\u201ad\u201be",
            "'a\u2019\u2019b\u2018\u2018c\u201a\u201ad\u201b\u201be'",
        ),
        ("$(Remove-Item C:) `x`", "'$(Remove-Item C:) `x`'"),
    ],
)
def test_powershell_values_are_quoted(value: str, quoted: str) -> None:
    assert quote_powershell(value) == quoted
    text = cause_text("smtp_auth_disabled_tenant", {"username": value})
    assert f"-Identity {quoted} " in text.remedy


def test_the_two_best_can_be_told_apart_in_words() -> None:
    text = tell_apart_text("timeout", "port_blocked")
    assert cause_text("timeout").title in text
    assert SIGNS["port_blocked"] in text


def test_likelihood_in_words() -> None:
    assert len({likelihood_word(likelihood) for likelihood in Likelihood}) == 3
