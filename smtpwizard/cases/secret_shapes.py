"""The shapes of secrets: tokens, keys and logins as programs write them. The last net only: what
is found here should never have been recorded."""

from __future__ import annotations

import base64
import binascii
import re

_SHAPES = re.compile(
    r"""
      (?P<jwt>\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)
    | (?P<bearer>\bBearer\s{1,3}(?!\s)[\w.~+/-]{20,})
    | (?P<private_key>-----BEGIN[ A-Z0-9]{0,40}PRIVATE\ KEY-----)
    | (?P<google>(?<!\w)(?:1//0[\w-]{20,}|ya29\.[\w-]{10,}|GOCSPX-[\w-]{10,}|AIza[\w-]{30,}))
    | (?P<microsoft>(?<![\w.])[01]\.A[\w-]{20,}|(?<![\w~])[\w~.-]{3}8Q~[\w~.-]{31,34}(?![\w~])
      |(?<!\w)M\.[CR]\d{1,4}_[\w.-]{20,})
    | (?P<login>\bAUTH\s+(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER)\s+
        (?=[A-Za-z0-9+/]*(?:[0-9+/=]|[a-z][A-Z]))(?:[A-Za-z0-9+/]{4}){2,}[A-Za-z0-9+/]{2}[A-Za-z0-9+/=]{2})
    | (?P<address>://[^/\s:@?\#]{1,200}:(?!<redacted>)[^/\s@?\#]{1,200}@)
    | (?P<field>\b(?:access_token|refresh_token|id_token|client_secret|password|client_assertion)
        (?:%22|\\?["'])?\s{0,3}[=:]\s{0,3}(?:%22|\\?["'])?(?!<redacted>)[\w.~+/%-]{16,})
    | (?P<cloud>(?<!\w)(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)|(?<!\w)SG\.[\w-]{16,}\.[\w-]{16,}
      |(?<!\w)xsmtpsib-[0-9a-f]{32,}|(?<!\w)key-[0-9a-f]{32}(?!\w))
    """,
    re.VERBOSE,
)
_PACKED = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{16,}={0,2}(?![\w+/=])")
# What SASL's mechanisms send (RFC 4616, RFC 7628, Google's XOAUTH2).
_LOGIN = re.compile(
    rb"\A[^\0]{0,300}\0[^\0]{1,300}\0[^\0]{1,1000}\Z|auth=Bearer |\x01auth=", re.IGNORECASE
)


def secret_shape(text: str) -> str | None:
    """What a text has in it that looks like a secret, by its name here; None for nothing."""
    found = _SHAPES.search(text)
    if found is not None:
        return str(found.lastgroup)
    for match in _PACKED.finditer(text):
        try:
            data = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4))
        except binascii.Error:
            continue
        if _LOGIN.search(data) and _is_text(data):
            return "login"
    return None


def _is_text(data: bytes) -> bool:
    return all(byte >= 32 or byte in b"\0\1\t\r\n" for byte in data)
