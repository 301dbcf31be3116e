"""The rules about a connector's secrets: which kinds it keeps, and what text each may be.

One set for the window, the command line, the stores and the wire. Holds no secret.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import LOGIN_FREE_MECHANISMS, Connector, Method
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.odd_characters import Odd, odd_characters, without_odd_ends
from smtpwizard.model.registration import Grant

SECRET_KINDS: Mapping[Method, tuple[str, ...]] = {
    Method.BASIC: ("password",),
    Method.OAUTH: ("client_secret", "refresh_token"),
    Method.NONE: (),
}
CERTIFICATE_PASSPHRASE = "client_certificate_passphrase"  # noqa: S105 - a kind, not a secret
"""Opens the key of a client certificate, whatever the method."""


def typed_kinds(method: Method, mechanism: str) -> tuple[str, ...]:
    """The kinds of secret that a login needs where no helper command fetches one."""
    kinds = SECRET_KINDS[method]
    return kinds[1:] if mechanism in LOGIN_FREE_MECHANISMS else kinds


def secret_kinds(connector: Connector) -> tuple[str, ...]:
    """The kinds of secret this connector keeps in a store, the one a person types first."""
    authentication = connector.authentication
    kinds = typed_kinds(authentication.method, authentication.mechanism)
    if authentication.secret_command is not None:
        # The command answers the first kind; tokens it cannot.
        kinds = tuple(kind for kind in kinds if kind != main_kind(connector))
    if connector.server.client_certificate is not None:
        kinds = (*kinds, CERTIFICATE_PASSPHRASE)
    return kinds


def main_kind(connector: Connector) -> str | None:
    """The kind of secret that a person types for this connector; None where it needs none."""
    authentication = connector.authentication
    if authentication.mechanism in LOGIN_FREE_MECHANISMS:
        return None
    kinds = SECRET_KINDS[authentication.method]
    return kinds[0] if kinds else None


def asked_kind(connector: Connector) -> str | None:
    """The kind of secret to ask a person for; None where a helper command fetches it as well."""
    return main_kind(connector) if connector.authentication.secret_command is None else None


# What Google and Apple give out has this many letters, shown in groups.
_APP_PASSWORD_LETTERS = 16


def without_spaces(text: str) -> str:
    """A password without what a paste brings: the spaces of the groups in which an app password is
    shown, white space at its ends, and characters that nobody sees."""
    ends = without_odd_ends(text)
    bare = "".join(ends.split())
    return bare if len(bare) == _APP_PASSWORD_LETTERS else ends


def spaces_found(secret: Secret) -> dict[str, int]:
    """How many of these a password has, `spaces_inside` it or `spaces_around` it; no more of it."""
    text = secret.reveal()
    bare = without_spaces(text)
    if not bare or bare == text or "".join(bare.split()) != "".join(text.split()):
        return {}
    where = "spaces_around" if bare in text else "spaces_inside"
    return {where: len(text) - len(bare)}


def takes_key(connector: Connector) -> bool:
    """True where the secret is a key, which has many lines, and not a password."""
    authentication = connector.authentication
    return (
        authentication.method is Method.OAUTH
        and authentication.oauth.grant is Grant.SERVICE_ACCOUNT
    )


def unnamed_kind(connector: Connector) -> str | None:
    """The kind of a secret that is given without saying which it is; None where none is used."""
    if connector.server.client_certificate is not None:
        return main_kind(connector) or CERTIFICATE_PASSPHRASE
    return main_kind(connector)


def is_for_this_run(ref: str) -> bool:
    """True for a reference to a secret that its store forgets when the program ends."""
    return ref.startswith("session:")


# -- their text ----------------------------------------------------------------------------------

MAX_KEPT_BYTES = 8192
"""What a store keeps, in bytes of UTF-8: refresh tokens and service account keys are well below.

Windows' Credential Manager holds less an entry; its store splits what is longer.
"""
MAX_GIVEN_BYTES = 64_000
"""What is taken in from a pipe or a helper command: any real key file, but no file of another kind.

A secret that is used once and not kept may be that long.
"""
MIN_PASSPHRASE = 8
"""Characters of a new passphrase; what was chosen before may be shorter and opens its file."""


class TextFlaw(StrEnum):
    """Why a text cannot be a secret."""

    EMPTY = "empty"
    NUL = "nul"
    SURROGATE = "surrogate"
    """Half a character: no UTF-8 text."""
    TOO_LONG = "too_long"


def text_flaw(secret: Secret, limit: int = MAX_KEPT_BYTES) -> TextFlaw | None:
    """What keeps a secret's text from being used; None for a good one. `limit` is in bytes."""
    text = secret.reveal()
    if not text:
        return TextFlaw.EMPTY
    if _has_surrogate(text):
        return TextFlaw.SURROGATE
    if len(text.encode()) > limit:
        return TextFlaw.TOO_LONG
    return TextFlaw.NUL if "\0" in text else None


def is_sendable(text: str) -> bool:
    """True when the mechanisms can carry a user name or a secret: they separate the two by NUL
    (RFC 4616) or U+0001 (RFC 7628)."""
    return "\0" not in text and "\1" not in text and not _has_surrogate(text)


def without_line_end(text: str) -> str:
    """A secret as it came, typed, pasted or piped, less exactly one final LF or CRLF."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def normal_passphrase(passphrase: Secret) -> str:
    """The text that a passphrase stands for: one keyboard composes an accent, the next does not."""
    return unicodedata.normalize("NFC", passphrase.reveal())


def check_new_passphrase(passphrase: Secret) -> None:
    """Raise `SecretStoreError("passphrase_too_short")` for one that protects too little."""
    if len(normal_passphrase(passphrase)) < MIN_PASSPHRASE:
        raise SecretStoreError("passphrase_too_short", limit=MIN_PASSPHRASE)


def odd_entries(
    connector: Connector, secrets: Mapping[str, Secret] | None = None
) -> dict[str, tuple[Odd, ...]]:
    """What is odd in what a login is made of, by the fields' dotted paths; only those with any.

    `secrets` are looked at by their kinds; a key file is made of lines and is none of these.
    """
    authentication = connector.authentication
    if authentication.method is Method.NONE:
        return {}
    texts = {"authentication.username": authentication.username}
    if authentication.method is Method.OAUTH:
        texts["authentication.oauth.client_id"] = authentication.oauth.client_id
        texts["authentication.oauth.tenant"] = authentication.oauth.tenant
    for kind in ("password", "client_secret"):
        secret = (secrets or {}).get(kind)
        if secret is not None and not takes_key(connector):
            texts[f"authentication.{kind}"] = secret.reveal()
    found = {field: odd_characters(text) for field, text in texts.items() if text}
    return {field: odd for field, odd in found.items() if odd}


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)
