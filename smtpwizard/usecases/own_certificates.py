"""The certificates that count besides the system's, for a project or for single connectors: a CA
file's, a pinned one's. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from smtpwizard.model.connector import Connector, Method, Security, name_order
from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stage_facts import CertificateFacts, StageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.tls import certificates_in, is_authority, shown_facts
from smtpwizard.usecases.certificates import MAX_IN_FILE, Certificate, certificate_of, list_trusted
from smtpwizard.usecases.chosen_files import read_chosen
from smtpwizard.usecases.workspace import Workspace

PIN = "pin"
CA_FILE = "ca_file"
SIGN_IN_CA_FILE = "sign_in_ca_file"

# A copy of the system's own list is no more.
_MAX_BYTES = 5_000_000


class Trusted(NamedTuple):
    """A certificate that counts besides the system's: for the project, or for one connector alone,
    whose id and name are there then.

    `through` is what of it says so: `pin`, `ca_file`, `sign_in_ca_file`. The file is at `path`; it
    holds so many `more` than are listed. One that cannot be read is a certificate without facts,
    which says why.
    """

    certificate: Certificate
    connector: str = ""
    name: str = ""
    through: str | None = None
    path: str | None = None
    more: int = 0

    @property
    def title(self) -> str:
        """What a person calls it by; of a file that cannot be read, what the file is called."""
        read = bool(self.certificate.fingerprint) or self.path is None
        return self.certificate.name if read else Path(self.path or "").name

    def to_json(self) -> Json:
        """One that a connector trusts for itself."""
        return self.certificate.to_json() | {
            "connector": self.name,
            "through": self.through,
            "ca_file": self.path,
        }


class InFile(NamedTuple):
    """The certificates of a file, and how many more it holds; one without facts says why it could
    not be read."""

    certificates: tuple[Certificate, ...]
    more: int = 0


class OneCertificate(NamedTuple):
    """A certificate once, with everybody for whom it counts: the project, if at all, is first."""

    certificate: Certificate
    whose: tuple[Trusted, ...]

    @property
    def by_project(self) -> bool:
        return not self.whose[0].connector

    @property
    def alone(self) -> tuple[Trusted, ...]:
        """The connectors that trust it for themselves, by what."""
        return self.whose[1:] if self.by_project else self.whose

    @property
    def title(self) -> str:
        return self.whose[0].title


def all_trusted(ws: Workspace) -> tuple[Trusted, ...]:
    """What the project trusts, then what its connectors do, each for itself, by their names.

    Raises `StorageError`.
    """
    read = cache(_file)  # many connectors have one file
    alone = [each for stored in ws.connectors().connectors for each in trusted_alone(stored, read)]
    alone.sort(key=lambda each: name_order(each.name))
    return (*map(Trusted, list_trusted(ws)), *alone)


def trusted_alone(
    stored: StoredConnector, read: Callable[[str], InFile] | None = None
) -> Iterator[Trusted]:
    """What this connector trusts in place of its project; `read` reads a file."""
    read = read or _file
    connector = stored.connector
    server, oauth = connector.server, connector.authentication.oauth
    own = Trusted(certificate_of(""), stored.id, connector.name)
    if server.security is not Security.NONE:
        if server.own_trust == PIN:
            for one in pinned_of(connector):
                yield own._replace(certificate=one, through=PIN)
        elif server.ca_file:
            yield from _in_file(own._replace(through=CA_FILE, path=server.ca_file), read)
    if connector.authentication.method is Method.OAUTH and oauth.ca_file:
        yield from _in_file(own._replace(through=SIGN_IN_CA_FILE, path=oauth.ca_file), read)


def pinned_of(connector: Connector) -> tuple[Certificate, ...]:
    """The certificates that this connector trusts, and nobody else; none where it has no pin."""
    pem = connector.server.pinned_certificate
    if pem is None:
        return ()
    # What is not ASCII is a comment around them.
    return _read(pem.encode("ascii", "ignore")) or (
        certificate_of(pem)._replace(trusted="connector"),
    )


def by_certificate(found: Sequence[Trusted]) -> tuple[OneCertificate, ...]:
    """Each certificate once, in the order in which they were found; a file that cannot be read
    counts as one."""
    groups: dict[tuple[str, ...], list[Trusted]] = {}
    for one in found:
        certificate = one.certificate
        unread = ("", one.path or one.connector, certificate.why or "")
        key = (certificate.fingerprint,) if certificate.fingerprint else unread
        groups.setdefault(key, []).append(one)
    return tuple(OneCertificate(group[0].certificate, tuple(group)) for group in groups.values())


def own_ends(stored: StoredConnector, chain: Sequence[CertificateFacts]) -> list[Json]:
    """When those end that this connector trusts for itself, as `name`, `ends` and `fingerprint`.

    Of several only those that issued something in `chain`, which its server has shown, where that
    tells them apart; nothing of a file that is a whole list of authorities.
    """
    shown = {each.fingerprint for each in chain}
    issuers = {each.issuer for each in chain}
    out: dict[str, Json] = {}
    found = [each for each in trusted_alone(stored) if each.certificate.fingerprint]
    for through in dict.fromkeys(each.through for each in found):
        some = [each for each in found if each.through == through]
        if some[0].more:
            continue
        used = [
            each
            for each in some
            if each.certificate.fingerprint in shown or each.certificate.facts.subject in issuers
        ]
        for one in used or some:
            facts = one.certificate.facts
            out[facts.fingerprint] = {
                "name": one.certificate.name,
                "ends": facts.not_after,
                "fingerprint": facts.fingerprint,
            }
    return list(out.values())


# -- inner workings -------------------------------------------------------------------------------


def _read(content: bytes) -> tuple[Certificate, ...]:
    return tuple(
        Certificate(facts, "connector", None, is_authority(facts.pem))
        for der in dict.fromkeys(certificates_in(content))
        for facts in shown_facts([der])
    )


def _file(path: str) -> InFile:
    try:
        content = read_chosen(Path(path), _MAX_BYTES, "ca_file", too_large="certificates_too_many")
    except UsageError:
        return InFile((_unread(StageError.CA_FILE_UNREADABLE),))
    found = _read(content)
    if not found:
        return InFile((_unread(StageError.CA_FILE_INVALID),))
    return InFile(found[:MAX_IN_FILE], max(0, len(found) - MAX_IN_FILE))


def _in_file(own: Trusted, read: Callable[[str], InFile]) -> Iterator[Trusted]:
    found = read(own.path or "")
    for one in found.certificates:
        yield own._replace(certificate=one, more=found.more)


def _unread(why: StageError) -> Certificate:
    return Certificate(CertificateFacts("", "", (), "", "", ""), "no", why.value)
