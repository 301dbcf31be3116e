"""Moving the secrets that are kept already to another store.

One after the other: a copy in the new store that was read back, then the connectors' files, then
the old one goes. Whatever stops it in between, each secret lies where its connector says.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from smtpwizard import files
from smtpwizard.model.errors import SecretStoreError, SmtpWizardError, StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.secrets import is_for_this_run
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken
from smtpwizard.secretstore import BoundStore, new_ref
from smtpwizard.storage import ConnectorStore
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.kept_secrets import refuse_open_places
from smtpwizard.usecases.leftovers import clear_leftovers, every_store, lock_name
from smtpwizard.usecases.save import SecretLeftBehind, deciding
from smtpwizard.usecases.unused_secrets import delete_secrets
from smtpwizard.usecases.workspace import Workspace

# What is wrong with one secret, and says nothing of the next.
_OF_ONE = ("secret_missing", "secret_unreadable", "secret_too_large", "secret_invalid",
           "secret_not_kept")  # fmt: skip
# So often a connector that somebody else saves meanwhile is read again.
_TRIES = 5


class Moved(NamedTuple):
    """How many secrets were moved, and how many stayed: `why` has the first reason."""

    moved: int
    left: int = 0
    why: SmtpWizardError | None = None

    def to_json(self) -> Json:
        return {"moved": self.moved, "left": self.left}


def secrets_elsewhere(ws: Workspace, to: str, unusable: Container[str] = ()) -> int:
    """How many secrets lie in another store than `to` and outlast this run, but for those in
    stores that are `unusable`; no store is asked.

    Raises `StorageError`.
    """
    found = _elsewhere(every_store(ws), to)
    return sum(ref.partition(":")[0] not in unusable for ref in found)


def move_secrets(
    ws: Workspace,
    to: str,
    *,
    token: CancelToken | None = None,
    progress: Callable[[int, int], object] = lambda done, of: None,
) -> Moved:
    """Move the secrets of all projects' connectors to the store of this name.

    `progress` hears how many of how many are done. Where a store stays shut, or the disk fails,
    what was moved by then is moved, and calling again goes on with the rest. What is wrong with one
    secret alone leaves that one where it is. Raises `SecretStoreError`, `StorageError`,
    `Cancelled`.
    """
    stores = every_store(ws)
    found = _elsewhere(stores, to)
    if not found:
        return Moved(0)
    for project in ws.data.projects():
        refuse_open_places(ws.in_project(project))
    target = ws.store_of(to)
    target.ready()
    moved, left, why = 0, 0, None
    for number, (ref, users) in enumerate(found.items()):
        progress(number, len(found))
        if token is not None:
            token.raise_if_cancelled()
        try:
            moved += _move(ws, ref, users, target)
        except SecretStoreError as error:
            if error.code not in _OF_ONE:
                raise
            left, why = left + 1, why or error
    progress(len(found), len(found))
    clear_leftovers(ws)
    return Moved(moved, left, why)


_User = tuple[ConnectorStore, StoredConnector]


def _elsewhere(stores: list[ConnectorStore], to: str) -> dict[str, list[_User]]:
    """The references to move, and who names each."""
    found: dict[str, list[_User]] = {}
    for store in stores:
        for stored in store.list().connectors:
            for ref in stored.secrets.values():
                if ref.partition(":")[0] != to and not is_for_this_run(ref):
                    found.setdefault(ref, []).append((store, stored))
    return found


def _move(ws: Workspace, ref: str, users: list[_User], target: BoundStore) -> bool:
    """Move one secret; False where no connector names it any more."""
    name = users[0][1].connector.name
    kind = next(kind for kind, each in users[0][1].secrets.items() if each == ref)
    new = new_ref(target.name, name, kind)

    def holds() -> bool:
        return bool(ws.store.users_of(new)) and not ws.store.users_of(ref)

    moved: list[_User] = []
    with (
        ws.changes.of(Change.SECRET_MOVED, name, holds),
        _unrenewed(ws, kind, ref),
        deciding(ws, (new, ref)),
    ):
        ws.store_of(ref).copy(ref, target, new)
        try:
            for store, stored in users:
                if _point(store, stored.id, ref, new):
                    moved.append((store, stored))
        except BaseException:
            for store, stored in moved:  # those that share it go on sharing it
                with suppress(SmtpWizardError):
                    _point(store, stored.id, new, ref)
            raise
        if not delete_secrets(ws, (ref,) if moved else (new,)):
            raise SecretLeftBehind
    if moved:
        ws.log.write("secret_moved", store=target.name)
    return bool(moved)


@contextmanager
def _unrenewed(ws: Workspace, kind: str, ref: str) -> Iterator[None]:
    """Nobody renews a sign-in in the block: the new token would go where the old one lay."""
    with ExitStack() as stack:
        if kind == "refresh_token":
            try:
                files.make_private_directory(ws.locks_dir)
            except OSError as error:
                raise files.storage_error(error, ws.locks_dir) from None
            stack.enter_context(files.locked(ws.locks_dir / lock_name(ref), files.LOCK_TIMEOUT_S))
        yield


def _point(store: ConnectorStore, identifier: str, ref: str, new: str) -> bool:
    """Have a connector name `new` in the place of `ref`; False for one that does not name it."""

    def renamed(kept: Json) -> Json:
        return {kind: new if each == ref else each for kind, each in kept.items()}

    for left in reversed(range(_TRIES)):
        stored = store.read(identifier)
        if stored is None or ref not in stored.secrets.values():
            return False
        try:
            store.save(stored.connector, secrets=renamed(dict(stored.secrets)), expected=stored)
            break
        except StorageError as error:
            if error.code != "changed_elsewhere" or not left:
                raise
    if "secrets" in (store.read_verification(identifier) or {}):
        # What was verified is as verified as before: it is the same secret.
        with suppress(StorageError):
            store.change_verification(
                identifier, lambda record: record | {"secrets": renamed(record.get("secrets", {}))}
            )
    return True
