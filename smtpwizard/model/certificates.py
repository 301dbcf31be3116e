"""Certificates as texts: which ones there are, and what tells them apart.

Reads none of them further than its frame, and trusts nothing.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

MAX_TRUSTED = 50
"""What a project trusts besides the system is a handful; a bundle belongs to the system."""
MAX_PEM = 64_000

_PEM = re.compile(r"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")


def der_of(pem: str) -> bytes | None:
    """The certificate of a PEM text that holds one and nothing else; None for any other text."""
    found = _PEM.fullmatch(pem) if len(pem) <= MAX_PEM else None
    if found is None:
        return None
    try:
        return base64.b64decode("".join(found[1].split()), validate=True) or None
    except ValueError:
        return None


def fingerprint_of(pem: str) -> str:
    """Its SHA-256 in hexadecimal; "" for what is no certificate."""
    import hashlib  # noqa: PLC0415 - OpenSSL, which the window starts without

    der = der_of(pem)
    return hashlib.sha256(der).hexdigest() if der is not None else ""


def plain_fingerprint(text: str) -> str:
    """A fingerprint as somebody wrote it, without what groups its digits."""
    return re.sub(r"^sha-?256[:=\s]+|[\s:.-]", "", text.strip().lower())


def read_authorities(value: Any) -> tuple[str, ...]:
    """The certificates of a project's file; what is none is passed over, and so trusted by
    nobody."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    found = (text for text in value if isinstance(text, str) and der_of(text) is not None)
    return tuple(dict.fromkeys(found))[:MAX_TRUSTED]
