"""Setting and changing the passphrase of the encrypted file."""

from __future__ import annotations

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.workspace import Workspace


def set_passphrase(ws: Workspace) -> None:
    """Make the encrypted file where there is none, under the passphrase that is asked for now.

    Raises `SecretStoreError`: `passphrase_needed`, `passphrase_too_short`, and why the file could
    not be read or written.
    """
    path = ws.encrypted_path
    if not path.is_file():
        with ws.changes.of(Change.PASSPHRASE, path.name, path.is_file):
            ws.encrypted_file.create()
        ws.log.write("passphrase_set")


def change_passphrase(ws: Workspace, old: Secret, new: Secret) -> None:
    """Encrypt the file anew under another passphrase: everything in it, or nothing.

    Raises `SecretStoreError`: `passphrase_wrong` (the old one), `passphrase_too_short`,
    `secrets_file_missing`, and why the file could not be read or written.
    """
    path = ws.encrypted_path
    before = files.read_file(path) if path.is_file() else b""
    with ws.changes.of(Change.PASSPHRASE, path.name, lambda: files.read_file(path) != before):
        ws.encrypted_file.change_passphrase(old, new)
    ws.log.write("passphrase_changed")
