"""The demo's scenarios as data: what a server plays, and what the wizard should make of it.

Starts nothing: `scenario_server` brings a scenario to life.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from smtpwizard.demo.connection import CLOSE, DEFAULT, HANG, Action, Connection
from smtpwizard.model.connector import Security
from smtpwizard.model.report import Stage


class Typed(StrEnum):
    """What somebody types into the wizard, where it is not simply the right login."""

    RIGHT = "right"
    ANOTHER = "another"
    """Another password."""
    SPACED = "spaced"
    """An app password in the groups of four in which it is shown."""
    SHORT_NAME = "short_name"
    """The user name without its domain."""


class Certificate(StrEnum):
    """Whose certificate the server shows; the client is told of the demo's authority only."""

    GOOD = "good"
    EXPIRED = "expired"
    WRONG_NAME = "wrong_name"
    UNKNOWN_AUTHORITY = "unknown_authority"
    INTERCEPTOR = "interceptor"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named behaviour a user can walk through; `name` is what follows `demo`.

    `stage`, `cause` and `fix` are what a verification should say: where it stops, the slug that
    stands first, and the fix that leads to a passing one. All None: nothing is wrong. `retry`
    tells that the same test passes the second time.
    """

    name: str
    title: str
    stage: Stage | None = None
    cause: str | None = None
    fix: str | None = None
    retry: bool = False
    host: str = "localhost"
    security: Security = Security.STARTTLS
    """What the client is told; `speaks` is what the server does, where that differs."""
    speaks: Security | None = None
    behaviours: Mapping[str, Action] = field(default_factory=dict)
    manners: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of `smtp_dialogue.GoodServer`."""
    typed: Typed = Typed.RIGHT
    sender: str | None = None
    """Whom the email is from, where that is not the login."""
    certificate: Certificate = Certificate.GOOD
    project_trusts: bool = False
    """The project trusts the certificate's issuer, and the client is told of another CA."""
    listens: bool = True
    provider: bool = False
    """The server stands in the catalogue, with the issuer that its certificates have."""
    timeout_s: float | None = None
    """Seconds a stage may take, where somebody would have to wait."""
    oauth: Mapping[str, Any] | None = None
    """A connector with OAuth, and the fields of `authorization.Behaviour` that matter. Where
    `stage` is None then, it is the sign-in that fails."""
    revoked: bool = False
    """Everything that was signed in before the first login at the mail server is worth nothing."""

    @property
    def ends_verified(self) -> bool:
        """Whether there is a way from here to a passing test."""
        return self.cause is None or self.fix is not None or self.retry


def _refusing(*replies: bytes) -> Action:
    """The same reply, a line each, every time."""
    lines = [b"-".join((reply[:3], reply[4:])) for reply in replies[:-1]] + [replies[-1]]
    return b"".join(line + b"\r\n" for line in lines)


def _only_names(connection: Connection, line: bytes) -> Action:
    """Let nobody in who introduces himself by an address."""
    if b"[" in line:
        return b"550 5.7.1 EHLO argument must be a fully qualified domain name\r\n"
    return DEFAULT


def _no_scram(connection: Connection, line: bytes) -> Action:
    if line.upper().startswith(b"AUTH SCRAM-"):
        return b"504 5.5.4 Unrecognized authentication type\r\n"
    return DEFAULT


def _either(connection: Connection, line: bytes) -> Action:
    """One port for both: TLS where the client begins with it, else a greeting in the clear."""
    if connection.begins_with_tls(0.3):
        connection.start_tls()
    return DEFAULT


_STRIPPED = (
    b"250-mail.demo.example\r\n250-SIZE 10485760\r\n250-XXXXXXXA\r\n250-8BITMIME\r\n"
    b"250 ENHANCEDSTATUSCODES\r\n"
)
_WEB_SERVER = (
    b"HTTP/1.1 400 Bad Request\r\nServer: demo\r\nContent-Type: text/html\r\n"
    b"Connection: close\r\n\r\n<html><body><h1>400 Bad Request</h1></body></html>\r\n"
)
_SEND_AS_DENIED = b"550 5.7.60 SMTP; Client does not have permissions to send as this sender\r\n"
# Records with the alerts protocol_version (of TLS 1.0) and unrecognized_name (RFC 8446 §6.2).
_TOO_NEW = b"\x15\x03\x01\x00\x02\x02\x46"
_NAME_UNKNOWN = b"\x15\x03\x03\x00\x02\x02\x70"

_NETWORK = (
    Scenario(
        "connection-refused",
        "Nothing listens on the port",
        Stage.CONNECT,
        "connection_refused",
        listens=False,
    ),
    Scenario(
        "silent-server",
        "The server takes the connection and says nothing",
        Stage.GREETING,
        "timeout",
        behaviours={"greeting": HANG},
        timeout_s=2,
    ),
    Scenario(
        "server-busy",
        "The server is overloaded and asks to come back later",
        Stage.GREETING,
        "server_unavailable",
        behaviours={"greeting": (b"421 4.3.2 Service not available, try again later\r\n", CLOSE)},
    ),
    Scenario(
        "blocked-ip",
        "The sender's address is on a block list",
        Stage.GREETING,
        "blocked_ip",
        behaviours={
            "greeting": (
                b"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using "
                b"dnsbl.demo.example\r\n",
                CLOSE,
            )
        },
    ),
    Scenario(
        "web-server",
        "A web server answers on the port",
        Stage.TLS,
        "not_smtp",
        security=Security.IMPLICIT_TLS,
        behaviours={"HANDSHAKE": (_WEB_SERVER, CLOSE)},
    ),
    Scenario(
        "imap-server",
        "The port is the one for reading mail (IMAP)",
        Stage.GREETING,
        "not_smtp",
        behaviours={"greeting": b"* OK [CAPABILITY IMAP4rev1 STARTTLS] IMAP server ready\r\n"},
    ),
)

_TLS = (
    Scenario(
        "wrong-security-mode",
        "SSL/TLS is chosen, the port speaks STARTTLS",
        Stage.TLS,
        "wrong_security_mode",
        "swap_security",
        security=Security.IMPLICIT_TLS,
        speaks=Security.STARTTLS,
    ),
    Scenario(
        "tls-port",
        "STARTTLS is chosen, the port speaks SSL/TLS",
        Stage.GREETING,
        "wrong_security_mode",
        "swap_security",
        speaks=Security.IMPLICIT_TLS,
    ),
    Scenario(
        "starttls-missing",
        "The server offers no STARTTLS, but SSL/TLS",
        Stage.TLS,
        "starttls_unavailable",
        "swap_security",
        behaviours={"greeting": _either},
        manners={"starttls": False, "auth_before_tls": False},
    ),
    Scenario(
        "starttls-stripped",
        "A firewall takes STARTTLS out of the server's answer",
        Stage.TLS,
        "proxy_error",
        "swap_security",
        behaviours={"greeting": _either, "EHLO": _STRIPPED, "EHLO_TLS": DEFAULT},
    ),
    Scenario(
        "starttls-injected",
        "Someone slips bytes in before the encryption begins",
        Stage.TLS,
        "tls_intercepted",
        behaviours={"STARTTLS": b"220 2.0.0 Ready to start TLS\r\n250 2.0.0 Ok\r\n"},
    ),
    Scenario(
        "tls-required",
        "No encryption is chosen, the server insists on it",
        Stage.AUTH,
        "starttls_required",
        "swap_security",
        security=Security.NONE,
        speaks=Security.STARTTLS,
    ),
    Scenario(
        "unknown-ca",
        "The certificate comes from the office's own authority",
        Stage.TLS,
        "cert_untrusted",
        "trust_certificate",
        certificate=Certificate.UNKNOWN_AUTHORITY,
    ),
    Scenario(
        "own-ca-in-the-way",
        "The project trusts the office's authority, the connector has an old CA file",
        Stage.TLS,
        "cert_untrusted",
        "use_project_trust",
        certificate=Certificate.UNKNOWN_AUTHORITY,
        project_trusts=True,
    ),
    Scenario(
        "wrong-name",
        "The certificate is for another name",
        Stage.TLS,
        "cert_hostname_mismatch",
        "use_certificate_name",
        host="127.0.0.1",
        certificate=Certificate.WRONG_NAME,
    ),
    Scenario(
        "unknown-name",
        "The server does not know the name it is called by",
        Stage.TLS,
        "cert_hostname_mismatch",
        behaviours={"HANDSHAKE": (_NAME_UNKNOWN, CLOSE)},
    ),
    Scenario(
        "expired-certificate",
        "The certificate has expired",
        Stage.TLS,
        "cert_expired",
        certificate=Certificate.EXPIRED,
    ),
    Scenario(
        "old-tls",
        "The server knows only outdated TLS versions",
        Stage.TLS,
        "tls_version_too_old",
        behaviours={"HANDSHAKE": (_TOO_NEW, CLOSE)},
    ),
    Scenario(
        "intercepted",
        "Security software answers in the provider's place",
        Stage.TLS,
        "tls_intercepted",
        certificate=Certificate.INTERCEPTOR,
        provider=True,
    ),
    Scenario(
        "ehlo-name-refused",
        "The server wants to be greeted with a domain name",
        Stage.EHLO,
        "protocol_error",
        "ehlo_name",
        behaviours={"EHLO": _only_names, "EHLO_TLS": _only_names},
    ),
)

_LOGIN = (
    Scenario(
        "wrong-password",
        "The password is not the mailbox's",
        Stage.AUTH,
        "bad_credentials",
        typed=Typed.ANOTHER,
    ),
    Scenario(
        "user-needs-full-address",
        "The user name lacks its domain",
        Stage.AUTH,
        "bad_credentials",
        "full_address",
        typed=Typed.SHORT_NAME,
    ),
    Scenario(
        "app-password-with-spaces",
        "The app password was pasted with its spaces",
        Stage.AUTH,
        "bad_credentials",
        "strip_spaces",
        typed=Typed.SPACED,
    ),
    Scenario(
        "app-password-required",
        "The account's own password is refused by design",
        Stage.AUTH,
        "app_password_required",
        behaviours={
            "AUTH_RESULT": _refusing(
                b"534 5.7.9 Application-specific password required. For more information, go to",
                b"534 5.7.9 https://support.google.com/accounts/answer/185833",
            )
        },
    ),
    Scenario(
        "smtp-auth-off-tenant",
        "SMTP AUTH is off for the whole organisation",
        Stage.AUTH,
        "smtp_auth_disabled_tenant",
        behaviours={
            "AUTH_RESULT": _refusing(
                b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled "
                b"for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information."
            )
        },
    ),
    Scenario(
        "smtp-auth-off-mailbox",
        "SMTP AUTH is off for this mailbox",
        Stage.AUTH,
        "smtp_auth_disabled_mailbox",
        behaviours={
            "AUTH_RESULT": _refusing(
                b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled "
                b"for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information."
            )
        },
    ),
    Scenario(
        "basic-auth-retired",
        "The provider takes no passwords any more",
        Stage.AUTH,
        "basic_auth_disabled",
        behaviours={
            "AUTH_RESULT": _refusing(
                b"550 5.7.30 Basic authentication is not supported for Client Submission."
            )
        },
    ),
    Scenario(
        "policy-blocked",
        "A sign-in policy of the organisation says no",
        Stage.AUTH,
        "auth_policy_blocked",
        behaviours={
            "AUTH_RESULT": _refusing(
                b"535 5.7.139 Authentication unsuccessful, the request did not meet the criteria "
                b"to be authenticated successfully. Contact your administrator."
            )
        },
    ),
    Scenario(
        "account-locked",
        "The mailbox is locked",
        Stage.AUTH,
        "account_locked",
        behaviours={
            "AUTH_RESULT": _refusing(b"535 5.7.13 User account is disabled, sign-in refused")
        },
    ),
    Scenario(
        "mechanism-refused",
        "The server offers a mechanism that does not work there",
        Stage.AUTH,
        "auth_mechanism_unsupported",
        "other_mechanism",
        behaviours={"AUTH": _no_scram},
        manners={"mechanisms": ("SCRAM-SHA-256", "PLAIN", "LOGIN")},
    ),
    Scenario(
        "token-revoked",
        "The stored sign-in is no longer worth anything",
        Stage.AUTH,
        "oauth_token_revoked",
        "sign_in_again",
        manners={"mechanisms": ("XOAUTH2", "OAUTHBEARER")},
        oauth={},
        revoked=True,
    ),
    Scenario(
        "consent-refused",
        "Someone presses Cancel on the consent page",
        None,
        "oauth_consent_denied",
        oauth={"authorize_error": ("access_denied", "The user has denied the request.")},
    ),
    Scenario(
        "admin-approval-needed",
        "An administrator has to approve the application first",
        None,
        "oauth_consent_required",
        oauth={
            "microsoft": True,
            "authorize_error": (
                "access_denied",
                "AADSTS90094: The grant requires administrator permission.",
            ),
        },
    ),
    Scenario(
        "client-secret-expired",
        "The client secret of the app registration has expired",
        None,
        "oauth_secret_expired",
        oauth={
            "microsoft": True,
            "token_fault": {
                "error": "invalid_client",
                "error_description": "AADSTS7000222: The provided client secret keys for app "
                "'demo-client' are expired.",
            },
        },
    ),
)

_MESSAGE = (
    Scenario(
        "rate-limited",
        "Too many messages in a short time",
        Stage.MAIL_FROM,
        "rate_limited",
        behaviours={
            "MAIL": b"450 4.7.1 Too many messages from this account, rate limit exceeded; "
            b"try again later\r\n"
        },
    ),
    Scenario(
        "message-too-large",
        "The server takes hardly any bytes",
        Stage.MAIL_FROM,
        "message_too_large",
        manners={"extensions": ("PIPELINING", "SIZE 300", "8BITMIME", "ENHANCEDSTATUSCODES")},
    ),
    Scenario(
        "greylisted",
        "The server puts a first contact off; the second try gets through",
        Stage.RCPT_TO,
        "greylisted",
        retry=True,
        behaviours={
            "RCPT": [b"450 4.2.0 Greylisted, please try again in 300 seconds\r\n", DEFAULT]
        },
    ),
    Scenario(
        "relay-denied",
        "The server does not pass mail on to that recipient",
        Stage.RCPT_TO,
        "relay_denied",
        behaviours={"RCPT": b"554 5.7.1 Relay access denied\r\n"},
    ),
    Scenario(
        "recipient-unknown",
        "The recipient does not exist",
        Stage.RCPT_TO,
        "recipient_rejected",
        behaviours={"RCPT": b"550 5.1.1 Recipient address rejected: User unknown\r\n"},
    ),
    Scenario(
        "mailbox-full",
        "The recipient's mailbox is full",
        Stage.RCPT_TO,
        "recipient_rejected",
        behaviours={"RCPT": b"452 4.2.2 Mailbox full, over quota\r\n"},
    ),
    Scenario(
        "sender-not-allowed",
        "The login may not send as that address; the server says so at the very end",
        Stage.DATA,
        "sender_not_allowed",
        sender="director@demo.example",
        behaviours={"EOD": _SEND_AS_DENIED},
    ),
    Scenario(
        "sender-not-itself",
        "The login may not even send as itself; the server says so at the very end",
        Stage.DATA,
        "own_sender_not_allowed",
        behaviours={"EOD": _SEND_AS_DENIED},
    ),
    Scenario(
        "content-rejected",
        "The server takes the message for spam",
        Stage.DATA,
        "content_rejected",
        behaviours={"EOD": b"554 5.7.1 Message rejected as spam by content scanning\r\n"},
    ),
    Scenario(
        "lost-reply",
        "The connection ends before the answer to the message",
        Stage.DATA,
        "connection_dropped",
        behaviours={"EOD": CLOSE},
    ),
)

GOOD = Scenario("good", "A mail server where everything works")
SCENARIOS = (
    GOOD,
    *_NETWORK,
    *_TLS,
    *_LOGIN,
    *_MESSAGE,
)
DEFAULT_SCENARIO = GOOD.name


def find_scenario(name: str) -> Scenario | None:
    """The scenario of that name; None for an unknown one."""
    return next((scenario for scenario in SCENARIOS if scenario.name == name), None)
