"""Fixes that the wizard can make itself: what a failed verification suggests, as changed drafts.

Judges and changes drafts only; `flow.trial` verifies a fix and keeps it only if it helped.
A fix never makes a connection less protected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from enum import StrEnum

from smtpwizard.causes import causes
from smtpwizard.flow.draft import CUSTOM, ConnectorDraft
from smtpwizard.model.addresses import AddressError, is_address, is_ip_literal, parse_host
from smtpwizard.model.auth import Secret
from smtpwizard.model.certificates import fingerprint_of
from smtpwizard.model.connector import Method, Security
from smtpwizard.model.odd_characters import without_odd_ends
from smtpwizard.model.report import STAGES, Likelihood, Report, Stage, Status
from smtpwizard.model.secrets import without_spaces
from smtpwizard.model.stage_facts import (
    UNTRUSTED,
    AuthFacts,
    CertificateFacts,
    ConnectFacts,
    EhloFacts,
    ResolveFacts,
    StageError,
)


class FixId(StrEnum):
    """What a button does; the words are in `messages`."""

    SWAP_SECURITY = "swap_security"
    OTHER_MECHANISM = "other_mechanism"
    EHLO_NAME = "ehlo_name"
    FULL_ADDRESS = "full_address"
    PREFER_IPV4 = "prefer_ipv4"
    STRIP_SPACES = "strip_spaces"
    USE_PROJECT_TRUST = "use_project_trust"
    TRUST_CERTIFICATE = "trust_certificate"
    USE_CERTIFICATE_NAME = "use_certificate_name"
    SIGN_IN_AGAIN = "sign_in_again"


# What a cause's file suggests where another mode helps only because the port changes as well.
OTHER_PORT = "other_port"


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; a secret is told as words, never as itself."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to try: `draft` is the changed draft, None where the user has to act first.

    `consent` is the certificate to be shown, and agreed to, before it may run.
    """

    id: FixId
    changes: tuple[Change, ...]
    draft: ConnectorDraft | None = field(repr=False)
    consent: CertificateFacts | None = None


def fixes_for(report: Report, draft: ConnectorDraft) -> tuple[Fix, ...]:
    """The fixes that fit a failed verification of `draft`, the most promising first."""
    stopped = report.stopped_at()
    if stopped is None:
        return ()
    # A button is for what is likely: one that does not help costs trust.
    likely = [c.cause for c in report.causes if c.likelihood is not Likelihood.LOW]
    known = causes()
    suggested = frozenset(fix for slug in likely if slug in known for fix in known[slug].fixes)
    found: list[Fix] = []
    for make in _MAKERS:
        found += make(report, draft, suggested)
    return tuple(found)


def helped(before: Report, after: Report) -> bool:
    """True when the second verification got further than the first (or all the way)."""
    return after.ok or _height(after) > _height(before)


def _height(report: Report) -> int:
    """How many stages really passed; TLS and greeting change places with implicit TLS."""
    good = (Status.PASSED, Status.SKIPPED)
    stopped = report.stopped_at()
    if stopped is None:
        return len(STAGES) if report.ok else 0
    return sum(1 for result in report.stages if result.status in good)


_Maker = Callable[[Report, ConnectorDraft, Set[str]], Iterator[Fix]]

_OTHER_MODE = {
    Security.STARTTLS: (Security.IMPLICIT_TLS, "465"),
    Security.IMPLICIT_TLS: (Security.STARTTLS, "587"),
    Security.NONE: (Security.STARTTLS, "587"),
}


def _swap_security(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    # Where STARTTLS was taken out of the answer, TLS from the first byte may get through.
    wanted = {FixId.SWAP_SECURITY} & suggested
    taken_out = report.stage(Stage.TLS).error is StageError.STARTTLS_MISSING
    usual_port = draft.port.strip() in ("", "25", "465", "587")
    other_port = usual_port and OTHER_PORT in suggested
    if draft.provider != CUSTOM or not (wanted or taken_out or other_port):
        return
    security, usual = _OTHER_MODE[draft.security]
    # A usual port goes with its mode; a port of the network's own stays.
    port = usual if usual_port else draft.port
    changed = draft._replace(security=security, port=port)
    changes = [Change("server.security", draft.security.value, security.value)]
    if port != draft.port:
        changes.append(Change("server.port", draft.port, port))
    yield Fix(FixId.SWAP_SECURITY, tuple(changes), changed)


_TRIED_BY_BUTTON = ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5")


def _other_mechanism(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    if draft.method is not Method.BASIC or FixId.OTHER_MECHANISM not in suggested:
        return
    tried = report.facts(AuthFacts).mechanism or draft.mechanism
    offered = [name.upper() for name in report.facts(EhloFacts).mechanisms or ()]
    for name in _TRIED_BY_BUTTON:
        if name in offered and name != tried:
            changed = draft._replace(mechanism=name)
            change = Change("authentication.mechanism", draft.mechanism, name)
            yield Fix(FixId.OTHER_MECHANISM, (change,), changed)
            return


def _ehlo_name(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    stopped = report.stopped_at()
    refused = stopped is not None and stopped.stage is Stage.EHLO and stopped.reply is not None
    if draft.provider != CUSTOM or not refused:
        return
    name = _own_domain(draft)
    if name and name != draft.ehlo_name:
        change = Change("server.ehlo_name", draft.ehlo_name, name)
        yield Fix(FixId.EHLO_NAME, (change,), draft._replace(ehlo_name=name))


def _own_domain(draft: ConnectorDraft) -> str:
    for text in (draft.username, draft.admin_email):
        if is_address(text):
            domain = text.rpartition("@")[2]
            if not domain.startswith("[") and not is_ip_literal(domain):
                return domain
    return ""


_BROKEN_PATH = (
    StageError.TIMEOUT,
    StageError.CLOSED,
    StageError.RESET,
    StageError.GREETING_REFUSED,
)


def _prefer_ipv4(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    stopped = report.stopped_at()
    addresses = report.facts(ResolveFacts).addresses or ()
    over_ipv6 = report.facts(ConnectFacts).family == "ipv6"
    if stopped is None or not over_ipv6 or all(":" in address for address in addresses):
        return
    # Refusals of a sending address are often about its IPv6 one alone: no name, no reputation.
    if FixId.PREFER_IPV4 in suggested or stopped.error in _BROKEN_PATH:
        change = Change("server.address_family", draft.address_family, "ipv4")
        yield Fix(FixId.PREFER_IPV4, (change,), draft._replace(address_family="ipv4"))


def _full_address(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    if draft.method is not Method.BASIC or FixId.FULL_ADDRESS not in suggested:
        return
    domain = _own_domain(draft)
    if draft.username and "@" not in draft.username and domain:
        address = f"{draft.username}@{domain}"
        if is_address(address):
            change = Change("authentication.username", draft.username, address)
            yield Fix(FixId.FULL_ADDRESS, (change,), draft._replace(username=address))


def _strip_spaces(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    if draft.method is not Method.BASIC or FixId.STRIP_SPACES not in suggested:
        return
    changes, changed = [], draft
    text = draft.password.reveal() if draft.password else ""
    bare = without_spaces(text)
    if bare != text and bare:
        count = len(text) - len(bare)
        changes.append(Change("authentication.password", f"spaces: {count}", "spaces: 0"))
        changed = changed._replace(password=Secret(bare))
    user = without_odd_ends(draft.username)
    if user != draft.username and user:
        changes.append(Change("authentication.username", draft.username, user))
        changed = changed._replace(username=user)
    if changes:
        yield Fix(FixId.STRIP_SPACES, tuple(changes), changed)


def _use_project_trust(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    # The project vouches: what the connector has of its own is all that is in the way.
    failure = report.stage(Stage.TLS).failure
    if draft.provider != CUSTOM or failure is None:
        return
    if not failure.project_vouches or not failure.chain:
        return
    own = {
        "server.ca_file": draft.ca_file,
        "server.pinned_certificate": _pin_text(draft.pinned_certificate),
    }
    changes = tuple(Change(field, before, "") for field, before in own.items() if before)
    if not changes:
        return
    changed = draft._replace(ca_file="", pinned_certificate="")
    # Who was trusted alone is one of many then, which a person has to want.
    leaf = failure.chain[0] if draft.pinned_certificate else None
    yield Fix(FixId.USE_PROJECT_TRUST, changes, changed, leaf)


def _pin_text(pem: str) -> str:
    return f"SHA-256 {fingerprint_of(pem)}" if pem else ""


def _trust_certificate(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    tls = report.stage(Stage.TLS)
    if draft.provider != CUSTOM or tls.failure is None or tls.error not in UNTRUSTED:
        return
    if not tls.failure.chain or not tls.failure.chain[0].pem:
        return
    leaf = tls.failure.chain[0]
    change = Change("server.pinned_certificate", "", f"SHA-256 {leaf.fingerprint}")
    changed = draft._replace(pinned_certificate=leaf.pem)
    yield Fix(FixId.TRUST_CERTIFICATE, (change,), changed, leaf)


# What the name of a mail server often begins with.
_OF_MAIL = ("smtp", "mail", "mx", "out")


def _use_certificate_name(
    report: Report, draft: ConnectorDraft, suggested: Set[str]
) -> Iterator[Fix]:
    tls = report.stage(Stage.TLS)
    wanted = tls.error is StageError.CERT_HOSTNAME_MISMATCH and (
        FixId.USE_CERTIFICATE_NAME in suggested
    )
    if draft.provider != CUSTOM or not wanted or tls.failure is None or not tls.failure.chain:
        return
    leaf = tls.failure.chain[0]
    usable = [name for name in leaf.names if _is_server_name(name) and name != draft.host]
    usable.sort(key=lambda name: not name.startswith(_OF_MAIL))
    for name in usable[:1]:
        change = Change("server.host", draft.host, name)
        # The login goes to another name then: only a person can say whose server that is.
        yield Fix(FixId.USE_CERTIFICATE_NAME, (change,), draft._replace(host=name), leaf)


def _is_server_name(name: str) -> bool:
    try:
        whole = not is_ip_literal(parse_host(name))
    except AddressError:
        return False
    # A bare label means something within one network alone; this machine is `localhost` everywhere.
    return whole and ("." in name or name == "localhost")


def _sign_in_again(report: Report, draft: ConnectorDraft, suggested: Set[str]) -> Iterator[Fix]:
    if draft.method is not Method.OAUTH:
        return
    missing = report.stage(Stage.AUTH).error is StageError.TOKEN_MISSING
    if missing or FixId.SIGN_IN_AGAIN in suggested:
        yield Fix(FixId.SIGN_IN_AGAIN, (), None)


_MAKERS: tuple[_Maker, ...] = (
    _swap_security,
    _use_project_trust,
    _trust_certificate,
    _use_certificate_name,
    _strip_spaces,
    _full_address,
    _other_mechanism,
    _ehlo_name,
    _prefer_ipv4,
    _sign_in_again,
)
