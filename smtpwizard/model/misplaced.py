"""Secrets in fields that are saved in the clear, told by their shape alone.

For what comes in: a file that was saved before is read as it is. Only shapes that nothing else
has: an honest name, address or identifier is never taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from smtpwizard.model.connector import MAX_TEXT
from smtpwizard.model.problem import Json, Problem

CLIENT_ID = "authentication.oauth.client_id"
TENANT = "authentication.oauth.tenant"

_SHAPES = (
    # A private key, in PEM or as PuTTY keeps it.
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
    r"PuTTY-User-Key-File-\d",
    # A piece of JSON, or of a form or an address, that names a secret.
    r"""\\?["'](?:client_secret|private_key|refresh_token|access_token|id_token|password)\\?["']"""
    r"""\s*:\s*\\?["'][^"']""",
    r"\b(?:client_secret|refresh_token|access_token|client_assertion)=[^\s&]{8}",
    r"[?&;](?:password|passwd|pwd)=[^\s&]",
    # A password in the address of a server (RFC 3986 §3.2.1).
    r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@]*:[^\s/?#@]+@",
    # Google: client secret, refresh token, access token, authorization code, API key.
    r"\bGOCSPX-[\w-]{20}",
    r"(?<!\w)1//0[\w-]{20}",
    r"\bya29\.[\w-]{20}",
    r"(?<!\w)4/0[\w-]{30}",
    r"\bAIza[\w-]{35}",
    # Microsoft: client secret, refresh tokens of an organisation and of a person.
    r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31}",
    r"(?<![\w.])[01]\.A[\w-]{20}[\w.-]{100}",
    r"\bM\.[CR]\d+_[A-Z0-9]+\.[\w!*$.-]{50}",
    # A signed token (RFC 7515 §7.1): its header begins with {" in base64.
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8}",
    # Providers that give out keys in place of passwords.
    r"\bSG\.[\w-]{22}\.[\w-]{43}",
    r"\bx(?:smtpsib|keysib)-[0-9a-f]{64}",
    r"\bkey-[0-9a-f]{32}\b",
)
# Base64 may hold any of them by chance; what is public is no secret.
_CERTIFICATE = r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----"
# RFC 6749 §2.2 leaves the form to the server; none gives out one with these.
_NOT_IN_CLIENT_ID = r"""[\s{}"'`“”„‘’]"""
# A tenant is an ID, a domain or a word, and never an address of the web or of a person.
_NOT_IN_TENANT = r"""[\s/:@{}"'`“”„‘’<>]"""
_IDENTIFIERS = (
    (CLIENT_ID, "client_id_invalid", _NOT_IN_CLIENT_ID),
    (TENANT, "tenant_invalid", _NOT_IN_TENANT),
)


def misplaced(document: Json, refused: Collection[str] = ()) -> tuple[Problem, ...]:
    """What of a connector's document must not be saved in the clear, and client IDs and tenants
    that are none.

    Codes `secret_in_document`, `client_id_invalid`, `tenant_invalid`; fields by dotted paths. Long
    ones that are `refused` already, such as ten megabytes that were pasted, are not looked through.
    """
    problems = {
        path: Problem(path, "secret_in_document")
        for path, text in _leaves(document, "")
        if not (path in refused and len(text) > MAX_TEXT) and looks_like_a_secret(text)
    }
    for path, code, impossible in _IDENTIFIERS:
        text = _at(document, path)
        if (
            isinstance(text, str)
            and path not in problems
            and len(text) <= MAX_TEXT
            and re.search(impossible, text)
        ):
            problems[path] = Problem(path, code)
    return tuple(problems.values())


def looks_like_a_secret(text: str) -> bool:
    """True for a text that has the shape of a key, a token or a password in an address."""
    return _any_shape().search(re.sub(_CERTIFICATE, "", text)) is not None


@cache
def _any_shape() -> re.Pattern[str]:
    """Compiled when something is about to be saved: that takes longer than a start should."""
    return re.compile("|".join(_SHAPES))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield path, str(key)
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, path)


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, Mapping) else None
    return document
