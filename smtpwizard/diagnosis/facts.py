"""Facts of a failed verification, as rules look at them: its error, the reply, the connector.

The only place of the diagnosis that knows what a stage keeps. Weighs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from smtpwizard.diagnosis.evidence import Evidence, gather_refusal, gather_reply
from smtpwizard.diagnosis.found import found_values
from smtpwizard.diagnosis.setting import auth_facts, families_in
from smtpwizard.diagnosis.words import flatten
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.authorities import is_interceptor
from smtpwizard.model.connector import Connector, Method, Security, port_is_for
from smtpwizard.model.registration import Family
from smtpwizard.model.report import Report, StageResult
from smtpwizard.model.stage_facts import (
    AuthFacts,
    EhloFacts,
    RcptFacts,
    ResolveFacts,
    StageError,
    StageFailure,
    TlsFacts,
    TokenProblem,
)
from smtpwizard.providers import ProviderEntry

_TOKEN_MECHANISMS = ("XOAUTH2", "OAUTHBEARER")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, and the line that shows it where it is not the failed stage's own."""

    token: str
    line: str = ""


def facts_of(
    report: Report, stopped: StageResult, connector: Connector, entry: ProviderEntry | None
) -> Iterator[Fact]:
    """What is known of the stage that stopped `report`, and of the setting around it."""
    error = stopped.error
    yield Fact(f"error:{error or ''}")
    missing = error is StageError.TOKEN_MISSING
    yield Fact(f"stage:{'oauth' if missing else stopped.stage.value}")
    peer = stopped.failure.peer if stopped.failure is not None else None
    yield Fact(f"peer:{peer or 'none'}")
    if stopped.failure is not None and stopped.failure.alert is not None:
        yield Fact("alert:sent")
        yield Fact(f"alert:{stopped.failure.alert}")
    if stopped.reply is not None and stopped.reply.code >= 400:
        yield Fact("reply:refusal")
    if missing:
        token = _token(stopped)
        problem = token.problem if token is not None else "token_none"
        lost = token is not None and token.facts.get("interrupted")
        yield Fact("token:renewal_lost" if lost else f"token:{problem}")
    yield from _about_the_connector(connector, entry, _auth(stopped).mechanism or "")
    if stopped.failure is not None:
        yield from _about_offers(connector, stopped.failure)
    yield from _about_certificates(report, stopped)


def gather_words(stopped: StageResult, setting: Iterable[str]) -> Evidence | None:
    """What a server said, beside the facts known already; None where it did not refuse in words."""
    if stopped.reply is not None and stopped.reply.code >= 400:
        return gather_reply(stopped.reply, setting)
    token = _token(stopped)
    if token is not None and any(token.said):
        return gather_refusal(*token.said, setting)
    return None


def line_of(stopped: StageResult) -> str:
    """The stage's own account of its failure, as a line of evidence."""
    token = _token(stopped)
    words = ": ".join(filter(None, (token.said[0], token.said[2]))) if token is not None else ""
    said = str(stopped.reply or words or (stopped.error or "").replace("_", " "))
    if token is not None and not words:
        said = f"{said} ({_why_missing(token)})"
    openssl = stopped.failure.openssl if stopped.failure is not None else None
    if openssl:
        said = f"{said} ({openssl})"
    return f"{stopped.stage.value}: {said}"[:300]


def _why_missing(token: TokenProblem) -> str:
    """Why there is no usable token, and what was found in place of what."""
    why = token.problem.removeprefix("token_").replace("_", " ")
    given = ((name, token.facts.get(name)) for name in ("expected", "found"))
    return "; ".join((why, *(f"{name} {clean_text(str(v), 100)}" for name, v in given if v)))


def understood_of(stopped: StageResult) -> dict[str, object]:
    """What was recognised, for a reader: stage, error, codes."""
    out: dict[str, object] = {
        "stage": stopped.stage.value,
        "error": str(stopped.error or ""),
    }
    if stopped.reply is not None:
        codes = (str(stopped.reply.code), stopped.reply.enhanced)
        out["codes"] = [code for code in codes if code is not None]
    return out


def _auth(stopped: StageResult) -> AuthFacts:
    return stopped.facts if isinstance(stopped.facts, AuthFacts) else AuthFacts()


def _token(stopped: StageResult) -> TokenProblem | None:
    """What kept a connector from having a token; None where that is not the failure."""
    return _auth(stopped).token if stopped.error is StageError.TOKEN_MISSING else None


def connector_values(
    report: Report, connector: Connector, entry: ProviderEntry | None
) -> dict[str, Any]:
    """What sentences about a cause may name, from the connector and the stage that failed."""
    server = connector.server
    stopped = report.stopped_at()
    failure = stopped.failure if stopped is not None else None
    auth = report.facts(AuthFacts)
    oauth = connector.authentication.oauth
    implicit = server.security is Security.IMPLICIT_TLS
    usual = server.port in (25, 465, 587)
    host, port = (auth.token and auth.token.server) or (server.host, server.port)
    return {
        "host": host,
        "port": port,
        "server": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        # A port of its own is kept: then only the method can be wrong.
        "other_security": Security.STARTTLS if implicit else Security.IMPLICIT_TLS,
        "other_port": (587 if implicit else 465) if usual else server.port,
        "username": auth.username or connector.authentication.username,
        "sender": connector.sender_address(),
        "domain": connector.sender_address().rpartition("@")[2],
        "recipient": report.facts(RcptFacts).recipient or connector.test_recipient(),
        "provider": entry.name if entry is not None else None,
        "mechanism": auth.mechanism or _chosen(failure),
        "ehlo_name": report.facts(EhloFacts).ehlo_name or server.ehlo_name,
        "client_id": oauth.client_id,
        "tenant": oauth.tenant,
        "redirect_uri": oauth.redirect_uri,
        "peer": failure and failure.peer,
        "found": auth.token and auth.token.found,
        **found_values(report, connector, entry),
        **_proxy_values(report, failure),
    }


def _proxy_values(report: Report, failure: StageFailure | None) -> dict[str, str | None]:
    """The proxy on the way to what was asked last, and what names it."""
    token, way = report.facts(AuthFacts).token, report.facts(ResolveFacts)
    if token is not None:
        return {"proxy": token.facts.get("proxy"), "setting": token.facts.get("source")}
    return {
        "proxy": way.proxy or (failure and failure.proxy),
        "setting": way.proxy_source or (failure and failure.source),
    }


def _chosen(failure: StageFailure | None) -> str | None:
    """The mechanism that was chosen for the connector; None where it is automatic."""
    wanted = failure.wanted if failure is not None else None
    return None if wanted == "auto" else wanted


def _about_the_connector(
    connector: Connector, entry: ProviderEntry | None, mechanism: str
) -> Iterator[Fact]:
    server, method = connector.server, connector.authentication.method
    if connector.sends_as_itself():
        yield Fact("sender:own")
    yield Fact(f"port:{server.port}")
    yield Fact(f"sec:{server.security.value}")
    yield Fact(f"method:{method.value}")
    oauth = connector.authentication.oauth
    scopes = ""
    if method is Method.OAUTH:
        yield Fact(f"grant:{oauth.grant}")
        scopes = " ".join(oauth.scopes)
    if port_is_for(server.port, server.security) is not None:
        yield Fact("mode:swapped")
    token = method is Method.OAUTH or mechanism in _TOKEN_MECHANISMS
    yield from map(Fact, auth_facts("oauth" if token else mechanism or method.value))
    family = entry.family if entry is not None else Family.GENERIC
    # A scope says whose it is also where the addresses were entered by hand.
    name = flatten(f"{family} {entry.name if entry is not None else ''} {scopes}")
    yield from map(Fact, families_in(name))
    known = family is not Family.GENERIC
    yield Fact("provider:known" if known else "provider:other")
    if known and entry is not None and server.host == entry.host:
        yield Fact("host:known_provider")


def _about_offers(connector: Connector, failure: StageFailure) -> Iterator[Fact]:
    words = [word.upper() for word in failure.extensions or ()]
    if any((len(w) >= 6 and set(w) == {"X"}) or w.startswith("XXX") for w in words):
        yield Fact("offers:garbled")
    if "STARTTLS" in words:
        yield Fact("offers:starttls")
    offered = {name.upper() for name in failure.offered or ()}
    password = connector.authentication.method is Method.BASIC
    if password and offered and offered <= set(_TOKEN_MECHANISMS):
        yield Fact("offers:tokens_only")


def _about_certificates(report: Report, stopped: StageResult) -> Iterator[Fact]:
    failure = stopped.failure
    chain = (failure.chain if failure is not None else None) or ()
    if not chain and isinstance(stopped.facts, TlsFacts):
        chain = stopped.facts.chain or ()
    if is_interceptor(" ".join(certificate.issuer for certificate in chain)):
        yield Fact("issuer:interceptor")
    if failure is not None and failure.own_trust is not None:
        yield Fact(f"trust:{failure.own_trust}")
    if failure is not None and failure.project_vouches:
        yield Fact("trust:project")
    issuer = report.facts(TlsFacts).unexpected_issuer
    if issuer:
        yield Fact("issuer:unexpected", f"tls: certificate issued by {issuer}")
    if failure is not None and failure.clock_suspect:
        yield Fact("clock:suspect", "tls: this computer's clock is out of step")
