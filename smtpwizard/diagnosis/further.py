"""What was found out beyond a report, as evidence for its causes; asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from smtpwizard.diagnosis.engine import Guess
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Report, Stage
from smtpwizard.model.stage_facts import StageError

# A finding's code, its evidence line, its facts.
Found = tuple[str, str, Mapping[str, Any]]

_SILENT = (
    StageError.TIMEOUT,
    StageError.UNREACHABLE,
    StageError.BLOCKED_LOCALLY,
    StageError.RESET,
)
# What a clock that is out of step makes of good certificates and tokens.
_ABOUT_TIME = (
    StageError.TOKEN_MISSING,
    StageError.CERT_EXPIRED,
    StageError.CERT_NOT_YET_VALID,
)


def further_guesses(report: Report, connector: Connector, found: Iterable[Found]) -> list[Guess]:
    """Guesses for the stage where `report` stopped; none where nothing stopped it."""
    stopped = report.stopped_at()
    if stopped is None:
        return []
    findings = list(found)
    out = list(_about_certificates(findings))
    if stopped.stage is Stage.CONNECT:
        out += _about_the_port(stopped.error, findings)
    if stopped.stage in (Stage.GREETING, Stage.TLS, Stage.EHLO):
        out += _about_the_mode(connector, findings)
    if stopped.error in _ABOUT_TIME:
        out += [Guess("clock_skew", 12, line) for code, line, _ in findings if code == "clock_off"]
    return out


def _about_certificates(findings: Iterable[Found]) -> Iterator[Guess]:
    for code, line, _ in findings:
        if code == "issuer_interceptor":
            yield Guess("tls_intercepted", 10, line)
        elif code == "issuer_unexpected":
            yield Guess("tls_intercepted", 6, line)


def _about_the_port(error: StageError | None, findings: list[Found]) -> Iterator[Guess]:
    """Nobody answered: is it this network, the port, or the server?"""
    if error not in _SILENT:
        return
    others = [
        line
        for code, line, facts in findings
        if code.startswith("port_") and facts.get("peer") and not facts.get("own")
    ]
    for code, line, facts in findings:
        if code == "control_failed" and facts.get("same") and facts.get("error") in _SILENT:
            # The same port of a server that is certainly there: the way is closed, here.
            yield Guess("port_blocked", 11 if others else 9, line)
        elif code == "control_reached" and facts.get("same") and not others:
            yield Guess("timeout", 4, line)
    for line in others[:1]:
        yield Guess("port_blocked", 4, line)


def _about_the_mode(connector: Connector, findings: list[Found]) -> Iterator[Guess]:
    """The connector's own port, asked in another way, answered."""
    for code, line, facts in findings:
        if not facts.get("own") or not code.startswith("port_"):
            continue
        modes = facts.get("modes") or []
        if modes and connector.server.security.value not in modes:
            yield Guess("wrong_security_mode", 12, line)
        elif code == "port_other":
            yield Guess("not_smtp", 8, line)
