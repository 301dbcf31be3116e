"""What “Find out more” found, as facts for the causes of a report; asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from smtpwizard.diagnosis.facts import Fact
from smtpwizard.model.connector import Connector
from smtpwizard.model.stage_facts import StageError

# A finding's code, its evidence line, its facts.
Found = tuple[str, str, Mapping[str, Any]]

_SILENT = (
    StageError.TIMEOUT,
    StageError.UNREACHABLE,
    StageError.BLOCKED_LOCALLY,
    StageError.RESET,
)


def found_facts(connector: Connector, found: Iterable[Found]) -> Iterator[Fact]:
    """The facts among the findings, each with the line that shows it."""
    for code, line, facts in found:
        if code in ("issuer_interceptor", "issuer_unexpected", "clock_off"):
            yield Fact(f"found:{code}", line)
        elif code == "control_failed" and facts.get("same") and facts.get("error") in _SILENT:
            yield Fact("found:same_port_silent_elsewhere", line)
        elif code == "control_reached" and facts.get("same"):
            yield Fact("found:same_port_answers_elsewhere", line)
        elif code.startswith("port_"):
            yield from _about_a_port(connector, code, line, facts)


def _about_a_port(
    connector: Connector, code: str, line: str, facts: Mapping[str, Any]
) -> Iterator[Fact]:
    modes = facts.get("modes") or []
    if not facts.get("own"):
        if facts.get("peer"):
            yield Fact("found:other_port_answers", line)
    elif modes and connector.server.security.value not in modes:
        yield Fact("found:own_port_other_mode", line)
    elif code == "port_other":
        yield Fact("found:own_port_other_service", line)
