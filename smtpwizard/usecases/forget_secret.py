"""Taking a kept secret away from a saved connector, which asks for it from then on."""

from __future__ import annotations

from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.leftovers import clear_leftovers
from smtpwizard.usecases.save import SecretLeftBehind, deciding
from smtpwizard.usecases.unused_secrets import delete_secrets
from smtpwizard.usecases.workspace import Workspace


def forget_secret(ws: Workspace, stored: StoredConnector, kind: str) -> StoredConnector:
    """The connector without its secret of this kind, which is deleted where it is kept.

    One that another connector uses too stays for that one. Raises `StorageError`
    (`changed_elsewhere`, …); the secret is kept then.
    """
    ref = stored.secrets.get(kind)
    if ref is None:
        return stored
    kept = {name: each for name, each in stored.secrets.items() if name != kind}
    saved = stored
    with deciding(ws, [ref]):
        saved = ws.store.save(stored.connector, secrets=kept, expected=stored)
        if not delete_secrets(ws, [ref]):
            raise SecretLeftBehind
    ws.log.write("connector_saved", connector=saved.id, revision=saved.revision)
    clear_leftovers(ws)
    return saved
