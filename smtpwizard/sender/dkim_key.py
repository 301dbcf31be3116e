"""DKIM keys (RFC 6376, 8301, 8463) as they are published: what is wrong with one."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

_WEAK, _TOO_SHORT = 2048, 1024
_KEY_CAP = 4096


class Key(NamedTuple):
    """A published key; `problem` is `revoked`, `syntax`, `too_short`, `weak`, `test` or None."""

    record: str
    kind: str
    bits: int | None
    problem: str | None


def read_key(record: str) -> Key:
    """Read the TXT record of a selector."""
    tags: dict[str, str] = {}
    for part in record[:_KEY_CAP].split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), "".join(value.split()))
    kind = tags.get("k", "rsa").lower()
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return Key(record, kind, None, "syntax")
    if not tags["p"]:
        return Key(record, kind, None, "revoked")
    try:
        der = base64.b64decode(tags["p"], validate=True)
    except (binascii.Error, ValueError):
        return Key(record, kind, None, "syntax")
    if kind == "ed25519":
        return Key(record, kind, 256, None if len(der) == 32 else "syntax")
    bits = _rsa_bits(der)
    if kind != "rsa" or bits is None:
        return Key(record, kind, bits, "syntax")
    problem = "too_short" if bits < _TOO_SHORT else "weak" if bits < _WEAK else None
    if problem is None and "y" in tags.get("t", "").lower().split(":"):
        problem = "test"
    return Key(record, kind, bits, problem)


def _rsa_bits(der: bytes) -> int | None:
    """The length of an RSA modulus, in SubjectPublicKeyInfo or RSAPublicKey."""
    # Reading two forms of ASN.1 ourselves would be the risk that cryptography takes away.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - heavy
        load_der_public_key,
    )

    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
