"""What single connectors trust in place of their project (a CA file, a pinned certificate), and
how they come to trust what the project does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from smtpwizard.model.connector import Connector, Method, Security, name_key
from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stage_facts import CertificateFacts, StageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.tls import certificates_in, is_authority, shown_facts
from smtpwizard.usecases.certificates import MAX_IN_FILE, Certificate, certificate_of, list_trusted
from smtpwizard.usecases.chosen_files import read_chosen
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.workspace import Workspace

PIN = "pin"
CA_FILE = "ca_file"
SIGN_IN_CA_FILE = "sign_in_ca_file"

_PIN = "server.pinned_certificate"
# What decides in place of the project, for the mail server and for signing in.
_FOR_MAIL = ("server.ca_file", _PIN)
_FOR_SIGNING_IN = ("authentication.oauth.ca_file",)
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


class TlsServer(NamedTuple):
    """A connector that speaks TLS; `own_trust` is what decides in place of its project, if any."""

    identifier: str
    name: str
    host: str
    own_trust: str | None = None


def servers(ws: Workspace) -> tuple[TlsServer, ...]:
    """Each connector that speaks TLS, by their names; raises `StorageError`."""
    found = [
        TlsServer(stored.id, connector.name, connector.server.host, connector.server.own_trust)
        for stored in ws.connectors().connectors
        if (connector := stored.connector).server.security is not Security.NONE
    ]
    return tuple(sorted(found, key=lambda each: name_key(each.name)))


def all_trusted(ws: Workspace) -> tuple[Trusted, ...]:
    """What the project trusts, then what its connectors do, each for itself, by their names.

    Raises `StorageError`.
    """
    alone = [each for stored in ws.connectors().connectors for each in trusted_alone(stored)]
    alone.sort(key=lambda each: name_key(each.name))
    return (*map(Trusted, list_trusted(ws)), *alone)


def trusted_alone(stored: StoredConnector) -> Iterator[Trusted]:
    """What this connector trusts in place of its project."""
    connector = stored.connector
    server, oauth = connector.server, connector.authentication.oauth
    own = Trusted(certificate_of(""), stored.id, connector.name)
    if server.security is not Security.NONE:
        if server.own_trust == PIN:
            for one in pinned_of(connector):
                yield own._replace(certificate=one, through=PIN)
        elif server.ca_file:
            yield from _in_file(own._replace(through=CA_FILE, path=server.ca_file))
    if connector.authentication.method is Method.OAUTH and oauth.ca_file:
        yield from _in_file(own._replace(through=SIGN_IN_CA_FILE, path=oauth.ca_file))


def pinned_of(connector: Connector) -> tuple[Certificate, ...]:
    """The certificates that this connector trusts, and nobody else; none where it has no pin."""
    pem = connector.server.pinned_certificate
    if pem is None:
        return ()
    # What is not ASCII is a comment around them.
    return _read(pem.encode("ascii", "ignore")) or (
        certificate_of(pem)._replace(trusted="connector"),
    )


def pin(ws: Workspace, identifier: str, pem: str) -> StoredConnector:
    """Have one connector trust this certificate alone: a server's own, or an authority for what it
    issued. Its secrets go along.

    Raises `UsageError("connector_unknown")`, `StorageError`, `SecretStoreError`.
    """
    return put_back(ws, identifier, {_PIN: pem})


def use_project_trust(
    ws: Workspace, identifier: str, through: str = CA_FILE
) -> Mapping[str, str | None]:
    """Have one connector trust whom its project trusts: what it has of its own is taken away, for
    its mail server, or for signing in where `through` says so. Its secrets go along.

    Answers what it had, by field, for `put_back`. Raises as `pin` does.
    """
    stored = _stored(ws, identifier)
    fields = _FOR_SIGNING_IN if through == SIGN_IN_CA_FILE else _FOR_MAIL
    oauth = stored.connector.authentication.oauth
    server = stored.connector.server
    had = dict(
        zip(
            (*_FOR_MAIL, *_FOR_SIGNING_IN),
            (server.ca_file, server.pinned_certificate, oauth.ca_file),
            strict=True,
        )
    )
    before = {field: had[field] for field in fields if had[field]}
    edit_connector(ws, stored, dict.fromkeys(before))
    return before


def put_back(ws: Workspace, identifier: str, values: Mapping[str, str | None]) -> StoredConnector:
    """Have one connector trust by itself what `use_project_trust` took away; raises as that."""
    return edit_connector(ws, _stored(ws, identifier), values)


# -- inner workings -------------------------------------------------------------------------------


def _read(content: bytes) -> tuple[Certificate, ...]:
    return tuple(
        Certificate(facts, "connector", None, is_authority(facts.pem))
        for der in dict.fromkeys(certificates_in(content))
        for facts in shown_facts([der])
    )


def _in_file(own: Trusted) -> Iterator[Trusted]:
    try:
        content = read_chosen(
            Path(own.path or ""), _MAX_BYTES, "ca_file", too_large="certificates_too_many"
        )
    except UsageError:
        yield own._replace(certificate=_unread(StageError.CA_FILE_UNREADABLE))
        return
    found = _read(content)
    if not found:
        yield own._replace(certificate=_unread(StageError.CA_FILE_INVALID))
    more = max(0, len(found) - MAX_IN_FILE)
    for one in found[:MAX_IN_FILE]:
        yield own._replace(certificate=one, more=more)


def _unread(why: StageError) -> Certificate:
    return Certificate(CertificateFacts("", "", (), "", "", ""), "no", why.value)


def _stored(ws: Workspace, identifier: str) -> StoredConnector:
    stored = ws.store.read(identifier)
    if stored is None:
        raise UsageError("connector_unknown", name=identifier)
    return stored
