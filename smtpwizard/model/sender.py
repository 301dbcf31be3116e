"""How receivers see a sender: one finding a check, and the record that mends it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Check(StrEnum):
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    MX = "mx"
    PTR = "ptr"


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


class RecordChange(NamedTuple):
    """A record of the domain as it is (None: there is none) and as it should be."""

    name: str
    kind: str
    old: str | None
    new: str


class SenderFinding(NamedTuple):
    """`code` and `facts` make the sentence; `found` is the record's own text."""

    check: Check
    verdict: Verdict
    code: str
    facts: Mapping[str, Any]
    found: str | None = None
    fix: RecordChange | None = None


class Readiness(NamedTuple):
    """What a sender's domain says; `provider` is the name of who sends for it, where known."""

    domain: str
    findings: tuple[SenderFinding, ...]
    provider: str | None = None
    ms: int = 0
