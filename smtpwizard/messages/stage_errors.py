"""Sentences for why a stage of a verification did not pass: one an error."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.face import Face, Sentence
from smtpwizard.messages.problems import PROBLEMS
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.stage_facts import StageError

STAGE_ERRORS: Mapping[StageError, Sentence] = {
    # Anywhere
    StageError.CANCELLED: _("Stopped."),
    StageError.CONTROL_CHARACTERS: PROBLEMS["control_characters"],
    # Finding and reaching the server
    StageError.BLOCKED_LOCALLY: _(
        "This computer forbids the connection (a firewall or security software)."
    ),
    StageError.DNS_FAILED: _("Looking up the server's name failed; the name service may be down."),
    StageError.DNS_NOT_FOUND: _("No server has this name. Check the spelling."),
    StageError.DOMAIN_INVALID: PROBLEMS["domain_invalid"],
    StageError.FAILED: _("The connection failed."),
    StageError.REFUSED: _("The server refuses connections on this port. Check the port."),
    StageError.RESET: _("The connection was cut off."),
    StageError.TIMEOUT: _("There was no answer in time. A firewall may be in the way."),
    StageError.UNREACHABLE: _("The network of the server cannot be reached from here."),
    StageError.PROXY_AUTH_REQUIRED: _("The proxy asks for a login."),
    StageError.PROXY_INVALID: _(
        "The proxy for mail ({source}) is not an address that can be used. Write "
        "socks5://host:1080 or http://host:3128."
    ),
    StageError.PROXY_INVALID_ANSWER: _("The proxy gave an answer that cannot be understood."),
    StageError.PROXY_REFUSED: _("The proxy refused the connection."),
    StageError.PROXY_TIMEOUT: _("The proxy did not answer in time."),
    StageError.PROXY_UNREACHABLE: _("The proxy {proxy} cannot be reached."),
    StageError.PROXY_UNREACHABLE_TARGET: _("The proxy cannot reach the server."),
    # What speaks there
    StageError.EHLO_NAME_INVALID: PROBLEMS["ehlo_name_invalid"],
    StageError.CLOSED: _("The server closed the connection."),
    StageError.CLOSING: _("The server ended the conversation by itself."),
    StageError.GARBAGE: _("The server sent something that is not SMTP."),
    StageError.GREETING_REFUSED: _("The server turned us away."),
    StageError.MIXED_CODES: _("The server contradicted itself within one reply."),
    StageError.NOT_CONNECTED: _("There was no connection."),
    StageError.NOT_SMTP: _("No mail server answers on this port, but {peer}."),
    StageError.REPLY_TOO_LONG: _("The server's reply was too long."),
    StageError.UNSOLICITED: _("The server spoke out of turn."),
    # Encryption
    StageError.CA_FILE_INVALID: _("The CA file {path} holds no certificate in PEM or DER form."),
    StageError.CA_FILE_UNREADABLE: _("The CA file {path} cannot be read."),
    StageError.CERT_EXPIRED: _("The server's certificate has expired."),
    StageError.CERT_HOSTNAME_MISMATCH: _("The server's certificate is for another name."),
    StageError.CERT_NOT_STRICT: _("The server's certificate breaks the rules for certificates."),
    StageError.CERT_NOT_YET_VALID: _(
        "The server's certificate is not valid yet. Check this computer's clock."
    ),
    StageError.CERT_SELF_SIGNED: _(
        "The server's certificate is signed by itself, by nobody we know."
    ),
    StageError.CERT_UNTRUSTED: _(
        "The server's certificate comes from nobody this computer trusts."
    ),
    StageError.CERT_WEAK: _("The server's certificate is too weak."),
    StageError.CLIENT_CERTIFICATE_INVALID: _(
        "The client certificate {path} cannot be used: a certificate and its own key have to be in "
        "it (PEM or PKCS#12), and a passphrase has to fit."
    ),
    StageError.CLIENT_CERTIFICATE_REFUSED: _("The server does not accept our client certificate."),
    StageError.CLIENT_CERTIFICATE_REQUIRED: _("The server asks for a client certificate."),
    StageError.CLIENT_CERTIFICATE_UNREADABLE: _("The client certificate {path} cannot be read."),
    StageError.HANDSHAKE_FAILED: _("Encryption could not be agreed on ({openssl})."),
    StageError.NOT_TLS: _("The server does not speak TLS on this port. STARTTLS may be meant."),
    StageError.PIN_INVALID: _("The pinned certificate cannot be read."),
    StageError.STARTTLS_INJECTED: _(
        "Something was slipped in before encryption: someone may be listening."
    ),
    StageError.STARTTLS_MISSING: _("The server does not offer STARTTLS."),
    StageError.STARTTLS_REFUSED: _("The server refused STARTTLS."),
    StageError.TLS_BROKEN: _("The encrypted connection broke down ({openssl})."),
    StageError.TLS_NAME_UNKNOWN: _("The server does not know the name by which it was called."),
    StageError.TLS_NO_COMMON_CIPHER: _("Server and program have no common cipher."),
    StageError.TLS_VERSION: _("The server offers only old, unsafe versions of TLS."),
    # Signing in
    StageError.AUTH_CLOSED: _("The server closed the connection instead of answering the login."),
    StageError.AUTH_NOT_OFFERED: _("The server offers no login here."),
    StageError.AUTH_REFUSED: _("The server refused the login."),
    StageError.AUTH_UNEXPECTED: _(
        "The server answered the login with something else than yes or no."
    ),
    StageError.BAD_CHALLENGE: _("The server's part of the login cannot be understood."),
    StageError.CLEARTEXT_REFUSED: {
        Face.WINDOW: _(
            "The connection is not encrypted, so the password was not sent. Choose STARTTLS or "
            "SSL/TLS, or allow it: {at_server_allow_cleartext}."
        ),
        Face.COMMAND_LINE: _(
            "The connection is not encrypted, so the password was not sent. Set server.security "
            "to starttls or implicit_tls, or allow it: {at_server_allow_cleartext}=true"
        ),
    },
    StageError.EHLO_REFUSED: _("The server refused the introduction."),
    StageError.MECHANISM_NOT_OFFERED: _(
        "The server does not offer this kind of login. It offers: {offered}"
    ),
    StageError.MECHANISM_UNAVAILABLE: _("This kind of login is not available here."),
    StageError.NO_SECRET: _("There is no secret for the login."),
    StageError.SERVER_NOT_PROVEN: _("The server could not prove that it knows the password."),
    StageError.TOKEN_MISSING: _("There is no usable token. {do_sign_in}"),
    StageError.TOO_MANY_CHALLENGES: _("The server kept asking during the login."),
    # The message
    StageError.ADDRESS_EMPTY: PROBLEMS["address_empty"],
    StageError.ADDRESS_INVALID: PROBLEMS["address_invalid"],
    StageError.ADDRESS_TOO_LONG: PROBLEMS["address_too_long"],
    StageError.DATA_REFUSED: _("The server did not want the message."),
    StageError.HEADER_INJECTION: _(
        "The message would have carried forged header lines. It was not sent."
    ),
    StageError.MESSAGE_LINE_TOO_LONG: _("A line of the message is too long."),
    StageError.MESSAGE_REFUSED: _("The server refused the message."),
    StageError.MESSAGE_TOO_LARGE: _(
        "The message is larger than the server's limit of {limit} bytes."
    ),
    StageError.NUL_IN_MESSAGE: _("The message contains a NUL character."),
    StageError.OUT_OF_TURN: _("A command was asked for out of its order."),
    StageError.RECIPIENT_REFUSED: _("The server refused the recipient."),
    StageError.REPLY_LOST: _(
        "The message was handed over, but the server's answer was lost: it may have been sent. "
        "Look into the recipient's mailbox before trying again."
    ),
    StageError.SENDER_REFUSED: _("The server refused the sender."),
    StageError.SMTPUTF8_MISSING: _(
        "The server does not take addresses with these letters before the @."
    ),
    StageError.UNEXPECTED_REPLY: _("The server answered something unexpected."),
}
