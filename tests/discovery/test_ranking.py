"""Which candidate comes first, and when nobody is waited for any longer."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.discovery.ranking import (
    BESIDE_S,
    DOUBT_S,
    OTHERS_TIMEOUT_S,
    SERVER_S,
    SPEAKING_IN_DOUBT_S,
    SPEAKING_S,
    Pending,
    Rank,
    Settled,
    enough_after,
    methods_by,
    ranked,
)
from smtpwizard.model.connector import CUSTOM, Method, Security, ServerDefaults
from smtpwizard.model.discovery import Candidate, FoundBy, ServerAnswer

SOURCES = {
    Rank.MX: FoundBy.MX,
    Rank.AUTOCONFIG: FoundBy.AUTOCONFIG,
    Rank.ISPDB: FoundBy.ISPDB,
    Rank.SUBMISSIONS: FoundBy.SRV,
    Rank.PROBE: FoundBy.PROBE,
}
TLS = ServerAnswer(("implicit_tls",), ("PLAIN",), speaks=True)


def candidate(host: str, rank: Rank, port: int = 465, **changes: Any) -> Candidate:
    security = {465: Security.IMPLICIT_TLS, 587: Security.STARTTLS, 25: Security.STARTTLS}[port]
    server = ServerDefaults(host, port, changes.pop("security", security))
    known = {"methods": (), "provider": CUSTOM, "trusted": True, "why": "srv", **changes}
    return Candidate(server, "me@q.example", source=SOURCES[rank], rank=rank, **known)


def hosts(*candidates: Candidate) -> list[str]:
    return [each.server.host for each in ranked(candidates)]


def test_the_rank_of_the_source_decides_and_not_who_answers() -> None:
    early = candidate("probe", Rank.PROBE, answer=TLS)
    late = candidate("srv", Rank.SUBMISSIONS)
    silent = candidate("page", Rank.AUTOCONFIG, answer=ServerAnswer(error="timeout"))
    assert hosts(early, late, silent) == ["page", "srv", "probe"]


def test_of_one_source_the_order_stays_but_for_port_25() -> None:
    first = candidate("b", Rank.AUTOCONFIG, 587)
    second = candidate("a", Rank.AUTOCONFIG)
    last = candidate("c", Rank.AUTOCONFIG, 25)
    assert hosts(last, first, second) == ["b", "a", "c"]


def test_the_same_settings_are_as_trusted_as_one_of_their_sources() -> None:
    guess = candidate("mail", Rank.MX, trusted=False, why="mx", provider="gmail")
    page = candidate("mail", Rank.AUTOCONFIG, why="autoconfig", methods=(Method.BASIC,))
    [one] = ranked([guess._replace(methods=(Method.OAUTH,)), page])
    assert (one.rank, one.source, one.trusted) == (Rank.MX, FoundBy.AUTOCONFIG, True)
    assert (one.provider, one.methods) == ("gmail", (Method.OAUTH,))
    assert one.also == (FoundBy.MX,)
    [other] = ranked([page, candidate("MAIL", Rank.PROBE, trusted=False, answer=TLS)])
    assert (other.source, other.also, other.answer) == (FoundBy.AUTOCONFIG, (FoundBy.PROBE,), TLS)


def test_plain_text_is_last_and_gone_where_tls_answers() -> None:
    plain = candidate("plain", Rank.AUTOCONFIG, 25, security=Security.NONE)
    tls = candidate("tls", Rank.PROBE)
    assert hosts(plain, tls) == ["tls", "plain"]
    assert hosts(plain, tls._replace(answer=TLS)) == ["tls"]


def test_what_works_takes_the_place_of_what_was_said() -> None:
    said = candidate("mail", Rank.AUTOCONFIG, 587, answer=TLS)
    [one] = ranked([said])
    assert (one.server.security, one.facts["said"]) == (Security.IMPLICIT_TLS, "starttls")
    [kept] = ranked([said._replace(answer=ServerAnswer(("starttls", "implicit_tls")))])
    assert kept.server.security is Security.STARTTLS
    [silent] = ranked([said._replace(answer=ServerAnswer(error="refused"))])
    assert silent.server.security is Security.STARTTLS


def test_methods_as_a_server_says() -> None:
    assert methods_by(ServerAnswer(mechanisms=("xoauth2",))) == (Method.OAUTH,)
    assert methods_by(ServerAnswer(mechanisms=("LOGIN", "XOAUTH2"))) == (
        Method.BASIC,
        Method.OAUTH,
    )
    assert methods_by(ServerAnswer()) == ()


# -- enough ----------------------------------------------------------------------------------------

HOLES = [Pending(rank, heard=False) for rank in Rank]


def good(rank: Rank, after_s: float) -> Settled:
    return Settled(rank, good=True, trusted=True, after_s=after_s)


def test_as_long_as_nothing_is_settled_all_the_time_is_given() -> None:
    assert enough_after([], HOLES) is None


def test_ten_black_holes_cost_a_tenth_at_most() -> None:
    for seconds in (0.6, 1.0, 3.0, 7.0):
        settled = [good(Rank.SUBMISSIONS, 0.1), good(Rank.AUTOCONFIG, seconds)]
        enough = enough_after(settled, HOLES)
        assert enough is not None
        assert enough <= 1.1 * seconds


def test_what_is_quick_is_given_a_moment_for_the_others() -> None:
    assert enough_after([good(Rank.SUBMISSIONS, 0.01)], HOLES) == OTHERS_TIMEOUT_S


def test_what_is_doubtful_is_waited_with_longer() -> None:
    doubtful = Settled(Rank.MX, good=False, trusted=False, after_s=0.1)
    assert enough_after([doubtful], HOLES) == DOUBT_S


def test_who_has_begun_and_could_come_first_is_waited_for() -> None:
    settled = [good(Rank.SUBMISSIONS, 0.1)]
    better = Pending(Rank.AUTOCONFIG, heard=True)
    assert enough_after(settled, [better]) == SPEAKING_S
    for other in (Rank.SUBMISSIONS, Rank.PROBE):
        assert enough_after(settled, [Pending(other, heard=True)]) == BESIDE_S


def test_who_could_not_come_first_is_waited_for_a_moment_only() -> None:
    settled = [good(Rank.AUTOCONFIG, 0.05)]
    worse = [Pending(rank, heard=False) for rank in Rank if rank >= Rank.AUTOCONFIG]
    assert enough_after(settled, worse) == BESIDE_S
    for better in (Rank.MX, Rank.BEHIND_FILTER):
        waiting = [*worse, Pending(better, heard=False)]
        assert enough_after(settled, waiting) == OTHERS_TIMEOUT_S
    # What is not trusted may still be said by somebody who is.
    guess = Settled(Rank.MX, good=True, trusted=False, after_s=0.05)
    assert enough_after([guess], worse) == OTHERS_TIMEOUT_S
    assert enough_after([guess, *settled], worse) == OTHERS_TIMEOUT_S


def test_a_page_of_the_domain_is_worth_more_where_nothing_is_trusted() -> None:
    guess = Settled(Rank.PROBE, good=True, trusted=False, after_s=0.1)
    page = Pending(Rank.AUTOCONFIG, heard=True)
    server = Pending(Rank.PROBE, heard=True, is_server=True)
    assert enough_after([guess], [page]) == SPEAKING_IN_DOUBT_S
    assert enough_after([guess], [page._replace(rank=Rank.PROBE)]) == OTHERS_TIMEOUT_S
    assert enough_after([guess], [page, server]) == SPEAKING_IN_DOUBT_S
    assert enough_after([guess], [server]) == SERVER_S
    assert enough_after([good(Rank.PROBE, 5.0)], [page, server]) == pytest.approx(5.1)
