"""Secrets and credentials as values; a secret never shows itself."""

import os
from enum import StrEnum
from typing import NamedTuple, NoReturn, Protocol

# One key a process: a fingerprint compares two secrets in memory and is worthless anywhere else.
_FINGERPRINT_KEY = os.urandom(32)


class Secret:
    """Text that refuses to be printed, compared by accident, copied into JSON or pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; call it only where the text leaves for a server or a secret store."""
        return self._text

    def fingerprint(self) -> str:
        """A keyed digest, valid in this process only (never written to disk)."""
        import hashlib  # noqa: PLC0415 - OpenSSL, which the window starts without
        import hmac  # noqa: PLC0415 - OpenSSL, which the window starts without

        data = self._text.encode("utf-8", "surrogatepass")
        return hmac.new(_FINGERPRINT_KEY, data, hashlib.sha256).hexdigest()

    def __bool__(self) -> bool:
        return bool(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # noqa: PLC0415 - OpenSSL, which the window starts without

        return hmac.compare_digest(self.fingerprint(), other.fingerprint())

    def __hash__(self) -> int:
        return hash(self.fingerprint())

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be serialised")


class CredentialKind(StrEnum):
    """What a mechanism needs: a password, a bearer token, or only the connection itself."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a secret
    BEARER = "bearer"
    NONE = "none"


class Credential(NamedTuple):
    """What one authentication attempt presents: the login and its secret (None for EXTERNAL)."""

    kind: CredentialKind
    username: str
    secret: Secret | None = None
    authorization_id: str = ""


class CredentialSource(Protocol):
    """Where a session gets its credential; built by the use case.

    `force_refresh` asks for a new access token after a refusal; it means a new connection.
    Raises `SecretStoreError` or an error with `code` starting `token_` when there is none.
    """

    def get(self, force_refresh: bool = False) -> Credential: ...


class FixedCredential:
    """A source that always answers the same credential (a password typed or stored)."""

    __slots__ = ("_credential",)

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def get(self, force_refresh: bool = False) -> Credential:
        return self._credential
