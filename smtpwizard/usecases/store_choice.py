"""Whether a secret store can be used here, before it is chosen for new secrets."""

from __future__ import annotations

from collections.abc import Callable

from smtpwizard.model.errors import DeadlineExceeded, SecretStoreError
from smtpwizard.net.cancel import wait_limits, wait_within_limits
from smtpwizard.usecases.workspace import Workspace

# A keyring may ask to be unlocked first, and its user has to find the password.
LIMIT_S = 60.0
# Where nobody is asked, an answer comes at once or not at all.
LOOK_S = 10.0

_NOT_THERE = ("secret_store_unavailable", "secret_store_failed", "secrets_file_failed")


def unusable_stores(ws: Workspace) -> frozenset[str]:
    """Those of `keyring` and `file` that cannot be used on this computer, as far as that shows
    while nobody is asked: one that is locked counts as usable. Raises `Cancelled`."""
    from smtpwizard.secretstore import KeyringStore  # noqa: PLC0415 - only where stores are chosen

    def look_at_keyring() -> None:
        wait_within_limits(KeyringStore().look, "keyring")

    looks: dict[str, Callable[[], None]] = {
        "keyring": look_at_keyring,
        "file": ws.encrypted_file.look,
    }
    found = set()
    for name, look in looks.items():
        try:
            with wait_limits(timeout_s=LOOK_S):
                look()
        except DeadlineExceeded:
            continue  # busy: nothing is known of it
        except SecretStoreError as error:
            if error.code in _NOT_THERE:
                found.add(name)
    return frozenset(found)


def refuse_unusable_store(ws: Workspace, name: str) -> None:
    """Try the store of this name; nothing is written to it, and no passphrase asked for.

    Blocks while the keyring asks to be unlocked. Raises `SecretStoreError`, with the codes
    `keyring_not_chosen` and `file_not_chosen` where it cannot be used at all, and `Cancelled`.
    """
    try:
        if name == "keyring":
            with wait_limits(timeout_s=LIMIT_S):
                ws.require_keyring()
        elif name == "file":
            ws.encrypted_file.look()
    except SecretStoreError as error:
        if error.code not in _NOT_THERE:
            raise  # locked, or silent: what its sentence says helps here, too
        raise SecretStoreError(
            f"{name}_not_chosen", field="secret_store", path=str(ws.encrypted_path)
        ) from None
