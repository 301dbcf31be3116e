"""Explaining a failure: the ranked causes of a report or a text, joined with their sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from smtpwizard.model.connector import Connector, Security
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Cause, Json, Report, StageResult

if TYPE_CHECKING:
    from smtpwizard.diagnosis import RankedCause
    from smtpwizard.diagnosis.facts import Fact
    from smtpwizard.messages.causes import CauseText
    from smtpwizard.providers import ProviderEntry

# What a pasted failure may be long, in bytes; and a line of JSON that holds one, escaped.
MAX_TEXT_BYTES = 1_000_000
MAX_LINE_BYTES = 7_000_000

SECURITY_WORDS: Mapping[Security, str] = {
    Security.NONE: "None",
    Security.STARTTLS: "STARTTLS",
    Security.IMPLICIT_TLS: "SSL/TLS",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a failure's text means: causes, what was understood, how to tell the top two apart."""

    causes: tuple[Cause, ...]
    understood: Mapping[str, object]
    tell_apart: str | None

    def to_json(self) -> Json:
        return {
            "causes": [cause.to_json() for cause in self.causes],
            "understood": dict(self.understood),
            "tell_apart": self.tell_apart,
        }


def explain_text(text: str, context: Mapping[str, Any] | None = None) -> Explanation:
    """The ranked causes of a failure known by its text alone; none where nothing fits."""
    from smtpwizard.diagnosis import diagnose_text

    diagnosis = diagnose_text(text, context)
    family = str(diagnosis.understood.get("provider", "generic"))
    causes = tuple(_joined(c, _plain_text(c.slug, family, c.variant)) for c in diagnosis.causes)
    apart = _plain_apart(*diagnosis.tell_apart) if diagnosis.tell_apart is not None else None
    return Explanation(causes, diagnosis.understood, apart)


def explain_line(line: bytes) -> Json:
    """The answer to one line of `diagnose --batch`: `{"raw", "context"?}` as JSON.

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
    return explain_text(document["raw"], context if isinstance(context, dict) else None).to_json()


def decode_text(data: bytes) -> str:
    """Pasted bytes as text: UTF-8, or UTF-16 by its mark; what is neither stays visible as �."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


@lru_cache(maxsize=512)
def _plain_text(slug: str, family: str, variant: str | None) -> CauseText:
    from smtpwizard.messages.causes import cause_text

    return cause_text(slug, family=family, variant=variant)


@lru_cache(maxsize=4096)
def _plain_apart(first: str, second: str) -> str:
    from smtpwizard.messages.causes import tell_apart_text

    return tell_apart_text(first, second)


def causes_for_report(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    further: Sequence[Fact] = (),
) -> tuple[Cause, ...]:
    """The causes of what stopped this report, best first; none when nothing did.

    `further` is facts that were found out afterwards.
    """
    if report.ok or report.cancelled:
        return ()
    from smtpwizard.diagnosis import diagnose_report

    facts = connector_facts(report, connector, entry)
    family = entry.family if entry is not None else "generic"
    diagnosis = diagnose_report(report, connector, entry, further)
    return tuple(_with_sentences(cause, facts, family) for cause in diagnosis.causes)


def with_causes(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    further: Sequence[Fact] = (),
) -> Report:
    """The report with its causes, and who has to act on the stage that failed."""
    causes = causes_for_report(report, connector, entry, further)
    stopped = report.stopped_at()
    if not causes or stopped is None:
        return report
    stages = tuple(
        replace(stage, actor=causes[0].actor) if stage is stopped else stage
        for stage in report.stages
    )
    return replace(report, causes=causes, stages=stages)


def _with_sentences(ranked: RankedCause, facts: Mapping[str, Any], family: str) -> Cause:
    from smtpwizard.messages.causes import cause_text

    return _joined(ranked, cause_text(ranked.slug, facts, family=family, variant=ranked.variant))


def _joined(ranked: RankedCause, text: CauseText) -> Cause:
    return Cause(
        cause=ranked.slug,
        likelihood=ranked.likelihood,
        title=text.title,
        explanation=text.explanation,
        remedy=text.remedy,
        actor=ranked.actor,
        evidence=ranked.evidence,
        retryable=ranked.retryable,
        link=text.link,
        checked=text.checked,
    )


def connector_facts(
    report: Report, connector: Connector, entry: ProviderEntry | None
) -> dict[str, Any]:
    """What the sentences may name, from the connector itself and the stage that failed."""
    server = connector.server
    stopped = report.stopped_at()
    detail: Mapping[str, Any] = stopped.detail if stopped is not None else {}
    token = detail.get("token")
    oauth = connector.authentication.oauth
    implicit = server.security is Security.IMPLICIT_TLS
    usual = server.port in (25, 465, 587)
    host = f"[{server.host}]" if ":" in server.host else server.host
    return {
        "host": server.host,
        "port": server.port,
        "server": f"{host}:{server.port}",
        "security": SECURITY_WORDS[server.security],
        # A port of its own is kept: then only the method can be wrong.
        "other_security": SECURITY_WORDS[Security.STARTTLS if implicit else Security.IMPLICIT_TLS],
        "other_port": (587 if implicit else 465) if usual else server.port,
        "username": detail.get("username") or connector.authentication.username,
        "sender": connector.sender_address(),
        "recipient": _detail(report, "recipient") or connector.test_recipient(),
        "provider": entry.name if entry is not None else None,
        "mechanism": detail.get("wanted") or detail.get("mechanism"),
        "ehlo_name": detail.get("ehlo_name") or server.ehlo_name,
        "client_id": oauth.client_id,
        "tenant": oauth.tenant,
        "redirect_uri": oauth.redirect_uri,
        "peer": detail.get("peer"),
        "found": token.get("found") if isinstance(token, Mapping) else None,
    }


def _detail(report: Report, key: str) -> Any:
    found: StageResult | None = next((s for s in report.stages if key in s.detail), None)
    return found.detail[key] if found is not None else None
