"""Words for a verification: its stages, their verdicts, who has to act, and why one stopped."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.report import Actor, Stage, StageResult, Status

_TITLES: Mapping[Stage, str] = {
    Stage.RESOLVE: _("Find the server"),
    Stage.CONNECT: _("Connect"),
    Stage.GREETING: _("Greeting"),
    Stage.TLS: _("Encryption"),
    Stage.EHLO: _("Introduction"),
    Stage.AUTH: _("Sign in"),
    Stage.MAIL_FROM: _("Sender"),
    Stage.RCPT_TO: _("Recipient"),
    Stage.DATA: _("Send the message"),
}

_STATUSES: Mapping[Status, str] = {
    Status.PASSED: _("passed"),
    Status.FAILED: _("failed"),
    Status.UNKNOWN: _("unknown"),
    Status.SKIPPED: _("skipped"),
    Status.NOT_REACHED: _("not reached"),
}

_ACTORS: Mapping[Actor, str] = {
    Actor.YOU: _("you"),
    Actor.NETWORK_ADMIN: _("the network administrator"),
    Actor.MAIL_ADMIN: _("the mail administrator"),
    Actor.PROVIDER: _("the mail provider"),
    Actor.RECIPIENT: _("the recipient"),
}

# `detail.error` of a stage that did not pass.
STAGE_ERRORS: Mapping[str, str] = {
    # Finding and reaching the server
    "blocked_locally": _("This machine forbids the connection (a firewall or security software)."),
    "dns_failed": _("Looking up the server's name failed; the name service may be down."),
    "dns_not_found": _("No server has this name. Check the spelling."),
    "failed": _("The connection failed."),
    "refused": _("The server refuses connections on this port. Check the port."),
    "reset": _("The connection was cut off."),
    "timeout": _("There was no answer in time. A firewall may be in the way."),
    "unreachable": _("The network of the server cannot be reached from here."),
    "proxy_auth_required": _("The proxy asks for a login."),
    "proxy_invalid_answer": _("The proxy gave an answer that cannot be understood."),
    "proxy_refused": _("The proxy refused the connection."),
    "proxy_timeout": _("The proxy did not answer in time."),
    "proxy_unreachable": _("The proxy {proxy} cannot be reached."),
    "proxy_unreachable_target": _("The proxy cannot reach the server."),
    # What speaks there
    "closed": _("The server closed the connection."),
    "closing": _("The server ended the conversation by itself."),
    "garbage": _("The server sent something that is not SMTP."),
    "greeting_refused": _("The server turned us away."),
    "mixed_codes": _("The server contradicted itself within one reply."),
    "not_connected": _("There was no connection."),
    "not_smtp": _("Something else than a mail server answers on this port ({peer})."),
    "reply_too_long": _("The server's reply was too long."),
    "unsolicited": _("The server spoke out of turn."),
    # Encryption
    "ca_file_invalid": _("The CA file {path} holds no certificate."),
    "ca_file_unreadable": _("The CA file {path} cannot be read."),
    "cert_expired": _("The server's certificate has expired."),
    "cert_hostname_mismatch": _("The server's certificate is for another name."),
    "cert_not_strict": _("The server's certificate breaks the rules for certificates."),
    "cert_not_yet_valid": _(
        "The server's certificate is not valid yet. Check this machine's clock."
    ),
    "cert_self_signed": _("The server's certificate is signed by itself, by nobody we know."),
    "cert_untrusted": _("The server's certificate comes from nobody this machine trusts."),
    "cert_weak": _("The server's certificate is too weak."),
    "client_certificate_invalid": _("The client certificate {path} cannot be used."),
    "client_certificate_refused": _("The server does not accept our client certificate."),
    "client_certificate_required": _("The server asks for a client certificate."),
    "client_certificate_unreadable": _("The client certificate {path} cannot be read."),
    "handshake_failed": _("Encryption could not be agreed on ({openssl})."),
    "not_tls": _("The server does not speak TLS on this port. STARTTLS may be meant."),
    "pin_invalid": _("The pinned certificate cannot be read."),
    "starttls_injected": _(
        "Something was slipped in before encryption: somebody may be listening."
    ),
    "starttls_missing": _("The server does not offer STARTTLS."),
    "starttls_refused": _("The server refused STARTTLS."),
    "tls_broken": _("The encrypted connection broke down ({openssl})."),
    "tls_no_common_cipher": _("Server and program have no common cipher."),
    "tls_version": _("The server offers only old, unsafe versions of TLS."),
    # Signing in
    "auth_closed": _("The server closed the connection instead of answering the login."),
    "auth_not_offered": _("The server offers no login here."),
    "auth_refused": _("The server refused the login."),
    "auth_unexpected": _("The server answered the login with something else than yes or no."),
    "bad_challenge": _("The server's part of the login cannot be understood."),
    "cleartext_refused": _(
        "The connection is not encrypted, so the password was not sent. "
        "Choose STARTTLS or SSL/TLS, or allow it under Advanced."
    ),
    "ehlo_refused": _("The server refused the introduction."),
    "mechanism_not_offered": _(
        "The server does not offer this kind of login. It offers: {offered}"
    ),
    "mechanism_unavailable": _("This kind of login is not available here."),
    "no_secret": _("There is no secret for the login."),
    "server_not_proven": _("The server could not prove that it knows the password."),
    "token_missing": _("There is no usable token: sign in first."),
    "too_many_challenges": _("The server kept asking during the login."),
    # The message
    "data_refused": _("The server did not want the message."),
    "header_injection": _("The message would have carried forged header lines. It was not sent."),
    "message_line_too_long": _("A line of the message is too long."),
    "message_refused": _("The server refused the message."),
    "message_too_large": _("The message is larger than the server's limit of {limit} bytes."),
    "nul_in_message": _("The message contains a NUL character."),
    "out_of_turn": _("A command was asked for out of its order."),
    "recipient_refused": _("The server refused the recipient."),
    "reply_lost": _(
        "The message was handed over, but the server's answer was lost: it may have been sent. "
        "Look into the recipient's mailbox before trying again."
    ),
    "sender_refused": _("The server refused the sender."),
    "smtputf8_missing": _("The server does not take addresses with these letters before the @."),
    "unexpected_reply": _("The server answered something unexpected."),
}


def stage_title(stage: Stage) -> str:
    """What a stage does, in words."""
    return translate(_TITLES[stage])


def status_word(status: Status) -> str:
    """The verdict on a stage, in one word."""
    return translate(_STATUSES[status])


def actor_word(actor: Actor) -> str:
    """Who has to act."""
    return translate(_ACTORS[actor])


def stage_text(result: StageResult) -> str:
    """Why a stage did not pass, in one sentence; empty for one that did."""
    code = result.detail.get("error")
    if not isinstance(code, str):
        return ""
    from smtpwizard.messages.errors import error_text

    token = result.detail.get("token")
    if code == "token_missing" and isinstance(token, Mapping) and token.get("problem"):
        return error_text(str(token["problem"]), token)
    return error_text(code, result.detail)
