"""Removing connectors so that it can be undone, until it is made final.

To everybody else they are gone at once. Their secrets are erased when it is final; where the
process dies before, the next start makes it final.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from smtpwizard.model.errors import SmtpWizardError, StorageError
from smtpwizard.model.stored import Project, StoredConnector
from smtpwizard.usecases.leftovers import clear_leftovers
from smtpwizard.usecases.save import (
    SecretLeftBehind,
    deciding,
    follow_approval,
    sweep_secrets,
)
from smtpwizard.usecases.unused_secrets import delete_secrets
from smtpwizard.usecases.workspace import Workspace

# So many are made final together.
AT_ONCE = 50


class Removal:
    """Connectors that were removed together; may be used by any thread."""

    def __init__(self, ws: Workspace) -> None:
        """Use `remove_for_now`."""
        self._ws = ws
        self._lock = threading.Lock()
        self._held = ExitStack()
        self._batch = self._held.enter_context(ws.store.removals.batch())
        # With whether it was the default.
        self._removed: dict[str, tuple[StoredConnector, bool]] = {}
        self.refused: dict[str, SmtpWizardError] = {}
        """Why some could not be removed, or brought back, by their ids."""

    @property
    def project(self) -> Project:
        """Whose connectors they were."""
        return self._ws.project

    @property
    def connectors(self) -> tuple[StoredConnector, ...]:
        """Those that are removed, and can be brought back."""
        with self._lock:
            return tuple(stored for stored, _ in self._removed.values())

    def _remove(self, connectors: Iterable[StoredConnector]) -> None:
        with self._lock:
            for stored in connectors:
                try:
                    was_default = self._ws.store.removals.remove(stored, self._batch)
                except StorageError as error:
                    self.refused[stored.id] = error
                else:
                    self._removed[stored.id] = (stored, was_default)
            self._close_if_empty()

    def undo(self) -> tuple[StoredConnector, ...]:
        """Bring back all that can be, and answer those; none once it is final.

        `refused` says why others could not: `name_taken` where another has that name by now. They
        stay removed, and may be tried again.
        """
        brought = []
        with self._lock:
            self.refused = {}
            removed = tuple(self._removed.values())
            for stored, error in self._ws.store.removals.bring_back(removed, self._batch):
                if error is not None:
                    self.refused[stored.id] = error
                else:
                    del self._removed[stored.id]
                    brought.append(stored)
            self._close_if_empty()
        for stored in brought:
            self._ws.log.write("connector_brought_back", connector=stored.id)
        return tuple(brought)

    def finish(self) -> bool:
        """Make it final: files, history and secrets go. Raises nothing.

        False where something could not be erased yet, such as a secret in a locked store: the next
        sweep tries again.
        """
        with self._lock:
            removed = [stored for stored, _ in self._removed.values()]
            self._removed = {}
            groups = (removed[at : at + AT_ONCE] for at in range(0, len(removed), AT_ONCE))
            finished = [self._finish(group) for group in groups]
            self._held.close()
        if removed:
            clear_leftovers(self._ws)
        return all(finished)

    def _finish(self, group: Sequence[StoredConnector]) -> bool:
        """Who else needs their secrets is looked up once for all of them."""
        ws, complete = self._ws, False
        refs = tuple(dict.fromkeys(ref for one in group for ref in one.secrets.values()))
        gone = []
        try:
            with deciding(ws, refs):
                gone = [stored for stored in group if self._is_gone(stored)]
                # Those of a connector that is not gone are in use.
                complete = delete_secrets(ws, refs)
                if not complete:
                    raise SecretLeftBehind
        except StorageError as error:
            if len(group) > 1:  # another process decides about a secret of one of them
                each_alone = [self._finish((stored,)) for stored in group]
                return all(each_alone)
            self._say_unfinished(group[0], error)
        for stored in gone:
            ws.log.write("connector_removed", connector=stored.id)
            follow_approval(ws, stored, None)
        return complete and len(gone) == len(group)

    def _is_gone(self, stored: StoredConnector) -> bool:
        try:
            self._ws.store.removals.finish(stored, self._batch)
        except StorageError as error:
            self._say_unfinished(stored, error)
            return False
        return True

    def _say_unfinished(self, stored: StoredConnector, error: StorageError) -> None:
        self._ws.log.write("removal_not_finished", connector=stored.id, code=error.code)

    def _close_if_empty(self) -> None:
        if not self._removed:
            self._held.close()


def remove_for_now(ws: Workspace, connectors: Iterable[StoredConnector]) -> Removal:
    """Remove connectors so that `Removal.undo` brings them back, until `Removal.finish`.

    Finish it at the latest when the program ends. Its `refused` says which are there still, and why
    (`changed_elsewhere`, …). Raises `StorageError` where nothing can be removed at all.
    """
    sweep_secrets(ws)
    removal = Removal(ws)
    removal._remove(connectors)
    return removal
