"""Weights of evidence -> ranked causes; no rule and no sentence stands here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from smtpwizard.causes import CauseKind, causes
from smtpwizard.model.report import Actor, Likelihood

# What each further piece of evidence for a cause counts, as a share of the one before.
DECAY = 0.5
# A score from which a cause is near certain, and the lead over the next one that it needs.
CERTAIN = 9.0
LEAD = 3.0
# Near certain takes one piece of evidence that speaks strongly; hints add up to likely at most.
# What several rules read in the same words is one piece here.
STRONG = 7.0
PLAUSIBLE = 4.0
# From this score on a cause explains more general ones away.
FOUNDED = 7.0
# What is left of the score of one that is explained away, or out of place.
EXPLAINED = 0.5
# Where no mail is handed over: what belongs to mail alone is said there by chance.
NO_MAIL = frozenset(("stage:oauth", "stage:keyring"))
# A cause below this share of the best one is not worth a reader's time.
SHARE = 0.25
MOST = 3
# So many where the first is near certain.
BESIDE_CERTAIN = 2
# Below this score a cause rests on hints alone.
HINT = 3.0
# From this score on nothing that rests on hints alone stands beside a near certain cause.
PLAIN = 14.0
# So many pieces of evidence are shown for a cause.
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """One piece of evidence for a cause; `variant` picks a more exact sentence."""

    slug: str
    weight: float
    evidence: str = ""
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class RankedCause:
    """A cause with its place in the ranking; the sentences come from `messages`."""

    slug: str
    likelihood: Likelihood
    actor: Actor
    evidence: tuple[str, ...] = ()
    retryable: bool = False
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Ranked causes, and what was understood of the evidence."""

    causes: tuple[RankedCause, ...] = ()
    understood: Mapping[str, object] = field(default_factory=dict)


def rank(
    guesses: Sequence[Guess],
    others: Callable[[str], Mapping[str, float]] | None = None,
    tokens: Set[str] = frozenset(),
) -> tuple[RankedCause, ...]:
    """Add up the evidence per cause and say in words how sure the order is.

    Every further piece counts half of what the one before counted: many hints never outweigh one
    plain statement. `others` says what else is usual beside a first cause: it orders what only
    hints speak for, and completes the first three with a low likelihood. `tokens` are facts that
    may name another actor.
    """
    kinds = causes()
    guesses = _more_exact(guesses, kinds, tokens)
    scores: dict[str, float] = {}
    counted: dict[str, int] = {}
    strong: set[str] = {guess.slug for guess in guesses if guess.weight >= STRONG}
    for guess in sorted(guesses, key=_by_weight):
        place = counted.get(guess.slug, 0)
        scores[guess.slug] = scores.get(guess.slug, 0.0) + guess.weight * DECAY**place
        counted[guess.slug] = place + 1
    if out_of_place := NO_MAIL & tokens:
        for slug in scores:
            if not out_of_place.isdisjoint(kinds[slug].not_where):
                scores[slug] *= EXPLAINED
    _explain_away(scores, kinds)
    order = sorted((slug for slug in scores if scores[slug] > 0), key=lambda s: -scores[s])
    usual = others(order[0]) if order and others is not None else {}
    if usual:
        order = _with_usual(order, scores, usual)
    order = [
        slug
        for place, slug in enumerate(order)
        if place == 0 or scores.get(slug, 0.0) >= HINT or tokens.isdisjoint(kinds[slug].not_where)
    ]
    out: list[RankedCause] = []
    for place, slug in enumerate(order[:MOST]):
        score = scores.get(slug, 0.0)
        sure = bool(out) and out[0].likelihood is Likelihood.HIGH
        if sure and (
            place >= BESIDE_CERTAIN
            or (not usual and score < SHARE * scores[order[0]])
            or (score < HINT and scores[order[0]] >= PLAIN)
        ):
            break
        mine = sorted((g for g in guesses if g.slug == slug and g.weight > 0), key=_by_weight)
        following = max((scores[s] for s in scores if s != slug), default=0.0)
        if (
            place == 0
            and slug in strong
            and score >= CERTAIN
            and score - following >= LEAD
            and _distinct(mine) >= CERTAIN
        ):
            likelihood = Likelihood.HIGH
        elif score >= PLAUSIBLE and (place == 0 or scores[order[0]] - score < LEAD):
            likelihood = Likelihood.MEDIUM
        else:
            likelihood = Likelihood.LOW
        variant = next((g.variant for g in mine if g.variant), None)
        out.append(
            RankedCause(
                slug,
                likelihood,
                _actor(kinds[slug], variant, tokens),
                tuple(dict.fromkeys(g.evidence for g in mine if g.evidence))[:SHOWN],
                kinds[slug].retryable,
                variant,
            )
        )
    return tuple(out)


def _more_exact(
    guesses: Sequence[Guess], kinds: Mapping[str, CauseKind], tokens: Set[str]
) -> Sequence[Guess]:
    """What points to a cause, pointing to the one that stands in its place where a fact holds."""
    places = {
        general: slug
        for slug, kind in kinds.items()
        for general, fact in kind.in_place_of.items()
        if fact in tokens
    }
    return [replace(guess, slug=places.get(guess.slug, guess.slug)) for guess in guesses]


def _with_usual(
    order: Sequence[str], scores: Mapping[str, float], usual: Mapping[str, float]
) -> list[str]:
    """What evidence speaks for stays in its order; the rest by hints and what is usual."""
    founded = [slug for slug in order if scores[slug] >= HINT or slug == order[0]]
    rest = {*order, *usual} - set(founded)
    weights = {slug: scores.get(slug, 0.0) + usual.get(slug, 0.0) for slug in rest}
    return founded + sorted(rest, key=lambda slug: (-weights[slug], slug))


def _explain_away(scores: dict[str, float], kinds: Mapping[str, CauseKind]) -> None:
    """Half the score of a general cause where a more exact one is well founded."""
    founded = [slug for slug, score in scores.items() if score >= FOUNDED]
    explained = {general for slug in founded for general in kinds[slug].explains}
    for slug in explained & set(scores):
        scores[slug] *= EXPLAINED


def _distinct(mine: Sequence[Guess]) -> float:
    """The score of these pieces, heaviest first, where the same words count once."""
    score, kept = 0.0, list[str]()
    share = 1.0
    for guess in mine:
        words = guess.evidence
        if words and any(words in other or other in words for other in kept):
            continue
        if words:
            kept.append(words)
        score += guess.weight * share
        share *= DECAY
    return score


def _actor(kind: CauseKind, variant: str | None, tokens: Set[str]) -> Actor:
    """Who acts here: the first fact or variant that the cause names, else who usually does."""
    for fact, actor in kind.actor_if.items():
        if fact in tokens or fact == f"variant:{variant}":
            return actor
    return kind.actor


def _by_weight(guess: Guess) -> float:
    return -guess.weight
