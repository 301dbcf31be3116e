"""The files of the causes: each is whole, names what exists, and a new one needs no other file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest

import smtpwizard.causes as room
from smtpwizard.causes import causes, read_causes
from smtpwizard.diagnosis import diagnose_report, diagnose_text
from smtpwizard.diagnosis.neighbours import neighbours
from smtpwizard.diagnosis.rules import is_token, rule_book
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import OTHER_PORT, FixId, fixes_for
from smtpwizard.messages.causes import cause_text, tell_apart_text
from smtpwizard.messages.face import Face
from smtpwizard.model.report import Actor, Cause, Likelihood, Reply, Stage
from smtpwizard.resources import packaged_names, packaged_text
from tests.diagnosis.test_report import connector, failed

FILES = {
    name.removesuffix(".toml"): packaged_text(f"causes/{name}")
    for name in packaged_names("causes", ".toml")
}


def test_every_cause_states_its_source_and_the_day_it_was_read() -> None:
    assert len(causes()) == len(FILES) > 60
    for kind in causes().values():
        assert kind.source.startswith("https://")
        date.fromisoformat(kind.checked)
        assert kind.rules or kind.in_place_of


def test_the_sentences_stand_after_the_rules() -> None:
    for slug, text in FILES.items():
        assert text.count("\n[text]\n") == 1, slug
        assert "[[rules]]" not in text.partition("\n[text]\n")[2], slug


def test_suggested_fixes_exist() -> None:
    suggested = {fix for kind in causes().values() for fix in kind.fixes}
    assert suggested <= {*FixId, OTHER_PORT}


def test_an_actor_by_fact_names_a_fact_or_a_variant() -> None:
    for kind in causes().values():
        for fact in kind.actor_if:
            name, _, variant = fact.partition(":")
            assert is_token(fact) or (name == "variant" and variant in kind.variants()), kind.slug


def test_a_cause_in_place_of_another_names_a_fact() -> None:
    for kind in causes().values():
        assert all(map(is_token, kind.in_place_of.values())), kind.slug


def test_rules_say_by_their_names_what_they_look_at() -> None:
    for rule in rule_book().rules:
        assert not re.search(r"-second$|^prior-|-others$|-misc$", rule.id), rule.id


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('actor = "network_admin"', 'actor = "nobody"'),
        ('group = "network"', ""),
        ('source = "', 'origin = "'),
        ('"port_blocked"', '"no_such_cause"'),
        ('"port_blocked"', '"timeout"'),
        ('explains = ["protocol_error"]', 'explains = ["no_such_cause"]'),
        ("[[rules]]", 'in_place_of = { no_such_cause = "sender:own" }\n[[rules]]'),
        ("checked = 2026-11-22", 'checked = "lately"'),
    ],
)
def test_a_file_that_is_not_right_is_refused_by_its_name(old: str, new: str) -> None:
    assert old in FILES["timeout"]
    with pytest.raises(ValueError, match="timeout"):
        read_causes(FILES | {"timeout": FILES["timeout"].replace(old, new, 1)})


# -- a new cause is one file -----------------------------------------------------------------------

NEW = """\
group = "auth"
actor = "provider"
explains = ["bad_credentials"]
neighbours = ["server_unavailable", "account_locked"]
beside = { timeout = 2 }
fixes = ["swap_security"]
source = "https://example.com/frobnication"
checked = 2026-11-28

[[rules]]
id = "jam-error"
weight = 10
when = ["error:out_of_turn"]

[[rules]]
id = "jam-words"
weight = 10
when = ["frobnicator is jammed"]

[text]
title = "The frobnicator is jammed"
explanation = "{server} cannot frobnicate at the moment."
steps = ["Compare {at_server_port} with the manual.", "{do_test_again}"]
link = "https://example.com/frobnication"
checked = 2026-11-28
sign = "the frobnicator makes a noise"
"""


@pytest.fixture
def one_file_more(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of causes with `frobnicator_jammed.toml` in it, and nothing else changed."""
    caches: tuple[Callable[[], object], ...] = (causes, rule_book, neighbours)

    def forget() -> None:
        for cached in caches:
            cached.cache_clear()  # type: ignore[attr-defined]

    texts = {f"causes/{slug}.toml": text for slug, text in FILES.items()}
    texts["causes/frobnicator_jammed.toml"] = NEW
    monkeypatch.setattr(room, "packaged_names", lambda *_: [n[7:] for n in sorted(texts)])
    monkeypatch.setattr(room, "packaged_text", texts.__getitem__)
    forget()
    yield
    monkeypatch.undo()
    forget()


@pytest.mark.usefixtures("one_file_more")
def test_a_new_cause_is_one_file() -> None:
    # found in any text, and in a stage's own error
    found = diagnose_text("535 5.7.8 authentication failed: frobnicator is jammed").causes
    assert (found[0].slug, found[0].likelihood) == ("frobnicator_jammed", Likelihood.HIGH)
    report = failed(Stage.AUTH, "out_of_turn", Reply(235, None, "fine"))
    [ranked] = diagnose_report(report, connector()).causes
    assert (ranked.slug, ranked.actor) == ("frobnicator_jammed", Actor.PROVIDER)
    # named beside another cause, whose file does not know it
    assert list(neighbours().of("timeout", set()))[:2] == ["port_blocked", "frobnicator_jammed"]
    # said in both faces
    told = Cause(ranked.slug, ranked.likelihood, ranked.actor)
    window, terminal = (cause_text(told, face) for face in Face)
    assert window.explanation == "The mail server cannot frobnicate at the moment."
    assert window.remedy.startswith("1. Compare Port with the manual (under Provider).")
    assert "--set server.port=…" in terminal.remedy
    assert "makes a noise" in tell_apart_text(Cause("timeout", Likelihood.LOW, Actor.YOU), told)
    # and with a button
    draft = ConnectorDraft(provider="custom", host="smtp.example.com", port="587")
    [fix] = fixes_for(report._replace(causes=(told,)), draft)
    assert fix.id is FixId.SWAP_SECURITY


def test_the_new_cause_is_gone_again() -> None:
    assert "frobnicator_jammed" not in causes()
