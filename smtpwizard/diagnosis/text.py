"""The causes of a failure that is known only by its text: a bounce, a log, a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smtpwizard.diagnosis.engine import Diagnosis, Guess, RankedCause, rank
from smtpwizard.diagnosis.evidence import FAILURE, Evidence, gather, understood
from smtpwizard.diagnosis.neighbours import neighbours
from smtpwizard.diagnosis.rules import SETTING, rule_book


def diagnose_text(text: str, context: Mapping[str, Any] | None = None) -> Diagnosis:
    """Ranked causes of what `text` shows; none where nothing fits.

    `context` may hold `provider`, `stage`, `port`, `security` and `auth` in loose words. Any text
    is taken; what stands beyond the first million characters is not looked at.
    """
    evidence = gather(text, context)
    matches = rule_book().matches(evidence)
    if all(match.rule.of_the_setting for match in matches) and not _says_something(evidence):
        return Diagnosis((), understood(evidence))
    found = [Guess(m.rule.cause, m.rule.weight, m.trigger, m.rule.variant) for m in matches]
    tokens = evidence.tokens
    ranked = rank(found, lambda first: neighbours().of(first, tokens), tokens)
    causes = tuple(
        _with_lines(cause, evidence, first=place == 0) for place, cause in enumerate(ranked)
    )
    return Diagnosis(causes, understood(evidence))


def _with_lines(cause: RankedCause, evidence: Evidence, *, first: bool) -> RankedCause:
    """The cause with the lines that led to it; one that is merely usual has none."""
    lines = evidence.lines_with(cause.evidence)
    if first and not lines:
        lines = (evidence.first_line(),)
    return replace(cause, evidence=tuple(line for line in lines if line))


def _says_something(evidence: Evidence) -> bool:
    """Whether the text itself, read in its setting, tells of a failure; in a script that no rule
    reads it is taken for one."""
    if any(token.split(":", 1)[0] not in SETTING for token in evidence.tokens):
        return True
    letters = any(char.isalpha() and ord(char) > 0x24F for char in evidence.words)
    return letters or FAILURE.search(evidence.words) is not None
