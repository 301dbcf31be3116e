"""Verifying against Postfix with Dovecot's SASL: every mechanism, every security, every refusal."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest

from smtpwizard.model.auth import (
    Credential,
    CredentialKind,
    CredentialSource,
    FixedCredential,
    Secret,
)
from smtpwizard.model.connector import Sender
from smtpwizard.model.report import Stage, Status
from smtpwizard.usecases.diagnose import causes_for_report
from tests.helpers.real_servers import BAD_CERTIFICATES, DOMAIN, REFUSALS, SMALL_SIZE, MailServer
from tests.smtp.invariants import Seen, Verifier

pytestmark = pytest.mark.real

SECURITIES = ["starttls", "implicit_tls", "none"]
TLS = ["starttls", "implicit_tls"]
PASSWORD_MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]
TOKEN_MECHANISMS = ["XOAUTH2", "OAUTHBEARER"]


@pytest.fixture(autouse=True)
def _nothing_left() -> None:
    """Not here: the server itself is what is left."""


class Bed:
    """Verifications of connectors to one real server."""

    numbers = itertools.count(1)

    def __init__(self, verifier: Verifier, server: MailServer) -> None:
        self._verifier = verifier
        self.server = server

    def recipient(self, name: str = "matrix") -> str:
        """A mailbox that nobody else writes to."""
        return f"{name}-{next(self.numbers)}@{DOMAIN}"

    def __call__(self, listener: str, **options: Any) -> Seen:
        """One verification, with the good login unless another is given."""
        server = self.server
        options.setdefault("username", server.username)
        token = options.pop("access_token", server.access_token)
        password = options.setdefault("password", server.password)
        if "credentials" not in options:
            oauth = options.get("method") == "oauth"
            options["credentials"] = source(
                options["username"], token if oauth else password, oauth=oauth
            )
        return self._verifier.at(
            server.ports[listener],
            security=listener.partition("/")[0],
            host=options.pop("host", "localhost"),
            ca_file=options.pop("ca_file", str(server.ca_file)),
            **options,
        )


def source(username: str, secret: str, *, oauth: bool = False) -> CredentialSource:
    kind = CredentialKind.BEARER if oauth else CredentialKind.PASSWORD
    return FixedCredential(Credential(kind, username, Secret(secret)))


@pytest.fixture
def bed(postfix: MailServer, verifier: Verifier) -> Bed:
    return Bed(verifier, postfix)


def causes(seen: Seen, bed: Bed, **settings: Any) -> list[str]:
    connector = bed._verifier.connector(587, security=seen.security, **settings)
    return [cause.cause for cause in causes_for_report(seen.report, connector)]


# -- everything that works -----------------------------------------------------------------------


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", [*PASSWORD_MECHANISMS, *TOKEN_MECHANISMS])
@pytest.mark.parametrize("alone", [False, True])
def test_every_mechanism_with_every_security(
    bed: Bed, security: str, mechanism: str, alone: bool
) -> None:
    recipient = bed.recipient()
    seen = bed(
        f"{security}/{mechanism}" if alone else security,
        mechanism="auto" if alone else mechanism,
        method="oauth" if mechanism in TOKEN_MECHANISMS else "basic",
        recipient=recipient,
    )
    assert seen.stop is None
    report = seen.report
    assert report.stage(Stage.AUTH).detail()["mechanism"] == mechanism
    tls = report.stage(Stage.TLS)
    if security == "none":
        assert tls.status is Status.SKIPPED
    else:
        assert tls.detail()["version"] == "TLSv1.3"
        assert tls.detail()["mode"] == security
    [message] = bed.server.wait_for_messages(recipient=recipient)
    assert message.envelope_sender == bed.server.username
    parsed = message.parsed()
    assert parsed["Message-ID"] == report.message_id
    assert report.queue_id is not None
    assert report.queue_id in bed.server.log()
    assert b"(Authenticated sender: " + bed.server.username.encode() in message.raw
    assert (b"with ESMTPA id" if security == "none" else b"with ESMTPSA id") in message.raw
    body = parsed.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    for fact in (
        "Invoices",
        mechanism,
        f"localhost:{report.stage(Stage.CONNECT).detail()['port']}",
    ):
        assert fact in text
    assert ("none" if security == "none" else "TLSv1.3") in text


def test_the_automatic_picks_the_strongest(bed: Bed) -> None:
    for security in SECURITIES:
        seen = bed(security, send=False)
        assert seen.detail(Stage.AUTH)["mechanism"] == "SCRAM-SHA-256"
        seen = bed(security, send=False, method="oauth")
        assert seen.detail(Stage.AUTH)["mechanism"] == "XOAUTH2"


@pytest.mark.parametrize("mechanism", PASSWORD_MECHANISMS)
@pytest.mark.parametrize("security", SECURITIES)
def test_names_and_passwords_beyond_ascii(bed: Bed, mechanism: str, security: str) -> None:
    seen = bed(
        security,
        mechanism=mechanism,
        username=bed.server.unicode_username,
        password=bed.server.unicode_password,
        send=False,
    )
    assert seen.stop is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
@pytest.mark.parametrize("security", SECURITIES)
def test_every_address_of_the_server(bed: Bed, host: str, security: str) -> None:
    seen = bed(security, host=host, send=False)
    if seen.stop == ("connect", None, "refused") and host == "::1":
        pytest.skip("this machine has no IPv6")
    assert seen.stop is None
    family = seen.detail(Stage.CONNECT)["family"]
    assert host == "localhost" or family == ("ipv6" if host == "::1" else "ipv4")


@pytest.mark.parametrize("security", SECURITIES)
def test_without_a_login(bed: Bed, security: str) -> None:
    recipient = bed.recipient()
    seen = bed(f"{security}/no_login", method="none", recipient=recipient)
    assert seen.stop is None
    assert seen.report.stage(Stage.AUTH).status is Status.SKIPPED
    assert len(bed.server.wait_for_messages(recipient=recipient)) == 1


@pytest.mark.parametrize("security", TLS)
@pytest.mark.parametrize("kind", ["pem", "pkcs12"])
def test_client_certificates(bed: Bed, security: str, kind: str) -> None:
    certificates = bed.server.certificates
    path = certificates.client.combined if kind == "pem" else certificates.client_pkcs12
    recipient = bed.recipient()
    seen = bed(
        f"{security}/client_certificate",
        method="none",
        client_certificate=str(path),
        passphrase=certificates.client_passphrase if kind == "pkcs12" else None,
        recipient=recipient,
    )
    assert seen.stop is None
    assert len(bed.server.wait_for_messages(recipient=recipient)) == 1


def test_addresses_beyond_ascii(bed: Bed) -> None:
    recipient = bed.recipient("grüße")
    seen = bed("starttls", recipient=recipient)
    assert seen.stop is None
    assert len(bed.server.wait_for_messages(recipient=recipient)) == 1


# -- certificates and versions -------------------------------------------------------------------

WORDS = {
    "expired": ("cert_expired", "cert_expired"),
    "not_yet_valid": ("cert_not_yet_valid", "cert_expired"),
    "wrong_name": ("cert_hostname_mismatch", "cert_hostname_mismatch"),
    "unknown_ca": ("cert_untrusted", "cert_untrusted"),
    "self_signed": ("cert_self_signed", "cert_untrusted"),
    "common_name_only": ("cert_hostname_mismatch", "cert_hostname_mismatch"),
    "incomplete_chain": ("cert_untrusted", "cert_untrusted"),
}


@pytest.mark.parametrize("security", TLS)
@pytest.mark.parametrize("certificate", BAD_CERTIFICATES)
def test_bad_certificates(bed: Bed, security: str, certificate: str) -> None:
    word, cause = WORDS[certificate]
    recipient = bed.recipient()
    seen = bed(f"{security}/{certificate}", recipient=recipient)
    assert seen.stop == ("tls", None, word)
    assert seen.report.exit_code() == 13
    assert causes(seen, bed)[0] == cause
    leaf = seen.stopped.detail()["chain"][0]
    assert len(leaf["fingerprint"]) == 64
    assert bed.server.messages(recipient) == []


@pytest.mark.parametrize("security", TLS)
def test_nothing_newer_than_tls_1_1(bed: Bed, security: str) -> None:
    seen = bed(f"{security}/legacy_tls")
    assert seen.stop == ("tls", None, "tls_version")
    assert "TLSv1.1" in seen.stopped.detail()["version"]
    assert causes(seen, bed)[0] == "tls_version_too_old"


@pytest.mark.parametrize("security", TLS)
def test_pinned_certificate(bed: Bed, security: str) -> None:
    pair = bed.server.certificates.self_signed
    pin = pair.certificate.read_text()
    seen = bed(f"{security}/self_signed", pinned_certificate=pin, ca_file=None, send=False)
    assert seen.stop is None
    # The same pin where somebody else answers.
    seen = bed(security, pinned_certificate=pin, send=False)
    assert seen.stop == ("tls", None, "cert_untrusted")


def test_the_wrong_mode(bed: Bed) -> None:
    ports = bed.server.ports
    for port, security, stop in (
        ("implicit_tls", "starttls", ("greeting", None, "not_smtp")),
        ("implicit_tls", "none", ("greeting", None, "not_smtp")),
        ("starttls", "implicit_tls", ("tls", None, "not_tls")),
        ("none", "implicit_tls", ("tls", None, "not_tls")),
        ("none", "starttls", ("tls", None, "starttls_missing")),
    ):
        seen = bed._verifier.at(
            ports[port],
            security=security,
            host="localhost",
            ca_file=str(bed.server.ca_file),
        )
        assert seen.stop == stop, (port, security)
        if port == "none" and security == "starttls":
            assert causes(seen, bed)[0] == "starttls_unavailable"
        else:
            assert causes(seen, bed)[0] == "wrong_security_mode"


def test_tls_first_where_it_is_a_must(bed: Bed) -> None:
    seen = bed._verifier.at(
        bed.server.starttls_port,
        security="none",
        host="localhost",
        username=bed.server.username,
        password=bed.server.password,
    )
    assert seen.stop == ("auth", None, "auth_not_offered")
    seen = bed._verifier.at(
        bed.server.starttls_port, security="none", host="localhost", method="none"
    )
    assert seen.stop == ("mail_from", 530, "sender_refused")
    assert causes(seen, bed)[0] == "starttls_required"


@pytest.mark.parametrize("security", TLS)
def test_client_certificate_wanted(bed: Bed, security: str) -> None:
    seen = bed(f"{security}/client_certificate", method="none")
    # Postfix shakes hands first and says no in words.
    assert seen.stop is not None
    assert seen.stop[0] in ("greeting", "ehlo", "mail_from", "tls")
    assert seen.stop[1] in (None, 421)
    assert not any(line.startswith("client: MAIL") for line in seen.transcript)


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", PASSWORD_MECHANISMS)
def test_wrong_password(bed: Bed, security: str, mechanism: str) -> None:
    start = len(bed.server.log())
    seen = bed(security, mechanism=mechanism, password="not the password")
    assert seen.stop == ("auth", 535, "auth_refused")
    assert seen.report.exit_code() == 15
    assert seen.stopped.reply is not None
    assert seen.stopped.reply.enhanced == "5.7.8"
    assert "authentication failed" in seen.stopped.reply.text
    assert causes(seen, bed)[0] == "bad_credentials"
    # One attempt, and no other mechanism after it.
    bed.server.wait_for_log("auth=0/1", start)


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", TOKEN_MECHANISMS)
def test_token_refused(bed: Bed, security: str, mechanism: str) -> None:
    start = len(bed.server.log())
    seen = bed(security, mechanism=mechanism, method="oauth", access_token="not-a-token-canary")
    assert seen.stop == ("auth", 535, "auth_refused")
    refusal = seen.stopped.detail()["token_refusal"]
    assert refusal["status"] in ("400", "401", "invalid_token", "invalid_request")
    # What Postfix repeats of it, it repeats in base64.
    assert seen.stopped.reply is not None
    assert "not-a-token-canary" not in json.dumps(seen.report.to_json())
    # One attempt, and no other mechanism after it.
    bed.server.wait_for_log("auth=0/1", start)


def test_token_that_was_revoked(bed: Bed) -> None:
    token = "once-good-" + base64.b64encode(b"token").decode()
    bed.server.tokens.allow(token, bed.server.username)
    assert bed("starttls", method="oauth", access_token=token, send=False).stop is None
    bed.server.tokens.revoke(token)
    seen = bed("starttls", method="oauth", access_token=token, send=False)
    assert seen.stop == ("auth", 535, "auth_refused")


def test_long_token(bed: Bed) -> None:
    # Longer than a command line may be: it waits for the server's empty challenge.
    token = "long-token-" * 200
    bed.server.tokens.allow(token, bed.server.username)
    for mechanism in TOKEN_MECHANISMS:
        recipient = bed.recipient()
        seen = bed(
            "starttls",
            method="oauth",
            mechanism=mechanism,
            access_token=token,
            recipient=recipient,
        )
        assert seen.stop is None, mechanism
        assert f"client: AUTH {mechanism}" in seen.transcript
        assert len(bed.server.wait_for_messages(recipient=recipient)) == 1


@pytest.mark.parametrize("offered", ["DIGEST-MD5", "XOAUTH2"])
def test_nothing_we_can_do(bed: Bed, offered: str) -> None:
    seen = bed(f"starttls/{offered}")
    assert seen.stop == ("auth", None, "mechanism_not_offered")
    assert seen.stopped.detail()["offered"] == [offered]
    expected = "basic_auth_disabled" if offered == "XOAUTH2" else "auth_mechanism_unsupported"
    assert causes(seen, bed)[0] == expected


def test_server_without_auth(bed: Bed) -> None:
    seen = bed("starttls/no_login")
    assert seen.stop == ("auth", None, "auth_not_offered")
    assert causes(seen, bed)[0] == "auth_mechanism_unsupported"


def test_no_login_where_one_is_needed(bed: Bed) -> None:
    seen = bed("starttls", method="none")
    assert seen.stop == ("rcpt_to", 554, "recipient_refused")
    assert seen.stopped.reply is not None
    assert seen.stopped.reply.enhanced == "5.7.1"


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("address", REFUSALS)
def test_recipient_refused(bed: Bed, security: str, address: str) -> None:
    seen = bed(security, recipient=address)
    reply = REFUSALS[address]
    assert seen.stop == ("rcpt_to", int(reply[:3]), "recipient_refused")
    assert seen.stopped.reply is not None
    assert seen.stopped.reply.enhanced == reply.split(" ")[1]
    assert seen.report.exit_code() == 17
    assert bed.server.messages(address) == []
    if "Greylisted" in reply:
        assert causes(seen, bed)[0] == "greylisted"
    if "No such mailbox" in reply:
        assert causes(seen, bed)[0] == "recipient_rejected"


def test_sender_refused(bed: Bed) -> None:
    # Postfix tells at RCPT what it has against the sender.
    for listener in ("starttls/own_senders_only", "implicit_tls/own_senders_only"):
        seen = bed(
            listener, username=bed.server.unicode_username, password=bed.server.unicode_password
        )
        assert seen.stop is None
    seen = with_sender(bed, "somebody@example.test", "starttls/own_senders_only")
    assert seen.stop is not None
    assert seen.stop[0] in ("mail_from", "rcpt_to")
    assert seen.stop[1] == 553
    assert "not owned by user" in str(seen.stopped.reply)
    connector = bed._verifier.connector(587, security=seen.security)
    other = connector._replace(sender=Sender("somebody@example.test"))
    assert causes_for_report(seen.report, other)[0].cause == "sender_not_allowed"
    seen = with_sender(bed, f"blocked@{DOMAIN}", "starttls")
    assert seen.stop is not None
    assert seen.stop[1] == 554


def with_sender(bed: Bed, address: str, listener: str) -> Seen:
    return changed(bed, listener, bed.recipient(), sender=Sender(address))


def changed(bed: Bed, listener: str, recipient: str, **changes: Any) -> Seen:
    """A verifier with a connector that differs from the others."""
    server = bed.server
    security = listener.partition("/")[0]
    connector = bed._verifier.connector(
        server.ports[listener],
        security=security,
        host="localhost",
        ca_file=str(server.ca_file),
        username=server.username,
    )
    return bed._verifier.at(
        server.ports[listener],
        security=security,
        connector=connector._replace(**changes),
        credentials=source(server.username, server.password),
        password=server.password,
        recipient=recipient,
    )


def test_size_limit(bed: Bed) -> None:
    recipient = bed.recipient()
    seen = changed(bed, "starttls/small", recipient)
    assert seen.stop is None
    assert seen.detail(Stage.EHLO)["size"] == SMALL_SIZE
    assert len(bed.server.wait_for_messages(recipient=recipient)) == 1
    seen = changed(bed, "starttls/small", recipient, name="n" * 1000)
    assert seen.stop == ("mail_from", None, "message_too_large")
    assert seen.stopped.detail()["size"] > seen.stopped.detail()["limit"] == SMALL_SIZE
    assert causes(seen, bed)[0] == "message_too_large"
    assert len(bed.server.messages(recipient)) == 1
