"""Which candidate comes first, which are the same, and when enough is known. Does no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from smtpwizard.model.connector import CUSTOM, Method, Security
from smtpwizard.model.discovery import Candidate, Flaw, ServerAnswer

MAX_CANDIDATES = 20


class Rank(IntEnum):
    """The sources, the one that knows best first."""

    CATALOGUE = 0
    MX = 1
    BEHIND_FILTER = 2
    AUTOCONFIG = 3
    ISPDB = 4
    SUBMISSIONS = 5
    SUBMISSION = 6
    HOSTER_AUTOCONFIG = 7
    HOSTER_ISPDB = 8
    HINT = 9
    AUTOCONFIG_IN_CLEAR = 10
    PROBE = 11


def ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Every settings once, the best first; without encryption only where nothing answers with it.

    A candidate keeps its place whether its server answers or not; one whose server was seen not to
    do comes after those that may, and one whose name does not exist last.
    """
    by_key: dict[tuple[str, int, str], list[Candidate]] = {}
    for candidate in candidates:
        adapted = _as_answered(candidate)
        by_key.setdefault(adapted.key, []).append(adapted)
    merged = [_merged(same) for same in by_key.values()]
    encrypted = any(each.answer is not None and each.answer.security for each in merged)
    if encrypted:
        merged = [each for each in merged if each.server.security is not Security.NONE]
    # Sorting keeps the order of what is equal: that of a file, of priorities.
    merged.sort(key=_place)
    return tuple(merged[:MAX_CANDIDATES])


def _place(candidate: Candidate) -> tuple[bool, bool, bool, int, bool]:
    """Where a candidate stands among the others, the best first."""
    flaw, plain = candidate.flaw, candidate.server.security is Security.NONE
    absent = flaw is Flaw.NO_SUCH_NAME
    return absent, plain, flaw is not None, candidate.rank, _last(candidate)


def _last(candidate: Candidate) -> bool:
    """Port 25 is for mail between servers: what else a source names comes before it."""
    return candidate.server.port == 25


def _as_answered(candidate: Candidate) -> Candidate:
    """With the encryption that was seen to work in place of one that did not: never with less."""
    answer = candidate.answer
    if answer is None:
        return candidate
    methods = candidate.methods or methods_by(answer)
    said = candidate.server.security
    if not answer.security or said.value in answer.security:
        return candidate._replace(methods=methods)
    works = Security(answer.security[0])
    facts = {**candidate.facts, "said": said.value}
    server = candidate.server._replace(security=works)
    return candidate._replace(server=server, methods=methods, facts=facts)


def methods_by(answer: ServerAnswer) -> tuple[Method, ...]:
    """How one may sign in, as a server says."""
    offered = {mechanism.upper() for mechanism in answer.mechanisms}
    oauth = offered & {"XOAUTH2", "OAUTHBEARER"}
    found = []
    if offered - oauth:
        found.append(Method.BASIC)
    if oauth:
        found.append(Method.OAUTH)
    return tuple(found)


def _merged(same: Sequence[Candidate]) -> Candidate:
    """One candidate for what several sources say: as good as the best of them, and as trusted."""
    first = min(same, key=lambda each: each.rank)
    told = min(same, key=lambda each: (not each.trusted, each.rank))
    sources = dict.fromkeys(each.source for each in sorted(same, key=lambda each: each.rank))
    sources.pop(told.source, None)
    provider = next((each.provider for each in same if each.provider != CUSTOM), told.provider)
    methods = next((each.methods for each in (told, *same) if each.methods), ())
    if told.provider != provider:
        methods = next(each.methods for each in same if each.provider == provider) or methods
    answer = next((each.answer for each in same if each.answer is not None), None)
    return told._replace(
        rank=first.rank, also=tuple(sources), provider=provider, methods=methods, answer=answer
    )


# -- enough ----------------------------------------------------------------------------------------


class Pending(NamedTuple):
    """Something that is not answered yet: the best rank that it could have, and whether anything
    was heard of it since it was asked."""

    rank: int
    heard: bool
    is_server: bool = False
    """A server that is spoken to, not a place that names one."""


class Settled(NamedTuple):
    """A candidate that nothing more is to be learnt of, and how long that took, in seconds."""

    rank: int
    good: bool
    """Trusted, or its server has answered."""
    trusted: bool
    after_s: float


# Who is silent is waited for so long at least, and where nothing is good yet; where something is
# trusted and none of the silent could come before it, so long, for other answers beside it. Less
# would cut off in every network whoever is merely far away. Seconds.
OTHERS_TIMEOUT_S = 0.5
DOUBT_S = 1.5
BESIDE_S = 0.25
# Who has begun to speak, does not come to an end, and could come first: with something that is
# trusted in hand, without it, and a server that is named already.
SPEAKING_S = 1.1
SPEAKING_IN_DOUBT_S = 3.0
SERVER_S = 2.0
# Who was silent while somebody else said all there is to say is not waited for much longer.
_LONGER = 1.02


def enough_after(settled: Sequence[Settled], pending: Sequence[Pending]) -> float | None:
    """After how many seconds nobody is waited for any longer; None for as long as is allowed.

    Once somebody has answered, what a black hole swallows would only cost time: the silent are
    left as soon as they took longer than the slowest that was of use, those that have begun and
    could come first a little later, the more so where nothing is trusted yet.
    """
    if not settled:
        return None
    slowest = max(each.after_s for each in settled)
    good = [each for each in settled if each.good]
    best = min((each.rank for each in good), default=Rank.PROBE + 1)
    trusted = min((each.rank for each in good if each.trusted), default=None)
    moment = OTHERS_TIMEOUT_S if good else DOUBT_S
    if trusted == best and all(each.rank >= best for each in pending):
        moment = BESIDE_S
    timeout = max(slowest * _LONGER, moment)
    # A server that is named is one of the answers; a page of the same kind would bring no better.
    better = [p for p in pending if p.heard and p.rank < best + int(p.is_server)]
    if not better:
        return timeout
    pages = [each for each in better if not each.is_server]
    speaking = SPEAKING_S if trusted is not None else SPEAKING_IN_DOUBT_S
    longest = max(speaking if pages else 0.0, SERVER_S if len(pages) < len(better) else 0.0)
    return max(timeout, longest)
