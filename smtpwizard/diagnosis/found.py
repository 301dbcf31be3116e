"""What a verification found that sentences may name: dates, names, sizes, what was chosen by whom.

Only what is known stands in it. Weighs nothing, and holds no sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from smtpwizard.model.addresses import is_ip_literal
from smtpwizard.model.connector import Connector, Method, Security
from smtpwizard.model.report import BEYOND_LOGIN, Report, StageResult
from smtpwizard.model.stage_facts import (
    AuthFacts,
    DataFacts,
    EhloFacts,
    MailFacts,
    ResolveFacts,
    StageError,
    StageFailure,
    TlsFacts,
)
from smtpwizard.providers import ProviderEntry

# “Client host [192.0.2.7] blocked using dnsbl.example.org”, as Postfix and others write it.
_ADDRESS = re.compile(r"\[([0-9A-Fa-f.:]{7,45})\]")
_LIST = re.compile(
    r"\b(?:blocked|listed) (?:using|by|in|at|on) ([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
)
_USUAL_PORTS = (25, 465, 587)
# What the wizard lets a person choose by name.
_BY_HAND = ("PLAIN", "LOGIN")
# The password is proven, not sent.
_PROOFS = ("SCRAM-", "CRAM-", "DIGEST-")


def found_values(
    report: Report, connector: Connector, entry: ProviderEntry | None
) -> dict[str, Any]:
    """What is known beyond the connector's own fields, by the names that sentences use."""
    stopped = report.stopped_at()
    if stopped is None:
        return {}
    values = dict(
        [
            *_about_settings(report, connector, entry),
            *_about_encryption(stopped),
            *_about_address(stopped),
            *_about_certificate(report, stopped),
            *_about_limits(report, stopped),
            *_about_login(report, connector, stopped),
        ]
    )
    # A name to enter as the server, where the server's name is a field at all.
    values["named_here"] = bool(values.get("names")) and entry is None
    return {key: value for key, value in values.items() if value not in (None, "", (), False)}


def _about_settings(
    report: Report, connector: Connector, entry: ProviderEntry | None
) -> Iterator[tuple[str, Any]]:
    server = connector.server
    usual = server.port in _USUAL_PORTS
    # A port of its own is kept: then only the method can be wrong.
    yield "starttls_port", 587 if usual else server.port
    yield "tls_port", 465 if usual else server.port
    yield "brought", entry is not None
    yield "no_proxy", not (server.proxy or report.facts(ResolveFacts).proxy)
    yield "unencrypted", server.security is Security.NONE
    yield "starttls", server.security is Security.STARTTLS
    # The one message that a verification sends is our own.
    yield "test_email", True
    login = connector.authentication.username
    yield "short_login", login if login and "@" not in login else None
    command = connector.authentication.secret_command
    yield "secret_command", command[0] if command else None
    # A login alone says nothing about these.
    stopped = report.stopped_at()
    yield "with_email", stopped is not None and stopped.stage in BEYOND_LOGIN
    yield "signs_in", connector.authentication.method is not Method.NONE


def _about_encryption(stopped: StageResult) -> Iterator[tuple[str, Any]]:
    failure = stopped.failure
    plain = failure is not None and failure.error is StageError.NOT_TLS and failure.peer == "smtp"
    # What speaks SMTP at once is no server that waits for encryption.
    yield "plain_server", plain


def _about_address(stopped: StageResult) -> Iterator[tuple[str, Any]]:
    """Which address a server calls blocked, and by which list, where its words say so."""
    said = stopped.reply.text if stopped.reply is not None else ""
    address = _ADDRESS.search(said)
    yield "blocked_address", address[1] if address and is_ip_literal(address[1]) else None
    listed = _LIST.search(said)
    yield "block_list", listed[1] if listed else None


def _about_certificate(report: Report, stopped: StageResult) -> Iterator[tuple[str, Any]]:
    failure = stopped.failure or StageFailure(StageError.FAILED)
    chain = failure.chain or report.facts(TlsFacts).chain or ()
    yield "tls_version", failure.version
    if chain:
        leaf = chain[0]
        yield "names", tuple(leaf.names)
        yield "valid_from", leaf.not_before
        yield "valid_until", leaf.not_after
        yield "issuer", leaf.issuer


def _about_limits(report: Report, stopped: StageResult) -> Iterator[tuple[str, Any]]:
    failure = stopped.failure or StageFailure(StageError.FAILED)
    size = report.facts(DataFacts).octets or report.facts(MailFacts).size
    yield "size", failure.size or size
    yield "limit", failure.limit or report.facts(EhloFacts).size
    if StageError.TIMEOUT in (failure.error, failure.why) and stopped.ms:
        yield "waited", max(1, round(stopped.ms / 1000))


def _about_login(
    report: Report, connector: Connector, stopped: StageResult
) -> Iterator[tuple[str, Any]]:
    failure = stopped.failure or StageFailure(StageError.FAILED)
    offered = failure.offered or report.facts(EhloFacts).mechanisms or ()
    tried = report.facts(AuthFacts).mechanism
    yield "offered", tuple(offered)
    automatic = connector.authentication.mechanism == "auto"
    with_token = connector.authentication.method is Method.OAUTH
    yield "no_oauth", automatic and with_token
    yield "automatic", automatic and not with_token and bool(tried)
    yield "none_fits", automatic and not with_token and not tried
    known = {name.upper() for name in offered} - {tried}
    by_hand = next((name for name in _BY_HAND if name in known), None)
    yield "by_hand", by_hand
    # A server needs the password itself, or a form of its own of it, to follow such a proof.
    follows = tried is not None and tried.startswith(_PROOFS)
    yield "proven_by", tried if follows and by_hand and automatic else None
