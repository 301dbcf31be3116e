"""Deleting secrets that no connector needs any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smtpwizard.model.errors import Cancelled, SecretStoreError, StorageError
from smtpwizard.usecases.workspace import Workspace

# How long clean-up waits for a store that answered before, seconds.
SWEEP_S = 2.0


def opens_silently(ws: Workspace, ref: str) -> bool:
    """Whether the store of a reference can be used without asking anybody."""
    try:
        return ws.opens_silently(ref)
    except SecretStoreError:
        return False


def delete_secrets(ws: Workspace, refs: Iterable[str], *, with_project: bool = False) -> bool:
    """Delete the secrets as far as their stores let us; False when one may still be there.

    One that a connector still names is left alone: two connectors may share a sign-in. Those of
    the workspace's own project do not count where they go along (`with_project`).
    """
    wanted = list(refs)
    return len(dispose_of(ws, wanted, with_project=with_project)) == len(wanted)


def dispose_of(ws: Workspace, refs: Sequence[str], *, with_project: bool = False) -> Sequence[str]:
    """As `delete_secrets`; answers those about which nothing is left to do."""
    try:
        used = ws.store.used(refs, elsewhere=with_project)
    except StorageError:
        return ()
    done = []
    for ref in refs:
        try:
            if ref not in used:
                ws.store_of(ref).delete(ref)
        except (SecretStoreError, StorageError, Cancelled) as error:
            ws.log.write("secret_not_deleted", store=ref.partition(":")[0], code=error.code)
        else:
            done.append(ref)
    return done
