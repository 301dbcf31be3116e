"""`readiness`: how receivers will see mail from a sender, through a connector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages.readiness import (
    apart_names,
    apart_text,
    apart_title,
    check_text,
    finding_text,
    verdict_text,
)
from smtpwizard.messages.receivers import rule_text, rule_title, unseen_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import AddressError, clean_text, is_address
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.proof import learnt_keys
from smtpwizard.usecases.readiness import LIMIT_S, readiness_of_address, readiness_of_connector

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.sender import Readiness, RuleFinding, SenderFinding
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Judge a connector's sender, or an address alone; judged is 0, whatever the verdicts."""
    stored = None
    try:
        stored = ws.find(args.name)
    except (UsageError, StorageError):
        if not is_address(args.name):
            raise
    token = CancelToken()
    pointed, limit_s = inputs.network(ws, args), args.timeout or LIMIT_S
    if screen.live:
        screen.progress(_("Looking…"))
    try:
        with stopping(token):
            if stored is not None:
                found = readiness_of_connector(
                    ws,
                    stored.connector,
                    pointed=pointed,
                    token=token,
                    limit_s=limit_s,
                    keys=learnt_keys(ws, stored),
                )
            else:
                found = readiness_of_address(
                    ws, args.name, pointed=pointed, token=token, limit_s=limit_s
                )
    except AddressError as error:
        raise UsageError(error.code, **{"field": "sender.address", **error.facts}) from None
    screen.progress("")
    screen.answer(_as_json(found), "" if screen.json_wanted else _as_text(found))
    return 0


def _as_json(found: Readiness) -> dict[str, Any]:
    return {
        "domain": found.domain,
        "findings": [_finding(each) for each in found.findings],
        "apart": [
            {
                "what": each.what.value,
                "there": each.there,
                "found": each.found,
                "why": apart_text(each),
            }
            for each in found.apart
        ],
        "receivers": [_rule(each, found) for each in found.receivers],
        "ms": found.ms,
    }


def _rule(finding: RuleFinding, found: Readiness) -> dict[str, Any]:
    rule = finding.rule
    return {
        "receiver": rule.receiver,
        "bulk": rule.bulk,
        "emails_a_day": rule.emails_a_day,
        "for_good": rule.for_good,
        "met": finding.met,
        "asks": list(rule.asks),
        "to_mend": list(finding.to_mend),
        "not_known": list(finding.not_known),
        "also": list(rule.also),
        "since": rule.since,
        "at_latest": rule.at_latest,
        "refuses_since": rule.refuses_since,
        "why": rule_text(finding, found),
        "source": rule.source,
        "checked": rule.checked,
    }


def _finding(finding: SenderFinding) -> dict[str, Any]:
    fix = finding.fix
    return {
        "check": finding.check.value,
        "verdict": finding.verdict.value,
        "found": finding.found,
        "why": finding_text(finding),
        "fix": None
        if fix is None
        else {"name": fix.name, "type": fix.kind, "old": fix.old, "new": fix.new},
        "code": finding.code,
    }


def _as_text(found: Readiness) -> str:
    lines = []
    for finding in found.findings:
        title, verdict = check_text(finding.check), verdict_text(finding.verdict)
        lines += [f"{title}: {verdict}", f"  {finding_text(finding)}"]
        if finding.found:
            lines += [f"  {clean_text(line, 1000)}" for line in finding.found.splitlines()]
        if finding.fix is not None:
            fix = finding.fix
            head = _("  To publish at {name} ({kind}):")
            lines.append(head.format(name=clean_text(fix.name), kind=fix.kind))
            lines += [f"    - {clean_text(line)}" for line in (fix.old or "").splitlines()]
            lines.append(f"    + {clean_text(fix.new, 2000)}")
        lines.append("")
    lines.append(_("What large receivers ask for"))
    for each in found.receivers:
        lines.append(f"  {rule_title(each)}")
        lines += [
            f"    {text}" for text in (rule_text(each, found), unseen_text(each.rule)) if text
        ]
        lines.append(f"    {each.rule.source}")
    if found.apart:
        lines += ["", f"{apart_title()}: {apart_names(found.apart)}"]
        lines += [f"  {apart_text(each)}" for each in found.apart]
    return "\n".join(lines)
