"""Explaining a failure: the ranked causes of a report or a text, with what sentences may name."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from smtpwizard.diagnosis import diagnose_report, diagnose_text, mentioned
from smtpwizard.diagnosis.charsets import decode_bytes
from smtpwizard.diagnosis.facts import Fact, connector_values
from smtpwizard.diagnosis.setting import STAGES as STAGES
from smtpwizard.messages.odd_characters import odd_line
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Cause, Report
from smtpwizard.model.texts import decode_text

if TYPE_CHECKING:
    from smtpwizard.diagnosis import RankedCause
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


def explain_text(
    text: str, context: Mapping[str, Any] | None = None, known: Mapping[str, Any] | None = None
) -> Explanation:
    """The ranked causes of a failure known by its text alone; none where nothing fits.

    `known` is what sentences may name besides what the text itself names.
    """
    diagnosis = diagnose_text(text, context)
    family = str(diagnosis.understood.get("provider", "generic"))
    values = {**mentioned(text), **(known or {}), "pasted": True}
    found = tuple(_to_cause(ranked, family, values) for ranked in diagnosis.causes)
    apart = (found[0], found[1]) if len(found) > 1 else None
    return Explanation(found, diagnosis.understood, apart)


def is_stage(name: str) -> bool:
    """Whether a context may name this stage."""
    return name.strip().lower() in (*STAGES, "other")


def read_pasted(data: bytes) -> str:
    """The text of a failure as it was pasted, piped or cut off: Unicode, else in the character set
    that the text names, else in the likeliest."""
    with suppress(UnicodeDecodeError):
        return decode_text(data)
    encoding = json.detect_encoding(data)
    if not encoding.startswith("utf-8"):  # its mark says it, but the end is missing
        return data.decode(encoding, "replace")
    named = _CHARSET.search(data)
    return decode_bytes(data, named[1].decode("ascii") if named is not None else "")


def line_reader(source: IO[bytes]) -> Callable[[int], bytes]:
    """The `readline` of lines of JSON, as UTF-8 also where their byte order mark says UTF-16."""
    head = source.peek(2)[:2] if isinstance(source, io.BufferedReader) else b""
    if head not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return source.readline
    text = io.TextIOWrapper(source, encoding="utf-16", errors="replace", newline="\n")
    return lambda size: text.readline(size).encode("utf-8", "replace")


def causes_for_report(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    found: Sequence[Fact] = (),
    known: Mapping[str, Any] | None = None,
) -> tuple[Cause, ...]:
    """The causes of what stopped this report, best first; none when nothing did.

    `found` is facts that were found out afterwards, `known` what sentences may name besides.
    """
    if report.ok or report.cancelled:
        return ()
    before = report.causes[0].values if report.causes else {}
    values = {**before, **connector_values(report, connector, entry), **(known or {})}
    typed = (Fact(f"typed:{path}", odd_line(path, odd)) for path, odd in report.odd.items())
    family = entry.family if entry is not None else "generic"
    diagnosis = diagnose_report(report, connector, entry, (*found, *typed))
    return tuple(_to_cause(ranked, family, values) for ranked in diagnosis.causes)


def with_causes(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    found: Sequence[Fact] = (),
    known: Mapping[str, Any] | None = None,
) -> Report:
    """The report with its causes, and who has to act on the stage that failed."""
    causes = causes_for_report(report, connector, entry, found, known)
    stopped = report.stopped_at()
    if not causes or stopped is None:
        return report
    stages = tuple(
        stage._replace(actor=causes[0].actor) if stage is stopped else stage
        for stage in report.stages
    )
    return report._replace(causes=causes, stages=stages)


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
