"""Where a failure happened: stage, port, encryption, kind of sign-in, provider, as facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

from smtpwizard.diagnosis.words import flatten

STAGES: Mapping[str, str] = {
    "dns": "resolve", "resolve": "resolve", "connect": "connect", "greeting": "greeting",
    "banner": "greeting", "tls": "tls", "starttls": "tls", "ssl": "tls", "ehlo": "ehlo",
    "helo": "ehlo", "auth": "auth", "mail": "mail_from", "mail_from": "mail_from",
    "rcpt": "rcpt_to", "rcpt_to": "rcpt_to", "data": "data", "send": "send", "oauth": "oauth",
    "keyring": "keyring",
}  # fmt: skip


_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("microsoft", (
        "microsoft", "outlook", "hotmail", "office365", "office 365", "exchange", "entra", "azure",
        "aadsts", "msal", "adal", "live.com", "m365", "o365", "storedrv", "ad fs", "adfs", "msis",
    )),
    ("google", (
        "google", "gmail", "gsmtp", "gtoken", "goauth",
    )),
    ("yahoo", ("yahoo", "aol", "rocketmail")),
    ("apple", ("icloud", "apple", "mail.me.com", "me.com")),
    ("amazon", ("amazon", "ses api", "amazonses", "aws", "ses ")),
)  # fmt: skip

# As the beginning of a word: "central" is not Entra, nor acme.com Apple's me.com.
_FAMILY_WORDS = tuple(
    (family, re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, words))})"))
    for family, words in _FAMILIES
)

# Which step a text speaks of, where the context does not say.
_STAGE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("keyring", ("keyring", "keychain", "secret service", "credential manager", "kwallet",
                 "libsecret", "org.freedesktop.secret", "credwrite", "wincred", "secretservice",
                 "secretstorage", "freedesktop.dbus", "dbus-launch", "dbus-daemon", "zbus")),
    ("oauth", ("aadsts", "oauth2 error", "invalid_grant", "invalid_client", "redirect_uri",
               "invalid_scope", "unauthorized_client", "access_denied", "refresh token",
               "authorization code", "consent")),
    ("rcpt_to", ("in reply to rcpt to", "after rcpt to", "rcpt to command", "smtprecipientsrefused",
                 "recipient address rejected", "rcpt from", "all recipients")),
    ("mail_from", ("in reply to mail from", "after mail from", "mail from command",
                   "smtpsenderrefused", "sender address rejected")),
    ("data", ("end of data", "after end of data", "smtpdataerror", "in reply to data",
              "data command failed", "data not accepted", "message failed", "emessage")),
    ("auth", ("smtpauthenticationerror", "auth command failed", "auth login", "auth plain",
              "authentication failed", "invalid login", "eauth", "sasl authentication",
              "authenticationexception", "authenticationfailedexception", "535 ", "534 ", "535-",
              "534-", "password command failed", "login failed",
              "server.login(", ".login(")),
    ("ehlo", ("helo command rejected", "ehlo command", "helo command", "smtpheloerror")),
    ("tls", ("certificate", "ssl routines", "starttls", "handshake", "ssl:", "sslerror", "x509",
             "pkix", "tls")),
    ("resolve", ("getaddrinfo", "name or service not known", "enotfound", "no such host",
                 "unknownhost", " dns ", "dns:", "dns lookup", "dns error")),
    ("connect", ("after initial connection", "econnrefused", "connection refused", "etimedout",
                 "connection timed out", "unreachable", "could not connect",
                 "failed to connect", "smtpconnecterror", "unable to connect")),
)  # fmt: skip

_RECEIVING = ("receiving", "in reply to", "said:", "remote-mta", "diagnostic-code", "smtp;")


def families_in(name: str) -> dict[str, str]:
    """The families of providers that a flattened text names, by fact, each with its first word."""
    found = {}
    for family, pattern in _FAMILY_WORDS:
        match = pattern.search(name)
        if match is not None:
            found[f"family:{family}"] = match[0]
    return found


_NUMBER = re.compile(r"[0-9]{1,5}")


def context_facts(context: Mapping[str, Any]) -> list[str]:
    """The facts of a loose context: `provider`, `stage`, `port`, `security`, `auth`; odd values
    say nothing."""
    found: list[str] = []
    provider = context.get("provider")
    if isinstance(provider, str):
        name = flatten(provider[:300])
        found += families_in(name)
        if "receiving" in name:
            found.append("role:receiver")
        found.append("ctx:provider")
    stage = context.get("stage")
    if isinstance(stage, str) and stage.strip().lower() in STAGES:
        found.append(f"stage:{STAGES[stage.strip().lower()]}")
    port = context.get("port")
    if isinstance(port, int | str) and _NUMBER.fullmatch(str(port)):
        found.append(f"port:{port}")
    security = context.get("security")
    if isinstance(security, str):
        word = security.strip().lower()
        word = {"ssl": "implicit_tls", "tls": "starttls", "plain": "none"}.get(word, word)
        if word in ("starttls", "implicit_tls", "none"):
            found.append(f"sec:{word}")
    auth = context.get("auth")
    if isinstance(auth, str):
        found += auth_facts(auth)
    return found


def auth_facts(auth: str) -> list[str]:
    """Whether a mechanism or method sends a token or a password; nothing where it is neither."""
    auth = auth.lower()
    if any(word in auth for word in ("oauth", "bearer")):
        return ["auth:token"]
    if any(word in auth for word in ("plain", "login", "cram", "scram", "basic", "password")):
        return ["auth:password"]
    return []


_PORT = re.compile(r"(?:port\W{0,3}|[a-z0-9\]]:)(25|465|587|2525|2587|143|993|110|995)\b")


def find_setting(text: str, whole: str, known: Set[str]) -> list[str]:
    """What a text says of the setting beyond what is `known`: the flattened text, and all of it
    before the set phrases went."""
    kinds = {token.partition(":")[0] for token in known}
    found: list[str] = []
    if "stage" not in kinds:
        flat = flatten(whole)
        stages = (s for s, words in _STAGE_WORDS if any(word in flat for word in words))
        found += [f"stage:{stage}" for stage in [next(stages, None)] if stage is not None]
    if "port" not in kinds:
        match = _PORT.search(text)
        if match is not None:
            found.append(f"port:{match[1]}")
    if "auth" not in kinds and ("xoauth2" in text or "oauthbearer" in text):
        found.append("auth:token")
    if any(word in text for word in _RECEIVING):
        found.append("role:receiver")
    return found
