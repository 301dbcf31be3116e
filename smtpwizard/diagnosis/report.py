"""The causes of a failed verification, from its own error codes, the reply and the connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smtpwizard.diagnosis.engine import Diagnosis, Guess, RankedCause, rank
from smtpwizard.diagnosis.evidence import gather
from smtpwizard.diagnosis.text import guesses
from smtpwizard.model.connector import Connector, Method, Security
from smtpwizard.model.report import Actor, Report, Stage, StageResult
from smtpwizard.model.stage_facts import StageError, TlsFacts
from smtpwizard.providers import ProviderEntry

# What follows from an error code alone: slug, weight, variant of the sentence. Codes that need a
# look at the rest are in `_CLOSER`.
ERROR_CODES: Mapping[str, tuple[tuple[str, float, str | None], ...]] = {
    # resolve
    "dns_not_found": (("dns_failure", 10, None),),
    "dns_failed": (("dns_failure", 9, "resolver"),),
    "domain_invalid": (("dns_failure", 9, None),),
    # connect
    "refused": (("connection_refused", 10, None), ("port_blocked", 3, None)),
    "unreachable": (("network_unreachable", 10, None),),
    "blocked_locally": (("port_blocked", 10, "local"),),
    "failed": (("network_unreachable", 4, None), ("proxy_error", 2, None)),
    "not_connected": (("connection_dropped", 4, None),),
    "proxy_invalid": (("proxy_error", 10, "address"),),
    "proxy_auth_required": (("proxy_error", 10, "login"),),
    "proxy_refused": (("proxy_error", 10, None),),
    "proxy_invalid_answer": (("proxy_error", 9, "address"),),
    "proxy_timeout": (("proxy_error", 7, None), ("timeout", 4, None)),
    "proxy_unreachable": (("proxy_error", 10, "address"),),
    "proxy_unreachable_target": (("proxy_error", 7, None), ("connection_refused", 4, None)),
    # anywhere
    "reset": (("connection_dropped", 8, None),),
    "closing": (("server_unavailable", 7, None), ("connection_dropped", 4, None)),
    "garbage": (("not_smtp", 7, None), ("proxy_error", 3, None)),
    "reply_too_long": (("not_smtp", 5, None), ("protocol_error", 4, "server")),
    "mixed_codes": (("protocol_error", 7, "server"), ("proxy_error", 4, None)),
    "unsolicited": (("protocol_error", 7, "server"), ("proxy_error", 4, None)),
    # tls
    "cert_expired": (("cert_expired", 10, None),),
    "cert_not_yet_valid": (("cert_expired", 7, "not_yet"), ("clock_skew", 6, None)),
    "cert_hostname_mismatch": (("cert_hostname_mismatch", 10, None),),
    "cert_weak": (("tls_version_too_old", 9, "certificate"), ("cert_untrusted", 3, None)),
    "cert_not_strict": (("cert_untrusted", 10, "not_strict"),),
    "tls_version": (("tls_version_too_old", 10, None),),
    "tls_no_common_cipher": (("tls_version_too_old", 9, None),),
    "handshake_failed": (("tls_version_too_old", 5, None), ("connection_dropped", 3, None)),
    "tls_broken": (("connection_dropped", 6, None), ("proxy_error", 3, None)),
    "client_certificate_required": (("auth_required", 9, "client_certificate"),),
    "client_certificate_refused": (("bad_credentials", 9, "client_certificate"),),
    "ca_file_unreadable": (("cert_untrusted", 9, "ca_file"),),
    "ca_file_invalid": (("cert_untrusted", 9, "ca_file"),),
    "pin_invalid": (("cert_untrusted", 9, "pin"),),
    "client_certificate_unreadable": (("bad_credentials", 9, "client_certificate_file"),),
    "client_certificate_invalid": (("bad_credentials", 9, "client_certificate_file"),),
    "starttls_injected": (("tls_intercepted", 7, "injected"), ("proxy_error", 5, None)),
    # ehlo
    "ehlo_name_invalid": (("protocol_error", 9, "ehlo_name"),),
    # auth
    "cleartext_refused": (("starttls_required", 10, "ours"),),
    "auth_closed": (("bad_credentials", 6, None), ("connection_dropped", 4, None)),
    "auth_unexpected": (("protocol_error", 7, "server"),),
    "bad_challenge": (("auth_mechanism_unsupported", 6, None), ("protocol_error", 4, "server")),
    "too_many_challenges": (
        ("auth_mechanism_unsupported", 6, None),
        ("protocol_error", 4, "server"),
    ),
    "server_not_proven": (("tls_intercepted", 5, "impostor"), ("bad_credentials", 4, None)),
    "mechanism_unavailable": (("auth_mechanism_unsupported", 9, "not_here"),),
    "no_secret": (("auth_required", 9, "no_secret"),),
    # the message
    "message_too_large": (("message_too_large", 10, None),),
    "smtputf8_missing": (("encoding_unsupported", 10, None),),
    "reply_lost": (("connection_dropped", 6, "after_dot"), ("timeout", 3, None)),
    "unexpected_reply": (("protocol_error", 7, "server"),),
}

# Failures in which the server's own words decide; the weights here only carry a bare code.
_WORDS_DECIDE: Mapping[str, tuple[tuple[str, float], ...]] = {
    "greeting_refused": (("blocked_ip", 4), ("server_unavailable", 3)),
    "ehlo_refused": (("protocol_error", 5), ("blocked_ip", 2)),
    "starttls_refused": (("starttls_unavailable", 8),),
    "auth_refused": (("bad_credentials", 3),),
    "sender_refused": (("sender_not_allowed", 4), ("auth_required", 2)),
    "recipient_refused": (("recipient_rejected", 3), ("relay_denied", 3)),
    "data_refused": (("content_rejected", 3),),
    "message_refused": (("content_rejected", 3),),
}

# Names that security software and gateways put into the certificates they make up.
_INTERCEPTORS = (
    "kaspersky", "avast", "avg technologies", "eset", "bitdefender", "zscaler", "fortinet",
    "fortigate", "sophos", "netskope", "cisco umbrella", "palo alto", "mcafee", "trellix", "norton",
    "symantec web", "blue coat", "bluecoat", "forcepoint", "websense", "watchguard", "sonicwall",
    "check point", "checkpoint", "untangle", "squid", "barracuda", "f-secure", "g data", "drweb",
    "doctor web", "trend micro", "comodo antivirus", "adguard", "fiddler", "charles proxy",
    "mitmproxy", "burp", "smoothwall", "securly", "iboss", "cato networks", "mimecast web",
)  # fmt: skip


def is_interceptor(issuer: str) -> bool:
    """Whether an issuer is security software or a gateway that makes up certificates."""
    return any(name in issuer.lower() for name in _INTERCEPTORS)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What one failed stage offers as evidence."""

    stopped: StageResult
    connector: Connector
    entry: ProviderEntry | None

    @property
    def detail(self) -> Mapping[str, Any]:
        return self.stopped.detail()

    @property
    def family(self) -> str:
        return self.entry.family if self.entry is not None else "generic"


def diagnose_report(
    report: Report,
    connector: Connector,
    entry: ProviderEntry | None = None,
    further: Sequence[Guess] = (),
) -> Diagnosis:
    """Ranked causes of the stage that failed; none for a report without one, or an interrupted.

    `further` is evidence from beyond the report.
    """
    stopped = report.stopped_at()
    if stopped is None or report.cancelled:
        return Diagnosis()
    error = str(stopped.error or "")
    scene = _Scene(stopped, connector, entry)
    found = [
        Guess(slug, weight, variant=variant) for slug, weight, variant in ERROR_CODES.get(error, ())
    ]
    closer = _CLOSER.get(error)
    if closer is not None:
        found += closer(scene)
    if stopped.reply is not None and stopped.reply.code >= 400:
        found += [Guess(slug, weight) for slug, weight in _WORDS_DECIDE.get(error, ())]
        found += _words(str(stopped.reply), scene, stopped.stage.value)
    elif error in _WORDS_DECIDE:  # a reply that is no refusal, and not what was asked for either
        found.append(Guess("protocol_error", 7, variant="server"))
    line = _line(stopped, error)
    found = [replace(guess, evidence=line) for guess in found]
    found += _certificate_guesses(report, stopped)
    found += further
    causes = rank(found)
    apart = (causes[0].slug, causes[1].slug) if len(causes) > 1 else None
    understood: dict[str, object] = {"stage": stopped.stage.value, "error": error}
    if stopped.reply is not None:
        understood["codes"] = [
            c for c in (str(stopped.reply.code), stopped.reply.enhanced) if c is not None
        ]
    return Diagnosis(tuple(_for_here(c, scene) for c in causes), understood, apart)


def _certificate_guesses(report: Report, stopped: StageResult) -> list[Guess]:
    """What the certificate says beyond the error, also of a stage that came later."""
    out = []
    issuer = report.facts(TlsFacts).unexpected_issuer
    if issuer:
        weight = 12 if stopped.stage is Stage.TLS else 4
        out.append(Guess("tls_intercepted", weight, f"tls: certificate issued by {issuer}"))
    failure = stopped.failure
    if failure and failure.error is StageError.CERT_EXPIRED and failure.clock_suspect:
        out.append(Guess("clock_skew", 5, "tls: this computer's clock is out of step"))
    return out


def _line(stopped: StageResult, error: str) -> str:
    said = str(stopped.reply) if stopped.reply is not None else error.replace("_", " ")
    openssl = stopped.failure.openssl if stopped.failure else None
    if openssl:
        said = f"{said} ({openssl})"
    return f"{stopped.stage.value}: {said}"[:300]


def _for_here(cause: RankedCause, scene: _Scene) -> RankedCause:
    """The actor as this connector has it: who runs the server is known for known providers."""
    known = scene.family in ("google", "microsoft")
    if cause.slug in ("cert_expired", "cert_untrusted", "starttls_unavailable") and known:
        # A large provider's certificate is in order: what differs sits between here and there.
        return replace(cause, actor=Actor.NETWORK_ADMIN)
    if cause.slug == "server_unavailable" and not known:
        return replace(cause, actor=Actor.MAIL_ADMIN)
    if cause.variant in ("ca_file", "pin", "not_yet"):
        return replace(cause, actor=Actor.YOU)
    return cause


# -- codes that need a closer look -----------------------------------------------------------------


def _timeout(scene: _Scene) -> list[Guess]:
    server, stage = scene.connector.server, scene.stopped.stage
    if stage is Stage.RESOLVE:
        return [Guess("dns_failure", 9, variant="resolver")]
    if stage is Stage.CONNECT:
        if server.port == 25:
            # Most access networks drop port 25 and nothing else.
            return [Guess("port_blocked", 7), Guess("timeout", 6)]
        return [Guess("timeout", 7), Guess("port_blocked", 5)]
    if stage in (Stage.GREETING, Stage.TLS):
        mode = 5 if server.port in (465, 587) and _swapped(server.port, server.security) else 2
        return [Guess("timeout", 6), Guess("wrong_security_mode", mode)]
    return [Guess("timeout", 8), Guess("server_unavailable", 4)]


def _swapped(port: int, security: Security) -> bool:
    """True where port and mode do not belong together (RFC 8314 §3.3, RFC 6409)."""
    return (port == 465) != (security is Security.IMPLICIT_TLS)


def _not_smtp(scene: _Scene) -> list[Guess]:
    peer = scene.detail.get("peer")
    if peer == "tls":
        return [Guess("wrong_security_mode", 10, variant="wants_tls")]
    if peer is None:
        return [Guess("not_smtp", 7)]
    return [Guess("not_smtp", 10)]


def _not_tls(scene: _Scene) -> list[Guess]:
    peer = scene.detail.get("peer")
    if peer == "smtp":
        return [Guess("wrong_security_mode", 10)]
    if peer in ("http", "ssh", "pop3", "imap"):
        return [Guess("not_smtp", 10)]
    if scene.connector.server.security is Security.IMPLICIT_TLS:
        return [Guess("wrong_security_mode", 9), Guess("not_smtp", 3)]
    return [Guess("proxy_error", 5), Guess("starttls_unavailable", 4)]


def _closed(scene: _Scene) -> list[Guess]:
    stage, security = scene.stopped.stage, scene.connector.server.security
    if stage is Stage.GREETING:
        return [Guess("connection_dropped", 7), Guess("blocked_ip", 4)]
    if stage is Stage.TLS and security is Security.IMPLICIT_TLS:
        mode = 7 if _swapped(scene.connector.server.port, security) else 4
        return [Guess("connection_dropped", 6), Guess("wrong_security_mode", mode)]
    if stage is Stage.TLS:
        return [Guess("connection_dropped", 6), Guess("tls_version_too_old", 4)]
    return [Guess("connection_dropped", 9)]


def _untrusted(scene: _Scene) -> list[Guess]:
    chain = scene.detail.get("chain") or []
    issuers = " ".join(str(c.get("issuer", "")) for c in chain if isinstance(c, Mapping)).lower()
    known = scene.family in ("google", "microsoft")
    if is_interceptor(issuers):
        return [Guess("tls_intercepted", 10), Guess("cert_untrusted", 5)]
    if known and scene.connector.server.host == (scene.entry and scene.entry.host):
        # A large provider's own certificate is never signed by somebody unknown.
        return [Guess("tls_intercepted", 10), Guess("cert_untrusted", 5)]
    variant = "self_signed" if scene.detail.get("error") == "cert_self_signed" else None
    return [Guess("cert_untrusted", 10, variant=variant), Guess("tls_intercepted", 3)]


def _mismatch(scene: _Scene) -> list[Guess]:
    if scene.family in ("google", "microsoft"):
        return [Guess("tls_intercepted", 5)]
    return []


def _starttls_missing(scene: _Scene) -> list[Guess]:
    words = [str(word).upper() for word in scene.detail.get("extensions") or []]
    if any(len(word) >= 6 and set(word) == {"X"} for word in words) or any(
        word.startswith("XXX") for word in words
    ):
        # Some firewalls overwrite what they do not want the client to see with X.
        return [Guess("proxy_error", 10, variant="stripped"), Guess("starttls_unavailable", 6)]
    if scene.family in ("google", "microsoft"):
        return [Guess("proxy_error", 8, variant="stripped"), Guess("starttls_unavailable", 6)]
    return [Guess("starttls_unavailable", 10), Guess("proxy_error", 3, variant="stripped")]


def _auth_not_offered(scene: _Scene) -> list[Guess]:
    if scene.connector.server.security is Security.NONE:
        weight = 7.0 if scene.connector.server.port == 587 else 5.0
        if "STARTTLS" in (str(word).upper() for word in scene.detail.get("extensions") or ()):
            weight = 10.0  # it has what it waits for
        return [
            Guess("starttls_required", weight),
            Guess("auth_mechanism_unsupported", 6, variant="no_auth"),
        ]
    return [Guess("auth_mechanism_unsupported", 10, variant="no_auth")]


def _mechanism_not_offered(scene: _Scene) -> list[Guess]:
    offered = {str(name).upper() for name in scene.detail.get("offered") or []}
    password = scene.connector.authentication.method is Method.BASIC
    if password and offered and offered <= {"XOAUTH2", "OAUTHBEARER"}:
        return [Guess("basic_auth_disabled", 10), Guess("auth_mechanism_unsupported", 5)]
    guesses = [Guess("auth_mechanism_unsupported", 10)]
    if scene.connector.server.security is Security.NONE:
        guesses.append(Guess("starttls_required", 4))
    return guesses


# What kept a connector from having a token, by the problem that the token source names.
TOKEN_PROBLEMS: Mapping[str, tuple[tuple[str, float, str | None], ...]] = {
    "token_none": (("oauth_token_revoked", 10, "sign_in"),),
    "token_revoked": (("oauth_token_revoked", 10, None),),
    "token_no_refresh": (("oauth_token_revoked", 10, None),),
    "token_scope_missing": (("oauth_scope_invalid", 9, None), ("oauth_consent_required", 5, None)),
    "token_audience_wrong": (("oauth_token_rejected", 9, None), ("oauth_scope_invalid", 6, None)),
    "token_role_wrong": (("oauth_token_rejected", 9, None), ("oauth_consent_required", 6, None)),
    "token_account_wrong": (("oauth_token_rejected", 10, "account"),),
    "token_tenant_wrong": (("tenant_wrong", 10, None),),
    "token_tenant_needed": (("tenant_wrong", 10, None),),
    "token_wrong_issuer": (("tenant_wrong", 9, None),),
    "token_no_user": (("mailbox_not_found", 6, None), ("oauth_scope_invalid", 4, None)),
    "token_busy": (("server_unavailable", 6, "token_busy"),),
    "token_consent_denied": (("oauth_consent_denied", 10, None),),
    "token_sign_in_expired": (("oauth_code_invalid", 10, None),),
    "token_secret_needed": (("oauth_secret_invalid", 9, None),),
    "token_secret_not_wanted": (("oauth_client_type_mismatch", 10, None),),
    "token_key_unusable": (("oauth_secret_invalid", 9, None),),
    "token_server_unavailable": (("server_unavailable", 9, None),),
    "token_device_unsupported": (("oauth_client_type_mismatch", 9, None),),
    "token_device_needs_public_client": (("oauth_client_type_mismatch", 10, None),),
    "token_app_only_unsupported": (("oauth_client_type_mismatch", 9, None),),
    "token_user_unsupported": (("oauth_client_type_mismatch", 9, None),),
    "token_refused": (("oauth_request_invalid", 2, None),),
    "http_timeout": (("timeout", 9, "sign_in"),),
    "http_unreachable": (("network_unreachable", 7, "sign_in"), ("dns_failure", 4, None)),
    "http_proxy": (("proxy_error", 10, None),),
    "http_tls": (("cert_untrusted", 7, "sign_in"), ("tls_intercepted", 6, None)),
    "http_status": (("server_unavailable", 8, None),),
    "http_redirect": (("oauth_request_invalid", 7, None), ("proxy_error", 4, None)),
    "http_not_json": (("oauth_request_invalid", 7, None), ("proxy_error", 4, None)),
    "http_too_large": (("oauth_request_invalid", 7, None), ("proxy_error", 4, None)),
}


def _token_missing(scene: _Scene) -> list[Guess]:
    """What a sign-in or a renewal said, in its own words where the provider had some."""
    token = scene.detail.get("token")
    facts: Mapping[str, Any] = token if isinstance(token, Mapping) else {}
    problem = str(facts.get("problem", ""))
    known = TOKEN_PROBLEMS.get(problem, TOKEN_PROBLEMS["token_none"])
    out = [Guess(slug, weight, variant=variant) for slug, weight, variant in known]
    number = f" AADSTS{facts['aadsts']}" if facts.get("aadsts") else ""
    words = f"{facts.get('error', '')}: {facts.get('description', '')}{number}"
    if words.strip(": "):
        out += _words(words, scene, stage="oauth")
    return out


_CLOSER: Mapping[str, Callable[[_Scene], list[Guess]]] = {
    "timeout": _timeout,
    "not_smtp": _not_smtp,
    "not_tls": _not_tls,
    "closed": _closed,
    "cert_untrusted": _untrusted,
    "cert_self_signed": _untrusted,
    "cert_hostname_mismatch": _mismatch,
    "starttls_missing": _starttls_missing,
    "auth_not_offered": _auth_not_offered,
    "mechanism_not_offered": _mechanism_not_offered,
    "token_missing": _token_missing,
}

KNOWN_CODES = frozenset(ERROR_CODES) | frozenset(_CLOSER) | frozenset(_WORDS_DECIDE)
"""Every `detail["error"]` this module has an answer for."""


# -- the server's words ----------------------------------------------------------------------------


def _words(text: str, scene: _Scene, stage: str) -> list[Guess]:
    """What the rules for any text say of a server's own words, told all that is known here."""
    server, authentication = scene.connector.server, scene.connector.authentication
    mechanism = str(scene.detail.get("mechanism", ""))
    token = authentication.method is Method.OAUTH or mechanism in ("XOAUTH2", "OAUTHBEARER")
    context = {
        "provider": f"{scene.family} {scene.entry.name if scene.entry is not None else ''}",
        "stage": stage,
        "port": server.port,
        "security": server.security.value,
        "auth": "oauth" if token else mechanism or authentication.method.value,
    }
    return guesses(gather(text, context))
