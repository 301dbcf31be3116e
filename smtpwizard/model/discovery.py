"""What looking for the settings of an address finds: candidates for its submission server."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.connector import Method, ServerDefaults


class FoundBy(StrEnum):
    """Where a candidate comes from, in the order in which the places are told."""

    CATALOGUE = "catalogue"
    MX = "mx"
    SRV = "srv"
    AUTOCONFIG = "autoconfig"
    ISPDB = "ispdb"
    PROBE = "probe"


class ServerAnswer(NamedTuple):
    """What the server of a candidate said when it was spoken to.

    `security` are the ways of encryption that were seen to work, with a certificate that is good
    for its name. `error` is a code of a stage where it did not answer as it should, or `late`.
    """

    security: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    speaks: bool = False
    error: str | None = None


class Candidate(NamedTuple):
    """Settings that may be those of an address.

    `methods` are those that the server takes, the better one first. `trusted`: the source is
    authenticated for the address's own domain; whoever takes another one is asked first. `why` is
    a code with `facts`; `messages.discovery` has its sentence. `rank` is its place among the
    others, the best is 0; `place` is what was asked; `also` are other sources that say the same.
    """

    server: ServerDefaults
    username: str
    methods: tuple[Method, ...]
    provider: str
    source: FoundBy
    trusted: bool
    why: str
    facts: Mapping[str, Any] = MappingProxyType({})
    rank: int = 0
    place: str = ""
    also: tuple[FoundBy, ...] = ()
    answer: ServerAnswer | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """What makes two of them the same settings."""
        server = self.server
        return server.host.lower(), server.port, server.security.value

    @property
    def forged_by(self) -> str | None:
        """What someone on the way would have to forge: answers of `dns`, a page over `http`; None
        for what is authentic."""
        if self.trusted:
            return None
        return "http" if self.place.startswith("http://") else "dns"


class LookedStatus(StrEnum):
    """What came of asking a source."""

    FOUND = "found"
    NOTHING = "nothing"
    FAILED = "failed"
    LATE = "late"
    SKIPPED = "skipped"


class Place(NamedTuple):
    """One place of a source: a URL or a record; `error` is a code where it failed."""

    name: str
    status: LookedStatus
    ms: int = 0
    error: str | None = None


class Looked(NamedTuple):
    """A source that was asked, and how long that took, ms."""

    source: FoundBy
    status: LookedStatus
    ms: int = 0
    places: tuple[Place, ...] = ()


class Remark(NamedTuple):
    """Something to know beside the candidates; `messages.discovery` has the sentence."""

    code: str
    facts: Mapping[str, Any] = MappingProxyType({})


class Discovery(NamedTuple):
    """What was found for an address so far; the best candidate first."""

    address: str
    domain: str
    candidates: tuple[Candidate, ...]
    looked: tuple[Looked, ...]
    remarks: tuple[Remark, ...] = ()
    complete: bool = True
    ms: int = 0
