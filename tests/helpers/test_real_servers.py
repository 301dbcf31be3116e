"""The mail server itself: every way in works, every wrong way is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import smtplib
import socket
import ssl
from collections.abc import Callable

import pytest
import scramp

from tests.helpers.real_servers import BAD_CERTIFICATES, DOMAIN, MECHANISMS, REFUSALS, MailServer

TLS_FLAVOURS = ("starttls", "implicit_tls")
FLAVOURS = (*TLS_FLAVOURS, "none")


def connect(
    server: MailServer, listener: str, context: ssl.SSLContext | None = None
) -> smtplib.SMTP:
    """An SMTP client past TLS, which it verifies against the server's CA."""
    context = context or ssl.create_default_context(cafile=server.ca_file)
    context.hostname_checks_common_name = False
    port = server.ports[listener]
    if listener.startswith("implicit_tls"):
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, port, "client.test", timeout=300, context=context
        )
        client.ehlo()
        return client
    client = smtplib.SMTP(server.host, port, "client.test", 10)
    if listener.startswith("starttls"):
        try:
            client.starttls(context=context)
        except BaseException:
            client.close()
            raise
    client.ehlo()
    return client


def send(client: smtplib.SMTP, server: MailServer, recipient: str) -> None:
    client.sendmail(server.username, [recipient], "Subject: Hello\r\n\r\n.dot\r\n")


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_message_arrives(postfix: MailServer, flavour: str, mechanism: str) -> None:
    listener = f"{flavour}/{mechanism}"
    recipient = f"{flavour}-{mechanism}@{DOMAIN}"
    with connect(postfix, listener) as client:
        assert client.esmtp_features["auth"].split() == [mechanism]
        client.login(postfix.username, postfix.password)
        send(client, postfix, recipient)
    (message,) = postfix.wait_for_messages(recipient=recipient)
    assert message.envelope_sender == postfix.username
    assert message.parsed().get_content() == ".dot\n"
    assert message.parsed()["Subject"] == "Hello"
    assert b"(Authenticated sender: " + postfix.username.encode() in message.raw
    protocol = b"with ESMTPA id" if flavour == "none" else b"with ESMTPSA id"
    assert protocol in message.raw


def test_all_mechanisms_are_offered_where_they_should_be(postfix: MailServer) -> None:
    for flavour in FLAVOURS:
        with connect(postfix, flavour) as client:
            offered = client.esmtp_features["auth"].split()
        assert tuple(offered) == MECHANISMS


def test_no_login_before_starttls(postfix: MailServer) -> None:
    with smtplib.SMTP(postfix.host, postfix.starttls_port) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert client.docmd("AUTH", "PLAIN")[0] == 530
        assert client.docmd("MAIL", "FROM:<>")[0] == 530


def test_wrong_password_and_unfiltered_mechanism_are_refused(postfix: MailServer) -> None:
    start = len(postfix.log())
    with connect(postfix, "starttls") as client:
        with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
            client.login(postfix.username, "wrong")
        assert refusal.value.smtp_code == 535
    assert "auth=0/" in postfix.wait_for_log("disconnect", start)


def test_passwords_beyond_ascii(postfix: MailServer) -> None:
    text = f"\0{postfix.unicode_username}\0{postfix.unicode_password}"
    with connect(postfix, "starttls") as client:
        assert client.docmd("AUTH", f"PLAIN {encode(text)}")[0] == 235


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def answer_challenges(
    client: smtplib.SMTP, mechanism: str, answer: Callable[[str], str], first: str | None = None
) -> tuple[int, bytes]:
    """AUTH by `mechanism`, answering each 334 with `answer`."""
    command = mechanism if first is None else f"{mechanism} {encode(first) or '='}"
    code, text = client.docmd("AUTH", command)
    while code == 334:
        code, text = client.docmd(encode(answer(base64.b64decode(text).decode())))
    return code, text


def scram(server: MailServer, mechanism: str, username: str, password: str) -> tuple[int, bytes]:
    exchange = scramp.ScramClient([mechanism], username, password)

    def answer(challenge: str) -> str:
        if challenge.startswith("r="):
            exchange.set_server_first(challenge)
            return str(exchange.get_client_final())
        exchange.set_server_final(challenge)
        return ""

    with connect(server, "starttls") as client:
        return answer_challenges(client, mechanism, answer, exchange.get_client_first())


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram(postfix: MailServer, mechanism: str) -> None:
    assert scram(postfix, mechanism, postfix.username, postfix.password)[0] == 235
    both = postfix.unicode_username, postfix.unicode_password
    assert scram(postfix, mechanism, *both)[0] == 235
    assert scram(postfix, mechanism, postfix.username, "wrong")[0] == 535


def test_cram_md5(postfix: MailServer) -> None:
    with connect(postfix, "none/CRAM-MD5") as client:
        client.login(postfix.username, postfix.password)


def test_digest_md5(postfix: MailServer) -> None:
    user, realm = postfix.username.split("@")

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    def answer(challenge: str) -> str:
        if challenge.startswith("rspauth="):
            return ""
        nonce = challenge.partition('nonce="')[2].partition('"')[0]
        cnonce, uri = os.urandom(8).hex(), "smtp/localhost"
        secret = hashlib.md5(f"{user}:{realm}:{postfix.password}".encode()).digest()
        ha1 = hashlib.md5(secret + f":{nonce}:{cnonce}".encode()).hexdigest()
        ha2 = md5(f"AUTHENTICATE:{uri}")
        response = md5(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}")
        return (
            f'charset=utf-8,username="{user}",realm="{realm}",nonce="{nonce}",nc=00000001,'
            f'cnonce="{cnonce}",digest-uri="{uri}",response={response},qop=auth'
        )

    with connect(postfix, "starttls") as client:
        assert answer_challenges(client, "DIGEST-MD5", answer)[0] == 235


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_access_tokens(postfix: MailServer, mechanism: str) -> None:
    def first(username: str, token: str) -> str:
        if mechanism == "XOAUTH2":
            return f"user={username}\1auth=Bearer {token}\1\1"
        return f"n,a={username},\1host=localhost\1port=587\1auth=Bearer {token}\1\1"

    errors: list[str] = []

    def answer(challenge: str) -> str:
        errors.append(json.loads(challenge)["status"])
        return "\1"

    def attempt(username: str, token: str) -> int:
        with connect(postfix, "implicit_tls") as client:
            return answer_challenges(client, mechanism, answer, first(username, token))[0]

    assert attempt(postfix.username, postfix.access_token) == 235
    assert not errors
    assert attempt(postfix.username, "unknown") == 535
    assert errors == ["401" if mechanism == "XOAUTH2" else "invalid_token"]
    postfix.tokens.allow("for-another-mailbox", postfix.username)
    assert attempt(postfix.unicode_username, "for-another-mailbox") == 535
    postfix.tokens.revoke("for-another-mailbox")
    assert attempt(postfix.username, "for-another-mailbox") == 535


VERIFY_CODES = {
    "expired": 10,
    "not_yet_valid": 9,
    "wrong_name": 62,
    "unknown_ca": 20,
    "self_signed": 18,
    "common_name_only": 62,
    "incomplete_chain": 20,
}


@pytest.mark.parametrize("flavour", TLS_FLAVOURS)
@pytest.mark.parametrize("certificate", BAD_CERTIFICATES)
def test_bad_certificates_are_bad_in_their_own_way(
    postfix: MailServer, flavour: str, certificate: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as refusal:
        connect(postfix, f"{flavour}/{certificate}")
    assert refusal.value.verify_code == VERIFY_CODES[certificate]


# Debian 12's Python still offers TLS 1.0 by default, and stops at its signatures.
OLD_TLS = r"UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|legacy sigalg"


@pytest.mark.parametrize("flavour", TLS_FLAVOURS)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_old_tls_only(postfix: MailServer, flavour: str) -> None:
    with pytest.raises(ssl.SSLError, match=OLD_TLS):
        connect(postfix, f"{flavour}/legacy_tls")
    context = ssl.create_default_context(cafile=postfix.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with connect(postfix, f"{flavour}/legacy_tls", context) as client:
        assert isinstance(client.sock, ssl.SSLSocket)
        assert client.sock.version() == "TLSv1.1"


def test_client_certificate(postfix: MailServer) -> None:
    context = ssl.create_default_context(cafile=postfix.ca_file)
    client_pair = postfix.certificates.client
    context.load_cert_chain(client_pair.certificate, client_pair.key)
    with connect(postfix, "starttls/client_certificate", context) as client:
        send(client, postfix, f"by-certificate@{DOMAIN}")
    with connect(postfix, "starttls/client_certificate") as client:
        assert client.ehlo_resp is not None
        assert client.ehlo_resp.startswith(b"4.7.1")  # 421 to anything, then the end


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_login(postfix: MailServer, flavour: str) -> None:
    recipient = f"no-login-{flavour}@{DOMAIN}"
    with connect(postfix, f"{flavour}/no_login") as client:
        assert "auth" not in client.esmtp_features
        send(client, postfix, recipient)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(client, postfix, "someone@elsewhere.test")
    postfix.wait_for_messages(recipient=recipient)


def test_refusals(postfix: MailServer) -> None:
    with connect(postfix, "starttls") as client:
        client.mail(postfix.username)
        code, text = client.rcpt(f"someone@{DOMAIN}")
        assert (code, text.split()[0]) == (554, b"5.7.1")
        client.rset()
        client.login(postfix.username, postfix.password)
        client.mail(postfix.username)
        for address, reply in REFUSALS.items():
            code, text = client.rcpt(address)
            assert reply.split()[0] == str(code)
            enhanced, words = reply.split(None, 2)[1:]
            assert text.startswith(enhanced.encode())
            assert text.endswith(words.encode())
    with connect(postfix, "starttls/small") as client:
        client.login(postfix.username, postfix.password)
        assert client.esmtp_features["size"] == "4096"
        assert client.mail(postfix.username, ["SIZE=5000"])[0] == 552
    with connect(postfix, "starttls/own_senders_only") as client:
        client.login(postfix.username, postfix.password)
        client.mail(f"other@{DOMAIN}")
        assert client.rcpt(f"someone@{DOMAIN}")[0] == 553


def test_utf8_recipients_and_ipv6(postfix: MailServer) -> None:
    try:
        socket.create_connection(("::1", postfix.plain_port), 5).close()
    except OSError:
        pytest.skip("no ::1 on this machine")
    recipient = f"δοκιμή@{DOMAIN}"
    with smtplib.SMTP("::1", postfix.plain_port) as client:
        client.login(postfix.username, postfix.password)
        client.sendmail(
            postfix.username,
            [recipient],
            b"Subject: \xc3\xa4\r\n\r\n",
            ["SMTPUTF8", "BODY=8BITMIME"],
        )
    postfix.wait_for_messages(recipient=recipient)
