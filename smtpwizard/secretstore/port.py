"""The port every secret store keeps to, its rules for secrets, and the simplest store."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import Protocol

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import MAX_KEPT_BYTES, TextFlaw, text_flaw

# A secret as large as may be, and what it is bound to: twenty texts of 200 characters and a few
# connectors that share it.
MAX_ENTRY_BYTES = 4 * MAX_KEPT_BYTES

# Of the 64 characters that a reference has after its colon, those for a name and a kind.
_LABEL = 64 - 32 - 2


class SecretStore(Protocol):
    """Keeps secrets under references; errors are `SecretStoreError` with one of these codes.

    `secret_store_unavailable`, `secret_store_locked` (or its prompt was dismissed),
    `secret_missing`, `secret_unreadable` (this one, not the others), `secret_too_large`,
    `secret_invalid` (`reason`: empty, nul, surrogate), `secret_not_kept` (read back different),
    `secret_store_failed` (all of it); the file store's own `passphrase_needed`, `passphrase_wrong`
    and `secrets_file_failed` (all of it); and a file's `disk_full`, `data_dir_unwritable`,
    `locked`.
    """

    @property
    def name(self) -> str:
        """`keyring`, `file` or `session`, as in a reference."""
        ...

    def ready(self) -> None:
        """Raise what would keep a secret from being put; asks what it has to, writes nothing."""
        ...

    def put(self, ref: str, secret: Secret) -> None:
        """Keep a secret, in place of what `ref` held, and read it back."""
        ...

    def get(self, ref: str) -> Secret:
        """The secret; raises `secret_missing` when there is none."""
        ...

    def delete(self, ref: str) -> None:
        """Remove a secret; a missing one is fine."""
        ...


def new_ref(store_name: str, connector: str, kind: str) -> str:
    """A fresh reference: the store's name, a colon, and a name that nothing else has.

    People meet it in their keyring's own window, so it says whose secret it is, in letters that
    any keyring and any file system takes: `keyring:Invoices_password_` and 32 random hex digits.
    """
    plain = unicodedata.normalize("NFKD", connector).encode("ascii", "ignore").decode()
    label = re.sub("[^A-Za-z0-9]+", "_", plain).strip("_")[: _LABEL - len(kind)].rstrip("_")
    return f"{store_name}:{'_'.join(filter(None, (label, kind, os.urandom(16).hex())))}"


def text_to_keep(secret: Secret, limit: int = MAX_KEPT_BYTES) -> str:
    """The secret's text if it can be kept, else `SecretStoreError`; `limit` is in bytes."""
    flaw = text_flaw(secret, limit)
    if flaw is TextFlaw.TOO_LONG:
        size = len(secret.reveal().encode())
        raise SecretStoreError("secret_too_large", size=size, limit=limit)
    if flaw is not None:
        raise SecretStoreError("secret_invalid", reason=flaw.value)
    return secret.reveal()


class SessionStore:
    """Secrets in memory, gone with the store."""

    name = "session"

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}

    def ready(self) -> None:
        return

    def put(self, ref: str, secret: Secret) -> None:
        text_to_keep(secret, MAX_ENTRY_BYTES)
        self._secrets[ref] = secret

    def get(self, ref: str) -> Secret:
        try:
            return self._secrets[ref]
        except KeyError:
            raise SecretStoreError("secret_missing") from None

    def delete(self, ref: str) -> None:
        self._secrets.pop(ref, None)
