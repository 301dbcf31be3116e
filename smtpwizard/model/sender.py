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


class Apart(StrEnum):
    """What concerns mail into a domain, or a logo: nobody who sends has to have it."""

    MTA_STS = "mta_sts"
    TLS_RPT = "tls_rpt"
    DANE = "dane"
    BIMI = "bimi"


class ApartFinding(NamedTuple):
    """Whether a domain has it, and the record's own text; `there` is None where nobody looked or
    answered."""

    what: Apart
    domain: str
    there: bool | None = None
    found: str | None = None


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


class ReceiverRule(NamedTuple):
    """What a receiver asks of who sends to it; the keys are those of `providers/receivers.toml`.

    Days are ISO dates, or months (`2024-02`).
    """

    receiver: str
    asks: tuple[str, ...]
    since: str
    source: str
    checked: str
    also: tuple[str, ...] = ()
    bulk: bool = False
    emails_a_day: int | None = None
    for_good: bool = False
    at_latest: bool = False
    refuses_since: str | None = None


class RuleFinding(NamedTuple):
    """Whether a sender keeps to a rule: what of it is to be mended, what is not known.

    `rule.asks` leaves out what the provider that sends has to see to.
    """

    rule: ReceiverRule
    to_mend: tuple[str, ...]
    not_known: tuple[str, ...]

    @property
    def met(self) -> bool | None:
        """None where that is not known."""
        return False if self.to_mend else None if self.not_known else True


class Readiness(NamedTuple):
    """What a sender's domain says; `provider` is the name of who sends for it, where known, and
    `receivers` what large receivers make of it. `alone` is true where no connector was looked at;
    `apart` is what sending does not need.
    """

    domain: str
    findings: tuple[SenderFinding, ...]
    provider: str | None = None
    ms: int = 0
    receivers: tuple[RuleFinding, ...] = ()
    alone: bool = False
    apart: tuple[ApartFinding, ...] = ()
