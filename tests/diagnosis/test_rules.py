"""The rules as data: each fires on a sample, names what exists, and is indexed right."""

from __future__ import annotations

import pytest

from smtpwizard.causes import CauseKind, read_causes
from smtpwizard.diagnosis.evidence import Evidence, gather
from smtpwizard.diagnosis.rules import RuleBook, is_token, read_lexicon, read_rules, rule_book
from smtpwizard.diagnosis.words import flatten
from tests.diagnosis.samples import samples

BOOK = rule_book()


def test_every_rule_fires_on_a_sample() -> None:
    fired = {
        match.rule.id
        for sample in samples()
        for match in BOOK.matches(gather(sample.text, sample.context))
    }
    assert {rule.id for rule in BOOK.rules if not rule.ours} - fired == set()


def test_rules_speak_of_what_exists() -> None:
    ideas = {f"@{idea}" for idea in BOOK.lexicon}
    for rule in BOOK.rules:
        assert 0 < rule.weight <= 12
        for atom in (*(a for entry in rule.when for a in entry), *rule.unless):
            assert atom
            if atom.startswith("@"):
                assert atom in ideas, (rule.id, atom)
            elif not is_token(atom):
                # A colon would be a fact of a kind that nobody reads.
                assert atom.startswith("=") or ":" not in atom, (rule.id, atom)
                assert atom == atom.strip()


def _holds(atom: str, evidence: Evidence) -> bool:
    """What an atom means, without any index."""
    if is_token(atom):
        return atom in evidence.tokens
    if atom.startswith("="):
        return atom[1:] in evidence.text
    if atom.startswith("@"):
        return any(_holds(term, evidence) for term in BOOK.lexicon[atom[1:]])
    if any("\u1100" <= c <= "\u11ff" or "\u2e80" <= c <= "\uffdc" for c in atom):
        return atom in evidence.words
    needle = f" {atom[:-1]} " if atom.endswith("$") else f" {atom}"
    return needle in evidence.words


def test_the_index_finds_what_looking_at_everything_finds() -> None:
    for sample in list(samples())[::11]:
        evidence = gather(sample.text, sample.context)
        found = {match.rule.id for match in BOOK.matches(evidence)}
        for rule in BOOK.rules:
            fires = all(any(_holds(a, evidence) for a in entry) for entry in rule.when) and not any(
                _holds(atom, evidence) for atom in rule.unless
            )
            assert (rule.id in found) == fires or (rule.near and fires), (rule.id, sample)


FILE = """group = "network"
actor = "you"
source = "https://example.com"
checked = 2026-01-01
rules = [
{rules}
]

[text]
title = "A title"
"""


def kinds(*rules: str) -> list[CauseKind]:
    return list(read_causes({"x": FILE.format(rules=",\n".join(rules))}).values())


@pytest.mark.parametrize(
    "rules",
    [
        ['{ id = "a", weight = 5, when = [] }'],
        ['{ id = "a", weight = 5, when = ["x"] }', '{ id = "a", weight = 5, when = ["y"] }'],
    ],
)
def test_rules_that_cannot_be_used_are_refused(rules: list[str]) -> None:
    with pytest.raises(ValueError):
        read_rules(kinds(*rules))


def book(*rules: str, lexicon: str = "") -> RuleBook:
    return RuleBook(read_rules(kinds(*rules)), read_lexicon(lexicon))


def ids(rules: RuleBook, text: str, **context: object) -> list[str]:
    return [match.rule.id for match in rules.matches(gather(text, context))]


def test_what_a_rule_can_say() -> None:
    rules = book(
        '{ id = "fact", weight = 1, when = ["code:535"], unless = ["stage:data"] }',
        '{ id = "words", weight = 1, when = ["relay access"] }',
        '{ id = "whole-word", weight = 1, when = ["ip$"] }',
        '{ id = "characters", weight = 1, when = ["=err_cert"] }',
        '{ id = "both", weight = 1, when = ["@full", ["mailbox", "inbox"]] }',
        '{ id = "clause", weight = 1, near = true, when = ["sender", "denied"] }',
        lexicon='full = ["Überfüllt", "over quota", "已满"]',
    )
    assert ids(rules, "535 5.7.8 x") == ["fact"]
    assert ids(rules, "535 5.7.8 x", stage="data") == []
    assert ids(rules, "Relay-Access: no") == ["words"]
    assert ids(rules, "prelay accessory") == []
    assert ids(rules, "your IP is bad") == ["whole-word"]
    assert ids(rules, "ipsum") == []
    assert ids(rules, "net::ERR_CERT_DATE") == ["characters"]
    assert ids(rules, "Mailbox überfüllt") == ["both"]
    assert ids(rules, "inbox 已满") == ["both"]
    assert ids(rules, "sender x denied") == ["clause"]
    assert ids(rules, "sender " + "word " * 30 + "denied") == []


def test_addresses_and_hosts_are_no_words() -> None:
    rules = book('{ id = "a", weight = 1, when = [["relay", "spam", "blocked"]] }')
    assert (
        ids(rules, "550 <spam@example.org> via relay.example.com and https://blocked.example") == []
    )


def test_flatten_takes_case_accents_and_quotes_away() -> None:
    assert flatten("Échec’s ÜBERFÜLLT ẞ 한국어 ガ") == "echec's uberfullt ss 한국어 ガ"


def test_what_is_shown_of_an_idea_is_the_same_in_every_run() -> None:
    """Its last word in the text, whatever order a set of words has in this process."""
    terms = ["amber", "birch", "cedar", "elder", "fir", "gorse", "hazel", "iris", "larch", "maple"]
    lexicon = f"tree = {terms}".replace("'", '"')
    rules = book('{ id = "a", weight = 5, when = ["@tree"] }', lexicon=lexicon)
    for last in terms:
        rest = " ".join(term for term in terms if term != last)
        [match] = rules.matches(gather(f"{rest} {last}"))
        assert match.trigger == last
