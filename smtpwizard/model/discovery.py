"""What looking for the settings of an address finds: candidates for its submission server."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.connector import Method, Security, ServerDefaults


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


class Flaw(StrEnum):
    """What a server was seen to lack, so that settings cannot work as they are."""

    NO_SUCH_NAME = "no_such_name"
    NOT_A_MAIL_SERVER = "not_a_mail_server"
    NO_ENCRYPTION = "no_encryption"
    CERTIFICATE = "certificate"
    NO_SIGN_IN = "no_sign_in"


class Standing(StrEnum):
    """How far settings may be relied on, as their source and their server tell."""

    TRUSTED = "trusted"
    NO_ANSWER = "no_answer"
    CHECK_FIRST = "check_first"
    NO_SUCH_SERVER = "no_such_server"


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

    @property
    def flaw(self) -> Flaw | None:
        """What its server was seen to lack. None as well where that only does not answer: this
        network may be what keeps it from being heard."""
        answer = self.answer
        if answer is None or (answer.security and answer.mechanisms):
            return None
        error = answer.error or ""
        if error == "dns_not_found":
            return Flaw.NO_SUCH_NAME
        if error == "not_smtp":
            return Flaw.NOT_A_MAIL_SERVER
        if error.startswith("cert_"):
            return Flaw.CERTIFICATE
        if error or not answer.speaks:
            return None
        if self.server.security is not Security.NONE and not answer.security:
            return Flaw.NO_ENCRYPTION
        signs_in = Method.NONE not in self.methods
        return Flaw.NO_SIGN_IN if signs_in and not answer.mechanisms else None

    @property
    def standing(self) -> Standing:
        """Trusted: from a trusted source, and nothing was seen to speak against it."""
        flaw, plain = self.flaw, self.server.security is Security.NONE
        if flaw is Flaw.NO_SUCH_NAME:
            return Standing.NO_SUCH_SERVER
        if flaw is not None or plain or not self.trusted:
            return Standing.CHECK_FIRST
        silent = self.answer is not None and not self.answer.security
        return Standing.NO_ANSWER if silent else Standing.TRUSTED


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
