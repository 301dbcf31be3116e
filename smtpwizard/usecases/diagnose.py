"""Explaining a failure: the ranked causes of a report or a text, joined with their sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtpwizard.model.connector import Connector, Security
from smtpwizard.model.findings import Cause, Report, StageResult

if TYPE_CHECKING:
    from smtpwizard.diagnosis import RankedCause
    from smtpwizard.providers import ProviderEntry

SECURITY_WORDS: Mapping[Security, str] = {
    Security.NONE: "None",
    Security.STARTTLS: "STARTTLS",
    Security.IMPLICIT_TLS: "SSL/TLS",
}


def causes_for_report(
    report: Report, connector: Connector, entry: ProviderEntry | None = None
) -> tuple[Cause, ...]:
    """The causes of what stopped this report, best first; none when nothing did."""
    if report.ok or report.cancelled:
        return ()
    from smtpwizard.diagnosis import diagnose_report

    facts = connector_facts(report, connector, entry)
    family = entry.family if entry is not None else "generic"
    diagnosis = diagnose_report(report, connector, entry)
    return tuple(_with_sentences(cause, facts, family) for cause in diagnosis.causes)


def with_causes(report: Report, connector: Connector, entry: ProviderEntry | None = None) -> Report:
    """The report with its causes, and who has to act on the stage that failed."""
    causes = causes_for_report(report, connector, entry)
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

    text = cause_text(ranked.slug, facts, family=family, variant=ranked.variant)
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
