"""What looking for the settings of an address finds: candidates for its submission server."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.connector import Method, ServerDefaults


class FoundBy(StrEnum):
    """Where a candidate comes from."""

    CATALOGUE = "catalogue"
    MX = "mx"
    SRV = "srv"
    AUTOCONFIG = "autoconfig"
    ISPDB = "ispdb"
    PROBE = "probe"


class Candidate(NamedTuple):
    """Settings that may be those of an address.

    `methods` are those that the server takes, the better one first. `trusted`: the source is
    authenticated for the address's own domain; whoever takes another one is asked first. `why` is
    a code with `facts`; `messages.discovery` has its sentence.
    """

    server: ServerDefaults
    username: str
    methods: tuple[Method, ...]
    provider: str
    source: FoundBy
    trusted: bool
    why: str
    facts: Mapping[str, Any] = MappingProxyType({})


class LookedStatus(StrEnum):
    """What came of asking a source."""

    FOUND = "found"
    NOTHING = "nothing"
    FAILED = "failed"
    LATE = "late"
    SKIPPED = "skipped"


class Looked(NamedTuple):
    """A source that was asked, and how long that took, ms."""

    source: FoundBy
    status: LookedStatus
    ms: int = 0


class Discovery(NamedTuple):
    """What was found for an address; the best candidate first."""

    address: str
    domain: str
    candidates: tuple[Candidate, ...]
    looked: tuple[Looked, ...]
