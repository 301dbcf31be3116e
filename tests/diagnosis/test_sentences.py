"""The sentences: one set for every cause, short, stepwise, and filled with the real values."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from smtpwizard.causes import causes
from smtpwizard.diagnosis.facts import connector_values
from smtpwizard.diagnosis.rules import rule_book
from smtpwizard.messages.causes import (
    cause_json,
    cause_lines,
    cause_text,
    likelihood_text,
    quote_powershell,
    tell_apart_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.peers import PEERS
from smtpwizard.model.report import Actor, Cause, Likelihood
from smtpwizard.usecases.edit import FIELDS
from tests.diagnosis.test_report import connector, passed

VALUES: dict[str, Any] = connector_values(passed(), connector(), None)
EVERY = [(s, v) for s, kind in causes().items() for v in (None, *sorted(kind.variants()))]


def cause(
    slug: str, variant: str | None = None, family: str = "generic", **values: object
) -> Cause:
    return Cause(slug, Likelihood.HIGH, Actor.YOU, variant=variant, family=family, values=values)


@pytest.mark.parametrize("face", Face)
@pytest.mark.parametrize("values", [VALUES, {}], ids=["known", "unknown"])
@pytest.mark.parametrize(("slug", "variant"), EVERY)
def test_sentences_are_short_stepwise_and_dated(
    slug: str, variant: str | None, values: dict[str, Any], face: Face
) -> None:
    text = cause_text(cause(slug, variant, **values), face)
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
        # A value that is not known leaves no hole.
        assert not re.search(r"\((?:server name|user name|port|sender address)\)", part)
        assert part[0].isupper() or part[0].isdigit() or part.startswith("smtp.example.com")


@pytest.mark.parametrize(("slug", "variant"), EVERY)
def test_each_step_can_be_done_where_it_is_read(slug: str, variant: str | None) -> None:
    window = cause_text(cause(slug, variant, **VALUES), Face.WINDOW).remedy
    terminal = cause_text(cause(slug, variant, **VALUES), Face.COMMAND_LINE).remedy
    for words in ("smtpwizard verify", "smtpwizard sign-in", "--set ", "--secret-st"):
        assert words not in window
    for words in ("Choose Test", "nder Authenticate", "(under ", "Advanced", "Encryption method"):
        assert words not in terminal
    for field in re.findall(r"--set ([\w.]+)=", terminal):
        assert field in FIELDS


def test_every_variant_that_a_rule_picks_has_sentences() -> None:
    for rule in rule_book().rules:
        assert rule.variant is None or rule.variant in causes()[rule.cause].variants(), rule.id


def test_every_cause_has_a_sign() -> None:
    for kind in causes().values():
        sign = kind.sentences().sign
        assert sign
        assert not sign.endswith(".")


def test_the_connector_s_own_values_stand_in_the_sentences() -> None:
    text = cause_text(cause("connection_refused", **VALUES), Face.WINDOW)
    assert text.explanation.startswith("smtp.example.com was reached")
    assert "port 587" in text.explanation
    without = cause_text(cause("connection_refused"), Face.WINDOW)
    assert without.explanation.startswith("The mail server was reached")
    assert "on this port" in without.explanation
    peer = cause_text(cause("not_smtp", peer="imap"), Face.WINDOW)
    assert PEERS["imap"] in peer.explanation


def test_values_are_never_templates_and_fit_for_display() -> None:
    text = cause_text(cause("auth_required", server="{host} {0} \u202e\x1b[31m"), Face.WINDOW)
    assert "{host} {0}" in text.explanation
    assert "\u202e" not in text.explanation
    assert "\x1b" not in text.explanation


def test_a_variant_says_more_than_a_family_and_that_more_than_nothing() -> None:
    def title(family: str = "generic", variant: str | None = None) -> str:
        return cause_text(cause("auth_required", variant, family), Face.WINDOW).title

    assert len({title(), title("microsoft"), title("microsoft", "client_certificate")}) == 3
    assert title("yahoo", "none such") == title()
    with pytest.raises(KeyError):
        cause_text(cause("no_such_cause"), Face.WINDOW)


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
    text = cause_text(cause("smtp_auth_disabled_tenant", username=value), Face.WINDOW)
    assert f"-Identity {quoted} " in text.remedy


def test_a_cause_as_lines_and_as_json_says_the_same() -> None:
    told = Cause("greylisted", Likelihood.LOW, Actor.YOU, ("rcpt: 450\x1b[0m",), True)
    title, *rest = cause_lines(told, Face.COMMAND_LINE)
    document = cause_json(told)
    assert title == f"{document['title']} (possible)"
    assert document["explanation"] in rest
    assert "Who must act: you. The same may work later." in rest
    assert not any("\x1b" in line for line in rest)
    assert list(document) == [
        "cause", "likelihood", "title", "explanation", "remedy", "actor", "evidence", "retryable",
        "link", "checked",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (cause("timeout"), cause("port_blocked")),
        (cause("bad_credentials", family="microsoft"), cause("app_password_required")),
        (cause("sender_auth_failed", "dmarc", domain="example.com"), cause("blocked_ip")),
    ],
)
def test_the_two_best_are_told_apart_by_the_titles_that_stand_on_the_page(
    first: Cause, second: Cause
) -> None:
    text = tell_apart_text(first, second)
    for shown in (first, second):
        assert f"“{cause_text(shown, Face.COMMAND_LINE).title}”" in text
        kind = causes()[shown.cause]
        signs = {kind.sentences(shown.told_by).sign, kind.sentences().sign}
        assert any(sign in text for sign in signs if sign)


def test_likelihood_in_words() -> None:
    assert len({likelihood_text(likelihood) for likelihood in Likelihood}) == 3
