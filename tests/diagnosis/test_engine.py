"""The ranking: what each of its constants decides, on both sides of the boundary."""

from __future__ import annotations

import pytest

from smtpwizard.causes import causes
from smtpwizard.diagnosis.engine import Guess, RankedCause, rank
from smtpwizard.model.report import Actor, Likelihood

HIGH, MEDIUM, LOW = Likelihood.HIGH, Likelihood.MEDIUM, Likelihood.LOW


def ranked(*weights: tuple[str, float]) -> tuple[RankedCause, ...]:
    return rank([Guess(slug, weight) for slug, weight in weights])


def slugs(found: tuple[RankedCause, ...]) -> list[str]:
    return [cause.slug for cause in found]


@pytest.mark.parametrize(
    ("pieces", "other", "first"),
    [
        ((4.0, 4.0), 5.9, "timeout"),
        ((4.0, 4.0), 6.1, "dns_failure"),
        ((4.0, 4.0, 4.0), 6.9, "timeout"),
        ((4.0, 4.0, 4.0), 7.1, "dns_failure"),
        ((2.0, 8.0), 8.9, "timeout"),  # the strongest counts whole, whatever the order
        ((3.0,) * 20, 6.1, "dns_failure"),
    ],
)
def test_each_further_piece_counts_half(
    pieces: tuple[float, ...], other: float, first: str
) -> None:
    found = ranked(*(("timeout", weight) for weight in pieces), ("dns_failure", other))
    assert found[0].slug == first


@pytest.mark.parametrize(
    ("weights", "likelihood"),
    [
        # A score of 9 is certain, …
        ([("timeout", 9.0)], HIGH),
        ([("timeout", 8.9)], MEDIUM),
        # … if one piece is strong by itself: hints never are.
        ([("timeout", 7.0), ("timeout", 4.0)], HIGH),
        ([("timeout", 6.9), ("timeout", 4.3)], MEDIUM),
        ([("timeout", 6.0), ("timeout", 6.0), ("timeout", 5.0), ("timeout", 5.0)], MEDIUM),
        # The lead over the next one is 3 or more.
        ([("timeout", 10.0), ("dns_failure", 7.0)], HIGH),
        ([("timeout", 10.0), ("dns_failure", 7.1)], MEDIUM),
        # Below 4 it is possible, no more.
        ([("timeout", 4.0)], MEDIUM),
        ([("timeout", 3.9)], LOW),
    ],
)
def test_how_sure_the_first_is(weights: list[tuple[str, float]], likelihood: Likelihood) -> None:
    assert ranked(*weights)[0].likelihood is likelihood


@pytest.mark.parametrize(
    ("words", "likelihood"),
    [
        (("too many", "recipients"), HIGH),
        (("too many", "too many"), MEDIUM),
        (("too many", "too many recipients"), MEDIUM),
        (("too many recipients", "many"), MEDIUM),
        # A fact without words of its own stands for itself.
        (("too many", ""), HIGH),
        (("", ""), HIGH),
    ],
)
def test_the_same_words_make_sure_once(words: tuple[str, str], likelihood: Likelihood) -> None:
    """Whatever number of rules reads them: each rule raises the score, not the certainty."""
    found = rank([Guess("timeout", 8.0, words[0]), Guess("timeout", 4.0, words[1])])
    assert found[0].likelihood is likelihood


@pytest.mark.parametrize(
    ("first", "second", "likelihood"),
    [(10.0, 7.1, MEDIUM), (10.0, 7.0, LOW), (6.0, 4.0, MEDIUM), (6.0, 3.9, LOW)],
)
def test_how_sure_the_second_is(first: float, second: float, likelihood: Likelihood) -> None:
    found = ranked(("timeout", first), ("dns_failure", second))
    assert found[1].likelihood is likelihood


@pytest.mark.parametrize(
    ("general", "exact", "first"),
    [
        (10.0, 7.0, "app_password_required"),
        (10.0, 6.9, "bad_credentials"),  # not founded: explains nothing
        (13.9, 7.0, "app_password_required"),
        (14.1, 7.0, "bad_credentials"),  # half of it is left
    ],
)
def test_a_founded_exact_cause_explains_a_general_one_away(
    general: float, exact: float, first: str
) -> None:
    found = ranked(("bad_credentials", general), ("app_password_required", exact))
    assert found[0].slug == first


@pytest.mark.parametrize(("second", "count"), [(3.0, 2), (2.9, 1)])
def test_beside_a_sure_cause_a_quarter_of_its_score_is_worth_a_word(
    second: float, count: int
) -> None:
    assert len(ranked(("timeout", 12.0), ("dns_failure", second))) == count


def test_three_are_named_and_two_where_the_first_is_near_certain() -> None:
    rest = ("dns_failure", "port_blocked", "proxy_error", "not_smtp", "clock_skew", "greylisted")
    assert len(ranked(("timeout", 6.0), *((slug, 1.0) for slug in rest))) == 3
    assert len(ranked(("timeout", 6.0), *((slug, 3.0) for slug in rest))) == 3
    assert len(ranked(("timeout", 12.0), *((slug, 4.0) for slug in rest))) == 2
    assert ranked() == ()


def test_evidence_and_variant_are_those_of_the_strongest_piece() -> None:
    found = rank(
        [
            Guess("timeout", 1, "fourth"),
            Guess("timeout", 3, "third", "weak"),
            Guess("timeout", 8, "first", "strong"),
            Guess("timeout", 5, "second"),
        ]
    )
    assert found[0].evidence == ("first", "second", "third")
    assert found[0].variant == "strong"


def test_the_actor_follows_the_facts_and_the_variant() -> None:
    expired = [Guess("cert_expired", 10, variant="not_yet")]
    assert rank([Guess("cert_expired", 10)])[0].actor is Actor.MAIL_ADMIN
    assert rank(expired)[0].actor is Actor.YOU
    # A large provider's certificate is in order: what differs sits between here and there.
    assert rank(expired, tokens={"provider:known"})[0].actor is Actor.NETWORK_ADMIN


# -- with what is usual beside the first cause -----------------------------------------------------


def test_what_only_the_table_names_is_never_likely() -> None:
    found = rank([Guess("timeout", 8)], lambda first: {"dns_failure": 3.0, "port_blocked": 2.0})
    assert slugs(found) == ["timeout", "dns_failure", "port_blocked"]
    assert [cause.likelihood for cause in found] == [MEDIUM, LOW, LOW]
    assert all(not cause.evidence for cause in found[1:])


@pytest.mark.parametrize(("hint", "second"), [(3.0, "proxy_error"), (2.9, "dns_failure")])
def test_evidence_goes_before_the_table_and_hints_do_not(hint: float, second: str) -> None:
    found = rank(
        [Guess("timeout", 8), Guess("proxy_error", hint)], lambda first: {"dns_failure": 9.0}
    )
    assert slugs(found)[:2] == ["timeout", second]


def test_hints_and_the_table_add_up() -> None:
    found = rank(
        [Guess("timeout", 8), Guess("proxy_error", 2.0)],
        lambda first: {"dns_failure": 2.5, "proxy_error": 1.0},
    )
    assert slugs(found) == ["timeout", "proxy_error", "dns_failure"]


def test_three_are_enough() -> None:
    usual = dict.fromkeys(list(causes())[:10], 1.0)
    assert len(rank([Guess("timeout", 8)], lambda first: usual)) == 3
    assert len(rank([Guess("timeout", 10)], lambda first: usual)) == 2


@pytest.mark.parametrize(
    ("first", "hint", "count"), [(14.0, 2.9, 1), (14.0, 3.0, 2), (13.9, 2.9, 2)]
)
def test_beside_what_is_said_plainly_nothing_stands_that_rests_on_hints_alone(
    first: float, hint: float, count: int
) -> None:
    usual = {"dns_failure": 1.0}
    guesses = [Guess("timeout", first), Guess("dns_failure", hint)]
    assert len(rank(guesses, lambda slug: usual)) == count


def test_a_fact_that_speaks_against_a_cause_takes_it_out_unless_evidence_speaks_for_it() -> None:
    answered = {"class:5"}
    usual = {"dns_failure": 9.0, "rate_limited": 1.0}
    assert "class:5" in causes()["dns_failure"].not_where
    assert slugs(rank([Guess("timeout", 8)], lambda first: usual, answered)) == [
        "timeout",
        "rate_limited",
    ]
    hint = [Guess("timeout", 8), Guess("dns_failure", 2.9)]
    assert slugs(rank(hint, lambda first: usual, answered)) == ["timeout", "rate_limited"]
    said = [Guess("timeout", 8), Guess("dns_failure", 3.0)]
    assert slugs(rank(said, lambda first: usual, answered))[1] == "dns_failure"
    assert slugs(rank([Guess("dns_failure", 1.0)], tokens=answered)) == ["dns_failure"]


@pytest.mark.parametrize(
    ("stage", "first"),
    [
        ("stage:oauth", "oauth_redirect_mismatch"),
        ("stage:keyring", "oauth_redirect_mismatch"),
        ("stage:data", "content_rejected"),
        ("stage:tls", "content_rejected"),
    ],
)
def test_at_a_sign_in_and_a_secret_store_what_belongs_to_mail_counts_half(
    stage: str, first: str
) -> None:
    guesses = [Guess("content_rejected", 8.0), Guess("oauth_redirect_mismatch", 5.0)]
    assert rank(guesses, None, {stage})[0].slug == first


def test_nothing_is_made_of_nothing() -> None:
    assert rank([], lambda first: {"timeout": 3.0}) == ()


def test_a_cause_stands_in_place_of_a_more_general_one_where_its_fact_holds() -> None:
    guesses = [Guess("sender_not_allowed", 10.0, "send as")]
    assert slugs(rank(guesses)) == ["sender_not_allowed"]
    [own] = rank(guesses, tokens={"sender:own"})
    assert (own.slug, own.likelihood, own.evidence) == (
        "own_sender_not_allowed",
        HIGH,
        ("send as",),
    )
