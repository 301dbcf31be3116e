"""How well and how fast failures are explained, and which cases hang on which rule and weight.

Without a corpus it takes the cases of tests/diagnosis/samples, which are in the repository. A
corpus is JSON Lines with `raw`, `context` and `category`; `context.also_plausible` lists causes
that count as right too. `--weights` leaves every rule out and moves its weight by one, and counts
the cases whose first cause is then no longer right (or wrong and sure), and those whose first cause
or its likelihood is another. A rule without any could go, a weight without any could be another.

Usage: python benchmarks/diagnosis.py [CORPUS] [--wrong] [--weights [CAUSE]]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from smtpwizard.diagnosis import diagnose_text  # noqa: E402
from smtpwizard.diagnosis.engine import Guess, rank  # noqa: E402
from smtpwizard.diagnosis.evidence import Evidence, gather  # noqa: E402
from smtpwizard.diagnosis.neighbours import neighbours  # noqa: E402
from smtpwizard.diagnosis.rules import Match, Rule, rule_book  # noqa: E402
from smtpwizard.model.report import Likelihood  # noqa: E402
from tests.diagnosis.samples import samples  # noqa: E402


@dataclass(frozen=True)
class Case:
    """A text, its context, the cause that it shows first of all, and every right answer."""

    name: str
    text: str
    context: dict[str, Any]
    cause: str
    right: frozenset[str]


@dataclass(frozen=True)
class Figures:
    """Shares of the cases, 0 to 1; `sure_and_wrong` is a first cause that is likely and wrong."""

    first: float
    three: float
    sure: float
    sure_and_wrong: float


def own_cases() -> list[Case]:
    """The cases of the repository, one for each sample."""
    return [
        Case(f"{s.cause}: {s.text[:60]!r}", s.text, dict(s.context), s.cause, s.right)
        for s in samples()
    ]


def corpus_cases(path: Path) -> list[Case]:
    """The cases of a file from elsewhere."""
    out = []
    for line in path.read_text("utf-8").splitlines():
        item = json.loads(line)
        context = item.get("context", {})
        right = frozenset((item["category"], *context.get("also_plausible", ())))
        out.append(Case(item["id"], item["raw"], context, item["category"], right))
    return out


def measure(cases: Sequence[Case]) -> Figures:
    """The figures over these cases."""
    first = three = sure = wrong = 0
    for case in cases:
        found = diagnose_text(case.text, case.context).causes
        ok = bool(found) and found[0].slug in case.right
        is_sure = bool(found) and found[0].likelihood is Likelihood.HIGH
        first += ok
        three += any(cause.slug in case.right for cause in found[:3])
        sure += is_sure
        wrong += is_sure and not ok
    total = len(cases)
    return Figures(first / total, three / total, sure / total, wrong / total)


@dataclass(frozen=True)
class Verdict:
    """The first cause of a case, how likely it is, and whether it is right."""

    first: str
    likelihood: Likelihood
    right: bool

    def is_worse(self, other: Verdict) -> bool:
        """No longer right, or wrong as before but now sure of it."""
        sure = not self.right and self.likelihood is Likelihood.HIGH
        was_sure = not other.right and other.likelihood is Likelihood.HIGH
        return (other.right and not self.right) or (sure and not was_sure)


@dataclass(frozen=True)
class Effect:
    """What a change of one rule does: names of cases."""

    rule: str
    change: str
    worse: list[str]
    other: list[str]


@dataclass(frozen=True)
class Reading:
    """A case with what was read in it and which rules fired."""

    case: Case
    evidence: Evidence
    matches: tuple[Match, ...]

    def verdict(self, change: Callable[[Match], float | None]) -> Verdict:
        """What comes first with the weights that `change` gives (None: as if without the rule)."""
        weights = ((match, change(match)) for match in self.matches)
        guesses = [
            Guess(match.rule.cause, weight, "", match.rule.variant)
            for match, weight in weights
            if weight is not None
        ]
        tokens = self.evidence.tokens
        found = rank(guesses, lambda first: neighbours().of(first, tokens), tokens)
        if not found:
            return Verdict("", Likelihood.LOW, right=False)
        first = found[0]
        return Verdict(first.slug, first.likelihood, first.slug in self.case.right)


def weigh(cases: Sequence[Case], cause: str | None = None) -> Iterator[Effect]:
    """What each change of each rule does, for the rules of one cause or of all."""
    book = rule_book()
    readings = []
    for case in cases:
        evidence = gather(case.text, case.context)
        readings.append(Reading(case, evidence, tuple(book.matches(evidence))))
    now = [reading.verdict(lambda match: match.rule.weight) for reading in readings]
    for rule in book.rules:
        if rule.ours or cause not in (None, rule.cause):
            continue
        concerned = [
            (reading, verdict)
            for reading, verdict in zip(readings, now, strict=True)
            if any(match.rule is rule for match in reading.matches)
        ]
        for name, weight in _changes(rule.weight):
            worse, other = [], []
            for reading, before in concerned:
                after = reading.verdict(partial(_changed, rule, weight))
                if after.is_worse(before):
                    worse.append(reading.case.name)
                elif after != before:
                    other.append(reading.case.name)
            yield Effect(rule.id, name, worse, other)


def _changes(weight: float) -> Iterator[tuple[str, float | None]]:
    yield "left out", None
    yield "less by 1", max(weight - 1, 0.0)
    yield "more by 1", weight + 1


def _changed(rule: Rule, weight: float | None, match: Match) -> float | None:
    return weight if match.rule is rule else match.rule.weight


def list_wrong(cases: Sequence[Case]) -> None:
    """Print what is not right first."""
    for case in cases:
        found = diagnose_text(case.text, case.context).causes
        if not found or found[0].slug not in case.right:
            shown = [f"{c.slug}/{c.likelihood.value}" for c in found[:4]]
            print(f"{case.name}: {sorted(case.right)} -> {shown}\n    {case.text[:400]!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", help="JSON Lines; else our own cases")
    parser.add_argument("--wrong", action="store_true", help="list what is not right first")
    parser.add_argument(
        "--weights", nargs="?", const="", metavar="CAUSE", help="what hangs on each rule"
    )
    options = parser.parse_args()
    if options.corpus is not None and not options.corpus.is_file():
        print(f"no corpus at {options.corpus}")
        return 2
    cases = corpus_cases(options.corpus) if options.corpus is not None else own_cases()
    if options.weights is not None:
        print(f"{'rule':<40} {'change':<10} worse other")
        for effect in weigh(cases, options.weights or None):
            counts = f"{len(effect.worse):>5} {len(effect.other):>5}"
            shown = "; ".join((effect.worse + effect.other)[:2])
            print(f"{effect.rule:<40} {effect.change:<10} {counts}  {shown}")
        return 0
    if options.wrong:
        list_wrong(cases)
    rule_book()
    began = time.perf_counter()
    figures = measure(cases)
    seconds = time.perf_counter() - began
    print(f"cases                {len(cases)}")
    print(f"right cause first    {figures.first:.1%}")
    print(f"in the first three   {figures.three:.1%}")
    print(f"sure                 {figures.sure:.1%}")
    print(f"sure and wrong       {figures.sure_and_wrong:.1%}")
    print(f"cases a second       {len(cases) / seconds:.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
