"""Runs as a verification records them, with names in every place in which there may be some."""

# ruff: noqa: E501 - names in their places

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

from smtpwizard.cases.case import Options
from smtpwizard.model.connector import read_connector
from smtpwizard.model.problem import Json
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    Stage,
    StageResult,
    Status,
)
from smtpwizard.model.run import Run, Summary, summary_of
from smtpwizard.model.stage_facts import (
    Attempt,
    AuthFacts,
    CertificateFacts,
    ConnectFacts,
    EhloFacts,
    MailFacts,
    RcptFacts,
    ResolveFacts,
    StageError,
    StageFailure,
    TlsFacts,
    TokenProblem,
)
from smtpwizard.model.wire import (
    AskedAside,
    Challenged,
    Connected,
    Encrypted,
    Ended,
    Heard,
    LeftOut,
    LookedUp,
    Renewed,
    Said,
    TokenRequest,
    WireEvent,
)


class Names(NamedTuple):
    """Everything in a run that names somebody."""

    user: str = "anna.kowalska"
    person: str = "Anna Kowalska"
    site: str = "widgets-und-co.de"
    host: str = "mx7berlin"
    inner: str = "srv-innen"
    company: str = "Widgets und Kompanie"
    tenant: str = "7f1c9e22-1111-4222-8333-9a0b0c0d0e0f"
    client: str = "8a2d0f33-2222-4333-9444-0b1c2d3e4f50"
    ip: str = "81.2.69.142"
    ip6: str = "2a00:1450:4001:81b::200e"
    queue: str = "4bXkQ71zTy"
    other: str = "otto.berger"
    elsewhere: str = "kunden-portal.net"
    computer: str = "ARBEITSPLATZ7"
    path: str = "C:\\Users\\akowalska\\firma.pem"
    connector: str = "Rechnungen Nordwest"

    @property
    def address(self) -> str:
        return f"{self.user}@{self.site}"

    @property
    def server(self) -> str:
        return f"{self.host}.{self.site}"


NAMES = Names()


def connector_document(names: Names = NAMES) -> Json:
    return {
        "schema": 1, "name": names.connector, "description": f"ask {names.person}", "type": "smtp",
        "provider": "custom",
        "server": {
            "host": names.server, "port": 587, "security": "starttls",
            "ehlo_name": f"{names.inner}.{names.site}", "proxy": f"http://{names.inner}:3128",
            "ca_file": names.path, "client_certificate": None,
        },
        "authentication": {
            "method": "oauth", "username": names.address, "mechanism": "auto",
            "secret_command": [names.path, names.user],
            "oauth": {
                "grant": "client_credentials", "client_id": names.client, "tenant": names.tenant,
                "issuer": f"https://login.{names.site}/realms/{names.host}",
                "token_endpoint": f"https://login.microsoftonline.com/{names.tenant}/oauth2/token",
                "scopes": ["https://outlook.office365.com/.default"],
            },
        },
        "admin": {"email": names.address, "name": names.person}, "send_to": None,
        "sender": {"address": f"{names.other}@{names.site}", "name": names.company,
                   "reply_to": names.address},
        "colour": "blue",
    }  # fmt: skip


def _certificates(names: Names) -> tuple[CertificateFacts, ...]:
    return (
        CertificateFacts(
            f"CN={names.server},O={names.company},C=DE", f"CN={names.company} CA 3,O={names.company}",
            (names.server, f"*.{names.site}", names.ip), "2024-01-01T00:00:00Z",
            "2025-01-01T00:00:00Z", "ab12" * 16, pem="-----BEGIN CERTIFICATE-----",
        ),
        CertificateFacts(
            "CN=R11, O=Let's Encrypt, C=US", "CN=ISRG Root X1, O=Internet Security Research Group",
            (), "2024-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "cd34" * 16,
        ),
    )  # fmt: skip


def report_of(names: Names = NAMES) -> Report:
    reply = Reply(
        535, "5.7.8",
        f"Error: authentication failed for {names.user} ({names.address}) on {names.server}: ask "
        f"{names.person} or postmaster@{names.elsewhere} [{names.queue}]",
    )  # fmt: skip
    found: dict[Stage, StageResult] = {
        Stage.RESOLVE: StageResult(
            Stage.RESOLVE, Status.PASSED, 3,
            facts=ResolveFacts(f"{names.inner}:3128", "https_proxy", names.server, (names.ip, names.ip6)),
        ),
        Stage.CONNECT: StageResult(
            Stage.CONNECT, Status.PASSED, 4,
            facts=ConnectFacts(587, names.ip, "ipv4", (Attempt(names.ip6, 9, StageError.TIMEOUT),)),
        ),
        Stage.TLS: StageResult(
            Stage.TLS, Status.PASSED, 5,
            facts=TlsFacts("starttls", "TLSv1.3", "TLS_AES_256_GCM_SHA384", _certificates(names), f"O={names.company}"),
        ),
        Stage.EHLO: StageResult(
            Stage.EHLO, Status.PASSED, 6,
            facts=EhloFacts(f"{names.inner}.{names.site}", ("SIZE 1000", f"XHOST {names.server}"), ("XOAUTH2",), 1000),
        ),
        Stage.AUTH: StageResult(
            Stage.AUTH, Status.FAILED, 7, reply, Actor.MAIL_ADMIN,
            AuthFacts(
                names.address, "XOAUTH2",
                {"status": "401", "scope": "https://mail.google.com/", "x": names.user},
                TokenProblem("token_refused", {
                    "error": "invalid_grant", "aadsts": "700016",
                    "description": f"AADSTS700016: Application with identifier '{names.client}' was not "
                    f"found in the directory '{names.company}' ({names.tenant}).",
                    "token": {"account": names.address, "tenant": names.tenant, "nonce": names.user},
                    "strange": names.user,
                }),
            ),
            StageFailure(
                StageError.AUTH_REFUSED, path=names.path, proxy=f"{names.inner}:3128",
                chain=_certificates(names), first=f"220 {names.server} hi",
            ),
        ),
        Stage.MAIL_FROM: StageResult(Stage.MAIL_FROM, facts=MailFacts(names.address, 10)),
        Stage.RCPT_TO: StageResult(Stage.RCPT_TO, facts=RcptFacts(f"{names.other}@{names.elsewhere}")),
    }  # fmt: skip
    return Report(
        ok=False,
        connector=names.connector,
        started="2026-11-22T10:15:00Z",
        duration_ms=812,
        stages=tuple(found.get(stage, StageResult(stage)) for stage in STAGES),
        causes=(
            Cause(
                "bad_credentials", Likelihood.HIGH, Actor.YOU, (f"auth: {reply}",),
                values={"username": names.address},
            ),
        ),
        message_id=f"<17.{names.queue}@{names.site}>",
        queue_id=names.queue,
        wire=tuple(wire_of(names)),
        token_requests=(
            TokenRequest(
                5, f"login.{names.site}:8443", f"/realms/{names.host}/token", ("grant_type",), "password", 400,
                ("error", "error_description"), "invalid_grant", f"{names.address} is not {names.person}",
            ),
            TokenRequest(6, "login.microsoftonline.com", f"/{names.tenant}/oauth2/v2.0/token"),
        ),
    )  # fmt: skip


def wire_of(names: Names) -> Sequence[WireEvent]:
    banner = f"220 {names.server} ESMTP Postfix ({names.company})\n"
    challenge = base64.b64encode(f"user {names.address}".encode()).decode()
    return (
        LookedUp(1, names.server, (names.ip, names.ip6)),
        Connected(2, names.ip, (Attempt(names.ip6, 3),), proxy=f"http://{names.inner}:3128"),
        Heard(3, banner),
        Said(4, f"EHLO {names.inner}.{names.site}"),
        Heard(
            5, f"250-{names.server} Hello {names.inner}.{names.site} [{names.ip}]\n250 SIZE 10\n"
        ),
        Heard(6, f"250 Grüße von {names.company}\n".encode().decode("latin-1"), octets=True),
        Heard(7, "250 Gr\xfc\xdfe\n", octets=True),
        Encrypted(8, "TLSv1.3", "TLS_AES_256_GCM_SHA384", _certificates(names)),
        Encrypted(9, failure=StageFailure(StageError.NOT_TLS), answer=banner),
        AskedAside(10, banner, "smtp"),
        Challenged(11, 40, f"user={names.address}", decoded=True),
        Heard(12, f"334 {challenge}\n"),
        Said(13, f"MAIL FROM:<{names.address}>"),
        Heard(14, f"550 {names.address.upper()}: {names.user.title()} at {names.site} unknown\n"),
        Heard(15, f"451 {names.computer} {names.path} {names.queue} {names.elsewhere}\n"),
        Renewed(16),
        LeftOut(17, 3),
        Ended(18, StageFailure(StageError.RESET), sending=True),
    )


def run_of(names: Names = NAMES) -> Run:
    environment = {
        "version": "1.0",
        "system": "Linux",
        "proxies": ["HTTPS_PROXY"],
        "user": names.user,
    }
    return Run("20261122-101500-3f9c1a", connector_document(names), report_of(names), environment)


def history_of(names: Names = NAMES) -> list[Summary]:
    return [summary_of(run_of(names))]


OPTIONS = Options("1.0", "2026-11", "2026-11-22T10:15:00Z", "c-0001")

__all__ = ["NAMES", "OPTIONS", "Names", "history_of", "read_connector", "report_of", "run_of"]
