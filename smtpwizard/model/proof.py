"""What a received email proves of the connector that sent it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from smtpwizard.model.run import Run
    from smtpwizard.model.stored import StoredConnector


class Origin(NamedTuple):
    """Whose test email it may be: the connector's, or with these runs a draft's."""

    stored: StoredConnector | None
    runs: Sequence[Run] = ()


class Judged(NamedTuple):
    """A receiver's verdict by one method; `line` is where it stands. `result` is None where the
    receiver says nothing."""

    result: str | None = None
    domain: str = ""
    line: str = ""


class Conflict(NamedTuple):
    """What does not go together, or makes the verdicts another email's."""

    code: str
    what: str = ""


class PassedOn(NamedTuple):
    """From one server to the next. `tls`: a version, `yes`, `no`, or None where nothing is said;
    `delay_s` in seconds since the hop before."""

    source: str
    by: str
    tls: str | None
    delay_s: int | None
    line: str


class Proof(NamedTuple):
    """`ours`: it is a test email of this connector; `run` is the run that sent it. `selector` is
    the one of the signature that speaks for From, `key_domain` its domain."""

    ours: bool
    run: str | None
    judged_by: str
    spf: Judged
    dkim: Judged
    dmarc: Judged
    selector: str | None
    key_domain: str
    hops: tuple[PassedOn, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def key(self) -> str:
        """The name of that signature's DKIM key; empty where nobody signed for From."""
        return f"{self.selector}._domainkey.{self.key_domain}" if self.selector else ""
