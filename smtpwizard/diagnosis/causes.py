"""The closed list of causes: who has to act, and whether the same attempt may succeed later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtpwizard.model.report import Actor


@dataclass(frozen=True, slots=True)
class CauseKind:
    """What is true of a cause wherever it occurs; `retryable` means: wait, change nothing."""

    group: str
    actor: Actor
    retryable: bool = False


_YOU, _NETWORK, _MAIL = Actor.YOU, Actor.NETWORK_ADMIN, Actor.MAIL_ADMIN
_PROVIDER, _RECIPIENT = Actor.PROVIDER, Actor.RECIPIENT

CAUSES: Mapping[str, CauseKind] = {
    "dns_failure": CauseKind("network", _YOU),
    "connection_refused": CauseKind("network", _YOU),
    "network_unreachable": CauseKind("network", _NETWORK, True),
    "timeout": CauseKind("network", _NETWORK, True),
    "port_blocked": CauseKind("network", _NETWORK),
    "proxy_error": CauseKind("network", _NETWORK),
    "connection_dropped": CauseKind("network", _NETWORK, True),
    "server_unavailable": CauseKind("network", _PROVIDER, True),
    "not_smtp": CauseKind("network", _YOU),
    "wrong_security_mode": CauseKind("tls", _YOU),
    "starttls_required": CauseKind("tls", _YOU),
    "starttls_unavailable": CauseKind("tls", _MAIL),
    "cert_untrusted": CauseKind("tls", _MAIL),
    "cert_hostname_mismatch": CauseKind("tls", _YOU),
    "cert_expired": CauseKind("tls", _MAIL),
    "tls_version_too_old": CauseKind("tls", _MAIL),
    "tls_intercepted": CauseKind("tls", _NETWORK),
    "auth_required": CauseKind("auth", _YOU),
    "auth_mechanism_unsupported": CauseKind("auth", _YOU),
    "bad_credentials": CauseKind("auth", _YOU),
    "app_password_required": CauseKind("auth", _YOU),
    "mfa_required": CauseKind("auth", _YOU),
    "basic_auth_disabled": CauseKind("auth", _YOU),
    "smtp_auth_disabled_tenant": CauseKind("auth", _MAIL),
    "smtp_auth_disabled_mailbox": CauseKind("auth", _MAIL),
    "auth_policy_blocked": CauseKind("auth", _MAIL),
    "account_locked": CauseKind("auth", _MAIL),
    "password_expired": CauseKind("auth", _YOU),
    "mailbox_not_found": CauseKind("auth", _YOU),
    "license_missing": CauseKind("auth", _MAIL),
    "oauth_redirect_mismatch": CauseKind("oauth", _YOU),
    "oauth_app_not_found": CauseKind("oauth", _YOU),
    "oauth_secret_invalid": CauseKind("oauth", _YOU),
    "oauth_secret_expired": CauseKind("oauth", _YOU),
    "oauth_client_type_mismatch": CauseKind("oauth", _YOU),
    "oauth_consent_required": CauseKind("oauth", _MAIL),
    "oauth_consent_denied": CauseKind("oauth", _YOU),
    "oauth_admin_policy": CauseKind("oauth", _MAIL),
    "oauth_scope_invalid": CauseKind("oauth", _YOU),
    "oauth_token_revoked": CauseKind("oauth", _YOU),
    "oauth_code_invalid": CauseKind("oauth", _YOU),
    "oauth_token_rejected": CauseKind("oauth", _MAIL),
    "oauth_request_invalid": CauseKind("oauth", _YOU),
    "tenant_wrong": CauseKind("oauth", _YOU),
    "clock_skew": CauseKind("oauth", _YOU),
    "relay_denied": CauseKind("policy", _MAIL),
    "sender_not_allowed": CauseKind("policy", _MAIL),
    "sender_not_verified": CauseKind("policy", _YOU),
    "sender_auth_failed": CauseKind("policy", _MAIL),
    "recipient_rejected": CauseKind("policy", _RECIPIENT),
    "rate_limited": CauseKind("policy", _YOU, True),
    "concurrent_limit": CauseKind("policy", _YOU, True),
    "greylisted": CauseKind("policy", _YOU, True),
    "blocked_ip": CauseKind("policy", _MAIL),
    "sending_suspended": CauseKind("policy", _PROVIDER),
    "content_rejected": CauseKind("policy", _YOU),
    "message_too_large": CauseKind("policy", _YOU),
    "protocol_error": CauseKind("policy", _YOU),
    "encoding_unsupported": CauseKind("policy", _YOU),
    "keyring_unavailable": CauseKind("keyring", _YOU),
    "keyring_locked": CauseKind("keyring", _YOU),
    "secret_too_large": CauseKind("keyring", _YOU),
}


_SIGN_IN = (
    "app_password_required", "mfa_required", "basic_auth_disabled", "smtp_auth_disabled_tenant",
    "smtp_auth_disabled_mailbox", "auth_policy_blocked", "account_locked", "password_expired",
    "mailbox_not_found", "license_missing", "oauth_token_rejected", "auth_mechanism_unsupported",
    "starttls_required",
)  # fmt: skip
_OAUTH_EXACT = tuple(
    slug
    for slug, kind in CAUSES.items()
    if kind.group == "oauth" and slug != "oauth_request_invalid"
)

EXPLAINED_BY: Mapping[str, frozenset[str]] = {
    # A failed login is what all of these look like from outside.
    "bad_credentials": frozenset(
        (*_SIGN_IN, "rate_limited", "proxy_error", "encoding_unsupported", "server_unavailable")
    ),
    "account_locked": frozenset(("auth_policy_blocked",)),
    "smtp_auth_disabled_mailbox": frozenset(("license_missing",)),
    "sender_not_allowed": frozenset(("sender_not_verified",)),
    "auth_required": frozenset((*_SIGN_IN, "relay_denied")),
    "auth_mechanism_unsupported": frozenset(("starttls_required", "basic_auth_disabled")),
    "starttls_unavailable": frozenset(("proxy_error",)),
    "sending_suspended": frozenset(("license_missing",)),
    "cert_untrusted": frozenset(("cert_expired", "cert_hostname_mismatch", "tls_intercepted")),
    "server_unavailable": frozenset(
        (
            "greylisted",
            "rate_limited",
            "concurrent_limit",
            "blocked_ip",
            "starttls_unavailable",
            "message_too_large",
            "sender_auth_failed",
            "app_password_required",
        )
    ),
    "recipient_rejected": frozenset(
        (
            "relay_denied",
            "greylisted",
            "rate_limited",
            "message_too_large",
            "sender_auth_failed",
            "encoding_unsupported",
        )
    ),
    "content_rejected": frozenset(
        (
            "message_too_large",
            "sender_auth_failed",
            "sender_not_verified",
            "sender_not_allowed",
            "sending_suspended",
            "rate_limited",
            "encoding_unsupported",
        )
    ),
    "protocol_error": frozenset(("encoding_unsupported", "starttls_unavailable", "timeout")),
    "oauth_request_invalid": frozenset(_OAUTH_EXACT),
    "oauth_secret_invalid": frozenset(
        ("oauth_app_not_found", "oauth_client_type_mismatch", "oauth_secret_expired", "clock_skew")
    ),
    "oauth_consent_denied": frozenset(("oauth_admin_policy", "oauth_consent_required")),
    "oauth_token_revoked": frozenset(
        ("oauth_code_invalid", "clock_skew", "password_expired", "mfa_required")
    ),
}
"""General causes, and the more exact ones that explain the same evidence away."""
