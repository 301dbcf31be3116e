"""The causes of a failure that is known only by its text: a bounce, a log, a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smtpwizard.diagnosis.engine import Diagnosis, Guess, RankedCause, rank
from smtpwizard.diagnosis.evidence import Evidence, gather, understood
from smtpwizard.diagnosis.neighbours import neighbours
from smtpwizard.diagnosis.rules import rule_book


def diagnose_text(text: str, context: Mapping[str, Any] | None = None) -> Diagnosis:
    """Ranked causes of what `text` shows; none where nothing fits.

    `context` may hold `provider`, `stage`, `port`, `security` and `auth` in loose words. Any text
    is taken; what stands beyond the first million characters is not looked at.
    """
    evidence = gather(text, context)
    ranked = rank(guesses(evidence), lambda first: neighbours().of(first, evidence.tokens))
    causes = tuple(_with_lines(cause, evidence) for cause in ranked)
    apart = (causes[0].slug, causes[1].slug) if len(causes) > 1 else None
    return Diagnosis(causes, understood(evidence), apart)


def _with_lines(cause: RankedCause, evidence: Evidence) -> RankedCause:
    lines = dict.fromkeys(evidence.line_with(trigger) for trigger in cause.evidence or ("",))
    return replace(cause, evidence=tuple(line for line in lines if line))


def guesses(evidence: Evidence) -> list[Guess]:
    """What every rule that fires says."""
    return [
        Guess(match.rule.cause, match.rule.weight, match.trigger, match.rule.variant)
        for match in rule_book().matches(evidence)
    ]
