"""The rules as data: each fires on a sample, names what exists, and is indexed right."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from smtpwizard.diagnosis.causes import CAUSES, EXPLAINED_BY
from smtpwizard.diagnosis.engine import Guess, rank
from smtpwizard.diagnosis.evidence import Evidence, flatten, gather
from smtpwizard.diagnosis.rules import RuleBook, is_token, read_lexicon, read_rules, rule_book
from smtpwizard.model.report import Likelihood
from tests.diagnosis.samples import samples

BOOK = rule_book()
TEXT = files("smtpwizard.diagnosis").joinpath("rules.toml").read_text("utf-8")


def test_every_rule_fires_on_a_sample() -> None:
    fired = {
        match.rule.id
        for sample in samples()
        for match in BOOK.matches(gather(sample.text, sample.context))
    }
    assert {rule.id for rule in BOOK.rules} - fired == set()


def test_every_cause_has_rules_with_a_source_and_a_date() -> None:
    import tomllib

    document = tomllib.loads(TEXT)
    assert set(document) == set(CAUSES)
    for table in document.values():
        assert table["source"].startswith("https://")
        assert date.fromisoformat(table["checked"]) <= date(2027, 1, 1)


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


def test_explanations_name_causes() -> None:
    for general, exact in EXPLAINED_BY.items():
        assert general in CAUSES
        assert exact <= set(CAUSES)
        assert general not in exact


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


RULES = """
[{cause}]
source = "https://example.com"
checked = "2026-01-01"
rules = [{{ id = "a", w = 5, when = {when} }}{more}]
"""


def one(when: str = '["code:535"]', cause: str = "timeout", more: str = "") -> str:
    return RULES.format(cause=cause, when=when, more=more)


@pytest.mark.parametrize(
    "text",
    [
        one(cause="no_such_cause"),
        one(when="[]"),
        one(more=', { id = "a", w = 5, when = ["x"] }'),
        one().replace('source = "https://example.com"', ""),
        one().replace('checked = "2026-01-01"', ""),
    ],
)
def test_rules_that_cannot_be_used_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_rules(text)


def book(*rules: str, lexicon: str = "") -> RuleBook:
    listed = ",\n".join(rules)
    text = f'[timeout]\nsource = "https://e"\nchecked = "2026-01-01"\nrules = [\n{listed}\n]\n'
    return RuleBook(read_rules(text), read_lexicon(lexicon))


def ids(rules: RuleBook, text: str, **context: object) -> list[str]:
    return [match.rule.id for match in rules.matches(gather(text, context))]


def test_what_a_rule_can_say() -> None:
    rules = book(
        '{ id = "fact", w = 1, when = ["code:535"], unless = ["stage:data"] }',
        '{ id = "words", w = 1, when = ["relay access"] }',
        '{ id = "whole-word", w = 1, when = ["ip$"] }',
        '{ id = "characters", w = 1, when = ["=err_cert"] }',
        '{ id = "both", w = 1, when = ["@full", "mailbox | inbox"] }',
        '{ id = "clause", w = 1, near = true, when = ["sender", "denied"] }',
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
    rules = book('{ id = "a", w = 1, when = ["relay | spam | blocked"] }')
    assert (
        ids(rules, "550 <spam@example.org> via relay.example.com and https://blocked.example") == []
    )


def test_flatten_takes_case_accents_and_quotes_away() -> None:
    assert flatten("Échec’s ÜBERFÜLLT ẞ 한국어 ガ") == "echec's uberfullt ss 한국어 ガ"


# -- ranking ---------------------------------------------------------------------------------------


def test_many_hints_never_outweigh_one_plain_statement() -> None:
    hints = [Guess("timeout", 3.0)] * 20
    assert rank([*hints, Guess("dns_failure", 10)])[0].slug == "dns_failure"


def test_likelihood_needs_weight_and_a_lead() -> None:
    sure = rank([Guess("timeout", 10), Guess("dns_failure", 2)])
    assert sure[0].likelihood is Likelihood.HIGH
    close = rank([Guess("timeout", 10), Guess("dns_failure", 9)])
    assert [c.likelihood for c in close] == [Likelihood.MEDIUM, Likelihood.MEDIUM]
    weak = rank([Guess("timeout", 2)])
    assert weak[0].likelihood is Likelihood.LOW


def test_an_exact_cause_explains_a_general_one_away() -> None:
    causes = rank([Guess("bad_credentials", 10), Guess("app_password_required", 8)])
    assert causes[0].slug == "app_password_required"


def test_three_causes_are_named_where_none_is_sure() -> None:
    guesses = [Guess("timeout", 6), Guess("dns_failure", 1), Guess("port_blocked", 1)]
    assert len(rank(guesses)) == 3
    assert len(rank([Guess("timeout", 10), *guesses[1:]])) == 1
    assert rank([]) == ()
