"""Certificates: what a server shows, and whom the project trusts besides the system.

A look at a server sends no credential; what it shows is trusted only where somebody says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from smtpwizard.model.addresses import (
    AddressError,
    ascii_domain,
    clean_text,
    is_ip_literal,
    parse_host,
    parse_port,
)
from smtpwizard.model.certificates import MAX_TRUSTED, der_of, fingerprint_of, plain_fingerprint
from smtpwizard.model.connector import Security, Server
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, SmtpWizardError, UsageError
from smtpwizard.model.moments import as_date
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Stage
from smtpwizard.model.stage_facts import (
    TRUST_UNREAD,
    UNTRUSTED,
    CertificateFacts,
    StageError,
    StageFailure,
)
from smtpwizard.model.stage_failures import ConnectionFailed, StageFailed
from smtpwizard.model.stored import Project, StoredConnector
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.network import Network
from smtpwizard.net.tls import certificates_in, is_authority, shown_facts
from smtpwizard.smtp.find_out_more import PortAnswer, Target, Trust, ask_port
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.chosen_files import read_chosen, write_new
from smtpwizard.usecases.project_trust import agree, authorities_in_force, forget
from smtpwizard.usecases.workspace import Workspace

LOOK_S = 15.0
# A chain is a handful; who has more means a bundle, which belongs to the system.
MAX_IN_FILE = 20
_MAX_BYTES = 1_000_000
_SHORTEST = 8  # of a fingerprint that names one of a few
_TLS_FIRST = 465
_SUBMISSION = 587


class Certificate(NamedTuple):
    """One certificate; `trusted` is system, project, connector (by one alone) or no, and `why` then
    why not, where known.

    `authority`: it may vouch for others. `agreed` is False for one that the project's file names
    and nobody agreed to on this machine.
    """

    facts: CertificateFacts
    trusted: str
    why: str | None = None
    authority: bool = False
    agreed: bool = True

    @property
    def fingerprint(self) -> str:
        return self.facts.fingerprint

    @property
    def name(self) -> str:
        """What a person calls it by: the name in the subject, else the first it is for."""
        return common_name(self.facts.subject) or next(iter(self.facts.names), "") or "–"

    def ends(self) -> date | None:
        """The day on which it ends."""
        return as_date(self.facts.not_after)

    def to_json(self) -> Json:
        facts = self.facts
        return {
            "fingerprint": facts.fingerprint,
            "subject": facts.subject,
            "issuer": facts.issuer,
            "names": list(facts.names),
            "not_before": facts.not_before,
            "not_after": facts.not_after,
            "trusted": self.trusted,
            "why": self.why,
            "authority": self.authority,
        }


class Look(NamedTuple):
    """What a server shows, the server's own first; `security` is how it was asked.

    `connector` is whose trust it was measured with, where that has its own (`own_trust`: `ca_file`,
    `pin`), and `project_vouches` that the project would trust the server where that does not.
    """

    host: str
    port: int
    security: Security
    certificates: tuple[Certificate, ...]
    connector: StoredConnector | None = None
    own_trust: str | None = None
    project_vouches: bool = False

    @property
    def why(self) -> str | None:
        """Why a verification would stop there; None where it would not."""
        return self.certificates[0].why


class LookFailed(StageFailed):
    """The server showed no certificate; `stage` is how far it went."""

    def __init__(self, error: StageError, stage: Stage, host: str, port: int) -> None:
        super().__init__(error)
        self.stage = stage
        self.facts |= {"host": host, "port": port}


def common_name(subject: str) -> str:
    """The CN of a subject as it is written (RFC 4514), without its escapes; else its O."""
    for key in ("CN", "O"):
        found = re.search(rf"(?:^|,)\s*{key}=((?:\\.|[^,\\])*)", subject)
        if found is not None:
            return clean_text(re.sub(r"\\(.)", r"\1", found[1]), 200)
    return ""


# -- what a server shows --------------------------------------------------------------------------


def parse_server(text: str) -> tuple[str, int | None]:
    """`HOST[:PORT]`, an IPv6 address in brackets where a port follows.

    Raises `UsageError` (`host_invalid`, `port_invalid`, …) for the field `server`.
    """
    text = text.strip()
    host, port = text, ""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", text)
    if bracketed is not None:
        host, port = bracketed[1], bracketed[2] or ""
    elif not is_ip_literal(text):
        host, _, port = text.partition(":")
    try:
        return parse_host(host), parse_port(port) if port else None
    except AddressError as error:
        raise UsageError(error.code, **error.facts, field="server") from None


def look_at_server(
    ws: Workspace,
    host: str,
    port: int | None = None,
    *,
    security: Security | None = None,
    connector: StoredConnector | None = None,
    token: CancelToken | None = None,
    limit_s: float = LOOK_S,
) -> Look:
    """Ask a server for its certificates, up to EHLO and no further, within `limit_s` seconds.

    Without `security` both ways are tried, TLS first on port 465. It is measured with what the
    system trusts, and where that does not do with what the project trusts besides; where
    `connector` has a CA file or a pin of its own, with that as the connector is. Raises
    `LookFailed`, `UsageError` for what is no name, `Cancelled`, `StorageError`.
    """
    if port is None:
        port = _TLS_FIRST if security is Security.IMPLICIT_TLS else _SUBMISSION
    try:
        name = host if is_ip_literal(host) else ascii_domain(host).rstrip(".")
    except AddressError as error:
        raise UsageError(error.code, **error.facts, field="server") from None
    own = connector.connector.server if connector is not None else None
    proxy = own.proxy if own is not None else None
    asking = _Asking(name, port, security, token or CancelToken(), Deadline(limit_s), proxy)
    authorities = ws.authorities()
    judged = asking.judge(authorities, own)
    answer = judged.answer
    if not answer.shown:
        raise LookFailed(*_failure_of(answer), host, port)
    known = frozenset(map(fingerprint_of, authorities))
    return Look(
        host,
        port,
        _way(answer),
        _measured(answer, judged.trusted, known),
        connector,
        own.own_trust if own is not None else None,
        judged.project_vouches,
    )


def with_project_trust(
    failure: StageFailure, server: Server, authorities: tuple[str, ...], token: CancelToken
) -> StageFailure:
    """A failure over a CA file or a pin that cannot be read, with what decided in place of the
    project, and what the server shows, where it would be trusted without that.

    Asks the server once, up to its certificate, within `LOOK_S` seconds. Raises nothing expected.
    """
    if failure.error not in TRUST_UNREAD or server.own_trust is None:
        return failure
    with suppress(AddressError, LookFailed, StageFailed, Cancelled):
        host = server.host if is_ip_literal(server.host) else ascii_domain(server.host)
        asking = _Asking(
            *(host.rstrip("."), server.port, server.security, token),
            *(Deadline(LOOK_S), server.proxy),
        )
        answer = asking.ask(Trust(authorities=authorities))
        if answer.shown and answer.tls_error is None:
            return failure._replace(
                own_trust=server.own_trust, project_vouches=True, chain=shown_facts(answer.shown)
            )
    return failure


class _Judged(NamedTuple):
    answer: PortAnswer
    trusted: str
    project_vouches: bool = False


class _Asking(NamedTuple):
    host: str
    port: int
    security: Security | None
    token: CancelToken
    deadline: Deadline
    through: str | None = None
    """The proxy that the connector names."""

    def judge(self, authorities: tuple[str, ...], own: Server | None) -> _Judged:
        """What it shows, by whom it is trusted, the system first; `own` is a connector's."""
        first = self.ask(Trust())
        if own is None or own.own_trust is None:
            if first.tls_error in UNTRUSTED and authorities:
                again = self.ask(Trust(authorities=authorities))
                if _vouched(again):
                    return _Judged(again, "project")
            return _Judged(first, "system")
        if not first.shown or (own.own_trust != "pin" and first.tls_error not in UNTRUSTED):
            return _Judged(first, "system")
        again = self.ask(Trust(own.ca_file, own.pinned_certificate))
        if _vouched(again):
            return _Judged(again, "connector")
        by_project = first  # for a pin, the system's list is none of what counts
        if first.tls_error in UNTRUSTED and authorities:
            by_project = self.ask(Trust(authorities=authorities))
        refused = replace(first, tls_error=again.tls_error or StageError.CERT_UNTRUSTED)
        return _Judged(refused, "no", project_vouches=_vouched(by_project))

    def ask(self, trust: Trust) -> PortAnswer:
        network = Network()
        try:
            proxy = network.choose_proxy(self.through, self.host, self.port)
            endpoints = network.resolve(
                proxy.host if proxy is not None else self.host,
                proxy.port if proxy is not None else self.port,
                token=self.token,
                deadline=self.deadline,
            )
        except ConnectionFailed as failed:
            raise LookFailed(failed.error, Stage.RESOLVE, self.host, self.port) from None
        except DeadlineExceeded:
            raise LookFailed(StageError.TIMEOUT, Stage.RESOLVE, self.host, self.port) from None
        tls_first = self.port == _TLS_FIRST
        if self.security is not None:
            tls_first = self.security is Security.IMPLICIT_TLS
        return ask_port(
            Target(self.host, proxy=proxy, trust=trust),
            endpoints,
            self.port,
            tls_first=tls_first,
            token=self.token,
            deadline=self.deadline,
            either=self.security is None,
        )


def _failure_of(answer: PortAnswer) -> tuple[StageError, Stage]:
    """Why there was no certificate to see, and at what stage a verification would have stopped."""
    if answer.tls_error is not None:
        return answer.tls_error, Stage.TLS
    if answer.peer == "smtp" and answer.error is None:
        return StageError.STARTTLS_MISSING, Stage.TLS
    stage = Stage.CONNECT if answer.address is None else Stage.GREETING
    return answer.error or StageError.CLOSED, stage


def _vouched(answer: PortAnswer) -> bool:
    """Whether somebody who is known vouches for what was shown; other errors stay to be told."""
    return bool(answer.shown) and answer.tls_error not in UNTRUSTED


def _way(answer: PortAnswer) -> Security:
    return Security((answer.modes or answer.offered)[0])


def _measured(answer: PortAnswer, trusted: str, known: frozenset[str]) -> tuple[Certificate, ...]:
    """The chain with who trusts it: the server's own as the handshake ended, and the others as far
    as the chain leads to somebody who is known."""
    error = answer.tls_error
    leads = trusted if error not in (*UNTRUSTED, *TRUST_UNREAD) else "no"
    found = []
    for number, facts in enumerate(shown_facts(answer.shown)):
        own = number == 0 and error is not None
        whose = "project" if facts.fingerprint in known and leads != "system" else leads
        found.append(
            Certificate(
                facts,
                "no" if own else whose,
                error.value if own and error is not None else None,
                is_authority(facts.pem),
            )
        )
    return tuple(found)


# -- whom the project trusts ----------------------------------------------------------------------


def list_trusted(ws: Workspace) -> tuple[Certificate, ...]:
    """What the workspace's project trusts besides the system, the one that ends first at the top.

    Those that came with its file, and that nobody agreed to on this machine, are trusted by nobody.
    Raises `StorageError`.
    """
    project = ws.data.project(ws.project.id)
    if not project.authorities:
        return ()
    in_force = set(authorities_in_force(ws.data, project))
    found = [_described(pem, agreed=pem in in_force) for pem in project.authorities]
    return tuple(sorted(found, key=lambda one: (one.facts.not_after, one.fingerprint)))


def _described(pem: str, *, agreed: bool) -> Certificate:
    return certificate_of(pem)._replace(trusted="project" if agreed else "no", agreed=agreed)


def certificate_of(pem: str) -> Certificate:
    """A certificate at hand, which nobody trusts yet; one that cannot be read has its fingerprint
    and no more."""
    der = der_of(pem) or b""
    return Certificate(shown_facts([der])[0], "no", None, is_authority(pem))


def read_certificates(path: Path, field: str = "file") -> tuple[Certificate, ...]:
    """The certificates of a file: PEM, DER or PKCS#7.

    Raises `UsageError` for `field`: `file_unreadable`, `ca_file_invalid`, `certificates_too_many`.
    """
    content = read_chosen(path, _MAX_BYTES, field, too_large="certificates_too_many")
    found = certificates_in(content)
    if not found:
        raise UsageError("ca_file_invalid", field=field, path=str(path))
    if len(found) > MAX_IN_FILE:
        raise UsageError("certificates_too_many", field=field, path=str(path), limit=MAX_IN_FILE)
    return tuple(
        Certificate(facts, "no", None, is_authority(facts.pem))
        for der in dict.fromkeys(found)
        for facts in shown_facts([der])
    )


def trust(ws: Workspace, certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Trust these for every connector of the project that does not say itself whom to trust.

    Answers those that the project trusts of them now. Raises `UsageError`
    (`certificates_too_many`), `StorageError`.
    """
    pems = [one.facts.pem for one in certificates]
    fingerprints = [fingerprint_of(pem) for pem in pems]

    def add(before: tuple[str, ...]) -> Sequence[str]:
        known = set(map(fingerprint_of, before))
        added = [p for p, f in zip(pems, fingerprints, strict=True) if f not in known]
        if len(before) + len(added) > MAX_TRUSTED:
            raise UsageError("certificates_too_many", field="file", limit=MAX_TRUSTED)
        return (*before, *added)

    with ws.changes.of(Change.PROJECT, ws.project.name, lambda: _has(ws, fingerprints)):
        # Agreed to first: what stands in the file without that would be asked about again.
        new = agree(ws.data, ws.project.id, fingerprints)
        try:
            _take(ws, ws.data.change_authorities(ws.project.id, add))
        except SmtpWizardError:
            forget(ws.data, ws.project.id, new)  # a file that names them later makes nobody trusted
            raise
    ws.log.write("certificates_trusted", project=ws.project.id)
    wanted = set(fingerprints)
    return tuple(one for one in list_trusted(ws) if one.fingerprint in wanted)


def distrust(ws: Workspace, text: str) -> Certificate:
    """Take a certificate from what the project trusts; `text` is its fingerprint, or how it begins.

    Answers it, so that it can be trusted again. Raises `UsageError`
    (`certificate_unknown`, `certificate_ambiguous`), `StorageError`.
    """
    one = find_trusted(ws, text)

    def leave_out(before: tuple[str, ...]) -> Sequence[str]:
        return [pem for pem in before if fingerprint_of(pem) != one.fingerprint]

    with ws.changes.of(Change.PROJECT, ws.project.name, lambda: not _has(ws, [one.fingerprint])):
        _take(ws, ws.data.change_authorities(ws.project.id, leave_out))
        forget(ws.data, ws.project.id, [one.fingerprint])
    ws.log.write("certificate_removed", project=ws.project.id)
    return one


def find_trusted(ws: Workspace, text: str) -> Certificate:
    """One of those that the project's file names; raises `UsageError` for `fingerprint`."""
    wanted = plain_fingerprint(text)
    found = [one for one in list_trusted(ws) if one.fingerprint.startswith(wanted)]
    if len(wanted) < _SHORTEST or not found:
        raise UsageError("certificate_unknown", field="fingerprint", name=text)
    if len(found) > 1:
        raise UsageError("certificate_ambiguous", field="fingerprint", name=text)
    return found[0]


def chosen_of(certificates: Sequence[Certificate], text: str) -> tuple[Certificate, ...]:
    """The one of a file that a fingerprint, or its beginning, names; raises `UsageError`."""
    wanted = plain_fingerprint(text)
    found = tuple(one for one in certificates if one.fingerprint.startswith(wanted))
    if len(wanted) < _SHORTEST or not found:
        raise UsageError("certificate_not_in_file", field="fingerprint", name=text)
    return found


def save_shown(certificates: Sequence[Certificate], path: Path) -> None:
    """Write certificates into a new file (PEM); raises `UsageError` for `output`."""
    write_new(path, "".join(one.facts.pem for one in certificates).encode(), "output")


def days_left(one: Certificate, now: datetime | None = None) -> int | None:
    """Days until it ends, below 0 once that is over."""
    end = one.ends()
    return (end - (now or datetime.now(UTC)).date()).days if end is not None else None


def _has(ws: Workspace, fingerprints: Sequence[str]) -> bool:
    known = set(map(fingerprint_of, ws.data.project(ws.project.id).authorities))
    return known.issuperset(fingerprints)


def _take(ws: Workspace, project: Project) -> None:
    ws.project = project
