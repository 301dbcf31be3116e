"""Explaining a failure: the ranked causes of a report or a text, with what sentences may name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smtpwizard.diagnosis import diagnose_report, diagnose_text, mentioned
from smtpwizard.diagnosis.charsets import decode_bytes
from smtpwizard.diagnosis.facts import connector_values
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Cause, Report

if TYPE_CHECKING:
    from smtpwizard.diagnosis import RankedCause
    from smtpwizard.diagnosis.facts import Fact
    from smtpwizard.providers import ProviderEntry

# What a pasted failure may be long, in bytes; and a line of JSON that holds one, escaped.
MAX_TEXT_BYTES = 1_000_000
MAX_LINE_BYTES = 7_000_000
_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a failure's text means: causes, what was understood, the two causes to tell apart."""

    causes: tuple[Cause, ...]
    understood: Mapping[str, object]
    tell_apart: tuple[Cause, Cause] | None


def explain_text(text: str, context: Mapping[str, Any] | None = None) -> Explanation:
    """The ranked causes of a failure known by its text alone; none where nothing fits."""
    diagnosis = diagnose_text(text, context)
    family = str(diagnosis.understood.get("provider", "generic"))
    values = mentioned(text)
    found = tuple(_to_cause(ranked, family, values) for ranked in diagnosis.causes)
    apart = (found[0], found[1]) if len(found) > 1 else None
    return Explanation(found, diagnosis.understood, apart)


def explain_line(line: bytes) -> Explanation:
    """The answer to one line of `diagnose --batch`: `{"raw", "context"?}`.

    Raises `UsageError` (`line_unreadable`, `line_too_long`).
    """
    if len(line) > MAX_LINE_BYTES:
        raise UsageError("line_too_long", limit=MAX_LINE_BYTES)
    try:
        document = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UsageError("line_unreadable") from None
    if not isinstance(document, dict) or not isinstance(document.get("raw"), str):
        raise UsageError("line_unreadable", field="raw" if isinstance(document, dict) else None)
    context = document.get("context")
    return explain_text(document["raw"], context if isinstance(context, dict) else None)


def decode_text(data: bytes) -> str:
    """Pasted bytes as text: UTF-16 by its mark, UTF-8, else in the character set that the text
    names, else in the likeliest."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    named = _CHARSET.search(data)
    return decode_bytes(data, named[1].decode("ascii") if named is not None else "")


def causes_for_report(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    found: Sequence[Fact] = (),
) -> tuple[Cause, ...]:
    """The causes of what stopped this report, best first; none when nothing did.

    `found` is facts that were found out afterwards.
    """
    if report.ok or report.cancelled:
        return ()
    values = connector_values(report, connector, entry)
    family = entry.family if entry is not None else "generic"
    diagnosis = diagnose_report(report, connector, entry, found)
    return tuple(_to_cause(ranked, family, values) for ranked in diagnosis.causes)


def with_causes(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    found: Sequence[Fact] = (),
) -> Report:
    """The report with its causes, and who has to act on the stage that failed."""
    causes = causes_for_report(report, connector, entry, found)
    stopped = report.stopped_at()
    if not causes or stopped is None:
        return report
    stages = tuple(
        replace(stage, actor=causes[0].actor) if stage is stopped else stage
        for stage in report.stages
    )
    return replace(report, causes=causes, stages=stages)


def _to_cause(ranked: RankedCause, family: str, values: Mapping[str, Any]) -> Cause:
    return Cause(
        ranked.slug,
        ranked.likelihood,
        ranked.actor,
        ranked.evidence,
        ranked.retryable,
        ranked.variant,
        family,
        values,
    )
