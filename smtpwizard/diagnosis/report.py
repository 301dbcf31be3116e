"""The causes of a failed verification, from its facts and what the server said."""

from __future__ import annotations

from collections.abc import Sequence

from smtpwizard.diagnosis.engine import Diagnosis, Guess, rank
from smtpwizard.diagnosis.evidence import Evidence
from smtpwizard.diagnosis.facts import Fact, facts_of, gather_words, line_of, understood_of
from smtpwizard.diagnosis.rules import Rule, rule_book
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Report
from smtpwizard.providers import ProviderEntry


def diagnose_report(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    found: Sequence[Fact] = (),
) -> Diagnosis:
    """Ranked causes of the stage that failed; none for a report without one, or an interrupted.

    `found` are facts from beyond the report.
    """
    stopped = report.stopped_at()
    if stopped is None or report.cancelled:
        return Diagnosis()
    shown = {
        fact.token: fact.line for fact in (*facts_of(report, stopped, connector, entry), *found)
    }
    words = gather_words(stopped, shown)
    evidence = words or Evidence("", "", (), (), tokens=set(shown))
    line = line_of(stopped)

    def show(rule: Rule) -> str:
        lines = (shown.get(atom) for entry in rule.when for atom in entry)
        return next(filter(None, lines), line)

    # Without words, the rules about texts have nothing to look at but the setting.
    causes = rank(
        [
            Guess(match.rule.cause, match.rule.weight, show(match.rule), match.rule.variant)
            for match in rule_book().matches(evidence)
            if words is not None or match.rule.ours
        ],
        tokens=evidence.tokens,
    )
    return Diagnosis(causes, understood_of(stopped))
